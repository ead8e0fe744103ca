/* Of fewer than a hundred rows none are held out, and a machine of so many weights learns them by heart. So each quarter of
 * them in turn shows how long the others are learned from to its benefit, and then all are learned from for so long. */
#include "training.h"

#include "factors.h"
#include "judge.h"
#include "mem.h"
#include "parameters.h"
#include "schedule.h"
#include "unit.h"

#include <math.h>
#include <string.h>

enum { QUARTERS = 4 };

/* log p of a quarter that the others know nothing of, in the course of learning from them. */
struct quarter {
    struct train_history history;
    size_t rows;
};

bool training_may_quarter(const struct training *t, size_t rows)
{
    enum { LEAST_ROWS = 30, MOST_ROWS = 100 };
    const struct train_settings *s = t->settings;
    return rows >= LEAST_ROWS && rows < MOST_ROWS && s->refit == BZ_OFF && s->valid_fraction < 0 && s->early_stopping &&
           !s->updates && !s->epochs && !strcmp(s->algorithm, "auto") && !strcmp(s->objective, "generative") &&
           !strcmp(t->kind, "rbm") && s->reweight <= 0 && !t->valid && !t->init && !t->past.known && !t->data->weights &&
           !t->ranks && !t->spread;
}

/* The rows in the order in which they are dealt: the quarter q of them last. */
static void deal(const struct training *t, const size_t *order, size_t q, size_t *to)
{
    const size_t n = t->n_rows;
    size_t others = 0, own = n - (n - q + QUARTERS - 1) / QUARTERS;
    for (size_t i = 0; i < n; i++)
        to[i % QUARTERS == q ? own++ : others++] = order[i];
}

static void shuffle(const struct training *t, size_t *order)
{
    const struct bz_key key = {.seed = t->settings->seed, .step = UINT64_MAX, .purpose = BZ_DRAW_SHUFFLE};
    for (size_t i = 0; i < t->n_rows; i++)
        order[i] = t->rows[i];
    for (size_t i = t->n_rows; i > 1; i--) {
        const size_t j = (size_t)(bz_random_double(&key, (uint32_t)i) * (double)i), was = order[i - 1];
        order[i - 1] = order[j];
        order[j] = was;
    }
}

/* The start, as these rows alone would have it. Groups stay as they were found. */
static int start_of(const struct training *t, const size_t *rows, size_t n, struct bz_machine **out, struct bz_error *err)
{
    const struct train_first_rows first = {rows, n, t->settings->centring};
    struct bz_machine *m;
    bool factors = false;
    if (train_machine_copy(&m, t->start, NULL, err) < 0)
        return -1;
    if (bz_machine_prepare(m, err) < 0 || (!t->clusters && train_start_again(m, &t->feed, &first, err) < 0) ||
        (t->factors && train_start_factors(m, t->data, rows, n, &factors, err) < 0) || bz_machine_prepare(m, err) < 0) {
        bz_machine_free(m);
        return -1;
    }
    *out = m;
    return 0;
}

/* The first part of the run that is planned, without the last n_valid of these rows. */
static int learn_others(const struct training *t, const struct train_stage *planned, const size_t *rows, size_t n_valid,
                        struct train_history *history, struct bz_error *err)
{
    enum { PART = 4 };
    struct train_progress silent = train_progress_make(TRAIN_LOG_NONE);
    struct train_feed feed = {0};
    struct bz_machine *start = NULL, *learned = NULL;
    struct train_stage s = *planned;
    s.rows = rows;
    s.n_rows = t->n_rows - n_valid;
    s.batch = s.batch < s.n_rows ? s.batch : s.n_rows;
    s.valid = &feed;
    s.valid_rows = rows + s.n_rows;
    s.n_valid = n_valid;
    s.end_at = s.updates / PART;
    s.checkpoint = NULL;
    s.alarmed = s.stops_early = false;
    s.judged = true;
    s.progress = &silent;
    int rc = train_feed_open(&feed, t->start, t->data, t->feed.binarize, t->settings->seed, err);
    if (rc == 0)
        rc = start_of(t, rows, s.n_rows, &start, err);
    s.start = start;
    if (rc == 0)
        rc = train_stage_run(&s, &learned, history, NULL, err);
    if (rc < 0 && err->code == BZ_INTERRUPTED)
        bz_fail(err, BZ_INTERRUPTED,
                "interrupted while quarters of the rows decided on the length of training; nothing is lost, "
                "the same command begins again");
    bz_machine_free(start);
    bz_machine_free(learned);
    train_feed_close(&feed);
    return rc;
}

