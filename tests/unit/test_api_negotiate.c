/* Which format a request gets, and which row of the route table a path matches. */
#include "fake_host.h"
#include "mem.h"
#include "negotiate.h"
#include "oracle_machines.h"
#include "query.h"
#include "routes.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

enum { ALL = (1 << API_N_FORMATS) - 1, ARRAYS = 1 << API_JSON | 1 << API_NPY | 1 << API_RAW };

static const struct {
    const char *accept;
    unsigned offered;
    int want;
} accepted[] = {
    {NULL, ALL, API_JSON},
    {"", ALL, API_JSON},
    {"*/*", ALL, API_JSON},
    {"application/json", ALL, API_JSON},
    {"image/png", ALL, API_PNG},
    {"IMAGE/PNG", ALL, API_PNG},
    {"image/*", ALL, API_PNG},
    {"application/*", ALL, API_JSON},
    {"text/event-stream", ALL, API_SSE},
    {"application/x-ndjson", ALL, API_NDJSON},
    {"application/x-npy, application/json", ALL, API_JSON},
    {"application/json, application/x-npy", ALL, API_JSON},
    {"application/octet-stream, application/x-npy", ALL, API_NPY},
    {"image/png, application/octet-stream", ALL, API_RAW},
    {"application/x-ndjson;q=0.5, text/event-stream;q=0.5, image/png;q=0.4", ALL, API_SSE},
    {"text/event-stream, image/png", ALL, API_PNG},
    {"image/png, */*", ALL, API_PNG},
    {"*/*, image/png", ALL, API_PNG},
    {"application/json;q=0.5, application/x-npy", ALL, API_NPY},
    {"application/x-npy;q=0.50, application/json;q=0.5", ALL, API_JSON},
    {"application/json;q=0.499,application/x-npy;q=0.5", ALL, API_NPY},
    {"application/json; charset=utf-8; q=0.1 , image/png; q=0.2", ALL, API_PNG},
    {"image/png, application/octet-stream;q=0.3", ARRAYS, API_RAW},
    {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", ALL, API_JSON},
    {"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", ALL, API_PNG},
    {"application/json;q=0, */*", ALL, API_NPY},
    {"text/html", ALL, -1},
    {"image/png", ARRAYS, -1},
    {"application/problem+json;q=0, application/json", ALL, API_JSON},
    {"application/npy;q=0, application/x-npy", ALL, API_NPY},
    {"application/json;q=0, application/problem+json", ALL, -1},
    {"image/*", ARRAYS, API_JSON},
    {"text/html, video/*;q=0.1", ALL, API_JSON},
    {"application/json;q=0, image/*", ARRAYS, -1},
    {"application/json;q=0", ALL, -1},
    {"application/json;q=0.000", ALL, -1},
    {"*/*;q=0.0001, application/xml", ALL, API_JSON},
    {";;;,,,", ALL, API_JSON},
    {"nonsense", ALL, API_JSON},
    {"text/*", ALL, API_JSON},
    {"application/json, text/*, */*", ALL, API_JSON},
    {"text/event-stream, text/*;q=0.5", ALL, API_SSE},
    {"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", ALL, API_JSON},
    {"text/html, image/gif, image/jpeg, */*; q=.2", ALL, API_JSON},
    {"image/png;q=.1, application/x-npy;q=.25", ALL, API_NPY},
    {"application/json;q=x, image/png;q=0.1", ALL, API_PNG},
    {"application/json;q=x", ALL, API_JSON},
    {"text/html, */*;q=0", ALL, -1},
    {"text/csv", ARRAYS, -1},
};

static void accept_is_read_by_quality(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(accepted) / sizeof(*accepted); i++) {
        struct api_fault fault;
        int got = api_reply_format(NULL, accepted[i].accept, accepted[i].offered, &fault);
        if (got != accepted[i].want)
            fail_msg("Accept: %s gave %d, want %d", accepted[i].accept, got, accepted[i].want);
        assert_true(got >= 0 || fault.error == API_NOT_ACCEPTABLE);
    }
}

static void format_in_the_query_wins(void **state)
{
    struct api_fault fault;
    (void)state;
    assert_int_equal(api_reply_format("png", "application/json", ALL, &fault), API_PNG);
    assert_int_equal(api_reply_format("png", "*/*", ARRAYS, &fault), -1);
    assert_int_equal(fault.error, API_NOT_ACCEPTABLE);
    assert_non_null(strstr(fault.msg, "npy (application/x-npy)"));
    assert_int_equal(api_reply_format("gif", NULL, ALL, &fault), -1);
    assert_int_equal(fault.error, API_BAD_VALUE);
}

