/* Canonical correlations of several blocks of columns, from covariances alone. Private to meet.c. */
#ifndef TRAIN_MEET_SOLVE_H
#define TRAIN_MEET_SOLVE_H

#include "errors.h"

#include <stddef.h>

enum { TRAIN_MOST_DIRECTIONS = 96 };

/* Blocks of columns in a covariance of total x total; the first width[b] of each are used. */
struct train_blocks {
    size_t n, total;
    const size_t *at, *width; /* [n] first column */
};

/* The k directions in which the blocks agree most, best first: p[total][k], of which the rows of columns not used are left
 * alone. ridge: added to each variance, in mean variances of its block. s[total][total] is symmetric; k <= every width and
 * TRAIN_MOST_DIRECTIONS. The same numbers on every CPU. BZ_OUT_OF_MEMORY. */
int train_directions(const struct train_blocks *b, const float *s, double ridge, size_t k, float *p, struct bz_error *err);

/* r[k]: mean correlation between blocks along each direction in rows with covariance s; work[total][k]. */
void train_correlations(const struct train_blocks *b, const float *s, const float *p, size_t k, float *work, double *r);

/* turn[n][wide]: rows of length 1 at right angles to each other, any but the same ones each time. n <= wide. */
void train_turn(double *turn, size_t n, size_t wide);

#endif
