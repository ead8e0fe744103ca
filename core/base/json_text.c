#include "json_text.h"
#include "float_text.h"

#include "mem.h"
#include "utf8.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local bool lost; /* one of cJSON's allocations failed on this thread */

enum { MAX_NUMBER = 63 }; /* characters of a number that cJSON reads */

/* A walk over the text that accepts what RFC 8259 does, within the limits. */
struct scan {
    const unsigned char *at, *end;
    size_t values;
    const char *complaint;
};

static bool refuse(struct scan *s, const char *complaint)
{
    if (!s->complaint)
        s->complaint = complaint;
    return false;
}

static void skip_space(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
        s->at++;
}

static bool take(struct scan *s, char c)
{
    if (s->at == s->end || *s->at != (unsigned char)c)
        return false;
    s->at++;
    return true;
}

/* Four hex digits at s->at. */
static bool hex4(struct scan *s, unsigned *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++, s->at++) {
        if (s->at == s->end)
            return refuse(s, "\\u: expected four hexadecimal digits");
        const char *const digits = "0123456789abcdef0123456789ABCDEF";
        const char *found = *s->at ? strchr(digits, *s->at) : NULL;
        if (!found)
            return refuse(s, "\\u: expected four hexadecimal digits");
        *out = *out << 4 | (unsigned)((found - digits) & 15);
    }
    return true;
}

static bool escape(struct scan *s)
{
    if (s->at == s->end)
        return refuse(s, "the text ends inside a string");
    const unsigned char c = *s->at++;
    if (c != 'u')
        return (c && strchr("\"\\/bfnrt", c)) || refuse(s, "not an escape");
    unsigned code, low;
    if (!hex4(s, &code))
        return false;
    if (code == 0)
        return refuse(s, "\\u0000 in a string");
    if (code >= 0xdc00 && code <= 0xdfff)
        return refuse(s, "half a surrogate pair");
    if (code < 0xd800 || code > 0xdbff)
        return true;
    if (!take(s, '\\') || !take(s, 'u') || !hex4(s, &low) || low < 0xdc00 || low > 0xdfff)
        return refuse(s, "half a surrogate pair");
    return true;
}

static bool string(struct scan *s)
{
    if (!take(s, '"'))
        return refuse(s, "expected a string");
    while (s->at < s->end) {
        const unsigned char c = *s->at;
        if (c >= 0x80) {
            const size_t length = bz_utf8_length(s->at, s->end);
            if (length == 0)
                return refuse(s, "not UTF-8");
            s->at += length;
            continue;
        }
        if (c < 0x20)
            return refuse(s, "a control character in a string");
        s->at++;
        if (c == '"')
            return true;
        if (c == '\\' && !escape(s))
            return false;
    }
    return refuse(s, "the text ends inside a string");
}

static size_t digits(struct scan *s)
{
    const unsigned char *const start = s->at;
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return (size_t)(s->at - start);
}

static bool number(struct scan *s)
{
    const unsigned char *const start = s->at;
    take(s, '-');
    if (!take(s, '0') && digits(s) == 0)
        return refuse(s, "expected a value");
    if (take(s, '.') && digits(s) == 0)
        return refuse(s, "a number without digits after the point");
    if (take(s, 'e') || take(s, 'E')) {
        if (!take(s, '+'))
            take(s, '-');
        if (digits(s) == 0)
            return refuse(s, "a number without digits in its exponent");
    }
    if (s->at - start > MAX_NUMBER)
        return refuse(s, "a number of more than 63 characters");
    return true;
}

static bool word(struct scan *s)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const size_t length = strlen(words[i]);
        if ((size_t)(s->end - s->at) >= length && memcmp(s->at, words[i], length) == 0) {
            s->at += length;
            return true;
        }
    }
    return false;
}

static bool value(struct scan *s, int depth);

static bool container(struct scan *s, int depth, bool object)
{
    const char close = object ? '}' : ']';
    if (depth == BZ_JSON_MAX_DEPTH)
        return refuse(s, "nested too deeply");
    s->at++;
    skip_space(s);
    if (take(s, close))
        return true;
    for (;;) {
        if (object) {
            skip_space(s);
            if (!string(s))
                return false;
            skip_space(s);
            if (!take(s, ':'))
                return refuse(s, "expected ':'");
        }
        if (!value(s, depth + 1))
            return false;
        if (take(s, close))
            return true;
        if (!take(s, ','))
            return refuse(s, object ? "expected ',' or '}'" : "expected ',' or ']'");
    }
}

