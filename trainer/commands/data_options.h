/* The option rows that several subcommands share: about data, and about how the tool runs. */
#ifndef TRAIN_DATA_OPTIONS_H
#define TRAIN_DATA_OPTIONS_H

#include "arguments.h"
#include "pool.h"
#include "row_tiles.h"

/* Rows for struct train_data_options. Those about unit types and shapes are separate: they make new layers, and are useless
 * where a model defines its layers. */
enum { TRAIN_N_DATA_OPTIONS = 19, TRAIN_N_LAYER_OPTIONS = 7 };
extern const struct bz_option train_data_rows[TRAIN_N_DATA_OPTIONS];
extern const struct bz_option train_layer_rows[TRAIN_N_LAYER_OPTIONS];

/* For every subcommand that computes. */
struct train_run_options {
    size_t threads;     /* 0 = all */
    const char *cpu;    /* level of instruction set */
    const char *config; /* read before everything else */
};
enum { TRAIN_N_RUN_OPTIONS = 3 };
extern const struct bz_option train_run_rows[TRAIN_N_RUN_OPTIONS];

/* Members of the struct train_work of a subcommand that works with a model on rows of data: its own options, then those for the
 * members `data` and `run` of its structure; one word, the model. */
#define TRAIN_ON_ROWS(title, own, options)                                                                                     \
    .groups =                                                                                                                  \
        (const struct bz_option_group[]){                                                                                      \
            {title, own, TRAIN_COUNT(own), 0},                                                                                 \
            {"Data", train_data_rows, TRAIN_N_DATA_OPTIONS, offsetof(options, data)},                                          \
            {"Running", train_run_rows, TRAIN_N_RUN_OPTIONS, offsetof(options, run)},                                          \
        },                                                                                                                     \
    .n_groups = 3, .size = sizeof(options)

/* Rows that several of them share. */
#define TRAIN_MASK_ROW(field)                                                                                                  \
    BZ_ROW(LIST, "mask", field, .argument = "[NAME=]FILE",                                                                     \
           .help = "which values are known (1) and which are inferred (0): one row for all, or one per row")

/* For a command that infers rows of counts of which not all is known. */
#define TRAIN_COUNTS_ROW(field)                                                                                                \
    BZ_ROW(REAL, "counts", field, .most = 1e9, .initial = "0",                                                                 \
           .help = "words per row of a multinomial layer that is not fully known; 0 = as many as are known, at least 1")

/* For a command that takes grey values as they are, or as the model's training did. */
#define TRAIN_BINARIZE_ROW(options)                                                                                            \
    BZ_ROW(CHOICE, "binarize", offsetof(options, data.binarize), .argument = "stochastic|threshold|none",                      \
           .help = "how grey values become 0 and 1; default: none, or threshold if the model was trained that way")

/* Chooses the instruction set and starts the threads. *pool is the caller's. */
int train_run_start(const struct train_run_options *o, struct train_pool **pool, struct bz_error *err);

/* The same, and opens model and data (train_rows_open). */
int train_begin_rows(struct train_rows *r, const char *model, const struct train_data_options *data,
                     const struct train_run_options *run, uint64_t seed, struct bz_error *err);

/* For what counts all rows alike (`who`: a command or an option): --weights is refused; weights that a file brings of itself
 * are told to count nothing. */
int train_rows_alike(const struct train_rows *r, const char *who, struct bz_error *err);

/* Calls work for the open rows and, if they come in windows (train_rows_next), for all that follow. csv: opens lines to `out`
 * before and closes them after; otherwise work gets NULL for them and is called once. 0 or -1. */
struct train_lines;
int train_rows_to_lines(struct train_rows *r, const char *out, bool csv,
                        int (*work)(struct train_rows *r, void *arg, struct train_lines *lines, struct bz_error *err),
                        void *arg, struct bz_error *err);

#endif
