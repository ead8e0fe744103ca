/* Energies, free energies and pseudo-likelihoods: against published values and against enumeration of every state. */
#include "energy.h"

#include "exact.h"
#include "kernels.h"
#include "mathx.h"
#include "oracle_machines.h"
#include "rows.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* --- published values --- */

/* Free energy of one visible row with d counts; frees the machine. */
static void check_free_energy(struct bz_machine *m, const float *v, double d, double want)
{
    struct rows rows;
    enum bz_method method;
    double got;

    rows_new(&rows, m, 1, (size_t)d, 1);
    memcpy(rows.s->x[0], v, m->layers[0].size * sizeof(float));
    bz_free_energy(rows.s, 0, 1, &got, &method, rows.w);
    assert_near(got, want, 1e-6);
    assert_int_equal(method, BZ_EXACT);
    rows_free(&rows);
    bz_machine_free(m);
}

static void published_free_energies(void **state)
{
    (void)state;
    static const float v0000[] = {0, 0, 0, 0}, v1010[] = {1, 0, 1, 0}, real[] = {.3f, -.2f, 1.1f, .4f};
    static const float words[] = {2, 1, 0};
    static const float bits[][3] = {{0, 0, 0}, {0, 1, 1}, {1, 0, 1}, {1, 1, 1}};
    static const double shogun[] = {-4.9870855100, -5.0044311476, -5.0217962108};
    static const double mlpack[] = {-.87523715, .50615066, .46923476, 1.21509084};

    check_free_energy(oracle_rbm(1, false), v0000, 0, -2.084930968614);
    check_free_energy(oracle_rbm(1, false), v1010, 0, -2.150713931230);
    check_free_energy(oracle_rbm(3, false), v1010, 0, 7.510542180274 - 9.619677425754);
    check_free_energy(oracle_gaussian(false), real, 0, -1.257605443994);
    check_free_energy(oracle_gaussian(true), real, 0, -1.860856540306);
    check_free_energy(oracle_counts(false), words, 3, -3.297024638589);
    for (size_t k = 0; k < 3; k++) {
        float grey[5];
        for (size_t i = 0; i < 5; i++)
            grey[i] = 0.001f * (float)(i + 5 * k);
        check_free_energy(oracle_shogun(), grey, 0, shogun[k]);
    }
    for (size_t k = 0; k < 4; k++)
        check_free_energy(oracle_mlpack(), bits[k], 0, mlpack[k]);
}

/* PyDeep's RBM on its eight rows of 2x2 bars and stripes (all-0 and all-1 twice). */
static void published_mean_likelihood_of_bars_and_stripes(void **state)
{
    (void)state;
    static const float patterns[8][4] = {{0, 0, 0, 0}, {0, 0, 0, 0}, {1, 1, 1, 1}, {1, 1, 1, 1},
                                         {1, 1, 0, 0}, {0, 0, 1, 1}, {1, 0, 1, 0}, {0, 1, 0, 1}};
    struct bz_machine *m = oracle_pydeep();
    struct rows rows;
    struct bz_error err = {0};
    double f[8], log_z, sum = 0;

    rows_new(&rows, m, 8, 0, 1);
    memcpy(rows.s->x[0], patterns, sizeof(patterns));
    bz_free_energy(rows.s, 0, 8, f, NULL, rows.w);
    assert_int_equal(bz_exact_log_z(m, 1, NULL, 25, NULL, &log_z, &err), 0);
    for (size_t r = 0; r < 8; r++)
        sum += -f[r] - log_z;
    assert_near(sum / 8, -1.7328699078, 5e-6);
    rows_free(&rows);
    bz_machine_free(m);
}

/* --- enumeration --- */

static void energies_follow_the_formula(void **state)
{
    (void)state;
    struct bz_machine *m;

    for (size_t i = 0; (m = oracle_number(i)); i++) {
        struct rows rows;
        double energy[20];
        rows_new(&rows, m, 20, 4, i);
        bz_energy(rows.s, 0, 20, energy);
        for (size_t r = 0; r < 20; r++)
            assert_near(energy[r], rows_energy(&rows, r), 1e-6);
        rows_free(&rows);
        bz_machine_free(m);
    }
}

static void complete_rows_are_exact_or_bounded_from_above(void **state)
{
    (void)state;
    struct bz_machine *m;

    for (size_t i = 0; (m = oracle_number(i)); i++) {
        struct rows rows;
        double f[6];
        enum bz_method method[6];
        rows_new(&rows, m, 6, 2, 7 + i);
        bz_free_energy(rows.s, 0, 6, f, method, rows.w);
        for (size_t r = 0; r < 6; r++) {
            const double exact = rows_free_energy(&rows, r);
            assert_int_equal(method[r], bz_machine_hidden_independent(m) ? BZ_EXACT : BZ_VARIATIONAL);
            if (method[r] == BZ_EXACT)
                assert_near(f[r], exact, 1e-6);
            else
                assert_true(f[r] > exact - 1e-6 && f[r] < exact + 1);
        }
        rows_free(&rows);
        bz_machine_free(m);
    }
}

