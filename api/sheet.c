#include "sheet.h"

#include "arrays.h"
#include "levels.h"
#include "named_rows.h"
#include "pieces.h"

#include "float_text.h"
#include "gibbs.h"
#include "mem.h"
#include "stop.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_OF_A_CELL = 12 }; /* bytes: the shortest text of most float32 numbers, and a comma */

bool api_wants_sheet(const struct api_call *call)
{
    return call->job->out == API_CSV || (call->job->out == API_JSON && call->job->par.as == API_OBJECTS);
}

/* --- columns --- */

static void free_sheet(struct api_sheet *sheet)
{
    for (size_t j = 0; j < sheet->n; j++)
        bz_free(sheet->columns[j].name);
    bz_free(sheet->columns);
    *sheet = (struct api_sheet){0};
}

static void add(struct api_sheet *sheet, const char *name, struct api_sheet_column column)
{
    sheet->failed = sheet->failed || bz_grow(&sheet->columns, &sheet->room, sheet->n + 1, sizeof(*sheet->columns), NULL) < 0 ||
                    !(column.name = bz_strdup(name, NULL));
    if (!sheet->failed)
        sheet->columns[sheet->n++] = column;
}

void api_sheet_add(struct api_sheet *sheet, const char *name, struct api_sheet_column column)
{
    char other[200];
    for (size_t j = 0; j < sheet->n; j++)
        if (strcmp(sheet->columns[j].name, name) == 0) {
            snprintf(other, sizeof(other), "%.190s_", name);
            api_sheet_add(sheet, other, column);
            return;
        }
    add(sheet, name, column);
}

static struct api_cell of_doubles(const struct api_sheet_column *c, size_t row)
{
    const double x = ((const double *)c->data)[row * c->stride + c->at];
    return (struct api_cell){isfinite(x) ? API_CELL_DOUBLE : API_CELL_NONE, x, NULL};
}

static struct api_cell of_floats(const struct api_sheet_column *c, size_t row)
{
    const float x = ((const float *)c->data)[row * c->stride + c->at];
    return (struct api_cell){isfinite(x) ? API_CELL_FLOAT : API_CELL_NONE, (double)x, NULL};
}

void api_sheet_doubles(struct api_sheet *sheet, const char *name, const double *x, size_t stride, size_t at)
{
    api_sheet_add(sheet, name, (struct api_sheet_column){.value = of_doubles, .data = x, .stride = stride, .at = at});
}

void api_sheet_floats(struct api_sheet *sheet, const char *name, const float *x, size_t stride, size_t at)
{
    api_sheet_add(sheet, name, (struct api_sheet_column){.value = of_floats, .data = x, .stride = stride, .at = at});
}

void api_sheet_units(struct api_sheet *sheet, const struct bz_layer *layer, const float *x)
{
    char name[BZ_NAME_ROOM + 24];
    for (size_t i = 0; i < layer->size && !sheet->failed; i++) {
        snprintf(name, sizeof(name), "%s_%zu", layer->name, i);
        add(sheet, name, (struct api_sheet_column){.value = of_floats, .data = x, .stride = layer->size, .at = i});
    }
}

static struct api_cell of_ids(const struct api_sheet_column *c, size_t row)
{
    const char *id = c->call->job->table->ids[row];
    return (struct api_cell){id ? API_CELL_TEXT : API_CELL_NONE, 0, id};
}

static void add_ids(struct api_sheet *sheet, const struct api_call *call)
{
    const struct api_table *t = call->job->table;
    bool any = false;
    for (size_t r = 0; t && t->id >= 0 && r < t->n && !any; r++)
        any = t->ids[r] != NULL;
    if (any)
        api_sheet_add(sheet, t->columns.columns[t->id].name, (struct api_sheet_column){.value = of_ids, .call = call});
}

/* --- the model's columns --- */

