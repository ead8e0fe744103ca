#include "model_file.h"

#include "classifier.h"
#include "digest.h"
#include "graph_json.h"
#include "log_partition.h"
#include "mem.h"
#include "safetensors.h"
#include "stop.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TENSOR_NAME_ROOM = 2 * BZ_NAME_ROOM + 16 };
static const char format_name[] = "boltz";
static const size_t newest_version = 1; /* version of the format; all earlier ones stay readable */

/* A model being read from a container, and which of the container's tensors it has taken. */
struct loading {
    struct bz_model *model;
    struct bz_safetensors st;
    struct bz_graph graph;
    bool *taken; /* [st.n_tensors] */
    bool copy;   /* some tensor is not F32 or not aligned for it: the machine gets its own parameters */
};

static const char *metadata(const struct loading *in, const char *key)
{
    const cJSON *item = in->st.metadata ? bz_json_get(in->st.metadata, key) : NULL;
    return item ? item->valuestring : NULL;
}

static int check_format(const struct loading *in, struct bz_error *err)
{
    const char *format = metadata(in, "format"), *version = metadata(in, "format_version");
    if (!in->st.metadata)
        return bz_fail(err, BZ_BAD_MODEL, "__metadata__: missing; a safetensors file, but not a model of this program");
    if (!format || strcmp(format, format_name) != 0)
        return bz_fail(err, BZ_BAD_MODEL, "__metadata__: format: expected \"%s\", found %s%.50s%s", format_name,
                       format ? "\"" : "nothing", format ? format : "", format ? "\"" : "");
    if (!version)
        return bz_fail(err, BZ_BAD_MODEL, "__metadata__: format_version: missing");
    const size_t digits = strspn(version, "0123456789");
    if (digits == 0 || digits > 9 || version[digits] || version[0] == '0')
        return bz_fail(err, BZ_BAD_MODEL, "__metadata__: format_version: expected a whole number from 1, found \"%.50s\"",
                       version);
    if (strtoul(version, NULL, 10) > newest_version)
        return bz_fail(err, BZ_UNSUPPORTED,
                       "__metadata__: format_version %s is newer than %zu, the newest that this program (%s) reads", version,
                       newest_version, BOLTZ_VERSION);
    return 0;
}

static int read_graph(struct loading *in, struct bz_error *err)
{
    const char *text = metadata(in, "model");
    if (!text)
        return bz_fail(err, BZ_BAD_MODEL, "__metadata__: model: missing");
    struct bz_model *model = in->model;
    const struct bz_graph *g = &in->graph;
    if (bz_graph_parse(&in->graph, text, err) < 0 ||
        bz_machine_new_views(&model->machine, g->kind, g->layers, g->n_layers, g->couplings, g->n_couplings, err) < 0 ||
        bz_graph_dress(g, model->machine, err) < 0)
        return bz_fail_in(err, "__metadata__: model");
    return (model->graph_json = bz_strdup(text, err)) ? 0 : -1;
}

/* Takes a tensor of the given shape (rank 1 if columns is 0). *out = NULL if it is not there, an error if it is required. */
static int take(struct loading *in, const char *name, size_t rows, size_t columns, bool required, const struct bz_tensor **out,
                struct bz_error *err)
{
    const struct bz_tensor *t = *out = bz_safetensors_find(&in->st, name);
    char want[64];
    snprintf(want, sizeof(want), columns ? "[%zu, %zu]" : "[%zu]", rows, columns);
    if (!t) {
        if (required)
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\": missing, expected shape %s", name, want);
        return 0;
    }
    if (t->rank != (columns ? 2 : 1) || t->shape[0] != rows || (columns && t->shape[1] != columns)) {
        char found[128] = "";
        for (size_t d = 0, used = 0; d < t->rank; d++)
            used += (size_t)snprintf(found + used, sizeof(found) - used, d ? ", %zu" : "%zu", t->shape[d]);
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\": expected shape %s, found [%s]", name, want, found);
    }
    if (t->type >= BZ_TENSOR_WHOLE)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\": dtype: expected F32, F16, BF16 or F64, found \"%s\"", name,
                       bz_tensor_type_name(t->type));
    in->taken[t - in->st.tensors] = true;
    if (t->type != BZ_TENSOR_F32 || (uintptr_t)t->data % _Alignof(float) != 0)
        in->copy = true;
    return 0;
}

