/* Part of kernels.c: the shortest decimals of floats by the method of float_text.c, whose comments say why. Numbers of at most
 * 32 bits in lanes of 64. */
#ifndef BZ_KERNEL_DIGITS_H
#define BZ_KERNEL_DIGITS_H

#include "float_text_powers.h"
#include "vector.h"

/* Numbers side by side, as shortest_of needs them. */
struct digits_of {
    vuint64 power; /* 10^-k, 64 bits */
    vuint64 value; /* 4 c << shift */
    vuint64 above; /* the upper half of its interval, the lower one */
    vuint64 below;
    vuint64 k; /* + PLUS */
};

/* What keeps whole numbers of any sign above 0, so that unsigned lanes can hold them. */
enum { PLUS = 64, PLUS_LOG2 = 256 };

/* bz_floor_log10_pow2, bz_floor_log2_pow10 and the table of powers; only those with 0 <= -k <= 27 are whole numbers of 64 bits.
 */
INLINE struct digits_of look_up(vuint64 bits)
{
    const vuint64 fraction = bits & 0x7fffff, field = bits >> 23 & 0xff, subnormal = (vuint64)(field == 0) & 1;
    const vuint64 narrow = (vuint64)((fraction == 0) & (field != 0) & (field != 1)) & 1, e = field + subnormal;
    const vuint64 c = fraction | (1 - subnormal) << 23;
    const vuint64 k = (mul_low_halves(e, vuint64_of(1262611)) + (((uint64_t)PLUS << 22) - UINT64_C(150) * 1262611) -
                       mul_low_halves(narrow, vuint64_of(524031))) >>
                      22;
    const vuint64 log2 =
        (mul_low_halves(2 * PLUS - k, vuint64_of(1741647)) + (((uint64_t)PLUS_LOG2 << 19) - (uint64_t)PLUS * 1741647)) >> 19;
    const vuint64 shift = e + log2 - (150 + PLUS_LOG2 - 1);
    const vuint64 whole = (vuint64)((vint64)k <= PLUS) & (vuint64)((vint64)k >= PLUS - 27);
    return (struct digits_of){
        .power = gather_long(&bz_powers_of_ten[0].hi, 2 * (PLUS - BZ_POWER_MIN - k)) + (~whole & 1),
        .value = c << (shift + 2),
        .above = vuint64_of(2) << shift,
        .below = (2 - narrow) << shift,
        .k = k,
    };
}

/* power * c / 2^64, cut off, rounded to odd. */
INLINE vuint64 times_power(vuint64 power, vuint64 c)
{
    const vuint64 product = mul_low_halves(power >> 32, c) + (mul_low_halves(power, c) >> 32);
    return product >> 32 | ((vuint64)((product & 0xffffffff) > 1) & 1);
}

/* The digits, and in *by_ten 1 where they are those of a multiple of 10^(k+1). */
INLINE vuint64 shortest_of(const struct digits_of *d, vuint64 *by_ten)
{
    const vuint64 power = d->power, c = d->value, half = d->above;
    const vuint64 uneven = (vuint64)((c & half << 1) != 0) & 1;
    const vuint64 below = times_power(power, c - d->below) + uneven, value = times_power(power, c),
                  above = times_power(power, c + half) - uneven;
    const vuint64 s = value >> 2, tens = mul_low_halves(s, vuint64_of(0xcccccccd)) >> 35, at_tens = (tens << 5) + (tens << 3);
    const vuint64 ten_down = (vuint64)(below <= at_tens), ten_up = (vuint64)(at_tens + 40 <= above);
    const vuint64 down = (vuint64)(below <= s << 2), up = (vuint64)((s << 2) + 4 <= above), middle = (s << 2) + 2;
    const vuint64 nearer = (vuint64)(value > middle) | ((vuint64)(value == middle) & -(s & 1));
    const vuint64 tenfold = (vuint64)(s >= 10) & (ten_down ^ ten_up);
    const vuint64 one = s - ((down ^ up) & up) - (~(down ^ up) & nearer), ten = tens - ten_up;
    *by_ten = tenfold & 1;
    return one ^ (tenfold & (one ^ ten));
}

/* eight_digits of float_text.c. */
INLINE vuint64 eight_digits(vuint64 n)
{
    const vuint64 high = mul_low_halves(n, vuint64_of(0xd1b71759)) >> 45, low = n - mul_low_halves(high, vuint64_of(10000));
    const vuint32 fours = (vuint32)(high | low << 32), hundreds = fours * 5243 >> 19;
    const vuint16 twos = (vuint16)(hundreds | (fours - hundreds * 100) << 16), tens = twos * 103 >> 10;
    return (vuint64)((tens | (twos - tens * 10) << 8) + 0x3030);
}

INLINE void digits_of_some(uint32_t *digits, int32_t *exponent, uint64_t *text, vuint32_half bits)
{
    const struct digits_of d = look_up(__builtin_convertvector(bits, vuint64));
    vuint64 by_ten;
    const vuint64 found = shortest_of(&d, &by_ten), all = eight_digits(found);
    const vuint32_half narrow = __builtin_convertvector(found, vuint32_half),
                       place = __builtin_convertvector(d.k + by_ten - PLUS, vuint32_half);
    memcpy(digits, &narrow, sizeof(narrow));
    memcpy(exponent, &place, sizeof(place));
    memcpy(text, &all, sizeof(all));
}

static void shortest_digits(uint32_t *digits, int32_t *exponent, uint64_t *text, const float *x, size_t n)
{
    vuint32_half bits;
    size_t i = 0;
    for (; n - i >= DOUBLES; i += DOUBLES) {
        memcpy(&bits, x + i, sizeof(bits));
        digits_of_some(digits + i, exponent + i, text + i, bits);
    }
    if (i == n)
        return;
    uint32_t last_digits[DOUBLES];
    int32_t last_exponent[DOUBLES];
    uint64_t last_text[DOUBLES];
    bits = (vuint32_half){0};
    memcpy(&bits, x + i, (n - i) * sizeof(*x));
    digits_of_some(last_digits, last_exponent, last_text, bits);
    memcpy(digits + i, last_digits, (n - i) * sizeof(*digits));
    memcpy(exponent + i, last_exponent, (n - i) * sizeof(*exponent));
    memcpy(text + i, last_text, (n - i) * sizeof(*text));
}

#endif
