/* Stock clients of the Open Inference Protocol, byte for byte as they put their requests on the wire, and what they expect of
 * the replies: tritonclient.http (geventhttpclient), its asyncio form (aiohttp), the C++ client (libcurl), perf_analyzer,
 * KServe's client (httpx), and curl with the bytes of a tensor. */
#include "served.h"
#include "wire.h"

#include "coding.h"
#include "mem.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { N_UNITS = 784, N_HIDDEN = 500 };

/* No Content-Type, no Accept, and no Content-Length where there is no body, even with POST. */
#define SYNC_HEADERS "User-Agent: python/gevent-http-client-2.3.3\r\nHost: localhost:8000\r\n"
/* The same type with every POST; compressed replies are accepted, but only the one to infer is decompressed. */
#define AIO_HEADERS                                                                                                            \
    "Host: localhost:8000\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: Python/3.11 aiohttp/3.9.5\r\n"
#define AIO_POST AIO_HEADERS "Content-Type: application/octet-stream\r\n"
#define HTTPX_HEADERS                                                                                                          \
    "Host: localhost:8000\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n"                      \
    "User-Agent: python-httpx/0.27.2\r\n"
#define CPP_HEADERS "Host: localhost:8000\r\nAccept: */*\r\n"

static struct wire_reply send_raw(int fd, const char *method, const char *target, const char *headers, const char *more,
                                  const void *body, size_t size)
{
    char head[2048];
    int n = snprintf(head, sizeof(head), "%s /%s HTTP/1.1\r\n%s%s", method, target, headers, more);
    if (size)
        n += snprintf(head + n, sizeof(head) - (size_t)n, "Content-Length: %zu\r\n", size);
    n += snprintf(head + n, sizeof(head) - (size_t)n, "\r\n");
    wire_send(fd, head, (size_t)n);
    if (size)
        wire_send(fd, body, size);
    return wire_read(fd, false);
}

