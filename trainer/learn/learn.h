/* The learner: a machine, its chains and the optimiser's memory; and one update of all parameters.
 *
 * An update follows the gradient of the log-likelihood, statistics with the data clamped less statistics running free, in the
 * centred form (Montavon & Mueller 2012; Melchior, Fischer, Wiskott 2016). It is the same for every graph and unit type:
 *
 *     W_ab += rate * (<u_a u_b'>_data - <u_a u_b'>_model),   u = x - o (multinomial: x - D*o)
 *     b_a  += rate * (<x_a>_data - <x_a>_model)
 *
 * The machine itself is kept without offsets ("normal" parameters): centring is a property of the step, so moving an offset
 * does not change the distribution. A step dW, db of the centred parameters is, on the normal ones, W += dW, b_a += db_a - dW
 * o_b. train_learner_result brings the offsets into the machine that is handed out.
 *
 * Steps are taken in a natural scale of each unit type: the bias and weights of gaussian layers without the 1/s^2 of the
 * gradient, those of multinomial ones per word instead of per document. */
#ifndef TRAIN_LEARN_H
#define TRAIN_LEARN_H

#include "algorithm.h"
#include "checkpoint.h"
#include "clusters.h"
#include "dataset.h"
#include "gibbs.h"
#include "optimizer.h"
#include "parallel.h"
#include "ranks.h"

/* Settings that stay the same in a run. */
struct train_rule {
    enum train_algorithm algorithm;
    enum train_optimizer optimizer;
    size_t sweeps;           /* k: sweeps of the chains for each update; 0 = take the chains as they are */
    size_t mean_field_steps; /* sweeps of mean field with the data clamped, where hidden units are not independent */
    float at_rest; /* means that would move by less stay, so that fields cost only what moves; 0 = all move in every sweep */
    double weight_decay;
    double denoise;                        /* autoencoder: share of the inputs that are left out */
    double sparsity_target, sparsity_cost; /* of hidden layers; cost 0 = off */
    double max_norm;                       /* longest weight vector into a hidden unit; 0 = no bound */
    double offset_rate;                    /* of the moving averages that serve as offsets */
    bool discriminative;                   /* the objective is log p(class | row) (discriminate.h) */
    double generative;                     /* the share of log p(row, class) added to it */
    bool centred;
    bool averaged;        /* keep a running average of the parameters */
    double min_log_sigma; /* gaussian visible layers: s does not fall below this */
    const struct train_part
        *parts; /* [n_parts] for the visible layers of these names: nor below what the steps of their values imply */
    size_t n_parts;
    /* [n_layers] at which each layer is drawn and inferred; NULL = 1. A layer at 1/2 doubles its input, like the layers of a
     * deep machine put together from such RBMs (Salakhutdinov & Hinton 2009). Not for layers with lateral couplings. */
    const double *temperature;
};

/* Fills rows first .. first+n-1 of the state's visible layers: x, counts, and known where something is missing. May be called
 * on several threads at once for different rows. */
typedef void train_read_rows(void *arg, struct bz_state *data, size_t first, size_t n);

/* Layout of the sums over rows that an update needs, in one block: where each begins (SIZE_MAX = not needed). */
struct train_layout {
    size_t total;
    size_t *sum;        /* [n_layers]: sum_r w_r x_r, [size] */
    size_t *square;     /* [n_layers]: sum_r w_r x_r^2, [size]; gaussian visible layers */
    size_t *counts;     /* [n_layers]: sum_r w_r D_r, one number; multinomial layers */
    size_t (*cross)[2]; /* [n_couplings][side a, side b]: sum_r w_r D_r x_r, D of the other side, a multinomial one */
};

/* One half of the statistics: data clamped, or free-running. */
struct train_phase {
    struct bz_state *s;
    float **mean;        /* [n_layers][room][size]: conditional means that may replace states; or the states themselves */
    float *weight;       /* [room] weight of each row in the averages; negative for the free-running rows */
    bool uniform;        /* all weights are the same */
    uint8_t *of;         /* [room]: the group of each row (shares.h) */
    size_t first, count; /* the rows that this process handles, of s->n; weights are for all */
    double *total;       /* [layout.total] */
};

struct train_length { /* of a document, in words */
    double words;
    size_t row;
};

struct train_wish {
    int signal; /* to stop, because of this one; 0 = go on */
    bool save;  /* a checkpoint */
};

struct train_learner {
    struct bz_machine *m; /* without offsets; owned */
    struct train_rule rule;
    uint64_t seed;
    struct bz_parallel *par; /* borrowed */

