/* The inner loops: this one source is compiled once per instruction set, with BZ_LEVEL naming the table. Sums over rows (k)
 * and over sixteen lanes are in one fixed order, so that the width of a vector never shows in the bits. */
#include "kernels.h"

#include "mathx.h"
#include "vector.h"

#include <math.h>
#include <stdbool.h>

#define PASTE_(a, b) a##b
#define PASTE(a, b)  PASTE_(a, b)
#define QUOTE_(a)    #a
#define QUOTE(a)     QUOTE_(a)
#define TABLE        PASTE(bz_kernels_, BZ_LEVEL)

enum {
    LANES = 16, /* partial sums of every reduction, at any vector width */
    /* Columns of row_sum held in registers at once, in vectors: what the register file takes. */
    SUM_WIDTH = VECTOR_BYTES == 64 ? 16 : 12,
    /* Rows and vectors of the register tile of dense_sum. */
    TILE_ROWS = VECTOR_BYTES == 64 ? 6 : 4,
    TILE_WIDTH = VECTOR_BYTES == 64 ? 4 : 2,
    PHILOX_BLOCK = 64, /* units that sixteen Philox blocks give */
};

/* --- finding nonzero units --- */

static size_t nonzero(uint32_t *index, const float *x, size_t n)
{
    size_t count = 0, i = 0;
#ifdef VECTOR_CAN_COMPRESS
    /* count <= i, so that a whole vector written at index[count] stays within index[n]. */
    for (; i + FLOATS <= n; i += FLOATS)
        count += store_nonzero(index + count, load(x + i), (uint32_t)i);
#else
    for (; i + 64 <= n; i += 64) {
        uint64_t bits = 0;
        UNROLL
        for (size_t j = 0; j < 64; j += FLOATS)
            bits |= (uint64_t)nonzero_lanes(load(x + i + j)) << j;
        for (; bits; bits &= bits - 1)
            index[count++] = (uint32_t)i + (uint32_t)__builtin_ctzll(bits);
    }
#endif
    for (; i < n; i++) { /* without a branch that would be guessed wrong */
        index[count] = (uint32_t)i;
        count += x[i] != 0;
    }
    return count;
}

/* --- sums of weight rows --- */

/* A block of columns is `vectors` vectors wide, the last of them only `last` lanes. Constant widths make each one straight
 * piece of code with its sums in registers. */

/* acc += a * row, or acc += row if not valued */
INLINE void add_row(vfloat acc[SUM_WIDTH], const float *row, vfloat a, const bool valued, const size_t vectors, size_t last)
{
    UNROLL
    for (size_t c = 0; c < vectors; c++) {
        const float *p = row + c * FLOATS;
        vfloat values = c + 1 < vectors ? load(p) : load_part(p, last);
        acc[c] += valued ? a * values : values;
    }
}

#ifdef VECTOR_CAN_SHIFT
/* The same for a row that begins within a cache line: a load across two lines costs two, so whole lines are loaded, masked to
 * what belongs to the row, and shifted into place. */
INLINE void add_row_shifted(vfloat acc[SUM_WIDTH], const float *row, vfloat a, const bool valued, const size_t vectors,
                            size_t last)
{
    uint32_t skip = (uint32_t)((uintptr_t)row / sizeof(float) % FLOATS);
    uint32_t first_mask = 0xffffu << skip, last_masks = (1u << (last + skip)) - 1; /* of the first; of the last two lines */
    const float *line = row - skip;
    vint32 from = lanes_from(skip);
    vfloat left = load_masked(line, vectors == 1 ? first_mask & last_masks : first_mask);
    UNROLL
    for (size_t c = 0; c < vectors; c++) {
        const float *next = line + (c + 1) * FLOATS;
        vfloat right = c + 2 < vectors    ? load(next)
                       : c + 2 == vectors ? load_masked(next, last_masks)
                                          : load_masked(next, last_masks >> FLOATS);
        keep_in_register(&right);
        vfloat values = shift_lanes(left, right, from);
        acc[c] += valued ? a * values : values;
        left = right;
    }
}
#else
#define add_row_shifted add_row
#endif

