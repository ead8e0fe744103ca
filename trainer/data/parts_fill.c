/* Data for known layers: matches columns of a table to a model's, and makes parts of them. */
#include "mem.h"
#include "parts.h"
#include "unlike.h"

#include "exclusion.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- matching columns of tables that are not text --- */

/* All units individually, categories one-hot. */
static size_t count_units(const struct bz_columns *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        n += bz_column_is_input(&c->columns[i]) ? c->columns[i].size : 0;
    return n;
}

static int by_name(struct train_table *t, const struct bz_columns *c, bool some, struct bz_error *err)
{
    const char *lacking = NULL;
    size_t n = 0;
    for (size_t j = 0; j < t->columns; j++) {
        const char *name = t->names[j] ? t->names[j] : "";
        t->model[j] = (struct train_place){bz_columns_find(c, name, strlen(name)), 0};
    }
    for (size_t i = 0; i < c->n; i++) {
        bool found = !bz_column_is_input(&c->columns[i]);
        for (size_t j = 0; j < t->columns && !found; j++)
            n += found = t->model[j].column == (long)i;
        lacking = found || lacking ? lacking : c->columns[i].name;
    }
    if (lacking && !(some && n > 0))
        return bz_fail(err, BZ_BAD_INPUT, "%s: there is no column '%.64s', which the model was trained on", t->path, lacking);
    return 0;
}

static int by_position(struct train_table *t, const struct bz_columns *c, struct bz_error *err)
{
    const size_t inputs = bz_columns_inputs(c), units = count_units(c);
    const bool one_hot = t->columns != inputs && t->columns == units;
    /* The last words of a vocabulary may not occur in svmlight's rows, which do not say how many columns there are. */
    const bool short_rows = t->store == TRAIN_SPARSE && t->reading.base >= 0 && t->columns < inputs;
    if (t->columns != inputs && !one_hot && !short_rows)
        return bz_fail(err, BZ_BAD_INPUT, "%s: found %zu values per row, the model expects %zu%s", t->path, t->columns, inputs,
                       inputs != units ? " (or its units, categories one-hot)" : "");
    for (size_t j = 0, i = 0, within = 0; j < t->columns; j++) {
        while (!bz_column_is_input(&c->columns[i]))
            i++;
        t->model[j] = (struct train_place){(long)i, within};
        if (++within >= (one_hot ? c->columns[i].size : bz_column_width(&c->columns[i]))) {
            within = 0;
            i++;
        }
    }
    t->one_hot = one_hot;
    return !short_rows || one_hot ? 0
                                  : train_table_say(t, err, "the last %zu of the model's %zu columns occur in no row",
                                                    inputs - t->columns, inputs);
}

/* The model has names, the table none. */
static int say_position(struct train_table *t, const struct bz_columns *c, struct bz_error *err)
{
    char names[240] = "";
    for (size_t i = 0, used = 0; i < c->n && used + 60 < sizeof(names); i++)
        if (c->columns[i].name[0] && bz_column_is_input(&c->columns[i]))
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.40s", used ? ", " : "", c->columns[i].name);
    return names[0] ? train_table_say(t, err, "values without names, taken in the model's order: %s", names) : 0;
}

static int match_table(struct train_table *t, const struct bz_columns *columns, bool some, struct bz_error *err)
{
    if (t->model)
        return 0;
    t->model = bz_alloc(t->columns, sizeof(*t->model), err);
    if (!t->model)
        return -1;
    bool named = t->names != NULL;
    for (size_t i = 0; i < columns->n; i++)
        named = named && (columns->columns[i].name[0] || !bz_column_is_input(&columns->columns[i]));
    if (named)
        return by_name(t, columns, some, err);
    return by_position(t, columns, err) < 0 ? -1 : say_position(t, columns, err);
}

/* --- one layer --- */

/* The source of a part's values. */
struct filling {
    struct train_table *t;
    const struct bz_columns *columns;
    const struct train_data_options *user;
    const char *layer;
    size_t *of_unit; /* [size] column of the table behind each unit */
    size_t n_columns, n_categories;
    size_t category; /* the last column of categories */
    bool told;       /* that numbers are places in the model's list of words */
};

/* The index of a table's value among the categories of the model: by name, by value if they are numbers, else the value itself.
 */
