/* Couplings of which only some weights exist (lattices, annealers' graphs): for each unit of one side its neighbours on the
 * other; and one way to read the weights of a unit, sparse or not. */
#ifndef BZ_EDGES_H
#define BZ_EDGES_H

#include "machine.h"

/* Rows of one side. */
struct bz_edges {
    size_t *begin;   /* [n + 1]: where each unit's entries begin */
    uint32_t *unit;  /* [begin[n]]: the neighbours, ascending for each unit */
    float *weight;   /* [begin[n]] */
    uint32_t *entry; /* [begin[n]]: index among the coupling's weights; NULL where weight need not follow a coupling's */
};

/* The rows of a sparse coupling's side a (b: of_b) of n units, without weights; a lateral one has each entry in both rows. */
int bz_edges_new(struct bz_edges *out, const uint32_t (*index)[2], size_t n_entries, size_t n, bool lateral, bool of_b,
                 struct bz_error *err);
void bz_edges_free(struct bz_edges *e);
void bz_edges_refresh(struct bz_edges *e, size_t n, const float *weight); /* refreshes weight[] from the coupling's weights */

/* Weights between one unit and the units of a neighbour. */
struct bz_weights {
    const float *w;       /* [n] */
    const uint32_t *unit; /* [n] which of the neighbour's units, ascending; NULL: all of them in order */
    size_t n;
};

/* Of unit i of the layer that has the link, to the units of link->layer. */
struct bz_weights bz_link_row(const struct bz_machine *m, size_t layer, const struct bz_link *link, size_t i);
/* Of unit i of side a (or b) of a coupling; of a lateral one both are the same. */
struct bz_weights bz_coupling_row(const struct bz_machine *m, size_t coupling, bool side_b, size_t i);

double bz_weights_dot(struct bz_weights r, const float *x); /* sum of w x over the listed units */
void bz_weights_axpy(struct bz_weights r, float a, float *y);
float bz_weights_at(struct bz_weights r, size_t unit); /* 0 where it is not listed */
/* The part that lies in units from .. to-1. */
struct bz_weights bz_weights_within(struct bz_weights r, size_t from, size_t to);

#endif
