/* Values of options: from text to field. */
#include "mem.h"
#include "option.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

_Static_assert(sizeof(size_t) == sizeof(uint64_t), "BZ_OPTION_SIZE fills either");

static const double largest_seed = 9007199254740991; /* 2^53 - 1 */

/* Memory to be freed with the options. */
struct bz_option_memory {
    struct bz_option_memory *next;
    void *block;
};

static void *keep(struct bz_options *o, void *block, struct bz_error *err)
{
    struct bz_option_memory *m = block ? bz_alloc(1, sizeof(*m), err) : NULL;
    if (!m) {
        bz_free(block);
        return NULL;
    }
    *m = (struct bz_option_memory){o->memory, block};
    o->memory = m;
    return block;
}

void bz_options_free(struct bz_options *o)
{
    for (struct bz_option_memory *m = o->memory, *next; m; m = next) {
        next = m->next;
        bz_free(m->block);
        bz_free(m);
    }
    bz_free(o->source);
    *o = (struct bz_options){0};
}

/* --- numbers --- */

struct suffix {
    const char *text; /* upper or lower case */
    double factor;
};
static const struct suffix durations[] = {{"ms", 1},      {"s", 1000},       {"sec", 1000},    {"m", 60000}, {"min", 60000},
                                          {"h", 3600000}, {"hour", 3600000}, {"d", 24 * 36e5}, {NULL, 0}};
static const struct suffix sizes[] = {
    {"B", 1},     {"KiB", 1024},   {"MiB", 1048576}, {"GiB", 1073741824}, {"TiB", 1099511627776},
    {"KB", 1000}, {"MB", 1000000}, {"GB", 1e9},      {"TB", 1e12},        {NULL, 0}};
static const struct suffix none[] = {{NULL, 0}};

static const char *wanted(enum bz_option_type type)
{
    return type == BZ_OPTION_DURATION ? "a duration such as 5, 5s, 200ms, 2m, 1h"
           : type == BZ_OPTION_BYTES  ? "a size such as 1048576, 64MiB (1024 x 1024), 64MB (1000 x 1000)"
           : type == BZ_OPTION_REAL   ? "a number"
                                      : "a whole number";
}

/* A decimal number at *at, which is advanced past it. exact: the value if it is just digits and fits. False if there is
 * none. */
static bool scan_number(const char **at, double *value, uint64_t *exact, bool *is_exact)
{
    const char *p = *at;
    size_t digits = strspn(p, "0123456789");
    if (digits == 0 && !(p[0] == '.' && p[1] >= '0' && p[1] <= '9'))
        return false;
    char *end, *end_exact;
    errno = 0;
    *exact = strtoull(p, &end_exact, 10);
    *is_exact = errno == 0;
    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) { /* what strtod would take as hexadecimal */
        *value = 0;
        *at = p + 1;
        return true;
    }
    *value = strtod(p, &end);
    *is_exact = *is_exact && end == end_exact;
    *at = end;
    return true;
}

static const struct suffix *find_suffix(const struct suffix *list, const char *text, size_t length)
{
    for (; list->text; list++)
        if (strlen(list->text) == length && strncasecmp(list->text, text, length) == 0)
            return list;
    return NULL;
}

/* A sum of numbers with suffixes ("1h30m"); a single number may have none, and `plain` is its factor then. False if malformed
 * or not a whole number. UINT64_MAX = too large. */
static bool scan_whole(const char *text, const struct suffix *suffixes, uint64_t plain, uint64_t *out)
{
    uint64_t sum = 0;
    bool first = true;
    do {
        double value;
        uint64_t exact, part;
        bool is_exact;
        if (!scan_number(&text, &value, &exact, &is_exact))
            return false;
        text += strspn(text, " ");
        size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
        const struct suffix *s = find_suffix(suffixes, text, length);
        if (!s && !(length == 0 && first && !*text))
            return false;
        uint64_t factor = s ? (uint64_t)s->factor : plain;
        if (is_exact) {
            if (__builtin_mul_overflow(exact, factor, &part))
                part = UINT64_MAX;
        } else {
            double product = value * (double)factor;
            if (product != floor(product))
                return false;
            part = product <= largest_seed ? (uint64_t)product : UINT64_MAX;
        }
        if (__builtin_add_overflow(sum, part, &sum))
            sum = UINT64_MAX;
        text += length;
        first = false;
    } while (*text && suffixes == durations);
    *out = sum;
    return !*text;
}

