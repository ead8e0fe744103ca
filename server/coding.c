#include "coding.h"

#include "mem.h"
#include "stop.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

enum {
    GZIP_BITS = MAX_WBITS + 16,
    FIRST_ROOM = 64 * 1024,
    MEMORY_LEVEL = 8,
    INFLATED_AT_ONCE = 256 * 1024, /* then it asks whether to stop */
    TAKEN_AT_ONCE = 64 * 1024      /* bytes of a reply that may yield no compressed byte: an event loop has others to serve */
};

enum srv_coding srv_coding_of(const char *name)
{
    if (!name || !*name || strcasecmp(name, "identity") == 0)
        return SRV_PLAIN;
    if (strcasecmp(name, "gzip") == 0 || strcasecmp(name, "x-gzip") == 0)
        return SRV_GZIP;
    return strcasecmp(name, "deflate") == 0 ? SRV_DEFLATE : SRV_UNKNOWN_CODING;
}

static int window_bits(enum srv_coding coding)
{
    return coding == SRV_GZIP ? GZIP_BITS : MAX_WBITS;
}

/* Doubles a buffer, up to limit + 1 bytes; there is one more after them, which api_decode writes. */
static int grow(char **buffer, size_t used, size_t *room, size_t limit, struct bz_error *err)
{
    size_t larger = *room ? *room * 2 : FIRST_ROOM;
    if (larger > limit + 1)
        larger = limit + 1;
    char *p = bz_alloc(larger + 1, 1, err);
    if (!p)
        return -1;
    if (used)
        memcpy(p, *buffer, used);
    bz_free(*buffer);
    *buffer = p;
    *room = larger;
    return 0;
}

/* Whether another member follows: gzip data may have several (RFC 1952, 2.2). */
static bool begins_member(const unsigned char *at, size_t left, enum srv_coding coding)
{
    return coding == SRV_GZIP && left >= 2 && at[0] == 0x1f && at[1] == 0x8b;
}

int srv_inflate(char **out, size_t *out_size, const char *data, size_t size, enum srv_coding coding, size_t limit,
                struct bz_error *err)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data};
    char *buffer = NULL;
    size_t room = 0, used = 0, left = size;
    int rc = -1, status = Z_OK;
    if (inflateInit2(&z, window_bits(coding)) != Z_OK)
        return bz_fail(err, BZ_NO_MEMORY, "no memory to read a compressed body");
    while (status != Z_STREAM_END) {
        if (used == room && grow(&buffer, used, &room, limit, err) < 0)
            goto out;
        const uInt in = (uInt)(left < INFLATED_AT_ONCE ? left : INFLATED_AT_ONCE),
                   space = (uInt)(room - used < INFLATED_AT_ONCE ? room - used : INFLATED_AT_ONCE);
        if (bz_stopping()) {
            bz_fail(err, BZ_INTERRUPTED, "asked to stop");
            goto out;
        }
        z.avail_in = in;
        z.next_out = (Bytef *)buffer + used;
        z.avail_out = space;
        status = inflate(&z, Z_NO_FLUSH);
        left -= in - z.avail_in;
        used += space - z.avail_out;
        if (used > limit) {
            bz_fail(err, BZ_TOO_LARGE, "the body inflates to more than %zu bytes, which is the limit", limit);
            goto out;
        }
        bool stuck = status == Z_BUF_ERROR || (status == Z_OK && in == z.avail_in && space == z.avail_out);
        if (status == Z_STREAM_END && begins_member(z.next_in, left, coding)) {
            inflateReset(&z);
            status = Z_OK;
        }
        if ((status != Z_OK && status != Z_STREAM_END) || stuck) {
            bz_fail(err, BZ_BAD_INPUT, "the body is not valid %s data", coding == SRV_GZIP ? "gzip" : "deflate (zlib)");
            goto out;
        }
    }
    if (left) {
        bz_fail(err, BZ_BAD_INPUT, "%zu bytes follow the compressed body", left);
        goto out;
    }
    *out = buffer;
    *out_size = used;
    buffer = NULL;
    rc = 0;
out:
    inflateEnd(&z);
    bz_free(buffer);
    return rc;
}

bool srv_deflate(char **out, size_t *out_size, const char *data, size_t size, enum srv_coding coding)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)size};
    if (size > 1u << 30 ||
        deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, window_bits(coding), MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    char *buffer = bz_alloc(size, 1, NULL);
    z.next_out = (Bytef *)buffer;
    z.avail_out = (uInt)size;
    bool done = buffer && deflate(&z, Z_FINISH) == Z_STREAM_END;
    *out_size = z.total_out;
    deflateEnd(&z);
    if (!done) {
        bz_free(buffer);
        return false;
    }
    *out = buffer;
    return true;
}

struct srv_deflater {
    z_stream z;
    bool ended, done;
    char in[16 * 1024];
};

struct srv_deflater *srv_deflater_new(enum srv_coding coding)
{
    struct srv_deflater *d = bz_alloc(1, sizeof(*d), NULL);
    if (d && deflateInit2(&d->z, Z_BEST_SPEED, Z_DEFLATED, window_bits(coding), MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        bz_free(d);
        return NULL;
    }
    return d;
}

void srv_deflater_free(struct srv_deflater *d)
{
    if (!d)
        return;
    deflateEnd(&d->z);
    bz_free(d);
}

ssize_t srv_deflater_read(struct srv_deflater *d, ssize_t (*source)(void *arg, char *out, size_t max), void *arg, char *out,
                          size_t max)
{
    d->z.next_out = (Bytef *)out;
    d->z.avail_out = (uInt)(max < 1u << 30 ? max : 1u << 30);
    const uInt room = d->z.avail_out;
    size_t taken = 0;
    while (!d->done && d->z.avail_out == room) {
        if (!d->ended && d->z.avail_in == 0) {
            const ssize_t n = source(arg, d->in, sizeof(d->in));
            if (n < 0)
                return -1;
            d->ended = n == 0;
            d->z.next_in = (Bytef *)d->in;
            d->z.avail_in = (uInt)n;
            taken += (size_t)n;
        }
        const int flush = d->ended ? Z_FINISH : taken >= TAKEN_AT_ONCE ? Z_SYNC_FLUSH : Z_NO_FLUSH;
        d->done = deflate(&d->z, flush) == Z_STREAM_END;
    }
    return room - d->z.avail_out;
}

const char *srv_coding_version(void)
{
    return zlibVersion();
}
