/* Rows in groups far apart keep their shares while a machine learns them. Plain chains stay in the mode where they are, so
 * their number in each says nothing of its mass: a chain more than the rows' share would push at every update, whatever the
 * mass is, and a batch with a row more of a group moves its mass by nats. So in each half of an update a group weighs what its
 * share of the rows is, which leaves the learning within modes; and where log Z is judged the bias of each group's unit takes
 * what its mode's mass lacks, which is exact while the unit is on in that mode and nowhere else. */
#ifndef TRAIN_SHARES_H
#define TRAIN_SHARES_H

#include "judge.h"
#include "learn.h"

/* Whether updates of l are weighed: plain persistent chains, of one process. */
bool train_shares_weigh_in(const struct train_learner *l);

/* Weights of the clamped and the free-running rows; chains of a group that has lost half of what it should have are replaced by
 * copies of others in it, or of rows. */
void train_shares_weigh(struct train_learner *l);

/* Moves the masses of the modes to the groups' shares by the biases of l's machine (and average) and tells in *j, which is of
 * `shown`, what log Z is then. False where nothing was done: a mass is not known, or units no longer stand for the groups. */
int train_shares_correct(struct train_learner *l, const struct bz_machine *shown, struct train_judgement *j, bool *done,
                         struct bz_error *err);

/* The part of the distribution that is in each group's mode, and the standard error of it. NaN where a mass is not known. */
void train_shares_of(const struct train_judgement *j, size_t groups, double *share, double *error);

#endif
