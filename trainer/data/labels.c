#include "labels.h"

#include "by_name.h"
#include "classify.h"
#include "mem.h"
#include "table.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MOST_CLASSES = 65536, LARGEST_NUMBER = 65535 }; /* classes that numbers may stand for: 0 .. 65535 */

int train_labels_of_numbers(const char *path, const double *x, size_t n, bool gaps, struct train_table *to,
                            struct bz_error *err)
{
    struct bz_text_set set = {0};
    uint32_t *rank = NULL;
    int rc = -1;
    long *out = bz_alloc(n, sizeof(*out), err);
    if (!out)
        return -1;
    for (size_t i = 0; i < n; i++) {
        char text[32];
        uint32_t number;
        if (isnan(x[i]) && gaps) {
            out[i] = -1;
            continue;
        }
        if (!isfinite(x[i])) {
            bz_fail(err, BZ_BAD_INPUT, "%s: row %zu: %g is not a label%s", path, i + 1, x[i],
                    isnan(x[i]) ? " (--missing infer accepts rows without one)" : "");
            goto out;
        }
        char name[32];
        const struct bz_cell cell = {text, (size_t)snprintf(text, sizeof(text), "%.17g", x[i]), false};
        if (bz_text_set_add(&set, name, bz_category_text(&cell, name, sizeof(name)), MOST_CLASSES, &number, err) < 0) {
            bz_fail_in(err, "%s: row %zu: labels", path, i + 1);
            goto out;
        }
        out[i] = number;
    }
    if (bz_text_set_sort(&set, &to->classes, &rank, err) < 0)
        goto out;
    for (size_t i = 0; i < n; i++)
        out[i] = out[i] < 0 ? -1 : (long)rank[out[i]];
    to->labels = bz_take(&out);
    to->numbered = true;
    rc = 0;
out:
    bz_free_all(out, rank);
    bz_text_set_free(&set);
    return rc;
}

/* A line is one label, whatever is in it; but several numbers, separated by , ; tab or blanks, are several labels. */
static bool several_numbers(const char *text)
{
    size_t fields = 0;
    for (const char *at = text;; fields++) {
        at += strspn(at, " ");
        const size_t length = strcspn(at, ",;\t ");
        double number;
        if (bz_parse_number(at, length, &number) < 0)
            return false;
        at += length;
        at += strspn(at, " ");
        if (!*at)
            return fields > 0;
        at += strspn(at, ",;\t") > 0;
    }
}

static int refuse_several(const char *path, const long *codes, size_t n, const struct bz_categories *classes,
                          struct bz_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (codes[i] >= 0 && several_numbers(classes->names[codes[i]]))
            return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu: two labels for one row: '%.40s', expected one label per row", path,
                           i + 1, classes->names[codes[i]]);
    return 0;
}

/* The labels of a table that is one column of labels: codes and classes. */
static int labels_of_table(struct train_table *labels, bool gaps, struct train_table *to, struct bz_error *err)
{
    if (labels->labels) { /* of text */
        if (refuse_several(labels->path, labels->labels, labels->rows, &labels->classes, err) < 0)
            return -1;
        to->labels = bz_take(&labels->labels);
        to->classes = labels->classes;
        to->numbered = labels->numbered;
        labels->classes = (struct bz_categories){0};
        return 0;
    }
    if (labels->columns != 1)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: %zu values per row, expected one label per row (of one-hot codes: argmax(axis=1))", labels->path,
                       labels->columns);
    const bool words = labels->categories && labels->categories[0].n > 0;
    double *numbers = bz_alloc(labels->rows, sizeof(*numbers), err);
    if (!numbers || (words && !(to->labels = bz_alloc(labels->rows, sizeof(long), err)))) {
        bz_free(numbers);
        return -1;
    }
    for (size_t i = 0; i < labels->rows; i++)
        numbers[i] = train_table_value(labels, i, 0);
    int rc = 0;
    for (size_t i = 0; words && i < labels->rows; i++)
        to->labels[i] = isnan(numbers[i]) ? -1 : (long)numbers[i];
    if (words) {
        to->classes = labels->categories[0];
        labels->categories[0] = (struct bz_categories){0};
    } else {
        rc = train_labels_of_numbers(labels->path, numbers, labels->rows, gaps, to, err);
    }
    bz_free(numbers);
    return rc;
}

