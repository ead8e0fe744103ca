/* Writes an index: a safetensors file whose tensors all begin at multiples of 8. */
#include "index.h"

#include "file_write.h"
#include "kernels.h"
#include "mem.h"
#include "repository.h"
#include "text_stream.h"
#include "whiten.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The tensors in the order of the file; owned. */
struct content {
    float *mean;      /* [units] */
    float *whitening; /* [units][units] or NULL */
    void *codes;      /* the content of "features" */
    float *peak;      /* [rows] or NULL */
    char *ids;        /* [id_start[rows]] or NULL */
    int64_t *id_start;
    size_t code_bytes, code_columns;
};

static int find_mean(const struct bz_index_content *c, struct content *t, struct bz_error *err)
{
    double *mean = bz_alloc(c->units, sizeof(*mean), err);
    if (!mean || !(t->mean = bz_alloc(c->units, sizeof(float), err))) {
        bz_free(mean);
        return -1;
    }
    if (c->centre)
        bz_feature_mean(c->feature, c->rows, c->units, mean);
    for (size_t i = 0; i < c->units; i++)
        t->mean[i] = (float)mean[i];
    const int rc = c->whiten ? bz_whitening_make(&t->whitening, c->feature, c->rows, c->units, mean, err) : 0;
    bz_free(mean);
    return rc;
}

/* A row as it is kept: less the mean, whitened. vector, scratch: [units]. */
static void make_vector(const struct bz_index_content *c, const struct content *t, size_t r, float *vector, float *scratch)
{
    float *centred = t->whitening ? scratch : vector;
    for (size_t i = 0; i < c->units; i++)
        centred[i] = c->feature[r * c->units + i] - t->mean[i];
    if (t->whitening)
        bz_whiten(t->whitening, centred, c->units, vector);
}

static void code_row(const struct bz_index_content *c, const struct content *t, size_t r, const float *v)
{
    if (c->codes == BZ_CODES_BITS) {
        uint64_t *bits = (uint64_t *)t->codes + r * t->code_columns;
        for (size_t i = 0; i < c->units; i++)
            bits[i / 64] |= (uint64_t)(v[i] > 0) << i % 64;
        return;
    }
    float peak = 0;
    for (size_t i = 0; i < c->units; i++) {
        if (c->codes == BZ_CODES_F32)
            ((float *)t->codes)[r * c->units + i] = v[i];
        peak = fabsf(v[i]) > peak ? fabsf(v[i]) : peak;
    }
    if (c->codes == BZ_CODES_F32)
        return;
    t->peak[r] = peak;
    for (size_t i = 0; peak > 0 && i < c->units; i++)
        ((int8_t *)t->codes)[r * c->units + i] = (int8_t)lrintf(v[i] / peak * 127);
}

static int make_ids(const struct bz_index_content *c, struct content *t, struct bz_error *err)
{
    size_t total = 0;
    for (size_t r = 0; r < c->rows; r++)
        total += strlen(c->ids[r]);
    if (!(t->ids = bz_alloc(total, 1, err)) || !(t->id_start = bz_alloc(c->rows + 1, sizeof(int64_t), err)))
        return -1;
    for (size_t r = 0; r < c->rows; r++) {
        const size_t n = strlen(c->ids[r]);
        memcpy(t->ids + t->id_start[r], c->ids[r], n);
        t->id_start[r + 1] = t->id_start[r] + (int64_t)n;
    }
    return 0;
}

static int make_content(const struct bz_index_content *c, struct content *t, struct bz_error *err)
{
    const size_t size[] = {sizeof(float), 1, sizeof(uint64_t)};
    t->code_columns = c->codes == BZ_CODES_BITS ? (c->units + 63) / 64 : c->units;
    if (bz_mul(&t->code_bytes, c->rows, t->code_columns) < 0 || bz_mul(&t->code_bytes, t->code_bytes, size[c->codes]) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "an index of %zu rows of %zu units", c->rows, c->units);
    if (find_mean(c, t, err) < 0 || !(t->codes = bz_alloc(t->code_bytes, 1, err)) ||
        (c->codes == BZ_CODES_I8 && !(t->peak = bz_alloc(c->rows, sizeof(float), err))) || (c->ids && make_ids(c, t, err) < 0))
        return -1;
    float *vector = bz_alloc(c->units, 2 * sizeof(float), err);
    for (size_t r = 0; vector && r < c->rows; r++) {
        make_vector(c, t, r, vector, vector + c->units);
        code_row(c, t, r, vector);
    }
    bz_free(vector);
    return vector ? 0 : -1;
}

/* A tensor's line in the header and, later, its bytes. */
struct entry {
    char name[BZ_NAME_ROOM + 16];
    const char *dtype;
    size_t rank, shape[2], bytes;
    const void *data;
};

