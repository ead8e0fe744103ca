/* What units represent: the effect of each hidden unit on the visible ones, the rows it responds to, and how strongly visible
 * variables depend on one another, directly and through the hidden ones. */
#ifndef TRAIN_MEANING_H
#define TRAIN_MEANING_H

#include "row_tiles.h"

/* One visible unit under a hidden one that is on, and off. */
struct train_driver {
    size_t layer, unit;
    double off,
        on; /* its mean with the hidden unit off and on, all others at their typical values; of counts the share of a word */
    double score; /* nats between the two, negative where `on` is the smaller; for real values the change in deviations */
};

/* The name of a visible unit: its own, else its number; of softmax units LAYER=CATEGORY. */
void train_unit_name(const struct bz_machine *m, size_t layer, size_t unit, char *name, size_t room);

/* The `top` visible units that hidden unit `unit` of a layer changes most, the most first; rising: only those that it makes
 * more probable. Fewer where there are fewer. *out[*n] is the caller's. A layer that is coupled to no visible one has none. */
int train_drivers(const struct bz_machine *m, size_t layer, size_t unit, size_t top, bool rising, struct train_driver **out,
                  size_t *n, struct bz_error *err);

/* For each unit of a hidden layer, the `top` rows with the largest posterior means: *row[size][top] (SIZE_MAX: no more rows)
 * and *mean likewise; the caller's. */
int train_firing_rows(struct train_rows *rows, size_t layer, size_t top, size_t **row, double **mean, struct bz_error *err);

/* Visible variables - units, or groups of softmax units - and how strongly each two depend on one another. */
struct train_dependencies {
    size_t n;
    struct {
        size_t layer, first, size; /* units first .. first+size-1 of a layer */
    } * variable;                  /* [n]; owned */
    double *strength;              /* [n][n], symmetric, 0 on the diagonal; owned */
};

enum { TRAIN_MOST_VARIABLES = 4096 };

/* The strength is the Frobenius norm of the block of J = L + W D W', where L are direct couplings, W those to hidden units and
 * D the variances of these at their typical means: to second order what is left when hidden units are summed out. Blocks of
 * softmax groups are in the zero-sum gauge, and states named - or . (gaps of an alignment) are left out of the norm; gaussian
 * units count in their own deviations. corrected: less the product of the two variables' means over the mean of all (Dunn,
 * Wahl, Gloor 2008), which removes what is due to entropy and phylogeny. BZ_UNSUPPORTED if hidden layers are coupled to one
 * another. */
int train_dependencies(const struct bz_machine *m, bool corrected, struct train_dependencies *out, struct bz_error *err);
void train_dependencies_free(struct train_dependencies *d);
void train_variable_name(const struct bz_machine *m, const struct train_dependencies *d, size_t variable, char *name,
                         size_t room);

#endif
