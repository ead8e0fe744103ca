#include "parts.h"

#include "mem.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_category(const struct train_table *t, size_t column)
{
    return t->categories && t->categories[column].n > 0;
}

static bool is_boolean(const struct train_table *t, size_t column)
{
    return t->boolean && t->boolean[column];
}

/* Columns of a table by their kind. */
struct division {
    size_t *numbers, *booleans; /* [n_numbers], [n_booleans] */
    size_t n_numbers, n_booleans, n_categories;
    size_t *part_of, *unit_of; /* [columns] where each is */
};

/* --- unit types --- */

/* Names like pixel0, p1, 1x1 or 17: of values of one kind, in order. */
static bool names_are_numbered(const struct train_table *t)
{
    for (size_t j = 0; t->names && j < t->columns; j++) {
        const char *name = t->names[j] ? t->names[j] : "";
        const size_t n = strlen(name);
        if (n > 0 && (name[n - 1] < '0' || name[n - 1] > '9'))
            return false;
    }
    return true;
}

/* Grey levels: pictures by their format, or whole numbers whose largest is 128 to 255. In a table with real names such numbers
 * are ages and pressures. */
static bool are_grey_levels(const struct train_table *t, const struct train_range *r)
{
    if (!r->whole || r->least < 0 || r->largest > 255 || r->largest <= 1)
        return false;
    if (t->rank > 0)
        return t->bytes || r->largest >= 128;
    if (t->text && t->names)
        return r->least == 0 && r->largest == 255 && names_are_numbered(t);
    return r->largest >= 128;
}

/* An array [rows, positions, states] whose every position holds one state. */
static bool are_states(const struct train_table *t)
{
    size_t groups;
    return t->rank == 2 && !t->levels && t->shape[0] > 1 && t->shape[1] > 1 && t->rows > 1 && train_table_one_hot(t, &groups) &&
           groups == t->shape[0];
}

/* Grey levels from -1 to 1: many at the ends, as paper and ink are, unlike in measurements; and some between -1 and 0, unlike
 * where -1 stands for a gap in numbers from 0 to 1. */
static bool are_grey_spins(const struct train_range *r)
{
    return r->least == -1 && r->largest > 0 && r->largest <= 1 && 10 * r->ends >= r->n && 100 * r->below >= r->n;
}

/* The unit type that suits numbers when the user does not say. */
static enum bz_unit infer_unit(const struct train_table *t, const struct train_range *r, const struct train_part_request *q)
{
    const bool picture = q->shape || t->rank > 0 || !t->text;
    if (t->levels || t->bits || (r->whole && r->least >= 0 && r->largest <= 1))
        return BZ_BERNOULLI;
    if (r->spins && r->n > 0)
        return BZ_SPIN;
    if (q->user->scale > 0 && !*q->source && r->n > 0 && r->least >= 0) /* the user says that they are levels */
        return BZ_BERNOULLI;
    if (t->sparse)
        return r->whole && r->least >= 0 ? BZ_MULTINOMIAL : BZ_GAUSSIAN;
    if (are_grey_levels(t, r))
        return BZ_BERNOULLI;
    if (picture && are_grey_spins(r))
        return BZ_SPIN;
    return picture && r->least >= 0 && r->largest <= 1 ? BZ_BERNOULLI : BZ_GAUSSIAN;
}

/* Columns of nothing but 0 and 1 beside real numbers, which may be truth values. */
static int say_bits(struct train_data *d, const struct train_table *t, const size_t *column, size_t n, struct bz_error *err)
{
    char names[200] = "";
    size_t bits = 0, used = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t j = column ? column[i] : i;
        const struct train_range r = train_table_range(t, &j, 1);
        if (!r.whole || r.least != 0 || r.largest != 1)
            continue;
        if (used + 72 < sizeof(names)) {
            char text[96];
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.64s", bits ? ", " : "",
                                     train_table_column(t, j, text, sizeof(text)));
        }
        bits++;
    }
    return bits == 0 ? 0
                     : train_data_say(
                           d, err,
                           "%s: %zu of the columns taken as real numbers hold%s 0 and 1 only (%s%s): as true and false they "
                           "are truth values, with --categorical categories",
                           t->path, bits, bits == 1 ? "s" : "", names, used + 72 < sizeof(names) ? "" : " ...");
}

