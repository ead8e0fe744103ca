#include "text_form.h"

#include "mem.h"
#include "number_text.h"

#include <string.h>

int bz_text_form_new(struct bz_text_form **out, struct bz_text_table *table, char *text, size_t size, struct bz_error *err)
{
    struct bz_text_form *f = bz_alloc(1, sizeof(*f), err);
    if (!f) {
        bz_free(text);
        return -1;
    }
    f->text = text;
    f->size = size;
    f->layout = table->layout;
    table->layout = (struct bz_layout){0};
    f->rows = table->rows;
    if (!(f->column = bz_alloc(f->layout.fields, sizeof(*f->column), err)) ||
        (table->origin && !(f->origin = bz_alloc(f->rows, sizeof(size_t), err)))) {
        bz_text_form_free(f);
        return -1;
    }
    if (f->origin)
        memcpy(f->origin, table->origin, f->rows * sizeof(size_t));
    for (size_t j = 0; j < f->layout.fields; j++)
        f->column[j].model = -1;
    for (size_t j = 0; j < table->columns; j++) {
        struct bz_form_column *c = &f->column[table->column[j].origin];
        c->model = table->column[j].model;
        c->within = table->column[j].within;
    }
    f->names = bz_take(&table->file_names);
    *out = f;
    return 0;
}

void bz_text_form_free(struct bz_text_form *f)
{
    if (!f)
        return;
    bz_layout_free(&f->layout);
    bz_texts_free(f->names, f->layout.fields);
    bz_free_all(f->text, f->column, f->origin, f);
}

bool bz_text_form_has_name(const struct bz_text_form *f, const char *name)
{
    for (size_t j = 0; j < f->layout.fields; j++)
        if (f->names && strcmp(f->names[j], name) == 0)
            return true;
    return false;
}

/* --- words for true and false --- */

static void note_truth(struct bz_form_column *c, const struct bz_cell *cell)
{
    bool value;
    double x;
    if (bz_truth(cell, &value) < 0) {
        if (bz_parse_number(cell->text, cell->length, &x) < 0 || (x != 0 && x != 1))
            return;
        value = x > 0;
    }
    if (!c->truth[value][0] && cell->length < BZ_TRUTH_ROOM) {
        memcpy(c->truth[value], cell->text, cell->length);
        c->truth[value][cell->length] = 0;
    }
}

/* Infers the missing word of a pair from the one present: True gives False, YES gives NO. */
static void pair_truth(struct bz_form_column *c)
{
    const bool value = c->truth[1][0] != 0, other = !value;
    const char *word = c->truth[value];
    const struct bz_cell cell = {word, strlen(word), false};
    bool same;
    if (c->truth[0][0] && c->truth[1][0])
        return;
    const int pair = *word ? bz_truth(&cell, &same) : -1;
    strcpy(c->truth[other], pair >= 0 ? bz_truth_word(pair, other) : other ? "1" : "0");
    if (!*word)
        strcpy(c->truth[value], value ? "1" : "0");
    const bool first = word[0] >= 'A' && word[0] <= 'Z', all = first && word[1] >= 'A' && word[1] <= 'Z';
    for (char *t = c->truth[other]; pair >= 0 && *t; t++) {
        if ((all || (first && t == c->truth[other])) && *t >= 'a' && *t <= 'z')
            *t = (char)(*t - 'a' + 'A');
        if (all && memcmp(t, "\xc5\x82", 2) == 0) /* the Polish l with stroke */
            t[1] = '\x81';
    }
}

int bz_text_form_spellings(struct bz_text_form *f, const struct bz_columns *columns, struct bz_error *err)
{
    const struct bz_layout *l = &f->layout;
    struct bz_cells cells;
    struct bz_cell *cell = bz_alloc(l->fields, sizeof(*cell), err);
    size_t n, line;
    int got = cell ? 1 : -1;
    bz_cells_start(&cells, l->path, l->rows, (size_t)(l->end - l->rows), &l->dialect, l->line);
    if (got > 0 && l->header)
        got = bz_cells_row(&cells, cell, l->fields, &n, &line, err);
    while (got > 0 && (got = bz_cells_row(&cells, cell, l->fields, &n, &line, err)) > 0)
        for (size_t j = 0; j < n && j < l->fields; j++)
            if (f->column[j].model >= 0 && columns->columns[f->column[j].model].kind == BZ_COLUMN_BOOLEAN)
                note_truth(&f->column[j], &cell[j]);
    for (size_t j = 0; j < l->fields; j++)
        pair_truth(&f->column[j]);
    bz_cells_free(&cells);
    bz_free(cell);
    return got;
}