static int category_codes(const struct filling *f, size_t j, const struct bz_column *c, long **code, size_t *n,
                          struct bz_error *err)
{
    const struct bz_categories *have = f->t->categories && f->t->categories[j].n > 0 ? &f->t->categories[j] : NULL;
    if (!have)
        return 0;
    *n = have->n;
    if (!(*code = bz_alloc(have->n, sizeof(long), err)))
        return -1;
    for (size_t k = 0; k < have->n; k++) {
        const struct bz_cell cell = {have->names[k], strlen(have->names[k]), false};
        (*code)[k] = bz_places_find(c->places, c->categories, c->n_categories, &cell);
    }
    return 0;
}

static bool categories_are_numbers(const struct bz_column *c)
{
    double x;
    for (size_t k = 0; k < c->n_categories; k++)
        if (bz_parse_number(c->categories[k], strlen(c->categories[k]), &x) < 0)
            return false;
    return true;
}

/* A number in a table as a category; -1 = none. */
static long number_as_category(const struct bz_column *c, double x, bool by_value)
{
    if (!by_value)
        return x >= 0 && x < (double)c->size && x == floor(x) ? (long)x : -1;
    for (size_t k = 0; k < c->n_categories; k++) {
        double value;
        if (bz_parse_number(c->categories[k], strlen(c->categories[k]), &value) == 0 && value == x)
            return (long)k;
    }
    return -1;
}

/* Another program may count the states of a sequence, or categories, in another order. */
static int say_places(struct filling *f, size_t j, const struct bz_column *c, struct bz_error *err)
{
    char list[128] = "", text[96];
    if (f->told)
        return 0;
    f->told = true;
    for (size_t k = 0, used = 0; k < c->n_categories && k < 3; k++)
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%zu = %.24s", k ? ", " : "", k, c->categories[k]);
    return train_table_say(f->t, err, "%s: numbers are places in the model's list of categories: %s%s",
                           train_table_column(f->t, j, text, sizeof(text)), list, c->n_categories > 3 ? " ..." : "");
}

/* The categories of a column of the table in place: t's values become places in the model's list. */
static int settle_categories(struct filling *f, size_t j, const struct bz_column *c, struct bz_error *err)
{
    struct train_table *t = f->t;
    long *code = NULL;
    size_t n = 0;
    if (t->text || t->one_hot)
        return 0; /* the reader has done so */
    if (category_codes(f, j, c, &code, &n, err) < 0 || train_table_doubles(t, err) < 0)
        return -1;
    const bool by_value = !code && categories_are_numbers(c);
    int rc = 0;
    for (size_t r = 0; rc == 0 && r < t->rows; r++) {
        double *x = &t->f64[r * t->columns + j];
        if (isnan(*x))
            continue;
        const long place = code ? code[(size_t)*x] : number_as_category(c, *x, by_value);
        char text[96];
        if (place < 0)
            rc = bz_fail(err, BZ_BAD_INPUT, "%s: row %zu, %s: '%.64s' (%g) is not one of the %zu categories of the model",
                         t->path, train_table_row(t, r), train_table_column(t, j, text, sizeof(text)),
                         code ? t->categories[j].names[(size_t)*x] : "", *x, c->n_categories);
        *x = (double)place;
    }
    if (rc == 0 && !code && !by_value)
        rc = say_places(f, j, c, err);
    bz_free(code);
    return rc;
}

/* Units of the part from the values of one row, NaN = missing. */
static void fill_row(const struct filling *f, const struct train_part *p, size_t row, float *out)
{
    for (size_t j = 0; j < f->t->columns; j++) {
        const struct bz_column *c = f->t->model[j].column < 0 ? NULL : &f->columns->columns[f->t->model[j].column];
        if (!c || !bz_column_is_input(c) || strcmp(c->layer, f->layer) != 0)
            continue;
        const double x = train_table_value(f->t, row, j);
        const size_t unit = c->unit + f->t->model[j].within;
        if (c->kind == BZ_COLUMN_CATEGORY && !f->t->one_hot)
            for (size_t k = 0; k < c->size; k++)
                out[c->unit + k] = isnan(x) ? NAN : k == (size_t)x;
        else
            out[unit] = p->mean ? (float)((x - p->mean[unit]) / p->deviation[unit]) : (float)x;
    }
}

