#include "text_table.h"

#include "mem.h"
#include "number_text.h"
#include "stop.h"
#include "text_reader.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- messages --- */

int bz_left_out_add(struct bz_left_out **list, size_t *n, size_t column, const char *name, const char *why,
                    struct bz_error *err)
{
    struct bz_left_out one = {.column = column, .name = bz_strdup(name ? name : "", err), .why = bz_strdup(why, err)};
    size_t room = *n;
    if (!one.name || !one.why || bz_grow(list, &room, *n + 1, sizeof(**list), err) < 0) {
        bz_free(one.name);
        bz_free(one.why);
        return -1;
    }
    (*list)[(*n)++] = one;
    return 0;
}

void bz_left_out_free(struct bz_left_out *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bz_free(list[i].name);
        bz_free(list[i].why);
    }
    bz_free(list);
}

void bz_left_cells_free(struct bz_left_cells *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bz_free(list[i].name);
    bz_free(list);
}

int bz_reader_leave_out(struct bz_reader *r, size_t column, const char *why, struct bz_error *err)
{
    struct bz_text_table *t = r->t;
    if (bz_left_out_add(&t->left_out, &t->n_left_out, column, r->columns[column].name, why, err) < 0)
        return -1;
    r->columns[column].role = BZ_USE_LEFT_OUT;
    return 0;
}

const char *bz_reader_column_text(const struct bz_reader *r, size_t column, char *text, size_t room)
{
    if (r->columns[column].name[0])
        snprintf(text, room, "column %zu (%.64s)", column + 1, r->columns[column].name);
    else
        snprintf(text, room, "column %zu", column + 1);
    return text;
}

int bz_reader_refuse(const struct bz_reader *r, const struct bz_place *at, const struct bz_cell *cell, const char *what,
                     struct bz_error *err)
{
    char column[96];
    return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu (line %zu), %s: '%.*s' %s", r->path, at->row, at->line,
                   bz_reader_column_text(r, at->column, column, sizeof(column)), (int)(cell->length < 40 ? cell->length : 40),
                   cell->text, what);
}

/* --- rows --- */

static bool row_wanted(struct bz_reader *r, const struct bz_cell *cells)
{
    bool wanted = true;
    for (size_t i = 0; i < r->n_where; i++) {
        struct bz_condition *w = &r->where[i];
        const struct bz_cell *cell = &cells[w->column];
        double x;
        const bool equal = w->numeric && bz_parse_number(cell->text, cell->length, &x) == 0
                               ? x == w->number
                               : cell->length == strlen(w->text) && memcmp(cell->text, w->text, cell->length) == 0;
        w->matched += equal != w->negated;
        wanted = wanted && equal != w->negated;
    }
    return wanted;
}

static int refuse_ragged(const struct bz_reader *r, size_t row, size_t line, const struct bz_cell *cells, size_t n,
                         size_t blank, struct bz_error *err)
{
    const struct bz_cell first = n > 0 ? cells[0] : (struct bz_cell){"", 0, false};
    if (n == 1 && first.length > 2 && first.text[0] == '(' && memmem(first.text, first.length, " row", 4))
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: line %zu: '%.*s' is psql's count of rows; psql --csv or \\pset footer off writes none", r->path,
                       line, (int)(first.length < 40 ? first.length : 40), first.text);
    if (n == 1 && first.length == 2 && memcmp(first.text, "\\.", 2) == 0)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: line %zu: '\\.' ends the rows of PostgreSQL's COPY; psql --csv or \\copy write none", r->path,
                       line);
    double x;
    const bool halves = r->t->layout.dialect.separator == ',' && r->n == 2 && n == 1 && !first.quoted &&
                        bz_parse_number(first.text, first.length, &x) == 0;
    return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu (line %zu): found %zu cells, expected %zu as in the other lines%s", r->path,
                   row, line, n, r->n,
                   blank                                               ? "; a blank line precedes it: a second table?"
                   : n > 0 && first.length > 0 && first.text[0] == '#' ? "; comments are allowed only above the rows"
                   : halves ? "; one column of numbers with decimal commas is read with --sep ';' --decimal ,"
                            : "");
}

