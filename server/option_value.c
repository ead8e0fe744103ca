#include "option_value.h"

#include "mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LIST = 256 };

struct unit {
    const char *suffix;
    uint64_t factor;
};
static const struct unit durations[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {NULL, 0}};
static const struct unit sizes[] = {{"", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}, {NULL, 0}};
static const struct unit plain[] = {{"", 1}, {NULL, 0}};

static void *field(const struct srv_option *option, struct srv_options *options)
{
    return (char *)options + option->offset;
}

static const void *field_of(const struct srv_option *option, const struct srv_options *options)
{
    return (const char *)options + option->offset;
}

static const struct unit *units_of(enum srv_option_type type)
{
    return type == SRV_DURATION ? durations : type == SRV_SIZE ? sizes : plain;
}

static const char *wanted(enum srv_option_type type)
{
    return type == SRV_DURATION ? "a duration such as 5, 5s, 200ms, 2m"
           : type == SRV_SIZE   ? "a size such as 1048576, 64MiB"
                                : "a whole number";
}

/* A number as stored, with the largest suffix that divides it. */
static void print_number(const struct srv_option *option, uint64_t value, char out[40])
{
    if (option->type == SRV_DURATION && (value % 1000 || value == 0))
        snprintf(out, 40, "%" PRIu64 "%s", value, value ? "ms" : "");
    else if (option->type == SRV_DURATION)
        snprintf(out, 40, "%" PRIu64 "s", value / 1000);
    else if (option->type == SRV_SIZE && value && value % (1024 * 1024) == 0)
        snprintf(out, 40, "%" PRIu64 "MiB", value / (1024 * 1024));
    else
        snprintf(out, 40, "%" PRIu64, value);
}

/* Digits with an optional fraction, then a suffix of the type. */
static int set_number(const struct srv_option *option, uint64_t *out, const char *text, struct bz_error *err)
{
    char *end = NULL;
    errno = 0;
    unsigned long long whole = strtoull(text, &end, 10);
    bool bad = *text < '0' || *text > '9' || errno == ERANGE;
    const struct unit *unit = units_of(option->type);
    while (!bad && unit->suffix && strcmp(unit->suffix, end) != 0)
        unit++;
    if (bad || !unit->suffix)
        return bz_fail(err, BZ_BAD_INPUT, "\"%.80s\": expected %s", text, wanted(option->type));
    uint64_t value = 0;
    char low[40], high[40];
    print_number(option, option->min, low);
    print_number(option, option->max, high);
    if (__builtin_mul_overflow(whole, unit->factor, &value) || value < option->min || value > option->max)
        return bz_fail(err, BZ_BAD_INPUT, "\"%.80s\": expected %s to %s", text, low, option->max == UINT64_MAX ? "any" : high);
    *out = value;
    return 0;
}

