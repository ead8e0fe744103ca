#include "unit_names.h"

#include "columns.h"
#include "layout.h"
#include "mem.h"
#include "source.h"
#include "text_set.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* A name from *at on, in quotes or up to one of the separators, behind which *at stands then; the caller's, NULL on error. */
static char *take_name(const char **at, const char *end, const char *separators, struct bz_error *err)
{
    const char *p = *at;
    const bool quoted = p < end && *p == '"';
    size_t n = 0;
    char *name = bz_alloc((size_t)(end - p) + 1, 1, err);
    if (!name)
        return NULL;
    for (p += quoted; p < end; p++) {
        if (quoted && *p == '"' && !(p + 1 < end && p[1] == '"'))
            break;
        if (!quoted && strchr(separators, *p))
            break;
        p += quoted && *p == '"';
        name[n++] = *p;
    }
    *at = p + (quoted && p < end);
    return name;
}

/* The names of a line, of which there are several only if it is the only one; otherwise what follows is a column's kind, or
 * other words that a unit stands for (a stem's forms): *several = the first such name, counted from 1. */
static int take_line(char ***names, size_t *n, size_t *room, const char *path, const char *at, size_t length, size_t line,
                     bool only, size_t *several, struct bz_error *err)
{
    const char *end = at + length;
    while (end > at && (end[-1] == '\r' || end[-1] == ' '))
        end--;
    const char *separators = !only                                  ? ",\t"
                             : memchr(at, '\t', (size_t)(end - at)) ? "\t"
                             : memchr(at, ';', (size_t)(end - at))  ? ";"
                                                                    : ",";
    for (bool more = true; more; at++) {
        const char *name = at;
        if (bz_grow(names, room, *n + 1, sizeof(**names), err) < 0 || !((*names)[*n] = take_name(&at, end, separators, err)))
            return -1;
        *n += 1;
        if (name < end && *name == '"' && at == end && (end - name < 2 || end[-1] != '"'))
            return bz_fail(err, BZ_BAD_INPUT, "%s: line %zu: a name in quotes does not end: %.*s", path, line,
                           end - name < 64 ? (int)(end - name) : 64, name);
        more = only && at < end && strchr(separators, *at);
        if (!more && at < end && !strchr(separators, *at))
            return bz_fail(err, BZ_BAD_INPUT, "%s: line %zu: found '%.*s' behind a name in quotes, expected a comma or the end",
                           path, line, end - at < 64 ? (int)(end - at) : 64, at);
        if (!more && at < end && !*several && bz_column_kind_of_word(at + 1, (size_t)(end - at) - 1) < 0)
            *several = *n;
    }
    return 0;
}

static int refuse_empty_or_again(char *const *names, size_t n, const char *path, struct bz_error *err)
{
    struct bz_text_set seen = {0};
    size_t *first = bz_alloc(n + 1, sizeof(*first), err);
    int rc = first ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const size_t before = seen.n;
        uint32_t number = 0;
        if (!names[i][0])
            rc = bz_fail(err, BZ_BAD_INPUT, "%s: name %zu is empty; expected one for each unit", path, i + 1);
        else if ((rc = bz_text_set_add(&seen, names[i], strlen(names[i]), SIZE_MAX, &number, err)) == 0) {
            if (number < before)
                rc = bz_fail(err, BZ_BAD_INPUT, "%s: names %zu and %zu are both '%.64s'; expected different ones", path,
                             first[number] + 1, i + 1, names[i]);
            first[number] = i;
        }
    }
    bz_text_set_free(&seen);
    bz_free(first);
    return rc;
}

void train_free_names(char **names, size_t n)
{
    for (size_t i = 0; names && i < n; i++)
        bz_free(names[i]);
    bz_free(names);
}