static int fill_dense(const struct filling *f, struct train_part *p, struct bz_error *err)
{
    size_t cells;
    if (bz_mul(&cells, f->t->rows, p->size) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "%s: %zu rows x %zu units are more than can be addressed", f->t->path, f->t->rows,
                       p->size);
    p->store = TRAIN_F32;
    if (!(p->f32 = bz_alloc(cells, sizeof(float), err)))
        return -1;
    for (size_t i = 0; f->user->some_columns && i < cells; i++)
        p->f32[i] = NAN;
    for (size_t r = 0; r < f->t->rows; r++)
        fill_row(f, p, r, p->f32 + r * p->size);
    return 0;
}

/* Whether the table's columns are the layer's individual units. */
static bool is_whole(const struct filling *f, const struct train_part *p)
{
    if (f->n_columns != f->t->columns || f->n_categories > 0 || p->mean)
        return false;
    if (f->t->store != TRAIN_SPARSE && f->t->columns != p->size)
        return false;
    for (size_t j = 0; j < f->t->columns; j++)
        if (f->columns->columns[f->t->model[j].column].unit + f->t->model[j].within != j)
            return false;
    return true;
}

/* The layer's own properties: from the machine, or from the part that is like it. */
static int shape_part(struct train_part *p, const struct train_layers *layers, const char *layer, const struct bz_column *first,
                      struct bz_error *err)
{
    snprintf(p->name, sizeof(p->name), "%s", layer);
    p->scale = (float)first->scale;
    if (layers->machine) {
        const struct bz_layer *l = &layers->machine->layers[bz_machine_find(layers->machine, layer)];
        p->unit = l->unit;
        p->size = l->size;
        p->groups = l->groups;
        memcpy(p->shape, l->shape, sizeof(p->shape));
        p->rank = l->rank;
        return l->exclusion.group ? train_part_exclude(p, l->exclusion.group, l->size, err) : 0;
    }
    for (size_t i = 0; i < layers->like->n_parts; i++) {
        const struct train_part *like = &layers->like->parts[i];
        if (strcmp(like->name, layer) != 0)
            continue;
        p->unit = like->unit;
        p->size = like->size;
        p->groups = like->groups;
        if (like->group && train_part_exclude(p, like->group, like->size, err) < 0)
            return -1;
        p->scale = like->scale;
        memcpy(p->shape, like->shape, sizeof(p->shape));
        p->rank = like->rank;
        if (!like->mean)
            return 0;
        if (!(p->mean = bz_alloc(p->size, sizeof(double), err)) || !(p->deviation = bz_alloc(p->size, sizeof(double), err)))
            return -1;
        memcpy(p->mean, like->mean, p->size * sizeof(double));
        memcpy(p->deviation, like->deviation, p->size * sizeof(double));
        if (like->limit && !(p->limit = bz_alloc(p->size, sizeof(float), err)))
            return -1;
        if (like->limit)
            memcpy(p->limit, like->limit, p->size * sizeof(float));
        return 0;
    }
    return bz_fail(err, BZ_BAD_INPUT, "the training data have no layer '%s'", layer);
}

/* Which columns of the table are behind the units; categories in place. */
static int list_columns(struct filling *f, const struct train_part *p, struct bz_error *err)
{
    if (!(f->of_unit = bz_alloc(p->size, sizeof(size_t), err)))
        return -1;
    for (size_t j = 0; j < f->t->columns; j++) {
        const struct bz_column *c = f->t->model[j].column < 0 ? NULL : &f->columns->columns[f->t->model[j].column];
        if (!c || !bz_column_is_input(c) || strcmp(c->layer, f->layer) != 0)
            continue;
        f->n_columns++;
        const size_t n = c->kind == BZ_COLUMN_CATEGORY && !f->t->one_hot ? c->size : 1;
        for (size_t k = 0; k < n; k++)
            f->of_unit[c->unit + f->t->model[j].within + k] = j;
        if (c->kind != BZ_COLUMN_CATEGORY)
            continue;
        f->n_categories++;
        f->category = j;
        if (settle_categories(f, j, c, err) < 0)
            return -1;
    }
    return 0;
}

/* Only numbers in bernoulli layers are scaled. Nothing above 1 for a model of levels up to 255: bits, levels that have been
 * divided already, or nearly black pictures. */
