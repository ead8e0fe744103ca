/* The update rule against finite differences of exact likelihoods, for every unit type and kind of graph. */
#include "learn.h"
#include "learning_case.h"
#include "mem.h"
#include "oracle_machines.h"
#include "parameters.h"
#include "unit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bz_error err;

/* --- one update, as a gradient --- */

struct feed {
    const struct bz_machine *m;
    const struct case_rows *rows;
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
    return (struct train_rule){.algorithm = TRAIN_PCD,
                               .sweeps = 0,
                               .mean_field_steps = 300,
                               .at_rest = 1e-6f,
                               .centred = centred,
                               .min_log_sigma = -9};
}

/* The machine after one step of rate 1 with the model's statistics exact, offsets held; `model` are the states of the chains.
 */
static struct bz_machine *after_rule(const struct bz_machine *m, const struct case_rows *data, const struct case_rows *model,
                                     const struct train_rule *rule)
{
    struct train_learner *l;
    struct bz_machine *result;
    struct feed feed = {m, data};
    assert_int_equal(train_learner_new(&l, m, rule, data->n + 2, model->n, 1, NULL, &err), 0); /* a batch that is not full */
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

static struct bz_machine *after_step(const struct bz_machine *m, const struct case_rows *data, const struct case_rows *model,
                                     bool centred)
{
    const struct train_rule rule = plain_rule(centred);
    return after_rule(m, data, model, &rule);
}

static double variance_of(const struct bz_layer *l, size_t i)
{
    return bz_unit_type(l->unit)->scaled ? exp(2 * (double)l->log_sigma[i]) : 1;
}

static void check(double step, double want, const char *what, const char *layer, size_t i)
{
    if (fabs(step - want) > 3e-4 * fmax(1, fabs(want)))
        fail_msg("%s of %s, entry %zu: the step is %.6f, the gradient %.6f", what, layer, i, step, want);
}

/* A gradient g of log sigma multiplies s^2 by 1 + 2g, or by a half if that is more. */
static double sigma_step(double gradient)
{
    return 0.5 * log(1 + 2 * fmax(gradient, -0.25));
}

/* Every parameter moves by its derivative of the objective, in the natural scale of gaussian layers (times s^2). m: with
 * offsets if the step is centred, without if not. */
static void check_steps(struct bz_machine *m, const struct case_rows *data, const struct case_rows *model, bool centred)
{
    struct bz_machine *after = after_step(m, data, model, centred);
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        for (size_t i = 0; i < layer->size; i++) {
            float *bias = bz_machine_bias(m, l), *log_sigma = bz_machine_log_sigma(m, l);
            check((double)(after->layers[l].bias[i] - bias[i]), variance_of(layer, i) * case_slope(m, data, bias + i, NULL),
                  "bias", layer->name, i);
            if (log_sigma && bz_is_visible(layer))
                check((double)(after->layers[l].log_sigma[i] - log_sigma[i]),
                      sigma_step(case_slope(m, data, log_sigma + i, NULL)), "log_sigma", layer->name, i);
        }
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_coupling *k = &m->couplings[c];
        const struct bz_layer *a = &m->layers[k->a], *b = &m->layers[k->b];
        float *w = bz_machine_weight(m, c);
        for (size_t n = 0; n < bz_coupling_weights(m, c); n++) {
            const size_t i = k->index ? k->index[n][0] : n / b->size, j = k->index ? k->index[n][1] : n % b->size;
            float *twin = a == b && !k->index ? w + j * b->size + i : NULL;
            if (a == b && j <= i)
                continue;
            const double want = variance_of(a, i) * variance_of(b, j) * case_slope(m, data, w + n, twin);
            check((double)(after->couplings[c].weight[n] - w[n]), want, "weight to", b->name, n);
        }
    }
    bz_machine_free(after);
}

