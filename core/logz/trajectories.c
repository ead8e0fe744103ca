#include "trajectories.h"

#include "mem.h"
#include "unit.h"

#include <math.h>
#include <string.h>

double bz_trajectories_lowest(struct bz_trajectory *const *t, size_t n, size_t rungs)
{
    uint64_t tried[BZ_MOST_RUNGS + 1] = {0}, taken[BZ_MOST_RUNGS + 1] = {0};
    double lowest = (double)NAN;

    for (size_t i = 0; i < n; i++)
        bz_trajectory_count(t[i], tried, taken);
    for (size_t k = 0; k < rungs; k++)
        if (!(lowest <= (double)taken[k] / (double)tried[k]) && tried[k])
            lowest = (double)taken[k] / (double)tried[k];
    return lowest;
}

double bz_trajectories_old(struct bz_trajectory *const *t, size_t n)
{
    double old = 0, chains = 0;

    for (size_t i = 0; i < n; i++) {
        const double rows = (double)bz_trajectory_chains(t[i])->s->n;

        old += bz_trajectory_old(t[i]) * rows;
        chains += rows;
    }
    return old / chains;
}

/* Of trajectories first .. first+n-1 together; room[2][n][most]: for the differences of a pair. */
static double sum_of_pairs(struct bz_trajectory *const *t, size_t n, size_t rungs, double *forward, double *backward,
                           double *error)
{
    double sum = 0, variance = 0;

    for (size_t k = 0; k < rungs; k++) {
        const double *f, *b;
        size_t all = 0, some;
        double one;

        for (size_t i = 0; i < n; i++) {
            bz_trajectory_recorded(t[i], k, &f, &b, &some);
            memcpy(forward + all, f, some * sizeof(*f));
            memcpy(backward + all, b, some * sizeof(*b));
            all += some;
        }
        if (!all)
            return (double)NAN;
        sum += bz_bennett(forward, backward, all, &one);
        variance += one * one;
    }
    *error = sqrt(variance);
    return sum;
}

int bz_trajectories_log_ratio(struct bz_trajectory *const *t, size_t n, size_t rungs, double *ratio, double *error,
                              struct bz_error *err)
{
    enum { FEW = 4 };
    size_t most = 1;
    const double *f, *b;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rungs; k++) {
            size_t some;
            bz_trajectory_recorded(t[i], k, &f, &b, &some);
            most = some > most ? some : most;
        }
    double *forward = bz_alloc(n * most, sizeof(*forward), err);
    double *backward = forward ? bz_alloc(n * most, sizeof(*backward), err) : NULL;
    if (backward)
        *ratio = sum_of_pairs(t, n, rungs, forward, backward, error);
    if (backward && n >= FEW) {
        double mean = 0, square = 0, unused;

        for (size_t i = 0; i < n; i++) {
            const double one = sum_of_pairs(t + i, 1, rungs, forward, backward, &unused) - *ratio;

            mean += one / (double)n;
            square += one * one / (double)n;
        }
        *error = fmax(*error, sqrt(fmax(0, square - mean * mean) / (double)(n - 1)));
    }
    bz_free(forward);
    bz_free(backward);
    return backward ? 0 : -1;
}

static int uncoupled_log_z(const struct bz_machine *m, const double *counts, double *log_z, struct bz_error *err)
{
    *log_z = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        float *field = bz_alloc(m->layers[l].size, sizeof(*field), err);

        if (!field)
            return -1;
        memcpy(field, m->layers[l].bias, m->layers[l].size * sizeof(*field));
        *log_z += bz_unit_type(m->layers[l].unit)->log_sum(&m->layers[l], field, 1, counts ? counts[l] : 0);
        bz_free(field);
    }
    return 0;
}

/* --- log Z --- */

enum { GROUPS = 16, ROWS = 8, MOST_KEPT = 8192 /* differences of a pair and group */ };

struct runs {
    const struct bz_ladder_options *o;
    struct bz_trajectory *t[GROUPS];
    struct bz_work *w[GROUPS];
};

static void run_group(void *arg, size_t g)
{
    const struct runs *r = arg;

    bz_trajectory_start(r->t[g], r->o->seed, (uint32_t)(g * ROWS), NULL, r->w[g]);
    bz_trajectory_run(r->t[g], r->o->rounds / 2, r->w[g]);
    bz_trajectory_reset(r->t[g]);
    bz_trajectory_run(r->t[g], r->o->rounds - r->o->rounds / 2, r->w[g]);
}

int bz_ladder_log_z(const struct bz_machine *m, const struct bz_ladder *l, const struct bz_ladder_options *o,
                    struct bz_ladder_result *out, struct bz_error *err)
{
    struct runs r = {.o = o};
    const size_t kept = (o->rounds - o->rounds / 2) * ROWS;
    double ratio;
    int rc = 0;

    for (size_t g = 0; rc == 0 && g < GROUPS; g++)
        rc = bz_work_new(&r.w[g], m, err) < 0 || bz_trajectory_new(&r.t[g], l, m, ROWS, err) < 0 ||
                     bz_trajectory_record(r.t[g], kept < MOST_KEPT ? kept : MOST_KEPT, err) < 0
                 ? -1
                 : 0;
    if (rc == 0) {
        bz_parallel_for(o->par, GROUPS, run_group, &r);
        *out = (struct bz_ladder_result){.rungs = l->n,
                                         .chains = (size_t)GROUPS * ROWS,
                                         .lowest_rate = bz_trajectories_lowest(r.t, GROUPS, l->n),
                                         .old = bz_trajectories_old(r.t, GROUPS)};
        rc = uncoupled_log_z(l->rung[0], NULL, &out->log_z, err);
    }
    if (rc == 0)
        rc = bz_trajectories_log_ratio(r.t, GROUPS, l->n, &ratio, &out->stderr_, err);
    if (rc == 0)
        out->log_z += ratio;
    for (size_t g = 0; g < GROUPS; g++) {
        bz_trajectory_free(r.t[g]);
        bz_work_free(r.w[g]);
    }
    return rc;
}
