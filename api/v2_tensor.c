#include "v2_tensor.h"

#include "mem.h"
#include "stop.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The datatypes of the protocol that hold numbers, as BYTES does not. */
static const struct v2_type {
    const char *name;
    size_t size;
    enum v2_kind kind;
    double low, high; /* 0, 0 = everything that FP32 holds */
} types[] = {
    {"FP32", 4, V2_FLOAT, 0, 0},
    {"FP64", 8, V2_FLOAT, 0, 0},
    {"FP16", 2, V2_FLOAT, -65504, 65504},
    {"BF16", 2, V2_BRAIN, 0, 0},
    {"BOOL", 1, V2_UNSIGNED, 0, 1},
    {"UINT8", 1, V2_UNSIGNED, 0, 0xff},
    {"UINT16", 2, V2_UNSIGNED, 0, 0xffff},
    {"UINT32", 4, V2_UNSIGNED, 0, 0xffffffff},
    {"UINT64", 8, V2_UNSIGNED, 0, 0x1.fffffep63},
    {"INT8", 1, V2_SIGNED, -0x80, 0x7f},
    {"INT16", 2, V2_SIGNED, -0x8000, 0x7fff},
    {"INT32", 4, V2_SIGNED, -0x1p31, 0x1p31 - 1},
    {"INT64", 8, V2_SIGNED, -0x1p63, 0x1.fffffep62},
};
enum { N_TYPES = sizeof(types) / sizeof(types[0]) };
#define TYPE_NAMES "FP32, FP64, FP16, BF16, BOOL, UINT8 to UINT64 or INT8 to INT64"

void v2_tensor_free(struct v2_tensor *t)
{
    bz_drop(&t->x);
}

static int push(struct v2_tensor *t, float value, struct api_fault *fault)
{
    if (bz_grow(&t->x, &t->room, t->count + 1, sizeof(float), NULL) < 0)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    t->x[t->count++] = value;
    return 0;
}

/* Whether x is the number that text[n] says, and not only near it. Past 2^53 a double may already differ. */
static bool is_exact(const char *text, size_t n, double value, float x)
{
    char digits[48];
    if ((double)x != value)
        return false;
    return fabs(value) < 0x1p53 || strspn(text, "-0123456789") != n ||
           ((size_t)snprintf(digits, sizeof(digits), "%.0f", value) == n && memcmp(digits, text, n) == 0);
}

/* One number: null is missing, true and false are 1 and 0. */
static int read_number(struct json_scan *s, struct v2_tensor *t)
{
    double value = 0;
    const enum json_type type = json_peek(s); /* from here on there is no white space before it */
    const char *text = s->at;
    switch (type) {
    case JSON_NULL:
        value = NAN;
        break;
    case JSON_TRUE:
        value = 1;
        break;
    case JSON_FALSE:
        break;
    case JSON_NUMBER:
    case JSON_BAD:
    case JSON_END:
        if (json_number(s, &value) < 0)
            return api_fault_in(s->fault, "data[%zu]", t->count);
        if (isinf((float)value))
            return json_fail(s, API_BAD_VALUE, "data[%zu]: %g is beyond the range of FP32", t->count, value);
        if (!*t->rounded && !is_exact(text, (size_t)(s->at - text), value, (float)value)) {
            snprintf(t->rounded, sizeof(t->rounded), "%.*s", (int)(s->at - text), text);
            t->rounded_at = t->count;
        }
        return push(t, (float)value, s->fault);
    default:
        return json_fail(s, API_BAD_TYPE, "data[%zu]: found %s, expected a number", t->count, json_type_name(json_peek(s)));
    }
    return json_word(s) < 0 ? -1 : push(t, (float)value, s->fault);
}

/* Flat or nested: only the number of elements must fit. */
static int read_data(struct json_scan *s, struct v2_tensor *t)
{
    int more;
    if (json_enter(s, JSON_ARRAY) < 0)
        return api_fault_in(s->fault, "data");
    while ((more = json_next_item(s)) == 1)
        if ((json_peek(s) == JSON_ARRAY ? read_data(s, t) : read_number(s, t)) < 0)
            return -1;
    return more;
}

static int read_shape(struct json_scan *s, struct v2_tensor *t)
{
    int more;
    if (json_enter(s, JSON_ARRAY) < 0)
        return api_fault_in(s->fault, "shape");
    while ((more = json_next_item(s)) == 1) {
        double d;
        if (json_number(s, &d) < 0)
            return api_fault_in(s->fault, "shape[%zu]", t->rank);
        if (!(d >= 0 && d <= 9007199254740992.0 && d == floor(d)))
            return json_fail(s, API_BAD_SHAPE, "shape[%zu]: found %g, expected a whole number of 0 to 2^53", t->rank, d);
        if (t->rank == V2_MAX_RANK)
            return json_fail(s, API_BAD_SHAPE, "shape: more than %d dimensions", V2_MAX_RANK);
        t->shape[t->rank++] = (size_t)d;
    }
    t->has_shape = true;
    return more;
}

