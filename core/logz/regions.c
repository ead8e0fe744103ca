#include "regions.h"

#include "ais_path.h"
#include "mathx.h"
#include "mem.h"
#include "modes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MODES = 6,           /* regions that get runs of their own */
    MODE_RUNS = 16,      /* of each */
    FEW = 4,             /* of these must have ended in it to speak for it */
    LEAST_BETAS = 200,   /* of these */
    FEWER_BETAS = 10,    /* times fewer than the first runs have: a base in the middle of a region is near it */
    SEARCH_SHARE = 30,   /* of the sweeps of the first runs one in so many goes into the search */
    MOST_CELLS = 1 << 27 /* values of visible units in the runs' ends */
};
static const double dim = 30; /* nats under log Z at which a region is not worth a run */
/* Relative error of a mass that is measured well, and fairly. */
static const double well = 0.2, fairly = 0.5;

struct part { /* runs from one base */
    size_t n;
    double *log_w; /* [n], as estimates of log Z */
    struct bz_state *ends;
    size_t *region; /* [n]: where each ended; 0 = in no mode */
};

static void free_part(struct part *p)
{
    bz_free(p->log_w);
    bz_free(p->region);
    bz_state_free(p->ends);
}

static int run_part(struct part *p, const struct bz_machine *m, const struct bz_ais_options *o, struct bz_ais_result *result,
                    struct bz_error *err)
{
    struct bz_ais_options own = *o;
    double mean, error, ess;

    p->n = o->runs;
    if (!(p->log_w = bz_alloc(p->n, sizeof(double), err)) || !(p->region = bz_alloc(p->n, sizeof(size_t), err)) ||
        bz_state_new(&p->ends, m, p->n, err) < 0)
        return -1;
    p->ends->n = p->n;
    own.ends = p->ends;
    if (bz_ais(m, &own, p->log_w, result, err) < 0)
        return -1;
    bz_ais_summarise(p->log_w, p->n, &mean, &error, &ess);
    for (size_t r = 0; r < p->n; r++)
        p->log_w[r] += result->log_z - mean;
    return 0;
}

/* Which region each end is in: of those that hold it, the one whose base gives it the highest density. */
static void place(struct part *p, const struct bz_modes *all, size_t n)
{
    for (size_t r = 0; r < p->n; r++) {
        double best = -INFINITY;

        p->region[r] = 0;
        for (size_t k = 0; k < n; k++) {
            const double q = bz_mode_log_q(&all->mode[k], p->ends, r);

            if (q > best && bz_mode_holds(&all->mode[k], all, p->ends, r)) {
                best = q;
                p->region[r] = k + 1;
            }
        }
    }
}

struct mass { /* of a region, in units of exp(scale) */
    double mean, variance;
    size_t ends;
};

enum some { EVEN, ODD, ALL }; /* of the runs of a part */

static size_t count_of(const struct part *p, enum some which)
{
    return which == ALL ? p->n : (p->n + (which == EVEN)) / 2;
}

/* As estimated by runs of one part. */
static struct mass mass_of(const struct part *p, enum some which, size_t region, double scale)
{
    const double n = (double)count_of(p, which);
    struct mass m = {0};
    double squares = 0;

    for (size_t r = which == ODD; r < p->n; r += which == ALL ? 1 : 2) {
        const double w = p->region[r] == region ? bz_exp(p->log_w[r] - scale) : 0;

        m.mean += w / n;
        squares += w * w / n;
        m.ends += p->region[r] == region;
    }
    m.variance = (squares - m.mean * m.mean) / fmax(n - 1, 1);
    return m;
}

/* Relative standard error; with few ends at least what their number implies. */
static double relative_error(const struct mass *m)
{
    return m->ends ? fmax(sqrt(m->variance) / m->mean, 0.5 / sqrt((double)m->ends)) : INFINITY;
}

/* Runs that reach a region properly end there in proportion to its mass: these ended there less often than chance allows.
 * Errors of its own runs are taken in the log domain, where a mass known to within a third is far from 0. */
static bool is_missed(const struct mass *own, const struct mass *first, double z, size_t runs)
{
    return own->ends >= FEW &&
           own->mean * bz_exp(-3 * relative_error(own)) > first->mean + 3 * sqrt(first->variance) + 5 * z / (double)runs;
}

struct sum {
    double mean, variance; /* of Z */
    double first;          /* Z by the first runs alone */
    double missed;         /* mass of the regions missed by the first runs */
    size_t regions;        /* how many these are */
    bool mended;           /* some region was taken from runs of its own */
    double excess;         /* the largest log ratio of another part's whole estimate to the sum's, less its errors */
};

/* Whether a region's own runs know its mass better than the first ones: well, or within less than one of the first runs stands
 * for. */
static bool knows_better(const struct mass *own, const struct mass *first, double z, size_t runs)
{
    const double error = relative_error(own);

    return own->ends >= FEW && error < relative_error(first) &&
           (error < well || (error < fairly && error * own->mean < z / (double)runs));
}

