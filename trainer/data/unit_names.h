/* Names for the units of layers that come from files without any: arrays, IDX, svmlight. */
#ifndef TRAIN_UNIT_NAMES_H
#define TRAIN_UNIT_NAMES_H

#include "dataset.h"

/* Whether --header is a file for any layer, or NAME=FILE for one; not `none` or `first`. */
bool train_header_is_file(const char *header);

/* What --header says about a layer ("" = the only one): of NAME=FILE the file, or NULL for another layer; else all of it. */
const char *train_header_of(const char *header, const char *layer);

/* Reads a text of different names, one per line, or all on one, and gives them to those parts of d from first on that have as
 * many units and no names yet. *named grows by the number of these parts; *found = how many names there are. */
int train_name_units(struct train_data *d, size_t first, const char *path, size_t *named, size_t *found, struct bz_error *err);

/* BZ_BAD_USAGE: nothing has as many columns as there are names; found = 0: in several tables. */
int train_refuse_names(const struct train_data *d, const char *path, size_t found, const char *first_path,
                       struct bz_error *err);

/* Only the names: *names[*n], the caller's (train_free_names). */
int train_read_names(const char *path, char ***names, size_t *n, struct bz_error *err);
void train_free_names(char **names, size_t n);

#endif
