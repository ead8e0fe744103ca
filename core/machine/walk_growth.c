/* Walks whose summed layers are kept as exponentials of their fields. */
#include "walk.h"

#include "edges.h"
#include "kernels.h"
#include "mathx.h"
#include "mem.h"

#include <math.h>
#include <string.h>

enum {
    ROW_STEPS = 64,      /* twenty binary units, or softmax groups of as many states */
    PAYS = 32,           /* states per step: with fewer, making the ratios costs more than they save */
    LARGEST_FIELD = 160, /* |field|/t in any state: exp of it stays below the 2^250 that grow_softplus takes */
};

/* Layers whose log sum is one of softplus. */
static bool may_grow(const struct bz_layer *l)
{
    return l->unit == BZ_BERNOULLI;
}

size_t bz_walk_steps(const struct bz_walk *walk)
{
    size_t steps = 0;

    for (size_t i = 0; i < walk->n_sites; i++)
        steps += walk->site[i].states - 1;
    return steps;
}

int bz_walk_reserve(struct bz_walk *walk, size_t steps, struct bz_error *err)
{
    const struct bz_machine *m = walk->m;
    struct bz_growth *g = &walk->growth;
    size_t numbers;

    if (!g->at && !(g->at = bz_alloc(m->n_layers, sizeof(*g->at), err)))
        return -1;
    g->units = g->room = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        g->at[l] = g->units;
        g->units += walk->fate[l] == BZ_SUMMED && may_grow(&m->layers[l]) ? m->layers[l].size : 0;
    }
    if (bz_mul(&numbers, 2 * g->units, steps) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "walk: %zu steps of %zu units are more than can be addressed", steps, g->units);
    if (!g->ratio || numbers > g->numbers) {
        bz_free_lazy(g->ratio);
        g->numbers = 0;
        if (!(g->ratio = bz_alloc_lazy(numbers, sizeof(*g->ratio), err)))
            return -1;
        g->numbers = numbers;
    }
    g->room = steps;
    return 0;
}

int bz_walk_new_for_rows(struct bz_walk **out, const struct bz_machine *m, struct bz_error *err)
{
    struct bz_walk *walk;

    if (bz_walk_new(&walk, m, err) < 0)
        return -1;
    for (size_t l = 0; l < m->n_layers; l++)
        walk->fate[l] = bz_is_visible(&m->layers[l]) ? BZ_GIVEN : BZ_SUMMED;
    if (bz_machine_hidden_independent(m) && bz_walk_reserve(walk, ROW_STEPS, err) < 0) {
        bz_walk_free(walk);
        return -1;
    }
    *out = walk;
    return 0;
}

static double *ratios(const struct bz_walk *walk, size_t layer, size_t step, bool up)
{
    const struct bz_growth *g = &walk->growth;

    return g->ratio + (2 * step + !up) * g->units + g->at[layer];
}

/* The weights between the unit that a site has on in a state and a summed layer; none if it has none on. */
static struct bz_weights site_weights(const struct bz_walk *walk, const struct bz_site *site, size_t state, size_t layer)
{
    const struct bz_machine *m = walk->m;
    const long unit = bz_unit_on(site, state);

    for (size_t k = 0; unit >= 0 && k < m->n_links[site->layer]; k++)
        if (m->links[site->layer][k].layer == layer)
            return bz_link_row(m, site->layer, &m->links[site->layer][k], (size_t)unit);
    return (struct bz_weights){0};
}

/* The largest |field| that any unit of a layer can have in any state. field is scratch here. */
static double largest_field(struct bz_walk *walk, size_t layer)
{
    const size_t size = walk->m->layers[layer].size;
    const float *base = walk->base + walk->at[layer];
    double *sum = walk->field + walk->at[layer], largest = 0;

    for (size_t j = 0; j < size; j++)
        sum[j] = fabs((double)base[j]);
    for (size_t i = 0; i < walk->n_sites; i++)
        for (size_t state = 0; state < walk->site[i].states; state++) {
            const struct bz_weights r = site_weights(walk, &walk->site[i], state, layer);
            for (size_t j = 0; j < r.n; j++)
                sum[r.unit ? r.unit[j] : j] +=
                    walk->site[i].step_up * fabs((double)r.w[j]); /* of a group: of all its columns */
        }
    for (size_t j = 0; j < size; j++)
        largest = fmax(largest, sum[j]);
    return largest;
}

static void fill(struct bz_walk *walk, size_t layer, double t)
{
    const size_t size = walk->m->layers[layer].size;

    for (size_t i = 0; i < walk->n_sites; i++) {
        const struct bz_site *site = &walk->site[i];
        for (size_t state = 1; state < site->states; state++) {
            const struct bz_weights from = site_weights(walk, site, state - 1, layer),
                                    to = site_weights(walk, site, state, layer);
            double *up = ratios(walk, layer, site->step + state - 1, true);
            double *down = ratios(walk, layer, site->step + state - 1, false);
            for (size_t j = 0; to.w && j < size; j++) {
                const double before = from.w ? (double)bz_weights_at(from, j) : 0;
                const double change = site->step_up * ((double)bz_weights_at(to, j) - before) / t;
                up[j] = bz_exp(change);
                down[j] = bz_exp(-change);
            }
        }
    }
}

void bz_walk_grow(struct bz_walk *walk, double t)
{
    const struct bz_machine *m = walk->m;
    struct bz_growth *g = &walk->growth;
    const size_t steps = bz_walk_steps(walk);

    g->t = t;
    if (!g->ratio || steps > g->room || bz_walk_states(walk, walk->n_sites) < PAYS * steps)
        return;
    for (size_t l = 0; l < m->n_layers; l++) {
        if (walk->fate[l] != BZ_SUMMED || !may_grow(&m->layers[l]))
            continue;
        g->grown[l] = largest_field(walk, l) / t <= LARGEST_FIELD; /* false for NaN */
        if (g->grown[l])
            fill(walk, l, t);
    }
}

void bz_growth_begin(struct bz_walk *walk, size_t layer)
{
    struct bz_growth *g = &walk->growth;
    double *field = walk->field + walk->at[layer];

    g->softplus[layer] = 0;
    for (size_t j = 0; j < walk->m->layers[layer].size; j++) {
        g->softplus[layer] += bz_softplus(field[j] / g->t);
        field[j] = bz_exp(field[j] / g->t);
    }
}

void bz_growth_step(struct bz_walk *walk, size_t layer, size_t step, bool up)
{
    walk->growth.softplus[layer] =
        bz_cpu()->grow_softplus(walk->field + walk->at[layer], ratios(walk, layer, step, up), walk->m->layers[layer].size);
}
