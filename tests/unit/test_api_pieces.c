/* Large replies written while they are read: the same bytes as of one that was written before, however they are read. */
#include "fake_host.h"
#include "machine.h"
#include "mem.h"
#include "served.h"
#include "test.h"

#include <string.h>

enum { VISIBLE = 96, HIDDEN = 64 };

static struct fake_host *host(void)
{
    struct bz_machine *m = served_rbm(VISIBLE, HIDDEN, 1);
    struct bz_error err;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return fake_host_new(m);
}

static const char both[] = "{\"layers\":[\"visible\",\"hidden\"]}";

static const struct fake_request requests[] = {
    {.path = "/v1/models/tiny/sample", .query = "count=11000&steps=1&seed=3"},
    {.path = "/v1/models/tiny/sample", .query = "count=11000&steps=1&seed=3&type=mean"},
    {.path = "/v1/models/tiny/sample", .query = "count=17000&steps=1&seed=3", .body = both},
    {.path = "/v1/models/tiny/sample", .query = "count=12000&steps=1&seed=3", .body = both}, /* one of them small */
    {.path = "/v1/models/tiny/sample", .query = "count=11000&steps=1&seed=3&type=mean&format=npy"},
    {.path = "/v1/models/tiny/sample", .query = "count=11000&steps=1&seed=3&type=mean&format=raw"},
};

/* All of it, by reads of one size; the caller's. */
static char *read_all(struct api_pieces *p, size_t step, size_t *size)
{
    enum { ROOM = 64 << 20 };
    char *all = malloc(ROOM);
    ssize_t n;
    *size = 0;
    while ((n = api_pieces_read(p, all + *size, step)) > 0)
        *size += (size_t)n;
    return realloc(all, *size + 1);
}

static void pieces_read_as_the_reply_would(void **state)
{
    static const size_t steps[] = {7, 32768, 1000003};
    struct fake_host *h = host();
    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
        h->host.takes_pieces = false;
        struct api_call *whole = fake_call(h, &requests[i]);
        assert_int_equal(whole->reply.status, 200);
        assert_null(whole->reply.pieces);
        for (size_t k = i % 2; k < sizeof(steps) / sizeof(*steps); k++) {
            size_t size, freed = 0;
            uint64_t known;
            h->host.takes_pieces = true;
            struct api_call *call = fake_call(h, &requests[i]);
            assert_int_equal(call->reply.status, 200);
            struct api_pieces *p = api_take_pieces(call);
            assert_non_null(p);
            assert_true(!api_pieces_size(p, &known) || known == whole->reply.size);
            const size_t memory = api_pieces_memory(p);
            api_free(call); /* they need nothing of it */
            char *all = read_all(p, steps[k], &size);
            assert_int_equal(size, whole->reply.size);
            assert_memory_equal(all, whole->reply.body, size);
            freed = api_pieces_freed(p);
            assert_true(freed <= memory && freed >= memory / 2); /* less than a mebibyte of text stays to the end */
            api_pieces_free(p);
            free(all);
        }
        api_free(whole);
    }
    fake_host_free(h);
}

static void pieces_that_nobody_reads_leave_nothing(void **state)
{
    char some[100];
    struct fake_host *h = host();
    (void)state;
    h->host.takes_pieces = true;
    struct api_call *call = fake_call(h, &requests[2]);
    api_free(call);
    call = fake_call(h, &requests[2]);
    struct api_pieces *p = api_take_pieces(call);
    assert_int_equal(api_pieces_read(p, some, sizeof(some)), sizeof(some));
    api_free(call);
    api_pieces_free(p);
    fake_host_free(h);
}

static void where_memory_is_out_the_reply_says_so(void **state)
{
    struct fake_host *h = host();
    (void)state;
    h->host.takes_pieces = true;
    for (long n = 0; n < 60; n++) {
        struct api_call *call = fake_open(h, &requests[0]);
        while (call->state == API_RUN)
            api_run(&call, 1, h->worker);
        bz_alloc_fail_at(n);
        while (call->state == API_ENCODE)
            api_encode(call);
        bz_alloc_fail_at(-1);
        const bool good = call->reply.status == 200 && call->reply.pieces;
        assert_true(good || (call->reply.status == 503 && !call->reply.pieces));
        api_free(call);
        if (good)
            break;
        assert_true(n < 59);
    }
    fake_host_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_read_as_the_reply_would),
        cmocka_unit_test(pieces_that_nobody_reads_leave_nothing),
        cmocka_unit_test(where_memory_is_out_the_reply_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
