/* Unit types against enumeration of one uncoupled layer. */
#include "energy_terms.h"
#include "enumerate.h"
#include "kernels.h"
#include "mathx.h"
#include "oracle_machines.h"
#include "statistics.h"
#include "unit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * fmax(1, fabs(want))))
        fail_msg("got %.12f, want %.12f", got, want);
}

/* A machine of one layer without couplings, whose field is its bias; a hidden one beside a visible unit that is always on. */
static struct bz_machine *layer_alone(enum bz_unit unit, size_t size, size_t groups)
{
    const bool visible = bz_unit_type(unit)->visible;
    const struct bz_layer_spec layers[] = {{"x", visible ? BZ_VISIBLE : BZ_HIDDEN, unit, size, groups, false},
                                           {"one", BZ_VISIBLE, BZ_SOFTMAX, 1, 1, false}};
    struct bz_error err = {0};
    struct bz_machine *m = NULL;

    assert_int_equal(bz_machine_new(&m, "bm", layers, visible ? 1 : 2, NULL, 0, &err), 0);
    const uint32_t groups_of[] = {0, 1, 0, 3, 1, 0};
    if (unit == BZ_EXCLUSIVE)
        assert_int_equal(bz_machine_exclude(m, 0, groups_of, &err), 0);
    for (size_t i = 0; i < size; i++)
        bz_machine_bias(m, 0)[i] = (float)(1.5 * sin(2.3 * (double)i + 0.4));
    for (size_t i = 0; m->layers[0].log_sigma && i < size; i++)
        bz_machine_log_sigma(m, 0)[i] = (float)(0.4 * (double)i - 0.5);
    for (size_t i = 0; m->layers[0].below && i < size; i++) {
        bz_machine_below(m, 0)[i] = (float)(1.1 * cos(1.9 * (double)i));
        bz_machine_below(m, 0)[size + i] = (float)(0.5 - 0.4 * (double)i);
    }
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

static const struct {
    enum bz_unit unit;
    size_t size, groups;
    double d;
} shapes[] = {{BZ_BERNOULLI, 5, 1, 0}, {BZ_GAUSSIAN, 3, 1, 0}, {BZ_SOFTMAX, 6, 2, 0}, {BZ_MULTINOMIAL, 4, 1, 3},
              {BZ_SPIN, 5, 1, 0},      {BZ_RELU, 3, 1, 0},     {BZ_DRELU, 3, 1, 0},   {BZ_EXCLUSIVE, 6, 1, 0}};
enum { N_SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

static void the_table_is_complete(void **state)
{
    (void)state;
    for (int u = 0; u < BZ_N_UNITS; u++) {
        const struct bz_unit_type *t = bz_unit_type((enum bz_unit)u);
        assert_string_equal(t->name, bz_unit_name((enum bz_unit)u));
        size_t rows = 0;
        for (size_t k = 0; k < N_SHAPES; k++)
            rows += shapes[k].unit == (enum bz_unit)u;
        assert_true(rows > 0); /* every type is in the tests of this file */
        assert_true(t->mean && t->sample && t->log_sum && t->add_energy && t->entropy && t->base_mean && t->fit);
        assert_true(!t->exclude == !t->complete && !t->exclude == !(t->grouped || t->exclusive || t->counted));
        assert_true(t->scan || !t->visible || t->exclusive); /* couplings of the layer to itself */
        assert_true(t->least < t->most && (t->visible || t->hidden));
        assert_true(t->binary + t->grouped + t->exclusive + t->counted + t->has_sigma ==
                    1); /* the properties by which algorithms distinguish types */
        assert_true(t->discrete == !t->has_sigma && !t->own == !t->has_sigma && !t->spread == !t->own);
    }
}

static void means_and_sums_match_enumeration(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_SHAPES; k++)
        for (double t = 0.5; t < 3; t *= 2) {
            struct bz_machine *m = layer_alone(shapes[k].unit, shapes[k].size, shapes[k].groups);
            const struct bz_unit_type *type = bz_unit_type(shapes[k].unit);
            const struct enumeration e = {.m = m, .t = t, .counts = &shapes[k].d};
            double values[8], one, *want[] = {values, &one};
            float got[8], base[8];

            enum_moments(&e, want, NULL, NULL);
            type->mean(&m->layers[0], m->layers[0].start, t, shapes[k].d, got);
            type->base_mean(&m->layers[0], shapes[k].d, base);
            for (size_t i = 0; i < shapes[k].size; i++) {
                assert_near(got[i], values[i], 1e-6);
                if (t == 1)
                    assert_near(base[i], values[i], 1e-6);
            }
            assert_near(type->log_sum(&m->layers[0], m->layers[0].start, t, shapes[k].d), enum_log_sum(&e), 1e-7);
            bz_machine_free(m);
        }
}

/* H = log Z + <E> at t = 1; for one layer alone log p(x) = own(x) - log Z. The energy of the means and what the spread adds to
 * it are the mean energy. */
static void entropies_and_energies_match_enumeration(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_SHAPES; k++) {
        struct bz_machine *m = layer_alone(shapes[k].unit, shapes[k].size, shapes[k].groups);
        const struct bz_unit_type *type = bz_unit_type(shapes[k].unit);
        const double n = (double)shapes[k].size;
        float mean[8];

        for (double t = 0.5; t < 3; t *= 2) {
            const struct enumeration e = {.m = m, .t = t, .counts = &shapes[k].d};
            double energy = 0.5 * t * n, variance = 0.5 * t * t * n, got = 0, spread = 0; /* gaussian: n squares */
            if (shapes[k].unit != BZ_GAUSSIAN)
                enum_moments(&e, NULL, &energy, &variance);
            type->add_energy(&m->layers[0], m->layers[0].start, t, shapes[k].d, &got, &spread);
            assert_near(got, energy, 1e-6);
            assert_near(spread, variance, 1e-6);
            if (t != 1)
                continue;
            type->mean(&m->layers[0], m->layers[0].start, 1, shapes[k].d, mean);
            assert_near(type->entropy(&m->layers[0], mean, NULL, shapes[k].d), enum_log_sum(&e) + energy, 1e-6);
            double at_means[8], one = 1, *rows[] = {at_means, &one};
            for (size_t i = 0; i < shapes[k].size; i++)
                at_means[i] = mean[i];
            got = enum_energy(m, rows, &shapes[k].d) + (type->spread ? type->spread(&m->layers[0], mean, NULL) : 0);
            assert_near(got, energy, 1e-6);
        }
        bz_machine_free(m);
    }
}

