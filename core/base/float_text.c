/* Schubfach: R. Giulietti, "The Schubfach way to render doubles", 2020. Section and figure numbers below are the paper's.
 *
 * A finite x = c 2^q is the only value whose rounding interval R(x) = [c 2^q - half the gap below, c 2^q + half the gap above]
 * it is in (the ends belong to it if c is even). With k the largest such that 10^k is not longer than R(x), at most one
 * multiple of 10^(k+1), and at least one of 10^k, lies in R(x): the shortest decimal is among the two multiples of 10^(k+1) and
 * the two of 10^k around x. They are compared with the ends of R(x) in units of 10^k / 4, to which the products with a 128-bit
 * 10^-k are close enough when rounded to odd. Of floats, whose c has fewer digits, 64 bits of 10^-k are enough, and kernels
 * compute several side by side (kernel_digits.h). */
#include "float_text.h"

#include "float_text_powers.h"
#include "kernels.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

/* digits * 10^exponent; digits may end in zeros */
struct decimal {
    uint64_t digits;
    int exponent;
};

enum { MAX_DIGITS = 20, EIGHT_DIGITS = 100000000 /* numbers below this have no more */ };

/* g * c / 2^128 for the 128-bit g, cut off; the last bit is set if anything (beyond the error of g) was cut. */
static inline uint64_t round_to_odd(struct bz_power_of_ten g, uint64_t c)
{
    const unsigned __int128 low = (unsigned __int128)g.lo * c, high = (unsigned __int128)g.hi * c + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* The shortest decimal in the rounding interval of c 2^q, the nearest to it among those. narrow: the gap below is half of that
 * above (c is the least of its exponent). */
static inline struct decimal shortest(uint64_t c, int q, bool narrow)
{
    const bool even = c % 2 == 0;
    const int k = bz_floor_log10_pow2(q, narrow);
    const int shift = q + bz_floor_log2_pow10(-k) + 1;
    const struct bz_power_of_ten g = bz_powers_of_ten[-k - BZ_POWER_MIN];
    /* in quarters of 10^k: the value and the ends of its interval */
    const uint64_t below = round_to_odd(g, (4 * c - (narrow ? 1 : 2)) << shift) + !even;
    const uint64_t value = round_to_odd(g, (4 * c) << shift);
    const uint64_t above = round_to_odd(g, (4 * c + 2) << shift) - !even;

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

/* Probabilities, mostly: 1e-9 <= x < 1 whose digits are the eight of `text` without the zeros around them. NULL = another
 * number.
 */
static inline char *write_fraction(char *to, uint64_t text, int exponent, bool cell)
{
    const uint64_t set = text ^ 0x3030303030303030;
    const int front = __builtin_ctzll(set) & ~7, behind = __builtin_clzll(set) & ~7; /* bits of those zeros */
    const int count = 8 - (front + behind) / 8, zeros = front / 8 - 8 - exponent;    /* digits; zeros after the point */
    if (zeros < 0 || zeros > (cell ? 2 : 8))
        return NULL;
    /* 0.0012 or 1.2e-5: chosen without a branch, which would wait for all of the above and be mispredicted every few numbers */
    const bool plain = cell || zeros <= 1 + (count > 1);
    const uint64_t digits = text >> front, dotted = (digits & 0xff) | '.' << 8;
    const uint64_t head = htole64(plain ? UINT64_C(0x30302e30) : dotted), tail = htole64(plain ? digits : digits >> 8);
    const int length = plain ? 2 + zeros + count : count + (count > 1);
    memcpy(to, &head, 4);
    memcpy(to + (plain ? 2 + zeros : 2), &tail, sizeof(tail));
    memcpy(to + length, "e-", 2);
    to[length + 2] = (char)('1' + zeros);
    return to + length + 3 * !plain;
}

/* Any number. Apart, so that the usual ones pay for none of its registers and room. */
static __attribute__((noinline)) char *write_rarer(char *to, struct decimal d, bool cell)
{
    char room[MAX_DIGITS];
    cut_zeros(&d);
    const char *digits = write_digits(d.digits, room + MAX_DIGITS);
    return lay_out(to, digits, (int)(room + MAX_DIGITS - digits), d.exponent, cell);
}

/* What is left of a number but its sign: digits in their order. text: eight of them, if there are no more. */
static inline char *write_decimal(char *to, struct decimal d, uint64_t text, bool cell)
{
    char *end = d.digits < EIGHT_DIGITS ? write_fraction(to, text, d.exponent, cell) : NULL;
    return end ? end : write_rarer(to, d, cell);
}

/* Zeros and what is not finite: magnitude's bits are 0, or at least those of infinity. */
static inline char *write_special(char *to, bool zero)
{
    memcpy(to, zero ? "0" : "null", zero ? 1 : 4);
    return to + (zero ? 1 : 4);
}

/* x, whose digits are d, and text, unless it is one of the above. */
static inline __attribute__((always_inline)) char *write_float(char *to, float x, struct decimal d, uint64_t text, bool cell)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    const uint32_t magnitude = bits & 0x7fffffff;
    const bool special = magnitude == 0 || magnitude >= 0x7f800000;
    *to = '-';
    to += bits >> 31 && magnitude < 0x7f800000;
    return special ? write_special(to, magnitude == 0) : write_decimal(to, d, text, cell);
}

static size_t one_float(float x, char *out, bool cell)
{
    uint32_t digits;
    int32_t exponent;
    uint64_t text;
    bz_cpu()->shortest_digits(&digits, &exponent, &text, &x, 1);
    char *end = write_float(out, x, (struct decimal){digits, exponent}, text, cell);
    *end = 0;
    return (size_t)(end - out);
}

static char *write_double(char *to, struct decimal d, bool cell)
{
    cut_zeros(&d);
    return write_decimal(to, d, d.digits < EIGHT_DIGITS ? eight_digits((uint32_t)d.digits) : 0, cell);
}

static size_t one_double(double x, char *out, bool cell)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    const uint64_t fraction = bits & 0xfffffffffffff;
    const int field = (int)(bits >> 52 & 0x7ff), q = (field ? field : 1) - 1075;
    const uint64_t c = field ? fraction | UINT64_C(1) << 52 : fraction;
    char *to = out;
    *to = '-';
    to += bits >> 63 && field < 0x7ff;
    if (c == 0 || field == 0x7ff)
        to = write_special(to, c == 0);
    else if (q <= 0 && q >= -52 && (c & ((UINT64_C(1) << -q) - 1)) == 0) /* small whole numbers are their own shortest digits */
        to = write_double(to, (struct decimal){c >> -q, 0}, cell);
    else
        to = write_double(to, shortest(c, q, fraction == 0 && field > 1), cell);
    *to = 0;
    return (size_t)(to - out);
}

char *bz_floats_text(char *to, const float *x, size_t n, char after)
{
    enum { BLOCK = 32 };
    uint32_t digits[BLOCK];
    int32_t exponent[BLOCK];
    uint64_t text[BLOCK];
    for (size_t i = 0; i < n; i++) {
        if (i % BLOCK == 0)
            bz_cpu()->shortest_digits(digits, exponent, text, x + i, n - i < BLOCK ? n - i : BLOCK);
        to = write_float(to, x[i], (struct decimal){digits[i % BLOCK], exponent[i % BLOCK]}, text[i % BLOCK], false);
        *to++ = after;
    }
    return to;
}

size_t bz_float_text(float x, char *out)
{
    return one_float(x, out, false);
}

size_t bz_double_text(double x, char *out)
{
    return one_double(x, out, false);
}

size_t bz_float_cell(float x, char *out)
{
    return one_float(x, out, true);
}

size_t bz_double_cell(double x, char *out)
{
    return one_double(x, out, true);
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