/* A taken tensor as floats in the file. */
static const float *view(const struct bz_tensor *t)
{
    return t ? (const float *)(const void *)t->data : NULL;
}

/* The pairs of a sparse coupling, I32 or I64 [m, 2]. */
static int take_index(struct loading *in, size_t coupling, const char *name, const struct bz_tensor *t, struct bz_error *err)
{
    if ((t->type != BZ_TENSOR_I32 && t->type != BZ_TENSOR_I64) || t->rank != 2 || t->shape[1] != 2)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\": expected I32 or I64 of shape [m, 2]", name);
    const size_t n = t->shape[0];
    uint32_t(*index)[2] = bz_alloc(n, sizeof(*index), err);
    int rc = index ? 0 : -1;
    for (size_t k = 0; rc == 0 && k < 2 * n; k++) {
        const int64_t unit = bz_tensor_whole(t, k);
        if (unit < 0 || unit > UINT32_MAX)
            rc = bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\"[%zu,%zu]: expected the number of a unit, found %lld", name, k / 2,
                         k % 2, (long long)unit);
        else
            index[k / 2][k % 2] = (uint32_t)unit;
    }
    const struct bz_pattern pattern = {(const uint32_t(*)[2])index, n};
    if (rc == 0 && (rc = bz_machine_set_pattern(in->model->machine, coupling, &pattern, err)) < 0)
        bz_fail_in(err, "%s", name);
    bz_free(index);
    in->taken[t - in->st.tensors] = true;
    return rc;
}

static int take_couplings(struct loading *in, struct bz_error *err)
{
    struct bz_machine *m = in->model->machine;
    char name[TENSOR_NAME_ROOM];
    for (size_t c = 0; c < m->n_couplings; c++) {
        struct bz_coupling *coupling = &m->couplings[c];
        const struct bz_layer *a = &m->layers[coupling->a], *b = &m->layers[coupling->b];
        snprintf(name, sizeof(name), "%s~%s.index", a->name, b->name);
        const struct bz_tensor *t, *index = bz_safetensors_find(&in->st, name);
        if (index && take_index(in, c, name, index, err) < 0)
            return -1;
        snprintf(name, sizeof(name), "%s~%s.weight", a->name, b->name);
        if (take(in, name, index ? coupling->n_entries : a->size, index ? 0 : b->size, true, &t, err) < 0)
            return -1;
        coupling->weight = view(t);
    }
    return 0;
}

/* Every parameter of the machine points into the file, as if all tensors were F32 and aligned. */
static int take_tensors(struct loading *in, struct bz_error *err)
{
    struct bz_machine *m = in->model->machine;
    char name[TENSOR_NAME_ROOM];
    const struct bz_tensor *t;
    for (size_t l = 0; l < m->n_layers; l++) {
        struct bz_layer *layer = &m->layers[l];
        const struct bz_unit_type *type = bz_unit_type(layer->unit);
        const struct {
            const char *suffix;
            const float **view;
            bool known, required;
            size_t rows; /* 0: [size] */
        } parts[] = {{"bias", &layer->bias, true, true, 0},
                     {"offset", &layer->offset, true, false, 0},
                     {"log_sigma", &layer->log_sigma, type->has_sigma, type->scaled || type->two_sided, 0},
                     {"below", &layer->below, type->two_sided, true, 2}};
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
            snprintf(name, sizeof(name), "%s.%s", layer->name, parts[i].suffix);
            if (!parts[i].known)
                continue;
            if (take(in, name, parts[i].rows ? parts[i].rows : layer->size, parts[i].rows ? layer->size : 0, parts[i].required,
                     &t, err) < 0)
                return -1;
            *parts[i].view = view(t);
        }
    }
    return take_couplings(in, err);
}

