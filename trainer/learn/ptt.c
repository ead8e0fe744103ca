/* Parallel trajectory tempering for learning (Béreux, Decelle, Furtlehner, Seoane 2026): the machine's chains are exchanged
 * with chains of checkpoints of the same training, from a machine without couplings upwards. When exchanges with the last
 * checkpoint become rare, the machine becomes the next one; when they stop abruptly, the step was too large. */
#include "algorithm.h"
#include "mem.h"
#include "replicas.h"
#include "trajectory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST_RUNGS = 40,
    LEAST_RUNGS = 8,
    APPROACH = 50,       /* steps from the machine without couplings to the initial one */
    APPROACH_ROUNDS = 4, /* at each */
    MEND_EVERY = 60      /* rounds after which rates are known to some hundredths */
};
/* The machine becomes a checkpoint when its exchanges with the last one fall to this rate; below the second rate the step is
 * refused. A rung is inserted between others below the third, and removed if its neighbours would still be exchanged at the
 * fourth. All rungs together take at most this many bytes, if that leaves LEAST_RUNGS. */
static const double wanted_rate = 0.35, lost_rate = 0.02, weak_rate = 0.2, spare_rate = 0.5, most_bytes = 256e6;

struct group {
    struct bz_trajectory *t;
    struct bz_work *work;
    struct seen {
        uint64_t taken, rows; /* last number of exchanges between machine and last checkpoint; out of */
        double old;           /* the share of its chains that are not renewed */
        bool tried;
    } seen;
};

struct train_ptt {
    struct bz_machine *m;
    struct bz_ladder *ladder;
    size_t n_groups;
    struct group *group; /* [n_groups]: up to a tile of rows each */
    size_t chains;
    struct bz_spread *spread; /* processes that each move a share of the groups; NULL = only this one */
    struct bz_parallel *par;
    size_t sweeps;        /* of the current run */
    uint64_t runs, since; /* updates; rounds since rates were last checked */
    double *rates;        /* [n_groups][most] */
    double *lately;       /* [most]: of every pair since the ladder changed */
};

static void free_ptt(void *self)
{
    struct train_ptt *p = self;
    if (!p)
        return;
    for (size_t g = 0; p->group && g < p->n_groups; g++) {
        bz_trajectory_free(p->group[g].t);
        bz_work_free(p->group[g].work);
    }
    bz_free_all(p->group, p->rates, p->lately);
    bz_ladder_free(p->ladder);
    bz_free(p);
}

/* The groups that this process moves: first .. first+count-1. */
static void own_groups(const struct train_ptt *p, size_t *first, size_t *count)
{
    *first = 0;
    *count = p->n_groups;
    if (p->spread)
        p->spread->share(p->spread, p->n_groups, first, count);
}

static size_t first_row(const struct train_ptt *p, size_t g)
{
    return p->chains * g / p->n_groups;
}

static void run_group(void *arg, size_t k)
{
    const struct train_ptt *p = arg;
    size_t first, count;
    own_groups(p, &first, &count);
    struct group *g = &p->group[first + k];
    bz_trajectory_run(g->t, p->sweeps, g->work);
    const size_t last = bz_trajectory_last(g->t, p->ladder->n - 1);
    g->seen = (struct seen){last, bz_trajectory_chains(g->t)->s->n, bz_trajectory_old(g->t), last != SIZE_MAX};
}

/* lately[k] = the mean over groups since the last reset; NaN of pairs that were not tried. */
static void mean_rates(struct train_ptt *p)
{
    memset(p->lately, 0, p->ladder->most * sizeof(double));
    for (size_t g = 0; g < p->n_groups; g++)
        for (size_t k = 0; k < p->ladder->n; k++)
            p->lately[k] += p->rates[g * p->ladder->most + k] / (double)p->n_groups;
}

static int list_rates(void *arg, size_t g, struct train_fields *f, struct bz_error *err)
{
    struct train_ptt *p = arg;
    return train_fields_add(f, "rates", p->rates + g * p->ladder->most, p->ladder->most * sizeof(double), err);
}

static int note_rates(struct train_ptt *p, struct bz_error *err)
{
    size_t first, count;
    own_groups(p, &first, &count);
    for (size_t g = first; g < first + count; g++)
        bz_trajectory_rates(p->group[g].t, p->rates + g * p->ladder->most);
    if (train_fields_gather(p->spread, p->n_groups, list_rates, p, err) < 0)
        return -1;
    mean_rates(p);
    return 0;
}

