/* Box-Muller two pairs at a time. Plain arithmetic on vectors of doubles (add, multiply, divide, square root, bit masks),
 * which gives the same bits in whatever registers the compiler puts them. */
#include "normals.h"

#include "kernels.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { LANES = 2, PAIRS = 64 /* of a block: one call of the uniform kernel gives 3 numbers for each */ };

typedef double vdouble __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t vint64 __attribute__((vector_size(LANES * sizeof(int64_t))));
typedef uint64_t vuint64 __attribute__((vector_size(LANES * sizeof(uint64_t))));

/* Adding 1.5 * 2^52 leaves the nearest whole number in the last bits. */
static const vdouble magic = {0x1.8p52, 0x1.8p52};

static inline vdouble select_where(vint64 mask, vdouble yes, vdouble no)
{
    return (vdouble)(((vint64)yes & mask) | ((vint64)no & ~mask));
}

static inline vdouble square_root(vdouble x)
{
    for (int i = 0; i < LANES; i++)
        x[i] = sqrt(x[i]);
    return x;
}

/* log x for 2^-50 <= x <= 1, to about 1e-12: x = 2^k m, sqrt(1/2) <= m < sqrt(2), log m = 2 atanh((m-1)/(m+1)). */
static inline vdouble logarithm(vdouble x)
{
    const vint64 half = {0x3fe6a09e667f3bcd, 0x3fe6a09e667f3bcd}; /* the bits of sqrt(1/2) */
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
    const vdouble k = (vdouble)((vint64)magic + exponent) - magic;
    return k * 0x1.62e42fefa39efp-1 + s * series;
}

/* cos and sin of 2 pi t for 0 <= t < 1, to about 1e-10: t = quarter/4 + r, |r| <= 1/8. */
static inline void circle(vdouble t, vdouble *cosine, vdouble *sine)
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

static inline vdouble widen(const float *x)
{
    const vdouble v = {x[0], x[1]};
    return v;
}

/* The first `pairs` of PAIRS pairs from 3 * PAIRS uniforms: pair q is units q and PAIRS + q of the block. */
static void block_of(float z[2 * PAIRS], const float u[3 * PAIRS], size_t pairs)
{
    for (size_t q = 0; q < pairs; q += LANES) {
        vdouble c, s;
        const vdouble left = 1 - (widen(u + q) + 0x1p-24 * widen(u + PAIRS + q)); /* in [2^-48, 1] */
        const vdouble radius = square_root(-2 * logarithm(left));
        circle(widen(u + 2 * PAIRS + q), &c, &s);
        c *= radius;
        s *= radius;
        for (size_t i = 0; i < LANES; i++) {
            z[q + i] = (float)c[i];
            z[PAIRS + q + i] = (float)s[i];
        }
    }
}

void bz_normals(float *z, const struct bz_key *key, size_t first, size_t n)
{
    float u[3 * PAIRS], rest[2 * PAIRS];

    for (size_t i = 0, block = first / (2 * PAIRS); i < n; i += 2 * PAIRS, block++) {
        bz_cpu()->uniform(u, key, (uint32_t)(block * 3 * PAIRS), 3 * PAIRS);
        if (n - i >= 2 * PAIRS) {
            block_of(z + i, u, PAIRS);
        } else {
            block_of(rest, u, n - i < PAIRS ? n - i : PAIRS);
            memcpy(z + i, rest, (n - i) * sizeof(*z));
        }
    }
}
