/* The gradient of log p(class | row) of a class RBM, exact (Larochelle & Bengio 2008, "Classification using discriminative
 * restricted Boltzmann machines"), alone or with a share of that of log p(row, class).
 *
 * With o_y(v) = -F(v, y) and h_y the means of the hidden units given v and y, the gradient of o_y is that of the expected -E at
 * h_y, and
 *
 *     grad log p(y|v) = grad o_y - sum_c p(c|v) grad o_c
 *
 * The first term is the clamped rows as they are. In the second, v's couplings see the mean of h_c over classes, and the
 * label's, summed over rows, one row for each class: so n rows with K classes cost n + K rows of products, not n K. */
#ifndef TRAIN_DISCRIMINATE_H
#define TRAIN_DISCRIMINATE_H

#include "learn.h"

/* 0 if m has a label layer, one hidden layer of bernoulli or spin units, and nothing else that matters: no couplings inside
 * layers, no counts. Else BZ_UNSUPPORTED says what. */
int train_may_discriminate(const struct bz_machine *m, struct bz_error *err);

/* Free-running rows that this needs besides the chains, for batches of n. */
size_t train_discriminate_rows(const struct bz_machine *m, size_t n);

/* Allocates what the learner needs for it, freed with the learner. Called once the phases exist. */
int train_discriminate_new(struct train_learner *l, struct bz_error *err);

/* The sums of an update from n rows, as train_phases leaves them. l->rule.generative is the share g >= 0 of log p(v, y); the
 * whole is divided by 1 + g. The rows of l->running.s not needed for the above are chains. The data have no missing values. */
int train_discriminate(struct train_learner *l, size_t n, struct bz_error *err);

#endif
