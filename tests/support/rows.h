/* Rows of a machine for tests: random valid states, masks, and what enumeration says about a row. */
#ifndef ROWS_H
#define ROWS_H

#include "oracle_machines.h"
#include "state.h"

#include <stdint.h>

struct rows {
    const struct bz_machine *m;
    struct bz_state *s;
    struct bz_work *w;
};

/* n rows in every layer: zeros and ones, one column on per group, normal values, `words` counts; the same for the same seed,
 * row by row. */
void rows_new(struct rows *rows, const struct bz_machine *m, size_t n, size_t words, uint64_t seed);
void rows_free(struct rows *rows);

/* Marks units of the visible layers unknown with probability `part`, in even rows whole softmax groups together; counts and
 * gaussian units only if `all_types`. */
void rows_forget(struct rows *rows, double part, bool all_types, uint64_t seed);

/* By enumeration over all units except the known ones of visible layers (known NULL = all known): -log sum exp(-E). */
double rows_free_energy(const struct rows *rows, size_t row);
/* The energy of a complete row, straight from the formula. */
double rows_energy(const struct rows *rows, size_t row);
/* Means of all units of the row given what is known, mean[l][size]. */
void rows_means(const struct rows *rows, size_t row, double *const *mean);

#endif
