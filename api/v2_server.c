/* The Open Inference Protocol apart from inference: health, server metadata, repository, statistics; and /metrics. */
#include "handlers.h"
#include "job.h"
#include "json_scan.h"
#include "json_write.h"
#include "models_view.h"
#include "reply.h"
#include "stop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void api_v2_live(struct api_call *call, char *body, size_t size)
{
    struct api_buffer b = {0};
    (void)body;
    (void)size;
    api_buffer_text(&b, "{\"live\":true}");
    api_reply_json(call, 200, &b);
}

void api_v2_ready(struct api_call *call, char *body, size_t size)
{
    struct api_buffer b = {0};
    char reason[256] = "";
    (void)body;
    (void)size;
    if (!call->host->is_ready(call->host, reason)) {
        api_refuse(call, strcmp(reason, "draining") == 0 ? API_DRAINING : API_NOT_READY_YET, "not ready: %s", reason);
        return;
    }
    api_buffer_text(&b, "{\"ready\":true}");
    api_reply_json(call, 200, &b);
}

void api_v2_server(struct api_call *call, char *body, size_t size)
{
    struct api_buffer b = {0};
    (void)body;
    (void)size;
    api_buffer_text(&b, "{\"name\":\"boltzd\",\"version\":\"" BOLTZ_VERSION
                        "\",\"extensions\":[\"model_repository\",\"model_repository(unload_dependents)\",\"schedule_policy\","
                        "\"model_configuration\",\"binary_tensor_data\",\"parameters\",\"statistics\"]}");
    api_reply_json(call, 200, &b);
}

void api_v2_absent(struct api_call *call, char *body, size_t size)
{
    (void)body;
    (void)size;
    api_refuse(call, API_NOT_IMPLEMENTED, "this part of the protocol is not implemented");
}

struct ready_only {
    struct json_writer *w;
    bool ready;
};

static void index_entry(struct json_writer *w, const struct api_model_info *info, unsigned long version,
                        enum api_model_state state, const char *reason)
{
    char text[24];
    json_object(w);
    json_key_string(w, "name", info->name);
    if (version) {
        snprintf(text, sizeof(text), "%lu", version);
        json_key_string(w, "version", text);
    }
    if (state != API_UNKNOWN) {
        json_key_string(w, "state", api_state_name(state));
        json_key_string(w, "reason", reason ? reason : "");
    }
    json_end_object(w);
}

static void index_one(void *arg, const struct api_model_info *info)
{
    struct ready_only *r = arg;
    bool ready = info->state == API_READY, told = false;
    for (size_t i = 0; ready && i < info->n_loaded; i++)
        index_entry(r->w, info, info->loaded[i], API_READY, "");
    for (size_t i = 0; !r->ready && i < info->n_refused; i++) {
        index_entry(r->w, info, info->refused[i], API_UNAVAILABLE, info->refused_reason[i]);
        told = true;
    }
    if (ready ? !info->n_loaded : !r->ready && !told)
        index_entry(r->w, info, info->version, info->state, info->reason);
}

/* Begins a body that is an object, or empty: 1 = its first key comes next, 0 = it is empty; -1 on failure. */
static int open_body(struct json_scan *s, char *body, size_t size, struct api_fault *fault)
{
    json_scan_start(s, body, size, fault);
    return json_peek(s) == JSON_END ? 0 : json_enter(s, JSON_OBJECT) < 0 ? -1 : 1;
}

