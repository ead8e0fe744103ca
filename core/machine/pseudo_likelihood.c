/* Exact pseudo-likelihood: sum_i log p(v_i | v_-i) with the hidden layers summed out. Changing one visible unit shifts the
 * hidden fields by one row of weights, so a unit costs one sum over the hidden units, not a whole free energy. */
#include "energy.h"

#include "edges.h"
#include "energy_terms.h"
#include "kernels.h"
#include "mathx.h"
#include "unit.h"
#include "walk.h"
#include "work.h"

#include <math.h>
#include <string.h>

/* One visible row. Hidden fields lie in one block, layer after layer, as in a walk. */
struct row {
    struct bz_state *s;
    size_t row;
    const float *field; /* [units of all layers] hidden fields of the row as it is */
    float *shifted;     /* [units of all layers] the same after a change */
    double *without;    /* [units of all layers] the same without the group under consideration */
    const size_t *at;   /* [n_layers] where a layer begins in them */
};

/* Adds `amount` of visible unit i (as couplings see it) to the shifted fields. */
static void shift(const struct row *p, size_t layer, size_t i, double amount)
{
    const struct bz_machine *m = p->s->m;

    for (size_t k = 0; amount != 0 && k < m->n_links[layer]; k++) {
        const size_t hidden = m->links[layer][k].layer;
        if (!bz_is_visible(&m->layers[hidden]))
            bz_weights_axpy(bz_link_row(m, layer, &m->links[layer][k], i), (float)amount, p->shifted + p->at[hidden]);
    }
}

/* Keeps the shifted fields, from which a group's units were taken out, and returns to them: each state of the group is then one
 * row of weights away. */
static void keep_without(const struct row *p, size_t layer)
{
    const struct bz_machine *m = p->s->m;

    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const size_t hidden = m->links[layer][k].layer, end = p->at[hidden] + m->layers[hidden].size;
        for (size_t j = p->at[hidden]; j < end; j++)
            p->without[j] = p->shifted[j];
    }
}

static void reset_without(const struct row *p, size_t layer)
{
    const struct bz_machine *m = p->s->m;

    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const size_t hidden = m->links[layer][k].layer, end = p->at[hidden] + m->layers[hidden].size;
        for (size_t j = p->at[hidden]; j < end; j++)
            p->shifted[j] = (float)p->without[j];
    }
}

static void reset(const struct row *p, size_t layer)
{
    const struct bz_machine *m = p->s->m;

    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const size_t hidden = m->links[layer][k].layer;
        memcpy(p->shifted + p->at[hidden], p->field + p->at[hidden], m->layers[hidden].size * sizeof(float));
    }
}

/* log sum over the hidden layers that see this visible layer; the others do not depend on it. */
static double hidden_log_sum(const struct row *p, size_t layer, const float *field)
{
    const struct bz_machine *m = p->s->m;
    double sum = 0;

    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const size_t hidden = m->links[layer][k].layer;
        const struct bz_layer *l = &m->layers[hidden];
        if (!bz_is_visible(l))
            sum += bz_unit_type(l->unit)->log_sum(l, field + p->at[hidden], 1, 0);
    }
    return sum;
}

/* own[size]: field of the layer from its biases and the other visible units. Grey values count as means. */
static double binary_terms(const struct row *p, size_t layer, const float *own, const float *x)
{
    const struct bz_unit_type *type = bz_unit_type(p->s->m->layers[layer].unit);
    const double apart = type->most - type->least;
    const double present = hidden_log_sum(p, layer, p->field);
    double sum = 0;

    for (size_t i = 0; i < p->s->m->layers[layer].size; i++) {
        double on = present, off = present;
        if (x[i] != type->most) {
            reset(p, layer);
            shift(p, layer, i, type->most - (double)x[i]);
            on = hidden_log_sum(p, layer, p->shifted);
        }
        if (x[i] != type->least) {
            reset(p, layer);
            shift(p, layer, i, type->least - (double)x[i]);
            off = hidden_log_sum(p, layer, p->shifted);
        }
        const double log_odds = apart * own[i] + on - off, part = ((double)x[i] - type->least) / apart;
        sum -= part * bz_softplus(-log_odds) + (1 - part) * bz_softplus(log_odds);
    }
    return sum;
}