/* By how much the two differ, squared, less what their own errors explain: as an estimate of the variance that they do not know
 * of (DerSimonian & Laird 1986). */
static double unexplained(const struct mass *own, const struct mass *first)
{
    return fmax(0, pow(own->mean - first->mean, 2) - own->variance - first->variance);
}

struct masses { /* of one region, by its own runs and by the first ones */
    struct mass own, first;
};

static struct masses masses_of(const struct part *parts, enum some which, size_t region, double scale)
{
    return (struct masses){mass_of(&parts[region], which, region, scale), mass_of(&parts[0], which, region, scale)};
}

/* A region is taken from its own runs where the first ones miss it, or where these measure it better. Which of two unbiased
 * estimates is better must not be decided by the runs that are then averaged: what looks precise is mostly what has drawn no
 * large weight, and so is too low. So each half of the runs decides for the other, and the mean of both is unbiased, given the
 * regions. That runs miss a region is a matter of more than three errors, of all runs. Returns in how many halves it was taken.
 */
static size_t add_region(const struct part *parts, size_t k, double scale, double z, bool missed, struct sum *s)
{
    size_t halves = 0;

    for (enum some half = EVEN; half <= ODD; half++) {
        const enum some other = half == EVEN ? ODD : EVEN;
        const struct masses by = masses_of(parts, other, k, scale), is = masses_of(parts, half, k, scale);
        const bool taken = missed || knows_better(&by.own, &by.first, z, count_of(&parts[0], other));

        s->mean += (taken ? is.own.mean : is.first.mean) / 2;
        s->variance += (taken ? is.own.variance : is.first.variance) / 4;
        halves += taken;
    }
    return halves;
}

/* Where neither runs are sure of a region, what its own say beyond the first ones counts as an error. */
static void add_up(const struct part *parts, size_t n_modes, double scale, struct sum *s)
{
    const struct mass rest = mass_of(&parts[0], ALL, 0, scale);
    double most = rest.mean; /* of Z: every part's estimate of its region */
    double doubt = 0;        /* variance from regions that neither runs are sure of */

    for (size_t k = 1; k <= n_modes; k++)
        most += mass_of(&parts[k], ALL, k, scale).mean;
    s->first = s->mean = rest.mean;
    s->variance = rest.variance;
    for (size_t k = 1; k <= n_modes; k++) {
        const struct masses all = masses_of(parts, ALL, k, scale);
        const bool missed = is_missed(&all.own, &all.first, most, parts[0].n);

        s->first += all.first.mean;
        const size_t halves = add_region(parts, k, scale, most, missed, s);
        s->mended = s->mended || halves;
        if (all.own.ends >= FEW && all.own.mean > all.first.mean)
            doubt += pow(1 - (double)halves / 2, 2) * unexplained(&all.own, &all.first);
        s->missed += missed ? all.own.mean : 0;
        s->regions += missed;
    }
    s->mended = s->mended || doubt > s->variance / 4;
    s->variance += doubt;
}

/* By Markov's inequality an unbiased estimate is above e^t Z with a probability of e^-t at most: one far above the sum says
 * that the sum is too small. */
static double excess_of(const struct part *parts, size_t n_modes, const struct sum *s, double scale)
{
    double most = -INFINITY;

    for (size_t k = 1; k <= n_modes; k++) {
        double log_mean, error, ess;

        bz_ais_summarise(parts[k].log_w, parts[k].n, &log_mean, &error, &ess);
        most = fmax(most, log_mean - scale - bz_log(s->mean) - 4 * fmin(error, 1));
    }
    return most;
}

static void finish(struct bz_regions *out, const struct part *parts, size_t n_modes, double scale)
{
    struct sum s = {0};
    const double runs = (double)parts[0].n;

    add_up(parts, n_modes, scale, &s);
    s.excess = excess_of(parts, n_modes, &s, scale);
    out->found = s.regions;
    out->share = s.missed / s.mean;
    if (s.mended) {
        out->ais.log_z = scale + bz_log(s.mean);
        out->ais.stderr_ = sqrt(s.variance) / s.mean;
        out->ais.ess = runs / (1 + (runs - 1) * out->ais.stderr_ * out->ais.stderr_);
    }
    if (s.regions)
        snprintf(
            out->warning, sizeof(out->warning),
            "a share of %.3g of Z lies in %zu region%s that the annealed runs miss (without %s log Z is %.4f); there may be "
            "more of the kind that the search did not find",
            out->share, s.regions, s.regions > 1 ? "s" : "", s.regions > 1 ? "them" : "it", scale + bz_log(s.first));
    if (s.excess > 1) {
        snprintf(out->warning, sizeof(out->warning),
                 "runs from different bases contradict each other: some put log Z %.3g nats higher", s.excess);
        out->ais.stderr_ = fmax(out->ais.stderr_, s.excess / 2);
    }
}

