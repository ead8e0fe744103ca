/* Parallel trajectory tempering: chains of a machine and of every rung of its ladder, one level each, exchanged so that the
 * machine's own chains come from all its modes (Béreux, Decelle, Furtlehner, Seoane 2026). Exchanges compare free energies of
 * the visible values where these are exact, else joint energies. A chain depends on its seed and index alone. */
#ifndef BZ_TRAJECTORY_H
#define BZ_TRAJECTORY_H

#include "gibbs.h"
#include "ladder.h"
#include "parallel.h"

struct bz_trajectory; /* owns its states; one thread at a time drives it */

/* `rows` (1 .. BZ_TILE) chains on every level; ladder and machine are borrowed, have one graph and at least one rung, and may
 * change their parameters between calls. BZ_UNSUPPORTED with more than BZ_MOST_RUNGS rungs. */
int bz_trajectory_new(struct bz_trajectory **out, const struct bz_ladder *ladder, const struct bz_machine *m, size_t rows,
                      struct bz_error *err);
void bz_trajectory_free(struct bz_trajectory *t); /* NULL is fine */

/* Initialises chains first, first + 1, ... of a seed, drawing their states from the biases of their level. counts[n_layers]: D
 * of multinomial layers, NULL if there are none. */
void bz_trajectory_start(struct bz_trajectory *t, uint64_t seed, uint32_t first, const double *counts, struct bz_work *w);
/* The same with the caller's states (bz_trajectory_level), as they were after `rounds`. renewed[levels][rows]: which chains
 * have been at the lowest level since the start. */
void bz_trajectory_restore(struct bz_trajectory *t, uint64_t seed, uint32_t first, const double *counts, uint64_t rounds,
                           const uint8_t *renewed);

/* `rounds` times: exchanges of even or odd neighbours in turn, then a sweep of every level. */
void bz_trajectory_run(struct bz_trajectory *t, uint64_t rounds, struct bz_work *w);

/* The machine's own chains; every layer holds a sample. Valid until the next call. */
const struct bz_chains *bz_trajectory_chains(const struct bz_trajectory *t);
struct bz_chains *bz_trajectory_level(const struct bz_trajectory *t, size_t level);
bool bz_trajectory_is_renewed(const struct bz_trajectory *t, size_t level, size_t row);

/* Rung k was added to the ladder, and its chains start as those of the level above it; or rung k was removed. There is room for
 * the ladder's `most`. */
void bz_trajectory_inserted(struct bz_trajectory *t, size_t k);
void bz_trajectory_dropped(struct bz_trajectory *t, size_t k);

/* Rates[n_rungs]: the share of exchanges between levels k and k + 1 accepted since the last reset; NaN where none was tried.
 * The machine is the last level. */
void bz_trajectory_rates(const struct bz_trajectory *t, double *rates);
void bz_trajectory_reset(struct bz_trajectory *t);
/* Adds to tried[n_rungs] and taken[n_rungs] how many exchanges these are. */
void bz_trajectory_count(const struct bz_trajectory *t, uint64_t *tried, uint64_t *taken);
/* How many of the rows were exchanged when pair k, k + 1 was last tried; SIZE_MAX if it has not been since the ladder changed.
 */
size_t bz_trajectory_last(const struct bz_trajectory *t, size_t k);

/* The share of all chains on all levels that have not been at the lowest level since the start, and so still remember it. */
double bz_trajectory_old(const struct bz_trajectory *t);

/* Keeps, from now on, up to `room` differences for bz_trajectory_log_ratio, for every pair. */
int bz_trajectory_record(struct bz_trajectory *t, size_t room, struct bz_error *err);
/* Those of pair k, k + 1: forward[n] = F of level k + 1 less F of level k, of rows of level k; backward[n] the other way round,
 * of rows of level k + 1. */
void bz_trajectory_recorded(const struct bz_trajectory *t, size_t k, const double **forward, const double **backward,
                            size_t *n);

/* log Z of the upper level less that of the lower one from such differences (Bennett 1976), and its error if the rows were
 * independent. n > 0. */
double bz_bennett(const double *forward, const double *backward, size_t n, double *error);

/* Calls visit for every piece of memory that makes up the state of a run: copied out and later back in, they let it continue
 * with the same bits. Stops at the first nonzero answer and returns it. */
int bz_trajectory_parts(struct bz_trajectory *t, int (*visit)(void *arg, const char *name, void *data, size_t bytes),
                        void *arg);

#endif
