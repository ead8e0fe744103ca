/* Large replies written while they are read: the same bytes as a reply written in advance, however they are read. */
#include "fake_host.h"
#include "json_write.h"
#include "machine.h"
#include "mem.h"
#include "pieces.h"
#include "served.h"
#include "test.h"

#include <math.h>
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

#define V2(OUTPUTS, MORE)                                                                                                      \
    {                                                                                                                          \
        .path = "/v2/models/tiny/infer",                                                                                       \
        .body = "{\"inputs\":[],\"outputs\":[" OUTPUTS "],\"parameters\":{\"count\":17000,\"steps\":1,\"seed\":3" MORE "}}"    \
    }
#define BINARY   ",\"binary_data_output\":true"
#define AS_BYTES "\"parameters\":{\"binary_data\":true}"

static const struct fake_request requests[] = {
    {.path = "/v1/models/tiny/sample", .query = "count=11000&steps=1&seed=3"},
    {.path = "/v1/models/tiny/sample", .query = "count=11000&steps=1&seed=3&type=mean"},
    {.path = "/v1/models/tiny/sample", .query = "count=17000&steps=1&seed=3", .body = both},
    {.path = "/v1/models/tiny/sample", .query = "count=12000&steps=1&seed=3", .body = both}, /* one of them small */
    {.path = "/v1/models/tiny/sample", .query = "count=11000&steps=1&seed=3&type=mean&format=npy"},
    {.path = "/v1/models/tiny/sample", .query = "count=11000&steps=1&seed=3&type=mean&format=raw"},
    {.path = "/v1/models/tiny/sample", .query = "count=11000&steps=1&seed=3&format=csv"},
    {.path = "/v1/models/tiny/sample", .query = "count=11000&steps=1&seed=3&type=mean&as=rows"},
    {.path = "/v1/models/tiny/sample", .query = "count=2000&steps=1&seed=3&type=mean&format=png&upscale=3"},
    V2("{\"name\":\"samples\"}", ""),
    V2("{\"name\":\"samples\"},{\"name\":\"samples.hidden\"}", ""),
    V2("{\"name\":\"samples\"},{\"name\":\"samples.hidden\"}", BINARY),
    V2("{\"name\":\"samples\"},{\"name\":\"samples.hidden\"," AS_BYTES "}", ""),      /* numbers as text, then bytes */
    V2("{\"name\":\"samples\"},{\"name\":\"samples.visible\"," AS_BYTES "}", ""),     /* the same array twice */
    V2("{\"name\":\"samples\"," AS_BYTES "},{\"name\":\"samples.visible\"}", BINARY), /* and as bytes */
};

enum { IN_PIECES = sizeof(requests) / sizeof(*requests) - 2 }; /* the rest is needed twice, and so written as a whole */

/* All of it, in reads of one size; owned by the caller. */
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
        for (size_t k = i % 3; k < (i < 3 ? 3 : i % 3 + 1); k++) { /* one read size each, several for the first ones */
            size_t size, freed = 0;
            uint64_t known;
            h->host.takes_pieces = true;
            struct api_call *call = fake_call(h, &requests[i]);
            assert_int_equal(call->reply.status, 200);
            const size_t length = call->reply.size;
            struct api_pieces *p = i < IN_PIECES ? api_take_pieces(call) : api_pieces_of(api_take_body(call), length);
            assert_non_null(p);
            assert_true(!api_pieces_size(p, &known) || known == whole->reply.size);
            const size_t memory = api_pieces_memory(p);
            const char *header = fake_header(whole, "Inference-Header-Content-Length");
            if (header)
                assert_string_equal(fake_header(call, "Inference-Header-Content-Length"), header);
            api_free(call); /* lines keep what they need from it */
            char *all = read_all(p, steps[k], &size);
            assert_int_equal(size, whole->reply.size);
            assert_memory_equal(all, whole->reply.body, size);
            freed = api_pieces_freed(p);
            assert_true(freed <= memory &&
                        (freed >= memory / 2 || i >= IN_PIECES)); /* less than a mebibyte of text is kept to the end */
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
    for (size_t i = 2; i < IN_PIECES; i += 5) { /* arrays; lines */
        api_free(fake_call(h, &requests[i]));
        struct api_call *call = fake_call(h, &requests[i]);
        struct api_pieces *p = api_take_pieces(call);
        assert_int_equal(api_pieces_read(p, some, sizeof(some)), sizeof(some));
        api_free(call);
        api_pieces_free(p);
        call = fake_call(h, &requests[i]);
        api_pieces_free(api_take_pieces(call));
        api_free(call);
        call = fake_call(h, &requests[i]);
        api_refuse(call, API_TOO_LARGE, "too large");
        assert_null(call->reply.pieces);
        api_free(call);
    }
    fake_host_free(h);
}

