/* Costs are known before work begins, and work in progress stops when it is told to, whatever its shape. */
#include "fake_host.h"
#include "mem.h"
#include "oracle_machines.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define M "/v1/models/tiny/"

static void a_call_above_the_limit_is_refused_by_name(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    (void)state;
    h->host.max_cost = 1e6; /* a sweep of a chain of 4 x 3 units is 24 */
    static const struct {
        const char *query;
        int status;
    } rows[] = {
        {"steps=1000", 200},
        {"steps=1000&count=10", 200},
        {"steps=1000000", 413},
        {"steps=1000&count=1000", 413},
        {"steps=1000000&format=sse", 413},
        {"steps=10&format=sse", 200},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct fake_request req = {.method = "GET", .path = M "sample", .query = rows[i].query};
        struct api_call *call = fake_call(h, &req);
        if (call->reply.status != rows[i].status)
            fail_msg("%s: %d, cost %g", rows[i].query, call->reply.status, call->cost);
        if (rows[i].status == 413) {
            assert_string_equal(call->code, "too_costly");
            assert_false(call->stream);
            assert_string_equal(call->reply.content_type, "application/problem+json");
        }
        api_free(call);
    }
    struct api_call *call = fake_post(h, M "reconstruct", "{\"inputs\":[[1,0,1,1],[1,1,1,1]],\"steps\":10000}");
    assert_int_equal(call->reply.status, 200); /* 2 rows of 10000 sweeps: 480000 */
    api_free(call);
    fake_host_free(h);
    h = fake_host_new(oracle_counts(false));
    h->host.max_cost = 1e6;
    call = fake_post(h, M "sample", "{\"steps\":10,\"counts\":{\"visible\":1000000}}");
    assert_int_equal(call->reply.status, 413);
    api_free(call);
    call = fake_post(h, M "sample", "{\"steps\":10,\"init\":[[0,500000,0]]}");
    assert_int_equal(call->reply.status, 413);
    api_free(call);
    h->host.max_cost = 5e12; /* the default; this request would take a worker hours */
    call = fake_post(h, M "sample", "{\"steps\":10000,\"counts\":{\"visible\":1000000}}");
    assert_int_equal(call->reply.status, 413);
    api_free(call);
    char token[2000], body[2100]; /* the chains that it goes on from have their counts */
    call = fake_post(h, M "sample", "{\"steps\":1,\"counts\":{\"visible\":1000}}");
    assert_int_equal(sscanf(strstr(call->reply.body, "\"continue\":\""), "\"continue\":\"%1999[^\"]", token), 1);
    api_free(call);
    snprintf(body, sizeof(body), "{\"continue\":\"%s\",\"steps\":11}", token);
    h->host.max_cost = 5e6;
    call = fake_post(h, M "sample", body);
    assert_int_equal(call->reply.status, 413);
    api_free(call);
    fake_host_free(h);
}

struct asked {
    long times, stop_at;
};

static bool stop(void *arg)
{
    struct asked *a = arg;
    return ++a->times >= a->stop_at;
}

