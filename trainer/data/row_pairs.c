#include "row_pairs.h"

#include "by_name.h"
#include "mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    const char *name;
    size_t length, row;
};

static int by_name_alone(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    const int order = memcmp(x->name, y->name, x->length < y->length ? x->length : y->length);
    return order ? order : (x->length > y->length) - (x->length < y->length);
}

static int by_name(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    const int order = by_name_alone(a, b);
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

/* A name as it is, or without the /from-to at its end. */
static struct entry entry_of(const char *name, size_t row, bool shorter)
{
    const size_t length = shorter ? train_name_without_range(name) : 0;
    return (struct entry){name, length ? length : strlen(name), row};
}

static char *const *names_of(const struct train_table *t)
{
    return t->ids ? t->ids : t->row_names;
}

static int note(struct train_pairs *first, const struct train_table *t, struct bz_error *err)
{
    first->asked = t->ids != NULL;
    return (first->path = bz_strdup(t->path, err)) ? bz_texts_copy(&first->names, &first->rows, names_of(t), t->rows, err) : -1;
}

static bool same_order(const struct train_pairs *first, char *const *names, bool shorter)
{
    for (size_t i = 0; i < first->rows; i++) {
        const struct entry a = entry_of(first->names[i], i, shorter), b = entry_of(names[i], i, shorter);
        if (by_name_alone(&a, &b) != 0)
            return false;
    }
    return true;
}

/* list[t->rows], sorted; from[i]: the row of the table with the name of row i. Returns how many were found; *missing: the first
 * that was not. */
static size_t find_rows(const struct train_pairs *first, const struct train_table *t, struct entry *list, size_t *from,
                        bool shorter, size_t *missing)
{
    size_t found = 0;
    for (size_t i = 0; i < t->rows; i++)
        list[i] = entry_of(names_of(t)[i], i, shorter);
    qsort(list, t->rows, sizeof(*list), by_name);
    for (size_t i = 0; i < first->rows; i++) {
        const struct entry key = entry_of(first->names[i], 0, shorter),
                           *e = bsearch(&key, list, t->rows, sizeof(*list), by_name_alone);
        if (from)
            from[i] = e ? e->row : SIZE_MAX;
        if (!e && i - found == 0)
            *missing = i;
        found += e != NULL;
    }
    return found;
}

/* A name that two rows have, of this file or of the first: then nothing says which is which. */
static int check_twice(const struct train_pairs *first, const struct train_table *t, const struct entry *list,
                       const size_t *from, struct bz_error *err)
{
    const char *twice = NULL;
    bool *used = bz_alloc(t->rows, sizeof(*used), err);
    if (!used)
        return -1;
    for (size_t i = 0; i < t->rows; i++) {
        if (used[from[i]] || (i > 0 && by_name_alone(&list[i], &list[i - 1]) == 0))
            twice = used[from[i]] ? first->names[i] : list[i].name;
        used[from[i]] = true;
    }
    bz_free(used);
    if (!twice)
        return 0;
    return bz_fail(
        err, BZ_BAD_INPUT,
        "%s: several rows are called '%.64s', and the rows come in another order than in %s; expected a name for each "
        "row (--index-column), or the same order",
        t->path, twice, first->path);
}

enum { WAYS_ROOM = 240 };

/* Names of which only some are in both files. */
static const char *ways_on(const struct train_pairs *first, const struct train_table *t, size_t found, char *text)
{
    snprintf(text, WAYS_ROOM, "%zu of the %zu names of %s are in both: keep the rows of these in each file (%s)%s", found,
             first->rows, first->path, t->row_names ? "seqkit grep -f NAMES" : "join, merge by the column",
             t->row_names ? "; rename the others if they are the same sequences" : "");
    return text;
}

static int pair(const struct train_pairs *first, struct train_table *t, struct entry *list, size_t *from, struct bz_error *err)
{
    size_t missing = 0;
    char ways[WAYS_ROOM];
    size_t found = find_rows(first, t, list, from, false, &missing);
    if (found < first->rows && t->row_names) /* without ranges no fewer are found */
        found = find_rows(first, t, list, from, true, &missing);
    if (found == 0 && !(first->asked && t->ids))
        return train_table_say(t, err, "no name is one of %s: rows are paired by position", first->path);
    if (found < first->rows)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: no row is called '%.64s', as row %zu of %s is; expected the same names in both files, or files "
                       "without names, whose rows are paired by position%s%s",
                       t->path, first->names[missing], missing + 1, first->path, found ? "; " : "",
                       found ? ways_on(first, t, found, ways) : "");
    if (check_twice(first, t, list, from, err) < 0 || train_table_reorder(t, from, err) < 0)
        return -1;
    return train_table_say(t, err, "rows are paired with those of %s by name, %zu of them, and taken in their order",
                           first->path, t->rows);
}

