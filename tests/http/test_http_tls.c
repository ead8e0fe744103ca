/* HTTPS with a real client, and with clients that do not speak it. */
#include "served.h"
#include "wire.h"

#include "server.h"
#include "test.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Certificates that these tests made for themselves (localhost, self-signed). */
#define CERT(N) SOURCE_DIR "/tests/golden/tls_cert_" N ".pem"
#define KEY(N)  SOURCE_DIR "/tests/golden/tls_key_" N ".pem"

static struct served served;
static char cert_path[160], key_path[160];

static void copy_file(const char *from, const char *to)
{
    char command[512];
    snprintf(command, sizeof(command), "cp '%s' '%s'", from, to);
    assert_int_equal(system(command), 0);
}

static int start(void **state)
{
    (void)state;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct bz_machine *m = served_rbm(3, 2, 1), *big = served_rbm(784, 500, 1);
    served_folder(&served);
    served_publish(&served, "tiny", 1, m);
    served_publish(&served, "big", 1, big);
    bz_machine_free(m);
    bz_machine_free(big);
    snprintf(cert_path, sizeof(cert_path), "%s/cert.pem", served.folder);
    snprintf(key_path, sizeof(key_path), "%s/key.pem", served.folder);
    copy_file(CERT("1"), cert_path);
    copy_file(KEY("1"), key_path);
    const char *const flags[] = {"--tls-cert", cert_path, "--tls-key", key_path, "--header-timeout", "2s", NULL};
    served_start(&served, flags);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    served_stop(&served);
    curl_global_cleanup();
    return 0;
}

struct received {
    char *bytes;
    size_t size;
};

static size_t receive(char *data, size_t one, size_t n, void *arg)
{
    struct received *r = arg;
    r->bytes = realloc(r->bytes, r->size + one * n + 1);
    memcpy(r->bytes + r->size, data, one * n);
    r->size += one * n;
    r->bytes[r->size] = 0;
    return one * n;
}

/* The status of a POST with a client that trusts `authority`; 0 if there was no connection. */
static long post(CURL *curl, const char *path, const char *authority, const char *body, struct received *got)
{
    char url[256];
    long status = 0;
    *got = (struct received){0};
    snprintf(url, sizeof(url), "https://localhost:%u%s", served.port, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CAINFO, authority);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, got);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static void https_answers_plain_and_streamed_requests(void **state)
{
    struct received got;
    (void)state;
    CURL *curl = curl_easy_init();
    assert_int_equal(post(curl, "/v1/models/tiny/features", CERT("1"), "{\"inputs\":[[1,0,1]]}", &got), 200);
    assert_non_null(strstr(got.bytes, "\"features\":[["));
    free(got.bytes);
    assert_int_equal(
        post(curl, "/v1/models/big/sample?format=sse&every=1", CERT("1"), "{\"count\":4,\"steps\":40,\"seed\":1}", &got), 200);
    assert_non_null(strstr(got.bytes, "event: done"));
    free(got.bytes);
    curl_easy_cleanup(curl);
}

static void plain_http_and_broken_handshakes_do_no_harm(void **state)
{
    struct received got;
    char byte;
    (void)state;
    for (int i = 0; i < 5; i++) {
        int plain = wire_connect(served.port), silent = wire_connect(served.port);
        wire_send_text(plain, "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        struct wire_reply r = wire_read(plain, false);
        assert_int_not_equal(r.status, 200);
        wire_free(&r);
        close(plain);
        wire_send(silent, "\x16\x03\x01\x02", 4); /* the beginning of a handshake */
        if (i == 0)
            assert_true(recv(silent, &byte, 1, 0) <= 0); /* cut off by the header timeout */
        close(silent);
    }
    CURL *curl = curl_easy_init();
    assert_int_equal(post(curl, "/v1/models/tiny/features", CERT("1"), "{\"inputs\":[[1,0,1]]}", &got), 200);
    free(got.bytes);
    curl_easy_cleanup(curl);
}

/* The reason is sent with the next byte of the body, since only then the session may be used. */
static void a_body_that_comes_too_slowly_gets_its_reason(void **state)
{
    static const struct {
        const char *model, *says;
        int status;
    } cases[] = {{"tiny", "came too slowly: ", 408}, {"nobody", "model_not_found", 404}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char url[64], head[256], reply[4096] = "";
        size_t n = 0, got = 0;
        CURL *curl = curl_easy_init();
        snprintf(url, sizeof(url), "https://localhost:%u", served.port);
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_CAINFO, CERT("1"));
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
        curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
        assert_int_equal(curl_easy_perform(curl), CURLE_OK);
        snprintf(head, sizeof(head), "POST /v1/models/%s/features HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{",
                 cases[i].model);
        assert_int_equal(curl_easy_send(curl, head, strlen(head), &n), CURLE_OK);
        CURLcode code = CURLE_AGAIN;
        for (int tries = 0; tries < 600 && (code == CURLE_AGAIN || code == CURLE_OK) && !strstr(reply, "\"request_id\"");
             tries++) {
            usleep(100000);
            if (tries >= 25 && tries % 5 == 0)
                curl_easy_send(curl, " ", 1, &n);
            code = curl_easy_recv(curl, reply + got, sizeof(reply) - 1 - got, &n);
            got += code == CURLE_OK ? n : 0;
            if (code == CURLE_OK && n == 0)
                break;
        }
        if (!strstr(reply, cases[i].says) || atoi(reply + strcspn(reply, " ")) != cases[i].status)
            fail_msg("want %d '%s', got '%s'", cases[i].status, cases[i].says, reply);
        curl_easy_cleanup(curl);
    }
}

