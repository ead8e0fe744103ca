#include "ais_path.h"

#include "kernels.h"
#include "mathx.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <string.h>

#define LOG_2PI 1.8378770664093454836

static size_t largest_layer(const struct bz_machine *m)
{
    size_t largest = 1;

    for (size_t l = 0; l < m->n_layers; l++)
        if (m->layers[l].size > largest)
            largest = m->layers[l].size;
    return largest;
}

static size_t depth_of(const struct bz_machine *m, size_t layer, size_t *depth)
{
    return bz_is_visible(&m->layers[layer]) ? 0 : depth[layer];
}

/* Distance of every layer from the visible ones; layers that no path reaches count as depth 0. */
static void find_depths(const struct bz_machine *m, size_t *depth)
{
    for (size_t l = 0; l < m->n_layers; l++)
        depth[l] = bz_is_visible(&m->layers[l]) ? 0 : m->n_layers;
    for (size_t pass = 0; pass < m->n_layers; pass++)
        for (size_t c = 0; c < m->n_couplings; c++) {
            const size_t a = m->couplings[c].a, b = m->couplings[c].b;

            if (depth[b] > depth_of(m, a, depth) + 1)
                depth[b] = depth_of(m, a, depth) + 1;
            if (depth[a] > depth_of(m, b, depth) + 1)
                depth[a] = depth_of(m, b, depth) + 1;
        }
}

static bool touches_summed(const struct bz_path *p, size_t layer)
{
    for (size_t k = 0; k < p->m->n_links[layer]; k++)
        if (p->role[p->m->links[layer][k].layer] == BZ_PATH_SUMMED)
            return true;
    return false;
}

/* Which layers to sum out: those of odd or of even depth, whichever holds more hidden units (the hidden layer of an RBM; v and
 * h2 of a two-layer DBM, as published), less what has couplings inside itself or to another summed layer. */
static int choose_roles(struct bz_path *p, const bool *clamped, struct bz_error *err)
{
    const struct bz_machine *m = p->m;
    size_t *depth = bz_alloc(m->n_layers, sizeof *depth, err), units[2] = {0, 0};

    if (!depth)
        return -1;
    find_depths(m, depth);
    for (size_t l = 0; l < m->n_layers; l++)
        if (!bz_is_visible(&m->layers[l]) && !bz_machine_has_lateral(m, l))
            units[depth[l] % 2] += m->layers[l].size;
    for (size_t l = 0; l < m->n_layers; l++)
        p->role[l] = clamped && clamped[l] ? BZ_PATH_CLAMPED : BZ_PATH_KEPT;
    for (size_t l = 0; l < m->n_layers; l++)
        if (p->role[l] == BZ_PATH_KEPT && depth[l] % 2 == (units[1] >= units[0]) && !bz_machine_has_lateral(m, l) &&
            !touches_summed(p, l))
            p->role[l] = BZ_PATH_SUMMED;
    bz_free(depth);
    return 0;
}

int bz_path_new(struct bz_path **out, const struct bz_machine *m, const struct bz_base *base, const bool *clamped,
                const double *counts, size_t room, struct bz_error *err)
{
    const size_t largest = largest_layer(m);
    struct bz_path *p = bz_alloc(1, sizeof *p, err);

    if (!p)
        return -1;
    p->m = m;
    p->base = base;
    if (!(p->role = bz_alloc(m->n_layers, sizeof *p->role, err)) ||
        !(p->field = bz_alloc(m->n_layers, sizeof *p->field, err)) || !(p->mixed = bz_alloc(largest, sizeof(float), err)) ||
        !(p->nothing = bz_alloc(m->n_layers, sizeof *p->nothing, err)) ||
        !(p->uniform = bz_alloc(largest, sizeof(float), err)) || !(p->scratch = bz_alloc(largest * room, sizeof(float), err)) ||
        bz_state_new(&p->s, m, room, err) < 0 || bz_work_new(&p->work, m, err) < 0 || choose_roles(p, clamped, err) < 0)
        goto fail;
    for (size_t l = 0; l < m->n_layers; l++) {
        if (p->role[l] == BZ_PATH_SUMMED && !(p->field[l] = bz_alloc(m->layers[l].size * room, sizeof(float), err)))
            goto fail;
        if (p->s->counts[l])
            for (size_t r = 0; r < room; r++)
                p->s->counts[l][r] = counts ? (float)counts[l] : 0.0f;
    }
    p->s->n = room;
    *out = p;
    return 0;
fail:
    bz_path_free(p);
    return -1;
}

