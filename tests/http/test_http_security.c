/* Who has access: keys and scopes, hosts, origins, the operations listener. */
#include "keys.h"
#include "served.h"
#include "wire.h"

#include "server.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* A server with a key for each scope, in key[]. */
struct keyed {
    struct served s;
    char infer[64], metrics[64], admin[64], path[160];
};

static void write_keys(struct keyed *k)
{
    char lines[3][256], text[1024];
    struct bz_error err;
    assert_int_equal(srv_key_new(k->infer, lines[0], "reader", "infer", &err), 0);
    assert_int_equal(srv_key_new(k->metrics, lines[1], "prometheus", "metrics", &err), 0);
    assert_int_equal(srv_key_new(k->admin, lines[2], "boss", "admin", &err), 0);
    snprintf(text, sizeof(text), "# keys\n%s\n%s\n\n%s # all\n", lines[0], lines[1], lines[2]);
    served_file(&k->s, k->path, "keys", text);
}

static void start_keyed(struct keyed *k)
{
    struct bz_machine *m = served_rbm(3, 2, 1);
    served_folder(&k->s);
    served_publish(&k->s, "tiny", 1, m);
    bz_machine_free(m);
    write_keys(k);
    const char *const flags[] = {"--api-keys", k->path, "--model-control", "explicit", NULL};
    served_start(&k->s, flags);
}

static int status_of(unsigned port, const char *method, const char *target, const char *headers)
{
    struct wire_reply r = wire_call(port, method, target, headers, NULL, 0);
    int status = r.status;
    wire_free(&r);
    return status;
}

static void keys_open_what_their_scopes_say(void **state)
{
    static const struct {
        const char *method, *target;
        int none, infer, metrics, admin; /* status by key */
    } cases[] = {
        {"GET", "/v2/health/live", 200, 200, 200, 200},
        {"GET", "/v2/health/ready", 200, 200, 200, 200},
        {"GET", "/", 200, 200, 200, 200},
        {"GET", "/openapi.json", 200, 200, 200, 200},
        {"GET", "/v1/models", 401, 200, 403, 200},
        {"GET", "/v2", 401, 200, 403, 200},
        {"POST", "/v1/models/tiny/sample?steps=1", 401, 200, 403, 200},
        {"POST", "/v2/repository/index", 401, 200, 403, 200},
        {"GET", "/metrics", 401, 403, 200, 200},
        {"POST", "/v2/repository/models/tiny/load", 401, 403, 403, 200},
        {"GET", "/v1/models/none", 401, 404, 403, 404}, /* without a key nobody learns what exists */
        {"GET", "/nothing", 401, 404, 403, 404},
    };
    static struct keyed k;
    char bearer[4][256] = {""};
    (void)state;
    start_keyed(&k);
    snprintf(bearer[1], 256, "Authorization: Bearer %s\r\n", k.infer);
    snprintf(bearer[2], 256, "Authorization: bearer %s\r\n", k.metrics);
    snprintf(bearer[3], 256, "X-API-Key: %s\r\n", k.admin);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const int want[4] = {cases[i].none, cases[i].infer, cases[i].metrics, cases[i].admin};
        for (int key = 0; key < 4; key++) {
            int status = status_of(k.s.port, cases[i].method, cases[i].target, bearer[key]);
            if (status != want[key])
                fail_msg("%s with key %d: status %d, want %d", cases[i].target, key, status, want[key]);
        }
    }
    served_stop(&k.s);
}

static void a_missing_or_wrong_key_is_401_with_a_challenge(void **state)
{
    static const char *const wrong[] = {"",
                                        "Authorization: Bearer bz-nonsense\r\n",
                                        "Authorization: Bearer \r\n",
                                        "Authorization: Basic !!!\r\n",
                                        "X-API-Key: \r\n",
                                        "Authorization: Digest x\r\n"};
    static struct keyed k;
    char value[256];
    (void)state;
    start_keyed(&k);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct wire_reply r = wire_call(k.s.port, "GET", "/v1/models", wrong[i], NULL, 0);
        assert_int_equal(r.status, 401);
        assert_non_null(strstr(wire_header(&r, "WWW-Authenticate", value), "Bearer"));
        assert_non_null(strstr(r.body, "\"code\":\"unauthorized\""));
        wire_free(&r);
    }
    served_stop(&k.s);
}