/* Lines are written from the rows as given and from results, which are kept until the last line has been read. */
static void lines_count_for_all_they_are_written_from(void **state)
{
    enum { ROWS = 11000 };
    static const char path[] = "/v1/models/tiny/reconstruct", raw[] = "application/octet-stream";
    const size_t bytes = (size_t)ROWS * VISIBLE * sizeof(float);
    struct fake_host *h = host();
    float *x = bz_alloc(ROWS * VISIBLE, sizeof(float), NULL);
    (void)state;
    x[0] = 1;
    h->host.takes_pieces = true;
    h->host.max_body = bytes;
    struct api_call *call =
        fake_call(h, &(struct fake_request){.path = path, .query = "format=csv", .type = raw, .body = x, .size = bytes});
    assert_int_equal(call->reply.status, 200);
    struct api_pieces *p = api_take_pieces(call);
    assert_true(api_pieces_memory(p) >= 2 * bytes && api_pieces_memory(p) < 3 * bytes);
    api_free(call);
    api_pieces_free(p);
    bz_free(x);
    fake_host_free(h);
}

/* A picture of two million pixels, of which only a few lines are in memory at a time. */
static void a_picture_takes_the_memory_of_its_rows(void **state)
{
    static const struct fake_request request = {.path = "/v1/models/tiny/sample",
                                                .query = "count=5&steps=1&seed=3&format=png&upscale=64"};
    struct fake_host *h = host();
    char some[4096];
    (void)state;
    h->host.takes_pieces = true;
    struct api_call *call = fake_call(h, &request);
    assert_int_equal(call->reply.status, 200);
    assert_string_equal(fake_header(call, "X-Boltz-Tiles"), "2,3,5");
    struct api_pieces *p = api_take_pieces(call);
    api_free(call); /* the picture owns the rows */
    assert_non_null(p);
    assert_true(api_pieces_memory(p) < 400 * 1024);
    assert_true(api_pieces_read(p, some, sizeof(some)) > 8);
    assert_memory_equal(some, "\x89PNG\r\n\x1a\n", 8);
    api_pieces_free(p);
    fake_host_free(h);
}

/* Where these take more memory than the lines themselves, the lines are written immediately, and the call is freed. */
static void short_lines_of_long_rows_are_kept_as_text(void **state)
{
    enum { ROWS = 65536, FEW = 16 };
    const size_t bytes = (size_t)ROWS * VISIBLE * sizeof(float);
    struct bz_machine *m = served_rbm(VISIBLE, FEW, 1);
    struct bz_error err;
    size_t size;
    uint64_t known = 0;
    (void)state;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    struct fake_host *h = fake_host_new(m);
    float *x = bz_alloc((size_t)ROWS * VISIBLE, sizeof(float), NULL);
    x[0] = 1;
    h->host.max_body = bytes;
    const struct fake_request req = {.path = "/v1/models/tiny/features",
                                     .query = "format=csv",
                                     .type = "application/octet-stream",
                                     .body = x,
                                     .size = bytes};
    struct api_call *whole = fake_call(h, &req);
    h->host.takes_pieces = true;
    struct api_call *call = fake_call(h, &req);
    struct api_pieces *p = api_take_pieces(call);
    assert_non_null(p);
    assert_true(api_pieces_size(p, &known));
    assert_int_equal(known, whole->reply.size);
    assert_int_equal(api_pieces_memory(p), whole->reply.size);
    api_free(call);
    char *all = read_all(p, 100000, &size);
    assert_int_equal(size, whole->reply.size);
    assert_memory_equal(all, whole->reply.body, size);
    free(all);
    api_pieces_free(p);
    api_free(whole);
    bz_free(x);
    fake_host_free(h);
}

