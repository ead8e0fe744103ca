#include "stage_private.h"

#include "course.h"
#include "exchange.h"
#include "interrupt.h"
#include "mem.h"
#include "need.h"
#include "row_order.h"
#include "schedule.h"
#include "supply.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MEASURE_EVERY = 100, /* updates, at least, between two measurements */
    MOST_ROLLBACKS = 12  /* the rate is then a 4096th */
};
/* Checkpoints by time are at least a minute apart, and far enough that writing takes at most a twentieth of the time. */
static const double checkpoint_seconds = 60, checkpoint_share = 20;

static double rate_at(const struct train_running *t, uint64_t update)
{
    return t->rate_factor * train_planned_rate(t->s, update, t->cool_from);
}

static bool is_first(const struct train_running *t)
{
    return train_ranks_number(t->s->ranks) == 0;
}

/* Signals may reach some of several processes only, and clocks differ. */
static struct train_wish wish_now(const struct train_running *t)
{
    const bool due = is_first(t) && train_now() - t->saved >= fmax(checkpoint_seconds, checkpoint_share * t->took);
    return (struct train_wish){.signal = train_interrupted(), .save = train_checkpoint_wanted() || due};
}

static int step(struct train_running *t, struct bz_error *err)
{
    const uint64_t update = t->learner->updates;
    size_t n;
    if (train_supply_turn(t->supply, t->learner, &n, err) < 0)
        return -1;
    if (t->s->ranks)
        t->learner->wish = wish_now(t);
    if (train_update(t->learner, n, rate_at(t, update), t->s->momentum, train_supply_read, t->supply, err) < 0)
        return -1;
    if (t->follower && is_first(t))
        train_follower_step(t->follower);
    return 0;
}

/* Where the run is, and nothing measured yet. */
static struct train_measure unmeasured(const struct train_running *t)
{
    struct train_measure m = train_unmeasured();
    m.updates = t->learner->updates;
    m.epoch = m.updates / t->per_epoch;
    m.rate = rate_at(t, m.updates);
    return m;
}

static void follow(struct train_running *t, struct train_measure *m)
{
    if (!t->follower)
        return;
    const struct bz_trajectory_ais_result r = train_follower_log_z(t->follower, t->shown);
    m->followed = (struct train_log_p){-m->free_energy_train - r.log_z, -m->free_energy_valid - r.log_z, r.stderr_};
}

/* Rank 0 measures. */
struct train_measure train_stage_measure(struct train_running *t)
{
    struct train_measure m = unmeasured(t);
    train_learner_result(t->learner, t->shown);
    if (is_first(t)) {
        train_monitor_measure(t->monitor, &m);
        follow(t, &m);
    }
    train_ranks_follow(t->s->ranks, &m, sizeof(m), NULL); /* what fails here fails the next update */
    t->measured_at = t->glanced_at = m.updates;
    return m;
}

static void restore(struct train_running *t, const void *state)
{
    train_fields_copy_in(&t->state, state);
    train_learner_refresh(t->learner);
    t->measured_at = t->glanced_at = t->learner->updates;
}

/* A state that was learned before is the result, since all that was learned up to it need not be lost. */
static int give_up(struct train_running *t, const void *to, struct bz_error *err)
{
    const unsigned long long from = t->learner->updates;
    restore(t, to);
    if (t->learner->updates == t->s->already)
        return bz_fail(err, BZ_DIVERGED,
                       "%s diverged at update %llu, and again each of the %d times that the learning rate was halved; expected "
                       "it to settle (are the data in a sensible range for their units?)",
                       t->s->title, from, MOST_ROLLBACKS);
    t->total = t->learner->updates;
    t->gave_up = true;
    train_progress_warn(t->s->progress,
                        "%s diverged at update %llu, and again each of the %d times that the learning rate was halved: it ends "
                        "with the state of update %llu, the last that was in order (are the data in a sensible range for their "
                        "units?)",
                        t->s->title, from, MOST_ROLLBACKS, (unsigned long long)t->total);
    return 0;
}

