#include "named_rows.h"

#include "named_fill.h"

#include "classify.h"
#include "json_write.h"
#include "mem.h"
#include "stop.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOST_VALUES ((size_t)1 << 26) /* limit for cells and for units, as for a reply's numbers */

int api_table_no_memory(struct api_fault *fault)
{
    return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
}

void api_table_forget_rows(struct api_table *t)
{
    for (size_t r = 0; t->ids && r < t->n; r++)
        bz_free(t->ids[r]);
    bz_free_all(t->ids, t->cells);
    t->ids = NULL;
    t->cells = NULL;
    t->n = t->room = 0;
    api_buffer_free(&t->ignored);
    api_buffer_free(&t->unlike);
    api_buffer_free(&t->unlike_names);
}

void api_table_free(struct api_table *t)
{
    if (!t)
        return;
    api_table_forget_rows(t);
    bz_free_all(t->slot, t->given);
    bz_columns_free(&t->columns);
    bz_places_free(t->classes);
    bz_free(t);
}

size_t api_table_memory(const struct api_table *t)
{
    size_t bytes = t ? bz_memory_of(t->cells) + bz_memory_of(t->ids) : 0;
    for (size_t r = 0; t && t->ids && r < t->n; r++)
        bytes += bz_memory_of(t->ids[r]);
    return bytes;
}

int api_table_make(struct api_call *call, struct api_fault *fault)
{
    const struct bz_model *model = call->model->model;
    struct api_job *job = call->job;
    struct bz_error err;
    if (job->table)
        return 0;
    struct api_table *t = bz_alloc(1, sizeof(*t), NULL);
    if (!t)
        return api_table_no_memory(fault);
    job->table = t;
    t->id = -1;
    if ((model->table ? bz_columns_parse(&t->columns, model->table, model->machine, &err)
                      : bz_columns_of_machine(&t->columns, model->machine, &err)) < 0)
        return err.code == BZ_NO_MEMORY ? api_table_no_memory(fault) : api_fault(fault, API_UNSUPPORTED, "%s", err.msg);
    t->slot = bz_alloc(t->columns.n, sizeof(*t->slot), NULL);
    t->given = bz_alloc(t->columns.n, sizeof(*t->given), NULL);
    if (!t->slot || !t->given)
        return api_table_no_memory(fault);
    for (size_t j = 0; j < t->columns.n; j++) {
        const struct bz_column *c = &t->columns.columns[j];
        t->slot[j] = t->n_slots;
        t->n_slots += bz_column_width(c);
        if (c->kind == BZ_COLUMN_INDEX && t->id < 0)
            t->id = (long)j;
    }
    return 0;
}

/* --- a row --- */

int api_table_new_row(struct api_call *call, struct api_fault *fault)
{
    struct api_table *t = call->job->table;
    size_t width = t->n_slots;
    for (size_t l = 0; l < api_machine(call)->n_layers; l++)
        width += bz_is_visible(&api_machine(call)->layers[l]) ? api_machine(call)->layers[l].size : 0;
    if (t->n == t->room) {
        const size_t room = t->room ? 2 * t->room : 4;
        double *cells = room * width > 2 * MOST_VALUES ? NULL : bz_alloc(room * t->n_slots, sizeof(double), NULL);
        char **ids = bz_alloc(room, sizeof(char *), NULL);
        if (!cells || !ids || bz_copy(cells, t->cells, t->n * t->n_slots * sizeof(double)) < 0) {
            bz_free(cells);
            bz_free(ids);
            return room * width > 2 * MOST_VALUES
                       ? api_fault(fault, API_BAD_VALUE,
                                   "rows: more than %zu rows of %zu values; at most %zu values fit one request", t->n, width,
                                   MOST_VALUES)
                       : api_table_no_memory(fault);
        }
        if (t->n)
            memcpy(ids, t->ids, t->n * sizeof(char *));
        bz_free(t->cells);
        bz_free(t->ids);
        t->cells = cells;
        t->ids = ids;
        t->room = room;
    }
    for (size_t k = 0; k < t->n_slots; k++)
        t->cells[t->n * t->n_slots + k] = NAN;
    t->n++;
    return 0;
}

int api_table_ignore(struct api_table *t, const char *name, struct api_fault *fault)
{
    return api_table_name(&t->ignored, name, fault);
}

/* --- cells to units --- */

