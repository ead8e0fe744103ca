/* Recognises files that are not read. */
#ifndef TRAIN_FOREIGN_H
#define TRAIN_FOREIGN_H

#include "source.h"

/* BZ_BAD_INPUT with the kind of file and the line that converts it, if the source is one of the known kinds; else 0. */
int train_refuse_foreign(const struct train_source *s, struct bz_error *err);

#endif
