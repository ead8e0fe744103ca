#include "start.h"

#include "mathx.h"
#include "mem.h"
#include "need.h"
#include "parameters.h"
#include "text_set.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double weight_deviation = 0.01; /* Hinton 2010, a practical guide, section 8 */
static const double hidden_activity = 0.2;

/* --- the graph --- */

/* A graph under construction. */
struct draft {
    struct bz_layer_spec *layers;
    char (*names)[BZ_NAME_ROOM];
    size_t n_layers;
    struct bz_coupling_spec *couplings;
    size_t n_couplings;
};

/* Where a pathway of hidden layers goes: above which layers, named base1 .. or base-1 .. */
struct place {
    const char *base, *separator;
    const size_t *below;
    size_t n_below;
};

static size_t add_layer(struct draft *d, enum bz_role role, enum bz_unit unit, size_t size, size_t groups)
{
    d->layers[d->n_layers] = (struct bz_layer_spec){
        .name = d->names[d->n_layers], .role = role, .unit = unit, .size = size, .groups = groups, .has_offset = true};
    return d->n_layers++;
}

static void couple(struct draft *d, size_t a, size_t b)
{
    d->couplings[d->n_couplings++] = (struct bz_coupling_spec){a, b};
}

static int add_hidden(struct draft *d, const struct train_shape *shape, size_t size, size_t *layer, struct bz_error *err)
{
    const size_t states = shape->hidden_states ? shape->hidden_states : size;
    const bool grouped = bz_unit_type(shape->hidden_unit)->grouped;
    if (grouped && size % states != 0)
        return bz_fail(err, BZ_BAD_USAGE, "--hidden-unit softmax:%zu: a layer of %zu units cannot be divided into such groups",
                       states, size);
    *layer = add_layer(d, BZ_HIDDEN, shape->hidden_unit, size, grouped ? size / states : 1);
    return 0;
}

/* *top is its top layer. */
static int add_pathway(struct draft *d, const struct train_shape *shape, const struct train_pathway *p,
                       const struct place *where, size_t *top, struct bz_error *err)
{
    for (size_t k = 0; k < p->n; k++) {
        char *name = d->names[d->n_layers];
        int written = p->n == 1 && !*where->separator
                          ? snprintf(name, BZ_NAME_ROOM, "%s", where->base)
                          : snprintf(name, BZ_NAME_ROOM, "%s%s%zu", where->base, where->separator, k + 1);
        if (written >= BZ_NAME_ROOM)
            return bz_fail(err, BZ_BAD_INPUT, "'%s' is too long for layers to be named after it", where->base);
        size_t layer = 0;
        if (add_hidden(d, shape, p->sizes[k], &layer, err) < 0)
            return -1;
        if (k > 0)
            couple(d, *top, layer);
        for (size_t i = 0; k == 0 && i < where->n_below; i++)
            couple(d, where->below[i], layer);
        *top = layer;
    }
    return 0;
}

static int add_multimodal(struct draft *d, const struct train_shape *shape, const struct train_data *data, size_t *top,
                          struct bz_error *err)
{
    for (size_t p = 0; p < data->n_parts; p++) {
        const struct place where = {data->parts[p].name, "-", &p, 1};
        top[p] = p;
        if (add_pathway(d, shape, &shape->pathways[p], &where, &top[p], err) < 0)
            return -1;
    }
    snprintf(d->names[d->n_layers], BZ_NAME_ROOM, "joint");
    size_t joint = 0;
    if (add_hidden(d, shape, shape->joint, &joint, err) < 0)
        return -1;
    for (size_t p = 0; p < data->n_parts; p++)
        couple(d, top[p], joint);
    top[0] = joint;
    return 0;
}

