/* The shortest number text against its definition: it reads back the same, fewer digits do not, and no other text this short is
 * nearer. */
#include "float_text.h"
#include "float_text_powers.h"
#include "kernels.h"
#include "test.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t random_state = 88172645463325252u;

static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

static double double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

/* Significant digits of a number's text. */
static int digits_of(const char *text)
{
    int n = 0, zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (n == 0 && *text == '0'))
            continue;
        zeros = *text == '0' ? zeros + 1 : 0;
        n++;
    }
    return n - zeros;
}

/* The grammar of a JSON number. */
static void assert_json_number(const char *text)
{
    const char *p = text + (*text == '-');
    const size_t whole = strspn(p, "0123456789");
    assert_true(whole > 0 && (whole == 1 || *p != '0'));
    p += whole;
    if (*p == '.') {
        const size_t digits = strspn(p + 1, "0123456789");
        assert_true(digits > 0);
        p += 1 + digits;
    }
    if (*p == 'e') {
        p += p[1] == '-' ? 2 : 1;
        const size_t digits = strspn(p, "0123456789");
        assert_true(digits > 0);
        p += digits;
    }
    assert_int_equal(*p, 0);
}

/* The fewest digits that read back, by trial; printf rounds correctly, so with that many digits it gives the nearest. */
static void check_float(float x)
{
    char text[BZ_FLOAT_ROOM], other[64];
    const size_t length = bz_float_text(x, text);
    assert_int_equal(length, strlen(text));
    assert_true(length < BZ_FLOAT_ROOM);
    assert_json_number(text);
    const float back = strtof(text, NULL);
    if (memcmp(&back, &x, sizeof(x)) != 0)
        fail_msg("%a became %s", (double)x, text);
    int digits = 0;
    do
        snprintf(other, sizeof(other), "%.*e", digits++, (double)x);
    while (strtof(other, NULL) != x);
    /* printf only considers the nearest text of each length; one farther off may read back too and be even shorter */
    if (digits_of(text) > digits_of(other))
        fail_msg("%a became %s, %s is shorter", (double)x, text, other);
    if (digits_of(text) == digits_of(other) && fabs(strtod(text, NULL) - (double)x) > fabs(strtod(other, NULL) - (double)x))
        fail_msg("%a became %s, %s is nearer", (double)x, text, other);
}

static void check_double(double x)
{
    char text[BZ_DOUBLE_ROOM], other[64];
    const size_t length = bz_double_text(x, text);
    assert_int_equal(length, strlen(text));
    assert_true(length < BZ_DOUBLE_ROOM);
    assert_json_number(text);
    const double back = strtod(text, NULL);
    if (memcmp(&back, &x, sizeof(x)) != 0)
        fail_msg("%a became %s", x, text);
    int digits = 0;
    do
        snprintf(other, sizeof(other), "%.*e", digits++, x);
    while (strtod(other, NULL) != x);
    if (digits_of(text) > digits_of(other))
        fail_msg("%a became %s, %s is shorter", x, text, other);
}

