/* The rows of a stage's updates, in the order of its epochs: from memory, or where the processes of several hosts have them
 * between them, from those that have them, for some updates at a time. */
#ifndef TRAIN_SUPPLY_H
#define TRAIN_SUPPLY_H

#include "stage.h"

struct train_supply;

/* s is borrowed. */
int train_supply_new(struct train_supply **out, const struct train_stage *s, struct bz_error *err);
void train_supply_free(struct train_supply *p); /* NULL is fine */

/* Turns to the learner's next update, which has *n rows; read (a train_read_rows, of the supply) then gives them. */
int train_supply_turn(struct train_supply *p, const struct train_learner *l, size_t *n, struct bz_error *err);
void train_supply_read(void *supply, struct bz_state *data, size_t first, size_t n);

#endif
