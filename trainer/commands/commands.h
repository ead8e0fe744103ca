/* The subcommands of boltz. A new one is a struct train_command in a file of its own, a line here, and a row of the table in
 * main.c. */
#ifndef TRAIN_COMMANDS_H
#define TRAIN_COMMANDS_H

#include "arguments.h"

extern const struct train_command train_command_check;
extern const struct train_command train_command_train;
extern const struct train_command train_command_finetune;
extern const struct train_command train_command_evaluate;
extern const struct train_command train_command_sweep;
extern const struct train_command train_command_compare;
extern const struct train_command train_command_index;
extern const struct train_command train_command_calibrate;
extern const struct train_command train_command_classify;
extern const struct train_command train_command_impute;
extern const struct train_command train_command_sample;
extern const struct train_command train_command_score;
extern const struct train_command train_command_features;
extern const struct train_command train_command_reconstruct;
extern const struct train_command train_command_inspect;
extern const struct train_command train_command_import;
extern const struct train_command train_command_export;

#endif
