/* Rows that fall into groups far apart: found, and coded by the first hidden units of a machine before it learns. Small weights
 * cannot find groups of real values by themselves, for until they do every row lies many deviations off; and of bits that plain
 * chains cannot take from one group to another, learning loses the groups' masses. */
#ifndef TRAIN_CLUSTERS_H
#define TRAIN_CLUSTERS_H

#include "dataset.h"

enum { TRAIN_CLUSTERS = 8 /* at most */ };

/* The groups, and what of the machine stands for each. */
struct train_clusters {
    size_t n, size;               /* groups, visible units */
    double *centre;               /* [n][size] */
    double share[TRAIN_CLUSTERS]; /* of the rows */
    size_t layer;                 /* hidden: */
    long unit[TRAIN_CLUSTERS];    /* its unit that is on in the group and nowhere else; -1 = all of these are off */
};
void train_clusters_free(struct train_clusters *c); /* NULL is fine */
/* The group whose centre is nearest to x[size]. */
size_t train_cluster_of(const struct train_clusters *c, const float *x);

/* Where *m is one visible layer of gaussian, bernoulli or spin units, coupled to one hidden bernoulli layer, and the rows of
 * `part` are groups apart (each pair of centres further than three deviations of either; of two values, rows of one foreign to
 * the other besides), gives one hidden unit to each group, and a gaussian layer the deviations within groups. Groups that no
 * such units can stand for - more of them than one can tell apart in few columns - get a softmax layer `groups` between the
 * two, and *m is a new machine. It has to be prepared then. *found is the caller's; NULL where nothing was changed. */
int train_start_clusters(struct bz_machine **m, const struct train_part *part, const size_t *rows, size_t n_rows, uint64_t seed,
                         struct train_clusters **found, struct bz_error *err);

/* That layer, for k groups, before anything is written into it. */
int train_clusters_layer(struct bz_machine **m, size_t k, struct bz_error *err);

#endif
