#include "explain.h"

#include "named_rows.h"

#include "mem.h"
#include "stop.h"
#include "surprise.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static bool is_asked(const struct api_call *call)
{
    return api_given(&call->job->par, API_P_EXPLAIN) && call->job->par.explain;
}

int api_explain_begin(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    size_t cells;
    if (!is_asked(call))
        return 0;
    if (call->job->out != API_JSON && call->job->out != API_CSV)
        return api_fault(fault, API_NOT_ACCEPTABLE,
                         "explanations (parameter 'explain') are available as application/json or text/csv");
    const long counted = bz_machine_counted(m);
    if (counted >= 0)
        return api_fault(fault, API_UNSUPPORTED,
                         "parameter 'explain': layer '%s' holds counts, which cannot be judged individually",
                         m->layers[counted].name);
    if (api_table_make(call, fault) < 0)
        return -1;
    task->surprise = bz_mul(&cells, call->job->n, API_EXPLAINED) < 0 ? NULL : bz_alloc(cells, sizeof(*task->surprise), NULL);
    task->n_surprises = bz_alloc(call->job->n, sizeof(*task->n_surprises), NULL);
    return task->surprise && task->n_surprises ? 0 : api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
}

double api_explain_cost(const struct api_call *call)
{
    return is_asked(call) && call->job->table ? 4 * (double)call->job->table->n_slots : 0; /* a mean field takes some sweeps */
}

static void explain_row(struct api_tile *tile, const struct api_segment *g, size_t row, const float **x, const uint8_t **known)
{
    const struct api_job *job = g->call->job;
    struct bz_state *s = tile->scratch->chains->s;
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const struct api_rows *rows = &job->rows[l];
        x[l] = rows->x ? rows->x + row * s->m->layers[l].size : NULL;
        known[l] = rows->x && rows->known ? rows->known + row * s->m->layers[l].size : NULL;
    }
    g->task->n_surprises[row] =
        (uint8_t)bz_surprises(&job->table->columns, s, x, known, g->task->score[row], g->task->surprise + row * API_EXPLAINED,
                              API_EXPLAINED, tile->scratch->work);
}

void api_explain_tile(struct api_tile *tile)
{
    const size_t n_layers = tile->scratch->chains->s->m->n_layers;
    const float **x = NULL;
    const uint8_t **known = NULL;
    for (size_t i = 0; i < tile->n_segments; i++) {
        const struct api_segment *g = &tile->segment[i];
        if (!g->task->surprise || g->call->state != API_RUN)
            continue;
        if (!x && (!(x = bz_alloc(n_layers, sizeof(*x), NULL)) || !(known = bz_alloc(n_layers, sizeof(*known), NULL)))) {
            api_refuse(g->call, API_OUT_OF_MEMORY, "not enough memory to compute this");
            break;
        }
        for (size_t r = g->first; r < g->first + g->n && !bz_stopping(); r++)
            explain_row(tile, g, r, x, known);
    }
    bz_free(x);
    bz_free(known);
}

static void write_value(struct json_writer *w, const struct bz_column *c, double value)
{
    if (c->kind == BZ_COLUMN_CATEGORY)
        json_text(w, c->categories[(size_t)value]);
    else if (c->kind == BZ_COLUMN_BOOLEAN)
        json_bool(w, value > 0);
    else
        json_float(w, (float)value);
}

static void write_cell(struct json_writer *w, const struct bz_columns *t, const struct bz_surprise *cell)
{
    const struct bz_column *c = &t->columns[cell->column];
    char name[BZ_NAME_ROOM + 24];
    snprintf(name, sizeof(name), "%s_%zu", c->layer, c->unit + cell->within);
    json_object(w);
    json_key_string(w, "column", c->name[0] ? c->name : name);
    json_key(w, "value");
    write_value(w, c, cell->value);
    json_key(w, "expected");
    write_value(w, c, cell->expected);
    json_key_double(w, "drop", cell->drop);
    json_end_object(w);
}

bool api_explain_write_cell(struct json_writer *w, const struct api_call *call, const struct api_task *task, size_t row,
                            size_t k)
{
    if (k >= task->n_surprises[row])
        return false;
    write_cell(w, &call->job->table->columns, &task->surprise[row * API_EXPLAINED + k]);
    return true;
}

void api_explain_write(struct json_writer *w, const struct api_call *call, const struct api_task *task)
{
    if (!task->surprise)
        return;
    json_key(w, "explain");
    json_array(w);
    for (size_t r = 0; r < call->job->n && !bz_stopping_work(API_EXPLAINED * BZ_STOP_TEXT); r++) {
        json_array(w);
        for (size_t k = 0; api_explain_write_cell(w, call, task, r, k); k++)
            ;
        json_end_array(w);
    }
    json_end_array(w);
}

/* --- CSV --- */

static const char *const parts[] = {"cell", "value", "expected", "drop"};
enum { N_PARTS = sizeof(parts) / sizeof(*parts) };

static struct api_cell value_cell(const struct bz_column *c, double value)
{
    if (c->kind == BZ_COLUMN_CATEGORY)
        return (struct api_cell){API_CELL_TEXT, 0, c->categories[(size_t)value]};
    return (struct api_cell){c->kind == BZ_COLUMN_BOOLEAN ? API_CELL_TRUTH : API_CELL_FLOAT, value, NULL};
}

/* Cell `at` of a row; `slot` is which of its parts. */
static struct api_cell explained_cell(const struct api_sheet_column *column, size_t row)
{
    const struct api_task *task = column->data;
    const struct bz_surprise *cell = &task->surprise[row * API_EXPLAINED + column->at];
    if (column->at >= task->n_surprises[row])
        return (struct api_cell){API_CELL_NONE, 0, NULL};
    const struct bz_column *c = &column->call->job->table->columns.columns[cell->column];
    if (column->slot == 0)
        return c->name[0] ? (struct api_cell){API_CELL_TEXT, 0, c->name}
                          : (struct api_cell){API_CELL_UNIT, (double)(c->unit + cell->within), c->layer};
    return column->slot == 3 ? (struct api_cell){API_CELL_DOUBLE, cell->drop, NULL}
                             : value_cell(c, column->slot == 1 ? cell->value : cell->expected);
}

void api_explain_columns(struct api_sheet *sheet, const struct api_call *call, const struct api_task *task)
{
    char name[24];
    for (size_t i = 0; task->surprise && i < (size_t)API_EXPLAINED * N_PARTS; i++) {
        snprintf(name, sizeof(name), "%s_%zu", parts[i % N_PARTS], i / N_PARTS + 1);
        api_sheet_add(sheet, name,
                      (struct api_sheet_column){
                          .value = explained_cell, .call = call, .data = task, .at = i / N_PARTS, .slot = i % N_PARTS});
    }
}
