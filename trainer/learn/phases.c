#include "phases.h"

#include "check.h"
#include "clamped.h"
#include "draw.h"

#include "kernels.h"
#include "pass.h"
#include "shares.h"
#include "unit.h"
#include "ways.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROWS_PER_TASK = 25
}; /* roughly; the boundaries depend only on the number of rows, so results do not depend on threads */

size_t train_row_tasks(size_t n)
{
    size_t tasks = (n + ROWS_PER_TASK - 1) / ROWS_PER_TASK;
    return tasks < TRAIN_MAX_ROW_TASKS ? tasks : TRAIN_MAX_ROW_TASKS;
}

size_t train_task_tile(size_t n)
{
    const size_t each = (n + TRAIN_MAX_ROW_TASKS - 1) / TRAIN_MAX_ROW_TASKS, least = n < ROWS_PER_TASK ? n : ROWS_PER_TASK;
    return each > BZ_TILE ? BZ_TILE : each > least ? each : least;
}

size_t train_row_groups(const struct bz_parallel *par, size_t n)
{
    const size_t tasks = train_row_tasks(n), threads = par && par->threads > 1 ? par->threads : 1;
    return threads < tasks ? threads : tasks;
}

static bool has_lateral(const struct bz_machine *m, size_t layer)
{
    return bz_machine_has_lateral(m, layer);
}

/* --- running free --- */

static bool start_from_data(const struct train_learner *l)
{
    return train_algorithm(l->rule.algorithm)->from_data || (!l->chains_ready && !l->moving);
}

/* Draws a layer of rows from first on; its conditional means are kept where they can replace states. */
static void draw_rows(struct train_learner *l, size_t layer, size_t first, size_t n, struct train_slot *slot)
{
    struct bz_chains *c = l->chains;
    struct bz_state *s = c->s;
    const struct bz_layer *unit = &l->m->layers[layer];
    struct bz_row row = bz_row_of(l->m, layer);
    row.t = l->temperature[layer];
    if (has_lateral(l->m, layer)) {
        bz_gibbs_layer(c, layer, first, n, slot->work);
        return;
    }
    float *x = s->x[layer] + first * unit->size, *mean = l->running.mean[layer] + first * unit->size;
    bz_field(s, layer, first, n, false, mean, slot->work); /* mean may be x: then only the draw is kept */
    for (size_t r = 0; r < n; r++) {
        const struct bz_key key = bz_key_at(c->seed[first + r], c->index[first + r], c->step[first + r], layer, BZ_DRAW_UNIT);
        row.key = &key;
        row.d = bz_row_counts(s, layer, first + r);
        row.field = mean + r * unit->size;
        row.x = x + r * unit->size;
        bz_row_draw(&row);
        if (mean != x)
            bz_row_means(unit, NULL, NULL, row.t, row.d, row.field);
    }
}

static void draw_layers(struct train_learner *l, bool visible, size_t first, size_t n, struct train_slot *slot)
{
    for (size_t k = 0; k < l->m->n_layers; k++)
        if (bz_is_visible(&l->m->layers[l->order[k]]) == visible)
            draw_rows(l, l->order[k], first, n, slot);
}

static void advance(struct bz_chains *c, size_t first, size_t n)
{
    for (size_t r = first; r < first + n; r++)
        c->step[r]++;
}

/* Chains take up data rows, hidden layers drawn from there. */
static void start_tile(struct train_learner *l, size_t first, size_t n, struct train_slot *slot)
{
    const struct bz_state *data = l->clamped.s;
    struct bz_state *s = l->running.s;
    for (size_t i = 0; i < l->m->n_layers; i++) {
        const size_t size = l->m->layers[i].size;
        for (size_t r = first; r < first + n; r++) {
            memcpy(s->x[i] + r * size, data->x[i] + r % data->n * size, size * sizeof(float));
            if (s->counts[i])
                s->counts[i][r] = data->counts[i][r % data->n];
        }
    }
    draw_layers(l, false, first, n, slot);
    advance(l->chains, first, n);
}

