#include "clusters_private.h"

#include "mathx.h"
#include "rng.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = 50, TRIES = 5, LEAST_ROWS = TRAIN_CLUSTER_ROWS };
/* Standard deviations of either group. Columns of categories depend on each other in many ways: attributes that go together
 * make groups less far apart than this, which chains cross, and whose masses are harder to judge than the machine's. */
static const double apart = 3, categories_apart = 5;
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

static const struct train_cluster_family choices = {.unit = BZ_N_UNITS};

const struct train_cluster_family *train_cluster_family_of(enum bz_unit unit)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
        if (families[i].unit == unit)
            return &families[i];
    const struct bz_unit_type *type = bz_unit_type(unit);
    return (type->grouped || type->exclusive) && !type->counted ? &choices : NULL;
}

/* Missing values are as far from all centres. */
static double distance_of_known(const double *c, const double *weight, size_t size, const float *x, const uint8_t *known)
{
    double sum = 0;
    for (size_t i = 0; i < size; i++)
        if (known ? known[i] : !isnan(x[i]))
            sum += (weight ? weight[i] : 1) * ((double)x[i] - c[i]) * ((double)x[i] - c[i]);
    return sum;
}

static double distance(const double *c, const double *weight, size_t size, const float *x)
{
    enum { SUMS = 4 }; /* side by side */
    double sum[SUMS] = {0};
    size_t i = 0;
    if (weight)
        return distance_of_known(c, weight, size, x, NULL);
    for (; i + SUMS <= size; i += SUMS)
        for (size_t j = 0; j < SUMS; j++)
            sum[j] += ((double)x[i + j] - c[i + j]) * ((double)x[i + j] - c[i + j]);
    for (; i < size; i++)
        sum[0] += ((double)x[i] - c[i]) * ((double)x[i] - c[i]);
    const double all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    return isnan(all) ? distance_of_known(c, NULL, size, x, NULL) : all;
}

static size_t cluster_of(const struct train_clusters *c, const struct bz_state *s, size_t row, bool only_known)
{
    size_t best = 0;
    double least = INFINITY;
    for (size_t k = 0; k < c->n; k++) {
        double d = 0;
        size_t at = 0;
        for (size_t l = 0; l < s->m->n_layers; l++) {
            const size_t size = s->m->layers[l].size;
            const double *centre = c->centre + k * c->size + at, *weight = c->weight ? c->weight + at : NULL;
            if (!bz_is_visible(&s->m->layers[l]))
                continue;
            d += only_known && s->known[l]
                     ? distance_of_known(centre, weight, size, s->x[l] + row * size, s->known[l] + row * size)
                     : distance(centre, weight, size, s->x[l] + row * size);
            at += size;
        }
        if (d < least) {
            least = d;
            best = k;
        }
    }
    return best;
}

size_t train_cluster_at(const struct train_clusters *c, const struct bz_state *s, size_t row)
{
    return cluster_of(c, s, row, false);
}

size_t train_cluster_of_known(const struct train_clusters *c, const struct bz_state *s, size_t row)
{
    return cluster_of(c, s, row, true);
}

size_t train_nearest_centre(const double *centre, const double *weight, size_t k, size_t size, const float *x, double *at)
{
    size_t best = 0;
    *at = INFINITY;
    for (size_t j = 0; j < k; j++) {
        const double d = distance(centre + j * size, weight, size, x);
        if (d < *at) {
            *at = d;
            best = j;
        }
    }
    return best;
}

static size_t nearest(const struct train_groups *g, const float *x, size_t k, double *at)
{
    return train_nearest_centre(g->centre, g->weight, k, g->size, x, at);
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
        for (size_t i = 0; i < g->size; i++) {
            const double x = g->x[chosen * g->size + i];
            g->centre[k * g->size + i] = isnan(x) ? g->overall[i] : x;
        }
    }
}

