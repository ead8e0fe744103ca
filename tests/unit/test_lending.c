/* Rows lent by one process and borrowed by others read as if each had loaded them. */
#include "data_case.h"
#include "lending.h"
#include "mem.h"
#include "row_store.h"
#include "tables.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* first, first+1 .. rows-1 */
static void same_rows(const struct train_part *a, const struct train_part *b, size_t number, size_t first, size_t rows)
{
    float x[64], y[64];
    uint8_t known[64], known2[64];
    assert_true(a->size <= 64);
    for (size_t r = first; r < rows; r++) {
        memset(known, 1, sizeof(known));
        memset(known2, 1, sizeof(known2));
        train_part_read(a, &r, 1, &(struct train_grey){TRAIN_BINARIZE_STOCHASTIC, 3, number, 5}, x, known);
        train_part_read(b, &r, 1, &(struct train_grey){TRAIN_BINARIZE_STOCHASTIC, 3, number, 5}, y, known2);
        assert_memory_equal(x, y, a->size * sizeof(*x));
        assert_memory_equal(known, known2, a->size);
    }
}

static void same_names(char *const *a, char *const *b, size_t n)
{
    assert_true(!a == !b);
    for (size_t i = 0; a && i < n; i++)
        assert_string_equal(a[i], b[i]);
}

/* rows: the ones that b has */
static void same_but(const struct train_data *a, const struct train_data *b, size_t first, size_t rows)
{
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->n_parts, b->n_parts);
    for (size_t i = 0; i < a->n_parts; i++) {
        const struct train_part *p = &a->parts[i], *q = &b->parts[i];
        assert_string_equal(p->name, q->name);
        assert_int_equal(p->unit, q->unit);
        assert_int_equal(p->store, q->store);
        assert_int_equal(p->missing, q->missing);
        assert_true(p->size == q->size && p->groups == q->groups && !p->mean == !q->mean && !p->absent == !q->absent);
        same_names(p->columns, q->columns, p->n_columns);
        same_names(p->categories, q->categories, p->n_categories);
        same_rows(p, q, i, first, rows);
        for (size_t k = 0; p->mean && k < p->size; k++)
            assert_true(p->mean[k] == q->mean[k] && p->deviation[k] == q->deviation[k]);
    }
    assert_true(!a->labels == !b->labels && !a->weights == !b->weights);
    for (size_t r = 0; r < a->rows; r++)
        assert_true((!a->labels || a->labels[r] == b->labels[r]) && (!a->weights || a->weights[r] == b->weights[r]));
    assert_int_equal(a->n_classes, b->n_classes);
    same_names(a->classes, b->classes, a->n_classes);
    assert_int_equal(a->n_files, b->n_files);
    for (size_t i = 0; i < a->n_files; i++) {
        assert_string_equal(a->files[i].path, b->files[i].path);
        assert_string_equal(a->files[i].digest, b->files[i].digest);
    }
}

static void same(const struct train_data *a, const struct train_data *b)
{
    same_but(a, b, 0, a->rows);
}

static struct train_data *outlined(struct train_data *d)
{
    struct train_data *there;
    struct bz_error err;
    void *bytes;
    size_t n;
    assert_int_equal(train_data_outline(d, &bytes, &n, &err), 0);
    assert_int_equal(train_data_of_outline(&there, bytes, n, &err), 0);
    struct train_data *cut;
    assert_int_equal(train_data_of_outline(&cut, bytes, n / 2, &err), -1);
    MESSAGE(&err, "end too early");
    bz_free(bytes);
    return there;
}

static void give(struct train_row_store *to, const struct train_data *from, size_t row)
{
    uint8_t bytes[1024];
    struct bz_error err;
    const size_t n = train_row_bytes(from, row);
    const uint8_t *next = bytes;
    assert_true(n > 0 && n <= sizeof(bytes));
    assert_ptr_equal(train_row_pack(from, row, bytes), bytes + n);
    assert_int_equal(train_row_store_add(to, row, &next, bytes + n - 1, &err), -1);
    MESSAGE(&err, "end too early");
    next = bytes;
    assert_int_equal(train_row_store_add(to, row, &next, bytes + n, &err), 0);
    assert_ptr_equal(next, bytes + n);
}

