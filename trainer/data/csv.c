/* Separated text: tables with or without a header, numbers and categories, and files of labels. */
#include "csv_columns.h"
#include "mem.h"
#include "utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_CATEGORIES = 4096, MOST_CLASSES = 65536, FIRST_ROWS = 256 };

/* Rows as they are read; arrays grow by doubling. */
struct rows {
    size_t n, room, file_rows; /* kept; allocated; seen in the file */
    float *cells;              /* [room][n_inputs]: numbers, or numbers of categories */
    long *labels;              /* [room], if there is a label column */
    size_t *origin;            /* [room], if there are conditions */
};

static bool matches(const uint8_t *data, size_t size)
{
    size_t look = size < 4096 ? size : 4096;
    for (size_t i = 0; i < look; i++)
        if (data[i] < 32 && data[i] != '\n' && data[i] != '\r' && data[i] != '\t' && data[i] != '\f')
            return false;
    return true;
}

/* A larger copy of an array of `used` elements; the old one is freed. NULL without memory, and the old one stays. */
static void *larger(void *old, size_t used, size_t room, size_t width, struct bz_error *err)
{
    void *copy = bz_alloc(room, width, err);
    if (!copy)
        return NULL;
    if (used > 0)
        memcpy(copy, old, used * width);
    bz_free(old);
    return copy;
}

static int more_rows(struct rows *r, const struct csv_columns *c, struct bz_error *err)
{
    size_t room = r->room ? 2 * r->room : FIRST_ROWS;
    if (train_table_check_size(c->path, room, c->n_inputs, err) < 0)
        return -1;
    float *cells = larger(r->cells, r->n, room, c->n_inputs * sizeof(float), err);
    if (!cells)
        return -1;
    r->cells = cells;
    if (c->has_label) {
        long *labels = larger(r->labels, r->n, room, sizeof(long), err);
        if (!labels)
            return -1;
        r->labels = labels;
    }
    if (c->n_where > 0) {
        size_t *origin = larger(r->origin, r->n, room, sizeof(size_t), err);
        if (!origin)
            return -1;
        r->origin = origin;
    }
    r->room = room;
    return 0;
}

static bool row_wanted(struct csv_columns *c, const struct csv_cell *cells)
{
    bool wanted = true;
    for (size_t i = 0; i < c->n_where; i++) {
        struct csv_where *w = &c->where[i];
        const struct csv_cell *cell = &cells[w->column];
        double x;
        bool equal = w->numeric && bz_parse_number(cell->text, cell->length, &x) == 0
                         ? x == w->number
                         : cell->length == strlen(w->text) && memcmp(cell->text, w->text, cell->length) == 0;
        w->matched += equal != w->negated;
        wanted = wanted && equal != w->negated;
    }
    return wanted;
}

/* Where in the file a complaint is. */
struct place {
    size_t row, line, column; /* row and line from 1, column from 0 */
};

static int complain(const struct csv_columns *c, const struct place *at, struct bz_error *err, const char *what,
                    const struct csv_cell *cell)
{
    char column[96];
    csv_column_text(c, at->column, column, sizeof(column));
    return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu (line %zu), %s: '%.*s' %s", c->path, at->row, at->line, column,
                   (int)(cell->length < 40 ? cell->length : 40), cell->text, what);
}

static int refuse_missing(const struct csv_columns *c, const struct place *at, const struct csv_cell *cell,
                          struct bz_error *err)
{
    char column[96];
    if (cell->length > 0)
        return complain(c, at, err, "stands for a missing value; want a value (--missing infer accepts gaps)", cell);
    return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu (line %zu), %s: empty cell; want a value (--missing infer accepts gaps)",
                   c->path, at->row, at->line, csv_column_text(c, at->column, column, sizeof(column)));
}

static int take_category(const struct csv_columns *c, struct csv_column *column, const struct place *at, size_t most,
                         const struct csv_cell *cell, uint32_t *number, struct bz_error *err)
{
    char text[96];
    struct bz_error why;
    if (memchr(cell->text, 0, cell->length))
        return complain(c, at, err, "holds a 0 byte", cell);
    if (!bz_is_utf8(cell->text, cell->length))
        return complain(c, at, err, "is not UTF-8, as the name of a category must be (iconv -f latin1 -t utf8 may help)", cell);
    if (bz_text_set_add(&column->set, cell->text, cell->length, most, number, &why) == 0)
        return 0;
    if (why.code != BZ_TOO_LARGE)
        return bz_fail(err, why.code, "%s: %s", c->path, why.msg);
    return bz_fail(err, BZ_TOO_LARGE, "%s: row %zu: %s has %s; if it is no category, leave it out (--exclude)", c->path,
                   at->row, csv_column_text(c, at->column, text, sizeof(text)), why.msg);
}

