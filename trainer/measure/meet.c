#include "meet_private.h"

#include "kernels.h"
#include "meet_votes.h"
#include "mem.h"
#include "object.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAST_ROWS = 30,
    MOST_ROWS = 6000, /* learned from: evenly spaced ones of more */
    MOST_COLUMNS = 4000,
    MOST_VALUES = 1024, /* units of a layer whose own values may belong to its view */
};
/* Of a correlation r, r^this is a direction's weight: less than 1, for many weak directions tell rare kinds of rows apart. */
static const double exponent = 0.6;

size_t train_meet_layers(const struct train_rows *rows)
{
    size_t n = 0;
    if (rows->options.data.n < 2)
        return 0;
    for (size_t l = 0; l < rows->model->machine->n_layers; l++)
        n += rows->model->machine->layers[l].role == BZ_VISIBLE && rows->part_of[l] >= 0;
    return n;
}

/* --- rows --- */

/* What a tile's rows are: those that have all views are numbered, in the order of the data. */
static int find_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    struct meet *a = arg;
    (void)err;
    for (size_t r = 0; r < t->n; r++) {
        bool all = a->place[t->first + r] >= 0;
        for (size_t v = 0; v < a->looks.n && all; v++)
            all = bz_view_given(t->c->s, a->view[v].layer, r);
        a->place[t->first + r] = all ? 0 : -1;
    }
    return 0;
}

static int find_rows(struct meet *a, const bool *use, struct bz_error *err)
{
    const size_t n = a->rows->data->rows;
    if (!(a->place = bz_part(a, n, sizeof(*a->place), err)))
        return -1;
    for (size_t r = 0; r < n; r++)
        a->place[r] = !use || use[r] ? 0 : -1;
    if (train_rows_each(a->rows, find_tile, a, err) < 0)
        return -1;
    size_t all = 0, seen = 0;
    for (size_t r = 0; r < n; r++)
        all += a->place[r] >= 0;
    a->n = all < MOST_ROWS ? all : MOST_ROWS;
    size_t taken = 0;
    for (size_t r = 0; r < n; r++) {
        if (a->place[r] < 0)
            continue;
        a->place[r] = (seen + 1) * a->n / all > taken ? (long)taken++ : -1;
        seen++;
    }
    return 0;
}

static int look_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    struct meet *a = arg;
    struct bz_views_work *work;
    const size_t total = a->blocks.total;
    float *look = bz_alloc(t->n * total, sizeof(*look), err);
    if (!look || bz_views_work_new(&work, &a->looks, a->m, t->n, err) < 0) {
        bz_free(look);
        return -1;
    }
    bz_state_set_length(t->c->s, 0, t->n, a->looks.length);
    for (size_t v = 0; v < a->looks.n; v++) {
        const size_t width = a->view[v].width;
        bz_view_look(&a->looks, v, t->c->s, t->n, look, work, t->w);
        for (size_t r = 0; r < t->n; r++)
            if (a->place[t->first + r] >= 0)
                memcpy(a->x + (size_t)a->place[t->first + r] * total + a->at[v], look + r * width, width * sizeof(float));
    }
    bz_views_work_free(work);
    bz_free(look);
    return 0;
}

/* --- covariances --- */

/* Scales one run of a view's columns to a total variance of 1: as they are, or as deviations, by at least half the deviation
 * that one row more would make. */
static void scale_run(struct meet *a, const double *variance, size_t from, size_t to, bool deviations)
{
    const double floor = 0.5 / sqrt((double)a->n);
    double sum = 0;
    for (size_t i = from; i < to; i++) {
        const double by = deviations ? 1 / (sqrt(variance[i]) + floor) : 1;
        a->scale[i] = (float)by;
        sum += variance[i] * by * by;
    }
    for (size_t i = from; i < to; i++)
        a->scale[i] *= sum > 0 ? (float)(1 / sqrt(sum)) : 1;
}

/* Hidden means; own values; votes on each layer. */
static void scale_columns(struct meet *a, const double *variance)
{
    for (size_t v = 0; v < a->looks.n; v++) {
        size_t from = a->own[v];
        scale_run(a, variance, a->at[v], from, false);
        if (a->view[v].values)
            scale_run(a, variance, from, from + a->m->layers[a->view[v].layer].size, true);
        from = a->at[v] + a->view[v].width;
        for (size_t u = 0; a->votes && u < a->looks.n; u++) {
            const size_t size = a->m->layers[a->view[u].layer].size;
            scale_run(a, variance, from, from + size, true);
            from += size;
        }
    }
}

static void standardize(struct meet *a, double *variance)
{
    const size_t total = a->blocks.total;
    for (size_t r = 0; r < a->n; r++)
        for (size_t i = 0; i < total; i++)
            a->mean[i] += (double)a->x[r * total + i] / (double)a->n;
    for (size_t r = 0; r < a->n; r++)
        for (size_t i = 0; i < total; i++) {
            const double d = (double)a->x[r * total + i] - a->mean[i];
            variance[i] += d * d / (double)a->n;
        }
    scale_columns(a, variance);
    for (size_t r = 0; r < a->n; r++)
        for (size_t i = 0; i < total; i++) {
            float *x = &a->x[r * total + i];
            *x = (float)(((double)*x - a->mean[i]) * (double)a->scale[i]);
        }
}

