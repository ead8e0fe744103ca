#include "clusters.h"

#include "clusters_private.h"
#include "judge.h"
#include "match.h"
#include "mem.h"

#include <math.h>
#include <string.h>

enum {
    MOST = TRAIN_CLUSTERS,
    CODED = TRAIN_CODED_CLUSTERS,
    LOOKED_AT = 2000 /* rows, */,
    VALUES = 250000, /* and values of them, that are bits, */
    REALS = 1000000  /* or real */
};
void train_clusters_free(struct train_clusters *c)
{
    if (c)
        bz_free_all(c->centre, c->weight);
    bz_free(c);
}

/* Rows of the data as the search sees them. */
struct reader {
    const struct train_data *data;
    long *part_of;  /* [n_layers] */
    uint8_t *known; /* [size]; NULL = nothing is missing */
};

static void read_class(long class, size_t size, float *x, uint8_t *known)
{
    for (size_t i = 0; i < size; i++)
        x[i] = (float)((long)i == class);
    if (known)
        memset(known, class >= 0, size);
}

/* One row: x[size], NaN where it is missing. */
static void read_row(const struct reader *from, const struct train_groups *g, size_t row, float *x)
{
    for (size_t b = 0; b < g->n_blocks; b++) {
        const struct train_cluster_block *block = &g->block[b];
        uint8_t *known = from->known ? from->known + block->at : NULL;
        if (block->labels)
            read_class(from->data->labels[row], block->layer->size, x + block->at, known);
        else
            train_part_read(&from->data->parts[from->part_of[block->index]], &row, 1, NULL, x + block->at, known);
    }
    for (size_t i = 0; from->known && i < g->size; i++)
        if (!from->known[i])
            x[i] = NAN;
}

/* Takes over the centres; shares are those among all rows. x: room for one row. */
static int keep_clusters(struct train_clusters **out, struct train_groups *g, size_t layer, const struct reader *from,
                         const size_t *rows, size_t n_rows, float *x, struct bz_error *err)
{
    struct train_clusters *c = bz_alloc(1, sizeof(*c), err);
    double at;
    if (!c)
        return -1;
    c->n = g->k;
    c->size = g->size;
    c->layer = layer;
    c->n_units = g->parts.n ? g->parts.n : g->k;
    for (size_t u = 0; u < c->n_units; u++)
        c->of[u] = g->parts.n ? g->parts.of[u] : u;
    c->centre = bz_take(&g->centre);
    c->weight = bz_take(&g->weight);
    for (size_t r = 0; r < n_rows; r++) {
        read_row(from, g, rows[r], x);
        c->share[train_nearest_centre(c->centre, c->weight, c->n, c->size, g->counted, x, &at)] += 1 / (double)n_rows;
    }
    *out = c;
    return 0;
}

bool train_clusters_may_start(const struct bz_machine *m)
{
    const size_t hidden = train_clusters_hidden(m);
    bool simple = hidden < m->n_layers && m->layers[hidden].unit == BZ_BERNOULLI;
    size_t n = 0;
    for (size_t l = 0; simple && l < m->n_layers; l++) {
        const bool coupled = l != hidden && train_clusters_coupling(m, l, hidden) < m->n_couplings;
        simple = l == hidden || (bz_is_visible(&m->layers[l]) && train_cluster_family_of(m->layers[l].unit) &&
                                 (coupled || m->layers[l].role == BZ_LABEL));
        n += coupled;
    }
    return simple && n > 0 && m->n_couplings == n;
}

/* Whether a layer of their states can be coupled to all visible ones. */
static bool may_mix(const struct bz_machine *m)
{
    bool may = train_clusters_hidden(m) < m->n_layers;
    for (size_t l = 0; l < m->n_layers; l++)
        may = may && (!bz_is_visible(&m->layers[l]) || train_cluster_family_of(m->layers[l].unit));
    for (size_t c = 0; c < m->n_couplings; c++)
        may = may && !m->couplings[c].index;
    return may;
}