int bz_reader_rows(struct bz_reader *r,
                   int (*row)(struct bz_reader *r, const struct bz_cell *cells, size_t file_row, size_t line,
                              struct bz_error *err),
                   struct bz_error *err)
{
    const struct bz_layout *l = &r->t->layout;
    struct bz_cells c;
    struct bz_cell *cells = bz_alloc(r->n, sizeof(*cells), err);
    const size_t before = r->o->rest ? r->o->rest->rows : 0;
    size_t n, line, file_row = before;
    int got = cells ? 1 : -1;
    bz_cells_start(&c, r->path, l->rows, (size_t)(l->end - l->rows), &l->dialect, l->line);
    if (got > 0 && l->header)
        got = bz_cells_row(&c, cells, r->n, &n, &line, err);
    c.line += r->o->rest ? r->o->rest->lines : 0;
    while (got > 0 && (got = bz_cells_row(&c, cells, r->n, &n, &line, err)) > 0) {
        const size_t blank = c.blank_line;
        file_row++;
        if (n != r->n)
            got = refuse_ragged(r, file_row, line, cells, n, blank, err);
        else if (blank && file_row > 1)
            got = bz_fail(err, BZ_BAD_INPUT,
                          "%s: line %zu is blank and more rows follow: a second table with its own header, blocks as gnuplot "
                          "reads them, or a row that is all gaps; expected one table without blank lines",
                          r->path, blank);
        else if (row_wanted(r, cells) && row(r, cells, file_row - 1, line, err) < 0)
            got = -1;
    }
    r->t->file_rows = file_row - before;
    bz_cells_free(&c);
    bz_free(cells);
    return got;
}

/* --- names --- */

bool bz_reader_names_go_on(const struct bz_reader *r)
{
    const struct bz_layout *l = &r->t->layout;
    struct bz_cell *cells = bz_alloc(r->n, sizeof(*cells), NULL);
    struct bz_cells c;
    size_t n = 0, line, words = 0, others = 0;
    double x;
    bz_cells_start(&c, r->path, l->rows, (size_t)(l->end - l->rows), &l->dialect, l->line);
    const bool below = cells && l->header && bz_cells_row(&c, cells, r->n, &n, &line, NULL) > 0 &&
                       bz_cells_row(&c, cells, r->n, &n, &line, NULL) > 0;
    for (size_t j = 0; below && j < n && j < r->n; j++) {
        const enum bz_cell_kind kind = bz_cell_kind(&cells[j], l->dialect.decimal, NULL, &x);
        words += kind == BZ_CELL_WORD;
        others += kind != BZ_CELL_WORD && kind != BZ_CELL_GAP && kind != BZ_CELL_GAP_OR_WORD;
    }
    bz_cells_free(&c);
    bz_free(cells);
    return words > 1 && others == 0;
}

/* Refuses a name that another column has; *taken where another file gives the names. */
static int note_name(struct bz_reader *r, size_t j, const char *name, const char *path, size_t line, bool *taken,
                     struct bz_error *err)
{
    const size_t before = r->names.n;
    uint32_t number;
    if (bz_text_set_add(&r->names, name, strlen(name), SIZE_MAX, &number, err) < 0 ||
        bz_grow(&r->named, &r->named_room, r->names.n, sizeof(*r->named), err) < 0)
        return -1;
    const size_t k = number < before ? r->named[number] : j;
    *taken = k != j && strcmp(r->columns[k].name, name) == 0;
    if (*taken && (!r->renamed || path == r->o->names_path))
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: line %zu: columns %zu and %zu are both called '%.64s'; rename one, or give "
                       "names with --header FILE%s",
                       path, line, k + 1, j + 1, name,
                       bz_reader_names_go_on(r)
                           ? " (two lines of names? In pandas: df.columns = [\"_\".join(map(str, c)) for c in "
                             "df.columns] makes one of them)"
                           : "");
    r->named[number] = *taken ? k : j;
    return 0;
}

static int name_column(struct bz_reader *r, size_t j, const struct bz_cell *cell, const char *path, size_t line,
                       struct bz_error *err)
{
    if (!bz_is_utf8(cell->text, cell->length))
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: line %zu: the name of column %zu is not UTF-8 (iconv -f latin1 -t utf8 may help)", path, line,
                       j + 1);
    bool taken = false;
    char *name = bz_strndup(cell->text, cell->length, err);
    if (!name)
        return -1;
    if (!name[0] && path == r->o->names_path) {
        bz_free(name);
        return bz_fail(err, BZ_BAD_INPUT, "%s: line %zu: the name of column %zu is empty", path, line, j + 1);
    }
    if (name[0] && note_name(r, j, name, path, line, &taken, err) < 0) {
        bz_free(name);
        return -1;
    }
    if (taken)
        name[0] = 0;
    bz_free(r->columns[j].name);
    r->columns[j].name = name;
    return 0;
}

