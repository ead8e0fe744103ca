/* POST .../neighbors: the indexed rows whose features are nearest to those of the given rows; exact. First the rows' features,
 * a tile at a time, then the index, a slice at a time. */
#include "arrays.h"
#include "body.h"
#include "cost.h"
#include "index.h"
#include "named_fill.h"
#include "named_rows.h"
#include "reply.h"
#include "sheet.h"
#include "worker.h"

#include "mem.h"
#include "object.h"
#include "stop.h"

#include <stdio.h>
#include <string.h>

/* What a call has found so far. */
struct api_search {
    struct bz_neighbour *near; /* [n][k] */
    size_t *found;             /* [n] */
    float *scratch;
    float *query; /* [n][units] what rows come to by the index's views; NULL = the features of its layer are compared */
    size_t k, row, scanned; /* the current query and the indexed rows it has seen */
    enum bz_metric metric;
};

void api_search_free(struct api_search *s)
{
    bz_object_free(s);
}

static int choose_metric(const struct api_call *call, const struct bz_index *x, enum bz_metric *out, struct api_fault *fault)
{
    static const enum bz_metric metrics[] = {BZ_COSINE, BZ_L2, BZ_L2, BZ_HAMMING}; /* in the order of the parameter's choices */
    const struct api_params *par = &call->job->par;
    *out = x->codes == BZ_CODES_BITS ? BZ_HAMMING : BZ_COSINE;
    if (api_given(par, API_P_METRIC))
        *out = metrics[par->metric];
    if (!bz_index_has_metric(x, *out))
        return api_fault(fault, API_BAD_VALUE, "parameter 'metric': this index holds %s codes, expected %s",
                         bz_codes_name(x->codes), x->codes == BZ_CODES_BITS ? "hamming" : "cosine or l2");
    return 0;
}

static int able(const struct api_call *call, struct api_fault *fault)
{
    const struct api_model *model = call->model;
    return model->index ? 0
                        : api_fault(fault, API_UNSUPPORTED, "model '%s' has no index of rows%s%.200s; `boltz index` makes one",
                                    model->name, *model->no_index ? ": " : "", model->no_index);
}

static bool is_view(const struct bz_views *v, size_t layer)
{
    size_t k = 0;
    while (k < v->n && v->view[k].layer != layer)
        k++;
    return k < v->n;
}

/* Values of layers that the index does not compare change nothing: the reply names them. */
static int name_unused(struct api_call *call, const struct bz_views *v, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    struct api_job *job = call->job;
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct api_rows *rows = &job->rows[l];
        const bool given = rows->x && (!rows->known || memchr(rows->known, 1, rows->n * m->layers[l].size));
        if (given && !is_view(v, l) &&
            api_table_name(job->table ? &job->table->ignored : &job->unused, m->layers[l].name, fault) < 0)
            return -1;
    }
    return 0;
}

static int begin(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const struct bz_index *x = call->model->index;
    const struct bz_machine *m = api_machine(call);
    struct api_params *par = &call->job->par;
    size_t count;
    if (task->asked >= 0 && (size_t)task->asked != x->layer)
        return api_fault(fault, API_BAD_VALUE, "parameter 'layer': the index holds features of layer '%s', found '%s'",
                         m->layers[x->layer].name, m->layers[task->asked].name);
    if (api_inputs_agree(call, "inputs", &call->job->n, fault) < 0 ||
        (x->views ? name_unused(call, x->views, fault) : api_task_layer(call, task, x->layer, fault)) < 0)
        return -1;
    task->layer = x->layer;
    struct api_search *s = task->search = bz_object_new(sizeof(*s), NULL, NULL);
    if (!s)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    const size_t k = api_given(par, API_P_K) ? (size_t)par->k : 10;
    s->k = k < x->rows ? k : x->rows;
    if (choose_metric(call, x, &s->metric, fault) < 0)
        return -1;
    if (bz_mul(&count, call->job->n, s->k) < 0 || count > API_MOST_NEIGHBORS)
        return api_fault(fault, API_BAD_VALUE, "%zu rows with %zu neighbours each: at most %d in one reply", call->job->n, s->k,
                         API_MOST_NEIGHBORS);
    task->search_bytes = count * sizeof(*s->near) + (x->views ? call->job->n * x->units * sizeof(float) : 0);
    if ((x->views && !(s->query = bz_part(s, call->job->n * x->units, sizeof(float), NULL))) ||
        !(s->near = bz_part(s, count, sizeof(*s->near), NULL)) ||
        !(s->found = bz_part(s, call->job->n, sizeof(size_t), NULL)) ||
        !(s->scratch = bz_part(s, bz_index_scratch(x), sizeof(float), NULL)))
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    return 0;
}

