#include "csv_columns.h"

#include "mem.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ROWS_LOOKED_AT = 100 }; /* below a possible header, to tell whether it is one */

bool csv_is_missing(const struct csv_cell *cell)
{
    if (cell->length == 0)
        return true;
    if (cell->length == 1)
        return cell->text[0] == '?';
    if (cell->length == 2)
        return memcmp(cell->text, "NA", 2) == 0;
    return cell->length == 3 && strncasecmp(cell->text, "nan", 3) == 0;
}

const char *csv_column_text(const struct csv_columns *c, size_t column, char *text, size_t room)
{
    if (c->columns[column].name)
        snprintf(text, room, "column %zu (%.64s)", column + 1, c->columns[column].name);
    else
        snprintf(text, room, "column %zu", column + 1);
    return text;
}

static bool is_number(const struct csv_cell *cell)
{
    double x;
    return bz_parse_number(cell->text, cell->length, &x) == 0;
}

static bool same(const struct csv_cell *a, const struct csv_cell *b)
{
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* A first row of words only is a header if a column below it holds a number, or (words_too) if none of its words comes again
 * below it. */
static int find_header(struct csv_columns *c, const struct csv_cell *first, struct csv_scan *scan, struct csv_cell *cells,
                       bool words_too, struct bz_error *err)
{
    size_t filled = 0;
    for (size_t j = 0; j < c->n; j++) {
        if (is_number(&first[j]))
            return 0;
        filled += !csv_is_missing(&first[j]);
    }
    if (filled == 0)
        return 0;
    size_t n, line, rows = 0;
    bool again = false;
    for (; rows < ROWS_LOOKED_AT; rows++) {
        int got = csv_scan_row(scan, cells, c->n, &n, &line, err);
        if (got <= 0)
            break;
        for (size_t j = 0; j < n && j < c->n; j++) {
            if (is_number(&cells[j])) {
                c->header_row = true;
                return 0;
            }
            again = again || same(&cells[j], &first[j]);
        }
    }
    c->header_row = words_too && rows > 0 && !again;
    return 0;
}

/* path, line: where the name stands. */
static int name_column(struct csv_columns *c, size_t j, const struct csv_cell *cell, const char *path, size_t line,
                       struct bz_error *err)
{
    if (!bz_is_utf8(cell->text, cell->length))
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: line %zu: the name of column %zu is not UTF-8 (iconv -f latin1 -t utf8 may help)", path, line,
                       j + 1);
    bz_free(c->columns[j].name);
    c->columns[j].name = bz_strndup(cell->text, cell->length, err);
    return c->columns[j].name ? 0 : -1;
}

/* First row: how many columns, whether they are names. The cells stay valid, since nothing here undoes quotes twice. */
static int read_first_row(struct csv_columns *c, const struct train_source *s, bool one_per_line, struct bz_error *err)
{
    struct csv_scan scan, below = {0};
    size_t n, line;
    struct csv_cell *first = NULL, *cells = NULL;
    csv_scan_start(&scan, s->path, (const char *)s->data, s->size, one_per_line);
    int got = csv_scan_row(&scan, NULL, 0, &n, &line, err), rc = -1;
    if (got <= 0) {
        if (got == 0)
            bz_fail(err, BZ_BAD_INPUT, "%s: holds no rows", s->path);
        goto out;
    }
    if (train_table_check_size(s->path, 1, n, err) < 0)
        goto out;
    c->n = n;
    c->columns = bz_alloc(n, sizeof(*c->columns), err);
    first = bz_alloc(n, sizeof(*first), err);
    cells = bz_alloc(n, sizeof(*cells), err);
    if (!c->columns || !first || !cells)
        goto out;
    csv_scan_free(&scan);
    csv_scan_start(&scan, s->path, (const char *)s->data, s->size, one_per_line);
    if (csv_scan_row(&scan, first, n, &n, &line, err) < 0)
        goto out;
    below = scan;
    below.unquoted = NULL; /* a buffer of its own, so that the first row's cells live on */
    if (find_header(c, first, &below, cells, !one_per_line, err) < 0)
        goto out;
    for (size_t j = 0; c->header_row && j < n; j++)
        if (first[j].length > 0 && name_column(c, j, &first[j], s->path, line, err) < 0)
            goto out;
    rc = 0;
out:
    csv_scan_free(&scan);
    csv_scan_free(&below);
    bz_free(first);
    bz_free(cells);
    return rc;
}

