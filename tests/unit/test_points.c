/* Nearest neighbours and clusters of rows. */
#include "points.h"
#include "test.h"

#include "mem.h"

static void the_nearest_is_found_and_oneself_left_out(void **state)
{
    float x[] = {0, 0, 1, 0, 5, 5, 5, 6};
    const struct train_points p = {x, 4, 2};
    size_t which[4];
    double distance[4];
    (void)state;
    train_nearest(&p, &p, false, which, distance, NULL);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(which[i], i);
        assert_near(distance[i], 0, 0);
    }
    train_nearest(&p, &p, true, which, distance, NULL);
    const size_t other[] = {1, 0, 3, 2};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(which[i], other[i]);
        assert_near(distance[i], 1, 0);
    }
}

static void clusters_are_those_that_lie_apart(void **state)
{
    enum { N = 90 };
    float x[2 * N];
    struct train_points p = {x, N, 2}, centres;
    struct bz_error err = {0};
    size_t which[N];
    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[2 * i] = (float)(i % 3 == 1) * 50 + (float)(i % 7) / 7;
        x[2 * i + 1] = (float)(i % 3 == 2) * 50 + (float)(i % 5) / 5;
    }
    assert_int_equal(train_cluster(&p, 3, 1, &centres, NULL, &err), 0);
    assert_int_equal(centres.n, 3);
    train_nearest(&p, &centres, false, which, NULL, NULL);
    for (size_t i = 3; i < N; i++)
        assert_int_equal(which[i], which[i % 3]);
    assert_true(which[0] != which[1] && which[1] != which[2] && which[0] != which[2]);
    bz_free(centres.x);
    p.n = 2; /* fewer points than requested centres */
    assert_int_equal(train_cluster(&p, 5, 1, &centres, NULL, &err), 0);
    assert_int_equal(centres.n, 2);
    bz_free(centres.x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_is_found_and_oneself_left_out),
        cmocka_unit_test(clusters_are_those_that_lie_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
