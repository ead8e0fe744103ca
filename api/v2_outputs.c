/* The outputs of a /v2 inference request: which task each comes from. */
#include "anomalies.h"
#include "body.h"
#include "classes.h"
#include "v2.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

/* An output's name, and the operation it comes from. */
static const struct named_output {
    const char *name;
    const struct api_op *op;
    enum v2_part part;
    bool by_layer, visible; /* NAME.<layer>, of the visible layers only */
} table[] = {
    {"free_energy", &api_op_free_energy, V2_SCORE, false, false},
    {"percentile", &api_op_free_energy, V2_PERCENTILE, false, false},
    {"anomaly", &api_op_free_energy, V2_ANOMALY, false, false},
    {"explain", &api_op_free_energy, V2_EXPLAIN, false, false},
    {"classes", &api_op_classify, V2_CLASSES, false, false},
    {"features", &api_op_features, V2_LAYER, true, false},
    {"reconstruction", &api_op_reconstruct, V2_LAYER, true, true},
    {"samples", &api_op_sample, V2_LAYER, true, false},
};
enum { N_NAMES = sizeof(table) / sizeof(*table) };

/* The outputs being made, and what from. */
struct maker {
    struct api_call *call;
    const struct bz_machine *m;
    long layer; /* of parameter `layer`; -1 = none */
    struct api_fault *fault;
};

/* The tail of "features.hidden"; NULL if the name is not `base` or base.something; "" if it is `base` alone. */
static const char *tail_of(const char *name, const char *base)
{
    const size_t n = strlen(base);
    if (strncmp(name, base, n) != 0 || (name[n] && (name[n] != '.' || !name[n + 1])))
        return NULL;
    return name[n] ? name + n + 1 : "";
}

static const struct named_output *find_name(const char *name, const char **tail)
{
    for (size_t i = 0; i < N_NAMES; i++)
        if ((*tail = tail_of(name, table[i].name)) && (table[i].by_layer || !**tail))
            return &table[i];
    return NULL;
}

/* The task for op and layer, made if it does not exist yet; -1 when a check fails. */
static long task_for(struct maker *k, const struct api_op *op, long layer)
{
    struct api_job *job = k->call->job;
    for (size_t t = 0; t < job->n_tasks; t++)
        if (job->tasks[t].op == op && (op != &api_op_features || (long)job->tasks[t].layer == layer))
            return (long)t;
    struct api_task *task = &job->tasks[job->n_tasks++];
    task->op = op;
    task->asked = layer;
    if (op->begin(k->call, task, k->fault) < 0)
        return -1;
    return (long)(job->n_tasks - 1);
}

/* The layer of an output by layer; -1 and a fault on failure. */
static long layer_of(struct maker *k, const struct named_output *o, const char *tail)
{
    if (*tail)
        return api_layer_by_name(k->m, tail, o->visible, "outputs", k->fault);
    if (o->op != &api_op_features)
        return api_only_layer(k->m, "output", k->fault);
    if (k->layer >= 0)
        return k->layer;
    const long top = bz_machine_top_hidden(k->m);
    return top >= 0 ? top : api_fault(k->fault, API_UNKNOWN_INPUT, "output 'features': the model has no hidden layer");
}

/* Whether the reconstruction of this layer is the classes' probabilities: for labels that were not given, as means. */
static bool is_inferred_label(const struct maker *k, long layer)
{
    const struct api_job *job = k->call->job;
    const struct api_rows *rows = &job->rows[layer];
    const size_t size = k->m->layers[layer].size;
    struct bz_classes classes;
    if (layer != bz_label_layer(k->m) || (api_given(&job->par, API_P_TYPE) && job->par.type == API_STATE))
        return false;
    if (rows->x && (!rows->known || memchr(rows->known, 1, rows->n * size)))
        return false;
    return bz_model_classes(k->call->model->model, &classes) && classes.n == size;
}

static int check_part(const struct maker *k, enum v2_part part)
{
    struct api_anomalies a;
    const bool judged = api_anomalies_begin(k->call, &a);
    if (part == V2_PERCENTILE && !a.scale)
        return api_fault(k->fault, API_UNSUPPORTED,
                         "the model keeps no free energies of such rows to compare with (boltz calibrate)");
    if (part == V2_ANOMALY && !judged)
        return api_fault(k->fault, API_UNSUPPORTED,
                         "the model keeps no threshold for such rows (boltz calibrate); parameter 'threshold' gives one");
    return 0;
}

