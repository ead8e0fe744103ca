/* Clients that read slowly, not at all, or have closed their sending side; how much one client may have in flight. */
#include "coding.h"
#include "mem.h"
#include "served.h"
#include "server.h"
#include "wire.h"

#include "test.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static struct served served;

static double metric(const char *name)
{
    return served_metric(served.port, name);
}

static void wait_for(const char *name, double value)
{
    served_wait_metric(served.port, name, value);
}

/* 13 MB of JSON: more than any socket's buffers hold. */
static const char large[] = "/v1/models/big/sample?count=8000&steps=1&seed=1";

static int ask(const char *target)
{
    char text[400];
    int fd = wire_connect(served.port);
    assert_true(fd >= 0);
    snprintf(text, sizeof(text), "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", target);
    assert_true(wire_send_text(fd, text));
    return fd;
}

static void a_client_that_reads_nothing_is_closed_and_its_reply_let_go(void **state)
{
    const char *const flags[] = {"--write-timeout", "1s", NULL};
    (void)state;
    served_start_hidden(&served, 4, flags);
    int fd = ask(large), stream = ask("/v1/models/big/sample?count=64&steps=1000000&every=1&format=sse");
    for (int i = 0; i < 600 && metric("boltzd_http_reply_memory_bytes") <= 0; i++)
        usleep(20000);
    wait_for("boltzd_http_reply_memory_bytes", 0);
    wait_for("boltzd_http_requests_in_flight", 1);
    assert_true(metric("boltzd_http_rejected_total{reason=\"timeout\"}") >= 2);
    close(fd);
    close(stream);
    served_stop(&served);
}

static void a_reader_that_goes_on_gets_all_of_it(void **state)
{
    const char *const flags[] = {"--write-timeout", "10s", NULL};
    (void)state;
    served_start_hidden(&served, 4, flags);
    struct wire_reply whole = wire_call(served.port, "POST", large, NULL, "", 0);
    assert_int_equal(whole.status, 200);
    int fd = ask(large);
    usleep(500000);
    struct wire_reply slow = wire_read(fd, false);
    assert_int_equal(slow.status, 200);
    assert_int_equal(slow.size, whole.size);
    assert_memory_equal(slow.body, whole.body, whole.size);
    wait_for("boltzd_http_reply_memory_bytes", 0);
    wire_free(&slow);
    for (int zlib = SANITIZED; zlib < 2; zlib++) {
        char *plain, coding[256];
        size_t size;
        struct bz_error err;
        slow =
            wire_call(served.port, "POST", large, zlib ? "Accept-Encoding: deflate\r\n" : "Accept-Encoding: gzip\r\n", "", 0);
        assert_string_equal(wire_header(&slow, "Content-Encoding", coding), zlib ? "deflate" : "gzip");
        assert_true(slow.size < whole.size / 4);
        assert_int_equal(srv_inflate(&plain, &size, slow.body, slow.size, zlib ? SRV_DEFLATE : SRV_GZIP, whole.size + 1, &err),
                         0);
        assert_int_equal(size, whole.size);
        assert_memory_equal(plain, whole.body, size);
        bz_free(plain);
        wire_free(&slow);
    }
    wire_free(&whole);
    close(fd);
    served_stop(&served);
}

static void replies_are_bounded_in_memory(void **state)
{
    const char *const flags[] = {"--max-reply-memory", "16MiB", NULL}; /* half of it for one client */
    char retry[256];
    (void)state;
    served_start_hidden(&served, 4, flags);
    for (int i = 0; i < 2; i++) {
        struct wire_reply r = wire_post(served.port, large, "{}");
        assert_int_equal(r.status, 413); /* it would never fit */
        assert_non_null(strstr(r.body, "max-reply-memory"));
        assert_string_equal(wire_header(&r, "X-Boltz-Model", retry), "");
        wire_free(&r);
        r = wire_post(served.port, "/v1/models/big/sample?count=2000&steps=1", "{}");
        assert_int_equal(r.status, 200);
        assert_false(r.cut);
        wire_free(&r);
    }
    wait_for("boltzd_http_reply_memory_bytes", 0);
    served_stop(&served);
}

