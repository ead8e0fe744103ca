/* A request through libmicrohttpd's calls: headers, body, work, answer. The order of calls matters; each stage says what may
 * come next. */
#include "httpd_private.h"

#include "coding.h"
#include "guard.h"
#include "mem.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { FIRST_BODY = 1024 * 1024 };

static enum MHD_Result send_answer(struct request *request)
{
    if (!request->response)
        return MHD_NO;
    request->stage = SENT;
    atomic_store_explicit(&request->at->unpaced, request->stream != NULL, memory_order_relaxed);
    httpd_set_phase(request->at, IN_REPLY);
    enum MHD_Result result = MHD_queue_response(request->connection, (unsigned)request->status, request->response);
    MHD_destroy_response(request->response);
    request->response = NULL;
    return result;
}

/* Makes room for `more` bytes, and one after them, which api_decode writes: the announced size up to a mebibyte, then
 * doubling, but no more than there can be. false = the call was refused. */
static bool make_room(struct request *request, size_t more)
{
    const size_t needed = request->body_size + more, limit = request->loop->httpd->setup.options->max_body;
    if (needed <= request->body_room)
        return true;
    const size_t most = request->has_length ? request->length : needed <= KEPT_BODY ? KEPT_BODY : limit;
    size_t room = 2 * request->body_room;
    if (request->has_length && room < FIRST_BODY)
        room = FIRST_BODY;
    if (room > most)
        room = most;
    if (room < needed)
        room = needed;
    if (!request->has_length && !httpd_hold_body(request, room))
        return false;
    char *larger = bz_alloc(room + 1, 1, NULL);
    if (!larger) {
        api_refuse(request->job.call, API_OUT_OF_MEMORY, "not enough memory for the request's body");
        return false;
    }
    if (request->body_size)
        memcpy(larger, request->body, request->body_size);
    bz_free(request->body);
    request->body = larger;
    request->body_room = room;
    return true;
}

/* Decodes a short body on the event loop. false: that would take so much memory that writing it would hold the loop up, so a
 * worker has to decode it. */
static bool decode_here(struct request *request)
{
    struct srv_job *job = &request->job;
    const size_t size = request->body_size;
    const uint64_t start = srv_now();
    char *const copy = request->loop->short_body; /* decoding spoils the body */
    memcpy(copy, size ? request->body : "", size);
    bz_alloc_within(MEMORY_HERE);
    httpd_decode(job);
    job->times.decode_ns = srv_now() - start;
    if (!bz_alloc_exceeded() || job->call->state != API_REPLY || !make_room(request, size))
        return true;
    memcpy(request->body ? request->body : copy, copy, size);
    request->body_size = size;
    api_undecode(job->call);
    return false;
}

/* Hands the decoding to another thread. */
static enum MHD_Result decode_elsewhere(struct request *request)
{
    MHD_suspend_connection(request->connection); /* suspended before anyone could resume it */
    request->stage = QUEUED;
    if (*request->job.call->task) /* pages wait behind nobody's work */
        httpd_share(request);
    srv_queue_decode(request->loop->httpd->setup.queue, &request->job);
    return MHD_YES;
}

/* The request is complete: answers it, or hands it to the queue. */
static enum MHD_Result work(struct request *request)
{
    struct srv_httpd *h = request->loop->httpd;
    struct srv_job *job = &request->job;
    struct api_call *call = job->call;
    if (!httpd_leave_body(request->at, IN_WORK))
        return MHD_NO;
    if (call->model) {
        struct srv_version *version = srv_version_of(call->model);
        job->lane = &version->lane;
        job->stats = &version->tally->stats;
    }
    if (!httpd_admit(request)) {
        httpd_answer_call(request);
        return send_answer(request);
    }
    job->deadline_ns = srv_now() + h->setup.options->request_timeout_ms * 1000000;
    const size_t here = call->slow_body ? DECODE_TABLE_HERE : DECODE_HERE;
    if (call->may_block || call->of_all || request->body_size > here ||
        (request->body_coding != SRV_PLAIN && request->body_size) || !decode_here(request))
        return decode_elsewhere(request);
    if (call->state != API_RUN || srv_seat_run(request->loop->seat, job)) {
        httpd_answer_call(request);
        return send_answer(request);
    }
    httpd_share(request);
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
        httpd_resume_with(request, request->response ? ANSWER : HANG_UP);
    }
    return MHD_YES;
}

/* The answer is known although more of the body will arrive. */
static void answer_early(struct request *request)
{
    httpd_answer_call(request);
    httpd_keep_refusal(request);
    httpd_drop_body(request);
    request->stage = SWALLOW;
}

/* More of a refused body arrives. Beyond a bound the reply is written without libmicrohttpd, and for a while more is read, so
 * that closing does not destroy it on its way. */
