/* Numbers that are codes: the distinct numbers of a column become its categories. */
#include "mem.h"
#include "parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CATEGORIES = 4096 };

int train_table_doubles(struct train_table *t, struct bz_error *err)
{
    if (t->store == TRAIN_F64)
        return 0;
    if (t->store == TRAIN_SPARSE)
        return bz_fail(err, BZ_UNSUPPORTED, "%s: categories need a table, found sparse rows", t->path);
    const size_t n = t->rows * t->columns;
    double *values = bz_alloc(n, sizeof(*values), err);
    if (!values)
        return -1;
    for (size_t i = 0; i < n; i++)
        values[i] = t->store == TRAIN_U8 ? t->u8[i] : (double)t->f32[i];
    bz_drop(&t->u8);
    bz_drop(&t->f32);
    t->f64 = values;
    t->store = TRAIN_F64;
    return 0;
}

static int column_to_categories(struct train_table *t, size_t j, struct bz_error *err)
{
    struct bz_text_set set = {0};
    uint32_t *rank = NULL, number;
    char text[96];
    int rc = 0;
    for (size_t r = 0; rc == 0 && r < t->rows; r++) {
        double *x = &t->f64[r * t->columns + j];
        if (isnan(*x))
            continue;
        const int length = snprintf(text, sizeof(text), "%.17g", *x);
        struct bz_cell cell = {text, (size_t)length, false};
        char canonical[64];
        const size_t n = bz_category_text(&cell, canonical, sizeof(canonical));
        rc = bz_text_set_add(&set, canonical, n, MOST_CATEGORIES, &number, err);
        if (rc < 0)
            bz_fail_in(err, "%s: %s as categories", t->path, train_table_column(t, j, text, sizeof(text)));
        *x = (double)number;
    }
    if (rc == 0)
        rc = bz_text_set_sort(&set, &t->categories[j], &rank, err);
    for (size_t r = 0; rc == 0 && r < t->rows; r++) {
        double *x = &t->f64[r * t->columns + j];
        *x = isnan(*x) ? NAN : (double)rank[(size_t)*x];
    }
    bz_free(rank);
    bz_text_set_free(&set);
    return rc;
}

int train_table_dense(struct train_table *t, size_t columns, struct bz_error *err)
{
    size_t n;
    if (bz_mul(&n, t->rows, columns) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "%s: %zu rows x %zu values do not fit memory", t->path, t->rows, columns);
    double *values = bz_alloc(n, sizeof(*values), err);
    if (!values)
        return -1;
    for (size_t r = 0; r < t->rows; r++)
        for (size_t k = t->row_start[r]; k < t->row_start[r + 1]; k++)
            values[r * columns + t->index[k]] = (double)t->value[k];
    train_table_drop_sparse(t);
    t->f64 = values;
    t->store = TRAIN_F64;
    return 0;
}

int train_numbers_to_categories(struct train_table *t, const size_t *column, size_t n, struct bz_error *err)
{
    if (train_table_doubles(t, err) < 0)
        return -1;
    if (!t->categories && !(t->categories = bz_alloc(t->columns, sizeof(*t->categories), err)))
        return -1;
    for (size_t i = 0; i < n; i++) {
        const size_t j = column ? column[i] : i;
        if (t->categories[j].n == 0 && column_to_categories(t, j, err) < 0)
            return -1;
    }
    return 0;
}
