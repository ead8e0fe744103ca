/* API keys: a file of lines `<name> <scope[,scope]> sha256:<hex> [rows-per-second=N] [concurrency=N]`. Only digests are kept;
 * comparison takes the same time for every key. */
#ifndef KEYS_H
#define KEYS_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SRV_KEY_NAME_ROOM = 65 };

/* A bit each. Admin includes the others. */
enum { SRV_SCOPE_INFER = 1, SRV_SCOPE_METRICS = 2, SRV_SCOPE_ADMIN = 4 };

struct srv_keys;

/* Reads a file of keys, a line each: name, scopes, sha256:hex, limits. *out is the caller's. Errors name file and line, never a
 * key. */
int srv_keys_read(struct srv_keys **out, const char *path, struct bz_error *err);
void srv_keys_free(struct srv_keys *keys); /* NULL is fine */

struct srv_key_limits {
    uint64_t rows_per_second, concurrency; /* 0 = no limit */
};

/* The scopes of a key, 0 if it is unknown; name gets its name in the file, *limits (may be NULL) its limits. */
unsigned srv_keys_check(const struct srv_keys *keys, const char *key, char name[SRV_KEY_NAME_ROOM],
                        struct srv_key_limits *limits);

/* Takes the key out of Authorization (Bearer, or the password of Basic) or X-API-Key; either header may be NULL. false if
 * neither holds one. */
bool srv_key_from_headers(char out[512], const char *authorization, const char *api_key);

/* Makes a new key and the line for the file. */
int srv_key_new(char key[64], char line[256], const char *name, const char *scopes, struct bz_error *err);

#endif
