#include "replicas.h"

#include "algorithm.h"

#include "mem.h"
#include "object.h"
#include "tempering.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_RUNGS = 24, ADAPT_EVERY = 100 /* runs */ };

struct train_replicas {
    const struct bz_machine *m;
    struct bz_base *base;
    size_t n_groups, chains;
    struct bz_tempering **group; /* [n_groups] */
    struct seen *seen;           /* [n_groups] */
    struct bz_spread *spread;    /* processes that move a share of the groups each; NULL = this one all */
    uint64_t runs;
};
struct seen {      /* of a group */
    double lowest; /* rate of exchange; NaN before the first check */
    uint64_t rungs;
};

static int make_base(struct bz_base **out, const struct bz_machine *m, const float *const *typical, struct bz_error *err)
{
    double **mean = bz_object_new(m->n_layers * sizeof(*mean), NULL, err);
    int rc = mean ? 0 : -1;
    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        if (!bz_is_visible(&m->layers[l]))
            continue;
        if (!(mean[l] = bz_part(mean, m->layers[l].size, sizeof(double), err)))
            rc = -1;
        for (size_t i = 0; rc == 0 && i < m->layers[l].size; i++)
            mean[l][i] = (double)typical[l][i];
    }
    if (rc == 0)
        rc = bz_base_new(out, m, (const double *const *)mean, NULL, err);
    bz_object_free(mean);
    return rc;
}

int train_replicas_allow(const struct bz_machine *m, const char *algorithm, struct bz_error *err)
{
    const long counted = bz_machine_counted(m);
    if (counted < 0)
        return 0;
    return bz_fail(err, BZ_BAD_USAGE,
                   "--algorithm %s: layer %s has counts, whose number differs from row to row; cd and pcd allow that",
                   algorithm, m->layers[counted].name);
}

static void end_replicas(void *self)
{
    struct train_replicas *r = self;
    for (size_t g = 0; r->group && g < r->n_groups; g++)
        bz_tempering_free(r->group[g]);
    bz_base_free(r->base);
}

int train_replicas_new(struct train_replicas **out, const struct bz_machine *m, const float *const *typical, size_t chains,
                       uint64_t seed, struct bz_parallel *par, struct bz_error *err)
{
    if (train_replicas_allow(m, "pt", err) < 0)
        return -1;
    struct train_replicas *r = bz_object_new(sizeof(*r), end_replicas, err);
    if (!r)
        return -1;
    r->m = m;
    r->chains = chains;
    r->n_groups = (chains + BZ_TILE - 1) / BZ_TILE;
    if (!(r->group = bz_part(r, r->n_groups, sizeof(struct bz_tempering *), err)) ||
        !(r->seen = bz_part(r, r->n_groups, sizeof(*r->seen), err)) || make_base(&r->base, m, typical, err) < 0)
        return bz_object_give(out, r, -1);
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
            return bz_object_give(out, r, -1);
        r->seen[g] = (struct seen){NAN, bz_tempering_rungs(r->group[g])};
    }
    return bz_object_give(out, r, 0);
}

void train_replicas_free(struct train_replicas *r)
{
    bz_object_free(r);
}

/* The groups that this process moves: first .. end-1. */
static void own_groups(const struct train_replicas *r, size_t *first, size_t *end)
{
    *first = 0;
    *end = r->n_groups;
    if (!r->spread)
        return;
    r->spread->share(r->spread, r->n_groups, first, end);
    *end += *first;
}

static size_t first_row(const struct train_replicas *r, size_t g)
{
    return r->chains * g / r->n_groups;
}

static void adapt(struct train_replicas *r, size_t g)
{
    double rates[BZ_MAX_RUNGS];
    bz_tempering_ladder(r->group[g], NULL, rates);
    r->seen[g].lowest = INFINITY;
    for (size_t k = 0; k + 1 < bz_tempering_rungs(r->group[g]); k++)
        r->seen[g].lowest = rates[k] < r->seen[g].lowest ? rates[k] : r->seen[g].lowest;
    bz_tempering_adapt(r->group[g], NULL); /* has all its memory: cannot fail */
    r->seen[g].rungs = bz_tempering_rungs(r->group[g]);
}