static int fill_draft(struct draft *d, const struct train_shape *shape, const struct train_data *data, size_t *tops,
                      struct bz_error *err)
{
    const size_t parts = data->n_parts;
    const struct place above_all = {shape->hidden ? shape->hidden : "hidden", "", tops, parts};
    size_t top = SIZE_MAX;
    for (size_t p = 0; p < parts; p++) {
        const struct train_part *part = &data->parts[p];
        memcpy(d->names[p], part->name, BZ_NAME_ROOM);
        add_layer(d, BZ_VISIBLE, part->unit, part->size, part->groups);
        tops[p] = p;
    }
    if (shape->joint) {
        if (add_multimodal(d, shape, data, tops, err) < 0)
            return -1;
        top = tops[0];
    } else if (shape->pathways[0].n && add_pathway(d, shape, &shape->pathways[0], &above_all, &top, err) < 0) {
        return -1;
    }
    for (size_t p = 0; shape->lateral_visible && p < parts; p++)
        for (size_t q = p; q < (shape->lateral_between ? parts : p + 1); q++)
            couple(d, p, q);
    for (size_t l = parts; shape->lateral_hidden && l < d->n_layers; l++)
        couple(d, l, l);
    if (shape->labels) {
        if (top == SIZE_MAX)
            return bz_fail(err, BZ_BAD_INPUT, "labels need a hidden layer to be coupled to");
        snprintf(d->names[d->n_layers], BZ_NAME_ROOM, TRAIN_LABELS);
        couple(d, add_layer(d, BZ_LABEL, BZ_SOFTMAX, data->n_classes, 1), top);
    }
    return 0;
}

static int weights_fit(const struct draft *d, const struct bz_pattern *patterns, size_t processes, struct bz_error *err)
{
    double weights = 0;
    for (size_t c = 0; c < d->n_couplings; c++)
        weights += patterns[c].index ? (double)patterns[c].n
                                     : (double)d->layers[d->couplings[c].a].size * (double)d->layers[d->couplings[c].b].size;
    return train_weights_fit(weights, processes, err);
}

static int make_graph(struct bz_machine **out, const struct train_shape *shape, const struct train_data *data,
                      struct bz_error *err)
{
    const size_t parts = data->n_parts;
    size_t room = 2 * parts + 2; /* visible layers, pathways' and joint and label layers */
    for (size_t p = 0; p < (shape->joint ? parts : 1); p++)
        room += shape->pathways[p].n;
    struct draft d = {0};
    struct bz_pattern *patterns = NULL;
    size_t *tops = NULL;
    int rc = -1;
    if ((d.layers = bz_alloc(room, sizeof(*d.layers), err)) && (d.names = bz_alloc(room, sizeof(*d.names), err)) &&
        (d.couplings = bz_alloc(3 * room + parts * parts, sizeof(*d.couplings), err)) &&
        (tops = bz_alloc(parts, sizeof(*tops), err)) && fill_draft(&d, shape, data, tops, err) == 0 &&
        (patterns = bz_alloc(d.n_couplings, sizeof(*patterns), err))) {
        for (size_t c = 0; c < d.n_couplings; c++)
            if (d.couplings[c].a == 0 && d.couplings[c].b == 0)
                patterns[c] = shape->visible_pairs;
        rc = weights_fit(&d, patterns, shape->processes ? shape->processes : 1, err) < 0
                 ? -1
                 : bz_machine_new_sparse(out, shape->kind, d.layers, d.n_layers, d.couplings, d.n_couplings, patterns, err);
        for (size_t p = 0; rc == 0 && p < parts; p++)
            rc = data->parts[p].group ? bz_machine_exclude(*out, p, data->parts[p].group, err) : 0;
    }
    bz_free_all(patterns, d.layers, d.names, d.couplings, tops);
    return rc;
}

/* --- parameters --- */

static int copy_names(struct bz_layer *layer, char *const *names, size_t n, struct bz_error *err)
{
    return names && n > 0 ? bz_texts_copy(&layer->categories, &layer->n_categories, names, n, err) : 0;
}

