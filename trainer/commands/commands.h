/* The subcommands of boltz. A new one is a struct train_work in its own file, a line here, and a row of the table in
 * commands.c. */
#ifndef TRAIN_COMMANDS_H
#define TRAIN_COMMANDS_H

#include "arguments.h"

extern const struct train_work train_work_check;
extern const struct train_work train_work_train;
extern const struct train_work train_work_sweep;
extern const struct train_work train_work_finetune;
extern const struct train_work train_work_sample;
extern const struct train_work train_work_score;
extern const struct train_work train_work_features;
extern const struct train_work train_work_index;
extern const struct train_work train_work_classify;
extern const struct train_work train_work_calibrate;
extern const struct train_work train_work_impute;
extern const struct train_work train_work_reconstruct;
extern const struct train_work train_work_evaluate;
extern const struct train_work train_work_compare;
extern const struct train_work train_work_inspect;
extern const struct train_work train_work_import;
extern const struct train_work train_work_export;

enum { TRAIN_N_COMMANDS = 17 };
extern const struct train_command train_commands[TRAIN_N_COMMANDS];

#endif
