/* row_sum, row_sums, dense_sum and edge_sums at every level this CPU has, against a plain loop of fmaf. */
#include "kernel_inputs.h"

static void plain_row_sum(float *out, const float *start, const float *w, size_t stride, const uint32_t *index, const float *x,
                          size_t count, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        volatile float sum = start ? start[j] : 0;
        for (size_t k = 0; k < count; k++) {
            float value = w[index[k] * stride + j];
            sum = x ? fmaf(x[index[k]], value, sum) : sum + value;
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

/* a * b + c close to the midpoint of two floats, closer than a double can tell: a * b = +-2^e (1 - i^2 2^-46) added to c, of
 * which 2^e is half the last place. Includes the midpoint between the largest finite number and infinity, and midpoints between
 * subnormal numbers. */
static void products_and_sums_are_rounded_once(void **state)
{
    (void)state;
    enum { N = 67 };
    float b[N], c[N], want[N], out[N];
    const uint32_t index = 0;
    for (int trial = 0; trial < 20000; trial++) {
        /* the last place of c is 2^last; half of that, 2^(last-1), is the power of a times that of b */
        const int last = trial % 4 == 0 ? -149 : trial % 4 == 1 ? 104 : (int)(next_u32() % 254) - 149;
        const int a_power = (last - 1) / 2, b_power = last - 1 - a_power;
        const int i = (int)(next_u32() % 5);
        float a = ldexpf(1 + (float)i * 0x1p-23f, a_power) * (next_u32() % 2 ? 1.0f : -1.0f);
        for (size_t j = 0; j < N; j++) {
            uint32_t places = next_u32() & 0xffffff; /* 24 bits; 1 to 24 bits if subnormal, all ones if the largest */
            places = next_u32() % 8 == 0 ? 0xffffff : last == -149 ? places >> next_u32() % 24 : places | 0x800000;
            c[j] = ldexpf((float)places, last) * (next_u32() % 2 ? 1.0f : -1.0f);
            b[j] = ldexpf(1 - (float)i * 0x1p-23f, b_power + (int)(next_u32() % 3) - 1) * (next_u32() % 2 ? 1.0f : -1.0f);
            want[j] = fmaf(a, b[j], c[j]);
        }
        for (size_t l = 0; l < n_levels; l++) {
            levels[l]->row_sum(out, c, b, N, &index, &a, 1, N);
            assert_same_bits(out, want, N, "row_sum close to a tie", levels[l]->name);
            levels[l]->dense_sum(out, N, c, 0, &a, 1, b, N, 1, 1, N);
            assert_same_bits(out, want, N, "dense_sum close to a tie", levels[l]->name);
        }
    }
}

static void row_sums_gives_the_bits_of_row_sum(void **state)
{
    (void)state;
    enum { ROWS = 150, DEPTH = 600, WIDTH = 70 };
    static float w[DEPTH * (WIDTH + 3)], w_t[WIDTH * (DEPTH + 3)], start[ROWS * WIDTH], want[WIDTH];
    static float out[(ROWS + 1) * (WIDTH + 5)];
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
            const size_t turned_stride = depth + s % 4;
            for (size_t i = 0; i < depth; i++)
                for (size_t j = 0; j < n; j++)
                    w_t[j * turned_stride + i] = w[i * w_stride + j];
            for (size_t l = 0; l < 2 * n_levels; l++) {
                const bool turned = l >= n_levels;
                const struct bz_kernels *level = levels[l % n_levels];
                const float *weights = turned ? w_t : w;
                const size_t stride = turned ? turned_stride : w_stride;
                for (size_t i = 0; i < (ROWS + 1) * (WIDTH + 5); i++)
                    out[i] = -12345;
                level->row_sums(out, out_stride, no_start ? NULL : start, one_start ? 0 : n, weights, stride, turned, index,
                                index_stride, count, rows, depth, n);
                for (size_t r = 0; r < rows; r++) {
                    const float *from = no_start ? NULL : start + (one_start ? 0 : r * n);
                    plain_row_sum(want, from, w, w_stride, index + r * index_stride, NULL, count[r], n);
                    assert_same_bits(out + r * out_stride, want, n, turned ? "row_sums, turned" : "row_sums", level->name);
                    for (size_t i = n; i < out_stride; i++)
                        assert_true(out[r * out_stride + i] == -12345);
                }
                for (size_t i = rows * out_stride; i < (ROWS + 1) * (WIDTH + 5); i++)
                    assert_true(out[i] == -12345);
                if (!one_start && !no_start) { /* in place */
                    memcpy(out, start, rows * n * sizeof(float));
                    level->row_sums(out, n, out, n, weights, stride, turned, index, index_stride, count, rows, depth, n);
                    for (size_t r = 0; r < rows; r++) {
                        plain_row_sum(want, start + r * n, w, w_stride, index + r * index_stride, NULL, count[r], n);
                        assert_same_bits(out + r * n, want, n, "row_sums in place", level->name);
                    }
                }
            }
        }
}

static void turn_transposes(void **state)
{
    (void)state;
    enum { MOST = 70 };
    static float in[MOST * MOST], out[MOST * MOST];
    for (size_t trial = 0; trial < 200; trial++) {
        const size_t rows = 1 + next_u32() % 66, columns = 1 + next_u32() % 66, stride = columns + trial % 5,
                     out_stride = rows + trial % 4;
        fill_with(in, rows * stride, ANY_FINITE);
        for (size_t l = 0; l < n_levels; l++) {
            for (size_t i = 0; i < MOST * MOST; i++)
                out[i] = -12345;
            levels[l]->turn(out, out_stride, in, stride, rows, columns);
            for (size_t k = 0; k < MOST * MOST; k++) {
                const size_t j = k / out_stride, i = k % out_stride;
                assert_true(j < columns && i < rows ? out[k] == in[i * stride + j] : out[k] == -12345);
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

/* Of a dense matrix, of which only entries other than 0 are listed; into other memory, and in place. */
static void edge_sums_gives_the_bits_of_row_sum(void **state)
{
    (void)state;
    enum { ROWS = 2 * BZ_EDGE_ROWS + 3, DEPTH = 37, N = 29 };
    static float w[DEPTH * N], weight[DEPTH * N], x[ROWS * (DEPTH + 1)], start[ROWS * (N + 2)], want[N];
    static float out[ROWS * (N + 2)], turned[DEPTH * BZ_EDGE_ROWS];
    static const enum fill fills[] = {MODERATE, DENORMAL, BINARY};
    static const size_t rows_of[] = {1, BZ_EDGE_ROWS - 1, BZ_EDGE_ROWS, ROWS};
    uint32_t unit[DEPTH * N], index[DEPTH];
    size_t begin[N + 1] = {0};

    for (size_t round = 0; round < 48; round++) {
        const size_t rows = rows_of[round % 4], stride = N + 2, start_stride = round / 4 % 2 ? stride : 0;
        const bool in_place = round / 8 % 2 && start_stride, no_start = round % 12 == 5 && !in_place;
        fill_with(w, DEPTH * N, MODERATE);
        fill_with(x, rows * (DEPTH + 1), fills[round % 3]);
        fill_with(start, rows * stride, MODERATE);
        for (size_t i = 0; i < DEPTH * N; i++)
            w[i] = next_u32() % 5 ? 0 : w[i];
        for (size_t j = 0; j < N; j++) {
            begin[j + 1] = begin[j];
            for (size_t i = 0; i < DEPTH; i++)
                if (w[i * N + j] != 0) {
                    unit[begin[j + 1]] = (uint32_t)i;
                    weight[begin[j + 1]++] = w[i * N + j];
                }
        }
        const struct bz_lists lists = {begin, unit, weight};
        for (size_t l = 0; l < n_levels; l++) {
            memcpy(out, start, rows * stride * sizeof(*out));
            levels[l]->edge_sums(out, stride,
                                 no_start   ? NULL
                                 : in_place ? out
                                            : start,
                                 start_stride, x, DEPTH + 1, &lists, turned, rows, DEPTH, N);
            for (size_t r = 0; r < rows; r++) {
                const size_t count = levels[0]->nonzero(index, x + r * (DEPTH + 1), DEPTH);
                plain_row_sum(want, no_start ? NULL : start + r * start_stride, w, N, index, x + r * (DEPTH + 1), count, N);
                for (size_t j = 0; j < N; j++)
                    want[j] += 0.0f; /* -0.0 becomes 0.0 */
                assert_same_bits(out + r * stride, want, N, "edge_sums", levels[l]->name);
                assert_same_bits(out + r * stride + N, start + r * stride + N, 2, "edge_sums beyond", levels[l]->name);
            }
        }
    }
}

/* Every product and sum rounded, as the volatile ones are. */
static void plain_momentum(float *w, float *velocity, float *g, float *fold, const struct bz_momentum *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        volatile float decayed = s->decay * w[i], kept = s->momentum * velocity[i], slope = g[i] - decayed,
                       moved = s->rate * slope;
        volatile float change = kept + moved, folded = s->by * change;
        velocity[i] = g[i] = change;
        w[i] += change;
        fold[i] += folded;
    }
}

static void momentum_row_is_a_plain_step_then_dot_and_axpy(void **state)
{
    (void)state;
    enum { ARRAYS = 4 }; /* w, velocity, g, fold */
    static float from[ARRAYS][MAX_N], want[ARRAYS][MAX_N], got[ARRAYS][MAX_N + 2 * GUARD], along[MAX_N];
    static const enum fill fills[] = {MODERATE, DENORMAL, HUGE_VALUES, ANY_FINITE};
    for (size_t k = 0; k < N_SIZES; k++) {
        const size_t n = sizes(k), at = GUARD + k % 17;
        const struct bz_momentum s = {next_float(1), next_float(1), next_float(0.1f), k % 7 ? next_float(2) : 0};
        fill_with(along, n, MODERATE);
        for (size_t a = 0; a < ARRAYS; a++) {
            fill_with(from[a], n, fills[k % 4]);
            memcpy(want[a], from[a], n * sizeof(float));
        }
        plain_momentum(want[0], want[1], want[2], want[3], &s, n);
        for (size_t l = 0; l < n_levels; l++) {
            for (size_t a = 0; a < ARRAYS; a++) {
                paint(got[a]);
                memcpy(got[a] + at, from[a], n * sizeof(float));
            }
            const double product = levels[l]->momentum_row(got[0] + at, got[1] + at, got[2] + at, got[3] + at, along, &s, n);
            assert_same_double(product, levels[0]->dot(want[2], along, n), "momentum_row", levels[l]->name, n);
            for (size_t a = 0; a < ARRAYS; a++) {
                assert_same_bits(got[a] + at, want[a], n, "momentum_row", levels[l]->name);
                assert_guarded(got[a], at, n, "momentum_row", levels[l]->name);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_sum_is_the_plain_loop_at_every_level),
        cmocka_unit_test(products_and_sums_are_rounded_once),
        cmocka_unit_test(row_sums_gives_the_bits_of_row_sum),
        cmocka_unit_test(turn_transposes),
        cmocka_unit_test(dense_sum_gives_the_bits_of_row_sum),
        cmocka_unit_test(edge_sums_gives_the_bits_of_row_sum),
        cmocka_unit_test(momentum_row_is_a_plain_step_then_dot_and_axpy),
    };
    return cmocka_run_group_tests(tests, find_levels, NULL);
}
