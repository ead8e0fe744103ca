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

enum { QUARTERS = 4, PART = 4 /* of the updates that are planned */, SURELY = 30 /* rows: so many may gain beyond that */ };

/* log p of a quarter that the others know nothing of, in the course of learning from them. */
struct quarter {
    struct train_history history;
    size_t rows;
};

bool training_may_quarter(const struct training *t, size_t rows)
{
    enum { LEAST_ROWS = QUARTERS, MOST_ROWS = 100 };
    const struct train_settings *s = t->settings;
    return rows >= LEAST_ROWS && rows < MOST_ROWS && s->refit == BZ_OFF && s->valid_fraction < 0 && s->early_stopping &&
           !s->updates && !s->epochs && !strcmp(s->algorithm, "auto") && !strcmp(s->objective, "generative") &&
           !strcmp(t->kind, "rbm") && s->reweight <= 0 && !t->valid && !t->init && !t->past.known && !t->data->weights &&
           !t->data->labels && !t->ranks && !t->spread; /* with labels log p might rise at the cost of classes */
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

/* What hardly varies among the rows may be constant among some: the others would be infinitely far away. */
static void widen(struct bz_machine *m, const struct bz_machine *all)
{
    for (size_t l = 0; l < m->n_layers; l++) {
        float *log_sigma = bz_machine_log_sigma(m, l);
        for (size_t i = 0; log_sigma && i < m->layers[l].size; i++)
            log_sigma[i] = fmaxf(log_sigma[i], all->layers[l].log_sigma[i]);
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
    widen(m, t->start);
    if (bz_machine_prepare(m, err) < 0) {
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
    s.checkpoint = NULL; /* that of the run which is planned is not of these rows */
    s.checkpoint_every = 0;
    s.resume = NULL;
    s.alarmed = s.stops_early = false;
    s.judged = true;
    s.progress = &silent;
    int rc = train_feed_open(&feed, t->start, t->data, t->feed.binarize, t->settings->seed, err);
    if (rc == 0)
        rc = start_of(t, rows, s.n_rows, &start, err);
    s.start = start;
    if (rc == 0)
        rc = train_stage_run(&s, &learned, history, NULL, err);
    bz_machine_free(start);
    bz_machine_free(learned);
    train_feed_close(&feed);
    return rc;
}

/* By the last judgement until then: after an alarm quarters are judged at different updates. */
static double log_p_at(const struct train_history *h, uint64_t updates)
{
    for (size_t i = h->n; i-- > 0;)
        if (h->points[i].updates <= updates && isfinite(h->points[i].log_prob_valid))
            return h->points[i].log_prob_valid;
    return (double)NAN;
}

/* Mean over the rows of all quarters but one (QUARTERS = of all), of the gain since the first judgement, and its standard error
 * among quarters. */
static double mean_gain(const struct quarter *q, const double *gain, size_t without, double *error)
{
    double sum = 0, squares = 0, rows = 0;
    for (size_t k = 0; k < QUARTERS; k++) {
        if (k == without)
            continue;
        sum += gain[k] * (double)q[k].rows;
        squares += gain[k] * gain[k] * (double)q[k].rows;
        rows += (double)q[k].rows;
    }
    const double mean = sum / rows;
    *error = sqrt(fmax(0, squares / rows - mean * mean) / (without < QUARTERS ? QUARTERS - 2 : QUARTERS - 1));
    return mean;
}

/* One odd row - a value where a column is constant otherwise - costs a quarter any number of nats, whatever else is learned:
 * a quarter far below the others does not count. */
static double gain_at(const struct quarter *q, uint64_t updates, double *error)
{
    const double errors = 10, least = 1;
    double gain[QUARTERS], spread;
    size_t lowest = 0;
    for (size_t k = 0; k < QUARTERS; k++) {
        gain[k] = log_p_at(&q[k].history, updates) - log_p_at(&q[k].history, 0);
        lowest = gain[k] < gain[lowest] ? k : lowest;
    }
    const double others = mean_gain(q, gain, lowest, &spread);
    if (gain[lowest] < others - fmax(least, errors * spread)) {
        *error = spread;
        return others;
    }
    return mean_gain(q, gain, QUARTERS, error);
}

/* What the quarters say of the length: 0 = as planned. Where log p still rises when they end, more is gained by the length that
 * is planned. Nothing is known where log p is not. */
static void decide(const struct quarter *q, struct training_quarters *out)
{
    const double late = 0.75, least = 0.05;
    const struct train_history *h = &q[0].history;
    uint64_t last = 0;
    *out = (struct training_quarters){0};
    for (size_t i = 0; i < h->n; i++) {
        double error;
        const double gain = gain_at(q, h->points[i].updates, &error);
        if (!isfinite(gain) || !isfinite(h->points[i].log_prob_valid))
            continue;
        last = h->points[i].updates;
        if (gain > fmax(out->gain, fmax(least, error)))
            *out = (struct training_quarters){.best = last, .gain = gain};
    }
    out->known = last > 0;
    out->whole = out->best > 0 && (double)out->best >= late * (double)last;
}

/* All rows are learned from beyond what the quarters were. */
static bool goes_on(const struct training *t)
{
    return t->quarters.whole && t->n_rows >= SURELY;
}

static void tell(const struct training *t)
{
    const struct training_quarters *q = &t->quarters;
    if (!q->known)
        train_progress_say(t->progress, "log p of quarters of the rows is not known: all are learned from for the full length");
    else if (goes_on(t))
        train_progress_say(t->progress, "each quarter of the rows gains by learning from the others (%.2f nats) to the end",
                           q->gain);
    else if (q->best)
        train_progress_say(t->progress,
                           "quarters of the rows gain by learning from the others until update %llu (%.2f nats), %s: all "
                           "are learned from for so long (--early-stopping off: for the full length)",
                           (unsigned long long)q->best, q->gain,
                           q->whole ? "where they end; so few rows show no more" : "not beyond");
    else
        train_progress_say(t->progress,
                           "quarters of the rows gain nothing by learning from the others: the initial machine is kept "
                           "(--early-stopping off: all are learned from for the full length)");
}

static void follow(struct training *t, struct train_stage *stage)
{
    if (!t->quarters.known)
        return;
    t->last = *stage;
    t->outcome.log_prob = t->outcome.error = t->outcome.start = (double)NAN; /* if it is not run */
    if (goes_on(t) || !t->quarters.best)
        return;
    stage->cool_at = t->quarters.best;
    stage->end_at = train_cooled_by(stage->cool_at);
    stage->stops_early = false;
}

/* Learns from the others of each quarter; 1 = one diverged, so nothing follows. */
static int try_quarters(const struct training *t, const struct train_stage *stage, struct quarter *q, struct bz_error *err)
{
    enum { LONG = 5 /* seconds */ };
    size_t *order = bz_alloc(t->n_rows, sizeof(*order), err), *rows = order ? bz_alloc(t->n_rows, sizeof(*rows), err) : NULL;
    int rc = rows ? 0 : -1;
    const double began = train_now();
    if (rows)
        shuffle(t, order);
    train_progress_say(t->progress, "%d runs of %llu updates decide how long to learn", QUARTERS,
                       (unsigned long long)stage->updates / PART);
    for (size_t k = 0; rc == 0 && k < QUARTERS; k++) {
        struct bz_error failure;
        q[k].rows = (t->n_rows - k + QUARTERS - 1) / QUARTERS;
        deal(t, order, k, rows);
        if (learn_others(t, stage, rows, q[k].rows, &q[k].history, &failure) < 0) {
            rc = failure.code == BZ_DIVERGED ? 1 : -1;
            if (rc > 0)
                train_progress_say(t->progress, "without a quarter of the rows %s: all are learned from for the full length",
                                   failure.msg);
            else
                *err = failure;
        }
        const double took = train_now() - began;
        if (rc == 0 && k == 0 && took > LONG)
            train_progress_say(t->progress, "the first of them took %.0f s; about %.0f s to go until all rows are learned from",
                               took, (QUARTERS - 1) * took);
    }
    bz_free_all(order, rows);
    return rc;
}

int training_by_quarters(struct training *t, struct train_stage *stage, struct bz_error *err)
{
    if (!t->quartered || !train_may_judge(t->start))
        return 0;
    if (stage->resume && training_fetch_quarters(t)) { /* as the run that was interrupted */
        follow(t, stage);
        return 0;
    }
    struct quarter *q = bz_alloc(QUARTERS, sizeof(*q), err);
    int rc = q ? try_quarters(t, stage, q, err) : -1;
    if (rc == 0) {
        decide(q, &t->quarters);
        tell(t);
        follow(t, stage);
    }
    bz_free(q);
    if (rc < 0 && err->code == BZ_INTERRUPTED)
        return 0; /* the run itself, which is interrupted next, writes the checkpoint; resumed, it decides first */
    return rc < 0 || training_keep_quarters(t, err) < 0 ? -1 : 0;
}
