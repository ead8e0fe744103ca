#include "exchange.h"

#include "mem.h"
#include "moments.h"
#include "pass.h"
#include "ways.h"

/* What is summed, in one block: moments, laid out like the parameters; sums over rows, clamped and free-running; requests. */
enum { SIGNALS, SIGNALLED, SAVES, WAY, N_WISHES };

/* Of moments, that are made while others are summed. */
enum { GROUPS = 4 };

/* All but the moments. */
static size_t rest_size(const struct train_learner *l)
{
    return 2 * l->layout.total + N_WISHES;
}

int train_exchange_begin(struct train_learner *l, struct train_ranks *ranks, struct bz_error *err)
{
    l->ranks = ranks;
    if (ranks && l->moving)
        l->mover->share(l->moving, train_ranks_spread(ranks));
    if (!ranks)
        return 0;
    return (l->shared = bz_alloc(l->m->block_size + rest_size(l), sizeof(float), err)) &&
                   train_passing_new(l, rest_size(l), err) == 0 && train_ways_new(l, err) == 0
               ? 0
               : -1;
}

static void put_wish(const struct train_wish *w, float *to)
{
    to[SIGNALS] = (float)w->signal;
    to[SIGNALLED] = w->signal != 0;
    to[SAVES] = w->save;
}

static struct train_wish get_wish(const float *from)
{
    return (struct train_wish){.signal = from[SIGNALLED] > 0 ? (int)(from[SIGNALS] / from[SIGNALLED]) : 0,
                               .save = from[SAVES] > 0};
}

/* Where the moments of a job begin. */
static size_t place_of(const struct train_learner *l, size_t job)
{
    const struct bz_coupling *c = &l->m->couplings[l->jobs[job].coupling];
    return (size_t)(c->weight - l->m->block) + l->jobs[job].first * (c->index ? 1 : l->m->layers[c->b].size);
}

static int sum_in_groups(struct train_learner *l, size_t all, struct bz_error *err)
{
    const size_t groups = l->n_jobs < GROUPS ? l->n_jobs : GROUPS;
    for (size_t g = 0, from = 0; g < groups; g++) {
        const size_t first = l->n_jobs * g / groups, last = l->n_jobs * (g + 1) / groups;
        const size_t to = g + 1 < groups ? place_of(l, last) : all;
        train_moments_own_of(l, first, last - first);
        if ((g > 0 && train_ranks_end(l->ranks, err) < 0) ||
            train_ranks_sum_begin(l->ranks, l->shared + from, to - from, err) < 0)
            return -1;
        from = to;
    }
    return train_ranks_end(l->ranks, err);
}

static int pass_rows(struct train_learner *l, size_t rest, struct bz_error *err)
{
    float *tail = l->shared + l->m->block_size;
    if (train_pass_begin(l, &l->running, tail, rest, err) < 0)
        return -1;
    train_moments_own(l);
    if (train_pass_end(l, &l->running, tail, rest, err) < 0)
        return -1;
    train_moments_joint(l);
    return 0;
}

static int sum_all(struct train_learner *l, struct bz_error *err)
{
    const size_t rest = rest_size(l), all = l->m->block_size + rest;
    switch (train_way(l)) {
    case TRAIN_PASS_ROWS:
        return pass_rows(l, rest, err);
    case TRAIN_SUM_GROUPS:
        return sum_in_groups(l, all, err);
    case TRAIN_SUM:
    case TRAIN_WAYS:
        break;
    }
    train_moments_own(l);
    return train_ranks_sum(l->ranks, l->shared, all, err);
}

int train_exchange(struct train_learner *l, struct bz_error *err)
{
    if (!l->ranks)
        return 0;
    float *clamped = l->shared + l->m->block_size, *running = clamped + l->layout.total, *wish = running + l->layout.total;
    for (size_t i = 0; i < l->layout.total; i++) {
        clamped[i] = (float)l->clamped.total[i];
        running[i] = (float)l->running.total[i];
    }
    put_wish(&l->wish, wish);
    wish[WAY] = train_ways_say(l);
    if (sum_all(l, err) < 0)
        return -1;
    for (size_t i = 0; i < l->layout.total; i++) {
        l->clamped.total[i] = (double)clamped[i];
        l->running.total[i] = (double)running[i];
        l->difference[i] = (float)(l->clamped.total[i] + l->running.total[i]);
    }
    l->wish = get_wish(wish);
    train_ways_hear(l, wish[WAY]);
    return 0;
}

int train_exchange_chains(struct train_learner *l, struct bz_error *err)
{
    const struct bz_state *s = l->chains->s;
    if (l->ranks && train_pass_check(l, err) < 0)
        return -1;
    if (!l->ranks || train_algorithm(l->rule.algorithm)->from_data)
        return 0;
    if (l->moving) /* all of whose rows every process has */
        return l->mover->gather(l->moving, err);
    for (size_t i = 0; i < l->m->n_layers; i++)
        if (train_ranks_gather(l->ranks, s->x[i], l->m->layers[i].size * sizeof(float), s->room, err) < 0)
            return -1;
    return 0;
}
