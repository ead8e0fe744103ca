#include "energy_scale.h"

#include "json_text.h"
#include "mem.h"
#include "order.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char digest_prefix[] = "sha256:";
static const double max_whole = 9007199254740992.0; /* 2^53 */

/* --- numbers --- */

/* The quantile at probability p, interpolated between the ascending values x[n]. */
static double between(const double *x, size_t n, double p)
{
    const double at = p * (double)(n - 1);
    const size_t i = at >= (double)(n - 1) ? n - 1 : (size_t)at;
    const double part = at - (double)i;
    return i + 1 < n && part > 0 ? x[i] + part * (x[i + 1] - x[i]) : x[i];
}

double bz_energy_percentile(const struct bz_energy_scale *s, double free_energy)
{
    const double *q = s->quantile;
    size_t low = 0, high = s->n; /* the first larger one is in low .. high */
    if (isnan(free_energy))
        return free_energy;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (q[middle] <= free_energy)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return 0;
    const double part = low < s->n ? (free_energy - q[low - 1]) / (q[low] - q[low - 1]) : 0;
    return 100 * ((double)(low - 1) + part) / (double)(s->n - 1);
}

int bz_energy_scale_make(struct bz_energy_scale **out, double *free_energy, size_t rows, double contamination, const char *of,
                         struct bz_error *err)
{
    struct bz_energy_scale *s;
    if (rows == 0)
        return bz_fail(err, BZ_BAD_INPUT, "no rows whose free energies could be kept; expected at least one");
    for (size_t i = 0; i < rows; i++)
        if (!isfinite(free_energy[i]))
            return bz_fail(err, BZ_DIVERGED, "row %zu: the free energy is not finite", i + 1);
    if (!(s = bz_alloc(1, sizeof(*s), err)))
        return -1;
    s->rows = rows;
    s->n = rows < 2 ? 2 : rows < BZ_MOST_QUANTILES ? rows : BZ_MOST_QUANTILES;
    s->contamination = contamination;
    snprintf(s->of, sizeof(s->of), "%s", of);
    if (!(s->quantile = bz_alloc(s->n, sizeof(double), err))) {
        bz_free(s);
        return -1;
    }
    bz_sort(free_energy, rows);
    for (size_t i = 0; i < s->n; i++)
        s->quantile[i] = s->n == rows ? free_energy[i] : between(free_energy, rows, (double)i / (double)(s->n - 1));
    s->threshold = between(free_energy, rows, 1 - contamination);
    *out = s;
    return 0;
}

void bz_energy_scale_free(struct bz_energy_scale *s)
{
    if (s)
        bz_free(s->quantile);
    bz_free(s);
}

/* --- text --- */

static int read_number(const cJSON *tree, const char *key, double *out, struct bz_error *err)
{
    const cJSON *item = bz_json_get(tree, key);
    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
        return bz_fail(err, BZ_BAD_MODEL, "%s: expected a finite number, found %s", key, item ? bz_json_kind(item) : "none");
    *out = item->valuedouble;
    return 0;
}

static int read_quantiles(const cJSON *tree, struct bz_energy_scale *s, struct bz_error *err)
{
    const cJSON *list = bz_json_get(tree, "quantiles"), *item;
    const int n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    if (n < 2)
        return bz_fail(err, BZ_BAD_MODEL, "quantiles: expected a list of at least 2 numbers, found %s",
                       !list                 ? "none"
                       : cJSON_IsArray(list) ? "a shorter one"
                                             : bz_json_kind(list));
    if (!(s->quantile = bz_alloc((size_t)n, sizeof(double), err)))
        return -1;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
            return bz_fail(err, BZ_BAD_MODEL, "quantiles[%zu]: expected a finite number", s->n);
        if (s->n > 0 && item->valuedouble < s->quantile[s->n - 1])
            return bz_fail(err, BZ_BAD_MODEL, "quantiles[%zu]: expected ascending numbers, found %.9g after %.9g", s->n,
                           item->valuedouble, s->quantile[s->n - 1]);
        s->quantile[s->n++] = item->valuedouble;
    }
    return 0;
}

static int read_scale(const cJSON *tree, struct bz_energy_scale *s, struct bz_error *err)
{
    const cJSON *rows = bz_json_get(tree, "rows"), *of = bz_json_get(tree, "of"), *part = bz_json_get(tree, "contamination");
    if (!cJSON_IsObject(tree))
        return bz_fail(err, BZ_BAD_MODEL, "expected a JSON object, found %s", bz_json_kind(tree));
    if (rows && !bz_json_whole(rows, 0, max_whole, &s->rows))
        return bz_fail(err, BZ_BAD_MODEL, "rows: expected a whole number");
    if (of && !cJSON_IsString(of))
        return bz_fail(err, BZ_BAD_MODEL, "of: expected a string, found %s", bz_json_kind(of));
    snprintf(s->of, sizeof(s->of), "%s", of ? of->valuestring : "");
    s->contamination = cJSON_IsNumber(part) ? part->valuedouble : (double)NAN;
    return read_number(tree, "threshold", &s->threshold, err) < 0 ? -1 : read_quantiles(tree, s, err);
}

static bool is_for(const cJSON *tree, const char *digest)
{
    const cJSON *weights = bz_json_get(tree, "weights");
    const size_t prefix = sizeof(digest_prefix) - 1;
    return !weights || !digest ||
           (cJSON_IsString(weights) && strncmp(weights->valuestring, digest_prefix, prefix) == 0 &&
            strcasecmp(weights->valuestring + prefix, digest) == 0);
}

int bz_energy_scale_read(struct bz_energy_scale **out, const char *text, const char *digest, struct bz_error *err)
{
    cJSON *tree = bz_json_parse(text, strlen(text), err);
    struct bz_energy_scale *s = tree ? bz_alloc(1, sizeof(*s), err) : NULL;
    int rc = s ? read_scale(tree, s, err) : -1;
    if (rc == 0)
        rc = is_for(tree, digest);
    cJSON_Delete(tree);
    if (rc == 1)
        *out = s;
    else
        bz_energy_scale_free(s);
    return rc;
}

char *bz_energy_scale_text(const struct bz_energy_scale *s, const char *digest, struct bz_error *err)
{
    char weights[128];
    cJSON *tree = cJSON_CreateObject();
    cJSON_AddNumberToObject(tree, "rows", (double)s->rows);
    if (*s->of)
        cJSON_AddStringToObject(tree, "of", s->of);
    cJSON_AddNumberToObject(tree, "threshold", s->threshold);
    if (isfinite(s->contamination))
        cJSON_AddNumberToObject(tree, "contamination", s->contamination);
    cJSON *list = cJSON_AddArrayToObject(tree, "quantiles");
    for (size_t i = 0; i < s->n; i++)
        bz_json_append(list, cJSON_CreateNumber(s->quantile[i]));
    snprintf(weights, sizeof(weights), "%s%s", digest_prefix, digest);
    cJSON_AddStringToObject(tree, "weights", weights);
    return bz_json_print(tree, "the text of free_energy", err);
}