/* `0,low`: numbers that count up from 0 or 1 in front of each label, as pandas writes a series (its header may be `,0`). */
static char index_before(const struct train_table *t)
{
    char separator = 0;
    for (size_t i = 0, first = 0; i < t->rows; i++) {
        if (t->labels[i] < 0)
            return 0;
        const char *name = t->classes.names[t->labels[i]];
        const size_t digits = strspn(name, "0123456789");
        if (i == 0 && digits == 0 && strchr(",;\t", name[0])) {
            first = 1;
            continue;
        }
        double x;
        if (digits == 0 || !strchr(",;\t", name[digits]) || name[digits] == 0 || (separator && name[digits] != separator) ||
            bz_parse_number(name, digits, &x) < 0)
            return 0;
        separator = name[digits];
        if (i - first == 0 && x != 0 && x != 1)
            return 0;
        if (i - first > 0 && x != (double)(i - first) && x != (double)(i - first + 1))
            return 0;
    }
    return t->rows > 1 ? separator : 0;
}

/* A file of labels; one of two columns of which the first counts rows is read without that. */
static int read_label_file(struct train_table *labels, const char *path, bool gaps, char digest[65], char *separator,
                           struct bz_error *err)
{
    struct train_data_options user = {.missing = gaps ? "infer" : NULL};
    const struct train_table_options o = {.user = &user, .labels = true};
    if (train_table_read(labels, path, &o, digest, err) < 0)
        return -1;
    *separator = labels->text && labels->labels ? index_before(labels) : 0;
    if (*separator == 0)
        return 0;
    const char text[] = {*separator, 0}, *first[] = {"1"};
    user.separator = text;
    user.label_column = "2";
    user.include = (struct bz_list){first, 1};
    const struct train_table_options two = {.user = &user};
    train_table_free(labels);
    return train_table_read(labels, path, &two, digest, err);
}

/* The classes that occur in rows, in order. */
static int keep_classes(struct train_table *t, const struct bz_categories *all, struct bz_error *err)
{
    long *place = bz_alloc(all->n, sizeof(*place), err);
    if (!place || !(t->classes.names = bz_alloc(all->n, sizeof(char *), err))) {
        bz_free(place);
        return -1;
    }
    int rc = 0;
    for (size_t r = 0; r < t->rows; r++)
        if (t->labels[r] >= 0)
            place[t->labels[r]] = 1;
    for (size_t k = 0; rc == 0 && k < all->n; k++) {
        if (place[k] == 0)
            continue;
        place[k] = (long)t->classes.n;
        rc = (t->classes.names[t->classes.n] = bz_strdup(all->names[k], err)) ? 0 : -1;
        t->classes.n += rc == 0;
    }
    for (size_t r = 0; rc == 0 && r < t->rows; r++)
        t->labels[r] = t->labels[r] < 0 ? -1 : place[t->labels[r]];
    bz_free(place);
    return rc;
}

/* A first line that names the column, above one label a row: it is dropped. */
static int drop_header(struct train_table *labels, struct train_table *t, const char *path, struct bz_error *err)
{
    static const char *const names[] = {"label", "labels",  "class", "classes", "target", "category",
                                        "y",     "outcome", "x",     "species", "group"};
    const size_t n = labels->rows;
    const bool longer = n == t->file_rows + 1 || (n == t->rows + 1 && n != t->file_rows);
    if (!longer || !labels->labels || labels->labels[0] < 0)
        return 0;
    const char *first = labels->classes.names[labels->labels[0]];
    size_t i = 0;
    while (i < sizeof(names) / sizeof(names[0]) && strcasecmp(names[i], first) != 0)
        i++;
    if (i == sizeof(names) / sizeof(names[0]))
        return 0;
    for (size_t r = 1; r < labels->rows; r++)
        if (labels->labels[r] == labels->labels[0])
            return 0;
    const struct bz_categories all = labels->classes;
    if (train_table_say(t, err, "%s: the first line, '%s', is taken for the name of the labels", path, first) < 0)
        return -1;
    labels->rows--;
    memmove(labels->labels, labels->labels + 1, labels->rows * sizeof(*labels->labels));
    labels->classes = (struct bz_categories){0};
    const int rc = keep_classes(labels, &all, err);
    bz_texts_free(all.names, all.n);
    return rc;
}