static void content_types_of_bodies(void **state)
{
    static const char *const json[] = {NULL,
                                       "",
                                       "application/json",
                                       "Application/JSON; charset=utf-8",
                                       "text/plain",
                                       "text/json",
                                       "application/x-www-form-urlencoded"};
    static const char *const other[] = {"image/jpeg", "image/webp", "application/xml", "multipart/form-data; boundary=x",
                                        "text",       "application"};
    struct api_fault fault;
    unsigned manner;
    (void)state;
    for (size_t i = 0; i < sizeof(json) / sizeof(*json); i++)
        assert_int_equal(api_body_format(json[i], &manner, &fault), API_JSON);
    assert_int_equal(api_body_format("application/x-npy", &manner, &fault), API_NPY);
    assert_int_equal(api_body_format("application/octet-stream", &manner, &fault), API_RAW);
    assert_int_equal(api_body_format("image/png", &manner, &fault), API_PNG);
    assert_int_equal(manner, 0);
    api_body_format("application/json; charset=utf-8", &manner, &fault);
    assert_int_equal(manner, API_BODY_SAYS_JSON);
    api_body_format("application/x-www-form-urlencoded", &manner, &fault);
    assert_int_equal(manner, API_BODY_IS_FORM);
    for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++) {
        assert_int_equal(api_body_format(other[i], &manner, &fault), -1);
        assert_int_equal(fault.error, API_BAD_MEDIA_TYPE);
    }
}

static void paths_find_their_rows(void **state)
{
    static const struct {
        const char *method, *path, *pattern, *model, *version, *tensor;
    } rows[] = {
        {"GET", "/v1/models", "/v1/models", "", "", ""},
        {"GET", "/v1/models/m", "/v1/models/{model}", "m", "", ""},
        {"POST", "/v1/models/m/sample", "/v1/models/{model}/sample", "m", "", ""},
        {"POST", "/v1/models/m/versions/12/free-energy", "/v1/models/{model}/versions/{version}/free-energy", "m", "12", ""},
        {"GET", "/v1/models/m/parameters/visible~hidden.weight", "/v1/models/{model}/parameters/{tensor}", "m", "",
         "visible~hidden.weight"},
        {"GET", "/v1/models/m/parameters/visible%7Ehidden.weight", "/v1/models/{model}/parameters/{tensor}", "m", "",
         "visible~hidden.weight"},
        {"GET", "/v2/models/stats", "/v2/models/stats", "", "", ""},
        {"GET", "/v2/models/stat", "/v2/models/{model}", "stat", "", ""},
        {"POST", "/v2/models/a%20b/infer", "/v2/models/{model}/infer", "a b", "", ""},
        {"GET", "/v2", "/v2", "", "", ""},
        {"GET", "/v2/", "/v2/", "", "", ""},
        {"HEAD", "/v2/health/live", "/v2/health/live", "", "", ""},
    };
    struct api_match match;
    const char *pattern;
    char allow[64];
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct api_route *route = api_route_find(rows[i].method, rows[i].path, &match, &pattern, allow);
        if (!route)
            fail_msg("nothing at %s", rows[i].path);
        assert_string_equal(pattern, rows[i].pattern);
        assert_string_equal(match.model, rows[i].model);
        assert_string_equal(match.version, rows[i].version);
        assert_string_equal(match.tensor, rows[i].tensor);
    }
    static const char *const nowhere[] = {"",
                                          "/v1",
                                          "/v1/models/",
                                          "/v1/models/m/",
                                          "/v1/models//sample",
                                          "/v1/models/m/sample/",
                                          "/v1/models/%/sample",
                                          "/v1/models/%4/sample",
                                          "/v1/models/%00/sample",
                                          "v1/models"};
    for (size_t i = 0; i < sizeof(nowhere) / sizeof(*nowhere); i++) {
        assert_null(api_route_find("GET", nowhere[i], &match, &pattern, allow));
        assert_string_equal(allow, "");
    }
    char longest[600] = "/v1/models/";
    memset(longest + 11, 'a', 500);
    assert_null(api_route_find("GET", longest, &match, &pattern, allow));
}

static void scopes_belong_to_paths(void **state)
{
    (void)state;
    assert_int_equal(api_scope("/v2/health/live"), API_OPEN);
    assert_int_equal(api_scope("/openapi.json"), API_OPEN);
    assert_int_equal(api_scope("/"), API_OPEN);
    assert_int_equal(api_scope("/metrics"), API_METRICS);
    assert_int_equal(api_scope("/v2/repository/models/m/load"), API_ADMIN);
    assert_int_equal(api_scope("/v2/repository/index"), API_INFER);
    assert_int_equal(api_scope("/v1/models/m/sample"), API_INFER);
    assert_int_equal(api_scope("/v2/models/m/infer"), API_INFER);
    assert_int_equal(api_scope("/no/such/path"), API_INFER);
}

