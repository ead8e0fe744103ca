#include "clusters.h"

#include "mathx.h"
#include "mem.h"
#include "rng.h"

#include <math.h>
#include <string.h>

enum { MOST = 8 /* groups */, LOOKED_AT = 2000 /* rows */, ROUNDS = 50, TRIES = 5, LEAST_ROWS = 10 /* of a group */ };
static const double apart = 3;                /* deviations of each side */
static const double least_deviation = 0.0821; /* as learning has it: exp(-2.5) of the column's */
static const double slack[] = {0, 5, 10, 15, 20, 30, 40, 60, 80, 120};

struct groups {
    size_t n, size, k; /* rows, values of each, groups */
    const float *x;    /* [n][size] */
    double *centre;    /* [MOST][size] */
    double *deviation; /* [size] within groups */
    size_t *of;        /* [n] */
    size_t count[MOST];
    double inertia;
};

static double distance(const struct groups *g, const float *x, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < g->size; i++)
        sum += ((double)x[i] - g->centre[k * g->size + i]) * ((double)x[i] - g->centre[k * g->size + i]);
    return sum;
}

static size_t nearest(const struct groups *g, const float *x, size_t k, double *at)
{
    size_t best = 0;
    *at = INFINITY;
    for (size_t j = 0; j < k; j++) {
        const double d = distance(g, x, j);
        if (d < *at) {
            *at = d;
            best = j;
        }
    }
    return best;
}

/* Centres drawn with probabilities in proportion to squared distances (Arthur & Vassilvitskii 2007). */
static void seed_centres(struct groups *g, uint64_t seed, uint64_t attempt)
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
static void settle(struct groups *g)
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
static double deviation_along(const struct groups *g, size_t k, size_t other)
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

static bool are_apart(const struct groups *g)
{
    for (size_t k = 0; k < g->k; k++)
        if (g->count[k] < LEAST_ROWS)
            return false;
    for (size_t k = 0; k < g->k; k++)
        for (size_t j = 0; j < k; j++) {
            double length = 0;
            for (size_t i = 0; i < g->size; i++)
                length += pow(g->centre[k * g->size + i] - g->centre[j * g->size + i], 2);
            if (!(sqrt(length) > apart * (deviation_along(g, k, j) + deviation_along(g, j, k))))
                return false;
        }
    return true;
}

/* The largest number of groups that are apart, with their centres; 0 = the rows are one group. */
static void find_groups(struct groups *g, size_t most, uint64_t seed, double *best_centre, size_t *best)
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
        for (size_t r = 0; r < g->n; r++)
            squares += pow((double)g->x[r * g->size + i] - g->centre[g->of[r] * g->size + i], 2);
        g->deviation[i] = fmax(sqrt(squares / (double)g->n), least_deviation);
    }
}

/* A code: what the layer is at with all units off, and for each group its unit (SIZE_MAX: all off), with the log mass of that
 * state less the log share of the group. */
struct code {
    size_t at;    /* group that all units off stand for; k = none: the middle of the centres */
    double slack; /* log mass that the middle has less than a group */
    double share; /* of the mass of all states of the units that represents groups */
};

static double middle(const struct groups *g, size_t i)
{
    double sum = 0;
    for (size_t k = 0; k < g->k; k++)
        sum += g->centre[k * g->size + i] / (double)g->k;
    return sum;
}

static double start_of(const struct groups *g, const struct code *c, size_t i)
{
    return c->at < g->k ? g->centre[c->at * g->size + i] : middle(g, i);
}

/* (w_a . w_b)/s^2 of the weights of two groups' units. */
static double product(const struct groups *g, const struct code *c, size_t a, size_t b)
{
    double sum = 0;
    for (size_t i = 0; i < g->size; i++)
        sum += (g->centre[a * g->size + i] - start_of(g, c, i)) * (g->centre[b * g->size + i] - start_of(g, c, i)) /
               (g->deviation[i] * g->deviation[i]);
    return sum;
}

/* Log mass of a group's unit alone, against all off. */
static double log_mass(const struct groups *g, const struct code *c, size_t k)
{
    return bz_log((double)g->count[k] / (c->at < g->k ? (double)g->count[c->at] : (double)g->n)) +
           (c->at < g->k ? 0 : c->slack);
}

/* Two units on are at the sum of their weights, which represents no group. */
static void judge_code(const struct groups *g, struct code *c)
{
    double masses[1 << MOST], wanted = 0, total, largest = 0;
    for (size_t h = 0; h < (size_t)1 << g->k; h++) {
        masses[h] = 0;
        for (size_t a = 0; a < g->k; a++)
            for (size_t b = 0; b <= a; b++)
                if (h >> a & 1 && h >> b & 1)
                    masses[h] += a == b ? log_mass(g, c, a) : product(g, c, a, b);
        if (c->at < g->k && h >> c->at & 1)
            masses[h] = -INFINITY; /* has no unit */
        largest = fmax(largest, masses[h]);
    }
    total = 0;
    for (size_t h = 0; h < (size_t)1 << g->k; h++) {
        const double mass = bz_exp(masses[h] - largest);
        total += mass;
        if (h == 0 ? c->at < g->k : (h & (h - 1)) == 0)
            wanted += mass;
    }
    c->share = wanted / total;
}

