/* explain=true of free energies: the cells of each row that the model expected least. Private to op_free_energy.c. */
#ifndef API_EXPLAIN_H
#define API_EXPLAIN_H

#include "json_write.h"
#include "worker.h"

/* Checks and allocates, where it was asked for. */
int api_explain_begin(struct api_call *call, struct api_task *task, struct api_fault *fault);
/* When a tile's free energies are stored: the cells of its rows. Overwrites the tile's states. */
void api_explain_tile(struct api_tile *tile);
/* How many free energies of a row it takes beside its own. */
double api_explain_cost(const struct api_call *call);
/* "explain":[[{"column","value","expected","drop"},...],...] */
void api_explain_write(struct json_writer *w, const struct api_call *call, const struct api_task *task);

#endif
