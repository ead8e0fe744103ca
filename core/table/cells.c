#include "cells.h"

#include "mem.h"
#include "stop.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}

void bz_cells_start(struct bz_cells *c, const char *path, const char *text, size_t size, const struct bz_dialect *dialect,
                    size_t line)
{
    *c = (struct bz_cells){.path = path, .next = text, .end = size ? text + size : text, .dialect = *dialect, .line = line};
}

void bz_cells_free(struct bz_cells *c)
{
    bz_drop(&c->unquoted);
}

static bool at_line_end(const struct bz_cells *c)
{
    return c->next == c->end || *c->next == c->dialect.line_end;
}

static void skip_blanks(struct bz_cells *c)
{
    while (!at_line_end(c) && is_blank(*c->next) && (*c->next != c->dialect.separator || *c->next == ' '))
        c->next++;
}

/* Asks now and then, as cells are read, whether to stop. */
static int go_on(struct bz_cells *c, struct bz_error *err)
{
    if (c->asked && c->next - c->asked < BZ_STOP_BYTES)
        return 0;
    c->asked = c->next;
    return bz_stopping() ? bz_fail(err, BZ_INTERRUPTED, "%s: line %zu: asked to stop", c->path, c->line) : 0;
}

static char quote_of(const struct bz_cells *c)
{
    return c->dialect.quote ? c->dialect.quote : '"';
}

/* Whether p is at an escaped quote, two characters that stand for one of the cell's own. */
static bool is_pair(const struct bz_cells *c, const char *p, const char *end)
{
    return p + 1 < end && ((*p == quote_of(c) && p[1] == *p) || (c->dialect.escape && *p == '\\' && strchr("\\'\"", p[1])));
}

/* Replaces each such pair in text[length] by one character, in the buffer for the row. */
static int undouble(struct bz_cells *c, struct bz_cell *cell, struct bz_error *err)
{
    /* Allocated once, of the size of the remaining text: the cells of one row can never need more. */
    if (!c->unquoted && !(c->unquoted = bz_alloc((size_t)(c->end - cell->text), 1, err)))
        return -1;
    char *out = c->unquoted + c->unquoted_end;
    size_t n = 0;
    for (size_t i = 0; i < cell->length; i++) {
        i += is_pair(c, cell->text + i, cell->text + cell->length);
        out[n++] = cell->text[i];
    }
    c->unquoted_end += n;
    cell->text = out;
    cell->length = n;
    return 0;
}

/* A cell in quotes, with c->next at the opening one. Returns 1 if no cell ends at its closing quote. */
static int quoted_cell(struct bz_cells *c, struct bz_cell *cell, struct bz_error *err)
{
    const size_t first_line = c->line;
    const char *start = ++c->next;
    bool doubled = false;
    for (;; c->next++) {
        if (c->next == c->end)
            return bz_fail(err, BZ_BAD_INPUT, "%s: line %zu: a quoted cell starts here and never ends", c->path, first_line);
        if (*c->next == c->dialect.line_end) {
            c->line++;
            if (go_on(c, err) < 0)
                return -1;
        }
        if (is_pair(c, c->next, c->end)) {
            doubled = true;
            c->next++;
        } else if (*c->next == quote_of(c))
            break;
    }
    *cell = (struct bz_cell){start, (size_t)(c->next - start), true};
    c->next++;
    const char *behind = c->next;
    while (!at_line_end(c) && is_blank(*c->next) && *c->next != c->dialect.separator)
        c->next++;
    const bool closed = at_line_end(c) || *c->next == c->dialect.separator || (c->dialect.separator == ' ' && c->next > behind);
    return !closed ? 1 : doubled ? undouble(c, cell, err) : 0;
}

