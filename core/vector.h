/* Vectors as wide as the instruction set this file is compiled for, on the GNU vector extensions; what those cannot say
 * (partial loads, 32x32 to 64-bit products) is an intrinsic here and nowhere else. Included by kernels.c only. */
#ifndef BZ_VECTOR_H
#define BZ_VECTOR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

enum {
    FLOATS = VECTOR_BYTES / 4,  /* lanes of a vector of floats */
    DOUBLES = VECTOR_BYTES / 8, /* lanes of a vector of doubles */
};

#define VECTOR(type) type __attribute__((vector_size(VECTOR_BYTES)))
#define INLINE       static inline __attribute__((always_inline))
#define UNROLL       _Pragma("GCC unroll 32")

typedef VECTOR(float) vfloat;
typedef VECTOR(int32_t) vint32;
typedef VECTOR(uint32_t) vuint32;
typedef VECTOR(double) vdouble;
typedef VECTOR(int64_t) vint64;
typedef VECTOR(uint64_t) vuint64;
typedef float vfloat_half __attribute__((vector_size(VECTOR_BYTES / 2)));

/* Loads and stores at any address. */
INLINE vfloat load(const float *p)
{
    vfloat v;
    memcpy(&v, p, sizeof(v));
    return v;
}

INLINE void store(float *p, vfloat v)
{
    memcpy(p, &v, sizeof(v));
}

/* DOUBLES floats, widened */
INLINE vdouble load_wide(const float *p)
{
    vfloat_half v;
    memcpy(&v, p, sizeof(v));
    return __builtin_convertvector(v, vdouble);
}

/* The first `lanes` (1 .. FLOATS) lanes only; memory beyond them is not touched, and they load as zeros. */
#if defined(__AVX512F__)

INLINE vfloat load_part(const float *p, size_t lanes)
{
    return (vfloat)_mm512_maskz_loadu_ps((__mmask16)((1u << lanes) - 1), p);
}

INLINE void store_part(float *p, vfloat v, size_t lanes)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << lanes) - 1), (__m512)v);
}

#elif defined(__AVX2__)

INLINE __m256i first_lanes(size_t lanes)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)lanes), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

INLINE vfloat load_part(const float *p, size_t lanes)
{
    return (vfloat)_mm256_maskload_ps(p, first_lanes(lanes));
}

INLINE void store_part(float *p, vfloat v, size_t lanes)
{
    _mm256_maskstore_ps(p, first_lanes(lanes), (__m256)v);
}

#else

INLINE vfloat load_part(const float *p, size_t lanes)
{
    vfloat v = {p[0], lanes > 1 ? p[1] : 0, lanes > 2 ? p[2] : 0, lanes > 3 ? p[3] : 0};
    return v;
}

INLINE void store_part(float *p, vfloat v, size_t lanes)
{
    for (size_t i = 0; i < lanes; i++)
        p[i] = v[i];
}

#endif

/* Each 64-bit lane: the product of the two low halves. */
INLINE vuint64 mul_low_halves(vuint64 a, vuint64 b)
{
#if defined(__AVX512F__)
    return (vuint64)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
    return (vuint64)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__x86_64__)
    return (vuint64)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
    return (a & 0xffffffff) * (b & 0xffffffff);
#endif
}

INLINE vfloat vfloat_of(float x)
{
    return x - (vfloat){0};
}

INLINE vdouble vdouble_of(double x)
{
    return x - (vdouble){0};
}

INLINE vuint64 vuint64_of(uint64_t x)
{
    return x - (vuint64){0};
}

#endif
