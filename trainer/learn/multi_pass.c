#include "multi_pass.h"

#include "draw.h"
#include "kernels.h"
#include "linalg.h"
#include "mathx.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <string.h>

int train_pass_new(struct train_pass *p, const struct bz_machine *m, size_t room, size_t passes, struct bz_error *err)
{
    const size_t layers = m->n_layers, widest = bz_machine_widest(m);
    *p = (struct train_pass){.m = m, .room = room, .passes = passes, .keep = 1};
    if (!(p->x = bz_alloc(layers, sizeof(*p->x), err)) || !(p->shown = bz_alloc(layers, sizeof(*p->shown), err)) ||
        !(p->asked = bz_alloc(layers, sizeof(*p->asked), err)) || !(p->weight = bz_alloc(room, sizeof(float), err)) ||
        !(p->mean = bz_alloc(layers, sizeof(*p->mean), err)) || !(p->back = bz_alloc(layers, sizeof(*p->back), err)) ||
        !(p->still = bz_alloc(layers, sizeof(*p->still), err)) || !(p->sum = bz_alloc(layers, sizeof(*p->sum), err)) ||
        !(p->fixed = bz_alloc(layers, sizeof(bool), err)) || !(p->counts = bz_alloc(layers, sizeof(*p->counts), err)) ||
        !(p->kept = bz_alloc(layers, sizeof(*p->kept), err)) || !(p->field = bz_alloc(room * widest, sizeof(float), err)) ||
        !(p->delta = bz_alloc(room * widest, sizeof(float), err)) ||
        !(p->turned = bz_alloc(room * widest, sizeof(float), err)) ||
        !(p->gradient = bz_alloc(m->block_size, sizeof(float), err)))
        return -1;
    for (size_t l = 0; l < layers; l++) {
        const size_t size = room * m->layers[l].size;
        if (!(p->mean[l] = bz_alloc(passes + 1, sizeof(float *), err)) || !(p->back[l] = bz_alloc(size, sizeof(float), err)) ||
            !(p->still[l] = bz_alloc(size, sizeof(float), err)) || !(p->sum[l] = bz_alloc(size, sizeof(float), err)) ||
            (!bz_is_visible(&m->layers[l]) && !(p->kept[l] = bz_alloc(size, sizeof(float), err))) ||
            (bz_unit_type(m->layers[l].unit)->counted && !(p->counts[l] = bz_alloc(room, sizeof(float), err))))
            return -1;
        for (size_t t = 0; t <= passes; t++)
            if (!(p->mean[l][t] = bz_alloc(size, sizeof(float), err)))
                return -1;
        if (bz_is_visible(&m->layers[l]) &&
            (!(p->x[l] = bz_alloc(size, sizeof(float), err)) || !(p->shown[l] = bz_alloc(size, 1, err)) ||
             !(p->asked[l] = bz_alloc(size, 1, err))))
            return -1;
    }
    return 0;
}

void train_pass_free(struct train_pass *p)
{
    float **const of_layers[] = {p->back, p->kept, p->still, p->sum, p->x, p->counts};

    for (size_t l = 0; p->m && l < p->m->n_layers; l++) {
        for (size_t t = 0; p->mean && p->mean[l] && t <= p->passes; t++)
            bz_free(p->mean[l][t]);
        if (p->mean)
            bz_free(p->mean[l]);
        if (p->shown)
            bz_free(p->shown[l]);
        if (p->asked)
            bz_free(p->asked[l]);
        for (size_t i = 0; i < sizeof(of_layers) / sizeof(of_layers[0]); i++)
            if (of_layers[i])
                bz_free(of_layers[i][l]);
    }
    void *const own[] = {p->x,     p->shown, p->asked, p->weight, p->mean,   p->back,     p->still, p->sum,
                         p->fixed, p->kept,  p->field, p->delta,  p->turned, p->gradient, p->counts};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        bz_free(own[i]);
    *p = (struct train_pass){0};
}

/* A layer's values as read by another during sweep t: hidden layers are updated first, in order, then visible ones. */
static const float *seen(const struct train_pass *p, size_t reader, size_t t, size_t layer)
{
    const bool visible = bz_is_visible(&p->m->layers[layer]), reads = bz_is_visible(&p->m->layers[reader]);
    const bool before = visible == reads ? layer < reader : !visible;
    return p->mean[layer][before ? t + 1 : t];
}

/* D of a row of counts; 1 of other layers. */
static float counts_of(const struct train_pass *p, size_t layer, size_t row)
{
    return p->counts[layer] ? p->counts[layer][row] : 1;
}

/* out[n][size] = x as couplings see it: (x - D o) * couple; the offsets of other layers are in `start`, but enter the products
 * of a weight's gradient. */
