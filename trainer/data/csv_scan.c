#include "csv_scan.h"

#include "mem.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}

static char find_separator(const char *p, const char *end)
{
    size_t commas = 0, semicolons = 0, tabs = 0, spaces = 0;
    bool quoted = false;
    while (p < end && (*p == '\n' || is_blank(*p)))
        p++;
    for (; p < end && (*p != '\n' || quoted); p++) {
        if (*p == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        commas += *p == ',';
        semicolons += *p == ';';
        tabs += *p == '\t';
        spaces += *p == ' ';
    }
    if (commas > 0 && commas >= semicolons && commas >= tabs)
        return ',';
    if (semicolons > 0 && semicolons >= tabs)
        return ';';
    if (tabs > 0)
        return '\t';
    return spaces > 0 ? ' ' : ',';
}

void csv_scan_start(struct csv_scan *c, const char *path, const char *text, size_t size, bool one_per_line)
{
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r' || text[size - 1] == ' '))
        size--;
    *c = (struct csv_scan){.path = path, .next = text, .end = text + size, .line = 1};
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) /* byte order mark of UTF-8 */
        c->next += 3;
    c->separator = one_per_line ? 0 : find_separator(c->next, c->end);
}

void csv_scan_free(struct csv_scan *c)
{
    bz_free(c->unquoted);
    c->unquoted = NULL;
}

/* A cell in quotes; c->next stands on the opening one. Doubled quotes mean one. */
static int quoted_cell(struct csv_scan *c, struct csv_cell *cell, struct bz_error *err)
{
    size_t first_line = c->line;
    const char *start = ++c->next;
    bool doubled = false;
    for (;; c->next++) {
        if (c->next == c->end)
            return bz_fail(err, BZ_BAD_INPUT, "%s: line %zu: a quoted cell starts here and never ends", c->path, first_line);
        c->line += *c->next == '\n';
        if (*c->next != '"')
            continue;
        if (c->next + 1 == c->end || c->next[1] != '"')
            break;
        doubled = true;
        c->next++;
    }
    *cell = (struct csv_cell){start, (size_t)(c->next - start)};
    c->next++;
    while (c->next < c->end && is_blank(*c->next) && *c->next != c->separator)
        c->next++;
    if (c->next < c->end && *c->next != '\n' && *c->next != c->separator)
        return bz_fail(err, BZ_BAD_INPUT, "%s: line %zu: text after the closing quote of a cell", c->path, c->line);
    if (!doubled)
        return 0;
    /* Once for the whole file, of its size: cells of one row can never need more. */
    if (!c->unquoted && !(c->unquoted = bz_alloc((size_t)(c->end - start), 1, err)))
        return -1;
    char *out = c->unquoted + c->unquoted_end;
    size_t n = 0;
    for (size_t i = 0; i < cell->length; i++) {
        out[n++] = start[i];
        i += start[i] == '"';
    }
    c->unquoted_end += n;
    *cell = (struct csv_cell){out, n};
    return 0;
}

/* A bare cell, up to the separator or the end of the line, without blanks around it. */
static void bare_cell(struct csv_scan *c, struct csv_cell *cell)
{
    const char *start = c->next, separator = c->separator;
    while (c->next < c->end && *c->next != '\n' && (*c->next != separator || separator == 0))
        c->next++;
    const char *stop = c->next;
    while (stop > start && is_blank(stop[-1]))
        stop--;
    *cell = (struct csv_cell){start, (size_t)(stop - start)};
}

static void skip_blanks(struct csv_scan *c)
{
    while (c->next < c->end && is_blank(*c->next) && (*c->next != c->separator || c->separator == ' '))
        c->next++;
}

int csv_scan_row(struct csv_scan *c, struct csv_cell *cells, size_t room, size_t *n, size_t *line, struct bz_error *err)
{
    c->unquoted_end = 0;
    skip_blanks(c);
    while (c->separator != 0 && c->next < c->end && *c->next == '\n') {
        c->next++;
        c->line++;
        skip_blanks(c);
    }
    if (c->next == c->end)
        return 0;
    *line = c->line;
    for (*n = 0;;) {
        struct csv_cell cell;
        skip_blanks(c);
        if (c->next < c->end && *c->next == '"' && c->separator != 0) {
            if (quoted_cell(c, &cell, err) < 0)
                return -1;
        } else {
            bare_cell(c, &cell);
        }
        if (*n < room)
            cells[*n] = cell;
        ++*n;
        if (c->separator == ' ')
            skip_blanks(c); /* the end of the line is not one more cell */
        else if (c->next < c->end && *c->next == c->separator && c->separator != 0) {
            c->next++;
            continue;
        }
        if (c->next == c->end)
            return 1;
        if (*c->next == '\n') {
            c->next++;
            c->line++;
            return 1;
        }
    }
}
