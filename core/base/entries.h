/* The names in a folder. */
#ifndef BZ_ENTRIES_H
#define BZ_ENTRIES_H

#include "errors.h"

#include <dirent.h>

/* The next entry but "." and ".."; NULL at the folder's end, and where it cannot be read on (*rc = -1, with the reason), which
 * must not be taken for its end. *rc is left alone otherwise. */
const struct dirent *bz_next_entry(DIR *dir, int *rc, struct bz_error *err);

#endif
