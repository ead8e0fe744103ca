#include "npy.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

static const char magic[] = "\x93NUMPY";
enum { MAGIC_SIZE = 6, HEADER_ALIGN = 64, MAX_HEADER = 1 << 16 };

/* A single byte has no order: '|'. */
static const struct {
    const char *name;
    size_t size;
} dtypes[BZ_N_DTYPES] = {
    [BZ_F4] = {"<f4", 4}, [BZ_F8] = {"<f8", 8}, [BZ_U1] = {"|u1", 1},    [BZ_B1] = {"|b1", 1}, [BZ_I4] = {"<i4", 4},
    [BZ_I8] = {"<i8", 8}, [BZ_I1] = {"|i1", 1}, [BZ_I2] = {"<i2", 2},    [BZ_U2] = {"<u2", 2}, [BZ_U4] = {"<u4", 4},
    [BZ_U8] = {"<u8", 8}, [BZ_F2] = {"<f2", 2}, [BZ_F16] = {"<f16", 16},
};

bool bz_dtype_is_number(enum bz_dtype dtype)
{
    return dtype < BZ_N_DTYPES;
}

size_t bz_dtype_size(enum bz_dtype dtype)
{
    return dtypes[dtype].size;
}

const char *bz_dtype_name(enum bz_dtype dtype)
{
    return bz_dtype_is_number(dtype) ? dtypes[dtype].name : dtype == BZ_RECORD ? "records" : "words";
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
    if (t->at > start + 1 && *start == '0') /* 010 is 8 in Python 2, an error in 3 */
        return false;
    if (t->at > start && t->at < t->end && *t->at == 'L') /* written by Python 2 */
        t->at++;
    return t->at > start;
}

/* Types that are not read, by the letter of their kind, and what to do instead. */
static const struct {
    char kind;
    const char *what, *advice;
} foreign[] = {
    {'O', "Python objects",
     "save numbers: to_numpy(dtype=\"float32\", na_value=numpy.nan) of a pandas table, scipy.sparse.save_npz "
     "of a sparse matrix"},
    {'c', "complex numbers", "save real ones"},
    {'M', "dates", "save numbers, or words (astype(str))"},
    {'m', "spans of time", "save numbers (x / numpy.timedelta64(1, \"s\"))"},
    {'V', "raw bytes", "save numbers"},
};

/* A type by its name: order, kind, bytes (code points for words). */
static int set_type(struct bz_npy *npy, const char *name, struct bz_error *err)
{
    struct text digits = {name + 1 + (name[0] != 0), name + strlen(name)};
    size_t size = 0;
    for (size_t i = 0; name[0] && i < sizeof(foreign) / sizeof(foreign[0]); i++)
        if (name[1] == foreign[i].kind)
            return bz_fail(err, BZ_UNSUPPORTED, "npy: holds %s (%s), which are not read: %s", foreign[i].what, name,
                           foreign[i].advice);
    if (!name[0] || !strchr("<>|=", name[0]) || !take_size(&digits, &size) || digits.at != digits.end)
        return bz_fail(err, BZ_UNSUPPORTED, "npy: unreadable type '%s', expected a boolean, integer or float type such as <f4",
                       name);
    npy->swapped = name[0] == '>' && size > 1;
    npy->item = size;
    if (name[1] == 'S' || name[1] == 'U') {
        npy->dtype = name[1] == 'S' ? BZ_BYTES : BZ_TEXT;
        npy->swapped = name[0] == '>' && name[1] == 'U';
        if (bz_mul(&npy->item, size, name[1] == 'U' ? 4 : 1) == 0 && npy->item <= MAX_HEADER)
            return 0;
        return bz_fail(err, BZ_TOO_LARGE, "npy: words of %zu letters (%s), at most %d", size, name, MAX_HEADER / 4);
    }
    for (size_t i = 0; i < BZ_N_DTYPES; i++)
        if (dtypes[i].name[1] == name[1] && dtypes[i].size == size) {
            npy->dtype = (enum bz_dtype)i;
            return 0;
        }
    return bz_fail(err, BZ_UNSUPPORTED, "npy: type %s, expected a boolean, an integer of 1 to 8 or a float of 2 to 16 bytes",
                   name);
}

