/* Running calls: rows of compatible calls are stacked into tiles, a slice at a time. */
#include "worker.h"
#include "cost.h"

#include "rows.h"

#include "log_partition.h"
#include "mem.h"
#include "stop.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    WORKER_MODELS = 4, /* models for which a worker keeps scratch */
    QUICK_ROWS = 8     /* of one quick call at most */
};

#define QUICK_WORK 1e6 /* multiplications: some tens of microseconds at worst */

struct api_worker {
    struct api_host *host;
    size_t room; /* rows of a tile */
    struct api_scratch *kept[WORKER_MODELS];
    uint64_t runs;
    bool (*stop)(void *arg);
    void *stop_arg;
};

struct api_worker *api_worker_new(struct api_host *host, bool quick_only)
{
    struct api_worker *worker = bz_alloc(1, sizeof(*worker), NULL);
    if (!worker)
        return NULL;
    worker->host = host;
    worker->room = quick_only ? QUICK_ROWS : BZ_TILE;
    return worker;
}

void api_worker_ask(struct api_worker *worker, bool (*stop)(void *arg), void *arg)
{
    worker->stop = stop;
    worker->stop_arg = arg;
}

static void scratch_free(struct api_worker *worker, struct api_scratch *s)
{
    if (!s)
        return;
    const size_t n_layers = s->model->model->machine->n_layers;
    for (size_t l = 0; s->given && l < n_layers; l++)
        bz_free_lazy(s->given[l]);
    bz_free(s->given);
    bz_free(s->classes);
    bz_views_work_free(s->views);
    bz_free(s->met);
    bz_network_work_free(s->network);
    bz_chains_free(s->chains);
    bz_work_free(s->work);
    worker->host->release(worker->host, s->model);
    bz_free(s);
}

void api_worker_trim(struct api_worker *worker)
{
    for (size_t i = 0; i < WORKER_MODELS; i++) {
        struct api_scratch *s = worker->kept[i];
        if (s && atomic_load_explicit(&s->model->retired, memory_order_relaxed)) {
            worker->kept[i] = NULL;
            scratch_free(worker, s);
        }
    }
}

void api_worker_free(struct api_worker *worker)
{
    for (size_t i = 0; worker && i < WORKER_MODELS; i++)
        scratch_free(worker, worker->kept[i]);
    bz_free(worker);
}

static struct api_scratch *scratch_new(struct api_worker *worker, struct api_model *model)
{
    const struct bz_machine *m = model->model->machine;
    struct bz_error err;
    struct api_scratch *s = bz_alloc(1, sizeof(*s), NULL);
    if (!s)
        return NULL;
    worker->host->retain(worker->host, model);
    s->model = model;
    bool ok = bz_chains_new(&s->chains, m, worker->room, &err) == 0 && bz_work_new(&s->work, m, &err) == 0;
    for (size_t l = 0; ok && l < m->n_layers; l++)
        ok = !bz_is_visible(&m->layers[l]) || bz_state_make_known(s->chains->s, l, &err) == 0;
    if (!ok) {
        scratch_free(worker, s);
        return NULL;
    }
    return s;
}

struct api_scratch *api_worker_scratch(struct api_worker *worker, struct api_model *model)
{
    size_t oldest = 0;
    worker->runs++;
    for (size_t i = 0; i < WORKER_MODELS; i++) {
        struct api_scratch *s = worker->kept[i];
        if (s && s->model->serial == model->serial) {
            s->used = worker->runs;
            return s;
        }
        if (!s || (worker->kept[oldest] && s->used < worker->kept[oldest]->used))
            oldest = i;
    }
    struct api_scratch *s = scratch_new(worker, model);
    if (s) {
        scratch_free(worker, worker->kept[oldest]);
        worker->kept[oldest] = s;
        s->used = worker->runs;
    }
    return s;
}

static void refuse_overflow(const struct api_segment *g)
{
    char to[32] = "";
    if (g->n > 1)
        snprintf(to, sizeof(to), " to %zu", g->first + g->n - 1);
    if (g->call->state == API_RUN)
        api_refuse(g->call, API_BAD_VALUE,
                   "row%s %zu%s: the results leave the range of 32-bit numbers (inputs or weights too large)",
                   g->n > 1 ? "s" : "", g->first, to);
}

void api_tile_store_rows(const struct api_tile *tile, const float *x, size_t size, float *(*of)(struct api_task *task))
{
    for (size_t i = 0; i < tile->n_segments; i++) {
        const struct api_segment *g = &tile->segment[i];
        const float *from = x + g->at * size;
        bz_copy_work(of(g->task) + g->first * size, from, g->n * size * sizeof(float));
        if (!api_all_finite(from, g->n * size))
            refuse_overflow(g);
    }
}

