#include "multi.h"

#include "finetune.h"
#include "linalg.h"
#include "mem.h"
#include "multi_pass.h"
#include "rng.h"
#include "unit.h"

#include <math.h>
#include <string.h>

enum { ROW_TASKS = 4, MEASUREMENTS = 40 }; /* parts of a batch: a fixed number, so that the bits do not depend on threads */

int train_may_multi(const struct bz_machine *m, long layer, struct bz_error *err)
{
    for (size_t i = 0; i < m->n_layers; i++) {
        const struct bz_layer *l = &m->layers[i];
        const bool plain = bz_unit_type(l->unit)->binary;
        if (bz_machine_has_lateral(m, i) || (!bz_is_visible(l) && !plain))
            return bz_fail(err, BZ_UNSUPPORTED,
                           "layer %s: multi-prediction needs bernoulli or spin hidden units and no couplings inside a layer",
                           l->name);
        if (bz_unit_type(l->unit)->counted && layer < 0)
            return bz_fail(err, BZ_UNSUPPORTED,
                           "layer %s: of counts no random parts can be predicted, expected --predict with the name of a layer",
                           l->name);
    }
    for (size_t c = 0; c < m->n_couplings; c++)
        if (m->couplings[c].index)
            return bz_fail(err, BZ_UNSUPPORTED, "coupling %s~%s: multi-prediction of sparse couplings is not supported",
                           m->layers[m->couplings[c].a].name, m->layers[m->couplings[c].b].name);
    if (layer >= 0 && !bz_is_visible(&m->layers[layer]))
        return bz_fail(err, BZ_UNSUPPORTED, "layer %s: expected a visible layer to predict", m->layers[layer].name);
    return 0;
}

struct run {
    struct bz_machine *m;
    const struct train_multi_data *data;
    const struct train_multi_settings *s;
    struct train_pass pass[ROW_TASKS];
    double loss[ROW_TASKS];
    float *velocity, *second, *kept; /* [m->block_size] */
    size_t *rows, n_rows, next, round;
    size_t *valid, n_valid;
    /* of the batch under way */
    const size_t *batch;
    size_t n;
    uint64_t number; /* of the update; for held-out rows always the same */
    bool learning;
    struct train_multi_result *out;
};

/* --- what is hidden --- */

/* The choice that a unit is a state of, the unit itself where there is none. */
static size_t choice_of(const struct bz_layer *l, size_t unit)
{
    const size_t k = bz_unit_type(l->unit)->grouped ? l->size / l->groups : 1;
    return l->exclusion.group ? l->exclusion.group[unit] : unit / k;
}

/* A choice of which a part is not known is not there to be asked for, or shown. */
static bool is_known(const struct bz_layer *l, size_t unit, const uint8_t *known)
{
    const struct bz_exclusion *e = &l->exclusion;
    if (!known || !e->group)
        return !known || known[unit];
    for (size_t k = e->first[e->group[unit]]; k < e->first[e->group[unit] + 1]; k++)
        if (!known[e->unit[k]])
            return false;
    return true;
}

/* Words of one row are shown or asked for together; those that are not shown are as many as usual, as they will be when they
 * are to be predicted. Returns how many to predict. */
static size_t fill_words(const struct run *r, struct train_pass *p, size_t layer, size_t at, size_t row)
{
    const struct bz_layer *l = &r->m->layers[layer];
    const uint8_t *known = r->data->known && r->data->known[layer] ? r->data->known[layer] + row * l->size : NULL;
    const bool there = r->data->x[layer] && (!known || memchr(known, 1, l->size)), hidden = r->s->layer == (long)layer;
    float *x = p->x[layer] + at * l->size;
    double words = 0;
    for (size_t u = 0; u < l->size; u++) {
        x[u] = there && (!known || known[u]) ? r->data->x[layer][row * l->size + u] : 0;
        words += (double)x[u];
    }
    memset(p->asked[layer] + at * l->size, there && hidden, l->size);
    memset(p->shown[layer] + at * l->size, there && !hidden, l->size);
    p->counts[layer][at] = (float)(there && !hidden ? words : bz_usual_counts(l));
    return hidden ? (size_t)words : 0;
}

