#include "by_name.h"

#include "mem.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *const *names_of(const struct train_table *t)
{
    return t->row_names ? t->row_names : t->ids;
}

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

static const struct entry *find(const struct entry *list, size_t n, const char *name)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(list[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && strcmp(list[low].name, name) == 0 ? &list[low] : NULL;
}

size_t train_name_without_range(const char *name)
{
    const char *slash = strrchr(name, '/');
    if (!slash)
        return 0;
    const size_t from = strspn(slash + 1, "0123456789");
    const char *dash = slash + 1 + from;
    if (from == 0 || *dash != '-')
        return 0;
    const size_t to = strspn(dash + 1, "0123456789");
    return to > 0 && dash[1 + to] == 0 ? (size_t)(slash - name) : 0;
}

static const struct entry *find_row(const struct entry *list, size_t n, const char *name)
{
    char shorter[256];
    const struct entry *e = find(list, n, name);
    const size_t length = e ? 0 : train_name_without_range(name);
    if (e || length == 0 || length >= sizeof(shorter))
        return e;
    memcpy(shorter, name, length);
    shorter[length] = 0;
    return find(list, n, shorter);
}

static int refuse_twice(const struct train_table *t, const struct entry *first, struct bz_error *err)
{
    return bz_fail(err, BZ_BAD_INPUT, "%s: rows %zu and %zu: the name '%.64s' has two different values", t->path,
                   train_table_row(t, first[0].row), train_table_row(t, first[1].row), first->name);
}

static int join(struct train_by_name *b, const struct train_table *t, struct bz_error *err)
{
    const struct train_table *file = &b->table;
    struct entry *list = bz_alloc(file->rows, sizeof(*list), err);
    bool *used = bz_alloc(file->rows, sizeof(*used), err);
    int rc = list && used && (b->row = bz_alloc(t->rows, sizeof(*b->row), err)) ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < file->rows; i++)
        list[i] = (struct entry){file->ids[i], i};
    if (rc == 0)
        qsort(list, file->rows, sizeof(*list), by_name);
    for (size_t i = 0; rc == 0 && i + 1 < file->rows; i++) {
        const double x = train_table_value(file, list[i].row, 0), y = train_table_value(file, list[i + 1].row, 0);
        if (strcmp(list[i].name, list[i + 1].name) == 0 && x != y && !(isnan(x) && isnan(y)))
            rc = refuse_twice(file, &list[i], err);
    }
    for (size_t r = 0; rc == 0 && r < t->rows; r++) {
        const struct entry *e = find_row(list, file->rows, names_of(t)[r]);
        b->row[r] = e ? e->row : SIZE_MAX;
        b->found += e != NULL;
        if (e)
            used[e - list] = true;
    }
    for (size_t i = 0; rc == 0 && i < file->rows; i++) /* the first of the same name was found */
        b->strange += !used[i] && (i == 0 || strcmp(list[i].name, list[i - 1].name) != 0);
    bz_free(list);
    bz_free(used);
    return rc;
}

/* Reads the file as one column after an index of names, separated by blanks if the separator cannot be determined. Returns 1, 0
 * if it is no such file, or -1 without memory. */
static int read_pairs(struct train_table *out, const char *path, bool category, char digest[65], struct bz_error *err)
{
    const char *const second[] = {"2"};
    struct train_data_options user = {.index_column = "1", .missing = "infer"};
    const struct train_table_options to = {.user = &user};
    *(category ? &user.categorical : &user.include) = (struct bz_list){(const char **)(uintptr_t)second, 1};
    for (int blank = 0; blank < 2; blank++) {
        struct bz_error none;
        user.separator = blank ? "blank" : NULL;
        if (train_table_read(out, path, &to, digest, &none) == 0) {
            if (out->columns == 1 && out->ids && out->text)
                return 1;
            train_table_free(out);
        } else if (none.code == BZ_NO_MEMORY) {
            *err = none;
            return -1;
        }
    }
    return 0;
}

int train_by_name_read(struct train_by_name *out, const struct train_table *t, const char *path, bool category, bool *names,
                       char digest[65], struct bz_error *err)
{
    *out = (struct train_by_name){0};
    *names = false;
    if (!names_of(t) || strcmp(path, "-") == 0)
        return 0;
    const int pairs = read_pairs(&out->table, path, category, digest, err);
    if (pairs <= 0)
        return pairs;
    const int rc = join(out, t, err);
    *names = 2 * out->strange > out->table.rows; /* nearly all are different, unlike words that recur */
    if (rc == 0 && out->found > 0)
        return 1;
    train_by_name_free(out);
    return rc;
}

void train_by_name_free(struct train_by_name *b)
{
    train_table_free(&b->table);
    bz_free(b->row);
}

const char *train_by_name_text(const struct train_by_name *b, const struct train_table *t, char *text, size_t room)
{
    int n = snprintf(text, room, "%s: by name: %zu of %zu rows found", b->table.path, b->found, t->rows);
    if (b->strange > 0 && n > 0 && (size_t)n < room)
        snprintf(text + n, room - (size_t)n, "; %zu name%s no row", b->strange, b->strange == 1 ? " matches" : "s match");
    return text;
}

int train_by_name_refuse(const struct train_table *t, const char *path, struct bz_error *err)
{
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: names and values, but no name matches a row of %s (its first is '%.64s'); expected the same names, or "
                   "a file of one column with a line for each row",
                   path, t->path, names_of(t)[0]);
}
