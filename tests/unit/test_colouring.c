#include "colouring.h"
#include "mem.h"
#include "test.h"

#include <string.h>

enum { ROWS = 12, COLUMNS = 11, N = ROWS * COLUMNS };

static void join(float *l, size_t i, size_t j, float weight)
{
    l[i * N + j] = l[j * N + i] = weight;
}

/* A grid with some diagonals, so that it is not two-colourable. */
static void make_grid(float *l)
{
    memset(l, 0, N * N * sizeof(*l));
    for (size_t r = 0; r < ROWS; r++)
        for (size_t c = 0; c < COLUMNS; c++) {
            if (c + 1 < COLUMNS)
                join(l, r * COLUMNS + c, r * COLUMNS + c + 1, 1.5f);
            if (r + 1 < ROWS)
                join(l, r * COLUMNS + c, (r + 1) * COLUMNS + c, -0.5f);
            if (r + 1 < ROWS && c + 1 < COLUMNS && (r + c) % 3 == 0)
                join(l, r * COLUMNS + c, (r + 1) * COLUMNS + c + 1, 0.25f);
        }
}

static void coupled_units_have_different_colours(void **state)
{
    (void)state;
    static float l[N * N];
    struct bz_error err = {0};
    struct bz_colouring *c;
    size_t of[N], seen[N] = {0}, entries = 0;

    make_grid(l);
    assert_int_equal(bz_colouring_new(&c, l, N, &err), 0);
    assert_non_null(c);
    assert_in_range(c->n_colours, 3, 5);
    assert_int_equal(c->colour[0], 0);
    assert_int_equal(c->colour[c->n_colours], N);
    for (size_t k = 0; k < c->n_colours; k++)
        for (size_t i = c->colour[k]; i < c->colour[k + 1]; i++) {
            of[c->order[i]] = k;
            seen[c->order[i]]++;
        }
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(seen[i], 1);
        for (size_t j = 0; j < N; j++)
            if (l[i * N + j] != 0) {
                assert_true(of[i] != of[j]);
                const size_t k = entries++;
                assert_int_equal(c->edges->unit[k], j);
                assert_true(c->edges->weight[k] == l[i * N + j]);
            }
        assert_int_equal(c->edges->begin[i + 1], entries);
    }
    bz_colouring_free(c);
}

static void no_coupling_is_one_colour(void **state)
{
    (void)state;
    static float l[N * N];
    struct bz_error err = {0};
    struct bz_colouring *c;

    memset(l, 0, sizeof(l));
    assert_int_equal(bz_colouring_new(&c, l, N, &err), 0);
    assert_int_equal(c->n_colours, 1);
    bz_colouring_free(c);
}

static void dense_couplings_are_left_alone(void **state)
{
    (void)state;
    static float l[N * N];
    struct bz_error err = {0};
    struct bz_colouring *c;

    for (size_t i = 0; i < N * N; i++)
        l[i] = i / N == i % N ? 0 : 1;
    assert_int_equal(bz_colouring_new(&c, l, N, &err), 0);
    assert_null(c);
}

static void failing_allocations_are_reported(void **state)
{
    (void)state;
    static float l[N * N];
    long n = 0;

    make_grid(l);
    for (;; n++) {
        struct bz_error err = {0};
        struct bz_colouring *c;
        bz_alloc_fail_at(n);
        const int rc = bz_colouring_new(&c, l, N, &err);
        bz_alloc_fail_at(-1);
        if (rc == 0) {
            bz_colouring_free(c);
            break;
        }
        assert_int_equal(err.code, BZ_NO_MEMORY);
    }
    assert_true(n >= 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coupled_units_have_different_colours),
        cmocka_unit_test(no_coupling_is_one_colour),
        cmocka_unit_test(dense_couplings_are_left_alone),
        cmocka_unit_test(failing_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
