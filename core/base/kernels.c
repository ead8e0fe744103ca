/* The inner loops: this one source is compiled once per instruction set, with BZ_LEVEL naming the table. Sums over rows (k)
 * and over sixteen lanes are in one fixed order, so that the width of a vector never shows in the bits. */
#include "kernels.h"

#include "stop.h"

#include "kernel_digits.h"
#include "kernel_exp.h"
#include "kernel_fixed.h"
#include "kernel_groups.h"
#include "kernel_growth.h"
#include "kernel_normals.h"
#include "kernel_rows.h"
#include "kernel_scan.h"
#include "kernel_sums.h"
#include "kernel_turn.h"
#include "mathx.h"
#include "vector_mul_add.h"

#include <math.h>
#include <stdbool.h>

#define PASTE_(a, b) a##b
#define PASTE(a, b)  PASTE_(a, b)
#define QUOTE_(a)    #a
#define QUOTE(a)     QUOTE_(a)
#define TABLE        PASTE(bz_kernels_, BZ_LEVEL)

enum {
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
    for (; i < n; i++) { /* without a branch, which would be mispredicted */
        index[count] = (uint32_t)i;
        count += x[i] != 0;
    }
    return count;
}

/* --- exponentials --- */

static void sigmoid(float *p, const float *x, float scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = sigmoid_float(scale * x[i]);
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
        if (bz_stopping_work(4 * LOG_EVERY))
            return 0;
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

/* 256 p less the first 8 bits of a unit's fraction: at most 0 it is off, from 1 on it is on, and between the rest decides. May
 * be off by margin. */
static float draw_open(float over, float margin, const struct bz_doubt *doubt, const struct bz_key *place, size_t i)
{
    const double rest = bz_random_rest(place, (uint32_t)i) * 0x1p-32;
    if (doubt && !(fabs((double)over - rest) > (double)margin))
        over = doubt->exact(doubt, i) * 256 - (float)bz_random_byte(place, (uint32_t)i);
    return (double)over > rest ? 1.0f : 0.0f;
}

static void bernoulli(float *s, const float *p, const struct bz_key *place, size_t n)
{
    enum { BYTES = 4 * PHILOX_BLOCK };
    uint32_t counter[4], key[2], words[PHILOX_BLOCK];
    bz_philox_place(place, counter, key);
    for (size_t first = 0; first < n; first += BYTES) {
        const size_t room = n - first < BYTES ? n - first : BYTES;
        philox16(words, counter, key, (uint32_t)first / 16);
        for (size_t i = 0; i < room; i++) {
            const float over = p[first + i] * 256 - (float)(words[i / 4] >> 8 * (i % 4) & 0xff);
            const bool open = !(over <= 0 || over >= 1);
            s[first + i] = open ? draw_open(over, 0, NULL, place, first + i) : over > 0 ? 1.0f : 0.0f;
        }
    }
}

/* Probabilities of 1 / (1 + e), e = exp(-scale * x), without the division that would take the most time: with q = 1 + e,
 * 256 p - byte has the sign of 256 - byte * q, and is at least 1 where that is at least q. What is too near, by an e that is
 * only right to 1e-4 and by doubt, is looked at again, so that nothing here has to be the same at every level. */
struct odds {
    float by, least, most; /* x, held between these, times `by` is the logarithm of e, of base 2 */
    float times;           /* 256 times that of doubt */
};

/* A layer's units are drawn by 256: what sixteen Philox blocks give. */
enum { HAND = 4 * PHILOX_BLOCK, WORD = 64 };
struct hand {
    float x[HAND];
    uint32_t words[PHILOX_BLOCK];
    uint64_t open[HAND / WORD];
};

/* e: 2^-87 .. 2^87; NaN stays NaN. */
INLINE vfloat quick_odds(const struct odds *o, vfloat x)
{
    const vfloat shift = vfloat_of(12582912.0f), by = vfloat_of(o->by); /* 1.5 * 2^23 */
    x = at_most(at_least(x, o->least), o->most);
    const vfloat shifted = near_mul_add(x, by, shift), f = near_mul_add(x, by, shift - shifted);
    vfloat p = near_mul_add(f, vfloat_of(0.0551716694f), vfloat_of(0.242611122f)); /* 2^f to 8e-5 */
    p = near_mul_add(f, p, vfloat_of(0.693260985f));
    p = near_mul_add(f, p, vfloat_of(0.999928074f));
    return (vfloat)((vuint32)p + ((vuint32)shifted << 23));
}

/* Draws FLOATS units; returns a bit for each that has to be looked at again. Of q p (1 - p), what doubt could make is, by
 * Taylor, at most error * min(1, e) + 0.05 error^2 q, |sigmoid''| < 0.1: times 256 and with what is lost here and by rounding
 * less than far * (min(1, e) + q (0.0002 far + 0.0034)). */
INLINE uint32_t draw_lanes(float *s, const struct odds *o, vfloat x, vfloat bytes, const float *error)
{
    const vfloat e = quick_odds(o, x), q = 1 + e, over = near_mul_add(-bytes, q, vfloat_of(256));
    vfloat far = vfloat_of(256 * 3e-4f);
    if (error)
        far = near_mul_add(load(error), vfloat_of(o->times), far);
    const vfloat each = near_mul_add(far, vfloat_of(0.0002f), vfloat_of(0.0034f));
    store(s, ones_where_positive(over));
    return not_decided(over, far * near_mul_add(each, q, at_most(e, 1)), q);
}

static void draw_again(float *s, const struct hand *hand, float scale, const struct bz_doubt *doubt, const struct bz_key *place,
                       size_t first, size_t words)
{
    for (size_t word = 0; word < words; word++)
        for (uint64_t open = hand->open[word]; open; open &= open - 1) {
            const size_t i = WORD * word + (size_t)__builtin_ctzll(open);
            const float p = sigmoid_float(scale * hand->x[i]), far = doubt ? doubt->error[first + i] * doubt->times : 0;
            const float over = p * 256 - (float)(hand->words[i / 4] >> 8 * (i % 4) & 0xff);
            s[i] = draw_open(over, 256 * far * (p - p * p + 0.05f * far) + 256e-6f, doubt, place, first + i);
        }
}

/* Draws the units of a whole word. s may be x, which is kept in the hand. */
INLINE void draw_word(float *s, const float *x, const struct odds *o, struct hand *hand, size_t word, const float *error)
{
    uint64_t open = 0;
    UNROLL
    for (size_t i = 0; i < WORD; i += FLOATS) {
        const vfloat field = load(x + i), bytes = bytes_to_floats(hand->words, word * WORD + i);
        store(hand->x + word * WORD + i, field);
        open |= (uint64_t)draw_lanes(s + i, o, field, bytes, error ? error + i : NULL) << i;
    }
    hand->open[word] = open;
}

/* The last units of a layer, fewer than a word. */
INLINE void draw_last(float *s, const float *x, const struct odds *o, struct hand *hand, size_t word, const float *error,
                      size_t n)
{
    float drawn[WORD] = {0}, told[WORD] = {0};
    memcpy(drawn, x, n * sizeof(*drawn));
    if (error)
        memcpy(told, error, n * sizeof(*told));
    draw_word(drawn, drawn, o, hand, word, error ? told : NULL);
    hand->open[word] &= (1ull << n) - 1;
    memcpy(s, drawn, n * sizeof(*s));
}

INLINE void draw_units(float *s, const float *x, float scale, const struct bz_doubt *doubt, const struct bz_key *place,
                       size_t n)
{
    const float by = scale * -1.44269504f, most = by < 0 ? -87 / by : 0;
    const struct odds o = {by, -most, most, doubt ? 256 * doubt->times : 0};
    struct hand hand;
    uint32_t counter[4], key[2];
    bz_philox_place(place, counter, key);
    for (size_t first = 0; first < n && !bz_stopping_work(8 * HAND); first += HAND) {
        const size_t room = n - first < HAND ? n - first : HAND, words = room / WORD;
        philox16(hand.words, counter, key, (uint32_t)first / 16);
        for (size_t word = 0, i = first; word < words; word++, i += WORD)
            draw_word(s + i, x + i, &o, &hand, word, doubt ? doubt->error + i : NULL);
        if (words * WORD < room) {
            const size_t i = first + words * WORD;
            draw_last(s + i, x + i, &o, &hand, words, doubt ? doubt->error + i : NULL, n - i);
        }
        draw_again(s + first, &hand, scale, doubt, place, first, (room + WORD - 1) / WORD);
    }
}

static void draw(float *s, const float *x, float scale, const struct bz_doubt *doubt, const struct bz_key *place, size_t n)
{
    if (doubt)
        draw_units(s, x, scale, doubt, place, n);
    else
        draw_units(s, x, scale, NULL, place, n);
}

/* --- codes --- */

static void hamming(uint32_t *distance, const uint64_t *query, const uint64_t *code, size_t words, size_t rows)
{
    for (size_t r = 0; r < rows; r++, code += words) {
        uint64_t sum[4] = {0};
        size_t i = 0;
        for (; i + 4 <= words; i += 4)
            for (size_t j = 0; j < 4; j++)
                sum[j] += (uint64_t)__builtin_popcountll(query[i + j] ^ code[i + j]);
        for (; i < words; i++)
            sum[0] += (uint64_t)__builtin_popcountll(query[i] ^ code[i]);
        distance[r] = (uint32_t)(sum[0] + sum[1] + sum[2] + sum[3]);
    }
}

extern const struct bz_kernels TABLE;
const struct bz_kernels TABLE = {
    .name = QUOTE(BZ_LEVEL),
    .nonzero = nonzero,
    .row_sum = row_sum,
    .row_sums = row_sums,
    .turn = turn,
    .bits = bits,
    .count_bits = count_bits,
    .list_bits = list_bits,
    .fixed_sums = fixed_sums,
    .from_fixed = from_fixed,
    .coarse_sums = coarse_sums,
    .from_coarse = from_coarse,
    .dense_sum = dense_sum,
    .edge_sums = edge_sums,
    .sigmoid = sigmoid,
    .exp_shifted = exp_shifted,
    .group_weights = group_weights,
    .pick_groups = pick_groups,
    .bernoulli = bernoulli,
    .draw = draw,
    .scan = scan,
    .uniform = uniform,
    .normal_pairs = normal_pairs,
    .softplus_sum = softplus_sum,
    .grow_softplus = grow_softplus,
    .dot = dot,
    .axpy = axpy,
    .momentum_row = momentum_row,
    .hamming = hamming,
    .shortest_digits = shortest_digits,
};
