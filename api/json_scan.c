#include "json_scan.h"

#include "stop.h"
#include "utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

void json_scan_start(struct json_scan *s, char *text, size_t size, struct api_fault *fault)
{
    *s = (struct json_scan){.at = text, .end = text + size, .begin = text, .asked = text, .fault = fault};
    text[size] = 0;
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        s->at += 3;
}

size_t json_offset(const struct json_scan *s)
{
    return (size_t)(s->at - s->begin);
}

int json_fail(struct json_scan *s, enum api_error error, const char *fmt, ...)
{
    va_list args;
    s->fault->error = error;
    int n = snprintf(s->fault->msg, sizeof(s->fault->msg), "byte %zu of the body: ", json_offset(s));
    va_start(args, fmt);
    vsnprintf(s->fault->msg + n, sizeof(s->fault->msg) - (size_t)n, fmt, args);
    va_end(args);
    return -1;
}

static int asked_to_stop(struct json_scan *s)
{
    return json_fail(s, API_TIMEOUT, "asked to stop");
}

static inline void skip_space(struct json_scan *s)
{
    while (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r') {
        s->at++;
        if (bz_stopping_at(&s->asked, s->at))
            s->at = s->end;
    }
}

/* Describes what is at s->at, for a message. */
static int unexpected(struct json_scan *s, const char *expected)
{
    unsigned char c = (unsigned char)*s->at;
    if (s->at == s->end)
        return json_fail(s, API_BAD_JSON, "the text ends, expected %s", expected);
    if (c > 32 && c < 127)
        return json_fail(s, API_BAD_JSON, "found '%c', expected %s", c, expected);
    return json_fail(s, API_BAD_JSON, "found byte 0x%02X, expected %s", c, expected);
}

enum json_type json_peek(struct json_scan *s)
{
    skip_space(s);
    switch (*s->at) {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    case '-':
        return JSON_NUMBER;
    case 0:
        return s->at == s->end ? JSON_END : JSON_BAD;
    default:
        return *s->at >= '0' && *s->at <= '9' ? JSON_NUMBER : JSON_BAD;
    }
}

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {"something else", "an object", "an array", "a string",           "a number",
                                        "true",           "false",     "null",     "the end of the body"};
    return names[type];
}

int json_scan_end(struct json_scan *s)
{
    skip_space(s);
    return s->at == s->end ? 0 : unexpected(s, "the end of the body");
}

/* A value of another type than `expected` is not an error of the JSON itself. */
static int another_type(struct json_scan *s, const char *expected)
{
    const enum json_type type = json_peek(s);
    const bool whole_word = (type != JSON_TRUE && type != JSON_FALSE && type != JSON_NULL) ||
                            strncmp(s->at, json_type_name(type), strlen(json_type_name(type))) == 0;
    return type == JSON_BAD || type == JSON_END || !whole_word
               ? unexpected(s, expected)
               : json_fail(s, API_BAD_TYPE, "found %s, expected %s", json_type_name(type), expected);
}

int json_enter(struct json_scan *s, enum json_type container)
{
    skip_space(s);
    if (*s->at != (container == JSON_OBJECT ? '{' : '['))
        return another_type(s, container == JSON_OBJECT ? "an object" : "an array");
    if (s->depth == JSON_MAX_DEPTH)
        return json_fail(s, API_TOO_DEEP, "nested deeper than %d", JSON_MAX_DEPTH);
    s->fresh |= UINT64_C(1) << s->depth;
    s->depth++;
    s->at++;
    return 0;
}

/* Steps over the comma or the closing bracket: 1 = a member follows, 0 = ended. */
static int next_member(struct json_scan *s, char close, const char *expected)
{
    const uint64_t bit = UINT64_C(1) << (s->depth - 1);
    if (bz_stopping_at(&s->asked, s->at))
        return asked_to_stop(s);
    skip_space(s);
    if (*s->at == close) {
        s->at++;
        s->depth--;
        return 0;
    }
    if (s->fresh & bit) {
        s->fresh &= ~bit;
        return 1;
    }
    if (*s->at != ',')
        return unexpected(s, expected);
    s->at++;
    skip_space(s);
    if (*s->at == ']' || *s->at == '}')
        return json_fail(s, API_BAD_JSON, "found '%c' after a comma, expected another value: JSON allows no trailing comma",
                         *s->at);
    return 1;
}

int json_next_item(struct json_scan *s)
{
    return next_member(s, ']', "',' or ']'");
}

int json_next_key(struct json_scan *s, char **key)
{
    int more = next_member(s, '}', "',' or '}'");
    if (more <= 0)
        return more;
    if (*s->at != '"')
        return unexpected(s, "a key in double quotes");
    if (json_string(s, key, NULL) < 0)
        return -1;
    skip_space(s);
    /* The closing quote has become a 0, so the colon that follows is still there. */
    if (*s->at != ':')
        return unexpected(s, "':'");
    s->at++;
    return 1;
}

