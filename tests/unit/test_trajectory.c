/* Trajectory tempering leaves the machine's distribution as it is, visits separated modes in proportion, and yields log Z. */
#include "contradictions.h"
#include "exact.h"
#include "ladder_file.h"
#include "model_file.h"
#include "oracle_machines.h"
#include "stationary.h"
#include "test.h"
#include "trajectories.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double three_words[8] = {3, 3, 3, 3, 3, 3, 3, 3};

/* Rungs with the machine's (offset-free) biases and 0, 1/n ... of its weights. */
static struct bz_ladder *scaled_ladder(const struct bz_machine *m, size_t n)
{
    struct bz_error err = {0};
    struct bz_ladder *l = NULL;
    assert_int_equal(bz_ladder_new(&l, m, n, &err), 0);
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < m->n_layers; i++) {
            memcpy(bz_machine_bias(l->rung[k], i), m->layers[i].bias, m->layers[i].size * sizeof(float));
            if (m->layers[i].log_sigma)
                memcpy(bz_machine_log_sigma(l->rung[k], i), m->layers[i].log_sigma, m->layers[i].size * sizeof(float));
        }
        for (size_t c = 0; c < m->n_couplings; c++)
            for (size_t i = 0; i < bz_coupling_weights(m, c); i++)
                bz_machine_weight(l->rung[k], c)[i] = m->couplings[c].weight[i] * (float)k / (float)n;
        assert_int_equal(bz_machine_prepare(l->rung[k], &err), 0);
        l->update[k] = 10 * k;
    }
    l->n = n;
    return l;
}

static struct bz_trajectory *started(const struct bz_machine *m, const struct bz_ladder *l, size_t rows, struct bz_work **w)
{
    struct bz_error err = {0};
    struct bz_trajectory *t = NULL;
    assert_int_equal(bz_work_new(w, m, &err), 0);
    assert_int_equal(bz_trajectory_new(&t, l, m, rows, &err), 0);
    bz_trajectory_start(t, 5, 0, three_words, *w);
    return t;
}

static void check_stationary(struct bz_machine *m)
{
    enum { CHAINS = 32, DRAWS = 120 / DRAWS_DIVISOR, APART = 10 };
    struct stationary c;
    struct bz_work *w;
    struct bz_ladder *l = scaled_ladder(m, 3);
    struct bz_trajectory *t = started(m, l, CHAINS, &w);

    stationary_begin(&c, m, three_words);
    bz_trajectory_run(t, 100, w);
    for (int d = 0; d < DRAWS; d++) {
        bz_trajectory_run(t, APART, w);
        stationary_see(&c, bz_trajectory_chains(t)->s, CHAINS);
    }
    stationary_end(&c);
    bz_trajectory_free(t);
    bz_ladder_free(l);
    bz_work_free(w);
    bz_machine_free(m);
}

static void samples_follow_the_machine(void **state)
{
    (void)state;
    check_stationary(oracle_rbm(3.0, false));
    check_stationary(oracle_rbm(1.0, true));
    check_stationary(oracle_dbm(true));
    check_stationary(oracle_lateral(false));
    check_stationary(oracle_softmax());
    check_stationary(oracle_counts(true));
    check_stationary(oracle_gaussian(true));
    check_stationary(oracle_mixed());
    check_stationary(oracle_self_coupled(BZ_SPIN));
    check_stationary(oracle_stack(BZ_RELU, BZ_SPIN));
    check_stationary(oracle_sparse(BZ_BERNOULLI, BZ_BERNOULLI));
}

static struct bz_machine *rbm(void)
{
    return oracle_rbm(3.0, true);
}

static struct bz_machine *lateral(void)
{
    return oracle_lateral(true);
}

static struct bz_machine *gaussian(void)
{
    return oracle_gaussian(true);
}

static struct bz_machine *deep(void)
{
    return oracle_dbm(true);
}

