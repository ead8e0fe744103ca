/* Where views of rows meet: canonical correlations that are known are found, whatever the columns they are mixed into. */
#include "meet_solve.h"
#include "test.h"

#include <string.h>

enum { N = 7, K = 2 }; /* blocks of 3, 2 and 2 columns; the last column of the second block is not used */

/* Block columns = mixing times latent ones, whose correlation between any two blocks is `agree`. */
static void covariance(float *s)
{
    static const double agree[3] = {0.9, 0.5, 0};
    static const double mixing[7][3] = {{2, 1, 0}, {-1, 1, 0.5}, {0.3, 0, 1}, {1, 0.5, 0}, {0, 0, 3}, {1, -1, 0}, {2, 1, 0}};
    static const size_t block[7] = {0, 0, 0, 1, 1, 2, 2};
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double sum = 0;
            for (size_t c = 0; c < 3; c++)
                sum += mixing[i][c] * mixing[j][c] * (block[i] == block[j] ? 1 : agree[c]);
            s[i * N + j] = (float)sum;
        }
}

static void known_correlations_are_found(void **state)
{
    (void)state;
    float s[N * N], p[N * K] = {0}, work[N * K];
    double r[K];
    struct bz_error err;
    covariance(s);
    const size_t at[] = {0, 5}, width[] = {3, 2};
    const struct train_blocks two = {2, N, at, width};
    assert_int_equal(train_directions(&two, s, 0, K, p, &err), 0);
    train_correlations(&two, s, p, K, work, r);
    assert_near(r[0], 0.9, 1e-3);
    assert_near(r[1], 0.5, 1e-2);  /* the nearer to no correlation, the slower it is found */
    for (size_t i = 3; i < 5; i++) /* the rows of columns that belong to no block */
        assert_true(p[i * K] == 0 && p[i * K + 1] == 0);

    const size_t starts[] = {0, 3, 5}, widths[] = {3, 1, 2};
    const struct train_blocks three = {3, N, starts, widths};
    memset(p, 0, sizeof(p));
    assert_int_equal(train_directions(&three, s, 0, 1, p, &err), 0);
    train_correlations(&three, s, p, 1, work, r);
    assert_true(r[0] > 0.8 && r[0] < 0.9); /* the middle block has but a mixture of the best direction and the next */
}

/* Of few rows, correlations lie close together: plain iteration mixes their directions. */
static void close_correlations_are_told_apart(void **state)
{
    enum { WIDTH = 40, TOTAL = 2 * WIDTH, MOST = 10 };
    static float s[TOTAL * TOTAL], p[TOTAL * MOST], work[TOTAL * MOST];
    double r[MOST];
    struct bz_error err;
    (void)state;
    for (size_t i = 0; i < WIDTH; i++) {
        s[i * (TOTAL + 1)] = s[(WIDTH + i) * (TOTAL + 1)] = 1;
        s[i * TOTAL + WIDTH + i] = s[(WIDTH + i) * TOTAL + i] = 0.9f - 0.02f * (float)i;
    }
    const size_t at[] = {0, WIDTH}, width[] = {WIDTH, WIDTH};
    const struct train_blocks two = {2, TOTAL, at, width};
    assert_int_equal(train_directions(&two, s, 0, MOST, p, &err), 0);
    train_correlations(&two, s, p, MOST, work, r);
    for (size_t i = 0; i < MOST / 2; i++)
        assert_near(r[i], 0.9 - 0.02 * (double)i, 2e-3);
}

static void what_does_not_vary_is_refused(void **state)
{
    (void)state;
    float s[N * N], p[N * K];
    struct bz_error err;
    covariance(s);
    for (size_t i = 0; i < N * N; i++)
        s[i] = i / N < 3 || i % N < 3 ? 0 : s[i];
    const size_t at[] = {0, 5}, width[] = {3, 2};
    const struct train_blocks two = {2, N, at, width};
    assert_int_equal(train_directions(&two, s, 0.1, K, p, &err), -1);
    assert_int_equal(err.code, BZ_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_correlations_are_found),
        cmocka_unit_test(close_correlations_are_told_apart),
        cmocka_unit_test(what_does_not_vary_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
