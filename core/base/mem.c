#include "mem.h"

#include "stop.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    FIRST_ROOM = 16,    /* elements of an array that grows */
    ALIGNMENT = 64,     /* a cache line, and the widest vector */
    SMALL_BLOCK = 4096, /* bytes below which alignment is not worth the cost of aligned_alloc, which splits blocks and ignores
                           those that the thread has just freed */
    AT_ONCE = 1 << 21   /* bytes that are written before a thread asks whether to stop */
};

static _Thread_local long fail_at = -1;
static _Thread_local struct {
    bool set, exceeded;
    size_t left;
} bound;

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

void bz_alloc_within(size_t bytes)
{
    bound.set = true;
    bound.exceeded = false;
    bound.left = bytes;
}

bool bz_alloc_exceeded(void)
{
    const bool exceeded = bound.set && bound.exceeded;
    bound.set = false;
    return exceeded;
}

/* The bytes of an allocation, rounded up to the alignment; 0 if there cannot be that many, or a test wants it to fail. */
static size_t room_of(size_t count, size_t size, struct bz_error *err)
{
    size_t bytes;
    if (bz_mul(&bytes, count, size) < 0 || bytes > PTRDIFF_MAX - 2 * ALIGNMENT) {
        bz_fail(err, BZ_NO_MEMORY, "memory: %zu elements of %zu bytes are more than can be addressed", count, size);
        return 0;
    }
    if (fail_at >= 0 && fail_at-- == 0) {
        bz_fail(err, BZ_NO_MEMORY, "memory: allocation of %zu bytes failed at the request of a test", bytes);
        return 0;
    }
    if (bound.set && bytes > bound.left) {
        bound.exceeded = true;
        bz_fail(err, BZ_INTERRUPTED, "memory: %zu bytes are to be taken elsewhere", bytes);
        return 0;
    }
    bound.left -= bound.set ? bytes : 0;
    return bytes == 0 ? ALIGNMENT : (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void *bz_alloc(size_t count, size_t size, struct bz_error *err)
{
    size_t room = room_of(count, size, err);
    void *p = !room ? NULL : room < SMALL_BLOCK ? malloc(room) : aligned_alloc(ALIGNMENT, room);
    if (room && !p)
        bz_fail(err, BZ_NO_MEMORY, "memory: no %zu bytes left", room);
    for (size_t at = 0; p && at < room; at += AT_ONCE) {
        memset((char *)p + at, 0, room - at < AT_ONCE ? room - at : AT_ONCE);
        if (room > AT_ONCE && bz_stopping_allocations()) {
            bz_fail(err, BZ_INTERRUPTED, "memory: asked to stop");
            free(p);
            return NULL;
        }
    }
    return p;
}

void bz_copy_work(void *to, const void *from, size_t n)
{
    for (size_t at = 0; at < n && !bz_stopping_work((n - at < AT_ONCE ? n - at : AT_ONCE) / 2); at += AT_ONCE)
        memcpy((char *)to + at, (const char *)from + at, n - at < AT_ONCE ? n - at : AT_ONCE);
}

void bz_set_work(void *to, int byte, size_t n)
{
    for (size_t at = 0; at < n && !bz_stopping_work((n - at < AT_ONCE ? n - at : AT_ONCE) / 2); at += AT_ONCE)
        memset((char *)to + at, byte, n - at < AT_ONCE ? n - at : AT_ONCE);
}

int bz_copy(void *to, const void *from, size_t n)
{
    for (size_t at = 0; at < n; at += AT_ONCE) {
        memcpy((char *)to + at, (const char *)from + at, n - at < AT_ONCE ? n - at : AT_ONCE);
        if (n > AT_ONCE && bz_stopping_allocations())
            return -1;
    }
    return 0;
}

int bz_grow(void *array, size_t *room, size_t needed, size_t size, struct bz_error *err)
{
    if (needed <= *room)
        return 0;
    const size_t doubled = *room > SIZE_MAX / 2 ? SIZE_MAX : *room ? 2 * *room : FIRST_ROOM;
    const size_t larger = doubled > needed ? doubled : needed;
    void *from, *to = bz_alloc(larger, size, err);
    if (!to)
        return -1;
    memcpy(&from, array, sizeof(from)); /* whatever type it points to */
    if (*room && bz_copy(to, from, *room * size) < 0) {
        bz_free(to);
        return bz_fail(err, BZ_INTERRUPTED, "memory: asked to stop");
    }
    bz_free(from);
    memcpy(array, &to, sizeof(to));
    *room = larger;
    return 0;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

/* From the allocator: the tests can make it fail. */
void *bz_alloc_lazy(size_t count, size_t size, struct bz_error *err)
{
    return bz_alloc(count, size, err);
}

void bz_free_lazy(void *p)
{
    bz_free(p);
}

#else

/* Its size is stored in front of it. */
void *bz_alloc_lazy(size_t count, size_t size, struct bz_error *err)
{
    size_t room = room_of(count, size, err);
    if (!room)
        return NULL;
    room += ALIGNMENT;
    void *p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        bz_fail(err, BZ_NO_MEMORY, "memory: no %zu bytes left", room);
        return NULL;
    }
    memcpy(p, &room, sizeof(room));
    return (char *)p + ALIGNMENT;
}

void bz_free_lazy(void *p)
{
    size_t room;
    if (!p)
        return;
    void *start = (char *)p - ALIGNMENT;
    memcpy(&room, start, sizeof(room));
    munmap(start, room);
}

#endif

void bz_free(void *p)
{
    free(p);
}

void bz_free_blocks(void *const *blocks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(blocks[i]);
}

char *bz_strndup(const char *s, size_t n, struct bz_error *err)
{
    size_t length = strnlen(s, n);
    char *copy = bz_alloc(length + 1, 1, err);
    if (copy && bz_copy(copy, s, length) < 0) {
        bz_fail(err, BZ_INTERRUPTED, "memory: asked to stop");
        bz_free(copy);
        return NULL;
    }
    return copy;
}

char *bz_strdup(const char *s, struct bz_error *err)
{
    return bz_strndup(s, strlen(s), err);
}

size_t bz_memory_of(const void *p)
{
    return p ? malloc_usable_size((void *)(uintptr_t)p) : 0;
}

size_t bz_give_back(void *p, size_t from, size_t to)
{
    enum { AT_LEAST = 1 << 20 };
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), base = (uintptr_t)p;
    const uintptr_t first = (base + from + page - 1) / page * page, end = (base + to) / page * page;
    if (end < first + AT_LEAST || madvise((void *)first, end - first, MADV_DONTNEED) < 0)
        return from;
    return (size_t)(end - base);
}

void bz_make_pages(void *p, size_t size)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), base = (uintptr_t)p;
    const uintptr_t first = (base + page - 1) / page * page, end = (base + size) / page * page;
    if (first < end)
        madvise((void *)first, end - first, MADV_POPULATE_WRITE); /* a failure costs time alone */
}
