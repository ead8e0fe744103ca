/* Part of kernels.c, compiled once per instruction set: the exponential of floats. */
#ifndef BZ_KERNEL_EXP_H
#define BZ_KERNEL_EXP_H

#include "vector.h"

/* exp(x) for -87 <= x <= 88; NaN stays NaN. exp(x) = 2^k exp(r), |r| <= log(2)/2. */
INLINE float exp_float(float x)
{
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it leaves the nearest whole number in the last bits */
    float shifted = x * 1.44269504f + shift, k = shifted - shift;
    float r = x - k * 0.693145752f - k * 1.42860677e-6f; /* log 2 in two parts; the first product is exact */
    float p = 0.00139261836f;                            /* (exp(r)-1-r)/r^2 by Chebyshev interpolation: 1e-8 of exp(r) */
    p = p * r + 0.00836317905f;
    p = p * r + 0.0416665546f;
    p = p * r + 0.16666577f;
    p = p * r + 0.5f;
    p = 1 + (r + p * (r * r));
    uint32_t bits, power;
    memcpy(&power, &shifted, sizeof(power));
    memcpy(&bits, &p, sizeof(bits));
    bits += power << 23; /* times 2^k */
    memcpy(&p, &bits, sizeof(p));
    return p;
}

INLINE float clamp(float x, float low, float high)
{
    x = x < low ? low : x;
    return x > high ? high : x;
}

INLINE float sigmoid_float(float x)
{
    return 1 / (1 + exp_float(clamp(-x, -87, 87)));
}

#endif
