/* Pretraining of a deep machine with every other hidden layer given.
 *
 * A hidden layer is `given` if a layer below it is hidden and not given. Each given layer gets features: an RBM of its own over
 * what lies below the layer that it skips. With the given layers held at these features, drawn anew at each visit, no hidden
 * layers of the machine are coupled, so it learns as an RBM does: exact posteriors, no mean field. Since KL(p(v), q(v)) <=
 * KL(p(v,g), q(v,g)), how well it models data and features together bounds how well it models the data alone. It then becomes
 * the deep machine, with its given layers hidden again: these are informative from the start, and the lower layers have learned
 * to use them. */
#ifndef TRAIN_INTERLEAVE_H
#define TRAIN_INTERLEAVE_H

#include "pretrain.h"

/* False for machines with a layer that would be given and whose bias scales with the words of a row. */
bool train_may_interleave(const struct bz_machine *m);

/* As train_pretrain. */
int train_interleave(const struct train_pretrain *p, struct bz_machine **out, uint64_t *stages, struct bz_error *err);

#endif