struct row {
    const float *x;
    size_t total, at;
};

static int by_content(const void *a, const void *b)
{
    const struct row *p = a, *q = b;
    const int order = memcmp(p->x, q->x, p->total * sizeof(float));
    return order ? order : p->at < q->at ? -1 : 1;
}

/* Different rows in turn. Equal ones are in one fold, or rows would be held out from themselves; but not where hardly any
 * differ. */
static int deal(struct meet *a, struct bz_error *err)
{
    struct row *row = bz_alloc(a->n, sizeof(*row), err);
    size_t *first = a->kin = bz_part(a, a->n, sizeof(*first), err), different = 0;
    int rc = row && first && (a->fold = bz_part(a, a->n, 1, err)) ? 0 : -1;
    for (size_t r = 0; rc == 0 && r < a->n; r++)
        row[r] = (struct row){a->x + r * a->blocks.total, a->blocks.total, r};
    if (rc == 0)
        qsort(row, a->n, sizeof(*row), by_content);
    for (size_t i = 0; rc == 0 && i < a->n; i++) {
        const bool again = i > 0 && memcmp(row[i].x, row[i - 1].x, row->total * sizeof(float)) == 0;
        first[row[i].at] = again ? first[row[i - 1].at] : row[i].at;
        different += !again;
    }
    for (size_t r = 0, seen = 0; rc == 0 && r < a->n; r++) {
        a->fold[r] = (uint8_t)(different < LEAST_ROWS ? r % FOLDS : first[r] == r ? seen++ % FOLDS : a->fold[first[r]]);
        a->rows_of[a->fold[r]]++;
    }
    bz_free(row);
    return rc;
}

static void add_fold(void *arg, size_t fold)
{
    enum { TOGETHER = 64 * FOLDS };
    struct meet *a = arg;
    const size_t total = a->blocks.total;
    const float part = (float)(1 / (double)a->rows_of[fold]);
    float *sum = a->sum[fold];
    for (size_t first = 0; first < a->n; first += TOGETHER)
        for (size_t i = 0; i < total; i++)
            for (size_t r = first; r < a->n && r < first + TOGETHER; r++) {
                const float *x = a->x + r * total;
                if (a->fold[r] == fold && x[i] != 0)
                    bz_cpu()->axpy(sum + i * total, x[i] * part, x, i + 1);
            }
    for (size_t i = 0; i < total; i++)
        for (size_t j = 0; j < i; j++)
            sum[j * total + i] = sum[i * total + j];
}

/* The covariance of all folds but one (FOLDS = of all). */
static void mix(const struct meet *a, size_t without, float *out)
{
    const size_t cells = a->blocks.total * a->blocks.total, folds = without < FOLDS ? FOLDS - 1 : FOLDS;
    memset(out, 0, cells * sizeof(float));
    for (size_t f = 0; f < FOLDS; f++)
        for (size_t i = 0; f != without && i < cells; i++)
            out[i] += a->sum[f][i] / (float)folds;
}

static int make_sums(struct meet *a, struct bz_error *err)
{
    const size_t total = a->blocks.total;
    struct bz_parallel *par = train_pool_parallel(a->rows->pool);
    size_t cells, all;
    if (bz_mul(&cells, total, total) < 0 || bz_mul(&all, a->n, total) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "views of %zu rows of %zu units", a->n, total);
    double *variance = bz_alloc(total, sizeof(*variance), err);
    int rc = variance && (a->x = bz_part_lazy(a, all, sizeof(float), err)) &&
                     (a->mean = bz_part(a, total, sizeof(double), err)) && (a->scale = bz_part(a, total, sizeof(float), err))
                 ? 0
                 : -1;
    for (size_t f = 0; rc == 0 && f < FOLDS; f++)
        rc = (a->sum[f] = bz_part(a, cells, sizeof(float), err)) && (a->most[f] = bz_part(a, cells, sizeof(float), err)) &&
                     (a->p[f] = bz_part(a, total * a->k, sizeof(float), err)) &&
                     (a->work[f] = bz_part(a, total * a->k, sizeof(float), err)) &&
                     (a->r[f] = bz_part(a, a->k, sizeof(double), err))
                 ? 0
                 : -1;
    if (rc == 0)
        rc = train_rows_each(a->rows, look_tile, a, err) < 0 ? -1 : deal(a, err);
    if (rc == 0 && a->votes)
        rc = train_votes_keep(&a->looks, a->m, a, a->x, a->n, total, a->own, err) < 0
                 ? -1
                 : train_votes_cast(&a->looks, a->m, a->x, total, a->own, a->kin, err);
    if (rc == 0) {
        standardize(a, variance);
        bz_parallel_for(par, FOLDS, add_fold, a);
        for (size_t f = 0; f < FOLDS; f++)
            mix(a, f, a->most[f]);
    }
    bz_free(variance);
    return rc;
}

/* --- result --- */

