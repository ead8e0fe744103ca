#include "log_partition.h"

#include "float_text.h"
#include "json_text.h"
#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char digest_prefix[] = "sha256:";
static const double max_whole = 9007199254740992.0; /* 2^53 */

/* A finite number; if it is not required and absent or null: otherwise. */
static int read_number(const cJSON *entry, const char *key, bool required, double otherwise, double *out, struct bz_error *err)
{
    const cJSON *item = bz_json_get(entry, key);
    *out = otherwise;
    if (!required && (!item || cJSON_IsNull(item)))
        return 0;
    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
        return bz_fail(err, BZ_BAD_MODEL, "%s: expected a finite number, found %s", key,
                       cJSON_IsNumber(item) ? "one that is not" : bz_json_kind(item));
    *out = item->valuedouble;
    return 0;
}

static int read_whole(const cJSON *entry, const char *key, size_t *out, struct bz_error *err)
{
    const cJSON *item = bz_json_get(entry, key);
    *out = 0;
    if (item && !cJSON_IsNull(item) && !bz_json_whole(item, 0, max_whole, out))
        return bz_fail(err, BZ_BAD_MODEL, "%s: expected a whole number", key);
    return 0;
}

double bz_log_z_counts(const struct bz_state *s, size_t row)
{
    double counts = -1;

    for (size_t l = 0; l < s->m->n_layers; l++) {
        if (!s->counts[l] || !bz_is_visible(&s->m->layers[l]))
            continue;
        const double d = (double)s->counts[l][row];
        if (counts >= 0 && counts != d)
            return (double)NAN;
        counts = d;
    }
    return counts;
}

const struct bz_log_z *bz_log_z_find(const struct bz_log_z *list, size_t n, double counts)
{
    for (size_t i = 0; i < n; i++)
        if (counts < 0 ? list[i].counts < 0 : list[i].counts == counts)
            return &list[i];
    return NULL;
}

static int read_entry(const cJSON *entry, struct bz_log_z *z, struct bz_error *err)
{
    if (!cJSON_IsObject(entry))
        return bz_fail(err, BZ_BAD_MODEL, "expected an object, found %s", bz_json_kind(entry));
    const cJSON *method = bz_json_get(entry, "method"), *weights = bz_json_get(entry, "weights"),
                *warning = bz_json_get(entry, "warning");
    if (read_number(entry, "value", true, 0, &z->value, err) < 0 ||
        read_number(entry, "stderr", false, 0, &z->stderr_, err) < 0 ||
        read_number(entry, "counts", false, -1, &z->counts, err) < 0 || read_whole(entry, "runs", &z->runs, err) < 0 ||
        read_whole(entry, "betas", &z->betas, err) < 0)
        return -1;
    if (z->stderr_ < 0)
        return bz_fail(err, BZ_BAD_MODEL, "stderr: expected a number from 0, found %.9g", z->stderr_);
    if (!cJSON_IsString(method) || (strcmp(method->valuestring, "ais") != 0 && strcmp(method->valuestring, "exact") != 0))
        return bz_fail(err, BZ_BAD_MODEL, "method: expected \"ais\" or \"exact\"");
    if (weights && !cJSON_IsString(weights))
        return bz_fail(err, BZ_BAD_MODEL, "weights: expected a string, found %s", bz_json_kind(weights));
    if (warning && !cJSON_IsNull(warning) && !cJSON_IsString(warning))
        return bz_fail(err, BZ_BAD_MODEL, "warning: expected a string or null, found %s", bz_json_kind(warning));
    snprintf(z->method, sizeof(z->method), "%s", method->valuestring);
    snprintf(z->warning, sizeof(z->warning), "%s", cJSON_IsString(warning) ? warning->valuestring : "");
    return 0;
}

static bool is_for(const cJSON *entry, const char *digest)
{
    const cJSON *weights = bz_json_get(entry, "weights");
    const size_t prefix = sizeof(digest_prefix) - 1;
    return !digest || (cJSON_IsString(weights) && strncmp(weights->valuestring, digest_prefix, prefix) == 0 &&
                       strcasecmp(weights->valuestring + prefix, digest) == 0);
}

