/* How strongly visible variables depend on one another. */
#include "edges.h"
#include "mathx.h"
#include "meaning.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static size_t group_size(const struct bz_layer *l)
{
    return bz_unit_type(l->unit)->grouped ? l->size / l->groups : 1;
}

void train_variable_name(const struct bz_machine *m, const struct train_dependencies *d, size_t variable, char *name,
                         size_t room)
{
    const size_t layer = d->variable[variable].layer, k = d->variable[variable].size;
    const struct bz_layer *l = &m->layers[layer];
    const bool grouped = bz_unit_type(l->unit)->grouped;
    size_t used = 0, visible = 0;
    for (size_t v = 0; v < m->n_layers; v++)
        visible += bz_is_visible(&m->layers[v]);
    if (visible > 1 && (grouped ? l->groups > 1 : l->n_categories == 0)) /* numbers, of which each layer has some */
        used = (size_t)snprintf(name, room, "%s:", l->name);
    if (!grouped)
        train_unit_name(m, layer, d->variable[variable].first, name + used, room - used);
    else if (l->groups == 1)
        snprintf(name, room, "%s", l->name);
    else
        snprintf(name + used, room - used, "%zu", d->variable[variable].first / k);
}

static int find_variables(const struct bz_machine *m, struct train_dependencies *d, struct bz_error *err)
{
    size_t n = 0;
    for (size_t l = 0; l < m->n_layers; l++)
        n += bz_is_visible(&m->layers[l]) ? m->layers[l].size / group_size(&m->layers[l]) : 0;
    if (n > TRAIN_MOST_VARIABLES)
        return bz_fail(err, BZ_TOO_LARGE, "dependencies: found %zu variables, expected at most %d", n, TRAIN_MOST_VARIABLES);
    if (!(d->variable = bz_alloc(n, sizeof(*d->variable), err)) || !(d->strength = bz_alloc(n * n, sizeof(double), err)))
        return -1;
    for (size_t l = 0; l < m->n_layers; l++) {
        const size_t k = group_size(&m->layers[l]);
        for (size_t i = 0; bz_is_visible(&m->layers[l]) && i < m->layers[l].size; i += k) {
            d->variable[d->n].layer = l;
            d->variable[d->n].first = i;
            d->variable[d->n++].size = k;
        }
    }
    return 0;
}

/* Groups of a layer's units of which one, or at most one, is on; 0: its units are free of one another. */
static size_t choice_count(const struct bz_layer *l)
{
    return bz_unit_type(l->unit)->grouped ? l->groups : l->exclusion.group ? l->exclusion.n : 0;
}

static size_t choice_of(const struct bz_layer *l, size_t unit)
{
    return l->exclusion.group ? l->exclusion.group[unit] : unit / (l->size / l->groups);
}

/* spread[size]: deviations of hidden units at their typical means, times what couplings see of them; of units of which one is
 * on the roots of their shares. spare[2][size]. */
static void find_spread(const struct bz_layer *l, float *spread, float *spare)
{
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    if (l->offset)
        memcpy(spread, l->offset, l->size * sizeof(float));
    else
        type->base_mean(l, 1, spread);
    for (size_t j = 0; type->discrete && j < l->size; j++) {
        const float p = spread[j];
        spread[j] = sqrtf(fmaxf(0, type->binary ? (p - type->least) * (type->most - p) : p));
    }
    if (type->discrete)
        return;
    float *low = spare, *high = spare + l->size; /* the variance is how the mean follows the field */
    for (size_t j = 0; j < l->size; j++) {
        const float sigma = l->sigma ? l->sigma[j] : 1, step = 0.01f * (type->scaled ? sigma : 1 / sigma);
        low[j] = l->bias[j] - step;
        high[j] = l->bias[j] + step;
        spread[j] = (l->couple ? l->couple[j] : 1) / (high[j] - low[j]);
    }
    type->mean(l, low, 1, 1, low);
    type->mean(l, high, 1, 1, high);
    for (size_t j = 0; j < l->size; j++)
        spread[j] = sqrtf(fmaxf(0, (high[j] - low[j]) * spread[j]));
}

