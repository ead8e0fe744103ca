/* Inner loops, compiled once per instruction set (base, avx2, avx512) and chosen at start.
 * Every function gives the same bits in every table: each output element is one sum in one fixed order, no contraction,
 * no libm. Pointers may be unaligned unless said; in and out must not overlap unless said. */
#ifndef BZ_KERNELS_H
#define BZ_KERNELS_H

#include "errors.h"
#include "rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BZ_FIXED_WIDTH = 16,  /* columns of a panel of fixed_sums: a cache line */
    BZ_COARSE_WIDTH = 32, /* of coarse_sums */
    BZ_COARSE_BIAS = 0x8000,
    BZ_NORMAL_PAIRS = 64,
    BZ_EDGE_ROWS = 32 /* that edge_sums computes at a time */
};

/* Probabilities sigmoid(scale * x[i]) where x is known only approximately. */
struct bz_doubt {
    const float *error; /* [n] */
    float times;        /* scale * x[i] may be off by times * error[i]; for rounding 1e-6 is added to what that makes of p[i] */
    float (*exact)(const struct bz_doubt *d, size_t i); /* p[i] */
};

/* Lines that each row of sums adds (the n_on[r] of on[r]) and subtracts. */
struct bz_flips {
    const uint32_t *on, *n_on, *off, *n_off;
    size_t stride, rows; /* of on and off */
};

/* How to read the sums of a row; arrays are padded to a whole panel. */
struct bz_coarse {
    const uint32_t *sum; /* as coarse_sums leaves it where sums began at 0 ... */
    uint32_t lines;      /* ... and so many more were added than subtracted */
    const int32_t *start;
    const uint32_t *power;
    const float *unit;
};

/* A step of gradient descent with momentum, and what a change of the row adds to another: `by` times it. */
struct bz_momentum {
    float rate, momentum, decay, by;
};

/* Units of two values, at most 64, that are drawn one after the other; bit i stands for unit i. */
struct bz_scan {
    const float *w; /* a change of unit i adds that times w[i * stride + j] to the field of unit j */
    size_t stride, n;
    const float *uniform; /* [n] unit i is on where uniform[i] is below sigmoid(scale * its field) */
    float scale, apart;   /* apart: of its values, a power of two */
    uint64_t on, known;   /* before; known ones are left as they are */
    bool reverse;         /* the last one first */
};

/* Weights of which only some exist: those of unit j, of the units of a neighbour, ascending. */
struct bz_lists {
    const size_t *begin;  /* entries begin[j] .. begin[j + 1] - 1 */
    const uint32_t *unit; /* of the neighbour */
    const float *weight;
};

struct bz_kernels {
    const char *name; /* "base", "avx2", "avx512" */

    /* Indices i with x[i] != 0, ascending, into index[n] (room for n); returns how many. */
    size_t (*nonzero)(uint32_t *index, const float *x, size_t n);

    /* out[j] = start[j] + sum_k x[index[k]] * w[index[k]*stride + j], k ascending, j < n. x NULL means ones.
     * Each product and sum is rounded once (a 0/1 row needs additions only, and gives the same bits either way).
     * start NULL means zeros. out may equal start. Runs at the speed of the cache that holds the rows; where they begin at
     * multiples of 64 bytes (stride a multiple of 16) that is up to 1.7 times faster than where they do not. */
    void (*row_sum)(float *out, const float *start, const float *w, size_t stride, const uint32_t *index, const float *x,
                    size_t count, size_t n);

    /* row_sum with x NULL for many rows at once, the same bits: out[r][j] = start[r][j] + sum_k w[index[r][k]][j] over the
     * count[r] entries of index[r], all below depth. Faster from about 24 rows on, for w comes near once for up to 64 of them.
     * start_stride 0 repeats one row; out may equal start where the strides agree. turned: w is [n][depth], so its element
     * [j][index[r][k]] is added. Takes 100 KiB of stack. */
    void (*row_sums)(float *out, size_t out_stride, const float *start, size_t start_stride, const float *w, size_t w_stride,
                     bool turned, const uint32_t *index, size_t index_stride, const uint32_t *count, size_t rows, size_t depth,
                     size_t n);

