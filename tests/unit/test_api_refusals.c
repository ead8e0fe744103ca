/* Errors in a request are reported with the right status and code, and name what is wrong. */
#include "buffer.h"
#include "fake_host.h"
#include "mem.h"
#include "oracle_machines.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define M "/v1/models/tiny/"

struct refusal {
    const char *path, *query, *type, *accept, *body;
    int status;
    const char *code, *says;
};

static void check(struct fake_host *h, const struct refusal *r)
{
    const struct fake_request req = {.path = r->path, .query = r->query, .type = r->type, .accept = r->accept, .body = r->body};
    struct api_call *call = fake_call(h, &req);
    if (call->reply.status != r->status)
        fail_msg("%s?%s %s: status %d, want %d: %.*s", r->path, r->query ? r->query : "", r->body ? r->body : "",
                 call->reply.status, r->status, call->reply.size < 900 ? (int)call->reply.size : 900, call->reply.body);
    cJSON *root = cJSON_ParseWithLength(call->reply.body, call->reply.size);
    assert_non_null(root);
    const char *code = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "code"));
    const char *error = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "error"));
    if (strcmp(code, r->code) != 0 || strcmp(call->code, r->code) != 0)
        fail_msg("%s: code %s, want %s (%s)", r->body ? r->body : r->path, code, r->code, error);
    if (!strstr(error, r->says))
        fail_msg("%s: \"%s\" does not say \"%s\"", r->body ? r->body : r->path, error, r->says);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "detail")), error);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "request_id")), "test-1");
    assert_int_equal(cJSON_GetObjectItemCaseSensitive(root, "status")->valuedouble, r->status);
    assert_memory_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "type")), "/errors/", 8);
    assert_string_equal(call->reply.content_type, r->path[2] == '1' ? "application/problem+json" : "application/json");
    cJSON_Delete(root);
    api_free(call);
}

static void check_all(struct bz_machine *m, const struct refusal *table, size_t n)
{
    struct fake_host *h = fake_host_new(m);
    for (size_t i = 0; i < n; i++)
        check(h, &table[i]);
    fake_host_free(h);
}
#define CHECK_ALL(machine, table) check_all(machine, table, sizeof(table) / sizeof(*(table)))

