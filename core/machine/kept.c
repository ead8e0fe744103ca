/* Sums of weights as whole numbers that a thread keeps from sweep to sweep. */
#include "fixed.h"

#include "check.h"
#include "mem.h"
#include "object.h"
#include "stop.h"
#include "unit.h"
#include "work.h"

#include <string.h>

/* Of one layer. Arrays are in the block. */
struct kept_layer {
    size_t stride, words; /* words: bits of all neighbours of a row; each neighbour starts a new word */
    size_t coarse_stride;
    int32_t *sum;     /* [rows][stride], or */
    uint32_t *coarse; /* [rows][coarse_stride], whichever is kept */
    bool near;        /* the latter */
    uint32_t *lines;  /* [rows] units that are on */
    uint64_t *seen;   /* [rows][words] the states that sums belong to */
    uint64_t *now;    /* [rows][words] */
};

struct bz_kept {
    size_t rows, widest, first; /* widest: rounded up to whole words; first: the row of a state that row 0 is */
    struct kept_layer *layer;   /* [n_layers] */
    bool *valid;                /* [n_layers][rows] sums and seen are set */
    bool *near;                 /* [rows] whether bz_field_near last used coarse weights */
    uint32_t *on, *off;         /* [rows][widest] units that turned on, turned off */
    char *block;                /* lazy */
};

/* Assigns each array its place in the block (NULL: none yet); returns the block's size. */
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
        PLACE(layer->coarse, k->rows * layer->coarse_stride);
        PLACE(layer->lines, layer->stride ? k->rows : 0);
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
    struct bz_kept *k = bz_object_new(sizeof(*k), NULL, err);

    if (!k)
        return -1;
    k->rows = rows;
    k->widest = (bz_machine_widest(m) + 63) / 64 * 64;
    if (!(k->layer = bz_part(k, m->n_layers, sizeof(*k->layer), err)) ||
        !(k->valid = bz_part(k, m->n_layers * rows, sizeof(*k->valid), err)) ||
        !(k->near = bz_part(k, rows, sizeof(*k->near), err)))
        return bz_object_give(out, k, -1);
    for (size_t l = 0; l < m->n_layers; l++) {
        k->layer[l].stride = bz_fixed_stride(m, l);
        k->layer[l].coarse_stride = bz_coarse_stride(m, l);
        for (size_t i = 0; k->layer[l].stride && i < m->n_links[l]; i++)
            k->layer[l].words += (m->layers[m->links[l][i].layer].size + 63) / 64;
    }
    if ((k->block = bz_part_lazy(k, place_arrays(k, m, NULL), 1, err)))
        place_arrays(k, m, k->block);
    return bz_object_give(out, k, k->block ? 0 : -1);
}

void bz_kept_free(struct bz_kept *k)
{
    bz_object_free(k);
}

void bz_kept_begin(struct bz_work *w, const struct bz_machine *m, size_t first)
{
    w->kept->first = first;
    memset(w->kept->valid, 0, m->n_layers * w->kept->rows * sizeof(*w->kept->valid));
}

/* Units that are looked at before a thread asks again whether to stop, of so many: whole words. */
static size_t piece_of(size_t left)
{
    enum { MOST = 1 << 18 };

    return left < MOST ? left : MOST;
}

/* The bits of a row's neighbours; false if some have other values, or if it was to stop. */
static bool read_bits(const struct bz_state *s, const struct bz_fixed_layer *f, size_t row, uint64_t *now)
{
    for (size_t k = 0; k < f->n_links; k++) {
        const struct bz_fixed_link *link = &f->links[k];
        const float *x = s->x[link->layer] + row * link->depth;
        for (size_t i = 0, n; i < link->depth; i += n) {
            n = piece_of(link->depth - i);
            if (bz_stopping_work(2 * n) || !bz_cpu()->bits(now + i / 64, x + i, link->least, link->most, n))
                return false;
        }
        now += (link->depth + 63) / 64;
    }
    return true;
}

/* Starts a row's sums from zero if fewer units are on than have changed. */
static void settle(const struct bz_fixed_layer *f, struct kept_layer *layer, bool *valid, size_t slot)
{
    uint64_t *seen = layer->seen + slot * layer->words;
    size_t on, changed;

    bz_cpu()->count_bits(&on, &changed, layer->now + slot * layer->words, seen, layer->words);
    layer->lines[slot] = (uint32_t)on;
    if (*valid && changed <= on)
        return;
    if (layer->near)
        bz_set_work(layer->coarse + slot * layer->coarse_stride, 0, layer->coarse_stride * sizeof(*layer->coarse));
    else
        bz_copy_work(layer->sum + slot * layer->stride, f->start, layer->stride * sizeof(*layer->sum));
    memset(seen, 0, layer->words * sizeof(*seen));
    *valid = true;
}

