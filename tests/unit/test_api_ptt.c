/* sampler=ptt: chains switch modes; the results are the same whole, in pieces and as a stream; what it cannot be combined with
 * is refused. */
#include "fake_host.h"
#include "ladder.h"
#include "mem.h"
#include "oracle_machines.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "/v1/models/tiny/sample"
enum { N = 12 };

/* A host that serves m with a ladder that scales all its parameters in n steps. */
static struct fake_host *host_with_ladder(struct bz_machine *m, size_t n)
{
    struct fake_host *h = fake_host_new(m);
    struct bz_error err = {0};
    struct bz_ladder *l = NULL;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_int_equal(bz_ladder_new(&l, m, n, &err), 0);
    for (; l->n < n; l->n++) {
        for (size_t i = 0; i < l->rung[l->n]->block_size; i++)
            l->rung[l->n]->block[i] = m->block[i] * (float)l->n / (float)n;
        for (size_t i = 0; i < m->n_layers; i++) /* not scaled: 0 would not be a wide distribution of real values */
            if (m->layers[i].log_sigma)
                memcpy(bz_machine_log_sigma(l->rung[l->n], i), m->layers[i].log_sigma, m->layers[i].size * sizeof(float));
        assert_int_equal(bz_machine_prepare(l->rung[l->n], &err), 0);
    }
    l->checksum = 77;
    h->served.ladder = l;
    return h;
}

static void end(struct fake_host *h)
{
    bz_ladder_free((struct bz_ladder *)h->served.ladder);
    fake_host_free(h);
}

static const cJSON *of(const cJSON *root, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(root, key);
}

/* Share of the samples whose first unit is on. */
static double share(const cJSON *root)
{
    const cJSON *row;
    double on = 0, n = 0;
    cJSON_ArrayForEach(row, of(root, "samples"))
    {
        on += cJSON_GetArrayItem(row, 0)->valuedouble;
        n++;
    }
    return on / n;
}

static void chains_change_modes_where_plain_ones_stay(void **state)
{
    struct fake_host *h = host_with_ladder(oracle_two_modes(), 12);
    const cJSON *rate;
    (void)state;
    cJSON *plain = fake_answer(h, PATH, "{\"count\":200,\"steps\":300,\"seed\":2}");
    assert_null(of(plain, "ladder"));
    assert_true(share(plain) < 0.1); /* independent draws from the biases start with all units off */
    cJSON *root = fake_answer(h, PATH, "{\"count\":200,\"steps\":300,\"seed\":2,\"sampler\":\"ptt\"}");
    assert_in_range((int)(1000 * share(root)), 390, 610); /* 1/2 within three standard deviations */
    assert_int_equal(of(of(root, "ladder"), "checkpoints")->valueint, 12);
    assert_int_equal(cJSON_GetArraySize(of(of(root, "ladder"), "exchange")), 12);
    cJSON_ArrayForEach(rate, of(of(root, "ladder"), "exchange")) assert_true(rate->valuedouble > 0.1 && rate->valuedouble <= 1);
    assert_true(of(of(root, "ladder"), "not_renewed")->valuedouble < 0.01);
    cJSON_Delete(plain);
    cJSON_Delete(root);
    end(h);
}

static void check_pieces(struct bz_machine *m)
{
    struct fake_host *h = host_with_ladder(m, 3);
    static const char first[] = "{\"sampler\":\"ptt\",\"count\":70,\"seed\":3,\"steps\":";
    char *body = bz_alloc(2000000, 1, NULL);
    snprintf(body, 1000, "%s25}", first);
    struct api_call *whole = fake_post(h, PATH, body);
    assert_int_equal(whole->reply.status, 200);
    for (int steps = 0; steps < 25; steps += 11) {
        snprintf(body, 1000, "%s%d}", first, steps);
        cJSON *root = fake_answer(h, PATH, body);
        snprintf(body, 2000000, "{\"continue\":\"%s\",\"steps\":%d}", of(root, "continue")->valuestring, 25 - steps);
        struct api_call *rest = fake_post(h, PATH, body);
        if (rest->reply.status != 200)
            fail_msg("%.*s", (int)rest->reply.size, rest->reply.body);
        assert_int_equal(whole->reply.size, rest->reply.size);
        assert_memory_equal(whole->reply.body, rest->reply.body, whole->reply.size);
        cJSON_Delete(root);
        api_free(rest);
    }
    bz_free(body);
    api_free(whole);
    end(h);
}

