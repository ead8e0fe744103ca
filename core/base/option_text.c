/* Options as text: the help, and the values in use. */
#include "float_text.h"
#include "mem.h"
#include "option.h"
#include "text_stream.h"

#include <inttypes.h>
#include <string.h>

enum { HELP_INDENT = 30, HELP_WIDTH = 100 };

/* --- help --- */

/* Prints words of text, wrapped; `column` is the current position in the line. */
void bz_print_wrapped(FILE *out, const char *text, size_t column, size_t indent)
{
    for (bool first = true; *text; first = false) {
        size_t n = strcspn(text, " ");
        if (!first && column + 1 + n > HELP_WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", (int)n, text);
        column += n;
        text += n;
        text += strspn(text, " ");
    }
}

/* Shown for the value where the table has no word for it. */
static const char *placeholder(const struct bz_option *o)
{
    switch (o->type) {
    case BZ_OPTION_FLAG:
    case BZ_OPTION_CHOICE:
    case BZ_OPTION_ENUM:
        break;
    case BZ_OPTION_SWITCH:
        return "on|off";
    case BZ_OPTION_TERNARY:
        return "auto|on|off";
    case BZ_OPTION_SIZE:
    case BZ_OPTION_SEED:
        return "N";
    case BZ_OPTION_REAL:
        return "X";
    case BZ_OPTION_BYTES:
        return "SIZE";
    case BZ_OPTION_DURATION:
        return "TIME";
    case BZ_OPTION_TEXT:
    case BZ_OPTION_LIST:
    case BZ_OPTION_WORDS:
        return "VALUE";
    }
    return "";
}

static void print_help(const struct bz_option *o, FILE *out)
{
    char left[128], right[600];
    const char *argument = o->argument ? o->argument : placeholder(o);
    const bool list = o->type == BZ_OPTION_LIST || o->type == BZ_OPTION_WORDS;
    const bool shown = o->initial && *o->initial && o->type != BZ_OPTION_FLAG;
    int n = o->letter ? snprintf(left, sizeof(left), "  -%c, --%s", o->letter, o->name)
                      : snprintf(left, sizeof(left), "  --%s%s%s", o->name, *argument ? " " : "", argument);
    snprintf(right, sizeof(right), "%s%s%s%s%s", o->help, list ? "; may be repeated" : "", shown ? " [" : "",
             shown ? o->initial : "", shown ? "]" : "");
    fputs(left, out);
    if (n + 2 > HELP_INDENT)
        fprintf(out, "\n%*s", HELP_INDENT, "");
    else
        fprintf(out, "%*s", HELP_INDENT - n, "");
    bz_print_wrapped(out, right, HELP_INDENT, HELP_INDENT);
    fputc('\n', out);
}

void bz_options_help(const struct bz_option_set *set, FILE *out)
{
    for (size_t g = 0; g < set->n_groups; g++) {
        if (set->groups[g].title)
            fprintf(out, "\n%s:\n", set->groups[g].title);
        for (size_t k = 0; k < set->groups[g].n; k++)
            print_help(&set->groups[g].options[k], out);
    }
}

/* --- values --- */

static void print_whole(enum bz_option_type type, uint64_t value, FILE *out)
{
    const char *unit = "";
    if (type == BZ_OPTION_DURATION && value) {
        unit = value % 1000 ? "ms" : "s";
        value /= value % 1000 ? 1 : 1000;
    } else if (type == BZ_OPTION_BYTES && value && value % 1048576 == 0) {
        unit = "MiB";
        value /= 1048576;
    }
    fprintf(out, "%" PRIu64 "%s", value, unit);
}

/* A value that a file would not give back unchanged is put in double quotes. */
static void print_text(const char *text, FILE *out)
{
    const size_t n = strlen(text);
    bool quote = n > 0 && (strchr(" \t\r\"", text[0]) || strchr(" \t\r", text[n - 1]));
    for (const char *p = text; (p = strchr(p, '#')); p++)
        quote = quote || p == text || p[-1] == ' ' || p[-1] == '\t';
    fprintf(out, quote ? "\"%s\"" : "%s", text);
}

/* A value that is not a list. */
static void print_value(const struct bz_option *option, const void *field, FILE *out)
{
    char number[BZ_DOUBLE_ROOM];
    size_t length = 0;
    const char *word;
    switch (option->type) {
    case BZ_OPTION_FLAG:
    case BZ_OPTION_SWITCH:
        fputs(*(const bool *)field ? "on" : "off", out);
        return;
    case BZ_OPTION_TERNARY:
        fputs(*(const int *)field == BZ_AUTO ? "auto" : *(const int *)field == BZ_ON ? "on" : "off", out);
        return;
    case BZ_OPTION_SIZE:
    case BZ_OPTION_SEED:
    case BZ_OPTION_BYTES:
    case BZ_OPTION_DURATION:
        print_whole(option->type, *(const uint64_t *)field, out);
        return;
    case BZ_OPTION_REAL:
        bz_double_text(*(const double *)field, number);
        fputs(number, out);
        return;
    case BZ_OPTION_TEXT:
    case BZ_OPTION_CHOICE:
        print_text(*(const char *const *)field, out);
        return;
    case BZ_OPTION_ENUM:
        word = bz_option_word(option->argument, *(const int *)field, &length);
        fprintf(out, "%.*s", (int)length, word ? word : "");
        return;
    case BZ_OPTION_LIST:
    case BZ_OPTION_WORDS:
        return;
    }
}

static bool is_among(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

/* Lines of one option; a list has one per value. False if it has no value. */
static bool write_option(const struct bz_option *o, const void *field, FILE *out)
{
    const struct bz_list *list = field;
    switch (o->type) {
    case BZ_OPTION_LIST:
    case BZ_OPTION_WORDS:
        for (size_t i = 0; i < list->n; i++) {
            fprintf(out, "%s = ", o->name);
            print_text(list->items[i], out);
            fputc('\n', out);
        }
        return list->n > 0;
    case BZ_OPTION_TEXT:
    case BZ_OPTION_CHOICE:
        if (!*(const char *const *)field || !**(const char *const *)field)
            return false;
        break;
    case BZ_OPTION_REAL: /* not given: zero is outside its bounds */
        if (!o->initial && *(const double *)field == 0 && o->least > 0)
            return false;
        break;
    default:
        break;
    }
    fprintf(out, "%s = ", o->name);
    print_value(o, field, out);
    fputc('\n', out);
    return true;
}

void bz_options_write(const struct bz_option_set *set, const void *into, const char *const *except, bool described, FILE *out)
{
    for (size_t g = 0; g < set->n_groups; g++) {
        const struct bz_option_group *group = &set->groups[g];
        for (size_t k = 0; k < group->n; k++) {
            const struct bz_option *o = &group->options[k];
            if (o->flag_only || is_among(except, o->name))
                continue;
            if (described)
                fprintf(out, "# %s\n", o->help);
            if (!write_option(o, (const char *)into + group->offset + o->offset, out) && described)
                fprintf(out, "#%s =\n", o->name);
        }
    }
}

/* The option's lines; the caller's. NULL: no memory. */
static char *value_text(const struct bz_option *o, const void *field, struct bz_error *err)
{
    struct bz_text text;
    FILE *out = bz_text_begin(&text, err);
    char *copy = NULL;
    if (!out)
        return NULL;
    write_option(o, field, out);
    if (bz_text_end(&text, o->name, err) == 0)
        copy = bz_strdup(text.text, err);
    bz_text_free(&text);
    return copy;
}

int bz_options_compare(const struct bz_option_set *set, const void *now, const void *fresh,
                       void (*told)(void *arg, const struct bz_option *o, size_t offset), void *arg, struct bz_error *err)
{
    int rc = 0;
    for (size_t g = 0; g < set->n_groups; g++) {
        const struct bz_option_group *group = &set->groups[g];
        for (size_t k = 0; k < group->n && rc == 0; k++) {
            const struct bz_option *o = &group->options[k];
            const size_t offset = group->offset + o->offset;
            char *before = value_text(o, (const char *)now + offset, err),
                 *after = value_text(o, (const char *)fresh + offset, err);
            if (!before || !after)
                rc = -1;
            else if (strcmp(before, after) != 0)
                told(arg, o, offset);
            bz_free(before);
            bz_free(after);
        }
    }
    return rc;
}
