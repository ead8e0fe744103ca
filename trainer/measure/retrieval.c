/* Similar rows, found by what their layers come to where these meet, or by their top hidden layer's posteriors. */
#include "prediction.h"

#include "evaluation.h"
#include "index.h"
#include "infer.h"
#include "kernels.h"
#include "meet.h"
#include "mem.h"
#include "whiten.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FOLDS = 3 }; /* each third is searched with maps learned from the others */

struct retrieve {
    struct train_rows *rows;
    size_t layer, top, size; /* the layer of queries; the top hidden layer and its units */
    bool whiten;
    size_t fold;  /* queries q with q % FOLDS of this; FOLDS = all */
    float length; /* train_usual_length */
    size_t room;  /* most numbers of a row in the next two */
    float *query,
        *whole;        /* [rows][size] posterior means; from centre() on less their mean over whole rows, of length 1 (or 0) */
    double *precision; /* [rows] average precision of a query; NaN if there is none */
    size_t slots;
    double *score; /* [slots][rows] */
    long *alike;   /* [slots][rows] */
};

/* Of the index beside the model a row may have more numbers than the top layer has units: it may be of a lower one. */
static int make_room(struct retrieve *t, size_t size, struct bz_error *err)
{
    size_t cells;
    t->size = size;
    if (size <= t->room)
        return 0;
    if (bz_mul(&cells, t->rows->data->rows, size) < 0)
        return bz_fail(err, BZ_BAD_USAGE, "--retrieve: %zu rows of %zu numbers are too many", t->rows->data->rows, size);
    bz_free_all(t->query, t->whole);
    t->room = size;
    t->whole = NULL;
    return (t->query = bz_alloc(cells, sizeof(float), err)) && (t->whole = bz_alloc(cells, sizeof(float), err)) ? 0 : -1;
}

static void keep_means(const struct retrieve *t, const struct train_tile *tile, float *out)
{
    bz_state_set_length(tile->c->s, 0, tile->n, t->length);
    bz_mean_field(tile->c->s, 0, tile->n, false, NULL, tile->w);
    memcpy(out + tile->first * t->size, tile->c->s->x[t->top], tile->n * t->size * sizeof(float));
}

/* Means become directions from their mean over whole rows, whitened or not, as in `boltz index` and its search: what all rows
 * share is uninformative. */
static int centre(struct retrieve *t, struct bz_error *err)
{
    const size_t n = t->rows->data->rows;
    double *mean = bz_alloc(t->size, sizeof(*mean), err);
    float *const all[2] = {t->query, t->whole}, *v = bz_alloc(t->size, sizeof(*v), err), *whitening = NULL;
    int rc = -1;
    if (!mean || !v)
        goto out;
    bz_feature_mean(t->whole, n, t->size, mean);
    if (t->whiten && bz_whitening_make(&whitening, t->whole, n, t->size, mean, err) < 0)
        goto out;
    for (size_t r = 0; r < 2 * n; r++) {
        float *x = all[r / n] + r % n * t->size;
        for (size_t i = 0; i < t->size; i++)
            v[i] = x[i] = (float)((double)x[i] - mean[i]);
        if (whitening)
            bz_whiten(whitening, v, t->size, x);
        const double length = sqrt(bz_cpu()->dot(x, x, t->size));
        for (size_t i = 0; i < t->size; i++)
            x[i] = length > 0 ? (float)(x[i] / length) : 0;
    }
    rc = 0;
out:
    bz_free_all(mean, v, whitening);
    return rc;
}

static int infer_tile(void *arg, const struct train_tile *tile, struct bz_error *err)
{
    struct retrieve *t = arg;
    struct bz_state *s = tile->c->s;

    for (size_t l = 0; l < s->m->n_layers; l++)
        if (s->m->layers[l].role == BZ_LABEL && train_forget_layer(s, l, err) < 0)
            return -1;
    keep_means(t, tile, t->whole);
    for (size_t l = 0; l < s->m->n_layers; l++)
        if (bz_is_visible(&s->m->layers[l]) && l != t->layer && train_forget_layer(s, l, err) < 0)
            return -1;
    keep_means(t, tile, t->query);
    train_remember_layers(s);
    return 0;
}

