/* Maps that take each view of a row (views.h) to where its views meet: canonical correlations of all views (MAXVAR, Kettenring
 * 1971) with a ridge. What is kept of a direction is how well it is correlated in rows that it was not learned from; by the
 * same measure, on the given rows alone, are chosen the ridge and which layers' own values belong to their views. */
#ifndef TRAIN_MEET_H
#define TRAIN_MEET_H

#include "row_tiles.h"
#include "views.h"

/* The visible layers that the data have, each in a file of its own (--data NAME=FILE); 0 for a table, whose layers are columns.
 */
size_t train_meet_layers(const struct train_rows *rows);

/* Learns from the rows of the data that have all these views; use[rows] (NULL = all) excludes others where false. *out is the
 * caller's (train_meet_free), or NULL where there is nothing to learn: fewer than two views or 30 such rows, no correlation, or
 * too many units; *why, a text that is not freed, then says so. `length` as in the views. What takes more than some seconds is
 * announced on stderr, with how long, after `who`. */
int train_meet(struct bz_views **out, const char **why, struct train_rows *rows, size_t hidden, float length, const bool *use,
               const char *who, struct bz_error *err);
void train_meet_free(struct bz_views *v); /* NULL is fine */
/* Makes as many numbers of a row's as the hidden layer has units, by a turn that keeps all cosines: of signs alone (codes of
 * bits) the few strongest directions would count no more than the weakest. */
int train_meet_spread(struct bz_views *v, const struct bz_machine *m, struct bz_error *err);

/* out[rows][units]: all rows as the views given compare. */
int train_meet_rows(const struct bz_views *v, struct train_rows *rows, float *out, struct bz_error *err);

#endif
