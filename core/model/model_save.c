#include "model_file.h"

#include "classifier.h"
#include "digest.h"
#include "file_write.h"
#include "graph_json.h"
#include "json_text.h"
#include "log_partition.h"
#include "mem.h"
#include "safetensors.h"

#include <stdio.h>
#include <string.h>

/* A tensor to be written: its name, shape and numbers. */
struct part {
    char name[2 * BZ_NAME_ROOM + 16];
    size_t rows, columns; /* columns 0 = one dimension */
    bool whole;           /* I32: pairs of a sparse coupling; never halved */
    struct bz_span data;
};

/* All tensors in the order of the file. The numbers belong to the machine and the classifier, or are halves owned here. */
struct parts {
    struct part *part; /* [n]; owned */
    size_t n;
    bool half;
    uint16_t *halves; /* halves of all parts with .half; owned */
    size_t n_halves;
};

static void add(void *arg, const char *name, const float *values, size_t rows, size_t columns)
{
    struct parts *parts = arg;
    if (!values)
        return;
    struct part *p = &parts->part[parts->n++];
    snprintf(p->name, sizeof(p->name), "%s", name);
    p->rows = rows;
    p->columns = columns;
    p->data = (struct bz_span){values, rows * (columns ? columns : 1) * sizeof(float)};
}

static void add_part(struct parts *parts, const char *a, const char *b, const char *suffix, const float *values, size_t rows,
                     size_t columns)
{
    char name[2 * BZ_NAME_ROOM + 16];
    snprintf(name, sizeof(name), "%s%s%s.%s", a, b ? "~" : "", b ? b : "", suffix);
    add(parts, name, values, rows, columns);
}

static void add_index(struct parts *parts, const char *a, const char *b, const struct bz_coupling *c)
{
    struct part *p = &parts->part[parts->n++];
    snprintf(p->name, sizeof(p->name), "%s~%s.index", a, b);
    p->rows = c->n_entries;
    p->columns = 2;
    p->whole = true; /* numbers below 2^24: the same bits as I32 */
    p->data = (struct bz_span){c->index, c->n_entries * sizeof(*c->index)};
}

/* Replaces every part's floats by halves. BZ_BAD_INPUT names a number that no half can hold. */
static int to_halves(struct parts *parts, struct bz_error *err)
{
    size_t total = 0, bad;
    for (size_t i = 0; i < parts->n; i++)
        total += parts->part[i].data.size / sizeof(float);
    if (!(parts->halves = bz_alloc(total, sizeof(*parts->halves), err)))
        return -1;
    for (size_t i = 0; i < parts->n; i++) {
        struct part *p = &parts->part[i];
        if (p->whole)
            continue;
        const size_t count = p->data.size / sizeof(float);
        uint16_t *to = parts->halves + parts->n_halves;
        if (!bz_floats_to_half(p->data.bytes, to, count, &bad))
            return bz_fail(err, BZ_BAD_INPUT, "tensor \"%s\"[%zu]: too large for a 16-bit float", p->name, bad);
        p->data = (struct bz_span){to, count * sizeof(*to)};
        parts->n_halves += count;
    }
    return 0;
}

static void free_parts(struct parts *parts)
{
    bz_free(parts->part);
    bz_free(parts->halves);
}

/* The machine's tensors, those of each layer, then the weights of each coupling; after them the classifier's. free_parts in
 * every case. */
static int list_parts(struct parts *parts, const struct bz_machine *m, const struct bz_network *classifier, bool half,
                      struct bz_error *err)
{
    const size_t more = classifier ? bz_classifier_tensor_count(classifier) : 0;
    *parts =
        (struct parts){.half = half, .part = bz_alloc(4 * m->n_layers + 2 * m->n_couplings + more, sizeof(struct part), err)};
    if (!parts->part)
        return -1;
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        add_part(parts, layer->name, NULL, "bias", layer->bias, layer->size, 0);
        add_part(parts, layer->name, NULL, "offset", layer->offset, layer->size, 0);
        add_part(parts, layer->name, NULL, "log_sigma", layer->log_sigma, layer->size, 0);
        add_part(parts, layer->name, NULL, "below", layer->below, 2, layer->size);
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_coupling *coupling = &m->couplings[c];
        const struct bz_layer *a = &m->layers[coupling->a], *b = &m->layers[coupling->b];
        if (coupling->index)
            add_index(parts, a->name, b->name, coupling);
        add_part(parts, a->name, b->name, "weight", coupling->weight, coupling->index ? coupling->n_entries : a->size,
                 coupling->index ? 0 : b->size);
    }
    if (classifier)
        bz_classifier_tensors(classifier, add, parts);
    return half ? to_halves(parts, err) : 0;
}

