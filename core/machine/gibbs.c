#include "gibbs.h"

#include "draw.h"
#include "fixed.h"
#include "mathx.h"
#include "mem.h"
#include "object.h"
#include "stop.h"
#include "unit.h"
#include "work.h"

#include <string.h>

static void end_chains(void *self)
{
    struct bz_chains *c = self;
    bz_state_free(c->s);
}

int bz_chains_new(struct bz_chains **out, const struct bz_machine *m, size_t room, struct bz_error *err)
{
    struct bz_chains *c = bz_object_new(sizeof(*c), end_chains, err);
    if (!c)
        return -1;
    if (bz_state_new(&c->s, m, room, err) < 0 || !(c->seed = bz_part(c, room, sizeof(*c->seed), err)) ||
        !(c->index = bz_part(c, room, sizeof(*c->index), err)) || !(c->step = bz_part(c, room, sizeof(*c->step), err)) ||
        !(c->temperature = bz_part(c, room, sizeof(*c->temperature), err)))
        return bz_object_give(out, c, -1);
    for (size_t r = 0; r < room; r++)
        c->temperature[r] = 1;
    return bz_object_give(out, c, 0);
}

void bz_chains_free(struct bz_chains *c)
{
    bz_object_free(c);
}

int bz_chains_fix(struct bz_chains *c, struct bz_error *err)
{
    c->fixed = bz_machine_fix(c->s->m, err) == 0;
    return c->fixed ? 0 : -1;
}

/* --- one row of one layer --- */

static bool all(const uint8_t *known, size_t n)
{
    return memchr(known, 0, n) == NULL;
}

/* Draws the units of a row that are not known, given the field (which is spoiled). */
static void draw_row(struct bz_chains *c, struct bz_row *layer, size_t l, size_t row, enum bz_purpose purpose, float *field)
{
    const struct bz_key key = bz_key_at(c->seed[row], c->index[row], c->step[row], l, purpose);

    layer->key = &key;
    layer->d = bz_row_counts(c->s, l, row);
    layer->known = bz_row_known(c->s, l, row);
    layer->field = field;
    layer->x = c->s->x[l] + row * layer->layer->size;
    bz_row_draw(layer);
}

/* --- rows --- */

/* Rows first .. first+n-1, at most a tile of them, none of them wholly known. */
static void draw_tile(struct bz_chains *c, size_t layer, size_t first, size_t n, struct bz_work *w)
{
    const size_t size = c->s->m->layers[layer].size;
    struct bz_row row = bz_row_of(c->s->m, layer);
    const bool near = c->fixed && row.lateral < 0 && bz_unit_type(row.layer->unit)->binary;
    struct bz_near about;
    size_t drawn = 0; /* units and counts since the last question whether to stop */

    row.spare[0] = w->uniform;
    row.spare[1] = w->row;
    if (near)
        bz_field_near(c->s, layer, first, n, w->field, w);
    else if (c->fixed)
        bz_field_kept(c->s, layer, first, n, w->field, w);
    else
        bz_field(c->s, layer, first, n, !row.colouring, w->field, w);
    for (size_t r = 0; r < n; r++) {
        row.t = c->temperature[first + r];
        row.doubt = near ? bz_near_row(&about, c->s, layer, first + r, row.t, w) : NULL;
        draw_row(c, &row, layer, first + r, BZ_DRAW_UNIT, w->field + r * size);
        if (bz_stopping_after(&drawn, size + (size_t)row.d))
            return;
    }
}

static void draw_layer(struct bz_chains *c, size_t layer, size_t first, size_t n, struct bz_work *w)
{
    const size_t size = c->s->m->layers[layer].size, end = first + n;
    const uint8_t *known = c->s->known[layer];

    while (first < end && !bz_stopping()) {
        size_t run = 0; /* rows from first on that have something to draw */
        while (run < BZ_TILE && first + run < end && !(known && all(known + (first + run) * size, size)))
            run++;
        if (run)
            draw_tile(c, layer, first, run, w);
        first += run ? run : 1;
    }
}

void bz_gibbs_layer(struct bz_chains *c, size_t layer, size_t first, size_t n, struct bz_work *w)
{
    for (size_t done = 0; done < n; done += BZ_TILE) {
        const size_t rows = n - done < BZ_TILE ? n - done : BZ_TILE;
        if (c->fixed)
            bz_kept_begin(w, c->s->m, first + done);
        draw_layer(c, layer, first + done, rows, w);
    }
}