static void missing_values_are_summed_out(void **state)
{
    (void)state;
    struct bz_machine *m;

    for (size_t i = 0; (m = oracle_number(i)); i++) {
        for (int all_types = 0; all_types < 2; all_types++) {
            struct rows rows;
            double f[8];
            enum bz_method method[8];
            size_t exact = 0;
            rows_new(&rows, m, 8, 2, 7 + i);
            rows_forget(&rows, 0.6, all_types, i);
            bz_free_energy(rows.s, 0, 8, f, method, rows.w);
            for (size_t r = 0; r < 8; r++) {
                const double want = rows_free_energy(&rows, r);
                exact += method[r] == BZ_EXACT;
                if (method[r] == BZ_EXACT)
                    assert_near(f[r], want, 1e-6);
                else if (!(f[r] > want - 1e-6 && f[r] < want + 3))
                    fail_msg("machine %zu row %zu: bound %g, exact %g", i, r, f[r], want);
            }
            if (bz_machine_hidden_independent(m) && !all_types)
                assert_int_equal(exact, 8);
            rows_free(&rows);
        }
        bz_machine_free(m);
    }
}

/* An RBM without couplings: every unknown unit adds -softplus(b), by either method, and 21 units are too many to enumerate. */
static void up_to_twenty_unknown_units_are_enumerated(void **state)
{
    (void)state;
    static const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, 30, 1, false},
                                                  {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 4, 1, false}};
    static const struct bz_coupling_spec couplings[] = {{0, 1}};
    struct bz_machine *m;
    struct bz_error err = {0};
    struct rows rows;
    double f[2], want = -4 * bz_log(2);
    enum bz_method method[2];

    assert_int_equal(bz_machine_new(&m, "rbm", layers, 2, couplings, 1, &err), 0);
    for (size_t i = 0; i < 30; i++)
        bz_machine_bias(m, 0)[i] = 0.1f * (float)i - 1;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    rows_new(&rows, m, 2, 0, 1);
    assert_int_equal(bz_state_make_known(rows.s, 0, &err), 0);
    memset(rows.s->known[0], 1, 60);
    memset(rows.s->known[0], 0, 20);
    memset(rows.s->known[0] + 30, 0, 21);
    memset(rows.s->x[0], 0, 60 * sizeof(float));
    bz_free_energy(rows.s, 0, 2, f, method, rows.w);
    for (size_t r = 0; r < 2; r++) {
        double sum = want;
        for (size_t i = 0; i < 20 + r; i++)
            sum -= bz_softplus(m->layers[0].bias[i]);
        assert_near(f[r], sum, 1e-6);
        assert_int_equal(method[r], r == 0 ? BZ_EXACT : BZ_VARIATIONAL);
    }
    rows_free(&rows);
    bz_machine_free(m);
}

static void published_bound_of_a_deep_machine(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_dbm(false);
    struct rows rows;
    double f;
    enum bz_method method;

    rows_new(&rows, m, 1, 0, 1);
    memcpy(rows.s->x[0], (const float[]){1, 0, 1, 0}, 4 * sizeof(float));
    bz_free_energy(rows.s, 0, 1, &f, &method, rows.w);
    assert_int_equal(method, BZ_VARIATIONAL);
    assert_near(-f - 7.437633816175, -3.575027854573, 1e-6);
    rows_free(&rows);
    bz_machine_free(m);
}

/* --- robustness and determinism --- */

static void values_and_weights_of_ten_thousand_stay_finite(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_gaussian(true);
    struct bz_error err = {0};
    struct rows rows;
    double f[2], pseudo[2], energy[2];

    rows_new(&rows, m, 2, 0, 3);
    for (size_t i = 0; i < 4; i++) {
        rows.s->x[0][i] = i % 2 ? 1e4f : -1e4f;
        rows.s->x[0][4 + i] = 1e4f;
    }
    bz_free_energy(rows.s, 0, 2, f, NULL, rows.w);
    for (size_t r = 0; r < 2; r++)
        assert_near(f[r], rows_free_energy(&rows, r), 1e-6);
    for (size_t i = 0; i < 12; i++)
        bz_machine_weight(m, 0)[i] *= 1e4f;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    bz_free_energy(rows.s, 0, 2, f, NULL, rows.w);
    bz_energy(rows.s, 0, 2, energy);
    for (size_t r = 0; r < 2; r++) { /* float32 fields of about 1e8 */
        assert_near(f[r], rows_free_energy(&rows, r), 1e-5);
        assert_near(energy[r], rows_energy(&rows, r), 1e-5);
    }
    rows_free(&rows);
    bz_machine_free(m);

    m = oracle_rbm(1e4, false);
    rows_new(&rows, m, 2, 0, 3);
    bz_free_energy(rows.s, 0, 2, f, NULL, rows.w);
    assert_int_equal(bz_pseudo_likelihood(rows.s, 0, 2, pseudo, rows.w, &err), 0);
    for (size_t r = 0; r < 2; r++) {
        assert_near(f[r], rows_free_energy(&rows, r), 1e-6);
        assert_true(isfinite(pseudo[r]) && pseudo[r] <= 0);
    }
    rows_free(&rows);
    bz_machine_free(m);
}