/* A ladder whose biases scale along with the weights, as those from training do. */
static struct bz_ladder *mode_ladder(const struct bz_machine *m, size_t n)
{
    struct bz_error err = {0};
    struct bz_ladder *l = NULL;
    assert_int_equal(bz_ladder_new(&l, m, n, &err), 0);
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < m->block_size; i++)
            l->rung[k]->block[i] = m->block[i] * (float)k / (float)n;
        assert_int_equal(bz_machine_prepare(l->rung[k], &err), 0);
    }
    l->n = n;
    return l;
}

static void separated_modes_are_visited_in_proportion(void **state)
{
    enum { N = 12, CHAINS = 32, DRAWS = 100 };
    struct bz_machine *m = oracle_two_modes();
    struct bz_ladder *l = mode_ladder(m, 12);
    struct bz_work *w;
    struct bz_trajectory *t = started(m, l, CHAINS, &w);
    size_t high = 0, total = 0;
    double rates[16];
    (void)state;
    bz_trajectory_run(t, 300, w);
    assert_true(bz_trajectory_old(t) < 0.01);
    for (int d = 0; d < DRAWS; d++) {
        bz_trajectory_run(t, 20, w);
        for (size_t r = 0; r < CHAINS; r++, total++) {
            double on = 0;
            for (size_t i = 0; i < N; i++)
                on += bz_trajectory_chains(t)->s->x[0][r * N + i];
            high += on > N / 2.0;
        }
    }
    assert_near((double)high / (double)total, 0.5, 0.06);
    bz_trajectory_rates(t, rates);
    for (size_t k = 0; k < 12; k++)
        assert_true(rates[k] > 0.2);
    bz_trajectory_free(t);
    bz_ladder_free(l);
    bz_work_free(w);
    bz_machine_free(m);
}

static void exchanges_tell_log_z(void **state)
{
    enum { CHAINS = 32, LEVELS = 8 };
    struct bz_machine *m = oracle_two_modes();
    struct bz_ladder *l = mode_ladder(m, LEVELS);
    struct bz_error err = {0};
    struct bz_work *w;
    struct bz_trajectory *t = started(m, l, CHAINS, &w);
    double exact, low, ratio = 0, variance = 0;
    (void)state;
    bz_trajectory_run(t, 200, w);
    assert_int_equal(bz_trajectory_record(t, 4000, &err), 0);
    bz_trajectory_run(t, 400, w);
    for (size_t k = 0; k < LEVELS; k++) {
        const double *f, *b;
        size_t n;
        double one;
        bz_trajectory_recorded(t, k, &f, &b, &n);
        assert_int_equal(n, 4000);
        ratio += bz_bennett(f, b, n, &one);
        variance += one * one;
    }
    assert_int_equal(bz_exact_log_z(m, 1, NULL, 20, NULL, &exact, &err), 0);
    assert_int_equal(bz_exact_log_z(l->rung[0], 1, NULL, 20, NULL, &low, &err), 0);
    assert_true(sqrt(variance) < 0.1);
    assert_near(ratio, exact - low, 5 * sqrt(variance) + 0.02); /* rows of successive rounds are correlated */
    bz_trajectory_free(t);
    bz_ladder_free(l);
    bz_work_free(w);
    bz_machine_free(m);
}

/* The exact value lies within four standard errors, and the error is small. */
static void a_ladder_tells_log_z(void **state)
{
    struct bz_machine *(*const machines[])(void) = {oracle_two_modes, rbm, lateral, gaussian, deep};
    (void)state;
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        struct bz_machine *m = machines[i]();
        struct bz_ladder *l = i == 0 ? mode_ladder(m, 12) : scaled_ladder(m, 3);
        struct bz_error err = {0};
        double exact;
        assert_int_equal(bz_exact_log_z(m, 1, NULL, 25, NULL, &exact, &err), 0);
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            struct bz_ladder_result r;
            const struct bz_ladder_options o = {.rounds = 240, .seed = seed};
            assert_int_equal(bz_ladder_log_z(m, l, &o, &r, &err), 0);
            if (!(fabs(r.log_z - exact) < 4 * r.stderr_) || r.stderr_ > 0.1 || r.old > 0.01 || !(r.lowest_rate > 0.1))
                fail_msg("machine %zu, seed %d: %.4f (%.4f), exact %.4f, rate %.2f, old %.3f", i, (int)seed, r.log_z, r.stderr_,
                         exact, r.lowest_rate, r.old);
        }
        bz_ladder_free(l);
        bz_machine_free(m);
    }
}