/* Copies with and without offsets of the same distribution, each checked with the rule that goes with it. */
static void check_both(struct bz_machine *m, const struct case_rows *data)
{
    bool all[MAX_LAYERS], none[MAX_LAYERS] = {false};
    float values[MAX_LAYERS][16];
    const float *offset[MAX_LAYERS] = {NULL};
    struct bz_machine *centred, *plain;
    const bool gaussian = m->layers[0].unit == BZ_GAUSSIAN && m->layers[0].size == 2;
    bool unbounded = false; /* hidden units */
    for (size_t l = 0; l < m->n_layers; l++)
        unbounded = unbounded || (!bz_is_visible(&m->layers[l]) && bz_unit_type(m->layers[l].unit)->has_sigma);
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
    assert_true(fabs(case_objective(plain, data) - case_objective(centred, data)) < 1e-5); /* offsets change nothing */

    struct bz_machine *both[2] = {plain, centred};
    for (int k = 0; k < 2; k++) {
        struct case_rows *model = gaussian ? case_gaussian_grid(both[k]) : unbounded ? case_visible_states(both[k]) : NULL;
        if (!model && data->counts[0][0] > 0) { /* documents of the data's own lengths */
            model = case_rows_new(m, MAX_STATES);
            for (size_t r = 0; r < data->n; r++) {
                struct case_rows *part = case_all_states(both[k], (size_t)data->counts[0][r]);
                for (size_t l = 0; l < m->n_layers; l++) {
                    memcpy(model->x[l] + model->n * m->layers[l].size, part->x[l], part->n * m->layers[l].size * sizeof(float));
                    memcpy(model->counts[l] + model->n, part->counts[l], part->n * sizeof(float));
                }
                for (size_t i = 0; i < part->n; i++)
                    model->weight[model->n + i] = part->weight[i] / (double)data->n;
                model->n += part->n;
                case_rows_free(part);
            }
        } else if (!model) {
            model = case_all_states(both[k], 0);
        }
        check_steps(both[k], data, model, k == 1);
        case_rows_free(model);
    }
    bz_machine_free(plain);
    bz_machine_free(centred);
}

/* Data of n rows whose visible layers are in states start, start + stride .. */
static struct case_rows *some_data(const struct bz_machine *m, size_t n, const size_t *words)
{
    struct case_rows *rows = case_rows_new(m, n);
    rows->n = n;
    for (size_t r = 0; r < n; r++) {
        size_t state = 5 + 7 * r;
        for (size_t l = 0; l < m->n_layers; l++) {
            rows->counts[l][r] = words ? (float)words[r] : 0;
            if (bz_is_visible(&m->layers[l]))
                case_set_state(&m->layers[l], rows->x[l] + r * m->layers[l].size, state, words ? words[r] : 0);
        }
    }
    return rows;
}

