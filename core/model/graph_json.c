#include "graph_json.h"
#include "json_text.h"

#include "mem.h"
#include "model_file.h"
#include "unit.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>

static const char *const kinds[] = {"rbm", "dbm", "bm", "multimodal"};

/* "0.5" or "a string": numbers are worth showing. */
static const char *found(const cJSON *item, char room[40])
{
    if (cJSON_IsNumber(item))
        snprintf(room, 40, "%.15g", item->valuedouble);
    else if (cJSON_IsString(item))
        snprintf(room, 40, "\"%.30s\"", item->valuestring);
    else
        return bz_json_kind(item);
    return room;
}

static int read_kind(struct bz_graph *g, struct bz_error *err)
{
    char room[40];
    const cJSON *kind = bz_json_get(g->tree, "kind");
    for (size_t i = 0; cJSON_IsString(kind) && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kind->valuestring, kinds[i]) == 0) {
            g->kind = kinds[i];
            return 0;
        }
    return bz_fail(err, BZ_BAD_MODEL, "kind: expected \"rbm\", \"dbm\", \"bm\" or \"multimodal\", found %s", found(kind, room));
}

/* The string member `key` of layer l, or NULL and an error. */
static const char *layer_string(const cJSON *layer, size_t l, const char *key, struct bz_error *err)
{
    const cJSON *item = bz_json_get(layer, key);
    if (cJSON_IsString(item))
        return item->valuestring;
    bz_fail(err, BZ_BAD_MODEL, "layers[%zu].%s: expected a string, found %s", l, key, bz_json_kind(item));
    return NULL;
}

/* 1: the member of a layer is an array; 0: it is not there; -1: it is something else. */
static int is_array(const cJSON *item, size_t l, const char *key, struct bz_error *err)
{
    if (!item || cJSON_IsNull(item))
        return 0;
    if (!cJSON_IsArray(item))
        return bz_fail(err, BZ_BAD_MODEL, "layers[%zu].%s: expected an array, found %s", l, key, bz_json_kind(item));
    return 1;
}

static int read_shape(struct bz_graph_look *look, const cJSON *shape, size_t l, size_t units, struct bz_error *err)
{
    const int given = is_array(shape, l, "shape", err);
    size_t product = 1;
    const cJSON *side;
    if (given <= 0)
        return given;
    cJSON_ArrayForEach(side, shape)
    {
        if (look->rank == BZ_MAX_RANK)
            return bz_fail(err, BZ_BAD_MODEL, "layers[%zu].shape: more than %d dimensions", l, BZ_MAX_RANK);
        char room[40];
        if (!bz_json_whole(side, 1, BZ_MAX_UNITS, &look->shape[look->rank]))
            return bz_fail(err, BZ_BAD_MODEL, "layers[%zu].shape[%zu]: expected a whole number from 1 to %zu, found %s", l,
                           look->rank, BZ_MAX_UNITS, found(side, room));
        product *= look->shape[look->rank++]; /* sides up to 2^24: checked each time, so that it cannot overflow */
        if (product > units)
            break;
    }
    if (look->rank > 0 && product != units)
        return bz_fail(err, BZ_BAD_MODEL, "layers[%zu].shape: its product is not the %zu units of the layer", l, units);
    return 0;
}

static int read_categories(struct bz_graph_look *look, const cJSON *categories, size_t l, const struct bz_layer_spec *spec,
                           struct bz_error *err)
{
    const int given = is_array(categories, l, "categories", err);
    size_t n = 0;
    const cJSON *name;
    if (given <= 0)
        return given;
    cJSON_ArrayForEach(name, categories)
    {
        if (!cJSON_IsString(name))
            return bz_fail(err, BZ_BAD_MODEL, "layers[%zu].categories[%zu]: expected a string, found %s", l, n,
                           bz_json_kind(name));
        n++;
    }
    /* one name for each unit, or for each unit of a group where the groups are alike */
    if (n != spec->size && (spec->groups == 0 || n * spec->groups != spec->size))
        return bz_fail(err, BZ_BAD_MODEL, "layers[%zu].categories: %zu names for %zu units", l, n, spec->size);
    look->categories = categories;
    return 0;
}

