#include "fixed.h"

#include "check.h"
#include "kernels.h"
#include "mem.h"
#include "unit.h"
#include "work.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

/* --- weights --- */

static bool is_two_valued(const struct bz_layer *l)
{
    const struct bz_unit_type *type = bz_unit_type(l->unit);

    return type->binary || type->grouped || l->exclusion.group;
}

/* Couplings to itself are left out of what a layer gets where its units are drawn by colours. */
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

static size_t round_up(size_t n)
{
    return ((n + BZ_FIXED_WIDTH - 1) / BZ_FIXED_WIDTH | 1) * BZ_FIXED_WIDTH;
}

static int allocate(struct bz_fixed_layer *f, const struct bz_machine *m, size_t layer, struct bz_error *err)
{
    const size_t size = m->layers[layer].size;

    if (!has_fixed(m, layer))
        return 0;
    f->stride = round_up(size);
    if (!(f->links = bz_alloc(m->n_links[layer], sizeof(*f->links), err)) ||
        !(f->start = bz_alloc(f->stride, sizeof(*f->start), err)) || !(f->unit = bz_alloc(size, sizeof(*f->unit), err)))
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
        if (!(to->w = bz_alloc((from->size + 1) * f->stride, sizeof(*to->w), err)))
            return -1;
        f->n_links++;
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

/* bound[j] = the largest |field| of unit j and sums on the way there; start[j] where the neighbours have `least`. */
static void bound_fields(const struct bz_fixed_layer *f, const struct bz_machine *m, size_t layer, double *bound, double *start)
{
    const struct bz_layer *l = &m->layers[layer];

    for (size_t j = 0; j < l->size; j++) {
        start[j] = l->start[j];
        bound[j] = fabs(start[j]);
    }
    for (size_t k = 0, n = 0; k < m->n_links[layer]; k++) {
        if (is_left_out(m, layer, &m->links[layer][k]))
            continue;
        const struct bz_fixed_link *to = &f->links[n++];
        const float *w = rows_of(m, &m->links[layer][k]);
        const double least = to->least, reach = fabs(least) + (double)(to->most - to->least);
        for (size_t i = 0; i < to->depth; i++, w += l->size)
            for (size_t j = 0; j < l->size; j++) {
                bound[j] += reach * fabs((double)w[j]);
                start[j] += least * (double)w[j];
            }
    }
}

static void fill_link(struct bz_fixed_link *to, const float *w, size_t size, const double *scale)
{
    for (size_t i = 0; i < to->depth; i++, w += size)
        for (size_t j = 0; j < size; j++) {
            int32_t *line = to->w + (j / BZ_FIXED_WIDTH * (to->depth + 1) + i) * BZ_FIXED_WIDTH;
            line[j % BZ_FIXED_WIDTH] = to_whole((double)w[j] * ((double)(to->most - to->least) * scale[j]));
        }
}

/* scratch[2][size] */
static void fill(struct bz_fixed_layer *f, const struct bz_machine *m, size_t layer, double *scratch)
{
    enum { MOST_BITS = 30, LEAST_UNIT = 100 }; /* the other half of 31 bits is for what rounding adds: half a unit a weight */
    const size_t size = m->layers[layer].size;
    double *scale = scratch, *start = scratch + size;

    bound_fields(f, m, layer, scale, start);
    for (size_t j = 0; j < size; j++) {
        int exponent;
        frexp(scale[j], &exponent); /* bound < 2^exponent */
        exponent = MOST_BITS - exponent < LEAST_UNIT ? MOST_BITS - exponent : LEAST_UNIT;
        scale[j] = ldexp(1, exponent);
        f->unit[j] = (float)ldexp(1, -exponent);
        f->start[j] = to_whole(start[j] * scale[j]);
    }
    for (size_t k = 0, n = 0; k < m->n_links[layer]; k++)
        if (!is_left_out(m, layer, &m->links[layer][k]))
            fill_link(&f->links[n++], rows_of(m, &m->links[layer][k]), size, scale);
}

struct slot {
    struct bz_fixed fixed;
    pthread_mutex_t lock;
    double *scratch; /* [2][widest] */
};

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
        for (size_t k = 0; f->links && k < m->n_links[l]; k++)
            bz_free(f->links[k].w);
        bz_free(f->links);
        bz_free(f->start);
        bz_free(f->unit);
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

    for (size_t l = 0; slot && slot->fixed.ready && l < m->n_layers; l++)
        if (slot->fixed.layers[l].n_links)
            fill(&slot->fixed.layers[l], m, l, slot->scratch);
}

