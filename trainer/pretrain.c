#include "pretrain.h"

#include "feed.h"
#include "grow.h"
#include "mem.h"
#include "model_file.h"
#include "parameters.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

/* Temperature of a layer whose input is doubled. */
static const double doubled = 0.5;

/* What was learned so far. */
struct build {
    const struct train_pretrain *p;
    struct bz_machine *grown;  /* growing: the whole as far as it is trained */
    struct bz_machine *whole;  /* stacking: without offsets; each layer's RBMs add their biases here */
    struct train_part *hidden; /* [n_layers]: probabilities of trained hidden layers for every row, as data */
    float **offset;            /* [n_layers][size]: mean activities, for the offsets of the whole */
    double per_word;           /* one over the words of a mean row; 1 without multinomial layers */
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

/* ---- one layer's RBM ---- */

/* The RBM of hidden layer `layer`: data of the layers below it, temperatures, the trained machine. */
struct rbm {
    size_t layer;
    struct train_data data; /* parts are borrowed copies; labels borrowed */
    double *temperature;    /* [its layers] */
    struct bz_machine *start, *trained;
    struct train_feed feed;
};

static void rbm_free(struct rbm *r)
{
    bz_free(r->data.parts);
    bz_free(r->temperature);
    bz_machine_free(r->start);
    bz_machine_free(r->trained);
    train_feed_close(&r->feed);
}

/* Collects the layers below: visible ones of the data, hidden ones as their probabilities. */
static int collect_data(const struct build *b, struct rbm *r, struct bz_error *err)
{
    const struct bz_machine *m = b->p->machine;
    const struct train_data *data = b->p->data;
    r->data = (struct train_data){.rows = data->rows};
    if (!(r->data.parts = bz_alloc(m->n_links[r->layer], sizeof(*r->data.parts), err)))
        return -1;
    for (size_t k = 0; k < m->n_links[r->layer]; k++) {
        const size_t other = m->links[r->layer][k].layer;
        const struct bz_layer *below = &m->layers[other];
        if (is_above(m, r->layer, other))
            continue;
        if (below->role == BZ_LABEL) {
            r->data.labels = data->labels;
            r->data.classes = data->classes;
            r->data.n_classes = data->n_classes;
        } else if (below->role == BZ_HIDDEN) {
            r->data.parts[r->data.n_parts++] = b->hidden[other];
        } else {
            for (size_t p = 0; p < data->n_parts; p++)
                if (!strcmp(data->parts[p].name, below->name))
                    r->data.parts[r->data.n_parts++] = data->parts[p];
        }
    }
    return 0;
}

static int rbm_start(const struct build *b, struct rbm *r, struct bz_error *err)
{
    const struct train_stage *s = b->p->stage;
    const struct bz_layer *hidden = &b->p->machine->layers[r->layer];
    const struct train_pathway pathway = {.sizes = &hidden->size, .n = 1};
    const struct train_shape shape = {
        .kind = "rbm", .pathways = &pathway, .labels = r->data.labels != NULL, .hidden = hidden->name};
    if (train_start(&r->start, &shape, &r->data, s->rows, s->n_rows, s->rule.centred, s->seed + r->layer, err) < 0 ||
        !(r->temperature = bz_alloc(r->start->n_layers, sizeof(*r->temperature), err)))
        return -1;
    for (size_t l = 0; l < r->start->n_layers; l++) {
        struct bz_layer *layer = &r->start->layers[l];
        const size_t at = (size_t)bz_machine_find(b->p->machine, layer->name);
        const bool twice = !b->p->stacked   ? false
                           : at == r->layer ? count_above(b->p->machine, at) > 0
                                            : b->p->machine->layers[at].role == BZ_HIDDEN;
        r->temperature[l] = twice ? doubled : 1;
        for (size_t i = 0; twice && i < layer->size; i++)
            bz_machine_bias(r->start, l)[i] *= (float)doubled;
    }
    return bz_machine_prepare(r->start, err);
}

static int stage_path(const struct build *b, uint64_t number, char *path, size_t room, struct bz_error *err)
{
    if ((size_t)snprintf(path, room, "%s/stage-%llu.safetensors", b->p->folder, (unsigned long long)number) >= room)
        return bz_fail(err, BZ_BAD_INPUT, "%s: too long a path", b->p->folder);
    return 0;
}

/* Trains the RBM, or reads back what an interrupted run made of it. */
static int rbm_train(const struct build *b, struct rbm *r, uint64_t number, struct bz_error *err)
{
    const struct train_pretrain *p = b->p;
    char path[4096], title[BZ_NAME_ROOM + 32];
    if (stage_path(b, number, path, sizeof(path), err) < 0)
        return -1;
    if (number < p->stage->number) {
        struct bz_model *model;
        if (bz_model_load(&model, path, err) < 0)
            return -1;
        int rc = train_machine_copy(&r->trained, model->machine, NULL, err);
        bz_model_free(model);
        return rc < 0 ? -1 : bz_machine_prepare(r->trained, err);
    }
    struct train_stage stage = *p->stage;
    snprintf(title, sizeof(title), "pretraining %s", p->machine->layers[r->layer].name);
    stage.title = title;
    stage.number = number;
    stage.start = r->start;
    stage.feed = &r->feed;
    stage.valid = NULL;
    stage.n_valid = 0;
    if (number != p->stage->number)
        stage.resume = NULL;
    p->choose(p->choose_arg, r->start, &stage);
    stage.rule.temperature = r->temperature;
    if (train_stage_run(&stage, &r->trained, NULL, err) < 0)
        return -1;
    return bz_model_save(r->trained, &(struct bz_model_text){0}, path, err);
}

/* ---- what comes of it ---- */

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
    /* Where the whole multiplies a bias by the words of a row, what was learned for a row as it is counts by the word. */
    const double scale = layer->near_counts && !from->near_counts ? b->per_word : 1;
    for (size_t i = 0; i < from->size; i++)
        bias[i] = (float)((layer->role == BZ_HIDDEN ? (double)bias[i] : 0) + scale * (double)from->bias[i]);
    if (from->log_sigma)
        memcpy(bz_machine_log_sigma(b->whole, to), from->log_sigma, from->size * sizeof(float));
}

