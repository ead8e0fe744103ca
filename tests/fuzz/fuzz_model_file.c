/* Untrusted model files: whatever the bytes, the reader accepts or refuses them. What it accepts can be prepared and written,
 * and reads back as the same numbers. */
#include "mem.h"
#include "model_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void must(int good, const char *what, const struct bz_error *err)
{
    if (good)
        return;
    fprintf(stderr, "%s: %s\n", what, err->msg);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char path[64];
    struct bz_model *model, *again;
    struct bz_error err = {0};
    if (!path[0])
        snprintf(path, sizeof(path), "/dev/shm/fuzz-model-%d", (int)getpid());
    if (bz_model_parse(&model, bytes, size, "fuzz", &err) < 0) {
        must(err.code != BZ_OK && err.msg[0], "a refusal without a reason", &err);
        return 0;
    }
    must(bz_model_confirm(model, &err) == 0, "not confirmed", &err);
    char digest[BZ_DIGEST_ROOM], digest_again[BZ_DIGEST_ROOM];
    const struct bz_model_text text = bz_model_text_of(model);
    must(bz_model_save(model->machine, &text, path, &err) == 0, "not written", &err);
    must(bz_model_load(&again, path, &err) == 0, "not read back", &err);
    must(bz_model_weights_digest(model->machine, digest, &err) == 0 &&
             bz_model_weights_digest(again->machine, digest_again, &err) == 0 && strcmp(digest, digest_again) == 0,
         "other numbers", &err);
    must(model->n_extra == again->n_extra, "metadata lost", &err);
    bz_machine_prepare(model->machine, &err);
    bz_model_free(again);
    bz_model_free(model);
    unlink(path);
    return 0;
}
