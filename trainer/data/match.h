/* Matches parts of the data to visible layers, and reads their rows into a state. */
#ifndef TRAIN_MATCH_H
#define TRAIN_MATCH_H

#include "dataset.h"
#include "state.h"

/* Maps the parts of a data set to the visible layers of a machine: part_of[l] is the part of layer l, or -1. By name; a single
 * part goes to the only visible layer whatever its name. Checks sizes. part_of[n_layers] is the caller's. */
int train_match_parts(const struct bz_machine *m, const struct train_data *d, long *part_of, struct bz_error *err);

/* Reads rows first .. first+n-1 of the data into rows 0 .. n-1 of a state (n <= s->room): visible x, counts, known where values
 * are missing or a part is absent. part_of as from train_match_parts; how->part is not used. */
int train_fill_state(struct bz_state *s, const struct train_data *d, const long *part_of, size_t first, size_t n,
                     const struct train_grey *how, struct bz_error *err);

#endif
