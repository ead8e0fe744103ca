#include "entries.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

const struct dirent *bz_next_entry(DIR *dir, int *rc, struct bz_error *err)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry && errno)
            *rc = bz_fail(err, BZ_IO, "its entries cannot be read: %s", strerror(errno));
        if (!entry || (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0))
            return entry;
    }
}

bool bz_is_dead_link(int dir, const char *path)
{
    char part[PATH_MAX];
    struct stat st;
    const size_t length = strlen(path);
    const int why = errno;
    bool dead = false;
    if (length >= sizeof(part))
        return false;
    memcpy(part, path, length + 1);
    for (size_t end = 1; end <= length; end++) { /* the first part that is not there, the whole path last */
        if (path[end] != '/' && path[end])
            continue;
        part[end] = 0;
        if (fstatat(dir, part, &st, 0) < 0) {
            dead = fstatat(dir, part, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
            break;
        }
        part[end] = path[end];
    }
    errno = why;
    return dead;
}
