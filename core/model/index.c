#include "index.h"

#include "kernels.h"
#include "mem.h"
#include "object.h"
#include "unit.h"
#include "whiten.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const codes_names[BZ_N_CODES] = {"f32", "i8", "bits"};

const char *bz_codes_name(enum bz_codes codes)
{
    return codes_names[codes];
}

/* --- reading --- */

static const char *text(const struct bz_safetensors *st, const char *key)
{
    const cJSON *item = st->metadata ? bz_json_get(st->metadata, key) : NULL;
    return item ? item->valuestring : "";
}

/* What a tensor should be: `columns` 0 = of one dimension. */
struct expected {
    const char *name;
    enum bz_tensor_type type;
    size_t rows, columns;
    bool optional;
};

/* NULL if it is not there. */
static int take(const struct bz_safetensors *st, struct expected e, const void **out, struct bz_error *err)
{
    const struct bz_tensor *t = bz_safetensors_find(st, e.name);
    const size_t rank = e.columns ? 2 : 1;
    *out = t ? t->data : NULL;
    if (!t)
        return e.optional ? 0 : bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\": missing", e.name);
    if (t->type != e.type || t->rank != rank || t->shape[0] != e.rows || (rank > 1 && t->shape[1] != e.columns))
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\": expected %s [%zu%s...], found %s [%zu%s...]", e.name,
                       bz_tensor_type_name(e.type), e.rows, rank > 1 ? "," : "", bz_tensor_type_name(t->type),
                       t->rank ? t->shape[0] : 0, t->rank > 1 ? "," : "");
    if ((uintptr_t)t->data % 8 != 0)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\": its bytes are not at a multiple of 8", e.name);
    return 0;
}

/* The same, of finite numbers. */
static int take_finite(const struct bz_safetensors *st, struct expected e, const float **out, struct bz_error *err)
{
    const void *bytes;
    if (take(st, e, &bytes, err) < 0)
        return -1;
    const float *x = *out = bytes;
    for (size_t i = 0, n = x ? e.rows * (e.columns ? e.columns : 1) : 0; i < n; i++)
        if (!isfinite(x[i]))
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\"[%zu]: expected a finite number", e.name, i);
    return 0;
}

static int take_codes(struct bz_index *x, const struct bz_safetensors *st, struct bz_error *err)
{
    const struct bz_tensor *t = bz_safetensors_find(st, "features");
    const void *bytes = NULL, *peak = NULL;
    if (!t || t->rank != 2)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"features\": expected two dimensions, found %zu", t ? t->rank : 0);
    x->rows = t->shape[0];
    x->words = (x->units + 63) / 64;
    const enum bz_tensor_type type[] = {BZ_TENSOR_F32, BZ_TENSOR_I8, BZ_TENSOR_I64};
    const struct expected features = {"features", type[x->codes], x->rows, x->codes == BZ_CODES_BITS ? x->words : x->units,
                                      false};
    const struct expected peaks = {"peak", BZ_TENSOR_F32, x->rows, 0, x->codes != BZ_CODES_I8};
    if (take(st, features, &bytes, err) < 0 || take(st, peaks, &peak, err) < 0)
        return -1;
    x->f32 = x->codes == BZ_CODES_F32 ? bytes : NULL;
    x->i8 = x->codes == BZ_CODES_I8 ? bytes : NULL;
    x->bits = x->codes == BZ_CODES_BITS ? bytes : NULL;
    x->peak = peak;
    return 0;
}

static int take_ids(struct bz_index *x, const struct bz_safetensors *st, struct bz_error *err)
{
    const struct bz_tensor *t = bz_safetensors_find(st, "ids");
    const void *ids = NULL, *start = NULL;
    if (!t)
        return 0;
    if (take(st, (struct expected){"ids", BZ_TENSOR_U8, t->rank ? t->shape[0] : 0, 0, false}, &ids, err) < 0 ||
        take(st, (struct expected){"id_start", BZ_TENSOR_I64, x->rows + 1, 0, false}, &start, err) < 0)
        return -1;
    x->ids = ids;
    x->id_start = start;
    for (size_t r = 0; r < x->rows; r++)
        if (x->id_start[r] < 0 || x->id_start[r] > x->id_start[r + 1] || (size_t)x->id_start[r + 1] > t->count)
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"id_start\"[%zu]: expected ascending offsets into \"ids\"", r);
    return 0;
}