static int parts_digest(const struct parts *parts, char hex[BZ_DIGEST_ROOM], struct bz_error *err)
{
    struct bz_span *spans = bz_alloc(parts->n, sizeof(*spans), err);
    if (!spans)
        return -1;
    for (size_t i = 0; i < parts->n; i++)
        spans[i] = parts->part[i].data;
    bz_sha256_hex(spans, parts->n, hex);
    bz_free(spans);
    return 0;
}

int bz_model_weights_digest(const struct bz_machine *m, char hex[BZ_DIGEST_ROOM], struct bz_error *err)
{
    struct parts parts;
    const int rc = list_parts(&parts, m, NULL, false, err) < 0 ? -1 : parts_digest(&parts, hex, err);
    free_parts(&parts);
    return rc;
}

struct bz_model_text bz_model_text_of(const struct bz_model *model)
{
    return (struct bz_model_text){
        .graph_json = model->graph_json,
        .training = model->training,
        .table = model->table,
        .log_z = model->log_z,
        .n_log_z = model->n_log_z,
        .energies = model->energies,
        .extra = model->extra,
        .n_extra = model->n_extra,
        .classifier = model->classifier,
    };
}

/* The graph's text: as loaded if it still describes the machine, so that additional keys are kept. */
static char *graph_text(const struct bz_machine *m, const char *loaded, struct bz_error *err)
{
    struct bz_graph g;
    if (loaded && bz_graph_parse(&g, loaded, NULL) == 0) {
        const bool same = bz_graph_is_of(&g, m);
        bz_graph_free(&g);
        if (same)
            return bz_strdup(loaded, err);
    }
    return bz_model_graph_json(m, err);
}

/* Adds a text that must be a JSON object; NULL = nothing. */
static int add_object(cJSON *metadata, const char *key, const char *text, struct bz_error *err)
{
    if (!text)
        return 0;
    if (bz_json_confirm_object(text, BZ_BAD_INPUT, err) < 0)
        return bz_fail_in(err, "%s", key);
    cJSON_AddStringToObject(metadata, key, text);
    return 0;
}

/* A record with `weights` set to the digest of the tensors. The rest keeps its spelling. */
static char *sign_training(const char *text, const char *digest, struct bz_error *err)
{
    cJSON *tree = bz_json_parse(text, strlen(text), err);
    if (!tree)
        return NULL;
    if (cJSON_HasObjectItem(tree, "weights")) {
        char weights[BZ_DIGEST_ROOM + 8];
        snprintf(weights, sizeof(weights), "sha256:%s", digest);
        cJSON_DeleteItemFromObjectCaseSensitive(tree, "weights");
        cJSON_AddStringToObject(tree, "weights", weights);
        return bz_json_print(tree, "the record of training", err);
    }
    cJSON_Delete(tree);
    const char *last = strrchr(text, '}') - 1;
    while (last > text && strchr(" \t\r\n", *last))
        last--;
    const size_t room = strlen(text) + BZ_DIGEST_ROOM + 32;
    char *out = bz_alloc(room, 1, err);
    if (out)
        snprintf(out, room, "%.*s%s\"weights\":\"sha256:%s\"}", (int)(last + 1 - text), text, *last == '{' ? "" : ",", digest);
    return out;
}

/* Adds a text made for this purpose and frees it; NULL = it could not be made. */
static int add_made(cJSON *metadata, const char *key, char *text)
{
    if (!text)
        return -1;
    cJSON_AddStringToObject(metadata, key, text);
    bz_free(text);
    return 0;
}

