#include "mem.h"
#include "model_file.h"

#include <string.h>

int bz_model_amend(const struct bz_model *model, const struct bz_model_news *news, struct bz_error *err)
{
    char measured[BZ_DIGEST_ROOM], there[BZ_DIGEST_ROOM];
    struct bz_model *now;
    const int named = bz_model_verify(model, err);
    if (named < 0 || bz_model_load(&now, model->path, err) < 0)
        return -1;
    struct bz_model_text text = bz_model_text_of(now);
    text.sign = named > 0; /* half precision is written as single, in other bytes */
    if (news->log_z) {
        text.log_z = news->log_z;
        text.n_log_z = news->n_log_z;
    }
    if (news->energies)
        text.energies = news->energies;
    bz_model_digest(model, measured);
    bz_model_digest(now, there);
    const int rc = strcmp(measured, there) == 0
                       ? bz_model_save(now->machine, &text, model->path, err)
                       : bz_fail(err, BZ_BAD_MODEL,
                                 "%s: it was replaced meanwhile, expected the weights that were read (sha256:%s), found "
                                 "sha256:%s; nothing is stored there, run this again for the new ones",
                                 model->path, measured, there);
    bz_model_free(now);
    return rc;
}
