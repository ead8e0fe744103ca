/* Rows of real values that fall into groups far apart: found, and coded by the first hidden units of a machine before it
 * learns. Small weights cannot find them by themselves, for until they do every row lies many deviations off. */
#ifndef TRAIN_CLUSTERS_H
#define TRAIN_CLUSTERS_H

#include "dataset.h"

/* Where m has one gaussian visible layer, coupled to one hidden bernoulli layer, and the rows of `part` are groups apart (each
 * pair of centres further than three deviations of either), gives one hidden unit to each group, and the layer the deviations
 * within groups. *found = how many groups; 0 where nothing was changed. */
int train_start_clusters(struct bz_machine *m, const struct train_part *part, size_t layer, const size_t *rows, size_t n_rows,
                         uint64_t seed, size_t *found, struct bz_error *err);

#endif
