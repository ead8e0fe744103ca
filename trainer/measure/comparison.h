/* Samples of a model beside data: whether they have the data's means, correlations and groups, and whether a sample's nearest
 * neighbour tells where it comes from. The best possible value of each figure is that of a second half of the data against the
 * first. */
#ifndef TRAIN_COMPARISON_H
#define TRAIN_COMPARISON_H

#include "row_tiles.h"
#include "sampler.h"

struct train_comparison_options {
    size_t count; /* rows of each half, and samples, at most */
    size_t steps;
    uint64_t seed;
    enum train_sampler sampler;
    struct bz_parallel *par; /* NULL = the rows' pool */
    bool quiet;              /* does not report how well chains mixed */
};

/* Statistics of two sets of rows, one number a column, pair or triplet: Pearson's correlation over them (NaN where one side is
 * constant) and the root of the mean squared difference. */
struct train_agreement {
    double correlation, rms;
};

/* A set of rows against the first half of the data. */
struct train_likeness {
    struct train_agreement means, pairs, triplets;
    /* Nearest-neighbour adversarial accuracy (Yale et al. 2020): the share of rows whose nearest neighbour, themselves left
     * out, is from their own set; ties count half. 1/2 = indistinguishable, 1 = distinguishable, below 1/2 = copies. */
    double adversarial;
};

/* A class of the labels or, without labels, a cluster of the first half's rows, as shares of each set. */
struct train_share {
    char *name; /* owned */
    double data, half, samples;
};

struct train_comparison {
    size_t rows, count; /* rows of the data; of each half, and samples */
    size_t columns, pairs, triplets;
    struct train_likeness samples, ceiling;
    double *mean[3]; /* [columns] of the first half, the second, the samples; real columns in deviations. Owned */
    double *pair[3]; /* [pairs] covariances */
    bool labelled;
    struct train_share *shares; /* [n_shares]; owned */
    size_t n_shares;
};

/* The rows of `r` must be complete. ladder: of the sampler ptt, else NULL. *out is the caller's, train_comparison_free.
 * BZ_BAD_INPUT with fewer than 20 rows. */
int train_compare(struct train_rows *r, const struct train_comparison_options *o, const struct bz_ladder *ladder,
                  struct train_comparison *out, struct bz_error *err);
void train_comparison_free(struct train_comparison *c);

/* Whether the samples lack a group of the data: less than a fifth of its share where at least 2 % and ten rows were expected.
 */
bool train_share_lost(const struct train_comparison *c, size_t share);

#endif
