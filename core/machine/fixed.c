#include "fixed.h"

#include "check.h"
#include "kernels.h"
#include "mem.h"
#include "stop.h"
#include "unit.h"
#include "work.h"

#include <math.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

/* --- weights --- */

static bool is_two_valued(const struct bz_layer *l)
{
    const struct bz_unit_type *type = bz_unit_type(l->unit);

    return type->binary || type->grouped || l->exclusion.group;
}

/* A layer's coupling to itself is left out where its units are drawn by colours. */
static bool is_left_out(const struct bz_machine *m, size_t layer, const struct bz_link *link)
{
    return link->layer == layer && bz_machine_colouring(m, layer);
}

static bool has_fixed(const struct bz_machine *m, size_t layer)
{
    bool any = false;

    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const struct bz_link *link = &m->links[layer][k];
        if (is_left_out(m, layer, link))
            continue;
        if (m->couplings[link->coupling].index || !is_two_valued(&m->layers[link->layer]))
            return false;
        any = true;
    }
    return any;
}

static size_t round_up(size_t n, size_t panel)
{
    return ((n + panel - 1) / panel | 1) * panel;
}

/* Whether chains may draw the layer by coarse weights: units of two values, drawn independently, with so few neighbours that
 * the sums cannot overflow even if each weight is off by 2^15. */
static bool has_coarse(const struct bz_machine *m, size_t layer)
{
    enum { MOST_LINES = 1 << 14 };
    size_t lines = 0;

    for (size_t k = 0; k < m->n_links[layer]; k++)
        lines += m->layers[m->links[layer][k].layer].size;
    return has_fixed(m, layer) && bz_unit_type(m->layers[layer].unit)->binary && !bz_machine_has_lateral(m, layer) &&
           lines <= MOST_LINES;
}

size_t bz_fixed_stride(const struct bz_machine *m, size_t layer)
{
    return has_fixed(m, layer) ? round_up(m->layers[layer].size, BZ_FIXED_WIDTH) : 0;
}

size_t bz_coarse_stride(const struct bz_machine *m, size_t layer)
{
    return has_coarse(m, layer) ? round_up(m->layers[layer].size, BZ_COARSE_WIDTH) : 0;
}

static int allocate(struct bz_fixed_layer *f, const struct bz_machine *m, size_t layer, struct bz_error *err)
{
    const size_t size = m->layers[layer].size;

    if (!has_fixed(m, layer))
        return 0;
    f->stride = bz_fixed_stride(m, layer);
    f->coarse_stride = bz_coarse_stride(m, layer);
    const size_t most = f->coarse_stride > f->stride ? f->coarse_stride : f->stride;
    if (!(f->links = bz_alloc(m->n_links[layer], sizeof(*f->links), err)) ||
        !(f->start = bz_alloc(most, sizeof(*f->start), err)) || !(f->unit = bz_alloc(most, sizeof(*f->unit), err)) ||
        !(f->power = bz_alloc(most, sizeof(*f->power), err)) || !(f->error = bz_alloc(size, sizeof(*f->error), err)))
        return -1;
    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const struct bz_link *link = &m->links[layer][k];
        const struct bz_layer *from = &m->layers[link->layer];
        struct bz_fixed_link *to = &f->links[f->n_links];
        if (is_left_out(m, layer, link))
            continue;
        to->layer = link->layer;
        to->depth = from->size;
        to->least = bz_unit_type(from->unit)->least;
        to->most = bz_unit_type(from->unit)->most;
        f->n_links++;
        if (!(to->w = bz_alloc_lazy((from->size + 1) * f->stride, sizeof(*to->w), err)) ||
            (f->coarse_stride &&
             !(to->coarse = bz_alloc_lazy((from->size + 1) * f->coarse_stride / 2, sizeof(*to->coarse), err))))
            return -1;
    }
    return 0;
}

