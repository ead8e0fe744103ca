/* Rows that fall into groups far apart: found, and coded by the first hidden units of a machine before it learns. Small weights
 * cannot find groups of real values by themselves, since until they do every row is many deviations off; and with bits that
 * plain chains cannot carry from one group to another, learning loses the groups' masses. */
#ifndef TRAIN_CLUSTERS_H
#define TRAIN_CLUSTERS_H

#include "dataset.h"
#include "state.h"

enum { TRAIN_CLUSTERS = 32 /* at most */, TRAIN_CODED_CLUSTERS = 8 /* of them by hidden units */ };

/* The groups, and their representation in the machine. */
struct train_clusters {
    size_t n, size;               /* groups, visible units of all layers */
    double *centre;               /* [n][size], layer by layer */
    double *weight;               /* [size] of each unit's squared distance; NULL = 1. Units of several types have scales that
                                     differ */
    double share[TRAIN_CLUSTERS]; /* of the rows */
    size_t layer;                 /* hidden: */
    size_t n_units;               /* one for each group, or several states of a layer of choices */
    long unit[TRAIN_CLUSTERS];    /* [n_units] units that are on in a group and nowhere else; -1 = all of these units are off */
    size_t of[TRAIN_CLUSTERS];    /* [n_units] that group */
};
void train_clusters_free(struct train_clusters *c); /* NULL is fine */
/* The group whose centre is nearest to a row's visible layers, or to those units of them that are known. */
size_t train_cluster_at(const struct train_clusters *c, const struct bz_state *s, size_t row);
size_t train_cluster_of_known(const struct train_clusters *c, const struct bz_state *s, size_t row);

/* Whether m is visible layers of gaussian, bernoulli, spin, softmax or exclusive units, and perhaps a layer of classes, all
 * coupled to one hidden bernoulli layer, but for the classes perhaps, and to nothing else. */
bool train_clusters_may_start(const struct bz_machine *m);

/* Where that is so of *m, and the rows of `data` are groups apart (each pair of centres
 * further than three deviations of either; unless all values are real, rows of one foreign to the other besides), gives one
 * hidden unit to each group, and gaussian layers the deviations within groups. Groups that no such units can represent - too
 * many for few columns, or of unequal widths - get a softmax layer `groups` before the hidden one, and *m is a new machine.
 * Classes do not count when groups are looked for. It must then be prepared. *found is the caller's; NULL if nothing was
 * changed. */
int train_start_clusters(struct bz_machine **m, const struct train_data *data, const size_t *rows, size_t n_rows, uint64_t seed,
                         struct train_clusters **found, struct bz_error *err);

/* The same where *m is any machine with such visible layers and a hidden one, whose weights between visible ones are 0: groups
 * get a layer, coupled to all that is visible. */
int train_mix_clusters(struct bz_machine **m, const struct train_data *data, const size_t *rows, size_t n_rows, uint64_t seed,
                       struct train_clusters **found, struct bz_error *err);

/* Whether the first hidden layer and the visible ones, all coupled to it, are an RBM, beside which nothing sees the visible
 * ones but themselves: the lower part of a deep machine, say. */
bool train_clusters_has_rbm(const struct bz_machine *m);
/* That RBM as it is in `like`, or else one of the same visible layers, in which groups can be looked for; *out is the
 * caller's. Classes are in it, coupled to its hidden layer where they are so in `like`. */
int train_clusters_draft(struct bz_machine **out, const struct bz_machine *like, struct bz_error *err);

/* That layer, for k groups, before anything is written into it. */
int train_clusters_layer(struct bz_machine **m, size_t k, struct bz_error *err);

#endif
