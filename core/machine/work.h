/* Private to the core: the scratch memory behind struct bz_work. A buffer belongs to the file named beside it, for as long as
 * one of its functions runs. */
#ifndef BZ_WORK_H
#define BZ_WORK_H

#include "state.h"

struct bz_work {     /* BZ_TILE rows, or the number it was made for */
    size_t widest;   /* units of the largest layer */
    uint32_t *index; /* [BZ_TILE][widest] state.c: nonzero units of rows */
    float *scaled;   /* [BZ_TILE][widest gaussian layer] state.c: (x - o)/s^2; NULL if there is none */
    float *turned;   /* [widest][BZ_EDGE_ROWS] state.c: values of neighbours; NULL if no coupling is sparse */
    float *field;    /* [BZ_TILE][widest] gibbs.c */
    float *row;      /* [widest] gibbs.c, infer.c */
    float *uniform;  /* [widest] gibbs.c, lateral.c */
    float *spare[2]; /* [BZ_TILE][widest] infer.c, reconstruct.c, pseudo_likelihood.c, posterior_average.c */

    struct bz_kept *kept; /* fixed.c */
    struct bz_walk *walk; /* energy.c, pseudo_likelihood.c */
};

#endif