/* Labels that an svmlight file has in any case, and which may all be the same. */
static bool has_labels_of_its_own(const struct train_table *t)
{
    return t->labels && (!t->sparse || t->classes.n > 1);
}

static void forget_labels(struct train_table *t)
{
    bz_drop(&t->labels);
    bz_texts_free(t->classes.names, t->classes.n);
    t->classes = (struct bz_categories){0};
    t->numbered = false;
}

/* Labels from a file of names and labels. */
static int take_by_name(struct train_table *t, const struct train_by_name *b, bool gaps, struct bz_error *err)
{
    char text[200];
    forget_labels(t);
    if (!(t->labels = bz_alloc(t->rows, sizeof(*t->labels), err)))
        return -1;
    for (size_t r = 0; r < t->rows; r++) {
        const double x = b->row[r] == SIZE_MAX ? (double)NAN : train_table_value(&b->table, b->row[r], 0);
        t->labels[r] = isnan(x) ? -1 : (long)x;
        if (isnan(x) && !gaps)
            return bz_fail(err, BZ_BAD_INPUT,
                           "%s: no label for row %zu of %s, '%.64s'%s (--missing infer accepts rows without one)",
                           b->table.path, train_table_row(t, r), t->path, t->row_names ? t->row_names[r] : t->ids[r],
                           b->found < t->rows ? "; names that are not in it are not guessed" : "");
    }
    if (keep_classes(t, &b->table.categories[0], err) < 0)
        return -1;
    return train_table_say(t, err, "%s", train_by_name_text(b, t, text, sizeof(text)));
}

int train_labels_read(struct train_table *t, const char *path, bool gaps, char digest[65], struct bz_error *err)
{
    struct train_table labels;
    struct train_by_name named;
    char separator;
    bool names;
    int rc = -1;
    if (has_labels_of_its_own(t))
        return bz_fail(err, BZ_BAD_INPUT, "%s: two labels for one row: from --labels %s and %s", t->path, path,
                       t->sparse ? "in front of each row" : "from --label-column");
    const int by_name = train_by_name_read(&named, t, path, true, &names, digest, err);
    if (by_name > 0) {
        rc = take_by_name(t, &named, gaps, err);
        train_by_name_free(&named);
        return rc;
    }
    if (by_name < 0)
        return -1;
    if (read_label_file(&labels, path, gaps, digest, &separator, err) < 0)
        return -1;
    if (!separator && drop_header(&labels, t, path, err) < 0)
        goto out;
    bool whole_file = labels.rows == t->file_rows;
    if (names && !separator) {
        train_by_name_refuse(t, path, err);
        goto out;
    }
    if (labels.sparse || (!whole_file && labels.rows != t->rows)) {
        train_labels_refuse_length(t, &labels, path, err);
        goto out;
    }
    if (!separator && train_labels_are_pairs(&labels)) {
        train_labels_refuse_pairs(t, path, err);
        goto out;
    }
    if (separator && train_table_say(t, err, "%s: a column that counts the rows is left out", path) < 0)
        goto out;
    if (t->row_names && train_table_say(t, err, "%s: has no names: labels go to the sequences by position", path) < 0)
        goto out;
    forget_labels(t);
    if (labels_of_table(&labels, gaps, t, err) < 0)
        goto out;
    for (size_t i = 0; whole_file && t->origin && i < t->rows; i++)
        t->labels[i] = t->labels[t->origin[i]];
    rc = 0;
out:
    train_table_free(&labels);
    return rc;
}

