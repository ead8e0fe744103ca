/* NumPy arrays as data, and .npy files. */
#include "array.h"

#include "mem.h"
#include "record_text.h"
#include "text_stream.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_WORDS = 65536, WORD_ROOM = 1024 };

/* Shape of the table from that of the array. */
static int set_shape(struct train_table *t, const struct bz_npy *a, bool labels, struct bz_error *err)
{
    const bool records = a->dtype == BZ_RECORD;
    if (a->rank == 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: is a single %s, expected an array of rows", t->path,
                       bz_dtype_is_number(a->dtype) ? "number" : "element");
    if (a->rank > BZ_MAX_RANK + 1)
        return bz_fail(err, BZ_BAD_INPUT, "%s: an array of %zu dimensions, expected at most %d", t->path, a->rank,
                       BZ_MAX_RANK + 1);
    if (records && a->rank > 1)
        return bz_fail(err, BZ_BAD_INPUT, "%s: records in %zu dimensions, expected one", t->path, a->rank);
    t->rows = a->rank > 1 || labels || records ? a->shape[0] : 1;
    t->columns = records ? a->n_fields : a->rank > 1 ? 1 : a->count / (t->rows ? t->rows : 1);
    for (size_t d = 1; d < a->rank; d++) {
        if (bz_mul(&t->columns, t->columns, a->shape[d]) < 0)
            return bz_fail(err, BZ_TOO_LARGE, "%s: the sizes overflow", t->path);
        t->shape[d - 1] = a->shape[d];
    }
    t->rank = a->rank > 2 ? a->rank - 1 : 0;
    t->file_rows = t->rows;
    return train_table_check_size(t->path, t->rows, t->columns, err);
}

static bool is_bytes(enum bz_dtype dtype)
{
    return dtype == BZ_U1 || dtype == BZ_B1;
}

/* Types whose every number is a float32. */
static bool fits_float(enum bz_dtype dtype)
{
    return dtype == BZ_F4 || dtype == BZ_F2 || dtype == BZ_I1 || dtype == BZ_I2 || dtype == BZ_U2;
}

static int take_numbers(struct train_table *t, const struct bz_npy *a, const void *data, struct bz_error *err)
{
    t->bytes = is_bytes(a->dtype);
    t->bits = a->dtype == BZ_B1;
    if (t->bytes) {
        t->store = TRAIN_U8;
        if (!(t->u8 = bz_alloc(a->count, 1, err)))
            return -1;
        bz_npy_to_c_order(a, data, t->u8);
        for (size_t i = 0; a->dtype == BZ_B1 && i < a->count; i++)
            t->u8[i] = t->u8[i] != 0;
        return 0;
    }
    if (fits_float(a->dtype)) {
        t->store = TRAIN_F32;
        if (!(t->f32 = bz_alloc(a->count, sizeof(float), err)))
            return -1;
        bz_npy_floats(a, data, 0, a->count, t->f32);
        return 0;
    }
    t->store = TRAIN_F64;
    if (!(t->f64 = bz_alloc(a->count, sizeof(double), err)))
        return -1;
    bz_npy_doubles(a, data, 0, a->count, t->f64);
    for (size_t i = 0; (a->dtype == BZ_I4 || a->dtype == BZ_I8) && i < a->count; i++)
        if (bz_check_least(t->path, a->dtype, t->f64[i], i / t->columns, i % t->columns, err) < 0)
            return -1;
    return 0;
}

/* n words of an array: elements first, first + step, ... */
struct words {
    const char *path;
    const struct bz_npy *array;
    const void *data;
    size_t first, step, n;
};

/* Writes their indices among the sorted categories to out[i * out_step], NaN = missing. */
static int read_words(const struct words *w, double *out, size_t out_step, struct bz_categories *categories,
                      struct bz_error *err)
{
    struct bz_text_set set = {0};
    uint32_t *rank = NULL;
    int rc = 0;
    for (size_t i = 0; i < w->n && rc == 0; i++) {
        char word[WORD_ROOM];
        uint32_t number;
        const size_t length = bz_npy_word(w->array, w->data, w->first + i * w->step, word, sizeof(word));
        out[i * out_step] = NAN;
        if (length + 1 == sizeof(word))
            rc = bz_fail(err, BZ_TOO_LARGE, "%s: row %zu: a word of %d letters or more", w->path, i + 1, WORD_ROOM - 1);
        else if (!bz_word_is_gap(word)) {
            rc = bz_text_set_add(&set, word, length, MOST_WORDS, &number, err);
            out[i * out_step] = number;
        }
    }
    if (rc == 0 && (rc = bz_text_set_sort(&set, categories, &rank, err)) == 0)
        for (size_t i = 0; i < w->n; i++)
            if (!isnan(out[i * out_step]))
                out[i * out_step] = rank[(size_t)out[i * out_step]];
    bz_free(rank);
    bz_text_set_free(&set);
    return rc;
}

