/* Pretraining of a deep machine with every other hidden layer given.
 *
 * A hidden layer is `given` if a layer below it is hidden and not given. Each given layer gets features: an RBM of its own
 * over what lies below the layer that it skips. With the given layers held at these features, drawn anew at each visit, the
 * machine has no hidden layers that touch, so it learns as an RBM does: exact posteriors, no mean field. Since
 * KL(p(v), q(v)) <= KL(p(v,g), q(v,g)), what it learns of data and features together bounds how well it models the data alone.
 * It is then the deep machine, with its given layers hidden again: they say something from the start, and the lower layers
 * have learned to lean on them. */
#ifndef TRAIN_INTERLEAVE_H
#define TRAIN_INTERLEAVE_H

#include "pretrain.h"

/* False for machines with a layer that would be given and whose bias counts with the words of a row. */
bool train_may_interleave(const struct bz_machine *m);

/* As train_pretrain. */
int train_interleave(const struct train_pretrain *p, struct bz_machine **out, uint64_t *stages, struct bz_error *err);

#endif
