/* POST /v2/models/{model}/infer: from the protocol's request to tasks on rows. */
#include "body.h"
#include "gaps.h"
#include "handlers.h"
#include "rows.h"
#include "rows_array.h"
#include "v2.h"
#include "v2_tensor.h"

#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Parameters of /v1 that a request's `parameters` may hold. */
static const uint64_t allowed = API_BIT(STEPS) | API_BIT(TYPE) | API_BIT(SEED) | API_BIT(COUNT) | API_BIT(TEMPERATURE) |
                                API_BIT(CONTINUE) | API_BIT(LAYER) | API_BIT(THRESHOLD) | API_BIT(EXPLAIN);

struct reader {
    struct api_call *call;
    const struct bz_machine *m;
    struct json_scan s;
    struct v2_tensor *inputs;
    size_t n_inputs, max_inputs;
    struct v2_wanted *outputs;
    size_t n_outputs, max_outputs;
    bool binary;            /* for outputs that do not specify it */
    struct api_rows *masks; /* [n_layers] */
    struct api_fault *fault;
};

static int no_memory(struct api_fault *fault)
{
    return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
}

static int read_bool(struct json_scan *s, const char *name, bool *value)
{
    enum json_type type = json_peek(s);
    if (type != JSON_TRUE && type != JSON_FALSE)
        return json_fail(s, API_BAD_TYPE, "%s: found %s, expected true or false", name, json_type_name(type));
    *value = type == JSON_TRUE;
    return json_word(s);
}

static bool is_reserved(const char *key)
{
    return strcmp(key, "priority") == 0 || strcmp(key, "headers") == 0 || strcmp(key, "content_type") == 0 ||
           strncmp(key, "sequence_", 9) == 0;
}

/* The protocol's own parameters that mean something here. */
static bool is_own(const char *key)
{
    return strcmp(key, "binary_data_output") == 0 || strcmp(key, "timeout") == 0;
}

static int read_timeout(struct reader *r)
{
    double us;
    if (json_number(&r->s, &us) < 0)
        return api_fault_in(r->fault, "timeout");
    if (!(us >= 0 && us <= 9007199254740992.0 && us == floor(us)))
        return json_fail(&r->s, API_BAD_VALUE, "timeout: found %g, expected a whole number of microseconds, at most 2^53", us);
    r->call->timeout_us = (uint64_t)us;
    return 0;
}

static int read_parameters(struct reader *r)
{
    struct json_keys keys = {.n = 0};
    char *key;
    int more;
    if (json_enter(&r->s, JSON_OBJECT) < 0)
        return api_fault_in(r->fault, "parameters");
    while ((more = json_next_key(&r->s, &key)) == 1) {
        int id = api_param_find(key, allowed), rc;
        if (json_once(&r->s, &keys, key) < 0)
            return -1;
        if (is_own(key) && json_peek(&r->s) == JSON_NULL)
            rc = json_word(&r->s); /* as if absent */
        else if (strcmp(key, "binary_data_output") == 0)
            rc = read_bool(&r->s, key, &r->binary);
        else if (strcmp(key, "timeout") == 0)
            rc = read_timeout(r);
        else if (is_reserved(key))
            rc = json_skip(&r->s);
        else if (strncmp(key, "triton_", 7) == 0)
            rc = json_fail(&r->s, API_UNKNOWN_PARAMETER, "parameter '%.64s': names with triton_ are reserved", key);
        else if (id < 0)
            rc = api_param_unknown(key, allowed, "request's parameters", r->fault);
        else
            rc = api_param_json(&r->call->job->par, (enum api_param_id)id, &r->s);
        if (rc < 0)
            return -1;
    }
    return more;
}

/* Reads the list `name` item by item into an array of room for `most`; NULL: there is no memory for it. */
static int read_list(struct reader *r, const char *name, const void *array, size_t *n, size_t most,
                     int (*read)(struct reader *r, size_t i))
{
    int more;
    if (!array)
        return no_memory(r->fault);
    if (json_enter(&r->s, JSON_ARRAY) < 0)
        return api_fault_in(r->fault, name);
    while ((more = json_next_item(&r->s)) == 1) {
        if (*n == most)
            return json_fail(&r->s, API_UNKNOWN_INPUT, "more than %zu %s", most, name);
        if (read(r, (*n)++) < 0)
            return -1;
    }
    return more;
}

