/* Groups of real values closer together, or less equal, than the nearest centre can tell: as a mixture of normal distributions
 * with shares of their own and common deviations, which is what a machine starts as. */
#include "clusters_private.h"

#include "mathx.h"
#include "mem.h"

#include <math.h>
#include <string.h>

static const double narrowest = 0.01; /* of the column's deviation */

/* Sums over rows, each counted by its probability of being in a group. */
struct sums {
    double *of_group; /* [k] rows */
    double *known;    /* [k][size] rows with a value */
    double *value;    /* [k][size] */
    double *square;   /* [size] of all groups */
    double log_p;
};

static void clear(struct sums *s, const struct train_groups *g)
{
    memset(s->of_group, 0, g->k * sizeof(double));
    memset(s->known, 0, g->k * g->size * sizeof(double));
    memset(s->value, 0, g->k * g->size * sizeof(double));
    memset(s->square, 0, g->size * sizeof(double));
    s->log_p = 0;
}

double train_group_probabilities(const struct train_groups *g, const double *log_share, const float *x, double *p)
{
    double largest = -INFINITY, sum = 0, at;
    for (size_t k = 0; k < g->k; k++) {
        train_nearest_centre(g->centre + k * g->size, g->weight, 1, g->size, g->counted, x, &at);
        p[k] = log_share[k] - at / 2;
        largest = fmax(largest, p[k]);
    }
    for (size_t k = 0; k < g->k; k++)
        sum += p[k] = bz_exp(p[k] - largest);
    for (size_t k = 0; k < g->k; k++)
        p[k] /= sum;
    return largest + bz_log(sum);
}

static void add(struct sums *s, const struct train_groups *g, const double *p, const float *x)
{
    for (size_t k = 0; k < g->k; k++) {
        double *known = s->known + k * g->size, *value = s->value + k * g->size;
        s->of_group[k] += p[k];
        for (size_t i = 0; i < g->counted; i++) {
            if (isnan(x[i]))
                continue;
            known[i] += p[k];
            value[i] += p[k] * (double)x[i];
        }
    }
    for (size_t i = 0; i < g->counted; i++)
        s->square[i] += isnan(x[i]) ? 0 : (double)x[i] * (double)x[i];
}

/* Centres, deviations and weights from sums. */
static void take(const struct sums *s, struct train_groups *g, double *log_share)
{
    for (size_t k = 0; k < g->k; k++)
        log_share[k] = bz_log(fmax(s->of_group[k], 1e-3) / (double)g->n);
    for (size_t i = 0; i < g->counted; i++) {
        double squares = s->square[i], n = 0;
        for (size_t k = 0; k < g->k; k++) {
            const double known = s->known[k * g->size + i], value = s->value[k * g->size + i];
            g->centre[k * g->size + i] = known > 0 ? value / known : g->overall[i];
            squares -= known > 0 ? value * value / known : 0;
            n += known;
        }
        g->deviation[i] = fmax(n > 0 ? sqrt(fmax(0, squares / n)) : 1, fmax(narrowest, g->least[i]));
        g->weight[i] = 1 / (g->deviation[i] * g->deviation[i]);
    }
    memset(g->weight + g->counted, 0, (g->size - g->counted) * sizeof(double));
}

/* Each row is in the group that it most probably is in. */
static void assign(struct train_groups *g, const double *log_share)
{
    memset(g->count, 0, sizeof(g->count));
    for (size_t r = 0; r < g->n; r++) {
        double p[TRAIN_CLUSTERS];
        size_t best = 0;
        train_group_probabilities(g, log_share, g->x + r * g->size, p);
        for (size_t k = 1; k < g->k; k++)
            best = p[k] > p[best] ? k : best;
        g->of[r] = best;
        g->count[best]++;
    }
}

/* Expectation and maximisation (Dempster, Laird and Rubin 1977). */
int train_groups_mix(struct train_groups *g, double *log_share, struct bz_error *err)
{
    enum { ROUNDS = 200, LEAST_ROUNDS = 10 };
    const double work = 5e7, still = 1e-7; /* multiplications; nats of a row */
    const size_t values = g->k * g->size;
    const double afford = work / ((double)g->n * (double)values);
    double *room = bz_alloc(g->k + 2 * values + g->size, sizeof(*room), err);
    struct sums s = {.of_group = room, .known = room + g->k, .value = room + g->k + values, .square = room + g->k + 2 * values};
    double before = -INFINITY;
    if (!room)
        return -1;
    for (size_t round = 0; round <= ROUNDS && (round <= LEAST_ROUNDS || (double)round < afford); round++) {
        clear(&s, g);
        for (size_t r = 0; r < g->n; r++) {
            const float *x = g->x + r * g->size;
            double p[TRAIN_CLUSTERS] = {0};
            if (round == 0)
                p[g->of[r]] = 1;
            else
                s.log_p += train_group_probabilities(g, log_share, x, p);
            add(&s, g, p, x);
        }
        for (size_t i = 0; round > 0 && i < g->counted; i++)
            s.log_p -= (double)g->n * bz_log(g->deviation[i]);
        take(&s, g, log_share);
        if (round > 1 && !(s.log_p > before + still * (double)g->n))
            break;
        before = round > 0 ? s.log_p : before;
    }
    assign(g, log_share);
    bz_free(room);
    return 0;
}

