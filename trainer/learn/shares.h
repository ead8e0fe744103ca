/* Rows in groups far apart keep their shares while a machine learns them. Plain chains stay in their mode, so their number in
 * each says nothing about its mass: one chain more than the rows' share would push at every update, whatever the mass, and a
 * batch with one more row of a group moves its mass by nats. So in each half of an update a group weighs its share of the rows,
 * which leaves learning within modes; and when log Z is judged, the bias of each group's unit is corrected by what its mode's
 * mass lacks, which is exact while the unit is on in that mode and nowhere else. */
#ifndef TRAIN_SHARES_H
#define TRAIN_SHARES_H

#include "judge.h"
#include "learn.h"

/* Whether updates of l are weighed: plain persistent chains. */
bool train_shares_weigh_in(const struct train_learner *l);

/* Sets the weights of this process's clamped and free-running rows; a group with less than half of its chains gets copies of
 * others in it, or of rows. Several processes count and copy as one would that has all rows and chains. */
int train_shares_weigh(struct train_learner *l, struct bz_error *err);

/* Moves the masses of the modes to the groups' shares by the biases of l's machine (and average), and updates log Z in *j, the
 * judgement of `shown`. False if nothing was done: a mass is unknown, or units no longer represent the groups. */
int train_shares_correct(struct train_learner *l, const struct bz_machine *shown, struct train_judgement *j, bool *done,
                         struct bz_error *err);

/* The part of the distribution that is in each group's mode, and the standard error of it. NaN where a mass is not known. */
void train_shares_of(const struct train_judgement *j, size_t groups, double *share, double *error);

#endif
