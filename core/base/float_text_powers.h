/* Private to float_text.c, kernel_digits.h and their test: powers of ten as 128-bit fractions. */
#ifndef BZ_FLOAT_TEXT_POWERS_H
#define BZ_FLOAT_TEXT_POWERS_H

#include <stdbool.h>
#include <stdint.h>

enum { BZ_POWER_MIN = -292, BZ_POWER_MAX = 324 };

/* The smallest whole number g >= 10^k * 2^s, where s makes 2^127 <= g < 2^128: hi * 2^64 + lo. */
struct bz_power_of_ten {
    uint64_t hi, lo;
};
extern const struct bz_power_of_ten bz_powers_of_ten[BZ_POWER_MAX - BZ_POWER_MIN + 1]; /* [k - BZ_POWER_MIN] */

/* floor(log10(2^q)) and floor(log10(3/4 2^q)), floor(log2(10^k)): exact for the q and k of doubles. Constants are
 * log10(2), log10(3/4) and log2(10) in fixed point. */
static inline int bz_floor_log10_pow2(int q, bool three_quarters)
{
    return (q * 1262611 - (three_quarters ? 524031 : 0)) >> 22;
}

static inline int bz_floor_log2_pow10(int k)
{
    return (k * 1741647) >> 19;
}

#endif
