#include "autoencode.h"

#include "draw.h"
#include "kernels.h"
#include "unit.h"

#include <math.h>
#include <string.h>

int train_may_autoencode(const struct bz_machine *m, struct bz_error *err)
{
    size_t hidden = 0;
    for (size_t i = 0; i < m->n_layers; i++) {
        const struct bz_layer *l = &m->layers[i];
        if (bz_machine_has_lateral(m, i))
            return bz_fail(err, BZ_UNSUPPORTED, "layer %s: an autoencoder has no couplings inside a layer", l->name);
        if (l->role == BZ_LABEL)
            return bz_fail(err, BZ_UNSUPPORTED,
                           "layer %s: an autoencoder takes no labels; `boltz finetune` makes a classifier of it", l->name);
        if (bz_is_visible(l) && bz_unit_type(l->unit)->counted)
            return bz_fail(err, BZ_UNSUPPORTED, "layer %s: an autoencoder of counts is not supported", l->name);
        if (bz_unit_type(l->unit)->exclusive)
            return bz_fail(err, BZ_UNSUPPORTED, "layer %s: an autoencoder does not support bits that exclude each other",
                           l->name);
        if (!bz_is_visible(l) && !bz_unit_type(l->unit)->binary)
            return bz_fail(err, BZ_UNSUPPORTED,
                           "layer %s: expected bernoulli or spin units for the code of an autoencoder, found %s", l->name,
                           bz_unit_name(l->unit));
        hidden += !bz_is_visible(l);
    }
    return hidden == 1 ? 0 : bz_fail(err, BZ_UNSUPPORTED, "an autoencoder has one hidden layer, found %zu", hidden);
}

/* Corrupts a share of the units of a row: sets them to 0; gaussian ones get noise of that share of their deviation. Softmax
 * units are left out by whole groups. */
static void corrupt(const struct train_learner *l, size_t layer, size_t row, float *x)
{
    const struct bz_layer *unit = &l->m->layers[layer];
    const struct bz_unit_type *type = bz_unit_type(unit->unit);
    const size_t k = type->grouped ? unit->size / unit->groups : 1;
    const struct bz_key key = {
        .seed = l->seed, .step = l->updates, .chain = (uint32_t)row, .layer = (uint16_t)layer, .purpose = BZ_DRAW_MISC};
    for (size_t i = 0; i < unit->size; i += k) {
        if (type->has_sigma)
            x[i] += (float)(l->rule.denoise * bz_random_normal(&key, (uint32_t)i) / sqrt((double)unit->inv_var[i]));
        else if (bz_random_double(&key, (uint32_t)i) < l->rule.denoise)
            memset(x + i, 0, k * sizeof(*x));
    }
}

/* The rows to be encoded: missing values are at their typical value, some units are left out. */
static void take_inputs(struct train_learner *l, size_t first, size_t n)
{
    const struct bz_state *data = l->clamped.s;
    for (size_t i = 0; i < l->m->n_layers; i++) {
        const size_t size = l->m->layers[i].size;
        if (!bz_is_visible(&l->m->layers[i]))
            continue;
        float *x = l->running.s->x[i] + first * size;
        memcpy(x, data->x[i] + first * size, n * size * sizeof(*x));
        for (size_t j = 0; data->known[i] && j < n * size; j++)
            x[j] = data->known[i][first * size + j] ? x[j] : l->typical[i][j % size];
        for (size_t r = 0; l->rule.denoise > 0 && r < n; r++)
            corrupt(l, i, first + r, x + r * size);
    }
}

static void means(const struct bz_state *s, size_t layer, size_t first, size_t n, float *out, struct train_slot *slot)
{
    const struct bz_layer *unit = &s->m->layers[layer];
    bz_field(s, layer, first, n, false, out, slot->work);
    for (size_t r = 0; r < n; r++)
        bz_unit_type(unit->unit)->mean(unit, out + r * unit->size, 1, 0, out + r * unit->size);
}

/* clamped.x of visible layers: rows become their residuals e. */
static void take_errors(struct train_learner *l, size_t first, size_t n, struct train_slot *slot)
{
    struct bz_state *data = l->clamped.s;
    for (size_t i = 0; i < l->m->n_layers; i++) {
        const size_t size = l->m->layers[i].size;
        if (!bz_is_visible(&l->m->layers[i]))
            continue;
        float *x = data->x[i] + first * size;
        means(data, i, first, n, slot->scratch, slot);
        for (size_t j = 0; j < n * size; j++)
            x[j] = data->known[i] && !data->known[i][first * size + j] ? 0 : x[j] - slot->scratch[j];
    }
}

