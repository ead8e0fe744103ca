#include "ais.h"

#include "ais_path.h"
#include "energy_terms.h"
#include "mathx.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <string.h>

void bz_ais_schedule(double *betas, size_t n)
{
    /* Shares of the published 14 500 steps: 500 in [0, 0.5], 4000 in [0.5, 0.9], 10 000 in [0.9, 1]. */
    const double first = 500.0 / 14500.0, second = 4500.0 / 14500.0;

    for (size_t k = 0; k < n; k++) {
        const double t = (double)k / (double)(n - 1);

        if (t <= first)
            betas[k] = 0.5 * t / first;
        else if (t <= second)
            betas[k] = 0.5 + 0.4 * (t - first) / (second - first);
        else
            betas[k] = 0.9 + 0.1 * (t - second) / (1.0 - second);
    }
    betas[0] = 0.0;
    betas[n - 1] = 1.0;
}

struct run_task {
    const struct bz_machine *m;
    const struct bz_ais_options *o;
    const struct bz_state *start; /* reverse runs start here; NULL = forward */
    size_t first, last, tile;     /* runs of this process, and runs per task */
    double *log_w;                /* [runs] */
    double base_log_z;            /* the same in every task */
    double constant;              /* difference between the energy and its form with folded offsets; the same in every task */
    struct bz_error *err;         /* [tasks] */
    int *failed;                  /* [tasks] */
};

int bz_path_ascend(struct bz_path *p, const struct bz_ais_options *o, size_t first, double *log_w, struct bz_error *err)
{
    struct bz_path_draws at = {.seed = o->seed, .first = (uint32_t)first};

    bz_path_start(p, at);
    for (size_t k = 1; k < o->n_betas; k++) {
        at.step = k;
        bz_path_update(p);
        bz_path_add_ratio(p, o->betas[k], o->betas[k - 1], log_w);
        if (k + 1 < o->n_betas)
            bz_path_move(p, o->betas[k], false, at);
        if (first == 0 && o->progress && k % 64 == 0 && o->progress(o->progress_arg, k, o->n_betas))
            return bz_fail(err, BZ_INTERRUPTED, "annealed importance sampling was interrupted after %zu of %zu temperatures", k,
                           o->n_betas);
    }
    return 0;
}

void bz_path_descend(struct bz_path *p, const struct bz_ais_options *o, size_t first, double *log_w)
{
    struct bz_path_draws at = {.seed = o->seed, .first = (uint32_t)first};

    bz_path_update(p);
    for (size_t k = o->n_betas - 1; k >= 1; k--) {
        at.step = k;
        bz_path_move(p, o->betas[k], true, at);
        bz_path_update(p);
        bz_path_add_ratio(p, o->betas[k - 1], o->betas[k], log_w);
    }
}

enum { COMPLETION = 0x5bd1e995 }; /* sets the draws of summed layers apart from those of moves */

/* The states at which runs ended, as samples of all layers. */
static void keep_ends(struct bz_path *p, const struct bz_ais_options *o, size_t first)
{
    bz_path_complete(p, 1.0,
                     (struct bz_path_draws){.seed = o->seed ^ COMPLETION, .first = (uint32_t)first, .step = o->n_betas});
    for (size_t l = 0; l < p->m->n_layers; l++) {
        const size_t size = p->m->layers[l].size;

        memcpy(o->ends->x[l] + first * size, p->s->x[l], p->s->n * size * sizeof(float));
    }
}

static void run_tile(void *arg, size_t i)
{
    struct run_task *t = arg;
    const size_t first = t->first + i * t->tile, left = t->last - first, n = left < t->tile ? left : t->tile;
    struct bz_path *p = NULL;

    t->failed[i] = -1;
    if (bz_path_new(&p, t->m, t->o->base, NULL, t->o->counts, n, &t->err[i]) < 0 ||
        (t->o->fixed && bz_path_fix(p, &t->err[i]) < 0)) {
        bz_path_free(p);
        return;
    }
    if (i == 0) {
        t->base_log_z = bz_path_base_log_z(p);
        t->constant = bz_offset_constant(p->s, 0);
    }
    if (t->start) {
        for (size_t l = 0; l < t->m->n_layers; l++)
            if (p->role[l] == BZ_PATH_KEPT)
                memcpy(p->s->x[l], t->start->x[l] + first * t->m->layers[l].size, n * t->m->layers[l].size * sizeof(float));
        bz_path_descend(p, t->o, first, t->log_w + first);
        t->failed[i] = 0;
    } else {
        t->failed[i] = bz_path_ascend(p, t->o, first, t->log_w + first, &t->err[i]);
        if (!t->failed[i] && t->o->ends)
            keep_ends(p, t->o, first);
    }
    bz_path_free(p);
}

int bz_ais_check(const struct bz_machine *m, const struct bz_ais_options *o, struct bz_error *err)
{
    if (o->runs < 1 || o->runs > 1000000)
        return bz_fail(err, BZ_BAD_INPUT, "annealed importance sampling: %zu runs, expected 1..1000000", o->runs);
    if (o->n_betas < 2 || o->betas[0] != 0.0 || o->betas[o->n_betas - 1] != 1.0)
        return bz_fail(err, BZ_BAD_INPUT, "annealed importance sampling: the inverse temperatures must rise from 0 to 1");
    const long counted = bz_machine_counted(m);
    if (counted >= 0 && !o->counts)
        return bz_fail(err, BZ_BAD_INPUT, "layer '%s' has counts: log Z depends on their number", m->layers[counted].name);
    return 0;
}

