/* Exchange with scikit-learn: the arrays describe the same machine. */
#include "enumerate.h"
#include "export.h"
#include "import.h"
#include "mem.h"
#include "npz.h"
#include "oracle_machines.h"
#include "raw_file.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static char path[128];

static int setup(void **state)
{
    (void)state;
    return raw_group_begin(path, sizeof(path), "rbm.npz");
}

/* The machine that boltz import makes of a file. */
static int read_machine(struct bz_machine **out, const char *from, struct bz_error *err)
{
    const struct import_options options = {.update = SIZE_MAX};
    struct bundle b;
    struct import im = {0};
    int rc = bundle_open(&b, from, err);
    if (rc == 0)
        rc = import_machine(&im, &b, NULL, &options, err);
    *out = rc == 0 ? im.machine : NULL;
    if (rc == 0)
        im.machine = NULL;
    import_free(&im);
    bundle_close(&b);
    return rc;
}

static struct bz_machine *there_and_back(const struct bz_machine *m)
{
    struct bz_machine *back;
    struct bz_error err;
    if (export_sklearn(m, path, &err) < 0 || read_machine(&back, path, &err) < 0)
        fail_msg("%s", err.msg);
    return back;
}

static void weights_and_biases_come_back_bit_for_bit(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false), *back = there_and_back(m);
    assert_memory_equal(m->layers[0].bias, back->layers[0].bias, 4 * sizeof(float));
    assert_memory_equal(m->layers[1].bias, back->layers[1].bias, 3 * sizeof(float));
    assert_memory_equal(m->couplings[0].weight, back->couplings[0].weight, 12 * sizeof(float));
    bz_machine_free(back);
    bz_machine_free(m);
}

static void folded_offsets_change_the_energy_by_a_constant_only(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, true), *back = there_and_back(m);
    double first = 0;
    for (int bits = 0; bits < 128; bits++) {
        double v[4], h[3], *x[2] = {v, h};
        for (int i = 0; i < 7; i++)
            *(i < 4 ? &v[i] : &h[i - 4]) = bits >> i & 1;
        const double difference = enum_energy(m, x, NULL) - enum_energy(back, x, NULL);
        if (bits == 0)
            first = difference;
        assert_near(difference, first, 1e-6);
    }
    assert_true(fabs(first) > 1e-3);
    bz_machine_free(back);
    bz_machine_free(m);
}

/* tests/golden/sklearn*.npz are numpy.savez and numpy.savez_compressed (1.24) of components_ = [[1, 2, 3], [4, 5, 6]], in
 * Fortran order as BernoulliRBM has it, intercept_hidden_ = [10, 20] and intercept_visible_ = [.1, .2, .3], float64. */
static void archives_that_numpy_wrote_are_read_in_either_order_and_packing(void **state)
{
    (void)state;
    static const char *const files[] = {SOURCE_DIR "/tests/golden/sklearn.npz",
                                        SOURCE_DIR "/tests/golden/sklearn_compressed.npz"};
    for (size_t i = 0; i < 2; i++) {
        struct bz_machine *m;
        struct bz_error err;
        if (read_machine(&m, files[i], &err) < 0)
            fail_msg("%s", err.msg);
        const float want[6] = {1, 4, 2, 5, 3, 6}; /* [visible][hidden] */
        assert_memory_equal(m->couplings[0].weight, want, sizeof(want));
        assert_true(m->layers[1].bias[0] == 10 && m->layers[1].bias[1] == 20);
        assert_true(m->layers[0].bias[0] == 0.1f && m->layers[0].bias[2] == 0.3f);
        assert_string_equal(m->layers[0].name, "visible");
        assert_string_equal(m->layers[1].name, "hidden");
        bz_machine_free(m);
    }
}

static void what_is_wrong_with_the_arrays_is_named(void **state)
{
    (void)state;
    const double numbers[6] = {1, 2, 3, 4, 5, INFINITY};
    const size_t n2 = 2, n3 = 3, matrix[2] = {2, 3}, turned[2] = {3, 2};
    const struct {
        struct train_npz_entry entries[3];
        size_t n;
        const char *because;
    } wrong[] = {
        {{{"components_", BZ_F8, matrix, 2, numbers}}, 1, "it holds components_"},
        {{{"components_", BZ_F8, turned, 2, numbers},
          {"intercept_hidden_", BZ_F8, &n2, 1, numbers},
          {"intercept_visible_", BZ_F8, &n3, 1, numbers}},
         3,
         "'components_' is 3 x 2, expected 2 x 3 ([hidden, visible])"},
        {{{"components_", BZ_F8, &n3, 1, numbers},
          {"intercept_hidden_", BZ_F8, &n2, 1, numbers},
          {"intercept_visible_", BZ_F8, &n3, 1, numbers}},
         3,
         "expected 2 x 3 ([hidden, visible])"},
        {{{"components_", BZ_F8, matrix, 2, numbers},
          {"intercept_hidden_", BZ_F8, &n2, 1, numbers},
          {"intercept_visible_", BZ_F8, &n3, 1, numbers}},
         3,
         "'components_', row 1, column 2: inf"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct bz_machine *m;
        struct bz_error err;
        assert_int_equal(train_npz_write(path, wrong[i].entries, wrong[i].n, &err), 0);
        assert_int_equal(read_machine(&m, path, &err), -1);
        if (!strstr(err.msg, wrong[i].because))
            fail_msg("refused with \"%s\", want \"%s\"", err.msg, wrong[i].because);
    }
}

static void machines_that_scikit_learn_lacks_are_refused(void **state)
{
    (void)state;
    struct bz_machine *machines[] = {oracle_dbm(false), oracle_lateral(false), oracle_gaussian(false), oracle_softmax(),
                                     oracle_mixed()};
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
        struct bz_error err;
        assert_int_equal(export_sklearn(machines[i], path, &err), -1);
        assert_int_equal(err.code, BZ_UNSUPPORTED);
        bz_machine_free(machines[i]);
    }
    assert_int_equal(raw_entries(raw_group_folder()), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(weights_and_biases_come_back_bit_for_bit, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(folded_offsets_change_the_energy_by_a_constant_only, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(archives_that_numpy_wrote_are_read_in_either_order_and_packing, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(what_is_wrong_with_the_arrays_is_named, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(machines_that_scikit_learn_lacks_are_refused, setup, raw_group_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
