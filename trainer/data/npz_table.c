/* .npz archives as data: one of their arrays, or the arrays that form a scipy sparse matrix. */
#include "array.h"
#include "array_choice.h"
#include "labels.h"
#include "mem.h"
#include "npz.h"
#include "triplets.h"

#include <stdio.h>
#include <string.h>

#define MOST_BYTES ((size_t)1 << 36) /* of one array */

static bool npz_matches(const uint8_t *data, size_t size)
{
    return size >= 4 && (memcmp(data, "PK\x03\x04", 4) == 0 || memcmp(data, "PK\x05\x06", 4) == 0);
}

static bool has(const struct train_npz *z, const char *name)
{
    for (size_t i = 0; i < train_npz_count(z); i++)
        if (train_npz_name(z, i) && strcmp(train_npz_name(z, i), name) == 0)
            return true;
    return false;
}

/* The label array of the same archive, named by --label-column. */
static int read_labels(struct train_table *t, struct train_npz *z, const struct train_data_options *user, struct bz_error *err)
{
    const char *name = user->label_column;
    struct train_array a;
    double *numbers = NULL;
    int rc = -1;
    if (train_npz_read(z, name, MOST_BYTES, &a, err) < 0)
        return -1;
    if (a.npy.count != t->rows) {
        bz_fail(err, BZ_BAD_INPUT, "%s: %zu labels in '%s' for %zu rows", t->path, a.npy.count, name, t->rows);
        goto out;
    }
    if (a.npy.dtype == BZ_TEXT || a.npy.dtype == BZ_BYTES) {
        rc = train_labels_of_words(t->path, &a.npy, a.data, train_gaps_accepted(user), &t->labels, &t->classes, err);
        goto out;
    }
    if (!bz_dtype_is_number(a.npy.dtype)) {
        bz_fail(err, BZ_BAD_INPUT, "%s: '%s' holds records, expected numbers or words", t->path, name);
        goto out;
    }
    if (!(numbers = bz_alloc(t->rows, sizeof(double), err)))
        goto out;
    bz_npy_doubles(&a.npy, a.data, 0, t->rows, numbers);
    rc = train_labels_of_numbers(t->path, numbers, t->rows, train_gaps_accepted(user), t, err);
out:
    bz_free(numbers);
    train_array_free(&a);
    return rc;
}

/* --- scipy.sparse.save_npz, and the older habit of saving data, indices, indptr and shape --- */

struct parts {
    char format[8];
    struct train_array data, first, second; /* indices and indptr; row and col; offsets */
    double *a, *b;                          /* first and second as numbers */
    size_t rows, columns;
};

static void parts_free(struct parts *p)
{
    train_array_free(&p->data);
    train_array_free(&p->first);
    train_array_free(&p->second);
    bz_free(p->a);
    bz_free(p->b);
}

static int read_numbers(struct train_npz *z, const char *name, struct train_array *a, struct bz_error *err)
{
    if (train_npz_read(z, name, MOST_BYTES, a, err) < 0)
        return -1;
    if (!bz_dtype_is_number(a->npy.dtype))
        return bz_fail(err, BZ_BAD_INPUT, "array \"%s\": holds %s, expected numbers", name, bz_dtype_name(a->npy.dtype));
    return 0;
}

/* Whole numbers from `least`, the indices of a sparse matrix. */
static int read_places(struct train_npz *z, const char *name, double least, struct train_array *a, double **out,
                       struct bz_error *err)
{
    if (read_numbers(z, name, a, err) < 0 || !(*out = bz_alloc(a->npy.count, sizeof(double), err)))
        return -1;
    bz_npy_doubles(&a->npy, a->data, 0, a->npy.count, *out);
    for (size_t i = 0; i < a->npy.count; i++)
        if (!((*out)[i] >= least && (*out)[i] <= 4294967295.0 && (*out)[i] == (double)(int64_t)(*out)[i]))
            return bz_fail(err, BZ_BAD_INPUT, "array \"%s\": element %zu is %g, expected a whole number from %g", name, i,
                           (*out)[i], least);
    return 0;
}