int bz_machine_fix(const struct bz_machine *m, struct bz_error *err)
{
    struct slot *slot = (struct slot *)m->fixed;
    int rc = 0;

    bz_assert(m->prepared && slot);
    pthread_mutex_lock(&slot->lock);
    if (!slot->fixed.ready) {
        if (!(slot->fixed.layers = bz_alloc(m->n_layers, sizeof(*slot->fixed.layers), err)) ||
            !(slot->scratch = bz_alloc(bz_machine_widest(m), 2 * sizeof(double), err)))
            rc = -1;
        for (size_t l = 0; rc == 0 && l < m->n_layers; l++)
            rc = allocate(&slot->fixed.layers[l], m, l, err);
        slot->fixed.ready = rc == 0;
        if (rc < 0)
            release(slot, m);
        bz_fixed_refresh(m);
    }
    pthread_mutex_unlock(&slot->lock);
    return rc;
}

size_t bz_fixed_bytes(const struct bz_machine *m)
{
    size_t bytes = 0;

    for (size_t l = 0; l < m->n_layers; l++) {
        const size_t stride = round_up(m->layers[l].size);
        for (size_t k = 0; has_fixed(m, l) && k < m->n_links[l]; k++)
            bytes += (m->layers[m->links[l][k].layer].size + 1) * stride * sizeof(int32_t);
    }
    return bytes;
}

bool bz_machine_is_fixed(const struct bz_machine *m)
{
    return m->fixed && atomic_load(&m->fixed->ready);
}

/* --- kept sums --- */

/* Of one layer. Arrays lie in the block. */
struct kept_layer {
    size_t stride, words; /* words: bits of all neighbours of a row, each neighbour's from a word of its own on */
    int32_t *sum;         /* [rows][stride] */
    uint64_t *seen;       /* [rows][words] what sum stands for */
    uint64_t *now;        /* [rows][words] */
};

struct bz_kept {
    size_t rows, widest, first; /* first: the row of a state that row 0 is */
    struct kept_layer *layer;   /* [n_layers] */
    bool *valid;                /* [n_layers][rows] sum and seen are set */
    uint32_t *on, *off;         /* [rows][widest] units that came on, went off */
    char *block;                /* lazy */
};

/* Gives each array its place in the block (NULL: none yet); returns its size. */
static size_t place_arrays(struct bz_kept *k, const struct bz_machine *m, char *block)
{
    size_t used = 0;

#define PLACE(pointer, count)                                                                                                  \
    do {                                                                                                                       \
        (pointer) = block ? (void *)(block + used) : NULL;                                                                     \
        used += ((count) * sizeof(*(pointer)) + 63) / 64 * 64;                                                                 \
    } while (0)
    for (size_t l = 0; l < m->n_layers; l++) {
        struct kept_layer *layer = &k->layer[l];
        PLACE(layer->sum, k->rows * layer->stride);
        PLACE(layer->seen, k->rows * layer->words);
        PLACE(layer->now, k->rows * layer->words);
    }
    PLACE(k->on, k->rows * k->widest);
    PLACE(k->off, k->rows * k->widest);
#undef PLACE
    return used;
}

int bz_kept_new(struct bz_kept **out, const struct bz_machine *m, size_t rows, struct bz_error *err)
{
    struct bz_kept *k = bz_alloc(1, sizeof(*k), err);

    if (!k)
        return -1;
    k->rows = rows;
    k->widest = bz_machine_widest(m);
    if (!(k->layer = bz_alloc(m->n_layers, sizeof(*k->layer), err)) ||
        !(k->valid = bz_alloc(m->n_layers * rows, sizeof(*k->valid), err))) {
        bz_kept_free(k);
        return -1;
    }
    for (size_t l = 0; l < m->n_layers; l++) {
        k->layer[l].stride = has_fixed(m, l) ? round_up(m->layers[l].size) : 0;
        for (size_t i = 0; k->layer[l].stride && i < m->n_links[l]; i++)
            k->layer[l].words += (m->layers[m->links[l][i].layer].size + 63) / 64;
    }
    if (!(k->block = bz_alloc_lazy(place_arrays(k, m, NULL), 1, err))) {
        bz_kept_free(k);
        return -1;
    }
    place_arrays(k, m, k->block);
    *out = k;
    return 0;
}

void bz_kept_free(struct bz_kept *k)
{
    if (!k)
        return;
    bz_free(k->layer);
    bz_free(k->valid);
    bz_free_lazy(k->block);
    bz_free(k);
}

