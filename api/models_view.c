/* GET /v1/models...: the list, one model in full, its parameter tensors. */
#include "models_view.h"
#include "arrays.h"
#include "classifier.h"
#include "handlers.h"
#include "index.h"
#include "pieces.h"
#include "query.h"
#include "reply.h"
#include "sample.h"

#include "classes.h"
#include "mem.h"

#include <stdio.h>
#include <string.h>

const char *api_state_name(enum api_model_state state)
{
    static const char *const names[] = {[API_READY] = "READY",
                                        [API_UNAVAILABLE] = "UNAVAILABLE",
                                        [API_LOADING] = "LOADING",
                                        [API_UNLOADING] = "UNLOADING",
                                        [API_UNKNOWN] = "UNKNOWN"};
    return names[state];
}

/* Reads the query; false where it was refused. */
static bool query_is_known(struct api_call *call)
{
    struct api_fault fault;
    if (api_params_query(&call->job->par, call->job->query, call->row->params, "query", &fault) == 0)
        return true;
    api_refuse_fault(call, &fault);
    return false;
}

static void write_versions(struct json_writer *w, const struct api_model_info *info)
{
    json_key(w, "versions");
    json_array(w);
    for (size_t i = 0; i < info->n_versions; i++)
        json_whole(w, info->versions[i]);
    json_end_array(w);
}

static void write_shape(struct json_writer *w, const size_t *shape, size_t rank)
{
    json_key(w, "shape");
    json_array(w);
    for (size_t d = 0; d < rank; d++)
        json_whole(w, shape[d]);
    json_end_array(w);
}

/* Units that exclude no other unit are left out. */
static void write_exclusive(struct json_writer *w, const struct bz_exclusion *e)
{
    json_key(w, "exclusive");
    json_array(w);
    for (size_t g = 0; g < e->n; g++) {
        if (e->first[g + 1] - e->first[g] < 2)
            continue;
        json_array(w);
        for (size_t k = e->first[g]; k < e->first[g + 1]; k++)
            json_whole(w, e->unit[k]);
        json_end_array(w);
    }
    json_end_array(w);
}

/* "layers": as in the model file. */
static void write_layers(struct json_writer *w, const struct bz_machine *m)
{
    json_key(w, "layers");
    json_array(w);
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        json_object(w);
        json_key_string(w, "name", layer->name);
        json_key_string(w, "role", bz_role_name(layer->role));
        json_key_string(w, "unit", bz_unit_name(layer->unit));
        json_key_whole(w, "size", layer->size);
        if (layer->rank)
            write_shape(w, layer->shape, layer->rank);
        if (layer->groups != 1)
            json_key_whole(w, "groups", layer->groups);
        if (layer->usual_counts > 0)
            json_key_whole(w, "counts", (uint64_t)layer->usual_counts);
        if (layer->exclusion.group)
            write_exclusive(w, &layer->exclusion);
        if (layer->n_categories) {
            json_key(w, "categories");
            json_array(w);
            for (size_t i = 0; i < layer->n_categories; i++)
                json_text(w, layer->categories[i]);
            json_end_array(w);
        }
        json_end_object(w);
    }
    json_end_array(w);
}

static void list_one(void *arg, const struct api_model_info *info)
{
    struct json_writer *w = arg;
    json_object(w);
    json_key_string(w, "name", info->name);
    json_key(w, "version");
    if (info->version)
        json_whole(w, info->version);
    else
        json_null(w);
    write_versions(w, info);
    json_key_string(w, "state", api_state_name(info->state));
    json_key_string(w, "reason", info->reason ? info->reason : "");
    if (info->model) {
        json_key_string(w, "kind", info->model->machine->kind);
        write_layers(w, info->model->machine);
    } else {
        json_key(w, "kind");
        json_null(w);
        json_key(w, "layers");
        json_array(w);
        json_end_array(w);
    }
    json_end_object(w);
}

void api_models_list(struct api_call *call, char *body, size_t size)
{
    struct api_buffer b = {0};
    struct json_writer w = json_writer(&b);
    (void)body;
    (void)size;
    if (!query_is_known(call))
        return;
    json_object(&w);
    json_key(&w, "models");
    json_array(&w);
    if (!call->host->list(call->host, NULL, list_one, &w))
        b.failed = true;
    json_end_array(&w);
    json_end_object(&w);
    api_reply_json(call, 200, &b);
}

