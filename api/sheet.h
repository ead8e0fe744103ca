/* Replies as tables: a line for each row, under the names of columns. As CSV, or as JSON objects (as=rows). */
#ifndef API_SHEET_H
#define API_SHEET_H

#include "columns.h"
#include "job.h"

enum api_cell_kind {
    API_CELL_NONE,
    API_CELL_FLOAT,
    API_CELL_DOUBLE,
    API_CELL_WHOLE,
    API_CELL_TRUTH,
    API_CELL_TEXT,
    API_CELL_UNIT
};

struct api_cell {
    enum api_cell_kind kind;
    double number;    /* for all but texts; truth: 0 or 1 */
    const char *text; /* a unit's layer; borrowed */
};

/* A column: value(column, row) is its cell, computed from borrowed data. */
struct api_sheet_column {
    char *name; /* owned */
    struct api_cell (*value)(const struct api_sheet_column *c, size_t row);
    const struct api_call *call;
    const void *data; /* x[n][stride], element `at` of each row */
    size_t stride, at;
    size_t column, slot; /* for one of the model's columns: which, and which of its values */
    char *const *names;
};

struct api_sheet {
    struct api_sheet_column *columns; /* [n]; owned */
    size_t n, room;
    size_t rows;
    bool failed; /* memory ran out */
};

/* Adds a column of the given name, or of a similar one if it is taken; column.name is ignored. Without memory: failed. */
void api_sheet_add(struct api_sheet *sheet, const char *name, struct api_sheet_column column);
void api_sheet_doubles(struct api_sheet *sheet, const char *name, const double *x, size_t stride, size_t at);
void api_sheet_floats(struct api_sheet *sheet, const char *name, const float *x, size_t stride, size_t at);
/* LAYER_0, LAYER_1 ... for all units of a layer. */
void api_sheet_units(struct api_sheet *sheet, const struct bz_layer *layer, const float *x);
/* The model's columns with the values of x[n_layers] (NULL = not of that layer); units of layers without a column get their own
 * columns. A cell given in the request is returned as given. */
int api_sheet_model(struct api_sheet *sheet, struct api_call *call, float *const *x, struct api_fault *fault);

/* The call's reply in this form, by its operation's `sheet` and `rest`. */
int api_sheet_reply(struct api_call *call, struct api_task *task, struct api_fault *fault);
/* True if the call is to be answered in this form. */
bool api_wants_sheet(const struct api_call *call);

#endif