static void as_coupled(const struct train_pass *p, size_t layer, const float *x, bool without_offset, float *out)
{
    const struct bz_layer *l = &p->m->layers[layer];
    for (size_t r = 0; r < p->n; r++)
        for (size_t i = 0; i < l->size; i++) {
            const float from = l->offset && (without_offset || l->couple) ? counts_of(p, layer, r) * l->offset[i] : 0;
            out[r * l->size + i] = (x[r * l->size + i] - from) * (l->couple ? l->couple[i] : 1);
        }
}

/* field += the contribution of one neighbour. */
static void add_link(struct train_pass *p, size_t layer, const struct bz_link *link, const float *x, float *field)
{
    const struct bz_machine *m = p->m;
    const struct bz_coupling *c = &m->couplings[link->coupling];
    const size_t other = m->layers[link->layer].size, size = m->layers[layer].size;
    if (m->layers[link->layer].couple) {
        as_coupled(p, link->layer, x, true, p->turned);
        x = p->turned;
    }
    train_add_product(field, size, x, other, link->flipped ? c->weight_t : c->weight, size, p->n, other, size);
}

static void fields(struct train_pass *p, size_t layer, size_t t)
{
    const struct bz_machine *m = p->m;
    memcpy(p->field, p->still[layer], p->n * m->layers[layer].size * sizeof(float));
    for (size_t k = 0; k < m->n_links[layer]; k++)
        if (!p->fixed[m->links[layer][k].layer])
            add_link(p, layer, &m->links[layer][k], seen(p, layer, t, m->links[layer][k].layer), p->field);
}

static void step(struct train_pass *p, size_t layer, size_t t)
{
    const struct bz_layer *l = &p->m->layers[layer];
    float *out = p->mean[layer][t + 1];
    const uint8_t *shown = p->shown[layer];
    if (p->fixed[layer]) {
        memcpy(out, p->mean[layer][t], p->n * l->size * sizeof(float));
        return;
    }
    fields(p, layer, t);
    for (size_t r = 0; r < p->n; r++)
        bz_unit_type(l->unit)->mean(l, p->field + r * l->size, 1, (double)counts_of(p, layer, r), out + r * l->size);
    for (size_t i = 0; p->keep < 1 && p->kept[layer] && i < p->n * l->size; i++)
        out[i] *= p->kept[layer][i];
    for (size_t i = 0; shown && i < p->n * l->size; i++)
        out[i] = shown[i] ? p->x[layer][i] : out[i];
}

static void begin(struct train_pass *p)
{
    for (size_t layer = 0; layer < p->m->n_layers; layer++) {
        const struct bz_layer *l = &p->m->layers[layer];
        float *first = p->mean[layer][0];
        for (size_t r = 0; r < p->n; r++)
            bz_unit_type(l->unit)->base_mean(l, (double)counts_of(p, layer, r), first + r * l->size);
        for (size_t i = 0; p->shown[layer] && i < p->n * l->size; i++)
            first[i] = p->shown[layer][i] ? p->x[layer][i] : first[i];
        p->fixed[layer] = p->shown[layer] && !memchr(p->shown[layer], 0, p->n * l->size);
    }
    for (size_t layer = 0; layer < p->m->n_layers; layer++) {
        const struct bz_layer *l = &p->m->layers[layer];
        for (size_t r = 0; r < p->n; r++)
            bz_row_start(p->m, p->counts, layer, r, p->still[layer] + r * l->size);
        for (size_t k = 0; !p->fixed[layer] && k < p->m->n_links[layer]; k++)
            if (p->fixed[p->m->links[layer][k].layer])
                add_link(p, layer, &p->m->links[layer][k], p->mean[p->m->links[layer][k].layer][0], p->still[layer]);
    }
}

/* -log p of none of a group being on, or not: the share of its first unit. */
static double cost_of_none(const struct bz_layer *l, size_t unit, const float *x, const float *mean)
{
    const struct bz_exclusion *e = &l->exclusion;
    const size_t g = e->group[unit];
    double none = 1, p = 1;
    if (e->unit[e->first[g]] != unit)
        return 0;
    for (size_t k = e->first[g]; k < e->first[g + 1]; k++) {
        none -= (double)x[e->unit[k]];
        p -= (double)mean[e->unit[k]];
    }
    return -none * bz_log(fmax(p, 0) + 1e-12);
}

