#include "state.h"

#include "check.h"
#include "draw.h"
#include "edges.h"
#include "fixed.h"
#include "kernels.h"
#include "mem.h"
#include "object.h"
#include "stop.h"
#include "unit.h"
#include "walk.h"
#include "work.h"

#include <math.h>
#include <string.h>

/* A row goes through the sparse sum while fewer than this part of its units are nonzero; the bits are the same either way, and
 * above it the register tiles of the dense sum are faster. */
static const double sparse_limit = 0.55;

enum { EDGE_ROWS_PAY = 8 }; /* rows from which on sparse couplings are summed for all of them side by side */

int bz_state_new(struct bz_state **out, const struct bz_machine *m, size_t room, struct bz_error *err)
{
    struct bz_state *s = bz_object_new(sizeof(*s), NULL, err);
    if (!s)
        return -1;
    s->m = m;
    s->room = room;
    if (!(s->x = bz_part(s, m->n_layers, sizeof(*s->x), err)) ||
        !(s->counts = bz_part(s, m->n_layers, sizeof(*s->counts), err)) ||
        !(s->known = bz_part(s, m->n_layers, sizeof(*s->known), err)))
        return bz_object_give(out, s, -1);
    for (size_t l = 0; l < m->n_layers; l++) {
        size_t units;
        if (bz_mul(&units, room, m->layers[l].size) < 0) {
            bz_fail(err, BZ_TOO_LARGE, "%zu rows of %zu units are more than can be addressed", room, m->layers[l].size);
            return bz_object_give(out, s, -1);
        }
        if (!(s->x[l] = bz_part_wide(s, units, sizeof(float), err)) ||
            (bz_unit_type(m->layers[l].unit)->counted && !(s->counts[l] = bz_part(s, room, sizeof(float), err))))
            return bz_object_give(out, s, -1);
    }
    return bz_object_give(out, s, 0);
}

void bz_state_free(struct bz_state *s)
{
    bz_object_free(s);
}

int bz_state_make_known(struct bz_state *s, size_t layer, struct bz_error *err)
{
    if (!s->known[layer])
        s->known[layer] = bz_part_wide(s, s->room * s->m->layers[layer].size, 1, err);
    return s->known[layer] ? 0 : -1;
}

static void end_work(void *self)
{
    struct bz_work *w = self;
    bz_kept_free(w->kept);
    bz_walk_free(w->walk);
}

int bz_work_new(struct bz_work **out, const struct bz_machine *m, struct bz_error *err)
{
    return bz_work_new_for(out, m, BZ_TILE, err);
}

int bz_work_new_for(struct bz_work **out, const struct bz_machine *m, size_t rows, struct bz_error *err)
{
    size_t scaled = 0;
    bool sparse = false;
    for (size_t c = 0; c < m->n_couplings; c++)
        sparse |= m->couplings[c].index != NULL;
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_unit_type(m->layers[l].unit)->scaled && m->layers[l].size > scaled)
            scaled = m->layers[l].size;

    struct bz_work *w = bz_object_new(sizeof(*w), end_work, err);
    if (!w)
        return -1;
    const size_t tile = rows * bz_machine_widest(m);
    w->widest = bz_machine_widest(m);
    const bool failed = !(w->index = bz_part_lazy(w, tile, sizeof(*w->index), err)) ||
                        !(w->field = bz_part_lazy(w, tile, sizeof(float), err)) ||
                        !(w->row = bz_part_wide(w, w->widest, sizeof(float), err)) ||
                        !(w->uniform = bz_part_wide(w, w->widest, sizeof(float), err)) ||
                        !(w->spare[0] = bz_part_lazy(w, tile, sizeof(float), err)) ||
                        !(w->spare[1] = bz_part_lazy(w, tile, sizeof(float), err)) ||
                        (scaled && !(w->scaled = bz_part_lazy(w, rows * scaled, sizeof(float), err))) ||
                        (sparse && !(w->turned = bz_part_lazy(w, BZ_EDGE_ROWS * w->widest, sizeof(float), err))) ||
                        bz_kept_new(&w->kept, m, rows, err) < 0 || bz_walk_new_for_rows(&w->walk, m, err) < 0;
    return bz_object_give(out, w, failed ? -1 : 0);
}

void bz_work_free(struct bz_work *w)
{
    bz_object_free(w);
}

