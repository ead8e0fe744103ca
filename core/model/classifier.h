/* A model's classifier in its file: the metadata key `classifier` and the tensors `classifier.*` (docs/FORMAT.md). */
#ifndef BZ_CLASSIFIER_H
#define BZ_CLASSIFIER_H

#include "network.h"
#include "safetensors.h"

/* Makes *out (the caller's, bz_network_free) from the metadata's text and the container's tensors and marks those in
 * taken[st->n_tensors]. BZ_BAD_MODEL names key or tensor. */
int bz_classifier_read(struct bz_network **out, const struct bz_machine *m, const char *text, const struct bz_safetensors *st,
                       bool *taken, struct bz_error *err);

/* The metadata's text; the caller's, bz_free. */
char *bz_classifier_text(const struct bz_network *net, const struct bz_machine *m, struct bz_error *err);

/* The tensors to write: calls add(arg, name, values, rows, columns) for each in order, with columns 0 for one dimension. */
void bz_classifier_tensors(const struct bz_network *net,
                           void (*add)(void *arg, const char *name, const float *values, size_t rows, size_t columns),
                           void *arg);
size_t bz_classifier_tensor_count(const struct bz_network *net);

#endif
