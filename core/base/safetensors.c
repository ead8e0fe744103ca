#include "safetensors.h"

#include "mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} types[BZ_TENSOR_TYPES] = {
    [BZ_TENSOR_F32] = {"F32", 4}, [BZ_TENSOR_F64] = {"F64", 8}, [BZ_TENSOR_F16] = {"F16", 2}, [BZ_TENSOR_BF16] = {"BF16", 2},
    [BZ_TENSOR_I8] = {"I8", 1},   [BZ_TENSOR_U8] = {"U8", 1},   [BZ_TENSOR_I32] = {"I32", 4}, [BZ_TENSOR_I64] = {"I64", 8},
};

const char *bz_tensor_type_name(enum bz_tensor_type type)
{
    return types[type].name;
}

/* The largest whole number that a JSON number holds exactly: 2^53. */
static const double max_offset = 9007199254740992.0;

static int read_type(struct bz_tensor *t, const cJSON *item, struct bz_error *err)
{
    if (!cJSON_IsString(item))
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%.150s\": dtype: expected a string, found %s", t->name, bz_json_kind(item));
    for (size_t i = 0; i < BZ_TENSOR_TYPES; i++)
        if (strcmp(item->valuestring, types[i].name) == 0) {
            t->type = (enum bz_tensor_type)i;
            return 0;
        }
    return bz_fail(err, BZ_BAD_MODEL,
                   "tensor \"%.150s\": dtype: expected F32, F16, BF16, F64, I8, U8, I32 or I64, found \"%.20s\"", t->name,
                   item->valuestring);
}

static int read_shape(struct bz_tensor *t, const cJSON *item, struct bz_error *err)
{
    if (!cJSON_IsArray(item))
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%.150s\": shape: expected an array, found %s", t->name, bz_json_kind(item));
    t->count = 1;
    const cJSON *size;
    cJSON_ArrayForEach(size, item)
    {
        if (t->rank == BZ_TENSOR_MAX_RANK)
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"%.150s\": shape: more than %d dimensions", t->name, BZ_TENSOR_MAX_RANK);
        if (!bz_json_whole(size, 0, max_offset, &t->shape[t->rank]))
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"%.150s\": shape[%zu]: expected a whole number", t->name, t->rank);
        if (bz_mul(&t->count, t->count, t->shape[t->rank++]) < 0)
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"%.150s\": shape: the product overflows", t->name);
    }
    return 0;
}

static int read_offsets(struct bz_tensor *t, const cJSON *item, const struct bz_safetensors *st, struct bz_error *err)
{
    const cJSON *begin = cJSON_IsArray(item) ? item->child : NULL, *end = begin ? begin->next : NULL;
    if (!end || end->next || !bz_json_whole(begin, 0, max_offset, &t->begin) || !bz_json_whole(end, 0, max_offset, &t->end))
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%.150s\": data_offsets: expected two whole numbers", t->name);
    if (t->begin > t->end || t->end > st->data_size)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%.150s\": data_offsets [%zu, %zu] are not within the %zu bytes of data",
                       t->name, t->begin, t->end, st->data_size);
    size_t want;
    if (bz_mul(&want, t->count, types[t->type].size) < 0 || want != t->end - t->begin)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%.150s\": %zu bytes of data for %zu numbers of type %s", t->name,
                       t->end - t->begin, t->count, types[t->type].name);
    t->data = st->data + t->begin;
    return 0;
}

static int read_tensor(struct bz_tensor *t, const cJSON *item, const struct bz_safetensors *st, struct bz_error *err)
{
    t->name = item->string;
    if (!cJSON_IsObject(item))
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%.150s\": expected an object, found %s", t->name, bz_json_kind(item));
    if (read_type(t, bz_json_get(item, "dtype"), err) < 0 || read_shape(t, bz_json_get(item, "shape"), err) < 0)
        return -1;
    return read_offsets(t, bz_json_get(item, "data_offsets"), st, err);
}

static int by_place(const void *a, const void *b)
{
    const struct bz_tensor *s = a, *t = b;
    if (s->begin != t->begin)
        return s->begin < t->begin ? -1 : 1;
    return s->end < t->end ? -1 : s->end > t->end;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct bz_tensor *)a)->name, ((const struct bz_tensor *)b)->name);
}

/* The format has every byte of the data section belong to exactly one tensor. */
static int check_cover(struct bz_safetensors *st, struct bz_error *err)
{
    size_t covered = 0;
    qsort(st->tensors, st->n_tensors, sizeof(*st->tensors), by_place);
    for (size_t i = 0; i < st->n_tensors; i++) {
        const struct bz_tensor *t = &st->tensors[i];
        if (t->begin < covered)
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"%.150s\" begins at byte %zu, inside another that ends at %zu", t->name,
                           t->begin, covered);
        if (t->begin > covered)
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"%.150s\" begins at byte %zu: bytes %zu to %zu belong to none", t->name,
                           t->begin, covered, t->begin);
        covered = t->end;
    }
    if (covered != st->data_size)
        return bz_fail(err, BZ_BAD_MODEL, "%zu bytes of data, but the tensors end at %zu", st->data_size, covered);
    return 0;
}

