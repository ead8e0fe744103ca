/* The Open Inference Protocol: what stock clients send and expect, and what is said about requests that do not fit. */
#include "fake_host.h"
#include "handlers.h"
#include "mem.h"
#include "oracle_machines.h"
#include "routes.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define INFER "/v2/models/tiny/infer"

static cJSON *item(const cJSON *root, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(root, name);
}

static const cJSON *output(const cJSON *root, const char *name)
{
    const cJSON *o;
    cJSON_ArrayForEach(o, item(root, "outputs")) if (strcmp(cJSON_GetStringValue(item(o, "name")), name) == 0) return o;
    fail_msg("no output %s", name);
    return NULL;
}

static void metadata_and_config_name_the_same_tensors(void **state)
{
    struct fake_host *h = fake_host_new(oracle_mixed());
    cJSON *meta = fake_get(h, "/v2/models/tiny"), *config = fake_get(h, "/v2/models/tiny/versions/3/config");
    static const char *const inputs[] = {"dots", "real", "kind", "words", "class"};
    static const char *const outputs[] = {"free_energy",         "features",
                                          "reconstruction.dots", "reconstruction.real",
                                          "reconstruction.kind", "reconstruction.words",
                                          "reconstruction.class"};
    (void)state;
    assert_int_equal(cJSON_GetArraySize(item(meta, "inputs")), 5);
    assert_int_equal(cJSON_GetArraySize(item(meta, "outputs")), 7);
    for (int i = 0; i < 5; i++) {
        const cJSON *t = cJSON_GetArrayItem(item(meta, "inputs"), i), *c = cJSON_GetArrayItem(item(config, "input"), i);
        assert_string_equal(cJSON_GetStringValue(item(t, "name")), inputs[i]);
        assert_string_equal(cJSON_GetStringValue(item(c, "name")), inputs[i]);
        assert_string_equal(cJSON_GetStringValue(item(t, "datatype")), "FP32");
        assert_string_equal(cJSON_GetStringValue(item(c, "data_type")), "TYPE_FP32");
        assert_int_equal(cJSON_GetArrayItem(item(t, "shape"), 0)->valuedouble, -1);
        assert_int_equal(cJSON_GetArrayItem(item(t, "shape"), 1)->valuedouble,
                         cJSON_GetArrayItem(item(c, "dims"), 0)->valuedouble);
    }
    for (int i = 0; i < 7; i++) {
        assert_string_equal(cJSON_GetStringValue(item(cJSON_GetArrayItem(item(meta, "outputs"), i), "name")), outputs[i]);
        assert_string_equal(cJSON_GetStringValue(item(cJSON_GetArrayItem(item(config, "output"), i), "name")), outputs[i]);
    }
    assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(item(meta, "versions"), 1)), "3");
    assert_true(item(config, "max_batch_size")->valuedouble > 0);
    cJSON_Delete(meta);
    cJSON_Delete(config);
    fake_host_free(h);
}

