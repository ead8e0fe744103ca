/* Names of the rows of an index. */
#ifndef TRAIN_INDEX_NAMES_H
#define TRAIN_INDEX_NAMES_H

#include "errors.h"

#include <stddef.h>

/* --ids: a text of n names, one per line. *names is the caller's (train_free_index_names). */
int train_read_index_names(char ***names, const char *path, size_t n, struct bz_error *err);
void train_free_index_names(char **names, size_t n);

/* Refuses names that no reply can hold; says on standard error which do not tell a row from others: empty ones, and those that
 * stand more than once. */
int train_check_index_names(char *const *names, size_t n, struct bz_error *err);

#endif
