/* Private memory of the daemon: what models take once they have served requests, and that reloading leaves nothing behind. */
#include "process.h"
#include "wire.h"

#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    N_VISIBLE = 784,
    N_HIDDEN = 500,
    ROWS = 70,
    N_MODELS = 100 / DRAWS_DIVISOR,
    RELOADS = 4000 / DRAWS_DIVISOR,
    SWITCHES = 800 / DRAWS_DIVISOR,
    SETTLED = 100,
};
#define WEIGHTS (4.0 * (N_VISIBLE * N_HIDDEN + N_VISIBLE + N_HIDDEN)) /* bytes of a model's parameters */
#define MIB     (1024.0 * 1024.0)

/* RssAnon of a process, in bytes */
static double private_bytes(pid_t pid)
{
    char path[64], line[256];
    double kib = -1;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, "RssAnon:", 8) == 0)
            kib = atof(line + 8);
    fclose(file);
    assert_true(kib > 0);
    return kib * 1024;
}

static void must(int fd, const char *method, const char *target, const char *type, const void *body, size_t size)
{
    struct wire_reply r = wire_ask(fd, method, target, type, body, size);
    if (r.status != 200)
        fail_msg("%s: %d %s", target, r.status, r.body ? r.body : "");
    wire_free(&r);
}

static void must_json(int fd, const char *target, const char *json)
{
    must(fd, "POST", target, NULL, json, strlen(json));
}

/* The same numbers as raw rows and as JSON text. */
static float raw_rows[ROWS * N_VISIBLE];
static char json_rows[ROWS * N_VISIBLE * 2 + ROWS * 2 + 4], one_row[N_VISIBLE * 2 + 8];

static void fill_rows(void)
{
    unsigned seed = 1;
    char *at = json_rows, *start = json_rows;
    for (size_t r = 0; r < ROWS; r++) {
        *at++ = r ? ',' : '[';
        *at++ = '[';
        for (size_t i = 0; i < N_VISIBLE; i++) {
            seed = seed * 1664525u + 1013904223u;
            bool on = seed >> 29 == 0;
            raw_rows[r * N_VISIBLE + i] = on;
            *at++ = on ? '1' : '0';
            *at++ = ',';
        }
        at[-1] = ']';
        if (r == 0)
            snprintf(one_row, sizeof(one_row), "%.*s]", (int)(at - start), start);
    }
    strcpy(at, "]");
}

/* Every operation on a model, and the routes that describe it; short bodies and long ones. */
static void every_operation(unsigned port, unsigned model)
{
    static char body[sizeof(json_rows) + 256];
    static const char raw[] = "Content-Type: application/octet-stream\r\n";
    char target[128];
    int fd = wire_connect(port);
    const char *const on_rows[] = {"features",
                                   "features?format=npy",
                                   "features?format=png",
                                   "features?type=state",
                                   "free-energy",
                                   "reconstruct?steps=2",
                                   "reconstruct?type=state&format=raw"};
    for (size_t i = 0; i < sizeof(on_rows) / sizeof(*on_rows); i++) {
        snprintf(target, sizeof(target), "/v1/models/m%03u/%s", model, on_rows[i]);
        must(fd, "POST", target, raw, raw_rows, 4 * N_VISIBLE);
        must(fd, "POST", target, raw, raw_rows, sizeof(raw_rows));
        snprintf(body, sizeof(body), "{\"inputs\":%s}", json_rows);
        must_json(fd, target, body);
    }
    snprintf(target, sizeof(target), "/v1/models/m%03u/sample", model);
    must_json(fd, target, "{\"count\":70,\"steps\":3}");
    must_json(fd, target, "{\"count\":2,\"steps\":3,\"layers\":[\"visible\",\"hidden\"]}");
    snprintf(target, sizeof(target), "/v1/models/m%03u/sample?format=sse&every=1", model);
    must_json(fd, target, "{\"count\":8,\"steps\":3}");
    snprintf(target, sizeof(target), "/v2/models/m%03u/infer", model);
    snprintf(body, sizeof(body), "{\"inputs\":[{\"name\":\"visible\",\"shape\":[1,784],\"datatype\":\"FP32\",\"data\":%s}]}",
             one_row);
    must_json(fd, target, body);
    const char *const views[] = {"", "/parameters/visible~hidden.weight?format=npy",
                                 "/parameters/visible~hidden.weight?format=png", "/parameters/visible~hidden.weight"};
    for (size_t i = 0; i < sizeof(views) / sizeof(*views); i++) {
        snprintf(target, sizeof(target), "/v1/models/m%03u%s", model, views[i]);
        must(fd, "GET", target, NULL, NULL, 0);
    }
    close(fd);
}

static void memory_follows_the_models_that_served(void **state)
{
    static struct served s;
    static struct process p;
    static const char *const flags[] = {NULL};
    struct bz_machine *m = served_rbm(N_VISIBLE, N_HIDDEN, 1);
    char name[16];
    (void)state;
    if (SANITIZED || process_missing())
        skip();
    served_folder(&s);
    for (unsigned i = 0; i < N_MODELS; i++) {
        snprintf(name, sizeof(name), "m%03u", i);
        served_publish(&s, name, 1, m);
    }
    bz_machine_free(m);
    fill_rows();
    process_start(&p, &s, flags);
    for (unsigned served = 0; served <= N_MODELS; served++) {
        if (served)
            every_operation(p.port, served - 1);
        const double found = private_bytes(p.pid),
                     most = WEIGHTS * N_MODELS + 5 * WEIGHTS * served + 32 * MIB; /* the files are kept in memory */
        if (served == 0 || served == 1 || served % 10 == 0)
            print_message("%u models have served: %.1f MiB, at most %.1f\n", served, found / MIB, most / MIB);
        if (found > most)
            fail_msg("%u models have served: %.1f MiB, at most %.1f", served, found / MIB, most / MIB);
    }
    kill(p.pid, SIGTERM);
    assert_int_equal(process_join(&p), 0);
    served_remove(&s);
}

