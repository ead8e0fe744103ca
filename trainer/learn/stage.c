#include "stage.h"

#include "interrupt.h"
#include "mem.h"
#include "replicas.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MEASURE_EVERY = 100, /* updates, at least, between two measurements */
    MOST_ROLLBACKS = 12  /* the rate is then a 4096th */
};
/* Between two checkpoints by time at least a minute, and so much that writing takes a twentieth of it at most. */
static const double checkpoint_seconds = 60, checkpoint_share = 20;
/* A reconstruction worse than this many times that of the machine it began with, and that by the units' means, is no longer
 * one; what is nearly constant is reconstructed so well at first that this says nothing. */
static const double hopeless = 2, still_good = 1e-3;

/* A stage under way. */
struct stage {
    const struct train_stage *s;
    uint64_t number;
    struct train_learner *learner;
    struct bz_machine *shown; /* the machine as it would be handed out */
    struct train_monitor *monitor;
    size_t *order; /* [n_rows] of this epoch */
    uint64_t per_epoch, epoch;
    uint64_t measured_at; /* updates */
    double first_error;   /* reconstruction error before the first update, or by the means of the units if that is worse */
    double rate_factor;   /* halved each time training diverged */
    uint64_t rollbacks;
    struct train_history *history;
    struct train_fields state;      /* what going back restores */
    struct train_fields checkpoint; /* state and the rest of a checkpoint */
    void *good;                     /* copy of `state` when all was well */
    double saved, took;             /* time of the last checkpoint, seconds it took */
};

uint64_t train_updates_per_epoch(size_t n_rows, size_t batch)
{
    return (n_rows + batch - 1) / batch;
}

/* ---- rows ---- */

/* The order of rows in an epoch depends on seed and epoch alone (Fisher, Yates), so a run that is resumed finds it again. */
static void shuffle(struct stage *t, uint64_t epoch)
{
    const struct bz_key key = {.seed = t->s->seed, .step = epoch, .purpose = BZ_DRAW_SHUFFLE};
    t->epoch = epoch;
    memcpy(t->order, t->s->rows, t->s->n_rows * sizeof(*t->order));
    for (size_t i = t->s->n_rows; i-- > 1;) {
        size_t j = (size_t)(bz_random_double(&key, (uint32_t)i) * (double)(i + 1));
        size_t row = t->order[i];
        t->order[i] = t->order[j];
        t->order[j] = row;
    }
}

struct batch {
    const struct stage *t;
    const size_t *rows;
};

static void read_batch(void *arg, struct bz_state *data, size_t first, size_t n)
{
    const struct batch *b = arg;
    train_feed_read(b->t->s->feed, data, first, b->rows + first, n, b->t->epoch);
}

/* ---- one update ---- */

static double rate_at(const struct stage *t, uint64_t update)
{
    const double left = 1 - (double)update / (double)t->s->updates;
    return t->s->rate * t->rate_factor * (t->s->decay == TRAIN_DECAY_LINEAR ? left : 1);
}

static int step(struct stage *t, struct bz_error *err)
{
    const uint64_t update = t->learner->updates, epoch = update / t->per_epoch;
    if (epoch != t->epoch)
        shuffle(t, epoch);
    const size_t first = (size_t)(update % t->per_epoch) * t->s->batch;
    const size_t n = t->s->n_rows - first < t->s->batch ? t->s->n_rows - first : t->s->batch;
    struct batch batch = {t, t->order + first};
    return train_update(t->learner, n, rate_at(t, update), t->s->momentum, read_batch, &batch, err);
}

/* ---- watching ---- */

static struct train_measure measure(struct stage *t)
{
    struct train_measure m = {.updates = t->learner->updates, .epoch = t->learner->updates / t->per_epoch};
    m.rate = rate_at(t, m.updates);
    train_learner_result(t->learner, t->shown);
    train_monitor_measure(t->monitor, &m);
    t->measured_at = m.updates;
    return m;
}

static bool diverged(const struct stage *t, const struct train_measure *m)
{
    return !isfinite(m->free_energy_train) || !isfinite(m->reconstruction_error) ||
           m->reconstruction_error > hopeless * t->first_error + still_good;
}

