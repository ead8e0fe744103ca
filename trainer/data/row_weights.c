#include "row_weights.h"

#include "by_name.h"
#include "mem.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool train_weights_are_column(const struct train_data_options *o)
{
    return o->weights && access(o->weights, F_OK) != 0;
}

/* Which column of a table the user means by a name or a number, from 1, in the file. */
static long find_column(const struct train_table *t, const char *text)
{
    char *end;
    const unsigned long number = strtoul(text, &end, 10);
    for (size_t c = 0; t->names && c < t->columns; c++)
        if (!strcmp(t->names[c], text))
            return (long)c;
    for (size_t c = 0; *text && !*end && number > 0 && c < t->columns; c++)
        if ((t->column_origin ? t->column_origin[c] : c) + 1 == number)
            return (long)c;
    return -1;
}

static int read_column(struct train_table *out, long *column, const struct train_table *t, const struct train_data_options *o,
                       struct bz_error *err)
{
    struct train_data_options user = *o;
    const char *const name[] = {o->weights};
    const struct train_table_options to = {.user = &user};
    char digest[65];
    user.include = (struct bz_list){(const char **)(uintptr_t)name, 1};
    user.exclude = (struct bz_list){0};
    user.missing = "infer"; /* of the other columns */
    user.weights = NULL;
    if (!t->text)
        return bz_fail(err, BZ_BAD_USAGE, "--weights %s: no such file, and %s is not a table with such a column", o->weights,
                       t->path);
    if (!strcmp(t->path, "-"))
        return bz_fail(err, BZ_BAD_USAGE,
                       "--weights %s: a column of standard input, which is read once; expected a file of weights", o->weights);
    if (train_table_read(out, t->path, &to, digest, err) < 0)
        return -1;
    *column = find_column(out, o->weights);
    if (*column >= 0 && !(out->categories && out->categories[*column].n > 0))
        return 0;
    if (*column < 0)
        bz_fail(err, BZ_BAD_USAGE, "--weights %s: no such file, and no such column in %s", o->weights, t->path);
    else
        bz_fail(err, BZ_BAD_INPUT, "--weights %s: expected a column of numbers in %s, found words", o->weights, t->path);
    train_table_free(out);
    return -1;
}

static int read_file(struct train_table *out, const struct train_table *t, const struct train_data_options *o, bool names,
                     char digest[65], char note[TRAIN_NOTE_ROOM], struct bz_error *err)
{
    const char *const first[] = {"1"};
    const struct train_data_options user = {.include = {(const char **)(uintptr_t)first, 1}, .missing = "infer"};
    const struct train_table_options to = {.user = &user};
    if (train_table_read(out, o->weights, &to, digest, err) < 0)
        return -1;
    if (out->columns == 2 && out->text && !names) { /* an index that counts the rows, as pandas writes a series */
        const struct train_data_options plain = {.missing = "infer"};
        const struct train_table_options again = {.user = &plain};
        struct train_table alone;
        struct bz_error none;
        char same[65];
        if (train_table_read(&alone, o->weights, &again, same, &none) == 0) {
            const bool counted = alone.columns == 1 && alone.reading.n_left_out == 1 && alone.reading.left_out[0].column == 0;
            struct train_table *other = counted ? out : &alone;
            train_table_free(other);
            if (counted) {
                *out = alone;
                snprintf(note, TRAIN_NOTE_ROOM, "%s: a column that counts the rows is left out", o->weights);
            }
        }
    }
    if (out->columns == 1 && (out->rows == t->rows || out->rows == t->file_rows))
        return 0;
    if (names)
        train_by_name_refuse(t, o->weights, err);
    else if (out->columns != 1)
        bz_fail(err, BZ_BAD_INPUT, "%s: %zu values per row, expected one weight per row%s", o->weights, out->columns,
                out->columns == 2 && !t->ids && !t->row_names
                    ? " (--index-column matches names and weights to the rows by name)"
                    : "");
    else
        bz_fail(err, BZ_BAD_INPUT, "%s: %zu weights for the %zu rows of %s", o->weights, out->rows, t->rows, t->path);
    train_table_free(out);
    return -1;
}

