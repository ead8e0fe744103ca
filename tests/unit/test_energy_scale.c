/* The distribution of free energies: quantiles, percentiles, and their text in a model file. */
#include "energy_scale.h"

#include "mem.h"
#include "test.h"

#include <math.h>
#include <string.h>

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct bz_energy_scale *scale_of(const double *values, size_t n, double contamination)
{
    struct bz_energy_scale *s = NULL;
    struct bz_error err;
    double *x = bz_alloc(n, sizeof(double), &err);
    memcpy(x, values, n * sizeof(double));
    assert_int_equal(bz_energy_scale_make(&s, x, n, contamination, "held-out", &err), 0);
    bz_free(x);
    return s;
}

/* numpy.quantile([3, 1, 2, 10, -4], 0.9) = 7.2 */
static void few_rows_are_all_kept(void **state)
{
    (void)state;
    struct bz_energy_scale *s = scale_of((const double[]){3, 1, 2, 10, -4}, 5, 0.1);
    const double want[] = {-4, 1, 2, 3, 10};
    assert_int_equal(s->n, 5);
    assert_memory_equal(s->quantile, want, sizeof(want));
    assert_true(fabs(s->threshold - 7.2) < 1e-12);
    const double at[][2] = {{-5, 0}, {-4, 0}, {-1.5, 12.5}, {1, 25}, {2.5, 62.5}, {10, 100}, {11, 100}, {INFINITY, 100}};
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
        assert_true(fabs(bz_energy_percentile(s, at[i][0]) - at[i][1]) < 1e-12);
    assert_true(isnan(bz_energy_percentile(s, NAN)));
    bz_energy_scale_free(s);
}

static void rows_that_are_all_alike_have_one_percentile(void **state)
{
    (void)state;
    struct bz_energy_scale *s = scale_of((const double[]){2, 2, 2}, 3, 0.01), *one = scale_of((const double[]){2}, 1, 0.01);
    for (int i = 0; i < 2; i++) {
        const struct bz_energy_scale *it = i ? one : s;
        assert_true(it->threshold == 2);
        assert_true(bz_energy_percentile(it, 2) == 100);
        assert_true(bz_energy_percentile(it, 1.9) == 0);
    }
    bz_energy_scale_free(s);
    bz_energy_scale_free(one);
}

static void many_rows_are_kept_as_quantiles(void **state)
{
    (void)state;
    enum { N = 40001 };
    struct bz_error err;
    double *x = bz_alloc(N, sizeof(double), &err);
    for (size_t i = 0; i < N; i++)
        x[(i * 7919) % N] = (double)i / 100; /* 7919 is coprime to N */
    struct bz_energy_scale *s = scale_of(x, N, 0.01);
    assert_int_equal(s->n, BZ_MOST_QUANTILES);
    assert_int_equal(s->rows, N);
    for (size_t i = 0; i < s->n; i++)
        assert_true(fabs(s->quantile[i] - 0.4 * (double)i) < 1e-9);
    assert_true(fabs(s->threshold - 396) < 1e-9);
    assert_true(fabs(bz_energy_percentile(s, 123.45) - 30.8625) < 1e-9);
    bz_energy_scale_free(s);
    bz_free(x);
}

static void text_gives_the_same_back_for_the_same_weights_only(void **state)
{
    (void)state;
    struct bz_energy_scale *s = scale_of((const double[]){0.1, 1.0 / 3, -1e300, 7}, 4, 0.05), *back = NULL;
    struct bz_error err;
    char *text = bz_energy_scale_text(s, DIGEST, &err), other[] = DIGEST;
    assert_int_equal(bz_energy_scale_read(&back, text, DIGEST, &err), 1);
    assert_int_equal(back->n, s->n);
    assert_memory_equal(back->quantile, s->quantile, s->n * sizeof(double));
    assert_true(back->threshold == s->threshold && back->contamination == 0.05 && back->rows == 4);
    assert_string_equal(back->of, "held-out");
    bz_energy_scale_free(back);
    other[5] = 'f';
    back = NULL;
    assert_int_equal(bz_energy_scale_read(&back, text, other, &err), 0);
    assert_null(back);
    bz_free(text);
    bz_energy_scale_free(s);
}

static void what_is_no_distribution_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
    } bad[] = {
        {"[1]", "object"},
        {"{\"threshold\":1}", "quantiles"},
        {"{\"threshold\":1,\"quantiles\":[1]}", "at least 2"},
        {"{\"threshold\":1,\"quantiles\":[2,1]}", "quantiles[1]"},
        {"{\"threshold\":1,\"quantiles\":[1,\"x\"]}", "quantiles[1]"},
        {"{\"threshold\":1,\"quantiles\":[1,1e999]}", "quantiles[1]"},
        {"{\"quantiles\":[1,2]}", "threshold"},
        {"{\"threshold\":1,\"rows\":-1,\"quantiles\":[1,2]}", "rows"},
        {"{\"threshold\":1,\"of\":7,\"quantiles\":[1,2]}", "of"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct bz_energy_scale *s;
        struct bz_error err;
        assert_int_equal(bz_energy_scale_read(&s, bad[i].text, DIGEST, &err), -1);
        if (!strstr(err.msg, bad[i].word))
            fail_msg("%s: %s", bad[i].text, err.msg);
    }
    struct bz_energy_scale *s;
    struct bz_error err;
    assert_int_equal(bz_energy_scale_make(&s, (double[]){1, NAN}, 2, 0, "held-out", &err), -1);
    assert_int_equal(bz_energy_scale_make(&s, NULL, 0, 0, "held-out", &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_rows_are_all_kept),
        cmocka_unit_test(rows_that_are_all_alike_have_one_percentile),
        cmocka_unit_test(many_rows_are_kept_as_quantiles),
        cmocka_unit_test(text_gives_the_same_back_for_the_same_weights_only),
        cmocka_unit_test(what_is_no_distribution_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
