#include "random_machine.h"

#include "mathx.h"
#include "rng.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_LAYERS = 6, MOST_COUPLINGS = MOST_LAYERS * (MOST_LAYERS + 1) / 2, MOST_PAIRS = 64 };

struct dice {
    struct bz_key key;
    uint32_t n;
};

struct draft {
    struct dice dice;
    struct bz_layer_spec layers[MOST_LAYERS];
    char names[MOST_LAYERS][8];
    size_t n_layers, n_couplings, words;
    struct bz_coupling_spec couplings[MOST_COUPLINGS];
    struct bz_pattern patterns[MOST_COUPLINGS];
    uint32_t pairs[MOST_COUPLINGS][MOST_PAIRS][2];
    double cost; /* log2 of the number of states that enumeration visits */
};

static double roll(struct dice *d)
{
    return bz_random_double(&d->key, d->n++);
}

static size_t below(struct dice *d, size_t n)
{
    return (size_t)(roll(d) * (double)n);
}

static double centred(struct dice *d, double width)
{
    return width * (2 * roll(d) - 1);
}

static void check(int rc, const struct bz_error *err)
{
    if (rc == 0)
        return;
    fprintf(stderr, "random machine: %s\n", err->msg);
    abort();
}

/* log2 of the number of states of a layer; for units summed by quadrature, of its nodes. */
static double cost_of(const struct bz_layer_spec *l, size_t words)
{
    switch (l->unit) {
    case BZ_SOFTMAX:
        return (double)l->groups * log2((double)(l->size / l->groups));
    case BZ_MULTINOMIAL:
        return (double)words * log2((double)l->size);
    case BZ_GAUSSIAN:
        return 0.3 * (double)l->size;
    case BZ_RELU:
        return 5.4 * (double)l->size;
    case BZ_DRELU:
        return 6.4 * (double)l->size;
    case BZ_BERNOULLI:
    case BZ_SPIN:
    case BZ_EXCLUSIVE:
    case BZ_N_UNITS:
        break;
    }
    return (double)l->size;
}

static void add_layer(struct draft *d, bool hidden)
{
    const double most = 12;
    struct bz_layer_spec l = {.role = hidden ? BZ_HIDDEN : BZ_VISIBLE, .groups = 1};

    do
        l.unit = (enum bz_unit)below(&d->dice, BZ_N_UNITS);
    while (hidden ? !bz_unit_type(l.unit)->hidden : !bz_unit_type(l.unit)->visible);
    const struct bz_unit_type *type = bz_unit_type(l.unit);
    if (type->grouped)
        l.groups = 1 + below(&d->dice, 2);
    l.size = type->grouped                      ? l.groups * (2 + below(&d->dice, 2))
             : type->has_sigma && !type->scaled ? 1 + below(&d->dice, 2)
                                                : 1 + below(&d->dice, 4);
    if (d->n_layers > 0 && d->cost + cost_of(&l, d->words) > most)
        return;
    if (!hidden && type->grouped && l.groups == 1 && d->n_layers > 0 && roll(&d->dice) < 0.4)
        l.role = BZ_LABEL;
    l.has_offset = roll(&d->dice) < 0.6;
    snprintf(d->names[d->n_layers], sizeof(d->names[0]), "l%zu", d->n_layers);
    l.name = d->names[d->n_layers];
    d->cost += cost_of(&l, d->words);
    d->layers[d->n_layers++] = l;
}

/* Picks about half of the pairs; false if that leaves none. */
static bool make_sparse(struct draft *d, size_t c)
{
    const size_t a = d->couplings[c].a, b = d->couplings[c].b;
    size_t n = 0;

    for (uint32_t i = 0; i < d->layers[a].size; i++)
        for (uint32_t j = 0; j < d->layers[b].size; j++)
            if ((a != b || i < j) && roll(&d->dice) < 0.5) {
                d->pairs[c][n][0] = i;
                d->pairs[c][n++][1] = j;
            }
    d->patterns[c] = (struct bz_pattern){(const uint32_t(*)[2])d->pairs[c], n};
    return n > 0;
}

