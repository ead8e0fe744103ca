/* Arrays and sparse matrices as tables. */
#include "array.h"
#include "mem.h"
#include "npz.h"
#include "test.h"
#include "triplets.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct train_data_options nothing;

static void expect_values(const struct train_table *t, size_t rows, size_t columns, const double *want)
{
    assert_int_equal(t->rows, rows);
    assert_int_equal(t->columns, columns);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            const double x = train_table_value(t, i, j);
            if (x != want[i * columns + j] && !(isnan(x) && isnan(want[i * columns + j])))
                fail_msg("row %zu, column %zu: %.17g, want %.17g", i, j, x, want[i * columns + j]);
        }
}

/* An .npy file in memory. */
static size_t make_npy(char *file, const char *descr, const char *shape, const void *data, size_t size)
{
    const int length = snprintf(file + 10, 246, "{'descr': %s, 'fortran_order': False, 'shape': %s, }", descr, shape);
    memcpy(file, "\x93NUMPY\1\0", 8);
    file[8] = (char)length;
    file[9] = 0;
    memcpy(file + 10 + length, data, size);
    return 10 + (size_t)length + size;
}

static int read_with(struct train_table *t, const char *file, size_t size, const struct train_data_options *user,
                     struct bz_error *err)
{
    struct train_source s;
    const struct train_table_options o = {.user = user};
    if (train_source_from(&s, "x.npy", file, size, 0, err) < 0)
        return -1;
    return train_table_parse(t, &s, &o, err);
}

static int read_bytes(struct train_table *t, const char *file, size_t size, struct bz_error *err)
{
    return read_with(t, file, size, &nothing, err);
}

static void doubles_and_wide_integers_keep_their_bits(void **state)
{
    (void)state;
    char file[512];
    struct train_table t;
    struct bz_error err;
    const double x[4] = {0.1, 1e300, 1733000000.25, -0.0};
    const int64_t n[2] = {2147483649, 9007199254740991};
    assert_int_equal(read_bytes(&t, file, make_npy(file, "'<f8'", "(2, 2)", x, sizeof(x)), &err), 0);
    expect_values(&t, 2, 2, x);
    train_table_free(&t);
    assert_int_equal(read_bytes(&t, file, make_npy(file, "'<i8'", "(1, 2)", n, sizeof(n)), &err), 0);
    expect_values(&t, 1, 2, (const double[]){2147483649.0, 9007199254740991.0});
    train_table_free(&t);
}

/* How R and numpy represent a missing value, by type; in another type the same number is just a number. */
static void the_least_whole_number_is_no_number(void **state)
{
    (void)state;
    char file[512];
    struct train_table t;
    struct bz_error err;
    const int32_t narrow[4] = {1, 2, 3, INT32_MIN}, other[2] = {-2147483647, 2147483647};
    const int64_t wide[4] = {1, INT64_MIN, 3, 4}, inside[2] = {INT32_MIN, 7};
    struct __attribute__((packed)) {
        int32_t a, b;
    } rows[2] = {{1, 2}, {3, INT32_MIN}};
    assert_int_equal(read_bytes(&t, file, make_npy(file, "'<i4'", "(2, 2)", narrow, sizeof(narrow)), &err), -1);
    assert_non_null(strstr(err.msg, "row 2, column 2: -2147483648, the least number of its type"));
    assert_int_equal(read_bytes(&t, file, make_npy(file, "'<i8'", "(2, 2)", wide, sizeof(wide)), &err), -1);
    assert_non_null(strstr(err.msg, "row 1, column 2: -9223372036854775808, "));
    assert_int_equal(read_bytes(&t, file, make_npy(file, "[('a', '<i4'), ('b', '<i4')]", "(2,)", rows, sizeof(rows)), &err),
                     -1);
    assert_non_null(strstr(err.msg, "row 2, column 2: "));
    assert_int_equal(read_bytes(&t, file, make_npy(file, "'<i4'", "(1, 2)", other, sizeof(other)), &err), 0);
    expect_values(&t, 1, 2, (const double[]){-2147483647, 2147483647});
    train_table_free(&t);
    assert_int_equal(read_bytes(&t, file, make_npy(file, "'<i8'", "(1, 2)", inside, sizeof(inside)), &err), 0);
    expect_values(&t, 1, 2, (const double[]){INT32_MIN, 7});
    train_table_free(&t);
}

/* As with a CSV file: row identifiers are left out, truth values and labels are recognised, words that are numbers are
 * codes. */
