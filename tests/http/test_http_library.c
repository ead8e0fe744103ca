/* Requests that the HTTP library itself refuses, drops or answers: one head each, counted, and nothing left behind. */
#include "served.h"
#include "wire.h"

#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct served served;

#define GOOD "Host: localhost\r\nConnection: close\r\n"

/* Everything that the peer sends until it closes; to be freed by the caller. */
static char *read_all(int fd)
{
    enum { ROOM = 1 << 20 };
    char *text = calloc(1, ROOM);
    size_t n = 0;
    for (ssize_t got; (got = recv(fd, text + n, ROOM - 1 - n, 0)) > 0;)
        n += (size_t)got;
    return text;
}

static char *exchange(const char *head, const char *filler, size_t times, const char *tail)
{
    int fd = wire_connect(served.port);
    assert_true(fd >= 0);
    wire_send_text(fd, head);
    for (size_t i = 0; i < times; i++)
        if (!wire_send_text(fd, filler))
            break;
    wire_send_text(fd, tail);
    char *text = read_all(fd);
    close(fd);
    return text;
}

static size_t heads_in(const char *text)
{
    size_t n = strncmp(text, "HTTP/1.1 ", 9) == 0;
    for (const char *c = text; (c = strstr(c, "\nHTTP/1.1 ")); c++)
        n++;
    return n;
}

static double metric(const char *name)
{
    return served_metric(served.port, name);
}

static size_t descriptors(void)
{
    size_t n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

/* The metrics page itself is the one request in flight. Some of the descriptors counted before may have been about to close. */
static void nothing_is_left(size_t fds)
{
    for (int i = 0; i < 300; i++) {
        if (metric("boltzd_http_requests_in_flight") == 1 && metric("boltzd_http_connections") == 1 && descriptors() <= fds)
            return;
        usleep(100000);
    }
    fail_msg("in flight %g, connections %g, descriptors %zu, before %zu", metric("boltzd_http_requests_in_flight"),
             metric("boltzd_http_connections"), descriptors(), fds);
}

/* Any of several statuses where versions of the library may legitimately differ. */
static const struct {
    const char *head, *filler;
    size_t times;
    const char *tail, *statuses;
} refused[] = {
    {"GET /v2/health/ready HTTP/1.1\r\nConnection: close\r\n\r\n", "", 0, "", "400"},
    {"POST /v1/models HTTP/1.1\r\n" GOOD "Content-Length: abc\r\n\r\n{}", "", 0, "", "400"},
    {"POST /v1/models HTTP/1.1\r\n" GOOD "Content-Length: 99999999999999999999999\r\n\r\n{}", "", 0, "", "413 400"},
    {"GET /?a", "&a", 900, " HTTP/1.1\r\n" GOOD "\r\n", "414 431 200"},
    {"GET /?a", "&a", 3000, " HTTP/1.1\r\n" GOOD "\r\n", "414 431"},
    {"GET /", "a", 16384, " HTTP/1.1\r\n" GOOD "\r\n", "414"},
    {"GET /", "a", 70000, " HTTP/1.1\r\n" GOOD "\r\n", "414"},
    {"GET /v1/models HTTP/1.1\r\n" GOOD "Cookie: a=b", "; a=b", 1500, "\r\n\r\n", "431"},
    {"GET /v1/models HTTP/1.1\r\n" GOOD, "X-A: b\r\n", 3000, "\r\n", "431"},
    {"GET /v1/models HTTP/1.1\r\n" GOOD "X-A: ", "b", 70000, "\r\n\r\n", "431"},
    {"GET /v1/models x HTTP/1.1\r\n" GOOD "\r\n", "", 0, "", "400"},
    {"GET /v1/models HTTP/1.1\r\n" GOOD "no colon\r\n\r\n", "", 0, "", "400"},
    {"GET /v1/models HTTP/1.1\r\n" GOOD ": x\r\nX-A: b\r\n\r\n", "", 0, "", "400"},
    {"GET /v1/models HTTP/1.1\r\n" GOOD ":\r\nX-A: b\r\n\r\n", "", 0, "", "400"},
    {"GET /v1/models HTTP/3.0\r\n" GOOD "\r\n", "", 0, "", "505"},
};

static void each_refusal_has_one_head_and_is_counted(void **state)
{
    (void)state;
    metric("boltzd_ready"); /* opens whatever is opened at first use */
    const size_t fds = descriptors();
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        char *text = exchange(refused[i].head, refused[i].filler, refused[i].times, refused[i].tail), status[4] = "";
        snprintf(status, sizeof(status), "%.3s", strlen(text) > 12 ? text + 9 : "");
        if (heads_in(text) != 1 || !*status || !strstr(refused[i].statuses, status))
            fail_msg("case %zu: expected one of %s, found %s", i, refused[i].statuses, text);
        free(text);
    }
    assert_true(metric("boltzd_http_rejected_total{reason=\"malformed\"}") +
                    metric("boltzd_http_rejected_total{reason=\"smuggling\"}") >=
                8);
    nothing_is_left(fds);
}

