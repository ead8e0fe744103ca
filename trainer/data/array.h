/* Arrays as tables: the first dimension counts rows. Shared by the readers of .npy, .npz, MATLAB, HDF5 and Octave files. */
#ifndef TRAIN_ARRAY_H
#define TRAIN_ARRAY_H

#include "record_text.h"
#include "table.h"

/* Fills the table, whose path is set, from an array: numbers keep their bits, words become categories, records columns with
 * names. file = the bytes that begin with the header (records need it), data = the elements. One dimension is a column of
 * labels, else it is one row. */
int train_table_of_array(struct train_table *t, const struct bz_npy *a, const void *file, const void *data,
                         const struct train_table_options *o, struct bz_error *err);

/* The same from records whose columns are stored separately. */
int train_table_of_records(struct train_table *t, const struct bz_records *r, const struct train_table_options *o,
                           struct bz_error *err);

/* One row: base, base + increment, ... up to limit, as Octave's ranges. */
int train_table_of_range(struct train_table *t, const char *name, double base, double limit, double increment,
                         struct bz_error *err);

/* Rows become columns. BZ_BAD_INPUT for tables with names, categories or labels. */
int train_table_transpose(struct train_table *t, struct bz_error *err);

/* The words of an array as labels: codes[count] (new, the caller's) into classes; empty ones and NA are gaps, code -1. */
int train_labels_of_words(const char *path, const struct bz_npy *a, const void *data, bool gaps, long **codes,
                          struct bz_categories *classes, struct bz_error *err);

#endif
