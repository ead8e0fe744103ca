/* What /v2 says about classes and about how unusual rows are: the numbers of /v1. And null, which stands for what is left out.
 */
#include "energy_scale.h"
#include "fake_host.h"
#include "mem.h"
#include "oracle_machines.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define INFER "/v2/models/tiny/infer"
#define ROWS  "\"inputs\":[{\"name\":\"visible\",\"datatype\":\"FP32\",\"shape\":[2,5],\"data\":[1,0,1,1,0,0,0,1,0,1]}]"

static const cJSON *item(const cJSON *root, const char *name)
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

/* The probability that /v1 gives for a class of a row. */
static double of_class(const cJSON *v1, int row, int class)
{
    const cJSON *classes = cJSON_GetArrayItem(item(v1, "classes"), row),
                *p = cJSON_GetArrayItem(item(v1, "probabilities"), row);
    for (int i = 0; i < cJSON_GetArraySize(classes); i++)
        if (cJSON_GetArrayItem(classes, i)->valuedouble == class)
            return cJSON_GetArrayItem(p, i)->valuedouble;
    return -1;
}

static void classes_are_those_of_v1(void **state)
{
    (void)state;
    for (int deep = 0; deep < 2; deep++) {
        struct fake_host *h = fake_host_new(oracle_labelled(deep));
        cJSON *v1 = fake_answer(h, "/v1/models/tiny/classify", "{\"inputs\":[[1,0,1,1,0],[0,0,1,0,1]]}");
        cJSON *v2 =
            fake_answer(h, INFER, "{" ROWS ",\"outputs\":[{\"name\":\"classes\"},{\"name\":\"reconstruction.label\"}]}");
        cJSON *all = fake_answer(h, INFER, "{" ROWS "}");
        const cJSON *classes = item(output(v2, "classes"), "data"), *label = item(output(v2, "reconstruction.label"), "data"),
                    *listed = item(output(all, "reconstruction.label"), "data");
        assert_int_equal(cJSON_GetArraySize(classes), 6);
        for (int i = 0; i < 6; i++) {
            assert_true(cJSON_GetArrayItem(classes, i)->valuedouble == of_class(v1, i / 3, i % 3));
            assert_true(cJSON_GetArrayItem(label, i)->valuedouble == of_class(v1, i / 3, i % 3));
            assert_true(cJSON_GetArrayItem(listed, i)->valuedouble == of_class(v1, i / 3, i % 3));
        }
        cJSON_Delete(v1);
        cJSON_Delete(v2);
        cJSON_Delete(all);
        fake_host_free(h);
    }
}

/* As Triton's clients read it: value:index, the largest first. */
static void the_largest_come_as_texts(void **state)
{
    struct fake_host *h = fake_host_new(oracle_labelled(false));
    (void)state;
    cJSON *v1 = fake_answer(h, "/v1/models/tiny/classify", "{\"inputs\":[[1,0,1,1,0],[0,0,1,0,1]],\"top\":2}");
    cJSON *v2 = fake_answer(h, INFER,
                            "{" ROWS ",\"outputs\":[{\"name\":\"classes\",\"parameters\":{\"classification\":2}},"
                            "{\"name\":\"features\",\"parameters\":{\"classification\":99}}]}");
    const cJSON *o = output(v2, "classes");
    assert_string_equal(cJSON_GetStringValue(item(o, "datatype")), "BYTES");
    assert_int_equal(cJSON_GetArraySize(item(o, "data")), 4);
    assert_int_equal(cJSON_GetArraySize(item(output(v2, "features"), "data")), 8); /* 4 units: all there are */
    for (int i = 0; i < 4; i++) {
        float p;
        int class;
        assert_int_equal(sscanf(cJSON_GetStringValue(cJSON_GetArrayItem(item(o, "data"), i)), "%f:%d", &p, &class), 2);
        assert_int_equal(class, cJSON_GetArrayItem(cJSON_GetArrayItem(item(v1, "classes"), i / 2), i % 2)->valueint);
        assert_true(p == (float)of_class(v1, i / 2, class));
    }
    cJSON_Delete(v1);
    cJSON_Delete(v2);
    /* Binary: each preceded by its length. */
    struct api_call *call = fake_post(h, INFER,
                                      "{" ROWS ",\"outputs\":[{\"name\":\"classes\",\"parameters\":{\"classification\":1,"
                                      "\"binary_data\":true}}]}");
    assert_int_equal(call->reply.status, 200);
    const char *header = fake_header(call, "Inference-Header-Content-Length");
    assert_non_null(header);
    size_t at = (size_t)atol(header), n = 0;
    for (; at < call->reply.size; n++) {
        uint32_t length;
        memcpy(&length, call->reply.body + at, sizeof(length));
        assert_non_null(memchr(call->reply.body + at + 4, ':', length));
        at += 4 + length;
    }
    assert_int_equal(at, call->reply.size);
    assert_int_equal(n, 2);
    api_free(call);
    fake_host_free(h);
}

