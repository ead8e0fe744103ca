/* MATLAB files of versions 4 to 7 (those of 7.3 are HDF5). Needs libmatio; built without it, the functions refuse. */
#ifndef TRAIN_MAT_FILE_H
#define TRAIN_MAT_FILE_H

#include "array_choice.h"
#include "npz.h"

struct train_mat;

/* By the header, of versions 4 and 5 (7.3 is HDF5). */
bool train_mat_is(const uint8_t *data, size_t size);
/* data[size] is the whole file, copied. name: for messages, borrowed. */
int train_mat_open(struct train_mat **out, const char *name, const uint8_t *data, size_t size, struct bz_error *err);
void train_mat_close(struct train_mat *m); /* NULL is fine */

/* Names of all arrays, also inside of structs and cells: "dbn.rbm{1}.W", cells counted from 1. Cells of words are one array. */
int train_mat_list(struct train_mat *m, struct train_names *names, struct bz_error *err);
/* A matrix of numbers, dense (in Fortran order), or of words. Refused: complex and sparse ones, structs, objects. */
int train_mat_read(struct train_mat *m, const char *name, struct train_array *out, struct bz_error *err);
/* A matrix, dense or sparse, as a table whose path is set. */
struct train_table;
int train_mat_table(struct train_table *t, struct train_mat *m, const char *name, const struct train_table_options *o,
                    struct bz_error *err);

#endif
