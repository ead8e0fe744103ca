/* Changes of a machine's parameters that leave its distribution as it is (or change it in a known way). */
#ifndef TRAIN_PARAMETERS_H
#define TRAIN_PARAMETERS_H

#include "machine.h"

/* A copy with its own block. with_offsets: for each layer, does the copy have an offset (zero unless m has one); NULL = as in
 * m. Not prepared. */
int train_machine_copy(struct bz_machine **out, const struct bz_machine *m, const bool *with_offsets, struct bz_error *err);

/* Gives the machine (its own block, every layer that gets one has room for it) the offsets offset[l][size] (NULL = zeros) in
 * place of those it has, and new biases with which it is the same distribution. Energies change by a constant. */
void train_set_offsets(struct bz_machine *m, const float *const *offset);

/* True if the layer may have an offset: a neighbour whose bias counts with D (a hidden layer at a multinomial one) cannot take
 * up what an offset of another layer contributes. */
bool train_may_offset(const struct bz_machine *m, size_t layer);

/* The machine of y = mean + deviation * x where it was of x: a gaussian layer that learned standardised values becomes one of
 * the data's own units. mean[size], deviation[size] > 0. */
void train_unstandardize(struct bz_machine *m, size_t layer, const double *mean, const double *deviation);

#endif
