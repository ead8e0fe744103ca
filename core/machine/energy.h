/* Energies and likelihood-like scores of given rows. All results in nats, double. A row's result is the same bits whatever
 * other rows are in the call. */
#ifndef BZ_ENERGY_H
#define BZ_ENERGY_H

#include "gibbs.h"

/* energy[n] of complete states (every layer's x given). */
void bz_energy(const struct bz_state *s, size_t first, size_t n, double *energy);

enum bz_method { BZ_EXACT, BZ_VARIATIONAL };

/* free_energy[n] of the visible rows of s: -log sum_h exp(-E). Exact if hidden units are independent given the visible ones,
 * else the mean-field upper bound on F. In visible layers known[l] NULL means that all units are given; units with known 0 are
 * summed out too: exactly if hidden units are independent and at most 20 binary units (or softmax groups of as many joint
 * states) are unknown, else by the mean-field bound. method[n] (may be NULL) says which. Hidden layers of s and unknown visible
 * units are overwritten: with posterior means, except where a sum was enumerated. */
void bz_free_energy(struct bz_state *s, size_t first, size_t n, double *free_energy, enum bz_method *method, struct bz_work *w);

/* The same with the caller's start and tolerance of the mean fields (bz_mean_field_to). */
void bz_free_energy_to(struct bz_state *s, size_t first, size_t n, bool warm, double tolerance, double *free_energy,
                       enum bz_method *method, struct bz_work *w);

/* How many states of a row's unknown units bz_free_energy goes through; 0 = none. */
double bz_free_energy_states(const struct bz_state *s, size_t row, struct bz_work *w);

/* sum_i log p(v_i | v_-i), exact, of complete visible rows; softmax per group, gaussian a density. Grey values count as means:
 * v log p(1) + (1-v) log p(0). BZ_UNSUPPORTED for machines with a multinomial visible layer, with hidden layers that are not
 * independent given the visible ones, or with a gaussian visible layer coupled to a gaussian or relu hidden one. */
int bz_pseudo_likelihood(struct bz_state *s, size_t first, size_t n, double *out, struct bz_work *w, struct bz_error *err);

/* 0 if bz_pseudo_likelihood is available for a machine, else BZ_UNSUPPORTED, with the reason in err (may be NULL). */
int bz_pseudo_likelihood_check(const struct bz_machine *m, struct bz_error *err);

/* log of (D! / prod n_i!) over the multinomial visible layers of row r: what turns the probability of ordered words into that
 * of counts. */
double bz_log_orderings(const struct bz_state *s, size_t row);

#endif
