#include "trust.h"

#include "energy.h"
#include "mem.h"
#include "phases.h"

#include <math.h>
#include <string.h>

static const double most_divergence = 0.01; /* nats an update */

int train_trust_new(struct train_learner *l, struct bz_error *err)
{
    const size_t rows = l->running.s->room;
    return (l->kept = bz_alloc(l->m->block_size, sizeof(float), err)) && (l->energy[0] = bz_alloc(rows, sizeof(double), err)) &&
                   (l->energy[1] = bz_alloc(rows, sizeof(double), err))
               ? 0
               : -1;
}

void train_trust_free(struct train_learner *l)
{
    bz_free_all(l->kept, l->energy[0], l->energy[1]);
}

struct weighing {
    struct train_learner *l;
    double *energy;
};

static void weigh_task(void *arg, size_t task)
{
    const struct weighing *g = arg;
    struct bz_state *s = g->l->running.s;
    struct bz_work *w = g->l->slots[TRAIN_MAX_ROW_TASKS + task].work;
    const size_t tasks = train_row_tasks(s->n), end = s->n * (task + 1) / tasks, tile = train_task_tile(s->n);
    for (size_t first = s->n * task / tasks; first < end; first += tile) {
        const size_t n = end - first < tile ? end - first : tile;
        if (bz_machine_hidden_independent(s->m))
            bz_free_energy(s, first, n, g->energy + first, NULL, w);
        else
            bz_energy(s, first, n, g->energy + first);
    }
}

static void weigh(struct train_learner *l, double *energy)
{
    struct weighing g = {l, energy};
    bz_parallel_for(l->par, train_row_tasks(l->running.s->n), weigh_task, &g);
}

void train_trust_begin(struct train_learner *l)
{
    if (!l->kept)
        return;
    memcpy(l->kept, l->m->block, l->m->block_size * sizeof(float));
    weigh(l, l->energy[0]);
}

/* The variance of the step's change of the rows' energies. */
static double variance_of_change(const struct train_learner *l)
{
    const size_t n = l->running.s->n;
    double mean = 0, square = 0;
    for (size_t r = 0; r < n; r++)
        mean += (l->energy[1][r] - l->energy[0][r]) / (double)n;
    for (size_t r = 0; r < n; r++) {
        const double d = l->energy[1][r] - l->energy[0][r] - mean;
        square += d * d / (double)n;
    }
    return square;
}

void train_trust_end(struct train_learner *l)
{
    if (!l->kept)
        return;
    weigh(l, l->energy[1]);
    const double variance = variance_of_change(l);
    if (!(variance > 2 * most_divergence)) /* not finite is found elsewhere */
        return;
    const float part = (float)sqrt(2 * most_divergence / variance);
    for (size_t i = 0; i < l->m->block_size; i++) {
        l->m->block[i] = l->kept[i] + part * (l->m->block[i] - l->kept[i]);
        l->velocity[i] *= part;
    }
    bz_machine_prepare(l->m, NULL); /* prepared before: cannot fail */
}
