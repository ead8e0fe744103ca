#include "exact.h"

#include "exact_plan.h"
#include "mathx.h"
#include "mem.h"
#include "object.h"
#include "unit.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum {
    TASK_STATES = 1 << 15, /* joint states per task, roughly */
    MAX_TASKS = 1 << 12,
    MAX_STEPS = 1 << 10, /* most steps of walks that keep ratios for each */
};

/* One row's sum: the row itself, what is known of it, and the walk over the rest. */
struct bz_exact {
    struct bz_state *s; /* one row */
    struct bz_work *w;
    struct bz_walk *walk;
    enum bz_fate *fate; /* [n_layers] */
};

static void end_exact(void *self)
{
    struct bz_exact *e = self;
    bz_state_free(e->s);
    bz_work_free(e->w);
    bz_walk_free(e->walk);
}

/* An empty row, nothing known. */
int bz_exact_new(struct bz_exact **out, const struct bz_machine *m, struct bz_error *err)
{
    struct bz_exact *e = bz_object_new(sizeof(*e), end_exact, err);

    if (!e)
        return -1;
    if (bz_state_new(&e->s, m, 1, err) < 0 || bz_work_new_for(&e->w, m, 1, err) < 0 || bz_walk_new(&e->walk, m, err) < 0 ||
        !(e->fate = bz_part(e, m->n_layers, sizeof(*e->fate), err)))
        return bz_object_give(out, e, -1);
    e->s->n = 1;
    return bz_object_give(out, e, 0);
}

void bz_exact_free(struct bz_exact *e)
{
    bz_object_free(e);
}

static int set_counts(struct bz_exact *e, const double *counts, struct bz_error *err)
{
    const struct bz_machine *m = e->s->m;

    for (size_t l = 0; l < m->n_layers; l++) {
        if (!e->s->counts[l])
            continue;
        if (!counts || !(counts[l] >= 0 && counts[l] <= (double)BZ_MAX_COUNTS) || counts[l] != floor(counts[l]))
            return bz_fail(err, BZ_BAD_INPUT,
                           "layer \"%s\": %g counts, expected a whole number in 0..%zu for a multinomial layer",
                           m->layers[l].name, counts ? counts[l] : NAN, BZ_MAX_COUNTS);
        e->s->counts[l][0] = (float)counts[l];
    }
    return 0;
}

/* Chooses fates and sets out. */
static int begin(struct bz_exact *e, int max_bits, struct bz_error *err)
{
    double bits;

    if (max_bits > BZ_EXACT_MAX_BITS)
        max_bits = BZ_EXACT_MAX_BITS;
    if (bz_exact_plan(e->s, 0, e->fate, &bits, err) < 0)
        return -1;
    if (bits > max_bits + 1e-9)
        return bz_fail(err, BZ_TOO_LARGE, "exact sum: 2^%.4g joint states to enumerate at least, expected at most 2^%d", bits,
                       max_bits);
    return bz_walk_begin(e->walk, e->s, 0, e->fate, e->w, err);
}

static int check_temperature(double t, struct bz_error *err)
{
    if (!(t > 0) || isinf(t))
        return bz_fail(err, BZ_BAD_INPUT, "temperature %g, expected a finite number above 0", t);
    return 0;
}

int bz_exact_bits(const struct bz_machine *m, double *bits, struct bz_error *err)
{
    struct bz_exact *e;
    struct bz_error failure;
    int rc = 0;

    if (bz_exact_new(&e, m, err) < 0)
        return -1;
    if (bz_exact_plan(e->s, 0, e->fate, bits, &failure) < 0) {
        *bits = -1;
        rc = failure.code == BZ_NO_MEMORY ? -1 : 0;
    }
    bz_exact_free(e);
    if (rc < 0 && err)
        *err = failure;
    return rc;
}

/* --- log Z in tasks --- */

/* The sites from n_low on are fixed within a task: their joint state is its number. */
struct job {
    const struct bz_walk *start;
    size_t n_low;
    double t;
    double *log_z; /* [tasks] */
    atomic_bool no_memory;
};

static void run_task(void *arg, size_t task)
{
    struct job *job = arg;
    struct bz_walk *walk;

    if (bz_walk_new(&walk, job->start->m, NULL) < 0) {
        atomic_store(&job->no_memory, true);
        return;
    }
    bz_walk_copy(walk, job->start);
    for (size_t i = job->n_low, rest = task; i < walk->n_sites; i++) {
        walk->site[i].state = rest % walk->site[i].states;
        rest /= walk->site[i].states;
    }
    job->log_z[task] = bz_walk_log_z(walk, job->n_low, job->t);
    bz_walk_free(walk);
}

