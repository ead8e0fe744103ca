#include "clusters.h"

#include "judge.h"
#include "mathx.h"
#include "mem.h"
#include "rng.h"
#include "unit.h"

#include <math.h>
#include <string.h>

enum {
    MOST = 8 /* groups */,
    LOOKED_AT = 2000 /* rows, */,
    VALUES = 250000 /* and values of them, that are bits */,
    ROUNDS = 50,
    TRIES = 5,
    LEAST_ROWS = 10 /* of a group */
};
static const double apart = 3;              /* deviations of each side */
static const double least_deviation = 0.01; /* of the column's */
static const double slack[] = {0, 5, 10, 15, 20, 30, 40, 60, 80, 120, 160, 240, 320};
static const double clearly_better = 1e-3; /* of the share of a code; a smaller slack leaves lower barriers */

/* What a kind of unit makes of a group: the field that gives its units the mean of n rows, and what a field adds to log Z. */
struct family {
    enum bz_unit unit;
    double (*field)(double mean, double n);
    double (*log_z)(double field, double deviation);
    double (*up)(double mean, double n); /* NULL = the values are real */
};

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

static const struct family families[] = {
    {BZ_GAUSSIAN, mean_itself, square, NULL},
    {BZ_BERNOULLI, bit_field, bit_log_z, bit_up},
    {BZ_SPIN, spin_field, spin_log_z, spin_up},
};

static const struct family *family_of(enum bz_unit unit)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
        if (families[i].unit == unit)
            return &families[i];
    return NULL;
}

struct groups {
    size_t n, size, k; /* rows, values of each, groups */
    const struct family *family;
    const float *x;    /* [n][size] */
    double *centre;    /* [MOST][size] */
    double *field;     /* [MOST + 1][size] of each group's units; the last: what all units off may be at besides */
    double *deviation; /* [size] within groups */
    size_t *of;        /* [n] */
    size_t count[MOST];
    double inertia;
};

static double distance(const struct groups *g, const float *x, size_t k)
{
    enum { SUMS = 4 }; /* side by side */
    const double *c = g->centre + k * g->size;
    double sum[SUMS] = {0};
    size_t i = 0;
    for (; i + SUMS <= g->size; i += SUMS)
        for (size_t j = 0; j < SUMS; j++)
            sum[j] += ((double)x[i + j] - c[i + j]) * ((double)x[i + j] - c[i + j]);
    for (; i < g->size; i++)
        sum[0] += ((double)x[i] - c[i]) * ((double)x[i] - c[i]);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
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

/* Columns of two values are nearly constant in groups of rows that agree on nothing else. Groups are apart where rows of one
 * are foreign to the other: by so many nats of sum_x sqrt(p(x) q(x)) of independent units (Bhattacharyya 1943). */
static bool overlap(const struct groups *g, size_t k, size_t j)
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
            if (!(sqrt(length) > apart * (deviation_along(g, k, j) + deviation_along(g, j, k))) || overlap(g, k, j))
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
        if (g->family->unit != BZ_GAUSSIAN) {
            g->deviation[i] = 1;
            continue;
        }
        for (size_t r = 0; r < g->n; r++)
            squares += pow((double)g->x[r * g->size + i] - g->centre[g->of[r] * g->size + i], 2);
        g->deviation[i] = fmax(sqrt(squares / (double)g->n), least_deviation);
    }
}

/* A code: the layer's fields with all units off, and for each group a unit, with the log mass of that state. */
struct code {
    size_t at;    /* group that all units off stand for; k = none: the middle of the groups' fields */
    double slack; /* log mass that the middle has less than a group */
    double share; /* of the mass of all states of the units that represents groups */
};

static void find_fields(struct groups *g)
{
    double *middle = g->field + g->k * g->size;
    memset(middle, 0, g->size * sizeof(double));
    for (size_t k = 0; k < g->k; k++)
        for (size_t i = 0; i < g->size; i++) {
            g->field[k * g->size + i] = g->family->field(g->centre[k * g->size + i], (double)g->count[k]);
            middle[i] += g->field[k * g->size + i] / (double)g->k;
        }
}

/* What the units' fields add to log Z where the hidden units h (a bit each) are on: the fields of all off and what each of them
 * makes of these. */
static double log_z_of(const struct groups *g, size_t at, size_t h)
{
    const double *off = g->field + at * g->size;
    double sum = 0;
    for (size_t i = 0; i < g->size; i++) {
        double field = off[i];
        for (size_t k = 0; k < g->k; k++)
            if (h >> k & 1)
                field += g->field[k * g->size + i] - off[i];
        sum += g->family->log_z(field, g->deviation[i]);
    }
    return sum;
}