static struct bz_machine *larger_machine(bool deep)
{
    const struct bz_layer_spec layers[] = {{"dots", BZ_VISIBLE, BZ_BERNOULLI, 99, 1, true},
                                           {"real", BZ_VISIBLE, BZ_GAUSSIAN, 17, 1, true},
                                           {"hidden1", BZ_HIDDEN, BZ_BERNOULLI, 70, 1, true},
                                           {"hidden2", BZ_HIDDEN, BZ_SOFTMAX, 24, 3, true}};
    const struct bz_coupling_spec couplings[] = {{0, 2}, {1, 2}, {deep ? 2 : 0, 3}};
    struct bz_machine *m;
    struct bz_error err = {0};

    assert_int_equal(bz_machine_new(&m, "dbm", layers, 4, couplings, 3, &err), 0);
    for (size_t i = 0; i < m->block_size; i++)
        m->block[i] = 0.3f * sinf(1.7f * (float)i + (float)(i / 31));
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

/* Free energies and hidden means of n rows starting at row `first` of the same endless data, with some values missing. */
static void score(const struct bz_machine *m, size_t first, size_t n, double *f, float *hidden)
{
    struct rows all, some;

    rows_new(&all, m, first + n, 0, 9);
    rows_forget(&all, 0.05, true, 9);
    rows_new(&some, m, n, 0, 9);
    rows_forget(&some, 0, true, 9);
    memset(some.s->x[2], 0, n * m->layers[2].size * sizeof(float)); /* kept if a sum is enumerated */
    for (size_t l = 0; l < 2; l++) {
        const size_t size = m->layers[l].size;
        for (size_t i = 0; i < n * size; i++) {
            some.s->x[l][i] = all.s->x[l][first * size + i];
            some.s->known[l][i] = (first + i / size) % 3 == 0 || all.s->known[l][first * size + i];
        }
    }
    bz_free_energy(some.s, 0, n, f, NULL, some.w);
    memcpy(hidden, some.s->x[2], n * m->layers[2].size * sizeof(float));
    rows_free(&all);
    rows_free(&some);
}

static void a_row_has_the_same_bits_in_every_batch_and_on_every_processor(void **state)
{
    (void)state;
    enum { N = 300, UNITS = 70 };
    static const size_t sizes[] = {1, 7};
    const struct bz_kernels *tables[8];
    const size_t levels = bz_cpu_levels(tables, 8);
    double *f = calloc(N, sizeof(*f)), other[N];
    float *hidden = calloc(N * UNITS, sizeof(*hidden)), *again = calloc(N * UNITS, sizeof(*again));
    struct bz_error err = {0};

    for (int deep = 0; deep < 2; deep++) {
        struct bz_machine *m = larger_machine(deep);
        score(m, 0, N, f, hidden);
        for (size_t k = 0; k < 2; k++)
            for (size_t first = 0; first + sizes[k] <= N; first += 61) {
                score(m, first, sizes[k], other, again);
                assert_memory_equal(other, f + first, sizes[k] * sizeof(*f));
                assert_memory_equal(again, hidden + first * UNITS, sizes[k] * UNITS * sizeof(*hidden));
            }
        for (size_t level = 0; level < levels; level++) {
            assert_int_equal(bz_cpu_select(tables[level]->name, &err), 0);
            score(m, 0, N, other, again);
            assert_memory_equal(other, f, N * sizeof(*f));
            assert_memory_equal(again, hidden, N * UNITS * sizeof(*hidden));
        }
        assert_int_equal(bz_cpu_select("auto", &err), 0);
        bz_machine_free(m);
    }
    free(f);
    free(hidden);
    free(again);
}

/* --- pseudo-likelihood --- */

/* log p(v_i = its value | the other visible units) of a bernoulli unit or a group, by enumeration: the log weight of the row
 * minus its log weight with the unit unknown. */
static double pseudo_by_enumeration(struct rows *rows, size_t row)
{
    const struct bz_machine *m = rows->m;
    const double present = rows_free_energy(rows, row);
    double sum = 0;

    for (size_t l = 0; l < m->n_layers; l++) {
        const size_t size = m->layers[l].size, k = m->layers[l].unit == BZ_SOFTMAX ? size / m->layers[l].groups : 1;
        const uint32_t *group = m->layers[l].exclusion.group;
        for (size_t g = 0; group && g < m->layers[l].exclusion.n; g++) {
            for (size_t i = 0; i < size; i++)
                rows->s->known[l][row * size + i] = group[i] != g;
            sum += rows_free_energy(rows, row) - present;
            memset(rows->s->known[l] + row * size, 1, size);
        }
        for (size_t i = 0; bz_is_visible(&m->layers[l]) && !group && i < size; i += k) {
            memset(rows->s->known[l] + row * size + i, 0, k);
            sum += rows_free_energy(rows, row) - present;
            memset(rows->s->known[l] + row * size + i, 1, k);
        }
    }
    return sum;
}

static void pseudo_likelihood_is_the_sum_of_conditionals(void **state)
{
    (void)state;
    struct bz_machine *m;
    struct bz_error err = {0};

    for (size_t i = 0; (m = oracle_number(i)); i++) {
        struct rows rows;
        double got[4];
        rows_new(&rows, m, 4, 2, 5 + i);
        rows_forget(&rows, 0, true, 0);
        if (bz_pseudo_likelihood(rows.s, 0, 4, got, rows.w, &err) == 0)
            for (size_t r = 0; r < 4; r++)
                assert_near(got[r], pseudo_by_enumeration(&rows, r), 2e-6);
        else
            assert_int_equal(err.code, BZ_UNSUPPORTED);
        rows_free(&rows);
        bz_machine_free(m);
    }
}

static void published_pseudo_likelihood(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_shogun();
    struct rows rows;
    struct bz_error err = {0};
    double got;

    rows_new(&rows, m, 1, 0, 1);
    memcpy(rows.s->x[0], (const float[]){0, 0, 0, 1, 1}, 5 * sizeof(float));
    assert_int_equal(bz_pseudo_likelihood(rows.s, 0, 1, &got, rows.w, &err), 0);
    assert_near(got, -3.36659609, 1e-6);
    rows_free(&rows);
    bz_machine_free(m);
}

static void machines_without_pseudo_likelihood_are_refused(void **state)
{
    (void)state;
    struct bz_machine *machines[] = {oracle_counts(false), oracle_dbm(false), oracle_lateral(false), oracle_mixed()};

    for (size_t i = 0; i < 4; i++) {
        struct bz_error err = {0};
        struct rows rows;
        double got = 7;
        rows_new(&rows, machines[i], 1, 2, 1);
        assert_int_equal(bz_pseudo_likelihood(rows.s, 0, 1, &got, rows.w, &err), -1);
        assert_int_equal(err.code, BZ_UNSUPPORTED);
        assert_non_null(strstr(err.msg, "pseudo-likelihood"));
        assert_true(got == 7);
        rows_free(&rows);
        bz_machine_free(machines[i]);
    }
}

static void orderings_of_words(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_counts(false);
    struct rows rows;

    rows_new(&rows, m, 2, 6, 1);
    memcpy(rows.s->x[0], (const float[]){3, 1, 2, 0, 0, 0}, 6 * sizeof(float));
    rows.s->counts[0][1] = 0;
    assert_near(bz_log_orderings(rows.s, 0), log(60), 1e-12); /* 6!/(3! 1! 2!) */
    assert_near(bz_log_orderings(rows.s, 1), 0, 1e-12);
    rows_free(&rows);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_free_energies),
        cmocka_unit_test(published_mean_likelihood_of_bars_and_stripes),
        cmocka_unit_test(energies_follow_the_formula),
        cmocka_unit_test(complete_rows_are_exact_or_bounded_from_above),
        cmocka_unit_test(missing_values_are_summed_out),
        cmocka_unit_test(up_to_twenty_unknown_units_are_enumerated),
        cmocka_unit_test(published_bound_of_a_deep_machine),
        cmocka_unit_test(values_and_weights_of_ten_thousand_stay_finite),
        cmocka_unit_test(a_row_has_the_same_bits_in_every_batch_and_on_every_processor),
        cmocka_unit_test(pseudo_likelihood_is_the_sum_of_conditionals),
        cmocka_unit_test(published_pseudo_likelihood),
        cmocka_unit_test(machines_without_pseudo_likelihood_are_refused),
        cmocka_unit_test(orderings_of_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
