/* Groups of rows keep their shares while a machine learns: the weights in an update, and the correction of the groups' unit
 * biases when log Z is judged. */
#include "shares.h"

#include "masses.h"

#include "mem.h"
#include "test.h"

#include <math.h>
#include <string.h>

enum { BITS = 60, FEW = 12, MANY = 40, ROWS = 50, CHAINS = 40 };

static struct bz_error err;

static bool pattern(size_t i)
{
    return i % 2;
}

/* The same machine with offsets 0.5 for the bits and 0.3 for unit 0. Returns the constant that this adds to its log masses. */
static double centre(struct bz_machine *m, size_t units)
{
    float *b = bz_machine_bias(m, 0), *c = bz_machine_bias(m, 1), *w = bz_machine_weight(m, 0), *o = bz_machine_offset(m, 0);
    double constant = 0;

    bz_machine_offset(m, 1)[0] = 0.3F;
    for (size_t i = 0; i < BITS; i++) {
        o[i] = 0.5F;
        b[i] += 0.3F * w[i * units];
        c[0] += 0.5F * w[i * units];
        constant += 0.5 * (0.3 * (double)w[i * units] - (double)b[i]);
    }
    return constant - 0.3 * (double)c[0];
}

/* Hidden unit 0 off: bits near a pattern; on: near its complement, which has e^3 times the mass. The others are idle. */
static struct bz_machine *two_modes(size_t units, double *log_mass)
{
    const struct bz_layer_spec layers[] = {
        {.name = "v", .role = BZ_VISIBLE, .unit = BZ_BERNOULLI, .size = BITS, .has_offset = true},
        {.name = "h", .role = BZ_HIDDEN, .unit = BZ_BERNOULLI, .size = units, .has_offset = true},
    };
    const struct bz_coupling_spec coupling[] = {{0, 1}};
    struct bz_machine *m;

    assert_int_equal(bz_machine_new(&m, "rbm", layers, 2, coupling, 1, &err), 0);
    for (size_t i = 0; i < BITS; i++) {
        bz_machine_bias(m, 0)[i] = pattern(i) ? 2.25F : -2.25F;
        bz_machine_weight(m, 0)[i * units] = pattern(i) ? -4.5F : 4.5F;
    }
    bz_machine_bias(m, 1)[0] = 3;
    log_mass[0] = BITS / 2 * (log1p(exp(2.25)) + log1p(exp(-2.25))) + (double)(units - 1) * log(2) + centre(m, units);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    log_mass[1] = log_mass[0] + 3;
    return m;
}

static struct train_clusters *groups(double first)
{
    struct train_clusters *c = bz_alloc(1, sizeof(*c), &err);

    assert_non_null(c);
    *c = (struct train_clusters){
        .n = 2, .size = BITS, .share = {first, 1 - first}, .layer = 1, .n_units = 2, .unit = {-1, 0}, .of = {0, 1}};
    assert_non_null(c->centre = bz_alloc(2 * BITS, sizeof(double), &err));
    for (size_t i = 0; i < BITS; i++) {
        c->centre[i] = pattern(i) ? 0.9 : 0.1;
        c->centre[BITS + i] = 1 - c->centre[i];
    }
    return c;
}

static struct train_judge *judge(struct bz_machine *m, const struct train_clusters *c)
{
    float seen[BITS];
    const float *const mean[] = {seen, NULL};
    struct train_judge *j;

    for (size_t i = 0; i < BITS; i++)
        seen[i] = 0.5F;
    assert_int_equal(train_judge_new(&j, m, mean, c, 1, NULL, NULL, &err), 0);
    return j;
}

static void masses_of_modes(size_t units, double within)
{
    double truth[2];
    struct bz_machine *m = two_modes(units, truth);
    struct train_clusters *c = groups(0.5);
    struct train_judge *j = judge(m, c);
    struct train_judgement says;

    assert_int_equal(train_judge_log_z(j, 7, 1, NULL, &says, &err), 0);
    for (size_t k = 0; k < 2; k++)
        assert_near(says.log_mass[k] - truth[k], 0, within);
    assert_near(says.log_z - truth[1], log1p(exp(-3)), within);
    train_judge_free(j);
    train_clusters_free(c);
    bz_machine_free(m);
}

static void the_judge_sums_what_each_mode_has(void **state)
{
    (void)state;
    masses_of_modes(FEW, 1e-3);
}

