#include "course.h"

#include "unit.h"

#include <math.h>

enum { PATIENCE = 3, CONFIRMED = 2 /* judgements in a row */, SLOWER = 4 /* times at half the rate */ };
/* By how much a noisy run may fall without anything being wrong: this part of the gain so far (half of it for held-out rows),
 * and some nats. For training rows it is much more, since log p swings while persistent chains settle: by a quarter of the gain
 * on MNIST, and recovers; if chains have left a mode it keeps falling. */
static const double part_of_gain = 0.05, swing_of_gain = 0.35, least_fall = 0.25, surely = 3;

/* Learning has failed if the reconstruction error exceeds this many times both the initial one and that of the units' means
 * (nearly constant data are reconstructed so well at first that the former alone says nothing). */
static const double hopeless = 2, still_good = 1e-3;

bool train_diverged(const struct train_measure *m, double first_error)
{
    return !isfinite(m->free_energy_train) || !isfinite(m->reconstruction_error) ||
           m->reconstruction_error > hopeless * first_error + still_good;
}

bool train_hidden_unbounded(const struct bz_machine *m)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (!bz_is_visible(&m->layers[l]) && isinf(bz_unit_type(m->layers[l].unit)->most))
            return true;
    return false;
}

double train_deciding_log_prob(const struct train_measure *m)
{
    return isfinite(m->log_prob_valid) ? m->log_prob_valid : m->log_prob;
}

static enum train_verdict first(struct train_course *c, const struct train_measure *m)
{
    c->start = c->best = train_deciding_log_prob(m);
    c->start_error = c->best_error = c->top_error = m->log_z_error;
    c->top = c->train_at_best = m->log_prob;
    c->best_updates = c->top_updates = m->updates;
    return TRAIN_BEST;
}

bool train_course_turned(struct train_turn *t, const struct train_measure *m, uint64_t pause)
{
    enum { ERRORS = 4 };
    const double now = m->followed.train, error = m->followed.error;

    if (!isfinite(now) || (t->n && m->updates == t->at))
        return false;
    t->at = m->updates;
    const bool first = t->n++ == 0;
    if (first)
        t->start = now;
    if (first || now > t->top) {
        t->top = now;
        t->top_error = error;
        t->top_at = m->updates;
    }
    const double fall = fmax(least_fall, swing_of_gain * (t->top - t->start)) + ERRORS * hypot(error, t->top_error);
    t->fallen = now < t->top - fall ? t->fallen + 1 : 0;
    if (t->fallen < CONFIRMED || m->updates < t->silent)
        return false;
    t->silent = m->updates + pause;
    return true;
}

void train_course_turn_from(const struct train_course *c, struct train_turn *t)
{
    t->top = c->top;
    t->top_error = c->top_error;
    t->top_at = c->top_updates;
    t->fallen = 0;
}

enum train_verdict train_course_add(struct train_course *c, const struct train_measure *m)
{
    const double train = m->log_prob, deciding = train_deciding_log_prob(m), error = m->log_z_error;
    const double gain = c->top - c->start;

    if (c->n++ == 0)
        return first(c, m);
    const bool fell = train < c->top - fmax(least_fall, swing_of_gain * fmax(0, gain)) - surely * hypot(error, c->top_error);
    c->fallen = fell ? c->fallen + 1 : 0;
    if (fell && c->fallen < CONFIRMED) /* once may be noise of the estimate, or of large steps */
        return TRAIN_GO_ON;
    if (fell && c->unbounded && c->ran_away < SLOWER) {
        c->fallen = 0;
        c->ran_away++;
        return TRAIN_RAN_AWAY;
    }
    if (fell)
        return TRAIN_PARTED;
    if (train > c->top) {
        c->top = train;
        c->top_error = error;
        c->top_updates = m->updates;
    }
    if (deciding > c->best) {
        c->best = deciding;
        c->best_error = error;
        c->best_updates = m->updates;
        c->train_at_best = train;
        c->worse = 0;
        return TRAIN_BEST;
    }
    /* Learning begins on a plateau, where only the biases' noise moves: small falls mean nothing, and cost nothing, since the
     * best state is kept. */
    const double loss = fmax(least_fall, part_of_gain * fmax(0, c->best - c->start) / 2) + 2 * hypot(error, c->best_error);
    c->worse = c->best_updates > 0 && deciding < c->best - loss ? c->worse + 1 : 0;
    return c->worse >= PATIENCE && train > c->train_at_best ? TRAIN_BY_HEART : TRAIN_GO_ON;
}

void train_course_return(struct train_course *c, struct train_turn *t)
{
    c->worse = 0;
    c->fallen = 0;
    c->top = c->train_at_best;
    c->top_error = c->best_error;
    c->top_updates = c->best_updates;
    train_course_turn_from(c, t);
}
