/* The web client's files, built into the daemon. */
#ifndef ASSETS_H
#define ASSETS_H

#include "coding.h"

#include <stdbool.h>
#include <stddef.h>

/* The bytes and content type of a path ("/" is the index page), NULL if there is none. web_dir != "": from that folder instead
 * if it has the file, and then *owned (bz_free). */
const char *srv_asset(const char *path, const char *web_dir, size_t *size, const char **type, bool *owned);

/* The file whose bytes srv_asset returned, compressed: made once, and kept. NULL if out of memory or it would not be smaller,
 * or if the bytes are not those of a file built in. */
const char *srv_asset_coded(const char *bytes, enum srv_coding coding, size_t *size);

#endif
