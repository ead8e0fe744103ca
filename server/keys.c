#include "keys.h"

#include "file_trust.h"
#include "mem.h"
#include "small_file.h"

#include <errno.h>
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

enum { MAX_KEYS = 4096, MAX_BYTES = 1 << 24, KEY_BYTES = 32 };

struct key {
    char name[SRV_KEY_NAME_ROOM];
    unsigned scopes;
    struct srv_key_limits limits;
    uint8_t digest[SHA256_DIGEST_SIZE];
};

struct srv_keys {
    size_t n;
    struct key key[MAX_KEYS];
};

static const struct {
    const char *name;
    unsigned bits;
} scopes[] = {
    {"infer", SRV_SCOPE_INFER},
    {"metrics", SRV_SCOPE_METRICS},
    {"admin", SRV_SCOPE_ADMIN | SRV_SCOPE_INFER | SRV_SCOPE_METRICS},
};

static void digest_of(const char *key, uint8_t digest[SHA256_DIGEST_SIZE])
{
    struct sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, strlen(key), (const uint8_t *)key);
    sha256_digest(&context, SHA256_DIGEST_SIZE, digest);
}

/* "infer,metrics" -> bits; 0 if a word is unknown or none is given */
static unsigned scope_bits(const char *text)
{
    unsigned bits = 0;
    while (*text) {
        size_t length = strcspn(text, ","), i = 0;
        const size_t n = sizeof(scopes) / sizeof(scopes[0]);
        while (i < n && (strlen(scopes[i].name) != length || memcmp(scopes[i].name, text, length) != 0))
            i++;
        if (i == n)
            return 0;
        bits |= scopes[i].bits;
        text += length;
        text += *text == ',';
    }
    return bits;
}

static bool name_is_valid(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strlen(name);
    return length > 0 && length < SRV_KEY_NAME_ROOM && strspn(name, allowed) == length;
}

