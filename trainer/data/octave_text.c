/* What Octave's `save FILE` writes: variables as text, each with its name, type and sizes in lines that begin with #. */
#include "array.h"
#include "array_choice.h"
#include "mem.h"
#include "text_lines.h"
#include "triplets.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 64, MOST_VARIABLES = 1000 };

/* The head of a variable. */
struct variable {
    char name[NAME], type[NAME];
    size_t rows, columns, n_dimensions, nnz;
    bool by_rows; /* of a permutation: the numbers are columns, one per row */
    bool sized;
};

static bool matches(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    return (size > 18 && memcmp(text, "# Created by Octave", 18) == 0) ||
           (size > 8 && memcmp(text, "# name: ", 8) == 0 && memmem(text, size < 400 ? size : 400, "\n# type: ", 9));
}

/* The text after "# key: ", cut to fit; false if the line is another. */
static bool head_value(const struct train_lines *l, const char *key, char value[NAME])
{
    const size_t n = strlen(key);
    if (l->length < n + 4 || memcmp(l->line, "# ", 2) != 0 || memcmp(l->line + 2, key, n) != 0 || l->line[2 + n] != ':')
        return false;
    snprintf(value, NAME, "%.*s", (int)(l->length - n - 4), l->line + n + 4);
    return true;
}

static size_t head_number(const char *text)
{
    size_t x = 0;
    for (; *text >= '0' && *text <= '9' && x < SIZE_MAX / 100; text++)
        x = x * 10 + (size_t)(*text - '0');
    return x;
}

/* Reads on to the next variable's first line of values. */
static bool next_variable(struct train_lines *l, struct variable *v)
{
    char value[NAME];
    *v = (struct variable){0};
    while (train_next_line(l)) {
        if (head_value(l, "name", value)) {
            *v = (struct variable){0};
            memcpy(v->name, value, NAME);
        } else if (head_value(l, "type", value)) {
            memcpy(v->type, value, NAME);
            bool more;
            while ((more = train_next_line(l)) && l->length > 0 && l->line[0] == '#') {
                if (head_value(l, "rows", value))
                    v->rows = head_number(value), v->sized = true;
                else if (head_value(l, "size", value))
                    v->rows = v->columns = head_number(value);
                else if (head_value(l, "orient", value))
                    v->by_rows = value[0] == 'r';
                else if (head_value(l, "columns", value))
                    v->columns = head_number(value);
                else if (head_value(l, "ndims", value))
                    v->n_dimensions = head_number(value);
                else if (head_value(l, "nnz", value))
                    v->nnz = head_number(value);
            }
            if (more) { /* this line holds values: put it back */
                l->at = l->line;
                l->number--;
            }
            return true;
        }
    }
    return false;
}

static int take_value(const struct train_lines *l, size_t *place, double *out, struct bz_error *err)
{
    if (train_next_number(l, place, out) != 1)
        return train_line_fail(l, err, "'%.*s', expected numbers", (int)(l->length < 60 ? l->length : 60), l->line);
    if (isinf(*out))
        return train_line_fail(l, err, "an infinite value, expected finite ones (NaN and NA are missing values)");
    return 0;
}

static int make_room(struct train_table *t, struct train_lines *l, size_t rows, size_t columns, struct bz_error *err)
{
    if (train_table_check_size(l->path, rows, columns, err) < 0)
        return -1;
    if (rows * columns > (size_t)(l->end - l->at) + 1)
        return train_line_fail(l, err, "%zu x %zu values, the file is too short for them", rows, columns);
    t->rows = t->file_rows = rows;
    t->columns = columns;
    t->store = TRAIN_F64;
    t->f64 = bz_alloc(rows * columns, sizeof(double), err);
    return t->f64 ? 0 : -1;
}

/* One line per row. */
static int read_rows(struct train_table *t, struct train_lines *l, const struct variable *v, struct bz_error *err)
{
    if (make_room(t, l, v->rows, v->columns, err) < 0)
        return -1;
    for (size_t r = 0; r < v->rows; r++) {
        size_t place = 0;
        if (!train_next_line(l) || train_count_words(l, 0) != v->columns)
            return train_line_fail(l, err, "row %zu of %s: expected %zu values", r + 1, v->name, v->columns);
        for (size_t c = 0; c < v->columns; c++)
            if (take_value(l, &place, &t->f64[r * v->columns + c], err) < 0)
                return -1;
    }
    return 0;
}

/* A line of sizes, then one value per line, the first dimension fastest. */
static int read_dimensions(struct train_table *t, struct train_lines *l, const struct variable *v, struct bz_error *err)
{
    size_t place = 0;
    double size[2];
    if (v->n_dimensions != 2 || !train_next_line(l) || train_next_number(l, &place, &size[0]) != 1 ||
        train_next_number(l, &place, &size[1]) != 1 ||
        !(size[0] >= 0 && size[0] < 4294967296.0 && size[1] >= 0 && size[1] < 4294967296.0))
        return train_line_fail(l, err, "%s has %zu dimensions, expected 2", v->name, v->n_dimensions);
    const size_t rows = (size_t)size[0], columns = (size_t)size[1];
    if (make_room(t, l, rows, columns, err) < 0)
        return -1;
    for (size_t k = 0; k < rows * columns; k++) {
        place = 0;
        if (!train_next_line(l))
            return train_line_fail(l, err, "%s ends after %zu of %zu values", v->name, k, rows * columns);
        if (take_value(l, &place, &t->f64[k % rows * columns + k / rows], err) < 0)
            return -1;
    }
    return 0;
}

static int read_scalar(struct train_table *t, struct train_lines *l, const struct variable *v, struct bz_error *err)
{
    size_t place = 0;
    if (make_room(t, l, 1, 1, err) < 0)
        return -1;
    return train_next_line(l) ? take_value(l, &place, t->f64, err) : train_line_fail(l, err, "%s has no value", v->name);
}

