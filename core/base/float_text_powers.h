/* Private to float_text.c and its test: powers of ten as 128-bit fractions. */
#ifndef BZ_FLOAT_TEXT_POWERS_H
#define BZ_FLOAT_TEXT_POWERS_H

#include <stdint.h>

enum { BZ_POWER_MIN = -292, BZ_POWER_MAX = 324 };

/* The smallest whole number g >= 10^k * 2^s, where s makes 2^127 <= g < 2^128: hi * 2^64 + lo. */
struct bz_power_of_ten {
    uint64_t hi, lo;
};
extern const struct bz_power_of_ten bz_powers_of_ten[BZ_POWER_MAX - BZ_POWER_MIN + 1]; /* [k - BZ_POWER_MIN] */

#endif
