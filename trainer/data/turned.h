/* Text tables turned round (--transpose): the header names rows then, and the names of rows are those of columns. */
#ifndef TRAIN_TURNED_H
#define TRAIN_TURNED_H

#include "text_table.h"

/* Reads a table as `to` says and turns it round, to be matched with `columns` of a model (may be NULL). Where neither rows nor
 * columns have names it is left as it is, *turned false: an array of numbers. */
int train_turned_read(struct bz_text_table *out, bool *turned, const char *path, const void *bytes, size_t size,
                      const struct bz_table_options *to, const struct bz_columns *columns, struct bz_error *err);

#endif
