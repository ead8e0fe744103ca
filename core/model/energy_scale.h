/* The `free_energy` metadata: the distribution of the free energies of rows that a model was not trained on, so that the free
 * energy of a new row tells whether it is unusual.
 * {"rows","quantiles":[…],"threshold","contamination","of","weights":"sha256:…"}: quantiles n >= 2 ascending numbers, the i-th
 * (from 0) at the probability i/(n-1), linear in between (as numpy.quantile). */
#ifndef BZ_ENERGY_SCALE_H
#define BZ_ENERGY_SCALE_H

#include "errors.h"

#include <stddef.h>

enum { BZ_MOST_QUANTILES = 1001 }; /* quantiles kept; all rows, if they are fewer */

struct bz_energy_scale {
    size_t rows;      /* rows it was made from */
    double *quantile; /* [n] ascending, in nats; owned */
    size_t n;
    double threshold;     /* rows whose free energy lies above it are called anomalies */
    double contamination; /* the fraction of rows above the threshold when it was chosen; NaN = not told */
    char of[16];          /* "held-out", "training" or "calibration" rows; "" = not told */
};

/* From free_energy[rows], finite, in any order: sorted in place. The threshold is the quantile 1 - contamination
 * (0 <= contamination < 1). *out is the caller's, bz_energy_scale_free. BZ_BAD_INPUT without rows. */
int bz_energy_scale_make(struct bz_energy_scale **out, double *free_energy, size_t rows, double contamination, const char *of,
                         struct bz_error *err);
void bz_energy_scale_free(struct bz_energy_scale *s); /* NULL is fine */

/* The percentage of those rows whose free energy is no higher than this one: 0 .. 100, 100 = as unusual as the most unusual.
 * NaN for NaN. */
double bz_energy_percentile(const struct bz_energy_scale *s, double free_energy);

/* Reads the metadata's text: 1, or 0 with *out not set if it names weights other than those with this digest (64 hex digits;
 * NULL: any). If it names none it is taken to be for these. BZ_BAD_MODEL. *out is the caller's. */
int bz_energy_scale_read(struct bz_energy_scale **out, const char *text, const char *digest, struct bz_error *err);
/* The text, for tensors with this digest; the caller's, bz_free. */
char *bz_energy_scale_text(const struct bz_energy_scale *s, const char *digest, struct bz_error *err);

#endif
