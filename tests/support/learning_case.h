/* A case for tests of learning: a machine, rows of it, its exact distribution, and what a step should climb: the likelihood of
 * data, or its mean-field bound, with slopes by finite differences. */
#ifndef LEARNING_CASE_H
#define LEARNING_CASE_H

#include "machine.h"

enum { MAX_LAYERS = 16, MAX_STATES = 1 << 13 };

struct case_rows { /* of complete states; hidden layers matter only where they are states of the chains */
    size_t n;
    float *x[MAX_LAYERS];
    float *counts[MAX_LAYERS];
    double weight[MAX_STATES];
};

struct case_rows *case_rows_new(const struct bz_machine *m, size_t room);
void case_rows_free(struct case_rows *rows);

/* Sets one layer of a row to state number `state` of its layer (bernoulli: bits; softmax: digits; multinomial: digits, a word
 * each) and returns the state that is left for the others. */
size_t case_set_state(const struct bz_layer *l, float *x, size_t state, size_t words);

/* Every joint state with its probability (ordered words, so each order of a document is a state). A gaussian layer of one unit
 * is taken at the points of a fine grid. */
struct case_rows *case_all_states(const struct bz_machine *m, size_t words);

/* The visible distribution of a machine with discrete visible layers, whatever its hidden ones are. */
struct case_rows *case_visible_states(const struct bz_machine *m);

/* The visible distribution of a machine with one gaussian visible layer of 2 units, as a fine grid (the trapezoid rule of a
 * smooth density that has died out at the ends is exact to rounding). Hidden states are not needed: the rule uses means. */
struct case_rows *case_gaussian_grid(const struct bz_machine *m);

/* Mean over the data of log p(v), or of its mean-field bound where the posterior is not a product. */
double case_objective(const struct bz_machine *m, const struct case_rows *data);

/* Symmetric difference of the objective by one parameter (a lateral weight: with its twin). */
double case_slope(struct bz_machine *m, const struct case_rows *data, float *parameter, float *twin);

#endif