static const struct refusal bodies[] = {
    {M "features", .body = "", .status = 400, .code = "missing_input", .says = "inputs"},
    {M "features", .body = "{}", .status = 400, .code = "missing_input", .says = "visible"},
    {M "features", .body = "[[1,0,1,1]]", .status = 400, .code = "type_mismatch", .says = "an array, expected a JSON object"},
    {M "features", .body = "{\"inputs\":[[1,0,1]]}", .status = 400, .code = "shape_mismatch",
     .says = "inputs[0]: expected 4 numbers, found 3"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1],[1,0,1,1,0]]}", .status = 400, .code = "shape_mismatch",
     .says = "inputs[1]: expected 4 numbers, found 5"},
    {M "features", .body = "{\"inputs\":[1,0,1]}", .status = 400, .code = "shape_mismatch",
     .says = "inputs: expected 4 numbers"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1],[1,0,1]]}", .status = 400, .code = "shape_mismatch", .says = "inputs[1]"},
    {M "features", .body = "{\"inputs\":[[[1,0,1,1]]]}", .status = 400, .code = "type_mismatch", .says = "inputs[0][0]"},
    {M "features", .body = "{\"inputs\":[]}", .status = 400, .code = "shape_mismatch", .says = "no rows"},
    {M "features", .body = "{\"inputs\":7}", .status = 400, .code = "type_mismatch", .says = "a number"},
    {M "features", .body = "{\"inputs\":\"abc\"}", .status = 400, .code = "type_mismatch", .says = "a string"},
    {M "features", .body = "{\"inputs\":[[1,0,1,\"1\"]]}", .status = 400, .code = "type_mismatch", .says = "inputs[0][3]"},
    {M "features", .body = "{\"inputs\":[[1,0,1,true]]}", .status = 400, .code = "type_mismatch", .says = "inputs[0][3]"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1.5]]}", .status = 400, .code = "bad_value", .says = "[0][3]"},
    {M "features", .body = "{\"inputs\":[[1,0,1,-0.1]]}", .status = 400, .code = "bad_value", .says = "-0.1"},
    {M "features", .body = "{\"inputs\":[[1,0,1,NaN]]}", .status = 400, .code = "bad_value", .says = "NaN"},
    {M "features", .body = "{\"inputs\":[[\"NA\",0,1,0]]}", .status = 400, .code = "type_mismatch",
     .says = "null stands for a missing value"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1e999]]}", .status = 400, .code = "bad_value", .says = "inputs[0][3]"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1]]", .status = 400, .code = "bad_json", .says = "the text ends"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1]]} x", .status = 400, .code = "bad_json", .says = "byte 23"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1]],\"inputs\":[[1,0,1,1]]}", .status = 400, .code = "duplicate",
     .says = "inputs"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1]],\"colour\":1}", .status = 400, .code = "unknown_parameter",
     .says = "colour"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1]],\"steps\":1}", .status = 400, .code = "unknown_parameter", .says = "steps"},
    {M "features", .body = "{\"inputs\":{\"sound\":[[1,0,1,1]]}}", .status = 400, .code = "unknown_input", .says = "sound"},
    {M "features", .body = "{\"inputs\":{\"hidden\":[[1,0,1]]}}", .status = 400, .code = "unknown_input", .says = "visible"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1]],\"layer\":\"top\"}", .status = 400, .code = "unknown_input", .says = "top"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1]],\"type\":\"mean\"}", .status = 400, .code = "bad_value",
     .says = "probability or state"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1]],\"mask\":[0,0,0,0]}", .status = 400, .code = "bad_value",
     .says = "no value of row 0 is known"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1],[null,null,null,null]]}", .status = 400, .code = "bad_value",
     .says = "row 1"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1]],\"mask\":[0,0,2,0]}", .status = 400, .code = "bad_value",
     .says = "expected 0 or 1"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1]],\"mask\":[1,1,1]}", .status = 400, .code = "shape_mismatch",
     .says = "mask"},
    {M "features", .body = "{\"inputs\":[[1,0,1,1]],\"mask\":[[1,1,1,1],[1,1,1,1]]}", .status = 400, .code = "shape_mismatch",
     .says = "mask"},
    {M "features", .body = "{\"mask\":[1,1,1,1]}", .status = 400, .code = "missing_input", .says = "mask"},
    {M "energy", .body = "{\"states\":{\"visible\":[[1,0,1,1]]}}", .status = 400, .code = "missing_input",
     .says = "states.hidden"},
    {M "energy", .body = "{\"states\":{\"visible\":[[1,0,1,1]],\"hidden\":[[1,0,1],[1,1,1]]}}", .status = 400,
     .code = "shape_mismatch", .says = "states.hidden"},
    {M "energy", .body = "{\"states\":{\"visible\":[[1,0,1,null]],\"hidden\":[[1,0,1]]}}", .status = 400,
     .code = "type_mismatch", .says = "states.visible"},
    {M "classify", .body = "{\"inputs\":[[1,0,1,1]]}", .status = 400, .code = "unsupported", .says = "no label layer"},
    {M "neighbors", .body = "{\"inputs\":[[1,0,1,1]],\"k\":3}", .status = 400, .code = "unsupported", .says = "index"},
    {M "free-energy", .body = "{\"inputs\":[[1,0,1,1]],\"explain\":1}", .status = 400, .code = "type_mismatch",
     .says = "explain': found a number, expected true or false"},
    /* what the model lacks comes first */
    {M "classify", .body = "{\"inputs\":[[1,0,1]]}", .status = 400, .code = "unsupported", .says = "no label layer"},
    {M "neighbors", .body = "{\"inputs\":[[1,0,1]],\"k\":0}", .status = 400, .code = "unsupported", .says = "index"},
    {M "neighbors", .type = "application/x-npy", .body = "not an array", .status = 400, .code = "unsupported", .says = "index"},
    {M "free-energy", .body = "{\"inputs\":[[1,0,1,1]],\"threshold\":\"high\"}", .status = 400, .code = "type_mismatch",
     .says = "threshold"},
    {M "features", .type = "application/octet-stream", .body = "12345", .status = 400, .code = "shape_mismatch",
     .says = "16 bytes"},
    {M "features", .type = "application/x-npy", .body = "not an array", .status = 400, .code = "bad_value", .says = "inputs"},
    {M "energy", .type = "application/octet-stream", .body = "1234567812345678", .status = 400, .code = "bad_request",
     .says = "JSON"},
};

static void bodies_that_do_not_fit(void **state)
{
    (void)state;
    CHECK_ALL(oracle_rbm(1, false), bodies);
}

