/* Private to the core: a walk over all joint states of some layers of a machine, in Gray-code order, with other layers summed
 * out analytically. Shared by exact log Z, exact thermodynamics and exact free energies with missing values. */
#ifndef BZ_WALK_H
#define BZ_WALK_H

#include "state.h"

enum bz_fate {
    BZ_GIVEN,  /* every unit has a value in the row */
    BZ_WALKED, /* binary or softmax units: the unknown ones take every joint state */
    BZ_SUMMED, /* summed out given the others; no unit is known, and no two such layers are coupled */
};

enum {
    BZ_WALK_MAX_SITES = 32,    /* at least two states each */
    BZ_WALK_REFRESH = 1 << 14, /* states between recomputations of the fields from scratch */
};

/* What changes its state by itself: a binary unit (off, on) or a softmax group (one of its open columns on). Off is the least
 * value of the unit; what no site turns on stays off. */
struct bz_site {
    size_t layer, states;
    const size_t *units; /* [states - optional] its open units in the layer; in the walk's `open` */
    size_t state;
    bool optional; /* binary unit: state 0 has no unit on */
    float step_up; /* by how much a unit that is on exceeds one that is off: 1, of spins 2 */
    size_t step;   /* index of its step from state 0 to 1, steps of all sites counted together */
};

/* Summed bernoulli layers whose fields stay moderate are kept as exp(field/t), which a step multiplies by known ratios
 * (kernels.h, grow_softplus): some ten times faster than sums of softplus. */
struct bz_growth {
    double *ratio;  /* [room steps][2: up, down][units] */
    size_t numbers; /* there is room for in ratio */
    size_t room, units;
    size_t *at;       /* [n_layers] where a layer begins in a row of ratios */
    bool *grown;      /* [n_layers] kept that way in this walk */
    double *softplus; /* [n_layers] sum_j log(1+exp(field_j/t)) of a grown layer at present */
    double t;
    bool borrowed; /* ratio and at are borrowed from another walk */
};

/* A walk. Its memory is allocated once for a machine and serves any number of walks. */
struct bz_walk {
    const struct bz_machine *m;
    size_t total;       /* units of all layers */
    size_t *at;         /* [n_layers] where a layer begins in the next three */
    size_t *open;       /* [total] units of sites, each layer's from where it begins */
    float *base;        /* [total] field of every unit from biases and given units */
    double *field;      /* [total] summed layers: the present field, exp(field/t) of grown ones */
    float *narrow;      /* [total] the same rounded, for the unit types' functions */
    enum bz_fate *fate; /* [n_layers] */
    double *counts;     /* [n_layers] D of the row's multinomial layers */
    float **x;          /* [n_layers] scratch of bz_walk_begin */
    struct bz_growth growth;
    struct bz_site site[BZ_WALK_MAX_SITES];
    size_t n_sites;
    size_t *first_site; /* [n_layers + 1] the sites of layer l are first_site[l] .. first_site[l+1]-1 */
    double constant;    /* -E of the given units alone */
    double own;         /* -E that the walked units add to that in their present states */
};

/* For a prepared machine, which is borrowed; *out is the caller's. */
int bz_walk_new(struct bz_walk **out, const struct bz_machine *m, struct bz_error *err);
/* The same with room reserved for walks over a few visible units with all hidden layers summed, where those are independent: as
 * free energies with missing values need, so that they allocate nothing. */
int bz_walk_new_for_rows(struct bz_walk **out, const struct bz_machine *m, struct bz_error *err);
void bz_walk_free(struct bz_walk *walk);

/* log2 of the number of joint states of what is not known (known[size], NULL = nothing known) in a layer; negative if it cannot
 * be walked: units that are neither binary nor softmax, or a softmax group whose known columns leave only a fraction to the
 * others (grey values). x[size] (may be NULL) has the known values. */
double bz_walk_bits(const struct bz_layer *l, const uint8_t *known, const float *x);

/* Starts at one row of s, whose unknown units in walked layers become 0. BZ_TOO_LARGE if there are more sites than room. Fates
 * are the caller's choice and must be possible. w: for bz_field. */
int bz_walk_begin(struct bz_walk *walk, struct bz_state *s, size_t row, const enum bz_fate *fate, struct bz_work *w,
                  struct bz_error *err);

/* Makes room for walks of up to `steps` steps between neighbouring states of the sites, with the layers summed out that fate
   names; what an earlier call made is used again. */
int bz_walk_reserve(struct bz_walk *walk, size_t steps, struct bz_error *err);
/* Steps between neighbouring states of all sites. */
size_t bz_walk_steps(const struct bz_walk *walk);
/* After bz_walk_begin: from here on at temperature t, with grown layers where there is room, it pays off and the fields allow
 * it. */
void bz_walk_grow(struct bz_walk *walk, double t);

/* Within a walk: a grown layer's field turns into exponentials; the states took one step up or down. */
void bz_growth_begin(struct bz_walk *walk, size_t layer);
void bz_growth_step(struct bz_walk *walk, size_t layer, size_t step, bool up);

/* Borrows sites, base and ratios of another walk of the same machine, which must outlive it. */
void bz_walk_copy(struct bz_walk *walk, const struct bz_walk *from);

/* Number of joint states of the first n sites; it fits (the caller has bounded the bits). */
size_t bz_walk_states(const struct bz_walk *walk, size_t n);

/* Walks through all states of the first n sites, from state 0 of each, the others staying where they are, and calls visit in
 * each: constant + own is then -E of everything but the summed layers, whose fields are in narrow. */
void bz_walk_run(struct bz_walk *walk, size_t n, void (*visit)(void *arg, const struct bz_walk *walk), void *arg);

/* log of the weight exp(-E/t) of the present states, summed over the summed layers. After bz_walk_grow at its t only. */
double bz_walk_log_weight(const struct bz_walk *walk, double t);

/* log of the sum over the states of the first n sites (and the summed layers) of exp(-E/t). */
double bz_walk_log_z(struct bz_walk *walk, size_t n, double t);

/* The unit of its layer that a site has on in a state, or -1. */
static inline long bz_unit_on(const struct bz_site *site, size_t state)
{
    return site->optional && state == 0 ? -1 : (long)site->units[state - site->optional];
}

#endif