/* A row's vector as floats: the view itself, or scratch. */
static const float *row_floats(const struct bz_index *x, size_t row, float *scratch)
{
    if (x->f32)
        return x->f32 + row * x->units;
    const int8_t *code = x->i8 + row * x->units;
    const float step = x->peak[row] / 127;
    for (size_t i = 0; i < x->units; i++)
        scratch[i] = (float)code[i] * step;
    return scratch;
}

static int make_norms(struct bz_index *x, struct bz_error *err)
{
    if (x->bits)
        return 0;
    float *scratch = bz_alloc(x->units, sizeof(*scratch), err);
    if (!scratch || !(x->norm = bz_alloc(x->rows, sizeof(*x->norm), err))) {
        bz_free(scratch);
        return -1;
    }
    int rc = 0;
    for (size_t r = 0; rc == 0 && r < x->rows; r++) {
        const float *v = row_floats(x, r, scratch);
        x->norm[r] = sqrt(bz_cpu()->dot(v, v, x->units));
        if (!isfinite(x->norm[r]))
            rc = bz_fail(err, BZ_BAD_MODEL, "tensor \"features\": row %zu is not finite", r);
    }
    bz_free(scratch);
    return rc;
}

/* --- views --- */

enum { MOST_VIEWS = 64 };

/* The layers named by the metadata, separated by commas. */
static int take_layers(size_t *layer, size_t *n, const char *names, const struct bz_machine *m, struct bz_error *err)
{
    for (*n = 0; *names; *n += 1) {
        char name[BZ_NAME_ROOM];
        const size_t length = strcspn(names, ",");
        long found = -1;
        if (length < sizeof(name)) {
            memcpy(name, names, length);
            name[length] = 0;
            found = bz_machine_find(m, name);
        }
        if (found < 0 || !bz_is_visible(&m->layers[found]) || *n == MOST_VIEWS)
            return bz_fail(err, BZ_BAD_MODEL, "__metadata__: views: expected visible layers of the model, found \"%.64s\"",
                           names);
        for (size_t i = 0; i < *n; i++)
            if (layer[i] == (size_t)found)
                return bz_fail(err, BZ_BAD_MODEL, "__metadata__: views: %s stands there twice", name);
        layer[*n] = (size_t)found;
        names += length + (names[length] == ',');
    }
    return *n > 0 ? 0 : bz_fail(err, BZ_BAD_MODEL, "__metadata__: views: missing");
}

/* What rows say that vote. */
static int take_voters(struct bz_views *v, size_t n, const struct bz_safetensors *st, const struct bz_machine *m,
                       struct bz_error *err)
{
    struct bz_view *view = &v->view[n];
    const size_t size = m->layers[view->layer].size;
    const char *layer = m->layers[view->layer].name;
    char rows[BZ_NAME_ROOM + 16], weight[BZ_NAME_ROOM + 16], norm[BZ_NAME_ROOM + 16];
    snprintf(rows, sizeof(rows), "view.%s.rows", layer);
    snprintf(weight, sizeof(weight), "view.%s.weight", layer);
    snprintf(norm, sizeof(norm), "view.%s.norm", layer);
    if (n == 0) {
        const struct bz_tensor *t = bz_safetensors_find(st, rows);
        v->pairs = t && t->rank == 2 ? t->shape[0] : 0;
        if (v->pairs == 0)
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\": expected one row at least", rows);
    }
    return take_finite(st, (struct expected){rows, BZ_TENSOR_F32, v->pairs, size, false}, &view->row, err) < 0 ||
                   take_finite(st, (struct expected){weight, BZ_TENSOR_F32, size, 0, false}, &view->weight, err) < 0 ||
                   take_finite(st, (struct expected){norm, BZ_TENSOR_F32, v->pairs, 0, false}, &view->norm, err) < 0
               ? -1
               : 0;
}

