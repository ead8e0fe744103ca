#include "place.h"

#include "check.h"
#include "mathx.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <string.h>

/* --- the base --- */

int bz_base_layer(struct bz_layer *out, const struct bz_layer *l, const float *bias, const double *deviation,
                  struct bz_error *err)
{
    *out = (struct bz_layer){.role = l->role,
                             .unit = l->unit,
                             .size = l->size,
                             .groups = l->groups,
                             .exclusion = l->exclusion,
                             .bias = bias,
                             .below = l->below};
    if (!bz_unit_type(l->unit)->has_sigma)
        return 0;
    float *log_sigma;
    if (!(out->sigma = bz_alloc(l->size, 3 * sizeof(float), err)))
        return -1;
    out->inv_var = out->sigma + l->size;
    out->log_sigma = log_sigma = out->sigma + 2 * l->size;
    for (size_t i = 0; i < l->size; i++) {
        out->sigma[i] = (float)deviation[i];
        out->inv_var[i] = (float)(1 / (deviation[i] * deviation[i]));
        log_sigma[i] = (float)bz_log(deviation[i]);
    }
    return 0;
}

void bz_base_layer_free(struct bz_layer *base)
{
    bz_free(base->sigma);
    base->sigma = base->inv_var = NULL;
    base->log_sigma = NULL;
}

/* --- places --- */

int bz_place_new(struct bz_place *out, const struct bz_layer *l, const struct bz_layer *base, struct bz_error *err)
{
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    const size_t n = l->size, arrays = type->has_sigma ? 6 : type->scaled ? 2 : 1;

    *out = (struct bz_place){.beta = -1, .layer = *l, .t = 1, .scale = 1};
    if (!base->bias && !type->has_sigma)
        return 0;
    if (!(out->memory = bz_alloc(n, arrays * sizeof(float), err)))
        return -1;
    out->shift = out->memory;
    out->gain = type->scaled ? out->memory + n : NULL;
    if (!type->has_sigma)
        return 0;
    out->layer.bias = out->memory + 2 * n;
    out->layer.sigma = out->memory + 3 * n;
    out->layer.inv_var = out->memory + 4 * n;
    out->layer.log_sigma = out->memory + 5 * n;
    return 0;
}

void bz_place_free(struct bz_place *place)
{
    bz_drop(&place->memory);
}

/* Units with a variance of their own: precisions mix. Of scaled ones the field is a mean, so that it is weighed by them, and
 * completing the square leaves a constant. */
static void mix_variances(struct bz_place *p, const struct bz_layer *l, const struct bz_layer *base, double beta)
{
    float *bias = p->memory + 2 * l->size, *log_sigma = p->memory + 5 * l->size;

    p->constant = 0;
    for (size_t i = 0; i < l->size; i++) {
        const double from_base = (1 - beta) * base->inv_var[i], own = beta * l->inv_var[i], precision = from_base + own;
        const double base_bias = base->bias ? (double)base->bias[i] : 0, away = base_bias - l->bias[i];

        p->layer.inv_var[i] = (float)precision;
        p->layer.sigma[i] = (float)(1 / sqrt(precision));
        log_sigma[i] = (float)(-0.5 * bz_log(precision));
        if (!p->gain) {
            p->shift[i] = (float)((1 - beta) * base_bias);
            bias[i] = (float)(beta * l->bias[i] + (1 - beta) * base_bias);
            continue;
        }
        p->gain[i] = (float)(own / precision);
        p->shift[i] = (float)(from_base * base_bias / precision);
        bias[i] = p->gain[i] * l->bias[i] + p->shift[i];
        p->constant -= 0.5 * from_base * own / precision * away * away;
    }
}

void bz_place_set(struct bz_place *p, const struct bz_layer *l, const struct bz_layer *base, double beta)
{
    const float rest = (float)(1.0 - beta);

    bz_assert(beta >= 0 && beta <= 1 && (!p->layer.sigma || base->sigma));
    p->beta = beta;
    if (!p->memory) {
        p->t = 1 / beta;
        return;
    }
    p->scale = p->gain ? 1 : (float)beta;
    if (p->layer.sigma)
        mix_variances(p, l, base, beta);
    else
        for (size_t i = 0; i < l->size; i++)
            p->shift[i] = rest * base->bias[i];
}

float *bz_place_field(const struct bz_place *p, float *field, float *mixed)
{
    const size_t n = p->layer.size;

    if (!p->memory)
        return field;
    for (size_t i = 0; !p->gain && i < n; i++)
        mixed[i] = p->scale * field[i] + p->shift[i];
    for (size_t i = 0; p->gain && i < n; i++)
        mixed[i] = p->gain[i] * field[i] + p->shift[i];
    return mixed;
}
