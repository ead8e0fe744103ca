/* How far apart classes are in the inputs of a network. */
#include "finetune.h"

#include "mem.h"
#include "rng.h"

#include <math.h>
#include <stdlib.h>

enum { SAMPLE = 1000 };

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double square_distance(const float *a, const float *b, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return (double)sum;
}

/* Labelled rows, all or SAMPLE of them drawn by the seed, in their order (selection sampling). */
static size_t draw_rows(const struct train_finetune_data *d, uint64_t seed, size_t row[SAMPLE])
{
    const struct bz_key key = {.seed = seed, .step = UINT64_MAX - 1, .purpose = BZ_DRAW_SHUFFLE};
    size_t left = 0, n = 0;
    for (size_t i = 0; i < d->rows; i++)
        left += d->label[i] >= 0;
    for (size_t i = 0; i < d->rows && n < SAMPLE; i++) {
        if (d->label[i] < 0)
            continue;
        if (left <= SAMPLE - n || bz_random_double(&key, (uint32_t)i) * (double)left < (double)(SAMPLE - n))
            row[n++] = i;
        left--;
    }
    return n;
}

int train_finetune_gap(const struct train_finetune_data *d, uint64_t seed, double *gap, struct bz_error *err)
{
    size_t *row = bz_alloc(SAMPLE, sizeof(*row), err), found = 0;
    double *nearest = bz_alloc(SAMPLE, sizeof(*nearest), err);
    *gap = 0;
    if (row && nearest) {
        const size_t n = draw_rows(d, seed, row);
        for (size_t i = 0; i < n; i++)
            nearest[i] = INFINITY;
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++) {
                if (d->label[row[i]] == d->label[row[j]])
                    continue;
                const double away = square_distance(d->input + row[i] * d->width, d->input + row[j] * d->width, d->width);
                nearest[i] = fmin(nearest[i], away);
                nearest[j] = fmin(nearest[j], away);
            }
        for (size_t i = 0; i < n; i++)
            if (isfinite(nearest[i]))
                nearest[found++] = sqrt(nearest[i]);
        qsort(nearest, found, sizeof(*nearest), by_size);
        *gap = found ? nearest[found / 2] : 0;
    }
    const int rc = row && nearest ? 0 : -1;
    bz_free_all(row, nearest);
    return rc;
}
