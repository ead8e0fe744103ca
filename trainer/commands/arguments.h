/* Options of a subcommand: one table row each gives the command line, the configuration file, the checks, the defaults and the
 * help. */
#ifndef TRAIN_ARGUMENTS_H
#define TRAIN_ARGUMENTS_H

#include "dataset.h"

#include <stdio.h>

enum train_option_type {
    TRAIN_OPTION_FLAG,   /* bool; --name alone means on */
    TRAIN_OPTION_SWITCH, /* bool; --name on|off */
    TRAIN_OPTION_SIZE,   /* size_t */
    TRAIN_OPTION_SEED,   /* uint64_t, 0 .. 2^53-1 */
    TRAIN_OPTION_REAL,   /* double */
    TRAIN_OPTION_TEXT,   /* const char *; NULL where not given */
    TRAIN_OPTION_CHOICE, /* const char *, one of the words of `argument` */
    TRAIN_OPTION_LIST,   /* struct train_list; may be repeated */
};

struct train_option {
    const char *name; /* without the dashes; the key in a file */
    enum train_option_type type;
    size_t offset;        /* of the field in the structure that the group fills */
    double least, most;   /* bounds of numbers */
    const char *initial;  /* default, as the user would write it; NULL = zero, empty, off */
    const char *argument; /* what the help calls the value; the words a|b|c of a choice */
    const char *help;     /* a sentence without a full stop; the default is added */
};

/* Options that fill one structure. */
struct train_option_group {
    const char *title; /* heading in the help; NULL = goes on under the one above */
    const struct train_option *options;
    size_t n;
    void *into;
};

struct train_command {
    const char *name;  /* "score" */
    const char *usage; /* "MODEL --data FILE --out FILE.npy|.csv" */
    const char *about; /* a paragraph for the help */
    const struct train_option_group *groups;
    size_t n_groups;
    size_t least_words, most_words; /* arguments that are no options */
};

enum { TRAIN_MOST_WORDS = 4, TRAIN_MOST_GROUPS = 12 };

/* What parsing leaves: texts that the structures point into live until train_arguments_free. */
struct train_arguments {
    const struct train_command *command;
    const char *words[TRAIN_MOST_WORDS];
    size_t n_words;
    unsigned char *given; /* [all options, in order]: bit 0 in the file, bit 1 on the command line */
    char *file;           /* text of the configuration file */
    const char ***lists;  /* arrays of list options, [n_lists] */
    size_t n_lists;
};

/* Fills the groups' structures from defaults, then the file of --config, then argv (argv[0] is the subcommand's name).
 * Returns -1 to go on, or an exit status: 0 after --help, 2 for bad usage, 78 for a bad file; it has said why then.
 * train_arguments_free in every case. */
int train_arguments_parse(struct train_arguments *a, const struct train_command *c, int argc, char **argv);
void train_arguments_free(struct train_arguments *a);

/* Whether the user gave the option at all. name must be in the table. */
bool train_option_given(const struct train_arguments *a, const char *name);

/* Every option's value as `key = value` lines, as --config reads them, defaults too; texts that are not set are left out.
 * except (may be NULL) is a NULL-ended list of names to leave out. */
void train_options_write(const struct train_command *c, const char *const *except, FILE *out);

/* The help of a subcommand. */
void train_options_help(const struct train_command *c, FILE *out);

/* Prints "boltz NAME: message" to stderr and returns the exit status: 130 if it was interrupted, 2 if the message is about an
 * option (it begins with its dashes), else 1. */
int train_report(const char *command, const struct bz_error *err);

#define TRAIN_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
