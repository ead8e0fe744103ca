#include "clamped.h"

#include "unit.h"

#include <math.h>
#include <string.h>

/* Means that move by less add nothing to a gradient that is averaged over a batch. */
static const float at_rest = 1e-4f;

static bool stands_still(const struct bz_state *s, size_t layer)
{
    return bz_is_visible(&s->m->layers[layer]) && !s->known[layer];
}

static void set_rows(float *x, const float *value, size_t n, size_t size)
{
    for (size_t r = 0; r < n; r++)
        memcpy(x + r * size, value, size * sizeof(float));
}

/* Hidden layers, and values that are missing, begin at their typical activities. True if one pass is exact. */
static bool begin(const struct train_learner *l, size_t first, size_t n)
{
    const struct bz_machine *m = l->m;
    const struct bz_state *s = l->clamped.s;
    bool exact = bz_machine_hidden_independent(m);
    for (size_t i = 0; i < m->n_layers; i++) {
        const size_t size = m->layers[i].size;
        float *x = s->x[i] + first * size;
        if (!bz_is_visible(&m->layers[i])) {
            set_rows(x, l->typical[i], n, size);
        } else if (s->known[i]) {
            exact = false;
            const uint8_t *known = s->known[i] + first * size;
            for (size_t j = 0; j < n * size; j++)
                if (!known[j])
                    x[j] = l->typical[i][j % size];
        }
    }
    return exact;
}

/* What each hidden layer gets from the layers that stand still, once for all sweeps. */
static void sum_still(const struct train_learner *l, size_t first, size_t n, struct train_slot *slot)
{
    const struct bz_machine *m = l->m;
    struct bz_state s = *l->clamped.s;
    for (size_t i = 0; i < m->n_layers; i++)
        slot->seen[i] = stands_still(&s, i) ? s.x[i] : NULL;
    s.x = slot->seen;
    for (size_t i = 0; i < m->n_layers; i++)
        if (slot->still[i])
            bz_field(&s, i, first, n, false, slot->still[i], slot->work);
}

/* The whole field of a layer, with lateral couplings. */
static void field_of(const struct bz_state *s, size_t layer, size_t first, size_t n, float *out, struct train_slot *slot)
{
    const struct bz_machine *m = s->m;
    const size_t entries = n * m->layers[layer].size;
    if (!slot->still[layer]) {
        bz_field(s, layer, first, n, true, out, slot->work);
        return;
    }
    memcpy(out, slot->still[layer], entries * sizeof(*out));
    for (size_t k = 0; k < m->n_links[layer]; k++) {
        if (stands_still(s, m->links[layer][k].layer))
            continue;
        bz_field_link(s, layer, k, first, n, slot->product, slot->work);
        for (size_t i = 0; i < entries; i++)
            out[i] += slot->product[i];
    }
}

/* x[layer] of rows first .. becomes its conditional mean given the other layers; known units keep their values, a layer with a
 * lateral coupling goes half the way (parallel updates of coupled means may oscillate). Returns the longest way a mean went. */
static float move(const struct bz_state *s, size_t layer, double t, size_t first, size_t n, struct train_slot *slot)
{
    const struct bz_layer *l = &s->m->layers[layer];
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    const uint8_t *known = s->known[layer] ? s->known[layer] + first * l->size : NULL;
    const float pace = bz_machine_has_lateral(s->m, layer) ? 0.5f : 1;
    float *x = s->x[layer] + first * l->size, *mean = slot->scratch, longest = 0;
    field_of(s, layer, first, n, mean, slot);
    for (size_t r = 0; r < n; r++) {
        double d = s->counts[layer] ? (double)s->counts[layer][first + r] : 0;
        type->mean(l, mean + r * l->size, t, d, mean + r * l->size);
    }
    for (size_t i = 0; i < n * l->size; i++) {
        const float way = known && known[i] ? 0 : pace * (mean[i] - x[i]), length = fabsf(way);
        x[i] += way;
        longest = length > longest ? length : longest; /* fmaxf would be a call */
    }
    return longest;
}

/* Hidden layers that are independent given what is known: their conditional means, as they are. */
static void infer_exactly(const struct train_learner *l, size_t first, size_t n, struct train_slot *slot)
{
    const struct bz_state *s = l->clamped.s;
    for (size_t i = 0; i < l->m->n_layers; i++) {
        const struct bz_layer *layer = &l->m->layers[i];
        float *x = s->x[i] + first * layer->size;
        if (bz_is_visible(layer))
            continue;
        bz_field(s, i, first, n, false, x, slot->work);
        for (size_t r = 0; r < n; r++)
            bz_unit_type(layer->unit)->mean(layer, x + r * layer->size, l->temperature[i], 0, x + r * layer->size);
    }
}

static float sweep(const struct train_learner *l, size_t first, size_t n, struct train_slot *slot)
{
    const struct bz_state *s = l->clamped.s;
    float longest = 0;
    for (int visible = 0; visible < 2; visible++)
        for (size_t i = 0; i < l->m->n_layers; i++)
            if (bz_is_visible(&l->m->layers[i]) == visible && !stands_still(s, i)) {
                const float way = move(s, i, l->temperature[i], first, n, slot);
                longest = way > longest ? way : longest;
            }
    return longest;
}

void train_infer(struct train_learner *l, size_t first, size_t n, struct train_slot *slot)
{
    if (begin(l, first, n)) {
        infer_exactly(l, first, n, slot);
        return;
    }
    sum_still(l, first, n, slot);
    for (size_t step = 0; step < l->rule.mean_field_steps; step++)
        if (sweep(l, first, n, slot) < at_rest)
            break;
}
