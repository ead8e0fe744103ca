#include "walk.h"

#include "energy_terms.h"
#include "mathx.h"
#include "mem.h"
#include "object.h"
#include "stop.h"
#include "unit.h"

#include <string.h>

static void end_walk(void *self)
{
    struct bz_walk *walk = self;
    if (walk->growth.borrowed)
        return;
    bz_free_lazy(walk->growth.ratio);
    bz_free(walk->growth.at);
}

int bz_walk_new(struct bz_walk **out, const struct bz_machine *m, struct bz_error *err)
{
    struct bz_walk *walk = bz_object_new(sizeof(*walk), end_walk, err);

    if (!walk)
        return -1;
    walk->m = m;
    for (size_t l = 0; l < m->n_layers; l++)
        walk->total += m->layers[l].size;
    if (!(walk->at = bz_part(walk, m->n_layers, sizeof(*walk->at), err)) ||
        !(walk->open = bz_part_wide(walk, walk->total, sizeof(*walk->open), err)) ||
        !(walk->base = bz_part_wide(walk, walk->total, sizeof(*walk->base), err)) ||
        !(walk->field = bz_part_wide(walk, walk->total, sizeof(*walk->field), err)) ||
        !(walk->narrow = bz_part_wide(walk, walk->total, sizeof(*walk->narrow), err)) ||
        !(walk->fate = bz_part(walk, m->n_layers, sizeof(*walk->fate), err)) ||
        !(walk->counts = bz_part(walk, m->n_layers, sizeof(*walk->counts), err)) ||
        !(walk->x = bz_part(walk, m->n_layers, sizeof(*walk->x), err)) ||
        !(walk->growth.grown = bz_part(walk, m->n_layers, sizeof(*walk->growth.grown), err)) ||
        !(walk->growth.softplus = bz_part(walk, m->n_layers, sizeof(*walk->growth.softplus), err)) ||
        !(walk->first_site = bz_part(walk, m->n_layers + 1, sizeof(*walk->first_site), err)))
        return bz_object_give(out, walk, -1);
    for (size_t l = 1; l < m->n_layers; l++)
        walk->at[l] = walk->at[l - 1] + m->layers[l - 1].size;
    return bz_object_give(out, walk, 0);
}

void bz_walk_free(struct bz_walk *walk)
{
    bz_object_free(walk);
}

void bz_walk_copy(struct bz_walk *walk, const struct bz_walk *from)
{
    const size_t n_layers = from->m->n_layers;

    memcpy(walk->base, from->base, from->total * sizeof(*walk->base));
    memcpy(walk->fate, from->fate, n_layers * sizeof(*walk->fate));
    memcpy(walk->counts, from->counts, n_layers * sizeof(*walk->counts));
    memcpy(walk->site, from->site, from->n_sites * sizeof(*walk->site));
    walk->n_sites = from->n_sites;
    memcpy(walk->first_site, from->first_site, (n_layers + 1) * sizeof(*walk->first_site));
    walk->constant = from->constant;
    memcpy(walk->growth.grown, from->growth.grown, n_layers * sizeof(*walk->growth.grown));
    walk->growth.ratio = from->growth.ratio;
    walk->growth.room = from->growth.room;
    walk->growth.units = from->growth.units;
    walk->growth.at = from->growth.at;
    walk->growth.t = from->growth.t;
    walk->growth.borrowed = true;
}

/* --- sites --- */

/* How many columns of a group of k may be the one that is on: 0 if all are known, or if the known ones leave nothing for the
 * others; -1 if they leave a fraction. */
static int open_columns(const uint8_t *known, const float *x, size_t k)
{
    double left = 1;
    int n = 0;

    for (size_t i = 0; i < k; i++) {
        n += !(known && known[i]);
        left -= known && known[i] && x ? (double)x[i] : 0;
    }
    return left < 1e-4 ? 0 : left < 1 && n > 0 ? -1 : n;
}

/* The units of group g of an exclusive layer that may be on: those not known, unless a known one is (then none). Returns how
 * many, -1 where known values are grey. Lists them in units (NULL: does not). */
static int open_units(const struct bz_layer *l, size_t g, const uint8_t *known, const float *x, size_t *units)
{
    const struct bz_exclusion *e = &l->exclusion;
    double taken = 0;
    int n = 0;

    for (size_t k = e->first[g]; k < e->first[g + 1]; k++) {
        const size_t i = e->unit[k];

        taken += known && known[i] && x ? (double)x[i] : 0;
        if (!(known && known[i])) {
            if (units)
                units[n] = i;
            n++;
        }
    }
    return n == 0 || taken > 1 - 1e-4 ? 0 : taken > 0 ? -1 : n;
}

static double exclusion_bits(const struct bz_layer *l, const uint8_t *known, const float *x)
{
    double bits = 0;

    for (size_t g = 0; g < l->exclusion.n; g++) {
        const int n = open_units(l, g, known, x, NULL);
        if (n < 0)
            return -1;
        bits += bz_log((double)n + 1) / 0.69314718055994530942;
    }
    return bits;
}

