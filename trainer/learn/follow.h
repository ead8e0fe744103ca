/* log Z of a machine while it learns, by trajectory AIS: chains of its own follow the machine from a start whose log Z is
 * exact. That start has no couplings, or those alone by which hidden units represent groups of rows, and is then a mixture. */
#ifndef TRAIN_FOLLOW_H
#define TRAIN_FOLLOW_H

#include "learn.h"
#include "trajectory_ais.h"

struct train_follower;

/* Not machines of so many parameters that copies of them count. */
bool train_may_follow(const struct bz_machine *m);
/* Bytes that it takes for machines of this shape. */
double train_follower_needs(const struct bz_machine *m);

/* For the learner l, borrowed, whose machine may have a judge (judge.h). clusters: borrowed, NULL = none. It has not begun. */
int train_follower_new(struct train_follower **out, const struct train_learner *l, const struct train_clusters *clusters,
                       uint64_t seed, struct bz_parallel *par, struct bz_error *err);
void train_follower_free(struct train_follower *f); /* NULL is fine */

/* From the start to the learner's machine. */
int train_follower_begin(struct train_follower *f, struct bz_error *err);
/* An update has been made. Where the learner averages parameters, the average is followed. */
void train_follower_step(struct train_follower *f);
/* log Z of `shown`, the learner's present machine as it would be handed out. */
struct bz_trajectory_ais_result train_follower_log_z(struct train_follower *f, const struct bz_machine *shown);

/* The judge says what log Z of `shown` is: the trajectory goes on from there, unless it knows of more than annealed runs have
 * found; what the two differ by counts as an error for some time. Where it had lost the machine, it begins anew, and tells log
 * Z again when the next judgement has borne it out. */
void train_follower_judged(struct train_follower *f, const struct bz_machine *shown, double log_z, double error);

/* Lists its whole state. */
int train_follower_fields(struct train_follower *f, struct train_fields *fields, struct bz_error *err);

#endif
