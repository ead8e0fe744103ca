/* log Z that is followed while a machine learns, against sums over all states. */
#include "follow.h"

#include "course.h"
#include "energy.h"
#include "exact.h"
#include "rows.h"
#include "test.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { UNITS = 12, MANY = 60, HIDDEN = 6, ROWS = 60, UPDATES = 400, BATCH = 20 };

static struct bz_error err;

/* Rows of two kinds, with noise: alternate units, or the others; of choices (groups of three) one of two. */
static void read_row(const struct bz_layer *l, uint32_t row, float *x)
{
    const struct bz_key key = {.seed = 7, .chain = row, .purpose = BZ_DRAW_MISC};
    const bool second = bz_random_u32(&key, MANY) % 3 == 0;

    memset(x, 0, l->size * sizeof(*x));
    for (size_t i = 0; i < l->size; i++) {
        const size_t unit = l->unit == BZ_SOFTMAX ? i / 3 : i;
        const bool on = ((unit % 2 == 0) != second) != (bz_random_u32(&key, (uint32_t)unit) % 12 == 0);

        if (l->unit == BZ_GAUSSIAN)
            x[i] = (on ? 1.0F : -1.0F) + 0.3F * (float)bz_random_normal(&key, (uint32_t)i + 100);
        else if (l->unit == BZ_SOFTMAX)
            x[i] = i % 3 == (on ? 0 : 1) ? 1.0F : 0.0F;
        else
            x[i] = on ? bz_unit_type(l->unit)->most : bz_unit_type(l->unit)->least;
    }
}

static void read_rows(void *arg, struct bz_state *data, size_t first, size_t n)
{
    const uint64_t *updates = arg;

    for (size_t r = 0; r < n; r++)
        for (size_t l = 0; l < data->m->n_layers; l++)
            if (bz_is_visible(&data->m->layers[l]))
                read_row(&data->m->layers[l], (uint32_t)((*updates * BATCH + first + r) % ROWS),
                         data->x[l] + (first + r) * data->m->layers[l].size);
}

static struct bz_machine *machine_of(enum bz_unit visible, enum bz_unit hidden, size_t units)
{
    const struct bz_layer_spec layers[] = {
        {.name = "v", .role = BZ_VISIBLE, .unit = visible, .size = units, .groups = visible == BZ_SOFTMAX ? units / 3 : 1},
        {.name = "h", .role = BZ_HIDDEN, .unit = hidden, .size = HIDDEN},
    };
    const struct bz_coupling_spec coupling[] = {{0, 1}};
    struct bz_machine *m;

    assert_int_equal(bz_machine_new(&m, "rbm", layers, 2, coupling, 1, &err), 0);
    for (size_t w = 0; w < units * HIDDEN; w++)
        bz_machine_weight(m, 0)[w] = 0.02F * sinf(12.9898F * (float)w);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

static struct bz_machine *small_machine(enum bz_unit visible, enum bz_unit hidden)
{
    return machine_of(visible, hidden, UNITS);
}

/* A machine that learns and is followed. */
struct learning {
    struct train_learner *l;
    struct train_follower *f;
    struct bz_machine *shown;
};

static struct learning begin(const struct bz_machine *m, const struct train_clusters *clusters, uint64_t seed, bool averaged)
{
    const struct train_rule rule = {
        .algorithm = TRAIN_PCD, .sweeps = 2, .offset_rate = 0.05, .centred = true, .averaged = averaged, .min_log_sigma = -2};
    struct learning g;

    assert_int_equal(train_learner_new(&g.l, m, &rule, BATCH, 50, seed, NULL, &err), 0);
    assert_int_equal(train_learner_new_result(g.l, &g.shown, &err), 0);
    assert_int_equal(train_follower_new(&g.f, g.l, clusters, seed, NULL, &err), 0);
    assert_int_equal(train_follower_begin(g.f, &err), 0);
    return g;
}

static void learn(struct learning *g, size_t updates, double rate)
{
    for (size_t k = 0; k < updates; k++) {
        assert_int_equal(train_update(g->l, BATCH, rate, 0.5, read_rows, &g->l->updates, &err), 0);
        train_follower_step(g->f);
    }
    train_learner_result(g->l, g->shown);
}

static void end(struct learning *g)
{
    train_follower_free(g->f);
    train_learner_free(g->l);
    bz_machine_free(g->shown);
}

/* How far the followed log Z is from the exact one, in standard errors. */
static double errors_off(struct learning *g, double most)
{
    const struct bz_trajectory_ais_result r = train_follower_log_z(g->f, g->shown);
    double exact;

    assert_int_equal(bz_exact_log_z(g->shown, 1, NULL, 20, NULL, &exact, &err), 0);
    assert_true(r.stderr_ > 0 && r.stderr_ < most);
    return (r.log_z - exact) / r.stderr_;
}

static void what_is_followed_is_log_z(void **state)
{
    static const struct {
        enum bz_unit visible, hidden;
        double rate;
        bool averaged;
    } all[] = {{BZ_BERNOULLI, BZ_BERNOULLI, 0.05, false},
               {BZ_BERNOULLI, BZ_BERNOULLI, 0.05, true},
               {BZ_SPIN, BZ_SPIN, 0.02, false},
               {BZ_GAUSSIAN, BZ_BERNOULLI, 0.01, false},
               {BZ_SOFTMAX, BZ_BERNOULLI, 0.05, false}};
    (void)state;
    for (size_t k = 0; k < sizeof(all) / sizeof(*all); k++)
        for (uint64_t seed = 1; seed <= 3; seed++) {
            struct bz_machine *m = small_machine(all[k].visible, all[k].hidden);
            struct learning g = begin(m, NULL, seed, all[k].averaged);

            for (size_t part = 0; part < 4; part++) {
                learn(&g, UPDATES / 4, all[k].rate);
                const double off = errors_off(&g, 1);
                assert_true(fabs(off) < 4);
            }
            end(&g);
            bz_machine_free(m);
        }
}

/* Hidden unit 0 stands for one of two groups of rows far apart, all units off for the other, or each has a state of a softmax
 * layer; the other units are idle at first. The groups' masses are e^2 apart. */
static struct bz_machine *grouped_machine(bool choice)
{
    struct bz_machine *m = small_machine(BZ_BERNOULLI, BZ_BERNOULLI);

