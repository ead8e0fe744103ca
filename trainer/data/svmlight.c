/* svmlight / libsvm text: `label index:value index:value ...`, indices from 0 or 1 and ascending, zeros left out, # comments.
 */
#include "cells.h"
#include "mem.h"
#include "table.h"

#include <math.h>
#include <string.h>

enum { LINES_LOOKED_AT = 16, MOST_CLASSES = 65536 };

struct token {
    const char *text;
    size_t length;
};

/* The next run of non-blanks before `end`; false at the end of the line or at a comment. */
static bool next_token(const char **p, const char *end, struct token *t)
{
    while (*p < end && (**p == ' ' || **p == '\t' || **p == '\r'))
        ++*p;
    t->text = *p;
    while (*p < end && **p != ' ' && **p != '\t' && **p != '\r' && **p != '#')
        ++*p;
    t->length = (size_t)(*p - t->text);
    return t->length > 0;
}

static const char *line_end(const char *p, const char *end)
{
    const char *newline = memchr(p, '\n', (size_t)(end - p));
    return newline ? newline : end;
}

/* index:value; the index stays text, so that a bad one can be shown. NaN is a value that cannot be stored. */
static bool split_pair(const struct token *t, struct token *index, double *value)
{
    const char *colon = memchr(t->text, ':', t->length);
    if (!colon || colon == t->text)
        return false;
    *index = (struct token){t->text, (size_t)(colon - t->text)};
    const struct bz_cell cell = {colon + 1, t->length - index->length - 1, false};
    const enum bz_cell_kind kind = bz_cell_kind(&cell, '.', NULL, value);
    if (kind == BZ_CELL_GAP && cell.length > 0)
        *value = NAN;
    return kind == BZ_CELL_NUMBER || (kind == BZ_CELL_GAP && cell.length > 0) || kind == BZ_CELL_INFINITE;
}

/* Whether an index is a whole number, as those of pairs are: 08:15 is a time. */
static bool is_index(const struct token *t)
{
    for (size_t i = 0; i < t->length; i++)
        if (t->text[i] < '0' || t->text[i] > '9')
            return false;
    return t->length > 0 && (t->length == 1 || t->text[0] != '0');
}

static bool is_pair(const struct token *t)
{
    struct token index;
    double value;
    return split_pair(t, &index, &value) && is_index(&index);
}

static const char *skip_mark(const char *p, const char *end)
{
    return end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? p + 3 : p;
}

/* The first lines hold a label - a number, a word, or several numbers with commas - and then only index:value pairs, of which
 * there is one at least; a line may be a label alone, and one that begins with a pair lacks its label. Where no line has two
 * parts, words among pairs make it a column of a table: a name above ratios, times of day. */
static bool matches(const uint8_t *data, size_t size)
{
    const char *p = skip_mark((const char *)data, (const char *)data + size), *end = (const char *)data + size;
    struct token t;
    size_t lines = 0, pairs = 0, words = 0;
    bool parts = false;
    for (; lines < LINES_LOOKED_AT && p<end; lines += pairs> 0) {
        const char *stop = line_end(p, end);
        if (next_token(&p, stop, &t)) {
            const bool pair = is_pair(&t);
            pairs += pair;
            words += !pair;
            while (next_token(&p, stop, &t)) {
                if (!is_pair(&t) && !(t.length > 4 && memcmp(t.text, "qid:", 4) == 0))
                    return false;
                pairs++;
                parts = true;
            }
        }
        p = stop + 1;
    }
    return pairs > 0 && (parts || words == 0);
}

struct reader {
    struct train_table *t;
    const char *path;
    size_t line, row; /* from 1 */
    size_t stored, index_room, value_room, start_room, label_room;
    struct bz_text_set classes;
    size_t rounded;       /* values that float32 does not hold */
    size_t queries;       /* rows with a qid */
    long base;            /* of the indices; -1 = not known yet */
    size_t least;         /* the least index seen */
    bool several;         /* a row has several labels: one without any is written as a blank */
    struct bz_error bare; /* the complaint about the first row without a label, if none has several */
};