/* Back to the last good state, at half the rate. */
static int go_back(struct stage *t, struct bz_error *err)
{
    const uint64_t from = t->learner->updates;
    if (t->rollbacks++ >= MOST_ROLLBACKS)
        return bz_fail(err, BZ_DIVERGED,
                       "%s diverged at update %llu, and again after each of %d times that the learning rate was halved; "
                       "expected it to settle (are the data in a sensible range for their units?)",
                       t->s->title, (unsigned long long)from, MOST_ROLLBACKS);
    train_fields_copy_in(&t->state, t->good);
    train_learner_refresh(t->learner);
    t->rate_factor /= 2;
    t->measured_at = t->learner->updates;
    t->epoch = UINT64_MAX;
    train_progress_say(t->s->progress, "diverged at update %llu: back to update %llu, learning rate %g",
                       (unsigned long long)from, (unsigned long long)t->learner->updates, t->s->rate * t->rate_factor);
    return 0;
}

static int save_checkpoint(struct stage *t, struct bz_error *err)
{
    const double began = train_now();
    int rc = t->s->checkpoint ? train_checkpoint_save(t->s->checkpoint, t->s->settings, &t->checkpoint, err) : 0;
    t->saved = train_now();
    t->took = t->saved - began;
    return rc;
}

/* All that the run is stays in memory, so a disk that is full now is no reason to end it. */
static void save_or_warn(struct stage *t)
{
    struct bz_error err;
    if (save_checkpoint(t, &err) < 0)
        train_progress_warn(t->s->progress, "no checkpoint was written, the run goes on and tries again: %s", err.msg);
}

static bool time_is_up(const struct stage *t)
{
    return train_now() - t->saved >= fmax(checkpoint_seconds, checkpoint_share * t->took);
}

static bool checkpoint_due(const struct stage *t)
{
    const uint64_t every = t->s->checkpoint_every, epoch = t->learner->updates / t->per_epoch;
    return every && t->learner->updates % t->per_epoch == 0 ? epoch % every == 0 : time_is_up(t);
}

/* An epoch is over. */
static int end_epoch(struct stage *t, struct bz_error *err)
{
    const uint64_t updates = t->learner->updates;
    struct train_measure m = {.updates = updates,
                              .epoch = updates / t->per_epoch,
                              .rate = rate_at(t, updates),
                              .reconstruction_error = (double)NAN,
                              .pseudo_likelihood = (double)NAN,
                              .free_energy_train = (double)NAN,
                              .free_energy_valid = (double)NAN};
    if (updates - t->measured_at >= MEASURE_EVERY || updates >= t->s->updates) {
        m = measure(t);
        if (diverged(t, &m))
            return go_back(t, err);
        train_history_add(t->history, &m);
        train_fields_copy_out(&t->state, t->good);
    }
    train_progress_epoch(t->s->progress, &m);
    return 0;
}

/* ---- the run ---- */

/* A signal asked for it. */
static int leave(struct stage *t, struct bz_error *err)
{
    const unsigned long long done = t->learner->updates, all = t->s->updates;
    if (save_checkpoint(t, err) < 0)
        return bz_fail_in(err, "interrupted after %llu of %llu updates of %s, and this last checkpoint was not written", done,
                          all, t->s->title);
    return bz_fail(err, BZ_INTERRUPTED, "interrupted after %llu of %llu updates of %s; --resume goes on from there", done, all,
                   t->s->title);
}

static int run(struct stage *t, struct bz_error *err)
{
    while (t->learner->updates < t->s->updates) {
        struct bz_error failure;
        if (step(t, &failure) < 0) {
            if (failure.code != BZ_DIVERGED) {
                *err = failure;
                return -1;
            }
            if (go_back(t, err) < 0)
                return -1;
            continue;
        }
        if (t->learner->updates % t->per_epoch == 0 || t->learner->updates == t->s->updates)
            if (end_epoch(t, err) < 0)
                return -1;
        train_progress_update(t->s->progress, t->learner->updates);
        if (train_interrupted())
            return leave(t, err);
        if (t->learner->updates < t->s->updates && (train_checkpoint_wanted() || checkpoint_due(t)))
            save_or_warn(t);
    }
    return 0;
}

