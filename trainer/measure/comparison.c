#include "comparison.h"

#include "mem.h"
#include "points.h"
#include "rng.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    LEAST_ROWS = 20,
    MOST_PAIRED = 400,      /* columns whose pairs are compared */
    MOST_TRIPLETS = 20000,  /* triplets, drawn where there are more */
    MOST_NEIGHBOURS = 1000, /* rows of each set whose neighbours are searched for */
    CLUSTERS = 8,
    SETS = 3 /* first half, second half, samples */
};

struct comparing {
    struct train_rows *r;
    const struct train_comparison_options *o;
    struct train_comparison *c;
    struct train_points set[SETS];
    size_t *row;  /* [2 n]: the rows of the two halves */
    long *labels; /* [2 n] of them; NULL = none */
    struct bz_parallel *par;
};

/* --- rows --- */

/* The rows of both halves, drawn without replacement. */
static int draw_rows(struct comparing *t, struct bz_error *err)
{
    const size_t rows = t->r->data->rows, n = t->c->count;
    const struct bz_key key = {.seed = t->o->seed, .step = UINT64_MAX, .purpose = BZ_DRAW_SHUFFLE};
    if (!(t->row = bz_alloc(rows, sizeof(*t->row), err)) ||
        (t->r->data->labels && !(t->labels = bz_alloc(2 * n, sizeof(long), err))))
        return -1;
    for (size_t i = 0; i < rows; i++)
        t->row[i] = i;
    for (size_t i = 0; i < 2 * n; i++) {
        const size_t j = i + (size_t)(bz_random_double(&key, (uint32_t)i) * (double)(rows - i)), keep = t->row[i];
        t->row[i] = t->row[j];
        t->row[j] = keep;
        if (t->labels)
            t->labels[i] = t->r->data->labels[t->row[i]];
    }
    return 0;
}

/* One layer of a half as columns first .. of its points. */
static int read_layer(struct comparing *t, size_t layer, size_t half, size_t first, struct bz_error *err)
{
    const size_t size = t->r->model->machine->layers[layer].size, n = t->c->count;
    const size_t number = (size_t)t->r->part_of[layer];
    const struct train_grey how = {.binarize = t->r->binarize, .seed = t->o->seed, .part = number};
    float *x = bz_alloc(size, sizeof(float), err);
    uint8_t *known = bz_alloc(size, 1, err);
    int rc = x && known ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const size_t row = t->row[half * n + i];
        memset(known, 1, size);
        train_part_read(&t->r->data->parts[number], &row, 1, &how, x, known);
        if (memchr(known, 0, size))
            rc = bz_fail(err, BZ_BAD_INPUT, "row %zu: has missing values; expected complete rows to compare samples with",
                         row + 1);
        memcpy(t->set[half].x + i * t->set[half].width + first, x, size * sizeof(float));
    }
    bz_free(x);
    bz_free(known);
    return rc;
}

static void take_samples(struct comparing *t, const struct train_values *v, size_t layer, size_t first)
{
    const size_t size = v->m->layers[layer].size;
    for (size_t i = 0; i < t->c->count; i++)
        memcpy(t->set[2].x + i * t->set[2].width + first, v->x[layer] + i * size, size * sizeof(float));
}

/* Real columns are measured in deviations of the first half. */
static void scale_columns(struct comparing *t, size_t first, size_t size)
{
    const struct train_points *p = &t->set[0];
    for (size_t j = first; j < first + size; j++) {
        double mean = 0, square = 0;
        for (size_t i = 0; i < p->n; i++)
            mean += (double)p->x[i * p->width + j] / (double)p->n;
        for (size_t i = 0; i < p->n; i++)
            square += pow((double)p->x[i * p->width + j] - mean, 2) / (double)p->n;
        for (size_t k = 0; k < SETS; k++)
            for (size_t i = 0; square > 0 && i < t->set[k].n; i++)
                t->set[k].x[i * p->width + j] /= (float)sqrt(square);
    }
}