/* The matrix whose rows are the neighbour's units. */
static const float *rows_of(const struct bz_machine *m, const struct bz_link *link)
{
    const struct bz_coupling *c = &m->couplings[link->coupling];

    return link->flipped ? c->weight_t : c->weight;
}

/* Nearest whole number, ties to even, of |x| < 2^51. */
static int32_t to_whole(double x)
{
    const double shift = 6755399441055744.0; /* 1.5 * 2^52 */

    return (int32_t)((x + shift) - shift);
}

/* Units first .. end-1 of the receiving layer: those that are filled together. */
struct columns {
    size_t first, end;
};

/* bound[j] = the largest |field| of unit j and sums on the way there; start[j] where the neighbours have `least`. */
static void bound_fields(const struct bz_fixed_layer *f, const struct bz_machine *m, size_t layer, struct columns c,
                         double *bound, double *start)
{
    const struct bz_layer *l = &m->layers[layer];

    for (size_t j = c.first; j < c.end; j++) {
        start[j] = l->start[j];
        bound[j] = fabs(start[j]);
    }
    for (size_t k = 0, n = 0; k < m->n_links[layer]; k++) {
        if (is_left_out(m, layer, &m->links[layer][k]))
            continue;
        const struct bz_fixed_link *to = &f->links[n++];
        const float *w = rows_of(m, &m->links[layer][k]);
        const double least = to->least, reach = fabs(least) + (double)(to->most - to->least);
        for (size_t i = 0; i < to->depth && !bz_stopping_work(2 * (c.end - c.first)); i++, w += l->size)
            for (size_t j = c.first; j < c.end; j++) {
                bound[j] += reach * fabs((double)w[j]);
                start[j] += least * (double)w[j];
            }
    }
}

int32_t *bz_fixed_place(const struct bz_fixed_link *link, size_t i, size_t j)
{
    return link->w + (j / BZ_FIXED_WIDTH * (link->depth + 1) + i) * BZ_FIXED_WIDTH + j % BZ_FIXED_WIDTH;
}

static void fill_link(struct bz_fixed_link *to, const float *w, size_t size, struct columns c, const double *scale)
{
    for (size_t i = 0; i < to->depth && !bz_stopping_work(4 * (c.end - c.first) + BZ_FIXED_WIDTH); i++, w += size)
        for (size_t j = c.first; j < c.end; j++)
            *bz_fixed_place(to, i, j) = to_whole((double)w[j] * ((double)(to->most - to->least) * scale[j]));
}

/* --- coarse weights --- */

/* The least power that turns numbers up to `largest` into ones of 16 bits. */
static uint32_t power_for(uint32_t largest)
{
    uint32_t power = 1;

    while ((largest + power / 2) / power > INT16_MAX)
        power *= 2;
    return power;
}

/* A field is below 2^30 units, so that rounding it to float, and a product with it, errs by 2^6 units each at most, and two
 * such fields differ by four times that more than their sums do; where weights are whole (a power of 1), the two are the same.
 */
static void fill_powers(struct bz_fixed_layer *f, struct columns c)
{
    for (size_t j = c.first; j < c.end; j++) {
        uint32_t largest = 0;
        for (size_t k = 0; k < f->n_links && !bz_stopping_work(4 * f->links[k].depth); k++)
            for (size_t i = 0; i < f->links[k].depth; i++) {
                const int32_t w = *bz_fixed_place(&f->links[k], i, j);
                const uint32_t magnitude = (uint32_t)(w < 0 ? -w : w);
                largest = magnitude > largest ? magnitude : largest;
            }
        f->power[j] = power_for(largest);
        f->error[j] = (float)(f->power[j] / 2) * f->unit[j];
        if (f->power[j] > 1 && f->rounding < 512 / (float)f->power[j])
            f->rounding = 512 / (float)f->power[j];
    }
}