/* A remark on what else numbers might be. */
static int say_other_ways(struct train_data *d, const struct train_table *t, const struct train_part *p,
                          const struct train_range *r, struct bz_error *err)
{
    if (p->unit == BZ_GAUSSIAN && r->whole && r->least >= 0 && r->n > 0 && !t->text)
        return train_data_say(d, err,
                              "%s: whole numbers from %g to %g are taken as real ones (gaussian); --categorical says that they "
                              "are codes, --visible-unit multinomial counts, --visible-unit bernoulli --scale %g levels",
                              t->path, r->least, r->largest, r->largest);
    if (p->unit == BZ_SPIN && !p->unit_asked && !r->spins)
        return train_data_say(d, err,
                              "%s: numbers from -1 to 1, many at the ends, are taken as grey levels (spin); as real ones with "
                              "--visible-unit gaussian",
                              t->path);
    return 0;
}

static int set_unit(struct train_part *p, const struct train_table *t, const struct train_range *r,
                    const struct train_part_request *q, struct bz_error *err)
{
    p->groups = 1;
    p->unit_asked = q->unit != NULL;
    if (!q->unit) {
        p->unit = are_states(t) ? BZ_SOFTMAX : infer_unit(t, r, q);
        p->groups = p->unit == BZ_SOFTMAX ? t->shape[0] : 1;
        return 0;
    }
    int unit = bz_unit_from_name(q->unit);
    char names[128];
    bz_unit_names(names, sizeof(names), true, true);
    if (unit == BZ_EXCLUSIVE)
        return bz_fail(err, BZ_BAD_USAGE,
                       "--visible-unit exclusive: columns of bits that exclude each other are found automatically; leave the "
                       "unit type out");
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
    p->rank = p->size == t->columns ? t->rank : 0;
    if (!q->shape)
        return 0;
    size_t units = 1;
    const char *s = q->shape;
    for (p->rank = 0;; s++) {
        char *end;
        unsigned long long side = *s >= '0' && *s <= '9' ? strtoull(s, &end, 10) : 0;
        if (side == 0 || p->rank == BZ_MAX_RANK || bz_mul(&units, units, side) < 0 || (*end != 'x' && *end != 0))
            return bz_fail(err, BZ_BAD_USAGE, "--shape: expected HxW, such as 28x28, found '%.64s'", q->shape);
        p->shape[p->rank++] = side;
        s = end;
        if (*s == 0)
            break;
    }
    if (units != p->size)
        return bz_fail(err, BZ_BAD_USAGE, "--shape: %s is %zu units, %s has %zu values per row", q->shape, units, t->path,
                       p->size);
    return 0;
}

static int take_names(struct train_part *p, const struct train_table *t, const size_t *column, struct bz_error *err)
{
    if (!t->names)
        return 0;
    p->columns = bz_alloc(p->size, sizeof(char *), err);
    for (; p->columns && p->n_columns < p->size; p->n_columns++) {
        const char *name = t->names[column ? column[p->n_columns] : p->n_columns];
        if (!(p->columns[p->n_columns] = bz_strdup(name ? name : "", err)))
            return -1;
    }
    return p->columns ? 0 : -1;
}

/* --- layers of numbers and of truth values --- */

/* Pictures of bytes that do not come near 255 may be of 2 to 6 bits, as 8x8 digits of 0 to 16 are: divided by 255 they are
 * nearly black throughout. */
static int say_depth(struct train_data *d, const struct train_table *t, const struct train_part *p, const struct train_range *r,
                     const struct train_part_request *q, struct bz_error *err)
{
    const double deepest = 64;
    double full = 2;
    if (q->user->scale > 0 || t->levels || p->scale != 255 || r->largest > deepest)
        return 0;
    while (full < r->largest)
        full *= 2;
    return train_data_say(
        d, err,
        "%s: the largest byte is %g, and all are divided by 255, as pictures of bytes are: if levels end at %g, "
        "--scale %g learns far more from them",
        t->path, r->largest, full == r->largest ? full : full - 1, full == r->largest ? full : full - 1);
}