/* The words after a name in a names file. */
static int kind_from_word(const char *path, size_t line, const struct bz_cell *word, struct bz_reader_column *c,
                          struct bz_error *err)
{
    const int kind = bz_column_kind_of_word(word->text, word->length);
    if (kind >= 0) {
        c->kind = (enum bz_column_kind)kind;
        c->decided = c->kept = true;
        return 0;
    }
    return bz_fail(err, BZ_BAD_INPUT, "%s: line %zu: a column's kind is continuous, symbolic or boolean, found '%.*s'", path,
                   line, (int)(word->length < 64 ? word->length : 64), word->text);
}

/* A names file is one line of them, or a line for each column. */
struct names_form {
    bool one_line;
    struct bz_dialect dialect;
};

static struct names_form names_form(const struct bz_table_options *o)
{
    const char *newline = memchr(o->names, '\n', o->names_size);
    const size_t first = newline ? (size_t)(newline - o->names) : o->names_size;
    const char separator = memchr(o->names, '\t', first) ? '\t' : memchr(o->names, ';', first) ? ';' : ',';
    bool one_line = true;
    for (size_t i = first; i < o->names_size && one_line; i++)
        one_line = strchr(" \t\r\n", o->names[i]) != NULL;
    return (struct names_form){.one_line = one_line, .dialect = {.separator = separator, .line_end = '\n', .decimal = '.'}};
}

/* 1 if there are as many names as columns, else 0; -1 on error. */
static int names_fit(const struct bz_reader *r, struct bz_error *err)
{
    const struct bz_table_options *o = r->o;
    const struct names_form form = names_form(o);
    struct bz_cells c;
    struct bz_cell *cells = bz_alloc(r->n, sizeof(*cells), err);
    size_t n, line, rows = 0, count = 0;
    int got = cells ? 1 : -1;
    bz_cells_start(&c, o->names_path, o->names, o->names_size, &form.dialect, 1);
    while (got > 0 && count <= r->n && (got = bz_cells_row(&c, cells, r->n, &n, &line, err)) > 0)
        count = form.one_line ? n : ++rows;
    bz_cells_free(&c);
    bz_free(cells);
    return got < 0 ? -1 : count == r->n;
}

/* One line, or a line for each column, `name` or `name,kind`. Further columns stay nameless. */
static int read_names(struct bz_reader *r, struct bz_error *err)
{
    const struct bz_table_options *o = r->o;
    const struct names_form form = names_form(o);
    const bool one_line = form.one_line;
    struct bz_cells c;
    size_t n = 0, line, row = 0;
    const int fit = o->compared ? names_fit(r, err) : 1;
    if (fit <= 0)
        return fit < 0 ? -1 : bz_reader_say(r->t, err, "the names of %s are not those of its %zu columns", o->names_path, r->n);
    struct bz_cell *cells = bz_alloc(r->n, sizeof(*cells), err);
    int got = cells ? 1 : -1;
    r->t->named = true;
    bz_cells_start(&c, o->names_path, o->names, o->names_size, &form.dialect, 1);
    while (got > 0 && (got = bz_cells_row(&c, cells, r->n, &n, &line, err)) > 0) {
        if ((one_line ? n : ++row) > r->n)
            got = bz_fail(err, BZ_BAD_INPUT, "%s: line %zu: more names than the %zu columns of %s", o->names_path, line, r->n,
                          r->path);
        else if (c.blank_line)
            got = bz_fail(err, BZ_BAD_INPUT, "%s: line %zu is blank: expected a line of names, or a name on each line",
                          o->names_path, c.blank_line);
        else if (!one_line && n > 2)
            got = bz_fail(err, BZ_BAD_INPUT, "%s: line %zu: expected a name, or a name and a kind, found %zu cells",
                          o->names_path, line, n);
        for (size_t j = 0; got > 0 && j < (one_line ? n : 1); j++)
            if (name_column(r, one_line ? j : row - 1, &cells[j], o->names_path, line, err) < 0)
                got = -1;
        if (got > 0 && !one_line && n == 2 && kind_from_word(o->names_path, line, &cells[1], &r->columns[row - 1], err) < 0)
            got = -1;
    }
    if (got == 0 && n == 0)
        got = bz_fail(err, BZ_BAD_INPUT, "%s: expected names, found none", o->names_path);
    bz_cells_free(&c);
    bz_free(cells);
    return got;
}