/* Refusals whose status the library chooses and whose text is ours have the headers of any other refusal. */
static void a_refusal_past_the_library_has_all_its_headers(void **state)
{
    static const char *const names[] = {"\nX-Boltz-Error: head_too_large\r",
                                        "\nCache-Control: no-store\r",
                                        "\nX-Request-Id: ",
                                        "\nServer-Timing: ",
                                        "\nConnection: close\r",
                                        "\nContent-Type: application/json\r"};
    (void)state;
    char *text = exchange("GET /v1/models HTTP/1.1\r\n" GOOD "X-A: ", "b", 70000, "\r\n\r\n");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strstr(text, "X-Request-Id") && !strstr(text, names[i])) /* not if the library itself answers */
            fail_msg("%s is missing: %s", names[i], text);
    free(text);
}

/* Nothing that could be answered: closed silently towards the peer, but reported to the operator. */
static void what_is_no_http_is_counted(void **state)
{
    static const char *const texts[] = {"FOO\r\n\r\n", "\x16\x03\x01\x02\x01\x01\x01\xfc\x03\x03 hello\r\n\r\n",
                                        "GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\nFOO\r\n\r\n"};
    static const char name[] = "boltzd_http_rejected_total{reason=\"malformed\"}";
    (void)state;
    nothing_is_left(descriptors());
    const double before = metric(name);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        free(exchange(texts[i], "", 0, ""));
    for (int i = 0; i < 3000 && metric(name) < before + 3; i++)
        usleep(10000); /* it is counted when the connection is cleaned up, after its end was seen here */
    if (metric(name) != before + 3)
        fail_msg("%s: %g, before %g, expected 3 more", name, metric(name), before);
    free(exchange("GET /v2 HTTP/1.1\r\n" GOOD "\r\n", "", 0, ""));
    free(exchange("GET /v2 HTTP/1.0\r\nHost: localhost\r\n\r\n", "", 0, ""));
    close(wire_connect(served.port)); /* a silent client is not an error */
    usleep(50000);
    assert_true(metric(name) == before + 3);
}

/* Those that the library answers and those that it drops, at the same time, on connections with and without a request before.
 */
static void each_is_counted_once_however_they_coincide(void **state)
{
    static const char *const texts[] = {"FOO\r\n\r\n", "GET /v2 HTTP/3.0\r\n\r\n", "GET /v2 NONE\r\n\r\n", "GET /\r\n\r\n"};
    static const char name[] = "boltzd_http_rejected_total{reason=\"malformed\"}";
    enum { N = sizeof(texts) / sizeof(texts[0]), ROUNDS = 20 };
    (void)state;
    nothing_is_left(descriptors());
    const double before = metric(name);
    for (int round = 0; round < ROUNDS; round++) {
        int fds[N];
        for (int i = 0; i < N; i++) {
            fds[i] = wire_connect(served.port);
            assert_true(fds[i] >= 0);
            if (i == round % N) {
                struct wire_reply r = wire_ask(fds[i], "GET", "/v2/health/live", NULL, NULL, 0);
                assert_int_equal(r.status, 200);
                wire_free(&r);
            }
        }
        for (int i = 0; i < N; i++)
            wire_send_text(fds[i], texts[(i + round) % N]);
        for (int i = 0; i < N; i++) {
            free(read_all(fds[i]));
            close(fds[i]);
        }
    }
    served_wait_metric(served.port, "boltzd_http_connections", 1);
    assert_true(metric(name) == before + N * ROUNDS);
}

/* One that has its answer from us, but has not ended yet, does not stand for the faults of others. */
static void a_refusal_beside_a_dropped_request_is_counted(void **state)
{
    static const char name[] = "boltzd_http_rejected_total{reason=\"malformed\"}";
    enum { ROUNDS = 10 };
    (void)state;
    nothing_is_left(descriptors());
    const double before = metric(name);
    for (int round = 0; round < ROUNDS; round++) {
        char many[2048] = "GET /?a";
        for (int i = 0; i < 900; i++)
            memcpy(many + 7 + 2 * i, "&a", 3);
        strcat(many, " HTTP/1.1\r\n" GOOD "\r\n");
        const int dropped = wire_connect(served.port), refused_one = wire_connect(served.port);
        wire_send_text(dropped, many);
        wire_send_text(refused_one, "GET /v1/models HTTP/1.1\r\n" GOOD "no colon\r\n\r\n");
        free(read_all(refused_one));
        close(refused_one);
        free(read_all(dropped));
        close(dropped);
    }
    served_wait_metric(served.port, "boltzd_http_connections", 1);
    if (metric(name) != before + 2 * ROUNDS)
        fail_msg("%g, expected %d", metric(name) - before, 2 * ROUNDS);
}

