/* The five operations end to end, in every format; content codings, the URL prefix, the page and the metrics. */
#include "coding.h"
#include "mem.h"
#include "served.h"
#include "wire.h"

#include "energy.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static struct served served;
static struct bz_machine *tiny; /* version 3, as served */

static int start(void **state)
{
    struct bz_error err;
    (void)state;
    served_start_usual(&served, NULL);
    tiny = served_rbm(3, 2, 3);
    return bz_machine_prepare(tiny, &err);
}

static int stop(void **state)
{
    (void)state;
    bz_machine_free(tiny);
    served_stop(&served);
    return 0;
}

/* F(v) = -b.v - sum_j log(1 + exp(c_j + v.W_j)), in double. */
static double free_energy(const double v[3])
{
    double f = 0;
    for (size_t i = 0; i < 3; i++)
        f -= (double)tiny->layers[0].bias[i] * v[i];
    for (size_t j = 0; j < 2; j++) {
        double x = (double)tiny->layers[1].bias[j];
        for (size_t i = 0; i < 3; i++)
            x += v[i] * (double)tiny->couplings[0].weight[2 * i + j];
        f -= log1p(exp(x));
    }
    return f;
}

static double hidden(const double v[3], size_t j)
{
    double x = (double)tiny->layers[1].bias[j];
    for (size_t i = 0; i < 3; i++)
        x += v[i] * (double)tiny->couplings[0].weight[2 * i + j];
    return 1 / (1 + exp(-x));
}

static cJSON *post(const char *path, const char *body)
{
    struct wire_reply r = wire_post(served.port, path, body);
    if (r.status != 200)
        fail_msg("%s: %s", path, r.body);
    cJSON *json = cJSON_Parse(r.body);
    assert_non_null(json);
    wire_free(&r);
    return json;
}

static double number(const cJSON *json, const char *name, int row, int column)
{
    const cJSON *at = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(json, name), row);
    at = column < 0 ? at : cJSON_GetArrayItem(at, column);
    assert_true(cJSON_IsNumber(at));
    return at->valuedouble;
}

static const double rows[2][3] = {{1, 0, 1}, {0, 0.5, 1}};
static const char inputs[] = "{\"inputs\":[[1,0,1],[0,0.5,1]]}";

static void numbers_are_those_of_the_formulas(void **state)
{
    (void)state;
    cJSON *f = post("/v1/models/tiny/free-energy", inputs), *h = post("/v1/models/tiny/features", inputs);
    for (int r = 0; r < 2; r++) {
        assert_near(number(f, "free_energy", r, -1), free_energy(rows[r]), 1e-6);
        for (int j = 0; j < 2; j++)
            assert_near(number(h, "features", r, j), hidden(rows[r], (size_t)j), 1e-6);
    }
    cJSON_Delete(f);
    cJSON_Delete(h);
    cJSON *e = post("/v1/models/tiny/energy", "{\"states\":{\"visible\":[[1,0,1]],\"hidden\":[[0,1]]}}");
    double want = -(double)tiny->layers[0].bias[0] - (double)tiny->layers[0].bias[2] - (double)tiny->layers[1].bias[1] -
                  (double)tiny->couplings[0].weight[1] - (double)tiny->couplings[0].weight[5];
    assert_near(number(e, "energy", 0, -1), want, 1e-6);
    cJSON_Delete(e);
    cJSON *c = post("/v1/models/tiny/reconstruct", inputs);
    for (int i = 0; i < 3; i++) {
        double x = (double)tiny->layers[0].bias[i];
        for (size_t j = 0; j < 2; j++)
            x += hidden(rows[0], j) * (double)tiny->couplings[0].weight[2 * (size_t)i + j];
        assert_near(number(c, "reconstruction", 0, i), 1 / (1 + exp(-x)), 1e-6);
    }
    cJSON_Delete(c);
}

