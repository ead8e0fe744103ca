/* An RBM of 0/1 units as the arrays of scikit-learn's BernoulliRBM. */
#include "export.h"

#include "mem.h"
#include "npz.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { COMPONENTS, HIDDEN, VISIBLE, N_ARRAYS };
static const char *const names[N_ARRAYS] = {"components_", "intercept_hidden_", "intercept_visible_"};

/* The bias of side `to` less what the offsets of the other side contribute; in double. */
static void fold(const struct bz_machine *m, size_t to, float *out)
{
    const size_t from = 1 - to, n_b = m->layers[m->couplings[0].b].size;
    const struct bz_layer *target = &m->layers[to], *source = &m->layers[from];
    const bool rows = m->couplings[0].a == to; /* out[i] takes row i of the weights */
    for (size_t i = 0; i < target->size; i++) {
        double sum = (double)target->bias[i];
        for (size_t k = 0; source->offset && k < source->size; k++)
            sum -= (double)source->offset[k] * (double)m->couplings[0].weight[rows ? i * n_b + k : k * n_b + i];
        out[i] = (float)sum;
    }
}

/* Which of the two layers is visible; -1 and an error if scikit-learn has no such machine. */
static long visible_layer(const struct bz_machine *m, struct bz_error *err)
{
    if (m->n_layers != 2 || m->n_couplings != 1 || m->couplings[0].a == m->couplings[0].b ||
        bz_is_visible(&m->layers[0]) == bz_is_visible(&m->layers[1]))
        return bz_fail(err, BZ_UNSUPPORTED,
                       "%zu layers and %zu couplings; scikit-learn has machines of one visible and one hidden layer with one "
                       "coupling. The model file itself is plain safetensors, which Python reads",
                       m->n_layers, m->n_couplings);
    for (size_t l = 0; l < 2; l++)
        if (m->layers[l].unit != BZ_BERNOULLI)
            return bz_fail(err, BZ_UNSUPPORTED, "layer \"%s\" is %s; scikit-learn has bernoulli units only", m->layers[l].name,
                           bz_unit_name(m->layers[l].unit));
    if (m->couplings[0].index)
        return bz_fail(err, BZ_UNSUPPORTED, "coupling \"%s~%s\" is sparse; scikit-learn has dense ones only", m->layers[0].name,
                       m->layers[1].name);
    return bz_is_visible(&m->layers[0]) ? 0 : 1;
}

int export_sklearn(const struct bz_machine *m, const char *path, struct bz_error *err)
{
    const long visible_index = visible_layer(m, err);
    if (visible_index < 0)
        return -1;
    const size_t v = (size_t)visible_index, h = 1 - v, n_visible = m->layers[v].size, n_hidden = m->layers[h].size;
    float *components = bz_alloc(n_visible * n_hidden, sizeof(float), err);
    float *hidden = bz_alloc(n_hidden, sizeof(float), err), *visible = bz_alloc(n_visible, sizeof(float), err);
    int rc = -1;
    if (components && hidden && visible) {
        const float *weight = m->couplings[0].weight;
        const bool from_visible = m->couplings[0].a == v;
        for (size_t j = 0; j < n_hidden; j++)
            for (size_t i = 0; i < n_visible; i++)
                components[j * n_visible + i] = weight[from_visible ? i * n_hidden + j : j * n_visible + i];
        fold(m, h, hidden);
        fold(m, v, visible);
        const struct train_npz_entry entries[N_ARRAYS] = {
            {names[COMPONENTS], BZ_F4, (const size_t[]){n_hidden, n_visible}, 2, components},
            {names[HIDDEN], BZ_F4, &n_hidden, 1, hidden},
            {names[VISIBLE], BZ_F4, &n_visible, 1, visible},
        };
        rc = train_npz_write(path, entries, N_ARRAYS, err);
    }
    bz_free(components);
    bz_free(hidden);
    bz_free(visible);
    return rc;
}
