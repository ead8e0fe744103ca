#include "clusters_private.h"

#include "mathx.h"
#include "rng.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = 50, TRIES = 5, LEAST_ROWS = TRAIN_CLUSTER_ROWS };
static const double apart = 3;              /* standard deviations of either group */
static const double least_deviation = 0.01; /* of the column's deviation */

static double mean_itself(double mean, double n)
{
    (void)n;
    return mean;
}

static double square(double field, double deviation)
{
    return field * field / (2 * deviation * deviation);
}

static double bit_up(double mean, double n)
{
    return (mean * n + 0.5) / (n + 1);
}

static double bit_field(double mean, double n)
{
    const double p = bit_up(mean, n);
    return bz_log(p / (1 - p));
}

static double bit_log_z(double field, double deviation)
{
    (void)deviation;
    return fmax(field, 0) + bz_log(1 + bz_exp(-fabs(field)));
}

static double spin_up(double mean, double n)
{
    return bit_up((1 + mean) / 2, n);
}

static double spin_field(double mean, double n)
{
    return bit_field((1 + mean) / 2, n) / 2;
}

static double spin_log_z(double field, double deviation)
{
    return bit_log_z(2 * field, deviation) - field;
}

static const struct train_cluster_family families[] = {
    {BZ_GAUSSIAN, mean_itself, square, NULL},
    {BZ_BERNOULLI, bit_field, bit_log_z, bit_up},
    {BZ_SPIN, spin_field, spin_log_z, spin_up},
};

const struct train_cluster_family *train_cluster_family_of(enum bz_unit unit)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
        if (families[i].unit == unit)
            return &families[i];
    return NULL;
}

