#include "meet_private.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

static const double first_ridge = 0.3, ridge_of_votes = 2.7 /* many numbers of few rows */, ridge_step = 3, least_ridge = 1e-3,
                    most_ridge = 10;
/* Own values are kept unless correlations gain more than this share without them: rare tags, which hidden units leave out,
 * hardly add to the sum over all directions. */
static const double allowance = 0.1;

double train_meet_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void train_meet_announce(const struct meet *a)
{
    const double much = 1e9, total = (double)a->blocks.total;
    if ((double)a->n * total * total > much)
        fprintf(stderr, "%s: learning where the layers of %zu rows meet, %zu numbers of each\n", a->who, a->n, a->blocks.total);
}

/* After the first trial, how long the usual number of them takes; from then on none should be long in coming. */
static void foretell(struct meet *a)
{
    enum { USUAL = 3, USUAL_OF_VIEW = 2 };
    const double shortest = 3, time = train_meet_now();
    const double left = (time - a->last) * (double)(USUAL + USUAL_OF_VIEW * a->looks.n);
    if (a->tried++ == 0 && left > shortest)
        fprintf(stderr, "%s: about %.0f s left\n", a->who, left);
    a->last = time;
}

static void try_fold(void *arg, size_t f)
{
    struct meet *a = arg;
    a->bad[f] = train_directions(&a->blocks, a->most[f], a->ridge, a->k, a->p[f], &a->failed[f]) < 0;
    if (!a->bad[f])
        train_correlations(&a->blocks, a->sum[f], a->p[f], a->k, a->work[f], a->r[f]);
}

/* Correlations of held-out rows, by the place of a direction, falling: r[k]. *score = sum of squares. */
static int try_out(struct meet *a, double ridge, double *r, double *score, struct bz_error *err)
{
    size_t blocks = 0, size[DIRECTIONS];
    double level[DIRECTIONS];
    a->ridge = ridge;
    bz_parallel_for(train_pool_parallel(a->rows->pool), FOLDS, try_fold, a);
    foretell(a);
    for (size_t f = 0; f < FOLDS; f++)
        if (a->bad[f]) {
            *err = a->failed[f];
            return -1;
        }
    for (size_t i = 0; i < a->k; i++) { /* pool adjacent violators */
        double x = 0;
        for (size_t f = 0; f < FOLDS; f++)
            x += a->r[f][i] / FOLDS;
        level[blocks] = x;
        size[blocks++] = 1;
        for (; blocks > 1 && level[blocks - 2] < level[blocks - 1]; blocks--) {
            const size_t n = size[blocks - 2] + size[blocks - 1];
            level[blocks - 2] =
                (level[blocks - 2] * (double)size[blocks - 2] + level[blocks - 1] * (double)size[blocks - 1]) / (double)n;
            size[blocks - 2] = n;
        }
    }
    *score = 0;
    for (size_t b = 0, i = 0; b < blocks; b++)
        for (size_t j = 0; j < size[b]; j++, i++) {
            r[i] = fmax(level[b], 0);
            *score += r[i] * r[i];
        }
    return 0;
}

/* From c->ridge to the best one near it. */
static int climb(struct meet *a, struct choice *c, struct bz_error *err)
{
    if (try_out(a, c->ridge, c->r, &c->score, err) < 0)
        return -1;
    bool moved = false;
    for (int down = 1; down >= 0 && !moved; down--)
        for (struct choice next = *c;; *c = next, moved = true) {
            next.ridge = down ? c->ridge / ridge_step : c->ridge * ridge_step;
            if (next.ridge < least_ridge || next.ridge > most_ridge)
                break;
            if (try_out(a, next.ridge, next.r, &next.score, err) < 0)
                return -1;
            if (next.score <= c->score)
                break;
        }
    return 0;
}

/* Begins with all values, then leaves out those of each layer in turn; or has rows vote, if held-out ones agree better so. */
int train_meet_choose(struct meet *a, struct choice *best, struct bz_error *err)
{
    const size_t votes = a->votes ? bz_views_votes(&a->looks, a->m) : 0;
    struct choice voted = {.ridge = ridge_of_votes};
    *best = (struct choice){.ridge = first_ridge};
    for (size_t v = 0; v < a->looks.n; v++)
        a->width[v] = a->view[v].width + votes;
    if (votes && climb(a, &voted, err) < 0)
        return -1;
    for (size_t v = 0; v < a->looks.n; v++)
        a->width[v] = a->view[v].width;
    if (climb(a, best, err) < 0)
        return -1;
    for (size_t v = 0; v < a->looks.n; v++) {
        struct choice without = {.ridge = best->ridge};
        if (!a->view[v].values)
            continue;
        a->width[v] = a->m->layers[a->looks.hidden].size;
        if (climb(a, &without, err) < 0)
            return -1;
        if (without.score > (1 + allowance) * best->score)
            *best = without;
        else
            a->width[v] = a->view[v].width;
    }
    a->voted = votes && voted.score > best->score;
    for (size_t v = 0; a->voted && v < a->looks.n; v++)
        a->width[v] = a->view[v].width + votes;
    if (a->voted)
        *best = voted;
    return 0;
}
