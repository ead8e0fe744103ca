/* Bytes to UTF-8: byte order marks, UTF-16. */
#include "layout.h"
#include "mem.h"
#include "stop.h"

#include <stdint.h>
#include <string.h>

enum { AT_ONCE = 1 << 20 };

const char *bz_text_find(const char *text, size_t size, char c)
{
    const char *found = NULL;
    for (size_t at = 0; at < size && !found && !bz_stopping(); at += AT_ONCE)
        found = memchr(text + at, c, size - at < AT_ONCE ? size - at : AT_ONCE);
    return found;
}

static unsigned unit_at(const unsigned char *p, bool big)
{
    return big ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* A unit of 2 bytes becomes at most 3 of UTF-8. */
static int from_utf16(const char *path, const unsigned char *p, size_t size, bool big, char **out, size_t *length,
                      struct bz_error *err)
{
    size_t room;
    if (size % 2)
        return bz_fail(err, BZ_BAD_INPUT, "%s: UTF-16 with an odd number of bytes (%zu): truncated?", path, size);
    if (bz_mul(&room, size / 2 + 1, 3) < 0 || !(*out = bz_alloc(room, 1, err)))
        return -1;
    *length = 0;
    for (size_t i = 0; i < size && !bz_stopping_row(i / 2, 1); i += 2) {
        uint32_t c = unit_at(p + i, big);
        if (c >= 0xd800 && c < 0xdc00 && i + 4 <= size) {
            const uint32_t low = unit_at(p + i + 2, big);
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            }
        }
        if ((c >= 0xd800 && c < 0xe000) || c == 0) {
            bz_drop(out);
            return bz_fail(err, BZ_BAD_INPUT, "%s: byte %zu: %s is not text in UTF-16", path, i, c ? "half a pair" : "a 0");
        }
        *length += put_utf8(*out + *length, c);
    }
    return 0;
}

/* Text without a byte order mark in which every other byte is 0. */
static int order_of_zeros(const unsigned char *p, size_t size)
{
    size_t zeros[2] = {0}, n = size < 400 ? size / 2 * 2 : 400;
    for (size_t i = 0; i < n; i++)
        zeros[i % 2] += p[i] == 0;
    if (n < 4 || (zeros[0] > 0 && zeros[1] > 0))
        return -1;
    return zeros[0] > n / 3 ? 1 : zeros[1] > n / 3 ? 0 : -1;
}

int bz_text_decode(const char *path, const char *text, size_t size, char **converted, size_t *length, size_t *skip,
                   struct bz_error *err)
{
    const unsigned char *p = (const unsigned char *)text;
    *converted = NULL;
    *skip = 0;
    *length = size;
    if (size >= 4 && (memcmp(p, "\xff\xfe\0\0", 4) == 0 || memcmp(p, "\0\0\xfe\xff", 4) == 0))
        return bz_fail(err, BZ_BAD_INPUT, "%s: is UTF-32, which is not read; iconv -f utf32 -t utf8 converts", path);
    if (size >= 2 && (memcmp(p, "\xff\xfe", 2) == 0 || memcmp(p, "\xfe\xff", 2) == 0))
        return from_utf16(path, p + 2, size - 2, p[0] == 0xfe, converted, length, err);
    if (size >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        *skip = 3;
    const char *zero = bz_text_find(text, size, 0);
    if (!zero)
        return 0;
    const int order = order_of_zeros(p, size);
    if (order >= 0)
        return from_utf16(path, p, size, order == 1, converted, length, err);
    return bz_fail(err, BZ_BAD_INPUT, "%s: byte %zu is 0: expected text", path, (size_t)(zero - text));
}
