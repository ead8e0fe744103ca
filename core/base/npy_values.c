/* Elements of npy arrays: numbers of any type and order as float and double, words as text. */
#include "npy.h"

#include <math.h>
#include <string.h>

/* Where element `i` in C order lies, counted in elements. */
static size_t place(const struct bz_npy *a, size_t i)
{
    if (!a->fortran)
        return i;
    size_t index[BZ_NPY_MAX_RANK], at = 0;
    for (size_t d = a->rank; d-- > 0; i /= a->shape[d])
        index[d] = i % a->shape[d];
    for (size_t d = a->rank; d-- > 0;)
        at = at * a->shape[d] + index[d];
    return at;
}

/* Elements first .. first+n-1 in C order, one after another. */
static void gather(const struct bz_npy *a, const void *data, size_t first, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++, out += a->item)
        memcpy(out, (const uint8_t *)data + place(a, first + i) * a->item, a->item);
}

/* Little-endian from big-endian, n elements of `size` bytes. */
static void turn_bytes(uint8_t *bytes, size_t n, size_t size)
{
    for (; n-- > 0; bytes += size)
        for (size_t k = 0; k < size / 2; k++) {
            const uint8_t b = bytes[k];
            bytes[k] = bytes[size - 1 - k];
            bytes[size - 1 - k] = b;
        }
}

void bz_npy_to_c_order(const struct bz_npy *a, const void *data, void *out)
{
    if (a->fortran)
        gather(a, data, 0, a->count, out);
    else if (a->bytes > 0)
        memcpy(out, data, a->bytes);
}

void bz_npy_field_copy(const struct bz_npy *a, const struct bz_npy_field *f, const void *data, void *out)
{
    for (size_t i = 0; i < a->count; i++)
        memcpy((uint8_t *)out + i * f->array.item, (const uint8_t *)data + i * a->item + f->at, f->array.item);
}

/* --- types that C lacks --- */

static double half(uint16_t h)
{
    const int exponent = h >> 10 & 31;
    const double fraction = h & 1023, sign = h & 0x8000 ? -1 : 1;
    if (exponent == 31)
        return fraction > 0 ? NAN : sign * INFINITY;
    return sign * (exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25));
}

static double eighty_bits(const uint8_t *b)
{
    uint64_t mantissa;
    uint16_t head;
    memcpy(&mantissa, b, 8);
    memcpy(&head, b + 8, 2);
    const double sign = head & 0x8000 ? -1 : 1;
    const int exponent = head & 0x7fff;
    if (exponent == 0x7fff)
        return mantissa << 1 ? NAN : sign * INFINITY;
    return sign * ldexp((double)mantissa, exponent - 16383 - 63);
}

/* --- conversions: memcpy because the data may be at any address --- */

#define CONVERT(code, source, target)                                                                                          \
    case code:                                                                                                                 \
        for (size_t i = 0; i < n; i++) {                                                                                       \
            source x;                                                                                                          \
            memcpy(&x, from + i * sizeof(x), sizeof(x));                                                                       \
            out[i] = (target)x;                                                                                                \
        }                                                                                                                      \
        break

