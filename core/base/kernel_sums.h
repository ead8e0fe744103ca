/* The sums of weight rows that every field is made of: row_sum, row_sums and dense_sum of struct bz_kernels. Included by
 * kernels.c only. Every output is start + the terms of its row, k ascending, each term a product and a sum rounded once: the
 * three differ in what they keep near, never in a bit; so does edge_sums. */
#ifndef BZ_KERNEL_SUMS_H
#define BZ_KERNEL_SUMS_H

#include "kernel_turn.h"
#include "stop.h"
#include "vector_mul_add.h"

#include <stdbool.h>

enum {
    /* Columns of row_sum held in registers at once, in vectors: what the register file takes. */
    SUM_WIDTH = VECTOR_BYTES == 64 ? 16 : 12,
/* Rows and vectors in the register tile of dense_sum. */
#if VECTOR_BYTES == 64
    TILE_ROWS = 8, /* 64 rows are whole tiles */
    TILE_WIDTH = 3,
#else
    TILE_ROWS = VECTOR_BYTES == 16 ? 4 : 6,
    TILE_WIDTH = 2,
#endif
    /* Weight rows that dense_sum fetches ahead: processors do not foresee lines so far apart. */
    TILE_AHEAD = 8,
    /* Terms of sums between two questions whether to stop: of blocks, tiles and units. The sum so far is their start then. */
    BLOCK_TERMS = 1 << 13,
    TILE_TERMS = 1 << 12,
    UNIT_TERMS = 1 << 15,
    /* row_sums: columns of a panel (a cache line), its most rows (a third of a first-level cache), chains summed side by side,
     * chains that share a panel, and fewer than which it does not pay. */
    PANEL_WIDTH = 16,
    PANEL_ROWS = 256,
    PANEL_PARTS = PANEL_WIDTH / FLOATS,
    GROUP = VECTOR_BYTES == 64 ? 8 : VECTOR_BYTES / 8,
    SHARING = 64,
    SHARING_PAYS = VECTOR_BYTES == 16 ? 48 : 24,
};

/* --- one row --- */

/* A block of columns is `vectors` vectors wide, the last of them only `last` lanes. Constant widths make each one straight
 * piece of code with its sums in registers. */

