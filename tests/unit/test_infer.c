/* Mean field and reconstruction: against enumeration where they are exact, against the bound they maximise where they are not.
 */
#include "infer.h"

#include "energy.h"
#include "enumerate.h"
#include "kernels.h"
#include "oracle_machines.h"
#include "rows.h"
#include "test.h"

#include <string.h>

enum { MOST_LAYERS = 16, MOST_UNITS = 8 };

/* --- the fixed point --- */

static void posteriors_of_independent_hidden_units_are_exact(void **state)
{
    (void)state;
    struct bz_machine *m;

    for (size_t i = 0; (m = oracle_number(i)); i++) {
        double values[MOST_LAYERS][MOST_UNITS], *mean[MOST_LAYERS];
        struct rows rows;
        for (size_t l = 0; l < m->n_layers; l++)
            mean[l] = values[l];
        rows_new(&rows, m, 5, 3, 11 + i);
        bz_mean_field(rows.s, 0, 5, false, NULL, rows.w);
        for (size_t r = 0; bz_machine_hidden_independent(m) && r < 5; r++) {
            rows_means(&rows, r, mean);
            for (size_t l = 0; l < m->n_layers; l++)
                for (size_t j = 0; j < m->layers[l].size; j++)
                    assert_near(rows.s->x[l][r * m->layers[l].size + j], mean[l][j], 2e-6);
        }
        rows_free(&rows);
        bz_machine_free(m);
    }
}

static void published_fixed_point(void **state)
{
    (void)state;
    static const double first[] = {.6910808438, .4687909275, .2912311243}, second[] = {.6543574345, .6118184835};
    struct bz_machine *m = oracle_dbm(false);
    struct rows rows;
    double bound;

    rows_new(&rows, m, 1, 0, 1);
    memcpy(rows.s->x[0], (const float[]){1, 0, 1, 0}, 4 * sizeof(float));
    bz_mean_field(rows.s, 0, 1, false, &bound, rows.w);
    for (size_t j = 0; j < 3; j++)
        assert_near(rows.s->x[1][j], first[j], 1e-6);
    for (size_t k = 0; k < 2; k++)
        assert_near(rows.s->x[2][k], second[k], 1e-6);
    assert_near(bound, 3.575027854573 - 7.437633816175, 1e-6);
    rows_free(&rows);
    bz_machine_free(m);
}

static double minus_p_log_p(double p)
{
    return p > 0 ? -p * log(p) : 0;
}

/* <E> - H of independent bernoulli units with means x, known units being left out of H. */
static double bound_of(const struct rows *rows, size_t row)
{
    double sum = rows_energy(rows, row);

    for (size_t l = 0; l < rows->m->n_layers; l++)
        for (size_t i = 0; i < rows->m->layers[l].size; i++) {
            const size_t at = row * rows->m->layers[l].size + i;
            const bool known = rows->s->known[l] ? rows->s->known[l][at] : bz_is_visible(&rows->m->layers[l]);
            const double p = rows->s->x[l][at];
            sum -= known ? 0 : minus_p_log_p(p) + minus_p_log_p(1 - p);
        }
    return sum;
}

static bool all_bernoulli(const struct bz_machine *m)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (m->layers[l].unit != BZ_BERNOULLI)
            return false;
    return true;
}

/* No unknown mean of row 0 can improve the bound by moving by h either way. */
static void check_minimum(struct rows *rows)
{
    const double at = bound_of(rows, 0);

    for (size_t l = 0; l < rows->m->n_layers; l++)
        for (size_t i = 0; i < rows->m->layers[l].size; i++) {
            float *x = &rows->s->x[l][i], here = *x;
            if (rows->s->known[l] ? rows->s->known[l][i] : bz_is_visible(&rows->m->layers[l]))
                continue;
            for (int side = -1; side <= 1; side += 2) {
                *x = here + 0.01f * (float)side;
                assert_true(*x < 0 || *x > 1 || bound_of(rows, 0) > at - 1e-6);
            }
            *x = here;
        }
}

