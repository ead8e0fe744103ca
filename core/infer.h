/* Posteriors: mean field, features, reconstruction. Deterministic; each row by itself. */
#ifndef BZ_INFER_H
#define BZ_INFER_H

#include "gibbs.h"

/* The mean-field fixed point of everything that is not known, in place: hidden layers of s become posterior means, unknown
 * visible units their means. Exact (one pass) where hidden units are independent and all visible units are known. Damped where
 * layers have lateral couplings. Stops for a row when no mean moved by more than 1e-6, or after 200 sweeps.
 * warm: start from the means in s instead of from the base means. bound[n] (may be NULL) = the variational free energy. */
void bz_mean_field(struct bz_state *s, size_t first, size_t n, bool warm, double *bound, struct bz_work *w);

enum bz_output { BZ_MEAN, BZ_STATE };

/* Reconstruction, in place: `steps` full sweeps. A row whose visible units are all known runs free from there (v -> h -> v'
 * ...); in a row with unknown units the known ones are held at every step and in the result (unknown ones start at the base
 * mean). BZ_MEAN passes means on (deterministic); BZ_STATE draws every layer (keys from c). error[n] (may be NULL): mean over
 * the known units of (what the last sweep made of the unit, before holding it - its given value)^2. given[l] is the row data as
 * the caller gave it, [n of s][size]; used for error only. */
void bz_reconstruct(struct bz_chains *c, const float *const *given, size_t first, size_t n, size_t steps, enum bz_output type,
                    double *error, struct bz_work *w);

#endif