static int read_format(struct train_npz *z, struct parts *p, struct bz_error *err)
{
    struct train_array a;
    if (!has(z, "format")) { /* by the arrays present */
        snprintf(p->format, sizeof(p->format), "%s", has(z, "indptr") ? "csr" : has(z, "offsets") ? "dia" : "coo");
        return 0;
    }
    if (train_npz_read(z, "format", 4096, &a, err) < 0)
        return -1;
    const bool word = a.npy.count == 1 && (a.npy.dtype == BZ_BYTES || a.npy.dtype == BZ_TEXT);
    if (word)
        bz_npy_word(&a.npy, a.data, 0, p->format, sizeof(p->format));
    train_array_free(&a);
    return word ? 0 : bz_fail(err, BZ_BAD_INPUT, "array \"format\": expected one word (csr, csc, coo, bsr, dia)");
}

static int read_parts(struct train_npz *z, struct parts *p, struct bz_error *err)
{
    struct train_array shape = {0};
    double *sizes = NULL;
    int rc = read_places(z, "shape", 0, &shape, &sizes, err);
    if (rc == 0 && shape.npy.count != 2)
        rc = bz_fail(err, BZ_BAD_INPUT, "array \"shape\": %zu sizes, expected 2", shape.npy.count);
    if (rc == 0) {
        p->rows = (size_t)sizes[0];
        p->columns = (size_t)sizes[1];
    }
    train_array_free(&shape);
    bz_free(sizes);
    if (rc < 0 || read_format(z, p, err) < 0 || read_numbers(z, "data", &p->data, err) < 0)
        return -1;
    if (strcmp(p->format, "dia") == 0)
        return read_places(z, "offsets", -4294967295.0, &p->first, &p->a, err);
    const bool coo = strcmp(p->format, "coo") == 0;
    return read_places(z, coo ? "row" : "indices", 0, &p->first, &p->a, err) < 0 ||
                   read_places(z, coo ? "col" : "indptr", 0, &p->second, &p->b, err) < 0
               ? -1
               : 0;
}

/* Takes element i of the data as the entry (row, column); indices out of range are refused later, by the table. */
static void add(struct train_triplets *t, const struct parts *p, size_t i, size_t row, size_t column)
{
    double value;
    bz_npy_doubles(&p->data.npy, p->data.data, i, 1, &value);
    t->row[t->n] = row > UINT32_MAX ? UINT32_MAX : (uint32_t)row;
    t->column[t->n] = column > UINT32_MAX ? UINT32_MAX : (uint32_t)column;
    t->value[t->n++] = value;
}

/* csr, csc and bsr: indptr[k] .. indptr[k+1] are the entries of the k-th row, column or row of blocks. */
static int take_pointers(struct train_triplets *t, const struct parts *p, struct bz_error *err)
{
    const bool by_column = strcmp(p->format, "csc") == 0, blocks = p->data.npy.rank == 3;
    const size_t high = blocks ? p->data.npy.shape[1] : 1, wide = blocks ? p->data.npy.shape[2] : 1, n = p->first.npy.count;
    const size_t lines = by_column ? p->columns : high ? p->rows / high : 0;
    const bool as_many = blocks ? p->data.npy.shape[0] == n : p->data.npy.count == n;
    if (!as_many || p->second.npy.count != lines + 1 || (lines > 0 && p->b[lines] != (double)n))
        return bz_fail(
            err, BZ_BAD_INPUT,
            "a sparse matrix (%s) of %zu x %zu with %zu values, %zu indices and %zu pointers, expected as many indices "
            "as values or blocks and %zu pointers that end there",
            p->format, p->rows, p->columns, p->data.npy.count, n, p->second.npy.count, lines + 1);
    if (p->b[0] != 0)
        return bz_fail(err, BZ_BAD_INPUT, "array \"indptr\": begins with %g, expected 0", p->b[0]);
    for (size_t k = 0; k < lines; k++) /* all are checked before any is followed: if they rise to n, none is out of range */
        if (p->b[k] > p->b[k + 1])
            return bz_fail(err, BZ_BAD_INPUT, "array \"indptr\": element %zu is larger than the next", k);
    for (size_t k = 0; k < lines; k++)
        for (size_t e = (size_t)p->b[k]; e < (size_t)p->b[k + 1]; e++)
            for (size_t i = 0; i < high * wide; i++) {
                const size_t at = (size_t)p->a[e];
                if (by_column)
                    add(t, p, e, at, k);
                else
                    add(t, p, e * high * wide + i, k * high + i / wide, at * wide + i % wide);
            }
    return 0;
}

