/* HTTP/1.1 on the wire: framing that must be refused, and unusual framing that must work. */
#include "served.h"
#include "wire.h"

#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct served served;

static int start(void **state)
{
    static const char *const flags[] = {"--max-body", "100KiB", NULL};
    return served_group_begin(state, &served, flags);
}

static const char path[] = "/v1/models/tiny/features";
static const char body[] = "{\"inputs\":[[1,0,1]]}";

/* Sends bytes, reads one reply, and tells whether the connection was closed after it. */
static struct wire_reply exchange(const char *text, bool *closed)
{
    char byte;
    int fd = wire_connect(served.port);
    assert_true(fd >= 0);
    assert_true(wire_send_text(fd, text));
    struct wire_reply r = wire_read(fd, false);
    struct timeval moment = {.tv_usec = 200000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof(moment));
    *closed = recv(fd, &byte, 1, 0) == 0;
    close(fd);
    return r;
}

static void doubtful_framing_is_refused_and_the_connection_closed(void **state)
{
    static const char *const heads[] = {
        "Transfer-Encoding: chunked\r\nContent-Length: 20\r\n", "Content-Length: 20\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 20\r\nContent-Length: 20\r\n", "Content-Length: 20\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: identity\r\nContent-Length: 20\r\n",
        "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Host: localhost\r\nContent-Length: 20\r\n",
        /* some read this as another header, or as none */
        "Content-Length : 20\r\n", "Content-Length\t: 20\r\n", "Transfer-Encoding : chunked\r\n", "Content-Length:\r\n 20\r\n",
        "Content-Length: 2\r\n 0\r\n", "Content: 20\r\n -Length\r\n", "Transfer-Encoding:\r\n chunked\r\n",
        "X: a\r\n b\r\nContent-Length: 20\r\n", "X: a\r\n\tContent-Length: 5\r\nContent-Length: 20\r\n",
        "X: a\rContent-Length: 5\r\nContent-Length: 20\r\n", "X: a\nContent-Length: 20\r\n",
        "X: a\x01"
        "b\r\nContent-Length: 20\r\n",
        "X@Y: a\r\nContent-Length: 20\r\n", "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", /* in HTTP/1.0 */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        char text[1024];
        bool closed;
        const bool old = strstr(heads[i], "keep-alive");
        snprintf(text, sizeof(text), "POST %s HTTP/1.%d\r\nHost: localhost\r\n%s\r\n%s", path, !old, heads[i], body);
        struct wire_reply r = exchange(text, &closed);
        /* libmicrohttpd 1.0.10 answers unknown codings itself */
        const bool coding = r.status == 501 && strncmp(heads[i], "Transfer-Encoding: ", 19) == 0;
        if ((r.status != 400 && !coding) || !closed)
            fail_msg("%s: status %d, %s", heads[i], r.status, closed ? "closed" : "left open");
        wire_free(&r);
    }
}

static void a_zero_byte_in_a_header_is_refused(void **state)
{
    static const char text[] = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\nY: c\r\n\r\n";
    (void)state;
    int fd = wire_connect(served.port);
    assert_true(wire_send(fd, text, sizeof(text) - 1));
    struct wire_reply r = wire_read(fd, false);
    assert_int_equal(r.status, 400);
    wire_free(&r);
    close(fd);
}

static void unusual_but_sound_headers_are_taken(void **state)
{
    static const char *const heads[] = {
        "X:\r\n", "X: \r\n", "X:a\r\n", "X:  \t a  \r\n", "X_.~!-1: \xc3\xa9 \x80\tb\r\n", "x-y: a:b: c\r\n\x58-Y: d\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        char text[1024];
        bool closed;
        snprintf(text, sizeof(text), "POST %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: 20\r\n%s\r\n%s", path, heads[i],
                 heads[i], body);
        struct wire_reply r = exchange(text, &closed);
        if (r.status != 200 || closed)
            fail_msg("%s: status %d", heads[i], r.status);
        wire_free(&r);
    }
}