static void the_password_of_basic_is_a_key(void **state)
{
    static struct served s;
    char path[160], key[64], made[256], text[512], header[512];
    struct bz_error err;
    (void)state;
    struct bz_machine *m = served_rbm(3, 2, 1);
    served_folder(&s);
    served_publish(&s, "tiny", 1, m);
    bz_machine_free(m);
    assert_int_equal(srv_key_new(key, made, "basic", "infer", &err), 0);
    served_file(&s, path, "keys", made);
    const char *const flags[] = {"--api-keys", path, NULL};
    served_start(&s, flags);
    /* base64 by hand, three bytes at a time */
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char coded[256];
    size_t n = (size_t)snprintf(text, sizeof(text), "any:%s", key), at = 0;
    for (size_t i = 0; i < n; i += 3) {
        unsigned b = (unsigned)(unsigned char)text[i] << 16 | (i + 1 < n ? (unsigned)(unsigned char)text[i + 1] << 8 : 0) |
                     (i + 2 < n ? (unsigned)(unsigned char)text[i + 2] : 0);
        coded[at++] = digits[b >> 18 & 63];
        coded[at++] = digits[b >> 12 & 63];
        coded[at++] = i + 1 < n ? digits[b >> 6 & 63] : '=';
        coded[at++] = i + 2 < n ? digits[b & 63] : '=';
    }
    coded[at] = 0;
    snprintf(header, sizeof(header), "Authorization: Basic %s\r\n", coded);
    assert_int_equal(status_of(s.port, "GET", "/v1/models", header), 200);
    served_stop(&s);
}

static void reload_replaces_the_keys_and_keeps_them_when_the_file_is_bad(void **state)
{
    static struct keyed k;
    char old[256], fresh[256];
    (void)state;
    start_keyed(&k);
    snprintf(old, sizeof(old), "X-API-Key: %s\r\n", k.infer);
    assert_int_equal(status_of(k.s.port, "GET", "/v1/models", old), 200);
    served_file(&k.s, k.path, "keys", "not a key\n");
    srv_server_reload(k.s.server, NULL);
    assert_int_equal(status_of(k.s.port, "GET", "/v1/models", old), 200);
    write_keys(&k);
    srv_server_reload(k.s.server, NULL);
    snprintf(fresh, sizeof(fresh), "X-API-Key: %s\r\n", k.infer);
    assert_int_equal(status_of(k.s.port, "GET", "/v1/models", fresh), 200);
    assert_int_equal(status_of(k.s.port, "GET", "/v1/models", old), 401);
    served_stop(&k.s);
}

static void a_loopback_listener_refuses_foreign_hosts(void **state)
{
    static const struct {
        const char *host;
        int status;
    } cases[] = {
        {"localhost", 200}, {"LOCALHOST:1", 200},         {"127.0.0.1:99", 200},
        {"[::1]:99", 200},  {"models.test", 200},         {"models.test:80", 200},
        {"evil.test", 403}, {"localhost.evil.test", 403}, {"127.0.0.1.evil.test:8080", 403},
        {"", 403},          {"localhost:x", 403},
    };
    static const char *const flags[] = {"--allowed-host", "models.test", NULL};
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char header[128];
        snprintf(header, sizeof(header), "Host: %s\r\n", cases[i].host);
        int status = status_of(s.port, "GET", "/v1/models", header);
        if (status != cases[i].status)
            fail_msg("Host %s: status %d, want %d", cases[i].host, status, cases[i].status);
    }
    served_stop(&s);
}

