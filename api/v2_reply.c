/* The reply to a /v2 inference request: JSON, followed by the binary outputs in the order of the array. */
#include "anomalies.h"
#include "classes.h"
#include "explain.h"
#include "float_text.h"
#include "handlers.h"
#include "json_write.h"
#include "missing.h"
#include "pieces.h"
#include "rank.h"
#include "reply.h"
#include "sample.h"
#include "v2.h"

#include "mem.h"
#include "stop.h"

#include <stdio.h>
#include <string.h>

void v2_request_free(struct v2_request *v2)
{
    if (!v2)
        return;
    bz_free(v2->id);
    for (size_t i = 0; i < v2->n_outputs; i++)
        api_buffer_free(&v2->outputs[i].texts);
    bz_free(v2->outputs);
    bz_free(v2);
}

static size_t width_of(const struct api_call *call, const struct v2_output *out)
{
    struct bz_classes classes;
    if (out->part == V2_CLASSES && bz_model_classes(call->model->model, &classes))
        return classes.n;
    if (out->part == V2_EXPLAIN)
        return API_EXPLAINED;
    return out->part == V2_LAYER ? api_machine(call)->layers[out->layer].size : 1;
}

/* The value of an output derived from a row's score. */
static double score_of(const struct api_call *call, const struct v2_output *out, size_t row, double score)
{
    struct api_anomalies a;
    if (out->part == V2_SCORE)
        return score;
    api_anomalies_begin(call, &a);
    return out->part == V2_PERCENTILE ? api_percentile(&a, call, row, score) : api_anomaly(&a, call, row, score);
}

/* float32 values of an output. *owned is to be freed. */
static const float *values_of(const struct api_call *call, const struct v2_output *out, float **owned)
{
    const struct api_task *task = &call->job->tasks[out->task];
    *owned = NULL;
    if (out->part == V2_LAYER)
        return task->x[out->layer];
    if (out->part == V2_CLASSES)
        return task->classes;
    *owned = bz_alloc(call->job->n, sizeof(float), NULL);
    for (size_t r = 0; *owned && r < call->job->n; r++)
        (*owned)[r] = (float)score_of(call, out, r, task->score[r]);
    return *owned;
}

/* --- outputs of texts --- */

/* How many texts a row has; 0 = it is numbers. */
static size_t texts_of(const struct api_call *call, const struct v2_output *out)
{
    const size_t all = width_of(call, out);
    return out->part == V2_EXPLAIN || out->top > all ? all : out->top;
}

/* Written to JSON, or to bytes after its length (little-endian, 4 bytes). Consumes text. */
static void put_text(struct api_buffer *text, struct json_writer *w, struct api_buffer *bytes)
{
    const uint32_t length = (uint32_t)text->size;
    api_buffer_add(text, "", 1);
    bytes->failed = bytes->failed || text->failed;
    if (text->failed)
        return;
    if (w) {
        json_text(w, text->data);
    } else {
        api_buffer_add(bytes, &length, sizeof(length));
        api_buffer_add(bytes, text->data, length);
    }
    text->size = 0;
}

/* The least expected cells as JSON objects; empty where a row has fewer. */
static void write_cells(const struct api_call *call, const struct v2_output *out, struct json_writer *w,
                        struct api_buffer *bytes)
{
    struct api_buffer text = {0};
    for (size_t i = 0; i < call->job->n * API_EXPLAINED && !text.failed && !bz_stopping_unit(i, BZ_STOP_TEXT); i++) {
        struct json_writer object = json_writer(&text);
        api_explain_write_cell(&object, call, &call->job->tasks[out->task], i / API_EXPLAINED, i % API_EXPLAINED);
        put_text(&text, w, bytes);
    }
    api_buffer_free(&text);
}

static char *const *names_of(const struct api_call *call, const struct v2_output *out)
{
    struct bz_classes classes;
    if (out->part == V2_CLASSES)
        return bz_model_classes(call->model->model, &classes) ? classes.names : NULL;
    if (out->part != V2_LAYER)
        return NULL;
    const struct bz_layer *l = &api_machine(call)->layers[out->layer];
    return l->n_categories == l->size ? l->categories : NULL;
}

/* The largest values, value:index:name. */
static void write_largest(const struct api_call *call, const struct v2_output *out, size_t top, struct json_writer *w,
                          struct api_buffer *bytes)
{
    char *const *names = names_of(call, out);
    float *owned;
    const float *x = values_of(call, out, &owned);
    struct bz_ranked *best = x ? api_rank(x, call->job->n, width_of(call, out), top) : NULL;
    struct api_buffer text = {0};
    bytes->failed = bytes->failed || !best;
    for (size_t i = 0; best && i < call->job->n * top && !text.failed && !bz_stopping_unit(i, BZ_STOP_TEXT); i++) {
        char number[BZ_FLOAT_ROOM];
        const size_t digits = bz_float_text(best[i].p, number);
        api_buffer_printf(&text, "%.*s:%u", (int)digits, number, best[i].unit);
        if (names) {
            api_buffer_text(&text, ":");
            api_buffer_text(&text, names[best[i].unit]);
        }
        put_text(&text, w, bytes);
    }
    api_buffer_free(&text);
    bz_free(best);
    bz_free(owned);
}

