/* boltz inspect: what a model file holds, and whether it is intact. */
#include "commands.h"
#include "data_options.h"
#include "inspect_meaning.h"
#include "json_text.h"
#include "layer_picture.h"
#include "mem.h"
#include "report.h"
#include "row_tiles.h"
#include "terminal_picture.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct inspect_options {
    struct train_run_options run;
    struct train_meaning_options meaning;
    const char *html;
    bool check, json, show;
};

static const struct bz_option rows[] = {
    BZ_ROW(FLAG, "check", offsetof(struct inspect_options, check),
           .help = "only check whether the file is sound: exit status 0 or 1"),
    BZ_ROW(FLAG, "json", offsetof(struct inspect_options, json), .help = "print one JSON object"),
    BZ_ROW(FLAG, "show", offsetof(struct inspect_options, show),
           .help = "show the weights of the first hidden units as pictures on the terminal"),
    BZ_ROW(TEXT, "html", offsetof(struct inspect_options, html), .argument = "FILE",
           .help = "write a self-contained page: samples, weights, free energies, how it was trained"),
};

struct moments {
    double least, largest, mean, rms;
};

static struct moments moments_of(const float *x, size_t n)
{
    struct moments s = {.least = (double)x[0], .largest = (double)x[0]};
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        const double v = (double)x[i];
        s.least = v < s.least ? v : s.least;
        s.largest = v > s.largest ? v : s.largest;
        s.mean += v;
        squares += v * v;
    }
    s.mean /= (double)n;
    s.rms = sqrt(squares / (double)n);
    return s;
}

/* Calls visit for every tensor of a machine. */
static void each_tensor(const struct bz_machine *m, void (*visit)(void *arg, const char *name, const float *x, size_t n),
                        void *arg)
{
    char name[2 * BZ_NAME_ROOM + 16];
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        const struct {
            const char *what;
            const float *x;
        } tensors[] = {
            {"bias", layer->bias}, {"offset", layer->offset}, {"log_sigma", layer->log_sigma}, {"below", layer->below}};
        for (size_t t = 0; t < TRAIN_COUNT(tensors); t++) {
            if (!tensors[t].x)
                continue;
            snprintf(name, sizeof(name), "%s.%s", layer->name, tensors[t].what);
            visit(arg, name, tensors[t].x, tensors[t].x == layer->below ? 2 * layer->size : layer->size);
        }
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_layer *a = &m->layers[m->couplings[c].a], *b = &m->layers[m->couplings[c].b];
        snprintf(name, sizeof(name), "%s~%s.weight", a->name, b->name);
        visit(arg, name, m->couplings[c].weight, bz_coupling_weights(m, c));
    }
}

static void count_parameters(void *arg, const char *name, const float *x, size_t n)
{
    (void)name;
    (void)x;
    *(size_t *)arg += n;
}

static void print_tensor(void *arg, const char *name, const float *x, size_t n)
{
    const struct moments s = moments_of(x, n);
    (void)arg;
    printf("  %-32s %10zu  %11.4g %11.4g %11.4g %11.4g\n", name, n, s.least, s.largest, s.mean, s.rms);
}

static void print_layers(const struct bz_machine *m)
{
    printf("layers:\n");
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        printf("  %-20s %-8s %-12s %8zu units", layer->name, bz_role_name(layer->role), bz_unit_name(layer->unit), layer->size);
        for (size_t d = 0; d < layer->rank; d++)
            printf("%s%zu", d ? "x" : ", ", layer->shape[d]);
        if (layer->groups > 1)
            printf(", %zu groups", layer->groups);
        if (layer->exclusion.group)
            printf(", %zu groups of which at most one is on", layer->exclusion.n);
        if (layer->n_categories > 0)
            printf(", %zu named", layer->n_categories);
        putchar('\n');
    }
    printf("couplings:\n");
    for (size_t c = 0; c < m->n_couplings; c++)
        printf("  %s ~ %s\n", m->layers[m->couplings[c].a].name, m->layers[m->couplings[c].b].name);
}

