/* Whether labels are plausible, and what is said of those that are to be learned. */
#include "labels.h"

#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { DIFFERENT_LABELS = 20, SHOWN = 8 };

static size_t labelled_rows(const long *labels, size_t rows)
{
    size_t n = 0;
    for (size_t i = 0; i < rows; i++)
        n += labels[i] >= 0;
    return n;
}

/* Spellings of the same truth value as two classes. */
static int check_spellings(const struct bz_categories *classes, const char *path, struct bz_error *err)
{
    const char *seen[2] = {NULL, NULL}, *first = NULL, *again = NULL;
    size_t words = 0;
    double x;
    bool value = false;
    for (size_t i = 0; i < classes->n; i++) {
        const char *name = classes->names[i];
        const struct bz_cell cell = {name, strlen(name), false};
        if (bz_truth(&cell, &value) >= 0)
            words += cell.length > 1;
        else if (bz_parse_number(name, cell.length, &x) == 0 && (x == 0 || x == 1))
            value = x == 1;
        else
            break;
        if (seen[value] && !again)
            first = seen[value], again = name;
        seen[value] = name;
        if (i + 1 == classes->n && words > 0 && again)
            return bz_fail(err, BZ_BAD_INPUT, "%s: the labels '%s' and '%s' mean the same; expected one spelling of each class",
                           path, first, again);
    }
    return 0;
}

int train_labels_check_recur(const char *path, size_t labelled, char *const *classes, size_t n, struct bz_error *err)
{
    size_t fractions = 0;
    const char *one = n ? classes[0] : "";
    double x;
    if (labelled < DIFFERENT_LABELS || 2 * n <= labelled)
        return 0;
    if (n == labelled)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: each of the %zu labels is a class by itself ('%.40s' is one): identifiers or measurements? "
                       "Expected labels that recur",
                       path, labelled, one);
    for (size_t k = 0; k < n; k++)
        if (bz_parse_number(classes[k], strlen(classes[k]), &x) == 0 && x != floor(x))
            one = classes[k], fractions++;
    if (2 * fractions <= n)
        return 0;
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: %zu different numbers in %zu labels ('%.40s' is one): measurements, of which each would be a class; "
                   "expected labels that recur (ranges of the numbers), or the numbers as a column of --data",
                   path, n, labelled, one);
}

/* Words, and the number of scikit-learn, for rows whose class is not known. */
static bool may_mean_none(const struct bz_categories *classes, const char *name)
{
    static const char *const words[] = {"unknown", "unlabelled", "unlabeled", "undefined", "not available", "none"};
    bool zero = false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(name, words[i]) == 0)
            return true;
    for (size_t k = 0; k < classes->n; k++)
        zero = zero || strcmp(classes->names[k], "0") == 0;
    return zero && classes->n > 2 && strcmp(name, "-1") == 0;
}

static int tell_doubts(struct train_table *t, const char *path, struct bz_error *err)
{
    const struct bz_categories *all = &t->classes;
    size_t rows = 0, same = 0;
    for (size_t k = 0; k < all->n; k++) {
        if (!may_mean_none(all, all->names[k]))
            continue;
        for (size_t r = 0; r < t->rows; r++)
            rows += t->labels[r] == (long)k;
        if (train_table_say(t, err,
                            "%s: '%s', of %zu rows, counts as a class; if it stands for no label, write nothing there (NaN in "
                            "an array), and give --missing infer",
                            path, all->names[k], rows) < 0)
            return -1;
    }
    for (size_t k = 0; k < all->n && all->n < 1000 && same == 0; k++)
        for (size_t l = k + 1; l < all->n && same == 0; l++)
            if (strcasecmp(all->names[k], all->names[l]) == 0 && ++same &&
                train_table_say(t, err, "%s: '%s' and '%s' are two classes, though they differ only in case", path,
                                all->names[k], all->names[l]) < 0)
                return -1;
    return 0;
}

int train_labels_check_new(struct train_table *t, const char *path, bool learned, struct bz_error *err)
{
    if (check_spellings(&t->classes, path, err) < 0)
        return -1;
    if (learned && train_labels_check_recur(path, labelled_rows(t->labels, t->rows), t->classes.names, t->classes.n, err) < 0)
        return -1;
    return tell_doubts(t, path, err);
}

/* Its first lines have several cells. */
static bool have_columns(const struct train_table *labels)
{
    if (!labels->text || !labels->labels || labels->rows < 2)
        return false;
    for (size_t r = 0; r < 2; r++) {
        const char *name = labels->labels[r] >= 0 ? labels->classes.names[labels->labels[r]] : "";
        const size_t at = strcspn(name, ",;\t");
        if (at == 0 || !name[at] || name[at + 1] == ' ')
            return false;
    }
    return true;
}

bool train_labels_are_pairs(const struct train_table *labels)
{
    if (!labels->text || !labels->labels || labels->classes.n < 3 ||
        labels->classes.n != labelled_rows(labels->labels, labels->rows))
        return false;
    const char mark = labels->classes.names[0][strcspn(labels->classes.names[0], ",;\t")];
    for (size_t k = 0; k < labels->classes.n; k++) {
        const char *at = mark ? strchr(labels->classes.names[k], mark) : NULL;
        if (!at || at == labels->classes.names[k] || !at[1] || at[1] == ' ' || strchr(at + 1, mark))
            return false;
    }
    return true;
}

int train_labels_refuse_pairs(const struct train_table *t, const char *path, struct bz_error *err)
{
    return bz_fail(
        err, BZ_BAD_INPUT,
        "%s: two columns in each line, names and labels? --index-column with the column of names of %s matches them; "
        "else expected one label in each line, in the order of the rows",
        path, t->path);
}

int train_labels_refuse_length(const struct train_table *t, const struct train_table *labels, const char *path,
                               struct bz_error *err)
{
    if (train_labels_are_pairs(labels))
        return train_labels_refuse_pairs(t, path, err);
    if (have_columns(labels))
        return bz_fail(
            err, BZ_BAD_INPUT,
            "%s: %zu lines of several columns ('%.40s') for the %zu rows of %s; expected one label in each line, in the "
            "order of the rows",
            path, labels->rows, labels->classes.names[labels->labels[0]], t->rows, t->path);
    return bz_fail(err, BZ_BAD_INPUT, "%s: %zu labels for the %zu rows of %s%s", path, labels->rows, t->rows, t->path,
                   labels->rows == t->rows + 1 ? ": is the first line a header?" : "");
}

int train_labels_say(struct train_data *d, const char *path, struct bz_error *err)
{
    const size_t labelled = labelled_rows(d->labels, d->rows);
    char names[SHOWN * 32 + 8] = "";
    for (size_t k = 0, used = 0; d->classes && k < d->n_classes && k < SHOWN; k++)
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s %.28s", k ? "" : ":", d->classes[k]);
    return train_data_say(d, err, "labels %s: %zu of %zu rows, %zu class%s%s%s%s", path, labelled, d->rows, d->n_classes,
                          d->n_classes == 1 ? "" : "es", names, d->classes && d->n_classes > SHOWN ? " ..." : "",
                          2 * d->n_classes > labelled ? "; most have a single row to be learned from" : "");
}
