#include "pretrain_layer.h"

#include "mem.h"
#include "model_file.h"
#include "parameters.h"
#include "spread.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- a stage --- */

static int read_back(const char *path, const struct bz_machine *start, struct bz_machine **out, struct bz_error *err)
{
    struct bz_model *model;
    if (bz_model_load(&model, path, err) < 0)
        return -1;
    const struct bz_machine *m = model->machine;
    bool same = m->n_layers == start->n_layers && m->n_couplings == start->n_couplings;
    for (size_t l = 0; same && l < m->n_layers; l++)
        same = m->layers[l].size == start->layers[l].size && !strcmp(m->layers[l].name, start->layers[l].name);
    for (size_t c = 0; same && c < m->n_couplings; c++)
        same = m->couplings[c].a == start->couplings[c].a && m->couplings[c].b == start->couplings[c].b;
    const int rc =
        same ? train_machine_copy(out, m, NULL, err)
             : bz_fail(err, BZ_BAD_INPUT, "%s: not the file that this run left there; train afresh, without --resume", path);
    bz_model_free(model);
    return rc < 0 ? -1 : bz_machine_prepare(*out, err);
}

int train_pretrain_stage(const struct train_pretrain *p, uint64_t number, const char *title, const struct bz_machine *start,
                         const struct train_feed *feed, const double *temperature, struct bz_machine **out,
                         struct bz_error *err)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof(path), "%s/stage-%llu.safetensors", p->folder, (unsigned long long)number) >=
        sizeof(path))
        return bz_fail(err, BZ_BAD_INPUT, "%s: too long a path", p->folder);
    if (number < p->stage->number)
        return read_back(path, start, out, err);
    struct train_stage stage = *p->stage;
    stage.title = title;
    stage.number = number;
    stage.start = start;
    stage.feed = feed;
    stage.valid = NULL;
    stage.n_valid = 0;
    if (number != p->stage->number)
        stage.resume = NULL;
    p->choose(p->choose_arg, start, &stage);
    stage.rule.temperature = temperature;
    if (train_stage_run(&stage, out, NULL, NULL, err) < 0)
        return -1;
    if (train_ranks_number(stage.ranks) > 0)
        return 0;
    return bz_model_save(*out, &(struct bz_model_text){0}, path, err);
}

/* --- one layer's RBM --- */

int train_layer_new(struct train_layer *r, const struct train_pretrain *p, size_t layer, struct bz_error *err)
{
    *r = (struct train_layer){.layer = layer, .data = {.rows = p->data->rows}};
    return (r->data.parts = bz_alloc(p->machine->n_layers, sizeof(*r->data.parts), err)) ? 0 : -1;
}

void train_layer_free(struct train_layer *r)
{
    bz_free(r->data.parts);
    bz_free(r->temperature);
    bz_machine_free(r->start);
    bz_machine_free(r->trained);
    train_feed_close(&r->feed);
}

static bool sees(const struct train_layer *r, const char *name)
{
    for (size_t i = 0; i < r->data.n_parts; i++)
        if (!strcmp(r->data.parts[i].name, name))
            return true;
    return false;
}

void train_layer_sees_features(struct train_layer *r, const struct train_part *features)
{
    if (!sees(r, features->name))
        r->data.parts[r->data.n_parts++] = *features;
}

void train_layer_sees(struct train_layer *r, const struct train_pretrain *p, size_t below)
{
    const struct train_data *data = p->data;
    if (p->machine->layers[below].role == BZ_LABEL) {
        r->data.labels = data->labels;
        r->data.classes = data->classes;
        r->data.n_classes = data->n_classes;
        return;
    }
    for (size_t i = 0; i < data->n_parts; i++)
        if (!strcmp(data->parts[i].name, p->machine->layers[below].name) && !sees(r, data->parts[i].name))
            r->data.parts[r->data.n_parts++] = data->parts[i];
}

