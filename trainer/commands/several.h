/* A command run jointly by the processes of a launcher. */
#ifndef TRAIN_SEVERAL_H
#define TRAIN_SEVERAL_H

#include "data_options.h"
#include "ranks.h"

/* Joins the others, *ranks NULL if there are none; sets options->threads if the user has not. `quiet`: from here on messages of
 * processes other than the first are discarded, except those of train_several_leave. */
int train_several_join(struct train_ranks **ranks, struct train_run_options *options, bool quiet, struct bz_error *err);

/* Several processes must have the same settings and have read the same bytes: text lists both. */
int train_several_agree(struct train_ranks *ranks, const char *text, struct bz_error *err);

/* The end of `boltz command`; rc and err are its result here. An error common to all processes is reported by the first, one of
 * a single process by that one, which ends them all. A stop that all have agreed on is not an error: they leave together, so
 * that none is killed while the first one writes. Returns rc; err's text is empty if it has been reported. */
int train_several_leave(struct train_ranks *ranks, const char *command, int rc, struct bz_error *err);

#endif