/* The biases that give units these means without neighbours. Frequencies are smoothed by one more row of each kind, so that no
 * unit starts out certain. */
static void set_bias(struct bz_machine *m, size_t l, const double *mean, const double *variance, size_t rows)
{
    const struct bz_layer *layer = &m->layers[l];
    float *log_sigma = bz_machine_log_sigma(m, l);
    bz_unit_type(layer->unit)->fit(layer, mean, (double)rows, bz_machine_bias(m, l));
    for (size_t i = 0; log_sigma && i < layer->size; i++)
        log_sigma[i] = variance[i] > 0 ? (float)(0.5 * bz_log(variance[i])) : 0;
}

static void set_offset(struct bz_machine *m, size_t l, const double *mean)
{
    float *offset = bz_machine_offset(m, l);
    double words = 0;
    for (size_t i = 0; i < m->layers[l].size; i++)
        words += mean[i];
    if (!train_may_offset(m, l))
        return;
    const double scale = bz_unit_type(m->layers[l].unit)->counted && words > 0 ? 1 / words : 1;
    for (size_t i = 0; i < m->layers[l].size; i++)
        offset[i] = (float)(scale * mean[i]);
}

static void label_moments(const struct train_data *data, const struct train_first_rows *first, double *mean)
{
    double known = 0;
    for (size_t r = 0; r < first->n; r++)
        if (data->labels[first->rows[r]] >= 0) {
            mean[data->labels[first->rows[r]]]++;
            known++;
        }
    for (size_t i = 0; known > 0 && i < data->n_classes; i++)
        mean[i] /= known;
}

/* The words of an average row: what a row has of which no word is known (the biases of hidden units are multiplied by it). */
static void set_counts(struct bz_layer *layer, const double *mean)
{
    double words = 0;
    for (size_t i = 0; bz_unit_type(layer->unit)->counted && i < layer->size; i++)
        words += mean[i];
    layer->usual_counts = words > 0 ? fmax(1, rint(words)) : 0;
}

static void set_units(struct bz_machine *m, size_t l, const double *mean, const double *variance,
                      const struct train_first_rows *first)
{
    set_bias(m, l, mean, variance, first->n);
    if (first->centred)
        set_offset(m, l, mean);
}

static int start_labels(struct bz_machine *m, size_t l, const struct train_data *data, const struct train_first_rows *first,
                        struct bz_error *err)
{
    double *mean = bz_alloc(m->layers[l].size, sizeof(*mean), err);
    const int rc = mean ? 0 : -1;
    if (mean) {
        label_moments(data, first, mean);
        set_units(m, l, mean, NULL, first);
    }
    bz_free(mean);
    return rc;
}

static int start_part(struct bz_machine *m, size_t l, const struct train_part *part, const struct train_first_rows *first,
                      struct bz_error *err)
{
    struct bz_layer *layer = &m->layers[l];
    double *mean = bz_alloc(layer->size, sizeof(*mean), err), *variance = bz_alloc(layer->size, sizeof(*variance), err);
    const int rc = mean && variance ? 0 : -1;
    if (rc == 0) {
        if (!part->partial) /* else rank 0 has the parameters that follow from all rows (spread.h) */
            train_part_moments(part, first->rows, first->n, mean, variance);
        set_units(m, l, mean, variance, first);
        set_counts(layer, mean);
        float *log_sigma = bz_machine_log_sigma(m, l);
        for (size_t i = 0; log_sigma && part->least && i < layer->size; i++)
            if (part->least[i] > 0)
                log_sigma[i] = fmaxf(log_sigma[i], (float)bz_log(part->least[i]));
    }
    bz_free(mean);
    bz_free(variance);
    return rc;
}

int train_start_part(struct bz_machine *m, size_t l, const struct train_part *part, const struct train_first_rows *first,
                     struct bz_error *err)
{
    struct bz_layer *layer = &m->layers[l];
    if (copy_names(layer, part->n_categories ? part->categories : part->columns,
                   part->n_categories ? part->n_categories : part->n_columns, err) < 0)
        return -1;
    memcpy(layer->shape, part->shape, sizeof(layer->shape));
    layer->rank = part->rank;
    return start_part(m, l, part, first, err);
}

