#include "dataset.h"

#include "parts.h"

#include "check.h"
#include "kernels.h"
#include "mathx.h"
#include "mem.h"
#include "table.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void free_part(struct train_part *p, bool shared)
{
    void *const values[] = {p->u8, p->f32, p->row_start, p->index, p->value, p->absent};
    bz_texts_free(p->columns, p->n_columns);
    bz_texts_free(p->categories, p->n_categories);
    bz_free_all(p->group, p->mean, p->limit, p->least, p->deviation);
    for (size_t i = 0; !shared && i < sizeof(values) / sizeof(values[0]); i++)
        bz_free(values[i]);
}

void train_data_free(struct train_data *d)
{
    if (!d)
        return;
    for (size_t i = 0; d->parts && i < d->n_parts; i++)
        free_part(&d->parts[i], d->shared != NULL);
    for (size_t i = 0; d->files && i < d->n_files; i++)
        bz_free(d->files[i].path);
    bz_texts_free(d->classes, d->n_classes);
    bz_texts_free(d->ids, d->rows);
    bz_free(d->weights);
    bz_texts_free(d->said, d->n_said);
    bz_columns_free(&d->columns);
    bz_text_form_free(d->form);
    if (d->shared)
        munmap(d->shared, d->shared_bytes);
    if (d->lent)
        close(d->lent);
    bz_free_all(d->index_name, d->parts, d->labels, d->files, d);
}

void train_part_describe(const struct train_data *d, size_t part, char *text, size_t room)
{
    const struct train_part *p = &d->parts[part];
    const char *note = p->unit == BZ_SOFTMAX && p->categories ? " (categories)"
                       : p->mean                              ? " (standardised)"
                       : p->grey                              ? " (grey values)"
                       : p->store == TRAIN_SPARSE             ? " (sparse)"
                                                              : "";
    snprintf(text, room, "%s: %zu rows x %zu %s units%s%s", p->name, d->rows, p->size, bz_unit_name(p->unit), note,
             p->missing ? ", some values missing" : "");
}

bool train_gaps_accepted(const struct train_data_options *o)
{
    return o->missing && strcmp(o->missing, "infer") == 0;
}

bool train_unknown_missing(const struct train_data_options *o)
{
    return o->unknown && strcmp(o->unknown, "missing") == 0;
}

int train_data_binarize(const struct train_data *d, const struct train_data_options *o, enum train_binarize automatic,
                        enum train_binarize *out, struct bz_error *err)
{
    static const struct {
        const char *word;
        enum train_binarize binarize;
    } words[] = {
        {"none", TRAIN_BINARIZE_NONE},
        {"stochastic", TRAIN_BINARIZE_STOCHASTIC},
        {"threshold", TRAIN_BINARIZE_THRESHOLD},
    };
    bool grey = false;
    for (size_t i = 0; i < d->n_parts; i++)
        grey = grey || d->parts[i].grey;
    if (!o->binarize || o->binarize[0] == 0) {
        const bool cut = strcmp(d->columns.binarize, "threshold") == 0; /* as the model was trained */
        *out = !grey ? TRAIN_BINARIZE_NONE : cut ? TRAIN_BINARIZE_THRESHOLD : automatic;
        return 0;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i].word, o->binarize) == 0) {
            *out = words[i].binarize;
            return 0;
        }
    }
    return bz_fail(err, BZ_BAD_USAGE, "--binarize: expected stochastic, threshold or none, found '%.64s'", o->binarize);
}

void train_data_note_binarize(struct train_data *d, const struct train_data_options *o, enum train_binarize used)
{
    const bool said = o->binarize && o->binarize[0];
    if (said || used == TRAIN_BINARIZE_THRESHOLD)
        snprintf(d->columns.binarize, sizeof(d->columns.binarize), "%s", used == TRAIN_BINARIZE_THRESHOLD ? "threshold" : "");
}

