/* Private to the core: which layers an exact sum enumerates and which it sums out. */
#ifndef BZ_EXACT_PLAN_H
#define BZ_EXACT_PLAN_H

#include "walk.h"

/* Chooses a fate for every layer of one row of s so that as few joint states as possible are walked: a heaviest set of layers
 * no two of which are coupled is summed out (gaussian and multinomial layers have to be in it), the others are walked. Layers
 * whose units are all known are given. *bits = log2 of the number of states. The best choice for the graphs people use; for
 * very large tangled ones the best found in a bounded search. BZ_UNSUPPORTED, naming a layer, if no choice works. */
int bz_exact_plan(const struct bz_state *s, size_t row, enum bz_fate *fate, double *bits, struct bz_error *err);

#endif
