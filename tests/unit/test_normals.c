#include "kernels.h"
#include "normals.h"
#include "statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { UNITS = 384, KEYS = 300, N = UNITS * KEYS };

static struct bz_key key_of(uint32_t chain)
{
    return (struct bz_key){.seed = 31, .chain = chain, .layer = 2};
}

static void numbers_are_standard_normal(void **state)
{
    (void)state;
    static double x[N];
    float z[UNITS];

    for (uint32_t k = 0; k < KEYS; k++) {
        const struct bz_key key = key_of(k);
        bz_normals(z, &key, 0, UNITS);
        for (size_t i = 0; i < UNITS; i++)
            x[k * UNITS + i] = z[i];
    }
    assert_true(kolmogorov_test(x, N, standard_normal, NULL) > 0.001);
}

/* The two numbers of a pair (64 units apart), neighbours, and squares of pairs. */
static void units_are_uncorrelated(void **state)
{
    (void)state;
    const size_t apart[] = {1, 2, 64, 128};

    for (size_t a = 0; a < sizeof(apart) / sizeof(apart[0]); a++) {
        double products = 0, squares = 0;
        size_t n = 0;
        for (uint32_t k = 0; k < KEYS; k++) {
            const struct bz_key key = key_of(k);
            float z[UNITS];
            bz_normals(z, &key, 0, UNITS);
            for (size_t i = 0; i + apart[a] < UNITS; i++, n++) {
                const double p = z[i], q = z[i + apart[a]];
                products += p * q;
                squares += (p * p - 1) * (q * q - 1) / 2;
            }
        }
        assert_true(fabs(products) < 4 * sqrt((double)n));
        assert_true(fabs(squares) < 5 * sqrt((double)n));
    }
}

/* Box-Muller, computed plainly from the same uniforms. */
static void pairs_are_box_muller_of_their_uniforms(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < KEYS; k++) {
        const struct bz_key key = key_of(k);
        float z[128], u[192];
        bz_normals(z, &key, 128, 128);
        bz_cpu()->uniform(u, &key, 192, 192);
        for (size_t q = 0; q < 64; q++) {
            const double radius = sqrt(-2 * log(1 - (u[q] + 0x1p-24 * u[64 + q])));
            assert_true(fabs(z[q] - radius * cos(2 * M_PI * u[128 + q])) < 1e-6);
            assert_true(fabs(z[64 + q] - radius * sin(2 * M_PI * u[128 + q])) < 1e-6);
        }
    }
}

static void a_unit_has_the_same_number_for_every_n_and_cpu(void **state)
{
    (void)state;
    const struct bz_key key = key_of(5);
    const struct bz_kernels *tables[8];
    struct bz_error err = {0};
    float all[UNITS], some[UNITS];

    bz_normals(all, &key, 0, UNITS);
    for (size_t level = 0; level < bz_cpu_levels(tables, 8); level++) {
        assert_int_equal(bz_cpu_select(tables[level]->name, &err), 0);
        for (size_t n = 1; n < UNITS; n += 37) {
            bz_normals(some, &key, 0, n);
            assert_memory_equal(all, some, n * sizeof(float));
        }
        bz_normals(some, &key, 256, 100);
        assert_memory_equal(all + 256, some, 100 * sizeof(float));
    }
    assert_int_equal(bz_cpu_select("auto", &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_standard_normal),
        cmocka_unit_test(units_are_uncorrelated),
        cmocka_unit_test(pairs_are_box_muller_of_their_uniforms),
        cmocka_unit_test(a_unit_has_the_same_number_for_every_n_and_cpu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