void api_tile_store_layer(const struct api_tile *tile, size_t layer)
{
    const struct bz_state *s = tile->scratch->chains->s;
    const size_t size = s->m->layers[layer].size;
    for (size_t i = 0; i < tile->n_segments; i++) {
        const struct api_segment *g = &tile->segment[i];
        const float *from = s->x[layer] + g->at * size;
        bz_copy_work(g->task->x[layer] + g->first * size, from, g->n * size * sizeof(float));
        if (!api_all_finite(from, g->n * size))
            refuse_overflow(g);
    }
}

void api_tile_store_classes(const struct api_tile *tile, const double *p, size_t classes)
{
    for (size_t i = 0; i < tile->n_segments; i++) {
        const struct api_segment *g = &tile->segment[i];
        float *to = g->task->classes + g->first * classes;
        for (size_t k = 0; k < g->n * classes; k++)
            to[k] = (float)p[g->at * classes + k];
        if (!api_all_finite(to, g->n * classes))
            refuse_overflow(g);
    }
}

void api_tile_store_scores(const struct api_tile *tile, const double *score, const enum bz_method *method)
{
    for (size_t i = 0; i < tile->n_segments; i++) {
        const struct api_segment *g = &tile->segment[i];
        memcpy(g->task->score + g->first, score + g->at, g->n * sizeof(double));
        for (size_t r = 0; r < g->n; r++) {
            if (g->task->counts)
                g->task->counts[g->first + r] = bz_log_z_counts(tile->scratch->chains->s, g->at + r);
            if (!isfinite(score[g->at + r]))
                refuse_overflow(g);
        }
    }
    if (method)
        api_tile_store_methods(tile, method);
}

void api_tile_store_methods(const struct api_tile *tile, const enum bz_method *method)
{
    for (size_t i = 0; i < tile->n_segments; i++) {
        const struct api_segment *g = &tile->segment[i];
        for (size_t r = 0; r < g->n; r++)
            g->task->method[g->first + r] = (uint8_t)method[g->at + r];
    }
}

/* D of the rows of a multinomial layer: their sum; for rows that are not fully known, the request's `counts`, else the sum of
 * the known units, and that of an average row of training if none is known. */
static void fill_counts(const struct api_tile *tile, const struct api_segment *g, size_t l)
{
    const struct bz_state *s = tile->scratch->chains->s;
    const size_t size = s->m->layers[l].size;
    const double *given = g->call->job->counts;
    for (size_t r = g->at; r < g->at + g->n; r++) {
        const float *x = s->x[l] + r * size;
        double sum = 0;
        size_t known = 0;
        for (size_t i = 0; i < size && !bz_stopping_unit(i, 2); i++) {
            known += s->known[l][r * size + i];
            sum += s->known[l][r * size + i] ? (double)x[i] : 0;
        }
        if (known < size && given && given[l] >= 0)
            sum = given[l] > sum ? given[l] : sum;
        else if (known == 0)
            sum = bz_usual_counts(&s->m->layers[l]);
        s->counts[l][r] = (float)sum;
    }
}

static void fill_segment(const struct api_tile *tile, const struct api_segment *g)
{
    struct bz_chains *c = tile->scratch->chains;
    const struct bz_machine *m = c->s->m;
    const struct api_job *job = g->call->job;
    const bool all_layers = api_given(&job->par, API_P_STATES);
    for (size_t l = 0; l < m->n_layers; l++) {
        const size_t size = m->layers[l].size;
        uint8_t *known = c->s->known[l];
        if (!all_layers && !bz_is_visible(&m->layers[l]))
            continue;
        api_rows_copy(&job->rows[l], size, g->first, g->n, c->s->x[l] + g->at * size, known ? known + g->at * size : NULL);
        if (c->s->counts[l])
            fill_counts(tile, g, l);
    }
    for (size_t r = 0; r < g->n; r++) {
        c->seed[g->at + r] = job->par.seed;
        c->index[g->at + r] = (uint32_t)(g->first + r);
        c->step[g->at + r] = 0;
        c->temperature[g->at + r] = 1;
    }
}