void bz_path_free(struct bz_path *p)
{
    if (!p)
        return;
    for (size_t l = 0; p->field && l < p->m->n_layers; l++)
        bz_free(p->field[l]);
    bz_state_free(p->s);
    bz_work_free(p->work);
    bz_free(p->role);
    bz_free(p->field);
    bz_free(p->mixed);
    bz_free(p->uniform);
    bz_free(p->nothing);
    bz_free(p->scratch);
    bz_free(p);
}

static double row_counts(const struct bz_path *p, size_t layer, size_t row)
{
    return p->s->counts[layer] ? p->s->counts[layer][row] : 0.0;
}

/* Base parameters as float/double; a layer without any has logits 0. */
static double base_bias(const struct bz_path *p, size_t layer, size_t i)
{
    return p->base->bias[layer] ? p->base->bias[layer][i] : 0.0;
}

/* mixed = beta * field + (1 - beta) * base logits: the total input of a discrete layer on the path. */
static const float *mix(struct bz_path *p, size_t layer, double beta, const float *field)
{
    const size_t n = p->m->layers[layer].size;
    const float *base = p->base->bias[layer];
    const float b = (float)beta, rest = (float)(1.0 - beta);

    if (!base)
        for (size_t i = 0; i < n; i++)
            p->mixed[i] = b * field[i];
    else
        for (size_t i = 0; i < n; i++)
            p->mixed[i] = b * field[i] + rest * base[i];
    return p->mixed;
}

/* Precision and mean of gaussian unit i on the path, for total input field_i = b_i + (W u)_i. */
static void gaussian_mix(const struct bz_path *p, size_t layer, size_t i, double beta, double field, double *precision,
                         double *mean)
{
    const double base_precision = 1.0 / (p->base->deviation[layer][i] * p->base->deviation[layer][i]);
    const double own = p->m->layers[layer].inv_var[i];

    *precision = (1.0 - beta) * base_precision + beta * own;
    *mean = ((1.0 - beta) * base_precision * base_bias(p, layer, i) + beta * own * field) / *precision;
}

/* log of the integral over a gaussian layer of the path's density, field as bz_field gives it. */
static double gaussian_log_sum(const struct bz_path *p, size_t layer, double beta, const float *field)
{
    const struct bz_layer *l = &p->m->layers[layer];
    double sum = 0;

    for (size_t i = 0; i < l->size; i++) {
        const double base_mean = base_bias(p, layer, i), deviation = p->base->deviation[layer][i];
        const double bias = l->bias[i], offset = l->offset ? l->offset[i] : 0.0, input = field[i] - bias;
        double precision, mean;

        gaussian_mix(p, layer, i, beta, field[i], &precision, &mean);
        sum += 0.5 * (LOG_2PI - bz_log(precision)) + 0.5 * precision * mean * mean -
               0.5 * (1.0 - beta) * base_mean * base_mean / (deviation * deviation) -
               beta * l->inv_var[i] * (0.5 * bias * bias + input * offset);
    }
    return sum;
}

static double log_sum(struct bz_path *p, size_t layer, double beta, const float *field, double d)
{
    const struct bz_layer *l = &p->m->layers[layer];

    if (l->unit == BZ_GAUSSIAN)
        return gaussian_log_sum(p, layer, beta, field);
    if (l->unit == BZ_BERNOULLI && !p->base->bias[layer])
        return bz_cpu()->softplus_sum(field, beta, l->size);
    return bz_unit_type(l->unit)->log_sum(l, mix(p, layer, beta, field), 1.0, d);
}

double bz_path_base_log_z(const struct bz_path *p)
{
    double sum = 0;

    for (size_t l = 0; l < p->m->n_layers; l++)
        if (p->role[l] != BZ_PATH_CLAMPED) {
            memset(p->scratch, 0, p->m->layers[l].size * sizeof(float));
            sum += log_sum((struct bz_path *)p, l, 0.0, p->scratch, row_counts(p, l, 0));
        }
    return sum;
}

static void draw_gaussian(struct bz_path *p, size_t layer, double beta, const float *field, const struct bz_key *key, float *x)
{
    for (size_t i = 0; i < p->m->layers[layer].size; i++) {
        double precision, mean;

        gaussian_mix(p, layer, i, beta, field[i], &precision, &mean);
        x[i] = (float)(mean + bz_random_normal(key, (uint32_t)i) / sqrt(precision));
    }
}

