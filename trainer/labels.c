#include "labels.h"

#include "categories.h"
#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_CLASSES = 65536, LARGEST_NUMBER = 65535 }; /* classes that numbers may stand for: 0 .. 65535 */

int train_labels_of_numbers(const char *path, const double *x, size_t n, long **codes, struct train_categories *classes,
                            struct bz_error *err)
{
    struct train_text_set set = {0};
    uint32_t *rank = NULL;
    int rc = -1;
    long *out = bz_alloc(n, sizeof(*out), err);
    if (!out)
        return -1;
    for (size_t i = 0; i < n; i++) {
        char text[32];
        uint32_t number;
        if (!isfinite(x[i])) {
            bz_fail(err, BZ_BAD_INPUT, "%s: row %zu: %g is no label", path, i + 1, x[i]);
            goto out;
        }
        int length = snprintf(text, sizeof(text), "%.9g", x[i] == 0 ? 0.0 : x[i]);
        if (train_text_set_add(&set, text, (size_t)length, MOST_CLASSES, &number, err) < 0) {
            bz_fail_in(err, "%s: row %zu: labels", path, i + 1);
            goto out;
        }
        out[i] = number;
    }
    if (train_text_set_sort(&set, classes, &rank, err) < 0)
        goto out;
    for (size_t i = 0; i < n; i++)
        out[i] = rank[out[i]];
    *codes = out;
    out = NULL;
    rc = 0;
out:
    bz_free(out);
    bz_free(rank);
    train_text_set_free(&set);
    return rc;
}

/* A line is one label, whatever is in it; but several numbers are several labels. */
static bool several_numbers(const char *text)
{
    size_t fields = 0;
    for (const char *at = text;; fields++) {
        const size_t length = strcspn(at, ",;\t");
        double number;
        if (train_parse_number(at, length, &number) < 0)
            return false;
        if (!at[length])
            return fields > 0;
        at += length + 1;
    }
}

static int refuse_several(const char *path, const long *codes, size_t n, const struct train_categories *classes,
                          struct bz_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (codes[i] >= 0 && several_numbers(classes->names[codes[i]]))
            return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu: two labels for one row: '%.40s', want one label a row", path, i + 1,
                           classes->names[codes[i]]);
    return 0;
}

/* The labels of a table that is one column of labels: codes and classes. */
static int labels_of_table(struct train_table *labels, long **codes, struct train_categories *classes, struct bz_error *err)
{
    if (labels->columns != 1)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %zu values a row, want one label a row", labels->path, labels->columns);
    double *numbers = bz_alloc(labels->rows, sizeof(*numbers), err);
    if (!numbers)
        return -1;
    int rc = 0;
    for (size_t i = 0; i < labels->rows; i++)
        numbers[i] = labels->u8 ? labels->u8[i] : (double)labels->f32[i];
    if (labels->categories && labels->categories[0].n > 0) {
        *codes = bz_alloc(labels->rows, sizeof(long), err);
        rc = *codes ? 0 : -1;
        for (size_t i = 0; rc == 0 && i < labels->rows; i++)
            (*codes)[i] = (long)numbers[i];
        if (rc == 0)
            rc = refuse_several(labels->path, *codes, labels->rows, &labels->categories[0], err);
        if (rc == 0) {
            *classes = labels->categories[0];
            labels->categories[0] = (struct train_categories){0};
        }
    } else {
        rc = train_labels_of_numbers(labels->path, numbers, labels->rows, codes, classes, err);
    }
    bz_free(numbers);
    return rc;
}

int train_labels_read(struct train_table *t, const char *path, char digest[65], struct bz_error *err)
{
    static const struct train_data_options nothing;
    const struct train_table_options o = {.user = &nothing, .labels = true};
    struct train_table labels;
    int rc = -1;
    if (t->labels && !t->sparse)
        return bz_fail(err, BZ_BAD_INPUT, "%s: two labels for one row: from --labels %s and from --label-column", t->path,
                       path);
    if (train_table_read(&labels, path, &o, digest, err) < 0)
        return -1;
    bool whole_file = labels.rows == t->file_rows;
    if (labels.sparse || (!whole_file && labels.rows != t->rows)) {
        bz_fail(err, BZ_BAD_INPUT, "%s: %zu labels for the %zu rows of %s", path, labels.rows, t->rows, t->path);
        goto out;
    }
    bz_free(t->labels); /* the labels that every svmlight file has */
    train_texts_free(t->classes.names, t->classes.n);
    t->labels = NULL;
    t->classes = (struct train_categories){0};
    if (labels_of_table(&labels, &t->labels, &t->classes, err) < 0)
        goto out;
    for (size_t i = 0; whole_file && t->origin && i < t->rows; i++)
        t->labels[i] = t->labels[t->origin[i]];
    rc = 0;
out:
    train_table_free(&labels);
    return rc;
}

