/* The five operations, from request bytes to reply bytes, against enumeration of tiny machines. */
#include "enumerate.h"
#include "fake_host.h"
#include "mem.h"
#include "npy.h"
#include "oracle_machines.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define PATH "/v1/models/tiny/"

static double number(const cJSON *root, const char *name, int i)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, name);
    assert_true(cJSON_IsArray(item));
    assert_true(cJSON_GetArraySize(item) > i);
    return cJSON_GetArrayItem(item, i)->valuedouble;
}

static double cell(const cJSON *root, const char *name, int row, int i)
{
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(root, name);
    return cJSON_GetArrayItem(cJSON_GetArrayItem(rows, row), i)->valuedouble;
}

static const char *word(const cJSON *root, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, name));
}

/* What enumeration says about one visible row of a two-layer machine; known NULL = all. */
static double true_free_energy(const struct bz_machine *m, float *v, uint8_t *known)
{
    float *held[2] = {v, NULL};
    uint8_t *mask[2] = {known, NULL};
    const struct enumeration e = {.m = m, .t = 1, .held = held, .known = mask};
    return -enum_log_sum(&e);
}

static void free_energies_are_those_of_enumeration(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, true));
    float v[3][4] = {{1, 0, 1, 1}, {0, 0, 0, 0}, {0.25f, 1, 0, 0.5f}};
    struct api_call *call = fake_post(h, PATH "free-energy", "{\"inputs\":[[1,0,1,1],[0,0,0,0],[0.25,1,0,0.5]]}");
    cJSON *root = fake_parse(call);
    (void)state;
    for (int r = 0; r < 2; r++) /* the free energy is defined for grey values; for binary ones it is a sum over states */
        assert_near(number(root, "free_energy", r), true_free_energy(h->model.machine, v[r], NULL), 1e-6);
    assert_string_equal(word(root, "method"), "exact");
    assert_string_equal(word(root, "model"), "tiny");
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(root, "log_prob")));
    assert_string_equal(fake_header(call, "X-Boltz-Model"), "tiny");
    assert_string_equal(fake_header(call, "X-Boltz-Version"), "3");
    cJSON_Delete(root);
    api_free(call);
    fake_host_free(h);
}

static void missing_values_are_summed_out(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, true));
    float v[4] = {1, 0, 1, 0};
    uint8_t known[4] = {1, 0, 1, 0};
    static const char *const bodies[] = {"{\"inputs\":[[1,null,1,null]]}", "{\"inputs\":[[1,1,1,1]],\"mask\":[1,0,1,0]}",
                                         "{\"mask\":[[true,false,true,false]],\"inputs\":[[1,0,1,0]]}",
                                         "{\"inputs\":{\"visible\":[[1,null,1,0]]},\"mask\":{\"visible\":[1,0,1,0]}}"};
    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        struct api_call *call = fake_post(h, PATH "free-energy", bodies[i]);
        cJSON *root = fake_parse(call);
        assert_near(number(root, "free_energy", 0), true_free_energy(h->model.machine, v, known), 1e-6);
        assert_string_equal(word(root, "method"), "exact");
        cJSON_Delete(root);
        api_free(call);
    }
    fake_host_free(h);
}

