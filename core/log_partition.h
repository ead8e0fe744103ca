/* The `log_partition` metadata: {"value","stderr","method","runs","betas","weights":"sha256:…"}, or a list of these with a
 * `counts` each. */
#ifndef BZ_LOG_PARTITION_H
#define BZ_LOG_PARTITION_H

#include "model_file.h"

/* Fills log_z, log_z_json and warning of the model. Entries for other weights than those with this digest are left out, with a
 * warning; what is not of the form above is refused. */
int bz_log_partition_read(struct bz_model *model, const char *text, const char *digest, struct bz_error *err);

/* The text for entries[n], n >= 1; the caller's, bz_free. */
char *bz_log_partition_text(const struct bz_log_z *entries, size_t n, const char *digest, struct bz_error *err);

#endif
