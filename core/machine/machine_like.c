#include "machine.h"
#include "mem.h"

int bz_machine_like(struct bz_machine **out, const struct bz_machine *m, const bool *offsets, struct bz_error *err)
{
    struct bz_layer_spec *layers = bz_alloc(m->n_layers, sizeof(*layers), err);
    struct bz_coupling_spec *couplings = bz_alloc(m->n_couplings, sizeof(*couplings), err);
    struct bz_pattern *patterns = bz_alloc(m->n_couplings, sizeof(*patterns), err);
    struct bz_machine *like = NULL;
    int rc = layers && couplings && patterns ? 0 : -1;

    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        const struct bz_layer *from = &m->layers[l];
        layers[l] = (struct bz_layer_spec){.name = from->name,
                                           .role = from->role,
                                           .unit = from->unit,
                                           .size = from->size,
                                           .groups = from->groups,
                                           .has_offset = offsets ? offsets[l] : from->offset != NULL};
    }
    for (size_t c = 0; rc == 0 && c < m->n_couplings; c++) {
        couplings[c] = (struct bz_coupling_spec){m->couplings[c].a, m->couplings[c].b};
        patterns[c] = bz_machine_pattern(m, c);
    }
    if (rc == 0)
        rc = bz_machine_new_sparse(&like, m->kind, layers, m->n_layers, couplings, m->n_couplings, patterns, err);
    if (rc == 0)
        rc = bz_machine_exclude_as(like, m, err);
    if (rc == 0)
        *out = like;
    else
        bz_machine_free(like);
    bz_free_all(layers, couplings, patterns);
    return rc;
}
