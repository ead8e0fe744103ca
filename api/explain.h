/* explain=true of free energies: the cells of each row that the model expected least. Private to op_free_energy.c and /v2. */
#ifndef API_EXPLAIN_H
#define API_EXPLAIN_H

#include "job.h"
#include "json_write.h"
#include "sheet.h"
#include "worker.h"

enum { API_EXPLAINED = 5 }; /* cells of a row, at most */

/* If it was requested, allocates the cells, or sets a fault. The number of rows must be known. */
int api_explain_begin(struct api_call *call, struct api_task *task, struct api_fault *fault);
/* Finds the cells of each row of a tile, if requested. The tile's state is overwritten. */
void api_explain_tile(struct api_tile *tile);
/* Free energies needed to explain one row, beside its own. */
double api_explain_cost(const struct api_call *call);
/* "explain":[[{"column","value","expected","drop"},...],...] */
void api_explain_write(struct json_writer *w, const struct api_call *call, const struct api_task *task);
/* The object of one cell of a row, k from 0; false where the row has no such cell. */
bool api_explain_write_cell(struct json_writer *w, const struct api_call *call, const struct api_task *task, size_t row,
                            size_t k);
/* CSV: columns cell_1, value_1, expected_1, drop_1 and so on, empty where a row has fewer cells. */
void api_explain_columns(struct api_sheet *sheet, const struct api_call *call, const struct api_task *task);

#endif
