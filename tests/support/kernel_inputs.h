/* Shared by the kernel tests: every level this CPU has, inputs of every kind, bitwise comparison. Each program includes it
 * once. */
#ifndef KERNEL_INPUTS_H
#define KERNEL_INPUTS_H

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

static uint64_t mix; /* a small separate generator, so that the tests do not depend on the code they test */

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

static inline void assert_same_double(double got, double want, const char *what, const char *level, size_t n)
{
    if (memcmp(&got, &want, sizeof(got)) != 0 && !(isnan(got) && isnan(want)))
        fail_msg("%s, %s of %zu: %a, want %a", level, what, n, got, want);
}

/* The values around its output, which a kernel must not touch. */
enum { GUARD = 80 };

static inline void paint(float *buffer)
{
    for (size_t i = 0; i < MAX_N + 2 * GUARD; i++)
        buffer[i] = -12345;
}

static inline void assert_guarded(const float *buffer, size_t at, size_t n, const char *what, const char *level)
{
    for (size_t i = 0; i < MAX_N + 2 * GUARD; i++)
        if ((i < at || i >= at + n) && buffer[i] != -12345)
            fail_msg("%s, %s: wrote outside, %td beyond the start of %zu", level, what, (ptrdiff_t)i - (ptrdiff_t)at, n);
}

static inline size_t sizes(size_t i)
{
    static const size_t large[] = {255, 256, 257, 500, 511, 513, 784, 959, 960, 961, 1000};
    return i <= 200 ? i : large[i - 201];
}
enum { N_SIZES = 201 + 11 };

#endif