/* Stored values of a row, unscaled, into out[size]; an absent row reads as zeros. */
static void stored_row(const struct train_part *p, size_t row, float *restrict out)
{
    const size_t n = p->size;
    row = train_part_place(p, row);
    if (p->store == TRAIN_U8) {
        const uint8_t *x = p->u8 + row * n;
        for (size_t i = 0; i < n; i++)
            out[i] = x[i];
    } else if (p->store == TRAIN_F32) {
        memcpy(out, p->f32 + row * n, n * sizeof(float));
    } else {
        memset(out, 0, n * sizeof(float));
        for (size_t k = p->row_start[row]; k < p->row_start[row + 1]; k++)
            out[p->index[k]] = p->value[k];
    }
}

/* Missing values of a dense row become 0, and known says which they are. A softmax group is known as a whole or not at all. */
static void mark_missing(const struct train_part *p, size_t row, float *out, uint8_t *known)
{
    if (known)
        memset(known, p->absent && p->absent[row] ? 0 : 1, p->size);
    for (size_t i = 0; p->missing && p->store == TRAIN_F32 && i < p->size; i++) {
        if (!isnan(out[i]))
            continue;
        out[i] = 0;
        if (known)
            known[i] = 0;
    }
    size_t width = p->size / p->groups;
    for (size_t g = 0; known && p->missing && bz_unit_type(p->unit)->grouped && g < p->groups; g++) {
        uint8_t *group = known + g * width;
        if (memchr(group, 0, width)) {
            memset(group, 0, width);
            memset(out + g * width, 0, width * sizeof(float));
        }
    }
}

/* Only bernoulli layers are scaled. */
static inline float scaled(float x, float scale)
{
    return x >= scale ? 1 : bz_level(x, scale);
}

static inline float limited(float x, float limit)
{
    return x > limit ? limit : x < -limit ? -limit : x;
}

/* Values of a row as a layer takes them. */
static void scaled_row(const struct train_part *p, size_t row, float *restrict out, uint8_t *known)
{
    const size_t n = p->size;
    stored_row(p, row, out);
    if (p->missing || known)
        mark_missing(p, row, out, known);
    for (size_t i = 0; p->limit && i < n; i++)
        out[i] = limited(out[i], p->limit[i]);
    for (size_t i = 0; p->scale != 1 && i < n; i++)
        out[i] = scaled(out[i], p->scale);
}

void train_part_read(const struct train_part *p, const size_t *rows, size_t n, const struct train_grey *how, float *out,
                     uint8_t *known)
{
    static const struct train_grey as_they_are = {TRAIN_BINARIZE_NONE, 0, 0, 0};
    const struct bz_kernels *cpu = bz_cpu();
    const struct bz_unit_type *type = bz_unit_type(p->unit);
    const bool binary = type->binary && p->grey;
    if (!how)
        how = &as_they_are;
    for (size_t r = 0; r < n; r++) {
        size_t row = rows ? rows[r] : r;
        float *x = out + r * p->size;
        scaled_row(p, row, x, known ? known + r * p->size : NULL);
        if (binary && (p->drawn || how->binarize == TRAIN_BINARIZE_STOCHASTIC)) {
            struct bz_key key = {
                .seed = how->seed,
                .step = how->visit,
                .chain = (uint32_t)row,
                .layer = (uint16_t)how->part,
                .purpose = BZ_DRAW_BINARIZE,
            };
            for (size_t i = 0; type->least != 0 && i < p->size; i++)
                x[i] = (x[i] - type->least) / (type->most - type->least);
            cpu->bernoulli(x, x, &key, p->size);
            for (size_t i = 0; type->least != 0 && i < p->size; i++)
                x[i] = x[i] != 0 ? type->most : type->least;
        } else if (binary && how->binarize == TRAIN_BINARIZE_THRESHOLD) {
            for (size_t i = 0; i < p->size; i++)
                x[i] = x[i] > 0.5f * (type->least + type->most) ? type->most : type->least;
        }
    }
}

enum { COLUMNS_AT_ONCE = 512 }; /* columns whose moments are taken together: sums and counts of this many fit the stack */