/* Whatever the shape of the work, it asks during a single run whether to stop, and gives no result once told to. */
static void work_ends_when_it_is_told_to(void **state)
{
    struct bz_machine *(*const machines[])(bool) = {oracle_counts, oracle_dbm, oracle_lateral, oracle_gaussian};
    static const struct {
        size_t machine;
        const char *path, *body;
    } rows[] = {
        {0, M "sample", "{\"steps\":100,\"counts\":{\"visible\":1000000}}"},
        {0, M "sample", "{\"steps\":1,\"init\":[[16000000,5,1]]}"},
        {1, M "sample", "{\"steps\":1000000}"},
        {1, M "reconstruct", "{\"inputs\":[[1,0,1,1]],\"steps\":10000,\"type\":\"state\"}"},
        {1, M "features", "{\"inputs\":[[1,0,1,1]]}"},
        {2, M "sample", "{\"steps\":1000000,\"count\":3}"},
        {3, M "reconstruct", "{\"inputs\":[[1,0,1,1]],\"steps\":10000}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fake_host *h = fake_host_new(machines[rows[i].machine](false));
        struct asked a = {0, 1};
        struct api_call *call = fake_open(h, &(struct fake_request){.path = rows[i].path, .body = rows[i].body});
        if (call->state != API_RUN)
            fail_msg("%s: %.*s", rows[i].body, (int)call->reply.size, call->reply.body);
        api_worker_ask(h->worker, stop, &a);
        api_run(&call, 1, h->worker);
        if (a.times != 1 || !call->stopped || call->state != API_RUN)
            fail_msg("%s: asked %ld times, stopped %d, state %d", rows[i].body, a.times, call->stopped, call->state);
        api_worker_ask(h->worker, NULL, NULL);
        api_free(call);
        fake_host_free(h);
    }
}

static struct bz_machine *wide(void)
{
    enum { UNITS = 300 };
    const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, UNITS, 1, false},
                                           {"hidden", BZ_HIDDEN, BZ_BERNOULLI, UNITS, 1, false}};
    const struct bz_coupling_spec couplings[] = {{0, 1}};
    struct bz_machine *m;
    struct bz_error err;
    assert_int_equal(bz_machine_new(&m, "rbm", layers, 2, couplings, 1, &err), 0);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

/* Chains that only start, and results of chains that do not move, are work too: it is done in slices, which ask. */
static void starts_and_results_come_in_slices(void **state)
{
    static const struct {
        const char *query, *body;
        bool counts;
        long slices, asks; /* at least */
    } rows[] = {
        {"", "{\"count\":200,\"steps\":0,\"counts\":{\"visible\":10000}}", true, 30, 30}, /* 2e6 counts */
        {"?type=mean", "{\"count\":2048,\"steps\":0}", false, 4, 30},                     /* 2e8 for energies, 2e8 for means */
        {"?format=ndjson", "{\"count\":2048,\"steps\":0}", false, 4, 30},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fake_host *h = fake_host_new(rows[i].counts ? oracle_counts(false) : wide());
        struct asked a = {0, 1000000000};
        struct api_call *call = fake_open(
            h,
            &(struct fake_request){.path = M "sample", .query = rows[i].query + (*rows[i].query != 0), .body = rows[i].body});
        long slices = 0;
        api_worker_ask(h->worker, stop, &a);
        for (; call->state == API_RUN && slices < 100000; slices++)
            api_run(&call, 1, h->worker);
        if (slices < rows[i].slices || a.times < rows[i].asks || call->stopped)
            fail_msg("%s %s: %ld slices, asked %ld times", rows[i].query, rows[i].body, slices, a.times);
        api_worker_ask(h->worker, NULL, NULL);
        api_free(call);
        fake_host_free(h);
    }
}

/* Asking, and being told to go on, changes nothing. */
static void being_asked_changes_no_bit(void **state)
{
    struct fake_host *h = fake_host_new(oracle_counts(false));
    static const char body[] = "{\"steps\":3,\"seed\":5,\"counts\":{\"visible\":100000}}";
    struct asked a = {0, 1000000000};
    struct api_call *quiet = fake_post(h, M "sample", body);
    (void)state;
    api_worker_ask(h->worker, stop, &a);
    struct api_call *asked = fake_post(h, M "sample", body);
    assert_true(a.times > 3);
    assert_int_equal(quiet->reply.size, asked->reply.size);
    assert_memory_equal(quiet->reply.body, asked->reply.body, quiet->reply.size);
    api_free(quiet);
    api_free(asked);
    fake_host_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_above_the_limit_is_refused_by_name),
        cmocka_unit_test(work_ends_when_it_is_told_to),
        cmocka_unit_test(starts_and_results_come_in_slices),
        cmocka_unit_test(being_asked_changes_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