static int read_type(struct json_scan *s, struct v2_tensor *t)
{
    char *name;
    if (json_string(s, &name, NULL) < 0)
        return api_fault_in(s->fault, "datatype");
    for (int i = 0; i < N_TYPES; i++)
        if (strcmp(name, types[i].name) == 0) {
            t->type = i;
            return 0;
        }
    return json_fail(s, API_BAD_TYPE, "datatype: found '%.32s', expected " TYPE_NAMES, name);
}

static int read_parameters(struct json_scan *s, struct v2_tensor *t)
{
    struct json_keys keys = {.n = 0};
    char *key;
    int more;
    if (json_enter(s, JSON_OBJECT) < 0)
        return api_fault_in(s->fault, "parameters");
    while ((more = json_next_key(s, &key)) == 1) {
        double size;
        if (json_once(s, &keys, key) < 0)
            return -1;
        const bool absent = json_peek(s) == JSON_NULL;
        if (!absent && strncmp(key, "shared_memory", 13) == 0)
            return json_fail(s, API_UNSUPPORTED, "parameter '%.64s': shared memory is not supported", key);
        if (absent || strcmp(key, "binary_data_size") != 0) {
            if (json_skip(s) < 0)
                return -1;
            continue;
        }
        if (json_number(s, &size) < 0)
            return api_fault_in(s->fault, "binary_data_size");
        if (!(size >= 0 && size <= 9007199254740992.0 && size == floor(size)))
            return json_fail(s, API_BAD_VALUE, "binary_data_size: found %g, expected a whole number of bytes, at most 2^53",
                             size);
        t->byte_size = (uint64_t)size;
        t->has_size = true;
    }
    return more;
}

int v2_tensor_read(struct json_scan *s, struct v2_tensor *t)
{
    struct json_keys keys = {.n = 0};
    char *key;
    int more, rc;
    t->type = -1;
    if (json_enter(s, JSON_OBJECT) < 0)
        return -1;
    while ((more = json_next_key(s, &key)) == 1) {
        if (json_once(s, &keys, key) < 0)
            return -1;
        if (strcmp(key, "name") == 0)
            rc = json_string(s, &t->name, NULL) < 0 ? api_fault_in(s->fault, "name") : 0;
        else if (strcmp(key, "shape") == 0)
            rc = read_shape(s, t);
        else if (strcmp(key, "datatype") == 0)
            rc = read_type(s, t);
        else if (json_peek(s) == JSON_NULL)
            rc = json_word(s);
        else if (strcmp(key, "parameters") == 0)
            rc = read_parameters(s, t);
        else if (strcmp(key, "data") == 0) {
            t->has_data = true;
            rc = read_data(s, t);
        } else
            rc = json_skip(s);
        if (rc < 0)
            return -1;
    }
    if (more < 0)
        return -1;
    if (!t->name)
        return json_fail(s, API_MISSING_INPUT, "an input has no 'name'");
    if (!t->has_shape || t->type < 0)
        return json_fail(s, API_MISSING_INPUT, "input '%.64s': '%s' is missing", t->name, t->has_shape ? "datatype" : "shape");
    if (t->has_data == t->has_size)
        return json_fail(s, API_BAD_REQUEST, "input '%.64s': expected either 'data' or parameter 'binary_data_size', found %s",
                         t->name, t->has_data ? "both" : "neither");
    return 0;
}

/* IEEE half precision, widened: exact. */
static double half(uint16_t bits)
{
    const int exponent = bits >> 10 & 31;
    const double fraction = bits & 1023, sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 31)
        return fraction != 0 ? (double)NAN : sign * (double)INFINITY;
    return sign * (exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24));
}

/* A float of 2, 4 or 8 bytes. */
static double float_at(const char *from, const struct v2_type *type)
{
    float f;
    double d;
    uint16_t h;
    if (type->size == 4) {
        memcpy(&f, from, 4);
        return (double)f;
    }
    if (type->size == 8) {
        memcpy(&d, from, 8);
        return d;
    }
    memcpy(&h, from, 2);
    if (type->kind == V2_FLOAT)
        return half(h);
    const uint32_t wide = (uint32_t)h << 16; /* bfloat16 is a float32 cut short */
    memcpy(&f, &wide, 4);
    return (double)f;
}

/* The value of the lowest bits, as many as the type has, in two's complement. */
static int64_t signed_of(uint64_t bits, const struct v2_type *type)
{
    const unsigned unused = 64 - 8 * (unsigned)type->size;
    return (int64_t)(bits << unused) >> unused;
}

