/* Draining, replacing models, refusing: nothing that was accepted is lost. */
#include "served.h"
#include "wire.h"

#include "server.h"
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { N_CLIENTS = 8 };

/* Clients that send requests without a pause over persistent connections, until they are refused or told to stop. */
struct load {
    unsigned port;
    const char *target, *body;
    char *want; /* the right body; NULL = any with status 200 */
    atomic_bool stop;
    atomic_size_t answered, lost, wrong, closed_late;
    pthread_t threads[N_CLIENTS];
};

static void *ask_on(void *arg)
{
    struct load *load = arg;
    int fd = -1;
    while (!atomic_load(&load->stop)) {
        if (fd < 0 && (fd = wire_connect(load->port)) < 0)
            break;
        struct wire_reply r = wire_ask(fd, "POST", load->target, NULL, load->body, strlen(load->body));
        bool right = r.status == 200 && !r.cut && (!load->want || strcmp(r.body, load->want) == 0);
        atomic_fetch_add(right ? &load->answered : r.status == 0 || r.cut ? &load->lost : &load->wrong, 1);
        if (r.status == 0 || r.cut)
            print_error("lost: status %d, %zu bytes of body, errno %d\n", r.status, r.size, errno);
        wire_keep(&fd, &r);
        wire_free(&r);
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static void load_start(struct load *load)
{
    for (int i = 0; i < N_CLIENTS; i++)
        assert_int_equal(pthread_create(&load->threads[i], NULL, ask_on, load), 0);
}

static void load_join(struct load *load)
{
    for (int i = 0; i < N_CLIENTS; i++)
        pthread_join(load->threads[i], NULL);
}

static void wait_answers(struct load *load, size_t more)
{
    size_t until = atomic_load(&load->answered) + more;
    for (int i = 0; i < 200000 && atomic_load(&load->answered) < until; i++)
        usleep(1000);
    assert_true(atomic_load(&load->answered) >= until);
}

static bool settle(struct srv_server *server)
{
    for (int i = 0; i < 20000; i++) {
        if (srv_server_is_settled(server))
            return true;
        usleep(10000);
    }
    return false;
}

static void draining_under_load_loses_no_request(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        static struct served s;
        served_start_usual(&s, NULL);
        struct load load = {.port = s.port, .target = "/v1/models/tiny/features", .body = "{\"inputs\":[[1,0,1]]}"};
        load_start(&load);
        wait_answers(&load, 200);
        srv_server_unready(s.server);
        wait_answers(&load, 50); /* served as before, connection by connection */
        struct wire_reply live = wire_get(s.port, "/v2/health/live"), ready = wire_get(s.port, "/v2/health/ready");
        assert_int_equal(live.status, 200);
        assert_int_equal(ready.status, 503);
        assert_non_null(strstr(ready.body, "draining"));
        wire_free(&live);
        wire_free(&ready);
        srv_server_close(s.server);
        assert_true(settle(s.server));
        load_join(&load);
        assert_int_equal(atomic_load(&load.lost), 0);
        assert_int_equal(atomic_load(&load.wrong), 0);
        served_stop(&s);
    }
}

static void a_connection_without_a_request_does_not_hold_up_draining(void **state)
{
    static struct served s;
    (void)state;
    served_start_usual(&s, NULL);
    int silent = wire_connect(s.port), half = wire_connect(s.port), kept = wire_connect(s.port);
    wire_send_text(half, "POST /v1/models/tiny/features HTTP/1.1\r\nHost: loc");
    struct wire_reply r = wire_ask(kept, "GET", "/v2/health/live", NULL, NULL, 0);
    wire_free(&r);
    srv_server_unready(s.server);
    srv_server_close(s.server);
    assert_true(settle(s.server));
    close(silent);
    close(half);
    close(kept);
    served_stop(&s);
}

static void long_work_is_finished_while_draining(void **state)
{
    static const char body[] = "{\"count\":64,\"steps\":30,\"seed\":1}";
    char text[512];
    static struct served s;
    (void)state;
    served_start_usual(&s, NULL);
    int fd = wire_connect(s.port);
    snprintf(text, sizeof(text),
             "POST /v1/models/big/sample?format=npy HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s", strlen(body),
             body);
    wire_send_text(fd, text);
    usleep(20000);
    srv_server_unready(s.server);
    srv_server_close(s.server);
    struct wire_reply r = wire_read(fd, false);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.size, 128 + 64 * 784 * 4);
    wire_free(&r);
    close(fd);
    assert_true(settle(s.server));
    served_stop(&s);
}

