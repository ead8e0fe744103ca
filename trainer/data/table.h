/* One data file's contents before it is known which layers they become. Readers fill a table; parts.c makes layers of it. */
#ifndef TRAIN_TABLE_H
#define TRAIN_TABLE_H

#include "columns.h"
#include "dataset.h"
#include "number_text.h"
#include "source.h"
#include "text_set.h"
#include "text_table.h"

/* What the reader found besides the values, for people and for `boltz check`. */
struct train_reading {
    const char *format; /* of the reader: "CSV"; static */
    char separator;     /* of text tables: , ; tab | blank; 0 = none */
    bool header;        /* the first line holds names */
    bool named;         /* --header's names are its columns' */
    long base;          /* number of the first column or unit in files of indices; -1 = the format has none */
    char **said;        /* [n_said] remarks on what was assumed; owned */
    size_t n_said;
    struct bz_left_out *left_out; /* [n_left_out]; owned */
    size_t n_left_out;
    struct bz_left_cells *left_cells; /* [n_left_cells] of a text table that is one of several files; owned */
    size_t n_left_cells;
    char **unfound; /* [n_unfound] columns that options name and such a file lacks; owned */
    size_t n_unfound;
};

/* Which column of a model's table a column is. */
struct train_place {
    long column;   /* -1 = none */
    size_t within; /* which unit of a run of nameless numbers */
};

struct train_table {
    char *path; /* as given, for messages; owned */
    struct train_reading reading;
    size_t rows, columns;
    size_t shape[BZ_MAX_RANK], rank;  /* of one row, if the file says so (IDX pictures, .npy of rank > 2) */
    char **names;                     /* [columns] or NULL */
    struct bz_categories *categories; /* [columns] or NULL if all are numbers */
    bool *boolean;                    /* [columns] truth values; NULL = none are */
    bool one_hot;                     /* the columns are a model's individual units, categories too */
    struct train_place *model;        /* [columns] or NULL: not looked for yet */
    size_t *column_origin; /* [columns] column numbers in the file, from 0, if columns were left out; NULL = all are here */
    size_t file_rows;      /* rows in the file, also those left out */
    size_t *origin;        /* [rows] row numbers in the file, if rows were left out; NULL = all rows are here */

    enum train_store store;
    uint8_t *u8;
    float *f32;  /* NaN = missing */
    double *f64; /* NaN = missing; of files whose numbers float32 may not hold */
    size_t *row_start;
    uint32_t *index;
    float *value;

    bool bytes;        /* unsigned bytes according to the file */
    bool levels;       /* pictures whose numbers mean number / 255 in a layer of any type, as they do in requests */
    bool bits;         /* truth values according to the file */
    bool one_alphabet; /* all columns are categories with the same names: an alignment, one softmax layer of as many groups */
    bool text;         /* from a CSV file, whose columns may mean different things */
    bool turned;       /* has been turned round by its reader (--transpose) */
    bool sparse;       /* from svmlight: words and counts rather than pictures */

    long *labels; /* [rows] the label column: numbers into classes, -1 = missing; NULL = there is none */
    struct bz_categories classes;
    bool numbered;    /* the labels are numbers in the file, not text */
    char *label_name; /* of the label column; NULL or "" = nameless */
    size_t label_origin, file_columns;
    double *weights;  /* [rows] that the file gives its rows; NULL = none */
    char **ids;       /* [rows] texts of the index column; NULL = there is none */
    char **row_names; /* [rows] names of an alignment's sequences; NULL = there are none */
    char *index_name;
    size_t gaps;               /* missing values, once the columns are a model's */
    struct bz_text_form *form; /* the text that the rows came from; NULL unless requested */
};

/* Settings of a reader. Borrowed. */
struct train_table_options {
    const struct train_data_options *user; /* never NULL */
    const struct bz_columns *columns;      /* that a model wants; NULL = what the columns are is found out */
    bool made;                             /* the text was made of another form: how it is laid out is not said */
    bool labels; /* a file of labels: in text a line is one cell, in an .npz the array is called y or labels */
};

struct train_format {
    const char *name;
    /* Whether these bytes look like the format. */
    bool (*matches)(const uint8_t *data, size_t size);
    /* Fills *out (zeroed before; freed by the caller also after a failure). May take over s->data. */
    int (*read)(struct train_table *out, struct train_source *s, const struct train_table_options *o, struct bz_error *err);
    bool named_arrays; /* a file may hold several, of which --array names one */
};

/* The readers, one file each. */
extern const struct train_format train_format_idx, train_format_npy, train_format_npz, train_format_svmlight, train_format_csv,
    train_format_matrix_market, train_format_octave, train_format_png, train_format_hdf5, train_format_mat,
    train_format_alignment, train_format_arff;

/* Finds the format by content and reads. The file's digest goes to digest[65]. *out is the caller's, train_table_free. */
int train_table_read(struct train_table *out, const char *path, const struct train_table_options *o, char digest[65],
                     struct bz_error *err);
/* The same from a source in memory, which is consumed. */
int train_table_parse(struct train_table *out, struct train_source *s, const struct train_table_options *o,
                      struct bz_error *err);
void train_table_free(struct train_table *t);
/* Frees the values of sparse rows, which have been taken elsewhere. */
void train_table_drop_sparse(struct train_table *t);

/* Numbers that stand for missing values (--na-values, the model's) become gaps in an array; one that looks like it is told. */
int train_table_gaps(struct train_table *t, const struct train_table_options *o, struct bz_error *err);

/* Whether the beginning of a file is that of a text table (CSV and its relatives). */
bool train_table_is_text(const uint8_t *data, size_t size);

/* Adds a sentence to t->reading.said. */
#define train_table_say(t, err, ...) bz_texts_say(&(t)->reading.said, &(t)->reading.n_said, err, __VA_ARGS__)
/* Frees the values, whatever their store, and the map of columns; t->columns and t->store are the caller's to set. */
void train_table_drop_values(struct train_table *t);
/* Adds a column to t->reading.left_out. name may be NULL. */
int train_table_leave_out(struct train_table *t, size_t column, const char *name, const char *why, struct bz_error *err);

/* The value at (row, column), a category's index, NaN if missing; for sparse rows in time that grows with their values. */
double train_table_value(const struct train_table *t, size_t row, size_t column);
/* A whole row into out[columns]. */
void train_table_values(const struct train_table *t, size_t row, double *out);

/* Bounds of rows and columns, so that products of sizes do not overflow. */
int train_table_check_size(const char *path, size_t rows, size_t columns, struct bz_error *err);

/* Puts row from[i] into the place of row i, for dense values. */
int train_table_reorder(struct train_table *t, const size_t *from, struct bz_error *err);

/* Row number in the file, counted from 1, of a row of the table. */
size_t train_table_row(const struct train_table *t, size_t row);

/* Column for messages: "column 3" or "column 3 (age)"; into text[room]. */
const char *train_table_column(const struct train_table *t, size_t column, char *text, size_t room);

#endif
