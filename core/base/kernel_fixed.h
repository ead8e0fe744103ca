/* Sums of weights held as whole numbers: bits, fixed_sums, coarse_sums and what reads them. Included by kernels.c only.
 * Sums of whole numbers do not depend on their order, so nothing here has one to keep. */
#ifndef BZ_KERNEL_FIXED_H
#define BZ_KERNEL_FIXED_H

#include "kernel_sums.h"

enum {
    FIXED_PARTS = BZ_FIXED_WIDTH / FLOATS,
    /* Panels of a row's sums computed at a time. */
    FIXED_PANELS = VECTOR_BYTES == 16 ? 2 : 4,
    /* Lines added and subtracted between two questions whether to stop. */
    FIXED_LINES = 1 << 14,
};

/* Which lines a row adds and which it subtracts. */
struct fixed_lines {
    const uint32_t *on, *off;
    size_t n_on, n_off;
};

/* The vectors of a row of sums. */
#define EACH(parts)                                                                                                            \
    UNROLL                                                                                                                     \
    for (size_t p = 0; p < panels; p++)                                                                                        \
        UNROLL                                                                                                                 \
    for (size_t part = 0; part < (parts); part++)

/* sum[panels][W] of one row. */
INLINE void fixed_row(uint32_t *sum, const uint32_t *w, size_t depth, const struct fixed_lines *lines, const size_t panels)
{
    const size_t panel = (depth + 1) * BZ_FIXED_WIDTH;
    vuint32 acc[FIXED_PANELS][FIXED_PARTS];
    EACH(FIXED_PARTS)
    {
        acc[p][part] = load_words(sum + p * BZ_FIXED_WIDTH + part * FLOATS);
    }
    for (size_t k = 0; k < lines->n_on; k++) {
        const uint32_t *line = w + (size_t)lines->on[k] * BZ_FIXED_WIDTH;
        EACH(FIXED_PARTS)
        {
            acc[p][part] += load_words(line + p * panel + part * FLOATS);
        }
    }
    for (size_t k = 0; k < lines->n_off; k++) {
        const uint32_t *line = w + (size_t)lines->off[k] * BZ_FIXED_WIDTH;
        EACH(FIXED_PARTS)
        {
            acc[p][part] -= load_words(line + p * panel + part * FLOATS);
        }
    }
    EACH(FIXED_PARTS)
    {
        store_words(sum + p * BZ_FIXED_WIDTH + part * FLOATS, acc[p][part]);
    }
}

/* A kind of sums: words of a panel's line and of a row's sums in it, panels computed at a time, and how. */
struct fixed_kind {
    size_t line, sums, at_once;
    void (*row)(uint32_t *sum, const uint32_t *w, size_t depth, const struct fixed_lines *lines, const size_t panels);
};

/* The lines from the kth on, FIXED_LINES of each kind at most. */
INLINE struct fixed_lines lines_from(const struct bz_flips *f, size_t r, size_t k)
{
    const size_t on = f->n_on[r] > k ? f->n_on[r] - k : 0, off = f->n_off[r] > k ? f->n_off[r] - k : 0;
    return (struct fixed_lines){f->on + r * f->stride + k, f->off + r * f->stride + k, on < FIXED_LINES ? on : FIXED_LINES,
                                off < FIXED_LINES ? off : FIXED_LINES};
}

/* Panel by panel, so that their lines stay in the second-level cache from row to row. */
INLINE void sum_panels(const struct fixed_kind kind, uint32_t *sum, size_t stride, const uint32_t *w, size_t depth, size_t n,
                       const struct bz_flips *f)
{
    const size_t panels = (n + kind.sums - 1) / kind.sums, panel = (depth + 1) * kind.line;
    for (size_t p = 0; p < panels;) {
        const bool many = panels - p >= kind.at_once;
        size_t added = 0; /* lines since it was asked whether to stop */
        for (size_t r = 0; r < f->rows; r++)
            for (size_t k = 0; k == 0 || k < f->n_on[r] || k < f->n_off[r]; k += FIXED_LINES) {
                const struct fixed_lines lines = lines_from(f, r, k);
                uint32_t *row = sum + r * stride + p * kind.sums;
                if (many)
                    kind.row(row, w + p * panel, depth, &lines, kind.at_once);
                else
                    kind.row(row, w + p * panel, depth, &lines, 1);
                added += lines.n_on + lines.n_off + 1;
                if (added >= FIXED_LINES) {
                    if (bz_stopping_work(added * kind.sums * kind.at_once))
                        return;
                    added = 0;
                }
            }
        if (bz_stopping_work(added * kind.sums * kind.at_once))
            return;
        p += many ? kind.at_once : 1;
    }
}

