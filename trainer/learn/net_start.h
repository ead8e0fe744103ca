/* A feed-forward classifier initialised from the machine it is fine-tuned from. */
#ifndef TRAIN_NET_START_H
#define TRAIN_NET_START_H

#include "network.h"

struct train_net_shape {
    long layer;         /* the hidden layer whose sums are the first stage; -1 = the default */
    const size_t *more; /* [n_more] units of further hidden stages, with random weights */
    size_t n_more;
    size_t classes;
    bool random;   /* all weights at random: the same network without pretraining, for comparison */
    uint64_t seed; /* of random weights */
};

/* Stage 1 is the conditional mean of a hidden layer h1 given all its neighbours - visible layers, and mean-field activities of
 * the hidden ones (Salakhutdinov & Hinton 2009) - so that at the start it computes the machine's own posterior. The hidden
 * layers above h1 follow, one stage each, then `more` stages and the softmax, with small random weights. Offsets are folded
 * into biases, gaussian units are read as (x - b)/s. h1 by default: the hidden layer next to the only visible one (rather of
 * bernoulli units), or the top one where there are several pathways. If that has units of another type, all weights are random;
 * BZ_UNSUPPORTED if it was asked for. *out is the caller's. */
int train_net_start(struct bz_network **out, const struct bz_machine *m, const struct train_net_shape *shape,
                    struct bz_error *err);

/* No layer that there is by default has units that a classifier can begin with. */
bool train_net_starts_random(const struct bz_machine *m);

/* Rectified units, for learning with normalised sums, around whose means they begin: biases are 0. */
void train_net_rectify(struct bz_network *net);

#endif
