/* Fine-tuning: a network learns classes from labelled rows, with early stopping on held-out rows. */
#ifndef TRAIN_FINETUNE_H
#define TRAIN_FINETUNE_H

#include "network.h"
#include "optimizer.h"
#include "parallel.h"

/* Rows as the network reads them (bz_network_gather). Borrowed. */
struct train_finetune_data {
    const float *input; /* [rows][width] */
    const long *label;  /* [rows] classes from 0; -1 = unlabelled */
    size_t rows, width;
    const float *shift, *by; /* [width] the network reads (input - shift) * by; NULL = the input */
};

/* A row as the network reads it: to[width]. */
void train_finetune_row(const struct train_finetune_data *d, size_t row, float *to);

struct train_finetune_point;
struct train_finetune_settings {
    size_t updates, batch;
    double rate;                /* of the first updates after the frozen ones; falls linearly to 0 */
    double dropout_in, dropout; /* dropout shares */
    double adversarial;         /* train_net_rule */
    bool euclidean, own;        /* train_net_rule; own: unlabelled rows, if used, are moved ones */
    double noise;               /* deviation of noise on the input */
    double hidden_noise;        /* on normalised sums */
    bool normalize;             /* train_net_new */
    double max_norm, decay;
    double frozen;         /* share of the updates that only the softmax learns in (Salakhutdinov & Hinton 2009: 5 of 100) */
    double valid_fraction; /* share of the labelled rows, drawn by the seed; 0 = none: every update is used */
    bool learn_all;        /* those rows are learned from too, and only looked at in the end */
    bool to_the_end;       /* the last weights are kept, not those that were best for held-out rows */
    double unlabelled;     /* weight of the unlabelled rows, whose own predictions are their targets: with own as they are
                              (Miyato et al. 2019), else the most probable class if it is nearly certain (Lee 2013); 0 = not
                              used */
    enum train_optimizer optimizer;
    uint64_t seed;
    struct bz_parallel *par;
    /* Called at each measurement with arg; -1 stops with BZ_INTERRUPTED set by it. NULL = not called. */
    int (*say)(void *arg, const struct train_finetune_point *point, struct bz_error *err);
    void *arg;
};

/* Shares of hidden units and inputs that an update leaves out where the user says nothing, learned from so many rows: wide
 * layers can spare some; where few rows teach narrow ones must too, or they learn the rows by heart. */
enum { TRAIN_FEW_ROWS = 500 };
struct train_left_out {
    double units, inputs;
};
struct train_left_out train_usual_dropout(size_t narrowest, size_t inputs, size_t rows);

/* How many of so many labelled rows are held out. */
size_t train_finetune_held_out(size_t labelled, double fraction);

/* What a run saw when it measured. */
struct train_finetune_point {
    size_t update;
    double loss;                    /* mean cross-entropy since the previous point, with dropout */
    double valid_loss, valid_error; /* of held-out rows; NaN without them */
    bool frozen;                    /* some updates since then were those of the softmax layer alone, which are fast: they tell
                                       nothing of the time that is left */
};

enum { TRAIN_RELIABILITY_BINS = 10 };

struct train_finetune_result {
    struct train_finetune_point *points; /* [n_points]; owned */
    size_t n_points;
    size_t labelled, valid, best; /* rows learned from, rows held out, the update whose weights were kept */
    double valid_loss, valid_error;
    double valid_loss_calibrated; /* with the temperature found */
    double error_at_end;          /* of the same rows, with the kept weights */
    /* Held-out rows by their largest probability: how many fall into a bin, their mean probability, the share that is correct.
     */
    size_t bin_rows[TRAIN_RELIABILITY_BINS];
    double bin_confidence[TRAIN_RELIABILITY_BINS], bin_accuracy[TRAIN_RELIABILITY_BINS];
};

/* Trains net in place. out is the caller's to free by train_finetune_free, also after a failure. Same bits for the same
 * settings on one type of machine, whatever par. */
int train_finetune(struct bz_network *net, const struct train_finetune_data *data, const struct train_finetune_settings *s,
                   struct train_finetune_result *out, struct bz_error *err);
void train_finetune_free(struct train_finetune_result *r);

/* Another network of the same stages; nothing else of net that learning does not need. *out is the caller's. */
int train_finetune_copy(struct bz_network **out, const struct bz_network *net, struct bz_error *err);

/* How far apart classes are in the inputs, among at most 1000 labelled rows drawn by the seed. */
struct train_finetune_gap {
    double gap;         /* the median distance from a row to the nearest one of another class; 0 if there is none */
    size_t rows, wrong; /* those of them that are nearer to a row of another class than to any of their own */
};
int train_finetune_gap(const struct train_finetune_data *data, uint64_t seed, struct train_finetune_gap *out,
                       struct bz_error *err);

#endif