static int add_metadata(cJSON *header, const struct bz_machine *m, const struct bz_model_text *text, const char *digest,
                        struct bz_error *err)
{
    cJSON *metadata = cJSON_AddObjectToObject(header, "__metadata__");
    cJSON_AddStringToObject(metadata, "format", "boltz");
    cJSON_AddStringToObject(metadata, "format_version", "1");
    if (add_made(metadata, "model", graph_text(m, text->graph_json, err)) < 0)
        return -1;
    if (text->training && text->sign) {
        char *training = sign_training(text->training, digest, err);
        const int rc = training ? add_object(metadata, "training", training, err) : -1;
        bz_free(training);
        if (rc < 0)
            return -1;
    } else if (add_object(metadata, "training", text->training, err) < 0) {
        return -1;
    }
    if (add_object(metadata, "table", text->table, err) < 0)
        return -1;
    if (text->n_log_z > 0 &&
        add_made(metadata, "log_partition", bz_log_partition_text(text->log_z, text->n_log_z, digest, err)) < 0)
        return -1;
    if (text->energies && add_made(metadata, "free_energy", bz_energy_scale_text(text->energies, digest, err)) < 0)
        return -1;
    if (text->classifier && add_made(metadata, "classifier", bz_classifier_text(text->classifier, m, err)) < 0)
        return -1;
    for (size_t i = 0; i < text->n_extra; i++)
        if (!cJSON_GetObjectItemCaseSensitive(metadata, text->extra[i].key))
            cJSON_AddStringToObject(metadata, text->extra[i].key, text->extra[i].value);
    return 0;
}

static void add_tensors(cJSON *header, const struct parts *list)
{
    const struct part *parts = list->part;
    size_t at = 0;
    for (size_t i = 0; i < list->n; i++) {
        cJSON *tensor = cJSON_AddObjectToObject(header, parts[i].name);
        cJSON_AddStringToObject(tensor, "dtype", parts[i].whole ? "I32" : list->half ? "F16" : "F32");
        cJSON *shape = cJSON_AddArrayToObject(tensor, "shape");
        bz_json_append(shape, cJSON_CreateNumber((double)parts[i].rows));
        if (parts[i].columns)
            bz_json_append(shape, cJSON_CreateNumber((double)parts[i].columns));
        cJSON *offsets = cJSON_AddArrayToObject(tensor, "data_offsets");
        bz_json_append(offsets, cJSON_CreateNumber((double)at));
        at += parts[i].data.size;
        bz_json_append(offsets, cJSON_CreateNumber((double)at));
    }
}

/* The header as JSON; the caller's. */
static char *make_header(const struct bz_machine *m, const struct bz_model_text *text, const struct parts *parts,
                         struct bz_error *err)
{
    char digest[BZ_DIGEST_ROOM];
    if (parts_digest(parts, digest, err) < 0)
        return NULL;
    cJSON *header = cJSON_CreateObject();
    if (add_metadata(header, m, text, digest, err) < 0) {
        cJSON_Delete(header);
        return NULL;
    }
    add_tensors(header, parts);
    return bz_json_print(header, "the header", err);
}

static int write_model(const char *header, const struct parts *parts, const char *path, struct bz_error *err)
{
    struct bz_file *f;
    int rc = 0;
    if (bz_safetensors_begin(&f, path, header, err) < 0)
        return -1;
    for (size_t i = 0; i < parts->n && rc == 0; i++)
        rc = bz_file_write(f, parts->part[i].data.bytes, parts->part[i].data.size, err);
    if (rc < 0) {
        bz_file_discard(f);
        return -1;
    }
    return bz_file_commit(f, err);
}

int bz_model_save(const struct bz_machine *m, const struct bz_model_text *text, const char *path, struct bz_error *err)
{
    static const struct bz_model_text none = {0};
    struct parts parts = {0};
    char *header = NULL;
    int rc = -1;
    if (!text)
        text = &none;
    if (bz_machine_check(m, err) < 0 || list_parts(&parts, m, text->classifier, text->half, err) < 0 ||
        !(header = make_header(m, text, &parts, err)))
        bz_fail_in(err, "%s: not written", path);
    else
        rc = write_model(header, &parts, path, err);
    bz_free(header);
    free_parts(&parts);
    return rc;
}
