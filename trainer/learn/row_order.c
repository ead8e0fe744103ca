#include "row_order.h"

#include "rng.h"
#include "row_weights.h"

#include <string.h>

uint64_t train_updates_per_epoch(size_t n_rows, size_t batch)
{
    return (n_rows + batch - 1) / batch;
}

void train_row_order(size_t *order, const size_t *rows, size_t n, const double *weights, uint64_t seed, uint64_t epoch)
{
    const struct bz_key key = {.seed = seed, .step = epoch, .purpose = BZ_DRAW_SHUFFLE};
    if (weights)
        train_weights_draw(weights, rows, n, bz_random_double(&key, (uint32_t)n), order);
    else
        memcpy(order, rows, n * sizeof(*order));
    for (size_t i = n; i-- > 1;) { /* Fisher, Yates */
        const size_t j = (size_t)(bz_random_double(&key, (uint32_t)i) * (double)(i + 1)), row = order[i];
        order[i] = order[j];
        order[j] = row;
    }
}