/* The library takes the target to end there: another path than the one that a proxy saw. */
static void a_zero_byte_in_the_target_is_refused(void **state)
{
    static const char text[] = "GET /v2/health/live\0/x HTTP/1.1\r\nHost: localhost\r\n\r\n";
    (void)state;
    int fd = wire_connect(served.port);
    assert_true(wire_send(fd, text, sizeof(text) - 1));
    struct wire_reply r = wire_read(fd, false);
    assert_int_equal(r.status, 400);
    wire_free(&r);
    close(fd);
}

static void a_line_before_a_chunk_that_does_not_end_is_400(void **state)
{
    enum { LONG = 60000 };
    static char text[LONG + 200];
    (void)state;
    const int n = snprintf(text, 200, "POST %s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;", path);
    memset(text + n, 'x', LONG);
    text[n + LONG] = 0;
    int fd = wire_connect(served.port);
    wire_send_text(fd, text);
    struct wire_reply r = wire_read(fd, false);
    assert_true(r.status >= 400 && r.status < 500);
    wire_free(&r);
    close(fd);
}

static void a_get_with_two_hosts_is_refused(void **state)
{
    bool closed;
    (void)state;
    struct wire_reply r = exchange("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", &closed);
    assert_int_equal(r.status, 400);
    assert_true(closed);
    wire_free(&r);
}

/* Headers in several lines: a list is treated as if it were in one; a header that can have only one value is refused if it has
 * two. */
