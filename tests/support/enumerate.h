/* The oracle: sums over every state of a tiny machine, in double, straight from the energy formula. Gaussian layers are
 * integrated analytically, relu units by quadrature. Slow and plain on purpose. */
#ifndef ENUMERATE_H
#define ENUMERATE_H

#include "state.h"

/* The question: a machine at temperature t, with D counts for its multinomial layers and some units held. */
struct enumeration {
    const struct bz_machine *m;
    double t;
    const double *counts;  /* [n_layers]: D; NULL if there are no multinomial layers */
    float *const *held;    /* [n_layers][size] values; NULL where nothing is held */
    uint8_t *const *known; /* [n_layers][size], 1 = held; a NULL row holds the whole layer if held[l] is given, else nothing */
};

/* E(x) by the formula; x[l][size_l]. */
double enum_energy(const struct bz_machine *m, double *const *x, const double *counts);

/* log of the sum of exp(-E/t) over all states that agree with the held values, multinomial layers as ordered words. Held counts
 * stand for one order of the words. With the visible layers held: minus the free energy. */
double enum_log_sum(const struct enumeration *e);

/* mean[l][size_l] of every unit; mean_energy and var_energy may be NULL (and must be for gaussian machines). */
void enum_moments(const struct enumeration *e, double *const *mean, double *mean_energy, double *var_energy);

/* Marginal distribution of discrete layers: p[enum_keys] by key. layers[n_layers] marks them. */
size_t enum_keys(const struct enumeration *e, const bool *layers);
void enum_marginal(const struct enumeration *e, const bool *layers, double *p);
size_t enum_key(const struct enumeration *e, const bool *layers, const struct bz_state *s, size_t row);

#endif
