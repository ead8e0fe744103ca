#include "gibbs.h"

#include "mem.h"
#include "unit.h"
#include "work.h"

#include <string.h>

int bz_chains_new(struct bz_chains **out, const struct bz_machine *m, size_t room, struct bz_error *err)
{
    struct bz_chains *c = bz_alloc(1, sizeof(*c), err);
    if (!c)
        return -1;
    if (bz_state_new(&c->s, m, room, err) < 0 || !(c->seed = bz_alloc(room, sizeof(*c->seed), err)) ||
        !(c->index = bz_alloc(room, sizeof(*c->index), err)) || !(c->step = bz_alloc(room, sizeof(*c->step), err)) ||
        !(c->temperature = bz_alloc(room, sizeof(*c->temperature), err))) {
        bz_chains_free(c);
        return -1;
    }
    for (size_t r = 0; r < room; r++)
        c->temperature[r] = 1;
    *out = c;
    return 0;
}

void bz_chains_free(struct bz_chains *c)
{
    if (!c)
        return;
    bz_state_free(c->s);
    bz_free(c->seed);
    bz_free(c->index);
    bz_free(c->step);
    bz_free(c->temperature);
    bz_free(c);
}

/* --- one row of one layer --- */

static bool any(const uint8_t *known, size_t n)
{
    return memchr(known, 1, n) != NULL;
}

static bool all(const uint8_t *known, size_t n)
{
    return memchr(known, 0, n) == NULL;
}

/* The row's mask, or NULL if no unit of it is known. */
static const uint8_t *row_known(const struct bz_state *s, size_t layer, size_t row)
{
    const size_t n = s->m->layers[layer].size;
    const uint8_t *known = s->known[layer] ? s->known[layer] + row * n : NULL;
    return known && any(known, n) ? known : NULL;
}

static double row_counts(const struct bz_state *s, size_t layer, size_t row)
{
    return s->counts[layer] ? (double)s->counts[layer][row] : 0;
}

static void keep_known(const struct bz_layer *l, const float *x, const uint8_t *known, bool drawn, float *y)
{
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    if (type->complete) {
        type->complete(l, x, known, drawn, y);
        return;
    }
    for (size_t i = 0; i < l->size; i++)
        y[i] = known[i] ? x[i] : y[i];
}

/* Draws the units of a row that are not known, given the field (which it may spoil) at temperature t. */
static void draw_row(struct bz_chains *c, size_t layer, size_t row, double t, enum bz_purpose purpose, float *field,
                     struct bz_work *w)
{
    const struct bz_layer *l = &c->s->m->layers[layer];
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    const uint8_t *known = row_known(c->s, layer, row);
    const struct bz_key key = {.seed = c->seed[row],
                               .step = c->step[row],
                               .chain = c->index[row],
                               .layer = (uint16_t)layer,
                               .purpose = (uint8_t)purpose};
    double d = row_counts(c->s, layer, row);
    float *x = c->s->x[layer] + row * l->size;

    if (!known) {
        type->sample(l, field, t, d, &key, x);
        return;
    }
    if (type->exclude)
        d = type->exclude(l, x, known, d, field);
    type->sample(l, field, t, d, &key, w->row);
    keep_known(l, x, known, true, w->row);
    memcpy(x, w->row, l->size * sizeof(*x));
}

static void scan_row(struct bz_chains *c, size_t layer, size_t row, const float *lateral, float *field, struct bz_work *w)
{
    const struct bz_layer *l = &c->s->m->layers[layer];
    const struct bz_key key = {
        .seed = c->seed[row], .step = c->step[row], .chain = c->index[row], .layer = (uint16_t)layer, .purpose = BZ_DRAW_UNIT};
    struct bz_scan scan = {.layer = l,
                           .lateral = lateral,
                           .colouring = bz_machine_colouring(c->s->m, layer),
                           .t = c->temperature[row],
                           .d = row_counts(c->s, layer, row),
                           .key = &key,
                           .known = row_known(c->s, layer, row),
                           .field = field,
                           .x = c->s->x[layer] + row * l->size,
                           .spare = {w->uniform, w->row}};
    bz_unit_type(l->unit)->scan(&scan);
}