static size_t count_header(const struct wire_reply *r, const char *name)
{
    size_t n = 0, length = strlen(name);
    for (const char *line = strstr(r->head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
        n += strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':';
    return n;
}

static cJSON *item(const cJSON *root, const char *name)
{
    cJSON *found = cJSON_GetObjectItemCaseSensitive(root, name);
    if (!found)
        fail_msg("no \"%s\"", name);
    return found;
}

/* Exactly 200, and uncompressed JSON. */
static cJSON *json_of(struct wire_reply *r)
{
    if (r->status != 200)
        fail_msg("status %d: %s", r->status, r->body);
    assert_int_equal(count_header(r, "Content-Encoding"), 0);
    cJSON *root = cJSON_ParseWithLength(r->body, r->size);
    assert_non_null(root);
    wire_free(r);
    return root;
}

/* Any status but 200, and an object whose "error" is a string. */
static void expect_error(struct wire_reply r, int status)
{
    cJSON *root = cJSON_ParseWithLength(r.body, r.size);
    assert_int_equal(r.status, status);
    assert_int_equal(count_header(&r, "Content-Encoding"), 0);
    assert_true(cJSON_IsString(item(root, "error")));
    cJSON_Delete(root);
    wire_free(&r);
}

/* --- inference --- */

static float *row(unsigned seed)
{
    float *x = malloc(N_UNITS * sizeof(*x));
    for (size_t i = 0; i < N_UNITS; i++)
        x[i] = (float)((i * 7 + seed) % 3 == 0);
    return x;
}

/* The JSON of a request with one binary row, and the row. *length: that of the JSON. */
static char *binary_request(size_t *size, size_t *length, const char *rest)
{
    float *x = row(1);
    char *text = malloc(1024 + N_UNITS * sizeof(*x));
    *length = (size_t)sprintf(text,
                              "{\"id\":\"1\",\"inputs\":[{\"name\":\"visible\",\"shape\":[1,784],\"datatype\":\"FP32\","
                              "\"parameters\":{\"binary_data_size\":3136}}]%s}",
                              rest);
    memcpy(text + *length, x, N_UNITS * sizeof(*x));
    *size = *length + N_UNITS * sizeof(*x);
    free(x);
    return text;
}

/* The features of that row by /v1. */
static float *features(unsigned port)
{
    float *x = row(1);
    struct wire_reply r = wire_call(port, "POST", "/v1/models/big/features?format=raw",
                                    "Content-Type: application/octet-stream\r\n", x, N_UNITS * sizeof(*x));
    assert_int_equal(r.size, N_HIDDEN * sizeof(float));
    free(x);
    return (float *)(void *)(free(r.head), r.body);
}

/* Reads a reply as the clients' InferResult does, decompressing it, and compares the output "features". */
static void check_result(const struct wire_reply *r, const float *want)
{
    char value[256], *plain = NULL;
    size_t size = r->size, at, used = 0;
    struct bz_error err;
    if (r->status != 200)
        fail_msg("status %d: %s", r->status, r->body);
    if (*wire_header(r, "Content-Encoding", value)) {
        if (srv_inflate(&plain, &size, r->body, r->size, srv_coding_of(value), 1 << 20, &err) < 0)
            fail_msg("%s", err.msg);
    }
    const char *bytes = plain ? plain : r->body;
    assert_int_equal(count_header(r, "Inference-Header-Content-Length"), 1);
    assert_string_equal(wire_header(r, "Content-Type", value), "application/octet-stream");
    at = strtoul(wire_header(r, "Inference-Header-Content-Length", value), NULL, 10);
    assert_true(at < size);
    cJSON *root = cJSON_ParseWithLength(bytes, at), *output;
    bool found = false;
    assert_string_equal(cJSON_GetStringValue(item(root, "model_name")), "big");
    cJSON_ArrayForEach(output, item(root, "outputs"))
    {
        const size_t n = (size_t)item(item(output, "parameters"), "binary_data_size")->valuedouble;
        const double rows = cJSON_GetArrayItem(item(output, "shape"), 0)->valuedouble;
        const double width = cJSON_GetArrayItem(item(output, "shape"), 1)->valuedouble;
        assert_string_equal(cJSON_GetStringValue(item(output, "datatype")), "FP32");
        assert_int_equal(n, (size_t)(rows * width) * sizeof(float));
        assert_false(cJSON_HasObjectItem(output, "data"));
        if (strcmp(cJSON_GetStringValue(item(output, "name")), "features") == 0) {
            assert_memory_equal(bytes + at + used, want, N_HIDDEN * sizeof(float));
            found = true;
        }
        used += n;
    }
    assert_true(found);
    assert_int_equal(at + used, size); /* no bytes are left over */
    cJSON_Delete(root);
    bz_free(plain);
}

static struct wire_reply infer(int fd, const char *headers, const char *more, const char *rest)
{
    size_t size, length;
    char all[256], *body = binary_request(&size, &length, rest);
    snprintf(all, sizeof(all), "%sInference-Header-Content-Length: %zu\r\n", more, length);
    struct wire_reply r = send_raw(fd, "POST", "v2/models/big/infer", headers, all, body, size);
    free(body);
    return r;
}

static const char all_binary[] = ",\"parameters\":{\"binary_data_output\":true}";
static const char named_outputs[] = ",\"outputs\":[{\"name\":\"free_energy\",\"parameters\":{\"binary_data\":true}},"
                                    "{\"name\":\"features\",\"parameters\":{\"binary_data\":true}}]";

/* --- the clients --- */

/* Everything on one connection: a reply that waited for a body that never comes would block the next one. */
static void the_sync_client_gets_what_it_demands(void **state)
{
    static const char *const flags[] = {"--model-control", "explicit", NULL};
    static const char *const plain[] = {"v2/health/live", "v2/health/ready", "v2/models/big/ready",
                                        "v2/models/tiny/versions/1/ready"};
    static const char *const objects[] = {"v2",
                                          "v2/",
                                          "v2/models/big",
                                          "v2/models/tiny/versions/3",
                                          "v2/models/big/config",
                                          "v2/models/big/stats",
                                          "v2/models/stats",
                                          "v2/models/big?unknown=key"};
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    int fd = wire_connect(s.port);
    float *want = features(s.port);
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        struct wire_reply r = send_raw(fd, "GET", plain[i], SYNC_HEADERS, "", NULL, 0);
        assert_int_equal(r.status, 200);
        wire_free(&r);
    }
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        struct wire_reply r = send_raw(fd, "GET", objects[i], SYNC_HEADERS, "", NULL, 0);
        cJSON *root = json_of(&r);
        assert_true(cJSON_IsObject(root));
        cJSON_Delete(root);
    }
    struct wire_reply r = send_raw(fd, "POST", "v2/repository/index", SYNC_HEADERS, "", NULL, 0);
    cJSON *index = json_of(&r);
    assert_int_equal(cJSON_GetArraySize(index), 2);
    cJSON_Delete(index);
    const char *const control[][2] = {{"v2/repository/models/tiny/unload", "{\"parameters\":{\"unload_dependents\":false}}"},
                                      {"v2/repository/models/tiny/load", "{}"}};
    for (size_t i = 0; i < 2; i++) {
        r = send_raw(fd, "POST", control[i][0], SYNC_HEADERS, "", control[i][1], strlen(control[i][1]));
        assert_int_equal(r.status, 200);
        wire_free(&r);
        r = send_raw(fd, "GET", "v2/models/tiny/ready", SYNC_HEADERS, "", NULL, 0);
        assert_int_equal(r.status, i ? 200 : 404);
        wire_free(&r);
    }
    r = infer(fd, SYNC_HEADERS, "", all_binary);
    check_result(&r, want);
    assert_int_equal(count_header(&r, "Content-Encoding"), 0);
    wire_free(&r);
    r = infer(fd, SYNC_HEADERS, "", named_outputs);
    check_result(&r, want);
    wire_free(&r);
    expect_error(send_raw(fd, "GET", "v2/models/nobody", SYNC_HEADERS, "", NULL, 0), 404);
    expect_error(send_raw(fd, "GET", "v2/models/big/versions/9/config", SYNC_HEADERS, "", NULL, 0), 404);
    expect_error(send_raw(fd, "GET", "v2/systemsharedmemory/status", SYNC_HEADERS, "", NULL, 0), 501);
    expect_error(send_raw(fd, "POST", "v2/cudasharedmemory/region/x/unregister", SYNC_HEADERS, "", NULL, 0), 501);
    expect_error(infer(fd, SYNC_HEADERS, "", ",\"outputs\":[{\"name\":\"nothing\"}]"), 400);
    free(want);
    close(fd);
    served_stop(&s);
}

