/* Classes over /v1, from request bytes to reply bytes, against enumeration of tiny machines with a label layer. */
#include "enumerate.h"
#include "fake_host.h"
#include "mem.h"
#include "npy.h"
#include "oracle_machines.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define PATH "/v1/models/tiny/classify"

enum { CLASSES = 3, LABEL = 2 };

static const cJSON *cell(const cJSON *root, const char *name, int row, int i)
{
    const cJSON *item = cJSON_GetArrayItem(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, name), row), i);
    assert_non_null(item);
    return item;
}

static int columns(const cJSON *root, const char *name, int row)
{
    return cJSON_GetArraySize(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, name), row));
}

static const char *word(const cJSON *root, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, name));
}

/* p(class | known units of v) by enumeration. */
static void posterior(const struct bz_machine *m, float *v, uint8_t *known, double *p)
{
    double values[3][8], *mean[3] = {values[0], values[1], values[2]};
    float *held[3] = {v, NULL, NULL};
    uint8_t *mask[3] = {known, NULL, NULL};
    const struct enumeration e = {.m = m, .t = 1, .held = held, .known = mask};
    enum_moments(&e, mean, NULL, NULL);
    memcpy(p, values[LABEL], CLASSES * sizeof(*p));
}

static void probabilities_are_those_of_enumeration(void **state)
{
    struct fake_host *h = fake_host_new(oracle_labelled(false));
    float v[3][5] = {{1, 0, 1, 1, 0}, {0, 0, 0, 0, 1}, {1, 0, 0, 0, 0}};
    uint8_t known[3][5] = {{1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}, {1, 0, 1, 0, 1}};
    struct api_call *call = fake_post(h, PATH, "{\"inputs\":[[1,0,1,1,0],[0,0,0,0,1],[1,null,0,null,0]]}");
    cJSON *root = fake_parse(call);
    (void)state;
    assert_string_equal(word(root, "method"), "exact");
    assert_string_equal(word(root, "model"), "tiny");
    for (int r = 0; r < 3; r++) {
        double want[CLASSES], last = 2;
        posterior(h->model.machine, v[r], known[r], want);
        assert_int_equal(columns(root, "classes", r), CLASSES);
        for (int i = 0; i < CLASSES; i++) {
            const int class = cell(root, "classes", r, i)->valueint;
            const double p = cell(root, "probabilities", r, i)->valuedouble;
            assert_near(p, want[class], 1e-6);
            assert_true(p <= last);
            last = p;
        }
    }
    cJSON_Delete(root);
    api_free(call);
    fake_host_free(h);
}

static void top_says_how_many(void **state)
{
    struct fake_host *h = fake_host_new(oracle_labelled(false));
    static const struct {
        const char *body;
        int columns;
    } cases[] = {{"{\"inputs\":[[1,0,1,1,0]],\"top\":1}", 1},
                 {"{\"inputs\":[[1,0,1,1,0]],\"top\":2}", 2},
                 {"{\"inputs\":[[1,0,1,1,0]],\"top\":50}", CLASSES}};
    (void)state;
    struct api_call *all = fake_post(h, PATH, "{\"inputs\":[[1,0,1,1,0]]}");
    cJSON *whole = fake_parse(all);
    for (size_t i = 0; i < 3; i++) {
        struct api_call *call = fake_post(h, PATH, cases[i].body);
        cJSON *root = fake_parse(call);
        assert_int_equal(columns(root, "classes", 0), cases[i].columns);
        assert_int_equal(columns(root, "probabilities", 0), cases[i].columns);
        for (int k = 0; k < cases[i].columns; k++) {
            assert_int_equal(cell(root, "classes", 0, k)->valueint, cell(whole, "classes", 0, k)->valueint);
            assert_true(cell(root, "probabilities", 0, k)->valuedouble == cell(whole, "probabilities", 0, k)->valuedouble);
        }
        cJSON_Delete(root);
        api_free(call);
    }
    cJSON_Delete(whole);
    api_free(all);
    fake_host_free(h);
}

/* A machine without weights: the biases alone determine the class probabilities, and ties go to the lower index. */
static void classes_have_names_and_ties_an_order(void **state)
{
    struct bz_machine *m = oracle_labelled(false);
    static const char *const names[] = {"ant", "b\"e\"e", "cat"};
    struct bz_error err;
    (void)state;
    for (size_t c = 0; c < m->n_couplings; c++)
        memset(bz_machine_weight(m, c), 0,
               m->layers[m->couplings[c].a].size * m->layers[m->couplings[c].b].size * sizeof(float));
    memset(bz_machine_bias(m, LABEL), 0, CLASSES * sizeof(float));
    bz_machine_bias(m, LABEL)[2] = 1;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    m->layers[LABEL].categories = bz_alloc(CLASSES, sizeof(char *), NULL);
    for (size_t i = 0; i < CLASSES; i++)
        m->layers[LABEL].categories[i] = bz_strdup(names[i], NULL);
    m->layers[LABEL].n_categories = CLASSES;

    struct fake_host *h = fake_host_new(m);
    struct api_call *call = fake_post(h, PATH, "{\"inputs\":[[1,0,1,1,0]]}");
    cJSON *root = fake_parse(call);
    static const int order[] = {2, 0, 1};
    for (int i = 0; i < CLASSES; i++)
        assert_string_equal(cJSON_GetStringValue(cell(root, "classes", 0, i)), names[order[i]]);
    assert_near(cell(root, "probabilities", 0, 0)->valuedouble, exp(1) / (2 + exp(1)), 1e-6);
    cJSON_Delete(root);
    api_free(call);
    fake_host_free(h);
}

