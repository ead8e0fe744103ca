/* What all operations share: from a body to tasks, from tasks to a reply. */
#include "arrays.h"
#include "body.h"
#include "handlers.h"
#include "stream.h"
#include "v2.h"

#include "mem.h"

#include <string.h>

/* Numbers that one request may make: 256 MiB of results. */
#define MAX_RESULTS ((size_t)1 << 26)

int api_task_layer(struct api_call *call, struct api_task *task, size_t layer, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    struct api_job *job = call->job;
    const size_t size = m->layers[layer].size;
    size_t count;
    if (task->x && task->x[layer])
        return 0;
    if (bz_mul(&count, job->n, size) < 0 || count > MAX_RESULTS - job->results)
        return api_fault(fault, API_BAD_VALUE, "%zu rows of layer '%s' with %zu units each: at most %zu numbers fit one reply",
                         job->n, m->layers[layer].name, size, MAX_RESULTS);
    if (!task->x && !(task->x = bz_alloc(m->n_layers, sizeof(float *), NULL)))
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    if (!(task->x[layer] = bz_alloc(count, sizeof(float), NULL)))
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    job->results += count;
    return 0;
}

static bool has_counts(const struct bz_machine *m)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (m->layers[l].unit == BZ_MULTINOMIAL)
            return true;
    return false;
}

int api_task_scores(struct api_call *call, struct api_task *task, bool methods, struct api_fault *fault)
{
    task->score = bz_alloc(call->job->n, sizeof(double), NULL);
    if (methods)
        task->method = bz_alloc(call->job->n, 1, NULL);
    const bool by_counts = has_counts(api_machine(call));
    if (by_counts)
        task->counts = bz_alloc(call->job->n, sizeof(double), NULL);
    if (!task->score || (methods && !task->method) || (by_counts && !task->counts))
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    return 0;
}

void api_decode_operation(struct api_call *call, char *body, size_t size)
{
    struct api_job *job = call->job;
    struct api_fault fault;
    job->tasks = bz_alloc(1, sizeof(struct api_task), NULL);
    if (!job->tasks) {
        api_refuse(call, API_OUT_OF_MEMORY, "not enough memory for this request");
        return;
    }
    job->n_tasks = 1;
    job->tasks[0].op = call->row->op;
    if (api_body_read(call, body, size, &fault) < 0 || job->tasks[0].op->begin(call, &job->tasks[0], &fault) < 0) {
        api_refuse_fault(call, &fault);
        return;
    }
    call->rows = job->n;
    call->state = API_RUN;
    if (job->out == API_SSE || job->out == API_NDJSON)
        api_stream_open(call);
}

void api_encode(struct api_call *call)
{
    struct api_job *job = call->job;
    struct api_fault fault;
    if (call->state != API_ENCODE)
        return;
    if (job->v2) {
        v2_encode(call);
        return;
    }
    if (call->stream) {
        api_stream_done(call);
        return;
    }
    call->reply.status = 200;
    api_model_headers(call);
    if (job->tasks[0].op->encode(call, &job->tasks[0], &fault) < 0) {
        api_refuse_fault(call, &fault);
        return;
    }
    call->state = API_REPLY;
}