static int check_levels(const struct filling *f, struct train_part *p, enum bz_column_kind kind, struct bz_error *err)
{
    const bool unknown = p->scale == 0; /* the model does not specify it */
    if (p->unit != BZ_BERNOULLI || kind != BZ_COLUMN_NUMBER) {
        p->scale = 1;
        return train_part_levels(p, f->t, err);
    }
    const struct train_range r = train_table_range(f->t, NULL, f->t->columns);
    if (f->t->levels && f->user->scale <= 0 && !unknown && p->scale != 1 && p->scale != 255)
        return bz_fail(
            err, BZ_BAD_INPUT,
            "%s: levels of pictures are divided by 255, but the model divides by %g: --scale %g says that theirs end "
            "there, too, --scale 255 that they do not",
            f->t->path, (double)p->scale, (double)p->scale);
    if (f->user->scale > 0 || f->t->levels || unknown)
        return train_part_scale(f->t, NULL, f->t->columns, &r, f->user, &p->scale, err);
    if (p->scale < 2)
        return 0;
    if (f->t->bits)
        p->scale = 1;
    else if (r.least >= 0 && r.largest > 0 && r.largest <= 1)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: only %s, but the model divides by %g: --scale 1 takes them as %s, --scale %g as levels", f->t->path,
                       r.whole ? "0 and 1" : "values up to 1", (double)p->scale, r.whole ? "bits" : "divided already",
                       (double)p->scale);
    enum { FEW_ROWS = 5, SHARE = 8 };
    if (p->scale >= 100 && f->t->rows >= FEW_ROWS && r.whole && r.largest > 1 && r.largest * SHARE <= (double)p->scale)
        return train_table_say(f->t, err,
                               "warning: no level is above %g, and the model divides by %g: if they end there, --scale %g says "
                               "so (its rows are nearly black otherwise)",
                               r.largest, (double)p->scale, r.largest);
    return 0;
}

static int fill_layer(struct train_data *d, struct filling *f, const struct train_layers *layers, const struct bz_column *first,
                      struct bz_error *err)
{
    struct train_part *p = &d->parts[d->n_parts++];
    f->layer = first->layer;
    if (shape_part(p, layers, first->layer, first, err) < 0 || list_columns(f, p, err) < 0 ||
        check_levels(f, p, first->kind, err) < 0)
        return -1;
    const bool category = first->kind == BZ_COLUMN_CATEGORY && first->size == p->size && f->n_categories == 1 && !f->t->one_hot;
    if (category)
        return bz_texts_copy(&p->categories, &p->n_categories, first->categories, first->n_categories, err) < 0
                   ? -1
                   : train_part_one_hot(p, f->t, f->category, NULL, err);
    double *mean = p->mean;
    if (mean && f->t->store == TRAIN_SPARSE && train_table_dense(f->t, p->size, err) < 0)
        return -1;
    if (is_whole(f, p) ? train_part_take(p, f->t, NULL, err) < 0 : fill_dense(f, p, err) < 0)
        return -1;
    return train_part_check(p, f->t, f->of_unit, f->user, err);
}

static bool has_columns_of(const struct train_table *t, const struct bz_columns *columns, const char *layer)
{
    for (size_t j = 0; j < t->columns; j++)
        if (t->model[j].column >= 0 && strcmp(columns->columns[t->model[j].column].layer, layer) == 0)
            return true;
    return false;
}

int train_parts_fill(struct train_data *d, struct train_table *t, const struct bz_columns *columns,
                     const struct train_layers *layers, const struct train_data_options *user, struct bz_error *err)
{
    if (match_table(t, columns, user->some_columns, err) < 0 || train_table_say_unlike(t, columns, user, err) < 0)
        return -1;
    d->gaps += t->gaps;
    for (size_t i = 0; i < columns->n; i++) {
        const struct bz_column *c = &columns->columns[i];
        bool seen = !bz_column_is_input(c);
        for (size_t k = 0; k < d->n_parts && !seen; k++)
            seen = strcmp(d->parts[k].name, c->layer) == 0;
        if (seen || (user->some_columns && !has_columns_of(t, columns, c->layer)))
            continue;
        struct filling f = {.t = t, .columns = columns, .user = user};
        const int rc = train_parts_room(d, 1, err) < 0 ? -1 : fill_layer(d, &f, layers, c, err);
        bz_free(f.of_unit);
        if (rc < 0)
            return -1;
    }
    return 0;
}
