#include "weights.h"

#include "kernels.h"
#include "mem.h"
#include "moments.h"

#include <math.h>
#include <string.h>

enum {
    TILE_ENTRIES = 4096, /* of a sparse coupling */
    MAX_TASKS = 32       /* of one coupling */
};

/* --- gradient --- */

/* The moments of both halves: this process's, or the sum over all. */
static void add_all_moments(const struct train_learner *l, const struct train_tile *t)
{
    const struct bz_coupling *c = &l->m->couplings[t->coupling];
    const float *sum = l->shared ? l->shared + (c->weight - l->m->block) + t->i * t->n_b + t->j : NULL;
    if (!sum) {
        train_moments_add(l, &l->clamped, t);
        train_moments_add(l, &l->running, t);
    }
    for (size_t i = 0; sum && i < t->rows; i++)
        for (size_t j = 0; j < t->columns; j++)
            t->g[i * TRAIN_TILE_COLUMNS + j] += sum[i * t->n_b + j];
}

/* What centring subtracts from the moments: with p, q the differences of the means of x_b and x_a (times D of the other side
 * where that is multinomial) and d that of the product of counts, <(x_a - D_a o_a)(x_b - D_b o_b)'> = <x_a x_b'> - o_a p' - q
 * o_b' + d o_a o_b'. */
static void start_gradient(const struct train_learner *l, const struct train_tile *t)
{
    const struct bz_coupling *c = &l->m->couplings[t->coupling];
    const size_t *cross = l->layout.cross[t->coupling];
    const float *p = l->difference + (cross[1] != SIZE_MAX ? cross[1] : l->layout.sum[c->b]) + t->j;
    const float *q = l->difference + (cross[0] != SIZE_MAX ? cross[0] : l->layout.sum[c->a]) + t->i;
    const size_t counts = l->layout.counts[c->a] != SIZE_MAX ? l->layout.counts[c->a] : l->layout.counts[c->b];
    const float d = counts != SIZE_MAX ? l->difference[counts] : 0;
    const float *offset_a = l->offset[c->a] + t->i, *offset_b = l->offset[c->b] + t->j;
    for (size_t i = 0; i < t->rows; i++) {
        float *g = t->g + i * TRAIN_TILE_COLUMNS;
        const float a = offset_a[i], b = a * d - q[i];
        for (size_t j = 0; j < t->columns; j++)
            g[j] = b * offset_b[j] - a * p[j];
    }
}

/* --- step --- */

/* Row `row` of a tile from column `from` on: moves parameters, and records the effect on biases and variances. */
static void step_row(struct train_learner *l, const struct train_weights *job, const struct train_tile *t, size_t row,
                     size_t from)
{
    const struct bz_kernels *k = bz_cpu();
    const struct bz_coupling *c = &l->m->couplings[t->coupling];
    const size_t i = t->i + row, j = t->j + from, n = t->columns - from;
    float *w = bz_machine_weight(l->m, t->coupling) + i * t->n_b + j, *g = t->g + row * TRAIN_TILE_COLUMNS + from;
    const size_t at = (size_t)(w - l->m->block);

    if (job->correlation_a)
        job->correlation_a[i - job->first_a] += k->dot(w, g, n);
    for (size_t m = 0; job->correlation_b && m < n; m++)
        job->correlation_b[j + m] += (double)w[m] * (double)g[m];
    if (l->layout.counts[c->a] != SIZE_MAX || l->layout.counts[c->b] != SIZE_MAX)
        for (size_t m = 0; m < n; m++)
            g[m] *= l->per_word;

    float *fold_b = job->fold_b + j, *fold_a = &job->fold_a[i - job->first_a];
    const float by = l->coupled[c->a][i], *along = l->coupled[c->b] + j;
    *fold_a += (float)train_step_row(&l->step, w, l->velocity + at, l->second ? l->second + at : NULL, g, fold_b, by, along, n);
    for (size_t m = 0; job->norm_b && m < n; m++)
        job->norm_b[j + m] += (double)w[m] * (double)w[m];
}

typedef float quad __attribute__((vector_size(16), aligned(4), may_alias)); /* at any address */

