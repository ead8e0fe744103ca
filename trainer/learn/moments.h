/* What weights learn from: sums over rows of products of the states, or means, of the two layers of a coupling. */
#ifndef TRAIN_MOMENTS_H
#define TRAIN_MOMENTS_H

#include "learn.h"
#include "weights.h"

enum {
    TRAIN_TILE_ROWS = 32,    /* of a gradient, on the stack of its task */
    TRAIN_TILE_COLUMNS = 512 /* 64 KiB */
};

/* Rows i .. i+rows-1 and columns j .. j+columns-1 of a coupling's matrix. */
struct train_tile {
    size_t coupling, i, rows, j, columns, n_a, n_b;
    float *g; /* [rows][TRAIN_TILE_COLUMNS] */
};

/* What stands for the states of the two sides of a coupling: means where they may be used are those of the layer drawn later,
 * with the states of the other that they were computed from. */
void train_moments_sides(const struct train_learner *l, const struct train_phase *p, size_t coupling, float **x, float **y);

/* g += sum_r w_r x_r y_r' over this process's rows of a half. */
void train_moments_add(const struct train_learner *l, const struct train_phase *p, const struct train_tile *t);
/* Likewise of the entries of a sparse coupling that `job` has. */
void train_moments_add_entries(const struct train_learner *l, const struct train_phase *p, const struct train_weights *job,
                               double *g);

/* If several processes learn: the moments of this one's rows, for every coupling, go to l->shared, laid out like the
 * parameters. train_weights_update takes the sums of all processes' from there: from train_ranks_sum, or, where this process
 * has been given the others' rows and no coupling is sparse, from the second, which makes the same bits. */
void train_moments_own(struct train_learner *l);
void train_moments_own_of(struct train_learner *l, size_t first, size_t n); /* of some of l->jobs */
void train_moments_joint(struct train_learner *l);

#endif
