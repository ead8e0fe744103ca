#include "classifier.h"

#include "json_text.h"
#include "object.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_STAGES = 16, NAME_ROOM = 64 };

/* What the metadata says, and where the tensors are. */
struct reading {
    const struct bz_machine *m;
    const struct bz_safetensors *st;
    bool *taken;
    size_t input[MAX_STAGES], n_inputs;
    size_t sizes[MAX_STAGES + 1], n_stages;
};

static int read_inputs(struct reading *in, const cJSON *list, struct bz_error *err)
{
    const cJSON *item;
    if (!cJSON_IsArray(list))
        return bz_fail(err, BZ_BAD_MODEL, "inputs: expected a list of layers, found %s", bz_json_kind(list));
    cJSON_ArrayForEach(item, list)
    {
        const long l = cJSON_IsString(item) ? bz_machine_find(in->m, item->valuestring) : -1;
        if (l < 0)
            return bz_fail(err, BZ_BAD_MODEL, "inputs[%zu]: expected a layer of the model, found %.80s", in->n_inputs,
                           cJSON_IsString(item) ? item->valuestring : bz_json_kind(item));
        if (in->n_inputs == MAX_STAGES)
            return bz_fail(err, BZ_TOO_LARGE, "inputs: expected at most %d layers", MAX_STAGES);
        in->input[in->n_inputs++] = (size_t)l;
        in->sizes[0] += in->m->layers[l].size;
    }
    return in->n_inputs ? 0 : bz_fail(err, BZ_BAD_MODEL, "inputs: expected at least one layer, found none");
}

static const struct bz_tensor *stage_tensor(const struct reading *in, size_t stage, const char *what)
{
    char name[NAME_ROOM];
    snprintf(name, sizeof(name), "classifier.%zu.%s", stage + 1, what);
    return bz_safetensors_find(in->st, name);
}

/* The sizes of the stages, from the shapes of their weights. */
static int read_sizes(struct reading *in, const cJSON *stages, struct bz_error *err)
{
    if (!bz_json_whole(stages, 1, MAX_STAGES, &in->n_stages))
        return bz_fail(err, BZ_BAD_MODEL, "stages: expected a whole number from 1 to %d", MAX_STAGES);
    for (size_t k = 0; k < in->n_stages; k++) {
        const struct bz_tensor *t = stage_tensor(in, k, "weight");
        if (!t)
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"classifier.%zu.weight\": missing", k + 1);
        if (t->rank != 2 || t->shape[0] != in->sizes[k])
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"classifier.%zu.weight\": expected %zu rows, found %zu", k + 1,
                           in->sizes[k], t->rank ? t->shape[0] : 0);
        in->sizes[k + 1] = t->shape[1];
    }
    return 0;
}

/* Copies the tensor to[count]. */
static int copy(struct reading *in, const char *name, float *to, size_t count, struct bz_error *err)
{
    const struct bz_tensor *t = bz_safetensors_find(in->st, name);
    size_t bad;
    if (!t)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\": missing", name);
    if (t->type >= BZ_TENSOR_WHOLE)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\": dtype: expected floats, found %s", name,
                       bz_tensor_type_name(t->type));
    if (t->count != count)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\": expected %zu numbers, found %zu", name, count, t->count);
    if (!bz_tensor_floats(t, to, &bad))
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\"[%zu]: too large for a 32-bit float", name, bad);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(to[i]))
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\"[%zu]: expected a finite number", name, i);
    in->taken[t - in->st->tensors] = true;
    return 0;
}

static int copy_tensors(struct reading *in, struct bz_network *net, struct bz_error *err)
{
    char name[NAME_ROOM];
    for (size_t k = 0; k < net->n_stages; k++) {
        struct bz_stage *s = &net->stages[k];
        snprintf(name, sizeof(name), "classifier.%zu.weight", k + 1);
        if (copy(in, name, s->weight, s->in * s->out, err) < 0)
            return -1;
        snprintf(name, sizeof(name), "classifier.%zu.bias", k + 1);
        if (copy(in, name, s->bias, s->out, err) < 0)
            return -1;
    }
    if (!bz_safetensors_find(in->st, "classifier.shift"))
        return 0;
    const size_t width = net->stages[0].in;
    if (!(net->shift = bz_part(net, width, sizeof(float), err)) || !(net->scale = bz_part(net, width, sizeof(float), err)))
        return -1;
    return copy(in, "classifier.shift", net->shift, width, err) < 0 ? -1 : copy(in, "classifier.scale", net->scale, width, err);
}