static int read_metadata(struct bz_safetensors *st, struct bz_error *err)
{
    st->metadata = bz_json_get(st->header, "__metadata__");
    if (!st->metadata)
        return 0;
    if (!cJSON_IsObject(st->metadata))
        return bz_fail(err, BZ_BAD_MODEL, "__metadata__: expected an object, found %s", bz_json_kind(st->metadata));
    const cJSON *item;
    cJSON_ArrayForEach(item, st->metadata) if (!cJSON_IsString(item)) return bz_fail(
        err, BZ_BAD_MODEL, "__metadata__: \"%.150s\": expected a string, found %s", item->string, bz_json_kind(item));
    return 0;
}

int bz_safetensors_look(size_t *header, const uint8_t *bytes, size_t n, size_t size, struct bz_error *err)
{
    uint64_t length = 0;
    if (size < 8 || n < 8)
        return bz_fail(err, BZ_BAD_MODEL, "%zu bytes; a safetensors file has at least 8, its header's length", size);
    for (int i = 7; i >= 0; i--)
        length = length << 8 | bytes[i];
    if (length > BZ_SAFETENSORS_MAX_HEADER)
        return bz_fail(err, BZ_BAD_MODEL,
                       "not a safetensors file: its first 8 bytes ask for a header of %llu bytes, at most %zu",
                       (unsigned long long)length, BZ_SAFETENSORS_MAX_HEADER);
    if (length > size - 8)
        return bz_fail(err, BZ_BAD_MODEL, "cut off: a header of %zu bytes, %zu are there", (size_t)length, size - 8);
    if (n > 8 && (!bytes[8] || !strchr("{[\"-0123456789tfn \t\r\n", bytes[8])) /* no value of JSON */)
        return bz_fail(err, BZ_BAD_MODEL, "not a safetensors file: its header does not begin with {");
    *header = length;
    return 0;
}

/* Sets header, data and data_size. */
static int read_header(struct bz_safetensors *st, const uint8_t *bytes, size_t size, struct bz_error *err)
{
    size_t length;
    if (bz_safetensors_look(&length, bytes, size, size, err) < 0)
        return -1;
    st->header = bz_json_parse((const char *)bytes + 8, length, err);
    if (!st->header)
        return err && err->code == BZ_NO_MEMORY ? -1 : bz_fail(err, BZ_BAD_MODEL, "header: %s", err ? err->msg : "");
    if (!cJSON_IsObject(st->header))
        return bz_fail(err, BZ_BAD_MODEL, "header: expected an object, found %s", bz_json_kind(st->header));
    st->data = bytes + 8 + length;
    st->data_size = size - 8 - length;
    return 0;
}

static int read_tensors(struct bz_safetensors *st, struct bz_error *err)
{
    size_t room = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, st->header) room++;
    st->tensors = bz_alloc(room, sizeof(*st->tensors), err);
    if (!st->tensors)
        return -1;
    cJSON_ArrayForEach(item, st->header) if (item != st->metadata &&
                                             read_tensor(&st->tensors[st->n_tensors++], item, st, err) < 0) return -1;
    if (check_cover(st, err) < 0)
        return -1;
    qsort(st->tensors, st->n_tensors, sizeof(*st->tensors), by_name);
    return 0;
}

int bz_safetensors_parse(struct bz_safetensors *out, const void *bytes, size_t size, struct bz_error *err)
{
    struct bz_safetensors st = {0};
    if (read_header(&st, bytes, size, err) < 0 || read_metadata(&st, err) < 0 || read_tensors(&st, err) < 0) {
        bz_safetensors_free(&st);
        return -1;
    }
    *out = st;
    return 0;
}

void bz_safetensors_free(struct bz_safetensors *st)
{
    if (!st)
        return;
    cJSON_Delete(st->header);
    bz_free(st->tensors);
    *st = (struct bz_safetensors){0};
}

const struct bz_tensor *bz_safetensors_find(const struct bz_safetensors *st, const char *name)
{
    const struct bz_tensor key = {.name = name};
    return bsearch(&key, st->tensors, st->n_tensors, sizeof(key), by_name);
}

/* IEEE 754 half precision: 1 sign, 5 exponent (bias 15), 10 fraction bits. Every half is a float. Without branches, so that
 * whole tensors go through vectors. */