/* One output by its name: the task it comes from and which of its results. */
static int add_output(struct maker *k, const struct v2_wanted *wanted)
{
    struct v2_request *v2 = k->call->job->v2;
    struct v2_output *out = &v2->outputs[v2->n_outputs];
    const char *tail, *name = wanted->name;
    const struct named_output *o = find_name(name, &tail);
    if (!o)
        return api_fault(
            k->fault, API_UNKNOWN_INPUT,
            "output '%.70s': expected free_energy, percentile, anomaly, explain, classes, features, reconstruction or samples "
            "(the last three also with .<layer>)",
            name);
    long layer = o->by_layer ? layer_of(k, o, tail) : -1;
    if ((o->by_layer && layer < 0) || check_part(k, o->part) < 0)
        return o->by_layer && layer < 0 ? -1 : api_fault_in(k->fault, "output '%.70s'", name);
    const bool label = o->op == &api_op_reconstruct && is_inferred_label(k, layer);
    const long task = label ? task_for(k, &api_op_classify, -1) : task_for(k, o->op, o->op == &api_op_features ? layer : -1);
    if (task < 0)
        return api_fault_in(k->fault, "output '%.70s'", name);
    if (layer >= 0 && !label && api_task_layer(k->call, &k->call->job->tasks[task], (size_t)layer, k->fault) < 0)
        return -1;
    snprintf(out->name, sizeof(out->name), "%s", name);
    out->task = (size_t)task;
    out->part = label ? V2_CLASSES : o->part;
    out->layer = layer;
    out->binary = wanted->binary;
    out->top = wanted->top;
    v2->n_outputs++;
    return 0;
}

/* The outputs of a request that names none: those that the metadata lists. */
static int default_outputs(struct maker *k, bool binary)
{
    char name[96];
    size_t visible = 0;
    const struct v2_wanted score = {"free_energy", binary, 0}, features = {"features", binary, 0}, other = {name, binary, 0};
    for (size_t l = 0; l < k->m->n_layers; l++)
        visible += bz_is_visible(&k->m->layers[l]);
    if (add_output(k, &score) < 0 || (bz_machine_top_hidden(k->m) >= 0 && add_output(k, &features) < 0))
        return -1;
    for (size_t l = 0; l < k->m->n_layers; l++) {
        if (!bz_is_visible(&k->m->layers[l]))
            continue;
        snprintf(name, sizeof(name), visible > 1 ? "reconstruction.%s" : "reconstruction", k->m->layers[l].name);
        if (add_output(k, &other) < 0)
            return -1;
    }
    return 0;
}

/* Samples beside other outputs are one chain per row; alone, `count` says how many. */
static int check_count(struct maker *k, const struct v2_wanted *wanted, size_t n)
{
    struct api_job *job = k->call->job;
    struct api_params *par = &job->par;
    size_t rows = 0;
    bool others = n == 0;
    for (size_t i = 0; i < n; i++)
        others |= !tail_of(wanted[i].name, "samples");
    for (size_t l = 0; l < k->m->n_layers; l++)
        rows = job->rows[l].n > rows ? job->rows[l].n : rows;
    if (api_given(par, API_P_CONTINUE) && (rows || others))
        return api_fault(k->fault, API_BAD_VALUE,
                         "parameter 'continue': continues from its own chains, so without inputs and for samples only");
    if (rows == 0)
        return 0;
    if (!api_given(par, API_P_COUNT)) {
        par->count = rows;
        par->given |= API_BIT(COUNT);
    } else if (par->count != rows && (others || rows != 1)) {
        return api_fault(k->fault, API_BAD_VALUE, "parameter 'count': found %llu, the inputs have %zu rows",
                         (unsigned long long)par->count, rows);
    }
    return 0;
}

/* The output `explain` and the parameter of that name are equivalent: either implies the other. True if the output is
   listed. */
static bool settle_explain(struct api_params *par, const struct v2_wanted *wanted, size_t n)
{
    bool listed = false;
    for (size_t i = 0; i < n; i++)
        listed = listed || strcmp(wanted[i].name, "explain") == 0;
    if (listed) {
        par->explain = true;
        par->given |= API_BIT(EXPLAIN);
    }
    return listed;
}

int v2_make_outputs(struct api_call *call, const struct v2_wanted *wanted, size_t n, bool binary, struct api_fault *fault)
{
    struct api_job *job = call->job;
    struct maker k = {call, api_machine(call), -1, fault};
    const size_t room = V2_MOST_OUTPUTS(k.m) + 1;
    char explained[] = "explain";
    const struct v2_wanted explain = {explained, binary, 0};
    if (api_given(&job->par, API_P_LAYER) &&
        (k.layer = api_layer_by_name(k.m, job->par.layer, false, "parameter 'layer'", fault)) < 0)
        return -1;
    job->tasks = bz_alloc(room, sizeof(*job->tasks), NULL);
    job->v2->outputs = bz_alloc(room, sizeof(*job->v2->outputs), NULL);
    if (!job->tasks || !job->v2->outputs)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    if (check_count(&k, wanted, n) < 0)
        return -1;
    const bool listed = settle_explain(&job->par, wanted, n);
    if (n == 0 && default_outputs(&k, binary) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (add_output(&k, &wanted[i]) < 0)
            return -1;
    return listed || !api_given(&job->par, API_P_EXPLAIN) || !job->par.explain ? 0 : add_output(&k, &explain);
}