static void npy_raw_and_json_hold_the_same_numbers(void **state)
{
    const float row[3] = {1, 0, 1};
    float raw[2], npy[2];
    char value[256];
    (void)state;
    cJSON *json = post("/v1/models/tiny/features", "{\"inputs\":[[1,0,1]]}");
    struct wire_reply r = wire_call(served.port, "POST", "/v1/models/tiny/features",
                                    "Content-Type: application/octet-stream\r\nAccept: application/octet-stream\r\n", row, 12);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.size, 8);
    assert_string_equal(wire_header(&r, "X-Boltz-Shape", value), "1,2");
    assert_string_equal(wire_header(&r, "X-Boltz-Model", value), "tiny");
    assert_string_equal(wire_header(&r, "X-Boltz-Version", value), "3");
    memcpy(raw, r.body, 8);
    wire_free(&r);
    r = wire_call(served.port, "POST", "/v1/models/tiny/features?format=npy", "Content-Type: application/octet-stream\r\n", row,
                  12);
    assert_memory_equal(r.body, "\x93NUMPY", 6);
    memcpy(npy, r.body + r.size - 8, 8);
    wire_free(&r);
    for (int j = 0; j < 2; j++) {
        assert_true(raw[j] == npy[j]);
        assert_true(raw[j] == (float)number(json, "features", 0, j));
    }
    cJSON_Delete(json);
}

static void samples_come_as_a_picture(void **state)
{
    char value[256];
    (void)state;
    struct wire_reply r =
        wire_call(served.port, "POST", "/v1/models/big/sample?count=4&steps=2&seed=1", "Accept: image/png\r\n", NULL, 0);
    assert_int_equal(r.status, 200);
    assert_string_equal(wire_header(&r, "Content-Type", value), "image/png");
    assert_string_equal(wire_header(&r, "X-Boltz-Seed", value), "1");
    assert_memory_equal(r.body, "\x89PNG\r\n\x1a\n", 8);
    wire_free(&r);
}

/* Whether the chains are made on an event loop or, many of them, by a worker; of the body too, which is read twice then. */
static void many_chains_begin_as_a_few_do(void **state)
{
    static const char *const bodies[] = {"{\"count\":2,\"steps\":0,\"seed\":1,\"init\":[[%s0]]}",
                                         "{\"count\":1500,\"steps\":0,\"seed\":1,\"init\":[[%s0]]}"};
    char body[4096], zeros[1568] = "";
    struct wire_reply r[2];
    (void)state;
    for (size_t i = 0; i < 783; i++)
        memcpy(zeros + 2 * i, i % 3 ? "0," : "1,", 3);
    for (size_t i = 0; i < 2; i++) {
        snprintf(body, sizeof(body), bodies[i], zeros);
        r[i] = wire_call(served.port, "POST", "/v1/models/big/sample?layer=hidden&format=raw",
                         "Content-Type: application/json\r\n", body, strlen(body));
        assert_int_equal(r[i].status, 200);
    }
    assert_int_equal(r[1].size, (size_t)1500 * 500 * sizeof(float));
    assert_memory_equal(r[0].body, r[1].body, r[0].size);
    wire_free(&r[0]);
    wire_free(&r[1]);
}