/* Means of the layers that keep them, given the states as they are. */
static void means_of_states(struct train_learner *l, size_t first, size_t n, struct train_slot *slot)
{
    const struct bz_state *s = l->running.s;
    for (size_t i = 0; i < l->m->n_layers; i++) {
        const struct bz_layer *unit = &l->m->layers[i];
        float *mean = l->running.mean[i] + first * unit->size;
        if (l->running.mean[i] == s->x[i])
            continue;
        bz_field(s, i, first, n, false, mean, slot->work);
        for (size_t r = 0; r < n; r++)
            bz_unit_type(unit->unit)->mean(unit, mean + r * unit->size, l->temperature[i], 0, mean + r * unit->size);
    }
}

/* A sweep draws the visible layers, then the hidden ones, so that the means of the hidden layers belong to the visible states
 * that they are multiplied with. */
static void run_tile(struct train_learner *l, size_t first, size_t n, struct train_slot *slot)
{
    if (start_from_data(l))
        start_tile(l, first, n, slot);
    for (size_t k = 0; k < l->rule.sweeps && !l->moving; k++) {
        draw_layers(l, true, first, n, slot);
        draw_layers(l, false, first, n, slot);
        advance(l->chains, first, n);
    }
    if (l->rule.sweeps == 0 || l->moving)
        means_of_states(l, first, n, slot);
}

/* Free-running documents get the lengths of the data's, since statistics of other lengths would not be comparable. Chain k of n
 * takes the (k + 1/2)/n quantile, so a chain's length changes little from update to update. */