    /* out[j][i] = in[i][j], i < rows, j < columns; strides in floats. */
    void (*turn)(float *out, size_t out_stride, const float *in, size_t in_stride, size_t rows, size_t columns);

    /* Bit i of out[ceil(n/64)] where x[i] == most; the rest of the last word is 0. Returns whether every x[i] is `least` or
     * `most`. */
    bool (*bits)(uint64_t *out, const float *x, float least, float most, size_t n);

    /* sum[r][j] += w[on[r][k]][j], -= w[off[r][k]][j] over the flips of row r, modulo 2^32: the same in any order. They are
     * below depth. w lies in panels [ceil(n/W)][depth + 1][W], W = BZ_FIXED_WIDTH; sum's stride is a multiple of W, and the
     * columns from n on are spoiled. */
    void (*fixed_sums)(int32_t *sum, size_t stride, const int32_t *w, size_t depth, size_t n, const struct bz_flips *flips);

    /* out[i] = sum[i] * unit[i], rounded to float before the product (exact for units that are powers of two). */
    void (*from_fixed)(float *out, const int32_t *sum, const float *unit, size_t n);

    /* fixed_sums of numbers of 16 bits, two a word: w lies in panels [ceil(n/W)][depth + 1][W/2], W = BZ_COARSE_WIDTH; word i
     * of a line is the number of column i in its upper half and that of column W/2 + i, BZ_COARSE_BIAS added, in its lower one.
     * The sums of a panel are [W], for from_coarse to read. stride is a multiple of W. */
    void (*coarse_sums)(uint32_t *sum, size_t stride, const uint32_t *w, size_t depth, size_t n, const struct bz_flips *flips);

    /* out[i] = (start[i] + sum * power[i]) * unit[i], rounded as from_fixed does. */
    void (*from_coarse)(float *out, const struct bz_coarse *c, size_t n);

    /* The same sums for a tile of rows that are mostly nonzero: out[r][j] = start[r][j] + sum_{k<depth} x[r][k]*w[k][j],
     * the bits row_sum would give for each row (a zero term changes nothing). Strides in floats; start_stride 0 repeats one
     * row. */
    void (*dense_sum)(float *out, size_t out_stride, const float *start, size_t start_stride, const float *x, size_t x_stride,
                      const float *w, size_t w_stride, size_t rows, size_t depth, size_t n);

    /* The same sums where most weights are missing: out[r][j] = start[r][j] + sum_k x[r][unit[k]] * weight[k] over the entries
     * of unit j, 0.0 instead of -0.0, for rows side by side in the lanes. turned: scratch for depth * BZ_EDGE_ROWS floats. */
    void (*edge_sums)(float *out, size_t out_stride, const float *start, size_t start_stride, const float *x, size_t x_stride,
                      const struct bz_lists *lists, float *turned, size_t rows, size_t depth, size_t n);

    /* p[i] = 1/(1+exp(-scale*x[i])). Relative error below 2e-7 where |scale*x| < 87; beyond, held at its value there, so that
     * p is never 0. NaN stays NaN. p may equal x. */
    void (*sigmoid)(float *p, const float *x, float scale, size_t n);

    /* p[i] = exp(x[i] - shift), the difference held in -87 .. 88: positive and finite, relative error below 2e-7. NaN stays
     * NaN. p may equal x. */
    void (*exp_shifted)(float *p, const float *x, float shift, size_t n);

    /* w[i] = exp(scale * x[i]) up to a factor of each group of k, as exp_shifted computes it; 0 where it is less than 1e-38 of
     * the group's largest. w may equal x. */
    void (*group_weights)(float *w, const float *x, float scale, size_t k, size_t groups);

    /* The index on which the point of each group falls, for weights w[groups][k] >= 0: the first i for which point * (their
     * sum) is below that of w[0] .. w[i], in double. Of group g's point the first 24 bits are known, first[2g] in [0,1); k
     * where these do not decide. */
    void (*pick_groups)(uint32_t *chosen, const float *w, const float *first, size_t k, size_t groups);

    /* s[i] = 1 with probability p[i], else 0: where the 40 bits of bz_random_byte and, if the first 8 do not decide it,
     * bz_random_rest, as a fraction, are below p[i]. s may equal p. */
    void (*bernoulli)(float *s, const float *p, const struct bz_key *key, size_t n);