static void steps_are_gradients_of_log_p(struct bz_machine *m, size_t n, const size_t *words)
{
    struct case_rows *data = some_data(m, n, words);
    check_both(m, data);
    case_rows_free(data);
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

/* Every hidden type beside spins and beside softmax groups. */
static void step_is_the_gradient_for_every_hidden_type(void **state)
{
    (void)state;
    for (int u = 0; u < BZ_N_UNITS; u++)
        if (bz_unit_type((enum bz_unit)u)->hidden) {
            steps_are_gradients_of_log_p(oracle_pair(BZ_SPIN, (enum bz_unit)u), 3, NULL);
            steps_are_gradients_of_log_p(oracle_pair(BZ_SOFTMAX, (enum bz_unit)u), 3, NULL);
        }
    steps_are_gradients_of_log_p(oracle_self_coupled(BZ_SPIN), 3, NULL);
}

static void step_is_the_gradient_of_sparse_couplings(void **state)
{
    (void)state;
    steps_are_gradients_of_log_p(oracle_sparse(BZ_BERNOULLI, BZ_BERNOULLI), 3, NULL);
    steps_are_gradients_of_log_p(oracle_sparse(BZ_SPIN, BZ_SPIN), 3, NULL);
    steps_are_gradients_of_log_p(oracle_sparse(BZ_SOFTMAX, BZ_BERNOULLI), 3, NULL);
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
    struct case_rows *data = case_rows_new(m, 3);
    const float values[6] = {0.3f, -1.1f, 1.4f, 0.6f, -0.7f, 0.2f};
    data->n = 3;
    memcpy(data->x[0], values, sizeof(values));
    check_both(m, data);
    case_rows_free(data);
    bz_machine_free(m);
}

/* Two modalities of two types with pathways of their own, a label, a joint layer. */
static struct bz_machine *multimodal(enum bz_unit first, bool label)
{
    const struct bz_layer_spec layers[] = {{"one", BZ_VISIBLE, first, first == BZ_GAUSSIAN ? 1 : 3, 1, false},
                                           {"two", BZ_VISIBLE, BZ_BERNOULLI, 2, 1, false},
                                           {"a", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, false},
                                           {"b", BZ_HIDDEN, BZ_BERNOULLI, 1, 1, false},
                                           {"joint", BZ_HIDDEN, BZ_BERNOULLI, 1, 1, false},
                                           {"label", BZ_LABEL, BZ_SOFTMAX, 2, 1, false}};
    const struct bz_coupling_spec couplings[] = {{0, 2}, {1, 3}, {2, 4}, {3, 4}, {5, 4}};
    struct bz_machine *m;
    assert_int_equal(bz_machine_new(&m, "multimodal", layers, label ? 6 : 5, couplings, label ? 5 : 4, &err), 0);
    for (size_t i = 0; i < m->block_size; i++)
        m->block[i] = 0.7f * sinf(2.3f * (float)i + 0.9f);
    if (first == BZ_GAUSSIAN)
        bz_machine_log_sigma(m, 0)[0] = -0.2f;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

static void step_is_the_gradient_of_the_bound_multimodal_with_a_label(void **state)
{
    (void)state;
    steps_are_gradients_of_log_p(multimodal(BZ_SOFTMAX, true), 3, NULL);
}

static void step_is_the_gradient_of_the_bound_multimodal_with_a_gaussian(void **state)
{
    (void)state;
    struct bz_machine *m = multimodal(BZ_GAUSSIAN, false);
    struct case_rows *data = some_data(m, 3, NULL);
    const float values[3] = {0.4f, -1.2f, 0.9f};
    memcpy(data->x[0], values, sizeof(values));
    check_both(m, data);
    case_rows_free(data);
    bz_machine_free(m);
}

/* What the penalties add to a step of rate 1: decay takes its part of each weight, and of nothing else; sparsity moves the bias
 * of a hidden unit by how far its mean activity is from the target. */
static void penalties_move_what_they_are_about(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false), *after[3];
    struct case_rows *data = some_data(m, 3, NULL), *model = case_all_states(m, 0);
    struct train_rule rule[3] = {plain_rule(false), plain_rule(false), plain_rule(false)};
    rule[1].weight_decay = 0.125;
    rule[2].sparsity_cost = 0.5;
    rule[2].sparsity_target = 0.2;
    for (int k = 0; k < 3; k++)
        after[k] = after_rule(m, data, model, &rule[k]);
    for (size_t i = 0; i < 12; i++) {
        const double w = (double)m->couplings[0].weight[i], plain = (double)after[0]->couplings[0].weight[i];
        check((double)after[1]->couplings[0].weight[i] - plain, -0.125 * w, "decay", "weights", i);
        check((double)after[2]->couplings[0].weight[i] - plain, 0, "sparsity", "weights", i);
    }
    for (size_t l = 0; l < 2; l++)
        for (size_t j = 0; j < m->layers[l].size; j++) {
            double mean = 0;
            for (size_t r = 0; l == 1 && r < data->n; r++) {
                double x = (double)m->layers[1].bias[j];
                for (size_t i = 0; i < 4; i++)
                    x += (double)(data->x[0][r * 4 + i] * m->couplings[0].weight[i * 3 + j]);
                mean += 1 / (1 + exp(-x)) / (double)data->n;
            }
            const double plain = (double)after[0]->layers[l].bias[j];
            check((double)after[1]->layers[l].bias[j] - plain, 0, "decay", "biases", j);
            check((double)after[2]->layers[l].bias[j] - plain, l == 1 ? -0.5 * (mean - 0.2) : 0, "sparsity", "biases", j);
        }
    for (int k = 0; k < 3; k++)
        bz_machine_free(after[k]);
    case_rows_free(data);
    case_rows_free(model);
    bz_machine_free(m);
}

/* --- statistics by sampling --- */

/* Mean step of every parameter over many updates so short that the machine hardly moves, laid out as m->block. */
static double *mean_step(const struct bz_machine *m, const struct case_rows *data, enum train_algorithm algorithm,
                         size_t sweeps)
{
    enum { UPDATES = 400, WARM = 60 };
    const double rate = 1e-4;
    struct train_rule rule = plain_rule(false);
    struct train_learner *l;
    struct feed feed = {m, data};
    double *step = calloc(m->block_size, sizeof(*step));
    rule.algorithm = algorithm;
    rule.sweeps = sweeps;
    assert_int_equal(train_learner_new(&l, m, &rule, data->n, algorithm == TRAIN_CD ? data->n : 64, 3, NULL, &err), 0);
    for (size_t k = 0; k < WARM; k++)
        assert_int_equal(train_update(l, data->n, 0, 0, feed_rows, &feed, &err), 0);
    for (size_t k = 0; k < UPDATES; k++)
        assert_int_equal(train_update(l, data->n, rate, 0, feed_rows, &feed, &err), 0);
    for (size_t i = 0; i < m->block_size; i++)
        step[i] = ((double)l->m->block[i] - (double)m->block[i]) / (rate * UPDATES);
    train_learner_free(l);
    return step;
}

static void check_sampled(struct bz_machine *m, enum train_algorithm algorithm, size_t n, const char *what)
{
    struct case_rows *data = some_data(m, n, NULL);
    double *step = mean_step(m, data, algorithm, 2), worst = 0;
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t i = 0; i < m->layers[l].size; i++) {
            float *b = bz_machine_bias(m, l) + i;
            worst = fmax(worst, fabs(step[b - m->block] - case_slope(m, data, b, NULL)));
        }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t a = m->couplings[c].a, b = m->couplings[c].b, columns = m->layers[b].size;
        float *w = bz_machine_weight(m, c);
        for (size_t i = 0; i < m->layers[a].size; i++)
            for (size_t j = a == b ? i + 1 : 0; j < columns; j++)
                worst = fmax(worst, fabs(step[w + i * columns + j - m->block] -
                                         case_slope(m, data, w + i * columns + j, a == b ? w + j * columns + i : NULL)));
    }
    if (!(worst < 0.03)) /* about four standard errors of 400 x 64 correlated draws */
        fail_msg("%s, %s of %zu layers: steps differ from the gradient by %.4f", what, m->kind, m->n_layers, worst);
    free(step);
    case_rows_free(data);
    bz_machine_free(m);
}

