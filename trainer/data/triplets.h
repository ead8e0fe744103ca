/* Sparse matrices as (row, column, value) in any order: how most files hold them. */
#ifndef TRAIN_TRIPLETS_H
#define TRAIN_TRIPLETS_H

#include "table.h"

struct train_triplets {
    size_t rows, columns;
    size_t n, room;
    uint32_t *row, *column; /* [n] from 0 */
    double *value;          /* [n]; NaN = missing */
};
/* Room for n entries, which the caller writes and counts in t->n. */
int train_triplets_reserve(struct train_triplets *t, size_t n, struct bz_error *err);
void train_triplets_free(struct train_triplets *t);

/* Fills the table, whose path is set: repeated entries are summed, zeros left out. Rows stay sparse if float32 holds every
 * value or the matrix is large; a small one with other values becomes dense doubles. Entries out of range and infinite values
 * are BZ_BAD_INPUT with their number, counted from 1. */
int train_table_of_triplets(struct train_table *table, const struct train_triplets *t, struct bz_error *err);

#endif
