/* The subcommands of boltz: one function each, argv[0] the subcommand's name, the result an exit status. A new one is a
 * function here and a row of the table in main.c. */
#ifndef TRAIN_COMMANDS_H
#define TRAIN_COMMANDS_H

int train_command_check(int argc, char **argv);
int train_command_train(int argc, char **argv);
int train_command_evaluate(int argc, char **argv);
int train_command_sample(int argc, char **argv);
int train_command_score(int argc, char **argv);
int train_command_features(int argc, char **argv);
int train_command_reconstruct(int argc, char **argv);
int train_command_inspect(int argc, char **argv);
int train_command_import(int argc, char **argv);
int train_command_export(int argc, char **argv);

#endif
