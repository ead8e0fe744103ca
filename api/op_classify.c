/* POST .../classify: the most probable classes of rows, by the model's classifier or its label layer. */
#include "arrays.h"
#include "body.h"
#include "classes.h"
#include "cost.h"
#include "rank.h"
#include "reply.h"
#include "sheet.h"
#include "worker.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

/* The label layer is to be inferred, so no value of it may be given. */
static int check_not_given(const struct api_call *call, size_t layer, struct api_fault *fault)
{
    const struct bz_layer *label = &api_machine(call)->layers[layer];
    const struct api_rows *rows = &call->job->rows[layer];
    if (rows->x && (!rows->known || memchr(rows->known, 1, rows->n * label->size)))
        return api_fault(fault, API_BAD_VALUE, "inputs.%s: found values, expected none: the classes of this layer are inferred",
                         label->name);
    return 0;
}

static int able(const struct api_call *call, struct api_fault *fault)
{
    struct bz_classes classes;
    return bz_model_classes(call->model->model, &classes)
               ? 0
               : api_fault(fault, API_UNSUPPORTED, "model '%s' %s", call->model->name, bz_model_classless(call->model->model));
}

static int begin(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    struct bz_classes classes;
    if (able(call, fault) < 0) /* of /v2, which asks for outputs by name */
        return -1;
    bz_model_classes(call->model->model, &classes);
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
        bz_drop(&scratch->classes);
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
    if (classes.network) /* unknown units, and hidden layers that are read, are inferred */
        work += api_inference_work(api_machine(call));
    return work;
}

static void write_class(struct json_writer *w, const struct bz_classes *classes, size_t unit)
{
    if (classes->names)
        json_text(w, classes->names[unit]);
    else
        json_whole(w, unit);
}

static int rest(struct json_writer *w, struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    (void)fault;
    json_key_string(w, "method", memchr(task->method, BZ_VARIATIONAL, call->job->n) ? "variational" : "exact");
    return 0;
}

/* The class at position `at` of a row's ranking. */
static struct api_cell ranked_class(const struct api_sheet_column *c, size_t row)
{
    const struct bz_ranked *best = c->data;
    const size_t unit = best[row * c->stride + c->at].unit;
    return c->names ? (struct api_cell){API_CELL_TEXT, 0, c->names[unit]}
                    : (struct api_cell){API_CELL_WHOLE, (double)unit, NULL};
}

static struct api_cell ranked_probability(const struct api_sheet_column *c, size_t row)
{
    const struct bz_ranked *best = c->data;
    return (struct api_cell){API_CELL_FLOAT, (double)best[row * c->stride + c->at].p, NULL};
}

static void add_ranked(struct api_sheet *sheet, const char *name, const struct api_task *task, size_t top, size_t at,
                       struct api_cell (*value)(const struct api_sheet_column *c, size_t row), const struct bz_classes *classes)
{
    api_sheet_add(
        sheet, name,
        (struct api_sheet_column){.value = value, .data = task->best, .stride = top, .at = at, .names = classes->names});
}

/* class, and p_NAME of all classes; with `top`, the first ones and their probabilities. */
static int sheet(struct api_call *call, struct api_task *task, struct api_sheet *sheet, struct api_fault *fault)
{
    const struct api_params *par = &call->job->par;
    struct bz_classes classes;
    char name[160];
    bz_model_classes(call->model->model, &classes);
    const bool some = api_given(par, API_P_TOP);
    const size_t top = some && par->top < classes.n ? (size_t)par->top : some ? classes.n : 1;
    if (!(task->best = api_rank(task->classes, call->job->n, classes.n, top)))
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the reply");
    for (size_t i = 0; i < top; i++) {
        snprintf(name, sizeof(name), some ? "class_%zu" : "class", i + 1);
        add_ranked(sheet, name, task, top, i, ranked_class, &classes);
        snprintf(name, sizeof(name), "probability_%zu", i + 1);
        if (some)
            add_ranked(sheet, name, task, top, i, ranked_probability, &classes);
    }
    for (size_t k = 0; !some && k < classes.n; k++) {
        if (classes.names)
            snprintf(name, sizeof(name), "p_%.120s", classes.names[k]);
        else
            snprintf(name, sizeof(name), "p_%zu", k);
        api_sheet_floats(sheet, name, task->classes, classes.n, k);
    }
    return 0;
}

static int reply_json(struct api_call *call, struct api_task *task, const struct bz_classes *classes,
                      const struct bz_ranked *best, size_t top, struct api_fault *fault)
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
            write_class(&w, classes, best[i].unit);
        json_end_array(&w);
    }
    json_end_array(&w);
    json_key(&w, "probabilities");
    json_float_rows(&w, p, n, top);
    bz_free(p);
    rest(&w, call, task, fault);
    return api_json_end(call, &w, fault);
}

static int reply_indices(struct api_call *call, const struct bz_ranked *best, size_t top, struct api_fault *fault)
{
    const size_t count = call->job->n * top;
    int64_t *index = bz_alloc(count, sizeof(*index), NULL);
    if (!index)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the reply");
    for (size_t i = 0; i < count; i++)
        index[i] = best[i].unit;
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
    struct bz_ranked *best = api_rank(task->classes, call->job->n, classes.n, top);
    if (!best)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the reply");
    const int rc =
        call->job->out == API_JSON ? reply_json(call, task, &classes, best, top, fault) : reply_indices(call, best, top, fault);
    bz_free(best);
    return rc;
}

const struct api_op api_op_classify = {
    .name = "classify",
    .formats = 1 << API_JSON | 1 << API_NPY | 1 << API_RAW | 1 << API_CSV,
    .params = API_BIT(FORMAT) | API_BIT(TOP) | API_INPUT_PARAMS,
    .labels_asked = true,
    .able = able,
    .begin = begin,
    .tile = tile_classify,
    .cost = cost,
    .encode = encode,
    .sheet = sheet,
    .rest = rest,
};
