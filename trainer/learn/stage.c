#include "stage.h"

#include "course.h"
#include "exchange.h"
#include "interrupt.h"
#include "judge.h"
#include "mem.h"
#include "row_order.h"
#include "schedule.h"
#include "shares.h"
#include "supply.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MEASURE_EVERY = 100, /* updates, at least, between two measurements */
    MOST_ROLLBACKS = 12, /* the rate is then a 4096th */
    AGAIN = 6            /* times as many runs of the judge, in the end */
};
/* Between two checkpoints by time at least a minute, and so much that writing takes a twentieth of it at most. */
static const double checkpoint_seconds = 60, checkpoint_share = 20;

/* A stage under way. */
struct stage {
    const struct train_stage *s;
    uint64_t number;
    struct train_learner *learner;
    struct bz_machine *shown; /* the machine as it would be handed out */
    struct train_monitor *monitor;
    struct train_supply *supply;
    uint64_t per_epoch;
    uint64_t measured_at; /* updates */
    double first_error;   /* reconstruction error before the first update, or by the means of the units if that is worse */
    double rate_factor;   /* halved each time training diverged */
    uint64_t rollbacks;
    struct train_history *history;
    struct train_fields state;      /* what going back restores */
    struct train_fields checkpoint; /* state and the rest of a checkpoint */
    void *good;                     /* copy of `state` when all was well */
    void *best;                     /* and when the judge found it best; NULL = there is no judge */
    struct train_judge *judge;
    struct train_course course;
    uint64_t judge_at;         /* updates */
    uint64_t total;            /* updates in all: those of the stage, fewer after it was stopped early */
    uint64_t cool_from;        /* update from which the rate falls to 0 at `total`; 0 = from the beginning */
    struct train_measure last; /* of the judge */
    bool told;                 /* it stands in the log */
    uint64_t parted;           /* update at which chains and data parted; 0 = they have not */
    double saved, took;        /* time of the last checkpoint, seconds it took */
};

static double rate_at(const struct stage *t, uint64_t update)
{
    return t->rate_factor * train_planned_rate(t->s, update, t->cool_from);
}

static bool is_first(const struct stage *t)
{
    return train_ranks_number(t->s->ranks) == 0;
}

/* Signals may reach some of several processes only, and clocks differ. */
static struct train_wish wish_now(const struct stage *t)
{
    const bool due = is_first(t) && train_now() - t->saved >= fmax(checkpoint_seconds, checkpoint_share * t->took);
    return (struct train_wish){.signal = train_interrupted(), .save = train_checkpoint_wanted() || due};
}

static int step(struct stage *t, struct bz_error *err)
{
    const uint64_t update = t->learner->updates;
    size_t n;
    if (train_supply_turn(t->supply, t->learner, &n, err) < 0)
        return -1;
    if (t->s->ranks)
        t->learner->wish = wish_now(t);
    return train_update(t->learner, n, rate_at(t, update), t->s->momentum, train_supply_read, t->supply, err);
}

/* Where the run is, and nothing measured yet. */
static struct train_measure unmeasured(const struct stage *t)
{
    struct train_measure m = train_unmeasured();
    m.updates = t->learner->updates;
    m.epoch = m.updates / t->per_epoch;
    m.rate = rate_at(t, m.updates);
    return m;
}

/* Rank 0 measures. */
static struct train_measure measure(struct stage *t)
{
    struct train_measure m = unmeasured(t);
    train_learner_result(t->learner, t->shown);
    if (is_first(t))
        train_monitor_measure(t->monitor, &m);
    train_ranks_follow(t->s->ranks, &m, sizeof(m), NULL); /* what fails here fails the next update */
    t->measured_at = m.updates;
    return m;
}

static void restore(struct stage *t, const void *state)
{
    train_fields_copy_in(&t->state, state);
    train_learner_refresh(t->learner);
    t->measured_at = t->learner->updates;
}

