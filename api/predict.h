/* The short form of a reconstruction: `predict=tags&top=5` answers with the names and probabilities of one layer's units.
 * Private to op_reconstruct.c, whose task has `predicts` set. */
#ifndef API_PREDICT_H
#define API_PREDICT_H

#include "worker.h"

/* Finds the layer, which must not be wholly known, checks that its units are on or off, and allocates. Sets task->layer. */
int api_predict_begin(struct api_call *call, struct api_task *task, struct api_fault *fault);
/* Probabilities of the unknown units: by mean field, or as averages over `steps` Gibbs sweeps. */
void api_predict_tile(struct api_tile *tile);
double api_predict_cost(const struct api_call *call, const struct api_task *task);
/* {"layer","names":[[...]],"probabilities":[[...]]}: the most probable unknown units of each row, at most `top`. */
int api_predict_encode(struct api_call *call, struct api_task *task, struct api_fault *fault);

#endif
