#include "arguments.h"

#include "mem.h"
#include "source.h"
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_USAGE = 2, STATUS_CONFIG = 78, STATUS_INTERRUPTED = 130 };
enum { IN_FILE = 1, ON_COMMAND_LINE = 2 };

static const double largest_seed = 9007199254740991; /* 2^53 - 1 */

/* An option of a command and where its value goes. */
struct target {
    const struct train_option *option;
    char *field;
    size_t number; /* among all options of the command */
};

/* The k-th option of a command; false beyond the last. */
static bool option_at(const struct train_command *c, size_t k, struct target *t)
{
    t->number = k;
    for (size_t g = 0; g < c->n_groups; g++) {
        const struct train_option_group *group = &c->groups[g];
        if (k < group->n) {
            t->option = &group->options[k];
            t->field = (char *)group->into + t->option->offset;
            return true;
        }
        k -= group->n;
    }
    return false;
}

static bool find_option(const struct train_command *c, const char *name, size_t length, struct target *t)
{
    for (size_t k = 0; option_at(c, k, t); k++)
        if (strlen(t->option->name) == length && memcmp(t->option->name, name, length) == 0)
            return true;
    return false;
}

/* Letters to change, add or drop to make b of a; a large number if the words are long. */
static size_t distance(const char *a, size_t n, const char *b)
{
    size_t row[40], m = strlen(b);
    if (n >= TRAIN_COUNT(row) || m >= TRAIN_COUNT(row))
        return SIZE_MAX;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            size_t least = row[j - 1] + 1 < row[j] + 1 ? row[j - 1] + 1 : row[j] + 1;
            diagonal = row[j];
            row[j] = change < least ? change : least;
        }
    }
    return row[m];
}

static int unknown_option(const struct train_command *c, const char *name, size_t length, struct bz_error *err)
{
    struct target t;
    const char *best = NULL;
    size_t nearest = 3;
    for (size_t k = 0; option_at(c, k, &t); k++) {
        size_t d = distance(name, length, t.option->name);
        if (d < nearest) {
            nearest = d;
            best = t.option->name;
        }
    }
    return bz_fail(err, BZ_BAD_INPUT, "unknown option --%.*s%s%s%s (boltz %s --help lists them)",
                   (int)(length < 64 ? length : 64), name, best ? "; is --" : "", best ? best : "", best ? " meant?" : "",
                   c->name);
}

static bool is_word_of(const char *words, const char *value)
{
    size_t length = strlen(value);
    for (const char *p = words; length > 0 && *p; p += *p == '|') {
        size_t n = strcspn(p, "|");
        if (n == length && memcmp(p, value, n) == 0)
            return true;
        p += n;
    }
    return false;
}

static int parse_bounded(const struct train_option *o, const char *value, bool whole, double *out, struct bz_error *err)
{
    double most = o->type == TRAIN_OPTION_SEED ? largest_seed : o->most;
    if (bz_parse_number(value, strlen(value), out) < 0 || !isfinite(*out) || (whole && *out != floor(*out)))
        return bz_fail(err, BZ_BAD_INPUT, "--%s: want a %s, found '%.64s'", o->name, whole ? "whole number" : "number", value);
    if (*out < o->least || *out > most)
        return bz_fail(err, BZ_BAD_INPUT, "--%s: want %.16g to %.16g, found '%.64s'", o->name, o->least, most, value);
    return 0;
}

static int parse_bool(const struct train_option *o, const char *value, bool *out, struct bz_error *err)
{
    if (is_word_of("on|true|yes|1", value))
        *out = true;
    else if (is_word_of("off|false|no|0", value))
        *out = false;
    else
        return bz_fail(err, BZ_BAD_INPUT, "--%s: want on or off, found '%.64s'", o->name, value);
    return 0;
}