/* The layer of classes, if the operation takes labels; not for the one that infers them. */
static long label_layer(const struct api_call *call)
{
    return call->row->op->labels_asked ? -1 : bz_label_layer(api_machine(call));
}

bool api_table_takes_labels(const struct api_call *call)
{
    return label_layer(call) >= 0;
}

long api_table_class(const struct api_call *call, const struct bz_cell *cell)
{
    const long l = label_layer(call);
    const struct bz_layer *layer = l < 0 ? NULL : &api_machine(call)->layers[l];
    double x;
    if (!layer)
        return -1;
    if (layer->n_categories == layer->size) {
        struct api_table *t = call->job->table;
        t->classes = t->classes ? t->classes : bz_places_new(layer->size);
        return bz_places_find(t->classes, layer->categories, layer->size, cell);
    }
    return bz_cell_kind(cell, '.', NULL, &x) == BZ_CELL_NUMBER && x >= 0 && x < (double)layer->size && x == floor(x) ? (long)x
                                                                                                                     : -1;
}

static void fill_label(const struct bz_layer *layer, double place, float *x, uint8_t *known)
{
    for (size_t i = 0; i < layer->size; i++)
        x[i] = i == (size_t)(isnan(place) ? 0 : place) && !isnan(place);
    memset(known, !isnan(place), layer->size);
}

/* Writes the values of one column to the rows of its layer. */
static void fill_column(const struct api_table *t, size_t j, const struct bz_layer *layer, struct api_rows *rows)
{
    struct bz_column c = t->columns.columns[j];
    const size_t run = bz_column_width(&c), first = c.unit;
    for (size_t r = 0; r < t->n && !bz_stopping_row(r, run); r++)
        for (size_t k = 0; k < run; k++) {
            c.unit = first + k;
            bz_column_fill(&c, t->cells[r * t->n_slots + t->slot[j] + k], rows->x + r * layer->size,
                           rows->known + r * layer->size);
        }
}

/* Binarised as in training. */
static void cut(const struct bz_layer *layer, struct api_rows *rows)
{
    const struct bz_unit_type *type = bz_unit_type(layer->unit);
    for (size_t i = 0; type->binary && i < rows->n * layer->size && !bz_stopping_row(i, 1); i++)
        if (rows->known[i])
            rows->x[i] = rows->x[i] > 0.5f * (type->least + type->most) ? type->most : type->least;
}

/* The column that a unit of a layer belongs to. */
static const char *column_of(const struct api_table *t, const struct bz_layer *layer, size_t unit)
{
    for (size_t j = 0; j < t->columns.n; j++) {
        const struct bz_column *c = &t->columns.columns[j];
        if (bz_column_is_input(c) && strcmp(c->layer, layer->name) == 0 && unit >= c->unit && unit < c->unit + c->size)
            return c->name[0] ? c->name : layer->name;
    }
    return layer->name;
}

static int check_rows(const struct api_table *t, const struct bz_layer *layer, const struct api_rows *rows,
                      struct api_fault *fault)
{
    struct bz_error err;
    size_t bad = 0;
    for (size_t r = 0; r < rows->n && !bz_stopping_row(r, layer->size); r++)
        if (bz_check_row(layer, rows->x + r * layer->size, rows->known + r * layer->size, &bad, &err) < 0)
            return api_fault(fault, API_BAD_VALUE, "rows[%zu].%.80s: %s", r, column_of(t, layer, bad), err.msg);
    return 0;
}

enum { FEW_VALUES = 16 }; /* fewer may well be small */

/* If the model divides by a large number, rows of only 0 and 1 may be bits or nearly black pictures, and fractions up to 1 may
 * have been divided already: ambiguous. In a named column a 1 is a 1. */
static int check_levels(const struct api_table *t, const struct bz_layer *layer, struct api_fault *fault)
{
    double least = 0, largest = -1;
    size_t known = 0;
    bool whole = true, named = false;
    if (layer->unit != BZ_BERNOULLI)
        return 0;
    for (size_t j = 0; j < t->columns.n; j++) {
        const struct bz_column *c = &t->columns.columns[j];
        if (c->kind != BZ_COLUMN_NUMBER || strcmp(c->layer, layer->name) != 0)
            continue;
        if (c->scale < 2)
            return 0;
        named = named || c->name[0];
        for (size_t r = 0; r < t->n && !bz_stopping_row(r, c->size); r++)
            for (size_t k = 0; k < c->size; k++) {
                const double x = t->cells[r * t->n_slots + t->slot[j] + k];
                least = x < least ? x : least;
                largest = x > largest ? x : largest;
                whole = whole && (isnan(x) || x == floor(x));
                known += !isnan(x);
            }
    }
    if (least < 0 || largest <= 0 || largest > 1 || (named && (whole || known < FEW_VALUES)))
        return 0;
    return api_fault(fault, API_BAD_VALUE,
                     "rows: only %s for layer '%s', whose columns the model divides by a larger number: send the units' own "
                     "values, from 0 to 1, as `inputs`",
                     whole ? "0 and 1" : "values up to 1", layer->name);
}

