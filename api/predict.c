#include "predict.h"

#include "arrays.h"
#include "body.h"
#include "cost.h"
#include "rank.h"
#include "reply.h"

#include "mem.h"
#include "unit.h"

#include <string.h>

static int find_layer(struct api_call *call, size_t *layer, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    const char *name = call->job->par.predict;
    const long found = bz_machine_find(m, name);
    if (found < 0 || !bz_is_visible(&m->layers[found]))
        return api_fault(fault, API_BAD_VALUE, "parameter 'predict': found '%.64s', expected the name of a visible layer",
                         name);
    if (!bz_unit_type(m->layers[found].unit)->discrete)
        return api_fault(fault, API_BAD_VALUE,
                         "parameter 'predict': units of layer '%s' are %s, expected units that are on or off, or counts",
                         m->layers[found].name, bz_unit_name(m->layers[found].unit));
    *layer = (size_t)found;
    return 0;
}

/* A row has as many counts as its known words add up to, where nothing else is said: then all others have probability 0. */
static int some_counts_are_left(const struct api_call *call, size_t layer, struct api_fault *fault)
{
    const struct api_job *job = call->job;
    const struct bz_layer *l = &api_machine(call)->layers[layer];
    const struct api_rows *given = &job->rows[layer];
    const double said = job->counts ? job->counts[layer] : -1;
    if (!bz_unit_type(l->unit)->counted)
        return 0;
    for (size_t r = 0; r < job->n; r++) {
        double sum = 0;
        size_t known = 0;
        for (size_t i = 0; given->x && i < l->size; i++)
            if (given->known[r * l->size + i]) {
                sum += (double)given->x[r * l->size + i];
                known++;
            }
        const double counts = said >= 0 ? said : known ? sum : bz_usual_counts(l);
        if (known < l->size && counts <= sum)
            return api_fault(fault, API_BAD_VALUE,
                             "row %zu: its known words of layer '%s' add up to %.0f, so none is left to predict: say more in "
                             "counts.%s",
                             r, l->name, sum, l->name);
    }
    return 0;
}

int api_predict_begin(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    struct api_params *par = &call->job->par;
    const struct bz_machine *m = api_machine(call);
    if (call->job->v2)
        return api_fault(fault, API_BAD_VALUE, "parameter 'predict': available under /v1 only");
    if (call->job->out != API_JSON || par->as == API_OBJECTS)
        return api_fault(fault, API_NOT_ACCEPTABLE,
                         "names and probabilities (parameter 'predict') are available as arrays of application/json");
    if (find_layer(call, &task->layer, fault) < 0)
        return -1;
    const struct api_rows *given = &call->job->rows[task->layer];
    if (given->x && (!given->known || !memchr(given->known, 0, given->n * m->layers[task->layer].size)))
        return api_fault(fault, API_BAD_VALUE, "inputs: layer '%s' is wholly known, so nothing of it is left to predict",
                         m->layers[task->layer].name);
    if (api_inputs_agree(call, "inputs", &call->job->n, fault) < 0 || some_counts_are_left(call, task->layer, fault) < 0 ||
        (task->type == API_STATE && api_params_seed(par, fault) < 0))
        return -1;
    if (task->type == API_STATE && !api_given(par, API_P_PASSES))
        task->steps = 200;
    task->predicts = true;
    return api_task_layer(call, task, task->layer, fault);
}

void api_predict_tile(struct api_tile *tile)
{
    struct api_scratch *scratch = tile->scratch;
    struct bz_state *s = scratch->chains->s;
    const size_t layer = tile->task->layer;
    if (tile->task->type == API_STATE)
        bz_posterior_average(scratch->chains, layer, 0, tile->n, tile->task->steps, scratch->work);
    else
        bz_mean_field(s, 0, tile->n, false, NULL, scratch->work);
    for (size_t r = 0; s->counts[layer] && r < tile->n; r++) /* for words, shares */
        for (size_t i = 0; i < s->m->layers[layer].size; i++)
            s->x[layer][r * s->m->layers[layer].size + i] /= s->counts[layer][r] > 0 ? s->counts[layer][r] : 1;
    api_tile_store_layer(tile, layer);
}

double api_predict_cost(const struct api_call *call, const struct api_task *task)
{
    const struct bz_machine *m = api_machine(call);
    return task->type == API_STATE ? api_sweep_work(m) * (double)task->steps : api_inference_work(m);
}

/* The probability of being on is P(+1) for units of -1 and 1, too. */
static float probability(const struct bz_layer *l, float mean)
{
    return bz_unit_type(l->unit)->least < 0 ? (1 + mean) / 2 : mean;
}

/* The unknown units of one row, the most probable first; returns their number. */
static size_t rank(const struct api_call *call, const struct api_task *task, size_t row, struct bz_ranked *best)
{
    const struct bz_layer *l = &api_machine(call)->layers[task->layer];
    const struct api_rows *given = &call->job->rows[task->layer];
    const uint8_t *known = given->x && given->known ? given->known + row * l->size : NULL;
    size_t n = 0;
    for (size_t i = 0; i < l->size; i++)
        if (!known || !known[i])
            best[n++] = (struct bz_ranked){probability(l, task->x[task->layer][row * l->size + i]), (uint32_t)i};
    bz_rank(best, n);
    return n;
}

static void write_name(struct json_writer *w, const struct bz_layer *l, size_t unit)
{
    if (l->n_categories == l->size)
        json_text(w, l->categories[unit]);
    else
        json_whole(w, unit);
}

/* Names, or, with scratch p[size], probabilities. */
static void write_rows(struct json_writer *w, const struct api_call *call, const struct api_task *task, struct bz_ranked *best,
                       float *p)
{
    const struct api_params *par = &call->job->par;
    const struct bz_layer *l = &api_machine(call)->layers[task->layer];
    json_array(w);
    for (size_t r = 0; r < call->job->n; r++) {
        const size_t left = rank(call, task, r, best), n = api_given(par, API_P_TOP) && par->top < left ? par->top : left;
        if (p) {
            for (size_t i = 0; i < n; i++)
                p[i] = best[i].p;
            json_floats(w, p, n);
            continue;
        }
        json_array(w);
        for (size_t i = 0; i < n; i++)
            write_name(w, l, best[i].unit);
        json_end_array(w);
    }
    json_end_array(w);
}

int api_predict_encode(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const struct bz_layer *l = &api_machine(call)->layers[task->layer];
    struct bz_ranked *best = bz_alloc(l->size, sizeof(*best), NULL);
    float *p = bz_alloc(l->size, sizeof(*p), NULL);
    if (!best || !p) {
        bz_free(best);
        bz_free(p);
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the reply");
    }
    struct api_buffer b = {0};
    struct json_writer w = api_json_begin(call, &b);
    json_key_string(&w, "layer", l->name);
    json_key(&w, "names");
    write_rows(&w, call, task, best, NULL);
    json_key(&w, "probabilities");
    write_rows(&w, call, task, best, p);
    if (task->type == API_STATE)
        json_key_whole(&w, "seed", call->job->par.seed);
    bz_free(best);
    bz_free(p);
    return api_json_end(call, &w, fault);
}
