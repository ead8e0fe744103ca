#include "tempering.h"

#include "ais_path.h"
#include "mathx.h"
#include "object.h"

#include <math.h>
#include <string.h>

struct bz_tempering {
    const struct bz_machine *m;
    struct bz_tempering_options o;
    size_t n_rungs;
    double beta[BZ_MAX_RUNGS];
    struct bz_path *rung[BZ_MAX_RUNGS]; /* replicas at beta[k]: rows = chains */
    double *ratio;     /* [max_rungs][chains]: of log f to that at the neighbour with which the step proposes exchanges */
    uint32_t *replica; /* [max_rungs][chains]: which replica stands here; bit 31: it has been at the base since */
    uint64_t proposed[BZ_MAX_RUNGS], accepted[BZ_MAX_RUNGS]; /* pair k, k+1 */
    uint64_t step, round_trips;
};

#define FROM_BASE  0x80000000u
#define COMPLETION 0x9e3779b97f4a7c15u /* sets the draws of summed layers apart from those of moves */

static struct bz_path_draws draws_of(const struct bz_tempering *t, size_t rung, uint64_t seed)
{
    return (struct bz_path_draws){.seed = seed, .first = (uint32_t)(rung * t->o.chains), .step = t->step};
}

static int add_rung(struct bz_tempering *t, size_t k, struct bz_error *err)
{
    const double *counts = t->o.counts;

    for (size_t r = 0; r < t->o.chains; r++)
        t->replica[k * t->o.chains + r] = (uint32_t)k;
    return bz_path_new(&t->rung[k], t->m, t->o.base, NULL, counts, t->o.chains, err) < 0 ||
                   (t->o.fixed && bz_path_fix(t->rung[k], err) < 0)
               ? -1
               : 0;
}

static void end_tempering(void *self)
{
    struct bz_tempering *t = self;
    for (size_t k = 0; k < BZ_MAX_RUNGS; k++)
        bz_path_free(t->rung[k]);
}

int bz_tempering_new(struct bz_tempering **out, const struct bz_machine *m, const struct bz_tempering_options *o,
                     struct bz_error *err)
{
    struct bz_tempering *t;
    size_t cells;

    if (o->chains < 1 || o->chains > BZ_TILE)
        return bz_fail(err, BZ_BAD_INPUT, "parallel tempering: %zu chains, expected 1..%d", o->chains, BZ_TILE);
    if (o->max_rungs < 2 || o->max_rungs > BZ_MAX_RUNGS)
        return bz_fail(err, BZ_BAD_INPUT, "parallel tempering: %zu rungs, expected 2..%d", o->max_rungs, BZ_MAX_RUNGS);
    if (!(t = bz_object_new(sizeof(*t), end_tempering, err)))
        return -1;
    t->m = m;
    t->o = *o;
    if (t->o.target <= 0)
        t->o.target = 0.3;
    cells = o->max_rungs * o->chains;
    if (!(t->ratio = bz_part(t, cells, sizeof(*t->ratio), err)) || !(t->replica = bz_part(t, cells, sizeof(*t->replica), err)))
        return bz_object_give(out, t, -1);
    t->n_rungs = o->max_rungs < 11 ? o->max_rungs : 11;
    for (size_t k = 0; k < t->n_rungs; k++) {
        t->beta[k] = (double)k / (double)(t->n_rungs - 1);
        if (add_rung(t, k, err) < 0)
            return bz_object_give(out, t, -1);
        bz_path_start(t->rung[k], draws_of(t, k, t->o.seed));
    }
    for (size_t k = t->n_rungs; o->whole && k < o->max_rungs; k++)
        if (add_rung(t, k, err) < 0)
            return bz_object_give(out, t, -1);
    return bz_object_give(out, t, 0);
}

void bz_tempering_free(struct bz_tempering *t)
{
    bz_object_free(t);
}

