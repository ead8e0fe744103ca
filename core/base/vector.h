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
typedef VECTOR(uint16_t) vuint16;
typedef uint32_t vuint32_half __attribute__((vector_size(VECTOR_BYTES / 2)));
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

/* A bit for each lane, set where x equals y (NaN does not). */
INLINE uint32_t equal_lanes(vfloat x, vfloat y)
{
#if defined(__AVX512F__)
    return _mm512_cmp_ps_mask((__m512)x, (__m512)y, _CMP_EQ_OQ);
#elif defined(__AVX2__)
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps((__m256)x, (__m256)y, _CMP_EQ_OQ));
#elif defined(__x86_64__)
    return (uint32_t)_mm_movemask_ps(_mm_cmpeq_ps((__m128)x, (__m128)y));
#else
    uint32_t bits = 0;
    for (uint32_t lane = 0; lane < FLOATS; lane++)
        bits |= (uint32_t)(x[lane] == y[lane]) << lane;
    return bits;
#endif
}

/* A bit for each lane, set where x is greater than y (NaN is not). */
INLINE uint32_t greater_lanes(vfloat x, vfloat y)
{
#if defined(__AVX512F__)
    return _mm512_cmp_ps_mask((__m512)x, (__m512)y, _CMP_GT_OQ);
#elif defined(__AVX2__)
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps((__m256)x, (__m256)y, _CMP_GT_OQ));
#elif defined(__x86_64__)
    return (uint32_t)_mm_movemask_ps(_mm_cmpgt_ps((__m128)x, (__m128)y));
#else
    uint32_t bits = 0;
    for (uint32_t lane = 0; lane < FLOATS; lane++)
        bits |= (uint32_t)(x[lane] > y[lane]) << lane;
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

/* from[index] of each lane. */
INLINE vuint64 gather_long(const uint64_t *from, vuint64 index)
{
#if defined(__AVX512F__)
    return (vuint64)_mm512_i64gather_epi64((__m512i)index, from, 8);
#elif defined(__AVX2__)
    return (vuint64)_mm256_i64gather_epi64((const long long *)from, (__m256i)index, 8);
#else
    vuint64 v;
    for (size_t i = 0; i < DOUBLES; i++)
        v[i] = from[index[i]];
    return v;
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

INLINE vfloat vfloat_of(float x)
{
    return x - (vfloat){0};
}

/* x, or the constant where that is less; NaN stays NaN. */
INLINE vfloat at_most(vfloat x, float most)
{
#if defined(__AVX512F__)
    return (vfloat)_mm512_min_ps(_mm512_set1_ps(most), (__m512)x);
#elif defined(__AVX2__)
    return (vfloat)_mm256_min_ps(_mm256_set1_ps(most), (__m256)x);
#elif defined(__x86_64__)
    return (vfloat)_mm_min_ps(_mm_set1_ps(most), (__m128)x);
#else
    for (size_t i = 0; i < FLOATS; i++)
        x[i] = x[i] > most ? most : x[i];
    return x;
#endif
}

/* The other way. */
INLINE vfloat at_least(vfloat x, float least)
{
#if defined(__AVX512F__)
    return (vfloat)_mm512_max_ps(_mm512_set1_ps(least), (__m512)x);
#elif defined(__AVX2__)
    return (vfloat)_mm256_max_ps(_mm256_set1_ps(least), (__m256)x);
#elif defined(__x86_64__)
    return (vfloat)_mm_max_ps(_mm_set1_ps(least), (__m128)x);
#else
    for (size_t i = 0; i < FLOATS; i++)
        x[i] = x[i] < least ? least : x[i];
    return x;
#endif
}

#if defined(__AVX512F__)

/* 1 in lanes that are above 0, else 0 (NaN too). */
INLINE vfloat ones_where_positive(vfloat x)
{
    const __mmask16 lanes = _mm512_cmp_ps_mask((__m512)x, _mm512_setzero_ps(), _CMP_GT_OQ);
    return (vfloat)_mm512_maskz_mov_ps(lanes, _mm512_set1_ps(1));
}

/* A bit for each lane that is neither at most -margin nor at least most + margin. */
INLINE uint32_t not_decided(vfloat x, vfloat margin, vfloat most)
{
    const __mmask16 above = _mm512_cmp_ps_mask((__m512)(x + margin), _mm512_setzero_ps(), _CMP_NLE_UQ);
    return _mm512_mask_cmp_ps_mask(above, (__m512)(x - margin), (__m512)most, _CMP_NGE_UQ);
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

INLINE uint32_t not_decided(vfloat x, vfloat margin, vfloat most)
{
    return equal_lanes((vfloat)((x + margin <= 0) | (x - margin >= most)), vfloat_of(0));
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

/* p[0], p[stride], p[2 stride] ..., widened */
INLINE vdouble load_far(const float *p, size_t stride)
{
#if defined(__AVX512F__)
    const __m256i at = _mm256_mullo_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32((int)stride));
    return (vdouble)_mm512_cvtps_pd(_mm256_i32gather_ps(p, at, sizeof(float)));
#else
    vdouble v;
    for (size_t i = 0; i < DOUBLES; i++)
        v[i] = p[i * stride];
    return v;
#endif
}

/* The first `lanes` lanes of most, or of x where that is larger; NaN is not. The others are those of most. */
INLINE vfloat larger_number(vfloat x, vfloat most, size_t lanes)
{
#if defined(__AVX512F__)
    return (vfloat)_mm512_mask_max_ps((__m512)most, (__mmask16)((1u << lanes) - 1), (__m512)x, (__m512)most);
#else
    for (size_t i = 0; i < lanes; i++)
        most[i] = x[i] > most[i] ? x[i] : most[i];
    return most;
#endif
}

INLINE float largest_lane(vfloat x)
{
#if defined(__AVX512F__)
    return _mm512_reduce_max_ps((__m512)x);
#else
    float most = x[0];
    for (size_t i = 1; i < FLOATS; i++)
        most = x[i] > most ? x[i] : most;
    return most;
#endif
}

INLINE vuint64 vuint64_of(uint64_t x)
{
    return x - (vuint64){0};
}

/* Lanes of a and, counted on from those, of b; the compilers have a builtin each. */
#ifdef __clang__
#define take_lanes(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define take_lanes(a, b, ...) __builtin_shuffle(a, b, (vint32){__VA_ARGS__})
#endif

#endif