/* "exclusive": arrays of units of which at most one is on. Each unit gets the number of the first unit in its array, or its
 * own. */
static int read_exclusive(uint32_t **group, const cJSON *list, size_t l, const struct bz_layer_spec *spec, struct bz_error *err)
{
    if (!bz_unit_type(spec->unit)->exclusive)
        return 0;
    if (!cJSON_IsArray(list))
        return bz_fail(err, BZ_BAD_MODEL, "layers[%zu].exclusive: expected an array of arrays of units, found %s", l,
                       bz_json_kind(list));
    if (!(*group = bz_alloc(spec->size, sizeof(**group), err)))
        return -1;
    for (size_t i = 0; i < spec->size; i++)
        (*group)[i] = (uint32_t)spec->size; /* in no array yet */
    size_t n = 0;
    const cJSON *units, *unit;
    cJSON_ArrayForEach(units, list)
    {
        size_t i, first = spec->size;
        if (!cJSON_IsArray(units))
            return bz_fail(err, BZ_BAD_MODEL, "layers[%zu].exclusive[%zu]: expected an array of units, found %s", l, n,
                           bz_json_kind(units));
        cJSON_ArrayForEach(unit, units)
        {
            char room[40];
            if (!bz_json_whole(unit, 0, (double)spec->size - 1, &i) || (*group)[i] != spec->size)
                return bz_fail(err, BZ_BAD_MODEL, "layers[%zu].exclusive[%zu]: expected units below %zu, each once, found %s",
                               l, n, spec->size, found(unit, room));
            first = first == spec->size ? i : first;
            (*group)[i] = (uint32_t)first;
        }
        n++;
    }
    for (size_t i = 0; i < spec->size; i++)
        (*group)[i] = (*group)[i] == spec->size ? (uint32_t)i : (*group)[i];
    return 0;
}

static int read_layer(struct bz_graph *g, const cJSON *layer, size_t l, struct bz_error *err)
{
    struct bz_layer_spec *spec = &g->layers[l];
    if (!cJSON_IsObject(layer))
        return bz_fail(err, BZ_BAD_MODEL, "layers[%zu]: expected an object, found %s", l, bz_json_kind(layer));
    const char *role, *unit;
    if (!(spec->name = layer_string(layer, l, "name", err)) || !(role = layer_string(layer, l, "role", err)) ||
        !(unit = layer_string(layer, l, "unit", err)))
        return -1;
    if (!bz_name_is_valid(spec->name))
        return bz_fail(
            err, BZ_BAD_MODEL,
            "layers[%zu].name: expected 1 to 64 letters, digits, - and _, a letter or digit first, and not \"mask\" or "
            "\"classifier\"; found \"%.80s\"",
            l, spec->name);
    const int role_number = bz_role_from_name(role), unit_number = bz_unit_from_name(unit);
    if (role_number < 0)
        return bz_fail(err, BZ_BAD_MODEL, "layers[%zu].role: expected \"visible\", \"hidden\" or \"label\", found \"%.30s\"", l,
                       role);
    if (unit_number < 0) {
        char names[120];
        bz_unit_names(names, sizeof(names), role_number != BZ_HIDDEN, false);
        return bz_fail(err, BZ_BAD_MODEL, "layers[%zu].unit: expected %s, found \"%.30s\"", l, names, unit);
    }
    spec->role = (enum bz_role)role_number;
    spec->unit = (enum bz_unit)unit_number;
    char room[40];
    const cJSON *size = bz_json_get(layer, "size"), *groups = bz_json_get(layer, "groups");
    if (!bz_json_whole(size, 1, BZ_MAX_UNITS, &spec->size))
        return bz_fail(err, BZ_BAD_MODEL, "layers[%zu].size: expected a whole number from 1 to %zu, found %s", l, BZ_MAX_UNITS,
                       found(size, room));
    spec->groups = 1;
    if (groups && !cJSON_IsNull(groups) && !bz_json_whole(groups, 1, BZ_MAX_UNITS, &spec->groups))
        return bz_fail(err, BZ_BAD_MODEL, "layers[%zu].groups: expected a whole number from 1 to %zu, found %s", l,
                       BZ_MAX_UNITS, found(groups, room));
    const cJSON *counts = bz_unit_type(spec->unit)->counted ? bz_json_get(layer, "counts") : NULL;
    if (counts && !cJSON_IsNull(counts) && !bz_json_whole(counts, 1, BZ_MAX_COUNTS, &g->looks[l].counts))
        return bz_fail(err, BZ_BAD_MODEL, "layers[%zu].counts: expected a whole number from 1 to %zu, found %s", l,
                       BZ_MAX_COUNTS, found(counts, room));
    const int rc = read_exclusive(&g->looks[l].group, bz_json_get(layer, "exclusive"), l, spec, err);
    if (rc < 0 || read_shape(&g->looks[l], bz_json_get(layer, "shape"), l, spec->size, err) < 0)
        return -1;
    return read_categories(&g->looks[l], bz_json_get(layer, "categories"), l, spec, err);
}

