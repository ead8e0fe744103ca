/* Values in order of size. */
#ifndef BZ_ORDER_H
#define BZ_ORDER_H

#include <stddef.h>
#include <stdint.h>

struct bz_ranked {
    float p;
    uint32_t unit;
};

/* Largest first, ties in the order of units. */
void bz_rank(struct bz_ranked *x, size_t n);

void bz_sort(double *x, size_t n); /* ascending */

#endif
