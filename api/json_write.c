#include "json_write.h"

#include "float_text.h"
#include "stop.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Writes the comma between members, and marks that there is one. */
static void separate(struct json_writer *w)
{
    const uint64_t bit = UINT64_C(1) << w->depth;
    if (w->filled & bit)
        api_buffer_add(w->b, ",", 1);
    w->filled |= bit;
}

static void open_container(struct json_writer *w, char c)
{
    separate(w);
    api_buffer_add(w->b, &c, 1);
    w->depth++;
    w->filled &= ~(UINT64_C(1) << w->depth);
}

static void close_container(struct json_writer *w, char c)
{
    w->depth--;
    api_buffer_add(w->b, &c, 1);
}

void json_object(struct json_writer *w)
{
    open_container(w, '{');
}

void json_end_object(struct json_writer *w)
{
    close_container(w, '}');
}

void json_array(struct json_writer *w)
{
    open_container(w, '[');
}

void json_end_array(struct json_writer *w)
{
    close_container(w, ']');
}

/* Length of the UTF-8 sequence at p, 0 if it is none. */
static size_t utf8_length(const unsigned char *p)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF0 && p[1] < 0x90) ||
        (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return n;
}

static void quoted(struct api_buffer *b, const char *text)
{
    api_buffer_add(b, "\"", 1);
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        const unsigned char *plain = p;
        size_t n;
        while (*p >= 0x20 && *p != '"' && *p != '\\' && (n = utf8_length(p)) > 0)
            p += n;
        api_buffer_add(b, plain, (size_t)(p - plain));
        if (*p == '"' || *p == '\\')
            api_buffer_printf(b, "\\%c", *p++);
        else if (*p == '\n')
            api_buffer_text(b, "\\n"), p++;
        else if (*p && *p < 0x20)
            api_buffer_printf(b, "\\u%04x", *p++);
        else if (*p)
            api_buffer_text(b, "\xEF\xBF\xBD"), p++; /* U+FFFD for invalid UTF-8 */
    }
    api_buffer_add(b, "\"", 1);
}

void json_key(struct json_writer *w, const char *key)
{
    separate(w);
    quoted(w->b, key);
    api_buffer_add(w->b, ":", 1);
    w->filled &= ~(UINT64_C(1) << w->depth); /* no comma before the value */
}

void json_text(struct json_writer *w, const char *text)
{
    separate(w);
    quoted(w->b, text);
}

void json_whole(struct json_writer *w, uint64_t value)
{
    separate(w);
    char text[BZ_WHOLE_ROOM];
    api_buffer_add(w->b, text, bz_whole_text(value, text));
}

void json_integer(struct json_writer *w, int64_t value)
{
    separate(w);
    api_buffer_printf(w->b, "%" PRId64, value);
}

void json_bool(struct json_writer *w, bool value)
{
    separate(w);
    api_buffer_text(w->b, value ? "true" : "false");
}

void json_null(struct json_writer *w)
{
    separate(w);
    api_buffer_add(w->b, "null", 4);
}

void json_float(struct json_writer *w, float value)
{
    char *to;
    separate(w);
    if ((to = api_buffer_reserve(w->b, BZ_FLOAT_ROOM)))
        w->b->size += bz_float_text(value, to);
}

/* null where it is not finite; its length. */
static size_t double_text(double value, char *to)
{
    if (isfinite(value))
        return bz_double_text(value, to);
    memcpy(to, "null", 4);
    return 4;
}

void json_double(struct json_writer *w, double value)
{
    char *to;
    separate(w);
    if ((to = api_buffer_reserve(w->b, BZ_DOUBLE_ROOM)))
        w->b->size += double_text(value, to);
}

void json_raw(struct json_writer *w, const char *json)
{
    separate(w);
    api_buffer_text(w->b, json ? json : "null");
}

/* Begins a list of n numbers of at most `longest` bytes each and returns its room; NULL without memory. */
static char *begin_numbers(struct json_writer *w, size_t n, size_t longest)
{
    separate(w);
    char *begin = n > SIZE_MAX / longest - 2 ? NULL : api_buffer_reserve(w->b, n * (longest + 1) + 2);
    if (begin)
        *begin++ = '[';
    return begin;
}

/* to: the end of the last number and its comma. */
static void end_numbers(struct json_writer *w, char *to, size_t n)
{
    to -= n > 0;
    *to++ = ']';
    w->b->size = (size_t)(to - w->b->data);
}

void json_floats(struct json_writer *w, const float *x, size_t n)
{
    enum { BLOCK = 1024 };
    char *to = begin_numbers(w, n, BZ_FLOAT_ROOM);
    if (!to)
        return;
    for (size_t i = 0; i < n && !bz_stopping_work(BZ_STOP_TEXT * BLOCK); i += BLOCK)
        to = bz_floats_text(to, x + i, n - i < BLOCK ? n - i : BLOCK, ',');
    end_numbers(w, to, n);
}

void json_doubles(struct json_writer *w, const double *x, size_t n)
{
    char *to = begin_numbers(w, n, BZ_DOUBLE_ROOM);
    if (!to)
        return;
    for (size_t i = 0; i < n && !bz_stopping_unit(i, BZ_STOP_TEXT); i++) {
        to += double_text(x[i], to);
        *to++ = ',';
    }
    end_numbers(w, to, n);
}

void json_float_rows(struct json_writer *w, const float *x, size_t rows, size_t width)
{
    json_array(w);
    for (size_t r = 0; r < rows; r++)
        json_floats(w, x + r * width, width);
    json_end_array(w);
}

void json_key_string(struct json_writer *w, const char *key, const char *text)
{
    json_key(w, key);
    json_text(w, text);
}

void json_key_whole(struct json_writer *w, const char *key, uint64_t value)
{
    json_key(w, key);
    json_whole(w, value);
}

void json_key_double(struct json_writer *w, const char *key, double value)
{
    json_key(w, key);
    json_double(w, value);
}

void json_key_bool(struct json_writer *w, const char *key, bool value)
{
    json_key(w, key);
    json_bool(w, value);
}
