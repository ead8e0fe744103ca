/* One batch of multi-prediction, forward and backward: the loss and its gradient. Private to multi.c. */
#ifndef TRAIN_MULTI_PASS_H
#define TRAIN_MULTI_PASS_H

#include "multi.h"

/* A part of a batch on its way through `passes` sweeps; the memory of one task. */
struct train_pass {
    const struct bz_machine *m;
    size_t room, passes, n; /* rows it has memory for; sweeps; rows in use */
    float **x;              /* [n_layers][room][size] visible values as given */
    uint8_t **shown;        /* [n_layers][room][size] of visible layers: 1 = held */
    uint8_t **asked;        /* [n_layers][room][size] of visible layers: 1 = part of what is predicted */
    float **counts;         /* [n_layers][room] of multinomial layers, else NULL: D of each row, which the caller sets */
    float **kept;           /* [n_layers][room][size] of hidden layers: 0 = left out, else 1 / (1 - dropout) */
    float keep;             /* 1 - dropout; 1 = kept is not looked at */
    float *weight;          /* [room] per row: one over the number to predict, over the rows of the batch */
    float ***mean;          /* [n_layers][passes + 1][room][size]: a layer's values before and after each sweep */
    float **back;           /* [n_layers][room][size]: gradient with respect to a layer's present values */
    bool *fixed;            /* [n_layers]: nothing of the layer is hidden in any row */
    float **still;          /* [n_layers][room][size]: fields from fixed layers alone, once for all sweeps */
    float **sum;            /* [n_layers][room][size]: gradients with respect to fields, summed over sweeps */
    float *field, *delta;   /* [room][widest] */
    float *turned;          /* [widest][room] */
    float *gradient;        /* laid out as m->block, biases and weights */
};

/* Memory for `room` rows and `passes` sweeps; m is borrowed and may change between passes. *p must be freed on failure, too. */
int train_pass_new(struct train_pass *p, const struct bz_machine *m, size_t room, size_t passes, struct bz_error *err);
void train_pass_free(struct train_pass *p);

/* Sweeps from the base means; returns minus the weighted log p of what is to be predicted. */
double train_pass_forward(struct train_pass *p);
/* Adds the gradient of that log p to p->gradient. After train_pass_forward. */
void train_pass_backward(struct train_pass *p);

#endif