static int collect(void *arg, const char *name, const char *value)
{
    strcat(strcat(strcat(strcat((char *)arg, name), "="), value), ";");
    return 0;
}

static void queries_are_decoded(void **state)
{
    struct api_fault fault;
    char all[200] = "", value[8];
    (void)state;
    assert_int_equal(api_query_each("a=1&b=x%20y+z&&c&d==", collect, all, &fault), 0);
    assert_string_equal(all, "a=1;b=x y z;c=;d==;");
    assert_int_equal(api_query_each("a=%", collect, all, &fault), -1);
    assert_int_equal(api_query_each("a=%00", collect, all, &fault), -1);
    assert_int_equal(api_query_find("x=1&format=png", "format", value, sizeof(value)), 1);
    assert_string_equal(value, "png");
    assert_int_equal(api_query_find("x=1&formats=png", "format", value, sizeof(value)), 0);
    assert_int_equal(api_query_find("format=morethanfits", "format", value, sizeof(value)), 0);
}

/* With a thousand models these are megabytes. */
static void pages_about_all_models_are_not_made_on_an_event_loop(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, true));
    static const struct fake_request all[] = {{.method = "GET", .path = "/v1/models"},
                                              {.method = "GET", .path = "/v2/models/stats"},
                                              {.method = "POST", .path = "/v2/repository/index"}};
    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct api_call *call = fake_open_head(h, &all[i], 0);
        assert_true(call->of_all && call->state == API_BODY);
        api_free(call);
    }
    fake_host_free(h);
}

/* Likewise; complete or refused. */
static void metrics_are_not_made_on_an_event_loop(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, true));
    const struct fake_request metrics = {.method = "GET", .path = "/metrics"},
                              live = {.method = "GET", .path = "/v2/health/live"};
    (void)state;
    struct api_call *call = fake_open_head(h, &live, 0);
    assert_false(call->of_all);
    api_free(call);
    call = fake_open_head(h, &metrics, 0);
    assert_int_equal(call->state, API_BODY);
    assert_true(call->of_all && !call->may_block);
    api_decode(call, NULL, 0);
    assert_int_equal(call->reply.status, 200);
    assert_memory_equal(call->reply.content_type, "text/plain", 10);
    assert_int_equal(call->reply.size, 5);
    api_free(call);
    call = fake_open_head(h, &metrics, 0);
    bz_alloc_fail_at(0);
    api_decode(call, NULL, 0);
    bz_alloc_fail_at(-1);
    assert_int_equal(call->reply.status, 503);
    api_free(call);
    fake_host_free(h);
}

/* However long it is: pages of many models are. */
static void of_v2_only_inference_may_be_compressed(void **state)
{
    static const struct {
        const char *method, *path, *body;
        bool may;
    } cases[] = {
        {"GET", "/v2", NULL, false},
        {"GET", "/v2/models/tiny", NULL, false},
        {"GET", "/v2/models/tiny/config", NULL, false},
        {"GET", "/v2/models/stats", NULL, false},
        {"POST", "/v2/repository/index", NULL, false},
        {"POST", "/v2/models/tiny/infer",
         "{\"inputs\":[{\"name\":\"visible\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1,0,1,1]}]}", true},
        {"GET", "/v1/models", NULL, true},
        {"GET", "/openapi.json", NULL, true},
    };
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct api_call *call =
            fake_call(h, &(struct fake_request){.method = cases[i].method, .path = cases[i].path, .body = cases[i].body});
        if (call->reply.status != 200 || call->reply.compressible != cases[i].may)
            fail_msg("%s: status %d, compressible %d", cases[i].path, call->reply.status, call->reply.compressible);
        api_free(call);
    }
    fake_host_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_about_all_models_are_not_made_on_an_event_loop),
        cmocka_unit_test(metrics_are_not_made_on_an_event_loop),
        cmocka_unit_test(accept_is_read_by_quality),
        cmocka_unit_test(format_in_the_query_wins),
        cmocka_unit_test(content_types_of_bodies),
        cmocka_unit_test(paths_find_their_rows),
        cmocka_unit_test(scopes_belong_to_paths),
        cmocka_unit_test(queries_are_decoded),
        cmocka_unit_test(of_v2_only_inference_may_be_compressed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
