#include "learning_case.h"

#include "enumerate.h"
#include "mathx.h"
#include "unit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GRID = 120 };

struct case_rows *case_rows_new(const struct bz_machine *m, size_t room)
{
    struct case_rows *rows = calloc(1, sizeof(*rows));
    for (size_t l = 0; l < m->n_layers; l++) {
        rows->x[l] = calloc(room * m->layers[l].size, sizeof(float));
        rows->counts[l] = calloc(room, sizeof(float));
    }
    return rows;
}

void case_rows_free(struct case_rows *rows)
{
    for (size_t l = 0; l < MAX_LAYERS; l++) {
        free(rows->x[l]);
        free(rows->counts[l]);
    }
    free(rows);
}

static double state_energy(const struct bz_machine *m, const struct case_rows *rows, size_t r)
{
    double buffer[MAX_LAYERS][16], *x[MAX_LAYERS], counts[MAX_LAYERS] = {0};
    for (size_t l = 0; l < m->n_layers; l++) {
        x[l] = buffer[l];
        for (size_t i = 0; i < m->layers[l].size; i++) {
            buffer[l][i] = (double)rows->x[l][r * m->layers[l].size + i];
            counts[l] += m->layers[l].unit == BZ_MULTINOMIAL ? buffer[l][i] : 0;
        }
    }
    return enum_energy(m, x, counts);
}

size_t case_set_state(const struct bz_layer *l, float *x, size_t state, size_t words)
{
    const size_t groups = l->unit == BZ_MULTINOMIAL ? words : l->unit == BZ_SOFTMAX ? l->groups : l->size;
    const size_t base = l->unit == BZ_MULTINOMIAL ? l->size
                        : l->unit == BZ_SOFTMAX   ? l->size / l->groups
                        : l->unit == BZ_GAUSSIAN  ? GRID
                                                  : 2;
    memset(x, 0, l->size * sizeof(float));
    for (size_t g = 0; g < groups; g++, state /= base)
        if (l->unit == BZ_MULTINOMIAL)
            x[state % base]++;
        else if (l->unit == BZ_SOFTMAX)
            x[g * base + state % base] = 1;
        else if (l->unit == BZ_GAUSSIAN)
            x[g] = -8 + 16.0f * (float)(state % base) / (GRID - 1);
        else
            x[g] = (float)(state % base) * (l->unit == BZ_SPIN ? 2 : 1) - (l->unit == BZ_SPIN ? 1 : 0);
    return state;
}

struct case_rows *case_all_states(const struct bz_machine *m, size_t words)
{
    struct case_rows *rows = case_rows_new(m, MAX_STATES);
    double energy[MAX_STATES];
    for (size_t state = 0;; state++) {
        size_t left = state;
        assert_true(rows->n < MAX_STATES);
        for (size_t l = 0; l < m->n_layers; l++) {
            left = case_set_state(&m->layers[l], rows->x[l] + rows->n * m->layers[l].size, left, words);
            rows->counts[l][rows->n] = (float)words;
        }
        if (left)
            break;
        energy[rows->n] = -state_energy(m, rows, rows->n);
        rows->n++;
    }
    double log_z = bz_logsumexp(energy, rows->n);
    for (size_t r = 0; r < rows->n; r++)
        rows->weight[r] = exp(energy[r] - log_z);
    return rows;
}

struct case_rows *case_gaussian_grid(const struct bz_machine *m)
{
    enum { SIDE = 90 };
    struct case_rows *rows = case_rows_new(m, MAX_STATES);
    double log_p[MAX_STATES];
    for (size_t r = 0; r < SIDE * SIDE; r++) {
        float v[2] = {-8 + 16.0f * (float)(r / SIDE) / (SIDE - 1), -8 + 16.0f * (float)(r % SIDE) / (SIDE - 1)};
        float *held[MAX_LAYERS] = {v};
        uint8_t *known[MAX_LAYERS] = {NULL};
        memcpy(rows->x[0] + 2 * r, v, sizeof(v));
        log_p[r] = enum_log_sum(&(struct enumeration){.m = m, .t = 1, .held = held, .known = known});
    }
    rows->n = SIDE * SIDE;
    double log_z = bz_logsumexp(log_p, rows->n);
    for (size_t r = 0; r < rows->n; r++)
        rows->weight[r] = exp(log_p[r] - log_z);
    return rows;
}

/* --- the objective --- */

