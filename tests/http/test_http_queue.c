/* The queue as clients see it: batching that changes nothing, limits, deadlines, clients that leave, long and short work. */
#include "oracle_machines.h"
#include "served.h"
#include "wire.h"

#include "test.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* A request, and the reply it gets when it is alone. */
struct question {
    const char *target, *headers;
    char *body;
    size_t size;
    struct wire_reply alone;
};

enum { N_QUESTIONS = 14, N_CLIENTS = 64, ROUNDS = 1 };

struct crowd {
    unsigned port;
    struct question *questions;
    size_t first;
    atomic_size_t wrong;
};

static char *copy(const char *text)
{
    return strdup(text);
}

/* n rows of 784 zeros and ones as JSON */
static char *json_rows(unsigned n, unsigned seed)
{
    char *text = malloc(64 + (size_t)n * 1600);
    size_t at = (size_t)sprintf(text, "{\"inputs\":[");
    for (unsigned r = 0; r < n; r++) {
        at += (size_t)sprintf(text + at, "%s[", r ? "," : "");
        for (unsigned i = 0; i < 784; i++) {
            seed = seed * 1664525u + 1013904223u;
            at += (size_t)sprintf(text + at, "%s%d", i ? "," : "", seed >> 29 == 0);
        }
        at += (size_t)sprintf(text + at, "]");
    }
    sprintf(text + at, "]}");
    return text;
}

static void fill_questions(struct question *q)
{
    size_t n = 0;
    for (unsigned i = 0; i < 4; i++)
        q[n++] = (struct question){"/v1/models/big/features?format=raw", NULL, json_rows(1, i), 0, {0}};
    q[n++] = (struct question){"/v1/models/big/features", NULL, json_rows(7, 9), 0, {0}};
    q[n++] = (struct question){"/v1/models/big/features?format=npy", NULL, json_rows(67, 10), 0, {0}};
    q[n++] = (struct question){"/v1/models/big/free-energy", NULL, json_rows(3, 11), 0, {0}};
    q[n++] = (struct question){"/v1/models/big/free-energy", NULL, json_rows(1, 12), 0, {0}};
    q[n++] = (struct question){"/v1/models/big/reconstruct?format=raw&steps=3", NULL, json_rows(2, 13), 0, {0}};
    q[n++] =
        (struct question){"/v1/models/big/reconstruct?format=raw&steps=2&type=state&seed=5", NULL, json_rows(2, 14), 0, {0}};
    q[n++] = (struct question){"/v1/models/big/features?format=raw&type=state&seed=6", NULL, json_rows(5, 15), 0, {0}};
    q[n++] = (struct question){"/v1/models/big/sample?format=raw", NULL, copy("{\"count\":5,\"steps\":40,\"seed\":3}"), 0, {0}};
    q[n++] = (struct question){"/v1/models/tiny/sample", NULL, copy("{\"count\":2,\"steps\":100,\"seed\":8}"), 0, {0}};
    q[n++] = (struct question){"/v1/models/tiny/features", NULL, copy("{\"inputs\":[[1,0]]}"), 0, {0}}; /* a refusal */
    assert_int_equal(n, N_QUESTIONS);
    for (size_t i = 0; i < n; i++) {
        q[i].size = strlen(q[i].body);
        q[i].headers = "X-Request-Id: same\r\n";
    }
}

static void complain(struct crowd *crowd, const struct question *q, const struct wire_reply *r)
{
    if (atomic_fetch_add(&crowd->wrong, 1) == 0)
        print_error("%s: status %d, %zu bytes%s, want %d, %zu\n", q->target, r->status, r->size, r->cut ? " (cut)" : "",
                    q->alone.status, q->alone.size);
}

