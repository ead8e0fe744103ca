/* The table of refusals: code text, title, status. */
#include "api.h"
#include "event.h"
#include "job.h"
#include "json_write.h"
#include "sample.h"

#include "mem.h"
#include "stop.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct error_row {
    const char *code, *title;
    int status;
};

static const struct error_row errors[API_N_ERRORS] = {
    [API_BAD_REQUEST] = {"bad_request", "Bad request", 400},
    [API_BAD_JSON] = {"bad_json", "Not valid JSON", 400},
    [API_BAD_VALUE] = {"bad_value", "Value out of its domain", 400},
    [API_BAD_SHAPE] = {"shape_mismatch", "Shape mismatch", 400},
    [API_WRONG_BODY] = {"wrong_body_type", "The body is not what its type says", 400},
    [API_EMPTY_BODY] = {"empty_body", "The body is empty", 400},
    [API_TOO_DEEP] = {"too_deep", "Nested too deeply", 400},
    [API_BAD_TYPE] = {"type_mismatch", "Type mismatch", 400},
    [API_MISSING_INPUT] = {"missing_input", "Missing input", 400},
    [API_UNKNOWN_INPUT] = {"unknown_input", "Unknown input or output", 400},
    [API_UNKNOWN_PARAMETER] = {"unknown_parameter", "Unknown parameter", 400},
    [API_DUPLICATE] = {"duplicate", "Given more than once", 400},
    [API_BAD_CONTINUE] = {"bad_continue", "Not a valid continue token", 400},
    [API_CONTINUE_OTHER_MODEL] = {"continue_other_model", "Continue token of another model", 409},
    [API_MODEL_UNLOADING] = {"model_unloading", "Model is being unloaded", 409},
    [API_UNSUPPORTED] = {"unsupported", "Not supported", 400},
    [API_UNAUTHORIZED] = {"unauthorized", "A key is needed", 401},
    [API_FORBIDDEN] = {"forbidden", "Not allowed", 403},
    [API_ORIGIN_REFUSED] = {"origin_refused", "Origin not allowed", 403},
    [API_HOST_REFUSED] = {"host_refused", "Host not allowed", 403},
    [API_CONTROL_OFF] = {"model_control_disabled", "Model control is disabled", 403},
    [API_NOT_FOUND] = {"not_found", "No such resource", 404},
    [API_MODEL_NOT_FOUND] = {"model_not_found", "No such model", 404},
    [API_VERSION_NOT_FOUND] = {"version_not_found", "No such version", 404},
    [API_TENSOR_NOT_FOUND] = {"tensor_not_found", "No such tensor", 404},
    [API_BAD_METHOD] = {"method_not_allowed", "Method not allowed", 405},
    [API_NOT_ACCEPTABLE] = {"not_acceptable", "No acceptable format", 406},
    [API_PRECONDITION] = {"precondition_failed", "Precondition failed", 412},
    [API_TOO_COSTLY] = {"too_costly", "The request would cost too much", 413},
    [API_TOO_LARGE] = {"too_large", "Body too large", 413},
    [API_URI_TOO_LONG] = {"uri_too_long", "Target too long", 414},
    [API_HEAD_TOO_LARGE] = {"head_too_large", "Head too large", 431},
    [API_BAD_MEDIA_TYPE] = {"unsupported_media_type", "Unsupported media type", 415},
    [API_TOO_MANY] = {"too_many_requests", "Too many requests", 429},
    [API_INTERNAL] = {"internal", "Internal error", 500},
    [API_NOT_IMPLEMENTED] = {"not_implemented", "Not implemented", 501},
    [API_MODEL_UNAVAILABLE] = {"model_unavailable", "Model unavailable", 503},
    [API_NOT_READY_YET] = {"not_ready", "Not ready", 503},
    [API_DRAINING] = {"draining", "Shutting down", 503},
    [API_QUEUE_FULL] = {"queue_full", "Queue full", 503},
    [API_CROWDED] = {"too_many_connections", "Too many connections", 503},
    [API_REQUEST_TIMEOUT] = {"request_timeout", "The body came too slowly", 408},
    [API_TIMEOUT] = {"timeout", "Out of time", 504},
    [API_OUT_OF_MEMORY] = {"out_of_memory", "Out of memory", 503},
};

const char *api_error_code(enum api_error error)
{
    return errors[error].code;
}