static struct code best_code(const struct groups *g)
{
    struct code best = {.share = -1};
    for (size_t at = 0; at <= g->k; at++)
        for (size_t t = 0; t < sizeof(slack) / sizeof(*slack) && (at == g->k || t == 0); t++) {
            struct code c = {.at = at, .slack = slack[t]};
            judge_code(g, &c);
            if (c.share > best.share)
                best = c;
        }
    return best;
}

/* Writes the code into the machine: unit j's weights lead from the start to its group's centre, and its bias makes the mass of
 * that state what it is to be. With offsets (o) the layer is at b + W(h - o). */
static void write_code(struct bz_machine *m, size_t layer, size_t coupling, const struct groups *g, const struct code *c)
{
    const size_t hidden = m->couplings[coupling].b, n_h = m->layers[hidden].size;
    float *w = bz_machine_weight(m, coupling), *b = bz_machine_bias(m, layer), *s = bz_machine_log_sigma(m, layer);
    const float *o_v = m->layers[layer].offset, *o_h = m->layers[hidden].offset;
    size_t unit = 0;
    for (size_t i = 0; i < g->size; i++)
        s[i] = (float)bz_log(g->deviation[i]);
    for (size_t k = 0; k < g->k; k++) {
        double own = 0, offset = 0;
        if (k == c->at)
            continue;
        for (size_t i = 0; i < g->size; i++) {
            const double from = start_of(g, c, i), to = g->centre[k * g->size + i], v = g->deviation[i] * g->deviation[i];
            w[i * n_h + unit] = (float)(to - from);
            own += (to * to - from * from) / (2 * v);
            offset += (to - from) * (o_v ? (double)o_v[i] : 0) / v;
        }
        bz_machine_bias(m, hidden)[unit++] = (float)(log_mass(g, c, k) - own + offset);
    }
    for (size_t i = 0; i < g->size; i++) {
        double sum = start_of(g, c, i);
        for (size_t j = unit; j < n_h; j++) /* small weights of the other units stay small where narrow units see them */
            w[i * n_h + j] *= (float)(g->deviation[i] * g->deviation[i]);
        for (size_t j = 0; o_h && j < n_h; j++)
            sum += (double)w[i * n_h + j] * (double)o_h[j];
        b[i] = (float)sum;
    }
}

/* The coupling of the one gaussian visible layer to the one hidden layer; SIZE_MAX where the machine is another. */
static size_t coupling_of(const struct bz_machine *m, size_t layer)
{
    if (m->n_layers != 2 || m->n_couplings != 1 || m->layers[layer].unit != BZ_GAUSSIAN || m->couplings[0].a != layer ||
        m->couplings[0].b == layer || m->layers[m->couplings[0].b].unit != BZ_BERNOULLI)
        return SIZE_MAX;
    return 0;
}

int train_start_clusters(struct bz_machine *m, const struct train_part *part, size_t layer, const size_t *rows, size_t n_rows,
                         uint64_t seed, size_t *found, struct bz_error *err)
{
    const size_t coupling = coupling_of(m, layer);
    struct groups g = {.n = n_rows < LOOKED_AT ? n_rows : LOOKED_AT, .size = part->size};
    float *x = NULL;
    double *best = NULL;
    int rc = -1;
    *found = 0;
    if (coupling == SIZE_MAX || part->missing)
        return 0;
    const size_t units = m->layers[m->couplings[coupling].b].size;
    size_t groups = 0;
    if (!(x = bz_alloc(g.n * g.size, sizeof(float), err)) || !(g.centre = bz_alloc(MOST * g.size, sizeof(double), err)) ||
        !(best = bz_alloc(MOST * g.size, sizeof(double), err)) || !(g.deviation = bz_alloc(g.size, sizeof(double), err)) ||
        !(g.of = bz_alloc(g.n, sizeof(size_t), err)))
        goto out;
    for (size_t r = 0; r < g.n; r++)
        train_part_read(part, layer, rows + r * n_rows / g.n, 1, TRAIN_BINARIZE_NONE, 0, 0, x + r * g.size, NULL);
    g.x = x;
    find_groups(&g, units < MOST ? units : MOST, seed, best, &groups);
    if (groups > 0) {
        const struct code code = best_code(&g);
        if (code.share > 0.5) {
            write_code(m, layer, coupling, &g, &code);
            *found = g.k;
        }
    }
    rc = 0;
out:
    bz_free(x);
    bz_free(g.centre);
    bz_free(best);
    bz_free(g.deviation);
    bz_free(g.of);
    return rc;
}