/* Back to the last good state, or the best one, at half the rate. */
static int go_back(struct stage *t, const void *to, struct bz_error *err)
{
    const uint64_t from = t->learner->updates;
    if (t->rollbacks++ >= MOST_ROLLBACKS)
        return bz_fail(err, BZ_DIVERGED,
                       "%s diverged at update %llu, and again after each of %d times that the learning rate was halved; "
                       "expected it to settle (are the data in a sensible range for their units?)",
                       t->s->title, (unsigned long long)from, MOST_ROLLBACKS);
    restore(t, to);
    t->rate_factor /= 2;
    t->judge_at = train_next_judgement(t->s, t->learner->updates);
    train_progress_say(t->s->progress, "diverged at update %llu: returning to update %llu, learning rate %g",
                       (unsigned long long)from, (unsigned long long)t->learner->updates, t->s->rate * t->rate_factor);
    return 0;
}

/* Keeps what going back restores. */
static int keep(struct stage *t, void *buffer, struct bz_error *err)
{
    if (train_exchange_chains(t->learner, err) < 0)
        return -1;
    train_fields_copy_out(&t->state, buffer);
    return 0;
}

static int save_checkpoint(struct stage *t, struct bz_error *err)
{
    const double began = train_now();
    if (train_exchange_chains(t->learner, err) < 0)
        return -1;
    int rc = t->s->checkpoint && is_first(t) ? train_checkpoint_save(t->s->checkpoint, t->s->settings, &t->checkpoint, err) : 0;
    t->saved = train_now();
    t->took = t->saved - began;
    return rc;
}

/* All that the run is stays in memory, so a full disk is no reason to end it. */
static void save_or_warn(struct stage *t)
{
    struct bz_error err;
    if (save_checkpoint(t, &err) < 0)
        train_progress_warn(t->s->progress, "no checkpoint was written; the run continues and will try again: %s", err.msg);
}

static bool is_saved_epoch(const struct stage *t)
{
    const uint64_t every = t->s->checkpoint_every, epoch = t->learner->updates / t->per_epoch;
    return every && t->learner->updates % t->per_epoch == 0 && epoch % every == 0;
}

/* --- judging --- */

/* Back to the best state, from which the rate falls to 0. */
static void cool_down(struct stage *t)
{
    const uint64_t from = t->learner->updates;
    restore(t, t->best);
    t->cool_from = t->learner->updates ? t->learner->updates : 1;
    t->total = train_cooled_by(t->cool_from);
    t->judge_at = t->total;
    t->course.worse = 0;
    train_progress_say(t->s->progress,
                       "update %llu: held-out rows only got worse since update %llu: back there, rate to 0 by update %llu",
                       (unsigned long long)from, (unsigned long long)t->learner->updates, (unsigned long long)t->total);
}

/* What the judge makes of what was just measured; measured again where masses of modes are set right. */
static int ask_judge(struct stage *t, size_t times, struct train_measure *m, struct bz_error *err)
{
    struct train_judgement j;
    bool corrected;
    if ((times > 1 && train_exchange_chains(t->learner, err) < 0) ||
        train_judge_log_z(t->judge, m->updates + (times > 1), times, t->learner->running.s, &j, err) < 0 ||
        train_ranks_follow(t->s->ranks, &j, sizeof(j), err) < 0 ||
        train_shares_correct(t->learner, t->shown, &j, &corrected, err) < 0)
        return -1;
    if (corrected)
        *m = measure(t);
    m->log_prob = -m->free_energy_train - j.log_z;
    m->log_prob_valid = -m->free_energy_valid - j.log_z;
    m->log_z_error = j.error;
    return 0;
}

/* Steps lead to where there is no distribution, in the end however small they are: then the best state is the result. */
static int leave_range(struct stage *t, struct bz_error *err)
{
    enum { TRIES = 6 };
    if (t->rollbacks < TRIES)
        return go_back(t, t->best, err);
    restore(t, t->best);
    t->total = t->learner->updates;
    train_progress_say(t->s->progress, "no step from update %llu leaves a distribution: that state is kept",
                       (unsigned long long)t->total);
    return 0;
}

