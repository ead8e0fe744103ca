/* Annealed importance sampling, reverse AIS, RAISE and clamped AIS against enumeration of tiny machines. */
#include "ais.h"
#include "enumerate.h"
#include "gibbs.h"
#include "mem.h"
#include "oracle_machines.h"
#include "rows.h"
#include "test.h"
#include "unit.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 100, BETAS = 500 };

static struct bz_ais_options options_for(const struct bz_base *base, double *betas, size_t n_betas, size_t runs, uint64_t seed)
{
    bz_ais_schedule(betas, n_betas);
    return (struct bz_ais_options){.runs = runs, .betas = betas, .n_betas = n_betas, .seed = seed, .base = base};
}

static double exact_log_z(const struct bz_machine *m, const double *counts)
{
    const struct enumeration e = {.m = m, .t = 1.0, .counts = counts};

    return enum_log_sum(&e);
}

static void check_estimates(struct bz_machine *m, const double *counts)
{
    const double truth = exact_log_z(m, counts);
    struct bz_error err = {0};
    struct bz_base *base = NULL;
    double betas[BETAS];
    char what[200] = "";

    for (size_t l = 0; l < m->n_layers; l++)
        snprintf(what + strlen(what), sizeof(what) - strlen(what), " %s", bz_unit_name(m->layers[l].unit));
    assert_int_equal(bz_base_new(&base, m, NULL, NULL, &err), 0);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct bz_ais_options o = options_for(base, betas, BETAS, RUNS, seed);
        struct bz_ais_result r;

        o.counts = counts;
        o.fixed = seed != 2;
        assert_int_equal(bz_ais(m, &o, NULL, &r, &err), 0);
        if (!(fabs(r.log_z - truth) < 4 * r.stderr_ + 1e-6))
            fail_msg("%s of%s, seed %d: log Z %.6f +- %.6f, exact %.6f", m->kind, what, (int)seed, r.log_z, r.stderr_, truth);
        assert_true(r.stderr_ < 0.2);
        assert_true(r.reliable);
        assert_true(r.ess > RUNS / 2.0 && r.ess <= RUNS * 1.000001);
    }
    bz_base_free(base);
    bz_machine_free(m);
}

static void estimates_lie_within_their_error_for_every_kind_of_machine(void **state)
{
    const double two[8] = {2, 2, 2, 2, 2, 2, 2, 2}, nothing[2] = {0, 0};
    struct bz_machine *m;

    (void)state;
    for (size_t i = 0; (m = oracle_number(i)); i++)
        if (strcmp(m->kind, "rbm") || m->layers[0].size != 4 || m->layers[1].size != 4) /* pydeep's modes are far apart */
            check_estimates(m, two);
        else
            bz_machine_free(m);
    check_estimates(oracle_counts(true), nothing);
}

/* Rows drawn from the machine itself: chains of a tiny machine forget their initial state within a few sweeps. */
static struct bz_chains *samples(const struct bz_machine *m, size_t n, double words)
{
    struct bz_error err = {0};
    struct bz_chains *c = NULL;
    struct bz_work *w = NULL;

    assert_int_equal(bz_chains_new(&c, m, n, &err), 0);
    assert_int_equal(bz_work_new(&w, m, &err), 0);
    c->s->n = n;
    for (size_t r = 0; r < n; r++) {
        c->seed[r] = 77;
        c->index[r] = (uint32_t)r;
        c->temperature[r] = 1.0;
        for (size_t l = 0; l < m->n_layers; l++)
            if (c->s->counts[l])
                c->s->counts[l][r] = (float)words;
    }
    bz_chains_init(c, 0, n, NULL, w);
    bz_gibbs(c, 0, n, 400, w);
    bz_work_free(w);
    return c;
}

/* With few temperatures both estimates are biased, in opposite directions: their means over many repetitions bracket the true
 * value. */
