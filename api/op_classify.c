/* POST .../classify: the most probable classes of rows, by the model's label layer. */
#include "arrays.h"
#include "body.h"
#include "classify.h"
#include "cost.h"
#include "reply.h"
#include "worker.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

/* The label layer is what is asked for, so nothing of it may be given. */
static int check_not_given(const struct api_call *call, size_t layer, struct api_fault *fault)
{
    const struct bz_layer *label = &api_machine(call)->layers[layer];
    const struct api_rows *rows = &call->job->rows[layer];
    if (rows->x && (!rows->known || memchr(rows->known, 1, rows->n * label->size)))
        return api_fault(fault, API_BAD_VALUE, "inputs.%s: found values, expected none: the classes of this layer are inferred",
                         label->name);
    return 0;
}

static int begin(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const long layer = bz_label_layer(api_machine(call));
    if (layer < 0)
        return api_fault(fault, API_UNSUPPORTED,
                         "model '%s' has no label layer and no classifier (`boltz train --labels` makes the former)",
                         call->model->name);
    if (check_not_given(call, (size_t)layer, fault) < 0 || api_inputs_agree(call, "inputs", &call->job->n, fault) < 0 ||
        api_task_layer(call, task, (size_t)layer, fault) < 0)
        return -1;
    task->layer = (size_t)layer;
    task->method = bz_alloc(call->job->n, 1, NULL);
    return task->method ? 0 : api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
}

static void tile_classify(struct api_tile *tile)
{
    struct api_scratch *scratch = tile->scratch;
    const size_t layer = tile->task->layer, classes = scratch->chains->s->m->layers[layer].size;
    enum bz_method method[BZ_TILE];
    if (!scratch->classes && !(scratch->classes = bz_alloc(classes * BZ_TILE, sizeof(double), NULL))) {
        for (size_t i = 0; i < tile->n_segments; i++)
            api_refuse(tile->segment[i].call, API_OUT_OF_MEMORY, "not enough memory to compute this");
        return;
    }
    bz_classify(scratch->chains->s, layer, 0, tile->n, scratch->classes, method, scratch->work);
    api_tile_store_layer(tile, layer);
    api_tile_store_methods(tile, method);
}

static double cost(const struct api_call *call, const struct api_task *task)
{
    return api_inference_work(api_machine(call)) * (double)api_machine(call)->layers[task->layer].size;
}

struct ranked {
    float p;
    uint32_t class;
};

static int by_probability_falling(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return x->p != y->p ? (x->p < y->p) - (x->p > y->p) : (x->class > y->class) - (x->class < y->class);
}

/* best[n][top], of each row the most probable first. */
static struct ranked *rank(const struct api_call *call, const struct api_task *task, size_t top)
{
    const size_t n = call->job->n, classes = api_machine(call)->layers[task->layer].size;
    struct ranked *best = bz_alloc(n * top, sizeof(*best), NULL), *row = bz_alloc(classes, sizeof(*row), NULL);
    for (size_t r = 0; best && row && r < n; r++) {
        for (size_t c = 0; c < classes; c++)
            row[c] = (struct ranked){task->x[task->layer][r * classes + c], (uint32_t)c};
        qsort(row, classes, sizeof(*row), by_probability_falling);
        memcpy(best + r * top, row, top * sizeof(*row));
    }
    if (!row) {
        bz_free(best);
        best = NULL;
    }
    bz_free(row);
    return best;
}

static void write_class(struct json_writer *w, const struct bz_layer *layer, size_t class)
{
    if (layer->n_categories == layer->size)
        json_text(w, layer->categories[class]);
    else
        json_whole(w, class);
}

static int reply_json(struct api_call *call, const struct api_task *task, const struct ranked *best, size_t top,
                      struct api_fault *fault)
{
    const struct bz_layer *layer = &api_machine(call)->layers[task->layer];
    const size_t n = call->job->n;
    float *p = bz_alloc(n * top, sizeof(*p), NULL);
    if (!p)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the reply");
    for (size_t i = 0; i < n * top; i++)
        p[i] = best[i].p;
    struct api_buffer b = {0};
    struct json_writer w = api_json_begin(call, &b);
    json_key(&w, "classes");
    json_array(&w);
    for (size_t r = 0; r < n; r++) {
        json_array(&w);
        for (size_t i = r * top; i < (r + 1) * top; i++)
            write_class(&w, layer, best[i].class);
        json_end_array(&w);
    }
    json_end_array(&w);
    json_key(&w, "probabilities");
    json_float_rows(&w, p, n, top);
    bz_free(p);
    json_key_string(&w, "method", memchr(task->method, BZ_VARIATIONAL, n) ? "variational" : "exact");
    return api_json_end(call, &w, fault);
}

static int reply_indices(struct api_call *call, const struct ranked *best, size_t top, struct api_fault *fault)
{
    const size_t count = call->job->n * top;
    int64_t *index = bz_alloc(count, sizeof(*index), NULL);
    if (!index)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the reply");
    for (size_t i = 0; i < count; i++)
        index[i] = best[i].class;
    const int rc = api_reply_indices(call, index, call->job->n, top, fault);
    bz_free(index);
    return rc;
}

static int encode(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const struct api_params *par = &call->job->par;
    const size_t classes = api_machine(call)->layers[task->layer].size;
    const size_t top = api_given(par, API_P_TOP) && par->top < classes ? (size_t)par->top : classes;
    struct ranked *best = rank(call, task, top);
    if (!best)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the reply");
    const int rc =
        call->job->out == API_JSON ? reply_json(call, task, best, top, fault) : reply_indices(call, best, top, fault);
    bz_free(best);
    return rc;
}

const struct api_op api_op_classify = {
    .name = "classify",
    .formats = 1 << API_JSON | 1 << API_NPY | 1 << API_RAW,
    .params = API_BIT(FORMAT) | API_BIT(TOP) | API_BIT(INPUTS) | API_BIT(MASK) | API_BIT(COUNTS),
    .begin = begin,
    .tile = tile_classify,
    .cost = cost,
    .encode = encode,
};
