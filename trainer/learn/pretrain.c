#include "pretrain.h"

#include "grow.h"
#include "interleave.h"
#include "mem.h"
#include "parameters.h"
#include "pretrain_layer.h"
#include "unit.h"

#include <string.h>

/* Temperature of a layer whose input is doubled. */
static const double doubled = 0.5;

/* Results so far. */
struct build {
    const struct train_pretrain *p;
    struct bz_machine *grown;  /* growing: the whole as trained so far */
    struct bz_machine *whole;  /* stacking: without offsets; each layer's RBMs add their biases here */
    struct train_part *hidden; /* [n_layers]: probabilities of trained hidden layers for every row, as data */
    float **offset;            /* [n_layers][size]: mean activities, for the offsets of the whole */
    double per_word;           /* one over the words of an average row; 1 without multinomial layers */
};

static bool is_above(const struct bz_machine *m, size_t layer, size_t other)
{
    return !bz_is_visible(&m->layers[other]) && other > layer;
}

static size_t count_above(const struct bz_machine *m, size_t layer)
{
    size_t n = 0;
    for (size_t k = 0; k < m->n_links[layer]; k++)
        n += is_above(m, layer, m->links[layer][k].layer);
    return n;
}

bool train_is_deep(const struct bz_machine *m)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (!bz_is_visible(&m->layers[l]) && count_above(m, l) > 0)
            return true;
    return false;
}

/* Allocates and starts the layer's RBM: it sees the layers below, hidden ones by their probabilities. */
static int start_rbm(const struct build *b, struct train_layer *r, struct bz_error *err)
{
    const struct train_pretrain *p = b->p;
    const struct bz_machine *m = p->machine;
    for (size_t k = 0; k < m->n_links[r->layer]; k++) {
        const size_t other = m->links[r->layer][k].layer;
        if (is_above(m, r->layer, other))
            continue;
        if (m->layers[other].role == BZ_HIDDEN)
            train_layer_sees_features(r, &b->hidden[other]);
        else
            train_layer_sees(r, p, other);
    }
    return train_layer_start(r, p, err);
}

/* Inputs of a layer that will get as much again from the other side are doubled; its bias, like theirs, is learned at half of
 * that. */
static int double_inputs(const struct build *b, struct train_layer *r, struct bz_error *err)
{
    for (size_t l = 0; l < r->start->n_layers; l++) {
        struct bz_layer *layer = &r->start->layers[l];
        const size_t at = (size_t)bz_machine_find(b->p->machine, layer->name);
        const bool twice = at == r->layer ? count_above(b->p->machine, at) > 0 : b->p->machine->layers[at].role == BZ_HIDDEN;
        r->temperature[l] = twice ? doubled : 1;
        for (size_t i = 0; twice && i < layer->size; i++)
            bz_machine_bias(r->start, l)[i] *= (float)doubled;
    }
    return bz_machine_prepare(r->start, err);
}

/* --- putting the parts together --- */

static long find_coupling(const struct bz_machine *m, size_t a, size_t b)
{
    for (size_t c = 0; c < m->n_couplings; c++)
        if (m->couplings[c].a == a && m->couplings[c].b == b)
            return (long)c;
    return -1;
}

/* Adds a layer of the RBM (without offsets) to the same layer of the whole. */
static void add_layer(struct build *b, const struct bz_layer *from, size_t to)
{
    const struct bz_layer *layer = &b->whole->layers[to];
    float *bias = bz_machine_bias(b->whole, to);
    /* If the whole multiplies a bias by the words of a row, a bias learned per row is divided by the words. */
    const double scale = layer->near_counts && !from->near_counts ? b->per_word : 1;
    for (size_t i = 0; i < from->size; i++)
        bias[i] = (float)((layer->role == BZ_HIDDEN ? (double)bias[i] : 0) + scale * (double)from->bias[i]);
    bz_machine_copy_widths(b->whole, to, from);
}

static int add_to_whole(struct build *b, const struct train_layer *r, struct bz_error *err)
{
    struct bz_machine *normal;
    const float **zero = bz_alloc(r->trained->n_layers, sizeof(*zero), err);
    if (!zero || train_machine_copy(&normal, r->trained, NULL, err) < 0) {
        bz_free(zero);
        return -1;
    }
    train_set_offsets(normal, zero);
    for (size_t l = 0; l < normal->n_layers; l++)
        add_layer(b, &normal->layers[l], (size_t)bz_machine_find(b->whole, normal->layers[l].name));
    for (size_t c = 0; c < normal->n_couplings; c++) {
        const struct bz_layer *below = &normal->layers[normal->couplings[c].a];
        const long to = find_coupling(b->whole, (size_t)bz_machine_find(b->whole, below->name), r->layer);
        memcpy(bz_machine_weight(b->whole, (size_t)to), normal->couplings[c].weight,
               below->size * b->whole->layers[r->layer].size * sizeof(float));
    }
    bz_machine_free(normal);
    bz_free(zero);
    return 0;
}

/* Keeps the offsets of layers that have none yet: a hidden layer's are those of the RBM in which it is hidden. */
static int keep_offsets(struct build *b, const struct train_layer *r, struct bz_error *err)
{
    for (size_t l = 0; l < r->trained->n_layers; l++) {
        const struct bz_layer *layer = &r->trained->layers[l];
        const size_t to = (size_t)bz_machine_find(b->whole, layer->name);
        if (b->offset[to] || !layer->offset || !train_may_offset(b->whole, to))
            continue;
        if (!(b->offset[to] = bz_alloc(layer->size, sizeof(float), err)))
            return -1;
        memcpy(b->offset[to], layer->offset, layer->size * sizeof(float));
    }
    return 0;
}