/* JSON text from a model file: embedded if it is JSON, else as a string. */
static void write_foreign(struct json_writer *w, const char *key, const char *text)
{
    struct api_fault fault;
    struct json_scan s;
    json_key(w, key);
    if (!text) {
        json_null(w);
        return;
    }
    const size_t n = strlen(text);
    char *copy = bz_strndup(text, n, NULL);
    if (!copy) {
        w->b->failed = true;
        return;
    }
    json_scan_start(&s, copy, n, &fault);
    if (json_skip(&s) == 0 && json_scan_end(&s) == 0)
        json_raw(w, text);
    else
        json_text(w, text);
    bz_free(copy);
}

struct view {
    struct json_writer *w;
    const struct api_model *model;
};

/* What the repository knows about the model besides the version shown. */
static void view_repository(void *arg, const struct api_model_info *info)
{
    struct json_writer *w = ((struct view *)arg)->w;
    write_versions(w, info);
    json_key(w, "aliases");
    json_object(w);
    for (size_t i = 0; i < info->n_aliases; i++)
        json_key_whole(w, info->alias[i], info->alias_version[i]);
    json_end_object(w);
}

/* The classes that `classify` returns: names, or numbers from 0; null if the model has none. */
static void write_classes(struct json_writer *w, const struct bz_model *model)
{
    struct bz_classes classes;
    json_key(w, "classes");
    if (!bz_model_classes(model, &classes)) {
        json_null(w);
        return;
    }
    json_array(w);
    for (size_t i = 0; i < classes.n; i++)
        if (classes.names)
            json_text(w, classes.names[i]);
        else
            json_whole(w, i);
    json_end_array(w);
}

/* What `neighbors` searches; absent if the model has no index. */
static void write_index(struct json_writer *w, const struct bz_machine *m, const struct bz_index *x)
{
    if (!x)
        return;
    json_key(w, "index");
    json_object(w);
    json_key_string(w, "layer", m->layers[x->layer].name);
    json_key_whole(w, "rows", x->rows);
    json_key_string(w, "codes", bz_codes_name(x->codes));
    json_key(w, "ids");
    json_bool(w, x->id_start);
    json_key(w, "whitened");
    json_bool(w, x->whitening);
    if (x->views) {
        json_key(w, "views");
        json_array(w);
        for (size_t i = 0; i < x->views->n; i++)
            json_text(w, m->layers[x->views->view[i].layer].name);
        json_end_array(w);
    }
    if (x->length > 0) {
        json_key(w, "length");
        json_float(w, x->length);
    }
    json_end_object(w);
}

/* The samplers that `sample` offers for the model, and the ladder of ptt. */
static void write_samplers(struct json_writer *w, const struct api_model *model)
{
    json_key(w, "samplers");
    json_array(w);
    json_text(w, "gibbs");
    if (model->ladder)
        json_text(w, "ptt");
    json_end_array(w);
    json_key(w, "ladder");
    if (!model->ladder) {
        json_null(w);
        return;
    }
    json_object(w);
    json_key_whole(w, "checkpoints", model->ladder->n);
    json_key_whole(w, "memory_bytes", bz_ladder_bytes(model->ladder));
    json_end_object(w);
}

void api_model_view(struct api_call *call, char *body, size_t size)
{
    struct api_buffer b = {0};
    struct json_writer w = json_writer(&b);
    const struct bz_model *model = call->model->model;
    const struct bz_machine *m = model->machine;
    struct view view = {&w, call->model};
    char digest[8 + 65] = "sha256:";
    (void)body;
    (void)size;
    if (!query_is_known(call))
        return;
    api_model_digest(call->model, digest + strlen(digest));
    json_object(&w);
    json_key_string(&w, "name", call->model->name);
    json_key_whole(&w, "version", call->model->version);
    if (!call->host->list(call->host, call->model->name, view_repository, &view))
        b.failed = true;
    json_key_string(&w, "state", api_state_name(API_READY));
    json_key_string(&w, "kind", m->kind);
    write_layers(&w, m);
    json_key(&w, "couplings");
    json_array(&w);
    for (size_t c = 0; c < m->n_couplings; c++) {
        json_array(&w);
        json_text(&w, m->layers[m->couplings[c].a].name);
        json_text(&w, m->layers[m->couplings[c].b].name);
        json_end_array(&w);
    }
    json_end_array(&w);
    write_foreign(&w, "training", model->training);
    write_foreign(&w, "log_partition", model->log_z_json);
    write_classes(&w, model);
    if (model->table)
        write_foreign(&w, "table", model->table);
    write_index(&w, m, call->model->index);
    write_samplers(&w, call->model);
    json_key_string(&w, "digest", digest);
    json_key_whole(&w, "memory_bytes", model->weight_bytes);
    json_end_object(&w);
    api_model_headers(call);
    api_reply_json(call, 200, &b);
}

