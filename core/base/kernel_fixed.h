/* Sums of weights held as whole numbers: bits, fixed_sums and from_fixed of struct bz_kernels. Included by kernels.c only.
 * Sums of whole numbers do not depend on their order, so nothing here has one to keep. */
#ifndef BZ_KERNEL_FIXED_H
#define BZ_KERNEL_FIXED_H

#include "kernel_sums.h"

enum {
    FIXED_PARTS = BZ_FIXED_WIDTH / FLOATS,
    /* Panels that a row's sums are made of at a time. */
    FIXED_PANELS = VECTOR_BYTES == 16 ? 2 : 4,
};

INLINE vuint32 load_whole(const int32_t *p)
{
    vuint32 v;
    memcpy(&v, p, sizeof(v));
    return v;
}

INLINE void store_whole(int32_t *p, vuint32 v)
{
    memcpy(p, &v, sizeof(v));
}

/* Which lines a row adds and which it subtracts. */
struct fixed_lines {
    const uint32_t *on, *off;
    size_t n_on, n_off;
};

/* sum[panels][W] of one row. */
INLINE void fixed_row(int32_t *sum, const int32_t *w, size_t depth, const struct fixed_lines *lines, const size_t panels)
{
    const size_t panel = (depth + 1) * BZ_FIXED_WIDTH;
    vuint32 acc[FIXED_PANELS][FIXED_PARTS];
    UNROLL
    for (size_t p = 0; p < panels; p++)
        UNROLL
    for (size_t part = 0; part < FIXED_PARTS; part++)
        acc[p][part] = load_whole(sum + p * BZ_FIXED_WIDTH + part * FLOATS);
    for (size_t k = 0; k < lines->n_on; k++) {
        const int32_t *line = w + (size_t)lines->on[k] * BZ_FIXED_WIDTH;
        UNROLL
        for (size_t p = 0; p < panels; p++)
            UNROLL
        for (size_t part = 0; part < FIXED_PARTS; part++)
            acc[p][part] += load_whole(line + p * panel + part * FLOATS);
    }
    for (size_t k = 0; k < lines->n_off; k++) {
        const int32_t *line = w + (size_t)lines->off[k] * BZ_FIXED_WIDTH;
        UNROLL
        for (size_t p = 0; p < panels; p++)
            UNROLL
        for (size_t part = 0; part < FIXED_PARTS; part++)
            acc[p][part] -= load_whole(line + p * panel + part * FLOATS);
    }
    UNROLL
    for (size_t p = 0; p < panels; p++)
        UNROLL
    for (size_t part = 0; part < FIXED_PARTS; part++)
        store_whole(sum + p * BZ_FIXED_WIDTH + part * FLOATS, acc[p][part]);
}

/* Panel by panel, so that their lines stay in the second-level cache from row to row. */
static void fixed_sums(int32_t *sum, size_t stride, const int32_t *w, size_t depth, size_t n, const uint32_t *on,
                       const uint32_t *n_on, const uint32_t *off, const uint32_t *n_off, size_t index_stride, size_t rows)
{
    const size_t panels = (n + BZ_FIXED_WIDTH - 1) / BZ_FIXED_WIDTH, panel = (depth + 1) * BZ_FIXED_WIDTH;
    for (size_t p = 0; p < panels;) {
        const bool many = panels - p >= FIXED_PANELS;
        for (size_t r = 0; r < rows; r++) {
            const struct fixed_lines lines = {on + r * index_stride, off + r * index_stride, n_on[r], n_off[r]};
            int32_t *row = sum + r * stride + p * BZ_FIXED_WIDTH;
            if (many)
                fixed_row(row, w + p * panel, depth, &lines, FIXED_PANELS);
            else
                fixed_row(row, w + p * panel, depth, &lines, 1);
        }
        p += many ? FIXED_PANELS : 1;
    }
}

static void from_fixed(float *out, const int32_t *sum, const float *unit, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)sum[i] * unit[i];
}

/* Lanes of x that equal a value, as bits. */
static bool bits(uint64_t *out, const float *x, float least, float most, size_t n)
{
    bool two = true;
    for (size_t first = 0; first < n; first += 64) {
        const size_t room = n - first < 64 ? n - first : 64;
        uint64_t on = 0, off = 0;
        size_t i = 0;
        for (; i + FLOATS <= room; i += FLOATS) {
            const vfloat v = load(x + first + i);
            on |= (uint64_t)zero_lanes(v - vfloat_of(most)) << i;
            off |= (uint64_t)zero_lanes(v - vfloat_of(least)) << i;
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

#endif
