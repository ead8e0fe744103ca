/* Groups of real values of unequal widths, or whose columns vary together: deviations are common to all states of a machine, so
 * a wide group is divided into parts, each a state of its own. */
#include "clusters_private.h"

#include "mathx.h"
#include "mem.h"

#include <math.h>
#include <string.h>

enum { MOST = TRAIN_CLUSTERS, ATTEMPTS = 3, FRESH_ROWS = 25 /* fewer cannot tell which mixture is better */ };

/* A mixture being tried, the best so far, and log p of the fresh rows by either. */
struct division {
    struct train_groups now;  /* borrows all but the next four */
    double *centre, *best;    /* [MOST][size] */
    double *weight, *narrow;  /* [size], deviations */
    size_t *of;               /* [n] */
    double *log_p, *log_best; /* [n_fresh] */
    size_t parts;             /* of the best */
};

static void end_division(struct division *d)
{
    bz_free_all(d->centre, d->best, d->weight, d->narrow, d->of, d->log_p, d->log_best);
}

static int begin_division(struct division *d, const struct train_groups *g, struct bz_error *err)
{
    *d = (struct division){.now = *g};
    if (!(d->centre = bz_alloc(MOST * g->size, sizeof(double), err)) ||
        !(d->best = bz_alloc(MOST * g->size, sizeof(double), err)) || !(d->weight = bz_alloc(g->size, sizeof(double), err)) ||
        !(d->narrow = bz_alloc(g->size, sizeof(double), err)) || !(d->of = bz_alloc(g->n, sizeof(size_t), err)) ||
        !(d->log_p = bz_alloc(g->n_fresh, sizeof(double), err)) || !(d->log_best = bz_alloc(g->n_fresh, sizeof(double), err)))
        return -1;
    memcpy(d->centre, g->centre, g->k * g->size * sizeof(double));
    memcpy(d->of, g->of, g->n * sizeof(*d->of));
    d->now.centre = d->centre;
    d->now.weight = d->weight;
    d->now.deviation = d->narrow;
    d->now.of = d->of;
    d->now.n -= g->n_fresh;
    return 0;
}

/* The mixture from the groups that rows are in. Returns in *mean log p of the fresh rows, but for a constant. */
static int mix(struct division *d, double *mean, struct bz_error *err)
{
    const struct train_groups *g = &d->now;
    double log_share[MOST], p[MOST], scale = 0;
    if (train_groups_mix(&d->now, log_share, err) < 0)
        return -1;
    for (size_t i = 0; i < g->counted; i++)
        scale += bz_log(g->deviation[i]);
    *mean = 0;
    for (size_t r = 0; r < g->n_fresh; r++) {
        d->log_p[r] = train_group_probabilities(g, log_share, g->x + (g->n + r) * g->size, p) - scale;
        *mean += d->log_p[r] / (double)g->n_fresh;
    }
    return 0;
}

static void put_in_nearest(struct train_groups *g)
{
    for (size_t r = 0; r < g->n; r++) {
        double at;
        g->of[r] = train_nearest_centre(g->centre, g->weight, g->k, g->size, g->counted, g->x + r * g->size, &at);
    }
}

/* Whether fresh rows are more probable than by the best so far, by more than the error of that. */
static bool is_better(const struct division *d)
{
    const double least = 0.01, n = (double)d->now.n_fresh; /* nats of a row */
    double sum = 0, squares = 0;
    for (size_t r = 0; r < d->now.n_fresh; r++) {
        const double by = d->log_p[r] - d->log_best[r];
        sum += by;
        squares += by * by;
    }
    return sum / n > fmax(least, sqrt(fmax(0, squares - sum * sum / n)) / n);
}

static void keep(struct division *d)
{
    d->parts = d->now.k;
    memcpy(d->best, d->centre, d->now.k * d->now.size * sizeof(double));
    memcpy(d->log_best, d->log_p, d->now.n_fresh * sizeof(double));
}

/* The best of a few mixtures with further centres. had: the parts so far, in centre[], where the new ones come, too. Returns in
 * *helped whether one is better than the best so far, which then is that. */
