#include "table_report.h"

#include "json_text.h"
#include "mem.h"
#include "unit.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_SHOWN = 40 }; /* columns listed as text; JSON has them all */

static void see(struct train_summary *s, double x)
{
    if (isnan(x)) {
        s->missing++;
        return;
    }
    if (s->known++ == 0)
        s->least = s->largest = x;
    s->least = fmin(s->least, x);
    s->largest = fmax(s->largest, x);
    s->whole = s->whole && x == floor(x);
}

/* FNV-1a of a number's bytes; -0 counts as 0, every NaN as one. */
static uint64_t hash_number(uint64_t h, double x)
{
    uint64_t bits;
    x = isnan(x) ? (double)NAN : x + 0;
    memcpy(&bits, &x, sizeof(bits));
    for (int k = 0; k < 64; k += 8)
        h = (h ^ (bits >> k & 255)) * 0x100000001b3u;
    return h;
}

static int by_hash(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

enum { SEED = 0x811c9dc5 };

static int look_at_rows(struct train_table_view *v, const struct train_table *t, uint64_t *hash, struct bz_error *err)
{
    double *row = bz_alloc(t->columns, sizeof(*row), err);
    for (size_t r = 0; row && r < t->rows; r++) {
        hash[r] = SEED;
        train_table_values(t, r, row);
        for (size_t j = 0; j < t->columns; j++) {
            hash[r] = hash_number(hash[r], row[j]);
            see(&v->columns[j], row[j]);
        }
    }
    bz_free(row);
    return row ? 0 : -1;
}

/* Sparse rows in time that grows with their values: what is not stored is 0. */
static void look_at_sparse(struct train_table_view *v, const struct train_table *t, uint64_t *hash)
{
    for (size_t r = 0; r < t->rows; r++) {
        hash[r] = SEED;
        for (size_t k = t->row_start[r]; k < t->row_start[r + 1]; k++) {
            see(&v->columns[t->index[k]], (double)t->value[k]);
            if (t->value[k] != 0)
                hash[r] = hash_number(hash_number(hash[r], t->index[k]), (double)t->value[k]);
        }
    }
    for (size_t j = 0; j < t->columns; j++) {
        struct train_summary *s = &v->columns[j];
        if (s->known + s->missing < t->rows) {
            see(s, 0);
            s->known = t->rows - s->missing;
        }
    }
}

int train_table_look(struct train_table_view *v, const struct train_table *t, struct bz_error *err)
{
    *v = (struct train_table_view){.table = t};
    uint64_t *hash = bz_alloc(t->rows, sizeof(*hash), err);
    v->columns = hash ? bz_alloc(t->columns, sizeof(*v->columns), err) : NULL;
    int rc = v->columns ? 0 : -1;
    for (size_t j = 0; rc == 0 && j < t->columns; j++)
        v->columns[j].whole = true;
    if (rc == 0 && t->store == TRAIN_SPARSE)
        look_at_sparse(v, t, hash);
    else if (rc == 0)
        rc = look_at_rows(v, t, hash, err);
    if (rc == 0 && t->rows > 0)
        qsort(hash, t->rows, sizeof(*hash), by_hash);
    for (size_t r = 1; rc == 0 && r < t->rows; r++)
        v->repeated += hash[r] == hash[r - 1];
    bz_free(hash);
    if (rc < 0)
        bz_drop(&v->columns);
    return rc;
}

static const char *kind_of(const struct train_table *t, size_t column)
{
    return t->categories && t->categories[column].n > 0 ? "category" : t->boolean && t->boolean[column] ? "boolean" : "number";
}

/* Column j of the table: its entry among the columns that a model would remember, and its index in that entry's run of nameless
 * numbers. Entries of inputs come in the order of the table's columns. NULL = no layers were made. */
static const struct bz_column *place_of(const struct train_data *d, size_t j, size_t *within)
{
    for (size_t i = 0; d && i < d->columns.n; i++) {
        const struct bz_column *c = &d->columns.columns[i];
        if (!bz_column_is_input(c))
            continue;
        const size_t n = c->kind == BZ_COLUMN_CATEGORY ? 1 : c->size;
        if (j < n) {
            *within = j;
            return c;
        }
        j -= n;
    }
    return NULL;
}

static void add_place(cJSON *column, const struct train_data *d, size_t j)
{
    size_t within = 0;
    const struct bz_column *c = place_of(d, j, &within);
    if (!c)
        return;
    cJSON_AddStringToObject(column, "layer", c->layer);
    cJSON_AddNumberToObject(column, "unit", (double)(c->unit + within));
    cJSON_AddNumberToObject(column, "size", (double)(c->kind == BZ_COLUMN_CATEGORY ? c->size : 1));
}

static void add_column(cJSON *list, const struct train_table_view *v, size_t j)
{
    const struct train_table *t = v->table;
    const struct train_summary *s = &v->columns[j];
    cJSON *column = cJSON_CreateObject();
    cJSON_AddStringToObject(column, "name", t->names && t->names[j] ? t->names[j] : "");
    cJSON_AddStringToObject(column, "kind", kind_of(t, j));
    cJSON_AddNumberToObject(column, "number", (double)(t->column_origin ? t->column_origin[j] : j) + 1);
    add_place(column, v->data, j);
    cJSON_AddNumberToObject(column, "missing", (double)s->missing);
    if (t->categories && t->categories[j].n > 0) {
        cJSON *names = cJSON_AddArrayToObject(column, "categories");
        for (size_t k = 0; k < t->categories[j].n; k++)
            bz_json_append(names, cJSON_CreateString(t->categories[j].names[k]));
    } else if (s->known > 0) {
        cJSON_AddNumberToObject(column, "least", s->least);
        cJSON_AddNumberToObject(column, "largest", s->largest);
        cJSON_AddBoolToObject(column, "whole", s->whole);
    }
    bz_json_append(list, column);
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
        bz_json_append(left_out, one);
    }
    cJSON *said = cJSON_AddArrayToObject(root, "said");
    for (size_t i = 0; i < r->n_said; i++)
        bz_json_append(said, cJSON_CreateString(r->said[i]));
}