static double log_p_at(const struct train_history *h, uint64_t updates)
{
    for (size_t i = h->n; i-- > 0;)
        if (h->points[i].updates == updates && isfinite(h->points[i].log_prob_valid))
            return h->points[i].log_prob_valid;
    return (double)NAN;
}

/* Mean over all rows, of the gain since the first judgement, and its standard error among quarters. */
static double gain_at(const struct quarter *q, uint64_t updates, double *error)
{
    double sum = 0, squares = 0, rows = 0;
    for (size_t k = 0; k < QUARTERS; k++) {
        const double gain = log_p_at(&q[k].history, updates) - log_p_at(&q[k].history, 0);
        sum += gain * (double)q[k].rows;
        squares += gain * gain * (double)q[k].rows;
        rows += (double)q[k].rows;
    }
    const double mean = sum / rows;
    *error = sqrt(fmax(0, squares / rows - mean * mean) / (QUARTERS - 1));
    return mean;
}

/* What the quarters say of the length: 0 = as planned. Where log p still rises when they end, more is gained by the length that
 * is planned. */
static void decide(const struct quarter *q, struct training_quarters *out)
{
    const double late = 0.75, least = 0.05;
    const struct train_history *h = &q[0].history;
    uint64_t last = 0;
    *out = (struct training_quarters){.known = true};
    for (size_t i = 0; i < h->n; i++) {
        double error;
        const double gain = gain_at(q, h->points[i].updates, &error);
        if (!isfinite(gain))
            continue;
        last = h->points[i].updates;
        if (gain > fmax(out->gain, fmax(least, error)))
            *out = (struct training_quarters){.known = true, .best = last, .gain = gain};
    }
    out->whole = out->best > 0 && (double)out->best >= late * (double)last;
}

static void tell(const struct training *t)
{
    const struct training_quarters *q = &t->quarters;
    if (q->whole)
        train_progress_say(t->progress, "each quarter of the rows gains by learning from the others (%.2f nats) to the end",
                           q->gain);
    else if (q->best)
        train_progress_say(
            t->progress,
            "quarters of the rows gain by learning from the others until update %llu (%.2f nats), not beyond: all "
            "are learned from for so long (--early-stopping off: for the full length)",
            (unsigned long long)q->best, q->gain);
    else
        train_progress_say(t->progress,
                           "quarters of the rows gain nothing by learning from the others: the initial machine is kept "
                           "(--early-stopping off: all are learned from for the full length)");
}

static void follow(struct training *t, struct train_stage *stage)
{
    t->last = *stage;
    t->outcome.log_prob = t->outcome.error = t->outcome.start = (double)NAN; /* if it is not run */
    if (t->quarters.whole || !t->quarters.best)
        return;
    stage->cool_at = t->quarters.best;
    stage->end_at = train_cooled_by(stage->cool_at);
    stage->stops_early = false;
}

int training_by_quarters(struct training *t, struct train_stage *stage, struct bz_error *err)
{
    if (!t->quartered || !train_may_judge(t->start))
        return 0;
    struct quarter *q = bz_alloc(QUARTERS, sizeof(*q), err);
    size_t *order = q ? bz_alloc(t->n_rows, sizeof(*order), err) : NULL,
           *rows = order ? bz_alloc(t->n_rows, sizeof(*rows), err) : NULL;
    int rc = rows ? 0 : -1;
    if (rows)
        shuffle(t, order);
    for (size_t k = 0; rc == 0 && k < QUARTERS; k++) {
        struct bz_error failure;
        q[k].rows = (t->n_rows - k + QUARTERS - 1) / QUARTERS;
        deal(t, order, k, rows);
        if (learn_others(t, stage, rows, q[k].rows, &q[k].history, &failure) == 0)
            continue;
        rc = failure.code == BZ_DIVERGED ? 1 : -1; /* nothing follows from it */
        if (rc < 0)
            *err = failure;
    }
    if (rc == 0) {
        decide(q, &t->quarters);
        tell(t);
        follow(t, stage);
    }
    bz_free_all(q, order, rows);
    return rc < 0 ? -1 : 0;
}
