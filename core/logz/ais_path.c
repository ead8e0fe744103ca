#include "ais_path.h"

#include "check.h"
#include "draw.h"
#include "energy_terms.h"
#include "fixed.h"
#include "kernels.h"
#include "mem.h"
#include "object.h"
#include "unit.h"

#include <string.h>

static size_t depth_of(const struct bz_machine *m, size_t layer, size_t *depth)
{
    return bz_is_visible(&m->layers[layer]) ? 0 : depth[layer];
}

/* Distance of every layer from the visible ones; layers that no path reaches count as depth 0. */
static void find_depths(const struct bz_machine *m, size_t *depth)
{
    for (size_t l = 0; l < m->n_layers; l++)
        depth[l] = bz_is_visible(&m->layers[l]) ? 0 : m->n_layers;
    for (size_t pass = 0; pass < m->n_layers; pass++)
        for (size_t c = 0; c < m->n_couplings; c++) {
            const size_t a = m->couplings[c].a, b = m->couplings[c].b;

            if (depth[b] > depth_of(m, a, depth) + 1)
                depth[b] = depth_of(m, a, depth) + 1;
            if (depth[a] > depth_of(m, b, depth) + 1)
                depth[a] = depth_of(m, b, depth) + 1;
        }
}

static bool touches_summed(const struct bz_path *p, size_t layer)
{
    for (size_t k = 0; k < p->m->n_links[layer]; k++)
        if (p->role[p->m->links[layer][k].layer] == BZ_PATH_SUMMED)
            return true;
    return false;
}

/* Which layers to sum out: those of odd or of even depth, whichever holds more hidden units (the hidden layer of an RBM; v and
 * h2 of a two-layer DBM, as published), except layers coupled to themselves or to another summed layer. */
static int choose_roles(struct bz_path *p, const bool *clamped, struct bz_error *err)
{
    const struct bz_machine *m = p->m;
    size_t *depth = bz_alloc(m->n_layers, sizeof(*depth), err), units[2] = {0, 0};

    if (!depth)
        return -1;
    find_depths(m, depth);
    for (size_t l = 0; l < m->n_layers; l++)
        if (!bz_is_visible(&m->layers[l]) && !bz_machine_has_lateral(m, l))
            units[depth[l] % 2] += m->layers[l].size;
    for (size_t l = 0; l < m->n_layers; l++)
        p->role[l] = clamped && clamped[l] ? BZ_PATH_CLAMPED : BZ_PATH_KEPT;
    for (size_t l = 0; l < m->n_layers; l++)
        if (p->role[l] == BZ_PATH_KEPT && depth[l] % 2 == (units[1] >= units[0]) && !bz_machine_has_lateral(m, l) &&
            !touches_summed(p, l))
            p->role[l] = BZ_PATH_SUMMED;
    bz_free(depth);
    return 0;
}

static int make_layer(struct bz_path *p, size_t l, double counts, struct bz_error *err)
{
    const struct bz_layer *layer = &p->m->layers[l];
    const size_t room = p->s->room;

    for (size_t r = 0; p->s->counts[l] && r < room; r++)
        p->s->counts[l][r] = (float)counts;
    if (p->role[l] == BZ_PATH_SUMMED && !(p->field[l] = bz_part(p, layer->size * room, sizeof(float), err)))
        return -1;
    if (p->role[l] == BZ_PATH_CLAMPED)
        return 0;
    return bz_base_layer(&p->base_layer[l], layer, p->base->bias[l], p->base->deviation[l], err) < 0 ||
                   bz_place_new(&p->place[0][l], layer, &p->base_layer[l], err) < 0 ||
                   bz_place_new(&p->place[1][l], layer, &p->base_layer[l], err) < 0
               ? -1
               : 0;
}

static void end_path(void *self)
{
    struct bz_path *p = self;
    for (size_t l = 0; l < p->m->n_layers; l++) {
        if (p->base_layer)
            bz_base_layer_free(&p->base_layer[l]);
        for (size_t k = 0; k < 2; k++)
            if (p->place[k])
                bz_place_free(&p->place[k][l]);
    }
    bz_state_free(p->s);
    bz_work_free(p->work);
}