    if (choice)
        assert_int_equal(train_clusters_layer(&m, 2, &err), 0);
    const size_t width = m->layers[1].size;
    for (size_t i = 0; i < UNITS; i++) {
        bz_machine_bias(m, 0)[i] = i % 2 ? 6 : -6;
        if (choice)
            bz_machine_weight(m, 0)[i * width] = 0;
        bz_machine_weight(m, 0)[i * width + choice] = i % 2 ? -12 : 12;
    }
    bz_machine_bias(m, 1)[choice] = 2;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

static void groups_of_rows_start_as_a_mixture(void **state)
{
    (void)state;
    for (int choice = 0; choice < 2; choice++) {
        struct bz_machine *m = grouped_machine(choice);
        const struct train_clusters c = {
            .n = 2, .size = UNITS, .layer = 1, .n_units = 2, .unit = {choice ? 0 : -1, choice}, .of = {0, 1}};
        struct learning g = begin(m, &c, 1, false);

        assert_true(fabs(errors_off(&g, 0.1)) < 4);
        learn(&g, 200, 0.01);
        assert_true(fabs(errors_off(&g, 1)) < 4);
        end(&g);
        bz_machine_free(m);
    }
}

/* The whole state, as checkpoints have it. */
static void what_was_stored_goes_on_with_the_same_bits(void **state)
{
    struct bz_machine *m = small_machine(BZ_BERNOULLI, BZ_BERNOULLI);
    struct learning a = begin(m, NULL, 1, false), b = begin(m, NULL, 1, false);
    struct train_fields from = {0}, to = {0};

    (void)state;
    learn(&a, 101, 0.05);
    assert_int_equal(train_learner_fields(a.l, &from, &err), 0);
    assert_int_equal(train_follower_fields(a.f, &from, &err), 0);
    assert_int_equal(train_learner_fields(b.l, &to, &err), 0);
    assert_int_equal(train_follower_fields(b.f, &to, &err), 0);
    void *buffer = calloc(train_fields_bytes(&from), 1);
    assert_non_null(buffer);
    train_fields_copy_out(&from, buffer);
    train_fields_copy_in(&to, buffer);
    train_learner_refresh(b.l);
    free(buffer);
    learn(&a, 100, 0.05);
    learn(&b, 100, 0.05);
    const struct bz_trajectory_ais_result r = train_follower_log_z(a.f, a.shown), same = train_follower_log_z(b.f, b.shown);
    assert_true(r.log_z == same.log_z && r.stderr_ == same.stderr_ && r.ess == same.ess);
    train_fields_free(&from);
    train_fields_free(&to);
    end(&a);
    end(&b);
    bz_machine_free(m);
}

/* Where updates are too long for the chains, nothing is said until the next judgement. */
static void what_cannot_be_followed_is_not_known(void **state)
{
    struct bz_machine *m = small_machine(BZ_BERNOULLI, BZ_BERNOULLI);
    struct learning g = begin(m, NULL, 1, false);
    double exact;

    (void)state;
    for (size_t i = 0; i < UNITS; i++) {
        bz_machine_bias(g.l->m, 0)[i] = i % 2 ? 4 : -4;
        bz_machine_weight(g.l->m, 0)[i * HIDDEN] = i % 2 ? -8 : 8;
    }
    assert_int_equal(bz_machine_prepare(g.l->m, &err), 0);
    train_learner_result(g.l, g.shown);
    train_follower_step(g.f);
    assert_true(isnan(train_follower_log_z(g.f, g.shown).log_z) && isnan(train_follower_log_z(g.f, g.shown).stderr_));
    train_follower_step(g.f);
    assert_true(isnan(train_follower_log_z(g.f, g.shown).log_z));
    assert_int_equal(bz_exact_log_z(g.shown, 1, NULL, 20, NULL, &exact, &err), 0);
    train_follower_judged(g.f, g.shown, exact, 0);
    learn(&g, 50, 0.01);
    assert_true(isnan(train_follower_log_z(g.f, g.shown).log_z)); /* not before the next has borne it out */
    assert_int_equal(bz_exact_log_z(g.shown, 1, NULL, 20, NULL, &exact, &err), 0);
    train_follower_judged(g.f, g.shown, exact, 0);
    learn(&g, 50, 0.01);
    assert_true(fabs(errors_off(&g, 1)) < 4);
    end(&g);
    bz_machine_free(m);
}

/* After a judgement its log Z counts; a difference that errors do not explain is an error from then on. */
static void judgements_correct_it(void **state)
{
    struct bz_machine *m = small_machine(BZ_BERNOULLI, BZ_BERNOULLI);
    struct learning g = begin(m, NULL, 1, false);
    double exact;

    (void)state;
    learn(&g, 100, 0.05);
    assert_int_equal(bz_exact_log_z(g.shown, 1, NULL, 20, NULL, &exact, &err), 0);
    train_follower_judged(g.f, g.shown, exact, 0);
    struct bz_trajectory_ais_result r = train_follower_log_z(g.f, g.shown);
    assert_near(r.log_z, exact, 1e-9);
    assert_true(r.stderr_ < 0.3);
    train_follower_judged(g.f, g.shown, exact - 20, 0.1); /* a judge that has missed what the chains know */
    r = train_follower_log_z(g.f, g.shown);
    assert_near(r.log_z, exact, 1e-9);
    assert_true(r.stderr_ >= 20);
    train_follower_judged(g.f, g.shown, exact + 30, 0.1); /* and chains that have missed what the judge knows */
    r = train_follower_log_z(g.f, g.shown);
    assert_near(r.log_z, exact + 30, 1e-9);
    assert_true(r.stderr_ >= 29);
    train_follower_judged(g.f, g.shown, exact - 9, 0.1); /* they are not believed more than it any longer */
    assert_near(train_follower_log_z(g.f, g.shown).log_z, exact - 9, 1e-9);
    train_follower_judged(g.f, g.shown, exact + 30, 0);
    train_follower_judged(g.f, g.shown, NAN, NAN);
    assert_near(train_follower_log_z(g.f, g.shown).log_z, exact + 30, 1e-9);
    end(&g);
    bz_machine_free(m);
}

/* Mean log p of the rows. */
static double log_p(struct learning *g, double log_z)
{
    struct bz_state *s;
    struct bz_work *w;
    double energy[ROWS], sum = 0;
    uint64_t none = 0;

    assert_int_equal(bz_state_new(&s, g->shown, ROWS, &err), 0);
    assert_int_equal(bz_work_new(&w, g->shown, &err), 0);
    s->n = ROWS;
    read_rows(&none, s, 0, ROWS);
    bz_free_energy(s, 0, ROWS, energy, NULL, w);
    for (size_t r = 0; r < ROWS; r++)
        sum -= energy[r] / ROWS;
    bz_state_free(s);
    bz_work_free(w);
    return sum - log_z;
}

/* Plain chains at a rate that loses one of two kinds of rows: log p as it is followed falls with the exact one, and rings while
 * the judgements of a run (schedule.h) have not yet found out. */
static void a_lost_mode_rings_before_it_is_judged(void **state)
{
    enum { JUDGED = 200, GLANCE = 50, MOST = 4000 };
    struct bz_machine *m = machine_of(BZ_BERNOULLI, BZ_BERNOULLI, MANY);
    struct learning g = begin(m, NULL, 1, false);
    struct train_course course = {0};
    struct train_turn turn = {0};
    bool rang = false, parted = false;
    double exact;

    (void)state;
    while (!rang && !parted && g.l->updates < MOST) {
        train_learner_result(g.l, g.shown);
        assert_int_equal(bz_exact_log_z(g.shown, 1, NULL, 20, NULL, &exact, &err), 0);
        const struct bz_trajectory_ais_result r = train_follower_log_z(g.f, g.shown);
        const struct train_measure at = {.updates = g.l->updates,
                                         .log_prob = log_p(&g, exact),
                                         .log_prob_valid = (double)NAN,
                                         .followed = {log_p(&g, r.log_z), (double)NAN, r.stderr_}};
        rang = train_course_turned(&turn, &at, 1000);
        if (at.updates % JUDGED == 0) {
            parted = train_course_add(&course, &at) == TRAIN_PARTED;
            train_follower_judged(g.f, g.shown, exact, 0);
            train_course_turn_from(&course, &turn);
        }
        learn(&g, GLANCE, 0.05);
    }
    assert_true(rang && !parted);
    end(&g);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_of_rows_start_as_a_mixture),     cmocka_unit_test(what_was_stored_goes_on_with_the_same_bits),
        cmocka_unit_test(what_cannot_be_followed_is_not_known),  cmocka_unit_test(judgements_correct_it),
        cmocka_unit_test(a_lost_mode_rings_before_it_is_judged), cmocka_unit_test(what_is_followed_is_log_z),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