/* RFC 9112, 3.2.2: the host in the target replaces the Host header. */
static void the_host_of_an_absolute_target_decides(void **state)
{
    static const struct {
        const char *target, *headers;
        int status;
    } cases[] = {
        {"http://localhost/v1/models", "Host: evil.test\r\n", 200},
        {"http://evil.test/v1/models", "Host: localhost\r\n", 403},
        {"HTTP://evil.test:80/v1/models", "Host: localhost\r\n", 403},
        {"http://evil.test?/v1/models", "Host: localhost\r\n", 403},
        {"http://[::1]:99/v1/models?", "Host: localhost\r\n", 200},
        {"http://localhost:7", "Host: localhost\r\n", 200},
        {"http:///v1/models", "Host: localhost\r\n", 400},
        {"http://localhost@evil.test/v1/models", "Host: localhost\r\n", 400},
        {"http://:80/v1/models", "Host: localhost\r\n", 400},
        {"http://localhost:65536/v1/models", "Host: localhost\r\n", 400},
        {"http://localhost:/v1/models", "Host: localhost\r\n", 200},
        {"http://localhost:7/v1/models", "Host: localhost\r\nOrigin: http://localhost:7\r\n", 200},
        {"http://localhost:7/v1/models", "Host: localhost:8\r\nOrigin: http://localhost:8\r\n", 403},
    };
    static struct served s;
    (void)state;
    served_start_usual(&s, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int status = status_of(s.port, "GET", cases[i].target, cases[i].headers);
        if (status != cases[i].status)
            fail_msg("%s, %s: status %d, want %d", cases[i].target, cases[i].headers, status, cases[i].status);
    }
    served_stop(&s);
}

static void foreign_origins_are_refused_unless_listed(void **state)
{
    static const char *const flags[] = {"--cors-origin", "https://app.test", NULL};
    static struct served s;
    char value[256];
    (void)state;
    served_start_usual(&s, flags);
    assert_int_equal(status_of(s.port, "GET", "/v1/models", "Origin: https://evil.test\r\n"), 403);
    assert_int_equal(status_of(s.port, "GET", "/v1/models", "Origin: null\r\n"), 403);
    assert_int_equal(status_of(s.port, "POST", "/v1/models/tiny/sample?steps=1", "Origin: https://evil.test\r\n"), 403);
    assert_int_equal(status_of(s.port, "GET", "/v2/health/live", "Origin: https://evil.test\r\n"), 200);
    assert_int_equal(status_of(s.port, "HEAD", "/v2/health/live", "Origin: https://evil.test\r\n"), 200);
    struct wire_reply file = wire_call(s.port, "GET", "/v1/models", "Origin: null\r\n", NULL, 0);
    assert_int_equal(file.status, 403);
    assert_non_null(strstr(file.body, "--cors-origin '*'")); /* `--cors-origin null` would be refused */
    wire_free(&file);
    assert_int_equal(status_of(s.port, "GET", "/v1/models", "Host: localhost:7\r\nOrigin: http://localhost:7\r\n"), 200);
    assert_int_equal(status_of(s.port, "GET", "/v1/models", "Host: localhost:7\r\nOrigin: http://localhost:8\r\n"), 403);
    struct wire_reply r = wire_call(s.port, "GET", "/v1/models", "Origin: https://app.test\r\n", NULL, 0);
    assert_int_equal(r.status, 200);
    assert_string_equal(wire_header(&r, "Access-Control-Allow-Origin", value), "https://app.test");
    assert_non_null(strstr(wire_header(&r, "Vary", value), "Origin"));
    wire_free(&r);
    r = wire_call(s.port, "GET", "/v1/models", NULL, NULL, 0);
    assert_string_equal(wire_header(&r, "Access-Control-Allow-Origin", value), "");
    wire_free(&r);
    served_stop(&s);
}

static void any_origin_means_no_credentials(void **state)
{
    static const char *const flags[] = {"--cors-origin", "*", NULL};
    static struct served s;
    char value[256];
    (void)state;
    served_start_usual(&s, flags);
    struct wire_reply r = wire_call(s.port, "GET", "/v1/models", "Origin: https://any.test\r\n", NULL, 0);
    assert_int_equal(r.status, 200);
    assert_string_equal(wire_header(&r, "Access-Control-Allow-Origin", value), "*");
    assert_string_equal(wire_header(&r, "Access-Control-Allow-Credentials", value), "");
    wire_free(&r);
    served_stop(&s);
}

