/* Features without what they have in common: v = A (x - mean), A the inverse of the Cholesky factor of their covariance, so
 * that cosines and distances are those of every other whitening. The mean variance is added to each before: directions in which
 * nothing varies would count for everything, and less was worse on every set that was tried. */
#ifndef BZ_WHITEN_H
#define BZ_WHITEN_H

#include "errors.h"

#include <stddef.h>

/* mean[units] of x[rows][units]; zeros where there are no rows. */
void bz_feature_mean(const float *x, size_t rows, size_t units, double *mean);
/* *out = A, [units][units], zeros above the diagonal; the caller's, bz_free. BZ_BAD_INPUT where nothing varies; BZ_TOO_LARGE;
 * BZ_OUT_OF_MEMORY. */
int bz_whitening_make(float **out, const float *x, size_t rows, size_t units, const double *mean, struct bz_error *err);
/* out[units] = A v, of a v[units] that has lost its mean; out is not v. Same bits on every CPU. */
void bz_whiten(const float *a, const float *v, size_t units, float *out);

#endif
