/* boltz import: turns a machine trained by another program into a version in a repository. */
#include "arguments.h"
#include "commands.h"
#include "file_write.h"
#include "import_check.h"
#include "json_text.h"
#include "mem.h"
#include "model_file.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct import_command {
    struct import_options with;
    const char *out, *shape, *config, *check;
    const char *update;
};

#define FIELD(name) offsetof(struct import_command, name)
static const struct bz_option rows[] = {
    BZ_ROW(TEXT, "out", FIELD(out), .argument = "REPO/NAME", .help = "repository entry that gets the next version"),
    BZ_ROW(TEXT, "from", FIELD(with.from), .argument = "PROGRAM",
           .help = "the program that wrote the file, if its content does not tell: sklearn, rbms, julia, adabmdca, plmc, ... "
                   "(docs/import.md)"),
    BZ_ROW(TEXT, "update", FIELD(update), .argument = "N", .help = "which update of an rbms archive; default: the newest"),
    BZ_ROW(TEXT, "alphabet", FIELD(with.alphabet), .argument = "LETTERS",
           .help = "letters of the states in the file's order, where it holds numbers"),
    BZ_ROW(TEXT, "visible-bias", FIELD(with.visible_bias), .argument = "NAME",
           .help = "which array is the visible bias, if lengths do not decide"),
    BZ_ROW(FLAG, "transpose", FIELD(with.transpose), .help = "weights are [hidden, visible], if lengths do not decide"),
    BZ_ROW(TEXT, "check", FIELD(check), .argument = "STATES.npy",
           .help = "a few states, followed by a file of their free energies according to the other program; refused unless all "
                   "differ by one constant"),
    BZ_ROW(TEXT, "shape", FIELD(shape), .argument = "HxW", .help = "picture shape of the visible units, e.g. 28x28"),
    BZ_ROW(TEXT, "config", FIELD(config), .argument = "FILE", .help = "read options from this file"),
};
#undef FIELD

/* "28x28" onto a layer. */
static int set_shape(struct bz_layer *layer, const char *text, struct bz_error *err)
{
    size_t product = 1;
    layer->rank = 0;
    for (const char *at = text;;) {
        char *end;
        const unsigned long side = strtoul(at, &end, 10);
        if (end == at || *at == '-' || *at == '+' || side == 0 || side > layer->size || layer->rank == BZ_MAX_RANK ||
            (*end && *end != 'x'))
            return bz_fail(err, BZ_BAD_USAGE, "--shape %s: expected HxW, with H times W = %zu units", text, layer->size);
        layer->shape[layer->rank++] = side;
        product *= side; /* checked against size each time, so no overflow */
        if (product > layer->size || !*end)
            break;
        at = end + 1;
    }
    if (product != layer->size)
        return bz_fail(err, BZ_BAD_USAGE, "--shape %s: expected HxW, with H times W = %zu units", text, layer->size);
    return 0;
}

static void add_file(cJSON *list, const struct bundle *b)
{
    const char *slash = strrchr(b->path, '/');
    cJSON *file = cJSON_CreateObject();
    cJSON_AddStringToObject(file, "name", slash ? slash + 1 : b->path);
    cJSON_AddStringToObject(file, "sha256", b->source.digest);
    bz_json_append(list, file);
}

/* The `training` metadata: where the weights come from. */
static char *make_record(const struct import *im, const struct import_command *o, struct bz_error *err)
{
    cJSON *record = cJSON_CreateObject();
    cJSON_AddStringToObject(record, "program", "boltz " BOLTZ_VERSION);
    cJSON_AddStringToObject(record, "algorithm", "import");
    cJSON_AddStringToObject(record, "from", im->program);
    cJSON_AddStringToObject(record, "container", im->b->form);
    cJSON *files = cJSON_AddArrayToObject(record, "data");
    add_file(files, im->b);
    if (im->second)
        add_file(files, im->second);
    cJSON *said = cJSON_AddArrayToObject(record, "taken");
    for (size_t i = 0; i < im->n_said; i++)
        bz_json_append(said, cJSON_CreateString(im->said[i]));
    if (o->with.alphabet)
        cJSON_AddStringToObject(record, "alphabet", o->with.alphabet);
    return bz_json_print(record, "the record of the import", err);
}

static int save(const struct bz_machine *m, const char *record, const char *out, struct bz_error *err)
{
    char *stage;
    bool made;
    if (bz_version_stage(&stage, &made, out, err) < 0)
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
        bz_version_abandon(stage, made, out);
    bz_free(path);
    bz_free(stage);
    return rc;
}

/* FILE [FILE2] [ENERGIES.npy], the last of which belongs to --check. */
static int run(const struct train_arguments *a, const struct import_command *o, struct bundle *b, struct bundle *second,
               struct import *im, struct bz_error *err)
{
    const size_t files = a->n_words - (o->check != NULL);
    char *record = NULL;
    int rc = -1;
    if (files < 1 || files > 2)
        return bz_fail(err, BZ_BAD_USAGE, "%s",
                       o->check ? "--check STATES.npy ENERGIES.npy: a file of energies is missing"
                                : "expected FILE, or the two files of a pretraining");
    if (bundle_open(b, a->words[0], err) < 0 || (files == 2 && bundle_open(second, a->words[1], err) < 0) ||
        import_machine(im, b, files == 2 ? second : NULL, &o->with, err) < 0)
        return -1;
    if (o->check && import_check(im, o->check, a->words[a->n_words - 1], err) < 0)
        goto out;
    fprintf(stderr, "%s: %s (%s)\n", b->path, im->program, b->form);
    for (size_t i = 0; i < im->n_said; i++)
        fprintf(stderr, "  %s\n", im->said[i]);
    if ((!o->shape || set_shape(&im->machine->layers[0], o->shape, err) == 0) && (record = make_record(im, o, err))) {
        bundle_close(second); /* saving reads the model back: the weights are then held twice, without the files */
        bundle_close(b);
        rc = save(im->machine, record, o->out, err);
    }
out:
    bz_free(record);
    return rc;
}

static int import(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    struct import_command o = *(const struct import_command *)options;
    struct bundle b = {0}, second = {0};
    struct import im = {0};
    char *end = NULL;
    if (!o.out)
        return bz_fail(err, BZ_BAD_USAGE, "--out REPO/NAME: missing");
    o.with.update = o.update ? strtoull(o.update, &end, 10) : SIZE_MAX;
    if (o.update && (*end || *o.update < '0' || *o.update > '9'))
        return bz_fail(err, BZ_BAD_USAGE, "--update %s: expected a whole number", o.update);
    const int rc = run(a, &o, &b, &second, &im, err);
    import_free(&im);
    bundle_close(&second);
    bundle_close(&b);
    return rc;
}

static const struct bz_option_group groups[] = {{"Options", rows, TRAIN_COUNT(rows), 0}};

const struct train_work train_work_import = {
    TRAIN_OPTIONS(groups, struct import_command),
    .most_words = 3,
    .run = import,
};
