#include "table.h"

#include "array.h"
#include "foreign.h"
#include "layout.h"
#include "mem.h"
#include "pictures.h"
#include "windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* In the order in which they are tried; CSV takes any remaining text. */
static const struct train_format *const formats[] = {
    &train_format_alignment, &train_format_arff, &train_format_hdf5,     &train_format_mat,
    &train_format_idx,       &train_format_npy,  &train_format_npz,      &train_format_matrix_market,
    &train_format_octave,    &train_format_png,  &train_format_svmlight, &train_format_csv,
};

static const struct train_format *format_of(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (formats[i]->matches(data, size))
            return formats[i];
    return NULL;
}

bool train_table_is_text(const uint8_t *data, size_t size)
{
    return format_of(data, size) == &train_format_csv;
}

/* A byte order mark in front of a format that is recognised by its first letter: > # @ %. CSV handles such marks itself. */
static void drop_mark(struct train_source *s)
{
    if (s->size > 3 && memcmp(s->data, "\xef\xbb\xbf", 3) == 0 && strchr(">#@%", s->data[3])) {
        s->size -= 3;
        memmove(s->data, s->data + 3, s->size + 1);
    }
}

/* Text whose lines end in \r alone. */
static bool has_returns(const struct train_source *s)
{
    enum { LOOK = 4096 };
    for (size_t i = 0; i < s->size && i < LOOK; i++)
        if (s->data[i] < 32 && !strchr("\r\t\f", s->data[i]))
            return false;
    return memchr(s->data, '\r', s->size) && !memchr(s->data, '\n', s->size) && !memchr(s->data, 0, s->size);
}

/* Text of another encoding or with other line ends becomes UTF-8 with \n where that shows a format that is not CSV, whose
 * reader knows both and writes tables back as they came. */
static int make_plain(struct train_source *s, struct bz_error *err)
{
    char *text = NULL;
    size_t length = s->size, skip = 0;
    const bool wide = s->size > 3 && train_format_csv.matches(s->data, s->size) && memchr(s->data, 0, 4);
    if (!wide && !has_returns(s))
        return 0;
    if (wide ? bz_text_decode(s->path, (char *)s->data, s->size, &text, &length, &skip, err) < 0
             : !(text = bz_strndup((char *)s->data, s->size, err)))
        return -1;
    struct train_source plain = {.path = s->path, .data = (uint8_t *)text, .size = length};
    memcpy(plain.digest, s->digest, sizeof(plain.digest));
    if (text && has_returns(&plain))
        for (char *p = text; (p = memchr(p, '\r', length - (size_t)(p - text)));)
            *p = '\n';
    const int rc = text ? train_refuse_foreign(&plain, err) : 0;
    if (text && rc == 0 && format_of(plain.data, plain.size) != &train_format_csv) {
        train_source_free(s);
        *s = plain;
    } else {
        bz_free(text);
    }
    return rc;
}

/* Options about how text or indices are written, which other formats do not have. */
static int say_idle_options(struct train_table *t, const struct train_format *format, const struct train_data_options *o,
                            struct bz_error *err)
{
    const bool text = format == &train_format_csv,
               header = o->header && (strcmp(o->header, "none") == 0 || strcmp(o->header, "first") == 0);
    const struct {
        const char *option;
        bool idle;
        const char *whose;
    } list[] = {
        {"sep", o->separator && !text, "text tables"},
        {"decimal", o->decimal && !text, "text tables"},
        {"header", header && !text, "text tables"},
        {"base", o->base && format != &train_format_svmlight, "svmlight files and graphs"},
    };
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
        if (list[i].idle && train_table_say(t, err, "--%s has no effect here: it is for %s", list[i].option, list[i].whose) < 0)
            return -1;
    return 0;
}

int train_table_parse(struct train_table *out, struct train_source *s, const struct train_table_options *o,
                      struct bz_error *err)
{
    struct train_table t = {0};
    int rc = -1;
    if (s->size == 0) {
        bz_fail(err, BZ_BAD_INPUT, "%s: is empty", s->path);
        goto out;
    }
    const struct train_window *window = o->labels ? NULL : o->user->window;
    drop_mark(s);
    if ((!window && make_plain(s, err) < 0) || train_refuse_foreign(s, err) < 0)
        goto out;
    const struct train_format *format = window ? &train_format_csv : format_of(s->data, s->size);
    if (format == &train_format_svmlight && o->user->separator)
        format = &train_format_csv;
    if (!format) {
        bz_fail(err, BZ_BAD_INPUT,
                "%s: is not in a format that is read (IDX, .npy, .npz, CSV, svmlight, ARFF, FASTA, Stockholm, Matrix Market, "
                "MATLAB, HDF5, Octave text, PNG; .gz of these)",
                s->path);
        goto out;
    }
    if (o->user->array && !o->labels && !format->named_arrays && o->user->data.n <= 1) {
        bz_fail(err, BZ_BAD_USAGE, "--array %.64s: %s is %s, which has no arrays with names", o->user->array, s->path,
                format->name);
        goto out;
    }
    t.path = bz_strdup(s->path, err);
    t.reading = (struct train_reading){.format = format->name, .base = -1};
    if (!t.path || format->read(&t, s, o, err) < 0 || (!o->labels && say_idle_options(&t, format, o->user, err) < 0))
        goto out;
    if (t.rows == 0 || (t.columns == 0 && !t.labels)) {
        bz_fail(err, BZ_BAD_INPUT, "%s: holds %zu rows of %zu values, expected at least one of each", s->path, t.rows,
                t.columns);
        goto out;
    }
    if ((o->user->transpose && !o->labels && !t.turned && train_table_transpose(&t, err) < 0) ||
        train_table_gaps(&t, o, err) < 0)
        goto out;
    *out = t;
    memset(&t, 0, sizeof(t));
    rc = 0;
out:
    train_table_free(&t);
    train_source_free(s);
    return rc;
}

