/* Labels and weights assigned to the rows of a table by the rows' names: those of sequences, or the index column's texts. */
#ifndef TRAIN_BY_NAME_H
#define TRAIN_BY_NAME_H

#include "table.h"

struct train_by_name {
    struct train_table table; /* the file: one column, and the names as ids */
    size_t *row;              /* [rows of the other table] which row of `table` has the name; SIZE_MAX = none */
    size_t found, strange;    /* rows found; names that no row has */
};

/* Reads a file of two columns, a name and a value, for the rows of t. category: the value is a word. Returns 1 with *out, the
 * caller's (train_by_name_free), if some name is that of a row; 0, with nothing to free, if t's rows have no names, the file
 * has not two columns, or no name is a row's: then *names tells whether the file still looks like names and values. A name with
 * two different values is an error. A row is also found by its name without the /from-to that searches append. */
int train_by_name_read(struct train_by_name *out, const struct train_table *t, const char *path, bool category, bool *names,
                       char digest[65], struct bz_error *err);
void train_by_name_free(struct train_by_name *b);

/* "FILE: by name: 58 of 60 rows found; 3 names match no row" into text[room]. */
const char *train_by_name_text(const struct train_by_name *b, const struct train_table *t, char *text, size_t room);

/* The length of a sequence's name without the /from-to that searches append; 0 = it has none. */
size_t train_name_without_range(const char *name);

/* The error for a file of names and values in which no name is a row's. */
int train_by_name_refuse(const struct train_table *t, const char *path, struct bz_error *err);

#endif
