#include "small_file.h"

#include "entries.h"

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
        const int why = errno;
        if (why == ENOENT && bz_is_dead_link(AT_FDCWD, path))
            bz_fail(err, BZ_IO, "a link to a file that is not there");
        else
            bz_fail(err, why == ENOENT ? BZ_NOT_FOUND : BZ_IO, "%s", strerror(why));
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

int bz_next_line(FILE *file, char *line, size_t room, unsigned *number, struct bz_error *err)
{
    memset(line, 'x', room); /* so that a zero byte in the file is found */
    errno = 0;
    if (!fgets(line, (int)room, file))
        return ferror(file) ? bz_fail(err, BZ_IO, "%s", strerror(errno)) : 0;
    ++*number;
    const size_t length = strlen(line);
    const bool whole = length == 0 || line[length - 1] == '\n' || length < room - 1;
    if (memchr(line + length + 1, 0, room - length - 1))
        return bz_fail(err, BZ_BAD_INPUT, "expected text, found a zero byte");
    if (*number == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0)
        memmove(line, line + 3, length - 2);
    if (whole)
        return 1;
    if (line[strspn(line, " \t")] != '#')
        return bz_fail(err, BZ_TOO_LARGE, "line is longer than %zu bytes", room - 2);
    for (int c = 0; c != '\n' && c != EOF;)
        c = getc(file);
    return 1;
}