static void add_labels(cJSON *root, const struct train_table *t)
{
    if (!t->labels) {
        cJSON_AddNullToObject(root, "labels");
        return;
    }
    size_t labelled = 0;
    for (size_t r = 0; r < t->rows; r++)
        labelled += t->labels[r] >= 0;
    cJSON *labels = cJSON_AddObjectToObject(root, "labels");
    cJSON_AddStringToObject(labels, "name", t->label_name ? t->label_name : "");
    cJSON_AddNumberToObject(labels, "rows", (double)labelled);
    cJSON *names = cJSON_AddArrayToObject(labels, "classes");
    for (size_t k = 0; k < t->classes.n; k++)
        bz_json_append(names, cJSON_CreateString(t->classes.names[k]));
}

static void add_layers(cJSON *root, const struct train_table_view *v)
{
    cJSON *layers = cJSON_AddArrayToObject(root, "layers");
    for (size_t i = 0; v->data && i < v->data->n_parts; i++) {
        const struct train_part *p = &v->data->parts[i];
        cJSON *layer = cJSON_CreateObject();
        cJSON_AddStringToObject(layer, "name", p->name);
        cJSON_AddStringToObject(layer, "unit", bz_unit_name(p->unit));
        cJSON_AddNumberToObject(layer, "size", (double)p->size);
        cJSON_AddNumberToObject(layer, "groups", (double)p->groups);
        if (p->scale != 1)
            cJSON_AddNumberToObject(layer, "scale", (double)p->scale);
        bz_json_append(layers, layer);
    }
    if (v->refused)
        cJSON_AddStringToObject(root, "refused", v->refused);
    else
        cJSON_AddNullToObject(root, "refused");
}

