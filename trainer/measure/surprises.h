/* Which cells of a table's rows the model did not expect (surprise.h), tile by tile. */
#ifndef TRAIN_SURPRISES_H
#define TRAIN_SURPRISES_H

#include "row_tiles.h"
#include "surprise.h"

enum { TRAIN_SURPRISES = 3 }; /* per row, the largest first */

struct train_surprises {
    struct bz_columns columns; /* of the rows, with the divisors of their data; owned */
    struct bz_surprise *found; /* [rows][TRAIN_SURPRISES]; owned */
    unsigned char *n;          /* [rows] how many of them; owned */
};

/* train_surprises_free in every case. */
int train_surprises_new(struct train_surprises *s, const struct train_rows *rows, struct bz_error *err);
void train_surprises_free(struct train_surprises *s);

/* Examines the rows of a tile, whose free energies are free_energy[t->first ..]. */
int train_surprises_find(struct train_surprises *s, const struct train_tile *t, const double *free_energy,
                         struct bz_error *err);

#endif