static void *ask_all(void *arg)
{
    struct crowd *crowd = arg;
    int fd = wire_connect(crowd->port);
    for (size_t i = 0; i < (size_t)ROUNDS * N_QUESTIONS; i++) {
        const struct question *q = &crowd->questions[(crowd->first + 5 * i) % N_QUESTIONS];
        struct wire_reply r = wire_ask(fd, "POST", q->target, q->headers, q->body, q->size);
        if (r.status != q->alone.status || r.size != q->alone.size || memcmp(r.body, q->alone.body, r.size) != 0)
            complain(crowd, q, &r);
        wire_free(&r);
    }
    close(fd);
    return NULL;
}

static void replies_in_a_crowd_are_the_bytes_of_requests_alone(void **state)
{
    static struct question questions[N_QUESTIONS];
    static struct crowd crowd[N_CLIENTS];
    size_t wrong = 0;
    pthread_t threads[N_CLIENTS];
    static struct served s;
    (void)state;
    served_start_usual(&s, NULL);
    fill_questions(questions);
    for (size_t i = 0; i < N_QUESTIONS; i++) {
        struct question *q = &questions[i];
        q->alone = wire_call(s.port, "POST", q->target, q->headers, q->body, q->size);
        assert_int_equal(q->alone.status, i + 1 < N_QUESTIONS ? 200 : 400);
    }
    for (size_t i = 0; i < N_CLIENTS; i++) {
        crowd[i] = (struct crowd){.port = s.port, .questions = questions, .first = i};
        assert_int_equal(pthread_create(&threads[i], NULL, ask_all, &crowd[i]), 0);
    }
    for (size_t i = 0; i < N_CLIENTS; i++) {
        pthread_join(threads[i], NULL);
        wrong += atomic_load(&crowd[i].wrong);
    }
    assert_int_equal(wrong, 0);
    for (size_t i = 0; i < N_QUESTIONS; i++) {
        wire_free(&questions[i].alone);
        free(questions[i].body);
    }
    served_stop(&s);
}

static const char endless[] = "{\"count\":64,\"steps\":1000000000,\"seed\":1}";

/* Sends a request and does not wait. */
static int send_request(unsigned port, const char *target, const char *body)
{
    char text[512];
    int fd = wire_connect(port);
    snprintf(text, sizeof(text), "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s", target, strlen(body),
             body);
    wire_send_text(fd, text);
    return fd;
}

static void wait_metric(unsigned port, const char *line, double want)
{
    double value = -1;
    for (int i = 0; i < 20000 && value != want; i++) {
        value = served_metric(port, line);
        usleep(10000);
    }
    if (value != want)
        fail_msg("%s is %g, want %g", line, value, want);
}

static void a_full_queue_is_503_at_once_and_says_when_to_come_back(void **state)
{
    static const char *const flags[] = {"--max-queue-rows", "100", "--workers", "1", "--half-close-grace", "500ms", NULL};
    static const char in_hand[] = "boltzd_inference_queue_rows{model=\"big\",version=\"1\"}";
    char value[256];
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    int fd = send_request(s.port, "/v1/models/big/sample", endless);
    wait_metric(s.port, in_hand, 64);
    int other = send_request(s.port, "/v1/models/big/sample", "{\"count\":36,\"steps\":1000000000}");
    wait_metric(s.port, in_hand, 100);
    char *body = json_rows(1, 3);
    struct wire_reply r = wire_post(s.port, "/v1/models/big/features", body);
    assert_int_equal(r.status, 503);
    assert_non_null(strstr(r.body, "queue full"));
    assert_in_range(atoi(wire_header(&r, "Retry-After", value)), 1, 30);
    wire_free(&r);
    /* a stream is refused in the same way */
    served_expect(s.port, "/v1/models/big/sample?format=sse&every=1", "{\"count\":1}", 503, NULL);
    /* another model has room */
    served_expect(s.port, "/v1/models/tiny/sample", "{\"steps\":1}", 200, NULL);
    close(fd);
    close(other);
    wait_metric(s.port, in_hand, 0);
    served_expect(s.port, "/v1/models/big/features", body, 200, NULL);
    free(body);
    served_stop(&s);
}

