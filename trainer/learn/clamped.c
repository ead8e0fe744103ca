#include "clamped.h"

#include "draw.h"
#include "kernels.h"
#include "unit.h"

#include <math.h>
#include <string.h>

static bool stands_still(const struct bz_state *s, size_t layer, const struct train_slot *slot)
{
    return bz_is_visible(&s->m->layers[layer]) && (slot->filled || !s->known[layer]);
}

static void set_rows(float *x, const float *value, size_t n, size_t size)
{
    for (size_t r = 0; r < n; r++)
        memcpy(x + r * size, value, size * sizeof(float));
}

/* Hidden layers begin at their typical activities. */
static void begin_hidden(const struct train_learner *l, size_t first, size_t n)
{
    for (size_t i = 0; i < l->m->n_layers; i++)
        if (!bz_is_visible(&l->m->layers[i]))
            set_rows(l->clamped.s->x[i] + first * l->m->layers[i].size, l->typical[i], n, l->m->layers[i].size);
}

/* Where rows are in groups, the missing values of one that has some begin at the centre of its group: from the middle of all
 * groups inference may lead to a wrong one, which drawing does not leave. */
static void begin_in_groups(const struct train_learner *l, size_t row)
{
    const struct train_clusters *c = l->clusters;
    const struct bz_state *s = l->clamped.s;
    const double *centre = c->centre + train_cluster_of_known(c, s, row) * c->size;
    for (size_t i = 0; i < l->m->n_layers; i++) {
        const size_t size = l->m->layers[i].size;
        if (!bz_is_visible(&l->m->layers[i]))
            continue;
        for (size_t j = 0; s->known[i] && j < size; j++)
            if (!s->known[i][row * size + j])
                s->x[i][row * size + j] = (float)centre[j];
        centre += size;
    }
}

/* Missing values begin at typical ones. True if there are any. */
static bool begin_gaps(const struct train_learner *l, size_t first, size_t n)
{
    const struct bz_state *s = l->clamped.s;
    bool gaps = false;
    for (size_t i = 0; i < l->m->n_layers; i++) {
        const size_t size = l->m->layers[i].size;
        if (!bz_is_visible(&l->m->layers[i]) || !s->known[i])
            continue;
        const uint8_t *known = s->known[i] + first * size;
        float *x = s->x[i] + first * size;
        for (size_t j = 0; j < n * size; j++)
            if (!known[j]) {
                x[j] = l->typical[i][j % size];
                gaps = true;
            }
    }
    for (size_t r = first; gaps && l->clusters && r < first + n; r++)
        begin_in_groups(l, r);
    return gaps;
}

/* --- mean field --- */

/* Fields of the hidden layers at their typical activities, common to all rows. */
static void begin_fields(const struct train_learner *l, size_t first, size_t n, struct train_slot *slot)
{
    const struct bz_machine *m = l->m;
    struct bz_state s = *l->clamped.s;
    for (size_t i = 0; i < m->n_layers; i++)
        slot->seen[i] = stands_still(&s, i, slot) ? s.x[i] : NULL;
    s.x = slot->seen;
    for (size_t i = 0; i < m->n_layers; i++) {
        const size_t size = m->layers[i].size;
        if (!slot->field[i])
            continue;
        bz_field(&s, i, first, n, true, slot->field[i], slot->work);
        for (size_t k = 0; k < m->n_links[i]; k++) {
            const size_t other = m->links[i][k].layer, rows = bz_is_visible(&m->layers[other]) ? n : 1;
            if (s.x[other])
                continue;
            bz_field_link(l->clamped.s, i, k, first, rows, slot->scratch, slot->work);
            for (size_t r = 0; r < n; r++)
                bz_cpu()->axpy(slot->field[i] + r * size, 1, slot->scratch + r % rows * size, size);
        }
    }
}

/* Updates the fields of the layer's neighbours by its change, in slot->scratch. */
static void pass_on(const struct bz_machine *m, size_t layer, size_t n, struct train_slot *slot)
{
    for (size_t i = 0; i < m->n_layers; i++)
        for (size_t k = 0; slot->field[i] && k < m->n_links[i]; k++)
            if (m->links[i][k].layer == layer)
                bz_field_change(m, i, k, slot->scratch, n, slot->field[i], slot->work);
}

/* Moves x towards mean, which becomes the steps taken. Returns the longest way. Lengths are compared as whole numbers, which
 * have the same order and, unlike floats, can be compared side by side. */
static float take_steps(float *restrict x, float *restrict mean, size_t n, float pace, float at_rest)
{
    uint32_t most = 0;
    float longest;
    for (size_t i = 0; i < n; i++) {
        const float way = pace * (mean[i] - x[i]), length = fabsf(way), step = length < at_rest ? 0 : way;
        uint32_t bits;
        memcpy(&bits, &length, sizeof(bits));
        x[i] += step;
        mean[i] = step;
        most = bits > most ? bits : most;
    }
    memcpy(&longest, &most, sizeof(longest));
    return longest;
}

