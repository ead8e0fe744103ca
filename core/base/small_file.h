/* Small files that are read again and again while a program serves: settings, keys, lists. */
#ifndef BZ_SMALL_FILE_H
#define BZ_SMALL_FILE_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Opens a file of at most `most` bytes for reading, without ever waiting for long: a pipe is refused, or, where `pipes` are
 * welcome (a shell's <(command)), must have something to read; a device is refused, other than /dev/null. NULL with the reason,
 * which does not name the file. */
FILE *bz_open_small(const char *path, size_t most, bool pipes, struct bz_error *err);

/* The next line of settings, without a byte order mark; *number, 0 at first, counts them. A comment that does not fit is cut
 * short; any other line that does not, or a zero byte (text that got lost with the power), is refused. 1 = a line, 0 = the end,
 * -1 = a fault, of which the reason does not name file or line. */
int bz_next_line(FILE *file, char *line, size_t room, unsigned *number, struct bz_error *err);

#endif