static void log_prob_is_minus_free_energy_minus_log_z(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    const struct enumeration e = {.m = h->model.machine, .t = 1};
    struct bz_log_z z = {.method = "ais", .stderr_ = 0.25, .counts = -1};
    float v[4] = {1, 0, 1, 1};
    (void)state;
    assert_int_equal(bz_machine_prepare(h->model.machine, NULL), 0);
    z.value = enum_log_sum(&e);
    h->model.log_z = &z;
    h->model.n_log_z = 1;
    struct api_call *call = fake_post(h, PATH "free-energy", "{\"inputs\":[[1,0,1,1]]}");
    cJSON *root = fake_parse(call);
    assert_near(number(root, "log_prob", 0), -true_free_energy(h->model.machine, v, NULL) - z.value, 1e-6);
    assert_true(cJSON_GetObjectItemCaseSensitive(root, "log_prob_stderr")->valuedouble == 0.25);
    assert_string_equal(word(root, "log_prob_kind"), "estimate");
    cJSON_Delete(root);
    api_free(call);

    double sum = 0; /* joint log probabilities of all 2^7 states add up to one */
    for (unsigned s = 0; s < 128; s++) {
        char body[200];
        snprintf(body, sizeof(body), "{\"states\":{\"visible\":[[%u,%u,%u,%u]],\"hidden\":[[%u,%u,%u]]}}", s & 1, s >> 1 & 1,
                 s >> 2 & 1, s >> 3 & 1, s >> 4 & 1, s >> 5 & 1, s >> 6 & 1);
        call = fake_post(h, PATH "energy", body);
        root = fake_parse(call);
        assert_true(s || strstr(call->reply.body, "\"energy\":[0]")); /* all zeros: not -0 */
        sum += exp(number(root, "log_prob", 0));
        cJSON_Delete(root);
        api_free(call);
    }
    assert_near(sum, 1, 1e-6);
    fake_host_free(h);
}

/* log Z for two words is 10, for three 100: log_prob uses the one for the D with which the free energy was computed. */
static void log_prob_takes_log_z_of_the_counts_in_use(void **state)
{
    struct fake_host *h = fake_host_new(oracle_counts(false));
    struct bz_log_z z[] = {{.method = "exact", .value = 10, .counts = 2}, {.method = "exact", .value = 100, .counts = 3}};
    static const struct {
        const char *body;
        double log_z;
    } cases[] = {
        {"{\"inputs\":[[2,1,0]]}", 100},
        {"{\"inputs\":[[2,null,0]]}", 10},
        {"{\"inputs\":[[2,null,0]],\"counts\":{\"visible\":3}}", 100},
        {"{\"inputs\":[[2,1,0]],\"mask\":[1,0,1]}", 10},
        {"{\"inputs\":[[2,1,5]],\"mask\":[1,1,0],\"counts\":{\"visible\":3}}", 100},
        {"{\"inputs\":[[2,0,0]],\"counts\":{\"visible\":3}}", 10}, /* everything is known */
    };
    (void)state;
    h->model.log_z = z;
    h->model.n_log_z = 2;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct api_call *call = fake_post(h, PATH "free-energy", cases[i].body);
        cJSON *root = fake_parse(call);
        assert_near(number(root, "log_prob", 0), -number(root, "free_energy", 0) - cases[i].log_z, 1e-12);
        cJSON_Delete(root);
        api_free(call);
    }
    fake_host_free(h);
}

static void features_are_posterior_means(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, true));
    float v[4] = {1, 0, 1, 1}, *held[2] = {v, NULL};
    uint8_t *known[2] = {NULL, NULL};
    double mv[4], mh[3], *mean[2] = {mv, mh};
    const struct enumeration e = {.m = h->model.machine, .t = 1, .held = held, .known = known};
    struct api_call *call = fake_post(h, PATH "features", "{\"inputs\":[[0,0,0,0],[1,0,1,1]]}");
    cJSON *root = fake_parse(call);
    (void)state;
    enum_moments(&e, mean, NULL, NULL);
    for (int j = 0; j < 3; j++)
        assert_near(cell(root, "features", 1, j), mh[j], 1e-6);
    assert_string_equal(word(root, "layer"), "hidden");
    cJSON_Delete(root);
    api_free(call);
    fake_host_free(h);
}