static double softmax_terms(const struct row *p, size_t layer, const float *own, const float *x)
{
    const struct bz_layer *l = &p->s->m->layers[layer];
    const size_t k = l->size / l->groups;
    double sum = 0;

    for (size_t g = 0; g < l->size; g += k) {
        double log_sum = -INFINITY;
        reset(p, layer);
        for (size_t j = g; j < g + k; j++)
            shift(p, layer, j, -(double)x[j]);
        keep_without(p, layer);
        for (size_t i = g; i < g + k; i++) {
            reset_without(p, layer);
            shift(p, layer, i, 1);
            const double log_weight = own[i] + hidden_log_sum(p, layer, p->shifted);
            log_sum = bz_logaddexp(log_sum, log_weight);
            sum += x[i] * log_weight;
        }
        sum -= log_sum;
    }
    return sum;
}

/* In each group, one of the units or none. */
static double exclusive_terms(const struct row *p, size_t layer, const float *own, const float *x)
{
    const struct bz_exclusion *e = &p->s->m->layers[layer].exclusion;
    double sum = 0;

    for (size_t g = 0; g < e->n; g++) {
        double log_sum = -INFINITY, none = 1;
        reset(p, layer);
        for (size_t k = e->first[g]; k < e->first[g + 1]; k++)
            shift(p, layer, e->unit[k], -(double)x[e->unit[k]]);
        keep_without(p, layer);
        for (size_t state = e->first[g]; state <= e->first[g + 1]; state++) { /* the last: none */
            const bool on = state < e->first[g + 1];
            const size_t i = on ? e->unit[state] : 0;
            reset_without(p, layer);
            if (on)
                shift(p, layer, i, 1);
            const double log_weight = (on ? (double)own[i] : 0) + hidden_log_sum(p, layer, p->shifted);
            log_sum = bz_logaddexp(log_sum, log_weight);
            sum += (on ? (double)x[i] : none) * log_weight;
            none -= on ? (double)x[i] : 0;
        }
        sum -= log_sum;
    }
    return sum;
}

/* What a hidden unit, or a choice of which one unit is on, adds to the field at least and at most. all: it is coupled to each
 * of the choice's units. */
static void add_range(const struct bz_unit_type *type, struct bz_weights w, bool all, double *low, double *high)
{
    const double up = isfinite(type->most) ? (double)type->most : 1, down = isfinite(type->least) ? (double)type->least : 0;
    double least = all ? INFINITY : 0, most = all ? -INFINITY : 0;

    for (size_t j = 0; j < w.n; j++) {
        const double on = (double)w.w[j] * up, off = type->grouped ? on : (double)w.w[j] * down;
        least = fmin(least, fmin(on, off));
        most = fmax(most, fmax(on, off));
    }
    *low += least;
    *high += most;
}

/* The range of the field of gaussian unit i over the hidden states. */
static void field_range(const struct row *p, size_t layer, size_t i, double *low, double *high)
{
    const struct bz_machine *m = p->s->m;

    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const struct bz_link *link = &m->links[layer][k];
        const struct bz_layer *l = &m->layers[link->layer];
        const struct bz_unit_type *type = bz_unit_type(l->unit);
        const size_t each = type->grouped ? l->size / l->groups : 1;
        if (bz_is_visible(l))
            continue;
        const struct bz_weights r = bz_link_row(m, layer, link, i);
        for (size_t j = 0; j < l->size; j += each) {
            const struct bz_weights w = bz_weights_within(r, j, j + each);
            add_range(type, w, w.n == each, low, high);
        }
    }
}

/* log of the weight of value x for gaussian unit i, given the rest. */
static double gaussian_log_weight(const struct row *p, size_t layer, size_t i, double own, double present, double x)
{
    const struct bz_layer *l = &p->s->m->layers[layer];
    const double away = (x - own) / l->sigma[i];

    reset(p, layer);
    shift(p, layer, i, (x - present) * l->inv_var[i]);
    return hidden_log_sum(p, layer, p->shifted) - 0.5 * away * away;
}

/* The density's normaliser is an integral over one unit. The integrand is a mixture of gaussians of deviation s (one for each
 * hidden state), for which the trapezoid rule with steps of s/2 errs by a part in e^-79 (Poisson summation). NaN where the
 * mixture's components lie MOST_NODES steps apart: no real model has such weights, and they would take forever. */
