/* Streams of samples: the same frames however fast they are read, and no harm from readers that stop or disconnect. */
#include "served.h"
#include "wire.h"

#include "server.h"
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct wire_reply stream(unsigned port, const char *target, const char *body)
{
    return wire_post(port, target, body);
}

static void frames_are_the_samples_of_plain_requests(void **state)
{
    static struct served s;
    (void)state;
    served_start_hidden(&s, 4, NULL);
    struct wire_reply r =
        stream(s.port, "/v1/models/tiny/sample?format=ndjson", "{\"count\":2,\"steps\":30,\"every\":10,\"seed\":4}");
    assert_int_equal(r.status, 200);
    assert_false(r.cut);
    const char *line = r.body;
    for (unsigned step = 10; step <= 30; step += 10) {
        char body[128], *samples, *end;
        snprintf(body, sizeof(body), "{\"count\":2,\"steps\":%u,\"seed\":4}", step);
        struct wire_reply plain = wire_post(s.port, "/v1/models/tiny/sample", body);
        samples = strstr(plain.body, "\"samples\":");
        end = strstr(samples, ",\"seed\"");
        assert_memory_equal(strstr(line, "\"samples\":"), samples, (size_t)(end - samples));
        line = strchr(line, '\n') + 1;
        wire_free(&plain);
    }
    assert_non_null(strstr(line, "\"event\":\"done\""));
    assert_non_null(strstr(line, "\"continue\":\""));
    wire_free(&r);
    served_stop(&s);
}

static void server_sent_events_have_their_headers(void **state)
{
    char value[256];
    static struct served s;
    (void)state;
    served_start_hidden(&s, 4, NULL);
    struct wire_reply r =
        wire_call(s.port, "POST", "/v1/models/tiny/sample?steps=3&every=1&seed=1", "Accept: text/event-stream\r\n", NULL, 0);
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(wire_header(&r, "Content-Type", value), "text/event-stream"));
    assert_string_equal(wire_header(&r, "Cache-Control", value), "no-store");
    assert_string_equal(wire_header(&r, "X-Boltz-Seed", value), "1");
    assert_int_equal(strncmp(r.body, ": samples\nretry: 3000\n\n", 23), 0);
    assert_int_equal(strncmp(r.body + 23, "event: frame\nid: 1-", 19), 0);
    assert_non_null(strstr(r.body, "event: done\nid: done-1\ndata: {\"seed\":1,\"steps\":3,"));
    wire_free(&r);
    served_stop(&s);
}

/* The reader pauses with more left to read than a kernel buffers: nothing is lost, and others are served meanwhile. */
static void a_slow_reader_gets_every_frame(void **state)
{
    static const char body[] = "{\"count\":16,\"steps\":400,\"every\":1,\"seed\":2}";
    char text[512];
    static struct served s;
    (void)state;
    served_start_hidden(&s, 4, NULL);
    struct wire_reply fast = stream(s.port, "/v1/models/big/sample?format=ndjson", body);
    assert_int_equal(fast.status, 200);
    assert_true(fast.size > 10000000);
    int fd = wire_connect(s.port);
    wire_window(fd, 4096);
    snprintf(text, sizeof(text),
             "POST /v1/models/big/sample?format=ndjson HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(body), body);
    wire_send_text(fd, text);
    for (int i = 0; i < 20; i++) {
        struct wire_reply other = wire_post(s.port, "/v1/models/tiny/sample", "{\"steps\":5}");
        assert_int_equal(other.status, 200);
        wire_free(&other);
        usleep(20000);
    }
    wire_window(fd, 1 << 20);
    struct wire_reply slow = wire_read(fd, false);
    assert_int_equal(slow.size, fast.size);
    assert_string_equal(slow.body, fast.body);
    wire_free(&fast);
    wire_free(&slow);
    close(fd);
    served_stop(&s);
}

static void readers_that_leave_end_their_streams(void **state)
{
    static const char body[] = "{\"count\":16,\"steps\":100000000,\"every\":1}";
    enum { N = 12 };
    char text[512], some[2000];
    static struct served s;
    (void)state;
    served_start_hidden(&s, 4, NULL);
    snprintf(text, sizeof(text),
             "POST /v1/models/big/sample?format=sse HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s", strlen(body),
             body);
    for (int i = 0; i < N; i++) {
        struct linger reset = {.l_onoff = 1};
        int fd = wire_connect(s.port);
        wire_send_text(fd, text);
        if (i % 3)
            assert_true(recv(fd, some, sizeof(some), MSG_WAITALL) > 0);
        if (i % 2)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        close(fd);
    }
    bool over = false;
    for (int i = 0; i < 20000 && !over; i++) {
        struct wire_reply r = wire_get(s.port, "/metrics");
        over = strstr(r.body, "boltzd_inference_queue_rows{model=\"big\",version=\"1\"} 0\n") != NULL;
        wire_free(&r);
        usleep(10000);
    }
    assert_true(over);
    served_stop(&s);
}

static void a_stream_that_is_cut_off_says_so(void **state)
{
    static const char body[] = "{\"count\":1,\"steps\":100000000,\"every\":1000}";
    char text[512], some[64];
    static struct served s;
    (void)state;
    served_start_hidden(&s, 4, NULL);
    int fd = wire_connect(s.port);
    snprintf(text, sizeof(text),
             "POST /v1/models/tiny/sample?format=sse HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(body), body);
    wire_send_text(fd, text);
    assert_true(recv(fd, some, 1, MSG_PEEK) == 1);
    srv_server_unready(s.server);
    srv_server_close(s.server);
    srv_server_cut_off(s.server);
    struct wire_reply r = wire_read(fd, false);
    assert_int_equal(r.status, 200);
    const char *error = strstr(r.body, "event: error\ndata: {");
    assert_non_null(error);
    assert_non_null(strstr(error, "draining"));
    wire_free(&r);
    close(fd);
    served_stop(&s);
}

/* More than fits into the buffers is still unread when the server is freed. */
static void a_reader_that_never_reads_does_not_hold_up_the_end(void **state)
{
    static const char body[] = "{\"count\":16,\"steps\":100000000,\"every\":1}";
    char text[512];
    static struct served s;
    (void)state;
    served_start_hidden(&s, 4, NULL);
    int fd = wire_connect(s.port);
    snprintf(text, sizeof(text),
             "POST /v1/models/big/sample?format=sse HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s", strlen(body),
             body);
    wire_send_text(fd, text);
    usleep(300000);
    served_stop(&s);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_the_samples_of_plain_requests),
        cmocka_unit_test(server_sent_events_have_their_headers),
        cmocka_unit_test(a_slow_reader_gets_every_frame),
        cmocka_unit_test(readers_that_leave_end_their_streams),
        cmocka_unit_test(a_stream_that_is_cut_off_says_so),
        cmocka_unit_test(a_reader_that_never_reads_does_not_hold_up_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