static void steps_by_persistent_chains_and_tempering_are_gradients_on_average(void **state)
{
    (void)state;
    for (int pt = 0; pt < 2; pt++) {
        const enum train_algorithm algorithm = pt ? TRAIN_PT : TRAIN_PCD;
        const char *what = pt ? "pt" : "pcd";
        check_sampled(oracle_rbm(1, false), algorithm, 3, what);
        check_sampled(oracle_softmax(), algorithm, 3, what);
        check_sampled(oracle_dbm(false), algorithm, 3, what);
        check_sampled(oracle_lateral(false), algorithm, 3, what);
        check_sampled(multimodal(BZ_SOFTMAX, true), algorithm, 3, what);
    }
}

/* Probability of the bit pattern `bits` of n independent units with these inputs. */
static double pattern(const double *input, size_t n, size_t bits)
{
    double p = 1;
    for (size_t i = 0; i < n; i++)
        p *= 1 / (1 + exp(bits >> i & 1 ? -input[i] : input[i]));
    return p;
}

static void hidden_inputs(const struct bz_machine *m, size_t v, double x[3])
{
    for (size_t j = 0; j < 3; j++) {
        x[j] = (double)m->layers[1].bias[j];
        for (size_t i = 0; i < 4; i++)
            x[j] += v >> i & 1 ? (double)m->couplings[0].weight[i * 3 + j] : 0;
    }
}