static int set_flag(bool *out, const char *text, struct bz_error *err)
{
    static const char *const words[][2] = {{"false", "true"}, {"no", "yes"}, {"off", "on"}, {"0", "1"}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        for (int value = 0; value < 2; value++)
            if (strcmp(text, words[i][value]) == 0) {
                *out = value;
                return 0;
            }
    return bz_fail(err, BZ_BAD_INPUT, "\"%.80s\": expected true or false", text);
}

/* The index-th of the words divided by '|', and its length; NULL after the last. */
static const char *choice(const char *choices, int index, size_t *length)
{
    for (; index > 0 && choices; index--)
        if ((choices = strchr(choices, '|')))
            choices++;
    if (choices)
        *length = strcspn(choices, "|");
    return choices;
}

static int set_choice(const struct srv_option *option, int *out, const char *text, struct bz_error *err)
{
    const char *word;
    size_t length = 0;
    for (int i = 0; (word = choice(option->choices, i, &length)); i++)
        if (strlen(text) == length && memcmp(word, text, length) == 0) {
            *out = i;
            return 0;
        }
    return bz_fail(err, BZ_BAD_INPUT, "\"%.80s\": expected one of %s", text, option->choices);
}

static int set_string(char **out, const char *text, struct bz_error *err)
{
    char *copy = bz_strdup(text, err);
    if (!copy)
        return -1;
    bz_free(*out);
    *out = copy;
    return 0;
}

static void clear_list(struct srv_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        bz_free(list->items[i]);
    bz_free(list->items);
    *list = (struct srv_list){0};
}

static int add_word(struct srv_list *list, const char *word, size_t length, struct bz_error *err)
{
    if (list->n == MAX_LIST)
        return bz_fail(err, BZ_TOO_LARGE, "more than %d values", MAX_LIST);
    if (!list->items && !(list->items = bz_alloc(MAX_LIST, sizeof(char *), err)))
        return -1;
    if (!(list->items[list->n] = bz_strndup(word, length, err)))
        return -1;
    list->n++;
    return 0;
}

static int set_list(struct srv_list *list, const char *text, bool add, struct bz_error *err)
{
    if (!add)
        clear_list(list);
    while (*text) {
        text += strspn(text, " \t,");
        size_t length = strcspn(text, ",");
        size_t used = length;
        while (used > 0 && (text[used - 1] == ' ' || text[used - 1] == '\t'))
            used--;
        if (used > 0 && add_word(list, text, used, err) < 0)
            return -1;
        text += length;
    }
    return 0;
}

int srv_option_set(const struct srv_option *option, struct srv_options *options, const char *text, bool add,
                   struct bz_error *err)
{
    void *out = field(option, options);
    switch (option->type) {
    case SRV_STRING:
        return set_string(out, text, err);
    case SRV_LIST:
        return set_list(out, text, add, err);
    case SRV_FLAG:
        return set_flag(out, text, err);
    case SRV_CHOICE:
        return set_choice(option, out, text, err);
    case SRV_COUNT:
    case SRV_DURATION:
    case SRV_SIZE:
        return set_number(option, out, text, err);
    }
    return bz_fail(err, BZ_UNSUPPORTED, "option type %d", option->type);
}

void srv_option_clear(const struct srv_option *option, struct srv_options *options)
{
    if (option->type == SRV_STRING) {
        char **text = field(option, options);
        bz_free(*text);
        *text = NULL;
    } else if (option->type == SRV_LIST) {
        clear_list(field(option, options));
    }
}

static void print_value(const struct srv_option *option, const void *value, FILE *out)
{
    char number[40];
    size_t length = 0;
    switch (option->type) {
    case SRV_STRING:
        fputs(*(char *const *)value, out);
        break;
    case SRV_LIST:
        for (size_t i = 0; i < ((const struct srv_list *)value)->n; i++)
            fprintf(out, "%s%s", i ? ", " : "", ((const struct srv_list *)value)->items[i]);
        break;
    case SRV_FLAG:
        fputs(*(const bool *)value ? "true" : "false", out);
        break;
    case SRV_CHOICE: {
        const char *word = choice(option->choices, *(const int *)value, &length);
        fprintf(out, "%.*s", (int)length, word);
        break;
    }
    case SRV_COUNT:
    case SRV_DURATION:
    case SRV_SIZE:
        print_number(option, *(const uint64_t *)value, number);
        fputs(number, out);
        break;
    }
}

void srv_option_print(const struct srv_option *option, const struct srv_options *options, FILE *out)
{
    const void *value = field_of(option, options);
    bool given = !(option->type == SRV_STRING && !**(char *const *)value) &&
                 !(option->type == SRV_LIST && ((const struct srv_list *)value)->n == 0);
    fprintf(out, "%s%s = ", given ? "" : "#", option->name);
    print_value(option, value, out);
    fputc('\n', out);
}

const char *srv_option_placeholder(const struct srv_option *option)
{
    switch (option->type) {
    case SRV_CHOICE:
        return option->choices;
    case SRV_FLAG:
        return "";
    case SRV_COUNT:
        return "N";
    case SRV_DURATION:
        return "TIME";
    case SRV_SIZE:
        return "SIZE";
    case SRV_STRING:
    case SRV_LIST:
        break;
    }
    return "VALUE";
}
