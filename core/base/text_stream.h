/* Texts of any length, written with fprintf. A lack of memory is reported at the end: a memory stream carries on silently, and
 * may leave a truncated text or none. */
#ifndef BZ_TEXT_STREAM_H
#define BZ_TEXT_STREAM_H

#include "errors.h"

#include <stddef.h>
#include <stdio.h>

struct bz_text {
    FILE *out;
    char *text; /* [size] and a 0, after bz_text_end */
    size_t size, room;
    int failed; /* something written did not fit */
};

/* Returns t->out, or NULL and *err. */
FILE *bz_text_begin(struct bz_text *t, struct bz_error *err);
/* Ends the writing. 0, or -1 and *err if anything is missing: "memory: none left for WHAT". */
int bz_text_end(struct bz_text *t, const char *what, struct bz_error *err);
void bz_text_free(struct bz_text *t); /* zeros are fine */
/* Ends the writing, saves the text at path if rc, that of what has made it, is 0, and frees it. Returns rc, or -1. */
int bz_text_save(struct bz_text *t, const char *what, const char *path, int rc, struct bz_error *err);

#endif
