/* Limits on connections and their duration, and which models of a repository are served at start. */
#include "served.h"
#include "wire.h"

#include "test.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How far the time of day is ahead of the kernel's; whoever waits until a time of day waits that much longer. */
static atomic_long ahead_s;

int clock_gettime(clockid_t clock, struct timespec *now)
{
    const int rc = (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME)
        now->tv_sec += atomic_load(&ahead_s);
    return rc;
}

static void connections_beyond_the_limit_are_told_so(void **state)
{
    static const char *const flags[] = {"--max-connections", "2", NULL};
    static struct served s;
    int fds[2];
    char value[256];
    (void)state;
    served_start_usual(&s, flags);
    for (int i = 0; i < 2; i++) {
        fds[i] = wire_connect(s.port);
        struct wire_reply r = wire_ask(fds[i], "GET", "/v2/health/live", NULL, NULL, 0);
        assert_int_equal(r.status, 200);
        wire_free(&r);
    }
    int third = wire_connect(s.port);
    struct wire_reply r = wire_read(third, false);
    assert_int_equal(r.status, 503);
    assert_non_null(strstr(r.body, "\"code\":\"too_many_connections\""));
    assert_string_equal(wire_header(&r, "X-Boltz-Error", value), "too_many_connections");
    assert_string_equal(wire_header(&r, "Connection", value), "close");
    assert_true(atoi(wire_header(&r, "Retry-After", value)) >= 1);
    wire_free(&r);
    close(third);
    for (int i = 0; i < 20; i++) { /* it also reaches clients that send before they read */
        static char body[100000];
        memset(body, ' ', sizeof(body));
        r = wire_call(s.port, "POST", "/v1/models/tiny/sample", NULL, body, sizeof(body));
        assert_int_equal(r.status, 503);
        wire_free(&r);
    }
    close(fds[0]); /* makes room */
    int status = 0;
    for (int i = 0; i < 2000 && status != 200; i++) {
        r = wire_get(s.port, "/v2/health/live");
        status = r.status;
        wire_free(&r);
        usleep(status == 200 ? 0 : 5000);
    }
    assert_int_equal(status, 200);
    close(fds[1]);
    served_stop(&s);
}

static void slow_clients_are_cut_off_although_the_clock_is_set_back(void **state)
{
    static const char *const flags[] = {"--header-timeout", "100ms", NULL};
    static struct served s;
    char byte;
    (void)state;
    atomic_store(&ahead_s, 3600);
    served_start_usual(&s, flags);
    int fd = wire_connect(s.port);
    assert_true(wire_send_text(fd, "GET / HT"));
    assert_int_equal(recv(fd, &byte, 1, 0), 0); /* not -1, which means that the test itself timed out */
    atomic_store(&ahead_s, 0);
    close(fd);
    served_stop(&s);
}

static void not_being_ready_is_no_overload(void **state)
{
    static struct served s;
    (void)state;
    served_folder(&s);
    served_start(&s, NULL);
    served_expect(s.port, "/v2/health/ready", NULL, 503, NULL);
    struct wire_reply r = wire_get(s.port, "/metrics");
    assert_non_null(strstr(r.body, "boltzd_http_rejected_total{reason=\"overload\"} 0\n"));
    wire_free(&r);
    served_stop(&s);
}

static bool is_closed_by_server(unsigned port, const char *text, size_t size)
{
    char some[4096];
    ssize_t n;
    int fd = wire_connect(port);
    wire_send(fd, text, size);
    while ((n = recv(fd, some, sizeof(some), 0)) > 0)
        ;
    close(fd);
    return n == 0;
}

/* Each would wait for five minutes if the server did not end it. */
static void connections_that_do_nothing_are_closed(void **state)
{
    static const char *const flags[] = {"--idle-timeout", "1", "--header-timeout", "1", NULL};
    static const char *const texts[] = {
        "",
        "GET /v2/he",
        "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n",
        "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /v1/models/tiny/features HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
        "POST /v1/models/tiny/features HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
    };
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (!is_closed_by_server(s.port, texts[i], strlen(texts[i])))
            fail_msg("not closed after: %s", texts[i]);
    served_stop(&s);
}

static void a_folder_of_one_model_is_a_repository(void **state)
{
    static struct served s;
    (void)state;
    served_folder(&s);
    struct bz_machine *m = served_rbm(3, 2, 1);
    served_publish(&s, "tiny", 7, m);
    bz_machine_free(m);
    strcat(s.repository, "/tiny");
    static const char *const names[] = {"tiny", "digits"};
    for (int i = 0; i < 2; i++) {
        struct served one = s;
        const char *const flags[] = {i ? "--model-name" : NULL, names[i], NULL};
        served_start(&one, flags);
        char target[64];
        snprintf(target, sizeof(target), "/v1/models/%s", names[i]);
        served_expect(one.port, target, NULL, 200, "\"version\":7,");
        served_end(&one);
    }
    served_remove(&s);
}

static void models_not_named_at_start_are_loaded_on_request(void **state)
{
    static const char *const flags[] = {"--model-control", "explicit", "--load-model", "big", NULL};
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    served_expect(s.port, "/v2/health/ready", NULL, 200, NULL);
    struct wire_reply r = wire_post(s.port, "/v2/repository/index", "");
    assert_string_equal(r.body,
                        "[{\"name\":\"big\",\"version\":\"1\",\"state\":\"READY\",\"reason\":\"\"},{\"name\":\"tiny\"}]");
    wire_free(&r);
    served_expect(s.port, "/v2/models/tiny/ready", NULL, 404, NULL);
    served_expect(s.port, "/v2/repository/models/tiny/load", "", 200, NULL);
    served_expect(s.port, "/v2/models/tiny/ready", NULL, 200, NULL);
    served_stop(&s);
}

/* Each kind of request to one of many models. */
static void a_model_has_few_series_unless_all_are_asked_for(void **state)
{
    static const char *const detail[] = {"brief", "full"};
    size_t series[2] = {0, 0};
    (void)state;
    for (size_t d = 0; d < 2; d++) {
        static struct served s;
        const char *const flags[] = {"--metrics-detail", detail[d], NULL};
        served_start_usual(&s, flags);
        static const char *const tasks[] = {"features", "free-energy", "reconstruct", "sample"};
        for (size_t i = 0; i < 4; i++) {
            char target[80];
            snprintf(target, sizeof(target), "/v1/models/tiny/%s", tasks[i]);
            served_expect(s.port, target, i < 3 ? "{\"inputs\":[[1,0,1]]}" : "{\"steps\":1}", 200, NULL);
        }
        struct wire_reply r = wire_get(s.port, "/metrics");
        for (const char *at = r.body; (at = strstr(at, "model=\"tiny\"")); at++)
            series[d]++;
        wire_free(&r);
        served_stop(&s);
    }
    assert_in_range(series[0], 20, 60);
    assert_true(series[1] > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_beyond_the_limit_are_told_so),
        cmocka_unit_test(slow_clients_are_cut_off_although_the_clock_is_set_back),
        cmocka_unit_test(not_being_ready_is_no_overload),
        cmocka_unit_test(connections_that_do_nothing_are_closed),
        cmocka_unit_test(a_folder_of_one_model_is_a_repository),
        cmocka_unit_test(models_not_named_at_start_are_loaded_on_request),
        cmocka_unit_test(a_model_has_few_series_unless_all_are_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
