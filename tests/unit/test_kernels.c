/* Every kernel of every level this CPU has: against plain loops, against long double, and bit for bit against "base". */
#include "kernels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_N = 1100, MAX_ROWS = 70, MAX_LEVELS = 8 };

static const struct bz_kernels *levels[MAX_LEVELS];
static size_t n_levels;

static int find_levels(void **state)
{
    (void)state;
    n_levels = bz_cpu_levels(levels, MAX_LEVELS);
    return n_levels == 0;
}

/* --- inputs --- */

static uint64_t mix; /* a small generator of its own, so that the tests do not lean on what they test */

static uint32_t next_u32(void)
{
    mix += 0x9e3779b97f4a7c15;
    uint64_t z = mix;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (uint32_t)(z >> 32);
}

static float next_float(float scale)
{
    return scale * ((float)(next_u32() >> 8) * 0x1p-23f - 1);
}

enum fill { MODERATE, DENORMAL, HUGE_VALUES, ANY_FINITE, SPECIAL, BINARY };

static float draw(enum fill fill)
{
    static const float special[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1.0f, -1.0f, 0x1p-149f, -0x1p-126f, 3.4e38f};
    switch (fill) {
    case MODERATE:
        return next_float(8);
    case DENORMAL:
        return next_float(0x1p-127f);
    case HUGE_VALUES:
        return next_float(3e38f);
    case SPECIAL:
        return special[next_u32() % 10];
    case BINARY:
        return (float)(next_u32() % 4 == 0);
    case ANY_FINITE:
        break;
    }
    for (;;) {
        uint32_t bits = next_u32();
        float x;
        memcpy(&x, &bits, sizeof(x));
        if (isfinite(x))
            return x;
    }
}

static void fill_with(float *x, size_t n, enum fill fill)
{
    for (size_t i = 0; i < n; i++)
        x[i] = draw(fill);
}

/* Equal bits, except that one NaN is as good as another. */
static void assert_same_bits(const float *got, const float *want, size_t n, const char *what, const char *level)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&got[i], &want[i], sizeof(*got)) != 0 && !(isnan(got[i]) && isnan(want[i])))
            fail_msg("%s, %s: element %zu of %zu is %a, want %a", level, what, i, n, (double)got[i], (double)want[i]);
}

static void assert_same_double(double got, double want, const char *what, const char *level, size_t n)
{
    if (memcmp(&got, &want, sizeof(got)) != 0 && !(isnan(got) && isnan(want)))
        fail_msg("%s, %s of %zu: %a, want %a", level, what, n, got, want);
}

/* What a kernel must leave alone: the values around its output. */
enum { GUARD = 80 };

static void paint(float *buffer)
{
    for (size_t i = 0; i < MAX_N + 2 * GUARD; i++)
        buffer[i] = -12345;
}

static void assert_guarded(const float *buffer, size_t at, size_t n, const char *what, const char *level)
{
    for (size_t i = 0; i < MAX_N + 2 * GUARD; i++)
        if ((i < at || i >= at + n) && buffer[i] != -12345)
            fail_msg("%s, %s: wrote outside, %td beyond the start of %zu", level, what, (ptrdiff_t)i - (ptrdiff_t)at, n);
}

static size_t sizes(size_t i)
{
    static const size_t large[] = {255, 256, 257, 500, 511, 513, 784, 959, 960, 961, 1000};
    return i <= 200 ? i : large[i - 201];
}
enum { N_SIZES = 201 + 11 };

/* --- products --- */

static void plain_row_sum(float *out, const float *start, const float *w, size_t stride, const uint32_t *index, const float *x,
                          size_t count, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        volatile float sum = start ? start[j] : 0;
        for (size_t k = 0; k < count; k++) {
            volatile float term = x ? x[index[k]] * w[index[k] * stride + j] : w[index[k] * stride + j];
            sum = sum + term;
        }
        out[j] = sum;
    }
}

