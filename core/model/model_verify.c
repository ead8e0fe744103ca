#include "json_text.h"
#include "model_file.h"
#include "stop.h"

#include <string.h>

int bz_model_verify(const struct bz_model *model, struct bz_error *err)
{
    static const char prefix[] = "sha256:";
    char digest[BZ_DIGEST_ROOM];
    cJSON *record;
    if (bz_json_parse_any(&record, model->training, err) < 0)
        return -1;
    const char *named = cJSON_GetStringValue(bz_json_get(record, "weights"));
    int rc = named != NULL;
    if (named) {
        bz_model_digest(model, digest);
        if (bz_stopping()) /* it may not have come to its end */
            rc = bz_fail(err, BZ_INTERRUPTED, "asked to stop");
        else if (strncmp(named, prefix, strlen(prefix)) != 0 || strcmp(named + strlen(prefix), digest) != 0)
            rc = bz_fail(err, BZ_BAD_MODEL,
                         "the tensors are not those that were written: expected %.80s as `training` says, found sha256:%s",
                         named, digest);
    }
    cJSON_Delete(record);
    return rc;
}
