/* Where the free-running rows of an update come from: one table row per algorithm. */
#ifndef TRAIN_ALGORITHM_H
#define TRAIN_ALGORITHM_H

#include "checkpoint.h"
#include "ladder.h"
#include "parallel.h"
#include "state.h"

enum train_algorithm { TRAIN_CD, TRAIN_PCD, TRAIN_PT, TRAIN_PTT, TRAIN_AUTOENCODER /* autoencode.h, without a likelihood */ };

/* What moves the rows instead of plain chains. Only say and ladder may be NULL. */
struct train_mover {
    /* For `chains` rows of m, borrowed, which may change between calls; typical[n_layers][size]: means in the data, copied. */
    int (*make)(void **self, struct bz_machine *m, const float *const *typical, size_t chains, uint64_t seed,
                struct bz_parallel *par, struct bz_error *err);
    void (*free)(void *self);
    /* From now on each process moves its share of the groups of rows. */
    void (*share)(void *self, struct bz_spread *spread);
    /* Fills every layer of `to` with rows of the machine, the same on all processes. BZ_DIVERGED: the last step was too large
     * to follow. */
    int (*run)(void *self, size_t sweeps, struct bz_state *to, struct bz_error *err);
    /* Gets from other processes what they have moved; to be called before the fields are copied. */
    int (*gather)(void *self, struct bz_error *err);
    /* Its whole state, for checkpoints and for going back; refresh must follow changes from outside. */
    int (*fields)(void *self, struct train_fields *f, struct bz_error *err);
    void (*refresh)(void *self);
    /* A sentence on how well it mixed. */
    void (*say)(const void *self, char *text, size_t room);
    /* Earlier states of the machine that it keeps, borrowed; NULL = none. */
    const struct bz_ladder *(*ladder)(const void *self);
};

struct train_algorithm_row {
    const char *name;                /* of --algorithm */
    bool from_data;                  /* chains start at the rows of each update */
    size_t most_sweeps;              /* default of --k: 0 = what suits the machine */
    const struct train_mover *mover; /* NULL = plain chains */
};
const struct train_algorithm_row *train_algorithm(enum train_algorithm a); /* its row */
/* TRAIN_PCD for a word that is not in the table. */
enum train_algorithm train_algorithm_named(const char *name);

/* Movers, one file each. */
extern const struct train_mover train_mover_replicas, train_mover_trajectory;

#endif
