/* The order in which rows are learned from. */
#ifndef TRAIN_ROW_ORDER_H
#define TRAIN_ROW_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* Fills order[n] with rows[n] shuffled; it depends on seed and epoch alone, so a run that is resumed finds it again, and so
 * does every process of several. weights: of the data's rows, how often each is to come; NULL = once. */
void train_row_order(size_t *order, const size_t *rows, size_t n, const double *weights, uint64_t seed, uint64_t epoch);

/* Updates an epoch of n_rows rows takes. */
uint64_t train_updates_per_epoch(size_t n_rows, size_t batch);

#endif
