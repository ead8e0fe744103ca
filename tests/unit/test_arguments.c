/* Option tables: command line, configuration file, checks, defaults, help. */
#include "arguments.h"
#include "raw_file.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct settings {
    bool fast, centred;
    size_t count;
    uint64_t seed;
    double rate;
    const char *out, *kind, *config;
    struct train_list data;
};

#define FIELD(name) offsetof(struct settings, name)
static const struct train_option rows[] = {
    {.name = "fast", .type = TRAIN_OPTION_FLAG, .offset = FIELD(fast), .help = "go fast"},
    {.name = "centring", .type = TRAIN_OPTION_SWITCH, .offset = FIELD(centred), .initial = "on", .help = "centre"},
    {.name = "count",
     .type = TRAIN_OPTION_SIZE,
     .offset = FIELD(count),
     .least = 1,
     .most = 100,
     .initial = "7",
     .help = "how many"},
    {.name = "seed", .type = TRAIN_OPTION_SEED, .offset = FIELD(seed), .initial = "1", .help = "of draws"},
};
static const struct train_option more_rows[] = {
    {.name = "learning-rate",
     .type = TRAIN_OPTION_REAL,
     .offset = FIELD(rate),
     .least = 0,
     .most = 10,
     .initial = "0.05",
     .help = "of steps"},
    {.name = "out", .type = TRAIN_OPTION_TEXT, .offset = FIELD(out), .argument = "FILE", .help = "where to"},
    {.name = "kind",
     .type = TRAIN_OPTION_CHOICE,
     .offset = FIELD(kind),
     .argument = "cd|pcd",
     .initial = "pcd",
     .help = "which"},
    {.name = "data", .type = TRAIN_OPTION_LIST, .offset = FIELD(data), .argument = "FILE", .help = "rows"},
    {.name = "config", .type = TRAIN_OPTION_TEXT, .offset = FIELD(config), .argument = "FILE", .help = "more options"},
};

static struct settings s;
static struct train_option_group groups[] = {
    {"First", rows, TRAIN_COUNT(rows), &s},
    {"Second", more_rows, TRAIN_COUNT(more_rows), &s},
};
static const struct train_command command = {
    .name = "try", .usage = "MODEL", .about = "Tries.", .groups = groups, .n_groups = 2, .least_words = 1, .most_words = 2};

/* Parses words up to a NULL; what was said on stderr and stdout goes to said[]. */
static char said[8192];
static int parse(struct train_arguments *a, char **argv)
{
    int argc = 0, kept[2] = {dup(1), dup(2)};
    while (argv[argc])
        argc++;
    FILE *file = tmpfile();
    s = (struct settings){0};
    fflush(stdout);
    dup2(fileno(file), 1);
    dup2(fileno(file), 2);
    int status = train_arguments_parse(a, &command, argc, argv);
    fflush(stdout);
    dup2(kept[0], 1);
    dup2(kept[1], 2);
    close(kept[0]);
    close(kept[1]);
    rewind(file);
    said[fread(said, 1, sizeof(said) - 1, file)] = 0;
    fclose(file);
    return status;
}
#define PARSE(a, ...) parse(a, (char *[]){"try", __VA_ARGS__, NULL})

static void assert_said(const char *word)
{
    if (!strstr(said, word))
        fail_msg("'%s' was not said: %s", word, said);
}

static void defaults_come_from_the_table(void **state)
{
    (void)state;
    struct train_arguments a;
    assert_int_equal(PARSE(&a, "model"), -1);
    assert_string_equal(a.words[0], "model");
    assert_true(!s.fast && s.centred && s.count == 7 && s.seed == 1 && s.rate == 0.05 && !s.out && s.data.n == 0);
    assert_string_equal(s.kind, "pcd");
    assert_false(train_option_given(&a, "count"));
    train_arguments_free(&a);
}

static void values_come_from_the_command_line(void **state)
{
    (void)state;
    struct train_arguments a;
    assert_int_equal(PARSE(&a, "--fast", "--centring=off", "m", "--count", "100", "--seed", "9007199254740991",
                           "--learning-rate=1e-3", "--out", "x", "--kind", "cd", "--data", "a", "--data=b=c", "--", "--n"),
                     -1);
    assert_true(s.fast && !s.centred && s.count == 100 && s.seed == 9007199254740991u && s.rate == 1e-3);
    assert_string_equal(s.out, "x");
    assert_int_equal(s.data.n, 2);
    assert_string_equal(s.data.items[1], "b=c");
    assert_int_equal(a.n_words, 2);
    assert_string_equal(a.words[1], "--n");
    assert_true(train_option_given(&a, "count"));
    train_arguments_free(&a);
}

