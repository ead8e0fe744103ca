/* Options of a program or subcommand: one table row each gives the command line, the environment, the configuration file, the
 * checks, the defaults and the help. */
#ifndef BZ_OPTION_H
#define BZ_OPTION_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum bz_option_type {
    BZ_OPTION_FLAG,     /* bool; --name alone means on */
    BZ_OPTION_SWITCH,   /* bool; --name on|off; on the command line --name alone means on */
    BZ_OPTION_TERNARY,  /* int: enum bz_ternary; a switch that may also be left to the program: auto */
    BZ_OPTION_SIZE,     /* size_t or uint64_t: a whole number */
    BZ_OPTION_SEED,     /* uint64_t, 0 .. 2^53-1 */
    BZ_OPTION_BYTES,    /* uint64_t: 1048576, 64MiB, 64MB, 1.5GiB */
    BZ_OPTION_DURATION, /* uint64_t milliseconds: 5, 5s, 200ms, 2m, 1h, 1h30m */
    BZ_OPTION_REAL,     /* double */
    BZ_OPTION_TEXT,     /* const char *; an empty one is refused unless the default is "" */
    BZ_OPTION_CHOICE,   /* const char *, one of the words of `argument` */
    BZ_OPTION_ENUM,     /* int: index among the words of `argument` */
    BZ_OPTION_LIST,     /* struct bz_list; may be repeated */
    BZ_OPTION_WORDS,    /* struct bz_list; may be repeated, commas separate several; empty only where that is the default */
};

enum bz_ternary { BZ_OFF, BZ_ON, BZ_AUTO };

struct bz_list {
    const char **items; /* [n] */
    size_t n;
};

struct bz_option {
    const char *name; /* without the dashes; the key in a file; the variable is the prefix and this in capitals with _ for - */
    enum bz_option_type type;
    size_t offset;        /* of the field in the structure of its group */
    double least, most;   /* bounds of numbers, as stored; most < 0 = none */
    const char *initial;  /* default, as the user would write it; NULL = zero, empty, off */
    const char *argument; /* what the help calls the value; the words a|b|c of a choice */
    const char *help;     /* a sentence without a full stop; the default is added */
    char letter;          /* -h for --help; 0 = none */
    bool flag_only;       /* an action: no key and no variable */
    bool live;            /* a running program applies a new value when it rereads its configuration */
};

/* A row of a table: its type without BZ_OPTION_, name, offset, and whatever else it has. */
#define BZ_ROW(kind, called, at, ...)                                                                                          \
    {                                                                                                                          \
        .name = called, .type = BZ_OPTION_##kind, .offset = at, __VA_ARGS__                                                    \
    }

/* Options that fill one structure within the set's. */
struct bz_option_group {
    const char *title; /* heading in the help; NULL = continues the one above */
    const struct bz_option *options;
    size_t n;
    size_t offset; /* offset of the group's structure in the set's */
};

struct bz_option_set {
    const char *program; /* as the user calls it: "boltz train" */
    const char *prefix;  /* of variables in the environment; NULL = it is not read */
    const struct bz_option_group *groups;
    size_t n_groups;
    bool last_counts; /* of two values the last counts; otherwise two are an error */
};

enum bz_option_source { BZ_OPTION_DEFAULT, BZ_OPTION_FILE, BZ_OPTION_ENVIRONMENT, BZ_OPTION_COMMAND_LINE };

/* What reading leaves: texts and lists that the structures point into live until bz_options_free. */
struct bz_options {
    const struct bz_option_set *set;
    void *into;
    unsigned char *source; /* [all options, in order]: enum bz_option_source of the value in force */
    struct bz_option_memory *memory;
};

/* Each returns 0, or -1 with *err naming the place. Read in the order of precedence, weakest first: defaults, file,
 * environment (entries "NAME=value", NULL at the end), command line. A list is started afresh by each of them. */
int bz_options_begin(struct bz_options *o, const struct bz_option_set *set, void *into, struct bz_error *err);
int bz_options_file(struct bz_options *o, const char *path, struct bz_error *err);
int bz_options_environment(struct bz_options *o, char *const *environment, struct bz_error *err);
/* argv[0] is skipped. Arguments that are not options go to words[], at most `most`; one more is an error that names it. */
int bz_options_command_line(struct bz_options *o, int argc, char *const *argv, const char **words, size_t most, size_t *n_words,
                            struct bz_error *err);
void bz_options_free(struct bz_options *o); /* zeros are fine */

/* The value of --NAME or its variable (environment may be NULL), before anything else is read; for --config. NULL = not given.
 */
const char *bz_options_peek(const struct bz_option_set *set, const char *name, int argc, char *const *argv,
                            char *const *environment);

/* Whether --NAME or -LETTER stands among the arguments. */
bool bz_options_has_flag(int argc, char *const *argv, const char *name, char letter);

/* Whether the user gave the option at all. The name must be in the table. */
bool bz_option_given(const struct bz_options *o, const char *name);
/* Whether it has a value other than its default: a record of settings lists every option. Not for lists. */
bool bz_option_changed(const struct bz_options *o, const char *name);

/* The options by group, each with its default. */
void bz_options_help(const struct bz_option_set *set, FILE *out);
/* Prints words of text, wrapped; `column` is the current position in the line. */
void bz_print_wrapped(FILE *out, const char *text, size_t column, size_t indent);

/* Every value, defaults too, as a line `key = value` of a configuration file. except (may be NULL) is a NULL-ended list of
 * names to leave out. Values that are not set are left out; with `described` they appear as comments, and each line has its
 * help above it. */
void bz_options_write(const struct bz_option_set *set, const void *into, const char *const *except, bool described, FILE *out);

/* Calls told for each option whose values in `fresh` and `now`, two structures of the set, differ. */
int bz_options_compare(const struct bz_option_set *set, const void *now, const void *fresh,
                       void (*told)(void *arg, const struct bz_option *o, size_t offset), void *arg, struct bz_error *err);

/* The word of a NULL-terminated list closest to a misspelt one; NULL = none is close. */
const char *bz_nearest(const char *word, size_t length, const char *const *words);

/* Parses one value into its field; appends it to a list. The message of a failure has neither name nor place. */
int bz_option_set(struct bz_options *o, const struct bz_option *option, void *field, const char *text, struct bz_error *err);
/* The index-th of words separated by '|', and its length; NULL after the last. */
const char *bz_option_word(const char *words, int index, size_t *length);

#endif