static void reconstructions_keep_known_units(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    struct api_call *call = fake_post(h, PATH "reconstruct?", "{}");
    (void)state;
    assert_int_equal(call->reply.status, 404); /* a '?' belongs to the transport, not to the path */
    api_free(call);
    call = fake_post(h, PATH "reconstruct", "{\"inputs\":[[1,null,0.5,null],[1,0,1,0]],\"steps\":3}");
    cJSON *root = fake_parse(call);
    assert_true(cell(root, "reconstruction", 0, 0) == 1);
    assert_true(cell(root, "reconstruction", 0, 2) == 0.5);
    assert_true(cell(root, "reconstruction", 0, 1) > 0 && cell(root, "reconstruction", 0, 1) < 1);
    assert_true(cell(root, "reconstruction", 1, 0) != 1); /* fully known rows run freely */
    assert_true(number(root, "error", 0) > 0);
    cJSON_Delete(root);
    api_free(call);
    fake_host_free(h);
}

/* p(v = i) of T1 for all sixteen v, by enumeration. */
static void samples_keep_clamps_and_say_how_to_go_on(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    struct api_call *call = fake_post(h, PATH "sample",
                                      "{\"count\":50,\"steps\":20,\"seed\":9,\"clamp\":{\"visible\":{\"values\":[1,0,0,0],"
                                      "\"mask\":[1,0,0,1]}}}");
    cJSON *root = fake_parse(call);
    size_t moving = 0;
    (void)state;
    for (int r = 0; r < 50; r++) {
        assert_true(cell(root, "samples", r, 0) == 1 && cell(root, "samples", r, 3) == 0);
        moving += cell(root, "samples", r, 1) == 1;
    }
    assert_in_range(moving, 5, 45);
    assert_int_equal(cJSON_GetObjectItemCaseSensitive(root, "seed")->valuedouble, 9);
    assert_int_equal(cJSON_GetObjectItemCaseSensitive(root, "steps")->valuedouble, 20);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(root, "energy")), 50);
    assert_non_null(word(root, "continue"));
    assert_string_equal(fake_header(call, "X-Boltz-Seed"), "9");
    cJSON_Delete(root);
    api_free(call);
    fake_host_free(h);
}

static void drawn_seed_repeats_the_reply(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    struct api_call *drawn = fake_post(h, PATH "sample", "{\"count\":40}");
    cJSON *root = fake_parse(drawn);
    char body[100];
    (void)state;
    snprintf(body, sizeof(body), "{\"count\":40,\"seed\":%.0f}", cJSON_GetObjectItemCaseSensitive(root, "seed")->valuedouble);
    struct api_call *again = fake_post(h, PATH "sample", body);
    assert_int_equal(drawn->reply.size, again->reply.size);
    assert_memory_equal(drawn->reply.body, again->reply.body, drawn->reply.size);
    cJSON_Delete(root);
    api_free(drawn);
    api_free(again);
    fake_host_free(h);
}

static void going_on_gives_the_bytes_of_one_run(void **state)
{
    struct bz_machine *(*const machines[])(void) = {oracle_mixed, oracle_softmax, NULL};
    static const char *const settings[] = {
        "\"clamp\":{\"dots\":{\"values\":[1,0,1],\"mask\":[0,1,0]}},\"counts\":{\"words\":5},\"temperature\":1.5,", ""};
    (void)state;
    for (size_t i = 0; machines[i]; i++) {
        struct fake_host *h = fake_host_new(machines[i]());
        char body[70000];
        snprintf(body, sizeof(body), "{%s\"count\":70,\"seed\":3,\"steps\":25}", settings[i]);
        struct api_call *whole = fake_post(h, PATH "sample", body);
        snprintf(body, sizeof(body), "{%s\"count\":70,\"seed\":3,\"steps\":11}", settings[i]);
        struct api_call *first = fake_post(h, PATH "sample", body);
        cJSON *root = fake_parse(first);
        snprintf(body, sizeof(body), "{\"continue\":\"%s\",\"steps\":14}", word(root, "continue"));
        struct api_call *rest = fake_post(h, PATH "sample", body);
        if (rest->reply.status != 200)
            fail_msg("%.*s", (int)rest->reply.size, rest->reply.body);
        assert_int_equal(whole->reply.size, rest->reply.size);
        assert_memory_equal(whole->reply.body, rest->reply.body, whole->reply.size);
        cJSON_Delete(root);
        api_free(whole);
        api_free(first);
        api_free(rest);
        fake_host_free(h);
    }
}