/* CD-1: <v h>_data less <v' h(v')> one sweep on, the expectation over all h and v' summed out. */
static void steps_of_contrastive_divergence_are_its_two_parts(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(2, false);
    struct case_rows *data = some_data(m, 64, NULL);
    double want[12] = {0}, worst = 0;
    for (size_t r = 0; r < data->n; r++) {
        size_t v = 0;
        double up[3], back[3], down[4];
        for (size_t i = 0; i < 4; i++)
            v |= (size_t)(data->x[0][r * 4 + i] > 0) << i;
        hidden_inputs(m, v, up);
        for (size_t k = 0; k < 12; k++)
            want[k] += (v >> (k / 3) & 1 ? 1 / (1 + exp(-up[k % 3])) : 0) / (double)data->n;
        for (size_t h = 0; h < 8; h++)
            for (size_t w = 0; w < 16; w++) {
                for (size_t i = 0; i < 4; i++) {
                    down[i] = (double)m->layers[0].bias[i];
                    for (size_t j = 0; j < 3; j++)
                        down[i] += h >> j & 1 ? (double)m->couplings[0].weight[i * 3 + j] : 0;
                }
                hidden_inputs(m, w, back);
                const double p = pattern(up, 3, h) * pattern(down, 4, w) / (double)data->n;
                for (size_t k = 0; k < 12; k++)
                    want[k] -= w >> (k / 3) & 1 ? p / (1 + exp(-back[k % 3])) : 0;
            }
    }
    double *step = mean_step(m, data, TRAIN_CD, 1);
    for (size_t k = 0; k < 12; k++)
        worst = fmax(worst, fabs(step[bz_machine_weight(m, 0) - m->block + k] - want[k]));
    if (!(worst < 0.015))
        fail_msg("the step differs from its expectation by %.4f", worst);
    free(step);
    case_rows_free(data);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step_is_the_gradient_rbm),
        cmocka_unit_test(step_is_the_gradient_softmax),
        cmocka_unit_test(step_is_the_gradient_counts_of_different_lengths),
        cmocka_unit_test(step_is_the_gradient_for_every_hidden_type),
        cmocka_unit_test(step_is_the_gradient_of_sparse_couplings),
        cmocka_unit_test(step_is_the_gradient_gaussian),
        cmocka_unit_test(step_is_the_gradient_of_the_bound_dbm),
        cmocka_unit_test(step_is_the_gradient_of_the_bound_three_hidden_layers),
        cmocka_unit_test(step_is_the_gradient_of_the_bound_lateral),
        cmocka_unit_test(step_is_the_gradient_of_the_bound_multimodal_with_a_label),
        cmocka_unit_test(step_is_the_gradient_of_the_bound_multimodal_with_a_gaussian),
        cmocka_unit_test(penalties_move_what_they_are_about),
        cmocka_unit_test(steps_by_persistent_chains_and_tempering_are_gradients_on_average),
        cmocka_unit_test(steps_of_contrastive_divergence_are_its_two_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