/* Values of a layer of spins, or of one of its columns. */
struct bits {
    size_t zeros, ones, others;
};

static int refuse_bits(const struct bz_layer *layer, const char *where, struct api_fault *fault)
{
    return api_fault(fault, API_BAD_VALUE,
                     "rows%s%.80s: only 0 and 1, but the units of layer '%s' are spins: expected -1 and 1 (2 * x - 1 instead "
                     "of x); means of spins are sent as `inputs`",
                     where[0] ? ", column " : "", where, layer->name);
}

/* Bits for spins: 0 would be a spin of mean 0. As in files (trainer/data/part_check.c): a column of both, or the whole layer.
 */
static int check_spins(const struct api_table *t, const struct bz_layer *layer, struct api_fault *fault)
{
    struct bits all = {0};
    const char *column = NULL;
    if (layer->unit != BZ_SPIN)
        return 0;
    for (size_t j = 0; j < t->columns.n; j++) {
        const struct bz_column *c = &t->columns.columns[j];
        if (c->kind != BZ_COLUMN_NUMBER || strcmp(c->layer, layer->name) != 0)
            continue;
        for (size_t k = 0; k < c->size; k++) {
            struct bits own = {0};
            for (size_t r = 0; r < t->n && !bz_stopping_row(r, 1); r++) {
                const double x = t->cells[r * t->n_slots + t->slot[j] + k];
                own.zeros += x == 0;
                own.ones += x == 1;
                own.others += x != 0 && x != 1 && !isnan(x);
            }
            if (!column && own.zeros && own.ones && !own.others)
                column = c->name[0] ? c->name : layer->name;
            all = (struct bits){all.zeros + own.zeros, all.ones + own.ones, all.others + own.others};
        }
    }
    if (all.zeros && !all.others)
        return refuse_bits(layer, "", fault);
    return column ? refuse_bits(layer, column, fault) : 0;
}

static int fill_layer(struct api_call *call, size_t l, struct api_fault *fault)
{
    const struct bz_layer *layer = &api_machine(call)->layers[l];
    struct api_table *t = call->job->table;
    struct api_rows *rows = &call->job->rows[l];
    bool any = false;
    long label = -1;
    for (size_t j = 0; j < t->columns.n; j++) {
        const struct bz_column *c = &t->columns.columns[j];
        any = any || (bz_column_is_input(c) && strcmp(c->layer, layer->name) == 0);
        if (c->kind == BZ_COLUMN_LABEL && (long)l == label_layer(call) && t->given[j])
            label = (long)j;
    }
    if (!any && label < 0)
        return 0;
    *rows = (struct api_rows){bz_alloc(t->n * layer->size, sizeof(float), NULL), bz_alloc(t->n * layer->size, 1, NULL), t->n};
    if (!rows->x || !rows->known)
        return api_table_no_memory(fault);
    for (size_t j = 0; j < t->columns.n; j++)
        if (bz_column_is_input(&t->columns.columns[j]) && strcmp(t->columns.columns[j].layer, layer->name) == 0)
            fill_column(t, j, layer, rows);
    for (size_t r = 0; label >= 0 && r < t->n && !bz_stopping_row(r, layer->size); r++)
        fill_label(layer, t->cells[r * t->n_slots + t->slot[label]], rows->x + r * layer->size, rows->known + r * layer->size);
    if (strcmp(t->columns.binarize, "threshold") == 0)
        cut(layer, rows);
    return check_levels(t, layer, fault) < 0 || check_spins(t, layer, fault) < 0 || check_rows(t, layer, rows, fault) < 0 ? -1
                                                                                                                          : 0;
}

