/* Machines to start learning from: layers and couplings of each kind, biases from the data's means, small random weights. */
#ifndef TRAIN_START_H
#define TRAIN_START_H

#include "dataset.h"
#include "feed.h"
#include "machine.h"

/* A stack of hidden layers above something. */
struct train_pathway {
    const size_t *sizes; /* [n] from the bottom up */
    size_t n;
};

/* What the machine looks like above its visible layers. */
struct train_shape {
    const char *kind;                     /* "rbm", "dbm", "bm", "multimodal" */
    const struct train_pathway *pathways; /* multimodal: [n_parts]; else one, above all visible layers */
    size_t joint;                         /* multimodal: units of the layer that joins the pathways */
    bool lateral_visible, lateral_hidden; /* bm: couplings inside the layers */
    bool lateral_between;                 /* and between the visible ones, as which columns of different kinds come */
    struct bz_pattern visible_pairs;      /* which units of the only visible layer are coupled; index NULL = all */
    enum bz_unit hidden_unit;             /* of all hidden layers; 0 = bernoulli */
    size_t hidden_states;                 /* softmax: columns of a group; 0 = all of a layer are one group */
    const char *hidden;                   /* name of the hidden layers of a single pathway; NULL = "hidden" */
    size_t processes;                     /* on this host, each of which makes the machine; 0 = this one */
    bool labels;                          /* data->labels become a visible layer at the top hidden one */
};

/* The rows whose means a machine starts from. */
struct train_first_rows {
    const size_t *rows;
    size_t n;
    bool centred; /* offsets start at these means */
};

/* A prepared machine whose visible layers are the parts of the data. Visible biases give each unit its mean over the first
 * rows; weights are normal with deviation 0.01, a function of the seed. *out is the caller's. */
int train_start(struct bz_machine **out, const struct train_shape *shape, const struct train_data *data,
                const struct train_first_rows *first, uint64_t seed, struct bz_error *err);

/* Starts the visible layers that a feed fills from these rows, as if nothing had been learned. The machine must then be
 * prepared. */
int train_start_again(struct bz_machine *m, const struct train_feed *feed, const struct train_first_rows *first,
                      struct bz_error *err);

/* Starts layer l from a part of data: biases with which its units have the part's means over the first rows (gaussian ones its
 * deviations), offsets at these means if the layer may have them, shape and names. */
int train_start_part(struct bz_machine *m, size_t l, const struct train_part *part, const struct train_first_rows *first,
                     struct bz_error *err);

#endif
