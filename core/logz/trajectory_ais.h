/* Annealed importance sampling along a machine's own trajectory: chains that follow it while its parameters change, with the
 * weights that make them samples of each machine in turn. The path of machines is learning itself instead of one from a base
 * (ais.h), so that log Z costs a sweep of some chains now and then. */
#ifndef BZ_TRAJECTORY_AIS_H
#define BZ_TRAJECTORY_AIS_H

#include "gibbs.h"
#include "parallel.h"

struct bz_trajectory_ais;

/* `chains` chains for machines of m's graph, with or without offsets, whose hidden units are independent given the visible ones
 * and which have no counts. *out is the caller's. */
int bz_trajectory_ais_new(struct bz_trajectory_ais **out, const struct bz_machine *m, size_t chains, uint64_t seed,
                          struct bz_parallel *par, struct bz_error *err);
void bz_trajectory_ais_free(struct bz_trajectory_ais *t); /* NULL is fine */
/* Bytes for machines of this shape. */
double bz_trajectory_ais_needs(const struct bz_machine *m, size_t chains);

/* The chains, of which the caller draws the visible layers from a machine whose log Z is known; then the beginning of the
 * trajectory: that machine. */
struct bz_chains *bz_trajectory_ais_chains(struct bz_trajectory_ais *t);
void bz_trajectory_ais_begin(struct bz_trajectory_ais *t, const struct bz_machine *m, double log_z);

/* The variance of what a step to the machine m, the next on the trajectory, adds to the log weights: far below 1 where the
 * chains keep up. Then the step itself: weights, resampling where few chains have most of the weight, and a sweep. */
double bz_trajectory_ais_length(struct bz_trajectory_ais *t, const struct bz_machine *m);
void bz_trajectory_ais_step(struct bz_trajectory_ais *t);

/* log Z of m, a machine a little further on the trajectory than the last step or that step's own, is known from elsewhere, with
 * this variance. */
void bz_trajectory_ais_correct(struct bz_trajectory_ais *t, const struct bz_machine *m, double log_z, double variance);
/* The trajectory begins anew at m: after so many sweeps the chains are taken to be its samples. */
void bz_trajectory_ais_resume(struct bz_trajectory_ais *t, const struct bz_machine *m, size_t sweeps, double log_z,
                              double variance);

struct bz_trajectory_ais_result {
    double log_z;
    double stderr_; /* large, as it should be, where steps were too long for the chains; NaN: energies were out of range */
    double ess;     /* effective number of chains now */
};

/* log Z of m, which may be a little further on the trajectory than the last step. */
struct bz_trajectory_ais_result bz_trajectory_ais_log_z(struct bz_trajectory_ais *t, const struct bz_machine *m);

/* Calls visit for every piece of memory that makes up the state of a run, as bz_trajectory_parts does, but for the visible
 * layers of the chains. */
int bz_trajectory_ais_parts(struct bz_trajectory_ais *t, int (*visit)(void *arg, const char *name, void *data, size_t bytes),
                            void *arg);

#endif