static void parameters_out_of_bounds(void **state)
{
    static const struct refusal table[] = {
        {M "sample", .query = "count=0", .status = 400, .code = "bad_value", .says = "count"},
        {M "sample", .query = "count=2.5", .status = 400, .code = "bad_value", .says = "whole number"},
        {M "sample", .query = "count=two", .status = 400, .code = "bad_value", .says = "'two'"},
        {M "sample", .query = "count=1e3x", .status = 400, .code = "bad_value", .says = "count"},
        {M "sample", .query = "seed=9007199254740992", .status = 400, .code = "bad_value", .says = "9007199254740991"},
        {M "sample", .query = "seed=-1", .status = 400, .code = "bad_value", .says = "seed"},
        {M "sample", .query = "temperature=1e400", .status = 400, .code = "bad_value", .says = "1e400 is beyond the range"},
        {M "sample", .query = "count=%2B1", .status = 400, .code = "bad_value", .says = "a number as JSON writes it"},
        {M "sample", .query = "temperature=0", .status = 400, .code = "bad_value", .says = "temperature"},
        {M "sample", .query = "steps=1&steps=2", .status = 400, .code = "duplicate", .says = "steps"},
        {M "sample", .query = "steps=1", .body = "{\"steps\":1}", .status = 400, .code = "duplicate", .says = "steps"},
        {M "sample", .body = "{\"seed\":null,\"seed\":3}", .status = 400, .code = "duplicate", .says = "seed"},
        {M "sample", .query = "stepz=1", .status = 400, .code = "unknown_parameter", .says = "stepz"},
        {M "sample", .query = "every=10", .status = 400, .code = "bad_value", .says = "frames come in a stream"},
        {M "sample", .query = "clamp=1", .status = 400, .code = "unknown_parameter", .says = "clamp"},
        {M "sample", .query = "steps=%zz", .status = 400, .code = "bad_request", .says = "query"},
        {M "sample", .query = "type=probability", .status = 400, .code = "bad_value", .says = "mean or state"},
        {M "sample", .query = "type=mean%7Cprobability", .status = 400, .code = "bad_value", .says = "'mean|probability'"},
        {M "sample", .body = "{\"steps\":\"5\"}", .status = 400, .code = "type_mismatch", .says = "steps"},
        {M "sample", .body = "{\"type\":5}", .status = 400, .code = "type_mismatch", .says = "type"},
        {M "sample", .body = "{\"clamp\":[1]}", .status = 400, .code = "type_mismatch", .says = "clamp"},
        {M "sample", .body = "{\"clamp\":[{\"plan\":1}]}", .status = 400, .code = "type_mismatch", .says = "have no names"},
        {M "sample", .body = "{\"clamp\":{\"visible\":{}}}", .status = 400, .code = "missing_input", .says = "values"},
        {M "sample", .body = "{\"clamp\":{\"visible\":{\"values\":[1,0,1]}}}", .status = 400, .code = "shape_mismatch",
         .says = "clamp.visible.values"},
        {M "sample", .body = "{\"count\":3,\"clamp\":{\"visible\":{\"values\":[[1,0,1,1],[1,0,1,1]]}}}", .status = 400,
         .code = "shape_mismatch", .says = "one row or 3"},
        {M "sample", .body = "{\"clamp\":{\"visible\":{\"values\":[1,0,1,2]}}}", .status = 400, .code = "bad_value",
         .says = "clamp.visible"},
        {M "sample", .body = "{\"clamp\":{\"visible\":{\"value\":[1,0,1,1]}}}", .status = 400, .code = "unknown_parameter",
         .says = "value"},
        {M "sample", .body = "{\"init\":[[1,0,null,1]]}", .status = 400, .code = "type_mismatch", .says = "init"},
        {M "sample", .body = "{\"init\":[[1,0,1,1],[1,0,1,1]]}", .status = 400, .code = "shape_mismatch",
         .says = "1 (count) or fewer rows, found 2"},
        {M "sample", .body = "{\"counts\":{\"visible\":3}}", .status = 400, .code = "bad_value", .says = "bernoulli"},
        {M "sample", .body = "{\"layers\":[]}", .status = 400, .code = "bad_value", .says = "layers"},
        {M "sample", .body = "{\"layers\":[\"visible\",\"visible\"]}", .status = 400, .code = "duplicate", .says = "visible"},
        {M "sample", .body = "{\"continue\":\"\"}", .status = 400, .code = "bad_continue", .says = "continue"},
        {M "sample", .body = "{\"continue\":\"!!!!\"}", .status = 400, .code = "bad_continue", .says = "base64url"},
        {M "sample", .query = "encoding=bits&format=sse&type=mean", .status = 400, .code = "bad_value", .says = "bits"},
        {M "sample", .query = "encoding=bits", .body = "{\"clamp\":{\"visible\":{\"values\":[1,0.5,0,1]}}}", .status = 400,
         .code = "bad_value", .says = "not the 0.5 that unit 1"},
        {M "sample", .query = "encoding=bits&steps=0", .body = "{\"init\":[[1,0,0,0.25]]}", .status = 400, .code = "bad_value",
         .says = "not the 0.25 that unit 3"},
        {M "reconstruct", .query = "steps=0", .body = "{\"inputs\":[[1,0,1,1]]}", .status = 400, .code = "bad_value",
         .says = "found 0, expected a whole number of 1 to 10000"},
        {M "reconstruct", .query = "steps=-1", .body = "{\"inputs\":[[1,0,1,1]]}", .status = 400, .code = "bad_value",
         .says = "found -1, expected a whole number of 1 to 10000"},
        {M "reconstruct", .body = "{\"inputs\":[[1,0,1,1]],\"steps\":10001}", .status = 400, .code = "bad_value",
         .says = "found 10001, expected a whole number of 1 to 10000"},
        {M "sample", .query = "format=xml", .status = 400, .code = "bad_value", .says = "format"},
        {M "sample", .body = "{\"format\":\"png\"}", .status = 400, .code = "unknown_parameter", .says = "format"},
    };
    (void)state;
    CHECK_ALL(oracle_rbm(1, false), table);
}

