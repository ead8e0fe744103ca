#include "layer_values.h"

#include "mem.h"
#include "row_tiles.h"

#include <string.h>

int train_values_new(struct train_values *v, const struct bz_machine *m, size_t n, long only, struct bz_error *err)
{
    *v = (struct train_values){.m = m, .n = n};
    v->x = bz_alloc(m->n_layers, sizeof(float *), err);
    if (!v->x)
        return -1;
    for (size_t l = 0; l < m->n_layers; l++) {
        size_t count;
        if (only < 0 ? !bz_is_visible(&m->layers[l]) : (long)l != only)
            continue;
        if (bz_mul(&count, n, m->layers[l].size) < 0) {
            train_values_free(v);
            return bz_fail(err, BZ_TOO_LARGE, "%zu rows of %zu units do not fit memory", n, m->layers[l].size);
        }
        v->x[l] = bz_alloc(count, sizeof(float), err);
        if (!v->x[l]) {
            train_values_free(v);
            return -1;
        }
    }
    return 0;
}

void train_values_free(struct train_values *v)
{
    for (size_t l = 0; v->x && l < v->m->n_layers; l++)
        bz_free(v->x[l]);
    bz_free(v->x);
    *v = (struct train_values){0};
}

void train_values_store(struct train_values *v, const struct bz_state *s, size_t first, size_t n)
{
    for (size_t l = 0; l < v->m->n_layers; l++) {
        const size_t size = v->m->layers[l].size;
        if (v->x[l])
            memcpy(v->x[l] + first * size, s->x[l], n * size * sizeof(float));
    }
}

int train_values_layer(const struct bz_machine *m, const char *name, enum train_output format, long *layer,
                       struct bz_error *err)
{
    long only = -1;
    size_t chosen, visible = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        visible += bz_is_visible(&m->layers[l]);
        if (m->layers[l].role == BZ_VISIBLE)
            only = only == -1 ? (long)l : -2;
    }
    if (!name && format == TRAIN_OUT_NPZ && visible > 1) {
        *layer = -1;
        return 0;
    }
    if (train_layer_choice(m, name, true, only, &chosen, err) < 0)
        return -1;
    *layer = (long)chosen;
    return 0;
}

int train_values_write(const struct train_values *v, const char *path, enum train_output format, struct bz_error *err)
{
    size_t wanted = 0, last = 0;
    for (size_t l = 0; l < v->m->n_layers; l++)
        if (v->x[l]) {
            wanted++;
            last = l;
        }
    if (wanted > 1)
        return train_output_archive(path, v->m, v->x, v->n, err);
    return train_output_rows(path, format, &v->m->layers[last], v->x[last], v->n, &v->ids, err);
}