static int refuse_unknown(const struct loading *in, struct bz_error *err)
{
    for (size_t i = 0; i < in->st.n_tensors; i++)
        if (!in->taken[i])
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"%.150s\": not one of this graph's (unknown tensor)",
                           in->st.tensors[i].name);
    return 0;
}

/* An optional tensor that is absent leaves the new machine's values. */
static int copy_tensor(const struct loading *in, const char *layer, const char *other, const char *suffix, float *to,
                       struct bz_error *err)
{
    char name[TENSOR_NAME_ROOM];
    size_t bad;
    snprintf(name, sizeof(name), "%s%s%s.%s", layer, other ? "~" : "", other ? other : "", suffix);
    const struct bz_tensor *tensor = to ? bz_safetensors_find(&in->st, name) : NULL;
    if (tensor && !bz_tensor_floats(tensor, to, &bad))
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\"[%zu]: too large for a 32-bit float", name, bad);
    return 0;
}

/* Replaces the machine of views by one that owns its parameters. */
static int copy_tensors(struct loading *in, struct bz_error *err)
{
    struct bz_model *model = in->model;
    const struct bz_graph *g = &in->graph;
    for (size_t l = 0; l < g->n_layers; l++)
        g->layers[l].has_offset = model->machine->layers[l].offset != NULL;
    struct bz_machine *m;
    struct bz_pattern *patterns = bz_alloc(g->n_couplings, sizeof(*patterns), err);
    for (size_t c = 0; patterns && c < g->n_couplings; c++)
        patterns[c] = bz_machine_pattern(model->machine, c);
    const int made =
        patterns ? bz_machine_new_sparse(&m, g->kind, g->layers, g->n_layers, g->couplings, g->n_couplings, patterns, err) : -1;
    bz_free(patterns);
    if (made < 0)
        return -1;
    bz_machine_free(model->machine);
    model->machine = m;
    if (bz_graph_dress(g, m, err) < 0)
        return -1;
    for (size_t l = 0; l < m->n_layers; l++) {
        const char *name = m->layers[l].name;
        if (copy_tensor(in, name, NULL, "bias", bz_machine_bias(m, l), err) < 0 ||
            copy_tensor(in, name, NULL, "offset", bz_machine_offset(m, l), err) < 0 ||
            copy_tensor(in, name, NULL, "log_sigma", bz_machine_log_sigma(m, l), err) < 0 ||
            copy_tensor(in, name, NULL, "below", bz_machine_below(m, l), err) < 0)
            return -1;
    }
    for (size_t c = 0; c < m->n_couplings; c++)
        if (copy_tensor(in, m->layers[m->couplings[c].a].name, m->layers[m->couplings[c].b].name, "weight",
                        bz_machine_weight(m, c), err) < 0)
            return -1;
    return 0;
}

static int read_tensors(struct loading *in, struct bz_error *err)
{
    in->taken = bz_alloc(in->st.n_tensors, sizeof(*in->taken), err);
    if (!in->taken || take_tensors(in, err) < 0)
        return -1;
    const char *classifier = metadata(in, "classifier");
    if (classifier && bz_classifier_read(&in->model->classifier, in->model->machine, classifier, &in->st, in->taken, err) < 0)
        return -1;
    if (refuse_unknown(in, err) < 0)
        return -1;
    if (in->copy && copy_tensors(in, err) < 0)
        return -1;
    return bz_machine_check(in->model->machine, err);
}

/* Metadata that is a JSON object and is kept as text. */
static int read_object(struct loading *in, const char *key, char **out, struct bz_error *err)
{
    const char *text = metadata(in, key);
    if (!text)
        return 0;
    if (bz_json_confirm_object(text, BZ_BAD_MODEL, err) < 0)
        return bz_fail_in(err, "__metadata__: %s", key);
    return (*out = bz_strdup(text, err)) ? 0 : -1;
}

/* Appends a warning to the existing one, if any. */
static int add_warning(struct bz_model *model, const char *text, struct bz_error *err)
{
    const size_t room = (model->warning ? strlen(model->warning) + 2 : 0) + strlen(text) + 1;
    char *both = bz_alloc(room, 1, err);
    if (!both)
        return -1;
    snprintf(both, room, "%s%s%s", model->warning ? model->warning : "", model->warning ? "; " : "", text);
    bz_free(model->warning);
    model->warning = both;
    return 0;
}