static void row_sum_is_the_plain_loop_at_every_level(void **state)
{
    (void)state;
    static float w[MAX_ROWS * (MAX_N + 1)], x[MAX_ROWS], start[MAX_N], want[MAX_N], buffer[MAX_N + 2 * GUARD];
    static const enum fill fills[] = {MODERATE, DENORMAL, HUGE_VALUES, ANY_FINITE, SPECIAL};
    uint32_t index[MAX_ROWS];
    for (size_t s = 0; s < N_SIZES; s++) {
        size_t n = sizes(s), stride = n + s % 3, rows = 1 + next_u32() % MAX_ROWS, count = 0;
        enum fill fill = fills[s % 5];
        fill_with(w, rows * stride, fill);
        fill_with(x, rows, s % 2 ? BINARY : fill);
        fill_with(start, n, fill);
        for (size_t r = 0; r < rows; r++)
            if (next_u32() % 3)
                index[count++] = (uint32_t)r;
        const float *starts[] = {start, NULL}, *values[] = {x, NULL};
        for (size_t option = 0; option < 4; option++) {
            plain_row_sum(want, starts[option % 2], w, stride, index, values[option / 2], count, n);
            for (size_t l = 0; l < n_levels; l++) {
                paint(buffer);
                float *out = buffer + GUARD + s % 17;
                levels[l]->row_sum(out, starts[option % 2], w, stride, index, values[option / 2], count, n);
                assert_same_bits(out, want, n, "row_sum", levels[l]->name);
                assert_guarded(buffer, GUARD + s % 17, n, "row_sum", levels[l]->name);
            }
        }
        for (size_t l = 0; l < n_levels; l++) { /* in place */
            memcpy(buffer, start, n * sizeof(float));
            levels[l]->row_sum(buffer, buffer, w, stride, index, NULL, count, n);
            plain_row_sum(want, start, w, stride, index, NULL, count, n);
            assert_same_bits(buffer, want, n, "row_sum in place", levels[l]->name);
        }
    }
}

static void row_sums_gives_the_bits_of_row_sum(void **state)
{
    (void)state;
    enum { ROWS = 150, DEPTH = 600, WIDTH = 70 };
    static float w[DEPTH * (WIDTH + 3)], start[ROWS * WIDTH], want[WIDTH], out[(ROWS + 1) * (WIDTH + 5)];
    static uint32_t index[ROWS * DEPTH], count[ROWS];
    static const size_t some_rows[] = {0, 1, 8, 15, 16, 17, 31, 64, 65, 79, 128, 150};
    static const enum fill fills[] = {MODERATE, DENORMAL, HUGE_VALUES, ANY_FINITE, SPECIAL};
    for (size_t n = 1; n <= WIDTH; n += 1 + n / 10)
        for (size_t s = 0; s < 12; s++) {
            size_t rows = some_rows[s], depth = next_u32() % 3 ? next_u32() % (DEPTH + 1) : s % 3 * 256;
            size_t w_stride = n + n % 4, index_stride = depth + s % 2, out_stride = n + s % 6;
            bool one_start = s % 2, no_start = s % 4 == 0;
            fill_with(w, depth * w_stride, fills[(n + s) % 5]);
            fill_with(start, rows * n, fills[(n + s) % 5]);
            for (size_t r = 0; r < rows; r++) {
                uint32_t density = next_u32() >> 16; /* from empty to full rows */
                count[r] = 0;
                for (size_t i = 0; i < depth; i++)
                    if (next_u32() >> 16 <= density)
                        index[r * index_stride + count[r]++] = (uint32_t)i;
            }
            for (size_t l = 0; l < n_levels; l++) {
                for (size_t i = 0; i < (ROWS + 1) * (WIDTH + 5); i++)
                    out[i] = -12345;
                levels[l]->row_sums(out, out_stride, no_start ? NULL : start, one_start ? 0 : n, w, w_stride, index,
                                    index_stride, count, rows, depth, n);
                for (size_t r = 0; r < rows; r++) {
                    const float *from = no_start ? NULL : start + (one_start ? 0 : r * n);
                    plain_row_sum(want, from, w, w_stride, index + r * index_stride, NULL, count[r], n);
                    assert_same_bits(out + r * out_stride, want, n, "row_sums", levels[l]->name);
                    for (size_t i = n; i < out_stride; i++)
                        assert_true(out[r * out_stride + i] == -12345);
                }
                for (size_t i = rows * out_stride; i < (ROWS + 1) * (WIDTH + 5); i++)
                    assert_true(out[i] == -12345);
                if (!one_start && !no_start) { /* in place */
                    memcpy(out, start, rows * n * sizeof(float));
                    levels[l]->row_sums(out, n, out, n, w, w_stride, index, index_stride, count, rows, depth, n);
                    for (size_t r = 0; r < rows; r++) {
                        plain_row_sum(want, start + r * n, w, w_stride, index + r * index_stride, NULL, count[r], n);
                        assert_same_bits(out + r * n, want, n, "row_sums in place", levels[l]->name);
                    }
                }
            }
        }
}

