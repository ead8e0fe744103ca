#include "ais.h"
#include "mem.h"
#include "object.h"
#include "unit.h"

#include <math.h>
#include <string.h>

/* The mean of a layer's base: given, else its offset; NULL = none, which is uniform. Units with a variance of their own keep
 * the mean they have without neighbours. */
static bool find_mean(double *out, const struct bz_layer *l, bool kept, const double *mean)
{
    const bool visible = bz_is_visible(l), known = visible && mean;

    if (!known && !((visible || kept) && l->offset && !bz_unit_type(l->unit)->has_sigma))
        return false;
    for (size_t i = 0; i < l->size; i++)
        out[i] = known ? mean[i] : (double)l->offset[i];
    return true;
}

/* Rates are smoothed by two parts in ten thousand (the published (p + 0.05)/(1 + 0.1) is for one row), so that a column that is
 * always on keeps a finite logit. */
static double smoothing_rows(const struct bz_layer *l)
{
    const struct bz_unit_type *type = bz_unit_type(l->unit);

    return 1e4 * (type->binary || l->exclusion.group ? 2.0 : type->grouped ? (double)(l->size / l->groups) : (double)l->size);
}

/* Units with a variance of their own: the data's where that is larger. */
static void fill_deviation(const struct bz_layer *l, const double *variance, double *deviation)
{
    for (size_t i = 0; i < l->size; i++) {
        const double own = l->sigma[i], given = variance && variance[i] > 0 ? sqrt(variance[i]) : own;

        deviation[i] = given < own ? own : given;
    }
}

static int fill_layer(struct bz_base *base, size_t layer, const struct bz_layer *l, bool kept, const double *mean,
                      const double *variance, struct bz_error *err)
{
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    double *target = bz_alloc(l->size, sizeof(*target), err);

    if (!target)
        return -1;
    const bool found = find_mean(target, l, kept, mean);
    if ((found || type->has_sigma) && !(base->bias[layer] = bz_part(base, l->size, sizeof(float), err)))
        goto fail;
    if (type->has_sigma && !(base->deviation[layer] = bz_part(base, l->size, sizeof(double), err)))
        goto fail;
    if (found)
        type->fit(l, target, smoothing_rows(l), base->bias[layer]);
    else if (type->has_sigma)
        memcpy(base->bias[layer], l->bias, l->size * sizeof(float));
    if (type->has_sigma)
        fill_deviation(l, bz_is_visible(l) ? variance : NULL, base->deviation[layer]);
    bz_free(target);
    return 0;
fail:
    bz_free(target);
    return -1;
}

int bz_base_new(struct bz_base **out, const struct bz_machine *m, const double *const *mean, const double *const *variance,
                struct bz_error *err)
{
    struct bz_base *base = bz_object_new(sizeof(*base), NULL, err);

    if (!base)
        return -1;
    base->n_layers = m->n_layers;
    const bool kept = !bz_machine_hidden_independent(m);
    if (!(base->bias = bz_part(base, m->n_layers, sizeof(*base->bias), err)) ||
        !(base->deviation = bz_part(base, m->n_layers, sizeof(*base->deviation), err)))
        return bz_object_give(out, base, -1);
    for (size_t l = 0; l < m->n_layers; l++)
        if (fill_layer(base, l, &m->layers[l], kept, mean ? mean[l] : NULL, variance ? variance[l] : NULL, err) < 0)
            return bz_object_give(out, base, -1);
    return bz_object_give(out, base, 0);
}

void bz_base_free(struct bz_base *base)
{
    bz_object_free(base);
}
