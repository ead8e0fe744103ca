/* Option tables: command line, environment, configuration file, checks, defaults, help. */
#include "mem.h"
#include "option.h"
#include "raw_file.h"
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct settings {
    bool fast, centred, help;
    int level, again;
    size_t count;
    uint64_t seed, time, memory;
    double rate, scale;
    const char *out, *kind, *config;
    struct bz_list data, hosts, ports;
};

#define FIELD(name) offsetof(struct settings, name)
static const struct bz_option rows[] = {
    BZ_ROW(FLAG, "fast", FIELD(fast), .help = "go fast"),
    BZ_ROW(SWITCH, "centring", FIELD(centred), .initial = "on", .help = "centre"),
    BZ_ROW(SIZE, "count", FIELD(count), .least = 1, .most = 100, .initial = "7", .help = "how many"),
    BZ_ROW(SEED, "seed", FIELD(seed), .initial = "1", .help = "of draws"),
};
static const struct bz_option more_rows[] = {
    BZ_ROW(REAL, "learning-rate", FIELD(rate), .least = 0, .most = 10, .initial = "0.05", .help = "of steps"),
    BZ_ROW(REAL, "scale", FIELD(scale), .least = 0.5, .most = 10, .help = "found out if not given"),
    BZ_ROW(TEXT, "out", FIELD(out), .argument = "FILE", .help = "where to"),
    BZ_ROW(CHOICE, "kind", FIELD(kind), .initial = "pcd", .argument = "cd|pcd", .help = "which"),
    BZ_ROW(LIST, "data", FIELD(data), .argument = "FILE", .help = "rows"),
    BZ_ROW(TEXT, "config", FIELD(config), .argument = "FILE", .help = "more options"),
    BZ_ROW(ENUM, "level", FIELD(level), .initial = "middle", .argument = "low|middle|high", .help = "how high"),
    BZ_ROW(WORDS, "hosts", FIELD(hosts), .help = "who"),
    BZ_ROW(TERNARY, "again", FIELD(again), .initial = "auto", .help = "twice"),
    BZ_ROW(WORDS, "ports", FIELD(ports), .initial = "80", .argument = "PORT", .help = "where"),
    BZ_ROW(DURATION, "time", FIELD(time), .most = 7 * 24 * 36e5, .help = "how long"),
    BZ_ROW(BYTES, "memory", FIELD(memory), .most = -1, .help = "how much"),
    BZ_ROW(FLAG, "help", FIELD(help), .letter = 'h', .flag_only = true, .help = "this"),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct settings s;
static const struct bz_option_group groups[] = {
    {"First", rows, COUNT(rows), 0},
    {"Second", more_rows, COUNT(more_rows), 0},
};
static const struct bz_option_set set = {.program = "boltz try", .prefix = "TRY_", .groups = groups, .n_groups = 2};

static const char *words[2];
static size_t n_words;
static struct bz_error err;

enum { DEFAULTS = 1, IN_FILE, IN_ENVIRONMENT, ON_LINE };

/* Reads a file (may be NULL), an environment (may be NULL) and a NULL-terminated command line. Returns where it failed, or
 * 0. */
static int read_options(struct bz_options *o, const char *file, const char *const *environment, const char *const *argv)
{
    int argc = 0;
    while (argv[argc])
        argc++;
    s = (struct settings){0};
    err = (struct bz_error){0};
    n_words = 0;
    if (bz_options_begin(o, &set, &s, &err) < 0)
        return DEFAULTS;
    if (file && bz_options_file(o, file, &err) < 0)
        return IN_FILE;
    if (environment && bz_options_environment(o, (char *const *)(uintptr_t)environment, &err) < 0)
        return IN_ENVIRONMENT;
    return bz_options_command_line(o, argc, (char *const *)(uintptr_t)argv, words, 2, &n_words, &err) < 0 ? ON_LINE : 0;
}
#define READ(o, ...) read_options(o, NULL, NULL, (const char *[]){"try", __VA_ARGS__, NULL})

static void assert_said(const char *text, const char *word)
{
    if (!strstr(text, word))
        fail_msg("'%s' was not said: %s", word, text);
}

static void an_empty_list_is_refused_where_there_is_a_default(void **state)
{
    (void)state;
    struct bz_options o;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(READ(&o, i ? "--ports=, ," : "--ports="), ON_LINE);
        assert_said(err.msg, "--ports: expected PORT, found nothing");
        bz_options_free(&o);
    }
    assert_int_equal(READ(&o, "--hosts=", "--ports=7, 8"), 0);
    assert_true(s.hosts.n == 0 && s.ports.n == 2);
    bz_options_free(&o);
}