static void dense_sum_gives_the_bits_of_row_sum(void **state)
{
    (void)state;
    enum { ROWS = 9, DEPTH = 40, WIDTH = 300 };
    static float w[DEPTH * (WIDTH + 2)], x[ROWS * (DEPTH + 1)], start[ROWS * WIDTH], want[WIDTH], out[ROWS * (WIDTH + 3)];
    static const enum fill fills[] = {MODERATE, DENORMAL, BINARY};
    uint32_t index[DEPTH];
    for (size_t n = 1; n <= WIDTH; n += 1 + n / 20)
        for (size_t rows = 1; rows <= ROWS; rows++) {
            size_t depth = next_u32() % (DEPTH + 1), w_stride = n + n % 3, x_stride = depth + 1, out_stride = n + 3;
            bool one_start = rows % 2, no_start = rows % 4 == 0;
            fill_with(w, depth * w_stride, MODERATE);
            fill_with(x, rows * x_stride, fills[(n + rows) % 3]);
            fill_with(start, rows * n, MODERATE);
            for (size_t l = 0; l < n_levels; l++) {
                for (size_t i = 0; i < ROWS * (WIDTH + 3); i++)
                    out[i] = -12345;
                levels[l]->dense_sum(out, out_stride, no_start ? NULL : start, one_start ? 0 : n, x, x_stride, w, w_stride,
                                     rows, depth, n);
                for (size_t r = 0; r < rows; r++) {
                    const float *s = no_start ? NULL : start + (one_start ? 0 : r * n), *row = x + r * x_stride;
                    size_t count = levels[0]->nonzero(index, row, depth);
                    plain_row_sum(want, s, w, w_stride, index, row, count, n);
                    assert_same_bits(out + r * out_stride, want, n, "dense_sum", levels[l]->name);
                    for (size_t i = n; i < out_stride; i++)
                        assert_true(out[r * out_stride + i] == -12345);
                }
                for (size_t i = rows * out_stride; i < ROWS * (WIDTH + 3); i++)
                    assert_true(out[i] == -12345);
            }
        }
}

static void nonzero_lists_what_differs_from_zero(void **state)
{
    (void)state;
    static float buffer[MAX_N + 16];
    uint32_t index[MAX_N + 1];
    static const enum fill fills[] = {BINARY, MODERATE, SPECIAL, DENORMAL};
    for (size_t s = 0; s < N_SIZES; s++) {
        size_t n = sizes(s);
        float *x = buffer + s % 16;
        fill_with(x, n, fills[s % 4]);
        for (size_t l = 0; l < n_levels; l++) {
            index[n] = 77;
            size_t count = levels[l]->nonzero(index, x, n), k = 0;
            for (size_t i = 0; i < n; i++)
                if (x[i] != 0) {
                    assert_true(k < count);
                    assert_int_equal(index[k++], i);
                }
            assert_int_equal(count, k);
            assert_int_equal(index[n], 77);
        }
    }
}

