/* A machine initialised from the factors of its rows has their covariances, with gaps or without; and the normal distribution
 * with those covariances. */
#include "factors.h"

#include "data_case.h"
#include "enumerate.h"
#include "mem.h"
#include "start.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ONE(path)                                                                                                              \
    {                                                                                                                          \
        .items = (const char *[]){path}, .n = 1                                                                                \
    }
enum { ROWS = 600, WIDE = 4 };

static double noise(unsigned *at)
{
    double sum = 0;
    for (int i = 0; i < 12; i++) {
        *at = *at * 1664525u + 1013904223u;
        sum += (double)(*at >> 8) / (1 << 24);
    }
    return sum - 6;
}

/* Three correlated columns on very different scales, and a category whose rows have different means in the first. Every
 * `gap`-th cell is empty (0: none). */
static void write_table(char *text, size_t room, bool category, size_t gap)
{
    unsigned seed = 7;
    size_t at = (size_t)snprintf(text, room, category ? "a,b,c,kind\n" : "a,b,c\n"), cell = 0;
    for (size_t r = 0; r < ROWS; r++) {
        const bool red = r % 4 == 0;
        const double z = noise(&seed), x[3] = {z + 0.5 * noise(&seed) + (category && red ? 2 : 0), 10 * z + 8 * noise(&seed),
                                               3 - 0.2 * z + 0.1 * noise(&seed)};
        for (size_t i = 0; i < 3; i++) {
            const bool empty = gap && ++cell % gap == 0;
            at += (size_t)snprintf(text + at, room - at, empty ? "%s" : "%s%.6f", i ? "," : "", x[i]);
        }
        at += (size_t)snprintf(text + at, room - at, category ? ",%s\n" : "\n", red ? "red" : "blue");
    }
}

static struct bz_machine *begun(const struct train_data *data, size_t factors)
{
    const struct train_pathway pathway = {.sizes = &factors, .n = 1};
    const struct train_shape shape = {.kind = "rbm", .pathways = &pathway, .hidden_unit = BZ_GAUSSIAN};
    struct bz_machine *m;
    struct bz_error err = {0};
    size_t rows[ROWS];
    const struct train_first_rows first = {rows, ROWS, true};
    bool found;
    for (size_t r = 0; r < ROWS; r++)
        rows[r] = r;
    assert_int_equal(train_start(&m, &shape, data, &first, 1, &err), 0);
    assert_true(train_has_factors(data));
    assert_int_equal(train_start_factors(m, data, rows, ROWS, &found, &err), 0);
    assert_true(found);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_int_equal(bz_machine_check(m, &err), 0);
    return m;
}

static struct train_data *loaded(bool category, size_t gap)
{
    static char text[100 * ROWS];
    write_table(text, sizeof(text), category, gap);
    const struct train_data_options o = {
        .data = ONE(text_file("factors.csv", text)), .standardize = true, .missing = gap ? "infer" : NULL};
    return load(&o);
}

/* Precision of the visible units with the hidden ones integrated out, times a covariance: the identity where they agree. */
static double correlation_times_precision(const struct bz_machine *m, double r[3][3], size_t i, size_t k)
{
    double sum = 0;
    for (size_t j = 0; j < 3; j++) {
        double p = j == k ? (double)m->layers[0].inv_var[j] : 0;
        for (size_t f = 0; f < m->layers[1].size; f++)
            p -= (double)m->layers[0].inv_var[j] * (double)m->couplings[0].weight[j * m->layers[1].size + f] *
                 (double)m->couplings[0].weight[k * m->layers[1].size + f] * (double)m->layers[0].inv_var[k];
        sum += r[i][j] * p;
    }
    return sum;
}

static void factors_have_the_correlations_of_the_rows(void **state)
{
    (void)state;
    const size_t gaps[] = {0, 5};
    double r[3][3] = {{0}};
    struct train_data *whole = loaded(false, 0);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            for (size_t row = 0; row < ROWS; row++)
                r[i][j] += (double)whole->parts[0].f32[3 * row + i] * (double)whole->parts[0].f32[3 * row + j] / ROWS;
            r[i][j] *= i == j ? 1 : 0.95; /* shrunk slightly towards 0 */
        }
    assert_true(fabs(r[0][1]) > 0.6 && r[0][2] < -0.6);
    for (size_t g = 0; g < 2; g++) {
        struct train_data *data = loaded(false, gaps[g]);
        struct bz_machine *m = begun(data, 2);
        for (size_t i = 0; i < 3; i++)
            for (size_t k = 0; k < 3; k++)
                assert_near(correlation_times_precision(m, r, i, k), i == k ? 1 : 0, gaps[g] ? 0.35 : 2e-3);
        bz_machine_free(m);
        train_data_free(data);
    }
    train_data_free(whole);
}

/* p(category) with everything else integrated out, from the remaining quadratic form. */
static void categories_keep_their_shares(void **state)
{
    (void)state;
    struct train_data *data = loaded(true, 0);
    struct bz_machine *m = begun(data, 4);
    const size_t red = data->parts[1].categories[0][0] == 'r' ? 0 : 1;
    const struct enumeration e = {.m = m, .t = 1};
    bool layers[WIDE] = {false, true};
    double p[4] = {0}; /* by bits: the second category is 1, the first 2 */
    assert_int_equal(enum_keys(&e, layers), 4);
    enum_marginal(&e, layers, p);
    assert_near(p[1] + p[2], 1, 1e-9);
    assert_near(p[2 - red], 0.25, 0.03);
    bz_machine_free(m);
    train_data_free(data);
}