void bz_state_set_length(struct bz_state *s, size_t first, size_t n, float length)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t size = s->m->layers[l].size;
        for (size_t r = first; length > 0 && s->counts[l] && r < first + n; r++) {
            if (!(s->counts[l][r] > 0))
                continue;
            const float factor = length / s->counts[l][r];
            for (size_t i = 0; i < size; i++)
                s->x[l][r * size + i] *= factor;
            s->counts[l][r] = length;
        }
    }
}

/* --- products --- */

/* How a row is summed. All ways give the same bits, at different speeds. */
enum way {
    ONES,   /* few units are nonzero, and those are 1: sums of weight rows, for many rows together */
    VALUES, /* few units are nonzero: weight rows times values */
    DENSE,  /* register tiles */
};

static bool all_ones(const float *x, const uint32_t *index, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (x[index[k]] != 1.0f)
            return false;
    return true;
}

static enum way choose_way(const float *x, const uint32_t *index, size_t count, size_t depth)
{
    if ((double)count > sparse_limit * (double)depth)
        return DENSE;
    return all_ones(x, index, count) ? ONES : VALUES;
}

/* out[n][size] = start + x[n][depth] w[depth][size], n <= BZ_TILE; start_stride 0 repeats one row; start NULL means zeros. out
 * may equal start. */
struct product {
    float *out;
    const float *start, *x, *w;
    size_t start_stride, n, depth, size;
    bool turned;     /* w is [size][depth] */
    uint32_t *index; /* [n][depth]: the nonzero units of each row */
    uint32_t count[BZ_TILE];
};

/* Rows first .. end-1 where the machine has no transposed weights: a block of them at a time. */
static void sum_turned(const struct product *p, size_t first, size_t end)
{
    enum { ROWS = 128, COLUMNS = 64 };
    float block[ROWS * COLUMNS];
    const struct bz_kernels *k = bz_cpu();

    for (size_t j = 0; j < p->size; j += COLUMNS) {
        const size_t width = p->size - j < COLUMNS ? p->size - j : COLUMNS;
        const float *start = p->start ? p->start + first * p->start_stride + j : NULL;
        float *out = p->out + first * p->size + j;
        size_t stride = p->start_stride;
        for (size_t top = 0; top < p->depth; top += ROWS) {
            const size_t height = p->depth - top < ROWS ? p->depth - top : ROWS;
            k->turn(block, COLUMNS, p->w + j * p->depth + top, p->depth, width, height);
            k->dense_sum(out, p->size, start, stride, p->x + first * p->depth + top, p->depth, block, COLUMNS, end - first,
                         height, width);
            start = out;
            stride = p->size;
        }
    }
}

/* Rows first .. end-1, all summed the same way. */
static void sum_rows(const struct product *p, enum way way, size_t first, size_t end)
{
    enum { FEW = 24 }; /* rows too few for gathering panels of weights to pay off */
    const struct bz_kernels *k = bz_cpu();
    const size_t depth = p->depth, size = p->size, stride = p->start_stride;
    const float *start = p->start ? p->start + first * stride : NULL, *x = p->x + first * depth;
    const uint32_t *index = p->index + first * depth;
    float *out = p->out + first * size;

    if (p->turned && way != ONES) {
        sum_turned(p, first, end);
    } else if (way == DENSE) {
        k->dense_sum(out, size, start, stride, x, depth, p->w, size, end - first, depth, size);
    } else if (way == ONES && (p->turned || end - first >= FEW)) {
        k->row_sums(out, size, start, stride, p->w, p->turned ? depth : size, p->turned, index, depth, p->count + first,
                    end - first, depth, size);
    } else {
        for (size_t r = 0; r < end - first; r++)
            k->row_sum(out + r * size, start ? start + r * stride : NULL, p->w, size, index + r * depth,
                       way == ONES ? NULL : x + r * depth, p->count[first + r], size);
    }
}

/* index[0 .. the result-1]: where x[depth] is not 0, ascending. */
static uint32_t list_nonzero(uint32_t *index, const float *x, size_t depth)
{
    enum { TOGETHER = 1 << 20 };
    size_t n = 0;

    for (size_t at = 0; at < depth && !bz_stopping_work(depth - at < TOGETHER ? depth - at : TOGETHER); at += TOGETHER) {
        const size_t before = n;
        n += bz_cpu()->nonzero(index + n, x + at, depth - at < TOGETHER ? depth - at : TOGETHER);
        for (size_t i = before; at && i < n; i++)
            index[i] += (uint32_t)at;
    }
    return (uint32_t)n;
}