static void known_numbers_look_as_a_person_would_write_them(void **state)
{
    (void)state;
    static const struct {
        float x;
        const char *text;
    } floats[] = {{0, "0"},
                  {-0.0f, "-0"},
                  {1, "1"},
                  {-1, "-1"},
                  {0.5f, "0.5"},
                  {0.1f, "0.1"},
                  {0.3f, "0.3"},
                  {1.0f / 3, "0.33333334"},
                  {0.05f, "0.05"},
                  {100, "100"},
                  {-1200, "-1200"},
                  {123456.789f, "123456.79"},
                  {16777216, "16777216"},
                  {1e-3f, "1e-3"},
                  {1e7f, "1e7"},
                  {1.5e-10f, "1.5e-10"},
                  {3.4028235e38f, "3.4028235e38"},
                  {1e-45f, "1e-45"},
                  {1.1754944e-38f, "1.1754944e-38"},
                  {8589974000.0f, "8589974000"},
                  {1.2345679e10f, "12345679000"}};
    for (size_t i = 0; i < sizeof(floats) / sizeof(floats[0]); i++) {
        char text[BZ_FLOAT_ROOM];
        bz_float_text(floats[i].x, text);
        assert_string_equal(text, floats[i].text);
    }
    static const struct {
        double x;
        const char *text;
    } doubles[] = {{0.1, "0.1"},
                   {1.0 / 3, "0.3333333333333333"},
                   {5e-324, "5e-324"},
                   {1.7976931348623157e308, "1.7976931348623157e308"},
                   {2.2250738585072014e-308, "2.2250738585072014e-308"},
                   {9007199254740993.0, "9007199254740992"},
                   {1e23, "1e23"},
                   {-215.13840552529999, "-215.1384055253"},
                   {2e-3, "2e-3"},
                   {299792458, "299792458"}};
    for (size_t i = 0; i < sizeof(doubles) / sizeof(doubles[0]); i++) {
        char text[BZ_DOUBLE_ROOM];
        bz_double_text(doubles[i].x, text);
        assert_string_equal(text, doubles[i].text);
    }
    char text[BZ_DOUBLE_ROOM];
    for (int i = 0; i < 3; i++) {
        assert_int_equal(bz_double_text((const double[]){NAN, INFINITY, -INFINITY}[i], text), 4);
        assert_string_equal(text, "null");
        assert_int_equal(bz_float_text((const float[]){NAN, INFINITY, -INFINITY}[i], text), 4);
        assert_string_equal(text, "null");
    }
}

/* As people and other programs write them; the digits are those of the shortest text. */
static void cells_of_tables_are_plain_where_that_is_usual(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *cell, *of_float;
    } cells[] = {{2000, "2000", "2000"},
                 {-1e15, "-1000000000000000", "-1000000000000000"},
                 {1e16, "1e16", "1e16"},
                 {9007199254740992, "9007199254740992", "9007199000000000"},
                 {9007199254740991, "9007199254740991", "9007199000000000"},
                 {20260101, "20260101", "20260100"},
                 {0.0012, "0.0012", "0.0012"},
                 {1e-3, "0.001", "0.001"},
                 {1e-4, "0.0001", "0.0001"},
                 {-0.00012345678901234567, "-0.00012345678901234567", "-0.00012345679"},
                 {9.9e-5, "9.9e-5", "9.9e-5"},
                 {0.5, "0.5", "0.5"},
                 {-0.0, "-0", "-0"},
                 {0, "0", "0"},
                 {(double)NAN, "null", "null"}};
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        char text[BZ_DOUBLE_ROOM];
        assert_int_equal(bz_double_cell(cells[i].x, text), strlen(cells[i].cell));
        assert_string_equal(text, cells[i].cell);
        assert_int_equal(bz_float_cell((float)cells[i].x, text), strlen(cells[i].of_float));
        assert_string_equal(text, cells[i].of_float);
    }
    for (uint32_t bits = 1; bits < 0x7f800000; bits += 99991) { /* and read back */
        char text[BZ_DOUBLE_ROOM];
        float x;
        memcpy(&x, &bits, sizeof(x));
        const size_t n = bz_float_cell(x, text);
        assert_true(n == strlen(text) && strtof(text, NULL) == x);
    }
}

static void whole_numbers_are_their_digits(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 64; shift++)
        for (uint64_t below = 0; below < 3; below++) {
            char text[BZ_WHOLE_ROOM], want[BZ_WHOLE_ROOM];
            const uint64_t x = (UINT64_MAX >> shift) - below * (UINT64_MAX >> shift) / 11;
            snprintf(want, sizeof(want), "%" PRIu64, x);
            assert_int_equal(bz_whole_text(x, text), strlen(want));
            assert_string_equal(text, want);
        }
    char text[BZ_WHOLE_ROOM];
    assert_int_equal(bz_whole_text(0, text), 1);
    assert_string_equal(text, "0");
    assert_int_equal(bz_whole_text(10, text), 2);
    assert_string_equal(text, "10");
}

