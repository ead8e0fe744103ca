/* Rows by the names of columns, from request bytes to reply bytes: the same numbers as by layers; errors name what is wrong. */
#include "fake_host.h"
#include "mem.h"
#include "oracle_machines.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define M "/v1/models/tiny/"

/* Of oracle_labelled: five bernoulli units, of which two are levels up to 10, one a truth value, and two belong to a
 * category. */
static char columns[] =
    "{\"columns\":[{\"name\":\"id\",\"kind\":\"index\"},{\"name\":\"low\",\"kind\":\"number\",\"layer\":\"visible\",\"unit\":0,"
    "\"scale\":10},{\"name\":\"on\",\"kind\":\"boolean\",\"layer\":\"visible\",\"unit\":2},{\"name\":\"high\",\"kind\":"
    "\"number\","
    "\"layer\":\"visible\",\"unit\":1,\"scale\":10},{\"name\":\"side\",\"kind\":\"category\",\"layer\":\"visible\",\"unit\":3,"
    "\"categories\":[\"left\",\"right\"]},{\"name\":\"which\",\"kind\":\"label\"},{\"name\":\"note\",\"kind\":\"ignored\"}],"
    "\"missing\":[\"-9\"]}";

/* The same without some of the names. */
static char partly_named[] =
    "{\"columns\":[{\"name\":\"low\",\"kind\":\"number\",\"layer\":\"visible\",\"unit\":0},{\"name\":\"\",\"kind\":\"number\","
    "\"layer\":\"visible\",\"unit\":1,\"size\":2},{\"name\":\"\",\"kind\":\"category\",\"layer\":\"visible\",\"unit\":3,"
    "\"categories\":[\"left\",\"right\"]}]}";

/* Names as people and programs make them, each with what has to be quoted, doubled or escaped somewhere. */
static char oddly_named[] =
    "{\"columns\":[{\"name\":\"\\\"low\\\", of "
    "all\",\"kind\":\"number\",\"layer\":\"visible\",\"unit\":0},{\"name\":\"5\\\"\",\"kind\":"
    "\"number\",\"layer\":\"visible\",\"unit\":1},{\"name\":\"o\\nn\",\"kind\":\"boolean\",\"layer\":\"visible\",\"unit\":2},"
    "{\"name\":\"=si\\tde;\",\"kind\":\"category\",\"layer\":\"visible\",\"unit\":3,\"categories\":[\"le\\\"ft\",\"right\"]}]}";

static struct fake_host *host_of(char *table)
{
    struct fake_host *h = fake_host_new(oracle_labelled(false));
    h->model.table = table;
    return h;
}

static struct fake_host *host(void)
{
    return host_of(columns);
}

static void done(struct fake_host *h)
{
    h->model.table = NULL;
    fake_host_free(h);
}

static cJSON *answer(struct fake_host *h, const char *path, const char *query, const char *type, const char *body)
{
    const struct fake_request req = {.method = "POST", .path = path, .query = query, .type = type, .body = body};
    struct api_call *call = fake_call(h, &req);
    cJSON *root = fake_parse(call);
    api_free(call);
    return root;
}

static const cJSON *item(const cJSON *root, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(root, name);
}

