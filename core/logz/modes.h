/* A search for regions of a machine that annealed runs have not seen: short chains from many starts; those that end far from
 * where the runs ended are grouped, and each group gets a base machine. What it finds is only a hint where to look; the mass of
 * a region is then measured by annealed importance sampling from its base (regions.h). */
#ifndef BZ_MODES_H
#define BZ_MODES_H

#include "ais.h"

struct bz_modes_options {
    const struct bz_state *ends; /* where annealed runs ended: visible layers */
    const struct bz_state *rows; /* some rows of data, complete; NULL = none */
    const double *counts;        /* [n_layers]: D of multinomial layers; NULL if there are none */
    size_t most;                 /* modes to return at most */
    size_t sweeps;               /* about how many sweeps of one row the search may take in all */
    uint64_t seed;
    struct bz_parallel *par;
};

/* A region: the states x with bz_mode_log_q(x) >= least, and a base machine at its centre. */
struct bz_mode {
    struct bz_base *base; /* owned */
    double log_norm;      /* of the base's visible layers */
    double least;
    double size; /* rough log of its mass, nats, tends to be too large: mean log f - log q over chains that stay in it */
};

/* What was found, and where runs ended (seen): a few regions that hold nearly all end points, or none if there are no such
 * regions. A state belongs to a mode (bz_mode_holds) if it is in its region and no region of `seen` gives it a much higher
 * density. */
struct bz_modes {
    struct bz_mode *mode, *seen; /* owned; [n], the largest first; [n_seen] */
    size_t n, n_seen;
};

/* *out is the caller's, bz_modes_free, also after an error. */
int bz_modes_find(struct bz_modes *out, const struct bz_machine *m, const struct bz_modes_options *o, struct bz_error *err);
void bz_modes_free(struct bz_modes *modes);
/* Only the part that fills in out->seen. */
int bz_modes_seen(struct bz_modes *out, const struct bz_machine *m, const struct bz_modes_options *o, struct bz_error *err);

/* Log density of the visible layers of one row under the mode's base. */
double bz_mode_log_q(const struct bz_mode *mode, const struct bz_state *s, size_t row);

/* A base at the means of rows first .. first+n-1 of means[n_layers][rows][size] of visible layers, mixed with a fiftieth of the
 * uniform rates. *out is the caller's. */
int bz_mode_base(struct bz_base **out, const struct bz_machine *m, float *const *means, size_t first, size_t n,
                 struct bz_error *err);

/* Fills log_norm and least of a mode that has a base: the region of what the base itself draws. counts: as in the options. */
void bz_mode_set_region(struct bz_mode *mode, const struct bz_machine *m, const double *counts);
/* Sets the counts of all rows that there is room for. */
void bz_mode_set_counts(struct bz_state *s, const double *counts);

/* Whether a row lies in a region of the list whose base gives it nearly the density of its own base, or more: regions of modes
 * that differ in few units overlap. */
bool bz_mode_covered(const struct bz_mode *own, const struct bz_mode *list, size_t n, const struct bz_state *s, size_t row);

/* Whether a row lies in the mode's region and no base of `all` gives it a clearly higher density. */
bool bz_mode_holds(const struct bz_mode *mode, const struct bz_modes *all, const struct bz_state *s, size_t row);
/* The share of rows of s that a mode holds. */
double bz_mode_share(const struct bz_mode *mode, const struct bz_modes *all, const struct bz_state *s);

/* Conditional means of the visible layers of all rows of s: (*out)[n_layers][n][size], NULL for hidden ones; the caller's, also
 * after an error. */
int bz_visible_means(float ***out, const struct bz_state *s, struct bz_work *w, struct bz_error *err);
void bz_visible_means_free(float **mean, size_t n_layers);

#endif