static void swap_blocks(struct bz_machine *a, struct bz_machine *b)
{
    for (size_t i = 0; i < a->block_size; i++) {
        const float keep = a->block[i];
        a->block[i] = b->block[i];
        b->block[i] = keep;
    }
    bz_machine_prepare(a, NULL); /* prepared before: cannot fail */
    bz_machine_prepare(b, NULL);
}

static void drop_rung(struct train_ptt *p, size_t gone)
{
    struct bz_ladder *l = p->ladder;
    for (size_t k = gone; k + 1 < l->n; k++) {
        bz_ladder_set(l->rung[k], l->rung[k + 1]);
        l->update[k] = l->update[k + 1];
    }
    l->n--;
    for (size_t g = 0; g < p->n_groups; g++)
        bz_trajectory_dropped(p->group[g].t, gone);
}

/* Inserts a rung half way between rungs k - 1 and k, or the last one and the machine; or, with whole, the machine itself. */
static void insert_rung(struct train_ptt *p, size_t k, bool whole)
{
    struct bz_ladder *l = p->ladder;
    const struct bz_machine *above = k < l->n ? l->rung[k] : p->m, *below = l->rung[k - 1];
    const uint64_t update = k < l->n ? l->update[k] : p->runs;
    struct bz_machine *rung = l->rung[l->n]; /* a spare one, which moves into place */
    for (size_t i = 0; i < rung->block_size; i++)
        rung->block[i] = whole ? above->block[i] : (above->block[i] + below->block[i]) / 2;
    bz_machine_prepare(rung, NULL); /* prepared before: cannot fail */
    for (size_t j = l->n; j > k; j--) {
        swap_blocks(l->rung[j], l->rung[j - 1]);
        l->update[j] = l->update[j - 1];
    }
    l->update[k] = whole ? update : (update + l->update[k - 1]) / 2;
    l->n++;
    for (size_t g = 0; g < p->n_groups; g++)
        bz_trajectory_inserted(p->group[g].t, k);
    p->since = 0;
}

/* The rung, other than the lowest, that is least needed; *rate is the exchange rate of its neighbours without it. */
static size_t least_missed(const struct train_ptt *p, double *rate)
{
    size_t gone = 1;
    *rate = 0;
    for (size_t k = 1; k < p->ladder->n; k++) {
        const double both = p->lately[k - 1] * p->lately[k];
        if (both > *rate) {
            *rate = both;
            gone = k;
        }
    }
    return gone;
}

/* From time to time: adds a rung where exchanges are rare, and removes one where there are more than needed. */
static int mend_ladder(struct train_ptt *p, struct bz_error *err)
{
    size_t weakest = 0;
    double rate;
    if (note_rates(p, err) < 0)
        return -1;
    for (size_t k = 1; k < p->ladder->n; k++)
        weakest = p->lately[k] < p->lately[weakest] ? k : weakest;
    const size_t spare = least_missed(p, &rate);
    if (p->lately[weakest] < weak_rate && p->ladder->n < p->ladder->most)
        insert_rung(p, weakest + 1, false);
    else if (rate > spare_rate && p->ladder->n > 2)
        drop_rung(p, spare);
    for (size_t g = 0; g < p->n_groups; g++)
        bz_trajectory_reset(p->group[g].t);
    p->since = 0;
    return 0;
}

/* The last rate of exchange between machine and last checkpoint; NaN if there has been none. */
static double top_rate(const struct train_ptt *p)
{
    size_t taken = 0, rows = 0;
    for (size_t g = 0; g < p->n_groups; g++) {
        if (!p->group[g].seen.tried)
            return (double)NAN;
        taken += p->group[g].seen.taken;
        rows += p->group[g].seen.rows;
    }
    return (double)taken / (double)rows;
}

static int list_seen(void *arg, size_t g, struct train_fields *f, struct bz_error *err)
{
    struct train_ptt *p = arg;
    return train_fields_add(f, "seen", &p->group[g].seen, sizeof(p->group[g].seen), err);
}

static int run_rounds(struct train_ptt *p, size_t rounds, struct bz_error *err)
{
    double spare;
    size_t first, count;
    own_groups(p, &first, &count);
    p->sweeps = rounds;
    bz_parallel_for(p->par, count, run_group, p);
    if (train_fields_gather(p->spread, p->n_groups, list_seen, p, err) < 0)
        return -1;
    p->since += rounds;
    const double rate = top_rate(p);
    if (rate < lost_rate)
        return bz_fail(err, BZ_DIVERGED, "the machine and its last checkpoint no longer overlap");
    if (rate < wanted_rate) {
        if (p->ladder->n == p->ladder->most) {
            if (note_rates(p, err) < 0)
                return -1;
            drop_rung(p, least_missed(p, &spare));
        }
        insert_rung(p, p->ladder->n, true);
    } else if (p->since >= MEND_EVERY) {
        return mend_ladder(p, err);
    }
    return 0;
}

