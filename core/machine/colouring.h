/* Sparse lateral couplings: which units of a layer may be drawn together. */
#ifndef BZ_COLOURING_H
#define BZ_COLOURING_H

#include "errors.h"

#include <stddef.h>
#include <stdint.h>

/* The graph of a lateral coupling L[n][n], its units in colours such that no two of one colour are coupled. */
struct bz_colouring {
    size_t n_colours;
    uint32_t *order;     /* [n]: units by colour, ascending within one */
    size_t *colour;      /* [n_colours + 1]: where each colour begins in order */
    size_t *begin;       /* [n + 1]: where each unit's neighbours begin */
    uint32_t *neighbour; /* [begin[n]]: ascending for each unit */
    float *weight;       /* [begin[n]] */
};

/* *out = the colouring of L[n][n] (symmetric, zero diagonal), or NULL if L is too dense for it to pay. The caller's. */
int bz_colouring_new(struct bz_colouring **out, const float *lateral, size_t n, struct bz_error *err);
void bz_colouring_free(struct bz_colouring *c); /* NULL is fine */

#endif