static void check_bracket(struct bz_machine *m, size_t few)
{
    enum { REPEATS = DRAWS_DIVISOR == 1 ? 300 : SANITIZED ? 75 : 150, MOST = 40, FEW_RUNS = 4, WORDS = 2 };
    const double counts[8] = {WORDS, WORDS, WORDS, WORDS, WORDS, WORDS, WORDS, WORDS}, truth = exact_log_z(m, counts);
    struct bz_error err = {0};
    struct bz_base *base = NULL;
    struct bz_chains *c = samples(m, REPEATS * FEW_RUNS, WORDS);
    struct bz_state *start = NULL;
    double betas[MOST], forward = 0, reverse = 0;

    assert_int_equal(bz_base_new(&base, m, NULL, NULL, &err), 0);
    assert_int_equal(bz_state_new(&start, m, FEW_RUNS, &err), 0);
    start->n = FEW_RUNS;
    for (size_t i = 0; i < REPEATS; i++) {
        struct bz_ais_options o = options_for(base, betas, few, FEW_RUNS, 1000 + i);
        struct bz_ais_result r;

        o.counts = counts;
        assert_int_equal(bz_ais(m, &o, NULL, &r, &err), 0);
        forward += r.log_z / REPEATS;
        for (size_t l = 0; l < m->n_layers; l++)
            memcpy(start->x[l], c->s->x[l] + i * FEW_RUNS * m->layers[l].size, FEW_RUNS * m->layers[l].size * sizeof(float));
        assert_int_equal(bz_ais_reverse(m, &o, start, NULL, &r, &err), 0);
        reverse += r.log_z / REPEATS;
    }
    if (!(forward < truth && truth < reverse))
        fail_msg("mean forward %.5f, exact %.5f, mean reverse %.5f: not in this order", forward, truth, reverse);
    if (!(reverse - forward < 2.0))
        fail_msg("mean forward %.5f, mean reverse %.5f: far apart", forward, reverse);
    bz_state_free(start);
    bz_chains_free(c);
    bz_base_free(base);
    bz_machine_free(m);
}

static void forward_and_reverse_estimates_enclose_log_z(void **state)
{
    (void)state;
    check_bracket(oracle_rbm(3.0, false), 10);
    check_bracket(oracle_dbm(true), 10);
    check_bracket(oracle_deep(false), 10);
    check_bracket(oracle_lateral(false), 10);
    check_bracket(oracle_softmax(), 10);
    check_bracket(oracle_gaussian(false), 40);
    check_bracket(oracle_counts(true), 10);
    check_bracket(oracle_mixed(), 40);
    check_bracket(oracle_self_coupled(BZ_MULTINOMIAL), 10);
    check_bracket(oracle_beside_counts(), 10);
    check_bracket(oracle_self_coupled(BZ_SPIN), 10);
    check_bracket(oracle_stack(BZ_SPIN, BZ_RELU), 40);
}

/* log p_ann(1010) of the eight-step annealing model, by exact enumeration of its chain (computed independently of this code).
 */
static void raise_converges_to_the_likelihood_of_the_annealing_model(void **state)
{
    const float v[4] = {1, 0, 1, 0};
    float base_bias[4] = {.3f, -.2f, .1f, .4f}, *bias[2] = {base_bias, NULL};
    double *deviation[2] = {NULL, NULL}, betas[9], log_p;
    const struct bz_base base = {.n_layers = 2, .bias = bias, .deviation = deviation};
    struct bz_machine *m = oracle_rbm(3.0, false);
    struct bz_error err = {0};
    struct bz_state *data = NULL;
    const struct bz_ais_options o = {.runs = 60000, .betas = betas, .n_betas = 9, .seed = 5, .base = &base};

    (void)state;
    for (int k = 0; k < 9; k++)
        betas[k] = k / 8.0;
    assert_int_equal(bz_state_new(&data, m, 1, &err), 0);
    data->n = 1;
    memcpy(data->x[0], v, sizeof(v));
    assert_int_equal(bz_raise(m, &o, data, &log_p, &err), 0);
    if (fabs(log_p - -7.223270660053) > 0.02)
        fail_msg("RAISE %.6f, the annealing model -7.223271", log_p);
    bz_state_free(data);
    bz_machine_free(m);
}

