#include "parts.h"

#include "mem.h"
#include "table.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CATEGORIES = 4096 };

static bool is_category(const struct train_table *t, size_t column)
{
    return t->categories && t->categories[column].n > 0;
}

/* The unit type that suits the numbers of a table when the user does not say. */
static enum bz_unit infer_unit(const struct train_table *t, const struct train_part_request *q)
{
    struct train_range r = train_table_range(t);
    bool picture = q->shape || t->rank > 0 || !t->text;
    if (t->bytes || (r.whole && r.least >= 0 && r.largest <= 1))
        return BZ_BERNOULLI;
    if (r.spins && r.n > 0)
        return BZ_SPIN;
    if (t->sparse)
        return r.whole && r.least >= 0 ? BZ_MULTINOMIAL : BZ_GAUSSIAN;
    if (r.whole && r.least == 0 && r.largest == 255)
        return BZ_BERNOULLI; /* bytes, whatever the file calls them */
    return picture && r.least >= 0 && r.largest <= 1 ? BZ_BERNOULLI : BZ_GAUSSIAN;
}

static int set_unit(struct train_part *p, const struct train_table *t, const struct train_part_request *q,
                    const struct train_wanted *wanted, struct bz_error *err)
{
    p->groups = 1;
    if (wanted) {
        if (p->size != wanted->size)
            return bz_fail(err, BZ_BAD_INPUT, "%s: %zu values a row, layer %s has %zu units", t->path, p->size, wanted->name,
                           wanted->size);
        p->unit = wanted->unit;
        p->groups = wanted->groups;
        return 0;
    }
    if (!q->unit) {
        p->unit = infer_unit(t, q);
        return 0;
    }
    int unit = bz_unit_from_name(q->unit);
    char names[128];
    bz_unit_names(names, sizeof(names), true);
    if (unit < 0 || !bz_unit_type((enum bz_unit)unit)->visible)
        return bz_fail(err, BZ_BAD_USAGE, "--visible-unit: expected %s, found '%.64s'", names, q->unit);
    p->unit = (enum bz_unit)unit;
    if (p->unit == BZ_SOFTMAX && !train_table_one_hot(t, &p->groups))
        return bz_fail(err, BZ_BAD_INPUT, "%s: the rows are not one-hot groups of one width (softmax units)", t->path);
    return 0;
}

/* HxW or HxWxC. */
static int set_shape(struct train_part *p, const struct train_table *t, const struct train_part_request *q,
                     struct bz_error *err)
{
    memcpy(p->shape, t->shape, sizeof(p->shape));
    p->rank = t->rank;
    if (!q->shape)
        return 0;
    size_t units = 1;
    const char *s = q->shape;
    for (p->rank = 0;; s++) {
        char *end;
        unsigned long long side = *s >= '0' && *s <= '9' ? strtoull(s, &end, 10) : 0;
        if (side == 0 || p->rank == BZ_MAX_RANK || bz_mul(&units, units, side) < 0 || (*end != 'x' && *end != 0))
            return bz_fail(err, BZ_BAD_USAGE, "--shape: want HxW, such as 28x28, found '%.64s'", q->shape);
        p->shape[p->rank++] = side;
        s = end;
        if (*s == 0)
            break;
    }
    if (units != p->size)
        return bz_fail(err, BZ_BAD_USAGE, "--shape: %s is %zu units, %s has %zu values a row", q->shape, units, t->path,
                       p->size);
    return 0;
}

/* The values of the given columns of a dense table as an array of their own, or the table's own arrays if it has no others. */
static int take_values(struct train_part *p, struct train_table *t, const size_t *column, struct bz_error *err)
{
    if (!column) {
        p->store = t->store;
        p->u8 = t->u8;
        p->f32 = t->f32;
        p->row_start = t->row_start;
        p->index = t->index;
        p->value = t->value;
        t->u8 = NULL;
        t->f32 = NULL;
        t->row_start = NULL;
        t->index = NULL;
        t->value = NULL;
        return 0;
    }
    p->store = TRAIN_F32; /* tables with categories are f32 */
    p->f32 = bz_alloc(t->rows * p->size, sizeof(float), err);
    if (!p->f32)
        return -1;
    for (size_t r = 0; r < t->rows; r++)
        for (size_t i = 0; i < p->size; i++)
            p->f32[r * p->size + i] = t->f32[r * t->columns + column[i]];
    return 0;
}

