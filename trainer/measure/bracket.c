/* Checks of an AIS estimate: reverse AIS from the model's own chains and RAISE on some rows, which bound it from the other
 * side; and the free energies of single rows, where mean field only bounds them. */
#include "evaluation.h"

#include "mem.h"

#include <math.h>
#include <string.h>

enum { SETTLE = 2000 }; /* sweeps before reverse runs start from the chains' states */

struct settle_task {
    struct bz_chains *c;
    struct bz_error *err; /* [tiles] */
    int *failed;          /* [tiles] */
};

static void settle_tile(void *arg, size_t i)
{
    struct settle_task *t = arg;
    const size_t first = i * BZ_TILE, left = t->c->s->n - first, n = left < BZ_TILE ? left : BZ_TILE;
    struct bz_work *w = NULL;

    t->failed[i] = bz_work_new(&w, t->c->s->m, &t->err[i]);
    if (t->failed[i])
        return;
    bz_gibbs(t->c, first, n, SETTLE, w);
    bz_work_free(w);
}

/* n chains of the machine after SETTLE sweeps from their base means. */
static int settled_chains(struct bz_chains **out, const struct bz_machine *m, const struct bz_ais_options *o,
                          struct bz_error *err)
{
    const size_t tiles = (o->runs + BZ_TILE - 1) / BZ_TILE;
    struct settle_task t = {.err = bz_alloc(tiles, sizeof(struct bz_error), err), .failed = bz_alloc(tiles, sizeof(int), err)};
    struct bz_work *w = NULL;
    int rc = -1;

    if (!t.err || !t.failed || bz_chains_new(&t.c, m, o->runs, err) < 0 || bz_chains_fix(t.c, err) < 0 ||
        bz_work_new(&w, m, err) < 0)
        goto out;
    t.c->s->n = o->runs;
    for (size_t r = 0; r < o->runs; r++) {
        t.c->seed[r] = o->seed;
        t.c->index[r] = (uint32_t)r;
        t.c->temperature[r] = 1.0;
        for (size_t l = 0; l < m->n_layers; l++)
            if (t.c->s->counts[l])
                t.c->s->counts[l][r] = (float)o->counts[l];
    }
    bz_chains_init(t.c, 0, o->runs, NULL, w);
    bz_parallel_for(o->par, tiles, settle_tile, &t);
    rc = 0;
    for (size_t i = 0; i < tiles && rc == 0; i++)
        if (t.failed[i]) {
            *err = t.err[i];
            rc = -1;
        }
    if (rc == 0)
        *out = bz_take(&t.c);
out:
    bz_chains_free(t.c);
    bz_work_free(w);
    bz_free(t.err);
    bz_free(t.failed);
    return rc;
}

static int refuse_unknown(const struct bz_state *s, size_t first, const char *option, struct bz_error *err)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t size = s->m->layers[l].size;

        for (size_t r = 0; s->known[l] && r < s->n; r++)
            if (memchr(s->known[l] + r * size, 0, size))
                return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu lacks values of layer '%s', expected complete rows", option,
                               first + r + 1, s->m->layers[l].name);
    }
    return 0;
}

/* Calls measure for the first n rows, a tile at a time. */
static int each_complete_row(struct train_rows *rows, size_t n, const char *option,
                             int (*measure)(void *arg, const struct bz_state *data, size_t first, struct bz_error *err),
                             void *arg, struct bz_error *err)
{
    struct bz_state *data = NULL;
    int rc = bz_state_new(&data, rows->model->machine, BZ_TILE, err);

    for (size_t done = 0; rc == 0 && done < n; done += BZ_TILE) {
        const size_t some = n - done < BZ_TILE ? n - done : BZ_TILE;

        rc = train_rows_fill(rows, data, done, some, err);
        if (rc == 0)
            rc = refuse_unknown(data, done, option, err);
        if (rc == 0)
            rc = measure(arg, data, done, err);
    }
    bz_state_free(data);
    return rc;
}

struct row_values {
    struct bz_ais_options ais;
    uint64_t seed;
    const struct bz_machine *m;
    double *value, *stderr_; /* [rows] */
};