static void add_product(struct product *p)
{
    size_t first = 0; /* rows before r summed the same way */
    enum way run = ONES;

    for (size_t r = 0; r < p->n; r++) {
        const float *x = p->x + r * p->depth;
        uint32_t *index = p->index + r * p->depth;
        p->count[r] = list_nonzero(index, x, p->depth);
        if (bz_stopped())
            return;
        const enum way way = choose_way(x, index, p->count[r], p->depth);
        if (way != run && first < r)
            sum_rows(p, run, first, r);
        if (way != run)
            first = r;
        run = way;
    }
    if (first < p->n)
        sum_rows(p, run, first, p->n);
}

/* The values x[n][size] of a layer as its couplings see them: x, or (x - o)/s^2 for scaled units; of a change of values,
 * without the offset. */
static const float *coupled_values(const struct bz_layer *l, const float *x, bool change, size_t n, struct bz_work *w)
{
    if (!l->couple)
        return x;
    for (size_t r = 0; r < n && !bz_stopping_work(l->size); r++) {
        const float *from = x + r * l->size;
        float *to = w->scaled + r * l->size;
        if (l->offset && !change)
            for (size_t i = 0; i < l->size; i++)
                to[i] = (from[i] - l->offset[i]) * l->couple[i];
        else
            for (size_t i = 0; i < l->size; i++)
                to[i] = from[i] * l->couple[i];
    }
    return w->scaled;
}

/* The same of a sparse coupling: the weights of each nonzero unit are added where it has some, in
 * the order in which the dense sums add them, product and sum rounded once as there. Products too small for a float may leave
 * -0.0, from which terms of 0, which edge_sums adds, would make 0.0: that is made of it in both ways. */
static void add_sparse(const struct product *p, const struct bz_coupling *c, bool flipped, float *turned)
{
    const struct bz_edges *e = &c->side[flipped], *of = &c->side[c->a != c->b && !flipped];
    const struct bz_lists lists = {of->begin, of->unit, of->weight};

    if (p->n >= EDGE_ROWS_PAY) {
        bz_cpu()->edge_sums(p->out, p->size, p->start, p->start_stride, p->x, p->depth, &lists, turned, p->n, p->depth,
                            p->size);
        return;
    }
    for (size_t r = 0; r < p->n; r++) {
        float *row = p->out + r * p->size;
        if (!p->start)
            memset(row, 0, p->size * sizeof(*row));
        else if (p->start != p->out)
            memcpy(row, p->start + r * p->start_stride, p->size * sizeof(*row));
        for (size_t i = 0; i < p->depth; i++) {
            const float value = p->x[r * p->depth + i];
            const size_t begin = e->begin[i], end = value != 0 ? e->begin[i + 1] : begin;
            if (value != 0 && bz_stopping_work(4 * (end - begin)))
                return;
            if (value == 1 || value == -1) /* exact products: the same bits without a call */
                for (size_t k = begin; k < end; k++)
                    row[e->unit[k]] += value * e->weight[k];
            else
                for (size_t k = begin; k < end; k++)
                    row[e->unit[k]] = fmaf(value, e->weight[k], row[e->unit[k]]);
        }
        for (size_t j = 0; j < p->size; j++)
            row[j] += 0.0f;
        if (bz_stopping_work(p->depth + 2 * p->size))
            return;
    }
}

/* p->out = p->start + what a link brings to the layer, p->x being the neighbour's values as coupled_values gives them; the
 * rest of p is filled in here. */
static void add_link(const struct bz_machine *m, size_t layer, const struct bz_link *link, struct product *p, struct bz_work *w)
{
    const struct bz_coupling *c = &m->couplings[link->coupling];

    p->depth = m->layers[link->layer].size;
    p->size = m->layers[layer].size;
    p->turned = link->flipped && !c->index && !c->weight_t;
    p->w = link->flipped && !p->turned ? c->weight_t : c->weight;
    p->index = w->index;
    if (c->index)
        add_sparse(p, c, link->flipped, w->turned);
    else
        add_product(p);
}