/* The variance of levels, of what their means would allow 0/1 values, in the first rows. */
static double contrast(const struct train_table *t, const size_t *column, size_t size, double scale)
{
    enum { ENOUGH = 1000 };
    const size_t rows = t->rows < ENOUGH ? t->rows : ENOUGH;
    double varies = 0, allowed = 0;
    for (size_t i = 0; i < size; i++) {
        double n = 0, sum = 0, squares = 0;
        for (size_t r = 0; r < rows; r++) {
            const double x = train_table_value(t, r, column ? column[i] : i) / scale;
            if (isnan(x))
                continue;
            n++;
            sum += x;
            squares += x * x;
        }
        const double mean = n > 0 ? sum / n : 0;
        varies += n > 0 ? squares / n - mean * mean : 0;
        allowed += mean * (1 - mean);
    }
    return allowed > 0 ? varies / allowed : 1;
}

/* Where levels hardly vary, 0/1 draws of them are noise: real units see what is in them. */
static int say_contrast(struct train_data *d, const struct train_table *t, const size_t *column, const struct train_part *p,
                        struct bz_error *err)
{
    enum { FEWEST = 100 };
    const double least = 0.1;
    if (p->unit != BZ_BERNOULLI || p->unit_asked || p->scale < 2 || t->rows < FEWEST)
        return 0;
    const double share = contrast(t, column, p->size, p->scale);
    return share >= least
               ? 0
               : train_data_say(
                     d, err,
                     "%s: levels vary little, %.1f %% of the variance of 0/1 pixels with their means: --visible-unit "
                     "gaussian learns such rows better",
                     t->path, 100 * share);
}

static int say_tails(struct train_data *d, const struct train_part *p, size_t n, const char *what, double clip,
                     struct bz_error *err)
{
    return n == 0 ? 0
                  : train_data_say(d, err, "%s: %zu of %zu columns %s up to %g deviations (--clip)", p->name, n, p->size, what,
                                   clip);
}

/* column NULL = all of the table's. */
static int make_numbers(struct train_data *d, struct train_table *t, const size_t *column, size_t size,
                        const struct train_part_request *q, struct bz_error *err)
{
    struct train_part *p = &d->parts[d->n_parts++];
    struct train_range range = train_table_range(t, column, size);
    snprintf(p->name, sizeof(p->name), "%s", q->name);
    p->size = size;
    p->scale = 1;
    if (take_names(p, t, column, err) < 0 || set_unit(p, t, &range, q, err) < 0 || set_shape(p, t, q, err) < 0 ||
        train_part_levels(p, t, err) < 0)
        return -1;
    range = train_table_range(t, column, size);
    const size_t said = d->n_said;
    if (p->unit == BZ_BERNOULLI &&
        (train_part_scale(t, column, size, &range, q->user, &p->scale, err) < 0 || say_depth(d, t, p, &range, q, err) < 0))
        return -1;
    if (d->n_said == said && say_contrast(d, t, column, p, err) < 0) /* dark pictures vary little, for a reason already told */
        return -1;
    if (p->unit == BZ_GAUSSIAN && t->text && say_bits(d, t, column, size, err) < 0)
        return -1;
    if (say_other_ways(d, t, p, &range, err) < 0 || train_part_take(p, t, column, err) < 0 ||
        train_part_check(p, t, column, q->user, err) < 0)
        return -1;
    const double clip = q->user->clip;
    struct train_tails tails;
    if (!q->user->standardize || p->unit != BZ_GAUSSIAN)
        return 0;
    if (train_part_standardize(p, t, column, clip, &tails, err) < 0 ||
        say_tails(d, p, tails.rescaled, "have heavy tails: standardised by their quartiles, learned", clip, err) < 0)
        return -1;
    return say_tails(d, p, tails.clipped, "hardly vary: learned", clip, err);
}

/* Truth values beside numbers that are none. */
static int make_booleans(struct train_data *d, struct train_table *t, const size_t *column, size_t size,
                         const struct train_part_request *q, struct bz_error *err)
{
    struct train_part *p = &d->parts[d->n_parts++];
    snprintf(p->name, sizeof(p->name), "%s", q->source[0] ? q->source : "flags");
    if (q->source[0]) {
        const size_t n = strlen(p->name);
        snprintf(p->name + n, sizeof(p->name) - n, "-flags");
    }
    p->size = size;
    p->unit = BZ_BERNOULLI;
    p->groups = 1;
    p->scale = 1;
    return take_names(p, t, column, err) < 0 || train_part_take(p, t, column, err) < 0 ||
                   train_part_check(p, t, column, q->user, err) < 0
               ? -1
               : 0;
}