static void or_runs_from_each_groups_rates_find_it(void **state)
{
    (void)state;
    masses_of_modes(MANY, 0.3);
}

/* Log weights up and down, as widely spread as those of runs that are too short: normal, so that a mean of a few dozen is off
 * by half a nat or more. */
static void runs_both_ways_meet_at_the_mass(void **state)
{
    enum { N = 400 };
    const double truth = 100, wide = 2;
    double up[N], down[N], fewer[N / 2], error;

    (void)state;
    for (size_t i = 0; i < N; i++) { /* at the quantiles of a logistic distribution scaled to the normal one's deviation */
        const double q = ((double)i + 0.5) / N, z = log(q / (1 - q)) / 1.702;
        up[i] = truth - wide * wide / 2 + wide * z;
        down[i] = truth + wide * wide / 2 + wide * z;
    }
    assert_near(train_mass_of_both(up, N, down, N, &error) - truth, 0, 1e-4);
    assert_near(error, 0.1, 0.03);
    for (size_t i = 0; i < N / 2; i++)
        fewer[i] = down[2 * i + i % 2];
    assert_near(train_mass_of_both(up, N, fewer, N / 2, &error) - truth, 0, 0.05);
    for (size_t i = 0; i < N; i += 2)
        up[i] = -INFINITY; /* ended elsewhere */
    assert_near(train_mass_of_both(up, N, down, N, &error) - truth, -log(2), 0.05);
}

static void down_from_chains_of_either_group(void **state)
{
    double truth[2];
    struct bz_machine *m = two_modes(MANY, truth);
    struct train_clusters *c = groups(0.5);
    struct train_judge *j = judge(m, c);
    struct train_judgement says;
    struct bz_state *chains;

    (void)state;
    assert_int_equal(bz_state_new(&chains, m, CHAINS, &err), 0);
    chains->n = CHAINS;
    for (size_t r = 0; r < CHAINS; r++)
        for (size_t i = 0; i < BITS; i++)
            chains->x[0][r * BITS + i] = pattern(i) == (r % 2 == 0) ? 1 : 0;
    assert_int_equal(train_judge_log_z(j, 7, 6, chains, &says, &err), 0);
    for (size_t k = 0; k < 2; k++) {
        assert_near(says.log_mass[k] - truth[k], 0, 0.03);
        assert_true(says.mass_error[k] < 0.02);
    }
    bz_state_free(chains);
    train_judge_free(j);
    train_clusters_free(c);
    bz_machine_free(m);
}

/* One of three measurements says nothing about group 1; those of group 0 differ by more than their errors. */
static void measurements_of_masses_are_put_together(void **state)
{
    const double mass[][2] = {{10, -3}, {11, NAN}, {15, -3.3}}, error[][2] = {{0.5, 0.1}, {0.5, NAN}, {1, 0.2}};
    struct train_mass_pool pool = {0};
    double of[2], within[2];

    (void)state;
    for (size_t i = 0; i < 3; i++)
        train_mass_add(&pool, 2, mass[i], error[i]);
    train_mass_of_pool(&pool, 2, of, within);
    assert_near(of[0], (4 * 10 + 4 * 11 + 15) / 9.0, 1e-9); /* 11 */
    assert_near(within[0], sqrt((4 * 1 + 0 + 16) / 2.0 / 9), 1e-9);
    assert_near(of[1], (100 * -3 + 25 * -3.3) / 125, 1e-9);
    assert_near(within[1], sqrt((100 * 0.06 * 0.06 + 25 * 0.24 * 0.24) / 125), 1e-9); /* more than 1 / sqrt(125) */
    train_mass_of_pool(&(struct train_mass_pool){0}, 2, of, within);
    assert_true(isnan(of[0]) && isnan(within[1]));
}

/* d(share 0) = share 0 (1 - share 0) d(log mass 0 - log mass 1). */
static void shares_have_errors(void **state)
{
    struct train_judgement j = {.log_mass = {log(3), log(1)}, .mass_error = {0.3, 0.4}};
    double share[2], error[2];

    (void)state;
    train_judgement_sum(&j, 2);
    assert_near(j.log_z, log(4), 1e-9);
    train_shares_of(&j, 2, share, error);
    assert_near(share[0], 0.75, 1e-9);
    assert_near(error[0], 0.75 * 0.25 * 0.5, 1e-9);
    assert_near(error[1], error[0], 1e-9);
}