/* The header counts the JSON before compression; the body is one compressed stream. */
static void compressed_requests_of_the_sync_client_are_read(void **state)
{
    static const enum srv_coding codings[] = {SRV_GZIP, SRV_DEFLATE};
    static const char *const names[] = {"gzip", "deflate"};
    static struct served s;
    (void)state;
    served_start_usual(&s, NULL);
    int fd = wire_connect(s.port);
    float *want = features(s.port);
    for (size_t i = 0; i < 2; i++) {
        size_t size, length, packed_size;
        char all[256], *packed = NULL, *body = binary_request(&size, &length, all_binary);
        assert_true(srv_deflate(&packed, &packed_size, body, size, codings[i]));
        snprintf(all, sizeof(all), "Content-Encoding: %s\r\nInference-Header-Content-Length: %zu\r\nAccept-Encoding: %s\r\n",
                 names[i], length, names[i]);
        struct wire_reply r = send_raw(fd, "POST", "v2/models/big/infer", SYNC_HEADERS, all, packed, packed_size);
        char value[256];
        check_result(&r, want);
        assert_string_equal(wire_header(&r, "Content-Encoding", value), names[i]);
        wire_free(&r);
        bz_free(packed);
        free(body);
    }
    free(want);
    close(fd);
    served_stop(&s);
}

static void the_asyncio_client_gets_no_compressed_reply_but_to_infer(void **state)
{
    static const char *const flags[] = {"--model-control", "explicit", NULL};
    static const char *const objects[] = {"v2", "v2/models/big", "v2/models/big/config", "v2/models/big/stats",
                                          "v2/models/stats"};
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    int fd = wire_connect(s.port);
    float *want = features(s.port);
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        struct wire_reply r = send_raw(fd, "GET", objects[i], AIO_HEADERS, "", NULL, 0);
        cJSON_Delete(json_of(&r));
    }
    struct wire_reply r = send_raw(fd, "POST", "v2/repository/index", AIO_POST, "Content-Length: 0\r\n", NULL, 0);
    cJSON *index = json_of(&r);
    assert_true(cJSON_IsArray(index));
    cJSON_Delete(index);
    r = send_raw(fd, "POST", "v2/repository/models/tiny/load", AIO_POST, "", "{}", 2);
    assert_int_equal(r.status, 200);
    assert_int_equal(count_header(&r, "Content-Encoding"), 0);
    wire_free(&r);
    r = infer(fd, AIO_POST, "", all_binary);
    check_result(&r, want);
    wire_free(&r);
    expect_error(infer(fd, AIO_POST, "", ",\"outputs\":[{\"name\":\"nothing\"}]"), 400);
    expect_error(send_raw(fd, "GET", "v2/models/nobody", AIO_HEADERS, "", NULL, 0), 404);
    free(want);
    close(fd);
    served_stop(&s);
}

