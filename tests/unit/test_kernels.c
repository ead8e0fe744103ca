/* Every kernel except the row sums, at every level this CPU has: against plain loops, against long double, and bit for bit
 * against "base". */
#include "kernel_inputs.h"
#include "stop.h"

#include <stdlib.h>

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
        for (size_t at = 0; at < 37; at++) { /* in whole blocks of sixteen and in the remainder */
            float x[37] = {0};
            x[at] = NAN;
            assert_true(isnan(levels[l]->softplus_sum(x, 1, 37)));
            x[at] = INFINITY;
            assert_true(isinf(levels[l]->softplus_sum(x, 1, 37)));
            x[at] = -INFINITY;
            assert_true(fabs(levels[l]->softplus_sum(x, 1, 37) - 36 * log(2)) < 1e-12);
        }
}

/* Exponentials from 2^-250 to 2^250, maintained through a few changes. */
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

static bool at_once(void *arg)
{
    (void)arg;
    return true;
}

/* Long ones ask on their way whether to stop: that shows neither in their bits nor, when they are to, in memory. */
static void long_dots_are_those_of_plain_loops(void **state)
{
    enum { PIECE = 1 << 18, LONG = 2 * PIECE + 65, SUMS = 16 };
    static const size_t lengths[] = {PIECE - 1, PIECE, PIECE + 1, PIECE + 64, 2 * PIECE, 2 * PIECE + 17, LONG};
    float *a = malloc(LONG * sizeof(*a)), *b = malloc(LONG * sizeof(*b));
    (void)state;
    fill_with(a, LONG, MODERATE);
    fill_with(b, LONG, MODERATE);
    for (size_t s = 0; s < sizeof(lengths) / sizeof(*lengths); s++) {
        double sum[SUMS] = {0};
        for (size_t i = 0; i < lengths[s]; i++)
            sum[i % SUMS] += (double)a[i] * (double)b[i];
        for (size_t width = SUMS / 2; width > 0; width /= 2)
            for (size_t i = 0; i < width; i++)
                sum[i] += sum[i + width];
        for (size_t l = 0; l < n_levels; l++) {
            assert_same_double(levels[l]->dot(a, b, lengths[s]), sum[0], "dot", levels[l]->name, lengths[s]);
            bz_stop_ask(at_once, NULL);
            levels[l]->dot(a, b, lengths[s]);
            assert_true(bz_stopping());
            levels[l]->dot(a, b, lengths[s]);
            bz_stop_ask(NULL, NULL);
        }
    }
    free(a);
    free(b);
}

/* --- random numbers --- */

static void normal_pairs_are_those_of_box_and_muller(void **state)
{
    (void)state;
    enum { P = BZ_NORMAL_PAIRS, TRIES = 200 };
    static const float edges[] = {0, 0x1p-24f, 0.125f, 0.25f, 0.375f, 0.5f, 0.625f, 0.75f, 0.875f, 1 - 0x1p-24f};
    enum { EDGES = sizeof(edges) / sizeof(*edges) };
    float u[3 * P], z[2 * P], mine[2 * P];
    mix = 5;
    for (size_t t = 0; t < TRIES; t++) {
        for (size_t i = 0; i < 3 * P; i++) {
            const size_t edge = (t * 3 * P + i) / 7 % (4 * EDGES);
            u[i] = edge < EDGES ? edges[edge] : floorf(fabsf(next_float(1)) * 0x1p24f) * 0x1p-24f;
            u[i] = u[i] < 1 ? u[i] : 0;
        }
        levels[0]->normal_pairs(z, u, P);
        for (size_t q = 0; q < P; q++) {
            const long double radius = sqrtl(-2 * log1pl(-((long double)u[q] + 0x1p-24L * (long double)u[P + q])));
            const long double angle = 2 * 3.14159265358979323846L * (long double)u[2 * P + q];
            if (!(fabsl(radius * cosl(angle) - (long double)z[q]) < 1e-6L &&
                  fabsl(radius * sinl(angle) - (long double)z[P + q]) < 1e-6L))
                fail_msg("from %a, %a, %a: %g and %g", (double)u[q], (double)u[P + q], (double)u[2 * P + q], (double)z[q],
                         (double)z[P + q]);
        }
        for (size_t l = 1; l < n_levels; l++) {
            levels[l]->normal_pairs(mine, u, P);
            assert_memory_equal(mine, z, sizeof(z));
        }
    }
}

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

            fill_with(p, n, MODERATE);
            for (size_t i = 0; i < n; i++) {
                const double u = bz_random_byte(&key, (uint32_t)i) + bz_random_rest(&key, (uint32_t)i) * 0x1p-32;
                p[i] = i % 5 ? 0.5f + p[i] / 10 : i % 2 ? 0 : i % 4 ? 1 : (float)(u / 256); /* some are not decided by 8 bits */
                want[i] = u < 256 * (double)p[i] ? 1 : 0;
            }
            paint(buffer);
            memcpy(buffer + at, p, n * sizeof(float)); /* in place */
            levels[l]->bernoulli(buffer + at, buffer + at, &key, n);
            assert_same_bits(buffer + at, want, n, "bernoulli", levels[l]->name);
            assert_guarded(buffer, at, n, "bernoulli", levels[l]->name);
        }
    }
}

