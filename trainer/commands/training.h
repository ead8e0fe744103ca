/* A run of `boltz train` from data to a version in a repository. */
#ifndef TRAIN_TRAINING_H
#define TRAIN_TRAINING_H

#include "model_file.h"
#include "train_settings.h"

struct training {
    const char *kind; /* "rbm", "dbm", "bm", "multimodal" */
    const struct train_settings *settings;
    const struct train_data_options *data_options;
    const char *settings_text; /* lines of key = value that the result depends on; borrowed */
    struct bz_parallel *par;
    struct train_progress *progress;

    struct train_data *data, *valid;
    struct bz_model *init;
    struct bz_machine *start; /* what learning begins with */
    struct train_feed feed, valid_feed;
    size_t *rows, *valid_rows; /* of the data that are learned from, that are kept for validation */
    size_t n_rows, n_valid;
    char *folder;      /* of checkpoints */
    char *checkpoint;  /* its file */
    char *digest_text; /* settings_text and digests of the data */
    struct train_checkpoint *resume;

    struct bz_machine *result;
    struct train_history history;
    struct train_stage last; /* as the last stage was run, for the record */
    const char *pretrained;  /* the way; NULL = not */
};

/* Reads data and makes the machine to begin with. Fields above the empty line are set by the caller, the others zero.
 * training_close in every case. */
int training_open(struct training *t, struct bz_error *err);
/* Learns. */
int training_run(struct training *t, struct bz_error *err);
/* Writes the next version of settings->out with its report; *path is its folder, the caller's. */
int training_save(struct training *t, char **path, struct bz_error *err);
void training_close(struct training *t);

/* The `training` metadata of the model as JSON text; the caller's, bz_free. */
char *training_record(const struct training *t, struct bz_error *err);

#endif