/* --- exponentials --- */

static void elementwise_kernels_give_the_same_bits_at_every_level(void **state)
{
    (void)state;
    static float x[MAX_N], want[MAX_N], buffer[MAX_N + 2 * GUARD];
    static const enum fill fills[] = {MODERATE, DENORMAL, HUGE_VALUES, ANY_FINITE, SPECIAL};
    for (size_t s = 0; s < N_SIZES; s++) {
        size_t n = sizes(s), at = GUARD + s % 17;
        float scale = s % 3 ? 1.0f : next_float(2), shift = next_float(30), a = next_float(3);
        fill_with(x, n, fills[s % 5]);
        for (size_t l = 0; l < n_levels; l++) {
            const char *level = levels[l]->name;
            levels[0]->sigmoid(want, x, scale, n);
            paint(buffer);
            levels[l]->sigmoid(buffer + at, x, scale, n);
            assert_same_bits(buffer + at, want, n, "sigmoid", level);
            assert_guarded(buffer, at, n, "sigmoid", level);

            levels[0]->exp_shifted(want, x, shift, n);
            paint(buffer);
            memcpy(buffer + at, x, n * sizeof(float)); /* in place */
            levels[l]->exp_shifted(buffer + at, buffer + at, shift, n);
            assert_same_bits(buffer + at, want, n, "exp_shifted", level);
            assert_guarded(buffer, at, n, "exp_shifted", level);

            for (size_t i = 0; i < n; i++) {
                volatile float product = a * x[i];
                want[i] = 0.5f + product;
                buffer[at + i] = 0.5f;
            }
            levels[l]->axpy(buffer + at, a, x, n);
            assert_same_bits(buffer + at, want, n, "axpy", level);
            assert_guarded(buffer, at, n, "axpy", level);
        }
    }
}

static void sigmoid_is_within_2e_7_of_the_truth(void **state)
{
    (void)state;
    enum { CHUNK = 512 };
    float x[CHUNK], p[CHUNK];
    for (size_t l = 0; l < n_levels; l++)
        for (float z = -87; z < 100;) {
            for (size_t i = 0; i < CHUNK; i++, z += 0.00137f)
                x[i] = z;
            levels[l]->sigmoid(p, x, 1, CHUNK);
            for (size_t i = 0; i < CHUNK; i++) {
                long double want = 1 / (1 + expl(-(long double)x[i]));
                if (fabsl(p[i] - want) > 2e-7L * want)
                    fail_msg("%s: sigmoid(%.9g) = %.9g, want %.9Lg", levels[l]->name, (double)x[i], (double)p[i], want);
            }
        }
}

static void exp_shifted_is_within_2e_7_of_the_truth(void **state)
{
    (void)state;
    enum { CHUNK = 512 };
    float x[CHUNK], p[CHUNK];
    for (size_t l = 0; l < n_levels; l++)
        for (float z = -87; z < 87;) {
            for (size_t i = 0; i < CHUNK; i++, z += 0.00137f)
                x[i] = z;
            levels[l]->exp_shifted(p, x, 0, CHUNK);
            for (size_t i = 0; i < CHUNK; i++) {
                long double want = expl((long double)x[i]);
                if (fabsl(p[i] - want) > 2e-7L * want)
                    fail_msg("%s: exp(%.9g) = %.9g, want %.9Lg", levels[l]->name, (double)x[i], (double)p[i], want);
            }
        }
}

