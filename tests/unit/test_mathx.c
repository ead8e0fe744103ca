/* The elementary functions against the C library's in long double, at many points of every range that matters. */
#include "mathx.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* |got - want| in units in the last place of want. */
static double ulps(double got, long double want)
{
    if (got == (double)want)
        return 0;
    double size = fabs((double)want), next = nextafter(size, INFINITY);
    return (double)(fabsl((long double)got - want) / (long double)(next - size));
}

static void check(const char *name, double x, double got, long double want, double limit)
{
    if (!(ulps(got, want) <= limit))
        fail_msg("%s(%.17g) = %.17g, want %.20Lg: %g units in the last place", name, x, got, want, ulps(got, want));
}

/* Numbers in [0,1) that cover it evenly (Weyl sequence). */
static double nth(uint32_t i)
{
    double x = i * 0.6180339887498949;
    return x - floor(x);
}

enum { POINTS = 400000 };

static void exp_and_expm1_are_within_2_ulp(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < POINTS; i++) {
        const double wide = (nth(i) - 0.5) * 1416, near = (nth(i) - 0.5) * 4, tiny = ldexp(nth(i) - 0.5, -(int)(i % 60));
        const double x[] = {wide, near, tiny};
        for (int j = 0; j < 3; j++) {
            check("exp", x[j], bz_exp(x[j]), expl(x[j]), 1);
            check("expm1", x[j], bz_expm1(x[j]), expm1l(x[j]), 2);
        }
    }
}

static void erfcx_is_right_to_thirteen_digits(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < POINTS; i++) {
        const double x = i % 2 ? 100 * nth(i) : 4 * nth(i);
        const long double want = expl((long double)x * x) * erfcl(x);
        if (!(fabsl(bz_erfcx(x) - want) <= 1e-13L * want))
            fail_msg("erfcx(%.17g) = %.17g, want %.17Lg", x, bz_erfcx(x), want);
    }
    assert_true(isnan(bz_erfcx(NAN)));
}

static void exp_rounds_once_below_the_normal_range(void **state)
{
    (void)state;
    for (double x = -745.2; x < -708; x += 0.0013)
        assert_true(fabsl(bz_exp(x) - expl(x)) <= 0x1p-1074L);
}

static void log_and_log1p_are_within_2_ulp(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < POINTS; i++) {
        const double u = nth(i);
        const double x[] = {ldexp(0.5 + u / 2, (int)(i % 2000) - 1000), 1 + (u - 0.5), 1 + ldexp(u - 0.5, -(int)(i % 50)),
                            ldexp(u, -1040)};
        for (int j = 0; j < 4; j++)
            if (x[j] > 0)
                check("log", x[j], bz_log(x[j]), logl(x[j]), 1);
        const double y[] = {ldexp(u - 0.5, -(int)(i % 70)), -u, u * 3, ldexp(u, (int)(i % 1000))};
        for (int j = 0; j < 4; j++)
            check("log1p", y[j], bz_log1p(y[j]), log1pl(y[j]), 2);
    }
}

static void cos_2pi_is_within_2_ulp(void **state)
{
    (void)state;
    const long double two_pi = 6.283185307179586476925286766559L;
    for (uint32_t i = 0; i < POINTS; i++) {
        const double u = nth(i), quarter = 0.25 + ldexp(nth(i) - 0.5, -(int)(i % 40) - 3);
        check("cos_2pi", u, bz_cos_2pi(u), cosl(two_pi * u), fabsl(cosl(two_pi * u)) > 1e-3L ? 2 : 1e9);
        /* at a zero, through the sine of the exact distance to it */
        check("cos_2pi", quarter, bz_cos_2pi(quarter), sinl(two_pi * (long double)(0.25 - quarter)), 2);
    }
    assert_true(bz_cos_2pi(0) == 1);
    assert_true(bz_cos_2pi(0.25) == 0);
    assert_true(bz_cos_2pi(0.5) == -1);
    assert_true(bz_cos_2pi(0.75) == 0);
}

static void lgamma1_is_log_factorial(void **state)
{
    (void)state;
    for (double n = 0; n < 256; n++)
        check("lgamma1", n, bz_lgamma1(n), lgammal((long double)n + 1), 0.51);
    for (double n = 256; n < 1e15; n = floor(n * 1.001) + 1)
        check("lgamma1", n, bz_lgamma1(n), lgammal((long double)n + 1), 2);
}

static void softplus_is_within_2_ulp_and_sigmoid_within_3(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < POINTS; i++) {
        const double x[] = {(nth(i) - 0.5) * 1400, (nth(i) - 0.5) * 20};
        for (int j = 0; j < 2; j++) {
            long double z = x[j], softplus = (z > 0 ? z : 0) + log1pl(expl(-fabsl(z)));
            check("softplus", x[j], bz_softplus(x[j]), softplus, 2);
            check("sigmoid", x[j], bz_sigmoid(x[j]), 1 / (1 + expl(-z)), 3);
        }
    }
    assert_true(bz_softplus(1e308) == 1e308);
    assert_true(bz_softplus(-1e308) == 0);
    assert_true(bz_sigmoid(1e308) == 1);
    assert_true(bz_sigmoid(-1e308) == 0);
}