static void replies_are_compressed_where_that_is_wanted(void **state)
{
    static const char body[] = "{\"count\":20,\"steps\":2,\"seed\":1}";
    char value[256], *plain = NULL;
    size_t size;
    struct bz_error err;
    (void)state;
    struct wire_reply want = wire_post(served.port, "/v1/models/big/sample", body);
    for (enum srv_coding coding = SRV_GZIP; coding <= SRV_DEFLATE; coding++) {
        const char *name = coding == SRV_GZIP ? "gzip" : "deflate";
        char header[64];
        snprintf(header, sizeof(header), "Accept-Encoding: %s\r\n", name);
        struct wire_reply r = wire_call(served.port, "POST", "/v1/models/big/sample", header, body, strlen(body));
        assert_string_equal(wire_header(&r, "Content-Encoding", value), name);
        assert_non_null(strstr(wire_header(&r, "Vary", value), "Accept-Encoding"));
        assert_true(r.size < want.size / 2);
        assert_int_equal(srv_inflate(&plain, &size, r.body, r.size, coding, 1 << 24, &err), 0);
        assert_int_equal(size, want.size);
        assert_memory_equal(plain, want.body, size);
        bz_free(plain);
        wire_free(&r);
    }
    wire_free(&want);
    /* errors and small replies are not compressed */
    struct wire_reply r = wire_call(served.port, "GET", "/v1/models/none", "Accept-Encoding: gzip\r\n", NULL, 0);
    assert_string_equal(wire_header(&r, "Content-Encoding", value), "");
    wire_free(&r);
}

static void compressed_bodies_are_read_and_bombs_refused(void **state)
{
    (void)state;
    /* text long enough to be worth compressing */
    char *text = malloc(4000);
    size_t n = (size_t)sprintf(text, "{\"inputs\":[");
    for (int i = 0; i < 100; i++)
        n += (size_t)sprintf(text + n, "%s[1,0,%d]", i ? "," : "", i % 2);
    n += (size_t)sprintf(text + n, "]}");
    char *small;
    size_t small_size;
    assert_true(srv_deflate(&small, &small_size, text, n, SRV_GZIP));
    struct wire_reply plain = wire_post(served.port, "/v1/models/tiny/features", text);
    struct wire_reply r =
        wire_call(served.port, "POST", "/v1/models/tiny/features", "Content-Encoding: gzip\r\n", small, small_size);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, plain.body);
    wire_free(&plain);
    wire_free(&r);
    r = wire_call(served.port, "POST", "/v1/models/tiny/features", "Content-Encoding: gzip\r\n", small, small_size - 5);
    assert_int_equal(r.status, 400);
    wire_free(&r);
    r = wire_call(served.port, "POST", "/v1/models/tiny/features", "Content-Encoding: br\r\n", small, small_size);
    char value[256];
    assert_int_equal(r.status, 415);
    assert_string_equal(wire_header(&r, "Accept-Encoding", value), "gzip, deflate");
    wire_free(&r);
    bz_free(small);
    free(text);
    /* 80 MiB of zeros in a few kilobytes: over the limit of 64 MiB once inflated */
    const size_t bomb = (size_t)80 << 20;
    text = calloc(1, bomb);
    assert_true(srv_deflate(&small, &small_size, text, bomb, SRV_GZIP));
    free(text);
    r = wire_call(served.port, "POST", "/v1/models/tiny/features", "Content-Encoding: gzip\r\n", small, small_size);
    assert_int_equal(r.status, 413);
    wire_free(&r);
    bz_free(small);
}

static void everything_moves_below_a_url_prefix(void **state)
{
    static const char *const flags[] = {"--url-prefix", "/boltz", NULL};
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    static const struct {
        const char *target;
        int status;
    } cases[] = {{"/boltz/v1/models", 200},      {"/boltz/", 200},       {"/boltz", 308},
                 {"/boltz/v2/health/live", 200}, {"/v1/models", 404},    {"/", 404},
                 {"/boltzy/v1/models", 404},     {"/boltz/metrics", 200}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct wire_reply r = wire_get(s.port, cases[i].target);
        if (r.status != cases[i].status)
            fail_msg("%s: status %d, want %d", cases[i].target, r.status, cases[i].status);
        wire_free(&r);
    }
    served_stop(&s);
}