static void own_terms_are_minus_the_energy(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_SHAPES; k++) {
        struct bz_machine *m = layer_alone(shapes[k].unit, shapes[k].size, shapes[k].groups);
        float x[8] = {1, 0, 2, 1, 0, 1};
        double values[8] = {1, 0, 2, 1, 0, 1}, one = 1, *rows[] = {values, &one};
        struct bz_error err = {0};
        struct bz_state *s = NULL;
        assert_int_equal(bz_state_new(&s, m, 1, &err), 0);
        assert_near(bz_own_term(s, 0, 0, x), -enum_energy(m, rows, &shapes[k].d), 1e-6);
        bz_state_free(s);
        bz_machine_free(m);
    }
}

/* A gaussian layer integrated out, with input w and offset o: the integral is computed numerically. */
static void gaussian_log_sum_counts_offsets(void **state)
{
    (void)state;
    const double b = 0.7, o = -0.4, s = 1.3, w = 0.9, t = 1.7, step = 0.001;
    const struct bz_layer_spec spec = {"x", BZ_VISIBLE, BZ_GAUSSIAN, 1, 1, true};
    struct bz_error err = {0};
    struct bz_machine *m = NULL;
    double sum = 0;

    assert_int_equal(bz_machine_new(&m, "bm", &spec, 1, NULL, 0, &err), 0);
    bz_machine_bias(m, 0)[0] = (float)b;
    bz_machine_offset(m, 0)[0] = (float)o;
    bz_machine_log_sigma(m, 0)[0] = (float)log(s);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    for (double x = -30; x < 30; x += step)
        sum += step * exp((-(x - b) * (x - b) / 2 + (x - o) * w) / (s * s * t));
    assert_near(bz_unit_type(BZ_GAUSSIAN)->log_sum(&m->layers[0], (float[]){(float)(b + w)}, t, 0), log(sum), 1e-6);
    bz_machine_free(m);
}

