/* The rows of a data set divided among the processes of several hosts: rank 0 has all of them and makes what follows from them
 * before learning; of the others each has its block of rows (train_ranks_share) and is given those that its updates need. */
#ifndef TRAIN_SPREAD_H
#define TRAIN_SPREAD_H

#include "machine.h"
#include "ranks.h"
#include "row_store.h"

/* Lists the rows that a rank is to get, in its order, and returns how many. rows: room for the most. */
typedef size_t train_wanted(const void *arg, size_t rank, size_t *rows);

/* Rows to where they are wanted: each comes from the owner of its block, or all from rank 0. */
struct train_move {
    const struct train_data *from; /* this rank's block, or all */
    bool from_first;
    train_wanted *wanted;
    const void *arg;
    size_t most; /* wanted by one rank */
};
/* All ranks at once; to (NULL = this one wants none) gets the rows. */
int train_spread_move(const struct train_move *move, struct train_row_store *to, struct train_ranks *ranks,
                      struct bz_error *err);

/* *d of rank 0 becomes known to all: the others' *d, the callers', have everything but rows; and with `rows` their blocks. */
int train_spread_deal(struct train_data **d, bool rows, struct train_ranks *ranks, struct bz_error *err);

/* The parameters of m, and how many words its rows usually have, become those that it has at rank 0. */
int train_spread_machine(struct bz_machine *m, struct train_ranks *ranks, struct bz_error *err);

#endif
