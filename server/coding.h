/* Content codings of HTTP bodies: gzip and deflate (which means the zlib format). */
#ifndef CODING_H
#define CODING_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum srv_coding { SRV_PLAIN, SRV_GZIP, SRV_DEFLATE, SRV_UNKNOWN_CODING };

/* Of a Content-Encoding header; NULL, "" and "identity" are SRV_PLAIN. */
enum srv_coding srv_coding_of(const char *name);

/* Inflates a body to at most `limit` bytes. *out is the caller's (bz_free). BZ_TOO_LARGE past the limit, BZ_BAD_INPUT for
 * data that is not that coding. */
int srv_inflate(char **out, size_t *out_size, const char *data, size_t size, enum srv_coding coding, size_t limit,
                struct bz_error *err);
/* Deflates; false if out of memory or the result would not be smaller. */
bool srv_deflate(char **out, size_t *out_size, const char *data, size_t size, enum srv_coding coding);

/* Deflates a stream. NULL: no memory. */
struct srv_deflater;
struct srv_deflater *srv_deflater_new(enum srv_coding coding);
/* The next compressed bytes of what source() gives until it returns 0; 0 = all was read, -1 = source() failed. */
ssize_t srv_deflater_read(struct srv_deflater *deflater, ssize_t (*source)(void *arg, char *out, size_t max), void *arg,
                          char *out, size_t max);
void srv_deflater_free(struct srv_deflater *deflater); /* NULL is fine */

const char *srv_coding_version(void); /* of zlib */

#endif
