#include "learn.h"

#include "kernels.h"
#include "mathx.h"
#include "mem.h"
#include "parameters.h"
#include "phases.h"
#include "unit.h"
#include "weights.h"

#include <math.h>
#include <string.h>

/* Of the running average of parameters: the weight of the newest is (TAIL + 1) / (t + TAIL), so that the last 1/TAIL of a run
 * counts (Shamir & Zhang 2013, polynomial-decay averaging); taken every AVERAGE_EVERY updates. */
enum { TAIL = 8, AVERAGE_EVERY = 8 };

/* ---- one update ---- */

/* The bias of a gaussian layer as it is with the offsets: the normal one plus what the neighbours' offsets contribute. */
static void centred_bias(const struct train_learner *l, size_t layer, float *bias)
{
    const struct bz_machine *m = l->m;
    const size_t size = m->layers[layer].size;
    memcpy(bias, m->layers[layer].bias, size * sizeof(*bias));
    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const struct bz_link *link = &m->links[layer][k];
        const struct bz_coupling *c = &m->couplings[link->coupling];
        const size_t n = m->layers[link->layer].size;
        const float *rows = link->flipped ? c->weight : c->weight_t;
        for (size_t i = 0; i < size; i++)
            bias[i] += (float)bz_cpu()->dot(rows + i * n, l->coupled[link->layer], n);
    }
}

/* log sigma of a gaussian visible layer. With everything else held, -dE/dlog s = [(v-b)^2 - 2 (v-o) W (x-o)] / s^2, and
 * the second part is the sum of W times the gradient of W (without its 1/s^2). bias: centred, before the step. */
static void step_sigma(struct train_learner *l, size_t layer, const float *bias)
{
    const struct bz_layer *unit = &l->m->layers[layer];
    const float *square = l->difference + l->layout.square[layer], *mean = l->difference + l->layout.sum[layer];
    float *log_sigma = bz_machine_log_sigma(l->m, layer);
    const size_t at = (size_t)(log_sigma - l->m->block);
    struct train_step step = l->step;
    step.decay = 0;
    for (size_t i = 0; i < unit->size; i++)
        l->gradient[i] = (float)(((double)square[i] - 2 * (double)bias[i] * (double)mean[i] - 2 * l->correlation[layer][i]) *
                                 (double)unit->inv_var[i]);
    train_step_apply(&step, log_sigma, l->velocity + at, l->second ? l->second + at : NULL, l->gradient, unit->size);
    for (size_t i = 0; i < unit->size; i++)
        if (log_sigma[i] < (float)l->rule.min_log_sigma)
            log_sigma[i] = (float)l->rule.min_log_sigma;
}

/* Gradient of a layer's bias, in the layer's natural scale: what comes out of the means, and of counts where the bias has a
 * factor D. */