static void the_same_numbers_in_every_form(void **state)
{
    struct fake_host *h = host();
    static const struct {
        const char *type, *body;
    } forms[] = {
        {NULL, "{\"rows\":[{\"low\":3,\"high\":10,\"on\":true,\"side\":\"right\"},{\"side\":\"left\",\"on\":null,\"low\":0}]}"},
        {NULL, "{\"rows\":[{\"on\":1,\"side\":\"right\",\"id\":7,\"low\":3.0,\"high\":\"10\"},{\"low\":-0.0,\"side\":\"left\","
               "\"high\":\"-9\"}]}"},
        {NULL, "{\"inputs\":[{\"on\":\"yes\",\"side\":\"right\",\"low\":3,\"high\":10},{\"low\":0,\"side\":\"left\"}]}"},
        {"text/csv", "low,high,on,side\n3,10,true,right\n0,,,left\n"},
        {"text/csv; charset=utf-8", "side;on;extra;high;low;note\r\nright;T;x;10;3;y\r\nleft;;z;-9;0;\r\n"},
    };
    static const char by_layer[] = "{\"inputs\":[[0.3,1,1,0,1],[0,null,null,1,0]]}";
    (void)state;
    static const char *const operations[] = {M "free-energy", M "features", M "reconstruct", M "classify"};
    for (size_t o = 0; o < 4; o++) {
        cJSON *want = answer(h, operations[o], NULL, NULL, by_layer);
        for (size_t f = 0; f < sizeof(forms) / sizeof(*forms); f++) {
            cJSON *got = answer(h, operations[o], NULL, forms[f].type, forms[f].body);
            const cJSON *member;
            cJSON_ArrayForEach(member, want)
            {
                if (!cJSON_Compare(member, item(got, member->string), true))
                    fail_msg("%s, form %zu: '%s' differs", operations[o], f, member->string);
            }
            assert_true(f != 4 || cJSON_GetArraySize(item(got, "ignored")) == 2);
            cJSON_Delete(got);
        }
        cJSON_Delete(want);
    }
    done(h);
}

static void replies_keep_what_was_given(void **state)
{
    struct fake_host *h = host();
    (void)state;
    cJSON *got = answer(h, M "reconstruct", "as=rows", NULL,
                        "{\"rows\":[{\"id\":\"x\",\"low\":3.3,\"side\":\"left\",\"on\":null},{\"on\":false,\"id\":5}]}");
    const cJSON *a = cJSON_GetArrayItem(item(got, "rows"), 0), *b = cJSON_GetArrayItem(item(got, "rows"), 1);
    assert_string_equal(cJSON_GetStringValue(item(a, "id")), "x");
    assert_string_equal(cJSON_GetStringValue(item(b, "id")), "5");
    assert_true(item(a, "low")->valuedouble == 3.3); /* not 0.33f * 10 */
    assert_string_equal(cJSON_GetStringValue(item(a, "side")), "left");
    assert_true(cJSON_IsBool(item(a, "on")) && cJSON_IsFalse(item(b, "on")));
    assert_true(item(a, "high")->valuedouble > 0 && item(a, "high")->valuedouble < 10);
    assert_int_equal(cJSON_GetArrayItem(item(got, "missing"), 0)->valueint, 2);
    assert_int_equal(cJSON_GetArrayItem(item(got, "missing"), 1)->valueint, 3);
    assert_int_equal(cJSON_GetArraySize(item(got, "left_out")), 1); /* "high", which no row has */
    cJSON_Delete(got);
    done(h);
}

static bool lists(const cJSON *names, const char *const *want, int n)
{
    bool same = cJSON_GetArraySize(names) == n;
    for (int i = 0; same && i < n; i++)
        same = strcmp(cJSON_GetStringValue(cJSON_GetArrayItem(names, i)), want[i]) == 0;
    return same;
}

/* Columns without a name have numbers, and a nameless category is one column of a file, however many units it has. */
static void nameless_columns_go_by_their_numbers(void **state)
{
    struct fake_host *h = host_of(partly_named);
    (void)state;
    cJSON *got = answer(h, M "free-energy", NULL, NULL, "{\"rows\":[{\"low\":1}]}");
    assert_true(lists(item(got, "left_out"), (const char *const[]){"columns 2-3", "column 4"}, 2));
    cJSON_Delete(got);
    const struct fake_request req = {
        .method = "POST", .path = M "features", .accept = "text/csv", .body = "{\"rows\":[{\"low\":1}]}"};
    struct api_call *call = fake_call(h, &req);
    assert_string_equal(fake_header(call, "X-Boltz-Left-Out"), "columns%202-3,column%204");
    api_free(call);
    cJSON *want = answer(h, M "free-energy", NULL, NULL, "{\"inputs\":[[1,0,1,0,1]]}");
    got = answer(h, M "free-energy", NULL, "text/csv", "low,,,\n1,0,1,right\n");
    assert_true(cJSON_Compare(item(got, "free_energy"), item(want, "free_energy"), true));
    assert_null(item(got, "left_out"));
    cJSON_Delete(got);
    cJSON_Delete(want);
    done(h);
    h = host();
    got = answer(h, M "free-energy", NULL, "text/csv", "low,high,,on,side,\n3,10,1,true,right,7\n");
    assert_true(lists(item(got, "ignored"), (const char *const[]){"column 3", "column 6"}, 2));
    cJSON_Delete(got);
    done(h);
}

