/* The queue's hooks for the requests whose jobs it runs. */
#include "httpd_private.h"

#include "coding.h"
#include "mem.h"

#include <string.h>

static struct request *request_of(struct srv_job *job)
{
    return (struct request *)(void *)job;
}

/* Decodes the body's content coding. false = the call is refused. */
static bool inflate_body(struct request *request)
{
    char *plain = NULL;
    size_t size = 0;
    struct bz_error err;
    if (srv_inflate(&plain, &size, request->body, request->body_size, (enum srv_coding)request->body_coding,
                    request->loop->httpd->setup.options->max_body, &err) < 0) {
        request->job.call->stopped = err.code == BZ_INTERRUPTED;
        api_refuse(request->job.call,
                   err.code == BZ_TOO_LARGE   ? API_TOO_LARGE
                   : err.code == BZ_NO_MEMORY ? API_OUT_OF_MEMORY
                                              : API_BAD_REQUEST,
                   "%s", err.msg);
        return false;
    }
    if (!httpd_hold_body(request, size)) {
        bz_free(plain);
        return false;
    }
    bz_free(request->body);
    request->body = plain;
    request->body_room = request->body_size = size;
    return true;
}

/* false = the call is refused or stopped. The body is no longer needed. */
static bool decode_body(struct request *request)
{
    struct api_call *call = request->job.call;
    const bool plain = request->body_coding == SRV_PLAIN || !request->body_size || inflate_body(request);
    if (plain)
        api_decode(call, request->body_size ? request->body : NULL, request->body_size);
    httpd_drop_body(request);
    return plain && !call->stopped;
}

void httpd_decode(struct srv_job *job)
{
    struct request *request = request_of(job);
    struct api_call *call = job->call;
    if (!decode_body(request))
        return;
    const uint64_t left_ns = job->deadline_ns - request->begun_ns;
    if (call->timeout_us && call->timeout_us < left_ns / 1000) {
        job->deadline_ns = request->begun_ns + call->timeout_us * 1000;
        job->own_deadline = true;
    }
    if (call->state == API_RUN)
        httpd_charge_rows(request);
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

void httpd_resume_with(struct request *request, enum stage stage)
{
    request->stage = stage;
    MHD_resume_connection(request->connection);
}

static void hook_begun(struct srv_job *job)
{
    httpd_resume_with(request_of(job), ANSWER);
}

/* A client that has closed only its sending side still reads, but cannot be told from one that has left altogether. So work
 * continues for it, but not for long. */
static bool has_left(struct request *request, bool pressed)
{
    enum httpd_peer peer = httpd_peer(request->at->fd);
    if (peer != HTTPD_PEER_HALF_CLOSED || pressed)
        return peer != HTTPD_PEER_THERE;
    uint64_t now = srv_now();
    if (!request->half_closed_ns)
        request->half_closed_ns = now;
    return srv_elapsed(request->half_closed_ns, now) > request->loop->httpd->setup.options->half_close_grace_ms * 1000000;
}

static bool hook_gone(struct srv_job *job, bool pressed)
{
    struct request *request = request_of(job);
    return request->stream ? httpd_stream_gone(request) : has_left(request, pressed);
}

static bool hook_flush(struct srv_job *job)
{
    return httpd_stream_flush(request_of(job));
}

/* A stream's job is over: the last bytes are on their way, or no longer wanted. */
static void end_stream(struct request *request)
{
    httpd_let_go(request);
    if (httpd_stream_end(request, request->ending == SRV_CLIENT_GONE))
        return;
    httpd_request_end(request);
    httpd_request_free(request);
}

static void hook_done(struct srv_job *job, enum srv_ending ending)
{
    struct request *request = request_of(job);
    request->ending = ending;
    if (request->stream && !job->call->stream) { /* prepared as a stream, but refused before it ran */
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
        httpd_resume_with(request, HANG_UP);
    } else {
        httpd_answer_call(request);
        httpd_resume_with(request, request->response ? ANSWER : HANG_UP);
    }
}

const struct srv_job_hooks srv_httpd_hooks = {httpd_decode, hook_begun, hook_gone, hook_flush, hook_done};
