/* Posteriors: mean field, features, reconstruction. Deterministic; each row by itself. */
#ifndef BZ_INFER_H
#define BZ_INFER_H

#include "gibbs.h"

/* A row whose means moved by less in a sweep has converged. */
extern const double bz_usual_tolerance;

/* The mean-field fixed point of everything that is not known, in place: hidden layers of s become posterior means, unknown
 * visible units their means (known[l] NULL: of a visible layer all units are given, of a hidden one none). Layers, and units
 * with lateral couplings, are updated one after the other, which never lowers the bound. Exact (one pass) where hidden units
 * are independent and all visible units are given. A row stops when no mean moved by more than 1e-6 (of values over 1: of the
 * value), or after 200 sweeps. warm: start from the means in s instead of from the base means. bound[n] (may be NULL) = the
 * variational free energy <E> - H >= F of the means. */
void bz_mean_field(struct bz_state *s, size_t first, size_t n, bool warm, double *bound, struct bz_work *w);

/* The same to a given tolerance. Near the fixed point the bound's error is of the order of the square of the means'. */
void bz_mean_field_to(struct bz_state *s, size_t first, size_t n, bool warm, double tolerance, double *bound,
                      struct bz_work *w);

/* Means of one layer given what is known, as averages over draws instead of by mean field: rows of c start afresh
 * (bz_chains_init) and make `steps` Gibbs sweeps, of which the first fifth is not counted; x[layer] becomes the average of its
 * conditional means over the others, the other layers stay as they were drawn. n <= BZ_TILE, steps > 0. */
void bz_posterior_average(struct bz_chains *c, size_t layer, size_t first, size_t n, size_t steps, struct bz_work *w);

enum bz_output { BZ_MEAN, BZ_STATE };

/* Reconstruction, in place: `steps` full sweeps, hidden layers starting at their base means. A row whose visible units are all
 * known runs free from there (v -> h -> v' ...); in a row with unknown units the known ones are held at every step and in the
 * result (unknown ones start at the base mean). BZ_MEAN passes means on (deterministic); BZ_STATE draws every layer (keys from
 * c, whose step[] advances). error[n] (may be NULL): mean over the known units of (what the last sweep made of the unit, before
 * holding it - its given value)^2; 0 where nothing is known. given[l] is the row data as the caller gave it, [n of s][size], of
 * the visible layers. c->s->known as in bz_mean_field. */
void bz_reconstruct(struct bz_chains *c, const float *const *given, size_t first, size_t n, size_t steps, enum bz_output type,
                    double *error, struct bz_work *w);

#endif
