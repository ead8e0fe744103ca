/* boltz check: what would be understood of a data file, as a table for people, as JSON, or as the matrix itself. */
#include "commands.h"
#include "data_options.h"
#include "file_write.h"
#include "graph_report.h"
#include "mem.h"
#include "npy.h"
#include "table.h"
#include "table_report.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

struct check_options {
    struct train_data_options data;
    const char *out;
    bool json, graph;
};

static const struct bz_option rows[] = {
    {.name = "json",
     .type = BZ_OPTION_FLAG,
     .offset = offsetof(struct check_options, json),
     .help = "one JSON object on standard output"},
    {.name = "out",
     .type = BZ_OPTION_TEXT,
     .offset = offsetof(struct check_options, out),
     .argument = "FILE.npy",
     .help = "the inputs as they were understood, a float64 matrix before any division or standardisation: gaps are NaN, a "
             "category is its place from 0"},
    {.name = "graph",
     .type = BZ_OPTION_FLAG,
     .offset = offsetof(struct check_options, graph),
     .help = "FILE holds edges, as --graph of train takes them"},
};

enum { MOST_BYTES = 1 << 30 };

/* The table as a float64 matrix, row by row. */
static int write_matrix(const struct train_table *t, const char *path, struct bz_error *err)
{
    const size_t shape[] = {t->rows, t->columns};
    char header[BZ_NPY_HEADER_ROOM];
    size_t cells, bytes;
    struct bz_file *f = NULL;
    if (bz_mul(&cells, t->rows, t->columns) < 0 || bz_mul(&bytes, cells, sizeof(double)) < 0 || bytes > MOST_BYTES)
        return bz_fail(err, BZ_BAD_USAGE, "--out %s: %zu rows x %zu columns as float64 are more than the %d bytes accepted",
                       path, t->rows, t->columns, MOST_BYTES);
    double *row = bz_alloc(t->columns, sizeof(*row), err);
    if (!row || bz_file_open(&f, path, err) < 0) {
        bz_free(row);
        return -1;
    }
    int rc = bz_file_write(f, header, bz_npy_header(header, BZ_F8, shape, 2), err);
    for (size_t r = 0; rc == 0 && r < t->rows; r++) {
        train_table_values(t, r, row);
        rc = bz_file_write(f, row, t->columns * sizeof(*row), err);
    }
    bz_free(row);
    if (rc < 0) {
        bz_file_discard(f);
        return -1;
    }
    return bz_file_commit(f, err);
}

static int check_graph(const char *path, const struct check_options *o, struct bz_error *err)
{
    struct train_graph g;
    const struct train_graph_options to = {.base = o->data.base && o->data.base[0] ? o->data.base[0] - '0' : -1};
    if (o->out)
        return bz_fail(err, BZ_BAD_USAGE, "--out: a graph is no matrix, expected --json");
    if (train_graph_read(&g, path, &to, err) < 0)
        return -1;
    if (o->json)
        train_graph_json(&g, stdout);
    else
        train_graph_print(&g, path, stdout);
    train_graph_free(&g);
    return 0;
}

static int check(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct check_options *o = options;
    if (o->graph)
        return check_graph(a->words[0], o, err);
    struct train_data_options data = o->data;
    data.missing = "infer"; /* gaps are shown, not refused */
    const struct train_table_options to = {.user = &data};
    struct train_table t;
    char digest[65];
    if (train_table_read(&t, a->words[0], &to, digest, err) < 0)
        return -1;
    if (t.columns / TRAIN_WIDE > t.rows && train_table_say(&t, err, "warning: " TRAIN_WIDE_TEXT, t.rows, t.columns) < 0) {
        train_table_free(&t);
        return -1;
    }
    int rc = o->out ? write_matrix(&t, o->out, err) : 0;
    if (rc == 0)
        rc = o->json ? train_table_json(&t, stdout, err) : train_table_print(&t, stdout, err);
    train_table_free(&t);
    return rc;
}

static const struct bz_option_group groups[] = {
    {"Options", rows, TRAIN_COUNT(rows), 0},
    {"Data", train_data_rows, TRAIN_N_DATA_OPTIONS, offsetof(struct check_options, data)},
    {NULL, train_layer_rows, TRAIN_N_LAYER_OPTIONS, offsetof(struct check_options, data)},
};

const struct train_command train_command_check = {
    .name = "check",
    .help = "what would be understood of a data file, without training",
    .usage = "FILE [--json] [--out FILE.npy] | --graph FILE [--json]",
    .about = "Says what would be understood of a data file: rows, columns, what each column is, what is left out and why. "
             "Nothing is trained. What would be refused is refused here.",
    .groups = groups,
    .n_groups = TRAIN_COUNT(groups),
    .least_words = 1,
    .most_words = 1,
    .size = sizeof(struct check_options),
    .run = check,
};
