/* What the judgements of a run lead to. */
#include "course.h"
#include "test.h"

static enum train_verdict judge(struct train_course *c, uint64_t updates, double train, double valid)
{
    const struct train_measure m = {.updates = updates, .log_prob = train, .log_prob_valid = valid, .log_z_error = 0.1};

    return train_course_add(c, &m);
}

static void better_is_best_and_noise_is_nothing(void **state)
{
    struct train_course c = {0};

    (void)state;
    assert_int_equal(judge(&c, 0, -40, -41), TRAIN_BEST);
    assert_int_equal(judge(&c, 100, -20, -21), TRAIN_BEST);
    assert_int_equal(judge(&c, 200, -20.6, -21.5), TRAIN_GO_ON);
    assert_int_equal(judge(&c, 300, -19, -20), TRAIN_BEST);
    assert_true(c.best == -20 && c.best_updates == 300 && c.start == -41);
}

static void a_fall_of_what_is_learned_from_rings(void **state)
{
    struct train_course c = {0};

    (void)state;
    judge(&c, 0, -40, -41);
    judge(&c, 100, -12, -13);
    assert_int_equal(judge(&c, 200, -25, -26), TRAIN_GO_ON); /* may be noise */
    assert_int_equal(judge(&c, 300, -12.1, -13.1), TRAIN_GO_ON);
    assert_int_equal(judge(&c, 400, -25, -26), TRAIN_GO_ON);
    assert_int_equal(judge(&c, 500, -28, -29), TRAIN_PARTED);
    assert_true(c.best == -13 && c.best_updates == 100);
}

/* Training rows were learned by heart: what they lose by the return is no fall. */
static void going_back_does_not_ring(void **state)
{
    struct train_course c = {0};
    struct train_turn t = {0};

    (void)state;
    judge(&c, 0, -40, -41);
    judge(&c, 100, -20, -21);
    for (uint64_t i = 0; i < 3; i++)
        judge(&c, 200 + 100 * i, -10 + (double)i, -25);
    train_course_return(&c, &t);
    assert_true(c.top == -20 && c.top_updates == 100 && t.top == -20);
    assert_int_equal(judge(&c, 500, -20.1, -21.1), TRAIN_GO_ON);
    assert_int_equal(judge(&c, 600, -20.2, -21.2), TRAIN_GO_ON);
}

static void of_units_without_bounds_it_asks_for_smaller_steps_first(void **state)
{
    struct train_course c = {.unbounded = true};
    size_t slower = 0;

    (void)state;
    judge(&c, 0, -40, -41);
    judge(&c, 100, -12, -13);
    for (uint64_t i = 0; i < 8; i++)
        slower += judge(&c, 200 + 100 * i, -1e9, -1e9) == TRAIN_RAN_AWAY;
    assert_int_equal(slower, 4);
    judge(&c, 1000, -1e9, -1e9);
    assert_int_equal(judge(&c, 1100, -1e9, -1e9), TRAIN_PARTED);
}

/* Log p of training rows as measured during training with persistent chains: MNIST (500 hidden units), where it swings and the
 * run ends at -84; two and three patterns, one of which the chains leave. */
static void swings_do_not_ring_and_lost_modes_do(void **state)
{
    static const struct {
        double log_p[12];
        bool parts;
    } runs[] = {{{-206, -151.0, -157.7, -163.7, -165.2, -155.8, -138.9, -140.0, -149.2, -123.8, -144.6, -120}, false},
                {{-42.5, -14.0, -17.2, -24.0, -29.9, -35.1, -39.5, -44.8, -47.8, -52.9, -56.1, -71.2}, true},
                {{-60.7, -18.9, -23.4, -31.8, -37.3, -47.7, -48.1, -50.1, -50.5, -52.7, -56.1, -55.0}, true}};
    (void)state;
    for (size_t r = 0; r < sizeof(runs) / sizeof(*runs); r++) {
        struct train_course c = {0};
        bool rang = false;
        for (size_t i = 0; i < 12; i++)
            rang = judge(&c, 200 * i, runs[r].log_p[i], runs[r].log_p[i]) == TRAIN_PARTED || rang;
        assert_int_equal(rang, runs[r].parts);
    }
}

