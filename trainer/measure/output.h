/* Results as files: .npy, .npz, .csv or .png by the name's ending; without a name, or with -, CSV on standard output. */
#ifndef TRAIN_OUTPUT_H
#define TRAIN_OUTPUT_H

#include "file_write.h"
#include "machine.h"

enum train_output { TRAIN_OUT_CSV, TRAIN_OUT_NPY, TRAIN_OUT_NPZ, TRAIN_OUT_PNG };

/* The format implied by a file's name; path NULL = CSV. `pictures`, `archives`: whether .png and .npz are possible here. */
int train_output_format(const char *path, bool pictures, bool archives, enum train_output *format, struct bz_error *err);

/* Text written to a file, which appears when complete, or to standard output. */
struct train_lines {
    struct bz_file *file; /* NULL = standard output */
    char *buffer;
    size_t used, room;
};
/* path NULL or -: standard output. train_lines_close in every case; it makes the file appear if rc is 0, and returns rc or -1.
 */
int train_lines_open(struct train_lines *l, const char *path, struct bz_error *err);
int train_lines_write(void *lines, const char *bytes, size_t n, struct bz_error *err);
/* A cell of CSV and the byte after it, quoted if necessary (RFC 4180). */
int train_lines_word(struct train_lines *l, const char *text, char after, struct bz_error *err);
int train_lines_close(struct train_lines *l, int rc, struct bz_error *err);

/* Identifiers of a table's rows, as a first column of CSV; texts NULL = none. Borrowed. */
struct train_ids {
    const char *name;   /* of the column; NULL or "" = id */
    char *const *texts; /* [n] */
};

/* Its cell and a comma, for a row or for the header (row -1); nothing if there are none. */
int train_lines_id(struct train_lines *l, const struct train_ids *ids, long row, struct bz_error *err);

/* Rows of one layer; all borrowed. */
struct train_layer_rows {
    const struct bz_layer *layer;
    const float *x; /* [n][layer->size] */
    size_t n;
    struct train_ids ids;
    bool header; /* CSV begins with a line of names, LAYER_1, LAYER_2 ... */
};
int train_output_rows(const char *path, enum train_output format, const struct train_layer_rows *rows, struct bz_error *err);
int train_lines_rows(struct train_lines *l, const struct train_layer_rows *rows, struct bz_error *err);

/* Rows of several layers as arrays of an .npz, named after the layers; layers whose x[l] is NULL are left out. */
int train_output_archive(const char *path, const struct bz_machine *m, float *const *x, size_t n, struct bz_error *err);

/* Named columns of doubles, NaN as an empty cell; all borrowed. */
struct train_sheet {
    const char *const *names;
    const double *const *columns; /* [n_columns][n] */
    size_t n_columns, n;
    struct train_ids ids;
    bool header;
    /* Writes the rest of a line, from its first cell to the line's end, as train_lines_id does; NULL = nothing. */
    int (*more)(struct train_lines *l, const void *arg, long row, struct bz_error *err);
    const void *arg;
};
int train_lines_sheet(struct train_lines *l, const struct train_sheet *sheet, struct bz_error *err);

/* .npy of x[n] as doubles. */
int train_output_column(const char *path, const double *x, size_t n, struct bz_error *err);
/* .npy of x[n][columns] as doubles. */
int train_output_matrix(const char *path, const double *x, size_t n, size_t columns, struct bz_error *err);

#endif
