/* How the processes of several hosts come to the sums of an update. Every way gives the same bits, and which is quickest
 * depends on the network, the processors and the machine: so each is tried in turn in a few updates, and rank 0's clock decides
 * for all. */
#ifndef TRAIN_WAYS_H
#define TRAIN_WAYS_H

#include "learn.h"

enum train_way {
    TRAIN_SUM,        /* all moments, then their sum */
    TRAIN_SUM_GROUPS, /* the moments of some weights are made while those of others are summed */
    TRAIN_PASS_ROWS,  /* rows instead of sums (pass.h) */
    TRAIN_WAYS
};

struct train_ways;

/* l->ways; NULL where there is only one way. */
int train_ways_new(struct train_learner *l, struct bz_error *err);
void train_ways_free(struct train_ways *w); /* NULL is fine */

/* Around an update. */
void train_ways_begin(struct train_learner *l);
void train_ways_end(struct train_learner *l);

/* That of the update under way. */
enum train_way train_way(const struct train_learner *l);

/* A number that is summed over the processes in each update, before the sum and after it: what rank 0 has chosen. */
float train_ways_say(const struct train_learner *l);
void train_ways_hear(struct train_learner *l, float said);

#endif