static void draw_row(struct bz_path *p, size_t layer, double beta, const float *field, double d, const struct bz_key *key,
                     float *x)
{
    const struct bz_layer *l = &p->m->layers[layer];

    if (l->unit == BZ_GAUSSIAN) {
        draw_gaussian(p, layer, beta, field, key, x);
    } else if (l->unit == BZ_BERNOULLI && !p->base->bias[layer]) {
        bz_cpu()->sigmoid(p->mixed, field, (float)beta, l->size);
        bz_cpu()->bernoulli(x, p->mixed, key, 0, l->size);
    } else {
        bz_unit_type(l->unit)->sample(l, mix(p, layer, beta, field), 1.0, d, key, x);
    }
}

static struct bz_key key_at(uint64_t seed, uint32_t chain, uint64_t step, size_t layer)
{
    return (struct bz_key){.seed = seed, .step = step, .chain = chain, .layer = (uint16_t)layer, .purpose = BZ_DRAW_UNIT};
}

void bz_path_start(struct bz_path *p, uint64_t seed, uint32_t first)
{
    for (size_t l = 0; l < p->m->n_layers; l++) {
        const size_t n = p->m->layers[l].size;

        if (p->role[l] != BZ_PATH_KEPT)
            continue;
        memset(p->scratch, 0, n * sizeof(float));
        for (size_t r = 0; r < p->s->n; r++) {
            const struct bz_key key = key_at(seed, first + (uint32_t)r, 0, l);

            draw_row(p, l, 0.0, p->scratch, row_counts(p, l, r), &key, p->s->x[l] + r * n);
        }
    }
}

/* out = the field of a layer given the other layers' x. Summed layers are never neighbours of one another, so they need no
 * hiding here. */
static void field_of(struct bz_path *p, size_t layer, float *out)
{
    bz_field(p->s, layer, 0, p->s->n, false, out, p->work);
}

/* The same with no neighbour at all: what the layer's bias and offsets give. */
static void field_of_nothing(struct bz_path *p, size_t layer, float *out)
{
    float **x = p->s->x;

    p->s->x = p->nothing;
    bz_field(p->s, layer, 0, p->s->n, false, out, p->work);
    p->s->x = x;
}

void bz_path_update(struct bz_path *p)
{
    for (size_t l = 0; l < p->m->n_layers; l++)
        if (p->role[l] == BZ_PATH_SUMMED)
            field_of(p, l, p->field[l]);
}

/* Own term of a kept or clamped layer: -(E' terms of x alone), given its input start[size] without neighbours. */
static double own_term(const struct bz_layer *l, const float *start, const float *x)
{
    double sum = 0;

    if (l->unit != BZ_GAUSSIAN)
        return bz_cpu()->dot(x, start, l->size);
    for (size_t i = 0; i < l->size; i++) {
        const double d = x[i] - (double)l->bias[i], u = (x[i] - (l->offset ? (double)l->offset[i] : 0.0)) * l->inv_var[i];

        sum += -0.5 * d * d * l->inv_var[i] + u * ((double)start[i] - l->bias[i]);
    }
    return sum;
}

static double base_term(const struct bz_path *p, size_t layer, const float *x)
{
    const struct bz_layer *l = &p->m->layers[layer];
    const float *bias = p->base->bias[layer];
    double sum = 0;

    if (p->role[layer] == BZ_PATH_CLAMPED || (!bias && l->unit != BZ_GAUSSIAN))
        return 0;
    if (l->unit != BZ_GAUSSIAN)
        return bz_cpu()->dot(x, bias, l->size);
    for (size_t i = 0; i < l->size; i++) {
        const double d = (x[i] - base_bias(p, layer, i)) / p->base->deviation[layer][i];

        sum -= 0.5 * d * d;
    }
    return sum;
}

/* x' y in the layer's coupling coordinates: gaussian units enter as (x - o)/s^2. */
static double coupled_dot(const struct bz_layer *l, const float *x, const float *y)
{
    double sum = 0;

    if (l->unit != BZ_GAUSSIAN)
        return bz_cpu()->dot(x, y, l->size);
    for (size_t i = 0; i < l->size; i++)
        sum += (x[i] - (l->offset ? (double)l->offset[i] : 0.0)) * l->inv_var[i] * y[i];
    return sum;
}

