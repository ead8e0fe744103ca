/* What a row costs, in multiplications or what takes as long: for planning slices and for limits. */
#ifndef API_COST_H
#define API_COST_H

#include "machine.h"

/* One row through every coupling once. */
double api_coupling_work(const struct bz_machine *m);
/* To infer a row's hidden layers; for one full sweep. */
double api_inference_work(const struct bz_machine *m);
double api_sweep_work(const struct bz_machine *m);

/* Work done in one slice, in multiplications: a millisecond or two. */
#define API_SLICE_WORK 6e7

/* Rows to work on together where one costs `cost` multiplications: a tile, or so many that a slice does not get long; at least
 * a few, which share what they read of the weights. */
size_t api_rows_together(double cost);

#endif
