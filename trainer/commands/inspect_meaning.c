#include "inspect_meaning.h"

#include "json_text.h"

#include "meaning.h"
#include "mem.h"
#include "output.h"
#include "unit_names.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(struct train_meaning_options, name)

const struct bz_option train_meaning_rows[TRAIN_N_MEANING_OPTIONS] = {
    BZ_ROW(FLAG, "topics", FIELD(topics),
           .help =
               "for each hidden unit next to a visible layer: the units (words) it makes more probable, most telling first"),
    BZ_ROW(FLAG, "units", FIELD(units),
           .help = "the same, with what it makes less probable; for numbers, each mean with the hidden unit off and on"),
    BZ_ROW(SIZE, "top", FIELD(top), .least = 1, .most = 1e6, .initial = "10",
           .help = "how many entries of --topics and --units and rows of --data to list; ten times as many of --dependencies"),
    BZ_ROW(FLAG, "dependencies", FIELD(dependencies),
           .help =
               "which visible variables depend on which: pairs ranked by coupling strength, direct and through hidden units"),
    BZ_ROW(FLAG, "apc", FIELD(corrected),
           .help = "apply the average product correction to --dependencies and --pairs, as for contact maps of sequences"),
    BZ_ROW(TEXT, "pairs", FIELD(pairs), .argument = "FILE",
           .help = "write the strengths of all pairs: .csv, .npy [n, n] or a .png picture"),
};

int train_meaning_asked(const struct train_meaning_options *o, bool page, bool *asked, struct bz_error *err)
{
    *asked = o->topics || o->units || o->dependencies || o->pairs;
    if (o->data.data.n && !o->topics && !o->units && !page)
        return bz_fail(err, BZ_BAD_USAGE, "--data: requires --units, --topics or --html");
    if (o->data.header && !*asked)
        return bz_fail(err, BZ_BAD_USAGE, "--header: requires --topics, --units or --dependencies");
    if (o->corrected && !o->dependencies && !o->pairs)
        return bz_fail(err, BZ_BAD_USAGE, "--apc: requires --dependencies or --pairs");
    return 0;
}

/* --- units --- */

enum { NAME_ROOM = 256 };

static void say_driver(const struct bz_machine *m, const struct train_driver *d, bool numbers)
{
    char name[NAME_ROOM];
    train_unit_name(m, d->layer, d->unit, name, sizeof(name));
    if (numbers)
        printf("  %s %.3g>%.3g", name, d->off, d->on);
    else
        printf(" %s", name);
}

static void add_driver(const struct bz_machine *m, const struct train_driver *d, cJSON *list)
{
    char name[NAME_ROOM];
    cJSON *item = cJSON_CreateObject();
    train_unit_name(m, d->layer, d->unit, name, sizeof(name));
    cJSON_AddStringToObject(item, "layer", m->layers[d->layer].name);
    cJSON_AddStringToObject(item, "name", name);
    cJSON_AddNumberToObject(item, "off", d->off);
    cJSON_AddNumberToObject(item, "on", d->on);
    cJSON_AddNumberToObject(item, "score", d->score);
    bz_json_append(list, item);
}

/* The rows that a unit responds to, on a separate line or as a member. */
static void tell_rows(const struct train_rows *r, const size_t *row, const double *mean, size_t top, cJSON *json)
{
    cJSON *list = json ? cJSON_AddArrayToObject(json, "rows") : NULL;
    if (!json)
        printf("    rows:");
    for (size_t i = 0; i < top && row[i] != SIZE_MAX; i++) {
        if (!json && r->data->ids)
            printf(" %s (%.2f)", r->data->ids[row[i]], mean[i]);
        else if (!json)
            printf(" %zu (%.2f)", row[i], mean[i]);
        if (!json)
            continue;
        cJSON *item = cJSON_CreateObject();
        cJSON_AddNumberToObject(item, "row", (double)row[i]);
        if (r->data->ids)
            cJSON_AddStringToObject(item, "id", r->data->ids[row[i]]);
        cJSON_AddNumberToObject(item, "mean", mean[i]);
        bz_json_append(list, item);
    }
    if (!json)
        putchar('\n');
}