static void floats_of_any_bits_read_back_from_the_shortest_digits(void **state)
{
    (void)state;
    for (int i = 0; i < 60000; i++) {
        const float x = float_of((uint32_t)random_bits());
        if (isfinite(x))
            check_float(x);
    }
}

static void floats_at_every_edge_of_every_exponent_too(void **state)
{
    (void)state;
    for (uint32_t exponent = 0; exponent < 255; exponent++)
        for (int32_t step = -10; step <= 10; step++) {
            const int64_t bits = ((int64_t)exponent << 23) + step;
            if (bits >= 0)
                check_float(float_of((uint32_t)bits));
            check_float(float_of(exponent << 23 | (0x400000u + (uint32_t)step)));
        }
    for (int e = -45; e <= 38; e++)
        for (int d = 1; d <= 9; d++) {
            char text[32];
            snprintf(text, sizeof(text), "%de%d", d, e);
            const float x = strtof(text, NULL);
            if (x > 0 && isfinite(x))
                check_float(x);
        }
}

/* Of any bits, by every table that this CPU can run; and the text of many is that of each. */
static void many_floats_have_the_text_of_one_at_every_level(void **state)
{
    (void)state;
    enum { MOST = 70 };
    const struct bz_kernels *levels[8];
    const size_t n_levels = bz_cpu_levels(levels, 8);
    for (size_t round = 0; round < 20000; round++) {
        const size_t n = round % MOST + 1;
        float x[MOST];
        uint32_t digits[MOST], want[MOST];
        int32_t exponent[MOST], want_exponent[MOST];
        uint64_t eight[MOST], want_eight[MOST];
        char text[MOST * BZ_FLOAT_ROOM], one[BZ_FLOAT_ROOM + 1], *at = text;
        for (size_t i = 0; i < n; i++)
            x[i] = float_of(random_bits() % 8 ? (uint32_t)random_bits() : (uint32_t)(random_bits() % 3) * 0x7f800000u);
        levels[0]->shortest_digits(want, want_exponent, want_eight, x, n);
        for (size_t i = 0; i < n; i++)
            if (isfinite(x[i]) && x[i] != 0 && want[i] < 100000000) {
                snprintf(one, sizeof(one), "%08u", want[i]);
                assert_memory_equal(&(uint64_t){htole64(want_eight[i])}, one, 8);
            }
        for (size_t l = 1; l < n_levels; l++) {
            levels[l]->shortest_digits(digits, exponent, eight, x, n);
            for (size_t i = 0; i < n; i++)
                if (isfinite(x[i]) && x[i] != 0 &&
                    (digits[i] != want[i] || exponent[i] != want_exponent[i] ||
                     (want[i] < 100000000 && eight[i] != want_eight[i])))
                    fail_msg("%a by %s: %ue%d, expected %ue%d", (double)x[i], levels[l]->name, digits[i], exponent[i], want[i],
                             want_exponent[i]);
        }
        const char *end = bz_floats_text(text, x, n, ',');
        for (size_t i = 0; i < n; i++) {
            const size_t length = bz_float_text(x[i], one);
            one[length] = ',';
            assert_memory_equal(at, one, length + 1);
            at += length + 1;
        }
        assert_ptr_equal(at, end);
    }
}

static void doubles_of_any_bits_and_at_the_edges_read_back_from_the_shortest_digits(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        const double x = double_of(random_bits());
        if (isfinite(x))
            check_double(x);
    }
    for (uint64_t exponent = 0; exponent < 2047; exponent++)
        for (int64_t step = -2; step <= 2; step++) {
            const int64_t bits = (int64_t)(exponent << 52) + step;
            if (bits > 0)
                check_double(double_of((uint64_t)bits));
        }
    for (int e = -323; e <= 308; e++) {
        char text[32];
        snprintf(text, sizeof(text), "1e%d", e);
        check_double(strtod(text, NULL));
    }
}

