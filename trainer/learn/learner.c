#include "learn.h"

#include "autoencode.h"
#include "discriminate.h"
#include "mem.h"
#include "parameters.h"
#include "pass.h"
#include "phases.h"
#include "trust.h"
#include "unit.h"
#include "ways.h"
#include "weights.h"

#include <string.h>

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
        y->counts[i] = bz_unit_type(unit->unit)->counted ? place(&y->total, 1) : SIZE_MAX;
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t layer[2] = {m->couplings[c].a, m->couplings[c].b};
        for (size_t side = 0; side < 2; side++)
            y->cross[c][side] = bz_unit_type(m->layers[layer[1 - side]].unit)->counted
                                    ? place(&y->total, m->layers[layer[side]].size)
                                    : SIZE_MAX;
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

static bool has_unbounded_neighbour(const struct bz_machine *m, size_t layer)
{
    for (size_t k = 0; k < m->n_links[layer]; k++)
        if (bz_unit_type(m->layers[m->links[layer][k].layer].unit)->has_sigma)
            return true;
    return false;
}

/* Arrays of one pointer per layer, and what each layer needs of them. */
static int make_layers(struct train_learner *l, const struct bz_machine *from, struct bz_error *err)
{
    const struct bz_machine *m = l->m;
    const size_t n = m->n_layers, widest = bz_machine_widest(m);
    if (!(l->typical = bz_alloc(n, sizeof(*l->typical), err)) || !(l->centred = bz_alloc(n, sizeof(*l->centred), err)) ||
        !(l->offset = bz_alloc(n, sizeof(*l->offset), err)) || !(l->temperature = bz_alloc(n, sizeof(double), err)) ||
        !(l->coupled = bz_alloc(n, sizeof(*l->coupled), err)) || !(l->fold = bz_alloc(n, sizeof(*l->fold), err)) ||
        !(l->correlation = bz_alloc(n, sizeof(*l->correlation), err)) || !(l->centre = bz_alloc(n, sizeof(*l->centre), err)) ||
        !(l->activity = bz_alloc(n, sizeof(*l->activity), err)) || !(l->zeros = bz_alloc(widest, sizeof(*l->zeros), err)) ||
        !(l->gradient = bz_alloc(widest, sizeof(*l->gradient), err)) ||
        !(l->before = bz_alloc(widest, sizeof(*l->before), err)))
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct bz_layer *unit = &m->layers[i];
        if (!(l->typical[i] = bz_alloc(unit->size, sizeof(float), err)) ||
            !(l->coupled[i] = bz_alloc(unit->size, sizeof(float), err)) ||
            !(l->fold[i] = bz_alloc(unit->size, sizeof(float), err)))
            return -1;
        /* Variances are learned where they are identifiable: not those of hidden layers, and not next to others that have some.
         */
        const bool learns_sigma = bz_unit_type(unit->unit)->has_sigma && bz_is_visible(unit) &&
                                  !has_unbounded_neighbour(m, i) && l->rule.algorithm != TRAIN_AUTOENCODER;
        if (learns_sigma && (!(l->correlation[i] = bz_alloc(unit->size, sizeof(double), err)) ||
                             !(l->centre[i] = bz_alloc(unit->size, sizeof(float), err))))
            return -1;
        if (!bz_is_visible(unit) && l->rule.sparsity_cost > 0 && !(l->activity[i] = bz_alloc(unit->size, sizeof(double), err)))
            return -1;
        if (from->layers[i].offset)
            memcpy(l->typical[i], from->layers[i].offset, unit->size * sizeof(float));
        else
            bz_unit_type(unit->unit)->base_mean(&from->layers[i], 1, l->typical[i]);
        l->temperature[i] = l->rule.temperature ? l->rule.temperature[i] : 1;
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
            !(phase->of = bz_alloc(phase->s->room, sizeof(*phase->of), err)) ||
            !(phase->total = bz_alloc(l->layout.total, sizeof(double), err)))
            return -1;
    }
    for (size_t i = 0; i < m->n_layers; i++) {
        l->clamped.mean[i] = l->clamped.s->x[i];
        l->running.mean[i] = l->running.s->x[i];
        if (!bz_is_visible(&m->layers[i]) && !bz_machine_has_lateral(m, i) &&
            !(l->running.mean[i] = bz_alloc(chains * m->layers[i].size, sizeof(float), err)))
            return -1;
        multinomial = multinomial || bz_unit_type(m->layers[i].unit)->counted;
    }
    l->per_word = 1;
    return multinomial && !(l->lengths = bz_alloc(batch, sizeof(*l->lengths), err)) ? -1 : 0;
}