static void what_does_not_fit_is_named(void **state)
{
    static const struct {
        const char *type, *body, *code, *says;
    } bad[] = {
        {NULL, "{\"rows\":[{\"lo\":1}]}", "unknown_input", "'lo'"},
        {NULL, "{\"rows\":[{\"low\":1},{\"side\":\"up\"}]}", "bad_value", "rows[1].side: 'up' is not one of the 2"},
        {NULL, "{\"rows\":[{\"low\":11}]}", "bad_value", "rows[0].low"},
        {NULL, "{\"rows\":[{\"low\":1,\"low\":1}]}", "duplicate", "rows[0].low"},
        {NULL, "{\"rows\":[{\"low\":\"3,000\"}]}", "bad_value", "no decimal sign here"}, /* no file to refer to */
        {NULL, "{\"rows\":[{\"low\":{}}]}", "type_mismatch", "rows[0].low"},
        {NULL, "{\"rows\":3}", "type_mismatch", "rows"},
        {NULL, "{\"rows\":[]}", "shape_mismatch", "at least one"},
        {NULL, "{\"rows\":[{\"note\":\"x\"}]}", "bad_value", "is known"},
        {NULL, "{\"rows\":[{\"low\":1}],\"inputs\":[[1,1,1,1,1]]}", "duplicate", "inputs"},
        {NULL, "{\"rows\":[{\"low\":1e400}]}", "bad_value", "rows[0].low"},
        {NULL, "{\"rows\":[{\"low\":NaN}]}", "bad_value", "rows[0].low: byte 16 of the body: NaN is not a JSON number"},
        {NULL, "{\"rows\":[{\"low\":+5}]}", "bad_json", "rows[0].low: byte 16 of the body: found +5, expected a number"},
        {NULL, "{\"rows\":[{\"side\":left}]}", "bad_json", "rows[0].side: found left, expected a text in quotes"},
        {NULL, "{\"rows\":[{\"on\":True}]}", "bad_json", "rows[0].on: found True, expected a text in quotes"},
        {NULL, "{\"rows\":[{\"side\":}]}", "bad_json", "rows[0].side"},
        {NULL, "{\"rows\":[{\"low\":1", "bad_json", ""},
        {"text/csv", "low,high,on\n1,2,true\n", "bad_value", "side"},
        {"text/csv", "low,high,on,side\n1,2,true,up\n", "bad_value", "'up'"},
        {"text/csv", "low,high,on,side\n0,1,,\n.1,.9,,\n.2,.8,,\n.3,.7,,\n.4,.6,,\n.5,.5,,\n.6,.4,,\n.7,.3,,\n", /* divided? */
         "bad_value", "only values up to 1 for layer 'visible'"},
        {"text/csv", "low,high,on,side\n1,2,true\n", "bad_value", "cells"},
        {"text/csv", "@relation r\n@attribute low real\n@data\n1\n", "bad_value", "ARFF"},
        {"text/csv", "{\"rows\":[]}", "wrong_body_type", "JSON"},
        {"text/csv", "\"", "bad_value", "body"},
    };
    struct fake_host *h = host();
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        const struct fake_request req = {.method = "POST", .path = M "features", .type = bad[i].type, .body = bad[i].body};
        struct api_call *call = fake_call(h, &req);
        if (call->reply.status != 400 || strcmp(call->code, bad[i].code) != 0 || !strstr(call->reply.body, bad[i].says))
            fail_msg("%s: want 400 %s '%s', got %d %.*s", bad[i].body, bad[i].code, bad[i].says, call->reply.status,
                     (int)call->reply.size, call->reply.body);
        api_free(call);
    }
    done(h);
}

