/* Bodies of every short length and of lengths around each buffer's size, plain and compressed: for the sanitizers, which
 * detect a byte written past a buffer, and for the replies. And what may follow a body in chunks. */
#include "served.h"
#include "test.h"
#include "wire.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#define TEXT "{\"count\":1,\"steps\":1,\"seed\":1}"

enum { MOST = 300, MIB = 1 << 20 };

static struct served served;
static char body[2 * MIB + 64], packed[2 * MIB + 64];

static int start(void **state)
{
    return served_group_begin(state, &served, (const char *const[]){NULL});
}

/* JSON of n bytes: a text padded with blanks, or its first n bytes. */
static void fill(size_t n)
{
    memset(body, ' ', n);
    memcpy(body, TEXT, n < strlen(TEXT) ? n : strlen(TEXT));
}

static void check(const char *target, const char *headers, const void *bytes, size_t size, int status)
{
    struct wire_reply r = wire_call(served.port, "POST", target, headers, bytes, size);
    if (r.status != status)
        fail_msg("%s, %zu bytes: status %d, expected %d: %.200s", target, size, r.status, status, r.body ? r.body : "");
    wire_free(&r);
}

static void of_every_length(void **state)
{
    static const size_t longer[] = {4095, 4096, 4097, 65535, 65536, 65537, MIB - 1, MIB, MIB + 1, 2 * MIB};
    (void)state;
    for (size_t i = 0; i <= MOST + sizeof(longer) / sizeof(*longer); i++) {
        const size_t n = i <= MOST ? i : longer[i - MOST - 1];
        fill(n);
        check("/v1/models/tiny/sample", NULL, body, n, n == 0 || n >= strlen(TEXT) ? 200 : 400);
    }
}

static void of_the_other_protocol(void **state)
{
    (void)state;
    for (size_t n = 0; n <= MOST; n++) {
        fill(n);
        check("/v2/models/tiny/infer", NULL, body, n, 400);
    }
}

static size_t compress_body(size_t n)
{
    z_stream z = {.next_in = (Bytef *)body, .avail_in = (uInt)n, .next_out = (Bytef *)packed, .avail_out = sizeof(packed)};
    assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return sizeof(packed) - z.avail_out;
}

static void compressed_ones(void **state)
{
    static const size_t inflated[] = {63, 64, 65, 128, 4096, 65535, 65536, 65537, 131072, MIB, MIB + 1};
    (void)state;
    for (size_t i = 0; i < sizeof(inflated) / sizeof(*inflated); i++) {
        fill(inflated[i]);
        check("/v1/models/tiny/sample", "Content-Encoding: gzip\r\n", packed, compress_body(inflated[i]), 200);
    }
}

/* Fields behind the last chunk: sound ones are not used; after others nothing on this connection is taken for a request. */
static void trailers_that_can_be_read_in_two_ways_end_the_connection(void **state)
{
    static const struct {
        const char *fields;
        int status;
    } cases[] = {
        {"X: y\r\nX-Checksum: 1 \r\n", 200},
        {"X:\r\n", 200},
        {"X : y\r\n", 400},
        {"X Y: a\r\n", 400},
        {"X: y\r\n z\r\n", 400},
        {"X: y\nY: z\r\n", 400},
        {"X: a\x01z\r\n", 400},
        {"Content-Length: 5\r\n", 400},
        {"host: other\r\n", 400},
        {"Transfer-Encoding: chunked\r\n", 400},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (int missing = 0; missing < 2; missing++) { /* of a request that has its refusal already, too */
            char text[1024], value[256];
            snprintf(
                text, sizeof(text),
                "POST /v1/models/tiny/sample%s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n" TEXT
                "\r\n0\r\n%s\r\n",
                missing ? "x" : "", strlen(TEXT), cases[i].fields);
            const int fd = wire_connect(served.port);
            wire_send_text(fd, text);
            struct wire_reply r = wire_read(fd, false);
            const bool closes = strcmp(wire_header(&r, "Connection", value), "close") == 0;
            if (r.status != (missing ? 404 : cases[i].status) ||
                (!closes && cases[i].status != 200)) /* an old library closes always */
                fail_msg("%s: status %d, Connection '%s'", cases[i].fields, r.status, value);
            wire_free(&r);
            close(fd);
        }
}

/* However the end of a chunked body is cut into segments; its last header is Transfer-Encoding, as of many clients. */
static void ends_of_chunked_bodies_may_arrive_in_parts(void **state)
{
    static const char end[] = "\r\n0\r\n\r\n";
    (void)state;
    for (size_t cut = 1; cut < strlen(end); cut++) {
        char text[512];
        const int fd = wire_connect(served.port);
        snprintf(text, sizeof(text),
                 "POST /v1/models/tiny/sample HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n" TEXT
                 "%.*s",
                 strlen(TEXT), (int)cut, end);
        wire_send_text(fd, text);
        usleep(10000);
        wire_send_text(fd, end + cut);
        struct wire_reply r = wire_read(fd, false);
        assert_int_equal(r.status, 200);
        wire_free(&r);
        close(fd);
    }
}

/* Others take these lines to go on, or refuse them: whatever follows must not be answered as a request of its own. */
static void nothing_is_smuggled_behind_a_bare_line_feed(void **state)
{
    static const char next[] = "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    static const char *const framings[] = {"14;\n%s\r\n0\r\n\r\n", "14\n%s\r\n0\r\n\r\n",        "14\r\n%s\n0\r\n\r\n",
                                           "14\r\n%s\r\n0;\n\r\n", "14\r\n%s\r\n0\n\r\n",        "14\r\n%s\r\n0\r\n\n",
                                           "14\r\n%s\r\n0\n\n",    "14\r\n%s\r\n0\r\nX: a\n\r\n"};
    static const char *const paths[] = {"/v1/models/tiny/features", "/v1/models/none/features"};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof(framings) / sizeof(framings[0]); i++) {
        char text[1024], all[8192];
        size_t n = (size_t)snprintf(text, sizeof(text),
                                    "POST %s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", paths[i % 2]);
        n += (size_t)snprintf(text + n, sizeof(text) - n, framings[i / 2], "{\"inputs\":[[1,0,1]]}");
        snprintf(text + n, sizeof(text) - n, "%s", next);
        int fd = wire_connect(served.port);
        wire_send_text(fd, text);
        n = 0;
        for (ssize_t got; (got = recv(fd, all + n, sizeof(all) - 1 - n, 0)) > 0;)
            n += (size_t)got;
        all[n] = 0;
        const char *first = strstr(all, "HTTP/1.1 "), *second = first ? strstr(first + 1, "HTTP/1.1 ") : NULL;
        if (second)
            fail_msg("%s: %s", text, all);
        close(fd);
    }
    char value[256];
    int fd = wire_connect(served.port);
    wire_send_text(fd, "GET /v2 HTTP/1.1\nHost: localhost\r\n\r\n");
    struct wire_reply r = wire_read(fd, false);
    assert_int_equal(r.status, 400);
    assert_string_equal(wire_header(&r, "Connection", value), "close");
    wire_free(&r);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(of_every_length),
                                       cmocka_unit_test(of_the_other_protocol),
                                       cmocka_unit_test(compressed_ones),
                                       cmocka_unit_test(trailers_that_can_be_read_in_two_ways_end_the_connection),
                                       cmocka_unit_test(ends_of_chunked_bodies_may_arrive_in_parts),
                                       cmocka_unit_test(nothing_is_smuggled_behind_a_bare_line_feed)};
    return cmocka_run_group_tests(tests, start, served_group_end);
}