/* A head of which half has arrived is not the one that is at fault. */
static void a_refusal_does_not_reach_another_connection(void **state)
{
    static const char *const texts[] = {
        "GET /v2 HTTP/3.0\r\nHost: localhost\r\n\r\n", "GET /v2 HTTP\r\n\r\n", "GET /v2 HTTP/1.1\r\n" GOOD "no colon\r\n\r\n",
        "POST /v2 HTTP/1.1\r\n" GOOD "Content-Length: -1\r\n\r\n",
        "POST /v1/models/tiny/sample HTTP/1.1\r\n" GOOD "Transfer-Encoding: chunked\r\n\r\nx\r\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        int fd = wire_connect(served.port);
        wire_send_text(fd, "GET /v2 HTTP/1.1\r\nHost: loc");
        usleep(20000);
        free(exchange(texts[i], "", 0, ""));
        wire_send_text(fd, "alhost\r\n\r\n");
        struct wire_reply r = wire_read(fd, false);
        if (r.status != 200)
            fail_msg("after %s: status %d", texts[i], r.status);
        wire_free(&r);
        close(fd);
    }
}

static void blanks_around_a_value_are_not_part_of_it(void **state)
{
    static const char *const heads[] = {
        "GET /v1/models HTTP/1.1\r\nHost: localhost \t\r\nConnection: close\r\n\r\n",
        "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: application/json \r\n\r\n",
        "POST /v1/models/tiny/sample HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Encoding: identity  \r\n"
        "Content-Type: application/json  \r\nContent-Length: 2\r\n\r\n{}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        char *text = exchange(heads[i], "", 0, "");
        if (strncmp(text, "HTTP/1.1 200", 12) != 0)
            fail_msg("case %zu: %s", i, text);
        free(text);
    }
    /* Here an old library has already chosen the framing: refused, not waited for. */
    char *coded = exchange(
        "POST /v1/models/tiny/sample HTTP/1.1\r\n" GOOD "Transfer-Encoding: chunked \r\n\r\n2\r\n{}\r\n0\r\n\r\n", "", 0, "");
    assert_true(strncmp(coded, "HTTP/1.1 200", 12) == 0 || strncmp(coded, "HTTP/1.1 400", 12) == 0);
    free(coded);
    char *text = exchange("GET /v1/models HTTP/1.1\r\nHost:", " ", 300, "localhost\r\nConnection: close\r\n\r\n");
    assert_memory_equal(text, "HTTP/1.1 200", 12);
    free(text);
}

/* What follows it may be in the buffer when its head is read. */
static void a_promise_of_no_body_keeps_its_answer_and_the_next_one(void **state)
{
    static const char *const heads[] = {
        "GET /v2 HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\r\n",
        "HEAD /v2 HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\r\n",
        "POST /v1/models/tiny/sample HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n",
        "GET /v1/models/big/sample HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\r\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        char request[512];
        snprintf(request, sizeof(request), "%sGET /v2/health/live HTTP/1.1\r\n" GOOD "\r\n", heads[i]);
        char *both = exchange(request, "", 0, "");
        const char *first = strstr(both, "HTTP/1.1 200 OK");
        assert_true(first && strstr(first + 1, "HTTP/1.1 200 OK"));
        assert_non_null(strstr(both, "{\"live\":true}"));
        free(both);
    }
}

