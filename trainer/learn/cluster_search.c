#include "clusters_private.h"

#include "mathx.h"
#include "mem.h"
#include "rng.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = 50, TRIES = TRAIN_CLUSTER_TRIES, LEAST_ROWS = TRAIN_CLUSTER_ROWS, FRESH = 4 /* one row of so many */ };
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

static size_t nearest(const struct train_groups *g, const float *x, size_t k, double *at)
{
    return train_nearest_centre(g->centre, g->weight, k, g->size, g->counted, x, at);
}

/* Centres drawn with probabilities in proportion to squared distances (Arthur & Vassilvitskii 2007). */
void train_groups_seed(struct train_groups *g, uint64_t seed, uint64_t attempt, size_t first)
{
    const struct bz_key key = {.seed = seed, .step = attempt, .chain = (uint32_t)g->k, .purpose = BZ_DRAW_MISC};
    for (size_t k = first; k < g->k; k++) {
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
        for (size_t i = 0; i < g->counted; i++) {
            const double x = g->x[chosen * g->size + i];
            g->centre[k * g->size + i] = isnan(x) ? g->overall[i] : x;
        }
    }
}

void train_groups_centres(struct train_groups *g, size_t first, size_t end)
{
    for (size_t k = 0; k < g->k; k++)
        memset(g->centre + k * g->size + first, 0, (end - first) * sizeof(double));
    for (size_t r = 0; r < g->n; r++)
        for (size_t i = first; i < end; i++)
            g->centre[g->of[r] * g->size + i] += (double)g->x[r * g->size + i] / (double)g->count[g->of[r]];
    for (size_t i = first; g->gaps && i < g->k * g->size; i++) {
        const size_t k = i / g->size, unit = i % g->size;
        double sum = 0, n = 0;
        if (unit < first || unit >= end || !isnan(g->centre[i]))
            continue;
        for (size_t r = 0; r < g->n; r++) {
            const double x = g->x[r * g->size + unit];
            const bool counts = g->of[r] == k && !isnan(x);
            sum += counts ? x : 0;
            n += counts;
        }
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
        train_groups_centres(g, 0, g->counted);
    }
}

void train_groups_settle(struct train_groups *g, uint64_t seed, uint64_t attempt)
{
    train_groups_seed(g, seed, attempt, 0);
    settle(g);
}

/* Deviation of a group's rows along the line from its centre to another's; that of values spread over a step, where all are one
 * whole number. A row with gaps is where the values that it has put it, and counts by how much of the line they see: taken for
 * 0, gaps would make any group narrow. */
