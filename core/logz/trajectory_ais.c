#include "trajectory_ais.h"

#include "ais_path.h"
#include "check.h"
#include "energy.h"
#include "mathx.h"
#include "object.h"

#include <math.h>
#include <string.h>

enum { TASK = 16 /* chains that a thread moves together */ };
static const double fewest = 0.5, few = 0.1; /* of the chains: with fewer effective ones they are resampled, say little */

/* Weights grow in stretches, from one resampling to the next. */
struct bz_trajectory_ais {
    struct bz_chains *c;
    size_t n, tasks;
    struct bz_work **work; /* [tasks] */
    struct bz_parallel *par;
    double *energy; /* [n]: free energies of the chains under the last step's machine, */
    double *now;    /* [n]: and under the present one */
    double *log_w;  /* [n]: of this stretch */
    double *sum;    /* [n]: of this stretch up to the present machine */
    uint64_t *from; /* [n] */
    struct {
        double log_z, variance; /* of the stretches that are over; the variance of log_z as an estimate */
        uint64_t steps;
    } past;
    size_t sweeps; /* of what is under way */
};

static void end(void *self)
{
    struct bz_trajectory_ais *t = self;
    for (size_t k = 0; t->work && k < t->tasks; k++)
        bz_work_free(t->work[k]);
    bz_chains_free(t->c);
}

int bz_trajectory_ais_new(struct bz_trajectory_ais **out, const struct bz_machine *m, size_t chains, uint64_t seed,
                          struct bz_parallel *par, struct bz_error *err)
{
    struct bz_trajectory_ais *t = bz_object_new(sizeof(*t), end, err);

    bz_assert(chains > 1 && bz_machine_hidden_independent(m));
    if (!t)
        return -1;
    t->par = par;
    t->n = chains;
    t->tasks = (chains + TASK - 1) / TASK;
    if (!(t->energy = bz_part(t, chains, sizeof(double), err)) || !(t->now = bz_part(t, chains, sizeof(double), err)) ||
        !(t->log_w = bz_part(t, chains, sizeof(double), err)) || !(t->sum = bz_part(t, chains, sizeof(double), err)) ||
        !(t->from = bz_part(t, chains, sizeof(*t->from), err)) || !(t->work = bz_part(t, t->tasks, sizeof(*t->work), err)) ||
        bz_chains_new(&t->c, m, chains, err) < 0)
        return bz_object_give(out, t, -1);
    t->c->s->n = chains;
    for (size_t r = 0; r < chains; r++) {
        t->c->seed[r] = seed;
        t->c->index[r] = (uint32_t)r;
    }
    for (size_t k = 0; k < t->tasks; k++)
        if (bz_work_new_for(&t->work[k], m, TASK, err) < 0)
            return bz_object_give(out, t, -1);
    return bz_object_give(out, t, 0);
}

void bz_trajectory_ais_free(struct bz_trajectory_ais *t)
{
    bz_object_free(t);
}

double bz_trajectory_ais_needs(const struct bz_machine *m, size_t chains)
{
    enum { SCRATCH = 2 };
    double units = 0;

    for (size_t l = 0; l < m->n_layers; l++)
        units += (double)m->layers[l].size;
    return (double)chains * sizeof(float) * (units + SCRATCH * (double)bz_machine_widest(m));
}

struct bz_chains *bz_trajectory_ais_chains(struct bz_trajectory_ais *t)
{
    return t->c;
}

/* --- chains --- */

static size_t task_rows(const struct bz_trajectory_ais *t, size_t k)
{
    return t->n - k * TASK < TASK ? t->n - k * TASK : TASK;
}

static void move_task(void *arg, size_t k)
{
    struct bz_trajectory_ais *t = arg;
    const size_t first = k * TASK, n = task_rows(t, k);

    if (t->sweeps)
        bz_gibbs(t->c, first, n, t->sweeps, t->work[k]);
    bz_free_energy(t->c->s, first, n, t->now + first, NULL, t->work[k]);
}

/* now[] under m, after sweeps of it. */
static void weigh(struct bz_trajectory_ais *t, const struct bz_machine *m, size_t sweeps)
{
    t->c->s->m = m;
    t->sweeps = sweeps;
    bz_parallel_for(t->par, t->tasks, move_task, t);
}

static double variance_of(const double *x, size_t n)
{
    double mean = 0, squares = 0;

    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return squares / (double)(n - 1);
}

/* Of log weights: the log of their mean, the variance of that as an estimate, and how many chains they are worth. Where few
 * chains have most of the weight they say little of its distribution, which is then taken to be log-normal. */
static double summarise(const double *log_w, size_t n, double *variance, double *ess)
{
    double log_mean, seen;

    bz_ais_summarise(log_w, n, &log_mean, &seen, ess);
    *variance = *ess < few * (double)n ? fmax(seen * seen, bz_expm1(variance_of(log_w, n)) / (double)n) : seen * seen;
    return log_mean;
}

