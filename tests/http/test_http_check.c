/* How the program exits, and that --check-config refuses what startup refuses. */
#include "process.h"

#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct ending {
    const char *flags[9];
    int status;
    const char *words;
};

static void each_ends_so(const struct ending *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct process p;
        process_spawn(&p, cases[i].flags, NULL, -1);
        int status = process_join(&p);
        if (status != cases[i].status || !strstr(p.text, cases[i].words))
            fail_msg("case %zu: status %d, want %d; it said: %s", i, status, cases[i].status, p.text);
    }
}

/* A repository with one model, and a valid configuration for it; path[] gets its name. */
static void good_configuration(struct served *s, char path[160])
{
    char text[512];
    struct bz_machine *m = served_rbm(3, 2, 1);
    served_folder(s);
    served_publish(s, "tiny", 1, m);
    bz_machine_free(m);
    snprintf(text, sizeof(text), "model-repository = %s\nlisten = 127.0.0.1:0\n", s->repository);
    served_file(s, path, "good.conf", text);
}

static void exit_statuses_tell_usage_from_configuration(void **state)
{
    static struct served s;
    char bad[160], good[160], keys[160], none[160];
    (void)state;
    good_configuration(&s, good);
    served_file(&s, bad, "bad.conf", "model-repository = x\nmodel-repositry = y\n");
    served_file(&s, none, "none.conf", "log-level = info\n");
    served_file(&s, keys, "keys", "broken\n");
    const struct ending cases[] = {
        {{"--help", NULL}, 0, "--model-repository"},
        {{"-h", NULL}, 0, "--model-repository"},
        {{"--version", NULL}, 0, "libmicrohttpd"},
        {{"-v", NULL}, 0, "libmicrohttpd"},
        {{"--config", good, "--check-config", NULL}, 0, "good"},
        {{"--config", good, "--print-config", NULL}, 0, "drain-timeout = 25s"},
        {{"--new-key", "reader", "infer,metrics", NULL}, 0, "line: reader infer,metrics sha256:"},
        {{"--new-key", "reader", "everything", NULL}, 2, "infer, metrics or admin"},
        {{NULL}, 2, "--model-repository is missing"},
        {{"--nonsense", NULL}, 2, "--nonsense"},
        {{"--config", bad, NULL}, 78, "bad.conf:2: unknown key 'model-repositry'; did you mean model-repository?"},
        {{"--config", bad, "--check-config", NULL}, 78, "bad.conf:2"},
        {{"--config", "/nonexistent.conf", NULL}, 78, "/nonexistent.conf"},
        {{"--model-repository", "/nonexistent", NULL}, 78, "/nonexistent"},
        {{"--config", good, "--api-keys", keys, NULL}, 78, "keys:1: expected"},
        {{"--config", good, "--api-keys", keys, "--check-config", NULL}, 78, "keys:1: expected"},
        {{"--check-config", NULL}, 2, "--model-repository is missing"},
        {{"--config", none, NULL}, 78, "--model-repository is missing"},
        {{"--config", none, "--check-config", NULL}, 78, "--model-repository is missing"},
        {{"--health-check", "--listen", "127.0.0.1:1", NULL}, 1, "127.0.0.1:1"},
    };
    each_ends_so(cases, sizeof(cases) / sizeof(cases[0]));
    served_remove(&s);
}

