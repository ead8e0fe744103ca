#include "digest.h"

#include "stop.h"

#include <nettle/sha2.h>
#include <stdint.h>

enum { PIECE = 1 << 20 }; /* bytes between two questions whether to stop: some ms */

void bz_sha256_hex(const struct bz_span *spans, size_t n, char hex[BZ_DIGEST_ROOM])
{
    struct sha256_ctx context;
    sha256_init(&context);
    for (size_t i = 0; i < n; i++)
        for (size_t at = 0; at < spans[i].size && (at == 0 || !bz_stopping()); at += PIECE)
            sha256_update(&context, spans[i].size - at < PIECE ? spans[i].size - at : PIECE,
                          (const uint8_t *)spans[i].bytes + at);
    unsigned char digest[SHA256_DIGEST_SIZE];
    sha256_digest(&context, sizeof(digest), digest);
    for (size_t i = 0; i < sizeof(digest); i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    hex[2 * sizeof(digest)] = 0;
}
