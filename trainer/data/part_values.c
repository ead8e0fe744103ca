/* Values of a table as the stored values of a part. */
#include "mathx.h"
#include "mem.h"
#include "order.h"
#include "parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int train_parts_room(struct train_data *d, size_t more, struct bz_error *err)
{
    if (d->n_parts + more > BZ_MAX_LAYERS)
        return bz_fail(err, BZ_TOO_LARGE, "%zu visible layers, at most %d are accepted", d->n_parts + more, BZ_MAX_LAYERS);
    struct train_part *parts = bz_alloc(d->n_parts + more, sizeof(*parts), err);
    if (!parts)
        return -1;
    if (d->n_parts > 0)
        memcpy(parts, d->parts, d->n_parts * sizeof(*parts));
    bz_free(d->parts);
    d->parts = parts;
    return 0;
}

static double value_of(const struct train_table *t, const size_t *column, size_t row, size_t i)
{
    return train_table_value(t, row, column ? column[i] : i);
}

/* Whole numbers from 0 to 255 take a byte each. */
static bool fit_bytes(const struct train_table *t, const size_t *column, size_t n)
{
    for (size_t r = 0; r < t->rows; r++)
        for (size_t i = 0; i < n; i++) {
            const double x = value_of(t, column, r, i);
            if (!(x >= 0 && x <= 255 && x == floor(x)))
                return false;
        }
    return true;
}

static int copy_values(struct train_part *p, const struct train_table *t, const size_t *column, struct bz_error *err)
{
    size_t cells;
    if (bz_mul(&cells, t->rows, p->size) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "%s: %zu rows x %zu values are more than can be addressed", t->path, t->rows,
                       p->size);
    if (fit_bytes(t, column, p->size)) {
        p->store = TRAIN_U8;
        if (!(p->u8 = bz_alloc(cells, 1, err)))
            return -1;
        for (size_t r = 0; r < t->rows; r++)
            for (size_t i = 0; i < p->size; i++)
                p->u8[r * p->size + i] = (uint8_t)value_of(t, column, r, i);
        return 0;
    }
    p->store = TRAIN_F32;
    if (!(p->f32 = bz_alloc(cells, sizeof(float), err)))
        return -1;
    for (size_t r = 0; r < t->rows; r++)
        for (size_t i = 0; i < p->size; i++) {
            const double x = value_of(t, column, r, i);
            p->f32[r * p->size + i] = (float)x;
            if (isfinite(x) && !isfinite((float)x)) {
                char text[96];
                return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu, %s: %g is too large for a float32", t->path,
                               train_table_row(t, r), train_table_column(t, column ? column[i] : i, text, sizeof(text)), x);
            }
        }
    return 0;
}

int train_part_levels(const struct train_part *p, struct train_table *t, struct bz_error *err)
{
    if (!t->levels || p->unit == BZ_BERNOULLI)
        return 0;
    if (train_table_doubles(t, err) < 0)
        return -1;
    for (size_t i = 0; i < t->rows * t->columns; i++)
        t->f64[i] = (double)bz_level((float)t->f64[i], 255);
    t->levels = false;
    return 0;
}

int train_part_take(struct train_part *p, struct train_table *t, const size_t *column, struct bz_error *err)
{
    if (t->store == TRAIN_SPARSE && column)
        return bz_fail(err, BZ_UNSUPPORTED, "%s: sparse rows are one layer of numbers; expected a dense table for several",
                       t->path);
    if (column || t->store == TRAIN_F64 || (t->store == TRAIN_F32 && fit_bytes(t, NULL, t->columns)))
        return copy_values(p, t, column, err);
    p->store = t->store;
    p->u8 = bz_take(&t->u8);
    p->f32 = bz_take(&t->f32);
    p->row_start = bz_take(&t->row_start);
    p->index = bz_take(&t->index);
    p->value = bz_take(&t->value);
    return 0;
}

int train_part_one_hot(struct train_part *p, const struct train_table *t, size_t column, const long *code, struct bz_error *err)
{
    p->store = TRAIN_SPARSE;
    p->row_start = bz_alloc(t->rows + 1, sizeof(size_t), err);
    p->index = bz_alloc(t->rows, sizeof(uint32_t), err);
    p->value = bz_alloc(t->rows, sizeof(float), err);
    p->absent = bz_alloc(t->rows, sizeof(bool), err);
    if (!p->row_start || !p->index || !p->value || !p->absent)
        return -1;
    size_t n = 0;
    for (size_t r = 0; r < t->rows; r++) {
        const double x = train_table_value(t, r, column);
        const long category = isnan(x) ? -1 : code ? code[(size_t)x] : (long)x;
        p->absent[r] = category < 0;
        p->missing = p->missing || category < 0;
        if (category >= 0) {
            p->index[n] = (uint32_t)category;
            p->value[n++] = 1;
        }
        p->row_start[r + 1] = n;
    }
    if (!p->missing)
        bz_drop(&p->absent);
    return 0;
}

