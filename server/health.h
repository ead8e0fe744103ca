/* --health-check: asks a running daemon whether it is ready. */
#ifndef HEALTH_H
#define HEALTH_H

#include "options.h"

/* Asks the first listener of the options. 0 if it answers that it is ready, else -1 and *err says what it said. */
int srv_health_check_running(const struct srv_options *options, struct bz_error *err);
int srv_health_check(const struct srv_options *options, struct bz_error *err);

#endif