static void bias_gradient(struct train_learner *l, size_t layer)
{
    const struct bz_machine *m = l->m;
    const struct bz_layer *unit = &m->layers[layer];
    const float *offset = l->offset[layer], *sum = l->difference + l->layout.sum[layer];
    float *g = l->gradient;
    if (unit->unit == BZ_MULTINOMIAL) {
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

/* Takes the mean activity of hidden units towards a target (Lee, Ekanadham, Ng 2008: by the bias alone). */
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

/* Changed variances of a layer change what its offset contributes to the neighbours' fields, which their normal biases make up
 * for. before[size]: the offset over s^2 as it was. */
static void refold_sigma(struct train_learner *l, size_t layer, const float *before)
{
    struct bz_machine *m = l->m;
    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const struct bz_link *link = &m->links[layer][k];
        const struct bz_coupling *c = &m->couplings[link->coupling];
        const size_t n = m->layers[link->layer].size;
        const float *rows = link->flipped ? c->weight : c->weight_t;
        for (size_t i = 0; i < m->layers[layer].size; i++)
            bz_cpu()->axpy(bz_machine_bias(m, link->layer), before[i] - l->coupled[layer][i], rows + i * n, n);
    }
}

static void update_coupled_offsets(struct train_learner *l)
{
    for (size_t i = 0; i < l->m->n_layers; i++) {
        const struct bz_layer *unit = &l->m->layers[i];
        for (size_t j = 0; j < unit->size; j++)
            l->coupled[i][j] = unit->inv_var ? l->offset[i][j] * unit->inv_var[j] : l->offset[i][j];
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
    train_phases(l, n);
    if (!finite_totals(l))
        return bz_fail(err, BZ_DIVERGED, "update %llu: the statistics are no longer finite",
                       (unsigned long long)l->updates + 1);
    l->step = train_step_make(l->rule.optimizer, rate, momentum, l->rule.weight_decay, l->updates + 1);
    update_coupled_offsets(l);
    for (size_t i = 0; i < l->m->n_layers; i++)
        if (l->centre[i])
            centred_bias(l, i, l->centre[i]);
    train_weights_update(l);
    update_layers(l);
    update_typical(l);
    l->updates++;
    update_average(l);
    return 0;
}

/* ---- construction ---- */

static size_t place(size_t *used, size_t n)
{
    size_t at = *used;
    *used += n;
    return at;
}

static int make_layout(struct train_learner *l, struct bz_error *err)
{
    const struct bz_machine *m = l->m;
    struct train_layout *y = &l->layout;
    if (!(y->sum = bz_alloc(m->n_layers, sizeof(*y->sum), err)) ||
        !(y->square = bz_alloc(m->n_layers, sizeof(*y->square), err)) ||
        !(y->counts = bz_alloc(m->n_layers, sizeof(*y->counts), err)) ||
        !(y->cross = bz_alloc(m->n_couplings, sizeof(*y->cross), err)))
        return -1;
    for (size_t i = 0; i < m->n_layers; i++) {
        const struct bz_layer *unit = &m->layers[i];
        y->sum[i] = place(&y->total, unit->size);
        y->square[i] = l->correlation[i] ? place(&y->total, unit->size) : SIZE_MAX;
        y->counts[i] = unit->unit == BZ_MULTINOMIAL ? place(&y->total, 1) : SIZE_MAX;
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t layer[2] = {m->couplings[c].a, m->couplings[c].b};
        for (size_t side = 0; side < 2; side++)
            y->cross[c][side] =
                m->layers[layer[1 - side]].unit == BZ_MULTINOMIAL ? place(&y->total, m->layers[layer[side]].size) : SIZE_MAX;
    }
    return 0;
}

/* Layers are drawn in the order of the file, all visible ones before all hidden ones. */
static int make_order(struct train_learner *l, struct bz_error *err)
{
    const struct bz_machine *m = l->m;
    size_t n = 0;
    if (!(l->rank = bz_alloc(m->n_layers, sizeof(*l->rank), err)) ||
        !(l->order = bz_alloc(m->n_layers, sizeof(*l->order), err)))
        return -1;
    for (int hidden = 0; hidden < 2; hidden++)
        for (size_t i = 0; i < m->n_layers; i++)
            if (bz_is_visible(&m->layers[i]) == !hidden) {
                l->order[n] = i;
                l->rank[i] = n++;
            }
    return 0;
}

static bool has_gaussian_neighbour(const struct bz_machine *m, size_t layer)
{
    for (size_t k = 0; k < m->n_links[layer]; k++)
        if (m->layers[m->links[layer][k].layer].unit == BZ_GAUSSIAN)
            return true;
    return false;
}

/* Arrays of one pointer a layer, and what each layer needs of them. */
static int make_layers(struct train_learner *l, const struct bz_machine *from, struct bz_error *err)
{
    const struct bz_machine *m = l->m;
    const size_t n = m->n_layers, widest = bz_machine_widest(m);
    if (!(l->typical = bz_alloc(n, sizeof(*l->typical), err)) || !(l->centred = bz_alloc(n, sizeof(*l->centred), err)) ||
        !(l->offset = bz_alloc(n, sizeof(*l->offset), err)) || !(l->coupled = bz_alloc(n, sizeof(*l->coupled), err)) ||
        !(l->fold = bz_alloc(n, sizeof(*l->fold), err)) || !(l->correlation = bz_alloc(n, sizeof(*l->correlation), err)) ||
        !(l->centre = bz_alloc(n, sizeof(*l->centre), err)) || !(l->activity = bz_alloc(n, sizeof(*l->activity), err)) ||
        !(l->zeros = bz_alloc(widest, sizeof(*l->zeros), err)) || !(l->gradient = bz_alloc(widest, sizeof(*l->gradient), err)))
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct bz_layer *unit = &m->layers[i];
        if (!(l->typical[i] = bz_alloc(unit->size, sizeof(float), err)) ||
            !(l->coupled[i] = bz_alloc(unit->size, sizeof(float), err)) ||
            !(l->fold[i] = bz_alloc(unit->size, sizeof(float), err)))
            return -1;
        /* Variances are learned where they are identifiable: not of hidden layers, not beside other gaussian ones. */
        if (unit->unit == BZ_GAUSSIAN && bz_is_visible(unit) && !has_gaussian_neighbour(m, i) &&
            (!(l->correlation[i] = bz_alloc(unit->size, sizeof(double), err)) ||
             !(l->centre[i] = bz_alloc(unit->size, sizeof(float), err))))
            return -1;
        if (!bz_is_visible(unit) && l->rule.sparsity_cost > 0 && !(l->activity[i] = bz_alloc(unit->size, sizeof(double), err)))
            return -1;
        if (from->layers[i].offset)
            memcpy(l->typical[i], from->layers[i].offset, unit->size * sizeof(float));
        else
            bz_unit_type(unit->unit)->base_mean(&from->layers[i], 1, l->typical[i]);
        l->centred[i] = l->rule.centred && train_may_offset(m, i);
        l->offset[i] = l->centred[i] ? l->typical[i] : l->zeros;
    }
    return 0;
}

static int make_phases(struct train_learner *l, size_t batch, size_t chains, struct bz_error *err)
{
    const struct bz_machine *m = l->m;
    bool multinomial = false;
    if (bz_state_new(&l->clamped.s, m, batch, err) < 0 || bz_chains_new(&l->chains, m, chains, err) < 0)
        return -1;
    l->running.s = l->chains->s;
    for (size_t r = 0; r < chains; r++) {
        l->chains->seed[r] = l->seed;
        l->chains->index[r] = (uint32_t)r;
    }
    struct train_phase *phases[2] = {&l->clamped, &l->running};
    for (size_t p = 0; p < 2; p++) {
        struct train_phase *phase = phases[p];
        phase->s->n = phase->s->room;
        if (!(phase->mean = bz_alloc(m->n_layers, sizeof(*phase->mean), err)) ||
            !(phase->weight = bz_alloc(phase->s->room, sizeof(float), err)) ||
            !(phase->total = bz_alloc(l->layout.total, sizeof(double), err)))
            return -1;
    }
    for (size_t i = 0; i < m->n_layers; i++) {
        l->clamped.mean[i] = l->clamped.s->x[i];
        l->running.mean[i] = l->running.s->x[i];
        if (!bz_is_visible(&m->layers[i]) && !bz_machine_has_lateral(m, i) &&
            !(l->running.mean[i] = bz_alloc(chains * m->layers[i].size, sizeof(float), err)))
            return -1;
        multinomial = multinomial || m->layers[i].unit == BZ_MULTINOMIAL;
    }
    l->per_word = 1;
    return multinomial && !(l->lengths = bz_alloc(batch, sizeof(*l->lengths), err)) ? -1 : 0;
}

static int make_slots(struct train_learner *l, struct bz_error *err)
{
    if (!(l->slots = bz_alloc(2 * TRAIN_MAX_ROW_TASKS, sizeof(*l->slots), err)) ||
        !(l->difference = bz_alloc(l->layout.total, sizeof(*l->difference), err)))
        return -1;
    l->n_slots = 2 * TRAIN_MAX_ROW_TASKS;
    for (size_t k = 0; k < l->n_slots; k++)
        if (bz_work_new(&l->slots[k].work, l->m, err) < 0 ||
            !(l->slots[k].sums = bz_alloc(l->layout.total, sizeof(float), err)) ||
            !(l->slots[k].scratch = bz_alloc(BZ_TILE * bz_machine_widest(l->m), sizeof(float), err)))
            return -1;
    return 0;
}

static int make_optimizer(struct train_learner *l, struct bz_error *err)
{
    const struct bz_machine *m = l->m;
    if (!(l->velocity = bz_alloc(m->block_size, sizeof(float), err)) ||
        (l->rule.optimizer == TRAIN_ADAM && !(l->second = bz_alloc(m->block_size, sizeof(float), err))) ||
        (l->rule.averaged && !(l->average = bz_alloc(m->block_size, sizeof(float), err))) ||
        !(l->limit = bz_alloc(m->n_couplings, sizeof(*l->limit), err)))
        return -1;
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t a = m->couplings[c].a, b = m->couplings[c].b;
        if (l->rule.max_norm > 0 && a != b && !bz_is_visible(&m->layers[b]) &&
            !(l->limit[c] = bz_alloc(m->layers[b].size, sizeof(float), err)))
            return -1;
    }
    return 0;
}