static void bad_usage_is_status_2_and_names_the_option(void **state)
{
    (void)state;
    static char *const cases[][6] = {
        {"try", "m", "--cuont", "3", NULL},
        {"try", "m", "--count", "x", NULL},
        {"try", "m", "--count", "0", NULL},
        {"try", "m", "--count", "1.5", NULL},
        {"try", "m", "--count", "101", NULL},
        {"try", "m", "--seed", "-1", NULL},
        {"try", "m", "--learning-rate", "nan", NULL},
        {"try", "m", "--kind", "c", NULL},
        {"try", "m", "--kind", "cd|pcd", NULL},
        {"try", "m", "--centring", "maybe", NULL},
        {"try", "m", "--out", NULL},
        {"try", "m", "--out=", NULL},
        {"try", NULL},
        {"try", "a", "b", "c", NULL},
        {"try", "m", "-x", NULL},
        {"try", "m", "--seed", "9007199254740992", NULL},
    };
    static const char *const words[] = {"--count meant",   "--count", "1 to 100", "whole number", "1 to 100", "--seed",
                                        "--learning-rate", "cd|pcd",  "cd|pcd",   "on or off",    "--out",    "--out",
                                        "missing",         "'c'",     "-x",       "--seed"};
    for (size_t i = 0; i < TRAIN_COUNT(cases); i++) {
        struct train_arguments a;
        assert_int_equal(parse(&a, (char **)cases[i]), 2);
        assert_said(words[i]);
        assert_said("boltz try: ");
        train_arguments_free(&a);
    }
}

static void a_file_is_read_before_the_command_line(void **state)
{
    (void)state;
    char *folder = raw_folder(), path[512];
    const char *text =
        "# settings\ncount = 9   # nine\n\n fast = on\r\nkind=cd\ndata = one\ndata = two#2\nlearning-rate = 0.5\n";
    struct train_arguments a;
    snprintf(path, sizeof(path), "%s/c.conf", folder);
    raw_write(path, text, strlen(text));
    assert_int_equal(PARSE(&a, "--count", "11", "m", "--config", path), -1);
    assert_true(s.count == 11 && s.fast && s.rate == 0.5 && s.data.n == 2);
    assert_string_equal(s.kind, "cd");
    assert_string_equal(s.data.items[1], "two#2");
    train_arguments_free(&a);
    assert_int_equal(PARSE(&a, "m", "--data", "three", "--config", path), -1);
    assert_true(s.data.n == 1 && s.count == 9);
    train_arguments_free(&a);

    static const char *const bad[][3] = {{"count = 9\nspeed = 3\n", "c.conf:2", "--speed"},
                                         {"count = many\n", "c.conf:1", "--count"},
                                         {"count\n", "c.conf:1", "key = value"},
                                         {"config = x\n", "c.conf:1", "config"}};
    for (size_t i = 0; i < TRAIN_COUNT(bad); i++) {
        raw_write(path, bad[i][0], strlen(bad[i][0]));
        assert_int_equal(PARSE(&a, "m", "--config", path), 78);
        assert_said(bad[i][1]);
        assert_said(bad[i][2]);
        train_arguments_free(&a);
    }
    assert_int_equal(PARSE(&a, "m", "--config", "/nonexistent"), 78);
    assert_said("/nonexistent");
    train_arguments_free(&a);
    raw_remove_folder(folder);
}

static void written_options_read_back_the_same(void **state)
{
    (void)state;
    struct train_arguments a;
    char *folder = raw_folder(), path[512], *text = NULL, *again = NULL;
    size_t size;
    static const char *const except[] = {"config", NULL};
    assert_int_equal(
        PARSE(&a, "m", "--count", "3", "--learning-rate", "0.1", "--data", "x", "--data", "y", "--centring", "off"), -1);
    FILE *out = open_memstream(&text, &size);
    train_options_write(&command, except, out);
    fclose(out);
    train_arguments_free(&a);
    snprintf(path, sizeof(path), "%s/c.conf", folder);
    raw_write(path, text, size);
    assert_int_equal(PARSE(&a, "m", "--config", path), -1);
    assert_true(s.count == 3 && s.rate == 0.1 && s.data.n == 2 && !s.centred);
    out = open_memstream(&again, &size);
    train_options_write(&command, except, out);
    fclose(out);
    assert_string_equal(again, text);
    train_arguments_free(&a);
    free(text);
    free(again);
    raw_remove_folder(folder);
}

static void help_lists_every_option_with_its_default(void **state)
{
    (void)state;
    struct train_arguments a;
    assert_int_equal(PARSE(&a, "--nonsense", "--help"), 0);
    for (size_t g = 0; g < 2; g++)
        for (size_t k = 0; k < groups[g].n; k++) {
            char word[64];
            snprintf(word, sizeof(word), "--%s", groups[g].options[k].name);
            assert_said(word);
        }
    assert_said("[0.05]");
    assert_said("usage: boltz try MODEL");
    for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"))
        assert_true(strlen(line) <= 100);
    train_arguments_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_the_table),
        cmocka_unit_test(values_come_from_the_command_line),
        cmocka_unit_test(bad_usage_is_status_2_and_names_the_option),
        cmocka_unit_test(a_file_is_read_before_the_command_line),
        cmocka_unit_test(written_options_read_back_the_same),
        cmocka_unit_test(help_lists_every_option_with_its_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