int bz_path_new(struct bz_path **out, const struct bz_machine *m, const struct bz_base *base, const bool *clamped,
                const double *counts, size_t room, struct bz_error *err)
{
    const size_t widest = bz_machine_widest(m);
    struct bz_path *p = bz_object_new(sizeof(*p), end_path, err);

    bz_assert(m->prepared && room <= BZ_TILE);
    if (!p)
        return -1;
    p->m = m;
    p->base = base;
    if (!(p->role = bz_part(p, m->n_layers, sizeof(*p->role), err)) ||
        !(p->field = bz_part(p, m->n_layers, sizeof(*p->field), err)) ||
        !(p->base_layer = bz_part(p, m->n_layers, sizeof(*p->base_layer), err)) ||
        !(p->place[0] = bz_part(p, m->n_layers, sizeof(*p->place[0]), err)) ||
        !(p->place[1] = bz_part(p, m->n_layers, sizeof(*p->place[1]), err)) ||
        !(p->mixed = bz_part(p, widest, sizeof(float), err)) || !(p->spare[0] = bz_part(p, widest, sizeof(float), err)) ||
        !(p->spare[1] = bz_part(p, widest, sizeof(float), err)) ||
        !(p->scratch = bz_part(p, widest * room, sizeof(float), err)) || bz_state_new(&p->s, m, room, err) < 0 ||
        bz_work_new(&p->work, m, err) < 0 || choose_roles(p, clamped, err) < 0)
        return bz_object_give(out, p, -1);
    for (size_t l = 0; l < m->n_layers; l++)
        if (make_layer(p, l, counts ? counts[l] : 0, err) < 0)
            return bz_object_give(out, p, -1);
    p->s->n = room;
    return bz_object_give(out, p, 0);
}

void bz_path_free(struct bz_path *p)
{
    bz_object_free(p);
}

int bz_path_fix(struct bz_path *p, struct bz_error *err)
{
    if (bz_machine_fix(p->m, err) < 0)
        return -1;
    bz_kept_begin(p->work, p->m, 0);
    p->fixed = true;
    return 0;
}

/* --- layers on the path --- */

/* The layer's place (place.h) at beta. Steps go from one beta to the next, so two places are kept. */
static struct bz_place *place_at(struct bz_path *p, size_t layer, double beta)
{
    struct bz_place *a = &p->place[0][layer], *b = &p->place[1][layer];

    struct bz_place *found = a->beta == beta ? a : b->beta == beta ? b : a->latest ? b : a;

    if (found->beta != beta)
        bz_place_set(found, &p->m->layers[layer], &p->base_layer[layer], beta);
    a->latest = found == a;
    b->latest = found == b;
    return found;
}

static double log_sum(struct bz_path *p, size_t layer, double beta, float *field, double d)
{
    const struct bz_place *place = place_at(p, layer, beta);
    const float *mixed = bz_place_field(place, field, p->mixed);

    return place->constant + bz_unit_type(place->layer.unit)->log_sum(&place->layer, mixed, place->t, d);
}

double bz_path_base_log_z(struct bz_path *p)
{
    double sum = 0;

    for (size_t l = 0; l < p->m->n_layers; l++)
        if (p->role[l] != BZ_PATH_CLAMPED) {
            memset(p->scratch, 0, p->m->layers[l].size * sizeof(float));
            sum += log_sum(p, l, 0.0, p->scratch, bz_row_counts(p->s, l, 0));
        }
    return sum;
}

/* How a layer's rows are drawn at a place. */
static struct bz_row row_at(struct bz_path *p, size_t layer, const struct bz_place *place)
{
    struct bz_row row = bz_row_of(p->m, layer);

    row.layer = &place->layer;
    row.t = place->t;
    row.scale = place->scale;
    row.gain = place->gain;
    row.spare[0] = p->spare[0];
    row.spare[1] = p->spare[1];
    return row;
}

/* Redraws a layer of every row given the machine's fields[n][size], which are spoiled where the layer is coupled to itself;
 * near: as bz_field_near gave them. */
static void draw_rows(struct bz_path *p, size_t layer, const struct bz_place *place, struct bz_row *row, bool near,
                      float *fields, struct bz_path_draws at)
{
    const size_t n = p->m->layers[layer].size;
    struct bz_near about;

    for (size_t r = 0; r < p->s->n; r++) {
        const struct bz_key key = bz_key_at(at.seed, at.first + (uint32_t)r, at.step, layer, BZ_DRAW_UNIT);

        row->key = &key;
        row->d = bz_row_counts(p->s, layer, r);
        row->field = bz_place_field(place, fields + r * n, p->mixed);
        row->doubt = near ? bz_near_row(&about, p->s, layer, r, place->t, p->work) : NULL;
        if (row->doubt && place->shift)
            bz_near_mix(&about, place->scale, place->shift);
        row->x = p->s->x[layer] + r * n;
        bz_row_draw(row);
    }
}

static void draw_layer(struct bz_path *p, size_t layer, double beta, bool reverse, bool near, float *fields,
                       struct bz_path_draws at)
{
    const struct bz_place *place = place_at(p, layer, beta);
    struct bz_row row = row_at(p, layer, place);

    row.reverse = reverse;
    draw_rows(p, layer, place, &row, near, fields, at);
}

void bz_path_start(struct bz_path *p, struct bz_path_draws at)
{
    for (size_t l = 0; l < p->m->n_layers; l++) {
        if (p->role[l] != BZ_PATH_KEPT)
            continue;
        const struct bz_place *place = place_at(p, l, 0.0);
        struct bz_row row = row_at(p, l, place);

        row.lateral = -1; /* the base has no couplings */
        memset(p->scratch, 0, p->s->n * p->m->layers[l].size * sizeof(float));
        draw_rows(p, l, place, &row, false, p->scratch, at);
    }
}

