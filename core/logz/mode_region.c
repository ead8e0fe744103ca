/* The region around a mode: a base machine, and the log q that a state must reach to belong to it. */
#include "gibbs.h"
#include "kernels.h"
#include "mathx.h"
#include "mem.h"
#include "modes.h"
#include "object.h"
#include "unit.h"

#include <math.h>

#define LOG_2PI 1.8378770664093454836

double bz_mode_log_q(const struct bz_mode *mode, const struct bz_state *s, size_t row)
{
    const struct bz_machine *m = s->m;
    const struct bz_base *base = mode->base;
    double sum = -mode->log_norm;

    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];

        if (!bz_is_visible(layer))
            continue;
        const float *x = s->x[l] + row * layer->size, *bias = base->bias[l];

        if (bz_unit_type(layer->unit)->discrete) {
            sum += bz_cpu()->dot(x, bias, layer->size);
            continue;
        }
        for (size_t i = 0; i < layer->size; i++) {
            const double d = ((double)x[i] - (double)bias[i]) / base->deviation[l][i];

            sum -= 0.5 * d * d;
        }
    }
    return sum;
}

static double log_norm(const struct bz_machine *m, const struct bz_base *base, const double *counts)
{
    double sum = 0;

    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];

        if (bz_is_visible(layer) && bz_unit_type(layer->unit)->discrete)
            sum += bz_unit_type(layer->unit)->log_sum(layer, base->bias[l], 1.0, counts ? counts[l] : 0);
        for (size_t i = 0; layer->sigma && bz_is_visible(layer) && i < layer->size; i++)
            sum += 0.5 * LOG_2PI + bz_log(base->deviation[l][i]);
    }
    return sum;
}

/* Of a row of counts, all alike; 1 for other layers, whose means are rates. */
static double words_of(const struct bz_layer *l, const float *mean)
{
    double words = 0;

    for (size_t i = 0; bz_unit_type(l->unit)->counted && i < l->size; i++)
        words += (double)mean[i];
    return words > 0 ? words : 1;
}

/* A base at means[n rows] of visible layers, mixed with a fiftieth of the uniform rates. */
int bz_mode_base(struct bz_base **out, const struct bz_machine *m, float *const *means, size_t first, size_t n,
                 struct bz_error *err)
{
    double **mean = bz_object_new(m->n_layers * sizeof(*mean), NULL, err),
           **variance = bz_object_new(m->n_layers * sizeof(*variance), NULL, err);
    int rc = mean && variance ? 0 : -1;

    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        if (!bz_is_visible(layer))
            continue;
        if (!(mean[l] = bz_part(mean, layer->size, sizeof(double), err)) ||
            !(variance[l] = bz_part(variance, layer->size, sizeof(double), err)))
            rc = -1;
        const double words = words_of(layer, means[l] + first * layer->size);
        for (size_t i = 0; rc == 0 && i < layer->size; i++) {
            double sum = 0, squares = 0;

            for (size_t r = first; r < first + n; r++) {
                const double p = (double)means[l][r * layer->size + i] / words;

                sum += p / (double)n;
                squares += p * p / (double)n;
            }
            mean[l][i] = layer->sigma ? sum : sum + 0.02 * (bz_unit_uniform(layer, i) - sum);
            variance[l][i] = squares - sum * sum + (layer->sigma ? (double)layer->sigma[i] * (double)layer->sigma[i] : 0);
        }
    }
    if (rc == 0)
        rc = bz_base_new(out, m, (const double *const *)mean, (const double *const *)variance, err);
    bz_object_free(mean);
    bz_object_free(variance);
    return rc;
}

/* Mean and variance of log q of a layer's states drawn from q itself. */
static void add_own_log_q(const struct bz_layer *l, const float *bias, double d, double *mean, double *variance)
{
    double energy = 0;

    if (!bz_unit_type(l->unit)->discrete) {
        *mean -= 0.5 * (double)l->size;
        *variance += 0.5 * (double)l->size;
        return;
    }
    bz_unit_type(l->unit)->add_energy(l, bias, 1, d, &energy, variance); /* of E = -bias . x */
    *mean -= energy;
}

/* The region of q's own samples. */
void bz_mode_set_region(struct bz_mode *mode, const struct bz_machine *m, const double *counts)
{
    double mean = 0, variance = 0;

    mode->log_norm = log_norm(m, mode->base, counts);
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_is_visible(&m->layers[l]))
            add_own_log_q(&m->layers[l], mode->base->bias[l], counts ? counts[l] : 0, &mean, &variance);
    mode->least = mean - mode->log_norm - 6 * sqrt(variance) - 3;
}

static const double overlap = 8; /* nats */

bool bz_mode_covered(const struct bz_mode *own, const struct bz_mode *list, size_t n, const struct bz_state *s, size_t row)
{
    const double likes = bz_mode_log_q(own, s, row);

    for (size_t k = 0; k < n; k++) {
        const double q = bz_mode_log_q(&list[k], s, row);

        if (q >= list[k].least && q > likes - overlap)
            return true;
    }
    return false;
}

bool bz_mode_holds(const struct bz_mode *mode, const struct bz_modes *all, const struct bz_state *s, size_t row)
{
    const double likes = bz_mode_log_q(mode, s, row);

    if (!(likes >= mode->least))
        return false;
    for (size_t k = 0; k < all->n_seen; k++)
        if (bz_mode_log_q(&all->seen[k], s, row) > likes + overlap)
            return false;
    return true;
}

double bz_mode_share(const struct bz_mode *mode, const struct bz_modes *all, const struct bz_state *s)
{
    size_t n = 0;

    for (size_t r = 0; r < s->n; r++)
        n += bz_mode_holds(mode, all, s, r);
    return s->n ? (double)n / (double)s->n : 0;
}

int bz_visible_means(float ***out, const struct bz_state *s, struct bz_work *w, struct bz_error *err)
{
    float **mean = *out = bz_alloc(s->m->n_layers, sizeof(*mean), err);

    for (size_t l = 0; mean && l < s->m->n_layers; l++)
        if (bz_is_visible(&s->m->layers[l])) {
            if (!(mean[l] = bz_alloc(s->n * s->m->layers[l].size, sizeof(float), err)))
                return -1;
            bz_conditional_mean(s, l, NULL, 0, s->n, mean[l], w);
        }
    return mean ? 0 : -1;
}

void bz_visible_means_free(float **mean, size_t n_layers)
{
    for (size_t l = 0; mean && l < n_layers; l++)
        bz_free(mean[l]);
    bz_free(mean);
}

void bz_mode_set_counts(struct bz_state *s, const double *counts)
{
    for (size_t l = 0; counts && l < s->m->n_layers; l++)
        for (size_t r = 0; s->counts[l] && r < s->room; r++)
            s->counts[l][r] = (float)counts[l];
}