/* --- integers --- */

static void bits_are_those_of_the_upper_value(void **state)
{
    (void)state;
    static float x[MAX_N + 1];
    static uint64_t got[MAX_N / 64 + 2];
    for (size_t s = 0; s < N_SIZES; s++) {
        const size_t n = sizes(s), words = (n + 63) / 64;
        const float least = s % 2 ? -1 : 0;
        for (size_t l = 0; l < n_levels; l++) {
            for (size_t i = 0; i < n; i++)
                x[i] = next_u32() % 3 ? least : 1;
            got[words] = 0x5a5a5a5a5a5a5a5a;
            assert_true(levels[l]->bits(got, x, least, 1, n));
            for (size_t i = 0; i < words * 64; i++)
                assert_int_equal(got[i / 64] >> i % 64 & 1, i < n && x[i] == 1);
            assert_true(got[words] == 0x5a5a5a5a5a5a5a5a);
            static const float others[] = {0.5f, NAN, 2, -0.5f};
            if (n) {
                x[next_u32() % n] = others[s % 4];
                assert_false(levels[l]->bits(got, x, least, 1, n));
            }
        }
    }
}

static void bits_are_counted_and_listed(void **state)
{
    (void)state;
    enum { WORDS = 5 };
    uint64_t now[WORDS], before[WORDS];
    uint32_t list[64 * WORDS + 1];
    for (size_t step = 0; step < 40 * n_levels; step++) {
        const struct bz_kernels *k = levels[step % n_levels];
        const size_t n = step / n_levels % (WORDS + 1);
        size_t on, changed, n_on = 0, n_changed = 0, n_new = 0;
        for (size_t i = 0; i < WORDS; i++) {
            const uint64_t masks[] = {0, UINT64_MAX, 0x8000000000010001};
            now[i] = step % 4 < 3 ? masks[step % 4] : (uint64_t)next_u32() << 32 | next_u32();
            before[i] = step % 5 ? (uint64_t)next_u32() << 32 | next_u32() : 0;
        }
        list[64 * n] = 77;
        const uint32_t count = k->list_bits(list, now, before, n);
        k->count_bits(&on, &changed, now, before, n);
        for (uint32_t i = 0; i < 64 * n; i++) {
            const bool is = now[i / 64] >> i % 64 & 1, was = before[i / 64] >> i % 64 & 1;
            n_on += is;
            n_changed += is != was;
            if (is && !was) {
                assert_true(n_new < count);
                assert_int_equal(list[n_new++], i);
            }
        }
        assert_int_equal(count, n_new);
        assert_int_equal(on, n_on);
        assert_int_equal(changed, n_changed);
        assert_true(list[64 * n] == 77);
    }
}

static void fixed_sums_add_and_subtract_lines(void **state)
{
    (void)state;
    enum { W = BZ_FIXED_WIDTH, ROWS = 3, DEPTH = 70, MOST = 150 };
    static int32_t w[(MOST / W + 1) * (DEPTH + 1) * W], start[ROWS * (MOST + W)], sum[ROWS * (MOST + W)];
    uint32_t on[ROWS * DEPTH], off[ROWS * DEPTH], n_on[ROWS], n_off[ROWS];
    const struct bz_flips flips = {on, n_on, off, n_off, DEPTH, ROWS};
    for (size_t n = 1; n <= MOST; n += 1 + n / 5) {
        const size_t stride = (n + W - 1) / W * W, depth = n % 2 ? DEPTH : 1;
        for (size_t i = 0; i < sizeof(w) / sizeof(*w); i++)
            w[i] = (int32_t)next_u32(); /* sums wrap around */
        for (size_t i = 0; i < ROWS * stride; i++)
            start[i] = (int32_t)next_u32();
        for (size_t r = 0; r < ROWS; r++) {
            n_on[r] = n_off[r] = 0;
            for (uint32_t k = 0; k < depth; k++) /* in the first row nothing changes, in the last one everything */
                if (r == 2 || (r == 1 && next_u32() % 2))
                    on[r * DEPTH + n_on[r]++] = k;
                else if (r == 1)
                    off[r * DEPTH + n_off[r]++] = k;
        }
        for (size_t l = 0; l < n_levels; l++) {
            memcpy(sum, start, sizeof(sum));
            levels[l]->fixed_sums(sum, stride, w, depth, n, &flips);
            for (size_t r = 0; r < ROWS; r++)
                for (size_t j = 0; j < n; j++) {
                    uint32_t want = (uint32_t)start[r * stride + j];
                    for (size_t k = 0; k < n_on[r]; k++)
                        want += (uint32_t)w[(j / W * (depth + 1) + on[r * DEPTH + k]) * W + j % W];
                    for (size_t k = 0; k < n_off[r]; k++)
                        want -= (uint32_t)w[(j / W * (depth + 1) + off[r * DEPTH + k]) * W + j % W];
                    assert_int_equal((uint32_t)sum[r * stride + j], want);
                }
        }
    }
}

