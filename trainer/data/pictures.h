/* PNG files as rows. */
#ifndef TRAIN_PICTURES_H
#define TRAIN_PICTURES_H

#include "table.h"

/* All PNG files of a folder, in the order of their names' bytes, a row each; they must have one size. Levels are bytes, of
 * which 16-bit pictures have fractions. Other files are skipped and reported; a JPEG or the like is refused. digest: of the
 * files' digests, each with the one before it. */
int train_pictures_read(struct train_table *t, const char *folder, char digest[65], struct bz_error *err);

#endif
