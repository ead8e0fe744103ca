/* How a classifier reads its inputs, chosen from the rows it learns from. */
#ifndef TRAIN_FINETUNE_INPUTS_H
#define TRAIN_FINETUNE_INPUTS_H

#include "net_inputs.h"
#include "progress.h"

enum { TRAIN_NET_WIDTH = 256 }; /* units of a narrow network's only hidden stage, with enough labels */

/* Layers that are scaled whatever else is tried: levels that hardly vary, on which learning is slow; real values whose nearest
 * neighbours are more often of their class if all are measured in one unit, as in pictures, than if each is in its own
 * deviation. data gets shift and by, net computes what it did. *in is the caller's (train_net_inputs_free). */
int train_inputs_choose(struct train_net_inputs **in, struct bz_network *net, const struct bz_machine *m,
                        struct train_finetune_data *data, uint64_t seed, struct train_progress *progress, struct bz_error *err);

/* Whether there are layers of grey levels that are not scaled yet; these are. net as in train_net_inputs_scale. */
bool train_inputs_have_levels(const struct train_net_inputs *in);
void train_inputs_scale_levels(struct train_net_inputs *in, struct bz_network *net);

#endif
