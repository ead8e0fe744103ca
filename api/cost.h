/* What a row costs, in multiplications or what takes as long: for planning slices and for limits. */
#ifndef API_COST_H
#define API_COST_H

#include "machine.h"

/* One row through every coupling once. */
double api_coupling_work(const struct bz_machine *m);
/* To infer a row's hidden layers; for one full sweep. */
double api_inference_work(const struct bz_machine *m);
double api_sweep_work(const struct bz_machine *m);

#endif
