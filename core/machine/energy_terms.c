#include "energy_terms.h"

#include "check.h"
#include "edges.h"
#include "kernels.h"
#include "stop.h"
#include "unit.h"

/* --- biases --- */

/* What the bias of a layer is multiplied by: D of its multinomial neighbours for the hidden layers of a replicated softmax. */
static double bias_scale(const struct bz_state *s, size_t layer, size_t row)
{
    const struct bz_machine *m = s->m;
    double d = 0;

    if (!m->layers[layer].near_counts)
        return 1;
    for (size_t k = 0; k < m->n_links[layer]; k++)
        d += bz_row_counts(s, m->links[layer][k].layer, row);
    return d;
}

/* The row's start times y[size]: bias_scale b.y + (start - b).y - sum over multinomial neighbours of D fold.y */
static double start_dot(const struct bz_state *s, size_t layer, size_t row, const float *y)
{
    const struct bz_kernels *k = bz_cpu();
    const struct bz_machine *m = s->m;
    const struct bz_layer *l = &m->layers[layer];
    double sum = k->dot(l->start, y, l->size);

    if (l->near_counts)
        sum += (bias_scale(s, layer, row) - 1) * k->dot(l->bias, y, l->size);
    for (size_t i = 0; i < m->n_links[layer]; i++) {
        const struct bz_coupling *c = &m->couplings[m->links[layer][i].coupling];
        const float *fold = layer == c->a ? c->count_fold_a : c->count_fold_b;
        if (fold)
            sum -= bz_row_counts(s, m->links[layer][i].layer, row) * k->dot(fold, y, l->size);
    }
    return sum;
}

double bz_offset_constant(const struct bz_state *s, size_t row)
{
    double sum = 0;

    /* E - E' = sum_l b.o - 1/2 sum_l o.(b - s): each coupling's o_a' W o_b is part of (b - s) on both of its sides. */
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const struct bz_layer *layer = &s->m->layers[l];
        if (!layer->offset || layer->couple)
            continue;
        const double per_row = s->counts[l] ? bz_row_counts(s, l, row) : 1;
        /* The bias of a relu layer multiplies x itself: its b.o is not part of E. */
        const double sign = bz_unit_type(layer->unit)->has_sigma ? -1 : 1;
        const double bias = sign * bias_scale(s, l, row) * bz_cpu()->dot(layer->bias, layer->offset, layer->size);
        sum += 0.5 * per_row * (bias + start_dot(s, l, row, layer->offset));
    }
    return sum;
}

/* --- terms --- */

/* u of a gaussian unit as couplings see it. */
static double scaled(const struct bz_layer *l, const float *x, size_t i)
{
    return ((double)x[i] - (l->offset ? l->offset[i] : 0)) * l->couple[i];
}

double bz_own_term(const struct bz_state *s, size_t layer, size_t row, const float *x)
{
    const struct bz_layer *l = &s->m->layers[layer];
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    double sum = type->own ? type->own(l, x) : 0;

    if (bz_stopping_work(4 * l->size))
        return 0;
    if (!type->scaled)
        return sum + start_dot(s, layer, row, x);
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, 4); i++)
        sum += scaled(l, x, i) * ((double)l->start[i] - l->bias[i]);
    for (size_t k = 0; k < s->m->n_links[layer]; k++) {
        const struct bz_coupling *c = &s->m->couplings[s->m->links[layer][k].coupling];
        const float *fold = layer == c->a ? c->count_fold_a : c->count_fold_b;
        for (size_t i = 0; fold && i < l->size && !bz_stopping_unit(i, 4); i++)
            sum -= bz_row_counts(s, s->m->links[layer][k].layer, row) * fold[i] * scaled(l, x, i);
    }
    return sum;
}

/* A unit's weights times what couplings see of x. */
static double dot_scaled(const struct bz_layer *l, struct bz_weights r, const float *x)
{
    double sum = 0;

    if (!l->couple)
        return bz_weights_dot(r, x);
    for (size_t k = 0; k < r.n && !bz_stopping_unit(k, 4); k++)
        sum += r.w[k] * scaled(l, x, r.unit ? r.unit[k] : k);
    return sum;
}

double bz_pair_term(const struct bz_machine *m, size_t coupling, const float *x_a, const float *x_b)
{
    const struct bz_coupling *c = &m->couplings[coupling];
    const bool lateral = c->a == c->b;
    /* A gaussian layer is taken for the outer sum, so that the inner sums are plain products. */
    const bool flip = !lateral && m->layers[c->b].couple;
    const struct bz_layer *outer = &m->layers[flip ? c->b : c->a], *inner = &m->layers[flip ? c->a : c->b];
    const float *x = flip ? x_b : x_a, *y = flip || lateral ? x_a : x_b;
    const size_t group = lateral && bz_unit_type(outer->unit)->grouped ? outer->size / outer->groups : 0;
    double sum = 0;

    for (size_t i = 0; i < outer->size && !bz_stopping_unit(i, 2); i++) {
        const double u = outer->couple ? scaled(outer, x, i) : x[i];
        if (u == 0)
            continue;
        if (bz_stopping_work(inner->size + BZ_STOP_EXP))
            return 0;
        const struct bz_weights r = bz_coupling_row(m, coupling, flip, i);
        double input = dot_scaled(inner, r, y);
        if (group) {
            const size_t first = i / group * group;
            const struct bz_weights own = bz_weights_within(r, first, first + group);
            input -= bz_weights_dot(own, own.unit ? y : y + first);
        }
        sum += u * input;
    }
    return lateral ? 0.5 * sum : sum;
}

void bz_add_pair_terms(const struct bz_state *s, size_t layer, size_t link, double scale, double *sum, float *field,
                       struct bz_work *w)
{
    const struct bz_layer *l = &s->m->layers[layer];

    bz_assert(s->n <= BZ_TILE);
    bz_field_link(s, layer, link, 0, s->n, field, w);
    for (size_t r = 0; r < s->n; r++)
        sum[r] += (s->m->links[layer][link].layer == layer ? 0.5 : 1.0) * scale *
                  dot_scaled(l, (struct bz_weights){field + r * l->size, NULL, l->size}, s->x[layer] + r * l->size);
}