static int compare_lengths(const void *a, const void *b)
{
    const struct train_length *x = a, *y = b;
    if (x->words != y->words)
        return x->words < y->words ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static void match_lengths(struct train_learner *l)
{
    const struct bz_machine *m = l->m;
    const struct bz_state *data = l->clamped.s;
    struct bz_state *s = l->running.s;
    struct train_length *lengths = l->lengths;
    for (size_t r = 0; r < data->n; r++) {
        lengths[r] = (struct train_length){0, r};
        for (size_t i = 0; i < m->n_layers; i++)
            if (data->counts[i])
                lengths[r].words += (double)data->counts[i][r];
    }
    qsort(lengths, data->n, sizeof(*lengths), compare_lengths);
    for (size_t r = 0; r < s->n; r++) {
        size_t from = lengths[(2 * r + 1) * data->n / (2 * s->n)].row;
        for (size_t i = 0; i < m->n_layers; i++)
            if (s->counts[i])
                s->counts[i][r] = data->counts[i][from];
    }
}

/* --- sums --- */

static void add_rows(float *sum, const struct train_phase *p, const float *x, size_t size, const float *counts, size_t first,
                     size_t n)
{
    for (size_t r = first; r < first + n; r++)
        bz_cpu()->axpy(sum, counts ? p->weight[r] * counts[r] : p->weight[r], x + r * size, size);
}

static void add_sums(const struct train_learner *l, const struct train_phase *p, size_t first, size_t n, float *sums)
{
    const struct bz_machine *m = l->m;
    for (size_t i = 0; i < m->n_layers; i++) {
        const size_t size = m->layers[i].size;
        add_rows(sums + l->layout.sum[i], p, p->mean[i], size, NULL, first, n);
        if (l->layout.square[i] != SIZE_MAX) {
            float *square = sums + l->layout.square[i];
            for (size_t r = first; r < first + n; r++)
                for (size_t j = 0; j < size; j++)
                    square[j] += p->weight[r] * p->mean[i][r * size + j] * p->mean[i][r * size + j];
        }
        if (l->layout.counts[i] != SIZE_MAX)
            for (size_t r = first; r < first + n; r++)
                sums[l->layout.counts[i]] += p->weight[r] * p->s->counts[i][r];
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t layer[2] = {m->couplings[c].a, m->couplings[c].b};
        for (size_t side = 0; side < 2; side++)
            if (l->layout.cross[c][side] != SIZE_MAX)
                add_rows(sums + l->layout.cross[c][side], p, p->mean[layer[side]], m->layers[layer[side]].size,
                         p->s->counts[layer[1 - side]], first, n);
    }
}

/* --- tasks --- */

/* The share of n rows of tasks from .. to-1 of this many. */
static void rows_of_tasks(size_t n, size_t tasks, size_t from, size_t to, size_t *first, size_t *count)
{
    *first = n * from / tasks;
    *count = n * to / tasks - *first;
}

/* A group: adjacent tasks, whose rows share the reading of the weights, and whose sums are taken separately. */
struct group {
    struct train_slot *slots; /* of the phase */
    size_t number, rows, tasks, from, to;
};

static struct group group_of(struct train_slot *slots, size_t rows, size_t groups, size_t number)
{
    const size_t tasks = train_row_tasks(rows);
    return (struct group){slots, number, rows, tasks, tasks * number / groups, tasks * (number + 1) / groups};
}

/* Several processes read only their own rows, except in two cases: chains that start from the data may take any row, and the
 * lengths of free-running documents follow from those of the whole batch. */
static bool starts_from_all(const struct train_learner *l)
{
    return l->ranks && !train_algorithm(l->rule.algorithm)->from_data && start_from_data(l);
}

bool train_reads_all(const struct train_learner *l)
{
    return starts_from_all(l) || (l->ranks && l->lengths);
}

/* This process's share of rows first .. first+n-1. */
static void clip(const struct train_phase *p, size_t *first, size_t *n)
{
    const size_t from = *first > p->first ? *first : p->first, end = *first + *n, last = p->first + p->count;
    const size_t to = end < last ? end : last;
    *first = from;
    *n = to > from ? to - from : 0;
}

/* shift: where the rows of the first task begin. */
static void sum_tasks(const struct train_learner *l, const struct train_phase *p, const struct group *g, size_t shift)
{
    for (size_t k = g->from; k < g->to; k++) {
        size_t first, n;
        rows_of_tasks(g->rows, g->tasks, k, k + 1, &first, &n);
        first += shift;
        clip(p, &first, &n);
        memset(g->slots[k].sums, 0, l->layout.total * sizeof(float));
        add_sums(l, p, first, n, g->slots[k].sums);
    }
}

/* How many groups n rows of data make. What becomes of a row may depend on whether others of its tile have gaps (clamped.c), so
 * where some may, the rows of a tile must not depend on the number of threads: each task is a group. */
static size_t clamped_groups(const struct train_learner *l, size_t n)
{
    bool complete = true;
    for (size_t i = 0; i < l->m->n_layers; i++)
        complete = complete && !l->clamped.s->known[i];
    return complete ? train_row_groups(l->par, n) : train_row_tasks(n);
}

static size_t clamped_rows(const struct train_learner *l)
{
    return train_reads_all(l) ? l->clamped.s->n : l->clamped.count;
}

static void clamped_task(void *arg, size_t number)
{
    struct train_learner *l = arg;
    const struct train_phase *p = &l->clamped;
    const size_t rows = clamped_rows(l), shift = train_reads_all(l) ? 0 : p->first;
    const struct group g = group_of(l->slots, rows, clamped_groups(l, rows), number);
    size_t first, n;
    rows_of_tasks(rows, g.tasks, g.from, g.to, &first, &n);
    first += shift;
    l->read(l->read_arg, p->s, first, n);
    if (!starts_from_all(l))
        clip(p, &first, &n);
    for (size_t k = 0, tiles = (n + BZ_TILE - 1) / BZ_TILE; k < tiles; k++) {
        size_t begin, count;
        rows_of_tasks(n, tiles, k, k + 1, &begin, &count);
        train_infer(l, first + begin, count, &l->slots[number]);
    }
    if (!train_shares_weigh_in(l))
        sum_tasks(l, p, &g, shift);
}

static void running_task(void *arg, size_t number)
{
    struct train_learner *l = arg;
    struct train_slot *slots = l->slots + TRAIN_MAX_ROW_TASKS;
    const size_t rows = l->running.count;
    const struct group g = group_of(slots, rows, train_row_groups(l->par, rows), number);
    size_t first, n;
    rows_of_tasks(rows, g.tasks, g.from, g.to, &first, &n);
    first += l->running.first;
    for (size_t k = 0, tiles = (n + BZ_TILE - 1) / BZ_TILE; k < tiles; k++) {
        size_t begin, count;
        rows_of_tasks(n, tiles, k, k + 1, &begin, &count);
        run_tile(l, first + begin, count, &slots[number]);
    }
    if (!train_shares_weigh_in(l))
        sum_tasks(l, &l->running, &g, l->running.first);
}

/* The sums of both, if weights depend on the states of all rows. */
static void sum_task(void *arg, size_t number)
{
    const struct train_learner *l = arg;
    const size_t running = train_row_groups(l->par, l->running.count), n = l->running.count, rows = clamped_rows(l);
    if (number < running) {
        const struct group g = group_of(l->slots + TRAIN_MAX_ROW_TASKS, n, running, number);
        sum_tasks(l, &l->running, &g, l->running.first);
    } else {
        const struct group g = group_of(l->slots, rows, clamped_groups(l, rows), number - running);
        sum_tasks(l, &l->clamped, &g, train_reads_all(l) ? 0 : l->clamped.first);
    }
}

static void either_task(void *arg, size_t task)
{
    const struct train_learner *l = arg;
    const size_t running = train_row_groups(l->par, l->running.count);
    if (task < running)
        running_task(arg, task); /* the longer ones first */
    else
        clamped_task(arg, task - running);
}

static void add_slots(const struct train_learner *l, double *total, const struct train_slot *slots, size_t n)
{
    memset(total, 0, l->layout.total * sizeof(*total));
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < l->layout.total; i++)
            total[i] += (double)slots[k].sums[i];
}

