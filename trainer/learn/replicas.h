/* Parallel tempering for learning: the free-running rows are the replicas at temperature 1, in groups with a ladder each. */
#ifndef TRAIN_REPLICAS_H
#define TRAIN_REPLICAS_H

#include "checkpoint.h"
#include "parallel.h"
#include "state.h"

struct train_replicas;

/* BZ_BAD_USAGE, naming the algorithm and the layer, where m has counts: tempering takes their number as fixed. */
int train_replicas_allow(const struct bz_machine *m, const char *algorithm, struct bz_error *err);

/* For `chains` rows of m, which is borrowed and may change its parameters between calls. typical[n_layers][size]: means of the
 * visible layers in the data, for the base machine of the path; copied. Refuses what train_replicas_allow refuses. */
int train_replicas_new(struct train_replicas **out, const struct bz_machine *m, const float *const *typical, size_t chains,
                       uint64_t seed, struct bz_parallel *par, struct bz_error *err);
void train_replicas_free(struct train_replicas *r); /* NULL is fine */

/* `sweeps` sweeps of all replicas, each followed by exchanges; then every layer of `to` (chains rows) holds those at
 * temperature 1. The ladder adapts by itself. If processes share the groups (train_replicas_share), each moves its own and gets
 * the others' rows; only then can it fail. */
int train_replicas_run(struct train_replicas *r, size_t sweeps, struct bz_state *to, struct bz_error *err);
void train_replicas_share(struct train_replicas *r, struct bz_spread *spread); /* borrowed */
int train_replicas_gather(struct train_replicas *r,
                          struct bz_error *err); /* gets the other processes' replicas too, for checkpoints */

/* Temperatures of the longest ladder, and the lowest rate of exchange as last seen (NaN before). */
void train_replicas_rates(const struct train_replicas *r, size_t *rungs, double *lowest);

int train_replicas_fields(struct train_replicas *r, struct train_fields *f, struct bz_error *err); /* for checkpoints */

#endif