/* Items of a required array of at most max items. */
static int count_items(const cJSON *tree, const char *key, size_t max, size_t *n, struct bz_error *err)
{
    const cJSON *array = bz_json_get(tree, key), *item;
    if (!cJSON_IsArray(array))
        return bz_fail(err, BZ_BAD_MODEL, "%s: expected an array, found %s", key, bz_json_kind(array));
    *n = 0;
    cJSON_ArrayForEach(item, array)++ *n;
    if (*n > max)
        return bz_fail(err, BZ_BAD_MODEL, "%s: expected at most %zu entries, found %zu", key, max, *n);
    return 0;
}

static int read_layers(struct bz_graph *g, struct bz_error *err)
{
    if (count_items(g->tree, "layers", BZ_MAX_LAYERS, &g->n_layers, err) < 0 ||
        !(g->layers = bz_alloc(g->n_layers, sizeof(*g->layers), err)) ||
        !(g->looks = bz_alloc(g->n_layers, sizeof(*g->looks), err)))
        return -1;
    size_t l = 0;
    const cJSON *layer;
    cJSON_ArrayForEach(layer, bz_json_get(g->tree, "layers")) if (read_layer(g, layer, l++, err) < 0) return -1;
    return 0;
}

/* The layer that an end of a coupling names. */
static int read_end(const struct bz_graph *g, const cJSON *end, size_t c, size_t side, size_t *layer, struct bz_error *err)
{
    char room[40];
    for (*layer = 0; cJSON_IsString(end) && *layer < g->n_layers; ++*layer)
        if (strcmp(end->valuestring, g->layers[*layer].name) == 0)
            return 0;
    return bz_fail(err, BZ_BAD_MODEL, "couplings[%zu][%zu]: expected the name of a layer, found %s", c, side, found(end, room));
}

static int read_couplings(struct bz_graph *g, struct bz_error *err)
{
    if (count_items(g->tree, "couplings", BZ_MAX_COUPLINGS, &g->n_couplings, err) < 0 ||
        !(g->couplings = bz_alloc(g->n_couplings, sizeof(*g->couplings), err)))
        return -1;
    size_t c = 0;
    const cJSON *pair;
    cJSON_ArrayForEach(pair, bz_json_get(g->tree, "couplings"))
    {
        const cJSON *a = cJSON_IsArray(pair) ? pair->child : NULL, *b = a ? a->next : NULL;
        if (!b || b->next)
            return bz_fail(err, BZ_BAD_MODEL, "couplings[%zu]: expected the names of two layers", c);
        if (read_end(g, a, c, 0, &g->couplings[c].a, err) < 0 || read_end(g, b, c, 1, &g->couplings[c].b, err) < 0)
            return -1;
        c++;
    }
    return 0;
}

