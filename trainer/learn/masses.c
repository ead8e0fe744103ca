#include "masses.h"

#include "ais_path.h"
#include "gibbs.h"
#include "mathx.h"
#include "mem.h"

#include <math.h>
#include <string.h>

enum { SETTLING = 50 /* sweeps of the given states by this machine, before runs start from them */ };

struct train_masses {
    const struct bz_machine *m;
    const struct train_clusters *clusters;
    struct bz_base *base[TRAIN_CLUSTERS]; /* at each group's rates, with the deviations within groups */
    struct bz_state *ends;
    struct bz_chains *starts;
    struct bz_work *work;
    double *up, *down; /* [runs] */
};

int train_masses_new(struct train_masses **out, const struct bz_machine *m, const struct train_clusters *clusters, size_t runs,
                     struct bz_error *err)
{
    struct train_masses *t = bz_alloc(1, sizeof(*t), err);
    const double **mean = bz_alloc(m->n_layers, sizeof(*mean), err);
    int rc = -1;
    if (!t || !mean)
        goto out;
    t->m = m;
    t->clusters = clusters;
    if (!(t->up = bz_alloc(runs, sizeof(double), err)) || !(t->down = bz_alloc(runs, sizeof(double), err)) ||
        bz_state_new(&t->ends, m, runs, err) < 0 || bz_chains_new(&t->starts, m, runs, err) < 0 ||
        bz_work_new(&t->work, m, err) < 0)
        goto out;
    for (size_t k = 0; k < clusters->n; k++) {
        const double *centre = clusters->centre + k * clusters->size;
        for (size_t l = 0; l < m->n_layers; l++)
            if (bz_is_visible(&m->layers[l])) {
                mean[l] = centre;
                centre += m->layers[l].size;
            }
        if (bz_base_new(&t->base[k], m, mean, NULL, err) < 0)
            goto out;
    }
    *out = t;
    rc = 0;
out:
    bz_free(mean);
    if (rc < 0)
        train_masses_free(t);
    return rc;
}

void train_masses_free(struct train_masses *t)
{
    if (!t)
        return;
    for (size_t k = 0; k < TRAIN_CLUSTERS; k++)
        bz_base_free(t->base[k]);
    bz_state_free(t->ends);
    bz_chains_free(t->starts);
    bz_work_free(t->work);
    bz_free_all(t->up, t->down, t);
}

/* --- both ways --- */

static double logistic(double x)
{
    return x >= 0 ? 1 / (1 + bz_exp(-x)) : bz_exp(x) / (1 + bz_exp(x));
}

/* Means of the acceptances and of their squares if the log mass is `at`. sign 1: of runs up to the machine, -1: of runs
 * down. */
static double accepted(const double *log_w, size_t n, double sign, double at, double *squares)
{
    double mean = 0;
    *squares = 0;
    for (size_t i = 0; i < n; i++) {
        const double a = logistic(sign * (log_w[i] - at));
        mean += a / (double)n;
        *squares += a * a / (double)n;
    }
    return mean;
}

double train_mass_of_both(const double *up, size_t n_up, const double *down, size_t n_down, double *error)
{
    const double more = bz_log((double)n_up / (double)n_down);
    double low = INFINITY, high = -INFINITY, squares[2], mean[2];
    for (size_t i = 0; i < n_up + n_down; i++) {
        const double w = i < n_up ? up[i] : down[i - n_up];
        low = isfinite(w) ? fmin(low, w) : low;
        high = isfinite(w) ? fmax(high, w) : high;
    }
    low -= 50;
    high += 50;
    while (high - low > 1e-9 * fmax(1, fabs(high))) { /* as many are accepted upwards as downwards */
        const double middle = low + (high - low) / 2;
        mean[0] = accepted(up, n_up, 1, middle, &squares[0]) * (double)n_up;
        mean[1] = accepted(down, n_down, -1, middle, &squares[1]) * (double)n_down;
        if (mean[0] > mean[1])
            low = middle;
        else
            high = middle;
    }
    mean[0] = accepted(up, n_up, 1, low, &squares[0]);
    mean[1] = accepted(down, n_down, -1, low, &squares[1]);
    *error = sqrt(fmax(squares[0] / (mean[0] * mean[0]) - 1, 0) / (double)n_up +
                  fmax(squares[1] / (mean[1] * mean[1]) - 1, 0) / (double)n_down);
    return low - more;
}

/* --- runs --- */

/* 1 = done, 0 = energies are out of range, no result, -1 = failed. */
static int came_to(int rc, const struct bz_error *failure, struct bz_error *err)
{
    if (rc == 0 || failure->code == BZ_DIVERGED)
        return rc == 0;
    if (err)
        *err = *failure;
    return -1;
}