static void the_fixed_point_is_a_minimum_of_the_bound(void **state)
{
    (void)state;
    struct bz_machine *m;

    for (size_t i = 0; (m = oracle_number(i)); i++) {
        for (uint64_t seed = 0; all_bernoulli(m) && seed < 6; seed++) {
            struct rows rows;
            double bound;
            rows_new(&rows, m, 1, 0, seed);
            if (seed > 2)
                rows_forget(&rows, 0.5, true, seed);
            bz_mean_field(rows.s, 0, 1, false, &bound, rows.w);
            assert_near(bound, bound_of(&rows, 0), 1e-6);
            check_minimum(&rows);
            rows_free(&rows);
        }
        bz_machine_free(m);
    }
}

/* Every unit type, with and without lateral couplings and missing values: each layer's means are those that the other layers
 * imply. */
static void the_fixed_point_is_consistent(void **state)
{
    (void)state;
    struct bz_machine *m;

    for (size_t i = 0; (m = oracle_number(i)); i++) {
        struct rows rows;
        rows_new(&rows, m, 4, 3, 3 + i);
        rows_forget(&rows, 0.4, true, i);
        bz_mean_field(rows.s, 0, 4, false, NULL, rows.w);
        for (size_t l = 0; l < m->n_layers; l++) {
            float again[4 * MOST_UNITS];
            bz_conditional_mean(rows.s, l, NULL, 0, 4, again, rows.w);
            for (size_t k = 0; k < 4 * m->layers[l].size; k++)
                if (bz_is_visible(&m->layers[l]) ? !rows.s->known[l][k] : true)
                    assert_near(rows.s->x[l][k], again[k], 2e-5);
        }
        rows_free(&rows);
        bz_machine_free(m);
    }
}

static void known_units_keep_their_values(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_mixed();
    struct rows rows, before;

    rows_new(&rows, m, 20, 3, 3);
    rows_new(&before, m, 20, 3, 3);
    rows_forget(&rows, 0.5, true, 4);
    bz_mean_field(rows.s, 0, 20, false, NULL, rows.w);
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t k = 0; bz_is_visible(&m->layers[l]) && k < 20 * m->layers[l].size; k++)
            if (rows.s->known[l][k])
                assert_true(rows.s->x[l][k] == before.s->x[l][k]);
    for (size_t r = 0; r < 20; r++) { /* unknown units share what the known counts and columns leave */
        double words = 0, classes = 0;
        for (size_t k = 0; k < 3; k++)
            words += rows.s->x[3][r * 3 + k];
        for (size_t k = 0; k < 2; k++)
            classes += rows.s->x[4][r * 2 + k];
        assert_near(classes, 1, 1e-6);
        assert_true(words < 3 + 1e-5);
    }
    rows_free(&rows);
    rows_free(&before);
    bz_machine_free(m);
}

/* Strong mutual inhibition makes a parallel update oscillate for ever; updated unit by unit, it settles. */
static void strong_inhibition_settles(void **state)
{
    (void)state;
    static const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, 2, 1, false},
                                                  {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 40, 1, false}};
    static const struct bz_coupling_spec couplings[] = {{0, 1}, {1, 1}};
    struct bz_machine *m;
    struct bz_error err = {0};
    struct rows rows;
    float again[40];

    assert_int_equal(bz_machine_new(&m, "bm", layers, 2, couplings, 2, &err), 0);
    for (size_t i = 0; i < 40; i++) {
        bz_machine_bias(m, 1)[i] = 5 + 0.01f * (float)i;
        for (size_t j = 0; j < 40; j++)
            bz_machine_weight(m, 1)[i * 40 + j] = i == j ? 0 : -1;
    }
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    rows_new(&rows, m, 1, 0, 1);
    bz_mean_field(rows.s, 0, 1, false, NULL, rows.w);
    bz_conditional_mean(rows.s, 1, NULL, 0, 1, again, rows.w);
    for (size_t i = 0; i < 40; i++)
        assert_near(rows.s->x[1][i], again[i], 1e-4);
    rows_free(&rows);
    bz_machine_free(m);
}

