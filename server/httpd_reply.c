/* From a call's reply to libmicrohttpd's response: headers, content coding, and what the log needs. */
#include "httpd_private.h"

#include "assets.h"
#include "buffer.h"
#include "coding.h"
#include "float_text.h"
#include "mem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
    WORTH_DEFLATING = 1400,  /* bytes: about what one packet carries */
    LARGE_REPLY = 64 * 1024, /* bytes from which on a reply is counted for its client until it is read */
    SEND_BLOCK = 32 * 1024   /* bytes of it at a time */
};

static void header(struct MHD_Response *response, const char *name, const char *value)
{
    MHD_add_response_header(response, name, value);
}

static char *put_text(char *to, const char *text)
{
    const size_t n = strlen(text);
    memcpy(to, text, n + 1);
    return to + n;
}

static char *put_ms(char *to, const char *name, uint64_t ns)
{
    const uint64_t us = ns / 1000;
    to = put_text(to, name);
    to += bz_whole_text(us / 1000, to);
    const char tail[] = {'.', (char)('0' + us / 100 % 10), (char)('0' + us / 10 % 10), (char)('0' + us % 10), 0};
    return put_text(to, tail);
}

enum { TIMING_ROOM = 64 + 4 * BZ_WHOLE_ROOM };

/* How long things took: "queue;dur=0.120, batch;desc=7, compute;dur=1.204, codec;dur=0.031", in milliseconds. */
static void server_timing(const struct request *request, char out[TIMING_ROOM])
{
    const struct srv_times *t = &request->job.times;
    char *to = put_text(put_ms(out, "queue;dur=", t->queue_ns), ", batch;desc=");
    to += bz_whole_text(request->job.batch_rows, to);
    to = put_ms(to, ", compute;dur=", t->compute_ns);
    put_ms(to, ", codec;dur=", t->decode_ns + t->encode_ns);
}

static void cors_headers(const struct request *request, struct MHD_Response *response)
{
    header(response, "Access-Control-Allow-Origin", request->any_origin ? "*" : request->origin);
    if (!request->any_origin)
        header(response, "Access-Control-Allow-Credentials", "true");
    if (request->status == 204) {
        header(response, "Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS");
        header(response, "Access-Control-Allow-Headers",
               "Authorization, Content-Type, X-API-Key, X-Request-Id, X-Boltz-Shape, Last-Event-ID, traceparent, "
               "Inference-Header-Content-Length");
        header(response, "Access-Control-Max-Age", "600");
    } else {
        header(response, "Access-Control-Expose-Headers",
               "X-Boltz-Model, X-Boltz-Version, X-Boltz-Seed, X-Boltz-Shape, X-Boltz-Missing, X-Boltz-Left-Out, "
               "X-Boltz-Ignored, X-Boltz-Unlike, X-Boltz-Tiles, X-Boltz-Error, X-Request-Id, Server-Timing, Retry-After, "
               "Inference-Header-Content-Length");
    }
}

static bool is_head(const struct request *request)
{
    return strcmp(request->method_text, "HEAD") == 0;
}

/* A reply of unknown length ends with its connection for clients that know no chunks, and for HEAD: libmicrohttpd 0.9.75 would
 * send the last chunk after the head. */