const char *train_pairs_text(const struct train_pairs *p, const struct train_table *t, char *text, size_t room)
{
    char ways[WAYS_ROOM];
    size_t missing = 0;
    struct entry *list = names_of(t) && p->names ? bz_alloc(t->rows, sizeof(*list), NULL) : NULL;
    const size_t found = list ? find_rows(p, t, list, NULL, t->row_names != NULL, &missing) : 0;
    snprintf(text, room, "%s%s", found ? "; " : "", found ? ways_on(p, t, found, ways) : "");
    bz_free(list);
    return text;
}

static int pair_names(struct train_pairs *first, struct train_table *t, struct bz_error *err)
{
    if (!names_of(t))
        return 0;
    if (!first->names)
        return note(first, t, err);
    if (t->rows != first->rows || same_order(first, names_of(t), false) ||
        (t->row_names && same_order(first, names_of(t), true)))
        return 0;
    struct entry *list = bz_alloc(t->rows, sizeof(*list), err);
    size_t *from = bz_alloc(t->rows, sizeof(*from), err);
    const int rc = list && from ? pair(first, t, list, from, err) : -1;
    bz_free(list);
    bz_free(from);
    return rc;
}

/* Whether both hold the same, in different orders: under one name, or as names of rows. */
static bool is_reordered(const struct bz_left_cells *a, const struct bz_left_cells *b)
{
    return a->cells == b->cells && a->order != b->order && (strcmp(a->name, b->name) == 0 || (a->differ && b->differ));
}

static int refuse_order(const struct train_table *t, const struct bz_left_cells *c, const struct bz_left_cells *before,
                        const char *path, struct bz_error *err)
{
    if (strcmp(c->name, before->name) == 0 && !c->differ)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: column '%.64s' holds what it holds in %s, in another order: the rows of the files do not belong "
                       "together as they stand; --exclude %.64s pairs them by position",
                       t->path, c->name, path, c->name);
    if (strcmp(c->name, before->name) == 0)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: column '%.64s' holds what it holds in %s, in another order: the rows of the files do not belong "
                       "together as they stand; --index-column %.64s pairs them by it, --exclude %.64s by position",
                       t->path, c->name, path, c->name, c->name);
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: column '%.64s' holds what '%.64s' of %s holds, in another order: the rows of the files do not belong "
                   "together as they stand; under one name --index-column pairs them by it, --exclude %.64s,%.64s by position",
                   t->path, c->name, before->name, path, c->name, before->name);
}

static int compare_left(struct train_pairs *seen, struct train_table *t, struct bz_error *err)
{
    const size_t before = seen->n_left;
    for (size_t i = 0; !t->ids && i < t->reading.n_left_cells; i++) {
        struct bz_left_cells *c = &t->reading.left_cells[i];
        for (size_t k = 0; k < before; k++)
            if (is_reordered(&seen->left[k], c))
                return refuse_order(t, c, &seen->left[k], seen->left_path[k], err);
        if (bz_grow(&seen->left, &seen->room, seen->n_left + 1, sizeof(*seen->left), err) < 0 ||
            bz_grow(&seen->left_path, &seen->path_room, seen->n_left + 1, sizeof(*seen->left_path), err) < 0 ||
            !(seen->left_path[seen->n_left] = bz_strdup(t->path, err)))
            return -1;
        seen->left[seen->n_left] = *c;
        seen->left[seen->n_left++].name = bz_take(&c->name);
    }
    return 0;
}

static bool lists(char *const *texts, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(texts[i], text) == 0)
            return true;
    return false;
}

/* What all text tables so far lack. */
static int note_unfound(struct train_pairs *p, const struct train_table *t, struct bz_error *err)
{
    const struct train_reading *r = &t->reading;
    if (!t->text)
        return 0;
    if (p->tables++ == 0)
        return bz_texts_copy(&p->unfound, &p->n_unfound, r->unfound, r->n_unfound, err);
    size_t n = 0;
    for (size_t i = 0; i < p->n_unfound; i++) {
        char *text = p->unfound[i];
        if (lists(r->unfound, r->n_unfound, text))
            p->unfound[n++] = text;
        else
            bz_free(text);
    }
    p->n_unfound = n;
    return 0;
}

int train_pairs_finish(const struct train_pairs *p, struct bz_error *err)
{
    if (p->n_unfound == 0)
        return 0;
    return bz_fail(err, BZ_BAD_USAGE, "--%s is a column of none of the data files (boltz check FILE lists those of one)",
                   p->unfound[0]);
}

int train_rows_pair(struct train_pairs *p, struct train_table *t, struct bz_error *err)
{
    return note_unfound(p, t, err) < 0 || compare_left(p, t, err) < 0 ? -1 : pair_names(p, t, err);
}

void train_pairs_free(struct train_pairs *p)
{
    bz_texts_free(p->names, p->rows);
    bz_free(p->path);
    bz_texts_free(p->left_path, p->n_left);
    bz_texts_free(p->unfound, p->n_unfound);
    bz_left_cells_free(p->left, p->n_left);
}
