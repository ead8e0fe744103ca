#include "learn.h"

#include "autoencode.h"
#include "discriminate.h"
#include "edges.h"
#include "exchange.h"
#include "kernels.h"
#include "mathx.h"
#include "phases.h"
#include "trust.h"
#include "unit.h"
#include "ways.h"
#include "weights.h"

#include <math.h>
#include <string.h>

/* The running average of parameters: the weight of the newest is (TAIL + 1) / (t + TAIL), so that the last 1/TAIL of a run
 * counts (Shamir & Zhang 2013, polynomial-decay averaging); taken every AVERAGE_EVERY updates. */
enum { TAIL = 8, AVERAGE_EVERY = 8 };

/* --- one update --- */

/* The bias of a gaussian layer in the form with offsets: the normal one plus the contribution of the neighbours' offsets. */
static void centred_bias(const struct train_learner *l, size_t layer, float *bias)
{
    const struct bz_machine *m = l->m;
    const size_t size = m->layers[layer].size;
    memcpy(bias, m->layers[layer].bias, size * sizeof(*bias));
    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const struct bz_link *link = &m->links[layer][k];
        for (size_t i = 0; i < size; i++)
            bias[i] += (float)bz_weights_dot(bz_link_row(m, layer, link, i), l->coupled[link->layer]);
    }
}

/* [size] lower bounds of a layer's standardised deviations; NULL = none. */
static const float *least_deviations(const struct train_learner *l, size_t layer)
{
    const struct bz_layer *unit = &l->m->layers[layer];
    for (size_t p = 0; p < l->rule.n_parts; p++)
        if (l->rule.parts[p].size == unit->size && !strcmp(l->rule.parts[p].name, unit->name))
            return l->rule.parts[p].least;
    return NULL;
}

/* log sigma of a gaussian visible layer. With everything else held, -dE/dlog s = [(v-b)^2 - 2 (v-o) W (x-o)] / s^2, and
 * the second part is the sum of W times the gradient of W (without its 1/s^2). bias: centred, before the step.
 *
 * A change c is applied as s^2 *= 1 + 2c, the same to first order, and without momentum, at the rate that momentum amounts to:
 * so s^2 is a moving average of squares, and one outlier raises it to where it belongs instead of by e to its square. */
static void step_sigma(struct train_learner *l, size_t layer, const float *bias)
{
    const struct bz_layer *unit = &l->m->layers[layer];
    const float *square = l->difference + l->layout.square[layer], *mean = l->difference + l->layout.sum[layer];
    float *log_sigma = bz_machine_log_sigma(l->m, layer);
    const size_t at = (size_t)(log_sigma - l->m->block);
    const float least_change = -0.25f, *least = least_deviations(l, layer);
    struct train_step step = l->step;
    step.decay = 0;
    if (step.optimizer == TRAIN_SGD) {
        step.rate /= 1 - step.momentum;
        step.momentum = 0;
    }
    for (size_t i = 0; i < unit->size; i++)
        l->gradient[i] = (float)(((double)square[i] - 2 * (double)bias[i] * (double)mean[i] - 2 * l->correlation[layer][i]) *
                                 (double)unit->inv_var[i]);
    memcpy(l->before, log_sigma, unit->size * sizeof(*log_sigma));
    train_step_apply(&step, log_sigma, l->velocity + at, l->second ? l->second + at : NULL, l->gradient, unit->size);
    for (size_t i = 0; i < unit->size; i++) {
        const float change = l->gradient[i] > least_change ? l->gradient[i] : least_change;
        log_sigma[i] = l->before[i] + (float)(0.5 * bz_log(1 + 2 * (double)change));
        if (log_sigma[i] < (float)l->rule.min_log_sigma)
            log_sigma[i] = (float)l->rule.min_log_sigma;
        if (least && least[i] > 0)
            log_sigma[i] = fmaxf(log_sigma[i], (float)bz_log(least[i]));
    }
}

/* Gradient of a layer's bias, in the layer's natural scale: from the means, and from counts if the bias has a factor D. */
static void bias_gradient(struct train_learner *l, size_t layer)
{
    const struct bz_machine *m = l->m;
    const struct bz_layer *unit = &m->layers[layer];
    const float *offset = l->offset[layer], *sum = l->difference + l->layout.sum[layer];
    float *g = l->gradient;
    if (bz_unit_type(unit->unit)->counted) {
        const float d = l->difference[l->layout.counts[layer]];
        for (size_t i = 0; i < unit->size; i++)
            g[i] = l->per_word * (sum[i] - d * offset[i]);
        return;
    }
    if (!unit->near_counts) {
        memcpy(g, sum, unit->size * sizeof(*g));
        return;
    }
    memset(g, 0, unit->size * sizeof(*g));
    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const struct bz_link *link = &m->links[layer][k];
        if (l->layout.counts[link->layer] == SIZE_MAX)
            continue;
        const float d = l->difference[l->layout.counts[link->layer]];
        const float *cross = l->difference + l->layout.cross[link->coupling][link->flipped ? 0 : 1];
        for (size_t i = 0; i < unit->size; i++)
            g[i] += l->per_word * (cross[i] - d * offset[i]);
    }
}