/* Sets a field that is no list. */
static int set_value(const struct train_option *o, char *field, const char *value, struct bz_error *err)
{
    double x;
    switch (o->type) {
    case TRAIN_OPTION_FLAG:
    case TRAIN_OPTION_SWITCH:
        return parse_bool(o, value, (bool *)field, err);
    case TRAIN_OPTION_SIZE:
        if (parse_bounded(o, value, true, &x, err) < 0)
            return -1;
        *(size_t *)field = (size_t)x;
        return 0;
    case TRAIN_OPTION_SEED:
        if (parse_bounded(o, value, true, &x, err) < 0)
            return -1;
        *(uint64_t *)field = (uint64_t)x;
        return 0;
    case TRAIN_OPTION_REAL:
        if (parse_bounded(o, value, false, &x, err) < 0)
            return -1;
        *(double *)field = x;
        return 0;
    case TRAIN_OPTION_CHOICE:
        if (!is_word_of(o->argument, value))
            return bz_fail(err, BZ_BAD_INPUT, "--%s: want %s, found '%.64s'", o->name, o->argument, value);
        *(const char **)field = value;
        return 0;
    case TRAIN_OPTION_TEXT:
        if (!*value)
            return bz_fail(err, BZ_BAD_INPUT, "--%s: want a %s, found nothing", o->name, o->argument);
        *(const char **)field = value;
        return 0;
    case TRAIN_OPTION_LIST:
        break;
    }
    return 0;
}

/* Adds to a list; values on the command line take the place of those in the file. */
static int add_value(struct train_arguments *a, const struct target *t, const char *value, unsigned from, size_t most,
                     struct bz_error *err)
{
    struct train_list *list = (struct train_list *)t->field;
    if (!*value)
        return bz_fail(err, BZ_BAD_INPUT, "--%s: want a %s, found nothing", t->option->name, t->option->argument);
    if (!list->items) {
        list->items = bz_alloc(most, sizeof(char *), err);
        if (!list->items)
            return -1;
        a->lists[a->n_lists++] = list->items;
    }
    if (from == ON_COMMAND_LINE && !(a->given[t->number] & ON_COMMAND_LINE))
        list->n = 0;
    list->items[list->n++] = value;
    return 0;
}

/* Of two numbers the later one counts, as in other tools; of two files or names where one is expected one is a mistake. */
static int take_value(struct train_arguments *a, const struct target *t, const char *value, unsigned from, size_t most,
                      struct bz_error *err)
{
    if (t->option->type == TRAIN_OPTION_TEXT && (a->given[t->number] & from))
        return bz_fail(err, BZ_BAD_INPUT, "--%s: given twice, '%.64s' and '%.64s'; expected one", t->option->name,
                       *(const char **)t->field, value);
    int rc = t->option->type == TRAIN_OPTION_LIST ? add_value(a, t, value, from, most, err)
                                                  : set_value(t->option, t->field, value, err);
    a->given[t->number] |= (unsigned char)from;
    return rc;
}

static char *trim(char *text)
{
    while (*text == ' ' || *text == '\t')
        text++;
    size_t n = strlen(text);
    while (n > 0 && strchr(" \t\r\n", text[n - 1]))
        text[--n] = 0;
    return text;
}

/* `key = value` lines; # starts a comment at the beginning of a line or after a blank. */
static int read_file(struct train_arguments *a, const char *path, size_t most, struct bz_error *err)
{
    size_t line = 0;
    for (char *p = a->file, *next; p; p = next) {
        struct bz_error why;
        struct target t;
        line++;
        next = strchr(p, '\n');
        if (next)
            *next++ = 0;
        for (char *hash = strchr(p, '#'); hash; hash = strchr(hash + 1, '#'))
            if (hash == p || hash[-1] == ' ' || hash[-1] == '\t')
                *hash = 0;
        char *key = trim(p), *equals = strchr(key, '=');
        if (!*key)
            continue;
        if (!equals)
            return bz_fail(err, BZ_BAD_INPUT, "%s:%zu: want key = value, found '%.64s'", path, line, key);
        *equals = 0;
        key = trim(key);
        if (!find_option(a->command, key, strlen(key), &t) || strcmp(key, "config") == 0) {
            unknown_option(a->command, key, strlen(key), &why);
            return bz_fail(err, BZ_BAD_INPUT, "%s:%zu: %s", path, line, why.msg);
        }
        if (take_value(a, &t, trim(equals + 1), IN_FILE, most, &why) < 0)
            return bz_fail(err, BZ_BAD_INPUT, "%s:%zu: %s", path, line, why.msg);
    }
    return 0;
}

/* One argument that starts with --. *i is moved over a value of its own. */
static int take_option(struct train_arguments *a, int argc, char **argv, int *i, size_t most, struct bz_error *err)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    struct target t;
    if (!find_option(a->command, name, length, &t))
        return unknown_option(a->command, name, length, err);
    const char *value = equals ? equals + 1 : NULL;
    if (!value && t.option->type == TRAIN_OPTION_FLAG)
        value = "on";
    if (!value) {
        if (*i + 1 >= argc)
            return bz_fail(err, BZ_BAD_INPUT, "--%s: a value is missing (%s)", t.option->name, t.option->argument);
        value = argv[++*i];
    }
    return take_value(a, &t, value, ON_COMMAND_LINE, most, err);
}

