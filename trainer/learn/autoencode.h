/* The other way to learn a layer of features: an autoencoder (Vincent et al. 2008, 2010), of the same layers and parameters as
 * an RBM. Its code is h = f(c + W'(x - o)), its output the visible units' means given h, and its objective log p(x | h), summed
 * over visible units and averaged over rows - a function of W, b and c that needs no chains and no log Z. */
#ifndef TRAIN_AUTOENCODE_H
#define TRAIN_AUTOENCODE_H

#include "phases.h"

/* BZ_UNSUPPORTED, with a reason, unless the machine has a single hidden layer of bernoulli or spin units, no visible layers of
 * counts or labels, and no layer coupled to itself. */
int train_may_autoencode(const struct bz_machine *m, struct bz_error *err);

/* In place of train_phases: reads n rows and leaves the gradient in both phases as if it were a difference of statistics, with
 * e = x - mean(x | h), x~ = x with a share l->rule.denoise of its units left out, and d the gradient by a code's field:
 *     dW = <e h'> + <x~ d'>,   db = <e>,   dc = <d>,
 * so that the clamped rows hold (e, h) and the running ones, whose weights are negative, (x~, -d). Missing units are left out
 * too, and are not part of e. */
void train_autoencode(struct train_learner *l, size_t n);

#endif
