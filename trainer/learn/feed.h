/* Feeds rows of a data set into the visible layers of a machine while it learns. */
#ifndef TRAIN_FEED_H
#define TRAIN_FEED_H

#include "dataset.h"
#include "state.h"

#define TRAIN_LABELS "label" /* the layer that class labels go to */

struct train_feed {
    const struct train_data *data; /* borrowed */
    long *part_of;                 /* [n_layers]: the part of a layer; -1 = none; owned */
    long label_layer;              /* the layer that data->labels go to, or -1 */
    enum train_binarize binarize;
    uint64_t seed;
};

/* Finds the layers of m for the parts of the data (and for labels, if there is a label layer). */
int train_feed_open(struct train_feed *f, const struct bz_machine *m, const struct train_data *data,
                    enum train_binarize binarize, uint64_t seed, struct bz_error *err);
void train_feed_close(struct train_feed *f);

/* Makes known[] in a state for layers where values can be missing. */
int train_feed_prepare(const struct train_feed *f, struct bz_state *s, struct bz_error *err);

/* rows[n] of the data become rows first .. of the state. visit: how many times the rows have been read before, so that grey
 * values are drawn anew. Thread-safe for different rows of the state. */
void train_feed_read(const struct train_feed *f, struct bz_state *s, size_t first, const size_t *rows, size_t n,
                     uint64_t visit);

#endif
