/* Class probabilities of rows, by a machine with a label layer: p(class | what is known of the row). */
#ifndef BZ_CLASSIFY_H
#define BZ_CLASSIFY_H

#include "energy.h"

/* The layer whose columns are the classes: the first label layer that is one softmax group; -1 if there is none. */
long bz_label_layer(const struct bz_machine *m);

/* p[n][size of the label layer], each row summing to 1: the softmax of -F(known, class), F as bz_free_energy has it with the
 * label layer held at one class after the other (mean fields to a few 1e-3 of the means, which bounds feel by its square).
 * BZ_EXACT where all of a row's F are, else a softmax of mean-field bounds. What a row's label layer holds, and whether it is
 * marked known, does not matter. Afterwards it holds the probabilities and, if it has a mask, is marked unknown; hidden layers
 * and unknown visible units of s are overwritten. method[n] may be NULL. A row's result is the same bits whatever other rows
 * are in the call; NaN where a free energy is not finite. */
void bz_classify(struct bz_state *s, size_t label_layer, size_t first, size_t n, double *p, enum bz_method *method,
                 struct bz_work *w);

#endif
