/* Weka's ARFF files, dense and sparse: converted to a text table with the same lines for the reader of text tables. Values left
 * out of a sparse row are 0, or the first value of a nominal attribute. */
#include "mem.h"
#include "number_text.h"
#include "table.h"
#include "text_lines.h"
#include "text_stream.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_ATTRIBUTES = 1 << 20 };

struct attribute {
    char *name;                /* owned */
    char *first;               /* owned: a nominal one's first value; NULL = a number */
    bool codes;                /* nominal, and all its values are numbers */
    struct bz_text_set values; /* declared values of a nominal one */
};

struct arff {
    struct train_lines l;
    struct attribute *attributes; /* [n] */
    size_t n, room;
    char **cells; /* [n] of a row; NULL = missing; owned */
    FILE *to;
    double *weights;                        /* [rows] 1 where none is given; owned */
    size_t rows, room_of_weights, weighted; /* weighted: how many are given */
};

static void arff_free(struct arff *a)
{
    for (size_t k = 0; k < a->n; k++) {
        bz_free(a->attributes[k].name);
        bz_free(a->attributes[k].first);
        bz_text_set_free(&a->attributes[k].values);
        if (a->cells)
            bz_free(a->cells[k]);
    }
    bz_free(a->attributes);
    bz_free(a->cells);
    bz_free(a->weights);
}

/* Whether the first line that is not a comment is @relation. */
static bool matches(const uint8_t *data, size_t size)
{
    struct train_lines l = {.path = "", .at = (const char *)data, .end = (const char *)data + size};
    while (train_next_line(&l))
        if (!train_line_is_blank(&l) && l.line[0] != '%')
            return l.length > 9 && strncasecmp(l.line, "@relation", 9) == 0;
    return false;
}

/* A word, or a text in quotes whose escapes are undone, from *at; NULL with the error set, or without memory. `stops` end a
 * word. */
static char *take_text(const struct arff *a, const char **at, const char *end, const char *stops, bool *quoted,
                       struct bz_error *err)
{
    const char *p = *at;
    char *out = bz_alloc((size_t)(end - p) + 1, 1, err);
    size_t n = 0;
    if (!out)
        return NULL;
    *quoted = p < end && (*p == '\'' || *p == '"');
    if (*quoted) {
        const char quote = *p++;
        while (p < end && *p != quote) {
            if (*p == '\\' && p + 1 < end)
                p++;
            out[n++] = *p++;
        }
        if (p == end) {
            train_line_fail(&a->l, err, "a quote without an end");
            bz_free(out);
            return NULL;
        }
        p++;
    } else {
        while (p < end && !strchr(stops, *p))
            out[n++] = *p++;
        while (n > 0 && (out[n - 1] == ' ' || out[n - 1] == '\t'))
            n--;
    }
    out[n] = 0;
    *at = p;
    return out;
}

static void skip(const char **at, const char *end)
{
    while (*at < end && (**at == ' ' || **at == '\t' || **at == '\r'))
        ++*at;
}

/* low, mid, high} */
static int read_values(struct arff *a, struct attribute *x, const char *at, const char *end, struct bz_error *err)
{
    x->codes = true;
    for (;;) {
        bool quoted;
        double number;
        skip(&at, end);
        char *value = take_text(a, &at, end, ",}", &quoted, err);
        if (!value)
            return -1;
        x->codes = x->codes && bz_parse_number(value, strlen(value), &number) == 0;
        uint32_t place;
        const int rc = bz_text_set_add(&x->values, value, strlen(value), MOST_ATTRIBUTES, &place, err);
        if (x->first || rc < 0)
            bz_free(value);
        else
            x->first = value;
        if (rc < 0)
            return -1;
        skip(&at, end);
        if (at == end || (*at != ',' && *at != '}'))
            return train_line_fail(&a->l, err, "expected a list of values in { }");
        if (*at++ == '}')
            return 0;
    }
}