/* One row of a pass: its values, which are shown and which to predict. Returns how many to predict. */
static size_t fill_row(const struct run *r, struct train_pass *p, size_t at, size_t row)
{
    const struct bz_machine *m = r->m;
    struct bz_key key = {
        .seed = r->s->seed, .step = r->number, .chain = (uint32_t)row, .layer = UINT16_MAX, .purpose = BZ_DRAW_MISC};
    const double share = 0.1 + 0.8 * bz_random_double(&key, 0), leave = r->learning ? r->s->leave_out : 0;
    size_t asked = 0;
    for (size_t i = 0; i < m->n_layers; i++) {
        const struct bz_layer *l = &m->layers[i];
        if (p->counts[i])
            asked += fill_words(r, p, i, at, row);
        if (!bz_is_visible(l) || p->counts[i])
            continue;
        float *x = p->x[i] + at * l->size;
        uint8_t *shown = p->shown[i] + at * l->size, *ask = p->asked[i] + at * l->size;
        const uint8_t *known = r->data->known && r->data->known[i] ? r->data->known[i] + row * l->size : NULL;
        if (r->data->x[i])
            memcpy(x, r->data->x[i] + row * l->size, l->size * sizeof(float));
        key.layer = (uint16_t)i;
        for (size_t u = 0; u < l->size; u++) {
            const bool there = r->data->x[i] && is_known(l, u, known);
            const double point = bz_random_double(&key, (uint32_t)choice_of(l, u));
            const bool hidden = r->s->layer < 0 ? point < share : r->s->layer == (long)i;
            ask[u] = there && hidden;
            shown[u] = there && !hidden && (r->s->layer < 0 || point >= leave);
            asked += ask[u];
        }
    }
    return asked;
}

/* Which hidden units are left out for a row. */
static void drop(const struct run *r, struct train_pass *p, size_t at, size_t row)
{
    struct bz_key key = {.seed = r->s->seed, .step = r->number, .chain = (uint32_t)row, .purpose = BZ_DRAW_MISC};
    p->keep = r->learning ? (float)(1 - r->s->dropout) : 1;
    for (size_t l = 0; p->keep < 1 && l < r->m->n_layers; l++) {
        const size_t size = r->m->layers[l].size;
        key.layer = (uint16_t)l;
        for (size_t j = 0; p->kept[l] && j < size; j++)
            p->kept[l][at * size + j] = bz_random_double(&key, (uint32_t)j) < r->s->dropout ? 0 : 1 / p->keep;
    }
}

static void fill(struct run *r, size_t task, size_t first, size_t n)
{
    struct train_pass *p = &r->pass[task];
    p->n = n;
    for (size_t i = 0; i < n; i++) {
        drop(r, p, i, r->batch[first + i]);
        const size_t asked = fill_row(r, p, i, r->batch[first + i]);
        p->weight[i] = asked ? 1 / ((float)asked * (float)r->n) : 0;
    }
}

static void rows_task(void *arg, size_t task)
{
    struct run *r = arg;
    const size_t first = r->n * task / ROW_TASKS, end = r->n * (task + 1) / ROW_TASKS;
    r->loss[task] = 0;
    if (r->learning)
        memset(r->pass[task].gradient, 0, r->m->block_size * sizeof(float));
    if (first == end)
        return;
    fill(r, task, first, end - first);
    r->loss[task] = train_pass_forward(&r->pass[task]);
    if (r->learning)
        train_pass_backward(&r->pass[task]);
}

static double go(struct run *r, const size_t *rows, size_t n, uint64_t number, bool learning)
{
    double loss = 0;
    r->batch = rows;
    r->n = n;
    r->number = number;
    r->learning = learning;
    bz_parallel_for(r->s->par, ROW_TASKS, rows_task, r);
    for (size_t t = 0; t < ROW_TASKS; t++)
        loss += r->loss[t];
    return loss;
}

static double measure(struct run *r)
{
    double sum = 0;
    for (size_t i = 0; i < r->n_valid; i += r->s->batch) {
        const size_t n = r->n_valid - i < r->s->batch ? r->n_valid - i : r->s->batch;
        sum += go(r, r->valid + i, n, UINT64_MAX, false) * (double)n;
    }
    return r->n_valid ? sum / (double)r->n_valid : (double)NAN;
}

