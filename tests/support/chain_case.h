/* Chains for tests: each may have some of its units held. */
#ifndef CHAIN_CASE_H
#define CHAIN_CASE_H

#include "gibbs.h"

extern bool chains_fixed; /* new chains sum integers */

/* n chains, numbered from 0, at temperature t, with d counts in layers of counts. */
struct bz_chains *new_chains(const struct bz_machine *m, size_t n, double t, double d, uint64_t seed);
struct bz_work *new_work(const struct bz_machine *m);
/* Holds some units of a layer in every chain. */
void hold(struct bz_chains *c, size_t layer, const float *values, const uint8_t *known);

#endif
