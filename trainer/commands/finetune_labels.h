/* The labels that fine-tuning uses. */
#ifndef TRAIN_FINETUNE_LABELS_H
#define TRAIN_FINETUNE_LABELS_H

#include "dataset.h"
#include "network.h"
#include "progress.h"

/* Keeps a share of each class's labels, and at most this many (0 = no bound), drawn by the seed; at least one of each. */
void train_thin_labels(const struct train_data *d, size_t classes, double share, size_t most, uint64_t seed, long *label);

/* How many labelled rows each class has: misread labels show here. */
int train_tell_classes(struct train_progress *progress, const struct bz_network *net, const long *label, size_t n,
                       struct bz_error *err);

#endif