    /* The same of p[i] = sigmoid(scale * x[i]), scale >= 0, with the bits of `sigmoid`. doubt NULL: x is exact; else what could
     * change s[i] is asked for, so that s is that of the exact p. s may equal x. */
    void (*draw)(float *s, const float *x, float scale, const struct bz_doubt *doubt, const struct bz_key *key, size_t n);

    /* The units that are on after a scan from these fields. Each change adds a product and a sum rounded once to the fields of
     * the units after it; the probabilities are those of `sigmoid`. */
    uint64_t (*scan)(const float *field, const struct bz_scan *s);

    /* u[i] = uniform(key, first+i) in [0,1). first is a multiple of 64. */
    void (*uniform)(float *u, const struct bz_key *key, uint32_t first, size_t n);

    /* z[q] and z[P+q], q < pairs (a multiple of 8 is made of it), P = BZ_NORMAL_PAIRS: two independent standard normal numbers
     * from the uniform ones u[q], u[P+q] (2^-24 of the first's precision more) and u[2P+q] (Box and Muller). */
    void (*normal_pairs)(float *z, const float *u, size_t pairs);

    /* sum_i log(1 + exp(scale*x[i])), in double, no overflow for any finite argument; absolute error about 1e-16 a term (a term
     * below that counts as 0). */
    double (*softplus_sum)(const float *x, double scale, size_t n);

    /* e[i] *= ratio[i], then sum_i log(1+e[i]), for 0 <= e[i] < 2^250 before and after: the sum of softplus(x[i]) where
     * e[i] = exp(x[i]) is kept from one x to the next, of known difference. */
    double (*grow_softplus)(double *e, const double *ratio, size_t n);

    /* sum_i a[i]*b[i] with double products and sums (sixteen fixed lanes). */
    double (*dot)(const float *a, const float *b, size_t n);

    /* distance[r] = bits in which query[words] and code[r][words] differ. */
    void (*hamming)(uint32_t *distance, const uint64_t *query, const uint64_t *code, size_t words, size_t rows);

    /* y[i] += a * x[i], rounded after the product and after the sum. */
    void (*axpy)(float *y, float a, const float *x, size_t n);

    /* change[i] = momentum * velocity[i] + rate * (g[i] - decay * w[i]), each product and sum rounded: kept in velocity[i] and
     * g[i], added to w[i], and by * change[i] to fold[i]. Returns dot(change, along). No two arrays overlap. */
    double (*momentum_row)(float *w, float *velocity, float *g, float *fold, const float *along, const struct bz_momentum *s,
                           size_t n);

    /* The shortest decimals digits[i] * 10^exponent[i] that read back as the finite |x[i]| > 0, the nearest to it among those;
     * anything for other x[i]. Digits may end in zeros. text[i]: the characters of the last eight digits, zeros in front and
     * all, the first in the lowest byte; only if digits[i] has no more. */
    void (*shortest_digits)(uint32_t *digits, int32_t *exponent, uint64_t *text, const float *x, size_t n);

    /* The bits of now[n], and those in which it differs from before[n]. */
    void (*count_bits)(size_t *on, size_t *changed, const uint64_t *now, const uint64_t *before, size_t n);

    /* The numbers of the bits of words[n] that are not in `without`, ascending, into index (room for 64 n); returns how many.
     */
    uint32_t (*list_bits)(uint32_t *index, const uint64_t *words, const uint64_t *without, size_t n);
};

/* The table in use: chosen at the first call by what the CPU supports, or earlier by bz_cpu_select. Thread-safe. */
const struct bz_kernels *bz_cpu(void);

/* Forces a level: "auto", "base", "avx2", "avx512". BZ_BAD_INPUT for an unknown name, BZ_UNSUPPORTED if this CPU lacks it
 * (GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA counts as lacking). */
int bz_cpu_select(const char *level, struct bz_error *err);

/* All tables that this CPU can run, for tests: returns how many there are and writes at most `room` of them. */
size_t bz_cpu_levels(const struct bz_kernels **tables, size_t room);

#endif