static int list_fields(struct stage *t, struct bz_error *err)
{
    if (train_learner_fields(t->learner, &t->state, err) < 0 ||
        train_fields_add(&t->state, "history", t->history, sizeof(*t->history), err) < 0 ||
        train_fields_add(&t->checkpoint, "stage", &t->number, sizeof(t->number), err) < 0)
        return -1;
    for (size_t i = 0; i < t->state.n; i++) {
        const struct train_field *f = &t->state.items[i];
        if (train_fields_add(&t->checkpoint, f->name, f->data, f->bytes, err) < 0)
            return -1;
    }
    if (train_fields_add(&t->checkpoint, "first_error", &t->first_error, sizeof(t->first_error), err) < 0 ||
        train_fields_add(&t->checkpoint, "rate_factor", &t->rate_factor, sizeof(t->rate_factor), err) < 0 ||
        train_fields_add(&t->checkpoint, "rollbacks", &t->rollbacks, sizeof(t->rollbacks), err) < 0 ||
        train_fields_add(&t->checkpoint, "measured_at", &t->measured_at, sizeof(t->measured_at), err) < 0)
        return -1;
    const size_t bytes = train_fields_bytes(&t->state);
    if (!(t->good = bz_alloc(bytes, 1, err)))
        return -1;
    return train_fields_add(&t->checkpoint, "good", t->good, bytes, err);
}

static int begin(struct stage *t, struct bz_error *err)
{
    const struct train_stage *s = t->s;
    if (train_learner_new(&t->learner, s->start, &s->rule, s->batch, s->chains, s->seed, s->par, err) < 0 ||
        train_feed_prepare(s->feed, t->learner->clamped.s, err) < 0 ||
        train_learner_new_result(t->learner, &t->shown, err) < 0 ||
        train_monitor_new(&t->monitor, t->shown, s->feed, s->rows, s->n_rows, s->valid, s->valid_rows, s->n_valid, s->par,
                          err) < 0 ||
        !(t->order = bz_alloc(s->n_rows, sizeof(*t->order), err)) || !(t->history = bz_alloc(1, sizeof(*t->history), err)) ||
        list_fields(t, err) < 0)
        return -1;
    if (s->resume) {
        if (train_checkpoint_take(s->resume, &t->checkpoint, err) < 0)
            return -1;
        train_learner_refresh(t->learner);
    } else {
        t->first_error = fmax(measure(t).reconstruction_error, train_monitor_spread(t->monitor));
        train_fields_copy_out(&t->state, t->good);
    }
    t->saved = train_now();
    return 0;
}

static void say_rates(const struct stage *t)
{
    size_t rungs;
    double lowest;
    if (!t->learner->replicas)
        return;
    train_replicas_rates(t->learner->replicas, &rungs, &lowest);
    train_progress_say(t->s->progress, "parallel tempering: %zu temperatures, lowest swap rate %.2f", rungs, lowest);
}

int train_stage_run(const struct train_stage *s, struct bz_machine **out, struct train_history *history, struct bz_error *err)
{
    struct stage t = {.s = s,
                      .number = s->number,
                      .per_epoch = train_updates_per_epoch(s->n_rows, s->batch),
                      .epoch = UINT64_MAX,
                      .rate_factor = 1};
    int rc = -1;
    if (begin(&t, err) < 0)
        goto out;
    train_progress_begin(s->progress, s->title, t.learner->updates, s->updates);
    rc = run(&t, err);
    if (rc == 0) {
        train_progress_end(s->progress);
        say_rates(&t);
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
    bz_free(t.order);
    bz_free(t.history);
    bz_free(t.good);
    return rc;
}

int train_stage_of(const struct train_checkpoint *c, uint64_t *number, struct bz_error *err)
{
    struct train_field field = {"stage", number, sizeof(*number)};
    const struct train_fields one = {.items = &field, .n = 1};
    return train_checkpoint_take(c, &one, err);
}