/* The number that a class's text means; -1 = not one of 0 .. 65535. */
static long class_number(const char *text)
{
    double x;
    if (bz_parse_number(text, strlen(text), &x) < 0 || !(x >= 0 && x <= LARGEST_NUMBER) || x != floor(x))
        return -1;
    return (long)x;
}

/* The error for classes that the other side lacks, value -1, with the first row that has one. */
static int refuse_classes(const struct train_table *t, const char *path, const long *value, const char *expected,
                          struct bz_error *err)
{
    size_t row = 0;
    while (row < t->rows && (t->labels[row] < 0 || value[t->labels[row]] >= 0))
        row++;
    return row == t->rows ? 0
                          : bz_fail(err, BZ_BAD_INPUT,
                                    "%s: row %zu: label '%.64s', expected %s (--unknown missing: such rows have no label)",
                                    path, train_table_row(t, row), t->classes.names[t->labels[row]], expected);
}

/* Numbers classes by given names. */
static int number_by_names(const struct train_table *t, const char *path, char *const *names, size_t n, const char *whose,
                           bool unknown, long *value, struct bz_error *err)
{
    char expected[160];
    snprintf(expected, sizeof(expected), "one of the %zu classes of the %s: %.32s to %.32s", n, whose, names[0], names[n - 1]);
    struct bz_places *places = bz_places_new(n);
    for (size_t i = 0; i < t->classes.n; i++) {
        const struct bz_cell cell = {t->classes.names[i], strlen(t->classes.names[i]), false};
        value[i] = bz_places_find(places, names, n, &cell);
    }
    bz_places_free(places);
    return unknown ? 0 : refuse_classes(t, path, value, expected, err);
}

/* The same where the other side's classes are the numbers 0 to n-1. */
static int number_by_numbers(const struct train_table *t, const char *path, size_t n, const char *whose, bool unknown,
                             long *value, struct bz_error *err)
{
    char expected[80];
    snprintf(expected, sizeof(expected), "0 to %zu as in the %s", n - 1, whose);
    for (size_t i = 0; i < t->classes.n; i++) {
        value[i] = class_number(t->classes.names[i]);
        value[i] = value[i] < (long)n ? value[i] : -1;
    }
    return unknown ? 0 : refuse_classes(t, path, value, expected, err);
}

static char **copy_names(char *const *names, size_t n, struct bz_error *err)
{
    char **copy = bz_alloc(n, sizeof(char *), err);
    for (size_t i = 0; copy && i < n; i++) {
        copy[i] = bz_strdup(names[i], err);
        if (!copy[i]) {
            bz_texts_free(copy, i);
            return NULL;
        }
    }
    return copy;
}

static const struct bz_layer *label_layer(const struct bz_machine *model)
{
    const long l = model ? bz_label_layer(model) : -1;
    return l < 0 ? NULL : &model->layers[l];
}

static bool has_names(const struct bz_layer *layer)
{
    return layer->n_categories == layer->size;
}

/* value[classes.n]: the class number of each class text; sets d->classes and d->n_classes. */
static int number_classes(struct train_data *d, struct train_table *t, const char *path, const struct train_data *like,
                          const struct bz_machine *model, bool unknown, long *value, struct bz_error *err)
{
    const struct bz_layer *layer = like ? NULL : label_layer(model);
    const char *whose = like ? "training data" : "model";
    char *const *names = like && like->label_layer ? like->classes : layer && has_names(layer) ? layer->categories : NULL;
    const size_t n = like && like->label_layer ? like->n_classes : layer ? layer->size : 0;
    if (n > 0 && !names) {
        d->n_classes = n;
        return number_by_numbers(t, path, n, whose, unknown, value, err);
    }
    if (n == 0 && train_labels_check_new(t, path, d->label_layer, err) < 0)
        return -1;
    for (size_t i = 0; n == 0 && i < t->classes.n; i++)
        value[i] = (long)i;
    d->n_classes = n > 0 ? n : t->classes.n;
    bool indices = n == 0 && t->numbered;
    for (size_t i = 0; i < t->classes.n; i++)
        indices = indices && class_number(t->classes.names[i]) == (long)i;
    if (indices)
        return 0;
    d->classes = copy_names(n > 0 ? names : t->classes.names, d->n_classes, err);
    return !d->classes ? -1 : n > 0 ? number_by_names(t, path, names, n, whose, unknown, value, err) : 0;
}