/* As in files: rows of bits, and columns of bits, are not means of spins. `inputs` are numbers and taken as they are. */
static void bits_are_no_spins(void **state)
{
    static char table[] = "{\"columns\":[{\"name\":\"a\",\"kind\":\"number\",\"layer\":\"visible\",\"unit\":0},{\"name\":"
                          "\"b\",\"kind\":\"number\",\"layer\":\"visible\",\"unit\":1},{\"name\":\"\",\"kind\":\"number\","
                          "\"layer\":\"visible\",\"unit\":2}]}";
    static const struct {
        const char *type, *body, *says; /* NULL = 200 */
    } cases[] = {
        {"text/csv", "a,b,\n0,1,1\n1,0,1\n", "rows: only 0 and 1, but the units of layer 'visible' are spins"},
        {"text/csv", "a,b,\n0,1,1\n", "only 0 and 1"},
        {"text/csv", "a,b,\n0,0,0\n", "only 0 and 1"},
        {"text/csv", "a,b,\n-1,1,1\n1,0,-1\n-1,1,1\n", "rows, column b: only 0 and 1"},
        {"text/csv", "a,b,\n-1,1,0\n1,-1,1\n", "rows, column visible: only 0 and 1"},
        {"text/csv", "a,b,\n-1,1,1\n1,-1,-1\n", NULL},
        {"text/csv", "a,b,\n1,1,1\n1,1,1\n", NULL},
        {"text/csv", "a,b,\n-1,0,0.5\n", NULL}, /* a mean beside others */
        {NULL, "{\"rows\":[{\"a\":0,\"b\":1}]}", "only 0 and 1"},
        {NULL, "{\"rows\":[{\"a\":-1,\"b\":1}]}", NULL},
        {NULL, "{\"inputs\":[[0,1,1],[1,0,1]]}", NULL},
    };
    struct fake_host *h = fake_host_new(oracle_pair(BZ_SPIN, BZ_BERNOULLI));
    (void)state;
    h->model.table = table;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct fake_request req = {.method = "POST", .path = M "features", .type = cases[i].type, .body = cases[i].body};
        struct api_call *call = fake_call(h, &req);
        const bool right = cases[i].says ? call->reply.status == 400 && strstr(call->reply.body, cases[i].says) != NULL
                                         : call->reply.status == 200;
        if (!right)
            fail_msg("%s: want '%s', got %d %.*s", cases[i].body, cases[i].says ? cases[i].says : "200", call->reply.status,
                     (int)call->reply.size, call->reply.body);
        api_free(call);
    }
    struct api_call *call = fake_post(h, M "sample", "{\"steps\":1,\"clamp\":[{\"a\":0}]}");
    assert_int_equal(call->reply.status, 400);
    assert_non_null(strstr(call->reply.body, "only 0 and 1"));
    api_free(call);
    done(h);
}

/* Columns of two files that the model learned from together: by a name of both nothing says which is meant. */
static void a_name_of_two_columns_is_refused(void **state)
{
    static char table[] =
        "{\"columns\":[{\"name\":\"v\",\"kind\":\"number\",\"layer\":\"visible\",\"unit\":0,\"source\":\"a\"},"
        "{\"name\":\"v\",\"kind\":\"number\",\"layer\":\"visible\",\"unit\":1,\"source\":\"b\"},"
        "{\"name\":\"w\",\"kind\":\"number\",\"layer\":\"visible\",\"unit\":2,\"source\":\"b\"}]}";
    static const struct {
        const char *type, *body;
        bool refused;
    } cases[] = {
        {NULL, "{\"rows\":[{\"v\":1}]}", true},  {NULL, "{\"rows\":[{\"w\":1},{\"w\":0,\"v\":1}]}", true},
        {"text/csv", "v,w\n1,0\n", true},        {NULL, "{\"rows\":[{\"w\":1}]}", false},
        {NULL, "{\"inputs\":[[1,0,1]]}", false},
    };
    struct fake_host *h = fake_host_new(oracle_pair(BZ_BERNOULLI, BZ_BERNOULLI));
    (void)state;
    h->model.table = table;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct fake_request req = {.method = "POST", .path = M "features", .type = cases[i].type, .body = cases[i].body};
        struct api_call *call = fake_call(h, &req);
        if (call->reply.status != (cases[i].refused ? 400 : 200) ||
            (cases[i].refused && !strstr(call->reply.body, "trained on together")))
            fail_msg("%s: %d %.*s", cases[i].body, call->reply.status, (int)call->reply.size, call->reply.body);
        api_free(call);
    }
    done(h);
}