/* --- rows --- */

/* Rows first .. first+n-1, at most a tile of them, none of them wholly known. */
static void draw_tile(struct bz_chains *c, size_t layer, size_t first, size_t n, struct bz_work *w)
{
    const float *lateral = bz_machine_lateral(c->s->m, layer);
    const size_t size = c->s->m->layers[layer].size;

    bz_field(c->s, layer, first, n, !bz_machine_colouring(c->s->m, layer), w->field, w);
    for (size_t r = 0; r < n; r++)
        if (lateral)
            scan_row(c, layer, first + r, lateral, w->field + r * size, w);
        else
            draw_row(c, layer, first + r, c->temperature[first + r], BZ_DRAW_UNIT, w->field + r * size, w);
}

void bz_gibbs_layer(struct bz_chains *c, size_t layer, size_t first, size_t n, struct bz_work *w)
{
    const size_t size = c->s->m->layers[layer].size, end = first + n;
    const uint8_t *known = c->s->known[layer];

    while (first < end) {
        size_t run = 0; /* rows from first on that have something to draw */
        while (run < BZ_TILE && first + run < end && !(known && all(known + (first + run) * size, size)))
            run++;
        if (run)
            draw_tile(c, layer, first, run, w);
        first += run ? run : 1;
    }
}

void bz_gibbs(struct bz_chains *c, size_t first, size_t n, size_t sweeps, struct bz_work *w)
{
    const struct bz_machine *m = c->s->m;
    const size_t tiles = (n + BZ_TILE - 1) / BZ_TILE, even = tiles ? (n + tiles - 1) / tiles : 1;

    for (size_t r = first; r < first + n; r += even) { /* a tile's states stay in the cache from sweep to sweep */
        const size_t rows = first + n - r < even ? first + n - r : even;
        for (size_t sweep = 0; sweep < sweeps; sweep++) {
            for (size_t l = 0; l < m->n_layers; l++)
                if (!bz_is_visible(&m->layers[l]))
                    bz_gibbs_layer(c, l, r, rows, w);
            for (size_t l = 0; l < m->n_layers; l++)
                if (bz_is_visible(&m->layers[l]))
                    bz_gibbs_layer(c, l, r, rows, w);
            for (size_t i = r; i < r + rows; i++)
                c->step[i]++;
        }
    }
}

void bz_chains_init(struct bz_chains *c, size_t first, size_t n, const bool *has_init, struct bz_work *w)
{
    const struct bz_machine *m = c->s->m;

    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        if (has_init && has_init[l] && bz_is_visible(layer))
            continue;
        for (size_t r = first; r < first + n; r++) {
            memcpy(w->field, layer->bias, layer->size * sizeof(*w->field));
            draw_row(c, l, r, 1, BZ_DRAW_INIT, w->field, w);
        }
    }
}

void bz_conditional_mean(const struct bz_state *s, size_t layer, const double *temperature, size_t first, size_t n, float *out,
                         struct bz_work *w)
{
    const struct bz_layer *l = &s->m->layers[layer];
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    const float *lateral = bz_machine_lateral(s->m, layer);

    for (size_t done = 0; done < n; done += BZ_TILE) {
        const size_t rows = n - done < BZ_TILE ? n - done : BZ_TILE;
        bz_field(s, layer, first + done, rows, true, out + done * l->size, w);
    }
    for (size_t r = 0; r < n; r++) {
        const uint8_t *known = row_known(s, layer, first + r);
        const float *x = s->x[layer] ? s->x[layer] + (first + r) * l->size : NULL;
        float *y = out + r * l->size;
        double d = row_counts(s, layer, first + r);

        if (lateral && x && type->exclude_own)
            type->exclude_own(l, lateral, x, d, y);
        if (known && type->exclude)
            d = type->exclude(l, x, known, d, y);
        type->mean(l, y, temperature ? temperature[first + r] : 1, d, y);
        if (known)
            keep_known(l, x, known, false, y);
    }
}
