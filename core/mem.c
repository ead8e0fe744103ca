#include "mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 }; /* a cache line, and the widest vector */

static _Thread_local long fail_at = -1;

void bz_alloc_fail_at(long n)
{
    fail_at = n;
}

int bz_mul(size_t *product, size_t a, size_t b)
{
    size_t result;
    if (__builtin_mul_overflow(a, b, &result))
        return -1;
    *product = result;
    return 0;
}

void *bz_alloc(size_t count, size_t size, struct bz_error *err)
{
    size_t bytes;
    if (bz_mul(&bytes, count, size) < 0 || bytes > PTRDIFF_MAX - ALIGNMENT) {
        bz_fail(err, BZ_NO_MEMORY, "memory: %zu elements of %zu bytes are more than can be addressed", count, size);
        return NULL;
    }
    if (fail_at >= 0 && fail_at-- == 0) {
        bz_fail(err, BZ_NO_MEMORY, "memory: allocation of %zu bytes failed on request of a test", bytes);
        return NULL;
    }
    size_t room = bytes == 0 ? ALIGNMENT : (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *p = aligned_alloc(ALIGNMENT, room);
    if (!p) {
        bz_fail(err, BZ_NO_MEMORY, "memory: no %zu bytes left", bytes);
        return NULL;
    }
    return memset(p, 0, room);
}

void bz_free(void *p)
{
    free(p);
}

char *bz_strndup(const char *s, size_t n, struct bz_error *err)
{
    size_t length = strnlen(s, n);
    char *copy = bz_alloc(length + 1, 1, err);
    if (copy)
        memcpy(copy, s, length);
    return copy;
}

char *bz_strdup(const char *s, struct bz_error *err)
{
    return bz_strndup(s, strlen(s), err);
}
