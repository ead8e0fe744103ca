/* The metadata `table`: {"columns":[{"name","kind","layer","unit","size","categories","scale","mean","sd"}],"missing":[...]}.
 */
#include "columns.h"
#include "json_text.h"
#include "mem.h"
#include "text_set.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- writing --- */

static cJSON *column_object(const struct bz_column *c)
{
    cJSON *o = cJSON_CreateObject();
    if (c->name[0])
        cJSON_AddStringToObject(o, "name", c->name);
    cJSON_AddStringToObject(o, "kind", bz_column_kind_name(c->kind));
    if (c->layer[0]) {
        cJSON_AddStringToObject(o, "layer", c->layer);
        cJSON_AddNumberToObject(o, "unit", (double)c->unit);
        if (c->size != 1)
            cJSON_AddNumberToObject(o, "size", (double)c->size);
    }
    if (c->n_categories > 0) {
        cJSON *list = cJSON_AddArrayToObject(o, "categories");
        for (size_t i = 0; i < c->n_categories; i++)
            bz_json_append(list, cJSON_CreateString(c->categories[i]));
    }
    if (c->scale != 1)
        cJSON_AddNumberToObject(o, "scale", c->scale);
    if (!isnan(c->mean)) {
        cJSON_AddNumberToObject(o, "mean", c->mean);
        cJSON_AddNumberToObject(o, "sd", c->sd);
    }
    if (c->source[0])
        cJSON_AddStringToObject(o, "source", c->source);
    return o;
}

char *bz_columns_json(const struct bz_columns *t, struct bz_error *err)
{
    cJSON *root = cJSON_CreateObject(), *columns = cJSON_AddArrayToObject(root, "columns");
    for (size_t j = 0; j < t->n; j++)
        bz_json_append(columns, column_object(&t->columns[j]));
    if (t->missing.n > 0) {
        cJSON *list = cJSON_AddArrayToObject(root, "missing");
        for (size_t i = 0; i < t->missing.n; i++)
            bz_json_append(list, cJSON_CreateString(t->missing.words[i]));
    }
    if (t->base >= 0)
        cJSON_AddNumberToObject(root, "base", (double)t->base);
    if (t->binarize[0])
        cJSON_AddStringToObject(root, "binarize", t->binarize);
    char *text = cJSON_PrintUnformatted(root), *copy = NULL;
    cJSON_Delete(root);
    if (text)
        copy = bz_strdup(text, err);
    else
        bz_fail(err, BZ_NO_MEMORY, "no memory left for the columns");
    cJSON_free(text);
    return copy;
}

/* --- reading --- */

static int bad(struct bz_error *err, size_t j, const char *what)
{
    return bz_fail(err, BZ_BAD_MODEL, "table: column %zu: %s", j + 1, what);
}

static int take_texts(const cJSON *list, char ***out, size_t *n, struct bz_error *err)
{
    const cJSON *item;
    if (!cJSON_IsArray(list))
        return bz_fail(err, BZ_BAD_MODEL, "table: expected a list of strings, found %s", bz_json_kind(list));
    *out = bz_alloc((size_t)cJSON_GetArraySize(list), sizeof(char *), err);
    if (!*out)
        return -1;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item))
            return bz_fail(err, BZ_BAD_MODEL, "table: expected a list of strings, found %s in it", bz_json_kind(item));
        if (!((*out)[*n] = bz_strdup(item->valuestring, err)))
            return -1;
        ++*n;
    }
    return 0;
}

static int kind_of(const cJSON *o)
{
    const cJSON *kind = bz_json_get(o, "kind");
    for (int k = 0; cJSON_IsString(kind) && k < BZ_N_COLUMN_KINDS; k++)
        if (strcmp(kind->valuestring, bz_column_kind_name((enum bz_column_kind)k)) == 0)
            return k;
    return -1;
}

static int copy_name(char out[BZ_NAME_ROOM], const cJSON *text)
{
    if (!text)
        return 0;
    if (!cJSON_IsString(text) || strlen(text->valuestring) >= BZ_NAME_ROOM)
        return -1;
    snprintf(out, BZ_NAME_ROOM, "%s", text->valuestring);
    return 0;
}

