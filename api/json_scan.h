/* A one-pass JSON scanner (RFC 8259) that the caller pulls values from: no tree, numbers go straight to where they belong.
 * Strict: depth at most 64, no NaN or Infinity, no number that leaves the finite range of a double, strings must be UTF-8
 * without U+0000, nothing after the value. It does not look for duplicate keys: callers know their keys. */
#ifndef API_JSON_SCAN_H
#define API_JSON_SCAN_H

#include "fault.h"

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { JSON_MAX_DEPTH = 64, JSON_MAX_KEYS = 256, JSON_NUMBER_MAX = 400 /* characters */ };
enum json_type { JSON_BAD, JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_NULL, JSON_END };

struct json_scan {
    char *at, *end;            /* end[0] is 0: a sentinel that no token contains */
    const char *begin, *asked; /* asked: where it last asked whether to stop (stop.h) */
    unsigned depth;
    uint64_t fresh; /* bit d: the container at depth d has no member yet */
    bool booleans;  /* json_numbers takes true and false for 1 and 0 (masks) */
    struct api_fault *fault;
};

/* text[size] must be writable; strings are unescaped in place. A byte order mark is skipped. */
void json_scan_start(struct json_scan *s, char *text, size_t size, struct api_fault *fault);
/* 0 if only white space remains. */
int json_scan_end(struct json_scan *s);

/* What comes next, by its first character; JSON_END at the end of the text. Never fails; reading the value may. */
enum json_type json_peek(struct json_scan *s);
const char *json_type_name(enum json_type type);

/* All return 0, or -1 with the fault set, also when the thread is asked to stop. */
int json_enter(struct json_scan *s, enum json_type container); /* '{' or '[' */
int json_next_key(struct json_scan *s, char **key); /* 1 = a key (0-terminated, unescaped), 0 = the object has ended */
/* The keys of an object so far; zeroed at its start. */
struct json_keys {
    const char *seen[JSON_MAX_KEYS];
    size_t n;
};
/* Refuses a key that json_next_key has given before, and more than JSON_MAX_KEYS of them. */
int json_once(struct json_scan *s, struct json_keys *keys, const char *key);
int json_next_item(struct json_scan *s);                         /* 1 = an item follows, 0 = the array has ended */
int json_string(struct json_scan *s, char **text, size_t *size); /* size may be NULL */
int json_number(struct json_scan *s, double *value);
int json_word(struct json_scan *s); /* true, false or null, whichever json_peek returned */
int json_skip(struct json_scan *s); /* any value; duplicate keys inside it are refused */

/* Position in the text, for messages. */
size_t json_offset(const struct json_scan *s);
/* Sets a fault that says where: "byte N: ...". */
int json_fail(struct json_scan *s, enum api_error error, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* One array of at most `width` numbers into x[width]: 0 with *count set. null is missing: known[i] = 0 and x[i] = 0; others 1.
 * known NULL: null is refused. More than `width` items are counted, not stored. label names the array in messages. */
int json_numbers(struct json_scan *s, float *x, uint8_t *known, size_t width, size_t *count, bool *missing, const char *label);

/* Whether the text from p on is four numbers 0 or 1 and a comma after each, "0,1,1,0,"; bit i of *ones is the i-th. Most rows
 * are like that. */
static inline bool json_four_bits(const char *p, const char *end, unsigned *ones)
{
    uint64_t text;
    if (end - p < (ptrdiff_t)sizeof(text))
        return false;
    memcpy(&text, p, sizeof(text));
    text = le64toh(text) ^ UINT64_C(0x2c302c302c302c30); /* "0,0,0,0," */
    *ones = (unsigned)(text * (UINT64_C(1) << 48 | UINT64_C(1) << 33 | 1 << 18 | 1 << 3) >> 48) & 15;
    return !(text & ~UINT64_C(0x0001000100010001));
}

/* Reads the number at p (ended by any character that no number contains); returns the end of its text, or NULL if it is not a
 * number or not finite (*value is then NaN, for one that is too long, or an infinity). Correctly rounded. */
const char *json_parse_number(const char *p, double *value);

#endif