/* The rung with which k exchanges replicas in this step: pairs (i, i + 1), i of the step's parity; k itself: none. */
static size_t partner_of(const struct bz_tempering *t, size_t k)
{
    if (k % 2 == t->step % 2)
        return k + 1 < t->n_rungs ? k + 1 : k;
    return k > 0 ? k - 1 : k;
}

/* One transition of the replicas on rung k and the ratios that its exchanges need. */
static void move_rung(void *arg, size_t k)
{
    struct bz_tempering *t = arg;
    struct bz_path *p = t->rung[k];
    const size_t n = t->o.chains, partner = partner_of(t, k);

    bz_path_update(p);
    bz_path_move(p, t->beta[k], t->step % 2 == 1, draws_of(t, k, t->o.seed));
    if (partner == k)
        return;
    bz_path_update(p);
    memset(t->ratio + k * n, 0, n * sizeof(*t->ratio));
    bz_path_add_ratio(p, t->beta[partner], t->beta[k], t->ratio + k * n);
}

static void swap_floats(float *a, float *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float keep = a[i];

        a[i] = b[i];
        b[i] = keep;
    }
}

static void swap_chains(struct bz_tempering *t, size_t k, size_t r)
{
    const size_t n = t->o.chains;
    const uint32_t keep = t->replica[k * n + r];

    for (size_t l = 0; l < t->m->n_layers; l++) {
        const size_t size = t->m->layers[l].size;

        swap_floats(t->rung[k]->s->x[l] + r * size, t->rung[k + 1]->s->x[l] + r * size, size);
    }
    t->replica[k * n + r] = t->replica[(k + 1) * n + r];
    t->replica[(k + 1) * n + r] = keep;
}

/* The pairs of a step share no rung, so that the ratios stay valid. */
static void exchange(struct bz_tempering *t)
{
    const size_t n = t->o.chains;

    for (size_t k = t->step % 2; k + 1 < t->n_rungs; k += 2)
        for (size_t r = 0; r < n; r++) {
            const struct bz_key key = {
                .seed = t->o.seed, .step = t->step, .chain = (uint32_t)(k * n + r), .purpose = BZ_DRAW_SWAP};
            const double log_ratio = t->ratio[k * n + r] + t->ratio[(k + 1) * n + r];

            t->proposed[k]++;
            if (log_ratio < 0 && bz_log(bz_random_double(&key, 0)) >= log_ratio)
                continue;
            t->accepted[k]++;
            swap_chains(t, k, r);
        }
}

static void count_round_trips(struct bz_tempering *t)
{
    const size_t n = t->o.chains;

    for (size_t r = 0; r < n; r++) {
        uint32_t *top = &t->replica[(t->n_rungs - 1) * n + r];

        t->replica[r] |= FROM_BASE;
        if (*top & FROM_BASE)
            t->round_trips++;
        *top &= ~FROM_BASE;
    }
}

void bz_tempering_run(struct bz_tempering *t, size_t sweeps)
{
    for (size_t s = 0; s < sweeps; s++) {
        t->step++;
        bz_parallel_for(t->o.par, t->n_rungs, move_rung, t);
        exchange(t);
        count_round_trips(t);
    }
    if (sweeps) /* an exchange does not carry over the summed layers of the replicas */
        bz_path_complete(t->rung[t->n_rungs - 1], 1.0, draws_of(t, t->n_rungs - 1, t->o.seed ^ COMPLETION));
}

static double rate(const struct bz_tempering *t, size_t k)
{
    return t->proposed[k] ? (double)t->accepted[k] / (double)t->proposed[k] : (double)NAN;
}

/* The distance that an exchange has to bridge: acceptance falls about exponentially with it. */
static double distance(const struct bz_tempering *t, size_t k)
{
    const double seen = rate(t, k);

    return -bz_log(seen > 0.01 ? seen : 0.01) + 0.01;
}

