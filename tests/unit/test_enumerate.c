/* The oracle itself against numbers that were published or computed elsewhere. */
#include "enumerate.h"
#include "oracle_machines.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Parameters are float32, so the published values are reproduced to its rounding. */
static void assert_near(double got, double want)
{
    if (!(fabs(got - want) <= 2e-6 * fmax(1, fabs(want))))
        fail_msg("got %.12f, want %.12f", got, want);
}

static double log_z(const struct bz_machine *m, const double *counts)
{
    const struct enumeration e = {.m = m, .t = 1, .counts = counts};
    return enum_log_sum(&e);
}

static double free_energy(const struct bz_machine *m, float *v, const double *counts)
{
    float *held[4] = {v};
    const struct enumeration e = {.m = m, .t = 1, .counts = counts, .held = held};
    return -enum_log_sum(&e);
}

static void bernoulli_rbm(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false);
    float zero[] = {0, 0, 0, 0}, v[] = {1, 0, 1, 0};
    double energy, variance;
    const struct enumeration e = {.m = m, .t = 1};

    assert_near(log_z(m, NULL), 5.605012541657);
    assert_near(free_energy(m, zero, NULL), -2.084930968614);
    assert_near(free_energy(m, v, NULL), -2.150713931230);
    enum_moments(&e, NULL, &energy, &variance);
    assert_near(energy, -1.398041274113);
    assert_near(variance, 1.252549946894);
    bz_machine_free(m);
    m = oracle_rbm(1, true);
    assert_near(log_z(m, NULL), 5.105865229747);
    bz_machine_free(m);
    m = oracle_rbm(3, false);
    assert_near(log_z(m, NULL), 9.619677425754);
    bz_machine_free(m);
}

static void clamped_units(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false);
    float v[] = {1, 0, 0, 0}, *held[] = {v, NULL};
    uint8_t mask[] = {1, 1, 0, 0}, *known[] = {mask, NULL};
    const bool layers[] = {true, false};
    const struct enumeration e = {.m = m, .t = 1, .held = held, .known = known};
    double p[16];

    enum_marginal(&e, layers, p);
    assert_near(p[8], .3839814571);
    assert_near(p[9], .4198228744);
    assert_near(p[10], .0946332141);
    assert_near(p[11], .1015624545);
    bz_machine_free(m);
}

static void deep_and_lateral_machines(void **state)
{
    (void)state;
    const struct {
        struct bz_machine *m;
        double log_z, log_p;
    } cases[] = {
        {oracle_dbm(false), 7.437633816175, -3.482001561026},
        {oracle_dbm(true), 6.671086207243, -2.842289679031},
        {oracle_lateral(false), 5.473975852607, -3.257357341293},
        {oracle_lateral(true), 5.160505271616, -2.783255081853},
    };
    float v[] = {1, 0, 1, 0};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_near(log_z(cases[i].m, NULL), cases[i].log_z);
        assert_near(-free_energy(cases[i].m, v, NULL) - cases[i].log_z, cases[i].log_p);
        bz_machine_free(cases[i].m);
    }
}

static void gaussian_rbm(void **state)
{
    (void)state;
    float v[] = {.3f, -.2f, 1.1f, .4f};
    struct bz_machine *m = oracle_gaussian(false);
    assert_near(log_z(m, NULL), 16.390693331675);
    assert_near(free_energy(m, v, NULL), -1.257605443994);
    bz_machine_free(m);
    m = oracle_gaussian(true);
    assert_near(log_z(m, NULL), 7.366115248338);
    assert_near(free_energy(m, v, NULL), -1.860856540306);
    bz_machine_free(m);
}

static void softmax_and_counts(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_softmax();
    assert_near(log_z(m, NULL), 4.916590103257);
    bz_machine_free(m);
    m = oracle_counts(false);
    assert_near(log_z(m, (double[]){1, 0}), 2.772111608554);
    assert_near(log_z(m, (double[]){3, 0}), 5.711906954641);
    assert_near(log_z(m, (double[]){5, 0}), 8.818405992936);
    assert_near(free_energy(m, (float[]){2, 1, 0}, (double[]){3, 0}), -3.297024638589);
    bz_machine_free(m);
}

static void fixtures_of_other_programs(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_shogun();
    assert_near(log_z(m, NULL), 10.784660779789);
    assert_near(free_energy(m, (float[]){0, 0, 0, 1, 1}, NULL) + log_z(m, NULL), 3.3574043528);
    bz_machine_free(m);
    m = oracle_pydeep();
    assert_near(log_z(m, NULL), 59.6749019652);
    bz_machine_free(m);
    m = oracle_mlpack();
    assert_near(free_energy(m, (float[]){0, 0, 0}, NULL), -.87523715);
    assert_near(free_energy(m, (float[]){0, 1, 1}, NULL), .50615066);
    assert_near(free_energy(m, (float[]){1, 0, 1}, NULL), .46923476);
    assert_near(free_energy(m, (float[]){1, 1, 1}, NULL), 1.21509084);
    bz_machine_free(m);
}

static void gaussian_integrals_agree_with_sums(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_gaussian(true);
    const struct enumeration e = {.m = m, .t = 1};
    double v[4] = {0}, h[3], *mean[] = {v, h};
    enum_moments(&e, mean, NULL, NULL);
    const double step = 0.02;
    double sum = 0, first = 0;
    for (int k = -1000; k <= 1000; k++) { /* over v_0 numerically, the rest exactly */
        float x[] = {(float)(k * step), 0, 0, 0}, *held[] = {x, NULL};
        uint8_t mask[] = {1, 0, 0, 0}, *known[] = {mask, NULL};
        const struct enumeration slice = {.m = m, .t = 1, .held = held, .known = known};
        const double weight = exp(enum_log_sum(&slice)) * step;
        sum += weight;
        first += weight * x[0];
    }
    assert_near(log(sum), log_z(m, NULL));
    assert_near(first / sum, v[0]);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bernoulli_rbm),
        cmocka_unit_test(clamped_units),
        cmocka_unit_test(deep_and_lateral_machines),
        cmocka_unit_test(gaussian_rbm),
        cmocka_unit_test(softmax_and_counts),
        cmocka_unit_test(fixtures_of_other_programs),
        cmocka_unit_test(gaussian_integrals_agree_with_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