static void the_cpp_client_may_send_chunks(void **state)
{
    static struct served s;
    char head[512];
    size_t size, length;
    (void)state;
    served_start_usual(&s, NULL);
    int fd = wire_connect(s.port);
    float *want = features(s.port);
    char *body = binary_request(&size, &length, all_binary);
    snprintf(
        head, sizeof(head),
        "POST /v2/models/big/infer HTTP/1.1\r\n" CPP_HEADERS
        "Content-Type: application/octet-stream\r\nInference-Header-Content-Length: %zu\r\nTransfer-Encoding: chunked\r\n\r\n",
        length);
    wire_send_text(fd, head);
    for (size_t at = 0; at < size;) { /* chunks that cut header and tensor anywhere */
        size_t n = at + 97 < size ? 97 : size - at;
        snprintf(head, sizeof(head), "%zx\r\n", n);
        wire_send_text(fd, head);
        wire_send(fd, body + at, n);
        wire_send_text(fd, "\r\n");
        at += n;
    }
    wire_send_text(fd, "0\r\n\r\n");
    struct wire_reply r = wire_read(fd, false);
    check_result(&r, want);
    wire_free(&r);
    free(body);
    free(want);
    close(fd);
    served_stop(&s);
}

static uint64_t number(const cJSON *from, const char *name)
{
    return (uint64_t)item(from, name)->valuedouble;
}

static const cJSON *one_model(cJSON *stats)
{
    return cJSON_GetArrayItem(item(stats, "model_stats"), 0);
}

/* Extensions, names in metadata and config, and statistics as whole numbers that grow with the requests made. */
static void the_load_tester_finds_its_numbers(void **state)
{
    static const char *const durations[] = {"success",       "fail",           "queue",     "compute_input",
                                            "compute_infer", "compute_output", "cache_hit", "cache_miss"};
    enum { N = 5 };
    static struct served s;
    (void)state;
    served_start_usual(&s, NULL);
    int fd = wire_connect(s.port);
    struct wire_reply r = send_raw(fd, "GET", "v2", CPP_HEADERS, "", NULL, 0);
    cJSON *root = json_of(&r), *name;
    bool found = false;
    cJSON_ArrayForEach(name, item(root, "extensions")) found |= strcmp(name->valuestring, "statistics") == 0;
    assert_true(found);
    cJSON_Delete(root);
    r = send_raw(fd, "GET", "v2/models/big/config", CPP_HEADERS, "", NULL, 0);
    root = json_of(&r);
    assert_true(number(root, "max_batch_size") > 0);
    item(root, "dynamic_batching");
    cJSON_Delete(root);
    r = send_raw(fd, "GET", "v2/models/big/versions/1/stats", CPP_HEADERS, "", NULL, 0);
    cJSON *before = json_of(&r);
    for (int i = 0; i < N; i++) {
        r = infer(fd, CPP_HEADERS, "Content-Type: application/octet-stream\r\n", all_binary);
        assert_int_equal(r.status, 200);
        wire_free(&r);
    }
    r = send_raw(fd, "GET", "v2/models/big/versions/1/stats", CPP_HEADERS, "", NULL, 0);
    for (const char *p = r.body; (p = strpbrk(p, "0123456789")); p += strspn(p, "0123456789"))
        assert_null(memchr(".eE", p[strspn(p, "0123456789")], 3)); /* all are integers */
    cJSON *after = json_of(&r);
    const cJSON *was = item(one_model(before), "inference_stats"), *is = item(one_model(after), "inference_stats");
    for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
        number(item(is, durations[i]), "count");
        number(item(is, durations[i]), "ns");
    }
    assert_int_equal(number(item(is, "success"), "count") - number(item(was, "success"), "count"), N);
    assert_true(number(item(is, "success"), "ns") > number(item(was, "success"), "ns"));
    assert_true(number(item(is, "compute_infer"), "ns") > number(item(was, "compute_infer"), "ns"));
    assert_int_equal(number(one_model(after), "inference_count") - number(one_model(before), "inference_count"), N);
    assert_int_equal(number(one_model(after), "execution_count") - number(one_model(before), "execution_count"), N);
    assert_true(number(one_model(after), "last_inference") > 1500000000000u); /* milliseconds */
    cJSON_Delete(before);
    cJSON_Delete(after);
    close(fd);
    served_stop(&s);
}