static int read_classes(struct bz_network *net, const cJSON *list, struct bz_error *err)
{
    const size_t n = bz_network_class_count(net);
    const cJSON *item;
    if (!list || cJSON_IsNull(list))
        return 0;
    if (!cJSON_IsArray(list) || (size_t)cJSON_GetArraySize(list) != n)
        return bz_fail(err, BZ_BAD_MODEL, "classes: expected a list of %zu names", n);
    if (!(net->classes = bz_part(net, n, sizeof(*net->classes), err)))
        return -1;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item))
            return bz_fail(err, BZ_BAD_MODEL, "classes[%zu]: expected a name, found %s", net->n_classes, bz_json_kind(item));
        const size_t size = strlen(item->valuestring) + 1;
        char *name = bz_part(net, size, 1, err);
        if (!name)
            return -1;
        net->classes[net->n_classes++] = memcpy(name, item->valuestring, size);
    }
    return 0;
}

/* Activation, temperature and classes, which are not in the tensors. */
static int read_rest(struct bz_network *net, const cJSON *tree, struct bz_error *err)
{
    const cJSON *activation = bz_json_get(tree, "activation"), *temperature = bz_json_get(tree, "temperature");
    const int a = cJSON_IsString(activation) ? bz_activation_from_name(activation->valuestring) : -1;
    if (a < 0)
        return bz_fail(err, BZ_BAD_MODEL, "activation: expected \"logistic\" or \"rectified\", found %.40s",
                       cJSON_IsString(activation) ? activation->valuestring : bz_json_kind(activation));
    net->activation = (enum bz_activation)a;
    if (temperature && !(cJSON_IsNumber(temperature) && temperature->valuedouble >= 1e-3 && temperature->valuedouble <= 1e3))
        return bz_fail(err, BZ_BAD_MODEL, "temperature: expected a number from 0.001 to 1000");
    net->temperature = temperature ? temperature->valuedouble : 1;
    return read_classes(net, bz_json_get(tree, "classes"), err);
}

int bz_classifier_read(struct bz_network **out, const struct bz_machine *m, const char *text, const struct bz_safetensors *st,
                       bool *taken, struct bz_error *err)
{
    struct reading in = {.m = m, .st = st, .taken = taken};
    struct bz_network *net = NULL;
    cJSON *tree = bz_json_parse(text, strlen(text), err);
    int rc = tree ? 0 : -1;
    if (rc == 0 && !cJSON_IsObject(tree))
        rc = bz_fail(err, BZ_BAD_MODEL, "expected a JSON object, found %s", bz_json_kind(tree));
    if (rc == 0 &&
        (read_inputs(&in, bz_json_get(tree, "inputs"), err) < 0 || read_sizes(&in, bz_json_get(tree, "stages"), err) < 0 ||
         bz_network_new(&net, m, in.input, in.n_inputs, in.sizes, in.n_stages, err) < 0 || read_rest(net, tree, err) < 0 ||
         copy_tensors(&in, net, err) < 0))
        rc = -1;
    cJSON_Delete(tree);
    if (rc < 0) {
        bz_network_free(net);
        return bz_fail_in(err, "classifier");
    }
    *out = net;
    return 0;
}

char *bz_classifier_text(const struct bz_network *net, const struct bz_machine *m, struct bz_error *err)
{
    cJSON *root = cJSON_CreateObject(), *inputs = cJSON_AddArrayToObject(root, "inputs");
    bool whole = inputs != NULL;
    for (size_t i = 0; whole && i < net->n_inputs; i++) {
        cJSON *name = cJSON_CreateString(m->layers[net->input[i]].name);
        whole = name && bz_json_append(inputs, name);
    }
    whole = whole && cJSON_AddNumberToObject(root, "stages", (double)net->n_stages) &&
            cJSON_AddStringToObject(root, "activation", bz_activation_name(net->activation)) &&
            cJSON_AddNumberToObject(root, "temperature", net->temperature);
    if (whole && net->n_classes > 0) {
        cJSON *classes = cJSON_CreateStringArray((const char *const *)net->classes, (int)net->n_classes);
        whole = classes && bz_json_add(root, "classes", classes);
    }
    if (whole)
        return bz_json_print(root, "the classifier's description", err);
    cJSON_Delete(root);
    bz_fail(err, BZ_NO_MEMORY, "memory: none left for the classifier's description");
    return NULL;
}

size_t bz_classifier_tensor_count(const struct bz_network *net)
{
    return 2 * net->n_stages + (net->shift ? 2 : 0);
}

void bz_classifier_tensors(const struct bz_network *net,
                           void (*add)(void *arg, const char *name, const float *values, size_t rows, size_t columns),
                           void *arg)
{
    char name[NAME_ROOM];
    for (size_t k = 0; k < net->n_stages; k++) {
        const struct bz_stage *s = &net->stages[k];
        snprintf(name, sizeof(name), "classifier.%zu.weight", k + 1);
        add(arg, name, s->weight, s->in, s->out);
        snprintf(name, sizeof(name), "classifier.%zu.bias", k + 1);
        add(arg, name, s->bias, s->out, 0);
    }
    if (net->shift) {
        add(arg, "classifier.shift", net->shift, net->stages[0].in, 0);
        add(arg, "classifier.scale", net->scale, net->stages[0].in, 0);
    }
}