static int measure_modes(struct part *parts, const struct bz_machine *m, const struct bz_ais_options *o,
                         const struct bz_mode *modes, size_t n, struct bz_error *err)
{
    const size_t fewer = o->n_betas / FEWER_BETAS, n_betas = fewer > LEAST_BETAS ? fewer : LEAST_BETAS;
    double *betas = bz_alloc(n_betas, sizeof(*betas), err);
    struct bz_ais_options own = *o;
    int rc = betas ? 0 : -1;

    if (rc == 0)
        bz_ais_schedule(betas, n_betas);
    own.betas = betas;
    own.n_betas = n_betas;
    own.runs = MODE_RUNS;
    own.progress = NULL;
    for (size_t k = 0; rc == 0 && k < n; k++) {
        struct bz_ais_result result;

        own.base = modes[k].base;
        own.seed = o->seed + 1000 + k;
        rc = run_part(&parts[k + 1], m, &own, &result, err);
    }
    bz_free(betas);
    return rc;
}

static bool too_many(const struct bz_machine *m, size_t runs)
{
    size_t visible = 0;

    for (size_t l = 0; l < m->n_layers; l++)
        visible += m->layers[l].size;
    return runs > MOST_CELLS / visible;
}

struct exploration {
    struct part parts[MODES + 1]; /* the first runs, then those of the regions */
    struct bz_ais_result first;
    struct bz_modes modes;
    size_t worth; /* regions that got runs of their own */
    double scale; /* weights are in units of exp(scale) */
};

/* The first runs, a search for regions that `ends` (NULL = those of the first runs) hardly reach, and runs of the regions' own.
 */
static int explore(struct exploration *x, const struct bz_machine *m, const struct bz_ais_options *o,
                   const struct bz_state *ends, const struct bz_state *rows, size_t sweeps, struct bz_error *err)
{
    if (run_part(&x->parts[0], m, o, &x->first, err) < 0)
        return -1;
    const struct bz_modes_options search = {.ends = ends ? ends : x->parts[0].ends,
                                            .rows = rows,
                                            .counts = o->counts,
                                            .most = MODES,
                                            .sweeps = sweeps,
                                            .seed = o->seed + 999,
                                            .par = o->par};
    if (bz_modes_find(&x->modes, m, &search, err) < 0)
        return -1;
    while (x->worth < x->modes.n && x->modes.mode[x->worth].size > x->first.log_z - dim)
        x->worth++;
    if (measure_modes(x->parts, m, o, x->modes.mode, x->worth, err) < 0)
        return -1;
    x->scale = x->first.log_z;
    for (size_t k = 0; k <= x->worth; k++) {
        place(&x->parts[k], &x->modes, x->worth);
        for (size_t r = 0; r < x->parts[k].n; r++)
            x->scale = fmax(x->scale, x->parts[k].log_w[r]);
    }
    return 0;
}

static void end_exploring(struct exploration *x)
{
    for (size_t k = 0; k <= MODES; k++)
        free_part(&x->parts[k]);
    bz_modes_free(&x->modes);
}

int bz_ais_regions(const struct bz_machine *m, const struct bz_ais_options *o, const struct bz_state *rows,
                   struct bz_regions *out, struct bz_error *err)
{
    struct exploration x = {0};

    *out = (struct bz_regions){0};
    if (too_many(m, o->runs))
        return bz_ais(m, o, NULL, &out->ais, err);
    const int rc = explore(&x, m, o, NULL, rows, o->runs * o->n_betas / SEARCH_SHARE, err);
    out->ais = x.first;
    if (rc == 0)
        finish(out, x.parts, x.worth, x.scale);
    end_exploring(&x);
    return rc;
}

int bz_regions_unseen(const struct bz_machine *m, const struct bz_ais_options *o, const struct bz_state *samples,
                      struct bz_unseen *out, struct bz_error *err)
{
    struct exploration x = {0};
    struct sum s = {0};

    *out = (struct bz_unseen){0};
    if (too_many(m, o->runs) || !samples->n)
        return 0;
    const int rc = explore(&x, m, o, samples, NULL, o->runs * o->n_betas, err);
    if (rc == 0)
        add_up(x.parts, x.worth, x.scale, &s);
    for (size_t k = 1; rc == 0 && k <= x.worth; k++) {
        const double seen = bz_mode_share(&x.modes.mode[k - 1], &x.modes, samples);
        const struct mass own = mass_of(&x.parts[k], ALL, k, x.scale),
                          had = {s.mean * seen, s.mean * s.mean * seen * (1 - seen) / (double)samples->n, 0};
        if (!is_missed(&own, &had, s.mean, samples->n))
            continue;
        out->regions++;
        out->share += own.mean / s.mean;
        out->seen += seen;
    }
    end_exploring(&x);
    return rc;
}
