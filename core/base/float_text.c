/* Schubfach: R. Giulietti, "The Schubfach way to render doubles", 2020. Section and figure numbers below are the paper's.
 *
 * A finite x = c 2^q is the only value whose rounding interval R(x) = [c 2^q - half the gap below, c 2^q + half the gap above]
 * it is in (the ends belong to it if c is even). With k the largest such that 10^k is not longer than R(x), at most one
 * multiple of 10^(k+1), and at least one of 10^k, lies in R(x): the shortest decimal is among the two multiples of 10^(k+1) and
 * the two of 10^k around x. They are compared with the ends of R(x) in units of 10^k / 4, to which the products with a 128-bit
 * 10^-k are close enough when rounded to odd. The same code serves floats: their intervals are those of doubles of fewer
 * digits. */
#include "float_text.h"

#include "float_text_powers.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

/* digits * 10^exponent; digits may end in zeros */
struct decimal {
    uint64_t digits;
    int exponent;
};

enum { MAX_DIGITS = 20 };

/* floor(log10(2^q)) and floor(log10(3/4 2^q)), floor(log2(10^k)): exact for the q and k of doubles. Constants are
 * log10(2), log10(3/4) and log2(10) in fixed point. */
static int floor_log10_pow2(int q, bool three_quarters)
{
    return (q * 1262611 - (three_quarters ? 524031 : 0)) >> 22;
}

static int floor_log2_pow10(int k)
{
    return (k * 1741647) >> 19;
}

/* g * c / 2^128 for the 128-bit g, cut off; the last bit is set if anything (beyond the error of g) was cut. For the c of
 * floats, of at most 32 bits, the upper half of g is enough. */
static inline uint64_t round_to_odd(struct bz_power_of_ten g, uint64_t c, bool is_float)
{
    if (is_float) {
        const unsigned __int128 product = (unsigned __int128)(g.hi + (g.lo != 0)) * c;
        return (uint64_t)(product >> 64) | ((uint64_t)product >> 32 > 1);
    }
    const unsigned __int128 low = (unsigned __int128)g.lo * c, high = (unsigned __int128)g.hi * c + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* The shortest decimal in the rounding interval of c 2^q, the nearest to it among those. narrow: the gap below is half of that
 * above (c is the least of its exponent). */
static inline struct decimal shortest(uint64_t c, int q, bool narrow, bool is_float)
{
    const bool even = c % 2 == 0;
    const int k = floor_log10_pow2(q, narrow);
    const int shift = q + floor_log2_pow10(-k) + 1;
    const struct bz_power_of_ten g = bz_powers_of_ten[-k - BZ_POWER_MIN];
    /* in quarters of 10^k: the value and the ends of its interval */
    const uint64_t below = round_to_odd(g, (4 * c - (narrow ? 1 : 2)) << shift, is_float) + !even;
    const uint64_t value = round_to_odd(g, (4 * c) << shift, is_float);
    const uint64_t above = round_to_odd(g, (4 * c + 2) << shift, is_float) - !even;

    /* Branches would be mispredicted here, so there are none. */
    const uint64_t s = value / 4, tens = s / 10;
    const bool ten_down = below <= 40 * tens, ten_up = 40 * tens + 40 <= above;
    const bool down = below <= 4 * s, up = 4 * s + 4 <= above;
    /* where both are in: the nearer one, the even one of a tie */
    const uint64_t middle = 4 * s + 2;
    const bool nearer = (value > middle) | ((value == middle) & (s & 1));
    const uint64_t by_ten = -(uint64_t)((s >= 10) & (ten_down != ten_up)),
                   one = s + (((down != up) & up) | ((down == up) & nearer));
    return (struct decimal){one ^ (by_ten & (one ^ (tens + ten_up))), k - (int)by_ten};
}

/* Cuts trailing zeros and counts them in the exponent. */
static inline void cut_zeros(struct decimal *d)
{
    while (d->digits % 10 == 0) {
        d->digits /= 10;
        d->exponent++;
    }
}

/* Writes the digits of n > 0 so that they end before `end`, and returns where they begin. */
static char *write_digits(uint64_t n, char *end)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
        "49505152535455565758596061626364656667686970717273747576777879808182838485868788899091929394959697"
        "9899";
    char *to = end;
    for (; n >= 10; n /= 100) {
        to -= 2;
        memcpy(to, pairs + 2 * (n % 100), 2);
    }
    if (n > 0)
        *--to = (char)('0' + n);
    return to;
}

static size_t length_of_exponent(int e)
{
    return (e < 0 ? 1 : 0) + (e > 99 || e < -99 ? 3u : e > 9 || e < -9 ? 2u : 1u);
}

static char *write_exponent(char *to, int e)
{
    *to++ = 'e';
    if (e < 0) {
        *to++ = '-';
        e = -e;
    }
    if (e > 99)
        *to++ = (char)('0' + e / 100);
    if (e > 9)
        *to++ = (char)('0' + e / 10 % 10);
    *to++ = (char)('0' + e % 10);
    return to;
}

