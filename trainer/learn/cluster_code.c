/* Groups as a machine has them: by its first hidden units, or by the states of a layer of their own. */
#include "clusters_private.h"

#include "mathx.h"

#include <math.h>
#include <string.h>

enum { CODED = TRAIN_CODED_CLUSTERS };
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
        float *w = bz_machine_weight(m, train_clusters_coupling(m, index, of));
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
            const size_t coupling = train_clusters_coupling(m, l, q);
            if (h->role != BZ_HIDDEN || coupling == m->n_couplings)
                continue;
            float *w = bz_machine_weight(m, coupling) + i * h->size;
            for (size_t j = q == g->hidden ? first : q + 1 == g->hidden ? h->size : 0; j < h->size; j++)
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

int train_groups_code(struct bz_machine **m, struct train_groups *g, long *of, struct bz_error *err)
{
    const double enough = 0.9;
    find_fields(g);
    if (g->k <= CODED && !g->parts.n && !g->layered) {
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
