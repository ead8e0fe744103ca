/* A feed-forward classifier on top of a machine: what fine-tuning makes of its weights. It reads values of some of the
 * machine's layers - visible ones, and mean-field activities of hidden ones (Salakhutdinov & Hinton 2009) - and gives class
 * probabilities. The machine itself is unchanged: it supplies those activities and fills in what is unknown in a row. */
#ifndef BZ_NETWORK_H
#define BZ_NETWORK_H

#include "state.h"

enum bz_activation { BZ_LOGISTIC, BZ_RECTIFIED, BZ_N_ACTIVATIONS };

/* y = f(x W + b); of the last stage the softmax. */
struct bz_stage {
    size_t in, out;
    float *weight; /* [in][out] */
    float *bias;   /* [out] */
};

struct bz_network {
    size_t *input; /* [n_inputs] layers of the machine whose values stand one after the other in stage 0's input; owned */
    size_t n_inputs;
    struct bz_stage *stages; /* [n_stages >= 1]; owned, with what they point at */
    size_t n_stages;
    float *shift, *scale; /* [stages[0].in]: the input is (x - shift) * scale; both NULL = x as it is; owned */
    enum bz_activation activation;
    double temperature; /* > 0: logits are divided by it, so that probabilities are calibrated */
    char **classes;     /* [n_classes] names, owned; n_classes is the last stage's `out`, or 0: classes are numbers from 0 */
    size_t n_classes;
};

/* All zeros but for sizes; in[k+1] = out[k]. sizes[n_stages + 1]: units of the input, of each hidden stage, classes. *out is
 * the caller's (bz_network_free). */
int bz_network_new(struct bz_network **out, const struct bz_machine *m, const size_t *input, size_t n_inputs,
                   const size_t *sizes, size_t n_stages, struct bz_error *err);
void bz_network_free(struct bz_network *net); /* NULL is fine */
size_t bz_network_class_count(const struct bz_network *net);

const char *bz_activation_name(enum bz_activation a); /* "logistic", "rectified" */
int bz_activation_from_name(const char *name);        /* -1 if unknown */
/* y[n] = f(y), in place. */
void bz_activate(enum bz_activation a, float *y, size_t n);

/* True if classifying needs the machine's mean field even for rows without unknown values. */
bool bz_network_reads_hidden(const struct bz_network *net, const struct bz_machine *m);
/* The input of rows first .. first+n-1 of a state, as it stands there: out[n][stages[0].in]. */
void bz_network_gather(const struct bz_network *net, const struct bz_state *s, size_t first, size_t n, float *out);

/* Scratch of one thread; *out is the caller's. */
struct bz_network_work;
int bz_network_work_new(struct bz_network_work **out, const struct bz_network *net, struct bz_error *err);
void bz_network_work_free(struct bz_network_work *w); /* NULL is fine */

/* p[n][classes] of rows first .. first+n-1 of s, each summing to 1. Unknown visible units and hidden layers that it needs are
 * overwritten by mean field. A row's result is the same bits whatever other rows are in the call; NaN where the machine's
 * arithmetic overflows. */
void bz_network_classify(const struct bz_network *net, struct bz_state *s, size_t first, size_t n, double *p,
                         struct bz_network_work *nw, struct bz_work *w);

#endif
