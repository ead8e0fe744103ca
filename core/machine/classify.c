#include "classify.h"

#include "mathx.h"
#include "stop.h"

#include <math.h>
#include <string.h>

long bz_label_layer(const struct bz_machine *m)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (m->layers[l].role == BZ_LABEL && bz_is_choice(&m->layers[l]))
            return (long)l;
    return -1;
}

/* Tolerance of the mean fields, one per class: bounds are then off by some 1e-6 and take half as many sweeps. A row that starts
 * from the means of the previous class is close to its own from the start. */
static const double tolerance = 1e-3, tolerance_carried = 3e-3;

static void classify_tile(struct bz_state *s, size_t layer, size_t first, size_t n, double *p, enum bz_method *method,
                          struct bz_work *w)
{
    const size_t k = s->m->layers[layer].size;
    /* Missing values are much the same under every class, so the next class starts from their means. Hidden layers that depend
     * on each other may get stuck where an unlikely class has led them, so they start anew. */
    const bool carry = bz_machine_hidden_independent(s->m);
    float *x = s->x[layer] + first * k;
    uint8_t *known = s->known[layer] ? s->known[layer] + first * k : NULL;
    double free_energy[BZ_TILE];

    if (known)
        memset(known, 1, n * k);
    memset(x, 0, n * k * sizeof(*x));
    for (size_t c = 0; c < k && !bz_stopping(); c++) {
        for (size_t r = 0; r < n; r++) {
            x[r * k + (c ? c - 1 : k - 1)] = 0;
            x[r * k + c] = 1;
        }
        bz_free_energy_to(s, first, n, carry && c > 0, carry ? tolerance_carried : tolerance, free_energy, method, w);
        for (size_t r = 0; r < n; r++)
            p[r * k + c] = -free_energy[r];
    }
    for (size_t r = 0; r < n; r++) {
        bz_softmax(p + r * k, k);
        for (size_t i = 0; i < k; i++)
            x[r * k + i] = (float)p[r * k + i];
    }
    if (known)
        memset(known, 0, n * k);
}

void bz_classify(struct bz_state *s, size_t label_layer, size_t first, size_t n, double *p, enum bz_method *method,
                 struct bz_work *w)
{
    const size_t k = s->m->layers[label_layer].size;

    for (size_t r = 0; r < n; r += BZ_TILE)
        classify_tile(s, label_layer, first + r, n - r < BZ_TILE ? n - r : BZ_TILE, p + r * k, method ? method + r : NULL, w);
}