/* out = the field of a layer given the other layers' x. Summed layers are never neighbours of one another, so they need no
 * hiding here. */
static void field_of(struct bz_path *p, size_t layer, float *out)
{
    const bool scanned = bz_machine_has_lateral(p->m, layer) && !bz_machine_colouring(p->m, layer);

    if (p->fixed)
        bz_field_kept(p->s, layer, 0, p->s->n, out, p->work);
    else
        bz_field(p->s, layer, 0, p->s->n, scanned, out, p->work);
}

void bz_path_update(struct bz_path *p)
{
    for (size_t l = 0; l < p->m->n_layers; l++)
        if (p->role[l] == BZ_PATH_SUMMED)
            field_of(p, l, p->field[l]);
}

/* -E_A of a kept layer's x. */
static double base_term(const struct bz_path *p, size_t layer, const float *x)
{
    const struct bz_layer *base = &p->base_layer[layer];
    const struct bz_unit_type *type = bz_unit_type(p->m->layers[layer].unit);
    const double own = type->own ? type->own(base, x) : 0;

    return type->scaled || !base->bias ? own : own + bz_cpu()->dot(x, base->bias, base->size);
}

/* sum[r] += scale * (own and pair terms of the layers that are not summed out) + base_scale * (their base terms). */
static void add_linear(struct bz_path *p, double scale, double base_scale, double *sum)
{
    const struct bz_machine *m = p->m;

    for (size_t l = 0; l < m->n_layers; l++) {
        const float *x = p->s->x[l];

        if (p->role[l] == BZ_PATH_SUMMED)
            continue;
        for (size_t r = 0; r < p->s->n; r++) {
            sum[r] += scale * bz_own_term(p->s, l, r, x + r * m->layers[l].size);
            if (base_scale != 0 && p->role[l] != BZ_PATH_CLAMPED)
                sum[r] += base_scale * base_term(p, l, x + r * m->layers[l].size);
        }
        for (size_t k = 0; k < m->n_links[l]; k++)
            if (p->role[m->links[l][k].layer] != BZ_PATH_SUMMED && m->links[l][k].layer >= l)
                bz_add_pair_terms(p->s, l, k, scale, sum, p->scratch, p->work);
    }
}

void bz_path_add_ratio(struct bz_path *p, double to, double from, double *sum)
{
    for (size_t l = 0; l < p->m->n_layers; l++)
        for (size_t r = 0; p->role[l] == BZ_PATH_SUMMED && r < p->s->n; r++) {
            float *field = p->field[l] + r * p->m->layers[l].size;
            const double d = bz_row_counts(p->s, l, r), there = log_sum(p, l, to, field, d);
            sum[r] += there - log_sum(p, l, from, field, d);
        }
    add_linear(p, to - from, from - to, sum);
}

void bz_path_log_f(struct bz_path *p, double *log_f)
{
    for (size_t r = 0; r < p->s->n; r++)
        log_f[r] = 0;
    for (size_t l = 0; l < p->m->n_layers; l++)
        for (size_t r = 0; p->role[l] == BZ_PATH_SUMMED && r < p->s->n; r++)
            log_f[r] += log_sum(p, l, 1.0, p->field[l] + r * p->m->layers[l].size, bz_row_counts(p->s, l, r));
    add_linear(p, 1.0, 0.0, log_f);
}

/* Whether coarse fields are enough to draw a layer. */
static bool is_near(const struct bz_path *p, size_t layer)
{
    return p->fixed && !bz_machine_has_lateral(p->m, layer) && bz_unit_type(p->m->layers[layer].unit)->binary;
}

void bz_path_move(struct bz_path *p, double beta, bool reverse, struct bz_path_draws at)
{
    const size_t n_layers = p->m->n_layers;

    for (size_t l = 0; l < n_layers; l++)
        if (p->role[l] == BZ_PATH_SUMMED)
            draw_layer(p, l, beta, reverse, false, p->field[l], at);
    for (size_t k = 0; k < n_layers; k++) {
        const size_t l = reverse ? n_layers - 1 - k : k;

        if (p->role[l] != BZ_PATH_KEPT)
            continue;
        const bool near = is_near(p, l);
        if (near)
            bz_field_near(p->s, l, 0, p->s->n, p->scratch, p->work);
        else
            field_of(p, l, p->scratch);
        draw_layer(p, l, beta, reverse, near, p->scratch, at);
    }
}

void bz_path_complete(struct bz_path *p, double beta, struct bz_path_draws at)
{
    bz_path_update(p);
    for (size_t l = 0; l < p->m->n_layers; l++)
        if (p->role[l] == BZ_PATH_SUMMED)
            draw_layer(p, l, beta, false, false, p->field[l], at);
}