double bz_walk_bits(const struct bz_layer *l, const uint8_t *known, const float *x)
{
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    const size_t k = type->grouped ? l->size / l->groups : 1;
    double bits = 0;

    if (l->exclusion.group)
        return exclusion_bits(l, known, x);
    if (!type->binary && !type->grouped)
        return -1;
    for (size_t i = 0; i < l->size; i += k) {
        if (bz_stopping_unit(i / k, 2 * k))
            return -1;
        if (type->binary) {
            bits += !(known && known[i]);
            continue;
        }
        const int n = open_columns(known ? known + i : NULL, x ? x + i : NULL, k);
        if (n < 0)
            return -1;
        bits += n > 1 ? bz_log((double)n) / 0.69314718055994530942 : 0;
    }
    return bits;
}

/* Adds a site that has one of units[n] on or, if optional, none. */
static int add_site(struct bz_walk *walk, size_t layer, const size_t *units, size_t n, bool optional, struct bz_error *err)
{
    const struct bz_layer *l = &walk->m->layers[layer];
    const struct bz_unit_type *type = bz_unit_type(l->unit);

    if (walk->n_sites == BZ_WALK_MAX_SITES)
        return bz_fail(err, BZ_TOO_LARGE,
                       "layer \"%s\": too many joint states to enumerate, expected at most %d units or groups", l->name,
                       BZ_WALK_MAX_SITES);
    walk->site[walk->n_sites] = (struct bz_site){.layer = layer,
                                                 .units = units,
                                                 .states = n + optional,
                                                 .optional = optional,
                                                 .step_up = type->most - type->least,
                                                 .step = bz_walk_steps(walk)};
    walk->n_sites++;
    return 0;
}

static int add_exclusive_sites(struct bz_walk *walk, size_t layer, const uint8_t *known, float *x, struct bz_error *err)
{
    const struct bz_layer *l = &walk->m->layers[layer];

    for (size_t g = 0; g < l->exclusion.n; g++) {
        size_t *units = walk->open + walk->at[layer] + l->exclusion.first[g];
        const int n = open_units(l, g, known, x, units);
        if (n > 0 && add_site(walk, layer, units, (size_t)n, true, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < l->size; i++)
        x[i] = known && known[i] ? x[i] : 0;
    return 0;
}

/* Makes sites of the open units in a walked layer and sets its unknown units to their values with every site off. */
static int add_sites(struct bz_walk *walk, size_t layer, const uint8_t *known, float *x, struct bz_error *err)
{
    const struct bz_layer *l = &walk->m->layers[layer];
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    const size_t k = type->grouped ? l->size / l->groups : 1;

    if (l->exclusion.group)
        return add_exclusive_sites(walk, layer, known, x, err);
    for (size_t i = 0; i < l->size; i += k) {
        const uint8_t *group = known ? known + i : NULL;
        const int n = type->binary ? !(group && *group) : open_columns(group, x + i, k);
        size_t *units = walk->open + walk->at[layer] + i, listed = 0;
        for (size_t j = i; j < i + k; j++) {
            x[j] = known && known[j] ? x[j] : type->least;
            if (n > 0 && !(known && known[j]))
                units[listed++] = j;
        }
        if (n == 0)
            continue;
        if (type->grouped && n == 1) { /* the only remaining column is on */
            x[units[0]] = 1;
            continue;
        }
        if (add_site(walk, layer, units, (size_t)n, type->binary, err) < 0)
            return -1;
    }
    return 0;
}

/* -E of the given units, everything else off. */
static double given_weight(const struct bz_state *s, size_t row, const enum bz_fate *fate)
{
    const struct bz_machine *m = s->m;
    double sum = -bz_offset_constant(s, row);

    for (size_t l = 0; l < m->n_layers; l++)
        if (fate[l] != BZ_SUMMED)
            sum += bz_own_term(s, l, row, s->x[l] + row * m->layers[l].size);
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t a = m->couplings[c].a, b = m->couplings[c].b;
        if (fate[a] != BZ_SUMMED && fate[b] != BZ_SUMMED)
            sum += bz_pair_term(m, c, s->x[a] + row * m->layers[a].size, s->x[b] + row * m->layers[b].size);
    }
    return sum;
}

int bz_walk_begin(struct bz_walk *walk, struct bz_state *s, size_t row, const enum bz_fate *fate, struct bz_work *w,
                  struct bz_error *err)
{
    const struct bz_machine *m = s->m;
    struct bz_state view = *s;

    walk->n_sites = 0;
    memset(walk->growth.grown, 0, m->n_layers * sizeof(*walk->growth.grown));
    memmove(walk->fate, fate, m->n_layers * sizeof(*fate)); /* may be the same array */
    view.x = walk->x;                                       /* without the summed layers: bz_field skips them */
    for (size_t l = 0; l < m->n_layers; l++) {
        const size_t size = m->layers[l].size;
        walk->counts[l] = bz_row_counts(s, l, row);
        walk->first_site[l] = walk->n_sites;
        walk->x[l] = fate[l] == BZ_SUMMED ? NULL : s->x[l];
        if (fate[l] == BZ_WALKED &&
            add_sites(walk, l, s->known[l] ? s->known[l] + row * size : NULL, s->x[l] + row * size, err) < 0)
            return -1;
    }
    walk->first_site[m->n_layers] = walk->n_sites;
    for (size_t l = 0; l < m->n_layers; l++)
        if (fate[l] != BZ_GIVEN)
            bz_field(&view, l, row, 1, true, walk->base + walk->at[l], w);
    walk->constant = given_weight(s, row, fate);
    return 0;
}

size_t bz_walk_states(const struct bz_walk *walk, size_t n)
{
    size_t states = 1;

    for (size_t i = 0; i < n; i++)
        states *= walk->site[i].states;
    return states;
}
