#include "contradictions.h"

#include "mathx.h"
#include "mem.h"
#include "sampler.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t train_row_digest(const struct bz_state *s, size_t row)
{
    uint64_t h = 14695981039346656037u;

    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t size = s->m->layers[l].size;

        for (size_t i = 0; bz_is_visible(&s->m->layers[l]) && i < size; i++) {
            uint32_t bits;

            memcpy(&bits, s->x[l] + row * size + i, sizeof(bits));
            h = (h ^ bits) * 0x9e3779b97f4a7c15u;
            h ^= h >> 29;
        }
    }
    return h;
}

enum { LEAST_RAISED = 100 }; /* rows needed for a verdict by RAISE */

struct row {
    uint64_t digest;
    double log_prob;
};

static int by_digest(const void *a, const void *b)
{
    const uint64_t x = ((const struct row *)a)->digest, y = ((const struct row *)b)->digest;

    return x < y ? -1 : x > y;
}

/* log of the sum of p(v) over distinct rows. */
static int total_probability(const struct train_evaluation *e, const uint64_t *digest, double *out, struct bz_error *err)
{
    struct row *rows = bz_alloc(e->rows, sizeof(*rows), err);
    double *log_prob = bz_alloc(e->rows, sizeof(*log_prob), err);
    size_t n = 0;

    for (size_t r = 0; rows && log_prob && r < e->rows; r++)
        rows[r] = (struct row){digest[r], e->log_prob[r]};
    if (rows && log_prob) {
        qsort(rows, e->rows, sizeof(*rows), by_digest);
        for (size_t r = 0; r < e->rows; r++)
            if (r == 0 || rows[r].digest != rows[r - 1].digest)
                log_prob[n++] = rows[r].log_prob;
        *out = bz_logmeanexp(log_prob, n) + bz_log((double)n);
    }
    const int rc = rows && log_prob ? 0 : -1;
    bz_free(rows);
    bz_free(log_prob);
    return rc;
}

/* log Z is too small by at least `nats`. */
static void object(struct bz_log_z *z, double nats, const char *why)
{
    if (!*z->warning)
        snprintf(z->warning, sizeof(z->warning), "%s", why);
    z->stderr_ = fmax(z->stderr_, nats / 2);
}

/* Mean of pseudo minus log p over the rows that have both, and its standard error. */
static void compare(const struct train_evaluation *e, const double *pseudo, size_t n, double *mean, double *error)
{
    double sum = 0, squares = 0;

    for (size_t r = 0; r < n; r++)
        sum += pseudo[r] - e->log_prob[r];
    *mean = sum / (double)n;
    for (size_t r = 0; r < n; r++)
        squares += (pseudo[r] - e->log_prob[r] - *mean) * (pseudo[r] - e->log_prob[r] - *mean);
    *error = sqrt(squares / (double)(n > 1 ? n - 1 : 1) / (double)n);
}

int train_contradict(struct train_evaluation *e, const uint64_t *digest, const double *pseudo, size_t n_pseudo, bool gaps,
                     struct bz_error *err)
{
    struct bz_log_z *z = e->log_z;
    char text[BZ_WARNING_ROOM];
    double total = 0, log_prob = 0, mean, error;

    if (!e->log_prob || e->n_log_z != 1 || strcmp(z->method, "ais") != 0)
        return 0;
    if (!gaps && e->discrete) {
        if (total_probability(e, digest, &total, err) < 0)
            return -1;
        if (total > 4 * z->stderr_ + 0.01) {
            snprintf(text, sizeof(text),
                     "the distinct rows have a probability of e^%.3g together: log Z is at least that too low", total);
            object(z, total, text);
        }
    }
    if (n_pseudo >= 20) {
        compare(e, pseudo, n_pseudo, &mean, &error);
        if (mean < -4 * (error + z->stderr_) - 0.05 * fabs(e->log_prob_mean)) {
            snprintf(text, sizeof(text),
                     "the pseudo-likelihood is %.3g nats below log p, while for a model's own samples it is above: log Z seems "
                     "too low, or these rows are far from the model's samples",
                     -mean);
            object(z, -mean, text);
        }
    }
    if (e->raise_rows >= LEAST_RAISED) {
        for (size_t r = 0; r < e->raise_rows; r++)
            log_prob += e->log_prob[r] / (double)e->raise_rows;
        if (e->raise_mean < log_prob - fmax(5, 0.1 * fabs(log_prob))) {
            snprintf(text, sizeof(text), "RAISE puts log p of these rows %.3g nats lower: the annealed runs hardly reach them",
                     log_prob - e->raise_mean);
            object(z, log_prob - e->raise_mean, text);
        }
    }
    return 0;
}

int train_ask_ladder(const struct bz_machine *m, const struct train_evaluate_options *o, struct train_evaluation *e,
                     struct bz_error *err)
{
    enum { SURELY = 4 };
    const double least_rate = 0.02;
    const struct bz_ladder_options options = {.rounds = o->ladder_rounds, .seed = o->seed, .par = o->par};
    struct bz_log_z *z = e->log_z;
    char text[BZ_WARNING_ROOM];

    if (!o->ladder || e->n_log_z != 1 || !e->computed || strcmp(z->method, "ais") != 0)
        return 0;
    if (bz_ladder_log_z(m, o->ladder, &options, &e->ladder, err) < 0)
        return -1;
    const double apart = fabs(e->ladder.log_z - z->value), error = hypot(e->ladder.stderr_, z->stderr_);
    if (e->ladder.old > TRAIN_MOST_OLD || !(e->ladder.lowest_rate >= least_rate) || !(apart > SURELY * error + 0.01))
        return 0;
    snprintf(text, sizeof(text),
             "the exchanges with the model's ladder of checkpoints put log Z at %.2f (%.2f), %.3g nats from the annealed runs' "
             "%.2f: one of them misses part of the distribution",
             e->ladder.log_z, e->ladder.stderr_, apart, z->value);
    object(z, apart, text);
    return 0;
}
