/* The order of the training rows. */
#ifndef TRAIN_ROW_ORDER_H
#define TRAIN_ROW_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* Fills order[n] with rows[n] shuffled; it depends only on seed and epoch, so a resumed run, and every one of several
 * processes, finds the same. weights: how often each of the data's rows is to occur; NULL = once. */
void train_row_order(size_t *order, const size_t *rows, size_t n, const double *weights, uint64_t seed, uint64_t epoch);

/* Updates an epoch of n_rows rows takes. */
uint64_t train_updates_per_epoch(size_t n_rows, size_t batch);

#endif