/* out[j][i] = in[i][j], 4 x 4 */
static void transpose4(float *out, size_t out_stride, const float *in, size_t in_stride)
{
    const quad a = *(const quad *)in, b = *(const quad *)(in + in_stride);
    const quad c = *(const quad *)(in + 2 * in_stride), d = *(const quad *)(in + 3 * in_stride);
    const quad ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const quad AB = __builtin_shufflevector(a, b, 2, 6, 3, 7), CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(quad *)out = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    *(quad *)(out + out_stride) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    *(quad *)(out + 2 * out_stride) = __builtin_shufflevector(AB, CD, 0, 1, 4, 5);
    *(quad *)(out + 3 * out_stride) = __builtin_shufflevector(AB, CD, 2, 3, 6, 7);
}

/* The other copy of the tile's weights: the transposed matrix, or the lower triangle of a lateral one. */
static void mirror(struct train_learner *l, const struct train_tile *t)
{
    const struct bz_coupling *c = &l->m->couplings[t->coupling];
    const float *w = c->weight + t->i * t->n_b + t->j;
    if (c->a != c->b && !c->weight_t)
        return;
    const size_t rows = c->weight_t ? t->rows & ~(size_t)3 : 0, columns = t->columns & ~(size_t)3;
    float *to = (c->weight_t ? c->weight_t : bz_machine_weight(l->m, t->coupling)) + t->j * t->n_a + t->i;
    for (size_t j = 0; j < columns; j += 4)
        for (size_t i = 0; i < rows; i += 4)
            transpose4(to + j * t->n_a + i, t->n_a, w + i * t->n_b + j, t->n_b);
    for (size_t j = 0; j < t->columns; j++)
        for (size_t i = j < columns ? rows : 0; i < t->rows; i++)
            if (c->weight_t || t->j + j > t->i + i)
                to[j * t->n_a + i] = w[i * t->n_b + j];
}

/* --- sparse couplings: entry by entry --- */

static void entry_moments(const struct train_learner *l, const struct train_weights *job)
{
    const size_t n = job->last - job->first;
    memset(job->moments, 0, n * sizeof(*job->moments));
    if (!l->shared) {
        train_moments_add_entries(l, &l->clamped, job, job->moments);
        train_moments_add_entries(l, &l->running, job, job->moments);
        return;
    }
    const float *sum = l->shared + (l->m->couplings[job->coupling].weight - l->m->block) + job->first;
    for (size_t k = 0; k < n; k++)
        job->moments[k] = (double)sum[k];
}

/* The counterpart of start_gradient and step_row for only the coupled pairs. */
static void step_entries(struct train_learner *l, const struct train_weights *job)
{
    const struct bz_coupling *c = &l->m->couplings[job->coupling];
    const size_t *cross = l->layout.cross[job->coupling], n = job->last - job->first;
    const float *p = l->difference + (cross[1] != SIZE_MAX ? cross[1] : l->layout.sum[c->b]);
    const float *q = l->difference + (cross[0] != SIZE_MAX ? cross[0] : l->layout.sum[c->a]);
    const size_t counts = l->layout.counts[c->a] != SIZE_MAX ? l->layout.counts[c->a] : l->layout.counts[c->b];
    const float d = counts != SIZE_MAX ? l->difference[counts] : 0;
    float *w = bz_machine_weight(l->m, job->coupling) + job->first;
    const size_t at = (size_t)(w - l->m->block);
    float *g = job->step;
    entry_moments(l, job);
    for (size_t k = 0; k < n; k++) {
        const size_t i = c->index[job->first + k][0], j = c->index[job->first + k][1];
        const float a = l->offset[c->a][i], b = l->offset[c->b][j];
        g[k] = (float)job->moments[k] + (a * d - q[i]) * b - a * p[j];
        if (job->correlation_a)
            job->correlation_a[i] += (double)w[k] * (double)g[k];
        if (job->correlation_b)
            job->correlation_b[j] += (double)w[k] * (double)g[k];
        g[k] *= counts != SIZE_MAX ? l->per_word : 1;
    }
    train_step_apply(&l->step, w, l->velocity + at, l->second ? l->second + at : NULL, g, n);
    for (size_t k = 0; k < n; k++) {
        const size_t i = c->index[job->first + k][0], j = c->index[job->first + k][1];
        job->fold_b[j] += l->coupled[c->a][i] * g[k];
        job->fold_a[i] += g[k] * l->coupled[c->b][j];
        if (job->norm_b)
            job->norm_b[j] += (double)w[k] * (double)w[k];
    }
}

