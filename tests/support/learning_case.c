#include "learning_case.h"

#include "enumerate.h"
#include "mathx.h"

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

struct case_rows *case_visible_states(const struct bz_machine *m)
{
    struct case_rows *rows = case_rows_new(m, MAX_STATES);
    double log_p[MAX_STATES];
    for (size_t state = 0;; state++) {
        size_t left = state;
        float *held[MAX_LAYERS] = {NULL};
        uint8_t *known[MAX_LAYERS] = {NULL};
        assert_true(rows->n < MAX_STATES);
        for (size_t l = 0; l < m->n_layers; l++)
            if (bz_is_visible(&m->layers[l])) {
                held[l] = rows->x[l] + rows->n * m->layers[l].size;
                left = case_set_state(&m->layers[l], held[l], left, 0);
            }
        if (left)
            break;
        log_p[rows->n++] = enum_log_sum(&(struct enumeration){.m = m, .t = 1, .held = held, .known = known});
    }
    const double log_z = bz_logsumexp(log_p, rows->n);
    for (size_t r = 0; r < rows->n; r++)
        rows->weight[r] = exp(log_p[r] - log_z);
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

double case_objective(const struct bz_machine *m, const struct case_rows *data)
{
    double sum = 0;
    for (size_t r = 0; r < data->n; r++) {
        float *held[MAX_LAYERS] = {NULL};
        uint8_t *known[MAX_LAYERS] = {NULL};
        double counts[MAX_LAYERS] = {0};
        for (size_t l = 0; l < m->n_layers; l++) {
            if (bz_is_visible(&m->layers[l]))
                held[l] = data->x[l] + r * m->layers[l].size;
            counts[l] = (double)data->counts[l][r];
        }
        struct enumeration e = {.m = m, .t = 1, .counts = counts, .held = held, .known = known};
        sum += bz_machine_hidden_independent(m) ? enum_log_sum(&e) : best_bound(m, data, r);
        e.held = NULL;
        e.known = NULL;
        sum -= enum_log_sum(&e);
    }
    return sum / (double)data->n;
}

double case_slope(struct bz_machine *m, const struct case_rows *data, float *parameter, float *twin)
{
    const float at = *parameter, h = 0x1p-7f;
    double up, down;
    *parameter = at + h;
    if (twin)
        *twin = at + h;
    bz_machine_prepare_layers(m);
    up = case_objective(m, data);
    *parameter = at - h;
    if (twin)
        *twin = at - h;
    bz_machine_prepare_layers(m);
    down = case_objective(m, data);
    *parameter = at;
    if (twin)
        *twin = at;
    bz_machine_prepare_layers(m);
    return (up - down) / (2 * (double)h);
}