/* Of units of which one is on what counts is how their weights differ: each less the mean by their shares, and one more column
 * for none of them. row[size + choices] of one visible unit: its weights. total: scratch [2][choices]. */
static void take_choices(const struct bz_layer *l, const float *spread, double *total, float *row)
{
    const size_t n = choice_count(l);
    double *share = total + n;
    memset(total, 0, 2 * n * sizeof(*total));
    for (size_t j = 0; j < l->size; j++) {
        const size_t c = choice_of(l, j);
        const double p = (double)spread[j] * (double)spread[j];
        total[c] += p * (double)row[j];
        share[c] += p;
    }
    for (size_t j = 0; j < l->size; j++)
        row[j] -= (float)total[choice_of(l, j)];
    for (size_t c = 0; c < n; c++)
        row[l->size + c] = (float)(total[c] * sqrt(fmax(0, 1 - share[c])));
}

/* all[units][columns], 0 at first: weights of every visible unit to every hidden one, times the deviations of both, so that the
 * product of two rows is what the units have in common through hidden ones, to second order. spare[3][widest],
 * total[2][widest]. */
static void scaled_weights(const struct bz_machine *m, const size_t *place, size_t columns, float *spare, double *total,
                           float *all)
{
    const size_t widest = bz_machine_widest(m);
    float *spread = spare + 2 * widest;
    for (size_t v = 0; v < m->n_layers; v++)
        for (size_t k = 0; bz_is_visible(&m->layers[v]) && k < m->n_links[v]; k++) {
            const struct bz_link *link = &m->links[v][k];
            const struct bz_layer *l = &m->layers[v], *hidden = &m->layers[link->layer];
            if (bz_is_visible(hidden))
                continue;
            find_spread(hidden, spread, spare);
            for (size_t i = 0; i < l->size; i++) {
                float *row = all + (place[v] + i) * columns + place[link->layer];
                bz_weights_axpy(bz_link_row(m, v, link, i), l->couple ? 1 / l->sigma[i] : 1, row);
                if (choice_count(hidden))
                    take_choices(hidden, spread, total, row);
                for (size_t j = 0; j < hidden->size; j++)
                    row[j] *= spread[j];
            }
        }
}

/* Adds direct couplings of units of two visible layers (or of one to itself) to a block. */
static void add_direct(const struct bz_machine *m, const struct train_dependencies *d, size_t a, size_t b, double *block)
{
    const size_t la = d->variable[a].layer, lb = d->variable[b].layer;
    for (size_t k = 0; k < m->n_links[la]; k++) {
        const struct bz_link *link = &m->links[la][k];
        if (link->layer != lb)
            continue;
        for (size_t i = 0; i < d->variable[a].size; i++)
            for (size_t j = 0; j < d->variable[b].size; j++) {
                const size_t u = d->variable[a].first + i, v = d->variable[b].first + j;
                double w = (double)bz_weights_at(bz_link_row(m, la, link, u), v);
                w /= m->layers[la].couple ? (double)m->layers[la].sigma[u] : 1;
                w /= m->layers[lb].couple ? (double)m->layers[lb].sigma[v] : 1;
                block[i * d->variable[b].size + j] += w;
            }
    }
}

static bool is_gap(const struct bz_layer *l, size_t state, size_t states)
{
    const char *name = l->n_categories == states || l->n_categories == l->size ? l->categories[state] : NULL;
    return states > 1 && name && (!strcmp(name, "-") || !strcmp(name, "."));
}

/* Subtracts the mean from n values `step` apart; a single unit has no gauge to choose. */
static void centre(double *x, size_t n, size_t step)
{
    double mean = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i * step] / (double)n;
    for (size_t i = 0; n > 1 && i < n; i++)
        x[i * step] -= mean;
}