/* Moves the mean activity of hidden units towards a target (Lee, Ekanadham, Ng 2008: by the bias alone). */
static void add_sparsity(struct train_learner *l, size_t layer)
{
    const double *mean = l->clamped.total + l->layout.sum[layer];
    double *activity = l->activity[layer];
    for (size_t i = 0; i < l->m->layers[layer].size; i++) {
        activity[i] = l->updates ? 0.9 * activity[i] + 0.1 * mean[i] : mean[i];
        l->gradient[i] -= (float)(l->rule.sparsity_cost * (activity[i] - l->rule.sparsity_target));
    }
}

static void step_bias(struct train_learner *l, size_t layer)
{
    const size_t size = l->m->layers[layer].size;
    float *bias = bz_machine_bias(l->m, layer);
    const size_t at = (size_t)(bias - l->m->block);
    struct train_step step = l->step;
    step.decay = 0;
    bias_gradient(l, layer);
    if (l->activity[layer])
        add_sparsity(l, layer);
    train_step_apply(&step, bias, l->velocity + at, l->second ? l->second + at : NULL, l->gradient, size);
    bz_cpu()->axpy(bias, -1, l->fold[layer], size);
}

/* Changed variances of a layer change its offset's contribution to the neighbours' fields, for which their normal biases
 * compensate. before[size]: the previous offset over s^2. */
static void refold_sigma(struct train_learner *l, size_t layer, const float *before)
{
    struct bz_machine *m = l->m;
    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const struct bz_link *link = &m->links[layer][k];
        for (size_t i = 0; i < m->layers[layer].size; i++)
            bz_weights_axpy(bz_link_row(m, layer, link, i), before[i] - l->coupled[layer][i], bz_machine_bias(m, link->layer));
    }
}

static void update_coupled_offsets(struct train_learner *l)
{
    for (size_t i = 0; i < l->m->n_layers; i++) {
        const struct bz_layer *unit = &l->m->layers[i];
        for (size_t j = 0; j < unit->size; j++)
            l->coupled[i][j] = unit->couple ? l->offset[i][j] * unit->couple[j] : l->offset[i][j];
    }
}

static void update_layers(struct train_learner *l)
{
    struct bz_machine *m = l->m;
    for (size_t i = 0; i < m->n_layers; i++)
        step_bias(l, i);
    for (size_t i = 0; i < m->n_layers; i++)
        if (l->correlation[i])
            step_sigma(l, i, l->centre[i]);
    bz_machine_prepare_layers(m);
    for (size_t i = 0; i < m->n_layers; i++) {
        if (!l->correlation[i])
            continue;
        memcpy(l->gradient, l->coupled[i], m->layers[i].size * sizeof(float));
        for (size_t j = 0; j < m->layers[i].size; j++)
            l->coupled[i][j] = l->offset[i][j] * m->layers[i].inv_var[j];
        refold_sigma(l, i, l->gradient);
    }
    bz_machine_prepare_layers(m);
}

/* Moves the typical activities, and with them the offsets, towards this batch's means. */
static void update_typical(struct train_learner *l)
{
    for (size_t i = 0; i < l->m->n_layers; i++) {
        const double *sum = l->clamped.total + l->layout.sum[i];
        const double words = l->layout.counts[i] != SIZE_MAX ? l->clamped.total[l->layout.counts[i]] : 1;
        if (words <= 0)
            continue;
        for (size_t j = 0; j < l->m->layers[i].size; j++)
            l->typical[i][j] += (float)(l->rule.offset_rate * (sum[j] / words - (double)l->typical[i][j]));
    }
}

static void update_average(struct train_learner *l)
{
    if (!l->average || l->updates % AVERAGE_EVERY)
        return;
    const float part = (float)(TAIL + 1) / (float)(l->averages + TAIL + 1);
    for (size_t i = 0; i < l->m->block_size; i++)
        l->average[i] += part * (l->m->block[i] - l->average[i]);
    l->averages++;
}

static bool finite_totals(const struct train_learner *l)
{
    double check = 0; /* stays 0 unless something is infinite or NaN */
    for (size_t i = 0; i < l->layout.total; i++)
        check += 0 * (l->clamped.total[i] + l->running.total[i]);
    return check == 0;
}

int train_update(struct train_learner *l, size_t n, double rate, double momentum, train_read_rows *read, void *arg,
                 struct bz_error *err)
{
    l->read = read;
    l->read_arg = arg;
    struct bz_error failure;
    train_ways_begin(l);
    if (l->rule.algorithm == TRAIN_AUTOENCODER)
        train_autoencode(l, n);
    else if ((l->rule.discriminative ? train_discriminate(l, n, &failure) : train_phases(l, n, &failure)) < 0)
        return bz_fail(err, failure.code, "update %llu: %s", (unsigned long long)l->updates + 1, failure.msg);
    if (train_exchange(l, err) < 0)
        return -1;
    if (!finite_totals(l))
        return bz_fail(err, BZ_DIVERGED, "update %llu: the statistics are no longer finite",
                       (unsigned long long)l->updates + 1);
    l->step = train_step_make(l->rule.optimizer, rate, momentum, l->rule.weight_decay, l->updates + 1);
    train_trust_begin(l);
    update_coupled_offsets(l);
    for (size_t i = 0; i < l->m->n_layers; i++)
        if (l->centre[i])
            centred_bias(l, i, l->centre[i]);
    train_weights_update(l);
    update_layers(l);
    train_trust_end(l);
    update_typical(l);
    l->updates++;
    update_average(l);
    train_ways_end(l);
    return 0;
}