static void refusals_come_in_the_order_of_the_contract(void **state)
{
    static const struct refusal table[] = {
        {"/v1/nothing", .status = 404, .code = "not_found", .says = ""},
        {"/v1/models/tiny/dream", .status = 404, .code = "not_found", .says = ""},
        {"/v1/models/other/sample", .type = "image/gif", .body = "{", .status = 404, .code = "model_not_found",
         .says = "other"},
        {"/v1/models/other%2F..%2Fx/sample", .status = 404, .code = "model_not_found", .says = "other/../x"},
        {"/v1/models/a%00b/sample", .status = 404, .code = "not_found", .says = ""},
        {"/v1/models/tiny/versions/9/sample", .status = 404, .code = "version_not_found", .says = "9"},
        {"/v1/models/broken/sample", .type = "image/gif", .status = 503, .code = "model_unavailable", .says = "hidden.bias"},
        {M "sample", .type = "image/gif", .accept = "text/html", .body = "{", .status = 415, .code = "unsupported_media_type",
         .says = "image/png"},
        {M "sample", .accept = "text/html", .body = "{", .status = 406, .code = "not_acceptable", .says = "application/json"},
        {M "free-energy", .query = "format=png", .body = "{", .status = 406, .code = "not_acceptable",
         .says = "application/x-npy"},
        {M "sample", .body = "{", .status = 400, .code = "bad_json", .says = "ends"},
        {"/v2/models/other/infer", .status = 404, .code = "model_not_found", .says = "other"},
        {"/v2/models/tiny/versions/stable/infer", .status = 404, .code = "not_found", .says = "digits"},
        {"/v2/models/tiny/generate", .status = 501, .code = "not_implemented", .says = ""},
        {"/v2/repository/models/tiny/load", .status = 403, .code = "model_control_disabled", .says = ""},
    };
    (void)state;
    CHECK_ALL(oracle_rbm(1, false), table);

    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    char *big = calloc(1, (1 << 20) + 2);
    memset(big, ' ', (1 << 20) + 1);
    check(h, &(struct refusal){M "sample", .type = "image/gif", .body = big, .status = 413, .code = "too_large",
                               .says = "1048576"});
    free(big);
    fake_host_free(h);
}

static void other_methods_are_named(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    struct fake_request req = {.method = "GET", .path = M "features"};
    struct api_call *call = fake_call(h, &req);
    (void)state;
    assert_int_equal(call->reply.status, 405);
    assert_string_equal(fake_header(call, "Allow"), "POST, OPTIONS");
    api_free(call);
    req = (struct fake_request){.method = "PUT", .path = M "sample"};
    call = fake_call(h, &req);
    assert_int_equal(call->reply.status, 405);
    assert_string_equal(fake_header(call, "Allow"), "GET, HEAD, POST, OPTIONS");
    api_free(call);
    req = (struct fake_request){.method = "DELETE", .path = "/v1/models"};
    call = fake_call(h, &req);
    assert_int_equal(call->reply.status, 405);
    assert_string_equal(fake_header(call, "Allow"), "GET, HEAD, OPTIONS");
    api_free(call);
    req.method = "OPTIONS";
    call = fake_call(h, &req);
    assert_int_equal(call->reply.status, 204);
    api_free(call);
    req.method = "HEAD";
    call = fake_call(h, &req);
    assert_int_equal(call->reply.status, 200);
    api_free(call);
    fake_host_free(h);
}

