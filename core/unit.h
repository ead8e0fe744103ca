/* Unit types: one row of the table each. Here and nowhere else a type is told from another in an algorithm. */
#ifndef BZ_UNIT_H
#define BZ_UNIT_H

#include "machine.h"

/* All functions work on one row: field[size] as bz_field gives it, x[size] a value, t the temperature (> 0),
 * d the counts of a multinomial row (else ignored). */
struct bz_unit_type {
    const char *name;
    bool discrete;

    /* mean[i] = E[x_i | field]; may alias field. */
    void (*mean)(const struct bz_layer *l, const float *field, double t, double d, float *mean);

    /* Draws x given the field at temperature t; key gives place and seed; units are drawn by index. x may alias field. */
    void (*sample)(const struct bz_layer *l, const float *field, double t, double d, const struct bz_key *key, float *x);

    /* -(own term of the energy) of x: bias' . x with the folded start (gaussian: -(x-b)^2/2s^2). Without t. */
    double (*own)(const struct bz_layer *l, const float *start, const float *x);

    /* log of sum (integral) over x of exp((own + x.field_from_neighbours)/t), field as bz_field gives it (own included):
     * what the layer contributes when it is summed out. For gaussian layers relative to the energy's own zero. */
    double (*log_sum)(const struct bz_layer *l, const float *field, double t, double d);

    /* Entropy of the conditional at t = 1 (variational bounds), nats; gaussian: differential. */
    double (*entropy)(const struct bz_layer *l, const float *field, double d);

    /* The mean with no neighbours, [size]: what unknown units start from. */
    void (*base_mean)(const struct bz_layer *l, double d, float *mean);
};

const struct bz_unit_type *bz_unit_type(enum bz_unit unit);

#endif