static void records_are_a_table_with_names(void **state)
{
    (void)state;
    const struct train_data_options gaps = {.missing = "infer", .label_column = "k", .index_column = "id"};
    char file[512];
    struct train_table t;
    struct bz_error err;
    struct __attribute__((packed)) {
        int64_t id;
        char word[3], code[2];
        bool flag;
        double b;
        char k[2];
    } rows[3] = {{9007199254740993, "l\"", {'0', '1'}, true, 0.1, "u"},
                 {8, "hi", "2", false, NAN, "v"},
                 {9, "", {'0', '1'}, true, 2, "u"}};
    const size_t size =
        make_npy(file, "[('id', '<i8'), ('w', '|S3'), ('code', '|S2'), ('f', '|b1'), ('b', '<f8'), ('k', '|S2')]", "(3,)", rows,
                 sizeof(rows));
    if (read_with(&t, file, size, &gaps, &err) < 0)
        fail_msg("%s", err.msg);
    expect_values(&t, 3, 4, (const double[]){1, 0, 1, 0.1, 0, 1, 0, NAN, NAN, 0, 1, 2});
    assert_string_equal(t.names[0], "w");
    assert_string_equal(t.names[3], "b");
    assert_string_equal(t.categories[0].names[1], "l\"");
    assert_string_equal(t.categories[1].names[0], "01");
    assert_true(t.boolean[2] && !t.boolean[3]);
    assert_string_equal(t.ids[0], "9007199254740993");
    assert_true(t.labels[0] == 0 && t.labels[1] == 1 && t.labels[2] == 0);
    train_table_free(&t);
}

static void words_are_categories_column_by_column(void **state)
{
    (void)state;
    char file[512];
    struct train_table t;
    struct bz_error err;
    const uint32_t words[8] = {'b', 0, 'x', 0, 'a', 0, 'N', 'A'};
    assert_int_equal(read_bytes(&t, file, make_npy(file, "'<U2'", "(2, 2)", words, sizeof(words)), &err), 0);
    expect_values(&t, 2, 2, (const double[]){1, 0, 0, NAN});
    assert_int_equal(t.categories[1].n, 1);
    train_table_free(&t);
}

static void entries_of_one_place_add_up_and_zeros_go(void **state)
{
    (void)state;
    uint32_t row[] = {1, 0, 0, 1, 2}, column[] = {0, 2, 1, 0, 1};
    double value[] = {5, 1, 2, -5, 0.5};
    const struct train_triplets t = {.rows = 3, .columns = 3, .n = 5, .row = row, .column = column, .value = value};
    struct train_table table = {.path = bz_strdup("x", NULL)};
    struct bz_error err;
    assert_int_equal(train_table_of_triplets(&table, &t, &err), 0);
    assert_int_equal(table.store, TRAIN_SPARSE);
    assert_int_equal(table.row_start[3], 3);
    expect_values(&table, 3, 3, (const double[]){0, 2, 1, 0, 0, 0, 0, 0.5, 0});
    train_table_free(&table);
    value[4] = 0.1; /* not a float32: a small matrix becomes dense */
    table = (struct train_table){.path = bz_strdup("x", NULL)};
    assert_int_equal(train_table_of_triplets(&table, &t, &err), 0);
    assert_int_equal(table.store, TRAIN_F64);
    expect_values(&table, 3, 3, (const double[]){0, 2, 1, 0, 0, 0, 0, 0.1, 0});
    train_table_free(&table);
    column[4] = 3;
    table = (struct train_table){.path = bz_strdup("x", NULL)};
    assert_int_equal(train_table_of_triplets(&table, &t, &err), -1);
    assert_non_null(strstr(err.msg, "entry 5 is at row 2, column 3 of a matrix of 3 x 3"));
    train_table_free(&table);
}

/* --- archives without the word `format`, as older recipes write them --- */

static int read_archive(struct train_table *t, const struct train_npz_entry *entries, size_t n, struct bz_error *err)
{
    char path[] = "/tmp/boltz-array-XXXXXX", digest[65];
    const struct train_table_options o = {.user = &nothing};
    close(mkstemp(path));
    if (train_npz_write(path, entries, n, err) < 0)
        fail_msg("%s", err->msg);
    const int rc = train_table_read(t, path, &o, digest, err);
    unlink(path);
    return rc;
}

