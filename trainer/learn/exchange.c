#include "exchange.h"

#include "mem.h"
#include "weights.h"

/* What is summed, in one block: moments, laid out like the parameters; sums over rows, clamped and free-running; requests. */
enum { SIGNALS, SIGNALLED, SAVES, N_WISHES };

static size_t shared_size(const struct train_learner *l)
{
    return l->m->block_size + 2 * l->layout.total + N_WISHES;
}

int train_exchange_begin(struct train_learner *l, struct train_ranks *ranks, struct bz_error *err)
{
    l->ranks = ranks;
    if (ranks && l->moving)
        l->mover->share(l->moving, train_ranks_spread(ranks));
    return !ranks || (l->shared = bz_alloc(shared_size(l), sizeof(float), err)) ? 0 : -1;
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

int train_exchange(struct train_learner *l, struct bz_error *err)
{
    if (!l->ranks)
        return 0;
    float *clamped = l->shared + l->m->block_size, *running = clamped + l->layout.total, *wish = running + l->layout.total;
    train_weights_moments(l);
    for (size_t i = 0; i < l->layout.total; i++) {
        clamped[i] = (float)l->clamped.total[i];
        running[i] = (float)l->running.total[i];
    }
    put_wish(&l->wish, wish);
    if (train_ranks_sum(l->ranks, l->shared, shared_size(l), err) < 0)
        return -1;
    for (size_t i = 0; i < l->layout.total; i++) {
        l->clamped.total[i] = (double)clamped[i];
        l->running.total[i] = (double)running[i];
        l->difference[i] = (float)(l->clamped.total[i] + l->running.total[i]);
    }
    l->wish = get_wish(wish);
    return 0;
}

int train_exchange_chains(struct train_learner *l, struct bz_error *err)
{
    const struct bz_state *s = l->chains->s;
    if (!l->ranks || train_algorithm(l->rule.algorithm)->from_data)
        return 0;
    if (l->moving) /* all of whose rows every process has */
        return l->mover->gather(l->moving, err);
    for (size_t i = 0; i < l->m->n_layers; i++)
        if (train_ranks_gather(l->ranks, s->x[i], l->m->layers[i].size * sizeof(float), s->room, err) < 0)
            return -1;
    return 0;
}
