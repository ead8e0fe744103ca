/* Learning by several processes: each has its share of the batch and of the chains, and all take the same step from what they
 * have added up. One sum for each update. */
#ifndef TRAIN_EXCHANGE_H
#define TRAIN_EXCHANGE_H

#include "learn.h"

/* The learner is one of several from now on; ranks (NULL = it is alone) must outlive it. */
int train_exchange_begin(struct train_learner *l, struct train_ranks *ranks, struct bz_error *err);

/* Within an update: moments, sums of rows and wishes become those of all processes. */
int train_exchange(struct train_learner *l, struct bz_error *err);

/* All processes get the states of all chains: what the learner is (train_learner_fields) is then complete in each. */
int train_exchange_chains(struct train_learner *l, struct bz_error *err);

#endif