static void sparse_archives_are_matrices(void **state)
{
    (void)state;
    const double data[] = {1, 2, 3, 5}, want[] = {0, 1, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 5, 0};
    const int32_t indices[] = {1, 3, 0, 2}, indptr[] = {0, 2, 2, 3, 4}, row[] = {0, 0, 2, 3}, offsets[] = {1, 3, -2, -1};
    const int64_t shape[] = {4, 4};
    const double diagonals[16] = {0, 1, 0, 0, 0, 0, 0, 2, 3, 0, 0, 0, 0, 0, 5, 0};
    const double blocks[] = {0, 1, 0, 0, 0, 2, 0, 0, 3, 0, 0, 0, 0, 0, 5, 0};
    const int32_t block_at[] = {0, 1, 0, 1}, block_rows[] = {0, 2, 4};
    const struct train_npz_entry archives[4][4] = {
        {{"data", BZ_F8, (const size_t[]){4}, 1, data},
         {"indices", BZ_I4, (const size_t[]){4}, 1, indices},
         {"indptr", BZ_I4, (const size_t[]){5}, 1, indptr},
         {"shape", BZ_I8, (const size_t[]){2}, 1, shape}},
        {{"data", BZ_F8, (const size_t[]){4}, 1, data},
         {"row", BZ_I4, (const size_t[]){4}, 1, row},
         {"col", BZ_I4, (const size_t[]){4}, 1, indices},
         {"shape", BZ_I8, (const size_t[]){2}, 1, shape}},
        {{"data", BZ_F8, (const size_t[]){4, 4}, 2, diagonals},
         {"offsets", BZ_I4, (const size_t[]){4}, 1, offsets},
         {"shape", BZ_I8, (const size_t[]){2}, 1, shape},
         {"more", BZ_I8, (const size_t[]){2}, 1, shape}},
        {{"data", BZ_F8, (const size_t[]){4, 2, 2}, 3, blocks},
         {"indices", BZ_I4, (const size_t[]){4}, 1, block_at},
         {"indptr", BZ_I4, (const size_t[]){3}, 1, block_rows},
         {"shape", BZ_I8, (const size_t[]){2}, 1, shape}},
    };
    for (size_t k = 0; k < 4; k++) {
        struct train_table t;
        struct bz_error err;
        if (read_archive(&t, archives[k], 4, &err) < 0)
            fail_msg("archive %zu: %s", k, err.msg);
        assert_int_equal(t.store, TRAIN_SPARSE);
        expect_values(&t, 4, 4, want);
        assert_non_null(strstr(t.reading.said[0], "does not name its format"));
        train_table_free(&t);
    }
}

static void sparse_archives_that_contradict_themselves_are_refused(void **state)
{
    (void)state;
    const double data[] = {1, 2};
    const int32_t indices[] = {1, 3}, long_pointers[] = {0, 1, 3}, falling[] = {0, 2, 1, 2}, negative[] = {-1, 1};
    const int64_t shape[] = {2, 4}, tall[] = {3, 4}, huge[] = {1, 2147483658};
    const struct {
        const int32_t *indices, *pointers;
        size_t n_pointers;
        const int64_t *shape;
        const char *reason;
    } wrong[] = {
        {indices, long_pointers, 3, shape, "expected as many indices"},
        {indices, falling, 4, tall, "element 1 is larger than the next"},
        {indices, long_pointers, 3, tall, "expected as many indices"},
        {indices, (const int32_t[]){0, 1 << 20, 2, 2}, 4, tall, "element 1 is larger than the next"},
        {indices, (const int32_t[]){1, 1, 2}, 3, shape, "begins with 1, expected 0"},
        {negative, (const int32_t[]){0, 1, 2}, 3, shape, "array \"indices\": element 0 is -1"},
        {indices, (const int32_t[]){0, 2}, 2, huge, "2147483658 values per row"},
        {(const int32_t[]){1, 4}, (const int32_t[]){0, 1, 2}, 3, shape, "entry 2 is at row 1, column 4"},
    };
    for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
        const struct train_npz_entry archive[] = {
            {"data", BZ_F8, (const size_t[]){2}, 1, data},
            {"indices", BZ_I4, (const size_t[]){2}, 1, wrong[k].indices},
            {"indptr", BZ_I4, &wrong[k].n_pointers, 1, wrong[k].pointers},
            {"shape", BZ_I8, (const size_t[]){2}, 1, wrong[k].shape},
        };
        struct train_table t;
        struct bz_error err;
        assert_int_equal(read_archive(&t, archive, 4, &err), -1);
        if (!strstr(err.msg, wrong[k].reason))
            fail_msg("case %zu: %s", k, err.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_and_wide_integers_keep_their_bits),
        cmocka_unit_test(the_least_whole_number_is_no_number),
        cmocka_unit_test(records_are_a_table_with_names),
        cmocka_unit_test(words_are_categories_column_by_column),
        cmocka_unit_test(entries_of_one_place_add_up_and_zeros_go),
        cmocka_unit_test(sparse_archives_are_matrices),
        cmocka_unit_test(sparse_archives_that_contradict_themselves_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
