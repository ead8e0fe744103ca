/* Rows as points of a space: nearest neighbours and clusters among them. */
#ifndef TRAIN_POINTS_H
#define TRAIN_POINTS_H

#include "errors.h"
#include "parallel.h"

#include <stdbool.h>
#include <stdint.h>

struct train_points {
    float *x; /* [n][width] */
    size_t n, width;
};

/* For each point the nearest of `among`, the one of the same number left out if `others`: which[n] and the squared distance[n];
 * either may be NULL. The first of equally near ones. */
void train_nearest(const struct train_points *points, const struct train_points *among, bool others, size_t *which,
                   double *distance, struct bz_parallel *par);

/* k-means (Lloyd) from starts by k-means++ (Arthur & Vassilvitskii 2007): at most k centres, all different; centres->x is the
 * caller's. */
int train_cluster(const struct train_points *points, size_t k, uint64_t seed, struct train_points *centres,
                  struct bz_parallel *par, struct bz_error *err);

#endif