/* Puts n rungs at equal distances along the present ladder. */
static void respace(struct bz_tempering *t, size_t n)
{
    double total = 0, walked = 0, beta[BZ_MAX_RUNGS];
    size_t k = 0;

    for (size_t i = 0; i + 1 < t->n_rungs; i++)
        total += distance(t, i);
    for (size_t i = 1; i + 1 < n; i++) {
        const double want = total * (double)i / (double)(n - 1);

        while (k + 2 < t->n_rungs && walked + distance(t, k) < want)
            walked += distance(t, k++);
        beta[i] = t->beta[k] + (t->beta[k + 1] - t->beta[k]) * fmin(1.0, (want - walked) / distance(t, k));
    }
    beta[0] = 0.0;
    beta[n - 1] = 1.0;
    memcpy(t->beta, beta, n * sizeof(*beta));
}

int bz_tempering_adapt(struct bz_tempering *t, struct bz_error *err)
{
    double total = 0;
    size_t want;

    for (size_t k = 0; k + 1 < t->n_rungs; k++) {
        if (!t->proposed[k])
            return 0;
        total += distance(t, k);
    }
    want = (size_t)ceil(total / -bz_log(t->o.target)) + 1;
    want = want < t->n_rungs ? t->n_rungs : want;
    want = want > t->o.max_rungs ? t->o.max_rungs : want;
    for (size_t k = t->n_rungs; k < want; k++) { /* new rungs start as copies of the top, which then spread */
        if (!t->rung[k] && add_rung(t, k, err) < 0)
            return -1;
        for (size_t r = 0; r < t->o.chains; r++)
            t->replica[k * t->o.chains + r] = (uint32_t)k;
        for (size_t l = 0; l < t->m->n_layers; l++)
            memcpy(t->rung[k]->s->x[l], t->rung[t->n_rungs - 1]->s->x[l], t->o.chains * t->m->layers[l].size * sizeof(float));
    }
    respace(t, want);
    t->n_rungs = want;
    memset(t->proposed, 0, sizeof(t->proposed));
    memset(t->accepted, 0, sizeof(t->accepted));
    return 0;
}

size_t bz_tempering_rungs(const struct bz_tempering *t)
{
    return t->n_rungs;
}

void bz_tempering_ladder(const struct bz_tempering *t, double *betas, double *rates)
{
    for (size_t k = 0; k < t->n_rungs; k++) {
        if (betas)
            betas[k] = t->beta[k];
        if (rates && k + 1 < t->n_rungs)
            rates[k] = rate(t, k);
    }
}

const struct bz_state *bz_tempering_state(const struct bz_tempering *t)
{
    return t->rung[t->n_rungs - 1]->s;
}

uint64_t bz_tempering_round_trips(const struct bz_tempering *t)
{
    return t->round_trips;
}

int bz_tempering_parts(struct bz_tempering *t, int (*visit)(void *arg, const char *name, void *data, size_t bytes), void *arg)
{
    const size_t cells = t->o.max_rungs * t->o.chains;
    const struct {
        const char *name;
        void *data;
        size_t bytes;
    } own[] = {
        {"rungs", &t->n_rungs, sizeof(t->n_rungs)},
        {"betas", t->beta, sizeof(t->beta)},
        {"replicas", t->replica, cells * sizeof(uint32_t)},
        {"proposed", t->proposed, sizeof(t->proposed)},
        {"accepted", t->accepted, sizeof(t->accepted)},
        {"step", &t->step, sizeof(t->step)},
        {"round_trips", &t->round_trips, sizeof(t->round_trips)},
    };
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof(own) / sizeof(*own); i++)
        rc = visit(arg, own[i].name, own[i].data, own[i].bytes);
    for (size_t k = 0; k < t->o.max_rungs && t->rung[k]; k++)
        for (size_t l = 0; rc == 0 && l < t->m->n_layers; l++)
            if (t->rung[k]->role[l] == BZ_PATH_KEPT)
                rc = visit(arg, "kept", t->rung[k]->s->x[l], t->o.chains * t->m->layers[l].size * sizeof(float));
    return rc;
}