static int take_coordinates(struct train_triplets *t, const struct parts *p, struct bz_error *err)
{
    const size_t n = p->data.npy.count;
    if (p->first.npy.count != n || p->second.npy.count != n)
        return bz_fail(err, BZ_BAD_INPUT, "a sparse matrix of %zu values, %zu rows and %zu columns, expected as many of each",
                       n, p->first.npy.count, p->second.npy.count);
    for (size_t i = 0; i < n; i++)
        add(t, p, i, (size_t)p->a[i], (size_t)p->b[i]);
    return 0;
}

/* data[d][j] is the element (j - offsets[d], j). */
static int take_diagonals(struct train_triplets *t, const struct parts *p, struct bz_error *err)
{
    const size_t n = p->first.npy.count, wide = p->data.npy.rank == 2 ? p->data.npy.shape[1] : 0;
    if (p->data.npy.rank != 2 || p->data.npy.shape[0] != n)
        return bz_fail(err, BZ_BAD_INPUT, "a sparse matrix of diagonals: %zu offsets, expected a row of data for each", n);
    for (size_t d = 0; d < n; d++)
        for (size_t j = 0; j < wide && j < p->columns; j++) {
            const double row = (double)j - p->a[d];
            if (row >= 0 && row < (double)p->rows)
                add(t, p, d * wide + j, (size_t)row, j);
        }
    return 0;
}

static int take_parts(struct train_table *table, const struct parts *p, struct bz_error *err)
{
    static const struct {
        const char *name;
        int (*take)(struct train_triplets *t, const struct parts *p, struct bz_error *err);
    } formats[] = {{"csr", take_pointers},
                   {"csc", take_pointers},
                   {"bsr", take_pointers},
                   {"coo", take_coordinates},
                   {"dia", take_diagonals}};
    struct train_triplets t = {.rows = p->rows, .columns = p->columns};
    size_t k = 0;
    while (k < 5 && strcmp(formats[k].name, p->format) != 0)
        k++;
    if (k == 5)
        return bz_fail(err, BZ_BAD_INPUT, "a sparse matrix of format '%s', expected csr, csc, coo, bsr or dia", p->format);
    if (train_table_check_size(table->path, p->rows, p->columns, err) < 0)
        return -1;
    int rc = train_triplets_reserve(&t, p->data.npy.count, err);
    if (rc == 0)
        rc = formats[k].take(&t, p, err);
    if (rc == 0)
        rc = train_table_of_triplets(table, &t, err);
    train_triplets_free(&t);
    return rc;
}

static int read_sparse(struct train_table *t, struct train_npz *z, struct bz_error *err)
{
    struct parts p = {0};
    int rc = read_parts(z, &p, err);
    if (rc == 0)
        rc = take_parts(t, &p, err);
    if (rc == 0)
        rc = train_table_say(t, err, "sparse matrix (%s)%s", p.format,
                             has(z, "format") ? "" : "; the archive does not name its format, taken from its arrays");
    parts_free(&p);
    return rc < 0 && !strstr(err->msg, t->path) ? bz_fail_in(err, "%s", t->path) : rc;
}

static int read_dense(struct train_table *t, struct train_npz *z, const struct train_table_options *o, struct bz_error *err)
{
    struct train_array a = {0};
    struct train_names names = {0};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < train_npz_count(z); i++)
        if (train_npz_name(z, i))
            rc = train_names_add(&names, train_npz_name(z, i), err);
    const char *name = rc == 0 ? train_names_choose(&names, t, o, err) : NULL;
    rc = name ? train_npz_read(z, name, MOST_BYTES, &a, err) : -1;
    train_names_free(&names);
    if (rc == 0)
        rc = train_table_of_array(t, &a.npy, a.bytes, a.data, o, err);
    train_array_free(&a);
    return rc;
}

static int read_npz(struct train_table *t, struct train_source *s, const struct train_table_options *o, struct bz_error *err)
{
    struct train_npz *z;
    if (train_npz_open(&z, s->path, err) < 0)
        return -1;
    const bool sparse = has(z, "shape") && has(z, "data") && (has(z, "indptr") || has(z, "offsets") || has(z, "row"));
    int rc = sparse && !o->user->array ? read_sparse(t, z, err) : read_dense(t, z, o, err);
    if (rc == 0 && !o->labels && o->user->label_column)
        rc = read_labels(t, z, o->user, err);
    train_npz_close(z);
    return rc;
}

const struct train_format train_format_npz = {".npz", npz_matches, read_npz, true};
