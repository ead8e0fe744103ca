/* The queue by itself: what the watchdog asks it. (What clients see of it: tests/http/test_http_queue.c.) */
#include "fake_host.h"
#include "oracle_machines.h"
#include "queue.h"
#include "test.h"

#include <semaphore.h>
#include <unistd.h>

static sem_t decoding, go_on, done;

static void hold_up(struct srv_job *job)
{
    sem_post(&decoding);
    sem_wait(&go_on);
    api_refuse(job->call, API_BAD_REQUEST, "held up long enough");
}

static const char *no_header(void *arg, const char *name)
{
    (void)arg;
    (void)name;
    return NULL;
}

static bool is_gone(struct srv_job *job, bool pressed)
{
    (void)pressed;
    (void)job;
    return false;
}

static void tell(struct srv_job *job, enum srv_ending ending)
{
    (void)job;
    (void)ending;
    sem_post(&done);
}

static void a_worker_that_does_not_come_back_is_stuck(void **state)
{
    static const struct srv_job_hooks hooks = {.decode = hold_up, .gone = is_gone, .done = tell};
    const struct api_request req = {.method = "POST",
                                    .path = "/v1/models/tiny/features",
                                    .header = no_header,
                                    .has_length = true,
                                    .length = 2,
                                    .request_id = "x"};
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    struct srv_lane lane = {.rows = 0};
    struct srv_job job = {.lane = &lane};
    struct srv_queue *q;
    struct bz_error err;
    (void)state;
    sem_init(&decoding, 0, 0);
    sem_init(&go_on, 0, 0);
    sem_init(&done, 0, 0);
    api_free(fake_post(h, "/v1/models/tiny/features", "{\"inputs\":[[1,0,1,1]]}")); /* the first use of a model may block */
    job.call = api_open(&h->host, &req);
    assert_false(job.call->may_block);
    assert_int_equal(job.call->state, API_BODY);
    const struct srv_queue_setup setup = {.workers = 2, .max_rows = 100, .host = &h->host, .hooks = &hooks};
    if (srv_queue_new(&q, &setup, &err) < 0)
        fail_msg("%s", err.msg);
    assert_false(srv_queue_is_stuck(q, 0)); /* idle for however long */
    srv_queue_decode(q, &job);
    sem_wait(&decoding);
    usleep(5000);
    assert_true(srv_queue_is_stuck(q, 1000000));
    assert_false(srv_queue_is_stuck(q, 3600000000000u));
    sem_post(&go_on);
    sem_wait(&done);
    for (int i = 0; i < 20000 && srv_queue_is_stuck(q, 0); i++)
        usleep(1000);
    assert_false(srv_queue_is_stuck(q, 0));
    srv_queue_free(q);
    api_free(job.call);
    fake_host_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_worker_that_does_not_come_back_is_stuck)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