/* What inference of a tile needs if it takes several sweeps. */
static int make_inference(struct train_learner *l, struct train_slot *slot, size_t tile, struct bz_error *err)
{
    const struct bz_machine *m = l->m;
    if (!(slot->field = bz_alloc(m->n_layers, sizeof(*slot->field), err)) ||
        !(slot->seen = bz_alloc(m->n_layers, sizeof(*slot->seen), err)))
        return -1;
    if (bz_machine_hidden_independent(m))
        return 0;
    for (size_t i = 0; i < m->n_layers; i++)
        if (!bz_is_visible(&m->layers[i]) && !(slot->field[i] = bz_alloc(tile * m->layers[i].size, sizeof(float), err)))
            return -1;
    return 0;
}

static int make_slots(struct train_learner *l, struct bz_error *err)
{
    if (!(l->slots = bz_alloc(2 * TRAIN_MAX_ROW_TASKS, sizeof(*l->slots), err)) ||
        !(l->difference = bz_alloc(l->layout.total, sizeof(*l->difference), err)))
        return -1;
    l->n_slots = 2 * TRAIN_MAX_ROW_TASKS;
    for (size_t k = 0; k < l->n_slots; k++) {
        const size_t n = k < TRAIN_MAX_ROW_TASKS ? l->clamped.s->room : l->running.s->room, number = k % TRAIN_MAX_ROW_TASKS;
        const size_t tile = number >= train_row_groups(l->par, n) ? train_task_tile(n) : n < BZ_TILE ? n : BZ_TILE;
        if (number >= train_row_tasks(n))
            continue; /* never used */
        if (bz_work_new_for(&l->slots[k].work, l->m, tile, err) < 0 ||
            !(l->slots[k].sums = bz_alloc(l->layout.total, sizeof(float), err)) ||
            !(l->slots[k].scratch = bz_alloc_lazy(tile * bz_machine_widest(l->m), sizeof(float), err)) ||
            (k < TRAIN_MAX_ROW_TASKS && make_inference(l, &l->slots[k], tile, err) < 0))
            return -1;
    }
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

/* Whether updates make nothing but fields of the weights. To bring transposed ones up to date, and to fetch them, would take a
 * fifth of an update's time. Deep machines need them again and again in an update, movers in other ways. */
static bool needs_only_fields(const struct bz_machine *m, const struct train_rule *rule)
{
    bool only = bz_machine_hidden_independent(m) && (rule->algorithm == TRAIN_CD || rule->algorithm == TRAIN_PCD) &&
                !rule->discriminative;
    for (size_t i = 0; i < m->n_layers; i++)
        only = only && bz_unit_type(m->layers[i].unit)->binary && !bz_machine_has_lateral(m, i);
    return only;
}

/* A machine without offsets with the same distribution as m. */
static int normal_machine(struct bz_machine **out, const struct bz_machine *m, const struct train_rule *rule,
                          struct bz_error *err)
{
    for (size_t i = 0; i < m->n_layers; i++)
        for (size_t j = 0; m->layers[i].offset && !train_may_offset(m, i) && j < m->layers[i].size; j++)
            if (m->layers[i].offset[j] != 0)
                return bz_fail(err, BZ_UNSUPPORTED,
                               "layer %s: training cannot continue from a machine with an offset there, next to a layer whose "
                               "bias scales with the words of a document",
                               m->layers[i].name);
    struct bz_machine *plain = NULL, *result = NULL;
    bool *none = NULL;
    const float **zero = NULL;
    int rc = -1;
    if (!(none = bz_alloc(m->n_layers, sizeof(*none), err)) || !(zero = bz_alloc(m->n_layers, sizeof(*zero), err)) ||
        train_machine_copy(&plain, m, NULL, err) < 0)
        goto out;
    train_set_offsets(plain, zero);
    if (train_machine_copy(&result, plain, none, err) < 0)
        goto out;
    result->only_fields = needs_only_fields(m, rule);
    if (bz_machine_prepare(result, err) < 0)
        goto out;
    *out = bz_take(&result);
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
        if (bz_unit_type(a->unit)->counted && bz_unit_type(b->unit)->counted)
            return bz_fail(err, BZ_UNSUPPORTED, "coupling %s~%s: two multinomial layers cannot be trained together", a->name,
                           b->name);
    }
    return 0;
}

