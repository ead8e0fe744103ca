#include "served.h"

#include "model_file.h"
#include "server.h"
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { MAX_FLAGS = 40 };

void served_folder(struct served *s)
{
    *s = (struct served){.folder = "/tmp/boltzd-test-XXXXXX"};
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->repository, sizeof(s->repository), "%s/models", s->folder);
    assert_int_equal(mkdir(s->repository, 0755), 0);
}

void served_publish(const struct served *s, const char *model, unsigned version, const struct bz_machine *machine)
{
    char path[256];
    struct bz_error err;
    const struct bz_model_text nothing = {0};
    snprintf(path, sizeof(path), "%s/%s", s->repository, model);
    mkdir(path, 0755);
    snprintf(path, sizeof(path), "%s/%s/%u", s->repository, model, version);
    mkdir(path, 0755);
    strcat(path, "/model.safetensors");
    if (bz_model_save(machine, &nothing, path, &err) < 0)
        fail_msg("%s", err.msg);
}

struct bz_machine *served_rbm(size_t n_visible, size_t n_hidden, unsigned seed)
{
    const struct bz_layer_spec layers[] = {
        {.name = "visible", .role = BZ_VISIBLE, .unit = BZ_BERNOULLI, .size = n_visible},
        {.name = "hidden", .role = BZ_HIDDEN, .unit = BZ_BERNOULLI, .size = n_hidden},
    };
    const struct bz_coupling_spec coupling = {0, 1};
    struct bz_machine *m = NULL;
    struct bz_error err;
    struct bz_key key = {.seed = seed, .purpose = BZ_DRAW_WEIGHT};
    if (bz_machine_new(&m, "rbm", layers, 2, &coupling, 1, &err) < 0)
        fail_msg("%s", err.msg);
    float *w = bz_machine_weight(m, 0), *b = bz_machine_bias(m, 0), *c = bz_machine_bias(m, 1);
    for (size_t i = 0; i < n_visible * n_hidden; i++)
        w[i] = 0.2f * (bz_random_uniform(&key, (uint32_t)i) - 0.5f);
    key.step = 1;
    for (size_t i = 0; i < n_visible; i++)
        b[i] = bz_random_uniform(&key, (uint32_t)i) - 1.0f;
    key.step = 2;
    for (size_t i = 0; i < n_hidden; i++)
        c[i] = bz_random_uniform(&key, (uint32_t)i) - 0.5f;
    return m;
}

void served_file(const struct served *s, char path[160], const char *name, const char *text)
{
    snprintf(path, 160, "%s/%s", s->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

void served_start(struct served *s, const char *const *flags)
{
    /* However slow the machine and the sanitizer, a request times out only where a test says so. */
    char *argv[MAX_FLAGS] = {"boltzd", "--model-repository", s->repository, "--log-level", "error", "--request-timeout",
                             "600s",   "--listen",           "127.0.0.1:0", "--max-cost",  "0"}; /* tests of endless work */
    int argc = 11, status;
    enum srv_action action;
    const char *words[2];
    struct bz_error err;
    for (; flags && *flags; flags++)
        argv[argc++] = (char *)(uintptr_t)*flags;
    char *const nothing[] = {NULL};
    if (srv_options_read(&s->options, &action, words, argc, argv, nothing, &err) != 0)
        fail_msg("%s", err.msg);
    if (srv_server_new(&s->server, &s->options, &status, &err) < 0)
        fail_msg("%s", err.msg);
    s->port = srv_server_port(s->server, false);
    srv_server_wait_loaded(s->server);
}

void served_start_hidden(struct served *s, size_t n_hidden, const char *const *flags)
{
    served_folder(s);
    struct bz_machine *one = served_rbm(3, 2, 1), *three = served_rbm(3, 2, 3), *big = served_rbm(784, n_hidden, 5);
    served_publish(s, "tiny", 1, one);
    served_publish(s, "tiny", 3, three);
    served_publish(s, "big", 1, big);
    bz_machine_free(one);
    bz_machine_free(three);
    bz_machine_free(big);
    served_start(s, flags);
}

void served_start_usual(struct served *s, const char *const *flags)
{
    served_start_hidden(s, 500, flags);
}

void served_end(struct served *s)
{
    srv_server_free(s->server);
    srv_options_free(&s->options);
}

void served_remove(const struct served *s)
{
    char command[160];
    snprintf(command, sizeof(command), "rm -rf '%s'", s->folder);
    assert_int_equal(system(command), 0);
}

void served_stop(struct served *s)
{
    served_end(s);
    served_remove(s);
}

void served_expect(unsigned port, const char *target, const char *body, int status, const char *text)
{
    struct wire_reply r = body ? wire_post(port, target, body) : wire_get(port, target);
    if (r.status != status || (text && !strstr(r.body, text)))
        fail_msg("%s: expected %d%s%s, found %d: %.300s", target, status, text ? " and " : "", text ? text : "", r.status,
                 r.body ? r.body : "");
    wire_free(&r);
}

cJSON *served_ask(const struct served *s, const char *model, const char *operation, const char *body)
{
    char target[128];
    snprintf(target, sizeof(target), "/v1/models/%s/%s", model, operation);
    struct wire_reply r = wire_post(s->port, target, body);
    if (r.status != 200)
        fail_msg("%s %s: %d %s", target, body, r.status, r.body);
    cJSON *root = cJSON_Parse(r.body);
    assert_non_null(root);
    wire_free(&r);
    return root;
}

int served_group_begin(void **state, struct served *s, const char *const *flags)
{
    *state = s;
    served_start_usual(s, flags);
    return 0;
}

int served_group_end(void **state)
{
    served_stop(*state);
    return 0;
}

double served_metric(unsigned port, const char *name)
{
    struct wire_reply r = wire_get(port, "/metrics");
    char line[256];
    snprintf(line, sizeof(line), "\n%s ", name);
    const char *at = r.body ? strstr(r.body, line) : NULL;
    const double value = at ? strtod(at + strlen(line), NULL) : -1;
    wire_free(&r);
    return value;
}

void served_wait_metric(unsigned port, const char *name, double value)
{
    for (int i = 0; i < 3000; i++) {
        if (served_metric(port, name) == value)
            return;
        usleep(20000);
    }
    fail_msg("%s is %g, want %g", name, served_metric(port, name), value);
}
