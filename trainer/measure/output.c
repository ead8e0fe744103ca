#include "output.h"

#include "cells.h"
#include "file_write.h"
#include "float_text.h"
#include "layer_picture.h"
#include "mem.h"
#include "npz.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

int train_output_format(const char *path, bool pictures, bool archives, enum train_output *format, struct bz_error *err)
{
    const char *dot = path ? strrchr(path, '.') : NULL;
    if (!path || strcmp(path, "-") == 0 || (dot && strcasecmp(dot, ".csv") == 0) || strncmp(path, "/dev/", 5) == 0)
        *format = TRAIN_OUT_CSV;
    else if (dot && strcasecmp(dot, ".npy") == 0)
        *format = TRAIN_OUT_NPY;
    else if (archives && dot && strcasecmp(dot, ".npz") == 0)
        *format = TRAIN_OUT_NPZ;
    else if (pictures && dot && strcasecmp(dot, ".png") == 0)
        *format = TRAIN_OUT_PNG;
    else
        return bz_fail(err, BZ_BAD_USAGE, "--out %s: expected a name that ends in %s%s.npy or .csv", path,
                       pictures ? ".png, " : "", archives ? ".npz, " : "");
    return 0;
}

static int lines_flush(struct train_lines *l, struct bz_error *err)
{
    int rc = 0;
    if (l->file)
        rc = bz_file_write(l->file, l->buffer, l->used, err);
    else if (fwrite(l->buffer, 1, l->used, stdout) != l->used)
        rc = bz_fail(err, BZ_IO, "cannot write to standard output: %s", strerror(errno));
    l->used = 0;
    return rc;
}

int train_lines_open(struct train_lines *l, const char *path, struct bz_error *err)
{
    *l = (struct train_lines){.room = 1 << 16};
    l->buffer = bz_alloc(l->room, 1, err);
    return l->buffer && (!path || strcmp(path, "-") == 0 || bz_file_open(&l->file, path, err) == 0) ? 0 : -1;
}

int train_lines_write(void *lines, const char *bytes, size_t n, struct bz_error *err)
{
    struct train_lines *l = lines;
    while (n > 0) {
        if (l->used == l->room && lines_flush(l, err) < 0)
            return -1;
        const size_t part = n < l->room - l->used ? n : l->room - l->used;
        memcpy(l->buffer + l->used, bytes, part);
        l->used += part;
        bytes += part;
        n -= part;
    }
    return 0;
}

int train_lines_close(struct train_lines *l, int rc, struct bz_error *err)
{
    if (rc == 0)
        rc = lines_flush(l, err);
    if (rc == 0 && l->file)
        rc = bz_file_commit(l->file, err);
    else
        bz_file_discard(l->file);
    bz_free(l->buffer);
    return rc;
}

/* A text of at most 64 characters, and a suffix. */
static int lines_put(struct train_lines *l, const char *text, size_t length, char after, struct bz_error *err)
{
    if (l->used + length + 1 > l->room && lines_flush(l, err) < 0)
        return -1;
    memcpy(l->buffer + l->used, text, length);
    l->used += length;
    l->buffer[l->used++] = after;
    return 0;
}

int train_lines_word(struct train_lines *l, const char *text, char after, struct bz_error *err)
{
    const bool quoted = *text && !bz_text_stands_bare(text, ',');
    if (l->used + 4 > l->room && lines_flush(l, err) < 0)
        return -1;
    if (quoted)
        l->buffer[l->used++] = '"';
    for (const char *c = text; *c; c++) {
        if (l->used + 4 > l->room && lines_flush(l, err) < 0)
            return -1;
        if (*c == '"')
            l->buffer[l->used++] = '"';
        l->buffer[l->used++] = *c;
    }
    return lines_put(l, "\"", quoted, after, err);
}

int train_lines_id(struct train_lines *l, const struct train_ids *ids, long row, struct bz_error *err)
{
    if (!ids->texts)
        return 0;
    return train_lines_word(l, row >= 0 ? ids->texts[row] : ids->name && *ids->name ? ids->name : "id", ',', err);
}

/* The name of a layer and the number of a unit, from 0 as everywhere, for each column. */
static int put_names(struct train_lines *l, const struct train_layer_rows *rows, struct bz_error *err)
{
    const struct bz_layer *layer = rows->layer;
    char name[BZ_NAME_ROOM + 24];
    int rc = train_lines_id(l, &rows->ids, -1, err);
    for (size_t i = 0; rc == 0 && i < layer->size; i++) {
        snprintf(name, sizeof(name), "%s_%zu", layer->name, i);
        rc = train_lines_word(l, name, i + 1 < layer->size ? ',' : '\n', err);
    }
    return rc;
}