/* --- layers of categories --- */

static int copy_categories(struct train_part *p, char *const *names, size_t n, struct bz_error *err)
{
    p->categories = bz_alloc(n, sizeof(char *), err);
    for (; p->categories && p->n_categories < n; p->n_categories++)
        if (!(p->categories[p->n_categories] = bz_strdup(names[p->n_categories], err)))
            return -1;
    return p->categories ? 0 : -1;
}

static int make_category(struct train_data *d, const struct train_table *t, size_t column, struct bz_error *err)
{
    const struct bz_categories *have = &t->categories[column];
    struct train_part *p = &d->parts[d->n_parts++];
    bz_column_layer_name(t->names ? t->names[column] : NULL, t->column_origin ? t->column_origin[column] : column, p->name);
    p->unit = BZ_SOFTMAX;
    p->groups = 1;
    p->scale = 1;
    p->size = have->n;
    if (p->size < 2) {
        char text[96];
        if (t->rows == 1)
            return bz_fail(err, BZ_BAD_INPUT, "%s: its only row holds words ('%.64s' in %s): a header without rows below it?",
                           t->path, have->n ? have->names[0] : "", train_table_column(t, column, text, sizeof(text)));
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s has the same category in every row; leave it out (--exclude)", t->path,
                       train_table_column(t, column, text, sizeof(text)));
    }
    return copy_categories(p, have->names, p->size, err) < 0 ? -1 : train_part_one_hot(p, t, column, NULL, err);
}

/* One softmax layer of a group a column: an alignment. */
static int make_alphabet(struct train_data *d, const struct train_table *t, const struct train_part_request *q,
                         struct bz_error *err)
{
    struct train_part *p = &d->parts[d->n_parts++];
    const size_t states = t->categories[0].n;
    size_t cells;
    snprintf(p->name, sizeof(p->name), "%s", q->name);
    p->unit = BZ_SOFTMAX;
    p->groups = t->columns;
    p->scale = 1;
    p->store = TRAIN_F32;
    if (bz_mul(&p->size, states, t->columns) < 0 || p->size > BZ_MAX_UNITS || bz_mul(&cells, p->size, t->rows) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "%s: %zu positions of %zu states, at most %zu units are accepted", t->path,
                       t->columns, states, (size_t)BZ_MAX_UNITS);
    if (!(p->f32 = bz_alloc(cells, sizeof(float), err)))
        return -1;
    for (size_t r = 0; r < t->rows; r++)
        for (size_t j = 0; j < t->columns; j++) {
            const double x = train_table_value(t, r, j);
            float *group = p->f32 + r * p->size + j * states;
            for (size_t k = 0; k < states; k++)
                group[k] = isnan(x) ? NAN : k == (size_t)x;
        }
    return train_part_check(p, t, NULL, q->user, err);
}

/* --- a whole table --- */

/* --categorical of files that are not text: the columns by number or name. */
static int mark_categories(struct train_table *t, const struct bz_list *list, struct bz_error *err)
{
    for (size_t i = 0; i < list->n && !t->text; i++)
        for (const char *p = list->items[i];; p++) {
            const size_t length = strcspn(p, ",");
            double x;
            size_t column = t->columns;
            for (size_t j = 0; t->names && j < t->columns; j++)
                if (t->names[j] && strlen(t->names[j]) == length && memcmp(t->names[j], p, length) == 0)
                    column = j;
            if (column == t->columns && bz_parse_number(p, length, &x) == 0 && x >= 1 && x <= (double)t->columns &&
                x == floor(x))
                column = (size_t)x - 1;
            if (column == t->columns)
                return bz_fail(err, BZ_BAD_USAGE, "--categorical: %s has no column '%.*s'; it has %zu (count from 1)", t->path,
                               (int)(length < 64 ? length : 64), p, t->columns);
            if (!is_category(t, column) && train_numbers_to_categories(t, &column, 1, err) < 0)
                return -1;
            p += length;
            if (*p == 0)
                break;
        }
    return 0;
}

