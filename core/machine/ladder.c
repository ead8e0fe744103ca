#include "ladder.h"

#include "check.h"
#include "mem.h"

#include <string.h>

static int new_rung(struct bz_machine **out, const struct bz_machine *m, const struct bz_layer_spec *layers,
                    const struct bz_coupling_spec *couplings, const struct bz_pattern *patterns, struct bz_error *err)
{
    if (bz_machine_new_sparse(out, m->kind, layers, m->n_layers, couplings, m->n_couplings, patterns, err) < 0 ||
        bz_machine_exclude_as(*out, m, err) < 0)
        return -1;
    return bz_machine_prepare(*out, err);
}

int bz_ladder_new(struct bz_ladder **out, const struct bz_machine *m, size_t most, struct bz_error *err)
{
    struct bz_layer_spec *layers = bz_alloc(m->n_layers, sizeof(*layers), err);
    struct bz_coupling_spec *couplings = bz_alloc(m->n_couplings, sizeof(*couplings), err);
    struct bz_pattern *patterns = bz_alloc(m->n_couplings, sizeof(*patterns), err);
    struct bz_ladder *l = bz_alloc(1, sizeof(*l), err);
    int rc = layers && couplings && patterns && l && (l->rung = bz_alloc(most, sizeof(*l->rung), err)) &&
                     (l->update = bz_alloc(most, sizeof(*l->update), err))
                 ? 0
                 : -1;

    for (size_t i = 0; rc == 0 && i < m->n_layers; i++) {
        const struct bz_layer *from = &m->layers[i];

        layers[i] = (struct bz_layer_spec){
            .name = from->name, .role = from->role, .unit = from->unit, .size = from->size, .groups = from->groups};
    }
    for (size_t c = 0; rc == 0 && c < m->n_couplings; c++) {
        couplings[c] = (struct bz_coupling_spec){m->couplings[c].a, m->couplings[c].b};
        patterns[c] = bz_machine_pattern(m, c);
    }
    for (; rc == 0 && l->most < most; l->most++)
        rc = new_rung(&l->rung[l->most], m, layers, couplings, patterns, err);
    bz_free(layers);
    bz_free(couplings);
    bz_free(patterns);
    if (rc < 0) {
        if (l && l->rung && l->most < most) /* the one that failed */
            bz_machine_free(l->rung[l->most]);
        bz_ladder_free(l);
        return -1;
    }
    *out = l;
    return 0;
}

void bz_ladder_free(struct bz_ladder *l)
{
    if (!l)
        return;
    for (size_t k = 0; k < l->most; k++)
        bz_machine_free(l->rung[k]);
    bz_free(l->rung);
    bz_free(l->update);
    bz_free(l);
}

uint64_t bz_ladder_bytes(const struct bz_ladder *l)
{
    return 2 * (uint64_t)l->most * l->rung[0]->block_size * sizeof(float);
}

void bz_ladder_set(struct bz_machine *rung, const struct bz_machine *from)
{
    bz_assert(rung->block && from->block && rung->block_size == from->block_size);
    memcpy(rung->block, from->block, rung->block_size * sizeof(float));
    bz_machine_prepare(rung, NULL); /* prepared before: cannot fail */
}

int bz_ladder_copy(struct bz_ladder **out, const struct bz_ladder *l, struct bz_error *err)
{
    if (bz_ladder_new(out, l->rung[0], l->n, err) < 0)
        return -1;
    for (; (*out)->n < l->n; (*out)->n++) {
        bz_ladder_set((*out)->rung[(*out)->n], l->rung[(*out)->n]);
        (*out)->update[(*out)->n] = l->update[(*out)->n];
    }
    return 0;
}
