#include "trajectory.h"

#include "check.h"
#include "energy.h"
#include "mathx.h"
#include "mem.h"
#include "object.h"

#include <math.h>
#include <string.h>

#define LEVELS ((size_t)BZ_MOST_RUNGS + 2) /* indices of a row's chains: 64 */

/* Levels are named by slots, which keep their memory when the ladder changes: slot[k] holds level k. */
struct bz_trajectory {
    const struct bz_ladder *ladder;
    const struct bz_machine *m;
    size_t rows, most, n;     /* levels: most, in use */
    bool marginal;            /* exchanges compare free energies */
    struct bz_chains **chain; /* [most], by slot */
    uint64_t *slot;           /* [most]: a permutation, the first n in use */
    struct bz_state *other;   /* rows of one level under another's machine */
    double *energy[4]; /* [rows]: energies of the lower level's rows under its own machine and the upper one's; of the upper
                          level's likewise */
    uint64_t *birth;   /* [most][rows], by level: the round in which the row was last at the lowest one */
    uint64_t *tried, *taken; /* [most]: pair k, k + 1 */
    uint64_t *last;          /* [most]: taken the last time; UINT64_MAX = not tried yet */
    uint64_t round, seed;
    double *forward, *backward; /* [most - 1][room]; NULL = not recorded */
    size_t room, *kept;         /* [most] */
};

static void end_trajectory(void *self)
{
    struct bz_trajectory *t = self;
    for (size_t k = 0; t->chain && k < t->most; k++)
        bz_chains_free(t->chain[k]);
    bz_state_free(t->other);
}

int bz_trajectory_new(struct bz_trajectory **out, const struct bz_ladder *ladder, const struct bz_machine *m, size_t rows,
                      struct bz_error *err)
{
    struct bz_trajectory *t;

    if (ladder->n < 1 || ladder->most > BZ_MOST_RUNGS)
        return bz_fail(err, BZ_UNSUPPORTED, "a ladder of %zu rungs, expected 1 to %d", ladder->most, BZ_MOST_RUNGS);
    bz_assert(rows >= 1 && rows <= BZ_TILE);
    if (!(t = bz_object_new(sizeof(*t), end_trajectory, err)))
        return -1;
    t->ladder = ladder;
    t->m = m;
    t->rows = rows;
    t->most = ladder->most + 1;
    t->n = ladder->n + 1;
    t->marginal = bz_machine_hidden_independent(m);
    if (!(t->chain = bz_part(t, t->most, sizeof(*t->chain), err)) || !(t->slot = bz_part(t, t->most, sizeof(*t->slot), err)) ||
        !(t->birth = bz_part(t, t->most * rows, sizeof(*t->birth), err)) ||
        !(t->tried = bz_part(t, t->most, sizeof(*t->tried), err)) ||
        !(t->taken = bz_part(t, t->most, sizeof(*t->taken), err)) || !(t->last = bz_part(t, t->most, sizeof(*t->last), err)) ||
        !(t->kept = bz_part(t, t->most, sizeof(*t->kept), err)) || bz_state_new(&t->other, m, rows, err) < 0)
        return bz_object_give(out, t, -1);
    for (size_t i = 0; i < 4; i++)
        if (!(t->energy[i] = bz_part(t, rows, sizeof(double), err)))
            return bz_object_give(out, t, -1);
    for (size_t k = 0; k < t->most; k++) {
        t->slot[k] = k;
        if (bz_chains_new(&t->chain[k], m, rows, err) < 0)
            return bz_object_give(out, t, -1);
        t->chain[k]->s->n = rows;
    }
    t->other->n = rows;
    return bz_object_give(out, t, 0);
}

void bz_trajectory_free(struct bz_trajectory *t)
{
    bz_object_free(t);
}

static const struct bz_machine *machine_of(const struct bz_trajectory *t, size_t level)
{
    return level + 1 == t->n ? t->m : t->ladder->rung[level];
}

/* The chains of a level, which belong to its machine. */
static struct bz_chains *chains_of(const struct bz_trajectory *t, size_t level)
{
    struct bz_chains *c = t->chain[t->slot[level]];