INLINE void sum_columns(float *out, const float *start, const float *w, size_t stride, const uint32_t *index, const float *x,
                        size_t count, const bool shifted, const size_t vectors, size_t last)
{
    vfloat acc[SUM_WIDTH];
    UNROLL
    for (size_t c = 0; c < vectors; c++)
        acc[c] = !start ? (vfloat){0} : c + 1 < vectors ? load(start + c * FLOATS) : load_part(start + c * FLOATS, last);
    if (x && shifted)
        for (size_t k = 0; k < count; k++)
            add_row_shifted(acc, w + index[k] * stride, vfloat_of(x[index[k]]), true, vectors, last);
    else if (x)
        for (size_t k = 0; k < count; k++)
            add_row(acc, w + index[k] * stride, vfloat_of(x[index[k]]), true, vectors, last);
    else if (shifted)
        for (size_t k = 0; k < count; k++)
            add_row_shifted(acc, w + index[k] * stride, (vfloat){0}, false, vectors, last);
    else
        for (size_t k = 0; k < count; k++)
            add_row(acc, w + index[k] * stride, (vfloat){0}, false, vectors, last);
    UNROLL
    for (size_t c = 0; c < vectors; c++) {
        if (c + 1 < vectors)
            store(out + c * FLOATS, acc[c]);
        else
            store_part(out + c * FLOATS, acc[c], last);
    }
}

static void row_sum(float *out, const float *start, const float *w, size_t stride, const uint32_t *index, const float *x,
                    size_t count, size_t n)
{
    size_t vectors = (n + FLOATS - 1) / FLOATS, blocks = (vectors + SUM_WIDTH - 1) / SUM_WIDTH;
    size_t bytes_off = (uintptr_t)w % VECTOR_BYTES;
    bool shifted = (stride % FLOATS != 0 || bytes_off != 0) && bytes_off % sizeof(float) == 0;
    for (size_t j = 0; blocks > 0; blocks--) {
        size_t width = (vectors + blocks - 1) / blocks; /* blocks of equal width, for the short ones wait on latency */
        size_t last = n - j < width * FLOATS ? n - j - (width - 1) * FLOATS : FLOATS;
        const float *s = start ? start + j : NULL;
        switch (width) {
#define CASE(v)                                                                                                                \
    case v:                                                                                                                    \
        sum_columns(out + j, s, w + j, stride, index, x, count, shifted, v, last);                                             \
        break
            CASE(1);
            CASE(2);
            CASE(3);
            CASE(4);
            CASE(5);
            CASE(6);
            CASE(7);
            CASE(8);
            CASE(9);
            CASE(10);
            CASE(11);
            CASE(12);
#if VECTOR_BYTES == 64
            CASE(13);
            CASE(14);
            CASE(15);
            CASE(16);
#endif
#undef CASE
        }
        j += width * FLOATS;
        vectors -= width;
    }
}

/* One register tile of dense_sum: `rows` rows by `vectors` vectors of columns. */
INLINE void sum_tile(float *out, size_t out_stride, const float *start, size_t start_stride, const float *x, size_t x_stride,
                     const float *w, size_t w_stride, const size_t rows, size_t depth, const size_t vectors, size_t last)
{
    vfloat acc[TILE_ROWS][TILE_WIDTH];
    UNROLL
    for (size_t r = 0; r < rows; r++)
        UNROLL
    for (size_t c = 0; c < vectors; c++) {
        const float *s = start + r * start_stride + c * FLOATS;
        acc[r][c] = !start ? (vfloat){0} : c + 1 < vectors ? load(s) : load_part(s, last);
    }
    for (size_t k = 0; k < depth; k++) {
        vfloat row[TILE_WIDTH];
        UNROLL
        for (size_t c = 0; c + 1 < vectors; c++)
            row[c] = load(w + k * w_stride + c * FLOATS);
        row[vectors - 1] = load_part(w + k * w_stride + (vectors - 1) * FLOATS, last);
        UNROLL
        for (size_t r = 0; r < rows; r++) {
            vfloat a = vfloat_of(x[r * x_stride + k]);
            UNROLL
            for (size_t c = 0; c < vectors; c++)
                acc[r][c] += a * row[c];
        }
    }
    UNROLL
    for (size_t r = 0; r < rows; r++) {
        UNROLL
        for (size_t c = 0; c + 1 < vectors; c++)
            store(out + r * out_stride + c * FLOATS, acc[r][c]);
        store_part(out + r * out_stride + (vectors - 1) * FLOATS, acc[r][vectors - 1], last);
    }
}