static void defaults_come_from_the_table(void **state)
{
    (void)state;
    struct bz_options o;
    assert_int_equal(READ(&o, "model"), 0);
    assert_string_equal(words[0], "model");
    assert_true(!s.fast && s.centred && s.count == 7 && s.seed == 1 && s.rate == 0.05 && !s.out && s.data.n == 0);
    assert_string_equal(s.kind, "pcd");
    assert_int_equal(s.level, 1);
    assert_false(bz_option_given(&o, "count"));
    bz_options_free(&o);
}

static void values_come_from_the_command_line(void **state)
{
    (void)state;
    struct bz_options o;
    assert_int_equal(READ(&o, "--fast", "--centring=off", "m", "--count", "1e2", "--seed", "9007199254740991",
                          "--learning-rate=1e-3", "--out", "x", "--kind", "cd", "--data", "a", "--data=b=c,d", "--level",
                          "high", "--hosts", "a, b", "--hosts=c", "-h", "--", "--n"),
                     0);
    assert_true(s.fast && !s.centred && s.count == 100 && s.seed == 9007199254740991u && s.rate == 1e-3 && s.help);
    assert_string_equal(s.out, "x");
    assert_int_equal(s.data.n, 2);
    assert_string_equal(s.data.items[1], "b=c,d");
    assert_int_equal(s.level, 2);
    assert_int_equal(s.hosts.n, 3);
    assert_string_equal(s.hosts.items[1], "b");
    assert_int_equal(n_words, 2);
    assert_string_equal(words[1], "--n");
    assert_true(bz_option_given(&o, "count"));
    bz_options_free(&o);
}

/* A value equal to the default counts as given, but not as a change. */
static void a_default_that_is_given_changes_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"fast", "centring", "count", "seed", "learning-rate", "kind", "level"};
    struct bz_options o;
    assert_int_equal(READ(&o, "--centring=on", "--count", "7", "--seed", "1", "--learning-rate=0.05", "--kind", "pcd"), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_false(bz_option_changed(&o, names[i]));
    assert_true(bz_option_given(&o, "count"));
    bz_options_free(&o);
    assert_int_equal(READ(&o, "--fast", "--centring=off", "--count", "8", "--seed", "2", "--learning-rate=1", "--kind", "cd",
                          "--level", "high"),
                     0);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_true(bz_option_changed(&o, names[i]));
    bz_options_free(&o);
}

/* A switch whose default is neither has all spellings of one. */
static void a_switch_may_be_left_to_the_program(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int value;
    } cases[] = {{"auto", BZ_AUTO}, {"on", BZ_ON},  {"true", BZ_ON},   {"yes", BZ_ON}, {"1", BZ_ON},
                 {"off", BZ_OFF},   {"no", BZ_OFF}, {"false", BZ_OFF}, {"0", BZ_OFF}};
    struct bz_options o;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(READ(&o, "--again", cases[i].text), 0);
        assert_int_equal(s.again, cases[i].value);
        assert_int_equal(bz_option_changed(&o, "again"), cases[i].value != BZ_AUTO);
        bz_options_free(&o);
    }
    assert_int_equal(READ(&o, "m", "--again"), 0);
    assert_int_equal(s.again, BZ_ON);
    bz_options_free(&o);
    assert_int_equal(READ(&o, "--again", "--fast"), 0);
    assert_true(s.again == BZ_ON && s.fast);
    bz_options_free(&o);
    assert_int_equal(READ(&o, "m"), 0);
    assert_int_equal(s.again, BZ_AUTO);
    bz_options_free(&o);
    assert_int_equal(READ(&o, "--again", "maybe"), ON_LINE);
    assert_said(err.msg, "expected auto, on or off, found 'maybe'");
    bz_options_free(&o);
}

