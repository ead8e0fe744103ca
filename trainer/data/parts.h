/* From a file's contents to visible layers: which unit type, which divisor, and whether every value is in its domain. */
#ifndef TRAIN_PARTS_H
#define TRAIN_PARTS_H

#include "table.h"

struct train_part_request {
    const char *name;         /* name of the layer of numbers */
    const char *unit, *shape; /* the user's setting, or NULL */
    const char *source;       /* NAME of --data NAME=FILE; "" = the only file */
    const struct train_data_options *user;
};
/* For the only file, if it was given no name. Borrows from o. BZ_BAD_USAGE: a setting for a name that no file has. */
int train_part_request_of(struct train_part_request *q, const struct train_data_options *o, struct bz_error *err);
/* Options about columns where no file has any, or no archive an array of labels: BZ_BAD_USAGE. */
int train_check_column_options(const struct train_data_options *o, bool some_text, bool some_archive, struct bz_error *err);

/* Applies options to a table's columns: --groups, --categorical, --visible-unit softmax. To be called once, before the next. */
int train_parts_settle(struct train_table *t, const struct train_part_request *q, struct bz_error *err);
/* Appends the parts that a table makes to d->parts: one of numbers, one of truth values beside other numbers, and one for each
 * column of categories; appends what is to be remembered of its columns to d->columns. Takes over as much of the table's memory
 * as it can. */
int train_parts_make(struct train_data *d, struct train_table *t, const struct train_part_request *q, struct bz_error *err);

/* Remarks on how a file was understood. */
int train_data_say_table(struct train_data *d, const struct train_table *t, struct bz_error *err);

/* Layers of a model or of earlier data. */
struct train_layers {
    const struct bz_machine *machine; /* or NULL */
    const struct train_data *like;    /* or NULL: divisors and standardisation are taken over from it too */
};

/* The same for known layers: columns are those of the model that the file fills, and t->model says which column of the table is
 * which (it is set here where the reader did not). */
int train_parts_fill(struct train_data *d, struct train_table *t, const struct bz_columns *columns,
                     const struct train_layers *layers, const struct train_data_options *user, struct bz_error *err);

/* --- shared by the files of this part --- */

/* Properties of a table's values. */
struct train_range {
    double least, largest;
    bool whole;   /* all are whole numbers */
    bool spins;   /* all are -1 or 1 */
    bool missing; /* some are NaN */
    size_t n;     /* how many are not NaN (sparse: zeros count) */
    size_t ends;  /* how many are -1 or 1 (dense storage only), and how many between -1 and 0 */
    size_t below;
};
/* Of the columns column[n], NULL = all. */
struct train_range train_table_range(const struct train_table *t, const size_t *column, size_t n);

/* Checks a part's values against its unit type, of which file, row and column are named; sets grey and missing. p->scale is set
 * before. column[p->size] (NULL = 0, 1, ...) are the columns of the table that the units stand for. */
int train_part_check(struct train_part *p, const struct train_table *t, const size_t *column,
                     const struct train_data_options *user, struct bz_error *err);
/* For pictures that are not a bernoulli part, which has a divisor: divides the table's values. */
int train_part_levels(const struct train_part *p, struct train_table *t, struct bz_error *err);
/* The divisor of a new bernoulli part of these values, or an error that names --scale. */
int train_part_scale(const struct train_table *t, const size_t *column, size_t n, const struct train_range *range,
                     const struct train_data_options *user, float *scale, struct bz_error *err);

/* True if every row consists of one-hot groups of one width; *groups is how many. */
bool train_table_one_hot(const struct train_table *t, size_t *groups);

/* Makes room for more parts; existing ones move. */
int train_parts_room(struct train_data *d, size_t more, struct bz_error *err);
/* Stored values of the given columns (NULL = all, whose arrays are taken over where they can be). */
int train_part_take(struct train_part *p, struct train_table *t, const size_t *column, struct bz_error *err);
/* One column of categories as one-hot sparse rows; code[n] = place of each category of the table (NULL = as they are). */
int train_part_one_hot(struct train_part *p, const struct train_table *t, size_t column, const long *code,
                       struct bz_error *err);
/* Columns that standardising found to have tails. */
struct train_tails {
    size_t rescaled; /* by their quartiles */
    size_t clipped;  /* one value in half of the rows or more, another beyond the clip */
};
/* Mean 0, deviation 1, in double from the table's own values. clip > 0: columns with heavy tails are scaled by their quartiles
 * instead (not in pictures), and their values clipped at clip, as are those of columns that hardly vary. Whole numbers are
 * divided by at least half a step. */
int train_part_standardize(struct train_part *p, const struct train_table *t, const size_t *column, double clip,
                           struct train_tails *tails, struct bz_error *err);
/* The table's values in double, whatever they are stored as; sparse rows are refused. */
int train_table_doubles(struct train_table *t, struct bz_error *err);
/* Sparse rows as a dense table; columns is t->columns. */
int train_table_dense(struct train_table *t, size_t columns, struct bz_error *err);
/* --groups off or auto, which concern columns that exclude each other (exclusion.h); else widths. */
bool train_groups_word(const char *groups);
/* One-hot columns become a column of categories for each group (--groups N,N...). */
int train_table_groups(struct train_table *t, const char *text, struct bz_error *err);
/* The same with the widths found in rows of 0 and 1, which are reported. Where none are found, BZ_BAD_INPUT: names --groups, or
 * the row that breaks what the others agree on. Other tables are left alone. */
int train_table_find_groups(struct train_table *t, struct bz_error *err);
/* Remarks if rows of 0 and 1 look like one-hot groups; asked: the user has said that they are bits. */
int train_table_hint_groups(struct train_table *t, bool asked, struct bz_error *err);
/* Turns the columns column[n] of numbers into columns of categories. */
int train_numbers_to_categories(struct train_table *t, const size_t *column, size_t n, struct bz_error *err);
/* Says which name columns of several files share. */
int train_remember_twice(struct train_data *d, struct bz_error *err);
/* Appends the table's columns to d->columns; part_of[j], unit_of[j]: where each column of the table is. */
int train_remember(struct train_data *d, const struct train_table *t, const size_t *part_of, const size_t *unit_of,
                   const char *source, struct bz_error *err);

#endif