static void refuse_all(const struct api_tile *tile)
{
    for (size_t i = 0; i < tile->n_segments; i++)
        api_refuse(tile->segment[i].call, API_OUT_OF_MEMORY, "not enough memory to compute this");
}

static float *query_of(struct api_task *task)
{
    return task->search->query;
}

/* "a, b": as many as there is room for. */
static void name_layers(char *text, size_t room, const struct bz_machine *m, const struct bz_views *v)
{
    size_t used = 0;
    *text = 0;
    for (size_t k = 0; k < v->n && used + BZ_NAME_ROOM + 2 < room; k++)
        used += (size_t)snprintf(text + used, room - used, "%s%s", k ? ", " : "", m->layers[v->view[k].layer].name);
}

/* A row of which nothing is known cannot be compared. */
static void refuse_empty(const struct api_tile *tile, const struct bz_views *v)
{
    const struct bz_state *s = tile->scratch->chains->s;
    for (size_t i = 0; i < tile->n_segments; i++) {
        const struct api_segment *g = &tile->segment[i];
        for (size_t r = 0; r < g->n; r++) {
            bool given = false;
            for (size_t k = 0; k < v->n && !given; k++)
                given = bz_view_given(s, v->view[k].layer, g->at + r);
            if (given || g->call->state != API_RUN)
                continue;
            char names[300];
            name_layers(names, sizeof(names), s->m, v);
            api_refuse(g->call, API_BAD_VALUE, "row %zu: nothing is known of the layers that the index compares: %s",
                       g->first + r, names);
        }
    }
}

static void tile_views(struct api_tile *tile, const struct bz_views *v)
{
    struct api_scratch *scratch = tile->scratch;
    struct bz_state *s = scratch->chains->s;
    if (!scratch->met && !(scratch->met = bz_alloc(s->room * v->units, sizeof(float), NULL))) {
        refuse_all(tile);
        return;
    }
    if (!scratch->views && bz_views_work_new(&scratch->views, v, s->m, s->room, NULL) < 0) {
        refuse_all(tile);
        return;
    }
    bz_state_set_length(s, 0, tile->n, v->length);
    bz_views_meet(v, s, tile->n, scratch->met, scratch->views, scratch->work);
    api_tile_store_rows(tile, scratch->met, v->units, query_of);
    refuse_empty(tile, v);
}

/* Nor one without words, where rows are compared as if all had as many. */
static void refuse_no_counts(const struct api_tile *tile, float length)
{
    const struct bz_state *s = tile->scratch->chains->s;
    long layer = -1, visible = 0;
    for (size_t l = 0; l < s->m->n_layers; l++) {
        visible += bz_is_visible(&s->m->layers[l]);
        layer = s->counts[l] ? (long)l : layer;
    }
    if (length <= 0 || layer < 0 || visible > 1)
        return;
    for (size_t i = 0; i < tile->n_segments; i++) {
        const struct api_segment *g = &tile->segment[i];
        for (size_t r = 0; r < g->n && g->call->state == API_RUN; r++)
            if (!(s->counts[layer][g->at + r] > 0))
                api_refuse(g->call, API_BAD_VALUE, "row %zu: all counts of '%s' are 0, there is nothing to compare",
                           g->first + r, s->m->layers[layer].name);
    }
}

static void tile_features(struct api_tile *tile)
{
    struct api_scratch *scratch = tile->scratch;
    const struct bz_index *x = tile->call->model->index;
    if (x->views) {
        tile_views(tile, x->views);
        return;
    }
    refuse_no_counts(tile, x->length);
    bz_state_set_length(scratch->chains->s, 0, tile->n, x->length);
    bz_mean_field(scratch->chains->s, 0, tile->n, false, NULL, scratch->work);
    api_tile_store_layer(tile, tile->task->layer);
}

static double row_cost(const struct bz_index *x)
{
    return x->codes == BZ_CODES_BITS ? (double)x->words : (double)x->units;
}

/* Of what a row comes to by the index. */
static double query_cost(const struct bz_machine *m, const struct bz_index *x)
{
    double work = api_inference_work(m);
    if (!x || !x->views)
        return work;
    work *= (double)x->views->n;
    for (size_t k = 0; k < x->views->n; k++)
        work += (double)x->units * (double)x->views->view[k].width;
    return work;
}

static double cost(const struct api_call *call, const struct api_task *task)
{
    (void)task;
    const struct bz_index *x = call->model->index;
    return query_cost(api_machine(call), x) + (x ? row_cost(x) * (double)x->rows : 0);
}

