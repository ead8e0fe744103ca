#include "unit_names.h"

#include "mem.h"
#include "source.h"
#include "text_set.h"

#include <string.h>

static size_t name_length(const char *line, size_t length)
{
    size_t n = 0;
    while (n < length && line[n] != ',' && line[n] != '\t' && line[n] != '\r')
        n++;
    return n;
}

void train_free_names(char **names, size_t n)
{
    for (size_t i = 0; names && i < n; i++)
        bz_free(names[i]);
    bz_free(names);
}

int train_read_names(const char *path, char ***names, size_t *n, struct bz_error *err)
{
    struct train_source source;
    size_t lines = 0;
    *names = NULL;
    *n = 0;
    if (train_source_read(&source, path, err) < 0)
        return -1;
    const char *text = (const char *)source.data, *end = text + source.size;
    for (const char *c = text; c < end; c++)
        lines += *c == '\n';
    int rc = (*names = bz_alloc(lines + 1, sizeof(**names), err)) ? 0 : -1;
    for (const char *at = text; rc == 0 && at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const size_t length = (size_t)((stop ? stop : end) - at), used = name_length(at, length);
        char *name = bz_alloc(used + 1, 1, err);
        if (!name) {
            rc = -1;
            break;
        }
        memcpy(name, at, used);
        (*names)[(*n)++] = name;
        at += length + 1;
    }
    train_source_free(&source);
    if (rc < 0) {
        train_free_names(*names, *n);
        *names = NULL;
    }
    return rc;
}

int train_name_units(struct train_data *d, size_t first, const char *path, size_t *named, size_t *found, struct bz_error *err)
{
    char **names;
    int rc = train_read_names(path, &names, found, err);
    for (size_t i = first; rc == 0 && i < d->n_parts; i++) {
        struct train_part *p = &d->parts[i];
        if (p->size != *found || p->columns || p->n_categories)
            continue;
        rc = bz_texts_copy(&p->columns, &p->n_columns, names, *found, err);
        (*named)++;
    }
    train_free_names(names, *found);
    return rc;
}

int train_refuse_names(const char *path, size_t found, const char *first_path, size_t size, struct bz_error *err)
{
    if (found == 0)
        return bz_fail(err, BZ_BAD_USAGE, "--header %s: none of the data files has as many columns as there are names", path);
    return bz_fail(err, BZ_BAD_USAGE, "--header %s: found %zu names, expected as many as a data file has columns (%s has %zu)",
                   path, found, first_path, size);
}