/* Learning keeps deviations above these (train_part_standardize), so groups are made of units that are no narrower. */
static void find_least(struct train_groups *g, const struct reader *from)
{
    for (size_t b = 0; b < g->n_blocks; b++) {
        const float *least = g->block[b].labels ? NULL : from->data->parts[from->part_of[g->block[b].index]].least;
        for (size_t i = 0; i < g->block[b].layer->size; i++)
            g->least[g->block[b].at + i] = least && g->block[b].family->unit == BZ_GAUSSIAN ? (double)least[i] : 0;
    }
}

/* Of all rows that were read, of what is known. */
static void find_overall(struct train_groups *g)
{
    for (size_t i = 0; i < g->size; i++) {
        double sum = 0, n = 0;
        for (size_t r = 0; r < g->n; r++) {
            const double x = g->x[r * g->size + i];
            sum += isnan(x) ? 0 : x;
            n += !isnan(x);
        }
        g->overall[i] = n > 0 ? sum / n : 0;
        g->known[i] = n / (double)g->n;
    }
}

/* The blocks of the machine's visible layers. Returns false if there are no data for one. */
static bool find_blocks(struct train_groups *g, const struct reader *from, const struct bz_machine *m)
{
    bool real = false;
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        const struct train_part *part = from->part_of[l] < 0 ? NULL : &from->data->parts[from->part_of[l]];
        const bool labels = !part && layer->role == BZ_LABEL && from->data->labels;
        if (!bz_is_visible(layer))
            continue;
        if (!part && !labels)
            return false;
        g->block[g->n_blocks++] = (struct train_cluster_block){train_cluster_family_of(layer->unit), layer, l, g->size, labels};
        g->size += layer->size;
        g->counted = labels ? g->counted : g->size;
        g->gaps = g->gaps || (labels ? from->data->labelled < from->data->rows : part->missing || part->absent);
        if (labels)
            continue;
        g->discrete = g->discrete || layer->unit != BZ_GAUSSIAN;
        g->choices = g->choices || !train_cluster_family_of(layer->unit)->field;
        real = real || layer->unit == BZ_GAUSSIAN;
    }
    g->mixed = g->discrete && real;
    return true;
}

/* Whether any columns but attributes in codes are searched: plain chains learn those as well (docs/results/modes.md). */
static bool has_others(const struct train_groups *g)
{
    for (size_t b = 0; b < g->n_blocks; b++)
        if (!g->block[b].labels && !bz_unit_type(g->block[b].layer->unit)->exclusive)
            return true;
    return false;
}

/* The blocks, and how many of the rows are looked at, 0 = none: the search should take no longer than a few updates. */
static int begin_groups(struct train_groups *g, struct reader *from, const struct bz_machine *m, size_t n_rows,
                        struct bz_error *err)
{
    const size_t least = TRAIN_CLUSTER_ROWS * CODED;
    bool labels = false;
    g->hidden = train_clusters_hidden(m);
    if (!(from->part_of = bz_alloc(m->n_layers, sizeof(*from->part_of), err)) ||
        train_match_parts(m, from->data, from->part_of, err) < 0 || !(g->block = bz_alloc(m->n_layers, sizeof(*g->block), err)))
        return -1;
    if (!find_blocks(g, from, m) || !has_others(g))
        return 0;
    for (size_t b = 0; b < g->n_blocks; b++)
        labels = labels || g->block[b].labels;
    const size_t fit = (g->discrete ? VALUES : REALS) / g->counted, room = fit > least ? fit : least;
    g->n = n_rows < LOOKED_AT ? n_rows : LOOKED_AT;
    if (g->n > room)
        g->n = room;
    if ((g->mixed || labels) && !(g->weight = bz_alloc(g->size, sizeof(double), err)))
        return -1;
    return g->gaps && !(from->known = bz_alloc(g->size, 1, err)) ? -1 : 0;
}

/* n of the rows, one of each n-th part, by chance, and in an order by chance: rows may come in turns. */
static void look_at(size_t *at, size_t n, size_t rows, uint64_t seed)
{
    const struct bz_key key = {.seed = seed, .step = UINT64_MAX - 1, .purpose = BZ_DRAW_MISC};
    for (size_t r = 0; r < n; r++) {
        const size_t first = r * rows / n, end = (r + 1) * rows / n;
        const size_t row = first + (size_t)(bz_random_double(&key, (uint32_t)(2 * r)) * (double)(end - first));
        const size_t place = (size_t)(bz_random_double(&key, (uint32_t)(2 * r + 1)) * (double)(r + 1));
        at[r] = at[place];
        at[place] = row;
    }
}