static int read_folder(struct train_table *out, const char *path, char digest[65], struct bz_error *err)
{
    struct train_table t = {.path = bz_strdup(path, err), .reading = {.format = "PNG", .base = -1}};
    if (!t.path || train_pictures_read(&t, path, digest, err) < 0) {
        train_table_free(&t);
        return -1;
    }
    *out = t;
    return 0;
}

/* FILE:/NAME: an array of the file, whose name's length is given. */
static int read_part(struct train_table *out, const char *path, size_t length, const struct train_table_options *o,
                     char digest[65], struct bz_error *err)
{
    struct train_data_options user = *o->user;
    struct train_table_options with = *o;
    char *file = bz_strndup(path, length, err);
    if (!file)
        return -1;
    user.array = path + length + 2;
    with.user = &user;
    const int rc = train_table_read(out, file, &with, digest, err);
    bz_free(file);
    return rc;
}

int train_table_read(struct train_table *out, const char *path, const struct train_table_options *o, char digest[65],
                     struct bz_error *err)
{
    struct train_source s;
    struct stat st;
    const char *part = strstr(path, ":/");
    if (stat(path, &st) < 0 && part && part > path && part[2])
        return read_part(out, path, (size_t)(part - path), o, digest, err);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return read_folder(out, path, digest, err);
    const struct train_window *window = o->labels ? NULL : o->user->window;
    if (window ? train_source_from(&s, path, window->bytes, window->size, 0, err) < 0 : train_source_read(&s, path, err) < 0)
        return -1;
    memcpy(digest, s.digest, sizeof(s.digest));
    return train_table_parse(out, &s, o, err);
}

static void free_reading(struct train_reading *r)
{
    bz_texts_free(r->said, r->n_said);
    bz_left_out_free(r->left_out, r->n_left_out);
    bz_left_cells_free(r->left_cells, r->n_left_cells);
    bz_texts_free(r->unfound, r->n_unfound);
}

void train_table_drop_values(struct train_table *t)
{
    bz_drop(&t->u8);
    bz_drop(&t->f32);
    bz_drop(&t->f64);
    bz_drop(&t->column_origin);
}

int train_table_leave_out(struct train_table *t, size_t column, const char *name, const char *why, struct bz_error *err)
{
    return bz_left_out_add(&t->reading.left_out, &t->reading.n_left_out, column, name, why, err);
}

double train_table_value(const struct train_table *t, size_t row, size_t column)
{
    if (t->store == TRAIN_SPARSE) {
        for (size_t k = t->row_start[row]; k < t->row_start[row + 1]; k++)
            if (t->index[k] == column)
                return (double)t->value[k];
        return 0;
    }
    const size_t i = row * t->columns + column;
    return t->store == TRAIN_U8 ? t->u8[i] : t->store == TRAIN_F64 ? t->f64[i] : (double)t->f32[i];
}

void train_table_values(const struct train_table *t, size_t row, double *out)
{
    if (t->store != TRAIN_SPARSE) {
        for (size_t j = 0; j < t->columns; j++)
            out[j] = train_table_value(t, row, j);
        return;
    }
    memset(out, 0, t->columns * sizeof(*out));
    for (size_t k = t->row_start[row]; k < t->row_start[row + 1]; k++)
        out[t->index[k]] = (double)t->value[k];
}

void train_table_drop_sparse(struct train_table *t)
{
    bz_drop(&t->row_start);
    bz_drop(&t->index);
    bz_drop(&t->value);
}

void train_table_free(struct train_table *t)
{
    free_reading(&t->reading);
    for (size_t j = 0; t->categories && j < t->columns; j++)
        bz_texts_free(t->categories[j].names, t->categories[j].n);
    bz_free(t->categories);
    bz_texts_free(t->names, t->columns);
    bz_texts_free(t->classes.names, t->classes.n);
    bz_texts_free(t->ids, t->rows);
    bz_texts_free(t->row_names, t->rows);
    bz_text_form_free(t->form);
    bz_free_all(t->labels, t->weights, t->path, t->origin, t->boolean, t->model, t->index_name, t->label_name);
    train_table_drop_values(t);
    train_table_drop_sparse(t);
    memset(t, 0, sizeof(*t));
}

int train_table_check_size(const char *path, size_t rows, size_t columns, struct bz_error *err)
{
    size_t cells;
    if (columns > BZ_MAX_UNITS)
        return bz_fail(err, BZ_TOO_LARGE, "%s: %zu values per row, at most %zu are accepted", path, columns, BZ_MAX_UNITS);
    if (rows > UINT32_MAX)
        return bz_fail(err, BZ_TOO_LARGE, "%s: %zu rows, at most %u are accepted", path, rows, UINT32_MAX);
    if (bz_mul(&cells, rows, columns) < 0 || cells > SIZE_MAX / sizeof(double))
        return bz_fail(err, BZ_TOO_LARGE, "%s: %zu rows x %zu values are more than can be addressed", path, rows, columns);
    return 0;
}

size_t train_table_row(const struct train_table *t, size_t row)
{
    return (t->origin ? t->origin[row] : row) + 1;
}

const char *train_table_column(const struct train_table *t, size_t column, char *text, size_t room)
{
    size_t number = (t->column_origin ? t->column_origin[column] : column) + 1;
    if (t->names && t->names[column])
        snprintf(text, room, "column %zu (%.64s)", number, t->names[column]);
    else
        snprintf(text, room, "column %zu", number);
    return text;
}
