/* Annealed importance sampling for single rows: RAISE, and the free energy of a clamped row. */
#include "ais_path.h"

#include "energy_terms.h"
#include "infer.h"
#include "mathx.h"
#include "mem.h"

#include <math.h>
#include <string.h>

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

/* A base whose hidden layers stand at the posterior means of one row. */
static int posterior_base(struct bz_base **out, const struct bz_machine *m, const struct bz_state *posterior,
                          struct bz_error *err)
{
    struct bz_base *base = NULL;

    if (bz_base_new(&base, m, NULL, NULL, err) < 0)
        return -1;
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];

        if (bz_is_visible(layer))
            continue;
        if (!base->bias[l] && !(base->bias[l] = bz_alloc(layer->size, sizeof(float), err))) {
            bz_base_free(base);
            return -1;
        }
        for (size_t i = 0; i < layer->size; i++) {
            const double mean = posterior->x[l][i], p = mean < 1e-4 ? 1e-4 : mean > 1 - 1e-4 ? 1 - 1e-4 : mean;

            if (layer->unit == BZ_GAUSSIAN)
                base->bias[l][i] = (float)mean;
            else
                base->bias[l][i] = (float)(layer->unit == BZ_BERNOULLI ? bz_log(p) - bz_log1p(-p) : bz_log(p));
        }
    }
    *out = base;
    return 0;
}

static int one_free_energy(struct row_task *t, size_t row, const struct bz_state *posterior, const double *counts,
                           struct bz_error *err)
{
    struct bz_ais_options o = *t->o;
    struct bz_base *base = NULL;
    struct bz_path *p = NULL;
    double *log_w = bz_alloc(o.runs, sizeof *log_w, err), mean, error, ess, constant = 0;
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

/* Draws the kept hidden layers of every row of p from independent units with the posterior's means; log_q[r] += log of that. */
static void draw_posterior(struct bz_path *p, const struct bz_state *posterior, uint64_t seed, uint32_t first, double *log_q)
{
    for (size_t l = 0; l < p->m->n_layers; l++) {
        const struct bz_layer *layer = &p->m->layers[l];
        const size_t groups = layer->unit == BZ_SOFTMAX ? layer->groups : layer->size, k = layer->size / groups;

        if (bz_is_visible(layer) || p->role[l] != BZ_PATH_KEPT)
            continue;
        for (size_t r = 0; r < p->s->n; r++) {
            const struct bz_key key = {
                .seed = seed, .chain = first + (uint32_t)r, .layer = (uint16_t)l, .purpose = BZ_DRAW_INIT};
            float *x = p->s->x[l] + r * layer->size;

            memset(x, 0, layer->size * sizeof *x);
            for (size_t g = 0; g < groups; g++) {
                const float *mean = posterior->x[l] + g * k;
                double u = bz_random_double(&key, (uint32_t)g), p_on;
                size_t chosen = 0;

                if (k == 1) {
                    p_on = mean[0];
                    x[g] = u < p_on ? 1.0f : 0.0f;
                    log_q[r] += bz_log(x[g] == 1.0f ? p_on : 1.0 - p_on);
                    continue;
                }
                while (chosen + 1 < k && u >= mean[chosen])
                    u -= mean[chosen++];
                x[g * k + chosen] = 1.0f;
                log_q[r] += bz_log(mean[chosen]);
            }
        }
    }
}

static int one_raise(struct row_task *t, size_t row, const struct bz_state *posterior, const double *counts,
                     struct bz_error *err)
{
    const struct bz_ais_options *o = t->o;
    struct bz_path *top = NULL, *p = NULL;
    double *log_w = bz_alloc(o->runs, sizeof *log_w, err), log_q[BZ_TILE], log_f[BZ_TILE];
    int rc = -1;

    for (size_t done = 0; log_w && done < o->runs; done += BZ_TILE) {
        const size_t n = o->runs - done < BZ_TILE ? o->runs - done : BZ_TILE, first = row * o->runs + done;

        if (bz_path_new(&top, t->m, o->base, t->visible, counts, n, err) < 0 ||
            bz_path_new(&p, t->m, o->base, NULL, counts, n, err) < 0)
            goto out;
        repeat_row(top->s, t->data, row);
        repeat_row(p->s, t->data, row);
        memset(log_q, 0, sizeof log_q);
        draw_posterior(top, posterior, o->seed, (uint32_t)first, log_q);
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
    if (log_w) {
        t->value[row] = bz_logmeanexp(log_w, o->runs);
        rc = 0;
    }
out:
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
    double *counts = bz_alloc(t->m->n_layers, sizeof *counts, &t->err[row]);

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
    bool *visible = bz_alloc(t->m->n_layers, sizeof *visible, err);
    int rc = -1;

    if (!visible || !(t->err = bz_alloc(rows, sizeof *t->err, err)) || !(t->failed = bz_alloc(rows, sizeof *t->failed, err)))
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
    bz_free(visible);
    bz_free(t->err);
    bz_free(t->failed);
    return rc;
}

int bz_raise(const struct bz_machine *m, const struct bz_ais_options *o, const struct bz_state *data, double *log_p,
             struct bz_error *err)
{
    struct row_task t = {.m = m, .o = o, .data = data, .value = log_p, .one = one_raise};

    for (size_t l = 0; l < m->n_layers; l++)
        if (!bz_is_visible(&m->layers[l]) && m->layers[l].unit != BZ_BERNOULLI && m->layers[l].unit != BZ_SOFTMAX &&
            !bz_machine_hidden_independent(m))
            return bz_fail(err, BZ_UNSUPPORTED, "RAISE: hidden layer '%s' has %s units, want bernoulli or softmax",
                           m->layers[l].name, bz_unit_name(m->layers[l].unit));
    return bz_ais_check(m, o, err) < 0 ? -1 : run_rows(&t, err);
}

int bz_ais_rows(const struct bz_machine *m, const struct bz_ais_options *o, const struct bz_state *data, double *log_f,
                double *stderr_, struct bz_error *err)
{
    struct row_task t = {.m = m, .o = o, .data = data, .value = log_f, .stderr_ = stderr_, .one = one_free_energy};

    return bz_ais_check(m, o, err) < 0 ? -1 : run_rows(&t, err);
}