static double distance(const double *c, size_t size, const float *x)
{
    enum { SUMS = 4 }; /* side by side */
    double sum[SUMS] = {0};
    size_t i = 0;
    for (; i + SUMS <= size; i += SUMS)
        for (size_t j = 0; j < SUMS; j++)
            sum[j] += ((double)x[i + j] - c[i + j]) * ((double)x[i + j] - c[i + j]);
    for (; i < size; i++)
        sum[0] += ((double)x[i] - c[i]) * ((double)x[i] - c[i]);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

size_t train_nearest_centre(const double *centre, size_t k, size_t size, const float *x, double *at)
{
    size_t best = 0;
    *at = INFINITY;
    for (size_t j = 0; j < k; j++) {
        const double d = distance(centre + j * size, size, x);
        if (d < *at) {
            *at = d;
            best = j;
        }
    }
    return best;
}

static size_t nearest(const struct train_groups *g, const float *x, size_t k, double *at)
{
    return train_nearest_centre(g->centre, k, g->size, x, at);
}

/* Centres drawn with probabilities in proportion to squared distances (Arthur & Vassilvitskii 2007). */
static void seed_centres(struct train_groups *g, uint64_t seed, uint64_t attempt)
{
    const struct bz_key key = {.seed = seed, .step = attempt, .chain = (uint32_t)g->k, .purpose = BZ_DRAW_MISC};
    for (size_t k = 0; k < g->k; k++) {
        double total = 0, at = 0;
        for (size_t r = 0; k > 0 && r < g->n; r++) {
            nearest(g, g->x + r * g->size, k, &at);
            total += at;
        }
        const double point = bz_random_double(&key, (uint32_t)k);
        size_t chosen = (size_t)(point * (double)g->n);
        double left = point * total;
        for (size_t r = 0; k > 0 && r < g->n; r++) {
            nearest(g, g->x + r * g->size, k, &at);
            left -= at;
            chosen = r;
            if (left <= 0)
                break;
        }
        for (size_t i = 0; i < g->size; i++)
            g->centre[k * g->size + i] = g->x[chosen * g->size + i];
    }
}

/* Lloyd's rounds. */
static void settle(struct train_groups *g)
{
    for (size_t round = 0; round < ROUNDS; round++) {
        double at;
        bool moved = round == 0;
        g->inertia = 0;
        memset(g->count, 0, sizeof(g->count));
        for (size_t r = 0; r < g->n; r++) {
            const size_t k = nearest(g, g->x + r * g->size, g->k, &at);
            moved = moved || k != g->of[r];
            g->of[r] = k;
            g->count[k]++;
            g->inertia += at;
        }
        if (!moved)
            return;
        memset(g->centre, 0, g->k * g->size * sizeof(double));
        for (size_t r = 0; r < g->n; r++)
            for (size_t i = 0; i < g->size; i++)
                g->centre[g->of[r] * g->size + i] += (double)g->x[r * g->size + i] / (double)g->count[g->of[r]];
    }
}

/* Deviation of a group's rows along the line from its centre to another's. */
static double deviation_along(const struct train_groups *g, size_t k, size_t other)
{
    const double *a = g->centre + k * g->size, *b = g->centre + other * g->size;
    double length = 0, squares = 0;
    for (size_t i = 0; i < g->size; i++)
        length += (b[i] - a[i]) * (b[i] - a[i]);
    for (size_t r = 0; r < g->n; r++) {
        double along = 0;
        for (size_t i = 0; g->of[r] == k && i < g->size; i++)
            along += ((double)g->x[r * g->size + i] - a[i]) * (b[i] - a[i]);
        squares += along * along / length;
    }
    return sqrt(squares / (double)g->count[k]);
}

/* Columns of two values are nearly constant in groups of rows that agree on nothing else. Groups are apart if rows of one are
 * foreign to the other: by this many nats of -log sum_x sqrt(p(x) q(x)) for independent units (Bhattacharyya 1943). */
static bool overlap(const struct train_groups *g, size_t k, size_t j)
{
    const double least = 10;
    double nats = 0;
    for (size_t i = 0; g->family->up && i < g->size; i++) {
        const double p = g->family->up(g->centre[k * g->size + i], (double)g->count[k]),
                     q = g->family->up(g->centre[j * g->size + i], (double)g->count[j]);
        nats -= bz_log(sqrt(p * q) + sqrt((1 - p) * (1 - q)));
    }
    return g->family->up && nats < least;
}

static bool are_apart(const struct train_groups *g)
{
    for (size_t k = 0; k < g->k; k++)
        if (g->count[k] < LEAST_ROWS)
            return false;
    for (size_t k = 0; k < g->k; k++)
        for (size_t j = 0; j < k; j++) {
            double length = 0;
            for (size_t i = 0; i < g->size; i++)
                length += pow(g->centre[k * g->size + i] - g->centre[j * g->size + i], 2);
            if (!(sqrt(length) > apart * (deviation_along(g, k, j) + deviation_along(g, j, k))) || overlap(g, k, j))
                return false;
        }
    return true;
}

/* Finds the largest number of groups that are apart, with their centres; 0 = the rows are one group. */
void train_groups_find(struct train_groups *g, size_t most, uint64_t seed, double *best_centre, size_t *best)
{
    *best = 0;
    for (size_t k = 2; k <= most; k++) {
        double least = INFINITY;
        for (uint64_t attempt = 0; attempt < TRIES; attempt++) {
            g->k = k;
            seed_centres(g, seed, attempt);
            settle(g);
            if (g->inertia < least && are_apart(g)) {
                least = g->inertia;
                *best = k;
                memcpy(best_centre, g->centre, k * g->size * sizeof(double));
            }
        }
    }
    if (*best == 0)
        return;
    g->k = *best;
    memcpy(g->centre, best_centre, g->k * g->size * sizeof(double));
    settle(g);
    for (size_t i = 0; i < g->size; i++) {
        double squares = 0;
        if (g->family->unit != BZ_GAUSSIAN) {
            g->deviation[i] = 1;
            continue;
        }
        for (size_t r = 0; r < g->n; r++)
            squares += pow((double)g->x[r * g->size + i] - g->centre[g->of[r] * g->size + i], 2);
        g->deviation[i] = fmax(sqrt(squares / (double)g->n), least_deviation);
    }
}
