/* Data as the tool sees it: rows of one or more parts, a part for each visible layer. Whatever the file format was. */
#ifndef TRAIN_DATASET_H
#define TRAIN_DATASET_H

#include "machine.h"

enum train_store { TRAIN_U8, TRAIN_F32, TRAIN_SPARSE }; /* how a part is kept in memory; sparse rows stay sparse */

/* Values of one visible layer for all rows. */
struct train_part {
    char name[BZ_NAME_ROOM]; /* the layer's name */
    enum bz_unit unit;
    size_t size, groups;
    size_t shape[BZ_MAX_RANK], rank;
    char **columns; /* [size] names of columns, or NULL */
    size_t n_columns;
    char **categories; /* softmax: [size] names of categories, or NULL */
    size_t n_categories;

    enum train_store store;
    uint8_t *u8;       /* [rows][size] */
    float *f32;        /* [rows][size]; NaN = missing */
    size_t *row_start; /* sparse: [rows + 1] */
    uint32_t *index;   /* sparse: [row_start[rows]] columns, ascending in a row */
    float *value;      /* sparse: the same length */
    bool *absent;      /* [rows]: this row lacks the whole part; NULL = none does */

    float scale;  /* what a stored value is multiplied with when read (1/255 for byte pictures in bernoulli layers) */
    bool grey;    /* after scaling some value lies strictly between 0 and 1 (bernoulli layers) */
    bool missing; /* some value is missing */
    double *mean, *deviation; /* [size] of the columns, if standardised, else NULL: read values are (x - mean) / deviation */
};

struct train_data {
    size_t rows;
    struct train_part *parts; /* [n_parts] */
    size_t n_parts;
    long *labels;   /* [rows] class numbers, or NULL */
    char **classes; /* [n_classes] names, in the order of class numbers; may be NULL */
    size_t n_classes;
    struct {
        char *path;      /* as given */
        char digest[65]; /* sha256 of the file's bytes */
    } * files;
    size_t n_files;
};

void train_data_free(struct train_data *d);

/* How to make 0/1 out of grey values of bernoulli parts when rows are read. */
enum train_binarize { TRAIN_BINARIZE_NONE, TRAIN_BINARIZE_STOCHASTIC, TRAIN_BINARIZE_THRESHOLD };

/* Reads rows[n] of a part into out[n][size], scaled, standardised and binarised. Stochastic draws depend on (seed, row number,
 * visit) only. known (may be NULL if nothing is missing): [n][size], 1 = there; missing values read as 0. */
void train_part_read(const struct train_part *p, size_t part_number, const size_t *rows, size_t n, enum train_binarize binarize,
                     uint64_t seed, uint64_t visit, float *out, uint8_t *known);

/* Mean of each column after scaling, known values only: mean[size]; variance may be NULL. */
void train_part_moments(const struct train_part *p, const size_t *rows, size_t n_rows, double *mean, double *variance);

#endif