/* --- standardising --- */

static const double spread_over_one = 0.28867513459481287; /* sqrt(1/12): deviation of values spread evenly from 0 to 1 */

/* Deviations whose logarithms a model file can hold, with room for learning; a constant column has 0. */
static const double least_deviation = 1e-15, most_deviation = 1e15;

static int check_deviation(const struct train_part *p, size_t i, double deviation, const char *path, struct bz_error *err)
{
    if (deviation == 0 || (deviation >= least_deviation && deviation <= most_deviation))
        return 0;
    return bz_fail(
        err, BZ_BAD_INPUT,
        "%s: column %zu%s%.64s: its standard deviation is %g; expected %g to %g, or 0 (use another unit of measurement)", path,
        i + 1, p->columns && p->columns[i][0] ? " of the numbers, " : " of the numbers", p->columns ? p->columns[i] : "",
        deviation, least_deviation, most_deviation);
}

/* The stored value before rounding: the table's, if it still has it. */
static double exact(const struct train_part *p, const struct train_table *t, const size_t *column, size_t row, size_t i)
{
    if (t->f64 || t->f32 || t->u8)
        return value_of(t, column, row, i);
    return p->store == TRAIN_U8 ? p->u8[row * p->size + i] : (double)p->f32[row * p->size + i];
}

/* Mean and deviation of each column, two passes in double over the known values. The rounding of a constant column's mean is
 * no deviation. */
static int moments(struct train_part *p, const struct train_table *t, const size_t *column, struct bz_error *err)
{
    size_t *count = bz_alloc(p->size, sizeof(*count), err);
    double *constant = bz_alloc(p->size, sizeof(*constant), err); /* the one value so far; NaN = there are several */
    if (!count || !constant) {
        bz_free_all(count, constant);
        return -1;
    }
    for (int pass = 0; pass < 2; pass++) {
        double *sum = pass == 0 ? p->mean : p->deviation;
        for (size_t r = 0; r < t->rows; r++)
            for (size_t i = 0; i < p->size; i++) {
                const double x = exact(p, t, column, r, i), away = x - p->mean[i];
                if (isnan(x))
                    continue;
                if (pass == 0)
                    constant[i] = count[i]++ == 0 || x == constant[i] ? x : NAN;
                sum[i] += pass == 0 ? x : away * away;
            }
        for (size_t i = 0; i < p->size; i++)
            sum[i] = count[i] > 0 ? sum[i] / (double)count[i] : 0;
    }
    for (size_t i = 0; i < p->size; i++) {
        const bool one = count[i] > 0 && !isnan(constant[i]);
        p->mean[i] = one ? constant[i] : p->mean[i];
        p->deviation[i] = one ? 0 : sqrt(p->deviation[i]);
    }
    bz_free_all(count, constant);
    return 0;
}

/* The centre and the spread of sorted values x[n] by their quartiles: for a normal distribution, its mean and deviation. */
static double by_quartiles(const double *x, size_t n, double *middle)
{
    const double iqr_of_normal = 1.3489795003921634;
    *middle = x[n / 2];
    return (x[n - 1 - n / 4] - x[n / 4]) / iqr_of_normal;
}

/* Few distinct values have no tails. */
static bool has_few_values(const double *x, size_t n)
{
    enum { FEW = 32 };
    size_t different = n > 0;
    for (size_t i = 1; i < n && different <= FEW; i++)
        different += x[i] > x[i - 1];
    return different <= FEW;
}

/* How far from the centre the outermost fiftieth of sorted values x[n] begins, on the farther side: values beyond are a tail,
 * while a separate group of rows is within. */
static double tail_from(const double *x, size_t n, double middle)
{
    return fmax(x[n - 1 - n / 50] - middle, middle - x[n / 50]);
}

static bool is_whole(const struct train_part *p, const struct train_table *t, const size_t *column, size_t i)
{
    for (size_t r = 0; r < t->rows; r++) {
        const double x = exact(p, t, column, r, i);
        if (!isnan(x) && x != floor(x))
            return false;
    }
    return true;
}

/* Columns with heavy tails, whose deviation is that of their outliers, are scaled by their quartiles instead. A column with a
 * very narrow centre keeps a fraction of its deviation. Where most values are the same, as of a pixel at the edge, nothing is
 * rescaled, but the few others are clipped too, and if these are rare, what is learned stays above 0.29 deviations: rows
 * held out that reach such a pixel would be dozens of deviations away, and decide alone which state is best. Whole numbers have
 * a least deviation of their own (mind_steps). */