static int read_input(struct reader *r, size_t i)
{
    return v2_tensor_read(&r->s, &r->inputs[i]) < 0 ? api_fault_in(r->fault, "inputs[%zu]", i) : 0;
}

static int read_inputs(struct reader *r)
{
    r->inputs = bz_alloc(r->max_inputs, sizeof(*r->inputs), NULL);
    return read_list(r, "inputs", r->inputs, &r->n_inputs, r->max_inputs, read_input);
}

/* `classification`: how many of the largest values to return, as texts; 0 = as if absent. */
static int read_top(struct reader *r, struct v2_wanted *out)
{
    double top;
    if (json_number(&r->s, &top) < 0)
        return api_fault_in(r->fault, "classification");
    if (!(top >= 0 && top <= 65536 && top == floor(top)))
        return json_fail(&r->s, API_BAD_VALUE, "classification: found %g, expected a whole number of 0 to 65536", top);
    out->top = (size_t)top;
    return 0;
}

/* An output's `parameters`. */
static int read_output_parameters(struct reader *r, struct v2_wanted *out)
{
    struct json_keys keys = {.n = 0};
    char *key;
    int more, rc;
    if (json_enter(&r->s, JSON_OBJECT) < 0)
        return api_fault_in(r->fault, "parameters");
    while ((more = json_next_key(&r->s, &key)) == 1) {
        bool binary = false;
        if (json_once(&r->s, &keys, key) < 0)
            return -1;
        if (json_peek(&r->s) == JSON_NULL)
            rc = json_word(&r->s); /* as if absent */
        else if (strcmp(key, "classification") == 0)
            rc = read_top(r, out);
        else if (strncmp(key, "shared_memory", 13) == 0)
            rc = json_fail(&r->s, API_UNSUPPORTED, "output parameter '%.64s' is not supported", key);
        else if (strcmp(key, "binary_data") != 0)
            rc = json_skip(&r->s);
        else if ((rc = read_bool(&r->s, key, &binary)) == 0)
            out->binary = binary;
        if (rc < 0)
            return -1;
    }
    return more;
}

static int read_one_output(struct reader *r, size_t i)
{
    struct v2_wanted *out = &r->outputs[i];
    struct json_keys keys = {.n = 0};
    char *key;
    int more, rc;
    out->binary = -1;
    if (json_enter(&r->s, JSON_OBJECT) < 0)
        return -1;
    while ((more = json_next_key(&r->s, &key)) == 1) {
        if (json_once(&r->s, &keys, key) < 0)
            return -1;
        if (strcmp(key, "name") == 0)
            rc = json_string(&r->s, &out->name, NULL) < 0 ? api_fault_in(r->fault, "name") : 0;
        else if (strcmp(key, "parameters") != 0 || json_peek(&r->s) == JSON_NULL)
            rc = json_skip(&r->s);
        else
            rc = read_output_parameters(r, out);
        if (rc < 0)
            return -1;
    }
    if (more == 0 && !out->name)
        return json_fail(&r->s, API_UNKNOWN_INPUT, "an output has no 'name'");
    for (size_t k = 0; more == 0 && k < i; k++)
        if (strcmp(r->outputs[k].name, out->name) == 0)
            return json_fail(&r->s, API_DUPLICATE, "output '%.64s' is given twice", out->name);
    return more;
}

static int read_output(struct reader *r, size_t i)
{
    return read_one_output(r, i) < 0 ? api_fault_in(r->fault, "outputs[%zu]", i) : 0;
}

static int read_outputs(struct reader *r)
{
    r->outputs = bz_alloc(r->max_outputs, sizeof(*r->outputs), NULL);
    return read_list(r, "outputs", r->outputs, &r->n_outputs, r->max_outputs, read_output);
}

/* Something follows the JSON: tensors, most likely. */
static int refuse_the_rest(struct reader *r)
{
    const long long header = r->call->job->header_size;
    for (size_t i = 0; i < r->n_inputs; i++)
        if (r->inputs[i].has_size)
            return header < 0
                       ? api_fault(r->fault, API_BAD_REQUEST,
                                   "binary tensors follow the JSON, which ends before byte %zu of the body: expected the "
                                   "request header Inference-Header-Content-Length with its length",
                                   json_offset(&r->s))
                       : api_fault(r->fault, API_BAD_REQUEST,
                                   "Inference-Header-Content-Length is %lld, but the JSON ends before byte %zu of the body",
                                   header, json_offset(&r->s));
    return -1;
}

