/* Exact sums by enumeration of small machines. */
#ifndef BZ_EXACT_H
#define BZ_EXACT_H

#include "parallel.h"
#include "state.h"

enum { BZ_EXACT_MAX_BITS = 25 };

/* log2 of the number of joint states that bz_exact_log_z would visit (the cheapest choice of layers to enumerate, the others
 * summed out analytically), or a negative number if no choice works (two coupled gaussian layers). -1 and err if there is no
 * memory to find out. */
int bz_exact_bits(const struct bz_machine *m, double *bits, struct bz_error *err);

/* log Z at temperature t (Z_T = sum exp(-E/T)), by Gray code, in double. counts[l] gives D for multinomial layers (NULL if
 * none). BZ_TOO_LARGE with numbers if more than 2^max_bits states (<= BZ_EXACT_MAX_BITS). The same bits for any par. */
int bz_exact_log_z(const struct bz_machine *m, double t, const double *counts, int max_bits, struct bz_parallel *par,
                   double *log_z, struct bz_error *err);

/* The part of log Z, at temperature 1, of the states in which hidden layer `layer` has the values x. */
int bz_exact_log_mass(const struct bz_machine *m, size_t layer, const float *x, int max_bits, struct bz_parallel *par,
                      double *log_mass, struct bz_error *err);

/* Memory for exact free energies of rows of one machine, which is borrowed: any number of them, one at a time. */
struct bz_exact;
int bz_exact_new(struct bz_exact **out, const struct bz_machine *m, struct bz_error *err);
void bz_exact_free(struct bz_exact *e);

/* The free energy of one row of s, a state of that machine: -log sum over everything that is not known: hidden layers, and
 * visible units with known[l] 0 (known[l] NULL = all known). Exact also where bz_free_energy only bounds it. Bounds and errors
 * as above; hidden layers of s are not looked at. */
int bz_exact_free_energy(struct bz_exact *e, const struct bz_state *s, size_t row, int max_bits, struct bz_parallel *par,
                         double *free_energy, struct bz_error *err);

/* Exact thermodynamics of the joint distribution at temperature t, by the same walk. */
struct bz_thermo {
    double log_z, energy, entropy, heat_capacity; /* log Z_T, <E>, log Z_T + <E>/T, Var(E)/T^2 */
};
/* Arguments and errors as bz_exact_log_z has them; energies in nats. */
int bz_exact_thermo(const struct bz_machine *m, double t, const double *counts, int max_bits, struct bz_thermo *out,
                    struct bz_error *err);

#endif