/* The words after a name in a --header file. */
static int kind_from_word(const char *path, size_t line, const struct csv_cell *word, enum csv_kind *kind, struct bz_error *err)
{
    static const struct {
        const char *word;
        enum csv_kind kind;
    } words[] = {
        {"continuous", CSV_NUMBER},    {"numeric", CSV_NUMBER},   {"real", CSV_NUMBER},
        {"integer", CSV_NUMBER},       {"number", CSV_NUMBER},    {"symbolic", CSV_CATEGORY},
        {"categorical", CSV_CATEGORY}, {"nominal", CSV_CATEGORY}, {"category", CSV_CATEGORY},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i].word) == word->length && strncasecmp(words[i].word, word->text, word->length) == 0) {
            *kind = words[i].kind;
            return 0;
        }
    }
    return bz_fail(err, BZ_BAD_INPUT, "%s: line %zu: a column's kind is continuous or symbolic, found '%.*s'", path, line,
                   (int)(word->length < 64 ? word->length : 64), word->text);
}

/* --header FILE: one line of names, or a line for each column, `name` or `name,kind`. Further columns stay nameless. */
static int read_names(struct csv_columns *c, const char *path, struct bz_error *err)
{
    struct train_source s;
    struct csv_scan scan = {0};
    struct csv_cell *cells = NULL;
    size_t n, line, row = 0;
    int rc = -1, got;
    if (train_source_read(&s, path, err) < 0)
        return -1;
    bool one_line = !memchr(s.data, '\n', s.size) || (size_t)((uint8_t *)memchr(s.data, '\n', s.size) - s.data) + 1 >= s.size;
    cells = bz_alloc(c->n, sizeof(*cells), err);
    if (!cells)
        goto out;
    csv_scan_start(&scan, path, (const char *)s.data, s.size, false);
    while ((got = csv_scan_row(&scan, cells, c->n, &n, &line, err)) > 0) {
        if ((one_line ? n : ++row) > c->n) {
            bz_fail(err, BZ_BAD_INPUT, "%s: line %zu: more names than the %zu columns of %s", path, line, c->n, c->path);
            goto out;
        }
        if (!one_line && n > 2) {
            bz_fail(err, BZ_BAD_INPUT, "%s: line %zu: want a name, or a name and a kind, found %zu cells", path, line, n);
            goto out;
        }
        for (size_t j = 0; one_line && j < n; j++)
            if (name_column(c, j, &cells[j], path, line, err) < 0)
                goto out;
        if (!one_line && name_column(c, row - 1, &cells[0], path, line, err) < 0)
            goto out;
        if (!one_line && n == 2 && kind_from_word(path, line, &cells[1], &c->columns[row - 1].kind, err) < 0)
            goto out;
    }
    rc = got;
out:
    bz_free(cells);
    csv_scan_free(&scan);
    train_source_free(&s);
    return rc;
}

static int unknown_column(const struct csv_columns *c, const char *option, const char *name, size_t length,
                          struct bz_error *err)
{
    char names[256] = "";
    for (size_t j = 0, used = 0; j < c->n && used + 8 < sizeof(names); j++)
        if (c->columns[j].name)
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.40s", used ? ", " : "", c->columns[j].name);
    return bz_fail(err, BZ_BAD_USAGE, "--%s: %s has no column '%.*s'; it has %zu columns%s%s", option, c->path,
                   (int)(length < 64 ? length : 64), name, c->n, names[0] ? ", named " : " and no names (count from 1)", names);
}

/* A column by name, else by number from 1. */
static int find_column(const struct csv_columns *c, const char *option, const char *name, size_t length, size_t *column,
                       struct bz_error *err)
{
    for (size_t j = 0; j < c->n; j++) {
        const char *have = c->columns[j].name;
        if (have && strlen(have) == length && memcmp(have, name, length) == 0) {
            *column = j;
            return 0;
        }
    }
    double number;
    if (bz_parse_number(name, length, &number) == 0 && number >= 1 && number <= (double)c->n &&
        number == (double)(size_t)number) {
        *column = (size_t)number - 1;
        return 0;
    }
    return unknown_column(c, option, name, length, err);
}