/* The means of groups, whose number of rows is known. */
static void find_centres(struct train_groups *g)
{
    memset(g->centre, 0, g->k * g->size * sizeof(double));
    for (size_t r = 0; r < g->n; r++)
        for (size_t i = 0; i < g->size; i++)
            g->centre[g->of[r] * g->size + i] += (double)g->x[r * g->size + i] / (double)g->count[g->of[r]];
    for (size_t i = 0; g->gaps && i < g->k * g->size; i++) {
        const size_t k = i / g->size, unit = i % g->size;
        double sum = 0, n = 0;
        for (size_t r = 0; isnan(g->centre[i]) && r < g->n; r++) {
            const double x = g->x[r * g->size + unit];
            const bool counts = g->of[r] == k && !isnan(x);
            sum += counts ? x : 0;
            n += counts;
        }
        if (isnan(g->centre[i]))
            g->centre[i] = n > 0 ? sum / n : g->overall[unit];
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
        find_centres(g);
    }
}

static double weight_of(const struct train_groups *g, size_t i)
{
    return g->weight ? g->weight[i] : 1;
}

/* Deviation of a group's rows along the line from its centre to another's; that of values spread over a step, where all are one
 * whole number. A row with gaps is where the values that it has put it, and counts by how much of the line they see: taken for
 * 0, gaps would make any group narrow. */
static double deviation_along(const struct train_groups *g, size_t k, size_t other)
{
    const double *a = g->centre + k * g->size, *b = g->centre + other * g->size;
    double length = 0, squares = 0, seen = 0, steps = 0;
    for (size_t i = 0; i < g->size; i++) {
        length += weight_of(g, i) * (b[i] - a[i]) * (b[i] - a[i]);
        steps += pow(weight_of(g, i) * g->least[i] * (b[i] - a[i]), 2);
    }
    for (size_t r = 0; r < g->n; r++) {
        double along = 0, part = g->gaps ? 0 : length;
        for (size_t i = 0; g->of[r] == k && i < g->size; i++) {
            if (isnan(g->x[r * g->size + i]))
                continue;
            along += weight_of(g, i) * ((double)g->x[r * g->size + i] - a[i]) * (b[i] - a[i]);
            part += g->gaps ? weight_of(g, i) * (b[i] - a[i]) * (b[i] - a[i]) : 0;
        }
        squares += g->gaps && !(part > 0) ? 0 : along * along / part;
        seen += g->gaps ? part / length : 0;
    }
    const double variance = squares / (g->gaps ? seen : (double)g->count[k]), least = steps / length;
    return sqrt(variance < least ? least : variance); /* NaN, of groups that see nothing of the line, stays */
}

/* Nats between independent units of two groups in a block: -log sum_x sqrt(p(x) q(x)) (Bhattacharyya 1943), as far as rows
 * have values there. */
static double nats_between(const struct train_groups *g, const struct train_cluster_block *b, size_t k, size_t j)
{
    const double *a = g->centre + k * g->size + b->at, *c = g->centre + j * g->size + b->at;
    const double n = (double)g->count[k], m = (double)g->count[j], *known = g->known + b->at;
    double nats = 0;
    if (!b->family->field)
        return train_choices_apart(b->layer, known, a, n, c, m);
    for (size_t i = 0; i < b->layer->size; i++) {
        if (b->family->up) {
            const double p = b->family->up(a[i], known[i] * n), q = b->family->up(c[i], known[i] * m);
            nats -= known[i] * bz_log(sqrt(p * q) + sqrt((1 - p) * (1 - q)));
        } else {
            nats += known[i] * pow((a[i] - c[i]) / g->deviation[b->at + i], 2) / 8;
        }
    }
    return nats;
}

/* Columns of few values are nearly constant in groups of rows that agree on nothing else. Groups are apart if rows of one are
 * foreign to the other. */
static bool overlap(const struct train_groups *g, size_t k, size_t j)
{
    const double least = 10;
    double nats = 0;
    for (size_t b = 0; g->discrete && b < g->n_blocks; b++)
        nats += nats_between(g, &g->block[b], k, j);
    return g->discrete && nats < least;
}