struct handing { /* rows over */
    struct train_replicas *r;
    struct bz_state *to;
};

/* The part of a group that all processes need after a run. */
static int list_rows(void *arg, size_t g, struct train_fields *f, struct bz_error *err)
{
    const struct handing *h = arg;
    struct train_replicas *r = h->r;
    const size_t first = first_row(r, g), rows = first_row(r, g + 1) - first;
    int rc = train_fields_add(f, "seen", &r->seen[g], sizeof(r->seen[g]), err);
    for (size_t l = 0; rc == 0 && l < r->m->n_layers; l++) {
        const size_t size = r->m->layers[l].size;
        rc = train_fields_add(f, "rows", h->to->x[l] + first * size, rows * size * sizeof(float), err);
    }
    return rc;
}

static int list_replicas(void *arg, size_t g, struct train_fields *f, struct bz_error *err)
{
    struct train_replicas *r = arg;
    struct train_listing l = {f, err};
    return bz_tempering_parts(r->group[g], train_fields_part, &l);
}

int train_replicas_run(struct train_replicas *r, size_t sweeps, struct bz_state *to, struct bz_error *err)
{
    size_t first, end;
    const bool now = ++r->runs % ADAPT_EVERY == 0;
    own_groups(r, &first, &end);
    for (size_t g = first; g < end; g++) {
        if (now)
            adapt(r, g);
        bz_tempering_run(r->group[g], sweeps);
        const struct bz_state *top = bz_tempering_state(r->group[g]);
        for (size_t l = 0; l < r->m->n_layers; l++) {
            const size_t size = r->m->layers[l].size;
            memcpy(to->x[l] + first_row(r, g) * size, top->x[l], top->n * size * sizeof(float));
        }
    }
    return train_fields_gather(r->spread, r->n_groups, list_rows, &(struct handing){r, to}, err);
}

void train_replicas_share(struct train_replicas *r, struct bz_spread *spread)
{
    r->spread = spread;
}

int train_replicas_gather(struct train_replicas *r, struct bz_error *err)
{
    return train_fields_gather(r->spread, r->n_groups, list_replicas, r, err);
}

void train_replicas_rates(const struct train_replicas *r, size_t *rungs, double *lowest)
{
    *rungs = 0;
    *lowest = r->seen[0].lowest;
    for (size_t g = 0; g < r->n_groups; g++) {
        *rungs = r->seen[g].rungs > *rungs ? r->seen[g].rungs : *rungs;
        *lowest = r->seen[g].lowest < *lowest ? r->seen[g].lowest : *lowest;
    }
}

int train_replicas_fields(struct train_replicas *r, struct train_fields *f, struct bz_error *err)
{
    if (train_fields_add(f, "runs", &r->runs, sizeof(r->runs), err) < 0 ||
        train_fields_add(f, "seen", r->seen, r->n_groups * sizeof(*r->seen), err) < 0)
        return -1;
    for (size_t g = 0; g < r->n_groups; g++)
        if (list_replicas(r, g, f, err) < 0)
            return -1;
    return 0;
}

/* --- row of the table of algorithms --- */

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
    return train_replicas_run(self, sweeps, to, err);
}

static void share(void *self, struct bz_spread *spread)
{
    train_replicas_share(self, spread);
}

static int gather(void *self, struct bz_error *err)
{
    return train_replicas_gather(self, err);
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
    const int n = snprintf(text, room, "parallel tempering: %zu temperatures", rungs);
    if (!isnan(lowest) && n > 0 && (size_t)n < room) /* no swap has been tried yet, otherwise */
        snprintf(text + n, room - (size_t)n, ", lowest swap rate %.2f", lowest);
}

const struct train_mover train_mover_replicas = {.make = make,
                                                 .free = free_replicas,
                                                 .share = share,
                                                 .run = run,
                                                 .gather = gather,
                                                 .fields = fields,
                                                 .refresh = refresh,
                                                 .say = say};
