/* An object and its parts: memory that is freed together, so that a destructor names only what is not plain memory. */
#ifndef BZ_OBJECT_H
#define BZ_OBJECT_H

#include "errors.h"

#include <stddef.h>

/* `size` bytes, zeroed, that can own parts; NULL and *err set on failure. Free with bz_object_free. end (NULL = none) frees
 * what the object owns besides its parts; it is called once, possibly on a half-made object, whose remaining members are
 * zero. */
void *bz_object_new(size_t size, void (*end)(void *self), struct bz_error *err) __attribute__((warn_unused_result));

/* Like bz_alloc and bz_alloc_lazy (mem.h), but owned by an object of bz_object_new and freed with it, never earlier. */
void *bz_part(void *object, size_t count, size_t size, struct bz_error *err) __attribute__((warn_unused_result));
void *bz_part_lazy(void *object, size_t count, size_t size, struct bz_error *err) __attribute__((warn_unused_result));
/* Scratch of which the latter is made only where it is large: small arrays stay side by side. */
void *bz_part_wide(void *object, size_t count, size_t size, struct bz_error *err) __attribute__((warn_unused_result));

/* The last step of a constructor. rc 0: *out (the address of a pointer to its type) becomes the object, now the caller's;
 * otherwise the object is freed and *out is left alone. Returns rc. */
int bz_object_give(void *out, void *object, int rc);

void bz_object_free(void *object); /* with all its parts; NULL is fine */

#endif