/* A row of a wide model is large: 5136 bytes here. */
static void the_queue_is_bounded_in_bytes_too(void **state)
{
    static const char *const flags[] = {"--max-body",         "1MiB",  "--max-body-memory", "4MiB",        "--workers", "1",
                                        "--half-close-grace", "500ms", "--trusted-proxy",   "127.0.0.0/8", NULL};
    static const char in_hand[] = "boltzd_inference_queue_rows{model=\"big\",version=\"1\"}";
    static const char other[] = "X-Forwarded-For: 192.0.2.7\r\n", more[] = "{\"count\":120,\"steps\":1}",
                      many[] = "{\"count\":600,\"steps\":1}";
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    int fd = send_request(s.port, "/v1/models/big/sample", "{\"count\":300,\"steps\":1000000000}");
    wait_metric(s.port, in_hand, 300);
    served_expect(s.port, "/v1/models/big/sample", more, 429,
                  "of this client in flight may take 2097152 bytes together (max-body-memory)");
    struct wire_reply r = wire_call(s.port, "POST", "/v1/models/big/sample", other, more, sizeof(more) - 1);
    assert_int_equal(r.status, 200);
    wire_free(&r);
    r = wire_call(s.port, "POST", "/v1/models/big/sample", other, many, sizeof(many) - 1);
    assert_int_equal(r.status, 503);
    assert_non_null(strstr(r.body, "4194304 bytes together (max-body-memory)"));
    wire_free(&r);
    char *body = json_rows(1, 3);
    served_expect(s.port, "/v1/models/big/features", body, 200, NULL); /* a little always finds room */
    close(fd);
    wait_metric(s.port, in_hand, 0);
    served_expect(s.port, "/v1/models/big/sample", "{\"count\":900,\"steps\":1}", 200, NULL); /* alone it may */
    free(body);
    served_stop(&s);
}

static void a_request_larger_than_the_queue_runs_when_it_is_empty(void **state)
{
    static const char *const flags[] = {"--max-queue-rows", "3", NULL};
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    char *body = json_rows(10, 3);
    struct wire_reply r = wire_post(s.port, "/v1/models/big/features?format=raw", body);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.size, 10 * 500 * 4);
    wire_free(&r);
    free(body);
    served_stop(&s);
}

static void a_request_past_its_time_is_refused(void **state)
{
    static const char *const flags[] = {"--request-timeout", "300ms", "--workers", "1", NULL};
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    served_expect(s.port, "/v1/models/big/sample", endless, 504, "\"code\":\"timeout\"");
    served_stop(&s);
}

/* One sweep of sixteen million words takes longer than the whole timeout: the work ends all the same, a stream with the reason,
 * and the one worker is free for others. */
static void one_sweep_longer_than_the_timeout_ends_too(void **state)
{
    static const char *const flags[] = {"--request-timeout", "200ms", "--workers", "1", NULL};
    static const char body[] = "{\"steps\":10000,\"init\":[[16000000,1,0]]}";
    static struct served s;
    struct bz_machine *m = oracle_counts(false);
    (void)state;
    served_folder(&s);
    served_publish(&s, "words", 1, m);
    bz_machine_free(m);
    served_start(&s, flags);
    served_expect(s.port, "/v1/models/words/sample", body, 504, NULL);
    struct wire_reply r = wire_post(s.port, "/v1/models/words/sample?format=sse", body);
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(r.body, "event: error\ndata: {"));
    assert_non_null(strstr(r.body, "\"code\":\"timeout\""));
    wire_free(&r);
    served_expect(s.port, "/v1/models/words/features", "{\"inputs\":[[1,2,0]]}", 200, NULL);
    served_stop(&s);
}

