/* Private to annealed importance sampling: the path of machines between a base and a machine, for one tile of chains. */
#ifndef BZ_AIS_PATH_H
#define BZ_AIS_PATH_H

#include "place.h"

/* What becomes of a layer along the path. */
enum bz_path_role {
    BZ_PATH_KEPT,    /* part of the state */
    BZ_PATH_SUMMED,  /* summed out in log f, drawn only to move the kept layers */
    BZ_PATH_CLAMPED, /* holds given values at every beta */
};

struct bz_path {
    const struct bz_machine *m;
    const struct bz_base *base;
    enum bz_path_role *role; /* [n_layers] */
    struct bz_state *s;      /* the tile; rows s->n */
    struct bz_work *work;
    float **field; /* [n_layers]: summed layers: field of each row given the kept and clamped layers, [tile][size] */
    struct bz_layer *base_layer; /* [n_layers] */
    struct bz_place *place[2];   /* [n_layers] the two betas last asked for */
    float *mixed, *spare[2];     /* [widest] the field of a row at a place; for draws */
    float *scratch;              /* [tile][widest] */
    bool fixed;                  /* bz_path_fix */
};

/* Which random numbers draws use: row r is chain first + r, at a step. */
struct bz_path_draws {
    uint64_t seed;
    uint32_t first;
    uint64_t step;
};

/* room <= BZ_TILE rows. clamped[l] (NULL = none) marks layers whose rows of s->x the caller fills in. */
int bz_path_new(struct bz_path **out, const struct bz_machine *m, const struct bz_base *base, const bool *clamped,
                const double *counts, size_t room, struct bz_error *err);
void bz_path_free(struct bz_path *p);

/* Fields by sums of whole numbers that are kept from move to move. */
int bz_path_fix(struct bz_path *p, struct bz_error *err);

/* log Z of the base machine over all layers that are not clamped. */
double bz_path_base_log_z(struct bz_path *p);

/* Draws the kept layers of every row from the base. */
void bz_path_start(struct bz_path *p, struct bz_path_draws at);

/* Computes field[] for the present kept layers; to be called after they have changed and before the next two functions. */
void bz_path_update(struct bz_path *p);

/* sum[r] += log f_to(x_r) - log f_from(x_r) of each row's kept layers. */
void bz_path_add_ratio(struct bz_path *p, double to, double from, double *sum);

/* log_f[r] = log f_1(x_r) = log of the sum over the summed layers of exp(-E'(x)). */
void bz_path_log_f(struct bz_path *p, double *log_f);

/* One transition that leaves p_beta invariant: summed layers given kept ones, then each kept layer in turn. `reverse` runs the
 * time-reversed transition (kept layers, and units of coupled layers, in descending order). */
void bz_path_move(struct bz_path *p, double beta, bool reverse, struct bz_path_draws at);

/* Draws the summed layers given the kept ones, so that each row of p->s is a joint sample if its kept layers are a sample.
 * Needs a separate seed, since moves draw from the same keys. */
void bz_path_complete(struct bz_path *p, double beta, struct bz_path_draws at);

/* Forward run from the base to the machine, from a fresh start, and reverse run from the kept layers that p holds down to the
 * base: log_w[r] += the log weights. Chains are numbered from `first`. */
int bz_path_ascend(struct bz_path *p, const struct bz_ais_options *o, size_t first, double *log_w, struct bz_error *err);
void bz_path_descend(struct bz_path *p, const struct bz_ais_options *o, size_t first, double *log_w);

/* log mean exp of log weights, its standard error (first order, nats) and the effective sample size. */
void bz_ais_summarise(const double *log_w, size_t n, double *log_mean, double *stderr_, double *ess);
int bz_ais_check(const struct bz_machine *m, const struct bz_ais_options *o, struct bz_error *err);

#endif