static int read_names(const char *path, char ***names, size_t *n, size_t *several, struct bz_error *err)
{
    struct train_source source;
    size_t room = 0, line = 0;
    *names = NULL;
    *n = *several = 0;
    if (train_source_read(&source, path, err) < 0)
        return -1;
    char *converted;
    size_t length, skip;
    int rc = bz_text_decode(path, (const char *)source.data, source.size, &converted, &length, &skip, err);
    const char *text = converted ? converted : (const char *)source.data + skip;
    const char *end = converted ? converted + length : (const char *)source.data + source.size;
    while (end > text && strchr(" \r\n", end[-1]))
        end--;
    if (rc == 0 && end == text)
        rc = bz_fail(err, BZ_BAD_INPUT, "%s: expected names, found none", path);
    for (const char *at = text; rc == 0 && at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const size_t width = (size_t)((stop ? stop : end) - at);
        rc = take_line(names, n, &room, path, at, width, ++line, at == text && (!stop || stop + 1 == end), several, err);
        at += width + 1;
    }
    if (rc == 0)
        rc = refuse_empty_or_again(*names, *n, path, err);
    bz_free(converted);
    train_source_free(&source);
    if (rc < 0) {
        train_free_names(*names, *n);
        *names = NULL;
    }
    return rc;
}

int train_read_names(const char *path, char ***names, size_t *n, struct bz_error *err)
{
    size_t several;
    return read_names(path, names, n, &several, err);
}

bool train_header_is_file(const char *header)
{
    return header && strcmp(header, "none") != 0 && strcmp(header, "first") != 0;
}

const char *train_header_of(const char *header, const char *layer)
{
    const char *equals = header ? strchr(header, '=') : NULL;
    if (!equals || access(header, F_OK) == 0 || access(equals + 1, F_OK) != 0)
        return header;
    const char *name = *layer ? layer : "visible";
    const size_t length = (size_t)(equals - header);
    return strlen(name) == length && memcmp(name, header, length) == 0 ? equals + 1 : NULL;
}

int train_name_units(struct train_data *d, size_t first, const char *path, size_t *named, size_t *found, struct bz_error *err)
{
    char **names;
    size_t several;
    int rc = read_names(path, &names, found, &several, err);
    if (rc == 0 && several)
        rc = train_data_say(d, err,
                            "%s: the first word of a line is the unit's name (line %zu: '%.64s'); quotes keep a name with a "
                            "comma together",
                            path, several, names[several - 1]);
    for (size_t i = first; rc == 0 && i < d->n_parts; i++) {
        struct train_part *p = &d->parts[i];
        if (p->size != *found || p->columns || p->n_categories)
            continue;
        if (*named > 0)
            rc = train_data_say(d, err, "--header %s names the units of '%s', too; --header NAME=FILE names those of one layer",
                                path, p->name);
        if (rc == 0)
            rc = bz_texts_copy(&p->columns, &p->n_columns, names, *found, err);
        (*named)++;
    }
    train_free_names(names, *found);
    return rc;
}

int train_refuse_names(const struct train_data *d, const char *path, size_t found, const char *first_path, struct bz_error *err)
{
    const char *equals = strchr(path, '=');
    for (size_t i = 0; found == 0 && i < d->n_parts; i++) {
        const char *file = train_header_of(path, d->parts[i].name);
        if (file && file != path)
            return bz_fail(err, BZ_BAD_USAGE, "--header %s: expected as many names as '%s' has columns, %zu", path,
                           d->parts[i].name, d->parts[i].size);
    }
    if (found == 0 && equals && access(path, F_OK) != 0)
        return bz_fail(err, BZ_BAD_USAGE, "--header %s: no --data is called %.*s", path, (int)(equals - path), path);
    if (found == 0)
        return bz_fail(err, BZ_BAD_USAGE, "--header %s: none of the data files has as many columns as there are names", path);
    return bz_fail(err, BZ_BAD_USAGE, "--header %s: found %zu names, expected as many as a data file has columns (%s has %zu)",
                   path, found, first_path, d->parts[0].size);
}
