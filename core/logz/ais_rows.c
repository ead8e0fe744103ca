/* Annealed importance sampling for single rows: RAISE, and the free energy of a clamped row. */
#include "ais_path.h"

#include "energy_terms.h"
#include "infer.h"
#include "kernels.h"
#include "mathx.h"
#include "mem.h"
#include "object.h"
#include "unit.h"

#include <math.h>
#include <string.h>

enum { POSTERIOR_ROWS = 10000 }; /* how many rows a posterior mean counts for when it is smoothed */

struct row_task {
    const struct bz_machine *m;
    const struct bz_ais_options *o;
    const struct bz_state *data;
    const bool *visible;     /* [n_layers] */
    double *value, *stderr_; /* [data->n]; stderr_ may be NULL */
    struct bz_error *err;    /* [data->n] */
    int *failed;             /* [data->n] */
    int (*one)(struct row_task *t, size_t row, const struct bz_state *posterior, const double *counts, struct bz_error *err);
};

/* Every row of s becomes row `row` of the data, visible layers only. */
static void repeat_row(struct bz_state *s, const struct bz_state *data, size_t row)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t n = s->m->layers[l].size;

        for (size_t r = 0; bz_is_visible(&s->m->layers[l]) && r < s->n; r++)
            memcpy(s->x[l] + r * n, data->x[l] + row * n, n * sizeof(float));
        for (size_t r = 0; s->counts[l] && r < s->n; r++)
            s->counts[l][r] = data->counts[l][row];
    }
}

/* A base with the hidden layers at the posterior means of one row. */
static int posterior_base(struct bz_base **out, const struct bz_machine *m, const struct bz_state *posterior,
                          struct bz_error *err)
{
    struct bz_base *base = NULL;
    double *mean = bz_alloc(bz_machine_widest(m), sizeof(*mean), err);

    if (!mean || bz_base_new(&base, m, NULL, NULL, err) < 0)
        goto fail;
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];

        if (bz_is_visible(layer))
            continue;
        if (!base->bias[l] && !(base->bias[l] = bz_part(base, layer->size, sizeof(float), err)))
            goto fail;
        for (size_t i = 0; i < layer->size; i++)
            mean[i] = posterior->x[l][i];
        bz_unit_type(layer->unit)->fit(layer, mean, POSTERIOR_ROWS, base->bias[l]);
    }
    bz_free(mean);
    *out = base;
    return 0;
fail:
    bz_free(mean);
    bz_base_free(base);
    return -1;
}

static int one_free_energy(struct row_task *t, size_t row, const struct bz_state *posterior, const double *counts,
                           struct bz_error *err)
{
    struct bz_ais_options o = *t->o;
    struct bz_base *base = NULL;
    struct bz_path *p = NULL;
    double *log_w = bz_alloc(o.runs, sizeof(*log_w), err), mean, error, ess, constant = 0;
    int rc = -1;

    o.progress = NULL;
    if (!log_w || posterior_base(&base, t->m, posterior, err) < 0)
        goto out;
    for (size_t done = 0; done < o.runs; done += BZ_TILE) {
        const size_t n = o.runs - done < BZ_TILE ? o.runs - done : BZ_TILE;

        if (bz_path_new(&p, t->m, base, t->visible, counts, n, err) < 0)
            goto out;
        repeat_row(p->s, t->data, row);
        constant = bz_offset_constant(p->s, 0);
        for (size_t r = 0; r < n; r++)
            log_w[done + r] = bz_path_base_log_z(p);
        if (bz_path_ascend(p, &o, row * o.runs + done, log_w + done, err) < 0)
            goto out;
        bz_path_free(p);
        p = NULL;
    }
    bz_ais_summarise(log_w, o.runs, &mean, &error, &ess);
    t->value[row] = mean - constant;
    if (t->stderr_)
        t->stderr_[row] = error;
    rc = 0;
out:
    bz_path_free(p);
    bz_base_free(base);
    bz_free(log_w);
    return rc;
}

/* Draws the kept hidden layers of every row of p from independent units with the posterior's means (the base of a posterior);
 * log_q[r] += log of that probability or density. */
static void draw_posterior(struct bz_path *p, const struct bz_base *q, uint64_t seed, uint32_t first, double *log_q)
{
    for (size_t l = 0; l < p->m->n_layers; l++) {
        struct bz_layer alone = p->m->layers[l];
        const struct bz_unit_type *type = bz_unit_type(alone.unit);

        if (bz_is_visible(&alone) || p->role[l] != BZ_PATH_KEPT)
            continue;
        alone.bias = q->bias[l];
        const double log_sum = type->log_sum(&alone, alone.bias, 1, 0);
        for (size_t r = 0; r < p->s->n; r++) {
            const struct bz_key key = bz_key_at(seed, first + (uint32_t)r, 0, l, BZ_DRAW_INIT);
            float *x = p->s->x[l] + r * alone.size;

            type->sample(&alone, alone.bias, 1, 0, &key, x);
            log_q[r] += (type->own ? type->own(&alone, x) : 0) - log_sum;
            log_q[r] += type->scaled ? 0 : bz_cpu()->dot(alone.bias, x, alone.size);
        }
    }
}

