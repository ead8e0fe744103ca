#include "errors.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int bz_fail(struct bz_error *err, enum bz_code code, const char *fmt, ...)
{
    if (!err)
        return -1;
    /* Formatted into a copy first, so that err->msg itself may be an argument. */
    char msg[sizeof(err->msg)];
    va_list ap;
    va_start(ap, fmt);
    int length = vsnprintf(msg, sizeof(msg), fmt, ap);
    va_end(ap);
    if (length < 0)
        strcpy(msg, "an error whose message could not be written");
    err->code = code;
    memcpy(err->msg, msg, sizeof(msg));
    return -1;
}

int bz_fail_in(struct bz_error *err, const char *fmt, ...)
{
    if (!err)
        return -1;
    char prefix[sizeof(err->msg)], msg[2 * sizeof(err->msg) + 2];
    va_list ap;
    va_start(ap, fmt);
    int length = vsnprintf(prefix, sizeof(prefix), fmt, ap);
    va_end(ap);
    if (length < 0)
        return -1;
    snprintf(msg, sizeof(msg), "%s: %s", prefix, err->msg);
    msg[sizeof(err->msg) - 1] = 0;
    memcpy(err->msg, msg, sizeof(err->msg));
    return -1;
}
