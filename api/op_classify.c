/* POST .../classify: the most probable classes of rows, by the model's classifier or its label layer. */
#include "arrays.h"
#include "body.h"
#include "classes.h"
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
    struct bz_classes classes;
    if (!bz_model_classes(call->model->model, &classes))
        return api_fault(fault, API_UNSUPPORTED,
                         "model '%s' has no label layer and no classifier (`boltz train --labels` makes the former, `boltz "
                         "finetune` the latter)",
                         call->model->name);
    if ((classes.label_layer >= 0 && check_not_given(call, (size_t)classes.label_layer, fault) < 0) ||
        api_inputs_agree(call, "inputs", &call->job->n, fault) < 0 ||
        api_task_numbers(call, &task->classes, classes.n, "classes", fault) < 0)
        return -1;
    task->method = bz_alloc(call->job->n, 1, NULL);
    return task->method ? 0 : api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
}

static void tile_classify(struct api_tile *tile)
{
    struct api_scratch *scratch = tile->scratch;
    enum bz_method method[BZ_TILE];
    struct bz_classes classes;
    bz_model_classes(scratch->model->model, &classes);
    if (!scratch->classes && (!(scratch->classes = bz_alloc(classes.n * BZ_TILE, sizeof(double), NULL)) ||
                              bz_classes_work(&scratch->network, &classes, NULL) < 0)) {
        bz_free(scratch->classes);
        scratch->classes = NULL;
        for (size_t i = 0; i < tile->n_segments; i++)
            api_refuse(tile->segment[i].call, API_OUT_OF_MEMORY, "not enough memory to compute this");
        return;
    }
    bz_classes_of_rows(&classes, scratch->chains->s, 0, tile->n, scratch->classes, method, scratch->network, scratch->work);
    api_tile_store_classes(tile, scratch->classes, classes.n);
    api_tile_store_methods(tile, method);
}

static double cost(const struct api_call *call, const struct api_task *task)
{
    (void)task;
    struct bz_classes classes;
    bz_model_classes(call->model->model, &classes);
    double work = classes.network ? 0 : api_inference_work(api_machine(call)) * (double)classes.n;
    for (size_t k = 0; classes.network && k < classes.network->n_stages; k++)
        work += (double)classes.network->stages[k].in * (double)classes.network->stages[k].out;
    if (classes.network) /* what is unknown, or hidden and read, is inferred */
        work += api_inference_work(api_machine(call));
    return work;
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
static struct ranked *rank(const struct api_call *call, const struct api_task *task, size_t classes, size_t top)
{
    const size_t n = call->job->n;
    struct ranked *best = bz_alloc(n * top, sizeof(*best), NULL), *row = bz_alloc(classes, sizeof(*row), NULL);
    for (size_t r = 0; best && row && r < n; r++) {
        for (size_t c = 0; c < classes; c++)
            row[c] = (struct ranked){task->classes[r * classes + c], (uint32_t)c};
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

static void write_class(struct json_writer *w, const struct bz_classes *classes, size_t class)
{
    if (classes->names)
        json_text(w, classes->names[class]);
    else
        json_whole(w, class);
}

static int reply_json(struct api_call *call, const struct api_task *task, const struct bz_classes *classes,
                      const struct ranked *best, size_t top, struct api_fault *fault)
{
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
            write_class(&w, classes, best[i].class);
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
    struct bz_classes classes;
    bz_model_classes(call->model->model, &classes);
    const size_t top = api_given(par, API_P_TOP) && par->top < classes.n ? (size_t)par->top : classes.n;
    struct ranked *best = rank(call, task, classes.n, top);
    if (!best)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the reply");
    const int rc =
        call->job->out == API_JSON ? reply_json(call, task, &classes, best, top, fault) : reply_indices(call, best, top, fault);
    bz_free(best);
    return rc;
}

const struct api_op api_op_classify = {
    .name = "classify",
    .formats = 1 << API_JSON | 1 << API_NPY | 1 << API_RAW,
    .params = API_BIT(FORMAT) | API_BIT(TOP) | API_INPUT_PARAMS,
    .begin = begin,
    .tile = tile_classify,
    .cost = cost,
    .encode = encode,
};
