/* The second pass over a table's rows: cells become values. */
#include "mem.h"
#include "text_reader.h"
#include "utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- room --- */

/* Inputs in the order of the file, or of the model. */
static void number_slots(struct bz_reader *r)
{
    size_t slot = 0;
    if (!r->o->columns || r->one_hot) {
        for (size_t j = 0; j < r->n; j++)
            if (r->columns[j].role == BZ_USE_INPUT)
                r->columns[j].slot = slot++;
        r->t->columns = slot;
        return;
    }
    for (size_t i = 0; i < r->o->columns->n; i++) {
        size_t here = 0;
        for (size_t j = 0; j < r->n; j++)
            if (r->columns[j].role == BZ_USE_INPUT && r->columns[j].model == &r->o->columns->columns[i]) {
                r->columns[j].slot = slot + r->columns[j].within;
                here++;
            }
        slot += here;
    }
    r->t->columns = slot;
}

static int describe_columns(struct bz_reader *r, struct bz_error *err)
{
    struct bz_text_table *t = r->t;
    t->column = bz_alloc(t->columns, sizeof(*t->column), err);
    if (!t->column)
        return -1;
    for (size_t j = 0; j < r->n; j++) {
        struct bz_reader_column *c = &r->columns[j];
        if (c->role == BZ_USE_INPUT) {
            struct bz_text_column *out = &t->column[c->slot];
            *out = (struct bz_text_column){.name = bz_strdup(c->name, err),
                                           .origin = j,
                                           .kind = c->kind,
                                           .model = c->model ? (long)c->model_at : -1,
                                           .within = c->within,
                                           .whole = c->whole && c->count[BZ_CELL_NUMBER] > 0,
                                           .least = c->least,
                                           .largest = c->largest};
            if (!out->name)
                return -1;
        } else if (c->role == BZ_USE_LABEL || c->role == BZ_USE_INDEX) {
            char **name = c->role == BZ_USE_LABEL ? &t->label_name : &t->index_name;
            if (!(*name = bz_strdup(c->name, err)))
                return -1;
            t->label_origin = c->role == BZ_USE_LABEL ? j : t->label_origin;
        }
    }
    return 0;
}

static int make_room(struct bz_reader *r, struct bz_error *err)
{
    struct bz_text_table *t = r->t;
    size_t cells;
    number_slots(r);
    if (bz_mul(&cells, t->rows, t->columns) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "%s: %zu rows x %zu columns are more than can be addressed", r->path, t->rows,
                       t->columns);
    t->values = bz_alloc(cells, sizeof(double), err);
    if (!t->values || describe_columns(r, err) < 0)
        return -1;
    if (t->label_name && !(t->labels = bz_alloc(t->rows, sizeof(long), err)))
        return -1;
    if (t->index_name && !(t->ids = bz_alloc(t->rows, sizeof(char *), err)))
        return -1;
    if (t->rows < t->file_rows && !(t->origin = bz_alloc(t->rows, sizeof(size_t), err)))
        return -1;
    t->rows = 0; /* counted again as they are filled */
    return 0;
}

/* --- cells --- */

static int refuse_gap(const struct bz_reader *r, const struct bz_place *at, const struct bz_cell *cell, struct bz_error *err)
{
    char column[96];
    if (cell->length > 0)
        return bz_reader_refuse(r, at, cell, "stands for a missing value; expected a value (--missing infer accepts gaps)",
                                err);
    return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu (line %zu), %s: empty cell; expected a value (--missing infer accepts gaps)",
                   r->path, at->row, at->line, bz_reader_column_text(r, at->column, column, sizeof(column)));
}

static int take_category(struct bz_reader *r, struct bz_reader_column *c, const struct bz_place *at, size_t most,
                         const struct bz_cell *cell, double *out, struct bz_error *err)
{
    char text[96], canonical[4096];
    struct bz_error why;
    uint32_t number;
    if (memchr(cell->text, 0, cell->length))
        return bz_reader_refuse(r, at, cell, "holds a 0 byte", err);
    if (!bz_is_utf8(cell->text, cell->length))
        return bz_reader_refuse(r, at, cell,
                                "is not UTF-8, as the name of a category must be (iconv -f latin1 -t utf8 may help)", err);
    const size_t length = bz_category_text(cell, canonical, sizeof(canonical));
    const bool whole = length < sizeof(canonical);
    if (bz_text_set_add(&c->words, whole ? canonical : cell->text, whole ? length : cell->length, most, &number, &why) == 0) {
        *out = number;
        return 0;
    }
    if (why.code != BZ_TOO_LARGE)
        return bz_fail(err, why.code, "%s: %s", r->path, why.msg);
    return bz_fail(err, BZ_TOO_LARGE, "%s: row %zu: %s has %s; if it is not a category, leave it out (--exclude)", r->path,
                   at->row, bz_reader_column_text(r, at->column, text, sizeof(text)), why.msg);
}