static int take_word(struct train_arguments *a, const char *word, struct bz_error *err)
{
    const struct train_command *c = a->command;
    if (a->n_words >= c->most_words || a->n_words >= TRAIN_MOST_WORDS)
        return bz_fail(err, BZ_BAD_INPUT, "unexpected argument '%.64s'; usage: boltz %s %s", word, c->name, c->usage);
    a->words[a->n_words++] = word;
    return 0;
}

static int take_command_line(struct train_arguments *a, int argc, char **argv, size_t most, struct bz_error *err)
{
    bool words_only = false;
    for (int i = 1; i < argc; i++) {
        int rc;
        if (words_only || argv[i][0] != '-' || argv[i][1] == 0)
            rc = take_word(a, argv[i], err);
        else if (strcmp(argv[i], "--") == 0)
            rc = 0, words_only = true;
        else if (argv[i][1] == '-')
            rc = take_option(a, argc, argv, &i, most, err);
        else
            rc = bz_fail(err, BZ_BAD_INPUT, "unknown option %.64s (options start with two dashes)", argv[i]);
        if (rc < 0)
            return -1;
    }
    if (a->n_words < a->command->least_words)
        return bz_fail(err, BZ_BAD_INPUT, "an argument is missing; usage: boltz %s %s", a->command->name, a->command->usage);
    return 0;
}

/* The value of --config, which is looked for before anything else is read. */
static const char *config_path(int argc, char **argv)
{
    const char *path = NULL;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            path = argv[++i];
        else if (strncmp(argv[i], "--config=", 9) == 0)
            path = argv[i] + 9;
    }
    return path;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int set_defaults(const struct train_command *c, struct bz_error *err)
{
    struct target t;
    for (size_t k = 0; option_at(c, k, &t); k++)
        if (t.option->initial && set_value(t.option, t.field, t.option->initial, err) < 0)
            return -1;
    return 0;
}

static int fail(const struct train_command *c, const struct bz_error *err, int status)
{
    fprintf(stderr, "boltz %s: %s\n", c->name, err->msg);
    return status;
}

int train_arguments_parse(struct train_arguments *a, const struct train_command *c, int argc, char **argv)
{
    struct bz_error err;
    struct target t;
    size_t n = 0, most = (size_t)argc;
    *a = (struct train_arguments){.command = c};
    if (wants_help(argc, argv)) {
        train_options_help(c, stdout);
        return 0;
    }
    while (option_at(c, n, &t))
        n++;
    a->given = bz_alloc(n, 1, &err);
    a->lists = bz_alloc(n, sizeof(*a->lists), &err);
    if (!a->given || !a->lists || set_defaults(c, &err) < 0)
        return fail(c, &err, 1);
    const char *path = config_path(argc, argv);
    if (path && find_option(c, "config", 6, &t)) {
        struct train_source s;
        if (train_source_read(&s, path, &err) < 0)
            return fail(c, &err, STATUS_CONFIG);
        a->file = (char *)train_source_take(&s, 0, s.size + 1);
        for (const char *p = a->file; (p = strchr(p, '\n')); p++)
            most++;
        most++;
        if (read_file(a, path, most, &err) < 0)
            return fail(c, &err, STATUS_CONFIG);
    }
    if (take_command_line(a, argc, argv, most, &err) < 0)
        return fail(c, &err, STATUS_USAGE);
    return -1;
}

void train_arguments_free(struct train_arguments *a)
{
    for (size_t i = 0; i < a->n_lists; i++)
        bz_free(a->lists[i]);
    bz_free(a->lists);
    bz_free(a->given);
    bz_free(a->file);
    *a = (struct train_arguments){0};
}

bool train_option_given(const struct train_arguments *a, const char *name)
{
    struct target t;
    return find_option(a->command, name, strlen(name), &t) && a->given[t.number] != 0;
}

int train_report(const char *command, const struct bz_error *err)
{
    fprintf(stderr, "boltz %s: %s\n", command, err->msg);
    if (err->code == BZ_INTERRUPTED)
        return STATUS_INTERRUPTED;
    return strncmp(err->msg, "--", 2) == 0 ? STATUS_USAGE : 1;
}