/* The top layer of a deep machine is part of a chain's state. */
static void chains_may_start_from_hidden_states_too(void **state)
{
    struct bz_machine *m = oracle_dbm(true);
    struct fake_host *h = fake_host_new(m);
    char body[1024], ones[64] = "";
    (void)state;
    for (size_t i = 0; i < m->layers[2].size; i++)
        strcat(ones, i ? ",1" : "1");
    snprintf(body, sizeof(body), "{\"init\":{\"%s\":[[%s]]},\"steps\":0,\"seed\":4,\"count\":3,\"layers\":[\"%s\"]}",
             m->layers[2].name, ones, m->layers[2].name);
    struct api_call *call = fake_post(h, PATH "sample", body);
    cJSON *root = fake_parse(call);
    const cJSON *rows = cJSON_GetObjectItem(cJSON_GetObjectItem(root, "samples"), m->layers[2].name), *row;
    assert_int_equal(cJSON_GetArraySize(rows), 3);
    cJSON_ArrayForEach(row, rows)
    {
        const cJSON *unit;
        cJSON_ArrayForEach(unit, row) assert_true(unit->valuedouble == 1);
    }
    cJSON_Delete(root);
    api_free(call);
    fake_host_free(h);
}

static void chain_i_is_the_same_for_every_count(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, true));
    struct fake_request req = {.path = PATH "sample", .query = "seed=77&steps=30&count=1&format=raw"};
    struct api_call *one = fake_call(h, &req);
    (void)state;
    static const char *const counts[] = {"seed=77&steps=30&count=7&format=raw", "seed=77&steps=30&count=300&format=raw"};
    for (size_t i = 0; i < 2; i++) {
        req.query = counts[i];
        struct api_call *many = fake_call(h, &req);
        assert_int_equal(many->reply.status, 200);
        assert_memory_equal(one->reply.body, many->reply.body, one->reply.size);
        api_free(many);
    }
    assert_string_equal(fake_header(one, "X-Boltz-Shape"), "1,4");
    api_free(one);
    fake_host_free(h);
}

/* Several calls in one run give each the bytes it gets alone. */
static void batches_change_nothing(void **state)
{
    struct fake_host *h = fake_host_new(oracle_mixed());
    static const char *const ops[] = {PATH "features", PATH "free-energy", PATH "reconstruct"};
    static const char *const extra[] = {"\"type\":\"state\",\"seed\":4,", "", "\"type\":\"state\",\"seed\":8,\"steps\":2,"};
    (void)state;
    for (size_t o = 0; o < 3; o++) {
        struct api_call *batch[9], *alone[9];
        for (unsigned i = 0; i < 9; i++) {
            char body[4000];
            size_t at = (size_t)snprintf(body, sizeof(body), "{%s\"inputs\":{\"dots\":[", extra[o]);
            for (unsigned r = 0; r < 1 + 13 * i; r++)
                at += (size_t)snprintf(body + at, sizeof(body) - at, "%s[%u,%u,%s]", r ? "," : "", (i + r) % 2, r % 3 == 1,
                                       r % 5 == 4 ? "null" : "1");
            snprintf(body + at, sizeof(body) - at, "]}}");
            const struct fake_request req = {.path = ops[o], .body = body};
            batch[i] = fake_open(h, &req);
            alone[i] = fake_call(h, &req);
            assert_int_equal(alone[i]->reply.status, 200);
            assert_true(i == 0 || api_compatible(batch[0], batch[i]));
        }
        for (bool more = true; more;) {
            struct api_call *todo[9];
            size_t n = 0;
            for (size_t i = 0; i < 9; i++)
                if (batch[i]->state == API_RUN)
                    todo[n++] = batch[i];
            if (n)
                api_run(todo, n, h->worker);
            more = n > 0;
        }
        for (size_t i = 0; i < 9; i++) {
            api_encode(batch[i]);
            assert_int_equal(batch[i]->reply.size, alone[i]->reply.size);
            assert_memory_equal(batch[i]->reply.body, alone[i]->reply.body, alone[i]->reply.size);
            api_free(batch[i]);
            api_free(alone[i]);
        }
    }
    fake_host_free(h);
}

