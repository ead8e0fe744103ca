/* Numbers that are codes: a column's different numbers become its categories. */
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
        return bz_fail(err, BZ_UNSUPPORTED, "%s: categories want a table, found sparse rows", t->path);
    const size_t n = t->rows * t->columns;
    double *values = bz_alloc(n, sizeof(*values), err);
    if (!values)
        return -1;
    for (size_t i = 0; i < n; i++)
        values[i] = t->store == TRAIN_U8 ? t->u8[i] : (double)t->f32[i];
    bz_free(t->u8);
    bz_free(t->f32);
    t->u8 = NULL;
    t->f32 = NULL;
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

/* --- one-hot groups --- */

/* Which value of a group is 1; NaN where one is missing, -1 where the group is not one-hot. */
static double group_code(const struct train_table *t, size_t row, size_t first, size_t width)
{
    double code = -1;
    for (size_t k = 0; k < width; k++) {
        const double x = train_table_value(t, row, first + k);
        if (isnan(x))
            return NAN;
        if (x != 0 && (x != 1 || code >= 0))
            return -1;
        code = x == 1 ? (double)k : code;
    }
    return code;
}

static int parse_widths(const struct train_table *t, const char *text, size_t *widths, size_t *n, struct bz_error *err)
{
    size_t sum = 0;
    const char *p = text;
    for (*n = 0; *n < t->columns; p++) {
        char *end;
        const unsigned long width = *p >= '0' && *p <= '9' ? strtoul(p, &end, 10) : 0;
        if (width < 2 || width > t->columns - sum || (*end != ',' && *end != 0))
            break;
        widths[(*n)++] = width;
        sum += width;
        p = end;
        if (*p == 0)
            break;
    }
    if (sum != t->columns || *p != 0)
        return bz_fail(err, BZ_BAD_USAGE,
                       "--groups %.64s: expected widths of 2 and more, commas between, %zu in all as %s has columns", text,
                       t->columns, t->path);
    return 0;
}

/* Categories 0 .. width-1, or the columns' own names. */
static int name_categories(struct bz_categories *c, const struct train_table *t, size_t first, size_t width,
                           struct bz_error *err)
{
    char text[32];
    if (!(c->names = bz_alloc(width, sizeof(char *), err)))
        return -1;
    for (; c->n < width; c->n++) {
        const char *name = t->names ? t->names[first + c->n] : NULL;
        snprintf(text, sizeof(text), "%zu", c->n);
        if (!(c->names[c->n] = bz_strdup(name ? name : text, err)))
            return -1;
    }
    return 0;
}

static int fill_groups(const struct train_table *t, const size_t *widths, size_t n, double *codes, struct bz_error *err)
{
    for (size_t r = 0; r < t->rows; r++)
        for (size_t g = 0, first = 0; g < n; first += widths[g++]) {
            const double code = group_code(t, r, first, widths[g]);
            codes[r * n + g] = code;
            if (code < 0)
                return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu, columns %zu to %zu: not one 1 among 0 (group %zu of --groups)",
                               t->path, train_table_row(t, r), first + 1, first + widths[g], g + 1);
        }
    return 0;
}

int train_table_groups(struct train_table *t, const char *text, struct bz_error *err)
{
    size_t n, *widths = bz_alloc(t->columns, sizeof(*widths), err);
    double *codes = NULL;
    struct bz_categories *categories = NULL;
    int rc = -1;
    if (!widths)
        return -1;
    if (t->store == TRAIN_SPARSE || t->categories)
        bz_fail(err, BZ_BAD_USAGE, "--groups: %s is no table of numbers, expected 0 and 1 in every column", t->path);
    else if (parse_widths(t, text, widths, &n, err) == 0 && (codes = bz_alloc(t->rows * n, sizeof(*codes), err)) &&
             (categories = bz_alloc(n, sizeof(*categories), err)))
        rc = fill_groups(t, widths, n, codes, err);
    for (size_t g = 0, first = 0; rc == 0 && g < n; first += widths[g++])
        rc = name_categories(&categories[g], t, first, widths[g], err);
    if (rc == 0) {
        bz_texts_free(t->names, t->columns);
        bz_free(t->u8);
        bz_free(t->f32);
        bz_free(t->f64);
        bz_free(t->column_origin);
        bz_free(t->boolean);
        t->names = NULL;
        t->u8 = NULL;
        t->f32 = NULL;
        t->column_origin = NULL;
        t->boolean = NULL;
        t->f64 = codes;
        t->store = TRAIN_F64;
        t->categories = categories;
        t->columns = n;
        t->rank = 0;
        t->text = false;
    } else {
        for (size_t g = 0; categories && g < n; g++)
            bz_texts_free(categories[g].names, categories[g].n);
        bz_free(categories);
        bz_free(codes);
    }
    bz_free(widths);
    return rc;
}