static int gather(struct comparing *t, const struct train_values *v, struct bz_error *err)
{
    const struct bz_machine *m = v->m;
    size_t width = 0, cells, at = 0;
    for (size_t l = 0; l < m->n_layers; l++)
        width += t->r->part_of[l] >= 0 ? m->layers[l].size : 0;
    for (size_t k = 0; k < SETS; k++) {
        t->set[k] = (struct train_points){.n = t->c->count, .width = width};
        if (bz_mul(&cells, t->c->count, width) < 0)
            return bz_fail(err, BZ_TOO_LARGE, "%zu rows of %zu units", t->c->count, width);
        if (!(t->set[k].x = bz_alloc(cells, sizeof(float), err)))
            return -1;
    }
    t->c->columns = width;
    for (size_t l = 0; l < m->n_layers; l++) {
        if (t->r->part_of[l] < 0)
            continue;
        if (read_layer(t, l, 0, at, err) < 0 || read_layer(t, l, 1, at, err) < 0)
            return -1;
        take_samples(t, v, l, at);
        if (!bz_unit_type(m->layers[l].unit)->discrete)
            scale_columns(t, at, m->layers[l].size);
        at += m->layers[l].size;
    }
    return 0;
}

/* --- moments --- */

static struct train_agreement agree(const double *a, const double *b, size_t n)
{
    double mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0, square = 0;
    for (size_t i = 0; i < n; i++) {
        mean_a += a[i] / (double)n;
        mean_b += b[i] / (double)n;
        square += (a[i] - b[i]) * (a[i] - b[i]) / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        aa += (a[i] - mean_a) * (a[i] - mean_a);
        bb += (b[i] - mean_b) * (b[i] - mean_b);
        ab += (a[i] - mean_a) * (b[i] - mean_b);
    }
    return (struct train_agreement){.correlation = aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : (double)NAN,
                                    .rms = n ? sqrt(square) : (double)NAN};
}

/* Fills c->mean; the points lose their set's means. */
static int compare_means(struct comparing *t, struct bz_error *err)
{
    struct train_comparison *c = t->c;
    for (size_t k = 0; k < SETS; k++) {
        const struct train_points *p = &t->set[k];
        if (!(c->mean[k] = bz_alloc(p->width, sizeof(double), err)))
            return -1;
        for (size_t i = 0; i < p->n; i++)
            for (size_t j = 0; j < p->width; j++)
                c->mean[k][j] += (double)p->x[i * p->width + j] / (double)p->n;
        for (size_t i = 0; i < p->n; i++)
            for (size_t j = 0; j < p->width; j++)
                p->x[i * p->width + j] -= (float)c->mean[k][j];
    }
    c->ceiling.means = agree(c->mean[0], c->mean[1], c->columns);
    c->samples.means = agree(c->mean[0], c->mean[2], c->columns);
    return 0;
}

/* Column number i of n evenly spaced ones among `all`. */
static size_t evenly(size_t i, size_t n, size_t all)
{
    return n ? i * all / n : 0;
}

struct pair_task {
    const struct train_points *p;
    double *out;
    size_t columns; /* columns that are paired */
};

static void pair_row(void *arg, size_t a)
{
    const struct pair_task *t = arg;
    const size_t width = t->p->width, i = evenly(a, t->columns, width);
    double *out = t->out + a * (a - 1) / 2; /* pairs (a, b), b < a */
    for (size_t b = 0; b < a; b++) {
        const size_t j = evenly(b, t->columns, width);
        double sum = 0;
        for (size_t r = 0; r < t->p->n; r++)
            sum += (double)t->p->x[r * width + i] * (double)t->p->x[r * width + j];
        out[b] = sum / (double)t->p->n;
    }
}

static void first_row_has_none(void *arg, size_t a)
{
    if (a > 0)
        pair_row(arg, a);
}

static int compare_pairs(struct comparing *t, struct bz_error *err)
{
    struct train_comparison *c = t->c;
    const size_t columns = c->columns < MOST_PAIRED ? c->columns : MOST_PAIRED;
    c->pairs = columns * (columns - 1) / 2;
    for (size_t k = 0; k < SETS; k++) {
        if (!(c->pair[k] = bz_alloc(c->pairs + 1, sizeof(double), err)))
            return -1;
        struct pair_task task = {&t->set[k], c->pair[k], columns};
        bz_parallel_for(t->par, columns, first_row_has_none, &task);
    }
    c->ceiling.pairs = agree(c->pair[0], c->pair[1], c->pairs);
    c->samples.pairs = agree(c->pair[0], c->pair[2], c->pairs);
    return 0;
}