/* x[layer] of rows first .. becomes its conditional mean given the other layers, except for units already there and rows that
 * rest; known units keep their values, a layer with a lateral coupling goes half the way (parallel updates of coupled
 * means may oscillate). Lengthens longest[n] to the row's largest change of a mean. */
static void move(const struct train_learner *learner, size_t layer, size_t first, size_t n, struct train_slot *slot)
{
    const struct bz_state *s = learner->clamped.s;
    const struct bz_layer *l = &s->m->layers[layer];
    const double t = learner->temperature[layer];
    const float pace = bz_machine_has_lateral(s->m, layer) ? 0.5f : 1;
    if (!slot->field[layer])
        bz_field(s, layer, first, n, true, slot->scratch, slot->work);
    for (size_t r = 0; r < n; r++) {
        float *x = s->x[layer] + (first + r) * l->size, *mean = slot->scratch + r * l->size;
        if (slot->rests[r]) {
            memset(mean, 0, l->size * sizeof(*mean));
            continue;
        }
        if (slot->field[layer])
            memcpy(mean, slot->field[layer] + r * l->size, l->size * sizeof(*mean));
        bz_row_means(l, x, bz_row_known(s, layer, first + r), t, bz_row_counts(s, layer, first + r), mean);
        slot->longest[r] = fmaxf(slot->longest[r], take_steps(x, mean, l->size, pace, learner->rule.at_rest));
    }
}

/* Sets hidden layers that are independent given what is known to their conditional means. */
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

static void sweep(const struct train_learner *l, size_t first, size_t n, struct train_slot *slot)
{
    const struct bz_state *s = l->clamped.s;
    for (int visible = 0; visible < 2; visible++)
        for (size_t i = 0; i < l->m->n_layers; i++)
            if (bz_is_visible(&l->m->layers[i]) == visible && !stands_still(s, i, slot)) {
                move(l, i, first, n, slot);
                pass_on(l->m, i, n, slot);
            }
}

/* Each row until it rests, so that what becomes of it does not depend on the others of its tile. */
static void mean_field(const struct train_learner *l, size_t first, size_t n, struct train_slot *slot)
{
    size_t resting = 0;
    begin_fields(l, first, n, slot);
    memset(slot->rests, 0, sizeof(slot->rests));
    for (size_t step = 0; step < l->rule.mean_field_steps && resting < n; step++) {
        memset(slot->longest, 0, sizeof(slot->longest));
        sweep(l, first, n, slot);
        resting = 0;
        for (size_t r = 0; r < n; r++)
            resting += slot->rests[r] = slot->longest[r] < l->rule.at_rest;
    }
}

/* --- gaps --- */

/* Draws a layer given the others: all of a hidden one, the missing values of a visible one. */
static void draw(const struct train_learner *l, size_t layer, uint64_t step, size_t first, size_t n, struct train_slot *slot)
{
    const struct bz_state *s = l->clamped.s;
    const size_t size = l->m->layers[layer].size;
    float *field = slot->scratch;
    struct bz_row row = bz_row_of(l->m, layer);
    row.t = l->temperature[layer];
    bz_field(s, layer, first, n, false, field, slot->work);
    for (size_t r = 0; r < n; r++) {
        const struct bz_key key = bz_key_at(l->seed, (uint32_t)(first + r), step, layer, BZ_DRAW_MISC);
        row.key = &key;
        row.known = bz_is_visible(row.layer) ? bz_row_known(s, layer, first + r) : NULL;
        row.field = row.spare[0] = field + r * size; /* a draw may overwrite its field */
        row.x = s->x[layer] + (first + r) * size;
        bz_row_draw(&row);
    }
}

/* Values that are missing are drawn by Gibbs sampling with the known ones held. Means would do harm: the product of two units'
 * means is the correlation of independent units, and teaches the machine that they are. Rows without a count get no words.
 * False if layers are coupled to themselves: these keep their means. */
static bool fill_gaps(const struct train_learner *l, size_t first, size_t n, struct train_slot *slot)
{
    const struct bz_machine *m = l->m;
    for (size_t i = 0; i < m->n_layers; i++)
        if (bz_machine_has_lateral(m, i))
            return false;
    const uint64_t begin = l->updates * l->rule.mean_field_steps;
    for (size_t step = 0; step < l->rule.mean_field_steps; step++)
        for (int visible = 0; visible < 2; visible++)
            for (size_t i = 0; i < m->n_layers; i++)
                if (bz_is_visible(&m->layers[i]) == visible && !stands_still(l->clamped.s, i, slot) &&
                    !bz_unit_type(m->layers[i].unit)->counted)
                    draw(l, i, begin + step, first, n, slot);
    return true;
}

void train_infer(struct train_learner *l, size_t first, size_t n, struct train_slot *slot)
{
    const bool gaps = begin_gaps(l, first, n), independent = bz_machine_hidden_independent(l->m);
    slot->filled = !gaps;
    begin_hidden(l, first, n);
    if (gaps) {
        mean_field(l, first, n, slot);
        slot->filled = fill_gaps(l, first, n, slot);
        if (!slot->filled)
            return;
        begin_hidden(l, first, n);
    }
    if (independent)
        infer_exactly(l, first, n, slot);
    else
        mean_field(l, first, n, slot);
}
