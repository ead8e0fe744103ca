#include "tempered.h"

#include "energy.h"
#include "evaluation.h"
#include "gibbs.h"
#include "mem.h"
#include "object.h"
#include "regions.h"
#include "tempering.h"
#include "unit.h"

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

/* Runs `sweeps` sweeps and measures the energy's autocorrelation time on the last of them; NaN if they are too few. */
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

/* How well the groups have mixed so far: the longest autocorrelation time, in sweeps, and the fewest round trips per chain. */
struct movement {
    double memory, trips;
};

/* Chains first .. first+n-1, on a separate ladder. */
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

/* The less chains have moved, the more their ends reflect the start: all start from the base, which knows no modes. */
static void warn_of_slow(const struct movement *moved, size_t steps)
{
    enum { TIMES = 20 /* autocorrelation times after which nothing of the start is left */, LEAST_TRIPS = 4 };
    if (moved->memory * TIMES > (double)steps)
        fprintf(stderr,
                "warning: the energy has an autocorrelation time of %.0f sweeps, so shares of modes are unreliable after %zu "
                "--steps: use %.0f or more, or --sampler ptt if the model has a ladder\n",
                moved->memory, steps, ceil(moved->memory * TIMES / 100) * 100);
    else if (moved->trips < LEAST_TRIPS) /* modes of equal energy do not show in its autocorrelation */
        fprintf(stderr,
                "warning: %.2g round trips per chain: shares of modes are unreliable; use more than %zu --steps, or --sampler "
                "ptt if the model has a ladder\n",
                moved->trips, steps);
}

/* Replicas find modes by way of the base, and one that is far from it they may never meet: nothing in how they move shows that.
 * So regions are looked for where few samples are, and weighed by annealed runs. */
static int look_for_unseen(const struct train_values *v, const struct train_tempered *o, const struct bz_base *base,
                           const double *counts, struct bz_unseen *out, struct bz_error *err)
{
    enum { RUNS = 64, BETAS = 1000, LEAST = 100 /* samples that say anything of small shares */, MOST = 1000 };
    double betas[BETAS];
    const struct bz_ais_options ais = {.runs = RUNS,
                                       .betas = betas,
                                       .n_betas = BETAS,
                                       .seed = o->seed,
                                       .base = base,
                                       .counts = counts,
                                       .fixed = true,
                                       .par = o->par};
    struct bz_state *s = NULL;
    struct bz_error failure = {0};
    *out = (struct bz_unseen){0};
    for (size_t l = 0; l < v->m->n_layers; l++)
        if (bz_is_visible(&v->m->layers[l]) && !v->x[l])
            return 0;
    if (o->count < LEAST)
        return 0;
    if (bz_state_new(&s, v->m, o->count < MOST ? o->count : MOST, err) < 0)
        return -1;
    s->n = s->room;
    for (size_t l = 0; l < v->m->n_layers; l++)
        if (bz_is_visible(&v->m->layers[l]))
            memcpy(s->x[l], v->x[l], s->n * v->m->layers[l].size * sizeof(float));
    bz_ais_schedule(betas, BETAS);
    int rc = bz_regions_unseen(v->m, &ais, s, out, &failure);
    if (rc < 0 && failure.code == BZ_DIVERGED) /* energies out of range say nothing */
        rc = 0;
    if (rc < 0)
        *err = failure;
    bz_state_free(s);
    return rc;
}

static void tell_unseen(const struct bz_unseen *u, const char *what)
{
    const bool many = u->regions > 1;
    fprintf(stderr, "%zu region%s with a share of about %.2g of the distribution ha%s %.2g of the samples: %s\n", u->regions,
            many ? "s" : "", u->share, many ? "ve" : "s", u->seen, what);
}

/* The means of units with fields of 0: rates that know no mode, where those of the rows know the largest alone. */
static int even_base(struct bz_base **out, const struct bz_machine *m, struct bz_error *err)
{
    double **mean = bz_object_new(m->n_layers * sizeof(*mean), NULL, err);
    int rc = mean ? 0 : -1;
    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        if (!bz_is_visible(layer) || !bz_unit_type(layer->unit)->discrete)
            continue;
        if (!(mean[l] = bz_part(mean, layer->size, sizeof(double), err)))
            rc = -1;
        for (size_t i = 0; rc == 0 && i < layer->size; i++)
            mean[l][i] = bz_unit_uniform(layer, i);
    }
    if (rc == 0)
        rc = bz_base_new(out, m, (const double *const *)mean, NULL, err);
    bz_object_free(mean);
    return rc;
}

/* All chains from one base; moved and unseen say how well that went. */
static int sample_from(struct train_values *v, const struct train_tempered *o, const struct bz_base *base, const double *counts,
                       struct movement *moved, struct bz_unseen *unseen, struct bz_error *err)
{
    struct bz_work *w = NULL;
    int rc = bz_work_new(&w, v->m, err);
    *moved = (struct movement){.memory = 0, .trips = (double)INFINITY};
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
        rc = run_group(v, o, &options, first, moved, w, err);
    }
    bz_work_free(w);
    return rc < 0 ? -1 : look_for_unseen(v, o, base, counts, unseen, err);
}

double train_words(const struct bz_layer *layer, double asked)
{
    return asked >= 0 ? asked : layer->usual_counts > 0 ? layer->usual_counts : 100;
}

int train_sample_tempered(struct train_values *v, const struct train_tempered *o, struct bz_error *err)
{
    struct bz_base *base = NULL, *even = NULL;
    struct movement moved;
    struct bz_unseen unseen = {0};
    double *counts = bz_alloc(v->m->n_layers, sizeof(double), err);
    int rc = counts ? 0 : -1;
    for (size_t l = 0; counts && l < v->m->n_layers; l++)
        counts[l] = train_words(&v->m->layers[l], o->counts);
    if (rc == 0 && (rc = bz_base_new(&base, v->m, NULL, NULL, err)) == 0)
        rc = sample_from(v, o, base, counts, &moved, &unseen, err);
    if (rc == 0 && unseen.regions) {
        tell_unseen(&unseen, "once more from even odds");
        if ((rc = even_base(&even, v->m, err)) == 0)
            rc = sample_from(v, o, even, counts, &moved, &unseen, err);
    }
    if (rc == 0)
        warn_of_slow(&moved, o->steps);
    if (rc == 0 && unseen.regions) {
        fputs("warning: ", stderr);
        tell_unseen(&unseen,
                    "tempering does not find all of it; use --sampler ptt if the model has a ladder, or --init rows.csv "
                    "and plain chains");
    }
    bz_base_free(base);
    bz_base_free(even);
    bz_free(counts);
    return rc;
}
