#include "model_bytes.h"

#include "entries.h"
#include "mem.h"
#include "safetensors.h"
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 20, PIECE = 1 << 23 }; /* bytes compared, and read, at a time */

/* The file's present state; `like` has that of the files beside it. */
static bool stamp_of(int fd, const struct srv_stamp *like, struct srv_stamp *stamp)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return false;
    *stamp = srv_stamp_of(&st);
    stamp->beside = like->beside;
    return true;
}

/* Up to size bytes from offset; fewer only at the file's end. -1 with errno. */
static ssize_t read_at(int fd, char *out, size_t size, size_t offset)
{
    size_t got = 0;
    while (got < size && !bz_stopping()) {
        const size_t piece = size - got < PIECE ? size - got : PIECE;
        bz_make_pages(out + got, piece);
        ssize_t n = pread(fd, out + got, piece, (off_t)(offset + got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

/* Whatever else lies in a repository under a model's name may be larger than memory. */
static int look_at(int fd, const char *shown, size_t size, struct bz_error *err)
{
    uint8_t first[9];
    size_t header;
    const ssize_t n = read_at(fd, (char *)first, sizeof(first), 0);
    if (n < 0)
        return bz_fail(err, BZ_IO, "%s: cannot be read: %s", shown, strerror(errno));
    if (n < (ssize_t)sizeof(first)) /* asked to stop, or changed: found below */
        return 0;
    return bz_safetensors_look(&header, first, (size_t)n, size, err) < 0 ? bz_fail_in(err, "%s", shown) : 0;
}

static int read_all(struct srv_bytes *out, int fd, const char *shown, const struct srv_stamp *stamp, struct bz_error *err)
{
    struct srv_stamp now;
    size_t size = (size_t)stamp->size;
    if (!stamp_of(fd, stamp, &now))
        return bz_fail(err, BZ_IO, "%s: %s", shown, strerror(errno));
    if (size == 0)
        return bz_fail(err, BZ_BAD_MODEL, "%s: empty", shown);
    if (srv_stamp_equal(&now, stamp)) {
        if (look_at(fd, shown, size, err) < 0)
            return -1;
        if (!(out->data = bz_alloc_lazy(size, 1, err)))
            return -1;
        out->size = size;
        ssize_t n = read_at(fd, out->data, size, 0);
        if (n < 0)
            return bz_fail(err, BZ_IO, "%s: cannot be read: %s", shown, strerror(errno));
        if (bz_stopping())
            return bz_fail(err, BZ_IO, "%s: the server is stopping", shown);
        if ((size_t)n == size && stamp_of(fd, stamp, &now) && srv_stamp_equal(&now, stamp))
            return 0;
    }
    return bz_fail(err, BZ_IO, "%s: the file was written to while it was read; write under another name, then rename", shown);
}

int srv_bytes_read(struct srv_bytes *out, const char *path, const char *shown, const struct srv_stamp *stamp,
                   struct bz_error *err)
{
    *out = (struct srv_bytes){0};
    /* O_NONBLOCK: a pipe without a writer is refused, not waited for */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const int why = errno;
    if (fd < 0 && why == ENOENT && bz_is_dead_link(AT_FDCWD, path))
        return bz_fail(err, BZ_IO, "%s: a link to a file that is not there", shown);
    if (fd < 0)
        return bz_fail(err, why == ENOENT || why == ENOTDIR ? BZ_NOT_FOUND : BZ_IO, "%s: cannot be opened: %s", shown,
                       strerror(why));
    int rc = read_all(out, fd, shown, stamp, err);
    close(fd);
    if (rc < 0)
        srv_bytes_free(out);
    return rc;
}

void srv_bytes_free(struct srv_bytes *bytes)
{
    bz_free_lazy(bytes->data);
    *bytes = (struct srv_bytes){0};
}

/* 1 = the same, 0 = others, -1 = cannot be told now: without memory, after a failed read, when the server is stopping */
static int same_bytes(const struct srv_bytes *bytes, int fd)
{
    char *block = bz_alloc_lazy(BLOCK, 1, NULL);
    int same = block ? 1 : -1;
    for (size_t at = 0; same == 1 && at < bytes->size; at += BLOCK) {
        size_t n = bytes->size - at < BLOCK ? bytes->size - at : BLOCK;
        const ssize_t got = read_at(fd, block, n, at);
        same = got < 0 || bz_stopping() ? -1 : got == (ssize_t)n && memcmp(block, bytes->data + at, n) == 0;
    }
    bz_free_lazy(block);
    return same;
}

enum srv_file_state srv_bytes_compare(const struct srv_bytes *bytes, const char *path, struct srv_stamp *stamp)
{
    struct srv_stamp now, after;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum srv_file_state state = SRV_FILE_CHANGED;
    if (fd < 0 || !stamp_of(fd, stamp, &now) || now.inode != stamp->inode) {
        state = SRV_FILE_REPLACED;
    } else if (srv_stamp_equal(&now, stamp)) {
        state = SRV_FILE_SAME;
    } else if (now.size == bytes->size) {
        const int same = same_bytes(bytes, fd);
        if (same < 0 || !stamp_of(fd, stamp, &after)) {
            state = SRV_FILE_SAME; /* until it can be told */
        } else if (same && srv_stamp_equal(&now, &after)) {
            *stamp = now;
            state = SRV_FILE_TOUCHED;
        }
    }
    if (fd >= 0)
        close(fd);
    return state;
}
