/* Weights of sequences that resemble one another. */
#include "mem.h"
#include "reweight.h"
#include "test.h"

#include <string.h>

/* 5 rows of 5 positions of 3 states; position 4 of row 4 is unknown. */
enum { ROWS = 5, GROUPS = 5, STATES = 3 };
static const int codes[ROWS][GROUPS] = {
    {0, 1, 2, 0, 1}, {0, 1, 2, 0, 1}, {0, 1, 2, 0, 2}, {2, 2, 1, 1, 0}, {2, 2, 1, 1, -1},
};

static struct train_data *make_data(float *values)
{
    struct train_data *d = bz_alloc(1, sizeof(*d), NULL);
    d->rows = ROWS;
    d->n_parts = 1;
    d->parts = bz_alloc(1, sizeof(*d->parts), NULL);
    d->parts[0] = (struct train_part){.name = "visible",
                                      .unit = BZ_SOFTMAX,
                                      .size = GROUPS * STATES,
                                      .groups = GROUPS,
                                      .store = TRAIN_F32,
                                      .f32 = values,
                                      .scale = 1,
                                      .missing = true};
    for (size_t r = 0; r < ROWS; r++)
        for (size_t g = 0; g < GROUPS; g++)
            for (int a = 0; a < STATES; a++)
                values[(r * GROUPS + g) * STATES + (size_t)a] = codes[r][g] < 0 ? NAN : codes[r][g] == a;
    return d;
}

static void rows_that_are_alike_count_as_one_together(void **state)
{
    (void)state;
    static const struct {
        double threshold;
        double weight[ROWS];
    } cases[] = {
        {0.1, {0.5, 0.5, 1, 1, 1}},                    /* equal rows only */
        {0.2, {0.5, 0.5, 1, 1, 1}},                    /* less than 1 of 5 may differ */
        {0.21, {1 / 3.0, 1 / 3.0, 1 / 3.0, 0.5, 0.5}}, /* less than 2 of 5: an unknown position differs */
        {1, {1 / 3.0, 1 / 3.0, 1 / 3.0, 0.5, 0.5}},
    };
    const size_t rows[ROWS] = {0, 1, 2, 3, 4};
    for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
        struct train_data *d = make_data(bz_alloc(ROWS * GROUPS * STATES, sizeof(float), NULL));
        struct bz_error err;
        double *weight, effective, sum = 0;
        if (train_row_weights(d, rows, ROWS, cases[k].threshold, &weight, &effective, &err) < 0)
            fail_msg("%s", err.msg);
        for (size_t r = 0; r < ROWS; r++) {
            assert_near(weight[r], cases[k].weight[r], 1e-12);
            sum += weight[r];
        }
        assert_near(effective, sum, 1e-12);
        bz_free(weight);
        train_data_free(d);
    }
}

static void rows_that_are_not_learned_from_do_not_count(void **state)
{
    (void)state;
    struct train_data *d = make_data(bz_alloc(ROWS * GROUPS * STATES, sizeof(float), NULL));
    struct bz_error err;
    double *weight, effective;
    const size_t rows[2] = {1, 3};
    assert_int_equal(train_row_weights(d, rows, 2, 0.2, &weight, &effective, &err), 0);
    assert_near(weight[1], 1, 0);
    assert_near(weight[0], 0, 0);
    assert_near(effective, 2, 0);
    bz_free(weight);
    d->parts[0].unit = BZ_GAUSSIAN;
    assert_int_equal(train_row_weights(d, rows, 2, 0.2, &weight, &effective, &err), -1);
    assert_int_equal(err.code, BZ_UNSUPPORTED);
    train_data_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_are_alike_count_as_one_together),
        cmocka_unit_test(rows_that_are_not_learned_from_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