/* An HTTP/1.0 client gets a large reply whole and unchunked, and no keep-alive for a connection that will be closed. */
static void an_old_client_reads_to_the_end_of_the_connection(void **state)
{
    static const char *const targets[] = {large, "/v1/models/tiny/sample?steps=3&format=sse&seed=1"};
    (void)state;
    served_start_hidden(&served, 4, NULL);
    for (size_t i = 0; i < 2; i++) {
        enum { ROOM = 1 << 25 };
        char text[400], *all = calloc(1, ROOM);
        size_t n = 0;
        struct wire_reply new = wire_call(served.port, "POST", targets[i], NULL, "", 0);
        int fd = wire_connect(served.port);
        snprintf(text, sizeof(text), "POST %s HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", targets[i]);
        wire_send_text(fd, text);
        for (ssize_t got; (got = recv(fd, all + n, ROOM - 1 - n, 0)) > 0;)
            n += (size_t)got;
        char *body = strstr(all, "\r\n\r\n") + 4;
        assert_int_equal((size_t)(all + n - body), new.size);
        assert_memory_equal(body, new.body, new.size);
        body[-1] = 0;
        assert_null(strcasestr(all, "chunked"));
        assert_null(strcasestr(all, "Keep-Alive:"));
        wire_free(&new);
        free(all);
        close(fd);
    }
    served_stop(&served);
}

/* As `nc -N` and socat do. */
static void a_client_that_closed_its_sending_side_is_answered(void **state)
{
    static const char *const targets[] = {"/v1/models/tiny/sample?steps=1", "/v1/models/big/sample?count=64&steps=1000&seed=3"};
    const char *const flags[] = {"--half-close-grace", "10m", NULL}; /* however slow the machine */
    (void)state;
    served_start_hidden(&served, 4, flags);
    for (size_t i = 0; i < 2; i++) {
        int fd = ask(targets[i]);
        shutdown(fd, SHUT_WR);
        struct wire_reply r = wire_read(fd, false);
        assert_int_equal(r.status, 200);
        assert_false(r.cut);
        wire_free(&r);
        close(fd);
    }
    served_stop(&served);
}

static void its_work_ends_after_the_grace(void **state)
{
    const char *const flags[] = {"--half-close-grace", "300ms", "--workers", "1", NULL};
    (void)state;
    served_start_hidden(&served, 4, flags);
    int fd = ask("/v1/models/big/sample?count=64&steps=100000000");
    shutdown(fd, SHUT_WR);
    wait_for("boltzd_http_requests_in_flight", 1);
    close(fd);
    served_stop(&served);
}

/* Bodies whose rest never comes: with a length, in chunks, to an unknown path, in the other protocol. */
static const char *const halves[] = {
    "POST /v1/models/tiny/features HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: mine\r\nContent-Length: 50\r\n\r\n{\"in",
    "POST /v1/models/tiny/features HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: mine\r\n"
    "Transfer-Encoding: chunked\r\n\r\n4\r\n{\"in\r\n",
    "POST /v1/nothing HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: mine\r\nContent-Length: 50\r\n\r\n{\"in",
    "POST /v2/models/tiny/infer HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: mine\r\nContent-Length: 50\r\n\r\n{\"in",
};
enum { N_HALVES = sizeof(halves) / sizeof(halves[0]) };

static void send_halves(int fds[N_HALVES])
{
    for (size_t i = 0; i < N_HALVES; i++)
        assert_true(wire_send_text(fds[i] = wire_connect(served.port), halves[i]));
}

