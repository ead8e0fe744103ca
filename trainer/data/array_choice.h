/* Chooses which of a file's arrays holds the rows, or the labels. */
#ifndef TRAIN_ARRAY_CHOICE_H
#define TRAIN_ARRAY_CHOICE_H

#include "table.h"

struct train_names {
    char **names; /* [n], owned */
    size_t n, room;
};
/* Adds a copy. Freeing leaves an empty list. */
int train_names_add(struct train_names *list, const char *name, struct bz_error *err);
void train_names_free(struct train_names *list);

/* The array that --array names, the only one, or the first present among the usual names; with o->labels those usual for
 * labels. Skipped arrays are reported. NULL with *err set if there is none, or the choice is ambiguous. The name is one of the
 * list's. */
const char *train_names_choose(const struct train_names *list, struct train_table *t, const struct train_table_options *o,
                               struct bz_error *err);

#endif