/* Takes what is known of the weights with this digest; NULL: of any weights. */
static int read_known(struct bz_model *model, const char *log_z, const char *energies, const char *digest, struct bz_error *err)
{
    if (log_z && bz_log_partition_read(model, log_z, digest, err) < 0)
        return bz_fail_in(err, "__metadata__: log_partition");
    const int rc = energies ? bz_energy_scale_read(&model->energies, energies, digest, err) : 1;
    if (rc < 0)
        return bz_fail_in(err, "__metadata__: free_energy");
    return rc > 0 ? 0
                  : add_warning(model,
                                "free_energy is ignored: it belongs to other weights than those in the file (boltz calibrate "
                                "makes a new one)",
                                err);
}

static void forget_known(struct bz_model *model)
{
    bz_drop(&model->log_z);
    model->n_log_z = 0;
    bz_drop(&model->log_z_json);
    bz_drop(&model->warning);
    bz_energy_scale_free(model->energies);
    model->energies = NULL;
}

/* Metadata about particular weights, to be confirmed later: only its form is checked here, which needs no digest. */
static int keep_known(struct loading *in, struct bz_error *err)
{
    struct bz_model *model = in->model, trial = {0};
    const char *log_z = metadata(in, "log_partition"), *energies = metadata(in, "free_energy");
    const int rc = read_known(&trial, log_z, energies, NULL, err);
    forget_known(&trial);
    if (rc < 0 || (log_z && !(model->log_z_text = bz_strdup(log_z, err))) ||
        (energies && !(model->energies_text = bz_strdup(energies, err))))
        return -1;
    return 0;
}

int bz_model_confirm(struct bz_model *model, struct bz_error *err)
{
    if (!model->log_z_text && !model->energies_text)
        return 0;
    if (!*model->digest)
        bz_model_digest(model, model->digest);
    if (bz_stopping()) { /* the digest may not have come to its end */
        *model->digest = 0;
        return bz_fail(err, BZ_INTERRUPTED, "asked to stop");
    }
    if (read_known(model, model->log_z_text, model->energies_text, model->digest, err) < 0) {
        forget_known(model);
        return -1;
    }
    bz_drop(&model->log_z_text);
    bz_drop(&model->energies_text);
    return 0;
}

/* Metadata unknown to this program. */
static int keep_extra(struct loading *in, struct bz_error *err)
{
    static const char *const known[] = {"format", "format_version", "model",      "training",
                                        "table",  "log_partition",  "classifier", "free_energy"};
    struct bz_model *model = in->model;
    const cJSON *item;
    size_t room = 0;
    cJSON_ArrayForEach(item, in->st.metadata) room++;
    model->extra = bz_alloc(room, sizeof(*model->extra), err);
    if (!model->extra)
        return -1;
    cJSON_ArrayForEach(item, in->st.metadata)
    {
        bool kept = true;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            kept = kept && strcmp(item->string, known[i]) != 0;
        if (!kept)
            continue;
        struct bz_meta *meta = &model->extra[model->n_extra++];
        if (!(meta->key = bz_strdup(item->string, err)) || !(meta->value = bz_strdup(item->valuestring, err)))
            return -1;
    }
    return 0;
}

/* Pages of a mapped file that is a model by its header: all of them are read below. Whoever waits for a large file can stop
 * that. */
static int bring_in(const struct bz_model *model, struct bz_error *err)
{
    enum { SLICE = 64 << 20 };
    char *at = model->map, *end = at + model->map_size;
    for (int failed = 0; at < end && !failed; at += SLICE) {
        if (bz_stopping())
            return bz_fail(err, BZ_INTERRUPTED, "asked to stop");
        failed = madvise(at, end - at < SLICE ? (size_t)(end - at) : SLICE, MADV_POPULATE_READ);
        if (failed && errno == EFAULT)
            return bz_fail(err, BZ_IO, "cannot be read: an input error, or it has become shorter");
    }
    return 0;
}

