#include "digest.h"

#include <nettle/sha2.h>

void bz_sha256_hex(const struct bz_span *spans, size_t n, char hex[BZ_DIGEST_ROOM])
{
    struct sha256_ctx context;
    sha256_init(&context);
    for (size_t i = 0; i < n; i++)
        sha256_update(&context, spans[i].size, spans[i].bytes);
    unsigned char digest[SHA256_DIGEST_SIZE];
    sha256_digest(&context, sizeof(digest), digest);
    for (size_t i = 0; i < sizeof(digest); i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    hex[2 * sizeof(digest)] = 0;
}
