/* Weights of rows that resemble one another. */
#ifndef TRAIN_REWEIGHT_H
#define TRAIN_REWEIGHT_H

#include "dataset.h"

/* weight[rows[i]] = 1 / the number of rows, itself counted, that differ from it in less than `threshold` of the groups
 * (positions) of a softmax part (Morcos et al. 2011); an unknown group differs from all. weight[d->rows] is new, the caller's;
 * other rows have 0. *effective = their sum. BZ_UNSUPPORTED for parts of other units. Time grows with the square of n. */
int train_row_weights(const struct train_data *d, const size_t *rows, size_t n, double threshold, double **weight,
                      double *effective, struct bz_error *err);

#endif
