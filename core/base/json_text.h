/* Small JSON texts from outside, parsed into a cJSON tree. What cJSON would accept wrongly is refused first: bad UTF-8, \u0000,
 * trailing text, deep nesting, numbers longer than it reads, repeated keys. Not for tensors: a node is 64 bytes. */
#ifndef BZ_JSON_TEXT_H
#define BZ_JSON_TEXT_H

#include "errors.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

enum { BZ_JSON_MAX_DEPTH = 32, BZ_JSON_MAX_VALUES = 1 << 21 };

/* text[n] needs no 0 at its end. The tree is the caller's, cJSON_Delete; NULL and *err (BZ_BAD_INPUT, with the byte where the
 * text stops being JSON, or the repeated key) on failure. */
cJSON *bz_json_parse(const char *text, size_t n, struct bz_error *err);
/* Of a text that may be NULL, or no JSON: then *out is NULL, as if nothing were there. -1 only where memory is lacking. */
int bz_json_parse_any(cJSON **out, const char *text, struct bz_error *err);

/* 0 if a text is a JSON object, else -1 with *err: `code` where it is JSON of another kind. */
int bz_json_confirm_object(const char *text, enum bz_code code, struct bz_error *err);

/* The member called `key`, or NULL. */
const cJSON *bz_json_get(const cJSON *object, const char *key);
/* A whole number from min to max (at most 2^53); false if the item is NULL or anything else. */
bool bz_json_whole(const cJSON *item, double min, double max, size_t *out);
/* The text of a tree that was built, which is deleted; the caller's, bz_free. Whole numbers up to 2^53 are written in full,
 * others with the shortest digits that read back as the same double (cJSON alone gives 15, which is another number for one seed
 * in ten). If memory ran out on this thread while the tree was built, cJSON silently leaves things out: that is BZ_NO_MEMORY
 * here. `what` says what the text is, for the message. */
char *bz_json_print(cJSON *tree, const char *what, struct bz_error *err);

/* Hands an item to the array or object; if that fails, for lack of memory or because there is no such array, it is deleted
 * (cJSON itself would leak it). A NULL item is a failure. */
bool bz_json_append(cJSON *array, cJSON *item);
bool bz_json_add(cJSON *object, const char *key, cJSON *item);

/* "a string", "an array", ...: for messages about what was found. NULL = "nothing". */
const char *bz_json_kind(const cJSON *item);

#endif