/* A tensor by its name in the file, and its pictures: rows of `pictures`, in the shape of layer `shown`. */
struct tensor {
    const float *data, *pictures;
    size_t shape[2], rank;
    size_t picture_shape[2];
    const struct bz_layer *shown;
    const uint32_t (*pairs)[2]; /* [shape[0]], in place of data: the pairs of a sparse coupling */
};

static bool layer_tensor(const struct bz_layer *layer, const char *part, struct tensor *t)
{
    const float *data = strcmp(part, "bias") == 0        ? layer->bias
                        : strcmp(part, "offset") == 0    ? layer->offset
                        : strcmp(part, "log_sigma") == 0 ? layer->log_sigma
                                                         : NULL;
    if (strcmp(part, "below") == 0 && layer->below) {
        *t = (struct tensor){.data = layer->below,
                             .pictures = layer->below,
                             .shape = {2, layer->size},
                             .rank = 2,
                             .picture_shape = {layer->size},
                             .shown = layer};
        return true;
    }
    if (!data)
        return false;
    *t = (struct tensor){
        .data = data, .pictures = data, .shape = {layer->size}, .rank = 1, .picture_shape = {layer->size}, .shown = layer};
    return true;
}

/* The pictures of a coupling are the weights of each unit on one side, shown as the other: visible layers are shown. */
static void coupling_tensor(const struct bz_machine *m, const struct bz_coupling *c, struct tensor *t)
{
    const struct bz_layer *a = &m->layers[c->a], *b = &m->layers[c->b];
    if (c->index) { /* a list has no picture but itself */
        *t = (struct tensor){.data = c->weight, .pictures = c->weight, .shape = {c->n_entries}, .rank = 1};
        t->picture_shape[0] = c->n_entries;
        t->shown = NULL;
        return;
    }
    const bool show_a = c->weight_t && (bz_is_visible(a) || !bz_is_visible(b));
    *t = (struct tensor){.data = c->weight,
                         .pictures = show_a ? c->weight_t : c->weight,
                         .shape = {a->size, b->size},
                         .rank = 2,
                         .picture_shape = {show_a ? b->size : a->size, show_a ? a->size : b->size},
                         .shown = show_a ? a : b};
}

struct search {
    const char *name;
    struct tensor *found;
};

static void take_if_named(void *arg, const char *name, const float *values, size_t rows, size_t columns)
{
    const struct search *s = arg;
    if (strcmp(name, s->name) == 0)
        *s->found = (struct tensor){.data = values, .shape = {rows, columns}, .rank = columns ? 2 : 1};
}

static bool find_tensor(const struct bz_model *model, const char *name, struct tensor *t)
{
    const struct bz_machine *m = model->machine;
    char full[2 * BZ_NAME_ROOM + 16];
    *t = (struct tensor){0};
    for (size_t l = 0; l < m->n_layers; l++) {
        const size_t n = strlen(m->layers[l].name);
        if (strncmp(name, m->layers[l].name, n) == 0 && name[n] == '.' && layer_tensor(&m->layers[l], name + n + 1, t))
            return true;
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_coupling *coupling = &m->couplings[c];
        const size_t n =
            (size_t)snprintf(full, sizeof(full), "%s~%s.", m->layers[coupling->a].name, m->layers[coupling->b].name);
        if (strncmp(name, full, n) != 0)
            continue;
        if (strcmp(name + n, "weight") == 0) {
            coupling_tensor(m, coupling, t);
            return true;
        }
        if (strcmp(name + n, "index") == 0 && coupling->index) {
            *t = (struct tensor){.pairs = (const uint32_t(*)[2])coupling->index, .shape = {coupling->n_entries, 2}, .rank = 2};
            return true;
        }
    }
    if (model->classifier)
        bz_classifier_tensors(model->classifier, take_if_named, &(struct search){name, t});
    return t->data != NULL;
}