/* A value and the white space around it. */
static bool value(struct scan *s, int depth)
{
    skip_space(s);
    if (++s->values > BZ_JSON_MAX_VALUES)
        return refuse(s, "too many values");
    if (s->at == s->end)
        return refuse(s, "the text ends where a value should be");
    bool good;
    if (*s->at == '{' || *s->at == '[')
        good = container(s, depth, *s->at == '{');
    else if (*s->at == '"')
        good = string(s);
    else
        good = word(s) || number(s);
    skip_space(s);
    return good;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int repeated_key(const cJSON *object, struct bz_error *err)
{
    size_t n = 0;
    const cJSON *member;
    cJSON_ArrayForEach(member, object) n++;
    const char **keys = bz_alloc(n, sizeof(*keys), err);
    if (!keys)
        return -1;
    n = 0;
    cJSON_ArrayForEach(member, object) keys[n++] = member->string;
    qsort(keys, n, sizeof(*keys), by_text);
    int rc = 0;
    for (size_t i = 1; i < n && rc == 0; i++)
        if (strcmp(keys[i - 1], keys[i]) == 0)
            rc = bz_fail(err, BZ_BAD_INPUT, "the key \"%.100s\" occurs twice in an object", keys[i]);
    bz_free(keys);
    return rc;
}

/* Depth is bounded by the scan. */
static int repeated_keys(const cJSON *item, struct bz_error *err)
{
    if (cJSON_IsObject(item) && item->child && item->child->next && repeated_key(item, err) < 0)
        return -1;
    const cJSON *child;
    if (cJSON_IsObject(item) || cJSON_IsArray(item))
        cJSON_ArrayForEach(child, item) if (repeated_keys(child, err) < 0) return -1;
    return 0;
}

cJSON *bz_json_parse(const char *text, size_t n, struct bz_error *err)
{
    struct scan s = {.at = (const unsigned char *)text, .end = (const unsigned char *)text + n};
    if (!value(&s, 0) || (s.at < s.end && !refuse(&s, "text after the end of the value"))) {
        bz_fail(err, BZ_BAD_INPUT, "not JSON at byte %zu: %s", (size_t)(s.at - (const unsigned char *)text),
                s.complaint ? s.complaint : "expected a value");
        return NULL;
    }
    cJSON *tree = cJSON_ParseWithLengthOpts(text, n, NULL, 0);
    if (!tree) {
        lost = false; /* this is reported here */
        bz_fail(err, BZ_NO_MEMORY, "memory: none left for %zu JSON values", s.values);
        return NULL;
    }
    if (repeated_keys(tree, err) < 0) {
        cJSON_Delete(tree);
        return NULL;
    }
    return tree;
}

int bz_json_parse_any(cJSON **out, const char *text, struct bz_error *err)
{
    struct bz_error why = {0};
    *out = text ? bz_json_parse(text, strlen(text), &why) : NULL;
    if (*out || why.code != BZ_NO_MEMORY)
        return 0;
    return bz_fail(err, BZ_NO_MEMORY, "%s", why.msg);
}

int bz_json_confirm_object(const char *text, enum bz_code code, struct bz_error *err)
{
    cJSON *tree = bz_json_parse(text, strlen(text), err);
    if (!tree)
        return -1;
    const bool object = cJSON_IsObject(tree);
    cJSON_Delete(tree);
    return object ? 0 : bz_fail(err, code, "expected a JSON object");
}

const cJSON *bz_json_get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

bool bz_json_whole(const cJSON *item, double min, double max, size_t *out)
{
    if (!cJSON_IsNumber(item))
        return false;
    const double x = item->valuedouble;
    if (!(x >= min && x <= max) || floor(x) != x)
        return false;
    *out = (size_t)x;
    return true;
}

const char *bz_json_kind(const cJSON *item)
{
    if (!item)
        return "nothing";
    if (cJSON_IsObject(item))
        return "an object";
    if (cJSON_IsArray(item))
        return "an array";
    if (cJSON_IsString(item))
        return "a string";
    if (cJSON_IsNumber(item))
        return "a number";
    return cJSON_IsNull(item) ? "null" : "true or false";
}

/* --- building --- */

static void *allocate(size_t size)
{
    void *block = malloc(size);
    lost = lost || !block;
    return block;
}

__attribute__((constructor)) static void watch_memory(void)
{
    cJSON_Hooks hooks = {.malloc_fn = allocate, .free_fn = free};
    cJSON_InitHooks(&hooks);
}

bool bz_json_append(cJSON *array, cJSON *item)
{
    const bool rc = cJSON_AddItemToArray(array, item);
    if (!rc)
        cJSON_Delete(item);
    return rc;
}

bool bz_json_add(cJSON *object, const char *key, cJSON *item)
{
    const bool rc = cJSON_AddItemToObject(object, key, item);
    if (!rc)
        cJSON_Delete(item);
    return rc;
}

/* Numbers written as text here, not by cJSON. */
static void spell_numbers(cJSON *item)
{
    for (; item; item = item->next) {
        spell_numbers(item->child);
        if (!cJSON_IsNumber(item))
            continue;
        char *text = allocate(BZ_DOUBLE_ROOM);
        if (!text)
            return;
        const double x = item->valuedouble;
        if (x == floor(x) && fabs(x) <= 9007199254740992)
            snprintf(text, BZ_DOUBLE_ROOM, "%.0f", x);
        else
            bz_double_text(x, text);
        item->type = (item->type & ~0xff) | cJSON_Raw;
        item->valuestring = text;
    }
}

char *bz_json_print(cJSON *tree, const char *what, struct bz_error *err)
{
    char *copy = NULL;
    spell_numbers(tree);
    char *text = tree ? cJSON_PrintUnformatted(tree) : NULL;
    if (!text || lost)
        bz_fail(err, BZ_NO_MEMORY, "memory: none left for %s", what);
    else
        copy = bz_strdup(text, err);
    lost = false;
    cJSON_free(text);
    cJSON_Delete(tree);
    return copy;
}
