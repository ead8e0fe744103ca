/* What a stage hands out in the end: which state, and groups of rows with the shares that they have of the rows. */
#include "exchange.h"
#include "masses.h"
#include "mathx.h"
#include "shares.h"
#include "stage_private.h"

#include <math.h>

enum {
    AGAIN = 6,      /* times as many runs of the judge, in the end */
    MOST_ROUNDS = 8 /* of measuring what modes weigh */
};
static const double sure = 0.04; /* error of a mode's share at which it is known well enough: 0.1 away is 2.5 of these */

/* What the judge makes of what was just measured; measured again where masses of modes are set right. */
int train_stage_judge(struct train_running *t, size_t times, struct train_measure *m, struct bz_error *err)
{
    struct train_judgement j;
    bool corrected;
    if ((times > 1 && train_exchange_chains(t->learner, err) < 0) ||
        train_judge_log_z(t->judge, m->updates + (times > 1), times, t->learner->running.s, &j, err) < 0 ||
        train_ranks_follow(t->s->ranks, &j, sizeof(j), err) < 0 ||
        train_shares_correct(t->learner, t->shown, &j, &corrected, err) < 0)
        return -1;
    if (corrected)
        *m = train_stage_measure(t);
    m->log_prob = -m->free_energy_train - j.log_z;
    m->log_prob_valid = -m->free_energy_valid - j.log_z;
    m->log_z_error = j.error;
    return 0;
}

/* Back to the best state, unless the last one is better after all: of many noisy judgements the best is mostly one that missed
 * some of log Z, so both are judged afresh, by more runs. */
static int return_to_best(struct train_running *t, struct train_outcome *o, struct bz_error *err)
{
    struct train_measure last = train_stage_measure(t), best;
    if (train_stage_judge(t, AGAIN, &last, err) < 0 || train_stage_keep(t, t->good, err) < 0)
        return -1;
    train_fields_copy_in(&t->state, t->best);
    train_learner_refresh(t->learner);
    best = train_stage_measure(t);
    if (train_stage_judge(t, AGAIN, &best, err) < 0)
        return -1;
    if (!t->parted && train_deciding_log_prob(&last) >= train_deciding_log_prob(&best)) {
        train_fields_copy_in(&t->state, t->good);
        train_learner_refresh(t->learner);
        best = last;
    }
    o->log_prob = train_deciding_log_prob(&best);
    o->error = best.log_z_error;
    return 0;
}

static double worst_of(const struct train_outcome *o)
{
    double worst = 0;
    for (size_t k = 0; k < o->groups; k++)
        worst = o->share_error[k] <= worst ? worst : o->share_error[k]; /* NaN stays */
    return worst;
}

/* Masses of modes by as many rounds of runs as it takes to know their shares: of modes as wide as half of MNIST one round is
 * off by half a nat, which makes 0.62 of a half. */
static int measure_masses(struct train_running *t, struct train_judgement *j, struct train_outcome *o, struct bz_error *err)
{
    const size_t n = t->learner->clusters->n;
    const struct bz_state *chains = t->learner->running.s;
    struct train_mass_pool pool = {0};
    double elsewhere = -INFINITY;
    for (uint64_t round = 0; round < MOST_ROUNDS && (round < 2 || worst_of(o) > sure); round++) {
        const uint64_t turn = t->learner->updates + 1 + 100 * round;
        if ((round || train_judge_sums(t->shown) ? train_judge_masses(t->judge, turn, chains, j, err)
                                                 : train_judge_log_z(t->judge, turn, AGAIN, chains, j, err)) < 0 ||
            train_ranks_follow(t->s->ranks, j, sizeof(*j), err) < 0)
            return -1;
        elsewhere = round ? elsewhere : j->log_z; /* even odds may have seen more than the groups */
        train_mass_add(&pool, n, j->log_mass, j->mass_error);
        train_mass_of_pool(&pool, n, j->log_mass, j->mass_error);
        train_judgement_sum(j, n);
        train_shares_of(j, n, o->share, o->share_error);
    }
    if (elsewhere > j->log_z + 4 * j->error)
        j->log_z = elsewhere;
    return 0;
}

/* The biases of the groups' units take what is missing of the modes' masses, and what each has then is told. */
static int set_masses(struct train_running *t, struct train_outcome *o, struct bz_error *err)
{
    const struct train_clusters *c = t->learner->clusters;
    struct train_judgement j = {.log_z = NAN};
    bool corrected = false;
    if (!c)
        return 0;
    o->groups = c->n;
    if (train_exchange_chains(t->learner, err) < 0)
        return -1;
    train_learner_result(t->learner, t->shown);
    if (train_judge_sums(t->shown) && (train_judge_log_z(t->judge, t->learner->updates, AGAIN, NULL, &j, err) < 0 ||
                                       train_ranks_follow(t->s->ranks, &j, sizeof(j), err) < 0 ||
                                       train_shares_correct(t->learner, t->shown, &j, &corrected, err) < 0))
        return -1;
    const bool by_states = isfinite(j.log_z) && t->shown->layers[c->layer].unit == BZ_SOFTMAX;
    if (!corrected && !by_states && /* where groups overlap, only their states tell how much is whose */
        (measure_masses(t, &j, o, err) < 0 || train_shares_correct(t->learner, t->shown, &j, &corrected, err) < 0))
        return -1;
    for (size_t k = 0; corrected && k < c->n; k++)
        j.log_mass[k] = j.log_z + bz_log(c->share[k]);
    train_shares_of(&j, c->n, o->share, o->share_error);
    if (!isfinite(j.log_z))
        return 0;
    const struct train_measure m = train_stage_measure(t);
    o->log_prob = -(isfinite(m.free_energy_valid) ? m.free_energy_valid : m.free_energy_train) - j.log_z;
    o->error = j.error;
    return 0;
}

/* The best state becomes the one that is handed out, unless the last is as good. */
int train_stage_choose(struct train_running *t, struct train_outcome *o, struct bz_error *err)
{
    const struct train_measure *last = &t->last;
    const bool fixed = !t->s->stops_early && !t->parted;
    const bool as_good =
        !t->parted && last->updates == t->learner->updates &&
        (fixed || train_deciding_log_prob(last) >= t->course.best - 2 * hypot(last->log_z_error, t->course.best_error));
    o->updates = t->learner->updates;
    o->parted = t->parted > 0;
    o->gave_up = t->gave_up;
    o->stopped = t->cool_from > 0;
    o->cooled = t->cool_from;
    o->start = t->course.start;
    o->log_prob = as_good ? train_deciding_log_prob(last) : t->course.best;
    o->error = as_good ? last->log_z_error : t->course.best_error;
    if (!as_good && !fixed && return_to_best(t, o, err) < 0)
        return -1;
    if (set_masses(t, o, err) < 0)
        return -1;
    o->kept = t->learner->updates;
    return 0;
}
