/* Small things that several operations use. */
#ifndef API_OPS_H
#define API_OPS_H

#include "job.h"

/* Multiplications to infer a row's hidden layers; for one full sweep. For planning slices only. */
double api_inference_work(const struct bz_machine *m);
double api_sweep_work(const struct bz_machine *m);

/* X-Boltz-Seed */
void api_seed_header(struct api_call *call);

#endif
