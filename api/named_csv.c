/* A text/csv body, read like the tool's tables, with columns matched by the model's names. */
#include "named_fill.h"

#include "mem.h"
#include "record_text.h"
#include "stop.h"
#include "text_stream.h"
#include "text_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The reader's messages are for people at a shell: cut off before the part that names an option. */
static int refuse_text(const struct bz_error *err, struct api_fault *fault)
{
    const char *option = strstr(err->msg, "--");
    size_t n = option ? (size_t)(option - err->msg) : strlen(err->msg);
    while (option && n > 0 && !strchr("(;,", err->msg[n - 1]))
        n--;
    while (option && n > 0 && strchr(" (;:,", err->msg[n - 1]))
        n--;
    return err->code == BZ_NO_MEMORY
               ? api_table_no_memory(fault)
               : api_fault(fault, err->code == BZ_TOO_LARGE ? API_BAD_SHAPE : API_BAD_VALUE, "%.*s", (int)n, err->msg);
}

static int take_labels(struct api_call *call, const struct bz_text_table *text, size_t r, double *row, struct api_fault *fault)
{
    const struct api_table *t = call->job->table;
    const long j = bz_columns_find(&t->columns, text->label_name, strlen(text->label_name));
    if (j < 0 || text->labels[r] < 0 || !api_table_takes_labels(call))
        return 0;
    const char *name = text->classes.names[text->labels[r]];
    const long place = api_table_class(call, &(struct bz_cell){name, strlen(name), false});
    if (place < 0)
        return api_fault(fault, API_BAD_VALUE, "rows[%zu].%.80s: '%.60s' is not one of the model's classes", r,
                         t->columns.columns[j].name, name);
    row[t->slot[j]] = (double)place;
    return 0;
}

static int take_rows(struct api_call *call, struct bz_text_table *text, struct api_fault *fault)
{
    struct api_table *t = call->job->table;
    for (size_t r = 0; r < text->rows && !bz_stopping_row(r, 8 * text->columns + 32); r++) {
        if (api_table_new_row(call, fault) < 0)
            return -1;
        double *row = t->cells + r * t->n_slots;
        for (size_t k = 0; k < text->columns; k++) {
            const struct bz_text_column *c = &text->column[k];
            row[t->slot[c->model] + c->within] = text->values[r * text->columns + k];
        }
        if (text->labels && take_labels(call, text, r, row, fault) < 0)
            return -1;
        if (text->ids)
            t->ids[r] = bz_take(&text->ids[r]);
    }
    return 0;
}

/* Records which columns the body has, and those that are not inputs. */
static int take_columns(struct api_call *call, const struct bz_text_table *text, struct api_fault *fault)
{
    struct api_table *t = call->job->table;
    char number[BZ_VALUE_ROOM];
    for (size_t k = 0; k < text->columns; k++)
        t->given[text->column[k].model] = true;
    for (size_t i = 0, k = 0, next = 0; text->file_names && i < text->layout.fields && !bz_stopping_row(i, 1024); i++) {
        const char *name = text->file_names[i];
        const long j = bz_columns_find_from(&t->columns, name, strlen(name), next);
        next = j >= 0 ? (size_t)j + 1 : next;
        while (k < text->columns && text->column[k].origin < i)
            k++;
        if (k < text->columns && text->column[k].origin == i) /* it is one of the model's */
            continue;
        if (j >= 0 && (bz_column_is_input(&t->columns.columns[j]) || j == t->id))
            continue;
        if (j >= 0 && t->columns.columns[j].kind == BZ_COLUMN_LABEL) {
            t->given[j] = true;
            if (api_table_takes_labels(call))
                continue;
        }
        snprintf(number, sizeof(number), "column %zu", i + 1);
        if (api_table_ignore(t, name[0] ? name : number, fault) < 0)
            return -1;
    }
    return 0;
}

/* A body may have columns that the model does not know, as wide exports do, but not any number; the bytes of a row are bounded
 * likewise. */
enum { OTHER_COLUMNS = 1 << 16, BYTES_OF_A_CELL = 32, OTHER_BYTES = 1 << 20 };

static void set_bounds(struct bz_table_options *o, const struct bz_columns *t)
{
    size_t units = 0;
    for (size_t j = 0; j < t->n; j++)
        units += t->columns[j].size > 1 ? t->columns[j].size : 1;
    o->most_columns = units + OTHER_COLUMNS;
    o->most_line_bytes = units * BYTES_OF_A_CELL + OTHER_BYTES;
}

int api_table_csv(struct api_call *call, const char *body, size_t size, struct api_fault *fault)
{
    struct bz_text_table text = {0};
    struct bz_error err;
    if (api_table_make(call, fault) < 0)
        return -1;
    struct api_table *t = call->job->table;
    const char *id = t->id >= 0 ? t->columns.columns[t->id].name : "";
    struct bz_table_options o = {.gaps = true, .columns = &t->columns, .by_name = true, .keep_layout = true, .index = id};
    set_bounds(&o, &t->columns);
    /* Takes over identifiers, if there are any. */
    const bool has_id = *id && size && memmem(body, size < 65536 ? size : 65536, id, strlen(id));
    int rc = has_id ? bz_text_table_read(&text, "body", body, size, &o, &err) : -1;
    if (rc < 0 && has_id && err.code == BZ_NO_MEMORY)
        return api_table_no_memory(fault);
    o.index = NULL;
    if (rc < 0 && (rc = bz_text_table_read(&text, "body", body, size, &o, &err)) < 0)
        return refuse_text(&err, fault);
    if (text.columns == 0 || text.column[0].model < 0)
        rc = api_fault(fault, API_BAD_SHAPE, "body: found %zu columns that are units, one-hot; expected the model's columns",
                       text.columns);
    else
        rc = take_columns(call, &text, fault) < 0 || take_rows(call, &text, fault) < 0 ? -1 : 0;
    bz_text_table_free(&text);
    return rc < 0 ? -1 : api_table_to_rows(call, fault);
}

enum { TEXT_FOR_A_BYTE = 16 }; /* a record's numbers as digits */

int api_table_records(struct api_call *call, const char *body, size_t size, struct api_fault *fault)
{
    struct bz_npy a;
    struct bz_records r = {0};
    struct bz_text lines;
    struct bz_error err;
    if (bz_npy_parse_any(&a, body, size, &err) < 0)
        return api_fault(fault, API_BAD_VALUE, "body: %s", err.msg);
    if (a.rank != 1)
        return api_fault(fault, API_BAD_SHAPE, "body: records in %zu dimensions, expected one", a.rank);
    FILE *to = bz_text_begin(&lines, &err);
    if (!to)
        return api_table_no_memory(fault);
    int rc = bz_records_open(&r, "body", &a, body, body + a.offset, &err) < 0 ||
                     bz_records_write(&r, to, size * TEXT_FOR_A_BYTE, &err) < 0 || bz_text_end(&lines, "records", &err) < 0
                 ? refuse_text(&err, fault)
                 : api_table_csv(call, lines.text, lines.size, fault);
    bz_records_close(&r);
    bz_text_free(&lines);
    return rc;
}
