/* Values of several layers of a machine for many rows, to be written to files. */
#ifndef TRAIN_LAYER_VALUES_H
#define TRAIN_LAYER_VALUES_H

#include "columns.h"
#include "model_file.h"
#include "output.h"
#include "state.h"

struct train_values {
    const struct bz_machine *m; /* borrowed */
    size_t n;
    float **x; /* [n_layers]: [n][size]; NULL = not wanted */
    struct train_ids ids;
    struct bz_columns table; /* owned; with names, or all letters: text goes out as such a table */
    bool fasta;              /* of an alignment: each row as a sequence and its name */
    bool classes;            /* the column of labels goes out too, where the table has one and the machine a layer for it */
};

/* Room for n rows of the layer `only`, or of every visible layer if it is -1. */
int train_values_new(struct train_values *v, const struct bz_machine *m, size_t n, long only, struct bz_error *err);
void train_values_free(struct train_values *v);

/* Copies rows 0 .. n-1 of a state to rows first .. of the values. */
void train_values_store(struct train_values *v, const struct bz_state *s, size_t first, size_t n);

/* The layer to write where a format takes one: by name, or the only visible one; *layer is -1 where the format takes all: an
 * .npz, and CSV of a model whose table has names. */
int train_values_layer(const struct bz_model *model, const char *name, enum train_output format, long *layer,
                       struct bz_error *err);
/* Makes CSV of all visible layers the model's table, if that has names: columns in its order with a header, numbers in its
 * units, categories by the most probable's name, truth values as means (drawn ones are 0 and 1). Of a model of an alignment it
 * is one letter for each position: FASTA on standard output (path NULL or -), cells without a header in a file. */
int train_values_as_table(struct train_values *v, const struct bz_model *model, const char *path, struct bz_error *err);
/* Writes that CSV; further rows without `head`. */
int train_values_lines(const struct train_values *v, struct train_lines *out, bool head, struct bz_error *err);
int train_values_write(const struct train_values *v, const char *path, enum train_output format, struct bz_error *err);

#endif
