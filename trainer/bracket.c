/* The other side of an AIS estimate: reverse AIS from the model's own chains, and RAISE on some rows. */
#include "evaluation.h"

#include "mem.h"

#include <string.h>

enum { SETTLE = 2000 }; /* sweeps before the chains' states start reverse runs */

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

    if (!t.err || !t.failed || bz_chains_new(&t.c, m, o->runs, err) < 0 || bz_work_new(&w, m, err) < 0)
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
    if (rc == 0) {
        *out = t.c;
        t.c = NULL;
    }
out:
    bz_chains_free(t.c);
    bz_work_free(w);
    bz_free(t.err);
    bz_free(t.failed);
    return rc;
}

static int raise_rows(struct train_rows *rows, const struct bz_ais_options *o, size_t n, double *mean, struct bz_error *err)
{
    const struct bz_machine *m = rows->model->machine;
    struct bz_state *data = NULL;
    double *log_p = bz_alloc(n, sizeof *log_p, err), sum = 0;
    int rc = -1;

    n = n < rows->data->rows ? n : rows->data->rows;
    if (!log_p || bz_state_new(&data, m, BZ_TILE, err) < 0)
        goto out;
    for (size_t done = 0; done < n; done += BZ_TILE) {
        const size_t some = n - done < BZ_TILE ? n - done : BZ_TILE;

        if (train_fill_state(data, rows->data, rows->part_of, done, some, rows->binarize, rows->seed, err) < 0 ||
            bz_raise(m, o, data, log_p + done, err) < 0)
            goto out;
    }
    for (size_t r = 0; r < n; r++)
        sum += log_p[r];
    *mean = sum / (double)n;
    rc = 0;
out:
    bz_state_free(data);
    bz_free(log_p);
    return rc;
}

int train_bracket(struct train_rows *rows, const struct train_evaluate_options *o, struct train_evaluation *e,
                  struct bz_error *err)
{
    const struct bz_machine *m = rows->model->machine;
    double *betas = bz_alloc(o->betas, sizeof *betas, err);
    struct bz_ais_options ais = {.runs = o->runs, .betas = betas, .n_betas = o->betas, .seed = o->seed + 1, .par = o->par};
    struct bz_base *base = NULL;
    struct bz_chains *c = NULL;
    struct bz_ais_result reverse;
    int rc = -1;

    for (size_t l = 0; l < m->n_layers; l++)
        if (m->layers[l].unit == BZ_MULTINOMIAL) {
            bz_free(betas);
            return bz_fail(err, BZ_UNSUPPORTED, "--bracket: log Z of layer '%s' depends on the number of counts",
                           m->layers[l].name);
        }
    if (!betas || train_data_base(&base, m, rows->data, rows->part_of, err) < 0)
        goto out;
    bz_ais_schedule(betas, o->betas);
    ais.base = base;
    if (settled_chains(&c, m, &ais, err) < 0 || bz_ais_reverse(m, &ais, c->s, &reverse, err) < 0 ||
        raise_rows(rows, &ais, o->bracket_rows, &e->raise_mean, err) < 0)
        goto out;
    e->reverse_log_z = reverse.log_z;
    e->reverse_stderr = reverse.stderr_;
    rc = 0;
out:
    bz_chains_free(c);
    bz_base_free(base);
    bz_free(betas);
    return rc;
}
