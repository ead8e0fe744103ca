#include "infer.h"

#include "check.h"
#include "stop.h"
#include "work.h"

#include <string.h>

void bz_posterior_average(struct bz_chains *c, size_t layer, size_t first, size_t n, size_t steps, struct bz_work *w)
{
    struct bz_state *s = c->s;
    const size_t size = s->m->layers[layer].size, burn = steps / 5;
    float *sum = w->spare[0], *mean = w->spare[1];

    bz_assert(n <= BZ_TILE && steps > 0);
    bz_chains_init(c, first, n, NULL, w);
    memset(sum, 0, n * size * sizeof(*sum));
    for (size_t step = 0; step < steps && !bz_stopping(); step++) {
        bz_gibbs(c, first, n, 1, w);
        if (step < burn)
            continue;
        bz_conditional_mean(s, layer, NULL, first, n, mean, w);
        for (size_t i = 0; i < n * size; i++)
            sum[i] += mean[i];
    }
    for (size_t i = 0; i < n * size; i++)
        s->x[layer][first * size + i] = sum[i] / (float)(steps - burn);
}