/* All rows of one panel of columns. */
INLINE void sum_panel(float *out, size_t out_stride, const float *start, size_t start_stride, const float *x, size_t x_stride,
                      const float *w, size_t w_stride, size_t rows, size_t depth, const size_t vectors, size_t last)
{
    for (size_t r = 0; r < rows; r += TILE_ROWS) {
        float *o = out + r * out_stride;
        const float *s = start ? start + r * start_stride : NULL, *values = x + r * x_stride;
        switch (rows - r) {
#define CASE(n)                                                                                                                \
    case n:                                                                                                                    \
        sum_tile(o, out_stride, s, start_stride, values, x_stride, w, w_stride, n, depth, vectors, last);                      \
        break
            CASE(1);
            CASE(2);
            CASE(3);
#if VECTOR_BYTES == 64
            CASE(4);
            CASE(5);
#endif
#undef CASE
        default:
            sum_tile(o, out_stride, s, start_stride, values, x_stride, w, w_stride, TILE_ROWS, depth, vectors, last);
        }
    }
}

static void dense_sum(float *out, size_t out_stride, const float *start, size_t start_stride, const float *x, size_t x_stride,
                      const float *w, size_t w_stride, size_t rows, size_t depth, size_t n)
{
    size_t vectors = (n + FLOATS - 1) / FLOATS, panels = (vectors + TILE_WIDTH - 1) / TILE_WIDTH;
    for (size_t j = 0; panels > 0; panels--) {
        size_t width = (vectors + panels - 1) / panels;
        size_t last = n - j < width * FLOATS ? n - j - (width - 1) * FLOATS : FLOATS;
        const float *s = start ? start + j : NULL;
        switch (width) {
#define CASE(v)                                                                                                                \
    case v:                                                                                                                    \
        sum_panel(out + j, out_stride, s, start_stride, x, x_stride, w + j, w_stride, rows, depth, v, last);                   \
        break
            CASE(1);
            CASE(2);
#if VECTOR_BYTES == 64
            CASE(3);
            CASE(4);
#endif
#undef CASE
        }
        j += width * FLOATS;
        vectors -= width;
    }
}

/* --- exponentials --- */

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

static void sigmoid(float *p, const float *x, float scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = 1 / (1 + exp_float(clamp(-(scale * x[i]), -87, 87)));
}

static void exp_shifted(float *p, const float *x, float shift, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = exp_float(clamp(x[i] - shift, -87, 88));
}

/* exp(-a) for 0 <= a, to about 1e-16 of 1; the same for every a above 700. */
INLINE vdouble exp_minus(vdouble a)
{
    const double shift = 6755399441055744.0; /* 1.5 * 2^52 */
    a = smaller(vdouble_of(700), a);
    vdouble shifted = a * -1.4426950408889634 + shift, minus_k = shift - shifted;
    vdouble r = (minus_k * 0x1.62e42feep-1 - a) + minus_k * 0x1.a39ef35793c76p-33;
    vdouble p = vdouble_of(0x1.af38a9b0ec855p-26); /* (exp(r)-1-r)/r^2: 2e-17 of exp(r) */
    p = p * r + 0x1.289185613a3d6p-22;
    p = p * r + 0x1.71de0dae63bb3p-19;
    p = p * r + 0x1.a019b90d2ae7ap-16;
    p = p * r + 0x1.a01a01a7c41d5p-13;
    p = p * r + 0x1.6c16c1788bd90p-10;
    p = p * r + 0x1.11111111109b3p-7;
    p = p * r + 0x1.5555555553d63p-5;
    p = p * r + 0x1.5555555555556p-3;
    p = p * r + 0x1.0000000000001p-1;
    p = 1 + (r + p * (r * r));
    return (vdouble)((vint64)p + (vint64)((vuint64)shifted << 52));
}