static int grow_entries(struct reader *r, struct bz_error *err)
{
    struct train_table *t = r->t;
    return bz_grow(&t->index, &r->index_room, r->stored + 1, sizeof(*t->index), err) < 0 ||
                   bz_grow(&t->value, &r->value_room, r->stored + 1, sizeof(*t->value), err) < 0
               ? -1
               : 0;
}

static int grow_rows(struct reader *r, struct bz_error *err)
{
    struct train_table *t = r->t;
    return train_table_check_size(r->path, t->rows + 1, 1, err) < 0 ||
                   bz_grow(&t->row_start, &r->start_room, t->rows + 2, sizeof(*t->row_start), err) < 0 ||
                   bz_grow(&t->labels, &r->label_room, t->rows + 1, sizeof(*t->labels), err) < 0
               ? -1
               : 0;
}

static int complain(const struct reader *r, const struct token *t, const char *what, struct bz_error *err)
{
    return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu (line %zu): '%.*s' %s", r->path, r->row, r->line,
                   (int)(t->length < 40 ? t->length : 40), t->text, what);
}

static int take_pair(struct reader *r, const struct token *t, size_t *last, struct bz_error *err)
{
    struct token index;
    double value, number;
    if (t->length > 4 && memcmp(t->text, "qid:", 4) == 0) { /* which query of a ranking the row belongs to */
        r->queries++;
        return 0;
    }
    if (!split_pair(t, &index, &value))
        return complain(r, t, "is not index:value", err);
    if (bz_parse_number(index.text, index.length, &number) < 0 || number != floor(number) || number < 0)
        return complain(r, t, "has an index that is not a whole number from 0", err);
    if (number == 0 && r->base == 1)
        return complain(r, t, "has index 0, and indices are counted from 1 here (--base 0 counts from 0)", err);
    if (number > (double)BZ_MAX_UNITS)
        return complain(r, t, "has an index beyond the 16777216 columns that are accepted", err);
    if (isnan(value))
        return complain(r, t, "is missing, which sparse rows cannot express; write a dense table (CSV) with gaps", err);
    if (!isfinite((float)value))
        return complain(r, t, "is not finite as a float32", err);
    number += 1; /* counted from 1 until the base is known */
    if ((size_t)number <= *last)
        return complain(r, t, "does not come after the index before it (indices ascend)", err);
    *last = (size_t)number;
    r->least = *last < r->least ? *last : r->least;
    if (*last > r->t->columns)
        r->t->columns = *last;
    if (value == 0)
        return 0;
    if (grow_entries(r, err) < 0)
        return -1;
    r->rounded += (double)(float)value != value;
    r->t->index[r->stored] = (uint32_t)(*last - 1);
    r->t->value[r->stored++] = (float)value;
    return 0;
}

static int refuse_bare(const struct reader *r, const struct token *t, struct bz_error *err)
{
    return complain(r, t,
                    "is in place of the label; expected a label in front of each row (0 where there is none), or "
                    "--sep none for a column of ratios or times",
                    err);
}

static int take_label(struct reader *r, const struct token *t, struct bz_error *err)
{
    const struct bz_cell cell = {t->text, t->length, false};
    char name[256];
    uint32_t label;
    const size_t length = bz_category_text(&cell, name, sizeof(name));
    if (bz_text_set_add(&r->classes, name, length, MOST_CLASSES, &label, err) < 0)
        return bz_fail_in(err, "%s: row %zu: labels", r->path, r->row);
    r->t->labels[r->t->rows] = label;
    r->several = r->several || memchr(t->text, ',', t->length);
    return 0;
}

static int take_line(struct reader *r, const char *p, const char *end, struct bz_error *err)
{
    struct token t;
    const char *start = p;
    size_t last = 0;
    if (!next_token(&p, end, &t))
        return 0; /* a blank line or a comment */
    r->row = r->t->rows + 1;
    if (grow_rows(r, err) < 0)
        return -1;
    if (is_pair(&t) && *start == ' ') {
        if (r->bare.code == BZ_OK)
            refuse_bare(r, &t, &r->bare);
        r->t->labels[r->t->rows] = -1;
        p = start;
    } else if (is_pair(&t)) {
        return refuse_bare(r, &t, err);
    } else if (take_label(r, &t, err) < 0) {
        return -1;
    }
    while (next_token(&p, end, &t))
        if (take_pair(r, &t, &last, err) < 0)
            return -1;
    r->t->row_start[++r->t->rows] = r->stored;
    return 0;
}