static int out_of_bounds(const struct bz_option *o, const char *text, struct bz_error *err)
{
    char least[64], most[64];
    if (o->type == BZ_OPTION_DURATION || o->type == BZ_OPTION_BYTES) {
        const char *unit = o->type == BZ_OPTION_BYTES ? "" : "ms";
        snprintf(least, sizeof(least), "%.0f%s", o->least, o->least > 0 ? unit : "");
        snprintf(most, sizeof(most), "%.0f%s", o->most, unit);
        if (o->type == BZ_OPTION_DURATION && fmod(o->most, 1000) == 0)
            snprintf(most, sizeof(most), "%.0fs", o->most / 1000);
        if (o->type == BZ_OPTION_BYTES && fmod(o->most, 1048576) == 0)
            snprintf(most, sizeof(most), "%.0fMiB", o->most / 1048576);
    } else {
        snprintf(least, sizeof(least), "%.16g", o->least);
        snprintf(most, sizeof(most), "%.16g", o->type == BZ_OPTION_SEED ? largest_seed : o->most);
    }
    if (o->most < 0)
        return bz_fail(err, BZ_BAD_INPUT, "expected at least %s, found '%.64s'", least, text);
    return bz_fail(err, BZ_BAD_INPUT, "expected %s to %s, found '%.64s'", least, most, text);
}

static int set_whole(const struct bz_option *o, uint64_t *out, const char *text, struct bz_error *err)
{
    const struct suffix *suffixes = o->type == BZ_OPTION_DURATION ? durations : o->type == BZ_OPTION_BYTES ? sizes : none;
    double most = o->type == BZ_OPTION_SEED ? largest_seed : o->most;
    uint64_t value;
    if (!scan_whole(text, suffixes, o->type == BZ_OPTION_DURATION ? 1000 : 1, &value) || (value == UINT64_MAX && most < 0))
        return bz_fail(err, BZ_BAD_INPUT, "expected %s, found '%.64s'", wanted(o->type), text);
    if ((double)value < o->least || (most >= 0 && (double)value > most))
        return out_of_bounds(o, text, err);
    *out = value;
    return 0;
}

static int set_real(const struct bz_option *o, double *out, const char *text, struct bz_error *err)
{
    const char *at = text + (*text == '-' || *text == '+');
    double value;
    uint64_t exact;
    bool is_exact;
    if (!scan_number(&at, &value, &exact, &is_exact) || *at || !isfinite(value))
        return bz_fail(err, BZ_BAD_INPUT, "expected %s, found '%.64s'", wanted(o->type), text);
    value = *text == '-' ? -value : value;
    if (value < o->least || (o->most >= 0 && value > o->most))
        return out_of_bounds(o, text, err);
    *out = value;
    return 0;
}

/* --- words --- */

const char *bz_option_word(const char *words, int index, size_t *length)
{
    for (; index > 0 && words; index--)
        if ((words = strchr(words, '|')))
            words++;
    if (words)
        *length = strcspn(words, "|");
    return words;
}

static int find_choice(const char *words, const char *text)
{
    const char *word;
    size_t length = 0;
    for (int i = 0; (word = bz_option_word(words, i, &length)); i++)
        if (strlen(text) == length && memcmp(word, text, length) == 0)
            return i;
    return -1;
}

static int set_bool(bool *out, const char *text, struct bz_error *err)
{
    int i = find_choice("off|on|false|true|no|yes|0|1", text);
    if (i < 0)
        return bz_fail(err, BZ_BAD_INPUT, "expected on or off, found '%.64s'", text);
    *out = i % 2;
    return 0;
}