/* Couples two layers, or one to itself, at random where that is allowed. */
static void maybe_couple(struct draft *d, size_t a, size_t b)
{
    const struct bz_unit_type *type_a = bz_unit_type(d->layers[a].unit), *type_b = bz_unit_type(d->layers[b].unit);
    const bool visible = d->layers[a].role != BZ_HIDDEN && d->layers[b].role != BZ_HIDDEN, turned = roll(&d->dice) < 0.3;
    const double chance = a == b || visible ? 0.3 : 0.75;

    if (roll(&d->dice) > chance || (a == b && !type_a->scan) ||
        (!type_a->scan && isinf(type_a->most) && !type_b->scan && isinf(type_b->most)))
        return;
    d->couplings[d->n_couplings] = turned ? (struct bz_coupling_spec){b, a} : (struct bz_coupling_spec){a, b};
    d->patterns[d->n_couplings] = (struct bz_pattern){0};
    if (roll(&d->dice) < 0.3 && !make_sparse(d, d->n_couplings))
        return;
    d->n_couplings++;
}

static void put_layers(struct draft *d, struct bz_machine *m)
{
    struct bz_error err = {0};

    for (size_t l = 0; l < m->n_layers; l++) {
        const size_t n = m->layers[l].size;
        uint32_t group[8];
        for (size_t i = 0; i < n; i++) {
            group[i % 8] = (uint32_t)below(&d->dice, n);
            bz_machine_bias(m, l)[i] = (float)centred(&d->dice, 1);
            if (m->layers[l].offset)
                bz_machine_offset(m, l)[i] = (float)centred(&d->dice, 1);
            if (m->layers[l].log_sigma)
                bz_machine_log_sigma(m, l)[i] = (float)centred(&d->dice, 0.5);
            for (size_t k = 0; m->layers[l].below && k < 2; k++)
                bz_machine_below(m, l)[k * n + i] = (float)centred(&d->dice, 0.5);
        }
        if (bz_unit_type(m->layers[l].unit)->exclusive)
            check(bz_machine_exclude(m, l, group, &err), &err);
    }
}

static void put_weights(struct bz_machine *m, struct dice dice, double scale)
{
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t n = m->layers[m->couplings[c].b].size;
        float *w = bz_machine_weight(m, c);
        for (size_t k = 0; k < bz_coupling_weights(m, c); k++)
            w[k] = (float)centred(&dice, scale);
        for (size_t i = 0; m->couplings[c].a == m->couplings[c].b && !m->couplings[c].index && i < n; i++)
            for (size_t j = 0; j <= i; j++)
                w[i * n + j] = i == j ? 0 : w[j * n + i];
    }
}

static void describe(struct random_machine *r, const struct draft *d, uint64_t seed)
{
    size_t at = (size_t)snprintf(r->text, sizeof(r->text), "seed %d, %zu words:", (int)seed, d->words);

    for (size_t l = 0; l < d->n_layers; l++)
        at += (size_t)snprintf(r->text + at, sizeof(r->text) - at, " %s[%zu]%s", bz_unit_name(d->layers[l].unit),
                               d->layers[l].size, d->layers[l].role == BZ_HIDDEN ? "h" : "");
    for (size_t c = 0; c < d->n_couplings; c++)
        at += (size_t)snprintf(r->text + at, sizeof(r->text) - at, " %zu~%zu%s", d->couplings[c].a, d->couplings[c].b,
                               d->patterns[c].index ? "s" : "");
}

void random_machine(struct random_machine *out, uint64_t seed)
{
    struct draft d = {.dice.key = {.seed = seed, .purpose = BZ_DRAW_MISC}};
    struct bz_error err = {0};
    double scale = 1.6;

    d.words = below(&d.dice, 4);
    for (size_t n = 1 + below(&d.dice, 3); n > 0; n--)
        add_layer(&d, false);
    for (size_t n = below(&d.dice, 4); n > 0; n--)
        add_layer(&d, true);
    for (size_t a = 0; a < d.n_layers; a++)
        for (size_t b = a; b < d.n_layers; b++)
            maybe_couple(&d, a, b);
    check(bz_machine_new_sparse(&out->m, "bm", d.layers, d.n_layers, d.couplings, d.n_couplings, d.patterns, &err), &err);
    put_layers(&d, out->m);
    for (put_weights(out->m, d.dice, scale); bz_machine_check(out->m, &err) < 0; put_weights(out->m, d.dice, scale))
        scale *= 0.6;
    put_weights(out->m, d.dice, scale / 2); /* real values stay within reach of the oracle's quadrature */
    check(bz_machine_prepare(out->m, &err), &err);
    out->words = d.words;
    describe(out, &d, seed);
}
