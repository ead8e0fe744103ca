/* Streams of samples: the events, their numbers, and that they match a reply in one piece. */
#include "fake_host.h"
#include "mem.h"
#include "oracle_machines.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "/v1/models/tiny/sample"

static char *run(struct fake_host *h, const char *query, const char *body)
{
    const struct fake_request req = {.path = PATH, .query = query, .body = body};
    struct api_call *call = fake_call(h, &req);
    assert_int_equal(call->reply.status, 200);
    assert_string_equal(fake_header(call, "X-Boltz-Seed"), "5");
    char *text = bz_strndup(call->reply.body, call->reply.size, NULL);
    api_free(call);
    return text;
}

/* The JSON after this prefix in the n-th line that starts with it. */
static cJSON *nth(const char *text, const char *start, int n)
{
    const char *p = text;
    while (p && n >= 0) {
        if (strncmp(p, start, strlen(start)) == 0 && n-- == 0)
            return cJSON_ParseWithOpts(p + strlen(start) - (start[0] == '{' ? strlen(start) : 0), NULL, 0);
        p = strchr(p, '\n');
        p = p ? p + 1 : NULL;
    }
    return NULL;
}

static void frames_come_at_multiples_of_every_and_at_the_last_step(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    char *text = run(h, "format=sse&seed=5&steps=25&every=10&count=3", NULL);
    static const int steps[] = {10, 20, 25};
    (void)state;
    static const char start[] = ": samples\nretry: 3000\n\nevent: frame\nid: 10-5\ndata: {\"step\":10,\"samples\":[[";
    assert_memory_equal(text, start, strlen(start));
    for (int i = 0; i < 3; i++) {
        cJSON *frame = nth(text, "data: ", i);
        assert_int_equal(cJSON_GetObjectItemCaseSensitive(frame, "step")->valuedouble, steps[i]);
        assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(frame, "samples")), 3);
        assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(frame, "energy")), 3);
        assert_int_equal(cJSON_GetObjectItemCaseSensitive(frame, "version")->valuedouble, 3);
        cJSON_Delete(frame);
    }
    assert_non_null(strstr(text, "\n\nevent: done\nid: done-5\ndata: {\"seed\":5,\"steps\":25,\"continue\":\""));
    assert_null(nth(text, "data: ", 4));
    bz_free(text);
    fake_host_free(h);
}

/* What a client that lost its connection gets when it asks again: the rest, byte for byte, or nothing. */
static void last_event_id_goes_on_where_the_client_was(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    static const struct {
        const char *query, *id, *first; /* the first event that is sent */
        int status;
    } rows[] = {
        {"format=sse&seed=5&steps=25&every=10", "10-5", "event: frame\nid: 20-5", 200},
        {"format=sse&steps=25&every=10", "10-5", "event: frame\nid: 20-5", 200}, /* the seed is in the id */
        {"format=sse&steps=25&every=10", "25-5", "event: done", 200},
        {"format=sse&seed=5&steps=25&every=10", "done-5", "", 204},
        {"format=sse&steps=25&every=10", "done-5", "", 204},
        {"format=sse&seed=5&steps=25&every=10", "10-6", "event: frame\nid: 10-5", 200}, /* of another stream */
        {"format=sse&seed=5&steps=25&every=10", "done-6", "event: frame\nid: 10-5", 200},
        {"format=sse&seed=5&steps=25&every=10", "ours-5", "event: frame\nid: 10-5", 200},
        {"format=sse&seed=5&steps=25&every=10", "10-5x", "event: frame\nid: 10-5", 200},
        {"format=sse&seed=5&steps=25&every=10", "", "event: frame\nid: 10-5", 200},
    };
    char *whole = run(h, rows[0].query, NULL);
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct fake_request req = {.method = "GET", .path = PATH, .query = rows[i].query, .last_event = rows[i].id};
        struct api_call *call = fake_call(h, &req);
        if (call->reply.status != rows[i].status)
            fail_msg("%s with %s: %d", rows[i].query, rows[i].id, call->reply.status);
        if (rows[i].status == 204) {
            assert_int_equal(call->reply.size, 0);
            assert_false(call->stream);
        } else {
            const char *events = strstr(call->reply.body, "\n\n") + 2, *same = strstr(whole, rows[i].first);
            assert_memory_equal(events, rows[i].first, strlen(rows[i].first));
            assert_string_equal(events, same);
        }
        api_free(call);
    }
    bz_free(whole);
    fake_host_free(h);
}