int train_table_json(const struct train_table_view *v, FILE *out, struct bz_error *err)
{
    const struct train_table *t = v->table;
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "file", t->path);
    cJSON_AddStringToObject(root, "format", t->reading.format);
    cJSON_AddNumberToObject(root, "rows", (double)t->rows);
    cJSON_AddNumberToObject(root, "repeated_rows", (double)v->repeated);
    add_reading(root, &t->reading);
    add_labels(root, t);
    cJSON *columns = cJSON_AddArrayToObject(root, "columns");
    for (size_t j = 0; j < t->columns; j++)
        add_column(columns, v, j);
    add_layers(root, v);
    char *text = bz_json_print(root, "the report", err);
    if (!text)
        return -1;
    fprintf(out, "%s\n", text);
    bz_free(text);
    return 0;
}

static void print_column(const struct train_table *t, const struct train_summary *s, size_t j, FILE *out)
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
    if (s->known == 0 || s->least == s->largest)
        fputs(s->known == 0 ? "; holds no value" : s->missing > 0 ? "; one value and gaps only" : "; constant", out);
    fputc('\n', out);
}

static void print_layers(const struct train_table_view *v, FILE *out)
{
    for (size_t i = 0; v->data && i < v->data->n_parts; i++) {
        char text[160];
        train_part_describe(v->data, i, text, sizeof(text));
        fprintf(out, "  layer %s\n", text);
    }
    for (size_t i = 0; v->data && i < v->data->n_said; i++)
        fprintf(out, "  %s\n", v->data->said[i]);
    if (v->refused)
        fprintf(out, "  training would refuse it: %s\n", v->refused);
}

/* Labels and names of rows, which are not inputs. */
static void print_companions(const struct train_table *t, FILE *out)
{
    enum { SHOWN = 8 };
    size_t labelled = 0;
    for (size_t r = 0; t->labels && r < t->rows; r++)
        labelled += t->labels[r] >= 0;
    if (t->labels) {
        fprintf(out, "  labels%s%s%s: %zu of %zu rows", t->label_name && t->label_name[0] ? " (" : "",
                t->label_name ? t->label_name : "", t->label_name && t->label_name[0] ? ")" : "", labelled, t->rows);
        if (t->classes.n)
            fprintf(out, ", %zu class%s:", t->classes.n, t->classes.n == 1 ? "" : "es");
        for (size_t k = 0; k < t->classes.n && k < SHOWN; k++)
            fprintf(out, " %s", t->classes.names[k]);
        fprintf(out, "%s\n", t->classes.n > SHOWN ? " ..." : "");
    }
    if (t->ids)
        fprintf(out, "  index%s%s%s: carried along\n", t->index_name && t->index_name[0] ? " (" : "",
                t->index_name ? t->index_name : "", t->index_name && t->index_name[0] ? ")" : "");
}

void train_table_print(const struct train_table_view *v, FILE *out)
{
    const struct train_table *t = v->table;
    fprintf(out, "%s: %s, %zu rows x %zu columns\n", t->path, t->reading.format, t->rows, t->columns);
    for (size_t i = 0; i < t->reading.n_said; i++)
        fprintf(out, "  %s\n", t->reading.said[i]);
    for (size_t j = 0; j < t->columns && j < COLUMNS_SHOWN; j++)
        print_column(t, &v->columns[j], j, out);
    if (t->columns > COLUMNS_SHOWN)
        fprintf(out, "  and %zu more columns (--json lists them all)\n", t->columns - COLUMNS_SHOWN);
    print_companions(t, out);
    for (size_t i = 0; i < t->reading.n_left_out; i++)
        fprintf(out, "  left out: column %zu%s%s%s: %s\n", t->reading.left_out[i].column + 1,
                t->reading.left_out[i].name[0] ? " (" : "", t->reading.left_out[i].name,
                t->reading.left_out[i].name[0] ? ")" : "", t->reading.left_out[i].why);
    if (v->repeated > 0)
        fprintf(out, "  %zu of the rows repeat%s an earlier row\n", v->repeated, v->repeated == 1 ? "s" : "");
    print_layers(v, out);
}