static void work_for_a_client_that_left_is_given_up(void **state)
{
    static const char canceled[] =
        "boltzd_inference_requests_total{model=\"big\",version=\"1\",task=\"sample\",outcome=\"canceled\"}";
    static const char *const flags[] = {"--half-close-grace", "500ms", NULL};
    static struct served s;
    (void)state;
    served_start_usual(&s, flags);
    for (int i = 0; i < 3; i++) {
        int fd = send_request(s.port, "/v1/models/big/sample", endless);
        usleep(30000);
        close(fd);
    }
    wait_metric(s.port, canceled, 3);
    wait_metric(s.port, "boltzd_http_requests_in_flight", 1); /* the metrics request itself */
    served_stop(&s);
}

static void short_requests_pass_long_sampling(void **state)
{
    enum { N_LONG = 6 };
    int fds[N_LONG];
    static struct served s;
    (void)state;
    served_start_usual(&s, NULL);
    for (int i = 0; i < N_LONG; i++)
        fds[i] = send_request(s.port, "/v1/models/big/sample", endless);
    char *body = json_rows(1, 3);
    for (int i = 0; i < 20; i++) { /* endless work goes on meanwhile: without time slices the first would never be answered */
        served_expect(s.port, "/v1/models/big/features?format=raw", body, 200, NULL);
    }
    free(body);
    for (int i = 0; i < N_LONG; i++)
        close(fds[i]);
    served_stop(&s);
}

static const char *nth_word(const char *text, int n)
{
    while (n-- > 0)
        text = strchr(text, ' ') + 1;
    return text;
}

/* The niceness of the first thread whose name begins so; 99 = there is none. */
static int niceness(const char *name)
{
    char path[64], line[1024], found[32];
    int nice = 99;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *e; tasks && nice == 99 && (e = readdir(tasks));) {
        snprintf(path, sizeof(path), "/proc/self/task/%.20s/stat", e->d_name);
        FILE *file = fopen(path, "r");
        int n = 0;
        if (file && fgets(line, sizeof(line), file) && sscanf(line, "%*d (%31[^)]) %n", found, &n) == 1 &&
            strncmp(found, name, strlen(name)) == 0)
            nice = atoi(nth_word(line + n, 16));
        if (file)
            fclose(file);
    }
    if (tasks)
        closedir(tasks);
    return nice;
}

static void what_computes_is_nicer_than_what_passes_data_on(void **state)
{
    static const struct {
        const char *name;
        int more;
    } threads[] = {{"worker-", 5}, {"loader", 5}, {"registry", 5}, {"teller", 5}, {"keeper", 0}, {"acceptor", 0}, {"MHD", 0}};
    static const int begun[] = {0, 2, 17}; /* 19 is the end */
    static struct served s;
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const int before = setpriority(PRIO_PROCESS, 0, begun[i]) == 0 ? begun[i] : getpriority(PRIO_PROCESS, 0);
        served_start_usual(&s, NULL);
        for (size_t k = 0; k < sizeof(threads) / sizeof(threads[0]); k++) {
            const int want = before + threads[k].more < 19 ? before + threads[k].more : 19;
            while (niceness(threads[k].name) != want)
                usleep(1000); /* it has not begun yet */
        }
        served_stop(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_in_a_crowd_are_the_bytes_of_requests_alone),
        cmocka_unit_test(a_full_queue_is_503_at_once_and_says_when_to_come_back),
        cmocka_unit_test(the_queue_is_bounded_in_bytes_too),
        cmocka_unit_test(a_request_larger_than_the_queue_runs_when_it_is_empty),
        cmocka_unit_test(a_request_past_its_time_is_refused),
        cmocka_unit_test(one_sweep_longer_than_the_timeout_ends_too),
        cmocka_unit_test(work_for_a_client_that_left_is_given_up),
        cmocka_unit_test(short_requests_pass_long_sampling),
        cmocka_unit_test(what_computes_is_nicer_than_what_passes_data_on), /* last: it makes this process nicer */
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