static int give_maps(const struct meet *a, const float *p, const double *r, struct bz_views **out, struct bz_error *err)
{
    size_t units = 0;
    while (units < a->k && r[units] > 0)
        units++;
    struct bz_views *v = bz_object_new(sizeof(*v), NULL, err);
    if (!v)
        return -1;
    *v = (struct bz_views){.hidden = a->looks.hidden, .units = units, .length = a->looks.length, .n = a->looks.n};
    int rc = (v->view = bz_part(v, v->n, sizeof(*v->view), err)) ? 0 : -1;
    for (size_t n = 0; rc == 0 && n < v->n; n++) {
        const size_t width = a->width[n], at = a->at[n];
        float *mean = bz_part(v, width, sizeof(*mean), err), *map = bz_part(v, width * units, sizeof(*map), err);
        if (!mean || !map) {
            rc = -1;
            break;
        }
        for (size_t i = 0; i < width; i++) {
            mean[i] = (float)a->mean[at + i];
            for (size_t u = 0; u < units; u++)
                map[u * width + i] = (float)(pow(r[u], exponent) * (double)p[(at + i) * a->k + u] * (double)a->scale[at + i]);
        }
        v->view[n] = (struct bz_view){.layer = a->view[n].layer,
                                      .values = width > a->m->layers[v->hidden].size,
                                      .width = width,
                                      .mean = mean,
                                      .map = map};
    }
    if (rc == 0 && a->voted)
        rc = train_votes_copy(v, &a->looks, a->m, err);
    return bz_object_give(out, v, rc);
}

/* The views there may be. */
static const char *lay_out(struct meet *a, size_t hidden, float length, size_t most_values, bool votes)
{
    a->votes = votes;
    a->most_values = most_values;
    a->looks = (struct bz_views){.hidden = hidden, .length = length, .view = a->view};
    a->k = a->m->layers[hidden].size < DIRECTIONS ? a->m->layers[hidden].size : DIRECTIONS;
    size_t total = 0;
    for (size_t l = 0; l < a->m->n_layers; l++) {
        if (a->m->layers[l].role != BZ_VISIBLE || a->rows->part_of[l] < 0)
            continue;
        if (a->looks.n == MOST_VIEWS)
            return "the data have more than 16 layers";
        const bool values = a->m->layers[l].size <= most_values;
        const size_t v = a->looks.n++;
        a->view[v] = (struct bz_view){.layer = l, .values = values, .width = bz_view_width(a->m, hidden, l, values)};
        if (votes && !values)
            return "a layer is too large to vote";
    }
    for (size_t v = 0; v < a->looks.n; v++) {
        a->at[v] = total;
        a->own[v] = total + a->m->layers[hidden].size;
        total += a->view[v].width + (votes ? bz_views_votes(&a->looks, a->m) : 0);
        if (total > MOST_COLUMNS)
            return "there are too many units (more than 4000)";
    }
    a->blocks = (struct train_blocks){a->looks.n, total, a->at, a->width};
    return a->looks.n < 2 ? "the data have one layer" : NULL;
}

static int learn(struct meet *a, const bool *use, struct bz_views **out, const char **why, struct bz_error *err)
{
    struct choice best;
    if (find_rows(a, use, err) < 0)
        return -1;
    if (a->n < LEAST_ROWS) {
        *why = "fewer than 30 rows have all layers";
        return 0;
    }
    const size_t most_values = a->most_values;
    if (a->n <= TRAIN_MOST_VOTERS && lay_out(a, a->looks.hidden, a->looks.length, MOST_VALUES, true) &&
        lay_out(a, a->looks.hidden, a->looks.length, most_values, false))
        return bz_fail(err, BZ_TOO_LARGE, "views of %zu rows", a->n);
    train_meet_announce(a);
    if (make_sums(a, err) < 0)
        return -1;
    a->last = train_meet_now();
    if (train_meet_choose(a, &best, err) < 0) {
        *why = "features of a layer do not vary";
        return err->code == BZ_BAD_INPUT ? 0 : -1;
    }
    if (!(best.r[0] > 0)) {
        *why = "the layers are not correlated";
        return 0;
    }
    mix(a, FOLDS, a->most[0]);
    if (train_directions(&a->blocks, a->most[0], best.ridge, a->k, a->p[0], err) < 0)
        return -1;
    return give_maps(a, a->p[0], best.r, out, err);
}

int train_meet(struct bz_views **out, const char **why, struct train_rows *rows, size_t hidden, float length, const bool *use,
               const char *who, struct bz_error *err)
{
    *out = NULL;
    struct meet *a = bz_object_new(sizeof(*a), NULL, err);
    if (!a)
        return -1;
    a->rows = rows;
    a->m = rows->model->machine;
    a->who = who;
    *why = lay_out(a, hidden, length, MOST_VALUES, false);
    if (*why)
        *why = lay_out(a, hidden, length, 0, false);
    const int rc = *why ? 0 : learn(a, use, out, why, err);
    bz_object_free(a);
    return rc;
}

void train_meet_free(struct bz_views *v)
{
    bz_object_free(v);
}
