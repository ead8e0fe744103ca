/* Whether labels are plausible, and what is said of those that are to be learned. */
#include "labels.h"

#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

int train_labels_check_new(const struct train_table *t, const char *path, bool learned, struct bz_error *err)
{
    return check_spellings(&t->classes, path, err) < 0 ? -1
           : !learned                                  ? 0
                      : train_labels_check_recur(path, labelled_rows(t->labels, t->rows), t->classes.names, t->classes.n, err);
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
