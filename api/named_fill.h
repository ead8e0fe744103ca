/* Shared by the files that read rows of a table. */
#ifndef API_NAMED_FILL_H
#define API_NAMED_FILL_H

#include "named_rows.h"

int api_table_no_memory(struct api_fault *fault); /* -1 */
/* Appends a row to job->table, with nothing known. */
int api_table_new_row(struct api_call *call, struct api_fault *fault);
/* Records a column of the request that is not used as input. */
int api_table_ignore(struct api_table *t, const char *name, struct api_fault *fault);
/* Appends a JSON text to a list with commas between them, a 0 behind. */
int api_table_name(struct api_buffer *list, const char *text, struct api_fault *fault);
/* Notes which columns of the rows are unlike those of training. */
int api_table_compare(struct api_call *call, struct api_fault *fault);
/* Whether the operation takes labels. */
bool api_table_takes_labels(const struct api_call *call);
/* The index of a label's text among the classes of the layer that takes labels; -1 = not one of them. */
long api_table_class(const struct api_call *call, const struct bz_cell *cell);
/* To be called after the last row: moves the values to job->rows, checked. */
int api_table_to_rows(struct api_call *call, struct api_fault *fault);

#endif
