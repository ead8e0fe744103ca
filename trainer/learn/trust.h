/* A bound on how far one update may change the distribution: the variance, over free-running rows, of the change of their free
 * energies is twice the Kullback-Leibler divergence from the previous machine, to second order. Without it the direction that
 * separates modes overshoots at rates that suit all others, and mass swings from mode to mode. */
#ifndef TRAIN_TRUST_H
#define TRAIN_TRUST_H

#include "learn.h"

/* For rows that a mover gives, whose hidden layers may be overwritten. */
int train_trust_new(struct train_learner *l, struct bz_error *err);
void train_trust_free(struct train_learner *l);

/* To be called before and after a step: one that was too long is shortened, and the momentum with it. No effect without memory
 * for it. */
void train_trust_begin(struct train_learner *l);
void train_trust_end(struct train_learner *l);

#endif
