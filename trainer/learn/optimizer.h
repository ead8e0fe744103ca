/* How a gradient becomes a change of parameters: plain steps with momentum, or Adam (Kingma & Ba 2015). */
#ifndef TRAIN_OPTIMIZER_H
#define TRAIN_OPTIMIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum train_optimizer { TRAIN_SGD, TRAIN_ADAM };

/* The constants of one update. */
struct train_step {
    enum train_optimizer optimizer;
    float rate;     /* factor of the gradient, or of Adam's normalised one */
    float momentum; /* of plain steps: velocity = momentum * velocity + rate * gradient */
    float decay;    /* weight decay: rate * decay * w is subtracted (after Adam's normalisation: Loshchilov & Hutter 2019) */
    float second_correction; /* Adam: 1 / (1 - beta2^t) */
    float first_correction;  /* Adam: 1 / (1 - beta1^t) */
};

/* Update number t, counted from 1. */
struct train_step train_step_make(enum train_optimizer optimizer, double rate, double momentum, double decay, uint64_t t);

/* Moves w[n] along the gradient g[n] of the log-likelihood. velocity[n] and, for Adam, second[n] are the optimiser's memory. On
 * return g holds the change made. */
void train_step_apply(const struct train_step *s, float *restrict w, float *restrict velocity, float *restrict second,
                      float *restrict g, size_t n);

/* The same of a row of weights; by times the change is added to fold[n]. Returns dot(change, along[n]). */
double train_step_row(const struct train_step *s, float *restrict w, float *restrict velocity, float *restrict second,
                      float *restrict g, float *restrict fold, float by, const float *along, size_t n);

#endif