static void the_rest_of_the_protocol_answers(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    cJSON *server = fake_get(h, "/v2"), *stats = fake_get(h, "/v2/models/tiny/stats"), *all = fake_get(h, "/v2/models/stats");
    const struct fake_request index = {.path = "/v2/repository/index"};
    struct api_call *call = fake_call(h, &index), *stats_text;
    (void)state;
    assert_string_equal(cJSON_GetStringValue(item(server, "name")), "boltzd");
    assert_true(cJSON_GetArraySize(item(server, "extensions")) > 4);
    const cJSON *one = cJSON_GetArrayItem(item(stats, "model_stats"), 0);
    assert_string_equal(cJSON_GetStringValue(item(one, "version")), "3");
    static const char *const durations[] = {"success",       "fail",           "queue",     "compute_input",
                                            "compute_infer", "compute_output", "cache_hit", "cache_miss"};
    for (size_t i = 0; i < 8; i++)
        assert_non_null(item(item(item(one, "inference_stats"), durations[i]), "ns"));
    assert_int_equal(cJSON_GetArraySize(item(all, "model_stats")), 1);
    const struct fake_request req = {.method = "GET", .path = "/v2/models/tiny/stats"};
    stats_text = fake_call(h, &req);
    char *text = bz_strndup(stats_text->reply.body, stats_text->reply.size, NULL);
    assert_non_null(strstr(text, "\"ns\":12345678901234567")); /* integers, however large */
    bz_free(text);
    api_free(stats_text);

    cJSON *list = cJSON_ParseWithLength(call->reply.body, call->reply.size);
    assert_int_equal(cJSON_GetArraySize(list), 2);
    assert_string_equal(cJSON_GetStringValue(item(cJSON_GetArrayItem(list, 0), "state")), "UNAVAILABLE");
    assert_string_equal(cJSON_GetStringValue(item(cJSON_GetArrayItem(list, 1), "version")), "3");
    cJSON_Delete(list);
    api_free(call);
    h->control = true;
    call = fake_post(h, "/v2/repository/models/tiny/unload", "{\"parameters\":{\"unload_dependents\":false}}");
    assert_int_equal(call->reply.status, 200);
    api_free(call);
    call = fake_post(h, "/v2/repository/models/tiny/load", "{\"parameters\":{\"file:1/model\":\"AAAA\"}}");
    assert_int_equal(call->reply.status, 403);
    assert_non_null(strstr(call->reply.body, "\"title\":\"Not allowed\""));
    assert_non_null(strstr(call->reply.body, "into the repository"));
    api_free(call);
    static const char *const aliases[] = {"", "/stats", "/ready", "/config"};
    for (size_t i = 0; i < 4; i++) {
        char path[80];
        snprintf(path, sizeof(path), "/v2/models/tiny/versions/stable%s", aliases[i]);
        call = fake_call(h, &(struct fake_request){.method = "GET", .path = path});
        assert_int_equal(call->reply.status, 404);
        assert_non_null(strstr(call->reply.body, "expected digits"));
        api_free(call);
    }
    cJSON_Delete(server);
    cJSON_Delete(stats);
    cJSON_Delete(all);
    fake_host_free(h);
}

static void outputs_are_those_of_v1(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, true));
    struct api_call *call = fake_post(h, INFER,
                                      "{\"id\":\"x-1\",\"inputs\":[{\"data\":[1,0,1,1,0,0,1,0],\"datatype\":\"FP32\",\"shape\":"
                                      "[2,4],\"name\":\"visible\"}]}");
    struct api_call *energy = fake_post(h, "/v1/models/tiny/free-energy", "{\"inputs\":[[1,0,1,1],[0,0,1,0]]}");
    struct api_call *features = fake_post(h, "/v1/models/tiny/features", "{\"inputs\":[[1,0,1,1],[0,0,1,0]]}");
    struct api_call *back = fake_post(h, "/v1/models/tiny/reconstruct", "{\"inputs\":[[1,0,1,1],[0,0,1,0]]}");
    cJSON *root = cJSON_ParseWithLength(call->reply.body, call->reply.size);
    cJSON *f = cJSON_ParseWithLength(energy->reply.body, energy->reply.size);
    cJSON *x = cJSON_ParseWithLength(features->reply.body, features->reply.size);
    cJSON *b = cJSON_ParseWithLength(back->reply.body, back->reply.size);
    (void)state;
    assert_int_equal(call->reply.status, 200);
    assert_string_equal(cJSON_GetStringValue(item(root, "id")), "x-1");
    assert_string_equal(cJSON_GetStringValue(item(root, "model_name")), "tiny");
    assert_string_equal(cJSON_GetStringValue(item(root, "model_version")), "3");
    assert_int_equal(cJSON_GetArraySize(item(root, "outputs")), 3);
    for (int r = 0; r < 2; r++) {
        assert_near(cJSON_GetArrayItem(item(output(root, "free_energy"), "data"), r)->valuedouble,
                    cJSON_GetArrayItem(item(f, "free_energy"), r)->valuedouble, 1e-6);
        for (int j = 0; j < 3; j++)
            assert_true(cJSON_GetArrayItem(item(output(root, "features"), "data"), 3 * r + j)->valuedouble ==
                        cJSON_GetArrayItem(cJSON_GetArrayItem(item(x, "features"), r), j)->valuedouble);
        for (int i = 0; i < 4; i++)
            assert_true(cJSON_GetArrayItem(item(output(root, "reconstruction"), "data"), 4 * r + i)->valuedouble ==
                        cJSON_GetArrayItem(cJSON_GetArrayItem(item(b, "reconstruction"), r), i)->valuedouble);
    }
    assert_int_equal(cJSON_GetArrayItem(item(output(root, "features"), "shape"), 1)->valuedouble, 3);
    cJSON_Delete(root);
    cJSON_Delete(f);
    cJSON_Delete(x);
    cJSON_Delete(b);
    api_free(call);
    api_free(energy);
    api_free(features);
    api_free(back);
    fake_host_free(h);
}

