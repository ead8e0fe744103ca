/* The bodies of all requests being received are bounded together: a flood of them is refused, and locks nobody else out. */
#include "served.h"
#include "server.h"
#include "wire.h"

#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#define HELD     "boltzd_http_body_memory_bytes"
#define TEXT     "{\"inputs\":[[0,1,0]]}"
#define FEATURES "/v1/models/tiny/features"

enum { MIB = 1 << 20, SMALL = 64 * 1024, ROOM = 2 * MIB };

static struct served served;
static char body[ROOM], packed[ROOM];

/* Four bodies of the largest size; two of one client. */
static const char *const narrow[] = {"--max-body", "1MiB", "--max-body-memory", "4MiB", "--header-timeout", "1m", NULL};

/* JSON of n bytes. */
static const char *json(size_t n)
{
    memset(body, ' ', n);
    memcpy(body, TEXT, strlen(TEXT));
    return body;
}

static int begin(const char *from, const char *headers)
{
    char head[400];
    const int fd = wire_connect_from(from, served.port);
    assert_true(fd >= 0);
    snprintf(head, sizeof(head), "POST " FEATURES " HTTP/1.1\r\nHost: localhost\r\n%s\r\n", headers);
    assert_true(wire_send_text(fd, head));
    return fd;
}

/* One that announces a mebibyte and sends so many bytes of it. */
static int half(const char *from, size_t sent)
{
    const int fd = begin(from, "Content-Length: 1048576\r\n");
    assert_true(wire_send(fd, json(MIB), sent));
    return fd;
}

static void send_chunk(int fd, const char *bytes, size_t size)
{
    char line[32];
    snprintf(line, sizeof(line), "%zx\r\n", size);
    assert_true(wire_send_text(fd, line) && wire_send(fd, bytes, size) && wire_send_text(fd, "\r\n"));
}

static void reply_is(struct wire_reply r, int status, const char *code, const char *words)
{
    char value[256];
    if (r.status != status)
        fail_msg("status %d, expected %d: %.300s", r.status, status, r.body ? r.body : "");
    assert_string_equal(wire_header(&r, "X-Boltz-Error", value), code);
    assert_true(!words || strstr(r.body, words));
    if (status == 429 || status == 503)
        assert_in_range(atoi(wire_header(&r, "Retry-After", value)), 1, 30);
    wire_free(&r);
}

static void answer_is(const char *from, const char *headers, const void *bytes, size_t size, int status, const char *code,
                      const char *words)
{
    const int fd = wire_connect_from(from, served.port);
    reply_is(wire_ask(fd, "POST", FEATURES, headers, bytes, size), status, code, words);
    close(fd);
}

static size_t compress_body(size_t n)
{
    uLongf size = sizeof(packed);
    assert_int_equal(compress((Bytef *)packed, &size, (const Bytef *)body, n), Z_OK);
    return size;
}

static void in_chunks(const char *from, int status, const char *code)
{
    const int fd = begin(from, "Transfer-Encoding: chunked\r\n");
    send_chunk(fd, json(SMALL), SMALL / 2);
    for (int i = 0; i < 3; i++)
        send_chunk(fd, body + SMALL / 2, SMALL / 2);
    assert_true(wire_send_text(fd, "0\r\n\r\n"));
    reply_is(wire_read(fd, false), status, code, NULL);
    close(fd);
}