/* --- draws --- */

enum { DRAWS = 20000 };

static struct bz_key key_of(size_t draw)
{
    return (struct bz_key){.seed = 2024, .chain = (uint32_t)draw, .layer = 3, .step = 5};
}

static void discrete_draws_follow_the_distribution(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_SHAPES; k++)
        for (double t = 1; t < 3; t++) {
            if (!bz_unit_type(shapes[k].unit)->discrete)
                continue;
            struct bz_machine *m = layer_alone(shapes[k].unit, shapes[k].size, shapes[k].groups);
            const struct enumeration e = {.m = m, .t = t, .counts = &shapes[k].d};
            const bool layers[] = {true};
            float x[8], *rows[] = {x};
            struct bz_state s = {.m = m, .n = 1, .room = 1, .x = rows};
            double p[1024];
            size_t seen[1024] = {0};

            enum_marginal(&e, layers, p);
            for (size_t n = 0; n < DRAWS; n++) {
                const struct bz_key key = key_of(n);
                bz_unit_type(shapes[k].unit)->sample(&m->layers[0], m->layers[0].start, t, shapes[k].d, &key, x);
                seen[enum_key(&e, layers, &s, 0)]++;
            }
            const double probability = chi_square_test(seen, p, enum_keys(&e, layers));
            if (!(probability > 0.001))
                fail_msg("%s at temperature %g: probability %g", bz_unit_name(shapes[k].unit), t, probability);
            bz_machine_free(m);
        }
}

static void gaussian_draws_have_t_times_the_variance(void **state)
{
    (void)state;
    static double z[DRAWS];
    struct bz_machine *m = layer_alone(BZ_GAUSSIAN, 3, 1);

    for (double t = 0.5; t < 3; t *= 2)
        for (size_t i = 0; i < 3; i++) {
            for (size_t n = 0; n < DRAWS; n++) {
                const struct bz_key key = key_of(n);
                float x[3];
                bz_unit_type(BZ_GAUSSIAN)->sample(&m->layers[0], m->layers[0].start, t, 0, &key, x);
                z[n] = ((double)x[i] - m->layers[0].bias[i]) / (exp(m->layers[0].log_sigma[i]) * sqrt(t));
            }
            assert_true(kolmogorov_test(z, DRAWS, standard_normal, NULL) > 0.001);
        }
    bz_machine_free(m);
}

/* The distribution function of a normal distribution of mean z truncated below 0. */
static double cut_normal(double y, void *arg)
{
    const double z = *(const double *)arg;
    return 1 - erfc((y - z) / sqrt(2)) / erfc(-z / sqrt(2));
}

/* The distribution function of a drelu unit: erf beyond the mean of each half, weighted by the integrals. */
static double two_halves(double x, void *arg)
{
    const double *s = arg, *f = s + 2; /* deviations above and below; fields */
    double area[2], part[2];
    for (int k = 0; k < 2; k++) {
        const double z = (k ? -1 : 1) * s[k] * f[k], y = fabs(x) / s[k];
        area[k] = s[k] * exp(z * z / 2) * erfc(-z / sqrt(2));
        part[k] = (k ? x < 0 : x > 0) ? s[k] * exp(z * z / 2) * erfc((y - z) / sqrt(2)) : area[k]; /* the part beyond x */
    }
    return (x < 0 ? part[1] : area[1] + area[0] - part[0]) / (area[0] + area[1]);
}

static void two_sided_draws_follow_both_halves(void **state)
{
    (void)state;
    static double y[DRAWS];
    struct bz_machine *m = layer_alone(BZ_DRELU, 3, 1);
    const struct bz_layer *l = &m->layers[0];
    const float fields[] = {-0.9f, 0.2f, 1.1f};

    for (double t = 0.5; t < 3; t *= 2)
        for (size_t i = 0; i < 3; i++) {
            const double s = exp((double)l->log_sigma[i]) * sqrt(t), f = (double)fields[i] / t;
            double half[4] = {s, s * exp((double)l->below[3 + i]), f, f + (double)l->below[i] / t};
            for (size_t n = 0; n < DRAWS; n++) {
                const struct bz_key key = key_of(n);
                float x[3];
                bz_unit_type(BZ_DRELU)->sample(l, fields, t, 0, &key, x);
                y[n] = (double)x[i];
            }
            assert_true(kolmogorov_test(y, DRAWS, two_halves, half) > 0.001);
        }
    bz_machine_free(m);
}

