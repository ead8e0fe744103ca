#include "array_choice.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

enum { MOST_NAMES = 1 << 16 };

int train_names_add(struct train_names *list, const char *name, struct bz_error *err)
{
    if (list->n == MOST_NAMES)
        return bz_fail(err, BZ_TOO_LARGE, "more than %d arrays", MOST_NAMES);
    if (bz_grow(&list->names, &list->room, list->n + 1, sizeof(*list->names), err) < 0 ||
        !(list->names[list->n] = bz_strdup(name, err)))
        return -1;
    list->n++;
    return 0;
}

void train_names_free(struct train_names *list)
{
    bz_texts_free(list->names, list->n);
    *list = (struct train_names){0};
}

static const char *find(const struct train_names *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->names[i], name) == 0)
            return list->names[i];
    return NULL;
}

static void list_names(const struct train_names *list, const char *but, char *text, size_t room)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < list->n && used + 4 < room; i++)
        if (list->names[i] != but)
            used += (size_t)snprintf(text + used, room - used, "%s%.40s", used ? ", " : "", list->names[i]);
}

const char *train_names_choose(const struct train_names *list, struct train_table *t, const struct train_table_options *o,
                               struct bz_error *err)
{
    static const char *const usual[][9] = {{"X", "x", "data", "images", "x_train", "arr_0", "train_x"},
                                           {"y", "labels", "label", "targets", "y_train", "arr_0"}};
    const char *wanted = o->labels ? NULL : o->user->array, *found = wanted ? find(list, wanted) : NULL;
    char names[200] = "";
    if (!wanted && list->n == 1)
        found = list->names[0];
    for (size_t k = 0; !wanted && !found && usual[o->labels][k]; k++)
        found = find(list, usual[o->labels][k]);
    list_names(list, found, names, sizeof(names));
    if (found)
        return wanted || list->n == 1 ||
                       train_table_say(t, err, "array %.64s holds the rows; the file's others (--array) are ignored: %s", found,
                                       names) == 0
                   ? found
                   : NULL;
    if (list->n == 0) {
        bz_fail(err, BZ_BAD_INPUT, "%s: holds no arrays%s", t->path,
                strcmp(t->reading.format, ".npz") == 0 ? ": a zip archive of other files? Unpack it first" : "");
        return NULL;
    }
    bz_fail(err, BZ_BAD_INPUT, "%s: %s%.64s%s; the file holds %zu: %s", t->path,
            wanted ? "no array '" : "which array holds the ",
            wanted      ? wanted
            : o->labels ? "labels"
                        : "rows",
            wanted ? "'" : " (--array NAME)", list->n, names[0] ? names : "none");
    return NULL;
}
