/* Turns of an event loop, played with a clock of its own: connections that always have a request, and who comes when. */
#include "turns.h"

#include "test.h"

#include <string.h>

enum { MANY = 500, COST_NS = 50000, GREEDY = 7, OTHER = 8 };

struct play {
    struct srv_turns turns;
    struct srv_turn of[MANY];
    uint64_t client[MANY];
    /* The connections of this round, and those called for the next. */
    size_t list[2 * MANY], n_list, next[2 * MANY], n_next;
    uint64_t now, answered[16];
    bool others_compute;
    uint64_t used, longest_rest;
    size_t order[4 * MANY], n_order; /* clients, as they were answered */
};

static void call(struct play *p)
{
    for (struct srv_turn *t; (t = srv_turn_call(&p->turns));)
        p->next[p->n_next++] = (size_t)(t - p->of);
}

/* A connection that is ready in this round: its request is answered, or waits. */
static bool visit(struct play *p, size_t i)
{
    if (p->others_compute && srv_turn_begins(&p->turns, &p->of[i])) {
        const uint64_t rest = srv_turn_rest(&p->turns, p->now, p->used);
        p->longest_rest = rest > p->longest_rest ? rest : p->longest_rest;
        p->now += rest;
    }
    const bool goes_on = srv_turn_ask(&p->turns, &p->of[i], p->client[i], p->now);
    call(p);
    if (!goes_on)
        return false;
    p->now += COST_NS;
    p->used += COST_NS;
    srv_turn_done(&p->turns, p->now);
    p->answered[p->client[i]]++;
    p->order[p->n_order++ % (4 * MANY)] = p->client[i];
    memset(&p->of[i], 0, sizeof(p->of[i]));
    return true;
}

/* A round: those called in the last one, then those that have arrived since. With `again` each has another request when it is
 * answered. */
static void run_round(struct play *p, bool again)
{
    memcpy(p->list, p->next, sizeof(p->list));
    p->n_list = p->n_next;
    p->n_next = 0;
    size_t arrived[MANY], n = 0;
    for (size_t i = 0; i < p->n_list; i++)
        if (visit(p, p->list[i]) && again)
            arrived[n++] = p->list[i];
    for (size_t i = 0; i < n; i++)
        visit(p, arrived[i]);
}

static struct play *begin(size_t n, size_t others)
{
    struct play *p = test_calloc(1, sizeof(*p));
    p->now = 1000000000;
    for (size_t i = 0; i < n; i++)
        p->client[i] = i < others ? OTHER : GREEDY;
    return p;
}

static void one_client_alone_has_rounds_of_milliseconds(void **state)
{
    (void)state;
    struct play *p = begin(MANY, 0);
    for (size_t i = 0; i < MANY; i++)
        visit(p, i);
    const uint64_t first = p->answered[GREEDY];
    assert_in_range(first, 4000000 / COST_NS, 4000000 / COST_NS + 2);
    assert_int_equal(p->turns.waiting + p->turns.called + first, MANY);
    for (int k = 0; k < 100 && p->answered[GREEDY] < MANY; k++)
        run_round(p, false);
    assert_int_equal(p->answered[GREEDY], MANY); /* none is forgotten */
    assert_int_equal(p->turns.waiting, 0);
    test_free(p);
}

/* However many connections one client has: another's request is next after those of a short round. */
static void a_request_of_another_client_does_not_wait_for_all_of_them(void **state)
{
    (void)state;
    struct play *p = begin(MANY, 1);
    visit(p, 0); /* the other one was there */
    for (size_t i = 1; i < MANY; i++)
        visit(p, i);
    for (int k = 0; k < 50; k++) {
        const uint64_t before = p->answered[GREEDY], polite = p->answered[OTHER];
        run_round(p, true);
        assert_true(visit(p, 0)); /* arrived meanwhile, seen last */
        assert_int_equal(p->answered[OTHER], polite + 1);
        if (p->answered[GREEDY] - before > 5)
            fail_msg("round %d: %u requests before it", k, (unsigned)(p->answered[GREEDY] - before));
    }
    assert_true(p->answered[GREEDY] > 100); /* which go on */
    test_free(p);
}

/* Each round of a loop that always has requests is followed by a rest as long, in which the others' wait stays short. */
static void threads_that_compute_have_half_of_a_busy_loops_processor(void **state)
{
    (void)state;
    struct play *p = begin(MANY, 1);
    p->others_compute = true;
    visit(p, 0);
    for (size_t i = 1; i < MANY; i++)
        visit(p, i);
    const uint64_t from = p->now, used = p->used;
    for (int k = 0; k < 1000; k++) {
        run_round(p, true);
        assert_true(visit(p, 0));
    }
    const double share = (double)(p->used - used) / (double)(p->now - from);
    if (share < 0.45 || share > 0.6)
        fail_msg("the loop had %.2f", share);
    assert_in_range(p->longest_rest, 50000, 200000);
    const uint64_t rested = p->now - p->used;
    p->now += 50000000; /* it had nothing to do */
    run_round(p, true);
    assert_int_equal(p->now - p->used, rested + 50000000);
    test_free(p);
}

static void those_that_wait_are_called_client_by_client(void **state)
{
    (void)state;
    struct play *p = begin(MANY, MANY / 10);
    for (size_t i = MANY; i-- > 0;)
        visit(p, i);
    for (int k = 0; k < 30; k++)
        run_round(p, true);
    p->n_order = 0;
    uint64_t before = p->answered[OTHER], all = p->answered[GREEDY];
    for (int k = 0; k < 30; k++)
        run_round(p, true);
    before = p->answered[OTHER] - before;
    all = p->answered[GREEDY] - all;
    if (before + before / 5 < all || all + all / 5 < before)
        fail_msg("%u and %u", (unsigned)before, (unsigned)all);
    test_free(p);
}

static void a_client_that_waits_for_each_answer_never_waits_for_its_turn(void **state)
{
    (void)state;
    struct play *p = begin(2, 1);
    for (int k = 0; k < 10000; k++) {
        assert_true(visit(p, (size_t)k % 2));
        p->now += 200000;
    }
    test_free(p);
}

/* A connection may end after it was called: the others are called all the same. */
static void one_that_was_called_may_leave(void **state)
{
    (void)state;
    struct play *p = begin(MANY, 1);
    visit(p, 0);
    for (size_t i = 1; i < MANY; i++)
        visit(p, i);
    size_t left = 0;
    while (p->n_next) {
        const size_t n = p->n_next;
        memcpy(p->list, p->next, sizeof(p->list));
        p->n_next = 0;
        for (size_t i = 0; i < n; i++, left++) {
            assert_int_equal(p->of[p->list[i]].state, SRV_TURN_CALLED);
            srv_turn_leave(&p->turns, &p->of[p->list[i]], p->now);
            call(p);
        }
    }
    assert_int_equal(p->turns.waiting, 0);
    assert_int_equal(left + p->answered[GREEDY] + p->answered[OTHER], MANY);
    test_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_client_alone_has_rounds_of_milliseconds),
        cmocka_unit_test(a_request_of_another_client_does_not_wait_for_all_of_them),
        cmocka_unit_test(threads_that_compute_have_half_of_a_busy_loops_processor),
        cmocka_unit_test(those_that_wait_are_called_client_by_client),
        cmocka_unit_test(a_client_that_waits_for_each_answer_never_waits_for_its_turn),
        cmocka_unit_test(one_that_was_called_may_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
