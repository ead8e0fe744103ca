/* reconstruct?predict=LAYER over /v1, from request bytes to reply bytes: averages over draws against enumeration, mean-field
 * results against those of the core. */
#include "enumerate.h"
#include "fake_host.h"
#include "infer.h"
#include "mem.h"
#include "oracle_machines.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define PATH "/v1/models/tiny/reconstruct"

enum { CLASSES = 3, LABEL = 2 };

static struct api_call *ask(struct fake_host *h, const char *query, const char *body)
{
    return fake_call(h, &(struct fake_request){.method = "POST", .path = PATH, .query = query, .body = body});
}

static const cJSON *row(const cJSON *root, const char *name, int r)
{
    const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, name), r);
    assert_non_null(item);
    return item;
}

static struct bz_machine *named(void)
{
    static const char *const names[] = {"ant", "b\"e\"e", "cat"};
    struct bz_machine *m = oracle_labelled(false);
    m->layers[LABEL].categories = bz_alloc(CLASSES, sizeof(char *), NULL);
    for (size_t i = 0; i < CLASSES; i++)
        m->layers[LABEL].categories[i] = bz_strdup(names[i], NULL);
    m->layers[LABEL].n_categories = CLASSES;
    return m;
}

/* p(class | row) by enumeration. */
static void posterior(const struct bz_machine *m, float *v, double *p)
{
    uint8_t known[5] = {1, 1, 1, 1, 1};
    double values[3][8], *mean[3] = {values[0], values[1], values[2]};
    float *held[3] = {v, NULL, NULL};
    uint8_t *mask[3] = {known, NULL, NULL};
    const struct enumeration e = {.m = m, .t = 1, .held = held, .known = mask};
    enum_moments(&e, mean, NULL, NULL);
    memcpy(p, values[LABEL], CLASSES * sizeof(*p));
}

static void averages_are_the_posterior(void **state)
{
    (void)state;
    struct fake_host *h = fake_host_new(named());
    float v[5] = {1, 0, 1, 1, 0};
    double p[CLASSES];
    posterior(h->model.machine, v, p);
    struct api_call *call = ask(h, "predict=label&type=state&steps=10000&seed=3", "{\"inputs\":{\"visible\":[[1,0,1,1,0]]}}");
    cJSON *root = fake_parse(call);
    double last = 1;
    for (int i = 0; i < CLASSES; i++) {
        const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(row(root, "names", 0), i));
        const double found = cJSON_GetArrayItem(row(root, "probabilities", 0), i)->valuedouble;
        const size_t class = strcmp(name, "ant") == 0 ? 0 : strcmp(name, "cat") == 0 ? 2 : 1;
        assert_near(found, p[class], 0.015);
        assert_true(found <= last);
        last = found;
    }
    assert_int_equal(cJSON_GetObjectItemCaseSensitive(root, "seed")->valueint, 3);
    cJSON_Delete(root);
    api_free(call);
    fake_host_free(h);
}

static void means_are_those_of_mean_field(void **state)
{
    (void)state;
    struct fake_host *h = fake_host_new(named());
    const struct bz_machine *m = h->model.machine;
    struct bz_state *s;
    struct bz_work *w;
    assert_int_equal(bz_state_new(&s, m, 1, NULL), 0);
    assert_int_equal(bz_work_new(&w, m, NULL), 0);
    assert_int_equal(bz_state_make_known(s, LABEL, NULL), 0); /* zeros: nothing is known */
    memcpy(s->x[0], (float[]){1, 0, 1, 1, 0}, 5 * sizeof(float));
    s->n = 1;
    bz_mean_field(s, 0, 1, false, NULL, w);
    struct api_call *call = ask(h, "predict=label&top=2", "{\"inputs\":[[1,0,1,1,0]]}");
    cJSON *root = fake_parse(call);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "layer")), "label");
    assert_int_equal(cJSON_GetArraySize(row(root, "names", 0)), 2);
    assert_int_equal(cJSON_GetArraySize(row(root, "probabilities", 0)), 2);
    size_t best = 0;
    for (size_t i = 1; i < CLASSES; i++)
        best = s->x[LABEL][i] > s->x[LABEL][best] ? i : best;
    assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(row(root, "names", 0), 0)), m->layers[LABEL].categories[best]);
    assert_true((float)cJSON_GetArrayItem(row(root, "probabilities", 0), 0)->valuedouble == s->x[LABEL][best]);
    assert_null(cJSON_GetObjectItemCaseSensitive(root, "seed"));
    cJSON_Delete(root);
    api_free(call);
    bz_state_free(s);
    bz_work_free(w);
    fake_host_free(h);
}