/* The timeout parameter counts microseconds from the request's arrival; 0 and absent mean none. */
static void a_request_sets_its_own_timeout(void **state)
{
    static const struct {
        const char *parameters;
        int status;
    } cases[] = {
        {"\"timeout\":100000,\"steps\":1000000000", 504},
        {"\"timeout\":0,\"steps\":1", 200},
        {"\"timeout\":600000000,\"priority\":1,\"steps\":1", 200},
        {"\"timeout\":1.5", 400},
        {"\"timeout\":\"1s\"", 400},
        {"\"timeout\":-1", 400},
    };
    static struct served s;
    (void)state;
    served_start_usual(&s, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char body[256];
        snprintf(body, sizeof(body), "{\"inputs\":[],\"outputs\":[{\"name\":\"samples\"}],\"parameters\":{%s}}",
                 cases[i].parameters);
        struct wire_reply r = wire_post(s.port, "/v2/models/tiny/infer", body);
        if (r.status != cases[i].status)
            fail_msg("%s: status %d: %s", cases[i].parameters, r.status, r.body);
        if (r.status == 504)
            assert_non_null(strstr(r.body, "within the timeout that it gave"));
        wire_free(&r);
    }
    served_stop(&s);
}

/* Some clients write null for what they leave out. */
static void kserve_clients_ask_in_json(void **state)
{
    static const char *const bodies[] = {
        "{\"id\":\"a\",\"inputs\":[{\"name\":\"visible\",\"shape\":[2,3],\"datatype\":\"FP32\",\"data\":"
        "[1.0,0.0,1.0,0.0,1.0,1.0]}],\"parameters\":{}}",
        "{\"id\":null,\"parameters\":null,\"inputs\":[{\"name\":\"visible\",\"shape\":[1,3],\"datatype\":\"FP32\","
        "\"parameters\":null,\"data\":[1.0,0.0,1.0]}],\"outputs\":null}",
        "{\"inputs\":[{\"name\":\"visible\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[[1,0,1]]}],\"outputs\":"
        "[{\"name\":\"features\",\"parameters\":null}]}",
    };
    static const char *const words[] = {"live", "ready", "ready"};
    static const char *const targets[] = {"v2/health/live", "v2/health/ready", "v2/models/tiny/ready"};
    static struct served s;
    (void)state;
    served_start_usual(&s, NULL);
    int fd = wire_connect(s.port);
    for (size_t i = 0; i < 3; i++) {
        struct wire_reply r = send_raw(fd, "GET", targets[i], HTTPX_HEADERS, "", NULL, 0);
        cJSON *root = json_of(&r);
        assert_true(cJSON_IsTrue(item(root, words[i])));
        cJSON_Delete(root);
    }
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct wire_reply r = send_raw(fd, "POST", "v2/models/tiny/infer", HTTPX_HEADERS, "content-type: application/json\r\n",
                                       bodies[i], strlen(bodies[i]));
        if (r.status != 200)
            fail_msg("%s: %s", bodies[i], r.body);
        char value[256];
        assert_string_equal(wire_header(&r, "Content-Type", value), "application/json");
        assert_int_equal(count_header(&r, "Inference-Header-Content-Length"), 0);
        wire_free(&r);
    }
    close(fd);
    served_stop(&s);
}

/* curl --data-binary @row -H 'Inference-Header-Content-Length: 0' */
static void the_bytes_of_one_tensor_are_a_request(void **state)
{
    static struct served s;
    (void)state;
    served_start_usual(&s, NULL);
    int fd = wire_connect(s.port);
    float *want = features(s.port), *x = row(1);
    const char more[] = "User-Agent: curl/7.88.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                        "Inference-Header-Content-Length: 0\r\n";
    struct wire_reply r = send_raw(fd, "POST", "v2/models/big/infer", CPP_HEADERS, more, x, N_UNITS * sizeof(*x));
    check_result(&r, want);
    wire_free(&r);
    expect_error(send_raw(fd, "POST", "v2/models/big/infer", CPP_HEADERS, more, x, N_UNITS * sizeof(*x) - 4), 400);
    free(want);
    free(x);
    close(fd);
    served_stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sync_client_gets_what_it_demands),
        cmocka_unit_test(compressed_requests_of_the_sync_client_are_read),
        cmocka_unit_test(the_asyncio_client_gets_no_compressed_reply_but_to_infer),
        cmocka_unit_test(the_cpp_client_may_send_chunks),
        cmocka_unit_test(the_load_tester_finds_its_numbers),
        cmocka_unit_test(a_request_sets_its_own_timeout),
        cmocka_unit_test(kserve_clients_ask_in_json),
        cmocka_unit_test(the_bytes_of_one_tensor_are_a_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
