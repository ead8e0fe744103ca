/* The daemon as a separate process, with hundreds of requests of every kind in flight: each gets the same bytes as when it is
 * alone, and none is lost, whatever else happens to the daemon and its models. */
#include "oracle_machines.h"
#include "process.h"
#include "questions.h"
#include "wire.h"

#include "test.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    N_CLIENTS = SANITIZED ? 80 : 240, /* each always has one request in flight; fewer under sanitizers */
    N_SLOW = 3,
    N_LEAVERS = 4,
    MAX_VERSIONS = 32,
};

struct crowd {
    unsigned port;
    struct questions asked;
    bool queue_may_be_full;
    bool until_refused;   /* clients ask until nobody listens; otherwise until `stop`, after asking each question */
    pthread_mutex_t lock; /* guards `of_version` */
    char *of_version[MAX_VERSIONS];
    atomic_bool stop;
    atomic_size_t next, answered, lost, wrong, full, away, left, slow_read;
    pthread_t threads[N_CLIENTS + N_SLOW + N_LEAVERS];
};

/* --- clients --- */

/* All replies of one version are the same text; the test checks that text at its end. */
static bool right_for_its_version(struct crowd *c, const struct question *q, const struct wire_reply *r)
{
    char value[256];
    unsigned version = (unsigned)atoi(wire_header(r, "X-Boltz-Version", value));
    bool right = r->status == 200 && version > 0 && version < MAX_VERSIONS;
    if (!right || !strstr(q->target, "features"))
        return right;
    pthread_mutex_lock(&c->lock);
    if (!c->of_version[version])
        c->of_version[version] = strdup(r->body);
    right = strcmp(c->of_version[version], r->body) == 0;
    pthread_mutex_unlock(&c->lock);
    return right;
}

/* Counts the reply; false = the request is to be sent again. */
static bool judge(struct crowd *c, const struct question *q, const struct wire_reply *r)
{
    char value[256];
    if (r->status == 0 || r->cut) {
        if (atomic_fetch_add(&c->lost, 1) == 0)
            print_error("lost: %s, status %d, %zu bytes of body\n", q->target, r->status, r->size);
        return true;
    }
    bool later = r->status == 404 || r->status == 409 || (r->status == 503 && atoi(wire_header(r, "Retry-After", value)) >= 1);
    if (later && c->queue_may_be_full && strstr(r->body, "\"code\":\"queue_full\"")) {
        atomic_fetch_add(&c->full, 1);
        return false;
    }
    if (later && q->fate == AWAY &&
        (strstr(r->body, "\"code\":\"model_unloading\"") || strstr(r->body, "\"code\":\"model_unavailable\"") ||
         strstr(r->body, "\"code\":\"model_not_found\""))) {
        atomic_fetch_add(&c->away, 1);
        return false;
    }
    if (q->fate == VERSIONED ? right_for_its_version(c, q, r) : question_same(r, &q->alone))
        atomic_fetch_add(&c->answered, 1);
    else if (atomic_fetch_add(&c->wrong, 1) < 5)
        print_error("wrong: %s: status %d, %zu bytes, want %d, %zu: %.300s\n", q->target, r->status, r->size, q->alone.status,
                    q->alone.size, r->body);
    return true;
}

/* A draining daemon closes connections that have been idle for seconds; one thread of many on a busy machine may take that long
 * to send a request. What was not sent is not lost. */
