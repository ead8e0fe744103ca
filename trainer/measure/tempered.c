#include "tempered.h"

#include "energy.h"
#include "evaluation.h"
#include "gibbs.h"
#include "mem.h"
#include "tempering.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ADAPTATIONS = 10, MOST_RUNGS = 64, MOST_CHAINS = BZ_TILE /* that share a ladder */, WATCHED = 2000 /* last sweeps */ };

/* Values of the replicas at temperature 1 as rows first .. of v. */
static void collect(struct train_values *v, const struct bz_state *replicas, size_t first, bool means, struct bz_work *w)
{
    for (size_t l = 0; l < v->m->n_layers; l++) {
        const size_t size = v->m->layers[l].size;
        if (!v->x[l])
            continue;
        float *out = v->x[l] + first * size;
        if (means)
            bz_conditional_mean(replicas, l, NULL, 0, replicas->n, out, w);
        else
            memcpy(out, replicas->x[l], replicas->n * size * sizeof(float));
    }
}

static int report(const struct bz_tempering *t, double autocorrelation, struct bz_error *err)
{
    const size_t rungs = bz_tempering_rungs(t);
    double *rates = bz_alloc(rungs, sizeof(double), err), lowest = (double)INFINITY;
    if (!rates)
        return -1;
    bz_tempering_ladder(t, NULL, rates);
    for (size_t i = 0; i + 1 < rungs; i++)
        lowest = rates[i] < lowest ? rates[i] : lowest;
    fprintf(stderr, "parallel tempering: %zu temperatures, lowest swap rate %.2f, %llu round trips", rungs, lowest,
            (unsigned long long)bz_tempering_round_trips(t));
    if (isfinite(autocorrelation))
        fprintf(stderr, ", autocorrelation time of the energy %.1f sweeps", autocorrelation);
    fputc('\n', stderr);
    bz_free(rates);
    return 0;
}

/* Runs `sweeps` sweeps and measures on the last of them how long the energy remembers; NaN if they are too few to tell. */
static int run_watched(struct bz_tempering *t, size_t sweeps, double *autocorrelation, struct bz_error *err)
{
    const size_t watched = sweeps < WATCHED ? sweeps : WATCHED, chains = bz_tempering_state(t)->n;
    double *energy = bz_alloc(watched * chains + 1, sizeof(double), err);
    if (!energy)
        return -1;
    bz_tempering_run(t, sweeps - watched);
    for (size_t k = 0; k < watched; k++) {
        bz_tempering_run(t, 1);
        bz_energy(bz_tempering_state(t), 0, chains, energy + k * chains);
    }
    *autocorrelation = watched < 20 ? (double)NAN : train_autocorrelation_time(energy, chains, watched);
    bz_free(energy);
    return 0;
}

/* How well the groups have moved so far: the longest memory, in sweeps, and the fewest round trips to a chain. */
struct movement {
    double memory, trips;
};

/* Chains first .. first+n-1, on a ladder of their own. */
static int run_group(struct train_values *v, const struct train_tempered *o, const struct bz_tempering_options *options,
                     size_t first, struct movement *moved, struct bz_work *w, struct bz_error *err)
{
    struct bz_tempering *t;
    int rc = -1;
    if (bz_tempering_new(&t, v->m, options, err) < 0)
        return -1;
    const size_t settling = o->steps / 2 / ADAPTATIONS;
    for (size_t i = 0; i < ADAPTATIONS; i++) {
        bz_tempering_run(t, settling);
        if (bz_tempering_adapt(t, err) < 0)
            goto out;
    }
    double autocorrelation;
    if (run_watched(t, o->steps - settling * ADAPTATIONS, &autocorrelation, err) < 0)
        goto out;
    collect(v, bz_tempering_state(t), first, o->means, w);
    moved->memory = fmax(moved->memory, autocorrelation);
    moved->trips = fmin(moved->trips, (double)bz_tempering_round_trips(t) / (double)options->chains);
    rc = report(t, autocorrelation, err);
out:
    bz_tempering_free(t);
    return rc;
}

/* Chains end where they began in proportion to how little they have moved: all start from the base, which knows no modes. */
static void warn_of_slow(const struct movement *moved, size_t steps)
{
    enum { TIMES = 20 /* memories; what is left of the start is then nothing */, LEAST_TRIPS = 4 };
    if (moved->memory * TIMES > (double)steps)
        fprintf(stderr,
                "warning: the energy has an autocorrelation time of %.0f sweeps, so shares of modes are unreliable after %zu "
                "--steps: use %.0f or more, or --sampler ptt if the model has a ladder\n",
                moved->memory, steps, ceil(moved->memory * TIMES / 100) * 100);
    else if (moved->trips < LEAST_TRIPS) /* energies of modes that are alike have no memory */
        fprintf(stderr,
                "warning: %.2g round trips per chain: shares of modes are unreliable; use more than %zu --steps, or --sampler "
                "ptt if the model has a ladder\n",
                moved->trips, steps);
}

int train_sample_tempered(struct train_values *v, const struct train_tempered *o, struct bz_error *err)
{
    struct bz_base *base = NULL;
    struct bz_work *w = NULL;
    struct movement moved = {.memory = 0, .trips = (double)INFINITY};
    double *counts = bz_alloc(v->m->n_layers, sizeof(double), err);
    int rc = counts ? 0 : -1;
    for (size_t l = 0; counts && l < v->m->n_layers; l++)
        counts[l] = o->counts;
    if (rc == 0)
        rc = bz_base_new(&base, v->m, NULL, NULL, err);
    if (rc == 0)
        rc = bz_work_new(&w, v->m, err);
    for (size_t first = 0; rc == 0 && first < o->count; first += MOST_CHAINS) {
        const size_t left = o->count - first;
        const struct bz_tempering_options options = {
            .chains = left < MOST_CHAINS ? left : MOST_CHAINS,
            .max_rungs = MOST_RUNGS,
            .seed = o->seed + first / MOST_CHAINS,
            .base = base,
            .counts = counts,
            .fixed = true,
            .par = o->par,
        };
        rc = run_group(v, o, &options, first, &moved, w, err);
    }
    if (rc == 0)
        warn_of_slow(&moved, o->steps);
    bz_work_free(w);
    bz_base_free(base);
    bz_free(counts);
    return rc;
}
