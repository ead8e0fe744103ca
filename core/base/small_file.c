#include "small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { PIPE_PATIENCE_MS = 5000 };

static int check(int fd, size_t most, bool pipes, struct bz_error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return bz_fail(err, BZ_IO, "%s", strerror(errno));
    if (S_ISREG(st.st_mode))
        return (size_t)st.st_size <= most
                   ? 0
                   : bz_fail(err, BZ_TOO_LARGE, "%lld bytes, expected at most %zu", (long long)st.st_size, most);
    if (S_ISDIR(st.st_mode))
        return bz_fail(err, BZ_IO, "%s", strerror(EISDIR));
    if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
        return 0;
    if (!S_ISFIFO(st.st_mode) || !pipes)
        return bz_fail(err, BZ_IO, "not a file");
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (poll(&p, 1, PIPE_PATIENCE_MS) <= 0)
        return bz_fail(err, BZ_IO, "a pipe into which nobody writes");
    return 0;
}

FILE *bz_open_small(const char *path, size_t most, bool pipes, struct bz_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    FILE *file = NULL;
    if (fd < 0) {
        bz_fail(err, errno == ENOENT ? BZ_NOT_FOUND : BZ_IO, "%s", strerror(errno));
        return NULL;
    }
    if (check(fd, most, pipes, err) == 0) {
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
        if (!(file = fdopen(fd, "r")))
            bz_fail(err, BZ_IO, "%s", strerror(errno));
    }
    if (!file)
        close(fd);
    return file;
}