/* lane[16] folded in halves: one order for every vector width. */
static double fold_sum(double lane[LANES])
{
    for (size_t width = LANES / 2; width > 0; width /= 2)
        for (size_t i = 0; i < width; i++)
            lane[i] += lane[i + width];
    return lane[0];
}

static double fold_product(double lane[LANES])
{
    for (size_t width = LANES / 2; width > 0; width /= 2)
        for (size_t i = 0; i < width; i++)
            lane[i] *= lane[i + width];
    return lane[0];
}

/* log(1+exp(z)) = max(z,0) + log(1+exp(-|z|)). The second terms are factors between 1 and 2 of one product, whose logarithm is
 * taken once for LOG_EVERY of them: sixteen lanes of at most 60 factors stay below 2^960. */
enum { LOG_EVERY = 60 * LANES };

/* sum += max(z,0), product *= 1+exp(-|z|) */
INLINE void softplus_step(vdouble *sum, vdouble *product, vdouble z)
{
    *sum += larger(vdouble_of(0), z);
    *product *= 1 + exp_minus((vdouble)((vint64)z & INT64_MAX));
}

static double softplus_sum(const float *x, double scale, size_t n)
{
    enum { PARTS = LANES / DOUBLES };
    vdouble sum[PARTS] = {{0}};
    double logs = 0, lane[LANES];
    for (size_t i = 0; i < n;) {
        vdouble product[PARTS];
        for (size_t part = 0; part < PARTS; part++)
            product[part] = vdouble_of(1);
        size_t end = n - i < LOG_EVERY ? n : i + LOG_EVERY;
        for (; i + LANES <= end; i += LANES)
            UNROLL
        for (size_t part = 0; part < PARTS; part++)
            softplus_step(&sum[part], &product[part], scale * load_wide(x + i + part * DOUBLES));
        if (i < end) {
            double rest[LANES]; /* filled up with what adds 0 and multiplies by 1 */
            for (size_t j = 0; j < LANES; j++)
                rest[j] = -INFINITY;
            for (size_t j = 0; i + j < end; j++)
                rest[j] = scale * (double)x[i + j];
            for (size_t part = 0; part < PARTS; part++) {
                vdouble z;
                memcpy(&z, rest + part * DOUBLES, sizeof(z));
                softplus_step(&sum[part], &product[part], z);
            }
            i = end;
        }
        memcpy(lane, product, sizeof(lane));
        logs += bz_log(fold_product(lane));
    }
    memcpy(lane, sum, sizeof(lane));
    return fold_sum(lane) + logs;
}

/* --- random numbers --- */

/* The sixteen Philox blocks from `first` on, as 64 words: word w of block b is out[w*16 + b]. Blocks of even and of odd number
 * run side by side in 64-bit lanes, which is what the wide product works on; upper halves hold leftovers and are ignored. */
