/* The two halves of the statistics of an update: rows with the data clamped, and rows of the free-running chains. */
#ifndef TRAIN_PHASES_H
#define TRAIN_PHASES_H

#include "learn.h"

/* Scratch of one task on rows; a tile is train_task_tile rows. */
struct train_slot {
    struct bz_work *work;
    float *sums;    /* [layout.total] */
    float *scratch; /* [tile][the largest layer] */
    /* Inference of more than one sweep (clamped.c): */
    float **field; /* [n_layers][tile][size]: of a hidden layer, kept up to date; NULL where not kept */
    float **seen;  /* [n_layers]: the layers that do not move, as a state sees them; borrowed */
    bool filled;   /* gaps of visible layers hold drawn values */
    bool rests[BZ_TILE];
    float longest[BZ_TILE]; /* step of a sweep */
};
enum { TRAIN_MAX_ROW_TASKS = 16 };

/* How many tasks n rows make; how many rows one of them handles together at most. */
size_t train_row_tasks(size_t n);
/* How many groups of these tasks run in parallel: one per thread. The slots of the first groups are made for whole tiles of
 * BZ_TILE rows. */
size_t train_row_groups(const struct bz_parallel *par, size_t n);
size_t train_task_tile(size_t n);

/* Whether the next update reads all of its rows, and not this process's alone. */
bool train_reads_all(const struct train_learner *l);

/* Reads n data rows, infers their hidden layers, moves the chains on, and leaves sums in l->clamped.total and
 * l->running.total and their difference in l->difference. */
int train_phases(struct train_learner *l, size_t n, struct bz_error *err);
int train_phases_of(struct train_learner *l, size_t n, size_t chains, struct bz_error *err); /* of only the first chains */

/* The sums of the first slots of each half, in their order, go to l->clamped.total, l->running.total and l->difference. */
void train_add_slots(struct train_learner *l, size_t clamped, size_t running);

#endif