/* Known units of the layer are not ranked, whatever else is in the batch. */
static void known_units_are_left_out(void **state)
{
    (void)state;
    struct fake_host *h = fake_host_new(oracle_rbm(1, true));
    struct api_call *call = ask(h, "predict=visible&top=3", "{\"inputs\":[[1,null,0,null],[null,null,null,1],[1,0,0,null]]}");
    cJSON *root = fake_parse(call);
    static const int expected[] = {2, 3, 1};
    for (int r = 0; r < 3; r++) {
        assert_int_equal(cJSON_GetArraySize(row(root, "names", r)), expected[r]);
        assert_int_equal(cJSON_GetArraySize(row(root, "probabilities", r)), expected[r]);
    }
    assert_int_equal(cJSON_GetArrayItem(row(root, "names", 2), 0)->valueint, 3);
    cJSON_Delete(root);
    api_free(call);
    fake_host_free(h);
}

/* Words of which none is known: as many as an average row of training had, not one, since hidden biases are multiplied by them.
 */
static void unknown_words_are_as_many_as_usual(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_beside_counts();
    m->layers[1].usual_counts = 5;
    struct fake_host *h = fake_host_new(m), *unaware = fake_host_new(oracle_beside_counts());
    static const char *const queries[] = {"predict=words", "predict=words&type=state&seed=3", "steps=2"};
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        struct api_call *usual = ask(h, queries[i], "{\"inputs\":{\"dots\":[[1,0,1]]}}");
        struct api_call *five = ask(unaware, queries[i], "{\"inputs\":{\"dots\":[[1,0,1]]},\"counts\":{\"words\":5}}");
        struct api_call *one = ask(unaware, queries[i], "{\"inputs\":{\"dots\":[[1,0,1]]}}");
        assert_int_equal(usual->reply.status, 200);
        assert_int_equal(usual->reply.size, five->reply.size);
        assert_memory_equal(usual->reply.body, five->reply.body, five->reply.size);
        assert_true(one->reply.size != five->reply.size || memcmp(one->reply.body, five->reply.body, five->reply.size));
        api_free(usual);
        api_free(five);
        api_free(one);
    }
    fake_host_free(h);
    fake_host_free(unaware);
}

static void what_cannot_be_predicted_is_refused_by_name(void **state)
{
    (void)state;
    struct fake_host *h = fake_host_new(oracle_gaussian(false));
    struct fake_host *bits = fake_host_new(oracle_rbm(1, true)), *words = fake_host_new(oracle_counts(false));
    const struct {
        struct fake_host *h;
        const char *query, *body;
        int status;
        const char *say;
    } cases[] = {
        {bits, "predict=visible", "{\"inputs\":[[1,0,0,1]]}", 400, "wholly known"},
        {bits, "predict=hidden", "{\"inputs\":[[1,null,0,1]]}", 400, "visible layer"},
        {bits, "predict=tags", "{\"inputs\":[[1,null,0,1]]}", 400, "tags"},
        {bits, "top=2", "{\"inputs\":[[1,null,0,1]]}", 400, "predict"},
        {bits, "predict=visible&format=npy", "{\"inputs\":[[1,null,0,1]]}", 406, "json"},
        {h, "predict=visible", "{\"inputs\":[[1,null,0,1]]}", 400, "gaussian"},
        /* every unknown word would have probability 0 */
        {words, "predict=visible", "{\"inputs\":[[2,null,0]]}", 400, "say more in counts.visible"},
        {words, "predict=visible", "{\"inputs\":[[2,null,0]],\"counts\":{\"visible\":2}}", 400, "add up to 2"},
        {words, "predict=visible", "{\"inputs\":[[2,null,0]],\"counts\":{\"visible\":4}}", 200, "\"probabilities\":[[0.5]]"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct api_call *call = ask(cases[i].h, cases[i].query, cases[i].body);
        assert_int_equal(call->reply.status, cases[i].status);
        if (!memmem(call->reply.body, call->reply.size, cases[i].say, strlen(cases[i].say)))
            fail_msg("%s: %.*s", cases[i].say, (int)call->reply.size, call->reply.body);
        api_free(call);
    }
    fake_host_free(h);
    fake_host_free(bits);
    fake_host_free(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(averages_are_the_posterior),
        cmocka_unit_test(means_are_those_of_mean_field),
        cmocka_unit_test(known_units_are_left_out),
        cmocka_unit_test(unknown_words_are_as_many_as_usual),
        cmocka_unit_test(what_cannot_be_predicted_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
