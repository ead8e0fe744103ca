/* Multi-prediction's gradient against finite differences of its loss, and the loss against one written out by hand. */
#include "multi_pass.h"

#include "linalg.h"
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

enum { ROWS = 3, PASSES = 3 };

/* Rows in the domains of their units; in each, one unit or group is hidden and one left out, except in a first layer that is
 * fixed. */
static void fill(struct train_pass *p, bool fixed, bool dropped)
{
    const struct bz_machine *m = p->m;
    p->n = ROWS;
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        const bool softmax = layer->unit == BZ_SOFTMAX;
        const struct bz_exclusion *e = &layer->exclusion;
        const size_t k = softmax ? layer->size / layer->groups : 1, groups = e->group ? e->n : layer->size / k;
        for (size_t i = 0; p->counts[l] && i < ROWS * layer->size; i++) { /* the last of such layers is asked for */
            const size_t r = i / layer->size;
            p->x[l][i] = (float)((5 * r + i) % 4);
            p->asked[l][i] = l + 1 == m->n_layers;
            p->shown[l][i] = !p->asked[l][i];
            p->counts[l][r] = (i % layer->size ? p->counts[l][r] : 0) + (p->asked[l][i] ? 2 : p->x[l][i]);
        }
        for (size_t i = 0; bz_is_visible(layer) && !p->counts[l] && i < ROWS * layer->size; i++) {
            const size_t r = i / layer->size, u = i % layer->size, g = e->group ? e->group[u] : u / k;
            const bool on = softmax    ? u % k == (r + g) % k
                            : e->group ? e->unit[e->first[g]] == u && (r + g) % 3 > 0
                                       : (5 * r + u) % 3 == 1;
            p->x[l][i] = layer->unit == BZ_GAUSSIAN ? (float)sin((double)(3 * r + u))
                         : layer->unit == BZ_SPIN   ? (on ? 1.0f : -1.0f)
                                                    : (float)on;
            const bool whole = fixed && l == 0;
            p->asked[l][i] = !whole && (g + r) % groups == 0;
            p->shown[l][i] = whole || (!p->asked[l][i] && (g + r) % groups != 1);
        }
    }
    for (size_t r = 0; r < ROWS; r++)
        p->weight[r] = 0.3f + 0.2f * (float)r;
    for (size_t l = 0; dropped && l < m->n_layers; l++)
        for (size_t i = 0; p->kept[l] && i < ROWS * m->layers[l].size; i++)
            p->kept[l][i] = i % 3 == 1 ? 0 : 1.5f;
    p->keep = dropped ? 2.0f / 3 : 1;
}

static double loss_of(struct train_pass *p, struct bz_machine *m)
{
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return train_pass_forward(p);
}

static void check(struct train_pass *p, struct bz_machine *m, float *parameter, const char *what, size_t i)
{
    const float kept = *parameter, by = 2e-2f, gradient = p->gradient[parameter - m->block];
    *parameter = kept + by;
    const double up = loss_of(p, m), to = (double)*parameter;
    *parameter = kept - by;
    const double down = loss_of(p, m), from = (double)*parameter;
    *parameter = kept;
    const double want = -(up - down) / (to - from);
    if (fabs((double)gradient - want) > 2e-3 * fmax(1, fabs(want)))
        fail_msg("%s %zu: gradient %.6f, finite difference %.6f", what, i, (double)gradient, want);
}

/* The base means that sweeps start from depend on biases too, which the gradient ignores: there is no such dependence if the
 * changed biases are those of a layer that is read only after it has been inferred. */
static void assert_gradient(struct bz_machine *borrowed, bool fixed, bool dropped)
{
    struct bz_machine *m;
    struct train_pass p;
    assert_int_equal(train_machine_copy(&m, borrowed, NULL, &err), 0);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_int_equal(train_may_multi(m, 0, &err), 0);
    assert_int_equal(train_pass_new(&p, m, ROWS + 1, PASSES, &err), 0);
    fill(&p, fixed, dropped);
    train_pass_forward(&p);
    train_pass_backward(&p);
    for (size_t c = 0; c < m->n_couplings; c++)
        for (size_t i = 0; i < bz_coupling_weights(m, c); i++)
            check(&p, m, bz_machine_weight(m, c) + i, "weight", i);
    for (size_t j = 0; fixed && (m->n_layers == 2 || m->layers[1].near_counts) && j < m->layers[1].size; j++)
        check(&p, m, bz_machine_bias(m, 1) + j, "hidden bias", j);
    train_pass_free(&p);
    bz_machine_free(m);
    bz_machine_free(borrowed);
}