static void each_frame_is_what_a_whole_reply_would_be(void **state)
{
    struct fake_host *h = fake_host_new(oracle_dbm(true));
    char *text = run(h, "format=ndjson&seed=5&steps=30&every=10&count=80", NULL);
    (void)state;
    for (int i = 0; i < 3; i++) {
        char query[64];
        snprintf(query, sizeof(query), "seed=5&count=80&steps=%d", 10 * (i + 1));
        const struct fake_request req = {.path = PATH, .query = query};
        struct api_call *whole = fake_call(h, &req);
        cJSON *frame = nth(text, "{", i), *reply = cJSON_ParseWithLength(whole->reply.body, whole->reply.size);
        assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(frame, "event")), "frame");
        assert_true(cJSON_Compare(cJSON_GetObjectItemCaseSensitive(frame, "samples"),
                                  cJSON_GetObjectItemCaseSensitive(reply, "samples"), 1));
        assert_true(cJSON_Compare(cJSON_GetObjectItemCaseSensitive(frame, "energy"),
                                  cJSON_GetObjectItemCaseSensitive(reply, "energy"), 1));
        if (i == 2) {
            cJSON *done = nth(text, "{", 3);
            assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(done, "event")), "done");
            assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(done, "continue")),
                                cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(reply, "continue")));
            cJSON_Delete(done);
        }
        cJSON_Delete(frame);
        cJSON_Delete(reply);
        api_free(whole);
    }
    bz_free(text);
    fake_host_free(h);
}

static void bits_are_packed_most_significant_first(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    char *text =
        run(h, "format=ndjson&seed=5&steps=4&count=1&encoding=bits", "{\"clamp\":{\"visible\":{\"values\":[1,0,1,1]}}}");
    (void)state;
    assert_non_null(strstr(text, "\"samples\":[\"sA==\"]")); /* 1011 0000 */
    bz_free(text);
    fake_host_free(h);
}

static void an_error_in_the_middle_is_an_event(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    static const char *const formats[] = {"format=sse&seed=5", "format=ndjson&seed=5"};
    static const char *const starts[] = {": samples\nretry: 3000\n\nevent: error\ndata: {\"error\":\"out of time\"",
                                         "{\"event\":\"error\",\"error\":\"out of time\""};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct fake_request req = {.path = PATH, .query = formats[i]};
        struct api_call *call = fake_open(h, &req);
        size_t size;
        assert_true(call->stream);
        assert_int_equal(call->state, API_RUN);
        api_refuse(call, API_TIMEOUT, "out of time");
        char *text = api_take(call, &size);
        assert_int_equal(call->state, API_REPLY);
        assert_int_equal(call->reply.status, 200);
        assert_memory_equal(text, starts[i], strlen(starts[i]));
        bz_free(text);
        api_free(call);
    }
    fake_host_free(h);
}

/* The token in the error belongs to the last frame; continuing from it gives the bytes of a stream that was never cut, also
 * with a clamp, and if more than one layer carries the state. */
static void a_stream_that_is_cut_off_ends_with_a_token(void **state)
{
    struct fake_host *h = fake_host_new(oracle_dbm(true));
    static const char clamp[] = "{\"clamp\":{\"visible\":{\"values\":[1,0,1,0],\"mask\":[1,0,0,0]}}}";
    static const char *const bodies[] = {"{}", clamp};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct fake_request cut = {
            .path = PATH, .query = "format=ndjson&seed=5&count=3&steps=90&every=30", .body = bodies[i]};
        const struct fake_request whole = {
            .path = PATH, .query = "format=ndjson&seed=5&count=3&steps=90&every=30", .body = bodies[i]};
        struct api_call *call = fake_open(h, &cut), *uncut = fake_call(h, &whole);
        size_t size = 0;
        char *text;
        assert_int_equal(call->reply.status, 200);
        api_run(&call, 1, h->worker); /* a slice is at most one frame */
        bz_free(api_take(call, &size));
        assert_int_equal(call->state, API_RUN);
        api_refuse(call, API_DRAINING, "draining");
        text = api_take(call, &size);
        char *zero = bz_strndup(text, size, NULL);
        cJSON *error = cJSON_Parse(zero);
        const char *token = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(error, "continue"));
        assert_non_null(token);
        char *body = NULL;
        assert_true(asprintf(&body, "{\"continue\":\"%s\",\"steps\":60}", token) > 0);
        const struct fake_request rest = {.path = PATH, .query = "every=30&format=ndjson", .body = body};
        struct api_call *on = fake_call(h, &rest);
        assert_int_equal(on->reply.status, 200);
        const char *second = strchr(uncut->reply.body, '\n') + 1;
        assert_string_equal(on->reply.body, second);
        free(body);
        bz_free(zero);
        bz_free(text);
        cJSON_Delete(error);
        api_free(on);
        api_free(uncut);
        api_free(call);
    }
    fake_host_free(h);
}

static void refusals_before_the_stream_are_plain_replies(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    const struct fake_request req = {.path = PATH, .query = "format=sse&count=0"};
    struct api_call *call = fake_call(h, &req);
    (void)state;
    assert_int_equal(call->reply.status, 400);
    assert_string_equal(call->reply.content_type, "application/problem+json");
    assert_false(call->stream);
    api_free(call);
    fake_host_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_at_multiples_of_every_and_at_the_last_step),
        cmocka_unit_test(last_event_id_goes_on_where_the_client_was),
        cmocka_unit_test(each_frame_is_what_a_whole_reply_would_be),
        cmocka_unit_test(bits_are_packed_most_significant_first),
        cmocka_unit_test(an_error_in_the_middle_is_an_event),
        cmocka_unit_test(a_stream_that_is_cut_off_ends_with_a_token),
        cmocka_unit_test(refusals_before_the_stream_are_plain_replies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
