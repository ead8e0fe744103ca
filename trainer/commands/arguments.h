/* A subcommand: its usage, its options, and the function that does the work. One runner reads the command line for all. */
#ifndef TRAIN_ARGUMENTS_H
#define TRAIN_ARGUMENTS_H

#include "option.h"

enum { TRAIN_MOST_WORDS = 4 };
enum { TRAIN_EXIT_FAILED = 1, TRAIN_EXIT_USAGE = 2, TRAIN_EXIT_CONFIG = 78 };

/* The parsed command line. */
struct train_arguments {
    const struct train_command *command;
    struct bz_option_set set;
    struct bz_options options;
    const char *words[TRAIN_MOST_WORDS]; /* arguments that are not options; NULL beyond the last */
    size_t n_words;
};

struct train_work {
    const struct bz_option_group *groups;
    size_t n_groups;
    size_t most_words; /* arguments that are not options; one is always expected; 0 = just that */
    size_t size;       /* size of the structure that the options fill */
    int (*run)(const struct train_arguments *a, const void *options, struct bz_error *err);
};

struct train_command {
    const char *name;  /* "score" */
    const char *help;  /* a line for the list of subcommands */
    const char *usage; /* "MODEL --data FILE --out FILE.npy|.csv" */
    const char *about; /* a paragraph for its own help */
    const struct train_work *work;
};

/* Members of a struct train_work: its options, and the structure that they fill. */
#define TRAIN_OPTIONS(its_groups, its_options)                                                                                 \
    .groups = its_groups, .n_groups = TRAIN_COUNT(its_groups), .size = sizeof(its_options)

/* Reads defaults, the file of --config and argv (argv[0] is the subcommand's name), runs the command, reports errors. Returns
 * the exit status: 0, 1, 2 for bad usage, 78 for a bad configuration file, 128 + signal after an interruption. */
int train_command_run(const struct train_command *c, int argc, char **argv);

/* What `boltz help COMMAND` prints: usage, what it does, options with their defaults. */
void train_command_help(const struct train_command *c, FILE *out);

#define TRAIN_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
