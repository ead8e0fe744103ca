/* What a run is judged by: log Z of a machine whose modes annealed runs cannot cross between, computed by summation where that
 * takes no longer. */
#include "judge.h"
#include "machine.h"
#include "test.h"

#include <math.h>

enum { BITS = 60, UNITS = 16 };

/* Hidden unit 0 off: bits near a pattern; on: near its complement, which has e^3 times the mass. The others are idle. */
static struct bz_machine *two_modes(double *log_z)
{
    const struct bz_layer_spec layers[] = {
        {.name = "v", .role = BZ_VISIBLE, .unit = BZ_BERNOULLI, .size = BITS},
        {.name = "h", .role = BZ_HIDDEN, .unit = BZ_BERNOULLI, .size = UNITS},
    };
    const struct bz_coupling_spec coupling[] = {{0, 1}};
    struct bz_error err = {0};
    struct bz_machine *m;

    assert_int_equal(bz_machine_new(&m, "rbm", layers, 2, coupling, 1, &err), 0);
    for (size_t i = 0; i < BITS; i++) { /* each mode alone has the same sum over the bits */
        bz_machine_bias(m, 0)[i] = i % 2 ? 2.25F : -2.25F;
        bz_machine_weight(m, 0)[i * UNITS] = i % 2 ? -4.5F : 4.5F;
    }
    bz_machine_bias(m, 1)[0] = 3;
    *log_z = BITS / 2 * (log1p(exp(2.25)) + log1p(exp(-2.25))) + log1p(exp(3.0)) + (UNITS - 1) * log(2);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

static void few_states_are_summed(void **state)
{
    float seen[BITS];
    const float *const mean[] = {seen, NULL};
    double truth;
    struct train_judgement says;
    struct bz_error err = {0};
    struct train_judge *j;
    struct bz_machine *m = two_modes(&truth);

    (void)state;
    for (size_t i = 0; i < BITS; i++)
        seen[i] = i % 2 ? 0.9F : 0.1F;
    assert_int_equal(train_judge_new(&j, m, mean, NULL, 1, NULL, NULL, &err), 0);
    assert_int_equal(train_judge_log_z(j, 100, 1, NULL, &says, &err), 0);
    assert_true(says.error == 0);
    assert_near(says.log_z, truth, 1e-4);
    train_judge_free(j);
    bz_machine_free(m);
}

/* Two wide groups of three states each, which overlap, beside so many hidden units, all idle but one. */
static struct bz_machine *wide_groups(size_t hidden)
{
    enum { COLUMNS = 3, STATES = 6 };
    const struct bz_layer_spec layers[] = {
        {.name = "v", .role = BZ_VISIBLE, .unit = BZ_GAUSSIAN, .size = COLUMNS},
        {.name = "groups", .role = BZ_HIDDEN, .unit = BZ_SOFTMAX, .size = STATES, .has_offset = true},
        {.name = "h", .role = BZ_HIDDEN, .unit = BZ_BERNOULLI, .size = hidden},
    };
    const struct bz_coupling_spec couplings[] = {{0, 1}, {0, 2}};
    struct bz_error err = {0};
    struct bz_machine *m;

    assert_int_equal(bz_machine_new(&m, "rbm", layers, 3, couplings, 2, &err), 0);
    for (size_t i = 0; i < COLUMNS; i++) {
        bz_machine_log_sigma(m, 0)[i] = -1.2F;
        bz_machine_weight(m, 1)[i * hidden] = 0.1F * (float)(i + 1);
        for (size_t u = 0; u < STATES; u++)
            bz_machine_weight(m, 0)[i * STATES + u] = (u < 3 ? -2.0F : 2.0F) + 0.3F * (float)(u % 3);
    }
    for (size_t u = 0; u < STATES; u++) {
        bz_machine_bias(m, 1)[u] = -0.4F * (float)u;
        bz_machine_offset(m, 1)[u] = 0.1F * (float)(u + 1);
    }
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

static struct train_judgement judge_groups(struct bz_machine *m)
{
    double centre[] = {-1.7, -1.7, -1.7, 2.3, 2.3, 2.3};
    const float seen[3] = {0}, *const mean[] = {seen, NULL, NULL};
    const struct train_clusters groups = {.n = 2,
                                          .size = 3,
                                          .centre = centre,
                                          .share = {0.5, 0.5},
                                          .layer = 1,
                                          .n_units = 6,
                                          .unit = {0, 1, 2, 3, 4, 5},
                                          .of = {0, 0, 0, 1, 1, 1}};
    struct train_judgement says;
    struct bz_error err = {0};
    struct train_judge *j;

    assert_int_equal(train_judge_new(&j, m, mean, &groups, 1, NULL, NULL, &err), 0);
    assert_int_equal(train_judge_log_z(j, 1, 1, NULL, &says, &err), 0);
    train_judge_free(j);
    return says;
}

static void overlapping_states_are_annealed_one_by_one(void **state)
{
    enum { FEW = 1, MANY = 30 };
    struct bz_machine *few = wide_groups(FEW), *many = wide_groups(MANY);
    const struct train_judgement truth = judge_groups(few), says = judge_groups(many);
    const double idle = (MANY - FEW) * log(2);

    (void)state;
    assert_true(train_judge_sums(few) && !train_judge_sums(many));
    assert_true(truth.error == 0 && says.error < 0.05);
    assert_true(fabs(says.log_z - idle - truth.log_z) < 0.02 + 4 * says.error);
    for (size_t k = 0; k < 2; k++)
        assert_true(fabs(says.log_mass[k] - idle - truth.log_mass[k]) < 0.02 + 4 * says.mass_error[k]);
    bz_machine_free(few);
    bz_machine_free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(few_states_are_summed),
                                       cmocka_unit_test(overlapping_states_are_annealed_one_by_one)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
