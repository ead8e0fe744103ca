/* The user's settings of training, and the defaults of those not given. */
#ifndef TRAIN_SETTINGS_H
#define TRAIN_SETTINGS_H

#include "data_options.h"
#include "stage.h"
#include "start.h"

#define TRAIN_CONTAMINATION 0.01 /* the default share of normal rows counted as anomalies */

/* As filled by the options; 0 = default, inferred from machine and data. */
struct train_settings {
    struct bz_list hidden;  /* N,N... or NAME=N,N... */
    struct bz_list lateral; /* "visible", "hidden"; commas separate */
    const char *graph;      /* file of the pairs of visible units that are coupled; NULL = all */
    size_t joint;
    const char *hidden_unit; /* UNIT, or softmax:K */
    const char *init, *out;
    const char *algorithm, *optimizer, *decay, *log, *binarize;
    const char *objective; /* "generative", "discriminative", "hybrid" */
    double generative_weight;
    const char *pretrain; /* "on" (what suits), "grown", "stacked", "off" */
    size_t sweeps, mean_field_steps, epochs, updates, batch, chains, checkpoint_every;
    double rate, momentum, weight_decay, denoise, sparsity, sparsity_cost, max_norm, offset_rate, valid_fraction, reweight;
    bool centring, averaged, resume, auto_resume, restart, early_stopping, calibrated, keep_ladder, dry_run;
    int refit; /* enum bz_ternary */
    size_t pretrain_epochs;
    uint64_t seed;
    struct bz_list valid;
};

enum { TRAIN_N_MACHINE_OPTIONS = 7, TRAIN_N_LEARNING_OPTIONS = 31, TRAIN_N_COURSE_OPTIONS = 7 };
extern const struct bz_option train_machine_rows[TRAIN_N_MACHINE_OPTIONS];   /* the machine */
extern const struct bz_option train_learning_rows[TRAIN_N_LEARNING_OPTIONS]; /* how it learns */
extern const struct bz_option train_course_rows[TRAIN_N_COURSE_OPTIONS];     /* what happens meanwhile */

/* A list of sizes, "500,1000"; *sizes is the caller's. option names it in messages. */
int train_parse_sizes(const char *text, const char *option, size_t **sizes, size_t *n, struct bz_error *err);

/* Fills the rule and the course (batch .. decay, seed) of a stage that trains m on n_rows rows: the user's settings where
 * given, else what suits the machine and the number of rows. */
void train_settings_apply(const struct train_settings *s, const struct bz_machine *m, size_t n_rows, struct train_stage *stage);

#endif