static int add_to_whole(struct build *b, const struct rbm *r, struct bz_error *err)
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

/* Keeps the offsets of layers that have none yet: a hidden layer's are those of the RBM that it is the hidden layer of. */
static int keep_offsets(struct build *b, const struct rbm *r, struct bz_error *err)
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

/* ---- the trained layer as data for the next one ---- */

/* Probabilities of the hidden layer for tiles of rows. */
struct propagation {
    const struct rbm *r;
    size_t hidden; /* the layer in the RBM */
    float *out;    /* [rows][size] */
    struct bz_error *errors;
};

static int propagate_tile(const struct propagation *p, size_t first, size_t n, struct bz_error *err)
{
    const struct bz_machine *m = p->r->trained;
    const struct bz_layer *hidden = &m->layers[p->hidden];
    struct bz_state *s = NULL;
    struct bz_work *w = NULL;
    size_t rows[BZ_TILE];
    int rc = -1;
    if (bz_state_new(&s, m, n, err) < 0 || bz_work_new(&w, m, err) < 0 || train_feed_prepare(&p->r->feed, s, err) < 0)
        goto out;
    for (size_t r = 0; r < n; r++)
        rows[r] = first + r;
    train_feed_read(&p->r->feed, s, 0, rows, n, 0);
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t i = 0; s->known[l] && i < n * m->layers[l].size; i++)
            if (!s->known[l][i]) /* what is missing stands at its mean */
                s->x[l][i] = m->layers[l].offset ? m->layers[l].offset[i % m->layers[l].size] : 0;
    bz_field(s, p->hidden, 0, n, false, p->out + first * hidden->size, w);
    for (size_t r = first; r < first + n; r++)
        bz_unit_type(hidden->unit)
            ->mean(hidden, p->out + r * hidden->size, p->r->temperature[p->hidden], 0, p->out + r * hidden->size);
    rc = 0;
out:
    bz_state_free(s);
    bz_work_free(w);
    return rc;
}