/* Cells to hold in samples, as `boltz sample --clamp FILE` takes them: the same bytes as by units. */
static void samples_with_cells_held(void **state)
{
    struct fake_host *h = host();
    (void)state;
    static const char *const by_units = "{\"count\":3,\"steps\":20,\"seed\":5,\"clamp\":{\"visible\":{\"values\":[0.3,0,1,0,1],"
                                        "\"mask\":[1,0,1,1,1]}}}",
                             *const by_cells =
                                 "{\"count\":3,\"steps\":20,\"seed\":5,\"clamp\":[{\"low\":3,\"on\":true,\"side\":"
                                 "\"right\",\"id\":\"x\"}]}";
    struct api_call *units = fake_post(h, M "sample", by_units), *cells = fake_post(h, M "sample", by_cells);
    assert_int_equal(units->reply.status, 200);
    assert_int_equal(cells->reply.status, 200);
    assert_int_equal(units->reply.size, cells->reply.size);
    assert_memory_equal(units->reply.body, cells->reply.body, cells->reply.size);
    api_free(units);
    api_free(cells);
    cJSON *root = answer(h, M "sample", "as=rows", NULL, by_cells);
    const cJSON *row;
    size_t n = 0;
    cJSON_ArrayForEach(row, item(root, "rows"))
    {
        assert_string_equal(item(row, "side")->valuestring, "right");
        assert_true(cJSON_IsTrue(item(row, "on")));
        n++;
    }
    assert_int_equal(n, 3);
    cJSON_Delete(root);
    done(h);
}

/* A reply of samples has no notes on columns that are not used. */
static void what_samples_cannot_hold_is_refused(void **state)
{
    static const struct {
        const char *cells, *code, *says;
    } bad[] = {
        {"{\"low\":3,\"note\":\"x\"}", "unknown_input", "note"},
        {"{\"low\":3,\"loud\":1}", "unknown_input", "clamp: byte"},
        {"{\"id\":\"x\"}", "bad_value", "holds no unit"},
    };
    struct fake_host *h = host();
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        char body[128];
        snprintf(body, sizeof(body), "{\"steps\":1,\"clamp\":[%s]}", bad[i].cells);
        struct api_call *call = fake_post(h, M "sample", body);
        if (call->reply.status != 400 || strcmp(call->code, bad[i].code) != 0 || !strstr(call->reply.body, bad[i].says))
            fail_msg("%s: want 400 %s '%s', got %d %.*s", body, bad[i].code, bad[i].says, call->reply.status,
                     (int)call->reply.size, call->reply.body);
        api_free(call);
    }
    done(h);
}

/* More columns than any table has are refused before they cost anything. */
static void too_many_columns_are_refused(void **state)
{
    enum { N = 1 << 17 };
    struct fake_host *h = host();
    char *body = malloc(2 * N + 1);
    (void)state;
    memset(body, ',', 2 * N);
    body[N - 1] = '\n';
    body[2 * N] = 0;
    const struct fake_request req = {.path = M "free-energy", .type = "text/csv", .body = body};
    struct api_call *call = fake_call(h, &req);
    assert_string_equal(call->code, "shape_mismatch");
    if (!strstr(call->reply.body, "131073 columns, expected at most 65544"))
        fail_msg("%s", call->reply.body);
    api_free(call);
    free(body);
    done(h);
}

/* Each used to be compared with all others, and ignored values were copied for each: a body of a megabyte kept a worker busy
 * for minutes. */
