/* Sparse lateral couplings: which units of a layer may be drawn together. */
#ifndef BZ_COLOURING_H
#define BZ_COLOURING_H

#include "edges.h"

/* A colouring of the units of a layer coupled to itself: no two units of one colour are coupled. */
struct bz_colouring {
    size_t n_colours;
    uint32_t *order;              /* [n]: units by colour, ascending within one */
    size_t *colour;               /* [n_colours + 1]: where each colour begins in order */
    const struct bz_edges *edges; /* each unit's neighbours */
    struct bz_edges own;          /* of a coupling whose weights are dense */
};

/* *out = the colouring of L[n][n] (symmetric, zero diagonal), or NULL if L is too dense for it to pay off. The caller's. */
int bz_colouring_new(struct bz_colouring **out, const float *lateral, size_t n, struct bz_error *err);
/* The same for a sparse coupling's rows, which are borrowed. */
int bz_colouring_of(struct bz_colouring **out, const struct bz_edges *edges, size_t n, struct bz_error *err);
void bz_colouring_free(struct bz_colouring *c); /* NULL is fine */

#endif