static int take_view(struct bz_index *x, size_t n, const struct bz_safetensors *st, const struct bz_machine *m,
                     struct bz_error *err)
{
    struct bz_view *view = &x->views->view[n];
    char map[BZ_NAME_ROOM + 16], mean[BZ_NAME_ROOM + 16];
    const bool voted = x->views->near > 0;
    const size_t hidden = x->layer, both = bz_view_width(m, hidden, view->layer, true);
    snprintf(map, sizeof(map), "view.%s.map", m->layers[view->layer].name);
    snprintf(mean, sizeof(mean), "view.%s.mean", m->layers[view->layer].name);
    const struct bz_tensor *t = bz_safetensors_find(st, map);
    view->values = voted || (t && t->rank == 2 && t->shape[1] == both);
    view->width = bz_view_width(m, hidden, view->layer, view->values) + (voted ? bz_views_votes(x->views, m) : 0);
    if (n == 0) /* the first one tells how many numbers a row has */
        x->units = t && t->rank == 2 ? t->shape[0] : 0;
    if (x->units == 0 || x->units > m->layers[hidden].size)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\": expected 1 to %zu rows, found %zu", map, m->layers[hidden].size,
                       x->units);
    if (take_finite(st, (struct expected){map, BZ_TENSOR_F32, x->units, view->width, false}, &view->map, err) < 0 ||
        take_finite(st, (struct expected){mean, BZ_TENSOR_F32, view->width, 0, false}, &view->mean, err) < 0)
        return -1;
    return voted ? take_voters(x->views, n, st, m, err) : 0;
}

static int take_views(struct bz_index *x, const struct bz_safetensors *st, const struct bz_machine *m, bool voted,
                      struct bz_error *err)
{
    size_t layer[MOST_VIEWS], n, near = 0;
    const char *given = text(st, "near");
    if (m->layers[x->layer].role != BZ_HIDDEN)
        return bz_fail(err, BZ_BAD_MODEL, "__metadata__: layer: expected a hidden one, found %s", m->layers[x->layer].name);
    if (take_layers(layer, &n, text(st, "views"), m, err) < 0)
        return -1;
    char *end;
    if (voted && ((near = strtoul(given, &end, 10)) < 1 || near > BZ_MOST_NEAR || *end || *given == '-'))
        return bz_fail(err, BZ_BAD_MODEL, "__metadata__: near: expected 1 to %d, found \"%.20s\"", BZ_MOST_NEAR, given);
    struct bz_views *v = x->views = bz_object_new(sizeof(*v), NULL, err);
    if (!v || !(v->view = bz_part(v, n, sizeof(*v->view), err)))
        return -1;
    *v = (struct bz_views){.hidden = x->layer, .length = x->length, .n = n, .view = v->view, .near = near};
    for (size_t i = 0; i < n; i++)
        v->view[i].layer = layer[i];
    for (size_t i = 0; i < n; i++)
        if (take_view(x, i, st, m, err) < 0)
            return -1;
    v->units = x->units;
    return 0;
}

/* The length to which rows of counts are rescaled before they are compared. */
static int take_length(struct bz_index *x, const struct bz_safetensors *st, const struct bz_machine *m, struct bz_error *err)
{
    const char *given = text(st, "length");
    char *end;
    const double length = strtod(given, &end);
    if (end == given || *end || !(length > 0 && length <= (double)BZ_MAX_COUNTS))
        return bz_fail(err, BZ_BAD_MODEL, "__metadata__: length: expected a number over 0 and at most %zu, found \"%.40s\"",
                       BZ_MAX_COUNTS, given);
    if (bz_machine_counted(m) < 0)
        return bz_fail(err, BZ_BAD_MODEL, "__metadata__: length: the model has no multinomial layer");
    x->length = (float)length;
    return 0;
}