static int read_request(struct reader *r)
{
    struct v2_request *v2 = r->call->job->v2;
    struct json_keys keys = {.n = 0};
    char *key, *id;
    int more, rc;
    if (json_enter(&r->s, JSON_OBJECT) < 0)
        return -1;
    while ((more = json_next_key(&r->s, &key)) == 1) {
        if (json_once(&r->s, &keys, key) < 0)
            return -1;
        if (strcmp(key, "inputs") == 0) {
            rc = read_inputs(r);
        } else if (json_peek(&r->s) == JSON_NULL) { /* some clients write null for what they leave out */
            rc = json_word(&r->s);
        } else if (strcmp(key, "outputs") == 0) {
            rc = read_outputs(r);
        } else if (strcmp(key, "parameters") == 0) {
            rc = read_parameters(r);
        } else if (strcmp(key, "id") == 0) {
            rc = json_string(&r->s, &id, NULL) < 0 ? api_fault_in(r->fault, "id") : 0;
            if (rc == 0 && !(v2->id = bz_strdup(id, NULL)))
                rc = no_memory(r->fault);
        } else {
            rc = json_skip(&r->s);
        }
        if (rc < 0)
            return -1;
    }
    if (more < 0)
        return -1;
    if (json_scan_end(&r->s) < 0)
        return refuse_the_rest(r);
    return r->inputs ? 0 : api_fault(r->fault, API_MISSING_INPUT, "'inputs' is missing");
}

/* Turns a tensor into rows of a layer, or into its mask. Takes t->x. */
static int place_input(struct reader *r, struct v2_tensor *t)
{
    const bool is_mask = strncmp(t->name, "mask", 4) == 0 && (t->name[4] == 0 || t->name[4] == '.');
    long l = !is_mask            ? api_layer_by_name(r->m, t->name, true, "inputs", r->fault)
             : t->name[4] == '.' ? api_layer_by_name(r->m, t->name + 5, true, "inputs", r->fault)
                                 : api_only_layer(r->m, "input 'mask'", r->fault);
    if (l < 0)
        return -1;
    const struct bz_layer *layer = &r->m->layers[l];
    struct api_rows *to = is_mask ? &r->masks[l] : &r->call->job->rows[l];
    if (to->x)
        return api_fault(r->fault, API_DUPLICATE, "input '%.70s' is given twice", t->name);
    if (t->rank != 2 || t->shape[0] == 0 || t->shape[1] != layer->size) {
        char found[200] = "";
        for (size_t d = 0, used = 0; d < t->rank && used < sizeof(found); d++)
            used += (size_t)snprintf(found + used, sizeof(found) - used, "%s%zu", d ? "," : "", t->shape[d]);
        return api_fault(r->fault, API_BAD_SHAPE, "input '%.70s': expected [-1,%zu]%s, got [%s]", t->name, layer->size,
                         t->rank == 2 && t->shape[1] == layer->size ? " with at least one row" : "", found);
    }
    char label[100];
    snprintf(label, sizeof(label), "input '%.70s'", t->name);
    if (api_rows_take(t->x, t->shape[0], layer, to, label, r->fault) < 0)
        return -1;
    t->x = NULL;
    if (is_mask && to->known)
        return api_fault(r->fault, API_BAD_VALUE, "%s: found a missing value, expected 0 or 1", label);
    return 0;
}

