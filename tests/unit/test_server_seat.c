/* Small calls computed by the thread that read them: which calls these are, that no byte changes, and what is left behind. */
#include "fake_host.h"
#include "oracle_machines.h"
#include "queue.h"

#include "test.h"

#include <unistd.h>

#define FIVE_ROWS "{\"inputs\":[[1,0,1,1],[1,0,1,1],[1,0,1,1],[1,0,1,1],[1,0,1,1]]"

static const char features[] = "/v1/models/tiny/features", one_row[] = "{\"inputs\":[[1,0,1,1]]}";

static bool is_quick(struct fake_host *h, const char *path, const char *json)
{
    struct api_call *call = fake_open(h, &(struct fake_request){.path = path, .body = json});
    if (call->state != API_RUN)
        fail_msg("%s %s: %.*s", path, json, (int)call->reply.size, call->reply.body);
    bool quick = call->quick;
    api_free(call);
    return quick;
}

static void only_little_and_certain_work_is_quick(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    (void)state;
    assert_true(is_quick(h, features, one_row));
    assert_true(is_quick(h, "/v1/models/tiny/free-energy", one_row));
    assert_true(is_quick(h, "/v1/models/tiny/reconstruct", FIVE_ROWS "}"));
    assert_false(is_quick(h, "/v1/models/tiny/reconstruct", FIVE_ROWS ",\"steps\":10000}"));
    assert_false(is_quick(h, "/v1/models/tiny/free-energy", "{\"inputs\":[[1,null,1,1]]}"));
    assert_false(is_quick(h, "/v1/models/tiny/sample", "{\"steps\":1}"));
    fake_host_free(h);
}

static void never(struct srv_job *job)
{
    (void)job;
    fail();
}

static bool stays(struct srv_job *job)
{
    (void)job;
    return false;
}

static bool never_gone(struct srv_job *job, bool pressed)
{
    (void)job;
    (void)pressed;
    return false;
}

static void ended(struct srv_job *job, enum srv_ending ending)
{
    (void)job;
    (void)ending;
    fail();
}

static const struct srv_job_hooks hooks = {.decode = never, .begun = never, .gone = never_gone, .flush = stays, .done = ended};

static struct srv_queue *start(struct fake_host *h, size_t max_rows)
{
    struct srv_queue *q = NULL;
    struct srv_queue_setup setup = {.workers = 1, .max_rows = max_rows, .host = &h->host, .hooks = &hooks};
    assert_int_equal(srv_queue_new(&q, &setup, NULL), 0);
    return q;
}

static void a_seat_gives_the_bytes_of_a_worker(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    struct srv_queue *q = start(h, 10);
    struct srv_seat *seat = srv_seat_new(q);
    struct srv_lane lane = {.rows = 0};
    const struct fake_request req = {.path = features, .body = one_row};
    (void)state;
    struct api_call *want = fake_call(h, &req);
    struct srv_job job = {.call = fake_open(h, &req), .lane = &lane};
    assert_true(srv_seat_run(seat, &job));
    assert_int_equal(job.call->state, API_REPLY);
    assert_int_equal(job.call->reply.status, 200);
    assert_int_equal(job.call->reply.size, want->reply.size);
    assert_memory_equal(job.call->reply.body, want->reply.body, want->reply.size);
    assert_int_equal(job.batch_rows, 1);
    assert_int_equal(lane.rows, 0);
    api_free(job.call);
    api_free(want);
    srv_seat_free(seat);
    srv_queue_free(q);
    assert_int_equal(h->references, 1); /* the fake host's own worker keeps the model */
    fake_host_free(h);
}

static void a_seat_has_the_bounds_of_the_queue(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    struct srv_queue *q = start(h, 10);
    struct srv_seat *seat = srv_seat_new(q);
    struct srv_lane full = {.rows = 10}, nearly = {.rows = 9};
    (void)state;
    struct srv_job job = {.call = fake_open(h, &(struct fake_request){.path = features, .body = one_row}), .lane = &full};
    assert_false(srv_seat_run(seat, &job));
    assert_int_equal(job.call->state, API_RUN);
    job.lane = &nearly;
    assert_true(srv_seat_run(seat, &job));
    api_free(job.call);
    srv_queue_cut_off(q);
    job = (struct srv_job){.call = fake_open(h, &(struct fake_request){.path = features, .body = one_row}), .lane = &nearly};
    assert_false(srv_seat_run(seat, &job));
    api_free(job.call);
    srv_seat_free(seat);
    srv_queue_free(q);
    fake_host_free(h);
}

static void a_seat_lets_go_of_a_retired_model(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    struct srv_queue *q = start(h, 10);
    struct srv_seat *seat = srv_seat_new(q);
    struct srv_lane lane = {.rows = 0};
    (void)state;
    const int before = h->references;
    struct srv_job job = {.call = fake_open(h, &(struct fake_request){.path = features, .body = one_row}), .lane = &lane};
    assert_true(srv_seat_run(seat, &job));
    api_free(job.call);
    assert_int_equal(h->references, before + 1);
    atomic_store(&h->served.retired, true);
    srv_queue_trim(q);
    while (h->references != before) /* a worker does this in its own time */
        usleep(1000);
    srv_seat_free(seat);
    srv_queue_free(q);
    fake_host_free(h);
}

/* A connection whose phase began after the clock was read has not waited for centuries. */
static void time_that_has_not_passed_is_none(void **state)
{
    (void)state;
    assert_int_equal(srv_elapsed(5, 12), 7);
    assert_int_equal(srv_elapsed(5, 5), 0);
    assert_int_equal(srv_elapsed(6, 5), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_little_and_certain_work_is_quick), cmocka_unit_test(a_seat_gives_the_bytes_of_a_worker),
        cmocka_unit_test(a_seat_has_the_bounds_of_the_queue),    cmocka_unit_test(a_seat_lets_go_of_a_retired_model),
        cmocka_unit_test(time_that_has_not_passed_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
