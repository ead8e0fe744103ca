#include "clusters.h"

#include "clusters_private.h"
#include "mathx.h"
#include "mem.h"

#include <math.h>
#include <string.h>

enum {
    MOST = TRAIN_CLUSTERS,
    LOOKED_AT = 2000 /* rows, */,
    VALUES = 250000 /* and values of them, that are bits */
};
static const double slack[] = {0, 5, 10, 15, 20, 30, 40, 60, 80, 120, 160, 240, 320};
static const double clearly_better = 1e-3; /* fraction of the share of a code; a smaller slack leaves lower barriers */

/* A code: the layer's fields with all units off, and for each group a unit, with the log mass of that state. */
struct code {
    size_t at;    /* group represented by all units off; k = none: the middle of the groups' fields */
    double slack; /* log mass of a group over that of the middle */
    double share; /* fraction of the mass of all states of the units that represents groups */
};

static void find_fields(struct train_groups *g)
{
    double *middle = g->field + g->k * g->size;
    memset(middle, 0, g->size * sizeof(double));
    for (size_t k = 0; k < g->k; k++)
        for (size_t i = 0; i < g->size; i++) {
            g->field[k * g->size + i] = g->family->field(g->centre[k * g->size + i], (double)g->count[k]);
            middle[i] += g->field[k * g->size + i] / (double)g->k;
        }
}

/* The visible layer's part of log Z with the hidden units h (a bit each) on: at the fields of all off plus the contribution of
 * each of them. */
static double log_z_of(const struct train_groups *g, size_t at, size_t h)
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

/* Log mass of a group's unit alone, relative to all off. */
static double log_mass(const struct train_groups *g, const struct code *c, size_t k)
{
    return bz_log((double)g->count[k] / (c->at < g->k ? (double)g->count[c->at] : (double)g->n)) +
           (c->at < g->k ? 0 : c->slack);
}

/* Two units on represent no group. log_z[1 << k]: for each state. */
static void judge_code(const struct train_groups *g, struct code *c, const double *log_z)
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

static struct code best_code(const struct train_groups *g)
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
static float lead_to(struct bz_machine *m, size_t coupling, size_t unit, const struct train_groups *g, const struct code *c,
                     size_t k)
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

/* Sets the visible layer as the code has it with all units off. Units of the last coupling from `first` on represent no group:
 * their small weights stay small where narrow units see them. */
static void start_visible(struct bz_machine *m, const struct train_groups *g, const struct code *c, size_t first)
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

/* unit[k] of each group. */
static void write_code(struct bz_machine *m, const struct train_groups *g, const struct code *c, long *of)
{
    size_t unit = 0;
    for (size_t k = 0; k < g->k; k++) {
        of[k] = k == c->at ? -1 : (long)unit;
        if (k != c->at) {
            bz_machine_bias(m, 1)[unit] = lead_to(m, 0, unit, g, c, k);
            unit++;
        }
    }
    start_visible(m, g, c, unit);
}

/* Copies the layer's parameters and its metadata from one machine to the next. */
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
int train_clusters_layer(struct bz_machine **m, size_t k, struct bz_error *err)
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

/* No code of on/off units gives mass to the groups alone, so each gets a state of the layer `groups`. */
static void write_states(struct bz_machine *m, const struct train_groups *g, long *of)
{
    const struct code c = {.at = g->k};
    for (size_t k = 0; k < g->k; k++) {
        of[k] = (long)k;
        bz_machine_bias(m, 1)[k] = lead_to(m, 0, k, g, &c, k);
        if (m->layers[1].offset)
            bz_machine_offset(m, 1)[k] = (float)((double)g->count[k] / (double)g->n);
    }
    start_visible(m, g, &c, 0);
}

/* Gives the groups units of the machine if possible, else a layer. of[k]: the unit of each. */
static int code_groups(struct bz_machine **m, struct train_groups *g, long *of, struct bz_error *err)
{
    const double enough = 0.9;
    find_fields(g);
    const struct code code = best_code(g);
    if (code.share > enough) {
        write_code(*m, g, &code, of);
        return 0;
    }
    if (train_clusters_layer(m, g->k, err) < 0)
        return -1;
    write_states(*m, g, of);
    return 0;
}

void train_clusters_free(struct train_clusters *c)
{
    if (c)
        bz_free(c->centre);
    bz_free(c);
}

size_t train_cluster_of(const struct train_clusters *c, const float *x)
{
    double at;
    return train_nearest_centre(c->centre, c->n, c->size, x, &at);
}

/* Takes over the centres; shares are those among all rows. x: room for one row. */
static int keep_clusters(struct train_clusters **out, struct train_groups *g, const struct train_part *part, const size_t *rows,
                         size_t n_rows, float *x, struct bz_error *err)
{
    struct train_clusters *c = bz_alloc(1, sizeof(*c), err);
    if (!c)
        return -1;
    c->n = g->k;
    c->size = g->size;
    c->layer = 1;
    c->centre = bz_take(&g->centre);
    for (size_t r = 0; r < n_rows; r++) {
        train_part_read(part, rows + r, 1, NULL, x, NULL);
        c->share[train_cluster_of(c, x)] += 1 / (double)n_rows;
    }
    *out = c;
    return 0;
}

/* Whether it is one visible layer coupled to one layer of hidden bernoulli units. */
static bool is_simple(const struct bz_machine *m)
{
    return m->n_layers == 2 && m->n_couplings == 1 && train_cluster_family_of(m->layers[0].unit) && m->couplings[0].a == 0 &&
           m->couplings[0].b == 1 && m->layers[1].unit == BZ_BERNOULLI;
}

int train_start_clusters(struct bz_machine **m, const struct train_part *part, const size_t *rows, size_t n_rows, uint64_t seed,
                         struct train_clusters **found, struct bz_error *err)
{
    struct train_groups g = {.n = n_rows < LOOKED_AT ? n_rows : LOOKED_AT, .size = part->size};
    float *x = NULL;
    double *best = NULL;
    size_t k;
    long of[MOST];
    int rc = -1;
    *found = NULL;
    if (!is_simple(*m) || part->missing)
        return 0;
    const size_t units = (*m)->layers[1].size, least = TRAIN_CLUSTER_ROWS * MOST,
                 room = VALUES / g.size > least ? VALUES / g.size : least;
    g.family = train_cluster_family_of((*m)->layers[0].unit);
    if (g.family->up && g.n > room) /* the search should take no longer than a few updates */
        g.n = room;
    if (!(x = bz_alloc(g.n * g.size, sizeof(float), err)) || !(g.centre = bz_alloc(MOST * g.size, sizeof(double), err)) ||
        !(best = bz_alloc(MOST * g.size, sizeof(double), err)) || !(g.deviation = bz_alloc(g.size, sizeof(double), err)) ||
        !(g.field = bz_alloc((MOST + 1) * g.size, sizeof(double), err)) || !(g.of = bz_alloc(g.n, sizeof(size_t), err)))
        goto out;
    for (size_t r = 0; r < g.n; r++)
        train_part_read(part, rows + r * n_rows / g.n, 1, NULL, x + r * g.size, NULL);
    g.x = x;
    train_groups_find(&g, units < MOST ? units : MOST, seed, best, &k);
    rc = !k ? 0 : code_groups(m, &g, of, err) < 0 ? -1 : keep_clusters(found, &g, part, rows, n_rows, x, err);
    for (size_t i = 0; *found && i < k; i++)
        (*found)->unit[i] = of[i];
out:
    bz_free_all(x, g.centre, best, g.deviation, g.field, g.of);
    return rc;
}