/* "{low, mid, high}" or the name of a type. */
static int read_type(struct arff *a, struct attribute *x, const char *at, const char *end, struct bz_error *err)
{
    static const char *const numbers[] = {"numeric", "real", "integer"};
    skip(&at, end);
    if (at < end && *at == '{')
        return read_values(a, x, at + 1, end, err);
    if (end - at >= 10 && strncasecmp(at, "relational", 10) == 0)
        return train_line_fail(&a->l, err, "a relational attribute, expected numbers, words or a list of values");
    for (size_t k = 0; k < 3; k++)
        if ((size_t)(end - at) >= strlen(numbers[k]) && strncasecmp(at, numbers[k], strlen(numbers[k])) == 0)
            return 0;
    return (x->first = bz_strdup("", err)) ? 0 : -1; /* strings and dates are empty if left out of a sparse row */
}

static int read_attribute(struct arff *a, struct bz_error *err)
{
    const char *at = a->l.line + 10, *const end = a->l.line + a->l.length;
    bool quoted;
    if (a->n == MOST_ATTRIBUTES)
        return train_line_fail(&a->l, err, "more than %d attributes", MOST_ATTRIBUTES);
    if (bz_grow(&a->attributes, &a->room, a->n + 1, sizeof(*a->attributes), err) < 0)
        return -1;
    struct attribute *x = &a->attributes[a->n];
    *x = (struct attribute){0};
    skip(&at, end);
    if (!(x->name = take_text(a, &at, end, " \t{", &quoted, err)))
        return -1;
    a->n++;
    return x->name[0] ? read_type(a, x, at, end, err) : train_line_fail(&a->l, err, "an attribute without a name");
}

