/* Matches the columns of a file to those that a model remembers: by name if both have names, else by position. */
#include "mem.h"
#include "number_text.h"
#include "stop.h"
#include "text_reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool has_index(const struct bz_reader *r)
{
    for (size_t j = 0; j < r->n; j++)
        if (r->columns[j].role == BZ_USE_INDEX)
            return true;
    return false;
}

/* The model's index column is taken as its label column is, unless another was named for it. */
static int take(struct bz_reader *r, size_t j, size_t at, size_t within, struct bz_error *err)
{
    struct bz_reader_column *c = &r->columns[j];
    const struct bz_column *m = &r->o->columns->columns[at];
    char column[96];
    if (c->role != BZ_USE_INPUT && bz_column_is_input(m))
        return bz_fail(err, BZ_BAD_USAGE,
                       "--%s: %s of %s is an input of the model, which was trained on it; expected another column (gaps in it "
                       "are inferred: --missing infer)",
                       c->option ? c->option : "exclude", bz_reader_column_text(r, j, column, sizeof(column)), r->path);
    if (c->model && bz_column_is_input(c->model) && bz_column_is_input(m))
        return bz_fail(
            err, BZ_BAD_INPUT,
            "%s: two columns of the model are called '%.64s', of files that it was trained on together (%s and %s): by "
            "name nothing says which is meant",
            r->path, m->name, c->model->source, m->source);
    c->model = m;
    c->model_at = at;
    c->within = within;
    c->decided = true;
    c->kind = m->kind;
    if (m->kind == BZ_COLUMN_LABEL && r->o->labelled && c->role == BZ_USE_INPUT)
        return bz_reader_leave_out(r, j, "the model's labels, in place of which others are given (--labels)", err);
    if (m->kind == BZ_COLUMN_LABEL)
        c->role = c->role == BZ_USE_INPUT ? BZ_USE_LABEL : c->role;
    else if (m->kind == BZ_COLUMN_INDEX && c->role == BZ_USE_INPUT && !has_index(r))
        c->role = BZ_USE_INDEX;
    else if (!bz_column_is_input(m))
        c->role = c->role == BZ_USE_INPUT ? BZ_USE_LEFT_OUT : c->role;
    return 0;
}

/* The inputs of the model that have names, in names[room]. */
static const char *model_names(const struct bz_reader *r, char *names, size_t room)
{
    names[0] = 0;
    for (size_t i = 0, used = 0; i < r->o->columns->n && used + 60 < room; i++)
        if (r->o->columns->columns[i].name[0] && bz_column_is_input(&r->o->columns->columns[i]))
            used += (size_t)snprintf(names + used, room - used, "%s%.40s", used ? ", " : "", r->o->columns->columns[i].name);
    return names;
}

static int refuse_columns(const struct bz_reader *r, size_t found, size_t wanted, struct bz_error *err)
{
    char names[240];
    model_names(r, names, sizeof(names));
    return bz_fail(err, BZ_BAD_INPUT, "%s: found %zu columns%s, the model expects %zu%s%s%s", r->path, found,
                   r->t->layout.header ? "" : " without names", wanted, names[0] ? " (" : "", names, names[0] ? ")" : "");
}

/* Whether the first row holds nothing but numbers. */
static bool numbers_alone(const struct bz_reader *r)
{
    const struct bz_layout *l = &r->t->layout;
    struct bz_cell *cells = bz_alloc(r->n, sizeof(*cells), NULL);
    struct bz_cells c;
    size_t n = 0, line, numbers = 0;
    double x;
    bz_cells_start(&c, r->path, l->rows, (size_t)(l->end - l->rows), &l->dialect, l->line);
    if (cells && bz_cells_row(&c, cells, r->n, &n, &line, NULL) > 0)
        for (size_t j = 0; j < n && j < r->n; j++)
            numbers += bz_cell_kind(&cells[j], l->dialect.decimal, NULL, &x) == BZ_CELL_NUMBER;
    bz_cells_free(&c);
    bz_free(cells);
    return numbers == r->n;
}

static bool has_names(const struct bz_reader *r)
{
    for (size_t j = 0; j < r->n; j++)
        if (r->columns[j].name[0])
            return true;
    return false;
}