/* Remembers the highest value after the first reloads, and tells how much it grew in later ones. */
struct growth {
    double settled, most;
};

/* A replaced version goes when its last user releases it, soon but not immediately: if memory is above `most` it is given
 * time for that. */
static double settled_bytes(pid_t pid, double most)
{
    double now = private_bytes(pid);
    for (int i = 0; i < 1000 && now > most; i++) {
        usleep(5000);
        now = private_bytes(pid);
    }
    return now;
}

static void watch(struct growth *g, pid_t pid, unsigned reload)
{
    if (reload % 10)
        return;
    const double now = reload <= SETTLED ? private_bytes(pid) : settled_bytes(pid, g->settled + MIB / 4);
    if (reload <= SETTLED)
        g->settled = now > g->settled ? now : g->settled;
    g->most = now > g->most ? now : g->most;
    if (reload == SETTLED || reload % 400 == 0)
        print_message("%u reloads: %.2f MiB, at most %.2f so far\n", reload, now / MIB, g->most / MIB);
}

static void loading_and_unloading_leaves_nothing_behind(void **state)
{
    static struct served s;
    static struct process p;
    static const char *const flags[] = {"--model-control", "explicit", NULL};
    struct bz_machine *m = served_rbm(N_VISIBLE, N_HIDDEN, 1);
    struct growth g = {0};
    (void)state;
    if (SANITIZED || process_missing())
        skip();
    served_folder(&s);
    served_publish(&s, "m", 1, m);
    bz_machine_free(m);
    fill_rows();
    process_start(&p, &s, flags);
    int fd = wire_connect(p.port);
    for (unsigned i = 1; i <= RELOADS; i++) {
        must_json(fd, "/v2/repository/models/m/unload", "");
        must_json(fd, "/v2/repository/models/m/load", "");
        must(fd, "POST", "/v1/models/m/features?format=raw", "Content-Type: application/octet-stream\r\n", raw_rows,
             i % 2 ? 4 * N_VISIBLE : sizeof(raw_rows)); /* on the event loop, or on a worker */
        watch(&g, p.pid, i);
    }
    close(fd);
    kill(p.pid, SIGTERM);
    assert_int_equal(process_join(&p), 0);
    served_remove(&s);
    if (g.most - g.settled >= MIB / 2)
        fail_msg("grew by %.2f MiB after the first %d of %d reloads", (g.most - g.settled) / MIB, SETTLED, RELOADS);
}

/* Sends requests until `version` answers. */
static void await_version(int fd, const char *version)
{
    char value[256] = "";
    for (int i = 0; i < 100000 && strcmp(value, version) != 0; i++) {
        struct wire_reply r = wire_ask(fd, "POST", "/v1/models/m/features?format=raw",
                                       "Content-Type: application/octet-stream\r\n", raw_rows, 4 * N_VISIBLE);
        assert_int_equal(r.status, 200);
        wire_header(&r, "X-Boltz-Version", value);
        wire_free(&r);
        if (strcmp(value, version) != 0)
            usleep(500);
    }
    assert_string_equal(value, version);
}

static void new_versions_leave_nothing_behind(void **state)
{
    static struct served s;
    static struct process p;
    static const char *const flags[] = {NULL};
    struct bz_machine *m = served_rbm(N_VISIBLE, N_HIDDEN, 1);
    struct growth g = {0};
    char second[160], aside[160];
    (void)state;
    if (SANITIZED || process_missing())
        skip();
    served_folder(&s);
    served_publish(&s, "m", 1, m);
    served_publish(&s, "m", 2, m);
    bz_machine_free(m);
    fill_rows();
    snprintf(second, sizeof(second), "%s/m/2", s.repository);
    snprintf(aside, sizeof(aside), "%s/m/.aside", s.repository);
    process_start(&p, &s, flags);
    int fd = wire_connect(p.port);
    for (unsigned i = 1; i <= SWITCHES; i++) { /* version 2 goes and comes */
        const bool go = i % 2;
        assert_int_equal(go ? rename(second, aside) : rename(aside, second), 0);
        assert_int_equal(kill(p.pid, SIGHUP), 0);
        await_version(fd, go ? "1" : "2");
        watch(&g, p.pid, i);
    }
    close(fd);
    kill(p.pid, SIGTERM);
    assert_int_equal(process_join(&p), 0);
    served_remove(&s);
    if (g.most - g.settled >= MIB / 2)
        fail_msg("grew by %.2f MiB after the first %d of %d reloads", (g.most - g.settled) / MIB, SETTLED, SWITCHES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_follows_the_models_that_served),
        cmocka_unit_test(loading_and_unloading_leaves_nothing_behind),
        cmocka_unit_test(new_versions_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
