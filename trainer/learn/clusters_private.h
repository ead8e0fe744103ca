/* Private to clusters: rows and the groups that they are in. */
#ifndef TRAIN_CLUSTERS_PRIVATE_H
#define TRAIN_CLUSTERS_PRIVATE_H

#include "clusters.h"
#include "unit.h"

enum { TRAIN_CLUSTER_ROWS = 10 /* fewest rows of a group */ };

/* A unit type's functions for a group: the field that gives its units the mean of n rows, and a field's part of log Z. */
struct train_cluster_family {
    enum bz_unit unit;
    double (*field)(double mean, double n);
    double (*log_z)(double field, double deviation);
    double (*up)(double mean, double n); /* NULL = the values are real */
};

/* NULL if groups are not searched for among such units. */
const struct train_cluster_family *train_cluster_family_of(enum bz_unit unit);

struct train_groups {
    size_t n, size, k; /* rows, values of each, groups */
    const struct train_cluster_family *family;
    const float *x;    /* [n][size] */
    double *centre;    /* [TRAIN_CLUSTERS][size] */
    double *field;     /* [TRAIN_CLUSTERS + 1][size] fields of each group's units; the last: another choice for all units off */
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
