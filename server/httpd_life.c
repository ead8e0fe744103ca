/* A request from its first line to its end: memory, counting, the log, and requests that libmicrohttpd drops on the way. */
#include "httpd_private.h"

#include "buffer.h"
#include "log.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_SPARE = 256 };

static struct request *request_new(struct loop *loop)
{
    struct request *request = loop->spare;
    if (!request)
        return bz_alloc(1, sizeof(*request), NULL);
    loop->spare = request->next;
    loop->n_spare--;
    char *body = request->body;
    size_t room = request->body_room;
    *request = (struct request){.body = body, .body_room = room};
    return request;
}

void httpd_request_free(struct request *request)
{
    if (request->uri != request->uri_text)
        bz_free(request->uri);
    bz_free(request->body);
    bz_free(request);
}

/* On the loop's own thread: keeps the object for the next request. */
static void request_spare(struct request *request)
{
    struct loop *loop = request->loop;
    if (loop->n_spare == MAX_SPARE) {
        httpd_request_free(request);
        return;
    }
    if (request->uri != request->uri_text)
        bz_free(request->uri);
    request->uri = NULL;
    request->next = loop->spare;
    loop->spare = request;
    loop->n_spare++;
}

void httpd_free_spare(struct loop *loop)
{
    while (loop->spare) {
        struct request *request = loop->spare;
        loop->spare = request->next;
        bz_free(request->body);
        bz_free(request);
    }
}

void httpd_set_phase(struct connection *c, enum phase phase)
{
    uint64_t now = srv_now_about();
    atomic_store_explicit(&c->since_ns, now, memory_order_relaxed);
    atomic_store_explicit(&c->moved_ns, now, memory_order_relaxed);
    atomic_store_explicit(&c->body_bytes, 0, memory_order_relaxed);
    atomic_store(&c->phase, (int)phase);
}

void httpd_moved(struct connection *c, size_t bytes)
{
    srv_add(&c->body_bytes, bytes);
    atomic_store_explicit(&c->moved_ns, srv_now(), memory_order_relaxed);
}

static bool too_many_arguments(const char *uri)
{
    size_t n = 0;
    for (const char *c = strchr(uri, '?'); c; c = strchr(c + 1, '&'))
        n++;
    return n > MAX_ARGUMENTS;
}

/* --- from the first line to the end --- */

/* libmicrohttpd has read a request line: the only place where the target is as the client sent it. */
void *httpd_begin(void *arg, const char *uri, struct MHD_Connection *connection)
{
    struct loop *loop = arg;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct request *request = info && info->socket_context ? request_new(loop) : NULL;
    if (!request)
        return NULL;
    size_t length = strlen(uri);
    request->uri_end = uri + length;
    request->loop = loop;
    request->connection = connection;
    request->at = info->socket_context;
    request->at->asked = true;
    request->begun_ns = srv_now();
    httpd_abandon(request->at);
    request->at->request = request;
    if (length < URI_ROOM)
        request->uri = request->uri_text;
    else if (length < MAX_URI)
        request->uri = bz_alloc(length + 1, 1, NULL);
    if (request->uri)
        memcpy(request->uri, uri, length + 1);
    atomic_fetch_add(&loop->n_requests, 1);
    if (too_many_arguments(uri)) {
        httpd_end_in_own_words(request, API_URI_TOO_LONG, "the query has more than 256 arguments");
        return request;
    }
    /* The rest of the headers has its own time, but no more than the connection had. */
    uint64_t deadline = request->begun_ns + loop->httpd->setup.options->header_timeout_ms * 1000000;
    if (deadline < srv_get(&request->at->deadline_ns))
        atomic_store_explicit(&request->at->deadline_ns, deadline, memory_order_relaxed);
    return request;
}

/* Health checks and scrapes, which arrive all the time. */
static bool is_probe(const struct request *request, const char *route)
{
    size_t n = strlen(route);
    return strncmp(route, "/v2/health/", 11) == 0 || strcmp(route, "/metrics") == 0 ||
           (n > 6 && strcmp(route + n - 6, "/ready") == 0) || strcmp(request->method_text, "OPTIONS") == 0;
}

static void log_request(const struct request *request)
{
    struct srv_metrics *m = request->loop->httpd->setup.metrics;
    uint64_t took = srv_now() - request->begun_ns;
    const char *route = request->route ? request->route : "(none)";
    srv_add(&m->received_bytes, request->received);
    srv_add(&m->sent_bytes, request->sent_bytes);
    srv_metrics_request(m, route, request->method_text, request->status, took);
    struct srv_access access = {
        .request_id = request->request_id,
        .client = request->client_address,
        .probe = is_probe(request, route),
        .trace_id = request->trace_id,
        .key = request->key_name,
        .method = request->method_text,
        .route = route,
        .model = request->model,
        .version = request->model_version,
        .status = request->status,
        .code = request->code ? request->code : "",
        .rows = request->rows,
        .bytes_in = request->received,
        .bytes_out = request->sent_bytes,
        .queue_ns = request->job.times.queue_ns,
        .compute_ns = request->job.times.compute_ns,
        .total_ns = took,
    };
    srv_log_access(&access);
}

/* The end of a request whose headers were seen; releases everything it holds except its own memory. */
void httpd_request_end(struct request *request)
{
    if (request->job.call) /* left before its work began */
        httpd_let_go(request);
    if (request->cut_off && request->status == 0) { /* else it was refused before */
        const enum api_error why = (enum api_error)atomic_load(&request->at->cut_for);
        request->status = api_error_status(why);
        request->code = api_error_code(why);
    }
    if (request->status == 0) {
        request->status = 499; /* the client left before there was an answer */
        request->code = "client_gone";
    }
    if (request->stage != AT_START)
        log_request(request);
    if (request->response)
        MHD_destroy_response(request->response);
    request->response = NULL;
    httpd_drop_body(request);
    httpd_leave(request);
    bz_drop(&request->farewell);
    httpd_stream_free(request->stream);
    request->stream = NULL;
    atomic_fetch_sub(&request->loop->n_requests, 1);
}

void httpd_completed(void *arg, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode why)
{
    struct request *request = *context;
    (void)arg;
    (void)connection;
    if (!request)
        return;
    *context = NULL;
    struct connection *c = request->at;
    request->cut_off = atomic_load(&c->phase) == CUT_OFF;
    c->request = NULL;
    httpd_was_refused(request, why);
    c->refusals = c->loop->refusals;
    c->last = why != MHD_REQUEST_TERMINATED_COMPLETED_OK || request->close || !request->keeps;
    httpd_leave_turn(request);
    struct srv_httpd *h = request->loop->httpd;
    /* Times for being idle and for sending headers. Set first: readers of phase rely on it. */
    atomic_store_explicit(&c->deadline_ns,
                          srv_now_about() + (h->setup.options->idle_timeout_ms + h->setup.options->header_timeout_ms) * 1000000,
                          memory_order_relaxed);
    httpd_set_phase(c, IN_HEADERS);
    if (request->stream && !httpd_stream_close(request))
        return;
    httpd_request_end(request);
    request_spare(request);
}

void httpd_abandon(struct connection *c)
{
    struct request *request = c->request;
    if (!request)
        return;
    request->cut_off = atomic_load(&c->phase) == CUT_OFF;
    c->request = NULL;
    c->last = true;
    httpd_leave_turn(request);
    httpd_request_end(request);
    httpd_request_free(request);
}