static double width_of(const struct train_groups *g, size_t k, size_t i)
{
    double squares = 0, n = 0;
    for (size_t r = 0; r < g->n; r++) {
        const double off = (double)g->x[r * g->size + i] - g->centre[k * g->size + i];
        const bool counts = g->of[r] == k && !isnan(off);
        squares += counts ? off * off : 0;
        n += counts;
    }
    return sqrt(squares / n);
}

bool train_groups_as_wide(const struct train_groups *g)
{
    const double most = 5;
    for (size_t k = 0; k < g->k; k++)
        for (size_t b = 0; b < g->n_blocks; b++)
            for (size_t i = g->block[b].at; i < g->block[b].at + g->block[b].layer->size; i++) {
                const double width = g->block[b].family->unit == BZ_GAUSSIAN ? width_of(g, k, i) : NAN;
                if (width * most < g->deviation[i] || width > most * g->deviation[i])
                    return false;
            }
    return true;
}

/* The best of a few attempts by nearest centres, whether its groups are apart or not. */
static void begin(struct train_groups *g, uint64_t seed, size_t *of)
{
    double least = INFINITY;
    for (uint64_t attempt = 0; attempt < TRAIN_CLUSTER_TRIES; attempt++) {
        train_groups_settle(g, seed, attempt);
        if (g->inertia < least) {
            least = g->inertia;
            memcpy(of, g->of, g->n * sizeof(*of));
        }
    }
    memcpy(g->of, of, g->n * sizeof(*of));
}

/* More groups than *best; returns whether there are some. of: scratch, [n]. */
static int find_more(struct train_groups *g, size_t most, uint64_t seed, double *weight, size_t *of, double *best_centre,
                     size_t *best, bool *more, struct bz_error *err)
{
    const double apart = 2.25; /* halves of columns with heavy tails are 2.1 apart, where their tails are cut off */
    double *const was = g->weight, *found, log_share[TRAIN_CLUSTERS];
    if (!(found = bz_alloc(g->size, sizeof(*found), err)))
        return -1;
    for (g->k = *best < 2 ? 2 : *best + 1; g->k <= most; g->k++) {
        g->weight = was;
        g->close = false;
        begin(g, seed, of);
        g->weight = weight;
        g->close = true;
        if (train_groups_mix(g, log_share, err) < 0) {
            g->weight = was;
            bz_free(found);
            return -1;
        }
        if (!train_groups_apart(g, apart) || !train_groups_as_wide(g))
            continue;
        *more = true;
        *best = g->k;
        memcpy(best_centre, g->centre, g->k * g->size * sizeof(double));
        memcpy(found, weight, g->size * sizeof(*found));
    }
    memcpy(weight, found, g->size * sizeof(*found));
    g->weight = was;
    g->close = *more;
    bz_free(found);
    return 0;
}

int train_groups_find_close(struct train_groups *g, size_t most, uint64_t seed, double *best_centre, size_t *best, bool *more,
                            struct bz_error *err)
{
    double *weight = bz_alloc(g->size, sizeof(*weight), err);
    size_t *of = weight ? bz_alloc(g->n, sizeof(*of), err) : NULL;
    *more = false;
    if (!of || find_more(g, most < TRAIN_CODED_CLUSTERS ? most : TRAIN_CODED_CLUSTERS, seed, weight, of, best_centre, best,
                         more, err) < 0) {
        bz_free_all(weight, of);
        return -1;
    }
    bz_free(of);
    if (*more) {
        bz_free(g->weight);
        g->weight = bz_take(&weight);
    }
    bz_free(weight);
    return 0;
}

int train_groups_settle_close(struct train_groups *g, struct bz_error *err)
{
    double log_share[TRAIN_CLUSTERS];
    for (size_t r = 0; r < g->n; r++) {
        double at;
        g->of[r] = train_nearest_centre(g->centre, g->weight, g->k, g->size, g->counted, g->x + r * g->size, &at);
    }
    return train_groups_mix(g, log_share, err);
}