static struct train_learner *learner(const struct bz_machine *m, const struct train_clusters *c)
{
    const struct train_rule rule = {.algorithm = TRAIN_PCD, .sweeps = 1, .averaged = true};
    struct train_learner *l;

    assert_int_equal(train_learner_new(&l, m, &rule, ROWS, CHAINS, 1, NULL, &err), 0);
    l->clusters = c;
    return l;
}

static void biases_give_modes_the_shares_of_their_rows(void **state)
{
    double truth[2];
    struct bz_machine *m = two_modes(FEW, truth), *shown;
    struct train_clusters *c = groups(0.95);
    struct train_learner *l = learner(m, c);
    struct train_judgement says, then;
    bool done;

    (void)state;
    assert_int_equal(train_learner_new_result(l, &shown, &err), 0);
    struct train_judge *j = judge(shown, c);
    assert_int_equal(train_judge_log_z(j, 1, 1, NULL, &says, &err), 0);
    assert_int_equal(train_shares_correct(l, shown, &says, &done, &err), 0);
    assert_true(done);
    train_learner_result(l, shown);
    assert_int_equal(train_judge_log_z(j, 2, 1, NULL, &then, &err), 0);
    assert_near(then.log_z - says.log_z, 0, 1e-3);
    assert_near(exp(then.log_mass[0] - then.log_z), 0.95, 1e-3);

    bz_machine_weight(shown, 0)[0] = 0; /* a unit that is on everywhere does not represent a group */
    bz_machine_bias(shown, 1)[0] = 500;
    assert_int_equal(bz_machine_prepare(shown, &err), 0);
    assert_int_equal(train_shares_correct(l, shown, &then, &done, &err), 0);
    assert_false(done);
    train_judge_free(j);
    train_learner_free(l);
    train_clusters_free(c);
    bz_machine_free(shown);
    bz_machine_free(m);
}

/* Two units each lead from even odds to a pattern, and have offsets: through these, too, the correction of the biases changes
 * log Z. */
static void log_z_follows_the_biases_of_several_units(void **state)
{
    double unused[2];
    struct bz_machine *m = two_modes(FEW, unused), *shown;
    struct train_clusters *c = groups(0.5);
    struct train_judgement says, then;
    bool done;

    (void)state;
    c->unit[0] = 1;
    for (size_t i = 0; i < BITS; i++) {
        const bool first = pattern(i), second = i / 2 % 2;
        c->centre[i] = second ? 0.9 : 0.1;
        c->centre[BITS + i] = first ? 0.9 : 0.1;
        bz_machine_bias(m, 0)[i] = bz_machine_offset(m, 0)[i] = 0;
        bz_machine_weight(m, 0)[i * FEW] = first ? 2.25F : -2.25F;
        bz_machine_weight(m, 0)[i * FEW + 1] = second ? 2.25F : -2.25F;
    }
    for (size_t j = 0; j < 2; j++) {
        bz_machine_bias(m, 1)[j] = j ? -20 : -17; /* e^3 times the mass for group 1 */
        bz_machine_offset(m, 1)[j] = 0.5F;
    }
    for (size_t i = 0; i < BITS; i++)
        for (size_t j = 0; j < 2; j++) /* even odds where both are off */
            bz_machine_bias(m, 0)[i] += 0.5F * bz_machine_weight(m, 0)[i * FEW + j];
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    struct train_learner *l = learner(m, c);
    l->centred[1] = true;
    l->offset[1] = m->layers[1].offset;
    assert_int_equal(train_learner_new_result(l, &shown, &err), 0);
    struct train_judge *j = judge(shown, c);
    assert_int_equal(train_judge_log_z(j, 1, 1, NULL, &says, &err), 0);
    assert_near(says.log_mass[1] - says.log_mass[0], 3, 0.1);
    assert_true(shown->layers[1].offset && shown->layers[1].offset[1] == 0.5F);
    assert_int_equal(train_shares_correct(l, shown, &says, &done, &err), 0);
    assert_true(done);
    train_learner_result(l, shown);
    assert_int_equal(train_judge_log_z(j, 2, 1, NULL, &then, &err), 0);
    assert_near(then.log_mass[1] - then.log_mass[0], 0, 0.3); /* the state with both units on has a little, too */
    assert_near(then.log_z - says.log_z, 0, 0.3);
    train_judge_free(j);
    train_learner_free(l);
    bz_machine_free(shown);
    train_clusters_free(c);
    bz_machine_free(m);
}

