#include "triplets.h"

#include "mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DENSE_CELLS = 1 << 24, /* 128 MiB of doubles */
    BELIEVED = 1 << 24,    /* rows allowed, whatever is in them; */
    EMPTY = 64             /* more rows need an entry per this many */
};

int train_triplets_reserve(struct train_triplets *t, size_t n, struct bz_error *err)
{
    t->row = bz_alloc(n, sizeof(*t->row), err);
    t->column = t->row ? bz_alloc(n, sizeof(*t->column), err) : NULL;
    t->value = t->column ? bz_alloc(n, sizeof(*t->value), err) : NULL;
    t->room = n;
    return t->value ? 0 : -1;
}

void train_triplets_free(struct train_triplets *t)
{
    bz_free_all(t->row, t->column, t->value);
    *t = (struct train_triplets){0};
}

static int check(const struct train_table *table, const struct train_triplets *t, struct bz_error *err)
{
    for (size_t k = 0; k < t->n; k++) {
        if (t->row[k] >= t->rows || t->column[k] >= t->columns)
            return bz_fail(err, BZ_BAD_INPUT, "%s: entry %zu is at row %u, column %u of a matrix of %zu x %zu (from 0)",
                           table->path, k + 1, t->row[k], t->column[k], t->rows, t->columns);
        if (isinf(t->value[k]))
            return bz_fail(err, BZ_BAD_INPUT, "%s: entry %zu (row %u, column %u) is %g, expected a finite number", table->path,
                           k + 1, t->row[k] + 1, t->column[k] + 1, t->value[k]);
    }
    return 0;
}

struct entry {
    uint32_t column;
    double value;
};

static int by_column(const void *a, const void *b)
{
    const uint32_t x = ((const struct entry *)a)->column, y = ((const struct entry *)b)->column;
    return x < y ? -1 : x > y;
}

/* The entries row by row, columns ascending, with repeated ones summed and zeros left out. start[rows + 1]; returns how many
 * there are. */
static size_t sort_rows(const struct train_triplets *t, size_t *start, struct entry *e)
{
    for (size_t k = 0; k < t->n; k++)
        start[t->row[k] + 1]++;
    for (size_t r = 0; r < t->rows; r++)
        start[r + 1] += start[r];
    for (size_t k = t->n; k-- > 0;) /* fills each row from its end; start[r+1] ends up at the row's beginning */
        e[--start[t->row[k] + 1]] = (struct entry){t->column[k], t->value[k]};
    size_t kept = 0;
    for (size_t r = 0; r < t->rows; r++) {
        const size_t from = start[r + 1], to = r + 1 < t->rows ? start[r + 2] : t->n, begin = kept;
        for (size_t k = from + 1; k < to; k++)
            if (e[k].column <= e[k - 1].column) {
                qsort(e + from, to - from, sizeof(*e), by_column);
                break;
            }
        for (size_t k = from; k < to;) {
            struct entry sum = e[k++];
            while (k < to && e[k].column == sum.column)
                sum.value += e[k++].value;
            if (sum.value != 0)
                e[kept++] = sum;
        }
        start[r] = begin;
    }
    start[t->rows] = kept;
    return kept;
}

static bool fit_float(const struct entry *e, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!isnan(e[k].value) && (double)(float)e[k].value != e[k].value)
            return false;
    return true;
}

static int make_dense(struct train_table *table, const struct entry *e, struct bz_error *err)
{
    table->store = TRAIN_F64;
    table->f64 = bz_alloc(table->rows * table->columns, sizeof(double), err);
    for (size_t r = 0; table->f64 && r < table->rows; r++)
        for (size_t k = table->row_start[r]; k < table->row_start[r + 1]; k++)
            table->f64[r * table->columns + e[k].column] = e[k].value;
    bz_drop(&table->row_start);
    return table->f64 ? 0 : -1;
}

static int make_sparse(struct train_table *table, const struct entry *e, size_t n, struct bz_error *err)
{
    table->store = TRAIN_SPARSE;
    table->sparse = true;
    table->index = bz_alloc(n, sizeof(*table->index), err);
    table->value = table->index ? bz_alloc(n, sizeof(*table->value), err) : NULL;
    if (!table->value)
        return -1;
    for (size_t k = 0; k < n; k++) {
        table->index[k] = e[k].column;
        table->value[k] = (float)e[k].value;
    }
    return 0;
}

int train_table_of_triplets(struct train_table *table, const struct train_triplets *t, struct bz_error *err)
{
    if (train_table_check_size(table->path, t->rows, t->columns, err) < 0 || check(table, t, err) < 0)
        return -1;
    if (t->rows > BELIEVED && t->rows / EMPTY > t->n) /* the file says so in ten bytes, and the rows are 8 each */
        return bz_fail(err, BZ_TOO_LARGE,
                       "%s: a sparse matrix of %zu rows with %zu entries: beyond %d rows one in %d must have one", table->path,
                       t->rows, t->n, BELIEVED, EMPTY);
    struct entry *e = bz_alloc(t->n, sizeof(*e), err);
    table->row_start = e ? bz_alloc(t->rows + 1, sizeof(*table->row_start), err) : NULL;
    if (!table->row_start) {
        bz_free(e);
        return -1;
    }
    table->rows = table->file_rows = t->rows;
    table->columns = t->columns;
    const size_t n = sort_rows(t, table->row_start, e);
    int rc = 0;
    if (fit_float(e, n))
        rc = make_sparse(table, e, n, err);
    else if (t->rows * t->columns <= DENSE_CELLS)
        rc = make_dense(table, e, err);
    else {
        rc = make_sparse(table, e, n, err);
        if (rc == 0)
            rc =
                train_table_say(table, err, "values are rounded to float32: a sparse matrix of %zu x %zu", t->rows, t->columns);
    }
    bz_free(e);
    return rc;
}