/* Columns of one argument: the whole text, or several with commas between them. */
static int for_columns(struct csv_columns *c, const char *option, const char *text, void (*mark)(struct csv_column *column),
                       struct bz_error *err)
{
    size_t j;
    if (strchr(text, ',') && find_column(c, option, text, strlen(text), &j, NULL) == 0) {
        mark(&c->columns[j]); /* a name with a comma in it */
        return 0;
    }
    for (const char *p = text;; p++) {
        size_t length = strcspn(p, ",");
        if (find_column(c, option, p, length, &j, err) < 0)
            return -1;
        mark(&c->columns[j]);
        p += length;
        if (*p == 0)
            return 0;
    }
}

static void mark_left_out(struct csv_column *column)
{
    column->role = CSV_LEFT_OUT;
}

static void mark_category(struct csv_column *column)
{
    column->kind = CSV_CATEGORY;
}

/* The column that became a layer of this name, if there is one. */
static void mark_layer(struct csv_columns *c, const char *layer)
{
    char name[BZ_NAME_ROOM];
    for (size_t j = 0; j < c->n; j++) {
        train_column_layer_name(c->columns[j].name, j, name);
        if (strcmp(name, layer) == 0)
            mark_category(&c->columns[j]);
    }
}

static int read_condition(struct csv_columns *c, const char *text, struct csv_where *w, struct bz_error *err)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return bz_fail(err, BZ_BAD_USAGE, "--where: want COLUMN=VALUE, found '%.64s'", text);
    w->negated = equals[-1] == '!';
    if (find_column(c, "where", text, (size_t)(equals - text) - w->negated, &w->column, err) < 0)
        return -1;
    w->text = equals + 1;
    w->numeric = bz_parse_number(w->text, strlen(w->text), &w->number) == 0;
    return 0;
}

static int settle_roles(struct csv_columns *c, const struct train_table_options *o, struct bz_error *err)
{
    const struct train_data_options *user = o->user;
    size_t j;
    for (size_t i = 0; i < user->exclude.n; i++)
        if (for_columns(c, "exclude", user->exclude.items[i], mark_left_out, err) < 0)
            return -1;
    for (size_t i = 0; i < user->categorical.n; i++)
        if (for_columns(c, "categorical", user->categorical.items[i], mark_category, err) < 0)
            return -1;
    for (size_t i = 0; i < o->n_categorical; i++)
        mark_layer(c, o->categorical[i]);
    if (user->label_column) {
        if (find_column(c, "label-column", user->label_column, strlen(user->label_column), &j, err) < 0)
            return -1;
        c->columns[j].role = CSV_LABEL;
        c->columns[j].kind = CSV_CATEGORY;
        c->has_label = true;
    }
    c->numbers = o->numbers;
    for (j = 0; j < c->n; j++) {
        if (c->columns[j].role != CSV_INPUT)
            continue;
        c->columns[j].slot = c->n_inputs++;
        if (o->numbers && c->columns[j].kind == CSV_UNDECIDED)
            c->columns[j].kind = CSV_NUMBER;
    }
    if (c->n_inputs == 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: no column of %zu is left as input", c->path, c->n);
    c->n_where = user->where.n;
    c->where = bz_alloc(c->n_where, sizeof(*c->where), err);
    if (!c->where)
        return -1;
    for (size_t i = 0; i < c->n_where; i++)
        if (read_condition(c, user->where.items[i], &c->where[i], err) < 0)
            return -1;
    return 0;
}

int csv_columns_new(struct csv_columns *out, const struct train_source *s, const struct train_table_options *o,
                    struct bz_error *err)
{
    struct csv_columns c = {.path = s->path, .one_per_line = o->labels};
    if (read_first_row(&c, s, o->labels, err) < 0 || (o->user->header && read_names(&c, o->user->header, err) < 0) ||
        settle_roles(&c, o, err) < 0) {
        csv_columns_free(&c);
        return -1;
    }
    *out = c;
    return 0;
}

void csv_columns_free(struct csv_columns *c)
{
    for (size_t j = 0; c->columns && j < c->n; j++) {
        bz_free(c->columns[j].name);
        bz_text_set_free(&c->columns[j].set);
    }
    bz_free(c->columns);
    bz_free(c->where);
    *c = (struct csv_columns){0};
}
