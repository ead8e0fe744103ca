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

static double square_distance(const struct train_finetune_data *d, size_t row, size_t other)
{
    const float *a = d->input + row * d->width, *b = d->input + other * d->width;
    float sum = 0;
    for (size_t i = 0; i < d->width; i++) {
        const float away = d->by ? (a[i] - b[i]) * d->by[i] : a[i] - b[i];
        sum += away * away;
    }
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

int train_finetune_gap(const struct train_finetune_data *d, uint64_t seed, struct train_finetune_gap *out, struct bz_error *err)
{
    size_t *row = bz_alloc(SAMPLE, sizeof(*row), err), found = 0;
    double *nearest[2] = {bz_alloc(SAMPLE, sizeof(**nearest), err), bz_alloc(SAMPLE, sizeof(**nearest), err)}; /* own class */
    const int rc = row && nearest[0] && nearest[1] ? 0 : -1;
    *out = (struct train_finetune_gap){.gap = 0};
    if (rc == 0) {
        const size_t n = out->rows = draw_rows(d, seed, row);
        for (size_t i = 0; i < n; i++)
            nearest[0][i] = nearest[1][i] = INFINITY;
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++) {
                double *of = nearest[d->label[row[i]] == d->label[row[j]]];
                const double away = square_distance(d, row[i], row[j]);
                of[i] = fmin(of[i], away);
                of[j] = fmin(of[j], away);
            }
        for (size_t i = 0; i < n; i++)
            out->wrong += nearest[0][i] < nearest[1][i];
        for (size_t i = 0; i < n; i++)
            if (isfinite(nearest[0][i]))
                nearest[0][found++] = sqrt(nearest[0][i]);
        qsort(nearest[0], found, sizeof(**nearest), by_size);
        out->gap = found ? nearest[0][found / 2] : 0;
    }
    bz_free_all(row, nearest[0], nearest[1]);
    return rc;
}
