/* Philox against its published vectors, and the streams drawn from it against the distributions they claim. */
#include "mathx.h"
#include "rng.h"
#include "statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void philox_gives_the_published_vectors(void **state)
{
    (void)state;
    /* Known answers of philox4x32-10 as distributed with Random123. */
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        uint32_t out[4];
        bz_philox(known[i].counter, known[i].key, out);
        for (int word = 0; word < 4; word++)
            assert_int_equal(out[word], known[i].want[word]);
    }
}

static void every_part_of_the_place_changes_the_numbers(void **state)
{
    (void)state;
    const struct bz_key here = {.seed = 7, .step = 3, .chain = 5, .layer = 1, .purpose = BZ_DRAW_UNIT};
    struct bz_key other[] = {here, here, here, here, here, here, here};
    other[0].seed = 8;
    other[1].seed = 7 | (uint64_t)1 << 52;
    other[2].step = 4;
    other[3].step = 3 | (uint64_t)1 << 47;
    other[4].chain = 6;
    other[5].layer = 2;
    other[6].purpose = BZ_DRAW_INIT;
    for (size_t o = 0; o < sizeof(other) / sizeof(other[0]); o++) {
        int equal = 0;
        for (uint32_t i = 0; i < 1000; i++)
            equal += bz_random_u32(&here, i) == bz_random_u32(&other[o], i);
        assert_true(equal <= 1);
    }
}

/* Chi-square of counts that should all be the same. */
static double chi_square(const uint32_t *count, size_t cells, double expected)
{
    double sum = 0;
    for (size_t i = 0; i < cells; i++)
        sum += ((double)count[i] - expected) * ((double)count[i] - expected) / expected;
    return sum;
}

/* Neither too uneven nor too even for chance. */
static void assert_plausible(double chi2, double freedom)
{
    double tail = chi_square_tail(chi2, freedom);
    if (tail < 1e-6 || tail > 1 - 1e-6)
        fail_msg("chi-square %g at %g degrees of freedom: probability %g", chi2, freedom, tail);
}

enum { DRAWS = 1 << 20 };

static void uniform_numbers_fill_cells_evenly(void **state)
{
    (void)state;
    static uint32_t high[1024], low[1024], pair[64 * 64];
    struct bz_key key = {.seed = 11};
    for (uint32_t i = 0; i < DRAWS; i++) {
        uint32_t bits = bz_random_u32(&key, i), next = bz_random_u32(&key, i + 1);
        float u = bz_random_uniform(&key, i);
        assert_true(u >= 0 && u < 1);
        assert_true(u == (float)(bits >> 8) / 16777216.0f);
        high[(size_t)(u * 1024)]++;
        low[bits % 1024]++;
        pair[(bits >> 26) * 64 + (next >> 26)]++;
    }
    assert_plausible(chi_square(high, 1024, DRAWS / 1024), 1023);
    assert_plausible(chi_square(low, 1024, DRAWS / 1024), 1023);
    assert_plausible(chi_square(pair, 64 * 64, DRAWS / 4096.0), 4095);
}

static void chains_and_steps_are_independent(void **state)
{
    (void)state;
    static uint32_t pair[32 * 32], along[32 * 32];
    for (uint32_t chain = 0; chain < DRAWS / 16; chain++)
        for (uint32_t i = 0; i < 16; i++) { /* the same unit of neighbouring chains, and of successive steps */
            struct bz_key a = {.seed = 1, .chain = chain}, b = {.seed = 1, .chain = chain + 1};
            struct bz_key c = {.seed = 1, .chain = chain, .step = 1};
            uint32_t here = bz_random_u32(&a, i) >> 27;
            pair[here * 32 + (bz_random_u32(&b, i) >> 27)]++;
            along[here * 32 + (bz_random_u32(&c, i) >> 27)]++;
        }
    assert_plausible(chi_square(pair, 1024, DRAWS / 1024), 1023);
    assert_plausible(chi_square(along, 1024, DRAWS / 1024), 1023);
}

static void doubles_are_uniform_and_inside_the_open_interval(void **state)
{
    (void)state;
    static uint32_t cell[4096];
    struct bz_key key = {.seed = 12};
    double sum = 0, sum2 = 0;
    for (uint32_t i = 0; i < DRAWS; i++) {
        double u = bz_random_double(&key, i);
        assert_true(u > 0 && u < 1);
        cell[(size_t)(u * 4096)]++;
        sum += u;
        sum2 += u * u;
    }
    assert_plausible(chi_square(cell, 4096, DRAWS / 4096), 4095);
    assert_true(fabs(sum / DRAWS - 0.5) < 5 * sqrt(1.0 / 12 / DRAWS));
    assert_true(fabs(sum2 / DRAWS - 1.0 / 3) < 5 * sqrt(4.0 / 45 / DRAWS));
}

static void normals_have_the_moments_and_the_shape_of_a_normal(void **state)
{
    (void)state;
    enum { CELLS = 64 };
    uint32_t cell[CELLS] = {0};
    struct bz_key key = {.seed = 13};
    double moment[5] = {0}, product = 0, before = 0;
    for (uint32_t i = 0; i < DRAWS; i++) {
        double z = bz_random_normal(&key, i), power = 1;
        for (int m = 1; m <= 4; m++)
            moment[m] += power *= z;
        product += z * before;
        before = z;
        cell[(size_t)(CELLS * 0.5 * erfc(-z / sqrt(2)))]++; /* mapped by the distribution function: uniform */
    }
    const double root = sqrt(DRAWS);
    assert_true(fabs(moment[1] / DRAWS) < 5 / root);
    assert_true(fabs(moment[2] / DRAWS - 1) < 5 * sqrt(2) / root);
    assert_true(fabs(moment[3] / DRAWS) < 5 * sqrt(15) / root);
    assert_true(fabs(moment[4] / DRAWS - 3) < 5 * sqrt(96) / root);
    assert_true(fabs(product / DRAWS) < 5 / root);
    assert_plausible(chi_square(cell, CELLS, DRAWS / CELLS), CELLS - 1);
}

static void a_number_is_where_the_header_says(void **state)
{
    (void)state;
    const struct bz_key key = {.seed = 0x123456789abcd, .step = 0xfedcba987654, .chain = 99, .layer = 7, .purpose = 3};
    uint32_t counter[4], philox_key[2], out[4];
    bz_philox_place(&key, counter, philox_key);
    for (uint32_t i = 0; i < 300; i++) {
        counter[0] = i / 64 * 16 + i % 16;
        bz_philox(counter, philox_key, out);
        assert_int_equal(bz_random_u32(&key, i), out[i / 16 % 4]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_vectors),
        cmocka_unit_test(every_part_of_the_place_changes_the_numbers),
        cmocka_unit_test(uniform_numbers_fill_cells_evenly),
        cmocka_unit_test(chains_and_steps_are_independent),
        cmocka_unit_test(doubles_are_uniform_and_inside_the_open_interval),
        cmocka_unit_test(normals_have_the_moments_and_the_shape_of_a_normal),
        cmocka_unit_test(a_number_is_where_the_header_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