static void hold_row(const struct bz_state *s, size_t row, float **held)
{
    for (size_t l = 0; l < s->m->n_layers; l++)
        held[l] = bz_is_visible(&s->m->layers[l]) ? s->x[l] + row * s->m->layers[l].size : NULL;
}

/* Over samples of the machine itself the mean of RAISE is below the mean log p, up to its sampling error. */
static void check_raise_below(struct bz_machine *m)
{
    enum { ROWS = 200, FEW = 6, WORDS = 2 };
    struct bz_error err = {0};
    struct bz_base *base = NULL;
    const double counts[8] = {WORDS, WORDS, WORDS, WORDS, WORDS, WORDS, WORDS, WORDS}, log_z = exact_log_z(m, counts);
    struct bz_chains *c = samples(m, ROWS, WORDS);
    double betas[FEW], log_p[ROWS], raise = 0, exact = 0, squares = 0;
    struct bz_ais_options o;

    assert_int_equal(bz_base_new(&base, m, NULL, NULL, &err), 0);
    o = options_for(base, betas, FEW, 50, 3);
    o.counts = counts;
    assert_int_equal(bz_raise(m, &o, c->s, log_p, &err), 0);
    for (size_t r = 0; r < ROWS; r++) {
        float *held[8] = {NULL};
        uint8_t *known[8] = {NULL};
        const struct enumeration e = {.m = m, .t = 1.0, .held = held, .known = known, .counts = counts};

        hold_row(c->s, r, held);
        const double truth = enum_log_sum(&e) - log_z;
        raise += log_p[r] / ROWS;
        exact += truth / ROWS;
        squares += (log_p[r] - truth) * (log_p[r] - truth) / ROWS;
    }
    const double error = sqrt((squares - (raise - exact) * (raise - exact)) / ROWS);
    if (!(raise <= exact + 3 * error && raise > exact - 1.0))
        fail_msg("mean RAISE %.5f, mean log p %.5f", raise, exact);
    bz_base_free(base);
    bz_chains_free(c);
    bz_machine_free(m);
}

static void raise_is_below_log_p_on_average_over_samples(void **state)
{
    (void)state;
    check_raise_below(oracle_rbm(3.0, true));
    check_raise_below(oracle_dbm(false));
    check_raise_below(oracle_lateral(false));
    check_raise_below(oracle_deep(true));
    check_raise_below(oracle_softmax());
    check_raise_below(oracle_gaussian(true));
    check_raise_below(oracle_counts(true));
    check_raise_below(oracle_mixed());
    check_raise_below(oracle_stack(BZ_RELU, BZ_SPIN));
    check_raise_below(oracle_stack(BZ_BERNOULLI, BZ_GAUSSIAN));
}

static void clamped_runs_estimate_the_free_energy_of_a_row(void **state)
{
    struct bz_machine *machines[] = {oracle_dbm(true), oracle_deep(false), oracle_lateral(true), oracle_mixed()};
    const double counts[8] = {3, 3, 3, 3, 3, 3, 3, 3};
    struct bz_error err = {0};

    (void)state;
    for (size_t k = 0; k < 4; k++) {
        struct bz_machine *m = machines[k];
        struct bz_chains *c = samples(m, 5, 3);
        struct bz_base *base = NULL;
        double betas[200], log_f[5], error[5];
        struct bz_ais_options o;

        assert_int_equal(bz_base_new(&base, m, NULL, NULL, &err), 0);
        o = options_for(base, betas, 200, 100, 9);
        o.counts = counts;
        assert_int_equal(bz_ais_rows(m, &o, c->s, log_f, error, &err), 0);
        for (size_t r = 0; r < 5; r++) {
            float *held[8] = {NULL};
            uint8_t *known[8] = {NULL};
            const struct enumeration e = {.m = m, .t = 1.0, .held = held, .known = known, .counts = counts};

            hold_row(c->s, r, held);
            const double truth = enum_log_sum(&e);

            if (!(fabs(log_f[r] - truth) < 4.5 * error[r] + 1e-6))
                fail_msg("machine %zu, row %zu: %.6f +- %.6f, exact %.6f", k, r, log_f[r], error[r], truth);
        }
        bz_base_free(base);
        bz_chains_free(c);
        bz_machine_free(m);
    }
}