static int add_parts(struct division *d, size_t had, uint64_t seed, double *from, bool *helped, struct bz_error *err)
{
    struct train_groups *g = &d->now;
    const size_t values = MOST * g->size;
    double mean, most = -INFINITY, *better = from + values;
    memcpy(from, g->centre, values * sizeof(*from));
    for (uint64_t attempt = 0; attempt < ATTEMPTS; attempt++) {
        memcpy(g->centre, from, values * sizeof(*from));
        train_groups_seed(g, seed, attempt, had);
        put_in_nearest(g);
        if (mix(d, &mean, err) < 0)
            return -1;
        if (!(mean > most))
            continue;
        most = mean;
        memcpy(better, g->centre, values * sizeof(*from));
        if (is_better(d)) {
            keep(d);
            *helped = true;
        }
    }
    memcpy(g->centre, better, values * sizeof(*from));
    return 0;
}

/* More and more parts, half as many again each time, until two such steps did not help. */
static int grow(struct division *d, size_t most, uint64_t seed, struct bz_error *err)
{
    enum { FAILURES = 2 };
    struct train_groups *g = &d->now;
    double mean, *room = bz_alloc(2 * MOST * g->size, sizeof(double), err);
    size_t failed = 0;
    if (!room)
        return -1;
    int rc = mix(d, &mean, err);
    keep(d);
    while (rc == 0 && g->k < most && failed < FAILURES) {
        const size_t had = g->k, more = had + (had + 1) / 2;
        bool helped = false;
        g->k = more < most ? more : most;
        rc = add_parts(d, had, seed, room, &helped, err);
        failed = helped ? 0 : failed + 1;
    }
    bz_free(room);
    return rc;
}

/* The group of each part: that of most of its rows. Returns false if too many rows are in parts of another group. */
static bool find_owners(const struct division *d, const double *log_share, const size_t *group, size_t groups,
                        struct train_group_parts *parts)
{
    const double most = 0.01; /* of all */
    const struct train_groups *g = &d->now;
    double rows[MOST][MOST] = {{0}}, p[MOST], elsewhere = 0;
    for (size_t r = 0; r < g->n; r++) {
        train_group_probabilities(g, log_share, g->x + r * g->size, p);
        for (size_t k = 0; k < g->k; k++)
            rows[k][group[r]] += p[k];
    }
    for (size_t k = 0; k < g->k; k++) {
        double all = 0;
        parts->of[k] = 0;
        for (size_t j = 0; j < groups; j++) {
            all += rows[k][j];
            parts->of[k] = rows[k][j] > rows[k][parts->of[k]] ? j : parts->of[k];
        }
        elsewhere += all - rows[k][parts->of[k]];
        parts->count[k] = all > 1 ? (size_t)(all + 0.5) : 1;
    }
    return elsewhere <= most * (double)g->n;
}

/* The best mixture, of all rows. */
static int take(struct division *d, struct train_groups *g, struct bz_error *err)
{
    double log_share[MOST];
    d->now.n = g->n;
    d->now.k = d->parts;
    memcpy(d->centre, d->best, d->parts * g->size * sizeof(double));
    put_in_nearest(&d->now);
    if (train_groups_mix(&d->now, log_share, err) < 0)
        return -1;
    if (!find_owners(d, log_share, g->of, g->k, &g->parts))
        return 0;
    train_groups_centres(&d->now, g->counted, g->size);
    for (size_t i = g->counted; i < g->size; i++)
        d->narrow[i] = 1;
    g->parts.n = d->parts;
    g->parts.centre = bz_take(&d->centre);
    g->parts.deviation = bz_take(&d->narrow);
    return 0;
}

int train_groups_divide(struct train_groups *g, size_t most, uint64_t seed, struct bz_error *err)
{
    struct division d = {0};
    g->parts.n = 0;
    most = most < MOST ? most : MOST;
    if (g->discrete || g->n_fresh < FRESH_ROWS || most <= g->k)
        return 0;
    int rc = begin_division(&d, g, err);
    rc = rc == 0 ? grow(&d, most, seed, err) : rc;
    rc = rc == 0 && d.parts > g->k ? take(&d, g, err) : rc;
    end_division(&d);
    return rc;
}
