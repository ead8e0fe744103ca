/* --weights: how much each row counts, in learning and in means over rows. */
#ifndef TRAIN_ROW_WEIGHTS_H
#define TRAIN_ROW_WEIGHTS_H

#include "table.h"

/* Whether --weights names a column of the data, by name or number, rather than a file. */
bool train_weights_are_column(const struct train_data_options *o);

enum { TRAIN_NOTE_ROOM = 200 };

/* weight[t->rows] (new, the caller's) from a file with a number for each row of the table's own file, or of the table, or with
 * names and numbers where rows have names (by_name.h); or from the column of the table's own file, which is read again. digest:
 * of a file, else "". note: a remark, or "". Weights are finite and at least 0, one of them above. */
int train_weights_read(double **weight, const struct train_table *t, const struct train_data_options *o, char digest[65],
                       char note[TRAIN_NOTE_ROOM], struct bz_error *err);

/* Takes over the weights that a data file gives its rows, in an order that has been settled: NULL in *weight until a file has
 * some. given: --weights gives others. */
int train_weights_take(double **weight, struct train_table *t, bool given, struct bz_error *err);

/* n rows of rows[n], each as often as its weight says, to within one (systematic sampling from `start` in 0 .. 1), in order:
 * into drawn[n]. */
void train_weights_draw(const double *weight, const size_t *rows, size_t n, double start, size_t *drawn);
/* The same starting from the middle, into a list of the caller's; without weights rows[n] unchanged. */
int train_weights_count(size_t **out, const double *weight, const size_t *rows, size_t n, struct bz_error *err);

#endif
