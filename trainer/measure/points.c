#include "points.h"

#include "mem.h"
#include "rng.h"

#include <math.h>
#include <string.h>

struct search {
    const struct train_points *points, *among;
    bool others;
    size_t *which;
    double *distance;
};

static double squared(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = (double)a[i] - (double)b[i];
        sum += d * d;
    }
    return sum;
}

static void find(void *arg, size_t i)
{
    const struct search *s = arg;
    const size_t width = s->points->width;
    const float *x = s->points->x + i * width;
    double least = (double)INFINITY;
    size_t at = 0;
    for (size_t k = 0; k < s->among->n; k++) {
        const double d = s->others && k == i ? (double)INFINITY : squared(x, s->among->x + k * width, width);
        if (d < least) {
            least = d;
            at = k;
        }
    }
    if (s->which)
        s->which[i] = at;
    if (s->distance)
        s->distance[i] = least;
}

void train_nearest(const struct train_points *points, const struct train_points *among, bool others, size_t *which,
                   double *distance, struct bz_parallel *par)
{
    struct search s = {points, among, others, which, distance};
    bz_parallel_for(par, points->n, find, &s);
}

/* Each next centre is a point, drawn in proportion to its squared distance from those before. */
static void start(const struct train_points *p, size_t k, uint64_t seed, struct train_points *c, double *distance,
                  struct bz_parallel *par)
{
    const struct bz_key key = {.seed = seed, .purpose = BZ_DRAW_MISC};
    size_t next = (size_t)(bz_random_double(&key, 0) * (double)p->n);
    while (c->n < k) {
        double all = 0, sum = 0;
        memcpy(c->x + c->n++ * p->width, p->x + next * p->width, p->width * sizeof(float));
        train_nearest(p, c, false, NULL, distance, par);
        for (size_t i = 0; i < p->n; i++)
            all += distance[i];
        if (!(all > 0))
            return;
        const double at = all * bz_random_double(&key, (uint32_t)c->n);
        for (next = 0; next + 1 < p->n && (sum += distance[next]) <= at;)
            next++;
        while (next > 0 && distance[next] <= 0)
            next--;
        if (distance[next] <= 0)
            return;
    }
}

static void move_centres(const struct train_points *p, const size_t *which, struct train_points *c, double *sum)
{
    for (size_t k = 0; k < c->n; k++) {
        size_t members = 0;
        memset(sum, 0, p->width * sizeof(*sum));
        for (size_t i = 0; i < p->n; i++)
            if (which[i] == k) {
                members++;
                for (size_t j = 0; j < p->width; j++)
                    sum[j] += (double)p->x[i * p->width + j];
            }
        for (size_t j = 0; members && j < p->width; j++)
            c->x[k * p->width + j] = (float)(sum[j] / (double)members);
    }
}

int train_cluster(const struct train_points *p, size_t k, uint64_t seed, struct train_points *centres, struct bz_parallel *par,
                  struct bz_error *err)
{
    enum { ROUNDS = 20 };
    size_t cells, *which = bz_alloc(p->n, sizeof(*which), err);
    double *distance = bz_alloc(p->n, sizeof(double), err), *sum = bz_alloc(p->width, sizeof(double), err);
    int rc = -1;
    *centres = (struct train_points){.width = p->width};
    if (which && distance && sum && bz_mul(&cells, k, p->width) == 0 && (centres->x = bz_alloc(cells, sizeof(float), err))) {
        start(p, k, seed, centres, distance, par);
        for (size_t round = 0; round < ROUNDS; round++) {
            train_nearest(p, centres, false, which, NULL, par);
            move_centres(p, which, centres, sum);
        }
        rc = 0;
    }
    bz_free_all(which, distance, sum);
    return rc;
}
