#include "grow.h"

#include "mem.h"
#include "parameters.h"
#include "unit.h"

#include <string.h>

/* The index in m of layer l of `from`; -1 if absent. */
static long find_layer(const struct bz_machine *m, const struct bz_layer *from)
{
    const long same = bz_machine_find(m, from->name);
    return same < 0 && !strcmp(from->name, "hidden") ? bz_machine_find(m, "hidden1") : same;
}

static int find_layers(const struct bz_machine *m, const struct bz_machine *from, size_t *place, struct bz_error *err)
{
    for (size_t l = 0; l < from->n_layers; l++) {
        const struct bz_layer *old = &from->layers[l];
        const long at = find_layer(m, old);
        if (at < 0)
            return bz_fail(err, BZ_BAD_USAGE, "--init: the machine to be trained has no layer %s", old->name);
        const struct bz_layer *new = &m->layers[at];
        if (new->size != old->size || new->unit != old->unit || new->groups != old->groups || new->role != old->role ||
            (old->exclusion.group && memcmp(old->exclusion.group, new->exclusion.group, old->size * sizeof(uint32_t)) != 0))
            return bz_fail(err, BZ_BAD_USAGE,
                           "--init: its layer %s has %zu %s units, layer %s of the machine to be trained %zu %s", old->name,
                           old->size, bz_unit_type(old->unit)->name, new->name, new->size, bz_unit_type(new->unit)->name);
        place[l] = (size_t)at;
    }
    return 0;
}

static long find_coupling(const struct bz_machine *m, size_t a, size_t b)
{
    for (size_t c = 0; c < m->n_couplings; c++)
        if ((m->couplings[c].a == a && m->couplings[c].b == b) || (m->couplings[c].a == b && m->couplings[c].b == a))
            return (long)c;
    return -1;
}

static int take_couplings(struct bz_machine *m, const struct bz_machine *from, const size_t *place, struct bz_error *err)
{
    for (size_t c = 0; c < from->n_couplings; c++) {
        const size_t a = from->couplings[c].a, b = from->couplings[c].b;
        const size_t n_a = from->layers[a].size, n_b = from->layers[b].size;
        const long to = find_coupling(m, place[a], place[b]);
        if (to < 0)
            return bz_fail(err, BZ_BAD_USAGE, "--init: the machine to be trained has no coupling of %s and %s",
                           from->layers[a].name, from->layers[b].name);
        if (from->couplings[c].index || m->couplings[to].index)
            return bz_fail(err, BZ_UNSUPPORTED, "--init: a machine whose coupling of %s and %s is sparse cannot grow",
                           from->layers[a].name, from->layers[b].name);
        const float *w = from->couplings[c].weight;
        float *out = bz_machine_weight(m, (size_t)to);
        if (m->couplings[to].a == place[a]) {
            memcpy(out, w, n_a * n_b * sizeof(*out));
            continue;
        }
        for (size_t i = 0; i < n_a; i++)
            for (size_t j = 0; j < n_b; j++)
                out[j * n_a + i] = w[i * n_b + j];
    }
    return 0;
}

static void take_layers(struct bz_machine *m, const struct bz_machine *from, const size_t *place)
{
    for (size_t l = 0; l < from->n_layers; l++) {
        const struct bz_layer *old = &from->layers[l];
        const size_t bytes = old->size * sizeof(float);
        memcpy(bz_machine_bias(m, place[l]), old->bias, bytes);
        bz_machine_copy_widths(m, place[l], old);
        if (old->offset && m->layers[place[l]].offset && train_may_offset(m, place[l]))
            memcpy(bz_machine_offset(m, place[l]), old->offset, bytes);
    }
}

/* Working data. */
struct growth {
    struct bz_machine *taken;  /* `from` with the offsets of the result, zero where that has none */
    struct bz_machine *result; /* the graph of `start` */
    size_t *place;             /* [layers of from] in the result */
    bool *with;                /* [layers of from]: has an offset */
    const float **offset;      /* [layers of from] */
};

/* With the same offsets in both, new parts act only through (x - o): near their typical states the old layers behave as
 * before. */
static int grow(struct growth *g, const struct bz_machine *start, const struct bz_machine *from, struct bz_error *err)
{
    const size_t n = from->n_layers;
    if (!(g->place = bz_alloc(n, sizeof(*g->place), err)) || !(g->with = bz_alloc(n, sizeof(*g->with), err)) ||
        !(g->offset = bz_alloc(n, sizeof(*g->offset), err)) || find_layers(start, from, g->place, err) < 0)
        return -1;
    for (size_t l = 0; l < n; l++) {
        const float *offset = start->layers[g->place[l]].offset;
        g->with[l] = offset || from->layers[l].offset;
        g->offset[l] =
            offset && from->layers[l].offset && train_may_offset(start, g->place[l]) ? from->layers[l].offset : offset;
    }
    if (train_machine_copy(&g->taken, from, g->with, err) < 0)
        return -1;
    train_set_offsets(g->taken, g->offset);
    if (train_machine_copy(&g->result, start, NULL, err) < 0 || take_couplings(g->result, g->taken, g->place, err) < 0)
        return -1;
    take_layers(g->result, g->taken, g->place);
    return bz_machine_prepare(g->result, err);
}

int train_grow(struct bz_machine **out, const struct bz_machine *start, const struct bz_machine *from, struct bz_error *err)
{
    struct growth g = {0};
    const int rc = grow(&g, start, from, err);
    if (rc == 0)
        *out = bz_take(&g.result);
    bz_machine_free(g.taken);
    bz_machine_free(g.result);
    bz_free_all(g.place, g.with, g.offset);
    return rc;
}