static char *warning_text(size_t left_out, size_t all, struct bz_error *err)
{
    char text[200];
    if (all == 1)
        snprintf(text, sizeof(text), "log_partition is ignored: it belongs to other weights than those in the file");
    else
        snprintf(text, sizeof(text),
                 "%zu of %zu entries of log_partition are ignored: they belong to other weights than those in the file",
                 left_out, all);
    return bz_strdup(text, err);
}

/* The text of the entries that were kept. */
static char *kept_text(const char *text, const cJSON *list, const char *digest, struct bz_error *err)
{
    if (!list)
        return bz_strdup(text, err);
    cJSON *kept = cJSON_CreateArray();
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list) if (is_for(entry, digest)) bz_json_append(kept, cJSON_Duplicate(entry, true));
    return bz_json_print(kept, "the text of log_partition", err);
}

static int read_entries(struct bz_model *model, const char *text, const cJSON *tree, const char *digest, struct bz_error *err)
{
    const bool list = cJSON_IsArray(tree);
    const size_t n = list ? (size_t)cJSON_GetArraySize(tree) : 1;
    if (!(model->log_z = bz_alloc(n, sizeof(*model->log_z), err)))
        return -1;
    const cJSON *entry = list ? tree->child : tree;
    for (size_t i = 0; i < n; i++, entry = entry->next) {
        struct bz_log_z z;
        if (read_entry(entry, &z, err) < 0)
            return list ? bz_fail_in(err, "[%zu]", i) : -1;
        if (is_for(entry, digest))
            model->log_z[model->n_log_z++] = z;
    }
    const size_t left_out = n - model->n_log_z;
    if (left_out > 0 && !(model->warning = warning_text(left_out, n, err)))
        return -1;
    if (model->n_log_z > 0 && !(model->log_z_json = kept_text(text, left_out > 0 ? tree : NULL, digest, err)))
        return -1;
    return 0;
}

int bz_log_partition_read(struct bz_model *model, const char *text, const char *digest, struct bz_error *err)
{
    cJSON *tree = bz_json_parse(text, strlen(text), err);
    if (!tree)
        return -1;
    const int rc = read_entries(model, text, tree, digest, err);
    cJSON_Delete(tree);
    return rc;
}

/* As the shortest text that reads back the same; cJSON's own is off in the last bits. */
static void add_number(cJSON *entry, const char *key, double x)
{
    char text[BZ_DOUBLE_ROOM];
    bz_double_text(x, text);
    cJSON_AddRawToObject(entry, key, text);
}

static cJSON *entry_json(const struct bz_log_z *z, const char *weights)
{
    cJSON *entry = cJSON_CreateObject();
    if (z->counts >= 0)
        add_number(entry, "counts", z->counts);
    add_number(entry, "value", z->value);
    add_number(entry, "stderr", z->stderr_);
    cJSON_AddStringToObject(entry, "method", z->method);
    add_number(entry, "runs", (double)z->runs);
    add_number(entry, "betas", (double)z->betas);
    cJSON_AddStringToObject(entry, "weights", weights);
    if (*z->warning)
        cJSON_AddStringToObject(entry, "warning", z->warning);
    return entry;
}

char *bz_log_partition_text(const struct bz_log_z *entries, size_t n, const char *digest, struct bz_error *err)
{
    char weights[128];
    snprintf(weights, sizeof(weights), "%s%s", digest_prefix, digest);
    cJSON *tree;
    if (n == 1 && entries[0].counts < 0) {
        tree = entry_json(&entries[0], weights);
    } else {
        tree = cJSON_CreateArray();
        for (size_t i = 0; i < n; i++)
            bz_json_append(tree, entry_json(&entries[i], weights));
    }
    return bz_json_print(tree, "the text of log_partition", err);
}
