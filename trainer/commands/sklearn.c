#include "sklearn.h"

#include "mem.h"
#include "npz.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const size_t max_array_bytes = (size_t)1 << 34;

enum { COMPONENTS, HIDDEN, VISIBLE, N_ARRAYS };
static const char *const names[N_ARRAYS] = {"components_", "intercept_hidden_", "intercept_visible_"};

static void describe(const struct bz_npy *npy, char text[128])
{
    size_t used = 0;
    text[0] = 0;
    for (size_t d = 0; d < npy->rank; d++)
        used += (size_t)snprintf(text + used, 128 - used, d ? ", %zu" : "%zu", npy->shape[d]);
}

static int check_vector(const struct train_array *a, size_t n, const char *path, struct bz_error *err)
{
    char found[128];
    if (a->npy.rank == 1 && a->npy.shape[0] == n)
        return 0;
    describe(&a->npy, found);
    return bz_fail(err, BZ_BAD_INPUT, "%s: array \"%s\": expected shape [%zu], as components_ has it, found [%s]", path,
                   a->name, n, found);
}

/* One number of an array as a finite float. */
static int number(const struct train_array *a, size_t i, float *out, const char *path, struct bz_error *err)
{
    double x;
    bz_npy_doubles(&a->npy, a->data, i, 1, &x);
    *out = (float)x;
    if (!isfinite(*out))
        return bz_fail(err, BZ_BAD_INPUT, "%s: array \"%s\": element %zu is %g, expected what is finite as a 32-bit float",
                       path, a->name, i, x);
    return 0;
}

static int fill(struct bz_machine *m, const struct train_array *a, const char *path, struct bz_error *err)
{
    const size_t n_visible = m->layers[0].size, n_hidden = m->layers[1].size;
    float *weight = bz_machine_weight(m, 0), *visible = bz_machine_bias(m, 0), *hidden = bz_machine_bias(m, 1);
    for (size_t i = 0; i < n_visible; i++)
        if (number(&a[VISIBLE], i, &visible[i], path, err) < 0)
            return -1;
    for (size_t j = 0; j < n_hidden; j++) {
        if (number(&a[HIDDEN], j, &hidden[j], path, err) < 0)
            return -1;
        for (size_t i = 0; i < n_visible; i++)
            if (number(&a[COMPONENTS], j * n_visible + i, &weight[i * n_hidden + j], path, err) < 0)
                return -1;
    }
    return 0;
}

static int make(struct bz_machine **out, const struct train_array *a, const char *path, struct bz_error *err)
{
    const struct bz_npy *npy = &a[COMPONENTS].npy;
    if (npy->rank != 2) {
        char found[128];
        describe(npy, found);
        return bz_fail(err, BZ_BAD_INPUT, "%s: array \"components_\": expected shape [n_hidden, n_visible], found [%s]", path,
                       found);
    }
    if (check_vector(&a[HIDDEN], npy->shape[0], path, err) < 0 || check_vector(&a[VISIBLE], npy->shape[1], path, err) < 0)
        return -1;
    const struct bz_layer_spec layers[2] = {
        {.name = "visible", .role = BZ_VISIBLE, .unit = BZ_BERNOULLI, .size = npy->shape[1]},
        {.name = "hidden", .role = BZ_HIDDEN, .unit = BZ_BERNOULLI, .size = npy->shape[0]},
    };
    struct bz_machine *m;
    if (bz_machine_new(&m, "rbm", layers, 2, &(struct bz_coupling_spec){0, 1}, 1, err) < 0)
        return bz_fail_in(err, "%s", path);
    if (fill(m, a, path, err) < 0) {
        bz_machine_free(m);
        return -1;
    }
    *out = m;
    return 0;
}

int train_sklearn_read(struct bz_machine **out, const char *path, struct bz_error *err)
{
    struct train_npz *z;
    if (train_npz_open(&z, path, err) < 0)
        return -1;
    struct train_array arrays[N_ARRAYS] = {{0}};
    int rc = 0;
    for (size_t i = 0; i < N_ARRAYS && rc == 0; i++)
        rc = train_npz_read(z, names[i], max_array_bytes, &arrays[i], err);
    if (rc == 0)
        rc = make(out, arrays, path, err);
    for (size_t i = 0; i < N_ARRAYS; i++)
        train_array_free(&arrays[i]);
    train_npz_close(z);
    return rc;
}

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

int train_sklearn_write(const struct bz_machine *m, const char *path, struct bz_error *err)
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
