/* The bytes of a model file in our own memory: whatever happens to the file later, what was checked is what is served. A
 * mapping would end the process when its file is truncated (SIGBUS), and change what is served when it is written to. */
#ifndef MODEL_BYTES_H
#define MODEL_BYTES_H

#include "catalog.h"

struct srv_bytes {
    char *data; /* [size]; owned, srv_bytes_free */
    size_t size;
};

/* Reads a file in the state *stamp; any other state, even after the last byte was read, is BZ_IO: the file is being written.
 * `shown` is the path to show in messages. */
int srv_bytes_read(struct srv_bytes *out, const char *path, const char *shown, const struct srv_stamp *stamp,
                   struct bz_error *err);
void srv_bytes_free(struct srv_bytes *bytes);

enum srv_file_state { SRV_FILE_SAME, SRV_FILE_TOUCHED, SRV_FILE_CHANGED, SRV_FILE_REPLACED };
/* What has happened to the file since. TOUCHED: written to, but with the same bytes (*stamp gets its new state). REPLACED:
 * another file, or none, is at that path, which is how new models arrive and does no harm. */
enum srv_file_state srv_bytes_compare(const struct srv_bytes *bytes, const char *path, struct srv_stamp *stamp);

#endif