/* libmicrohttpd 0.9.75 ends a word or a value at one. */
static void zero_bytes_and_blanks_do_not_hide_in_a_head(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        int status;
    } heads[] = {
#define HEAD(TEXT, STATUS) {TEXT, sizeof(TEXT) - 1, STATUS}
        HEAD("GET\0 /v2 HTTP/1.1\r\n" GOOD "\r\n", 400),
        HEAD("GET\0x /v2 HTTP/1.1\r\n" GOOD "\r\n", 400),
        HEAD("GET  /v2 HTTP/1.1\r\n" GOOD "\r\n", 400),
        HEAD("GET /v2 HTTP/1.1\r\nHost: localhost\0\r\nConnection: close\r\n\r\n", 400),
        HEAD("GET /v2 HTTP/1.1\r\nHost: localhost\0\0\r\nConnection: close\r\n\r\n", 400),
        HEAD("GET /v2 HTTP/1.1\r\nHost: localhost\0evil\r\nConnection: close\r\n\r\n", 400),
        HEAD("GET /v2 HTTP/1.1\r\n" GOOD "X: a\0\r\n\r\n", 400),
        HEAD("GET /v2 HTTP/1.1\r\n" GOOD "X:\0\r\nY: b\r\n\r\n", 400),
        HEAD("GET ?a HTTP/1.1\r\n" GOOD "\r\n", 404),
        HEAD("GET http://localhost?a HTTP/1.1\r\n" GOOD "\r\n", 200),
        HEAD("\r\nGET /v2 HTTP/1.1\r\n" GOOD "X:\r\nY: \t b \r\nX:c\r\n\r\n", 200),
    };
    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        int fd = wire_connect(served.port);
        assert_true(wire_send(fd, heads[i].text, heads[i].size));
        struct wire_reply r = wire_read(fd, false);
        if (r.status != heads[i].status)
            fail_msg("%s: status %d", heads[i].text, r.status);
        wire_free(&r);
        close(fd);
    }
}

/* Even where the reply to GET has no length: whatever follows the head would be read as the next reply. */
static void a_reply_to_head_is_a_head(void **state)
{
    static const char *const targets[] = {
        "/v1/models", "/v1/models/tiny/sample?steps=1", "/v1/models/tiny/sample?steps=1&format=sse",
        "/v1/models/tiny/sample?steps=1&format=ndjson", "/v1/models/big/sample?count=1400&steps=1"};
    static const char *const versions[] = {"1.0", "1.1"};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof(targets) / sizeof(targets[0]); i++) {
        char head[200];
        snprintf(head, sizeof(head), "HEAD %s HTTP/%s\r\nHost: localhost\r\n\r\n", targets[i / 2], versions[i % 2]);
        char *text = exchange(head, "", 0, "GET /v2 HTTP/1.1\r\n" GOOD "\r\n"), *end = strstr(text, "\r\n\r\n");
        if (strncmp(text, "HTTP/1.1 200", 12) != 0 || !end || (end[4] && strncmp(end + 4, "HTTP/1.1 200", 12) != 0))
            fail_msg("%s: %s", head, text);
        if (end[4] == 0 && !strstr(text, "\nConnection: close\r"))
            fail_msg("%s: closed unannounced: %s", head, text);
        free(text);
    }
}

/* Clients that disconnect after each byte of a request, in several ways. */
static void no_early_close_leaves_anything(void **state)
{
    static const char request[] = "POST /v1/models/big/sample?format=sse&steps=200&every=10 HTTP/1.1\r\nHost: localhost\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\nc\r\n{\"count\":  2}\r\n0\r\n\r\n";
    (void)state;
    metric("boltzd_ready");
    const size_t fds = descriptors();
    for (size_t n = 0; n <= sizeof(request) - 1; n += n < 60 ? 7 : 1)
        for (int how = 0; how < 3; how++) {
            int fd = wire_connect(served.port);
            assert_true(fd >= 0);
            wire_send(fd, request, n);
            const struct linger reset = {1, 0};
            if (how == 1)
                setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
            if (how == 2)
                shutdown(fd, SHUT_WR);
            close(fd);
        }
    nothing_is_left(fds);
}

static int start(void **state)
{
    const char *const flags[] = {"--header-timeout", "2s", "--idle-timeout", "3s", "--event-threads", "1", NULL};
    return served_group_begin(state, &served, flags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_refusal_has_one_head_and_is_counted),
        cmocka_unit_test(a_refusal_past_the_library_has_all_its_headers),
        cmocka_unit_test(what_is_no_http_is_counted),
        cmocka_unit_test(each_is_counted_once_however_they_coincide),
        cmocka_unit_test(a_refusal_beside_a_dropped_request_is_counted),
        cmocka_unit_test(a_refusal_does_not_reach_another_connection),
        cmocka_unit_test(blanks_around_a_value_are_not_part_of_it),
        cmocka_unit_test(a_promise_of_no_body_keeps_its_answer_and_the_next_one),
        cmocka_unit_test(zero_bytes_and_blanks_do_not_hide_in_a_head),
        cmocka_unit_test(a_reply_to_head_is_a_head),
        cmocka_unit_test(no_early_close_leaves_anything),
    };
    return cmocka_run_group_tests(tests, start, served_group_end);
}