/* The rows of one half: the first `first` are in group 0. */
static void fill(struct bz_state *s, size_t first)
{
    for (size_t r = 0; r < s->n; r++)
        for (size_t i = 0; i < BITS; i++)
            s->x[0][r * BITS + i] = pattern(i) == (r < first) ? 1 : 0;
}

static double weight_of(const struct train_phase *p, size_t group)
{
    double sum = 0;

    for (size_t r = 0; r < p->s->n; r++)
        sum += p->of[r] == group ? (double)p->weight[r] : 0;
    return sum;
}

static void halves_of_an_update_weigh_groups_alike(void **state)
{
    double truth[2];
    struct bz_machine *m = two_modes(FEW, truth);
    struct train_clusters *c = groups(0.7);
    struct train_learner *l = learner(m, c);

    (void)state;
    l->clamped.count = ROWS;
    l->running.count = CHAINS;
    fill(l->clamped.s, 40); /* of 50 */
    fill(l->running.s, 2);  /* of 40: fewer than half of 28 */
    assert_int_equal(train_shares_weigh(l, &err), 0);
    assert_near(weight_of(&l->clamped, 0), 0.7, 1e-5);
    assert_near(weight_of(&l->running, 0), -0.7, 1e-5);
    assert_near(weight_of(&l->running, 1), -0.3, 1e-5);
    size_t first = 0;
    for (size_t r = 0; r < CHAINS; r++)
        first += l->running.s->x[0][r * BITS + 1] == 1;
    assert_int_equal(first, 14);

    fill(l->running.s, 0); /* rows stand in */
    assert_int_equal(train_shares_weigh(l, &err), 0);
    assert_near(weight_of(&l->running, 0), -0.7, 1e-5);
    fill(l->clamped.s, ROWS); /* a group missing in one half is left out of the other */
    assert_int_equal(train_shares_weigh(l, &err), 0);
    assert_near(weight_of(&l->clamped, 0), 1, 1e-5);
    assert_near(weight_of(&l->running, 1), 0, 1e-5);
    train_learner_free(l);
    train_clusters_free(c);
    bz_machine_free(m);
}

/* Until they move, they are as grey as rows are, and their hidden units are means. */
static void rows_that_stand_in_for_chains_are_kept_as_they_are(void **state)
{
    double truth[2];
    struct bz_machine *m = two_modes(FEW, truth);
    struct train_clusters *c = groups(0.7);
    struct train_learner *l = learner(m, c);
    struct train_fields f = {0};
    float seen[CHAINS * FEW], *means = l->running.s->x[1];
    char *copy;

    (void)state;
    l->clamped.count = ROWS;
    l->running.count = CHAINS;
    fill(l->clamped.s, 40);
    fill(l->running.s, 0);
    for (size_t i = 0; i < ROWS * FEW; i++)
        l->clamped.s->x[1][i] = 0.25F;
    assert_int_equal(train_shares_weigh(l, &err), 0);
    memcpy(seen, means, sizeof(seen));
    assert_int_equal(train_learner_fields(l, &f, &err), 0);
    assert_non_null(copy = bz_alloc(train_fields_bytes(&f), 1, &err));
    train_fields_copy_out(&f, copy);
    memset(means, 0, sizeof(seen));
    train_fields_copy_in(&f, copy);
    assert_memory_equal(means, seen, sizeof(seen));
    bz_free(copy);
    train_fields_free(&f);
    train_learner_free(l);
    train_clusters_free(c);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_judge_sums_what_each_mode_has),
                                       cmocka_unit_test(or_runs_from_each_groups_rates_find_it),
                                       cmocka_unit_test(runs_both_ways_meet_at_the_mass),
                                       cmocka_unit_test(down_from_chains_of_either_group),
                                       cmocka_unit_test(measurements_of_masses_are_put_together),
                                       cmocka_unit_test(shares_have_errors),
                                       cmocka_unit_test(biases_give_modes_the_shares_of_their_rows),
                                       cmocka_unit_test(log_z_follows_the_biases_of_several_units),
                                       cmocka_unit_test(halves_of_an_update_weigh_groups_alike),
                                       cmocka_unit_test(rows_that_stand_in_for_chains_are_kept_as_they_are)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
