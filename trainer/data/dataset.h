/* Data as the tool sees it, whatever the file format: rows of one or more parts, one for each visible layer. */
#ifndef TRAIN_DATASET_H
#define TRAIN_DATASET_H

#include "columns.h"
#include "machine.h"
#include "option.h"
#include "text_form.h"
#include "text_set.h"

/* How values are kept in memory: sparse rows stay sparse; doubles are for tables only, parts hold floats. */
enum train_store { TRAIN_U8, TRAIN_F32, TRAIN_SPARSE, TRAIN_F64 };

/* Values of one visible layer for all rows. */
struct train_part {
    char name[BZ_NAME_ROOM]; /* the layer's name */
    enum bz_unit unit;
    bool unit_asked; /* the user named the unit type */
    size_t size, groups;
    uint32_t *group; /* [size] exclusive units: which group each is in (machine.h); else NULL */
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
    /* Of several processes on several hosts each has some rows in these arrays (row_store.h). */
    bool partial;          /* not all of them */
    size_t first;          /* the one that stands first, others after it */
    const uint32_t *where; /* [rows] or at which place each stands, if it is there; borrowed */

    float scale;  /* divisor of stored values when read (255 for byte pictures in bernoulli layers), as a float; values that
                     rounding leaves above 1 are read as 1 */
    bool grey;    /* after scaling some value is strictly between the two of its units (bernoulli, spin) */
    bool drawn;   /* probabilities: grey values that are drawn anew at each visit, whatever the data's setting */
    bool missing; /* some value is missing */
    double *mean, *deviation; /* [size] mean and divisor of each column, if standardised, else NULL: stored values are (x -
                                 mean) / deviation, rounded once */
    float *least;             /* [size] standardised: the deviation below which none is learned. Of whole numbers, that within a
                                 single step between two of them; 0.29 where other values than one are rare; 0 for others, NULL = not
                                 standardised */
    float *limit;             /* [size] standardised values are clipped at this when read; NULL = not clipped */
};

#define TRAIN_ABOUT_ONE 1.000001f /* what rounding may make of 1 when bernoulli values are scaled */

struct train_file {
    char *path;      /* as given */
    char digest[65]; /* sha256 of the file's bytes on disk, in hex */
};

struct train_data {
    size_t rows;
    struct train_part *parts; /* [n_parts] */
    size_t n_parts;
    /* [rows] class numbers >= 0, -1 = missing; NULL = no labels. From --labels, which makes a label layer when training, or
     * from a label column, which is only carried along. */
    long *labels;
    char **classes; /* [n_classes] names, in the order of class numbers; NULL if the numbers are the names */
    size_t n_classes;
    struct bz_columns columns; /* what the files' columns are and where they are; what the model will remember */
    double *weights;           /* [rows] of --weights: how much each counts; NULL = all alike */
    char **ids;                /* [rows] texts of the index column of the first file; NULL = there is none */
    char *index_name;
    struct bz_text_form *form; /* the text that the rows came from, if requested (keep_text); else NULL; owned */
    char **said;               /* [n_said] remarks on how the data were understood, in order */
    size_t n_said;
    size_t labelled;          /* rows with a label */
    size_t gaps;              /* missing values of tables for a model that knows their columns */
    bool label_layer;         /* the labels belong to a layer: other rows must have the same classes */
    struct train_file *files; /* [n_files] everything that was read, in the order of reading */
    size_t n_files;
    void *shared; /* [shared_bytes] the parts' values shared by several processes (lending.h); NULL = owned by the parts */
    size_t shared_bytes;
    int lent; /* the descriptor through which others find them; 0 = none */
};

/* How to make 0/1 out of grey values of bernoulli parts when rows are read. */
enum train_binarize { TRAIN_BINARIZE_NONE, TRAIN_BINARIZE_STOCHASTIC, TRAIN_BINARIZE_THRESHOLD };

struct train_window;
struct train_unlike;

/* What the user specified about data. All zeros = nothing. The texts are borrowed; data_options.h fills this from a command
 * line. */
