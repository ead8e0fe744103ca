#include "npy.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

static const char magic[] = "\x93NUMPY";
enum { MAGIC_SIZE = 6, HEADER_ALIGN = 64, MAX_HEADER = 1 << 16 };

static const struct {
    const char *name;
    size_t size;
} dtypes[BZ_N_DTYPES] = {
    [BZ_F4] = {"<f4", 4}, [BZ_F8] = {"<f8", 8}, [BZ_U1] = {"|u1", 1},
    [BZ_B1] = {"|b1", 1}, [BZ_I4] = {"<i4", 4}, [BZ_I8] = {"<i8", 8},
};

size_t bz_dtype_size(enum bz_dtype dtype)
{
    return dtypes[dtype].size;
}

const char *bz_dtype_name(enum bz_dtype dtype)
{
    return dtypes[dtype].name;
}

bool bz_npy_is(const void *bytes, size_t size)
{
    return size >= MAGIC_SIZE && memcmp(bytes, magic, MAGIC_SIZE) == 0;
}

/* --- the header: a Python dictionary such as {'descr': '<f4', 'fortran_order': False, 'shape': (3, 784), } --- */

struct text {
    const char *at, *end;
};

static void skip_space(struct text *t)
{
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\n' || *t->at == '\t'))
        t->at++;
}

/* Takes a character and the white space before it. */
static bool take(struct text *t, char c)
{
    skip_space(t);
    if (t->at == t->end || *t->at != c)
        return false;
    t->at++;
    return true;
}

static bool take_word(struct text *t, const char *word)
{
    const size_t length = strlen(word);
    skip_space(t);
    if ((size_t)(t->end - t->at) < length || memcmp(t->at, word, length) != 0)
        return false;
    t->at += length;
    return true;
}

/* A quoted string without escapes, into out[room] with a 0. */
static bool take_string(struct text *t, char *out, size_t room)
{
    skip_space(t);
    if (t->at == t->end || (*t->at != '\'' && *t->at != '"'))
        return false;
    const char quote = *t->at++;
    size_t n = 0;
    while (t->at < t->end && *t->at != quote) {
        if (n + 1 >= room || *t->at == '\\' || (unsigned char)*t->at < ' ')
            return false;
        out[n++] = *t->at++;
    }
    out[n] = 0;
    return t->at++ < t->end;
}

static bool take_size(struct text *t, size_t *out)
{
    skip_space(t);
    const char *const start = t->at;
    *out = 0;
    while (t->at < t->end && *t->at >= '0' && *t->at <= '9')
        if (__builtin_mul_overflow(*out, (size_t)10, out) || __builtin_add_overflow(*out, (size_t)(*t->at++ - '0'), out))
            return false;
    if (t->at > start && t->at < t->end && *t->at == 'L') /* written by Python 2 */
        t->at++;
    return t->at > start;
}

static int read_descr(struct text *t, struct bz_npy *npy, struct bz_error *err)
{
    char name[32];
    if (!take_string(t, name, sizeof(name)))
        return bz_fail(err, BZ_UNSUPPORTED, "npy: a record or an unreadable type, expected <f4, <f8, |u1, |b1, <i4 or <i8");
    for (size_t i = 0; i < BZ_N_DTYPES; i++)
        /* one byte has no order, but some writers give one */
        if (strcmp(name + 1, dtypes[i].name + 1) == 0 &&
            (name[0] == dtypes[i].name[0] || (dtypes[i].size == 1 && strchr("<>=|", name[0])))) {
            npy->dtype = (enum bz_dtype)i;
            return 0;
        }
    return bz_fail(err, BZ_UNSUPPORTED, "npy: %s%s, expected <f4, <f8, |u1, |b1, <i4 or <i8", name,
                   name[0] == '>' ? " (big-endian)" : "");
}

static int read_order(struct text *t, struct bz_npy *npy, struct bz_error *err)
{
    npy->fortran = take_word(t, "True");
    if (npy->fortran || take_word(t, "False"))
        return 0;
    return bz_fail(err, BZ_BAD_INPUT, "npy: fortran_order: expected True or False");
}

static int read_shape(struct text *t, struct bz_npy *npy, struct bz_error *err)
{
    if (!take(t, '('))
        return bz_fail(err, BZ_BAD_INPUT, "npy: shape: expected a tuple");
    while (!take(t, ')')) {
        if (npy->rank == BZ_NPY_MAX_RANK)
            return bz_fail(err, BZ_UNSUPPORTED, "npy: shape: more than %d dimensions", BZ_NPY_MAX_RANK);
        if (!take_size(t, &npy->shape[npy->rank]))
            return bz_fail(err, BZ_BAD_INPUT, "npy: shape: expected whole numbers that fit 64 bits");
        npy->rank++;
        if (!take(t, ',')) {
            if (take(t, ')'))
                break;
            return bz_fail(err, BZ_BAD_INPUT, "npy: shape: expected ',' or ')'");
        }
    }
    npy->count = 1;
    for (size_t d = 0; d < npy->rank; d++)
        if (bz_mul(&npy->count, npy->count, npy->shape[d]) < 0)
            return bz_fail(err, BZ_TOO_LARGE, "npy: shape: the number of elements does not fit 64 bits");
    if (bz_mul(&npy->bytes, npy->count, dtypes[npy->dtype].size) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "npy: shape: the number of bytes does not fit 64 bits");
    return 0;
}