static void several_visible_layers_go_by_name(void **state)
{
    struct fake_host *h = fake_host_new(oracle_mixed());
    struct api_call *call =
        fake_post(h, PATH "reconstruct", "{\"inputs\":{\"dots\":[[1,0,1]],\"words\":[[2,0,1]],\"kind\":[[1,0,0,1]]}}");
    cJSON *root = fake_parse(call);
    (void)state;
    const cJSON *by_layer = cJSON_GetObjectItemCaseSensitive(root, "reconstruction");
    assert_int_equal(cJSON_GetArraySize(by_layer), 5);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(by_layer, "real"), 0)), 2);
    double words = 0; /* means of counts add up to the number of words */
    for (int i = 0; i < 3; i++)
        words += cell(by_layer, "words", 0, i);
    assert_near(words, 3, 1e-5);
    cJSON_Delete(root);
    api_free(call);

    call = fake_post(h, PATH "sample", "{\"layers\":[\"dots\",\"class\"],\"count\":2,\"counts\":{\"words\":4},\"steps\":3}");
    root = fake_parse(call);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(root, "samples")), 2);
    cJSON_Delete(root);
    api_free(call);
    struct fake_request req = {.path = PATH "sample", .query = "format=npy"};
    call = fake_call(h, &req);
    assert_int_equal(call->reply.status, 406);
    assert_non_null(strstr(call->reply.body, "dots"));
    api_free(call);
    req.query = "format=npy&layer=real&steps=2&count=3";
    call = fake_call(h, &req);
    assert_int_equal(call->reply.status, 200);
    assert_string_equal(fake_header(call, "X-Boltz-Shape"), "3,2");
    api_free(call);
    fake_host_free(h);
}

/* One reply to `sample`, of the layers a and b (n = not given) or of the one that `layer` names. */
static void expect_layers(struct fake_host *h, const struct bz_machine *m, const char *format, size_t a, size_t b, size_t layer)
{
    const size_t n = m->n_layers, one = layer < n ? layer : b == n ? a : n;
    const bool single = strcmp(format, "npy") == 0 || strcmp(format, "raw") == 0 || strcmp(format, "png") == 0;
    const bool among = layer == n || a == n || layer == a || layer == b;
    char query[200], body[200] = "{}", shape[32];
    snprintf(query, sizeof(query), "format=%s&steps=1&seed=1%s%s", format, layer < n ? "&layer=" : "",
             layer < n ? m->layers[layer].name : "");
    if (a < n)
        snprintf(body, sizeof(body), "{\"layers\":[\"%s\"%s%s%s]}", m->layers[a].name, b < n ? ",\"" : "",
                 b < n ? m->layers[b].name : "", b < n ? "\"" : "");
    const struct fake_request req = {.method = "POST", .path = PATH "sample", .query = query, .body = body};
    struct api_call *call = fake_call(h, &req);
    const int want = !among ? 400 : single && one == n ? 406 : 200;
    if (call->reply.status != want)
        fail_msg("%s %s: %d, expected %d: %.*s", query, body, call->reply.status, want, (int)call->reply.size,
                 call->reply.body);
    if (want == 200 && single) {
        snprintf(shape, sizeof(shape), "1,%zu", m->layers[one].size);
        assert_string_equal(fake_header(call, "X-Boltz-Shape"), shape);
    }
    api_free(call);
}

