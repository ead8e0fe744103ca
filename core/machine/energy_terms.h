/* Private to the core: the terms of the energy of one row, in double, in the form with folded offsets. With u as in machine.h
 * and s the row's start (bias less what the neighbours' offsets take):
 *
 *     -E(x) = sum_l own_l(x_l) + sum_couplings pair(x_a, x_b) - constant
 *     own_l(x) = s . x      (gaussian: -(x-b)^2/2s^2 + u . (start - b))
 *     pair(x_a, x_b) = x_a' W x_b, a lateral one 1/2 x'Lx      (gaussian sides: u) */
#ifndef BZ_ENERGY_TERMS_H
#define BZ_ENERGY_TERMS_H

#include "state.h"

/* own_l of x[size] for the counts of `row`. */
double bz_own_term(const struct bz_state *s, size_t layer, size_t row, const float *x);

/* pair of one coupling; a lateral coupling takes x_a only. Units of one softmax group exclude each other, so pairs within a
 * group are left out: the value stays right when x holds means. */
double bz_pair_term(const struct bz_machine *m, size_t coupling, const float *x_a, const float *x_b);

/* sum[r] += scale * pair of the coupling behind a link of a layer, for all rows of s (at most a tile) together: a product of
 * floats, several times faster and about as exact as fields are. x must hold states. field[n][size] is scratch. */
void bz_add_pair_terms(const struct bz_state *s, size_t layer, size_t link, double scale, double *sum, float *field,
                       struct bz_work *w);

/* free_energy[n] of rows first .. first+n-1 (at most a tile) of a machine whose hidden units are independent, with the visible
 * values as they stand in x: -E of the visible layers less the log sums of the hidden ones, whose x become means. */
void bz_given_free_energy(struct bz_state *s, size_t first, size_t n, double *free_energy, struct bz_work *w);

/* The constant that folding the offsets leaves; depends only on the row's counts. */
double bz_offset_constant(const struct bz_state *s, size_t row);

#endif