static int read_index(struct bz_index *x, const struct bz_safetensors *st, const struct bz_machine *m, const char *digest,
                      struct bz_error *err)
{
    const char *version = text(st, "format_version");
    const bool voted = strcmp(version, "5") == 0, with_views = voted || strcmp(version, "4") == 0;
    const bool with_length = strcmp(version, "3") == 0 || (with_views && *text(st, "length"));
    const bool whitened = with_views    ? false
                          : with_length ? bz_safetensors_find(st, "whitening") != NULL
                                        : strcmp(version, "2") == 0;
    if (strcmp(text(st, "format"), "boltz-index") != 0 ||
        (!with_views && !with_length && !whitened && strcmp(version, "1") != 0))
        return bz_fail(err, BZ_BAD_MODEL,
                       "__metadata__: expected format \"boltz-index\", format_version \"1\" to \"5\", found \"%.40s\", "
                       "\"%.20s\"",
                       text(st, "format"), version);
    if (with_length && take_length(x, st, m, err) < 0)
        return -1;
    const char *weights = text(st, "weights");
    if (strncmp(weights, "sha256:", 7) != 0 || strcmp(weights + 7, digest) != 0)
        return bz_fail(err, BZ_UNSUPPORTED, "it was made from other weights");
    const long layer = bz_machine_find(m, text(st, "layer"));
    if (layer < 0)
        return bz_fail(err, BZ_BAD_MODEL, "__metadata__: layer: the model has no layer \"%.64s\"", text(st, "layer"));
    x->layer = (size_t)layer;
    x->units = m->layers[layer].size;
    size_t codes = 0;
    while (codes < BZ_N_CODES && strcmp(text(st, "codes"), codes_names[codes]) != 0)
        codes++;
    if (codes == BZ_N_CODES)
        return bz_fail(err, BZ_BAD_MODEL, "__metadata__: codes: expected f32, i8 or bits, found \"%.20s\"", text(st, "codes"));
    x->codes = (enum bz_codes)codes;
    if (with_views && take_views(x, st, m, voted, err) < 0)
        return -1;
    const struct expected mean = {"mean", BZ_TENSOR_F32, x->units, 0, false};
    const struct expected whitening = {"whitening", BZ_TENSOR_F32, x->units, x->units, !whitened};
    if (with_views && bz_safetensors_find(st, "whitening"))
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"whitening\": an index with views has none");
    if (take_codes(x, st, err) < 0 || take_finite(st, mean, &x->mean, err) < 0 ||
        take_finite(st, whitening, &x->whitening, err) < 0 || take_ids(x, st, err) < 0)
        return -1;
    return make_norms(x, err);
}

int bz_index_parse(struct bz_index **out, const void *bytes, size_t size, const char *name, const struct bz_machine *m,
                   const char *digest, struct bz_error *err)
{
    struct bz_safetensors st = {0};
    struct bz_index *x = bz_alloc(1, sizeof(*x), err);
    if (!x)
        return -1;
    int rc = bz_safetensors_parse(&st, bytes, size, err);
    if (rc == 0)
        rc = read_index(x, &st, m, digest, err);
    bz_safetensors_free(&st);
    if (rc < 0) {
        bz_index_free(x);
        return bz_fail_in(err, "%s", name);
    }
    *out = x;
    return 0;
}

void bz_index_free(struct bz_index *x)
{
    if (!x)
        return;
    bz_object_free(x->views);
    bz_free(x->norm);
    bz_free(x);
}

/* --- searching --- */

bool bz_index_has_metric(const struct bz_index *x, enum bz_metric metric)
{
    return (x->codes == BZ_CODES_BITS) == (metric == BZ_HAMMING);
}

static bool farther(const struct bz_neighbour *a, const struct bz_neighbour *b)
{
    return a->distance > b->distance || (a->distance == b->distance && a->row > b->row);
}