static double deviation_along(const struct train_groups *g, size_t k, size_t other)
{
    const double *a = g->centre + k * g->size, *b = g->centre + other * g->size;
    double length = 0, squares = 0, seen = 0, steps = 0;
    for (size_t i = 0; i < g->counted; i++) {
        length += train_group_weight(g, i) * (b[i] - a[i]) * (b[i] - a[i]);
        steps += pow(train_group_weight(g, i) * g->least[i] * (b[i] - a[i]), 2);
    }
    for (size_t r = 0; r < g->n; r++) {
        double along = 0, part = g->gaps ? 0 : length;
        for (size_t i = 0; g->of[r] == k && i < g->counted; i++) {
            if (isnan(g->x[r * g->size + i]))
                continue;
            along += train_group_weight(g, i) * ((double)g->x[r * g->size + i] - a[i]) * (b[i] - a[i]);
            part += g->gaps ? train_group_weight(g, i) * (b[i] - a[i]) * (b[i] - a[i]) : 0;
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
        nats += g->block[b].labels ? 0 : nats_between(g, &g->block[b], k, j);
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

bool train_groups_apart(struct train_groups *g, double least)
{
    for (size_t k = 0; k < g->k; k++)
        if (g->count[k] < LEAST_ROWS)
            return false;
    if (g->discrete)
        find_deviations(g);
    for (size_t k = 0; k < g->k; k++)
        for (size_t j = 0; j < k; j++) {
            double length = 0;
            for (size_t i = 0; i < g->counted; i++)
                length += train_group_weight(g, i) * pow(g->centre[k * g->size + i] - g->centre[j * g->size + i], 2);
            if (!(sqrt(length) > least * (deviation_along(g, k, j) + deviation_along(g, j, k))) || overlap(g, k, j))
                return false;
        }
    return train_groups_true(g);
}

/* By how columns vary within groups: real values by their variance, bits by the largest that they can have. */
static void weigh_by_variance(struct train_groups *g)
{
    for (size_t b = 0; b < g->n_blocks; b++)
        for (size_t i = g->block[b].at; i < g->block[b].at + g->block[b].layer->size; i++)
            g->weight[i] = g->block[b].labels                        ? 0
                           : g->block[b].family->unit == BZ_GAUSSIAN ? 1 / (g->deviation[i] * g->deviation[i])
                                                                     : 4;
}

/* Columns of both kinds also by how they vary within these groups: among all rows a column that tells groups apart is narrow.
 */
static bool are_apart(struct train_groups *g)
{
    double *const was = g->weight;
    if (train_groups_apart(g, g->choices || g->mixed ? categories_apart : apart))
        return true;
    if (!g->mixed || !train_groups_as_wide(g))
        return false;
    g->weight = g->total;
    weigh_by_variance(g);
    const bool yes = train_groups_apart(g, categories_apart);
    g->weight = was;
    return yes;
}

/* --- by division --- */

/* The rows of one group, and how each group would be halved. */
struct room {
    float *x;                    /* [n][size] */
    size_t *of;                  /* [n] */
    double *centre;              /* [2][size] */
    double *halves;              /* [TRAIN_CLUSTERS][2][size] centres */
    double gain[TRAIN_CLUSTERS]; /* of inertia, by halving; 0 = the group is one */
};

static void end_room(struct room *m)
{
    bz_free_all(m->x, m->of, m->centre, m->halves);
}

static int make_room(struct room *m, const struct train_groups *g, struct bz_error *err)
{
    *m = (struct room){.x = bz_alloc(g->n * g->size, sizeof(float), err)};
    if (m->x && (m->of = bz_alloc(g->n, sizeof(size_t), err)) && (m->centre = bz_alloc(2 * g->size, sizeof(double), err)) &&
        (m->halves = bz_alloc(2 * TRAIN_CLUSTERS * g->size, sizeof(double), err)))
        return 0;
    end_room(m);
    return -1;
}

/* Whether halves are further apart than those of a normal distribution (1.3 deviations) or a uniform one (1.7): several groups
 * may be in either, so they need not be apart as groups are. */
static bool are_halves(const struct train_groups *g)
{
    const double least = 1.5;
    double length = 0;
    if (g->count[0] < LEAST_ROWS || g->count[1] < LEAST_ROWS)
        return false;
    for (size_t i = 0; i < g->counted; i++)
        length += train_group_weight(g, i) * pow(g->centre[i] - g->centre[g->size + i], 2);
    return sqrt(length) > least * (deviation_along(g, 0, 1) + deviation_along(g, 1, 0));
}

static void halve(const struct train_groups *g, size_t k, uint64_t seed, struct room *room)
{
    struct train_groups part = *g;
    double whole = 0, least = INFINITY, at;
    part.x = room->x;
    part.of = room->of;
    part.centre = room->centre;
    part.n = 0;
    part.k = 2;
    for (size_t r = 0; r < g->n; r++)
        if (g->of[r] == k) {
            const float *x = g->x + r * g->size;
            train_nearest_centre(g->centre + k * g->size, g->weight, 1, g->size, g->counted, x, &at);
            whole += at;
            memcpy(room->x + part.n++ * g->size, x, g->size * sizeof(*x));
        }
    room->gain[k] = 0;
    for (uint64_t attempt = 0; part.n >= 2 * LEAST_ROWS && attempt < TRIES; attempt++) {
        train_groups_seed(&part, seed, attempt, 0);
        settle(&part);
        if (part.inertia < least && are_halves(&part)) {
            least = part.inertia;
            room->gain[k] = whole - least;
            memcpy(room->halves + 2 * k * g->size, part.centre, 2 * g->size * sizeof(double));
        }
    }
}

static void keep_if_best(struct train_groups *g, double *best_centre, size_t *best)
{
    if (g->k <= *best || !are_apart(g))
        return;
    *best = g->k;
    memcpy(best_centre, g->centre, g->k * g->size * sizeof(double));
}

/* Groups are halved one after the other, that with the largest gain first. Of more than a few groups, centres drawn at once
 * nearly always miss some. */
static void divide(struct train_groups *g, size_t most, uint64_t seed, struct room *room, double *best_centre, size_t *best)
{
    const size_t size = g->size;
    g->k = 1;
    memset(g->of, 0, g->n * sizeof(*g->of));
    g->count[0] = g->n;
    train_groups_centres(g, 0, g->counted);
    halve(g, 0, seed, room);
    while (g->k < most) {
        size_t was[TRAIN_CLUSTERS], which = 0;
        for (size_t k = 1; k < g->k; k++)
            which = room->gain[k] > room->gain[which] ? k : which;
        if (!(room->gain[which] > 0))
            return;
        memcpy(was, g->count, sizeof(was));
        memcpy(g->centre + which * size, room->halves + 2 * which * size, size * sizeof(double));
        memcpy(g->centre + g->k++ * size, room->halves + (2 * which + 1) * size, size * sizeof(double));
        settle(g);
        keep_if_best(g, best_centre, best);
        for (size_t k = 0; k < g->k; k++)
            if (k == which || k + 1 == g->k || g->count[k] != was[k])
                halve(g, k, seed, room);
    }
}

/* --- all ways --- */

/* The largest number of groups that are apart by the weights as they are. */
static void find(struct train_groups *g, size_t most, uint64_t seed, struct room *room, double *best_centre, size_t *best)
{
    *best = 0;
    for (size_t k = 2; k <= most && k <= TRAIN_CODED_CLUSTERS; k++) {
        double least = INFINITY;
        for (uint64_t attempt = 0; attempt < TRIES; attempt++) {
            g->k = k;
            train_groups_seed(g, seed, attempt, 0);
            settle(g);
            if (g->inertia < least && are_apart(g)) {
                least = g->inertia;
                *best = k;
                memcpy(best_centre, g->centre, k * g->size * sizeof(double));
            }
        }
    }
    divide(g, most, seed, room, best_centre, best);
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
            g->weight[i] = g->block[b].labels ? 0 : g->block[b].family->unit == BZ_GAUSSIAN ? real : others;
}

/* Columns of both kinds: where groups differ in one kind only, the others' noise hides them, so each is tried alone too. Once
 * groups are known, so are the scales of their columns. */
static void find_all_ways(struct train_groups *g, size_t most, uint64_t seed, struct room *room, double *best_centre,
                          size_t *best)
{
    enum { MOST_ROUNDS = 3 };
    static const double weights[][2] = {{1, 1}, {1, 0}, {0, 1}};
    size_t way = 0, had = 0;
    if (!g->mixed) {
        if (g->weight)
            weigh(g, 1, 1);
        find(g, most, seed, room, best_centre, best);
        return;
    }
    for (size_t t = 0; t < sizeof(weights) / sizeof(*weights); t++) {
        weigh(g, weights[t][0], weights[t][1]);
        find(g, most, seed, room, best_centre, best);
        way = *best > had ? t : way;
        had = *best > had ? *best : had;
    }
    weigh(g, weights[way][0], weights[way][1]);
    find(g, most, seed, room, best_centre, best);
    for (size_t round = 0; *best && round < MOST_ROUNDS; round++) {
        had = *best;
        weigh_by_variance(g);
        find(g, most, seed, room, best_centre, best);
        if (*best == had)
            return;
        if (*best < had) {
            weigh(g, weights[way][0], weights[way][1]);
            find(g, most, seed, room, best_centre, best);
            return;
        }
    }
}

int train_groups_find(struct train_groups *g, size_t most, uint64_t seed, double *best_centre, size_t *best,
                      struct bz_error *err)
{
    struct room room;
    if (make_room(&room, g, err) < 0)
        return -1;
    g->n_fresh = g->n / FRESH;
    g->n -= g->n_fresh;
    find_all_ways(g, most, seed, &room, best_centre, best);
    end_room(&room);
    bool close = false;
    if (*best)
        memcpy(best_centre, g->centre, *best * g->size * sizeof(double));
    const int rc = g->discrete ? 0 : train_groups_find_close(g, most, seed, best_centre, best, &close, err);
    g->n += g->n_fresh;
    if (rc < 0 || !*best)
        return rc;
    g->k = *best;
    memcpy(g->centre, best_centre, g->k * g->size * sizeof(double));
    if (close && train_groups_settle_close(g, err) < 0)
        return -1;
    for (size_t k = 0; close && k < g->k; k++)
        if (g->count[k] < LEAST_ROWS) { /* not so many of all rows are left of it */
            *best = 0;
            return 0;
        }
    if (!close)
        settle(g);
    find_deviations(g);
    train_groups_centres(g, g->counted, g->size);
    return 0;
}
