/* A case for tests of learning: a machine, rows of it, its exact distribution, and the objective that a step should climb: the
 * likelihood of the data, or its mean-field bound, with slopes by finite differences. */
#ifndef LEARNING_CASE_H
#define LEARNING_CASE_H

#include "learn.h"

enum { MAX_LAYERS = 16, MAX_STATES = 1 << 13 };

struct case_rows { /* complete states; hidden layers matter only if these are states of the chains */
    size_t n;
    float *x[MAX_LAYERS];
    float *counts[MAX_LAYERS];
    double weight[MAX_STATES];
};

struct case_rows *case_rows_new(const struct bz_machine *m, size_t room);
void case_rows_free(struct case_rows *rows);

/* Sets one layer of a row to state number `state` of its layer (bernoulli: bits; softmax: digits; multinomial: digits, a word
 * each) and returns the rest of that number, for the other layers. */
size_t case_set_state(const struct bz_layer *l, float *x, size_t state, size_t words);

/* Every joint state with its probability (ordered words, so each order of a document is a separate state). A gaussian layer of
 * one unit is evaluated on a fine grid. */
struct case_rows *case_all_states(const struct bz_machine *m, size_t words);

/* The visible distribution of a machine with one gaussian visible layer of 2 units, on a fine grid (for a smooth density that
 * has decayed to nothing at the ends, the trapezoid rule is exact to rounding). Hidden states are not needed: the rule uses
 * means. */
struct case_rows *case_gaussian_grid(const struct bz_machine *m);

enum { CASE_ALL = MAX_LAYERS, CASE_HIDDEN };

/* log of the sum of exp(-E) over layer `summed` (CASE_ALL: over all layers; CASE_HIDDEN: over the hidden ones), the other
 * layers as in row r. */
double case_log_sum(const struct bz_machine *m, const struct case_rows *rows, size_t r, size_t summed);

/* The objective that a step should climb. */
struct case_goal {
    /* Its value for a parameter of `layer` (coupling SIZE_MAX) or of a coupling; only its slope with respect to that parameter
     * counts. */
    double (*at)(const struct case_goal *g, const struct bz_machine *m, size_t layer, size_t coupling);
    const struct case_rows *data, *model; /* model: states of the chains with their weights */
    size_t most;                          /* about how many parameters of a tensor are checked; 0 = all */
};

/* Mean over the data of log p(v), or of its mean-field bound where the posterior is not a product. */
double case_log_p(const struct case_goal *g, const struct bz_machine *m, size_t layer, size_t coupling);

/* Central difference of a goal with respect to one parameter (a lateral weight: together with its twin). */
double case_slope(struct bz_machine *m, const struct case_goal *g, size_t layer, size_t coupling, float *parameter,
                  float *twin);

/* Reads visible layers of rows: a train_read_rows. */
struct case_feed {
    const struct bz_machine *m;
    const struct case_rows *rows;
};
void case_feed_rows(void *arg, struct bz_state *data, size_t first, size_t n);

/* Plain steps, with the chains as given. */
struct train_rule case_rule(bool centred);
/* The machine after one step of rate 1, offsets held; `model` holds the states of the chains. */
struct bz_machine *case_after(const struct bz_machine *m, const struct case_rows *data, const struct case_rows *model,
                              const struct train_rule *rule);

/* Fails unless the step is as wanted. */
void case_check_step(double step, double want, const char *what, const char *layer, size_t i);
/* Every parameter moves by its slope of the goal, in the natural scale of gaussian layers (times s^2). m must have offsets if
 * the step is centred, and none if not. */
void case_check_steps(struct bz_machine *m, const struct case_goal *g, bool centred);

#endif