static double gaussian_terms(const struct row *p, size_t layer, const float *own, const float *x)
{
    const struct bz_layer *l = &p->s->m->layers[layer];
    enum { MOST_NODES = 1 << 14 };
    double sum = 0;

    for (size_t i = 0; i < l->size; i++) {
        const double s = l->sigma[i], step = 0.5 * s;
        double low = own[i] - 8 * s, high = own[i] + 8 * s, log_sum = -INFINITY;
        field_range(p, layer, i, &low, &high);
        if (!((high - low) / step < MOST_NODES))
            return (double)NAN;
        const size_t nodes = (size_t)ceil((high - low) / step) + 1;
        for (size_t k = 0; k < nodes; k++)
            log_sum = bz_logaddexp(log_sum, gaussian_log_weight(p, layer, i, own[i], x[i], low + (double)k * step));
        sum += gaussian_log_weight(p, layer, i, own[i], x[i], x[i]) - log_sum - bz_log(step);
    }
    return sum;
}

typedef double terms(const struct row *p, size_t layer, const float *own, const float *x);

/* NULL: there are none. */
static terms *terms_of(const struct bz_unit_type *type)
{
    return type->exclusive ? exclusive_terms
           : type->binary  ? binary_terms
           : type->grouped ? softmax_terms
           : type->scaled  ? gaussian_terms
                           : NULL;
}

static double row_terms(struct row *p, struct bz_work *w)
{
    const struct bz_machine *m = p->s->m;
    struct bz_state visible = *p->s;
    double sum = 0;

    visible.x = w->walk->x;
    for (size_t l = 0; l < m->n_layers; l++) {
        visible.x[l] = bz_is_visible(&m->layers[l]) ? p->s->x[l] : NULL;
        if (!bz_is_visible(&m->layers[l]))
            bz_field(p->s, l, p->row, 1, false, w->walk->base + p->at[l], w);
    }
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        const struct bz_unit_type *type = bz_unit_type(layer->unit);
        const float *x = p->s->x[l] + p->row * layer->size;
        float *own = w->spare[0];
        if (!bz_is_visible(layer))
            continue;
        bz_field(&visible, l, p->row, 1, true, own, w);
        if (type->exclude_own && bz_machine_has_lateral(m, l))
            type->exclude_own(m, l, x, 0, own);
        sum += terms_of(type)(p, l, own, x);
    }
    return sum;
}

int bz_pseudo_likelihood_check(const struct bz_machine *m, struct bz_error *err)
{
    if (!bz_machine_hidden_independent(m))
        return bz_fail(err, BZ_UNSUPPORTED,
                       "pseudo-likelihood: hidden units are coupled to each other, expected a machine whose hidden units are "
                       "independent given the visible ones");
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_is_visible(&m->layers[l]) && !terms_of(bz_unit_type(m->layers[l].unit)))
            return bz_fail(err, BZ_UNSUPPORTED, "pseudo-likelihood: it is not defined for the %s units of layer \"%s\"",
                           bz_unit_name(m->layers[l].unit), m->layers[l].name);
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_layer *a = &m->layers[m->couplings[c].a], *b = &m->layers[m->couplings[c].b];
        if (bz_unit_type(a->unit)->has_sigma && bz_unit_type(b->unit)->has_sigma && bz_is_visible(a) != bz_is_visible(b))
            return bz_fail(err, BZ_UNSUPPORTED,
                           "pseudo-likelihood: layers \"%s\" and \"%s\" are %s and %s, expected such units on one side only",
                           a->name, b->name, bz_unit_name(a->unit), bz_unit_name(b->unit));
    }
    return 0;
}

int bz_pseudo_likelihood(struct bz_state *s, size_t first, size_t n, double *out, struct bz_work *w, struct bz_error *err)
{
    if (bz_pseudo_likelihood_check(s->m, err) < 0)
        return -1;
    struct row p = {.s = s, .field = w->walk->base, .shifted = w->walk->narrow, .without = w->walk->field, .at = w->walk->at};
    for (size_t r = 0; r < n; r++) {
        p.row = first + r;
        out[r] = row_terms(&p, w);
    }
    return 0;
}