static void tensor_json(struct api_call *call, const struct tensor *t)
{
    const size_t width = t->rank == 2 ? t->shape[1] : 1;
    struct api_buffer b = {0};
    struct json_writer w = json_writer(&b);
    json_object(&w);
    json_key_string(&w, "name", call->job->at.tensor);
    write_shape(&w, t->shape, t->rank);
    json_key(&w, "data");
    if (api_is_for_later(call, t->shape[0], width)) {
        json_raw(&w, ""); /* the comma, if one is due */
        if (!api_piece_borrow(call, &b, t->data, t->shape[0], width, t->rank == 2 ? API_PIECE_ROWS : API_PIECE_LIST))
            b.failed = true;
    } else if (t->rank == 1) {
        json_floats(&w, t->data, t->shape[0]);
    } else {
        json_float_rows(&w, t->data, t->shape[0], width);
    }
    json_end_object(&w);
    api_reply_json(call, 200, &b);
}

/* The numbers of units are below 2^24: floats hold them exactly. */
static int pairs_json(struct api_call *call, const struct tensor *t, struct api_fault *fault)
{
    float *x = bz_alloc(t->shape[0] * 2, sizeof(*x), NULL);
    struct api_buffer b = {0};
    struct json_writer w = json_writer(&b);
    if (!x)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the reply");
    for (size_t k = 0; k < t->shape[0] * 2; k++)
        x[k] = (float)t->pairs[k / 2][k % 2];
    json_object(&w);
    json_key_string(&w, "name", call->job->at.tensor);
    write_shape(&w, t->shape, t->rank);
    json_key(&w, "data");
    if (!api_is_for_later(call, t->shape[0], 2)) {
        json_float_rows(&w, x, t->shape[0], 2);
    } else {
        json_raw(&w, ""); /* the comma, if one is due */
        if (!api_piece_add(call, &b, &x, t->shape[0], 2, API_PIECE_ROWS))
            b.failed = true;
    }
    bz_free(x);
    json_end_object(&w);
    return api_reply_buffer(call, &b, fault);
}

static int pairs_reply(struct api_call *call, const struct tensor *t, struct api_fault *fault)
{
    if (call->job->out == API_JSON)
        return pairs_json(call, t, fault);
    int64_t *x = bz_alloc(t->shape[0] * 2, sizeof(*x), NULL);
    if (!x)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the reply");
    for (size_t k = 0; k < t->shape[0] * 2; k++)
        x[k] = t->pairs[k / 2][k % 2];
    const int rc = api_reply_indices(call, x, t->shape[0], 2, fault);
    bz_free(x);
    return rc;
}

void api_tensor_view(struct api_call *call, char *body, size_t size)
{
    struct tensor t;
    struct api_fault fault;
    (void)body;
    (void)size;
    if (!find_tensor(call->model->model, call->job->at.tensor, &t)) {
        api_refuse(call, API_TENSOR_NOT_FOUND,
                   "model '%s' has no tensor '%.150s'; names are <layer>.bias, <layer>.offset, <layer>.log_sigma, "
                   "<layer>.below, <a>~<b>.weight, <a>~<b>.index, classifier.<stage>.weight, classifier.<stage>.bias",
                   call->model->name, call->job->at.tensor);
        return;
    }
    if (!query_is_known(call))
        return;
    if (api_reply_fits(&call->job->par, call->job->out, &fault) < 0) {
        api_refuse_fault(call, &fault);
        return;
    }
    api_model_headers(call);
    if (call->job->out == API_JSON && !t.pairs) {
        tensor_json(call, &t);
        return;
    }
    const bool png = call->job->out == API_PNG;
    if (png && !t.shown) {
        api_refuse(call, API_NOT_ACCEPTABLE, "'%.150s' has no picture; as json, npy or raw", call->job->at.tensor);
        return;
    }
    const int rc =
        t.pairs ? pairs_reply(call, &t, &fault)
                : api_reply_tensor(call, png ? t.pictures : t.data, png ? t.picture_shape : t.shape, t.rank, t.shown, &fault);
    if (rc < 0) {
        api_refuse_fault(call, &fault);
        return;
    }
    call->reply.status = 200;
    call->state = API_REPLY;
}