/* JSON, then the bytes of the tensors, as tritonclient sends them. */
static struct api_call *binary(struct fake_host *h, const char *json, const void *bytes, size_t n)
{
    char length[24];
    const size_t head = strlen(json);
    char *body = malloc(head + n);
    memcpy(body, json, head);
    if (n)
        memcpy(body + head, bytes, n);
    snprintf(length, sizeof(length), "%zu", head);
    const struct fake_request req = {
        .path = INFER, .type = "application/octet-stream", .inference_header = length, .body = body, .size = head + n};
    struct api_call *call = fake_call(h, &req);
    free(body);
    return call;
}

static void binary_tensors_go_in_and_out(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    const float rows[8] = {1, 0, 1, 1, 0, NAN, 1, 0};
    struct api_call *call =
        binary(h,
               "{\"inputs\":[{\"name\":\"visible\",\"shape\":[2,4],\"datatype\":\"FP32\",\"parameters\":{"
               "\"binary_data_size\":32}}],\"outputs\":[{\"name\":\"features\",\"parameters\":{\"binary_data\":"
               "true}},{\"name\":\"free_energy\"}],\"parameters\":{\"binary_data_output\":false}}",
               rows, sizeof(rows));
    const struct fake_request raw_request = {.path = "/v1/models/tiny/features",
                                             .query = "format=raw",
                                             .type = "application/octet-stream",
                                             .body = rows,
                                             .size = sizeof(rows)};
    struct api_call *raw = fake_call(h, &raw_request);
    (void)state;
    assert_int_equal(call->reply.status, 200);
    assert_string_equal(call->reply.content_type, "application/octet-stream");
    const size_t head = strtoul(fake_header(call, "Inference-Header-Content-Length"), NULL, 10);
    cJSON *root = cJSON_ParseWithLength(call->reply.body, head);
    assert_int_equal(item(item(output(root, "features"), "parameters"), "binary_data_size")->valuedouble, 24);
    assert_null(item(output(root, "features"), "data"));
    assert_non_null(item(output(root, "free_energy"), "data"));
    assert_int_equal(call->reply.size, head + 24);
    assert_memory_equal(call->reply.body + head, raw->reply.body, 24);
    cJSON_Delete(root);
    api_free(call);
    api_free(raw);

    const uint8_t bytes[4] = {1, 0, 1, 1}; /* other datatypes give the same numbers */
    const int64_t wide[4] = {1, 0, 1, 1};
    struct api_call *a = binary(h,
                                "{\"inputs\":[{\"name\":\"visible\",\"shape\":[1,4],\"datatype\":\"UINT8\",\"parameters\":{"
                                "\"binary_data_size\":4}}]}",
                                bytes, 4);
    struct api_call *b = binary(
        h,
        "{\"inputs\":[{\"name\":\"visible\",\"shape\":[1,4],\"datatype\":\"INT64\",\"parameters\":{\"binary_data_size\":32}}]}",
        wide, 32);
    struct api_call *c = fake_post(
        h, INFER,
        "{\"inputs\":[{\"name\":\"visible\",\"shape\":[1,4],\"datatype\":\"BOOL\",\"data\":[[true,false,true,true]]}]}");
    assert_int_equal(a->reply.status, 200);
    assert_int_equal(a->reply.size, b->reply.size);
    assert_memory_equal(a->reply.body, b->reply.body, a->reply.size);
    assert_memory_equal(a->reply.body, c->reply.body, a->reply.size);
    api_free(a);
    api_free(b);
    api_free(c);
    fake_host_free(h);
}