static void preflight_is_answered_before_keys(void **state)
{
    static struct keyed k;
    char value[256];
    struct bz_machine *m = served_rbm(3, 2, 1);
    (void)state;
    served_folder(&k.s);
    served_publish(&k.s, "tiny", 1, m);
    bz_machine_free(m);
    write_keys(&k);
    const char *const flags[] = {"--api-keys", k.path, "--cors-origin", "https://app.test", NULL};
    served_start(&k.s, flags);
    static const char ask[] = "Origin: https://app.test\r\nAccess-Control-Request-Method: POST\r\n"
                              "Access-Control-Request-Headers: authorization, content-type\r\n";
    struct wire_reply r = wire_call(k.s.port, "OPTIONS", "/v1/models/tiny/features", ask, NULL, 0);
    assert_int_equal(r.status, 204);
    assert_string_equal(wire_header(&r, "Access-Control-Allow-Origin", value), "https://app.test");
    assert_non_null(strstr(wire_header(&r, "Access-Control-Allow-Methods", value), "POST"));
    assert_non_null(strstr(wire_header(&r, "Access-Control-Allow-Headers", value), "Authorization"));
    wire_free(&r);
    r = wire_call(k.s.port, "OPTIONS", "/v1/models/tiny/features",
                  "Origin: https://evil.test\r\nAccess-Control-Request-Method: POST\r\n", NULL, 0);
    assert_int_equal(r.status, 403);
    wire_free(&r);
    served_stop(&k.s);
}

static void the_operations_listener_takes_metrics_and_control_away(void **state)
{
    static const char *const flags[] = {"--ops-listen", "127.0.0.1:0", "--model-control", "explicit", NULL};
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    unsigned ops = srv_server_port(s.server, true);
    assert_int_not_equal(ops, s.port);
    assert_int_equal(status_of(s.port, "GET", "/metrics", NULL), 404);
    assert_int_equal(status_of(s.port, "POST", "/v2/repository/models/tiny/unload", NULL), 404);
    assert_int_equal(status_of(s.port, "GET", "/v1/models/tiny", NULL), 200);
    assert_int_equal(status_of(ops, "GET", "/metrics", NULL), 200);
    assert_int_equal(status_of(ops, "GET", "/v2/health/ready", NULL), 200);
    assert_int_equal(status_of(ops, "POST", "/v2/repository/models/tiny/unload", NULL), 200);
    assert_int_equal(status_of(s.port, "GET", "/v1/models/tiny", NULL), 404);
    served_stop(&s);
}

static void open_model_control_without_keys_is_refused_at_start(void **state)
{
    static struct served s;
    struct srv_server *server = NULL;
    struct bz_error err;
    enum srv_action action;
    const char *words[2];
    int status = 0;
    (void)state;
    served_folder(&s);
    char *const argv[] = {"boltzd",   "--model-repository", s.repository,      "--listen", "0.0.0.0:0",
                          "--listen", "127.0.0.1:0",        "--model-control", "explicit", NULL};
    char *const nothing[] = {NULL};
    assert_int_equal(srv_options_read(&s.options, &action, words, 9, (char **)(uintptr_t)argv, nothing, &err), 0);
    assert_int_equal(srv_server_new(&server, &s.options, &status, &err), -1);
    assert_int_equal(status, SRV_EXIT_CONFIG);
    assert_non_null(strstr(err.msg, "api-keys"));
    served_stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_open_what_their_scopes_say),
        cmocka_unit_test(a_missing_or_wrong_key_is_401_with_a_challenge),
        cmocka_unit_test(the_password_of_basic_is_a_key),
        cmocka_unit_test(reload_replaces_the_keys_and_keeps_them_when_the_file_is_bad),
        cmocka_unit_test(a_loopback_listener_refuses_foreign_hosts),
        cmocka_unit_test(the_host_of_an_absolute_target_decides),
        cmocka_unit_test(foreign_origins_are_refused_unless_listed),
        cmocka_unit_test(any_origin_means_no_credentials),
        cmocka_unit_test(preflight_is_answered_before_keys),
        cmocka_unit_test(the_operations_listener_takes_metrics_and_control_away),
        cmocka_unit_test(open_model_control_without_keys_is_refused_at_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