    c->s->m = machine_of(t, level);
    return c;
}

/* The levels at which the chains start. */
static void name_chains(struct bz_trajectory *t, uint64_t seed, uint32_t first, const double *counts)
{
    t->seed = seed;
    t->round = 0;
    for (size_t k = 0; k < t->most; k++) {
        struct bz_chains *c = t->chain[k];

        for (size_t r = 0; r < t->rows; r++) {
            c->seed[r] = seed;
            c->index[r] = (first + (uint32_t)r) * (uint32_t)LEVELS + (uint32_t)k;
            c->step[r] = 0;
            c->temperature[r] = 1;
            t->birth[k * t->rows + r] = 0;
            for (size_t l = 0; l < t->m->n_layers; l++)
                if (c->s->counts[l])
                    c->s->counts[l][r] = t->other->counts[l][r] = counts ? (float)counts[l] : 1;
        }
    }
    bz_trajectory_reset(t);
}

void bz_trajectory_start(struct bz_trajectory *t, uint64_t seed, uint32_t first, const double *counts, struct bz_work *w)
{
    name_chains(t, seed, first, counts);
    for (size_t k = 0; k < t->n; k++)
        bz_chains_init(chains_of(t, k), 0, t->rows, NULL, w);
}

void bz_trajectory_restore(struct bz_trajectory *t, uint64_t seed, uint32_t first, const double *counts, uint64_t rounds,
                           const uint8_t *renewed)
{
    name_chains(t, seed, first, counts);
    t->round = rounds;
    for (size_t i = 0; i < t->n * t->rows; i++)
        t->birth[i] = renewed[i] ? 1 : 0;
    for (size_t k = 0; k < t->n; k++)
        for (size_t r = 0; r < t->rows; r++)
            chains_of(t, k)->step[r] = rounds;
}

/* Energies of a level's rows under a machine; under its own machine the hidden layers, which are redrawn anyway, are left as
   they are. */
static void weigh(struct bz_trajectory *t, size_t level, size_t machine, double *energy, struct bz_work *w)
{
    const struct bz_state *s = t->chain[t->slot[level]]->s;

    t->other->m = machine_of(t, machine);
    for (size_t l = 0; l < t->m->n_layers; l++)
        if (!t->marginal || bz_is_visible(&t->m->layers[l]))
            memcpy(t->other->x[l], s->x[l], t->rows * t->m->layers[l].size * sizeof(float));
    if (t->marginal)
        bz_free_energy(t->other, 0, t->rows, energy, NULL, w);
    else
        bz_energy(t->other, 0, t->rows, energy);
}

static void swap_rows(struct bz_trajectory *t, size_t k, size_t r)
{
    struct bz_state *a = t->chain[t->slot[k]]->s, *b = t->chain[t->slot[k + 1]]->s;
    const uint64_t birth = t->birth[k * t->rows + r];

    for (size_t l = 0; l < t->m->n_layers; l++) {
        const size_t size = t->m->layers[l].size;

        for (size_t i = r * size; i < (r + 1) * size; i++) {
            const float keep = a->x[l][i];

            a->x[l][i] = b->x[l][i];
            b->x[l][i] = keep;
        }
    }
    t->birth[k * t->rows + r] = t->birth[(k + 1) * t->rows + r];
    t->birth[(k + 1) * t->rows + r] = birth;
}

static void record(struct bz_trajectory *t, size_t k, double forward, double backward)
{
    if (!t->forward || t->kept[k] == t->room || !isfinite(forward) || !isfinite(backward))
        return;
    t->forward[k * t->room + t->kept[k]] = forward;
    t->backward[k * t->room + t->kept[k]++] = backward;
}