static void a_503_says_when_to_come_again(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    const struct fake_request req = {.path = M "sample"};
    struct api_call *call = fake_open(h, &req);
    (void)state;
    assert_int_equal(call->state, API_RUN);
    api_refuse(call, API_QUEUE_FULL, "queue full: %d rows wait", 8192);
    assert_int_equal(call->reply.status, 503);
    assert_string_equal(fake_header(call, "Retry-After"), "7");
    assert_null(fake_header(call, "X-Boltz-Model"));
    api_free(call);
    h->down = true;
    struct fake_request ready = {.method = "GET", .path = "/v2/health/ready"};
    call = fake_call(h, &ready);
    assert_int_equal(call->reply.status, 503);
    assert_non_null(strstr(call->reply.body, "loading 0/1"));
    api_free(call);
    ready.path = "/v2/health/live";
    call = fake_call(h, &ready);
    assert_int_equal(call->reply.status, 200);
    api_free(call);
    fake_host_free(h);
}

/* Every single-bit change, every truncation: refused or, where it still is the record of a chain, sampled; never a crash. */
static void broken_continue_tokens_are_refused(void **state)
{
    struct fake_host *h = fake_host_new(oracle_mixed()), *other = fake_host_new(oracle_rbm(1, false));
    struct api_call *call = fake_post(h, M "sample", "{\"steps\":2,\"seed\":1,\"count\":2,\"counts\":{\"words\":3}}");
    cJSON *root = cJSON_ParseWithLength(call->reply.body, call->reply.size);
    const char *token = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "continue"));
    const size_t n = strlen(token);
    char body[2000], copy[1000];
    (void)state;
    assert_in_range(n, 100, 900);
    for (size_t i = 0; i < n; i++) {
        strcpy(copy, token);
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        snprintf(body, sizeof(body), "{\"continue\":\"%s\"}", copy);
        struct api_call *bad = fake_post(h, M "sample", body);
        assert_int_equal(bad->reply.status, 400);
        assert_string_equal(bad->code, "bad_continue");
        api_free(bad);
        snprintf(body, sizeof(body), "{\"continue\":\"%.*s\"}", (int)i, token);
        bad = fake_post(h, M "sample", body);
        assert_int_equal(bad->reply.status, 400);
        api_free(bad);
    }
    snprintf(body, sizeof(body), "{\"continue\":\"%s\"}", token);
    struct api_call *foreign = fake_post(other, M "sample", body);
    assert_int_equal(foreign->reply.status, 409);
    assert_string_equal(foreign->code, "continue_other_model");
    api_free(foreign);
    /* intact, but of the previous version: the refusal says so */
    strcpy(copy, token);
    const long size = api_base64_decode(copy, n);
    assert_true(size > 44);
    copy[3] = 1;
    const uint32_t crc = (uint32_t)crc32(0, (const Bytef *)copy, (uInt)size - 4);
    memcpy(copy + size - 4, &crc, 4);
    struct api_buffer old = {0};
    api_buffer_base64(&old, copy, (size_t)size, false);
    snprintf(body, sizeof(body), "{\"continue\":\"%.*s\"}", (int)old.size, old.data);
    api_buffer_free(&old);
    check(h, &(struct refusal){M "sample", NULL, NULL, NULL, body, 400, "bad_continue", "version 2, found version 1"});
    static const char *const beside[] = {"\"seed\":2", "\"count\":3", "\"temperature\":2", "\"clamp\":{}"};
    for (size_t i = 0; i < 4; i++) {
        snprintf(body, sizeof(body), "{\"continue\":\"%s\",%s}", token, beside[i]);
        struct api_call *bad = fake_post(h, M "sample", body);
        assert_int_equal(bad->reply.status, 400);
        assert_string_equal(bad->code, "bad_value");
        api_free(bad);
    }
    cJSON_Delete(root);
    api_free(call);
    fake_host_free(h);
    fake_host_free(other);
}

