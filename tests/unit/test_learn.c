/* The update rule against finite differences of exact likelihoods, for every unit type and kind of graph. */
#include "infer.h"
#include "learning_case.h"
#include "mem.h"
#include "oracle_machines.h"
#include "parameters.h"
#include "rows.h"
#include "unit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bz_error err;

/* A copy without offsets, or with every offset that it may have (of the same distribution). */
static struct bz_machine *copy_of(const struct bz_machine *m, bool centred)
{
    bool with[MAX_LAYERS] = {false};
    float values[MAX_LAYERS][16];
    const float *offset[MAX_LAYERS] = {NULL};
    struct bz_machine *plain, *out;
    assert_int_equal(train_machine_copy(&plain, m, with, &err), 0);
    assert_int_equal(bz_machine_prepare(plain, &err), 0);
    if (!centred)
        return plain;
    for (size_t l = 0; l < m->n_layers; l++) {
        with[l] = true;
        for (size_t i = 0; i < m->layers[l].size; i++)
            values[l][i] = 0.25f + 0.0625f * (float)((3 * l + 5 * i) % 7);
        offset[l] = train_may_offset(m, l) ? values[l] : NULL;
    }
    assert_int_equal(train_machine_copy(&out, plain, with, &err), 0);
    train_set_offsets(out, offset);
    assert_int_equal(bz_machine_prepare(out, &err), 0);
    bz_machine_free(plain);
    return out;
}

