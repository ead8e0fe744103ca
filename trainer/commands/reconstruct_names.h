/* boltz reconstruct --predict: names and probabilities of one layer's units, given the others. */
#ifndef TRAIN_RECONSTRUCT_NAMES_H
#define TRAIN_RECONSTRUCT_NAMES_H

#include "row_tiles.h"

struct train_predict_names {
    const char *layer, *out; /* a visible layer, whose own values are ignored; CSV, NULL = standard output */
    size_t top;
    size_t steps; /* Gibbs sweeps to average over; 0 = by mean field */
};

/* A line per row: its id if rows have one, then name and probability of the `top` most probable units. */
int train_predict_names(const struct train_predict_names *o, struct train_rows *rows, struct bz_error *err);

#endif
