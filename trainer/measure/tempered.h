/* Samples by parallel tempering, for machines whose plain chains stay in one mode. */
#ifndef TRAIN_TEMPERED_H
#define TRAIN_TEMPERED_H

#include "layer_values.h"
#include "parallel.h"

struct train_tempered {
    size_t count, steps; /* half of the steps adapts the ladder of temperatures, the other half runs on it */
    uint64_t seed;
    double counts; /* words of multinomial layers; < 0: of each as many as usual (train_words) */
    bool means;    /* the last values as conditional means */
    bool quiet;    /* ptt: does not report how chains moved */
    struct bz_parallel *par;
};

/* The words that a sample of a multinomial layer has: as many as asked for, if that is not negative, else those of an average
 * row of training, else 100. */
double train_words(const struct bz_layer *layer, double asked);

/* Fills the wanted layers of v (count rows) and says on stderr how well replicas moved along the ladder. */
int train_sample_tempered(struct train_values *v, const struct train_tempered *o, struct bz_error *err);

#endif
