/* A data file in memory: read whole, unpacked if it is gzip, with the digest of the bytes on disk. */
#ifndef TRAIN_SOURCE_H
#define TRAIN_SOURCE_H

#include "errors.h"

#include <stddef.h>
#include <stdint.h>

struct train_source {
    const char *path; /* as given; borrowed */
    uint8_t *data;    /* [size] unpacked bytes and a 0 after them; owned */
    size_t size;
    char digest[65]; /* sha256 of the file on disk, 64 hex digits */
};

/* Reads a file, a pipe, or with "-" standard input. More bytes (unpacked) than half of the memory that there is (resources.h)
 * are refused. On success free *out with train_source_free; on failure nothing is left to free. */
int train_source_read(struct train_source *out, const char *path, struct bz_error *err);

/* The bound on unpacked bytes: half of the memory that there is. */
size_t train_source_limit(void);

/* The same from bytes in memory, which are copied (tests, fuzzing). limit bounds the unpacked size; 0 = the default. */
int train_source_from(struct train_source *out, const char *name, const void *bytes, size_t size, size_t limit,
                      struct bz_error *err);
void train_source_free(struct train_source *s);

/* Hands over the first `keep` bytes of s->data after `skip` as a separate allocation, without a second copy of a large array;
 * s->data is NULL afterwards. */
uint8_t *train_source_take(struct train_source *s, size_t skip, size_t keep);

#endif
