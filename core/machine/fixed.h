/* Weights as whole numbers, and the fields of chains kept from one sweep to the next as sums of them.
 *
 * A weight is rounded once, to a multiple of a power of two that belongs to the receiving unit: the smallest for which no state
 * of its neighbours can overflow 31 bits. A field then errs by less than 2^-30 of the largest it could be, for each neighbour
 * that is on; and as sums of whole numbers are exact, the changes of a sweep can be added and subtracted for ever. Only layers
 * all of whose neighbours have two values (or groups of zeros and a one) and dense couplings have such weights.
 *
 * Chains draw units of two values from coarser sums, of the upper 16 bits of the weights, which halves the traffic from the
 * caches. The few units that the lower bits could change are decided by all bits. */
#ifndef BZ_FIXED_H
#define BZ_FIXED_H

#include "kernels.h"
#include "state.h"

#include <stdatomic.h>

/* The input of a layer from one of its neighbours. */
struct bz_fixed_link {
    size_t layer, depth; /* the neighbour and its units */
    float least, most;   /* their values; a unit that has `most` adds its line */
    int32_t *w;          /* (most - least) * W as bz_kernels.fixed_sums wants it; owned */
    uint32_t *coarse;    /* w / power, rounded, as bz_kernels.coarse_sums wants it; owned; NULL: the layer has none */
};

struct bz_fixed_layer {
    size_t n_links, stride;      /* links 0: the layer has no such weights; stride: its units, rounded up to a panel */
    struct bz_fixed_link *links; /* [n_links]; owned */
    size_t coarse_stride;        /* 0: the layer has no coarse weights */
    int32_t *start;              /* [stride] field where all neighbours have `least`; owned */
    uint32_t *power;             /* [stride] */
    float *unit;                 /* [stride] what a 1 is worth; owned */
    float *error;                /* [size] a field's error by coarse weights, at most, for each neighbour that is on; owned */
    float rounding;              /* what rounding a field to float twice is worth, in these errors, at most */
};

struct bz_fixed {
    atomic_bool ready;
    struct bz_fixed_layer *layers; /* [n_layers] */
};

/* Makes the whole numbers of a prepared machine, unless they exist already; bz_machine_prepare keeps them in step from then on.
 * Any number of threads may call it. Takes as much memory again as the weights and their transposes. Fails where there is no
 * memory, and where it is to stop (BZ_INTERRUPTED): what has been made by then stays, and the next call goes on from there. */
int bz_machine_fix(const struct bz_machine *m, struct bz_error *err);
/* How much that is, whether or not they have been made. The machine need not be prepared. */
size_t bz_fixed_bytes(const struct bz_machine *m);
bool bz_machine_is_fixed(const struct bz_machine *m);

/* Private to machine_prepare.c and machine.c. */
int bz_fixed_new(struct bz_fixed **out, struct bz_error *err);
void bz_fixed_refresh(const struct bz_machine *m);
void bz_fixed_free(struct bz_fixed *f, const struct bz_machine *m);

/* Private to kept.c: columns of a row's sums, 0 where there are none; the position of unit j of the receiving layer in line i.
 */
size_t bz_fixed_stride(const struct bz_machine *m, size_t layer);
size_t bz_coarse_stride(const struct bz_machine *m, size_t layer);
int32_t *bz_fixed_place(const struct bz_fixed_link *link, size_t i, size_t j);

/* Sums that a thread keeps of up to `rows` rows. */
struct bz_kept;
/* *out is the caller's; NULL is fine when freed. */
int bz_kept_new(struct bz_kept **out, const struct bz_machine *m, size_t rows, struct bz_error *err);
void bz_kept_free(struct bz_kept *k);

/* From here on the kept sums belong to rows first, first + 1, ... of a state; none is known yet. */
void bz_kept_begin(struct bz_work *w, const struct bz_machine *m, size_t first);

/* bz_field with everything needed to draw the layer's rows (a coupling to itself is left out where units are drawn by colours),
 * by the kept sums where all its neighbours' units have one of two values. The machine was fixed (bz_machine_fix). A row's bits
 * follow from its neighbours' values alone. */
void bz_field_kept(const struct bz_state *s, size_t layer, size_t first, size_t n, float *out, struct bz_work *w);

/* The same for units of two values that are drawn independently, by coarse weights where the layer has them. */
void bz_field_near(const struct bz_state *s, size_t layer, size_t first, size_t n, float *out, struct bz_work *w);

/* What drawing a row must know about its field as just given by bz_field_near. Borrows memory of the machine and the thread. */
struct bz_near {
    struct bz_doubt doubt;
    const struct bz_fixed_layer *f;
    const uint64_t *now; /* bits of the neighbours */
    float scale;
    float gain; /* the unit is drawn by gain * field + shift; shift NULL: by the field */
    const float *shift;
};
/* At temperature t. NULL: the field is exact. */
const struct bz_doubt *bz_near_row(struct bz_near *near, const struct bz_state *s, size_t layer, size_t row, double t,
                                   struct bz_work *w);
/* The same where the row is drawn by gain * field + shift[size], product and sum rounded each, 0 <= gain. */
void bz_near_mix(struct bz_near *near, float gain, const float *shift);

#endif
