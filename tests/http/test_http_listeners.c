/* Where the daemon listens, under what names it is reached, and what it reports about itself before and after serving. */
#include "process.h"
#include "server.h"
#include "wire.h"

#include "test.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct served served;

static void one_model(void)
{
    served_folder(&served);
    struct bz_machine *m = served_rbm(3, 2, 1);
    served_publish(&served, "tiny", 1, m);
    bz_machine_free(m);
}

static void unix_sockets_have_the_mode_that_is_asked_for(void **state)
{
    static const struct {
        const char *words;
        unsigned mode;
    } cases[] = {{"", 0660}, {",mode=0600", 0600}, {",group=daemon,mode=666", 0666}};
    (void)state;
    one_model();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char address[160], path[128];
        struct stat st;
        snprintf(path, sizeof(path), "%s/socket%zu", served.folder, i);
        snprintf(address, sizeof(address), "unix:%s%s", path, cases[i].words);
        const char *const flags[] = {"--listen", address, NULL};
        const mode_t before = umask(0077);
        served_start(&served, flags);
        umask(before);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, cases[i].mode);
        served_end(&served);
        assert_int_not_equal(stat(path, &st), 0);
    }
    served_remove(&served);
}

/* A daemon that ends leaves alone what another has put in its place. */
static void a_replaced_socket_stays(void **state)
{
    char address[160], path[128], aside[160];
    struct stat st;
    (void)state;
    one_model();
    snprintf(path, sizeof(path), "%s/socket", served.folder);
    snprintf(aside, sizeof(aside), "%s/aside", served.folder);
    snprintf(address, sizeof(address), "unix:%s", path);
    const char *const flags[] = {"--listen", address, NULL};
    served_start(&served, flags);
    assert_int_equal(rename(path, aside), 0);
    FILE *file = fopen(path, "w");
    fclose(file);
    served_end(&served);
    assert_int_equal(stat(path, &st), 0);
    served_remove(&served);
}

/* One socket, however its path is spelt; with other words it is refused, by the check as well. */
static void a_socket_spelt_in_two_ways_is_one(void **state)
{
    char first[160], second[160], link[128], other[160];
    (void)state;
    one_model();
    snprintf(first, sizeof(first), "unix:%s/socket", served.folder);
    snprintf(second, sizeof(second), "unix:%s/./socket", served.folder);
    snprintf(link, sizeof(link), "%s/link", served.folder);
    snprintf(other, sizeof(other), "unix:%s/socket", link);
    assert_int_equal(symlink(served.folder, link), 0);
    const char *const twice[] = {"--listen", first, "--listen", second, "--listen", other, NULL};
    served_start(&served, twice);
    served_end(&served);
    for (int check = 0; check < 2; check++) {
        struct process p;
        const char *const both[] = {"--model-repository",
                                    served.repository,
                                    "--listen",
                                    first,
                                    "--ops-listen",
                                    second,
                                    check ? "--check-config" : NULL,
                                    NULL};
        process_spawn(&p, both, NULL, -1);
        assert_int_equal(process_join(&p), 78);
        assert_non_null(strstr(p.text, "listen has this address, too"));
    }
    served_remove(&served);
}

static void an_address_of_a_link_needs_the_link(void **state)
{
    struct process p;
    (void)state;
    one_model();
    const char *const flags[] = {"--model-repository", served.repository, "--listen", "[fe80::1]:8080", NULL};
    process_spawn(&p, flags, NULL, -1);
    assert_int_equal(process_join(&p), 78);
    assert_non_null(strstr(p.text, "[fe80::1%eth0]:8080"));
    served_remove(&served);
}

/* A listening socket on a free port, as the service manager holds it. */
static int held_socket(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 16), 0);
    getsockname(fd, (struct sockaddr *)&address, &size);
    *port = ntohs(address.sin_port);
    return fd;
}

static bool both_are_taken(const char *first_form, const char *second_form)
{
    char first[32], second[32];
    unsigned port;
    struct process p;
    close(held_socket(&port));
    snprintf(first, sizeof(first), first_form, port);
    snprintf(second, sizeof(second), second_form, port);
    const char *const flags[] = {"--model-repository", served.repository, "--listen", first, "--listen", second, NULL};
    process_spawn(&p, flags, NULL, -1);
    bool serves = process_read_until(&p, "in service");
    if (serves) {
        struct wire_reply r = wire_get(port, "/v2/health/live");
        assert_int_equal(r.status, 200);
        wire_free(&r);
        kill(p.pid, SIGTERM);
    }
    assert_int_equal(process_join(&p), serves ? 0 : 1);
    return serves;
}

