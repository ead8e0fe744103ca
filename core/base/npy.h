/* NumPy's .npy format (versions 1 to 3), in memory: every boolean, integer and float type, words and records of these, in
 * either byte order and either order of dimensions. Elements are always counted in C order. */
#ifndef BZ_NPY_H
#define BZ_NPY_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers first: bz_dtype_is_number. */
enum bz_dtype {
    BZ_F4,
    BZ_F8,
    BZ_U1,
    BZ_B1,
    BZ_I4,
    BZ_I8,
    BZ_I1,
    BZ_I2,
    BZ_U2,
    BZ_U4,
    BZ_U8,
    BZ_F2,
    BZ_F16, /* x87's 80 bits in 16 bytes, as numpy.longdouble is on x86 */
    BZ_N_DTYPES,
    BZ_BYTES = BZ_N_DTYPES, /* |S<n>: bytes, padded with 0 */
    BZ_TEXT,                /* <U<n>: code points of four bytes, padded with 0 */
    BZ_RECORD               /* named fields: bz_npy_field_next */
};
enum { BZ_NPY_MAX_RANK = 8, BZ_NPY_HEADER_ROOM = 256, BZ_NPY_NAME_ROOM = 128 };

struct bz_npy {
    enum bz_dtype dtype;
    size_t item;                   /* bytes of an element */
    bool swapped;                  /* big-endian */
    size_t rank;                   /* 0 = one element */
    size_t shape[BZ_NPY_MAX_RANK]; /* [rank] */
    size_t count;                  /* elements: product of shape */
    bool fortran;                  /* the first index runs fastest */
    size_t offset;                 /* of the data, from the start of the file */
    size_t bytes;                  /* of the data */
    size_t n_fields;               /* records: how many */
    size_t fields_at;              /* records: where their list begins in the header */
};

bool bz_dtype_is_number(enum bz_dtype dtype);   /* neither words nor records */
size_t bz_dtype_size(enum bz_dtype dtype);      /* bytes of a number */
const char *bz_dtype_name(enum bz_dtype dtype); /* "<f4"; "words", "records" */

/* True if the bytes start as a .npy file does. */
bool bz_npy_is(const void *bytes, size_t size);
/* Reads the header at the start of bytes[size]; the data need not be there yet. Complex numbers, dates and Python objects are
 * refused (BZ_UNSUPPORTED), with how to convert them. */
int bz_npy_parse_header(struct bz_npy *out, const void *bytes, size_t size, struct bz_error *err);
/* The same for a whole file: the data must be there, and nothing after them. */
int bz_npy_parse_any(struct bz_npy *out, const void *bytes, size_t size, struct bz_error *err);
/* The same, of numbers only. */
int bz_npy_parse(struct bz_npy *out, const void *bytes, size_t size, struct bz_error *err);

/* A field of a record. */
struct bz_npy_field {
    char name[BZ_NPY_NAME_ROOM];
    size_t at;           /* bytes from the start of the record */
    struct bz_npy array; /* its type, and the array's shape */
};
/* The next field of the file's records into *out; *place is 0 at first. 1, or 0 after the last. bytes = the whole file. */
int bz_npy_field_next(const struct bz_npy *a, const void *bytes, size_t *place, struct bz_npy_field *out);
/* Copies a field of all records into out[count * item], in the file's order. data = the file's bytes + offset. */
void bz_npy_field_copy(const struct bz_npy *a, const struct bz_npy_field *f, const void *data, void *out);

/* Copies the data into C order: out[bytes], not overlapping. */
void bz_npy_to_c_order(const struct bz_npy *a, const void *data, void *out);

/* Numbers first .. first+n-1, in C order, as float or double. data = the file's bytes + offset, at any alignment. Values too
 * large become infinite, NaN stays NaN; integers are rounded to nearest. */
void bz_npy_floats(const struct bz_npy *a, const void *data, size_t first, size_t n, float *out);
void bz_npy_doubles(const struct bz_npy *a, const void *data, size_t first, size_t n, double *out);

/* Word `i` in C order as UTF-8 into text[room] with a 0; returns its length, truncated to room - 1. Anything that is not a code
 * point becomes '?', as does a 0 within. BZ_BYTES are copied unchanged. */
size_t bz_npy_word(const struct bz_npy *a, const void *data, size_t i, char *text, size_t room);

/* Writes a header (version 1.0) and returns its length, which is the offset of the data; a multiple of 64. rank <=
 * BZ_NPY_MAX_RANK. */
size_t bz_npy_header(char out[BZ_NPY_HEADER_ROOM], enum bz_dtype dtype, const size_t *shape, size_t rank);

#endif