/* A machine without offsets that is the same distribution as m. */
static int normal_machine(struct bz_machine **out, const struct bz_machine *m, struct bz_error *err)
{
    for (size_t i = 0; i < m->n_layers; i++)
        for (size_t j = 0; m->layers[i].offset && !train_may_offset(m, i) && j < m->layers[i].size; j++)
            if (m->layers[i].offset[j] != 0)
                return bz_fail(err, BZ_UNSUPPORTED,
                               "layer %s: training cannot go on from a machine with an offset there, beside a layer whose bias "
                               "counts with the words of a document",
                               m->layers[i].name);
    struct bz_machine *plain = NULL, *result = NULL;
    bool *none = NULL;
    const float **zero = NULL;
    int rc = -1;
    if (!(none = bz_alloc(m->n_layers, sizeof(*none), err)) || !(zero = bz_alloc(m->n_layers, sizeof(*zero), err)) ||
        train_machine_copy(&plain, m, NULL, err) < 0)
        goto out;
    train_set_offsets(plain, zero);
    if (train_machine_copy(&result, plain, none, err) < 0 || bz_machine_prepare(result, err) < 0)
        goto out;
    *out = result;
    result = NULL;
    rc = 0;
out:
    bz_machine_free(plain);
    bz_machine_free(result);
    bz_free(none);
    bz_free(zero);
    return rc;
}