static void all_addresses_of_one_port_do_not_collide(void **state)
{
    static const char *const forms[][2] = {{"0.0.0.0:%u", "[::]:%u"}, {"[::]:%u", "0.0.0.0:%u"}, {"*:%u", "0.0.0.0:%u"},
                                           {":%u", "*:%u"},           {"*:%u", "127.0.0.1:%u"},  {"127.0.0.1:%u", "*:%u"}};
    (void)state;
    one_model();
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        bool taken = false;
        for (int tries = 0; tries < 5 && !taken; tries++) /* another process may take the port meanwhile */
            taken = both_are_taken(forms[i][0], forms[i][1]);
        if (!taken)
            fail_msg("%s and %s collide", forms[i][0], forms[i][1]);
    }
    served_remove(&served);
}

static void a_passed_socket_never_takes_what_ops_listen_guards(void **state)
{
    unsigned port;
    struct process p;
    (void)state;
    one_model();
    int held = held_socket(&port);
    const char *const guarded[] = {"--model-repository", served.repository, "--ops-listen", "127.0.0.1:0", NULL};
    process_spawn(&p, guarded, NULL, held);
    assert_int_equal(process_join(&p), 78);
    assert_non_null(strstr(p.text, "named \"ops\""));
    const char *const plain[] = {"--model-repository", served.repository, NULL};
    process_spawn(&p, plain, NULL, held);
    assert_true(process_read_until(&p, "they stand for listen"));
    struct wire_reply r = wire_get(port, "/v2/health/live");
    assert_int_equal(r.status, 200);
    wire_free(&r);
    kill(p.pid, SIGTERM);
    assert_int_equal(process_join(&p), 0);
    close(held);
    served_remove(&served);
}

static void refusals_of_host_and_origin_show_what_came_and_what_lets_it_in(void **state)
{
    (void)state;
    one_model();
    served_start(&served, NULL);
    int fd = wire_connect(served.port);
    wire_send_text(fd, "GET /v1/models HTTP/1.1\r\nHost: models.example\r\nConnection: close\r\n\r\n");
    struct wire_reply r = wire_read(fd, false);
    close(fd);
    assert_int_equal(r.status, 403);
    assert_non_null(strstr(r.body, "models.example"));
    assert_non_null(strstr(r.body, "--allowed-host models.example"));
    wire_free(&r);
    r = wire_call(served.port, "GET", "/v1/models", "Origin: https://app.example\r\n", NULL, 0);
    assert_int_equal(r.status, 403);
    assert_non_null(strstr(r.body, "https://app.example"));
    assert_non_null(strstr(r.body, "--cors-origin https://app.example"));
    wire_free(&r);
    r = wire_get(served.port, "/metrics");
    assert_non_null(strstr(r.body, "boltzd_http_rejected_total{reason=\"host\"} 2"));
    wire_free(&r);
    served_stop(&served);
    const char *const flags[] = {"--listen", "localhost:0", "--allowed-host", "models.example", NULL};
    one_model();
    served_start(&served, flags);
    fd = wire_connect(served.port);
    wire_send_text(fd, "GET /v1/models HTTP/1.1\r\nHost: models.example:444\r\nConnection: close\r\n\r\n");
    r = wire_read(fd, false);
    assert_int_equal(r.status, 200);
    wire_free(&r);
    close(fd);
    served_stop(&served);
}

static void options_tells_balancers_of_the_drain(void **state)
{
    (void)state;
    one_model();
    served_start(&served, NULL);
    for (int draining = 0; draining < 2; draining++) {
        static const char *const targets[] = {"/", "*"};
        for (size_t i = 0; i < 2; i++) {
            struct wire_reply r = wire_call(served.port, "OPTIONS", targets[i], NULL, NULL, 0);
            assert_int_equal(r.status, draining ? 503 : 204);
            wire_free(&r);
        }
        struct wire_reply r = wire_post(served.port, "/v1/models/tiny/sample?steps=1", "{}"); /* it still accepts work */
        assert_int_equal(r.status, 200);
        wire_free(&r);
        srv_server_unready(served.server);
    }
    served_stop(&served);
}

static void nothing_that_can_change_is_kept(void **state)
{
    static const char *const targets[] = {"/v1/models", "/v1/models/nosuch", "/nosuch",
                                          "/metrics",   "/v2/health/ready",  "/openapi.json"};
    char value[256];
    (void)state;
    one_model();
    served_start(&served, NULL);
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct wire_reply r = wire_get(served.port, targets[i]);
        assert_string_equal(wire_header(&r, "Cache-Control", value), "no-store");
        wire_free(&r);
    }
    struct wire_reply r = wire_get(served.port, "/");
    assert_string_equal(wire_header(&r, "Cache-Control", value), "no-cache");
    assert_string_not_equal(wire_header(&r, "ETag", value), "");
    wire_free(&r);
    served_stop(&served);
}

