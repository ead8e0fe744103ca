/* Whether the variables of a MATLAB file (versions 4 and 5) hold as many values as they claim: libmatio asks for memory by what
 * is claimed. */
#ifndef TRAIN_MAT_SIZES_H
#define TRAIN_MAT_SIZES_H

#include "errors.h"

#include <stddef.h>
#include <stdint.h>

/* data[size] is a file for which train_mat_is holds. Packed variables are unpacked, a few kilobytes at a time. */
int train_mat_check_sizes(const char *file, const uint8_t *data, size_t size, struct bz_error *err);

#endif
