/* What the inputs of a network are like in the rows it learns from, and other scales for them: learning goes at one rate for
 * all weights, and rows are shifted by one length, so inputs should vary by about 1, and by as much as they matter. */
#ifndef TRAIN_NET_INPUTS_H
#define TRAIN_NET_INPUTS_H

#include "finetune.h"

/* A layer that the network reads. */
struct train_net_layer {
    size_t at, size; /* its units among the inputs */
    bool visible;
    bool own;        /* each unit is divided by a deviation of its own (real values) */
    bool scaled;     /* all are divided by one, the same for all, and have the mean 0: train_net_inputs_scale */
    double varies;   /* root of the mean variance of the units that vary, as the network reads them; 1 if none does */
    double contrast; /* of bernoulli units: their variance, of what their means would allow 0/1 values; others: 1 */
};

struct train_net_inputs {
    size_t width, n;
    struct train_net_layer *layer; /* [n] */
    double *mean, *unit,
        *varies;       /* [width] mean as the network reads it; what that is divided by; deviation of the value itself */
    float *shift, *by; /* [width] for train_finetune_data: 0 and 1 where nothing is scaled */
};

/* Measures the rows of data, whose shift and by are not used. *out is the caller's (train_net_inputs_free). */
int train_net_inputs_measure(struct train_net_inputs **out, const struct bz_network *net, const struct bz_machine *m,
                             const struct train_finetune_data *data, struct bz_error *err);
int train_net_inputs_copy(struct train_net_inputs **out, const struct train_net_inputs *in, struct bz_error *err);
void train_net_inputs_free(struct train_net_inputs *in); /* NULL is fine */

/* All values of a layer in one unit, their deviation. net computes what it did; NULL = no network. */
void train_net_inputs_scale(struct train_net_inputs *in, size_t layer, struct bz_network *net);

/* The scales become part of net. */
int train_net_inputs_keep(const struct train_net_inputs *in, struct bz_network *net, struct bz_error *err);

/* As many units in the first stage: the new ones have random weights, for sums that vary by 2 around 0. */
int train_net_widen(struct bz_network *net, const struct train_net_inputs *in, size_t units, uint64_t seed,
                    struct bz_error *err);

#endif
