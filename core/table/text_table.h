/* A text table as values: CSV and its relatives. The kinds of columns come from all of the rows, or from a model's memory of
 * the table it was trained on; then columns are matched by name, and values are returned in the model's order. */
#ifndef BZ_TEXT_TABLE_H
#define BZ_TEXT_TABLE_H

#include "columns.h"
#include "layout.h"
#include "option.h"
#include "text_set.h"

/* Later rows of a table whose first rows were read before. */
struct bz_text_rest {
    struct bz_layout layout; /* of the first rows; only the pointers below replace its own into the text */
    size_t rows_at,
        comment_at;     /* positions of rows and comment: these rows are treated as if below what was above the first rows */
    size_t rows, lines; /* number of rows before these */
};

/* What the user specified; all zeros = nothing. Borrowed. Columns are given by name, or by number from 1; commas separate
   several. */
struct bz_table_options {
    char separator; /* BZ_ONE_CELL = a line is one cell */
    char decimal;
    enum bz_header header;
    const char *names; /* text of a file of names (--header FILE), [names_size], and its path */
    size_t names_size;
    const char *names_path;
    struct bz_list categorical, exclude, include, where;
    const char *label, *index, *weights;  /* that of weights is left out */
    bool first_index;                     /* the first column is the index, whatever its name */
    bool labelled;                        /* labels come from elsewhere: the column of a model's labels is left out */
    struct bz_spellings gap_words;        /* --na-values */
    bool gaps;                            /* missing values are accepted */
    bool unknown_missing;                 /* categories that the model does not know are missing, and counted */
    bool one_per_line;                    /* a file of labels */
    const struct bz_columns *columns;     /* of a model; NULL = kinds are found out */
    bool by_name;                         /* columns of a model that have names are found by these alone, never by position */
    bool some;                            /* columns of a model that the file lacks, but for one at least, are not asked for */
    const struct bz_text_rest *rest;      /* NULL = a whole table, or the first rows of one */
    bool keep_layout;                     /* the layout stays, for the text to be written again; the text must stay too */
    size_t most_columns, most_line_bytes; /* of a table that a stranger sends; 0 = any number */
    bool compared; /* one of several files: left_cells are asked for, columns that options name may be in another, and `names`
                    * are its own only if they are as many as its columns */
    bool made;     /* the text was made of another form: how it is laid out is not said */
};

/* A column that is an input. */
struct bz_text_column {
    char *name;    /* owned; "" = nameless */
    size_t origin; /* in the file, from 0 */
    enum bz_column_kind kind;
    struct bz_categories categories; /* as found; empty for a model's columns */
    long model;                      /* place among o->columns; -1 = none */
    size_t within;                   /* which unit of a run of nameless numbers */
    bool whole;                      /* numbers: all whole */
    double least, largest;
};

/* A column that is left out of the inputs without having been asked for. */
struct bz_left_out {
    char *name;    /* owned; "" = nameless */
    size_t column; /* in the file, from 0 */
    char *why;     /* owned: "counts rows" */
};
/* Appends one to (*list)[*n]; name may be NULL. 0, or -1 with the list as it was. */
int bz_left_out_add(struct bz_left_out **list, size_t *n, size_t column, const char *name, const char *why,
                    struct bz_error *err);
void bz_left_out_free(struct bz_left_out *list, size_t n);

/* The cells of a column that is left out without having been asked for: the same in two files that name the same rows. */
struct bz_left_cells {
    char *name;            /* owned */
    uint64_t cells, order; /* digests of the cells in any order, and in theirs */
    bool differ;           /* all cells were found to be different */
};
void bz_left_cells_free(struct bz_left_cells *list, size_t n);

struct bz_text_table {
    size_t rows, columns; /* rows kept; inputs */
    size_t file_rows, file_columns;
    struct bz_text_column *column; /* [columns] */
    double *values;                /* [rows][columns]; NaN = missing, categories by place */
    size_t *origin;                /* [rows] row numbers in the file, from 0, if rows were left out (--where); else NULL */
    long *labels;                  /* [rows] places among classes, -1 = none; NULL = there is no label column */
    struct bz_categories classes;  /* the model's, for a model's label column */
    char *label_name;
    size_t label_origin;
    char **ids; /* [rows] texts of the index column; NULL = none was named */
    char *index_name;
    char **file_names;       /* [layout.fields] of all columns, "" = nameless; NULL unless keep_layout was asked for */
    struct bz_layout layout; /* its pointers are NULL unless keep_layout was asked for */
    struct bz_left_out *left_out;
    size_t n_left_out;
    char **said; /* [n_said] sentences on what was assumed */
    size_t n_said;
    size_t missing;                   /* cells of inputs */
    struct bz_left_cells *left_cells; /* if `compared`, of columns that have names */
    size_t n_left_cells;
    char **unfound; /* [n_unfound] if `compared`: "OPTION: NAME" of columns that it lacks */
    size_t n_unfound;
    bool named; /* by the options' names */
};

/* path is for messages, which name row, line and column. Nothing of *out needs freeing after a failure. */
int bz_text_table_read(struct bz_text_table *out, const char *path, const void *bytes, size_t size,
                       const struct bz_table_options *o, struct bz_error *err);
void bz_text_table_free(struct bz_text_table *t);

enum { BZ_MOST_CATEGORIES = 4096, BZ_MOST_CLASSES = 65536 };

#endif