/* --- writing --- */

/* A text being written: everything before `at` has been written or left out. */
struct copy {
    const struct bz_text_form *f;
    const struct bz_form_writing *w;
    const char *at;
    char separator, last; /* last: the byte written last */
};

static int put(struct copy *c, const char *bytes, size_t n, struct bz_error *err)
{
    if (n == 0)
        return 0;
    c->last = bytes[n - 1];
    return c->w->write(c->w->sink, bytes, n, err);
}

static int copy_to(struct copy *c, const char *stop, struct bz_error *err)
{
    const char *start = c->at;
    if (stop <= start)
        return 0;
    c->at = stop;
    return put(c, start, (size_t)(stop - start), err);
}

/* Whether a value can be written without quotes and read back unchanged. */
static bool stands_bare(const struct copy *c, const char *value)
{
    const struct bz_dialect *d = &c->f->layout.dialect;
    return bz_text_stands_bare(value, c->separator) && !strchr(value, '\t') && (!d->quote || !strchr(value, d->quote));
}

/* A value as a cell, in quotes where it needs them. */
static int put_value(struct copy *c, const char *value, bool quoted, struct bz_error *err)
{
    const struct bz_dialect *d = &c->f->layout.dialect;
    const char quote[] = {d->quote ? d->quote : '"', 0}, signs[] = {quote[0], d->escape ? '\\' : 0, 0};
    if (!quoted && stands_bare(c, value))
        return put(c, value, strlen(value), err);
    if (put(c, quote, 1, err) < 0)
        return -1;
    for (const char *p = value; *p;) {
        const size_t n = strcspn(p, signs);
        if (put(c, p, n, err) < 0 || (p[n] && (put(c, d->escape ? "\\" : quote, 1, err) < 0 || put(c, p + n, 1, err) < 0)))
            return -1;
        p += n + (p[n] != 0);
    }
    return put(c, quote, 1, err);
}

/* Writes the added columns after what has been copied so far. */
static int put_added(struct copy *c, char separator, const char *const *added, struct bz_error *err)
{
    for (size_t i = 0; i < c->w->n_added; i++)
        if (put(c, &separator, 1, err) < 0 || (added[i] && put_value(c, added[i], false, err) < 0))
            return -1;
    return 0;
}

/* Writes what is above the first row; names are added if there are names. */
static int copy_head(struct copy *c, struct bz_cells *cells, struct bz_cell *row, struct bz_error *err)
{
    const struct bz_layout *l = &c->f->layout;
    size_t n = 0, line;
    if (l->header) {
        if (bz_cells_row(cells, row, l->fields, &n, &line, err) < 0)
            return -1;
        if (!c->w->head || n == 0)
            c->at = cells->next;
        else if (copy_to(c, cells->where[n - 1].start + cells->where[n - 1].length, err) < 0 ||
                 put_added(c, c->separator, c->w->names, err) < 0 || copy_to(c, cells->next, err) < 0)
            return -1;
        return 0;
    }
    if (!c->w->head) {
        c->at = l->rows;
    } else if (l->comment && c->w->n_added > 0) {
        const char *stop = l->comment + l->comment_length;
        while (stop > l->comment && (stop[-1] == '\r' || stop[-1] == ' '))
            stop--;
        if (copy_to(c, stop, err) < 0 || put_added(c, l->comment_separator, c->w->names, err) < 0)
            return -1;
    }
    return copy_to(c, l->rows, err);
}

/* The blanks that an empty cell consists of, of which one stays where cells of the row begin with one (`a, b`). */
static int take_blanks(struct copy *c, const struct bz_cells *cells, size_t j, size_t n, struct bz_error *err)
{
    const char *start = cells->where[j].start, *stop = start;
    bool spaced = false;
    while (c->separator != ' ' && stop < c->f->layout.end && *stop == ' ')
        stop++;
    for (size_t k = 1; k < n; k++)
        spaced = spaced || (cells->where[k].length > 0 && cells->where[k].start[-1] == ' ');
    if (copy_to(c, start + (spaced && stop > start), err) < 0)
        return -1;
    c->at = stop > c->at ? stop : c->at;
    return 0;
}