/* Names that count the columns, from 0 or 1, but in another order: what numpy's columns are called in a pandas table. */
static int check_numbers(const struct bz_reader *r, struct bz_error *err)
{
    bool ascending = true;
    double least = INFINITY, largest = -INFINITY, last = -INFINITY, x;
    size_t n = 0;
    for (size_t j = 0; j < r->n; j++) {
        if (r->columns[j].role != BZ_USE_INPUT)
            continue;
        if (bz_parse_number(r->columns[j].name, strlen(r->columns[j].name), &x) < 0 || x != floor(x))
            return 0;
        ascending = ascending && x > last;
        least = x < least ? x : least;
        largest = x > largest ? x : largest;
        last = x;
        n++;
    }
    if (ascending || (least != 0 && least != 1) || largest - least + 1 != (double)n)
        return 0;
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: the names of the columns are numbers in another order than the columns, and the model, which has no "
                   "names, goes by position; expected them in order",
                   r->path);
}

/* Only one side has names. */
static int say_position(struct bz_reader *r, struct bz_error *err)
{
    char names[240];
    if (bz_columns_named(r->o->columns))
        return bz_reader_say(r->t, err, "columns without names, taken in the model's order: %s",
                             model_names(r, names, sizeof(names)));
    if (!has_names(r))
        return 0;
    return check_numbers(r, err) < 0 ? -1
                                     : bz_reader_say(r->t, err, "the model has no names of columns: taken in the file's order");
}

/* The columns of the file by position: only the model's inputs, or all that training saw. */
static int by_position(struct bz_reader *r, struct bz_error *err)
{
    const struct bz_columns *t = r->o->columns;
    size_t found = 0, inputs = 0, all = 0, at = 0, within = 0, units = 0;
    if (r->o->by_name && bz_columns_named(t))
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: found no header, expected the names of the columns in the first line and rows in the lines below",
                       r->path);
    for (size_t j = 0; j < r->n; j++)
        found += r->columns[j].role == BZ_USE_INPUT;
    for (size_t i = 0; i < t->n; i++) {
        const struct bz_column *c = &t->columns[i];
        const size_t size = bz_column_width(c);
        inputs += bz_column_is_input(c) ? size : 0;
        all += size;
        units += bz_column_is_input(c) ? c->size : 0;
    }
    const bool whole = found == all && found == r->n && all != inputs;
    r->one_hot = found != inputs && found == units && found == r->n && (!whole || numbers_alone(r));
    if (r->one_hot)
        return 0;
    if (found != inputs && !whole)
        return refuse_columns(r, found, inputs, err);
    for (size_t j = 0; j < r->n; j++) {
        if (r->columns[j].role != BZ_USE_INPUT)
            continue;
        while (!whole && !bz_column_is_input(&t->columns[at]))
            at++;
        const struct bz_column *c = &t->columns[at];
        if (take(r, j, at, within, err) < 0)
            return -1;
        if (++within >= bz_column_width(c)) {
            within = 0;
            at++;
        }
    }
    return say_position(r, err);
}

/* Whether the first cell of a row is such a name: rows and columns have changed places. */
static bool names_a_row(const struct bz_reader *r, const char *name)
{
    enum { ROWS = 100000 };
    const struct bz_layout *l = &r->t->layout;
    struct bz_cell *cells = bz_alloc(r->n, sizeof(*cells), NULL);
    struct bz_cells c;
    size_t n, line;
    bool found = false;
    bz_cells_start(&c, r->path, l->rows, (size_t)(l->end - l->rows), &l->dialect, l->line);
    for (size_t i = 0; cells && !found && i < ROWS && bz_cells_row(&c, cells, r->n, &n, &line, NULL) > 0; i++)
        found = n > 0 && cells[0].length == strlen(name) && memcmp(cells[0].text, name, cells[0].length) == 0;
    bz_cells_free(&c);
    bz_free(cells);
    return found;
}

/* A column whose name differs in case alone, or NULL. */
static const char *spelled_otherwise(const struct bz_reader *r, const char *name)
{
    for (size_t j = 0; j < r->n; j++)
        if (strcasecmp(r->columns[j].name, name) == 0)
            return r->columns[j].name;
    return NULL;
}

