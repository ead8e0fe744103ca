/* Every allocation of a request fails in turn: the reply is the right one or reports out of memory; nothing crashes, and
 * nothing leaks (checked under a sanitizer). */
#include "fake_host.h"
#include "mem.h"
#include "oracle_machines.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static const struct fake_request requests[] = {
    {.path = "/v1/models/tiny/features",
     .body = "{\"inputs\":[[1,0,null,1],[0,0,1,1]],\"mask\":[1,1,1,0],\"type\":\"state\",\"seed\":1}"},
    {.path = "/v1/models/tiny/free-energy", .body = "{\"inputs\":{\"visible\":[[1,0,1,1]]}}"},
    {.path = "/v1/models/tiny/energy", .body = "{\"states\":{\"visible\":[[1,0,1,1]],\"hidden\":[[1,0,1]]}}"},
    {.path = "/v1/models/tiny/reconstruct", .query = "format=npy&steps=2", .body = "{\"inputs\":[[1,0,null,1]]}"},
    {.path = "/v1/models/tiny/reconstruct", .query = "format=png", .body = "{\"inputs\":[[1,0,null,1]]}"},
    {.path = "/v1/models/tiny/sample",
     .body = "{\"count\":3,\"steps\":4,\"seed\":2,\"layers\":[\"visible\",\"hidden\"],\"init\":[[1,0,1,1]],"
             "\"clamp\":{\"visible\":{\"values\":[1,0,0,null],\"mask\":[1,0,0,1]}}}"},
    {.path = "/v1/models/tiny/sample", .query = "format=sse&seed=2&steps=4&every=2"},
    {.path = "/v2/models/tiny/infer",
     .body =
         "{\"id\":\"a\",\"inputs\":[{\"name\":\"visible\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1,0,1,1]},{\"name\":"
         "\"mask\","
         "\"shape\":[1,4],\"datatype\":\"BOOL\",\"data\":[1,0,1,1]}],\"parameters\":{\"binary_data_output\":true,\"seed\":3},"
         "\"outputs\":[{\"name\":\"features\"},{\"name\":\"free_energy\"},{\"name\":\"samples\"},{\"name\":\"reconstruction\"}]"
         "}"},
    {.path = "/v1/models/tiny/reconstruct", .query = "as=rows", .body = "{\"rows\":[{\"a\":1,\"c\":null},{\"id\":3,\"b\":0}]}"},
    {.path = "/v1/models/tiny/free-energy", .query = "explain=true", .body = "{\"rows\":[{\"a\":1,\"id\":\"x\"}]}"},
    {.path = "/v1/models/tiny/features", .query = "format=csv", .type = "text/csv", .body = "id,d,c,b,a,e\nx,1,0,,1,2\n"},
    {.method = "GET", .path = "/v1/models"},
    {.method = "GET", .path = "/v1/models/tiny"},
    {.method = "GET", .path = "/v1/models/tiny/parameters/visible~hidden.weight", .query = "format=npy"},
    {.method = "GET", .path = "/v2/models/tiny/config"},
    {.method = "GET", .path = "/openapi.json"},
    {.path = "/v1/models/tiny/sample", .query = "colour=red"},
};

static char columns[] = "{\"columns\":[{\"name\":\"id\",\"kind\":\"index\"},"
                        "{\"name\":\"a\",\"kind\":\"boolean\",\"layer\":\"visible\",\"unit\":0},"
                        "{\"name\":\"b\",\"kind\":\"boolean\",\"layer\":\"visible\",\"unit\":1},"
                        "{\"name\":\"c\",\"kind\":\"boolean\",\"layer\":\"visible\",\"unit\":2},"
                        "{\"name\":\"d\",\"kind\":\"boolean\",\"layer\":\"visible\",\"unit\":3}]}";

static void each_failing_allocation_is_survived(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    h->model.table = columns;
    (void)state;
    assert_int_equal(h->host.make_ready(&h->host, &h->served, NULL), 0);
    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
        struct api_call *good = fake_call(h, &requests[i]);
        size_t failed = 0;
        for (long n = 0; n < 120; n++) {
            api_worker_free(h->worker); /* a new worker has to allocate its scratch memory, so that this can fail too */
            h->worker = api_worker_new(&h->host, false);
            bz_alloc_fail_at(n);
            const struct api_request minimal = {.method = "GET", .path = "/v2"};
            struct api_call *probe = n == 0 ? api_open(&h->host, &minimal) : NULL;
            assert_null(probe); /* not even the call itself could be allocated: the transport answers */
            bz_alloc_fail_at(n + 1);
            struct api_call *call = fake_call(h, &requests[i]);
            bz_alloc_fail_at(-1);
            if (call->reply.status == good->reply.status && !call->code == !good->code &&
                call->reply.size == good->reply.size) {
                assert_memory_equal(call->reply.body, good->reply.body, good->reply.size);
            } else if (call->reply.status == good->reply.status) { /* a refusal without a body, or a stream that broke off */
                assert_true(good->code || strstr(call->reply.body, "out_of_memory"));
            } else {
                assert_int_equal(call->reply.status, 503);
                assert_string_equal(call->code, "out_of_memory");
                failed++;
            }
            api_free(call);
        }
        assert_true(failed > 0 || good->code);
        api_free(good);
    }
    h->model.table = NULL;
    fake_host_free(h);
}

/* An event loop gives decoding so many bytes; what takes more is decoded again elsewhere, as if for the first time. */
static void a_call_is_decoded_twice_as_if_once(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    h->model.table = columns;
    (void)state;
    assert_int_equal(h->host.make_ready(&h->host, &h->served, NULL), 0);
    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
        struct api_call *good = fake_call(h, &requests[i]);
        size_t again = 0;
        for (size_t bytes = 0; bytes < 6000; bytes += 1 + bytes / 5) {
            struct api_call *call = fake_open_head(h, &requests[i], requests[i].body ? strlen(requests[i].body) : 0);
            for (int pass = 0; pass < 2 && call->state == API_BODY; pass++) {
                char body[1024] = "";
                snprintf(body, sizeof(body), "%s", requests[i].body ? (const char *)requests[i].body : "");
                if (pass == 0)
                    bz_alloc_within(bytes);
                api_decode(call, body, strlen(body));
                if (bz_alloc_exceeded() && pass == 0 && call->state == API_REPLY) {
                    api_undecode(call);
                    again++;
                }
            }
            fake_finish(h, call);
            assert_int_equal(call->reply.status, good->reply.status);
            assert_int_equal(call->reply.size, good->reply.size);
            assert_memory_equal(call->reply.body, good->reply.body, good->reply.size);
            api_free(call);
        }
        assert_true(again > 0 || good->reply.status != 200);
        api_free(good);
    }
    h->model.table = NULL;
    fake_host_free(h);
}

/* Many chains of a request of some bytes: too much for an event loop, whatever they cost. */
static void many_chains_are_not_made_at_once(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    const struct fake_request req = {.path = "/v1/models/tiny/sample", .query = "count=65536&steps=1000000000"};
    (void)state;
    struct api_call *call = fake_open_head(h, &req, 0);
    bz_alloc_within(1 << 20);
    api_decode(call, NULL, 0);
    assert_true(bz_alloc_exceeded());
    assert_int_equal(call->state, API_REPLY);
    api_undecode(call);
    api_decode(call, NULL, 0);
    assert_int_equal(call->state, API_RUN);
    assert_false(bz_alloc_exceeded());
    api_free(call);
    fake_host_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_failing_allocation_is_survived),
        cmocka_unit_test(a_call_is_decoded_twice_as_if_once),
        cmocka_unit_test(many_chains_are_not_made_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
