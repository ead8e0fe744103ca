/* The choice of an instruction set. */
#include "kernels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 8 };

static bool available(const char *name)
{
    const struct bz_kernels *tables[ROOM];
    size_t n = bz_cpu_levels(tables, ROOM);
    for (size_t i = 0; i < n; i++)
        if (strcmp(tables[i]->name, name) == 0)
            return true;
    return false;
}

static int without_tunables(void **state)
{
    (void)state;
    return unsetenv("GLIBC_TUNABLES");
}

static void the_plain_level_is_always_there_and_first(void **state)
{
    (void)state;
    const struct bz_kernels *tables[ROOM], *one;
    size_t n = bz_cpu_levels(tables, ROOM);
    assert_true(n >= 1 && n <= ROOM);
    assert_string_equal(tables[0]->name, "base");
    assert_int_equal(bz_cpu_levels(&one, 1), n);
    assert_ptr_equal(one, tables[0]);
    assert_int_equal(bz_cpu_levels(NULL, 0), n);
}

static void auto_takes_the_best_and_every_level_can_be_forced(void **state)
{
    (void)state;
    struct bz_error err;
    const struct bz_kernels *tables[ROOM];
    size_t n = bz_cpu_levels(tables, ROOM);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(bz_cpu_select(tables[i]->name, &err), 0);
        assert_ptr_equal(bz_cpu(), tables[i]);
    }
    assert_int_equal(bz_cpu_select("auto", &err), 0);
    assert_ptr_equal(bz_cpu(), tables[n - 1]);
}

static void an_unknown_level_is_refused_and_nothing_changes(void **state)
{
    (void)state;
    struct bz_error err;
    assert_int_equal(bz_cpu_select("base", &err), 0);
    const struct bz_kernels *before = bz_cpu();
    assert_int_equal(bz_cpu_select("sse9", &err), -1);
    assert_int_equal(err.code, BZ_BAD_INPUT);
    assert_non_null(strstr(err.msg, "\"sse9\""));
    assert_int_equal(bz_cpu_select("", &err), -1);
    assert_ptr_equal(bz_cpu(), before);
}

static void features_masked_for_the_c_library_are_not_used(void **state)
{
    (void)state;
    static const char *const masks[] = {
        "glibc.cpu.hwcaps=-AVX2,-FMA",
        "glibc.cpu.hwcaps=-AVX2_Usable",
        "glibc.malloc.check=1:glibc.cpu.hwcaps=-FMA",
        "glibc.cpu.hwcaps=AVX512F,-AVX2:glibc.malloc.check=1",
    };
    struct bz_error err;
    for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
        setenv("GLIBC_TUNABLES", masks[i], 1);
        assert_true(available("base"));
        assert_false(available("avx2"));
        assert_false(available("avx512"));
        assert_int_equal(bz_cpu_select("avx2", &err), -1);
        assert_int_equal(err.code, BZ_UNSUPPORTED);
        assert_int_equal(bz_cpu_select("auto", &err), 0);
        assert_string_equal(bz_cpu()->name, "base");
    }
}

static void other_tunables_mask_nothing(void **state)
{
    (void)state;
    static const char *const harmless[] = {
        "",       "glibc.cpu.hwcaps",      "glibc.cpu.hwcaps=",          "glibc.cpu.hwcaps=-AVX2_Fast_Unaligned_Load",
        "::,-,=", "glibc.cpu.hwcaps=AVX2", "glibc.cpu.x86_hwcaps=-AVX2", "glibc.cpu.hwcaps=-AVX:x=-AVX2",
    };
    const struct bz_kernels *tables[ROOM];
    size_t all = bz_cpu_levels(tables, ROOM);
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        setenv("GLIBC_TUNABLES", harmless[i], 1);
        assert_int_equal(bz_cpu_levels(tables, ROOM), all);
    }
    setenv("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX512F", 1);
    bool avx2 = available("avx2"), avx512 = available("avx512");
    unsetenv("GLIBC_TUNABLES");
    assert_int_equal(avx2, available("avx2"));
    assert_false(avx512);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_plain_level_is_always_there_and_first, without_tunables, without_tunables),
        cmocka_unit_test_setup_teardown(auto_takes_the_best_and_every_level_can_be_forced, without_tunables, without_tunables),
        cmocka_unit_test_setup_teardown(an_unknown_level_is_refused_and_nothing_changes, without_tunables, without_tunables),
        cmocka_unit_test_setup_teardown(features_masked_for_the_c_library_are_not_used, without_tunables, without_tunables),
        cmocka_unit_test_setup_teardown(other_tunables_mask_nothing, without_tunables, without_tunables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
