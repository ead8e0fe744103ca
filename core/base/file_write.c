#include "file_write.h"

#include "mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { BUFFER_SIZE = 1 << 16, NAME_TRIES = 100 };

struct bz_file {
    int fd;
    char *path;
    char *temporary; /* NULL: written to directly (not a regular file) */
    size_t used;     /* bytes waiting in buffer */
    uint64_t size;   /* bytes written, and their CRC-32 */
    unsigned long crc;
    unsigned char buffer[BUFFER_SIZE];
};

/* The folder part of a path, "." if it has none; the caller's. */
static char *folder_of(const char *path, struct bz_error *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return bz_strdup(".", err);
    return bz_strndup(path, slash == path ? 1 : (size_t)(slash - path), err);
}

/* <folder>/.<name>.<random>: a name that no pattern for finished files matches. */
static char *temporary_name(const char *path, struct bz_error *err)
{
    uint64_t random;
    const ssize_t got = getrandom(&random, sizeof(random), 0);
    if (got != sizeof(random)) {
        bz_fail(err, BZ_IO, "%s: cannot get random bytes for a temporary name: %s", path,
                got < 0 ? strerror(errno) : "too few were given");
        return NULL;
    }
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const size_t room = strlen(path) + 32;
    char *name = bz_alloc(room, 1, err);
    if (name) /* long names are cut, so that the temporary one is not too long for the file system */
        snprintf(name, room, "%.*s.%.200s.%016" PRIx64, (int)(base - path), path, base, random);
    return name;
}

