/* PNG files as rows. */
#ifndef TRAIN_PICTURES_H
#define TRAIN_PICTURES_H

#include "table.h"

/* All PNG files of a folder, in byte order of their names, one row each; they must be of one size. Levels are bytes, with
 * fractions for 16-bit pictures. Other files are skipped and reported; a JPEG or the like is refused. digest: of the files'
 * digests, each with the one before it. */
int train_pictures_read(struct train_table *t, const char *folder, char digest[65], struct bz_error *err);

#endif