int train_labels_settle(struct train_data *d, struct train_table *t, const char *path, const struct train_data *like,
                        const struct bz_machine *model, bool unknown, struct bz_error *err)
{
    size_t strange = 0;
    long *value = bz_alloc(t->classes.n, sizeof(long), err);
    if (!value)
        return -1;
    int rc = number_classes(d, t, path, like, model, unknown, value, err);
    d->labelled = 0;
    for (size_t i = 0; rc == 0 && i < t->rows; i++)
        if (t->labels[i] >= 0) {
            t->labels[i] = value[t->labels[i]];
            d->labelled += t->labels[i] >= 0;
            strange += t->labels[i] < 0;
        }
    if (rc == 0 && strange > 0)
        rc = train_data_say(d, err, "%s: %zu row%s a class that the model does not know, taken as no label", path, strange,
                            strange == 1 ? " has" : "s have");
    bz_free(value);
    if (rc < 0)
        return -1;
    d->labels = bz_take(&t->labels);
    return 0;
}

/* Whether a table read as labels consists of rows of numbers after all. */
static bool is_rows(const struct train_table *t)
{
    for (size_t i = 0; t->labels && i < t->classes.n; i++)
        if (several_numbers(t->classes.names[i]))
            return true;
    return false;
}

/* One column of classes -> a column for each class of the layer, in which it is 1; NaN in rows without a class. */
static int expand(struct train_table *t, const struct bz_layer *layer, bool gaps, struct bz_error *err)
{
    long *value = NULL;
    float *x = NULL;
    size_t count;
    int rc = -1;
    if (bz_mul(&count, t->rows, layer->size) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "%s: %zu rows of %zu classes are too many", t->path, t->rows, layer->size);
    if ((!t->labels && labels_of_table(t, gaps, t, err) < 0) || !(value = bz_alloc(t->classes.n, sizeof(long), err)) ||
        !(x = bz_alloc(count, sizeof(float), err)))
        goto out;
    if ((has_names(layer) ? number_by_names(t, t->path, layer->categories, layer->size, "model", false, value, err)
                          : number_by_numbers(t, t->path, layer->size, "model", false, value, err)) < 0)
        goto out;
    for (size_t i = 0; i < count; i++)
        x[i] = t->labels[i / layer->size] < 0 ? NAN : value[t->labels[i / layer->size]] == (long)(i % layer->size) ? 1 : 0;
    if (t->categories)
        bz_texts_free(t->categories[0].names, t->categories[0].n);
    bz_drop(&t->categories);
    train_table_drop_values(t);
    t->f32 = bz_take(&x);
    t->store = TRAIN_F32;
    t->columns = layer->size;
    bz_drop(&t->model);
    rc = 0;
out:
    bz_drop(&t->labels);
    bz_free(value);
    bz_free(x);
    return rc;
}

int train_labels_as_rows(struct train_table *t, const char *path, const struct bz_layer *layer, bool gaps, char digest[65],
                         struct bz_error *err)
{
    const struct train_data_options user = {.missing = gaps ? "infer" : NULL};
    const struct train_table_options labels = {.user = &user, .labels = true}, rows = {.user = &user};
    if (train_table_read(t, path, &labels, digest, err) < 0)
        return -1;
    if (is_rows(t)) {
        train_table_free(t);
        if (train_table_read(t, path, &rows, digest, err) < 0)
            return -1;
    }
    if (!t->labels && (t->columns > 1 || layer->size == 1 || t->sparse))
        return 0;
    if (expand(t, layer, gaps, err) == 0)
        return 0;
    train_table_free(t);
    return -1;
}
