/* POST .../free-energy and .../energy: how probable rows are. */
#include "arrays.h"
#include "body.h"
#include "cost.h"
#include "worker.h"

#include "log_partition.h"

#include <math.h>
#include <string.h>

enum {
    SCORE_FORMATS = 1 << API_JSON | 1 << API_NPY | 1 << API_RAW,
};

static double free_energy_cost(const struct api_call *call, const struct api_task *task)
{
    (void)task;
    return api_inference_work(api_machine(call));
}

static double energy_cost(const struct api_call *call, const struct api_task *task)
{
    (void)task;
    return api_coupling_work(api_machine(call));
}

static int begin_free_energy(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    if (api_given(&call->job->par, API_P_THRESHOLD))
        return api_fault(fault, API_UNSUPPORTED, "parameter 'threshold': the model holds no calibration");
    if (api_inputs_agree(call, "inputs", &call->job->n, fault) < 0)
        return -1;
    return api_task_scores(call, task, true, fault);
}

static void free_energy_tile(struct api_tile *tile)
{
    double score[BZ_TILE];
    enum bz_method method[BZ_TILE];
    bz_free_energy(tile->scratch->chains->s, 0, tile->n, score, method, tile->scratch->work);
    api_tile_store_scores(tile, score, method);
}

static int begin_energy(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    if (api_inputs_agree(call, "states", &call->job->n, fault) < 0)
        return -1;
    for (size_t l = 0; l < m->n_layers; l++)
        if (!call->job->rows[l].x)
            return api_fault(fault, API_MISSING_INPUT, "states.%s is missing: an energy needs the states of every layer",
                             m->layers[l].name);
    return api_task_scores(call, task, false, fault);
}

static void energy_tile(struct api_tile *tile)
{
    double score[BZ_TILE];
    bz_energy(tile->scratch->chains->s, 0, tile->n, score, tile->scratch->work);
    api_tile_store_scores(tile, score, NULL);
}

/* log p = -score - log Z where log Z is known; null otherwise. With its error and what kind of number it is, if `kinds`. */
static void write_log_prob(struct json_writer *w, const struct api_call *call, const struct api_task *task, bool variational,
                           bool kinds)
{
    const struct bz_model *model = call->model->model;
    const struct bz_log_z *used = NULL, *doubtful = NULL;
    json_key(w, "log_prob");
    if (model->n_log_z) {
        json_array(w);
        for (size_t r = 0; r < call->job->n; r++) {
            const struct bz_log_z *z = bz_log_z_find(model->log_z, model->n_log_z, task->counts ? task->counts[r] : -1);
            used = z && (!used || z->stderr_ > used->stderr_) ? z : used;
            doubtful = z && *z->warning ? z : doubtful;
            json_double(w, z ? -task->score[r] - z->value : NAN);
        }
        json_end_array(w);
    } else {
        json_null(w);
    }
    if (!kinds)
        return;
    json_key(w, "log_prob_stderr");
    json_double(w, used ? used->stderr_ : NAN);
    json_key(w, "log_prob_kind");
    if (used)
        json_text(w, variational ? "lower_bound" : strcmp(used->method, "exact") == 0 ? "exact" : "estimate");
    else
        json_null(w);
    json_key(w, "log_prob_warning");
    if (doubtful)
        json_text(w, doubtful->warning);
    else
        json_null(w);
}

static int encode_free_energy(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const size_t n = call->job->n;
    if (call->job->out != API_JSON)
        return api_reply_doubles(call, task->score, n, fault);
    const bool variational = memchr(task->method, BZ_VARIATIONAL, n) != NULL;
    struct api_buffer b = {0};
    struct json_writer w = api_json_begin(call, &b);
    json_key(&w, "free_energy");
    json_doubles(&w, task->score, n);
    json_key_string(&w, "method", variational ? "variational" : "exact");
    write_log_prob(&w, call, task, variational, true);
    return api_json_end(call, &w, fault);
}

static int encode_energy(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    if (call->job->out != API_JSON)
        return api_reply_doubles(call, task->score, call->job->n, fault);
    struct api_buffer b = {0};
    struct json_writer w = api_json_begin(call, &b);
    json_key(&w, "energy");
    json_doubles(&w, task->score, call->job->n);
    write_log_prob(&w, call, task, false, false);
    return api_json_end(call, &w, fault);
}

const struct api_op api_op_free_energy = {
    .name = "free-energy",
    .formats = SCORE_FORMATS,
    .params = API_BIT(FORMAT) | API_BIT(THRESHOLD) | API_INPUT_PARAMS,
    .begin = begin_free_energy,
    .tile = free_energy_tile,
    .cost = free_energy_cost,
    .encode = encode_free_energy,
};

const struct api_op api_op_energy = {
    .name = "energy",
    .formats = SCORE_FORMATS,
    .params = API_BIT(FORMAT) | API_BIT(STATES),
    .begin = begin_energy,
    .tile = energy_tile,
    .cost = energy_cost,
    .encode = encode_energy,
};
