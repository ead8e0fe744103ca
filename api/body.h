/* The body of a /v1 operation, in any format, into a job's parameters and rows. */
#ifndef API_BODY_H
#define API_BODY_H

#include "job.h"

/* Reads query and body. On success job->par, rows, start and counts hold what was given, checked against the model's layers and
 * their units' domains, with masks applied. */
int api_body_read(struct api_call *call, char *body, size_t size, struct api_fault *fault);

/* The layer that an array without names stands for: the one visible layer; -1 and a fault naming the layers if there are
 * several. */
long api_only_layer(const struct bz_machine *m, const char *what, struct api_fault *fault);

/* A layer by name; the fault lists the existing names (only visible ones if `visible`). */
long api_layer_by_name(const struct bz_machine *m, const char *name, bool visible, const char *what, struct api_fault *fault);

/* "image, tags": names for a message. */
void api_layer_names(const struct bz_machine *m, bool visible, char *list, size_t room);

/* Checks that all given layers have the same number of rows, which goes to *n, that at least one layer is given, and that
   something is known in every row. */
int api_inputs_agree(const struct api_call *call, const char *what, size_t *n, struct api_fault *fault);

#endif
