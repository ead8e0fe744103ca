/* Private to annealed importance sampling: a layer somewhere on the path exp(-(1-beta) E_A - beta E) from a base machine A to
 * the machine. Given the other layers it is a layer of the same type with other parameters, so the unit table's functions apply
 * there as they do at the end of the path. */
#ifndef BZ_PLACE_H
#define BZ_PLACE_H

#include "ais.h"

struct bz_place {
    double beta;
    bool latest;           /* of two places, the one in use last */
    struct bz_layer layer; /* the layer with the parameters that hold here */
    double t;              /* 1; for a layer without base rates 1/beta, and nothing else changes */
    /* Field here = scale * gain * field of the machine + shift */
    float scale;
    float *gain;     /* [size]; NULL = 1 */
    float *shift;    /* [size]; NULL = 0 */
    double constant; /* constant of the log sum, in addition to the layer's own */
    float *memory;   /* all arrays; owned */
};

/* The layer of the base machine: of independent units. bias NULL stands for zeros. */
int bz_base_layer(struct bz_layer *out, const struct bz_layer *l, const float *bias, const double *deviation,
                  struct bz_error *err);
void bz_base_layer_free(struct bz_layer *base);

/* Memory for a place of layer l. */
int bz_place_new(struct bz_place *out, const struct bz_layer *l, const struct bz_layer *base, struct bz_error *err);
void bz_place_free(struct bz_place *place);

/* Moves to beta. */
void bz_place_set(struct bz_place *place, const struct bz_layer *l, const struct bz_layer *base, double beta);

/* The field here for the machine's field[size]: that itself where temperature does it all, else mixed[size]. */
float *bz_place_field(const struct bz_place *place, float *field, float *mixed);

#endif