static int take_weights(double **weight, const struct train_table *t, const struct train_data_options *o,
                        const struct train_table *table, size_t column, const size_t *row, struct bz_error *err)
{
    if (table->categories && table->categories[column].n > 0)
        return bz_fail(err, BZ_BAD_INPUT, "--weights %s: expected numbers, found words ('%.40s')", o->weights,
                       table->categories[column].names[0]);
    double sum = 0, *w = bz_alloc(t->rows, sizeof(*w), err);
    int rc = w ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < t->rows; i++) {
        w[i] = row[i] == SIZE_MAX ? (double)NAN : train_table_value(table, row[i], column);
        sum += w[i];
        if (!(w[i] >= 0) || !isfinite(w[i]))
            rc = bz_fail(err, BZ_BAD_INPUT, "--weights %s: row %zu: expected a number from 0, found %g%s%.64s", o->weights,
                         train_table_row(t, i), w[i], t->row_names ? " for " : "", t->row_names ? t->row_names[i] : "");
    }
    if (rc == 0 && !(sum > 0 && isfinite(sum)))
        rc = bz_fail(err, BZ_BAD_INPUT, "--weights %s: expected a weight above 0, found none", o->weights);
    if (rc < 0)
        bz_free(w);
    else
        *weight = w;
    return rc;
}

static int by_position(double **weight, const struct train_table *t, const struct train_data_options *o, bool names,
                       char digest[65], char note[TRAIN_NOTE_ROOM], struct bz_error *err)
{
    const bool column = train_weights_are_column(o);
    struct train_table table;
    long at = 0;
    if ((column ? read_column(&table, &at, t, o, err) : read_file(&table, t, o, names, digest, note, err)) < 0)
        return -1;
    size_t *row = bz_alloc(t->rows, sizeof(*row), err);
    int rc = row ? 0 : -1;
    if (column && table.rows != t->rows)
        rc = bz_fail(err, BZ_BAD_INPUT, "--weights %s: %zu rows, expected %zu", o->weights, table.rows, t->rows);
    for (size_t i = 0; rc == 0 && i < t->rows; i++)
        row[i] = !column && table.rows == t->file_rows && t->origin ? t->origin[i] : i;
    if (rc == 0)
        rc = take_weights(weight, t, o, &table, (size_t)at, row, err);
    bz_free(row);
    train_table_free(&table);
    return rc;
}

int train_weights_read(double **weight, const struct train_table *t, const struct train_data_options *o, char digest[65],
                       char note[TRAIN_NOTE_ROOM], struct bz_error *err)
{
    struct train_by_name named;
    bool names = false;
    const bool column = train_weights_are_column(o);
    digest[0] = note[0] = 0;
    const int by_name = column ? 0 : train_by_name_read(&named, t, o->weights, false, &names, digest, err);
    if (by_name > 0) {
        const int rc = take_weights(weight, t, o, &named.table, 0, named.row, err);
        train_by_name_text(&named, t, note, TRAIN_NOTE_ROOM);
        train_by_name_free(&named);
        return rc;
    }
    if (column)
        snprintf(note, TRAIN_NOTE_ROOM, "%s: column %.64s holds the rows' weights", t->path, o->weights);
    else if (t->row_names)
        snprintf(note, TRAIN_NOTE_ROOM, "%s: has no names: weights go to the sequences by position", o->weights);
    return by_name < 0 ? -1 : by_position(weight, t, o, names, digest, note, err);
}

int train_weights_take(double **weight, struct train_table *t, bool given, struct bz_error *err)
{
    size_t i = 0;
    if (!t->weights)
        return 0;
    while (*weight && !given && i < t->rows && (*weight)[i] == t->weights[i])
        i++;
    if (given || (*weight && i < t->rows))
        return bz_fail(err, BZ_BAD_INPUT, "%s: two weights for one row: %s gives others", t->path,
                       given ? "--weights" : "another file");
    bz_free(*weight);
    *weight = bz_take(&t->weights);
    return 0;
}

void train_weights_draw(const double *weight, const size_t *rows, size_t n, double start, size_t *drawn)
{
    double all = 0, sum = 0;
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        all += weight[rows[i]];
    for (size_t i = 0; i < n; i++) {
        sum += weight[rows[i]] / all * (double)n;
        while (k < n && ((double)k + start < sum || i + 1 == n))
            drawn[k++] = rows[i];
    }
}

int train_weights_count(size_t **out, const double *weight, const size_t *rows, size_t n, struct bz_error *err)
{
    if (!(*out = bz_alloc(n + 1, sizeof(**out), err)))
        return -1;
    if (weight)
        train_weights_draw(weight, rows, n, 0.5, *out);
    else if (n)
        memcpy(*out, rows, n * sizeof(*rows));
    return 0;
}