static void each_is_refused(const int fds[N_HALVES], int status, const char *code, const char *words)
{
    char value[256];
    for (size_t i = 0; i < N_HALVES; i++) {
        struct wire_reply r = wire_read(fds[i], false);
        const bool known = i == 2; /* its path does not exist, however the body comes */
        assert_int_equal(r.status, known ? 404 : status);
        assert_false(r.cut);
        assert_non_null(strstr(r.body, known ? "no such path" : words));
        assert_string_equal(wire_header(&r, "X-Request-Id", value), "mine");
        assert_string_equal(wire_header(&r, "X-Boltz-Error", value), known ? "not_found" : code);
        assert_string_equal(wire_header(&r, "Connection", value), "close");
        assert_string_equal(wire_header(&r, "Content-Type", value), i == 3 ? "application/json" : "application/problem+json");
        wire_free(&r);
        close(fds[i]);
    }
}

static void a_half_sent_body_gets_503_at_the_end(void **state)
{
    int fds[N_HALVES];
    (void)state;
    served_start_hidden(&served, 4, NULL);
    send_halves(fds);
    wait_for("boltzd_http_requests_in_flight", N_HALVES + 1);
    usleep(100000);
    srv_server_unready(served.server);
    srv_server_close(served.server);
    srv_server_cut_off(served.server);
    for (int i = 0; i < 1000 && !srv_server_is_settled(served.server); i++)
        usleep(10000);
    each_is_refused(fds, 503, "draining", "draining");
    assert_true(srv_server_is_settled(served.server));
    served_stop(&served);
}

static void a_body_that_comes_too_slowly_gets_408(void **state)
{
    const char *const flags[] = {"--header-timeout", "1s", NULL};
    int fds[N_HALVES];
    (void)state;
    served_start_hidden(&served, 4, flags);
    send_halves(fds);
    wait_for("boltzd_http_rejected_total{reason=\"timeout\"}", N_HALVES);
    for (size_t i = 0; i < N_HALVES; i++) /* like clients that look for a reply only after sending the body */
        for (int byte = 0; byte < 5; byte++) {
            assert_true(wire_send_text(fds[i], i == 1 ? "1\r\n \r\n" : " "));
            usleep(50000);
        }
    each_is_refused(fds, 408, "request_timeout", "came too slowly: ");
    wait_for("boltzd_http_requests_in_flight", 1);
    assert_true(metric("boltzd_http_requests_total{route=\"/v1/models/{model}/features\",method=\"POST\",code=\"408\"}") >= 2);
    assert_true(metric("boltzd_http_rejected_total{reason=\"timeout\"}") == N_HALVES);
    served_stop(&served);
}

/* The answer that is known already counts, not how slowly the rest comes. */
static void a_slow_body_to_an_unknown_model_gets_404(void **state)
{
    const char *const flags[] = {"--header-timeout", "1s", NULL};
    static const char *const heads[] = {"Content-Length: 1000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"};
    int fds[2];
    char text[256], value[256];
    (void)state;
    served_start_hidden(&served, 4, flags);
    for (size_t i = 0; i < 2; i++) {
        snprintf(text, sizeof(text), "POST /v1/models/nobody/features HTTP/1.1\r\nHost: localhost\r\n%s", heads[i]);
        fds[i] = wire_connect(served.port);
        wire_send_text(fds[i], text);
    }
    for (size_t i = 0; i < 2; i++) {
        struct wire_reply r = wire_read(fds[i], false);
        assert_int_equal(r.status, 404);
        assert_string_equal(wire_header(&r, "X-Boltz-Error", value), "model_not_found");
        wire_free(&r);
        close(fds[i]);
    }
    wait_for("boltzd_http_requests_in_flight", 1);
    served_stop(&served);
}

static void kept_connections_say_how_long(void **state)
{
    const char *const flags[] = {"--idle-timeout", "40s", NULL};
    char value[256];
    (void)state;
    served_start_hidden(&served, 4, flags);
    int fd = wire_connect(served.port);
    struct wire_reply r = wire_ask(fd, "GET", "/v1/models", NULL, "", 0);
    assert_string_equal(wire_header(&r, "Keep-Alive", value), "timeout=39");
    assert_true(strcasecmp(wire_header(&r, "Connection", value), "keep-alive") == 0);
    wire_free(&r);
    r = wire_ask(fd, "GET", "/v1/models", "Connection: close\r\n", "", 0);
    assert_string_equal(wire_header(&r, "Keep-Alive", value), "");
    assert_string_equal(wire_header(&r, "Connection", value), "close");
    wire_free(&r);
    close(fd);
    served_stop(&served);
}