/* If the classes are whole numbers 0 .. 65535: value[n] of each, and true. */
static bool classes_are_numbers(const struct train_categories *classes, long *value)
{
    for (size_t i = 0; i < classes->n; i++) {
        double x;
        if (train_parse_number(classes->names[i], strlen(classes->names[i]), &x) < 0 || x < 0 || x > LARGEST_NUMBER ||
            x != floor(x))
            return false;
        value[i] = (long)x;
    }
    return true;
}

/* Numbers classes by names that are given; a class that is not among them is refused, or (strict false) missing. */
static int number_by_names(const struct train_table *t, char *const *names, size_t n, const char *whose, bool strict,
                           long *value, struct bz_error *err)
{
    for (size_t i = 0; i < t->classes.n; i++) {
        value[i] = train_categories_find(names, n, t->classes.names[i]);
        if (value[i] >= 0 || !strict)
            continue;
        size_t row = 0;
        while (row + 1 < t->rows && t->labels[row] != (long)i)
            row++;
        return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu: label '%.64s' is not among the %zu classes of %s", t->path,
                       train_table_row(t, row), t->classes.names[i], n, whose);
    }
    return 0;
}

static char **copy_names(char *const *names, size_t n, struct bz_error *err)
{
    char **copy = bz_alloc(n, sizeof(char *), err);
    for (size_t i = 0; copy && i < n; i++) {
        copy[i] = bz_strdup(names[i], err);
        if (!copy[i]) {
            train_texts_free(copy, i);
            return NULL;
        }
    }
    return copy;
}

static const struct bz_layer *label_layer(const struct bz_machine *model)
{
    for (size_t l = 0; model && l < model->n_layers; l++)
        if (model->layers[l].role == BZ_LABEL)
            return &model->layers[l];
    return NULL;
}

/* value[classes.n]: the class number of each class text; sets d->classes and d->n_classes. */
static int number_classes(struct train_data *d, const struct train_table *t, const struct train_data *like,
                          const struct bz_machine *model, bool strict, long *value, struct bz_error *err)
{
    const struct bz_layer *layer = label_layer(model);
    char *const *names = like ? like->classes : layer ? layer->categories : NULL;
    size_t n = names ? (like ? like->n_classes : layer->n_categories) : 0;
    if (names) {
        d->n_classes = n;
        d->classes = copy_names(names, n, err);
        return d->classes ? number_by_names(t, names, n, like ? "the training data" : "the model", strict, value, err) : -1;
    }
    if (classes_are_numbers(&t->classes, value)) {
        size_t most = 0;
        for (size_t i = 0; i < t->classes.n; i++)
            most = (size_t)value[i] + 1 > most ? (size_t)value[i] + 1 : most;
        size_t bound = like && like->labels ? like->n_classes : layer ? layer->size : 0;
        for (size_t i = 0; !strict && bound > 0 && i < t->classes.n; i++)
            value[i] = value[i] < (long)bound ? value[i] : -1;
        if (strict && bound > 0 && most > bound)
            return bz_fail(err, BZ_BAD_INPUT, "%s: label %zu, want 0 to %zu as in the %s", t->path, most - 1, bound - 1,
                           like ? "training data" : "model");
        d->n_classes = bound > 0 ? bound : most;
        return 0;
    }
    for (size_t i = 0; i < t->classes.n; i++)
        value[i] = (long)i;
    d->n_classes = t->classes.n;
    d->classes = copy_names(t->classes.names, t->classes.n, err);
    return d->classes ? 0 : -1;
}

int train_labels_settle(struct train_data *d, struct train_table *t, const struct train_data *like,
                        const struct bz_machine *model, bool strict, struct bz_error *err)
{
    long *value = bz_alloc(t->classes.n, sizeof(long), err);
    if (!value)
        return -1;
    int rc = number_classes(d, t, like, model, strict, value, err);
    for (size_t i = 0; rc == 0 && i < t->rows; i++)
        if (t->labels[i] >= 0)
            t->labels[i] = value[t->labels[i]];
    bz_free(value);
    if (rc < 0)
        return -1;
    d->labels = t->labels;
    t->labels = NULL;
    return 0;
}