/* The log density at 0 and the quadratic form of a normal distribution with correlations r and standard deviations s, by
 * cofactors. */
static double log_density(double r[3][3], const double *s, const double *mean, const float *x)
{
    double det = 0, form = 0, scale = 0;
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 3; j++) {
            const size_t a = (i + 1) % 3, b = (i + 2) % 3, c = (j + 1) % 3, d = (j + 2) % 3;
            const double cofactor = r[a][c] * r[b][d] - r[a][d] * r[b][c];
            det += i == 0 ? r[0][j] * cofactor : 0;
            form += cofactor * ((double)x[i] - mean[i]) / s[i] * ((double)x[j] - mean[j]) / s[j];
        }
        scale += log(s[i]);
    }
    return -0.5 * (form / det + log(det) + 3 * log(2 * M_PI)) - scale;
}

static void the_normal_distribution_is_that_of_the_rows(void **state)
{
    (void)state;
    struct train_data *data = loaded(false, 0), *gaps = loaded(false, 5), *words = loaded(true, 0);
    const float *x = data->parts[0].f32;
    size_t rows[ROWS];
    const double shrunken[2] = {0.95, 0.999};
    double mean[3] = {0}, s[3] = {0}, r[2][3][3] = {{{0}}}, wanted[2] = {0}, found;
    struct bz_error err = {0};
    for (size_t k = 0; k < 3 * ROWS; k++) {
        rows[k / 3] = k / 3;
        mean[k % 3] += (double)x[k] / ROWS;
    }
    for (size_t k = 0; k < 3 * ROWS; k++)
        s[k % 3] += pow((double)x[k] - mean[k % 3], 2) / ROWS;
    for (size_t i = 0; i < 3; i++)
        s[i] = sqrt(s[i]);
    for (size_t way = 0; way < 2; way++) {
        for (size_t i = 0; i < 3; i++)
            for (size_t j = 0; j < 3; j++) {
                for (size_t k = 0; k < ROWS; k++)
                    r[way][i][j] += ((double)x[3 * k + i] - mean[i]) * ((double)x[3 * k + j] - mean[j]) / (s[i] * s[j] * ROWS);
                r[way][i][j] *= i == j ? 1 : shrunken[way];
            }
        for (size_t k = 100; k < 200; k++)
            wanted[way] += log_density(r[way], s, mean, x + 3 * k) / 100;
    }
    assert_int_equal(train_normal_log_prob(data, rows, ROWS, data, rows + 100, 100, &found, &err), 0);
    assert_near(found, fmax(wanted[0], wanted[1]), 1e-3);
    assert_int_equal(train_normal_log_prob(gaps, rows, ROWS, gaps, rows, ROWS, &found, &err), 0);
    assert_true(isnan(found));
    assert_int_equal(train_normal_log_prob(words, rows, ROWS, words, rows, ROWS, &found, &err), 0);
    assert_true(isnan(found));
    train_data_free(data);
    train_data_free(gaps);
    train_data_free(words);
}

/* Shrunken correlations alone make a yardstick that is 2 nats too short here. */
static void nearly_the_same_columns_are_taken_for_that(void **state)
{
    (void)state;
    enum { EACH = 40 };
    static char text[ROWS * EACH];
    size_t at = (size_t)snprintf(text, sizeof(text), "a,b\n"), rows[ROWS];
    unsigned seed = 3;
    double found;
    struct bz_error err = {0};
    for (size_t r = 0; r < ROWS; r++) {
        const double x = noise(&seed);
        rows[r] = r;
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%.5f,%.5f\n", x, 2 * x + 0.002 * noise(&seed));
    }
    const struct train_data_options o = {.data = ONE(text_file("copies.csv", text)), .standardize = true};
    struct train_data *data = load(&o);
    assert_int_equal(train_normal_log_prob(data, rows, ROWS, data, rows, ROWS, &found, &err), 0);
    assert_near(found, -1 - log(2 * M_PI) - 0.5 * log(1 - 0.999 * 0.999), 0.7); /* shrunken as much as 0.05: by 1.94 less */
    train_data_free(data);
}

static void what_has_no_real_column_has_no_factors(void **state)
{
    (void)state;
    const struct train_data_options o = {.data = ONE(text_file("words.csv", "x,y\na,c\nb,d\na,d\n"))};
    struct train_data *data = load(&o);
    assert_false(train_has_factors(data));
    train_data_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_have_the_correlations_of_the_rows),
        cmocka_unit_test(categories_keep_their_shares),
        cmocka_unit_test(the_normal_distribution_is_that_of_the_rows),
        cmocka_unit_test(nearly_the_same_columns_are_taken_for_that),
        cmocka_unit_test(what_has_no_real_column_has_no_factors),
    };
    return cmocka_run_group_tests(tests, case_folder, case_folder_end);
}
