/* The queue by itself: what the watchdog asks it. (For what clients see of it: tests/http/test_http_queue.c.) */
#include "fake_host.h"
#include "oracle_machines.h"
#include "queue.h"
#include "stop.h"
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

/* Every worker is busy with something long: /metrics, which say so, come all the same. */
static void pages_about_all_models_do_not_wait_for_workers(void **state)
{
    static const struct srv_job_hooks hooks = {.decode = hold_up, .gone = is_gone, .done = tell};
    const struct fake_request body = {.method = "POST", .path = "/v1/models/tiny/features"},
                              page = {.method = "GET", .path = "/metrics"};
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    struct srv_lane lane = {.rows = 0};
    struct srv_queue *q;
    struct bz_error err;
    (void)state;
    sem_init(&decoding, 0, 0);
    sem_init(&go_on, 0, 0);
    sem_init(&done, 0, 0);
    api_free(fake_post(h, "/v1/models/tiny/features", "{\"inputs\":[[1,0,1,1]]}"));
    const struct srv_queue_setup setup = {.workers = 1, .max_rows = 100, .host = &h->host, .hooks = &hooks};
    assert_int_equal(srv_queue_new(&q, &setup, &err), 0);
    struct srv_job long_one = {.lane = &lane, .call = fake_open_head(h, &body, 2)},
                   told = {.call = fake_open_head(h, &page, 0)};
    srv_queue_decode(q, &long_one);
    sem_wait(&decoding);
    srv_queue_decode(q, &told);
    sem_wait(&decoding); /* for ever, if it waited for the worker */
    sem_post(&go_on);
    sem_post(&go_on);
    sem_wait(&done);
    sem_wait(&done);
    srv_queue_free(q);
    api_free(long_one.call);
    api_free(told.call);
    fake_host_free(h);
}

/* A body that would be decoded for ever, if nobody were asked. */
static void go_round(struct srv_job *job)
{
    sem_post(&decoding);
    while (!bz_stopping())
        usleep(1000);
    job->call->stopped = true;
}

static enum srv_ending ended;
static void tell_how(struct srv_job *job, enum srv_ending ending)
{
    (void)job;
    ended = ending;
    sem_post(&done);
}

static void decoding_ends_when_the_job_must(void **state)
{
    static const struct srv_job_hooks hooks = {.decode = go_round, .gone = is_gone, .done = tell_how};
    const struct api_request req = {.method = "POST",
                                    .path = "/v1/models/tiny/features",
                                    .header = no_header,
                                    .has_length = true,
                                    .length = 2,
                                    .request_id = "x"};
    static const enum srv_ending endings[] = {SRV_TIMED_OUT, SRV_CLIENT_GONE, SRV_CUT_OFF};
    static const int statuses[] = {504, 0, 503};
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    struct srv_queue *q;
    struct bz_error err;
    (void)state;
    sem_init(&decoding, 0, 0);
    sem_init(&done, 0, 0);
    api_free(fake_post(h, "/v1/models/tiny/features", "{\"inputs\":[[1,0,1,1]]}"));
    const struct srv_queue_setup setup = {.workers = 1, .max_rows = 100, .host = &h->host, .hooks = &hooks};
    assert_int_equal(srv_queue_new(&q, &setup, &err), 0);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        struct srv_lane lane = {.rows = 0};
        struct srv_job job = {.lane = &lane, .call = api_open(&h->host, &req)};
        job.deadline_ns = endings[i] == SRV_TIMED_OUT ? srv_now() + 50000000u : 0;
        srv_queue_decode(q, &job);
        sem_wait(&decoding);
        if (endings[i] == SRV_CLIENT_GONE)
            srv_queue_cancel(q, &job);
        if (endings[i] == SRV_CUT_OFF)
            srv_queue_cut_off(q);
        sem_wait(&done);
        assert_int_equal(ended, endings[i]);
        assert_int_equal(job.call->reply.status, statuses[i]);
        api_free(job.call);
    }
    srv_queue_free(q);
    fake_host_free(h);
}

enum { FLOOD = 12, ALL = FLOOD + 2 };
static struct srv_job jobs[ALL];
static size_t order[ALL], n_served;

/* The first job is held up, and takes a while; the others are recorded. */
static void serve(struct srv_job *job)
{
    if (job == &jobs[0]) {
        sem_post(&decoding);
        sem_wait(&go_on);
    }
    order[n_served++] = (size_t)(job - jobs);
    api_refuse(job->call, API_BAD_REQUEST, "served");
}

