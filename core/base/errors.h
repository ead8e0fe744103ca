/* Errors: a code for programs and a sentence for people. Library code fills one in and stays silent. */
#ifndef BZ_ERRORS_H
#define BZ_ERRORS_H

enum bz_code {
    BZ_OK = 0,
    BZ_BAD_INPUT, /* wrong data, or a wrong parameter from the user */
    BZ_BAD_USAGE, /* a wrong option or argument on the command line */
    BZ_BAD_MODEL, /* an invalid model file or machine */
    BZ_IO,        /* the operating system refused: open, read, write, rename, disk full */
    BZ_NO_MEMORY,
    BZ_NOT_FOUND,
    BZ_TOO_LARGE,   /* a documented limit is exceeded */
    BZ_UNSUPPORTED, /* valid, but beyond what this machine or build can do */
    BZ_DIVERGED,    /* a result is not finite */
    BZ_INTERRUPTED, /* asked to stop */
};

enum { BZ_WARNING_ROOM = 400 }; /* for a sentence on why a result is unreliable; empty = none */

struct bz_error {
    enum bz_code code;
    char msg[512]; /* what, where, expected, found; no trailing newline */
};

/* Sets *err (NULL is fine) and returns -1, so that `return bz_fail(err, ...)` is a refusal in one line. */
int bz_fail(struct bz_error *err, enum bz_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the message that *err already holds; returns -1. */
int bz_fail_in(struct bz_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
