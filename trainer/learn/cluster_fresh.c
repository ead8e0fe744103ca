/* Whether groups of rows are more than chance. */
#include "clusters_private.h"

#include "mathx.h"

#include <math.h>

/* Of groups as a mixture, the most probable one: near a large group a small one would have more of its rows than its own. */
static size_t group_of(const struct train_groups *g, const float *x)
{
    size_t best = 0;
    double least = INFINITY, at;
    if (!g->close)
        return train_nearest_centre(g->centre, g->weight, g->k, g->size, g->counted, x, &at);
    for (size_t k = 0; k < g->k; k++) {
        train_nearest_centre(g->centre + k * g->size, g->weight, 1, g->size, g->counted, x, &at);
        at -= 2 * bz_log((double)g->count[k]);
        if (at < least) {
            least = at;
            best = k;
        }
    }
    return best;
}

/* Where a row is on the way from group k's centre (0) to another's (1); NaN if it has no value that tells. */
static double between(const struct train_groups *g, const float *x, size_t k, size_t other)
{
    const double *a = g->centre + k * g->size, *b = g->centre + other * g->size;
    double along = 0, length = 0;
    for (size_t i = 0; i < g->counted; i++) {
        const double way = train_group_weight(g, i) * (b[i] - a[i]);
        along += isnan(x[i]) ? 0 : way * ((double)x[i] - a[i]);
        length += isnan(x[i]) ? 0 : way * (b[i] - a[i]);
    }
    return along / length;
}

/* Places of fresh rows of two groups on the way from one to the other. */
struct places {
    double n[2], sum[2], squares[2];
};

static struct places places_of(const struct train_groups *g, size_t k, size_t other)
{
    const float *fresh = g->x + g->n * g->size;
    struct places p = {{0}, {0}, {0}};
    for (size_t r = 0; r < g->n_fresh; r++) {
        const size_t in = group_of(g, fresh + r * g->size);
        const double f = in == k || in == other ? between(g, fresh + r * g->size, k, other) : (double)NAN;
        if (isnan(f))
            continue;
        p.n[in == other]++;
        p.sum[in == other] += f;
        p.squares[in == other] += f * f;
    }
    return p;
}

/* Halves of a normal distribution are 2.7 of their deviations apart. */
static bool are_two(const struct places *p)
{
    const double way = 0.5, deviations = 3.8;
    const double gap = p->sum[1] / p->n[1] - p->sum[0] / p->n[0], n = p->n[0] + p->n[1];
    double squares = 0;
    for (size_t i = 0; i < 2; i++)
        squares += p->squares[i] - p->sum[i] * p->sum[i] / p->n[i];
    return gap > way && (n <= 2 || gap > deviations * sqrt(fmax(squares, 0) / (n - 2)));
}

bool train_groups_true(const struct train_groups *g)
{
    for (size_t k = 0; k < g->k; k++)
        for (size_t j = 0; j < k; j++) {
            const struct places p = places_of(g, k, j);
            if (!(p.n[0] > 0 && p.n[1] > 0 && are_two(&p)))
                return false;
        }
    return true;
}