static int hex4(const char *p, uint32_t *value)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        unsigned d = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                     : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                            : 16;
        if (d == 16)
            return -1;
        v = v << 4 | d;
    }
    *value = v;
    return 0;
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xC0 | c >> 6);
        *to++ = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *to++ = (char)(0xE0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    } else {
        *to++ = (char)(0xF0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 63));
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    }
    return to;
}

/* The escape at s->at (after the backslash), written at *to. */
static int unescape(struct json_scan *s, char **to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    const char *found = *s->at ? strchr(from, *s->at) : NULL;
    if (found) {
        *(*to)++ = into[found - from];
        s->at++;
        return 0;
    }
    uint32_t c, low;
    if (*s->at != 'u' || hex4(s->at + 1, &c) < 0)
        return unexpected(s, "a JSON escape");
    s->at += 5;
    if (c >= 0xD800 && c < 0xDC00) {
        if (s->at[0] != '\\' || s->at[1] != 'u' || hex4(s->at + 2, &low) < 0 || low < 0xDC00 || low > 0xDFFF)
            return json_fail(s, API_BAD_JSON, "half of a surrogate pair");
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        s->at += 6;
    } else if (c >= 0xDC00 && c < 0xE000) {
        return json_fail(s, API_BAD_JSON, "half of a surrogate pair");
    }
    if (c == 0)
        return json_fail(s, API_BAD_JSON, "U+0000 in a string");
    *to = put_utf8(*to, c);
    return 0;
}

int json_string(struct json_scan *s, char **text, size_t *size)
{
    skip_space(s);
    if (*s->at != '"')
        return another_type(s, "a string");
    char *to = ++s->at;
    *text = to;
    for (;;) {
        unsigned char c = (unsigned char)*s->at;
        if (c == '"')
            break;
        if (bz_stopping_at(&s->asked, s->at))
            return asked_to_stop(s);
        if (c < 0x20)
            return unexpected(s, "the rest of a string");
        if (c == '\\') {
            s->at++;
            if (unescape(s, &to) < 0)
                return -1;
            continue;
        }
        size_t n = bz_utf8_length((const unsigned char *)s->at, (const unsigned char *)s->end);
        if (n == 0)
            return json_fail(s, API_BAD_JSON, "not UTF-8 (byte 0x%02X)", c);
        for (; n; n--)
            *to++ = *s->at++;
    }
    s->at++;
    *to = 0;
    if (size)
        *size = (size_t)(to - *text);
    return 0;
}

int json_word(struct json_scan *s)
{
    enum json_type type = json_peek(s);
    const char *word = type == JSON_TRUE ? "true" : type == JSON_FALSE ? "false" : "null";
    size_t n = strlen(word);
    if (strncmp(s->at, word, n) != 0)
        return unexpected(s, "true, false or null");
    s->at += n;
    return 0;
}

static bool is_printable(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] < 33 || p[i] > 126)
            return false;
    return true;
}

/* Words that other languages write for NaN and infinities. */
static bool is_missing_word(const char *word, size_t n)
{
    static const char *const words[] = {"NaN",       "Infinity", "Inf",  "NA",        "null", "None",
                                        "undefined", "+Inf",     "-Inf", "-Infinity", "-NaN", ""};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (n == strlen(words[i]) && strncasecmp(word, words[i], n) == 0)
            return true;
    return false;
}

static int bad_number(struct json_scan *s, double value)
{
    size_t n = 0; /* a word of 60 characters is none */
    while (n < 60 && !strchr(",:[]{}\" \t\r\n", s->at[n]))
        n++;
    const enum json_type type = json_peek(s);
    const char *word = type == JSON_TRUE || type == JSON_FALSE || type == JSON_NULL ? json_type_name(type) : NULL;
    if (type == JSON_OBJECT || type == JSON_ARRAY || type == JSON_STRING ||
        (word && n == strlen(word) && strncmp(s->at, word, n) == 0))
        return another_type(s, "a number");
    if (n && n < 60 && is_missing_word(s->at, n))
        return json_fail(s, API_BAD_VALUE, "%.*s is not a JSON number (null stands for a missing value)", (int)n, s->at);
    if (isinf(value))
        return json_fail(s, API_BAD_VALUE, "%.*s is beyond the range of a number", (int)n, s->at);
    if (isnan(value))
        return json_fail(s, API_BAD_VALUE, "a number of more than %d characters", JSON_NUMBER_MAX);
    if (n > 1 && n < 60 && is_printable(s->at, n))
        return json_fail(s, API_BAD_JSON, "found %.*s, expected a number as JSON writes it (0.5, -1, 1e-3)", (int)n, s->at);
    return unexpected(s, "a number");
}

int json_number(struct json_scan *s, double *value)
{
    skip_space(s);
    const char *end = json_parse_number(s->at, value);
    if (!end)
        return bad_number(s, *value);
    s->at += end - s->at;
    return 0;
}

/* A string in place of a number: shows it, and what to write instead. */
static int string_for_number(struct json_scan *s, const char *label, size_t n)
{
    char *text;
    double value;
    size_t size;
    if (json_string(s, &text, &size) < 0)
        return -1;
    const char *end = json_parse_number(text, &value);
    return json_fail(s, API_BAD_TYPE, "%s[%zu]: found the string \"%.40s\", expected a number%s", label, n, text,
                     end && *end == 0              ? ": write it without quotes"
                     : is_missing_word(text, size) ? " (null stands for a missing value)"
                                                   : "");
}