static void far_arguments_stay_finite_and_nan_stays_nan(void **state)
{
    (void)state;
    const float x[] = {-INFINITY, -1e30f, -200, 200, 1e30f, INFINITY, NAN};
    float p[7];
    for (size_t l = 0; l < n_levels; l++) {
        levels[l]->sigmoid(p, x, 1, 7);
        for (int i = 0; i < 3; i++)
            assert_true(p[i] > 0 && p[i] < 2e-38f);
        for (int i = 3; i < 6; i++)
            assert_true(p[i] == 1);
        assert_true(isnan(p[6]));
        levels[l]->exp_shifted(p, x, 1, 7);
        for (int i = 0; i < 3; i++)
            assert_true(p[i] > 0 && p[i] < 2e-38f);
        for (int i = 3; i < 6; i++)
            assert_true(p[i] > 1e38f && isfinite(p[i]));
        assert_true(isnan(p[6]));
    }
}

/* --- reductions --- */

static void softplus_sum_agrees_with_long_double(void **state)
{
    (void)state;
    static float x[MAX_N];
    static const enum fill fills[] = {MODERATE, DENORMAL, HUGE_VALUES};
    for (size_t s = 0; s < N_SIZES; s++) {
        size_t n = sizes(s);
        double scale = s % 4 ? 1 : (double)next_float(100);
        long double want = 0, magnitude = 0;
        fill_with(x, n, fills[s % 3]);
        for (size_t i = 0; i < n; i++) {
            long double z = (long double)scale * x[i], a = fabsl(z);
            want += (z > 0 ? z : 0) + log1pl(expl(-a));
            magnitude += a + 1;
        }
        for (size_t l = 0; l < n_levels; l++) {
            double got = levels[l]->softplus_sum(x, scale, n);
            if (!(fabsl(got - want) <= 1e-15L * magnitude))
                fail_msg("%s: sum over %zu is %.17g, want %.20Lg", levels[l]->name, n, got, want);
            assert_same_double(got, levels[0]->softplus_sum(x, scale, n), "softplus_sum", levels[l]->name, n);
        }
    }
}

static void softplus_sum_lets_no_nan_pass_and_handles_infinities(void **state)
{
    (void)state;
    for (size_t l = 0; l < n_levels; l++)
        for (size_t at = 0; at < 37; at++) { /* in whole rows of sixteen and in the rest */
            float x[37] = {0};
            x[at] = NAN;
            assert_true(isnan(levels[l]->softplus_sum(x, 1, 37)));
            x[at] = INFINITY;
            assert_true(isinf(levels[l]->softplus_sum(x, 1, 37)));
            x[at] = -INFINITY;
            assert_true(fabs(levels[l]->softplus_sum(x, 1, 37) - 36 * log(2)) < 1e-12);
        }
}

/* Exponentials from 2^-250 to 2^250, kept through a few changes. */
static void grow_softplus_keeps_the_sum_of_softplus(void **state)
{
    (void)state;
    static double e[MAX_N], ratio[MAX_N], mine[MAX_N];
    static float x[MAX_N];
    for (size_t s = 0; s < N_SIZES; s++) {
        size_t n = sizes(s);
        for (size_t l = 0; l < n_levels; l++) {
            mix = s;
            for (size_t i = 0; i < n; i++) {
                x[i] = next_float(s % 3 ? 80 : 2);
                mine[i] = exp((double)x[i]);
            }
            for (int change = 0; change < 3; change++) {
                long double want = 0, magnitude = 0;
                for (size_t i = 0; i < n; i++) {
                    float by = next_float(s % 3 ? 30 : 2);
                    ratio[i] = exp((double)by);
                    e[i] = mine[i] * ratio[i];
                    want += log1pl(e[i]);
                    magnitude += log1pl(e[i]) + 1;
                }
                double got = levels[l]->grow_softplus(mine, ratio, n);
                assert_memory_equal(mine, e, n * sizeof(*e));
                if (!(fabsl(got - want) <= 1e-15L * magnitude))
                    fail_msg("%s: sum over %zu is %.17g, want %.20Lg", levels[l]->name, n, got, want);
            }
            assert_same_double(levels[l]->grow_softplus(mine, ratio, n), levels[0]->grow_softplus(e, ratio, n), "grow_softplus",
                               levels[l]->name, n);
        }
    }
}

