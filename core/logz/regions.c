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

/* As estimated by the runs of one part. With few ends the observed weights say little about their spread, so one more end is
 * counted. */
static struct mass mass_of(const struct part *p, size_t region, double scale)
{
    struct mass m = {0};
    double squares = 0;

    for (size_t r = 0; r < p->n; r++) {
        const double w = p->region[r] == region ? bz_exp(p->log_w[r] - scale) : 0;

        m.mean += w / (double)p->n;
        squares += w * w / (double)p->n;
        m.ends += p->region[r] == region;
    }
    m.variance = (squares - m.mean * m.mean) / (double)(p->n > 1 ? p->n - 1 : 1);
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

/* A region is taken from its own runs where the first ones miss it, or where these measure it better. Where neither is sure,
 * what they say beyond the first ones counts as an error. */
static void add_up(const struct part *parts, size_t n_modes, double scale, struct sum *s)
{
    double most = 0;  /* of Z: every part's estimate of the whole */
    double doubt = 0; /* variance from regions that neither runs are sure of */

    for (size_t k = 0; k <= n_modes; k++)
        most += k ? mass_of(&parts[k], k, scale).mean : mass_of(&parts[0], 0, scale).mean;
    for (size_t k = 0; k <= n_modes; k++) {
        const struct mass first = mass_of(&parts[0], k, scale), own = mass_of(&parts[k], k, scale);
        const bool missed = k > 0 && is_missed(&own, &first, most, parts[0].n);
        const bool better = k > 0 && knows_better(&own, &first, most, parts[0].n), taken = missed || better;

        s->first += first.mean;
        s->mean += taken ? own.mean : first.mean;
        s->variance += taken ? own.variance : first.variance;
        s->mended = s->mended || taken;
        if (k > 0 && !taken && own.ends >= FEW && own.mean > first.mean)
            doubt += pow(own.mean - first.mean, 2);
        s->missed += missed ? own.mean : 0;
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
        const struct mass own = mass_of(&x.parts[k], k, x.scale),
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
