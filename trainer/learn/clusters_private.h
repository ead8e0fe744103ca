/* Private to clusters: rows and the groups that they are in. */
#ifndef TRAIN_CLUSTERS_PRIVATE_H
#define TRAIN_CLUSTERS_PRIVATE_H

#include "clusters.h"
#include "unit.h"

enum { TRAIN_CLUSTER_ROWS = 10 /* of a group, at least */ };

/* What a kind of unit makes of a group: the field that gives its units the mean of n rows, and what a field adds to log Z. */
struct train_cluster_family {
    enum bz_unit unit;
    double (*field)(double mean, double n);
    double (*log_z)(double field, double deviation);
    double (*up)(double mean, double n); /* NULL = the values are real */
};

/* NULL where groups are not looked for among such units. */
const struct train_cluster_family *train_cluster_family_of(enum bz_unit unit);

struct train_groups {
    size_t n, size, k; /* rows, values of each, groups */
    const struct train_cluster_family *family;
    const float *x;    /* [n][size] */
    double *centre;    /* [TRAIN_CLUSTERS][size] */
    double *field;     /* [TRAIN_CLUSTERS + 1][size] of each group's units; the last: what all units off may be at besides */
    double *deviation; /* [size] within groups */
    size_t *of;        /* [n] */
    size_t count[TRAIN_CLUSTERS];
    double inertia;
};

/* Of centre[k][size]; *at: its squared distance. */
size_t train_nearest_centre(const double *centre, size_t k, size_t size, const float *x, double *at);

/* The largest number of groups that are apart, with their centres; 0 = the rows are one group. best_centre: room for
 * [TRAIN_CLUSTERS][size]. */
void train_groups_find(struct train_groups *g, size_t most, uint64_t seed, double *best_centre, size_t *best);

#endif