static void special_arguments_give_what_ieee_libm_gives(void **state)
{
    (void)state;
    static const double special[] = {0.0,     -0.0,     INFINITY, -INFINITY, NAN, 1,    -1,   -2,   0x1p-1074,
                                     DBL_MAX, -DBL_MAX, DBL_MIN,  1e-300,    710, -746, 1000, -1000};
    static const struct {
        const char *name;
        double (*ours)(double), (*libm)(double);
    } function[] = {{"exp", bz_exp, exp}, {"expm1", bz_expm1, expm1}, {"log", bz_log, log}, {"log1p", bz_log1p, log1p}};
    for (size_t f = 0; f < 4; f++)
        for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
            double x = special[i], got = function[f].ours(x), want = function[f].libm(x);
            if (isnan(want) ? !isnan(got) : ulps(got, want) > 2 || signbit(got) != signbit(want))
                fail_msg("%s(%g) = %g, want %g", function[f].name, x, got, want);
        }
    assert_true(isnan(bz_softplus(NAN)) && isnan(bz_sigmoid(NAN)) && isnan(bz_cos_2pi(NAN)) && isnan(bz_lgamma1(NAN)));
    assert_true(isnan(bz_lgamma1(-1)));
    assert_true(isinf(bz_lgamma1(INFINITY)));
}

static void logsumexp_never_overflows_and_minus_infinity_is_neutral(void **state)
{
    (void)state;
    const double x[] = {1000, 1001, 999, -INFINITY}, low[] = {-2000, -2001}, none[] = {-INFINITY, -INFINITY};
    assert_true(fabs(bz_logsumexp(x, 4) - (1001 + log(1 + exp(-1) + exp(-2)))) < 1e-12);
    assert_true(fabs(bz_logmeanexp(x, 4) - (1001 + log((1 + exp(-1) + exp(-2)) / 4))) < 1e-12);
    assert_true(fabs(bz_logsumexp(low, 2) - (-2000 + log1p(exp(-1)))) < 1e-12);
    assert_true(bz_logsumexp(none, 2) == -INFINITY);
    assert_true(bz_logsumexp(x, 0) == -INFINITY);
    assert_true(bz_logmeanexp(x, 0) == -INFINITY);
    const double with_nan[] = {1, NAN, 2}, with_infinity[] = {1, INFINITY};
    assert_true(isnan(bz_logsumexp(with_nan, 3)));
    assert_true(bz_logsumexp(with_infinity, 2) == INFINITY);

    assert_true(bz_logaddexp(-INFINITY, 3) == 3);
    assert_true(bz_logaddexp(3, -INFINITY) == 3);
    assert_true(bz_logaddexp(-INFINITY, -INFINITY) == -INFINITY);
    assert_true(bz_logaddexp(INFINITY, 3) == INFINITY);
    assert_true(isnan(bz_logaddexp(NAN, 3)) && isnan(bz_logaddexp(3, NAN)));
    assert_true(fabs(bz_logaddexp(800, 801) - (801 + log1p(exp(-1)))) < 1e-12);
}

static void shares_of_large_log_weights_add_up_to_one(void **state)
{
    (void)state;
    static const double base[] = {0, -3, 1e6, 1e12, -1e15, 1e30, -8e30};
    for (size_t i = 0; i < sizeof(base) / sizeof(*base); i++) {
        double x[] = {base[i], base[i] + 1, base[i] - 2000}, step = x[1] - x[0];
        const double first = 1 / (1 + exp(step));
        if (x[2] == x[0])
            continue; /* too large for the third to be less */
        bz_softmax(x, 3);
        assert_true(fabs(x[0] - first) < 1e-9 && fabs(x[0] + x[1] - 1) < 1e-9 && x[2] == 0);
    }
    double same[] = {-8e30, -8e30}, one[] = {1e300}, none[] = {INFINITY, 0};
    bz_softmax(same, 2);
    bz_softmax(one, 1);
    bz_softmax(none, 2);
    assert_true(same[0] == 0.5 && same[1] == 0.5 && one[0] == 1 && isnan(none[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_and_expm1_are_within_2_ulp),
        cmocka_unit_test(erfcx_is_right_to_thirteen_digits),
        cmocka_unit_test(exp_rounds_once_below_the_normal_range),
        cmocka_unit_test(log_and_log1p_are_within_2_ulp),
        cmocka_unit_test(cos_2pi_is_within_2_ulp),
        cmocka_unit_test(lgamma1_is_log_factorial),
        cmocka_unit_test(softplus_is_within_2_ulp_and_sigmoid_within_3),
        cmocka_unit_test(special_arguments_give_what_ieee_libm_gives),
        cmocka_unit_test(shares_of_large_log_weights_add_up_to_one),
        cmocka_unit_test(logsumexp_never_overflows_and_minus_infinity_is_neutral),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