/* {} or {"ready":bool}, other keys ignored. */
static int index_body(char *body, size_t size, bool *ready, struct api_fault *fault)
{
    struct json_keys keys = {.n = 0};
    struct json_scan s;
    char *key;
    int more = open_body(&s, body, size, fault);
    if (more <= 0)
        return more;
    while ((more = json_next_key(&s, &key)) == 1) {
        enum json_type type = json_peek(&s);
        if (json_once(&s, &keys, key) < 0)
            return -1;
        if (strcmp(key, "ready") == 0 && type != JSON_NULL) {
            if (type != JSON_TRUE && type != JSON_FALSE)
                return json_fail(&s, API_BAD_TYPE, "ready: found %s, expected true or false", json_type_name(type));
            *ready = type == JSON_TRUE;
        }
        if (json_skip(&s) < 0)
            return -1;
    }
    return more < 0 ? -1 : json_scan_end(&s);
}

void api_v2_index(struct api_call *call, char *body, size_t size)
{
    struct api_buffer b = {0};
    struct json_writer w = json_writer(&b);
    struct ready_only r = {&w, false};
    struct api_fault fault;
    if (index_body(body, size, &r.ready, &fault) < 0) {
        api_refuse_fault(call, &fault);
        return;
    }
    json_array(&w);
    if (!call->host->list(call->host, NULL, index_one, &r))
        b.failed = true;
    json_end_array(&w);
    api_reply_json(call, 200, &b);
}

/* Checks {"parameters":{...}}: nothing in it may override a model file. */
static int control_body(char *body, size_t size, struct api_fault *fault)
{
    struct json_keys keys = {.n = 0};
    struct json_scan s;
    char *key;
    int more = open_body(&s, body, size, fault), inner = 0;
    if (more <= 0)
        return more;
    while ((more = json_next_key(&s, &key)) == 1) {
        if (json_once(&s, &keys, key) < 0)
            return -1;
        if (strcmp(key, "parameters") != 0 || json_peek(&s) == JSON_NULL) {
            if (json_skip(&s) < 0)
                return -1;
            continue;
        }
        if (json_enter(&s, JSON_OBJECT) < 0)
            return -1;
        while ((inner = json_next_key(&s, &key)) == 1) {
            if (strncmp(key, "file:", 5) == 0)
                return json_fail(&s, API_FORBIDDEN,
                                 "parameter '%.64s': models are not uploaded over HTTP; put the version's folder into the "
                                 "repository and load the model then",
                                 key);
            if (strcmp(key, "config") == 0 && json_peek(&s) != JSON_NULL)
                return json_fail(&s, API_UNSUPPORTED, "parameter 'config': a model is configured by its file, not over HTTP");
            if (strcmp(key, "unload_dependents") != 0 && strcmp(key, "config") != 0)
                return json_fail(&s, API_UNKNOWN_PARAMETER, "unknown parameter '%.64s', expected unload_dependents", key);
            if (json_skip(&s) < 0)
                return -1;
        }
        if (inner < 0)
            return -1;
    }
    return more < 0 ? -1 : json_scan_end(&s);
}

static void control(struct api_call *call, char *body, size_t size,
                    enum api_control (*act)(struct api_host *h, const char *name, char reason[256]))
{
    struct api_fault fault;
    char reason[256] = "";
    if (control_body(body, size, &fault) < 0) {
        api_refuse_fault(call, &fault);
        return;
    }
    if (bz_stopping()) /* the body was not read to its end */
        return;
    bz_stop_hold(true); /* until the call is decoded: others will use the model, too, and what was done is told */
    switch (act(call->host, call->job->at.model, reason)) {
    case API_CONTROL_DONE:
        call->reply.status = 200;
        call->state = API_REPLY;
        return;
    case API_CONTROL_DISABLED:
        api_refuse(call, API_CONTROL_OFF, "%s", *reason ? reason : "model control is not 'explicit' on this server");
        return;
    case API_CONTROL_NOT_FOUND:
        api_refuse(call, API_MODEL_NOT_FOUND, "there is no model '%s'", call->job->at.model);
        return;
    case API_CONTROL_FAILED:
        api_refuse(call, API_MODEL_UNAVAILABLE, "model '%s': %s", call->job->at.model, reason);
        return;
    }
}

