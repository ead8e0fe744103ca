/* Pretraining of deep machines, in one of three ways.
 *
 * Interleaving: every other hidden layer is given features of the data while the rest learns (interleave.h).
 *
 * Stacking (Salakhutdinov & Hinton 2009): layer by layer, each hidden layer is trained as an RBM on what is below it, with
 * inputs doubled where the layer will get as much again from the other side.
 *
 * Growing: each hidden layer that sees data is fully trained as an RBM; the layers above start at random and at rest (grow.h).
 * Joint training then starts at the likelihood of the RBMs. */
#ifndef TRAIN_PRETRAIN_H
#define TRAIN_PRETRAIN_H

#include "stage.h"
#include "start.h"

/* True if hidden layers are coupled to other hidden layers, so that pretraining makes sense. */
bool train_is_deep(const struct bz_machine *m);

/* How to train a layer's RBM: fills in what depends on the machine and its number of rows. */
typedef void train_choose(void *arg, const struct bz_machine *rbm, struct train_stage *stage);

enum train_pretrain_way { TRAIN_INTERLEAVED, TRAIN_STACKED, TRAIN_GROWN };

struct train_pretrain {
    const struct bz_machine *machine; /* the whole, as train_start made it */
    const struct train_data *data;
    const struct train_stage *stage; /* what all stages share: rows, progress, checkpoint, ...; its number is where to begin */
    train_choose *choose;
    void *choose_arg;
    const char *folder; /* folder of finished stages, for --resume */
    enum train_binarize binarize;
    enum train_pretrain_way way;
};

/* Trains the parts from stage->number on (those before are read back from the folder; stage->resume is for the first
 * that is trained) and puts them together: *out is a prepared machine of the shape of p->machine, the caller's. *stages is how
 * many there were. */
int train_pretrain(const struct train_pretrain *p, struct bz_machine **out, uint64_t *stages, struct bz_error *err);

#endif