/* Log mass of a group's unit alone, against all off. */
static double log_mass(const struct groups *g, const struct code *c, size_t k)
{
    return bz_log((double)g->count[k] / (c->at < g->k ? (double)g->count[c->at] : (double)g->n)) +
           (c->at < g->k ? 0 : c->slack);
}

/* Two units on represent no group. log_z[1 << k]: of each state. */
static void judge_code(const struct groups *g, struct code *c, const double *log_z)
{
    double masses[1 << MOST], wanted = 0, total = 0, largest = 0;
    for (size_t h = 0; h < (size_t)1 << g->k; h++) {
        masses[h] = log_z[h] - log_z[0];
        for (size_t k = 0; k < g->k; k++)
            if (h >> k & 1)
                masses[h] += log_mass(g, c, k) - (log_z[(size_t)1 << k] - log_z[0]);
        if (c->at < g->k && h >> c->at & 1)
            masses[h] = -INFINITY; /* has no unit */
        largest = fmax(largest, masses[h]);
    }
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
    double log_z[1 << MOST];
    for (size_t at = 0; at <= g->k; at++) {
        for (size_t h = 0; h < (size_t)1 << g->k; h++)
            log_z[h] = log_z_of(g, at, h);
        for (size_t t = 0; t < sizeof(slack) / sizeof(*slack) && (at == g->k || t == 0); t++) {
            struct code c = {.at = at, .slack = slack[t]};
            judge_code(g, &c, log_z);
            if (c.share > best.share + clearly_better)
                best = c;
        }
    }
    return best;
}

/* Makes a unit's weights, column `unit` of a coupling, lead from the fields of all off to those of group k. Returns the bias
 * that gives this state its mass. With offsets (o) the visible layer is at b + W(h - o). */
static float lead_to(struct bz_machine *m, size_t coupling, size_t unit, const struct groups *g, const struct code *c, size_t k)
{
    const size_t n = m->layers[m->couplings[coupling].b].size;
    const double *off = g->field + c->at * g->size;
    const float *o = m->layers[0].offset;
    float *w = bz_machine_weight(m, coupling);
    double offset = 0;
    for (size_t i = 0; i < g->size; i++) {
        const double by = g->field[k * g->size + i] - off[i];
        w[i * n + unit] = (float)by;
        offset += by * (o ? (double)o[i] : 0) / (g->deviation[i] * g->deviation[i]);
    }
    return (float)(log_mass(g, c, k) - (log_z_of(g, c->at, (size_t)1 << k) - log_z_of(g, c->at, 0)) + offset);
}

/* Puts the visible layer where the code has it with all units off. Units of the last coupling from `first` on stand for no
 * group: their small weights stay small where narrow units see them. */
static void start_visible(struct bz_machine *m, const struct groups *g, const struct code *c, size_t first)
{
    for (size_t i = 0; i < g->size; i++) {
        double sum = g->field[c->at * g->size + i];
        for (size_t q = 0; q < m->n_couplings; q++) {
            const struct bz_layer *h = &m->layers[m->couplings[q].b];
            float *w = bz_machine_weight(m, q) + i * h->size;
            for (size_t j = q + 1 < m->n_couplings ? h->size : first; j < h->size; j++)
                w[j] *= (float)(g->deviation[i] * g->deviation[i]);
            for (size_t j = 0; h->offset && j < h->size; j++)
                sum += (double)w[j] * (double)h->offset[j];
        }
        bz_machine_bias(m, 0)[i] = (float)sum;
        if (g->family->unit == BZ_GAUSSIAN)
            bz_machine_log_sigma(m, 0)[i] = (float)bz_log(g->deviation[i]);
    }
}

static void write_code(struct bz_machine *m, const struct groups *g, const struct code *c)
{
    size_t unit = 0;
    for (size_t k = 0; k < g->k; k++)
        if (k != c->at) {
            bz_machine_bias(m, 1)[unit] = lead_to(m, 0, unit, g, c, k);
            unit++;
        }
    start_visible(m, g, c, unit);
}

/* The layer's parameters, and what the file says of it, from one machine to the next. */
static void move_layer(struct bz_machine *to, size_t layer, struct bz_machine *from, size_t of)
{
    struct bz_layer *a = &to->layers[layer], *b = &from->layers[of];
    memcpy(bz_machine_bias(to, layer), b->bias, b->size * sizeof(float));
    if (b->offset)
        memcpy(bz_machine_offset(to, layer), b->offset, b->size * sizeof(float));
    bz_machine_copy_widths(to, layer, b);
    memcpy(a->shape, b->shape, sizeof(a->shape));
    a->rank = b->rank;
    a->categories = b->categories;
    a->n_categories = b->n_categories;
    b->categories = NULL;
    b->n_categories = 0;
}

