#include "enumerate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_GAUSSIAN = 16, MOST_UNITS = 1024 };

static bool is_gaussian(const struct bz_machine *m, size_t l)
{
    return m->layers[l].unit == BZ_GAUSSIAN;
}

static double offset(const struct bz_layer *l, size_t i)
{
    return l->offset ? (double)l->offset[i] : 0;
}

/* --- the energy --- */

/* x_i minus its offset, as couplings see it. */
static double coupled(const struct bz_layer *l, const double *x, double d, size_t i)
{
    switch (l->unit) {
    case BZ_GAUSSIAN:
        return (x[i] - offset(l, i)) / exp(2 * (double)l->log_sigma[i]);
    case BZ_MULTINOMIAL:
        return x[i] - d * offset(l, i);
    case BZ_BERNOULLI:
    case BZ_SPIN:
    case BZ_SOFTMAX:
    case BZ_RELU:
    case BZ_DRELU:
    case BZ_EXCLUSIVE:
    case BZ_N_UNITS:
        break;
    }
    return x[i] - offset(l, i);
}

/* D of a multinomial layer; of a hidden layer coupled to such layers, the sum of theirs; otherwise 1. */
static double bias_factor(const struct bz_machine *m, size_t l, const double *counts)
{
    double sum = 0;
    bool near = false;

    if (is_gaussian(m, l) || m->layers[l].unit == BZ_MULTINOMIAL || bz_is_visible(&m->layers[l]))
        return 1;
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t a = m->couplings[c].a, b = m->couplings[c].b;
        if (a != b && (a == l || b == l)) {
            const size_t other = a == l ? b : a;
            if (m->layers[other].unit == BZ_MULTINOMIAL) {
                near = true;
                sum += counts[other];
            }
        }
    }
    return near ? sum : 1;
}

static double weight_between(const struct bz_coupling *c, size_t n_b, size_t i, size_t j)
{
    if (!c->index)
        return c->weight[i * n_b + j];
    for (size_t k = 0; k < c->n_entries; k++)
        if ((c->index[k][0] == i && c->index[k][1] == j) || (c->a == c->b && c->index[k][0] == j && c->index[k][1] == i))
            return c->weight[k];
    return 0;
}

double enum_energy(const struct bz_machine *m, double *const *x, const double *counts)
{
    double energy = 0;

    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        const double d = layer->unit == BZ_MULTINOMIAL ? counts[l] : 1, factor = bias_factor(m, l, counts);
        for (size_t i = 0; i < layer->size; i++)
            if (layer->unit == BZ_GAUSSIAN)
                energy += pow(x[l][i] - layer->bias[i], 2) / (2 * exp(2 * (double)layer->log_sigma[i]));
            else if (layer->unit == BZ_RELU)
                energy += pow(x[l][i], 2) / (2 * exp(2 * (double)layer->log_sigma[i])) - factor * layer->bias[i] * x[l][i];
            else if (layer->unit == BZ_DRELU) {
                const bool below = x[l][i] < 0;
                const double log_s = (double)layer->log_sigma[i] + (below ? (double)layer->below[layer->size + i] : 0);
                energy += pow(x[l][i], 2) / (2 * exp(2 * log_s)) -
                          (factor * layer->bias[i] + (below ? (double)layer->below[i] : 0)) * x[l][i];
            } else
                energy -= factor * layer->bias[i] * (x[l][i] - d * offset(layer, i));
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t a = m->couplings[c].a, b = m->couplings[c].b;
        const struct bz_layer *la = &m->layers[a], *lb = &m->layers[b];
        double x_b[MOST_UNITS];
        if (lb->size > MOST_UNITS)
            abort();
        for (size_t j = 0; j < lb->size; j++)
            x_b[j] = coupled(lb, x[b], counts ? counts[b] : 0, j);
        for (size_t i = 0; i < la->size; i++) {
            const double x_i = (a == b ? 0.5 : 1) * coupled(la, x[a], counts ? counts[a] : 0, i);
            for (size_t j = 0; x_i != 0 && j < lb->size; j++)
                energy -= x_i * weight_between(&m->couplings[c], lb->size, i, j) * x_b[j];
        }
    }
    return energy;
}

/* --- walking over states --- */

