/* What is measured during training: in a wide machine, tiles of fewer rows take turns in the same memory, and each row is
 * measured as if alone. */
#include "monitor.h"

#include "data_case.h"
#include "tables.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 250000, ROWS = DRAWS_DIVISOR == 1 ? 24 : 10 };

static struct bz_error err;

/* Sparse rows, all different. */
static const char *wide_rows(void)
{
    static char text[ROWS * 64];
    size_t at = 0;
    for (size_t r = 0; r < ROWS; r++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "0 %zu:1 %zu:1 %d:1\n", 1 + r * 7, 2000 + r * 9973 % 200000,
                               COLUMNS);
    return text_file("wide.svm", text);
}

static struct bz_machine *wide_machine(void)
{
    const struct bz_layer_spec layers[] = {
        {.name = "visible", .role = BZ_VISIBLE, .unit = BZ_BERNOULLI, .size = COLUMNS},
        {.name = "hidden", .role = BZ_HIDDEN, .unit = BZ_BERNOULLI, .size = 2},
    };
    const struct bz_coupling_spec coupling[] = {{0, 1}};
    struct bz_machine *m;
    assert_int_equal(bz_machine_new(&m, "rbm", layers, 2, coupling, 1, &err), 0);
    for (size_t w = 0; w < 2 * COLUMNS; w++)
        bz_machine_weight(m, 0)[w] = 0.5F * sinf(12.9898F * (float)w);
    for (size_t i = 0; i < COLUMNS; i++)
        bz_machine_bias(m, 0)[i] = -6;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

static struct train_measure measure(const struct bz_machine *m, const struct train_feed *feed, size_t *rows, size_t n,
                                    size_t times)
{
    struct train_monitor *monitor;
    struct train_measure at = {0};
    const struct train_watched train = {feed, rows, n}, valid = {feed, rows, n};
    assert_int_equal(train_monitor_new(&monitor, m, train, valid, NULL, NULL, &err), 0);
    for (size_t i = 0; i < times; i++) /* what the previous call left does not matter */
        train_monitor_measure(monitor, &at);
    train_monitor_free(monitor);
    return at;
}

static void rows_that_take_turns_are_measured_as_alone(void **state)
{
    (void)state;
    const struct train_data_options o = {.data = ONE(wide_rows()), .visible_unit = ONE("bernoulli")};
    struct bz_machine *m = wide_machine();
    struct train_data *data = load(&o);
    struct train_feed feed;
    size_t rows[ROWS];
    double train = 0, error = 0;
    assert_int_equal(train_feed_open(&feed, m, data, TRAIN_BINARIZE_NONE, 1, &err), 0);
    for (size_t i = 0; i < ROWS; i++)
        rows[i] = i;
    const struct train_measure all = measure(m, &feed, rows, ROWS, 2);
    for (size_t k = 0; k < ROWS; k++) {
        const struct train_measure one = measure(m, &feed, rows + k, 1, 1);
        train += one.free_energy_train / ROWS;
        error += one.reconstruction_error / ROWS;
    }
    assert_near(all.free_energy_train, train, 1e-12);
    assert_near(all.free_energy_valid, train, 1e-12);
    assert_near(all.reconstruction_error, error, 1e-12);
    train_feed_close(&feed);
    train_data_free(data);
    bz_machine_free(m);
}

/* Rows of 22 bits, the first of which are complete; of the others 18 bits are unknown. */
static const char *rows_with_gaps(size_t complete, size_t n)
{
    enum { BITS = 22, KNOWN = 4 };
    static char text[64 * (2 * BITS + 1)];
    size_t at = 0;
    for (size_t r = 0; r < n; r++)
        for (size_t i = 0; i < BITS; i++)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%c",
                                   r < complete || i < KNOWN ? r >> i % 5 & 1 ? "1" : "0" : "", i + 1 < BITS ? ',' : '\n');
    return text_file("gaps.csv", text);
}

static struct bz_machine *narrow_machine(void)
{
    const struct bz_layer_spec layers[] = {
        {.name = "visible", .role = BZ_VISIBLE, .unit = BZ_BERNOULLI, .size = 22},
        {.name = "hidden", .role = BZ_HIDDEN, .unit = BZ_BERNOULLI, .size = 3},
    };
    const struct bz_coupling_spec coupling[] = {{0, 1}};
    struct bz_machine *m;
    assert_int_equal(bz_machine_new(&m, "rbm", layers, 2, coupling, 1, &err), 0);
    for (size_t w = 0; w < 22 * 3; w++)
        bz_machine_weight(m, 0)[w] = 0.5F * sinf(12.9898F * (float)w);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

/* 2^18 states of each row with gaps times 4: the eight first ones are as many as are gone through. */
static void rows_of_many_gaps_are_left_out(void **state)
{
    (void)state;
    enum { COMPLETE = 4, DEAR = 8, MANY = 30 };
    const struct train_data_options o = {.data = ONE(rows_with_gaps(COMPLETE, MANY)), .missing = "infer"};
    struct bz_machine *m = narrow_machine();
    struct train_data *data = load(&o);
    struct train_feed feed;
    size_t rows[MANY];
    double mean = 0;
    assert_int_equal(train_feed_open(&feed, m, data, TRAIN_BINARIZE_NONE, 1, &err), 0);
    for (size_t i = 0; i < MANY; i++)
        rows[i] = (i + MANY / 2) % MANY; /* the complete ones in the middle */
    const struct train_measure all = measure(m, &feed, rows, MANY, 1);
    for (size_t i = 0; i < MANY; i++)
        if (rows[i] < COMPLETE || i < DEAR)
            mean += measure(m, &feed, rows + i, 1, 1).free_energy_train / (COMPLETE + DEAR);
    assert_near(all.free_energy_train, mean, 1e-12);
    assert_near(all.free_energy_valid, mean, 1e-12);
    train_feed_close(&feed);
    train_data_free(data);
    bz_machine_free(m);
}

static void most_judgements_of_the_later_half_decide_whether_it_sways(void **state)
{
    (void)state;
    static struct train_history h;
    for (uint64_t k = 0; k <= 20; k++) { /* a judgement, then a point without one */
        struct train_measure m = train_unmeasured();
        m.updates = 100 * k;
        if (k % 2 == 0)
            m.log_z_error = k < 10 ? 3 : k < 16 ? 0.2 : 0.4;
        train_history_add(&h, &m);
    }
    assert_false(train_history_sways(&h, 0.4));
    assert_true(train_history_sways(&h, 0.3)); /* of 12, 14, 16, 18 and 20 three */
    assert_true(train_history_sways(&h, 0.1));
    h.n = 16; /* up to update 1500, of 8, 10, 12 and 14 one */
    assert_false(train_history_sways(&h, 0.3));
    h.n = 6; /* of 4 alone: too few */
    assert_false(train_history_sways(&h, 0.1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_take_turns_are_measured_as_alone),
        cmocka_unit_test(rows_of_many_gaps_are_left_out),
        cmocka_unit_test(most_judgements_of_the_later_half_decide_whether_it_sways),
    };
    return cmocka_run_group_tests(tests, case_folder, case_folder_end);
}