static void a_header_length_of_zero_is_a_raw_request(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    const float row[4] = {1, 0, 1, 1};
    const struct fake_request req = {.path = INFER, .inference_header = "0", .body = row, .size = sizeof(row)};
    struct api_call *call = fake_call(h, &req);
    (void)state;
    assert_int_equal(call->reply.status, 200);
    const size_t head = strtoul(fake_header(call, "Inference-Header-Content-Length"), NULL, 10);
    assert_int_equal(call->reply.size, head + (1 + 3 + 4) * sizeof(float));
    api_free(call);
    fake_host_free(h);
}

static void samples_need_no_inputs_and_take_clamps(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    struct api_call *call = fake_post(h, INFER,
                                      "{\"inputs\":[],\"outputs\":[{\"name\":\"samples\"},{\"name\":\"samples.hidden\"}],"
                                      "\"parameters\":{\"count\":5,\"steps\":9,\"seed\":2,\"priority\":1,\"sequence_id\":7}}");
    struct api_call *v1 =
        fake_post(h, "/v1/models/tiny/sample", "{\"count\":5,\"steps\":9,\"seed\":2,\"layers\":[\"visible\",\"hidden\"]}");
    cJSON *root = cJSON_ParseWithLength(call->reply.body, call->reply.size);
    cJSON *same = cJSON_ParseWithLength(v1->reply.body, v1->reply.size);
    (void)state;
    assert_int_equal(call->reply.status, 200);
    for (int r = 0; r < 5; r++)
        for (int i = 0; i < 3; i++)
            assert_true(cJSON_GetArrayItem(item(output(root, "samples.hidden"), "data"), 3 * r + i)->valuedouble ==
                        cJSON_GetArrayItem(cJSON_GetArrayItem(item(item(same, "samples"), "hidden"), r), i)->valuedouble);
    assert_int_equal(item(item(root, "parameters"), "seed")->valuedouble, 2);
    assert_string_equal(fake_header(call, "X-Boltz-Seed"), "2");
    cJSON_Delete(root);
    cJSON_Delete(same);
    api_free(call);
    api_free(v1);
    call = fake_post(
        h, INFER,
        "{\"inputs\":[{\"name\":\"mask\",\"datatype\":\"FP32\",\"shape\":[1,4],\"data\":[1,0,1,0]},{\"name\":\"visible\","
        "\"datatype\":\"FP32\",\"shape\":[3,4],\"data\":[1,0,0,0,1,0,0,0,1,0,0,0]}],\"outputs\":[{\"name\":\"samples\"}]}");
    root = cJSON_ParseWithLength(call->reply.body, call->reply.size);
    assert_int_equal(cJSON_GetArrayItem(item(output(root, "samples"), "shape"), 0)->valuedouble, 3);
    for (int r = 0; r < 3; r++) {
        assert_true(cJSON_GetArrayItem(item(output(root, "samples"), "data"), 4 * r)->valuedouble == 1);
        assert_true(cJSON_GetArrayItem(item(output(root, "samples"), "data"), 4 * r + 2)->valuedouble == 0);
    }
    cJSON_Delete(root);
    api_free(call);
    fake_host_free(h);
}

