/* Vectors as wide as the instruction set this file is compiled for, on the GNU vector extensions; what those cannot express
 * (partial loads, 32x32 to 64-bit products) is an intrinsic, here and nowhere else. Included by kernels.c only. */
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

INLINE vuint32 load_words(const uint32_t *p)
{
    vuint32 v;
    memcpy(&v, p, sizeof(v));
    return v;
}

INLINE void store_words(uint32_t *p, vuint32 v)
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

/* The other way. */
INLINE void store_narrow(float *p, vdouble x)
{
    const vfloat_half v = __builtin_convertvector(x, vfloat_half);
    memcpy(p, &v, sizeof(v));
}

/* The first `lanes` (0 .. FLOATS) lanes only; memory beyond them is not touched, and they load as zeros. */
#if defined(__AVX512F__)

INLINE vfloat load_part(const float *p, size_t lanes)
{
    return (vfloat)_mm512_maskz_loadu_ps((__mmask16)((1u << lanes) - 1), p);
}

INLINE void store_part(float *p, vfloat v, size_t lanes)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << lanes) - 1), (__m512)v);
}

/* For rows that begin within a cache line: whole lines are loaded (a load across two would cost two) and shifted into place.
 * Masks keep every load within the row. */
#define VECTOR_CAN_SHIFT

INLINE vfloat load_masked(const float *p, uint32_t lanes_wanted)
{
    return (vfloat)_mm512_maskz_loadu_ps((__mmask16)lanes_wanted, p);
}

/* Keeps the compiler from loading the same line twice, which it takes to be free. */
INLINE void keep_in_register(vfloat *v)
{
    __asm__("" : "+v"(*v));
}

/* Lane numbers skip .. skip+15, for shift_lanes. */
INLINE vint32 lanes_from(uint32_t skip)
{
    const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return (vint32)_mm512_add_epi32(lanes, _mm512_set1_epi32((int)skip));
}

/* Lanes from[0] .. from[15] of the 32 lanes of a and b. */
INLINE vfloat shift_lanes(vfloat a, vfloat b, vint32 from)
{
    return (vfloat)_mm512_permutex2var_ps((__m512)a, (__m512i)from, (__m512)b);
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
    if (lanes == FLOATS)
        return load(p);
    vfloat v = {lanes > 0 ? p[0] : 0, lanes > 1 ? p[1] : 0, lanes > 2 ? p[2] : 0};
    return v;
}

INLINE void store_part(float *p, vfloat v, size_t lanes)
{
    for (size_t i = 0; i < lanes; i++)
        p[i] = v[i];
}

#endif

#if defined(__AVX512F__)

/* Writes first + the number of each of 16 bits that is set, ascending, and returns how many. May overwrite index[FLOATS] whole.
 */
#define VECTOR_CAN_COMPRESS
INLINE uint32_t store_numbers(uint32_t *index, uint32_t bits, uint32_t first)
{
    const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i numbers = _mm512_add_epi32(lanes, _mm512_set1_epi32((int)first));
    _mm512_storeu_si512(index, _mm512_maskz_compress_epi32((__mmask16)bits, numbers));
    return (uint32_t)__builtin_popcount(bits);
}

/* The same of lanes that are not zero (NaN is not). */
INLINE size_t store_nonzero(uint32_t *index, vfloat x, uint32_t first)
{
    uint32_t wide = _mm512_cmp_ps_mask((__m512)x, _mm512_setzero_ps(), _CMP_NEQ_UQ);
    /* GCC 12 may spill the mask as 16 bits and count 32 of them: widened where it cannot look through. */
    __asm__("" : "+r"(wide));
    return store_numbers(index, wide, first);
}

#else

/* A bit for each lane, set where it is not zero (NaN is not). */
INLINE uint32_t nonzero_lanes(vfloat x)
{
#if defined(__AVX2__)
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps((__m256)x, _mm256_setzero_ps(), _CMP_NEQ_UQ));
#elif defined(__x86_64__)
    return (uint32_t)_mm_movemask_ps(_mm_cmpneq_ps((__m128)x, _mm_setzero_ps()));
#else
    uint32_t bits = 0;
    for (uint32_t lane = 0; lane < FLOATS; lane++)
        bits |= (uint32_t)(x[lane] != 0) << lane;
    return bits;
#endif
}

#endif

/* A bit for each lane, set where it is zero (NaN is not). */
INLINE uint32_t zero_lanes(vfloat x)
{
#if defined(__AVX512F__)
    return _mm512_cmp_ps_mask((__m512)x, _mm512_setzero_ps(), _CMP_EQ_OQ);
#elif defined(__AVX2__)
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps((__m256)x, _mm256_setzero_ps(), _CMP_EQ_OQ));
#elif defined(__x86_64__)
    return (uint32_t)_mm_movemask_ps(_mm_cmpeq_ps((__m128)x, _mm_setzero_ps()));