/* Layers at other temperatures are drawn as halves of a deeper machine: their chains stay plain ones. */
static int make_mover(struct train_learner *l, size_t chains, struct bz_error *err)
{
    l->mover = train_algorithm(l->rule.algorithm)->mover;
    for (size_t i = 0; i < l->m->n_layers; i++)
        if (l->temperature[i] != 1)
            l->mover = NULL;
    return !l->mover ||
                   (l->mover->make(&l->moving, l->m, (const float *const *)l->typical, chains, l->seed, l->par, err) == 0 &&
                    train_trust_new(l, err) == 0)
               ? 0
               : -1;
}

int train_learner_new(struct train_learner **out, const struct bz_machine *m, const struct train_rule *rule, size_t batch,
                      size_t chains, uint64_t seed, struct bz_parallel *par, struct bz_error *err)
{
    if (check_couplings(m, err) < 0 || (rule->algorithm == TRAIN_AUTOENCODER && train_may_autoencode(m, err) < 0))
        return -1;
    struct train_learner *l = bz_alloc(1, sizeof(*l), err);
    if (!l)
        return -1;
    l->rule = *rule;
    l->seed = seed;
    l->par = par;
    if (normal_machine(&l->m, m, rule, err) < 0 || make_layers(l, m, err) < 0 || make_layout(l, err) < 0 ||
        make_order(l, err) < 0 || make_phases(l, batch, chains, err) < 0 || make_optimizer(l, err) < 0 ||
        make_slots(l, err) < 0 || make_mover(l, chains, err) < 0 || train_weights_new(l, err) < 0 ||
        (rule->discriminative && train_discriminate_new(l, err) < 0)) {
        train_learner_free(l);
        return -1;
    }
    l->rule.temperature = NULL; /* was the caller's */
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
    train_passing_free(l->passing);
    train_ways_free(l->ways);
    train_trust_free(l);
    for (size_t k = 0; k < l->n_slots; k++) {
        bz_work_free(l->slots[k].work);
        bz_free(l->slots[k].sums);
        bz_free_lazy(l->slots[k].scratch);
        for (size_t i = 0; l->slots[k].field && i < l->m->n_layers; i++)
            bz_free(l->slots[k].field[i]);
        bz_free(l->slots[k].field);
        bz_free(l->slots[k].seen);
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
    void *own[] = {l->clamped.of,    l->running.of,     l->slots,         l->running.mean, l->running.weight, l->running.total,
                   l->clamped.mean,  l->clamped.weight, l->clamped.total, l->offset,       l->centred,        l->velocity,
                   l->second,        l->average,        l->rank,          l->order,        l->lengths,        l->zeros,
                   l->difference,    l->gradient,       l->before,        l->temperature,  l->layout.sum,     l->layout.square,
                   l->layout.counts, l->layout.cross,   l->shared,        l->class_sums,   l->class_log_p};
    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
        bz_free(own[i]);
    if (l->moving)
        l->mover->free(l->moving);
    bz_state_free(l->clamped.s);
    bz_chains_free(l->chains);
    bz_machine_free(l->m);
    bz_free(l);
}

/* --- state and result --- */

int train_learner_new_result(const struct train_learner *l, struct bz_machine **out, struct bz_error *err)
{
    struct bz_machine *m;
    if (train_machine_copy(&m, l->m, l->centred, err) < 0)
        return -1;
    if (bz_machine_prepare(m, err) < 0) {
        bz_machine_free(m);
        return -1;
    }
    train_learner_result(l, m);
    *out = m;
    return 0;
}

void train_learner_result(const struct train_learner *l, struct bz_machine *m)
{
    const float *from = l->average ? l->average : l->m->block;
    for (size_t i = 0; i < m->n_layers; i++) {
        const struct bz_layer *unit = &l->m->layers[i];
        memcpy(bz_machine_bias(m, i), from + (unit->bias - l->m->block), unit->size * sizeof(float));
        if (unit->log_sigma)
            memcpy(bz_machine_log_sigma(m, i), from + (unit->log_sigma - l->m->block), unit->size * sizeof(float));
        if (unit->below)
            memcpy(bz_machine_below(m, i), unit->below, 2 * unit->size * sizeof(float));
        if (bz_machine_offset(m, i))
            memset(bz_machine_offset(m, i), 0, unit->size * sizeof(float));
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_coupling *k = &l->m->couplings[c];
        memcpy(bz_machine_weight(m, c), from + (k->weight - l->m->block), bz_coupling_weights(m, c) * sizeof(float));
    }
    train_set_offsets(m, l->offset);
    bz_machine_prepare(m, NULL); /* prepared before: cannot fail */
}

static int add_floats(struct train_fields *f, const char *name, float *data, size_t n, struct bz_error *err)
{
    return data ? train_fields_add(f, name, data, n * sizeof(*data), err) : 0;
}

/* The chains' states of a layer. Whatever was drawn has one of two values where the units have; before the first update nothing
 * was, and nothing will be made of the states. Where groups keep their shares, rows of data stand in for chains (shares.c). */
static int add_states(struct train_learner *l, size_t layer, struct train_fields *f, struct bz_error *err)
{
    const struct bz_unit_type *type = bz_unit_type(l->m->layers[layer].unit);
    const struct bz_state *s = l->chains->s;
    const size_t n = s->room * l->m->layers[layer].size;
    const bool drawn = l->rule.sweeps > 0 && !l->rule.discriminative && l->rule.algorithm != TRAIN_AUTOENCODER && !l->clusters;
    return drawn && type->discrete && !type->counted
               ? train_fields_add_two(f, "states", s->x[layer], n, type->least, type->most, err)
               : add_floats(f, "states", s->x[layer], n, err);
}

int train_learner_fields(struct train_learner *l, struct train_fields *f, struct bz_error *err)
{
    const size_t n = l->m->block_size;
    struct bz_state *s = l->chains->s;
    if (add_floats(f, "parameters", l->m->block, n, err) < 0 || add_floats(f, "velocity", l->velocity, n, err) < 0 ||
        add_floats(f, "second", l->second, n, err) < 0 || add_floats(f, "average", l->average, n, err) < 0 ||
        train_fields_add(f, "updates", &l->updates, sizeof(l->updates), err) < 0 ||
        train_fields_add(f, "averages", &l->averages, sizeof(l->averages), err) < 0 ||
        train_fields_add(f, "chains_ready", &l->chains_ready, sizeof(l->chains_ready), err) < 0 ||
        train_fields_add(f, "steps", l->chains->step, s->room * sizeof(*l->chains->step), err) < 0)
        return -1;
    for (size_t i = 0; i < l->m->n_layers; i++) {
        const size_t size = l->m->layers[i].size;
        if (add_floats(f, "typical", l->typical[i], size, err) < 0 || add_states(l, i, f, err) < 0 ||
            add_floats(f, "counts", s->counts[i], s->room, err) < 0 ||
            (l->activity[i] && train_fields_add(f, "activity", l->activity[i], size * sizeof(double), err) < 0))
            return -1;
    }
    return l->moving ? l->mover->fields(l->moving, f, err) : 0;
}

void train_learner_refresh(struct train_learner *l)
{
    bz_machine_prepare(l->m, NULL); /* prepared before: cannot fail */
    if (l->moving)
        l->mover->refresh(l->moving);
}
