/* The largest part of an update: gradients of the couplings, and the step that follows them, block by block in one pass. */
#ifndef TRAIN_WEIGHTS_H
#define TRAIN_WEIGHTS_H

#include "learn.h"

/* Rows first .. last-1 of one coupling's matrix (entries of a sparse one), updated as one task. Its contributions to sums over
 * units are kept separate until all are done, so that sums have one order whatever the threads. */
struct train_weights {
    size_t coupling, first, last;
    size_t first_a, n_a;   /* the units of side a that it adds to */
    float *fold_a;         /* [n_a]: sum_j dW_ij o_j */
    double *correlation_a; /* [n_a]: sum_j W_ij G_ij where side a is gaussian and visible, else NULL */
    float *fold_b;         /* [n_b]: sum_i dW_ij o_i of these rows */
    double *correlation_b; /* [n_b]: sum_i W_ij G_ij where side b is gaussian and visible, else NULL */
    double *norm_b;        /* [n_b]: sum_i W_ij^2 after the step; NULL without max_norm */
    double *moments;       /* [entries] of a sparse coupling, else NULL */
    float *step;           /* likewise */
};

/* Lists the tasks of a learner: l->jobs, l->n_jobs. */
int train_weights_new(struct train_learner *l, struct bz_error *err);
void train_weights_free(struct train_learner *l);

/* Takes one step of every coupling from the statistics in l->clamped, l->running and l->difference; the transposed weights
 * follow. Leaves in l->fold what the changed weights subtract from the biases and in l->correlation what gaussian variances
 * need. */
void train_weights_update(struct train_learner *l);

#endif
