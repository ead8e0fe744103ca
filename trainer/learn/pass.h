/* Rows instead of sums. Where the rows of an update are fewer bytes than the moments of all weights, the processes of several
 * hosts give each other those - states, and means that stand for states - and each makes the moments of all of them, which then
 * need not travel (Xie et al. 2016, sufficient factors). The clamped rows are under way while the chains move, and the chains'
 * while each makes the moments of its own rows. The bits are those of the sums. */
#ifndef TRAIN_PASS_H
#define TRAIN_PASS_H

#include "learn.h"

struct train_passing;

/* l->passing, if rows may be passed in l's updates; NULL if not. tail: the most numbers that go along. */
int train_passing_new(struct train_learner *l, size_t tail, struct bz_error *err);
void train_passing_free(struct train_passing *p); /* NULL is fine */

/* This process's rows of a half begin to go to all, with tail[n_tail]; until the end nothing else is exchanged. Afterwards the
 * half has everyone's rows, and the tail is the sum of all tails, as train_ranks_sum makes it. */
int train_pass_begin(struct train_learner *l, const struct train_phase *half, const float *tail, size_t n_tail,
                     struct bz_error *err);
int train_pass_end(struct train_learner *l, const struct train_phase *half, float *tail, size_t n_tail, struct bz_error *err);

/* That all processes have come to the same parameters, as long as they pass rows. */
int train_pass_check(const struct train_learner *l, struct bz_error *err);

#endif