/* A tensor of the model itself is read in place. */
static void large_tensors_are_read_from_the_model(void **state)
{
    static const char *const queries[] = {"format=json", "format=npy", "format=raw"};
    struct bz_machine *m = served_rbm(1025, 1024, 1);
    struct bz_error err;
    (void)state;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    struct fake_host *h = fake_host_new(m);
    for (size_t i = 0; i < 3; i++) {
        const struct fake_request req = {
            .method = "GET", .path = "/v1/models/tiny/parameters/visible~hidden.weight", .query = queries[i]};
        size_t size;
        h->host.takes_pieces = false;
        struct api_call *whole = fake_call(h, &req);
        h->host.takes_pieces = true;
        struct api_call *call = fake_call(h, &req);
        struct api_pieces *p = api_take_pieces(call);
        assert_non_null(p);
        assert_true(api_pieces_memory(p) < 1000);
        api_free(call);
        char *all = read_all(p, 100000, &size);
        assert_int_equal(size, whole->reply.size);
        assert_memory_equal(all, whole->reply.body, size);
        api_pieces_free(p);
        api_free(whole);
        free(all);
    }
    fake_host_free(h);
}

/* As many as a machine of many layers has. */
static void any_number_of_arrays_comes_in_order(void **state)
{
    struct fake_host *h = host();
    struct api_call *call = fake_open(h, &requests[0]);
    struct api_buffer b = {0};
    char want[4000] = "";
    size_t size, used = 0;
    (void)state;
    for (int i = 0; i < 40; i++) {
        float *x = bz_alloc(4, sizeof(float), NULL);
        x[3] = (float)i / 4;
        api_buffer_printf(&b, "%d:", i);
        assert_true(api_piece_add(call, &b, &x, 2, 2, i % 2 ? API_PIECE_ROWS : API_PIECE_LIST));
        assert_null(x);
        used +=
            (size_t)snprintf(want + used, sizeof(want) - used, i % 2 ? "%d:[[0,0],[0,%.6g]]" : "%d:[0,0,0,%.6g]", i, i / 4.0);
    }
    api_pieces_body(call, &b);
    struct api_pieces *p = api_take_pieces(call);
    char *all = read_all(p, 100, &size);
    assert_int_equal(size, used);
    assert_memory_equal(all, want, used);
    free(all);
    api_pieces_free(p);
    api_free(call);
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

static void numbers_in_pieces_are_those_of_a_list(void **state)
{
    static const float values[] = {0, -0.0f, 1, 0.5f, -1e-20f, NAN, 0.333333343f, -3.40282347e38f};
    static const size_t widths[] = {1, 3, 1022, 1023, 5000};
    (void)state;
    for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
        const size_t width = widths[i], rows = 6000 / width;
        struct api_call call = {0};
        struct api_buffer none = {0}, b = {0};
        struct json_writer w = {.b = &b};
        float *x = bz_alloc(rows * width, sizeof(*x), NULL);
        for (size_t k = 0; k < rows * width; k++)
            x[k] = values[k * 5 % 8];
        json_float_rows(&w, x, rows, width);
        assert_true(api_piece_add(&call, &none, &x, rows, width, API_PIECE_ROWS));
        struct api_pieces *p = api_take_pieces(&call);
        size_t size;
        char *all = read_all(p, i % 2 ? 7 : 40000, &size);
        assert_int_equal(size, b.size);
        assert_memory_equal(all, b.data, size);
        free(all);
        api_pieces_free(p);
        api_buffer_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_read_as_the_reply_would),
        cmocka_unit_test(numbers_in_pieces_are_those_of_a_list),
        cmocka_unit_test(large_tensors_are_read_from_the_model),
        cmocka_unit_test(any_number_of_arrays_comes_in_order),
        cmocka_unit_test(pieces_that_nobody_reads_leave_nothing),
        cmocka_unit_test(where_memory_is_out_the_reply_says_so),
        cmocka_unit_test(lines_count_for_all_they_are_written_from),
        cmocka_unit_test(a_picture_takes_the_memory_of_its_rows),
        cmocka_unit_test(short_lines_of_long_rows_are_kept_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