/* Three different columns: triplet number k of all where these are few, else drawn. */
static void choose_triplet(const struct comparing *t, size_t k, bool all, size_t at[3])
{
    const size_t width = t->c->columns;
    if (!all) {
        const struct bz_key key = {.seed = t->o->seed, .step = k, .purpose = BZ_DRAW_MISC};
        uint32_t draw = 0;
        do
            for (size_t i = 0; i < 3; i++)
                at[i] = (size_t)(bz_random_double(&key, draw++) * (double)width);
        while (at[0] == at[1] || at[1] == at[2] || at[0] == at[2]);
        return;
    }
    for (at[0] = 2; k >= at[0] * (at[0] - 1) / 2; at[0]++)
        k -= at[0] * (at[0] - 1) / 2;
    for (at[1] = 1; k >= at[1]; at[1]++)
        k -= at[1];
    at[2] = k;
}

static int compare_triplets(struct comparing *t, struct bz_error *err)
{
    struct train_comparison *c = t->c;
    const double width = (double)c->columns, every = width * (width - 1) * (width - 2) / 6;
    const bool all = every <= MOST_TRIPLETS;
    double *moment[SETS] = {NULL};
    int rc = 0;
    c->triplets = all ? (size_t)every : MOST_TRIPLETS;
    for (size_t k = 0; k < SETS; k++)
        if (!(moment[k] = bz_alloc(c->triplets + 1, sizeof(double), err)))
            rc = -1;
    for (size_t i = 0; rc == 0 && i < c->triplets; i++) {
        size_t at[3];
        choose_triplet(t, i, all, at);
        for (size_t k = 0; k < SETS; k++) {
            const struct train_points *p = &t->set[k];
            for (size_t r = 0; r < p->n; r++) {
                const float *x = p->x + r * p->width;
                moment[k][i] += (double)x[at[0]] * (double)x[at[1]] * (double)x[at[2]] / (double)p->n;
            }
        }
    }
    if (rc == 0) {
        c->ceiling.triplets = agree(moment[0], moment[1], c->triplets);
        c->samples.triplets = agree(moment[0], moment[2], c->triplets);
    }
    for (size_t k = 0; k < SETS; k++)
        bz_free(moment[k]);
    return rc;
}

/* --- neighbours --- */

static double own_share(const double *other, const double *own, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += own[i] < other[i] ? 1 : own[i] > other[i] ? 0 : 0.5;
    return sum / (double)n;
}

static int adversarial(struct comparing *t, size_t with, double *accuracy, struct bz_error *err)
{
    struct train_points a = t->set[0], b = t->set[with];
    a.n = b.n = a.n < MOST_NEIGHBOURS ? a.n : MOST_NEIGHBOURS;
    double *own = bz_alloc(a.n, sizeof(double), err), *other = own ? bz_alloc(a.n, sizeof(double), err) : NULL;
    if (other) {
        train_nearest(&a, &a, true, NULL, own, t->par);
        train_nearest(&a, &b, false, NULL, other, t->par);
        *accuracy = own_share(other, own, a.n) / 2;
        train_nearest(&b, &b, true, NULL, own, t->par);
        train_nearest(&b, &a, false, NULL, other, t->par);
        *accuracy += own_share(other, own, b.n) / 2;
    }
    bz_free(own);
    bz_free(other);
    return other ? 0 : -1;
}

/* --- shares --- */

static int name_shares(struct comparing *t, size_t n, struct bz_error *err)
{
    struct train_comparison *c = t->c;
    if (!(c->shares = bz_alloc(n, sizeof(*c->shares), err)))
        return -1;
    for (; c->n_shares < n; c->n_shares++) {
        char number[32];
        snprintf(number, sizeof(number), "%zu", c->n_shares + (c->labelled ? 0 : 1));
        const char *name = c->labelled && t->r->data->classes ? t->r->data->classes[c->n_shares] : number;
        if (!(c->shares[c->n_shares].name = bz_strdup(name, err)))
            return -1;
    }
    return 0;
}