static int from_hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_digest(uint8_t out[SHA256_DIGEST_SIZE], const char *hex)
{
    if (strlen(hex) != 2 * SHA256_DIGEST_SIZE)
        return false;
    for (size_t i = 0; i < SHA256_DIGEST_SIZE; i++) {
        int high = from_hex(hex[2 * i]), low = from_hex(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(16 * high + low);
    }
    return true;
}

/* "rows-per-second=100 concurrency=4", either or none; text is changed. */
static int read_limits(struct srv_key_limits *limits, char *text, struct bz_error *err)
{
    const struct {
        const char *name;
        uint64_t *value;
    } known[] = {{"rows-per-second=", &limits->rows_per_second}, {"concurrency=", &limits->concurrency}};
    enum { N = sizeof(known) / sizeof(known[0]) };
    *limits = (struct srv_key_limits){0};
    for (char *rest = NULL, *word = strtok_r(text, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
        size_t i = 0, length = 0;
        while (i < N && strncmp(word, known[i].name, length = strlen(known[i].name)) != 0)
            i++;
        const char *digits = i < N ? word + length : "";
        size_t n = strspn(digits, "0123456789");
        uint64_t value = n > 0 && n < 13 && digits[n] == 0 ? strtoull(digits, NULL, 10) : 0;
        if (value == 0)
            return bz_fail(err, BZ_BAD_INPUT,
                           "\"%.60s\": expected rows-per-second=N or concurrency=N, N a whole number of 1 or more", word);
        *known[i].value = value;
    }
    return 0;
}

static bool is_same(const struct key *a, const struct key *b)
{
    return strcmp(a->name, b->name) == 0 && a->scopes == b->scopes && a->limits.concurrency == b->limits.concurrency &&
           a->limits.rows_per_second == b->limits.rows_per_second;
}

static int read_line(struct srv_keys *keys, char *line, struct bz_error *err)
{
    char name[128], words[128], digest[128];
    int end = 0;
    line[strcspn(line, "#\r\n")] = 0;
    int found = sscanf(line, " %127s %127s sha256:%127s %n", name, words, digest, &end);
    if (found <= 0)
        return 0;
    if (found != 3)
        return bz_fail(err, BZ_BAD_INPUT,
                       "expected \"name scope[,scope] sha256:<64 hex digits> [rows-per-second=N] [concurrency=N]\"");
    if (keys->n == MAX_KEYS)
        return bz_fail(err, BZ_TOO_LARGE, "more than %d keys", MAX_KEYS);
    struct key *key = &keys->key[keys->n];
    if (!name_is_valid(name))
        return bz_fail(err, BZ_BAD_INPUT, "name: expected 1 to %d letters, digits, '.', '_', '-'", SRV_KEY_NAME_ROOM - 1);
    if (!(key->scopes = scope_bits(words)))
        return bz_fail(err, BZ_BAD_INPUT, "scopes \"%.60s\": expected infer, metrics or admin, separated by commas", words);
    if (!read_digest(key->digest, digest))
        return bz_fail(err, BZ_BAD_INPUT, "digest: expected 64 hex digits after sha256:");
    if (read_limits(&key->limits, line + end, err) < 0)
        return -1;
    snprintf(key->name, sizeof(key->name), "%.64s", name);
    for (const struct key *other = keys->key; other < key; other++)
        if (memcmp(other->digest, key->digest, sizeof(key->digest)) == 0 && !is_same(other, key))
            return bz_fail(err, BZ_BAD_INPUT, "%s is the same key as %s, with another name, scope or limit", name, other->name);
    keys->n++;
    return 0;
}

int srv_keys_read(struct srv_keys **out, const char *path, struct bz_error *err)
{
    FILE *file = bz_open_small(path, MAX_BYTES, true, err);
    if (!file)
        return bz_fail_in(err, "API keys file %s", path);
    srv_warn_writable("api-keys", path);
    struct srv_keys *keys = bz_alloc(1, sizeof(*keys), err);
    int rc = keys ? 0 : -1;
    char line[1024];
    unsigned number = 0;
    for (int more = 1; rc == 0 && more > 0;) /* with some of its keys the others would be locked out */
        if ((more = bz_next_line(file, line, sizeof(line), &number, err)) < 0 || (more && read_line(keys, line, err) < 0))
            rc = bz_fail_in(err, "API keys file %s:%u", path, number);
    if (rc == 0 && keys->n == 0)
        rc = bz_fail(err, BZ_BAD_INPUT, "API keys file %s: it contains no key (boltzd --new-key makes one)", path);
    fclose(file);
    if (rc == 0)
        *out = keys;
    else
        bz_free(keys);
    return rc;
}

void srv_keys_free(struct srv_keys *keys)
{
    bz_free(keys);
}

unsigned srv_keys_check(const struct srv_keys *keys, const char *key, char name[SRV_KEY_NAME_ROOM],
                        struct srv_key_limits *limits)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    size_t found = keys->n;
    digest_of(key, digest);
    for (size_t i = 0; i < keys->n; i++) {
        unsigned differ = 0;
        for (size_t b = 0; b < SHA256_DIGEST_SIZE; b++)
            differ |= digest[b] ^ keys->key[i].digest[b];
        found = differ == 0 ? i : found;
    }
    name[0] = 0;
    if (found == keys->n)
        return 0;
    if (limits)
        *limits = keys->key[found].limits;
    snprintf(name, SRV_KEY_NAME_ROOM, "%s", keys->key[found].name);
    return keys->key[found].scopes;
}

/* The password of "user:password" in base64. */
static bool basic_password(char out[512], const char *text)
{
    struct base64_decode_ctx context;
    uint8_t decoded[512];
    size_t length = strlen(text), n = sizeof(decoded);
    if (length >= BASE64_ENCODE_LENGTH(sizeof(decoded) - 4))
        return false;
    base64_decode_init(&context);
    if (!base64_decode_update(&context, &n, decoded, length, text) || !base64_decode_final(&context))
        return false;
    const uint8_t *colon = memchr(decoded, ':', n);
    size_t size = colon ? n - (size_t)(colon - decoded) - 1 : 0;
    if (size == 0 || memchr(colon, 0, size + 1))
        return false;
    memcpy(out, colon + 1, size);
    out[size] = 0;
    return true;
}

bool srv_key_from_headers(char out[512], const char *authorization, const char *api_key)
{
    if (authorization && strncasecmp(authorization, "Basic ", 6) == 0)
        return basic_password(out, authorization + 6 + strspn(authorization + 6, " "));
    const char *key = api_key;
    if (authorization && strncasecmp(authorization, "Bearer ", 7) == 0)
        key = authorization + 7 + strspn(authorization + 7, " ");
    if (!key || !*key || strlen(key) >= 512)
        return false;
    snprintf(out, 512, "%s", key);
    return true;
}

int srv_key_new(char key[64], char line[256], const char *name, const char *words, struct bz_error *err)
{
    uint8_t random[KEY_BYTES], digest[SHA256_DIGEST_SIZE];
    char text[BASE64_ENCODE_RAW_LENGTH(KEY_BYTES) + 1] = "", hex[2 * SHA256_DIGEST_SIZE + 1];
    if (!name_is_valid(name))
        return bz_fail(err, BZ_BAD_INPUT, "key name \"%.80s\": expected 1 to %d letters, digits, '.', '_', '-'", name,
                       SRV_KEY_NAME_ROOM - 1);
    if (!scope_bits(words))
        return bz_fail(err, BZ_BAD_INPUT, "scopes \"%.80s\": expected infer, metrics or admin, separated by commas", words);
    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        return bz_fail(err, BZ_IO, "no random numbers: %s", strerror(errno));
    base64_encode_raw(text, sizeof(random), random);
    for (char *c = text; *c; c++) /* base64url without padding */
        *c = *c == '+' ? '-' : *c == '/' ? '_' : *c == '=' ? 0 : *c;
    snprintf(key, 64, "bz-%s", text);
    digest_of(key, digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    snprintf(line, 256, "%s %s sha256:%s", name, words, hex);
    return 0;
}