static void coarse_sums_are_those_of_both_halves(void **state)
{
    (void)state;
    enum { W = BZ_COARSE_WIDTH, ROWS = 3, DEPTH = 70, MOST = 150, STRIDE = (MOST / W + 1) * W };
    static int16_t number[DEPTH][STRIDE];
    static uint32_t w[STRIDE / 2 * (DEPTH + 1)], sum[ROWS * STRIDE], power[STRIDE];
    static int32_t start[STRIDE];
    static float unit[STRIDE], got[STRIDE];
    uint32_t on[ROWS * DEPTH], off[ROWS * DEPTH], n_on[ROWS] = {0}, n_off[ROWS] = {0}, none[ROWS] = {0};
    const struct bz_flips first = {on, n_on, off, none, DEPTH, ROWS}, then = {on, none, off, n_off, DEPTH, ROWS};
    for (size_t i = 0; i < STRIDE; i++) {
        start[i] = (int32_t)(next_u32() % 2000) - 1000;
        power[i] = 1u << next_u32() % 5;
        unit[i] = i % 2 ? 0.25f : 2;
        for (size_t k = 0; k < DEPTH; k++)
            number[k][i] = k == 1 ? INT16_MIN : k == 2 ? INT16_MAX : (int16_t)next_u32();
    }
    for (uint32_t k = 0; k < DEPTH; k++)
        for (size_t i = 0; i < STRIDE; i++) {
            uint32_t *word = &w[(i / W * (DEPTH + 1) + k) * W / 2 + i % W % (W / 2)];
            *word += i % W < W / 2 ? (uint32_t)number[k][i] << 16 : (uint32_t)(number[k][i] + BZ_COARSE_BIAS);
        }
    for (size_t r = 0; r < ROWS; r++) /* all of them turn on; then, in all rows but the first, some turn off */
        for (uint32_t k = 0; k < DEPTH; k++) {
            on[r * DEPTH + n_on[r]++] = k;
            if (r && k % (r + 1) == 0)
                off[r * DEPTH + n_off[r]++] = k;
        }
    for (size_t l = 0; l < n_levels; l++)
        for (size_t n = 1; n <= MOST; n += 1 + n / 5) {
            memset(sum, 0, sizeof(sum));
            levels[l]->coarse_sums(sum, STRIDE, w, DEPTH, n, &first);
            levels[l]->coarse_sums(sum, STRIDE, w, DEPTH, n, &then);
            for (size_t r = 0; r < ROWS; r++) {
                const struct bz_coarse c = {sum + r * STRIDE, DEPTH - n_off[r], start, power, unit};
                memset(got, 0x5a, sizeof(got));
                levels[l]->from_coarse(got, &c, n);
                for (size_t j = 0; j < n; j++) {
                    int32_t want = 0;
                    for (uint32_t k = 0; k < DEPTH; k++)
                        want += r && k % (r + 1) == 0 ? 0 : number[k][j];
                    assert_true(got[j] == (float)(start[j] + want * (int32_t)power[j]) * unit[j]);
                }
                assert_memory_equal(got + n, &(uint32_t){0x5a5a5a5a}, sizeof(float));
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nonzero_lists_what_differs_from_zero),
        cmocka_unit_test(elementwise_kernels_give_the_same_bits_at_every_level),
        cmocka_unit_test(sigmoid_is_within_2e_7_of_the_truth),
        cmocka_unit_test(exp_shifted_is_within_2e_7_of_the_truth),
        cmocka_unit_test(far_arguments_stay_finite_and_nan_stays_nan),
        cmocka_unit_test(softplus_sum_agrees_with_long_double),
        cmocka_unit_test(softplus_sum_lets_no_nan_pass_and_handles_infinities),
        cmocka_unit_test(grow_softplus_keeps_the_sum_of_softplus),
        cmocka_unit_test(normal_pairs_are_those_of_box_and_muller),
        cmocka_unit_test(dot_agrees_with_long_double_and_between_levels),
        cmocka_unit_test(long_dots_are_those_of_plain_loops),
        cmocka_unit_test(random_kernels_give_the_numbers_of_each_unit),
        cmocka_unit_test(bits_are_those_of_the_upper_value),
        cmocka_unit_test(bits_are_counted_and_listed),
        cmocka_unit_test(fixed_sums_add_and_subtract_lines),
        cmocka_unit_test(coarse_sums_are_those_of_both_halves),
    };
    return cmocka_run_group_tests(tests, find_levels, NULL);
}
