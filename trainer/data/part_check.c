/* The kinds of values in a table, and whether they are in the domain of a unit type. */
#include "parts.h"

#include "exclusion.h"
#include "mem.h"

#include <math.h>
#include <stdio.h>

static void widen(struct train_range *r, double x)
{
    if (isnan(x)) {
        r->missing = true;
        return;
    }
    if (r->n++ == 0)
        r->least = r->largest = x;
    r->least = x < r->least ? x : r->least;
    r->largest = x > r->largest ? x : r->largest;
    r->whole = r->whole && x == floor(x);
    r->spins = r->spins && (x == -1 || x == 1);
    r->ends += x == -1 || x == 1;
    r->below += x > -1 && x < 0;
}

static struct train_range range_of_bytes(const struct train_table *t)
{
    struct train_range r = {.whole = true, .spins = true};
    size_t count[256] = {0};
    for (size_t i = 0; i < t->rows * t->columns; i++)
        count[t->u8[i]]++;
    for (int level = 0; level < 256; level++)
        if (count[level] > 0)
            widen(&r, level);
    r.n = t->rows * t->columns;
    return r;
}

struct train_range train_table_range(const struct train_table *t, const size_t *column, size_t n)
{
    struct train_range r = {.whole = true, .spins = true};
    if (t->store == TRAIN_SPARSE) {
        const size_t stored = t->row_start[t->rows];
        for (size_t i = 0; i < stored; i++)
            widen(&r, (double)t->value[i]);
        if (stored < t->rows * t->columns)
            widen(&r, 0);
        r.n = t->rows * t->columns;
        return r;
    }
    if (t->store == TRAIN_U8 && (!column || n == t->columns))
        return range_of_bytes(t);
    for (size_t row = 0; row < t->rows; row++)
        for (size_t i = 0; i < n; i++)
            widen(&r, train_table_value(t, row, column ? column[i] : i));
    return r;
}

bool train_table_one_hot(const struct train_table *t, size_t *groups)
{
    if (t->store == TRAIN_SPARSE)
        return false;
    double first = 0;
    for (size_t j = 0; j < t->columns; j++)
        first += train_table_value(t, 0, j);
    if (!(first >= 0.5 && first <= (double)t->columns))
        return false;
    size_t n = (size_t)(first + 0.5);
    if (t->columns % n != 0 || t->columns / n < 2)
        return false;
    size_t width = t->columns / n;
    for (size_t r = 0; r < t->rows; r++) {
        for (size_t g = 0; g < n; g++) {
            double sum = 0;
            for (size_t k = 0; k < width; k++) {
                const double x = train_table_value(t, r, g * width + k);
                if (x < 0 || x > 1)
                    return false;
                sum += x;
            }
            if (!isnan(sum) && fabs(sum - 1) > BZ_SUM_SLACK)
                return false;
        }
    }
    *groups = n;
    return true;
}

/* Where a value of a part comes from. */
struct origin {
    const struct train_table *t;
    const size_t *column; /* of the table; NULL = as in the part */
};

static int complain(const struct origin *o, size_t row, size_t i, const char *what, double x, struct bz_error *err)
{
    char column[96];
    train_table_column(o->t, o->column ? o->column[i] : i, column, sizeof(column));
    return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu, %s: found %.9g, %s", o->t->path, train_table_row(o->t, row), column, x,
                   what);
}

/* NULL if x is in the domain, else what was expected. */
static const char *value_refused(enum bz_unit unit, float x, float scale)
{
    switch (unit) {
    case BZ_BERNOULLI:
        if (x >= 0 && x / scale <= TRAIN_ABOUT_ONE)
            return NULL;
        return scale == 1 ? "expected 0 to 1 for bernoulli units (real numbers: --visible-unit gaussian; levels: --scale)"
                          : "expected a value that the divisor (--scale, or the model's) brings into 0 to 1 (bernoulli units)";
    case BZ_EXCLUSIVE:
        return x >= 0 && x <= 1 ? NULL : "expected 0 or 1 (exclusive units)";
    case BZ_MULTINOMIAL:
        return x >= 0 && x == floorf(x) ? NULL : "expected a whole number from 0 (counts of multinomial units)";
    case BZ_SOFTMAX:
        return x >= 0 && x <= 1 ? NULL : "expected 0 to 1, one-hot (softmax units)";
    case BZ_SPIN:
        return x >= -1 && x <= 1 ? NULL : "expected -1 to 1 (spin units)";
    case BZ_RELU:
    case BZ_DRELU:
        return "rectified units are for hidden layers";
    case BZ_GAUSSIAN:
    case BZ_N_UNITS:
        break;
    }
    return NULL;
}