#define INPUT(REST) "{\"inputs\":[{\"name\":\"visible\",\"datatype\":\"FP32\"," REST "}]"

static const struct {
    const char *body, *code, *says;
} unfit[] = {
    {"", "empty_body", "expected a JSON object"},
    {"[]", "type_mismatch", "found an array, expected an object"},
    {"{\"inputs\":{}}", "type_mismatch", "inputs: byte 10 of the body: found an object, expected an array"},
    {INPUT("\"shape\":[\"1\",\"4\"],\"data\":[1,0,1,1]") "}", "type_mismatch",
     "inputs[0]: shape[0]: byte 56 of the body: found a string, expected a number"},
    {INPUT("\"shape\":[1,4],\"data\":\"1011\"") "}", "type_mismatch", "inputs[0]: data: byte"},
    {INPUT("\"shape\":[4611686018427387904,4],\"data\":[]") "}", "shape_mismatch", "of 0 to 2^53"},
    {INPUT("\"shape\":[1,4],\"parameters\":{\"binary_data_size\":null}") "}", "bad_request", "found neither"},
    {INPUT("\"shape\":[1,4],\"parameters\":{\"binary_data_size\":true}") "}", "type_mismatch", "found true, expected a number"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"outputs\":[{\"name\":5}]}", "type_mismatch", "outputs[0]: name: byte"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"id\":5}", "type_mismatch", "id: byte"},
    {INPUT("\"shape\":[1,4],\"parameters\":{\"binary_data_size\":16}") "}0000111100001111", "bad_request",
     "request header Inference-Header-Content-Length"},
    {INPUT("\"shape\":[1,4],\"parameters\":{\"binary_data_size\":15}") "}", "shape_mismatch", "make 16 bytes (4 elements)"},
    {"{\"inputs\":[5]}", "type_mismatch", "inputs[0]: byte 11 of the body: found a number, expected an object"},
    {INPUT("\"shape\":4,\"data\":[1,0,1,1]") "}", "type_mismatch", "found a number, expected an array"},
    {"{}", "missing_input", "inputs"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"parameters\":{\"seed\":1},\"parameters\":{\"steps\":2}}", "duplicate",
     "key \\\"parameters\\\" is given twice"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"parameters\":{\"timeout\":1,\"timeout\":2}}", "duplicate",
     "key \\\"timeout\\\" is given twice"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"parameters\":{\"binary_data_output\":true,\"binary_data_output\":false}}",
     "duplicate", "key \\\"binary_data_output\\\" is given twice"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"outputs\":[{\"name\":\"features\",\"name\":\"free_energy\"}]}",
     "duplicate", "key \\\"name\\\" is given twice"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"outputs\":[{\"name\":\"features\",\"parameters\":{\"binary_data\":true,"
                                                 "\"binary_data\":false}}]}",
     "duplicate", "key \\\"binary_data\\\" is given twice"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"outputs\":[{\"name\":\"features\",\"parameters\":{},\"parameters\":{}}]}",
     "duplicate", "key \\\"parameters\\\" is given twice"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"x\":1,\"x\":2}", "duplicate", "key \\\"x\\\" is given twice"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"outputs\":null,\"outputs\":[]}", "duplicate",
     "key \\\"outputs\\\" is given twice"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1],\"parameters\":{},\"parameters\":{}") "}", "duplicate", "given twice"},
    {"{\"inputs\":[]}", "missing_input", "visible"},
    {INPUT("\"shape\":[1,4]") "}", "bad_request", "neither"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1],\"parameters\":{\"binary_data_size\":16}") "}", "bad_request", "both"},
    {INPUT("\"shape\":[1,4],\"parameters\":{\"binary_data_size\":16}") "}", "shape_mismatch", "expected 16 bytes"},
    {INPUT("\"shape\":[1,4],\"parameters\":{\"binary_data_size\":17}") "}", "shape_mismatch", "17"},
    {INPUT("\"shape\":[1,4],\"parameters\":{\"shared_memory_region\":\"x\"}") "}", "unsupported", "shared memory"},
    {INPUT("\"shape\":[1,3],\"data\":[1,0,1]") "}", "shape_mismatch", "expected [-1,4], got [1,3]"},
    {INPUT("\"shape\":[4],\"data\":[1,0,1,1]") "}", "shape_mismatch", "[-1,4]"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1]") "}", "shape_mismatch", "4 elements, its data 3"},
    {INPUT("\"shape\":[-1,4],\"data\":[1,0,1]") "}", "shape_mismatch", "-1"},
    {INPUT("\"shape\":[0,4],\"data\":[]") "}", "shape_mismatch", "got [0,4]"},
    {INPUT("\"shape\":[4294967296,4294967296,4],\"data\":[]") "}", "shape_mismatch", "elements"},
    {INPUT("\"shape\":[16,1152921504606846978],\"data\":[]") "}", "shape_mismatch", "shape"},
    {INPUT("\"shape\":[1,1,1,1,1,1,1,1,4],\"data\":[1,0,1,1]") "}", "shape_mismatch", "8 dimensions"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,NaN]") "}", "bad_value", "NaN"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,\"1\"]") "}", "type_mismatch", "data[3]"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,7]") "}", "bad_value", "[0][3]"},
    {"{\"inputs\":[{\"name\":\"sound\",\"datatype\":\"FP32\",\"shape\":[1,4],\"data\":[1,0,1,1]}]}", "unknown_input", "sound"},
    {"{\"inputs\":[{\"name\":\"visible\",\"datatype\":\"BYTES\",\"shape\":[1,4],\"data\":[1,0,1,1]}]}", "type_mismatch",
     "BYTES"},
    {"{\"inputs\":[{\"name\":\"visible\",\"datatype\":\"INT8\",\"shape\":[1,4],\"data\":[1,0,0.5,1]}]}", "bad_value", "INT8"},
    {"{\"inputs\":[{\"name\":\"visible\",\"datatype\":\"UINT8\",\"shape\":[1,4],\"data\":[1,0,300,1]}]}", "bad_value", "300"},
    {"{\"inputs\":[{\"name\":\"visible\",\"datatype\":\"FP32\",\"shape\":[1,2,2],\"data\":[1,0,1,1]}]}", "shape_mismatch",
     "[1,2,2]"},
    {INPUT("\"shape\":[1,4],\"data\":[null,null,null,null]") ",\"outputs\":[{\"name\":\"samples\"}]}", "bad_value",
     "output 'samples': clamp: it holds no unit"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"outputs\":[{\"name\":\"logits\"}]}", "unknown_input", "logits"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"outputs\":[{\"name\":\"features.top\"}]}", "unknown_input", "top"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"outputs\":[{\"name\":\"features.\"}]}", "unknown_input", "features."},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"outputs\":[{\"name\":\"features\"},{\"name\":\"features\"}]}", "duplicate",
     "features"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"parameters\":{\"stepz\":3}}", "unknown_parameter", "stepz"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"parameters\":{\"triton_x\":3}}", "unknown_parameter", "triton_x"},
    {INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"parameters\":{\"steps\":0}}", "bad_value", "steps"},
    {"{\"inputs\":[{\"name\":\"visible\",\"datatype\":\"FP32\",\"shape\":[1,4],\"data\":[1,0,1,1]},{\"name\":\"visible\","
     "\"datatype\":"
     "\"FP32\",\"shape\":[1,4],\"data\":[1,0,1,1]}]}",
     "duplicate", "visible"},
};