static int place_inputs(struct reader *r, const char *binary, const char *end)
{
    struct api_job *job = r->call->job;
    char label[100];
    for (size_t i = 0; i < r->n_inputs; i++)
        if (v2_tensor_finish(&r->inputs[i], &binary, end, r->fault) < 0 || place_input(r, &r->inputs[i]) < 0)
            return -1;
    if (binary != end)
        return api_fault(r->fault, API_BAD_SHAPE, "%zu bytes left over after the inputs' binary data", (size_t)(end - binary));
    if (api_gaps_mark(r->call, r->fault) < 0)
        return -1;
    for (size_t l = 0; l < r->m->n_layers; l++) {
        const struct bz_layer *layer = &r->m->layers[l];
        snprintf(label, sizeof(label), "mask of '%s'", layer->name);
        if (r->masks[l].x && !job->rows[l].x)
            return api_fault(r->fault, API_MISSING_INPUT, "%s: there is no input '%s' for it", label, layer->name);
        if (r->masks[l].x && r->masks[l].n != 1 && r->masks[l].n != job->rows[l].n)
            return api_fault(r->fault, API_BAD_SHAPE, "%s: expected 1 or %zu rows, got %zu", label, job->rows[l].n,
                             r->masks[l].n);
        if (r->masks[l].x && api_rows_mask(&job->rows[l], layer, &r->masks[l], label, r->fault) < 0)
            return -1;
        if (api_rows_check(&job->rows[l], layer, "input", r->fault) < 0)
            return -1;
    }
    return 0;
}

/* Outputs that do not specify their form follow the request. */
static int make_outputs(struct reader *r)
{
    for (size_t i = 0; i < r->n_outputs; i++)
        if (r->outputs[i].binary < 0)
            r->outputs[i].binary = r->binary;
    return v2_make_outputs(r->call, r->outputs, r->n_outputs, r->binary, r->fault);
}

/* Inference-Header-Content-Length: 0 means that the body is the one input's float32 values, and all outputs come back binary.
 */
static int raw_request(struct reader *r, const char *body, size_t size)
{
    long only = api_only_layer(r->m, "a request without JSON", r->fault);
    r->binary = true;
    return only < 0 ? -1
           : api_rows_raw(body, size, &r->m->layers[only], &r->call->job->rows[only], r->m->layers[only].name, r->fault) < 0
               ? -1
           : api_gaps_mark(r->call, r->fault) < 0
               ? -1
               : api_rows_check(&r->call->job->rows[only], &r->m->layers[only], "input", r->fault);
}

static int read_all(struct reader *r, char *body, size_t size)
{
    struct api_job *job = r->call->job;
    const long long header = job->header_size;
    if (header == -2 || header > (long long)size)
        return api_fault(r->fault, API_BAD_REQUEST, "Inference-Header-Content-Length: expected a whole number of 0 to %zu",
                         size);
    job->n_layers = r->m->n_layers;
    job->rows = bz_alloc(r->m->n_layers, sizeof(*job->rows), NULL);
    r->masks = bz_alloc(r->m->n_layers, sizeof(*r->masks), NULL);
    if (!job->rows || !r->masks)
        return no_memory(r->fault);
    if (header == 0) {
        if (raw_request(r, body, size) < 0)
            return -1;
    } else {
        const size_t json = header > 0 ? (size_t)header : size;
        const char first = body[json]; /* the scanner writes a 0 after its text */
        json_scan_start(&r->s, body, json, r->fault);
        if (read_request(r) < 0)
            return -1;
        body[json] = first;
        if (place_inputs(r, body + json, body + size) < 0)
            return -1;
    }
    return make_outputs(r);
}

void api_v2_infer(struct api_call *call, char *body, size_t size)
{
    struct api_fault fault;
    struct api_job *job = call->job;
    struct reader r = {.call = call, .m = api_machine(call), .fault = &fault};
    r.max_inputs = 2 * r.m->n_layers + 1;
    r.max_outputs = V2_MOST_OUTPUTS(r.m);
    job->v2 = bz_alloc(1, sizeof(*job->v2), NULL);
    int rc = !job->v2 ? no_memory(&fault)
             : size == 0 && job->header_size < 0
                 ? api_fault(&fault, API_EMPTY_BODY, "the body is empty, expected a JSON object {\"inputs\": [...]}")
                 : read_all(&r, body, size);
    for (size_t i = 0; i < r.n_inputs; i++)
        v2_tensor_free(&r.inputs[i]);
    for (size_t l = 0; r.masks && l < r.m->n_layers; l++)
        api_rows_free(&r.masks[l]);
    bz_free_all(r.inputs, r.outputs, r.masks);
    if (rc < 0) {
        api_refuse_fault(call, &fault);
        return;
    }
    call->rows = job->n;
    call->state = API_RUN;
}