static void the_check_refuses_what_the_start_refuses(void **state)
{
    static struct served s;
    char good[160], keys[160];
    (void)state;
    good_configuration(&s, good);
    served_file(&s, keys, "keys", "broken\n");
    const struct ending cases[] = {
        {{"--config", good, "--tls-cert", keys, "--tls-key", keys, NULL}, 78, "PEM"},
        {{"--config", good, "--listen", "nowhere", NULL}, 78, "nowhere"},
        {{"--config", good, "--listen", "nowhere", "--check-config", NULL}, 78, "nowhere"},
        {{"--config", good, "--listen", "127.0.0.1:0,mode=0600", NULL}, 78, "only a unix socket"},
        {{"--config", good, "--listen", "unix:/tmp/boltzd-check-x,mode=9", "--check-config", NULL}, 78, "octal"},
        {{"--config", good, "--listen", "unix:/tmp/boltzd-check-x,group=no-such-group", "--check-config", NULL},
         78,
         "no-such-group"},
        {{"--config", good, "--listen", "192.0.2.1:8080", NULL}, 78, "192.0.2.1:8080"}, /* nobody's address: RFC 5737 */
        {{"--config", good, "--listen", "192.0.2.1:8080", "--check-config", NULL}, 78, "192.0.2.1:8080"},
        {{"--config", good, "--listen", "unix:/nonexistent/x", NULL}, 78, "/nonexistent"},
        {{"--config", good, "--listen", "unix:/nonexistent/x", "--check-config", NULL}, 78, "/nonexistent"},
        {{"--config", good, "--listen", "unix:/etc/passwd", "--check-config", NULL}, 78, "not a socket"},
        {{"--config", good, "--listen", "0.0.0.0:0", "--model-control", "explicit", NULL}, 78, "needs api-keys"},
        {{"--config", good, "--listen", "0.0.0.0:0", "--model-control", "explicit", "--check-config", NULL}, 78, "needs api"},
        {{"--config", good, "--listen", "127.0.0.1:28517", "--ops-listen", "127.0.0.1:28517", NULL}, 78, "listen has this"},
        {{"--config", good, "--listen", "*:28517", "--ops-listen", "127.0.0.1:28517", "--check-config", NULL},
         78,
         "listen has"},
        {{"--config", good, "--listen", "unix:/tmp/boltzd-check-x", "--listen", "unix:/tmp/boltzd-check-x", "--check-config",
          NULL},
         0,
         "good"},
        {{"--config", good, "--listen", "unix:/tmp/boltzd-check-x", "--listen", "unix:/tmp/boltzd-check-x,mode=0666",
          "--check-config", NULL},
         78,
         "given twice, with another mode"},
        {{"--config", good, "--listen", "unix:/tmp/boltzd-check-x", "--ops-listen", "unix:/tmp/boltzd-check-x",
          "--check-config", NULL},
         78,
         "listen has"},
        {{"--config", good, "--listen", "unix:/tmp/boltzd-check-x", "--ops-listen", "unix:/tmp/boltzd-check-x", NULL},
         78,
         "listen has"},
        {{"--config", good, "--web-dir", "/etc/passwd", NULL}, 78, "web-dir = /etc/passwd: Not a directory"},
        {{"--config", good, "--cors-origin", "https://a.example/", "--check-config", NULL}, 78, "cors-origin"},
        {{"--config", good, "--cors-origin", "a.example", NULL}, 78, "cors-origin"},
        {{"--config", good, "--trusted-proxy", "10.0.0.0/33", NULL}, 78, "trusted-proxy"},
        {{"--config", good, "--allowed-host", "http://a.internal", NULL},
         78,
         "allowed-host = http://a.internal: it contains a character"},
        {{"--config", good, "--allowed-host", "*.internal", "--check-config", NULL}, 78, "allowed-host"},
        {{"--config", good, "--allowed-host", "a.internal:81", "--check-config", NULL}, 0, "good"},
        {{"--config", good, "--url-prefix", "/two words", NULL}, 78, "url-prefix"},
        {{"--config", good, "--url-prefix", "/a?b", "--check-config", NULL}, 78, "url-prefix"},
        {{"--config", good, "--url-prefix", "/../x", "--check-config", NULL}, 78, "url-prefix"},
        {{"--config", good, "--url-prefix", "/x//y", "--check-config", NULL}, 78, "url-prefix"},
        {{"--config", good, "--url-prefix", "/x/.", "--check-config", NULL}, 78, "url-prefix"},
        {{"--config", good, "--url-prefix", "/x..y/...", "--check-config", NULL}, 0, "good"},
        {{"--config", good, "--web-dir", "/nonexistent", NULL}, 78, "web-dir = /nonexistent: No such file"},
        {{"--config", good, "--tls-cert", keys, "--tls-key", keys, "--check-config", NULL}, 78, "PEM"},
    };
    each_ends_so(cases, sizeof(cases) / sizeof(cases[0]));
    served_remove(&s);
}

/* Whoever forgets a certificate is warned before it expires. */
static void a_certificate_near_its_end_is_named(void **state)
{
    static struct served s;
    char good[160], cert[160], key[160], command[800];
    const struct {
        int days;
        bool named;
    } cases[] = {{3, true}, {90, false}};
    (void)state;
    good_configuration(&s, good);
    served_file(&s, cert, "cert.pem", "");
    served_file(&s, key, "key.pem", "");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct process p;
        snprintf(command, sizeof(command),
                 "openssl req -x509 -newkey rsa:2048 -nodes -keyout %s -out %s -days %d -subj /CN=localhost 2>/dev/null", key,
                 cert, cases[i].days);
        if (system(command) != 0) {
            print_message("skipped: no openssl\n");
            break;
        }
        process_spawn(&p, (const char *const[]){"--config", good, "--tls-cert", cert, "--tls-key", key, "--check-config", NULL},
                      NULL, -1);
        assert_int_equal(process_join(&p), 0);
        if (cases[i].named != (strstr(p.text, "the certificate expires on 20") != NULL))
            fail_msg("%d days: it said: %s", cases[i].days, p.text);
    }
    FILE *more = fopen(cert, "a");
    assert_non_null(more);
    fprintf(more, "%*s", 1 << 20, "\n");
    fclose(more);
    const struct ending large[] = {
        {{"--config", good, "--tls-cert", cert, "--tls-key", key, "--check-config", NULL}, 78, "cert.pem"},
        {{"--config", good, "--tls-cert", cert, "--tls-key", key, NULL}, 78, "cert.pem"},
    };
    each_ends_so(large, 2);
    served_remove(&s);
}

/* Who may write to the file of keys gives himself any. */
static void a_key_file_that_others_may_write_is_named(void **state)
{
    static struct served s;
    char good[160], keys[160];
    static const struct {
        mode_t mode;
        const char *says;
    } cases[] = {{0600, NULL}, {0644, NULL}, {0660, "its group may write"}, {0602, "anybody may write"}};
    (void)state;
    good_configuration(&s, good);
    served_file(&s, keys, "open-keys", "a infer sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct process p;
        chmod(keys, cases[i].mode);
        process_spawn(&p, (const char *const[]){"--config", good, "--api-keys", keys, "--check-config", NULL}, NULL, -1);
        assert_int_equal(process_join(&p), 0);
        if (cases[i].says ? !strstr(p.text, cases[i].says) : strstr(p.text, "may write") != NULL)
            fail_msg("mode %o: it said: %s", cases[i].mode, p.text);
    }
    served_remove(&s);
}

int main(void)
{
    if (process_missing())
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_statuses_tell_usage_from_configuration),
        cmocka_unit_test(the_check_refuses_what_the_start_refuses),
        cmocka_unit_test(a_certificate_near_its_end_is_named),
        cmocka_unit_test(a_key_file_that_others_may_write_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