    /* The state of a run besides the parameters: all of it goes into a checkpoint. */
    float *velocity, *second, *average; /* [m->block_size], laid out as the parameters; NULL where not in use */
    uint64_t updates, averages;         /* taken so far */
    float **typical;                    /* [n_layers][size]: moving average of the clamped means */
    struct bz_chains *chains;           /* running free */
    bool chains_ready;                  /* they hold states */
    const struct train_mover *mover;    /* the mover that replaces them, */
    void *moving;                       /* and its object; NULL = plain chains */

    /* If a mover gives the rows (trust.h); else NULL. */
    float *kept;       /* [m->block_size]: the parameters before a step */
    double *energy[2]; /* [chains]: energies of the rows before and after it */

    double *temperature;  /* [n_layers] */
    bool *centred;        /* [n_layers] */
    const float **offset; /* [n_layers][size]: typical, or zeros for a layer that is not centred */
    float **coupled;      /* [n_layers][size]: the offsets as couplings see them: over s^2 for gaussian layers */
    float per_word;       /* one over the typical number of words in a row: the scale of multinomial steps */
    size_t *rank;         /* [n_layers]: the order in which a sweep draws the layers */
    size_t *order;        /* [n_layers]: the layers in that order */

    const struct train_clusters *clusters; /* groups of rows that keep their shares (shares.h); borrowed, NULL = none */
    struct train_phase clamped, running;
    train_read_rows *read;
    void *read_arg;
    struct train_step step; /* of the update under way */

    /* Several processes (exchange.h): NULL and unused if there is only one. */
    struct train_ranks *ranks;     /* borrowed */
    float *shared;                 /* what the processes sum in an update */
    struct train_passing *passing; /* what passing rows instead takes (pass.h); NULL = it is not done */
    struct train_ways *ways;       /* how they come to the sums (ways.h); NULL = there is one way */
    struct train_wish wish;        /* before an update this process's requests to all, after it whether any made them */

    /* Working memory. */
    struct train_layout layout;
    size_t n_slots;
    struct train_slot *slots;   /* [n_slots]: what tasks on rows work with (phases.c) */
    struct train_weights *jobs; /* [n_jobs]: blocks of weights that are updated side by side (weights.c) */
    size_t n_jobs;
    struct train_length *lengths; /* [batch]; NULL without multinomial layers */
    float *zeros;                 /* [the largest layer] */
    float *difference;            /* [layout.total]: clamped less running */
    float **fold;                 /* [n_layers][size]: what changed weights subtract from the normal biases */
    float **centre;               /* [n_layers][size]: of gaussian visible layers, the bias with the offsets; else NULL */
    double **activity;            /* [n_layers][size]: moving mean of hidden layers, where sparsity is asked for; else NULL */
    double **correlation;         /* [n_layers][size]: sum_j W_ij G_ij of gaussian visible layers, else NULL */
    float **limit;                /* [n_couplings][n_b]: factors that max_norm asks for; NULL where it does not apply */
    float *gradient, *before;     /* [the largest layer] */
    float *class_sums;            /* discriminate.c */
    double *class_log_p;          /* [batch][classes] */
};

/* A learner for the machine m, which is copied; its offsets become the first ones. batch, chains: the most rows of each phase.
 * par may be NULL and must outlive the learner. */
int train_learner_new(struct train_learner **out, const struct bz_machine *m, const struct train_rule *rule, size_t batch,
                      size_t chains, uint64_t seed, struct bz_parallel *par, struct bz_error *err);
void train_learner_free(struct train_learner *l); /* NULL is fine */

/* One update from n rows (1 .. batch) that read() supplies. BZ_DIVERGED when a statistic is not finite; the parameters are then
 * useless. */
int train_update(struct train_learner *l, size_t n, double rate, double momentum, train_read_rows *read, void *arg,
                 struct bz_error *err);

/* The machine to use: the running average if there is one, else the parameters themselves, with the offsets brought in and
 * prepared. The first makes it (the caller's), the second fills one that the first made. */
int train_learner_new_result(const struct train_learner *l, struct bz_machine **out, struct bz_error *err);
void train_learner_result(const struct train_learner *l, struct bz_machine *m);

/* Lists the learner's whole state, for checkpoints and for going back. After the fields have been changed from outside, refresh
 * must be called. */
int train_learner_fields(struct train_learner *l, struct train_fields *f, struct bz_error *err);
void train_learner_refresh(struct train_learner *l);

#endif