static bool is_as_given(const struct api_sheet_column *c, const struct bz_column *column, const struct bz_layer *layer,
                        size_t row)
{
    const struct api_job *job = c->call->job;
    const struct api_rows *given = &job->rows[c->at];
    const size_t first = row * layer->size + column->unit + (column->kind == BZ_COLUMN_NUMBER ? c->slot : 0);
    const size_t n = column->kind == BZ_COLUMN_CATEGORY ? column->size : 1;
    return job->table->n > 0 && given->x && (!given->known || given->known[first]) &&
           memcmp(given->x + first, (const float *)c->data + first, n * sizeof(float)) == 0;
}

static struct api_cell of_model(const struct api_sheet_column *c, size_t row)
{
    const struct api_table *t = c->call->job->table;
    const struct bz_column *column = &t->columns.columns[c->column];
    const struct bz_layer *layer = &api_machine(c->call)->layers[c->at];
    double value = bz_column_value_of(column, c->slot, (const float *)c->data + row * layer->size, layer, NULL);
    enum api_cell_kind kind = API_CELL_FLOAT;
    if (is_as_given(c, column, layer, row)) {
        value = t->cells[row * t->n_slots + t->slot[c->column] + c->slot];
        kind = API_CELL_DOUBLE;
    }
    if (column->kind == BZ_COLUMN_CATEGORY)
        return (struct api_cell){API_CELL_TEXT, 0, column->categories[(size_t)value]};
    if (column->kind == BZ_COLUMN_BOOLEAN)
        return (struct api_cell){API_CELL_TRUTH, value, NULL};
    return (struct api_cell){isfinite(value) ? kind : API_CELL_NONE, value, NULL};
}

static void add_model_column(struct api_sheet *sheet, struct api_call *call, size_t j, size_t layer, const float *x)
{
    const struct bz_column *column = &call->job->table->columns.columns[j];
    const size_t n = bz_column_width(column);
    char name[BZ_NAME_ROOM + 24];
    for (size_t k = 0; k < n && !sheet->failed; k++) {
        snprintf(name, sizeof(name), "%s_%zu", api_machine(call)->layers[layer].name, column->unit + k);
        add(sheet, column->name[0] ? column->name : name,
            (struct api_sheet_column){.value = of_model, .call = call, .data = x, .at = layer, .column = j, .slot = k});
    }
}

/* The most probable of a group that has no column: by name if it has names. */
static struct api_cell of_group(const struct api_sheet_column *c, size_t row)
{
    const float *x = (const float *)c->data + row * c->stride;
    size_t best = 0;
    for (size_t i = 1; i < c->stride; i++)
        best = x[i] > x[best] ? i : best;
    return c->names ? (struct api_cell){API_CELL_TEXT, 0, c->names[best]}
                    : (struct api_cell){API_CELL_WHOLE, (double)best, NULL};
}

/* A layer that stands in no column of inputs: labels, under the name of the column that they came from, and hidden ones. */
static void add_layer(struct api_sheet *sheet, const struct bz_columns *t, const struct bz_layer *layer, const float *x)
{
    const char *name = layer->name;
    for (size_t j = 0; layer->role == BZ_LABEL && j < t->n; j++)
        if (t->columns[j].kind == BZ_COLUMN_LABEL && t->columns[j].name[0])
            name = t->columns[j].name;
    char *const *names = layer->n_categories == layer->size ? layer->categories : NULL;
    if (!bz_is_choice(layer))
        api_sheet_units(sheet, layer, x);
    else
        api_sheet_add(sheet, name,
                      (struct api_sheet_column){.value = of_group, .data = x, .stride = layer->size, .names = names});
}

int api_sheet_model(struct api_sheet *sheet, struct api_call *call, float *const *x, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    if (api_table_make(call, fault) < 0)
        return -1;
    const struct bz_columns *t = &call->job->table->columns;
    for (size_t j = 0; j < t->n; j++) {
        const long l = bz_column_is_input(&t->columns[j]) ? bz_machine_find(m, t->columns[j].layer) : -1;
        if (l >= 0 && x[l])
            add_model_column(sheet, call, j, (size_t)l, x[l]);
    }
    for (size_t l = 0; l < m->n_layers; l++) {
        bool stands = false;
        for (size_t j = 0; j < t->n; j++)
            stands = stands || (bz_column_is_input(&t->columns[j]) && strcmp(t->columns[j].layer, m->layers[l].name) == 0);
        if (!stands && x[l])
            add_layer(sheet, t, &m->layers[l], x[l]);
    }
    return 0;
}