/* Forward to group k's mode; runs that end elsewhere have no weight. *zero: the log mass for a log weight of 0. */
static int run_up(struct train_masses *t, size_t k, struct bz_ais_options o, double *zero, struct bz_error *err)
{
    struct bz_ais_result r;
    struct bz_error failure;
    double all, error, ess;
    o.ends = t->ends;
    t->ends->n = o.runs;
    const int came = came_to(bz_ais(t->m, &o, t->up, &r, &failure), &failure, err);
    if (came <= 0)
        return came;
    bz_ais_summarise(t->up, o.runs, &all, &error, &ess);
    *zero = r.log_z - all;
    for (size_t i = 0; i < o.runs; i++)
        if (train_cluster_at(t->clusters, t->ends, i) != k)
            t->up[i] = -INFINITY;
    return 1;
}

/* At most `runs` of the chains that are in group k and stay there while they settle. */
static void settle(struct train_masses *t, size_t k, const struct bz_state *chains, size_t runs, uint64_t seed)
{
    struct bz_chains *c = t->starts;
    size_t n = 0;
    for (size_t r = 0; r < chains->n && n < runs; r++) {
        if (train_cluster_at(t->clusters, chains, r) != k)
            continue;
        for (size_t l = 0; l < t->m->n_layers; l++) {
            const size_t size = t->m->layers[l].size;
            if (bz_is_visible(&t->m->layers[l]))
                memcpy(c->s->x[l] + n * size, chains->x[l] + r * size, size * sizeof(float));
        }
        n++;
    }
    c->s->n = n;
    for (size_t r = 0; r < n; r++) {
        c->seed[r] = seed;
        c->index[r] = (uint32_t)r;
        c->step[r] = 0;
    }
    bz_gibbs(c, 0, n, SETTLING, t->work);
    n = 0;
    for (size_t r = 0; r < c->s->n; r++) {
        if (train_cluster_at(t->clusters, c->s, r) != k)
            continue;
        for (size_t l = 0; l < t->m->n_layers; l++) {
            const size_t width = t->m->layers[l].size;
            memmove(c->s->x[l] + n * width, c->s->x[l] + r * width, width * sizeof(float));
        }
        n++;
    }
    c->s->n = n;
}

/* Back from group k's mode: *n runs. */
static int run_down(struct train_masses *t, size_t k, struct bz_ais_options o, const struct bz_state *chains, size_t *n,
                    struct bz_error *err)
{
    struct bz_ais_result r;
    struct bz_error failure;
    *n = 0;
    settle(t, k, chains, o.runs, o.seed);
    if (!t->starts->s->n)
        return 0;
    const int came = came_to(bz_ais_reverse(t->m, &o, t->starts->s, t->down, &r, &failure), &failure, err);
    if (came <= 0)
        return came;
    *n = t->starts->s->n;
    for (size_t i = 0; i < *n; i++)
        t->down[i] = -t->down[i];
    return 1;
}

int train_masses_estimate(struct train_masses *t, struct bz_ais_options o, const struct bz_state *chains, double *log_mass,
                          double *error, struct bz_error *err)
{
    const uint64_t seed = o.seed;
    for (size_t k = 0; k < t->clusters->n; k++) {
        double zero, ess;
        size_t n = 0;
        log_mass[k] = error[k] = NAN;
        o.base = t->base[k];
        o.seed = seed + k;
        const int came = run_up(t, k, o, &zero, err);
        if (came < 0)
            return -1;
        if (came)
            bz_ais_summarise(t->up, o.runs, &log_mass[k], &error[k], &ess);
        if (!isfinite(log_mass[k])) {
            log_mass[k] = NAN;
            continue;
        }
        o.seed = seed + t->clusters->n + k;
        if (chains && run_down(t, k, o, chains, &n, err) < 0)
            return -1;
        if (n)
            log_mass[k] = train_mass_of_both(t->up, o.runs, t->down, n, &error[k]);
        log_mass[k] += zero;
    }
    return 0;
}

/* --- together --- */

void train_mass_add(struct train_mass_pool *p, size_t groups, const double *log_mass, const double *error)
{
    const double least = 1e-3; /* what is the same in all runs says nothing of its error */
    for (size_t k = 0; k < groups; k++) {
        if (!isfinite(log_mass[k]) || !isfinite(error[k]))
            continue;
        const double w = 1 / pow(fmax(error[k], least), 2), off = log_mass[k] - p->mean[k];
        p->n[k]++;
        p->weight[k] += w;
        p->mean[k] += w / p->weight[k] * off;
        p->scatter[k] += w * off * (log_mass[k] - p->mean[k]);
    }
}

void train_mass_of_pool(const struct train_mass_pool *p, size_t groups, double *log_mass, double *error)
{
    for (size_t k = 0; k < groups; k++) {
        const double others = p->n[k] > 1 ? p->scatter[k] / (double)(p->n[k] - 1) : 0;
        log_mass[k] = p->n[k] ? p->mean[k] : (double)NAN;
        error[k] = p->n[k] ? sqrt(fmax(1, others) / p->weight[k]) : (double)NAN;
    }
}