static int tame_tails(struct train_part *p, const struct train_table *t, const size_t *column, double clip, bool picture,
                      struct train_tails *out, struct bz_error *err)
{
    enum { ROWS_LOOKED_AT = 20000 };
    const double narrowest = 0.1, heavy = 0.8;
    const size_t n = t->rows < ROWS_LOOKED_AT ? t->rows : ROWS_LOOKED_AT;
    double *x = bz_alloc(n, sizeof(*x), err), middle, spread;
    if (!x || !(p->limit = bz_alloc(p->size, sizeof(float), err))) {
        bz_free(x);
        return -1;
    }
    for (size_t i = 0; i < p->size; i++) {
        size_t known = 0;
        p->limit[i] = INFINITY;
        for (size_t k = 0; k < n; k++) {
            const double value = exact(p, t, column, (size_t)((double)k * (double)t->rows / (double)n), i);
            if (!isnan(value))
                x[known++] = value;
        }
        bz_sort(x, known);
        if (known == 0)
            continue;
        spread = by_quartiles(x, known, &middle);
        if (spread <= 0 && !is_whole(p, t, column, i)) {
            const double most = fmax(x[known - 1] - p->mean[i], p->mean[i] - x[0]);
            const bool rare = most > clip * p->deviation[i];
            out->clipped += rare;
            p->limit[i] = (float)clip;
            p->least[i] = rare ? (float)spread_over_one : 0;
        }
        if (spread <= 0 || picture || has_few_values(x, known))
            continue;
        spread = fmax(spread, tail_from(x, known, middle) / clip);
        if (spread >= heavy * p->deviation[i])
            continue;
        out->rescaled++;
        p->limit[i] = (float)clip;
        p->mean[i] = middle;
        p->deviation[i] = fmax(spread, narrowest * p->deviation[i]);
    }
    bz_free(x);
    return 0;
}

/* Columns of whole numbers. Where nearly all are the same, or all are, the few others would be dozens of deviations away: a
 * column is divided by at least half a step, and what is learned of it stays above that of values spread over a step. */
static void mind_steps(struct train_part *p, const struct train_table *t, const size_t *column)
{
    const double half = 0.5;
    for (size_t i = 0; i < p->size; i++) {
        if (!is_whole(p, t, column, i))
            continue;
        p->deviation[i] = fmax(p->deviation[i], half);
        p->least[i] = (float)(spread_over_one / p->deviation[i]);
    }
}

/* Sparse rows as a dense array, since nothing is zero after standardising. */
static int make_dense(struct train_part *p, size_t rows, struct bz_error *err)
{
    size_t n;
    if (p->store != TRAIN_SPARSE)
        return 0;
    if (bz_mul(&n, rows, p->size) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "--standardize: %zu rows x %zu values do not fit memory", rows, p->size);
    if (!(p->f32 = bz_alloc(n, sizeof(float), err)))
        return -1;
    for (size_t r = 0; r < rows; r++)
        for (size_t k = p->row_start[r]; k < p->row_start[r + 1]; k++)
            p->f32[r * p->size + p->index[k]] = p->value[k];
    bz_drop(&p->row_start);
    bz_drop(&p->index);
    bz_drop(&p->value);
    p->store = TRAIN_F32;
    return 0;
}

int train_part_standardize(struct train_part *p, const struct train_table *t, const size_t *column, double clip,
                           struct train_tails *tails, struct bz_error *err)
{
    const bool picture = p->rank > 1 || t->bytes;
    size_t cells;
    if (make_dense(p, t->rows, err) < 0 || bz_mul(&cells, t->rows, p->size) < 0)
        return -1;
    p->mean = bz_alloc(p->size, sizeof(double), err);
    p->deviation = bz_alloc(p->size, sizeof(double), err);
    p->least = bz_alloc(p->size, sizeof(float), err);
    if (!p->mean || !p->deviation || !p->least)
        return -1;
    if (moments(p, t, column, err) < 0)
        return -1;
    for (size_t i = 0; i < p->size; i++) {
        if (check_deviation(p, i, p->deviation[i], t->path, err) < 0)
            return -1;
        p->deviation[i] = p->deviation[i] > 0 ? p->deviation[i] : 1;
    }
    *tails = (struct train_tails){0};
    if (clip > 0 && tame_tails(p, t, column, clip, picture, tails, err) < 0)
        return -1;
    mind_steps(p, t, column);
    float *out = bz_alloc(cells, sizeof(float), err);
    if (!out)
        return -1;
    for (size_t r = 0; r < t->rows; r++)
        for (size_t i = 0; i < p->size; i++)
            out[r * p->size + i] = (float)((exact(p, t, column, r, i) - p->mean[i]) / p->deviation[i]);
    bz_drop(&p->u8);
    bz_free(p->f32);
    p->f32 = out;
    p->store = TRAIN_F32;
    return 0;
}