static void a_new_certificate_is_used_and_old_connections_live_on(void **state)
{
    struct received got;
    (void)state;
    CURL *old = curl_easy_init(), *fresh = curl_easy_init();
    assert_int_equal(post(old, "/v1/models/tiny/features", CERT("1"), "{\"inputs\":[[1,0,1]]}", &got), 200);
    free(got.bytes);
    copy_file(CERT("2"), cert_path); /* together with the key of the first: refused */
    srv_server_reload(served.server, NULL);
    assert_int_equal(post(fresh, "/v1/models/tiny/features", CERT("1"), "{\"inputs\":[[1,0,1]]}", &got), 200);
    free(got.bytes);
    curl_easy_cleanup(fresh);
    copy_file(KEY("2"), key_path);
    srv_server_reload(served.server, NULL);
    fresh = curl_easy_init();
    assert_int_equal(post(fresh, "/v1/models/tiny/features", CERT("1"), "{\"inputs\":[[1,0,1]]}", &got), 0);
    free(got.bytes);
    assert_int_equal(post(fresh, "/v1/models/tiny/features", CERT("2"), "{\"inputs\":[[1,0,1]]}", &got), 200);
    free(got.bytes);
    assert_int_equal(post(old, "/v1/models/tiny/features", CERT("1"), "{\"inputs\":[[1,0,1]]}", &got), 200); /* kept alive */
    free(got.bytes);
    for (int i = 0; i < 12; i++) /* more often than there is room for old ones: those without connections are dropped */
        srv_server_reload(served.server, NULL);
    assert_int_equal(post(old, "/v1/models/tiny/features", CERT("1"), "{\"inputs\":[[1,0,1]]}", &got), 200);
    free(got.bytes);
    curl_easy_cleanup(old);
    curl_easy_cleanup(fresh);
}

static double metric_of(CURL *curl, const char *name)
{
    struct received got;
    char url[256];
    got = (struct received){0};
    snprintf(url, sizeof(url), "https://localhost:%u/metrics", served.port);
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CAINFO, CERT("2"));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &got);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    assert_int_equal(curl_easy_perform(curl), CURLE_OK);
    char line[128];
    snprintf(line, sizeof(line), "\n%s ", name);
    const char *at = strstr(got.bytes, line);
    assert_non_null(at);
    const double x = strtod(at + strlen(line), NULL);
    free(got.bytes);
    return x;
}

/* Open connections with each of the certificates that can be in use, and as many reloads that change nothing, leave room. */
static void reloads_of_the_same_certificate_change_nothing(void **state)
{
    CURL *held[6];
    struct received got;
    (void)state;
    for (int i = 0; i < 6; i++) {
        held[i] = curl_easy_init();
        assert_int_equal(post(held[i], "/v1/models/tiny/features", CERT("2"), "{\"inputs\":[[1,0,1]]}", &got), 200);
        free(got.bytes);
        srv_server_reload(served.server, NULL);
    }
    assert_true(metric_of(held[0], "boltzd_tls_certificate_expiry_timestamp_seconds") > 1.7e9);
    copy_file(CERT("1"), cert_path);
    copy_file(KEY("1"), key_path);
    srv_server_reload(served.server, NULL);
    CURL *fresh = curl_easy_init();
    assert_int_equal(post(fresh, "/v1/models/tiny/features", CERT("1"), "{\"inputs\":[[1,0,1]]}", &got), 200);
    free(got.bytes);
    curl_easy_cleanup(fresh);
    for (int i = 0; i < 6; i++)
        curl_easy_cleanup(held[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(https_answers_plain_and_streamed_requests),
        cmocka_unit_test(plain_http_and_broken_handshakes_do_no_harm),
        cmocka_unit_test(a_body_that_comes_too_slowly_gets_its_reason),
        cmocka_unit_test(a_new_certificate_is_used_and_old_connections_live_on),
        cmocka_unit_test(reloads_of_the_same_certificate_change_nothing),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
