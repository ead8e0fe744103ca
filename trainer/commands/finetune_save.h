/* What `boltz finetune` writes: the machine as it was, with its classifier; or the machine as multi-prediction left it. */
#ifndef TRAIN_FINETUNE_SAVE_H
#define TRAIN_FINETUNE_SAVE_H

#include "finetune_trials.h"
#include "multi.h"
#include "row_tiles.h"

struct train_finetune_save {
    const char *out;           /* REPO/NAME */
    const char *settings_text; /* lines of key = value that the result depends on */
    bool half;                 /* numbers as F16 */
    const struct train_rows *rows;
    const struct bz_network *net;
    const struct train_net_inputs *inputs;
    const struct train_finetune_settings *settings;
    const struct train_finetune_result *result;
    const struct train_trials *trials; /* how the settings were chosen; NULL or none = as asked */
    bool refit;                        /* the held-out rows are those of a trial, and were learned from afterwards */
};

/* Writes the next version; *path is its folder, the caller's. */
int train_finetune_save(const struct train_finetune_save *s, char **path, struct bz_error *err);

struct train_multi_save {
    const char *out, *settings_text; /* as above */
    bool half;
    const struct train_rows *rows;
    const struct bz_machine *machine;
    const struct train_multi_settings *settings;
    const struct train_multi_result *result;
};
/* Publishes the next version of the model that was multi-trained; *path is the caller's, bz_free. */
int train_multi_save(const struct train_multi_save *s, char **path, struct bz_error *err);

#endif
