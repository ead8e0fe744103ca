/* The reply to a /v2 inference request: JSON, and behind it the binary outputs in the order of the array. */
#include "handlers.h"
#include "json_write.h"
#include "missing.h"
#include "reply.h"
#include "sample.h"
#include "v2.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

void v2_request_free(struct v2_request *v2)
{
    if (!v2)
        return;
    bz_free(v2->id);
    bz_free(v2->outputs);
    bz_free(v2);
}

static size_t width_of(const struct api_call *call, const struct v2_output *out)
{
    return out->layer < 0 ? 1 : api_machine(call)->layers[out->layer].size;
}

/* Scores as float32, for outputs that are not layers. *owned is to be freed. */
static const float *values_of(const struct api_call *call, const struct v2_output *out, float **owned)
{
    const struct api_task *task = &call->job->tasks[out->task];
    *owned = NULL;
    if (out->layer >= 0)
        return task->x[out->layer];
    *owned = bz_alloc(call->job->n, sizeof(float), NULL);
    for (size_t r = 0; *owned && r < call->job->n; r++)
        (*owned)[r] = (float)task->score[r];
    return *owned;
}

static void write_output(struct json_writer *w, const struct api_call *call, const struct v2_output *out)
{
    const size_t n = call->job->n, width = width_of(call, out);
    float *owned;
    json_object(w);
    json_key_string(w, "name", out->name);
    json_key_string(w, "datatype", "FP32");
    json_key(w, "shape");
    json_array(w);
    json_whole(w, n);
    json_whole(w, width);
    json_end_array(w);
    if (out->binary) {
        json_key(w, "parameters");
        json_object(w);
        json_key_whole(w, "binary_data_size", n * width * sizeof(float));
        json_end_object(w);
    } else {
        const float *x = values_of(call, out, &owned);
        json_key(w, "data");
        if (x)
            json_floats(w, x, n * width);
        else
            w->b->failed = true;
        bz_free(owned);
    }
    json_end_object(w);
}

/* {"seed":7,"continue":"..."} where random numbers were used. */
static int write_parameters(struct json_writer *w, struct api_call *call, struct api_fault *fault)
{
    const struct api_job *job = call->job;
    const struct api_task *samples = NULL;
    bool random = false;
    for (size_t t = 0; t < job->n_tasks; t++) {
        samples = job->tasks[t].op == &api_op_sample ? &job->tasks[t] : samples;
        random |= job->tasks[t].op == &api_op_sample || job->tasks[t].type == API_STATE;
    }
    if (!random)
        return 0;
    json_key(w, "parameters");
    json_object(w);
    json_key_whole(w, "seed", job->par.seed);
    if (samples) {
        json_key_string(w, "continue", "");
        w->b->size -= w->b->failed ? 0 : 1; /* into the quotes */
        if (api_token_write(call, samples, w->b, fault) < 0)
            return -1;
        api_buffer_add(w->b, "\"", 1);
    }
    json_end_object(w);
    return 0;
}

void api_v2_encode(struct api_call *call)
{
    const struct v2_request *v2 = call->job->v2;
    struct api_buffer b = {0};
    struct json_writer w = json_writer(&b);
    struct api_fault fault;
    bool binary = false;
    char version[24];
    snprintf(version, sizeof(version), "%lu", call->model->version);
    json_object(&w);
    json_key_string(&w, "model_name", call->model->name);
    json_key_string(&w, "model_version", version);
    if (v2->id)
        json_key_string(&w, "id", v2->id);
    if (write_parameters(&w, call, &fault) < 0) {
        api_buffer_free(&b);
        api_refuse_fault(call, &fault);
        return;
    }
    json_key(&w, "outputs");
    json_array(&w);
    for (size_t i = 0; i < v2->n_outputs; i++) {
        write_output(&w, call, &v2->outputs[i]);
        binary |= v2->outputs[i].binary;
    }
    json_end_array(&w);
    json_end_object(&w);
    const size_t header = b.size;
    for (size_t i = 0; i < v2->n_outputs; i++) {
        float *owned;
        const float *x = v2->outputs[i].binary ? values_of(call, &v2->outputs[i], &owned) : NULL;
        if (!v2->outputs[i].binary)
            continue;
        if (x)
            api_buffer_add(&b, x, call->job->n * width_of(call, &v2->outputs[i]) * sizeof(float));
        else
            b.failed = true;
        bz_free(owned);
    }
    if (binary && !b.failed)
        api_add_header(&call->reply, "Inference-Header-Content-Length", "%zu", header);
    api_model_headers(call);
    api_missing_header(call);
    api_reply_json(call, 200, &b);
    if (binary && call->reply.status == 200)
        call->reply.content_type = "application/octet-stream";
}
