#include "replicas.h"

#include "algorithm.h"

#include "mem.h"
#include "tempering.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_RUNGS = 24, ADAPT_EVERY = 100 /* runs */ };

struct train_replicas {
    const struct bz_machine *m;
    struct bz_base *base;
    size_t n_groups;
    struct bz_tempering **group; /* [n_groups] */
    uint64_t runs;
    double lowest;
};

static int make_base(struct bz_base **out, const struct bz_machine *m, const float *const *typical, struct bz_error *err)
{
    double **mean = bz_alloc(m->n_layers, sizeof(*mean), err);
    int rc = mean ? 0 : -1;
    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        if (!bz_is_visible(&m->layers[l]))
            continue;
        if (!(mean[l] = bz_alloc(m->layers[l].size, sizeof(double), err)))
            rc = -1;
        for (size_t i = 0; rc == 0 && i < m->layers[l].size; i++)
            mean[l][i] = (double)typical[l][i];
    }
    if (rc == 0)
        rc = bz_base_new(out, m, (const double *const *)mean, NULL, err);
    for (size_t l = 0; mean && l < m->n_layers; l++)
        bz_free(mean[l]);
    bz_free(mean);
    return rc;
}

int train_replicas_allow(const struct bz_machine *m, const char *algorithm, struct bz_error *err)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_unit_type(m->layers[l].unit)->counted)
            return bz_fail(err, BZ_BAD_USAGE,
                           "--algorithm %s: layer %s has counts, whose number differs from row to row; cd and pcd allow that",
                           algorithm, m->layers[l].name);
    return 0;
}

int train_replicas_new(struct train_replicas **out, const struct bz_machine *m, const float *const *typical, size_t chains,
                       uint64_t seed, struct bz_parallel *par, struct bz_error *err)
{
    if (train_replicas_allow(m, "pt", err) < 0)
        return -1;
    struct train_replicas *r = bz_alloc(1, sizeof(*r), err);
    if (!r)
        return -1;
    r->m = m;
    r->lowest = NAN;
    r->n_groups = (chains + BZ_TILE - 1) / BZ_TILE;
    if (!(r->group = bz_alloc(r->n_groups, sizeof(struct bz_tempering *), err)) || make_base(&r->base, m, typical, err) < 0)
        goto fail;
    for (size_t g = 0; g < r->n_groups; g++) {
        const struct bz_tempering_options o = {
            .chains = chains * (g + 1) / r->n_groups - chains * g / r->n_groups,
            .max_rungs = MOST_RUNGS,
            .seed = seed + g,
            .base = r->base,
            .whole = true,
            .par = par,
        };
        if (bz_tempering_new(&r->group[g], m, &o, err) < 0)
            goto fail;
    }
    *out = r;
    return 0;
fail:
    train_replicas_free(r);
    return -1;
}

void train_replicas_free(struct train_replicas *r)
{
    if (!r)
        return;
    for (size_t g = 0; r->group && g < r->n_groups; g++)
        bz_tempering_free(r->group[g]);
    bz_free(r->group);
    bz_base_free(r->base);
    bz_free(r);
}

static void note_rates(struct train_replicas *r)
{
    double rates[BZ_MAX_RUNGS];
    r->lowest = INFINITY;
    for (size_t g = 0; g < r->n_groups; g++) {
        bz_tempering_ladder(r->group[g], NULL, rates);
        for (size_t k = 0; k + 1 < bz_tempering_rungs(r->group[g]); k++)
            r->lowest = rates[k] < r->lowest ? rates[k] : r->lowest;
    }
}

void train_replicas_run(struct train_replicas *r, size_t sweeps, struct bz_state *to)
{
    size_t first = 0;
    const bool adapt = ++r->runs % ADAPT_EVERY == 0;
    if (adapt)
        note_rates(r);
    for (size_t g = 0; g < r->n_groups; g++) {
        if (adapt)
            bz_tempering_adapt(r->group[g], NULL); /* has all its memory: cannot fail */
        bz_tempering_run(r->group[g], sweeps);
        const struct bz_state *top = bz_tempering_state(r->group[g]);
        for (size_t l = 0; l < r->m->n_layers; l++) {
            const size_t size = r->m->layers[l].size;
            memcpy(to->x[l] + first * size, top->x[l], top->n * size * sizeof(float));
        }
        first += top->n;
    }
}

void train_replicas_rates(const struct train_replicas *r, size_t *rungs, double *lowest)
{
    *rungs = 0;
    for (size_t g = 0; g < r->n_groups; g++)
        if (bz_tempering_rungs(r->group[g]) > *rungs)
            *rungs = bz_tempering_rungs(r->group[g]);
    *lowest = r->lowest;
}

int train_replicas_fields(struct train_replicas *r, struct train_fields *f, struct bz_error *err)
{
    struct train_listing l = {f, err};
    if (train_fields_add(f, "runs", &r->runs, sizeof(r->runs), err) < 0 ||
        train_fields_add(f, "lowest", &r->lowest, sizeof(r->lowest), err) < 0)
        return -1;
    for (size_t g = 0; g < r->n_groups; g++)
        if (bz_tempering_parts(r->group[g], train_fields_part, &l) < 0)
            return -1;
    return 0;
}

/* --- as a row of the table of algorithms --- */

static int make(void **self, struct bz_machine *m, const float *const *typical, size_t chains, uint64_t seed,
                struct bz_parallel *par, struct bz_error *err)
{
    struct train_replicas *r;
    if (train_replicas_new(&r, m, typical, chains, seed, par, err) < 0)
        return -1;
    *self = r;
    return 0;
}

static void free_replicas(void *self)
{
    train_replicas_free(self);
}

static int run(void *self, size_t sweeps, struct bz_state *to, struct bz_error *err)
{
    (void)err;
    train_replicas_run(self, sweeps, to);
    return 0;
}

static int fields(void *self, struct train_fields *f, struct bz_error *err)
{
    return train_replicas_fields(self, f, err);
}

static void refresh(void *self)
{
    (void)self; /* nothing is derived */
}

static void say(const void *self, char *text, size_t room)
{
    size_t rungs;
    double lowest;
    train_replicas_rates(self, &rungs, &lowest);
    snprintf(text, room, "parallel tempering: %zu temperatures, lowest swap rate %.2f", rungs, lowest);
}

const struct train_mover train_mover_replicas = {
    .make = make, .free = free_replicas, .run = run, .fields = fields, .refresh = refresh, .say = say};
