/* A request from its first line to its end: memory, counting, the log, and requests that libmicrohttpd drops on the way. */
#include "httpd_private.h"

#include "buffer.h"
#include "log.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

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

/* Answers by bypassing libmicrohttpd, which is about to drop the request or answer wrongly, and closes. */
static void end_in_own_words(struct request *request, enum api_error error, const char *detail)
{
    srv_metrics_reject(request->loop->httpd->setup.metrics, SRV_REJECT_MALFORMED);
    request->path = "";
    request->route = "(none)";
    request->chunked = request->close = true; /* so that the refusal is written as text, too */
    srv_request_id(request->request_id, NULL);
    httpd_refuse(request, error, "%s", detail);
    request->stage = DROPPED;
    httpd_say_farewell(request);
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
    atomic_fetch_add(&loop->httpd->n_requests, 1);
    if (too_many_arguments(uri)) {
        end_in_own_words(request, API_URI_TOO_LONG, "the query has more than 256 arguments");
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
    else
        request->loop->refused_ns = 0; /* this was the one that libmicrohttpd refused last, if any */
    if (request->response)
        MHD_destroy_response(request->response);
    request->response = NULL;
    httpd_drop_body(request);
    httpd_leave(request);
    bz_drop(&request->farewell);
    httpd_stream_free(request->stream);
    request->stream = NULL;
    atomic_fetch_sub(&request->loop->httpd->n_requests, 1);
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

void httpd_count_unread(const struct connection *c)
{
    struct srv_httpd *h = c->loop->httpd;
    const uint64_t idle_ns = h->setup.options->idle_timeout_ms * 1000000;
    const uint64_t now = srv_now();
    const bool idle = srv_elapsed(srv_get(&c->since_ns), now) + 1000000000u > idle_ns;
    const bool told = c->loop->refused_ns && now - c->loop->refused_ns < 100000000u; /* with the library's own text */
    if (atomic_load(&c->phase) != IN_HEADERS || c->last || c->closing || idle || atomic_load(&h->stopping) ||
        (c->asked && c->place.tls))
        return;
    c->loop->refused_ns = 0; /* that one was for this connection; the next has its own */
    if (told || httpd_peer(c->fd) != HTTPD_PEER_THERE)
        return;
    srv_metrics_reject(h->setup.metrics, SRV_REJECT_MALFORMED);
    srv_metrics_request(h->setup.metrics, "(none)", "other", 400, 0);
    srv_log(SRV_LOG_DEBUG, "http: %s did not send HTTP%s; closed without an answer", *c->peer ? c->peer : "a unix socket",
            c->place.tls ? " over TLS" : " (is it TLS?)");
}

/* The callback does not say which connection this is about: one whose head was not complete. If there are several,
 * libmicrohttpd's own answer stands. */
static struct request *refused_request(struct loop *loop, bool *again)
{
    struct request *found = NULL;
    size_t n = 0;
    *again = false;
    pthread_mutex_lock(&loop->lock);
    for (struct connection *c = loop->first; c; c = c->next) {
        enum stage stage = c->request ? c->request->stage : SENT;
        if (stage == AT_START) {
            found = c->request;
            n++;
        }
        *again = *again || stage == DROPPED;
    }
    pthread_mutex_unlock(&loop->lock);
    return n == 1 ? found : NULL;
}

/* The size of a chunk does not fit the library's buffer, for which it blames itself. If several bodies come in chunks, its own
 * answer stands. */
static bool refuse_chunk(struct loop *loop)
{
    struct request *found = NULL;
    size_t n = 0;
    pthread_mutex_lock(&loop->lock);
    for (struct connection *c = loop->first; c; c = c->next)
        if (c->request && c->request->chunked && (c->request->stage == TAKE_BODY || c->request->stage == SWALLOW)) {
            found = c->request;
            n++;
        }
    pthread_mutex_unlock(&loop->lock);
    if (n != 1 || !httpd_leave_body(found->at, IN_REPLY))
        return false;
    end_in_own_words(found, API_BAD_REQUEST, "the line before a chunk is too long");
    return true;
}

void httpd_library_refuses(struct loop *loop, int status)
{
    struct srv_metrics *m = loop->httpd->setup.metrics;
    if (status == 500 && refuse_chunk(loop))
        return;
    bool again = false; /* a second fault of a request that has already been answered */
    struct request *request = httpd_library_is_old() ? refused_request(loop, &again) : NULL;
    if (request) {
        end_in_own_words(request,
                         status == 413   ? API_TOO_LARGE
                         : status == 414 ? API_URI_TOO_LONG
                         : status == 431 ? API_HEAD_TOO_LARGE
                                         : API_BAD_REQUEST,
                         status == 413   ? "Content-Length is larger than any body"
                         : status == 414 ? "the request's target is too long"
                         : status == 431 ? "the request's head is too large"
                                         : "the request's head is malformed, or its Content-Length is not a number");
        return;
    }
    if (again)
        return;
    loop->refused_ns = srv_now();
    srv_metrics_reject(m, SRV_REJECT_MALFORMED);
    srv_metrics_request(m, "(none)", "other", status, 0);
}
