/* The program itself: exit statuses, signals, the log. */
#include "process.h"
#include "wire.h"

#include "test.h"
#include "utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void models(struct served *s)
{
    struct bz_machine *m = served_rbm(3, 2, 1), *big = served_rbm(784, 500, 2);
    served_folder(s);
    served_publish(s, "tiny", 1, m);
    served_publish(s, "big", 1, big);
    bz_machine_free(m);
    bz_machine_free(big);
}

static void an_address_in_use_is_named(void **state)
{
    static struct served s;
    struct process first, second;
    char address[64];
    (void)state;
    models(&s);
    process_start(&first, &s, NULL);
    snprintf(address, sizeof(address), "127.0.0.1:%u", first.port);
    const char *const flags[] = {"--model-repository", s.repository, "--listen", address, NULL};
    process_spawn(&second, flags, NULL, -1);
    assert_int_equal(process_join(&second), 1);
    assert_non_null(strstr(second.text, address));
    assert_non_null(strstr(second.text, "in use"));
    kill(first.pid, SIGTERM);
    assert_int_equal(process_join(&first), 0);
    served_remove(&s);
}

static void health_check_asks_the_running_daemon(void **state)
{
    static struct served s;
    struct process p, check;
    char address[64];
    (void)state;
    models(&s);
    process_start(&p, &s, NULL);
    snprintf(address, sizeof(address), "0.0.0.0:%u", p.port); /* a wildcard bind is queried over loopback */
    const char *const flags[] = {"--health-check", "--listen", address, NULL};
    process_spawn(&check, flags, NULL, -1);
    assert_int_equal(process_join(&check), 0);
    kill(p.pid, SIGTERM);
    assert_int_equal(process_join(&p), 0);
    served_remove(&s);
}

static void strict_models_ends_with_1_if_one_is_bad(void **state)
{
    static struct served s;
    struct process p;
    char command[320];
    (void)state;
    models(&s);
    snprintf(command, sizeof(command), "mkdir -p %s/bad/1 && echo x > %s/bad/1/model.safetensors", s.repository, s.repository);
    assert_int_equal(system(command), 0);
    const char *const flags[] = {"--model-repository", s.repository, "--listen", "127.0.0.1:0", "--strict-models", NULL};
    process_spawn(&p, flags, NULL, -1);
    assert_int_equal(process_join(&p), 1);
    assert_non_null(strstr(p.text, "model bad: version 1 refused"));
    served_remove(&s);
}

struct clients {
    unsigned port;
    atomic_size_t answered, lost;
    atomic_bool stop;
};

static void *ask_on(void *arg)
{
    struct clients *c = arg;
    int fd = -1;
    while (!atomic_load(&c->stop) && (fd >= 0 || (fd = wire_connect(c->port)) >= 0)) {
        static const char body[] = "{\"inputs\":[[1,0,1]]}";
        struct wire_reply r = wire_ask(fd, "POST", "/v1/models/tiny/features", NULL, body, strlen(body));
        atomic_fetch_add(r.status == 200 && !r.cut ? &c->answered : &c->lost, 1);
        wire_keep(&fd, &r);
        wire_free(&r);
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static void sigterm_under_load_loses_nothing_and_exits_0(void **state)
{
    static const char *const flags[] = {"--drain-delay", "300ms", "--log-format", "json", NULL};
    enum { N = 6 };
    static struct served s;
    struct process p;
    pthread_t threads[N];
    (void)state;
    models(&s);
    process_start(&p, &s, flags);
    struct clients c = {.port = p.port};
    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, ask_on, &c);
    while (atomic_load(&c.answered) < 100)
        usleep(1000);
    kill(p.pid, SIGTERM);
    assert_int_equal(process_join(&p), 0);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&c.lost), 0);
    served_remove(&s);
}