static void sizes_and_durations_have_units(void **state)
{
    (void)state;
    static const struct {
        const char *option, *text;
        uint64_t value; /* UINT64_MAX: refused */
    } cases[] = {
        {"--memory", "1048576", 1048576},
        {"--memory", "64MiB", 64 << 20},
        {"--memory", "64MB", 64000000},
        {"--memory", "64 mb", 64000000},
        {"--memory", "1.5GiB", 3ull << 29},
        {"--memory", "2kB", 2000},
        {"--memory", "3TiB", 3ull << 40},
        {"--memory", "18446744073709551614", 18446744073709551614u},
        {"--memory", "64M", UINT64_MAX},
        {"--memory", "-1", UINT64_MAX},
        {"--memory", "1.5", UINT64_MAX},
        {"--memory", "MiB", UINT64_MAX},
        {"--memory", "1MiB2", UINT64_MAX},
        {"--memory", "99999999999TiB", UINT64_MAX},
        {"--memory", "0x10", UINT64_MAX},
        {"--time", "5", 5000},
        {"--time", "0.5", 500},
        {"--time", "200ms", 200},
        {"--time", "5 s", 5000},
        {"--time", "2m", 120000},
        {"--time", "1h", 3600000},
        {"--time", "1H30m", 5400000},
        {"--time", "1d", 86400000},
        {"--time", "1h30", UINT64_MAX},
        {"--time", "30d", UINT64_MAX}, /* out of bounds */
        {"--time", "soon", UINT64_MAX},
        {"--time", "1y", UINT64_MAX},
        {"--time", "", UINT64_MAX},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bz_options o;
        int rc = READ(&o, cases[i].option, cases[i].text);
        uint64_t found = rc ? UINT64_MAX : strcmp(cases[i].option, "--time") == 0 ? s.time : s.memory;
        if (found != cases[i].value)
            fail_msg("%s %s: %llu (%s)", cases[i].option, cases[i].text, (unsigned long long)found, err.msg);
        if (rc)
            assert_said(err.msg, cases[i].option);
        bz_options_free(&o);
    }
}

static void bad_usage_names_the_option(void **state)
{
    (void)state;
    static const char *const cases[][6] = {
        {"try", "m", "--cuont", "3", NULL},
        {"try", "m", "--count", "x", NULL},
        {"try", "m", "--count", "0", NULL},
        {"try", "m", "--count", "1.5", NULL},
        {"try", "m", "--count", "101", NULL},
        {"try", "m", "--count", "3MiB", NULL},
        {"try", "m", "--seed", "-1", NULL},
        {"try", "m", "--learning-rate", "nan", NULL},
        {"try", "m", "--learning-rate", "0x1p3", NULL},
        {"try", "m", "--learning-rate", "-1", NULL},
        {"try", "m", "--kind", "c", NULL},
        {"try", "m", "--kind", "cd|pcd", NULL},
        {"try", "m", "--level", "lower", NULL},
        {"try", "m", "--centring", "maybe", NULL},
        {"try", "m", "--out", NULL},
        {"try", "m", "--out=", NULL},
        {"try", "--out", "x", "--out=y", NULL},
        {"try", "a", "b", "c", NULL},
        {"try", "m", "-x", NULL},
        {"try", "m", "--seed", "9007199254740992", NULL},
    };
    static const char *const complaints[] = {"did you mean --count",
                                             "--count",
                                             "1 to 100",
                                             "whole number",
                                             "1 to 100",
                                             "whole number",
                                             "--seed",
                                             "expected a number",
                                             "'0x1p3'",
                                             "0 to 10",
                                             "cd|pcd",
                                             "cd|pcd",
                                             "low|middle",
                                             "on or off",
                                             "--out: expected FILE after",
                                             "--out",
                                             "twice",
                                             "'c'",
                                             "unknown option -x",
                                             "--seed"};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bz_options o;
        assert_int_equal(read_options(&o, NULL, NULL, cases[i]), ON_LINE);
        assert_int_equal(err.code, BZ_BAD_USAGE);
        assert_said(err.msg, complaints[i]);
        bz_options_free(&o);
    }
}

