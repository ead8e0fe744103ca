/* A thread that does one thing at a time beside its owner's work. */
#include "beside.h"

#include "test.h"

struct work {
    int input, output;
};

static int square(void *arg, struct bz_error *err)
{
    struct work *w = arg;
    if (w->input < 0)
        return bz_fail(err, BZ_IO, "%d is negative", w->input);
    w->output = w->input * w->input;
    return 0;
}

static void test_one_after_the_other(void **state)
{
    (void)state;
    struct train_beside *b;
    struct bz_error err;
    assert_int_equal(train_beside_new(&b, &err), 0);
    for (int i = 0; i < 1000; i++) {
        struct work w = {.input = i};
        train_beside_begin(b, square, &w);
        assert_int_equal(train_beside_end(b, &err), 0);
        assert_int_equal(w.output, i * i);
    }
    train_beside_free(b);
}

static void test_failure_is_reported_and_over(void **state)
{
    (void)state;
    struct train_beside *b;
    struct bz_error err;
    struct work bad = {.input = -1}, good = {.input = 3};
    assert_int_equal(train_beside_new(&b, &err), 0);
    train_beside_begin(b, square, &bad);
    assert_int_equal(train_beside_end(b, &err), -1);
    assert_int_equal(err.code, BZ_IO);
    assert_string_equal(err.msg, "-1 is negative");
    train_beside_begin(b, square, &good);
    assert_int_equal(train_beside_end(b, &err), 0);
    assert_int_equal(good.output, 9);
    train_beside_free(b);
}

static void test_free_waits(void **state)
{
    (void)state;
    struct train_beside *b;
    struct bz_error err;
    struct work w = {.input = 5};
    assert_int_equal(train_beside_new(&b, &err), 0);
    train_beside_begin(b, square, &w);
    train_beside_free(b);
    assert_int_equal(w.output, 25);
    train_beside_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_after_the_other),
        cmocka_unit_test(test_failure_is_reported_and_over),
        cmocka_unit_test(test_free_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