/* running.mean of the code: -d, the slope of a unit's mean times the backpropagated errors. */
static void take_slopes(struct train_learner *l, size_t code, size_t first, size_t n, struct train_slot *slot)
{
    const struct bz_machine *m = l->m;
    const size_t size = m->layers[code].size;
    const bool spin = bz_unit_type(m->layers[code].unit)->least < 0;
    const float *h = l->clamped.s->x[code] + first * size;
    float *d = l->running.mean[code] + first * size;
    memset(d, 0, n * size * sizeof(*d));
    for (size_t k = 0; k < m->n_links[code]; k++) {
        bz_field_link(l->clamped.s, code, k, first, n, slot->scratch, slot->work);
        for (size_t j = 0; j < n * size; j++)
            d[j] += slot->scratch[j];
    }
    for (size_t j = 0; j < n * size; j++)
        d[j] *= spin ? h[j] * h[j] - 1 : h[j] * (h[j] - 1);
}

static size_t code_layer(const struct bz_machine *m)
{
    size_t i = 0;
    while (bz_is_visible(&m->layers[i]))
        i++;
    return i;
}

/* Means of inputs and code over rows go to the clamped half, where offsets follow them; the other half is set so that the
 * difference is the gradient of the biases. */
static void add_sums(struct train_learner *l, size_t first, size_t n, float *clamped, float *running)
{
    const float weight = l->clamped.weight[0];
    for (size_t i = 0; i < l->m->n_layers; i++) {
        const size_t size = l->m->layers[i].size, at = l->layout.sum[i];
        const bool visible = bz_is_visible(&l->m->layers[i]);
        const float *typical = visible ? l->running.s->x[i] : l->clamped.s->x[i];
        const float *gradient = visible ? l->clamped.s->x[i] : l->running.mean[i];
        for (size_t r = first; r < first + n; r++) {
            bz_cpu()->axpy(clamped + at, weight, typical + r * size, size);
            bz_cpu()->axpy(running + at, -weight, typical + r * size, size);
            bz_cpu()->axpy(running + at, visible ? weight : -weight, gradient + r * size, size);
        }
    }
}

static void task(void *arg, size_t number)
{
    struct train_learner *l = arg;
    struct train_slot *slot = &l->slots[number];
    const size_t all = l->clamped.count, tasks = train_row_tasks(all), from = l->clamped.first + all * number / tasks;
    const size_t rows = l->clamped.first + all * (number + 1) / tasks - from, code = code_layer(l->m);
    float *clamped = slot->sums, *running = l->slots[TRAIN_MAX_ROW_TASKS + number].sums;
    memset(clamped, 0, l->layout.total * sizeof(*clamped));
    memset(running, 0, l->layout.total * sizeof(*running));
    l->read(l->read_arg, l->clamped.s, from, rows);
    for (size_t done = 0; done < rows; done += BZ_TILE) {
        const size_t first = from + done, n = rows - done < BZ_TILE ? rows - done : BZ_TILE;
        take_inputs(l, first, n);
        means(l->running.s, code, first, n, l->clamped.s->x[code] + first * l->m->layers[code].size, slot);
        take_errors(l, first, n, slot);
        take_slopes(l, code, first, n, slot);
        add_sums(l, first, n, clamped, running);
    }
}

void train_autoencode(struct train_learner *l, size_t n)
{
    l->clamped.s->n = l->running.s->n = n;
    for (size_t r = 0; r < n; r++) {
        l->clamped.weight[r] = 1 / (float)n;
        l->running.weight[r] = -1 / (float)n;
    }
    l->clamped.uniform = l->running.uniform = true;
    train_ranks_share(l->ranks, n, &l->clamped.first, &l->clamped.count);
    l->running.first = l->clamped.first;
    l->running.count = l->clamped.count;
    const size_t tasks = train_row_tasks(l->clamped.count);
    bz_parallel_for(l->par, tasks, task, l);
    train_add_slots(l, tasks, tasks);
}