/* The lowest rung: no couplings, and biases equal to the units' inputs from typical neighbours. */
static int lowest_rung(struct train_ptt *p, const float *const *typical, struct bz_error *err)
{
    struct bz_machine *base = p->ladder->rung[0];
    struct bz_state *s;
    if (bz_state_new(&s, p->m, 1, err) < 0)
        return -1;
    s->n = 1;
    memset(base->block, 0, base->block_size * sizeof(float));
    for (size_t l = 0; l < p->m->n_layers; l++)
        memcpy(s->x[l], typical[l], p->m->layers[l].size * sizeof(float));
    for (size_t l = 0; l < p->m->n_layers; l++) {
        bz_field(s, l, 0, 1, true, bz_machine_bias(base, l), p->group[0].work);
        if (p->m->layers[l].log_sigma)
            memcpy(bz_machine_log_sigma(base, l), p->m->layers[l].log_sigma, p->m->layers[l].size * sizeof(float));
    }
    bz_state_free(s);
    p->ladder->n = 1;
    return bz_machine_prepare(base, err);
}

/* From the lowest rung to the initial machine in small steps, which builds the first ladder. */
static int approach(struct train_ptt *p, struct bz_error *err)
{
    const size_t size = p->m->block_size;
    float *goal = bz_alloc(size, sizeof(float), err);
    int rc = goal ? 0 : -1;
    if (goal)
        memcpy(goal, p->m->block, size * sizeof(float));
    for (size_t step = 1; rc == 0 && step <= APPROACH; step++) {
        const float *base = p->ladder->rung[0]->block;
        for (size_t i = 0; i < size; i++)
            p->m->block[i] = step == APPROACH ? goal[i] : base[i] + (goal[i] - base[i]) * (float)step / APPROACH;
        rc = bz_machine_prepare(p->m, err);
        for (size_t k = 0; rc == 0 && k < APPROACH_ROUNDS; k++)
            rc = run_rounds(p, 1, err);
    }
    if (rc < 0 && goal && err->code == BZ_DIVERGED)
        bz_fail(err, BZ_UNSUPPORTED,
                "--algorithm ptt: no ladder leads from independent units to the initial machine; pt needs none");
    bz_free(goal);
    p->runs = 0;
    return rc;
}

static int make_groups(struct train_ptt *p, size_t chains, struct bz_error *err)
{
    p->chains = chains;
    p->n_groups = (chains + BZ_TILE - 1) / BZ_TILE;
    if (!(p->group = bz_alloc(p->n_groups, sizeof(*p->group), err)) ||
        !(p->rates = bz_alloc(p->n_groups * p->ladder->most, sizeof(double), err)))
        return -1;
    for (size_t g = 0; g < p->n_groups; g++)
        if (bz_work_new(&p->group[g].work, p->m, err) < 0)
            return -1;
    p->ladder->n = 1;
    for (size_t g = 0; g < p->n_groups; g++)
        if (bz_trajectory_new(&p->group[g].t, p->ladder, p->m, first_row(p, g + 1) - first_row(p, g), err) < 0)
            return -1;
    return 0;
}

static int make(void **self, struct bz_machine *m, const float *const *typical, size_t chains, uint64_t seed,
                struct bz_parallel *par, struct bz_error *err)
{
    const double room = most_bytes / ((double)m->block_size * sizeof(float));
    const size_t most = room > MOST_RUNGS ? MOST_RUNGS : room < LEAST_RUNGS ? LEAST_RUNGS : (size_t)room;
    if (train_replicas_allow(m, "ptt", err) < 0)
        return -1;
    struct train_ptt *p = bz_alloc(1, sizeof(*p), err);
    if (!p)
        return -1;
    p->m = m;
    p->par = par;
    if (bz_ladder_new(&p->ladder, m, most, err) < 0 || !(p->lately = bz_alloc(most, sizeof(double), err)) ||
        make_groups(p, chains, err) < 0 || lowest_rung(p, typical, err) < 0)
        goto fail;
    for (size_t g = 0; g < p->n_groups; g++)
        bz_trajectory_start(p->group[g].t, seed, (uint32_t)first_row(p, g), NULL, p->group[g].work);
    if (approach(p, err) < 0)
        goto fail;
    *self = p;
    return 0;
fail:
    free_ptt(p);
    return -1;
}