static void requests_that_do_not_fit_are_refused(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    (void)state;
    for (size_t i = 0; i < sizeof(unfit) / sizeof(*unfit); i++) {
        struct api_call *call = fake_post(h, INFER, unfit[i].body);
        char *text = bz_strndup(call->reply.body, call->reply.size, NULL);
        if (call->reply.status != 400 || strcmp(call->code, unfit[i].code) != 0 || !strstr(text, unfit[i].says))
            fail_msg("%s: want %s \"%s\", got %d %s", unfit[i].body, unfit[i].code, unfit[i].says, call->reply.status, text);
        bz_free(text);
        api_free(call);
    }
    static const char *const lengths[] = {"x", "-1", "1e2", "999", "99999999999999999999", ""};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        const struct fake_request req = {.path = INFER, .inference_header = lengths[i], .body = "{\"inputs\":[]}"};
        struct api_call *call = fake_call(h, &req);
        assert_int_equal(call->reply.status, 400);
        api_free(call);
    }
    struct api_call *call =
        binary(h, INPUT("\"shape\":[1,4],\"parameters\":{\"binary_data_size\":16}") "}", "0123456789abcdefg", 17);
    assert_int_equal(call->reply.status, 400);
    assert_non_null(strstr(call->reply.body, "1 bytes left over"));
    api_free(call);
    fake_host_free(h);
}