/* Within groups, of real values. */
static void find_deviations(struct train_groups *g)
{
    for (size_t b = 0; b < g->n_blocks; b++)
        for (size_t i = g->block[b].at; i < g->block[b].at + g->block[b].layer->size; i++) {
            double squares = 0, n = 0;
            if (g->block[b].family->unit != BZ_GAUSSIAN) {
                g->deviation[i] = 1;
                continue;
            }
            for (size_t r = 0; r < g->n; r++) {
                const double off = (double)g->x[r * g->size + i] - g->centre[g->of[r] * g->size + i];
                squares += isnan(off) ? 0 : off * off;
                n += !isnan(off);
            }
            g->deviation[i] = fmax(n > 0 ? sqrt(squares / n) : 1, fmax(least_deviation, g->least[i]));
        }
}

static bool are_apart(struct train_groups *g)
{
    for (size_t k = 0; k < g->k; k++)
        if (g->count[k] < LEAST_ROWS)
            return false;
    const double least = g->choices || g->weight ? categories_apart : apart;
    if (g->discrete)
        find_deviations(g);
    for (size_t k = 0; k < g->k; k++)
        for (size_t j = 0; j < k; j++) {
            double length = 0;
            for (size_t i = 0; i < g->size; i++)
                length += weight_of(g, i) * pow(g->centre[k * g->size + i] - g->centre[j * g->size + i], 2);
            if (!(sqrt(length) > least * (deviation_along(g, k, j) + deviation_along(g, j, k))) || overlap(g, k, j))
                return false;
        }
    return true;
}

/* The largest number of groups that are apart by the weights as they are. */
static void find(struct train_groups *g, size_t most, uint64_t seed, double *best_centre, size_t *best)
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
    find_deviations(g);
}

/* Weights by type: of real values, and of others. */
static void weigh(struct train_groups *g, double real, double others)
{
    for (size_t b = 0; b < g->n_blocks; b++)
        for (size_t i = g->block[b].at; i < g->block[b].at + g->block[b].layer->size; i++)
            g->weight[i] = g->block[b].family->unit == BZ_GAUSSIAN ? real : others;
}

/* By how columns vary within groups: real values by their variance, bits by the largest that they can have. */
static void weigh_by_variance(struct train_groups *g)
{
    for (size_t b = 0; b < g->n_blocks; b++)
        for (size_t i = g->block[b].at; i < g->block[b].at + g->block[b].layer->size; i++)
            g->weight[i] = g->block[b].family->unit == BZ_GAUSSIAN ? 1 / (g->deviation[i] * g->deviation[i]) : 4;
}

/* Columns of both kinds: where groups differ in one kind only, the others' noise hides them, so each is tried alone too. Once
 * groups are known, so are the scales of their columns. */
void train_groups_find(struct train_groups *g, size_t most, uint64_t seed, double *best_centre, size_t *best)
{
    enum { MOST_ROUNDS = 3 };
    static const double weights[][2] = {{1, 1}, {1, 0}, {0, 1}};
    size_t way = 0, had = 0;
    if (!g->weight) {
        find(g, most, seed, best_centre, best);
        return;
    }
    for (size_t t = 0; t < sizeof(weights) / sizeof(*weights); t++) {
        weigh(g, weights[t][0], weights[t][1]);
        find(g, most, seed, best_centre, best);
        way = *best > had ? t : way;
        had = *best > had ? *best : had;
    }
    weigh(g, weights[way][0], weights[way][1]);
    find(g, most, seed, best_centre, best);
    for (size_t round = 0; *best && round < MOST_ROUNDS; round++) {
        had = *best;
        weigh_by_variance(g);
        find(g, most, seed, best_centre, best);
        if (*best == had)
            return;
        if (*best < had) {
            weigh(g, weights[way][0], weights[way][1]);
            find(g, most, seed, best_centre, best);
            return;
        }
    }
}