enum { DESCR = 1, ORDER = 2, SHAPE = 4, ALL = 7 };

static int read_dictionary(struct text *t, struct bz_npy *npy, struct bz_error *err)
{
    int seen = 0;
    if (!take(t, '{'))
        return bz_fail(err, BZ_BAD_INPUT, "npy: the header is not a dictionary");
    const char *shape = NULL; /* read last: its bounds depend on the type */
    while (!take(t, '}')) {
        char key[32];
        if (!take_string(t, key, sizeof(key)) || !take(t, ':'))
            return bz_fail(err, BZ_BAD_INPUT, "npy: the header is not a dictionary of descr, fortran_order and shape");
        int field, rc = 0;
        if (strcmp(key, "descr") == 0) {
            field = DESCR;
            rc = read_descr(t, npy, err);
        } else if (strcmp(key, "fortran_order") == 0) {
            field = ORDER;
            rc = read_order(t, npy, err);
        } else if (strcmp(key, "shape") == 0) {
            field = SHAPE;
            shape = t->at;
            struct bz_npy any = {.dtype = BZ_U1};
            rc = read_shape(t, &any, err);
        } else {
            return bz_fail(err, BZ_BAD_INPUT, "npy: header key \"%s\", expected descr, fortran_order and shape", key);
        }
        if (rc < 0)
            return -1;
        if (seen & field)
            return bz_fail(err, BZ_BAD_INPUT, "npy: header key \"%s\" stands twice", key);
        seen |= field;
        if (!take(t, ',')) {
            if (take(t, '}'))
                break;
            return bz_fail(err, BZ_BAD_INPUT, "npy: the header is not a dictionary of descr, fortran_order and shape");
        }
    }
    if (seen != ALL)
        return bz_fail(err, BZ_BAD_INPUT, "npy: the header lacks %s",
                       !(seen & DESCR) ? "descr"
                       : seen & ORDER  ? "shape"
                                       : "fortran_order");
    struct text again = {shape, t->end};
    return read_shape(&again, npy, err);
}

static int parse_header(struct bz_npy *out, const void *bytes, size_t size, struct bz_error *err)
{
    const uint8_t *b = bytes;
    if (!bz_npy_is(bytes, size))
        return bz_fail(err, BZ_BAD_INPUT, "npy: does not begin as an .npy file does (\\x93NUMPY)");
    if (size < 10)
        return bz_fail(err, BZ_BAD_INPUT, "npy: cut off after %zu bytes, in the header", size);
    if (b[6] < 1 || b[6] > 3)
        return bz_fail(err, BZ_UNSUPPORTED, "npy: format version %d.%d, expected 1 to 3", b[6], b[7]);
    const size_t before = b[6] == 1 ? 10 : 12;
    size_t length = b[8] | (size_t)b[9] << 8;
    if (before == 12) {
        if (size < before)
            return bz_fail(err, BZ_BAD_INPUT, "npy: cut off after %zu bytes, in the header", size);
        length |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
    }
    if (length > MAX_HEADER)
        return bz_fail(err, BZ_TOO_LARGE, "npy: a header of %zu bytes, at most %d", length, MAX_HEADER);
    if (length > size - before)
        return bz_fail(err, BZ_BAD_INPUT, "npy: cut off after %zu bytes, in a header of %zu", size, before + length);
    struct bz_npy npy = {.offset = before + length};
    struct text t = {(const char *)b + before, (const char *)b + before + length};
    if (read_dictionary(&t, &npy, err) < 0)
        return -1;
    skip_space(&t);
    if (t.at < t.end)
        return bz_fail(err, BZ_BAD_INPUT, "npy: text after the header's dictionary");
    *out = npy;
    return 0;
}

static int refuse_fortran(const struct bz_npy *npy, struct bz_error *err)
{
    if (!npy->fortran)
        return 0;
    return bz_fail(err, BZ_UNSUPPORTED, "npy: Fortran order, expected C order (numpy.ascontiguousarray)");
}