/* Whether the first row may hold a second line of names: words in all columns of numbers, and this one in no other row. */
static bool may_be_names(const struct bz_reader *r, const struct bz_reader_column *c)
{
    for (size_t j = 0; j < r->n; j++) {
        const struct bz_reader_column *other = &r->columns[j];
        const bool number = other->role == BZ_USE_INPUT && other->kind == BZ_COLUMN_NUMBER && !other->decided;
        if (number && other->begins == BZ_CELL_NUMBER)
            return false;
    }
    return c->as_first <= 1;
}

/* A cell of a column whose kind was inferred. */
static int take_found(struct bz_reader *r, struct bz_reader_column *c, const struct bz_place *at, const struct bz_cell *cell,
                      double *out, struct bz_error *err)
{
    double x = NAN;
    char what[480], second[180] = "", name[32] = "";
    const enum bz_cell_kind kind =
        bz_cell_kind(cell, r->t->layout.dialect.decimal, r->o->gap_words.n ? &r->o->gap_words : NULL, &x);
    *out = NAN;
    if (kind == BZ_CELL_GAP || (kind == BZ_CELL_GAP_OR_WORD && c->kind != BZ_COLUMN_CATEGORY))
        return r->o->gaps ? 0 : refuse_gap(r, at, cell, err);
    if (c->kind == BZ_COLUMN_CATEGORY)
        return take_category(r, c, at, BZ_MOST_CATEGORIES, cell, out, err);
    if (kind == BZ_CELL_NUMBER || (c->kind == BZ_COLUMN_BOOLEAN && kind == BZ_CELL_TRUTH)) {
        *out = x;
        return 0;
    }
    snprintf(name, sizeof(name), "%zu", at->column + 1);
    if (kind == BZ_CELL_WORD || kind == BZ_CELL_TRUTH || kind == BZ_CELL_TIME) {
        if (at->row == 1 && r->t->layout.header && may_be_names(r, c))
            snprintf(second, sizeof(second), "; is this a second line of names? --where '%.64s!=%.*s' leaves it out",
                     c->name[0] ? c->name : name, (int)(cell->length < 40 ? cell->length : 40), cell->text);
        snprintf(what, sizeof(what),
                 "%s; most values of the column are numbers%s (for a gap: --na-values; for categories: --categorical %.64s)",
                 bz_cell_kind_text(kind),
                 at->row > 1           ? ""
                 : r->t->layout.header ? second
                                       : "; is this a line of names? --header first says so",
                 c->name[0] ? c->name : name);
    } else
        snprintf(what, sizeof(what), "%s; expected a plain number%s%s%.64s%s", bz_cell_kind_text(kind),
                 kind == BZ_CELL_OTHER_DECIMAL ? " (--decimal says which)" : "",
                 kind == BZ_CELL_DRESSED ? " (for categories: --categorical " : "",
                 kind != BZ_CELL_DRESSED ? ""
                 : c->name[0]            ? c->name
                                         : name,
                 kind == BZ_CELL_DRESSED ? ")" : "");
    return bz_reader_refuse(r, at, cell, what, err);
}

/* What a word in place of a number or truth value may be: the column's own name, again or for the second time. */
static const char *name_hint(const struct bz_reader *r, const struct bz_place *at, const struct bz_cell *cell, char *hint,
                             size_t room)
{
    const struct bz_reader_column *c = &r->columns[at->column];
    const bool again = c->name[0] && strlen(c->name) == cell->length && memcmp(c->name, cell->text, cell->length) == 0;
    hint[0] = 0;
    if (again || (at->row == 1 && r->t->layout.header && c->name[0] && bz_reader_names_go_on(r)))
        snprintf(hint, room, " (%s? --where '%.64s!=%.*s' leaves it out)",
                 again ? "the header again" : "a second line of names", c->name, (int)(cell->length < 40 ? cell->length : 40),
                 cell->text);
    else if (at->row == 1 && !r->t->layout.header)
        snprintf(hint, room, " (a header without numbers below it?)");
    return hint;
}

/* A cell of a column that the model knows. */
static int take_known(struct bz_reader *r, struct bz_reader_column *c, const struct bz_place *at, const struct bz_cell *cell,
                      double *out, struct bz_error *err)
{
    char why[256], what[500], hint[200];
    const struct bz_columns *t = r->o->columns;
    const struct bz_columns with_gaps = {.missing = r->o->gap_words.n ? r->o->gap_words : t->missing};
    switch (bz_column_value(&with_gaps, c->model, cell, r->t->layout.dialect.decimal, out, why, sizeof(why))) {
    case BZ_VALUE_OK:
        c->known++;
        return 0;
    case BZ_VALUE_MISSING:
        return r->o->gaps ? 0 : refuse_gap(r, at, cell, err);
    case BZ_VALUE_UNKNOWN:
        if (r->o->unknown_missing) {
            if (c->unknown++ == 0)
                snprintf(c->unknown_text, sizeof(c->unknown_text), "%.*s", (int)(cell->length < 40 ? cell->length : 40),
                         cell->text);
            return 0;
        }
        snprintf(what, sizeof(what), "%s; --unknown missing treats it as missing", why);
        return bz_reader_refuse(r, at, cell, what, err);
    case BZ_VALUE_BAD:
        snprintf(what, sizeof(what), "%s%s", why, name_hint(r, at, cell, hint, sizeof(hint)));
        return bz_reader_refuse(r, at, cell, what, err);
    }
    return -1;
}

