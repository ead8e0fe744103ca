/* Gaussian hidden units initialised with the factors of the rows: a machine that knows the linear dependences of columns before
 * it learns. Learning finds these slowly, the more so the closer columns are to being sums of others. Also the normal
 * distribution of those factors, as a yardstick for what was learned. */
#ifndef TRAIN_FACTORS_H
#define TRAIN_FACTORS_H

#include "dataset.h"

/* True if this applies to the parts of the data: some of gaussian units, the others bernoulli or softmax, and not too many
 * units. */
bool train_has_factors(const struct train_data *data);

/* Where train_has_factors, and m has a layer for each part and one gaussian hidden layer coupled to them all, sets weights,
 * biases and deviations to those of a factor analysis of rows[n_rows]; values may be missing. Else leaves m as it is. *found =
 * whether it was changed; it must then be prepared. */
int train_start_factors(struct bz_machine *m, const struct train_data *data, const size_t *rows, size_t n_rows, bool *found,
                        struct bz_error *err);

/* The mean log density, in nats, of other's rows other_rows[n_other] under the normal distribution with the means and
 * covariances of data's rows[n_rows], more or less shrunken, whichever explains them better, in the units of the parts: a
 * machine of such columns should not be worse. NaN if some part is not of gaussian units, has gaps, or train_has_factors is
 * false. BZ_NO_MEMORY. */
int train_normal_log_prob(const struct train_data *data, const size_t *rows, size_t n_rows, const struct train_data *other,
                          const size_t *other_rows, size_t n_other, double *log_prob, struct bz_error *err);

#endif
