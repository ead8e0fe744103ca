/* boltz finetune --predict: a machine learns to fill in what it is not shown. */
#ifndef TRAIN_FINETUNE_MULTI_H
#define TRAIN_FINETUNE_MULTI_H

#include "multi.h"
#include "progress.h"
#include "row_tiles.h"

struct train_finetune_multi {
    const char *predict; /* name of a visible layer, or "any" */
    const char *out, *settings_text;
    size_t epochs; /* 0 = 60, and at least 3000 updates */
    size_t enough; /* with fewer rows to learn from none are held out */
    bool half;
    struct train_multi_settings settings; /* `layer` and `updates` are set here; rate 0 = 0.001 */
};

/* Learns, writes the next version of out and sets *path to its folder, the caller's. */
int train_finetune_multi(struct train_finetune_multi *o, struct train_rows *r, struct train_progress *progress, char **path,
                         struct bz_error *err);

#endif