/* Back to the last good state, or the best one, at half the rate. */
static int go_back(struct train_running *t, const void *to, struct bz_error *err)
{
    const uint64_t from = t->learner->updates;
    if (t->rollbacks++ >= MOST_ROLLBACKS)
        return give_up(t, to, err);
    restore(t, to);
    t->rate_factor /= 2;
    t->judge_at = train_next_judgement(t->s, t->learner->updates);
    train_progress_say(t->s->progress, "diverged at update %llu: returning to update %llu, learning rate %g",
                       (unsigned long long)from, (unsigned long long)t->learner->updates, t->s->rate * t->rate_factor);
    return 0;
}

/* Keeps what going back restores. */
int train_stage_keep(struct train_running *t, void *buffer, struct bz_error *err)
{
    if (train_exchange_chains(t->learner, err) < 0)
        return -1;
    train_fields_copy_out(&t->state, buffer);
    return 0;
}

static int save_checkpoint(struct train_running *t, struct bz_error *err)
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
static void save_or_warn(struct train_running *t)
{
    struct bz_error err;
    if (save_checkpoint(t, &err) < 0)
        train_progress_warn(t->s->progress, "no checkpoint was written; the run continues and will try again: %s", err.msg);
}

static bool is_saved_epoch(const struct train_running *t)
{
    const uint64_t every = t->s->checkpoint_every, epoch = t->learner->updates / t->per_epoch;
    return every && t->learner->updates % t->per_epoch == 0 && epoch % every == 0;
}

/* --- judging --- */

/* Back to the best state, from which the rate falls to 0. */
static void cool_down(struct train_running *t)
{
    const uint64_t from = t->learner->updates;
    restore(t, t->best);
    t->cool_from = t->learner->updates ? t->learner->updates : 1;
    t->total = train_cooled_by(t->cool_from);
    t->judge_at = t->total;
    train_course_return(&t->course, &t->turn);
    train_progress_say(t->s->progress,
                       "update %llu: held-out rows only got worse since update %llu: back there, rate to 0 by update %llu",
                       (unsigned long long)from, (unsigned long long)t->learner->updates, (unsigned long long)t->total);
}

/* Steps lead to where there is no distribution, in the end however small they are: then the best state is the result. */
static int leave_range(struct train_running *t, struct bz_error *err)
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

/* What the trajectory says of what was just measured. */
static bool turned(struct train_running *t, const struct train_measure *m)
{
    enum { MOST_ALARMS = 30 };
    if (!train_course_turned(&t->turn, m, t->s->updates / MOST_ALARMS))
        return false;
    train_progress_say(t->s->progress,
                       "update %llu: log p of the training rows by trajectory AIS turned at update %llu: from %.2f to %.2f "
                       "(error %.2f): it is judged now",
                       (unsigned long long)m->updates, (unsigned long long)t->turn.top_at, t->turn.top, m->followed.train,
                       m->followed.error);
    return true;
}

/* A look at the trajectory between judgements, where epochs are long. Whether to judge at once. */
static bool glance(struct train_running *t)
{
    enum { GLANCES = 4, LEAST = 50, SOON = 25 };
    const uint64_t updates = t->learner->updates, measured = t->measured_at;
    const uint64_t often = (train_next_judgement(t->s, updates) - updates) / GLANCES;
    if (!t->follower || often < LEAST || updates - t->glanced_at < often || updates + SOON > t->judge_at)
        return false;
    const struct train_measure m = train_stage_measure(t);
    t->measured_at = measured; /* which epochs are measured stays the same */
    train_history_add(t->history, &m);
    t->alarm = turned(t, &m);
    return t->alarm;
}