static void print_classifier(const struct bz_network *net, const struct bz_machine *m)
{
    printf("classifier:\n  ");
    for (size_t i = 0; i < net->n_inputs; i++)
        printf("%s%s", i ? " + " : "", m->layers[net->input[i]].name);
    for (size_t k = 0; k < net->n_stages; k++)
        printf(" -> %zu", net->stages[k].out);
    printf(" classes, %s units, temperature %.4g\n  classes:", bz_activation_name(net->activation), net->temperature);
    for (size_t c = 0; c < bz_network_class_count(net); c++) {
        if (net->n_classes)
            printf(" %s", net->classes[c]);
        else if (c == 0 || c + 1 == bz_network_class_count(net))
            printf("%s%zu", c ? " to " : " the numbers ", c);
    }
    putchar('\n');
}

/* The training record, one line for each key. */
static int print_training(const char *text, struct bz_error *err)
{
    cJSON *json;
    if (bz_json_parse_any(&json, text, err) < 0)
        return -1;
    const cJSON *item;
    int rc = 0;
    printf("training:%s\n", cJSON_IsObject(json) ? "" : " (none that can be read)");
    cJSON_ArrayForEach(item, json)
    {
        char *value = bz_json_print(cJSON_Duplicate(item, true), "the record", err);
        rc = value ? rc : -1;
        printf("  %-20s %s\n", item->string ? item->string : "", value ? value : "");
        bz_free(value);
    }
    cJSON_Delete(json);
    return rc;
}

static int print_model(const struct bz_model *model, const char *path, struct bz_error *err)
{
    const struct bz_machine *m = model->machine;
    static const char *const remark[] = {" (NOT those that were written)", " (its record holds no digest to check them by)",
                                         " (as recorded)"};
    char digest[BZ_DIGEST_ROOM];
    size_t parameters = 0;
    struct bz_error why = {0};
    const int sound = bz_model_verify(model, &why);
    if (sound < 0 && why.code != BZ_BAD_MODEL) {
        *err = why;
        return -1;
    }
    each_tensor(m, count_parameters, &parameters);
    bz_model_digest(model, digest);
    printf("file:       %s\nkind:       %s\nparameters: %zu (%zu bytes)\nweights:    sha256:%s%s\n", path, m->kind, parameters,
           model->weight_bytes, digest, remark[1 + sound]);
    for (size_t i = 0; i < model->n_log_z; i++) {
        const struct bz_log_z *z = &model->log_z[i];
        printf("log Z:      %.6f", z->value);
        if (strcmp(z->method, "exact") != 0)
            printf(" +- %.4f", z->stderr_);
        printf(" (%s", z->method);
        if (z->runs > 0)
            printf(", %zu runs of %zu temperatures", z->runs, z->betas);
        if (z->counts >= 0)
            printf(", %g counts", z->counts);
        printf(")\n");
        if (*z->warning)
            printf("            unreliable: %s\n", z->warning);
    }
    print_layers(m);
    if (model->classifier)
        print_classifier(model->classifier, m);
    printf("tensors: %37s %11s %11s %11s %11s\n", "values", "least", "largest", "mean", "rms");
    each_tensor(m, print_tensor, NULL);
    return model->training ? print_training(model->training, err) : 0;
}

static void add_tensor(void *arg, const char *name, const float *x, size_t n)
{
    const struct moments s = moments_of(x, n);
    cJSON *tensor = cJSON_AddObjectToObject(arg, name);
    cJSON_AddNumberToObject(tensor, "values", (double)n);
    cJSON_AddNumberToObject(tensor, "least", s.least);
    cJSON_AddNumberToObject(tensor, "largest", s.largest);
    cJSON_AddNumberToObject(tensor, "mean", s.mean);
    cJSON_AddNumberToObject(tensor, "rms", s.rms);
}

