/* What each column of a table is: its name, and whether it is an input, the label, or left out. */
#ifndef TRAIN_CSV_COLUMNS_H
#define TRAIN_CSV_COLUMNS_H

#include "csv_scan.h"
#include "table.h"

enum csv_role { CSV_INPUT, CSV_LABEL, CSV_LEFT_OUT };
enum csv_kind { CSV_UNDECIDED, CSV_NUMBER, CSV_CATEGORY };

struct csv_column {
    char *name; /* owned; NULL = nameless */
    enum csv_role role;
    enum csv_kind kind; /* undecided until the first value is seen */
    size_t first_row;   /* file row of that value */
    size_t slot;        /* inputs: place among the inputs */
    struct bz_text_set set;
};

/* A --where condition. */
struct csv_where {
    size_t column;
    bool negated; /* COLUMN!=VALUE */
    bool numeric; /* compare as numbers */
    double number;
    const char *text; /* borrowed */
    size_t matched;   /* rows that met it */
};

struct csv_columns {
    const char *path;
    struct csv_column *columns; /* [n] */
    size_t n, n_inputs;
    bool has_label;
    bool numbers;            /* columns that nobody called categories hold numbers */
    struct csv_where *where; /* [n_where] */
    size_t n_where;
    bool one_per_line; /* a file of labels: a comma separates nothing there */
    bool header_row;   /* the first row holds names, not values */
};

/* Settles names, roles and conditions from the first rows of a file and the user's options. */
int csv_columns_new(struct csv_columns *out, const struct train_source *s, const struct train_table_options *o,
                    struct bz_error *err);
void csv_columns_free(struct csv_columns *c);

/* "column 3 (age)" */
const char *csv_column_text(const struct csv_columns *c, size_t column, char *text, size_t room);

/* An empty cell, NA, ? or NaN. */
bool csv_is_missing(const struct csv_cell *cell);

#endif