static size_t list(const struct bz_index_content *c, const struct content *t, struct entry *out)
{
    const struct bz_views *v = c->views;
    static const char *const dtype[] = {"F32", "I8", "I64"};
    size_t n = 0;
    out[n++] = (struct entry){"features", dtype[c->codes], 2, {c->rows, t->code_columns}, t->code_bytes, t->codes};
    if (t->id_start)
        out[n++] = (struct entry){"id_start", "I64", 1, {c->rows + 1, 0}, (c->rows + 1) * 8, t->id_start};
    out[n++] = (struct entry){"mean", "F32", 1, {c->units, 0}, c->units * 4, t->mean};
    if (t->whitening)
        out[n++] = (struct entry){"whitening", "F32", 2, {c->units, c->units}, c->units * c->units * 4, t->whitening};
    if (t->peak)
        out[n++] = (struct entry){"peak", "F32", 1, {c->rows, 0}, c->rows * 4, t->peak};
    if (t->ids)
        out[n++] = (struct entry){"ids", "U8", 1, {(size_t)t->id_start[c->rows], 0}, (size_t)t->id_start[c->rows], t->ids};
    for (size_t i = 0; v && i < v->n; i++) {
        const struct bz_view *w = &v->view[i];
        const char *layer = c->machine->layers[w->layer].name;
        const size_t cells = v->units * w->width;
        out[n] = (struct entry){"", "F32", 2, {v->units, w->width}, cells * 4, w->map};
        snprintf(out[n++].name, sizeof(out->name), "view.%s.map", layer);
        out[n] = (struct entry){"", "F32", 1, {w->width, 0}, w->width * 4, w->mean};
        snprintf(out[n++].name, sizeof(out->name), "view.%s.mean", layer);
        const size_t size = c->machine->layers[w->layer].size;
        if (v->near) {
            out[n] = (struct entry){"", "F32", 2, {v->pairs, size}, v->pairs * size * 4, w->row};
            snprintf(out[n++].name, sizeof(out->name), "view.%s.rows", layer);
            out[n] = (struct entry){"", "F32", 1, {size, 0}, size * 4, w->weight};
            snprintf(out[n++].name, sizeof(out->name), "view.%s.weight", layer);
            out[n] = (struct entry){"", "F32", 1, {v->pairs, 0}, v->pairs * 4, w->norm};
            snprintf(out[n++].name, sizeof(out->name), "view.%s.norm", layer);
        }
    }
    return n;
}

/* Padding tensors keep all others at multiples of 8: the container allows no gaps. */
static size_t padding(const struct entry *e)
{
    return (8 - e->bytes % 8) % 8;
}

static char *header(const struct bz_index_content *c, const struct entry *e, size_t n, struct bz_error *err)
{
    struct bz_text json;
    char *copy = NULL;
    size_t at = 0;
    FILE *out = bz_text_begin(&json, err);
    if (!out)
        return NULL;
    fprintf(out,
            "{\"__metadata__\":{\"format\":\"boltz-index\",\"format_version\":\"%d\",\"layer\":\"%s\",\"codes\":\"%s\","
            "\"weights\":\"sha256:%s\"",
            c->views && c->views->near ? 5
            : c->views                 ? 4
            : c->length > 0            ? 3
            : c->whiten                ? 2
                                       : 1,
            c->layer, bz_codes_name(c->codes), c->digest);
    if (c->length > 0)
        fprintf(out, ",\"length\":\"%.9g\"", (double)c->length);
    for (size_t i = 0; c->views && i < c->views->n; i++)
        fprintf(out, "%s%s", i ? "," : ",\"views\":\"", c->machine->layers[c->views->view[i].layer].name);
    fputs(c->views ? "\"" : "", out);
    if (c->views && c->views->near)
        fprintf(out, ",\"near\":\"%zu\"", c->views->near);
    fputc('}', out);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, ",\"%s\":{\"dtype\":\"%s\",\"shape\":[%zu", e[i].name, e[i].dtype, e[i].shape[0]);
        if (e[i].rank > 1)
            fprintf(out, ",%zu", e[i].shape[1]);
        fprintf(out, "],\"data_offsets\":[%zu,%zu]}", at, at + e[i].bytes);
        at += e[i].bytes;
        if (padding(&e[i])) {
            fprintf(out, ",\"padding%zu\":{\"dtype\":\"U8\",\"shape\":[%zu],\"data_offsets\":[%zu,%zu]}", i, padding(&e[i]), at,
                    at + padding(&e[i]));
            at += padding(&e[i]);
        }
    }
    fputc('}', out);
    if (bz_text_end(&json, "the header", err) == 0)
        copy = bz_strdup(json.text, err);
    bz_text_free(&json);
    return copy;
}

static int write_file(const char *json, const struct entry *e, size_t n, const char *path, struct bz_error *err)
{
    static const uint8_t zeros[8];
    struct bz_file *f;
    int rc = 0;
    if (bz_safetensors_begin(&f, path, json, err) < 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (bz_file_write(f, e[i].data, e[i].bytes, err) < 0 || bz_file_write(f, zeros, padding(&e[i]), err) < 0)
            rc = -1;
    if (rc < 0) {
        bz_file_discard(f);
        return -1;
    }
    return bz_file_commit(f, err);
}

int bz_index_path(char **out, const char *given, struct bz_error *err)
{
    char *model;
    int rc = -1;
    *out = NULL;
    if (bz_model_path(&model, given, err) < 0)
        return -1;
    const char *slash = strrchr(model, '/');
    const size_t folder = slash ? (size_t)(slash - model) + 1 : 0;
    if (strcmp(model + folder, BZ_MODEL_FILE) != 0)
        bz_fail(err, BZ_BAD_INPUT, "%s: an index goes beside a model in a repository, expected a file called " BZ_MODEL_FILE,
                given);
    else if ((*out = bz_alloc(folder + sizeof(BZ_INDEX_FILE), 1, err))) {
        memcpy(*out, model, folder);
        strcpy(*out + folder, BZ_INDEX_FILE);
        rc = 0;
    }
    bz_free(model);
    return rc;
}

int bz_index_save(const struct bz_index_content *c, const char *path, struct bz_error *err)
{
    struct content t = {0};
    struct entry *e = bz_alloc(8 + 5 * (c->views ? c->views->n : 0), sizeof(*e), err);
    int rc = e ? make_content(c, &t, err) : -1;
    if (rc == 0) {
        const size_t n = list(c, &t, e);
        char *json = header(c, e, n, err);
        rc = json ? write_file(json, e, n, path, err) : -1;
        bz_free(json);
    }
    bz_free_all(e, t.mean, t.whitening, t.codes, t.peak, t.ids, t.id_start);
    return rc;
}
