/* Memory: every allocation of the project whose size depends on input goes through here. */
#ifndef BZ_MEM_H
#define BZ_MEM_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>

/* count * size bytes, zeroed, overflow-checked, 64-byte aligned where they are 4096 or more; NULL and *err set on failure.
 * A count of 0 gives a valid pointer. Free with bz_free. */
void *bz_alloc(size_t count, size_t size, struct bz_error *err) __attribute__((warn_unused_result));
void bz_free(void *p); /* NULL is fine */

/* Frees several blocks; NULL among them is fine. */
#define bz_free_all(...) bz_free_blocks((void *const[]){__VA_ARGS__}, sizeof((void *const[]){__VA_ARGS__}) / sizeof(void *))
void bz_free_blocks(void *const *blocks, size_t n);

/* *at, a pointer to a block, becomes NULL: bz_drop frees the block, bz_take gives it to the caller. */
#define bz_drop(at) (bz_free(*(at)), *(at) = NULL)
#define bz_take(at)                                                                                                            \
    ({                                                                                                                         \
        __typeof__(*(at)) taken = *(at);                                                                                       \
        *(at) = NULL;                                                                                                          \
        taken;                                                                                                                 \
    })

/* As bz_alloc, for large scratch that is often used in part: pages take memory when they are first written. bz_free_lazy. */
void *bz_alloc_lazy(size_t count, size_t size, struct bz_error *err) __attribute__((warn_unused_result));
void bz_free_lazy(void *p); /* NULL is fine */

/* memcpy; -1, with the copy unfinished, where large allocations are to stop (bz_stop_allocations). n = 0: the pointers may be
 * NULL. */
int bz_copy(void *to, const void *from, size_t n);
/* memcpy and memset, left unfinished once the thread is to stop (stop.h). */
void bz_copy_work(void *to, const void *from, size_t n);
void bz_set_work(void *to, int byte, size_t n);
/* Room for `needed` elements of `size` bytes in an array that grows. array: the address of its pointer, which bz_alloc gave
 * (NULL while *room is 0). The room at least doubles; elements keep their values, new ones are zero. 0, or -1 with everything
 * as it was. */
int bz_grow(void *array, size_t *room, size_t needed, size_t size, struct bz_error *err) __attribute__((warn_unused_result));

/* Returns to the system the whole pages between the bytes `from` and `to` of a block of bz_alloc, if they are a mebibyte or
 * more; they read as zeros from then on. Returns where the released part ends, or `from` if nothing was released. */
size_t bz_give_back(void *p, size_t from, size_t to);

/* Makes the whole pages of p[size] at once, where the system can (Linux 5.14): writing them is then a fifth faster than with a
 * fault a page. Their contents stay. */
void bz_make_pages(void *p, size_t size);

/* Bytes taken by a block of bz_alloc; 0 for NULL. */
size_t bz_memory_of(const void *p);

/* A copy of a string or of the first n bytes (a terminating 0 is added). Free with bz_free. */
char *bz_strdup(const char *s, struct bz_error *err) __attribute__((warn_unused_result));
char *bz_strndup(const char *s, size_t n, struct bz_error *err) __attribute__((warn_unused_result));

/* *product = a * b; false (and *product untouched) when that does not fit a size_t. */
int bz_mul(size_t *product, size_t a, size_t b) __attribute__((warn_unused_result)); /* 0 or -1 */

/* Until bz_alloc_exceeded, which tells whether it happened, allocations on this thread fail that would take more than this in
 * all: for threads that may not be held up by the writing of much memory. */
void bz_alloc_within(size_t bytes);
bool bz_alloc_exceeded(void);

/* Tests only: the n-th call of bz_alloc from now (0 = the next) fails, on this thread; negative = off. */
void bz_alloc_fail_at(long n);

#endif