static int take_names(struct train_part *p, const struct train_table *t, const size_t *column, struct bz_error *err)
{
    if (!t->names)
        return 0;
    p->n_columns = p->size;
    p->columns = bz_alloc(p->size, sizeof(char *), err);
    for (size_t i = 0; p->columns && i < p->size; i++) {
        const char *name = t->names[column ? column[i] : i];
        p->columns[i] = bz_strdup(name ? name : "", err);
        if (!p->columns[i])
            return -1;
    }
    return p->columns ? 0 : -1;
}

/* Sparse rows as a dense array, for standardising, after which nothing is zero. */
static int make_dense(struct train_part *p, size_t rows, struct bz_error *err)
{
    if (p->store != TRAIN_SPARSE)
        return 0;
    size_t n;
    if (bz_mul(&n, rows, p->size) < 0)
        return bz_fail(err, BZ_BAD_USAGE, "--standardize: %zu rows x %zu values do not fit memory", rows, p->size);
    p->f32 = bz_alloc(n, sizeof(float), err);
    if (!p->f32)
        return -1;
    for (size_t r = 0; r < rows; r++)
        for (size_t k = p->row_start[r]; k < p->row_start[r + 1]; k++)
            p->f32[r * p->size + p->index[k]] = p->value[k];
    bz_free(p->row_start);
    bz_free(p->index);
    bz_free(p->value);
    p->row_start = NULL;
    p->index = NULL;
    p->value = NULL;
    p->store = TRAIN_F32;
    return 0;
}

/* Deviations whose logarithms, with room to learn, a model file can hold; a constant column has 0. */
static const double least_deviation = 1e-15, most_deviation = 1e15;

static int check_deviation(const struct train_part *p, size_t i, double deviation, const char *path, struct bz_error *err)
{
    if (deviation == 0 || (deviation >= least_deviation && deviation <= most_deviation))
        return 0;
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: column %zu%s%.64s: its values deviate by %g from their mean; expected %g to %g, or none (take another "
                   "unit of measurement)",
                   path, i + 1, p->columns && p->columns[i][0] ? " of the numbers, " : " of the numbers",
                   p->columns ? p->columns[i] : "", deviation, least_deviation, most_deviation);
}

static int standardize(struct train_part *p, size_t rows, const char *path, const struct train_part *like, struct bz_error *err)
{
    if (make_dense(p, rows, err) < 0)
        return -1;
    double *mean = bz_alloc(p->size, sizeof(double), err), *deviation = bz_alloc(p->size, sizeof(double), err);
    if (!mean || !deviation) {
        bz_free(mean);
        bz_free(deviation);
        return -1;
    }
    if (like) {
        memcpy(mean, like->mean, p->size * sizeof(double));
        memcpy(deviation, like->deviation, p->size * sizeof(double));
    } else {
        train_part_moments(p, NULL, rows, mean, deviation);
        for (size_t i = 0; i < p->size; i++) {
            deviation[i] = sqrt(deviation[i]);
            if (check_deviation(p, i, deviation[i], path, err) < 0) {
                bz_free(mean);
                bz_free(deviation);
                return -1;
            }
            deviation[i] = deviation[i] > 0 ? deviation[i] : 1;
        }
    }
    p->mean = mean;
    p->deviation = deviation;
    return 0;
}

/* The layer of numbers: those columns that are not categories. */
static int make_numbers(struct train_data *d, struct train_table *t, const size_t *column, size_t size,
                        const struct train_part_request *q, const struct train_wanted *wanted, struct bz_error *err)
{
    struct train_part *p = &d->parts[d->n_parts++];
    snprintf(p->name, sizeof(p->name), "%s", wanted ? wanted->name : q->name);
    p->size = size;
    if (t->sparse && wanted && t->columns < wanted->size)
        p->size = wanted->size; /* the last words of a vocabulary may not occur */
    if (take_names(p, t, column, err) < 0)
        return -1;
    /* What is to be inferred is inferred from the numbers alone. */
    struct train_table numbers = *t;
    if (column) {
        if (take_values(p, t, column, err) < 0)
            return -1;
        numbers.f32 = p->f32;
        numbers.columns = size;
        numbers.categories = NULL;
    }
    if (set_unit(p, &numbers, q, wanted, err) < 0 || set_shape(p, t, q, err) < 0)
        return -1;
    if (!column)
        take_values(p, t, NULL, err);
    if (train_part_check(p, &numbers, column, q, wanted, err) < 0)
        return -1;
    bool as_before = wanted && wanted->like && wanted->like->mean;
    bool anew = !wanted && q->user->standardize && p->unit == BZ_GAUSSIAN;
    return as_before || anew ? standardize(p, t->rows, t->path, as_before ? wanted->like : NULL, err) : 0;
}

