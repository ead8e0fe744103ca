#include "row_pairs.h"

#include "mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    const char *name;
    size_t row;
};

static int by_name(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

static int by_name_alone(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
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

static bool same_order(const struct train_pairs *first, char *const *names)
{
    for (size_t i = 0; i < first->rows; i++)
        if (strcmp(first->names[i], names[i]) != 0)
            return false;
    return true;
}

/* from[i]: the row of the table with the name of row i. Returns how many were found; *missing: the first that was not. */
static size_t find_rows(const struct train_pairs *first, const struct entry *list, size_t n, size_t *from, size_t *missing)
{
    size_t found = 0;
    for (size_t i = 0; i < first->rows; i++) {
        const struct entry key = {first->names[i], 0}, *e = bsearch(&key, list, n, sizeof(*list), by_name_alone);
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
        if (used[from[i]] || (i > 0 && strcmp(list[i].name, list[i - 1].name) == 0))
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

static int pair(const struct train_pairs *first, struct train_table *t, struct entry *list, size_t *from, struct bz_error *err)
{
    size_t missing = 0;
    for (size_t i = 0; i < t->rows; i++)
        list[i] = (struct entry){names_of(t)[i], i};
    qsort(list, t->rows, sizeof(*list), by_name);
    const size_t found = find_rows(first, list, t->rows, from, &missing);
    if (found == 0 && !(first->asked && t->ids))
        return train_table_say(t, err, "no name is one of %s: rows are paired by position", first->path);
    if (found < first->rows)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: no row is called '%.64s', as row %zu of %s is; expected the same names in both files, or files "
                       "without names, whose rows are paired by position",
                       t->path, first->names[missing], missing + 1, first->path);
    if (check_twice(first, t, list, from, err) < 0 || train_table_reorder(t, from, err) < 0)
        return -1;
    return train_table_say(t, err, "rows are paired with those of %s by name, %zu of them, and taken in their order",
                           first->path, t->rows);
}

static int pair_names(struct train_pairs *first, struct train_table *t, struct bz_error *err)
{
    if (!names_of(t))
        return 0;
    if (!first->names)
        return note(first, t, err);
    if (t->rows != first->rows || same_order(first, names_of(t)))
        return 0;
    struct entry *list = bz_alloc(t->rows, sizeof(*list), err);
    size_t *from = bz_alloc(t->rows, sizeof(*from), err);
    const int rc = list && from ? pair(first, t, list, from, err) : -1;
    bz_free(list);
    bz_free(from);
    return rc;
}

static const struct bz_left_cells *find(const struct train_pairs *seen, const char *name)
{
    for (size_t i = 0; i < seen->n_left; i++)
        if (strcmp(seen->left[i].name, name) == 0)
            return &seen->left[i];
    return NULL;
}

static int compare_left(struct train_pairs *seen, struct train_table *t, struct bz_error *err)
{
    for (size_t i = 0; !t->ids && i < t->reading.n_left_cells; i++) {
        struct bz_left_cells *c = &t->reading.left_cells[i];
        const struct bz_left_cells *before = find(seen, c->name);
        if (before && before->cells == c->cells && before->order != c->order)
            return bz_fail(err, BZ_BAD_INPUT,
                           "%s: column '%.64s' holds what it holds in %s, in another order: the rows of the files do not "
                           "belong together as they stand; --index-column %.64s pairs them by it, --exclude %.64s by position",
                           t->path, c->name, seen->left_path[before - seen->left], c->name, c->name);
        if (before)
            continue;
        if (bz_grow(&seen->left, &seen->room, seen->n_left + 1, sizeof(*seen->left), err) < 0 ||
            bz_grow(&seen->left_path, &seen->path_room, seen->n_left + 1, sizeof(*seen->left_path), err) < 0 ||
            !(seen->left_path[seen->n_left] = bz_strdup(t->path, err)))
            return -1;
        seen->left[seen->n_left] = *c;
        seen->left[seen->n_left++].name = bz_take(&c->name);
    }
    return 0;
}

int train_rows_pair(struct train_pairs *p, struct train_table *t, struct bz_error *err)
{
    return compare_left(p, t, err) < 0 ? -1 : pair_names(p, t, err);
}

void train_pairs_free(struct train_pairs *p)
{
    bz_texts_free(p->names, p->rows);
    bz_free(p->path);
    bz_texts_free(p->left_path, p->n_left);
    bz_left_cells_free(p->left, p->n_left);
}