struct train_data_options {
    struct bz_list data;               /* FILE, or NAME=FILE for several visible layers */
    struct bz_list visible_unit, unit; /* UNIT for all, or NAME=UNIT; two options, one meaning */
    struct bz_list shape;              /* HxW, or NAME=HxW */
    const char *labels;                /* file of labels, one per row, or a column (train_labels_are_column) */
    const char *header;                /* file of column names */
    const char *weights;               /* of rows: a file, or a column by name or number */
    const char *label_column;          /* name or number (from 1) of a column; name of an array in an .npz */
    struct bz_list exclude;            /* columns, by name or number; commas separate several */
    struct bz_list where;              /* COLUMN=VALUE: rows to keep; all must hold */
    struct bz_list include;            /* columns that are inputs whatever they look like */
    const char *index_column;          /* identifies rows; carried over to results */
    const char *separator, *decimal;   /* of text tables; NULL = detected */
    struct bz_list na_values;          /* spellings of gaps, instead of the usual ones */
    const char *unknown;               /* "missing": categories that a model does not know are missing; else errors */
    const char *groups;                /* widths of one-hot groups */
    struct bz_list categorical;        /* columns that are categories although they look like numbers */
    const char *base;                  /* "0" or "1": first index of svmlight and graphs; NULL = detected */
    bool transpose;                    /* the array's columns are the rows */
    const char *array;                 /* which array of an .npz holds the rows */
    double scale;                      /* 0 = not given; else bernoulli values are divided by it (>= 1) or multiplied (< 1) */
    bool standardize;                  /* real columns to mean 0, deviation 1 */
    double clip;                       /* how many deviations of such columns are learned; 0 = all */
    const char *missing;               /* "infer": missing cells are allowed and marked; else they are errors */
    bool keep_text;                    /* the only file's text stays, if it is a text table: train_data.form */
    const struct train_window *window; /* some rows of the only file are meant (windows.h); NULL = the whole of it */
    struct train_unlike *unlike;       /* of a window: what all of them have been like so far (unlike.h) */
    bool windows;                      /* rows may come a window at a time, for results that are written so */
    bool some_columns;                 /* of a model's table those that a file has, by name; the others are gaps */
    const char *binarize;              /* "stochastic", "threshold", "none", NULL or "" = the command's default */
};

/* A table with more than this many times as many columns as rows may be the wrong way round. The text takes rows and columns.
 */
enum { TRAIN_WIDE = 10 };
#define TRAIN_WIDE_TEXT                                                                                                        \
    "%zu rows of %zu units, more than ten times as many units as rows; if the file's columns are the rows, say --transpose"

/* Whether --labels names a column, no file having that name. */
bool train_labels_are_column(const struct train_data_options *o);
/* Makes of the error about a column (--label-column) that of a name which is neither a file's nor a column's. */
void train_labels_refuse(const struct train_data_options *o, struct bz_error *err);

/* --missing infer */
bool train_gaps_accepted(const struct train_data_options *o);
/* --unknown missing: what the model does not know is taken for a gap, or no label. */
bool train_unknown_missing(const struct train_data_options *o);

/* Reads everything the options name, checks it and makes parts of it. *out is the caller's (train_data_free).
 *
 * like != NULL: the same kind of data again (validation rows): units, sizes, categories, scale and standardisation are taken
 * from it instead of being inferred. model != NULL: the data are for that machine: units, sizes and categories come from its
 * visible layers, parts carry their names, and layers without data are left out. Not both. */
/* memory: what the model remembers of its table; NULL = nothing, so its visible layers are its columns. */
int train_data_load(struct train_data **out, const struct train_data_options *o, const struct train_data *like,
                    const struct bz_machine *model, const struct bz_columns *memory, struct bz_error *err);
void train_data_free(struct train_data *d); /* NULL is fine */

/* Adds a sentence to d->said. */
#define train_data_say(d, err, ...) bz_texts_say(&(d)->said, &(d)->n_said, err, __VA_ARGS__)

/* One line for people about a part: rows, size, unit, where the unit came from. */
void train_part_describe(const struct train_data *d, size_t part, char *text, size_t room);

/* What --binarize means for these data: the user's setting, or `automatic` if some part is grey, else none. BZ_BAD_INPUT for an
 * unknown word. */
int train_data_binarize(const struct train_data *d, const struct train_data_options *o, enum train_binarize automatic,
                        enum train_binarize *out, struct bz_error *err);
/* Makes d->columns remember whether values are cut at a half, if the user or the data specified it. */
void train_data_note_binarize(struct train_data *d, const struct train_data_options *o, enum train_binarize used);

/* How grey values are read. Stochastic draws depend only on these numbers and the row's. */
struct train_grey {
    enum train_binarize binarize;
    uint64_t seed;
    size_t part; /* its number */
    uint64_t visit;
};
/* Reads rows[n] of a part (rows NULL = 0, 1 ... n-1) into out[n][size], scaled, standardised and binarised (how NULL = grey
 * values as they are). known (may be NULL if nothing is missing): [n][size], 1 = there; missing values read as 0. Thread-safe.
 */
void train_part_read(const struct train_part *p, const size_t *rows, size_t n, const struct train_grey *how, float *out,
                     uint8_t *known);

/* Where a row stands in a part's arrays. */
static inline size_t train_part_place(const struct train_part *p, size_t row)
{
    return p->where ? p->where[row] : row - p->first;
}

/* Mean of each column after scaling and standardising, known values only: mean[size]; variance (may be NULL) likewise.
 * rows NULL = the first n_rows. A column without known values has mean 0 and variance 0. */
void train_part_moments(const struct train_part *p, const size_t *rows, size_t n_rows, double *mean, double *variance);

#endif
