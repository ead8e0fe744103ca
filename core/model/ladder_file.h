/* The ladder of a machine as a file, ladder.safetensors, in the version's folder (docs/FORMAT.md). */
#ifndef BZ_LADDER_FILE_H
#define BZ_LADDER_FILE_H

#include "ladder.h"

#define BZ_LADDER_FILE "ladder.safetensors"

/* Writes a file atomically. digest: of the tensors of the model that it belongs to, 64 hex digits. */
int bz_ladder_save(const struct bz_ladder *l, const char *digest, const char *path, struct bz_error *err);

/* Reads and checks bytes[size] for a machine whose tensors have the digest; what is read is copied. name stands for the file in
 * messages. BZ_BAD_MODEL; BZ_UNSUPPORTED if it was made for other weights. *out is the caller's. */
int bz_ladder_parse(struct bz_ladder **out, const void *bytes, size_t size, const char *name, const struct bz_machine *m,
                    const char *digest, struct bz_error *err);
/* The same of a file. BZ_NOT_FOUND if there is none. */
int bz_ladder_load(struct bz_ladder **out, const char *path, const struct bz_machine *m, const char *digest,
                   struct bz_error *err);

#endif