static void going_on_gives_the_bytes_of_one_run(void **state)
{
    (void)state;
    check_pieces(oracle_two_modes());
    check_pieces(oracle_dbm(false));
    check_pieces(oracle_gaussian(false));
    check_pieces(oracle_softmax());
}

/* A weight that never takes effect makes the integers of plain chains coarse: continued chains must use them too. */
static void plain_chains_go_on_by_the_sums_that_they_began_with(void **state)
{
    struct bz_machine *m = oracle_rbm(1, false);
    struct bz_error err = {0};
    char body[70000];
    (void)state;
    bz_machine_bias(m, 0)[0] = -3e9f;
    for (size_t j = 0; j < m->layers[1].size; j++)
        bz_machine_weight(m, 0)[j] = 3e8f;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    struct fake_host *h = fake_host_new(m);
    struct api_call *whole = fake_post(h, PATH, "{\"count\":200,\"seed\":3,\"steps\":40}");
    cJSON *root = fake_answer(h, PATH, "{\"count\":200,\"seed\":3,\"steps\":20}");
    snprintf(body, sizeof(body), "{\"continue\":\"%s\",\"steps\":20}", of(root, "continue")->valuestring);
    struct api_call *rest = fake_post(h, PATH, body);
    assert_int_equal(whole->reply.size, rest->reply.size);
    assert_memory_equal(whole->reply.body, rest->reply.body, whole->reply.size);
    cJSON_Delete(root);
    api_free(whole);
    api_free(rest);
    fake_host_free(h);
}

static char *stream(struct fake_host *h, const char *query)
{
    const struct fake_request req = {.path = PATH, .query = query};
    struct api_call *call = fake_call(h, &req);
    assert_int_equal(call->reply.status, 200);
    char *text = bz_strndup(call->reply.body, call->reply.size, NULL);
    api_free(call);
    return text;
}

static void a_stream_shows_the_same_chains_on_their_way(void **state)
{
    struct fake_host *h = host_with_ladder(oracle_two_modes(), 3);
    (void)state;
    char *text = stream(h, "format=ndjson&sampler=ptt&count=5&seed=3&steps=20&every=10");
    char *second = strchr(text, '\n') + 1, *third = strchr(second, '\n') + 1;
    cJSON *frames[3] = {cJSON_ParseWithOpts(text, NULL, 0), cJSON_ParseWithOpts(second, NULL, 0),
                        cJSON_ParseWithOpts(third, NULL, 0)};
    cJSON *ten = fake_answer(h, PATH, "{\"sampler\":\"ptt\",\"count\":5,\"seed\":3,\"steps\":10}");
    cJSON *twenty = fake_answer(h, PATH, "{\"sampler\":\"ptt\",\"count\":5,\"seed\":3,\"steps\":20}");
    assert_true(cJSON_Compare(of(frames[0], "samples"), of(ten, "samples"), 1));
    assert_true(cJSON_Compare(of(frames[1], "samples"), of(twenty, "samples"), 1));
    assert_string_equal(of(frames[2], "continue")->valuestring, of(twenty, "continue")->valuestring);
    assert_true(cJSON_Compare(of(frames[2], "ladder"), of(twenty, "ladder"), 1));
    for (size_t i = 0; i < 3; i++)
        cJSON_Delete(frames[i]);
    cJSON_Delete(ten);
    cJSON_Delete(twenty);
    bz_free(text);
    end(h);
}