/* Everything but the rows goes to another host, then a block of rows permanently, and others temporarily. */
static void in_pieces(struct train_data *d)
{
    struct train_data *block = outlined(d), *some = outlined(d);
    struct train_row_store store, window;
    struct bz_error err;
    assert_int_equal(train_row_store_open(&store, block, d->rows - 1, 1, &err), 0);
    for (size_t r = 1; r < d->rows; r++)
        give(&store, d, r);
    train_row_store_close(&store);
    same_but(d, block, 1, d->rows);
    assert_int_equal(train_row_store_open(&window, some, 2, SIZE_MAX, &err), 0);
    for (size_t r = d->rows - 1; r > 1; r--) { /* from the block: 2 and 1, in this order, twice */
        train_row_store_clear(&window);
        give(&window, block, r);
        give(&window, block, r - 1);
        same_but(d, some, r - 1, r + 1);
    }
    train_row_store_close(&window);
    train_data_free(block);
    train_data_free(some);
}

/* To a file and back as they are read; where there is no place for one, all stays as it was. */
static void wait_on_disk(struct train_data *d, const struct train_data *alone)
{
    struct bz_error err;
    assert_int_equal(train_data_set_aside(d, "no/such/folder", &err), -1);
    MESSAGE(&err, "no/such/folder");
    same(d, alone);
    assert_null(d->shared);
    if (train_data_set_aside(d, ".", &err) == 0) {
        assert_non_null(d->shared);
        assert_int_equal(train_data_set_aside(d, ".", &err), 0); /* they are there already */
    } else {
        MESSAGE(&err, "files there are in memory"); /* where a build folder may be */
    }
    same(d, alone);
    train_data_free(d);
}

/* Loaded separately: one copy is lent and borrowed, the other shows what both must still be. */
static void passes(const struct train_data_options *o)
{
    struct train_data *alone = load(o), *lender = load(o), *borrower;
    struct train_loan loan;
    struct bz_error err;
    in_pieces(alone);
    wait_on_disk(load(o), alone);
    if (train_data_lend(lender, &loan, &err) < 0 || train_data_borrow(&borrower, &loan, &err) < 0)
        fail_msg("%s", err.msg);
    same(lender, alone);
    same(borrower, alone);
    train_data_free(lender); /* pages stay while anyone has them */
    same(borrower, alone);
    train_data_free(borrower);
    train_data_free(alone);
}

static void rows_of_every_kind_pass_from_process_to_process(void **state)
{
    (void)state;
    struct train_data_options o = {.data = ONE(text_file("bits", "0,1\n1,1\n1,0\n")),
                                   .labels = text_file("labels.txt", "dog\ncat\nbig dog\n")};
    passes(&o);
    o = (struct train_data_options){
        .data = ONE(text_file("gaps", "age,plan,paid\n1.5,basic,yes\n,gold,no\n3.25,,yes\n-4,basic,\n")),
        .missing = "infer",
        .standardize = true,
        .weights = text_file("weights", "1\n2\n0.5\n1\n")};
    passes(&o);
    o = (struct train_data_options){.data = ONE(text_file("words", "1 1:2 5:1\n0 2:3\n1 1:1 3:7\n"))};
    passes(&o);
    o = (struct train_data_options){.data = ONE(text_file("levels", "0,128\n255,7\n90,31\n"))};
    passes(&o);
}

static void what_was_not_lent_is_not_borrowed(void **state)
{
    (void)state;
    const struct train_data_options o = {.data = ONE(text_file("bits", "0,1\n1,1\n1,0\n"))};
    struct train_data *d = load(&o), *borrower;
    struct train_loan loan, none = {0}, other;
    struct bz_error err;
    assert_int_equal(train_data_borrow(&borrower, &none, &err), -1);
    assert_int_equal(train_data_lend(d, &loan, &err), 0);
    other = loan;
    other.mark ^= 1;
    assert_int_equal(train_data_borrow(&borrower, &other, &err), -1);
    MESSAGE(&err, "not the rows");
    other = loan;
    other.bytes -= 1;
    assert_int_equal(train_data_borrow(&borrower, &other, &err), -1);
    train_data_free(d);
    assert_int_equal(train_data_borrow(&borrower, &loan, &err), -1); /* the lender is gone */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_every_kind_pass_from_process_to_process),
        cmocka_unit_test(what_was_not_lent_is_not_borrowed),
    };
    return cmocka_run_group_tests(tests, case_folder, case_folder_end);
}