static void rectified_draws_follow_the_cut_normal(void **state)
{
    (void)state;
    static double y[DRAWS];
    struct bz_machine *m = layer_alone(BZ_RELU, 3, 1);
    const float fields[] = {-12, -0.2f, 2.5f};

    for (double t = 0.5; t < 3; t *= 2)
        for (size_t i = 0; i < 3; i++) {
            const double s = exp((double)m->layers[0].log_sigma[i]) * sqrt(t);
            double z = exp((double)m->layers[0].log_sigma[i]) * (double)fields[i] / sqrt(t);
            for (size_t n = 0; n < DRAWS; n++) {
                const struct bz_key key = key_of(n);
                float x[3];
                bz_unit_type(BZ_RELU)->sample(&m->layers[0], fields, t, 0, &key, x);
                y[n] = (double)x[i] / s;
            }
            assert_true(kolmogorov_test(y, DRAWS, cut_normal, &z) > 0.001);
        }
    bz_machine_free(m);
}

/* From far below 0 to far above: the biases returned by fit give the requested means. */
static void fitted_biases_have_the_means(void **state)
{
    (void)state;
    const double part[] = {0.02, 0.5, 0.7};
    for (size_t k = 0; k < N_SHAPES; k++) {
        struct bz_machine *m = layer_alone(shapes[k].unit, shapes[k].size, shapes[k].groups);
        const struct bz_unit_type *type = bz_unit_type(shapes[k].unit);
        const size_t width = type->grouped ? m->layers[0].size / m->layers[0].groups : m->layers[0].size;
        double want[8], total = 0;
        float bias[8], got[8];
        for (size_t i = 0; i < width; i++)
            total += part[i % 3];
        for (size_t i = 0; i < m->layers[0].size; i++)
            want[i] = type->binary      ? type->least + (double)(type->most - type->least) * part[i % 3]
                      : type->grouped   ? part[i % width % 3] / total
                      : type->exclusive ? part[i % 3] / (2 * total)
                      : type->counted   ? shapes[k].d * part[i % 3] / total
                      : type->least < 0 ? 3 * part[i % 3] - 2
                                        : pow(10, (double)i - 1);
        type->fit(&m->layers[0], want, 1e9, bias);
        type->mean(&m->layers[0], bias, 1, shapes[k].d, got);
        for (size_t i = 0; i < m->layers[0].size; i++)
            assert_near(got[i], want[i], 1e-5);
        bz_machine_free(m);
    }
}

/* Many counts over many columns: each column's count has the mean and variance of a multinomial, and none is lost. */
static void long_count_rows_are_drawn_right(void **state)
{
    (void)state;
    enum { K = 50, ROWS = 400 };
    const double d = 1000;
    struct bz_machine *m = layer_alone(BZ_MULTINOMIAL, K, 1);
    float mean[K], x[K];
    double chi = 0, sum[K] = {0};

    bz_unit_type(BZ_MULTINOMIAL)->mean(&m->layers[0], m->layers[0].start, 1, d, mean);
    for (size_t r = 0; r < ROWS; r++) {
        const struct bz_key key = key_of(r);
        double total = 0;
        bz_unit_type(BZ_MULTINOMIAL)->sample(&m->layers[0], m->layers[0].start, 1, d, &key, x);
        for (size_t i = 0; i < K; i++) {
            total += x[i];
            sum[i] += x[i];
            chi += (x[i] - mean[i]) * (x[i] - mean[i]) / mean[i];
        }
        assert_true(total == d);
    }
    assert_true(fabs(chi / ROWS - (K - 1)) < 5 * sqrt(2.0 * (K - 1) / ROWS)); /* each row: chi-square with K-1 degrees */
    chi = 0;
    for (size_t i = 0; i < K; i++)
        chi += (sum[i] - ROWS * mean[i]) * (sum[i] - ROWS * mean[i]) / (ROWS * (double)mean[i]);
    assert_true(chi_square_tail(chi, K - 1) > 0.001);
    bz_machine_free(m);
}

