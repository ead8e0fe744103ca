/* POST .../free-energy and .../energy: how probable rows are. */
#include "anomalies.h"
#include "arrays.h"
#include "body.h"
#include "cost.h"
#include "explain.h"
#include "sheet.h"
#include "worker.h"

#include "classify.h"
#include "energy_scale.h"
#include "log_partition.h"

#include <math.h>
#include <string.h>

enum {
    SCORE_FORMATS = 1 << API_JSON | 1 << API_NPY | 1 << API_RAW | 1 << API_CSV,
};

static double free_energy_cost(const struct api_call *call, const struct api_task *task)
{
    (void)task;
    return api_inference_work(api_machine(call)) * (1 + api_explain_cost(call));
}

static double energy_cost(const struct api_call *call, const struct api_task *task)
{
    (void)task;
    return api_coupling_work(api_machine(call));
}

static int begin_free_energy(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    if (api_inputs_agree(call, "inputs", &call->job->n, fault) < 0)
        return -1;
    return api_explain_begin(call, task, fault) < 0 ? -1 : api_task_scores(call, task, true, fault);
}

static void free_energy_tile(struct api_tile *tile)
{
    double score[BZ_TILE];
    enum bz_method method[BZ_TILE];
    bz_free_energy(tile->scratch->chains->s, 0, tile->n, score, method, tile->scratch->work);
    api_tile_store_scores(tile, score, method);
    api_explain_tile(tile);
}

static bool same_free_energy(const struct api_call *a, const struct api_call *b)
{
    return !api_task(a)->surprise == !api_task(b)->surprise;
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
    bz_energy(tile->scratch->chains->s, 0, tile->n, score);
    api_tile_store_scores(tile, score, NULL);
}

/* The log Z for a row's log probability; NULL = none is known. */
static const struct bz_log_z *log_z_of(const struct api_call *call, const struct api_task *task, size_t r)
{
    const struct bz_model *model = call->model->model;
    return bz_log_z_find(model->log_z, model->n_log_z, task->counts ? task->counts[r] : -1);
}

/* log p = -score - log Z where log Z is known; null otherwise. */
static void write_log_prob(struct json_writer *w, const struct api_call *call, const struct api_task *task)
{
    json_key(w, "log_prob");
    if (!call->model->model->n_log_z) {
        json_null(w);
        return;
    }
    json_array(w);
    for (size_t r = 0; r < call->job->n; r++) {
        const struct bz_log_z *z = log_z_of(call, task, r);
        json_double(w, z ? -task->score[r] - z->value : NAN);
    }
    json_end_array(w);
}

/* Its standard error and its kind. */
static void write_log_prob_kind(struct json_writer *w, const struct api_call *call, const struct api_task *task,
                                bool variational)
{
    const struct bz_log_z *used = NULL, *doubtful = NULL;
    for (size_t r = 0; r < call->job->n; r++) {
        const struct bz_log_z *z = log_z_of(call, task, r);
        used = z && (!used || z->stderr_ > used->stderr_) ? z : used;
        doubtful = z && *z->warning ? z : doubtful;
    }
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

/* Whether a row comes with its label: such free energies are on another scale than the stored ones. */
static bool is_labelled(const struct api_call *call)
{
    const long l = bz_label_layer(api_machine(call));
    const struct api_rows *rows = l < 0 ? NULL : &call->job->rows[l];
    return rows && rows->x && (!rows->known || memchr(rows->known, 1, rows->n * api_machine(call)->layers[l].size));
}

bool api_anomalies_begin(const struct api_call *call, struct api_anomalies *out)
{
    const struct api_params *par = &call->job->par;
    out->scale = is_labelled(call) ? NULL : call->model->model->energies;
    out->threshold = api_given(par, API_P_THRESHOLD) ? par->threshold : out->scale ? out->scale->threshold : (double)NAN;
    out->given = api_given(par, API_P_THRESHOLD);
    return !isnan(out->threshold);
}

/* Labels do not count: they are inferred, and the model's scale excludes them. */
static bool is_complete(const struct api_call *call, size_t row)
{
    const struct bz_machine *m = api_machine(call);
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct api_rows *rows = &call->job->rows[l];
        const size_t size = m->layers[l].size;
        if (m->layers[l].role == BZ_VISIBLE && (!rows->x || (rows->known && memchr(rows->known + row * size, 0, size))))
            return false;
    }
    return true;
}

double api_percentile(const struct api_anomalies *a, const struct api_call *call, size_t row, double free_energy)
{
    return is_complete(call, row) ? bz_energy_percentile(a->scale, free_energy) : (double)NAN;
}

double api_anomaly(const struct api_anomalies *a, const struct api_call *call, size_t row, double free_energy)
{
    return a->given || is_complete(call, row) ? free_energy > a->threshold : (double)NAN;
}

/* percentile and anomaly of each row, as far as the model or the request defines them. */
static void write_anomalies(struct json_writer *w, const struct api_call *call, const struct api_task *task)
{
    struct api_anomalies a;
    const bool judged = api_anomalies_begin(call, &a);
    if (a.scale) {
        json_key(w, "percentile");
        json_array(w);
        for (size_t r = 0; r < call->job->n; r++)
            json_double(w, api_percentile(&a, call, r, task->score[r]));
        json_end_array(w);
    }
    if (!judged)
        return;
    json_key(w, "anomaly");
    json_array(w);
    for (size_t r = 0; r < call->job->n; r++) {
        const double found = api_anomaly(&a, call, r, task->score[r]);
        if (isnan(found))
            json_null(w);
        else
            json_bool(w, found > 0);
    }
    json_end_array(w);
}

