/* The `log_partition` metadata: {"value","stderr","method","runs","betas","weights":"sha256:…"}, or a list of these with a
 * `counts` each. */
#ifndef BZ_LOG_PARTITION_H
#define BZ_LOG_PARTITION_H

#include "model_file.h"
#include "state.h"

/* Fills log_z, log_z_json and warning of the model. Entries for weights other than those with this digest (NULL: none) are left
 * out, with a warning; anything not of the form above is refused. */
int bz_log_partition_read(struct bz_model *model, const char *text, const char *digest, struct bz_error *err);

/* The counts D on which log Z of a row's model depends, common to the row's visible multinomial layers. -1 if there is no such
 * layer; NaN if their D differ, which no entry covers. */
double bz_log_z_counts(const struct bz_state *s, size_t row);

/* The entry of list[n] for rows of that D; NULL if there is none. */
const struct bz_log_z *bz_log_z_find(const struct bz_log_z *list, size_t n, double counts);

/* The text for entries[n], n >= 1; the caller's, bz_free. */
char *bz_log_partition_text(const struct bz_log_z *entries, size_t n, const char *digest, struct bz_error *err);

#endif