static void overflow_is_said_not_passed_on(void **state)
{
    static const struct refusal table[] = {
        {M "free-energy", .body = "{\"inputs\":[[0,0,0,0],[3e38,-3e38,3e38,3e38]]}", .status = 400, .code = "bad_value",
         .says = "range"},
    };
    (void)state;
    CHECK_ALL(oracle_gaussian(false), table);
}

static void several_layers_need_names(void **state)
{
    static const struct refusal table[] = {
        {M "features", .body = "{\"inputs\":[[1,0,1]]}", .status = 400, .code = "shape_mismatch",
         .says = "dots, real, kind, words"},
        {M "features", .body = "{\"inputs\":{\"dots\":[[1,0,1]],\"real\":[[1,2],[3,4]]}}", .status = 400,
         .code = "shape_mismatch", .says = "inputs.real"},
        {M "features", .body = "{\"inputs\":{\"kind\":[[1,1,0,1]]}}", .status = 400, .code = "bad_value",
         .says = "inputs.kind[0]"},
        {M "features", .body = "{\"inputs\":{\"words\":[[1,1.5,0]]}}", .status = 400, .code = "bad_value",
         .says = "inputs.words[0][1]"},
        {M "features", .body = "{\"inputs\":{\"dots\":[[1,0,1]],\"dots\":[[1,0,1]]}}", .status = 400, .code = "duplicate",
         .says = "inputs.dots"},
        {M "features", .type = "application/octet-stream", .body = "123456781234", .status = 400, .code = "shape_mismatch",
         .says = "several"},
        {M "reconstruct", .query = "format=raw", .body = "{\"inputs\":{\"dots\":[[1,0,1]]}}", .status = 406,
         .code = "not_acceptable", .says = "dots"},
        {M "reconstruct", .query = "format=raw&layer=joint", .body = "{\"inputs\":{\"dots\":[[1,0,1]]}}", .status = 400,
         .code = "bad_value", .says = "joint"},
        {M "sample", .body = "{\"counts\":{\"words\":1.5}}", .status = 400, .code = "bad_value", .says = "counts.words"},
        {M "sample", .body = "{\"counts\":{\"words\":3},\"clamp\":{\"words\":{\"values\":[3,1,9],\"mask\":[1,1,0]}}}",
         .status = 400, .code = "bad_value", .says = "clamp.words[0]: its known values add up to 4, expected at most 3"},
        {M "features", .body = "{\"counts\":{\"words\":3},\"inputs\":{\"words\":[[1,1,null],[3,null,1]]}}", .status = 400,
         .code = "bad_value", .says = "inputs.words[1]: its known values add up to 4, expected at most 3"},
    };
    (void)state;
    CHECK_ALL(oracle_mixed(), table);
}

/* A label layer is a visible layer: rows are given for the other one only, but replies contain both. */
static void one_array_of_a_machine_with_labels_is_named(void **state)
{
    static const struct bz_layer_spec layers[] = {{"pixels", BZ_VISIBLE, BZ_BERNOULLI, 4, 1, false},
                                                  {"label", BZ_LABEL, BZ_SOFTMAX, 3, 1, false},
                                                  {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, false}};
    static const struct bz_coupling_spec couplings[] = {{0, 2}, {1, 2}};
    static const struct refusal table[] = {
        {M "sample", .query = "format=npy", .status = 406, .code = "not_acceptable", .says = "one of: pixels, label"},
        {M "sample", .query = "format=png", .status = 406, .code = "not_acceptable", .says = "one of: pixels, label"},
        {M "reconstruct", .query = "format=raw", .body = "{\"inputs\":{\"pixels\":[[1,0,1,1]]}}", .status = 406,
         .code = "not_acceptable", .says = "one of: pixels, label"},
    };
    struct bz_machine *m;
    struct bz_error err;
    (void)state;
    assert_int_equal(bz_machine_new(&m, "rbm", layers, 3, couplings, 2, &err), 0);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    CHECK_ALL(m, table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_that_do_not_fit),
        cmocka_unit_test(parameters_out_of_bounds),
        cmocka_unit_test(refusals_come_in_the_order_of_the_contract),
        cmocka_unit_test(other_methods_are_named),
        cmocka_unit_test(a_503_says_when_to_come_again),
        cmocka_unit_test(broken_continue_tokens_are_refused),
        cmocka_unit_test(overflow_is_said_not_passed_on),
        cmocka_unit_test(several_layers_need_names),
        cmocka_unit_test(one_array_of_a_machine_with_labels_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
