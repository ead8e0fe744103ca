/* Continuing from a smaller machine: an RBM becomes the lower part of a deep machine, or gets couplings inside its layers. */
#ifndef TRAIN_GROW_H
#define TRAIN_GROW_H

#include "machine.h"

/* *out, prepared and the caller's, has the graph of `start`. Layers and couplings that are also in `from` get its parameters
 * and offsets, the others keep those of `start`. Layers are matched by name; the only hidden layer of a machine ("hidden")
 * matches the first of a deeper one ("hidden1"). BZ_BAD_INPUT if something in `from` has no place in `start`. */
int train_grow(struct bz_machine **out, const struct bz_machine *start, const struct bz_machine *from, struct bz_error *err);

#endif