/* A bare cell, up to the separator or the end of the line, without blanks around it. */
static void bare_cell(struct bz_cells *c, struct bz_cell *cell)
{
    const char *start = c->next, separator = c->dialect.separator;
    while (!at_line_end(c) && (*c->next != separator || separator == 0) && !(separator == ' ' && *c->next == '\t'))
        c->next++;
    const char *stop = c->next;
    while (stop > start && is_blank(stop[-1]))
        stop--;
    *cell = (struct bz_cell){start, (size_t)(stop - start), false};
}

/* ="low", as programs write words for spreadsheets; numbers written so are meant as text and are left alone. */
static void undo_formula(struct bz_cell *cell)
{
    const size_t n = cell->length;
    if (n > 3 && cell->text[0] == '=' && cell->text[1] == '"' && cell->text[n - 1] == '"' &&
        !strchr("0123456789+-.", cell->text[2])) {
        cell->text += 2;
        cell->length -= 3;
    }
}

static int next_cell(struct bz_cells *c, struct bz_cell *cell, struct bz_error *err)
{
    const char *start = c->next;
    const size_t line = c->line;
    if (start == c->end || *start != quote_of(c)) {
        bare_cell(c, cell);
        return 0;
    }
    const int rc = quoted_cell(c, cell, err);
    if (rc <= 0)
        return rc;
    if (c->dialect.separator != 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: line %zu: text after the closing quote of a cell", c->path, c->line);
    c->next = start; /* a line that only begins with a quote */
    c->line = line;
    bare_cell(c, cell);
    return 0;
}

/* Blank lines before a row. */
static int skip_blank_lines(struct bz_cells *c, struct bz_error *err)
{
    c->blank_line = 0;
    skip_blanks(c);
    while (c->dialect.separator != 0 && c->next < c->end && *c->next == c->dialect.line_end) {
        c->blank_line = c->line++;
        c->next++;
        skip_blanks(c);
        if (go_on(c, err) < 0)
            return -1;
    }
    return 0;
}

static struct bz_stretch stretch(const char *start, const char *stop)
{
    while (stop > start && is_blank(stop[-1]))
        stop--;
    return (struct bz_stretch){start, (size_t)(stop - start)};
}

/* A line of digits, a cell each. */
static int bits_row(struct bz_cells *c, struct bz_cell *cells, size_t room, size_t *n)
{
    for (*n = 0; !at_line_end(c) && !is_blank(*c->next); c->next++, ++*n)
        if (*n < room) {
            cells[*n] = (struct bz_cell){c->next, 1, false};
            if (c->where)
                c->where[*n] = (struct bz_stretch){c->next, 1};
        }
    skip_blanks(c);
    if (c->next < c->end && at_line_end(c)) {
        c->next++;
        c->line++;
    }
    return 1;
}

int bz_cells_row(struct bz_cells *c, struct bz_cell *cells, size_t room, size_t *n, size_t *line, struct bz_error *err)
{
    c->unquoted_end = 0;
    if (skip_blank_lines(c, err) < 0 || go_on(c, err) < 0)
        return -1;
    if (c->next == c->end)
        return 0;
    *line = c->line;
    if (c->dialect.bits > 0)
        return bits_row(c, cells, room, n);
    for (*n = 0;;) {
        struct bz_cell cell;
        const char *behind = c->next; /* the separator */
        skip_blanks(c);
        const char *start = c->next;
        if (next_cell(c, &cell, err) < 0)
            return -1;
        undo_formula(&cell);
        if (go_on(c, err) < 0)
            return -1;
        if (*n < room) {
            cells[*n] = cell;
            if (c->where)
                c->where[*n] = start == c->next ? (struct bz_stretch){behind, 0} : stretch(start, c->next);
        }
        ++*n;
        if (c->dialect.separator == ' ') {
            skip_blanks(c); /* the end of the line does not begin another cell */
        } else if (!at_line_end(c)) {
            c->next++;
            continue;
        }
        if (!at_line_end(c))
            continue;
        if (c->dialect.trailing && *n > 1 && cell.length == 0 && !cell.quoted)
            --*n;
        if (c->next == c->end)
            return 1;
        c->next++;
        c->line++;
        return 1;
    }
}