static void exchange(struct bz_trajectory *t, size_t k, struct bz_work *w)
{
    double *low = t->energy[0], *low_up = t->energy[1], *high = t->energy[2], *high_down = t->energy[3];

    t->last[k] = 0;
    weigh(t, k, k, low, w);
    weigh(t, k, k + 1, low_up, w);
    weigh(t, k + 1, k + 1, high, w);
    weigh(t, k + 1, k, high_down, w);
    for (size_t r = 0; r < t->rows; r++) {
        const struct bz_key key = bz_key_at(t->seed, chains_of(t, k)->index[r], t->round, 0, BZ_DRAW_SWAP);
        const double log_ratio = low[r] + high[r] - low_up[r] - high_down[r];

        record(t, k, low_up[r] - low[r], high_down[r] - high[r]);
        t->tried[k]++;
        if (!(log_ratio >= 0) && !(bz_log(bz_random_double(&key, 0)) < log_ratio))
            continue;
        t->taken[k]++;
        t->last[k]++;
        swap_rows(t, k, r);
    }
}

void bz_trajectory_run(struct bz_trajectory *t, uint64_t rounds, struct bz_work *w)
{
    for (uint64_t i = 0; i < rounds; i++) {
        t->round++;
        for (size_t k = t->round % 2; k + 1 < t->n; k += 2)
            exchange(t, k, w);
        for (size_t k = 0; k < t->n; k++)
            bz_gibbs(chains_of(t, k), 0, t->rows, 1, w);
        for (size_t r = 0; r < t->rows; r++)
            t->birth[r] = t->round;
    }
}

const struct bz_chains *bz_trajectory_chains(const struct bz_trajectory *t)
{
    return chains_of(t, t->n - 1);
}

struct bz_chains *bz_trajectory_level(const struct bz_trajectory *t, size_t level)
{
    return chains_of(t, level);
}

bool bz_trajectory_is_renewed(const struct bz_trajectory *t, size_t level, size_t row)
{
    return t->birth[level * t->rows + row] != 0;
}

void bz_trajectory_inserted(struct bz_trajectory *t, size_t k)
{
    const size_t rows = t->rows, above = t->n - k;
    const uint64_t spare = t->slot[t->n];

    bz_assert(t->n < t->most && t->ladder->n == t->n && k < t->n);
    memmove(t->slot + k + 1, t->slot + k, above * sizeof(*t->slot));
    t->slot[k] = spare;
    memmove(t->birth + (k + 1) * rows, t->birth + k * rows, above * rows * sizeof(*t->birth));
    struct bz_chains *to = t->chain[spare];
    const struct bz_chains *from = t->chain[t->slot[k + 1]];
    for (size_t l = 0; l < t->m->n_layers; l++)
        memcpy(to->s->x[l], from->s->x[l], rows * t->m->layers[l].size * sizeof(float));
    memcpy(to->step, from->step, rows * sizeof(*to->step));
    t->n++;
    bz_trajectory_reset(t);
}

void bz_trajectory_dropped(struct bz_trajectory *t, size_t k)
{
    const uint64_t gone = t->slot[k];
    const size_t rows = t->rows;

    bz_assert(t->n > 2 && k + 1 < t->n && t->ladder->n == t->n - 2);
    t->n--;
    memmove(t->slot + k, t->slot + k + 1, (t->n - k) * sizeof(*t->slot));
    t->slot[t->n] = gone;
    memmove(t->birth + k * rows, t->birth + (k + 1) * rows, (t->n - k) * rows * sizeof(*t->birth));
    bz_trajectory_reset(t);
}

void bz_trajectory_rates(const struct bz_trajectory *t, double *rates)
{
    for (size_t k = 0; k + 1 < t->n; k++)
        rates[k] = t->tried[k] ? (double)t->taken[k] / (double)t->tried[k] : (double)NAN;
}

void bz_trajectory_count(const struct bz_trajectory *t, uint64_t *tried, uint64_t *taken)
{
    for (size_t k = 0; k + 1 < t->n; k++) {
        tried[k] += t->tried[k];
        taken[k] += t->taken[k];
    }
}

void bz_trajectory_reset(struct bz_trajectory *t)
{
    memset(t->tried, 0, t->most * sizeof(*t->tried));
    memset(t->taken, 0, t->most * sizeof(*t->taken));
    memset(t->kept, 0, t->most * sizeof(*t->kept));
    memset(t->last, 0xff, t->most * sizeof(*t->last));
}

