/* Whether samples of a machine have its distribution: joint states of its layers are counted and compared with enumeration. */
#ifndef STATIONARY_H
#define STATIONARY_H

#include "enumerate.h"

struct stationary {
    struct enumeration e;
    bool layers[8]; /* the layers counted: all with finitely many states; if there are more than 4 layers, the hidden ones */
    double *p;
    size_t *seen, keys;
};

/* counts[n_layers] as in struct enumeration. The machine has at most 8 layers. */
void stationary_begin(struct stationary *c, const struct bz_machine *m, const double *counts);
void stationary_see(struct stationary *c, const struct bz_state *s, size_t rows);
/* Fails the test if a deviation as large as this has a probability under 1e-3. */
void stationary_end(struct stationary *c);

#endif