static void count_shares(const struct comparing *t, size_t set, const size_t *which, const long *labels)
{
    for (size_t i = 0; i < t->c->count; i++) {
        const long group = labels ? labels[which ? which[i] : i] : (long)which[i];
        if (group < 0)
            continue;
        struct train_share *s = &t->c->shares[group];
        *(set == 0 ? &s->data : set == 1 ? &s->half : &s->samples) += 1 / (double)t->c->count;
    }
}

/* Classes: rows and samples get that of their nearest neighbour in the first half. Clusters: the nearest centre. */
static int compare_shares(struct comparing *t, struct bz_error *err)
{
    struct train_points centres = {0};
    size_t *which = bz_alloc(t->c->count, sizeof(*which), err);
    int rc = which ? 0 : -1;
    t->c->labelled = t->labels != NULL;
    if (rc == 0 && !t->labels)
        rc = train_cluster(&t->set[0], CLUSTERS, t->o->seed, &centres, t->par, err);
    if (rc == 0)
        rc = name_shares(t, t->labels ? t->r->data->n_classes : centres.n, err);
    for (size_t k = 0; rc == 0 && k < SETS; k++) {
        if (t->labels && k == 0) {
            count_shares(t, k, NULL, t->labels);
            continue;
        }
        train_nearest(&t->set[k], t->labels ? &t->set[0] : &centres, false, which, NULL, t->par);
        count_shares(t, k, which, t->labels);
    }
    bz_free(centres.x);
    bz_free(which);
    return rc;
}

bool train_share_lost(const struct train_comparison *c, size_t share)
{
    const struct train_share *s = &c->shares[share];
    const double expected = (s->data + s->half) / 2;
    return expected >= 0.02 && expected * (double)c->count >= 10 && s->samples < expected / 5;
}

/* --- the whole comparison --- */

static int draw_samples(struct comparing *t, struct train_values *v, const struct bz_ladder *ladder, struct bz_error *err)
{
    const struct bz_machine *m = t->r->model->machine;
    const struct train_tempered o = {
        .count = t->c->count, .steps = t->o->steps, .seed = t->o->seed, .counts = 1, .quiet = t->o->quiet, .par = t->par};
    const long counted = bz_machine_counted(m);
    if (counted >= 0)
        return bz_fail(err, BZ_UNSUPPORTED,
                       "layer '%s' has counts, whose number differs from row to row: samples of one length do not compare",
                       m->layers[counted].name);
    return train_values_new(v, m, t->c->count, -1, err) < 0 ? -1 : train_sample_by(t->o->sampler, v, &o, ladder, err);
}

int train_compare(struct train_rows *r, const struct train_comparison_options *o, const struct bz_ladder *ladder,
                  struct train_comparison *out, struct bz_error *err)
{
    struct comparing t = {.r = r, .o = o, .c = out, .par = o->par ? o->par : train_pool_parallel(r->pool)};
    struct train_values v = {0};
    int rc = -1;
    *out = (struct train_comparison){.rows = r->data->rows};
    out->count = r->data->rows / 2 < o->count ? r->data->rows / 2 : o->count;
    if (r->data->rows < LEAST_ROWS)
        return bz_fail(err, BZ_BAD_INPUT, "expected at least %d rows, so that two halves of them can be compared; found %zu",
                       LEAST_ROWS, r->data->rows);
    if (draw_samples(&t, &v, ladder, err) == 0 && draw_rows(&t, err) == 0 && gather(&t, &v, err) == 0 &&
        adversarial(&t, 1, &out->ceiling.adversarial, err) == 0 && adversarial(&t, 2, &out->samples.adversarial, err) == 0 &&
        compare_shares(&t, err) == 0 && compare_means(&t, err) == 0 && compare_pairs(&t, err) == 0 &&
        compare_triplets(&t, err) == 0)
        rc = 0;
    train_values_free(&v);
    for (size_t k = 0; k < SETS; k++)
        bz_free(t.set[k].x);
    bz_free(t.row);
    bz_free(t.labels);
    if (rc < 0)
        train_comparison_free(out);
    return rc;
}

void train_comparison_free(struct train_comparison *c)
{
    for (size_t k = 0; k < SETS; k++) {
        bz_free(c->mean[k]);
        bz_free(c->pair[k]);
    }
    for (size_t i = 0; i < c->n_shares; i++)
        bz_free(c->shares[i].name);
    bz_free(c->shares);
    *c = (struct train_comparison){0};
}
