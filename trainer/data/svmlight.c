/* svmlight / libsvm text: `label index:value index:value ...`, indices from 1 and ascending, zeros left out, # comments. */
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

/* index:value; the index stays text, so that a bad one can be shown. */
static bool split_pair(const struct token *t, struct token *index, double *value)
{
    const char *colon = memchr(t->text, ':', t->length);
    if (!colon)
        return false;
    *index = (struct token){t->text, (size_t)(colon - t->text)};
    return bz_parse_number(colon + 1, t->length - index->length - 1, value) == 0;
}

/* The first lines hold a number, then only index:value pairs, and there is such a pair. */
static bool matches(const uint8_t *data, size_t size)
{
    const char *p = (const char *)data, *end = p + size;
    struct token t, index;
    double value;
    bool pairs = false;
    for (size_t lines = 0; lines < LINES_LOOKED_AT && p < end; lines++) {
        const char *stop = line_end(p, end);
        if (next_token(&p, stop, &t)) {
            if (bz_parse_number(t.text, t.length, &value) < 0)
                return false;
            while (next_token(&p, stop, &t)) {
                if (!split_pair(&t, &index, &value))
                    return false;
                pairs = true;
            }
        }
        p = stop + 1;
    }
    return pairs;
}

struct reader {
    struct train_table *t;
    const char *path;
    size_t line, row; /* from 1 */
    size_t stored, room, row_room;
    struct bz_text_set classes;
};

static int grow_entries(struct reader *r, struct bz_error *err)
{
    size_t room = r->room ? 2 * r->room : 1024;
    uint32_t *index = bz_alloc(room, sizeof(*index), err);
    float *value = bz_alloc(room, sizeof(*value), err);
    if (!index || !value) {
        bz_free(index);
        bz_free(value);
        return -1;
    }
    if (r->stored > 0) {
        memcpy(index, r->t->index, r->stored * sizeof(*index));
        memcpy(value, r->t->value, r->stored * sizeof(*value));
    }
    bz_free(r->t->index);
    bz_free(r->t->value);
    r->t->index = index;
    r->t->value = value;
    r->room = room;
    return 0;
}

static int grow_rows(struct reader *r, struct bz_error *err)
{
    size_t room = r->row_room ? 2 * r->row_room : 256;
    if (train_table_check_size(r->path, room, 1, err) < 0)
        return -1;
    size_t *start = bz_alloc(room + 1, sizeof(*start), err);
    long *labels = bz_alloc(room, sizeof(*labels), err);
    if (!start || !labels) {
        bz_free(start);
        bz_free(labels);
        return -1;
    }
    if (r->t->rows > 0) {
        memcpy(start, r->t->row_start, (r->t->rows + 1) * sizeof(*start));
        memcpy(labels, r->t->labels, r->t->rows * sizeof(*labels));
    }
    bz_free(r->t->row_start);
    bz_free(r->t->labels);
    r->t->row_start = start;
    r->t->labels = labels;
    r->row_room = room;
    return 0;
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
    if (t->length > 4 && memcmp(t->text, "qid:", 4) == 0)
        return 0; /* which query of a ranking the row belongs to: no input */
    if (!split_pair(t, &index, &value))
        return complain(r, t, "is not index:value", err);
    if (bz_parse_number(index.text, index.length, &number) < 0 || number != floor(number) || number < 1)
        return complain(r, t, "has an index that is not a whole number from 1", err);
    if (number > (double)BZ_MAX_UNITS)
        return complain(r, t, "has an index beyond the 16777216 columns that are accepted", err);
    if (!isfinite((float)value))
        return complain(r, t, "is too large for a float32", err);
    if ((size_t)number <= *last)
        return complain(r, t, "does not come after the index before it (indices ascend)", err);
    *last = (size_t)number;
    if (*last > r->t->columns)
        r->t->columns = *last;
    if (value == 0)
        return 0;
    if (r->stored == r->room && grow_entries(r, err) < 0)
        return -1;
    r->t->index[r->stored] = (uint32_t)(*last - 1);
    r->t->value[r->stored++] = (float)value;
    return 0;
}

static int take_line(struct reader *r, const char *p, const char *end, struct bz_error *err)
{
    struct token t;
    double value;
    uint32_t label;
    size_t last = 0;
    if (!next_token(&p, end, &t))
        return 0; /* a blank line or a comment */
    r->row = r->t->rows + 1;
    if (bz_parse_number(t.text, t.length, &value) < 0)
        return complain(r, &t, "is not a label (a number)", err);
    if (r->t->rows == r->row_room && grow_rows(r, err) < 0)
        return -1;
    if (bz_text_set_add(&r->classes, t.text, t.length, MOST_CLASSES, &label, err) < 0)
        return bz_fail_in(err, "%s: row %zu: labels", r->path, r->row);
    r->t->labels[r->t->rows] = label;
    while (next_token(&p, end, &t))
        if (take_pair(r, &t, &last, err) < 0)
            return -1;
    r->t->row_start[++r->t->rows] = r->stored;
    return 0;
}

static int read_svmlight(struct train_table *t, struct train_source *s, const struct train_table_options *o,
                         struct bz_error *err)
{
    struct reader r = {.t = t, .path = s->path};
    const char *p = (const char *)s->data, *end = p + s->size;
    uint32_t *rank = NULL;
    int rc = -1;
    (void)o;
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
    if (bz_text_set_sort(&r.classes, &t->classes, &rank, err) < 0)
        goto out;
    for (size_t i = 0; i < t->rows; i++)
        t->labels[i] = rank[t->labels[i]];
    rc = 0;
out:
    bz_free(rank);
    bz_text_set_free(&r.classes);
    return rc;
}

const struct train_format train_format_svmlight = {"svmlight", matches, read_svmlight};