static void other_formats_hold_the_indices(void **state)
{
    struct fake_host *h = fake_host_new(oracle_labelled(false));
    static const char body[] = "{\"inputs\":[[1,0,1,1,0],[0,0,0,0,1]]}";
    struct fake_request req = {.method = "POST", .path = PATH, .query = "top=2&format=npy", .body = body};
    struct bz_npy header;
    int64_t index[4];
    float raw[4];
    (void)state;
    struct api_call *json = fake_post(h, PATH, body), *npy = fake_call(h, &req);
    req.query = "top=2&format=raw";
    struct api_call *floats = fake_call(h, &req);
    cJSON *root = fake_parse(json);
    assert_int_equal(npy->reply.status, 200);
    assert_string_equal(fake_header(npy, "X-Boltz-Shape"), "2,2");
    assert_int_equal(bz_npy_parse(&header, npy->reply.body, npy->reply.size, NULL), 0);
    assert_int_equal(header.dtype, BZ_I8);
    assert_int_equal(header.rank, 2);
    assert_true(header.shape[0] == 2 && header.shape[1] == 2);
    memcpy(index, npy->reply.body + header.offset, sizeof(index));
    assert_int_equal(floats->reply.size, sizeof(raw));
    memcpy(raw, floats->reply.body, sizeof(raw));
    for (int i = 0; i < 4; i++) {
        assert_int_equal(index[i], cell(root, "classes", i / 2, i % 2)->valueint);
        assert_true(raw[i] == (float)index[i]);
    }
    cJSON_Delete(root);
    api_free(json);
    api_free(npy);
    api_free(floats);
    fake_host_free(h);
}

/* Alone, or in one tile with others: the same bytes. The machine is deep, so mean-field runs differ in length. */
static void batches_change_nothing(void **state)
{
    struct fake_host *h = fake_host_new(oracle_labelled(true));
    static const char *const bodies[] = {"{\"inputs\":[[1,0,1,1,0]]}", "{\"inputs\":[[0,0,null,0,1],[0,1,1,0,1]]}",
                                         "{\"inputs\":{\"visible\":[[1,1,1,1,1]]},\"top\":1}"};
    struct api_call *together[3];
    (void)state;
    for (size_t i = 0; i < 3; i++)
        together[i] = fake_open(h, &(struct fake_request){.method = "POST", .path = PATH, .body = bodies[i]});
    assert_true(api_compatible(together[0], together[1]) && api_compatible(together[0], together[2]));
    while (together[0]->state == API_RUN || together[1]->state == API_RUN || together[2]->state == API_RUN)
        api_run(together, 3, h->worker);
    for (size_t i = 0; i < 3; i++) {
        struct api_call *alone = fake_post(h, PATH, bodies[i]);
        fake_finish(h, together[i]);
        assert_int_equal(alone->reply.status, 200);
        assert_int_equal(alone->reply.size, together[i]->reply.size);
        assert_memory_equal(alone->reply.body, together[i]->reply.body, alone->reply.size);
        cJSON *root = fake_parse(alone);
        assert_string_equal(word(root, "method"), "variational");
        cJSON_Delete(root);
        api_free(alone);
        api_free(together[i]);
    }
    fake_host_free(h);
}

static void labels_may_not_be_given(void **state)
{
    struct fake_host *h = fake_host_new(oracle_labelled(false));
    (void)state;
    struct api_call *call = fake_post(h, PATH, "{\"inputs\":{\"visible\":[[1,0,1,1,0]],\"label\":[[0,1,0]]}}");
    assert_int_equal(call->reply.status, 400);
    assert_non_null(strstr(call->reply.body, "inputs.label"));
    api_free(call);
    call = fake_post(h, PATH, "{\"inputs\":{\"visible\":[[1,0,1,1,0]],\"label\":[[null,null,null]]}}");
    assert_int_equal(call->reply.status, 200);
    api_free(call);
    call = fake_post(h, PATH, "{\"inputs\":[[1,0,1,1,0]],\"top\":0}");
    assert_int_equal(call->reply.status, 400);
    api_free(call);
    fake_host_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probabilities_are_those_of_enumeration),
        cmocka_unit_test(top_says_how_many),
        cmocka_unit_test(classes_have_names_and_ties_an_order),
        cmocka_unit_test(other_formats_hold_the_indices),
        cmocka_unit_test(batches_change_nothing),
        cmocka_unit_test(labels_may_not_be_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
