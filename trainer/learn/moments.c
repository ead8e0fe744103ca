#include "moments.h"

#include "kernels.h"
#include "linalg.h"

#include <string.h>

enum { DEPTH = 128 /* data rows whose nonzero values are listed at a time */ };

/* A tile with more than this fraction of nonzero values on its side a is faster as a dense product; with only ones and zeros,
 * more than the second. */
static const double dense_limit = 0.3, counted_limit = 0.7;

void train_moments_sides(const struct train_learner *l, const struct train_phase *p, size_t coupling, float **x, float **y)
{
    const struct bz_coupling *c = &l->m->couplings[coupling];
    const bool b_later = l->rank[c->b] >= l->rank[c->a];
    *x = b_later ? p->s->x[c->a] : p->mean[c->a];
    *y = b_later ? p->mean[c->b] : p->s->x[c->b];
}

/* Rows of data in which each unit of the tile's side a is not zero. */
struct lists {
    uint32_t index[TRAIN_TILE_ROWS][DEPTH];
    uint32_t count[TRAIN_TILE_ROWS];
    size_t total;
    bool ones; /* nothing but zeros and ones */
};

static void list_nonzero(const struct train_tile *t, const float *x, size_t depth, struct lists *lists)
{
    uint32_t units[TRAIN_TILE_ROWS];
    memset(lists->count, 0, sizeof(lists->count));
    lists->total = 0;
    lists->ones = true;
    for (size_t r = 0; r < depth; r++) {
        const float *row = x + r * t->n_a + t->i;
        const size_t n = bz_cpu()->nonzero(units, row, t->rows);
        for (size_t k = 0; k < n; k++) {
            const uint32_t i = units[k];
            lists->index[i][lists->count[i]++] = (uint32_t)r;
            lists->ones = lists->ones && row[i] == 1;
        }
        lists->total += n;
    }
}

/* value[i][r] = w_r x_ri */
static void weigh(const struct train_tile *t, const float *x, const float *weight, size_t depth, float value[][DEPTH])
{
    for (size_t r = 0; r < depth; r++)
        for (size_t i = 0; i < t->rows; i++)
            value[i][r] = weight[r] * x[r * t->n_a + t->i + i];
}

/* g += w sum_r x_r y_r' where x is 0 or 1: rows of y are added up, then scaled. */
static void add_counted(const struct train_tile *t, const struct lists *lists, const float *y, float weight, size_t depth)
{
    float sums[TRAIN_TILE_ROWS * TRAIN_TILE_COLUMNS];
    bz_cpu()->row_sums(sums, TRAIN_TILE_COLUMNS, NULL, 0, y, t->n_b, false, lists->index[0], DEPTH, lists->count, t->rows,
                       depth, t->columns);
    for (size_t i = 0; i < t->rows; i++)
        bz_cpu()->axpy(t->g + i * TRAIN_TILE_COLUMNS, weight, sums + i * TRAIN_TILE_COLUMNS, t->columns);
}

void train_moments_add(const struct train_learner *l, const struct train_phase *p, const struct train_tile *t)
{
    struct lists lists;
    float value[TRAIN_TILE_ROWS][DEPTH];
    float *x, *y;
    train_moments_sides(l, p, t->coupling, &x, &y);
    const size_t last = p->first + p->count;
    for (size_t r = p->first; r < last; r += DEPTH) {
        const size_t depth = last - r < DEPTH ? last - r : DEPTH;
        const float *at = x + r * t->n_a, *other = y + r * t->n_b + t->j;
        list_nonzero(t, at, depth, &lists);
        if (lists.ones && p->uniform && (double)lists.total <= counted_limit * (double)(depth * t->rows)) {
            add_counted(t, &lists, other, p->weight[0], depth);
            continue;
        }
        weigh(t, at, p->weight + r, depth, value);
        if ((double)lists.total > dense_limit * (double)(depth * t->rows)) {
            train_add_product(t->g, TRAIN_TILE_COLUMNS, value[0], DEPTH, other, t->n_b, t->rows, depth, t->columns);
            continue;
        }
        for (size_t i = 0; i < t->rows; i++) {
            float *g = t->g + i * TRAIN_TILE_COLUMNS;
            bz_cpu()->row_sum(g, g, other, t->n_b, lists.index[i], value[i], lists.count[i], t->columns);
        }
    }
}

void train_moments_add_entries(const struct train_learner *l, const struct train_phase *p, const struct train_weights *job,
                               double *g)
{
    const struct bz_coupling *c = &l->m->couplings[job->coupling];
    const size_t n_a = l->m->layers[c->a].size, n_b = l->m->layers[c->b].size;
    float *x, *y;
    train_moments_sides(l, p, job->coupling, &x, &y);
    for (size_t r = p->first; r < p->first + p->count; r++)
        for (size_t k = job->first; k < job->last; k++)
            g[k - job->first] += (double)p->weight[r] * x[r * n_a + c->index[k][0]] * y[r * n_b + c->index[k][1]];
}