static int rest_free_energy(struct json_writer *w, struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const bool variational = memchr(task->method, BZ_VARIATIONAL, call->job->n) != NULL;
    struct api_anomalies a;
    (void)fault;
    json_key_string(w, "method", variational ? "variational" : "exact");
    write_log_prob_kind(w, call, task, variational);
    if (api_anomalies_begin(call, &a))
        json_key_double(w, "threshold", a.threshold);
    api_explain_write(w, call, task);
    return 0;
}

static struct api_cell log_prob_cell(const struct api_sheet_column *c, size_t row)
{
    const struct api_task *task = c->data;
    const struct bz_log_z *z = log_z_of(c->call, task, row);
    return (struct api_cell){z ? API_CELL_DOUBLE : API_CELL_NONE, z ? -task->score[row] - z->value : 0, NULL};
}

static struct api_cell percentile_cell(const struct api_sheet_column *c, size_t row)
{
    const struct api_task *task = c->data;
    struct api_anomalies a;
    api_anomalies_begin(c->call, &a);
    const double found = api_percentile(&a, c->call, row, task->score[row]);
    return (struct api_cell){isnan(found) ? API_CELL_NONE : API_CELL_DOUBLE, isnan(found) ? 0 : found, NULL};
}

static struct api_cell anomaly_cell(const struct api_sheet_column *c, size_t row)
{
    const struct api_task *task = c->data;
    struct api_anomalies a;
    api_anomalies_begin(c->call, &a);
    const double found = api_anomaly(&a, c->call, row, task->score[row]);
    return (struct api_cell){isnan(found) ? API_CELL_NONE : API_CELL_TRUTH, found > 0, NULL};
}

static void add_column(struct api_sheet *sheet, const char *name, const struct api_call *call, const struct api_task *task,
                       struct api_cell (*value)(const struct api_sheet_column *c, size_t row))
{
    api_sheet_add(sheet, name, (struct api_sheet_column){.value = value, .call = call, .data = task});
}

static int sheet_free_energy(struct api_call *call, struct api_task *task, struct api_sheet *sheet, struct api_fault *fault)
{
    struct api_anomalies a;
    const bool judged = api_anomalies_begin(call, &a);
    (void)fault;
    api_sheet_doubles(sheet, "free_energy", task->score, 1, 0);
    if (call->model->model->n_log_z)
        add_column(sheet, "log_prob", call, task, log_prob_cell);
    if (a.scale)
        add_column(sheet, "percentile", call, task, percentile_cell);
    if (judged)
        add_column(sheet, "anomaly", call, task, anomaly_cell);
    if (call->job->out == API_CSV) /* JSON has them as lists beside the rows */
        api_explain_columns(sheet, call, task);
    return 0;
}

static int encode_free_energy(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const size_t n = call->job->n;
    if (call->job->out != API_JSON)
        return api_reply_doubles(call, task->score, n, fault);
    struct api_buffer b = {0};
    struct json_writer w = api_json_begin(call, &b);
    json_key(&w, "free_energy");
    json_doubles(&w, task->score, n);
    write_log_prob(&w, call, task);
    write_anomalies(&w, call, task);
    rest_free_energy(&w, call, task, fault);
    return api_json_end(call, &w, fault);
}

static int sheet_energy(struct api_call *call, struct api_task *task, struct api_sheet *sheet, struct api_fault *fault)
{
    (void)fault;
    api_sheet_doubles(sheet, "energy", task->score, 1, 0);
    if (call->model->model->n_log_z)
        add_column(sheet, "log_prob", call, task, log_prob_cell);
    return 0;
}

static int encode_energy(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    if (call->job->out != API_JSON)
        return api_reply_doubles(call, task->score, call->job->n, fault);
    struct api_buffer b = {0};
    struct json_writer w = api_json_begin(call, &b);
    json_key(&w, "energy");
    json_doubles(&w, task->score, call->job->n);
    write_log_prob(&w, call, task);
    return api_json_end(call, &w, fault);
}

const struct api_op api_op_free_energy = {
    .name = "free-energy",
    .formats = SCORE_FORMATS,
    .params = API_BIT(FORMAT) | API_BIT(THRESHOLD) | API_BIT(EXPLAIN) | API_INPUT_PARAMS,
    .begin = begin_free_energy,
    .tile = free_energy_tile,
    .same = same_free_energy,
    .cost = free_energy_cost,
    .encode = encode_free_energy,
    .sheet = sheet_free_energy,
    .rest = rest_free_energy,
};

const struct api_op api_op_energy = {
    .name = "energy",
    .formats = SCORE_FORMATS,
    .params = API_BIT(FORMAT) | API_BIT(AS) | API_BIT(STATES),
    .begin = begin_energy,
    .tile = energy_tile,
    .cost = energy_cost,
    .encode = encode_energy,
    .sheet = sheet_energy,
};
