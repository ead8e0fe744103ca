/* The update rule against finite differences of exact likelihoods, for every unit type and kind of graph. */
#include "enumerate.h"
#include "kernels.h"
#include "learn.h"
#include "mathx.h"
#include "mem.h"
#include "oracle_machines.h"
#include "parameters.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_LAYERS = 16, MAX_STATES = 1 << 13 };

/* ---- a case: a machine, data for it, and its exact distribution ---- */

struct rows { /* of complete states; hidden layers matter only where they are states of the chains */
    size_t n;
    float *x[MAX_LAYERS];
    float *counts[MAX_LAYERS];
    double weight[MAX_STATES];
};

static struct bz_error err;

static struct rows *rows_new(const struct bz_machine *m, size_t room)
{
    struct rows *rows = calloc(1, sizeof(*rows));
    for (size_t l = 0; l < m->n_layers; l++) {
        rows->x[l] = calloc(room * m->layers[l].size, sizeof(float));
        rows->counts[l] = calloc(room, sizeof(float));
    }
    return rows;
}

static void rows_free(struct rows *rows)
{
    for (size_t l = 0; l < MAX_LAYERS; l++) {
        free(rows->x[l]);
        free(rows->counts[l]);
    }
    free(rows);
}

static double state_energy(const struct bz_machine *m, const struct rows *rows, size_t r)
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

/* Sets one layer of a row to state number `state` of its layer (bernoulli: bits; softmax: digits; multinomial: digits, a word
 * each) and returns the state that is left for the others. */
static size_t set_state(const struct bz_layer *l, float *x, size_t state, size_t words)
{
    const size_t groups = l->unit == BZ_MULTINOMIAL ? words : l->unit == BZ_SOFTMAX ? l->groups : l->size;
    const size_t base = l->unit == BZ_MULTINOMIAL ? l->size : l->unit == BZ_SOFTMAX ? l->size / l->groups : 2;
    memset(x, 0, l->size * sizeof(float));
    for (size_t g = 0; g < groups; g++, state /= base)
        if (l->unit == BZ_MULTINOMIAL)
            x[state % base]++;
        else if (l->unit == BZ_SOFTMAX)
            x[g * base + state % base] = 1;
        else
            x[g] = (float)(state % base);
    return state;
}