/* log Z now and what follows from it. 0 = continue, 1 = stop here. */
static int look(struct train_running *t, struct bz_error *err)
{
    struct train_measure m = train_stage_measure(t);
    struct bz_error none;
    const bool called = t->alarm;
    t->alarm = false;
    if (train_diverged(&m, t->first_error))
        return go_back(t, t->good, err);
    if (train_stage_judge(t, 1, &m, err) < 0)
        return -1;
    t->judge_at = called ? train_judgement_after_alarm(t->s, t->learner->updates, t->judge_at)
                         : train_next_judgement(t->s, t->learner->updates);
    if (!isfinite(m.log_prob) || (t->course.unbounded && bz_machine_check(t->shown, &none) < 0)) /* no distribution any more */
        return t->course.n ? leave_range(t, err) : 0;
    train_history_add(t->history, &m);
    t->last = m;
    t->told = m.updates == 0; /* the log begins with the first epoch */
    if (t->follower && is_first(t))
        train_follower_judged(t->follower, t->shown, -m.free_energy_train - m.log_prob, m.log_z_error);
    const enum train_verdict verdict = train_course_add(&t->course, &m);
    train_course_turn_from(&t->course, &t->turn);
    switch (verdict) {
    case TRAIN_BEST:
        return train_stage_keep(t, t->best, err);
    case TRAIN_RAN_AWAY:
        return go_back(t, t->best, err);
    case TRAIN_PARTED:
        if (!t->s->alarmed)
            return 0;
        t->parted = m.updates;
        train_progress_say(
            t->s->progress,
            "update %llu: log p of the training rows fell from %.2f to %.2f: the chains have left part of the data",
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

/* An epoch is over. */
static int end_epoch(struct train_running *t, struct bz_error *err)
{
    const uint64_t updates = t->learner->updates;
    struct train_measure m = unmeasured(t);
    if (t->judge && t->last.updates == updates) {
        m = t->last;
        if (train_stage_keep(t, t->good, err) < 0)
            return -1;
    } else if (updates - t->measured_at >= MEASURE_EVERY || updates >= t->total) {
        m = train_stage_measure(t);
        if (train_diverged(&m, t->first_error))
            return go_back(t, t->good, err);
        train_history_add(t->history, &m);
        if (train_stage_keep(t, t->good, err) < 0)
            return -1;
        t->alarm = turned(t, &m);
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
static int leave(struct train_running *t, struct bz_error *err)
{
    const unsigned long long done = t->learner->updates, all = t->total;
    if (save_checkpoint(t, err) < 0)
        return bz_fail_in(err, "interrupted after %llu of %llu updates of %s, and this last checkpoint was not written", done,
                          all, t->s->title);
    return bz_fail(err, BZ_INTERRUPTED, "interrupted after %llu of %llu updates of %s; --resume continues from there", done,
                   all, t->s->title);
}

static int run(struct train_running *t, struct bz_error *err)
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
        if (t->judge && (updates >= t->judge_at || updates == t->total || t->alarm || glance(t))) {
            const int verdict = look(t, err);
            if (verdict)
                return verdict < 0 ? -1 : 0;
            if (t->learner->updates != updates) /* it has gone back */
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

static int list_fields(struct train_running *t, struct bz_error *err)
{
    if (train_learner_fields(t->learner, &t->state, err) < 0 ||
        (t->follower && train_follower_fields(t->follower, &t->state, err) < 0) ||
        train_fields_add(&t->state, "history", t->history, sizeof(*t->history), err) < 0)
        return -1;
    const size_t bytes = train_fields_bytes(&t->state);
    if (!(t->good = bz_alloc(bytes, 1, err)) || (t->judge && !(t->best = bz_alloc(bytes, 1, err))))
        return -1;
#define FIELD(NAME, DATA, BYTES)                                                                                               \
    {                                                                                                                          \
        .name = (NAME), .data = (DATA), .bytes = (BYTES)                                                                       \
    }
#define OWN(MEMBER) FIELD(#MEMBER, &t->MEMBER, sizeof(t->MEMBER))
    const struct train_field stage = FIELD("stage", &t->number, sizeof(t->number));
    const struct train_field all[] = {OWN(first_error), OWN(rate_factor), OWN(rollbacks), OWN(measured_at),
                                      FIELD("good", t->good, bytes)};
    const struct train_field judged[] = {FIELD("best", t->best, bytes),
                                         OWN(course),
                                         OWN(last),
                                         OWN(told),
                                         OWN(judge_at),
                                         OWN(total),
                                         OWN(cool_from),
                                         OWN(turn),
                                         OWN(alarm),
                                         OWN(glanced_at)};
#undef FIELD
#undef OWN
    return train_fields_add_all(&t->checkpoint, &stage, 1, err) < 0 ||
                   train_fields_add_all(&t->checkpoint, t->state.items, t->state.n, err) < 0 ||
                   train_fields_add_all(&t->checkpoint, all, sizeof(all) / sizeof(*all), err) < 0 ||
                   (t->judge && train_fields_add_all(&t->checkpoint, judged, sizeof(judged) / sizeof(*judged), err) < 0)
               ? -1
               : 0;
}

static int begin(struct train_running *t, struct bz_error *err)
{
    const struct train_stage *s = t->s;
    const struct train_watched train = {s->feed, s->rows, s->n_rows}, valid = {s->valid, s->valid_rows, s->n_valid};
    if (train_stage_fits(s, err) < 0 ||
        train_learner_new(&t->learner, s->start, &s->rule, s->batch, s->chains, s->seed, s->par, err) < 0 ||
        train_exchange_begin(t->learner, s->ranks, err) < 0 || train_feed_prepare(s->feed, t->learner->clamped.s, err) < 0 ||
        train_learner_new_result(t->learner, &t->shown, err) < 0 ||
        (is_first(t) && train_monitor_new(&t->monitor, t->shown, train, valid, s->weights, s->par, err) < 0) ||
        train_supply_new(&t->supply, s, err) < 0 || !(t->history = bz_alloc(1, sizeof(*t->history), err)) ||
        (s->judged && train_judge_new(&t->judge, t->shown, (const float *const *)t->learner->typical, s->clusters, s->seed,
                                      train_ranks_spread(s->ranks), s->par, err) < 0) ||
        (s->judged && train_may_follow(s->start) &&
         train_follower_new(&t->follower, t->learner, s->clusters, s->seed, s->par, err) < 0))
        return -1;
    t->learner->clusters = s->clusters;
    if (list_fields(t, err) < 0)
        return -1;
    if (s->resume) {
        if (train_checkpoint_take(s->resume, &t->checkpoint, err) < 0)
            return -1;
        train_learner_refresh(t->learner);
        if (s->cool_at && !t->cool_from) { /* interrupted before the length was decided on */
            t->cool_from = s->cool_at;
            t->total = s->end_at;
        }
    } else {
        t->learner->updates = s->already;
        if (t->follower && is_first(t) && train_follower_begin(t->follower, err) < 0)
            return -1;
        t->first_error = train_stage_measure(t).reconstruction_error;
        if (train_ranks_follow(s->ranks, &t->first_error, sizeof(t->first_error), err) < 0)
            return -1;
        train_fields_copy_out(&t->state, t->good);
    }
    t->course.unbounded = train_hidden_unbounded(s->start);
    t->saved = train_now();
    return 0;
}

int train_stage_run(const struct train_stage *s, struct bz_machine **out, struct train_history *history,
                    struct train_outcome *outcome, struct bz_error *err)
{
    struct train_outcome o = {.log_prob = NAN, .error = NAN, .start = NAN};
    struct train_running t = {.s = s,
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
        if ((t.judge && train_stage_choose(&t, &o, err) < 0) ||
            (outcome && mover && mover->ladder && bz_ladder_copy(&o.ladder, mover->ladder(t.learner->moving), err) < 0)) {
            rc = -1;
            goto out;
        }
        if (outcome)
            *outcome = o;
        train_learner_result(t.learner, t.shown);
        *out = bz_take(&t.shown);
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
    bz_free_all(t.history, t.good, t.best);
    train_judge_free(t.judge);
    train_follower_free(t.follower);
    return rc;
}
