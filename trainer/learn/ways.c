#include "ways.h"

#include "object.h"
#include "progress.h"
#include "shares.h"

#include <math.h>

/* Updates of which each way has one in turn, TRIES times; the quickest one counts, since others may use the machine. */
enum { TRIES = 8, TRY_AGAIN = 5000 };

struct train_ways {
    enum train_way list[TRAIN_WAYS]; /* [n] */
    size_t n;
    uint64_t number;                 /* of updates since the beginning, or since they were last tried */
    enum train_way way, chosen;      /* by rank 0, as all have heard */
    enum train_way quickest;         /* at rank 0 */
    double began, least[TRAIN_WAYS]; /* seconds */
};

int train_ways_new(struct train_learner *l, struct bz_error *err)
{
    if (train_ranks_hosts(l->ranks) == 1)
        return 0;
    struct train_ways *w = bz_object_new(sizeof(*w), NULL, err);
    if (!w)
        return -1;
    w->list[w->n++] = TRAIN_SUM;
    w->list[w->n++] = TRAIN_SUM_GROUPS;
    if (l->passing)
        w->list[w->n++] = TRAIN_PASS_ROWS;
    l->ways = w;
    return 0;
}

void train_ways_free(struct train_ways *w)
{
    bz_object_free(w);
}

void train_ways_begin(struct train_learner *l)
{
    struct train_ways *w = l->ways;
    if (!w)
        return;
    if (w->number == TRY_AGAIN)
        w->number = 0;
    for (size_t i = 0; w->number == 0 && i < w->n; i++)
        w->least[i] = INFINITY;
    w->way = w->number < TRIES * w->n ? w->list[w->number % w->n] : w->chosen;
    if (w->way == TRAIN_PASS_ROWS && train_shares_weigh_in(l)) /* rows' weights are known to their own process */
        w->way = TRAIN_SUM;
    w->began = train_now();
}

/* The choice reaches the others in the next update, and is followed from the one after it. */
void train_ways_end(struct train_learner *l)
{
    struct train_ways *w = l->ways;
    if (!w)
        return;
    const size_t i = w->number++ % w->n;
    const double took = train_now() - w->began;
    if (w->number > TRIES * w->n)
        return;
    w->least[i] = took < w->least[i] ? took : w->least[i];
    if (w->number < TRIES * w->n)
        return;
    size_t best = 0;
    for (size_t k = 1; k < w->n; k++)
        best = w->least[k] < w->least[best] ? k : best;
    w->quickest = w->list[best];
}

enum train_way train_way(const struct train_learner *l)
{
    return l->ways ? l->ways->way : TRAIN_SUM;
}

float train_ways_say(const struct train_learner *l)
{
    return l->ways && train_ranks_number(l->ranks) == 0 ? (float)l->ways->quickest : 0;
}

void train_ways_hear(struct train_learner *l, float said)
{
    if (l->ways && said >= 0 && said < TRAIN_WAYS)
        l->ways->chosen = (enum train_way)said;
}
