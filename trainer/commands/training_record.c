/* What a model file says of how it came about. Nothing in it differs from one run of the same command to the next. */
#include "training.h"

#include "mem.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void add_files(cJSON *list, const struct train_data *data, const char *use)
{
    for (size_t i = 0; data && i < data->n_files; i++) {
        cJSON *file = cJSON_CreateObject();
        cJSON_AddStringToObject(file, "name", base_name(data->files[i].path));
        cJSON_AddStringToObject(file, "sha256", data->files[i].digest);
        cJSON_AddStringToObject(file, "use", use);
        cJSON_AddItemToArray(list, file);
    }
}

/* Files are recorded without their folders: FILE or NAME=FILE. In place. */
static void drop_folders(const char *key, char *value)
{
    static const char *const of_files[] = {"data", "labels", "header", "valid", "init", "out"};
    char *equals = strchr(value, '='), *slash = strrchr(value, '/'), *start = value;
    for (size_t i = 0; slash && i < sizeof(of_files) / sizeof(of_files[0]); i++) {
        if (strcmp(key, of_files[i]) != 0)
            continue;
        if (equals && !memchr(value, '/', (size_t)(equals - value)))
            start = equals + 1;
        memmove(start, slash + 1, strlen(slash + 1) + 1);
        return;
    }
}

/* "key = value" lines as an object of strings; a key that stands on several lines has a list of them. */
static cJSON *settings_object(const char *text)
{
    cJSON *object = cJSON_CreateObject();
    while (*text) {
        char line[1024];
        const size_t n = strcspn(text, "\n"), kept = n < sizeof(line) ? n : sizeof(line) - 1;
        memcpy(line, text, kept);
        line[kept] = 0;
        char *equals = strstr(line, " = ");
        if (equals) {
            *equals = 0;
            drop_folders(line, equals + 3);
            cJSON *value = cJSON_CreateString(equals + 3), *before = cJSON_DetachItemFromObjectCaseSensitive(object, line);
            if (before && !cJSON_IsArray(before)) {
                cJSON *list = cJSON_CreateArray();
                cJSON_AddItemToArray(list, before);
                before = list;
            }
            if (before)
                cJSON_AddItemToArray(before, value);
            cJSON_AddItemToObject(object, line, before ? before : value);
        }
        text += n + (text[n] == '\n');
    }
    return object;
}

static const char *algorithm_name(enum train_algorithm algorithm)
{
    return algorithm == TRAIN_CD ? "cd" : algorithm == TRAIN_PT ? "pt" : "pcd";
}

char *training_record(const struct training *t, struct bz_error *err)
{
    const struct train_stage *s = &t->last;
    cJSON *root = cJSON_CreateObject(), *data = cJSON_CreateArray(), *settings = settings_object(t->settings_text);
    cJSON_AddStringToObject(root, "program", "boltz " BOLTZ_VERSION);
    cJSON_AddStringToObject(root, "algorithm", algorithm_name(s->rule.algorithm));
    cJSON_AddNumberToObject(root, "k", (double)s->rule.sweeps);
    cJSON_AddNumberToObject(root, "rows", (double)t->n_rows);
    cJSON_AddNumberToObject(root, "epochs", (double)s->updates / (double)train_updates_per_epoch(s->n_rows, s->batch));
    cJSON_AddNumberToObject(root, "updates", (double)s->updates);
    cJSON_AddNumberToObject(root, "batch", (double)s->batch);
    cJSON_AddNumberToObject(root, "chains", (double)s->chains);
    cJSON_AddNumberToObject(root, "learning_rate", s->rate);
    cJSON_AddStringToObject(root, "optimizer", s->rule.optimizer == TRAIN_ADAM ? "adam" : "sgd");
    cJSON_AddNumberToObject(root, "momentum", s->momentum);
    if (t->pretrained)
        cJSON_AddStringToObject(root, "pretrained", t->pretrained);
    cJSON_AddNumberToObject(root, "seed", (double)s->seed);
    const char *const binarize[] = {"none", "stochastic", "threshold"};
    cJSON_AddStringToObject(root, "binarize", binarize[t->feed.binarize]);
    cJSON_AddItemToObject(root, "settings", settings);
    add_files(data, t->data, "train");
    add_files(data, t->valid, "valid");
    cJSON_AddItemToObject(root, "data", data);
    char *text = cJSON_PrintUnformatted(root), *copy = NULL;
    cJSON_Delete(root);
    if (text)
        copy = bz_strdup(text, err);
    else
        bz_fail(err, BZ_NO_MEMORY, "no memory left for the record of training");
    cJSON_free(text);
    return copy;
}