/* --- updates --- */

static void shuffle(size_t *rows, size_t n, uint64_t seed, uint64_t round)
{
    const struct bz_key key = {.seed = seed, .step = round, .purpose = BZ_DRAW_SHUFFLE};
    for (size_t i = n; i > 1; i--) {
        const size_t j = (size_t)(bz_random_double(&key, (uint32_t)i) * (double)i), row = rows[i - 1];
        rows[i - 1] = rows[j];
        rows[j] = row;
    }
}

/* Biases and weights move; deviations and offsets stay. */
static void take_step(struct run *r, size_t update)
{
    struct bz_machine *m = r->m;
    float *g = r->pass[0].gradient;
    for (size_t t = 1; t < ROW_TASKS; t++)
        for (size_t i = 0; i < m->block_size; i++)
            g[i] += r->pass[t].gradient[i];
    const double rate = r->s->rate * (1 - (double)update / (double)r->s->updates);
    struct train_step step = train_step_make(r->s->optimizer, rate, 0.9, 0, update + 1);
    for (size_t l = 0; l < m->n_layers; l++) {
        float *bias = bz_machine_bias(m, l);
        const size_t at = (size_t)(bias - m->block);
        train_step_apply(&step, bias, r->velocity + at, r->second ? r->second + at : NULL, g + at, m->layers[l].size);
    }
    step.decay = (float)r->s->decay;
    for (size_t c = 0; c < m->n_couplings; c++) {
        float *w = bz_machine_weight(m, c);
        const size_t at = (size_t)(w - m->block);
        train_step_apply(&step, w, r->velocity + at, r->second ? r->second + at : NULL, g + at, bz_coupling_weights(m, c));
    }
    bz_machine_prepare(m, NULL); /* prepared before: cannot fail */
}

static void note(struct run *r, size_t update, double loss, double valid)
{
    struct train_multi_result *out = r->out;
    out->points[out->n_points++] = (struct train_multi_point){.update = update, .loss = loss, .valid_loss = valid};
    if (r->n_valid && !(valid < out->loss))
        return;
    out->loss = valid;
    out->best = update;
    memcpy(r->kept, r->m->block, r->m->block_size * sizeof(float));
}

static int learn(struct run *r, struct bz_error *err)
{
    const size_t updates = r->s->updates, each = (updates + MEASUREMENTS - 1) / MEASUREMENTS;
    double loss = 0;
    size_t since = 0;
    r->out->start = measure(r);
    note(r, 0, (double)NAN, r->out->start);
    for (size_t u = 0; u < updates; u++) {
        if (r->next + r->s->batch > r->n_rows) {
            shuffle(r->rows, r->n_rows, r->s->seed, r->round++);
            r->next = 0;
        }
        const size_t n = r->s->batch < r->n_rows ? r->s->batch : r->n_rows;
        loss += go(r, r->rows + r->next, n, u + 1, true);
        r->next += n;
        since++;
        take_step(r, u);
        if ((u + 1) % each && u + 1 < updates)
            continue;
        if (!isfinite(loss))
            return bz_fail(err, BZ_DIVERGED, "update %zu: the loss is not finite; a smaller --learning-rate helps", u + 1);
        note(r, u + 1, loss / (double)since, measure(r));
        loss = 0;
        since = 0;
        if (r->s->say && r->s->say(r->s->arg, &r->out->points[r->out->n_points - 1], err) < 0)
            return -1;
    }
    return 0;
}

/* --- afterwards --- */

/* The kept parameters, with the couplings of shown layers multiplied by `by`. Offsets stay, so it is the deviations from
 * typical values that count for more. */
static void scale_evidence(struct run *r, double by)
{
    struct bz_machine *m = r->m;
    memcpy(m->block, r->kept, m->block_size * sizeof(float));
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t ends[] = {m->couplings[c].a, m->couplings[c].b};
        bool shown = false;
        for (size_t e = 0; e < 2; e++)
            shown = shown || (bz_is_visible(&m->layers[ends[e]]) && (long)ends[e] != r->s->layer);
        float *w = bz_machine_weight(m, c);
        for (size_t i = 0; shown && i < bz_coupling_weights(m, c); i++)
            w[i] *= (float)by;
    }
    bz_machine_prepare(m, NULL); /* prepared before: cannot fail */
}