static void strange_rows_are_those_of_v1(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    static const char body[] = "{\"inputs\":[{\"name\":\"visible\",\"datatype\":\"FP32\",\"shape\":[1,4],\"data\":[1,0,1,1]}],"
                               "\"outputs\":[{\"name\":\"percentile\"},{\"name\":\"anomaly\"}]}";
    struct bz_error err;
    (void)state;
    struct api_call *call = fake_post(h, INFER, body);
    assert_int_equal(call->reply.status, 400);
    assert_non_null(strstr(call->reply.body, "calibrate"));
    api_free(call);
    double f[] = {-1e3, 1e3, 0};
    assert_int_equal(bz_energy_scale_make(&h->model.energies, f, 3, 0, "calibration", &err), 0);
    cJSON *v1 = fake_answer(h, "/v1/models/tiny/free-energy", "{\"inputs\":[[1,0,1,1]],\"threshold\":-1e4}");
    cJSON *v2 = fake_answer(h, INFER, body);
    const double p = cJSON_GetArrayItem(item(v1, "percentile"), 0)->valuedouble;
    assert_true(p > 0 && p < 100);
    assert_true(cJSON_IsTrue(cJSON_GetArrayItem(item(v1, "anomaly"), 0)));
    assert_true((float)cJSON_GetArrayItem(item(output(v2, "percentile"), "data"), 0)->valuedouble == (float)p);
    assert_true(cJSON_GetArrayItem(item(output(v2, "anomaly"), "data"), 0)->valuedouble == 0);
    cJSON_Delete(v1);
    cJSON_Delete(v2);
    bz_energy_scale_free(h->model.energies);
    h->model.energies = NULL;
    fake_host_free(h);
}

/* A row's least expected cells are returned as JSON texts, whether asked for by an output of that name or by the parameter. */
static void explanations_are_those_of_v1(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    (void)state;
#define TWO_ROWS "\"inputs\":[{\"name\":\"visible\",\"datatype\":\"FP32\",\"shape\":[2,4],\"data\":[1,0,1,1,0,1,0,0]}]"
    cJSON *v1 = fake_answer(h, "/v1/models/tiny/free-energy", "{\"inputs\":[[1,0,1,1],[0,1,0,0]],\"explain\":true}");
    cJSON *named = fake_answer(h, INFER, "{" TWO_ROWS ",\"outputs\":[{\"name\":\"features\"},{\"name\":\"explain\"}]}");
    cJSON *asked =
        fake_answer(h, INFER, "{" TWO_ROWS ",\"parameters\":{\"explain\":true},\"outputs\":[{\"name\":\"features\"}]}");
    cJSON *plain = fake_answer(h, INFER, "{" TWO_ROWS ",\"outputs\":[{\"name\":\"features\"}]}");
    const cJSON *o = output(named, "explain");
    size_t cells = 0;
    assert_string_equal(cJSON_GetStringValue(item(o, "datatype")), "BYTES");
    assert_int_equal(cJSON_GetArrayItem(item(o, "shape"), 1)->valueint, 5);
    for (int i = 0; i < 10; i++) {
        const cJSON *want = cJSON_GetArrayItem(cJSON_GetArrayItem(item(v1, "explain"), i / 5), i % 5);
        const char *found = cJSON_GetStringValue(cJSON_GetArrayItem(item(o, "data"), i));
        cJSON *got = cJSON_Parse(found);
        assert_true(want ? cJSON_Compare(want, got, true) : *found == 0);
        assert_string_equal(found, cJSON_GetStringValue(cJSON_GetArrayItem(item(output(asked, "explain"), "data"), i)));
        cells += want != NULL;
        cJSON_Delete(got);
    }
    assert_true(cells > 0);
    assert_true(cJSON_Compare(output(named, "features"), output(plain, "features"), true));
    assert_int_equal(cJSON_GetArraySize(item(plain, "outputs")), 1);
    cJSON_Delete(v1);
    cJSON_Delete(named);
    cJSON_Delete(asked);
    cJSON_Delete(plain);
    fake_host_free(h);
}

/* Some clients write null for whatever they leave out, at every level. */
static void null_means_that_a_parameter_is_absent(void **state)
{
    static const char *const requests[][2] = {
        {INFER, "{\"inputs\":[{\"name\":\"visible\",\"datatype\":\"FP32\",\"shape\":[1,4],\"data\":[1,0,1,1],"
                "\"parameters\":{\"binary_data_size\":null,\"shared_memory_region\":null}}],"
                "\"parameters\":{\"timeout\":null,\"binary_data_output\":null,\"priority\":null,\"seed\":null},"
                "\"outputs\":[{\"name\":\"features\",\"parameters\":{\"binary_data\":null,\"classification\":null}}]}"},
        {"/v2/repository/index", "{\"ready\":null}"},
        {"/v2/repository/models/tiny/load", "{\"parameters\":null}"},
        {"/v2/repository/models/tiny/load", "{\"parameters\":{\"config\":null}}"}};
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    (void)state;
    h->control = true;
    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
        struct api_call *call = fake_post(h, requests[i][0], requests[i][1]);
        assert_int_equal(call->reply.status, 200);
        if (i == 0)
            assert_non_null(strstr(call->reply.body, "\"datatype\":\"FP32\",\"shape\":[1,3],\"data\":["));
        api_free(call);
    }
    fake_host_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explanations_are_those_of_v1),
        cmocka_unit_test(classes_are_those_of_v1),
        cmocka_unit_test(the_largest_come_as_texts),
        cmocka_unit_test(strange_rows_are_those_of_v1),
        cmocka_unit_test(null_means_that_a_parameter_is_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
