/* Options as text: the help, and the values in use. */
#include "arguments.h"

#include <string.h>

enum { HELP_INDENT = 30, HELP_WIDTH = 100 };

/* Prints words of text, wrapped; `column` is where the line stands now. */
static void print_wrapped(FILE *out, const char *text, size_t column, size_t indent)
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

static void print_option(const struct train_option *o, FILE *out)
{
    char left[128], right[600];
    bool value = o->type != TRAIN_OPTION_FLAG;
    const char *argument = o->argument ? o->argument : o->type == TRAIN_OPTION_SWITCH ? "on|off" : "N";
    int n = snprintf(left, sizeof(left), "  --%s%s%s", o->name, value ? " " : "", value ? argument : "");
    snprintf(right, sizeof(right), "%s%s%s%s%s", o->help, o->type == TRAIN_OPTION_LIST ? "; may be repeated" : "",
             o->initial && *o->initial ? " [" : "", o->initial ? o->initial : "", o->initial && *o->initial ? "]" : "");
    fputs(left, out);
    if (n + 2 > HELP_INDENT)
        fprintf(out, "\n%*s", HELP_INDENT, "");
    else
        fprintf(out, "%*s", HELP_INDENT - n, "");
    print_wrapped(out, right, HELP_INDENT, HELP_INDENT);
    fputc('\n', out);
}

void train_options_help(const struct train_command *c, FILE *out)
{
    fprintf(out, "usage: boltz %s %s\n\n", c->name, c->usage);
    print_wrapped(out, c->about, 0, 0);
    fputc('\n', out);
    for (size_t g = 0; g < c->n_groups; g++) {
        if (c->groups[g].title)
            fprintf(out, "\n%s:\n", c->groups[g].title);
        for (size_t k = 0; k < c->groups[g].n; k++)
            print_option(&c->groups[g].options[k], out);
    }
}

static bool is_among(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static void write_value(const struct train_option *o, const char *field, FILE *out)
{
    const struct train_list *list = (const struct train_list *)field;
    const char *text = NULL;
    switch (o->type) {
    case TRAIN_OPTION_FLAG:
    case TRAIN_OPTION_SWITCH:
        fprintf(out, "%s = %s\n", o->name, *(const bool *)field ? "on" : "off");
        return;
    case TRAIN_OPTION_SIZE:
        fprintf(out, "%s = %zu\n", o->name, *(const size_t *)field);
        return;
    case TRAIN_OPTION_SEED:
        fprintf(out, "%s = %llu\n", o->name, (unsigned long long)*(const uint64_t *)field);
        return;
    case TRAIN_OPTION_REAL:
        fprintf(out, "%s = %.17g\n", o->name, *(const double *)field);
        return;
    case TRAIN_OPTION_TEXT:
    case TRAIN_OPTION_CHOICE:
        text = *(const char *const *)field;
        if (text && *text)
            fprintf(out, "%s = %s\n", o->name, text);
        return;
    case TRAIN_OPTION_LIST:
        for (size_t i = 0; i < list->n; i++)
            fprintf(out, "%s = %s\n", o->name, list->items[i]);
        return;
    }
}

void train_options_write(const struct train_command *c, const char *const *except, FILE *out)
{
    for (size_t g = 0; g < c->n_groups; g++) {
        const struct train_option_group *group = &c->groups[g];
        for (size_t k = 0; k < group->n; k++)
            if (!is_among(except, group->options[k].name))
                write_value(&group->options[k], (const char *)group->into + group->options[k].offset, out);
    }
}