static void propagate_task(void *arg, size_t tile)
{
    const struct propagation *p = arg;
    const size_t first = tile * BZ_TILE, left = p->r->data.rows - first;
    struct bz_error *err = &p->errors[tile];
    if (propagate_tile(p, first, left < BZ_TILE ? left : BZ_TILE, err) == 0)
        err->code = BZ_OK;
}

/* Makes the hidden layer's probabilities a part of data, grey values that are drawn anew at each visit. */
static int propagate(struct build *b, const struct rbm *r, struct bz_error *err)
{
    const struct bz_layer *layer = &b->whole->layers[r->layer];
    const size_t tiles = (r->data.rows + BZ_TILE - 1) / BZ_TILE;
    struct train_part *part = &b->hidden[r->layer];
    size_t entries;
    if (bz_mul(&entries, r->data.rows, layer->size) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "%zu rows of layer %s are more than can be addressed", r->data.rows, layer->name);
    *part = (struct train_part){
        .unit = layer->unit, .size = layer->size, .groups = layer->groups, .store = TRAIN_F32, .scale = 1, .grey = true};
    memcpy(part->name, layer->name, sizeof(part->name));
    struct propagation p = {.r = r, .hidden = (size_t)bz_machine_find(r->trained, layer->name)};
    int rc = -1;
    if (!(part->f32 = bz_alloc(entries, sizeof(float), err)) || !(p.errors = bz_alloc(tiles, sizeof(*p.errors), err)))
        goto out;
    p.out = part->f32;
    bz_parallel_for(b->p->stage->par, tiles, propagate_task, &p);
    rc = 0;
    for (size_t k = 0; k < tiles && rc == 0; k++)
        if (p.errors[k].code != BZ_OK) {
            *err = p.errors[k];
            rc = -1;
        }
out:
    bz_free(p.errors);
    return rc;
}

/* ---- all layers ---- */

static int take_grown(struct build *b, const struct rbm *r, struct bz_error *err)
{
    struct bz_machine *next;
    if (train_grow(&next, b->grown, r->trained, err) < 0)
        return -1;
    bz_machine_free(b->grown);
    b->grown = next;
    return 0;
}

static int take_stacked(struct build *b, const struct rbm *r, struct bz_error *err)
{
    if (add_to_whole(b, r, err) < 0 || keep_offsets(b, r, err) < 0)
        return -1;
    return count_above(b->whole, r->layer) > 0 ? propagate(b, r, err) : 0;
}

static int build_layer(struct build *b, size_t layer, uint64_t number, struct bz_error *err)
{
    struct rbm r = {.layer = layer};
    int rc = -1;
    if (collect_data(b, &r, err) == 0 && rbm_start(b, &r, err) == 0 &&
        train_feed_open(&r.feed, r.start, &r.data, b->p->binarize, b->p->stage->seed, err) == 0 &&
        rbm_train(b, &r, number, err) == 0)
        rc = b->p->stacked ? take_stacked(b, &r, err) : take_grown(b, &r, err);
    rbm_free(&r);
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
            bz_free(b->hidden[l].f32);
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
        if (part->unit != BZ_MULTINOMIAL)
            continue;
        double *mean = bz_alloc(part->size, sizeof(*mean), err);
        if (!mean)
            return -1;
        train_part_moments(part, b->p->stage->rows, b->p->stage->n_rows, mean, NULL);
        for (size_t i = 0; i < part->size; i++)
            words += mean[i];
        bz_free(mean);
    }
    b->per_word = words > 0 ? 1 / words : 1;
    return 0;
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
    struct build b = {.p = p};
    int rc = -1;
    *stages = 0;
    if (build_new(&b, err) < 0 || count_words(&b, err) < 0)
        goto out;
    for (size_t l = 0; l < p->machine->n_layers; l++)
        if (p->machine->layers[l].role == BZ_HIDDEN && (p->stacked || sees_data(p->machine, l)) &&
            build_layer(&b, l, (*stages)++, err) < 0)
            goto out;
    if (p->stacked) {
        rc = finish_stack(&b, out, err);
    } else {
        *out = b.grown;
        b.grown = NULL;
        rc = 0;
    }
out:
    build_free(&b);
    return rc;
}
