/* A request through libmicrohttpd's calls: headers, body, work, answer. The order of calls matters; each stage says what may
 * come next. */
#include "httpd_private.h"

#include "coding.h"
#include "log.h"
#include "mem.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { MAX_SPARE = 256, FIRST_BODY = 1024 * 1024 };

/* ------------------------------------------------------------------ requests and their memory */

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

static void request_free(struct request *request)
{
    if (request->uri != request->uri_text)
        bz_free(request->uri);
    bz_free(request->body);
    bz_free(request);
}

/* On the loop's own thread: keeps it for the next request. */
static void request_spare(struct request *request)
{
    struct loop *loop = request->loop;
    if (loop->n_spare == MAX_SPARE || request->body_room > KEPT_BODY) {
        request_free(request);
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

static void set_phase(struct connection *c, enum phase phase)
{
    uint64_t now = srv_now();
    atomic_store_explicit(&c->since_ns, now, memory_order_relaxed);
    atomic_store_explicit(&c->body_bytes, 0, memory_order_relaxed);
    atomic_store(&c->phase, (int)phase);
}

static bool too_many_arguments(const char *uri)
{
    size_t n = 0;
    for (const char *c = strchr(uri, '?'); c; c = strchr(c + 1, '&'))
        n++;
    return n > MAX_ARGUMENTS;
}

/* Answers past libmicrohttpd, which is about to drop the request or to answer wrongly, and closes. */
static void end_in_own_words(struct request *request, enum api_error error, const char *detail)
{
    srv_metrics_reject(request->loop->httpd->setup.metrics, SRV_REJECT_MALFORMED);
    request->path = "";
    request->route = "(none)";
    request->chunked = request->close = true; /* so that the refusal is written as text, too */
    srv_request_id(request->request_id, NULL);
    httpd_refuse(request, error, "%s", detail);
    request->stage = DROPPED;
    if (request->farewell)
        (void)!send(request->at->fd, request->farewell, strlen(request->farewell), MSG_NOSIGNAL | MSG_DONTWAIT);
    shutdown(request->at->fd, SHUT_WR);
}

/* libmicrohttpd has read a request line: the only place where the target is as the client sent it. */
void *httpd_begin(void *arg, const char *uri, struct MHD_Connection *connection)
{
    struct loop *loop = arg;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct request *request = info && info->socket_context ? request_new(loop) : NULL;
    if (!request)
        return NULL;
    size_t length = strlen(uri);
    request->loop = loop;
    request->connection = connection;
    request->at = info->socket_context;
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

/* The last thing that happens to a request whose headers were seen; releases all it holds but its own memory. */
static void request_end(struct request *request)
{
    if (request->job.call) /* left before its work began */
        httpd_let_go(request);
    if (request->status == 0) {
        request->status = 499; /* the client left before there was an answer */
        request->code = "client_gone";
    }
    if (request->stage != AT_START)
        log_request(request);
    if (request->response)
        MHD_destroy_response(request->response);
    request->response = NULL;
    bz_free(request->farewell);
    request->farewell = NULL;
    httpd_stream_free(request->stream);
    request->stream = NULL;
    atomic_fetch_sub(&request->loop->httpd->n_requests, 1);
}

void httpd_completed(void *arg, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode why)
{
    struct request *request = *context;
    (void)arg;
    (void)connection;
    (void)why;
    if (!request)
        return;
    *context = NULL;
    struct connection *c = request->at;
    c->request = NULL;
    struct srv_httpd *h = request->loop->httpd;
    /* Time to be idle, then to send headers: set first, for whoever sees the phase goes by it. */
    atomic_store_explicit(&c->deadline_ns,
                          srv_now() + (h->setup.options->idle_timeout_ms + h->setup.options->header_timeout_ms) * 1000000,
                          memory_order_relaxed);
    set_phase(c, IN_HEADERS);
    if (request->stream && !httpd_stream_close(request))
        return;
    request_end(request);
    request_spare(request);
}

void httpd_abandon(struct connection *c)
{
    struct request *request = c->request;
    if (!request)
        return;
    c->request = NULL;
    request_end(request);
    request_free(request);
}

/* Which connection it is about is not said: it is one whose head was not complete. If there are several libmicrohttpd has the
 * last word. */
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
    return n == 1 && !found->at->place.tls ? found : NULL;
}

void httpd_library_refuses(struct loop *loop, int status)
{
    struct srv_metrics *m = loop->httpd->setup.metrics;
    bool again = false; /* it finds a second fault with a request that was answered already */
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
                                         : "the request's head is malformed, or its Content-Length no number");
        return;
    }
    if (again)
        return;
    srv_metrics_reject(m, SRV_REJECT_MALFORMED);
    srv_metrics_request(m, "(none)", "other", status, 0);
}

/* ------------------------------------------------------------------ the queue's hooks */

static struct request *request_of(struct srv_job *job)
{
    return (struct request *)(void *)job;
}