/* Three threads that take tasks as they come. */
struct three {
    struct bz_parallel par;
    size_t next, n;
    void (*task)(void *, size_t);
    void *arg;
    pthread_mutex_t lock;
};

static void *take_tasks(void *p)
{
    struct three *t = p;

    for (;;) {
        pthread_mutex_lock(&t->lock);
        const size_t i = t->next++;
        pthread_mutex_unlock(&t->lock);
        if (i >= t->n)
            return NULL;
        t->task(t->arg, i);
    }
}

static void run_three(struct bz_parallel *self, size_t n, void (*task)(void *, size_t), void *arg)
{
    struct three *t = (struct three *)self;
    pthread_t thread[3];

    t->next = 0;
    t->n = n;
    t->task = task;
    t->arg = arg;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, take_tasks, t), 0);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
}

static void the_number_of_threads_changes_no_bit(void **state)
{
    struct three three = {.par = {.threads = 3, .run = run_three}, .lock = PTHREAD_MUTEX_INITIALIZER};
    struct bz_machine *m = oracle_dbm(true);
    struct bz_error err = {0};
    struct bz_base *base = NULL;
    double betas[50], one[70], many[70];
    struct bz_ais_options o;
    struct bz_ais_result r;

    (void)state;
    assert_int_equal(bz_base_new(&base, m, NULL, NULL, &err), 0);
    o = options_for(base, betas, 50, 70, 11);
    assert_int_equal(bz_ais(m, &o, one, &r, &err), 0);
    o.par = &three.par;
    assert_int_equal(bz_ais(m, &o, many, &r, &err), 0);
    assert_memory_equal(one, many, sizeof(one));
    bz_base_free(base);
    bz_machine_free(m);
}

/* A machine whose units are nearly always on: a uniform base distribution hardly ever proposes such states, one at the
 * machine's own rates does. */
static void a_bad_base_is_called_unreliable(void **state)
{
    const struct bz_layer_spec layers[2] = {{"v", BZ_VISIBLE, BZ_BERNOULLI, 300, 1, false},
                                            {"h", BZ_HIDDEN, BZ_BERNOULLI, 1, 1, false}};
    const struct bz_coupling_spec coupling = {0, 1};
    struct bz_machine *m = NULL;
    struct bz_error err = {0};
    struct bz_base *base = NULL;
    double betas[4], mean[300];
    const double *means[2] = {mean, NULL};
    struct bz_ais_options o;
    struct bz_ais_result r;

    (void)state;
    assert_int_equal(bz_machine_new(&m, "rbm", layers, 2, &coupling, 1, &err), 0);
    for (size_t i = 0; i < 300; i++) {
        bz_machine_bias(m, 0)[i] = 4.0f;
        mean[i] = 1 / (1 + exp(-4.0));
    }
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_int_equal(bz_base_new(&base, m, NULL, NULL, &err), 0);
    o = options_for(base, betas, 4, 50, 1);
    assert_int_equal(bz_ais(m, &o, NULL, &r, &err), 0);
    assert_false(r.reliable);
    bz_base_free(base);
    assert_int_equal(bz_base_new(&base, m, means, NULL, &err), 0);
    o.base = base;
    assert_int_equal(bz_ais(m, &o, NULL, &r, &err), 0);
    assert_true(r.reliable);
    bz_base_free(base);
    bz_machine_free(m);
}