/* Dropout and partly shown rows leave predictions too close to the base rates, which hurts rare units most. A factor on the
 * evidence of what is shown corrects this: steps of a tenth, as long as held-out rows gain. Leaves the best parameters in the
 * machine. */
static void calibrate(struct run *r)
{
    enum { MOST_STEPS = 12 };
    r->out->scale = 1;
    for (int up = 1; up >= 0 && r->out->scale == 1; up--) {
        double by = 1;
        for (int step = 0; r->s->layer >= 0 && r->n_valid && step < MOST_STEPS; step++) {
            by *= up ? 1.1 : 1 / 1.1;
            scale_evidence(r, by);
            const double loss = measure(r);
            if (!(loss < r->out->loss))
                break;
            r->out->loss = loss;
            r->out->scale = by;
        }
    }
    scale_evidence(r, r->out->scale);
}

/* Something is known of a layer that is to be predicted. */
static bool may_teach(const struct bz_machine *m, const struct train_multi_data *d, long layer, size_t row)
{
    if (layer < 0 || !d->known || !d->known[layer])
        return true;
    const size_t size = m->layers[layer].size;
    return memchr(d->known[layer] + row * size, 1, size) != NULL;
}

size_t train_multi_rows(const struct bz_machine *m, const struct train_multi_data *d, long layer)
{
    size_t n = 0;
    for (size_t i = 0; i < d->rows; i++)
        n += may_teach(m, d, layer, i);
    return n;
}

static int open_run(struct run *r, struct bz_error *err)
{
    const size_t rows = train_multi_rows(r->m, r->data, r->s->layer), batch = r->s->batch < rows ? r->s->batch : rows;
    const size_t floats = r->m->block_size;
    if (rows == 0)
        return bz_fail(err, BZ_BAD_INPUT, "no row has a value of layer %s, expected some to learn from",
                       r->m->layers[r->s->layer > 0 ? r->s->layer : 0].name);
    for (size_t t = 0; t < ROW_TASKS; t++)
        if (train_pass_new(&r->pass[t], r->m, batch / ROW_TASKS + 1, r->s->passes, err) < 0)
            return -1;
    if (!(r->velocity = bz_alloc(floats, sizeof(float), err)) || !(r->kept = bz_alloc(floats, sizeof(float), err)) ||
        (r->s->optimizer == TRAIN_ADAM && !(r->second = bz_alloc(floats, sizeof(float), err))) ||
        !(r->rows = bz_alloc(rows, sizeof(size_t), err)) ||
        !(r->out->points = bz_alloc(MEASUREMENTS + 2, sizeof(*r->out->points), err)))
        return -1;
    for (size_t i = 0, n = 0; i < r->data->rows; i++)
        if (may_teach(r->m, r->data, r->s->layer, i))
            r->rows[n++] = i;
    shuffle(r->rows, rows, r->s->seed, UINT64_MAX);
    r->n_valid = train_finetune_held_out(rows, r->s->valid_fraction);
    r->n_rows = rows - r->n_valid;
    r->valid = r->rows + r->n_rows;
    r->next = r->n_rows;
    r->out->learned = r->n_rows;
    r->out->valid = r->n_valid;
    return 0;
}

int train_multi(struct bz_machine *m, const struct train_multi_data *data, const struct train_multi_settings *s,
                struct train_multi_result *out, struct bz_error *err)
{
    *out = (struct train_multi_result){.start = (double)NAN, .loss = (double)NAN};
    struct run r = {.m = m, .data = data, .s = s, .out = out};
    int rc = -1;
    out->loss = (double)INFINITY;
    if (train_may_multi(m, s->layer, err) == 0 && train_linalg_load(err) == 0 && open_run(&r, err) == 0 &&
        learn(&r, err) == 0) {
        calibrate(&r);
        rc = 0;
    }
    for (size_t t = 0; t < ROW_TASKS; t++)
        train_pass_free(&r.pass[t]);
    bz_free_all(r.velocity, r.second, r.kept, r.rows);
    return rc;
}

void train_multi_free(struct train_multi_result *r)
{
    bz_free(r->points);
    *r = (struct train_multi_result){0};
}
