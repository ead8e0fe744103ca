/* Going on from a smaller machine: an RBM becomes the lower part of a deep machine, or gets couplings inside its layers. */
#ifndef TRAIN_GROW_H
#define TRAIN_GROW_H

#include "machine.h"

/* *out, prepared and the caller's, has the graph of `start`. Layers and couplings that `from` has too get their parameters and
 * offsets from there, the others keep those of `start`. Layers are the same by name; the one hidden layer of a machine
 * ("hidden") is the first of a deeper one ("hidden1"). BZ_BAD_INPUT if something of `from` has no place in `start`. */
int train_grow(struct bz_machine **out, const struct bz_machine *start, const struct bz_machine *from, struct bz_error *err);

#endif
