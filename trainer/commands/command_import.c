/* boltz import: a machine that scikit-learn trained becomes a version in a repository. */
#include "arguments.h"
#include "commands.h"
#include "file_write.h"
#include "json_text.h"
#include "mem.h"
#include "model_file.h"
#include "sklearn.h"
#include "source.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct import_options {
    const char *out, *shape, *config;
};

static const struct bz_option rows[] = {
    {.name = "out",
     .type = BZ_OPTION_TEXT,
     .offset = offsetof(struct import_options, out),
     .argument = "REPO/NAME",
     .help = "the model; the next version of it is written"},
    {.name = "shape",
     .type = BZ_OPTION_TEXT,
     .offset = offsetof(struct import_options, shape),
     .argument = "HxW",
     .help = "what pictures the visible units make, 28x28 say"},
    {.name = "config",
     .type = BZ_OPTION_TEXT,
     .offset = offsetof(struct import_options, config),
     .argument = "FILE",
     .help = "read options from this file"},
};

/* "28x28" onto a layer. */
static int set_shape(struct bz_layer *layer, const char *text, struct bz_error *err)
{
    size_t product = 1;
    for (const char *at = text;;) {
        char *end;
        const unsigned long side = strtoul(at, &end, 10);
        if (end == at || *at == '-' || *at == '+' || side == 0 || side > layer->size || layer->rank == BZ_MAX_RANK ||
            (*end && *end != 'x'))
            return bz_fail(err, BZ_BAD_USAGE, "--shape %s: expected HxW, with H times W = %zu units", text, layer->size);
        layer->shape[layer->rank++] = side;
        product *= side; /* checked against size each time: no overflow */
        if (product > layer->size || !*end)
            break;
        at = end + 1;
    }
    if (product != layer->size)
        return bz_fail(err, BZ_BAD_USAGE, "--shape %s: expected HxW, with H times W = %zu units", text, layer->size);
    return 0;
}

/* The `training` metadata: where the weights come from. */
static char *make_record(const char *path, struct bz_error *err)
{
    struct train_source source;
    if (train_source_read(&source, path, err) < 0)
        return NULL;
    const char *slash = strrchr(path, '/');
    cJSON *record = cJSON_CreateObject(), *file = cJSON_CreateObject();
    cJSON_AddStringToObject(record, "program", "boltz " BOLTZ_VERSION);
    cJSON_AddStringToObject(record, "algorithm", "import");
    cJSON_AddStringToObject(file, "name", slash ? slash + 1 : path);
    cJSON_AddStringToObject(file, "sha256", source.digest);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(record, "data"), file);
    train_source_free(&source);
    return bz_json_print(record, "the record of the import", err);
}

static int save(const struct bz_machine *m, const char *record, const char *out, struct bz_error *err)
{
    char *stage;
    if (bz_version_stage(&stage, out, err) < 0)
        return -1;
    const size_t room = strlen(stage) + sizeof("/" BZ_MODEL_FILE);
    char *path = bz_alloc(room, 1, err);
    unsigned long version;
    int rc = -1;
    if (path) {
        snprintf(path, room, "%s/" BZ_MODEL_FILE, stage);
        rc = bz_model_save(m, &(struct bz_model_text){.training = record, .sign = true}, path, err);
    }
    if (rc == 0 && (rc = bz_version_publish(&version, stage, out, err)) == 0)
        printf("%s/%lu\n", out, version);
    else
        bz_remove_folder(stage);
    bz_free(path);
    bz_free(stage);
    return rc;
}

static int import(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct import_options *o = options;
    const char *from = a->words[0];
    if (!o->out)
        return bz_fail(err, BZ_BAD_USAGE, "--out REPO/NAME: missing");
    struct bz_machine *m;
    if (train_sklearn_read(&m, from, err) < 0)
        return -1;
    char *record = NULL;
    int rc = -1;
    if ((!o->shape || set_shape(&m->layers[0], o->shape, err) == 0) && (record = make_record(from, err)))
        rc = save(m, record, o->out, err);
    bz_free(record);
    bz_machine_free(m);
    return rc;
}

static const struct bz_option_group groups[] = {{"Options", rows, TRAIN_COUNT(rows), 0}};

const struct train_command train_command_import = {
    .name = "import",
    .help = "make a model of what scikit-learn trained",
    .usage = "FILE.npz --out REPO/NAME [--shape HxW]",
    .about = "Makes a model of the arrays of scikit-learn's BernoulliRBM, saved with numpy.savez(FILE, "
             "components_=rbm.components_, intercept_hidden_=rbm.intercept_hidden_, "
             "intercept_visible_=rbm.intercept_visible_). Prints the folder of the new version.",
    .groups = groups,
    .n_groups = TRAIN_COUNT(groups),
    .least_words = 1,
    .most_words = 1,
    .size = sizeof(struct import_options),
    .run = import,
};