/* Hidden units start out rarely on: that suffices for learning, and sparse states are faster. Those that are not on or off
 * start without a bias. */
static void start_hidden(struct bz_machine *m, size_t l, bool centred)
{
    const struct bz_layer *layer = &m->layers[l];
    for (size_t j = 0; layer->unit == BZ_BERNOULLI && j < layer->size; j++)
        bz_machine_bias(m, l)[j] = (float)bz_log(hidden_activity / (1 - hidden_activity));
    if (!centred || !train_may_offset(m, l))
        return;
    bz_unit_type(layer->unit)->base_mean(layer, 1, bz_machine_offset(m, l));
    for (size_t j = 0; layer->unit == BZ_BERNOULLI && j < layer->size; j++)
        bz_machine_offset(m, l)[j] = (float)hidden_activity;
}

static void start_weights(struct bz_machine *m, size_t coupling, uint64_t seed)
{
    const struct bz_coupling *c = &m->couplings[coupling];
    const size_t n_a = m->layers[c->a].size, n_b = m->layers[c->b].size;
    float *w = bz_machine_weight(m, coupling);
    for (size_t k = 0; k < c->n_entries; k++) {
        const struct bz_key key = {
            .seed = seed, .chain = c->index[k][0], .layer = (uint16_t)coupling, .purpose = BZ_DRAW_WEIGHT};
        w[k] = (float)(weight_deviation * bz_random_normal(&key, c->index[k][1]));
    }
    for (size_t i = 0; !c->index && i < n_a; i++) {
        const struct bz_key key = {.seed = seed, .chain = (uint32_t)i, .layer = (uint16_t)coupling, .purpose = BZ_DRAW_WEIGHT};
        for (size_t j = c->a == c->b ? i + 1 : 0; j < n_b; j++) {
            w[i * n_b + j] = (float)(weight_deviation * bz_random_normal(&key, (uint32_t)j));
            if (c->a == c->b)
                w[j * n_b + i] = w[i * n_b + j];
        }
    }
}

int train_start(struct bz_machine **out, const struct train_shape *shape, const struct train_data *data,
                const struct train_first_rows *first, uint64_t seed, struct bz_error *err)
{
    struct bz_machine *m;
    if (make_graph(&m, shape, data, err) < 0)
        return -1;
    if (bz_machine_prepare(m, err) < 0) /* unit types read derived values */
        goto fail;
    for (size_t l = 0; l < m->n_layers; l++) {
        int rc = 0;
        if (m->layers[l].role == BZ_LABEL)
            rc = copy_names(&m->layers[l], data->classes, data->n_classes, err) < 0 ? -1 : start_labels(m, l, data, first, err);
        else if (m->layers[l].role == BZ_VISIBLE)
            rc = train_start_part(m, l, &data->parts[l], first, err);
        else
            start_hidden(m, l, first->centred);
        if (rc < 0)
            goto fail;
    }
    for (size_t c = 0; c < m->n_couplings; c++)
        start_weights(m, c, seed);
    if (bz_machine_prepare(m, err) < 0)
        goto fail;
    *out = m;
    return 0;
fail:
    bz_machine_free(m);
    return -1;
}

int train_start_again(struct bz_machine *m, const struct train_feed *feed, const struct train_first_rows *first,
                      struct bz_error *err)
{
    int rc = 0;
    for (size_t l = 0; rc == 0 && l < m->n_layers; l++)
        if ((long)l == feed->label_layer)
            rc = start_labels(m, l, feed->data, first, err);
        else if (feed->part_of[l] >= 0)
            rc = start_part(m, l, &feed->data->parts[feed->part_of[l]], first, err);
    return rc;
}
