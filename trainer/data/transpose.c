/* Tables made of, or turned into, others. */
#include "array.h"
#include "mem.h"
#include "triplets.h"

#include <math.h>
#include <string.h>

int train_table_of_range(struct train_table *t, const char *name, double base, double limit, double increment,
                         struct bz_error *err)
{
    const double n = increment != 0 ? floor((limit - base) / increment * (1 + 0x1p-50) + 0x1p-50) + 1 : 0;
    if (!(n >= 1 && n <= (double)BZ_MAX_UNITS))
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s is a range of %g values, expected 1 to %zu", t->path, name, n,
                       (size_t)BZ_MAX_UNITS);
    t->rows = t->file_rows = 1;
    t->columns = (size_t)n;
    t->store = TRAIN_F64;
    if (!(t->f64 = bz_alloc(t->columns, sizeof(double), err)))
        return -1;
    for (size_t k = 0; k < t->columns; k++)
        t->f64[k] = base + (double)k * increment;
    return 0;
}

/* Elements of `size` bytes; *data is replaced. */
static int turn(void **data, size_t rows, size_t columns, size_t size, struct bz_error *err)
{
    char *out = bz_alloc(rows * columns, size, err);
    if (!out)
        return -1;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            memcpy(out + (j * rows + i) * size, (const char *)*data + (i * columns + j) * size, size);
    bz_free(*data);
    *data = out;
    return 0;
}

static int turn_sparse(struct train_table *t, struct bz_error *err)
{
    struct train_triplets x = {.rows = t->columns, .columns = t->rows};
    if (train_triplets_reserve(&x, t->row_start[t->rows], err) < 0) {
        train_triplets_free(&x);
        return -1;
    }
    for (size_t i = 0; i < t->rows; i++)
        for (size_t k = t->row_start[i]; k < t->row_start[i + 1]; k++) {
            x.row[x.n] = t->index[k];
            x.column[x.n] = (uint32_t)i;
            x.value[x.n++] = (double)t->value[k];
        }
    train_table_drop_sparse(t);
    const int rc = train_table_of_triplets(t, &x, err);
    train_triplets_free(&x);
    return rc;
}

int train_table_transpose(struct train_table *t, struct bz_error *err)
{
    const size_t rows = t->rows, columns = t->columns;
    if (t->names || t->categories || t->labels || t->ids || t->boolean)
        return bz_fail(err, BZ_BAD_INPUT, "%s: --transpose: a table whose columns have names, words or labels", t->path);
    if (t->origin || (t->column_origin && t->columns != t->file_columns))
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: --transpose: rows or columns of the file are left out (see boltz check), expected all of them",
                       t->path);
    if (train_table_check_size(t->path, columns, rows, err) < 0)
        return -1;
    t->rank = 0;
    bz_drop(&t->column_origin);
    if (t->store == TRAIN_SPARSE)
        return turn_sparse(t, err);
    void *data = t->store == TRAIN_U8 ? (void *)t->u8 : t->store == TRAIN_F64 ? (void *)t->f64 : (void *)t->f32;
    const int rc = turn(&data, rows, columns, t->store == TRAIN_U8 ? 1 : t->store == TRAIN_F64 ? 8 : 4, err);
    t->u8 = t->store == TRAIN_U8 ? data : NULL;
    t->f64 = t->store == TRAIN_F64 ? data : NULL;
    t->f32 = t->store == TRAIN_F32 ? data : NULL;
    if (rc < 0)
        return -1;
    t->rows = t->file_rows = columns;
    t->columns = rows;
    t->text = false; /* its former columns are rows now: an array of numbers */
    return 0;
}

/* Elements of `size` bytes, some of them a row. */
static int move_rows(void **data, const size_t *from, size_t rows, size_t size, struct bz_error *err)
{
    if (!*data)
        return 0;
    char *out = bz_alloc(rows, size, err);
    if (!out)
        return -1;
    for (size_t i = 0; i < rows; i++)
        memcpy(out + i * size, (const char *)*data + from[i] * size, size);
    bz_free(*data);
    *data = out;
    return 0;
}

int train_table_reorder(struct train_table *t, const size_t *from, struct bz_error *err)
{
    if (!t->origin) {
        if (!(t->origin = bz_alloc(t->rows, sizeof(*t->origin), err)))
            return -1;
        for (size_t i = 0; i < t->rows; i++)
            t->origin[i] = i;
    }
    const struct {
        void **data;
        size_t size;
    } parts[] = {
        {(void **)&t->u8, t->columns},
        {(void **)&t->f32, t->columns * sizeof(float)},
        {(void **)&t->f64, t->columns * sizeof(double)},
        {(void **)&t->origin, sizeof(size_t)},
        {(void **)&t->labels, sizeof(long)},
        {(void **)&t->weights, sizeof(double)},
        {(void **)&t->ids, sizeof(char *)},
        {(void **)&t->row_names, sizeof(char *)},
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (move_rows(parts[i].data, from, t->rows, parts[i].size, err) < 0)
            return -1;
    return 0;
}
