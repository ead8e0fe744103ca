#include "shares.h"

#include "mathx.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <string.h>

bool train_shares_weigh_in(const struct train_learner *l)
{
    return l->clusters && !l->moving && l->rule.sweeps > 0 && !train_algorithm(l->rule.algorithm)->from_data;
}

/* --- weights --- */

/* Which group each of this process's rows is in, and how many are in each. */
static void place(const struct train_clusters *c, struct train_phase *p, float *count)
{
    for (size_t r = p->first; r < p->first + p->count; r++) {
        p->of[r] = (uint8_t)train_cluster_at(c, p->s, r);
        count[p->of[r]]++;
    }
}

/* Rows of a group together weigh its share, except groups missing from one half, which then count in neither. */
static void weigh_phase(const struct train_clusters *c, struct train_phase *p, const float *count, const float *other,
                        double sign)
{
    double present = 0;
    for (size_t k = 0; k < c->n; k++)
        present += count[k] > 0 && other[k] > 0 ? c->share[k] : 0;
    for (size_t r = p->first; r < p->first + p->count; r++) {
        const size_t k = p->of[r];
        p->weight[r] = other[k] > 0 ? (float)(sign * c->share[k] / present / (double)count[k]) : 0;
    }
    p->uniform = false;
}

/* The next row of a group after `at`, cyclically; s->n = there is none. */
static size_t next_of(const struct train_phase *p, size_t k, size_t at)
{
    for (size_t i = 1; i <= p->s->n; i++)
        if (p->of[(at + i) % p->s->n] == k)
            return (at + i) % p->s->n;
    return p->s->n;
}

/* A row of a phase goes into values[2][units], or of the chains comes from there: states, and means that are kept beside them.
 */
static void pack(const struct train_learner *l, const struct train_phase *p, size_t row, float *values, bool out)
{
    for (size_t i = 0; i < l->m->n_layers; i++) {
        const size_t size = l->m->layers[i].size;
        float *const own[] = {p->s->x[i] + row * size, p->mean[i] + row * size};
        for (size_t k = 0; k < 2; k++, values += size)
            memcpy(out ? values : own[k], out ? own[k] : values, size * sizeof(float));
    }
}

static bool is_own(const struct train_phase *p, size_t row)
{
    return row >= p->first && row < p->first + p->count;
}

/* Chain `to` takes up a row, which another process may have. */
static int copy_row(struct train_learner *l, size_t to, const struct train_phase *from, size_t row, float *values,
                    struct bz_error *err)
{
    size_t units = 0;
    for (size_t i = 0; i < l->m->n_layers; i++)
        units += l->m->layers[i].size;
    if (is_own(from, row))
        pack(l, from, row, values, true);
    if (train_ranks_follow_of(l->ranks, train_ranks_owner(l->ranks, from->s->n, row), values, 2 * units * sizeof(float), err) <
        0)
        return -1;
    if (is_own(&l->running, to))
        pack(l, &l->running, to, values, false);
    return 0;
}

static bool lacks(const struct train_learner *l, const float *chains, size_t k)
{
    return (double)chains[k] < floor(l->clusters->share[k] * (double)l->running.s->n / 2);
}

/* Raises the chains of group k to half of its share, taking them from the group with the largest excess. */
static int refill(struct train_learner *l, size_t k, float *chains, float *values, struct bz_error *err)
{
    const struct train_clusters *c = l->clusters;
    const double n = (double)l->running.s->n;
    size_t at = (size_t)(l->updates % l->running.s->n);
    while (lacks(l, chains, k)) {
        size_t rich = k, victim;
        for (size_t i = 0; i < c->n; i++)
            if ((double)chains[i] - c->share[i] * n > (double)chains[rich] - c->share[rich] * n)
                rich = i;
        const struct train_phase *from = chains[k] > 0 ? &l->running : &l->clamped;
        const size_t row = next_of(from, k, at % from->s->n);
        if (rich == k || row == from->s->n || (victim = next_of(&l->running, rich, at)) == l->running.s->n)
            return 0;
        if (copy_row(l, victim, from, row, values, err) < 0)
            return -1;
        l->running.of[victim] = (uint8_t)k;
        chains[rich]--;
        chains[k]++;
        at = victim;
    }
    return 0;
}

/* Needs to know where each row and chain is; rarely called. */
static int refill_all(struct train_learner *l, float *chains, struct bz_error *err)
{
    float *values;
    size_t units = 0;
    int rc = train_ranks_gather(l->ranks, l->clamped.of, sizeof(*l->clamped.of), l->clamped.s->n, err) < 0 ||
                     train_ranks_gather(l->ranks, l->running.of, sizeof(*l->running.of), l->running.s->n, err) < 0
                 ? -1
                 : 0;
    for (size_t i = 0; i < l->m->n_layers; i++)
        units += l->m->layers[i].size;
    if (rc < 0 || !(values = bz_alloc(2 * units, sizeof(*values), err)))
        return -1;
    for (size_t k = 0; rc == 0 && k < l->clusters->n; k++)
        rc = refill(l, k, chains, values, err);
    bz_free(values);
    return rc;
}

