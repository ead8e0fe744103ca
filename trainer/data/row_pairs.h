/* Rows of several files, paired by their names: those of an index column, or of an alignment's sequences. */
#ifndef TRAIN_ROW_PAIRS_H
#define TRAIN_ROW_PAIRS_H

#include "table.h"

/* What the files so far say about the names of rows; all zeros = nothing. Owned. */
struct train_pairs {
    char *path;   /* the first file whose rows have names */
    char **names; /* [rows] */
    size_t rows;
    bool asked;                 /* they are of an index column, which somebody named */
    struct bz_left_cells *left; /* [n_left] columns left out */
    char **left_path;           /* [n_left] the file of each */
    size_t n_left, room, path_room;
    char **unfound; /* [n_unfound] columns that options name and the first text table lacks, then those that all lack */
    size_t n_unfound, tables;
};

/* Puts the rows of t into the order of the earlier names, if both have the same ones; a row whose name is not there is an
 * error, but for sequences of which none is. Names of sequences may differ by the /from-to at their ends. Without names, a
 * column left out that holds the same as an earlier file's, in another order, is an error. Notes what t says of its rows. */
int train_rows_pair(struct train_pairs *p, struct train_table *t, struct bz_error *err);
/* Another number of rows than in the first file: what their names say, and how to go on; into text[room]. */
const char *train_pairs_text(const struct train_pairs *p, const struct train_table *t, char *text, size_t room);
/* Once all files have been read: a column that none of them has, though an option names it, is an error. */
int train_pairs_finish(const struct train_pairs *p, struct bz_error *err);
void train_pairs_free(struct train_pairs *p);

#endif
