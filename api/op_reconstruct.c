/* POST .../reconstruct: rows passed through the hidden layers and back, with missing values filled in. */
#include "arrays.h"
#include "body.h"
#include "cost.h"
#include "predict.h"
#include "reply.h"
#include "sheet.h"
#include "worker.h"

#include "mem.h"

#include <string.h>

static int begin(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    struct api_params *par = &call->job->par;
    const struct bz_machine *m = api_machine(call);
    if (api_task_type(call, task, API_MEAN, API_PROBABILITY, fault) < 0)
        return -1;
    task->steps = api_given(par, API_P_PASSES) ? par->passes : api_given(par, API_P_STEPS) ? par->steps : 1;
    if (task->steps < 1 || task->steps > API_MAX_PASSES) /* /v2 has one `steps` for all outputs */
        return api_fault(fault, API_BAD_VALUE, "parameter 'steps': found %llu, expected a whole number of 1 to %d",
                         (unsigned long long)task->steps, API_MAX_PASSES);
    if (api_given(par, API_P_TOP) && !api_given(par, API_P_PREDICT))
        return api_fault(fault, API_BAD_VALUE, "parameter 'top': requires predict=LAYER");
    if (api_given(par, API_P_PREDICT))
        return api_predict_begin(call, task, fault);
    if (api_inputs_agree(call, "inputs", &call->job->n, fault) < 0 ||
        (task->type == API_STATE && api_params_seed(par, fault) < 0))
        return -1;
    if (call->job->out != API_JSON && call->job->out != API_CSV && !call->job->v2) {
        long layer = api_reply_layer(call, task, fault);
        if (layer < 0)
            return -1;
        if (!bz_is_visible(&m->layers[layer]))
            return api_fault(fault, API_BAD_VALUE, "parameter 'layer': '%s' is hidden, only visible layers are reconstructed",
                             m->layers[layer].name);
        task->layer = (size_t)layer;
    }
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_is_visible(&m->layers[l]) && api_task_layer(call, task, l, fault) < 0)
            return -1;
    return api_task_scores(call, task, false, fault);
}

/* Keeps the rows as given, which bz_reconstruct overwrites in the state, for the error. */
static bool keep_given(struct api_scratch *scratch, size_t n)
{
    const struct bz_state *s = scratch->chains->s;
    if (!scratch->given) {
        scratch->given = bz_alloc(s->m->n_layers, sizeof(float *), NULL);
        if (!scratch->given)
            return false;
    }
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t size = s->m->layers[l].size;
        if (!bz_is_visible(&s->m->layers[l]))
            continue;
        if (!scratch->given[l] && !(scratch->given[l] = bz_alloc_lazy(size * s->room, sizeof(float), NULL)))
            return false;
        bz_copy_work(scratch->given[l], s->x[l], n * size * sizeof(float));
    }
    return true;
}

static void tile_reconstruct(struct api_tile *tile)
{
    struct api_scratch *scratch = tile->scratch;
    const struct bz_machine *m = scratch->chains->s->m;
    double error[BZ_TILE];
    if (tile->task->predicts) {
        api_predict_tile(tile);
        return;
    }
    if (!keep_given(scratch, tile->n)) {
        for (size_t i = 0; i < tile->n_segments; i++)
            api_refuse(tile->segment[i].call, API_OUT_OF_MEMORY, "not enough memory to compute this");
        return;
    }
    bz_reconstruct(scratch->chains, (const float *const *)scratch->given, 0, tile->n, tile->task->steps,
                   tile->task->type == API_STATE ? BZ_STATE : BZ_MEAN, error, scratch->work);
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_is_visible(&m->layers[l]))
            api_tile_store_layer(tile, l);
    api_tile_store_scores(tile, error, NULL);
}

static bool same(const struct api_call *a, const struct api_call *b)
{
    const struct api_task *x = api_task(a), *y = api_task(b);
    return x->predicts == y->predicts && (!x->predicts || x->layer == y->layer) && x->steps == y->steps &&
           (x->type == API_STATE) == (y->type == API_STATE);
}

static double cost(const struct api_call *call, const struct api_task *task)
{
    return task->predicts ? api_predict_cost(call, task) : api_sweep_work(api_machine(call)) * (double)task->steps;
}

static int rest(struct json_writer *w, struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    (void)fault;
    json_key(w, "error");
    json_doubles(w, task->score, call->job->n);
    if (task->type == API_STATE)
        json_key_whole(w, "seed", call->job->par.seed);
    return 0;
}

static int sheet(struct api_call *call, struct api_task *task, struct api_sheet *sheet, struct api_fault *fault)
{
    if (task->type == API_STATE)
        api_seed_header(call);
    return api_sheet_model(sheet, call, task->x, fault);
}

static int encode(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const struct api_job *job = call->job;
    if (task->type == API_STATE)
        api_seed_header(call);
    if (task->predicts)
        return api_predict_encode(call, task, fault);
    if (job->out != API_JSON)
        return api_reply_array(call, &task->x[task->layer], job->n, &api_machine(call)->layers[task->layer], fault);
    struct api_buffer b = {0};
    struct json_writer w = api_json_begin(call, &b);
    api_json_layers(&w, call, "reconstruction", task->x, job->n);
    rest(&w, call, task, fault);
    return api_json_end(call, &w, fault);
}

const struct api_op api_op_reconstruct = {
    .name = "reconstruct",
    .formats = 1 << API_JSON | 1 << API_NPY | 1 << API_RAW | 1 << API_PNG | 1 << API_CSV,
    .params = API_BIT(FORMAT) | API_BIT(LAYER) | API_BIT(PASSES) | API_BIT(TYPE) | API_BIT(SEED) | API_BIT(PREDICT) |
              API_BIT(TOP) | API_INPUT_PARAMS | API_PICTURE_PARAMS,
    .begin = begin,
    .tile = tile_reconstruct,
    .same = same,
    .cost = cost,
    .encode = encode,
    .sheet = sheet,
    .rest = rest,
};