static void without_length(struct request *request)
{
    if (!is_head(request) && !(request->version && strcmp(request->version, "HTTP/1.0") == 0))
        return;
    request->close = true;
    MHD_set_response_options(request->response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
}

/* Headers of every reply. */
static void common_headers(struct request *request, struct MHD_Response *response, const char *type, bool coded)
{
    char timing[TIMING_ROOM];
    if (type)
        header(response, "Content-Type", type);
    header(response, "X-Request-Id", request->request_id);
    server_timing(request, timing);
    header(response, "Server-Timing", timing);
    if (*request->origin)
        cors_headers(request, response);
    if (coded || (*request->origin && !request->any_origin))
        header(response, "Vary", !coded ? "Origin" : *request->origin ? "Accept-Encoding, Origin" : "Accept-Encoding");
    if (request->status == 401)
        header(response, "WWW-Authenticate", "Bearer realm=\"boltzd\"");
    if (request->close || atomic_load_explicit(&request->loop->httpd->draining, memory_order_relaxed)) {
        request->close = true;
        header(response, "Connection", "close");
    } else if (request->keeps) {
        char timeout[10 + BZ_WHOLE_ROOM];
        uint64_t seconds = request->loop->httpd->setup.options->idle_timeout_ms / 1000;
        bz_whole_text(seconds > 2 ? seconds - 1 : 1, put_text(timeout, "timeout="));
        header(response, "Keep-Alive", timeout);
        MHD_set_response_options(response, MHD_RF_SEND_KEEP_ALIVE_HEADER, MHD_RO_END);
    }
}

static void free_bytes(void *bytes)
{
    bz_free(bytes);
}

/* A large reply being sent: it outlives the request for a moment. */
struct large {
    struct request *request; /* borrowed, while the connection asks for more */
    struct api_pieces *pieces;
    struct srv_deflater *deflater; /* NULL: not compressed */
};

static ssize_t read_pieces(void *arg, char *out, size_t max)
{
    return api_pieces_read(arg, out, max);
}

/* Called by libmicrohttpd when the socket can take more. Memory already read is counted as released. */
static ssize_t read_large(void *arg, uint64_t position, char *out, size_t max)
{
    struct large *l = arg;
    struct request *request = l->request;
    (void)position;
    const ssize_t n =
        l->deflater ? srv_deflater_read(l->deflater, read_pieces, l->pieces, out, max) : api_pieces_read(l->pieces, out, max);
    const size_t freed = api_pieces_freed(l->pieces);
    const uint64_t *held = &request->held[SRV_FOR_REPLIES];
    if (n < 0)
        return httpd_break_off(request);
    httpd_moved(request->at, (size_t)n);
    request->sent_bytes += (uint64_t)n;
    if (freed)
        httpd_release(request, SRV_FOR_REPLIES, freed < *held ? freed : *held);
    return n ? n : MHD_CONTENT_READER_END_OF_STREAM;
}

static void free_large(void *arg)
{
    struct large *l = arg;
    api_pieces_free(l->pieces);
    srv_deflater_free(l->deflater);
    bz_free(l);
}

/* Takes the pieces over. */
static struct MHD_Response *large_response(struct request *request, struct api_pieces *pieces, struct srv_deflater *deflater)
{
    struct large *l = bz_alloc(1, sizeof(*l), NULL);
    struct MHD_Response *response = NULL;
    uint64_t size;
    if (l) {
        *l = (struct large){.request = request, .pieces = pieces, .deflater = deflater};
        const bool known = api_pieces_size(pieces, &size) && !deflater;
        response = MHD_create_response_from_callback(known ? size : MHD_SIZE_UNKNOWN, SEND_BLOCK, read_large, l, free_large);
    }
    if (!response) {
        api_pieces_free(pieces);
        srv_deflater_free(deflater);
        bz_free(l);
    }
    return response;
}

static struct MHD_Response *response_of(struct request *request, char *bytes, size_t size, bool owned)
{
    struct MHD_Response *response;
    if (owned && size >= LARGE_REPLY) {
        struct api_pieces *pieces = api_pieces_of(bytes, size);
        if (!pieces)
            bz_free(bytes);
        return pieces ? large_response(request, pieces, NULL) : NULL;
    }
    if (owned && size) {
        response = MHD_create_response_from_buffer_with_free_callback(size, bytes, free_bytes);
        if (!response)
            bz_free(bytes);
        return response;
    }
    if (owned)
        bz_free(bytes);
    return MHD_create_response_from_buffer(size, size ? bytes : (char *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
}

/* libmicrohttpd accepts no reply before the end of a chunked body. */
static void keep_farewell(struct request *request, const char *bytes, size_t size)
{
    char *text = bz_alloc(size + 1, 1, NULL); /* a 0 follows */
    if (!text)
        return;
    memcpy(text, bytes, size);
    bz_free(request->farewell);
    request->farewell = text;
}

static enum MHD_Result write_header(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    if (strcmp(name, "Connection") != 0 && strcmp(name, "Keep-Alive") != 0)
        api_buffer_printf(arg, "%s: %s\r\n", name, value);
    return MHD_YES;
}

/* The refusal with the headers of request->response; NULL where there is none, or no memory. The caller's. */
static char *refusal_text(const struct request *request)
{
    struct api_buffer text = {0};
    const unsigned status = (unsigned)request->status;
    size_t size;
    if (!request->farewell || !request->response)
        return NULL;
    api_buffer_printf(&text, "HTTP/1.1 %u %s\r\nConnection: close\r\n", status, MHD_get_reason_phrase_for(status));
    MHD_get_response_headers(request->response, write_header, &text);
    api_buffer_printf(&text, "Content-Length: %zu\r\n\r\n%s", strlen(request->farewell), request->farewell);
    api_buffer_add(&text, "", 1);
    return api_buffer_take(&text, &size);
}

void httpd_say_farewell(struct request *request)
{
    char *text = refusal_text(request);
    httpd_last_words(request, text);
    bz_free(text);
}

void httpd_keep_refusal(struct request *request)
{
    char *text = refusal_text(request);
    pthread_mutex_lock(&request->loop->lock);
    bz_free(request->at->refusal);
    request->at->refusal = text;
    pthread_mutex_unlock(&request->loop->lock);
}

static void refuse_for_memory(struct request *request, uint64_t bytes)
{
    const uint64_t most = request->loop->httpd->setup.options->max_reply_memory / 2;
    if (bytes > most) /* never possible */
        httpd_refuse(request, API_TOO_LARGE,
                     "the reply would take %" PRIu64 " bytes of memory, and one client may have %" PRIu64
                     " (half of max-reply-memory); ask for less at a time, or for a stream",
                     bytes, most);
    else
        httpd_refuse(request, API_OUT_OF_MEMORY,
                     "replies waiting for their readers fill the memory they may take (max-reply-memory); ask for less at a "
                     "time, or read faster");
}

/* A reply that is produced as it is read. */
static void answer_pieces(struct request *request, const struct api_reply *reply, struct api_pieces *pieces)
{
    struct srv_deflater *deflater = NULL;
    const uint64_t memory = api_pieces_memory(pieces);
    if (httpd_hold(request, SRV_FOR_REPLIES, memory) != SRV_HELD) {
        api_pieces_free(pieces);
        refuse_for_memory(request, memory);
        return;
    }
    if (reply->compressible && request->reply_coding)
        deflater = srv_deflater_new(srv_coding_of(request->reply_coding));
    request->status = reply->status;
    uint64_t size;
    const bool known = !deflater && api_pieces_size(pieces, &size);
    request->response = large_response(request, pieces, deflater);
    if (!request->response)
        return;
    if (!known)
        without_length(request);
    common_headers(request, request->response, reply->content_type, reply->compressible);
    if (deflater)
        header(request->response, "Content-Encoding", request->reply_coding);
    header(request->response, "X-Content-Type-Options", "nosniff");
}

static bool worth_deflating(const struct request *request, int status, size_t size)
{
    return request->reply_coding && (status == 200 || status == 304) && size > WORTH_DEFLATING;
}

/* Bytes, in `coding` if it is not NULL. */
static void answer(struct request *request, int status, const char *type, char *bytes, size_t size, bool owned,
                   const char *coding, bool compressible)
{
    const bool unchanged = status == 304; /* no bytes, but the headers of those that there would be */
    if (owned && size >= LARGE_REPLY && httpd_hold(request, SRV_FOR_REPLIES, size) != SRV_HELD) {
        bz_free(bytes);
        refuse_for_memory(request, size);
        return;
    }
    request->status = status;
    request->sent_bytes = is_head(request) || unchanged || (owned && size >= LARGE_REPLY) ? 0 : size;
    if ((request->chunked || request->length) && status >= 400 && size)
        keep_farewell(request, bytes, size);
    request->response = response_of(request, bytes, size, owned);
    if (!request->response)
        return;
    common_headers(request, request->response, type, compressible);
    if (coding && !unchanged)
        header(request->response, "Content-Encoding", coding);
    header(request->response, "X-Content-Type-Options", "nosniff");
}

void httpd_answer_bytes(struct request *request, int status, const char *type, char *bytes, size_t size, bool owned,
                        bool compressible)
{
    const char *coding = NULL;
    char *smaller = NULL;
    size_t smaller_size = 0;
    if (compressible && worth_deflating(request, status, size) &&
        srv_deflate(&smaller, &smaller_size, bytes, size, srv_coding_of(request->reply_coding))) {
        coding = request->reply_coding;
        if (owned)
            bz_free(bytes);
        bytes = smaller;
        size = smaller_size;
        owned = true;
    }
    answer(request, status, type, bytes, size, owned, coding, compressible);
}

void httpd_answer_asset(struct request *request, int status, const char *type, const char *bytes, size_t size)
{
    size_t smaller_size;
    const char *smaller = worth_deflating(request, status, size)
                              ? srv_asset_coded(bytes, srv_coding_of(request->reply_coding), &smaller_size)
                              : NULL;
    const char *body = smaller ? smaller : bytes;
    answer(request, status, type, (char *)(uintptr_t)body, smaller ? smaller_size : size, false,
           smaller ? request->reply_coding : NULL, true);
}

static void reply_headers(struct MHD_Response *response, const struct api_reply *reply)
{
    for (size_t i = 0; i < reply->n_headers; i++)
        header(response, reply->headers[i].name, reply->headers[i].value);
}

void httpd_refuse(struct request *request, enum api_error error, const char *fmt, ...)
{
    char detail[512];
    va_list args;
    struct api_reply reply = {0};
    va_start(args, fmt);
    vsnprintf(detail, sizeof(detail), fmt, args);
    va_end(args);
    api_refusal(&reply, error, request->path, request->request_id, "%s", detail);
    request->code = api_error_code(error);
    httpd_answer_bytes(request, reply.status, reply.content_type, reply.body, reply.size, true, false);
    if (!request->response)
        return;
    reply_headers(request->response, &reply);
    header(request->response, "Cache-Control", "no-store");
    if (reply.status == 503)
        header(request->response, "Retry-After", "1");
}

/* How an ended call is counted. */
static enum srv_outcome outcome_of(const struct request *request, int status)
{
    switch (request->ending) {
    case SRV_TIMED_OUT:
        return SRV_OUTCOME_TIMEOUT;
    case SRV_CLIENT_GONE:
        return SRV_OUTCOME_CANCELED;
    case SRV_CUT_OFF:
        return SRV_OUTCOME_REJECTED;
    case SRV_FINISHED:
        break;
    }
    return status < 400    ? SRV_OUTCOME_OK
           : status < 500  ? SRV_OUTCOME_INVALID
           : status == 503 ? SRV_OUTCOME_REJECTED
                           : SRV_OUTCOME_ERROR;
}

/* 503 that states the reason, whatever the load. */
static bool is_told(const char *code)
{
    return strcmp(code, "not_ready") == 0 || strcmp(code, "draining") == 0 || strcmp(code, "model_unavailable") == 0;
}

static void count_rejection(const struct request *request, int status)
{
    struct srv_metrics *m = request->loop->httpd->setup.metrics;
    if (request->ending == SRV_TIMED_OUT)
        srv_metrics_reject(m, SRV_REJECT_TIMEOUT);
    else if (request->ending == SRV_CUT_OFF)
        srv_metrics_reject(m, SRV_REJECT_DRAINING);
    else if (status == 413)
        srv_metrics_reject(m, SRV_REJECT_TOO_LARGE);
    else if (status == 429)
        srv_metrics_reject(m, SRV_REJECT_QUOTA);
    else if (status == 503 && !is_told(request->code))
        srv_metrics_reject(m, SRV_REJECT_OVERLOAD);
}

void httpd_let_go(struct request *request)
{
    struct api_call *call = request->job.call;
    int status = request->status;
    request->route = call->route;
    request->task = call->task;
    request->code = call->code ? call->code : "";
    request->rows = call->rows;
    if (call->model) {
        const size_t n = strnlen(call->model->name, sizeof(request->model) - 1);
        memcpy(request->model, call->model->name, n);
        request->model[n] = 0;
        request->model_version = call->model->version;
    }
    count_rejection(request, status);
    if (request->job.stats && *call->task) {
        struct srv_times *times = &request->job.times;
        times->total_ns = srv_now() - request->begun_ns;
        srv_stats_request(request->job.stats, call->task, outcome_of(request, status), call->rows, times);
        struct srv_task_stats *task = srv_stats_task(request->job.stats, call->task);
        if (task && call->steps)
            srv_add(&task->gibbs_steps, call->steps);
        if (task && status < 400 && strcmp(call->task, "sample") == 0)
            srv_add(&task->samples, call->rows);
    }
    request->job.call = NULL;
    api_free(call);
}

void httpd_answer_call(struct request *request)
{
    struct api_call *call = request->job.call;
    struct api_reply *reply = &call->reply;
    size_t size = reply->size;
    if (reply->pieces)
        answer_pieces(request, reply, api_take_pieces(call));
    else
        httpd_answer_bytes(request, reply->status, reply->content_type, api_take_body(call), size, true, reply->compressible);
    const bool refused = request->status != reply->status; /* for lack of memory */
    const char *code = request->code;
    if (request->response && !refused) {
        reply_headers(request->response, reply);
        header(request->response, "Cache-Control", "no-store");
    }
    httpd_let_go(request);
    if (refused)
        request->code = code;
}

void httpd_answer_stream(struct request *request)
{
    const struct api_reply *reply = &request->job.call->reply;
    request->status = reply->status;
    request->response = httpd_stream_response(request);
    if (!request->response)
        return;
    without_length(request);
    common_headers(request, request->response, reply->content_type, false);
    reply_headers(request->response, reply);
    header(request->response, "Cache-Control", "no-store");
    header(request->response, "X-Accel-Buffering", "no");
}