static void divide(const struct train_table *t, struct division *v)
{
    for (size_t j = 0; j < t->columns; j++) {
        if (is_category(t, j))
            v->n_categories++;
        else if (is_boolean(t, j))
            v->booleans[v->n_booleans++] = j;
        else
            v->numbers[v->n_numbers++] = j;
    }
    /* Truth values alone, or beside bits, are one layer with them. */
    const struct train_range r = train_table_range(t, v->numbers, v->n_numbers);
    if (v->n_booleans > 0 && (v->n_numbers == 0 || (r.whole && r.least >= 0 && r.largest <= 1))) {
        v->n_numbers = v->n_booleans = 0;
        for (size_t j = 0; j < t->columns; j++)
            if (!is_category(t, j))
                v->numbers[v->n_numbers++] = j;
    }
}

static void place(struct division *v, const size_t *column, size_t n, size_t part)
{
    for (size_t i = 0; i < n; i++) {
        v->part_of[column[i]] = part;
        v->unit_of[column[i]] = i;
    }
}

static int make_all(struct train_data *d, struct train_table *t, const struct train_part_request *q, struct division *v,
                    struct bz_error *err)
{
    const bool all = v->n_numbers == t->columns;
    place(v, v->numbers, v->n_numbers, d->n_parts);
    if (v->n_numbers > 0 && make_numbers(d, t, all ? NULL : v->numbers, v->n_numbers, q, err) < 0)
        return -1;
    place(v, v->booleans, v->n_booleans, d->n_parts);
    if (v->n_booleans > 0 && make_booleans(d, t, v->booleans, v->n_booleans, q, err) < 0)
        return -1;
    for (size_t j = 0; j < t->columns; j++) {
        if (!is_category(t, j))
            continue;
        v->part_of[j] = d->n_parts;
        v->unit_of[j] = 0;
        if (make_category(d, t, j, err) < 0)
            return -1;
    }
    return 0;
}

int train_parts_settle(struct train_table *t, const struct train_part_request *q, struct bz_error *err)
{
    size_t groups;
    if (q->user->groups && !train_groups_word(q->user->groups) && train_table_groups(t, q->user->groups, err) < 0)
        return -1;
    if (t->one_alphabet)
        return 0;
    if (mark_categories(t, &q->user->categorical, err) < 0)
        return -1;
    if (!q->unit || strcmp(q->unit, "bernoulli") == 0)
        return train_table_hint_groups(t, q->unit != NULL, err);
    if (strcmp(q->unit, "softmax") != 0 || t->store == TRAIN_SPARSE || t->categories || train_table_one_hot(t, &groups))
        return 0;
    if (train_table_find_groups(t, err) < 0)
        return -1;
    return t->categories ? 0 : train_numbers_to_categories(t, NULL, t->columns, err);
}

int train_parts_make(struct train_data *d, struct train_table *t, const struct train_part_request *q, struct bz_error *err)
{
    struct division v = {0};
    int rc = -1;
    if (t->one_alphabet && (train_parts_room(d, 1, err) < 0 || make_alphabet(d, t, q, err) < 0))
        return -1;
    v.numbers = bz_alloc(t->columns, sizeof(size_t), err);
    v.booleans = bz_alloc(t->columns, sizeof(size_t), err);
    v.part_of = bz_alloc(t->columns, sizeof(size_t), err);
    v.unit_of = bz_alloc(t->columns, sizeof(size_t), err);
    if (!v.numbers || !v.booleans || !v.part_of || !v.unit_of)
        goto out;
    if (t->one_alphabet) {
        for (size_t j = 0; j < t->columns; j++) {
            v.part_of[j] = d->n_parts - 1;
            v.unit_of[j] = j * t->categories[0].n;
        }
        rc = 0;
    } else {
        divide(t, &v);
        if (train_parts_room(d, v.n_categories + (v.n_numbers > 0) + (v.n_booleans > 0), err) == 0)
            rc = make_all(d, t, q, &v, err);
    }
    if (rc == 0)
        rc = train_remember(d, t, v.part_of, v.unit_of, q->source, err);
out:
    bz_free_all(v.numbers, v.booleans, v.part_of, v.unit_of);
    return rc;
}
