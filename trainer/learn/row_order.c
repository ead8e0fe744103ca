#include "row_order.h"

#include "rng.h"

#include <string.h>

/* As many rows as there are, each as often as its weight says, to within one (systematic sampling). */
static void draw_by_weight(size_t *order, const size_t *rows, size_t n_rows, const double *weights, const struct bz_key *key)
{
    double all = 0, sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < n_rows; i++)
        all += weights[rows[i]];
    const double start = bz_random_double(key, (uint32_t)n_rows);
    for (size_t i = 0; i < n_rows; i++) {
        sum += weights[rows[i]] / all * (double)n_rows;
        while (n < n_rows && ((double)n + start < sum || i + 1 == n_rows))
            order[n++] = rows[i];
    }
}

void train_row_order(size_t *order, const size_t *rows, size_t n, const double *weights, uint64_t seed, uint64_t epoch)
{
    const struct bz_key key = {.seed = seed, .step = epoch, .purpose = BZ_DRAW_SHUFFLE};
    if (weights)
        draw_by_weight(order, rows, n, weights, &key);
    else
        memcpy(order, rows, n * sizeof(*order));
    for (size_t i = n; i-- > 1;) { /* Fisher, Yates */
        const size_t j = (size_t)(bz_random_double(&key, (uint32_t)i) * (double)(i + 1)), row = order[i];
        order[i] = order[j];
        order[j] = row;
    }
}
