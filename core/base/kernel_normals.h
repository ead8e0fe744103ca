/* Part of kernels.c, compiled once per instruction set: normal random numbers by Box and Muller, in double. Plain arithmetic
 * (add, multiply, divide, square root, bit masks), which gives the same bits in vectors of any width. */
#ifndef BZ_KERNEL_NORMALS_H
#define BZ_KERNEL_NORMALS_H

#include "kernels.h"
#include "vector.h"

#include <math.h>

/* Adding 1.5 * 2^52 leaves the nearest whole number in the last bits. */
static const double magic = 0x1.8p52;

INLINE vdouble select_where(vint64 mask, vdouble yes, vdouble no)
{
    return (vdouble)(((vint64)yes & mask) | ((vint64)no & ~mask));
}

INLINE vdouble square_root(vdouble x)
{
    UNROLL
    for (size_t i = 0; i < DOUBLES; i++)
        x[i] = sqrt(x[i]);
    return x;
}

/* log x for 2^-50 <= x <= 1, to about 1e-12: x = 2^k m, sqrt(1/2) <= m < sqrt(2), log m = 2 atanh((m-1)/(m+1)). */
INLINE vdouble logarithm(vdouble x)
{
    const int64_t half = 0x3fe6a09e667f3bcd; /* the bits of sqrt(1/2) */
    const vint64 shifted = (vint64)x - half; /* the exponent, less one where the mantissa is below sqrt(1/2) */
    const vint64 exponent = shifted >> 52;
    const vdouble m = (vdouble)((vint64)x - (shifted & ~0xfffffffffffff));
    const vdouble s = (m - 1) / (m + 1), z = s * s;
    vdouble series = z * (2.0 / 15) + 2.0 / 13;
    series = series * z + 2.0 / 11;
    series = series * z + 2.0 / 9;
    series = series * z + 2.0 / 7;
    series = series * z + 2.0 / 5;
    series = series * z + 2.0 / 3;
    series = series * z + 2.0;
    const vdouble k = (vdouble)((vint64)vdouble_of(magic) + exponent) - magic;
    return k * 0x1.62e42fefa39efp-1 + s * series;
}

/* cos and sin of 2 pi t for 0 <= t < 1, to about 1e-10: t = quarter/4 + r, |r| <= 1/8. */
INLINE void circle(vdouble t, vdouble *cosine, vdouble *sine)
{
    const vdouble rounded = t * 4 + magic;
    const vint64 quarter = (vint64)rounded;
    const vdouble r = t - (rounded - magic) * 0.25, z = r * r;
    vdouble s = z * -15.09464257682299 + 42.05869394489766;
    s = s * z - 76.70585975306139;
    s = s * z + 81.60524927607506;
    s = s * z - 41.34170224039976;
    s = (s * z + 6.283185307179586) * r;
    vdouble c = z * -26.42625678337439 + 60.24464137187666;
    c = c * z - 85.45681720669373;
    c = c * z + 64.93939402266829;
    c = c * z - 19.739208802178716;
    c = c * z + 1;
    const vint64 swap = -(quarter & 1);
    const vuint64 sine_sign = (vuint64)(quarter & 2) << 62, cosine_sign = (vuint64)((quarter + 1) & 2) << 62;
    *cosine = (vdouble)((vuint64)select_where(swap, s, c) ^ cosine_sign);
    *sine = (vdouble)((vuint64)select_where(swap, c, s) ^ sine_sign);
}

/* Pair q is units q and BZ_NORMAL_PAIRS + q of the block. */
static void normal_pairs(float *z, const float *u, size_t pairs)
{
    for (size_t q = 0; q < pairs; q += DOUBLES) {
        vdouble c, s;
        const vdouble left = 1 - (load_wide(u + q) + 0x1p-24 * load_wide(u + BZ_NORMAL_PAIRS + q)); /* in [2^-48, 1] */
        const vdouble radius = square_root(-2 * logarithm(left));
        circle(load_wide(u + 2 * BZ_NORMAL_PAIRS + q), &c, &s);
        store_narrow(z + q, c * radius);
        store_narrow(z + BZ_NORMAL_PAIRS + q, s * radius);
    }
}

#endif
