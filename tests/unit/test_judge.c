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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(few_states_are_summed)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
