/* Rows that vote in views (views.h), while these are learned. Private to meet.c. */
#ifndef TRAIN_MEET_VOTES_H
#define TRAIN_MEET_VOTES_H

#include "views.h"

enum { TRAIN_MOST_VOTERS = 2000 }; /* the time to learn grows with their square */

/* x[n][total]: rows, of each view the layer's own values from column own[view] on. Lets all of them vote in v, whose arrays
 * become parts of `owner`. What a value of bits counts falls with how many rows have it (idf). */
int train_votes_keep(struct bz_views *v, const struct bz_machine *m, void *owner, const float *x, size_t n, size_t total,
                     const size_t *own, struct bz_error *err);
/* Writes the votes of each view behind its own values. Rows of one kin, which are equal, do not vote for each other: kin[n]. */
int train_votes_cast(const struct bz_views *v, const struct bz_machine *m, float *x, size_t total, const size_t *own,
                     const size_t *kin, struct bz_error *err);
/* The voters of `from` for v too, as parts of it. */
int train_votes_copy(struct bz_views *v, const struct bz_views *from, const struct bz_machine *m, struct bz_error *err);

#endif