/* Copies with and without offsets of the same distribution, each checked with the matching rule. */
static void check_both(struct bz_machine *m, const struct case_rows *data)
{
    const bool gaussian = m->layers[0].unit == BZ_GAUSSIAN && m->layers[0].size == 2;
    struct bz_machine *both[2] = {copy_of(m, false), copy_of(m, true)};
    const struct case_goal goal = {.at = case_log_p, .data = data};
    assert_true(fabs(goal.at(&goal, both[0], 0, SIZE_MAX) - goal.at(&goal, both[1], 0, SIZE_MAX)) <
                1e-5); /* offsets change nothing */

    for (int k = 0; k < 2; k++) {
        struct case_rows *model = gaussian ? case_gaussian_grid(both[k]) : NULL;
        if (!model && data->counts[0][0] > 0) { /* documents of the same lengths as the data's */
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
        case_check_steps(both[k], &(struct case_goal){.at = case_log_p, .data = data, .model = model}, k == 1);
        case_rows_free(model);
        bz_machine_free(both[k]);
    }
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

/* --- the table of machines --- */

enum { ROWS = 3, WORDS = 3, PER_TENSOR = 3 };

static bool keeps_means(const struct bz_machine *m, size_t l)
{
    return !bz_is_visible(&m->layers[l]) && !bz_machine_has_lateral(m, l);
}

/* The layer whose means replace the states of the chains for this parameter: of the two sides, the one drawn later; for a bias
 * or deviation of a visible layer, any layer that it is coupled to. */
static size_t by_means(const struct bz_machine *m, size_t layer, size_t coupling)
{
    size_t later = layer;
    if (coupling != SIZE_MAX) {
        const struct bz_coupling *c = &m->couplings[coupling];
        const bool a = bz_is_visible(&m->layers[c->a]), b = bz_is_visible(&m->layers[c->b]);
        later = a != b ? (a ? c->b : c->a) : c->a > c->b ? c->a : c->b;
    }
    for (size_t k = 0; k < m->n_links[layer] && coupling == SIZE_MAX && bz_is_visible(&m->layers[layer]); k++)
        if (keeps_means(m, m->links[layer][k].layer))
            later = m->links[layer][k].layer;
    return keeps_means(m, later) ? later : SIZE_MAX;
}

/* log p* of the data (its mean-field bound if the posterior is not a product) minus that of the chains' rows. With rows of the
 * machine's own distribution its gradient is that of log p; the step must follow it with any rows. */
static double contrast(const struct case_goal *g, const struct bz_machine *m, size_t layer, size_t coupling)
{
    const bool exact = bz_machine_hidden_independent(m);
    double sum = 0, bound[ROWS];
    if (!exact) {
        struct rows rows;
        rows_new(&rows, m, g->data->n, WORDS, 1);
        for (size_t l = 0; l < m->n_layers; l++)
            memcpy(rows.s->x[l], g->data->x[l], g->data->n * m->layers[l].size * sizeof(float));
        bz_mean_field(rows.s, 0, g->data->n, false, bound, rows.w);
        rows_free(&rows);
    }
    for (size_t r = 0; r < g->data->n; r++)
        sum += (exact ? case_log_sum(m, g->data, r, CASE_HIDDEN) : -bound[r]) / (double)g->data->n;
    for (size_t r = 0; r < g->model->n; r++)
        sum -= g->model->weight[r] * case_log_sum(m, g->model, r, by_means(m, layer, coupling));
    return sum;
}

static struct case_rows *any_rows(const struct bz_machine *m, uint64_t seed)
{
    struct case_rows *out = case_rows_new(m, ROWS);
    struct rows rows;
    rows_new(&rows, m, ROWS, WORDS, seed);
    out->n = ROWS;
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t r = 0; r < ROWS; r++) {
            const size_t size = m->layers[l].size;
            memcpy(out->x[l] + r * size, rows.s->x[l] + r * size, size * sizeof(float));
            out->counts[l][r] = m->layers[l].unit == BZ_MULTINOMIAL ? WORDS : 0;
            out->weight[r] = (double)(r + 1) / (ROWS * (ROWS + 1) / 2);
        }
    rows_free(&rows);
    return out;
}

static bool couples_counts(const struct bz_machine *m)
{
    for (size_t c = 0; c < m->n_couplings; c++)
        if (m->layers[m->couplings[c].a].unit == BZ_MULTINOMIAL && m->layers[m->couplings[c].b].unit == BZ_MULTINOMIAL)
            return true;
    return false;
}

/* In the centred form, means of a hidden layer are combined with its states, and they agree only on average: so only where no
 * two hidden units are coupled. */
static void step_is_the_gradient_for_every_machine_of_the_table(void **state)
{
    (void)state;
    bool visible[BZ_N_UNITS] = {false}, hidden[BZ_N_UNITS] = {false};
    struct bz_machine *m;
    for (size_t k = 0; (m = oracle_number(k)); bz_machine_free(m), k++) {
        if (couples_counts(m))
            continue; /* training refuses it */
        for (int centred = 0; centred <= bz_machine_hidden_independent(m); centred++) {
            struct bz_machine *copy = copy_of(m, centred);
            struct case_rows *data = any_rows(m, 2 * k), *model = any_rows(m, 2 * k + 1);
            case_check_steps(copy, &(struct case_goal){contrast, data, model, PER_TENSOR}, centred);
            case_rows_free(data);
            case_rows_free(model);
            bz_machine_free(copy);
        }
        for (size_t l = 0; l < m->n_layers; l++)
            (bz_is_visible(&m->layers[l]) ? visible : hidden)[m->layers[l].unit] = true;
    }
    for (int u = 0; u < BZ_N_UNITS; u++) {
        const struct bz_unit_type *type = bz_unit_type((enum bz_unit)u);
        if ((type->visible && !visible[u]) || (type->hidden && !hidden[u]))
            fail_msg("the table of machines lacks %s units", type->name);
    }
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

/* Two modalities of two types with separate pathways, a label, a joint layer. */
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

/* What the penalties add to a step of rate 1: decay takes its share of each weight, and of nothing else; sparsity moves the
 * bias of a hidden unit by how far its mean activity is from the target. */
static void penalties_move_what_they_are_about(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false), *after[3];
    struct case_rows *data = some_data(m, 3, NULL), *model = case_all_states(m, 0);
    struct train_rule rule[3] = {case_rule(false), case_rule(false), case_rule(false)};
    rule[1].weight_decay = 0.125;
    rule[2].sparsity_cost = 0.5;
    rule[2].sparsity_target = 0.2;
    for (int k = 0; k < 3; k++)
        after[k] = case_after(m, data, model, &rule[k]);
    for (size_t i = 0; i < 12; i++) {
        const double w = (double)m->couplings[0].weight[i], plain = (double)after[0]->couplings[0].weight[i];
        case_check_step((double)after[1]->couplings[0].weight[i] - plain, -0.125 * w, "decay", "weights", i);
        case_check_step((double)after[2]->couplings[0].weight[i] - plain, 0, "sparsity", "weights", i);
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
            case_check_step((double)after[1]->layers[l].bias[j] - plain, 0, "decay", "biases", j);
            case_check_step((double)after[2]->layers[l].bias[j] - plain, l == 1 ? -0.5 * (mean - 0.2) : 0, "sparsity", "biases",
                            j);
        }
    for (int k = 0; k < 3; k++)
        bz_machine_free(after[k]);
    case_rows_free(data);
    case_rows_free(model);
    bz_machine_free(m);
}

/* --- statistics by sampling --- */

/* Mean step of every parameter over many updates, so small that the machine hardly moves; laid out as m->block. */
static double *mean_step(const struct bz_machine *m, const struct case_rows *data, enum train_algorithm algorithm,
                         size_t sweeps)
{
    enum { UPDATES = 400, WARM = 60 };
    const double rate = 1e-4;
    struct train_rule rule = case_rule(false);
    struct train_learner *l;
    struct case_feed feed = {m, data};
    double *step = calloc(m->block_size, sizeof(*step));
    rule.algorithm = algorithm;
    rule.sweeps = sweeps;
    assert_int_equal(train_learner_new(&l, m, &rule, data->n, algorithm == TRAIN_CD ? data->n : 64, 3, NULL, &err), 0);
    for (size_t k = 0; k < WARM; k++)
        assert_int_equal(train_update(l, data->n, 0, 0, case_feed_rows, &feed, &err), 0);
    for (size_t k = 0; k < UPDATES; k++)
        assert_int_equal(train_update(l, data->n, rate, 0, case_feed_rows, &feed, &err), 0);
    for (size_t i = 0; i < m->block_size; i++)
        step[i] = ((double)l->m->block[i] - (double)m->block[i]) / (rate * UPDATES);
    train_learner_free(l);
    return step;
}

static void check_sampled(struct bz_machine *m, enum train_algorithm algorithm, size_t n, const char *what)
{
    struct case_rows *data = some_data(m, n, NULL);
    const struct case_goal goal = {.at = case_log_p, .data = data};
    double *step = mean_step(m, data, algorithm, 2), worst = 0;
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t i = 0; i < m->layers[l].size; i++) {
            float *b = bz_machine_bias(m, l) + i;
            worst = fmax(worst, fabs(step[b - m->block] - case_slope(m, &goal, l, SIZE_MAX, b, NULL)));
        }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t a = m->couplings[c].a, b = m->couplings[c].b, columns = m->layers[b].size;
        float *w = bz_machine_weight(m, c);
        for (size_t i = 0; i < m->layers[a].size; i++)
            for (size_t j = a == b ? i + 1 : 0; j < columns; j++)
                worst = fmax(worst, fabs(step[w + i * columns + j - m->block] -
                                         case_slope(m, &goal, a, c, w + i * columns + j, a == b ? w + j * columns + i : NULL)));
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

/* CD-1: <v h>_data minus <v' h(v')> one sweep later, the expectation being summed over all h and v'. */
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
        cmocka_unit_test(step_is_the_gradient_for_every_machine_of_the_table),
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