#else
    uint32_t bits = 0;
    for (uint32_t lane = 0; lane < FLOATS; lane++)
        bits |= (uint32_t)(x[lane] == 0) << lane;
    return bits;
#endif
}

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

/* The upper half of each 64-bit lane moved to its lower half; the upper one is unspecified. A shuffle, because
 * shifts would compete with the products for a port. */
INLINE vuint64 high_halves(vuint64 a)
{
#if defined(__AVX512F__)
    return (vuint64)_mm512_shuffle_epi32((__m512i)a, _MM_PERM_DDBB);
#elif defined(__AVX2__)
    return (vuint64)_mm256_shuffle_epi32((__m256i)a, _MM_SHUFFLE(3, 3, 1, 1));
#elif defined(__x86_64__)
    return (vuint64)_mm_shuffle_epi32((__m128i)a, _MM_SHUFFLE(3, 3, 1, 1));
#else
    return a >> 32;
#endif
}

/* The larger, the smaller of a constant and x, lane by lane; x where x is NaN. */
INLINE vdouble larger(vdouble constant, vdouble x)
{
#if defined(__AVX512F__)
    return (vdouble)_mm512_max_pd((__m512d)constant, (__m512d)x);
#elif defined(__AVX2__)
    return (vdouble)_mm256_max_pd((__m256d)constant, (__m256d)x);
#elif defined(__x86_64__)
    return (vdouble)_mm_max_pd((__m128d)constant, (__m128d)x);
#else
    vint64 first = constant > x;
    return (vdouble)(((vint64)constant & first) | ((vint64)x & ~first));
#endif
}

INLINE vdouble smaller(vdouble constant, vdouble x)
{
#if defined(__AVX512F__)
    return (vdouble)_mm512_min_pd((__m512d)constant, (__m512d)x);
#elif defined(__AVX2__)
    return (vdouble)_mm256_min_pd((__m256d)constant, (__m256d)x);
#elif defined(__x86_64__)
    return (vdouble)_mm_min_pd((__m128d)constant, (__m128d)x);
#else
    vint64 first = constant < x;
    return (vdouble)(((vint64)constant & first) | ((vint64)x & ~first));
#endif
}

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

/* Four lanes of the eight of a and b; the compilers have a builtin each. */
#ifdef __clang__
#define take_lanes(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define take_lanes(a, b, ...) __builtin_shuffle(a, b, (vint32){__VA_ARGS__})
#endif

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

INLINE vfloat vfloat_of(float x)
{
    return x - (vfloat){0};
}

#if defined(__AVX512F__)

/* 1 in lanes that are above 0, else 0 (NaN too). */
INLINE vfloat ones_where_positive(vfloat x)
{
    const __mmask16 lanes = _mm512_cmp_ps_mask((__m512)x, _mm512_setzero_ps(), _CMP_GT_OQ);
    return (vfloat)_mm512_maskz_mov_ps(lanes, _mm512_set1_ps(1));
}

/* A bit for each lane that is neither at most -margin nor at least 1 + margin. */
INLINE uint32_t not_decided(vfloat x, vfloat margin)
{
    const __mmask16 above = _mm512_cmp_ps_mask((__m512)(x + margin), _mm512_setzero_ps(), _CMP_NLE_UQ);
    return _mm512_mask_cmp_ps_mask(above, (__m512)(x - margin), _mm512_set1_ps(1), _CMP_NGE_UQ);
}

/* Bytes first .. first + FLOATS - 1 of words, the lowest of each first. */
INLINE vfloat bytes_to_floats(const uint32_t *words, size_t first)
{
    const __m128i bytes = _mm_loadu_si128((const __m128i *)((const uint8_t *)words + first));
    return (vfloat)_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
}

#else

INLINE vfloat ones_where_positive(vfloat x)
{
    return (vfloat)((x > 0) & (vint32)vfloat_of(1));
}

INLINE uint32_t not_decided(vfloat x, vfloat margin)
{
    return zero_lanes((vfloat)((x + margin <= 0) | (x - margin >= 1)));
}

INLINE vfloat bytes_to_floats(const uint32_t *words, size_t first)
{
#if defined(__AVX2__)
    const __m128i bytes = _mm_loadl_epi64((const __m128i *)((const uint8_t *)words + first));
    return (vfloat)_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
#elif defined(__x86_64__)
    const __m128i zero = _mm_setzero_si128(), bytes = _mm_cvtsi32_si128((int)words[first / 4]);
    return (vfloat)_mm_cvtepi32_ps(_mm_unpacklo_epi16(_mm_unpacklo_epi8(bytes, zero), zero));
#else
    vfloat v;
    for (size_t i = 0; i < FLOATS; i++)
        v[i] = (float)(words[(first + i) / 4] >> 8 * ((first + i) % 4) & 0xff);
    return v;
#endif
}

#endif

INLINE vdouble vdouble_of(double x)
{
    return x - (vdouble){0};
}

INLINE vuint64 vuint64_of(uint64_t x)
{
    return x - (vuint64){0};
}

#endif
