/* POST .../features: the hidden representation of rows; posterior means, or states drawn from them. */
#include "arrays.h"
#include "body.h"
#include "cost.h"
#include "pieces.h"
#include "reply.h"
#include "sheet.h"
#include "worker.h"

#include <string.h>

static int begin(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    struct api_params *par = &call->job->par;
    const struct bz_machine *m = api_machine(call);
    if (api_task_type(call, task, API_PROBABILITY, API_MEAN, fault) < 0)
        return -1;
    const long layer = task->asked >= 0 ? task->asked : bz_machine_top_hidden(m);
    if (layer < 0)
        return api_fault(fault, API_UNSUPPORTED, "the model has no hidden layer");
    if (api_inputs_agree(call, "inputs", &call->job->n, fault) < 0 ||
        (task->type == API_STATE && api_params_seed(par, fault) < 0))
        return -1;
    task->layer = (size_t)layer;
    return api_task_layer(call, task, task->layer, fault);
}

static void tile_features(struct api_tile *tile)
{
    struct api_scratch *scratch = tile->scratch;
    bz_mean_field(scratch->chains->s, 0, tile->n, false, NULL, scratch->work);
    if (tile->task->type == API_STATE)
        bz_gibbs_layer(scratch->chains, tile->task->layer, 0, tile->n, scratch->work);
    api_tile_store_layer(tile, tile->task->layer);
}

static bool same(const struct api_call *a, const struct api_call *b)
{
    return (api_task(a)->type == API_STATE) == (api_task(b)->type == API_STATE);
}

static double cost(const struct api_call *call, const struct api_task *task)
{
    (void)task;
    return api_inference_work(api_machine(call));
}

static int rest(struct json_writer *w, struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    (void)fault;
    if (task->type == API_STATE)
        json_key_whole(w, "seed", call->job->par.seed);
    return 0;
}

static int sheet(struct api_call *call, struct api_task *task, struct api_sheet *sheet, struct api_fault *fault)
{
    (void)fault;
    if (task->type == API_STATE)
        api_seed_header(call);
    api_sheet_units(sheet, &api_machine(call)->layers[task->layer], task->x[task->layer]);
    return 0;
}

static int encode(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const struct bz_layer *layer = &api_machine(call)->layers[task->layer];
    const struct api_job *job = call->job;
    if (task->type == API_STATE)
        api_seed_header(call);
    if (job->out != API_JSON)
        return api_reply_array(call, &task->x[task->layer], job->n, layer, fault);
    struct api_buffer b = {0};
    struct json_writer w = api_json_begin(call, &b);
    json_key_string(&w, "layer", layer->name);
    json_key(&w, "features");
    api_json_rows(&w, call, &task->x[task->layer], job->n, layer->size);
    rest(&w, call, task, fault);
    return api_json_end(call, &w, fault);
}

const struct api_op api_op_features = {
    .name = "features",
    .formats = 1 << API_JSON | 1 << API_NPY | 1 << API_RAW | 1 << API_PNG | 1 << API_CSV,
    .params = API_BIT(FORMAT) | API_BIT(LAYER) | API_BIT(TYPE) | API_BIT(SEED) | API_INPUT_PARAMS | API_PICTURE_PARAMS,
    .begin = begin,
    .tile = tile_features,
    .same = same,
    .cost = cost,
    .encode = encode,
    .sheet = sheet,
    .rest = rest,
};