struct walk {
    const struct enumeration *e;
    double **x;             /* [n_layers][size] */
    double log_sum;         /* log of the sum of weights so far */
    double log_nodes;       /* log of the product of the quadrature weights of the relu units' current values */
    double *const *mean;    /* sums of weight * x relative to exp(log_sum), or NULL */
    double energy, energy2; /* likewise; for states without gaussian units */
    bool energies;          /* are asked for */
    const bool *layers;
    double *p; /* likewise, by key; or NULL */
    size_t n_keys;
};

static bool is_held(const struct enumeration *e, size_t l, size_t i)
{
    if (!e->held || !e->held[l])
        return false;
    return !e->known || !e->known[l] || e->known[l][i];
}

static size_t key_of(const struct enumeration *e, const bool *layers, double *const *x)
{
    size_t key = 0;

    for (size_t l = 0; l < e->m->n_layers; l++) {
        const struct bz_layer *layer = &e->m->layers[l];
        if (!layers[l])
            continue;
        const size_t base = layer->unit == BZ_MULTINOMIAL ? (size_t)e->counts[l] + 1 : 2;
        for (size_t i = 0; i < layer->size; i++)
            key = key * base + (size_t)lround(layer->unit == BZ_SPIN ? (x[l][i] + 1) / 2 : x[l][i]);
    }
    return key;
}

/* Gaussian units y that are not held, in all layers: E = y'Ay/2 - g'y + c for the rest of the state as it is, determined by
 * evaluating the energy at a few points (it is a quadratic form). */
struct quadratic {
    size_t n;
    double *y[MOST_GAUSSIAN];
    double a[MOST_GAUSSIAN][MOST_GAUSSIAN], g[MOST_GAUSSIAN], c;
};

static void find_quadratic(struct walk *w, struct quadratic *q)
{
    const struct bz_machine *m = w->e->m;
    const double *counts = w->e->counts;

    q->n = 0;
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t i = 0; is_gaussian(m, l) && i < m->layers[l].size; i++)
            if (!is_held(w->e, l, i)) {
                if (q->n == MOST_GAUSSIAN)
                    abort();
                q->y[q->n++] = &w->x[l][i];
            }
    for (size_t i = 0; i < q->n; i++)
        *q->y[i] = 0;
    q->c = enum_energy(m, w->x, counts);
    for (size_t i = 0; i < q->n; i++) {
        *q->y[i] = 1;
        const double plus = enum_energy(m, w->x, counts) - q->c;
        *q->y[i] = -1;
        const double minus = enum_energy(m, w->x, counts) - q->c;
        *q->y[i] = 0;
        q->a[i][i] = plus + minus;
        q->g[i] = (minus - plus) / 2;
    }
    for (size_t i = 0; i < q->n; i++)
        for (size_t j = 0; j < i; j++) {
            *q->y[i] = *q->y[j] = 1;
            const double both = enum_energy(m, w->x, counts) - q->c;
            *q->y[i] = *q->y[j] = 0;
            q->a[i][j] = q->a[j][i] = both - q->a[i][i] / 2 - q->a[j][j] / 2 + q->g[i] + q->g[j];
        }
}

/* log of the integral over y of exp(-E/t); leaves y at its mean. Gaussian elimination without pivoting: A is positive
 * definite. */
static double integrate(struct walk *w)
{
    struct quadratic q = {0};
    double log_det = 0, rhs[MOST_GAUSSIAN], energy;

    find_quadratic(w, &q);
    memcpy(rhs, q.g, sizeof(rhs));
    for (size_t k = 0; k < q.n; k++) {
        log_det += log(q.a[k][k]);
        for (size_t i = k + 1; i < q.n; i++) {
            const double factor = q.a[i][k] / q.a[k][k];
            for (size_t j = k; j < q.n; j++)
                q.a[i][j] -= factor * q.a[k][j];
            rhs[i] -= factor * rhs[k];
        }
    }
    for (size_t i = q.n; i-- > 0;) {
        for (size_t j = i + 1; j < q.n; j++)
            rhs[i] -= q.a[i][j] * *q.y[j];
        *q.y[i] = rhs[i] / q.a[i][i];
    }
    energy = q.c;
    for (size_t i = 0; i < q.n; i++)
        energy -= 0.5 * q.g[i] * *q.y[i];
    return -energy / w->e->t + 0.5 * ((double)q.n * log(2 * M_PI * w->e->t) - log_det);
}

static void rescale(struct walk *w, double factor)
{
    const struct bz_machine *m = w->e->m;

    for (size_t l = 0; w->mean && l < m->n_layers; l++)
        for (size_t i = 0; i < m->layers[l].size; i++)
            w->mean[l][i] *= factor;
    for (size_t k = 0; w->p && k < w->n_keys; k++)
        w->p[k] *= factor;
    w->energy *= factor;
    w->energy2 *= factor;
}

