/* The daemon's life between start and exit: signals, draining, reloading. */
#ifndef LIFECYCLE_H
#define LIFECYCLE_H

#include "server.h"

/* Blocks the signals that srv_lifecycle_run handles; before any thread is started. */
void srv_lifecycle_block_signals(void);
/* Restores their default effect, for runs that do not serve. */
void srv_lifecycle_unblock_signals(void);

/* The descriptor from which srv_lifecycle_run reads the blocked signals; the caller's. -1 on error. */
int srv_lifecycle_open(struct bz_error *err);
/* Serves until SIGTERM or SIGINT, then drains. `reread` fills fresh options for SIGHUP (0, or -1 and *err). Returns the exit
 * status. */
int srv_lifecycle_run(struct srv_server *server, const struct srv_options *options, int signals,
                      int (*reread)(void *arg, struct srv_options *fresh, struct bz_error *err), void *arg);

#endif