int bz_graph_parse(struct bz_graph *out, const char *text, struct bz_error *err)
{
    struct bz_graph g = {.tree = bz_json_parse(text, strlen(text), err)};
    if (!g.tree) {
        if (err && err->code == BZ_BAD_INPUT)
            err->code = BZ_BAD_MODEL;
        return -1;
    }
    int rc = 0;
    if (!cJSON_IsObject(g.tree))
        rc = bz_fail(err, BZ_BAD_MODEL, "expected an object, found %s", bz_json_kind(g.tree));
    if (rc < 0 || read_kind(&g, err) < 0 || read_layers(&g, err) < 0 || read_couplings(&g, err) < 0) {
        bz_graph_free(&g);
        return -1;
    }
    *out = g;
    return 0;
}

void bz_graph_free(struct bz_graph *g)
{
    if (!g)
        return;
    cJSON_Delete(g->tree);
    for (size_t l = 0; g->looks && l < g->n_layers; l++)
        bz_free(g->looks[l].group);
    bz_free_all(g->layers, g->looks, g->couplings);
    *g = (struct bz_graph){0};
}

static int dress_layer(struct bz_layer *layer, const struct bz_graph_look *look, struct bz_error *err)
{
    layer->rank = look->rank;
    layer->usual_counts = (double)look->counts;
    memcpy(layer->shape, look->shape, sizeof(layer->shape));
    if (!look->categories)
        return 0;
    const size_t n = (size_t)cJSON_GetArraySize(look->categories);
    layer->categories = bz_alloc(n, sizeof(*layer->categories), err);
    if (!layer->categories)
        return -1;
    layer->n_categories = n;
    size_t i = 0;
    const cJSON *name;
    cJSON_ArrayForEach(name, look->categories) if (!(layer->categories[i++] = bz_strdup(name->valuestring, err))) return -1;
    return 0;
}

int bz_graph_dress(const struct bz_graph *g, struct bz_machine *m, struct bz_error *err)
{
    for (size_t l = 0; l < g->n_layers; l++)
        if ((g->looks[l].group && bz_machine_exclude(m, l, g->looks[l].group, err) < 0) ||
            dress_layer(&m->layers[l], &g->looks[l], err) < 0)
            return -1;
    return 0;
}

static bool look_is_of(const struct bz_graph_look *look, const struct bz_layer *layer)
{
    if ((double)look->counts != layer->usual_counts || look->rank != layer->rank ||
        memcmp(look->shape, layer->shape, layer->rank * sizeof(*layer->shape)) != 0)
        return false;
    if (!look->categories || !layer->categories)
        return !look->categories && !layer->categories;
    size_t i = 0;
    const cJSON *name;
    cJSON_ArrayForEach(name, look->categories)
    {
        if (i == layer->n_categories || strcmp(name->valuestring, layer->categories[i]) != 0)
            return false;
        i++;
    }
    return i == layer->n_categories;
}

/* True if units share a number exactly where they share a group of the layer. A group's number is that of its first unit. */
static bool excludes_as(const uint32_t *group, const struct bz_layer *layer)
{
    const struct bz_exclusion *e = &layer->exclusion;
    if (!group || !e->group)
        return !group && !e->group;
    for (size_t i = 0; i < layer->size; i++) {
        const uint32_t *with = group + e->unit[e->first[e->group[i]]];
        if (group[i] != *with || group[group[i]] != group[i] || e->group[group[i]] != e->group[i])
            return false;
    }
    return true;
}