int train_layer_start(struct train_layer *r, const struct train_pretrain *p, struct bz_error *err)
{
    const struct train_stage *s = p->stage;
    const struct bz_layer *hidden = &p->machine->layers[r->layer];
    const struct train_pathway pathway = {.sizes = &hidden->size, .n = 1};
    const struct train_shape shape = {.kind = "rbm",
                                      .pathways = &pathway,
                                      .hidden_unit = hidden->unit,
                                      .hidden_states = hidden->size / hidden->groups,
                                      .processes = train_ranks_on_host(s->ranks),
                                      .labels = r->data.labels != NULL,
                                      .hidden = hidden->name};
    const struct train_first_rows first = {s->rows, s->n_rows, s->rule.centred};
    if (train_start(&r->start, &shape, &r->data, &first, s->seed + r->layer, err) < 0 ||
        (s->spread && train_spread_machine(r->start, s->ranks, err) < 0) ||
        !(r->temperature = bz_alloc(r->start->n_layers, sizeof(*r->temperature), err)))
        return -1;
    for (size_t l = 0; l < r->start->n_layers; l++)
        r->temperature[l] = 1;
    return 0;
}

int train_layer_train(struct train_layer *r, const struct train_pretrain *p, uint64_t number, struct bz_error *err)
{
    char title[BZ_NAME_ROOM + 32];
    snprintf(title, sizeof(title), "pretraining %s", p->machine->layers[r->layer].name);
    if (train_feed_open(&r->feed, r->start, &r->data, p->binarize, p->stage->seed, err) < 0)
        return -1;
    return train_pretrain_stage(p, number, title, r->start, &r->feed, r->temperature, &r->trained, err);
}

/* --- the trained layer as data --- */

/* Probabilities of the hidden layer for tiles of the rows that this process has. */
struct propagation {
    const struct train_layer *r;
    size_t hidden;       /* the layer in the RBM */
    size_t first, count; /* rows that are made here */
    uint8_t *out;        /* [count][size], 255 times the probability */
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
        rows[r] = p->first + first + r;
    train_feed_read(&p->r->feed, s, 0, rows, n, 0);
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t i = 0; s->known[l] && i < n * m->layers[l].size; i++)
            if (!s->known[l][i]) /* missing values are at their means */
                s->x[l][i] = m->layers[l].offset ? m->layers[l].offset[i % m->layers[l].size] : 0;
    float *mean = s->x[p->hidden];
    bz_field(s, p->hidden, 0, n, false, mean, w);
    for (size_t r = 0; r < n; r++)
        bz_unit_type(hidden->unit)
            ->mean(hidden, mean + r * hidden->size, p->r->temperature[p->hidden], 0, mean + r * hidden->size);
    for (size_t i = 0; i < n * hidden->size; i++)
        p->out[first * hidden->size + i] = (uint8_t)lrintf(255 * mean[i]);
    rc = 0;
out:
    bz_state_free(s);
    bz_work_free(w);
    return rc;
}

static void propagate_task(void *arg, size_t tile)
{
    const struct propagation *p = arg;
    const size_t first = tile * BZ_TILE, left = p->count - first;
    struct bz_error *err = &p->errors[tile];
    if (propagate_tile(p, first, left < BZ_TILE ? left : BZ_TILE, err) == 0)
        err->code = BZ_OK;
}

int train_layer_features(const struct train_layer *r, const struct train_pretrain *p, struct train_part *part,
                         struct bz_error *err)
{
    const struct bz_layer *layer = &p->machine->layers[r->layer];
    struct propagation job = {.r = r, .hidden = (size_t)bz_machine_find(r->trained, layer->name), .count = r->data.rows};
    const bool partial = p->stage->spread && train_ranks_number(p->stage->ranks) > 0;
    if (partial)
        train_ranks_share(p->stage->ranks, r->data.rows, &job.first, &job.count);
    const size_t tiles = (job.count + BZ_TILE - 1) / BZ_TILE;
    size_t entries;
    if (bz_mul(&entries, job.count, layer->size) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "%zu rows of layer %s are more than can be addressed", r->data.rows, layer->name);
    *part = (struct train_part){.unit = layer->unit,
                                .size = layer->size,
                                .groups = layer->groups,
                                .store = TRAIN_U8,
                                .scale = 255,
                                .grey = true,
                                .drawn = true,
                                .partial = partial,
                                .first = job.first};
    memcpy(part->name, layer->name, sizeof(part->name));
    int rc = -1;
    if (!(part->u8 = bz_alloc(entries, 1, err)) || !(job.errors = bz_alloc(tiles, sizeof(*job.errors), err)))
        goto out;
    job.out = part->u8;
    bz_parallel_for(p->stage->par, tiles, propagate_task, &job);
    rc = 0;
    for (size_t k = 0; k < tiles && rc == 0; k++)
        if (job.errors[k].code != BZ_OK) {
            *err = job.errors[k];
            rc = -1;
        }
out:
    bz_free(job.errors);
    return rc;
}