static void a_flood_locks_nobody_else_out(void **state)
{
    static const char *const flooding[] = {"127.0.0.1", "127.0.0.2"}, other[] = "127.0.0.3", mine[] = "127.0.0.1";
    int fds[4];
    (void)state;
    served_start_usual(&served, narrow);
    for (int i = 0; i < 2; i++)
        fds[i] = half(flooding[0], 1000);
    served_wait_metric(served.port, HELD, 2 * MIB);
    answer_is(mine, NULL, json(MIB), MIB, 429, "too_many_requests", "2097152 bytes together (max-body-memory)");
    answer_is(other, NULL, json(MIB), MIB, 200, "", NULL);
    in_chunks(other, 200, "");
    for (int i = 2; i < 4; i++)
        fds[i] = half(flooding[1], 1000);
    served_wait_metric(served.port, HELD, 4 * MIB);
    /* Whether it comes with its length, after 100-continue, in chunks, or compressed. */
    answer_is(other, NULL, json(MIB), MIB, 503, "out_of_memory", "4194304 bytes together (max-body-memory)");
    const int asking = begin(other, "Content-Length: 1048576\r\nExpect: 100-continue\r\n");
    reply_is(wire_read(asking, false), 503, "out_of_memory", NULL);
    close(asking);
    in_chunks(other, 503, "out_of_memory");
    json(MIB);
    answer_is(other, "Content-Encoding: deflate\r\n", packed, compress_body(MIB), 503, "out_of_memory", NULL);
    /* What is small, needs no body, or is wrong anyway, is answered as ever. */
    answer_is(mine, NULL, json(SMALL), SMALL, 200, "", NULL);
    answer_is(other, NULL, json(SMALL), SMALL, 200, "", NULL);
    served_expect(served.port, "/v2/health/ready", NULL, 200, NULL);
    served_expect(served.port, "/v2/health/live", json(SMALL + 1), 405, NULL);
    served_expect(served.port, "/v1/nothing", json(SMALL + 1), 404, NULL);
    assert_true(served_metric(served.port, "boltzd_http_rejected_total{reason=\"overload\"}") == 4);
    assert_true(served_metric(served.port, "boltzd_http_rejected_total{reason=\"quota\"}") == 1);
    assert_true(served_metric(served.port, HELD) == 4 * MIB);
    for (int i = 0; i < 4; i++) { /* those that were let in are served */
        assert_true(wire_send(fds[i], json(MIB) + 1000, MIB - 1000));
        reply_is(wire_read(fds[i], false), 200, "", NULL);
    }
    served_wait_metric(served.port, HELD, 0);
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    answer_is(other, NULL, json(MIB), MIB, 200, "", NULL);
    served_wait_metric(served.port, HELD, 0);
    served_stop(&served);
}

/* However far a request has come when its client leaves. */
static void a_client_that_leaves_gives_it_back(void **state)
{
    static const size_t sent[] = {0, 1, 1000, SMALL + 1, MIB / 2 + 1, MIB - 1};
    (void)state;
    served_start_usual(&served, narrow);
    for (size_t i = 0; i < sizeof(sent) / sizeof(*sent); i++) {
        const int fd = half("127.0.0.2", sent[i]);
        served_wait_metric(served.port, HELD, MIB);
        close(fd);
        served_wait_metric(served.port, HELD, 0);
    }
    for (int i = 0; i < 3; i++) { /* in chunks */
        const int fd = begin("127.0.0.2", "Transfer-Encoding: chunked\r\n");
        send_chunk(fd, json(MIB), SMALL + 1);
        for (int more = 0; more < i; more++)
            send_chunk(fd, body + SMALL + 1, SMALL);
        for (int wait = 0; wait < 3000 && served_metric(served.port, HELD) <= SMALL; wait++)
            usleep(20000);
        close(fd);
        served_wait_metric(served.port, HELD, 0);
    }
    for (int i = 0; i < 20; i++) { /* while it is decoded, or computed */
        const int fd = half("127.0.0.2", MIB);
        usleep((useconds_t)(i * 500));
        close(fd);
    }
    served_wait_metric(served.port, HELD, 0);
    served_stop(&served);
}