/* code[n]: which category of the layer each category of the column is; -1 = none. */
static int match_categories(const struct bz_categories *have, const struct train_wanted *wanted, long *code)
{
    for (size_t i = 0; i < have->n; i++)
        code[i] = wanted ? bz_categories_find(wanted->categories, wanted->n_categories, have->names[i]) : (long)i;
    return 0;
}

static int copy_categories(struct train_part *p, char *const *names, size_t n, struct bz_error *err)
{
    p->categories = bz_alloc(n, sizeof(char *), err);
    for (size_t i = 0; p->categories && i < n; i++, p->n_categories++)
        if (!(p->categories[i] = bz_strdup(names[i], err)))
            return -1;
    return p->categories ? 0 : -1;
}

/* One column of categories as one-hot sparse rows. */
static int fill_category(struct train_part *p, const struct train_table *t, size_t column, const long *code, bool gaps,
                         struct bz_error *err)
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
        float x = t->f32[r * t->columns + column];
        long category = isnan(x) ? -1 : code[(size_t)x];
        if (category < 0 && !isnan(x) && !gaps) {
            char text[96];
            return bz_fail(err, BZ_BAD_INPUT,
                           "%s: row %zu, %s: '%.64s' is none of the %zu categories of layer %s "
                           "(--missing infer takes it for unknown)",
                           t->path, train_table_row(t, r), train_table_column(t, column, text, sizeof(text)),
                           t->categories[column].names[(size_t)x], p->size, p->name);
        }
        p->absent[r] = category < 0;
        p->missing = p->missing || category < 0;
        if (category >= 0) {
            p->index[n] = (uint32_t)category;
            p->value[n++] = 1;
        }
        p->row_start[r + 1] = n;
    }
    if (!p->missing) {
        bz_free(p->absent);
        p->absent = NULL;
    }
    return 0;
}

static int make_category(struct train_data *d, const struct train_table *t, size_t column, const struct train_part_request *q,
                         const struct train_wanted *wanted, struct bz_error *err)
{
    const struct bz_categories *have = &t->categories[column];
    char name[BZ_NAME_ROOM];
    train_column_layer_name(t->names ? t->names[column] : NULL, t->column_origin ? t->column_origin[column] : column, name);
    struct train_part *p = &d->parts[d->n_parts++];
    snprintf(p->name, sizeof(p->name), "%s", wanted ? wanted->name : name);
    p->unit = BZ_SOFTMAX;
    p->groups = 1;
    p->scale = 1;
    p->size = wanted ? wanted->size : have->n;
    if (p->size < 2) {
        char text[96];
        if (t->rows == 1)
            return bz_fail(err, BZ_BAD_INPUT, "%s: its only row holds words ('%.64s' in %s): a header without rows below it?",
                           t->path, have->n ? have->names[0] : "", train_table_column(t, column, text, sizeof(text)));
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s has the same category in every row; leave it out (--exclude)", t->path,
                       train_table_column(t, column, text, sizeof(text)));
    }
    long *code = bz_alloc(have->n, sizeof(long), err);
    if (!code)
        return -1;
    match_categories(have, wanted, code);
    int rc = copy_categories(p, wanted ? wanted->categories : have->names, p->size, err);
    if (rc == 0)
        rc = fill_category(p, t, column, code, train_gaps_accepted(q->user), err);
    bz_free(code);
    return rc;
}

/* The wanted layer of categories for a column: by the layer's name, else the next one in order that has no namesake. */
static const struct train_wanted *wanted_category(const struct train_part_request *q, const struct train_table *t,
                                                  size_t column, size_t ordinal)
{
    char name[BZ_NAME_ROOM];
    train_column_layer_name(t->names ? t->names[column] : NULL, t->column_origin ? t->column_origin[column] : column, name);
    for (size_t i = 0; i < q->n_wanted; i++)
        if (q->wanted[i].categories && strcmp(q->wanted[i].name, name) == 0)
            return &q->wanted[i];
    for (size_t i = 0; !t->names && i < q->n_wanted; i++)
        if (q->wanted[i].categories && ordinal-- == 0)
            return &q->wanted[i];
    return NULL;
}

static const struct train_wanted *wanted_numbers(const struct train_part_request *q)
{
    for (size_t i = 0; i < q->n_wanted; i++)
        if (!q->wanted[i].categories)
            return &q->wanted[i];
    return NULL;
}