/* Sums for columns first .. first+n-1 of a dense part: of values (mean NULL) or squared distances from mean. */
static void sum_dense(const struct train_part *p, size_t row, size_t first, size_t n, const double *mean, double *sum,
                      size_t *count)
{
    const uint8_t *u8 = p->store == TRAIN_U8 ? p->u8 + row * p->size + first : NULL;
    const float *f32 = p->store == TRAIN_F32 ? p->f32 + row * p->size + first : NULL;
    for (size_t i = 0; i < n; i++) {
        float x = u8 ? (float)u8[i] : f32[i];
        if (isnan(x))
            continue;
        x = p->scale != 1 ? scaled(x, p->scale) : p->limit ? limited(x, p->limit[first + i]) : x;
        sum[i] += mean ? (x - mean[i]) * (x - mean[i]) : (double)x;
        count[i]++;
    }
}

static bool is_absent(const struct train_part *p, size_t row)
{
    return p->absent && p->absent[row];
}

static void dense_moments(const struct train_part *p, const size_t *rows, size_t n_rows, double *mean, double *variance)
{
    for (size_t first = 0; first < p->size; first += COLUMNS_AT_ONCE) {
        size_t n = p->size - first < COLUMNS_AT_ONCE ? p->size - first : COLUMNS_AT_ONCE;
        for (int pass = 0; pass < (variance ? 2 : 1); pass++) {
            double sum[COLUMNS_AT_ONCE] = {0};
            size_t count[COLUMNS_AT_ONCE] = {0};
            for (size_t r = 0; r < n_rows; r++) {
                size_t row = rows ? rows[r] : r;
                if (!is_absent(p, row))
                    sum_dense(p, row, first, n, pass == 0 ? NULL : mean + first, sum, count);
            }
            double *out = (pass == 0 ? mean : variance) + first;
            for (size_t i = 0; i < n; i++)
                out[i] = count[i] > 0 ? sum[i] / (double)count[i] : 0;
        }
    }
}

/* Touches only stored values: a zero adds mean^2 to the variance, which is added for all rows together. */
static void sparse_moments(const struct train_part *p, const size_t *rows, size_t n_rows, double *mean, double *variance)
{
    size_t present = 0;
    for (size_t r = 0; r < n_rows; r++)
        present += !is_absent(p, rows ? rows[r] : r);
    for (int pass = 0; pass < (variance ? 2 : 1); pass++) {
        double *out = pass == 0 ? mean : variance;
        for (size_t i = 0; i < p->size; i++)
            out[i] = pass == 0 ? 0 : (double)present * mean[i] * mean[i];
        for (size_t r = 0; r < n_rows; r++) {
            size_t row = rows ? rows[r] : r;
            for (size_t k = p->row_start[row]; k < p->row_start[row + 1]; k++) {
                size_t i = p->index[k];
                double x = (double)(p->scale != 1 ? scaled(p->value[k], p->scale) : p->value[k]);
                out[i] += pass == 0 ? x : (x - mean[i]) * (x - mean[i]) - mean[i] * mean[i];
            }
        }
        for (size_t i = 0; i < p->size; i++) {
            out[i] = present > 0 ? out[i] / (double)present : 0;
            if (pass == 1 && out[i] < 0)
                out[i] = 0;
        }
    }
}

void train_part_moments(const struct train_part *p, const size_t *rows, size_t n_rows, double *mean, double *variance)
{
    bz_assert(!p->partial);
    if (p->store == TRAIN_SPARSE)
        sparse_moments(p, rows, n_rows, mean, variance);
    else
        dense_moments(p, rows, n_rows, mean, variance);
}

int train_data_say_table(struct train_data *d, const struct train_table *t, struct bz_error *err)
{
    int rc = train_data_say(d, err, "%s: %s, %zu rows x %zu columns", t->path, t->reading.format, t->rows, t->columns);
    for (size_t i = 0; rc == 0 && i < t->reading.n_said; i++)
        rc = train_data_say(d, err, "%s: %s", t->path, t->reading.said[i]);
    for (size_t i = 0; rc == 0 && i < t->reading.n_left_out; i++) {
        const struct bz_left_out *out = &t->reading.left_out[i];
        rc = train_data_say(d, err, "%s: left out: column %zu%s%s%s: %s", t->path, out->column + 1, out->name[0] ? " (" : "",
                            out->name, out->name[0] ? ")" : "", out->why);
    }
    return rc;
}