/* Its output is a pipe that nobody reads: it is full after some tens of kilobytes. */
static void a_log_that_nobody_reads_does_not_stop_it(void **state)
{
    static struct served s;
    struct process p;
    (void)state;
    models(&s);
    process_start(&p, &s, NULL);
    int fd = wire_connect(p.port);
    for (int i = 0; i < 3000; i++) {
        struct wire_reply r = wire_ask(fd, "GET", "/v2/health/live", NULL, NULL, 0);
        assert_int_equal(r.status, 200);
        wire_free(&r);
    }
    close(fd);
    kill(p.pid, SIGTERM);
    assert_int_equal(process_join(&p), 0);
    served_remove(&s);
}

static void during_the_drain_delay_it_serves_but_is_not_ready(void **state)
{
    static const char *const flags[] = {"--drain-delay", "60s", NULL};
    static struct served s;
    struct process p;
    char value[256];
    (void)state;
    models(&s);
    process_start(&p, &s, flags);
    kill(p.pid, SIGTERM);
    assert_true(process_read_until(&p, "draining"));
    int status = 200;
    for (int i = 0; i < 20000 && status == 200; i++) {
        struct wire_reply r = wire_get(p.port, "/v2/health/ready");
        status = r.status;
        wire_free(&r);
    }
    assert_int_equal(status, 503);
    struct wire_reply ready = wire_get(p.port, "/v2/models/tiny/ready");
    assert_int_equal(ready.status, 503);
    wire_free(&ready);
    struct wire_reply live = wire_get(p.port, "/v2/health/live");
    assert_int_equal(live.status, 200);
    assert_string_equal(wire_header(&live, "Connection", value), "close");
    wire_free(&live);
    served_expect(p.port, "/v1/models/tiny/features", "{\"inputs\":[[1,0,1]]}", 200, NULL);
    kill(p.pid, SIGTERM); /* the second SIGTERM: immediately */
    process_join(&p);
    assert_non_null(strstr(p.text, "second signal"));
    served_remove(&s);
}

static void sigint_skips_the_drain_delay(void **state)
{
    static const char *const flags[] = {"--drain-delay", "600s", NULL};
    static struct served s;
    struct process p;
    (void)state;
    models(&s);
    process_start(&p, &s, flags);
    kill(p.pid, SIGINT);
    assert_int_equal(process_join(&p), 0);
    served_remove(&s);
}

static void send_post(int fd, const char *target, const char *body)
{
    char text[512];
    snprintf(text, sizeof(text), "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s", target, strlen(body),
             body);
    assert_true(wire_send_text(fd, text));
}

/* Like `docker stop --time 4`: SIGTERM, and SIGKILL four seconds later. A reply that nobody reads, a stream that nobody reads
 * and half a body do not keep it from exiting by itself, nor other clients from getting the refusals they are promised. */