/* Brings the sums of rows slot .. slot+n-1 up to date with layer->now. */
static void catch_up(struct bz_kept *k, const struct bz_fixed_layer *f, struct kept_layer *layer, size_t size, size_t slot,
                     size_t n)
{
    uint32_t on[BZ_TILE], off[BZ_TILE];
    const struct bz_flips flips = {k->on, on, k->off, off, k->widest, n};
    size_t word = 0;

    for (size_t i = 0; i < f->n_links; i++) {
        const struct bz_fixed_link *link = &f->links[i];
        const size_t words = (link->depth + 63) / 64;
        for (size_t r = 0; r < n; r++) {
            on[r] = off[r] = 0;
            if (bz_stopping_work(64 * words))
                continue;
            const uint64_t *now = layer->now + (slot + r) * layer->words + word;
            uint64_t *seen = layer->seen + (slot + r) * layer->words + word;
            on[r] = bz_cpu()->list_bits(k->on + r * k->widest, now, seen, words);
            off[r] = bz_cpu()->list_bits(k->off + r * k->widest, seen, now, words);
            memcpy(seen, now, words * sizeof(*seen));
        }
        if (layer->near)
            bz_cpu()->coarse_sums(layer->coarse + slot * layer->coarse_stride, layer->coarse_stride, link->coarse, link->depth,
                                  size, &flips);
        else
            bz_cpu()->fixed_sums(layer->sum + slot * layer->stride, layer->stride, link->w, link->depth, size, &flips);
        word += words;
    }
}

static void row_field(const struct bz_fixed_layer *f, const struct kept_layer *kept, size_t slot, size_t size, float *out)
{
    const struct bz_coarse coarse = {kept->coarse + slot * kept->coarse_stride, kept->lines[slot], f->start, f->power, f->unit};

    if (kept->near)
        bz_cpu()->from_coarse(out, &coarse, size);
    else
        bz_cpu()->from_fixed(out, kept->sum + slot * kept->stride, f->unit, size);
}

static void field_of(const struct bz_state *s, size_t layer, size_t first, size_t n, bool near, float *out, struct bz_work *w)
{
    const struct bz_machine *m = s->m;
    const struct bz_fixed_layer *f = &m->fixed->layers[layer];
    struct bz_kept *k = w->kept;
    struct kept_layer *kept = &k->layer[layer];
    const size_t size = m->layers[layer].size, slot = first - k->first;
    const bool with_lateral = !bz_machine_colouring(m, layer);
    bool *valid = k->valid + layer * k->rows;

    bz_assert(m->fixed->ready && first >= k->first && slot + n <= k->rows);
    if (kept->near != near)
        memset(valid, 0, k->rows * sizeof(*valid));
    kept->near = near;
    memset(k->near + slot, 0, n * sizeof(*k->near));
    if (!f->n_links) {
        bz_field(s, layer, first, n, with_lateral, out, w);
        return;
    }
    for (size_t r = 0; r < n;) {
        size_t run = 0;
        while (r + run < n && !bz_stopping_work(size + 64 * kept->words) &&
               read_bits(s, f, first + r + run, kept->now + (slot + r + run) * kept->words)) {
            settle(f, kept, &valid[slot + r + run], slot + r + run);
            run++;
        }
        if (run)
            catch_up(k, f, kept, size, slot + r, run);
        for (size_t i = r; i < r + run && !bz_stopping_work(4 * size); i++) {
            row_field(f, kept, slot + i, size, out + i * size);
            k->near[slot + i] = near;
        }
        r += run;
        if (r < n && bz_stopping_work(0))
            return;
        if (r < n) { /* a row with values other than the two */
            bz_field(s, layer, first + r, 1, with_lateral, out + r * size, w);
            r++;
        }
    }
}

void bz_field_kept(const struct bz_state *s, size_t layer, size_t first, size_t n, float *out, struct bz_work *w)
{
    field_of(s, layer, first, n, false, out, w);
}

void bz_field_near(const struct bz_state *s, size_t layer, size_t first, size_t n, float *out, struct bz_work *w)
{
    field_of(s, layer, first, n, s->m->fixed->layers[layer].coarse_stride > 0, out, w);
}

/* The probability of unit j, by whole weights. */
static float exact(const struct bz_doubt *doubt, size_t j)
{
    const struct bz_near *near = (const struct bz_near *)(const void *)doubt; /* its first member */
    const struct bz_fixed_layer *f = near->f;
    const uint64_t *now = near->now;
    int32_t sum = f->start[j];
    float field, p;

    for (size_t k = 0; k < f->n_links && !bz_stopping_work(f->links[k].depth); k++) {
        const int32_t *w = bz_fixed_place(&f->links[k], 0, j);
        for (size_t i = 0; i < f->links[k].depth; i += 64, now++)
            for (uint64_t bits = *now; bits; bits &= bits - 1)
                sum += w[(i + (size_t)__builtin_ctzll(bits)) * BZ_FIXED_WIDTH];
    }
    bz_cpu()->from_fixed(&field, &sum, &f->unit[j], 1);
    if (near->shift)
        field = near->gain * field + near->shift[j];
    bz_cpu()->sigmoid(&p, &field, near->scale, 1);
    return p;
}

const struct bz_doubt *bz_near_row(struct bz_near *near, const struct bz_state *s, size_t layer, size_t row, double t,
                                   struct bz_work *w)
{
    const struct bz_fixed_layer *f = &s->m->fixed->layers[layer];
    const struct kept_layer *kept = &w->kept->layer[layer];
    const size_t slot = row - w->kept->first;
    const float scale = bz_binary_scale(&s->m->layers[layer], t);

    if (!w->kept->near[slot])
        return NULL;
    *near = (struct bz_near){.doubt = {.error = f->error, .times = scale * (float)kept->lines[slot], .exact = exact},
                             .f = f,
                             .now = kept->now + slot * kept->words,
                             .scale = scale};
    return &near->doubt;
}

void bz_near_mix(struct bz_near *near, float gain, const float *shift)
{
    near->gain = gain;
    near->shift = shift;
    near->doubt.times = gain * (near->doubt.times + near->scale * near->f->rounding);
}
