#include "buffer.h"

#include "mem.h"
#include "stop.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LEAST_ROOM = 256, USUAL_TEXT = 128 /* bytes of a printed text */ };

char *api_buffer_reserve(struct api_buffer *b, size_t more)
{
    if (b->failed)
        return NULL;
    if (more <= b->room - b->size)
        return b->data + b->size;
    const size_t needed = more > SIZE_MAX - b->size ? SIZE_MAX : b->size + more;
    b->failed = bz_grow(&b->data, &b->room, needed < LEAST_ROOM ? LEAST_ROOM : needed, 1, NULL) < 0;
    return b->failed ? NULL : b->data + b->size;
}

void api_buffer_add(struct api_buffer *b, const void *bytes, size_t n)
{
    char *to = api_buffer_reserve(b, n);
    if (!to || n == 0)
        return;
    memcpy(to, bytes, n);
    b->size += n;
}

void api_buffer_text(struct api_buffer *b, const char *text)
{
    api_buffer_add(b, text, strlen(text));
}

void api_buffer_printf(struct api_buffer *b, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    char *to = api_buffer_reserve(b, USUAL_TEXT);
    const size_t room = to ? b->room - b->size : 0;
    const int n = to ? vsnprintf(to, room, fmt, args) : -1;
    if (n >= 0 && (size_t)n >= room && (to = api_buffer_reserve(b, (size_t)n + 1)))
        vsnprintf(to, (size_t)n + 1, fmt, again);
    if (n >= 0 && to)
        b->size += (size_t)n;
    va_end(args);
    va_end(again);
}

void api_buffer_free(struct api_buffer *b)
{
    bz_free(b->data);
    *b = (struct api_buffer){0};
}

char *api_buffer_take(struct api_buffer *b, size_t *size)
{
    char *data = NULL;
    *size = 0;
    if (!b->failed && b->size) {
        data = b->data;
        *size = b->size;
        b->data = NULL;
    }
    api_buffer_free(b);
    return data;
}

void api_buffer_base64(struct api_buffer *b, const void *bytes, size_t n, bool plain)
{
    static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static const char std[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *digit = plain ? std : url;
    const uint8_t *in = bytes;
    char *out = n / 3 > SIZE_MAX / 8 ? NULL : api_buffer_reserve(b, n / 3 * 4 + 4);
    if (!out)
        return;
    char *at = out;
    for (; n >= 3 && !bz_stopping_unit(n / 3, 8); n -= 3, in += 3) {
        uint32_t v = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
        *at++ = digit[v >> 18];
        *at++ = digit[v >> 12 & 63];
        *at++ = digit[v >> 6 & 63];
        *at++ = digit[v & 63];
    }
    if (n) {
        uint32_t v = (uint32_t)in[0] << 16 | (n == 2 ? (uint32_t)in[1] << 8 : 0);
        *at++ = digit[v >> 18];
        *at++ = digit[v >> 12 & 63];
        if (n == 2)
            *at++ = digit[v >> 6 & 63];
        for (size_t pad = n; plain && pad < 3; pad++)
            *at++ = '=';
    }
    b->size += (size_t)(at - out);
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

long api_base64_decode(char *text, size_t n)
{
    uint8_t *out = (uint8_t *)text;
    size_t size = 0;
    uint32_t bits = 0;
    unsigned held = 0;
    if (n % 4 == 1)
        return -1;
    for (size_t i = 0; i < n; i++) {
        int d = base64_digit(text[i]);
        if (d < 0 || bz_stopping_row(i, 1))
            return -1;
        bits = bits << 6 | (uint32_t)d;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[size++] = (uint8_t)(bits >> held);
        }
    }
    if (bits & ((1u << held) - 1)) /* left-over bits must be zero: one text for one record */
        return -1;
    return (long)size;
}
