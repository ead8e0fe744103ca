/* Processes that a launcher (mpirun, srun) started as one job. */
#ifndef TRAIN_LAUNCHER_H
#define TRAIN_LAUNCHER_H

#include "errors.h"

/* How many processes this one belongs to according to the environment; 1 if it does not say. *launcher and *variable: the
   source. */
long train_launcher_count(const char **launcher, const char **variable);

/* Refuses to work as one of several, since each would do the same alone. why: what keeps them from working together. */
int train_launcher_refuse(const char *why, struct bz_error *err);

#endif