size_t bz_trajectory_last(const struct bz_trajectory *t, size_t k)
{
    return (size_t)t->last[k];
}

double bz_trajectory_old(const struct bz_trajectory *t)
{
    size_t old = 0;

    for (size_t i = 0; i < t->n * t->rows; i++)
        old += t->birth[i] == 0;
    return (double)old / (double)(t->n * t->rows);
}

/* --- log Z --- */

int bz_trajectory_record(struct bz_trajectory *t, size_t room, struct bz_error *err)
{
    size_t cells;

    if (bz_mul(&cells, room, t->most) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "%zu differences of %zu levels", room, t->most);
    t->room = room;
    memset(t->kept, 0, t->most * sizeof(*t->kept));
    return (t->forward = bz_part(t, cells, sizeof(double), err)) && (t->backward = bz_part(t, cells, sizeof(double), err)) ? 0
                                                                                                                           : -1;
}

void bz_trajectory_recorded(const struct bz_trajectory *t, size_t k, const double **forward, const double **backward, size_t *n)
{
    *forward = t->forward + k * t->room;
    *backward = t->backward + k * t->room;
    *n = t->kept[k];
}

static double fermi(double x)
{
    return x > 0 ? bz_exp(-x) / (1 + bz_exp(-x)) : 1 / (1 + bz_exp(x));
}

/* The function whose root is sought: it increases with the ratio c = log Z above less log Z below. */
static double balance(const double *forward, const double *backward, size_t n, double c)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += fermi(-forward[i] - c) - fermi(-backward[i] + c);
    return sum;
}

double bz_bennett(const double *forward, const double *backward, size_t n, double *error)
{
    double low = INFINITY, high = -INFINITY, mean = 0, square = 0;

    for (size_t i = 0; i < n; i++) {
        low = fmin(low, fmin(-forward[i], backward[i]));
        high = fmax(high, fmax(-forward[i], backward[i]));
    }
    low -= 50; /* the answer lies between the extremes; sums of few rows may lie a little outside */
    high += 50;
    for (int step = 0; step < 100 && high - low > 1e-12 * (1 + fabs(low)); step++) {
        const double middle = (low + high) / 2;

        if (balance(forward, backward, n, middle) > 0)
            high = middle;
        else
            low = middle;
    }
    const double c = (low + high) / 2;
    for (size_t i = 0; i < n; i++) {
        const double a = fermi(forward[i] + c), b = fermi(backward[i] - c);

        mean += a + b;
        square += a * a + b * b;
    }
    mean /= 2 * (double)n;
    square /= 2 * (double)n;
    if (error) /* for both sides: variance of the mean over its square */
        *error = sqrt(fmax(0, (square - mean * mean) / fmax(mean * mean, 1e-300)) * 2 / (double)n);
    return c;
}

/* --- the state of a run --- */

int bz_trajectory_parts(struct bz_trajectory *t, int (*visit)(void *arg, const char *name, void *data, size_t bytes), void *arg)
{
    const struct {
        const char *name;
        void *data;
        size_t bytes;
    } own[] = {{"levels", &t->n, sizeof(t->n)},
               {"slots", t->slot, t->most * sizeof(*t->slot)},
               {"births", t->birth, t->most * t->rows * sizeof(*t->birth)},
               {"tried", t->tried, t->most * sizeof(*t->tried)},
               {"taken", t->taken, t->most * sizeof(*t->taken)},
               {"last", t->last, t->most * sizeof(*t->last)},
               {"round", &t->round, sizeof(t->round)},
               {"seed", &t->seed, sizeof(t->seed)}};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof(own) / sizeof(*own); i++)
        rc = visit(arg, own[i].name, own[i].data, own[i].bytes);
    for (size_t k = 0; rc == 0 && k < t->most; k++) {
        rc = visit(arg, "steps", t->chain[k]->step, t->rows * sizeof(*t->chain[k]->step));
        for (size_t l = 0; rc == 0 && l < t->m->n_layers; l++)
            rc = visit(arg, "states", t->chain[k]->s->x[l], t->rows * t->m->layers[l].size * sizeof(float));
    }
    return rc;
}
