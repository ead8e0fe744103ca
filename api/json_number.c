/* The text of a JSON number as a double. */
#include "json_scan.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* strtod needs a terminated copy: in the body it could read past the number ("1x" is fine, "0x1" is not). */
static double slow_number(const char *begin, const char *end)
{
    char copy[JSON_NUMBER_MAX + 1];
    size_t n = (size_t)(end - begin);
    if (n > JSON_NUMBER_MAX)
        return NAN;
    memcpy(copy, begin, n);
    copy[n] = 0;
    return strtod(copy, NULL);
}

/* Goes past digits, at most up to `most`. */
static const char *take_digits(const char *p, const char *most, uint64_t *digits)
{
    for (; *p >= '0' && *p <= '9' && p < most; p++)
        *digits = *digits * 10 + (uint64_t)(*p - '0');
    return p;
}

const char *json_parse_number(const char *p, double *value)
{
    const char *const begin = p, *const most = p + JSON_NUMBER_MAX + 1;
    const bool negative = *p == '-';
    uint64_t digits = 0;
    int exponent = 0;
    p += negative;
    const char *first = p;
    if (*p < '0' || *p > '9')
        goto fail;
    p = take_digits(p, most, &digits);
    ptrdiff_t n = p - first;
    if (n > 1 && *first == '0')
        goto fail;
    if (*p == '.') {
        const char *point = ++p;
        p = take_digits(p, most, &digits);
        if (p == point)
            goto fail;
        n += p - point;
        exponent = (int)(point - p);
    }
    if (*p == 'e' || *p == 'E') {
        int e = 0, sign = 1;
        p++;
        if (*p == '+' || *p == '-')
            sign = *p++ == '-' ? -1 : 1;
        if (*p < '0' || *p > '9')
            goto fail;
        for (; *p >= '0' && *p <= '9' && p < most; p++)
            e = e < 100000 ? e * 10 + (*p - '0') : e;
        exponent += sign * e;
    }
    if (p >= most)
        goto fail;
    /* Clinger's fast path: both numbers are exact doubles, so there is only one rounding. (At most 18 digits: no overflow.) */
    if (n <= 18 && digits <= UINT64_C(1) << 53 && exponent >= -22 && exponent <= 22) {
        double v = (double)digits;
        v = exponent < 0 ? v / powers_of_ten[-exponent] : v * powers_of_ten[exponent];
        *value = negative ? -v : v;
        return p;
    }
    *value = slow_number(begin, p);
    return isfinite(*value) ? p : NULL;
fail:
    *value = p >= most ? (double)NAN : 0;
    return NULL;
}