static void many_columns_that_are_not_used(void **state)
{
    enum { N = 60000, ROOM = 16 * N };
    struct fake_host *h = host();
    char *body = malloc(ROOM);
    size_t n = (size_t)snprintf(body, ROOM, "low,high,on,side");
    (void)state;
    for (size_t i = 0; i < N; i++)
        n += (size_t)snprintf(body + n, ROOM - n, ",other%zu", i);
    n += (size_t)snprintf(body + n, ROOM - n, "\n3,10,true,right");
    for (size_t i = 0; i < N; i++)
        n += (size_t)snprintf(body + n, ROOM - n, ",1");
    cJSON *root = answer(h, M "free-energy", NULL, "text/csv", body);
    assert_int_equal(cJSON_GetArraySize(item(root, "ignored")), N);
    cJSON_Delete(root);
    free(body);
    done(h);
}

static void names_may_hold_quotes_and_line_ends(void **state)
{
    static const char csv[] = "\"\"\"low\"\", of all\",\"5\"\"\",\"o\nn\",=si\tde;\n0.5,1,true,\"le\"\"ft\"\n0,1,false,right\n",
                      by_layer[] = "{\"inputs\":[[0.5,1,1,1,0],[0,1,0,0,1]]}";
    struct fake_host *h = host_of(oddly_named);
    (void)state;
    cJSON *want = answer(h, M "free-energy", NULL, NULL, by_layer), *got = answer(h, M "free-energy", NULL, "text/csv", csv);
    assert_true(cJSON_Compare(item(want, "free_energy"), item(got, "free_energy"), true));
    cJSON_Delete(want);
    cJSON_Delete(got);
    const struct fake_request req = {
        .method = "POST", .path = M "reconstruct", .type = "text/csv", .accept = "text/csv", .body = csv};
    struct api_call *call = fake_call(h, &req);
    assert_int_equal(call->reply.status, 200);
    const size_t names = (size_t)(strstr(csv, "\n0.5") - csv);
    assert_memory_equal(call->reply.body, csv, names); /* they come back as they were, before others of the model */
    api_free(call);
    done(h);
}

