/* Weights as whole numbers, and the fields of chains that are kept from one sweep to the next as sums of them.
 *
 * A weight is rounded once, to a multiple of a power of two that the unit receiving it has: the smallest for which no state of
 * its neighbours can overflow 31 bits. A field then errs by less than 2^-30 of the largest it could be, for each neighbour that
 * is on; and as sums of whole numbers are exact, what a sweep changed can be added and subtracted for ever. Only layers all of
 * whose neighbours have two values (or groups of zeros and a one) and dense couplings have such weights. */
#ifndef BZ_FIXED_H
#define BZ_FIXED_H

#include "state.h"

#include <stdatomic.h>

/* What a layer gets from one of its neighbours. */
struct bz_fixed_link {
    size_t layer, depth; /* the neighbour and its units */
    float least, most;   /* their values; a unit that has `most` adds its line */
    int32_t *w;          /* (most - least) * W as bz_kernels.fixed_sums wants it; owned */
};

struct bz_fixed_layer {
    size_t n_links, stride;      /* links 0: the layer has no such weights; stride: its units, rounded up to a panel */
    struct bz_fixed_link *links; /* [n_links]; owned */
    int32_t *start;              /* [stride] field where all neighbours have `least`; owned */
    float *unit;                 /* [size] what a 1 is worth; owned */
};

struct bz_fixed {
    atomic_bool ready;
    struct bz_fixed_layer *layers; /* [n_layers] */
};

/* Makes the whole numbers of a prepared machine, if they are not made yet; bz_machine_prepare keeps them in step from then on.
 * Any number of threads may call it. Takes as much memory again as the weights and their transposes. */
int bz_machine_fix(const struct bz_machine *m, struct bz_error *err);
/* How much that is, whether or not it was done. The machine need not be prepared. */
size_t bz_fixed_bytes(const struct bz_machine *m);
bool bz_machine_is_fixed(const struct bz_machine *m);

/* Private to machine_prepare.c and machine.c. */
int bz_fixed_new(struct bz_fixed **out, struct bz_error *err);
void bz_fixed_refresh(const struct bz_machine *m);
void bz_fixed_free(struct bz_fixed *f, const struct bz_machine *m);

/* Sums that a thread keeps of up to `rows` rows. */
struct bz_kept;
/* *out is the caller's; NULL is fine when freed. */
int bz_kept_new(struct bz_kept **out, const struct bz_machine *m, size_t rows, struct bz_error *err);
void bz_kept_free(struct bz_kept *k);

/* From here on the kept sums are those of rows first .. of a state; none is known yet. */
void bz_kept_begin(struct bz_work *w, const struct bz_machine *m, size_t first);

/* bz_field with everything that drawing the layer's rows needs (a coupling to itself is left out where units are drawn by
 * colours), by the kept sums where all its neighbours' units have one of two values. The machine was fixed (bz_machine_fix). A
 * row's bits follow from its neighbours' values alone. */
void bz_field_kept(const struct bz_state *s, size_t layer, size_t first, size_t n, float *out, struct bz_work *w);

#endif
