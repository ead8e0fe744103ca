/* The names in a folder, and what they name. */
#ifndef BZ_ENTRIES_H
#define BZ_ENTRIES_H

#include "errors.h"

#include <dirent.h>
#include <stdbool.h>

/* The next entry but "." and ".."; NULL at the folder's end, and where it cannot be read on (*rc = -1, with the reason), which
 * must not be taken for its end. *rc is left alone otherwise. */
const struct dirent *bz_next_entry(DIR *dir, int *rc, struct bz_error *err);
/* Whether a path that names nothing (ENOENT) leads there by a link: what is behind it may only be away for a while. Keeps
 * errno. */
bool bz_is_dead_link(int dir, const char *path);

#endif