static int one_raise(struct row_task *t, size_t row, const struct bz_state *posterior, const double *counts,
                     struct bz_error *err)
{
    const struct bz_ais_options *o = t->o;
    struct bz_path *top = NULL, *p = NULL;
    struct bz_base *q = NULL;
    double *log_w = bz_alloc(o->runs, sizeof(*log_w), err), log_q[BZ_TILE], log_f[BZ_TILE];
    int rc = -1;

    if (!log_w || posterior_base(&q, t->m, posterior, err) < 0)
        goto out;
    for (size_t done = 0; done < o->runs; done += BZ_TILE) {
        const size_t n = o->runs - done < BZ_TILE ? o->runs - done : BZ_TILE, first = row * o->runs + done;

        if (bz_path_new(&top, t->m, o->base, t->visible, counts, n, err) < 0 ||
            bz_path_new(&p, t->m, o->base, NULL, counts, n, err) < 0)
            goto out;
        repeat_row(top->s, t->data, row);
        repeat_row(p->s, t->data, row);
        memset(log_q, 0, sizeof(log_q));
        draw_posterior(top, q, o->seed, (uint32_t)first, log_q);
        for (size_t l = 0; l < t->m->n_layers; l++)
            if (top->role[l] == BZ_PATH_KEPT)
                memcpy(p->s->x[l], top->s->x[l], n * t->m->layers[l].size * sizeof(float));
        bz_path_update(top);
        bz_path_log_f(top, log_f);
        for (size_t r = 0; r < n; r++)
            log_w[done + r] = log_f[r] - log_q[r] - bz_path_base_log_z(p);
        bz_path_descend(p, o, first, log_w + done);
        bz_path_free(top);
        bz_path_free(p);
        top = p = NULL;
    }
    t->value[row] = bz_logmeanexp(log_w, o->runs);
    rc = 0;
out:
    bz_base_free(q);
    bz_path_free(top);
    bz_path_free(p);
    bz_free(log_w);
    return rc;
}

static void run_row(void *arg, size_t row)
{
    struct row_task *t = arg;
    struct bz_state *posterior = NULL;
    struct bz_work *work = NULL;
    double *counts = bz_alloc(t->m->n_layers, sizeof(*counts), &t->err[row]);

    t->failed[row] = -1;
    if (counts && bz_state_new(&posterior, t->m, 1, &t->err[row]) == 0 && bz_work_new(&work, t->m, &t->err[row]) == 0) {
        posterior->n = 1;
        repeat_row(posterior, t->data, row);
        for (size_t l = 0; l < t->m->n_layers; l++)
            counts[l] = t->data->counts[l] ? t->data->counts[l][row] : 0.0;
        bz_mean_field(posterior, 0, 1, false, NULL, work);
        t->failed[row] = t->one(t, row, posterior, counts, &t->err[row]);
    }
    bz_state_free(posterior);
    bz_work_free(work);
    bz_free(counts);
}

static int run_rows(struct row_task *t, struct bz_error *err)
{
    const size_t rows = t->data->n;
    bool *visible = bz_alloc(t->m->n_layers, sizeof(*visible), err);
    int rc = -1;

    if (!visible || !(t->err = bz_alloc(rows, sizeof(*t->err), err)) || !(t->failed = bz_alloc(rows, sizeof(*t->failed), err)))
        goto out;
    for (size_t l = 0; l < t->m->n_layers; l++)
        visible[l] = bz_is_visible(&t->m->layers[l]);
    t->visible = visible;
    bz_parallel_for(t->o->par, rows, run_row, t);
    rc = 0;
    for (size_t r = 0; r < rows && rc == 0; r++)
        if (t->failed[r]) {
            rc = -1;
            if (err)
                *err = t->err[r];
        }
out:
    bz_free_all(visible, t->err, t->failed);
    return rc;
}

int bz_raise(const struct bz_machine *m, const struct bz_ais_options *o, const struct bz_state *data, double *log_p,
             struct bz_error *err)
{
    struct row_task t = {.m = m, .o = o, .data = data, .value = log_p, .one = one_raise};

    return bz_ais_check(m, o, err) < 0 ? -1 : run_rows(&t, err);
}

int bz_ais_rows(const struct bz_machine *m, const struct bz_ais_options *o, const struct bz_state *data, double *log_f,
                double *stderr_, struct bz_error *err)
{
    struct row_task t = {.m = m, .o = o, .data = data, .value = log_f, .stderr_ = stderr_, .one = one_free_energy};

    return bz_ais_check(m, o, err) < 0 ? -1 : run_rows(&t, err);
}