/* sum[r] += scale * (own and pair terms of the layers that are not summed out) + base_scale * (their base terms). */
static void add_linear(struct bz_path *p, double scale, double base_scale, double *sum)
{
    const struct bz_machine *m = p->m;
    const size_t rows = p->s->n;

    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        const float *x = p->s->x[l];

        if (p->role[l] == BZ_PATH_SUMMED)
            continue;
        if (layer->near_counts) /* the bias scales with each row's D */
            field_of_nothing(p, l, p->scratch);
        for (size_t r = 0; r < rows; r++) {
            const float *start = layer->near_counts ? p->scratch + r * layer->size : layer->start;

            sum[r] += scale * own_term(layer, start, x + r * layer->size);
            if (base_scale != 0)
                sum[r] += base_scale * base_term(p, l, x + r * layer->size);
        }
        for (size_t k = 0; k < m->n_links[l]; k++) {
            const struct bz_link *link = &m->links[l][k];

            if (p->role[link->layer] == BZ_PATH_SUMMED || link->layer < l)
                continue;
            bz_field_link(p->s, l, k, 0, rows, p->scratch, p->work);
            for (size_t r = 0; r < rows; r++)
                sum[r] += scale * (link->layer == l ? 0.5 : 1.0) *
                          coupled_dot(layer, x + r * layer->size, p->scratch + r * layer->size);
        }
    }
}

void bz_path_add_ratio(struct bz_path *p, double to, double from, double *sum)
{
    for (size_t l = 0; l < p->m->n_layers; l++)
        for (size_t r = 0; p->role[l] == BZ_PATH_SUMMED && r < p->s->n; r++) {
            const float *field = p->field[l] + r * p->m->layers[l].size;
            const double d = row_counts(p, l, r);

            sum[r] += log_sum(p, l, to, field, d) - log_sum(p, l, from, field, d);
        }
    add_linear(p, to - from, from - to, sum);
}

void bz_path_log_f(struct bz_path *p, double *log_f)
{
    for (size_t r = 0; r < p->s->n; r++)
        log_f[r] = 0;
    for (size_t l = 0; l < p->m->n_layers; l++)
        for (size_t r = 0; p->role[l] == BZ_PATH_SUMMED && r < p->s->n; r++)
            log_f[r] += log_sum(p, l, 1.0, p->field[l] + r * p->m->layers[l].size, row_counts(p, l, r));
    add_linear(p, 1.0, 0.0, log_f);
}

/* Draws bernoulli unit i of a coupled layer; gaussian units likewise. input: total input without the lateral part of this
 * unit's own layer, which is added here from the present x. */
static void draw_coupled_unit(struct bz_path *p, size_t layer, double beta, const float *lateral, size_t i, const float *field,
                              const struct bz_key *key, float *x)
{
    const struct bz_layer *l = &p->m->layers[layer];
    const double input = field[i] + coupled_dot(l, x, lateral + i * l->size);

    if (l->unit == BZ_GAUSSIAN) {
        double precision, mean;

        gaussian_mix(p, layer, i, beta, input, &precision, &mean);
        x[i] = (float)(mean + bz_random_normal(key, (uint32_t)i) / sqrt(precision));
    } else {
        x[i] = p->uniform[i] < bz_sigmoid(beta * input + (1.0 - beta) * base_bias(p, layer, i)) ? 1.0f : 0.0f;
    }
}

/* Draws one softmax group whose columns are coupled to other groups of the layer. */
static void draw_coupled_group(struct bz_path *p, size_t layer, double beta, const float *lateral, size_t group,
                               const float *field, float *x)
{
    const struct bz_layer *l = &p->m->layers[layer];
    const size_t k = l->size / l->groups, first = group * k;
    double total = 0, largest = -INFINITY, running = 0;
    size_t chosen = k - 1;

    memset(x + first, 0, k * sizeof *x);
    for (size_t i = first; i < first + k; i++) {
        const double input = field[i] + coupled_dot(l, x, lateral + i * l->size);

        p->mixed[i] = (float)(beta * input + (1.0 - beta) * base_bias(p, layer, i));
        largest = p->mixed[i] > largest ? p->mixed[i] : largest;
    }
    for (size_t i = first; i < first + k; i++)
        total += bz_exp(p->mixed[i] - largest);
    for (size_t i = 0; i < k; i++) {
        running += bz_exp(p->mixed[first + i] - largest);
        if (p->uniform[group] * total < running) {
            chosen = i;
            break;
        }
    }
    x[first + chosen] = 1.0f;
}

