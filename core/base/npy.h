/* NumPy's .npy format (versions 1 to 3), in memory: C order, little-endian <f4 <f8 <i4 <i8, |u1, |b1. */
#ifndef BZ_NPY_H
#define BZ_NPY_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bz_dtype { BZ_F4, BZ_F8, BZ_U1, BZ_B1, BZ_I4, BZ_I8, BZ_N_DTYPES };
enum { BZ_NPY_MAX_RANK = 8, BZ_NPY_HEADER_ROOM = 256 };

struct bz_npy {
    enum bz_dtype dtype;
    size_t rank;                   /* 0 = one number */
    size_t shape[BZ_NPY_MAX_RANK]; /* [rank] */
    size_t count;                  /* numbers: product of shape */
    bool fortran;                  /* the first index runs fastest; only bz_npy_parse_any lets that pass */
    size_t offset;                 /* of the data, from the start of the file */
    size_t bytes;                  /* of the data */
};

size_t bz_dtype_size(enum bz_dtype dtype);      /* bytes of a number */
const char *bz_dtype_name(enum bz_dtype dtype); /* "<f4" */

/* True if the bytes start as a .npy file does. */
bool bz_npy_is(const void *bytes, size_t size);
/* Reads the header at the start of bytes[size]; the data need not be there yet. */
int bz_npy_parse_header(struct bz_npy *out, const void *bytes, size_t size, struct bz_error *err);
/* The same for a whole file: its data must be there and be all that follows. */
int bz_npy_parse(struct bz_npy *out, const void *bytes, size_t size, struct bz_error *err);
/* The same, in C or Fortran order. */
int bz_npy_parse_any(struct bz_npy *out, const void *bytes, size_t size, struct bz_error *err);
/* Copies the data into C order: out[bytes], not overlapping. */
void bz_npy_to_c_order(const struct bz_npy *a, const void *data, void *out);

/* Numbers first .. first+n-1 as float or double. data = the file's bytes + offset, at any alignment. Doubles too large for a
 * float become infinities, NaN stays NaN; integers are rounded to nearest. */
void bz_npy_floats(const struct bz_npy *a, const void *data, size_t first, size_t n, float *out);
void bz_npy_doubles(const struct bz_npy *a, const void *data, size_t first, size_t n, double *out);

/* Writes a header (version 1.0) whose length, the offset of the data, is returned; a multiple of 64.
 * rank <= BZ_NPY_MAX_RANK. */
size_t bz_npy_header(char out[BZ_NPY_HEADER_ROOM], enum bz_dtype dtype, const size_t *shape, size_t rank);

#endif