/* The tasks and the order of their sum do not depend on the number of threads. */
static int sum_states(struct bz_walk *walk, double t, struct bz_parallel *par, double *log_z, struct bz_error *err)
{
    const size_t steps = bz_walk_steps(walk);
    if (steps <= MAX_STEPS && bz_walk_reserve(walk, steps, err) < 0)
        return -1;
    bz_walk_grow(walk, t);

    struct job job = {.start = walk, .n_low = walk->n_sites, .t = t};
    const size_t states = bz_walk_states(walk, walk->n_sites);
    int rc = -1;

    while (job.n_low > 0 && bz_walk_states(walk, job.n_low) > TASK_STATES)
        job.n_low--;
    size_t tasks = states / bz_walk_states(walk, job.n_low);
    if (tasks > MAX_TASKS) {
        job.n_low = walk->n_sites;
        tasks = 1;
    }
    if (!(job.log_z = bz_alloc(tasks, sizeof(*job.log_z), err)))
        return -1;
    bz_parallel_for(par, tasks, run_task, &job);
    if (atomic_load(&job.no_memory)) {
        bz_fail(err, BZ_NO_MEMORY, "exact sum: no memory for the fields of %zu units", walk->total);
        goto out;
    }
    *log_z = bz_logsumexp(job.log_z, tasks);
    if (!isfinite(*log_z)) {
        bz_fail(err, BZ_DIVERGED, "exact sum: the result is %g, expected a finite number (are the parameters finite?)", *log_z);
        goto out;
    }
    rc = 0;
out:
    bz_free(job.log_z);
    return rc;
}

int bz_exact_log_z(const struct bz_machine *m, double t, const double *counts, int max_bits, struct bz_parallel *par,
                   double *log_z, struct bz_error *err)
{
    struct bz_exact *e;

    if (check_temperature(t, err) < 0 || bz_exact_new(&e, m, err) < 0)
        return -1;
    const int rc = set_counts(e, counts, err) < 0 || begin(e, max_bits, err) < 0 ? -1 : sum_states(e->walk, t, par, log_z, err);
    bz_exact_free(e);
    return rc;
}

int bz_exact_log_mass(const struct bz_machine *m, size_t layer, const float *x, int max_bits, struct bz_parallel *par,
                      double *log_mass, struct bz_error *err)
{
    const size_t size = m->layers[layer].size;
    struct bz_exact *e;

    if (bz_exact_new(&e, m, err) < 0)
        return -1;
    int rc = bz_state_make_known(e->s, layer, err);
    if (rc == 0) {
        memcpy(e->s->x[layer], x, size * sizeof(*x));
        memset(e->s->known[layer], 1, size);
        rc = begin(e, max_bits, err) < 0 ? -1 : sum_states(e->walk, 1, par, log_mass, err);
    }
    bz_exact_free(e);
    return rc;
}

/* Copies the visible layers of a row and its mask. */
static int take_row(struct bz_exact *e, const struct bz_state *s, size_t row, struct bz_error *err)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t size = s->m->layers[l].size;
        if (!bz_is_visible(&s->m->layers[l]))
            continue;
        if (bz_state_make_known(e->s, l, err) < 0)
            return -1;
        memcpy(e->s->x[l], s->x[l] + row * size, size * sizeof(float));
        if (s->known[l])
            memcpy(e->s->known[l], s->known[l] + row * size, size);
        else
            memset(e->s->known[l], 1, size);
        if (s->counts[l])
            e->s->counts[l][0] = s->counts[l][row];
    }
    return 0;
}

int bz_exact_free_energy(struct bz_exact *e, const struct bz_state *s, size_t row, int max_bits, struct bz_parallel *par,
                         double *free_energy, struct bz_error *err)
{
    double log_sum;

    if (take_row(e, s, row, err) < 0 || begin(e, max_bits, err) < 0 || sum_states(e->walk, 1, par, &log_sum, err) < 0)
        return -1;
    *free_energy = -log_sum;
    return 0;
}

/* --- thermodynamics --- */

/* Weighted moments of E over the states visited so far. */
struct moments {
    double t, log_z, mean, variance;
};

static void add_moments(void *arg, const struct bz_walk *walk)
{
    struct moments *sum = arg;
    const double log_weight = bz_walk_log_weight(walk, sum->t), log_z = bz_logaddexp(sum->log_z, log_weight);
    double mean = -(walk->constant + walk->own), variance = 0;

    for (size_t l = 0; l < walk->m->n_layers; l++) {
        const struct bz_layer *layer = &walk->m->layers[l];
        if (walk->fate[l] == BZ_SUMMED)
            bz_unit_type(layer->unit)->add_energy(layer, walk->narrow + walk->at[l], sum->t, walk->counts[l], &mean, &variance);
    }
    /* The mixture of the previous moments and this state, of weight r. */
    const double r = bz_exp(log_weight - log_z), away = mean - sum->mean;
    sum->mean += r * away;
    sum->variance = (1 - r) * sum->variance + r * variance + r * (1 - r) * away * away;
    sum->log_z = log_z;
}

int bz_exact_thermo(const struct bz_machine *m, double t, const double *counts, int max_bits, struct bz_thermo *out,
                    struct bz_error *err)
{
    struct bz_exact *e;
    struct moments sum = {.t = t, .log_z = -INFINITY};

    if (check_temperature(t, err) < 0 || bz_exact_new(&e, m, err) < 0)
        return -1;
    if (set_counts(e, counts, err) < 0 || begin(e, max_bits, err) < 0) {
        bz_exact_free(e);
        return -1;
    }
    bz_walk_run(e->walk, e->walk->n_sites, add_moments, &sum);
    bz_exact_free(e);
    if (!isfinite(sum.log_z) || !isfinite(sum.mean) || !isfinite(sum.variance))
        return bz_fail(err, BZ_DIVERGED,
                       "thermodynamics: log Z %g, energy %g, expected finite numbers (are the parameters finite?)", sum.log_z,
                       sum.mean);
    *out = (struct bz_thermo){
        .log_z = sum.log_z, .energy = sum.mean, .entropy = sum.log_z + sum.mean / t, .heat_capacity = sum.variance / (t * t)};
    return 0;
}
