/* Inference with the data clamped, for learning. */
#ifndef TRAIN_CLAMPED_H
#define TRAIN_CLAMPED_H

#include "phases.h"

/* Rows first .. first+n-1 (n <= BZ_TILE) of l->clamped: hidden layers, and visible values that are missing, become their
 * posterior means. One exact pass where hidden units are independent and everything visible is known; else mean field from the
 * typical activities, for l->rule.mean_field_steps sweeps or until nothing moves. */
void train_infer(struct train_learner *l, size_t first, size_t n, struct train_slot *slot);

#endif