/* Every sample belongs to a family announced before it, is a number, and occurs once. */
static void metrics_are_in_the_exposition_format(void **state)
{
    char family[128] = "", type[32] = "", *line, *rest;
    char *seen[4096];
    size_t n_seen = 0;
    (void)state;
    struct wire_reply r = wire_post(served.port, "/v1/models/tiny/features", inputs);
    wire_free(&r);
    r = wire_get(served.port, "/metrics");
    assert_int_equal(r.status, 200);
    assert_true(r.size > 0 && r.body[r.size - 1] == '\n');
    for (line = strtok_r(r.body, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char name[128], *end;
        if (sscanf(line, "# TYPE %127s %31s", family, type) == 2 || strncmp(line, "# HELP ", 7) == 0)
            continue;
        size_t length = strcspn(line, "{ ");
        snprintf(name, sizeof(name), "%.*s", (int)length, line);
        size_t stem = strlen(family);
        bool suffix = strcmp(type, "histogram") == 0 && strncmp(name, family, stem) == 0 &&
                      (!strcmp(name + stem, "_bucket") || !strcmp(name + stem, "_sum") || !strcmp(name + stem, "_count"));
        if (!suffix && strcmp(name, family) != 0)
            fail_msg("%s does not belong to %s (%s)", line, family, type);
        if (strcmp(type, "counter") == 0 && strcmp(name + strlen(name) - 6, "_total") != 0)
            fail_msg("%s: a counter without _total", name);
        char *value = strrchr(line, ' ') + 1;
        strtod(value, &end);
        if (end == value || *end)
            fail_msg("%s: not a number", line);
        value[-1] = 0;
        for (size_t i = 0; i < n_seen; i++)
            if (strcmp(seen[i], line) == 0)
                fail_msg("%s: twice", line);
        assert_true(n_seen < 4096);
        seen[n_seen++] = line;
    }
    wire_free(&r);
}

/* /metrics, once it has the line: a request is counted when its reply has been sent, and a client may see the reply earlier. */
static struct wire_reply metrics_with(unsigned port, const char *line)
{
    for (int i = 0;; i++) {
        struct wire_reply r = wire_get(port, "/metrics");
        assert_int_equal(r.status, 200);
        if (strstr(r.body, line))
            return r;
        wire_free(&r);
        if (i == 5000)
            fail_msg("missing: %s", line);
        usleep(2000);
    }
}

static const char *const families[] = {"boltzd_build_info gauge",
                                       "boltzd_ready gauge",
                                       "boltzd_draining gauge",
                                       "process_cpu_seconds_total counter",
                                       "process_resident_memory_bytes gauge",
                                       "process_virtual_memory_bytes gauge",
                                       "process_open_fds gauge",
                                       "process_max_fds gauge",
                                       "process_start_time_seconds gauge",
                                       "process_threads gauge",
                                       "boltzd_http_requests_total counter",
                                       "boltzd_http_request_duration_seconds histogram",
                                       "boltzd_http_requests_in_flight gauge",
                                       "boltzd_http_connections gauge",
                                       "boltzd_http_connections_total counter",
                                       "boltzd_http_rejected_total counter",
                                       "boltzd_http_received_bytes_total counter",
                                       "boltzd_http_sent_bytes_total counter",
                                       "boltzd_inference_requests_total counter",
                                       "boltzd_inference_rows_total counter",
                                       "boltzd_inference_batches_total counter",
                                       "boltzd_inference_batch_rows histogram",
                                       "boltzd_inference_queue_rows gauge",
                                       "boltzd_inference_queue_limit_rows gauge",
                                       "boltzd_inference_queue_seconds histogram",
                                       "boltzd_inference_compute_seconds histogram",
                                       "boltzd_inference_decode_seconds histogram",
                                       "boltzd_inference_encode_seconds histogram",
                                       "boltzd_first_sample_seconds histogram",
                                       "boltzd_gibbs_steps_total counter",
                                       "boltzd_samples_total counter",
                                       "boltzd_workers gauge",
                                       "boltzd_worker_busy_seconds_total counter",
                                       "boltzd_model_loaded gauge",
                                       "boltzd_model_memory_bytes gauge",
                                       "boltzd_model_load_seconds gauge",
                                       "boltzd_model_loads_total counter",
                                       "boltzd_model_last_load_success gauge",
                                       "boltzd_config_last_reload_success gauge",
                                       "boltzd_config_last_reload_timestamp_seconds gauge",
                                       "boltzd_log_messages_total counter",
                                       "boltzd_cache_hits_total counter",
                                       "boltzd_cache_misses_total counter",
                                       "boltzd_cache_evictions_total counter",
                                       "boltzd_cache_bytes gauge",
                                       "nv_inference_request_success counter",
                                       "nv_inference_request_failure counter",
                                       "nv_inference_count counter",
                                       "nv_inference_exec_count counter",
                                       "nv_inference_request_duration_us counter",
                                       "nv_inference_queue_duration_us counter",
                                       "nv_inference_compute_input_duration_us counter",
                                       "nv_inference_compute_infer_duration_us counter",
                                       "nv_inference_compute_output_duration_us counter"};

/* Each has its TYPE line and at least one value; dashboards and alerts depend on them. */
static void every_metric_has_its_name(void **state)
{
    static const char *const flags[] = {"--metrics-compat", "triton", "--metrics-detail", "full", NULL};
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    served_expect(s.port, "/v1/models/tiny/sample?format=sse", "{\"steps\":20,\"every\":10}", 200, NULL);
    struct wire_reply r = metrics_with(s.port, "route=\"/v1/models/{model}/sample\",method=\"POST\",code=\"200\"} 1\n");
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        char head[128], name[128];
        snprintf(head, sizeof(head), "# TYPE %s\n", families[i]);
        const char *at = strstr(r.body, head);
        if (!at)
            fail_msg("missing: %s", head);
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(families[i], " "), families[i]);
        if (strncmp(at + strlen(head), name, strlen(name)) != 0 && !strstr(name, "_cache_")) /* if there is none: no number */
            fail_msg("no value: %s", name);
    }
    assert_non_null(strstr(r.body, "boltzd_first_sample_seconds_count{model=\"tiny\",version=\"3\",task=\"sample\"} 1\n"));
    assert_non_null(strstr(r.body, "revision=\""));
    wire_free(&r);
    served_stop(&s);
}