int train_labels_of_words(const char *path, const struct bz_npy *a, const void *data, bool gaps, long **codes,
                          struct bz_categories *classes, struct bz_error *err)
{
    const struct words words = {path, a, data, 0, 1, a->count};
    double *places = bz_alloc(a->count, sizeof(*places), err);
    long *out = places ? bz_alloc(a->count, sizeof(*out), err) : NULL;
    int rc = out ? read_words(&words, places, 1, classes, err) : -1;
    for (size_t i = 0; rc == 0 && i < a->count; i++) {
        out[i] = isnan(places[i]) ? -1 : (long)places[i];
        if (out[i] < 0 && !gaps)
            rc = bz_fail(err, BZ_BAD_INPUT, "%s: row %zu: no label (--missing infer accepts rows without one)", path, i + 1);
    }
    bz_free(places);
    if (rc == 0)
        *codes = out;
    else
        bz_free(out);
    return rc;
}

static int make_cells(struct train_table *t, struct bz_error *err)
{
    t->store = TRAIN_F64;
    t->f64 = bz_alloc(t->rows * t->columns, sizeof(double), err);
    t->categories = t->f64 ? bz_alloc(t->columns, sizeof(*t->categories), err) : NULL;
    return t->categories ? 0 : -1;
}

static int take_words(struct train_table *t, const struct bz_npy *a, const void *data, struct bz_error *err)
{
    if (make_cells(t, err) < 0)
        return -1;
    for (size_t j = 0; j < t->columns; j++) {
        const struct words words = {t->path, a, data, j, t->columns, t->rows};
        if (read_words(&words, t->f64 + j, t->columns, &t->categories[j], err) < 0)
            return -1;
    }
    return 0;
}

/* --- records: written as a text table, which the reader of text tables takes --- */

static int read_written(struct train_table *t, const struct bz_records *r, const struct bz_text *lines,
                        const struct train_table_options *o, struct bz_error *err)
{
    struct train_source text = {.path = t->path, .data = (uint8_t *)lines->text, .size = lines->size};
    struct train_data_options user = *o->user;
    struct train_table_options with = *o;
    struct bz_list *list = &user.categorical;
    with.user = &user;
    with.made = true;
    user.header = "first";
    user.separator = r->n > 1 ? "," : "none";
    user.keep_text = false;
    *list = (struct bz_list){0};
    if (!(list->items = bz_alloc(o->user->categorical.n + r->n, sizeof(*list->items), err)))
        return -1;
    for (size_t k = 0; k < o->user->categorical.n; k++)
        list->items[list->n++] = o->user->categorical.items[k];
    for (size_t j = 0; j < r->n; j++)
        if (bz_records_hold_codes(r, j) && !(user.label_column && strcmp(user.label_column, r->fields[j].name) == 0))
            list->items[list->n++] = r->fields[j].name;
    const int rc = train_format_csv.read(t, &text, &with, err);
    bz_free((void *)list->items);
    t->reading.separator = 0;
    return rc;
}

int train_table_of_records(struct train_table *t, const struct bz_records *r, const struct train_table_options *o,
                           struct bz_error *err)
{
    struct bz_text lines;
    if (o->labels)
        return bz_fail(err, BZ_BAD_INPUT, "%s: records of %zu fields, expected one label a row", t->path, r->n);
    FILE *to = bz_text_begin(&lines, err);
    if (!to)
        return -1;
    int rc = bz_records_write(r, to, train_source_limit(), err);
    if (rc == 0 && (rc = bz_text_end(&lines, "the records of a file", err)) == 0)
        rc = read_written(t, r, &lines, o, err);
    bz_text_free(&lines);
    return rc;
}

static int take_records(struct train_table *t, const struct bz_npy *a, const void *file, const void *data,
                        const struct train_table_options *o, struct bz_error *err)
{
    struct bz_records r = {0};
    int rc = bz_records_open(&r, t->path, a, file, data, err);
    if (rc == 0)
        rc = train_table_of_records(t, &r, o, err);
    bz_records_close(&r);
    return rc;
}

int train_table_of_array(struct train_table *t, const struct bz_npy *a, const void *file, const void *data,
                         const struct train_table_options *o, struct bz_error *err)
{
    if (set_shape(t, a, o->labels, err) < 0)
        return -1;
    if (a->dtype == BZ_RECORD)
        return take_records(t, a, file, data, o, err);
    return bz_dtype_is_number(a->dtype) ? take_numbers(t, a, data, err) : take_words(t, a, data, err);
}

/* --- .npy --- */

static bool npy_matches(const uint8_t *data, size_t size)
{
    return bz_npy_is(data, size);
}

static int read_npy(struct train_table *t, struct train_source *s, const struct train_table_options *o, struct bz_error *err)
{
    struct bz_npy a;
    if (bz_npy_parse_any(&a, s->data, s->size, err) < 0)
        return bz_fail_in(err, "%s", s->path);
    if (a.dtype != BZ_U1 || a.fortran)
        return train_table_of_array(t, &a, s->data, s->data + a.offset, o, err);
    if (set_shape(t, &a, o->labels, err) < 0) /* bytes are taken over unchanged */
        return -1;
    t->store = TRAIN_U8;
    t->bytes = true;
    t->u8 = train_source_take(s, a.offset, a.count);
    return 0;
}

const struct train_format train_format_npy = {".npy", npy_matches, read_npy, false};
