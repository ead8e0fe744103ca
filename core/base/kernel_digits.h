/* Part of kernels.c: the shortest decimals of floats by the method of float_text.c, whose comments say why. Numbers of at most
 * 32 bits in lanes of 64. */
#ifndef BZ_KERNEL_DIGITS_H
#define BZ_KERNEL_DIGITS_H

#include "float_text_powers.h"
#include "vector.h"

/* What is computed of a number one by one, as it comes from tables. */
struct digits_of {
    uint64_t power[DOUBLES]; /* 10^-k, 64 bits */
    uint64_t value[DOUBLES]; /* 4 c << shift */
    uint64_t above[DOUBLES]; /* the upper half of its interval, the lower one */
    uint64_t below[DOUBLES];
    int32_t k[DOUBLES];
};

INLINE void look_up(struct digits_of *d, size_t lane, float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    const uint32_t fraction = bits & 0x7fffff, field = bits >> 23 & 0xff;
    const bool narrow = fraction == 0 && field > 1;
    const int q = (int)(field ? field : 1) - 150, k = bz_floor_log10_pow2(q, narrow);
    const int shift = q + bz_floor_log2_pow10(-k) + 1;
    const struct bz_power_of_ten *power = &bz_powers_of_ten[-k - BZ_POWER_MIN];
    d->power[lane] = power->hi + (power->lo != 0);
    d->value[lane] = (uint64_t)(field ? fraction | 1u << 23 : fraction) << (shift + 2);
    d->above[lane] = UINT64_C(2) << shift;
    d->below[lane] = (UINT64_C(2) - narrow) << shift;
    d->k[lane] = k;
}

INLINE vuint64 load_long(const uint64_t *p)
{
    vuint64 v;
    memcpy(&v, p, sizeof(v));
    return v;
}

/* power * c / 2^64, cut off, rounded to odd. */
INLINE vuint64 times_power(vuint64 power, vuint64 c)
{
    const vuint64 product = mul_low_halves(power >> 32, c) + (mul_low_halves(power, c) >> 32);
    return product >> 32 | ((vuint64)((product & 0xffffffff) > 1) & 1);
}

INLINE void shortest_of(uint64_t *digits, uint64_t *by_ten, const struct digits_of *d)
{
    const vuint64 power = load_long(d->power), c = load_long(d->value), half = load_long(d->above);
    const vuint64 uneven = (vuint64)((c & half << 1) != 0) & 1;
    const vuint64 below = times_power(power, c - load_long(d->below)) + uneven, value = times_power(power, c),
                  above = times_power(power, c + half) - uneven;
    const vuint64 s = value >> 2, tens = mul_low_halves(s, vuint64_of(0xcccccccd)) >> 35, at_tens = (tens << 5) + (tens << 3);
    const vuint64 ten_down = (vuint64)(below <= at_tens), ten_up = (vuint64)(at_tens + 40 <= above);
    const vuint64 down = (vuint64)(below <= s << 2), up = (vuint64)((s << 2) + 4 <= above), middle = (s << 2) + 2;
    const vuint64 nearer = (vuint64)(value > middle) | ((vuint64)(value == middle) & -(s & 1));
    const vuint64 tenfold = (vuint64)(s >= 10) & (ten_down ^ ten_up);
    const vuint64 one = s - ((down ^ up) & up) - (~(down ^ up) & nearer), ten = tens - ten_up;
    const vuint64 found[2] = {one ^ (tenfold & (one ^ ten)), tenfold & 1};
    memcpy(digits, &found[0], sizeof(found[0]));
    memcpy(by_ten, &found[1], sizeof(found[1]));
}

static void shortest_digits(uint32_t *digits, int32_t *exponent, const float *x, size_t n)
{
    uint64_t found[DOUBLES], by_ten[DOUBLES];
    for (size_t i = 0; i < n; i += DOUBLES) {
        struct digits_of d = {0};
        const size_t room = n - i < DOUBLES ? n - i : DOUBLES;
        for (size_t lane = 0; lane < room; lane++)
            look_up(&d, lane, x[i + lane]);
        shortest_of(found, by_ten, &d);
        for (size_t lane = 0; lane < room; lane++) {
            digits[i + lane] = (uint32_t)found[lane];
            exponent[i + lane] = d.k[lane] + (int32_t)by_ten[lane];
        }
    }
}

#endif