static void work_shows_in_metrics_and_statistics(void **state)
{
    static struct served s;
    (void)state;
    served_start_usual(&s, NULL);
    for (int i = 0; i < 3; i++) {
        struct wire_reply r = wire_post(s.port, "/v1/models/tiny/features", inputs);
        wire_free(&r);
    }
    served_expect(s.port, "/v1/models/tiny/features", "{\"inputs\":[[7,0,1]]}", 400, NULL);
    struct wire_reply r = wire_post(s.port, "/v1/models/tiny/sample", "{\"count\":5,\"steps\":7}");
    wire_free(&r);
    static const char *const lines[] = {
        "\nboltzd_inference_requests_total{model=\"tiny\",version=\"3\",task=\"features\",outcome=\"ok\"} 3\n",
        "\nboltzd_inference_requests_total{model=\"tiny\",version=\"3\",task=\"features\",outcome=\"invalid\"} 1\n",
        "\nboltzd_inference_rows_total{model=\"tiny\",version=\"3\",task=\"features\"} 6\n",
        "\nboltzd_inference_batches_total{model=\"tiny\",version=\"3\",task=\"features\"} 3\n",
        "\nboltzd_inference_queue_seconds_count{model=\"tiny\",version=\"3\",task=\"features\"} 3\n",
        "\nboltzd_samples_total{model=\"tiny\",version=\"3\",task=\"sample\"} 5\n",
        "\nboltzd_gibbs_steps_total{model=\"tiny\",version=\"3\",task=\"sample\"} 35\n",
        "\nboltzd_http_requests_total{route=\"/v1/models/{model}/features\",method=\"POST\",code=\"200\"} 3\n",
        "\nboltzd_ready 1\n",
        "\nboltzd_model_loaded{model=\"tiny\",version=\"3\"} 1\n",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        r = metrics_with(s.port, lines[i]);
        wire_free(&r);
    }
    r = wire_get(s.port, "/v2/models/tiny/stats");
    assert_non_null(strstr(r.body, "\"inference_count\":11,\"execution_count\":4,"));
    assert_non_null(strstr(r.body, "\"success\":{\"count\":4,"));
    assert_non_null(strstr(r.body, "\"fail\":{\"count\":1,"));
    wire_free(&r);
    served_stop(&s);
}

