#include "stream.h"

#include "arrays.h"
#include "event.h"
#include "missing.h"
#include "reply.h"
#include "sample.h"

#include "mem.h"
#include "stop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "20-7": step and seed of a frame; "done-7". False if the text is neither. */
static bool parse_id(const char *id, bool *done, uint64_t *step, uint64_t *seed)
{
    char *end;
    *done = strncmp(id, "done-", 5) == 0;
    const size_t digits = strspn(id, "0123456789");
    if (!*done && (digits == 0 || digits > 18 || id[digits] != '-'))
        return false;
    const char *rest = *done ? id + 5 : id + digits + 1;
    *step = *done ? 0 : strtoull(id, NULL, 10);
    *seed = strtoull(rest, &end, 10);
    return *rest >= '0' && *rest <= '9' && *end == 0 && strlen(rest) <= 18 && *seed <= API_MAX_SEED;
}

void api_stream_resume(struct api_call *call)
{
    struct api_job *job = call->job;
    uint64_t step, seed;
    bool done;
    if (job->out != API_SSE || !parse_id(job->last_event, &done, &step, &seed))
        return;
    if (!api_given(&job->par, API_P_CONTINUE) && !api_given(&job->par, API_P_SEED)) {
        job->par.seed = seed;
        job->par.given |= API_BIT(SEED);
    }
    job->resumed = !done;
    job->ended = done;
    job->after = step;
    job->after_seed = seed;
}

int api_stream_open(struct api_call *call)
{
    struct api_job *job = call->job;
    if (!(job->spare = bz_alloc(API_SPARE_BYTES, 1, NULL)))
        return -1;
    if (job->out == API_SSE) /* the comment follows the head immediately: some proxies hold the head back until then */
        api_buffer_text(&job->text, ": samples\nretry: 3000\n\n");
    if (job->text.failed)
        return -1;
    job->resumed = job->resumed && job->after_seed == job->par.seed;
    call->stream = true;
    call->reply.status = 200;
    call->reply.content_type = api_format_media_type(job->out);
    api_model_headers(call);
    api_seed_header(call);
    api_missing_header(call);
    return 0;
}

/* A row as base64 of its units' bits, most significant first. */
static void packed_row(struct json_writer *w, const float *x, size_t n)
{
    struct api_buffer bits = {0};
    uint8_t *to = (uint8_t *)api_buffer_reserve(&bits, n / 8 + 1);
    if (to)
        memset(to, 0, n / 8 + 1);
    for (size_t i = 0; to && i < n && !bz_stopping_unit(i, 1); i++)
        to[i / 8] |= (uint8_t)((x[i] > 0.5f ? 0x80 : 0) >> i % 8);
    json_text(w, "");
    w->b->size -= w->b->failed ? 0 : 1;
    if (to)
        api_buffer_base64(w->b, to, (n + 7) / 8, true);
    else
        w->b->failed = true;
    api_buffer_add(w->b, "\"", 1);
    api_buffer_free(&bits);
}

static void packed_layers(struct json_writer *w, const struct api_call *call, const struct api_task *task)
{
    const struct bz_machine *m = api_machine(call);
    const bool by_layer = api_by_layer(call);
    json_key(w, "samples");
    if (by_layer)
        json_object(w);
    for (size_t l = 0; l < m->n_layers; l++) {
        if (!task->x[l])
            continue;
        if (by_layer)
            json_key(w, m->layers[l].name);
        json_array(w);
        for (size_t r = 0; r < call->job->n; r++)
            packed_row(w, task->x[l] + r * m->layers[l].size, m->layers[l].size);
        json_end_array(w);
    }
    if (by_layer)
        json_end_object(w);
}

void api_sample_write(struct json_writer *w, struct api_call *call, const struct api_task *task)
{
    if (call->job->par.encoding == API_BITS)
        packed_layers(w, call, task);
    else
        api_json_layers(w, call, "samples", task->x, call->job->n);
    json_key(w, "energy");
    json_doubles(w, task->score, call->job->n);
}

void api_stream_frame(struct api_call *call, struct api_task *task, uint64_t step)
{
    struct api_buffer b = {0};
    struct json_writer w = json_writer(&b);
    char id[48];
    if (call->job->resumed && step <= call->job->after)
        return;
    json_object(&w);
    json_key_whole(&w, "step", step);
    api_sample_write(&w, call, task);
    /* An id has no room for it: who resumes a stream by one learns here that another version answers by now. */
    json_key_whole(&w, "version", call->model->version);
    json_end_object(&w);
    snprintf(id, sizeof(id), "%" PRIu64 "-%" PRIu64, step, call->job->par.seed);
    if (!bz_stopped())
        api_event(&call->job->text, call->job->out, "frame", id, &b);
    api_buffer_free(&b);
    if (call->job->text.failed)
        api_refuse(call, API_OUT_OF_MEMORY, "not enough memory for the frame of step %" PRIu64, step);
}

void api_stream_done(struct api_call *call)
{
    struct api_buffer b = {0}, token = {0};
    struct api_fault fault;
    struct api_task *task = &call->job->tasks[0];
    char id[32];
    snprintf(id, sizeof(id), "done-%" PRIu64, call->job->par.seed);
    if (api_token_write(call, task, &token, &fault) < 0) {
        api_buffer_free(&token);
        api_refuse_fault(call, &fault);
        return;
    }
    struct json_writer w = json_writer(&b);
    json_object(&w);
    json_key_whole(&w, "seed", call->job->par.seed);
    json_key_whole(&w, "steps", task->target);
    api_levels_report(&w, task->levels);
    json_key(&w, "continue");
    api_buffer_add(&b, "\"", 1);
    api_buffer_add(&b, token.data, token.size);
    api_buffer_add(&b, "\"", 1);
    json_end_object(&w);
    if (!bz_stopped())
        api_event(&call->job->text, call->job->out, "done", id, &b);
    api_buffer_free(&b);
    api_buffer_free(&token);
    if (call->job->text.failed)
        api_refuse(call, API_OUT_OF_MEMORY, "not enough memory for the end of the stream");
    call->state = API_REPLY;
}