static void what_remains_at_the_cut_off_gets_503(void **state)
{
    static const char body[] = "{\"count\":64,\"steps\":100000000,\"seed\":1}";
    char text[512];
    static struct served s;
    (void)state;
    served_start_usual(&s, NULL);
    int fd = wire_connect(s.port);
    snprintf(text, sizeof(text), "POST /v1/models/big/sample HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(body), body);
    wire_send_text(fd, text);
    served_wait_metric(s.port, "boltzd_inference_queue_rows{model=\"big\",version=\"1\"}", 64);
    srv_server_unready(s.server);
    srv_server_close(s.server);
    srv_server_cut_off(s.server);
    struct wire_reply r = wire_read(fd, false);
    assert_int_equal(r.status, 503);
    if (!strstr(r.body, "draining"))
        fail_msg("%s", r.body);
    wire_free(&r);
    close(fd);
    assert_true(settle(s.server));
    served_stop(&s);
}

/* Every reply must come entirely from one of the published versions. */
static void publishing_versions_under_load_loses_no_request(void **state)
{
    static const char *const flags[] = {"--model-control", "poll", "--poll-interval", "100ms", NULL};
    enum { VERSIONS = 12 };
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    struct load load = {.port = s.port, .target = "/v1/models/tiny/free-energy", .body = "{\"inputs\":[[1,0,1],[0,0,1]]}"};
    load_start(&load);
    for (unsigned v = 4; v < 4 + VERSIONS; v++) {
        struct bz_machine *m = served_rbm(3, 2, v);
        served_publish(&s, "tiny", v, m);
        bz_machine_free(m);
        wait_answers(&load, 20);
        usleep(120000);
    }
    atomic_store(&load.stop, true);
    load_join(&load);
    assert_int_equal(atomic_load(&load.lost), 0);
    assert_int_equal(atomic_load(&load.wrong), 0);
    struct wire_reply r = wire_get(s.port, "/v1/models/tiny");
    char want[64];
    snprintf(want, sizeof(want), "\"version\":%d,", 4 + VERSIONS - 1);
    assert_non_null(strstr(r.body, want));
    wire_free(&r);
    served_stop(&s);
}

static void wait_version(const struct served *s, const char *target, const char *want, bool there)
{
    bool found = !there;
    for (int i = 0; i < 5000 && found != there; i++) {
        struct wire_reply r = wire_get(s->port, target);
        found = r.body && strstr(r.body, want);
        wire_free(&r);
        usleep(10000);
    }
    if (found != there)
        fail_msg("%s: waited in vain for %s%s", target, there ? "" : "no ", want);
}

static void a_bad_version_is_refused_and_the_old_one_serves_on(void **state)
{
    static struct served s;
    char path[320];
    (void)state;
    served_start_usual(&s, NULL);
    struct wire_reply before = wire_post(s.port, "/v1/models/tiny/features", "{\"inputs\":[[1,0,1]]}");
    snprintf(path, sizeof(path), "mkdir -p %s/tiny/9 && echo nonsense > %s/tiny/9/model.safetensors", s.repository,
             s.repository);
    assert_int_equal(system(path), 0);
    srv_server_reload(s.server, NULL);
    wait_version(&s, "/v1/models/tiny", "\"versions\":[1,3,9]", true);
    struct wire_reply after = wire_post(s.port, "/v1/models/tiny/features", "{\"inputs\":[[1,0,1]]}");
    assert_int_equal(after.status, 200);
    assert_string_equal(after.body, before.body);
    wire_free(&before);
    wire_free(&after);
    /* if named in the URL, the reply says why */
    after = wire_post(s.port, "/v1/models/tiny/versions/9/features", "{\"inputs\":[[1,0,1]]}");
    assert_int_equal(after.status, 503);
    assert_null(strstr(after.body, s.repository)); /* no paths */
    wire_free(&after);
    served_stop(&s);
}

static void aliases_pin_roll_back_and_name_versions(void **state)
{
    static struct served s;
    char path[160], other[200];
    (void)state;
    served_start_usual(&s, NULL);
    wait_version(&s, "/v1/models/tiny", "\"version\":3", true);
    served_file(&s, path, "models/tiny/aliases", "# rolled back\nstable = 1\ndefault = 1\n");
    srv_server_reload(s.server, NULL);
    wait_version(&s, "/v1/models/tiny", "\"version\":1", true);
    wait_version(&s, "/v1/models/tiny/versions/stable", "\"version\":1", true);
    wait_version(&s, "/v1/models/tiny/versions/3", "\"version\":3", true);
    served_expect(s.port, "/v1/models/tiny/versions/canary", NULL, 404, NULL);
    /* a bad file changes nothing */
    static const char *const bad[] = {"default = 77\n", "stable = 3\ncanary 3\n", "stable = 3\nstable = 1\n"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        served_file(&s, path, "models/tiny/aliases", bad[i]);
        srv_server_reload(s.server, NULL);
        wait_version(&s, "/v1/models", i == 0 ? "there is no such version" : "aliases:2", true);
        wait_version(&s, "/v1/models/tiny", "\"version\":1", true);
        wait_version(&s, "/v1/models/tiny/versions/stable", "\"version\":1", true);
    }
    served_file(&s, path, "models/tiny/aliases", "canary = 3\n");
    srv_server_reload(s.server, NULL);
    wait_version(&s, "/v1/models/tiny/versions/canary", "\"version\":3", true);
    served_expect(s.port, "/v1/models/tiny/versions/stable", NULL, 404, NULL);
    /* a model that is removed is gone */
    snprintf(other, sizeof(other), "rm -r %s/big", s.repository);
    assert_int_equal(system(other), 0);
    srv_server_reload(s.server, NULL);
    wait_version(&s, "/v1/models", "\"name\":\"big\"", false);
    served_stop(&s);
}

static void models_that_cannot_be_loaded_do_not_stop_the_others(void **state)
{
    static struct served s;
    char command[320];
    struct bz_machine *m = served_rbm(3, 2, 1);
    (void)state;
    served_folder(&s);
    served_publish(&s, "good", 1, m);
    bz_machine_free(m);
    snprintf(command, sizeof(command),
             "cd %s && mkdir -p bad/1 none/1 && head -c 100 good/1/model.safetensors > bad/1/model.safetensors", s.repository);
    assert_int_equal(system(command), 0);
    served_start(&s, NULL);
    assert_int_equal(srv_server_wait_loaded(s.server), 2);
    assert_true(srv_server_is_ready(s.server));
    struct wire_reply r = wire_get(s.port, "/v1/models");
    assert_non_null(strstr(r.body, "\"name\":\"bad\",\"version\":null,\"versions\":[1],\"state\":\"UNAVAILABLE\""));
    assert_null(strstr(r.body, s.repository));
    wire_free(&r);
    served_expect(s.port, "/v1/models/bad/features", "{\"inputs\":[[1,0,1]]}", 503, "\"code\":\"model_unavailable\"");
    served_expect(s.port, "/v1/models/good/features", "{\"inputs\":[[1,0,1]]}", 200, NULL);
    served_stop(&s);
}

/* One client loads and unloads while others ask: each gets a correct answer or a 503 that says why. */
static void loading_and_unloading_under_load_gives_answers_or_503(void **state)
{
    static const char *const flags[] = {"--model-control", "explicit", NULL};
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    struct load load = {.port = s.port, .target = "/v1/models/tiny/features", .body = "{\"inputs\":[[1,0,1]]}"};
    struct wire_reply first = wire_post(s.port, load.target, load.body);
    load.want = first.body;
    load_start(&load);
    for (int i = 0; i < 40; i++) {
        struct wire_reply r = wire_call(s.port, "POST", "/v2/repository/models/tiny/unload", NULL, NULL, 0);
        assert_int_equal(r.status, 200);
        wire_free(&r);
        r = wire_call(s.port, "POST", "/v2/repository/models/tiny/load", NULL, NULL, 0);
        assert_int_equal(r.status, 200);
        wire_free(&r);
    }
    wait_answers(&load, 100);
    atomic_store(&load.stop, true);
    load_join(&load);
    assert_int_equal(atomic_load(&load.lost), 0);
    wire_free(&first);
    served_stop(&s);
}

/* An unloaded model gives 409 while an earlier stream goes on, then 404; its counters stay, and resume when it is back. */
static void an_unloaded_model_finishes_what_it_has_in_hand(void **state)
{
    static const char *const flags[] = {"--model-control", "explicit", NULL};
    static const char answered[] =
        "boltzd_inference_requests_total{model=\"tiny\",version=\"3\",task=\"features\",outcome=\"ok\"} ";
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    served_expect(s.port, "/v1/models/tiny/features", "{\"inputs\":[[1,0,1]]}", 200, NULL);
    char byte;
    int fd = wire_connect(s.port);
    static const char stream[] =
        "GET /v1/models/tiny/sample?format=ndjson&steps=1000000&every=1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_int_equal(send(fd, stream, sizeof(stream) - 1, 0), sizeof(stream) - 1);
    assert_int_equal(recv(fd, &byte, 1, 0), 1);
    served_expect(s.port, "/v2/repository/models/tiny/unload", "", 200, NULL);
    served_expect(s.port, "/v1/models/tiny/features", "{\"inputs\":[[1,0,1]]}", 409, "\"code\":\"model_unloading\"");
    struct wire_reply r = wire_post(s.port, "/v2/repository/index", "");
    assert_non_null(strstr(r.body, "UNLOADING"));
    wire_free(&r);
    close(fd);
    int status = 409;
    for (int i = 0; i < 20000 && status == 409; i++, usleep(1000)) {
        r = wire_post(s.port, "/v1/models/tiny/features", "{\"inputs\":[[1,0,1]]}");
        status = r.status;
        wire_free(&r);
    }
    assert_int_equal(status, 404);
    for (int loaded = 0; loaded < 2; loaded++) {
        r = wire_get(s.port, "/metrics");
        assert_non_null(strstr(r.body, answered));
        assert_int_equal(atoi(strstr(r.body, answered) + sizeof(answered) - 1), 1 + loaded);
        wire_free(&r);
        for (int i = 0; i < 2 && !loaded; i++) {
            r = i ? wire_post(s.port, "/v1/models/tiny/features", "{\"inputs\":[[1,0,1]]}")
                  : wire_post(s.port, "/v2/repository/models/tiny/load", "");
            assert_int_equal(r.status, 200);
            wire_free(&r);
        }
    }
    served_stop(&s);
}

static void control_is_off_unless_asked_for(void **state)
{
    static struct served s;
    (void)state;
    served_start_usual(&s, NULL);
    struct wire_reply r = wire_call(s.port, "POST", "/v2/repository/models/tiny/unload", NULL, NULL, 0);
    assert_int_equal(r.status, 403);
    assert_non_null(strstr(r.body, "\"code\":\"model_control_disabled\""));
    wire_free(&r);
    served_stop(&s);
}

static void the_memory_limit_is_kept_with_numbers_in_the_message(void **state)
{
    static const char *const flags[] = {"--max-model-memory", "1MiB", NULL};
    static struct served s;
    (void)state;
    served_start_usual(&s, flags); /* big has 1.5 MiB of weights */
    served_expect(s.port, "/v1/models/big/sample?steps=1", "{}", 503, "of 1.0 MiB are in use");
    served_expect(s.port, "/v1/models/tiny/sample?steps=1", "{}", 200, NULL);
    served_stop(&s);
}

/* An unloaded model releases its memory when its last user lets go, which may take a moment. */
static void wait_load(const struct served *s, const char *model)
{
    char target[100];
    int status = 0;
    snprintf(target, sizeof(target), "/v2/repository/models/%s/load", model);
    for (int i = 0; i < 2000 && status != 200; i++) {
        struct wire_reply r = wire_post(s->port, target, "");
        status = r.status;
        wire_free(&r);
        usleep(status == 200 ? 0 : 10000);
    }
    assert_int_equal(status, 200);
}

/* A second model whose file alone would fit is refused as long as there is no room for serving it; the first is unaffected. */
static void what_is_loaded_can_serve_within_the_memory_limit(void **state)
{
    static const char *const flags[] = {
        "--max-model-memory", "8MiB", "--model-control", "explicit", "--load-model", "first", NULL};
    static struct served s;
    (void)state;
    served_folder(&s);
    struct bz_machine *m = served_rbm(784, 500, 5); /* 1.5 MiB in its file, four times as much on top when it is served */
    served_publish(&s, "first", 1, m);
    served_publish(&s, "second", 1, m);
    bz_machine_free(m);
    served_start(&s, flags);
    served_expect(s.port, "/v2/repository/models/second/load", "", 503, "needs more than 1.5 MiB, 7.7 of 8.0 MiB are in use");
    served_expect(s.port, "/v1/models/first/sample?steps=1", "{}", 200, NULL);
    served_expect(s.port, "/v2/repository/models/first/unload", "", 200, NULL);
    wait_load(&s, "second");
    served_expect(s.port, "/v1/models/second/sample?steps=1", "{}", 200, NULL);
    served_stop(&s);
}

static void a_unix_socket_serves_and_is_removed(void **state)
{
    static struct served s;
    char flag[160];
    struct bz_machine *m = served_rbm(3, 2, 1);
    (void)state;
    served_folder(&s);
    served_publish(&s, "tiny", 1, m);
    bz_machine_free(m);
    snprintf(flag, sizeof(flag), "unix:%s/socket", s.folder);
    const char *const flags[] = {"--listen", flag, NULL};
    served_start(&s, flags);
    int fd = wire_connect_unix(flag + 5);
    assert_true(fd >= 0);
    struct wire_reply r = wire_ask(fd, "GET", "/v1/models", "Host: anything.test\r\n", NULL, 0);
    assert_int_equal(r.status, 200);
    wire_free(&r);
    close(fd);
    srv_server_unready(s.server);
    srv_server_close(s.server);
    assert_int_not_equal(access(flag + 5, F_OK), 0);
    served_stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draining_under_load_loses_no_request),
        cmocka_unit_test(a_connection_without_a_request_does_not_hold_up_draining),
        cmocka_unit_test(long_work_is_finished_while_draining),
        cmocka_unit_test(what_remains_at_the_cut_off_gets_503),
        cmocka_unit_test(publishing_versions_under_load_loses_no_request),
        cmocka_unit_test(a_bad_version_is_refused_and_the_old_one_serves_on),
        cmocka_unit_test(aliases_pin_roll_back_and_name_versions),
        cmocka_unit_test(models_that_cannot_be_loaded_do_not_stop_the_others),
        cmocka_unit_test(loading_and_unloading_under_load_gives_answers_or_503),
        cmocka_unit_test(an_unloaded_model_finishes_what_it_has_in_hand),
        cmocka_unit_test(control_is_off_unless_asked_for),
        cmocka_unit_test(the_memory_limit_is_kept_with_numbers_in_the_message),
        cmocka_unit_test(what_is_loaded_can_serve_within_the_memory_limit),
        cmocka_unit_test(a_unix_socket_serves_and_is_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
