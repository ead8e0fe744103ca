/* Changes of a machine's parameters that leave its distribution unchanged (or change it in a known way). */
#ifndef TRAIN_PARAMETERS_H
#define TRAIN_PARAMETERS_H

#include "machine.h"

/* A copy with its own block. with_offsets: for each layer, whether the copy has an offset (zero unless m has one); NULL = as in
 * m. Not prepared. */
int train_machine_copy(struct bz_machine **out, const struct bz_machine *m, const bool *with_offsets, struct bz_error *err);

/* Replaces the machine's offsets (it owns its block, with room for each) by offset[l][size] (NULL = zeros), with new biases for
 * the same distribution. Energies change by a constant. */
void train_set_offsets(struct bz_machine *m, const float *const *offset);

/* True if the layer may have an offset: a neighbour whose bias scales with D (a hidden layer next to a multinomial one) cannot
 * absorb the contribution of another layer's offset. */
bool train_may_offset(const struct bz_machine *m, size_t layer);

/* Turns the machine of x into that of y = mean + deviation * x: a gaussian layer that learned standardised values becomes one
 * in the data's own units. mean[size], deviation[size] > 0. */
void train_unstandardize(struct bz_machine *m, size_t layer, const double *mean, const double *deviation);

#endif
