/* Labels: a class number for each row, from a separate file or from a column of the data. */
#ifndef TRAIN_LABELS_H
#define TRAIN_LABELS_H

#include "table.h"

/* Numbers as labels of a table that has none: its labels[n] become places in its classes, which are the different numbers as
 * text, ascending. With gaps a NaN is a row without a label, -1; else it is refused. */
int train_labels_of_numbers(const char *path, const double *x, size_t n, bool gaps, struct train_table *to,
                            struct bz_error *err);

/* Reads a file of labels, one per row, and makes them the table's; with gaps rows may lack one. A file as long as the table's
 * own file, before rows were left out, is reduced to the remaining rows. The file's digest goes to digest[65]. */
int train_labels_read(struct train_table *t, const char *path, bool gaps, char digest[65], struct bz_error *err);

/* BZ_BAD_INPUT for classes that are spellings of the same truth value, or, if they are to be learned, for labels of which
 * hardly any recurs. Of those to be learned it is told which may mean no label, and which differ only in case. */
int train_labels_check_new(struct train_table *t, const char *path, bool learned, struct bz_error *err);
/* The second of these: so many labelled rows, n classes. */
int train_labels_check_recur(const char *path, size_t labelled, char *const *classes, size_t n, struct bz_error *err);

/* A file read as labels whose lines are all different and have two cells each. */
bool train_labels_are_pairs(const struct train_table *labels);
int train_labels_refuse_pairs(const struct train_table *t, const char *path, struct bz_error *err);
/* The error for labels that are not as many as the rows of t. */
int train_labels_refuse_length(const struct train_table *t, const struct train_table *labels, const char *path,
                               struct bz_error *err);

/* Says what is to be learned. path: where the labels came from, for messages. */
int train_labels_say(struct train_data *d, const char *path, struct bz_error *err);

/* Moves the table's labels to the data set: the classes that occur are numbered in order, without names if they are the numbers
 * 0 to n-1 of a file of numbers; if `like` or the model's label layer has classes, these number them instead, and others are
 * refused, or (unknown) their rows have no label. path: the file of the labels, for messages. */
int train_labels_settle(struct train_data *d, struct train_table *t, const char *path, const struct train_data *like,
                        const struct bz_machine *model, bool unknown, struct bz_error *err);

/* Values of a label layer as rows of data: a file with a class in each row, or with a column for each class. The table, the
 * caller's (train_table_free), has a column for each; with gaps rows without a class are NaN. */
int train_labels_as_rows(struct train_table *t, const char *path, const struct bz_layer *layer, bool gaps, char digest[65],
                         struct bz_error *err);

#endif
