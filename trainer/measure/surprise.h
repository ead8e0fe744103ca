/* Which cells of a row its model did not expect: by how much the free energy drops when a cell is what the rest of the row
 * makes of it instead. */
#ifndef TRAIN_SURPRISE_H
#define TRAIN_SURPRISE_H

#include "row_tiles.h"

enum { TRAIN_SURPRISES = 3 }; /* of each row, the largest first */

struct train_surprise {
    size_t cell;                  /* number in the list of cells; SIZE_MAX = no further one */
    double value, expected, drop; /* as bz_column_value_of has values; nats */
};

struct train_surprises {
    const struct train_rows *rows;
    struct bz_column *column; /* [n] a copy that borrows names: the cells' columns, one for each of a run's numbers; owned */
    size_t *within, *layer;   /* [n] owned */
    size_t n;
    struct train_surprise *found; /* [rows][TRAIN_SURPRISES]; owned */
};

/* Lists the cells that are inputs of the model. train_surprises_free in every case. */
int train_surprises_new(struct train_surprises *s, const struct train_rows *rows, struct bz_error *err);
void train_surprises_free(struct train_surprises *s);

/* Looks at the rows of a tile, given their free energies; the tile's visible layers are as they were afterwards. Cells that are
 * not known are no surprise. What is expected is as boltz reconstruct --steps 30 has it, of categories and truth values the
 * most probable. */
int train_surprises_find(struct train_surprises *s, const struct train_tile *t, const double *free_energy,
                         struct bz_error *err);

#endif
