/* boltz check: how a data file would be understood, as text, as JSON, or as the matrix itself. */
#include "commands.h"
#include "data_options.h"
#include "float_text.h"
#include "graph_report.h"
#include "labels.h"
#include "mem.h"
#include "npy.h"
#include "output.h"
#include "parts.h"
#include "row_weights.h"
#include "table.h"
#include "table_report.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

struct check_options {
    struct train_data_options data;
    const char *out;
    bool json, graph;
};

static const struct bz_option rows[] = {
    BZ_ROW(FLAG, "json", offsetof(struct check_options, json), .help = "print one JSON object on standard output"),
    BZ_ROW(TEXT, "out", offsetof(struct check_options, out), .argument = "FILE.npy",
           .help = "write the inputs as understood, as a float64 matrix before any division or standardisation: gaps are NaN, "
                   "a category is its index from 0; CSV if the name ends in .csv or is - (standard output)"),
    BZ_ROW(FLAG, "graph", offsetof(struct check_options, graph), .help = "FILE holds edges, as for train --graph"),
};

enum { MOST_BYTES = 1 << 30 };

/* The table's values, row by row, as .npy or as CSV under the columns' names. */
static int write_values(const struct train_table *t, struct train_lines *l, bool csv, struct bz_error *err)
{
    const size_t shape[] = {t->rows, t->columns};
    char text[BZ_NPY_HEADER_ROOM > BZ_DOUBLE_ROOM + 1 ? BZ_NPY_HEADER_ROOM : BZ_DOUBLE_ROOM + 1];
    double *row = bz_alloc(t->columns, sizeof(*row), err);
    int rc = !row ? -1 : csv ? 0 : train_lines_write(l, text, bz_npy_header(text, BZ_F8, shape, 2), err);
    for (size_t j = 0; rc == 0 && csv && t->names && j < t->columns; j++)
        rc = train_lines_word(l, t->names[j] ? t->names[j] : "", j + 1 < t->columns ? ',' : '\n', err);
    for (size_t r = 0; rc == 0 && r < t->rows; r++) {
        train_table_values(t, r, row);
        if (!csv)
            rc = train_lines_write(l, (const char *)row, t->columns * sizeof(*row), err);
        for (size_t j = 0; rc == 0 && csv && j < t->columns; j++) {
            size_t n = isnan(row[j]) ? 0 : bz_double_cell(row[j], text);
            text[n++] = j + 1 < t->columns ? ',' : '\n';
            rc = train_lines_write(l, text, n, err);
        }
    }
    bz_free(row);
    return rc;
}

static int write_matrix(const struct train_table *t, const char *path, struct bz_error *err)
{
    enum train_output format = TRAIN_OUT_NPY;
    struct train_lines l;
    size_t cells, bytes;
    if (bz_mul(&cells, t->rows, t->columns) < 0 || bz_mul(&bytes, cells, sizeof(double)) < 0 || bytes > MOST_BYTES)
        return bz_fail(err, BZ_BAD_USAGE, "--out %s: %zu rows x %zu columns as float64 are more than the %d bytes accepted",
                       path, t->rows, t->columns, MOST_BYTES);
    if (train_output_format(path, false, false, &format, err) < 0)
        return -1;
    const int rc = train_lines_open(&l, path, err) < 0 ? -1 : write_values(t, &l, format == TRAIN_OUT_CSV, err);
    return train_lines_close(&l, rc, err);
}

static int check_graph(const char *path, const struct check_options *o, struct bz_error *err)
{
    struct train_graph g;
    const struct train_graph_options to = {.base = o->data.base && o->data.base[0] ? o->data.base[0] - '0' : -1};
    if (o->out)
        return bz_fail(err, BZ_BAD_USAGE, "--out: a graph is not a matrix; expected --json");
    if (train_graph_read(&g, path, &to, err) < 0)
        return -1;
    if (o->json)
        train_graph_json(&g, stdout);
    else
        train_graph_print(&g, path, stdout);
    train_graph_free(&g);
    return 0;
}

/* What was read, and the layers that training would make of it, or why it would not. */
static int report(struct train_table *t, const struct train_part_request *q, const struct check_options *o,
                  struct bz_error *err)
{
    struct train_table_view v;
    struct bz_error refused = {0};
    FILE *to = o->out && strcmp(o->out, "-") == 0 ? stderr : stdout;
    struct train_data *d = bz_alloc(1, sizeof(*d), err);
    if (!d || train_table_look(&v, t, err) < 0) {
        bz_free(d);
        return -1;
    }
    d->rows = t->rows;
    d->columns.base = -1;
    if (train_parts_make(d, t, q, &refused) == 0)
        v.data = d;
    else
        v.refused = refused.msg;
    int rc = 0;
    if (o->json)
        rc = train_table_json(&v, to, err);
    else
        train_table_print(&v, to);
    bz_free(v.columns);
    train_data_free(d);
    return rc;
}

/* Files that go with the rows: labels and weights. */
static int check_companions(struct train_table *t, const struct train_data_options *o, struct bz_error *err)
{
    char digest[65], note[TRAIN_NOTE_ROOM] = "";
    double *weight = NULL;
    if (o->labels && o->label_column)
        return bz_fail(err, BZ_BAD_USAGE, "--labels %s and --label-column %s: two labels for one row; expected one of them",
                       o->labels, o->label_column);
    if (train_check_column_options(o, t->text, t->labels && !t->text && !t->sparse, err) < 0)
        return -1;
    if ((o->labels && train_labels_read(t, o->labels, true, digest, err) < 0) ||
        (o->weights && train_weights_read(&weight, t, o, digest, note, err) < 0))
        return -1;
    bz_free(weight);
    if (t->labels && train_labels_check_new(t, o->labels ? o->labels : t->path, o->labels != NULL, err) < 0)
        return -1;
    return note[0] ? train_table_say(t, err, "%s", note) : 0;
}

static int check(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct check_options *o = options;
    if (o->graph)
        return check_graph(a->words[0], o, err);
    struct train_data_options data = o->data;
    data.missing = "infer"; /* gaps are shown, not refused */
    if (train_labels_are_column(&data) && !data.label_column) {
        data.label_column = data.labels;
        data.labels = NULL;
    }
    const struct train_table_options to = {.user = &data};
    struct train_table t;
    char digest[65];
    if (train_table_read(&t, a->words[0], &to, digest, err) < 0) {
        train_labels_refuse(&o->data, err);
        return -1;
    }
    struct train_part_request q;
    int rc = train_part_request_of(&q, &data, err) < 0 || check_companions(&t, &data, err) < 0 ? -1 : 0;
    if (rc == 0 && t.columns / TRAIN_WIDE > t.rows)
        rc = train_table_say(&t, err, "warning: " TRAIN_WIDE_TEXT, t.rows, t.columns);
    if (rc == 0 && (rc = train_parts_settle(&t, &q, err)) == 0 && o->out)
        rc = write_matrix(&t, o->out, err);
    if (rc == 0)
        rc = report(&t, &q, o, err);
    train_table_free(&t);
    return rc;
}

static const struct bz_option_group groups[] = {
    {"Options", rows, TRAIN_COUNT(rows), 0},
    {"Data", train_data_rows, TRAIN_N_DATA_OPTIONS, offsetof(struct check_options, data)},
    {NULL, train_layer_rows, TRAIN_N_LAYER_OPTIONS, offsetof(struct check_options, data)},
};

const struct train_work train_work_check = {
    TRAIN_OPTIONS(groups, struct check_options),
    .run = check,
};