/* -log p(x | mean) of one value of a row; units of a group each give their share. d: counts of a multinomial row. */
static double cost(const struct bz_layer *l, size_t unit, const float *row, const float *means, float d)
{
    const float x = row[unit], mean = means[unit];
    const double least = 1e-12, p = (double)mean;
    switch (l->unit) {
    case BZ_GAUSSIAN:
        return (double)(x - mean) * (x - mean) * (double)l->inv_var[unit] / 2;
    case BZ_SPIN:
        return -(1 + x) / 2 * bz_log((1 + p) / 2 + least) - (1 - x) / 2 * bz_log((1 - p) / 2 + least);
    case BZ_BERNOULLI:
        return -(double)x * bz_log(p + least) - (1 - (double)x) * bz_log(1 - p + least);
    case BZ_SOFTMAX:
        return -(double)x * bz_log(p + least);
    case BZ_EXCLUSIVE:
        return -(double)x * bz_log(p + least) + cost_of_none(l, unit, row, means);
    case BZ_MULTINOMIAL:
        return -(double)x * bz_log(p / (double)d + least);
    case BZ_RELU:
    case BZ_DRELU:
    case BZ_N_UNITS:
        break;
    }
    return NAN; /* train_may_multi refuses these */
}

/* The derivative of a unit's mean a by its field, where dropout enlarges both by `grow`; of a unit in a group the part of its
 * own.
 */
static float slope_of(const struct bz_layer *l, float a, float grow)
{
    switch (l->unit) {
    case BZ_GAUSSIAN:
        return 1;
    case BZ_SPIN:
        return grow * (1 - a * a);
    case BZ_BERNOULLI:
        return grow * a * (1 - a);
    case BZ_SOFTMAX:
    case BZ_EXCLUSIVE:
    case BZ_MULTINOMIAL:
        return a;
    case BZ_RELU:
    case BZ_DRELU:
    case BZ_N_UNITS:
        break;
    }
    return NAN;
}

double train_pass_forward(struct train_pass *p)
{
    double loss = 0;
    begin(p);
    for (size_t t = 0; t < p->passes; t++)
        for (int visible = 0; visible < 2; visible++)
            for (size_t l = 0; l < p->m->n_layers; l++)
                if (bz_is_visible(&p->m->layers[l]) == visible)
                    step(p, l, t);
    for (size_t layer = 0; layer < p->m->n_layers; layer++) {
        const struct bz_layer *l = &p->m->layers[layer];
        for (size_t i = 0; p->asked[layer] && i < p->n * l->size; i++) {
            const size_t unit = i % l->size;
            if (p->asked[layer][i])
                loss +=
                    (double)p->weight[i / l->size] * cost(l, unit, p->x[layer] + i - unit, p->mean[layer][p->passes] + i - unit,
                                                          counts_of(p, layer, i / l->size));
        }
    }
    return loss;
}

/* --- back --- */

/* sum[n][size]: of each unit the sum of back * y over its group, 0 where there are none: what the other states' shares lose by
 * it. */
static void sum_groups(const struct train_pass *p, size_t layer, const float *y, const float *back, float *sum)
{
    const struct bz_layer *l = &p->m->layers[layer];
    const struct bz_exclusion *e = &l->exclusion;
    const bool counted = p->counts[layer] != NULL; /* a group of D draws */
    const size_t k = counted || bz_unit_type(l->unit)->grouped ? l->size / l->groups : 1, n = e->group ? e->n : l->size / k;
    memset(sum, 0, p->n * l->size * sizeof(*sum));
    for (size_t r = 0; r < p->n * l->size && (k > 1 || e->group); r += l->size)
        for (size_t g = 0; g < n; g++) {
            const size_t first = e->group ? e->first[g] : g * k, end = e->group ? e->first[g + 1] : first + k;
            double all = 0;
            for (size_t i = first; i < end; i++) {
                const size_t at = r + (e->group ? e->unit[i] : i);
                all += (double)back[at] * y[at];
            }
            for (size_t i = first; i < end; i++)
                sum[r + (e->group ? e->unit[i] : i)] = (float)all / (counted ? p->counts[layer][r / l->size] : 1);
        }
}

/* The words that a row has by those that it was taken to have; 1 of other layers. */
static float found(const struct train_pass *p, size_t layer, size_t row)
{
    const size_t size = p->m->layers[layer].size;
    double words = 0;
    for (size_t i = 0; p->counts[layer] && i < size; i++)
        words += (double)p->x[layer][row * size + i];
    return p->counts[layer] ? (float)words / p->counts[layer][row] : 1;
}

