/* A command that the processes of a launcher do together. */
#ifndef TRAIN_SEVERAL_H
#define TRAIN_SEVERAL_H

#include "data_options.h"
#include "ranks.h"

/* Joins the others, *ranks NULL where there are none; sets options->threads where the user has not. `quiet`: what processes but
 * the first say from here on is dropped, but for train_several_leave's. */
int train_several_join(struct train_ranks **ranks, struct train_run_options *options, bool quiet, struct bz_error *err);

/* Several processes must have been told the same and have read the same bytes: text says what and which. */
int train_several_agree(struct train_ranks *ranks, const char *text, struct bz_error *err);

/* The end of `boltz command`; rc and err are how it ended here. An error that all processes meet is told by the first; what
 * another meets alone, by that one, and it ends them all. A stop that all have agreed on is no error: they leave together, so
 * that none is killed while the first one writes. Returns rc; err's text is then empty if it has been said. */
int train_several_leave(struct train_ranks *ranks, const char *command, int rc, struct bz_error *err);

#endif
