/* The record in a model file of how it was made. Nothing in it differs between runs of the same command. */
#include "training.h"

#include "json_text.h"
#include "kernels.h"
#include "linalg.h"
#include "mem.h"
#include "text_stream.h"

#include <math.h>
#include <stdio.h>
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
        bz_json_append(list, file);
    }
}

/* Options whose values name files, as FILE or NAME=FILE. */
static bool names_files(const char *key)
{
    static const char *const keys[] = {"data", "labels", "header", "valid", "init", "out"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

/* Where the file's name begins in FILE or NAME=FILE. */
static const char *file_of(const char *value)
{
    const char *equals = strchr(value, '=');
    return equals && !memchr(value, '/', (size_t)(equals - value)) ? equals + 1 : value;
}

/* A value as recorded: files without their folders. */
static cJSON *recorded(const char *key, const char *value, size_t length)
{
    char text[1024];
    snprintf(text, sizeof(text), "%.*s", (int)(length < sizeof(text) ? length : sizeof(text) - 1), value);
    if (names_files(key)) {
        char *start = text + (file_of(text) - text), *slash = strrchr(start, '/');
        if (slash)
            memmove(start, slash + 1, strlen(slash + 1) + 1);
    }
    return cJSON_CreateString(text);
}

/* "key = value" lines as an object of strings; a key on several lines has a list of them. */
static cJSON *settings_object(const struct training *t)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "kind", t->kind);
    for (const char *line = t->settings_text; *line;) {
        char key[64];
        const size_t n = strcspn(line, "\n");
        const char *equals = memmem(line, n, " = ", 3);
        if (equals) {
            snprintf(key, sizeof(key), "%.*s", (int)(equals - line), line);
            cJSON *value = recorded(key, equals + 3, n - (size_t)(equals + 3 - line));
            cJSON *before = cJSON_GetObjectItemCaseSensitive(object, key);
            if (cJSON_IsArray(before)) {
                bz_json_append(before, value);
            } else if (before) {
                cJSON *list = cJSON_CreateArray();
                bz_json_append(list, cJSON_DetachItemViaPointer(object, before));
                bz_json_append(list, value);
                bz_json_add(object, key, list);
            } else {
                bz_json_add(object, key, value);
            }
        }
        line += n + (line[n] == '\n');
    }
    return object;
}

static cJSON *files_array(const struct training *t)
{
    cJSON *data = cJSON_CreateArray();
    add_files(data, t->data, "train");
    add_files(data, t->valid, "valid");
    if (t->init) {
        char digest[BZ_DIGEST_ROOM];
        cJSON *file = cJSON_CreateObject();
        bz_model_digest(t->init, digest);
        cJSON_AddStringToObject(file, "name", base_name(t->settings->init));
        cJSON_AddStringToObject(file, "weights", digest);
        cJSON_AddStringToObject(file, "use", "init");
        bz_json_append(data, file);
    }
    return data;
}

/* --- what makes two runs the same --- */

static void write_setting(FILE *out, const char *key, const cJSON *value)
{
    const char *text = cJSON_GetStringValue(value);
    if (!text)
        return;
    /* For a file the bytes count, listed by their digests; for NAME=FILE the name too. */
    const size_t n = names_files(key) ? (size_t)(file_of(text) - text) : strlen(text);
    fprintf(out, "%s = %.*s\n", key, (int)n, text);
}

static char *run_text(const cJSON *settings, const cJSON *files, struct bz_error *err)
{
    struct bz_text text;
    char *copy = NULL;
    const cJSON *item, *value;
    FILE *out = bz_text_begin(&text, err);
    if (out) {
        cJSON_ArrayForEach(item, settings)
        {
            if (cJSON_IsArray(item))
                cJSON_ArrayForEach(value, item) write_setting(out, item->string, value);
            else
                write_setting(out, item->string, item);
        }
        size_t number = 0;
        cJSON_ArrayForEach(item, files)
        {
            const char *bytes = cJSON_GetStringValue(bz_json_get(item, "sha256"));
            const char *weights = cJSON_GetStringValue(bz_json_get(item, "weights"));
            const char *use = cJSON_GetStringValue(bz_json_get(item, "use"));
            fprintf(out, "sha256 of file %zu (%s) = %s\n", ++number, use ? use : "?", bytes ? bytes : weights ? weights : "?");
        }
        if (bz_text_end(&text, "the settings", err) == 0)
            copy = bz_strdup(text.text, err);
    }
    bz_text_free(&text);
    return copy;
}

char *training_run_text(const struct training *t, struct bz_error *err)
{
    /* By way of a record's text, so that what is compared is what a record would give back. */
    cJSON *record = cJSON_CreateObject();
    bz_json_add(record, "settings", settings_object(t));
    bz_json_add(record, "data", files_array(t));
    char *text = bz_json_print(record, "the settings", err), *result = text ? training_record_text(text, err) : NULL;
    bz_free(text);
    return result;
}