/* Fills a tile from the calls' remaining rows; 0 rows when all are done. */
static size_t fill_tile(struct api_tile *tile, struct api_call *const *calls, size_t n, size_t limit)
{
    tile->n = tile->n_segments = 0;
    for (size_t i = 0; i < n && tile->n < limit; i++) {
        struct api_task *task = api_task(calls[i]);
        size_t rows = calls[i]->job->n - task->done;
        if (calls[i]->state != API_RUN || rows == 0)
            continue;
        if (rows > limit - tile->n)
            rows = limit - tile->n;
        struct api_segment *g = &tile->segment[tile->n_segments++];
        *g = (struct api_segment){calls[i], task, task->done, rows, tile->n};
        if (tile->n_segments == 1) {
            tile->call = calls[i];
            tile->task = task;
        }
        fill_segment(tile, g);
        tile->n += rows;
    }
    tile->scratch->chains->s->n = tile->n;
    return tile->n;
}

/* The next output of a /v2 call, or the end. */
static void task_done(struct api_call *call)
{
    if (++call->job->task == call->job->n_tasks)
        call->state = API_ENCODE;
}

bool api_is_quick(const struct api_call *call)
{
    const struct api_job *job = call->job;
    double work = 0;
    for (size_t t = 0; t < job->n_tasks; t++) {
        const struct api_task *task = &job->tasks[t];
        if (!task->op->tile || task->op->slice)
            return false;
        work += task->op->cost(call, task) * (double)job->n;
    }
    /* Missing values may need mean fields, or sums over all their values. */
    for (size_t l = 0; l < job->n_layers; l++)
        if (job->rows[l].known)
            return false;
    return job->n_tasks > 0 && job->n <= QUICK_ROWS && work <= QUICK_WORK;
}

static void run_tiles(struct api_call *const *calls, size_t n, struct api_scratch *scratch)
{
    const struct api_task *first = api_task(calls[0]);
    const double cost = first->op->cost(calls[0], first) + calls[0]->job->unknown_work;
    const size_t together = api_rows_together(cost), room = scratch->chains->s->room;
    const size_t limit = together < room ? together : room;
    struct api_tile tile = {.scratch = scratch};
    for (double work = 0; work < API_SLICE_WORK && fill_tile(&tile, calls, n, limit) > 0; work += cost * (double)tile.n) {
        if (!bz_stopped()) /* else rows are not complete */
            tile.task->op->tile(&tile);
        if (bz_stopping())
            return;
        for (size_t i = 0; i < tile.n_segments; i++)
            tile.segment[i].task->done += tile.segment[i].n;
    }
    for (size_t i = 0; i < n; i++)
        if (calls[i]->state == API_RUN && api_task(calls[i])->done == calls[i]->job->n && !first->op->slice)
            task_done(calls[i]);
}

static void run_tasks(struct api_call *const *calls, size_t n, struct api_worker *worker, struct api_scratch *scratch)
{
    size_t task;
    do {
        task = calls[0]->job->task;
        const struct api_task *now = api_task(calls[0]);
        if (now->op->tile && (!now->op->slice || now->done < calls[0]->job->n))
            run_tiles(calls, n, scratch);
        else
            for (size_t i = 0; i < n; i++)
                if (api_task(calls[i])->op->slice(calls[i], api_task(calls[i]), worker) && calls[i]->state == API_RUN)
                    task_done(calls[i]);
    } while (n == 1 && calls[0]->state == API_RUN && calls[0]->job->task != task && calls[0]->rows <= BZ_TILE &&
             !bz_stopping());
}

void api_run(struct api_call *const *calls, size_t n, struct api_worker *worker)
{
    api_worker_trim(worker);
    struct api_scratch *scratch = api_worker_scratch(worker, calls[0]->model);
    if (!scratch) {
        for (size_t i = 0; i < n; i++)
            api_refuse(calls[i], API_OUT_OF_MEMORY, "not enough memory to compute this");
        return;
    }
    bz_stop_ask(worker->stop, worker->stop_arg);
    run_tasks(calls, n, worker, scratch);
    for (size_t i = 0; bz_stopping() && i < n; i++)
        if (calls[i]->state == API_RUN || calls[i]->state == API_ENCODE) {
            calls[i]->state = API_RUN;
            calls[i]->stopped = true;
        }
    bz_stop_ask(NULL, NULL);
}

bool api_compatible(const struct api_call *a, const struct api_call *b)
{
    if (a->model != b->model || a->job->n_tasks != b->job->n_tasks || a->job->task != b->job->task || a->stream || b->stream)
        return false;
    const struct api_task *x = api_task(a), *y = api_task(b);
    return x->op == y->op && x->op->tile && !x->op->slice && x->layer == y->layer && (!x->op->same || x->op->same(a, b));
}