static void share(void *self, struct bz_spread *spread)
{
    struct train_ptt *p = self;
    p->spread = spread;
}

struct handing { /* rows over */
    struct train_ptt *p;
    struct bz_state *to;
};

static int list_rows(void *arg, size_t g, struct train_fields *f, struct bz_error *err)
{
    const struct handing *h = arg;
    const size_t first = first_row(h->p, g), rows = first_row(h->p, g + 1) - first;
    int rc = 0;
    for (size_t l = 0; rc == 0 && l < h->p->m->n_layers; l++) {
        const size_t size = h->p->m->layers[l].size;
        rc = train_fields_add(f, "rows", h->to->x[l] + first * size, rows * size * sizeof(float), err);
    }
    return rc;
}

static int run(void *self, size_t sweeps, struct bz_state *to, struct bz_error *err)
{
    struct train_ptt *p = self;
    size_t first, count;
    p->runs++;
    if (run_rounds(p, sweeps, err) < 0)
        return -1;
    own_groups(p, &first, &count);
    for (size_t g = first; g < first + count; g++) {
        const struct bz_state *s = bz_trajectory_chains(p->group[g].t)->s;
        for (size_t l = 0; l < p->m->n_layers; l++) {
            const size_t size = p->m->layers[l].size;
            memcpy(to->x[l] + first_row(p, g) * size, s->x[l], s->n * size * sizeof(float));
        }
    }
    return train_fields_gather(p->spread, p->n_groups, list_rows, &(struct handing){p, to}, err);
}

static int list_trajectory(void *arg, size_t g, struct train_fields *f, struct bz_error *err)
{
    struct train_ptt *p = arg;
    struct train_listing l = {f, err};
    return bz_trajectory_parts(p->group[g].t, train_fields_part, &l);
}

static int gather(void *self, struct bz_error *err)
{
    struct train_ptt *p = self;
    return train_fields_gather(p->spread, p->n_groups, list_trajectory, p, err);
}

static int fields(void *self, struct train_fields *f, struct bz_error *err)
{
    struct train_ptt *p = self;
    struct bz_ladder *ladder = p->ladder;
    if (train_fields_add(f, "runs", &p->runs, sizeof(p->runs), err) < 0 ||
        train_fields_add(f, "since", &p->since, sizeof(p->since), err) < 0 ||
        train_fields_add(f, "rungs", &ladder->n, sizeof(ladder->n), err) < 0 ||
        train_fields_add(f, "rung updates", ladder->update, ladder->most * sizeof(*ladder->update), err) < 0)
        return -1;
    for (size_t k = 0; k < ladder->most; k++)
        if (train_fields_add(f, "rung", ladder->rung[k]->block, ladder->rung[k]->block_size * sizeof(float), err) < 0)
            return -1;
    for (size_t g = 0; g < p->n_groups; g++)
        if (list_trajectory(p, g, f, err) < 0)
            return -1;
    return 0;
}

static void refresh(void *self)
{
    struct train_ptt *p = self;
    for (size_t k = 0; k < p->ladder->most; k++)
        bz_machine_prepare(p->ladder->rung[k], NULL); /* prepared before: cannot fail */
    for (size_t g = 0; g < p->n_groups; g++)          /* all have been copied in */
        bz_trajectory_rates(p->group[g].t, p->rates + g * p->ladder->most);
    mean_rates(p);
}

static void say(const void *self, char *text, size_t room)
{
    const struct train_ptt *p = self;
    double lowest = (double)INFINITY, old = 0;
    for (size_t k = 0; k < p->ladder->n; k++)
        lowest = p->lately[k] < lowest ? p->lately[k] : lowest;
    for (size_t g = 0; g < p->n_groups; g++)
        old += p->group[g].seen.old / (double)p->n_groups;
    snprintf(text, room,
             "trajectory tempering: %zu checkpoints, lowest rate of exchange %.2f, %.1f %% of the chains not renewed",
             p->ladder->n, isfinite(lowest) ? lowest : (double)NAN, 100 * old);
}

static const struct bz_ladder *ladder_of(const void *self)
{
    const struct train_ptt *p = self;
    return p->ladder;
}

const struct train_mover train_mover_trajectory = {.make = make,
                                                   .free = free_ptt,
                                                   .share = share,
                                                   .run = run,
                                                   .gather = gather,
                                                   .fields = fields,
                                                   .refresh = refresh,
                                                   .say = say,
                                                   .ladder = ladder_of};