bool bz_graph_is_of(const struct bz_graph *g, const struct bz_machine *m)
{
    if (strcmp(g->kind, m->kind) != 0 || g->n_layers != m->n_layers || g->n_couplings != m->n_couplings)
        return false;
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer_spec *spec = &g->layers[l];
        const struct bz_layer *layer = &m->layers[l];
        if (strcmp(spec->name, layer->name) != 0 || spec->role != layer->role || spec->unit != layer->unit ||
            spec->size != layer->size || spec->groups != layer->groups || !excludes_as(g->looks[l].group, layer) ||
            !look_is_of(&g->looks[l], layer))
            return false;
    }
    for (size_t c = 0; c < m->n_couplings; c++)
        if (g->couplings[c].a != m->couplings[c].a || g->couplings[c].b != m->couplings[c].b)
            return false;
    return true;
}

static int check_categories(const struct bz_layer *layer, struct bz_error *err)
{
    for (size_t i = 0; layer->categories && i < layer->n_categories; i++)
        if (!bz_is_utf8(layer->categories[i], strlen(layer->categories[i])))
            return bz_fail(err, BZ_BAD_MODEL, "layer \"%s\": the name of category %zu is not UTF-8", layer->name, i);
    return 0;
}

/* Units that exclude no other unit are left out. */
static void add_exclusive(cJSON *list, const struct bz_exclusion *e)
{
    for (size_t g = 0; g < e->n; g++) {
        if (e->first[g + 1] - e->first[g] < 2)
            continue;
        cJSON *units = cJSON_CreateArray();
        for (size_t k = e->first[g]; k < e->first[g + 1]; k++)
            cJSON_AddItemToArray(units, cJSON_CreateNumber(e->unit[k]));
        cJSON_AddItemToArray(list, units);
    }
}

static cJSON *layer_json(const struct bz_layer *layer)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "name", layer->name);
    cJSON_AddStringToObject(item, "role", bz_role_name(layer->role));
    cJSON_AddStringToObject(item, "unit", bz_unit_name(layer->unit));
    cJSON_AddNumberToObject(item, "size", (double)layer->size);
    if (layer->rank > 0) {
        cJSON *shape = cJSON_AddArrayToObject(item, "shape");
        for (size_t d = 0; d < layer->rank; d++)
            bz_json_append(shape, cJSON_CreateNumber((double)layer->shape[d]));
    }
    if (layer->groups != 1)
        cJSON_AddNumberToObject(item, "groups", (double)layer->groups);
    if (layer->usual_counts > 0)
        cJSON_AddNumberToObject(item, "counts", layer->usual_counts);
    if (layer->exclusion.group)
        add_exclusive(cJSON_AddArrayToObject(item, "exclusive"), &layer->exclusion);
    if (layer->categories) {
        cJSON *categories = cJSON_AddArrayToObject(item, "categories");
        for (size_t i = 0; i < layer->n_categories; i++)
            bz_json_append(categories, cJSON_CreateString(layer->categories[i]));
    }
    return item;
}

/* cJSON leaves out what there was no memory for, so the text is read back and must describe the machine. */
char *bz_model_graph_json(const struct bz_machine *m, struct bz_error *err)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (check_categories(&m->layers[l], err) < 0)
            return NULL;
    cJSON *tree = cJSON_CreateObject();
    cJSON_AddStringToObject(tree, "kind", m->kind);
    cJSON *layers = cJSON_AddArrayToObject(tree, "layers");
    for (size_t l = 0; l < m->n_layers; l++)
        bz_json_append(layers, layer_json(&m->layers[l]));
    cJSON *couplings = cJSON_AddArrayToObject(tree, "couplings");
    for (size_t c = 0; c < m->n_couplings; c++) {
        const char *const ends[2] = {m->layers[m->couplings[c].a].name, m->layers[m->couplings[c].b].name};
        bz_json_append(couplings, cJSON_CreateStringArray(ends, 2));
    }
    return bz_json_print(tree, "the text of the graph", err);
}