/* scikit-learn says in a comment which index is the first. */
static long base_of_comments(const char *p, const char *end)
{
    for (size_t lines = 0; p < end && *p == '#' && lines < 100; lines++) {
        const char *stop = line_end(p, end);
        if (memmem(p, (size_t)(stop - p), "zero-based", 10))
            return 0;
        if (memmem(p, (size_t)(stop - p), "one-based", 9))
            return 1;
        p = stop + 1;
    }
    return -1;
}

/* The first index: the user's setting, the file's own comment, a 0 anywhere, the model's, else 1. */
static int settle_base(struct reader *r, const char *text, const char *end, const struct train_table_options *o,
                       struct bz_error *err)
{
    struct train_table *t = r->t;
    const bool zero = r->least == 1;
    const long asked = o->user->base ? o->user->base[0] - '0' : -1, comment = base_of_comments(text, end);
    const long remembered = o->columns ? o->columns->base : -1;
    r->base = asked >= 0 ? asked : comment >= 0 ? comment : zero ? 0 : remembered >= 0 ? remembered : 1;
    if (zero && r->base == 1)
        return bz_fail(err, BZ_BAD_INPUT, "%s: index 0 occurs, and indices are counted from 1 (%s)", r->path,
                       asked >= 0 ? "--base" : "a comment in the file says so");
    t->reading.base = r->base;
    if (o->columns) {
        const size_t wanted = bz_columns_inputs(o->columns), columns = t->columns - (size_t)r->base;
        if (asked < 0 && comment < 0 && !zero && r->base == 0 && columns > wanted && columns == wanted + 1)
            return bz_fail(
                err, BZ_BAD_INPUT,
                "%s: indices up to %zu; the model has %zu columns and was trained on indices from 0: is this file counted "
                "from 1 (--base 1)?",
                r->path, t->columns - 1, wanted);
    }
    for (size_t k = 0; r->base == 1 && k < r->stored; k++)
        t->index[k]--;
    t->columns -= (size_t)r->base;
    return train_table_say(t, err, "indices are counted from %ld (%s)", r->base,
                           asked >= 0        ? "--base"
                           : comment >= 0    ? "a comment in the file says so"
                           : zero            ? "index 0 occurs"
                           : remembered >= 0 ? "as when the model was trained"
                                             : "no index 0 occurs; --base 0 overrides this");
}

static int read_svmlight(struct train_table *t, struct train_source *s, const struct train_table_options *o,
                         struct bz_error *err)
{
    struct reader r = {.t = t, .path = s->path, .base = o->user->base ? o->user->base[0] - '0' : -1, .least = SIZE_MAX};
    const char *end = (const char *)s->data + s->size, *text = skip_mark((const char *)s->data, end), *p = text;
    uint32_t *rank = NULL;
    int rc = -1;
    t->store = TRAIN_SPARSE;
    t->sparse = true;
    while (p < end) {
        const char *stop = line_end(p, end);
        r.line++;
        if (take_line(&r, p, stop, err) < 0)
            goto out;
        p = stop + 1;
    }
    t->file_rows = t->rows;
    if (r.bare.code != BZ_OK && !r.several) {
        bz_fail(err, r.bare.code, "%s", r.bare.msg);
        goto out;
    }
    if (r.rounded > 0 &&
        train_table_say(t, err, "%zu of %zu values are rounded to float32, as sparse rows hold them", r.rounded, r.stored) < 0)
        goto out;
    if (r.queries > 0 && train_table_say(t, err, "left out: the query (qid) of %zu rows", r.queries) < 0)
        goto out;
    if (settle_base(&r, text, end, o, err) < 0 || bz_text_set_sort(&r.classes, &t->classes, &rank, err) < 0)
        goto out;
    for (size_t i = 0; i < t->rows; i++)
        t->labels[i] = t->labels[i] < 0 ? -1 : (long)rank[t->labels[i]];
    rc = 0;
out:
    bz_free(rank);
    bz_text_set_free(&r.classes);
    return rc;
}

const struct train_format train_format_svmlight = {"svmlight", matches, read_svmlight, false};