static int refuse_missing(const struct bz_reader *r, const char *name, struct bz_error *err)
{
    char names[240] = "", own[240], hint[120] = "";
    for (size_t j = 0, used = 0; j < r->n && used + 60 < sizeof(names); j++)
        if (r->columns[j].name[0])
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.40s", used ? ", " : "", r->columns[j].name);
    if (!name)
        return bz_fail(err, BZ_BAD_INPUT, "%s: none of its columns (%s) is one of the model (%s)", r->path, names,
                       model_names(r, own, sizeof(own)));
    if (spelled_otherwise(r, name))
        snprintf(hint, sizeof(hint), "; '%.40s' differs in case (--header FILE gives names)", spelled_otherwise(r, name));
    else if (names_a_row(r, name))
        snprintf(hint, sizeof(hint), " (a row is called so: the wrong way round? --transpose turns the table)");
    return bz_fail(err, BZ_BAD_INPUT, "%s: there is no column '%.64s', which the model was trained on; found %s%s", r->path,
                   name, names, hint);
}

/* The column that is one of the model's, or -1: it has the same name, or, for a category layer of a model that remembers no
 * table, a name that yields the layer's. */
static long find_called(const struct bz_reader *r, const struct bz_column *c)
{
    char layer[BZ_NAME_ROOM];
    uint32_t number;
    if (bz_text_set_find(&r->names, c->name, strlen(c->name), &number) &&
        strcmp(r->columns[r->named[number]].name, c->name) == 0)
        return (long)r->named[number];
    for (size_t j = 0; c->kind == BZ_COLUMN_CATEGORY && strcmp(c->name, c->layer) == 0 && j < r->n; j++) {
        bz_column_layer_name(r->columns[j].name, j, layer);
        if (strcmp(layer, c->layer) == 0)
            return (long)j;
    }
    return -1;
}

/* Runs of nameless numbers take the remaining columns, in order. */
static int fill_runs(struct bz_reader *r, size_t *taken, struct bz_error *err)
{
    const struct bz_columns *t = r->o->columns;
    size_t j = 0, wanted = 0, found = 0;
    for (size_t i = 0; i < t->n; i++)
        wanted += bz_column_is_input(&t->columns[i]) && !t->columns[i].name[0] ? bz_column_width(&t->columns[i]) : 0;
    for (size_t k = 0; k < r->n; k++)
        found += !r->columns[k].model && r->columns[k].role == BZ_USE_INPUT;
    *taken = wanted;
    if (wanted == 0)
        return 0;
    if (found != wanted)
        return bz_fail(err, BZ_BAD_INPUT, "%s: found %zu columns besides those named as in the model, which expects %zu",
                       r->path, found, wanted);
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; bz_column_is_input(&t->columns[i]) && !t->columns[i].name[0] && k < bz_column_width(&t->columns[i]);
             k++) {
            while (r->columns[j].model || r->columns[j].role != BZ_USE_INPUT)
                j++;
            if (take(r, j, i, k, err) < 0)
                return -1;
        }
    return 0;
}

/* Columns of the file that the model does not know, in a sentence. */
static int say_ignored(struct bz_reader *r, struct bz_error *err)
{
    char names[300] = "", number[32];
    size_t used = 0, n = 0;
    for (size_t j = 0; j < r->n; j++) {
        if (r->columns[j].model || r->columns[j].role != BZ_USE_INPUT)
            continue;
        r->columns[j].role = BZ_USE_LEFT_OUT;
        n++;
        snprintf(number, sizeof(number), "column %zu", j + 1);
        if (used + 60 < sizeof(names))
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.40s", used ? ", " : "",
                                     r->columns[j].name[0] ? r->columns[j].name : number);
    }
    return n == 0 ? 0
                  : bz_reader_say(r->t, err, "ignored: %zu column%s that the model was not trained on: %s", n,
                                  n == 1 ? "" : "s", names);
}

static int by_name(struct bz_reader *r, struct bz_error *err)
{
    const struct bz_columns *t = r->o->columns;
    size_t inputs = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct bz_column *c = &t->columns[i];
        const long j = c->name[0] ? find_called(r, c) : -1;
        const bool found = j >= 0;
        if (found && take(r, (size_t)j, i, 0, err) < 0)
            return -1;
        if (bz_stopping())
            return bz_fail(err, BZ_INTERRUPTED, "%s: asked to stop", r->path);
        if (!found && bz_column_is_input(c) && c->name[0] && !r->o->some)
            return refuse_missing(r, c->name, err);
        inputs += found && bz_column_is_input(c);
    }
    size_t runs;
    if (r->o->some && inputs == 0)
        return refuse_missing(r, NULL, err);
    return fill_runs(r, &runs, err) < 0 ? -1 : say_ignored(r, err);
}

int bz_reader_match(struct bz_reader *r, struct bz_error *err)
{
    return has_names(r) && bz_columns_named(r->o->columns) ? by_name(r, err) : by_position(r, err);
}