static void after_the_drain_timeout_the_end_is_near(void **state)
{
    static const char *const flags[] = {"--drain-timeout", "1s", NULL};
    static struct served s;
    struct process p;
    int fd[5];
    (void)state;
    models(&s);
    process_start(&p, &s, flags);
    for (int i = 0; i < 5; i++)
        assert_true((fd[i] = wire_connect(p.port)) >= 0);
    wire_window(fd[0], 4096);
    wire_window(fd[1], 4096);
    wire_send_text(fd[0], "GET /v1/models/big/parameters/visible~hidden.weight HTTP/1.1\r\nHost: localhost\r\n\r\n");
    send_post(fd[1], "/v1/models/big/sample?format=ndjson", "{\"count\":16,\"steps\":100000000,\"every\":1}");
    wire_send_text(fd[2], "POST /v1/models/big/sample HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
    send_post(fd[3], "/v1/models/tiny/sample?format=sse", "{\"steps\":100000000,\"every\":100000}");
    send_post(fd[4], "/v1/models/tiny/sample", "{\"steps\":100000000}");
    char some[64];
    for (int i = 0; i < 4; i += i ? 2 : 1)
        assert_true(recv(fd[i], some, 1, MSG_PEEK) == 1);
    kill(p.pid, SIGTERM);
    const pid_t killer = fork();
    if (killer == 0) {
        sleep(4);
        kill(p.pid, SIGKILL);
        _exit(0);
    }
    struct wire_reply stream = wire_read(fd[3], false), other = wire_read(fd[4], false);
    assert_int_equal(process_join(&p), 0);
    kill(killer, SIGKILL);
    assert_int_equal(waitpid(killer, NULL, 0), killer);
    assert_non_null(strstr(stream.body, "event: error\ndata: {"));
    assert_int_equal(other.status, 503);
    wire_free(&stream);
    wire_free(&other);
    for (int i = 0; i < 5; i++)
        close(fd[i]);
    served_remove(&s);
}

static void sighup_reads_repository_and_configuration_again(void **state)
{
    static struct served s;
    struct process p;
    char path[160], text[512];
    (void)state;
    models(&s);
    snprintf(text, sizeof(text), "model-repository = %s\nlisten = 127.0.0.1:0\n", s.repository);
    served_file(&s, path, "boltzd.conf", text);
    const char *const flags[] = {"--config", path, NULL};
    process_start(&p, &s, flags);
    struct bz_machine *m = served_rbm(3, 2, 9);
    served_publish(&s, "tiny", 2, m);
    bz_machine_free(m);
    strcat(text, "log-level = error\nmax-queue-rows = 77\n");
    served_file(&s, path, "boltzd.conf", text);
    kill(p.pid, SIGHUP);
    bool changed = false;
    for (int i = 0; i < 20000 && !changed; i++) {
        struct wire_reply r = wire_get(p.port, "/v1/models/tiny");
        changed = strstr(r.body, "\"version\":2,") != NULL;
        wire_free(&r);
        usleep(5000);
    }
    assert_true(changed);
    struct wire_reply r = wire_get(p.port, "/metrics");
    assert_non_null(strstr(r.body, "boltzd_inference_queue_limit_rows{model=\"tiny\",version=\"2\"} 77\n"));
    wire_free(&r);
    /* so is a value that waits for the next start, if that will refuse it */
    char later[600];
    snprintf(later, sizeof(later), "%sops-listen = nonsense\n", text);
    served_file(&s, path, "boltzd.conf", later);
    kill(p.pid, SIGHUP);
    assert_true(process_read_until(&p, "the next start will refuse this"));
    assert_non_null(strstr(p.text, "ops-listen = nonsense: expected HOST:PORT"));
    /* a bad file is reported, and changes nothing */
    served_file(&s, path, "boltzd.conf", "nonsense\n");
    kill(p.pid, SIGHUP);
    assert_true(process_read_until(&p, "the old configuration stays in force"));
    kill(p.pid, SIGTERM);
    assert_int_equal(process_join(&p), 0);
    served_remove(&s);
}

/* As a scheduler warns before the time is up, or a rotation of logs asks to reopen them. */
static void signals_without_a_meaning_do_not_end_it(void **state)
{
    static struct served s;
    struct process p;
    (void)state;
    models(&s);
    process_start(&p, &s, NULL);
    kill(p.pid, SIGUSR2);
    assert_true(process_read_until(&p, "SIGUSR2: has no effect"));
    kill(p.pid, SIGUSR1);
    assert_true(process_read_until(&p, "SIGUSR1: has no effect"));
    struct wire_reply r = wire_get(p.port, "/v2/health/ready");
    assert_int_equal(r.status, 200);
    wire_free(&r);
    kill(p.pid, SIGTERM);
    assert_int_equal(process_join(&p), 0);
    served_remove(&s);
}

/* No limit is reread and then forgotten, and only what must wait is reported as waiting. */
static void sighup_applies_limits_and_names_what_waits(void **state)
{
    static const char narrower[] = "max-body = 2KiB\nidle-timeout = 7\nurl-prefix = /x\n";
    static struct served s;
    struct process p;
    static char body[4000];
    char path[160], text[512], value[256];
    (void)state;
    models(&s);
    snprintf(text, sizeof(text), "model-repository = %s\nlisten = 127.0.0.1:0\n", s.repository);
    served_file(&s, path, "boltzd.conf", text);
    const char *const flags[] = {"--config", path, NULL};
    process_start(&p, &s, flags);
    memset(body, ' ', sizeof(body));
    memcpy(body, "{}", 2);
    struct wire_reply r = wire_call(p.port, "POST", "/v1/models/tiny/sample", NULL, body, sizeof(body));
    assert_int_equal(r.status, 200);
    wire_free(&r);
    strcat(text, narrower);
    served_file(&s, path, "boltzd.conf", text);
    kill(p.pid, SIGHUP);
    assert_true(process_read_until(&p, "url-prefix: its new value"));
    assert_null(strstr(p.text, "max-body: its new value"));
    r = wire_call(p.port, "POST", "/v1/models/tiny/sample", NULL, body, sizeof(body));
    for (int i = 0; i < 2000 && r.status == 200; i++) { /* the log line comes a moment before the last limit is applied */
        wire_free(&r);
        usleep(1000);
        r = wire_call(p.port, "POST", "/v1/models/tiny/sample", NULL, body, sizeof(body));
    }
    assert_int_equal(r.status, 413);
    assert_non_null(strstr(r.body, "\"too_large\""));
    wire_free(&r);
    int fd = wire_connect(p.port);
    r = wire_ask(fd, "GET", "/v2/health/live", NULL, NULL, 0);
    assert_string_equal(wire_header(&r, "Keep-Alive", value), "timeout=6");
    wire_free(&r);
    close(fd);
    kill(p.pid, SIGTERM);
    assert_int_equal(process_join(&p), 0);
    served_remove(&s);
}

static void every_request_is_a_line_of_the_log(void **state)
{
    static const char sound[] = "X-Request-Id: req-1\r\nX-API-Key: ", key[] = "secret-of-reader",
                      trace[] = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
    /* SHA-256 of the key */
    static const char line[] = "reader infer sha256:%s\n";
    static const char *const formats[] = {"text", "json"};
    static const char *const fields[2][9] = {
        {" request_id=req-1", "trace_id=4bf92f3577b34da6a3ce929d0e0e4736", "key=reader", "method=POST",
         "route=/v1/models/{model}/features", "model=tiny", "version=1", "status=200", "rows=2"},
        {"\"request_id\":\"req-1\"", "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"", "\"key\":\"reader\"",
         "\"method\":\"POST\"", "\"route\":\"/v1/models/{model}/features\"", "\"model\":\"tiny\"", "\"version\":1",
         "\"status\":200", "\"rows\":2"},
    };
    (void)state;
    for (int format = 0; format < 2; format++) {
        static struct served s;
        struct process p;
        char keys[160], text[256], headers[512];
        models(&s);
        snprintf(text, sizeof(text), line, "1237e4bef8a564f0bfbbe056c444e5dd530d6f0c5d6094f94a77890d87e633b2");
        served_file(&s, keys, "keys", text);
        const char *const flags[] = {"--log-format", formats[format], "--api-keys", keys, NULL};
        process_start(&p, &s, flags);
        snprintf(headers, sizeof(headers), "%s%s\r\n%s", sound, key, trace);
        static const char body[] = "{\"inputs\":[[1,0,1],[0,0,1]]}";
        struct wire_reply r = wire_call(p.port, "POST", "/v1/models/tiny/features", headers, body, strlen(body));
        assert_int_equal(r.status, 200);
        wire_free(&r);
        r = wire_call(p.port, "GET", "/private%20path", NULL, NULL, 0);
        wire_free(&r);
        kill(p.pid, SIGTERM);
        assert_int_equal(process_join(&p), 0);
        for (size_t i = 0; i < 9; i++)
            if (!strstr(p.text, fields[format][i]))
                fail_msg("not in the log: %s\n%s", fields[format][i], p.text);
        /* never keys, bodies or raw paths */
        assert_null(strstr(p.text, key));
        assert_null(strstr(p.text, "inputs"));
        assert_null(strstr(p.text, "private"));
        served_remove(&s);
    }
}

/* Reads what is there now, or, with `all`, until the program ends; returns the size. */
static size_t read_log(int fd, char *text, size_t size, size_t room, bool all)
{
    fcntl(fd, F_SETFL, all ? 0 : O_NONBLOCK);
    for (ssize_t n; size < room - 1 && (n = read(fd, text + size, room - 1 - size)) > 0;)
        size += (size_t)n;
    text[size] = 0;
    return size;
}

/* Nor do quotes in a method end the text that holds it. */
static void a_log_that_is_read_late_has_whole_lines(void **state)
{
    static const char *const flags[] = {"--log-format", "json", NULL};
    enum { ROOM = 1 << 20 };
    static char text[ROOM];
    static struct served s;
    struct process p;
    size_t lost = 0;
    (void)state;
    models(&s);
    char folder[120];
    snprintf(folder, sizeof(folder), "%s/caf\xe9", s.repository); /* not UTF-8; the log names it */
    assert_int_equal(mkdir(folder, 0700), 0);
    process_start(&p, &s, flags);
    memcpy(text, p.text, p.size);
    size_t size = p.size;
    int fd = wire_connect(p.port);
    for (int round = 0; round < 3; round++) { /* each more than a pipe holds */
        for (int i = 0; i < 400; i++) {
            struct wire_reply r = wire_ask(fd, "GET", "/v1/models/none", NULL, NULL, 0);
            assert_int_equal(r.status, 404);
            wire_free(&r);
        }
        struct wire_reply r = wire_call(p.port, "GE\"T", "/v1/models", NULL, NULL, 0);
        assert_int_equal(r.status, 400);
        wire_free(&r);
        usleep(250000); /* longer than lines are gathered for */
        size = read_log(p.log, text, size, ROOM, false);
    }
    close(fd);
    kill(p.pid, SIGTERM);
    read_log(p.log, text, size, ROOM, true);
    assert_int_equal(process_join(&p), 0);
    char *rest = text, *line;
    while ((line = strsep(&rest, "\n")) && *line) {
        cJSON *object = bz_is_utf8(line, strlen(line)) ? cJSON_Parse(line) : NULL;
        if (!object)
            fail_msg("not a line of the log: %s", line);
        lost += strstr(line, "bytes of log were lost") != NULL;
        cJSON_Delete(object);
    }
    assert_in_range(lost, 1, 3);
    served_remove(&s);
}

int main(void)
{
    if (process_missing())
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_in_use_is_named),
        cmocka_unit_test(health_check_asks_the_running_daemon),
        cmocka_unit_test(strict_models_ends_with_1_if_one_is_bad),
        cmocka_unit_test(sigterm_under_load_loses_nothing_and_exits_0),
        cmocka_unit_test(a_log_that_nobody_reads_does_not_stop_it),
        cmocka_unit_test(during_the_drain_delay_it_serves_but_is_not_ready),
        cmocka_unit_test(sigint_skips_the_drain_delay),
        cmocka_unit_test(after_the_drain_timeout_the_end_is_near),
        cmocka_unit_test(sighup_reads_repository_and_configuration_again),
        cmocka_unit_test(signals_without_a_meaning_do_not_end_it),
        cmocka_unit_test(sighup_applies_limits_and_names_what_waits),
        cmocka_unit_test(every_request_is_a_line_of_the_log),
        cmocka_unit_test(a_log_that_is_read_late_has_whole_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