/* --- all layers --- */

static int take_grown(struct build *b, const struct train_layer *r, struct bz_error *err)
{
    struct bz_machine *next;
    if (train_grow(&next, b->grown, r->trained, err) < 0)
        return -1;
    bz_machine_free(b->grown);
    b->grown = next;
    return 0;
}

static int take_stacked(struct build *b, const struct train_layer *r, struct bz_error *err)
{
    if (add_to_whole(b, r, err) < 0 || keep_offsets(b, r, err) < 0)
        return -1;
    return count_above(b->whole, r->layer) > 0 ? train_layer_features(r, b->p, &b->hidden[r->layer], err) : 0;
}

static int build_layer(struct build *b, size_t layer, uint64_t number, struct bz_error *err)
{
    const bool stacked = b->p->way == TRAIN_STACKED;
    struct train_layer r;
    int rc = -1;
    if (train_layer_new(&r, b->p, layer, err) == 0 && start_rbm(b, &r, err) == 0 &&
        (!stacked || double_inputs(b, &r, err) == 0) && train_layer_train(&r, b->p, number, err) == 0)
        rc = stacked ? take_stacked(b, &r, err) : take_grown(b, &r, err);
    train_layer_free(&r);
    return rc;
}

static int build_new(struct build *b, struct bz_error *err)
{
    const struct bz_machine *m = b->p->machine;
    bool *none = bz_alloc(m->n_layers, sizeof(*none), err);
    int rc = none && (b->hidden = bz_alloc(m->n_layers, sizeof(*b->hidden), err)) &&
                     (b->offset = bz_alloc(m->n_layers, sizeof(*b->offset), err)) &&
                     train_machine_copy(&b->whole, m, none, err) == 0 && train_machine_copy(&b->grown, m, NULL, err) == 0 &&
                     bz_machine_prepare(b->grown, err) == 0
                 ? 0
                 : -1;
    for (size_t l = 0; rc == 0 && l < m->n_layers; l++)
        if (m->layers[l].role == BZ_HIDDEN)
            memset(bz_machine_bias(b->whole, l), 0, m->layers[l].size * sizeof(float));
    bz_free(none);
    return rc;
}

static void build_free(struct build *b)
{
    const size_t n = b->p->machine->n_layers;
    for (size_t l = 0; l < n; l++) {
        if (b->hidden)
            bz_free(b->hidden[l].u8);
        if (b->offset)
            bz_free(b->offset[l]);
    }
    bz_free(b->hidden);
    bz_free(b->offset);
    bz_machine_free(b->grown);
    bz_machine_free(b->whole);
}

/* The mean number of words in a row is that of the columns' means, summed. */
static int count_words(struct build *b, struct bz_error *err)
{
    double words = 0;
    for (size_t p = 0; p < b->p->data->n_parts; p++) {
        const struct train_part *part = &b->p->data->parts[p];
        if (!bz_unit_type(part->unit)->counted)
            continue;
        double *mean = bz_alloc(part->size, sizeof(*mean), err);
        if (!mean)
            return -1;
        if (!part->partial)
            train_part_moments(part, b->p->stage->rows, b->p->stage->n_rows, mean, NULL);
        for (size_t i = 0; i < part->size; i++)
            words += mean[i];
        bz_free(mean);
    }
    b->per_word = words > 0 ? 1 / words : 1;
    return b->p->stage->spread ? train_ranks_follow(b->p->stage->ranks, &b->per_word, sizeof(b->per_word), err) : 0;
}

/* True if every layer below this hidden one is visible. */
static bool sees_data(const struct bz_machine *m, size_t layer)
{
    for (size_t k = 0; k < m->n_links[layer]; k++)
        if (!is_above(m, layer, m->links[layer][k].layer) && !bz_is_visible(&m->layers[m->links[layer][k].layer]))
            return false;
    return true;
}

/* The stacked RBMs as one machine with offsets. */
static int finish_stack(struct build *b, struct bz_machine **out, struct bz_error *err)
{
    const struct bz_machine *m = b->p->machine;
    struct bz_machine *result = NULL;
    bool *with = bz_alloc(m->n_layers, sizeof(*with), err);
    for (size_t l = 0; with && l < m->n_layers; l++)
        with[l] = m->layers[l].offset != NULL;
    const int rc = with ? train_machine_copy(&result, b->whole, with, err) : -1;
    bz_free(with);
    if (rc < 0)
        return -1;
    train_set_offsets(result, (const float *const *)b->offset);
    if (bz_machine_prepare(result, err) < 0) {
        bz_machine_free(result);
        return -1;
    }
    *out = result;
    return 0;
}

int train_pretrain(const struct train_pretrain *p, struct bz_machine **out, uint64_t *stages, struct bz_error *err)
{
    if (p->way == TRAIN_INTERLEAVED)
        return train_interleave(p, out, stages, err);
    const bool stacked = p->way == TRAIN_STACKED;
    struct build b = {.p = p};
    int rc = -1;
    *stages = 0;
    if (build_new(&b, err) < 0 || count_words(&b, err) < 0)
        goto out;
    for (size_t l = 0; l < p->machine->n_layers; l++)
        if (p->machine->layers[l].role == BZ_HIDDEN && (stacked || sees_data(p->machine, l)) &&
            build_layer(&b, l, (*stages)++, err) < 0)
            goto out;
    if (stacked) {
        rc = finish_stack(&b, out, err);
    } else {
        *out = bz_take(&b.grown);
        rc = 0;
    }
out:
    build_free(&b);
    return rc;
}