static void refusals_and_streams_give_it_back(void **state)
{
    (void)state;
    served_start_usual(&served, narrow);
    json(MIB);
    body[MIB - 1] = '!';
    answer_is("127.0.0.2", NULL, body, MIB, 400, "bad_json", NULL);
    served_wait_metric(served.port, HELD, 0);
    answer_is("127.0.0.2", "Content-Encoding: gzip\r\n", json(MIB), MIB, 400, "bad_request", NULL);
    served_wait_metric(served.port, HELD, 0);
    json(MIB + 1);
    answer_is("127.0.0.2", "Content-Encoding: deflate\r\n", packed, compress_body(MIB + 1), 413, "too_large", NULL);
    served_wait_metric(served.port, HELD, 0);
    json(MIB);
    answer_is("127.0.0.2", "Content-Encoding: deflate\r\n", packed, compress_body(MIB), 200, "", NULL);
    served_wait_metric(served.port, HELD, 0);
    int fd = begin("127.0.0.2", "Transfer-Encoding: chunked\r\n");
    for (int i = 0; i < 17; i++)
        send_chunk(fd, json(SMALL), SMALL);
    served_wait_metric(served.port, HELD, 0); /* at once, not only when the rest has come */
    assert_true(wire_send_text(fd, "0\r\n\r\n"));
    reply_is(wire_read(fd, false), 413, "too_large", NULL);
    close(fd);
    memset(body, ' ', MIB);
    memcpy(body, "{}", 2);
    fd = wire_connect_from("127.0.0.2", served.port);
    wire_send_text(fd, "POST /v1/models/tiny/sample?steps=100000000&every=1000&format=ndjson HTTP/1.1\r\nHost: localhost\r\n"
                       "Content-Length: 1048576\r\n\r\n");
    assert_true(wire_send(fd, body, MIB));
    char byte;
    assert_int_equal(recv(fd, &byte, 1, 0), 1);
    served_wait_metric(served.port, HELD, 0); /* although it goes on */
    close(fd);
    served_stop(&served);
}

static void bodies_that_are_cut_off_give_it_back(void **state)
{
    static const char *const flags[] = {"--max-body", "1MiB", "--max-body-memory", "4MiB", "--header-timeout", "1s", NULL};
    (void)state;
    served_start_usual(&served, flags);
    int fd = half("127.0.0.2", 10);
    served_wait_metric(served.port, HELD, MIB);
    reply_is(wire_read(fd, false), 408, "request_timeout", NULL);
    close(fd);
    served_wait_metric(served.port, HELD, 0);
    fd = half("127.0.0.2", 10);
    served_wait_metric(served.port, HELD, MIB);
    srv_server_unready(served.server);
    srv_server_close(served.server);
    srv_server_cut_off(served.server);
    for (int i = 0; i < 1000 && !srv_server_is_settled(served.server); i++)
        usleep(10000);
    reply_is(wire_read(fd, false), 503, "draining", NULL);
    close(fd);
    served_stop(&served); /* which finds nothing held (clients.c) */
}

/* A body of the largest size finds room by itself, even where that is more than half. */
static void one_body_always_fits(void **state)
{
    static const char *const flags[] = {"--max-body", "1MiB", "--max-body-memory", "1MiB", NULL};
    (void)state;
    served_start_usual(&served, flags);
    answer_is("127.0.0.2", NULL, json(MIB), MIB, 200, "", NULL);
    const int fd = half("127.0.0.2", 10);
    served_wait_metric(served.port, HELD, MIB);
    answer_is("127.0.0.2", NULL, json(MIB), MIB, 429, "too_many_requests", NULL);
    answer_is("127.0.0.1", NULL, json(MIB), MIB, 503, "out_of_memory", NULL);
    close(fd);
    served_wait_metric(served.port, HELD, 0);
    served_stop(&served);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_locks_nobody_else_out),
        cmocka_unit_test(a_client_that_leaves_gives_it_back),
        cmocka_unit_test(refusals_and_streams_give_it_back),
        cmocka_unit_test(bodies_that_are_cut_off_give_it_back),
        cmocka_unit_test(one_body_always_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