/* All discrete units are set: adds this state (all accumulators are kept divided by the sum so far). */
static void visit(struct walk *w)
{
    const struct bz_machine *m = w->e->m;
    const double log_weight = integrate(w) + w->log_nodes, before = w->log_sum;

    w->log_sum = before == -INFINITY ? log_weight : fmax(before, log_weight) + log1p(exp(-fabs(before - log_weight)));
    rescale(w, exp(before - w->log_sum));
    const double weight = exp(log_weight - w->log_sum);
    for (size_t l = 0; w->mean && l < m->n_layers; l++)
        for (size_t i = 0; i < m->layers[l].size; i++)
            w->mean[l][i] += weight * w->x[l][i];
    if (w->p)
        w->p[key_of(w->e, w->layers, w->x)] += weight;
    if (!w->energies)
        return;
    const double energy = enum_energy(m, w->x, w->e->counts);
    w->energy += weight * energy;
    w->energy2 += weight * energy * energy;
}

static void walk_layer(struct walk *w, size_t l);

static void walk_bits(struct walk *w, size_t l, size_t i)
{
    if (i == w->e->m->layers[l].size) {
        walk_layer(w, l + 1);
        return;
    }
    const double low = w->e->m->layers[l].unit == BZ_SPIN ? -1 : 0;
    for (int bit = 0; bit < 2; bit++) {
        if (is_held(w->e, l, i) && bit == 1)
            break;
        w->x[l][i] = is_held(w->e, l, i) ? (double)w->e->held[l][i] : bit ? 1 : low;
        walk_bits(w, l, i + 1);
    }
}

/* Relu unit i: the eight-point Gauss-Legendre rule on panels from 0 to where nothing is left; for drelu units on both sides. */
static void walk_rectified(struct walk *w, size_t l, size_t i)
{
    enum { PANELS = 5 };
    static const double node[4] = {.18343464249564980494, .52553240991632898582, .79666647741362673959, .96028985649753623168};
    static const double weight[4] = {.36268378337836198297, .31370664587788728734, .22238103445337447054,
                                     .10122853629037625915};
    const struct bz_layer *layer = &w->e->m->layers[l];

    if (i == layer->size || is_held(w->e, l, i)) {
        if (i < layer->size)
            w->x[l][i] = w->e->held[l][i];
        i == layer->size ? walk_layer(w, l + 1) : walk_rectified(w, l, i + 1);
        return;
    }
    for (int n = 0; n < PANELS * 8 * (layer->below ? 2 : 1); n++) {
        const int k = n % (PANELS * 8);
        const bool below = n != k;
        const double log_s = (double)layer->log_sigma[i] + (below ? (double)layer->below[layer->size + i] : 0);
        const double half = exp(log_s) * sqrt(w->e->t) * 1.25;
        const double side = k % 2 ? -1 : 1, log_node = log(half * weight[k / 2 % 4]);
        w->log_nodes += log_node;
        w->x[l][i] = (below ? -half : half) * (2 * (k / 8) + 1 + side * node[k / 2 % 4]);
        walk_rectified(w, l, i + 1);
        w->log_nodes -= log_node;
    }
}

/* Bits, of which at most one per group is on. */
static void walk_exclusive(struct walk *w, size_t l, size_t i)
{
    const struct bz_layer *layer = &w->e->m->layers[l];

    if (i == layer->size) {
        walk_layer(w, l + 1);
        return;
    }
    for (int bit = 0; bit < 2; bit++) {
        bool taken = false;
        for (size_t k = 0; bit && k < i; k++)
            taken = taken || (layer->exclusion.group[k] == layer->exclusion.group[i] && w->x[l][k] == 1);
        if (taken || (is_held(w->e, l, i) && w->e->held[l][i] != (float)bit))
            continue;
        w->x[l][i] = bit;
        walk_exclusive(w, l, i + 1);
    }
}

/* Softmax group g: every column that the held units allow. */
static void walk_groups(struct walk *w, size_t l, size_t g)
{
    const struct bz_layer *layer = &w->e->m->layers[l];
    const size_t k = layer->size / layer->groups;

    if (g == layer->groups) {
        walk_layer(w, l + 1);
        return;
    }
    for (size_t on = 0; on < k; on++) {
        bool allowed = true;
        for (size_t i = 0; i < k; i++) {
            w->x[l][g * k + i] = i == on;
            allowed = allowed && (!is_held(w->e, l, g * k + i) || w->e->held[l][g * k + i] == (float)(i == on));
        }
        if (allowed)
            walk_groups(w, l, g + 1);
    }
}