/* acc += a * row, or acc += row if not valued */
INLINE void add_row(vfloat acc[SUM_WIDTH], const float *row, vfloat a, const bool valued, const size_t vectors, size_t last)
{
    UNROLL
    for (size_t c = 0; c < vectors; c++) {
        const float *p = row + c * FLOATS;
        vfloat values = c + 1 < vectors ? load(p) : load_part(p, last);
        acc[c] = valued ? mul_add(a, values, acc[c]) : acc[c] + values;
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
        acc[c] = valued ? mul_add(a, values, acc[c]) : acc[c] + values;
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

/* A block of columns of the chosen width. */
static void sum_block(float *out, const float *start, const float *w, size_t stride, const uint32_t *index, const float *x,
                      size_t count, bool shifted, size_t width, size_t last)
{
    switch (width) {
#define CASE(v)                                                                                                                \
    case v:                                                                                                                    \
        sum_columns(out, start, w, stride, index, x, count, shifted, v, last);                                                 \
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
}

static void row_sum(float *out, const float *start, const float *w, size_t stride, const uint32_t *index, const float *x,
                    size_t count, size_t n)
{
    size_t vectors = (n + FLOATS - 1) / FLOATS, blocks = (vectors + SUM_WIDTH - 1) / SUM_WIDTH;
    size_t bytes_off = (uintptr_t)w % VECTOR_BYTES;
    bool shifted = (stride % FLOATS != 0 || bytes_off != 0) && bytes_off % sizeof(float) == 0;
    for (size_t j = 0; blocks > 0; blocks--) {
        size_t width = (vectors + blocks - 1) / blocks; /* blocks of equal width, since short ones wait on latency */
        size_t last = n - j < width * FLOATS ? n - j - (width - 1) * FLOATS : FLOATS, terms;
        const float *s = start ? start + j : NULL;
        for (size_t k = 0; k == 0 || k < count; k += terms, s = out + j) {
            terms = count - k < BLOCK_TERMS ? count - k : BLOCK_TERMS;
            if (bz_stopping_work((terms + 1) * width * FLOATS))
                return;
            sum_block(out + j, s, w + j, stride, index + k, x, terms, shifted, width, last);
            if (terms == 0)
                break;
        }
        j += width * FLOATS;
        vectors -= width;
    }
}

/* --- many rows --- */

/* Which lines of a panel each chain of a tile adds. Chains are taken in the order of how many that is, GROUP at a time and in
 * step: entry k of all of them, then entry k+1; the shorter ones of a group continue with the line that changes nothing. */
struct panel_lists {
    uint32_t offset[SHARING * PANEL_ROWS]; /* into the panel, in floats; group after group [length][GROUP] */
    uint32_t length[SHARING / GROUP];
    uint8_t order[SHARING]; /* chains */
};

/* done[r] counts the indices of row r that are below `top`; afterwards those below `end`. Rows are filled up to whole groups
 * with some that add nothing. */
static void list_lines(struct panel_lists *lists, const uint32_t *index, size_t index_stride, const uint32_t *count,
                       uint32_t *done, size_t rows, size_t top, size_t end)
{
    const size_t groups = (rows + GROUP - 1) / GROUP;
    uint32_t begin[SHARING] = {0}, length[SHARING] = {0}, place[PANEL_ROWS + 2] = {0};
    for (size_t r = 0; r < rows; r++) {
        const uint32_t *row = index + r * index_stride;
        begin[r] = done[r];
        while (done[r] < count[r] && row[done[r]] < end)
            done[r]++;
        length[r] = done[r] - begin[r];
        place[length[r] + 1]++;
    }
    place[1] += (uint32_t)(groups * GROUP - rows);
    for (size_t i = 1; i < PANEL_ROWS + 2; i++) /* counting sort */
        place[i] += place[i - 1];
    for (size_t r = 0; r < groups * GROUP; r++)
        lists->order[place[length[r]]++] = (uint8_t)r;

    uint32_t *offset = lists->offset;
    for (size_t g = 0; g < groups; g++) {
        const uint8_t *chains = lists->order + g * GROUP;
        const uint32_t longest = length[chains[GROUP - 1]];
        for (size_t c = 0; c < GROUP; c++) {
            const uint32_t *row = index + chains[c] * index_stride + begin[chains[c]];
            for (uint32_t k = 0; k < longest; k++)
                offset[k * GROUP + c] = PANEL_WIDTH * (k < length[chains[c]] ? row[k] - (uint32_t)top : PANEL_ROWS);
        }
        lists->length[g] = longest;
        offset += longest * GROUP;
    }
}

/* w as a matrix whose rows are added up, or transposed. */
struct matrix {
    const float *w;
    size_t stride;
    bool turned;
};

/* panel[rows][PANEL_WIDTH] = the first `width` columns of w. */
static void fill_panel(float *panel, const float *w, size_t stride, size_t rows, size_t width)
{
    for (size_t k = 0; k < rows; k++)
        UNROLL
    for (size_t part = 0; part < PANEL_PARTS; part++) {
        const float *p = w + k * stride + part * FLOATS;
        size_t lanes = width < part * FLOATS ? 0 : width - part * FLOATS;
        store(panel + k * PANEL_WIDTH + part * FLOATS, lanes >= FLOATS ? load(p) : load_part(p, lanes));
    }
}

/* The same of rows top .. of columns j .. of a matrix. */
static void make_panel(float *panel, const struct matrix *of, size_t top, size_t rows, size_t j, size_t width)
{
    if (!of->turned) {
        fill_panel(panel, of->w + top * of->stride + j, of->stride, rows, width);
        return;
    }
    if (width < PANEL_WIDTH)
        memset(panel, 0, rows * PANEL_WIDTH * sizeof(*panel));
    turn(panel, PANEL_WIDTH, of->w + j * of->stride + top, of->stride, width, rows);
}

/* out[chain][width] = start[chain][width] + the lines of the panel listed for it, for the chains of one group that are among
 * the `rows`. */
INLINE void sum_group(float *out, size_t out_stride, const float *start, size_t start_stride, const float *panel,
                      const uint32_t *offset, size_t length, const uint8_t chains[GROUP], size_t rows, size_t width)
{
    vfloat acc[GROUP][PANEL_PARTS];
    UNROLL
    for (size_t c = 0; c < GROUP; c++)
        UNROLL
    for (size_t part = 0; part < PANEL_PARTS; part++) {
        size_t lanes = width < part * FLOATS ? 0 : width - part * FLOATS;
        const float *s = start + chains[c] * start_stride + part * FLOATS;
        acc[c][part] = !start || chains[c] >= rows ? (vfloat){0} : load_part(s, lanes < FLOATS ? lanes : FLOATS);
    }
    for (size_t k = 0; k < length; k++, offset += GROUP)
        UNROLL
    for (size_t c = 0; c < GROUP; c++)
        UNROLL
    for (size_t part = 0; part < PANEL_PARTS; part++)
        acc[c][part] += load(panel + offset[c] + part * FLOATS);
    UNROLL
    for (size_t c = 0; c < GROUP; c++)
        UNROLL
    for (size_t part = 0; part < PANEL_PARTS; part++) {
        size_t lanes = width < part * FLOATS ? 0 : width - part * FLOATS;
        if (chains[c] < rows)
            store_part(out + chains[c] * out_stride + part * FLOATS, acc[c][part], lanes < FLOATS ? lanes : FLOATS);
    }
}

/* A tile of chains against w in panels small enough for the first-level cache: each panel is fetched from the outer caches once
 * for all of them. */
static void sum_shared(float *out, size_t out_stride, const float *start, size_t start_stride, const struct matrix *w,
                       const uint32_t *index, size_t index_stride, const uint32_t *count, size_t rows, size_t depth, size_t n)
{
    struct panel_lists lists;
    float panel[(PANEL_ROWS + 1) * PANEL_WIDTH] __attribute__((aligned(64)));
    uint32_t done[SHARING] = {0};
    size_t blocks = (depth + PANEL_ROWS - 1) / PANEL_ROWS, height;

    for (size_t j = 0; j < PANEL_WIDTH; j++)
        panel[PANEL_ROWS * PANEL_WIDTH + j] = -0.0f; /* adding it changes nothing, not even -0.0 */
    for (size_t top = 0; blocks > 0; blocks--, top += height) {
        height = (depth - top + blocks - 1) / blocks;
        if (w->turned && blocks > 1) /* whole squares */
            height = (height + FLOATS - 1) / FLOATS * FLOATS;
        list_lines(&lists, index, index_stride, count, done, rows, top, top + height);
        size_t lines = height + rows; /* of a panel: copied, and added up */
        for (size_t g = 0; g * GROUP < rows; g++)
            lines += lists.length[g] * GROUP;
        for (size_t j = 0; j < n; j += PANEL_WIDTH) {
            const size_t width = n - j < PANEL_WIDTH ? n - j : PANEL_WIDTH;
            const uint32_t *offset = lists.offset;
            if (bz_stopping_work(lines * PANEL_WIDTH))
                return;
            make_panel(panel, w, top, height, j, width);
            for (size_t g = 0; g * GROUP < rows; g++) {
                sum_group(out + j, out_stride, start ? start + j : NULL, start_stride, panel, offset, lists.length[g],
                          lists.order + g * GROUP, rows, width);
                offset += lists.length[g] * GROUP;
            }
        }
        start = out;
        start_stride = out_stride;
    }
}

static void row_sums(float *out, size_t out_stride, const float *start, size_t start_stride, const float *w, size_t stride,
                     bool turned, const uint32_t *index, size_t index_stride, const uint32_t *count, size_t rows, size_t depth,
                     size_t n)
{
    const size_t pays = turned ? 1 : SHARING_PAYS;
    const struct matrix matrix = {w, stride, turned};
    size_t r = 0;
    while (depth > 0 && rows - r >= pays) {
        const size_t share = rows - r < SHARING ? rows - r : SHARING;
        sum_shared(out + r * out_stride, out_stride, start ? start + r * start_stride : NULL, start_stride, &matrix,
                   index + r * index_stride, index_stride, count + r, share, depth, n);
        r += share;
    }
    for (; r < rows; r++)
        row_sum(out + r * out_stride, start ? start + r * start_stride : NULL, w, stride, index + r * index_stride, NULL,
                count[r], n);
}

/* --- dense rows --- */

/* The cache lines of `columns` floats at p (which need not be in the array), to the first-level cache. */
INLINE void fetch_columns(uintptr_t p, size_t columns)
{
    enum { LINE = 64 / sizeof(float) };
    UNROLL
    for (size_t j = 0; j < columns; j += LINE)
        __builtin_prefetch((const void *)(p + j * sizeof(float)));
    __builtin_prefetch((const void *)(p + (columns - 1) * sizeof(float))); /* where they begin within a line */
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
        fetch_columns((uintptr_t)w + (k + TILE_AHEAD) * w_stride * sizeof(float), vectors * FLOATS);
        UNROLL
        for (size_t c = 0; c + 1 < vectors; c++)
            row[c] = load(w + k * w_stride + c * FLOATS);
        row[vectors - 1] = load_part(w + k * w_stride + (vectors - 1) * FLOATS, last);
        UNROLL
        for (size_t r = 0; r < rows; r++) {
            vfloat a = vfloat_of(x[r * x_stride + k]);
            UNROLL
            for (size_t c = 0; c < vectors; c++)
                acc[r][c] = mul_add(a, row[c], acc[r][c]);
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

/* Some rows of one panel of columns, at most TILE_ROWS of them. */
INLINE void sum_some(float *out, size_t out_stride, const float *start, size_t start_stride, const float *x, size_t x_stride,
                     const float *w, size_t w_stride, size_t rows, size_t depth, const size_t vectors, size_t last)
{
    switch (rows) {
#define CASE(n)                                                                                                                \
    case n:                                                                                                                    \
        sum_tile(out, out_stride, start, start_stride, x, x_stride, w, w_stride, n, depth, vectors, last);                     \
        break
        CASE(1);
        CASE(2);
        CASE(3);
#if VECTOR_BYTES > 16
        CASE(4);
        CASE(5);
#endif
#if VECTOR_BYTES == 64
        CASE(6);
        CASE(7);
#endif
#undef CASE
    default:
        sum_tile(out, out_stride, start, start_stride, x, x_stride, w, w_stride, TILE_ROWS, depth, vectors, last);
    }
}

/* All rows of one panel of columns. */
INLINE void sum_panel(float *out, size_t out_stride, const float *start, size_t start_stride, const float *x, size_t x_stride,
                      const float *w, size_t w_stride, size_t rows, size_t depth, const size_t vectors, size_t last)
{
    for (size_t r = 0; r < rows; r += TILE_ROWS) {
        const size_t here = rows - r < TILE_ROWS ? rows - r : TILE_ROWS;
        float *o = out + r * out_stride;
        const float *s = start ? start + r * start_stride : NULL, *values = x + r * x_stride;
        size_t stride = start_stride, terms;
        for (size_t k = 0; k == 0 || k < depth; k += terms, s = o, stride = out_stride) {
            terms = depth - k < TILE_TERMS ? depth - k : TILE_TERMS;
            if (bz_stopping_work(here * (terms + 1) * vectors * FLOATS))
                return;
            sum_some(o, out_stride, s, stride, values + k, x_stride, w + k * w_stride, w_stride, here, terms, vectors, last);
            if (terms == 0)
                break;
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
#endif
#undef CASE
        }
        j += width * FLOATS;
        vectors -= width;
    }
}

/* --- sparse couplings --- */

/* turned[i][r] = x[r][i], 0 for the rows from `rows` on */
static void turn_rows(float *turned, const float *x, size_t x_stride, size_t rows, size_t depth)
{
    for (size_t i = 0; i < depth && !(i % BZ_EDGE_ROWS == 0 && bz_stopping_work(BZ_EDGE_ROWS * BZ_EDGE_ROWS)); i++)
        for (size_t r = 0; r < BZ_EDGE_ROWS; r++)
            turned[i * BZ_EDGE_ROWS + r] = r < rows ? x[r * x_stride + i] : 0;
}

static void edge_sums(float *out, size_t out_stride, const float *start, size_t start_stride, const float *x, size_t x_stride,
                      const struct bz_lists *e, float *turned, size_t rows, size_t depth, size_t n)
{
    enum { PARTS = BZ_EDGE_ROWS / FLOATS };
    for (size_t first = 0; first < rows; first += BZ_EDGE_ROWS) {
        const size_t here = rows - first < BZ_EDGE_ROWS ? rows - first : BZ_EDGE_ROWS;
        turn_rows(turned, x + first * x_stride, x_stride, here, depth);
        for (size_t j = 0; j < n; j++) {
            float sum[BZ_EDGE_ROWS] = {0};
            vfloat acc[PARTS];
            for (size_t r = 0; start && r < here; r++)
                sum[r] = start[(first + r) * start_stride + j];
            UNROLL
            for (size_t part = 0; part < PARTS; part++)
                acc[part] = load(sum + part * FLOATS);
            for (size_t k = e->begin[j], end = e->begin[j + 1]; k < end;) {
                const size_t stop = end - k < UNIT_TERMS ? end : k + UNIT_TERMS;
                if (bz_stopping_work(2 * (stop - k) * BZ_EDGE_ROWS))
                    return;
                for (; k < stop; k++) {
                    const float *line = turned + (size_t)e->unit[k] * BZ_EDGE_ROWS;
                    const vfloat w = vfloat_of(e->weight[k]);
                    UNROLL
                    for (size_t part = 0; part < PARTS; part++)
                        acc[part] = mul_add(load(line + part * FLOATS), w, acc[part]);
                }
            }
            UNROLL
            for (size_t part = 0; part < PARTS; part++)
                store(sum + part * FLOATS, acc[part] + vfloat_of(0)); /* -0.0 becomes 0.0 */
            for (size_t r = 0; r < here; r++)
                out[(first + r) * out_stride + j] = sum[r];
        }
    }
}

#endif
