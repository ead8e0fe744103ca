/* What a run keeps beside its checkpoint, so that --resume decides as the run that was interrupted did: its first machine,
 * where another run follows, and what quarters of few rows have said. */
#include "training.h"

#include "file_write.h"
#include "json_text.h"
#include "mem.h"
#include "model_file.h"
#include "parameters.h"
#include "source.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

static char *first_path(const struct training *t, struct bz_error *err)
{
    return training_join(err, "%s/first.safetensors", t->folder);
}

int training_keep_first(const struct training *t, bool other, struct bz_error *err)
{
    char *path = first_path(t, err),
         *said = training_join(err,
                               "{\"log_prob\":%.17g,\"updates\":%llu,\"start\":%.17g,\"kept\":%llu,\"cooled\":%llu,"
                               "\"planned\":%llu,\"parted\":%d,\"tempered\":%d}",
                               t->outcome.log_prob, (unsigned long long)t->outcome.updates, t->outcome.start,
                               (unsigned long long)t->outcome.kept, (unsigned long long)t->outcome.cooled,
                               (unsigned long long)t->last.updates, t->outcome.parted, other);
    const struct bz_model_text text = {.training = said};
    const bool written = train_ranks_number(t->ranks) > 0;
    const int rc = !path || !said ? -1 : written ? 0 : bz_model_save(t->result, &text, path, err);
    bz_free(path);
    bz_free(said);
    return rc;
}

static double number_of(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

int training_fetch_first(struct training *t, struct train_stage *stage, bool *other, struct bz_error *err)
{
    struct bz_model *model = NULL;
    char *path = first_path(t, err);
    int rc = -1;
    if (path && bz_model_load(&model, path, err) == 0 && train_machine_copy(&t->result, model->machine, NULL, err) == 0 &&
        bz_machine_prepare(t->result, err) == 0) {
        cJSON *said;
        if (bz_json_parse_any(&said, model->training, err) < 0)
            goto out;
        t->outcome = (struct train_outcome){.log_prob = number_of(said, "log_prob"),
                                            .error = 0,
                                            .start = number_of(said, "start"),
                                            .updates = (uint64_t)number_of(said, "updates"),
                                            .kept = (uint64_t)number_of(said, "kept"),
                                            .cooled = (uint64_t)number_of(said, "cooled"),
                                            .stopped = number_of(said, "cooled") > 0,
                                            .parted = number_of(said, "parted") > 0};
        *other = number_of(said, "tempered") > 0;
        if (!stage->end_at) /* that of quarters is known */
            stage->updates = (uint64_t)number_of(said, "planned");
        cJSON_Delete(said);
        rc = 0;
    }
out:
    bz_model_free(model);
    bz_free(path);
    return rc;
}

static char *quarters_path(const struct training *t, struct bz_error *err)
{
    return training_join(err, "%s/quarters.json", t->folder);
}

int training_keep_quarters(const struct training *t, struct bz_error *err)
{
    const struct training_quarters *q = &t->quarters;
    char *path = quarters_path(t, err),
         *said = path ? training_join(err, "{\"known\":%d,\"best\":%llu,\"gain\":%.17g,\"whole\":%d}", q->known,
                                      (unsigned long long)q->best, q->gain, q->whole)
                      : NULL;
    const int rc = said ? bz_file_save(path, said, strlen(said), err) : -1;
    bz_free_all(path, said);
    return rc;
}

bool training_fetch_quarters(struct training *t)
{
    struct bz_error none;
    struct train_source file = {0};
    char *path = quarters_path(t, &none);
    cJSON *said =
        path && train_source_read(&file, path, &none) == 0 ? bz_json_parse((const char *)file.data, file.size, &none) : NULL;
    const double best = number_of(said, "best");
    const bool there = best >= 0;
    if (there)
        t->quarters = (struct training_quarters){.known = number_of(said, "known") > 0,
                                                 .gain = number_of(said, "gain"),
                                                 .best = (uint64_t)best,
                                                 .whole = number_of(said, "whole") > 0};
    cJSON_Delete(said);
    train_source_free(&file);
    bz_free(path);
    return there;
}