/* Words of units that are not held; those held are set. */
static void walk_words(struct walk *w, size_t l, double left)
{
    const struct bz_layer *layer = &w->e->m->layers[l];

    if (left <= 0) {
        walk_layer(w, l + 1);
        return;
    }
    for (size_t i = 0; i < layer->size; i++)
        if (!is_held(w->e, l, i)) {
            w->x[l][i]++;
            walk_words(w, l, left - 1);
            w->x[l][i]--;
        }
}

static void walk_layer(struct walk *w, size_t l)
{
    const struct bz_machine *m = w->e->m;

    if (l == m->n_layers) {
        visit(w);
        return;
    }
    switch (m->layers[l].unit) {
    case BZ_SOFTMAX:
        walk_groups(w, l, 0);
        break;
    case BZ_MULTINOMIAL: {
        double left = w->e->counts[l];
        for (size_t i = 0; i < m->layers[l].size; i++) {
            w->x[l][i] = is_held(w->e, l, i) ? (double)w->e->held[l][i] : 0;
            left -= w->x[l][i];
        }
        walk_words(w, l, left);
        break;
    }
    case BZ_GAUSSIAN:
        for (size_t i = 0; i < m->layers[l].size; i++)
            w->x[l][i] = is_held(w->e, l, i) ? (double)w->e->held[l][i] : 0;
        walk_layer(w, l + 1);
        break;
    case BZ_RELU:
    case BZ_DRELU:
        walk_rectified(w, l, 0);
        break;
    case BZ_EXCLUSIVE:
        walk_exclusive(w, l, 0);
        break;
    case BZ_BERNOULLI:
    case BZ_SPIN:
    case BZ_N_UNITS:
        walk_bits(w, l, 0);
    }
}

static void run(struct walk *w)
{
    const struct bz_machine *m = w->e->m;

    w->log_sum = -INFINITY;
    w->x = calloc(m->n_layers, sizeof(*w->x));
    for (size_t l = 0; l < m->n_layers; l++)
        w->x[l] = calloc(m->layers[l].size, sizeof(**w->x));
    walk_layer(w, 0);
    for (size_t l = 0; l < m->n_layers; l++)
        free(w->x[l]);
    free(w->x);
}

double enum_log_sum(const struct enumeration *e)
{
    struct walk w = {.e = e};
    run(&w);
    return w.log_sum;
}

void enum_moments(const struct enumeration *e, double *const *mean, double *mean_energy, double *var_energy)
{
    struct walk w = {.e = e, .mean = mean, .energies = mean_energy || var_energy};

    for (size_t l = 0; mean && l < e->m->n_layers; l++)
        memset(mean[l], 0, e->m->layers[l].size * sizeof(**mean));
    run(&w);
    if (mean_energy)
        *mean_energy = w.energy;
    if (var_energy)
        *var_energy = w.energy2 - w.energy * w.energy;
}

size_t enum_keys(const struct enumeration *e, const bool *layers)
{
    size_t keys = 1;

    for (size_t l = 0; l < e->m->n_layers; l++)
        for (size_t i = 0; layers[l] && i < e->m->layers[l].size; i++)
            keys *= e->m->layers[l].unit == BZ_MULTINOMIAL ? (size_t)e->counts[l] + 1 : 2;
    return keys;
}

void enum_marginal(const struct enumeration *e, const bool *layers, double *p)
{
    struct walk w = {.e = e, .layers = layers, .p = p, .n_keys = enum_keys(e, layers)};

    memset(p, 0, w.n_keys * sizeof(*p));
    run(&w);
}

size_t enum_key(const struct enumeration *e, const bool *layers, const struct bz_state *s, size_t row)
{
    double **x = calloc(e->m->n_layers, sizeof(*x));
    for (size_t l = 0; l < e->m->n_layers; l++) {
        const size_t n = e->m->layers[l].size;
        x[l] = calloc(n, sizeof(**x));
        for (size_t i = 0; i < n; i++)
            x[l][i] = s->x[l][row * n + i];
    }
    const size_t key = key_of(e, layers, x);
    for (size_t l = 0; l < e->m->n_layers; l++)
        free(x[l]);
    free(x);
    return key;
}