static void held_out_rows_that_only_lose_while_others_gain_are_learning_by_heart(void **state)
{
    struct train_course c = {0};

    (void)state;
    judge(&c, 0, -40, -41);
    judge(&c, 100, -30, -32);
    assert_int_equal(judge(&c, 200, -29, -33), TRAIN_GO_ON);
    assert_int_equal(judge(&c, 300, -28, -33.5), TRAIN_GO_ON);
    assert_int_equal(judge(&c, 400, -27, -34), TRAIN_BY_HEART);
    assert_true(c.best_updates == 100);
}

static void without_held_out_rows_those_that_are_learned_from_decide(void **state)
{
    struct train_course c = {0};

    (void)state;
    judge(&c, 0, -40, NAN);
    assert_int_equal(judge(&c, 100, -30, NAN), TRAIN_BEST);
    assert_true(c.best == -30);
}

static bool turns(struct train_turn *t, uint64_t updates, double train, double error)
{
    const struct train_measure m = {.updates = updates, .followed = {train, train, error}};

    return train_course_turned(t, &m, 1000);
}

static void a_trajectory_that_turns_rings_once_in_a_while(void **state)
{
    struct train_turn t = {0};

    (void)state;
    assert_false(turns(&t, 0, -42, 0.1));
    assert_false(turns(&t, 100, -14, 0.1));
    assert_false(turns(&t, 200, -20, 0.1)); /* as far as log p swings */
    assert_false(turns(&t, 300, -29, 0.1));
    assert_false(turns(&t, 300, -29, 0.1)); /* the same figure again */
    assert_true(turns(&t, 400, -30, 0.1));
    assert_int_equal(t.top_at, 100);
    for (uint64_t i = 500; i < 1400; i += 100)
        assert_false(turns(&t, i, -35, 0.1));
    assert_true(turns(&t, 1400, -36, 0.1));
}

static void what_was_judged_is_what_it_turns_from(void **state)
{
    struct train_course c = {0};
    struct train_turn t = {0};

    (void)state;
    judge(&c, 0, -42, -42);
    turns(&t, 0, -42, 0);
    assert_false(turns(&t, 100, 30, 0.1)); /* it had lost something */
    judge(&c, 200, -20, -20);
    train_course_turn_from(&c, &t);
    for (uint64_t i = 300; i < 1000; i += 100)
        assert_false(turns(&t, i, -20, 0.1));
    assert_false(turns(&t, 1000, -35, 0.1));
    assert_true(turns(&t, 1100, -35, 0.1));
    assert_int_equal(t.top_at, 200);
}

static void a_trajectory_that_knows_little_says_nothing(void **state)
{
    struct train_turn t = {0};

    (void)state;
    turns(&t, 0, -42, 0.1);
    turns(&t, 100, -14, 0.5);
    for (uint64_t i = 200; i < 1000; i += 100)
        assert_false(turns(&t, i, -30, 6) || turns(&t, i + 10, NAN, NAN) || turns(&t, i + 20, -500, INFINITY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trajectory_that_turns_rings_once_in_a_while),
        cmocka_unit_test(what_was_judged_is_what_it_turns_from),
        cmocka_unit_test(a_trajectory_that_knows_little_says_nothing),
        cmocka_unit_test(better_is_best_and_noise_is_nothing),
        cmocka_unit_test(of_units_without_bounds_it_asks_for_smaller_steps_first),
        cmocka_unit_test(a_fall_of_what_is_learned_from_rings),
        cmocka_unit_test(going_back_does_not_ring),
        cmocka_unit_test(swings_do_not_ring_and_lost_modes_do),
        cmocka_unit_test(held_out_rows_that_only_lose_while_others_gain_are_learning_by_heart),
        cmocka_unit_test(without_held_out_rows_those_that_are_learned_from_decide),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
