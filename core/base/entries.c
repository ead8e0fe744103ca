#include "entries.h"

#include <errno.h>
#include <string.h>

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