static void the_health_check_speaks_tls_and_finds_the_daemon(void **state)
{
    struct process p, check;
    char cert[160], key[160], command[600], address[64];
    (void)state;
    one_model();
    snprintf(cert, sizeof(cert), "%s/cert.pem", served.folder);
    snprintf(key, sizeof(key), "%s/key.pem", served.folder);
    snprintf(command, sizeof(command),
             "openssl req -x509 -newkey rsa:2048 -nodes -keyout %s -out %s -days 2 -subj /CN=localhost 2>/dev/null", key, cert);
    if (system(command) != 0) {
        print_message("skipped: no openssl\n");
        served_remove(&served);
        skip();
    }
    const char *const tls[] = {
        "--model-repository", served.repository, "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key, NULL};
    process_spawn(&p, tls, NULL, -1);
    assert_true(process_read_until(&p, "listening on") &&
                (strstr(p.text, "in service") || process_read_until(&p, "in service")));
    const char *at = strstr(p.text, "https://127.0.0.1:");
    assert_non_null(at);
    snprintf(address, sizeof(address), "127.0.0.1:%d", atoi(at + 18));
    const char *const flags[] = {"--health-check", "--listen", address, "--tls-cert", cert, "--tls-key", key, NULL};
    process_spawn(&check, flags, NULL, -1);
    if (process_join(&check) != 0)
        fail_msg("%s", check.text);
    const char *const bare[] = {"--health-check", "--listen", address, NULL}; /* detects TLS */
    process_spawn(&check, bare, NULL, -1);
    if (process_join(&check) != 0)
        fail_msg("%s", check.text);
    const char *const unsaid[] = {"--health-check", "--listen", "127.0.0.1:0", NULL};
    process_spawn(&check, unsaid, NULL, -1);
    assert_int_equal(process_join(&check), 1);
    assert_non_null(strstr(check.text, "leaves the port to the system"));
    kill(p.pid, SIGTERM);
    assert_int_equal(process_join(&p), 0);
    process_spawn(&check, flags, NULL, -1);
    assert_int_equal(process_join(&check), 1);
    served_remove(&served);
}

/* A daemon that hangs, or has no room for another connection. */
static void the_health_check_waits_for_nobody(void **state)
{
    struct process check;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char words[160];
    (void)state;
    one_model();
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/hung", served.folder);
    snprintf(words, sizeof(words), "unix:%s", address.sun_path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 0), 0);
    for (int full = 0; full < 2; full++) { /* the first stays in the queue, the second finds it full */
        const char *const flags[] = {"--health-check", "--listen", words, NULL};
        alarm(60);
        process_spawn(&check, flags, NULL, -1);
        assert_int_equal(process_join(&check), 1);
        alarm(0);
        assert_non_null(strstr(check.text, words));
    }
    close(fd);
    served_remove(&served);
}

/* As in a container, where the health check has the image's environment but not the daemon's arguments. */
static void the_health_check_finds_a_daemon_whose_flags_override_their_common_environment(void **state)
{
    struct process p, check;
    char listen[200];
    (void)state;
    one_model();
    snprintf(listen, sizeof(listen), "unix:%s/health", served.folder);
    setenv("BOLTZD_LISTEN", "127.0.0.1:1", 1);
    const char *const flags[] = {"--model-repository", served.repository, "--listen", listen, "--url-prefix", "/under", NULL};
    process_spawn(&p, flags, NULL, -1);
    assert_true(process_read_until(&p, "in service"));
    const char *const ask[] = {"--health-check", NULL};
    process_spawn(&check, ask, NULL, -1);
    if (process_join(&check) != 0)
        fail_msg("%s", check.text);
    setenv("BOLTZD_LISTEN", "127.0.0.1:2", 1); /* of another daemon, which is not running here */
    process_spawn(&check, ask, NULL, -1);
    assert_int_equal(process_join(&check), 1);
    assert_non_null(strstr(check.text, "127.0.0.1:2"));
    unsetenv("BOLTZD_LISTEN");
    kill(p.pid, SIGTERM);
    assert_int_equal(process_join(&p), 0);
    served_remove(&served);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unix_sockets_have_the_mode_that_is_asked_for),
        cmocka_unit_test(a_replaced_socket_stays),
        cmocka_unit_test(a_socket_spelt_in_two_ways_is_one),
        cmocka_unit_test(an_address_of_a_link_needs_the_link),
        cmocka_unit_test(the_health_check_finds_a_daemon_whose_flags_override_their_common_environment),
        cmocka_unit_test(all_addresses_of_one_port_do_not_collide),
        cmocka_unit_test(a_passed_socket_never_takes_what_ops_listen_guards),
        cmocka_unit_test(refusals_of_host_and_origin_show_what_came_and_what_lets_it_in),
        cmocka_unit_test(options_tells_balancers_of_the_drain),
        cmocka_unit_test(nothing_that_can_change_is_kept),
        cmocka_unit_test(the_health_check_speaks_tls_and_finds_the_daemon),
        cmocka_unit_test(the_health_check_waits_for_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