/* All processes get all runs. If a process has failed, the others find NaN. */
static int gather(const struct bz_ais_options *o, size_t first, size_t count, bool failed, bool ends, double *log_w,
                  struct bz_error *err)
{
    for (size_t i = first; failed && i < first + count; i++)
        log_w[i] = NAN;
    if (o->spread->gather(o->spread, log_w, sizeof(*log_w), o->runs, err) < 0)
        return -1;
    for (size_t l = 0; ends && l < o->ends->m->n_layers; l++)
        if (o->spread->gather(o->spread, o->ends->x[l], o->ends->m->layers[l].size * sizeof(float), o->runs, err) < 0)
            return -1;
    return 0;
}

/* Runs all tiles; tile sizes follow the number of threads, which changes no bit of any run. */
static int run_all(const struct bz_machine *m, const struct bz_ais_options *o, const struct bz_state *start, double *log_w,
                   double *base_log_z, double *constant, struct bz_error *err)
{
    const size_t threads = o->par && o->par->threads ? o->par->threads : 1;
    const bool shared = o->spread && o->runs >= o->spread->processes;
    size_t first = 0, count = o->runs;
    if (shared)
        o->spread->share(o->spread, o->runs, &first, &count);
    const size_t rounds = (count + threads * BZ_TILE - 1) / (threads * BZ_TILE);
    const size_t tile = (count + threads * rounds - 1) / (threads * rounds), tasks = (count + tile - 1) / tile;
    struct run_task t = {.m = m, .o = o, .start = start, .first = first, .last = first + count, .tile = tile, .log_w = log_w};
    int rc = -1;

    memset(log_w, 0, o->runs * sizeof(*log_w));
    if (!(t.err = bz_alloc(tasks, sizeof(*t.err), err)) || !(t.failed = bz_alloc(tasks, sizeof(*t.failed), err)))
        goto out;
    bz_parallel_for(o->par, tasks, run_tile, &t);
    rc = 0;
    for (size_t i = 0; i < tasks && rc == 0; i++)
        if (t.failed[i]) {
            rc = -1;
            if (err)
                *err = t.err[i];
        }
    *base_log_z = t.base_log_z;
    *constant = t.constant;
out:
    bz_free(t.err);
    bz_free(t.failed);
    if (shared && gather(o, first, count, rc < 0, !start && o->ends, log_w, rc < 0 ? NULL : err) < 0)
        rc = -1;
    return rc;
}

void bz_ais_summarise(const double *log_w, size_t n, double *log_mean, double *stderr_, double *ess)
{
    double sum = 0, squares = 0, deviations = 0, largest = -INFINITY;

    for (size_t i = 0; i < n; i++)
        largest = log_w[i] > largest ? log_w[i] : largest;
    for (size_t i = 0; i < n; i++) {
        const double w = bz_exp(log_w[i] - largest);

        sum += w;
        squares += w * w;
    }
    for (size_t i = 0; i < n; i++) {
        const double d = bz_exp(log_w[i] - largest) - sum / (double)n;

        deviations += d * d;
    }
    *log_mean = largest + bz_log(sum / (double)n);
    *stderr_ = n > 1 ? sqrt(deviations / (double)(n - 1) / (double)n) / (sum / (double)n) : INFINITY;
    *ess = sum * sum / squares;
}

/* Standard deviation of log weights. */
static double spread(const double *log_w, size_t n)
{
    double mean = 0, squares = 0;

    for (size_t i = 0; i < n; i++)
        mean += log_w[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (log_w[i] - mean) * (log_w[i] - mean);
    return n > 1 ? sqrt(squares / (double)(n - 1)) : 0.0;
}

static int estimate(const struct bz_machine *m, const struct bz_ais_options *o, const struct bz_state *start, double *given,
                    struct bz_ais_result *out, struct bz_error *err)
{
    double *log_w = given ? given : bz_alloc(o->runs, sizeof(*log_w), err), mean, base, constant;
    int rc = -1;

    if (!log_w || run_all(m, o, start, log_w, &base, &constant, err) < 0)
        goto out;
    bz_ais_summarise(log_w, o->runs, &mean, &out->stderr_, &out->ess);
    out->base_log_z = base;
    out->log_z = base + (start ? -mean : mean) - constant;
    out->runs = o->runs;
    out->betas = o->n_betas;
    out->spread = spread(log_w, o->runs);
    out->reliable = out->ess >= (double)o->runs / 10.0 && out->spread * out->spread <= bz_log((double)o->runs);
    rc = isfinite(out->log_z) ? 0
                              : bz_fail(err, BZ_DIVERGED,
                                        "annealed importance sampling gave %g for log Z: the machine's energies are "
                                        "out of range",
                                        out->log_z);
out:
    if (!given)
        bz_free(log_w);
    return rc;
}

int bz_ais(const struct bz_machine *m, const struct bz_ais_options *o, double *log_w, struct bz_ais_result *out,
           struct bz_error *err)
{
    return bz_ais_check(m, o, err) < 0 ? -1 : estimate(m, o, NULL, log_w, out, err);
}

int bz_ais_reverse(const struct bz_machine *m, const struct bz_ais_options *o, const struct bz_state *start, double *log_w,
                   struct bz_ais_result *out, struct bz_error *err)
{
    struct bz_ais_options own = *o;

    own.runs = start->n;
    return bz_ais_check(m, &own, err) < 0 ? -1 : estimate(m, &own, start, log_w, out, err);
}
