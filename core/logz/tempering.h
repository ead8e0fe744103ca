/* Parallel tempering: replicas of every chain along the path from a base machine to the machine, exchanged so that the lowest
 * temperature mixes (Swendsen & Wang 1986; for RBMs Desjardins et al. 2010, Cho, Raiko, Ilin 2010). Exchanges use the
 * summed-out densities log f_beta of the kept layers, which accept more often than joint energies do. */
#ifndef BZ_TEMPERING_H
#define BZ_TEMPERING_H

#include "ais.h"

struct bz_tempering; /* owns its replicas; one thread at a time drives it */

struct bz_tempering_options {
    size_t chains;    /* chains of the machine itself; each has a replica on every rung */
    size_t max_rungs; /* 2 .. BZ_MAX_RUNGS */
    double target;    /* wanted acceptance between neighbouring rungs; 0 = 0.3 */
    uint64_t seed;
    const struct bz_base *base; /* borrowed for the lifetime of the object */
    const double *counts;       /* D of multinomial layers, NULL if none */
    bool fixed;                 /* as bz_ais_options has it */
    bool whole;                 /* allocates for max_rungs up front, so that bz_tempering_parts always lists the same places */
    struct bz_parallel *par;
};
enum { BZ_MAX_RUNGS = 256 };

/* Starts every replica from the base, on a ladder of evenly spaced rungs. The machine is borrowed and may change its parameters
 * between calls (training). */
int bz_tempering_new(struct bz_tempering **out, const struct bz_machine *m, const struct bz_tempering_options *o,
                     struct bz_error *err);
void bz_tempering_free(struct bz_tempering *t);

/* `sweeps` times: one Gibbs transition of every replica on its rung, then proposed exchanges of even, then of odd neighbours.
 */
void bz_tempering_run(struct bz_tempering *t, size_t sweeps);

/* Moves the rungs so that acceptance between neighbours evens out near the target, from the rates since the last call, and
 * resets these. Rungs are added (from the base's side, up to max_rungs) while the lowest rate is below the target. Not to be
 * called while samples are being collected. */
int bz_tempering_adapt(struct bz_tempering *t, struct bz_error *err);

size_t bz_tempering_rungs(const struct bz_tempering *t); /* how many are in use */
/* betas[rungs], rates[rungs - 1] since the last adapt (NaN where nothing was proposed). Either may be NULL. */
void bz_tempering_ladder(const struct bz_tempering *t, double *betas, double *rates);

/* The replicas at beta = 1: rows = chains, every layer a sample of the machine. Borrowed until the next call. */
const struct bz_state *bz_tempering_state(const struct bz_tempering *t);

/* Calls visit for every piece of memory that makes up the state of a run (needs o.whole): copied out and later back in, they
 * let it continue with the same bits. Stops at the first nonzero answer and returns it. */
int bz_tempering_parts(struct bz_tempering *t, int (*visit)(void *arg, const char *name, void *data, size_t bytes), void *arg);

/* Round trips: how many times a replica went from the base rung to the top since the start. */
uint64_t bz_tempering_round_trips(const struct bz_tempering *t);

#endif
