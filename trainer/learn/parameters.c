#include "parameters.h"

#include "mathx.h"
#include "mem.h"
#include "unit.h"

#include <string.h>

int train_machine_copy(struct bz_machine **out, const struct bz_machine *m, const bool *with_offsets, struct bz_error *err)
{
    struct bz_machine *copy;
    if (bz_machine_like(&copy, m, with_offsets, err) < 0)
        return -1;
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *from = &m->layers[l];
        struct bz_layer *to = &copy->layers[l];
        memcpy(bz_machine_bias(copy, l), from->bias, from->size * sizeof(float));
        bz_machine_copy_widths(copy, l, from);
        if (to->offset && from->offset)
            memcpy(bz_machine_offset(copy, l), from->offset, from->size * sizeof(float));
        memcpy(to->shape, from->shape, sizeof(to->shape));
        to->rank = from->rank;
        to->usual_counts = from->usual_counts;
        if (from->n_categories && !(to->categories = bz_alloc(from->n_categories, sizeof(char *), err)))
            goto fail;
        for (; to->n_categories < from->n_categories; to->n_categories++)
            if (!(to->categories[to->n_categories] = bz_strdup(from->categories[to->n_categories], err)))
                goto fail;
    }
    for (size_t c = 0; c < m->n_couplings; c++)
        memcpy(bz_machine_weight(copy, c), m->couplings[c].weight, bz_coupling_weights(m, c) * sizeof(float));
    *out = copy;
    return 0;
fail:
    bz_machine_free(copy);
    return -1;
}

/* How far an offset moves, as couplings see it: (new - old) / s^2 for scaled units. */
static double moved(const struct bz_layer *l, const float *offset, size_t i)
{
    double change = (offset ? (double)offset[i] : 0) - (l->offset ? (double)l->offset[i] : 0);
    return bz_unit_type(l->unit)->scaled ? change * bz_exp(-2 * (double)l->log_sigma[i]) : change;
}

enum { COLUMNS = 256 }; /* rows of a matrix at a time, so that sums and movements fit the stack */

/* Adds W * (movement of the offsets of side b) to the biases of side a, and the other way round. */
static void fold(struct bz_machine *m, size_t coupling, const float *const *offset)
{
    const struct bz_coupling *c = &m->couplings[coupling];
    const struct bz_layer *a = &m->layers[c->a], *b = &m->layers[c->b];
    float *bias_a = bz_machine_bias(m, c->a), *bias_b = bz_machine_bias(m, c->b);
    for (size_t first = 0; first < b->size; first += COLUMNS) {
        const size_t n = b->size - first < COLUMNS ? b->size - first : COLUMNS;
        double down[COLUMNS], up[COLUMNS] = {0}; /* what moves in b; what b gets */
        for (size_t j = 0; j < n; j++)
            down[j] = moved(b, offset[c->b], first + j);
        for (size_t i = 0; i < a->size; i++) {
            const float *w = c->weight + i * b->size + first;
            const double from = moved(a, offset[c->a], i);
            double sum = 0;
            for (size_t j = 0; j < n; j++) {
                sum += (double)w[j] * down[j];
                up[j] += (double)w[j] * from;
            }
            bias_a[i] = (float)((double)bias_a[i] + sum);
        }
        for (size_t j = 0; c->a != c->b && j < n; j++)
            bias_b[first + j] = (float)((double)bias_b[first + j] + up[j]);
    }
}

/* The same of a sparse coupling. */
static void fold_sparse(struct bz_machine *m, size_t coupling, const float *const *offset)
{
    const struct bz_coupling *c = &m->couplings[coupling];
    const struct bz_layer *a = &m->layers[c->a], *b = &m->layers[c->b];
    float *bias_a = bz_machine_bias(m, c->a), *bias_b = bz_machine_bias(m, c->b);
    for (size_t k = 0; k < c->n_entries; k++) {
        const size_t i = c->index[k][0], j = c->index[k][1];
        bias_a[i] = (float)((double)bias_a[i] + (double)c->weight[k] * moved(b, offset[c->b], j));
        bias_b[j] = (float)((double)bias_b[j] + (double)c->weight[k] * moved(a, offset[c->a], i));
    }
}

void train_set_offsets(struct bz_machine *m, const float *const *offset)
{
    for (size_t c = 0; c < m->n_couplings; c++)
        if (m->couplings[c].index)
            fold_sparse(m, c, offset);
        else
            fold(m, c, offset);
    for (size_t l = 0; l < m->n_layers; l++) {
        float *to = bz_machine_offset(m, l);
        if (to && offset[l])
            memcpy(to, offset[l], m->layers[l].size * sizeof(float));
        else if (to)
            memset(to, 0, m->layers[l].size * sizeof(float));
    }
}

static size_t multinomial_neighbours(const struct bz_machine *m, size_t layer)
{
    size_t n = 0;
    for (size_t k = 0; k < m->n_links[layer]; k++)
        n += bz_unit_type(m->layers[m->links[layer][k].layer].unit)->counted;
    return n;
}

bool train_may_offset(const struct bz_machine *m, size_t layer)
{
    const bool counts = bz_unit_type(m->layers[layer].unit)->counted;
    for (size_t k = 0; k < m->n_links[layer]; k++) {
        size_t neighbour = m->links[layer][k].layer;
        if (m->layers[neighbour].near_counts != counts || (counts && multinomial_neighbours(m, neighbour) > 1))
            return false;
    }
    return true;
}

void train_unstandardize(struct bz_machine *m, size_t layer, const double *mean, const double *deviation)
{
    const size_t size = m->layers[layer].size;
    float *bias = bz_machine_bias(m, layer), *offset = bz_machine_offset(m, layer), *log_sigma = bz_machine_log_sigma(m, layer);
    for (size_t i = 0; i < size; i++) {
        bias[i] = (float)(mean[i] + deviation[i] * (double)bias[i]);
        log_sigma[i] = (float)((double)log_sigma[i] + bz_log(deviation[i]));
        if (offset)
            offset[i] = (float)(mean[i] + deviation[i] * (double)offset[i]);
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_coupling *k = &m->couplings[c];
        const size_t n_b = m->layers[k->b].size;
        float *w = bz_machine_weight(m, c);
        for (size_t n = 0; n < bz_coupling_weights(m, c) && (k->a == layer || k->b == layer); n++) {
            const size_t i = k->index ? k->index[n][0] : n / n_b, j = k->index ? k->index[n][1] : n % n_b;
            const double a = k->a == layer ? deviation[i] : 1, b = k->b == layer ? deviation[j] : 1;
            w[n] = (float)((double)w[n] * (a * b)); /* rounded once, so that lateral ones stay symmetric */
        }
    }
}
