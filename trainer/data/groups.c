/* One-hot groups of columns become columns of categories. */
#include "mem.h"
#include "parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which value of a group is 1; NaN if one is missing, -1 if the group is not one-hot. */
static double group_code(const struct train_table *t, size_t row, size_t first, size_t width)
{
    double code = -1;
    for (size_t k = 0; k < width; k++) {
        const double x = train_table_value(t, row, first + k);
        if (isnan(x))
            return NAN;
        if (x != 0 && (x != 1 || code >= 0))
            return -1;
        code = x == 1 ? (double)k : code;
    }
    return code;
}

static int parse_widths(const struct train_table *t, const char *text, size_t *widths, size_t *n, struct bz_error *err)
{
    size_t sum = 0;
    const char *p = text;
    for (*n = 0; *n < t->columns; p++) {
        char *end;
        const unsigned long width = *p >= '0' && *p <= '9' ? strtoul(p, &end, 10) : 0;
        if (width < 2 || width > t->columns - sum || (*end != ',' && *end != 0))
            break;
        widths[(*n)++] = width;
        sum += width;
        p = end;
        if (*p == 0)
            break;
    }
    if (sum != t->columns || *p != 0)
        return bz_fail(
            err, BZ_BAD_USAGE,
            "--groups %.64s: expected auto, off, or widths of 2 and more, commas between, %zu in all as %s has columns", text,
            t->columns, t->path);
    return 0;
}

/* Categories 0 .. width-1, or the columns' own names. */
static int name_categories(struct bz_categories *c, const struct train_table *t, size_t first, size_t width,
                           struct bz_error *err)
{
    char text[32];
    if (!(c->names = bz_alloc(width, sizeof(char *), err)))
        return -1;
    for (; c->n < width; c->n++) {
        const char *name = t->names ? t->names[first + c->n] : NULL;
        snprintf(text, sizeof(text), "%zu", c->n);
        if (!(c->names[c->n] = bz_strdup(name ? name : text, err)))
            return -1;
    }
    return 0;
}

static int fill_groups(const struct train_table *t, const size_t *widths, size_t n, double *codes, struct bz_error *err)
{
    for (size_t r = 0; r < t->rows; r++)
        for (size_t g = 0, first = 0; g < n; first += widths[g++]) {
            const double code = group_code(t, r, first, widths[g]);
            codes[r * n + g] = code;
            if (code < 0)
                return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu, columns %zu to %zu: not one 1 among 0 (group %zu of --groups)",
                               t->path, train_table_row(t, r), first + 1, first + widths[g], g + 1);
        }
    return 0;
}

static void take_codes(struct train_table *t, double *codes, struct bz_categories *categories, size_t n)
{
    bz_texts_free(t->names, t->columns);
    t->names = NULL;
    bz_drop(&t->boolean);
    train_table_drop_values(t);
    t->f64 = codes;
    t->store = TRAIN_F64;
    t->categories = categories;
    t->columns = n;
    t->rank = 0;
    t->text = false;
}

static int make_groups(struct train_table *t, const size_t *widths, size_t n, struct bz_error *err)
{
    double *codes = bz_alloc(t->rows * n, sizeof(*codes), err);
    struct bz_categories *categories = bz_alloc(n, sizeof(*categories), err);
    int rc = codes && categories ? fill_groups(t, widths, n, codes, err) : -1;
    for (size_t g = 0, first = 0; rc == 0 && g < n; first += widths[g++])
        rc = name_categories(&categories[g], t, first, widths[g], err);
    if (rc == 0) {
        take_codes(t, codes, categories, n);
        return 0;
    }
    for (size_t g = 0; categories && g < n; g++)
        bz_texts_free(categories[g].names, categories[g].n);
    bz_free(categories);
    bz_free(codes);
    return -1;
}

bool train_groups_word(const char *groups)
{
    return strcmp(groups, "off") == 0 || strcmp(groups, "auto") == 0;
}

int train_table_groups(struct train_table *t, const char *text, struct bz_error *err)
{
    size_t n, *widths = bz_alloc(t->columns, sizeof(*widths), err);
    int rc = -1;
    if (!widths)
        return -1;
    if (t->store == TRAIN_SPARSE || t->categories)
        bz_fail(err, BZ_BAD_USAGE, "--groups: %s is not a table of numbers, expected 0 and 1 in every column", t->path);
    else if (parse_widths(t, text, widths, &n, err) == 0)
        rc = make_groups(t, widths, n, err);
    bz_free(widths);
    return rc;
}

/* --- widths found from the rows --- */

enum { ENOUGH_ROWS = 10, FAULTS_IN = 10 }; /* at most one row in this many may deviate from the others */

/* What the rows have in common: one 1 in each group of columns. */
struct widths {
    size_t *width, n;                /* [n], owned; n = 0: nothing */
    size_t faults, row, first, last; /* rows that deviate, and the first of them with its group's columns */
};

/* Adds column j to the sums of rows since a group began; how many sums are 1. Rows with gaps do not count. */
static size_t add_to_sums(const struct train_table *t, size_t j, double *sum)
{
    size_t ones = 0;
    for (size_t r = 0; r < t->rows; r++) {
        sum[r] += train_table_value(t, r, j);
        ones += sum[r] == 1;
    }
    return ones;
}