static void a_warm_start_finds_the_same_point(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_deep(true);
    struct rows cold, warm;

    rows_new(&cold, m, 8, 0, 3);
    rows_new(&warm, m, 8, 0, 3); /* its hidden layers hold random states */
    bz_mean_field(cold.s, 0, 8, false, NULL, cold.w);
    bz_mean_field(warm.s, 0, 8, true, NULL, warm.w);
    for (size_t l = 1; l < 4; l++)
        for (size_t k = 0; k < 8 * m->layers[l].size; k++)
            assert_near(cold.s->x[l][k], warm.s->x[l][k], 1e-5);
    rows_free(&cold);
    rows_free(&warm);
    bz_machine_free(m);
}

/* --- reconstruction --- */

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

/* to = sigmoid(bias + W from), W seen from either side. */
static void pass(const struct bz_machine *m, bool up, const double *from, double *to)
{
    const size_t n_visible = m->layers[0].size, n_hidden = m->layers[1].size, n = up ? n_hidden : n_visible;

    for (size_t j = 0; j < n; j++) {
        double field = m->layers[up].bias[j];
        for (size_t i = 0; i < (up ? n_visible : n_hidden); i++)
            field += from[i] * m->couplings[0].weight[up ? i * n_hidden + j : j * n_hidden + i];
        to[j] = logistic(field);
    }
}

static struct bz_chains *chains_of(const struct rows *rows, uint64_t seed)
{
    struct bz_chains *c;
    struct bz_error err = {0};

    assert_int_equal(bz_chains_new(&c, rows->m, rows->s->n, &err), 0);
    c->s->n = rows->s->n;
    for (size_t r = 0; r < rows->s->n; r++) {
        c->seed[r] = seed;
        c->index[r] = (uint32_t)r;
    }
    for (size_t l = 0; l < rows->m->n_layers; l++) {
        const size_t units = rows->s->n * rows->m->layers[l].size;
        memcpy(c->s->x[l], rows->s->x[l], units * sizeof(float));
        if (rows->s->known[l]) {
            assert_int_equal(bz_state_make_known(c->s, l, &err), 0);
            memcpy(c->s->known[l], rows->s->known[l], units);
        }
        if (rows->s->counts[l])
            memcpy(c->s->counts[l], rows->s->counts[l], rows->s->n * sizeof(float));
    }
    return c;
}

static void means_go_back_and_forth(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false);
    struct rows rows;
    double v[4], h[3], error, want = 0;

    rows_new(&rows, m, 1, 0, 2);
    for (size_t i = 0; i < 4; i++)
        v[i] = rows.s->x[0][i];
    for (int step = 0; step < 3; step++) {
        pass(m, true, v, h);
        pass(m, false, h, v);
    }
    struct bz_chains *c = chains_of(&rows, 1);
    bz_reconstruct(c, (const float *const *)rows.s->x, 0, 1, 3, BZ_MEAN, &error, rows.w);
    for (size_t i = 0; i < 4; i++) {
        assert_near(c->s->x[0][i], v[i], 1e-6);
        want += (v[i] - rows.s->x[0][i]) * (v[i] - rows.s->x[0][i]) / 4;
    }
    assert_near(error, want, 1e-6);
    bz_chains_free(c);
    rows_free(&rows);
    bz_machine_free(m);
}

