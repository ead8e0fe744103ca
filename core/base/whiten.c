#include "whiten.h"

#include "kernels.h"
#include "mem.h"

#include <math.h>

enum { BLOCK = 64 }; /* rows handled together, so that a row of the covariance stays in cache */

void bz_feature_mean(const float *x, size_t rows, size_t units, double *mean)
{
    for (size_t i = 0; i < units; i++)
        mean[i] = 0;
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < units; i++)
            mean[i] += (double)x[r * units + i];
    for (size_t i = 0; i < units && rows > 0; i++)
        mean[i] /= (double)rows;
}

/* The lower half of the covariance, in place of c[units][units]; tile[BLOCK][units] is scratch. */
static void covariance(const float *x, size_t rows, size_t units, const double *mean, double *c, double *tile)
{
    for (size_t first = 0; first < rows; first += BLOCK) {
        const size_t n = rows - first < BLOCK ? rows - first : BLOCK;
        for (size_t i = 0; i < n * units; i++)
            tile[i] = (double)x[first * units + i] - mean[i % units];
        for (size_t i = 0; i < units; i++)
            for (size_t r = 0; r < n; r++) {
                const double a = tile[r * units + i];
                for (size_t j = 0; j <= i; j++)
                    c[i * units + j] += a * tile[r * units + j];
            }
    }
    for (size_t i = 0; i < units * units; i++)
        c[i] /= (double)rows;
}

/* c = L L', L in its lower half. */
static void factor(double *c, size_t units)
{
    for (size_t i = 0; i < units; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = c[i * units + j];
            for (size_t k = 0; k < j; k++)
                sum -= c[i * units + k] * c[j * units + k];
            c[i * units + j] = i == j ? sqrt(sum) : sum / c[j * units + j];
        }
}

/* The inverse of L, row by row, in its place; row[units] is scratch. */
static void invert(double *l, size_t units, double *row)
{
    for (size_t i = 0; i < units; i++) {
        const double by = 1 / l[i * units + i];
        for (size_t j = 0; j < i; j++)
            row[j] = 0;
        for (size_t k = 0; k < i; k++)
            for (size_t j = 0; j <= k; j++)
                row[j] -= l[i * units + k] * l[k * units + j];
        for (size_t j = 0; j < i; j++)
            l[i * units + j] = row[j] * by;
        l[i * units + i] = by;
    }
}

int bz_whitening_make(float **out, const float *x, size_t rows, size_t units, const double *mean, struct bz_error *err)
{
    size_t cells;
    double trace = 0, *c = NULL, *tile = NULL;
    int rc = -1;
    *out = NULL;
    if (bz_mul(&cells, units, units) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "whitening: %zu units", units);
    if (!(c = bz_alloc(cells, sizeof(*c), err)) || !(tile = bz_alloc((size_t)BLOCK * units, sizeof(*tile), err)) ||
        !(*out = bz_alloc(cells, sizeof(**out), err)))
        goto out;
    covariance(x, rows, units, mean, c, tile);
    for (size_t i = 0; i < units; i++)
        trace += c[i * units + i];
    if (!(trace > 0)) {
        bz_fail(err, BZ_BAD_INPUT, "whitening: the features of all %zu rows are the same, so nothing can be compared", rows);
        goto out;
    }
    for (size_t i = 0; i < units; i++)
        c[i * units + i] += trace / (double)units;
    factor(c, units);
    invert(c, units, tile);
    for (size_t i = 0; i < units; i++)
        for (size_t j = 0; j <= i; j++)
            (*out)[i * units + j] = (float)c[i * units + j];
    rc = 0;
out:
    if (rc < 0)
        bz_drop(out);
    bz_free(c);
    bz_free(tile);
    return rc;
}

void bz_whiten(const float *a, const float *v, size_t units, float *out)
{
    for (size_t i = 0; i < units; i++)
        out[i] = (float)bz_cpu()->dot(a + i * units, v, i + 1);
}
