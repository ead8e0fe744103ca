/* Groups of rows of unequal widths: a mixture with several states for the wide ones, and what is measured of such a machine. */
#include "clusters.h"

#include "data_case.h"
#include "energy.h"
#include "exact.h"
#include "judge.h"
#include "mathx.h"
#include "rows.h"
#include "tables.h"
#include "test.h"

#include <math.h>
#include <stdio.h>

enum { UNITS = 8, ROWS = 600, GROUPS = 3 };

static struct bz_error err;

static struct bz_machine *machine(enum bz_unit hidden)
{
    const struct bz_layer_spec layers[] = {
        {.name = "visible", .role = BZ_VISIBLE, .unit = BZ_GAUSSIAN, .size = 1},
        {.name = "hidden", .role = BZ_HIDDEN, .unit = hidden, .size = UNITS, .has_offset = true},
    };
    const struct bz_coupling_spec coupling[] = {{0, 1}};
    struct bz_machine *m;

    assert_int_equal(bz_machine_new(&m, "rbm", layers, 2, coupling, 1, &err), 0);
    return m;
}

/* Groups of deviation 1, 1 and 8, a third of the rows each. *truth: mean log p of the rows. */
static struct train_data *data(double *truth)
{
    static const double centre[GROUPS] = {0, 30, 100}, deviation[GROUPS] = {1, 1, 8};
    static char text[ROWS * 40];
    size_t at = 0;

    *truth = 0;
    for (size_t r = 0; r < ROWS; r++) {
        const struct bz_key key = {.seed = 5, .chain = (uint32_t)r, .purpose = BZ_DRAW_MISC};
        const double a = bz_random_normal(&key, 0), x = centre[r % GROUPS] + deviation[r % GROUPS] * a;
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%.6f\n", x);
        *truth -= (a * a / 2 + log(deviation[r % GROUPS] * GROUPS) + log(2 * 3.14159265358979) / 2) / ROWS;
    }
    return load(&(struct train_data_options){.data = ONE(text_file("clusters.csv", text))});
}

static double log_p(const struct bz_machine *m, const struct train_data *d, const size_t *rows)
{
    struct rows r;
    double log_z, free_energy[ROWS], sum = 0;

    assert_int_equal(bz_exact_log_z(m, 1, NULL, 16, NULL, &log_z, &err), 0);
    rows_new(&r, m, ROWS, 0, 1);
    train_part_read(&d->parts[0], rows, ROWS, NULL, r.s->x[0], NULL);
    bz_free_energy(r.s, 0, ROWS, free_energy, NULL, r.w);
    for (size_t i = 0; i < ROWS; i++)
        sum -= free_energy[i] / ROWS;
    rows_free(&r);
    return sum - log_z;
}

static void masses_are_those_of_the_rows(struct bz_machine *m, const struct train_clusters *c)
{
    const float mean = 0, *means[] = {&mean, NULL, NULL};
    struct train_judgement says;
    struct train_judge *j;
    double log_z;

    assert_int_equal(bz_exact_log_z(m, 1, NULL, 16, NULL, &log_z, &err), 0);
    assert_int_equal(train_judge_new(&j, m, means, c, 1, NULL, NULL, &err), 0);
    assert_int_equal(train_judge_log_z(j, 1, 1, NULL, &says, &err), 0);
    assert_near(says.log_z, log_z, 1e-6);
    for (size_t k = 0; k < GROUPS; k++) {
        assert_near(bz_exp(says.log_mass[k] - log_z), 1.0 / GROUPS, 0.01);
        assert_near(says.mass_error[k], 0, 0);
    }
    train_judge_free(j);
}

/* Without parts of the wide group log p is far below the truth. */
static void wide_groups_have_several_states(void **state)
{
    struct train_clusters *found;
    struct bz_machine *m = machine(BZ_BERNOULLI);
    double truth;
    size_t rows[ROWS], of[GROUPS] = {0};
    struct train_data *d = data(&truth);

    (void)state;
    for (size_t r = 0; r < ROWS; r++)
        rows[r] = r;
    assert_int_equal(train_start_clusters(&m, d, rows, ROWS, 1, &found, &err), 0);
    assert_non_null(found);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_int_equal(found->n, GROUPS);
    assert_true(found->n_units > GROUPS);
    assert_int_equal(m->layers[1].size, found->n_units);
    for (size_t u = 0; u < found->n_units; u++)
        of[found->of[u]]++;
    for (size_t k = 0; k < GROUPS; k++) /* the wide one is the rightmost */
        for (size_t i = 0; i < GROUPS; i++)
            assert_true(found->centre[k] <= found->centre[i] || of[k] > of[i]);
    assert_true(log_p(m, d, rows) > truth - 0.1);
    masses_are_those_of_the_rows(m, found);
    train_clusters_free(found);
    bz_machine_free(m);
    train_data_free(d);
}

/* Of one gaussian unit the pseudo-likelihood is log p, whatever its hidden units' values. */
static void pseudo_likelihood_of_one_unit_is_log_p(enum bz_unit hidden)
{
    struct bz_machine *m = machine(hidden);
    struct rows r;
    double log_z, free_energy, pseudo;

    for (size_t j = 0; j < UNITS; j++) {
        bz_machine_weight(m, 0)[j] = 0.8F * (float)(j + 1);
        bz_machine_bias(m, 1)[j] = 0.1F * (float)j - 20;
    }
    bz_machine_bias(m, 0)[0] = -3;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_int_equal(bz_exact_log_z(m, 1, NULL, 16, NULL, &log_z, &err), 0);
    rows_new(&r, m, 1, 0, 1);
    r.s->x[0][0] = 1.5F;
    bz_free_energy(r.s, 0, 1, &free_energy, NULL, r.w);
    assert_int_equal(bz_pseudo_likelihood(r.s, 0, 1, &pseudo, r.w, &err), 0);
    assert_near(pseudo, -free_energy - log_z, 1e-4);
    rows_free(&r);
    bz_machine_free(m);
}

static void pseudo_likelihood_sees_all_values_of_hidden_units(void **state)
{
    (void)state;
    pseudo_likelihood_of_one_unit_is_log_p(BZ_BERNOULLI);
    pseudo_likelihood_of_one_unit_is_log_p(BZ_SPIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wide_groups_have_several_states),
        cmocka_unit_test(pseudo_likelihood_sees_all_values_of_hidden_units),
    };

    return cmocka_run_group_tests(tests, case_folder, case_folder_end);
}
