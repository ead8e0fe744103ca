#include "energy.h"

#include "energy_terms.h"
#include "infer.h"
#include "mathx.h"
#include "stop.h"
#include "unit.h"
#include "walk.h"
#include "work.h"

#include <math.h>
#include <string.h>

enum { MAX_UNKNOWN_BITS = 20 }; /* of visible units that are summed out by enumeration */

/* -E of the visible layers, or of all layers. */
static double negative_energy(const struct bz_state *s, size_t row, bool visible_only)
{
    const struct bz_machine *m = s->m;
    double sum = -bz_offset_constant(s, row);

    for (size_t l = 0; l < m->n_layers; l++)
        if (!visible_only || bz_is_visible(&m->layers[l]))
            sum += bz_own_term(s, l, row, s->x[l] + row * m->layers[l].size);
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_layer *a = &m->layers[m->couplings[c].a], *b = &m->layers[m->couplings[c].b];
        if (!visible_only || (bz_is_visible(a) && bz_is_visible(b)))
            sum += bz_pair_term(m, c, s->x[m->couplings[c].a] + row * a->size, s->x[m->couplings[c].b] + row * b->size);
    }
    return sum;
}

void bz_energy(const struct bz_state *s, size_t first, size_t n, double *energy)
{
    for (size_t r = 0; r < n; r++)
        energy[r] = 0 - negative_energy(s, first + r, false); /* 0, not -0, of a row of zeros */
}

/* --- free energy --- */

void bz_given_free_energy(struct bz_state *s, size_t first, size_t n, double *free_energy, struct bz_work *w)
{
    const struct bz_machine *m = s->m;

    for (size_t r = 0; r < n; r++)
        free_energy[r] = 0 - negative_energy(s, first + r, true);
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        const struct bz_unit_type *type = bz_unit_type(layer->unit);
        float *x = s->x[l] + first * layer->size;
        if (bz_is_visible(layer))
            continue;
        bz_field(s, l, first, n, false, x, w);
        for (size_t r = 0; r < n && !bz_stopping_work(4 * layer->size); r++) {
            free_energy[r] -= type->log_sum(layer, x + r * layer->size, 1, 0);
            type->mean(layer, x + r * layer->size, 1, 0, x + r * layer->size);
        }
    }
}

static bool all_given(const struct bz_state *s, size_t row)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t size = s->m->layers[l].size;
        if (bz_is_visible(&s->m->layers[l]) && s->known[l] && memchr(s->known[l] + row * size, 0, size))
            return false;
    }
    return true;
}

/* Chooses fates that enumerate the unknown visible units of a row and sum out the hidden ones; how many bits the former have,
 * or -1 if that is not possible. */
static double unknown_bits(const struct bz_state *s, size_t row, enum bz_fate *fate)
{
    double bits = 0;

    for (size_t l = 0; l < s->m->n_layers; l++) {
        const struct bz_layer *layer = &s->m->layers[l];
        const uint8_t *known = s->known[l] ? s->known[l] + row * layer->size : NULL;
        const bool given = !known || !memchr(known, 0, layer->size);
        fate[l] = !bz_is_visible(layer) ? BZ_SUMMED : given ? BZ_GIVEN : BZ_WALKED;
        if (fate[l] != BZ_WALKED)
            continue;
        const double layer_bits = bz_walk_bits(layer, known, s->x[l] + row * layer->size);
        if (layer_bits < 0)
            return -1;
        bits += layer_bits;
    }
    return bits;
}

/* False if that is not possible or too much. */
static bool can_enumerate(const struct bz_state *s, size_t row, enum bz_fate *fate)
{
    const double bits = unknown_bits(s, row, fate);
    return bits >= 0 && bits <= MAX_UNKNOWN_BITS;
}

/* How a row's free energy is computed. */
enum way {
    GIVEN,      /* hidden units are independent and all visible ones given: a closed form */
    ENUMERATED, /* that, for every joint state of a few unknown visible units */
    BOUNDED,    /* mean field */
};

static enum way choose_way(const struct bz_state *s, size_t row, bool independent, enum bz_fate *fate)
{
    if (!independent)
        return BOUNDED;
    return all_given(s, row) ? GIVEN : can_enumerate(s, row, fate) ? ENUMERATED : BOUNDED;
}

double bz_free_energy_states(const struct bz_state *s, size_t row, struct bz_work *w)
{
    if (choose_way(s, row, bz_machine_hidden_independent(s->m), w->walk->fate) != ENUMERATED)
        return 0;
    return exp2(unknown_bits(s, row, w->walk->fate));
}

static double enumerate(struct bz_state *s, size_t row, struct bz_work *w)
{
    struct bz_walk *walk = w->walk;

    can_enumerate(s, row, walk->fate);
    if (bz_walk_begin(walk, s, row, walk->fate, w, NULL) < 0)
        return NAN; /* cannot fail: so few bits fit */
    bz_walk_grow(walk, 1);
    return -bz_walk_log_z(walk, walk->n_sites, 1);
}

void bz_free_energy(struct bz_state *s, size_t first, size_t n, double *free_energy, enum bz_method *method, struct bz_work *w)
{
    bz_free_energy_to(s, first, n, false, bz_usual_tolerance, free_energy, method, w);
}

void bz_free_energy_to(struct bz_state *s, size_t first, size_t n, bool warm, double tolerance, double *free_energy,
                       enum bz_method *method, struct bz_work *w)
{
    const bool independent = bz_machine_hidden_independent(s->m);

    for (size_t r = 0; r < n;) {
        const enum way way = choose_way(s, first + r, independent, w->walk->fate);
        size_t rows = 1; /* rows computed the same way */
        while (way != ENUMERATED && rows < BZ_TILE && r + rows < n &&
               choose_way(s, first + r + rows, independent, w->walk->fate) == way)
            rows++;
        if (way == GIVEN)
            bz_given_free_energy(s, first + r, rows, free_energy + r, w);
        else if (way == ENUMERATED)
            free_energy[r] = enumerate(s, first + r, w);
        else
            bz_mean_field_to(s, first + r, rows, warm, tolerance, free_energy + r, w);
        for (size_t i = r; method && i < r + rows; i++)
            method[i] = way == BOUNDED ? BZ_VARIATIONAL : BZ_EXACT;
        r += rows;
    }
}

double bz_log_orderings(const struct bz_state *s, size_t row)
{
    double sum = 0;

    for (size_t l = 0; l < s->m->n_layers; l++) {
        const struct bz_layer *layer = &s->m->layers[l];
        if (!s->counts[l] || !bz_is_visible(layer))
            continue;
        sum += bz_lgamma1(bz_row_counts(s, l, row));
        for (size_t i = 0; i < layer->size && !bz_stopping_unit(i, 2 * BZ_STOP_EXP); i++)
            sum -= bz_lgamma1(s->x[l][row * layer->size + i]);
    }
    return sum;
}