/* ('name', '<f4') in a list of fields; one with a title or a shape is refused. */
static int read_field(struct text *t, struct bz_npy_field *f, struct bz_error *err)
{
    char type[32];
    if (!take(t, '(') || !take_string(t, f->name, sizeof(f->name)) || !take(t, ','))
        return bz_fail(err, BZ_UNSUPPORTED,
                       "npy: a record whose fields have titles or unreadable names, expected ('name', '<f4')");
    skip_space(t);
    if (!take_string(t, type, sizeof(type)))
        return bz_fail(err, BZ_UNSUPPORTED, "npy: field '%s' is a record itself, expected numbers or words", f->name);
    if (take(t, ',') && !take(t, ')'))
        return bz_fail(err, BZ_UNSUPPORTED, "npy: field '%s' holds arrays, expected one number or word a record", f->name);
    take(t, ')');
    f->array = (struct bz_npy){.dtype = BZ_RECORD};
    if (type[0] == '|' && type[1] == 'V' && f->name[0] == 0) { /* padding */
        struct text digits = {type + 2, type + strlen(type)};
        return take_size(&digits, &f->array.item) && f->array.item <= MAX_HEADER
                   ? 0
                   : bz_fail(err, BZ_BAD_INPUT, "npy: padding of type %s", type);
    }
    return set_type(&f->array, type, err) < 0 ? bz_fail_in(err, "field '%s'", f->name) : 0;
}

static int read_fields(struct text *t, struct bz_npy *npy, struct bz_error *err)
{
    npy->dtype = BZ_RECORD;
    npy->item = npy->n_fields = 0;
    while (!take(t, ']')) {
        struct bz_npy_field f;
        if (read_field(t, &f, err) < 0)
            return -1;
        npy->n_fields += f.array.dtype != BZ_RECORD;
        npy->item += f.array.item; /* the header's length bounds their number */
        if (!take(t, ',')) {
            if (take(t, ']'))
                break;
            return bz_fail(err, BZ_BAD_INPUT, "npy: a list of fields that does not end");
        }
    }
    return npy->n_fields ? 0 : bz_fail(err, BZ_BAD_INPUT, "npy: records without fields");
}

static int read_descr(struct text *t, struct bz_npy *npy, struct bz_error *err)
{
    char name[32];
    if (take(t, '[')) {
        npy->fields_at = npy->offset - (size_t)(t->end - t->at);
        return read_fields(t, npy, err);
    }
    if (!take_string(t, name, sizeof(name)))
        return bz_fail(err, BZ_UNSUPPORTED, "npy: an unreadable type, expected a boolean, integer or float type such as <f4");
    return set_type(npy, name, err);
}

int bz_npy_field_next(const struct bz_npy *a, const void *bytes, size_t *place, struct bz_npy_field *out)
{
    struct text t = {(const char *)bytes + a->fields_at + *place, (const char *)bytes + a->offset};
    if (a->dtype != BZ_RECORD)
        return 0;
    const size_t at = *place ? out->at + out->array.item : 0;
    for (size_t skipped = 0; !take(&t, ']');) {
        if (read_field(&t, out, NULL) < 0)
            return 0;
        take(&t, ',');
        if (out->array.dtype == BZ_RECORD) {
            skipped += out->array.item;
            continue;
        }
        out->at = at + skipped;
        out->array.rank = a->rank;
        memcpy(out->array.shape, a->shape, sizeof(a->shape));
        out->array.count = a->count;
        out->array.fortran = a->fortran;
        out->array.bytes = a->count * out->array.item; /* less than the records' */
        *place = (size_t)(t.at - (const char *)bytes) - a->fields_at;
        return 1;
    }
    return 0;
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
            return bz_fail(err, BZ_BAD_INPUT, "npy: shape: expected whole numbers that fit 64 bits, without leading zeros");
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
    if (bz_mul(&npy->bytes, npy->count, npy->item) < 0)
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
            struct bz_npy any = {.item = 1};
            rc = read_shape(t, &any, err);
        } else {
            return bz_fail(err, BZ_BAD_INPUT, "npy: header key \"%s\", expected descr, fortran_order and shape", key);
        }
        if (rc < 0)
            return -1;
        if (seen & field)
            return bz_fail(err, BZ_BAD_INPUT, "npy: header key \"%s\" occurs twice", key);
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