/* Names from the first row or from the comment above it. */
static int take_names(struct bz_reader *r, struct bz_error *err)
{
    const struct bz_layout *l = &r->t->layout;
    if (!l->header && l->doubted)
        return bz_reader_say(r->t, err,
                             "the words above the rows ('%.*s') are as many as the cells, but have other separators: they are "
                             "not taken for names (--header FILE gives names)",
                             (int)(l->doubted_length < 60 ? l->doubted_length : 60), l->doubted);
    if (!l->header && !l->comment)
        return 0;
    struct bz_dialect d = l->dialect;
    d.separator = l->header ? d.separator : l->comment_separator;
    const char *text = l->header ? l->rows : l->comment;
    const size_t size = l->header ? (size_t)(l->end - l->rows) : l->comment_length, shift = l->header && l->row_names;
    struct bz_cells c;
    struct bz_cell *cells = bz_alloc(r->n, sizeof(*cells), err);
    size_t n = 0, line;
    bz_cells_start(&c, r->path, text, size, &d, l->header ? l->line : l->line - 1);
    int rc = cells ? bz_cells_row(&c, cells, r->n, &n, &line, err) : -1;
    if (rc > 0 && (n + shift > r->n || (l->header && n + shift < r->n)))
        rc = bz_fail(err, BZ_BAD_INPUT, "%s: line %zu: %zu name%s, the rows have %zu cells%s", r->path, line, n,
                     n == 1 ? "" : "s", r->n, n == 1 ? "; a title? Expected the names of the columns in the first line" : "");
    for (size_t j = 0; rc > 0 && j < n; j++)
        if (name_column(r, j + shift, &cells[j], r->path, line, err) < 0 || (j % 256 == 0 && bz_stopping()))
            rc = -1;
    bz_cells_free(&c);
    bz_free(cells);
    return rc < 0 ? -1 : 0;
}

/* --- all together --- */

static bool is_model_name(void *arg, const struct bz_cell *cell)
{
    return bz_columns_find(arg, cell->text, cell->length) >= 0;
}

/* Applies the layout of the first rows to the bytes of later ones. */
static int lay_out_rest(struct bz_reader *r, const char *bytes, size_t size, struct bz_error *err)
{
    const struct bz_text_rest *rest = r->o->rest;
    struct bz_layout *l = &r->t->layout;
    const char *zero = memchr(bytes, 0, size);
    if (zero)
        return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu or a later one holds a zero byte: expected text", r->path,
                       rest->rows + 1);
    *l = rest->layout;
    l->path = r->path;
    l->rows = bytes + rest->rows_at;
    l->end = l->sample = bytes + size;
    l->comment = rest->layout.comment ? bytes + rest->comment_at : NULL;
    l->doubted = NULL;
    return 0;
}

static int open_reader(struct bz_reader *r, const void *bytes, size_t size, struct bz_error *err)
{
    const struct bz_table_options *o = r->o;
    const struct bz_spellings *gaps = o->gap_words.n ? &o->gap_words : o->columns ? &o->columns->missing : NULL;
    const struct bz_layout_options lo = {.separator = o->separator,
                                         .decimal = o->decimal,
                                         .header = o->header,
                                         .one_per_line = o->one_per_line,
                                         .gaps = gaps,
                                         .most_columns = o->most_columns,
                                         .most_line_bytes = o->most_line_bytes,
                                         .is_name = o->columns && bz_columns_named(o->columns) ? is_model_name : NULL,
                                         .arg = (void *)(uintptr_t)o->columns};
    if ((o->rest ? lay_out_rest(r, bytes, size, err) : bz_layout_find(&r->t->layout, r->path, bytes, size, &lo, err)) < 0)
        return -1;
    r->n = r->t->file_columns = r->t->layout.fields;
    r->columns = bz_alloc(r->n, sizeof(*r->columns), err);
    if (!r->columns)
        return -1;
    for (size_t j = 0; j < r->n; j++)
        if (!(r->columns[j].name = bz_strdup("", err)))
            return -1;
    const int fit = o->names && o->compared ? names_fit(r, err) : 1;
    r->renamed = o->names && fit > 0;
    return fit < 0 || take_names(r, err) < 0 || (o->names && read_names(r, err) < 0) || bz_reader_roles(r, err) < 0 ? -1 : 0;
}