char *training_record_text(const char *record, struct bz_error *err)
{
    cJSON *tree = record ? bz_json_parse(record, strlen(record), err) : NULL;
    const cJSON *settings = bz_json_get(tree, "settings"), *files = bz_json_get(tree, "data");
    char *text = NULL;
    if (cJSON_IsObject(settings) && cJSON_IsArray(files))
        text = run_text(settings, files, err);
    else if (!record || tree)
        bz_fail(err, BZ_BAD_INPUT, "expected a record of its training with `settings` and `data`, found none");
    cJSON_Delete(tree);
    return text;
}

/* --- the record --- */

/* Groups of rows far apart: their shares of the rows and of the distribution, where these were measured. */
static cJSON *groups_array(const struct training *t)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t k = 0; k < t->outcome.groups; k++) {
        cJSON *group = cJSON_CreateObject();
        cJSON_AddNumberToObject(group, "rows", t->clusters->share[k]);
        if (isfinite(t->outcome.share[k])) {
            cJSON_AddNumberToObject(group, "share", t->outcome.share[k]);
            cJSON_AddNumberToObject(group, "stderr", t->outcome.share_error[k]);
        }
        bz_json_append(list, group);
    }
    return list;
}

char *training_record(const struct training *t, struct bz_error *err)
{
    const struct train_stage *s = &t->last;
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "program", "boltz " BOLTZ_VERSION);
    cJSON_AddStringToObject(root, "algorithm", train_algorithm(s->rule.algorithm)->name);
    cJSON_AddNumberToObject(root, "k", (double)s->rule.sweeps);
    cJSON_AddNumberToObject(root, "rows", (double)t->n_rows);
    cJSON_AddNumberToObject(root, "epochs", (double)s->updates / (double)train_updates_per_epoch(s->n_rows, s->batch));
    cJSON_AddNumberToObject(root, "updates", (double)s->updates);
    cJSON_AddNumberToObject(root, "batch", (double)s->batch);
    cJSON_AddNumberToObject(root, "chains", (double)s->chains);
    if (t->ranks)
        cJSON_AddNumberToObject(root, "ranks", (double)train_ranks_count(t->ranks));
    cJSON_AddNumberToObject(root, "learning_rate", s->rate);
    cJSON_AddStringToObject(root, "optimizer", s->rule.optimizer == TRAIN_ADAM ? "adam" : "sgd");
    cJSON_AddNumberToObject(root, "momentum", s->momentum);
    cJSON_AddNumberToObject(root, "weight_decay", s->rule.weight_decay);
    if (t->outcome.gave_up)
        cJSON_AddBoolToObject(root, "diverged", true);
    if (isfinite(t->outcome.log_prob)) {
        cJSON_AddNumberToObject(root, "kept_update", (double)t->outcome.kept);
        cJSON_AddNumberToObject(root, "log_prob", t->outcome.log_prob);
        cJSON_AddNumberToObject(root, "log_prob_at_start", t->outcome.start);
        cJSON_AddBoolToObject(root, "stopped_early", t->outcome.stopped);
        cJSON_AddBoolToObject(root, "chains_parted", t->outcome.parted);
    }
    if (t->floor.known) {
        cJSON_AddNumberToObject(root, "log_prob_training_rows", t->floor.log_prob);
        cJSON_AddNumberToObject(root, "log_prob_independent_columns", t->floor.independent);
        cJSON_AddBoolToObject(root, "independent_columns_kept", t->floor.kept);
        cJSON_AddBoolToObject(root, "start_kept", t->floor.kept_start);
    }
    if (t->quarters.known) {
        cJSON_AddNumberToObject(root, "gain_of_quarters", t->quarters.gain);
        cJSON_AddNumberToObject(root, "best_update_of_quarters", (double)t->quarters.best);
        cJSON_AddBoolToObject(root, "start_kept", !t->quarters.best);
    }
    if (t->outcome.groups)
        bz_json_add(root, "groups", groups_array(t));
    cJSON_AddNumberToObject(root, "valid_rows", (double)t->n_valid);
    if (t->refitted) /* the figures above are for these, before they were learned from */
        cJSON_AddNumberToObject(root, "refitted_rows", (double)t->refitted);
    if (t->tree)
        cJSON_AddNumberToObject(root, "tree_pairs", (double)t->tree);
    if (t->already)
        cJSON_AddNumberToObject(root, "went_on_from_update", (double)t->already);
    if (t->pretrained)
        cJSON_AddStringToObject(root, "pretrained", t->pretrained);
    cJSON_AddNumberToObject(root, "seed", (double)s->seed);
    const char *const binarize[] = {"none", "stochastic", "threshold"};
    cJSON_AddStringToObject(root, "binarize", binarize[t->feed.binarize]);
    bz_json_add(root, "settings", settings_object(t));
    bz_json_add(root, "data", files_array(t));
    cJSON_AddStringToObject(root, "blas", train_linalg_name());
    cJSON_AddStringToObject(root, "kernels", bz_cpu()->name);
    return bz_json_print(root, "the record of training", err);
}