/* What stood for a gap in training does so in rows by position, too, as NaN and null do. */
static void numbers_for_gaps_are_missing_by_position(void **state)
{
    static char table[] =
        "{\"columns\":[{\"name\":\"a\",\"kind\":\"number\",\"layer\":\"visible\",\"unit\":0},{\"name\":\"b\",\"kind\":"
        "\"number\",\"layer\":\"visible\",\"unit\":1,\"size\":3},{\"name\":\"c\",\"kind\":\"number\",\"layer\":\"visible\","
        "\"unit\":4,\"scale\":9}],\"missing\":[\"NA\",\"-9.0\"]}";
    static const char missing[] = "{\"inputs\":[[null,1,0,null,0.5],[1,0,0,1,1]]}",
                      marked[] = "{\"inputs\":[[-9,1,0,-9,0.5],[1,0,0,1,1]]}";
    const float raw[] = {-9, 1, 0, -9, 0.5f, 1, 0, 0, 1, 1};
    struct fake_host *h = host_of(table);
    (void)state;
    h->model.own_gaps = true;
    cJSON *want = answer(h, M "free-energy", NULL, NULL, missing), *got = answer(h, M "free-energy", NULL, NULL, marked);
    assert_true(cJSON_Compare(want, got, true) && item(got, "missing"));
    const struct fake_request req = {
        .method = "POST", .path = M "free-energy", .type = "application/octet-stream", .body = raw, .size = sizeof(raw)};
    struct api_call *call = fake_call(h, &req);
    cJSON *bytes = fake_parse(call);
    api_free(call);
    assert_true(cJSON_Compare(want, bytes, true));
    cJSON *v2 = fake_answer(
        h, "/v2/models/tiny/infer",
        "{\"inputs\":[{\"name\":\"visible\",\"datatype\":\"FP32\",\"shape\":[2,5],\"data\":[-9,1,0,-9,0.5,1,0,0,1,1]}],"
        "\"outputs\":[{\"name\":\"free_energy\"}]}");
    const cJSON *data = item(cJSON_GetArrayItem(item(v2, "outputs"), 0), "data");
    assert_true(fabs(cJSON_GetArrayItem(data, 0)->valuedouble - cJSON_GetArrayItem(item(want, "free_energy"), 0)->valuedouble) <
                1e-5);
    static const struct {
        const char *path, *body, *detail;
    } bad[] = {
        {M "free-energy", "{\"inputs\":[[1,1,0,1,-9]]}", "inputs.visible[0][4]"}, /* a quotient */
        {M "free-energy", "{\"inputs\":[[-9,1,0,1,1]],\"mask\":[1,1,1,1,1]}", "number that stands for a gap"},
        {M "sample", "{\"init\":[[-9,1,0,1,1]]}", "a chain cannot start from a missing value"},
        {M "energy", "{\"states\":{\"visible\":[[-9,1,0,1,1]],\"hidden\":[[0,1,0,1]],\"label\":[[1,0,0]]}}",
         "stands for a gap"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        call = fake_post(h, bad[i].path, bad[i].body);
        if (call->reply.status != 400 || !strstr(call->reply.body, bad[i].detail))
            fail_msg("%zu: %d %s", i, call->reply.status, (const char *)call->reply.body);
        api_free(call);
    }
    cJSON_Delete(v2);
    cJSON_Delete(bytes);
    cJSON_Delete(got);
    cJSON_Delete(want);
    done(h);
}

/* Columns in other units than in training are told, where there are five rows and more. */
static void rows_unlike_those_of_training_are_told(void **state)
{
    static char table[] = "{\"columns\":[{\"name\":\"low\",\"kind\":\"number\",\"layer\":\"visible\",\"unit\":0,\"scale\":10,"
                          "\"mean\":1,\"sd\":0.5},"
                          "{\"name\":\"b\",\"kind\":\"number\",\"layer\":\"visible\",\"unit\":1,\"mean\":0.5,\"sd\":0.3},{"
                          "\"name\":\"\",\"kind\":\"number\","
                          "\"layer\":\"visible\",\"unit\":2,\"size\":3}]}";
    struct fake_host *h = host_of(table);
    (void)state;
    for (int five = 0; five < 2; five++) {
        char csv[200] = "low,b,,,\n9,1,0,0,0\n8,0,0,0,1\n9.5,0.5,0,1,0\n10,1,1,1,1\n";
        strcat(csv, five ? "7,1,1,0,0\n" : "");
        cJSON *got = answer(h, M "free-energy", NULL, "text/csv", csv);
        const cJSON *unlike = item(got, "unlike");
        assert_int_equal(cJSON_GetArraySize(unlike), five);
        assert_true(!five ||
                    strstr(cJSON_GetStringValue(cJSON_GetArrayItem(unlike, 0)), "low: all 5 values (7 to 10) lie more than 3"));
        cJSON_Delete(got);
        const struct fake_request req = {
            .method = "POST", .path = M "free-energy", .type = "text/csv", .accept = "text/csv", .body = csv};
        struct api_call *call = fake_call(h, &req);
        const char *header = fake_header(call, "X-Boltz-Unlike");
        assert_true(five ? header && strcmp(header, "low") == 0 : !header);
        api_free(call);
    }
    done(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_may_hold_quotes_and_line_ends),
        cmocka_unit_test(the_same_numbers_in_every_form),
        cmocka_unit_test(replies_keep_what_was_given),
        cmocka_unit_test(nameless_columns_go_by_their_numbers),
        cmocka_unit_test(what_does_not_fit_is_named),
        cmocka_unit_test(many_columns_that_are_not_used),
        cmocka_unit_test(samples_with_cells_held),
        cmocka_unit_test(what_samples_cannot_hold_is_refused),
        cmocka_unit_test(too_many_columns_are_refused),
        cmocka_unit_test(bits_are_no_spins),
        cmocka_unit_test(a_name_of_two_columns_is_refused),
        cmocka_unit_test(numbers_for_gaps_are_missing_by_position),
        cmocka_unit_test(rows_unlike_those_of_training_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
