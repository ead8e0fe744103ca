/* Dot products of rows, and what is added to them: dot, axpy and momentum_row of struct bz_kernels. Included by kernels.c
 * only. */
#ifndef BZ_KERNEL_ROWS_H
#define BZ_KERNEL_ROWS_H

#include "vector.h"

enum { LANES = 16 /* partial sums of every reduction, at any vector width */ };

/* lane[16] folded in halves: one order for every vector width. */
static double fold_sum(double lane[LANES])
{
    for (size_t width = LANES / 2; width > 0; width /= 2)
        for (size_t i = 0; i < width; i++)
            lane[i] += lane[i + width];
    return lane[0];
}

enum { DOT_TERMS = 1 << 18 }; /* between two questions whether to stop */

static double dot(const float *a, const float *b, size_t n)
{
    enum { PARTS = LANES / DOUBLES };
    vdouble acc[PARTS] = {{0}};
    size_t i = 0;
    do
        for (const size_t end = n - i < DOT_TERMS ? n : i + DOT_TERMS; i + LANES <= end; i += LANES)
            UNROLL
    for (size_t part = 0; part < PARTS; part++)
        acc[part] += load_wide(a + i + part * DOUBLES) * load_wide(b + i + part * DOUBLES);
    while (i + LANES <= n && !bz_stopping_work(DOT_TERMS))
        ;
    if (i + LANES <= n)
        return 0;
    double lane[LANES];
    memcpy(lane, acc, sizeof(lane));
    for (size_t j = 0; i + j < n; j++)
        lane[j] += (double)a[i + j] * (double)b[i + j];
    return fold_sum(lane);
}

static void axpy(float *y, float a, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

INLINE vfloat momentum_lanes(const struct bz_momentum *s, float *w, float *velocity, float *g)
{
    const vfloat at = load(w), change = s->momentum * load(velocity) + s->rate * (load(g) - s->decay * at);
    store(velocity, change);
    store(w, at + change);
    store(g, change);
    return change;
}

static double momentum_row(float *w, float *velocity, float *g, float *fold, const float *along, const struct bz_momentum *s,
                           size_t n)
{
    enum { PARTS = LANES / DOUBLES };
    vdouble acc[PARTS] = {{0}};
    double lane[LANES];
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        UNROLL
        for (size_t j = i; j < i + LANES; j += FLOATS)
            store(fold + j, load(fold + j) + s->by * momentum_lanes(s, w + j, velocity + j, g + j));
        UNROLL
        for (size_t part = 0; part < PARTS; part++)
            acc[part] += load_wide(g + i + part * DOUBLES) * load_wide(along + i + part * DOUBLES);
    }
    memcpy(lane, acc, sizeof(lane));
    for (size_t j = 0; i + j < n; j++) {
        const size_t at = i + j;
        const float change = s->momentum * velocity[at] + s->rate * (g[at] - s->decay * w[at]);
        velocity[at] = g[at] = change;
        w[at] += change;
        fold[at] += s->by * change;
        lane[j] += (double)change * (double)along[at];
    }
    return fold_sum(lane);
}

#endif
