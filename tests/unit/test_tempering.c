/* Parallel tempering leaves the machine's distribution as it is, and mixes where plain Gibbs sampling does not. */
#include "oracle_machines.h"
#include "stationary.h"
#include "tempering.h"
#include "test.h"
#include "unit.h"

#include <stdlib.h>

static const double three_words[8] = {3, 3, 3, 3, 3, 3, 3, 3};

static bool fixed; /* by sums of integers */

/* Its ladder is adapted every `between` rounds. */
static struct bz_tempering *started(const struct bz_machine *m, const struct bz_base *base, size_t chains, size_t max_rungs,
                                    size_t between)
{
    struct bz_error err = {0};
    struct bz_tempering *t = NULL;
    const struct bz_tempering_options o = {
        .chains = chains, .max_rungs = max_rungs, .seed = 21, .base = base, .counts = three_words, .fixed = fixed};

    assert_int_equal(bz_tempering_new(&t, m, &o, &err), 0);
    for (int a = 0; a < 5; a++) {
        bz_tempering_run(t, between);
        assert_int_equal(bz_tempering_adapt(t, &err), 0);
    }
    bz_tempering_run(t, 2 * between);
    return t;
}

/* Draws are taken far enough apart to be independent. */
static void check_stationary(const struct bz_machine *m)
{
    enum { CHAINS = SANITIZED ? 6 : 32, DRAWS = 48 / DRAWS_DIVISOR, APART = 8 };
    struct stationary c;
    struct bz_error err = {0};
    struct bz_base *base = NULL;
    struct bz_tempering *t;

    assert_int_equal(bz_base_new(&base, m, NULL, NULL, &err), 0);
    t = started(m, base, CHAINS, 16, 25);
    stationary_begin(&c, m, three_words);
    for (int d = 0; d < DRAWS; d++) {
        bz_tempering_run(t, APART);
        stationary_see(&c, bz_tempering_state(t), CHAINS);
    }
    stationary_end(&c);
    bz_tempering_free(t);
    bz_base_free(base);
}

/* Every machine of the table whose states can be counted. */
static void samples_follow_the_machine(void **state)
{
    struct bz_machine *m;

    (void)state;
    for (size_t i = 0; (m = oracle_number(i)); i++) {
        bool counted = false;
        for (size_t l = 0; l < m->n_layers; l++)
            counted = counted || bz_unit_type(m->layers[l].unit)->discrete;
        if (counted)
            check_stationary(m);
        bz_machine_free(m);
    }
}

/* Two modes far apart: Gibbs chains that start in one stay there, tempered ones find both in the right proportion. */
static void separated_modes_are_visited_in_proportion(void **state)
{
    enum { N = 12, CHAINS = 16, DRAWS = 150 / DRAWS_DIVISOR };
    const struct bz_layer_spec layers[2] = {{"v", BZ_VISIBLE, BZ_BERNOULLI, N, 1, false},
                                            {"h", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, false}};
    const struct bz_coupling_spec coupling = {0, 1};
    struct bz_machine *m = NULL;
    struct bz_error err = {0};
    struct bz_base *base = NULL;
    struct bz_tempering *t;
    size_t high = 0, total = 0;

    (void)state;
    assert_int_equal(bz_machine_new(&m, "rbm", layers, 2, &coupling, 1, &err), 0);
    for (size_t i = 0; i < N; i++) {
        bz_machine_bias(m, 0)[i] = -4.0f;
        bz_machine_weight(m, 0)[2 * i] = 8.0f;
    }
    bz_machine_bias(m, 1)[0] = -8.0f * N / 2; /* all on with h0 = 1 weighs as much as all off with h0 = 0 */
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_int_equal(bz_base_new(&base, m, NULL, NULL, &err), 0);
    t = started(m, base, CHAINS, 40, 60);
    for (int d = 0; d < DRAWS; d++) {
        bz_tempering_run(t, 20);
        for (size_t r = 0; r < CHAINS; r++, total++) {
            double on = 0;

            for (size_t i = 0; i < N; i++)
                on += bz_tempering_state(t)->x[0][r * N + i];
            high += on > N / 2.0;
        }
    }
    assert_near((double)high / (double)total, 0.5, 0.1);
    assert_true(bz_tempering_round_trips(t) > 100);
    bz_tempering_free(t);
    bz_base_free(base);
    bz_machine_free(m);
}

static void the_ladder_adapts_to_the_wanted_rate(void **state)
{
    struct bz_machine *m = oracle_rbm(6.0, false);
    struct bz_error err = {0};
    struct bz_base *base = NULL;
    struct bz_tempering *t;
    double betas[BZ_MAX_RUNGS], rates[BZ_MAX_RUNGS];

    (void)state;
    assert_int_equal(bz_base_new(&base, m, NULL, NULL, &err), 0);
    t = started(m, base, 8, 30, 60);
    bz_tempering_run(t, 300);
    bz_tempering_ladder(t, betas, rates);
    assert_true(betas[0] == 0.0 && betas[bz_tempering_rungs(t) - 1] == 1.0);
    for (size_t k = 0; k + 1 < bz_tempering_rungs(t); k++) {
        assert_true(betas[k + 1] > betas[k]);
        assert_true(rates[k] > 0.15);
    }
    bz_tempering_free(t);
    bz_base_free(base);
    bz_machine_free(m);
}

static void sums_of_whole_numbers_leave_the_distribution(void **state)
{
    struct bz_machine *const machines[] = {oracle_rbm(3.0, false), oracle_dbm(true), oracle_lateral(false)};

    (void)state;
    fixed = true;
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
        check_stationary(machines[i]);
        bz_machine_free(machines[i]);
    }
    fixed = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_follow_the_machine),
        cmocka_unit_test(sums_of_whole_numbers_leave_the_distribution),
        cmocka_unit_test(separated_modes_are_visited_in_proportion),
        cmocka_unit_test(the_ladder_adapts_to_the_wanted_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