/* Weights and biases of ten thousand in every kind of machine: every estimate is still a number. */
static void huge_energies_stay_finite(void **state)
{
    enum { FEW = 100, ROWS = 4 };
    const double counts[8] = {2, 2, 2, 2, 2, 2, 2, 2};
    struct bz_error err = {0};
    struct bz_machine *m;

    (void)state;
    for (size_t k = 0; (m = oracle_number(k)); k++) {
        struct bz_base *base = NULL;
        double betas[FEW], value[ROWS], error[ROWS];
        struct bz_ais_result r;

        for (size_t l = 0; l < m->n_layers; l++)
            for (size_t i = 0; i < m->layers[l].size; i++)
                bz_machine_bias(m, l)[i] *= 1e4f;
        for (size_t c = 0; c < m->n_couplings; c++)
            for (size_t i = 0; i < bz_coupling_weights(m, c); i++)
                bz_machine_weight(m, c)[i] *= bz_unit_type(m->layers[m->couplings[c].a].unit)->has_sigma &&
                                                      bz_unit_type(m->layers[m->couplings[c].b].unit)->has_sigma
                                                  ? 1.0f /* otherwise there is no density */
                                                  : 1e4f;
        assert_int_equal(bz_machine_prepare(m, &err), 0);
        assert_int_equal(bz_base_new(&base, m, NULL, NULL, &err), 0);
        struct bz_chains *c = samples(m, ROWS, 2);
        struct bz_ais_options o = options_for(base, betas, FEW, 20, 1);

        o.counts = counts;
        assert_int_equal(bz_ais(m, &o, NULL, &r, &err), 0);
        assert_true(isfinite(r.log_z) && isfinite(r.stderr_) && isfinite(r.ess) && isfinite(r.spread));
        assert_int_equal(bz_ais_reverse(m, &o, c->s, NULL, &r, &err), 0);
        assert_true(isfinite(r.log_z) && isfinite(r.stderr_));
        assert_int_equal(bz_ais_rows(m, &o, c->s, value, error, &err), 0);
        for (size_t i = 0; i < ROWS; i++)
            assert_true(isfinite(value[i]) && isfinite(error[i]));
        assert_int_equal(bz_raise(m, &o, c->s, value, &err), 0);
        for (size_t i = 0; i < ROWS; i++)
            if (!isfinite(value[i]))
                fail_msg("%s, machine %zu, row %zu: RAISE %g", m->kind, k, i, value[i]);
        bz_chains_free(c);
        bz_base_free(base);
        bz_machine_free(m);
    }
}

static void options_out_of_range_are_refused(void **state)
{
    struct bz_machine *m = oracle_counts(false);
    struct bz_error err = {0};
    struct bz_base *base = NULL;
    double betas[10];
    struct bz_ais_options o;
    struct bz_ais_result r;

    (void)state;
    assert_int_equal(bz_base_new(&base, m, NULL, NULL, &err), 0);
    o = options_for(base, betas, 10, 10, 1);
    assert_int_equal(bz_ais(m, &o, NULL, &r, &err), -1); /* counts are missing */
    assert_non_null(strstr(err.msg, "counts"));
    o.runs = 0;
    assert_int_equal(bz_ais(m, &o, NULL, &r, &err), -1);
    o.runs = 10;
    betas[0] = 0.1;
    assert_int_equal(bz_ais(m, &o, NULL, &r, &err), -1);
    bz_base_free(base);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_lie_within_their_error_for_every_kind_of_machine),
        cmocka_unit_test(forward_and_reverse_estimates_enclose_log_z),
        cmocka_unit_test(raise_converges_to_the_likelihood_of_the_annealing_model),
        cmocka_unit_test(raise_is_below_log_p_on_average_over_samples),
        cmocka_unit_test(clamped_runs_estimate_the_free_energy_of_a_row),
        cmocka_unit_test(the_number_of_threads_changes_no_bit),
        cmocka_unit_test(a_bad_base_is_called_unreliable),
        cmocka_unit_test(huge_energies_stay_finite),
        cmocka_unit_test(options_out_of_range_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
