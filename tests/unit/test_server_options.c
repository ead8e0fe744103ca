/* The daemon's options: one table, three sources, exact error messages. */
#include "options.h"

#include "test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct outcome {
    int status;
    struct srv_options o;
    enum srv_action action;
    struct bz_error err;
};

static struct outcome read_options(const char *const *flags, const char *const *environment)
{
    static const char *const none[] = {NULL};
    struct outcome r = {.err.msg = ""};
    const char *words[2];
    char *argv[32] = {(char *)(uintptr_t) "boltzd"};
    int argc = 1;
    for (; flags && flags[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)flags[argc - 1];
    r.status = srv_options_read(&r.o, &r.action, words, argc, argv,
                                (char *const *)(uintptr_t)(environment ? environment : none), &r.err);
    return r;
}

static void write_file(char path[64], const char *text)
{
    strcpy(path, "/tmp/boltzd-options-XXXXXX");
    int fd = mkstemp(path);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void defaults_are_those_of_the_contract(void **state)
{
    struct outcome r = read_options(NULL, NULL);
    (void)state;
    assert_int_equal(r.status, 0);
    assert_int_equal(r.action, SRV_RUN);
    assert_int_equal(r.o.listen.n, 1);
    assert_string_equal(r.o.listen.items[0], "127.0.0.1:8080");
    assert_int_equal(r.o.model_control, SRV_CONTROL_NONE);
    assert_int_equal(r.o.poll_interval_ms, 5000);
    assert_int_equal(r.o.drain_delay_ms, 0);
    assert_int_equal(r.o.drain_timeout_ms, 25000);
    assert_int_equal(r.o.max_body, 64 << 20);
    assert_int_equal(r.o.max_queue_rows, 8192);
    assert_int_equal(r.o.request_timeout_ms, 60000);
    assert_int_equal(r.o.idle_timeout_ms, 130000);
    assert_int_equal(r.o.header_timeout_ms, 10000);
    assert_int_equal(r.o.max_connections, 8192);
    assert_int_equal(r.o.log_format, SRV_LOG_TEXT);
    assert_int_equal(r.o.log_level, SRV_LOG_INFO);
    assert_string_equal(r.o.cpu, "auto");
    srv_options_free(&r.o);
}

static void flags_come_before_the_environment_and_that_before_the_file(void **state)
{
    char path[64];
    (void)state;
    write_file(path, "drain-delay = 1s\nmax-body = 1MiB # a comment\n\n# another\nlisten = 127.0.0.1:1\nlisten = 127.0.0.1:2\n"
                     "request-timeout = 2m\n");
    const char *const flags[] = {"--config", path, "--drain-delay=3", "--listen", "unix:/a", "--listen", "unix:/b", NULL};
    const char *const environment[] = {"BOLTZD_DRAIN_DELAY=2s", "BOLTZD_MAX_BODY=2MiB", "BOLTZD_LISTEN=127.0.0.1:3", "PATH=/",
                                       NULL};
    struct outcome r = read_options(flags, environment);
    assert_int_equal(r.status, 0);
    assert_int_equal(r.o.drain_delay_ms, 3000);
    assert_int_equal(r.o.max_body, 2 << 20);
    assert_int_equal(r.o.request_timeout_ms, 120000);
    assert_int_equal(r.o.listen.n, 2);
    assert_string_equal(r.o.listen.items[1], "unix:/b");
    srv_options_free(&r.o);
    r = read_options(flags + 6, environment); /* without --listen and --config flags: "unix:/b" is then an unexpected word */
    assert_int_equal(r.status, SRV_EXIT_USAGE);
    srv_options_free(&r.o);
    const char *const file_only[] = {"--config", path, NULL};
    r = read_options(file_only, NULL);
    assert_int_equal(r.o.listen.n, 2);
    assert_string_equal(r.o.listen.items[0], "127.0.0.1:1");
    srv_options_free(&r.o);
    unlink(path);
}

static void bad_values_name_their_place(void **state)
{
    static const struct {
        const char *line, *complaint;
    } cases[] = {
        {"nonsense = 1\n", ":1: unknown key 'nonsense'"},
        {"drain-delay = 5s\ndrain_delay = 5s\n", ":2: unknown key 'drain_delay'; did you mean drain-delay?"},
        {"drain-delay\n", ":1: expected drain-delay = value"},
        {"\n\ndrain-delay = soon\n", ":3: drain-delay: expected a duration"},
        {"drain-delay = 5h\n", "expected 0 to 3600s, found '5h'"},
        {"drain-delay = -5\n", "expected a duration"},
        {"drain-delay = 99999999999999999999\n", "expected 0 to 3600s"},
        {"request-timeout = 0\n", "expected 10ms to 86400s, found '0'"},
        {"max-body = 12 M\n", "expected a size"},
        {"max-body = MB\n", "expected a size"},
        {"max-body = 99999999999999GiB\n", "expected 1024 to 65536MiB"},
        {"max-queue-rows = 0\n", "expected 1 to"},
        {"model-control = sometimes\n", "expected one of none|poll|explicit"},
        {"strict-models = perhaps\n", "expected on or off"},
        {"cpu = pentium\n", "expected one of auto|base|avx2|avx512"},
        {"tls-cert = a.pem\n", "tls-key is missing"},
        {"url-prefix = boltz\n", "url-prefix"},
        {"load-model = a\n", "model-control = explicit"},
        {"max-body = 2MiB\nmax-body-memory = 1MiB\n", "expected 0, or at least max-body, which is 2097152 bytes"},
        {"max-reply-memory = 1\n", "expected 0, or at least 1MiB"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char path[64];
        write_file(path, cases[i].line);
        const char *const flags[] = {"--config", path, NULL};
        struct outcome r = read_options(flags, NULL);
        if (r.status != SRV_EXIT_CONFIG || !strstr(r.err.msg, cases[i].complaint))
            fail_msg("%s: status %d, \"%s\"; want \"%s\"", cases[i].line, r.status, r.err.msg, cases[i].complaint);
        srv_options_free(&r.o);
        unlink(path);
    }
}

static void bad_flags_are_bad_usage(void **state)
{
    static const char *const cases[][3] = {{"--nonsense", NULL},      {"word", NULL},           {"--drain-delay", NULL},
                                           {"--drain-delay=x", NULL}, {"--new-key", "a", NULL}, {"--workers", "2x", NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct outcome r = read_options(cases[i], NULL);
        assert_int_equal(r.status, SRV_EXIT_USAGE);
        assert_true(r.err.msg[0]);
        srv_options_free(&r.o);
    }
}

static void a_bad_environment_names_the_variable(void **state)
{
    const char *const environment[] = {"BOLTZD_WORKERS=many", NULL};
    struct outcome r = read_options(NULL, environment);
    (void)state;
    assert_int_equal(r.status, SRV_EXIT_CONFIG);
    assert_non_null(strstr(r.err.msg, "BOLTZD_WORKERS"));
    srv_options_free(&r.o);
}

static void help_and_version_have_letters(void **state)
{
    static const struct {
        const char *flag;
        enum srv_action action;
    } cases[] = {{"-h", SRV_HELP}, {"--help", SRV_HELP}, {"help", SRV_HELP}, {"-v", SRV_VERSION}, {"--version", SRV_VERSION}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *const flags[] = {cases[i].flag, NULL};
        struct outcome r = read_options(flags, NULL);
        assert_int_equal(r.status, 0);
        assert_int_equal(r.action, cases[i].action);
        srv_options_free(&r.o);
    }
}

static void a_misspelt_variable_names_the_nearest(void **state)
{
    const char *const environment[] = {"BOLTZD_MAX_BODDY=1MiB", NULL};
    struct outcome r = read_options(NULL, environment);
    (void)state;
    assert_int_equal(r.status, SRV_EXIT_CONFIG);
    assert_non_null(strstr(r.err.msg, "did you mean BOLTZD_MAX_BODY?"));
    srv_options_free(&r.o);
}

static void what_is_printed_reads_back_the_same(void **state)
{
    const char *const flags[] = {
        "--listen", "127.0.0.1:1,unix:/x", "--drain-delay",   "150ms", "--max-body", "3MiB", "--log-format",
        "json",     "--strict-models",     "--model-control", "poll",  NULL};
    char path[64], *first = NULL, *second = NULL;
    size_t n, m;
    (void)state;
    struct outcome r = read_options(flags, NULL);
    assert_int_equal(r.status, 0);
    FILE *out = open_memstream(&first, &n);
    srv_options_print(&r.o, out);
    fclose(out);
    srv_options_free(&r.o);
    write_file(path, first);
    const char *const again[] = {"--config", path, NULL};
    r = read_options(again, NULL);
    if (r.status)
        fail_msg("%s", r.err.msg);
    out = open_memstream(&second, &m);
    srv_options_print(&r.o, out);
    fclose(out);
    srv_options_free(&r.o);
    assert_string_equal(second, first);
    assert_non_null(strstr(first, "\ndrain-delay = 150ms\n"));
    unlink(path);
    free(first);
    free(second);
}

static void the_sample_configuration_is_good(void **state)
{
    const char *const flags[] = {"--config", SOURCE_DIR "/config/boltzd.conf", NULL};
    struct outcome r = read_options(flags, NULL);
    (void)state;
    if (r.status)
        fail_msg("%s", r.err.msg);
    assert_int_equal(r.o.drain_delay_ms, 5000);
    srv_options_free(&r.o);
}

/* Each commented-out default of the sample must be an existing key with its default value. */
static void the_sample_configuration_tells_the_defaults(void **state)
{
    char path[64], line[512], text[8192] = "";
    (void)state;
    FILE *file = fopen(SOURCE_DIR "/config/boltzd.conf", "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        if (line[0] == '#' && line[1] != ' ' && line[1] != '\n' && !strstr(line, "tls-"))
            strcat(text, line + 1);
    fclose(file);
    write_file(path, text);
    const char *const flags[] = {"--config", path, NULL};
    struct outcome r = read_options(flags, NULL);
    if (r.status)
        fail_msg("%s", r.err.msg);
    assert_int_equal(r.o.max_body, 64 << 20);
    assert_int_equal(r.o.idle_timeout_ms, 130000);
    srv_options_free(&r.o);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_contract),
        cmocka_unit_test(flags_come_before_the_environment_and_that_before_the_file),
        cmocka_unit_test(bad_values_name_their_place),
        cmocka_unit_test(bad_flags_are_bad_usage),
        cmocka_unit_test(a_bad_environment_names_the_variable),
        cmocka_unit_test(help_and_version_have_letters),
        cmocka_unit_test(a_misspelt_variable_names_the_nearest),
        cmocka_unit_test(what_is_printed_reads_back_the_same),
        cmocka_unit_test(the_sample_configuration_is_good),
        cmocka_unit_test(the_sample_configuration_tells_the_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
