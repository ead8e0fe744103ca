#include "rank.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

static int by_probability_falling(const void *a, const void *b)
{
    const struct api_ranked *x = a, *y = b;
    return x->p != y->p ? (x->p < y->p) - (x->p > y->p) : (x->unit > y->unit) - (x->unit < y->unit);
}

void api_rank_row(struct api_ranked *row, size_t n)
{
    qsort(row, n, sizeof(*row), by_probability_falling);
}

struct api_ranked *api_rank(const float *x, size_t n, size_t width, size_t top)
{
    size_t count;
    struct api_ranked *best = bz_mul(&count, n, top) < 0 ? NULL : bz_alloc(count, sizeof(*best), NULL);
    struct api_ranked *row = bz_alloc(width, sizeof(*row), NULL);
    for (size_t r = 0; best && row && r < n; r++) {
        for (size_t i = 0; i < width; i++)
            row[i] = (struct api_ranked){x[r * width + i], (uint32_t)i};
        api_rank_row(row, width);
        memcpy(best + r * top, row, top * sizeof(*row));
    }
    if (!row) {
        bz_free(best);
        best = NULL;
    }
    bz_free(row);
    return best;
}