void bz_gibbs(struct bz_chains *c, size_t first, size_t n, size_t sweeps, struct bz_work *w)
{
    const struct bz_machine *m = c->s->m;
    const size_t tiles = (n + BZ_TILE - 1) / BZ_TILE, even = tiles ? (n + tiles - 1) / tiles : 1;

    for (size_t r = first; r < first + n; r += even) { /* a tile's states stay in the cache from sweep to sweep */
        const size_t rows = first + n - r < even ? first + n - r : even;
        if (c->fixed)
            bz_kept_begin(w, m, r);
        for (size_t sweep = 0; sweep < sweeps && !bz_stopping(); sweep++) {
            for (size_t l = 0; l < m->n_layers; l++)
                if (!bz_is_visible(&m->layers[l]))
                    draw_layer(c, l, r, rows, w);
            for (size_t l = 0; l < m->n_layers; l++)
                if (bz_is_visible(&m->layers[l]))
                    draw_layer(c, l, r, rows, w);
            for (size_t i = r; i < r + rows; i++)
                c->step[i]++;
        }
    }
}

/* A hidden layer of choices whose offsets are their shares, as when it represents groups of rows far apart: its biases do not
 * tell the shares, and chains would start, and stay, in one group. */
static bool has_shares(const struct bz_layer *l)
{
    double sum = 0;

    for (size_t i = 0; l->offset && i < l->size; i++)
        sum += l->offset[i] > 0 ? (double)l->offset[i] : 0;
    return l->role == BZ_HIDDEN && l->unit == BZ_SOFTMAX && sum > 0.5 * (double)l->groups;
}

static bool meets_shares(const struct bz_machine *m, size_t layer)
{
    for (size_t k = 0; k < m->n_links[layer]; k++)
        if (has_shares(&m->layers[m->links[layer][k].layer]))
            return true;
    return false;
}

/* Given the layer's bias alone; or, with `given`, given the other layers in rows of which nothing is known. */
static void init_layer(struct bz_chains *c, size_t l, size_t first, size_t n, bool given, struct bz_work *w)
{
    const double least = 1e-9;
    const struct bz_layer *layer = &c->s->m->layers[l];
    const bool shares = has_shares(layer);
    struct bz_row row = bz_row_of(c->s->m, l);
    size_t drawn = 0;
    row.lateral = -1; /* the layer's coupling to itself is left out */
    row.spare[0] = w->row;
    for (size_t r = first; r < first + n; r++) {
        if (given && bz_row_known(c->s, l, r))
            continue;
        if (given)
            bz_field(c->s, l, r, 1, false, w->field, w);
        else
            bz_copy_work(w->field, layer->bias, layer->size * sizeof(*w->field));
        for (size_t i = 0; shares && i < layer->size && !bz_stopping_unit(i, BZ_STOP_EXP); i++)
            w->field[i] = (float)bz_log(layer->offset[i] > 0 ? (double)layer->offset[i] : least);
        draw_row(c, &row, l, r, BZ_DRAW_INIT, w->field);
        if (bz_stopping_after(&drawn, layer->size + (size_t)row.d) || bz_stopping_work(2 * layer->size))
            return;
    }
}

void bz_chains_init(struct bz_chains *c, size_t first, size_t n, const bool *has_init, struct bz_work *w)
{
    const struct bz_machine *m = c->s->m;

    for (size_t l = 0; l < m->n_layers; l++)
        if (!has_init || !has_init[l])
            init_layer(c, l, first, n, false, w);
    for (size_t l = 0; l < m->n_layers; l++)
        if ((!has_init || !has_init[l]) && bz_is_visible(&m->layers[l]) && meets_shares(m, l))
            init_layer(c, l, first, n, true, w);
}

void bz_conditional_mean(const struct bz_state *s, size_t layer, const double *temperature, size_t first, size_t n, float *out,
                         struct bz_work *w)
{
    const struct bz_layer *l = &s->m->layers[layer];
    const struct bz_unit_type *type = bz_unit_type(l->unit);

    for (size_t done = 0; done < n; done += BZ_TILE) {
        const size_t rows = n - done < BZ_TILE ? n - done : BZ_TILE;
        bz_field(s, layer, first + done, rows, true, out + done * l->size, w);
    }
    for (size_t r = 0; r < n && !bz_stopping_work(l->size); r++) {
        const float *x = s->x[layer] ? s->x[layer] + (first + r) * l->size : NULL;
        const double d = bz_row_counts(s, layer, first + r);
        float *y = out + r * l->size;

        if (x && type->exclude_own && bz_machine_has_lateral(s->m, layer))
            type->exclude_own(s->m, layer, x, d, y);
        bz_row_means(l, x, bz_row_known(s, layer, first + r), temperature ? temperature[first + r] : 1, d, y);
    }
}