/* What it reads, units stage by stage, and the names of its classes (null: numbers from 0). */
static cJSON *classifier_object(const struct bz_network *net, const struct bz_machine *m)
{
    cJSON *object = cJSON_CreateObject(), *inputs = cJSON_AddArrayToObject(object, "inputs");
    cJSON *sizes = cJSON_AddArrayToObject(object, "units");
    for (size_t i = 0; i < net->n_inputs; i++)
        bz_json_append(inputs, cJSON_CreateString(m->layers[net->input[i]].name));
    for (size_t k = 0; k < net->n_stages; k++)
        bz_json_append(sizes, cJSON_CreateNumber((double)net->stages[k].out));
    cJSON_AddStringToObject(object, "activation", bz_activation_name(net->activation));
    cJSON_AddNumberToObject(object, "temperature", net->temperature);
    bz_json_add(object, "classes",
                net->n_classes ? cJSON_CreateStringArray((const char *const *)net->classes, (int)net->n_classes)
                               : cJSON_CreateNull());
    return object;
}

/* A JSON text as a member, null where there is none. */
static void add_text(cJSON *object, const char *key, const char *text)
{
    cJSON *value = text ? cJSON_Parse(text) : NULL;
    bz_json_add(object, key, value ? value : cJSON_CreateNull());
}

static int print_json(const struct train_arguments *a, const struct inspect_options *o, struct bz_model *model,
                      const char *path, struct bz_error *err)
{
    cJSON *json = cJSON_CreateObject(), *graph = cJSON_Parse(model->graph_json);
    char digest[BZ_DIGEST_ROOM], hex[BZ_DIGEST_ROOM + 8];
    size_t parameters = 0;
    each_tensor(model->machine, count_parameters, &parameters);
    bz_model_digest(model, digest);
    snprintf(hex, sizeof(hex), "sha256:%s", digest);
    cJSON_AddStringToObject(json, "path", path);
    cJSON_AddStringToObject(json, "kind", model->machine->kind);
    bz_json_add(json, "layers", cJSON_DetachItemFromObjectCaseSensitive(graph, "layers"));
    bz_json_add(json, "couplings", cJSON_DetachItemFromObjectCaseSensitive(graph, "couplings"));
    bz_json_add(json, "classifier",
                model->classifier ? classifier_object(model->classifier, model->machine) : cJSON_CreateNull());
    add_text(json, "training", model->training);
    add_text(json, "log_partition", model->log_z_json);
    cJSON_AddStringToObject(json, "digest", hex);
    cJSON_AddNumberToObject(json, "parameters", (double)parameters);
    cJSON_AddNumberToObject(json, "weight_bytes", (double)model->weight_bytes);
    bz_json_add(json, "warning", model->warning ? cJSON_CreateString(model->warning) : cJSON_CreateNull());
    each_tensor(model->machine, add_tensor, cJSON_AddObjectToObject(json, "tensors"));
    if (train_meaning_say(&o->meaning, &o->run, a->words[0], model, json, err) < 0) {
        cJSON_Delete(json);
        cJSON_Delete(graph);
        return -1;
    }
    char *text = bz_json_print(json, "the JSON text", err);
    if (text)
        puts(text);
    bz_free(text);
    cJSON_Delete(graph);
    return text ? 0 : -1;
}

/* The weights of the first coupling of a visible layer with a hidden one: a picture for each hidden unit. */
static int show_weights(const struct bz_machine *m, struct bz_error *err)
{
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_coupling *k = &m->couplings[c];
        const struct bz_layer *a = &m->layers[k->a], *b = &m->layers[k->b];
        if (bz_is_visible(a) == bz_is_visible(b) || k->index)
            continue;
        const struct bz_layer *visible = bz_is_visible(a) ? a : b, *hidden = bz_is_visible(a) ? b : a;
        struct bz_tiling tiling = bz_tiling_of(visible);
        tiling.tone = BZ_TONE_BALANCED;
        return train_show_tiles(stdout, &tiling, bz_is_visible(a) ? k->weight_t : k->weight, hidden->size, visible->size, err);
    }
    return bz_fail(err, BZ_BAD_USAGE, "--show: no visible layer is coupled to a hidden one");
}