/* "1234,5": a number of another country, in a file of semicolons, tabs or quotes. */
static bool has_decimal_comma(const struct csv_cell *cell)
{
    size_t digits = 0, commas = 0;
    for (size_t i = 0; i < cell->length; i++) {
        const char ch = cell->text[i];
        digits += ch >= '0' && ch <= '9';
        commas += ch == ',';
        if (!(ch >= '0' && ch <= '9') && ch != ',' && !(i == 0 && (ch == '-' || ch == '+')))
            return false;
    }
    return digits > 0 && commas == 1;
}

/* One input cell into *out. The first value of a column decides whether it holds numbers or categories. */
static int take_input(struct csv_columns *c, const struct place *at, const struct csv_cell *cell, float *out,
                      struct bz_error *err)
{
    struct csv_column *column = &c->columns[at->column];
    double x;
    if (column->kind != CSV_CATEGORY && bz_parse_number(cell->text, cell->length, &x) == 0) {
        if (column->kind == CSV_UNDECIDED)
            column->first_row = at->row;
        column->kind = CSV_NUMBER;
        *out = (float)x;
        return isfinite(*out) ? 0 : complain(c, at, err, "is too large for a float32", cell);
    }
    if (column->kind == CSV_NUMBER) {
        char what[200];
        if (c->numbers)
            snprintf(what, sizeof(what), "is not a number, as the model wants%s",
                     at->row == 1 && at->column == 0 && !c->header_row ? " (a header without numbers below it?)" : "");
        else
            snprintf(what, sizeof(what),
                     "is not a number; the values above it are (or the header says so); for categories: --categorical %zu",
                     at->column + 1);
        return complain(c, at, err, what, cell);
    }
    if (column->kind == CSV_UNDECIDED && !c->one_per_line && has_decimal_comma(cell)) {
        char what[128];
        snprintf(what, sizeof(what),
                 "looks like a number with a decimal comma, want a point; for categories: --categorical %zu", at->column + 1);
        return complain(c, at, err, what, cell);
    }
    column->kind = CSV_CATEGORY;
    uint32_t number;
    if (take_category(c, column, at, MOST_CATEGORIES, cell, &number, err) < 0)
        return -1;
    *out = (float)number;
    return 0;
}

static int take_row(struct csv_columns *c, struct rows *r, const struct csv_cell *cells, size_t line, bool gaps,
                    struct bz_error *err)
{
    float *row = r->cells + r->n * c->n_inputs;
    for (size_t j = 0; j < c->n; j++) {
        struct csv_column *column = &c->columns[j];
        struct place at = {.row = r->file_rows, .line = line, .column = j};
        if (column->role == CSV_LEFT_OUT)
            continue;
        if (csv_is_missing(&cells[j])) {
            if (!gaps)
                return refuse_missing(c, &at, &cells[j], err);
            if (column->role == CSV_LABEL)
                r->labels[r->n] = -1;
            else
                row[column->slot] = NAN;
            continue;
        }
        if (column->role == CSV_LABEL) {
            uint32_t number;
            if (take_category(c, column, &at, MOST_CLASSES, &cells[j], &number, err) < 0)
                return -1;
            r->labels[r->n] = number;
        } else if (take_input(c, &at, &cells[j], &row[column->slot], err) < 0) {
            return -1;
        }
    }
    if (r->origin)
        r->origin[r->n] = r->file_rows - 1;
    r->n++;
    return 0;
}

static int read_rows(struct csv_columns *c, struct rows *r, struct csv_scan *scan, bool gaps, struct bz_error *err)
{
    struct csv_cell *cells = bz_alloc(c->n, sizeof(*cells), err);
    size_t n, line;
    int got, rc = -1;
    if (!cells)
        return -1;
    if (c->header_row && csv_scan_row(scan, cells, c->n, &n, &line, err) < 0)
        goto out;
    while ((got = csv_scan_row(scan, cells, c->n, &n, &line, err)) > 0) {
        r->file_rows++;
        if (n != c->n) {
            bz_fail(err, BZ_BAD_INPUT, "%s: row %zu (line %zu): %zu cells, want %zu as in the first row", c->path, r->file_rows,
                    line, n, c->n);
            goto out;
        }
        if (!row_wanted(c, cells))
            continue;
        if (r->n == r->room && more_rows(r, c, err) < 0)
            goto out;
        if (take_row(c, r, cells, line, gaps, err) < 0)
            goto out;
    }
    rc = got;
out:
    bz_free(cells);
    return rc;
}

