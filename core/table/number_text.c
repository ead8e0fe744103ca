#include "number_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* 10^0 .. 10^22 are exact doubles. */
static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* strtod on a bounded copy, for what the fast path below cannot round correctly. */
static int parse_slowly(const char *text, size_t length, double *out)
{
    char copy[512];
    if (length >= sizeof(copy))
        return -1;
    memcpy(copy, text, length);
    copy[length] = 0;
    char *end;
    double x = strtod(copy, &end);
    if (end != copy + length)
        return -1;
    *out = x;
    return 0;
}

int bz_parse_number(const char *text, size_t length, double *out)
{
    const char *p = text, *end = text + length;
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    uint64_t digits = 0;
    size_t n_digits = 0, significant = 0;
    long exponent = 0;
    for (bool fraction = false; p < end && ((*p >= '0' && *p <= '9') || (*p == '.' && !fraction)); p++) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        n_digits++;
        exponent -= fraction;
        significant += significant > 0 || *p != '0';
        if (significant <= 18)
            digits = digits * 10 + (uint64_t)(*p - '0');
    }
    if (n_digits == 0)
        return -1;
    if (p < end && (*p == 'e' || *p == 'E')) {
        bool down = ++p < end && *p == '-';
        if (p < end && (*p == '-' || *p == '+'))
            p++;
        if (p == end)
            return -1;
        long e = 0;
        for (; p < end && *p >= '0' && *p <= '9'; p++)
            if (e < 100000)
                e = e * 10 + (*p - '0');
        exponent += down ? -e : e;
    }
    if (p != end)
        return -1;
    /* One rounding only (Clinger 1990): both operands are exact. */
    if (significant <= 18 && digits <= (uint64_t)1 << 53 && exponent >= -22 && exponent <= 22) {
        double x = exponent < 0 ? (double)digits / powers_of_ten[-exponent] : (double)digits * powers_of_ten[exponent];
        *out = negative ? -x : x;
        return 0;
    }
    return parse_slowly(text, length, out);
}

bool bz_is_gap_number(double x)
{
    double nines = 99;
    while (nines < 1e10 && nines < fabs(x))
        nines = nines * 10 + 9;
    const float single = (float)fabs(x); /* -999.9 in a file of float32 is the number next to it */
    return fabs(x) == nines || x == -9 || x == 32767 || x == -32768 || x == 65535 || (x > 0 && single == 1e20f) ||
           single == 1e30f || fabs(x - 9.96921e36) < 1e32 || single == 999.9f || single == 99.9f || single == 9999.9f;
}
