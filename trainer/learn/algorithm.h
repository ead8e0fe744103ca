/* Where the free-running rows of an update come from: a row of a table for each algorithm. A new one is a row. */
#ifndef TRAIN_ALGORITHM_H
#define TRAIN_ALGORITHM_H

#include "checkpoint.h"
#include "ladder.h"
#include "parallel.h"
#include "state.h"

enum train_algorithm { TRAIN_CD, TRAIN_PCD, TRAIN_PT, TRAIN_PTT, TRAIN_AUTOENCODER /* autoencode.h, of no likelihood */ };

/* What moves the rows in place of plain chains. All functions but say and ladder are there. */
struct train_mover {
    /* For `chains` rows of m, borrowed, which changes between calls; typical[n_layers][size]: means in the data, taken as they
     * are now. */
    int (*make)(void **self, struct bz_machine *m, const float *const *typical, size_t chains, uint64_t seed,
                struct bz_parallel *par, struct bz_error *err);
    void (*free)(void *self);
    /* From now on each process moves its share of the groups of rows. */
    void (*share)(void *self, struct bz_spread *spread);
    /* Every layer of `to` then holds rows of the machine, on all processes the same. BZ_DIVERGED: the last step was too large
     * to be followed. */
    int (*run)(void *self, size_t sweeps, struct bz_state *to, struct bz_error *err);
    /* What other processes have moved, from them; before the fields are copied. */
    int (*gather)(void *self, struct bz_error *err);
    /* All that it is, for checkpoints and for going back; refresh after that was changed from outside. */
    int (*fields)(void *self, struct train_fields *f, struct bz_error *err);
    void (*refresh)(void *self);
    /* How well it moved, as a sentence. */
    void (*say)(const void *self, char *text, size_t room);
    /* Earlier states of the machine that it keeps, borrowed; NULL = none. */
    const struct bz_ladder *(*ladder)(const void *self);
};

struct train_algorithm_row {
    const char *name;                /* of --algorithm */
    bool from_data;                  /* chains start at the rows of each update */
    size_t most_sweeps;              /* where --k does not say: 0 = what suits the machine */
    const struct train_mover *mover; /* NULL = plain chains */
};
const struct train_algorithm_row *train_algorithm(enum train_algorithm a); /* its row */
/* TRAIN_PCD for a word that is not in the table. */
enum train_algorithm train_algorithm_named(const char *name);

/* Movers, one file each. */
extern const struct train_mover train_mover_replicas, train_mover_trajectory;

#endif