/* Quoted as in RFC 4180. */
static void put_cell(FILE *to, const char *text, bool always)
{
    if (!always && !strpbrk(text, ",\"\n\r '")) {
        fputs(text, to);
        return;
    }
    fputc('"', to);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

static int put_row(struct arff *a, double weight, struct bz_error *err)
{
    if (bz_grow(&a->weights, &a->room_of_weights, a->rows + 1, sizeof(*a->weights), err) < 0)
        return -1;
    a->weights[a->rows++] = weight;
    for (size_t k = 0; k < a->n; k++) {
        fputs(k ? "," : "", a->to);
        if (a->cells[k])
            put_cell(a->to, a->cells[k], false);
        bz_drop(&a->cells[k]);
    }
    fputc('\n', a->to);
    return 0;
}

/* {2}: the weight of a row. */
static int take_weight(struct arff *a, const char *at, const char *end, double *weight, struct bz_error *err)
{
    const char *stop = memchr(at, '}', (size_t)(end - at)), *rest = stop ? stop + 1 : end;
    at++;
    skip(&at, end);
    skip(&rest, end);
    while (stop && stop > at && (stop[-1] == ' ' || stop[-1] == '\t'))
        stop--;
    if (!stop || rest < end || stop <= at || bz_parse_number(at, (size_t)(stop - at), weight) < 0 || !(*weight >= 0) ||
        !isfinite(*weight))
        return train_line_fail(&a->l, err, "the weight of a row: expected a number from 0 in braces");
    a->weighted++;
    return 0;
}

/* The end of a row: nothing, or a comma and its weight. */
static int take_end(struct arff *a, const char *at, const char *end, struct bz_error *err)
{
    double weight = 1;
    const bool comma = at < end && *at == ',';
    at += comma;
    skip(&at, end);
    if (at < end && *at == '{' && take_weight(a, at, end, &weight, err) < 0)
        return -1;
    if (at < end && *at != '{')
        return train_line_fail(&a->l, err, comma ? "more than %zu values" : "text behind the last of %zu values", a->n);
    return comma && at == end ? train_line_fail(&a->l, err, "more than %zu values", a->n) : put_row(a, weight, err);
}

/* A nominal attribute has only the declared values. */
static int check_declared(const struct arff *a, size_t k, struct bz_error *err)
{
    struct attribute *x = &a->attributes[k];
    const size_t declared = x->values.n;
    uint32_t place;
    if (declared == 0 || !a->cells[k])
        return 0;
    if (bz_text_set_add(&x->values, a->cells[k], strlen(a->cells[k]), SIZE_MAX, &place, err) < 0)
        return -1;
    return x->values.n == declared
               ? 0
               : train_line_fail(&a->l, err, "'%.40s' is not one of the %zu values that the header declares for %.64s",
                                 a->cells[k], declared, x->name);
}

/* A value into cells[k]; an unquoted ? or KEEL's <null> is missing. */
static int take_cell(struct arff *a, size_t k, const char **at, const char *end, const char *stops, struct bz_error *err)
{
    bool quoted;
    skip(at, end);
    bz_free(a->cells[k]);
    if (!(a->cells[k] = take_text(a, at, end, stops, &quoted, err)))
        return -1;
    if (!quoted && (strcmp(a->cells[k], "?") == 0 || strcmp(a->cells[k], "<null>") == 0))
        bz_drop(&a->cells[k]);
    skip(at, end);
    return check_declared(a, k, err);
}

static int read_dense(struct arff *a, struct bz_error *err)
{
    const char *at = a->l.line, *const end = at + a->l.length;
    for (size_t k = 0; k < a->n; k++) {
        if (take_cell(a, k, &at, end, ",", err) < 0)
            return -1;
        if (k + 1 < a->n && (at == end || *at != ','))
            return train_line_fail(&a->l, err, "%zu values, expected %zu", k + 1, a->n);
        at += k + 1 < a->n;
    }
    return take_end(a, at, end, err);
}

static int read_sparse(struct arff *a, struct bz_error *err)
{
    const char *at = a->l.line + 1, *const end = a->l.line + a->l.length;
    for (size_t k = 0; k < a->n; k++) {
        bz_free(a->cells[k]);
        if (!(a->cells[k] = bz_strdup(a->attributes[k].first ? a->attributes[k].first : "0", err)))
            return -1;
    }
    skip(&at, end);
    while (at < end && *at != '}') {
        char *stop;
        const unsigned long k = strtoul(at, &stop, 10);
        if (stop == at || *at == '-' || *at == '+' || k >= a->n || (*stop != ' ' && *stop != '\t'))
            return train_line_fail(&a->l, err, "expected the number of an attribute, 0 to %zu, and its value", a->n - 1);
        at = stop;
        if (take_cell(a, k, &at, end, ",}", err) < 0)
            return -1;
        if (at < end && *at == ',') {
            at++;
            skip(&at, end);
        } else if (at == end || *at != '}')
            return train_line_fail(&a->l, err, "expected a comma or } after the value of attribute %lu", k);
    }
    if (at == end)
        return train_line_fail(&a->l, err, "a sparse row without an end");
    at++;
    skip(&at, end);
    return take_end(a, at, end, err);
}

/* Lines before the data become empty, so that line numbers stay those of the file. */
static int read_head(struct arff *a, struct bz_error *err)
{
    while (train_next_line(&a->l)) {
        if (a->l.length >= 5 && strncasecmp(a->l.line, "@data", 5) == 0) {
            for (size_t k = 0; k < a->n; k++) {
                fputs(k ? "," : "", a->to);
                put_cell(a->to, a->attributes[k].name, true);
            }
            fputc('\n', a->to);
            if (a->n == 0)
                return train_line_fail(&a->l, err, "data without attributes");
            return (a->cells = bz_alloc(a->n, sizeof(char *), err)) ? 0 : -1;
        }
        if (a->l.length > 11 && strncasecmp(a->l.line, "@attribute", 10) == 0 && read_attribute(a, err) < 0)
            return -1;
        fputc('\n', a->to);
    }
    return train_line_fail(&a->l, err, "ends without @data");
}

static int convert(struct arff *a, struct bz_error *err)
{
    if (read_head(a, err) < 0)
        return -1;
    while (train_next_line(&a->l)) {
        if (train_line_is_blank(&a->l) || a->l.line[0] == '%')
            continue;
        if ((a->l.line[0] == '{' ? read_sparse(a, err) : read_dense(a, err)) < 0)
            return -1;
        if ((size_t)ftello(a->to) > train_source_limit())
            return train_line_fail(&a->l, err, "the rows, written as text, take more than the %zu bytes that are accepted",
                                   train_source_limit());
    }
    return 0;
}

/* The weights of the rows that were kept; those that are all the same change nothing. */
static int keep_weights(struct train_table *t, const struct arff *a, const struct train_table_options *o, struct bz_error *err)
{
    const bool turned = o->user->transpose; /* its rows are the file's columns */
    bool differ = false;
    double sum = 0;
    for (size_t i = 0; i < (turned ? a->rows : t->rows); i++) {
        const double weight = a->weights[t->origin && !turned ? t->origin[i] : i];
        sum += weight;
        differ = differ || weight != a->weights[0];
    }
    if (!differ || o->labels)
        return 0;
    if (turned)
        return bz_fail(err, BZ_BAD_USAGE, "--transpose: %s: rows have weights, as {2} at their ends, and columns none",
                       t->path);
    if (o->user->weights)
        return train_table_say(t, err, "weights at the ends of rows are left out: --weights gives others");
    if (!(sum > 0 && isfinite(sum)))
        return bz_fail(err, BZ_BAD_INPUT, "%s: expected a row with a weight above 0, found none", t->path);
    if (!(t->weights = bz_alloc(t->rows, sizeof(*t->weights), err)))
        return -1;
    for (size_t i = 0; i < t->rows; i++)
        t->weights[i] = a->weights[t->origin ? t->origin[i] : i];
    return train_table_say(t, err, "%zu rows have a weight at their ends: train and evaluate count a row as often as it says",
                           a->weighted);
}

/* The user's --categorical, and nominal attributes whose values look like numbers. */
static int list_nominal(const struct arff *a, const struct train_table_options *o, struct bz_list *out, struct bz_error *err)
{
    *out = (struct bz_list){0};
    if (!(out->items = bz_alloc(o->user->categorical.n + a->n, sizeof(*out->items), err)))
        return -1;
    for (size_t k = 0; k < o->user->categorical.n; k++)
        out->items[out->n++] = o->user->categorical.items[k];
    for (size_t k = 0; k < a->n; k++)
        if (a->attributes[k].codes && !strchr(a->attributes[k].name, ',') &&
            !(o->user->label_column && strcmp(o->user->label_column, a->attributes[k].name) == 0))
            out->items[out->n++] = a->attributes[k].name;
    return 0;
}

static int read_arff(struct train_table *t, struct train_source *s, const struct train_table_options *o, struct bz_error *err)
{
    struct arff a = {.l = {.path = s->path, .at = (const char *)s->data, .end = (const char *)s->data + s->size}};
    struct train_source text = {.path = s->path};
    struct train_data_options user = *o->user;
    struct train_table_options with = *o;
    struct bz_text lines;
    a.to = bz_text_begin(&lines, err);
    if (!a.to)
        return -1;
    int rc = convert(&a, err);
    if (rc == 0)
        rc = bz_text_end(&lines, "the rows of a file", err);
    text.data = (uint8_t *)lines.text;
    text.size = lines.size;
    user.header = "first";
    user.separator = ",";
    with.user = &user;
    with.made = true;
    if (rc == 0)
        rc = list_nominal(&a, o, &user.categorical, err);
    if (rc == 0)
        rc = train_format_csv.read(t, &text, &with, err);
    if (rc == 0 && a.weighted > 0)
        rc = keep_weights(t, &a, o, err);
    bz_free(user.categorical.items != o->user->categorical.items ? (void *)user.categorical.items : NULL);
    bz_text_free(&lines);
    arff_free(&a);
    return rc;
}

const struct train_format train_format_arff = {"ARFF", matches, read_arff, false};
