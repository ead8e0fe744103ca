#include "stationary.h"

#include "statistics.h"
#include "test.h"
#include "unit.h"

#include <stdlib.h>

void stationary_begin(struct stationary *c, const struct bz_machine *m, const double *counts)
{
    assert_true(m->n_layers <= 8);
    *c = (struct stationary){.e = {.m = m, .t = 1.0, .counts = counts}};
    for (size_t l = 0; l < m->n_layers; l++)
        c->layers[l] = m->n_layers > 4 ? m->layers[l].role != BZ_VISIBLE : bz_unit_type(m->layers[l].unit)->discrete;
    c->keys = enum_keys(&c->e, c->layers);
    c->p = calloc(c->keys, sizeof(*c->p));
    c->seen = calloc(c->keys, sizeof(*c->seen));
    assert_true(c->p && c->seen);
    enum_marginal(&c->e, c->layers, c->p);
}

void stationary_see(struct stationary *c, const struct bz_state *s, size_t rows)
{
    for (size_t r = 0; r < rows; r++)
        c->seen[enum_key(&c->e, c->layers, s, r)]++;
}

void stationary_end(struct stationary *c)
{
    const struct bz_machine *m = c->e.m;
    const double probability = chi_square_test(c->seen, c->p, c->keys);
    if (!(probability > 1e-3))
        fail_msg("%s of %zu layers, %zu units first: chi-square probability %g", m->kind, m->n_layers, m->layers[0].size,
                 probability);
    free(c->p);
    free(c->seen);
}