/* -E(v, mu) + H(mu) at the mean-field fixed point, found by coordinate ascent from mu = 1/2. */
static double best_bound(const struct bz_machine *m, const struct case_rows *data, size_t r)
{
    double buffer[MAX_LAYERS][16], *x[MAX_LAYERS], entropy = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        x[l] = buffer[l];
        for (size_t i = 0; i < m->layers[l].size; i++)
            buffer[l][i] = bz_is_visible(&m->layers[l]) ? (double)data->x[l][r * m->layers[l].size + i] : 0.5;
    }
    for (size_t sweep = 0; sweep < 500; sweep++)
        for (size_t l = 0; l < m->n_layers; l++)
            for (size_t i = 0; !bz_is_visible(&m->layers[l]) && i < m->layers[l].size; i++) {
                buffer[l][i] = 1;
                double on = enum_energy(m, x, NULL);
                buffer[l][i] = 0;
                buffer[l][i] = 1 / (1 + exp(on - enum_energy(m, x, NULL)));
            }
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t i = 0; !bz_is_visible(&m->layers[l]) && i < m->layers[l].size; i++)
            entropy -= buffer[l][i] * log(buffer[l][i]) + (1 - buffer[l][i]) * log(1 - buffer[l][i]);
    return entropy - enum_energy(m, x, NULL);
}

/* Over layer l alone, unit by unit: they are independent given the other layers, and their integrals need many points. */
static double log_sum_of_units(const struct enumeration *e, float **held, uint8_t **known_of, size_t l)
{
    float zeros[16] = {0};
    uint8_t known[16];
    const size_t size = e->m->layers[l].size;
    held[l] = zeros;
    const double none = enum_log_sum(e);
    double sum = none;
    known_of[l] = known;
    for (size_t i = 0; i < size; i++) {
        for (size_t j = 0; j < size; j++)
            known[j] = i != j;
        sum += enum_log_sum(e) - none;
    }
    return sum;
}

double case_log_sum(const struct bz_machine *m, const struct case_rows *rows, size_t r, size_t summed)
{
    float *held[MAX_LAYERS] = {NULL};
    uint8_t *known[MAX_LAYERS] = {NULL};
    double counts[MAX_LAYERS] = {0};
    size_t n = 0, last = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        counts[l] = (double)rows->counts[l][r];
        if (summed == CASE_HIDDEN ? bz_is_visible(&m->layers[l]) : summed != CASE_ALL && l != summed)
            held[l] = rows->x[l] + r * m->layers[l].size;
        else
            last = l, n++;
    }
    struct enumeration e = {.m = m, .t = 1, .counts = counts, .held = held, .known = known};
    const enum bz_unit unit = m->layers[last].unit;
    return n == 1 && (unit == BZ_RELU || unit == BZ_DRELU) ? log_sum_of_units(&e, held, known, last) : enum_log_sum(&e);
}

double case_log_p(const struct case_goal *g, const struct bz_machine *m, size_t layer, size_t coupling)
{
    double sum = 0;
    (void)layer;
    (void)coupling;
    for (size_t r = 0; r < g->data->n; r++)
        sum += (bz_machine_hidden_independent(m) ? case_log_sum(m, g->data, r, CASE_HIDDEN) : best_bound(m, g->data, r)) -
               case_log_sum(m, g->data, r, CASE_ALL);
    return sum / (double)g->data->n;
}

static void prepare(struct bz_machine *m)
{
    struct bz_error err;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
}

double case_slope(struct bz_machine *m, const struct case_goal *g, size_t layer, size_t coupling, float *parameter, float *twin)
{
    const float at = *parameter, h = 0x1p-7f;
    double up, down;
    *parameter = at + h;
    if (twin)
        *twin = at + h;
    prepare(m);
    up = g->at(g, m, layer, coupling);
    *parameter = at - h;
    if (twin)
        *twin = at - h;
    prepare(m);
    down = g->at(g, m, layer, coupling);
    *parameter = at;
    if (twin)
        *twin = at;
    prepare(m);
    return (up - down) / (2 * (double)h);
}

/* --- one update, as a gradient --- */

void case_feed_rows(void *arg, struct bz_state *data, size_t first, size_t n)
{
    const struct case_feed *f = arg;
    for (size_t l = 0; l < f->m->n_layers; l++) {
        const size_t size = f->m->layers[l].size;
        if (!bz_is_visible(&f->m->layers[l]))
            continue;
        memcpy(data->x[l] + first * size, f->rows->x[l] + first * size, n * size * sizeof(float));
        for (size_t r = first; data->counts[l] && r < first + n; r++)
            data->counts[l][r] = f->rows->counts[l][r];
    }
}