int train_lines_rows(struct train_lines *l, const struct train_layer_rows *rows, struct bz_error *err)
{
    const size_t size = rows->layer->size;
    char text[BZ_DOUBLE_ROOM];
    int rc = rows->header ? put_names(l, rows, err) : 0;
    for (size_t i = 0; rc == 0 && i < rows->n * size; i++) {
        if (i % size == 0)
            rc = train_lines_id(l, &rows->ids, (long)(i / size), err);
        if (rc == 0)
            rc = lines_put(l, text, bz_float_cell(rows->x[i], text), (i + 1) % size ? ',' : '\n', err);
    }
    return rc;
}

static int write_csv(const char *path, const struct train_layer_rows *rows, struct bz_error *err)
{
    struct train_lines l;
    const int rc = train_lines_open(&l, path, err) < 0 ? -1 : train_lines_rows(&l, rows, err);
    return train_lines_close(&l, rc, err);
}

static int write_npy(const char *path, enum bz_dtype dtype, const void *data, const size_t *shape, size_t rank,
                     struct bz_error *err)
{
    char header[BZ_NPY_HEADER_ROOM];
    struct bz_file *f;
    size_t bytes = bz_dtype_size(dtype);
    for (size_t d = 0; d < rank; d++)
        bytes *= shape[d];
    if (bz_file_open(&f, path, err) < 0)
        return -1;
    if (bz_file_write(f, header, bz_npy_header(header, dtype, shape, rank), err) < 0 ||
        bz_file_write(f, data, bytes, err) < 0) {
        bz_file_discard(f);
        return -1;
    }
    return bz_file_commit(f, err);
}

static int write_png(const char *path, const struct train_layer_rows *rows, struct bz_error *err)
{
    struct bz_tiling tiling = bz_tiling_of(rows->layer);
    uint8_t *png;
    size_t size;
    if (bz_png_tiles(&png, &size, rows->x, rows->n, rows->layer->size, &tiling, err) < 0)
        return -1;
    int rc = bz_file_save(path, png, size, err);
    bz_free(png);
    return rc;
}

int train_output_rows(const char *path, enum train_output format, const struct train_layer_rows *rows, struct bz_error *err)
{
    const size_t shape[] = {rows->n, rows->layer->size};
    const struct train_npz_entry entry = {rows->layer->name, BZ_F4, shape, 2, rows->x};
    switch (format) {
    case TRAIN_OUT_CSV:
        return write_csv(path, rows, err);
    case TRAIN_OUT_NPY:
        return write_npy(path, BZ_F4, rows->x, shape, 2, err);
    case TRAIN_OUT_NPZ:
        return train_npz_write(path, &entry, 1, err);
    case TRAIN_OUT_PNG:
        break;
    }
    return write_png(path, rows, err);
}

int train_output_archive(const char *path, const struct bz_machine *m, float *const *x, size_t n, struct bz_error *err)
{
    struct train_npz_entry *entries = bz_alloc(m->n_layers, sizeof(*entries), err);
    size_t(*shapes)[2] = bz_alloc(m->n_layers, sizeof(*shapes), err);
    size_t count = 0;
    int rc = entries && shapes ? 0 : -1;
    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        if (!x[l])
            continue;
        shapes[count][0] = n;
        shapes[count][1] = m->layers[l].size;
        entries[count] = (struct train_npz_entry){m->layers[l].name, BZ_F4, shapes[count], 2, x[l]};
        count++;
    }
    if (rc == 0)
        rc = train_npz_write(path, entries, count, err);
    bz_free(entries);
    bz_free(shapes);
    return rc;
}

int train_lines_sheet(struct train_lines *l, const struct train_sheet *t, struct bz_error *err)
{
    char text[BZ_DOUBLE_ROOM];
    int rc = 0;
    for (long row = t->header ? -1 : 0; rc == 0 && row < (long)t->n; row++) {
        rc = train_lines_id(l, &t->ids, row, err);
        for (size_t j = 0; rc == 0 && j < t->n_columns; j++) {
            const double value = row < 0 ? (double)NAN : t->columns[j][row];
            text[isnan(value) ? 0 : bz_double_cell(value, text)] = 0;
            rc = train_lines_word(l, row < 0 ? t->names[j] : text, t->more || j + 1 < t->n_columns ? ',' : '\n', err);
        }
        if (rc == 0 && t->more)
            rc = t->more(l, t->arg, row, err);
    }
    return rc;
}

int train_output_column(const char *path, const double *x, size_t n, struct bz_error *err)
{
    return write_npy(path, BZ_F8, x, &n, 1, err);
}

int train_output_matrix(const char *path, const double *x, size_t n, size_t columns, struct bz_error *err)
{
    const size_t shape[] = {n, columns};
    return write_npy(path, BZ_F8, x, shape, 2, err);
}