/* A label: a gap is a row without one where gaps are accepted, or where nobody asked for labels and the model only knows their
 * column. Its classes are those that occur; whether a model knows them is
 * for its label layer to say. */
static int take_label(struct bz_reader *r, struct bz_reader_column *c, const struct bz_place *at, const struct bz_cell *cell,
                      long *label, struct bz_error *err)
{
    double x = NAN;
    const struct bz_spellings *gaps = r->o->gap_words.n ? &r->o->gap_words : r->o->columns ? &r->o->columns->missing : NULL;
    const enum bz_cell_kind kind = bz_cell_kind(cell, '.', gaps, &x);
    *label = -1;
    if (kind == BZ_CELL_GAP)
        return r->o->gaps || !r->o->label ? 0 : refuse_gap(r, at, cell, err);
    if (take_category(r, c, at, BZ_MOST_CLASSES, cell, &x, err) < 0)
        return -1;
    *label = (long)x;
    return 0;
}

static int fill_row(struct bz_reader *r, const struct bz_cell *cells, size_t file_row, size_t line, struct bz_error *err)
{
    struct bz_text_table *t = r->t;
    double *row = t->values + t->rows * t->columns;
    for (size_t j = 0; j < r->n; j++) {
        struct bz_reader_column *c = &r->columns[j];
        const struct bz_place at = {.row = file_row + 1, .line = line, .column = j};
        int rc = 0;
        if (c->role == BZ_USE_INPUT) {
            rc = (c->model ? take_known : take_found)(r, c, &at, &cells[j], &row[c->slot], err);
            t->missing += isnan(row[c->slot]);
        } else if (c->role == BZ_USE_LABEL) {
            rc = take_label(r, c, &at, &cells[j], &t->labels[t->rows], err);
        } else if (c->role == BZ_USE_INDEX) {
            t->ids[t->rows] = bz_strndup(cells[j].text, cells[j].length, err);
            rc = t->ids[t->rows] ? 0 : -1;
        }
        if (rc < 0) {
            t->rows += t->ids && t->ids[t->rows]; /* that text has been freed too */
            return -1;
        }
    }
    if (t->origin)
        t->origin[t->rows] = file_row;
    t->rows++;
    return 0;
}

/* --- at the end --- */

/* Sorts the categories of a column that was found to have them, and renumbers its cells. */
static int sort_categories(struct bz_reader *r, struct bz_reader_column *c, struct bz_error *err)
{
    struct bz_text_table *t = r->t;
    const bool label = c->role == BZ_USE_LABEL;
    struct bz_categories *out = label ? &t->classes : &t->column[c->slot].categories;
    uint32_t *rank;
    if (bz_text_set_sort(&c->words, out, &rank, err) < 0)
        return -1;
    for (size_t i = 0; i < t->rows; i++) {
        if (label) {
            t->labels[i] = t->labels[i] < 0 ? -1 : (long)rank[t->labels[i]];
            continue;
        }
        double *cell = &t->values[i * t->columns + c->slot];
        *cell = isnan(*cell) ? NAN : (double)rank[(size_t)*cell];
    }
    bz_free(rank);
    return 0;
}

/* Reports counts of unknown values; a column of which no value is known is an error. */
static int report_unknown(struct bz_reader *r, size_t j, struct bz_error *err)
{
    const struct bz_reader_column *c = &r->columns[j];
    char text[96], names[200] = "";
    if (c->unknown == 0)
        return 0;
    bz_reader_column_text(r, j, text, sizeof(text));
    for (size_t i = 0, used = 0; i < c->model->n_categories && i < 5 && used + 40 < sizeof(names); i++)
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.30s", used ? ", " : "", c->model->categories[i]);
    if (c->known == 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s: the model knows none of its values: found '%s', expected %s", r->path, text,
                       c->unknown_text, names[0] ? names : "truth values");
    return bz_reader_say(r->t, err, "%s: %zu value%s unknown to the model treated as missing ('%s' first)", text, c->unknown,
                         c->unknown == 1 ? "" : "s", c->unknown_text);
}

int bz_reader_fill(struct bz_reader *r, struct bz_error *err)
{
    for (size_t j = 0; j < r->n; j++) {
        bz_text_set_free(&r->columns[j].words); /* the survey's */
        r->columns[j].known = 0;
    }
    if (make_room(r, err) < 0 || bz_reader_rows(r, fill_row, err) < 0)
        return -1;
    for (size_t j = 0; j < r->n; j++) {
        struct bz_reader_column *c = &r->columns[j];
        const bool words = c->role == BZ_USE_LABEL || (c->role == BZ_USE_INPUT && c->kind == BZ_COLUMN_CATEGORY);
        if (words && (!c->model || c->role == BZ_USE_LABEL) && sort_categories(r, c, err) < 0)
            return -1;
        if (c->model && c->role == BZ_USE_INPUT && report_unknown(r, j, err) < 0)
            return -1;
    }
    return 0;
}