int api_error_status(enum api_error error)
{
    return errors[error].status;
}

/* {"error":"...","type":"/errors/shape-mismatch","title":"...","status":400,"detail":"...","code":"...","request_id":"..."} */
static void problem(struct api_buffer *b, enum api_error error, const char *detail, const char *request_id,
                    const struct api_buffer *token)
{
    const struct error_row *row = &errors[error];
    struct json_writer w = json_writer(b);
    char type[64] = "/errors/";
    size_t at = strlen(type);
    for (const char *c = row->code; *c && at + 1 < sizeof(type); c++)
        type[at++] = *c == '_' ? '-' : *c;
    json_object(&w);
    json_key_string(&w, "error", detail);
    json_key_string(&w, "type", type);
    json_key_string(&w, "title", row->title);
    json_key_whole(&w, "status", (uint64_t)row->status);
    json_key_string(&w, "detail", detail);
    json_key_string(&w, "code", row->code);
    if (request_id && *request_id)
        json_key_string(&w, "request_id", request_id);
    if (token && token->size) {
        json_key(&w, "continue");
        api_buffer_add(b, "\"", 1);
        api_buffer_add(b, token->data, token->size);
        api_buffer_add(b, "\"", 1);
    }
    json_end_object(&w);
}

static void fill(struct api_reply *reply, enum api_error error, bool v1, const char *request_id, const char *detail)
{
    struct api_buffer b = {0};
    problem(&b, error, detail, request_id, NULL);
    bz_free(reply->body);
    api_pieces_free(bz_take(&reply->pieces));
    reply->body = api_buffer_take(&b, &reply->size);
    reply->status = errors[error].status;
    reply->content_type = v1 ? "application/problem+json" : "application/json";
    reply->compressible = false;
    api_add_header(reply, "X-Boltz-Error", "%s", errors[error].code);
}

static bool is_v1(const char *path)
{
    return strncmp(path, "/v1/", 4) == 0 || strcmp(path, "/v1") == 0;
}

void api_refusal(struct api_reply *reply, enum api_error error, const char *path, const char *request_id, const char *fmt, ...)
{
    char detail[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(detail, sizeof(detail), fmt, args);
    va_end(args);
    fill(reply, error, is_v1(path), request_id, detail);
}

/* The last event of a stream. If memory is out, waiting bytes are lost, but the event is written from memory set aside. */
static void error_event(struct api_call *call, enum api_error error, const char *detail)
{
    struct api_job *job = call->job;
    struct api_buffer object = {0}, token = {0};
    api_token_of_frame(call, &token);
    problem(&object, error, detail, call->request_id, &token);
    api_buffer_free(&token);
    api_event(&job->text, job->out, "error", "", &object);
    if (job->text.failed && job->spare) {
        api_buffer_free(&job->text);
        api_buffer_free(&object);
        job->text = (struct api_buffer){.data = job->spare, .room = API_SPARE_BYTES};
        job->spare = NULL;
        api_event_problem(&job->text, job->out, errors[error].code, errors[error].status, call->request_id);
    }
    api_buffer_free(&object);
}

void api_refuse(struct api_call *call, enum api_error error, const char *fmt, ...)
{
    char detail[1024];
    if (bz_stopped()) { /* the values that are found wanting were not computed to their end */
        call->stopped = true;
        return;
    }
    va_list args;
    va_start(args, fmt);
    vsnprintf(detail, sizeof(detail), fmt, args);
    va_end(args);

    bool begun = call->stream && call->job && call->reply.status == 200;
    call->code = errors[error].code;
    call->state = API_REPLY;
    if (begun) {
        error_event(call, error, detail);
        return;
    }
    call->stream = false;
    size_t kept = 0; /* an Allow header stays; those of a success are dropped */
    for (size_t i = 0; i < call->reply.n_headers; i++)
        if (strcmp(call->reply.headers[i].name, "Allow") == 0)
            call->reply.headers[kept++] = call->reply.headers[i];
    call->reply.n_headers = kept;
    fill(&call->reply, error, call->v1, call->request_id, detail);
    int status = errors[error].status;
    if (status == 503 || status == 429)
        api_add_header(&call->reply, "Retry-After", "%u", call->host->retry_after ? call->host->retry_after(call->host) : 1);
}

void api_refuse_fault(struct api_call *call, const struct api_fault *fault)
{
    api_refuse(call, fault->error, "%s", fault->msg);
}
