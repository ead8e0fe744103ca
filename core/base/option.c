#include "option.h"

#include "mem.h"
#include "small_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 20 }; /* of a configuration file */

/* An option in a set, and where its value goes. */
struct target {
    const struct bz_option *option;
    size_t offset; /* in the set's structure */
    size_t number; /* among all options of the set */
};

/* The k-th option of a set; false beyond the last. */
static bool option_at(const struct bz_option_set *set, size_t k, struct target *t)
{
    t->number = k;
    for (size_t g = 0; g < set->n_groups; g++) {
        const struct bz_option_group *group = &set->groups[g];
        if (k < group->n) {
            t->option = &group->options[k];
            t->offset = group->offset + t->option->offset;
            return true;
        }
        k -= group->n;
    }
    return false;
}

static bool find_option(const struct bz_option_set *set, const char *name, size_t length, struct target *t)
{
    for (size_t k = 0; option_at(set, k, t); k++)
        if (strlen(t->option->name) == length && memcmp(t->option->name, name, length) == 0)
            return true;
    return false;
}

/* --- suggestions --- */

/* Letters to change, add or drop to turn a into b; a large number if the words are long. '-' and '_' are the same, and so are
 * capitals and small letters. */
static size_t distance(const char *a, size_t n, const char *b)
{
    size_t row[40], m = strlen(b);
    if (n >= sizeof(row) / sizeof(row[0]) || m >= sizeof(row) / sizeof(row[0]))
        return SIZE_MAX;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        const int letter = a[i - 1] == '_' ? '-' : tolower((unsigned char)a[i - 1]);
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t change = diagonal + (letter != tolower((unsigned char)b[j - 1]));
            size_t least = row[j - 1] + 1 < row[j] + 1 ? row[j - 1] + 1 : row[j] + 1;
            diagonal = row[j];
            row[j] = change < least ? change : least;
        }
    }
    return row[m];
}

enum { NEAR = 3 }; /* beyond this many letters it is no typo */

const char *bz_nearest(const char *word, size_t length, const char *const *words)
{
    const char *best = NULL;
    for (size_t nearest = NEAR; *words; words++) {
        size_t d = distance(word, length, *words);
        if (d < nearest) {
            nearest = d;
            best = *words;
        }
    }
    return best;
}

static const char *nearest_option(const struct bz_option_set *set, const char *name, size_t length, bool flags)
{
    struct target t;
    const char *best = NULL;
    size_t nearest = NEAR;
    for (size_t k = 0; option_at(set, k, &t); k++) {
        size_t d = flags || !t.option->flag_only ? distance(name, length, t.option->name) : NEAR;
        if (d < nearest) {
            nearest = d;
            best = t.option->name;
        }
    }
    return best;
}

/* --- values --- */

int bz_options_begin(struct bz_options *o, const struct bz_option_set *set, void *into, struct bz_error *err)
{
    struct target t;
    size_t n = 0;
    *o = (struct bz_options){.set = set, .into = into};
    while (option_at(set, n, &t))
        n++;
    if (!(o->source = bz_alloc(n, 1, err)))
        return -1;
    for (size_t k = 0; option_at(set, k, &t); k++)
        if (t.option->initial && bz_option_set(o, t.option, (char *)into + t.offset, t.option->initial, err) < 0)
            return bz_fail_in(err, "default of --%s", t.option->name);
    return 0;
}

/* A source of higher precedence starts the list afresh. */
static int take_value(struct bz_options *o, const struct target *t, enum bz_option_source source, const char *text,
                      struct bz_error *err)
{
    char *field = (char *)o->into + t->offset;
    const enum bz_option_type type = t->option->type;
    const bool again = o->source[t->number] == source;
    if (type == BZ_OPTION_TEXT && again && !o->set->last_counts)
        return bz_fail(err, BZ_BAD_INPUT, "given twice, '%.64s' and '%.64s'; expected one", *(const char **)(void *)field,
                       text);
    if ((type == BZ_OPTION_LIST || type == BZ_OPTION_WORDS) && !again)
        *(struct bz_list *)(void *)field = (struct bz_list){0};
    o->source[t->number] = (unsigned char)source;
    return bz_option_set(o, t->option, field, text, err);
}

bool bz_option_given(const struct bz_options *o, const char *name)
{
    struct target t;
    return find_option(o->set, name, strlen(name), &t) && o->source[t.number] != BZ_OPTION_DEFAULT;
}

bool bz_option_changed(const struct bz_options *o, const char *name)
{
    struct bz_options none = {.set = o->set};
    union {
        bool on;
        int place;
        double real;
        uint64_t whole;
    } initial = {0};
    struct target t;
    if (!find_option(o->set, name, strlen(name), &t) || o->source[t.number] == BZ_OPTION_DEFAULT)
        return false;
    const enum bz_option_type type = t.option->type;
    const void *field = (const char *)o->into + t.offset;
    if (type == BZ_OPTION_TEXT || type == BZ_OPTION_CHOICE) {
        const char *text = *(const char *const *)field;
        return strcmp(text ? text : "", t.option->initial ? t.option->initial : "") != 0;
    }
    if (t.option->initial && bz_option_set(&none, t.option, &initial, t.option->initial, NULL) < 0)
        return true;
    const size_t size = type == BZ_OPTION_FLAG || type == BZ_OPTION_SWITCH    ? sizeof(bool)
                        : type == BZ_OPTION_ENUM || type == BZ_OPTION_TERNARY ? sizeof(int)
                                                                              : sizeof(uint64_t);
    return memcmp(field, &initial, size) != 0;
}