static void dot_agrees_with_long_double_and_between_levels(void **state)
{
    (void)state;
    static float a[MAX_N], b[MAX_N];
    static const enum fill fills[] = {MODERATE, DENORMAL, HUGE_VALUES, ANY_FINITE};
    for (size_t s = 0; s < N_SIZES; s++) {
        size_t n = sizes(s);
        long double want = 0, magnitude = 0;
        fill_with(a, n, fills[s % 4]);
        fill_with(b, n, MODERATE);
        for (size_t i = 0; i < n; i++) {
            want += (long double)a[i] * b[i];
            magnitude += fabsl((long double)a[i] * b[i]);
        }
        for (size_t l = 0; l < n_levels; l++) {
            double got = levels[l]->dot(a, b, n);
            assert_true(fabsl(got - want) <= 1e-14L * magnitude);
            assert_same_double(got, levels[0]->dot(a, b, n), "dot", levels[l]->name, n);
        }
    }
}

/* --- random numbers --- */

static void random_kernels_give_the_numbers_of_each_unit(void **state)
{
    (void)state;
    static float p[MAX_N], want[MAX_N], buffer[MAX_N + 2 * GUARD];
    for (size_t s = 0; s < N_SIZES; s++) {
        struct bz_key key = {.seed = (uint64_t)next_u32() << 21 ^ next_u32(),
                             .step = (uint64_t)next_u32() << 16 | s,
                             .chain = next_u32(),
                             .layer = (uint16_t)next_u32(),
                             .purpose = (uint8_t)(s % 7)};
        size_t n = sizes(s), at = GUARD + s % 17;
        uint32_t first = 64 * (next_u32() % 1000);
        fill_with(p, n, MODERATE);
        for (size_t l = 0; l < n_levels; l++) {
            paint(buffer);
            levels[l]->uniform(buffer + at, &key, first, n);
            for (size_t i = 0; i < n; i++)
                want[i] = bz_random_uniform(&key, first + (uint32_t)i);
            assert_same_bits(buffer + at, want, n, "uniform", levels[l]->name);
            assert_guarded(buffer, at, n, "uniform", levels[l]->name);

            for (size_t i = 0; i < n; i++) {
                p[i] = 0.5f + p[i] / 10;
                want[i] = want[i] < p[i] ? 1 : 0;
            }
            paint(buffer);
            memcpy(buffer + at, p, n * sizeof(float)); /* in place */
            levels[l]->bernoulli(buffer + at, buffer + at, &key, first, n);
            assert_same_bits(buffer + at, want, n, "bernoulli", levels[l]->name);
            assert_guarded(buffer, at, n, "bernoulli", levels[l]->name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_sum_is_the_plain_loop_at_every_level),
        cmocka_unit_test(row_sums_gives_the_bits_of_row_sum),
        cmocka_unit_test(dense_sum_gives_the_bits_of_row_sum),
        cmocka_unit_test(nonzero_lists_what_differs_from_zero),
        cmocka_unit_test(elementwise_kernels_give_the_same_bits_at_every_level),
        cmocka_unit_test(sigmoid_is_within_2e_7_of_the_truth),
        cmocka_unit_test(exp_shifted_is_within_2e_7_of_the_truth),
        cmocka_unit_test(far_arguments_stay_finite_and_nan_stays_nan),
        cmocka_unit_test(softplus_sum_agrees_with_long_double),
        cmocka_unit_test(softplus_sum_lets_no_nan_pass_and_handles_infinities),
        cmocka_unit_test(grow_softplus_keeps_the_sum_of_softplus),
        cmocka_unit_test(dot_agrees_with_long_double_and_between_levels),
        cmocka_unit_test(random_kernels_give_the_numbers_of_each_unit),
    };
    return cmocka_run_group_tests(tests, find_levels, NULL);
}
