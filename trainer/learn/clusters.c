#include "clusters.h"

#include "clusters_private.h"
#include "judge.h"
#include "match.h"
#include "mathx.h"
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
    for (size_t k = 0; k < g->k; k++) {
        const double *centre = g->centre + k * g->size, n = (double)g->count[k];
        double *field = g->field + k * g->size;
        for (size_t b = 0; b < g->n_blocks; b++) {
            const struct train_cluster_block *block = &g->block[b];
            if (!block->family->field)
                train_choice_fields(block->layer, centre + block->at, n, field + block->at);
            for (size_t i = block->at; block->family->field && i < block->at + block->layer->size; i++)
                field[i] = block->family->field(centre[i], n);
        }
        for (size_t i = 0; i < g->size; i++)
            middle[i] += field[i] / (double)g->k;
    }
}

/* The visible layers' part of log Z with the hidden units h (a bit each) on: at the fields of all off plus the contribution of
 * each of them. total: scratch, [size]. */
static double log_z_of(const struct train_groups *g, size_t at, size_t h, double *total)
{
    const double *off = g->field + at * g->size;
    double sum = 0;
    for (size_t i = 0; i < g->size; i++) {
        total[i] = off[i];
        for (size_t k = 0; k < g->k; k++)
            if (h >> k & 1)
                total[i] += g->field[k * g->size + i] - off[i];
    }
    for (size_t b = 0; b < g->n_blocks; b++) {
        const struct train_cluster_block *block = &g->block[b];
        if (!block->family->log_z)
            sum += train_choices_log_z(block->layer, total + block->at);
        for (size_t i = block->at; block->family->log_z && i < block->at + block->layer->size; i++)
            sum += block->family->log_z(total[i], g->deviation[i]);
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
    double masses[1 << CODED], wanted = 0, total = 0, largest = 0;
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
    double log_z[1 << CODED];
    for (size_t at = 0; at <= g->k; at++) {
        for (size_t h = 0; h < (size_t)1 << g->k; h++)
            log_z[h] = log_z_of(g, at, h, g->total);
        for (size_t t = 0; t < sizeof(slack) / sizeof(*slack) && (at == g->k || t == 0); t++) {
            struct code c = {.at = at, .slack = slack[t]};
            judge_code(g, &c, log_z);
            if (c.share > best.share + clearly_better)
                best = c;
        }
    }
    return best;
}

/* The coupling between two layers. */
static size_t coupling_of(const struct bz_machine *m, size_t a, size_t b)
{
    size_t c = 0;
    while (c < m->n_couplings && (m->couplings[c].a != a || m->couplings[c].b != b))
        c++;
    return c;
}

/* Makes the weights of a unit of hidden layer `of` lead from the fields of all off to those of group k. Returns the bias that
 * gives this state its mass. With offsets (o) a visible layer is at b + W(h - o). */
static float lead_to(struct bz_machine *m, size_t of, size_t unit, const struct train_groups *g, const struct code *c, size_t k)
{
    const size_t n = m->layers[of].size;
    const double *off = g->field + c->at * g->size;
    double offset = 0;
    for (size_t l = 0; l < g->n_blocks; l++) {
        const size_t at = g->block[l].at, index = g->block[l].index;
        const float *o = m->layers[index].offset;
        float *w = bz_machine_weight(m, coupling_of(m, index, of));
        for (size_t i = 0; i < m->layers[index].size; i++) {
            const double by = g->field[k * g->size + at + i] - off[at + i];
            w[i * n + unit] = (float)by;
            offset += by * (o ? (double)o[i] : 0) / (g->deviation[at + i] * g->deviation[at + i]);
        }
    }
    return (float)(log_mass(g, c, k) - (log_z_of(g, c->at, (size_t)1 << k, g->total) - log_z_of(g, c->at, 0, g->total)) +
                   offset);
}

/* Sets a visible layer as the code has it with all units off. Units of layer `g->hidden` from `first` on represent no group:
 * their small weights stay small where narrow units see them. */
static void start_layer(struct bz_machine *m, const struct train_cluster_block *block, const struct train_groups *g,
                        const struct code *c, size_t first)
{
    const size_t at = block->at, l = block->index;
    for (size_t i = 0; i < m->layers[l].size; i++) {
        double sum = g->field[c->at * g->size + at + i];
        for (size_t q = 0; q < m->n_layers; q++) {
            const struct bz_layer *h = &m->layers[q];
            if (h->role != BZ_HIDDEN)
                continue;
            float *w = bz_machine_weight(m, coupling_of(m, l, q)) + i * h->size;
            for (size_t j = q != g->hidden ? h->size : first; j < h->size; j++)
                w[j] *= (float)(g->deviation[at + i] * g->deviation[at + i]);
            for (size_t j = 0; h->offset && j < h->size; j++)
                sum += (double)w[j] * (double)h->offset[j];
        }
        bz_machine_bias(m, l)[i] = (float)sum;
        if (block->family->unit == BZ_GAUSSIAN)
            bz_machine_log_sigma(m, l)[i] = (float)bz_log(g->deviation[at + i]);
    }
}

static void start_visible(struct bz_machine *m, const struct train_groups *g, const struct code *c, size_t first)
{
    for (size_t b = 0; b < g->n_blocks; b++)
        start_layer(m, &g->block[b], g, c, first);
}

/* unit[k] of each group. */
static void write_code(struct bz_machine *m, const struct train_groups *g, const struct code *c, long *of)
{
    size_t unit = 0;
    for (size_t k = 0; k < g->k; k++) {
        of[k] = k == c->at ? -1 : (long)unit;
        if (k != c->at) {
            bz_machine_bias(m, g->hidden)[unit] = lead_to(m, g->hidden, unit, g, c, k);
            unit++;
        }
    }
    start_visible(m, g, c, unit);
}

/* No code of on/off units gives mass to the groups alone, so each gets a state of the layer `groups`. */
static void write_states(struct bz_machine *m, const struct train_groups *g, long *of)
{
    const struct code c = {.at = g->k};
    const size_t groups = g->hidden - 1;
    for (size_t k = 0; k < g->k; k++) {
        of[k] = (long)k;
        bz_machine_bias(m, groups)[k] = lead_to(m, groups, k, g, &c, k);
        if (m->layers[groups].offset)
            bz_machine_offset(m, groups)[k] = (float)((double)g->count[k] / (double)g->n);
    }
    start_visible(m, g, &c, 0);
}

/* Gives the groups units of the machine if possible, else a layer. of[k]: the unit of each. */
static int code_groups(struct bz_machine **m, struct train_groups *g, long *of, struct bz_error *err)
{
    const double enough = 0.9;
    find_fields(g);
    if (g->k <= CODED && !g->parts.n) {
        const struct code code = best_code(g);
        if (code.share > enough) {
            write_code(*m, g, &code, of);
            return 0;
        }
    }
    if (train_clusters_layer(m, g->k, err) < 0)
        return -1;
    for (size_t b = 0; b < g->n_blocks; b++) {
        g->block[b].index = train_clusters_shifted(g->block[b].index, g->hidden);
        g->block[b].layer = &(*m)->layers[g->block[b].index];
    }
    g->hidden++;
    write_states(*m, g, of);
    return 0;
}

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
    bool simple = hidden < m->n_layers && m->layers[hidden].unit == BZ_BERNOULLI && m->n_couplings == m->n_layers - 1;
    for (size_t l = 0; simple && l < m->n_layers; l++)
        simple = l == hidden || (bz_is_visible(&m->layers[l]) && train_cluster_family_of(m->layers[l].unit) &&
                                 coupling_of(m, l, hidden) < m->n_couplings);
    return simple && m->n_layers > 1;
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
    if (train_groups_find(g, units < CODED ? units : MOST, seed, best, &k, err) < 0)
        goto out;
    if (k && train_groups_divide(g, train_judge_most_states(*m), seed, err) < 0)
        goto out;
    struct train_groups coded = coded_as(g);
    rc = !k                                    ? 0
         : code_groups(m, &coded, of, err) < 0 ? -1
                                               : keep_clusters(found, g, train_clusters_hidden(*m), from, rows, n_rows, x, err);
    for (size_t i = 0; *found && i < (*found)->n_units; i++)
        (*found)->unit[i] = of[i];
out:
    bz_free_all(g->parts.centre, g->parts.deviation, x, g->centre, best, g->deviation, g->least, g->overall, g->known, g->field,
                g->total, g->of);
    return rc;
}

int train_start_clusters(struct bz_machine **m, const struct train_data *data, const size_t *rows, size_t n_rows, uint64_t seed,
                         struct train_clusters **found, struct bz_error *err)
{
    struct train_groups g = {0};
    struct reader from = {.data = data};
    *found = NULL;
    if (!train_clusters_may_start(*m))
        return 0;
    int rc = begin_groups(&g, &from, *m, n_rows, err);
    if (rc == 0 && g.n > 0)
        rc = search(m, &g, &from, rows, n_rows, seed, found, err);
    bz_free_all(from.part_of, from.known, g.block, g.weight);
    return rc;
}