static void repeated_headers_mean_one_thing(void **state)
{
    static const struct {
        const char *lines;
        int status;
        const char *found;
    } cases[] = {
        {"Accept: text/xml\r\nAccept: application/json\r\n", 200, "\"features\""},
        {"Accept: application/x-npy;q=0.1\r\nAccept: text/csv;q=0.2\r\nAccept: application/octet-stream;q=0.1\r\n", 200,
         "hidden_0"},
        {"Accept: text/html\r\naccept: text/xml\r\n", 406, "text/html, text/xml"},
        {"Content-Type: application/json\r\nContent-Type: application/json\r\n", 200, "\"features\""},
        {"Content-Type: application/json\r\nContent-Type: application/x-npy\r\n", 400, "Content-Type is given twice"},
        {"Content-Type: application/json\r\nContent-Type: text/csv\r\n", 400, "Content-Type is given twice"},
        {"Content-Type:\r\nContent-Type:\r\n", 200, "\"features\""},
        {"Content-Type: application/json\r\nContent-Type: application/JSON;charset=utf-8\r\n", 200, "\"features\""},
        {"Content-type: text/plain\r\nContent-Type: application/json\r\n", 200, "\"features\""}, /* ab -H */
        {"Content-Type: application/x-npy\r\nContent-type: text/plain\r\n", 400, "sent as application/x-npy"},
        {"Content-Type: application/x-npy\r\nContent-Type: application/x-www-form-urlencoded\r\n", 400, /* siege -H */
         "sent as application/x-npy"},
        {"Content-Encoding: identity\r\nContent-Encoding: gzip\r\n", 400, "Content-Encoding is given twice"},
        {"X-Boltz-Shape: 1,3\r\nX-Boltz-Shape: 3,1\r\n", 400, "X-Boltz-Shape is given twice"},
        {"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n", 400, "Authorization is given twice"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct wire_reply r = wire_call(served.port, "POST", path, cases[i].lines, body, strlen(body));
        if (r.status != cases[i].status || !strstr(r.body, cases[i].found))
            fail_msg("%s: %d %s", cases[i].lines, r.status, r.body);
        wire_free(&r);
    }
    char value[256];
    struct wire_reply r = wire_call(served.port, "POST", path, cases[4].lines, body, strlen(body));
    assert_string_equal(wire_header(&r, "Content-Type", value), "application/problem+json");
    wire_free(&r);
    r = wire_call(served.port, "GET", "/app.js", "Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n", NULL, 0);
    assert_string_equal(wire_header(&r, "Content-Encoding", value), "gzip");
    wire_free(&r);
}

static void what_is_not_http_is_refused(void **state)
{
    static const char *const texts[] = {
        "POST /v1/models/tiny/features HTTP/1.1\r\nHost: localhost\r\nContent-Length: twenty\r\n\r\n",
        "POST /v1/models/tiny/features HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "POST /v1/models/tiny/features HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "GET /v1/models HTTP/1.1\r\n\r\n",
        "GET /v1/models HTTP/3.0\r\nHost: localhost\r\n\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        bool closed;
        struct wire_reply r = exchange(texts[i], &closed);
        if (r.status != 0 && (r.status < 400 || r.status == 500))
            fail_msg("%s: status %d", texts[i], r.status);
        wire_free(&r);
    }
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    enum { N = 20 };
    char text[N * 256];
    size_t n = 0;
    (void)state;
    for (int i = 0; i < N; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n,
                              i % 3 == 0 ? "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: n%d\r\n\r\n"
                                         : "POST /v1/models/tiny/features HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: n%d\r\n"
                                           "Content-Length: 20\r\n\r\n{\"inputs\":[[1,0,1]]}",
                              i);
    int fd = wire_connect(served.port);
    assert_true(wire_send(fd, text, n));
    for (int i = 0; i < N; i++) {
        char id[256], want[16];
        struct wire_reply r = wire_read(fd, false);
        snprintf(want, sizeof(want), "n%d", i);
        assert_int_equal(r.status, 200);
        assert_string_equal(wire_header(&r, "X-Request-Id", id), want);
        wire_free(&r);
    }
    close(fd);
}

static void a_chunked_body_gives_the_same_bytes_as_a_plain_one(void **state)
{
    char text[4096];
    bool closed;
    (void)state;
    struct wire_reply plain = wire_post(served.port, path, body);
    assert_int_equal(plain.status, 200);
    size_t n =
        (size_t)snprintf(text, sizeof(text), "POST %s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", path);
    for (size_t i = 0; i < strlen(body); i++) /* a chunk for each byte */
        n += (size_t)snprintf(text + n, sizeof(text) - n, "1\r\n%c\r\n", body[i]);
    snprintf(text + n, sizeof(text) - n, "0\r\n\r\n");
    struct wire_reply chunked = exchange(text, &closed);
    assert_int_equal(chunked.status, 200);
    char value[256];
    assert_true(closed == (strcmp(wire_header(&chunked, "Connection", value), "close") == 0)); /* an old library: always */
    assert_string_equal(chunked.body, plain.body);
    wire_free(&plain);
    wire_free(&chunked);
}

static void expect_continue_is_answered_before_the_body(void **state)
{
    char text[512], line[64] = "";
    (void)state;
    int fd = wire_connect(served.port);
    snprintf(text, sizeof(text), "POST %s HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: %zu\r\n\r\n",
             path, strlen(body));
    wire_send_text(fd, text);
    assert_int_equal(recv(fd, line, 25, MSG_WAITALL), 25);
    assert_memory_equal(line, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    wire_send_text(fd, body);
    struct wire_reply r = wire_read(fd, false);
    assert_int_equal(r.status, 200);
    wire_free(&r);
    close(fd);
}

static void a_body_over_the_limit_is_refused_without_continue(void **state)
{
    (void)state;
    int fd = wire_connect(served.port);
    wire_send_text(fd, "POST /v1/models/tiny/features HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                       "Content-Length: 200000\r\n\r\n");
    struct wire_reply r = wire_read(fd, false);
    assert_int_equal(r.status, 413);
    wire_free(&r);
    close(fd);
}

static void a_413_reaches_a_client_that_is_still_sending(void **state)
{
    enum { SIZE = 4 * 1024 * 1024 };
    char *much = calloc(1, SIZE), text[256];
    (void)state;
    for (int chunked = 0; chunked < 2; chunked++) {
        int fd = wire_connect(served.port);
        snprintf(text, sizeof(text), "POST %s HTTP/1.1\r\nHost: localhost\r\n", path);
        wire_send_text(fd, text);
        snprintf(text, sizeof(text), chunked ? "Transfer-Encoding: chunked\r\n\r\n%x\r\n" : "Content-Length: %d\r\n\r\n", SIZE);
        wire_send_text(fd, text);
        assert_true(wire_send(fd, much, SIZE)); /* all of it, without looking for a reply */
        if (chunked)
            wire_send_text(fd, "\r\n0\r\n\r\n");
        struct wire_reply r = wire_read(fd, false);
        assert_int_equal(r.status, 413);
        assert_non_null(strstr(r.body, "\"code\":\"too_large\""));
        wire_free(&r);
        close(fd);
    }
    free(much);
}

/* Endless chunks: nothing announced how much would come. */
static void a_413_reaches_a_client_whose_chunks_do_not_end(void **state)
{
    static char chunk[65536 + 16];
    char byte;
    size_t sent = 0;
    (void)state;
    int fd = wire_connect(served.port);
    wire_send_text(fd, "POST /v1/models/tiny/features HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    int head = sprintf(chunk, "10000\r\n");
    memset(chunk + head, ' ', 65536);
    memcpy(chunk + head + 65536, "\r\n", 2);
    while (sent < (size_t)64 << 20 && recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0) {
        assert_true(wire_send(fd, chunk, (size_t)head + 65536 + 2));
        sent += 65536;
    }
    struct wire_reply r = wire_read(fd, false);
    assert_int_equal(r.status, 413);
    assert_non_null(strstr(r.body, "\"code\":\"too_large\""));
    assert_int_equal(r.body[r.size - 1], '}');
    wire_free(&r);
    close(fd);
}

static void head_has_the_headers_of_get_and_no_body(void **state)
{
    char a[256], b[256];
    (void)state;
    struct wire_reply get = wire_get(served.port, "/v1/models");
    int fd = wire_connect(served.port);
    struct wire_reply head = wire_ask(fd, "HEAD", "/v1/models", NULL, NULL, 0);
    assert_int_equal(head.status, 200);
    assert_string_equal(wire_header(&head, "Content-Length", a), wire_header(&get, "Content-Length", b));
    struct wire_reply next = wire_ask(fd, "GET", "/v2/health/live", NULL, NULL, 0); /* nothing is left over in between */
    assert_int_equal(next.status, 200);
    wire_free(&get);
    wire_free(&head);
    wire_free(&next);
    close(fd);
}

static void options_lists_the_methods(void **state)
{
    char allow[256];
    (void)state;
    struct wire_reply r = wire_call(served.port, "OPTIONS", path, NULL, NULL, 0);
    assert_int_equal(r.status, 204);
    assert_non_null(strstr(wire_header(&r, "Allow", allow), "POST"));
    wire_free(&r);
    r = wire_call(served.port, "OPTIONS", "*", NULL, NULL, 0);
    assert_int_equal(r.status, 204);
    assert_string_equal(wire_header(&r, "Allow", allow), "GET, HEAD, POST, OPTIONS");
    wire_free(&r);
}

static void encoded_slashes_and_zero_bytes_stay_inside_names(void **state)
{
    static const char *const targets[] = {"/v1/models/tiny%2Ffeatures", "/v1/models/tiny%00", "/v1/models/tiny%00/features",
                                          "/v1/models/..%2f..%2fetc", "/v1/models/%"};
    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct wire_reply r = wire_get(served.port, targets[i]);
        if (r.status != 404 && r.status != 400)
            fail_msg("%s: status %d", targets[i], r.status);
        wire_free(&r);
    }
}

static void an_absolute_target_is_understood(void **state)
{
    (void)state;
    served_expect(served.port, "http://localhost/v2/health/live", NULL, 200, NULL);
}

static void a_very_long_target_is_refused(void **state)
{
    char *target = malloc(40001);
    (void)state;
    memset(target, 'a', 40000);
    target[0] = '/';
    target[40000] = 0;
    struct wire_reply r = wire_get(served.port, target);
    assert_true(r.status == 400 || r.status == 414 || r.status == 431);
    wire_free(&r);
    free(target);
}

/* A client that closes its sending side after the request still gets the reply. */
static void a_half_closed_client_is_answered(void **state)
{
    char text[256];
    (void)state;
    int fd = wire_connect(served.port);
    snprintf(text, sizeof(text), "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s", path, strlen(body),
             body);
    wire_send_text(fd, text);
    shutdown(fd, SHUT_WR);
    struct wire_reply r = wire_read(fd, false);
    assert_int_equal(r.status, 200);
    wire_free(&r);
    close(fd);
}

static void clients_that_leave_in_the_middle_do_no_harm(void **state)
{
    static const char *const parts[] = {
        "P", "POST /v1/models/tiny/features HTTP/1.1\r\n",
        "POST /v1/models/tiny/features HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{\"in",
        "POST /v1/models/tiny/features HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"in"};
    (void)state;
    for (int round = 0; round < 5; round++)
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
            struct linger reset = {.l_onoff = 1}; /* closing sends RST */
            int fd = wire_connect(served.port);
            wire_send_text(fd, parts[i]);
            if (round % 2)
                setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
            close(fd);
        }
    served_expect(served.port, path, body, 200, NULL);
}

/* One byte at a time, slower than the header timeout as a whole. */
static void a_client_that_dribbles_its_headers_is_cut_off(void **state)
{
    static const char text[] =
        "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const struct timespec pause = {.tv_nsec = 50000000};
    static const char *const flags[] = {"--header-timeout", "300ms", NULL};
    static struct served hasty;
    char byte;
    (void)state;
    served_start_usual(&hasty, flags);
    int fd = wire_connect(hasty.port);
    bool alive = true;
    for (size_t i = 0; alive && i < sizeof(text) - 1; i++) {
        alive = wire_send(fd, text + i, 1) && recv(fd, &byte, 1, MSG_DONTWAIT) != 0;
        nanosleep(&pause, NULL);
    }
    close(fd);
    served_stop(&hasty);
    assert_false(alive);
}

static void every_reply_has_a_request_id_and_timing(void **state)
{
    static const char *const targets[] = {"/", "/v2/health/live", "/v1/models/none", "/nothing", "/metrics", "/openapi.json"};
    char value[256];
    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct wire_reply r = wire_call(served.port, "GET", targets[i], "X-Request-Id: mine-1\r\n", NULL, 0);
        assert_string_equal(wire_header(&r, "X-Request-Id", value), "mine-1");
        assert_non_null(strstr(wire_header(&r, "Server-Timing", value), "compute;dur="));
        wire_free(&r);
        r = wire_call(served.port, "GET", targets[i], "X-Request-Id: bad\"id\r\n", NULL, 0);
        assert_int_equal(strlen(wire_header(&r, "X-Request-Id", value)), 16);
        wire_free(&r);
    }
    struct wire_reply r = wire_call(served.port, "POST", path, NULL, body, strlen(body)); /* computed on the event loop */
    assert_non_null(strstr(wire_header(&r, "Server-Timing", value), "batch;desc=1,"));
    wire_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubtful_framing_is_refused_and_the_connection_closed),
        cmocka_unit_test(a_zero_byte_in_a_header_is_refused),
        cmocka_unit_test(unusual_but_sound_headers_are_taken),
        cmocka_unit_test(a_get_with_two_hosts_is_refused),
        cmocka_unit_test(repeated_headers_mean_one_thing),
        cmocka_unit_test(what_is_not_http_is_refused),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(a_chunked_body_gives_the_same_bytes_as_a_plain_one),
        cmocka_unit_test(a_zero_byte_in_the_target_is_refused),
        cmocka_unit_test(a_line_before_a_chunk_that_does_not_end_is_400),
        cmocka_unit_test(expect_continue_is_answered_before_the_body),
        cmocka_unit_test(a_body_over_the_limit_is_refused_without_continue),
        cmocka_unit_test(a_413_reaches_a_client_that_is_still_sending),
        cmocka_unit_test(a_413_reaches_a_client_whose_chunks_do_not_end),
        cmocka_unit_test(head_has_the_headers_of_get_and_no_body),
        cmocka_unit_test(options_lists_the_methods),
        cmocka_unit_test(encoded_slashes_and_zero_bytes_stay_inside_names),
        cmocka_unit_test(an_absolute_target_is_understood),
        cmocka_unit_test(a_very_long_target_is_refused),
        cmocka_unit_test(a_half_closed_client_is_answered),
        cmocka_unit_test(clients_that_leave_in_the_middle_do_no_harm),
        cmocka_unit_test(a_client_that_dribbles_its_headers_is_cut_off),
        cmocka_unit_test(every_reply_has_a_request_id_and_timing),
    };
    return cmocka_run_group_tests(tests, start, served_group_end);
}
