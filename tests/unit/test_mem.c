/* Memory and errors, on which every other module depends. */
#include "mem.h"
#include "object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void allocations_are_zeroed_and_aligned(void **state)
{
    (void)state;
    struct bz_error err;
    for (size_t n = 0; n < 3000; n += 7) {
        unsigned char *p = bz_alloc(n, 3, &err);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % (3 * n < 4096 ? 16 : 64), 0);
        for (size_t i = 0; i < 3 * n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 1, 3 * n);
        bz_free(p);
    }
    bz_free(NULL);
}

static void sizes_that_overflow_are_refused_with_numbers(void **state)
{
    (void)state;
    struct bz_error err = {0};
    size_t product = 5;
    assert_null(bz_alloc(SIZE_MAX / 2, 3, &err));
    assert_int_equal(err.code, BZ_NO_MEMORY);
    assert_non_null(strstr(err.msg, "9223372036854775807 elements of 3 bytes"));
    assert_null(bz_alloc(SIZE_MAX, 1, &err));
    assert_null(bz_alloc(PTRDIFF_MAX, 1, NULL));
    assert_int_equal(bz_mul(&product, SIZE_MAX, 2), -1);
    assert_int_equal(product, 5);
    assert_int_equal(bz_mul(&product, 6, 7), 0);
    assert_int_equal(product, 42);
}

static void the_chosen_allocation_fails_and_only_that(void **state)
{
    (void)state;
    struct bz_error err = {0};
    void *p[3];
    bz_alloc_fail_at(1);
    for (int i = 0; i < 3; i++)
        p[i] = bz_alloc(4, 4, &err);
    bz_alloc_fail_at(-1);
    assert_non_null(p[0]);
    assert_null(p[1]);
    assert_non_null(p[2]);
    assert_int_equal(err.code, BZ_NO_MEMORY);
    bz_free(p[0]);
    bz_free(p[2]);
}

static void an_array_grows_and_keeps_what_it_held(void **state)
{
    (void)state;
    uint32_t *x = NULL;
    size_t room = 0;
    struct bz_error err = {0};
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(bz_grow(&x, &room, i + 1, sizeof(*x), &err), 0);
        assert_int_equal(x[i], 0);
        x[i] = i + 1;
    }
    assert_true(room >= 1000 && room < 4000);
    uint32_t *const before = x;
    assert_int_equal(bz_grow(&x, &room, SIZE_MAX / 2, sizeof(*x), &err), -1);
    assert_int_equal(err.code, BZ_NO_MEMORY);
    assert_ptr_equal(x, before);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(x[i], i + 1);
    bz_free(x);
}

struct thing {
    void *beside; /* not a part */
    double *first;
    char *lazy[40];
};

static void end_thing(void *self)
{
    struct thing *t = self;
    bz_free(t->beside);
}

static int make_thing(struct thing **out, struct bz_error *err)
{
    struct thing *t = bz_object_new(sizeof(*t), end_thing, err);
    if (!t)
        return -1;
    int rc = (t->beside = bz_alloc(1, 8, err)) && (t->first = bz_part(t, 3, sizeof(double), err)) ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < 40; i++) {
        rc = (t->lazy[i] = bz_part_lazy(t, i + 1, 1, err)) ? 0 : -1;
        if (rc == 0)
            memset(t->lazy[i], 1, i + 1);
    }
    return bz_object_give(out, t, rc);
}

/* Leaks and double frees are left for the sanitizer to find. */
static void an_object_owns_its_parts_whatever_fails(void **state)
{
    (void)state;
    struct bz_error err;
    struct thing *t = NULL;
    long fails = 0;
    for (int rc = -1; rc < 0; fails++) {
        bz_alloc_fail_at(fails);
        rc = make_thing(&t, &err);
        bz_alloc_fail_at(-1);
        assert_int_equal(rc, t ? 0 : -1);
        assert_true(t || err.code == BZ_NO_MEMORY);
    }
    assert_true(fails > 43); /* the object itself, three members, forty parts, and the growing list of them */
    assert_int_equal((uintptr_t)t % 16, 0);
    bz_object_free(t);
    bz_object_free(NULL);
}

static void strings_are_copied_up_to_the_bound(void **state)
{
    (void)state;
    char *whole = bz_strdup("machine", NULL), *part = bz_strndup("machine", 4, NULL), *all = bz_strndup("ab", 9, NULL);
    assert_string_equal(whole, "machine");
    assert_string_equal(part, "mach");
    assert_string_equal(all, "ab");
    bz_free(whole);
    bz_free(part);
    bz_free(all);
}

static void an_error_holds_code_and_sentence(void **state)
{
    (void)state;
    struct bz_error err;
    assert_int_equal(bz_fail(&err, BZ_BAD_INPUT, "row %d: %s", 3, "empty"), -1);
    assert_int_equal(err.code, BZ_BAD_INPUT);
    assert_string_equal(err.msg, "row 3: empty");
    assert_int_equal(bz_fail_in(&err, "%s", "data.csv"), -1);
    assert_string_equal(err.msg, "data.csv: row 3: empty");
    assert_int_equal(err.code, BZ_BAD_INPUT);
    bz_fail(&err, BZ_IO, "again: %s", err.msg); /* its own message as an argument */
    assert_string_equal(err.msg, "again: data.csv: row 3: empty");
    assert_int_equal(bz_fail(NULL, BZ_IO, "x"), -1);
    assert_int_equal(bz_fail_in(NULL, "x"), -1);
}

static void long_messages_are_cut_and_terminated(void **state)
{
    (void)state;
    struct bz_error err;
    char text[2000];
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = 0;
    bz_fail(&err, BZ_IO, "%s", text);
    assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
    bz_fail_in(&err, "%s", text);
    assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
    bz_fail_in(&err, "file");
    assert_int_equal(strncmp(err.msg, "file: aaa", 9), 0);
    assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_zeroed_and_aligned),
        cmocka_unit_test(sizes_that_overflow_are_refused_with_numbers),
        cmocka_unit_test(the_chosen_allocation_fails_and_only_that),
        cmocka_unit_test(an_array_grows_and_keeps_what_it_held),
        cmocka_unit_test(an_object_owns_its_parts_whatever_fails),
        cmocka_unit_test(strings_are_copied_up_to_the_bound),
        cmocka_unit_test(an_error_holds_code_and_sentence),
        cmocka_unit_test(long_messages_are_cut_and_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