/* log Z now and what follows from it. 0 = continue, 1 = stop here. */
static int look(struct stage *t, struct bz_error *err)
{
    struct train_measure m = measure(t);
    struct bz_error none;
    if (train_diverged(&m, t->first_error))
        return go_back(t, t->good, err);
    if (ask_judge(t, 1, &m, err) < 0)
        return -1;
    t->judge_at = train_next_judgement(t->s, t->learner->updates);
    if (!isfinite(m.log_prob) || (t->course.unbounded && bz_machine_check(t->shown, &none) < 0)) /* no distribution any more */
        return t->course.n ? leave_range(t, err) : 0;
    train_history_add(t->history, &m);
    t->last = m;
    t->told = m.updates == 0; /* the log begins with the first epoch */
    switch (train_course_add(&t->course, &m)) {
    case TRAIN_BEST:
        return keep(t, t->best, err);
    case TRAIN_RAN_AWAY:
        return go_back(t, t->best, err);
    case TRAIN_PARTED:
        if (!t->s->alarmed)
            return 0;
        t->parted = m.updates;
        train_progress_say(t->s->progress,
                           "update %llu: log p of the rows that are learned from fell from %.2f to %.2f: the chains have left "
                           "part of the data",
                           (unsigned long long)m.updates, t->course.top, m.log_prob);
        return 1;
    case TRAIN_BY_HEART:
        if (t->s->stops_early && !t->cool_from)
            cool_down(t);
        return 0;
    case TRAIN_GO_ON:
        return 0;
    }
    return 0;
}

/* Back to the best state, unless the last one is better after all: of many noisy judgements the best is mostly one that missed
 * some of log Z, so both are judged afresh, by more runs. */
