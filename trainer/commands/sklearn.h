/* Exchange with scikit-learn: the arrays of its BernoulliRBM in an .npz, components_ [n_hidden, n_visible], intercept_hidden_
 * [n_hidden], intercept_visible_ [n_visible]. */
#ifndef TRAIN_SKLEARN_H
#define TRAIN_SKLEARN_H

#include "machine.h"

/* An RBM of layers `visible` and `hidden` from such an archive; numbers are rounded to float. *out is the caller's. */
int train_sklearn_read(struct bz_machine **out, const char *path, struct bz_error *err);

/* Writes an RBM as such an archive, in float32. Offsets, which scikit-learn does not have, are folded into the intercepts: the
 * distribution stays the same. BZ_UNSUPPORTED for what is not one visible and one hidden bernoulli layer. */
int train_sklearn_write(const struct bz_machine *m, const char *path, struct bz_error *err);

#endif