static void unknown_top_level_keys_are_ignored(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    struct fake_request req = {.path = INFER,
                               .query = "anything=1",
                               .body = INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") ",\"note\":{\"deep\":[1,{\"x\":null}]}}"};
    struct api_call *call = fake_call(h, &req);
    (void)state;
    assert_int_equal(call->reply.status, 200);
    api_free(call);
    fake_host_free(h);
}

/* Every datatype of the protocol gives the same numbers; what FP32 does not hold exactly is refused. */
static void datatypes_are_converted(void **state)
{
    static const uint16_t f2[4] = {0x3c00, 0, 0x3c00, 0x3c00}, b2[4] = {0x3f80, 0, 0x3f80, 0x3f80}, u2[4] = {1, 0, 1, 1};
    static const uint8_t u1[4] = {1, 0, 1, 1};
    static const uint32_t u4[4] = {1, 0, 1, 1};
    static const uint64_t u8[4] = {1, 0, 1, 1}, large[4] = {1, 0, (UINT64_C(1) << 53) + 1, 1};
    static const double f8[4] = {1, 0, 1, 1};
    static const struct {
        const char *type;
        const void *data;
        size_t size;
        int status;
    } rows[] = {
        {"FP16", f2, 8, 200},       {"BF16", b2, 8, 200},      {"FP64", f8, 32, 200},   {"BOOL", u1, 4, 200},
        {"UINT8", u1, 4, 200},      {"INT8", u1, 4, 200},      {"UINT16", u2, 8, 200},  {"INT16", u2, 8, 200},
        {"UINT32", u4, 16, 200},    {"INT32", u4, 16, 200},    {"UINT64", u8, 32, 200}, {"INT64", u8, 32, 200},
        {"UINT64", large, 32, 400}, {"INT64", large, 32, 400}, {"BYTES", u4, 16, 400},
    };
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    struct api_call *want = fake_post(h, INFER, INPUT("\"shape\":[1,4],\"data\":[1,0,1,1]") "}");
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char json[300];
        snprintf(
            json, sizeof(json),
            "{\"inputs\":[{\"name\":\"visible\",\"shape\":[1,4],\"datatype\":\"%s\",\"parameters\":{\"binary_data_size\":%zu,"
            "\"content_type\":\"np\"}}],\"parameters\":{\"content_type\":\"np\"}}",
            rows[i].type, rows[i].size);
        struct api_call *call = binary(h, json, rows[i].data, rows[i].size);
        if (call->reply.status != rows[i].status)
            fail_msg("%s: %d %.*s", rows[i].type, call->reply.status, (int)call->reply.size, call->reply.body);
        if (call->reply.status == 200) {
            assert_int_equal(call->reply.size, want->reply.size);
            assert_memory_equal(call->reply.body, want->reply.body, want->reply.size);
        }
        api_free(call);
    }
    api_free(want);
    fake_host_free(h);
}

