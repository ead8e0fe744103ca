/* The life of a call: open, decode, (run in worker.c), encode, free. */
#include "job.h"
#include "json_write.h"
#include "levels.h"
#include "named_rows.h"
#include "query.h"
#include "reply.h"
#include "sample.h"
#include "v2.h"
#include "worker.h"

#include "mem.h"
#include "stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Call and job in one allocation. */
struct whole {
    struct api_call call;
    struct api_job job;
};

static const char *header(const struct api_request *req, const char *name)
{
    return req->header ? req->header(req->header_arg, name) : NULL;
}

/* 404, 405, or the route's row. */
static int find_route(struct api_call *call, const struct api_request *req)
{
    char allow[64];
    const char *pattern;
    call->row = api_route_find(req->method, req->path, &call->job->at, &pattern, allow);
    if (call->row) {
        call->route = pattern;
        call->scope = call->row->scope;
        return 0;
    }
    if (!*allow) {
        api_refuse(call, API_NOT_FOUND, "no such path; /openapi.json lists all paths");
        return -1;
    }
    api_add_header(&call->reply, "Allow", "%s", allow);
    if (strcmp(req->method, "OPTIONS") == 0) {
        call->reply.status = 204;
        call->state = API_REPLY;
        return -1;
    }
    api_refuse(call, API_BAD_METHOD, "method %.16s is not allowed here, expected one of: %s", req->method, allow);
    return -1;
}

/* A reference to the model that the path names; 404 or 503. */
static int find_model(struct api_call *call)
{
    const char *name = call->job->at.model, *version = call->job->at.version;
    if (api_acquire(call, name, *version ? version : NULL) < 0)
        return -1;
    if (!atomic_load_explicit(&call->model->ready, memory_order_acquire) ||
        (strcmp(call->row->task, "sample") == 0 && api_first_sample_is_slow(call->model)))
        call->may_block = true;
    return 0;
}

/* 413, 415, 406, in this order. */
static int check_headers(struct api_call *call, const struct api_request *req)
{
    struct api_job *job = call->job;
    const struct api_route *row = call->row;
    struct api_fault fault;
    if (req->has_length && req->length > call->host->max_body) {
        api_refuse(call, API_TOO_LARGE, "the body has %llu bytes, the limit is %zu", (unsigned long long)req->length,
                   call->host->max_body);
        return -1;
    }
    const char *coding = header(req, "Content-Encoding");
    if (coding && *coding && strcasecmp(coding, "identity") != 0) {
        api_refuse(call, API_BAD_MEDIA_TYPE, "Content-Encoding '%.32s': expected gzip, deflate or none", coding);
        api_add_header(&call->reply, "Accept-Encoding", "gzip, deflate");
        return -1;
    }
    if (row->flags & API_ANY_TYPE)
        return 0;
    unsigned offered = row->op ? row->op->formats : row->formats ? row->formats : 1u << API_JSON;
    if (row->op) {
        int in = api_body_format(header(req, "Content-Type"), &job->manner, &fault);
        if (in < 0) {
            api_refuse_fault(call, &fault);
            api_add_header(&call->reply, "Accept",
                           "application/json, application/x-npy, application/octet-stream, image/png, text/csv");
            return -1;
        }
        job->in = (enum api_format)in;
        call->slow_body = in == API_CSV;
    }
    char wanted[64];
    int given = api_query_find(job->query, "format", wanted, sizeof(wanted));
    if (given < 0) {
        api_refuse(call, API_OUT_OF_MEMORY, "not enough memory for this request");
        return -1;
    }
    int out = api_reply_format(given ? wanted : NULL, header(req, "Accept"), offered, &fault);
    if (out < 0) {
        api_refuse_fault(call, &fault);
        return -1;
    }
    job->out = (enum api_format)out;
    return 0;
}

/* Inference-Header-Content-Length: -1 if absent, -2 if not a number. */
static long long header_size(const struct api_request *req)
{
    const char *text = header(req, "Inference-Header-Content-Length");
    if (!text)
        return -1;
    size_t n = strlen(text);
    return n == 0 || n > 12 || strspn(text, "0123456789") != n ? -2 : strtoll(text, NULL, 10);
}

struct api_call *api_open(struct api_host *host, const struct api_request *req)
{
    struct whole *whole = bz_alloc(1, sizeof(*whole), NULL);
    if (!whole)
        return NULL;
    struct api_call *call = &whole->call;
    call->let_go = api_free;
    struct api_job *job = &whole->job;
    call->job = job;
    call->host = host;
    call->route = "(none)";
    call->task = "";
    call->scope = API_INFER;
    call->v1 = strncmp(req->path, "/v1", 3) == 0;
    if (req->request_id) /* the rest is 0 */
        memcpy(call->request_id, req->request_id, strnlen(req->request_id, sizeof(call->request_id) - 1));
    job->routes = api_routes();
    job->header_size = -1;