/* One client has a dozen requests pending when another sends one; with one worker, and turns known to be long. */
static void one_client_s_many_requests_do_not_stand_before_another_s_first(void **state)
{
    static const struct srv_job_hooks hooks = {.decode = serve, .gone = is_gone, .done = tell};
    const struct api_request req = {.method = "POST",
                                    .path = "/v1/models/tiny/features",
                                    .header = no_header,
                                    .has_length = true,
                                    .length = 2,
                                    .request_id = "x"};
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    struct srv_lane lane = {.rows = 0};
    struct srv_share flood = {0}, other = {0};
    struct srv_queue *q;
    struct bz_error err;
    (void)state;
    sem_init(&decoding, 0, 0);
    sem_init(&go_on, 0, 0);
    sem_init(&done, 0, 0);
    api_free(fake_post(h, "/v1/models/tiny/features", "{\"inputs\":[[1,0,1,1]]}"));
    const struct srv_queue_setup setup = {.workers = 1, .max_rows = 100, .host = &h->host, .hooks = &hooks};
    assert_int_equal(srv_queue_new(&q, &setup, &err), 0);
    for (int round = 0; round < 2; round++) { /* in the first round the queue learns how long a turn takes */
        const size_t n = round ? ALL : 1;
        n_served = 0;
        for (size_t i = 0; i < n; i++) {
            jobs[i] = (struct srv_job){.call = api_open(&h->host, &req), .lane = &lane, .share = i + 1 < ALL ? &flood : &other};
            const size_t finished = i == FLOOD ? FLOOD - 1 : 0; /* the flood's last request comes when others of it are done */
            flood.in_hand -= finished;
            srv_queue_decode(q, &jobs[i]);
            flood.in_hand += finished;
            if (i == 0)
                sem_wait(&decoding);
        }
        usleep(round ? 0 : 400000);
        sem_post(&go_on);
        for (size_t i = 0; i < n; i++)
            sem_wait(&done);
        assert_int_equal(n_served, n);
        for (size_t i = 0; i < n; i++)
            api_free(jobs[i].call);
    }
    size_t at = 0;
    while (order[at] != ALL - 1)
        at++;
    assert_true(at < ALL / 2); /* not behind what came before it */
    for (size_t i = 0, last = 0; i < ALL; last = order[i] < ALL - 1 ? order[i] : last, i++)
        assert_true(order[i] >= last); /* one client's requests are served in order */
    assert_int_equal(flood.in_hand, 0);
    assert_int_equal(other.in_hand, 0);
    srv_queue_free(q);
    fake_host_free(h);
}

static void decode_chains(struct srv_job *job)
{
    char body[] = "{\"count\":60000,\"steps\":1}";
    api_decode(job->call, body, sizeof(body) - 1);
    sem_post(&decoding);
    sem_wait(&go_on);
    if (job->call->state == API_RUN)
        api_refuse(job->call, API_BAD_REQUEST, "decoded");
}

/* Not only when they have been decoded: as many calls as there are workers would have theirs by then. */
static void chains_are_counted_before_memory_is_taken(void **state)
{
    static const struct srv_job_hooks hooks = {.decode = decode_chains, .gone = is_gone, .done = tell};
    static const struct fake_request body = {.method = "POST", .path = "/v1/models/tiny/sample"};
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    struct srv_lane lane = {.rows = 0};
    struct srv_share share = {.bytes = 0};
    struct srv_queue *q;
    struct bz_error err;
    (void)state;
    sem_init(&decoding, 0, 0);
    sem_init(&go_on, 0, 0);
    sem_init(&done, 0, 0);
    api_free(fake_post(h, "/v1/models/tiny/features", "{\"inputs\":[[1,0,1,1]]}"));
    const struct srv_queue_setup setup = {
        .workers = 3, .max_rows = 1000000, .max_bytes = 1000000, .host = &h->host, .hooks = &hooks};
    assert_int_equal(srv_queue_new(&q, &setup, &err), 0);
    struct srv_job job[] = {
        {.lane = &lane, .share = &share}, {.lane = &lane}, {.lane = &lane, .share = &share}, {.lane = &lane}};
    for (int i = 0; i < 3; i++) {
        job[i].call = fake_open_head(h, &body, 25);
        srv_queue_decode(q, &job[i]);
        sem_wait(&decoding);
    }
    assert_null(job[0].call->code); /* alone, however large */
    assert_string_equal(job[1].call->code, "queue_full");
    assert_string_equal(job[2].call->code, "too_many_requests");
    for (int i = 0; i < 3; i++)
        sem_post(&go_on);
    for (int i = 0; i < 3; i++)
        sem_wait(&done);
    job[3].call = fake_open_head(h, &body, 25); /* the others gave theirs back */
    srv_queue_decode(q, &job[3]);
    sem_wait(&decoding);
    assert_null(job[3].call->code);
    sem_post(&go_on);
    sem_wait(&done);
    assert_int_equal(share.bytes, 0);
    srv_queue_free(q);
    for (int i = 0; i < 4; i++)
        api_free(job[i].call);
    fake_host_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_that_does_not_come_back_is_stuck),
        cmocka_unit_test(pages_about_all_models_do_not_wait_for_workers),
        cmocka_unit_test(decoding_ends_when_the_job_must),
        cmocka_unit_test(chains_are_counted_before_memory_is_taken),
        cmocka_unit_test(one_client_s_many_requests_do_not_stand_before_another_s_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
