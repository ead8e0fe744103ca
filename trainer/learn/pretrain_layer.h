/* Parts of pretraining: one stage of it, and the RBM of one hidden layer of a deep machine with what it makes of the data. */
#ifndef TRAIN_PRETRAIN_LAYER_H
#define TRAIN_PRETRAIN_LAYER_H

#include "feed.h"
#include "pretrain.h"

/* Trains `start` as stage `number`, or reads back what an interrupted run made of it. title: for people. temperature: of each
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

/* Room for the data of an RBM; to be freed also after failure. */
int train_layer_new(struct train_layer *r, const struct train_pretrain *p, size_t layer, struct bz_error *err);
void train_layer_free(struct train_layer *r);

/* Layer `below` of p->machine, visible or label, is one that the RBM sees. Does nothing if it sees it already. */
void train_layer_sees(struct train_layer *r, const struct train_pretrain *p, size_t below);
/* So is a hidden layer of which there are features. */
void train_layer_sees_features(struct train_layer *r, const struct train_part *features);

/* Makes start from what it sees. */
int train_layer_start(struct train_layer *r, const struct train_pretrain *p, struct bz_error *err);
/* start -> trained */
int train_layer_train(struct train_layer *r, const struct train_pretrain *p, uint64_t number, struct bz_error *err);

/* The hidden layer's probabilities for all rows as a part of data: grey values, drawn anew at each visit. *part is the
 * caller's, u8 to be freed. */
int train_layer_features(const struct train_layer *r, const struct train_pretrain *p, struct train_part *part,
                         struct bz_error *err);

#endif
