#include "utf8.h"

#include <stdint.h>

size_t bz_utf8_length(const unsigned char *at, const unsigned char *end)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000}; /* least code point with this many continuation bytes */
    if (at == end)
        return 0;
    const unsigned char first = *at;
    if (first < 0x80)
        return 1;
    const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || end - at <= more)
        return 0;
    uint32_t code = first & (0x3fu >> more);
    for (int i = 1; i <= more; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (at[i] & 0x3f);
    }
    if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    return (size_t)more + 1;
}

bool bz_is_utf8(const char *text, size_t n)
{
    const unsigned char *at = (const unsigned char *)text, *const end = at + n;
    while (at < end) {
        const size_t length = bz_utf8_length(at, end);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}