int bz_npy_parse_header(struct bz_npy *out, const void *bytes, size_t size, struct bz_error *err)
{
    struct bz_npy npy;
    if (parse_header(&npy, bytes, size, err) < 0 || refuse_fortran(&npy, err) < 0)
        return -1;
    *out = npy;
    return 0;
}

int bz_npy_parse_any(struct bz_npy *out, const void *bytes, size_t size, struct bz_error *err)
{
    struct bz_npy npy;
    if (parse_header(&npy, bytes, size, err) < 0)
        return -1;
    if (npy.bytes != size - npy.offset)
        return bz_fail(err, BZ_BAD_INPUT, "npy: %s: the header tells of %zu numbers of type %s = %zu bytes, found %zu",
                       npy.bytes > size - npy.offset ? "cut off" : "more data than numbers", npy.count,
                       bz_dtype_name(npy.dtype), npy.bytes, size - npy.offset);
    *out = npy;
    return 0;
}

int bz_npy_parse(struct bz_npy *out, const void *bytes, size_t size, struct bz_error *err)
{
    struct bz_npy npy;
    if (bz_npy_parse_any(&npy, bytes, size, err) < 0 || refuse_fortran(&npy, err) < 0)
        return -1;
    *out = npy;
    return 0;
}

/* --- numbers --- */

void bz_npy_to_c_order(const struct bz_npy *a, const void *data, void *out)
{
    const size_t size = dtypes[a->dtype].size;
    size_t index[BZ_NPY_MAX_RANK] = {0};
    if (!a->fortran) {
        if (a->bytes > 0)
            memcpy(out, data, a->bytes);
        return;
    }
    uint8_t *to = out;
    for (size_t i = 0; i < a->count; i++, to += size) {
        size_t from = 0;
        for (size_t d = a->rank; d-- > 0;)
            from = from * a->shape[d] + index[d];
        memcpy(to, (const uint8_t *)data + from * size, size);
        for (size_t d = a->rank; d-- > 0 && ++index[d] == a->shape[d];)
            index[d] = 0;
    }
}

/* The conversions of one type: memcpy because the data may be at any address. */
#define CONVERT(source, target)                                                                                                \
    for (size_t i = 0; i < n; i++) {                                                                                           \
        source x;                                                                                                              \
        memcpy(&x, from + i * sizeof(x), sizeof(x));                                                                           \
        out[i] = (target)x;                                                                                                    \
    }                                                                                                                          \
    break

#define CONVERT_ALL(target)                                                                                                    \
    const uint8_t *from = (const uint8_t *)data + first * dtypes[a->dtype].size;                                               \
    switch (a->dtype) {                                                                                                        \
    case BZ_F4:                                                                                                                \
        CONVERT(float, target);                                                                                                \
    case BZ_F8:                                                                                                                \
        CONVERT(double, target);                                                                                               \
    case BZ_U1:                                                                                                                \
        CONVERT(uint8_t, target);                                                                                              \
    case BZ_B1:                                                                                                                \
        for (size_t i = 0; i < n; i++)                                                                                         \
            out[i] = from[i] != 0;                                                                                             \
        break;                                                                                                                 \
    case BZ_I4:                                                                                                                \
        CONVERT(int32_t, target);                                                                                              \
    case BZ_I8:                                                                                                                \
        CONVERT(int64_t, target);                                                                                              \
    case BZ_N_DTYPES:                                                                                                          \
        break;                                                                                                                 \
    }

void bz_npy_floats(const struct bz_npy *a, const void *data, size_t first, size_t n, float *out)
{
    CONVERT_ALL(float)
}

void bz_npy_doubles(const struct bz_npy *a, const void *data, size_t first, size_t n, double *out){CONVERT_ALL(double)}

size_t bz_npy_header(char out[BZ_NPY_HEADER_ROOM], enum bz_dtype dtype, const size_t *shape, size_t rank)
{
    char tuple[BZ_NPY_MAX_RANK * 22 + 1] = "";
    size_t used = 0;
    for (size_t d = 0; d < rank; d++)
        used += (size_t)snprintf(tuple + used, sizeof(tuple) - used,
                                 d + 1 < rank ? "%zu, "
                                 : rank == 1  ? "%zu,"
                                              : "%zu",
                                 shape[d]);
    char *text = out + 10;
    const size_t length = (size_t)snprintf(
        text, BZ_NPY_HEADER_ROOM - 10, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", dtypes[dtype].name, tuple);
    const size_t total = (10 + length + 1 + HEADER_ALIGN - 1) / HEADER_ALIGN * HEADER_ALIGN;
    memset(text + length, ' ', total - 10 - length);
    memcpy(out, magic, MAGIC_SIZE);
    out[6] = 1;
    out[7] = 0;
    out[8] = (char)((total - 10) & 0xff);
    out[9] = (char)((total - 10) >> 8);
    out[total - 1] = '\n';
    return total;
}
