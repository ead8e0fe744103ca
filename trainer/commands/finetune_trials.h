/* Trials before fine-tuning: whether rows shifted to where they are harder teach more than dropout alone. */
#ifndef TRAIN_FINETUNE_TRIALS_H
#define TRAIN_FINETUNE_TRIALS_H

#include "finetune_inputs.h"

enum { TRAIN_MOST_TRIALS = 4, TRAIN_REFIT_ROWS = 5000, TRAIN_REFIT_UPDATES = 4000 };

struct train_trial {
    double adversarial, dropout, dropout_in;
    bool scaled;        /* the network read levels multiplied to a deviation of 1 */
    double loss, error; /* of held-out rows, calibrated, with the last weights */
};

struct train_trials {
    struct train_trial trial[TRAIN_MOST_TRIALS];
    size_t n, best;
    struct train_finetune_result result; /* of the best; owned */
    struct bz_network *net;              /* its; owned */
    double held_out;                     /* share of the labelled rows */
};

/* From the same start, with the same rows held out (TRAIN_REFIT_ROWS and more: the share of s, or a tenth if that is next to
 * none; fewer: a quarter), at most TRAIN_REFIT_UPDATES each: the dropout of s; rows shifted by a fifth of the gap between
 * classes, with less dropout; the same with levels scaled, if there are any (train_inputs_scale_levels); half of that shift, if
 * none was better. s gets the shift and the dropout of the best; in, with data and the weights of net, its scales, or they stay
 * as they are. out is the caller's (train_trials_free), also after a failure. */
int train_trials_make(struct train_trials *out, struct bz_network *net, struct train_finetune_data *data,
                      struct train_net_inputs **in, struct train_finetune_settings *s, size_t labelled,
                      struct train_progress *progress, struct bz_error *err);
void train_trials_free(struct train_trials *t);

/* For a network that has learned from all rows, with those of the trials looked at in the end (train_finetune_settings,
 * learn_all): what the best trial saw of them before. False if the network is wrong about more of them than the trial's, which
 * had not seen them: it got stuck, and net becomes the trial's, with its curves. */
bool train_trials_lend(struct train_trials *t, struct bz_network *net, struct train_finetune_result *result);

#endif