static bool slice(struct api_call *call, struct api_task *task, struct api_worker *worker)
{
    (void)worker;
    const struct bz_index *x = call->model->index;
    struct api_search *s = task->search;
    const size_t some = (size_t)(API_SLICE_WORK / (row_cost(x) + 16)) + 1;
    for (size_t left = some; left > 0 && s->row < call->job->n;) {
        const size_t n = x->rows - s->scanned < left ? x->rows - s->scanned : left;
        if (s->scanned == 0)
            bz_index_query(x, (s->query ? s->query : task->x[task->layer]) + s->row * x->units, s->scratch);
        struct bz_nearest nearest = {s->near + s->row * s->k, s->k, s->found[s->row]};
        bz_index_scan(x, s->metric, s->scratch, s->scanned, n, &nearest);
        s->found[s->row] = nearest.found;
        s->scanned += n;
        left -= n;
        if (s->scanned < x->rows)
            continue;
        bz_index_sort(&nearest);
        s->row++;
        s->scanned = 0;
    }
    return s->row == call->job->n;
}

static void write_ids(struct json_writer *w, const struct bz_index *x, const struct api_search *s, size_t n)
{
    json_key(w, "ids");
    json_array(w);
    for (size_t r = 0; r < n && !bz_stopping_work(s->k * BZ_STOP_TEXT); r++) {
        json_array(w);
        for (size_t i = 0; i < s->k; i++) {
            const size_t row = s->near[r * s->k + i].row;
            const size_t length = (size_t)(x->id_start[row + 1] - x->id_start[row]);
            char *id = bz_strndup(x->ids + x->id_start[row], length, NULL);
            json_text(w, id ? id : "");
            w->b->failed = w->b->failed || !id;
            bz_free(id);
        }
        json_end_array(w);
    }
    json_end_array(w);
}

static int rest(struct json_writer *w, struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    (void)task;
    (void)fault;
    json_key_string(w, "layer", api_machine(call)->layers[call->model->index->layer].name);
    return 0;
}

static const struct bz_neighbour *neighbour(const struct api_sheet_column *c, size_t row)
{
    const struct api_search *s = ((const struct api_task *)c->data)->search;
    return &s->near[row * s->k + c->at];
}

static struct api_cell index_cell(const struct api_sheet_column *c, size_t row)
{
    return (struct api_cell){API_CELL_WHOLE, (double)neighbour(c, row)->row, NULL};
}

static struct api_cell distance_cell(const struct api_sheet_column *c, size_t row)
{
    return (struct api_cell){API_CELL_DOUBLE, neighbour(c, row)->distance, NULL};
}

/* index_1, distance_1, index_2 ... */
static int sheet(struct api_call *call, struct api_task *task, struct api_sheet *sheet, struct api_fault *fault)
{
    (void)fault;
    for (size_t i = 0; i < 2 * task->search->k && !sheet->failed; i++) {
        char name[32];
        snprintf(name, sizeof(name), i % 2 ? "distance_%zu" : "index_%zu", i / 2 + 1);
        api_sheet_add(
            sheet, name,
            (struct api_sheet_column){.value = i % 2 ? distance_cell : index_cell, .call = call, .data = task, .at = i / 2});
    }
    return 0;
}

static int encode(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const struct bz_index *x = call->model->index;
    const struct api_search *s = task->search;
    const size_t n = call->job->n, count = n * s->k;
    int64_t *index = bz_alloc(count, sizeof(*index), NULL);
    if (!index)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the reply");
    for (size_t i = 0; i < count; i++)
        index[i] = (int64_t)s->near[i].row;
    if (call->job->out != API_JSON) {
        const int rc = api_reply_indices(call, index, n, s->k, fault);
        bz_free(index);
        return rc;
    }
    struct api_buffer b = {0};
    struct json_writer w = api_json_begin(call, &b);
    rest(&w, call, task, fault);
    json_key(&w, "indices");
    json_array(&w);
    for (size_t r = 0; r < n; r++) {
        json_array(&w);
        for (size_t i = 0; i < s->k; i++)
            json_whole(&w, (uint64_t)index[r * s->k + i]);
        json_end_array(&w);
    }
    json_end_array(&w);
    json_key(&w, "distances");
    json_array(&w);
    for (size_t r = 0; r < n; r++) {
        json_array(&w);
        for (size_t i = 0; i < s->k; i++)
            json_double(&w, s->near[r * s->k + i].distance);
        json_end_array(&w);
    }
    json_end_array(&w);
    if (x->id_start)
        write_ids(&w, x, s, n);
    bz_free(index);
    return api_json_end(call, &w, fault);
}

const struct api_op api_op_neighbors = {
    .name = "neighbors",
    .formats = 1 << API_JSON | 1 << API_NPY | 1 << API_RAW | 1 << API_CSV,
    .params = API_BIT(FORMAT) | API_BIT(K) | API_BIT(LAYER) | API_BIT(METRIC) | API_INPUT_PARAMS,
    .able = able,
    .begin = begin,
    .tile = tile_features,
    .slice = slice,
    .cost = cost,
    .encode = encode,
    .sheet = sheet,
    .rest = rest,
};