void api_v2_load(struct api_call *call, char *body, size_t size)
{
    control(call, body, size, call->host->load);
}

void api_v2_unload(struct api_call *call, char *body, size_t size)
{
    control(call, body, size, call->host->unload);
}

void api_metrics(struct api_call *call, char *body, size_t size)
{
    struct api_reply *reply = &call->reply;
    (void)body;
    (void)size;
    reply->body = call->host->metrics(call->host, &reply->size);
    if (!reply->body) {
        api_refuse(call, API_OUT_OF_MEMORY, "not enough memory for this page");
        return;
    }
    reply->status = 200;
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
    reply->compressible = true;
    call->state = API_REPLY;
}

static void duration(struct json_writer *w, const char *name, struct api_duration d)
{
    json_key(w, name);
    json_object(w);
    json_key_whole(w, "count", d.count);
    json_key_whole(w, "ns", d.ns);
    json_end_object(w);
}

static void stats_one(void *arg, const struct api_model_stats *s)
{
    struct json_writer *w = arg;
    const struct api_duration none = {0, 0};
    char version[24];
    snprintf(version, sizeof(version), "%lu", s->version);
    json_object(w);
    json_key_string(w, "name", s->name);
    json_key_string(w, "version", version);
    json_key_whole(w, "last_inference", s->last_inference_ms);
    json_key_whole(w, "inference_count", s->inference_count);
    json_key_whole(w, "execution_count", s->execution_count);
    json_key(w, "inference_stats");
    json_object(w);
    duration(w, "success", s->success);
    duration(w, "fail", s->fail);
    duration(w, "queue", s->queue);
    duration(w, "compute_input", s->input);
    duration(w, "compute_infer", s->infer);
    duration(w, "compute_output", s->output);
    duration(w, "cache_hit", none);
    duration(w, "cache_miss", none);
    json_end_object(w);
    json_key(w, "response_stats");
    json_object(w);
    json_end_object(w);
    json_key(w, "batch_stats");
    json_array(w);
    for (size_t i = 0; i < s->n_batches; i++) {
        json_object(w);
        json_key_whole(w, "batch_size", s->batches[i].batch_size);
        duration(w, "compute_input", s->batches[i].input);
        duration(w, "compute_infer", s->batches[i].infer);
        duration(w, "compute_output", s->batches[i].output);
        json_end_object(w);
    }
    json_end_array(w);
    json_key(w, "memory_usage");
    json_array(w);
    json_object(w);
    json_key_string(w, "type", "CPU");
    json_key_whole(w, "id", 0);
    json_key_whole(w, "byte_size", s->memory_bytes);
    json_end_object(w);
    json_end_array(w);
    json_end_object(w);
}

void api_v2_stats(struct api_call *call, char *body, size_t size)
{
    const char *name = call->job->at.model, *version = call->job->at.version;
    struct api_buffer b = {0};
    struct json_writer w = json_writer(&b);
    struct api_model *model;
    char reason[256] = "";
    (void)body;
    (void)size;
    if (*name) { /* 404 for what is not there; a model that is not loaded has no statistics yet */
        enum api_acquired got = call->host->acquire(call->host, name, *version ? version : NULL, &model, reason);
        if (got == API_OK)
            call->host->release(call->host, model);
        if (got == API_NO_MODEL || got == API_NO_VERSION) {
            api_refuse(call, got == API_NO_MODEL ? API_MODEL_NOT_FOUND : API_VERSION_NOT_FOUND,
                       got == API_NO_MODEL ? "there is no model '%s'" : "model '%s' has no such version", name);
            return;
        }
    }
    json_object(&w);
    json_key(&w, "model_stats");
    json_array(&w);
    if (!call->host->stats(call->host, *name ? name : NULL, strtoul(version, NULL, 10), stats_one, &w))
        b.failed = true;
    json_end_array(&w);
    json_end_object(&w);
    api_reply_json(call, 200, &b);
}
