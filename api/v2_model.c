/* GET /v2/models/{model}: metadata, configuration and readiness. */
#include "handlers.h"
#include "job.h"
#include "json_write.h"
#include "reply.h"

#include <stdio.h>
#include <string.h>

/* One listed tensor: under "inputs" and "outputs" with its row count open, in a configuration without it. */
static void tensor(struct json_writer *w, const char *name, const char *layer, size_t size, bool config)
{
    char full[160];
    snprintf(full, sizeof(full), layer ? "%s.%s" : "%s", name, layer);
    json_object(w);
    json_key_string(w, "name", full);
    json_key_string(w, config ? "data_type" : "datatype", config ? "TYPE_FP32" : "FP32");
    json_key(w, config ? "dims" : "shape");
    json_array(w);
    if (!config)
        json_integer(w, -1);
    json_whole(w, size);
    json_end_array(w);
    json_end_object(w);
}

static size_t visible_layers(const struct bz_machine *m)
{
    size_t n = 0;
    for (size_t l = 0; l < m->n_layers; l++)
        n += bz_is_visible(&m->layers[l]);
    return n;
}

static void write_inputs(struct json_writer *w, const struct bz_machine *m, bool config)
{
    json_key(w, config ? "input" : "inputs");
    json_array(w);
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_is_visible(&m->layers[l]))
            tensor(w, m->layers[l].name, NULL, m->layers[l].size, config);
    json_end_array(w);
}

static void write_outputs(struct json_writer *w, const struct bz_machine *m, bool config)
{
    const long top = bz_machine_top_hidden(m);
    const bool several = visible_layers(m) > 1;
    json_key(w, config ? "output" : "outputs");
    json_array(w);
    tensor(w, "free_energy", NULL, 1, config);
    if (top >= 0)
        tensor(w, "features", NULL, m->layers[top].size, config);
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_is_visible(&m->layers[l]))
            tensor(w, "reconstruction", several ? m->layers[l].name : NULL, m->layers[l].size, config);
    json_end_array(w);
}

static void versions(void *arg, const struct api_model_info *info)
{
    struct json_writer *w = arg;
    char text[24];
    for (size_t i = 0; i < info->n_versions; i++) {
        snprintf(text, sizeof(text), "%lu", info->versions[i]);
        json_text(w, text);
    }
}

void api_v2_model(struct api_call *call, char *body, size_t size)
{
    struct api_buffer b = {0};
    struct json_writer w = json_writer(&b);
    (void)body;
    (void)size;
    json_object(&w);
    json_key_string(&w, "name", call->model->name);
    json_key(&w, "versions");
    json_array(&w);
    if (!call->host->list(call->host, call->model->name, versions, &w))
        b.failed = true;
    json_end_array(&w);
    json_key_string(&w, "platform", "boltz");
    write_inputs(&w, api_machine(call), false);
    write_outputs(&w, api_machine(call), false);
    json_end_object(&w);
    api_model_headers(call);
    api_reply_json(call, 200, &b);
}

void api_v2_config(struct api_call *call, char *body, size_t size)
{
    struct api_buffer b = {0};
    struct json_writer w = json_writer(&b);
    char instance[160];
    (void)body;
    (void)size;
    snprintf(instance, sizeof(instance), "%s_0", call->model->name);
    json_object(&w);
    json_key_string(&w, "name", call->model->name);
    json_key_string(&w, "platform", "boltz");
    json_key_string(&w, "backend", "boltz");
    json_key(&w, "version_policy");
    json_raw(&w, "{\"latest\":{\"num_versions\":1}}");
    json_key_whole(&w, "max_batch_size", call->host->max_queue_rows < 65536 ? call->host->max_queue_rows : 65536);
    write_inputs(&w, api_machine(call), true);
    write_outputs(&w, api_machine(call), true);
    json_key(&w, "dynamic_batching");
    json_raw(&w, "{\"max_queue_delay_microseconds\":0}");
    json_key(&w, "instance_group");
    json_array(&w);
    json_object(&w);
    json_key_string(&w, "name", instance);
    json_key_string(&w, "kind", "KIND_CPU");
    json_key_whole(&w, "count", 1);
    json_end_object(&w);
    json_end_array(&w);
    json_end_object(&w);
    api_model_headers(call);
    api_reply_json(call, 200, &b);
}

void api_v2_model_ready(struct api_call *call, char *body, size_t size)
{
    const char *name = call->job->at.model, *version = call->job->at.version;
    struct api_buffer b = {0};
    struct json_writer w = json_writer(&b);
    (void)body;
    (void)size;
    char reason[256] = "";
    if (api_acquire(call, name, *version ? version : NULL) < 0)
        return;
    /* Balancers ask this instead of the server's readiness, and a draining server should get no new requests. */
    if (!call->host->is_ready(call->host, reason) && strcmp(reason, "draining") == 0) {
        api_refuse(call, API_DRAINING, "not ready: draining");
        return;
    }
    json_object(&w);
    json_key_string(&w, "name", name);
    json_key_bool(&w, "ready", true);
    json_end_object(&w);
    api_reply_json(call, 200, &b);
}
