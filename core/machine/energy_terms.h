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

/* What the folding of the offsets left over; depends on the row's counts only. */
double bz_offset_constant(const struct bz_state *s, size_t row);

/* D of a multinomial row, else 0. */
static inline double bz_row_counts(const struct bz_state *s, size_t layer, size_t row)
{
    return s->counts[layer] ? (double)s->counts[layer][row] : 0;
}

#endif
