/* NumPy's .npz archives: zip files of .npy arrays. */
#ifndef TRAIN_NPZ_H
#define TRAIN_NPZ_H

#include "npy.h"

/* One array, read whole. */
struct train_array {
    char *name;           /* without ".npy" */
    struct bz_npy npy;    /* type and shape */
    unsigned char *bytes; /* what data points into; owned */
    const void *data;     /* [npy.count] elements, inside bytes, in the file's order (bz_npy_doubles) */
};
void train_array_free(struct train_array *a); /* what it holds; NULL is fine */

struct train_npz; /* an open archive */
int train_npz_open(struct train_npz **out, const char *path, struct bz_error *err);
void train_npz_close(struct train_npz *z); /* NULL is fine */
size_t train_npz_count(const struct train_npz *z);
/* Name of member i without ".npy"; borrowed until the archive is closed. NULL if it is not an array. */
const char *train_npz_name(const struct train_npz *z, size_t i);
/* Reads the array called `name`. A member of more than max_bytes uncompressed is
 * refused before it is read. */
int train_npz_read(struct train_npz *z, const char *name, size_t max_bytes, struct train_array *out, struct bz_error *err);

/* An array to write: data[product of shape] of the given type, borrowed. */
struct train_npz_entry {
    const char *name;
    enum bz_dtype dtype;
    const size_t *shape;
    size_t rank;
    const void *data;
};
/* Writes an archive atomically (stored, not compressed, as numpy.savez does). */
int train_npz_write(const char *path, const struct train_npz_entry *entries, size_t n, struct bz_error *err);

#endif