static void fill_coarse(const struct bz_fixed_layer *f, struct bz_fixed_link *to, struct columns c)
{
    enum { WORDS = BZ_COARSE_WIDTH / 2 };

    for (size_t j = c.first; j < c.end && !bz_stopping_work(8 * to->depth); j++) {
        const size_t column = j % BZ_COARSE_WIDTH;
        uint32_t *word = to->coarse + j / BZ_COARSE_WIDTH * (to->depth + 1) * WORDS + column % WORDS;
        const int32_t power = (int32_t)f->power[j];
        for (size_t i = 0; i < to->depth; i++, word += WORDS) {
            const int32_t above = *bz_fixed_place(to, i, j) + power / 2;
            const uint32_t number = (uint32_t)((above - (above & (power - 1))) / power);
            *word =
                column < WORDS ? (*word & 0xffff) | number << 16 : (*word & 0xffff0000) | ((number + BZ_COARSE_BIAS) & 0xffff);
        }
    }
}

/* scratch[2][size] */
static void fill_columns(struct bz_fixed_layer *f, const struct bz_machine *m, size_t layer, struct columns c, double *scratch)
{
    enum { MOST_BITS = 30, LEAST_UNIT = 100 }; /* the other half of 31 bits is for rounding, half a unit per weight */
    const size_t size = m->layers[layer].size;
    double *scale = scratch, *start = scratch + size;

    bound_fields(f, m, layer, c, scale, start);
    for (size_t j = c.first; j < c.end; j++) {
        int exponent;
        frexp(scale[j], &exponent); /* bound < 2^exponent */
        exponent = MOST_BITS - exponent < LEAST_UNIT ? MOST_BITS - exponent : LEAST_UNIT;
        scale[j] = ldexp(1, exponent);
        f->unit[j] = (float)ldexp(1, -exponent);
        f->start[j] = to_whole(start[j] * scale[j]);
    }
    for (size_t k = 0, n = 0; k < m->n_links[layer]; k++)
        if (!is_left_out(m, layer, &m->links[layer][k]))
            fill_link(&f->links[n++], rows_of(m, &m->links[layer][k]), size, c, scale);
    if (!f->coarse_stride)
        return;
    fill_powers(f, c);
    for (size_t k = 0; k < f->n_links; k++)
        fill_coarse(f, &f->links[k], c);
}

/* So many that a thread that is to stop loses some 0.05 s at most. */
static size_t columns_together(const struct bz_fixed_layer *f)
{
    enum { MOST = 1 << 12, LEAST = 1 << 6, WEIGHTS = 1 << 22 };
    size_t depth = 1;

    for (size_t k = 0; k < f->n_links; k++)
        depth += f->links[k].depth;
    const size_t n = WEIGHTS / depth;
    return n > MOST ? MOST : n < LEAST ? LEAST : n;
}

struct slot {
    struct bz_fixed fixed;
    pthread_mutex_t lock;
    double *scratch;      /* [2][widest] */
    size_t layer, column; /* the first that are not filled, so that whoever comes next goes on where another had to stop */
};

/* Fills the layer from column *first on; false: it was to stop. *first: how far it came. */
static bool fill(struct bz_fixed_layer *f, const struct bz_machine *m, size_t layer, size_t *first, double *scratch)
{
    const size_t size = m->layers[layer].size, together = columns_together(f);

    for (size_t end; f->n_links && *first < size; *first = end) {
        const float before = *first ? f->rounding : 0;
        end = size - *first < together ? size : *first + together;
        f->rounding = before;
        fill_columns(f, m, layer, (struct columns){*first, end}, scratch);
        if (bz_stopping()) {
            f->rounding = before;
            return false;
        }
    }
    return true;
}

static bool fill_all(struct slot *slot, const struct bz_machine *m)
{
    for (; slot->layer < m->n_layers; slot->layer++, slot->column = 0)
        if (!fill(&slot->fixed.layers[slot->layer], m, slot->layer, &slot->column, slot->scratch))
            return false;
    return true;
}

