/* Lines and fields of graph files. A field is a word, a number, a quoted text, or what stands between ( ) or { }. */
#include "graph_lines.h"
#include "mem.h"
#include "table.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

void graph_text_free(struct graph_text *t)
{
    bz_free(t->lines);
    bz_free(t->fields);
    *t = (struct graph_text){0};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The end of a field that begins at `at`: past its closing quote or bracket, or before the next separator. */
static const char *field_end(const char *at, const char *end, char separator)
{
    static const char pairs[] = "(){}\"\"''";
    for (size_t k = 0; k < 8; k += 2)
        if (*at == pairs[k]) {
            const char *close = memchr(at + 1, pairs[k + 1], (size_t)(end - at - 1));
            return close ? close + 1 : end;
        }
    while (at < end && (separator ? *at != separator : !is_blank(*at)))
        at++;
    return at;
}

static struct graph_field trimmed(const char *from, const char *to)
{
    while (from < to && is_blank(*from))
        from++;
    while (from < to && is_blank(to[-1]))
        to--;
    if (to - from >= 2 && (*from == '"' || *from == '\'') && to[-1] == *from)
        return (struct graph_field){from + 1, (size_t)(to - from - 2)};
    return (struct graph_field){from, (size_t)(to - from)};
}

/* Fields of a line into out (NULL = only counted). */
static size_t split(const char *at, const char *end, char separator, struct graph_field *out)
{
    size_t n = 0;
    while (end > at && is_blank(end[-1]))
        end--;
    for (bool more = true; more; n++) {
        while (at < end && is_blank(*at))
            at++;
        if (at == end && !(separator && n > 0))
            return n;
        const char *stop = at < end ? field_end(at, end, separator) : end;
        if (separator) /* after a closing quote */
            while (stop < end && *stop != separator)
                stop++;
        if (out)
            out[n] = trimmed(at, stop);
        more = stop < end;
        at = stop + (separator && more);
    }
    return n;
}

/* A comma, semicolon or tab between the fields of the first line of data. */
static char find_separator(const char *at, const char *end)
{
    char found = 0;
    while (at < end && *at != '\n') {
        if (*at == '(' || *at == '{' || *at == '"') {
            at = field_end(at, end, 0);
            continue;
        }
        if (*at == ',' || *at == ';')
            return *at;
        if (*at == '\t')
            found = '\t';
        at++;
    }
    return found;
}

static const char *line_end(const char *at, const char *end)
{
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    return stop ? stop : end;
}

/* Whether a line holds data; examines comments on the way. */
static bool is_data(struct graph_text *t, const char *at, const char *end, const char *comment, bool empty)
{
    while (at < end && is_blank(*at))
        at++;
    if (at == end)
        return empty;
    if (!strchr(comment, *at) || *comment == 0)
        return true;
    t->networkx_dates = t->networkx_dates || (end - at > 6 && memcmp(at, "# GMT ", 6) == 0);
    return false;
}

int graph_text_split(struct graph_text *t, const char *path, const char *text, size_t size, const char *comment, bool empty,
                     struct bz_error *err)
{
    *t = (struct graph_text){.path = path};
    const char *const end = text + size;
    char separator = 0;
    for (int pass = 0; pass < 2; pass++) { /* counted, then kept */
        size_t lines = 0, fields = 0, number = 1;
        for (const char *at = text; at < end; number++) {
            const char *stop = line_end(at, end);
            if (is_data(t, at, stop, comment, empty)) {
                if (lines == 0 && pass == 0 && !empty)
                    separator = find_separator(at, end);
                struct graph_field *to = pass ? t->fields + fields : NULL;
                const size_t n = split(at, stop, separator, to);
                if (pass)
                    t->lines[lines] = (struct graph_line){to, n, number};
                fields += n;
                lines++;
            }
            at = stop + (stop < end);
        }
        if (pass == 0) {
            t->n = lines;
            t->n_fields = fields;
            t->n_lines = number - 1;
            t->commas = separator != 0;
            t->lines = bz_alloc(lines, sizeof(*t->lines), err);
            t->fields = t->lines ? bz_alloc(fields, sizeof(*t->fields), err) : NULL;
            if (!t->fields) {
                graph_text_free(t);
                return -1;
            }
        }
    }
    return 0;
}

bool graph_field_is(const struct graph_field *f, const char *word)
{
    return f->length == strlen(word) && strncasecmp(f->text, word, f->length) == 0;
}

bool graph_field_whole(const struct graph_field *f, size_t *out)
{
    double x;
    *out = 0;
    if (f->length > 1 && memchr(f->text, '.', f->length) && graph_field_number(f, &x) && x >= 0 && x < 0x1p53 &&
        x == floor(x)) {
        *out = (size_t)x; /* 3.0, as pandas and numpy.savetxt write whole numbers among others */
        return true;
    }
    for (size_t i = 0; i < f->length; i++) {
        if (f->text[i] < '0' || f->text[i] > '9' || *out > SIZE_MAX / 16)
            return false;
        *out = *out * 10 + (size_t)(f->text[i] - '0');
    }
    return f->length > 0;
}

bool graph_field_number(const struct graph_field *f, double *out)
{
    return bz_parse_number(f->text, f->length, out) == 0 && isfinite(*out);
}