/* A column of bits beside others of spins. */
static int check_spin_columns(const struct train_part *p, const struct origin *o, struct bz_error *err)
{
    size_t *ones = bz_alloc(p->size, sizeof(*ones), err), *others = bz_alloc(p->size, sizeof(*others), err), i = p->size;
    const size_t rows = o->t->rows, stored = p->store == TRAIN_SPARSE ? p->row_start[rows] : rows * p->size;
    if (ones && others) {
        for (size_t k = 0; k < stored; k++) {
            const size_t column = p->store == TRAIN_SPARSE ? p->index[k] : k % p->size;
            const float x = p->store == TRAIN_SPARSE ? p->value[k] : p->store == TRAIN_U8 ? p->u8[k] : p->f32[k];
            ones[column] += x == 1;
            others[column] += x != 0 && x != 1;
        }
        for (i = 0; i < p->size && (ones[i] == 0 || others[i] > 0 || ones[i] == rows); i++)
            ;
    }
    const bool failed = !ones || !others;
    bz_free_all(ones, others);
    if (failed || i == p->size)
        return failed ? -1 : 0;
    char column[96];
    train_table_column(o->t, o->column ? o->column[i] : i, column, sizeof(column));
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: %s: only 0 and 1, but the units of %s are spins: expected -1 and 1 (2 * x - 1 instead of x)",
                   o->t->path, column, p->name);
}

/* Bits for spins: 0 would be a spin of mean 0. */
static int check_spins(const struct train_part *p, const struct origin *o, size_t zeros, size_t ones, struct bz_error *err)
{
    const size_t values = o->t->rows * p->size;
    if (p->store == TRAIN_SPARSE)
        zeros += values - p->row_start[o->t->rows]; /* values that are not stored */
    if (p->unit != BZ_SPIN || zeros == 0)
        return 0;
    if (zeros + ones < values)
        return check_spin_columns(p, o, err);
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: only 0 and 1, but the units of %s are spins: expected -1 and 1 (2 * x - 1 instead of x)", o->t->path,
                   p->name);
}

/* All values of dense or sparse storage, in the order of rows. */
static int check_values(struct train_part *p, const struct origin *o, bool gaps, struct bz_error *err)
{
    size_t rows = o->t->rows, zeros = 0, ones = 0;
    for (size_t r = 0; r < rows; r++) {
        size_t from = p->store == TRAIN_SPARSE ? p->row_start[r] : 0;
        size_t to = p->store == TRAIN_SPARSE ? p->row_start[r + 1] : p->size;
        for (size_t k = from; k < to; k++) {
            size_t i = p->store == TRAIN_SPARSE ? p->index[k] : k;
            float x = p->store == TRAIN_SPARSE ? p->value[k]
                      : p->store == TRAIN_U8   ? p->u8[r * p->size + i]
                                               : p->f32[r * p->size + i];
            zeros += x == 0;
            ones += x == 1;
            if (isnan(x) && gaps && p->store == TRAIN_F32) {
                p->missing = true;
                ones++; /* may be one */
                continue;
            }
            if (isnan(x))
                return complain(o, r, i,
                                gaps ? "expected a number (sparse rows have no gaps: a dense array or table has them)"
                                     : "expected a number (--missing infer accepts gaps)",
                                x, err);
            if (isinf(x))
                return complain(o, r, i, "expected a finite number", x, err);
            const char *refused = value_refused(p->unit, x, p->scale);
            if (refused)
                return complain(o, r, i, refused, x, err);
            p->grey =
                p->grey || (p->unit == BZ_BERNOULLI && x > 0 && x / p->scale < 1) || (p->unit == BZ_SPIN && x > -1 && x < 1);
        }
    }
    return check_spins(p, o, zeros, ones, err);
}