int bz_fixed_new(struct bz_fixed **out, struct bz_error *err)
{
    struct slot *slot = bz_alloc(1, sizeof(*slot), err);

    if (!slot)
        return -1;
    pthread_mutex_init(&slot->lock, NULL);
    *out = &slot->fixed;
    return 0;
}

static void release(struct slot *slot, const struct bz_machine *m)
{
    for (size_t l = 0; slot->fixed.layers && l < m->n_layers; l++) {
        struct bz_fixed_layer *f = &slot->fixed.layers[l];
        for (size_t k = 0; f->links && k < m->n_links[l]; k++) {
            bz_free_lazy(f->links[k].w);
            bz_free_lazy(f->links[k].coarse);
        }
        bz_free_all(f->links, f->start, f->power, f->unit, f->error);
    }
    bz_free(slot->fixed.layers);
    bz_free(slot->scratch);
    slot->fixed.layers = NULL;
    atomic_store(&slot->fixed.ready, false);
    slot->scratch = NULL;
}

void bz_fixed_free(struct bz_fixed *f, const struct bz_machine *m)
{
    struct slot *slot = (struct slot *)f;

    if (!slot)
        return;
    release(slot, m);
    pthread_mutex_destroy(&slot->lock);
    bz_free(slot);
}

void bz_fixed_refresh(const struct bz_machine *m)
{
    struct slot *slot = (struct slot *)m->fixed;

    if (!slot || !slot->fixed.layers)
        return;
    slot->layer = slot->column = 0;
    if (slot->fixed.ready)
        slot->fixed.ready = fill_all(slot, m);
}

/* False: asked to stop while another thread had it. It is held for long only while it is filled. */
static bool lock(struct slot *slot)
{
    const struct timespec pause = {.tv_nsec = 100000};

    while (pthread_mutex_trylock(&slot->lock) != 0) {
        if (bz_stopping())
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

/* All of it, or nothing. */
static int allocate_all(struct slot *slot, const struct bz_machine *m, struct bz_error *err)
{
    bool ok = (slot->fixed.layers = bz_alloc(m->n_layers, sizeof(*slot->fixed.layers), err)) &&
              (slot->scratch = bz_alloc(bz_machine_widest(m), 2 * sizeof(double), err));

    for (size_t l = 0; ok && l < m->n_layers; l++)
        ok = allocate(&slot->fixed.layers[l], m, l, err) == 0;
    slot->layer = slot->column = 0;
    if (!ok)
        release(slot, m);
    return ok ? 0 : -1;
}

int bz_machine_fix(const struct bz_machine *m, struct bz_error *err)
{
    struct slot *slot = (struct slot *)m->fixed;
    int rc = 0;

    bz_assert(m->prepared && slot);
    if (!lock(slot))
        return bz_fail(err, BZ_INTERRUPTED, "whole numbers of weights: asked to stop");
    if (!slot->fixed.ready) {
        rc = slot->fixed.layers ? 0 : allocate_all(slot, m, err);
        slot->fixed.ready = rc == 0 && fill_all(slot, m);
        if (rc == 0 && !slot->fixed.ready)
            rc = bz_fail(err, BZ_INTERRUPTED, "whole numbers of weights: asked to stop");
    }
    pthread_mutex_unlock(&slot->lock);
    return rc;
}

size_t bz_fixed_bytes(const struct bz_machine *m)
{
    size_t bytes = 0;

    for (size_t l = 0; l < m->n_layers; l++) {
        const size_t line = bz_fixed_stride(m, l) * sizeof(int32_t) + bz_coarse_stride(m, l) * sizeof(int16_t);
        for (size_t k = 0; k < m->n_links[l]; k++)
            bytes += (m->layers[m->links[l][k].layer].size + 1) * line;
    }
    return bytes;
}

bool bz_machine_is_fixed(const struct bz_machine *m)
{
    return m->fixed && atomic_load(&m->fixed->ready);
}