static int check_couplings(const struct bz_machine *m, struct bz_error *err)
{
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_layer *a = &m->layers[m->couplings[c].a], *b = &m->layers[m->couplings[c].b];
        if (a->unit == BZ_MULTINOMIAL && b->unit == BZ_MULTINOMIAL)
            return bz_fail(err, BZ_UNSUPPORTED, "coupling %s~%s: two multinomial layers cannot be trained together", a->name,
                           b->name);
    }
    return 0;
}

int train_learner_new(struct train_learner **out, const struct bz_machine *m, const struct train_rule *rule, size_t batch,
                      size_t chains, uint64_t seed, struct bz_parallel *par, struct bz_error *err)
{
    if (check_couplings(m, err) < 0)
        return -1;
    struct train_learner *l = bz_alloc(1, sizeof(*l), err);
    if (!l)
        return -1;
    l->rule = *rule;
    l->seed = seed;
    l->par = par;
    if (normal_machine(&l->m, m, err) < 0 || make_layers(l, m, err) < 0 || make_layout(l, err) < 0 || make_order(l, err) < 0 ||
        make_phases(l, batch, chains, err) < 0 || make_optimizer(l, err) < 0 || make_slots(l, err) < 0 ||
        train_weights_new(l, err) < 0) {
        train_learner_free(l);
        return -1;
    }
    if (l->average)
        memcpy(l->average, l->m->block, l->m->block_size * sizeof(float));
    *out = l;
    return 0;
}

static void free_all(void *array, size_t n)
{
    void **p = array;
    for (size_t i = 0; p && i < n; i++)
        bz_free(p[i]);
    bz_free(p);
}

void train_learner_free(struct train_learner *l)
{
    if (!l)
        return;
    const size_t n = l->m ? l->m->n_layers : 0;
    train_weights_free(l);
    for (size_t k = 0; k < l->n_slots; k++) {
        bz_work_free(l->slots[k].work);
        bz_free(l->slots[k].sums);
        bz_free(l->slots[k].scratch);
    }
    for (size_t i = 0; l->running.mean && i < n; i++)
        if (l->running.mean[i] != l->running.s->x[i])
            bz_free(l->running.mean[i]);
    free_all(l->typical, n);
    free_all(l->coupled, n);
    free_all(l->fold, n);
    free_all(l->correlation, n);
    free_all(l->centre, n);
    free_all(l->activity, n);
    free_all(l->limit, l->m ? l->m->n_couplings : 0);
    void *own[] = {l->slots,         l->running.mean,  l->running.weight, l->running.total, l->clamped.mean, l->clamped.weight,
                   l->clamped.total, l->offset,        l->centred,        l->velocity,      l->second,       l->average,
                   l->rank,          l->order,         l->lengths,        l->zeros,         l->difference,   l->gradient,
                   l->layout.sum,    l->layout.square, l->layout.counts,  l->layout.cross};
    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
        bz_free(own[i]);
    bz_state_free(l->clamped.s);
    bz_chains_free(l->chains);
    bz_machine_free(l->m);
    bz_free(l);
}

int train_learner_refresh(struct train_learner *l, struct bz_error *err)
{
    return bz_machine_prepare(l->m, err);
}

int train_learner_result(const struct train_learner *l, struct bz_machine **out, struct bz_error *err)
{
    struct bz_machine *normal = NULL, *result = NULL;
    int rc = -1;
    if (train_machine_copy(&normal, l->m, NULL, err) < 0)
        goto out;
    if (l->average)
        memcpy(normal->block, l->average, normal->block_size * sizeof(float));
    if (train_machine_copy(&result, normal, l->centred, err) < 0)
        goto out;
    train_set_offsets(result, l->offset);
    if (bz_machine_prepare(result, err) < 0)
        goto out;
    *out = result;
    result = NULL;
    rc = 0;
out:
    bz_machine_free(normal);
    bz_machine_free(result);
    return rc;
}
