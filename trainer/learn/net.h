/* A feed-forward classifier while it learns: cross-entropy by backpropagation, with dropout (Srivastava et al. 2014) and a
 * bound on the norm of the weights into a unit. Same bits for any number of threads: the division of work depends on the batch
 * and the weights only. */
#ifndef TRAIN_NET_H
#define TRAIN_NET_H

#include "network.h"
#include "optimizer.h"
#include "parallel.h"

/* How an update is made. */
struct train_net_rule {
    struct train_step step;     /* for weights of the pretrained scale; decay on weights only */
    double dropout_in, dropout; /* share of units left out in an update: of the input, of hidden stages */
    double noise;               /* deviation of normal noise on the input, before dropout */
    double hidden_noise;        /* the same on normalised sums */
    double adversarial; /* > 0: marked rows (train_net_moved) are moved that far, each input in the direction in which its own
                           loss rises (Goodfellow, Shlens, Szegedy 2015); for a net made with_inputs */
    bool euclidean;     /* the whole row is moved by that length instead */
    bool own;           /* a moved row's target is the network's output for the original row, and it is moved to where the
                           output differs most: virtual adversarial training (Miyato, Maeda, Koyama, Ishii 2019) */
    double max_norm;    /* of the weights into a hidden unit; 0 = unbounded */
    uint64_t seed;      /* of dropout and noise */
    uint64_t number;    /* of this update, from 1; each draws anew */
    size_t first_stage; /* stages before it keep their weights */
};

struct train_net;

/* Starts from net's weights, which are copied. batch: most rows of an update. with_inputs: gradients with respect to the inputs
 * will be needed. normalize: the sums of hidden stages are normalised (net_norm.h) before bias and activation, so that the
 * network is another one than net until it has learned. *out is the caller's. */
int train_net_new(struct train_net **out, const struct bz_network *net, size_t batch, enum train_optimizer optimizer,
                  bool with_inputs, bool normalize, struct bz_parallel *par, struct bz_error *err);
void train_net_free(struct train_net *t); /* NULL is fine */

/* Where the next update's rows are written: input[batch][units], target[batch][classes] (probabilities), weight[batch] (how
 * much a row counts; their mean over the update should be about 1), moved[batch] (train_net_rule). Owned by t. */
float *train_net_input(struct train_net *t);
double *train_net_target(struct train_net *t);
float *train_net_weight(struct train_net *t);
bool *train_net_moved(struct train_net *t);

/* One update on the first n rows; the mean cross-entropy before it, in nats. */
double train_net_update(struct train_net *t, size_t n, const struct train_net_rule *rule);

/* Logits[n][classes] of input[n][units] with all units, n <= batch. Overwrites the buffers of train_net_input. */
void train_net_logits(struct train_net *t, size_t n, float *logits);

/* Copies the weights into a network of the same shape. */
void train_net_store(const struct train_net *t, struct bz_network *net);

#endif
