/* What all operations share: from a body to tasks, from tasks to a reply. */
#include "arrays.h"
#include "body.h"
#include "handlers.h"
#include "missing.h"
#include "named_rows.h"
#include "reply.h"
#include "sheet.h"
#include "stream.h"

#include "mem.h"

/* The layer that parameter `layer` names; -1 where it is not given. */
static int find_asked(const struct api_call *call, long *asked, struct api_fault *fault)
{
    const struct api_params *par = &call->job->par;
    *asked = -1;
    if (!api_given(par, API_P_LAYER))
        return 0;
    *asked = api_layer_by_name(api_machine(call), par->layer, false, "layer", fault);
    return *asked < 0 ? -1 : 0;
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
    const struct api_op *op = job->tasks[0].op;
    if ((op->able && op->able(call, &fault) < 0) || api_body_read(call, body, size, &fault) < 0 ||
        api_reply_fits(&job->par, job->out, &fault) < 0 || find_asked(call, &job->tasks[0].asked, &fault) < 0) {
        api_refuse_fault(call, &fault);
        return;
    }
    api_stream_resume(call);
    if (op->begin(call, &job->tasks[0], &fault) < 0) {
        api_refuse_fault(call, &fault);
        return;
    }
    call->rows = job->n;
    call->state = API_RUN;
    if (job->ended && job->after_seed == job->par.seed) { /* the client has received all of it */
        call->reply.status = 204;
        call->state = API_REPLY;
    } else if ((job->out == API_SSE || job->out == API_NDJSON) && api_stream_open(call) < 0)
        api_refuse(call, API_OUT_OF_MEMORY, "not enough memory for this request");
}

void api_encode_operation(struct api_call *call)
{
    struct api_job *job = call->job;
    struct api_fault fault;
    if (call->stream) {
        api_stream_done(call);
        return;
    }
    call->reply.status = 200;
    api_model_headers(call);
    if (job->out != API_JSON)
        api_missing_header(call);
    if (job->out != API_JSON)
        api_table_note_headers(call);
    if ((api_wants_sheet(call) ? api_sheet_reply : job->tasks[0].op->encode)(call, &job->tasks[0], &fault) < 0) {
        api_refuse_fault(call, &fault);
        return;
    }
    call->state = API_REPLY;
}
