/* SHA-256. */
#ifndef BZ_DIGEST_H
#define BZ_DIGEST_H

#include <stddef.h>

enum { BZ_DIGEST_ROOM = 65 }; /* 64 hex digits and the terminating 0 */

struct bz_span {
    const void *bytes;
    size_t size;
};

/* The digest of the concatenated spans[n], as lower-case hex digits. */
void bz_sha256_hex(const struct bz_span *spans, size_t n, char hex[BZ_DIGEST_ROOM]);

#endif
