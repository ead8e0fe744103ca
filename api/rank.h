/* The largest of numbers in a row. */
#ifndef API_RANK_H
#define API_RANK_H

#include <stddef.h>
#include <stdint.h>

struct api_ranked {
    float p;
    uint32_t unit;
};

/* Largest first, ties in the order of units. */
void api_rank_row(struct api_ranked *row, size_t n);
/* best[n][top] of the rows x[n][width], top <= width; the caller's, bz_free. NULL without memory. */
struct api_ranked *api_rank(const float *x, size_t n, size_t width, size_t top);

#endif