/* --- file --- */

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n > 0 && strchr(" \t\r\n", text[n - 1]))
        text[--n] = 0;
    return text;
}

/* A value in double quotes is taken literally; otherwise it ends at a comment, a '#' after a blank. */
static char *file_value(char *text)
{
    text += strspn(text, " \t");
    char *close = *text == '"' ? strrchr(text + 1, '"') : NULL;
    if (close) {
        char *rest = close + 1 + strspn(close + 1, " \t");
        if (!*rest || *rest == '#') {
            *close = 0;
            return text + 1;
        }
    }
    for (char *hash = strchr(text, '#'); hash; hash = strchr(hash + 1, '#'))
        if (hash == text || hash[-1] == ' ' || hash[-1] == '\t') {
            *hash = 0;
            break;
        }
    return trim(text);
}

/* One line, modified in place: key = value, empty, or a comment. */
static int read_line(struct bz_options *o, char *line, struct bz_error *err)
{
    char *key = trim(line), *equals = strchr(key, '=');
    struct target t;
    if (!*key || *key == '#')
        return 0;
    if (equals)
        *equals = 0;
    const size_t length = strcspn(key, " \t");
    if (!find_option(o->set, key, length, &t) || t.option->flag_only || strcmp(t.option->name, "config") == 0) {
        const char *near = nearest_option(o->set, key, length, false);
        if (length == strlen("config") && strncmp(key, "config", length) == 0)
            return bz_fail(err, BZ_BAD_INPUT, "config: a file of options cannot name another one");
        return bz_fail(err, BZ_BAD_INPUT, "unknown key '%.*s'%s%s%s", (int)(length > 80 ? 80 : length), key,
                       near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    if (!equals || *trim(key + length))
        return bz_fail(err, BZ_BAD_INPUT, "expected %s = value", t.option->name);
    return take_value(o, &t, BZ_OPTION_FILE, file_value(equals + 1), err) < 0 ? bz_fail_in(err, "%s", t.option->name) : 0;
}

int bz_options_file(struct bz_options *o, const char *path, struct bz_error *err)
{
    FILE *file = bz_open_small(path, MOST_BYTES, true, err);
    if (!file)
        return bz_fail_in(err, "configuration file %s", path);
    char line[4096];
    unsigned number = 0;
    int rc;
    while ((rc = bz_next_line(file, line, sizeof(line), &number, err)) > 0)
        if ((rc = read_line(o, line, err)) < 0)
            break;
    if (rc < 0)
        bz_fail_in(err, "%s:%u", path, number);
    fclose(file);
    return rc;
}

/* --- environment --- */

enum { VARIABLE_ROOM = 80 };

/* "BOLTZD_" and "drain-delay" -> "BOLTZD_DRAIN_DELAY" */
static void variable_name(char out[VARIABLE_ROOM], const char *prefix, const char *name)
{
    size_t n = (size_t)snprintf(out, VARIABLE_ROOM, "%s", prefix);
    for (; *name && n < VARIABLE_ROOM - 1; name++)
        out[n++] = *name == '-' ? '_' : (char)toupper((unsigned char)*name);
    out[n] = 0;
}

static const char *variable_value(char *const *environment, const char *name)
{
    const size_t length = strlen(name);
    for (; environment && *environment; environment++)
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    return NULL;
}

/* Kubernetes and Docker set variables of these forms for a service that has the program's name. */
static bool is_service_link(const char *variable)
{
    const char *value = strchr(variable, '=') + 1, *port = strstr(variable, "_PORT_");
    return strstr(variable, "_SERVICE_HOST") || strstr(variable, "_SERVICE_PORT") || strncmp(value, "tcp://", 6) == 0 ||
           strncmp(value, "udp://", 6) == 0 || strncmp(value, "sctp://", 7) == 0 ||
           (port && port < value && isdigit((unsigned char)port[6]));
}

/* A variable with our prefix that is not an option: most likely misspelt. */
static int check_variables(const struct bz_options *o, char *const *environment, struct bz_error *err)
{
    const size_t skip = strlen(o->set->prefix);
    for (; environment && *environment; environment++) {
        const char *name = *environment, *equals = strchr(name, '=');
        char known[VARIABLE_ROOM];
        struct target t;
        bool found = strncmp(name, o->set->prefix, skip) != 0 || !equals || is_service_link(name);
        for (size_t k = 0; !found && option_at(o->set, k, &t); k++) {
            variable_name(known, o->set->prefix, t.option->name);
            found = !t.option->flag_only && strlen(known) == (size_t)(equals - name) &&
                    memcmp(known, name, (size_t)(equals - name)) == 0;
        }
        if (found)
            continue;
        const char *near = nearest_option(o->set, name + skip, (size_t)(equals - name) - skip, false);
        if (near)
            variable_name(known, o->set->prefix, near);
        return bz_fail(err, BZ_BAD_INPUT, "environment variable %.*s: no option has this name%s%s%s",
                       (int)(equals - name > 80 ? 80 : equals - name), name, near ? "; did you mean " : "", near ? known : "",
                       near ? "?" : "");
    }
    return 0;
}

int bz_options_environment(struct bz_options *o, char *const *environment, struct bz_error *err)
{
    struct target t;
    for (size_t k = 0; option_at(o->set, k, &t); k++) {
        char name[VARIABLE_ROOM];
        variable_name(name, o->set->prefix, t.option->name);
        const char *value = t.option->flag_only ? NULL : variable_value(environment, name);
        if (value && take_value(o, &t, BZ_OPTION_ENVIRONMENT, value, err) < 0)
            return bz_fail_in(err, "environment variable %s", name);
    }
    return check_variables(o, environment, err);
}

/* --- command line --- */

static int unknown_option(const struct bz_option_set *set, const char *name, size_t length, struct bz_error *err)
{
    const char *near = nearest_option(set, name, length, true);
    return bz_fail(err, BZ_BAD_USAGE, "unknown option --%.*s%s%s%s (%s --help lists them)", (int)(length < 64 ? length : 64),
                   name, near ? "; did you mean --" : "", near ? near : "", near ? "?" : "", set->program);
}

static bool is_switch(enum bz_option_type type)
{
    return type == BZ_OPTION_SWITCH || type == BZ_OPTION_TERNARY;
}

/* One argument that starts with --. *i is advanced if its value is a separate argument. */
static int take_long(struct bz_options *o, int argc, char *const *argv, int *i, struct bz_error *err)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    const size_t length = equals ? (size_t)(equals - name) : strlen(name);
    struct target t;
    if (!find_option(o->set, name, length, &t))
        return unknown_option(o->set, name, length, err);
    const bool last = *i + 1 >= argc || strncmp(argv[*i + 1], "--", 2) == 0;
    const bool alone = t.option->type == BZ_OPTION_FLAG || (is_switch(t.option->type) && last);
    const char *value = equals ? equals + 1 : alone ? "on" : NULL;
    if (!value) {
        if (*i + 1 >= argc)
            return bz_fail(err, BZ_BAD_USAGE, "--%s: expected %s after it, found nothing", t.option->name,
                           t.option->argument ? t.option->argument : "a value");
        value = argv[++*i];
    }
    if (take_value(o, &t, BZ_OPTION_COMMAND_LINE, value, err) == 0)
        return 0;
    bz_fail_in(err, "--%s", t.option->name);
    if (err && err->code == BZ_BAD_INPUT)
        err->code = BZ_BAD_USAGE;
    return -1;
}

static int take_letter(struct bz_options *o, const char *argument, struct bz_error *err)
{
    struct target t;
    for (size_t k = 0; option_at(o->set, k, &t); k++)
        if (t.option->letter && t.option->letter == argument[1] && argument[2] == 0)
            return take_value(o, &t, BZ_OPTION_COMMAND_LINE, "on", err);
    return bz_fail(err, BZ_BAD_USAGE, "unknown option %.64s: options start with two dashes (%s --help lists them)", argument,
                   o->set->program);
}

int bz_options_command_line(struct bz_options *o, int argc, char *const *argv, const char **words, size_t most, size_t *n_words,
                            struct bz_error *err)
{
    bool words_only = false;
    for (int i = 1; i < argc; i++) {
        if (!words_only && strcmp(argv[i], "--") == 0) {
            words_only = true;
        } else if (words_only || argv[i][0] != '-' || argv[i][1] == 0) {
            if (*n_words >= most)
                return bz_fail(err, BZ_BAD_USAGE, "unexpected argument '%.64s' (%s --help tells the usage)", argv[i],
                               o->set->program);
            words[(*n_words)++] = argv[i];
        } else if ((argv[i][1] == '-' ? take_long(o, argc, argv, &i, err) : take_letter(o, argv[i], err)) < 0) {
            return -1;
        }
    }
    return 0;
}

const char *bz_options_peek(const struct bz_option_set *set, const char *name, int argc, char *const *argv,
                            char *const *environment)
{
    char variable[VARIABLE_ROOM];
    const char *value = NULL;
    const size_t length = strlen(name);
    if (set->prefix) {
        variable_name(variable, set->prefix, name);
        value = variable_value(environment, variable);
    }
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--", 2) != 0 || strncmp(argv[i] + 2, name, length) != 0)
            continue;
        if (argv[i][2 + length] == '=')
            value = argv[i] + 3 + length;
        else if (!argv[i][2 + length] && i + 1 < argc)
            value = argv[++i];
    }
    return value && *value ? value : NULL;
}

bool bz_options_has_flag(int argc, char *const *argv, const char *name, char letter)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if ((strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, name) == 0) ||
            (argv[i][0] == '-' && argv[i][1] == letter && argv[i][1] && !argv[i][2]))
            return true;
    return false;
}
