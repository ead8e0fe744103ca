/* Learning by several processes: each has its share of the batch and of the chains, and all take the same step from their joint
 * sums. One sum per update. */
#ifndef TRAIN_EXCHANGE_H
#define TRAIN_EXCHANGE_H

#include "learn.h"

/* Makes the learner one of several from now on; ranks (NULL = it is alone) must outlive it. */
int train_exchange_begin(struct train_learner *l, struct train_ranks *ranks, struct bz_error *err);

/* Within an update: sums moments, sums over rows and requests over all processes. */
int train_exchange(struct train_learner *l, struct bz_error *err);

/* Gives all processes the states of all chains: the learner's state (train_learner_fields) is then complete in each. */
int train_exchange_chains(struct train_learner *l, struct bz_error *err);

#endif