static void fixed_sums(int32_t *sum, size_t stride, const int32_t *w, size_t depth, size_t n, const struct bz_flips *flips)
{
    const struct fixed_kind kind = {BZ_FIXED_WIDTH, BZ_FIXED_WIDTH, FIXED_PANELS, fixed_row};
    sum_panels(kind, (uint32_t *)sum, stride, (const uint32_t *)w, depth, n, flips);
}

static void from_fixed(float *out, const int32_t *sum, const float *unit, size_t n)
{
    enum { TOGETHER = 1 << 16 };
    for (size_t i = 0; i < n && !bz_stopping_work(2 * TOGETHER);)
        for (const size_t end = n - i < TOGETHER ? n : i + TOGETHER; i < end; i++)
            out[i] = (float)sum[i] * unit[i];
}

/* --- numbers of 16 bits --- */

enum {
    COARSE_WORDS = BZ_COARSE_WIDTH / 2, /* of a line of a panel */
    COARSE_PARTS = COARSE_WORDS / FLOATS,
    /* Panels of a row's sums computed at a time: with two sums per word they fill half of the registers. */
    COARSE_PANELS = 4 / COARSE_PARTS,
};

/* Used twice; the compiler would load it twice. */
INLINE vuint32 load_once(const uint32_t *p)
{
    vuint32 v = load_words(p);
#ifdef __x86_64__
    __asm__("" : "+v"(v));
#endif
    return v;
}

/* sum[panels][2][COARSE_WORDS] of one row: of the words, and of their upper halves with a sign. */
INLINE void coarse_row(uint32_t *sum, const uint32_t *w, size_t depth, const struct fixed_lines *lines, const size_t panels)
{
    const size_t panel = (depth + 1) * COARSE_WORDS;
    vuint32 words[COARSE_PANELS][COARSE_PARTS], upper[COARSE_PANELS][COARSE_PARTS];
    EACH(COARSE_PARTS)
    {
        words[p][part] = load_words(sum + p * BZ_COARSE_WIDTH + part * FLOATS);
        upper[p][part] = load_words(sum + p * BZ_COARSE_WIDTH + COARSE_WORDS + part * FLOATS);
    }
    for (size_t k = 0; k < lines->n_on; k++) {
        const uint32_t *line = w + (size_t)lines->on[k] * COARSE_WORDS;
        EACH(COARSE_PARTS)
        {
            const vuint32 x = load_once(line + p * panel + part * FLOATS);
            words[p][part] += x;
            upper[p][part] += (vuint32)((vint32)x >> 16);
        }
    }
    for (size_t k = 0; k < lines->n_off; k++) {
        const uint32_t *line = w + (size_t)lines->off[k] * COARSE_WORDS;
        EACH(COARSE_PARTS)
        {
            const vuint32 x = load_once(line + p * panel + part * FLOATS);
            words[p][part] -= x;
            upper[p][part] -= (vuint32)((vint32)x >> 16);
        }
    }
    EACH(COARSE_PARTS)
    {
        store_words(sum + p * BZ_COARSE_WIDTH + part * FLOATS, words[p][part]);
        store_words(sum + p * BZ_COARSE_WIDTH + COARSE_WORDS + part * FLOATS, upper[p][part]);
    }
}

#undef EACH

static void coarse_sums(uint32_t *sum, size_t stride, const uint32_t *w, size_t depth, size_t n, const struct bz_flips *flips)
{
    const struct fixed_kind kind = {COARSE_WORDS, BZ_COARSE_WIDTH, COARSE_PANELS, coarse_row};
    sum_panels(kind, sum, stride, w, depth, n, flips);
}