static int check_groups(const struct train_part *p, const struct origin *o, struct bz_error *err)
{
    size_t width = p->size / p->groups;
    for (size_t r = 0; r < o->t->rows; r++) {
        for (size_t g = 0; g < p->groups; g++) {
            double sum = 0;
            for (size_t k = 0; k < width; k++) {
                size_t i = r * p->size + g * width + k;
                sum += p->store == TRAIN_U8 ? p->u8[i] : (double)p->f32[i];
            }
            if (!isnan(sum) && fabs(sum - 1) > BZ_SUM_SLACK)
                return bz_fail(
                    err, BZ_BAD_INPUT,
                    "%s: row %zu, columns %zu to %zu: the sum is %.9g, expected 1 (a one-hot group of softmax units)",
                    o->t->path, train_table_row(o->t, r), g * width + 1, (g + 1) * width, sum);
        }
    }
    return 0;
}

static int check_exclusion(const struct train_part *p, const struct origin *o, struct bz_error *err)
{
    size_t row, unit[2];
    bool broken;
    char a[96], b[96];
    if (train_exclusion_broken(p, o->t->rows, &broken, &row, unit, err) < 0)
        return -1;
    if (!broken)
        return 0;
    train_table_column(o->t, o->column ? o->column[unit[0]] : unit[0], a, sizeof(a));
    train_table_column(o->t, o->column ? o->column[unit[1]] : unit[1], b, sizeof(b));
    return bz_fail(
        err, BZ_BAD_INPUT,
        "%s: row %zu, %s and %s: both are 1, expected at most one of them: in the rows the model was trained on they "
        "excluded each other, so it gives this row no probability (boltz train --groups off makes a model of bits "
        "that takes it)",
        o->t->path, train_table_row(o->t, row), a, b);
}

/* Whole numbers that are neither bits nor levels of bytes: the first cell that holds the largest. */
static int refuse_levels(const struct origin *o, size_t n, double largest, struct bz_error *err)
{
    char what[200];
    size_t row = 0, i = 0;
    while (train_table_value(o->t, row, o->column ? o->column[i] : i) != largest)
        if (++i == n) {
            i = 0;
            row++;
        }
    snprintf(what, sizeof(what),
             "expected 0 and 1 for bernoulli units, or levels: --scale %g or --scale 255; codes: --categorical, counts: "
             "--visible-unit multinomial",
             largest);
    return complain(o, row, i, what, largest, err);
}

int train_part_scale(const struct train_table *t, const size_t *column, size_t n, const struct train_range *range,
                     const struct train_data_options *user, float *scale, struct bz_error *err)
{
    const struct origin o = {t, column};
    const double asked = user->scale;
    *scale = 1;
    if (asked > 0) {
        *scale = asked >= 1 ? (float)asked : (float)(1 / asked);
    } else if (t->levels) {
        *scale = 255;
    } else if (range->whole && range->largest > 1 && range->least >= 0) {
        if (range->largest > 255 || (range->largest < 128 && !(t->rank > 0 && t->bytes)))
            return refuse_levels(&o, n, range->largest, err);
        *scale = 255;
    }
    return 0;
}

int train_part_check(struct train_part *p, const struct train_table *t, const size_t *column,
                     const struct train_data_options *user, struct bz_error *err)
{
    const struct origin o = {t, column};
    if (p->unit == BZ_SOFTMAX && p->store == TRAIN_SPARSE)
        return bz_fail(err, BZ_UNSUPPORTED, "%s: softmax units need a table, found sparse rows", t->path);
    if (check_values(p, &o, train_gaps_accepted(user), err) < 0)
        return -1;
    return p->unit == BZ_SOFTMAX ? check_groups(p, &o, err) : p->unit == BZ_EXCLUSIVE ? check_exclusion(p, &o, err) : 0;
}
