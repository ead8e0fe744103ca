/* One row of one layer, given the field that it receives: redrawn, or replaced by its means. All drawing of units goes through
 * here: chains, replicas, annealing paths, learning. */
#ifndef BZ_DRAW_H
#define BZ_DRAW_H

#include "kernels.h"
#include "state.h"

struct bz_row {
    const struct bz_layer *layer; /* on an annealing path: with the parameters that hold there */
    double t, d;                  /* temperature; counts of a multinomial row */
    const struct bz_key *key;     /* of draws */
    const uint8_t *known;         /* [size] units that keep x, or NULL */
    float *field;                 /* [size] as bz_field gives it; spoiled. With bz_row_needs_lateral, lateral part included */
    float *x;                     /* [size] in: the present values; out: the new ones */
    float *spare[2];              /* [size] */
    const struct bz_doubt *doubt; /* units of two values: how inexact field is; may be NULL */

    /* For layers coupled to themselves. bz_row_of fills these in. */
    const struct bz_machine *m;
    long lateral;                         /* the coupling, or -1 */
    const struct bz_colouring *colouring; /* NULL: units are drawn one after the other */
    const float *couple;                  /* [size] factor by which couplings see a change of x; NULL = 1 */
    float scale;                          /* what a coupling adds to the field is multiplied by this ... */
    const float *gain;                    /* ... and by [size], where not NULL */
    bool reverse;                         /* units in descending order: the time-reversed scan */
};

/* A row of a layer of the machine at temperature 1; key, known, field, x and spare are the caller's to set. */
struct bz_row bz_row_of(const struct bz_machine *m, size_t layer);

/* Draws every unknown unit given the field and, one after the other, the units of the layer that it is coupled to. */
void bz_row_draw(struct bz_row *row);

/* Field -> means of units that are independent given it, in place; known units keep x. */
void bz_row_means(const struct bz_layer *l, const float *x, const uint8_t *known, double t, double d, float *field);

/* The row's mask, or NULL if no unit of it is known. */
const uint8_t *bz_row_known(const struct bz_state *s, size_t layer, size_t row);

/* out[size] = a layer's input in a row before any value is added: its bias, times D beside counts, less what offsets of
 * neighbours take. counts[n_layers] as in struct bz_state. (state.c) */
void bz_row_start(const struct bz_machine *m, float *const *counts, size_t layer, size_t row, float *out);

#endif