/* Sifts near[at] down the heap. */
static void sift(struct bz_neighbour *near, size_t at, size_t n)
{
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && farther(&near[child + 1], &near[child]))
            child++;
        if (!farther(&near[child], &near[at]))
            return;
        const struct bz_neighbour swap = near[at];
        near[at] = near[child];
        near[child] = swap;
    }
}

static void offer(struct bz_nearest *to, const struct bz_neighbour *candidate)
{
    struct bz_neighbour *near = to->near;
    if (to->found == to->k) {
        if (!farther(&near[0], candidate))
            return;
        near[0] = *candidate;
        sift(near, 0, to->k);
        return;
    }
    size_t at = to->found++;
    for (near[at] = *candidate; at > 0 && farther(&near[at], &near[(at - 1) / 2]); at = (at - 1) / 2) {
        const struct bz_neighbour swap = near[at];
        near[at] = near[(at - 1) / 2];
        near[(at - 1) / 2] = swap;
    }
}

static size_t room(const struct bz_index *x)
{
    return (x->units + 63) / 64 * 64;
}

size_t bz_index_scratch(const struct bz_index *x)
{
    return 2 * room(x);
}

/* The query lies in the first half of scratch. */
void bz_index_query(const struct bz_index *x, const float *q, float *scratch)
{
    float *v = x->whitening ? scratch + room(x) : scratch;
    for (size_t i = 0; i < x->units; i++)
        v[i] = q[i] - x->mean[i];
    if (x->whitening)
        bz_whiten(x->whitening, v, x->units, scratch);
}

static void scan_bits(const struct bz_index *x, const float *q, size_t first, size_t n, struct bz_nearest *to, float *scratch)
{
    enum { TOGETHER = 256 };
    uint32_t distance[TOGETHER];
    uint64_t *query = (uint64_t *)(void *)scratch; /* fewer bytes than as floats */
    memset(query, 0, x->words * sizeof(*query));
    for (size_t i = 0; i < x->units; i++)
        query[i / 64] |= (uint64_t)(q[i] > 0) << i % 64;
    for (size_t done = 0; done < n; done += TOGETHER) {
        const size_t some = n - done < TOGETHER ? n - done : TOGETHER;
        bz_cpu()->hamming(distance, query, x->bits + (first + done) * x->words, x->words, some);
        for (size_t i = 0; i < some; i++) {
            const struct bz_neighbour candidate = {distance[i], first + done + i};
            if (to->found < to->k || candidate.distance < to->near[0].distance)
                offer(to, &candidate);
        }
    }
}

void bz_index_scan(const struct bz_index *x, enum bz_metric metric, float *scratch, size_t first, size_t n,
                   struct bz_nearest *to)
{
    const float *q = scratch;
    float *row = scratch + room(x);
    if (x->bits) {
        scan_bits(x, q, first, n, to, row);
        return;
    }
    const size_t units = x->units;
    const double norm = sqrt(bz_cpu()->dot(q, q, units));
    for (size_t r = first; r < first + n; r++) {
        const double product = bz_cpu()->dot(row_floats(x, r, row), q, units), length = x->norm[r];
        double distance = 1;
        if (metric == BZ_L2) {
            const double square = norm * norm + length * length - 2 * product;
            distance = square > 0 ? sqrt(square) : 0;
        } else if (norm > 0 && length > 0) {
            distance = fmax(0, 1 - product / (norm * length)); /* a row against itself: rounding */
        }
        const struct bz_neighbour candidate = {distance, r};
        offer(to, &candidate);
    }
}

void bz_index_sort(struct bz_nearest *to)
{
    struct bz_neighbour *near = to->near;
    for (size_t n = to->found; n > 1; n--) {
        const struct bz_neighbour swap = near[0];
        near[0] = near[n - 1];
        near[n - 1] = swap;
        sift(near, 0, n - 1);
    }
}