/* Every joint state with its probability (ordered words, so each order of a document is a state). */
static struct rows *all_states(const struct bz_machine *m, size_t words)
{
    struct rows *rows = rows_new(m, MAX_STATES);
    double energy[MAX_STATES];
    for (size_t state = 0;; state++) {
        size_t left = state;
        assert_true(rows->n < MAX_STATES);
        for (size_t l = 0; l < m->n_layers; l++) {
            left = set_state(&m->layers[l], rows->x[l] + rows->n * m->layers[l].size, left, words);
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

/* The visible distribution of a machine with one gaussian visible layer of 2 units, as a fine grid (the trapezoid rule of a
 * smooth density that has died out at the ends is exact to rounding). Hidden states are not needed: the rule uses means. */
static struct rows *gaussian_grid(const struct bz_machine *m)
{
    enum { SIDE = 90 };
    struct rows *rows = rows_new(m, MAX_STATES);
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

/* ---- the objective ---- */

/* -E(v, mu) + H(mu) at the mean-field fixed point, found by coordinate ascent from mu = 1/2. */
static double best_bound(const struct bz_machine *m, const struct rows *data, size_t r)
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

/* Mean over the data of log p(v), or of its mean-field bound where the posterior is not a product. */
static double objective(const struct bz_machine *m, const struct rows *data)
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

/* Symmetric difference of the objective by one parameter (a lateral weight: with its twin). */
static double slope(struct bz_machine *m, const struct rows *data, float *parameter, float *twin)
{
    const float at = *parameter, h = 0x1p-7f;
    double up, down;
    *parameter = at + h;
    if (twin)
        *twin = at + h;
    bz_machine_prepare_layers(m);
    up = objective(m, data);
    *parameter = at - h;
    if (twin)
        *twin = at - h;
    bz_machine_prepare_layers(m);
    down = objective(m, data);
    *parameter = at;
    if (twin)
        *twin = at;
    bz_machine_prepare_layers(m);
    return (up - down) / (2 * (double)h);
}

/* ---- one update, as a gradient ---- */

struct feed {
    const struct bz_machine *m;
    const struct rows *rows;
};

static void feed_rows(void *arg, struct bz_state *data, size_t first, size_t n)
{
    const struct feed *f = arg;
    for (size_t l = 0; l < f->m->n_layers; l++) {
        const size_t size = f->m->layers[l].size;
        if (!bz_is_visible(&f->m->layers[l]))
            continue;
        memcpy(data->x[l] + first * size, f->rows->x[l] + first * size, n * size * sizeof(float));
        for (size_t r = first; data->counts[l] && r < first + n; r++)
            data->counts[l][r] = f->rows->counts[l][r];
    }
}

static struct train_rule plain_rule(bool centred)
{
    return (struct train_rule){
        .algorithm = TRAIN_PCD, .sweeps = 0, .mean_field_steps = 300, .centred = centred, .min_log_sigma = -9};
}

/* The machine after one step of rate 1 with the model's statistics exact, offsets held; `model` are the states of the chains.
 */
static struct bz_machine *after_step(const struct bz_machine *m, const struct rows *data, const struct rows *model,
                                     bool centred)
{
    struct train_rule rule = plain_rule(centred);
    struct train_learner *l;
    struct bz_machine *result;
    struct feed feed = {m, data};
    assert_int_equal(train_learner_new(&l, m, &rule, data->n + 2, model->n, 1, NULL, &err), 0); /* a batch that is not full */
    l->chains_ready = true;
    for (size_t i = 0; i < m->n_layers; i++) {
        memcpy(l->chains->s->x[i], model->x[i], model->n * m->layers[i].size * sizeof(float));
        for (size_t r = 0; l->chains->s->counts[i] && r < model->n; r++)
            l->chains->s->counts[i][r] = model->counts[i][r];
    }
    for (size_t r = 0; r < model->n; r++)
        l->running.weight[r] = -(float)model->weight[r];
    assert_int_equal(train_update(l, data->n, 1, 0, feed_rows, &feed, &err), 0);
    assert_int_equal(train_learner_new_result(l, &result, &err), 0);
    train_learner_free(l);
    return result;
}

static double variance_of(const struct bz_layer *l, size_t i)
{
    return l->log_sigma ? exp(2 * (double)l->log_sigma[i]) : 1;
}

static void check(double step, double want, const char *what, const char *layer, size_t i)
{
    if (fabs(step - want) > 3e-4 * fmax(1, fabs(want)))
        fail_msg("%s of %s, entry %zu: the step is %.6f, the gradient %.6f", what, layer, i, step, want);
}

/* Every parameter moves by its derivative of the objective, in the natural scale of gaussian layers (times s^2). m: with
 * offsets if the step is centred, without if not. */
static void check_steps(struct bz_machine *m, const struct rows *data, const struct rows *model, bool centred)
{
    struct bz_machine *after = after_step(m, data, model, centred);
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        for (size_t i = 0; i < layer->size; i++) {
            float *bias = bz_machine_bias(m, l), *log_sigma = bz_machine_log_sigma(m, l);
            check((double)(after->layers[l].bias[i] - bias[i]), variance_of(layer, i) * slope(m, data, bias + i, NULL), "bias",
                  layer->name, i);
            if (log_sigma)
                check((double)(after->layers[l].log_sigma[i] - log_sigma[i]), slope(m, data, log_sigma + i, NULL), "log_sigma",
                      layer->name, i);
        }
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_layer *a = &m->layers[m->couplings[c].a], *b = &m->layers[m->couplings[c].b];
        float *w = bz_machine_weight(m, c);
        for (size_t i = 0; i < a->size; i++)
            for (size_t j = a == b ? i + 1 : 0; j < b->size; j++) {
                float *twin = a == b ? w + j * b->size + i : NULL;
                double want = variance_of(a, i) * variance_of(b, j) * slope(m, data, w + i * b->size + j, twin);
                check((double)(after->couplings[c].weight[i * b->size + j] - w[i * b->size + j]), want, "weight to", b->name,
                      i * b->size + j);
            }
    }
    bz_machine_free(after);
}

/* Copies with and without offsets of the same distribution, each checked with the rule that goes with it. */
static void check_both(struct bz_machine *m, const struct rows *data)
{
    bool all[MAX_LAYERS], none[MAX_LAYERS] = {false};
    float values[MAX_LAYERS][16];
    const float *offset[MAX_LAYERS] = {NULL};
    struct bz_machine *centred, *plain;
    const bool gaussian = m->layers[0].unit == BZ_GAUSSIAN;
    for (size_t l = 0; l < m->n_layers; l++) {
        all[l] = true;
        for (size_t i = 0; i < m->layers[l].size; i++)
            values[l][i] = 0.25f + 0.0625f * (float)((3 * l + 5 * i) % 7);
        offset[l] = train_may_offset(m, l) ? values[l] : NULL;
    }
    assert_int_equal(train_machine_copy(&plain, m, none, &err), 0);
    assert_int_equal(bz_machine_prepare(plain, &err), 0);
    assert_int_equal(train_machine_copy(&centred, plain, all, &err), 0);
    train_set_offsets(centred, offset);
    assert_int_equal(bz_machine_prepare(centred, &err), 0);
    assert_true(fabs(objective(plain, data) - objective(centred, data)) < 1e-5); /* offsets change nothing */

    struct bz_machine *both[2] = {plain, centred};
    for (int k = 0; k < 2; k++) {
        struct rows *model = gaussian ? gaussian_grid(both[k]) : NULL;
        if (!gaussian && data->counts[0][0] > 0) { /* documents of the data's own lengths */
            model = rows_new(m, MAX_STATES);
            for (size_t r = 0; r < data->n; r++) {
                struct rows *part = all_states(both[k], (size_t)data->counts[0][r]);
                for (size_t l = 0; l < m->n_layers; l++) {
                    memcpy(model->x[l] + model->n * m->layers[l].size, part->x[l], part->n * m->layers[l].size * sizeof(float));
                    memcpy(model->counts[l] + model->n, part->counts[l], part->n * sizeof(float));
                }
                for (size_t i = 0; i < part->n; i++)
                    model->weight[model->n + i] = part->weight[i] / (double)data->n;
                model->n += part->n;
                rows_free(part);
            }
        } else if (!gaussian) {
            model = all_states(both[k], 0);
        }
        check_steps(both[k], data, model, k == 1);
        rows_free(model);
    }
    bz_machine_free(plain);
    bz_machine_free(centred);
}

/* Data of n rows whose visible layers are in states start, start + stride .. */
static struct rows *some_data(const struct bz_machine *m, size_t n, const size_t *words)
{
    struct rows *rows = rows_new(m, n);
    rows->n = n;
    for (size_t r = 0; r < n; r++) {
        size_t state = 5 + 7 * r;
        for (size_t l = 0; l < m->n_layers; l++) {
            rows->counts[l][r] = words ? (float)words[r] : 0;
            if (bz_is_visible(&m->layers[l]))
                set_state(&m->layers[l], rows->x[l] + r * m->layers[l].size, state, words ? words[r] : 0);
        }
    }
    return rows;
}

static void steps_are_gradients_of_log_p(struct bz_machine *m, size_t n, const size_t *words)
{
    struct rows *data = some_data(m, n, words);
    check_both(m, data);
    rows_free(data);
    bz_machine_free(m);
}

static void step_is_the_gradient_rbm(void **state)
{
    (void)state;
    steps_are_gradients_of_log_p(oracle_rbm(1, false), 3, NULL);
}

static void step_is_the_gradient_softmax(void **state)
{
    (void)state;
    steps_are_gradients_of_log_p(oracle_softmax(), 3, NULL);
}

static void step_is_the_gradient_counts_of_different_lengths(void **state)
{
    (void)state;
    steps_are_gradients_of_log_p(oracle_counts(false), 3, (const size_t[]){2, 4, 3});
}

static void step_is_the_gradient_of_the_bound_dbm(void **state)
{
    (void)state;
    steps_are_gradients_of_log_p(oracle_dbm(false), 3, NULL);
}

static void step_is_the_gradient_of_the_bound_three_hidden_layers(void **state)
{
    (void)state;
    steps_are_gradients_of_log_p(oracle_deep(false), 2, NULL);
}

static void step_is_the_gradient_of_the_bound_lateral(void **state)
{
    (void)state;
    steps_are_gradients_of_log_p(oracle_lateral(false), 3, NULL);
}

static void step_is_the_gradient_gaussian(void **state)
{
    (void)state;
    const struct bz_layer_spec layers[] = {{"v", BZ_VISIBLE, BZ_GAUSSIAN, 2, 1, false},
                                           {"h", BZ_HIDDEN, BZ_BERNOULLI, 3, 1, false}};
    const struct bz_coupling_spec coupling = {0, 1};
    struct bz_machine *m;
    assert_int_equal(bz_machine_new(&m, "rbm", layers, 2, &coupling, 1, &err), 0);
    for (size_t i = 0; i < 6; i++)
        bz_machine_weight(m, 0)[i] = 0.8f * sinf(1.7f * (float)i + 0.4f);
    for (size_t i = 0; i < 2; i++) {
        bz_machine_bias(m, 0)[i] = 0.3f - 0.5f * (float)i;
        bz_machine_log_sigma(m, 0)[i] = -0.3f + 0.2f * (float)i;
    }
    for (size_t j = 0; j < 3; j++)
        bz_machine_bias(m, 1)[j] = 0.2f * (float)j - 0.3f;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    struct rows *data = rows_new(m, 3);
    const float values[6] = {0.3f, -1.1f, 1.4f, 0.6f, -0.7f, 0.2f};
    data->n = 3;
    memcpy(data->x[0], values, sizeof(values));
    check_both(m, data);
    rows_free(data);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step_is_the_gradient_rbm),
        cmocka_unit_test(step_is_the_gradient_softmax),
        cmocka_unit_test(step_is_the_gradient_counts_of_different_lengths),
        cmocka_unit_test(step_is_the_gradient_gaussian),
        cmocka_unit_test(step_is_the_gradient_of_the_bound_dbm),
        cmocka_unit_test(step_is_the_gradient_of_the_bound_three_hidden_layers),
        cmocka_unit_test(step_is_the_gradient_of_the_bound_lateral),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