static void a_file_is_read_before_the_environment_and_the_command_line(void **state)
{
    (void)state;
    char *folder = raw_folder(), path[512];
    const char *text = "\xef\xbb\xbf# settings\ncount = 9   # nine\n\n fast = on\r\nkind=cd\ndata = one\ndata = two#2\n"
                       "learning-rate = 0.5\nout = \" a #b \" # quoted\n";
    struct bz_options o;
    snprintf(path, sizeof(path), "%s/c.conf", folder);
    raw_write(path, text, strlen(text));
    const char *const line[] = {"try", "--count", "11", "m", "--config", path, NULL};
    assert_string_equal(bz_options_peek(&set, "config", 6, (char *const *)(uintptr_t)line, NULL), path);
    assert_int_equal(read_options(&o, path, NULL, line), 0);
    assert_true(s.count == 11 && s.fast && s.rate == 0.5 && s.data.n == 2);
    assert_string_equal(s.kind, "cd");
    assert_string_equal(s.data.items[1], "two#2");
    assert_string_equal(s.out, " a #b ");
    bz_options_free(&o);
    const char *const environment[] = {"TRY_COUNT=10", "TRY_DATA=four", "PATH=/", NULL};
    assert_int_equal(read_options(&o, path, environment, (const char *[]){"try", "--data", "three", NULL}), 0);
    assert_true(s.data.n == 1 && s.count == 10);
    assert_string_equal(s.data.items[0], "three");
    bz_options_free(&o);

    static const char *const bad[][3] = {{"count = 9\nspeed = 3\n", "c.conf:2", "unknown key 'speed'"},
                                         {"cuont = 9\n", "c.conf:1", "did you mean count?"},
                                         {"count = many\n", "c.conf:1", "count: expected a whole number"},
                                         {"count\n", "c.conf:1", "expected count = value"},
                                         {"count 3 = 3\n", "c.conf:1", "expected count = value"},
                                         {"help = on\n", "c.conf:1", "unknown key"},
                                         {"config = x\n", "c.conf:1", "config"}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        raw_write(path, bad[i][0], strlen(bad[i][0]));
        assert_int_equal(read_options(&o, path, NULL, line), IN_FILE);
        assert_said(err.msg, bad[i][1]);
        assert_said(err.msg, bad[i][2]);
        bz_options_free(&o);
    }
    raw_write(path, "count = 9\0\nfast = on\n", 21);
    assert_int_equal(read_options(&o, path, NULL, line), IN_FILE);
    assert_said(err.msg, "zero byte");
    bz_options_free(&o);
    assert_int_equal(read_options(&o, "/nonexistent", NULL, line), IN_FILE);
    assert_said(err.msg, "/nonexistent");
    bz_options_free(&o);
    raw_remove_folder(folder);
}

static void a_misspelt_variable_is_refused_with_the_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *variable, *complaint; /* NULL: accepted */
    } cases[] = {
        {"TRY_COUNTT=3", "TRY_COUNTT: no option has this name; did you mean TRY_COUNT?"},
        {"TRY_LEARNING-RATE=3", "TRY_LEARNING-RATE: no option has this name; did you mean TRY_LEARNING_RATE?"},
        {"TRY_XYZZY=3", "TRY_XYZZY: no option has this name"},
        {"TRY_HELP=on", "TRY_HELP: no option has this name"},
        {"TRY_COUNT=many", "TRY_COUNT: expected a whole number"},
        {"TRY_SERVICE_HOST=10.0.0.1", NULL},
        {"TRY_METRICS_SERVICE_PORT_HTTP=80", NULL},
        {"TRY_PORT=tcp://10.0.0.1:80", NULL},
        {"TRY_PORT_80_TCP_ADDR=10.0.0.1", NULL},
        {"OTHER_COUNTT=3", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bz_options o;
        const char *const environment[] = {cases[i].variable, NULL};
        int rc = read_options(&o, NULL, environment, (const char *[]){"try", NULL});
        assert_int_equal(rc, cases[i].complaint ? IN_ENVIRONMENT : 0);
        if (cases[i].complaint)
            assert_said(err.msg, cases[i].complaint);
        bz_options_free(&o);
    }
}

