/* Evidence from rows against an estimate of log Z. */
#ifndef TRAIN_CONTRADICTIONS_H
#define TRAIN_CONTRADICTIONS_H

#include "evaluation.h"

/* Equal visible rows have equal digests, different ones almost never. */
uint64_t train_row_digest(const struct bz_state *s, size_t row);

/* Adds a warning to each estimated log Z that the rows contradict, and widens its error accordingly: the probabilities of
 * distinct rows sum to more than 1; the pseudo-likelihood pseudo[n_pseudo] of the first rows or RAISE is below log p by far.
 * `gaps`: some rows lack values. */
int train_contradict(struct train_evaluation *e, const uint64_t *digest, const double *pseudo, size_t n_pseudo, bool gaps,
                     struct bz_error *err);

/* log Z by the ladder (o->ladder) into e->ladder. If it is reliable and differs from the estimate by AIS, that gets a warning
 * and a wider error. */
int train_ask_ladder(const struct bz_machine *m, const struct train_evaluate_options *o, struct train_evaluation *e,
                     struct bz_error *err);

#endif