/* Undoes the body's content coding. false = the call is refused. */
static bool inflate_body(struct request *request)
{
    char *plain = NULL;
    size_t size = 0;
    struct bz_error err;
    if (srv_inflate(&plain, &size, request->body, request->body_size, (enum srv_coding)request->body_coding,
                    request->loop->httpd->setup.options->max_body, &err) < 0) {
        api_refuse(request->job.call,
                   err.code == BZ_TOO_LARGE   ? API_TOO_LARGE
                   : err.code == BZ_NO_MEMORY ? API_OUT_OF_MEMORY
                                              : API_BAD_REQUEST,
                   "%s", err.msg);
        return false;
    }
    bz_free(request->body);
    request->body = plain;
    request->body_room = request->body_size = size;
    return true;
}

static void hook_decode(struct srv_job *job)
{
    struct request *request = request_of(job);
    struct api_call *call = job->call;
    if (request->body_coding != SRV_PLAIN && request->body_size && !inflate_body(request))
        return;
    api_decode(call, request->body_size ? request->body : NULL, request->body_size);
    const uint64_t left_ns = job->deadline_ns - request->begun_ns;
    if (call->timeout_us && call->timeout_us < left_ns / 1000) {
        job->deadline_ns = request->begun_ns + call->timeout_us * 1000;
        job->own_deadline = true;
    }
    if (request->body_room > KEPT_BODY) { /* not needed any more, and large */
        bz_free(request->body);
        request->body = NULL;
        request->body_room = 0;
    }
    if (call->state == API_ENCODE)
        api_encode(call);
    if (call->state == API_RUN && call->stream) {
        if (httpd_stream_open(request) < 0) {
            call->stream = false;
            api_refuse(call, API_OUT_OF_MEMORY, "not enough memory for this request");
            return;
        }
        httpd_answer_stream(request);
    }
}

static void resume_with(struct request *request, enum stage stage)
{
    request->stage = stage;
    MHD_resume_connection(request->connection);
}

static void hook_begun(struct srv_job *job)
{
    resume_with(request_of(job), ANSWER);
}

static bool hook_gone(struct srv_job *job)
{
    struct request *request = request_of(job);
    return request->stream ? httpd_stream_gone(request) : httpd_peer_gone(request->at->fd);
}

static bool hook_flush(struct srv_job *job)
{
    return httpd_stream_flush(request_of(job));
}

/* A stream's job is over: the last bytes are on their way, or nobody wants them. */
static void end_stream(struct request *request)
{
    httpd_let_go(request);
    if (httpd_stream_end(request, request->ending == SRV_CLIENT_GONE))
        return;
    request_end(request);
    request_free(request);
}

static void hook_done(struct srv_job *job, enum srv_ending ending)
{
    struct request *request = request_of(job);
    request->ending = ending;
    request->batch_rows = job->batch_rows;
    if (request->stream && !job->call->stream) { /* prepared as a stream, refused before it ran */
        MHD_destroy_response(request->response);
        httpd_stream_free(request->stream);
        request->response = NULL;
        request->stream = NULL;
    }
    if (request->stream) {
        end_stream(request);
    } else if (ending == SRV_CLIENT_GONE) {
        request->status = 499;
        httpd_let_go(request);
        request->code = "client_gone";
        resume_with(request, HANG_UP);
    } else {
        httpd_answer_call(request);
        resume_with(request, request->response ? ANSWER : HANG_UP);
    }
}

const struct srv_job_hooks srv_httpd_hooks = {hook_decode, hook_begun, hook_gone, hook_flush, hook_done};

/* ------------------------------------------------------------------ libmicrohttpd's calls */

static enum MHD_Result send_answer(struct request *request)
{
    if (!request->response)
        return MHD_NO;
    request->stage = SENT;
    enum MHD_Result result = MHD_queue_response(request->connection, (unsigned)request->status, request->response);
    MHD_destroy_response(request->response);
    request->response = NULL;
    return result;
}

/* The whole request is there: answers it, or hands it to the queue. */
static enum MHD_Result work(struct request *request)
{
    struct srv_httpd *h = request->loop->httpd;
    struct srv_job *job = &request->job;
    struct api_call *call = job->call;
    set_phase(request->at, IN_WORK);
    if (call->model) {
        struct srv_version *version = srv_version_of(call->model);
        job->lane = &version->lane;
        job->stats = &version->stats;
    }
    job->deadline_ns = srv_now() + h->setup.options->request_timeout_ms * 1000000;
    if (call->may_block || request->body_size > DECODE_HERE || (request->body_coding != SRV_PLAIN && request->body_size)) {
        MHD_suspend_connection(request->connection); /* before anyone could resume it */
        request->stage = QUEUED;
        srv_queue_decode(h->setup.queue, job);
        return MHD_YES;
    }
    uint64_t start = srv_now();
    hook_decode(job);
    job->times.decode_ns = srv_now() - start;
    if (call->state != API_RUN || srv_seat_run(request->loop->seat, job)) {
        httpd_answer_call(request);
        return send_answer(request);
    }
    if (call->stream) {
        if (srv_queue_submit(h->setup.queue, job))
            return send_answer(request);
        MHD_destroy_response(request->response);
        httpd_stream_free(request->stream);
        request->response = NULL;
        request->stream = NULL;
        httpd_answer_call(request);
        return send_answer(request);
    }
    MHD_suspend_connection(request->connection);
    request->stage = QUEUED;
    if (!srv_queue_submit(h->setup.queue, job)) {
        httpd_answer_call(request);
        resume_with(request, request->response ? ANSWER : HANG_UP);
    }
    return MHD_YES;
}

