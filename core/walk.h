/* Private to the core: a walk over all joint states of some layers of a machine, in Gray-code order, with other layers summed
 * out analytically. What exact log Z, exact thermodynamics and exact free energies with missing values have in common. */
#ifndef BZ_WALK_H
#define BZ_WALK_H

#include "state.h"

enum bz_fate {
    BZ_GIVEN,  /* every unit has a value in the row */
    BZ_WALKED, /* bernoulli or softmax: units that are not known take every joint state */
    BZ_SUMMED, /* summed out given the others; no unit is known, and no two such layers are coupled */
};

enum {
    BZ_WALK_MAX_SITES = 32, /* at least two states each */
    BZ_WALK_REFRESH = 1024, /* states between recomputations of the fields from nothing */
};

/* What changes its state by itself: a bernoulli unit (off, on) or a softmax group (one column on). */
struct bz_site {
    size_t layer, first, states; /* first: its first unit in the layer */
    size_t state;
    bool optional; /* bernoulli: state 0 has no unit on */
};

/* One walk. Memory is made once for a machine; then any number of walks. */
struct bz_walk {
    const struct bz_machine *m;
    size_t total;       /* units of all layers */
    size_t *at;         /* [n_layers] where a layer begins in the next three */
    float *base;        /* [total] field of every unit from biases and given units */
    double *field;      /* [total] summed layers: the present field */
    float *narrow;      /* [total] the same rounded, for the unit types' functions */
    enum bz_fate *fate; /* [n_layers] */
    double *counts;     /* [n_layers] D of the row's multinomial layers */
    float **x;          /* [n_layers] scratch of bz_walk_begin */
    struct bz_site site[BZ_WALK_MAX_SITES];
    size_t n_sites;
    size_t *first_site; /* [n_layers + 1] the sites of layer l are first_site[l] .. first_site[l+1]-1 */
    double constant;    /* -E of the given units alone */
    double own;         /* -E that the walked units add to that in their present states */
};

int bz_walk_new(struct bz_walk **out, const struct bz_machine *m, struct bz_error *err);
void bz_walk_free(struct bz_walk *walk);

/* log2 of the number of joint states of what is not known (known[size], NULL = nothing known) in a layer; negative if it cannot
 * be walked: gaussian or multinomial units, or a softmax group of which only a part is known. x[size] (may be NULL) has the
 * known values. */
double bz_walk_bits(const struct bz_layer *l, const uint8_t *known, const float *x);

/* Sets out from one row of s, whose unknown units of walked layers become 0. BZ_TOO_LARGE if there are more sites than room.
 * Fates are the caller's choice and must be possible. w: for bz_field. */
int bz_walk_begin(struct bz_walk *walk, struct bz_state *s, size_t row, const enum bz_fate *fate, struct bz_work *w,
                  struct bz_error *err);

/* Takes over sites and base of another walk of the same machine. */
void bz_walk_copy(struct bz_walk *walk, const struct bz_walk *from);

/* Number of joint states of the first n sites; they fit (the caller has bounded the bits). */
size_t bz_walk_states(const struct bz_walk *walk, size_t n);

/* Walks through all states of the first n sites, from state 0 of each, the others staying where they are, and calls visit in
 * each: constant + own is then -E of everything but the summed layers, whose fields are in narrow. */
void bz_walk_run(struct bz_walk *walk, size_t n, void (*visit)(void *arg, const struct bz_walk *walk), void *arg);

/* log of the weight exp(-E/t) of the present states, summed over the summed layers. */
double bz_walk_log_weight(const struct bz_walk *walk, double t);

/* log of the sum over the states of the first n sites (and the summed layers) of exp(-E/t). */
double bz_walk_log_z(struct bz_walk *walk, size_t n, double t);

#endif