static void known_units_are_held_and_measured(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(2, false);
    struct bz_error err = {0};
    struct rows rows;
    double v[4], h[3], free_v[4], error, want = 0;

    rows_new(&rows, m, 1, 0, 2);
    assert_int_equal(bz_state_make_known(rows.s, 0, &err), 0);
    memcpy(rows.s->known[0], (const uint8_t[]){1, 0, 1, 0}, 4);
    for (size_t i = 0; i < 4; i++) /* unknown units start at the mean given by their bias alone */
        v[i] = rows.s->known[0][i] ? (double)rows.s->x[0][i] : logistic(m->layers[0].bias[i]);
    for (int step = 0; step < 3; step++) {
        pass(m, true, v, h);
        pass(m, false, h, free_v);
        for (size_t i = 0; i < 4; i++)
            v[i] = rows.s->known[0][i] ? (double)rows.s->x[0][i] : free_v[i];
    }
    for (size_t i = 0; i < 4; i++)
        want += rows.s->known[0][i] ? (free_v[i] - rows.s->x[0][i]) * (free_v[i] - rows.s->x[0][i]) / 2 : 0;
    struct bz_chains *c = chains_of(&rows, 1);
    bz_reconstruct(c, (const float *const *)rows.s->x, 0, 1, 3, BZ_MEAN, &error, rows.w);
    for (size_t i = 0; i < 4; i++)
        assert_near(c->s->x[0][i], v[i], 1e-6);
    assert_near(error, want, 1e-6);
    bz_chains_free(c);
    rows_free(&rows);
    bz_machine_free(m);
}

/* Complete rows run as free chains from there, the others as clamped chains, as in block Gibbs sampling. For machines in which
 * the initial state of the hidden layers does not matter. */
static void draws_are_gibbs_sweeps(void **state)
{
    (void)state;
    struct bz_machine *m;
    const size_t n = 9;

    for (size_t i = 0; (m = oracle_number(i)); i++) {
        for (int forget = 0; bz_machine_hidden_independent(m) && forget < 2; forget++) {
            struct rows rows;
            double error[9];
            rows_new(&rows, m, n, 3, i);
            if (forget) {
                rows_forget(&rows, 0.5, true, i);
                for (size_t r = 0; r < n; r++)
                    rows.s->known[0][r * m->layers[0].size] = 0; /* nothing is complete */
                if (m->layers[0].unit == BZ_SOFTMAX)
                    for (size_t r = 0; r < n; r++)
                        memset(rows.s->known[0] + r * m->layers[0].size, 0, 3);
            }
            struct bz_chains *got = chains_of(&rows, 5), *want = chains_of(&rows, 5);
            bz_reconstruct(got, (const float *const *)rows.s->x, 0, n, 4, BZ_STATE, error, rows.w);
            bz_reconstruct(want, (const float *const *)rows.s->x, 0, n, 0, BZ_STATE, NULL, rows.w); /* base means only */
            bz_gibbs(want, 0, n, 4, rows.w);
            for (size_t l = 0; l < m->n_layers; l++)
                assert_memory_equal(got->s->x[l], want->s->x[l], n * m->layers[l].size * sizeof(float));
            for (size_t r = 0; r < n; r++) {
                assert_int_equal(got->step[r], 4);
                assert_true(error[r] >= 0 && isfinite(error[r]));
            }
            bz_chains_free(got);
            bz_chains_free(want);
            rows_free(&rows);
        }
        bz_machine_free(m);
    }
}

static void a_row_has_the_same_bits_in_every_batch(void **state)
{
    (void)state;
    enum { N = 150 };
    struct bz_machine *m;

    for (size_t i = 0; (m = oracle_number(i)); i++) {
        for (int type = BZ_MEAN; type <= BZ_STATE; type++) {
            struct rows rows;
            double error[N], alone[7];
            rows_new(&rows, m, N, 3, i);
            rows_forget(&rows, 0.1, true, i);
            struct bz_chains *all = chains_of(&rows, 5), *some = chains_of(&rows, 5);
            bz_reconstruct(all, (const float *const *)rows.s->x, 0, N, 2, type, error, rows.w);
            for (size_t first = 0; first + 7 <= N; first += 7) {
                const size_t n = first % 2 ? 7 : 1;
                bz_reconstruct(some, (const float *const *)rows.s->x, first, n, 2, type, alone, rows.w);
                assert_memory_equal(alone, error + first, n * sizeof(double));
                for (size_t l = 0; l < m->n_layers; l++) {
                    const size_t size = m->layers[l].size;
                    assert_memory_equal(some->s->x[l] + first * size, all->s->x[l] + first * size, n * size * sizeof(float));
                }
            }
            bz_chains_free(all);
            bz_chains_free(some);
            rows_free(&rows);
        }
        bz_machine_free(m);
    }
}