static int raise_tile(void *arg, const struct bz_state *data, size_t first, struct bz_error *err)
{
    struct row_values *t = arg;

    t->ais.seed = t->seed + first; /* a tile's rows are numbered from 0 */
    return bz_raise(t->m, &t->ais, data, t->value + first, err);
}

static int raise_rows(struct train_rows *rows, const struct bz_ais_options *o, size_t n, double *mean, struct bz_error *err)
{
    struct row_values t = {.ais = *o, .seed = o->seed, .m = rows->model->machine};
    double sum = 0;
    int rc = -1;

    n = n < rows->data->rows ? n : rows->data->rows;
    if (!(t.value = bz_alloc(n, sizeof(double), err)) || each_complete_row(rows, n, "--bracket", raise_tile, &t, err) < 0)
        goto out;
    for (size_t r = 0; r < n; r++)
        sum += t.value[r];
    *mean = sum / (double)n;
    rc = 0;
out:
    bz_free(t.value);
    return rc;
}

static int case_tile(void *arg, const struct bz_state *data, size_t first, struct bz_error *err)
{
    struct row_values *t = arg;

    t->ais.seed = t->seed + first;
    return bz_ais_rows(t->m, &t->ais, data, t->value + first, t->stderr_ + first, err);
}

int train_cases(struct train_rows *rows, const struct train_evaluate_options *o, struct train_evaluation *e,
                struct bz_error *err)
{
    const struct bz_machine *m = rows->model->machine;
    const size_t n = o->cases < rows->data->rows ? o->cases : rows->data->rows;
    double *betas = bz_alloc(o->case_betas, sizeof(*betas), err), *counts = bz_alloc(m->n_layers, sizeof(*counts), err);
    struct row_values t = {.ais = {.runs = o->runs, .betas = betas, .n_betas = o->case_betas, .counts = counts, .par = o->par},
                           .seed = o->seed + 2,
                           .m = m,
                           .value = bz_alloc(n, sizeof(double), err),
                           .stderr_ = bz_alloc(n, sizeof(double), err)};
    double gap = 0, variance = 0, bound = 0;
    int rc = -1;

    if (!betas || !counts || !t.value || !t.stderr_)
        goto out;
    bz_ais_schedule(betas, o->case_betas);
    if (each_complete_row(rows, n, "--cases", case_tile, &t, err) < 0)
        goto out;
    for (size_t r = 0; r < n; r++) {
        gap += (t.value[r] + e->free_energy[r]) / (double)n;
        variance += t.stderr_[r] * t.stderr_[r] / (double)n / (double)n;
        bound += e->log_prob ? e->log_prob[r] / (double)n : 0;
    }
    e->cases = n;
    e->case_gap = gap;
    e->case_gap_stderr = sqrt(variance);
    if (e->log_prob) {
        e->case_bound_mean = bound;
        e->case_log_prob_mean = bound + gap;
    }
    rc = 0;
out:
    bz_free_all(betas, counts, t.value, t.stderr_);
    return rc;
}

int train_bracket(struct train_rows *rows, const struct train_evaluate_options *o, struct train_evaluation *e,
                  struct bz_error *err)
{
    const struct bz_machine *m = rows->model->machine;
    double *betas = bz_alloc(o->betas, sizeof(*betas), err);
    struct bz_ais_options ais = train_ais_options(o, betas, NULL);
    struct bz_base *base = NULL;
    struct bz_chains *c = NULL;
    struct bz_ais_result reverse;
    int rc = -1;

    if (!betas || train_data_base(&base, m, rows->data, rows->part_of, err) < 0)
        goto out;
    bz_ais_schedule(betas, o->betas);
    ais.base = base;
    ais.seed = o->seed + 1;
    if (settled_chains(&c, m, &ais, err) < 0 || bz_ais_reverse(m, &ais, c->s, NULL, &reverse, err) < 0 ||
        raise_rows(rows, &ais, o->bracket_rows, &e->raise_mean, err) < 0)
        goto out;
    e->raise_rows = o->bracket_rows < rows->data->rows ? o->bracket_rows : rows->data->rows;
    e->reverse_log_z = reverse.log_z;
    e->reverse_stderr = reverse.stderr_;
    rc = 0;
out:
    bz_chains_free(c);
    bz_base_free(base);
    bz_free(betas);
    return rc;
}