/* --- of several processes --- */

static void add_both(const struct train_learner *l, const struct train_phase halves[2], const struct train_tile *t)
{
    memset(t->g, 0, t->rows * TRAIN_TILE_COLUMNS * sizeof(*t->g));
    train_moments_add(l, &halves[0], t);
    train_moments_add(l, &halves[1], t);
}

static float *place_of(const struct train_learner *l, const struct train_tile *t)
{
    return l->shared + (l->m->couplings[t->coupling].weight - l->m->block) + t->i * t->n_b + t->j;
}

static void own_tile(const struct train_learner *l, const struct train_tile *t)
{
    const struct train_phase halves[2] = {l->clamped, l->running};
    float *to = place_of(l, t);
    add_both(l, halves, t);
    for (size_t i = 0; i < t->rows; i++)
        memcpy(to + i * t->n_b, t->g + i * TRAIN_TILE_COLUMNS, t->columns * sizeof(*to));
}

/* Like train_ranks_sum: rounded for each process, added in the order of processes in double. */
static void joint_tile(const struct train_learner *l, const struct train_tile *t)
{
    struct train_phase halves[2] = {l->clamped, l->running};
    double sum[TRAIN_TILE_ROWS * TRAIN_TILE_COLUMNS];
    float *own = place_of(l, t);
    memset(sum, 0, t->rows * TRAIN_TILE_COLUMNS * sizeof(*sum));
    for (size_t k = 0; k < train_ranks_count(l->ranks); k++) {
        const bool is_own = k == train_ranks_number(l->ranks);
        for (size_t h = 0; h < 2; h++)
            train_ranks_share_of(l->ranks, k, halves[h].s->n, &halves[h].first, &halves[h].count);
        if (!is_own)
            add_both(l, halves, t);
        for (size_t i = 0; i < t->rows; i++)
            for (size_t j = 0; j < t->columns; j++)
                sum[i * TRAIN_TILE_COLUMNS + j] += (double)(is_own ? own + i * t->n_b : t->g + i * TRAIN_TILE_COLUMNS)[j];
    }
    for (size_t i = 0; i < t->rows; i++)
        for (size_t j = 0; j < t->columns; j++)
            own[i * t->n_b + j] = (float)sum[i * TRAIN_TILE_COLUMNS + j];
}

static void each_tile(const struct train_learner *l, const struct train_weights *job,
                      void (*make)(const struct train_learner *l, const struct train_tile *t))
{
    const struct bz_coupling *c = &l->m->couplings[job->coupling];
    float g[TRAIN_TILE_ROWS * TRAIN_TILE_COLUMNS];
    struct train_tile t = {.coupling = job->coupling, .n_a = l->m->layers[c->a].size, .n_b = l->m->layers[c->b].size, .g = g};
    for (t.i = job->first; t.i < job->last; t.i += TRAIN_TILE_ROWS) {
        t.rows = job->last - t.i < TRAIN_TILE_ROWS ? job->last - t.i : TRAIN_TILE_ROWS;
        for (t.j = c->a == c->b ? t.i : 0; t.j < t.n_b; t.j += TRAIN_TILE_COLUMNS) {
            t.columns = t.n_b - t.j < TRAIN_TILE_COLUMNS ? t.n_b - t.j : TRAIN_TILE_COLUMNS;
            make(l, &t);
        }
    }
}

static void own_task(void *arg, size_t task)
{
    struct train_learner *l = arg;
    const struct train_weights *job = &l->jobs[task];
    const struct bz_coupling *c = &l->m->couplings[job->coupling];
    if (!c->index) {
        each_tile(l, job, own_tile);
        return;
    }
    float *to = l->shared + (c->weight - l->m->block);
    memset(job->moments, 0, (job->last - job->first) * sizeof(*job->moments));
    train_moments_add_entries(l, &l->clamped, job, job->moments);
    train_moments_add_entries(l, &l->running, job, job->moments);
    for (size_t k = job->first; k < job->last; k++)
        to[k] = (float)job->moments[k - job->first];
}

void train_moments_own(struct train_learner *l)
{
    train_moments_own_of(l, 0, l->n_jobs);
}

struct jobs {
    struct train_learner *l;
    size_t first;
};

static void own_task_of(void *arg, size_t task)
{
    const struct jobs *jobs = arg;
    own_task(jobs->l, jobs->first + task);
}

void train_moments_own_of(struct train_learner *l, size_t first, size_t n)
{
    bz_parallel_for(l->par, n, own_task_of, &(struct jobs){l, first});
}

static void joint_task(void *arg, size_t task)
{
    struct train_learner *l = arg;
    each_tile(l, &l->jobs[task], joint_tile);
}

void train_moments_joint(struct train_learner *l)
{
    bz_parallel_for(l->par, l->n_jobs, joint_task, l);
}