/* Writes a row of the table whose cells are at where[n]. */
static int copy_row(struct copy *c, size_t row, const struct bz_cells *cells, const struct bz_cell *was, size_t n,
                    const char **cell, const char **added, struct bz_error *err)
{
    const size_t fields = c->f->layout.fields;
    memset(cell, 0, fields * sizeof(*cell));
    memset(added, 0, c->w->n_added * sizeof(*added));
    if (c->w->edit && c->w->edit(c->w->arg, row, cell, added, err) < 0)
        return -1;
    for (size_t j = 0; j < n && j < fields; j++) {
        const struct bz_stretch *at = &cells->where[j];
        if (!cell[j])
            continue;
        if (copy_to(c, at->start, err) < 0 || (at->length == 0 && take_blanks(c, cells, j, n, err) < 0) ||
            put_value(c, cell[j], was[j].quoted, err) < 0)
            return -1;
        c->at = at->length ? at->start + at->length : c->at;
    }
    const struct bz_stretch *last = &cells->where[(n < fields ? n : fields) - 1];
    return copy_to(c, last->start + last->length, err) < 0 || put_added(c, c->separator, added, err) < 0
               ? -1
               : copy_to(c, cells->next, err);
}

static int copy_rows(struct copy *c, struct bz_cells *cells, struct bz_cell *cell, const char **edited, const char **added,
                     struct bz_error *err)
{
    const struct bz_text_form *f = c->f;
    size_t n, line, file_row = 0, row = 0;
    int got = copy_head(c, cells, cell, err) < 0 ? -1 : 1;
    for (; got > 0 && (got = bz_cells_row(cells, cell, f->layout.fields, &n, &line, err)) > 0; file_row++) {
        if (row < f->rows && (f->origin ? f->origin[row] == file_row : true)) {
            if (copy_row(c, row++, cells, cell, n, edited, added, err) < 0)
                return -1;
        } else {
            c->at = cells->next;
        }
    }
    if (got < 0 || copy_to(c, f->layout.end, err) < 0)
        return -1;
    if (c->w->ended && c->last && c->last != f->layout.dialect.line_end)
        return put(c, &f->layout.dialect.line_end, 1, err);
    return 0;
}

int bz_text_form_write(const struct bz_text_form *f, const struct bz_form_writing *w, struct bz_error *err)
{
    const struct bz_layout *l = &f->layout;
    struct copy c = {.f = f, .w = w, .at = l->converted ? l->converted : f->text};
    struct bz_cells cells;
    struct bz_cell *cell = bz_alloc(l->fields, sizeof(*cell), err);
    const char **edited = bz_alloc(l->fields, sizeof(*edited), err);
    const char **added = bz_alloc(w->n_added, sizeof(*added), err);
    struct bz_stretch *where = bz_alloc(l->fields, sizeof(*where), err);
    int rc = -1;
    c.separator = l->dialect.separator ? l->dialect.separator : ',';
    bz_cells_start(&cells, l->path, l->rows, (size_t)(l->end - l->rows), &l->dialect, l->line);
    cells.where = where;
    if (cell && edited && added && where)
        rc = copy_rows(&c, &cells, cell, edited, added, err);
    bz_cells_free(&cells);
    bz_free_all(cell, edited, added, where);
    return rc;
}

/* --- without a text --- */

static int put_line(struct copy *c, const char *id, const char *const *added, struct bz_error *err)
{
    if (id && (put_value(c, id, false, err) < 0 || put(c, ",", 1, err) < 0))
        return -1;
    for (size_t i = 0; i < c->w->n_added; i++)
        if ((i > 0 && put(c, ",", 1, err) < 0) || (added[i] && put_value(c, added[i], false, err) < 0))
            return -1;
    return put(c, "\n", 1, err);
}

int bz_text_table_write(size_t rows, const struct bz_form_writing *w, const char *id_name, char *const *ids,
                        struct bz_error *err)
{
    const struct bz_text_form none = {.layout = {.dialect = {.separator = ',', .line_end = '\n', .decimal = '.'}}};
    struct copy c = {.f = &none, .w = w, .separator = ','};
    const char **added = bz_alloc(w->n_added, sizeof(*added), err);
    int rc = added ? 0 : -1;
    if (rc == 0 && w->head)
        rc = put_line(&c, !ids ? NULL : id_name && *id_name ? id_name : "id", w->names, err);
    for (size_t row = 0; rc == 0 && row < rows; row++) {
        memset(added, 0, w->n_added * sizeof(*added));
        if ((rc = w->edit(w->arg, row, NULL, added, err)) == 0)
            rc = put_line(&c, ids ? ids[row] : NULL, added, err);
    }
    bz_free(added);
    return rc;
}