/* A machine whose classes are told apart by one unit each: class 1 goes with unit 1, by way of the hidden unit both favour. */
static struct bz_machine *labelled(void)
{
    static const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, 2, 1, false},
                                                  {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, false},
                                                  {"label", BZ_LABEL, BZ_SOFTMAX, 2, 1, false}};
    static const struct bz_coupling_spec couplings[] = {{0, 1}, {1, 2}};
    struct bz_machine *m;
    struct bz_error err;
    assert_int_equal(bz_machine_new(&m, "rbm", layers, 3, couplings, 2, &err), 0);
    for (size_t c = 0; c < 2; c++)
        for (size_t i = 0; i < 2; i++)
            bz_machine_weight(m, c)[3 * i] = 4;
    for (size_t j = 0; j < 2; j++)
        bz_machine_bias(m, 1)[j] = -6;
    return m;
}

static void rows_are_classified(void **state)
{
    struct served s = {0};
    struct bz_machine *m = labelled();
    (void)state;
    served_folder(&s);
    served_publish(&s, "marked", 1, m);
    served_start(&s, NULL);
    struct wire_reply r = wire_post(s.port, "/v1/models/marked/classify", "{\"inputs\":[[1,0],[0,1],[1,1]]}");
    assert_int_equal(r.status, 200);
    cJSON *json = cJSON_Parse(r.body);
    static const int classes[3][2] = {{0, 1}, {1, 0}, {0, 1}};
    const double strong = log1p(exp(2)) - log1p(exp(-2)) + log1p(exp(-6)) - log1p(exp(-2)); /* F of class 1 minus that of 0 */
    const double want[3] = {1 / (1 + exp(-strong)), 1 / (1 + exp(-strong)), 0.5};
    for (int row = 0; row < 3; row++) {
        for (int i = 0; i < 2; i++)
            assert_int_equal(number(json, "classes", row, i), classes[row][i]);
        assert_near(number(json, "probabilities", row, 0), want[row], 1e-6);
        assert_near(number(json, "probabilities", row, 1), 1 - want[row], 1e-6);
    }
    cJSON_Delete(json);
    wire_free(&r);
    const float row[2] = {0, 1};
    r = wire_call(s.port, "POST", "/v1/models/marked/classify?top=1&format=raw", "Content-Type: application/octet-stream\r\n",
                  row, sizeof(row));
    assert_int_equal(r.status, 200);
    assert_int_equal(r.size, sizeof(float));
    assert_memory_equal(r.body, &row[1], sizeof(float));
    wire_free(&r);
    bz_machine_free(m);
    served_stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_the_formulas),
        cmocka_unit_test(npy_raw_and_json_hold_the_same_numbers),
        cmocka_unit_test(rows_are_classified),
        cmocka_unit_test(samples_come_as_a_picture),
        cmocka_unit_test(many_chains_begin_as_a_few_do),
        cmocka_unit_test(replies_are_compressed_where_that_is_wanted),
        cmocka_unit_test(compressed_bodies_are_read_and_bombs_refused),
        cmocka_unit_test(everything_moves_below_a_url_prefix),
        cmocka_unit_test(metrics_are_in_the_exposition_format),
        cmocka_unit_test(every_metric_has_its_name),
        cmocka_unit_test(work_shows_in_metrics_and_statistics),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