/* Makes room for `more` bytes: all that was announced up to a mebibyte, then doubling. */
static bool make_room(struct request *request, size_t more)
{
    size_t needed = request->body_size + more;
    if (needed <= request->body_room)
        return true;
    size_t room = 2 * request->body_room;
    if (request->has_length && room < request->length)
        room = request->length < FIRST_BODY ? request->length : room < FIRST_BODY ? FIRST_BODY : room;
    if (room < needed)
        room = needed;
    char *larger = bz_alloc(room, 1, NULL);
    if (!larger)
        return false;
    if (request->body_size)
        memcpy(larger, request->body, request->body_size);
    bz_free(request->body);
    request->body = larger;
    request->body_room = room;
    return true;
}

/* The answer is known although more of the body will come. */
static void answer_early(struct request *request)
{
    httpd_answer_call(request);
    request->stage = SWALLOW;
}

/* More of a refused body comes. Past a bound the reply is written past libmicrohttpd, and for a while more is read, so that
 * closing does not destroy it on its way. */
static enum MHD_Result swallow(struct request *request)
{
    uint64_t bound = request->loop->httpd->setup.options->max_body + CLOSE_LINGER;
    if (request->received <= bound)
        return MHD_YES;
    if (request->farewell && !request->overrun) {
        send(request->at->fd, request->farewell, strlen(request->farewell), MSG_NOSIGNAL | MSG_DONTWAIT);
        shutdown(request->at->fd, SHUT_WR);
    }
    request->overrun = true;
    return request->farewell && request->received <= bound + CLOSE_LINGER ? MHD_YES : MHD_NO;
}

static enum MHD_Result take_body(struct request *request, const char *data, size_t size)
{
    size_t limit = request->loop->httpd->setup.options->max_body;
    struct api_call *call = request->job.call;
    request->received += size;
    atomic_store_explicit(&request->at->body_bytes, request->received, memory_order_relaxed);
    if (request->stage == SWALLOW)
        return swallow(request);
    if (request->body_size + size > limit) {
        api_refuse(call, API_TOO_LARGE, "the body has more than %zu bytes, which is the limit", limit);
        answer_early(request);
    } else if (!make_room(request, size)) {
        api_refuse(call, API_OUT_OF_MEMORY, "not enough memory for the request's body");
        answer_early(request);
    } else {
        memcpy(request->body + request->body_size, data, size);
        request->body_size += size;
    }
    return MHD_YES;
}

/* Headers are complete. */
static enum MHD_Result start(struct request *request, const char *method)
{
    request->method = method;
    strncpy(request->method_text, method, sizeof(request->method_text) - 1);
    request->stage = httpd_check(request) ? TAKE_BODY : SWALLOW;
    set_phase(request->at, IN_BODY);
    if (request->stage == TAKE_BODY)
        return MHD_YES;
    /* A refusal is sent once the body has been read, so that closing does not destroy it on its way; but not where the
     * framing is in doubt, the body is huge, or the client asks before it sends. */
    uint64_t limit = request->loop->httpd->setup.options->max_body;
    const char *expect = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT);
    bool body = request->chunked || request->length > 0;
    if (body && (request->close || expect || request->length > limit + CLOSE_LINGER))
        return send_answer(request);
    return MHD_YES;
}

static enum MHD_Result go_on(struct request *request, const char *method, const char *data, size_t *size)
{
    if (request->stage == AT_START)
        return start(request, method);
    if (request->stage == DROPPED)
        return MHD_NO;
    if (*size) {
        size_t n = *size;
        *size = 0;
        return take_body(request, data, n);
    }
    switch (request->stage) {
    case TAKE_BODY:
        return work(request);
    case SWALLOW:
        set_phase(request->at, IN_WORK);
        return send_answer(request);
    case ANSWER:
        return send_answer(request);
    case QUEUED:
    case SENT:
    case AT_START:
        return MHD_YES;
    case HANG_UP:
    case DROPPED:
        break;
    }
    return MHD_NO;
}

enum MHD_Result httpd_handle(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *data, size_t *size, void **context)
{
    struct request *request = *context;
    struct loop *loop = arg;
    (void)connection;
    (void)url;
    if (!request)
        return MHD_NO;
    request->version = version;
    atomic_store_explicit(&loop->since_ns, srv_now(), memory_order_relaxed);
    enum MHD_Result result = go_on(request, method, data, size);
    atomic_store_explicit(&loop->since_ns, 0, memory_order_relaxed);
    return result;
}