/* --- writing --- */

static void write_json_cell(struct json_writer *w, const struct api_cell *cell)
{
    const float x = (float)cell->number;
    char name[BZ_NAME_ROOM + 24];
    switch (cell->kind) {
    case API_CELL_NONE:
        json_null(w);
        break;
    case API_CELL_FLOAT:
        json_float(w, x);
        break;
    case API_CELL_DOUBLE:
        json_double(w, cell->number);
        break;
    case API_CELL_WHOLE:
        json_integer(w, (int64_t)cell->number);
        break;
    case API_CELL_TRUTH:
        json_bool(w, cell->number > 0);
        break;
    case API_CELL_TEXT:
        json_text(w, cell->text);
        break;
    case API_CELL_UNIT:
        snprintf(name, sizeof(name), "%s_%.0f", cell->text, cell->number);
        json_text(w, name);
        break;
    }
}

static void write_object(struct json_writer *w, const struct api_sheet *sheet, size_t row)
{
    json_object(w);
    for (size_t j = 0; j < sheet->n; j++) {
        const struct api_cell cell = sheet->columns[j].value(&sheet->columns[j], row);
        json_key(w, sheet->columns[j].name);
        write_json_cell(w, &cell);
    }
    json_end_object(w);
}

/* RFC 4180: in quotes where necessary, and where it could be taken for a gap. */
static void csv_text(struct api_buffer *b, const char *text)
{
    if (bz_text_stands_bare(text, ',')) {
        api_buffer_text(b, text);
        return;
    }
    api_buffer_add(b, "\"", 1);
    for (; *text; text++)
        api_buffer_add(b, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
    api_buffer_add(b, "\"", 1);
}

static void csv_cell(struct api_buffer *b, const struct api_cell *cell)
{
    char number[BZ_DOUBLE_ROOM];
    switch (cell->kind) {
    case API_CELL_NONE:
        break;
    case API_CELL_FLOAT:
        api_buffer_add(b, number, bz_float_cell((float)cell->number, number));
        break;
    case API_CELL_DOUBLE:
    case API_CELL_WHOLE:
        api_buffer_add(b, number, bz_double_cell(cell->number, number));
        break;
    case API_CELL_TRUTH:
        api_buffer_text(b, cell->number > 0 ? "1" : "0");
        break;
    case API_CELL_TEXT:
        csv_text(b, cell->text);
        break;
    case API_CELL_UNIT:
        api_buffer_printf(b, "%s_%.0f", cell->text, cell->number);
        break;
    }
}

static void write_csv(const struct api_sheet *sheet, size_t row, struct api_buffer *b)
{
    for (size_t j = 0; j < sheet->n; j++) {
        const struct api_cell cell = sheet->columns[j].value(&sheet->columns[j], row);
        api_buffer_text(b, j ? "," : "");
        csv_cell(b, &cell);
    }
    api_buffer_text(b, "\n");
}

static void csv_line(void *arg, size_t line, struct api_buffer *b)
{
    write_csv(arg, line, b);
}

static void json_line(void *arg, size_t line, struct api_buffer *b)
{
    struct json_writer w = json_writer(b);
    api_buffer_text(b, line ? "," : "");
    write_object(&w, arg, line);
}

static void release(void *arg)
{
    free_sheet(arg);
    bz_free(arg);
}

static size_t rows_memory(const struct api_rows *rows, size_t n)
{
    size_t bytes = 0;
    for (size_t l = 0; rows && l < n; l++)
        bytes += bz_memory_of(rows[l].x) + bz_memory_of(rows[l].known);
    return bytes;
}

static size_t task_memory(const struct api_task *task, size_t n_layers)
{
    const void *const arrays[] = {task->score, task->method,   task->counts,     task->classes,
                                  task->best,  task->surprise, task->n_surprises};
    size_t bytes = task->search_bytes;
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
        bytes += bz_memory_of(arrays[i]);
    for (size_t l = 0; task->x && l < n_layers; l++)
        bytes += bz_memory_of(task->x[l]);
    return bytes;
}

/* Bytes of a call's arrays: inputs and results. */
static size_t memory_of(const struct api_call *call)
{
    const struct api_job *job = call->job;
    size_t bytes =
        rows_memory(job->rows, job->n_layers) + rows_memory(job->start, job->n_layers) + api_table_memory(job->table);
    for (size_t t = 0; t < job->n_tasks; t++)
        bytes += task_memory(&job->tasks[t], job->n_layers);
    return bytes;
}

/* All lines; later (*sheet is then empty) if their source takes no more memory than they would. */
static void write_lines(struct api_call *call, struct api_sheet *sheet, struct api_buffer *b,
                        void (*line)(void *arg, size_t line, struct api_buffer *b))
{
    const bool large = api_is_for_later(call, sheet->rows, sheet->n);
    const size_t memory = large ? memory_of(call) : 0;
    const bool later = large && memory / TEXT_OF_A_CELL <= sheet->rows * sheet->n;
    struct api_sheet *kept = later ? bz_alloc(1, sizeof(*kept), NULL) : NULL;
    const struct api_lines lines = {.n = sheet->rows, .write = line, .release = release, .arg = kept, .memory = memory};
    if ((large && !later && !api_pieces_begin(call)) || (later && !kept)) {
        b->failed = true;
        return;
    }
    for (size_t r = 0; !later && r < sheet->rows && !bz_stopping_work(BZ_STOP_TEXT * sheet->n); r++)
        line(sheet, r, b);
    if (!later)
        return;
    *kept = *sheet;
    if (api_piece_lines(call, b, &lines)) {
        *sheet = (struct api_sheet){0};
        return;
    }
    bz_free(kept);
    b->failed = true;
}

static int reply_csv(struct api_call *call, struct api_sheet *sheet, struct api_fault *fault)
{
    struct api_buffer b = {0};
    for (size_t j = 0; j < sheet->n; j++) {
        api_buffer_text(&b, j ? "," : "");
        csv_text(&b, sheet->columns[j].name);
    }
    api_buffer_text(&b, "\n");
    write_lines(call, sheet, &b, csv_line);
    return api_reply_buffer(call, &b, fault);
}

static int write_reply(struct api_call *call, struct api_task *task, struct api_sheet *sheet, struct api_fault *fault)
{
    if (call->job->out == API_CSV)
        return reply_csv(call, sheet, fault);
    struct api_buffer b = {0};
    struct json_writer w = api_json_begin(call, &b);
    json_key(&w, "rows");
    json_array(&w);
    write_lines(call, sheet, &b, json_line);
    json_end_array(&w);
    if (task->op->rest && task->op->rest(&w, call, task, fault) < 0) {
        api_buffer_free(&b);
        return -1;
    }
    return api_json_end(call, &w, fault);
}

/* Lines that are written later no longer need them. */
static void let_chains_go(struct api_task *task)
{
    bz_chains_free(task->chains);
    api_levels_free(task->levels);
    task->chains = NULL;
    task->levels = NULL;
}

int api_sheet_reply(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    struct api_sheet sheet = {.rows = call->job->n};
    add_ids(&sheet, call);
    int rc = task->op->sheet(call, task, &sheet, fault);
    if (rc == 0 && sheet.failed)
        rc = api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the reply");
    if (rc == 0)
        rc = write_reply(call, task, &sheet, fault);
    if (call->lent)
        let_chains_go(task);
    free_sheet(&sheet);
    return rc;
}
