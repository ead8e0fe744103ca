/* Gaussian hidden units that begin as the factors of the rows: a machine that knows, before it learns, which columns go with
 * which in proportion. Learning finds that slowly, the more so the closer columns are to being sums of others. */
#ifndef TRAIN_FACTORS_H
#define TRAIN_FACTORS_H

#include "dataset.h"

/* True where the parts of the data could begin so: some of gaussian units, the others bernoulli or softmax, and not too many
 * units. */
bool train_has_factors(const struct train_data *data);

/* Where train_has_factors, and m has a layer for each part and one gaussian hidden layer coupled to them all, sets weights,
 * biases and deviations to those of a factor analysis of rows[n_rows]; values may be missing. Else leaves m as it is. *found =
 * whether it was changed; it is not prepared then. */
int train_start_factors(struct bz_machine *m, const struct train_data *data, const size_t *rows, size_t n_rows, bool *found,
                        struct bz_error *err);

#endif