/* Sorts the categories of every column and renumbers the cells. */
static int settle_categories(struct csv_columns *c, struct rows *r, struct train_table *t, struct bz_error *err)
{
    for (size_t j = 0; j < c->n; j++) {
        struct csv_column *column = &c->columns[j];
        uint32_t *rank;
        if (column->kind != CSV_CATEGORY || column->role == CSV_LEFT_OUT)
            continue;
        bool label = column->role == CSV_LABEL;
        if (!label && !t->categories && !(t->categories = bz_alloc(c->n_inputs, sizeof(*t->categories), err)))
            return -1;
        if (bz_text_set_sort(&column->set, label ? &t->classes : &t->categories[column->slot], &rank, err) < 0)
            return -1;
        for (size_t i = 0; label && i < r->n; i++)
            if (r->labels[i] >= 0)
                r->labels[i] = rank[r->labels[i]];
        for (size_t i = 0; !label && i < r->n; i++) {
            float *cell = &r->cells[i * c->n_inputs + column->slot];
            if (!isnan(*cell))
                *cell = (float)rank[(size_t)*cell];
        }
        bz_free(rank);
    }
    return 0;
}

/* Names and numbers of the input columns. */
static int move_columns(struct csv_columns *c, struct train_table *t, struct bz_error *err)
{
    if (c->n_inputs < c->n) {
        t->column_origin = bz_alloc(c->n_inputs, sizeof(size_t), err);
        if (!t->column_origin)
            return -1;
        for (size_t j = 0; j < c->n; j++)
            if (c->columns[j].role == CSV_INPUT)
                t->column_origin[c->columns[j].slot] = j;
    }
    bool any = false;
    for (size_t j = 0; j < c->n; j++)
        any = any || (c->columns[j].role == CSV_INPUT && c->columns[j].name);
    if (!any)
        return 0;
    t->names = bz_alloc(c->n_inputs, sizeof(char *), err);
    if (!t->names)
        return -1;
    for (size_t j = 0; j < c->n; j++) {
        if (c->columns[j].role != CSV_INPUT)
            continue;
        t->names[c->columns[j].slot] = c->columns[j].name;
        c->columns[j].name = NULL;
    }
    return 0;
}

static int refuse_no_rows(const struct csv_columns *c, const struct rows *r, struct bz_error *err)
{
    for (size_t i = 0; i < c->n_where; i++)
        if (c->where[i].matched == 0)
            return bz_fail(err, BZ_BAD_INPUT, "%s: none of %zu rows has %s%.64s in column %zu (--where)", c->path, r->file_rows,
                           c->where[i].negated ? "anything but " : "", c->where[i].text, c->where[i].column + 1);
    return bz_fail(err, BZ_BAD_INPUT, "%s: no row of %zu is left%s", c->path, r->file_rows,
                   c->n_where ? " (--where)" : " below the header");
}

static int read_csv(struct train_table *t, struct train_source *s, const struct train_table_options *o, struct bz_error *err)
{
    struct csv_columns c;
    struct rows r = {0};
    struct csv_scan scan;
    if (csv_columns_new(&c, s, o, err) < 0)
        return -1;
    csv_scan_start(&scan, s->path, (const char *)s->data, s->size, o->labels);
    int rc = read_rows(&c, &r, &scan, train_gaps_accepted(o->user), err);
    if (rc == 0 && r.n == 0)
        rc = refuse_no_rows(&c, &r, err);
    t->rows = r.n;
    t->columns = c.n_inputs;
    t->file_rows = r.file_rows;
    t->text = true;
    t->store = TRAIN_F32;
    t->f32 = r.cells;
    t->labels = r.labels;
    t->origin = r.origin;
    if (rc == 0)
        rc = settle_categories(&c, &r, t, err);
    if (rc == 0)
        rc = move_columns(&c, t, err);
    csv_scan_free(&scan);
    csv_columns_free(&c);
    return rc;
}

const struct train_format train_format_csv = {"CSV", matches, read_csv};