/* Systematic resampling: each chain is continued as often as its part of the weights times the number of chains, rounded up or
 * down. Chains that are continued stay where they are. */
static void resample(struct bz_trajectory_ais *t)
{
    const struct bz_state *s = t->c->s;
    const struct bz_key key = bz_key_at(t->c->seed[0], 0, t->past.steps, 0, BZ_DRAW_MISC);
    const double point = bz_random_double(&key, 0), all = bz_logsumexp(t->log_w, t->n);
    double passed = 0;
    size_t taken = 0, spare = 0;

    for (size_t r = 0; r < t->n; r++) { /* from[r]: how often */
        passed += (double)t->n * bz_exp(t->log_w[r] - all);
        for (t->from[r] = 0; taken < t->n && (double)taken + point < passed; taken++)
            t->from[r]++;
    }
    for (size_t r = 0; r < t->n; r++)
        for (; t->from[r] > 1; t->from[r]--) {
            while (spare < t->n && t->from[spare])
                spare++;
            if (spare == t->n) /* cannot be, unless rounding left one out */
                return;
            for (size_t l = 0; l < s->m->n_layers; l++) {
                const size_t size = s->m->layers[l].size;
                memcpy(s->x[l] + spare * size, s->x[l] + r * size, size * sizeof(float));
            }
            t->from[spare] = 1;
        }
}

void bz_trajectory_ais_begin(struct bz_trajectory_ais *t, const struct bz_machine *m, double log_z)
{
    bz_trajectory_ais_resume(t, m, 0, log_z, 0);
}

void bz_trajectory_ais_resume(struct bz_trajectory_ais *t, const struct bz_machine *m, size_t sweeps, double log_z,
                              double variance)
{
    weigh(t, m, sweeps);
    memcpy(t->energy, t->now, t->n * sizeof(double));
    memset(t->log_w, 0, t->n * sizeof(double));
    t->past.log_z = log_z;
    t->past.variance = variance;
}

/* sum[]: the log weights up to m. */
static void add_up(struct bz_trajectory_ais *t, const struct bz_machine *m)
{
    weigh(t, m, 0);
    for (size_t r = 0; r < t->n; r++)
        t->sum[r] = t->log_w[r] + t->energy[r] - t->now[r];
}

double bz_trajectory_ais_length(struct bz_trajectory_ais *t, const struct bz_machine *m)
{
    weigh(t, m, 0);
    for (size_t r = 0; r < t->n; r++)
        t->sum[r] = t->energy[r] - t->now[r];
    return variance_of(t->sum, t->n);
}

void bz_trajectory_ais_step(struct bz_trajectory_ais *t)
{
    double variance, ess;

    for (size_t r = 0; r < t->n; r++)
        t->log_w[r] += t->energy[r] - t->now[r];
    const double log_mean = summarise(t->log_w, t->n, &variance, &ess);
    if (!(ess >= fewest * (double)t->n)) {
        t->past.log_z += log_mean;
        t->past.variance += variance;
        if (isfinite(t->past.log_z))
            resample(t);
        memset(t->log_w, 0, t->n * sizeof(double));
    }
    t->past.steps++;
    weigh(t, t->c->s->m, 1);
    memcpy(t->energy, t->now, t->n * sizeof(double));
}

struct bz_trajectory_ais_result bz_trajectory_ais_log_z(struct bz_trajectory_ais *t, const struct bz_machine *m)
{
    struct bz_trajectory_ais_result r;
    double variance;

    add_up(t, m);
    r.log_z = t->past.log_z + summarise(t->sum, t->n, &variance, &r.ess);
    r.stderr_ = sqrt(t->past.variance + variance);
    if (!isfinite(r.log_z) || !isfinite(r.stderr_))
        r.log_z = r.stderr_ = (double)NAN;
    return r;
}

void bz_trajectory_ais_correct(struct bz_trajectory_ais *t, const struct bz_machine *m, double log_z, double variance)
{
    double now, ess;

    add_up(t, m);
    t->past.log_z = log_z - summarise(t->sum, t->n, &now, &ess);
    t->past.variance = fmax(0, variance - now); /* what the weights add is not known better for it */
}

int bz_trajectory_ais_parts(struct bz_trajectory_ais *t, int (*visit)(void *arg, const char *name, void *data, size_t bytes),
                            void *arg)
{
    int rc = visit(arg, "followed", &t->past, sizeof(t->past));

    if (rc == 0)
        rc = visit(arg, "followed energies", t->energy, t->n * sizeof(double));
    if (rc == 0)
        rc = visit(arg, "followed weights", t->log_w, t->n * sizeof(double));
    return rc ? rc : visit(arg, "followed steps", t->c->step, t->n * sizeof(*t->c->step));
}
