/* Part of kernels.c, compiled once per instruction set: sums of softplus over fields that change by known amounts. Where each
 * exp(field) is kept, a change of the field is one product, and no exponential is taken. */
#ifndef BZ_KERNEL_GROWTH_H
#define BZ_KERNEL_GROWTH_H

#include "mathx.h"
#include "vector.h"

/* A product in [1,2) takes GROWTH_EVERY factors below 2^250 before its exponent has to be put aside. */
enum { GROWTH_LANES = 16, GROWTH_EVERY = 4 };

/* Moves the exponents of product (normal, positive numbers) into exponent; product is then in [1,2). */
INLINE void put_exponent_aside(vint64 *exponent, vdouble *product)
{
    vuint64 bits = (vuint64)*product;

    *exponent += (vint64)(bits >> 52) - 1023;
    *product = (vdouble)((bits & 0x000fffffffffffff) | (uint64_t)1023 << 52);
}

INLINE vdouble load_doubles(const double *p)
{
    vdouble v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static double grow_softplus(double *e, const double *ratio, size_t n)
{
    enum { PARTS = GROWTH_LANES / DOUBLES };
    vdouble product[PARTS];
    vint64 exponent[PARTS] = {{0}};
    double lane[GROWTH_LANES];
    int64_t total = 0;
    size_t i = 0;

    for (size_t part = 0; part < PARTS; part++)
        product[part] = vdouble_of(1);
    for (size_t row = 1; i + GROWTH_LANES <= n; i += GROWTH_LANES, row++) {
        UNROLL
        for (size_t part = 0; part < PARTS; part++) {
            vdouble grown = load_doubles(e + i + part * DOUBLES) * load_doubles(ratio + i + part * DOUBLES);
            memcpy(e + i + part * DOUBLES, &grown, sizeof(grown));
            product[part] *= 1 + grown;
        }
        if (row % GROWTH_EVERY == 0)
            UNROLL
        for (size_t part = 0; part < PARTS; part++)
            put_exponent_aside(&exponent[part], &product[part]);
    }
    for (size_t part = 0; part < PARTS; part++)
        put_exponent_aside(&exponent[part], &product[part]);
    memcpy(lane, product, sizeof(lane));
    for (size_t k = 0; i + k < n; k++) {
        e[i + k] *= ratio[i + k];
        lane[k] *= 1 + e[i + k];
    }
    memcpy(product, lane, sizeof(lane));
    for (size_t part = 0; part < PARTS; part++) {
        put_exponent_aside(&exponent[part], &product[part]);
        for (size_t k = 0; k < DOUBLES; k++)
            total += exponent[part][k];
    }
    memcpy(lane, product, sizeof(lane));
    for (size_t width = GROWTH_LANES / 2; width > 0; width /= 2)
        for (size_t k = 0; k < width; k++)
            lane[k] *= lane[k + width]; /* below 2^16 in the end */
    return (double)total * 0.69314718055994530942 + bz_log(lane[0]);
}

#endif