/* The next item in an array of numbers. */
static int one_number(struct json_scan *s, double *value, bool nulls, bool *given, const char *label, size_t n)
{
    enum json_type type = json_peek(s);
    *given = true;
    if (type == JSON_NULL && strncmp(s->at, "null", 4) != 0)
        return bad_number(s, 0);
    if (type == JSON_NULL && nulls) {
        *given = false;
        *value = 0;
        return json_word(s);
    }
    if (s->booleans && (type == JSON_TRUE || type == JSON_FALSE)) {
        *value = type == JSON_TRUE;
        return json_word(s);
    }
    if (type == JSON_STRING)
        return string_for_number(s, label, n);
    if (type != JSON_NUMBER && type != JSON_BAD && type != JSON_END)
        return json_fail(s, API_BAD_TYPE, "%s[%zu]: found %s, expected a number", label, n, json_type_name(type));
    if (json_number(s, value) < 0)
        return api_fault_in(s->fault, "%s[%zu]", label, n);
    if (!isfinite((float)*value))
        return json_fail(s, API_BAD_VALUE, "%s[%zu]: %g is beyond the range of a 32-bit float", label, n, *value);
    return 0;
}

/* Binary rows, ",0,1,1,0", in loops of their own: most input is like that. Reads up to `most` such items into x, of those
 * followed by another one or the array's end, and returns how many. */
static size_t binary_items(struct json_scan *s, float *x, size_t most)
{
#define FOUR(b)                                                                                                                \
    {                                                                                                                          \
        (b) & 1, (b) >> 1 & 1, (b) >> 2 & 1, (b) >> 3 & 1                                                                      \
    }
#define SIXTEEN(b) FOUR(b), FOUR(b + 1), FOUR(b + 2), FOUR(b + 3)
    static const float fours[16][4] = {SIXTEEN(0), SIXTEEN(4), SIXTEEN(8), SIXTEEN(12)};
#undef SIXTEEN
#undef FOUR
    char *p = s->at;
    size_t n = 0;
    unsigned ones;
    for (; most - n >= 4 && p[0] == ',' && json_four_bits(p + 1, s->end, &ones); n += 4, p += 8)
        memcpy(x + n, fours[ones], sizeof(fours[ones]));
    for (; n < most && p[0] == ',' && (p[1] == '0' || p[1] == '1') && (p[2] == ',' || p[2] == ']'); p += 2)
        x[n++] = (float)(p[1] - '0');
    s->at = p;
    return n;
}

int json_numbers(struct json_scan *s, float *x, uint8_t *known, size_t width, size_t *count, bool *missing, const char *label)
{
    size_t n = 0;
    int more;
    if (json_enter(s, JSON_ARRAY) < 0)
        return -1;
    while ((more = json_next_item(s)) == 1) {
        double value;
        bool given;
        if (one_number(s, &value, known != NULL, &given, label, n) < 0)
            return -1;
        if (n < width) {
            x[n] = (float)value + 0.0f; /* no negative zero */
            if (known)
                known[n] = given;
            *missing |= !given;
        }
        n++;
        const size_t left = n < width ? width - n : 0;
        const size_t binary = left ? binary_items(s, x + n, left < BZ_STOP_BYTES ? left : BZ_STOP_BYTES) : 0;
        if (known && binary)
            memset(known + n, 1, binary);
        n += binary;
    }
    *count = n;
    return more;
}

int json_once(struct json_scan *s, struct json_keys *keys, const char *key)
{
    for (size_t i = 0; i < keys->n; i++)
        if (strcmp(keys->seen[i], key) == 0)
            return json_fail(s, API_DUPLICATE, "key \"%.64s\" is given twice in one object", key);
    if (keys->n == JSON_MAX_KEYS)
        return json_fail(s, API_BAD_JSON, "more than %d keys in one object", JSON_MAX_KEYS);
    keys->seen[keys->n++] = key;
    return 0;
}

int json_skip(struct json_scan *s)
{
    char *text;
    double value;
    int more;
    switch (json_peek(s)) {
    case JSON_STRING:
        return json_string(s, &text, NULL);
    case JSON_NUMBER:
        return json_number(s, &value);
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        return json_word(s);
    case JSON_ARRAY:
        if (json_enter(s, JSON_ARRAY) < 0)
            return -1;
        while ((more = json_next_item(s)) == 1)
            if (json_skip(s) < 0)
                return -1;
        return more;
    case JSON_OBJECT: {
        struct json_keys keys = {.n = 0};
        if (json_enter(s, JSON_OBJECT) < 0)
            return -1;
        while ((more = json_next_key(s, &text)) == 1) {
            if (json_once(s, &keys, text) < 0 || json_skip(s) < 0)
                return -1;
        }
        return more;
    }
    case JSON_BAD:
    case JSON_END:
        break;
    }
    return bad_number(s, 0);
}