static int create_temporary(struct bz_file *f, struct bz_error *err)
{
    for (int i = 0; i < NAME_TRIES; i++) {
        bz_free(f->temporary);
        f->temporary = temporary_name(f->path, err);
        if (!f->temporary)
            return -1;
        f->fd = open(f->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (f->fd >= 0)
            return 0;
        if (errno != EEXIST && errno != EINTR)
            break;
    }
    bz_fail(err, BZ_IO, "%s: cannot be created: %s", f->path, strerror(errno));
    bz_drop(&f->temporary); /* nothing of ours to remove */
    return -1;
}

/* The descriptor that a path like /dev/stdout or /dev/fd/3 stands for; -1: none. What it leads to must not be replaced: others
 * write to it, too, and the path itself belongs to the system. */
static int stream_of(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    if (strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        const size_t n = strlen(folders[i]), digits = strncmp(path, folders[i], n) == 0 ? strspn(path + n, "0123456789") : 0;
        if (digits > 0 && digits < 8 && path[n + digits] == '\0')
            return (int)strtol(path + n, NULL, 10);
    }
    return -1;
}

static int open_for_writing(const char *path)
{
    const int stream = stream_of(path);
    int fd;
    do
        fd = stream >= 0 ? fcntl(stream, F_DUPFD_CLOEXEC, 0) : open(path, O_WRONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    return fd;
}

/* Where the file lies: links are followed, so that they stay links. The caller's. */
static char *real_path(const char *path, struct bz_error *err)
{
    char real[PATH_MAX];
    struct stat st;
    const bool link = lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
    return bz_strdup(link && realpath(path, real) ? real : path, err);
}

int bz_file_open(struct bz_file **out, const char *path, struct bz_error *err)
{
    struct stat st;
    const bool exists = stat(path, &st) == 0;
    if (exists && S_ISDIR(st.st_mode))
        return bz_fail(err, BZ_IO, "%s: is a folder, expected a file", path);
    if (strlen(path) >= PATH_MAX)
        return bz_fail(err, BZ_IO, "%.200s...: the path is longer than %d bytes", path, PATH_MAX - 1);

    struct bz_file *f = bz_alloc(1, sizeof(*f), err);
    if (!f)
        return -1;
    f->fd = -1;
    f->crc = crc32_z(0, NULL, 0);
    const bool direct = stream_of(path) >= 0 || (exists && !S_ISREG(st.st_mode));
    f->path = direct ? bz_strdup(path, err) : real_path(path, err);
    if (!f->path)
        goto fail;
    if (direct) {
        f->fd = open_for_writing(path);
        if (f->fd < 0) {
            bz_fail(err, BZ_IO, "%s: cannot be written: %s", path, strerror(errno));
            goto fail;
        }
    } else if (create_temporary(f, err) < 0) {
        goto fail;
    }
    *out = f;
    return 0;
fail:
    bz_file_discard(f);
    return -1;
}

static int write_out(struct bz_file *f, const unsigned char *bytes, size_t n, struct bz_error *err)
{
    f->crc = crc32_z(f->crc, bytes, n);
    f->size += n;
    while (n > 0) {
        const ssize_t written = write(f->fd, bytes, n < SSIZE_MAX ? n : SSIZE_MAX);
        if (written < 0) {
            if (errno == EINTR)
                continue;
            return bz_fail(err, BZ_IO, "%s: cannot be written: %s", f->path, strerror(errno));
        }
        bytes += written;
        n -= (size_t)written;
    }
    return 0;
}

static int flush(struct bz_file *f, struct bz_error *err)
{
    const size_t n = f->used;
    f->used = 0;
    return write_out(f, f->buffer, n, err);
}

int bz_file_write(struct bz_file *f, const void *bytes, size_t n, struct bz_error *err)
{
    if (n > BUFFER_SIZE - f->used && flush(f, err) < 0)
        return -1;
    if (n >= BUFFER_SIZE)
        return write_out(f, bytes, n, err);
    if (n > 0)
        memcpy(f->buffer + f->used, bytes, n);
    f->used += n;
    return 0;
}

/* Disks and networks that lose bytes are caught here, not when the file is needed. */
static int read_back(struct bz_file *f, struct bz_error *err)
{
    unsigned long crc = crc32_z(0, NULL, 0);
    uint64_t size = 0;
    posix_fadvise(f->fd, 0, 0, POSIX_FADV_DONTNEED); /* from the disk, if the system honours the request */
    for (;;) {
        const ssize_t n = pread(f->fd, f->buffer, BUFFER_SIZE, (off_t)size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return bz_fail(err, BZ_IO, "%s: cannot be read back: %s", f->path, strerror(errno));
        if (n == 0)
            break;
        crc = crc32_z(crc, f->buffer, (size_t)n);
        size += (uint64_t)n;
    }
    if (size != f->size || crc != f->crc)
        return bz_fail(err, BZ_IO, "%s: expected the %" PRIu64 " bytes that were written, read back %s", f->path, f->size,
                       size != f->size ? "another number" : "others");
    return 0;
}

/* A full disk may be reported only now. */
static int force_and_close(struct bz_file *f, struct bz_error *err)
{
    int rc = flush(f, err);
    if (rc == 0 && f->temporary && fsync(f->fd) < 0)
        rc = bz_fail(err, BZ_IO, "%s: cannot be flushed to disk: %s", f->path, strerror(errno));
    if (rc == 0 && f->temporary)
        rc = read_back(f, err);
    if (close(f->fd) < 0 && rc == 0)
        rc = bz_fail(err, BZ_IO, "%s: cannot be closed: %s", f->path, strerror(errno));
    f->fd = -1;
    return rc;
}

int bz_file_commit(struct bz_file *f, struct bz_error *err)
{
    char *folder = NULL;
    int rc = force_and_close(f, err);
    if (rc < 0 || !f->temporary)
        goto out;
    rc = -1;
    folder = folder_of(f->path, err);
    if (!folder)
        goto out;
    if (rename(f->temporary, f->path) < 0) {
        bz_fail(err, BZ_IO, "%s: cannot be renamed into place: %s", f->path, strerror(errno));
        goto out;
    }
    bz_drop(&f->temporary); /* it has become the file */
    bz_settle_folder(folder);
    rc = 0;
out:
    bz_free(folder);
    bz_file_discard(f);
    return rc;
}

void bz_file_discard(struct bz_file *f)
{
    if (!f)
        return;
    if (f->fd >= 0)
        close(f->fd);
    if (f->temporary)
        unlink(f->temporary);
    bz_free_all(f->temporary, f->path, f);
}

int bz_file_save(const char *path, const void *bytes, size_t n, struct bz_error *err)
{
    struct bz_file *f;
    if (bz_file_open(&f, path, err) < 0)
        return -1;
    if (bz_file_write(f, bytes, n, err) < 0) {
        bz_file_discard(f);
        return -1;
    }
    return bz_file_commit(f, err);
}

int bz_sync_folder(const char *path, struct bz_error *err)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return bz_fail(err, BZ_IO, "%s: cannot be opened: %s", path, strerror(errno));
    /* EINVAL: the file system cannot flush a folder. */
    const int failed = fsync(fd) < 0 && errno != EINVAL;
    if (failed)
        bz_fail(err, BZ_IO, "%s: cannot be flushed to disk: %s", path, strerror(errno));
    close(fd);
    return failed ? -1 : 0;
}

void (*bz_file_warn)(const char *message);

void bz_settle_folder(const char *path)
{
    struct bz_error err;
    if (bz_sync_folder(path, &err) < 0 && bz_file_warn)
        bz_file_warn(err.msg);
}

static int make_folder(const char *path, struct bz_error *err)
{
    if (mkdir(path, 0777) == 0)
        return 0;
    struct stat st;
    if (errno == EEXIST && stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return 0;
        return bz_fail(err, BZ_IO, "%s: exists and is not a folder", path);
    }
    return bz_fail(err, BZ_IO, "%s: cannot be made: %s", path, strerror(errno));
}

int bz_make_folders(const char *path, struct bz_error *err)
{
    char *part = bz_strdup(path, err);
    if (!part)
        return -1;
    int rc = 0;
    for (char *p = part + 1; part[0] && *p && rc == 0; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        rc = make_folder(part, err);
        *p = '/';
    }
    if (rc == 0)
        rc = make_folder(part, err);
    bz_free(part);
    return rc;
}

static void remove_at(int parent, const char *name)
{
    if (unlinkat(parent, name, 0) == 0)
        return;
    const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove_at(fd, entry->d_name);
    closedir(dir);
    unlinkat(parent, name, AT_REMOVEDIR);
}

void bz_remove_folder(const char *path)
{
    remove_at(AT_FDCWD, path);
}
