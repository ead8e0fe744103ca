#include "fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int api_fault(struct api_fault *fault, enum api_error error, const char *fmt, ...)
{
    va_list args;
    fault->error = error;
    va_start(args, fmt);
    vsnprintf(fault->msg, sizeof(fault->msg), fmt, args);
    va_end(args);
    return -1;
}

int api_fault_in(struct api_fault *fault, const char *fmt, ...)
{
    char joined[sizeof(fault->msg)];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(joined, sizeof(joined), fmt, args);
    va_end(args);
    size_t used = n < 0 ? 0 : (size_t)n < sizeof(joined) ? (size_t)n : sizeof(joined) - 1;
    size_t rest = strlen(fault->msg), room = sizeof(joined) - 1 - used;
    size_t separator = room < 2 ? room : 2;
    memcpy(joined + used, ": ", separator);
    used += separator;
    room -= separator;
    memcpy(joined + used, fault->msg, rest < room ? rest : room);
    joined[used + (rest < room ? rest : room)] = 0;
    memcpy(fault->msg, joined, sizeof(joined));
    return -1;
}

int api_fault_core(struct api_fault *fault, const struct bz_error *err)
{
    switch (err->code) {
    case BZ_OK:
    case BZ_IO:
    case BZ_DIVERGED:
    case BZ_BAD_MODEL:
    case BZ_INTERRUPTED:
        return api_fault(fault, API_INTERNAL, "%s", err->msg);
    case BZ_BAD_INPUT:
    case BZ_BAD_USAGE:
    case BZ_TOO_LARGE:
        return api_fault(fault, API_BAD_VALUE, "%s", err->msg);
    case BZ_NOT_FOUND:
        return api_fault(fault, API_NOT_FOUND, "%s", err->msg);
    case BZ_UNSUPPORTED:
        return api_fault(fault, API_UNSUPPORTED, "%s", err->msg);
    case BZ_NO_MEMORY:
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    }
    return -1;
}