/* The packed little-endian value at `from`: -1 if it is a whole number that FP32 does not hold exactly. */
static int element(const char *from, const struct v2_type *type, float *x)
{
    uint64_t bits = 0;
    if (type->kind == V2_FLOAT || type->kind == V2_BRAIN) {
        *x = (float)float_at(from, type);
        return 0;
    }
    memcpy(&bits, from, type->size);
    const int64_t integer = signed_of(bits, type);
    const bool is_signed = type->kind == V2_SIGNED;
    *x = is_signed ? (float)integer : (float)bits;
    const double size = fabs((double)*x);
    return size <= 0x1p24 || (size < 0x1p63 && (is_signed ? (int64_t)*x == integer : (uint64_t)*x == bits)) ||
                   (size == 0x1p63 && bits == UINT64_C(1) << 63)
               ? 0
               : -1;
}

static int refuse_element(const struct v2_tensor *t, size_t i, const char *from, struct api_fault *fault)
{
    const struct v2_type *type = &types[t->type];
    uint64_t bits = 0;
    char whole[32];
    memcpy(&bits, from, type->size);
    if (type->kind == V2_SIGNED)
        snprintf(whole, sizeof(whole), "%" PRId64, signed_of(bits, type));
    else
        snprintf(whole, sizeof(whole), "%" PRIu64, bits);
    return type->high == 1
               ? api_fault(fault, API_BAD_VALUE, "input '%.64s'[%zu]: found byte %s, expected 0 or 1", t->name, i, whole)
               : api_fault(fault, API_BAD_VALUE, "input '%.64s'[%zu]: found %s, which FP32 does not hold exactly", t->name, i,
                           whole);
}

/* Whether a number that FP32 rounds is a whole number of this type. */
static bool is_whole(const char *text, const struct v2_type *type)
{
    const double value = strtod(text, NULL);
    errno = 0;
    if (value != floor(value) || (type->kind == V2_UNSIGNED && value < 0))
        return false;
    if (type->size < 8)
        return value >= type->low && value <= type->high;
    if (fabs(value) >= (type->kind == V2_SIGNED ? 0x1p63 : 0x1p64) && strpbrk(text, ".eE"))
        return value == -0x1p63;
    if (type->kind == V2_SIGNED)
        (void)strtoll(text, NULL, 10);
    else
        (void)strtoull(text, NULL, 10);
    return errno == 0;
}

/* Checks that numbers given as JSON are within their datatype. */
static int check_values(const struct v2_tensor *t, struct api_fault *fault)
{
    const struct v2_type *type = &types[t->type];
    const bool whole = type->kind == V2_UNSIGNED || type->kind == V2_SIGNED;
    if (whole && *t->rounded)
        return api_fault(fault, API_BAD_VALUE, "input '%.64s'[%zu]: found %s, which %s does not hold%s", t->name, t->rounded_at,
                         t->rounded, is_whole(t->rounded, type) ? "FP32" : type->name,
                         is_whole(t->rounded, type) ? " exactly" : "");
    for (size_t i = 0; type->high > 0 && i < t->count && !bz_stopping_row(i, 1); i++) {
        const double x = (double)t->x[i];
        if (!isnan(t->x[i]) && ((whole && x != floor(x)) || x < type->low || x > type->high))
            return api_fault(fault, API_BAD_VALUE, "input '%.64s'[%zu]: found %g, which %s does not hold", t->name, i, x,
                             type->name);
    }
    return 0;
}

int v2_tensor_finish(struct v2_tensor *t, const char **at, const char *end, struct api_fault *fault)
{
    size_t count = 1, bytes;
    for (size_t d = 0; d < t->rank; d++)
        if (bz_mul(&count, count, t->shape[d]) < 0)
            return api_fault(fault, API_BAD_SHAPE, "input '%.64s': its shape has more elements than can be counted", t->name);
    if (t->has_data) {
        if (t->count != count)
            return api_fault(fault, API_BAD_SHAPE, "input '%.64s': its shape has %zu elements, its data %zu", t->name, count,
                             t->count);
        return check_values(t, fault);
    }
    const size_t left = (size_t)(end - *at);
    if (bz_mul(&bytes, count, types[t->type].size) < 0)
        return api_fault(fault, API_BAD_SHAPE, "input '%.64s': its shape has more elements than can be counted", t->name);
    if (bytes != t->byte_size)
        return api_fault(fault, API_BAD_SHAPE,
                         "input '%.64s': binary_data_size is %llu, its shape and datatype %s make %zu bytes (%zu elements)",
                         t->name, (unsigned long long)t->byte_size, types[t->type].name, bytes, count);
    if (bytes > left)
        return api_fault(fault, API_BAD_SHAPE, "input '%.64s': expected %zu bytes of binary data, found %zu", t->name, bytes,
                         left);
    t->x = bz_alloc(count, sizeof(float), NULL);
    if (!t->x)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    const struct v2_type *type = &types[t->type];
    for (size_t i = 0; i < count && !bz_stopping_row(i, 1); i++) {
        const char *from = *at + i * type->size;
        if (element(from, type, &t->x[i]) < 0 || (type->high == 1 && t->x[i] > 1))
            return refuse_element(t, i, from, fault);
    }
    t->count = count;
    *at += bytes;
    return 0;
}