/* The end of the group that begins at `first`: before the column that makes fewer rows' sums 1. 0 = undecidable, as when a
 * column of 0 follows, which may belong to either group. *ones: rows whose sum is 1. */
static size_t end_of_group(const struct train_table *t, size_t first, double *sum, size_t *ones)
{
    size_t j = first, before;
    memset(sum, 0, t->rows * sizeof(*sum));
    *ones = add_to_sums(t, j++, sum);
    for (; j < t->columns; j++) {
        before = *ones;
        *ones = add_to_sums(t, j, sum);
        if (*ones == before)
            return 0;
        if (*ones < before) {
            *ones = before;
            break;
        }
    }
    return j - first < 2 ? 0 : j;
}

static void note_faults(const struct train_table *t, struct widths *w)
{
    for (size_t r = 0; r < t->rows; r++) {
        bool broken = false;
        for (size_t g = 0, first = 0; g < w->n && !broken; first += w->width[g++]) {
            double sum = 0;
            for (size_t k = 0; k < w->width[g]; k++)
                sum += train_table_value(t, r, first + k);
            broken = !isnan(sum) && sum != 1;
            if (broken && w->faults == 0) {
                w->row = r;
                w->first = first;
                w->last = first + w->width[g] - 1;
            }
        }
        w->faults += broken;
    }
}

/* Fills *w with groups of two columns and more that (nearly) all rows agree on; t holds nothing but 0, 1 and gaps. */
static int find_widths(const struct train_table *t, struct widths *w, struct bz_error *err)
{
    *w = (struct widths){0};
    double *sum = bz_alloc(t->rows, sizeof(*sum), err);
    w->width = bz_alloc(t->columns, sizeof(*w->width), err);
    if (!sum || !w->width) {
        bz_free(sum);
        bz_free(w->width);
        return -1;
    }
    for (size_t first = 0, end; first < t->columns; first = end) {
        size_t ones;
        if ((end = end_of_group(t, first, sum, &ones)) == 0 || ones < t->rows - t->rows / FAULTS_IN) {
            w->n = 0;
            break;
        }
        w->width[w->n++] = end - first;
    }
    bz_free(sum);
    note_faults(t, w);
    if (t->rows < ENOUGH_ROWS || w->faults > t->rows / FAULTS_IN)
        w->n = 0;
    return 0;
}

static const char *widths_text(const struct widths *w, char *text, size_t room)
{
    size_t used = 0;
    for (size_t g = 0; g < w->n && used + 24 < room; g++)
        used += (size_t)snprintf(text + used, room - used, "%s%zu", g ? "," : "", w->width[g]);
    if (used + 24 >= room)
        snprintf(text + used, room - used, ",...");
    return text;
}

static bool are_bits(const struct train_table *t)
{
    if (t->store == TRAIN_SPARSE || t->categories)
        return false;
    const struct train_range r = train_table_range(t, NULL, t->columns);
    return r.n > 0 && r.whole && r.least >= 0 && r.largest <= 1;
}

int train_table_find_groups(struct train_table *t, struct bz_error *err)
{
    struct widths w;
    char text[120];
    int rc = -1;
    if (!are_bits(t))
        return 0;
    if (find_widths(t, &w, err) < 0)
        return -1;
    widths_text(&w, text, sizeof(text));
    if (w.n == 0)
        bz_fail(err, BZ_BAD_INPUT,
                "%s: rows of 0 and 1 in which no one-hot groups can be found; expected --groups with their widths, separated "
                "by commas (--categorical makes each column categories)",
                t->path);
    else if (w.faults > 0)
        bz_fail(err, BZ_BAD_INPUT,
                "%s: row %zu, columns %zu to %zu: not one 1 among 0, although %zu of %zu rows are one-hot groups of widths %s",
                t->path, train_table_row(t, w.row), w.first + 1, w.last + 1, t->rows - w.faults, t->rows, text);
    else if (train_table_say(t, err, "one-hot groups of widths %s were found (--groups)", text) == 0)
        rc = make_groups(t, w.width, w.n, err);
    bz_free(w.width);
    return rc;
}

int train_table_hint_groups(struct train_table *t, bool asked, struct bz_error *err)
{
    struct widths w;
    char text[120];
    size_t groups;
    int rc = 0;
    if (t->rows < 2 || t->columns < 2 || !are_bits(t))
        return 0;
    if (!asked && train_table_one_hot(t, &groups) && t->rank == 2 && groups == t->shape[0] && !t->levels)
        return train_table_say(t, err, "every row is %zu positions of %zu states (--visible-unit bernoulli takes them as bits)",
                               groups, t->shape[1]);
    if (train_table_one_hot(t, &groups))
        return train_table_say(t, err,
                               "every row is %zu one-hot group%s of %zu values; --visible-unit softmax learns them as such",
                               groups, groups == 1 ? "" : "s", t->columns / groups);
    if (find_widths(t, &w, err) < 0)
        return -1;
    widths_text(&w, text, sizeof(text));
    if (w.n > 0 && w.faults == 0)
        rc = train_table_say(t, err, "every row is one-hot groups of widths %s; --groups %s learns them as such", text, text);
    else if (w.n > 0)
        rc = train_table_say(t, err, "%zu of %zu rows are one-hot groups of widths %s; row %zu, columns %zu to %zu is not",
                             t->rows - w.faults, t->rows, text, train_table_row(t, w.row), w.first + 1, w.last + 1);
    bz_free(w.width);
    return rc;
}