static int set_ternary(int *out, const char *text, struct bz_error *err)
{
    bool on = false;
    if (strcmp(text, "auto") != 0 && set_bool(&on, text, NULL) < 0)
        return bz_fail(err, BZ_BAD_INPUT, "expected auto, on or off, found '%.64s'", text);
    *out = strcmp(text, "auto") == 0 ? BZ_AUTO : on ? BZ_ON : BZ_OFF;
    return 0;
}

static int set_text(struct bz_options *o, const struct bz_option *option, const char **out, const char *text,
                    struct bz_error *err)
{
    if (!*text && !(option->initial && !*option->initial))
        return bz_fail(err, BZ_BAD_INPUT, "expected %s, found nothing", option->argument ? option->argument : "a value");
    const char *copy = keep(o, bz_strdup(text, err), err);
    if (!copy)
        return -1;
    *out = copy;
    return 0;
}

static int set_choice(struct bz_options *o, const struct bz_option *option, void *field, const char *text, struct bz_error *err)
{
    int i = find_choice(option->argument, text);
    if (i < 0)
        return bz_fail(err, BZ_BAD_INPUT, "expected one of %s, found '%.64s'", option->argument, text);
    if (option->type == BZ_OPTION_CHOICE)
        return set_text(o, option, field, text, err);
    *(int *)field = i;
    return 0;
}

static int add_item(struct bz_options *o, struct bz_list *list, const char *text, size_t length, struct bz_error *err)
{
    if ((list->n & (list->n - 1)) == 0) { /* 0, 1, 2, 4, ...: the room is full */
        const char **items = keep(o, bz_alloc(list->n ? 2 * list->n : 1, sizeof(*items), err), err);
        if (!items)
            return -1;
        if (list->n)
            memcpy(items, list->items, list->n * sizeof(*items));
        list->items = items;
    }
    const char *copy = keep(o, bz_strndup(text, length, err), err);
    if (!copy)
        return -1;
    list->items[list->n++] = copy;
    return 0;
}

static int add_words(struct bz_options *o, struct bz_list *list, const char *text, struct bz_error *err)
{
    while (*text) {
        text += strspn(text, " \t,");
        size_t length = strcspn(text, ","), used = length;
        while (used > 0 && (text[used - 1] == ' ' || text[used - 1] == '\t'))
            used--;
        if (used > 0 && add_item(o, list, text, used, err) < 0)
            return -1;
        text += length;
    }
    return 0;
}

int bz_option_set(struct bz_options *o, const struct bz_option *option, void *field, const char *text, struct bz_error *err)
{
    switch (option->type) {
    case BZ_OPTION_FLAG:
    case BZ_OPTION_SWITCH:
        return set_bool(field, text, err);
    case BZ_OPTION_TERNARY:
        return set_ternary(field, text, err);
    case BZ_OPTION_SIZE:
    case BZ_OPTION_SEED:
    case BZ_OPTION_BYTES:
    case BZ_OPTION_DURATION:
        return set_whole(option, field, text, err);
    case BZ_OPTION_REAL:
        return set_real(option, field, text, err);
    case BZ_OPTION_TEXT:
        return set_text(o, option, field, text, err);
    case BZ_OPTION_CHOICE:
    case BZ_OPTION_ENUM:
        return set_choice(o, option, field, text, err);
    case BZ_OPTION_LIST:
        if (!*text)
            return bz_fail(err, BZ_BAD_INPUT, "expected %s, found nothing", option->argument ? option->argument : "a value");
        return add_item(o, field, text, strlen(text), err);
    case BZ_OPTION_WORDS:
        if (add_words(o, field, text, err) < 0)
            return -1;
        if (((struct bz_list *)field)->n == 0 && option->initial && *option->initial)
            return bz_fail(err, BZ_BAD_INPUT, "expected %s, found nothing", option->argument ? option->argument : "a value");
        return 0;
    }
    return bz_fail(err, BZ_UNSUPPORTED, "option type %d", option->type);
}