/* The place of an input: an existing layer, and units within it. */
static int take_place(struct bz_column *c, const cJSON *o, const struct bz_machine *m, size_t j, struct bz_error *err)
{
    const cJSON *unit = bz_json_get(o, "unit"), *size = bz_json_get(o, "size");
    if (copy_name(c->layer, bz_json_get(o, "layer")) < 0 || copy_name(c->source, bz_json_get(o, "source")) < 0)
        return bad(err, j, "expected a layer's name");
    if (!bz_column_is_input(c))
        return 0;
    const long layer = bz_machine_find(m, c->layer);
    if (layer < 0)
        return bad(err, j, "the model has no such layer");
    c->real = !bz_unit_takes_truth(m->layers[layer].unit);
    if ((unit && !bz_json_whole(unit, 0, (double)BZ_MAX_UNITS, &c->unit)) ||
        (size && !bz_json_whole(size, 1, (double)BZ_MAX_UNITS, &c->size)))
        return bad(err, j, "expected whole numbers for unit and size");
    if (!size && c->kind == BZ_COLUMN_CATEGORY)
        c->size = c->n_categories;
    if (c->unit + c->size > m->layers[layer].size)
        return bad(err, j, "its units are beyond those of its layer");
    if (c->kind == BZ_COLUMN_CATEGORY && (c->n_categories != c->size || c->size == 0))
        return bad(err, j, "expected as many categories as units");
    return 0;
}

static int take_numbers(struct bz_column *c, const cJSON *o, size_t j, struct bz_error *err)
{
    const cJSON *scale = bz_json_get(o, "scale"), *mean = bz_json_get(o, "mean"), *sd = bz_json_get(o, "sd");
    if ((scale && (!cJSON_IsNumber(scale) || !(scale->valuedouble > 0))) || (mean && !cJSON_IsNumber(mean)) ||
        (sd && !cJSON_IsNumber(sd)))
        return bad(err, j, "expected numbers for scale (over 0), mean and sd");
    if (scale)
        c->scale = scale->valuedouble;
    if (mean && sd) {
        c->mean = mean->valuedouble;
        c->sd = sd->valuedouble;
    }
    return 0;
}

static int take_column(struct bz_columns *t, const cJSON *o, const struct bz_machine *m, struct bz_error *err)
{
    const size_t j = t->n;
    const cJSON *name = bz_json_get(o, "name"), *categories = bz_json_get(o, "categories");
    const int kind = kind_of(o);
    if (kind < 0 || (name && !cJSON_IsString(name)))
        return bad(err, j, "expected a name and a kind: number, boolean, category, label, index or ignored");
    struct bz_column *c = bz_columns_add(t, name ? name->valuestring : "", (enum bz_column_kind)kind, err);
    if (!c)
        return -1;
    if (categories && take_texts(categories, &c->categories, &c->n_categories, err) < 0)
        return -1;
    c->places = bz_places_new(c->n_categories);
    return take_place(c, o, m, j, err) < 0 || take_numbers(c, o, j, err) < 0 ? -1 : 0;
}

static int take_rest(struct bz_columns *t, const cJSON *root, struct bz_error *err)
{
    const cJSON *missing = bz_json_get(root, "missing"), *base = bz_json_get(root, "base"),
                *binarize = bz_json_get(root, "binarize");
    size_t n;
    if (missing && take_texts(missing, &t->missing.words, &t->missing.n, err) < 0)
        return -1;
    if (base && !bz_json_whole(base, 0, 1, &n))
        return bz_fail(err, BZ_BAD_MODEL, "table: expected base 0 or 1, found %s", bz_json_kind(base));
    if (base)
        t->base = (long)n;
    if (cJSON_IsString(binarize))
        snprintf(t->binarize, sizeof(t->binarize), "%.15s", binarize->valuestring);
    return 0;
}

int bz_columns_parse(struct bz_columns *out, const char *json, const struct bz_machine *m, struct bz_error *err)
{
    struct bz_columns t = {.base = -1};
    const cJSON *item;
    cJSON *root = bz_json_parse(json, strlen(json), err);
    int rc = -1;
    if (!root)
        return err && err->code == BZ_NO_MEMORY ? -1 : bz_fail(err, BZ_BAD_MODEL, "table: not JSON");
    const cJSON *columns = bz_json_get(root, "columns");
    if (!cJSON_IsArray(columns)) {
        bz_fail(err, BZ_BAD_MODEL, "table: expected a list of columns, found %s", bz_json_kind(columns));
        goto out;
    }
    cJSON_ArrayForEach(item, columns) if (take_column(&t, item, m, err) < 0) goto out;
    rc = take_rest(&t, root, err);
    if (rc == 0) {
        *out = t;
        t = (struct bz_columns){.base = -1};
    }
out:
    bz_columns_free(&t);
    cJSON_Delete(root);
    return rc;
}