static enum MHD_Result swallow(struct request *request)
{
    uint64_t bound = request->loop->httpd->setup.options->max_body + CLOSE_LINGER;
    if (request->received <= bound)
        return MHD_YES;
    if (request->farewell && !request->overrun && httpd_leave_body(request->at, IN_REPLY)) {
        httpd_say_farewell(request);
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
    if (atomic_load(&request->at->phase) == CUT_OFF) {
        httpd_say_why(request);
        httpd_drop_body(request);
        return MHD_YES;
    }
    if (request->stage == SWALLOW)
        return swallow(request);
    if (request->body_size + size > limit) {
        api_refuse(call, API_TOO_LARGE, "the body has more than %zu bytes, which is the limit", limit);
        answer_early(request);
    } else if (!make_room(request, size)) {
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
    const char *shown = srv_is_token(method, strlen(method)) ? method : "?"; /* the log does not escape it */
    strncpy(request->method_text, shown, sizeof(request->method_text) - 1);
    request->stage = httpd_check(request) ? TAKE_BODY : SWALLOW;
    if (request->stage == TAKE_BODY && !httpd_hold_body(request, request->length)) {
        httpd_answer_call(request);
        request->stage = SWALLOW;
    }
    if (request->stage == SWALLOW || request->at->refusal)
        httpd_keep_refusal(request);
    httpd_enter_body(request);
    if (request->stage == TAKE_BODY)
        return MHD_YES;
    /* A refusal is sent once the body has been read, so that closing does not destroy it on its way; but not where the
     * framing is in doubt, the body is huge, or the client asks before it sends. */
    uint64_t limit = request->loop->httpd->setup.options->max_body;
    const char *expect = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT);
    bool body = request->chunked || request->length > 0;
    if (body && (request->close || expect || request->length > limit + CLOSE_LINGER))
        return httpd_leave_body(request->at, IN_WORK) ? send_answer(request) : MHD_NO;
    return MHD_YES;
}

struct trailer {
    struct MHD_Connection *connection;
    bool sound;
};

static enum MHD_Result check_trailer(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_size, const char *value,
                                     size_t value_size)
{
    static const char *const of_heads[] = {"Transfer-Encoding", "Content-Length", "Host"};
    struct trailer *t = arg;
    (void)kind;
    /* libmicrohttpd 0.9.75 shows the last header once more where the end of the body arrives in parts. */
    if (value && MHD_lookup_connection_value(t->connection, MHD_HEADER_KIND, name) == value)
        return MHD_YES;
    t->sound = srv_field_is_sound(name, name_size, value ? value : "", value ? value_size : 0) &&
               (!value || !httpd_library_is_old() || srv_field_lies_as_sent(name, name_size, value, value_size));
    for (size_t i = 0; i < sizeof(of_heads) / sizeof(of_heads[0]); i++)
        t->sound = t->sound && strcasecmp(name, of_heads[i]) != 0;
    return t->sound ? MHD_YES : MHD_NO;
}

/* Whether the fields behind a chunked body, which are not used, are unambiguous. */
static bool trailer_is_sound(const struct request *request)
{
    struct trailer t = {request->connection, true};
    if (request->chunked)
        MHD_get_connection_values_n(request->connection, MHD_FOOTER_KIND, check_trailer, &t);
    return t.sound;
}

/* libmicrohttpd 0.9.75 takes a bare line feed for the end of a line between chunks, where others read on: behind what it takes
 * for the body's end there may be more of it, which must not become a request. */
static void end_after_chunks(struct request *request)
{
    if (request->close)
        return;
    request->close = true;
    if (request->response) /* whose headers have been written */
        MHD_add_response_header(request->response, MHD_HTTP_HEADER_CONNECTION, "close");
}

/* A line behind the last chunk that others may read differently: what follows it is not taken for a request. */
static void refuse_trailer(struct request *request)
{
    srv_metrics_reject(request->loop->httpd->setup.metrics, SRV_REJECT_SMUGGLING);
    request->close = true;
    if (request->stage == SWALLOW) { /* it has its refusal */
        if (request->response)
            MHD_add_response_header(request->response, MHD_HTTP_HEADER_CONNECTION, "close");
        return;
    }
    api_refuse(
        request->job.call, API_BAD_REQUEST,
        "a trailer field behind the last chunk contains a forbidden character, is folded, does not end in CR LF, or is one "
        "that decides where a body ends or for which host it is");
    answer_early(request);
}

static enum MHD_Result go_on(struct request *request, const char *method, const char *data, size_t *size)
{
    if (request->stage == AT_START)
        return httpd_has_turn(request) ? start(request, method) : MHD_YES;
    if (request->stage == DROPPED) {
        request->given_up = true;
        return MHD_NO;
    }
    if (data && *size == 0) /* no bytes of no body: libmicrohttpd 0.9.75 found the next request behind one with Expect */
        return MHD_YES;
    if (*size) {
        size_t n = *size;
        *size = 0;
        return take_body(request, data, n);
    }
    if ((request->stage == TAKE_BODY || request->stage == SWALLOW) && !trailer_is_sound(request))
        refuse_trailer(request);
    if ((request->stage == TAKE_BODY || request->stage == SWALLOW) && request->chunked && httpd_library_is_old())
        end_after_chunks(request);
    switch (request->stage) {
    case TAKE_BODY:
        return work(request);
    case SWALLOW:
        return httpd_leave_body(request->at, IN_WORK) || request->overrun ? send_answer(request) : MHD_NO;
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
    if (*size && request->stage == TAKE_BODY) /* takes no time to speak of */
        return go_on(request, method, data, size);
    atomic_store_explicit(&loop->since_ns, srv_now_about(), memory_order_relaxed);
    enum MHD_Result result = go_on(request, method, data, size);
    atomic_store_explicit(&loop->since_ns, 0, memory_order_relaxed);
    srv_turn_done(&loop->turns, srv_now());
    return result;
}
