#include "source.h"

#include "mem.h"
#include "resources.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
    FIRST_ROOM = 1 << 16,
    INFLATE_STEP = 1 << 20,
    UNPACKED_UNASKED = 1 << 26, /* bytes; more may be at most */
    UNPACKED_MOST = 500         /* times those of the file: real tables stay far below, and deflate reaches 1032 */
};

size_t train_source_limit(void)
{
    const char *whose;
    const uint64_t all = bz_memory_least(&whose);
    return all ? (size_t)(all / 2) : (size_t)1 << 32;
}

static void hex_digest(const uint8_t *bytes, size_t size, char hex[65])
{
    struct sha256_ctx hash;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&hash);
    sha256_update(&hash, size, bytes);
    sha256_digest(&hash, sizeof(digest), digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* A buffer that grows by doubling up to a limit; one byte more than the limit is always kept for the final 0. */
struct growing {
    uint8_t *data;
    size_t size, room, limit;
};

/* Plain malloc memory without clearing: these buffers are large and filled immediately. bz_free accepts them. */
static int grow(struct growing *g, const char *path, struct bz_error *err)
{
    if (g->room >= g->limit + 1)
        return bz_fail(err, BZ_TOO_LARGE,
                       "%s: holds more than the %zu bytes that are accepted (half of the memory that there is)", path,
                       g->limit);
    size_t room = g->room ? 2 * g->room : FIRST_ROOM;
    if (room > g->limit + 1)
        room = g->limit + 1;
    uint8_t *data = realloc(g->data, room);
    if (!data)
        return bz_fail(err, BZ_NO_MEMORY, "%s: no memory left for %zu bytes", path, room);
    g->data = data;
    g->room = room;
    return 0;
}

static int read_all(struct growing *g, int fd, const char *path, struct bz_error *err)
{
    for (;;) {
        if (g->size + 1 >= g->room && grow(g, path, err) < 0)
            return -1;
        ssize_t got = read(fd, g->data + g->size, g->room - g->size - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return bz_fail(err, BZ_IO, "%s: cannot read: %s", path, strerror(errno));
        if (got == 0)
            return 0;
        g->size += (size_t)got;
    }
}

/* Unpacks packed[size], one gzip member or several in a row, into g. */
static int unpack(struct growing *g, uint8_t *packed, size_t size, const char *path, struct bz_error *err)
{
    z_stream z = {0};
    if (inflateInit2(&z, 15 + 16) != Z_OK)
        return bz_fail(err, BZ_NO_MEMORY, "%s: no memory left to unpack", path);
    size_t used = 0;
    int rc = -1, status = Z_OK;
    while (used < size || status != Z_STREAM_END) {
        if (g->size + 1 >= g->room && grow(g, path, err) < 0)
            goto out;
        size_t give = size - used < INFLATE_STEP ? size - used : INFLATE_STEP;
        size_t room = g->room - g->size - 1 < INFLATE_STEP ? g->room - g->size - 1 : INFLATE_STEP;
        if (status == Z_STREAM_END) {
            /* Padding of zeros after the last member is usual on tapes and in some archives; anything else is damage. */
            if (packed[used] == 0) {
                used++;
                continue;
            }
            inflateReset(&z);
        }
        z.next_in = packed + used;
        z.avail_in = (uInt)give;
        z.next_out = g->data + g->size;
        z.avail_out = (uInt)room;
        status = inflate(&z, Z_NO_FLUSH);
        used += give - z.avail_in;
        g->size += room - z.avail_out;
        if (g->size > UNPACKED_UNASKED && g->size / UNPACKED_MOST > used) {
            bz_fail(
                err, BZ_TOO_LARGE,
                "%s: unpacks to more than %d times its size (%zu bytes from %zu so far), as real data hardly do: where it is "
                "right, gunzip it first",
                path, UNPACKED_MOST, g->size, used);
            goto out;
        }
        if (status == Z_BUF_ERROR || (status == Z_OK && used == size && z.avail_out > 0)) {
            bz_fail(err, BZ_BAD_INPUT, "%s: the gzip data end early, after %zu unpacked bytes", path, g->size);
            goto out;
        }
        if (status != Z_OK && status != Z_STREAM_END) {
            bz_fail(err, BZ_BAD_INPUT, "%s: damaged gzip data near byte %zu: %s", path, used, z.msg ? z.msg : "not gzip");
            goto out;
        }
    }
    rc = 0;
out:
    inflateEnd(&z);
    return rc;
}

static bool is_gzip(const uint8_t *bytes, size_t size)
{
    return size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

/* Turns the raw bytes of a file (taken over) into a source. */
static int finish(struct train_source *out, const char *path, struct growing *raw, struct bz_error *err)
{
    struct train_source s = {.path = path};
    hex_digest(raw->data, raw->size, s.digest);
    struct growing plain = *raw;
    if (is_gzip(raw->data, raw->size)) {
        plain = (struct growing){.limit = raw->limit};
        int rc = unpack(&plain, raw->data, raw->size, path, err);
        free(raw->data);
        if (rc < 0) {
            free(plain.data);
            return -1;
        }
    }
    plain.data[plain.size] = 0;
    s.data = plain.data;
    s.size = plain.size;
    *out = s;
    return 0;
}

int train_source_read(struct train_source *out, const char *path, struct bz_error *err)
{
    int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return bz_fail(err, BZ_IO, "%s: cannot open: %s", path, strerror(errno));
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        return bz_fail(err, BZ_BAD_INPUT, "%s: is a folder, expected a data file", path);
    }
    struct growing raw = {.limit = train_source_limit()};
    int rc = read_all(&raw, fd, path, err);
    close(fd);
    if (rc < 0) {
        free(raw.data);
        return -1;
    }
    return finish(out, path, &raw, err);
}

int train_source_from(struct train_source *out, const char *name, const void *bytes, size_t size, size_t limit,
                      struct bz_error *err)
{
    struct growing raw = {.limit = limit ? limit : train_source_limit(), .size = size, .room = size + 1};
    if (size > raw.limit)
        return bz_fail(err, BZ_TOO_LARGE, "%s: holds %zu bytes, at most %zu are accepted", name, size, raw.limit);
    raw.data = malloc(size + 1);
    if (!raw.data)
        return bz_fail(err, BZ_NO_MEMORY, "%s: no memory left for %zu bytes", name, size);
    if (size > 0)
        memcpy(raw.data, bytes, size);
    return finish(out, name, &raw, err);
}

void train_source_free(struct train_source *s)
{
    free(s->data);
    s->data = NULL;
    s->size = 0;
}

uint8_t *train_source_take(struct train_source *s, size_t skip, size_t keep)
{
    uint8_t *data = s->data;
    memmove(data, data + skip, keep);
    uint8_t *smaller = realloc(data, keep ? keep : 1);
    s->data = NULL;
    s->size = 0;
    return smaller ? smaller : data;
}