#define CONVERT_ALL(target)                                                                                                    \
    switch (dtype) {                                                                                                           \
        CONVERT(BZ_F4, float, target);                                                                                         \
        CONVERT(BZ_F8, double, target);                                                                                        \
        CONVERT(BZ_U1, uint8_t, target);                                                                                       \
        CONVERT(BZ_I1, int8_t, target);                                                                                        \
        CONVERT(BZ_U2, uint16_t, target);                                                                                      \
        CONVERT(BZ_I2, int16_t, target);                                                                                       \
        CONVERT(BZ_U4, uint32_t, target);                                                                                      \
        CONVERT(BZ_I4, int32_t, target);                                                                                       \
        CONVERT(BZ_U8, uint64_t, target);                                                                                      \
        CONVERT(BZ_I8, int64_t, target);                                                                                       \
    case BZ_B1:                                                                                                                \
        for (size_t i = 0; i < n; i++)                                                                                         \
            out[i] = from[i] != 0;                                                                                             \
        break;                                                                                                                 \
    case BZ_F2:                                                                                                                \
        for (size_t i = 0; i < n; i++)                                                                                         \
            out[i] = (target)half((uint16_t)(from[2 * i] | from[2 * i + 1] << 8));                                             \
        break;                                                                                                                 \
    case BZ_F16:                                                                                                               \
        for (size_t i = 0; i < n; i++)                                                                                         \
            out[i] = (target)eighty_bits(from + 16 * i);                                                                       \
        break;                                                                                                                 \
    default: /* words and records are not numbers */                                                                           \
        for (size_t i = 0; i < n; i++)                                                                                         \
            out[i] = NAN;                                                                                                      \
    }

static void to_floats(enum bz_dtype dtype, const uint8_t *from, size_t n, float *out)
{
    CONVERT_ALL(float)
}

static void to_doubles(enum bz_dtype dtype, const uint8_t *from, size_t n, double *out)
{
    CONVERT_ALL(double)
}

enum { AT_ONCE = 256, LARGEST_ITEM = 16 };

/* In another order the elements are copied together first, some at once. */
#define IN_ORDER(convert)                                                                                                      \
    const uint8_t *from = (const uint8_t *)data + first * a->item;                                                             \
    if (!a->fortran && !a->swapped) {                                                                                          \
        convert(a->dtype, from, n, out);                                                                                       \
        return;                                                                                                                \
    }                                                                                                                          \
    uint8_t some[AT_ONCE * LARGEST_ITEM];                                                                                      \
    for (size_t done = 0; done < n && a->item <= LARGEST_ITEM; done += AT_ONCE) {                                              \
        const size_t k = n - done < AT_ONCE ? n - done : AT_ONCE;                                                              \
        gather(a, data, first + done, k, some);                                                                                \
        if (a->swapped)                                                                                                        \
            turn_bytes(some, k, a->item);                                                                                      \
        convert(a->dtype, some, k, out + done);                                                                                \
    }

void bz_npy_floats(const struct bz_npy *a, const void *data, size_t first, size_t n, float *out)
{
    IN_ORDER(to_floats)
}

void bz_npy_doubles(const struct bz_npy *a, const void *data, size_t first, size_t n, double *out)
{
    IN_ORDER(to_doubles)
}

/* --- words --- */

static size_t encode(uint32_t c, char out[4])
{
    if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        c = '?';
    if (c < 0x80)
        return out[0] = (char)c, 1;
    const size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t k = n; k-- > 1; c >>= 6)
        out[k] = (char)(0x80 | (c & 63));
    out[0] = (char)((0xf00 >> n & 0xff) | c);
    return n;
}

size_t bz_npy_word(const struct bz_npy *a, const void *data, size_t i, char *text, size_t room)
{
    const uint8_t *from = (const uint8_t *)data + place(a, i) * a->item;
    size_t n = 0, length = a->item;
    if (a->dtype == BZ_BYTES) {
        while (length > 0 && from[length - 1] == 0)
            length--;
        n = length < room - 1 ? length : room - 1;
        for (size_t k = 0; k < n; k++)
            text[k] = from[k] ? (char)from[k] : '?';
        text[n] = 0;
        return n;
    }
    while (length >= 4 && memcmp(from + length - 4, "\0\0\0\0", 4) == 0)
        length -= 4;
    for (size_t k = 0; k + 4 <= length; k += 4) {
        uint32_t c;
        char letter[4];
        memcpy(&c, from + k, 4);
        const size_t bytes = encode(a->swapped ? __builtin_bswap32(c) : c, letter);
        if (n + bytes >= room)
            break;
        memcpy(text + n, letter, bytes);
        n += bytes;
    }
    text[n] = 0;
    return n;
}