/* Fills the model from bytes that must outlive it. */
static int read_model(struct bz_model *model, const void *bytes, size_t size, struct bz_error *err)
{
    struct loading in = {.model = model};
    int rc = bz_safetensors_parse(&in.st, bytes, size, err);
    if (rc == 0) {
        model->data = in.st.data;
        model->weight_bytes = in.st.data_size;
        if (check_format(&in, err) < 0 || read_graph(&in, err) < 0 || bring_in(model, err) < 0 || read_tensors(&in, err) < 0 ||
            read_object(&in, "training", &in.model->training, err) < 0 ||
            read_object(&in, "table", &in.model->table, err) < 0 || keep_known(&in, err) < 0 || keep_extra(&in, err) < 0)
            rc = -1;
        model->own_gaps = rc == 0 && model->table && strstr(model->table, "\"missing\""); /* looked for once */
    }
    bz_free(in.taken);
    bz_graph_free(&in.graph);
    bz_safetensors_free(&in.st);
    return rc;
}

/* Takes over the mapping, also on failure. */
static int parse(struct bz_model **out, const void *bytes, size_t size, void *map, const char *name, struct bz_error *err)
{
    struct bz_model *model = bz_alloc(1, sizeof(*model), err);
    if (!model) {
        if (map)
            munmap(map, size);
        return bz_fail_in(err, "%s", name);
    }
    model->map = map;
    model->map_size = map ? size : 0;
    if (read_model(model, bytes, size, err) < 0) {
        bz_model_free(model);
        if (err && err->code == BZ_BAD_INPUT)
            err->code = BZ_BAD_MODEL;
        return bz_fail_in(err, "%s", name);
    }
    *out = model;
    return 0;
}

int bz_model_parse(struct bz_model **out, const void *bytes, size_t size, const char *name, struct bz_error *err)
{
    return parse(out, bytes, size, NULL, name, err);
}

int bz_model_load(struct bz_model **out, const char *path, struct bz_error *err)
{
    /* O_NONBLOCK: a pipe without a writer is refused below instead of waited for */
    int fd;
    do
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return bz_fail(err, errno == ENOENT || errno == ENOTDIR ? BZ_NOT_FOUND : BZ_IO, "%s: cannot be opened: %s", path,
                       strerror(errno));
    struct stat st;
    void *map = MAP_FAILED;
    int rc = -1;
    if (fstat(fd, &st) < 0)
        bz_fail(err, BZ_IO, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        bz_fail(err, BZ_BAD_MODEL, "%s: not a regular file", path);
    else if (st.st_size == 0)
        bz_fail(err, BZ_BAD_MODEL, "%s: empty", path);
    else if ((map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED)
        bz_fail(err, BZ_IO, "%s: cannot be mapped: %s", path, strerror(errno));
    else
        rc = parse(out, map, (size_t)st.st_size, map, path, err);
    close(fd);
    if (rc < 0)
        return -1;
    if (bz_model_confirm(*out, err) < 0) {
        bz_model_free(*out);
        return bz_fail_in(err, "%s", path);
    }
    if (!((*out)->path = bz_strdup(path, err))) {
        bz_model_free(*out);
        return -1;
    }
    return 0;
}

void bz_model_free(struct bz_model *model)
{
    if (!model)
        return;
    bz_network_free(model->classifier);
    bz_machine_free(model->machine);
    bz_free_all(model->path, model->graph_json, model->training, model->table, model->log_z_text, model->energies_text);
    forget_known(model);
    for (size_t i = 0; i < model->n_extra; i++) {
        bz_free(model->extra[i].key);
        bz_free(model->extra[i].value);
    }
    bz_free(model->extra);
    if (model->map)
        munmap(model->map, model->map_size);
    bz_free(model);
}

void bz_model_digest(const struct bz_model *model, char hex[BZ_DIGEST_ROOM])
{
    const struct bz_span data = {model->data, model->weight_bytes};
    if (*model->digest)
        memcpy(hex, model->digest, BZ_DIGEST_ROOM);
    else
        bz_sha256_hex(&data, 1, hex);
}