static void update_task(void *arg, size_t task)
{
    struct train_learner *l = arg;
    const struct train_weights *job = &l->jobs[task];
    const struct bz_coupling *c = &l->m->couplings[job->coupling];
    const bool lateral = c->a == c->b;
    float g[TRAIN_TILE_ROWS * TRAIN_TILE_COLUMNS];
    struct train_tile t = {.coupling = job->coupling, .n_a = l->m->layers[c->a].size, .n_b = l->m->layers[c->b].size, .g = g};

    memset(job->fold_a, 0, job->n_a * sizeof(float));
    memset(job->fold_b, 0, t.n_b * sizeof(float));
    if (job->correlation_a)
        memset(job->correlation_a, 0, job->n_a * sizeof(double));
    if (job->correlation_b)
        memset(job->correlation_b, 0, t.n_b * sizeof(double));
    if (job->norm_b)
        memset(job->norm_b, 0, t.n_b * sizeof(double));
    if (c->index) {
        step_entries(l, job);
        return;
    }
    for (t.i = job->first; t.i < job->last; t.i += TRAIN_TILE_ROWS) {
        t.rows = job->last - t.i < TRAIN_TILE_ROWS ? job->last - t.i : TRAIN_TILE_ROWS;
        for (t.j = lateral ? t.i : 0; t.j < t.n_b; t.j += TRAIN_TILE_COLUMNS) {
            t.columns = t.n_b - t.j < TRAIN_TILE_COLUMNS ? t.n_b - t.j : TRAIN_TILE_COLUMNS;
            start_gradient(l, &t);
            add_all_moments(l, &t);
            for (size_t row = 0; row < t.rows; row++) {
                /* A lateral matrix is stepped only above its diagonal, so that it stays symmetric to the bit. */
                size_t from = lateral && t.i + row + 1 > t.j ? t.i + row + 1 - t.j : 0;
                if (from < t.columns)
                    step_row(l, job, &t, row, from);
            }
            mirror(l, &t);
        }
    }
}

/* --- bounded weight vectors --- */

/* Weight vectors into hidden units that are longer than max_norm are scaled back (Srivastava, Salakhutdinov 2014). */
static void limit_task(void *arg, size_t task)
{
    struct train_learner *l = arg;
    const struct train_weights *job = &l->jobs[task];
    const struct bz_coupling *c = &l->m->couplings[job->coupling];
    const float *factor = l->limit[job->coupling];
    const size_t n_a = l->m->layers[c->a].size, n_b = l->m->layers[c->b].size;
    float *w = bz_machine_weight(l->m, job->coupling);
    for (size_t k = job->first; factor && c->index && k < job->last; k++) {
        const size_t i = c->index[k][0], j = c->index[k][1];
        const float change = factor[j] < 1 ? w[k] * (factor[j] - 1) : 0;
        w[k] += change;
        job->fold_b[j] += l->coupled[c->a][i] * change;
        job->fold_a[i] += change * l->coupled[c->b][j];
    }
    for (size_t i = job->first; factor && !c->index && i < job->last; i++)
        for (size_t j = 0; j < n_b; j++) {
            if (factor[j] >= 1)
                continue;
            float change = w[i * n_b + j] * (factor[j] - 1);
            w[i * n_b + j] += change;
            if (c->weight_t)
                c->weight_t[j * n_a + i] = w[i * n_b + j];
            job->fold_b[j] += l->coupled[c->a][i] * change;
            job->fold_a[i - job->first_a] += change * l->coupled[c->b][j];
        }
}

static void limit_norms(struct train_learner *l)
{
    bool any = false;
    for (size_t c = 0; c < l->m->n_couplings; c++) {
        const size_t n_b = l->m->layers[l->m->couplings[c].b].size;
        for (size_t j = 0; l->limit[c] && j < n_b; j++) {
            double square = 0;
            for (size_t k = 0; k < l->n_jobs; k++)
                if (l->jobs[k].coupling == c)
                    square += l->jobs[k].norm_b[j];
            double norm = sqrt(square);
            l->limit[c][j] = norm > l->rule.max_norm ? (float)(l->rule.max_norm / norm) : 1;
            any = any || l->limit[c][j] < 1;
        }
    }
    if (any)
        bz_parallel_for(l->par, l->n_jobs, limit_task, l);
}