static bool was_closed_meanwhile(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void *client(void *arg)
{
    struct crowd *c = arg;
    int fd = -1;
    size_t done = 0, at = atomic_fetch_add(&c->next, 1);
    while (c->until_refused || done < c->asked.n || !atomic_load(&c->stop)) {
        const struct question *q = &c->asked.list[(at + 7 * done) % c->asked.n];
        if (fd < 0 && (fd = wire_connect(c->port)) < 0)
            break;
        if (was_closed_meanwhile(fd)) {
            close(fd);
            fd = -1;
            continue;
        }
        struct wire_reply r = question_put(fd, q);
        if (judge(c, q, &r))
            done++;
        else
            usleep(2000);
        wire_keep(&fd, &r);
        wire_free(&r);
    }
    if (fd >= 0)
        close(fd);
    else if (!c->until_refused)
        atomic_fetch_add(&c->lost, 1);
    return NULL;
}

/* Repeatedly leaves a long stream unread for a while, then reads it to its end. */
static void *slow_reader(void *arg)
{
    struct crowd *c = arg;
    char some[20000];
    do {
        int fd = wire_connect(c->port);
        if (fd < 0)
            break;
        wire_window(fd, 4096);
        snprintf(some, sizeof(some), "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s",
                 c->asked.stream.target, c->asked.stream.size, c->asked.stream.body);
        if (was_closed_meanwhile(fd)) {
            close(fd);
            continue;
        }
        wire_send_text(fd, some);
        for (int i = 0; i < 4; i++) {
            usleep(100000);
            recv(fd, some, sizeof(some), MSG_PEEK);
        }
        wire_window(fd, 1 << 20);
        struct wire_reply r = wire_read(fd, false);
        if (judge(c, &c->asked.stream, &r))
            atomic_fetch_add(&c->slow_read, 1);
        wire_free(&r);
        close(fd);
    } while (c->until_refused || !atomic_load(&c->stop));
    return NULL;
}

/* Disconnects in the middle of headers, body, work and stream, with and without a reset. */
static void *leaver(void *arg)
{
    static const char *const starts[] = {
        "POST /v1/models/small/features HTTP/1.1\r\nHost: loc",
        "POST /v1/models/small/features HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{\"inputs\":[[1,0,1,",
        "POST /v1/models/small/features HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"inp\r\n4",
        "POST /v1/models/small/sample HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
        "31\r\n\r\n{\"count\":10,\"steps\":1000000000}",
        "POST /v1/models/small/sample?format=sse HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
        "41\r\n\r\n{\"count\":2,\"steps\":1000000000,\"every\":100}",
    };
    struct crowd *c = arg;
    const size_t n = sizeof(starts) / sizeof(starts[0]);
    for (size_t i = 0; !atomic_load(&c->stop); i++) {
        const struct linger reset = {.l_onoff = 1};
        char some[300];
        int fd = wire_connect(c->port);
        if (fd < 0)
            break;
        wire_send_text(fd, starts[i % n]);
        if (i % n == n - 1)
            recv(fd, some, sizeof(some), 0);
        else
            usleep(3000);
        if (i / n % 2)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        close(fd);
        atomic_fetch_add(&c->left, 1);
    }
    return NULL;
}

static void crowd_start(struct crowd *c)
{
    for (int i = 0; i < N_CLIENTS + N_SLOW + N_LEAVERS; i++)
        assert_int_equal(pthread_create(&c->threads[i], NULL,
                                        i < N_CLIENTS            ? client
                                        : i < N_CLIENTS + N_SLOW ? slow_reader
                                                                 : leaver,
                                        c),
                         0);
}

static void crowd_join(struct crowd *c)
{
    for (int i = 0; i < N_CLIENTS + N_SLOW + N_LEAVERS; i++)
        pthread_join(c->threads[i], NULL);
    print_message("%zu answered, %zu told to come later (%zu of a model away), %zu left, %zu slow streams\n",
                  atomic_load(&c->answered), atomic_load(&c->full) + atomic_load(&c->away), atomic_load(&c->away),
                  atomic_load(&c->left), atomic_load(&c->slow_read));
    assert_int_equal(atomic_load(&c->lost), 0);
    assert_int_equal(atomic_load(&c->wrong), 0);
    assert_true(atomic_load(&c->answered) >= N_CLIENTS);
    assert_true(atomic_load(&c->left) > 0);
    assert_true(atomic_load(&c->slow_read) > 0);
}

/* --- the daemon --- */

static void publish(const struct served *s, const char *model, unsigned version, struct bz_machine *m)
{
    served_publish(s, model, version, m);
    bz_machine_free(m);
}

static struct crowd *begin(struct served *s, struct process *p, const char *const *flags)
{
    struct crowd *c = calloc(1, sizeof(*c));
    pthread_mutex_init(&c->lock, NULL);
    served_folder(s);
    publish(s, "small", 1, served_rbm(N_UNITS, 40, 1));
    publish(s, "deep", 1, oracle_dbm(true));
    publish(s, "moving", 1, served_rbm(3, 2, 1));
    publish(s, "visitor", 1, served_rbm(3, 2, 2));
    process_start(p, s, flags);
    c->port = p->port;
    questions_fill(&c->asked);
    questions_ask_alone(&c->asked, c->port);
    return c;
}

static void end(struct crowd *c, struct served *s)
{
    for (size_t i = 0; i <= c->asked.n; i++) {
        struct question *q = i < c->asked.n ? &c->asked.list[i] : &c->asked.stream;
        wire_free(&q->alone);
        free(q->body);
    }
    for (size_t i = 0; i < MAX_VERSIONS; i++)
        free(c->of_version[i]);
    pthread_mutex_destroy(&c->lock);
    free(c);
    served_remove(s);
}

/* Clients that disconnected leave nothing behind. */
static void wait_idle(unsigned port)
{
    static const char *const lines[] = {"\nboltzd_http_requests_in_flight 1\n",
                                        "\nboltzd_inference_queue_rows{model=\"small\",version=\"1\"} 0\n"};
    bool idle = false;
    for (int i = 0; i < 20000 && !idle; i++) {
        struct wire_reply r = wire_get(port, "/metrics");
        idle = r.status == 200 && strstr(r.body, lines[0]) && strstr(r.body, lines[1]);
        wire_free(&r);
        usleep(idle ? 0 : 10000);
    }
    assert_true(idle);
}

static void finish(struct process *p)
{
    wait_idle(p->port);
    kill(p->pid, SIGTERM);
    int status = process_join(p);
    if (status != 0)
        fail_msg("exit status %d: %s", status, p->text);
}

static bool was_seen(struct crowd *c, unsigned version)
{
    pthread_mutex_lock(&c->lock);
    bool seen = c->of_version[version] != NULL;
    pthread_mutex_unlock(&c->lock);
    return seen;
}

static void hang_up(const struct process *p)
{
    kill(p->pid, SIGHUP);
    usleep(200000);
}

static void versions_are_published_each_second_and_sighup_comes(void **state)
{
    static const char *const flags[] = {
        "--model-control", "poll", "--poll-interval", "100ms", "--half-close-grace", "1s", "--drain-delay", "100ms", NULL};
    enum { LAST = 5 };
    static struct served s;
    static struct process p;
    (void)state;
    struct crowd *c = begin(&s, &p, flags);
    crowd_start(c);
    for (int i = 0; i < 1000 && !was_seen(c, 1); i++)
        usleep(10000);
    for (unsigned v = 2; v <= LAST; v++) {
        publish(&s, "moving", v, served_rbm(3, 2, v));
        for (int i = 0; i < 4 || (i < 1000 && !was_seen(c, v)); i++)
            hang_up(&p);
        usleep(200000);
    }
    atomic_store(&c->stop, true);
    crowd_join(c);
    for (unsigned v = 1; v <= LAST; v++) {
        char target[64];
        snprintf(target, sizeof(target), "/v1/models/moving/versions/%u/features", v);
        struct wire_reply r = wire_post(c->port, target, "{\"inputs\":[[1,0,1],[0,1,1]]}");
        assert_non_null(c->of_version[v]);
        assert_string_equal(r.body, c->of_version[v]);
        wire_free(&r);
    }
    finish(&p);
    end(c, &s);
}

static void models_come_and_go_and_the_queue_is_full(void **state)
{
    static const char *const flags[] = {
        "--model-control", "explicit", "--max-queue-rows", "40", "--half-close-grace", "1s", "--drain-delay", "100ms", NULL};
    static struct served s;
    static struct process p;
    (void)state;
    struct crowd *c = begin(&s, &p, flags);
    c->queue_may_be_full = true;
    crowd_start(c);
    for (int i = 0; i < 30 || (i < 5000 && (!atomic_load(&c->full) || !atomic_load(&c->away) || !atomic_load(&c->slow_read)));
         i++) {
        static const char *const doings[] = {"unload", "load"};
        for (int k = 0; k < 2; k++) {
            char target[64];
            snprintf(target, sizeof(target), "/v2/repository/models/visitor/%s", doings[k]);
            struct wire_reply r = wire_post(c->port, target, "");
            assert_int_equal(r.status, 200);
            wire_free(&r);
            usleep(20000);
        }
        if (i % 5 == 0)
            hang_up(&p);
    }
    atomic_store(&c->stop, true);
    crowd_join(c);
    assert_true(atomic_load(&c->full) > 0);
    assert_true(atomic_load(&c->away) > 0);
    finish(&p);
    end(c, &s);
}

static void sigterm_comes(void **state)
{
    static const char *const flags[] = {"--drain-delay", "500ms", "--drain-timeout", "300s", "--half-close-grace", "1s", NULL};
    static struct served s;
    static struct process p;
    (void)state;
    struct crowd *c = begin(&s, &p, flags);
    c->until_refused = true;
    crowd_start(c);
    while (atomic_load(&c->answered) < 4 * N_CLIENTS)
        usleep(1000);
    kill(p.pid, SIGTERM);
    int status = process_join(&p);
    atomic_store(&c->stop, true);
    crowd_join(c);
    if (status != 0)
        fail_msg("exit status %d: %s", status, p.text);
    end(c, &s);
}

int main(void)
{
    if (process_missing())
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_published_each_second_and_sighup_comes),
        cmocka_unit_test(models_come_and_go_and_the_queue_is_full),
        cmocka_unit_test(sigterm_comes),
    };
    return cmocka_run_group_tests_name("each reply is that of the request alone, and none is lost, while", tests, NULL, NULL);
}