/* The groups as the machine represents them: each part of one as a group. */
static struct train_groups coded_as(const struct train_groups *g)
{
    struct train_groups parts = *g;
    if (!g->parts.n)
        return parts;
    parts.k = g->parts.n;
    parts.centre = g->parts.centre;
    parts.deviation = g->parts.deviation;
    memcpy(parts.count, g->parts.count, sizeof(parts.count));
    return parts;
}

static int search(struct bz_machine **m, struct train_groups *g, const struct reader *from, const size_t *rows, size_t n_rows,
                  uint64_t seed, struct train_clusters **found, struct bz_error *err)
{
    const size_t units = (*m)->layers[g->hidden].size;
    float *x = bz_alloc(g->n * g->size, sizeof(*x), err);
    double *best = NULL;
    size_t k;
    long of[MOST];
    int rc = -1;
    if (!x || !(g->centre = bz_alloc(MOST * g->size, sizeof(double), err)) ||
        !(best = bz_alloc(MOST * g->size, sizeof(double), err)) || !(g->deviation = bz_alloc(g->size, sizeof(double), err)) ||
        !(g->least = bz_alloc(g->size, sizeof(double), err)) || !(g->overall = bz_alloc(g->size, sizeof(double), err)) ||
        !(g->known = bz_alloc(g->size, sizeof(double), err)) ||
        !(g->field = bz_alloc((MOST + 1) * g->size, sizeof(double), err)) ||
        !(g->total = bz_alloc(g->size, sizeof(double), err)) || !(g->of = bz_alloc(g->n, sizeof(size_t), err)))
        goto out;
    look_at(g->of, g->n, n_rows, seed);
    for (size_t r = 0; r < g->n; r++)
        read_row(from, g, rows[g->of[r]], x + r * g->size);
    g->x = x;
    find_overall(g);
    find_least(g, from);
    if (train_groups_find(g, units < CODED && !g->layered ? units : MOST, seed, best, &k, err) < 0)
        goto out;
    if (k && train_groups_divide(g, train_judge_most_states(*m), seed, err) < 0)
        goto out;
    struct train_groups coded = coded_as(g);
    rc = !k ? 0
         : train_groups_code(m, &coded, of, err) < 0
             ? -1
             : keep_clusters(found, g, train_clusters_hidden(*m), from, rows, n_rows, x, err);
    for (size_t i = 0; *found && i < (*found)->n_units; i++)
        (*found)->unit[i] = of[i];
out:
    bz_free_all(g->parts.centre, g->parts.deviation, x, g->centre, best, g->deviation, g->least, g->overall, g->known, g->field,
                g->total, g->of);
    return rc;
}

static int look_for_groups(struct bz_machine **m, bool layered, const struct train_data *data, const size_t *rows,
                           size_t n_rows, uint64_t seed, struct train_clusters **found, struct bz_error *err)
{
    struct train_groups g = {.layered = layered};
    struct reader from = {.data = data};
    int rc = begin_groups(&g, &from, *m, n_rows, err);
    if (rc == 0 && g.n > 0)
        rc = search(m, &g, &from, rows, n_rows, seed, found, err);
    bz_free_all(from.part_of, from.known, g.block, g.weight);
    return rc;
}

int train_start_clusters(struct bz_machine **m, const struct train_data *data, const size_t *rows, size_t n_rows, uint64_t seed,
                         struct train_clusters **found, struct bz_error *err)
{
    *found = NULL;
    if (!train_clusters_may_start(*m))
        return 0;
    /* units that do not see the classes cannot stand for what these are in a group */
    const bool layered = (*m)->n_couplings + 1 < (*m)->n_layers;
    return look_for_groups(m, layered, data, rows, n_rows, seed, found, err);
}

int train_mix_clusters(struct bz_machine **m, const struct train_data *data, const size_t *rows, size_t n_rows, uint64_t seed,
                       struct train_clusters **found, struct bz_error *err)
{
    *found = NULL;
    return may_mix(*m) ? look_for_groups(m, true, data, rows, n_rows, seed, found, err) : 0;
}