INLINE void philox16(uint32_t out[PHILOX_BLOCK], const uint32_t counter[4], const uint32_t key[2], uint32_t first)
{
    static const uint64_t evens[] = {0, 2, 4, 6, 8, 10, 12, 14};
    UNROLL
    for (uint32_t b = 0; b < 16; b += 2 * DOUBLES) {
        vuint64 even, c[2][4], k0 = vuint64_of(key[0]), k1 = vuint64_of(key[1]);
        memcpy(&even, evens, sizeof(even));
        UNROLL
        for (uint32_t odd = 0; odd < 2; odd++) {
            c[odd][0] = even + vuint64_of(first + b + odd);
            for (int word = 1; word < 4; word++)
                c[odd][word] = vuint64_of(counter[word]);
        }
        UNROLL
        for (int round = 0; round < BZ_PHILOX_ROUNDS; round++) {
            UNROLL
            for (int odd = 0; odd < 2; odd++) {
                vuint64 p0 = mul_low_halves(c[odd][0], vuint64_of(BZ_PHILOX_MUL0));
                vuint64 p1 = mul_low_halves(c[odd][2], vuint64_of(BZ_PHILOX_MUL1));
                c[odd][0] = high_halves(p1) ^ c[odd][1] ^ k0;
                c[odd][1] = p1;
                c[odd][2] = high_halves(p0) ^ c[odd][3] ^ k1;
                c[odd][3] = p0;
            }
            k0 += vuint64_of(BZ_PHILOX_WEYL0);
            k1 += vuint64_of(BZ_PHILOX_WEYL1);
        }
        UNROLL
        for (int word = 0; word < 4; word++) {
            vuint64 both = (c[0][word] & vuint64_of(0xffffffff)) | c[1][word] << 32;
            memcpy(out + word * 16 + b, &both, sizeof(both));
        }
    }
}

/* u[64] of sixteen blocks */
INLINE void uniform64(float u[PHILOX_BLOCK], const uint32_t counter[4], const uint32_t key[2], uint32_t first)
{
    uint32_t words[PHILOX_BLOCK];
    philox16(words, counter, key, first);
    for (size_t i = 0; i < PHILOX_BLOCK; i++)
        u[i] = (float)(int32_t)(words[i] >> 8) * 0x1p-24f;
}

static void uniform(float *u, const struct bz_key *place, uint32_t first, size_t n)
{
    uint32_t counter[4], key[2];
    float rest[PHILOX_BLOCK];
    size_t i = 0;
    bz_philox_place(place, counter, key);
    for (; i + PHILOX_BLOCK <= n; i += PHILOX_BLOCK)
        uniform64(u + i, counter, key, (first + (uint32_t)i) / 4);
    if (i < n) {
        uniform64(rest, counter, key, (first + (uint32_t)i) / 4);
        memcpy(u + i, rest, (n - i) * sizeof(*u));
    }
}

static void bernoulli(float *s, const float *p, const struct bz_key *place, uint32_t first, size_t n)
{
    uint32_t counter[4], key[2];
    float u[PHILOX_BLOCK];
    bz_philox_place(place, counter, key);
    for (size_t i = 0; i < n; i += PHILOX_BLOCK) {
        size_t room = n - i < PHILOX_BLOCK ? n - i : PHILOX_BLOCK;
        uniform64(u, counter, key, (first + (uint32_t)i) / 4);
        if (room == PHILOX_BLOCK) /* a loop of known length, for the compiler */
            for (size_t j = 0; j < PHILOX_BLOCK; j++)
                s[i + j] = u[j] < p[i + j] ? 1.0f : 0.0f;
        else
            for (size_t j = 0; j < room; j++)
                s[i + j] = u[j] < p[i + j] ? 1.0f : 0.0f;
    }
}

/* --- reductions and updates --- */

static double dot(const float *a, const float *b, size_t n)
{
    enum { PARTS = LANES / DOUBLES };
    vdouble acc[PARTS] = {{0}};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        UNROLL
    for (size_t part = 0; part < PARTS; part++)
        acc[part] += load_wide(a + i + part * DOUBLES) * load_wide(b + i + part * DOUBLES);
    double lane[LANES];
    memcpy(lane, acc, sizeof(lane));
    for (size_t j = 0; i + j < n; j++)
        lane[j] += (double)a[i + j] * (double)b[i + j];
    return fold_sum(lane);
}

static void axpy(float *y, float a, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

extern const struct bz_kernels TABLE;
const struct bz_kernels TABLE = {
    .name = QUOTE(BZ_LEVEL),
    .nonzero = nonzero,
    .row_sum = row_sum,
    .dense_sum = dense_sum,
    .sigmoid = sigmoid,
    .exp_shifted = exp_shifted,
    .bernoulli = bernoulli,
    .uniform = uniform,
    .softplus_sum = softplus_sum,
    .dot = dot,
    .axpy = axpy,
};