void train_add_slots(struct train_learner *l, size_t clamped, size_t running)
{
    add_slots(l, l->clamped.total, l->slots, clamped);
    add_slots(l, l->running.total, l->slots + TRAIN_MAX_ROW_TASKS, running);
    for (size_t i = 0; i < l->layout.total; i++) /* free-running weights are negative */
        l->difference[i] = (float)(l->clamped.total[i] + l->running.total[i]);
}

/* Advances the step of chains that other processes move, since draws depend on it. */
static void advance_others(struct train_learner *l, bool started)
{
    const struct train_phase *p = &l->running;
    const uint64_t steps = (uint64_t)started + (l->moving ? 0 : l->rule.sweeps);
    for (size_t r = 0; r < p->s->n; r++)
        if (r < p->first || r >= p->first + p->count)
            l->chains->step[r] += steps;
}

int train_phases(struct train_learner *l, size_t n, struct bz_error *err)
{
    return train_phases_of(l, n, train_algorithm(l->rule.algorithm)->from_data ? n : l->running.s->room, err);
}

int train_phases_of(struct train_learner *l, size_t n, size_t chains, struct bz_error *err)
{
    struct bz_state *data = l->clamped.s, *free_running = l->running.s;
    bz_assert(n > 0 && n <= data->room);
    data->n = n;
    free_running->n = chains;
    for (size_t r = 0; r < n; r++)
        l->clamped.weight[r] = 1 / (float)n;
    l->clamped.uniform = true;
    l->running.uniform = l->rule.sweeps > 0;
    if (l->running.uniform) /* otherwise the caller's own weights apply */
        for (size_t r = 0; r < free_running->n; r++)
            l->running.weight[r] = -1 / (float)free_running->n;

    if (l->moving && l->rule.sweeps > 0 && l->mover->run(l->moving, l->rule.sweeps, free_running, err) < 0)
        return -1;
    train_ranks_share(l->ranks, n, &l->clamped.first, &l->clamped.count);
    train_ranks_share(l->ranks, free_running->n, &l->running.first, &l->running.count);
    const size_t rows = clamped_rows(l), clamped = clamped_groups(l, rows),
                 running = train_row_groups(l->par, l->running.count);
    const bool started = start_from_data(l), passes = train_way(l) == TRAIN_PASS_ROWS;
    if (started || l->lengths || passes) {
        bz_parallel_for(l->par, clamped, clamped_task, l);
        if (passes && train_pass_begin(l, &l->clamped, NULL, 0, err) < 0)
            return -1;
        if (l->lengths && l->rule.sweeps > 0)
            match_lengths(l);
        bz_parallel_for(l->par, running, running_task, l);
        if (passes && train_pass_end(l, &l->clamped, NULL, 0, err) < 0)
            return -1;
    } else {
        bz_parallel_for(l->par, clamped + running, either_task, l);
    }
    if (train_shares_weigh_in(l)) {
        if (train_shares_weigh(l, err) < 0)
            return -1;
        bz_parallel_for(l->par, clamped + running, sum_task, l);
    }
    l->chains_ready = true;
    advance_others(l, started);
    train_add_slots(l, train_row_tasks(rows), train_row_tasks(l->running.count));
    return 0;
}
