/* Part of kernels.c, compiled once per instruction set: units that are drawn one after the other, each adding to the fields of
 * those after it. */
#ifndef BZ_KERNEL_SCAN_H
#define BZ_KERNEL_SCAN_H

#include "kernel_exp.h"
#include "kernel_sums.h"
#include "kernels.h"
#include "vector.h"

#include <math.h>

enum { SCAN = 64, SCAN_PARTS = SCAN / FLOATS };

/* Vector c of x[n]. */
INLINE vfloat load_within(const float *x, size_t c, size_t n)
{
    const size_t from = c * FLOATS;
    return n >= from + FLOATS ? load(x + from) : n > from ? load_part(x + from, n - from) : (vfloat){0};
}

/* A unit is certainly on, off where scale * field is above, below these. */
struct scan_bounds {
    vfloat above[SCAN_PARTS], below[SCAN_PARTS];
};

/* log(u/(1-u)) for 2^-24 <= u < 1, to about 2e-6. With u/(1-u) = 2^e m, 1/2 < m < 2: log m = 2 atanh((m-1)/(m+1)). */
INLINE vfloat log_odds(vfloat u)
{
    const vfloat v = 1 - u;
    const vint32 e = ((vint32)u >> 23) - ((vint32)v >> 23);
    const vfloat m = (vfloat)((vint32)u - (e << 23)), s = (m - v) / (m + v), z = s * s;
    vfloat p = z * (2.0f / 9) + 2.0f / 7;
    p = p * z + 2.0f / 5;
    p = p * z + 2.0f / 3;
    p = p * z + 2.0f;
    return __builtin_convertvector(e, vfloat) * 0.693147181f + p * s;
}

/* A probability is computed to 2e-7 of itself, so that in the log odds it may be off by 2e-7/(1-u): 2e-4 for the largest u that
 * bounds are found for. */
INLINE void find_bounds(struct scan_bounds *b, const float *uniform, size_t n)
{
    const float margin = 1e-3f, largest = 0.999f;
    UNROLL
    for (size_t c = 0; c < SCAN_PARTS; c++) {
        const vfloat u = load_within(uniform, c, n), t = log_odds(u);
        const vint32 found = (u > 0) & (u < largest), none = ~found & (vint32)vfloat_of(INFINITY);
        b->above[c] = (vfloat)(((vint32)(t + margin) & found) | none);
        b->below[c] = (vfloat)(((vint32)(t - margin) & found) | none | (~found & INT32_MIN));
    }
}

/* The units that are certainly on and off. */
INLINE void compare_bounds(const struct scan_bounds *b, const vfloat *field, float scale, uint64_t *on, uint64_t *off)
{
    *on = *off = 0;
    UNROLL
    for (size_t c = 0; c < SCAN_PARTS; c++) {
        const vfloat z = scale * field[c];
        *on |= (uint64_t)greater_lanes(z, b->above[c]) << c * FLOATS;
        *off |= (uint64_t)greater_lanes(b->below[c], z) << c * FLOATS;
    }
}

/* Those still to be drawn after i. */
static uint64_t after(size_t i, bool reverse)
{
    return reverse ? (1ull << i) - 1 : ~1ull << i;
}

static __attribute__((noinline)) bool draw_exactly(const float *field, const struct bz_scan *s, size_t i)
{
    return s->uniform[i] < sigmoid_float(s->scale * field[i]);
}

/* The weights of units that will probably change, from the outer caches: each change waits for those before it. */
INLINE void fetch_rows(const struct bz_scan *s, uint64_t units, size_t n)
{
    for (; units; units &= units - 1)
        fetch_columns((uintptr_t)(s->w + (size_t)__builtin_ctzll(units) * s->stride), n);
}

INLINE uint64_t scan_units(const float *start, const struct bz_scan *s, const size_t n)
{
    struct scan_bounds bounds;
    vfloat field[SCAN_PARTS];
    uint64_t on = s->on, left = n < SCAN ? (1ull << n) - 1 : ~0ull, sure_on, sure_off;
    find_bounds(&bounds, s->uniform, n);
    UNROLL
    for (size_t c = 0; c < SCAN_PARTS; c++)
        field[c] = load_within(start, c, n);
    compare_bounds(&bounds, field, s->scale, &sure_on, &sure_off);
    left &= ~s->known;
    fetch_rows(s, left & ~((sure_on & on) | (sure_off & ~on)), n);
    for (;;) {
        const uint64_t events = left & ~((sure_on & on) | (sure_off & ~on));
        if (!events)
            return on;
        const size_t i = (size_t)(s->reverse ? 63 - __builtin_clzll(events) : __builtin_ctzll(events));
        const uint64_t bit = 1ull << i;
        left &= after(i, s->reverse);
        bool is_on = sure_on & bit;
        if (__builtin_expect(!((sure_on | sure_off) & bit), 0)) {
            float all[SCAN];
            UNROLL
            for (size_t c = 0; c < SCAN_PARTS; c++)
                store(all + c * FLOATS, field[c]);
            is_on = draw_exactly(all, s, i);
        }
        if (is_on == ((on & bit) != 0))
            continue;
        on ^= bit;
        const float change = is_on ? s->apart : -s->apart;
        UNROLL
        for (size_t c = 0; c < SCAN_PARTS; c++)
            field[c] += change * load_within(s->w + i * s->stride, c, n);
        compare_bounds(&bounds, field, s->scale, &sure_on, &sure_off);
    }
}

static uint64_t scan(const float *field, const struct bz_scan *s)
{
    return s->n == SCAN ? scan_units(field, s, SCAN) : scan_units(field, s, s->n);
}

#endif