int train_shares_weigh(struct train_learner *l, struct bz_error *err)
{
    enum { ROWS, CHAINS, HALVES };
    const struct train_clusters *c = l->clusters;
    float count[HALVES][TRAIN_CLUSTERS] = {{0}}; /* whole numbers: sums over processes are exact */
    bool lacking = false;
    place(c, &l->clamped, count[ROWS]);
    place(c, &l->running, count[CHAINS]);
    if (train_ranks_sum(l->ranks, &count[0][0], HALVES * TRAIN_CLUSTERS, err) < 0)
        return -1;
    for (size_t k = 0; k < c->n; k++)
        lacking = lacking || lacks(l, count[CHAINS], k);
    if (lacking && refill_all(l, count[CHAINS], err) < 0)
        return -1;
    weigh_phase(c, &l->clamped, count[ROWS], count[CHAINS], 1);
    weigh_phase(c, &l->running, count[CHAINS], count[ROWS], -1);
    return 0;
}

/* --- masses --- */

/* The probability that one of group k's units is on; NaN if it has none. */
static double is_on(const struct train_clusters *c, const float *mean, size_t k)
{
    double on = NAN;
    for (size_t u = 0; u < c->n_units; u++)
        if (c->of[u] == k && c->unit[u] >= 0)
            on = (isnan(on) ? 0 : on) + (double)mean[c->unit[u]];
    return on;
}

/* Whether each group's units, of which at most one is on, are so at its centre, and off at those of the others. */
static int stand_apart(const struct bz_machine *m, const struct train_clusters *c, bool *yes, struct bz_error *err)
{
    const double surely = 0.9;
    const struct bz_layer *h = &m->layers[c->layer];
    float *field = bz_alloc(c->n * h->size, sizeof(*field), err);
    struct bz_state *s = NULL;
    struct bz_work *w = NULL;
    int rc = -1;
    if (!field || bz_state_new(&s, m, c->n, err) < 0 || bz_work_new(&w, m, err) < 0)
        goto out;
    s->n = c->n;
    for (size_t l = 0, at = 0; l < m->n_layers; l++) {
        const size_t size = m->layers[l].size;
        if (!bz_is_visible(&m->layers[l]))
            continue;
        for (size_t i = 0; i < c->n * size; i++)
            s->x[l][i] = (float)c->centre[i / size * c->size + at + i % size];
        at += size;
    }
    bz_field(s, c->layer, 0, c->n, true, field, w);
    *yes = true;
    for (size_t k = 0; k < c->n; k++) {
        float *mean = field + k * h->size;
        bz_unit_type(h->unit)->mean(h, mean, 1, 0, mean);
        for (size_t i = 0; i < c->n; i++) {
            const double on = is_on(c, mean, i);
            if (!isnan(on) && !((i == k ? on : 1 - on) > surely))
                *yes = false;
        }
    }
    rc = 0;
out:
    bz_free(field);
    bz_state_free(s);
    bz_work_free(w);
    return rc;
}

int train_shares_correct(struct train_learner *l, const struct bz_machine *shown, struct train_judgement *j, bool *done,
                         struct bz_error *err)
{
    const struct train_clusters *c = l->clusters;
    double by[TRAIN_CLUSTERS], parts[TRAIN_CLUSTERS + 1], base = 0, others = 1, offsets = 0;
    *done = false;
    bool apart = c != NULL;
    for (size_t k = 0; apart && k < c->n; k++)
        apart = isfinite(j->log_mass[k]) && c->share[k] > 0;
    if (!apart)
        return 0;
    if (stand_apart(shown, c, &apart, err) < 0)
        return -1;
    if (!apart)
        return 0;
    for (size_t k = 0; k < c->n; k++)
        by[k] = bz_log(c->share[k]) - (j->log_mass[k] - j->log_z);
    for (size_t u = 0; u < c->n_units; u++)
        base = c->unit[u] < 0 ? by[c->of[u]] : base; /* for the group without a unit the others move instead */
    const float *offset = shown->layers[c->layer].offset;
    float *bias = bz_machine_bias(l->m, c->layer), *average = l->average ? l->average + (bias - l->m->block) : NULL;
    for (size_t k = 0; k < c->n; k++) {
        parts[k] = j->log_mass[k] + by[k] - base; /* masses may be thousands of nats apart */
        others -= bz_exp(j->log_mass[k] - j->log_z);
    }
    for (size_t u = 0; u < c->n_units; u++) {
        const double more = by[c->of[u]] - base;
        if (c->unit[u] < 0)
            continue;
        bias[c->unit[u]] += (float)more;
        if (average)
            average[c->unit[u]] += (float)more;
        offsets += offset ? more * (double)offset[c->unit[u]] : 0;
    }
    parts[c->n] = others > 0 ? j->log_z + bz_log(others) : -INFINITY;
    j->log_z = bz_logmeanexp(parts, c->n + 1) + bz_log((double)(c->n + 1)) - offsets;
    bz_machine_prepare_layers(l->m);
    *done = true;
    return 0;
}

void train_shares_of(const struct train_judgement *j, size_t groups, double *share, double *error)
{
    for (size_t k = 0; k < groups; k++)
        share[k] = bz_exp(j->log_mass[k] - j->log_z);
    for (size_t k = 0; k < groups; k++) { /* to first order */
        double squares = 0;
        for (size_t i = 0; i < groups; i++)
            squares += pow(((i == k) - share[i]) * j->mass_error[i], 2);
        error[k] = share[k] * sqrt(squares);
    }
}