/* One hidden layer. rows NULL: without data. */
static int tell_layer(const struct train_meaning_options *o, const struct bz_machine *m, size_t layer, struct train_rows *rows,
                      cJSON *json, struct bz_error *err)
{
    const struct bz_layer *l = &m->layers[layer];
    size_t *row = NULL;
    double *mean = NULL;
    int rc = rows ? train_firing_rows(rows, layer, o->top, &row, &mean, err) : 0;
    for (size_t j = 0; rc == 0 && j < l->size; j++) {
        struct train_driver *drivers;
        size_t n;
        if ((rc = train_drivers(m, layer, j, o->top, !o->units, &drivers, &n, err)) < 0)
            break;
        cJSON *unit = json ? cJSON_CreateObject() : NULL, *list = json ? cJSON_CreateArray() : NULL;
        if (!json)
            printf("%s %zu:", l->name, j);
        for (size_t i = 0; i < n; i++) {
            if (json)
                add_driver(m, &drivers[i], list);
            else
                say_driver(m, &drivers[i], o->units);
        }
        if (!json)
            putchar('\n');
        if (json) {
            cJSON_AddStringToObject(unit, "layer", l->name);
            cJSON_AddNumberToObject(unit, "unit", (double)j);
            bz_json_add(unit, o->units ? "inputs" : "words", list);
            bz_json_append(json, unit);
        }
        if (rows)
            tell_rows(rows, row + j * o->top, mean + j * o->top, o->top, unit);
        bz_free(drivers);
    }
    bz_free(row);
    bz_free(mean);
    return rc;
}

static bool sees_data(const struct bz_machine *m, size_t layer)
{
    for (size_t k = 0; k < m->n_links[layer]; k++)
        if (bz_is_visible(&m->layers[m->links[layer][k].layer]))
            return true;
    return false;
}

static int tell_units(const struct train_meaning_options *o, const struct train_run_options *run, const char *given,
                      const struct bz_machine *m, cJSON *json, struct bz_error *err)
{
    struct train_rows rows = {0};
    struct train_data_options options = o->data;
    options.header = NULL; /* came from the units */
    const bool data = o->data.data.n > 0;
    cJSON *list = json ? cJSON_AddArrayToObject(json, o->units ? "units" : "topics") : NULL;
    size_t told = 0;
    int rc = data ? train_begin_rows(&rows, given, &options, run, 1, err) : 0;
    if (data && rc == 0)
        rc = train_rows_alike(&rows, "boltz inspect", err);
    for (size_t l = 0; rc == 0 && l < m->n_layers; l++)
        if (!bz_is_visible(&m->layers[l]) && (sees_data(m, l) || (data && o->units))) {
            rc = tell_layer(o, m, l, data ? &rows : NULL, list, err);
            told++;
        }
    if (data)
        train_rows_close(&rows);
    if (rc == 0 && !told)
        rc = bz_fail(err, BZ_BAD_USAGE, "--%s: the model has no hidden layer next to a visible one",
                     o->units ? "units" : "topics");
    return rc;
}

/* --- dependencies --- */

struct pair {
    double strength;
    size_t a, b;
};

static int by_strength(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->strength != y->strength)
        return x->strength < y->strength ? 1 : -1;
    return x->a != y->a ? (x->a > y->a ? 1 : -1) : (x->b > y->b) - (x->b < y->b);
}