static void quotients_and_whole_numbers_read_back(void **state)
{
    (void)state;
    for (int a = 0; a <= 255; a++)
        for (int b = 1; b <= 255; b += 2)
            check_float((float)a / (float)b);
    for (int i = 0; i < 20000; i++)
        check_float((float)(random_bits() >> (40 + random_bits() % 24)));
}

/* --- the table of powers, recomputed with integers of any size --- */

enum { WORDS = 40 };
struct big {
    uint32_t word[WORDS]; /* least significant first */
};

static void big_multiply(struct big *a, uint32_t by)
{
    uint64_t carry = 0;
    for (int i = 0; i < WORDS; i++) {
        carry += (uint64_t)a->word[i] * by;
        a->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    assert_int_equal(carry, 0);
}

/* Divides, rounding down; true if there was a remainder. */
static int big_divide(struct big *a, uint32_t by)
{
    uint64_t rest = 0;
    for (int i = WORDS - 1; i >= 0; i--) {
        rest = rest << 32 | a->word[i];
        a->word[i] = (uint32_t)(rest / by);
        rest %= by;
    }
    return rest != 0;
}

/* The first 128 bits of a, rounded up if anything follows. */
static struct bz_power_of_ten big_top(const struct big *a, int inexact)
{
    int top = WORDS * 32 - 1;
    while (!(a->word[top / 32] >> top % 32 & 1))
        top--;
    unsigned __int128 g = 0;
    for (int i = 0; i < 128; i++) {
        const int bit = top - i;
        g = g << 1 | (bit >= 0 ? a->word[bit / 32] >> bit % 32 & 1 : 0);
    }
    for (int bit = top - 128; bit >= 0; bit--)
        inexact |= a->word[bit / 32] >> bit % 32 & 1;
    g += inexact != 0;
    return (struct bz_power_of_ten){(uint64_t)(g >> 64), (uint64_t)g};
}

static void the_table_of_powers_is_the_formula(void **state)
{
    (void)state;
    struct big power = {{1}};
    for (int k = 0; k <= BZ_POWER_MAX; k++, big_multiply(&power, 10)) {
        const struct bz_power_of_ten want = big_top(&power, 0), got = bz_powers_of_ten[k - BZ_POWER_MIN];
        assert_true(got.hi == want.hi && got.lo == want.lo);
    }
    /* 2^1279 / 10^n: rounding down n times equals rounding down once */
    struct big fraction = {{0}};
    fraction.word[WORDS - 1] = 0x80000000u;
    int inexact = 0;
    for (int k = -1; k >= BZ_POWER_MIN; k--) {
        inexact |= big_divide(&fraction, 10);
        const struct bz_power_of_ten want = big_top(&fraction, inexact), got = bz_powers_of_ten[k - BZ_POWER_MIN];
        assert_true(got.hi == want.hi && got.lo == want.lo);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_of_tables_are_plain_where_that_is_usual),
        cmocka_unit_test(whole_numbers_are_their_digits),
        cmocka_unit_test(known_numbers_look_as_a_person_would_write_them),
        cmocka_unit_test(floats_of_any_bits_read_back_from_the_shortest_digits),
        cmocka_unit_test(floats_at_every_edge_of_every_exponent_too),
        cmocka_unit_test(many_floats_have_the_text_of_one_at_every_level),
        cmocka_unit_test(doubles_of_any_bits_and_at_the_edges_read_back_from_the_shortest_digits),
        cmocka_unit_test(quotients_and_whole_numbers_read_back),
        cmocka_unit_test(the_table_of_powers_is_the_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