int bz_npy_parse_header(struct bz_npy *out, const void *bytes, size_t size, struct bz_error *err)
{
    const uint8_t *b = bytes;
    if (!bz_npy_is(bytes, size))
        return bz_fail(err, BZ_BAD_INPUT, "npy: does not begin as an .npy file does (\\x93NUMPY)");
    if (size < 10)
        return bz_fail(err, BZ_BAD_INPUT, "npy: cut off after %zu bytes, in the header", size);
    if (b[6] < 1 || b[6] > 3 || b[7])
        return bz_fail(err, BZ_UNSUPPORTED, "npy: format version %d.%d, expected 1.0, 2.0 or 3.0", b[6], b[7]);
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

/* Long doubles are 80 bits on x86 and 128 elsewhere under the same name. The former have a leading 1 in their 64-bit mantissa
 * unless they are 0, then 6 arbitrary bytes; the latter, read so, would be 0 or lack that 1. */
static bool are_80_bits(const struct bz_npy *a, const uint8_t *data)
{
    bool some = false, filled = false;
    for (size_t i = 0; i < a->count; i++, data += a->item) {
        static const uint8_t zero[9];
        uint8_t b[16];
        for (size_t k = 0; k < 16; k++)
            b[k] = data[a->swapped ? 15 - k : k];
        const bool is_zero = memcmp(b, zero, 9) == 0 && (b[9] & 0x7f) == 0;
        if (!is_zero && !(b[7] & 0x80))
            return false;
        some = some || !is_zero;
        filled = filled || memcmp(b + 10, zero, 6) != 0;
    }
    return some || !filled;
}

int bz_npy_parse_any(struct bz_npy *out, const void *bytes, size_t size, struct bz_error *err)
{
    struct bz_npy npy;
    if (bz_npy_parse_header(&npy, bytes, size, err) < 0)
        return -1;
    if (npy.bytes != size - npy.offset)
        return bz_fail(err, BZ_BAD_INPUT, "npy: %s: the header announces %zu %s%s = %zu bytes, found %zu",
                       npy.bytes > size - npy.offset ? "cut off" : "more data than numbers", npy.count,
                       bz_dtype_is_number(npy.dtype) ? "numbers of type " : "", bz_dtype_name(npy.dtype), npy.bytes,
                       size - npy.offset);
    if (npy.dtype == BZ_F16 && !are_80_bits(&npy, (const uint8_t *)bytes + npy.offset))
        return bz_fail(err, BZ_UNSUPPORTED, "npy: long doubles of another kind than x86's 80 bits: astype(\"float64\")");
    *out = npy;
    return 0;
}

int bz_npy_parse(struct bz_npy *out, const void *bytes, size_t size, struct bz_error *err)
{
    struct bz_npy npy;
    if (bz_npy_parse_any(&npy, bytes, size, err) < 0)
        return -1;
    if (!bz_dtype_is_number(npy.dtype))
        return bz_fail(err, BZ_UNSUPPORTED, "npy: holds %s, expected numbers", bz_dtype_name(npy.dtype));
    *out = npy;
    return 0;
}

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