static void refuse(struct fake_host *h, const char *body, const char *code, const char *says)
{
    struct api_call *call = fake_post(h, PATH, body);
    char *text = bz_strndup(call->reply.body, call->reply.size, NULL);
    assert_int_not_equal(call->reply.status, 200);
    if (strcmp(call->code, code) != 0 || !strstr(text, says))
        fail_msg("%s\n%s", body, text);
    bz_free(text);
    api_free(call);
}

static void what_does_not_go_together_is_refused_by_name(void **state)
{
    struct fake_host *h = host_with_ladder(oracle_two_modes(), 3), *bare = fake_host_new(oracle_two_modes());
    char body[70000];
    (void)state;
    refuse(bare, "{\"sampler\":\"ptt\"}", "unsupported", "boltz train --algorithm ptt");
    bare->served.no_ladder = "tiny/3/ladder.safetensors: it belongs to other weights than this model's";
    refuse(bare, "{\"sampler\":\"ptt\"}", "unsupported", "belongs to other weights");
    refuse(h, "{\"sampler\":\"tempering\"}", "bad_value", "gibbs or ptt");
    refuse(h, "{\"sampler\":\"ptt\",\"temperature\":2}", "bad_value", "'temperature'");
    refuse(h, "{\"sampler\":\"ptt\",\"init\":[[0,0,0,0,0,0,0,0,0,0,0,0]]}", "bad_value", "'init'");
    refuse(h, "{\"sampler\":\"ptt\",\"clamp\":{\"v\":{\"values\":[0,0,0,0,0,0,0,0,0,0,0,0]}}}", "bad_value", "'clamp'");

    cJSON *root = fake_answer(h, PATH, "{\"sampler\":\"ptt\",\"count\":2,\"seed\":3,\"steps\":5}");
    const char *token = of(root, "continue")->valuestring;
    snprintf(body, sizeof(body), "{\"continue\":\"%s\",\"sampler\":\"gibbs\"}", token);
    refuse(h, body, "bad_value", "token is of ptt");
    snprintf(body, sizeof(body), "{\"continue\":\"%.*s\"}", (int)strlen(token) - 8, token);
    refuse(h, body, "bad_continue", "");
    snprintf(body, sizeof(body), "{\"continue\":\"%s\"}", token);
    refuse(bare, body, "unsupported", "no ladder");
    ((struct bz_ladder *)h->served.ladder)->checksum = 78;
    refuse(h, body, "continue_other_model", "another ladder");
    cJSON_Delete(root);
    fake_host_free(bare);
    end(h);
}

static void counts_have_no_ladder(void **state)
{
    struct fake_host *h = host_with_ladder(oracle_counts(false), 2);
    (void)state;
    refuse(h, "{\"sampler\":\"ptt\"}", "unsupported", "counts");
    end(h);
}

static void the_model_says_what_it_can_do(void **state)
{
    struct fake_host *h = host_with_ladder(oracle_two_modes(), 3), *bare = fake_host_new(oracle_two_modes());
    (void)state;
    cJSON *rich = fake_get(h, "/v1/models/tiny"), *poor = fake_get(bare, "/v1/models/tiny");
    assert_int_equal(cJSON_GetArraySize(of(rich, "samplers")), 2);
    assert_int_equal(of(of(rich, "ladder"), "checkpoints")->valueint, 3);
    assert_true(of(of(rich, "ladder"), "memory_bytes")->valuedouble >= 3 * 4 * (12 + 2 + 24));
    assert_int_equal(cJSON_GetArraySize(of(poor, "samplers")), 1);
    assert_true(cJSON_IsNull(of(poor, "ladder")));
    cJSON_Delete(rich);
    cJSON_Delete(poor);
    fake_host_free(bare);
    end(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_change_modes_where_plain_ones_stay),
        cmocka_unit_test(going_on_gives_the_bytes_of_one_run),
        cmocka_unit_test(plain_chains_go_on_by_the_sums_that_they_began_with),
        cmocka_unit_test(a_stream_shows_the_same_chains_on_their_way),
        cmocka_unit_test(what_does_not_go_together_is_refused_by_name),
        cmocka_unit_test(counts_have_no_ladder),
        cmocka_unit_test(the_model_says_what_it_can_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