/* The same for numbers that come as text. */
static void numbers_as_text_are_what_their_datatype_holds(void **state)
{
    static const struct {
        const char *type, *number, *says;
    } rows[] = {
        {"INT64", "16777217", "found 16777217, which FP32 does not hold exactly"},
        {"UINT64", "18446744073709551616", "which UINT64 does not hold"},
        {"INT32", "-16777217", "found -16777217, which FP32 does not hold exactly"},
        {"UINT32", "4294967295", "found 4294967295, which FP32 does not hold exactly"},
        {"FP16", "65520", "which FP16 does not hold"},
        {"INT8", "128", "which INT8 does not hold"},
        {"INT8", "0.5", "which INT8 does not hold"},
        {"INT64", "9007199254740993", "found 9007199254740993, which FP32 does not hold exactly"}, /* no double does, either */
        {"UINT64", "9007199254740993", "found 9007199254740993, which FP32 does not hold exactly"},
        {"INT64", "-1152921504606846977", "found -1152921504606846977, which FP32 does not hold exactly"},
        {"UINT64", "18446744073709551615", "found 18446744073709551615, which FP32 does not hold exactly"},
        {"INT64", "9223372036854775807", "found 9223372036854775807, which FP32 does not hold exactly"},
        {"INT64", "9223372036854775809", "found 9223372036854775809, which INT64 does not hold"},
        {"UINT64", "-16777217", "found -16777217, which UINT64 does not hold"},
        {"INT64", "1e20", "found 1e20, which INT64 does not hold"},
        {"INT64", "16777217.0", "which FP32 does not hold exactly"},
        {"UINT64", "1e20", "found 1e20, which UINT64 does not hold"},
        {"INT32", "8388608.5", "found 8388608.5, which INT32 does not hold"},
        {"INT64", "1152921504606846976", "expected a number from 0 to 1"},
        {"INT64", "1e10", "expected a number from 0 to 1"},
        {"INT64", "48", "expected a number from 0 to 1 (grey levels divided"},
        {"FP32", "1e39", "beyond the range of FP32"},
        {"FP64", "1", NULL},
        {"FP16", "0.333", NULL},
        {"FP64", "0.1", NULL},
    };
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char json[300];
        snprintf(json, sizeof(json),
                 "{\"inputs\":[{\"name\":\"visible\",\"shape\":[1,4],\"data\":[1,0,%s,1],\"datatype\":\"%s\"}]}",
                 rows[i].number, rows[i].type);
        struct api_call *call = fake_post(h, INFER, json);
        if (call->reply.status != (rows[i].says ? 400 : 200) || (rows[i].says && !strstr(call->reply.body, rows[i].says)))
            fail_msg("%s: %d %.*s", json, call->reply.status, (int)call->reply.size, call->reply.body);
        api_free(call);
    }
    fake_host_free(h);
}

/* The description lists every route that does something, and nothing else. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metadata_and_config_name_the_same_tensors),
        cmocka_unit_test(the_rest_of_the_protocol_answers),
        cmocka_unit_test(outputs_are_those_of_v1),
        cmocka_unit_test(binary_tensors_go_in_and_out),
        cmocka_unit_test(a_header_length_of_zero_is_a_raw_request),
        cmocka_unit_test(samples_need_no_inputs_and_take_clamps),
        cmocka_unit_test(requests_that_do_not_fit_are_refused),
        cmocka_unit_test(unknown_top_level_keys_are_ignored),
        cmocka_unit_test(datatypes_are_converted),
        cmocka_unit_test(numbers_as_text_are_what_their_datatype_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
