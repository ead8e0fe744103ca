/* Block Gibbs sampling with clamping, temperature and per-chain random streams. */
#ifndef BZ_GIBBS_H
#define BZ_GIBBS_H

#include "state.h"

/* Independent chains, each row of s its own. What becomes of a row depends only on its own seed, index, step, temperature,
 * clamps and start, so chains of different requests may share one call. */
struct bz_chains {
    struct bz_state *s;  /* known[l] marks the clamped units; owned */
    uint64_t *seed;      /* [room] */
    uint32_t *index;     /* [room] chain index in its request */
    uint64_t *step;      /* [room] absolute sweeps done; the next one draws with this number */
    double *temperature; /* [room] */
    bool fixed;          /* sweeps use sums of whole numbers (fixed.h) */
};

/* room rows, all zeros, at temperature 1; seed, index and counts are the caller's to set. *out is the caller's. */
int bz_chains_new(struct bz_chains **out, const struct bz_machine *m, size_t room, struct bz_error *err);
void bz_chains_free(struct bz_chains *c); /* NULL is fine */

/* From here on bz_gibbs adds and subtracts what changed since the last sweep, with whole numbers that the machine gets here if
 * it has none (bz_machine_fix): for long chains. Fields are rounded differently then. */
int bz_chains_fix(struct bz_chains *c, struct bz_error *err);

/* Draws what was not given: unknown units from their base mean; layers with has_init[l] keep x[l] as the start. A hidden
 * softmax layer with offsets is drawn from these, its units' shares, and then visible layers beside it given all hidden ones,
 * in rows of which nothing is known. Purpose BZ_DRAW_INIT. has_init may be NULL. */
void bz_chains_init(struct bz_chains *c, size_t first, size_t n, const bool *has_init, struct bz_work *w);

/* `sweeps` full sweeps of rows first .. first+n-1 (any n): every hidden layer in order, then every visible one in order; a
 * layer with lateral couplings unit by unit (or colour by colour where sparse). Adds to step[]. Clamped units keep their
 * values. */
void bz_gibbs(struct bz_chains *c, size_t first, size_t n, size_t sweeps, struct bz_work *w);

/* One layer of rows first.. redrawn at the rows' current step[] (not advanced). */
void bz_gibbs_layer(struct bz_chains *c, size_t layer, size_t first, size_t n, struct bz_work *w);

/* out[n][size] = conditional mean of `layer` given the other layers of the state (and, under a lateral coupling, of each unit
 * given the other units of its layer); clamped units keep their values. temperature is by row of s; NULL means 1. */
void bz_conditional_mean(const struct bz_state *s, size_t layer, const double *temperature, size_t first, size_t n, float *out,
                         struct bz_work *w);

#endif
