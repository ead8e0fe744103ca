/* Which group a row is in. */
#include "clusters_private.h"

#include <math.h>

/* Missing values are as far from all centres. */
static double distance_of_known(const double *c, const double *weight, size_t size, const float *x, const uint8_t *known)
{
    double sum = 0;
    for (size_t i = 0; i < size; i++)
        if (known ? known[i] : !isnan(x[i]))
            sum += (weight ? weight[i] : 1) * ((double)x[i] - c[i]) * ((double)x[i] - c[i]);
    return sum;
}

static double distance(const double *c, const double *weight, size_t size, const float *x)
{
    enum { SUMS = 4 }; /* side by side */
    double sum[SUMS] = {0};
    size_t i = 0;
    if (weight)
        return distance_of_known(c, weight, size, x, NULL);
    for (; i + SUMS <= size; i += SUMS)
        for (size_t j = 0; j < SUMS; j++)
            sum[j] += ((double)x[i + j] - c[i + j]) * ((double)x[i + j] - c[i + j]);
    for (; i < size; i++)
        sum[0] += ((double)x[i] - c[i]) * ((double)x[i] - c[i]);
    const double all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    return isnan(all) ? distance_of_known(c, NULL, size, x, NULL) : all;
}

static size_t cluster_of(const struct train_clusters *c, const struct bz_state *s, size_t row, bool only_known)
{
    size_t best = 0;
    double least = INFINITY;
    for (size_t k = 0; k < c->n; k++) {
        double d = 0;
        size_t at = 0;
        for (size_t l = 0; l < s->m->n_layers; l++) {
            const size_t size = s->m->layers[l].size;
            const double *centre = c->centre + k * c->size + at, *weight = c->weight ? c->weight + at : NULL;
            if (!bz_is_visible(&s->m->layers[l]))
                continue;
            d += only_known && s->known[l]
                     ? distance_of_known(centre, weight, size, s->x[l] + row * size, s->known[l] + row * size)
                     : distance(centre, weight, size, s->x[l] + row * size);
            at += size;
        }
        if (d < least) {
            least = d;
            best = k;
        }
    }
    return best;
}

size_t train_cluster_at(const struct train_clusters *c, const struct bz_state *s, size_t row)
{
    return cluster_of(c, s, row, false);
}

size_t train_cluster_of_known(const struct train_clusters *c, const struct bz_state *s, size_t row)
{
    return cluster_of(c, s, row, true);
}

size_t train_nearest_centre(const double *centre, const double *weight, size_t k, size_t size, size_t counted, const float *x,
                            double *at)
{
    size_t best = 0;
    *at = INFINITY;
    for (size_t j = 0; j < k; j++) {
        const double d = distance(centre + j * size, weight, counted, x);
        if (d < *at) {
            *at = d;
            best = j;
        }
    }
    return best;
}
