/* Errors: a code for programs and a sentence for people. Library code fills one in and stays silent. */
#ifndef BZ_ERRORS_H
#define BZ_ERRORS_H

enum bz_code {
    BZ_OK = 0,
    BZ_BAD_INPUT, /* data or a parameter of the caller's user is wrong */
    BZ_BAD_USAGE, /* an option or argument of the command line is wrong */
    BZ_BAD_MODEL, /* a model file or machine is wrong */
    BZ_IO,        /* the operating system refused: open, read, write, rename, disk full */
    BZ_NO_MEMORY,
    BZ_NOT_FOUND,
    BZ_TOO_LARGE,   /* a stated bound is exceeded */
    BZ_UNSUPPORTED, /* right in itself, but not something this machine or build can do */
    BZ_DIVERGED,    /* numbers left the finite range */
    BZ_INTERRUPTED, /* asked to stop */
};

enum { BZ_WARNING_ROOM = 400 }; /* of a sentence about a result that is not to be relied on; empty = none */

struct bz_error {
    enum bz_code code;
    char msg[512]; /* what, where, expected, found; no newline at the end */
};

/* Sets *err (NULL is fine) and returns -1, so that `return bz_fail(err, ...)` is a refusal in one line. */
int bz_fail(struct bz_error *err, enum bz_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the message that *err already holds; returns -1. */
int bz_fail_in(struct bz_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