static void every_format_has_the_layers_that_were_asked_for(void **state)
{
    static const char *const formats[] = {"json", "npy", "raw", "png", "csv", "sse", "ndjson"};
    struct bz_machine *m = oracle_mixed();
    struct fake_host *h = fake_host_new(m);
    const size_t n = m->n_layers; /* stands for none */
    (void)state;
    for (size_t f = 0; f < sizeof(formats) / sizeof(*formats); f++)
        for (size_t layer = 0; layer <= n; layer++)
            for (size_t a = 0; a <= n; a++)
                for (size_t b = a == n ? n : 0; b <= n; b++)
                    if (a != b || a == n)
                        expect_layers(h, m, formats[f], a, b, layer);
    fake_host_free(h);
}

static void all_formats_hold_the_same_numbers(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    const float rows[2][4] = {{1, 0, 1, 1}, {0, NAN, 1, 0}};
    char npy[BZ_NPY_HEADER_ROOM + sizeof(rows)];
    const size_t shape[2] = {2, 4};
    size_t head = bz_npy_header(npy, BZ_F4, shape, 2);
    memcpy(npy + head, rows, sizeof(rows));
    struct fake_request req = {.path = PATH "features",
                               .type = "application/octet-stream",
                               .body = rows,
                               .size = sizeof(rows),
                               .accept = "application/octet-stream"};
    struct api_call *raw = fake_call(h, &req);
    (void)state;
    assert_int_equal(raw->reply.status, 200);
    assert_int_equal(raw->reply.size, 2 * 3 * sizeof(float));
    req.accept = "application/x-npy, application/json;q=0.5";
    struct api_call *array = fake_call(h, &req);
    struct bz_npy header;
    float values[6];
    assert_int_equal(bz_npy_parse(&header, array->reply.body, array->reply.size, NULL), 0);
    assert_int_equal(header.dtype, BZ_F4);
    bz_npy_floats(&header, array->reply.body + header.offset, 0, 6, values);
    assert_memory_equal(values, raw->reply.body, sizeof(values));
    req = (struct fake_request){.path = PATH "features", .type = "application/x-npy", .body = npy, .size = head + sizeof(rows)};
    struct api_call *json = fake_call(h, &req);
    cJSON *root = fake_parse(json);
    for (int i = 0; i < 6; i++)
        assert_true((float)cell(root, "features", i / 3, i % 3) == values[i]);
    req.path = PATH "free-energy";
    req.query = "format=npy";
    struct api_call *scores = fake_call(h, &req);
    assert_int_equal(bz_npy_parse(&header, scores->reply.body, scores->reply.size, NULL), 0);
    assert_int_equal(header.dtype, BZ_F8);
    assert_int_equal(header.rank, 1);
    req.path = PATH "features";
    req.query = "format=png";
    struct api_call *png = fake_call(h, &req);
    assert_string_equal(png->reply.content_type, "image/png");
    assert_memory_equal(png->reply.body, "\x89PNG", 4);
    cJSON_Delete(root);
    api_free(raw);
    api_free(array);
    api_free(json);
    api_free(scores);
    api_free(png);
    fake_host_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_energies_are_those_of_enumeration),
        cmocka_unit_test(missing_values_are_summed_out),
        cmocka_unit_test(log_prob_is_minus_free_energy_minus_log_z),
        cmocka_unit_test(log_prob_takes_log_z_of_the_counts_in_use),
        cmocka_unit_test(features_are_posterior_means),
        cmocka_unit_test(reconstructions_keep_known_units),
        cmocka_unit_test(samples_keep_clamps_and_say_how_to_go_on),
        cmocka_unit_test(drawn_seed_repeats_the_reply),
        cmocka_unit_test(going_on_gives_the_bytes_of_one_run),
        cmocka_unit_test(chains_may_start_from_hidden_states_too),
        cmocka_unit_test(chain_i_is_the_same_for_every_count),
        cmocka_unit_test(batches_change_nothing),
        cmocka_unit_test(several_visible_layers_go_by_name),
        cmocka_unit_test(every_format_has_the_layers_that_were_asked_for),
        cmocka_unit_test(all_formats_hold_the_same_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