/* Every slots-th query. */
static void rank_slot(void *arg, size_t slot)
{
    struct retrieve *t = arg;
    const size_t n = t->rows->data->rows;
    const long *label = t->rows->data->labels;
    double *score = t->score + slot * n;
    long *alike = t->alike + slot * n;

    for (size_t q = slot; q < n; q += t->slots) {
        if (t->fold < FOLDS && q % FOLDS != t->fold)
            continue;
        size_t others = 0, relevant = 0;
        for (size_t r = 0; label[q] >= 0 && r < n; r++) {
            if (r == q || label[r] < 0)
                continue;
            score[others] = bz_cpu()->dot(t->query + q * t->size, t->whole + r * t->size, t->size);
            alike[others++] = label[r] == label[q];
            relevant += label[r] == label[q];
        }
        t->precision[q] = relevant ? train_average_precision(score, alike, NULL, others) : (double)NAN;
    }
}

static double mean_precision(const struct retrieve *t)
{
    double sum = 0;
    size_t queries = 0;

    for (size_t q = 0; q < t->rows->data->rows; q++) {
        if (isnan(t->precision[q]))
            continue;
        sum += t->precision[q];
        queries++;
    }
    return queries ? sum / (double)queries : (double)NAN;
}

/* --- where views meet --- */

static int rank(struct retrieve *t, const struct bz_views *v, size_t fold, struct bz_error *err)
{
    struct bz_views one = *v;
    const size_t n = t->rows->data->rows;
    while (one.n > 1 && one.view->layer != t->layer) {
        one.view++;
        one.n--;
    }
    one.n = 1;
    t->fold = fold;
    if (make_room(t, v->units, err) < 0 || train_meet_rows(v, t->rows, t->whole, err) < 0 ||
        train_meet_rows(&one, t->rows, t->query, err) < 0)
        return -1;
    for (size_t r = 0; r < 2 * n; r++) {
        float *x = (r < n ? t->query : t->whole) + r % n * t->size;
        const double length = sqrt(bz_cpu()->dot(x, x, t->size));
        for (size_t i = 0; i < t->size; i++)
            x[i] = length > 0 ? (float)(x[i] / length) : 0;
    }
    bz_parallel_for(train_pool_parallel(t->rows->pool), t->slots, rank_slot, t);
    return 0;
}

static char *read_beside(const char *given, size_t *size, struct bz_error *err)
{
    char *path = NULL, *bytes = NULL;
    if (bz_index_path(&path, given, err) < 0)
        return NULL;
    FILE *f = fopen(path, "rb");
    long end = -1;
    if (f && fseek(f, 0, SEEK_END) == 0 && (end = ftell(f)) > 0 && (bytes = bz_alloc((size_t)end, 1, err))) {
        rewind(f);
        *size = fread(bytes, 1, (size_t)end, f);
    }
    if (f)
        fclose(f);
    bz_free(path);
    return bytes;
}

/* The index beside the model, if it has this view. 1 = ranked by it, 0 = there is none. */
static int rank_by_index(struct retrieve *t, const char *given, struct bz_error *err)
{
    struct bz_index *x = NULL;
    struct bz_error odd;
    char digest[BZ_DIGEST_ROOM], *bytes;
    size_t size = 0;
    int rc = 0;
    bz_model_digest(t->rows->model, digest);
    if ((bytes = read_beside(given, &size, &odd)) &&
        bz_index_parse(&x, bytes, size, "index", t->rows->model->machine, digest, &odd) == 0 && x->views)
        for (size_t i = 0; i < x->views->n && rc == 0; i++)
            if (x->views->view[i].layer == t->layer)
                rc = rank(t, x->views, FOLDS, err) < 0 ? -1 : 1;
    if (rc > 0)
        fprintf(stderr, "retrieval: layers meet as in the index beside the model\n");
    bz_index_free(x);
    bz_free(bytes);
    return rc;
}

