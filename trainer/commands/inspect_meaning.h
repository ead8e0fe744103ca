/* What `boltz inspect` reports about units and variables, rather than tensors. */
#ifndef TRAIN_INSPECT_MEANING_H
#define TRAIN_INSPECT_MEANING_H

#include "data_options.h"
#include "model_file.h"

#include <cjson/cJSON.h>

struct train_meaning_options {
    struct train_data_options data; /* --data: rows for --units, --topics and a page */
    bool topics, units, dependencies, corrected;
    size_t top;
    const char *pairs; /* a file for all strengths; NULL = none */
};

enum { TRAIN_N_MEANING_OPTIONS = 6 };
extern const struct bz_option train_meaning_rows[TRAIN_N_MEANING_OPTIONS];

/* True if any of it was requested; refuses options that do not go together. page: --html requests rows as well. */
int train_meaning_asked(const struct train_meaning_options *o, bool page, bool *asked, struct bz_error *err);

/* On standard output, or as members of json. model: as the user gave it, for --data. */
int train_meaning_say(const struct train_meaning_options *o, const struct train_run_options *run, const char *given,
                      struct bz_model *model, cJSON *json, struct bz_error *err);

#endif