int api_table_to_rows(struct api_call *call, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    if (call->job->table->n == 0)
        return api_fault(fault, API_BAD_SHAPE, "rows: expected at least one row, found none");
    for (size_t l = 0; l < m->n_layers; l++) {
        struct api_rows *rows = &call->job->rows[l];
        if (!bz_is_visible(&m->layers[l]))
            continue;
        if (fill_layer(call, l, fault) < 0)
            return -1;
        if (rows->x && !memchr(rows->known, 0, rows->n * m->layers[l].size)) { /* everything is known */
            bz_drop(&rows->known);
        }
    }
    return api_table_compare(call, fault);
}

/* --- remarks in the reply --- */

uint64_t api_table_missing(const struct api_call *call, size_t r)
{
    const struct api_table *t = call->job->table;
    const struct bz_machine *m = api_machine(call);
    uint64_t n = 0;
    for (size_t j = 0; j < t->columns.n; j++) {
        const struct bz_column *c = &t->columns.columns[j];
        if (!bz_column_is_input(c))
            continue;
        const size_t l = (size_t)bz_machine_find(m, c->layer);
        const struct api_rows *rows = &call->job->rows[l];
        const uint8_t *known = rows->x && rows->known ? rows->known + r * m->layers[l].size + c->unit : NULL;
        for (size_t k = 0; known && k < bz_column_width(c); k++)
            n += !known[k];
    }
    return n;
}

/* The columns of the model that the request lacks, one after the other. */
struct lacking {
    size_t j, number; /* the next one; columns of a file before it */
    char room[BZ_VALUE_ROOM];
};

/* What to call the next one; NULL = there is none. */
static const char *next_lacking(struct lacking *at, const struct api_table *t)
{
    while (t && t->n && at->j < t->columns.n) {
        const size_t first = at->number + 1, j = at->j++;
        const struct bz_column *c = &t->columns.columns[j];
        at->number += bz_column_width(c);
        if (!t->given[j] && bz_column_is_input(c))
            return bz_column_called(c, first, at->room);
    }
    return NULL;
}

static void write_names(struct json_writer *w, const char *key, const struct api_buffer *list)
{
    if (!list || !list->size)
        return;
    json_key(w, key);
    json_array(w);
    json_raw(w, list->data);
    json_end_array(w);
}

/* Columns that are not inputs, with layers that are not used; these alone where there are no columns. */
static const struct api_buffer *ignored_names(const struct api_call *call)
{
    const struct api_table *t = call->job->table;
    return t && t->ignored.size ? &t->ignored : &call->job->unused;
}

void api_table_write_notes(struct json_writer *w, const struct api_call *call)
{
    const struct api_table *t = call->job->table;
    struct lacking at = {0};
    const char *name = next_lacking(&at, t);
    if (name) {
        json_key(w, "left_out");
        json_array(w);
        for (; name; name = next_lacking(&at, t))
            json_text(w, name);
        json_end_array(w);
    }
    write_names(w, "ignored", ignored_names(call));
    write_names(w, "unlike", t ? &t->unlike : NULL);
}

/* Names of columns as a header's value: percent-encoded except letters, digits, "-", "_" and "."; truncated if there is no more
 * room. `list` is JSON texts separated by commas. */
static void name_header(struct api_call *call, const char *header, const char *list, size_t size)
{
    char value[150] = "";
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)list[i];
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
                           c == '.' || c == ',';
        if (c == '"')
            continue;
        if (used + 8 > sizeof(value)) {
            used += (size_t)snprintf(value + used, sizeof(value) - used, "...");
            break;
        }
        used += (size_t)snprintf(value + used, sizeof(value) - used, plain ? "%c" : "%%%02X", c);
    }
    api_add_header(&call->reply, header, "%s", value);
}

void api_table_note_headers(struct api_call *call)
{
    const struct api_table *t = call->job->table;
    struct api_buffer b = {0};
    struct lacking at = {0};
    for (const char *name = next_lacking(&at, t); name; name = next_lacking(&at, t)) {
        if (b.size)
            api_buffer_add(&b, ",", 1);
        api_buffer_text(&b, name);
    }
    if (b.size && !b.failed)
        name_header(call, "X-Boltz-Left-Out", b.data, b.size);
    api_buffer_free(&b);
    const struct api_buffer *ignored = ignored_names(call);
    if (ignored->size)
        name_header(call, "X-Boltz-Ignored", ignored->data, ignored->size);
    if (t && t->unlike_names.size)
        name_header(call, "X-Boltz-Unlike", t->unlike_names.data, t->unlike_names.size);
}