void bz_kept_begin(struct bz_work *w, const struct bz_machine *m, size_t first)
{
    w->kept->first = first;
    memset(w->kept->valid, 0, m->n_layers * w->kept->rows * sizeof(*w->kept->valid));
}

/* The bits of a row's neighbours; false if some have other values. */
static bool read_bits(const struct bz_state *s, const struct bz_fixed_layer *f, size_t row, uint64_t *now)
{
    for (size_t k = 0; k < f->n_links; k++) {
        const struct bz_fixed_link *link = &f->links[k];
        if (!bz_cpu()->bits(now, s->x[link->layer] + row * link->depth, link->least, link->most, link->depth))
            return false;
        now += (link->depth + 63) / 64;
    }
    return true;
}

/* Starts a row's sum anew where less is on than has changed since. */
static void settle(const struct bz_fixed_layer *f, struct kept_layer *layer, bool *valid, size_t slot)
{
    const uint64_t *now = layer->now + slot * layer->words;
    uint64_t *seen = layer->seen + slot * layer->words;
    size_t on = 0, changed = 0;

    for (size_t i = 0; i < layer->words && *valid; i++) {
        on += (size_t)__builtin_popcountll(now[i]);
        changed += (size_t)__builtin_popcountll(now[i] ^ seen[i]);
    }
    if (*valid && changed <= on)
        return;
    memcpy(layer->sum + slot * layer->stride, f->start, layer->stride * sizeof(*layer->sum));
    memset(seen, 0, layer->words * sizeof(*seen));
    *valid = true;
}

/* The numbers of the bits of words[n] into index; returns how many. */
static uint32_t list_bits(uint32_t *index, const uint64_t *now, const uint64_t *before, size_t n)
{
    uint32_t count = 0;

    for (size_t i = 0; i < n; i++)
        for (uint64_t bits = now[i] & ~before[i]; bits; bits &= bits - 1)
            index[count++] = (uint32_t)(64 * i) + (uint32_t)__builtin_ctzll(bits);
    return count;
}

/* Brings the sums of rows slot .. slot+n-1 up to date with layer->now. */
static void catch_up(struct bz_kept *k, const struct bz_fixed_layer *f, struct kept_layer *layer, size_t size, size_t slot,
                     size_t n)
{
    uint32_t on[BZ_TILE], off[BZ_TILE];
    size_t word = 0;

    for (size_t i = 0; i < f->n_links; i++) {
        const struct bz_fixed_link *link = &f->links[i];
        const size_t words = (link->depth + 63) / 64;
        int32_t *sum = layer->sum + slot * layer->stride;
        for (size_t r = 0; r < n; r++) {
            const uint64_t *now = layer->now + (slot + r) * layer->words + word;
            uint64_t *seen = layer->seen + (slot + r) * layer->words + word;
            on[r] = list_bits(k->on + r * k->widest, now, seen, words);
            off[r] = list_bits(k->off + r * k->widest, seen, now, words);
            memcpy(seen, now, words * sizeof(*seen));
        }
        bz_cpu()->fixed_sums(sum, layer->stride, link->w, link->depth, size, k->on, on, k->off, off, k->widest, n);
        word += words;
    }
}

void bz_field_kept(const struct bz_state *s, size_t layer, size_t first, size_t n, float *out, struct bz_work *w)
{
    const struct bz_machine *m = s->m;
    const struct bz_fixed_layer *f = &m->fixed->layers[layer];
    struct bz_kept *k = w->kept;
    struct kept_layer *kept = &k->layer[layer];
    const size_t size = m->layers[layer].size, slot = first - k->first;
    const bool with_lateral = !bz_machine_colouring(m, layer);

    bz_assert(m->fixed->ready && first >= k->first && slot + n <= k->rows);
    if (!f->n_links) {
        bz_field(s, layer, first, n, with_lateral, out, w);
        return;
    }
    for (size_t r = 0; r < n;) {
        size_t run = 0;
        while (r + run < n && read_bits(s, f, first + r + run, kept->now + (slot + r + run) * kept->words)) {
            settle(f, kept, &k->valid[layer * k->rows + slot + r + run], slot + r + run);
            run++;
        }
        if (run)
            catch_up(k, f, kept, size, slot + r, run);
        for (size_t i = r; i < r + run; i++)
            bz_cpu()->from_fixed(out + i * size, kept->sum + (slot + i) * kept->stride, f->unit, size);
        r += run;
        if (r < n) { /* a row of other values */
            bz_field(s, layer, first + r, 1, with_lateral, out + r * size, w);
            r++;
        }
    }
}