/* A table of numbers that are to be softmax units and are not one-hot: each column's different numbers are its categories. */
static int numbers_to_categories(struct train_table *t, struct bz_error *err)
{
    if (t->store == TRAIN_U8) {
        size_t n = t->rows * t->columns;
        t->f32 = bz_alloc(n, sizeof(float), err);
        if (!t->f32)
            return -1;
        for (size_t i = 0; i < n; i++)
            t->f32[i] = t->u8[i];
        bz_free(t->u8);
        t->u8 = NULL;
        t->store = TRAIN_F32;
    }
    if (!t->categories && !(t->categories = bz_alloc(t->columns, sizeof(*t->categories), err)))
        return -1;
    for (size_t j = 0; j < t->columns; j++) {
        struct bz_text_set set = {0};
        uint32_t *rank = NULL, number;
        char text[96];
        int rc = is_category(t, j) ? 1 : 0;
        for (size_t r = 0; rc == 0 && r < t->rows; r++) {
            float *x = &t->f32[r * t->columns + j];
            if (isnan(*x))
                continue;
            int length = snprintf(text, sizeof(text), "%.9g", (double)*x);
            rc = bz_text_set_add(&set, text, (size_t)length, MOST_CATEGORIES, &number, err);
            if (rc < 0)
                bz_fail_in(err, "%s: %s as softmax units", t->path, train_table_column(t, j, text, sizeof(text)));
            *x = (float)number;
        }
        if (rc == 0)
            rc = bz_text_set_sort(&set, &t->categories[j], &rank, err);
        for (size_t r = 0; rc == 0 && r < t->rows; r++)
            if (!isnan(t->f32[r * t->columns + j]))
                t->f32[r * t->columns + j] = (float)rank[(size_t)t->f32[r * t->columns + j]];
        bz_free(rank);
        bz_text_set_free(&set);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int refuse_leftover(const struct train_table *t, const struct train_part_request *q, size_t numbers, size_t column,
                           struct bz_error *err)
{
    char text[96];
    if (numbers > 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %zu columns of numbers, and no layer (%s) for them", t->path, numbers, q->name);
    return bz_fail(err, BZ_BAD_INPUT, "%s: %s holds categories, and no layer takes them; leave it out (--exclude)", t->path,
                   train_table_column(t, column, text, sizeof(text)));
}

/* Parts hold floats. */
static int round_values(struct train_table *t, struct bz_error *err)
{
    const size_t n = t->rows * t->columns;
    if (t->store != TRAIN_F64)
        return 0;
    t->f32 = bz_alloc(n, sizeof(float), err);
    if (!t->f32)
        return -1;
    for (size_t i = 0; i < n; i++)
        t->f32[i] = (float)t->f64[i];
    bz_free(t->f64);
    t->f64 = NULL;
    t->store = TRAIN_F32;
    return 0;
}

/* More parts, the ones that are there moved over. */
static int make_room(struct train_data *d, size_t more, struct bz_error *err)
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

int train_parts_make(struct train_data *d, struct train_table *t, const struct train_part_request *q, struct bz_error *err)
{
    size_t groups, *column = NULL, n_numbers = 0, ordinal = 0;
    int rc = -1;
    if (round_values(t, err) < 0)
        return -1;
    if (!q->wanted && q->unit && strcmp(q->unit, "softmax") == 0 && t->store != TRAIN_SPARSE && !t->categories &&
        !train_table_one_hot(t, &groups) && numbers_to_categories(t, err) < 0)
        return -1;
    if (t->categories) {
        column = bz_alloc(t->columns, sizeof(size_t), err);
        if (!column)
            return -1;
    }
    for (size_t j = 0; j < t->columns; j++) {
        if (column && !is_category(t, j))
            column[n_numbers] = j;
        n_numbers += !is_category(t, j);
    }
    if (make_room(d, t->columns - n_numbers + (n_numbers > 0), err) < 0)
        goto out;
    const struct train_wanted *wanted = wanted_numbers(q);
    if (n_numbers > 0 && q->wanted && !wanted) {
        refuse_leftover(t, q, n_numbers, 0, err);
        goto out;
    }
    if (!column && train_table_compact(t, err) < 0)
        goto out;
    if (n_numbers > 0 && make_numbers(d, t, column, n_numbers, q, wanted, err) < 0)
        goto out;
    for (size_t j = 0; column && j < t->columns; j++) {
        if (!is_category(t, j))
            continue;
        wanted = wanted_category(q, t, j, ordinal++);
        if (q->wanted && !wanted) {
            refuse_leftover(t, q, 0, j, err);
            goto out;
        }
        if (make_category(d, t, j, q, wanted, err) < 0)
            goto out;
    }
    rc = 0;
out:
    bz_free(column);
    return rc;
}