/* delta = the gradient by a layer's fields of sweep t, from that by its means (p->back), which is used up. */
static void through_means(struct train_pass *p, size_t layer, size_t t)
{
    const struct bz_layer *l = &p->m->layers[layer];
    const bool last = t + 1 == p->passes;
    const float *y = p->mean[layer][t + 1];
    float *back = p->back[layer], *sum = p->field;
    sum_groups(p, layer, y, back, sum);
    float share = 1;
    for (size_t i = 0; i < p->n * l->size; i++) {
        share = i % l->size ? share : found(p, layer, i / l->size);
        const float grow = p->kept[layer] && p->keep < 1 ? p->kept[layer][i] : 1;
        const float a = grow > 0 ? y[i] / grow : 0; /* the mean before dropout */
        p->delta[i] = slope_of(l, a, grow) * (back[i] - sum[i]);
        if (p->shown[layer] && p->shown[layer][i])
            p->delta[i] = 0;
        if (last && p->asked[layer] && p->asked[layer][i])
            p->delta[i] = p->weight[i / l->size] * (p->x[layer][i] - y[i] * share) *
                          (bz_unit_type(l->unit)->scaled ? l->inv_var[i % l->size] : 1);
    }
    memset(back, 0, p->n * l->size * sizeof(float));
}

/* turned[size][n] = x[n][size]' */
static void turn(struct train_pass *p, const float *x, size_t size)
{
    for (size_t r = 0; r < p->n; r++)
        for (size_t i = 0; i < size; i++)
            p->turned[i * p->n + r] = x[r * size + i];
}

/* Adds delta' x to the gradient of a link's weights: delta for this layer's fields, x the neighbour's values. */
static void add_weights(struct train_pass *p, size_t layer, const struct bz_link *link, const float *delta, const float *x)
{
    const struct bz_machine *m = p->m;
    const size_t size = m->layers[layer].size, other = m->layers[link->layer].size;
    float *g = p->gradient + (m->couplings[link->coupling].weight - m->block);
    as_coupled(p, link->layer, x, true, p->field);
    if (link->flipped) { /* rows of the weights are this layer's units */
        turn(p, delta, size);
        train_add_product(g, other, p->turned, p->n, p->field, other, size, p->n, other);
    } else {
        turn(p, p->field, other);
        train_add_product(g, size, p->turned, p->n, delta, size, other, p->n, size);
    }
}

/* Adds delta's part for the neighbour's means to its `back`. */
static void add_back(struct train_pass *p, size_t layer, const struct bz_link *link)
{
    const struct bz_machine *m = p->m;
    const struct bz_coupling *c = &m->couplings[link->coupling];
    const struct bz_layer *other = &m->layers[link->layer];
    const size_t size = m->layers[layer].size;
    float *back = p->back[link->layer], *to = other->couple ? p->field : back;
    if (other->couple)
        memset(to, 0, p->n * other->size * sizeof(float));
    train_add_product(to, other->size, p->delta, size, link->flipped ? c->weight : c->weight_t, other->size, p->n, size,
                      other->size);
    for (size_t i = 0; other->couple && i < p->n * other->size; i++)
        back[i] += to[i] * other->couple[i % other->size];
}

static void step_back(struct train_pass *p, size_t layer, size_t t)
{
    const struct bz_machine *m = p->m;
    const size_t values = p->n * m->layers[layer].size;
    through_means(p, layer, t);
    for (size_t i = 0; i < values; i++)
        p->sum[layer][i] += p->delta[i];
    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const struct bz_link *link = &m->links[layer][k];
        if (p->fixed[link->layer])
            continue;
        add_weights(p, layer, link, p->delta, seen(p, layer, t, link->layer));
        add_back(p, layer, link);
    }
}

/* What a row's counts multiply the bias of a layer by. */
static float bias_scale(const struct train_pass *p, size_t layer, size_t row)
{
    float d = 0;
    for (size_t k = 0; k < p->m->n_links[layer]; k++)
        d += p->counts[p->m->links[layer][k].layer] ? p->counts[p->m->links[layer][k].layer][row] : 0;
    return p->m->layers[layer].near_counts ? d : 1;
}

void train_pass_backward(struct train_pass *p)
{
    const struct bz_machine *m = p->m;
    for (size_t l = 0; l < m->n_layers; l++) {
        memset(p->back[l], 0, p->n * m->layers[l].size * sizeof(float));
        memset(p->sum[l], 0, p->n * m->layers[l].size * sizeof(float));
    }
    for (size_t t = p->passes; t-- > 0;)
        for (int visible = 1; visible >= 0; visible--)
            for (size_t l = m->n_layers; l-- > 0;)
                if (bz_is_visible(&m->layers[l]) == visible && !p->fixed[l])
                    step_back(p, l, t);
    for (size_t l = 0; l < m->n_layers; l++) {
        for (size_t r = 0; r < p->n; r++)
            bz_cpu()->axpy(p->gradient + (m->layers[l].bias - m->block), bias_scale(p, l, r), p->sum[l] + r * m->layers[l].size,
                           m->layers[l].size);
        for (size_t k = 0; !p->fixed[l] && k < m->n_links[l]; k++)
            if (p->fixed[m->links[l][k].layer])
                add_weights(p, l, &m->links[l][k], p->sum[l], p->mean[m->links[l][k].layer][0]);
    }
}
