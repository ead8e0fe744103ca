/* The tree of pairs of columns that explains rows of bits best (Chow & Liu 1968), and a machine that is this tree before it
 * learns: plain chains find long rows of close pairs slowly. */
#ifndef TRAIN_TREE_H
#define TRAIN_TREE_H

#include "dataset.h"
#include "machine.h"

struct train_tree;

/* Of data's rows[n_rows]. *out is the caller's; NULL if the data are not one layer of 0 and 1 without gaps, or are too many
 * columns. At most `most` pairs: the strongest, and of these only what is more than chance. */
int train_tree_new(struct train_tree **out, const struct train_data *data, const size_t *rows, size_t n_rows, size_t most,
                   struct bz_error *err);
void train_tree_free(struct train_tree *t); /* NULL is fine */
size_t train_tree_pairs(const struct train_tree *t);

/* Mean log probability of other rows, in nats. */
int train_tree_log_prob(const struct train_tree *t, const struct train_data *data, const size_t *rows, size_t n_rows,
                        double *log_prob, struct bz_error *err);

/* Makes m, an rbm of bernoulli units of which as many are hidden as there are pairs or more, this distribution: a hidden unit
 * for each pair. m must then be prepared. */
int train_tree_write(const struct train_tree *t, struct bz_machine *m, struct bz_error *err);

#endif