/* --- all of it --- */

void train_weights_update(struct train_learner *l)
{
    const struct bz_machine *m = l->m;
    for (size_t i = 0; i < m->n_layers; i++) {
        memset(l->fold[i], 0, m->layers[i].size * sizeof(float));
        if (l->correlation[i])
            memset(l->correlation[i], 0, m->layers[i].size * sizeof(double));
    }
    bz_parallel_for(l->par, l->n_jobs, update_task, l);
    if (l->rule.max_norm > 0)
        limit_norms(l);
    for (size_t k = 0; k < l->n_jobs; k++) {
        const struct train_weights *job = &l->jobs[k];
        const size_t a = m->couplings[job->coupling].a, b = m->couplings[job->coupling].b;
        bz_cpu()->axpy(l->fold[a] + job->first_a, 1, job->fold_a, job->n_a);
        bz_cpu()->axpy(l->fold[b], 1, job->fold_b, m->layers[b].size);
        for (size_t i = 0; job->correlation_a && i < job->n_a; i++)
            l->correlation[a][job->first_a + i] += job->correlation_a[i];
        for (size_t j = 0; job->correlation_b && j < m->layers[b].size; j++)
            l->correlation[b][j] += job->correlation_b[j];
    }
}

/* --- tasks --- */

static int fill_job(struct train_learner *l, struct train_weights *job, struct bz_error *err)
{
    const struct bz_coupling *c = &l->m->couplings[job->coupling];
    const size_t n_b = l->m->layers[c->b].size, entries = c->index ? job->last - job->first : 0;
    if (entries && (!(job->moments = bz_alloc(entries, sizeof(*job->moments), err)) ||
                    !(job->step = bz_alloc(entries, sizeof(*job->step), err))))
        return -1;
    job->first_a = c->index ? 0 : job->first;
    job->n_a = c->index ? l->m->layers[c->a].size : job->last - job->first;
    if (!(job->fold_a = bz_alloc(job->n_a, sizeof(*job->fold_a), err)) ||
        (l->correlation[c->a] && !(job->correlation_a = bz_alloc(job->n_a, sizeof(*job->correlation_a), err))))
        return -1;
    if (!(job->fold_b = bz_alloc(n_b, sizeof(*job->fold_b), err)) ||
        (c->a != c->b && l->correlation[c->b] && !(job->correlation_b = bz_alloc(n_b, sizeof(*job->correlation_b), err))) ||
        (l->limit[job->coupling] && !(job->norm_b = bz_alloc(n_b, sizeof(*job->norm_b), err))))
        return -1;
    return 0;
}

int train_weights_new(struct train_learner *l, struct bz_error *err)
{
    const struct bz_machine *m = l->m;
    if (!(l->jobs = bz_alloc(m->n_couplings * MAX_TASKS, sizeof(*l->jobs), err)))
        return -1;
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_coupling *coupling = &m->couplings[c];
        const size_t n = coupling->index ? coupling->n_entries : m->layers[coupling->a].size;
        const size_t tile = coupling->index ? TILE_ENTRIES : TRAIN_TILE_ROWS, tiles = (n + tile - 1) / tile;
        const size_t tasks = tiles < MAX_TASKS ? tiles : MAX_TASKS;
        for (size_t k = 0; k < tasks; k++) {
            struct train_weights *job = &l->jobs[l->n_jobs++];
            const size_t last = tiles * (k + 1) / tasks * tile;
            *job = (struct train_weights){.coupling = c, .first = tiles * k / tasks * tile, .last = last < n ? last : n};
            if (fill_job(l, job, err) < 0)
                return -1;
        }
    }
    return 0;
}

void train_weights_free(struct train_learner *l)
{
    for (size_t k = 0; k < l->n_jobs; k++) {
        bz_free_all(l->jobs[k].fold_a, l->jobs[k].correlation_a, l->jobs[k].fold_b, l->jobs[k].correlation_b, l->jobs[k].norm_b,
                    l->jobs[k].moments, l->jobs[k].step);
    }
    bz_free(l->jobs);
}
