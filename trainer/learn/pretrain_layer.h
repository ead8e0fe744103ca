/* Parts of pretraining: one stage, and the RBM of one hidden layer of a deep machine with its features of the data. */
#ifndef TRAIN_PRETRAIN_LAYER_H
#define TRAIN_PRETRAIN_LAYER_H

#include "feed.h"
#include "pretrain.h"

/* Trains `start` as stage `number`, or reads back the result of an interrupted run. title: for people. temperature: of each
 * layer, NULL = 1. *out is prepared, the caller's. */
int train_pretrain_stage(const struct train_pretrain *p, uint64_t number, const char *title, const struct bz_machine *start,
                         const struct train_feed *feed, const double *temperature, struct bz_machine **out,
                         struct bz_error *err);

/* The RBM whose hidden layer is layer `layer` of p->machine. */
struct train_layer {
    size_t layer;
    struct train_data data;             /* parts are borrowed copies, labels borrowed */
    struct bz_machine *start, *trained; /* owned */
    double *temperature;                /* [its layers], 1; owned */
    struct train_feed feed;
};

/* Allocates the data of an RBM; to be freed after failure, too. */
int train_layer_new(struct train_layer *r, const struct train_pretrain *p, size_t layer, struct bz_error *err);
void train_layer_free(struct train_layer *r);

/* Makes layer `below` of p->machine, visible or label, an input of the RBM, unless it already is one. */
void train_layer_sees(struct train_layer *r, const struct train_pretrain *p, size_t below);
/* The same for a hidden layer with features. */
void train_layer_sees_features(struct train_layer *r, const struct train_part *features);

/* Makes the initial RBM from its inputs. */
int train_layer_start(struct train_layer *r, const struct train_pretrain *p, struct bz_error *err);
/* start -> trained */
int train_layer_train(struct train_layer *r, const struct train_pretrain *p, uint64_t number, struct bz_error *err);

/* The hidden layer's probabilities for all rows as a part of data: grey values, drawn anew at each visit. *part is the
 * caller's, u8 to be freed. */
int train_layer_features(const struct train_layer *r, const struct train_pretrain *p, struct train_part *part,
                         struct bz_error *err);

#endif
