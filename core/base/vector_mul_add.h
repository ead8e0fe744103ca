/* Products and sums of vectors that are rounded once. */
#ifndef BZ_VECTOR_MUL_ADD_H
#define BZ_VECTOR_MUL_ADD_H

#include "vector.h"

#if defined(__AVX512F__)

/* a * b + c, rounded once. */
INLINE vfloat mul_add(vfloat a, vfloat b, vfloat c)
{
    return (vfloat)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}

#elif defined(__AVX2__)

INLINE vfloat mul_add(vfloat a, vfloat b, vfloat c)
{
    return (vfloat)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}

#else

/* Without the instruction: the product of two floats is exact in double. Their sum is rounded to odd (where something was lost
 * and the last bit is even, the neighbour on the lost part's side), after which rounding to float gives what rounding once
 * would (Boldo & Melquiond 2008). */
static __attribute__((noinline)) vfloat mul_add_to_odd(vfloat a, vfloat b, vfloat c)
{
    for (size_t i = 0; i < FLOATS; i++) {
        const double p = (double)a[i] * b[i], addend = c[i];
        double s = p + addend;
        const double back = s - p, lost = (p - (s - back)) + (addend - back); /* exact: Knuth */
        int64_t bits;
        memcpy(&bits, &s, sizeof(bits));
        if (s - s == 0 && lost != 0 && bits % 2 == 0)
            bits += (lost > 0) == (s > 0) ? 1 : -1;
        memcpy(&s, &bits, sizeof(s));
        c[i] = (float)s;
    }
    return c;
}

#ifdef __x86_64__

INLINE vdouble widen_low(vfloat x)
{
    return (vdouble)_mm_cvtps_pd((__m128)x);
}

INLINE vdouble widen_high(vfloat x)
{
    return (vdouble)_mm_cvtps_pd(_mm_movehl_ps((__m128)x, (__m128)x));
}

INLINE vfloat narrow(vdouble low, vdouble high)
{
    return (vfloat)_mm_movelh_ps(_mm_cvtpd_ps((__m128d)low), _mm_cvtpd_ps((__m128d)high));
}

/* Rounding twice differs from rounding once only where the sum in double lies in the middle between two floats: the 29 bits
 * that float drops are 100...0; or it drops more, of subnormal results. */
INLINE vfloat mul_add(vfloat a, vfloat b, vfloat c)
{
    const vdouble low = widen_low(a) * widen_low(b) + widen_low(c), high = widen_high(a) * widen_high(b) + widen_high(c);
    const vint32 last = take_lanes((vint32)low, (vint32)high, 0, 2, 4, 6);
    const vint32 exponent = take_lanes((vint32)low, (vint32)high, 1, 3, 5, 7) & 0x7ff00000;
    const vint32 middle = (last & 0x1fffffff) == 0x10000000, subnormal = (exponent > 0) & (exponent < (1023 - 126) << 20);
    if (__builtin_expect(nonzero_lanes((vfloat)(middle | subnormal)) != 0, 0))
        return mul_add_to_odd(a, b, c);
    return narrow(low, high);
}

#else

INLINE vfloat mul_add(vfloat a, vfloat b, vfloat c)
{
    return mul_add_to_odd(a, b, c);
}

#endif

#endif

/* a * b + c, however rounded: as is quickest. */
INLINE vfloat near_mul_add(vfloat a, vfloat b, vfloat c)
{
#if defined(__AVX2__)
    return mul_add(a, b, c);
#else
    return a * b + c;
#endif
}

#endif