/* An estimate by AIS that the ladder agrees with stays as it is; one that misses a mode of half the mass gets a warning, and a
 * wider error. */
static void an_estimate_that_the_ladder_contradicts_is_warned_about(void **state)
{
    struct bz_machine *m = oracle_two_modes();
    struct bz_ladder *l = mode_ladder(m, 12);
    struct bz_error err = {0};
    double exact;
    (void)state;
    assert_int_equal(bz_exact_log_z(m, 1, NULL, 20, NULL, &exact, &err), 0);
    for (int missed = 0; missed < 2; missed++) {
        struct bz_log_z z = {.value = exact - missed * log(2), .stderr_ = 0.003, .method = "ais"};
        struct train_evaluation e = {.log_z = &z, .n_log_z = 1, .computed = true};
        const struct train_evaluate_options o = {.ladder = l, .ladder_rounds = 240, .seed = 1};
        assert_int_equal(train_ask_ladder(m, &o, &e, &err), 0);
        assert_int_equal(strstr(z.warning, "ladder of checkpoints") != NULL, missed);
        assert_true(missed ? z.stderr_ > 0.3 : z.stderr_ == 0.003);
    }
    bz_ladder_free(l);
    bz_machine_free(m);
}

/* Chain 5 is the same whichever chains run beside it. */
static void chains_do_not_depend_on_their_neighbours(void **state)
{
    struct bz_machine *m = oracle_rbm(2.0, true);
    struct bz_ladder *l = scaled_ladder(m, 3);
    struct bz_error err = {0};
    struct bz_work *w;
    struct bz_trajectory *many = started(m, l, 16, &w), *one = NULL;
    const size_t size = m->layers[0].size;
    (void)state;
    assert_int_equal(bz_trajectory_new(&one, l, m, 1, &err), 0);
    bz_trajectory_start(one, 5, 5, NULL, w);
    bz_trajectory_run(many, 37, w);
    bz_trajectory_run(one, 30, w);
    bz_trajectory_run(one, 7, w);
    assert_memory_equal(bz_trajectory_chains(many)->s->x[0] + 5 * size, bz_trajectory_chains(one)->s->x[0],
                        size * sizeof(float));
    bz_trajectory_free(many);
    bz_trajectory_free(one);
    bz_ladder_free(l);
    bz_work_free(w);
    bz_machine_free(m);
}

/* A ladder that grows and loses rungs on the way stays right. */
static void a_ladder_may_change_on_the_way(void **state)
{
    enum { N = 12, CHAINS = 32 };
    struct bz_machine *m = oracle_two_modes();
    struct bz_ladder *full = mode_ladder(m, 12), *l = NULL;
    struct bz_error err = {0};
    struct bz_work *w = NULL;
    struct bz_trajectory *t = NULL;
    size_t high = 0, total = 0;
    (void)state;
    assert_int_equal(bz_work_new(&w, m, &err), 0);
    struct bz_machine *moving = NULL;
    {
        struct bz_ladder *single = NULL;
        assert_int_equal(bz_ladder_new(&single, m, 1, &err), 0);
        moving = single->rung[0];
        single->most = 0;
        bz_ladder_free(single);
    }
    assert_int_equal(bz_ladder_new(&l, m, 14, &err), 0);
    bz_ladder_set(l->rung[0], full->rung[0]);
    l->n = 1;
    bz_ladder_set(moving, full->rung[0]);
    assert_int_equal(bz_trajectory_new(&t, l, moving, CHAINS, &err), 0);
    bz_trajectory_start(t, 9, 0, NULL, w);
    for (size_t k = 1; k <= 12; k++) {
        bz_ladder_set(moving, k < 12 ? full->rung[k] : m);
        bz_trajectory_run(t, 40, w);
        if (k == 12)
            break;
        bz_ladder_set(l->rung[l->n++], moving);
        bz_trajectory_inserted(t, l->n - 1);
        if (k == 3) { /* the same one twice: the second is dropped */
            bz_ladder_set(l->rung[l->n++], moving);
            bz_trajectory_inserted(t, l->n - 1);
            l->n--;
            bz_trajectory_dropped(t, l->n);
        }
    }
    for (int d = 0; d < 60; d++) {
        bz_trajectory_run(t, 20, w);
        for (size_t r = 0; r < CHAINS; r++, total++) {
            double on = 0;
            for (size_t i = 0; i < N; i++)
                on += bz_trajectory_chains(t)->s->x[0][r * N + i];
            high += on > N / 2.0;
        }
    }
    assert_near((double)high / (double)total, 0.5, 0.08);
    bz_trajectory_free(t);
    bz_ladder_free(l);
    bz_ladder_free(full);
    bz_machine_free(moving);
    bz_machine_free(m);
    bz_work_free(w);
}