/* A layer with couplings to itself: held units contribute to every unit's field, at every step. */
static void held_units_steer_their_own_layer(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_self_coupled(BZ_BERNOULLI);
    struct bz_error err = {0};
    struct rows rows;
    float again[3];

    rows_new(&rows, m, 1, 0, 2);
    assert_int_equal(bz_state_make_known(rows.s, 0, &err), 0);
    memcpy(rows.s->known[0], (const uint8_t[]){1, 0, 1}, 3);
    memcpy(rows.s->x[0], (const float[]){1, 0, 0}, 3 * sizeof(float));
    struct bz_chains *c = chains_of(&rows, 1);
    double error;
    bz_reconstruct(c, (const float *const *)rows.s->x, 0, 1, 60, BZ_MEAN, &error, rows.w);
    assert_true(c->s->x[0][0] == 1 && c->s->x[0][2] == 0);
    bz_conditional_mean(c->s, 0, NULL, 0, 1, again, rows.w);
    assert_near(c->s->x[0][1], again[1], 1e-5);
    assert_true(error > 0);
    bz_chains_free(c);
    rows_free(&rows);
    bz_machine_free(m);
}

/* One choice, or one bit, is unknown, and the hidden units are gaussian: that they repeat what they are told about it makes it
 * no more certain. */
static void what_gaussian_hidden_units_repeat_is_no_evidence(void **state)
{
    (void)state;
    const enum bz_unit units[] = {BZ_SOFTMAX, BZ_BERNOULLI, BZ_SPIN, BZ_EXCLUSIVE};

    for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
        struct bz_machine *m = oracle_pair(units[u], BZ_GAUSSIAN);
        const size_t size = m->layers[0].size, states = m->layers[0].unit == BZ_SOFTMAX ? size / m->layers[0].groups : 1;
        const uint32_t *group = m->layers[0].exclusion.group;
        struct bz_error err = {0};
        struct rows rows;
        double values[MOST_LAYERS][MOST_UNITS], *mean[MOST_LAYERS];

        for (size_t l = 0; l < m->n_layers; l++)
            mean[l] = values[l];
        rows_new(&rows, m, 1, 0, 5);
        assert_int_equal(bz_state_make_known(rows.s, 0, &err), 0);
        for (size_t i = 0; i < size; i++)
            rows.s->known[0][i] = group ? group[i] != group[0] : i >= states;
        rows_means(&rows, 0, mean);
        struct bz_chains *c = chains_of(&rows, 1);
        bz_reconstruct(c, (const float *const *)rows.s->x, 0, 1, 100, BZ_MEAN, NULL, rows.w);
        for (size_t i = 0; i < size; i++)
            if (!rows.s->known[0][i])
                assert_near(c->s->x[0][i], mean[0][i], 1e-5);
        bz_chains_free(c);
        rows_free(&rows);
        bz_machine_free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posteriors_of_independent_hidden_units_are_exact),
        cmocka_unit_test(published_fixed_point),
        cmocka_unit_test(the_fixed_point_is_a_minimum_of_the_bound),
        cmocka_unit_test(the_fixed_point_is_consistent),
        cmocka_unit_test(known_units_keep_their_values),
        cmocka_unit_test(strong_inhibition_settles),
        cmocka_unit_test(a_warm_start_finds_the_same_point),
        cmocka_unit_test(means_go_back_and_forth),
        cmocka_unit_test(known_units_are_held_and_measured),
        cmocka_unit_test(draws_are_gibbs_sweeps),
        cmocka_unit_test(a_row_has_the_same_bits_in_every_batch),
        cmocka_unit_test(held_units_steer_their_own_layer),
        cmocka_unit_test(what_gaussian_hidden_units_repeat_is_no_evidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