struct train_rule case_rule(bool centred)
{
    return (struct train_rule){.algorithm = TRAIN_PCD,
                               .sweeps = 0,
                               .mean_field_steps = 300,
                               .at_rest = 1e-6f,
                               .centred = centred,
                               .min_log_sigma = -9};
}

struct bz_machine *case_after(const struct bz_machine *m, const struct case_rows *data, const struct case_rows *model,
                              const struct train_rule *rule)
{
    struct bz_error err;
    struct train_learner *l;
    struct bz_machine *result;
    struct case_feed feed = {m, data};
    assert_int_equal(train_learner_new(&l, m, rule, data->n + 2, model->n, 1, NULL, &err), 0); /* a batch that is not full */
    l->chains_ready = true;
    for (size_t i = 0; i < m->n_layers; i++) {
        memcpy(l->chains->s->x[i], model->x[i], model->n * m->layers[i].size * sizeof(float));
        for (size_t r = 0; l->chains->s->counts[i] && r < model->n; r++)
            l->chains->s->counts[i][r] = model->counts[i][r];
    }
    for (size_t r = 0; r < model->n; r++)
        l->running.weight[r] = -(float)model->weight[r];
    assert_int_equal(train_update(l, data->n, 1, 0, case_feed_rows, &feed, &err), 0);
    assert_int_equal(train_learner_new_result(l, &result, &err), 0);
    train_learner_free(l);
    return result;
}

static double variance_of(const struct bz_layer *l, size_t i)
{
    return bz_unit_type(l->unit)->scaled ? exp(2 * (double)l->log_sigma[i]) : 1;
}

void case_check_step(double step, double want, const char *what, const char *layer, size_t i)
{
    if (fabs(step - want) > 3e-4 * fmax(1, fabs(want)))
        fail_msg("%s of %s, entry %zu: the step is %.6f, the gradient %.6f", what, layer, i, step, want);
}

/* Deviations are learned for visible layers only, and not if a coupled layer has deviations too. */
static bool learns_sigma(const struct bz_machine *m, size_t l)
{
    bool alone = bz_is_visible(&m->layers[l]) && m->layers[l].log_sigma;
    for (size_t k = 0; k < m->n_links[l]; k++)
        alone = alone && !bz_unit_type(m->layers[m->links[l][k].layer].unit)->has_sigma;
    return alone;
}

/* The stride at which n parameters are checked. */
static size_t stride(const struct case_goal *g, size_t n)
{
    return g->most && n > g->most ? (n + g->most - 1) / g->most : 1;
}

/* A gradient g of log sigma multiplies s^2 by 1 + 2g, or by a half if that is more. */
static double sigma_step(double gradient)
{
    return 0.5 * log(1 + 2 * fmax(gradient, -0.25));
}

void case_check_steps(struct bz_machine *m, const struct case_goal *g, bool centred)
{
    const struct train_rule rule = case_rule(centred);
    struct bz_machine *after = case_after(m, g->data, g->model, &rule);
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        float *bias = bz_machine_bias(m, l), *log_sigma = bz_machine_log_sigma(m, l);
        for (size_t i = 0; i < layer->size; i += stride(g, layer->size)) {
            case_check_step((double)(after->layers[l].bias[i] - bias[i]),
                            variance_of(layer, i) * case_slope(m, g, l, SIZE_MAX, bias + i, NULL), "bias", layer->name, i);
            if (learns_sigma(m, l))
                case_check_step((double)(after->layers[l].log_sigma[i] - log_sigma[i]),
                                sigma_step(case_slope(m, g, l, SIZE_MAX, log_sigma + i, NULL)), "log_sigma", layer->name, i);
        }
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_coupling *k = &m->couplings[c];
        const struct bz_layer *a = &m->layers[k->a], *b = &m->layers[k->b];
        float *w = bz_machine_weight(m, c);
        for (size_t n = a == b && !k->index; n < bz_coupling_weights(m, c); n += stride(g, bz_coupling_weights(m, c))) {
            const size_t i = k->index ? k->index[n][0] : n / b->size, j = k->index ? k->index[n][1] : n % b->size;
            float *twin = a == b && !k->index ? w + j * b->size + i : NULL;
            if (a == b && j <= i)
                continue;
            const double want = variance_of(a, i) * variance_of(b, j) * case_slope(m, g, k->a, c, w + n, twin);
            case_check_step((double)(after->couplings[c].weight[n] - w[n]), want, "weight to", b->name, n);
        }
    }
    bz_machine_free(after);
}
