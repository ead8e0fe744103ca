#include "rank.h"

#include "mem.h"

#include <string.h>

struct bz_ranked *api_rank(const float *x, size_t n, size_t width, size_t top)
{
    size_t count;
    struct bz_ranked *best = bz_mul(&count, n, top) < 0 ? NULL : bz_alloc(count, sizeof(*best), NULL);
    struct bz_ranked *row = bz_alloc(width, sizeof(*row), NULL);
    for (size_t r = 0; best && row && r < n; r++) {
        for (size_t i = 0; i < width; i++)
            row[i] = (struct bz_ranked){x[r * width + i], (uint32_t)i};
        bz_rank(row, width);
        memcpy(best + r * top, row, top * sizeof(*row));
    }
    if (!row)
        bz_drop(&best);
    bz_free(row);
    return best;
}