static int return_to_best(struct stage *t, struct train_outcome *o, struct bz_error *err)
{
    struct train_measure last = measure(t), best;
    if (ask_judge(t, AGAIN, &last, err) < 0 || keep(t, t->good, err) < 0)
        return -1;
    train_fields_copy_in(&t->state, t->best);
    train_learner_refresh(t->learner);
    best = measure(t);
    if (ask_judge(t, AGAIN, &best, err) < 0)
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

/* The masses of modes once more, by more runs. */
static int set_masses(struct stage *t, struct train_outcome *o, struct bz_error *err)
{
    struct train_measure m;
    if (!t->learner->clusters || t->last.log_z_error == 0)
        return 0;
    m = measure(t);
    if (ask_judge(t, AGAIN, &m, err) < 0)
        return -1;
    if (isfinite(m.log_prob)) {
        o->log_prob = train_deciding_log_prob(&m);
        o->error = m.log_z_error;
    }
    return 0;
}

/* The best state becomes the one that is handed out, unless the last is as good. */
static int choose(struct stage *t, struct train_outcome *o, struct bz_error *err)
{
    const struct train_measure *last = &t->last;
    const bool fixed = !t->s->stops_early && !t->parted;
    const bool as_good =
        !t->parted && last->updates == t->learner->updates &&
        (fixed || train_deciding_log_prob(last) >= t->course.best - 2 * hypot(last->log_z_error, t->course.best_error));
    o->updates = t->learner->updates;
    o->parted = t->parted > 0;
    o->stopped = t->cool_from > 0;
    o->cooled = t->cool_from;
    o->start = t->course.start;
    o->log_prob = as_good ? train_deciding_log_prob(last) : t->course.best;
    o->error = as_good ? last->log_z_error : t->course.best_error;
    if (!as_good && !fixed && return_to_best(t, o, err) < 0)
        return -1;
    if ((as_good || fixed) && set_masses(t, o, err) < 0)
        return -1;
    o->kept = t->learner->updates;
    return 0;
}

/* An epoch is over. */
static int end_epoch(struct stage *t, struct bz_error *err)
{
    const uint64_t updates = t->learner->updates;
    struct train_measure m = unmeasured(t);
    if (t->judge && t->last.updates == updates) {
        m = t->last;
        if (keep(t, t->good, err) < 0)
            return -1;
    } else if (updates - t->measured_at >= MEASURE_EVERY || updates >= t->total) {
        m = measure(t);
        if (train_diverged(&m, t->first_error))
            return go_back(t, t->good, err);
        train_history_add(t->history, &m);
        if (keep(t, t->good, err) < 0)
            return -1;
    }
    if (t->judge && !t->told) {
        m.log_prob = t->last.log_prob;
        m.log_prob_valid = t->last.log_prob_valid;
        m.log_z_error = t->last.log_z_error;
        t->told = true;
    }
    train_progress_epoch(t->s->progress, &m);
    return 0;
}

/* --- the run --- */

/* A signal asked for it. */
static int leave(struct stage *t, struct bz_error *err)
{
    const unsigned long long done = t->learner->updates, all = t->total;
    if (save_checkpoint(t, err) < 0)
        return bz_fail_in(err, "interrupted after %llu of %llu updates of %s, and this last checkpoint was not written", done,
                          all, t->s->title);
    return bz_fail(err, BZ_INTERRUPTED, "interrupted after %llu of %llu updates of %s; --resume continues from there", done,
                   all, t->s->title);
}

static int run(struct stage *t, struct bz_error *err)
{
    while (t->learner->updates < t->total) {
        struct bz_error failure;
        if (step(t, &failure) < 0) {
            if (failure.code != BZ_DIVERGED) {
                *err = failure;
                return -1;
            }
            if (go_back(t, t->good, err) < 0)
                return -1;
            continue;
        }
        const uint64_t updates = t->learner->updates;
        if (t->judge && (updates >= t->judge_at || updates == t->total)) {
            const int verdict = look(t, err);
            if (verdict)
                return verdict < 0 ? -1 : 0;
            if (t->learner->updates != updates) /* it went back */
                continue;
        }
        if ((updates % t->per_epoch == 0 || updates == t->total) && end_epoch(t, err) < 0)
            return -1;
        train_progress_update(t->s->progress, t->learner->updates);
        const struct train_wish wish = t->s->ranks ? t->learner->wish : wish_now(t);
        if (wish.signal) {
            train_interrupt_by(wish.signal);
            return leave(t, err);
        }
        if (t->learner->updates < t->total && (wish.save || is_saved_epoch(t)))
            save_or_warn(t);
    }
    return 0;
}

static int list_fields(struct stage *t, struct bz_error *err)
{
    if (train_learner_fields(t->learner, &t->state, err) < 0 ||
        train_fields_add(&t->state, "history", t->history, sizeof(*t->history), err) < 0)
        return -1;
    const size_t bytes = train_fields_bytes(&t->state);
    if (!(t->good = bz_alloc(bytes, 1, err)) || (t->judge && !(t->best = bz_alloc(bytes, 1, err))))
        return -1;
#define OWN(FIELD)                                                                                                             \
    {                                                                                                                          \
#FIELD, &t->FIELD, sizeof(t->FIELD)                                                                                    \
    }
    const struct train_field stage = {"stage", &t->number, sizeof(t->number)};
    const struct train_field all[] = {
        OWN(first_error), OWN(rate_factor), OWN(rollbacks), OWN(measured_at), {"good", t->good, bytes}};
    const struct train_field judged[] = {
        {"best", t->best, bytes}, OWN(course), OWN(last), OWN(told), OWN(judge_at), OWN(total), OWN(cool_from)};
#undef OWN
    return train_fields_add_all(&t->checkpoint, &stage, 1, err) < 0 ||
                   train_fields_add_all(&t->checkpoint, t->state.items, t->state.n, err) < 0 ||
                   train_fields_add_all(&t->checkpoint, all, sizeof(all) / sizeof(*all), err) < 0 ||
                   (t->judge && train_fields_add_all(&t->checkpoint, judged, sizeof(judged) / sizeof(*judged), err) < 0)
               ? -1
               : 0;
}

static int begin(struct stage *t, struct bz_error *err)
{
    const struct train_stage *s = t->s;
    const struct train_watched train = {s->feed, s->rows, s->n_rows}, valid = {s->valid, s->valid_rows, s->n_valid};
    if (train_learner_new(&t->learner, s->start, &s->rule, s->batch, s->chains, s->seed, s->par, err) < 0 ||
        train_exchange_begin(t->learner, s->ranks, err) < 0 || train_feed_prepare(s->feed, t->learner->clamped.s, err) < 0 ||
        train_learner_new_result(t->learner, &t->shown, err) < 0 ||
        (is_first(t) && train_monitor_new(&t->monitor, t->shown, train, valid, s->weights, s->par, err) < 0) ||
        train_supply_new(&t->supply, s, err) < 0 || !(t->history = bz_alloc(1, sizeof(*t->history), err)) ||
        (s->judged && train_judge_new(&t->judge, t->shown, (const float *const *)t->learner->typical, s->clusters, s->seed,
                                      train_ranks_spread(s->ranks), s->par, err) < 0) ||
        list_fields(t, err) < 0)
        return -1;
    if (s->resume) {
        if (train_checkpoint_take(s->resume, &t->checkpoint, err) < 0)
            return -1;
        train_learner_refresh(t->learner);
    } else {
        t->learner->updates = s->already;
        t->first_error = fmax(measure(t).reconstruction_error, is_first(t) ? train_monitor_spread(t->monitor) : 0);
        if (train_ranks_follow(s->ranks, &t->first_error, sizeof(t->first_error), err) < 0)
            return -1;
        train_fields_copy_out(&t->state, t->good);
    }
    t->course.unbounded = train_hidden_unbounded(s->start);
    t->learner->clusters = s->judged ? s->clusters : NULL;
    t->saved = train_now();
    return 0;
}

int train_stage_run(const struct train_stage *s, struct bz_machine **out, struct train_history *history,
                    struct train_outcome *outcome, struct bz_error *err)
{
    struct train_outcome o = {.log_prob = NAN, .error = NAN, .start = NAN};
    struct stage t = {.s = s,
                      .number = s->number,
                      .per_epoch = train_updates_per_epoch(s->n_rows, s->batch),
                      .total = s->end_at ? s->end_at : s->updates,
                      .cool_from = s->cool_at,
                      .rate_factor = 1};
    int rc = -1;
    if (begin(&t, err) < 0)
        goto out;
    train_progress_begin(s->progress, s->title, t.learner->updates, t.total);
    rc = t.judge && !s->resume && look(&t, err) < 0 ? -1 : run(&t, err);
    if (rc == 0) {
        train_progress_end(s->progress);
        const struct train_mover *mover = t.learner->moving ? t.learner->mover : NULL;
        if (mover) {
            char text[200];
            mover->say(t.learner->moving, text, sizeof(text));
            train_progress_say(s->progress, "%s", text);
        }
        if ((t.judge && choose(&t, &o, err) < 0) ||
            (outcome && mover && mover->ladder && bz_ladder_copy(&o.ladder, mover->ladder(t.learner->moving), err) < 0)) {
            rc = -1;
            goto out;
        }
        if (outcome)
            *outcome = o;
        train_learner_result(t.learner, t.shown);
        *out = t.shown;
        t.shown = NULL;
        if (history)
            *history = *t.history;
    }
out:
    train_monitor_free(t.monitor);
    bz_machine_free(t.shown);
    train_learner_free(t.learner);
    train_fields_free(&t.state);
    train_fields_free(&t.checkpoint);
    train_supply_free(t.supply);
    bz_free(t.history);
    bz_free(t.good);
    bz_free(t.best);
    train_judge_free(t.judge);
    return rc;
}