static void files_hold_ladders(void **state)
{
    struct bz_machine *m = oracle_rbm(2.0, true);
    struct bz_ladder *l = scaled_ladder(m, 3), *back = NULL;
    struct bz_error err = {0};
    char path[] = "/tmp/boltz-ladder-XXXXXX", digest[BZ_DIGEST_ROOM], other[BZ_DIGEST_ROOM];
    (void)state;
    assert_true(close(mkstemp(path)) == 0);
    assert_int_equal(bz_model_weights_digest(m, digest, &err), 0);
    assert_int_equal(bz_ladder_save(l, digest, path, &err), 0);
    assert_int_equal(bz_ladder_load(&back, path, m, digest, &err), 0);
    assert_int_equal(back->n, 3);
    for (size_t k = 0; k < 3; k++) {
        assert_memory_equal(back->rung[k]->block, l->rung[k]->block, l->rung[k]->block_size * sizeof(float));
        assert_int_equal(back->update[k], 10 * k);
    }
    bz_ladder_free(back);
    memset(other, '0', sizeof(other) - 1);
    other[sizeof(other) - 1] = 0;
    assert_int_equal(bz_ladder_load(&back, path, m, other, &err), -1);
    assert_int_equal(err.code, BZ_UNSUPPORTED);
    struct bz_machine *wider = oracle_dbm(true);
    assert_int_equal(bz_ladder_load(&back, path, wider, digest, &err), -1);
    assert_int_equal(err.code, BZ_BAD_MODEL);
    bz_machine_weight(l->rung[0], 0)[0] = 1; /* no longer independent */
    assert_int_equal(bz_ladder_save(l, digest, path, &err), 0);
    assert_int_equal(bz_ladder_load(&back, path, m, digest, &err), -1);
    assert_non_null(strstr(err.msg, "without weights"));
    assert_int_equal(truncate(path, 900), 0);
    assert_int_equal(bz_ladder_load(&back, path, m, digest, &err), -1);
    assert_int_equal(err.code, BZ_BAD_MODEL);
    unlink(path);
    assert_int_equal(bz_ladder_load(&back, path, m, digest, &err), -1);
    assert_int_equal(err.code, BZ_NOT_FOUND);
    bz_machine_free(wider);
    bz_machine_free(m);
    bz_ladder_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_follow_the_machine),
        cmocka_unit_test(separated_modes_are_visited_in_proportion),
        cmocka_unit_test(exchanges_tell_log_z),
        cmocka_unit_test(a_ladder_tells_log_z),
        cmocka_unit_test(an_estimate_that_the_ladder_contradicts_is_warned_about),
        cmocka_unit_test(chains_do_not_depend_on_their_neighbours),
        cmocka_unit_test(a_ladder_may_change_on_the_way),
        cmocka_unit_test(files_hold_ladders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
