#include "shares.h"

#include "mathx.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <string.h>

bool train_shares_weigh_in(const struct train_learner *l)
{
    return l->clusters && !l->moving && !l->ranks && l->rule.sweeps > 0 && !train_algorithm(l->rule.algorithm)->from_data;
}

/* --- weights --- */

static void count_rows(const struct train_clusters *c, const struct bz_state *s, uint8_t *of, size_t *count)
{
    memset(count, 0, c->n * sizeof(*count));
    for (size_t r = 0; r < s->n; r++) {
        of[r] = (uint8_t)train_cluster_of(c, s->x[0] + r * c->size);
        count[of[r]]++;
    }
}

/* Rows of a group together weigh its share, except groups missing from one half, which then count in neither. */
static void weigh_phase(const struct train_clusters *c, struct train_phase *p, const size_t *count, const size_t *other,
                        double sign)
{
    double present = 0;
    for (size_t k = 0; k < c->n; k++)
        present += count[k] && other[k] ? c->share[k] : 0;
    for (size_t r = 0; r < p->s->n; r++) {
        const size_t k = p->of[r];
        p->weight[r] = other[k] ? (float)(sign * c->share[k] / present / (double)count[k]) : 0;
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

static void copy_row(struct train_learner *l, size_t to, const struct train_phase *from, size_t row)
{
    for (size_t i = 0; i < l->m->n_layers; i++) {
        const size_t bytes = l->m->layers[i].size * sizeof(float), size = l->m->layers[i].size;
        memmove(l->running.s->x[i] + to * size, from->s->x[i] + row * size, bytes);
        if (l->running.mean[i] != l->running.s->x[i])
            memmove(l->running.mean[i] + to * size, from->mean[i] + row * size, bytes);
    }
}

/* Raises the chains of group k to half of its share, taking them from the group with the largest excess. */
static void refill(struct train_learner *l, size_t k, size_t *chains)
{
    const struct train_clusters *c = l->clusters;
    const double n = (double)l->running.s->n;
    size_t at = (size_t)(l->updates % l->running.s->n);
    while ((double)chains[k] < floor(c->share[k] * n / 2)) {
        size_t rich = k, victim;
        for (size_t i = 0; i < c->n; i++)
            if ((double)chains[i] - c->share[i] * n > (double)chains[rich] - c->share[rich] * n)
                rich = i;
        const struct train_phase *from = chains[k] ? &l->running : &l->clamped;
        const size_t row = next_of(from, k, at % from->s->n);
        if (rich == k || row == from->s->n || (victim = next_of(&l->running, rich, at)) == l->running.s->n)
            return;
        copy_row(l, victim, from, row);
        l->running.of[victim] = (uint8_t)k;
        chains[rich]--;
        chains[k]++;
        at = victim;
    }
}

void train_shares_weigh(struct train_learner *l)
{
    const struct train_clusters *c = l->clusters;
    size_t rows[TRAIN_CLUSTERS], chains[TRAIN_CLUSTERS];
    count_rows(c, l->clamped.s, l->clamped.of, rows);
    count_rows(c, l->running.s, l->running.of, chains);
    for (size_t k = 0; k < c->n; k++)
        refill(l, k, chains);
    weigh_phase(c, &l->clamped, rows, chains, 1);
    weigh_phase(c, &l->running, chains, rows, -1);
}

/* --- masses --- */

/* Whether each group's unit is on at its centre and off at those of the others. */
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
    for (size_t i = 0; i < c->n * c->size; i++)
        s->x[0][i] = (float)c->centre[i];
    bz_field(s, c->layer, 0, c->n, true, field, w);
    *yes = true;
    for (size_t k = 0; k < c->n; k++) {
        float *mean = field + k * h->size;
        bz_unit_type(h->unit)->mean(h, mean, 1, 0, mean);
        for (size_t i = 0; i < c->n; i++)
            if (c->unit[i] >= 0 && !((i == k ? (double)mean[c->unit[i]] : 1 - (double)mean[c->unit[i]]) > surely))
                *yes = false;
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
    for (size_t k = 0; k < c->n; k++) {
        by[k] = bz_log(c->share[k]) - (j->log_mass[k] - j->log_z);
        base = c->unit[k] < 0 ? by[k] : base; /* for the group without a unit the others move instead */
    }
    const float *offset = shown->layers[c->layer].offset;
    float *bias = bz_machine_bias(l->m, c->layer), *average = l->average ? l->average + (bias - l->m->block) : NULL;
    for (size_t k = 0; k < c->n; k++) {
        parts[k] = j->log_mass[k] + by[k] - base; /* masses may be thousands of nats apart */
        others -= bz_exp(j->log_mass[k] - j->log_z);
        if (c->unit[k] < 0)
            continue;
        bias[c->unit[k]] += (float)(by[k] - base);
        if (average)
            average[c->unit[k]] += (float)(by[k] - base);
        offsets += offset ? (by[k] - base) * (double)offset[c->unit[k]] : 0;
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
