/* Whitened features: v = A (x - mean), A the inverse of the Cholesky factor of their covariance; cosines and distances are the
 * same as with any other whitening. The mean variance is added to each variance first: otherwise directions in which hardly
 * anything varies would dominate, and adding less was worse on every data set tried. */
#ifndef BZ_WHITEN_H
#define BZ_WHITEN_H

#include "errors.h"

#include <stddef.h>

/* mean[units] of x[rows][units]; zeros where there are no rows. */
void bz_feature_mean(const float *x, size_t rows, size_t units, double *mean);
/* *out = A, [units][units], zeros above the diagonal; the caller's, bz_free. BZ_BAD_INPUT where nothing varies; BZ_TOO_LARGE;
 * BZ_OUT_OF_MEMORY. */
int bz_whitening_make(float **out, const float *x, size_t rows, size_t units, const double *mean, struct bz_error *err);
/* out[units] = A v for a v[units] whose mean has been subtracted; out is not v. Same bits on every CPU. */
void bz_whiten(const float *a, const float *v, size_t units, float *out);

#endif
