/* Types of option values: text to value, value to text. The table in options.c is made of these rows. */
#ifndef OPTION_VALUE_H
#define OPTION_VALUE_H

#include "options.h"

enum srv_option_type {
    SRV_STRING,   /* char * */
    SRV_LIST,     /* struct srv_list; comma-separated, repeatable */
    SRV_FLAG,     /* bool; true, false, yes, no, on, off, 1, 0 */
    SRV_CHOICE,   /* int: index into the words of `choices` */
    SRV_COUNT,    /* uint64_t */
    SRV_DURATION, /* uint64_t milliseconds */
    SRV_SIZE,     /* uint64_t bytes */
};

struct srv_option {
    const char *name; /* as in the file and, after two dashes, on the command line */
    enum srv_option_type type;
    size_t offset;        /* of its field in struct srv_options */
    uint64_t min, max;    /* of numbers */
    const char *standard; /* the default, as text */
    const char *choices;  /* SRV_CHOICE: words divided by '|', in the order of the enum */
    const char *help;
};

/* Sets the option's field from text; a list gets the words added to it if `add`, else it starts afresh. On failure the
 * message has neither name nor place: the caller puts them before it. */
int srv_option_set(const struct srv_option *option, struct srv_options *options, const char *text, bool add,
                   struct bz_error *err);
/* Releases what the field owns. */
void srv_option_clear(const struct srv_option *option, struct srv_options *options);
/* "name = value", or "# name =" where it is not given. */
void srv_option_print(const struct srv_option *option, const struct srv_options *options, FILE *out);
/* What stands for its value in the help text. */
const char *srv_option_placeholder(const struct srv_option *option);

#endif