static void write_texts(const struct api_call *call, const struct v2_output *out, size_t top, struct json_writer *w,
                        struct api_buffer *bytes)
{
    if (out->part == V2_EXPLAIN)
        write_cells(call, out, w, bytes);
    else
        write_largest(call, out, top, w, bytes);
}

/* A layer's numbers if nothing but this output needs them any more, so that they may be written later; else NULL. */
static float **parting_with(struct api_call *call, const struct v2_output *out)
{
    const struct v2_request *v2 = call->job->v2;
    if (out->part != V2_LAYER || texts_of(call, out))
        return NULL;
    for (size_t i = 0; i < v2->n_outputs; i++) {
        const struct v2_output *other = &v2->outputs[i];
        if (other != out && other->part == V2_LAYER && other->task == out->task && other->layer == out->layer)
            return NULL;
    }
    return &call->job->tasks[out->task].x[out->layer];
}

/* Numbers as text that is followed by bytes must be written now: the text's length is in a header. */
static bool any_binary(const struct v2_request *v2)
{
    for (size_t i = 0; i < v2->n_outputs; i++)
        if (v2->outputs[i].binary)
            return true;
    return false;
}

static void write_data(struct json_writer *w, struct api_call *call, const struct v2_output *out, size_t top)
{
    float *owned, **mine = any_binary(call->job->v2) ? NULL : parting_with(call, out);
    json_key(w, "data");
    if (top) {
        json_array(w);
        write_texts(call, out, top, w, w->b);
        json_end_array(w);
        return;
    }
    if (mine) {
        api_json_list(w, call, mine, call->job->n, width_of(call, out));
        return;
    }
    const float *x = values_of(call, out, &owned);
    if (x)
        json_floats(w, x, call->job->n * width_of(call, out));
    else
        w->b->failed = true;
    bz_free(owned);
}

static void write_output(struct json_writer *w, struct api_call *call, struct v2_output *out)
{
    const size_t n = call->job->n, all = width_of(call, out), top = texts_of(call, out);
    json_object(w);
    json_key_string(w, "name", out->name);
    json_key_string(w, "datatype", top ? "BYTES" : "FP32");
    json_key(w, "shape");
    json_array(w);
    json_whole(w, n);
    json_whole(w, top ? top : all);
    json_end_array(w);
    if (out->binary) {
        if (top)
            write_texts(call, out, top, NULL, &out->texts);
        json_key(w, "parameters");
        json_object(w);
        json_key_whole(w, "binary_data_size", top ? out->texts.size : n * all * sizeof(float));
        json_end_object(w);
    } else {
        write_data(w, call, out, top);
    }
    json_end_object(w);
}

/* The bytes of a binary output. */
static void add_bytes(struct api_buffer *b, struct api_call *call, const struct v2_output *out)
{
    float *owned = NULL, **mine = parting_with(call, out);
    const size_t n = call->job->n, width = width_of(call, out);
    if (texts_of(call, out)) {
        b->failed = b->failed || out->texts.failed;
        if (!b->failed)
            api_buffer_add(b, out->texts.data, out->texts.size);
        return;
    }
    if (mine && api_is_for_later(call, n, width)) {
        b->failed = !api_piece_add(call, b, mine, n, width, API_PIECE_BYTES) || b->failed;
        return;
    }
    const float *x = values_of(call, out, &owned);
    if (x)
        api_buffer_add(b, x, n * width * sizeof(float));
    else
        b->failed = true;
    bz_free(owned);
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
    api_seed_header(call);
    if (samples) {
        json_key_string(w, "continue", "");
        w->b->size -= w->b->failed ? 0 : 1; /* inside the quotes */
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
    const bool binary = any_binary(v2);
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
    for (size_t i = 0; i < v2->n_outputs; i++)
        write_output(&w, call, &v2->outputs[i]);
    json_end_array(&w);
    json_end_object(&w);
    const size_t header = b.size;
    for (size_t i = 0; i < v2->n_outputs; i++)
        if (v2->outputs[i].binary)
            add_bytes(&b, call, &v2->outputs[i]);
    if (binary && !b.failed)
        api_add_header(&call->reply, "Inference-Header-Content-Length", "%zu", header);
    api_model_headers(call);
    api_missing_header(call);
    api_reply_json(call, 200, &b);
    if (binary && call->reply.status == 200)
        call->reply.content_type = "application/octet-stream";
}