static void one_client_may_have_so_many_requests_in_work(void **state)
{
    const char *const flags[] = {"--client-concurrency", "2", "--trusted-proxy", "127.0.0.0/8", NULL};
    static const char endless[] = "/v1/models/big/sample?count=64&steps=100000000";
    char value[256];
    (void)state;
    served_start_hidden(&served, 4, flags);
    int a = ask(endless), b = ask(endless);
    for (int i = 0; i < 600 && metric("boltzd_http_requests_in_flight") < 3; i++)
        usleep(20000);
    usleep(200000);
    struct wire_reply r = wire_post(served.port, "/v1/models/tiny/sample?steps=1", "{}");
    assert_int_equal(r.status, 429);
    assert_true(atoi(wire_header(&r, "Retry-After", value)) >= 1);
    wire_free(&r);
    /* another client, according to a trusted proxy; and requests that cost no work */
    static const char *const words[] = {
        "X-Forwarded-For: 6.6.6.6, 192.0.2.7\r\n",
        "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-For: 127.0.0.1\r\n"}; /* as HAProxy adds it */
    for (size_t i = 0; i < 2; i++) {
        r = wire_call(served.port, "POST", "/v1/models/tiny/sample?steps=1", words[i], "{}", 2);
        assert_int_equal(r.status, 200);
        wire_free(&r);
    }
    served_expect(served.port, "/v1/models", NULL, 200, NULL);
    close(a);
    close(b);
    served_stop(&served);
}

static void a_key_has_rows_a_second_and_requests_in_work(void **state)
{
    char path[160];
    (void)state;
    served_folder(&served);
    struct bz_machine *m = served_rbm(3, 2, 1);
    served_publish(&served, "tiny", 1, m);
    bz_machine_free(m);
    /* sha256 of "abc" */
    served_file(&served, path, "keys",
                "reader infer sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad rows-per-second=10 "
                "concurrency=5\n");
    const char *const flags[] = {"--api-keys", path, NULL};
    served_start(&served, flags);
    struct wire_reply r = wire_call(served.port, "POST", "/v1/models/tiny/sample?steps=1&count=1000",
                                    "Authorization: Bearer abc\r\n", "{}", 2); /* a hundred seconds' worth in one request */
    assert_int_equal(r.status, 200);
    wire_free(&r);
    r = wire_call(served.port, "POST", "/v1/models/tiny/sample?steps=1&format=sse", "Authorization: Bearer abc\r\n", "{}", 2);
    assert_int_equal(r.status, 429);
    assert_non_null(strstr(r.body, "10 rows per second"));
    char value[256];
    int wait_s = atoi(wire_header(&r, "Retry-After", value));
    assert_true(wait_s > 30 && wait_s <= 100);
    wire_free(&r);
    served_stop(&served);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_reads_nothing_is_closed_and_its_reply_let_go),
        cmocka_unit_test(a_reader_that_goes_on_gets_all_of_it),
        cmocka_unit_test(replies_are_bounded_in_memory),
        cmocka_unit_test(an_old_client_reads_to_the_end_of_the_connection),
        cmocka_unit_test(a_client_that_closed_its_sending_side_is_answered),
        cmocka_unit_test(its_work_ends_after_the_grace),
        cmocka_unit_test(a_half_sent_body_gets_503_at_the_end),
        cmocka_unit_test(a_body_that_comes_too_slowly_gets_408),
        cmocka_unit_test(a_slow_body_to_an_unknown_model_gets_404),
        cmocka_unit_test(kept_connections_say_how_long),
        cmocka_unit_test(one_client_may_have_so_many_requests_in_work),
        cmocka_unit_test(a_key_has_rows_a_second_and_requests_in_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
