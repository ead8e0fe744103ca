/* What disturbs a row of a network that learns. */
#ifndef TRAIN_NET_NOISE_H
#define TRAIN_NET_NOISE_H

#include "rng.h"

#include <stdbool.h>
#include <stddef.h>

/* x[n], units first .. first+n-1 of a row: some are left out; the others grow so that their mean stays. first is a multiple of
 * 64, n at most 128. */
void train_leave_out(float *x, double share, const struct bz_key *key, size_t first, size_t n);
/* Adds normal noise. fast: other draws, many at once; first is a multiple of 128. */
void train_add_noise(float *x, double deviation, const struct bz_key *key, size_t first, size_t n, bool fast);

#endif