static int print_check(const struct bz_model *model, const char *path, struct bz_error *err)
{
    const int told = bz_model_verify(model, err);
    if (told < 0)
        return bz_fail_in(err, "%s", path);
    printf("%s: sound%s\n", path,
           told ? "; the tensors are those that were written"
                : "; its record holds no digest of the tensors, so whether they are those that were written cannot be told");
    return 0;
}

/* With --data samples of the model stand beside the rows. */
static int write_page(const char *given, const struct inspect_options *o, const struct bz_model *model, const char *path,
                      struct bz_error *err)
{
    struct train_comparison_options options = {.count = 500, .steps = 500, .seed = 1, .quiet = true};
    struct train_comparison beside;
    struct bz_ladder *ladder = NULL;
    struct train_rows r;
    int rc = -1;
    if (!o->meaning.data.data.n)
        return train_html_model(model, NULL, path, o->html, err);
    if (train_begin_rows(&r, given, &o->meaning.data, &o->run, options.seed, err) < 0)
        return -1;
    if (train_rows_alike(&r, "boltz inspect", err) == 0 &&
        train_data_binarize(r.data, &o->meaning.data, TRAIN_BINARIZE_STOCHASTIC, &r.binarize, err) == 0 &&
        train_sampler_ladder(options.sampler, given, model->machine, &ladder, err) == 0) {
        options.sampler = ladder ? TRAIN_SAMPLER_PTT : TRAIN_SAMPLER_GIBBS;
        if (train_compare(&r, &options, ladder, &beside, err) == 0) {
            rc = train_html_model(model, &beside, path, o->html, err);
            train_comparison_free(&beside);
        }
    }
    bz_ladder_free(ladder);
    train_rows_close(&r);
    return rc;
}

static int inspect(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct inspect_options *o = options;
    struct bz_model *model;
    char *path;
    bool meaning;
    if (train_meaning_asked(&o->meaning, o->html != NULL, &meaning, err) < 0)
        return -1;
    if (bz_model_path(&path, a->words[0], err) < 0)
        return -1;
    if (train_model_open(&model, path, err) < 0) {
        bz_free(path);
        return -1;
    }
    int rc = bz_machine_check(model->machine, err);
    if (rc < 0)
        bz_fail_in(err, "%s", path);
    if (rc == 0 && o->json)
        rc = print_json(a, o, model, path, err);
    else if (rc == 0 && o->check)
        rc = print_check(model, path, err);
    else if (rc == 0 && meaning)
        rc = train_meaning_say(&o->meaning, &o->run, a->words[0], model, NULL, err);
    else if (rc == 0)
        rc = print_model(model, path, err);
    if (rc == 0 && o->html)
        rc = write_page(a->words[0], o, model, path, err);
    if (rc == 0 && o->show)
        rc = show_weights(model->machine, err);
    bz_model_free(model);
    bz_free(path);
    return rc;
}

static const struct bz_option_group groups[] = {
    {"Options", rows, TRAIN_COUNT(rows), 0},
    {"Meaning", train_meaning_rows, TRAIN_N_MEANING_OPTIONS, offsetof(struct inspect_options, meaning)},
    {"Rows", train_data_rows, TRAIN_N_DATA_OPTIONS,
     offsetof(struct inspect_options, meaning) + offsetof(struct train_meaning_options, data)},
    {"Running", train_run_rows, TRAIN_N_RUN_OPTIONS, offsetof(struct inspect_options, run)},
};

const struct train_work train_work_inspect = {
    TRAIN_OPTIONS(groups, struct inspect_options),
    .run = inspect,
};