static const float *neighbour_values(const struct bz_state *s, const struct bz_link *link, size_t first, size_t n,
                                     struct bz_work *w)
{
    const struct bz_layer *l = &s->m->layers[link->layer];

    return coupled_values(l, s->x[link->layer] + first * l->size, false, n, w);
}

static const float *count_fold(const struct bz_machine *m, size_t layer, const struct bz_link *link)
{
    const struct bz_coupling *c = &m->couplings[link->coupling];
    return layer == c->a ? c->count_fold_a : c->count_fold_b;
}

/* True if a row's start depends on the counts of its multinomial neighbours. */
static bool start_varies(const struct bz_machine *m, size_t layer)
{
    if (m->layers[layer].near_counts)
        return true;
    for (size_t k = 0; k < m->n_links[layer]; k++)
        if (count_fold(m, layer, &m->links[layer][k]))
            return true;
    return false;
}

static double counts_of(float *const *counts, size_t layer, size_t row)
{
    return counts[layer] ? (double)counts[layer][row] : 0;
}

/* D b + (start - b) - sum over multinomial neighbours of D_a W'o_a */
void bz_row_start(const struct bz_machine *m, float *const *counts, size_t layer, size_t row, float *out)
{
    const struct bz_layer *l = &m->layers[layer];
    double d = l->near_counts ? 0 : 1;

    if (!start_varies(m, layer)) {
        memcpy(out, l->start, l->size * sizeof(*out));
        return;
    }
    for (size_t k = 0; l->near_counts && k < m->n_links[layer]; k++)
        d += counts_of(counts, m->links[layer][k].layer, row);
    for (size_t i = 0; i < l->size; i++) {
        double sum = d * l->bias[i] + ((double)l->start[i] - l->bias[i]);
        for (size_t k = 0; k < m->n_links[layer]; k++) {
            const float *fold = count_fold(m, layer, &m->links[layer][k]);
            if (fold)
                sum -= counts_of(counts, m->links[layer][k].layer, row) * fold[i];
        }
        out[i] = (float)sum + 0.0f;
    }
}

void bz_field(const struct bz_state *s, size_t layer, size_t first, size_t n, bool with_lateral, float *out, struct bz_work *w)
{
    const struct bz_machine *m = s->m;
    const size_t size = m->layers[layer].size;
    struct product p = {.out = out, .start = m->layers[layer].start, .n = n};

    bz_assert(m->prepared && n <= BZ_TILE && first + n <= s->room);

    if (start_varies(m, layer)) {
        for (size_t r = 0; r < n && !bz_stopping_work(size * (m->n_links[layer] + 1)); r++)
            bz_row_start(m, s->counts, layer, first + r, out + r * size);
        p.start = out;
        p.start_stride = size;
    }
    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const struct bz_link *link = &m->links[layer][k];
        if (!s->x[link->layer] || (link->layer == layer && !with_lateral))
            continue;
        p.x = neighbour_values(s, link, first, n, w);
        add_link(m, layer, link, &p, w);
        p.start = out;
        p.start_stride = size;
    }
    for (size_t r = 0; p.start != out && r < n && !bz_stopping_work(size); r++)
        memcpy(out + r * size, p.start, size * sizeof(*out));
}

void bz_field_link(const struct bz_state *s, size_t layer, size_t link, size_t first, size_t n, float *out, struct bz_work *w)
{
    const struct bz_link *to = &s->m->links[layer][link];

    struct product p = {.out = out, .x = neighbour_values(s, to, first, n, w), .n = n};
    add_link(s->m, layer, to, &p, w);
}

void bz_field_change(const struct bz_machine *m, size_t layer, size_t link, const float *change, size_t n, float *field,
                     struct bz_work *w)
{
    const struct bz_link *to = &m->links[layer][link];

    struct product p = {.out = field,
                        .start = field,
                        .start_stride = m->layers[layer].size,
                        .x = coupled_values(&m->layers[to->layer], change, true, n, w),
                        .n = n};
    add_link(m, layer, to, &p, w);
}

bool bz_row_is_complete(const struct bz_state *s, size_t row)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t size = s->m->layers[l].size;
        if (s->m->layers[l].role == BZ_VISIBLE && s->known[l] && memchr(s->known[l] + row * size, 0, size))
            return false;
    }
    return true;
}
