/* The safetensors container: an 8-byte little-endian header length, a JSON header, the tensors' bytes. Nothing in a file is
 * trusted until it has been checked here. */
#ifndef BZ_SAFETENSORS_H
#define BZ_SAFETENSORS_H

#include "file_write.h"
#include "json_text.h"

#include <stdbool.h>
#include <stdint.h>

enum { BZ_TENSOR_MAX_RANK = 4 };
#define BZ_SAFETENSORS_MAX_HEADER ((size_t)32 << 20) /* bytes */
#define BZ_SAFETENSORS_ALIGN      64                 /* the data of files we write begins at a multiple of this */

enum bz_tensor_type {
    BZ_TENSOR_F32,
    BZ_TENSOR_F64,
    BZ_TENSOR_F16,
    BZ_TENSOR_BF16,
    BZ_TENSOR_WHOLE, /* whole numbers from here on */
    BZ_TENSOR_I8 = BZ_TENSOR_WHOLE,
    BZ_TENSOR_U8,
    BZ_TENSOR_I32,
    BZ_TENSOR_I64,
    BZ_TENSOR_TYPES
};
const char *bz_tensor_type_name(enum bz_tensor_type type); /* "F32", "BF16", ... as in the file */

struct bz_tensor {
    const char *name; /* inside the header's tree */
    enum bz_tensor_type type;
    size_t rank, shape[BZ_TENSOR_MAX_RANK];
    size_t count;        /* numbers */
    const uint8_t *data; /* inside the file's bytes, at any alignment */
    size_t begin, end;   /* offsets in the data section */
};

struct bz_safetensors {
    cJSON *header;
    const cJSON *metadata;     /* __metadata__: an object of strings; NULL if there is none */
    struct bz_tensor *tensors; /* [n_tensors], ascending by name */
    size_t n_tensors;
    const uint8_t *data; /* the data section: all bytes after the header */
    size_t data_size;
};

/* Reads and checks the container in bytes[size], which must outlive *out: header length, JSON, types, shapes; tensors that do
 * not overlap and leave no gap. BZ_BAD_MODEL; messages do not name the file. */
int bz_safetensors_parse(struct bz_safetensors *out, const void *bytes, size_t size, struct bz_error *err);
/* What the first bytes[n] of a file of `size` bytes tell: the length of its header, or that it is none. */
int bz_safetensors_look(size_t *header, const uint8_t *bytes, size_t n, size_t size, struct bz_error *err);
void bz_safetensors_free(struct bz_safetensors *st);

/* Starts a file: the header's length, the header (JSON), blanks up to a multiple of BZ_SAFETENSORS_ALIGN. The tensors' bytes
 * come next (bz_file_write), then bz_file_commit. */
int bz_safetensors_begin(struct bz_file **out, const char *path, const char *header, struct bz_error *err);

/* The tensor of that name, or NULL. */
const struct bz_tensor *bz_safetensors_find(const struct bz_safetensors *st, const char *name);

/* Number i of a tensor of whole numbers. */
int64_t bz_tensor_whole(const struct bz_tensor *t, size_t i);

/* The numbers of a tensor of floats: out[count]. False if a finite number of the file has no finite float; *bad is its index.
 */
bool bz_tensor_floats(const struct bz_tensor *t, float *out, size_t *bad);

/* x[n] as IEEE 754 half precision, rounded to nearest, ties to even. False if a finite number is too large for a half; *bad is
 * its index. */
bool bz_floats_to_half(const float *x, uint16_t *half, size_t n, size_t *bad);

#endif
