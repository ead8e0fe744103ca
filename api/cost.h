/* What a row costs, in multiplications or work that takes as long: for planning slices and for limits. */
#ifndef API_COST_H
#define API_COST_H

#include "machine.h"

/* Passing one row through every coupling once. */
double api_coupling_work(const struct bz_machine *m);
/* Inferring a row's hidden layers; one full sweep. */
double api_inference_work(const struct bz_machine *m);
double api_sweep_work(const struct bz_machine *m);

enum { API_COUNT_WORK = 1000 }; /* in the time of drawing one count (measured: docs/results.md) */

/* Work done in one slice, in multiplications: a millisecond or two. */
#define API_SLICE_WORK 6e7

/* Rows to handle together if each costs `cost` multiplications: a tile, or fewer to keep a slice short; at least a few, since
 * they share the reading of the weights. */
size_t api_rows_together(double cost);

#endif