INLINE void from_coarse_panel(float *out, const struct bz_coarse *c, size_t first)
{
    UNROLL
    for (size_t at = 0; at < COARSE_WORDS; at += FLOATS) {
        const vuint32 upper = load_words(c->sum + first + COARSE_WORDS + at);
        const vuint32 half[2] = {upper, load_words(c->sum + first + at) - (upper << 16) - c->lines * BZ_COARSE_BIAS};
        UNROLL
        for (size_t h = 0; h < 2; h++) {
            const size_t i = h * COARSE_WORDS + at;
            const vuint32 start = load_words((const uint32_t *)c->start + first + i);
            const vint32 sum = (vint32)(start + half[h] * load_words(c->power + first + i));
            store(out + i, __builtin_convertvector(sum, vfloat) * load(c->unit + first + i));
        }
    }
}

static void from_coarse(float *out, const struct bz_coarse *c, size_t n)
{
    for (size_t first = 0; first < n && !bz_stopping_unit(first / BZ_COARSE_WIDTH, 2 * BZ_COARSE_WIDTH);
         first += BZ_COARSE_WIDTH) {
        float rest[BZ_COARSE_WIDTH], *to = n - first < BZ_COARSE_WIDTH ? rest : out + first;
        from_coarse_panel(to, c, first);
        if (to == rest)
            memcpy(out + first, rest, (n - first) * sizeof(*out));
    }
}

/* Lanes of x that equal a value, as bits. */
static bool bits(uint64_t *out, const float *x, float least, float most, size_t n)
{
    bool two = true;
    for (size_t first = 0; first < n && !bz_stopping_unit(first / 64, 64); first += 64) {
        const size_t room = n - first < 64 ? n - first : 64;
        uint64_t on = 0, off = 0;
        size_t i = 0;
        for (; i + FLOATS <= room; i += FLOATS) {
            const vfloat v = load(x + first + i);
            on |= (uint64_t)equal_lanes(v, vfloat_of(most)) << i;
            off |= (uint64_t)equal_lanes(v, vfloat_of(least)) << i;
        }
        for (; i < room; i++) {
            on |= (uint64_t)(x[first + i] == most) << i;
            off |= (uint64_t)(x[first + i] == least) << i;
        }
        out[first / 64] = on;
        two &= (on | off) == UINT64_MAX >> (64 - room);
    }
    return two;
}

static void count_bits(size_t *on, size_t *changed, const uint64_t *now, const uint64_t *before, size_t n)
{
    *on = *changed = 0;
    for (size_t i = 0; i < n; i++) {
        *on += (size_t)__builtin_popcountll(now[i]);
        *changed += (size_t)__builtin_popcountll(now[i] ^ before[i]);
    }
}

/* The numbers of four bits of a word, whether or not it has as many; returns the others. */
INLINE uint64_t list_four(uint32_t *index, uint64_t bits, uint32_t first)
{
    UNROLL
    for (int k = 0; k < 4; k++, bits &= bits - 1)
        index[k] = first + (uint32_t)__builtin_ctzll(bits | 1ull << 63);
    return bits;
}

/* Mostly without branches on bits, which nobody can foresee. Before word i there are at most 64 i numbers, so that those
 * written in excess stay within 64 n. */
static uint32_t list_bits(uint32_t *index, const uint64_t *words, const uint64_t *without, size_t n)
{
    uint32_t count = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = words[i] & ~without[i];
        const uint32_t first = (uint32_t)(64 * i), here = (uint32_t)__builtin_popcountll(bits);
        uint32_t *to = index + count;
        count += here;
#ifdef VECTOR_CAN_COMPRESS
        if (here > 8) {
            for (uint32_t at = first; bits; bits >>= FLOATS, at += FLOATS)
                to += store_numbers(to, (uint32_t)(bits & 0xffff), at);
            continue;
        }
#endif
        for (bits = list_four(to, bits, first); bits; bits = list_four(to, bits, first))
            to += 4;
    }
    return count;
}

#endif
