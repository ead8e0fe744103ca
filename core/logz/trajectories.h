/* Statistics over the trajectories of many chains, one object per tile (trajectory.h), and log Z from them. */
#ifndef BZ_TRAJECTORIES_H
#define BZ_TRAJECTORIES_H

#include "trajectory.h"

/* Of t[n] on one ladder of `rungs`: the lowest rate of exchange of all pairs (NaN where none was tried), and the share of
 * chains that have not been at the lowest level since the start. */
double bz_trajectories_lowest(struct bz_trajectory *const *t, size_t n, size_t rungs);
double bz_trajectories_old(struct bz_trajectory *const *t, size_t n);

/* log Z of the machine less that of the lowest rung, from what bz_trajectory_record kept; NaN if a pair was never compared.
 * error: from the scatter among the trajectories, which are independent, if there are four or more; else as if all kept rows
 * were independent. */
int bz_trajectories_log_ratio(struct bz_trajectory *const *t, size_t n, size_t rungs, double *ratio, double *error,
                              struct bz_error *err);

struct bz_ladder_options {
    size_t rounds; /* half of them for burn-in */
    uint64_t seed;
    struct bz_parallel *par;
};

struct bz_ladder_result {
    double log_z, stderr_;
    double lowest_rate, old;
    size_t rungs, chains;
};

/* log Z of m by its ladder. The machine has no counts. */
int bz_ladder_log_z(const struct bz_machine *m, const struct bz_ladder *l, const struct bz_ladder_options *o,
                    struct bz_ladder_result *out, struct bz_error *err);

#endif