/* A machine of layers visible, groups and hidden in place of one of visible and hidden; `groups` are one softmax group. */
static int add_layer(struct bz_machine **m, size_t k, struct bz_error *err)
{
    struct bz_machine *old = *m, *next;
    const struct bz_layer *v = &old->layers[0], *h = &old->layers[1];
    const struct bz_layer_spec layers[] = {
        {.name = v->name, .role = v->role, .unit = v->unit, .size = v->size, .has_offset = v->offset},
        {.name = "groups", .role = BZ_HIDDEN, .unit = BZ_SOFTMAX, .size = k, .has_offset = h->offset},
        {.name = h->name, .role = h->role, .unit = h->unit, .size = h->size, .has_offset = h->offset},
    };
    const struct bz_coupling_spec couplings[] = {{0, 1}, {0, 2}};
    if (bz_machine_new(&next, old->kind, layers, 3, couplings, 2, err) < 0)
        return -1;
    memcpy(bz_machine_weight(next, 1), old->couplings[0].weight, v->size * h->size * sizeof(float));
    move_layer(next, 2, old, 1);
    move_layer(next, 0, old, 0);
    bz_machine_free(old);
    *m = next;
    return 0;
}

/* No code of units that are on or off has masses for the groups alone: a state of the layer `groups` is each one's own. */
static void write_states(struct bz_machine *m, const struct groups *g)
{
    const struct code c = {.at = g->k};
    for (size_t k = 0; k < g->k; k++) {
        bz_machine_bias(m, 1)[k] = lead_to(m, 0, k, g, &c, k);
        if (m->layers[1].offset)
            bz_machine_offset(m, 1)[k] = (float)((double)g->count[k] / (double)g->n);
    }
    start_visible(m, g, &c, 0);
}

/* Gives the groups units of the machine's, where that can be done, else a layer. */
static int code_groups(struct bz_machine **m, struct groups *g, struct bz_error *err)
{
    const double enough = 0.9;
    find_fields(g);
    const struct code code = best_code(g);
    if (code.share > enough) {
        write_code(*m, g, &code);
        return 0;
    }
    if (add_layer(m, g->k, err) < 0)
        return -1;
    write_states(*m, g);
    return 0;
}

/* Is it one visible layer, coupled to one of hidden bernoulli units? */
static bool is_simple(const struct bz_machine *m)
{
    return m->n_layers == 2 && m->n_couplings == 1 && family_of(m->layers[0].unit) && m->couplings[0].a == 0 &&
           m->couplings[0].b == 1 && m->layers[1].unit == BZ_BERNOULLI;
}

int train_start_clusters(struct bz_machine **m, const struct train_part *part, const size_t *rows, size_t n_rows, uint64_t seed,
                         size_t *found, struct bz_error *err)
{
    struct groups g = {.n = n_rows < LOOKED_AT ? n_rows : LOOKED_AT, .size = part->size};
    float *x = NULL;
    double *best = NULL;
    int rc = -1;
    *found = 0;
    if (!is_simple(*m) || part->missing)
        return 0;
    const size_t units = (*m)->layers[1].size, least = LEAST_ROWS * MOST,
                 room = VALUES / g.size > least ? VALUES / g.size : least;
    g.family = family_of((*m)->layers[0].unit);
    if (g.family->up && g.n > room) /* the search should take no longer than some updates */
        g.n = room;
    if (!(x = bz_alloc(g.n * g.size, sizeof(float), err)) || !(g.centre = bz_alloc(MOST * g.size, sizeof(double), err)) ||
        !(best = bz_alloc(MOST * g.size, sizeof(double), err)) || !(g.deviation = bz_alloc(g.size, sizeof(double), err)) ||
        !(g.field = bz_alloc((MOST + 1) * g.size, sizeof(double), err)) || !(g.of = bz_alloc(g.n, sizeof(size_t), err)))
        goto out;
    for (size_t r = 0; r < g.n; r++)
        train_part_read(part, rows + r * n_rows / g.n, 1, NULL, x + r * g.size, NULL);
    g.x = x;
    find_groups(&g, units < MOST ? units : MOST, seed, best, found);
    if (g.family->up && *found > 2 && !train_judge_sums(*m)) /* annealed runs end in some of such modes only */
        *found = 0;
    rc = *found ? code_groups(m, &g, err) : 0;
out:
    bz_free(x);
    bz_free(g.centre);
    bz_free(best);
    bz_free(g.deviation);
    bz_free(g.field);
    bz_free(g.of);
    return rc;
}
