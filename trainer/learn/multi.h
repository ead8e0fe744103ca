/* Multi-prediction (Goodfellow et al. 2013; Niimi 2026): a machine learns to fill in by mean field what it is not shown. Part
 * of each row's visible values is hidden; the rest is held, and `passes` sweeps of mean field, from the base means, lead to log
 * p of the hidden ones given the means of their neighbours. Its gradient is propagated back through all sweeps. The machine's
 * graph stays the same; the price is likelihood. */
#ifndef TRAIN_MULTI_H
#define TRAIN_MULTI_H

#include "optimizer.h"
#include "parallel.h"
#include "state.h"

/* Borrowed: for each visible layer x[rows][size], NULL for hidden ones; known[l] NULL = all known. */
struct train_multi_data {
    size_t rows;
    float *const *x;
    uint8_t *const *known;
};

struct train_multi_point;
struct train_multi_settings {
    long layer;    /* what is hidden, in every row; -1 = a random share of all visible values, from a tenth to nine tenths */
    size_t passes; /* sweeps of mean field */
    size_t updates, batch;
    double rate, decay; /* the rate falls linearly to 0 */
    double leave_out;   /* share of the shown values that is neither shown nor predicted at a visit */
    double dropout;     /* share of hidden units left out at a visit, in all sweeps */
    double valid_fraction;
    enum train_optimizer optimizer;
    uint64_t seed;
    struct bz_parallel *par;
    /* As in train_finetune_settings. */
    int (*say)(void *arg, const struct train_multi_point *point, struct bz_error *err);
    void *arg;
};

struct train_multi_point {
    size_t update;
    double loss, valid_loss; /* nats per hidden value; NaN without held-out rows */
};

struct train_multi_result {
    struct train_multi_point *points; /* [n_points]; owned */
    size_t n_points, learned, valid, best;
    double start, loss; /* for held-out rows: before, and with the kept parameters */
    double scale;       /* final factor on the couplings of shown layers; 1 = unchanged */
};

/* BZ_UNSUPPORTED, with a reason, for machines with sparse or inner couplings, or hidden units that are not bernoulli or spin,
 * and for counts where random parts are to be predicted. */
int train_may_multi(const struct bz_machine *m, long layer, struct bz_error *err);

/* How many rows there are to learn from: in a row of which the layer is wholly unknown there is nothing to ask for. */
size_t train_multi_rows(const struct bz_machine *m, const struct train_multi_data *d, long layer);

/* m owns its parameters and is prepared. Same bits for the same settings on one type of machine, whatever par. out is the
 * caller's to free by train_multi_free, also after a failure. */
int train_multi(struct bz_machine *m, const struct train_multi_data *data, const struct train_multi_settings *s,
                struct train_multi_result *out, struct bz_error *err);
void train_multi_free(struct train_multi_result *r);

#endif
