#include "table_report.h"

#include "json_text.h"
#include "mem.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

enum { COLUMNS_SHOWN = 40 }; /* to people; JSON has them all */

/* What a column holds. */
struct summary {
    double least, largest;
    size_t known, missing, distinct; /* distinct: 0 or 1 of one value, 2 = more than one */
    bool whole;
};

/* One pass over the rows: a summary of each column; the caller's. */
static struct summary *summarise(const struct train_table *t, struct bz_error *err)
{
    struct summary *s = bz_alloc(t->columns, sizeof(*s), err);
    double *row = bz_alloc(t->columns, sizeof(*row), err);
    if (!s || !row) {
        bz_free(s);
        bz_free(row);
        return NULL;
    }
    for (size_t j = 0; j < t->columns; j++)
        s[j].whole = true;
    for (size_t r = 0; r < t->rows; r++) {
        train_table_values(t, r, row);
        for (size_t j = 0; j < t->columns; j++) {
            const double x = row[j];
            if (isnan(x)) {
                s[j].missing++;
                continue;
            }
            if (s[j].known++ == 0)
                s[j].least = s[j].largest = x;
            s[j].least = x < s[j].least ? x : s[j].least;
            s[j].largest = x > s[j].largest ? x : s[j].largest;
            s[j].whole = s[j].whole && x == floor(x);
        }
    }
    bz_free(row);
    for (size_t j = 0; j < t->columns; j++)
        s[j].distinct = s[j].known == 0 ? 0 : s[j].least == s[j].largest ? 1 : 2;
    return s;
}

static const char *kind_of(const struct train_table *t, size_t column)
{
    return t->categories && t->categories[column].n > 0 ? "category" : t->boolean && t->boolean[column] ? "boolean" : "number";
}

static void add_column(cJSON *list, const struct train_table *t, const struct summary *s, size_t j)
{
    cJSON *column = cJSON_CreateObject();
    cJSON_AddStringToObject(column, "name", t->names && t->names[j] ? t->names[j] : "");
    cJSON_AddStringToObject(column, "kind", kind_of(t, j));
    cJSON_AddNumberToObject(column, "number", (double)(t->column_origin ? t->column_origin[j] : j) + 1);
    cJSON_AddNumberToObject(column, "missing", (double)s->missing);
    if (t->categories && t->categories[j].n > 0) {
        cJSON *names = cJSON_AddArrayToObject(column, "categories");
        for (size_t k = 0; k < t->categories[j].n; k++)
            cJSON_AddItemToArray(names, cJSON_CreateString(t->categories[j].names[k]));
    } else if (s->known > 0) {
        cJSON_AddNumberToObject(column, "least", s->least);
        cJSON_AddNumberToObject(column, "largest", s->largest);
        cJSON_AddBoolToObject(column, "whole", s->whole);
    }
    cJSON_AddItemToArray(list, column);
}

static void add_reading(cJSON *root, const struct train_reading *r)
{
    const char separator[] = {r->separator, 0};
    if (r->separator)
        cJSON_AddStringToObject(root, "separator", separator);
    else
        cJSON_AddNullToObject(root, "separator");
    cJSON_AddBoolToObject(root, "header", r->header);
    if (r->base >= 0)
        cJSON_AddNumberToObject(root, "base", (double)r->base);
    else
        cJSON_AddNullToObject(root, "base");
    cJSON *left_out = cJSON_AddArrayToObject(root, "left_out");
    for (size_t i = 0; i < r->n_left_out; i++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "name", r->left_out[i].name);
        cJSON_AddNumberToObject(one, "number", (double)r->left_out[i].column + 1);
        cJSON_AddStringToObject(one, "why", r->left_out[i].why);
        cJSON_AddItemToArray(left_out, one);
    }
    cJSON *said = cJSON_AddArrayToObject(root, "said");
    for (size_t i = 0; i < r->n_said; i++)
        cJSON_AddItemToArray(said, cJSON_CreateString(r->said[i]));
}

int train_table_json(const struct train_table *t, FILE *out, struct bz_error *err)
{
    struct summary *s = summarise(t, err);
    if (!s)
        return -1;
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "file", t->path);
    cJSON_AddStringToObject(root, "format", t->reading.format);
    cJSON_AddNumberToObject(root, "rows", (double)t->rows);
    add_reading(root, &t->reading);
    cJSON *columns = cJSON_AddArrayToObject(root, "columns");
    for (size_t j = 0; j < t->columns; j++)
        add_column(columns, t, &s[j], j);
    char *text = bz_json_print(root, "the report", err);
    bz_free(s);
    if (!text)
        return -1;
    fprintf(out, "%s\n", text);
    bz_free(text);
    return 0;
}

static void print_column(const struct train_table *t, const struct summary *s, size_t j, FILE *out)
{
    char name[96];
    fprintf(out, "  %s: %s", train_table_column(t, j, name, sizeof(name)), kind_of(t, j));
    if (t->categories && t->categories[j].n > 0) {
        fprintf(out, ", %zu categories:", t->categories[j].n);
        for (size_t k = 0; k < t->categories[j].n && k < 8; k++)
            fprintf(out, " %.40s", t->categories[j].names[k]);
        fputs(t->categories[j].n > 8 ? " ..." : "", out);
    } else if (s->known > 0) {
        fprintf(out, ", %.9g to %.9g%s", s->least, s->largest, s->whole ? ", whole numbers" : "");
    }
    if (s->missing > 0)
        fprintf(out, ", %zu of %zu missing", s->missing, t->rows);
    if (s->distinct < 2)
        fputs(s->known == 0 ? "; holds no value" : s->missing > 0 ? "; one value and gaps only" : "; constant", out);
    fputc('\n', out);
}

int train_table_print(const struct train_table *t, FILE *out, struct bz_error *err)
{
    struct summary *s = summarise(t, err);
    if (!s)
        return -1;
    fprintf(out, "%s: %s, %zu rows x %zu columns\n", t->path, t->reading.format, t->rows, t->columns);
    for (size_t i = 0; i < t->reading.n_said; i++)
        fprintf(out, "  %s\n", t->reading.said[i]);
    for (size_t j = 0; j < t->columns && j < COLUMNS_SHOWN; j++)
        print_column(t, &s[j], j, out);
    if (t->columns > COLUMNS_SHOWN)
        fprintf(out, "  and %zu more columns (--json lists them all)\n", t->columns - COLUMNS_SHOWN);
    for (size_t i = 0; i < t->reading.n_left_out; i++)
        fprintf(out, "  left out: column %zu%s%s%s: %s\n", t->reading.left_out[i].column + 1,
                t->reading.left_out[i].name[0] ? " (" : "", t->reading.left_out[i].name,
                t->reading.left_out[i].name[0] ? ")" : "", t->reading.left_out[i].why);
    bz_free(s);
    return 0;
}