static int refuse_no_rows(const struct bz_reader *r, struct bz_error *err)
{
    for (size_t i = 0; i < r->n_where; i++)
        if (r->where[i].matched == 0)
            return bz_fail(err, BZ_BAD_INPUT, "%s: none of the %zu rows has %s%.64s in column %zu (--where)", r->path,
                           r->t->file_rows, r->where[i].negated ? "anything but " : "", r->where[i].text,
                           r->where[i].column + 1);
    if (r->n_where)
        return bz_fail(err, BZ_BAD_INPUT, "%s: none of the %zu rows is left (--where)", r->path, r->t->file_rows);
    return bz_fail(err, BZ_BAD_INPUT, "%s: expected rows%s, found none", r->path,
                   r->t->layout.header ? " below the header" : "");
}

static int say_layout(struct bz_text_table *t, struct bz_error *err)
{
    char text[200];
    if (t->layout.dialect.separator == 0 && !t->layout.header && t->layout.dialect.bits == 0)
        return 0;
    return bz_reader_say(t, err, "%s", bz_layout_text(&t->layout, text, sizeof(text)));
}

/* Columns left out by what they hold, or because the model left them out. */
static int keep_left_cells(struct bz_reader *r, struct bz_error *err)
{
    struct bz_text_table *t = r->t;
    if (!(t->left_cells = bz_alloc(r->n, sizeof(*t->left_cells), err)))
        return -1;
    for (size_t j = 0; j < r->n; j++) {
        const struct bz_reader_column *c = &r->columns[j];
        if (c->role != BZ_USE_LEFT_OUT || c->option || !c->name[0])
            continue;
        t->left_cells[t->n_left_cells] = (struct bz_left_cells){bz_strdup(c->name, err), c->cells, c->order, c->differ};
        if (!t->left_cells[t->n_left_cells++].name)
            return -1;
    }
    return 0;
}

static int keep_names(struct bz_reader *r, struct bz_error *err)
{
    if (!(r->t->file_names = bz_alloc(r->n, sizeof(char *), err)))
        return -1;
    for (size_t j = 0; j < r->n; j++)
        r->t->file_names[j] = bz_take(&r->columns[j].name);
    return 0;
}

int bz_text_table_read(struct bz_text_table *out, const char *path, const void *bytes, size_t size,
                       const struct bz_table_options *o, struct bz_error *err)
{
    struct bz_text_table t = {0};
    struct bz_reader r = {.path = path, .o = o, .t = &t};
    int rc = open_reader(&r, bytes, size, err);
    if (rc == 0 && !o->made)
        rc = say_layout(&t, err);
    if (rc == 0 && o->columns)
        rc = bz_reader_match(&r, err);
    if (rc == 0)
        rc = bz_reader_survey(&r, err);
    if (rc == 0 && t.rows == 0)
        rc = refuse_no_rows(&r, err);
    if (rc == 0)
        rc = bz_reader_fill(&r, err);
    if (rc == 0)
        rc = bz_reader_refuse_sums(&r, err) < 0 ? -1 : bz_reader_remark_values(&r, err);
    if (rc == 0 && o->compared)
        rc = keep_left_cells(&r, err);
    if (rc == 0 && o->keep_layout)
        rc = keep_names(&r, err);
    for (size_t j = 0; r.columns && j < r.n; j++) {
        bz_free(r.columns[j].name);
        bz_text_set_free(&r.columns[j].words);
        bz_free(r.columns[j].seen);
    }
    bz_free(r.columns);
    bz_text_set_free(&r.names);
    bz_free(r.named);
    bz_free(r.where);
    if (!o->keep_layout) {
        bz_layout_free(&t.layout); /* values have been copied out of the text */
        t.layout.rows = t.layout.end = t.layout.sample = t.layout.comment = t.layout.doubted = NULL;
    }
    if (rc == 0)
        *out = t;
    else
        bz_text_table_free(&t);
    return rc;
}

void bz_text_table_free(struct bz_text_table *t)
{
    for (size_t j = 0; t->column && j < t->columns; j++) {
        bz_free(t->column[j].name);
        bz_texts_free(t->column[j].categories.names, t->column[j].categories.n);
    }
    bz_texts_free(t->file_names, t->file_columns);
    bz_layout_free(&t->layout);
    bz_free(t->column);
    bz_left_out_free(t->left_out, t->n_left_out);
    bz_left_cells_free(t->left_cells, t->n_left_cells);
    bz_texts_free(t->said, t->n_said);
    bz_texts_free(t->unfound, t->n_unfound);
    bz_texts_free(t->ids, t->rows);
    bz_texts_free(t->classes.names, t->classes.n);
    bz_free_all(t->values, t->origin, t->labels, t->label_name, t->index_name);
    *t = (struct bz_text_table){0};
}
