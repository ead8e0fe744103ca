/* The largest of numbers in a row. */
#ifndef API_RANK_H
#define API_RANK_H

#include "order.h"

/* best[n][top] of the rows x[n][width], top <= width; the caller's, bz_free. NULL without memory. */
struct bz_ranked *api_rank(const float *x, size_t n, size_t width, size_t top);

#endif