/* The Frobenius norm of a block[p][q], of groups in the zero-sum gauge and without gaps. */
static double norm(const struct bz_machine *m, const struct train_dependencies *d, size_t a, size_t b, double *block)
{
    const struct bz_layer *la = &m->layers[d->variable[a].layer], *lb = &m->layers[d->variable[b].layer];
    const size_t p = d->variable[a].size, q = d->variable[b].size;
    double sum = 0;
    for (size_t i = 0; i < p; i++)
        centre(block + i * q, q, 1);
    for (size_t j = 0; j < q; j++)
        centre(block + j, p, q);
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < q; j++)
            if (!is_gap(la, i, p) && !is_gap(lb, j, q))
                sum += block[i * q + j] * block[i * q + j];
    return sqrt(sum);
}

/* F_ij - F_i F_j / F (Dunn, Wahl, Gloor 2008). */
static int correct(struct train_dependencies *d, struct bz_error *err)
{
    const size_t n = d->n;
    double *mean = bz_alloc(n ? n : 1, sizeof(*mean), err), all = 0;
    if (!mean)
        return -1;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            mean[i] += d->strength[i * n + j] / (double)(n > 1 ? n - 1 : 1);
        all += mean[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            d->strength[i * n + j] -= i == j || all <= 0 ? 0 : mean[i] * mean[j] / all;
    bz_free(mean);
    return 0;
}

static int fill_strengths(const struct bz_machine *m, struct train_dependencies *d, const size_t *place, size_t hidden_units,
                          const float *weights, struct bz_error *err)
{
    size_t widest = 1;
    for (size_t a = 0; a < d->n; a++)
        widest = d->variable[a].size > widest ? d->variable[a].size : widest;
    double *block = bz_alloc(widest * widest, sizeof(*block), err);
    for (size_t a = 0; block && a < d->n; a++)
        for (size_t b = a + 1; b < d->n; b++) {
            const size_t p = d->variable[a].size, q = d->variable[b].size;
            for (size_t i = 0; i < p * q; i++) {
                const float *x = weights + (place[d->variable[a].layer] + d->variable[a].first + i / q) * hidden_units;
                const float *y = weights + (place[d->variable[b].layer] + d->variable[b].first + i % q) * hidden_units;
                block[i] = 0;
                for (size_t h = 0; h < hidden_units; h++)
                    block[i] += (double)x[h] * y[h];
            }
            add_direct(m, d, a, b, block);
            d->strength[a * d->n + b] = d->strength[b * d->n + a] = norm(m, d, a, b, block);
        }
    bz_free(block);
    return block ? 0 : -1;
}

int train_dependencies(const struct bz_machine *m, bool corrected, struct train_dependencies *out, struct bz_error *err)
{
    *out = (struct train_dependencies){0};
    if (!bz_machine_hidden_independent(m))
        return bz_fail(err, BZ_UNSUPPORTED, "dependencies: hidden units that are coupled to one another are not supported");
    size_t visible = 0, hidden = 0, cells;
    const size_t widest = bz_machine_widest(m);
    size_t *place = bz_alloc(m->n_layers, sizeof(*place), err);
    float *spare = bz_alloc(3 * widest, sizeof(*spare), err), *weights = NULL;
    double *total = bz_alloc(2 * widest, sizeof(*total), err);
    int rc = -1;
    for (size_t l = 0; place && l < m->n_layers; l++) {
        size_t *count = bz_is_visible(&m->layers[l]) ? &visible : &hidden;
        place[l] = *count;
        *count += m->layers[l].size + (bz_is_visible(&m->layers[l]) ? 0 : choice_count(&m->layers[l]));
    }
    if (place && spare && total && find_variables(m, out, err) == 0 && bz_mul(&cells, visible, hidden) == 0 &&
        (weights = bz_alloc(cells ? cells : 1, sizeof(*weights), err))) {
        scaled_weights(m, place, hidden, spare, total, weights);
        rc = fill_strengths(m, out, place, hidden, weights, err);
    }
    if (rc == 0 && corrected)
        rc = correct(out, err);
    bz_free_all(place, spare, total, weights);
    if (rc < 0)
        train_dependencies_free(out);
    return rc;
}

void train_dependencies_free(struct train_dependencies *d)
{
    bz_free(d->variable);
    bz_free(d->strength);
    *d = (struct train_dependencies){0};
}