/* Writes digits[n] * 10^exponent in the shorter of the forms 123.4 and 1.234e2; as a cell, in the usual one. */
static char *lay_out(char *to, const char *digits, int n, int exponent, bool cell)
{
    const int point = n + exponent; /* digits before the decimal point */
    const size_t count = (size_t)n;
    const size_t plain = exponent >= 0 ? (size_t)point : point > 0 ? count + 1 : count + 2 + (size_t)-point;
    const size_t scientific = count + (n > 1) + 1 + length_of_exponent(point - 1);
    if (cell ? point > 16 || point < -3 : scientific < plain) {
        *to++ = digits[0];
        if (n > 1) {
            *to++ = '.';
            memcpy(to, digits + 1, count - 1);
            to += count - 1;
        }
        return write_exponent(to, point - 1);
    }
    if (exponent >= 0) { /* 1200 */
        memcpy(to, digits, count);
        memset(to + n, '0', (size_t)exponent);
    } else if (point > 0) { /* 12.34 */
        memcpy(to, digits, (size_t)point);
        to[point] = '.';
        memcpy(to + point + 1, digits + point, (size_t)(n - point));
    } else { /* 0.0012 */
        memcpy(to, "0.", 2);
        memset(to + 2, '0', (size_t)-point);
        memcpy(to + 2 - point, digits, count);
    }
    return to + plain;
}

/* The eight digits of n < 10^8, zeros in front and all, the first in the lowest byte: halves, quarters, eighths. */
static inline uint64_t eight_digits(uint32_t n)
{
    const uint64_t fours = n / 10000 | (uint64_t)(n % 10000) << 32;
    uint64_t quotient = fours * 5243 >> 19 & 0x7f0000007f;
    const uint64_t twos = quotient | (fours - 100 * quotient) << 16;
    quotient = twos * 103 >> 10 & 0x000f000f000f000f;
    return (quotient | (twos - 10 * quotient) << 8) + 0x3030303030303030;
}

/* Probabilities, mostly: 1e-9 <= x < 1 of up to eight digits. NULL = another number. */
static inline char *write_fraction(char *to, struct decimal d, bool cell)
{
    static const uint32_t powers[] = {0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    if (d.digits >= 100000000)
        return NULL;
    const uint32_t n = (uint32_t)d.digits;
    const int about = (32 - __builtin_clz(n)) * 1233 >> 12, count = about + (n >= powers[about]); /* digits */
    const int zeros = -(count + d.exponent);                                                      /* after the point */
    if (zeros < 0 || zeros > (cell ? 2 : 8))
        return NULL;
    /* 0.0012 or 1.2e-5: chosen without a branch, which would wait for all of the above and be mispredicted every few numbers */
    const bool plain = cell || zeros <= 1 + (count > 1);
    const uint64_t digits = eight_digits(n) >> 8 * (8 - count), dotted = (digits & 0xff) | '.' << 8;
    const uint64_t head = htole64(plain ? UINT64_C(0x30302e30) : dotted), tail = htole64(plain ? digits : digits >> 8);
    const int length = plain ? 2 + zeros + count : count + (count > 1);
    memcpy(to, &head, 4);
    memcpy(to + (plain ? 2 + zeros : 2), &tail, sizeof(tail));
    memcpy(to + length, "e-", 2);
    to[length + 2] = (char)('1' + zeros);
    return to + length + 3 * !plain;
}

/* fraction and exponent: the bits of an IEEE number with `fraction_bits`, bias so that its value is c 2^(exponent - bias). */
static inline __attribute__((always_inline)) size_t write_number(char *out, bool negative, uint64_t fraction, int exponent,
                                                                 int fraction_bits, int bias, int special, bool cell)
{
    const bool is_float = fraction_bits == 23;
    char *to = out;
    if (exponent == special) {
        memcpy(out, "null", 5);
        return 4;
    }
    if (negative)
        *to++ = '-';
    if (exponent == 0 && fraction == 0) {
        *to++ = '0';
    } else {
        const uint64_t c = exponent > 0 ? fraction | UINT64_C(1) << fraction_bits : fraction;
        const int q = (exponent > 0 ? exponent : 1) - bias;
        struct decimal d;
        /* small whole numbers are their own shortest digits; 0 and 1 are most of what is written */
        if (q <= 0 && q >= -fraction_bits && (c & ((UINT64_C(1) << -q) - 1)) == 0)
            d = (struct decimal){c >> -q, 0};
        else
            d = shortest(c, q, fraction == 0 && exponent > 1, is_float);
        cut_zeros(&d);
        char *end = is_float ? write_fraction(to, d, cell) : NULL;
        if (!end) {
            char room[MAX_DIGITS];
            const char *digits = write_digits(d.digits, room + MAX_DIGITS);
            end = lay_out(to, digits, (int)(room + MAX_DIGITS - digits), d.exponent, cell);
        }
        to = end;
    }
    *to = 0;
    return (size_t)(to - out);
}

static inline __attribute__((always_inline)) size_t write_float(float x, char *out, bool cell)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return write_number(out, bits >> 31, bits & 0x7fffff, (int)(bits >> 23 & 0xff), 23, 127 + 23, 0xff, cell);
}

static inline __attribute__((always_inline)) size_t write_double(double x, char *out, bool cell)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return write_number(out, bits >> 63, bits & 0xfffffffffffff, (int)(bits >> 52 & 0x7ff), 52, 1023 + 52, 0x7ff, cell);
}

size_t bz_float_text(float x, char *out)
{
    return write_float(x, out, false);
}

size_t bz_double_text(double x, char *out)
{
    return write_double(x, out, false);
}

size_t bz_float_cell(float x, char *out)
{
    return write_float(x, out, true);
}

size_t bz_double_cell(double x, char *out)
{
    return write_double(x, out, true);
}

size_t bz_whole_text(uint64_t x, char *out)
{
    char room[MAX_DIGITS];
    const char *digits = x ? write_digits(x, room + MAX_DIGITS) : "0";
    const size_t n = x ? (size_t)(room + MAX_DIGITS - digits) : 1;
    memcpy(out, digits, n);
    out[n] = 0;
    return n;
}