static char *written(bool described, size_t *size)
{
    char *text = NULL;
    static const char *const except[] = {"config", NULL};
    FILE *out = open_memstream(&text, size);
    bz_options_write(&set, &s, except, described, out);
    fclose(out);
    return text;
}

static void written_options_read_back_the_same(void **state)
{
    (void)state;
    struct bz_options o;
    char *folder = raw_folder(), path[512];
    size_t size;
    snprintf(path, sizeof(path), "%s/c.conf", folder);
    for (int described = 0; described < 2; described++) {
        assert_int_equal(READ(&o, "m", "--count", "3", "--learning-rate", "0.1", "--data", "x,\"y", "--data", " #y",
                              "--centring", "off", "--out", "a # b", "--hosts", "p\r,q", "--time", "1500ms", "--memory",
                              "64MiB", "--again=yes"),
                         0);
        char *text = written(described, &size);
        assert_said(text, "\nlearning-rate = 0.1\n");
        assert_said(text, "\nmemory = 64MiB\n");
        assert_said(text, "\nagain = on\n");
        assert_null(strstr(text, "\nscale =")); /* 0, which is not a valid value: not given */
        bz_options_free(&o);
        raw_write(path, text, size);
        assert_int_equal(read_options(&o, path, NULL, (const char *[]){"try", NULL}), 0);
        assert_true(s.count == 3 && s.rate == 0.1 && s.data.n == 2 && !s.centred && s.time == 1500 && s.memory == 64 << 20);
        assert_string_equal(s.out, "a # b");
        char *again = written(described, &size);
        assert_string_equal(again, text);
        bz_options_free(&o);
        free(text);
        free(again);
    }
    raw_remove_folder(folder);
}

static void help_lists_every_option_with_its_default(void **state)
{
    (void)state;
    char *said = NULL;
    size_t size;
    FILE *out = open_memstream(&said, &size);
    bz_options_help(&set, out);
    fclose(out);
    for (size_t g = 0; g < 2; g++)
        for (size_t k = 0; k < groups[g].n; k++) {
            char word[64];
            snprintf(word, sizeof(word), "--%s", groups[g].options[k].name);
            assert_said(said, word);
        }
    assert_said(said, "[0.05]");
    assert_said(said, "-h, --help");
    for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"))
        assert_true(strlen(line) <= 100);
    free(said);
}

static void memory_that_runs_out_is_an_error(void **state)
{
    (void)state;
    int rc = 1;
    for (long at = 0; rc != 0; at++) {
        struct bz_options o;
        bz_alloc_fail_at(at);
        rc = READ(&o, "--data", "a", "--data", "b", "--data", "c", "--out", "x", "--hosts", "p,q");
        bz_alloc_fail_at(-1);
        if (rc)
            assert_int_equal(err.code, BZ_NO_MEMORY);
        bz_options_free(&o);
        assert_true(at < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_the_table),
        cmocka_unit_test(an_empty_list_is_refused_where_there_is_a_default),
        cmocka_unit_test(values_come_from_the_command_line),
        cmocka_unit_test(a_default_that_is_given_changes_nothing),
        cmocka_unit_test(a_switch_may_be_left_to_the_program),
        cmocka_unit_test(sizes_and_durations_have_units),
        cmocka_unit_test(bad_usage_names_the_option),
        cmocka_unit_test(a_file_is_read_before_the_environment_and_the_command_line),
        cmocka_unit_test(a_misspelt_variable_is_refused_with_the_nearest),
        cmocka_unit_test(written_options_read_back_the_same),
        cmocka_unit_test(help_lists_every_option_with_its_default),
        cmocka_unit_test(memory_that_runs_out_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