/* Hidden units above bits and words, of which the former or the latter are shown. */
static struct bz_machine *bits_and_words(bool words_last)
{
    const struct bz_layer_spec bits = {"bits", BZ_VISIBLE, BZ_BERNOULLI, 4, 1, false},
                               words = {"words", BZ_VISIBLE, BZ_MULTINOMIAL, 3, 1, true};
    const struct bz_layer_spec layers[] = {
        words_last ? bits : words, {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 3, 1, true}, words_last ? words : bits};
    const struct bz_coupling_spec couplings[] = {{0, 1}, {1, 2}};
    struct bz_machine *m;
    assert_int_equal(bz_machine_new(&m, "rbm", layers, 3, couplings, 2, &err), 0);
    for (size_t i = 0; i < m->block_size; i++)
        m->block[i] = 0.4f * (float)sin(1.7 * (double)i);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

static void gradients_go_back_through_all_sweeps(void **state)
{
    (void)state;
    assert_int_equal(train_linalg_load(&err), 0);
    assert_gradient(oracle_rbm(1, true), false, false);
    assert_gradient(oracle_dbm(true), false, false);
    assert_gradient(oracle_deep(true), false, false);
    assert_gradient(oracle_gaussian(true), false, false);
    assert_gradient(oracle_softmax(), false, false);
    assert_gradient(oracle_labelled(true), false, false);
    assert_gradient(oracle_labelled(true), true, false); /* pixels fixed, classes predicted */
    assert_gradient(oracle_labelled(false), true, false);
    assert_gradient(oracle_pair(BZ_SPIN, BZ_SPIN), false, false);
    assert_gradient(oracle_pair(BZ_EXCLUSIVE, BZ_BERNOULLI), false, false);
    assert_gradient(oracle_stack(BZ_BERNOULLI, BZ_SPIN), false, false);
    assert_gradient(oracle_stack(BZ_BERNOULLI, BZ_SPIN), false, true);
    assert_gradient(oracle_deep(true), true, true);
    assert_gradient(bits_and_words(true), true, false);
    assert_gradient(bits_and_words(true), false, true);
    assert_gradient(bits_and_words(false), false, false);
}

/* A machine without hidden effects: what is hidden costs minus its log probability by its bias. */
static void the_loss_is_minus_log_p(void **state)
{
    (void)state;
    struct bz_machine *borrowed = oracle_rbm(0, false), *m;
    struct train_pass p;
    assert_int_equal(train_machine_copy(&m, borrowed, NULL, &err), 0);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_int_equal(train_pass_new(&p, m, ROWS, PASSES, &err), 0);
    fill(&p, false, false);
    double want = 0;
    for (size_t i = 0; i < ROWS * m->layers[0].size; i++) {
        const double q = 1 / (1 + exp(-(double)m->layers[0].bias[i % m->layers[0].size]));
        if (p.asked[0][i])
            want -= (double)p.weight[i / m->layers[0].size] * log(p.x[0][i] > 0.5f ? q : 1 - q);
    }
    assert_true(fabs(train_pass_forward(&p) - want) < 1e-5);
    train_pass_free(&p);
    bz_machine_free(m);
    bz_machine_free(borrowed);
}

/* Pairs of equal bits, one of which is hidden: only the other one determines it. */
static void what_is_hidden_is_learned_from_what_is_shown(void **state)
{
    (void)state;
    enum { N = 64 };
    float values[N * 4];
    float *x[2] = {values, NULL};
    for (size_t r = 0; r < N; r++)
        for (size_t i = 0; i < 4; i++)
            values[r * 4 + i] = (float)(r >> i / 2 & 1);
    const struct train_multi_data data = {.rows = N, .x = x};
    const struct train_multi_settings s = {.layer = -1,
                                           .passes = 8,
                                           .updates = 400,
                                           .batch = 16,
                                           .rate = 0.05,
                                           .valid_fraction = 0.25,
                                           .optimizer = TRAIN_ADAM,
                                           .seed = 1};
    struct bz_machine *borrowed = oracle_rbm(0.1, true), *m;
    struct train_multi_result result;
    assert_int_equal(train_machine_copy(&m, borrowed, NULL, &err), 0);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_int_equal(train_multi(m, &data, &s, &result, &err), 0);
    assert_true(result.start > 0.6 && result.loss < 0.5); /* if both bits of a pair are hidden, nothing determines them */
    assert_true(result.best > 0 && result.valid == N / 4);
    train_multi_free(&result);
    bz_machine_free(m);
    bz_machine_free(borrowed);
}

static size_t best_class(const float *p)
{
    size_t best = 0;
    for (size_t k = 1; k < 3; k++)
        best = p[k] > p[best] ? k : best;
    return best;
}

/* The classes that a machine predicts, and that machine with its evidence halved: the factor found at the end undoes the
 * halving, and moves no other weights. */
static void evidence_is_scaled_by_what_held_out_rows_say(void **state)
{
    (void)state;
    enum { N = 64 };
    float pixels[N * 5], labels[N * 3] = {0};
    float *x[3] = {pixels, NULL, labels};
    struct bz_machine *borrowed = oracle_labelled(false), *m;
    struct train_multi_result result;
    struct train_pass p;
    assert_int_equal(train_machine_copy(&m, borrowed, NULL, &err), 0);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_int_equal(train_pass_new(&p, m, N, PASSES, &err), 0);
    p.n = N;
    for (size_t i = 0; i < sizeof(pixels) / sizeof(pixels[0]); i++)
        p.x[0][i] = pixels[i] = (float)(i / 5 >> i % 5 & 1);
    memset(p.shown[0], 1, sizeof(pixels) / sizeof(pixels[0]));
    train_pass_forward(&p);
    for (size_t r = 0; r < N; r++)
        labels[3 * r + best_class(p.mean[2][PASSES] + 3 * r)] = 1;
    train_pass_free(&p);
    for (size_t i = 0; i < 5 * 4; i++)
        bz_machine_weight(m, 0)[i] /= 2;
    assert_int_equal(bz_machine_prepare(m, &err), 0);

    const struct train_multi_data data = {.rows = N, .x = x};
    struct train_multi_settings s = {.layer = 2,
                                     .passes = PASSES,
                                     .updates = 1,
                                     .batch = 16,
                                     .rate = 1e-9,
                                     .valid_fraction = 0.5,
                                     .optimizer = TRAIN_ADAM,
                                     .seed = 1};
    assert_int_equal(train_multi(m, &data, &s, &result, &err), 0);
    assert_true(result.scale > 1.4 && result.loss < 0.9 * result.start);
    for (size_t i = 0; i < 5 * 4; i++)
        assert_true(fabs(m->couplings[0].weight[i] - borrowed->couplings[0].weight[i] * result.scale / 2) < 1e-5);
    for (size_t i = 0; i < 4 * 3; i++)
        assert_true(fabs(m->couplings[1].weight[i] - borrowed->couplings[1].weight[i]) < 1e-5);
    train_multi_free(&result);

    s.valid_fraction = 0; /* no held-out rows to find it from */
    assert_int_equal(train_multi(m, &data, &s, &result, &err), 0);
    assert_true(result.scale == 1);
    train_multi_free(&result);
    bz_machine_free(m);
    bz_machine_free(borrowed);
}

/* Rows in which the layer is unknown have nothing to predict, so they are neither learned from nor held out. */
static void rows_without_what_is_predicted_are_left_out(void **state)
{
    (void)state;
    enum { N = 64, LABELLED = 8 };
    float pixels[N * 5] = {0}, labels[N * 3] = {0};
    uint8_t known[N * 3] = {0};
    float *x[3] = {pixels, NULL, labels};
    uint8_t *masks[3] = {NULL, NULL, known};
    struct bz_machine *borrowed = oracle_labelled(false), *m;
    struct train_multi_result result;
    assert_int_equal(train_machine_copy(&m, borrowed, NULL, &err), 0);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    const struct train_multi_data data = {.rows = N, .x = x, .known = masks};
    const struct train_multi_settings s = {.layer = 2,
                                           .passes = 2,
                                           .updates = 3,
                                           .batch = 16,
                                           .rate = 0.001,
                                           .valid_fraction = 0.5,
                                           .optimizer = TRAIN_ADAM,
                                           .seed = 1};
    assert_int_equal(train_multi(m, &data, &s, &result, &err), -1);
    assert_non_null(strstr(err.msg, "no row has a value of layer label"));
    train_multi_free(&result);
    for (size_t r = 0; r < N; r += N / LABELLED) {
        memset(known + 3 * r, 1, 3);
        labels[3 * r + r % 3] = 1;
    }
    assert_int_equal(train_multi_rows(m, &data, 2), LABELLED);
    assert_int_equal(train_multi(m, &data, &s, &result, &err), 0);
    assert_int_equal(result.learned, LABELLED / 2);
    assert_int_equal(result.valid, LABELLED / 2);
    assert_true(result.start > 0.2); /* nats of classes, not diluted by rows without one */
    train_multi_free(&result);
    bz_machine_free(m);
    bz_machine_free(borrowed);
}

static void other_machines_are_refused(void **state)
{
    (void)state;
    struct bz_machine *const others[] = {oracle_counts(false), oracle_lateral(false), oracle_sparse(BZ_BERNOULLI, BZ_BERNOULLI),
                                         oracle_pair(BZ_BERNOULLI, BZ_RELU)};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_int_equal(train_may_multi(others[i], -1, &err), -1);
        assert_int_equal(err.code, BZ_UNSUPPORTED);
        bz_machine_free(others[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_go_back_through_all_sweeps),
        cmocka_unit_test(the_loss_is_minus_log_p),
        cmocka_unit_test(what_is_hidden_is_learned_from_what_is_shown),
        cmocka_unit_test(evidence_is_scaled_by_what_held_out_rows_say),
        cmocka_unit_test(rows_without_what_is_predicted_are_left_out),
        cmocka_unit_test(other_machines_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