/* A layer with couplings to itself: one unit (softmax: group) after the other, in ascending or descending order. */
static void draw_coupled_row(struct bz_path *p, size_t layer, double beta, bool reverse, const float *field,
                             const struct bz_key *key, float *x)
{
    const struct bz_layer *l = &p->m->layers[layer];
    const size_t sites = l->unit == BZ_SOFTMAX ? l->groups : l->size;
    const float *lateral = NULL;

    for (size_t k = 0; k < p->m->n_links[layer]; k++)
        if (p->m->links[layer][k].layer == layer)
            lateral = p->m->couplings[p->m->links[layer][k].coupling].weight;
    bz_cpu()->uniform(p->uniform, key, 0, sites);
    for (size_t n = 0; n < sites; n++) {
        const size_t i = reverse ? sites - 1 - n : n;

        if (l->unit == BZ_SOFTMAX)
            draw_coupled_group(p, layer, beta, lateral, i, field, x);
        else
            draw_coupled_unit(p, layer, beta, lateral, i, field, key, x);
    }
}

static void draw_layer(struct bz_path *p, size_t layer, double beta, bool reverse, const float *field, uint64_t seed,
                       uint32_t first, uint64_t step)
{
    const size_t n = p->m->layers[layer].size;
    const bool coupled = bz_machine_has_lateral(p->m, layer);

    for (size_t r = 0; r < p->s->n; r++) {
        const struct bz_key key = key_at(seed, first + (uint32_t)r, step, layer);

        if (coupled)
            draw_coupled_row(p, layer, beta, reverse, field + r * n, &key, p->s->x[layer] + r * n);
        else
            draw_row(p, layer, beta, field + r * n, row_counts(p, layer, r), &key, p->s->x[layer] + r * n);
    }
}

void bz_path_move(struct bz_path *p, double beta, bool reverse, uint64_t seed, uint32_t first, uint64_t step)
{
    const size_t n_layers = p->m->n_layers;

    for (size_t l = 0; l < n_layers; l++)
        if (p->role[l] == BZ_PATH_SUMMED)
            draw_layer(p, l, beta, reverse, p->field[l], seed, first, step);
    for (size_t k = 0; k < n_layers; k++) {
        const size_t l = reverse ? n_layers - 1 - k : k;

        if (p->role[l] != BZ_PATH_KEPT)
            continue;
        field_of(p, l, p->scratch);
        draw_layer(p, l, beta, reverse, p->scratch, seed, first, step);
    }
}

void bz_path_complete(struct bz_path *p, double beta, uint64_t seed, uint32_t first, uint64_t step)
{
    bz_path_update(p);
    for (size_t l = 0; l < p->m->n_layers; l++)
        if (p->role[l] == BZ_PATH_SUMMED)
            draw_layer(p, l, beta, false, p->field[l], seed, first, step);
}

double bz_path_energy_constant(const struct bz_machine *m, const double *counts)
{
    double constant = 0;

    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        double d = layer->unit == BZ_MULTINOMIAL ? counts[l] : 1.0;

        if (layer->near_counts) {
            d = 0;
            for (size_t k = 0; k < m->n_links[l]; k++)
                if (m->layers[m->links[l][k].layer].unit == BZ_MULTINOMIAL)
                    d += counts[m->links[l][k].layer];
        }
        if (layer->offset && layer->unit != BZ_GAUSSIAN)
            constant += d * bz_cpu()->dot(layer->bias, layer->offset, layer->size);
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_layer *a = &m->layers[m->couplings[c].a], *b = &m->layers[m->couplings[c].b];
        const double d = (a->unit == BZ_MULTINOMIAL ? counts[m->couplings[c].a] : 1.0) *
                         (b->unit == BZ_MULTINOMIAL ? counts[m->couplings[c].b] : 1.0) * (a == b ? 0.5 : 1.0);

        if (!a->offset || !b->offset || a->unit == BZ_GAUSSIAN || b->unit == BZ_GAUSSIAN)
            continue;
        for (size_t i = 0; i < a->size; i++)
            constant -= d * a->offset[i] * bz_cpu()->dot(m->couplings[c].weight + i * b->size, b->offset, b->size);
    }
    return constant;
}