    if (find_route(call, req) < 0)
        return call;
    if (call->row->flags & API_IS_HOST) {
        call->state = API_HOST;
        return call;
    }
    const char *version = job->at.version;
    if (!call->v1 && *version && strspn(version, "0123456789") != strlen(version)) {
        api_refuse(call, API_NOT_FOUND, "version '%.64s': expected digits (aliases stand under /v1)", version);
        return call;
    }
    if (call->row->flags & API_LOADED && find_model(call) < 0)
        return call;
    if (req->query && *req->query && !(job->query = bz_strdup(req->query, NULL))) {
        api_refuse(call, API_OUT_OF_MEMORY, "not enough memory for this request");
        return call;
    }
    if (check_headers(call, req) < 0)
        return call;
    call->task = call->row->task;
    job->post = strcmp(req->method, "POST") == 0;
    const char *last = header(req, "Last-Event-ID");
    if (last && strlen(last) < sizeof(job->last_event))
        strcpy(job->last_event, last);
    const char *shape = header(req, "X-Boltz-Shape");
    if (shape && snprintf(job->shape, sizeof(job->shape), "%s", shape) >= (int)sizeof(job->shape)) {
        api_refuse(call, API_BAD_SHAPE, "X-Boltz-Shape: found %zu characters, expected a shape such as 3,784", strlen(shape));
        return call;
    }
    job->header_size = call->v1 ? -1 : header_size(req);
    if (call->row->flags & API_BLOCKS)
        call->may_block = true;
    call->of_all = call->row->flags & API_OF_ALL;
    call->state = API_BODY;
    return call;
}

/* Computes the call's cost; above the host's limit it is refused. */
static void weigh(struct api_call *call)
{
    struct api_fault fault;
    call->cost = api_call_cost(call);
    call->memory = api_call_memory(call);
    if (api_cost_fits(call, call->cost, &fault) < 0) {
        call->stream = false; /* nothing has been sent yet */
        call->reply.status = 0;
        api_refuse_fault(call, &fault);
        return;
    }
    call->quick = !call->stream && api_is_quick(call);
}

void api_decode(struct api_call *call, char *body, size_t size)
{
    char nothing[1] = "";
    struct bz_error err;
    if (size > call->host->max_body) {
        api_refuse(call, API_TOO_LARGE, "the body has more than %zu bytes, which is the limit", call->host->max_body);
        return;
    }
    if (call->model && !atomic_load_explicit(&call->model->ready, memory_order_acquire)) {
        bz_stop_hold(true); /* others wait for the model, too */
        const int rc = call->host->make_ready(call->host, call->model, &err);
        bz_stop_hold(false);
        if (rc < 0) {
            api_refuse(call, API_MODEL_UNAVAILABLE, "model '%s' version %lu cannot be loaded: %s", call->model->name,
                       call->model->version, err.msg);
            return;
        }
    }
    bz_stop_allocations();
    call->row->decode(call, body ? body : nothing, body ? size : 0);
    if (call->state == API_RUN && call->rows == 0)
        call->rows = 1;
    if (call->state == API_RUN)
        weigh(call);
    if (bz_stopping()) {
        call->stopped = true;
        call->stream = false; /* nothing has been sent yet */
        call->reply.status = 0;
    }
    bz_stop_hold(false);
}

static void free_rows(struct api_rows *rows, size_t n)
{
    for (size_t l = 0; rows && l < n; l++) {
        bz_free(rows[l].x);
        bz_free(rows[l].known);
    }
    bz_free(rows);
}

static void free_task(struct api_task *task, size_t n_layers)
{
    bz_free_all(task->score, task->method, task->classes, task->best, task->surprise, task->n_surprises);
    api_search_free(task->search);
    bz_free(task->counts);
    for (size_t l = 0; task->x && l < n_layers; l++)
        bz_free(task->x[l]);
    bz_free(task->x);
    bz_chains_free(task->chains);
    bz_chains_free(task->shown);
    api_levels_free(task->levels);
    api_buffer_free(&task->shown_levels);
}

void api_encode(struct api_call *call)
{
    if (call->state != API_ENCODE)
        return;
    call->row->encode(call);
    call->stopped = bz_stopped();
}

/* What decoding and running made; the rest is api_open's. */
static void free_content(struct api_job *job)
{
    api_params_free(&job->par);
    free_rows(job->rows, job->n_layers);
    free_rows(job->start, job->n_layers);
    bz_free(job->counts);
    bz_free(job->returned);
    for (size_t t = 0; t < job->n_tasks; t++)
        free_task(&job->tasks[t], job->n_layers);
    bz_free(job->tasks);
    api_buffer_free(&job->text);
    bz_free(job->spare);
    api_table_free(job->table);
    api_buffer_free(&job->unused);
    v2_request_free(job->v2);
}

void api_undecode(struct api_call *call)
{
    struct api_job *job = call->job;
    struct api_job opened = {
        .routes = job->routes,
        .at = job->at,
        .in = job->in,
        .out = job->out,
        .manner = job->manner,
        .post = job->post,
        .query = job->query,
        .header_size = job->header_size,
    };
    memcpy(opened.shape, job->shape, sizeof(opened.shape));
    memcpy(opened.last_event, job->last_event, sizeof(opened.last_event));
    api_pieces_free(api_take_pieces(call));
    free_content(job);
    *job = opened;
    bz_free(call->reply.body);
    call->reply = (struct api_reply){0};
    call->state = API_BODY;
    call->rows = call->memory = 0;
    call->steps = call->timeout_us = 0;
    call->cost = 0;
    call->stopped = call->quick = call->stream = false;
    call->code = NULL;
}

void api_free(struct api_call *call)
{
    if (!call)
        return;
    api_pieces_free(api_take_pieces(call)); /* which nobody took */
    if (call->lent) {
        call->lent--;
        return;
    }
    struct api_job *job = call->job;
    bz_free(job->query);
    free_content(job);
    bz_free(call->reply.body);
    if (call->model)
        call->host->release(call->host, call->model);
    bz_free(call);
}

char *api_take_body(struct api_call *call)
{
    return bz_take(&call->reply.body);
}

char *api_take(struct api_call *call, size_t *size)
{
    return api_buffer_take(&call->job->text, size);
}