static void excluded_columns_are_never_drawn(void **state)
{
    (void)state;
    struct bz_machine *softmax = layer_alone(BZ_SOFTMAX, 6, 2), *counts = layer_alone(BZ_MULTINOMIAL, 6, 1);
    const float field[] = {-INFINITY, -200, 80, 5, -INFINITY, -INFINITY};
    float x[6], mean[6];

    for (size_t n = 0; n < 2000; n++) {
        const struct bz_key key = key_of(n);
        bz_unit_type(BZ_SOFTMAX)->sample(&softmax->layers[0], field, 1, 0, &key, x);
        assert_true(x[0] == 0 && x[1] == 0 && x[2] == 1 && x[3] == 1 && x[4] == 0 && x[5] == 0);
        bz_unit_type(BZ_MULTINOMIAL)->sample(&counts->layers[0], field, 30, 2, &key, x);
        assert_true(x[0] == 0 && x[4] == 0 && x[5] == 0 && x[1] + x[2] + x[3] == 2);
    }
    bz_unit_type(BZ_SOFTMAX)->mean(&softmax->layers[0], field, 1, 0, mean);
    assert_true(mean[0] == 0 && mean[2] == 1 && mean[3] == 1 && mean[5] == 0);
    bz_machine_free(softmax);
    bz_machine_free(counts);
}

static void extreme_fields_stay_finite(void **state)
{
    (void)state;
    const float field[] = {1e4f, -1e4f, 1e4f, -1e4f, 1e4f, 0};
    for (size_t k = 0; k < N_SHAPES; k++) {
        struct bz_machine *m = layer_alone(shapes[k].unit, shapes[k].size, shapes[k].groups);
        const struct bz_unit_type *type = bz_unit_type(shapes[k].unit);
        const struct bz_key key = key_of(1);
        float y[6];
        assert_true(isfinite(type->log_sum(&m->layers[0], field, 0.01, shapes[k].d)));
        type->mean(&m->layers[0], field, 0.01, shapes[k].d, y);
        assert_true(isfinite(type->entropy(&m->layers[0], y, NULL, shapes[k].d)));
        for (size_t i = 0; i < shapes[k].size; i++)
            assert_true(isfinite(y[i]));
        type->sample(&m->layers[0], field, 0.01, shapes[k].d, &key, y);
        for (size_t i = 0; i < shapes[k].size; i++)
            assert_true(isfinite(y[i]));
        bz_machine_free(m);
    }
}

static void no_counts_give_nothing(void **state)
{
    (void)state;
    struct bz_machine *m = layer_alone(BZ_MULTINOMIAL, 4, 1);
    const struct bz_unit_type *type = bz_unit_type(BZ_MULTINOMIAL);
    const struct bz_key key = key_of(1);
    float x[4] = {9, 9, 9, 9};

    type->sample(&m->layers[0], m->layers[0].start, 1, 0, &key, x);
    for (size_t i = 0; i < 4; i++)
        assert_true(x[i] == 0);
    assert_true(type->log_sum(&m->layers[0], m->layers[0].start, 1, 0) == 0);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_complete),
        cmocka_unit_test(means_and_sums_match_enumeration),
        cmocka_unit_test(entropies_and_energies_match_enumeration),
        cmocka_unit_test(own_terms_are_minus_the_energy),
        cmocka_unit_test(gaussian_log_sum_counts_offsets),
        cmocka_unit_test(discrete_draws_follow_the_distribution),
        cmocka_unit_test(gaussian_draws_have_t_times_the_variance),
        cmocka_unit_test(rectified_draws_follow_the_cut_normal),
        cmocka_unit_test(two_sided_draws_follow_both_halves),
        cmocka_unit_test(fitted_biases_have_the_means),
        cmocka_unit_test(long_count_rows_are_drawn_right),
        cmocka_unit_test(excluded_columns_are_never_drawn),
        cmocka_unit_test(extreme_fields_stay_finite),
        cmocka_unit_test(no_counts_give_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