static inline float half_to_float(uint16_t h)
{
    const uint32_t magnitude = (uint32_t)(h & 0x7fff) << 13, bias = (uint32_t)(127 - 15) << 23,
                   least = (uint32_t)(127 - 14) << 23;
    /* Subnormal halves are k 2^-24 with k < 1024: as the fraction of 2^-14 (1 + k/1024), from which that power is taken. */
    const uint32_t with_one = magnitude | least;
    float small, power;
    memcpy(&small, &with_one, sizeof(small));
    memcpy(&power, &least, sizeof(power));
    small -= power;
    uint32_t bits;
    memcpy(&bits, &small, sizeof(bits));
    /* infinities and NaN keep their exponent of all ones */
    const uint32_t special = -(uint32_t)(magnitude >= 0x0f800000), subnormal = -(uint32_t)(magnitude < 0x00800000);
    const uint32_t others = magnitude + bias + (special & bias);
    bits = (bits & subnormal) | (others & ~subnormal) | (uint32_t)(h & 0x8000) << 16;
    float x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

static inline float brain_to_float(uint16_t h)
{
    const uint32_t bits = (uint32_t)h << 16; /* bfloat16 is the upper half of a float */
    float x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

int64_t bz_tensor_whole(const struct bz_tensor *t, size_t i)
{
    int32_t narrow;
    int64_t wide;
    if (t->type == BZ_TENSOR_I8 || t->type == BZ_TENSOR_U8)
        return t->type == BZ_TENSOR_I8 ? (int8_t)t->data[i] : t->data[i];
    if (t->type == BZ_TENSOR_I64) {
        memcpy(&wide, t->data + i * sizeof(wide), sizeof(wide));
        return wide;
    }
    memcpy(&narrow, t->data + i * sizeof(narrow), sizeof(narrow));
    return narrow;
}

/* Halves of either kind. data need not be aligned. */
static void widen(const uint8_t *data, size_t n, bool brain, float *restrict out)
{
    enum { BLOCK = 64 };
    uint16_t half[BLOCK];
    float block[BLOCK];
    for (size_t i = 0; i < n; i += BLOCK) {
        const size_t count = n - i < BLOCK ? n - i : BLOCK;
        memset(half, 0, sizeof(half));
        memcpy(half, data + i * sizeof(*half), count * sizeof(*half));
        if (brain)
            for (size_t k = 0; k < BLOCK; k++)
                block[k] = brain_to_float(half[k]);
        else
            for (size_t k = 0; k < BLOCK; k++)
                block[k] = half_to_float(half[k]);
        memcpy(out + i, block, count * sizeof(*out));
    }
}

bool bz_tensor_floats(const struct bz_tensor *t, float *out, size_t *bad)
{
    if (t->count > 0 && t->type == BZ_TENSOR_F32)
        memcpy(out, t->data, t->count * sizeof(float));
    if (t->type == BZ_TENSOR_F16 || t->type == BZ_TENSOR_BF16)
        widen(t->data, t->count, t->type == BZ_TENSOR_BF16, out);
    for (size_t i = 0; t->type == BZ_TENSOR_F64 && i < t->count; i++) {
        double x;
        memcpy(&x, t->data + i * sizeof(x), sizeof(x));
        out[i] = (float)x;
        if (isinf(out[i]) && !isinf(x)) {
            *bad = i;
            return false;
        }
    }
    return true;
}

/* The half nearest to x; infinity where that is what rounding gives. */
static uint16_t float_to_half(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    const uint32_t magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) /* NaN */
        return sign | 0x7e00;
    if (magnitude < 0x38800000) { /* below 2^-14: a subnormal half, a multiple of 2^-24 */
        float scaled = (x < 0 ? -x : x) * 0x1p24f;
        scaled = (scaled + 0x1p23f) - 0x1p23f; /* to a whole number, ties to even */
        return sign | (uint16_t)scaled;
    }
    if (magnitude >= 0x47800000) /* 65536 and beyond */
        return sign | 0x7c00;
    const uint32_t rebased = magnitude - 0x38000000; /* the exponent's bias: 127 -> 15 */
    return sign | (uint16_t)((rebased + 0xfff + (rebased >> 13 & 1)) >> 13);
}

bool bz_floats_to_half(const float *x, uint16_t *half, size_t n, size_t *bad)
{
    for (size_t i = 0; i < n; i++) {
        half[i] = float_to_half(x[i]);
        if ((half[i] & 0x7fff) == 0x7c00 && isfinite(x[i])) {
            *bad = i;
            return false;
        }
    }
    return true;
}

int bz_safetensors_begin(struct bz_file **out, const char *path, const char *header, struct bz_error *err)
{
    static const char blanks[BZ_SAFETENSORS_ALIGN + 1] = "                                                                ";
    const size_t length = strlen(header),
                 blank = (BZ_SAFETENSORS_ALIGN - (8 + length) % BZ_SAFETENSORS_ALIGN) % BZ_SAFETENSORS_ALIGN;
    uint8_t prefix[8];
    if (length + blank > BZ_SAFETENSORS_MAX_HEADER)
        return bz_fail(err, BZ_TOO_LARGE, "%s: expected a header of at most %zu bytes, found %zu", path,
                       BZ_SAFETENSORS_MAX_HEADER, length + blank);
    for (int i = 0; i < 8; i++)
        prefix[i] = (uint8_t)((length + blank) >> 8 * i);
    if (bz_file_open(out, path, err) < 0)
        return -1;
    if (bz_file_write(*out, prefix, sizeof(prefix), err) == 0 && bz_file_write(*out, header, length, err) == 0 &&
        bz_file_write(*out, blanks, blank, err) == 0)
        return 0;
    bz_file_discard(*out);
    *out = NULL;
    return -1;
}