static int tell_pairs(const struct bz_machine *m, const struct train_dependencies *d, size_t top, cJSON *json,
                      struct bz_error *err)
{
    const size_t n = d->n * (d->n - (d->n > 0)) / 2;
    struct pair *pairs = bz_alloc(n ? n : 1, sizeof(*pairs), err);
    cJSON *list = json ? cJSON_AddArrayToObject(json, "dependencies") : NULL;
    size_t used = 0;
    if (!pairs)
        return -1;
    for (size_t a = 0; a < d->n; a++)
        for (size_t b = a + 1; b < d->n; b++)
            pairs[used++] = (struct pair){d->strength[a * d->n + b], a, b};
    qsort(pairs, n, sizeof(*pairs), by_strength);
    for (size_t i = 0; i < n && i < 10 * top; i++) {
        char a[NAME_ROOM], b[NAME_ROOM];
        train_variable_name(m, d, pairs[i].a, a, sizeof(a));
        train_variable_name(m, d, pairs[i].b, b, sizeof(b));
        if (!json) {
            printf("%s ~ %s  %.4g\n", a, b, pairs[i].strength);
            continue;
        }
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "a", a);
        cJSON_AddStringToObject(item, "b", b);
        cJSON_AddNumberToObject(item, "strength", pairs[i].strength);
        bz_json_append(list, item);
    }
    bz_free(pairs);
    return 0;
}

/* All strengths; in a picture the strongest pair is white, no dependence and less is black. */
static int write_pairs(const struct train_dependencies *d, const char *path, struct bz_error *err)
{
    enum train_output format;
    if (train_output_format(path, true, false, &format, err) < 0)
        return -1;
    const bool picture = format == TRAIN_OUT_PNG;
    struct bz_layer square = {.name = "pairs", .unit = BZ_BERNOULLI, .size = picture ? d->n * d->n : d->n, .groups = 1};
    float *x = bz_alloc(d->n * d->n + 1, sizeof(*x), err);
    double most = 0;
    if (!x)
        return -1;
    for (size_t i = 0; i < d->n * d->n; i++)
        most = fmax(most, d->strength[i]);
    for (size_t i = 0; i < d->n * d->n; i++)
        x[i] = (float)(picture && most > 0 ? fmax(0, d->strength[i]) / most : d->strength[i]);
    if (picture) {
        square.rank = 2;
        square.shape[0] = square.shape[1] = d->n;
    }
    const struct train_layer_rows rows = {.layer = &square, .x = x, .n = picture ? 1 : d->n};
    const int rc = train_output_rows(path, format, &rows, err);
    bz_free(x);
    return rc;
}

static int tell_dependencies(const struct train_meaning_options *o, const struct bz_machine *m, cJSON *json,
                             struct bz_error *err)
{
    struct train_dependencies d;
    if (train_dependencies(m, o->corrected, &d, err) < 0)
        return -1;
    int rc = o->dependencies ? tell_pairs(m, &d, o->top, json, err) : 0;
    if (rc == 0 && o->pairs)
        rc = write_pairs(&d, o->pairs, err);
    train_dependencies_free(&d);
    return rc;
}

/* --header: names of the units of a visible layer that has as many. */
static int name_units(struct bz_machine *m, const char *path, struct bz_error *err)
{
    char **names;
    size_t n;
    const char *file = NULL; /* of the layer that path names, if it does */
    for (size_t l = 0; !file && l < m->n_layers; l++)
        file = train_header_of(path, m->layers[l].name);
    if (train_read_names(file ? file : path, &names, &n, err) < 0)
        return -1;
    for (size_t l = 0; l < m->n_layers; l++) {
        struct bz_layer *layer = &m->layers[l];
        if (!bz_is_visible(layer) || layer->size != n || !train_header_of(path, layer->name))
            continue;
        train_free_names(layer->categories, layer->n_categories);
        layer->categories = names;
        layer->n_categories = n;
        return 0;
    }
    train_free_names(names, n);
    return bz_fail(err, BZ_BAD_USAGE, "--header %s: found %zu names, and no visible layer of as many units", path, n);
}

int train_meaning_say(const struct train_meaning_options *o, const struct train_run_options *run, const char *given,
                      struct bz_model *model, cJSON *json, struct bz_error *err)
{
    if (o->data.header && name_units(model->machine, o->data.header, err) < 0)
        return -1;
    if ((o->topics || o->units) && tell_units(o, run, given, model->machine, json, err) < 0)
        return -1;
    return o->dependencies || o->pairs ? tell_dependencies(o, model->machine, json, err) : 0;
}