static int no_views(const struct retrieve *t, const char *why)
{
    fprintf(stderr, "retrieval: rows are compared by features of layer %s: %s\n", t->rows->model->machine->layers[t->top].name,
            why);
    return 0;
}

/* 1 = all ranked, 0 = there is nothing to learn from these rows. */
static int rank_by_folds(struct retrieve *t, struct bz_error *err)
{
    const size_t n = t->rows->data->rows;
    bool *use = bz_alloc(n, sizeof(*use), err);
    int rc = use ? 1 : -1;
    for (size_t fold = 0; rc > 0 && fold < FOLDS; fold++) {
        struct bz_views *v;
        const char *why;
        for (size_t r = 0; r < n; r++)
            use[r] = r % FOLDS != fold;
        if (train_meet(&v, &why, t->rows, t->top, t->length, use, "retrieval", err) < 0)
            rc = -1;
        else if (!v)
            rc = no_views(t, why);
        else if (rank(t, v, fold, err) < 0)
            rc = -1;
        train_meet_free(v);
    }
    if (rc > 0)
        fprintf(stderr,
                "retrieval: where layers meet was learned from two thirds of these rows at a time; `boltz index` on the "
                "rows of training may do better\n");
    bz_free(use);
    return rc;
}

static int rank_by_features(struct retrieve *t, struct bz_error *err)
{
    t->fold = FOLDS;
    if (make_room(t, t->rows->model->machine->layers[t->top].size, err) < 0 ||
        train_rows_each(t->rows, infer_tile, t, err) < 0 || centre(t, err) < 0)
        return -1;
    bz_parallel_for(train_pool_parallel(t->rows->pool), t->slots, rank_slot, t);
    return 0;
}

static int rank_all(struct retrieve *t, const char *given, struct bz_error *err)
{
    int rc = 0;
    if (!t->whiten && train_meet_layers(t->rows) > 1) {
        rc = rank_by_index(t, given, err);
        rc = rc == 0 ? rank_by_folds(t, err) : rc;
    }
    if (rc == 0)
        return rank_by_features(t, err);
    return rc < 0 ? -1 : 0;
}

int train_retrieve(struct train_rows *rows, const char *model, const char *layer, bool whiten, double *map,
                   struct bz_error *err)
{
    const struct bz_machine *m = rows->model->machine;
    const long found = train_given_layer(rows, "retrieve", layer, err), top = bz_machine_top_hidden(m);
    struct bz_parallel *par = train_pool_parallel(rows->pool);
    const size_t n = rows->data->rows;
    size_t scores;
    int rc = -1;

    if (found < 0)
        return -1;
    if (!rows->data->labels)
        return bz_fail(err, BZ_BAD_USAGE, "--retrieve: --labels FILE is needed, to know which rows are relevant");
    if (top < 0)
        return bz_fail(err, BZ_BAD_USAGE, "--retrieve: the model has no hidden layer");
    struct retrieve t = {.rows = rows,
                         .layer = (size_t)found,
                         .top = (size_t)top,
                         .whiten = whiten,
                         .slots = par->threads < n ? par->threads : n};
    if (bz_mul(&scores, n, t.slots) < 0)
        return bz_fail(err, BZ_BAD_USAGE, "--retrieve: %zu rows are too many", n);
    if ((t.precision = bz_alloc(n, sizeof(double), err)) && (t.score = bz_alloc(scores, sizeof(double), err)) &&
        (t.alike = bz_alloc(scores, sizeof(long), err)) && train_usual_length(rows, &t.length, err) == 0 &&
        rank_all(&t, model, err) == 0) {
        *map = mean_precision(&t);
        rc = 0;
    }
    bz_free_all(t.query, t.whole, t.precision, t.score, t.alike);
    return rc;
}
