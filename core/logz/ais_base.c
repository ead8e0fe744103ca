#include "ais.h"
#include "mathx.h"
#include "mem.h"

#include <math.h>

static double clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* Smoothing of a rate estimated from many rows: (p + 0.05) / 1.1 of the published form, with the weight of a twentieth of a row
 * in a thousand, so that a column that is always on keeps a finite logit. */
static double smooth(double p)
{
    return (clip(p, 0.0, 1.0) + 5e-5) / (1.0 + 1e-4);
}

static void fill_logits(const struct bz_layer *l, const double *mean, const float *offset, float *bias)
{
    for (size_t i = 0; i < l->size; i++) {
        const double p = smooth(mean ? mean[i] : (double)offset[i]);

        bias[i] = (float)(bz_log(p) - bz_log1p(-p));
    }
}

/* Log probabilities, normalised within each group (multinomial: one group). */
static void fill_log_probabilities(const struct bz_layer *l, const double *mean, const float *offset, float *bias)
{
    const size_t groups = l->unit == BZ_SOFTMAX ? l->groups : 1, k = l->size / groups;

    for (size_t g = 0; g < groups; g++) {
        double total = 0;

        for (size_t i = g * k; i < (g + 1) * k; i++)
            total += clip(mean ? mean[i] : (double)offset[i], 0.0, INFINITY);
        for (size_t i = g * k; i < (g + 1) * k; i++) {
            const double p = total > 0 ? clip(mean ? mean[i] : (double)offset[i], 0.0, INFINITY) / total : 1.0 / (double)k;

            bias[i] = (float)bz_log((p + 1e-4 / (double)k) / (1.0 + 1e-4));
        }
    }
}

static void fill_gaussian(const struct bz_layer *l, const double *mean, const double *variance, float *bias, double *deviation)
{
    for (size_t i = 0; i < l->size; i++) {
        const double own = l->sigma[i];

        bias[i] = (float)(mean ? mean[i] : (double)l->bias[i]);
        deviation[i] = variance && variance[i] > 0 ? sqrt(variance[i]) : own;
        if (deviation[i] < own)
            deviation[i] = own;
    }
}

static int fill_layer(struct bz_base *base, size_t layer, const struct bz_layer *l, bool kept, const double *mean,
                      const double *variance, struct bz_error *err)
{
    const bool visible = bz_is_visible(l);

    if (!visible)
        mean = variance = NULL;
    if (l->unit != BZ_GAUSSIAN && !mean && !((visible || kept) && l->offset))
        return 0;
    if (!(base->bias[layer] = bz_alloc(l->size, sizeof(float), err)))
        return -1;
    if (l->unit == BZ_GAUSSIAN) {
        if (!(base->deviation[layer] = bz_alloc(l->size, sizeof(double), err)))
            return -1;
        fill_gaussian(l, mean, variance, base->bias[layer], base->deviation[layer]);
    } else if (l->unit == BZ_BERNOULLI) {
        fill_logits(l, mean, l->offset, base->bias[layer]);
    } else {
        fill_log_probabilities(l, mean, l->offset, base->bias[layer]);
    }
    return 0;
}

int bz_base_new(struct bz_base **out, const struct bz_machine *m, const double *const *mean, const double *const *variance,
                struct bz_error *err)
{
    struct bz_base *base = bz_alloc(1, sizeof *base, err);

    if (!base)
        return -1;
    base->n_layers = m->n_layers;
    const bool kept = !bz_machine_hidden_independent(m);
    if (!(base->bias = bz_alloc(m->n_layers, sizeof *base->bias, err)) ||
        !(base->deviation = bz_alloc(m->n_layers, sizeof *base->deviation, err)))
        goto fail;
    for (size_t l = 0; l < m->n_layers; l++)
        if (fill_layer(base, l, &m->layers[l], kept, mean ? mean[l] : NULL, variance ? variance[l] : NULL, err) < 0)
            goto fail;
    *out = base;
    return 0;
fail:
    bz_base_free(base);
    return -1;
}

void bz_base_free(struct bz_base *base)
{
    if (!base)
        return;
    for (size_t l = 0; l < base->n_layers; l++) {
        if (base->bias)
            bz_free(base->bias[l]);
        if (base->deviation)
            bz_free(base->deviation[l]);
    }
    bz_free(base->bias);
    bz_free(base->deviation);
    bz_free(base);
}