/* base, limit, increment: no row of three numbers. */
static int read_range(struct train_table *t, struct train_lines *l, const struct variable *v, struct bz_error *err)
{
    double x[3];
    size_t place = 0;
    if (!train_next_line(l))
        return train_line_fail(l, err, "%s has no values", v->name);
    for (size_t k = 0; k < 3; k++)
        if (take_value(l, &place, &x[k], err) < 0)
            return -1;
    return train_table_of_range(t, v->name, x[0], x[1], x[2], err);
}

/* row, column, value, counted from 1. */
static int read_sparse(struct train_table *t, struct train_lines *l, const struct variable *v, struct bz_error *err)
{
    struct train_triplets m = {.rows = v->rows, .columns = v->columns};
    if (v->nnz > (size_t)(l->end - l->at))
        return train_line_fail(l, err, "%zu values, the file is too short for them", v->nnz);
    int rc = train_triplets_reserve(&m, v->nnz, err);
    for (; rc == 0 && m.n < v->nnz; m.n++) {
        double row, column;
        size_t place = 0;
        if (!train_next_line(l) || train_next_number(l, &place, &row) != 1 || train_next_number(l, &place, &column) != 1 ||
            !(row >= 1 && row <= (double)v->rows && column >= 1 && column <= (double)v->columns))
            rc = train_line_fail(l, err, "%s: expected a row from 1 to %zu, a column from 1 to %zu and a value", v->name,
                                 v->rows, v->columns);
        else {
            m.row[m.n] = (uint32_t)row - 1;
            m.column[m.n] = (uint32_t)column - 1;
            rc = take_value(l, &place, &m.value[m.n], err);
        }
    }
    if (rc == 0)
        rc = train_table_of_triplets(t, &m, err);
    train_triplets_free(&m);
    return rc;
}

/* Only the diagonal is in the file (`save` of eye(3)), one value per line; or, for a permutation, the position of each column's
 * one. */
static int read_diagonal(struct train_table *t, struct train_lines *l, const struct variable *v, bool permutation,
                         struct bz_error *err)
{
    struct train_triplets m = {.rows = v->rows, .columns = v->columns};
    const size_t n = v->rows < v->columns ? v->rows : v->columns;
    if (n > (size_t)(l->end - l->at))
        return train_line_fail(l, err, "%zu values, the file is too short for them", n);
    int rc = train_triplets_reserve(&m, n, err);
    for (; rc == 0 && m.n < n; m.n++) {
        double x = 0;
        size_t place = 0;
        if (!train_next_line(l))
            rc = train_line_fail(l, err, "%s ends after %zu of %zu values", v->name, m.n, n);
        else if (take_value(l, &place, &x, err) < 0)
            rc = -1;
        else if (permutation && !(x >= 1 && x <= (double)n && floor(x) == x))
            rc = train_line_fail(l, err, "%s: a place %g, expected one from 1 to %zu", v->name, x, n);
        else {
            const uint32_t place_of = permutation ? (uint32_t)x - 1 : (uint32_t)m.n;
            m.row[m.n] = v->by_rows ? (uint32_t)m.n : place_of;
            m.column[m.n] = v->by_rows ? place_of : (uint32_t)m.n;
            m.value[m.n] = permutation ? 1 : x;
        }
    }
    if (rc == 0)
        rc = train_table_of_triplets(t, &m, err);
    train_triplets_free(&m);
    return rc;
}

static int read_variable(struct train_table *t, struct train_lines *l, const struct variable *v, struct bz_error *err)
{
    if (strstr(v->type, "complex"))
        return train_line_fail(l, err, "%s holds complex values, expected real ones", v->name);
    if (strstr(v->type, "range"))
        return read_range(t, l, v, err);
    if (strncmp(v->type, "sparse", 6) == 0)
        return read_sparse(t, l, v, err);
    const bool permutation = strcmp(v->type, "permutation matrix") == 0;
    if (permutation || strcmp(v->type, "diagonal matrix") == 0 || strcmp(v->type, "float diagonal matrix") == 0)
        return read_diagonal(t, l, v, permutation, err);
    if (strstr(v->type, "matrix"))
        return v->n_dimensions ? read_dimensions(t, l, v, err) : read_rows(t, l, v, err);
    if (strstr(v->type, "scalar") || strcmp(v->type, "bool") == 0)
        return read_scalar(t, l, v, err);
    return train_line_fail(l, err, "%s is of type %s, expected numbers (a matrix, a sparse matrix, a range)", v->name, v->type);
}

/* A struct or a cell, whose parts follow as separate variables. */
static bool has_parts(const struct variable *v)
{
    return strstr(v->type, "struct") || strstr(v->type, "cell") || strstr(v->type, "object");
}

static int read_octave(struct train_table *t, struct train_source *s, const struct train_table_options *o, struct bz_error *err)
{
    const struct train_lines start = {.path = s->path, .at = (const char *)s->data, .end = (const char *)s->data + s->size};
    struct train_lines l = start;
    struct train_names names = {0};
    struct variable v;
    int rc = 0;
    while (rc == 0 && next_variable(&l, &v))
        rc = has_parts(&v) ? 0 : train_names_add(&names, v.name, err);
    const char *name = rc == 0 ? train_names_choose(&names, t, o, err) : NULL;
    l = start;
    while (name && next_variable(&l, &v) && (has_parts(&v) || strcmp(v.name, name) != 0))
        ;
    rc = name ? read_variable(t, &l, &v, err) : -1;
    train_names_free(&names);
    return rc;
}

const struct train_format train_format_octave = {"Octave text", matches, read_octave, true};
